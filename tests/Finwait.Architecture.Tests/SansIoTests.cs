using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Finwait.Architecture.Tests;

/// <summary>
/// Reads the assemblies themselves: what the compiler's analyzers watch in the sources (scripts/BannedSymbols.txt) holds in
/// what was built, and nothing calls back or keeps state between hosts.
/// </summary>
public class SansIoTests
{
    // Iterators ask for the thread they run on; the compiler writes that, and nothing depends on it.
    private const string AskedByIterators = "P:System.Environment.CurrentManagedThreadId";

    [Fact]
    public void LowRooms_UseNoBannedSymbol()
    {
        var banned = Repository.ReadLines("scripts/BannedSymbols.txt").Where(line => line.Length > 0).Select(line => line.Split(';')[0]).ToHashSet(StringComparer.Ordinal);
        var found = new List<string>();
        foreach (string room in Rooms.SansIo.Intersect(Rooms.Present))
        {
            Read(room, metadata =>
            {
                foreach (MemberReferenceHandle handle in metadata.MemberReferences)
                {
                    MemberReference member = metadata.GetMemberReference(handle);
                    if (member.Parent.Kind != HandleKind.TypeReference)
                    {
                        continue;
                    }

                    TypeReference type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
                    string space = metadata.GetString(type.Namespace);
                    string typeName = $"{space}.{metadata.GetString(type.Name)}";
                    string memberName = metadata.GetString(member.Name);
                    string property = memberName.StartsWith("get_", StringComparison.Ordinal) ? $"P:{typeName}.{memberName[4..]}" : "";
                    if (property != AskedByIterators &&
                        (banned.Contains("N:" + space) || banned.Contains("T:" + typeName) || banned.Contains($"M:{typeName}.{memberName}") || banned.Contains(property)))
                    {
                        found.Add($"Finwait.{room} uses {typeName}.{memberName}");
                    }
                }
            });
        }

        Repository.AssertNone(found);
    }

    [Fact]
    public void PolledRooms_DeclareNoEvent_AndStoreNoDelegate()
    {
        var found = new List<string>();
        foreach (string room in Rooms.Polled.Intersect(Rooms.Present))
        {
            Read(room, metadata =>
            {
                foreach (EventDefinitionHandle handle in metadata.EventDefinitions)
                {
                    found.Add($"Finwait.{room} declares the event {metadata.GetString(metadata.GetEventDefinition(handle).Name)}");
                }

                foreach (TypeDefinition type in metadata.TypeDefinitions.Select(metadata.GetTypeDefinition).Where(type => !IsWrittenByCompiler(metadata, type)))
                {
                    foreach (FieldDefinition field in type.GetFields().Select(metadata.GetFieldDefinition))
                    {
                        string fieldType = field.DecodeSignature(new TypeNames(), null);
                        if (IsDelegate(fieldType))
                        {
                            found.Add($"Finwait.{room}: {metadata.GetString(type.Name)}.{metadata.GetString(field.Name)} keeps a delegate ({fieldType}) for later");
                        }
                    }
                }
            });
        }

        Repository.AssertNone(found);
    }

    [Fact]
    public void LowRooms_KeepNoMutableStaticState()
    {
        var found = new List<string>();
        foreach (string room in Rooms.SansIo.Intersect(Rooms.Present))
        {
            Read(room, metadata =>
            {
                foreach (TypeDefinition type in metadata.TypeDefinitions.Select(metadata.GetTypeDefinition).Where(type => !IsWrittenByCompiler(metadata, type)))
                {
                    foreach (FieldDefinition field in type.GetFields().Select(metadata.GetFieldDefinition))
                    {
                        string name = metadata.GetString(field.Name);
                        bool isConstant = (field.Attributes & (FieldAttributes.InitOnly | FieldAttributes.Literal)) != 0;
                        if ((field.Attributes & FieldAttributes.Static) != 0 && !isConstant && !name.StartsWith("<>", StringComparison.Ordinal))
                        {
                            found.Add($"Finwait.{room}: {metadata.GetString(type.Name)}.{name} is static and can change: two hosts would share it");
                        }
                    }
                }
            });
        }

        Repository.AssertNone(found);
    }

    [Fact]
    public void NativeCode_IsCalledOnlyByTheLinuxRoom()
    {
        var found = new List<string>();
        foreach (string room in Rooms.Present.Where(room => room != "Linux"))
        {
            Read(room, metadata =>
            {
                foreach (MethodDefinition method in metadata.MethodDefinitions.Select(metadata.GetMethodDefinition))
                {
                    if ((method.Attributes & MethodAttributes.PinvokeImpl) != 0)
                    {
                        found.Add($"Finwait.{room} calls native code: {metadata.GetString(method.Name)}");
                    }
                }
            });
        }

        Repository.AssertNone(found);
    }

    private static bool IsDelegate(string type) =>
        new[] { "System.Action", "System.Func", "System.Predicate", "System.Comparison", "System.Converter", "System.EventHandler", "System.Delegate", "System.MulticastDelegate" }
            .Any(name => type.Contains(name, StringComparison.Ordinal));

    private static bool IsWrittenByCompiler(MetadataReader metadata, TypeDefinition type) => metadata.GetString(type.Name).StartsWith('<');

    private static void Read(string room, Action<MetadataReader> visit)
    {
        using var file = new PEReader(File.OpenRead(Rooms.AssemblyOf(room)));
        visit(file.GetMetadataReader());
    }

    /// <summary>Types of fields by name; delegates declared by a room itself show as their base type.</summary>
    private sealed class TypeNames : ISignatureTypeProvider<string, object?>
    {
        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
        {
            TypeDefinition type = reader.GetTypeDefinition(handle);
            return type.BaseType.Kind == HandleKind.TypeReference
                ? $"{reader.GetString(type.Name)} : {GetTypeFromReference(reader, (TypeReferenceHandle)type.BaseType, rawTypeKind)}"
                : reader.GetString(type.Name);
        }

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            TypeReference type = reader.GetTypeReference(handle);
            return $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}";
        }

        public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) => $"{genericType}<{string.Join(", ", typeArguments)}>";

        public string GetArrayType(string elementType, ArrayShape shape) => elementType + "[,]";

        public string GetSZArrayType(string elementType) => elementType + "[]";

        public string GetByReferenceType(string elementType) => elementType + "&";

        public string GetPointerType(string elementType) => elementType + "*";

        public string GetPinnedType(string elementType) => elementType;

        public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

        public string GetGenericTypeParameter(object? genericContext, int index) => "!" + index;

        public string GetGenericMethodParameter(object? genericContext, int index) => "!!" + index;

        public string GetFunctionPointerType(MethodSignature<string> signature) => "System.Delegate (function pointer)";

        public string GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);
    }
}

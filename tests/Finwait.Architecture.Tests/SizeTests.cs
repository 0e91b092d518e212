using System.Reflection.Metadata;

namespace Finwait.Architecture.Tests;

public class SizeTests
{
    private const int MostLinesOfFile = 800;
    private const int MostLinesOfMethod = 60;

    /// <summary>Files that may be longer, each with its reason.</summary>
    private static readonly Dictionary<string, string> LongFiles = new(StringComparer.Ordinal)
    {
    };

    /// <summary>Methods that may be longer, each with its reason.</summary>
    private static readonly Dictionary<string, string> LongMethods = new(StringComparer.Ordinal)
    {
        ["Inspect.DomainTypes.Name"] = "a table of names",
        ["Inspect.Ipv6ExtensionsPrinter.PrintOptionList"] = "one loop over options with a place to stop for every way in which they break off",
        ["Inspect.Ipv6Printer.PrintBody"] = "one loop over headers with a case for each kind",
        ["Inspect.MulticastListenerPrinter.PrintQuery"] = "one message, field after field in the order of the line it prints",
        ["Inspect.MulticastListenerPrinter.PrintReport"] = "one message, field after field in the order of the line it prints",
        ["Inspect.TcpOptionsPrinter.PrintValue"] = "a switch with a case for each kind of option",
        ["Lab.PythonCompiler.Expression"] = "a switch with a case for each kind of expression",
        ["Lab.PythonInterpreter.Compute"] = "a switch with a case for each operator",
    };

    [Fact]
    public void Files_StayUnder800Lines()
    {
        var lengths = Repository.Files("src", "*.cs").Concat(Repository.Files("tests", "*.cs")).Concat(Repository.Files("bench", "*.cs"))
            .ToDictionary(path => path, path => Repository.ReadLines(path).Length, StringComparer.Ordinal);
        Repository.AssertNone(lengths.Where(file => file.Value > MostLinesOfFile && !LongFiles.ContainsKey(file.Key)).Select(file => $"{file.Key} has {file.Value} lines"));
        Repository.AssertNone(LongFiles.Keys.Where(path => lengths.GetValueOrDefault(path) <= MostLinesOfFile).Select(path => $"{path} needs no exception any more"));
    }

    [Fact]
    public void Methods_StayUnder60Lines()
    {
        var lengths = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string room in Rooms.Present)
        {
            foreach ((string name, int lines) in MeasureMethods(room))
            {
                lengths[name] = Math.Max(lines, lengths.GetValueOrDefault(name));
            }
        }

        Assert.True(lengths.Count > 100, "the symbol files were not read");
        Repository.AssertNone(lengths.Where(method => method.Value > MostLinesOfMethod && !LongMethods.ContainsKey(method.Key)).Select(method => $"{method.Key} has {method.Value} lines"));
        Repository.AssertNone(LongMethods.Keys.Where(name => lengths.GetValueOrDefault(name) <= MostLinesOfMethod).Select(name => $"{name} needs no exception any more"));
    }

    /// <summary>From the first to the last line that the symbol file names for a method, and its name as Room.Type.Method.</summary>
    private static List<(string Name, int Lines)> MeasureMethods(string room)
    {
        string assembly = Rooms.AssemblyOf(room);
        var methods = new List<(string, int)>();
        using var code = new System.Reflection.PortableExecutable.PEReader(File.OpenRead(assembly));
        using var symbols = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(Path.ChangeExtension(assembly, ".pdb")));
        MetadataReader names = code.GetMetadataReader();
        MetadataReader lines = symbols.GetMetadataReader();
        foreach (MethodDefinitionHandle handle in names.MethodDefinitions)
        {
            var points = lines.GetMethodDebugInformation(handle).GetSequencePoints().Where(point => !point.IsHidden).ToList();
            MethodDefinition method = names.GetMethodDefinition(handle);
            string name = names.GetString(method.Name);
            if (points.Count > 0 && name is not (".ctor" or ".cctor")) // field initializers make these two span whole files
            {
                methods.Add(($"{room}.{names.GetString(names.GetTypeDefinition(method.GetDeclaringType()).Name)}.{name}", points.Max(point => point.EndLine) - points.Min(point => point.StartLine) + 1));
            }
        }

        return methods;
    }
}

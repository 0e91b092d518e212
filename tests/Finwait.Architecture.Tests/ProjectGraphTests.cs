using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Finwait.Architecture.Tests;

public class ProjectGraphTests
{
    [Fact]
    public void EveryRoom_IsInThePlan_AndInTheSolution()
    {
        string solution = Repository.Read("Finwait.slnx");
        foreach (string room in Rooms.Present)
        {
            Assert.True(Rooms.MayReference.ContainsKey(room), $"src/Finwait.{room} is in no plan: decide its place (docs/decisions) and add it to Rooms.MayReference");
        }

        // bench/ is not: its packages are many, and only who measures needs them.
        foreach (string project in Repository.Files("src", "*.csproj").Concat(Repository.Files("tests", "*.csproj")))
        {
            Assert.True(solution.Contains(project, StringComparison.Ordinal), $"{project} is not in Finwait.slnx");
        }
    }

    [Fact]
    public void ProjectReferences_PointDownOnly()
    {
        foreach (string path in Repository.Files("src", "*.csproj"))
        {
            string room = Path.GetFileNameWithoutExtension(path)["Finwait.".Length..];
            foreach (XElement reference in XDocument.Parse(Repository.Read(path)).Descendants("ProjectReference"))
            {
                string target = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'))["Finwait.".Length..];
                Assert.True(Rooms.MayReference[room].Contains(target), $"{path} references Finwait.{target}: that arrow is not in the plan");
            }
        }
    }

    [Fact]
    public void Assemblies_UseOnlyRoomsBelow_AndLowRoomsOnlyTheBaseLibrary()
    {
        foreach (string room in Rooms.Present)
        {
            using var file = new PEReader(File.OpenRead(Rooms.AssemblyOf(room)));
            MetadataReader metadata = file.GetMetadataReader();
            foreach (AssemblyReferenceHandle handle in metadata.AssemblyReferences)
            {
                string name = metadata.GetString(metadata.GetAssemblyReference(handle).Name);
                if (name.StartsWith("Finwait.", StringComparison.Ordinal))
                {
                    Assert.True(Rooms.MayReference[room].Contains(name["Finwait.".Length..]), $"Finwait.{room} uses {name}: that arrow is not in the plan");
                }
                else if (Rooms.BaseLibraryOnly.Contains(room))
                {
                    Assert.True(name.StartsWith("System.", StringComparison.Ordinal) || name is "System" or "netstandard", $"Finwait.{room} uses {name}: it may use only the base library");
                }
            }
        }
    }

    [Fact]
    public void Packages_AreReferencedWithoutVersions()
    {
        foreach (string path in Repository.Files("src", "*.csproj").Concat(Repository.Files("tests", "*.csproj")).Concat(Repository.Files("bench", "*.csproj")))
        {
            foreach (XElement reference in XDocument.Parse(Repository.Read(path)).Descendants("PackageReference"))
            {
                Assert.True(reference.Attribute("Version") is null, $"{path}: versions stand in Directory.Packages.props, not here");
            }
        }
    }
}

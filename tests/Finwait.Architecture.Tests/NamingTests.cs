using System.Text.RegularExpressions;

namespace Finwait.Architecture.Tests;

public partial class NamingTests
{
    [GeneratedRegex(@"^namespace\s+([\w.]+)\s*(;?)", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine { get; }

    // Absolute folders of somebody's machine: homes, mounts and workplaces. Devices, /proc and /etc are part of the subject.
    [GeneratedRegex(@"(?<![\w.<~-])(/(home|Users|work|farm|mnt|srv)/[A-Za-z]|[A-Z]:\\Users\\)")]
    private static partial Regex MachinePath { get; }

    [Fact]
    public void Namespaces_AreTheRoomsNames()
    {
        foreach (string path in Repository.Files("src", "*.cs").Concat(Repository.Files("tests", "*.cs")).Where(path => path.Count(c => c == '/') >= 2))
        {
            string project = path.Split('/')[1];
            MatchCollection found = NamespaceLine.Matches(Repository.Read(path));
            if (Path.GetFileName(path) == "Program.cs" && found.Count == 0)
            {
                continue;
            }

            Assert.True(found.Count == 1, $"{path} has {found.Count} namespaces");
            // Tests may tell their folders apart; a room is one namespace.
            bool isRight = found[0].Groups[1].Value == project || (path.StartsWith("tests/", StringComparison.Ordinal) && found[0].Groups[1].Value.StartsWith(project + ".", StringComparison.Ordinal));
            Assert.True(isRight && found[0].Groups[2].Value == ";", $"{path}: '{found[0].Value}' should be 'namespace {project};'");
        }
    }

    [Fact]
    public void Texts_NameNoMachinesFolders()
    {
        string[] binary = [".pcap", ".pcapng", ".png", ".gz", ".ico", ".woff2"];
        var found = new List<string>();
        foreach (string path in Repository.Files("").Where(path => !binary.Contains(Path.GetExtension(path))))
        {
            string[] lines = Repository.ReadLines(path);
            for (int i = 0; i < lines.Length; i++)
            {
                if (MachinePath.IsMatch(lines[i]) && !lines[i].Contains("GeneratedRegex", StringComparison.Ordinal))
                {
                    found.Add($"{path}:{i + 1}: {lines[i].Trim()}");
                }
            }
        }

        Repository.AssertNone(found);
    }
}

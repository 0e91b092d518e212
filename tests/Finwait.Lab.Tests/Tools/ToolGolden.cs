namespace Finwait.Lab.Tests;

/// <summary>One command and its output in a file of what the real tools printed.</summary>
/// <param name="File">Folder and file, for messages.</param>
/// <param name="Line">Line of the command, from 1.</param>
/// <param name="Command">The command line without the leading <c>$ </c>.</param>
/// <param name="Output">What followed, byte for byte.</param>
internal sealed record ToolSection(string File, int Line, string Command, string Output)
{
    internal string Where => $"{File}:{Line}: {Command}";
}

/// <summary>Finds and cuts the files in <c>tests/golden</c>.</summary>
internal static class ToolGolden
{
    internal static string Root { get; } = FindRoot();

    /// <summary>All sections of all files whose name matches, in order of folder and file.</summary>
    /// <param name="pattern">As for <see cref="Directory.GetFiles(string, string)"/>.</param>
    internal static IEnumerable<ToolSection> Sections(string pattern)
    {
        string[] files = Directory.GetFiles(Root, pattern, SearchOption.AllDirectories);
        Array.Sort(files, StringComparer.Ordinal);
        return files.SelectMany(file => Cut(Path.GetRelativePath(Root, file), File.ReadAllText(file)));
    }

    internal static IEnumerable<ToolSection> Cut(string name, string text)
    {
        string? command = null;
        int commandLine = 0, line = 0, start = 0, at = 0;
        while (at < text.Length)
        {
            line++;
            int next = text.IndexOf('\n', at) + 1;
            next = next == 0 ? text.Length : next;
            if (text.AsSpan(at).StartsWith("$ "))
            {
                if (command is not null)
                {
                    yield return new(name, commandLine, command, text[start..at]);
                }

                command = text[(at + 2)..next].TrimEnd('\n');
                (commandLine, start) = (line, next);
            }

            at = next;
        }

        if (command is not null)
        {
            yield return new(name, commandLine, command, text[start..]);
        }
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string golden = Path.Combine(folder.FullName, "tests", "golden");
            if (Directory.Exists(golden))
            {
                return golden;
            }
        }

        throw new DirectoryNotFoundException("tests/golden is in no folder above the tests");
    }
}

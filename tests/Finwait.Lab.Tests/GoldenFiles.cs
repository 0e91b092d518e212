using System.Runtime.CompilerServices;

namespace Finwait.Lab.Tests;

/// <summary>Finds tests/golden in the checkout.</summary>
internal static class GoldenFiles
{
    public static string Folder { get; } = Find();

    /// <summary>The scenarios that the real kernel played too: each has a folder of its name there.</summary>
    public static string[] Scenarios { get; } = [.. LabScenarios.All.Select(scenario => scenario.Name).Where(name => Directory.Exists(Path(name)))];

    public static string Path(params string[] parts) => System.IO.Path.Combine([Folder, .. parts]);

    public static string Text(params string[] parts) => File.ReadAllText(Path(parts));

    private static string Find([CallerFilePath] string here = "")
    {
        DirectoryInfo? folder = new FileInfo(here).Directory;
        while (folder is not null && !Directory.Exists(System.IO.Path.Combine(folder.FullName, "tests", "golden")))
        {
            folder = folder.Parent;
        }

        return System.IO.Path.Combine(folder?.FullName ?? throw new DirectoryNotFoundException("no tests/golden above " + here), "tests", "golden");
    }
}

namespace Finwait.Architecture.Tests;

/// <summary>The files of the checkout that the tests run in.</summary>
internal static class Repository
{
    private static readonly string[] NotOurs = ["bin", "obj", "artifacts", ".git", ".vs", "TestResults", "BenchmarkDotNet.Artifacts"];

    /// <summary>The folder that holds Finwait.slnx.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>True when the generated files are to be rewritten instead of compared (<c>./test --update</c>).</summary>
    public static bool IsUpdating => Environment.GetEnvironmentVariable("FINWAIT_UPDATE") == "1";

    /// <summary>Paths relative to the root, with slashes, in ordinal order; nothing that a build leaves behind.</summary>
    public static IReadOnlyList<string> Files(string folder, string pattern = "*")
    {
        var found = new List<string>();
        Collect(Path.Combine(Root, folder), pattern, found);
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path)).ReplaceLineEndings("\n");

    public static string[] ReadLines(string path) => Read(path).Split('\n');

    /// <summary>Fails with every finding on a line of its own.</summary>
    public static void AssertNone(IEnumerable<string> findings)
    {
        string[] all = findings.ToArray();
        Assert.True(all.Length == 0, $"{all.Length} findings:\n  {string.Join("\n  ", all)}");
    }

    /// <summary>Compares a generated file with its text, or writes it when that was asked for.</summary>
    public static void AssertGenerated(string path, string text)
    {
        string file = Path.Combine(Root, path);
        if (IsUpdating)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
            return;
        }

        string[] expected = text.Split('\n');
        string[] actual = File.Exists(file) ? ReadLines(path) : [];
        for (int i = 0; i < Math.Max(expected.Length, actual.Length); i++)
        {
            string? want = i < expected.Length ? expected[i] : null;
            string? have = i < actual.Length ? actual[i] : null;
            Assert.True(want == have, $"{path} is out of date at line {i + 1}; run ./test --update and look at the difference.\n  stands there: {have}\n  should stand: {want}");
        }
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Finwait.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("the tests do not run inside a checkout: no Finwait.slnx above " + AppContext.BaseDirectory);
    }

    private static void Collect(string folder, string pattern, List<string> found)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (string file in Directory.EnumerateFiles(folder, pattern).Where(file => Path.GetFileName(file) != ".git"))
        {
            found.Add(Path.GetRelativePath(Root, file).Replace('\\', '/'));
        }

        foreach (string child in Directory.EnumerateDirectories(folder))
        {
            if (!NotOurs.Contains(Path.GetFileName(child)))
            {
                Collect(child, pattern, found);
            }
        }
    }
}

using System.Text;

namespace Finwait.Lab;

/// <summary>One of the scenarios that come with the lab.</summary>
/// <param name="Name">Its name, which <c>finwait lab run</c> takes.</param>
/// <param name="Group">The document that it plays or belongs to; one of <see cref="LabScenarios.Groups"/>.</param>
/// <param name="Title">What it shows, in a line.</param>
public sealed record LabScenario(string Name, string Group, string Title);

/// <summary>The scenarios that come with the lab: text files in the lab's own line syntax. Their folder is the document that they belong to.</summary>
public static class LabScenarios
{
    private const string Folder = "Finwait.Lab.Scenarios.";
    private const string Suffix = ".lab";

    /// <summary>The documents that the scenarios play, and what they are about.</summary>
    public static IReadOnlyList<(string Group, string About)> Groups { get; } =
    [
        ("000", "Handshake, push and closing: nc and tcpdump on two machines, one of them a Mac"),
        ("001", "TCP handshake: two Python programs on the loopback interface"),
        ("002", "TCP states: frozen with iptables, watched with ss"),
        ("003", "The three-way handshake as old books print it"),
        ("004", "TCP sockets and the state diagram: one socket call at a time"),
        ("more", "Beyond the documents: large transfers and losses"),
    ];

    /// <summary>Each of them, group by group in the order of <see cref="Groups"/>, in a group by name.</summary>
    public static IReadOnlyList<LabScenario> All { get; } = typeof(LabScenarios).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Folder, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
        .Select(name => name[Folder.Length..^Suffix.Length].Split('/'))
        .Select(parts => new LabScenario(parts[1], parts[0], Lines(parts[0], parts[1])[0].TrimStart('#', ' ')))
        .OrderBy(scenario => scenario.Group, StringComparer.Ordinal)
        .ThenBy(scenario => scenario.Name, StringComparer.Ordinal)
        .ToArray();

    /// <summary>The title of a scenario.</summary>
    /// <exception cref="ArgumentException">There is none of this name: a caller bug, see <see cref="Find"/>.</exception>
    public static string Title(string name) => Known(name).Title;

    /// <summary>The scenario of this name, or the one whose name begins with it and a dash: <c>03</c> for 03-handshake. Null if there is none, or several.</summary>
    public static string? Find(string name)
    {
        LabScenario[] begun = All.Where(known => known.Name.StartsWith(name + "-", StringComparison.OrdinalIgnoreCase)).ToArray();
        return All.FirstOrDefault(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Name ?? (begun.Length == 1 ? begun[0].Name : null);
    }

    /// <summary>The lines of a scenario.</summary>
    /// <exception cref="ArgumentException">There is none of this name: a caller bug, see <see cref="Find"/>.</exception>
    public static IReadOnlyList<string> Read(string name) => Lines(Known(name).Group, name);

    private static LabScenario Known(string name) => All.FirstOrDefault(known => known.Name == name) ?? throw new ArgumentException($"no scenario '{name}'", nameof(name));

    private static string[] Lines(string group, string name)
    {
        using Stream stream = typeof(LabScenarios).Assembly.GetManifestResourceStream($"{Folder}{group}/{name}{Suffix}")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().TrimEnd('\n').Split('\n');
    }
}

using System.Text;

namespace Finwait.Lab;

/// <summary>The scenarios that come with the lab: text files in the lab's own line syntax, with times.</summary>
public static class LabScenarios
{
    private const string Folder = "Finwait.Lab.Scenarios.";
    private const string Suffix = ".lab";

    /// <summary>Name and title of each, in order.</summary>
    public static IReadOnlyList<(string Name, string Title)> All { get; } = typeof(LabScenarios).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Folder, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
        .Select(name => name[Folder.Length..^Suffix.Length])
        .Order(StringComparer.Ordinal)
        .Select(name => (name, Read(name)[0].TrimStart('#', ' ')))
        .ToArray();

    /// <summary>The title of a scenario.</summary>
    /// <exception cref="ArgumentException">There is none of this name: a caller bug, see <see cref="Find"/>.</exception>
    public static string Title(string name) => Read(name)[0].TrimStart('#', ' ');

    /// <summary>The scenario of this name, or of this number: <c>03</c> for 03-handshake. Null if there is none.</summary>
    public static string? Find(string name)
    {
        foreach ((string known, _) in All)
        {
            if (known.Equals(name, StringComparison.OrdinalIgnoreCase) || known.StartsWith(name + "-", StringComparison.OrdinalIgnoreCase))
            {
                return known;
            }
        }

        return null;
    }

    /// <summary>The lines of a scenario.</summary>
    /// <exception cref="ArgumentException">There is none of this name: a caller bug, see <see cref="Find"/>.</exception>
    public static IReadOnlyList<string> Read(string name)
    {
        using Stream stream = typeof(LabScenarios).Assembly.GetManifestResourceStream(Folder + name + Suffix) ?? throw new ArgumentException($"no scenario '{name}'", nameof(name));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().TrimEnd('\n').Split('\n');
    }
}

using System.Text.RegularExpressions;

namespace Finwait.Architecture.Tests;

/// <summary>Which requirement rows the tests name in the comments above them.</summary>
internal static partial class TestComments
{
    /// <summary>A row named by a test: where the comment stands, the row, and the test as Class.Method.</summary>
    public readonly record struct Naming(string Path, int Line, string Row, string Test);

    [GeneratedRegex(@"\b(?:MUST|SHLD|MAY|REC|SM|X|N|BUG)-[A-Z0-9]+(?:-[A-Z0-9]+)*\b")]
    private static partial Regex RowId { get; }

    // SM-TW-1…8, SM-TW-1 to SM-TW-8, SM-TW-1–8
    [GeneratedRegex(@"\b(?<stem>(?:MUST|SHLD|MAY|SM|X|N|BUG)-(?:[A-Z0-9]+-)*)(?<from>\d+)\s*(?:…|\.\.\.|–|to)\s*(?:\k<stem>)?(?<to>\d+)\b")]
    private static partial Regex RowRange { get; }

    [GeneratedRegex(@"\b(?:class|record)\s+(\w+)")]
    private static partial Regex ClassLine { get; }

    [GeneratedRegex(@"^\s*(?:public|internal)\s+(?:static\s+)?(?:async\s+)?(?:void|Task|ValueTask)\s+(\w+)\s*\(")]
    private static partial Regex MethodLine { get; }

    public static IReadOnlyList<Naming> Read() => Repository.Files("tests", "*.cs")
        .Where(path => !path.StartsWith("tests/Finwait.Architecture.Tests/", StringComparison.Ordinal))
        .SelectMany(path => Read(path, Repository.ReadLines(path))).ToList();

    /// <summary>Reads one file. A comment counts when only attributes stand between it and a test, or a class (then it counts for its tests).</summary>
    public static IEnumerable<Naming> Read(string path, string[] lines)
    {
        string className = "";
        var pending = new List<(int Line, string Row)>();
        var ofClass = new List<(int Line, string Row)>();
        bool isTest = false;
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.StartsWith("//", StringComparison.Ordinal))
            {
                pending.AddRange(Rows(line).Select(row => (i + 1, row)));
            }
            else if (line.StartsWith('['))
            {
                isTest |= line.StartsWith("[Fact", StringComparison.Ordinal) || line.StartsWith("[Theory", StringComparison.Ordinal) || line.Contains("Fact(", StringComparison.Ordinal) || line.Contains("Fact]", StringComparison.Ordinal) || line.Contains("Theory]", StringComparison.Ordinal);
            }
            else if (ClassLine.Match(line) is { Success: true } declared && !line.StartsWith("where", StringComparison.Ordinal))
            {
                className = declared.Groups[1].Value;
                ofClass = [.. pending];
                pending.Clear();
                isTest = false;
            }
            else if (MethodLine.Match(line) is { Success: true } method && isTest)
            {
                foreach ((int at, string row) in pending.Concat(ofClass).DistinctBy(naming => naming.Row))
                {
                    yield return new(path, at, row, $"{className}.{method.Groups[1].Value}");
                }

                pending.Clear();
                isTest = false;
            }
            else if (line.Length > 0)
            {
                pending.Clear();
                isTest = false;
            }
        }
    }

    private static IEnumerable<string> Rows(string comment)
    {
        foreach (Match range in RowRange.Matches(comment))
        {
            for (int n = int.Parse(range.Groups["from"].ValueSpan); n <= int.Parse(range.Groups["to"].ValueSpan); n++)
            {
                yield return range.Groups["stem"].Value + n;
            }
        }

        foreach (Match row in RowId.Matches(RowRange.Replace(comment, "")))
        {
            yield return row.Value;
        }
    }
}

using System.Text.RegularExpressions;

namespace Finwait.Lab.Tests;

/// <summary>Rows of ss and lsof, cut at blanks, with what must differ masked: ports, inodes, and what depends on microseconds.</summary>
internal static partial class SocketRowTexts
{
    /// <summary>Words of <c>ss -i</c> whose value is measured in microseconds of a real machine, or counts real time.</summary>
    private static readonly string[] s_measured = ["rtt:", "rto:", "minrtt:", "rcv_rtt:", "lastsnd:", "lastrcv:", "lastack:", "busy:", "rwnd_limited:", "ato:"];

    [GeneratedRegex(@"(?<=[\d\]*]:)(\d{5})\b")]
    private static partial Regex Port { get; }

    [GeneratedRegex(@"timer:\((\w+),([^,]*),(\d+)\)")]
    private static partial Regex Timer { get; }

    [GeneratedRegex(@"(IPv[46]) +\d+ ")]
    private static partial Regex Inode { get; }

    [GeneratedRegex(@" (send|pacing_rate|delivery_rate) \S+")]
    private static partial Regex Rate { get; }

    /// <summary>One line per socket, sorted, since the order of rows is the hash table's; the second line of <c>-i</c> is joined to the first.</summary>
    public static List<string> Of(IEnumerable<string> lines, bool hasHeader)
    {
        var rows = new List<string>();
        foreach (string line in lines.Skip(hasHeader ? 1 : 0))
        {
            if (line.StartsWith('\t') && rows.Count > 0)
            {
                rows[^1] += " |" + line;
            }
            else if (line.Trim().Length > 0)
            {
                rows.Add(line);
            }
        }

        return rows.Select(Mask).Order(StringComparer.Ordinal).ToList();
    }

    private static string Mask(string row)
    {
        string text = Port.Replace(row, match => match.Value is "32000" or "32089" or "56402" ? match.Value : "P");
        text = Inode.Replace(text, "$1 N ");
        text = Rate.Replace(text, " $1 R");
        text = Timer.Replace(text, match => $"timer:({match.Groups[1].Value},{Seconds(match.Groups[2].Value)},{match.Groups[3].Value})");
        string[] words = text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return string.Join(' ', words.Select(word => Array.Find(s_measured, name => word.StartsWith(name, StringComparison.Ordinal)) is { } measured ? measured + "M" : word));
    }

    /// <summary>The time left, to be compared with <see cref="Timers"/>.</summary>
    private static string Seconds(string text) => text.EndsWith("sec", StringComparison.Ordinal) || text.EndsWith("ms", StringComparison.Ordinal) || text.EndsWith("min", StringComparison.Ordinal) || text.Length == 0 ? "T" : text;

    /// <summary>The seconds left in each timer of <c>ss -o</c>, in the order of <see cref="Of"/>.</summary>
    public static List<double> Timers(IEnumerable<string> lines) =>
        lines.Where(line => line.Contains("timer:(", StringComparison.Ordinal)).OrderBy(Mask, StringComparer.Ordinal).Select(line => Value(Timer.Match(line).Groups[2].Value)).ToList();

    private static double Value(string text)
    {
        double minutes = 0;
        int min = text.IndexOf("min", StringComparison.Ordinal);
        if (min >= 0)
        {
            minutes = double.Parse(text[..min]);
            text = text[(min + 3)..];
        }

        string number = text.Replace("sec", "", StringComparison.Ordinal).Replace("ms", "", StringComparison.Ordinal);
        double seconds = number.Length == 0 ? 0 : double.Parse(number, System.Globalization.CultureInfo.InvariantCulture);

        // Under a second ss prints milliseconds with three digits and no point: "004ms".
        return (minutes * 60) + (text.EndsWith("ms", StringComparison.Ordinal) && !number.Contains('.', StringComparison.Ordinal) ? seconds / 1000 : seconds);
    }
}

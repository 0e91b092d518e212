namespace Finwait.Lab;

/// <summary>The name that may have been meant, found by the measure of Python 3.11: letters of another case cost half of what others do.</summary>
internal static class PythonSuggestion
{
    private const int MoveCost = 2;
    private const int CaseCost = 1;

    /// <summary>A place with more names is not searched.</summary>
    private const int MostNames = 750;

    /// <summary>Longer names are not compared.</summary>
    private const int LongestName = 40;

    /// <summary>The nearest of the known names; null if none is near. Places are searched in turn, and the first that has a near one answers.</summary>
    public static string? Of(string name, IEnumerable<IEnumerable<string>> known) => known.Select(place => Nearest(name, [.. place])).FirstOrDefault(near => near is not null);

    private static string? Nearest(string name, string[] known)
    {
        string? nearest = null;
        int least = int.MaxValue;
        foreach (string candidate in known.Length < MostNames ? known : [])
        {
            int most = Math.Min((name.Length + candidate.Length + 3) * MoveCost / 6, least - 1);
            int distance = candidate == name ? int.MaxValue : Distance(name, candidate, most);
            (nearest, least) = distance <= most ? (candidate, distance) : (nearest, least);
        }

        return nearest;
    }

    /// <summary>What it costs to make one name of the other by changing, adding and leaving out; more than <paramref name="most"/> if it is more.</summary>
    private static int Distance(string from, string to, int most)
    {
        int begin = 0;
        while (begin < from.Length && begin < to.Length && from[begin] == to[begin])
        {
            begin++;
        }

        int end = 0;
        while (end < from.Length - begin && end < to.Length - begin && from[^(end + 1)] == to[^(end + 1)])
        {
            end++;
        }

        string a = from[begin..^end], b = to[begin..^end];
        if (a.Length == 0 || b.Length == 0)
        {
            return (a.Length + b.Length) * MoveCost;
        }

        if (a.Length > LongestName || b.Length > LongestName || Math.Abs(a.Length - b.Length) * MoveCost > most)
        {
            return most + 1;
        }

        int[] row = [.. Enumerable.Range(0, b.Length + 1).Select(i => i * MoveCost)];
        for (int i = 0; i < a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = (i + 1) * MoveCost;
            for (int j = 0; j < b.Length; j++)
            {
                int changed = diagonal + Change(a[i], b[j]);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(changed, Math.Min(row[j], diagonal) + MoveCost);
            }
        }

        return row[^1];
    }

    private static int Change(char a, char b) => a == b ? 0 : char.IsAsciiLetter(a) && char.ToLowerInvariant(a) == char.ToLowerInvariant(b) ? CaseCost : MoveCost;
}

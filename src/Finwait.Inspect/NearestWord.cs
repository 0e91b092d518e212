namespace Finwait.Inspect;

/// <summary>Finds the word that somebody may have meant.</summary>
public static class NearestWord
{
    /// <summary>Longer words are not compared.</summary>
    private const int MaxLength = 40;

    /// <summary>The known word with the fewest letters changed, added, left out or exchanged; null if none is near: at most one letter in three.</summary>
    public static string? Of(string word, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(word);
        ArgumentNullException.ThrowIfNull(known);
        if (word.Length is < 2 or > MaxLength)
        {
            return null;
        }

        string? nearest = null;
        int least = Math.Max(1, word.Length / 3) + 1;
        foreach (string candidate in known)
        {
            int distance = Math.Abs(candidate.Length - word.Length) < least ? Distance(word, candidate) : least;
            (nearest, least) = distance < least ? (candidate, distance) : (nearest, least);
        }

        return nearest;
    }

    private static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }

                bool same = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]);
                int least = Math.Min(cost[i - 1, j - 1] + (same ? 0 : 1), Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                bool exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                cost[i, j] = exchanged ? Math.Min(least, cost[i - 2, j - 2] + 1) : least;
            }
        }

        return cost[a.Length, b.Length];
    }
}

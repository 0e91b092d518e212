namespace Finwait.Lab.Tests;

/// <summary>Differences in words.</summary>
internal static class Differences
{
    /// <summary>Rows of a table: the same number of rows is compared row by row, word by word; else whole rows.</summary>
    public static IEnumerable<string> OfRows(string what, IReadOnlyList<string> golden, IReadOnlyList<string> lab)
    {
        if (golden.Count != lab.Count)
        {
            return OfLists(what, golden, lab);
        }

        return golden.Zip(lab).Where(pair => pair.First != pair.Second).Select(pair =>
        {
            string[] a = pair.First.Split(' '), b = pair.Second.Split(' ');
            return $"{what} {string.Join(' ', a.Take(5))}: golden '{string.Join(' ', a.Except(b))}', lab '{string.Join(' ', b.Except(a))}'";
        });
    }

    /// <summary>What one list has and the other has not, keeping the order (longest common subsequence).</summary>
    public static IEnumerable<string> OfLists(string what, IReadOnlyList<string> golden, IReadOnlyList<string> lab)
    {
        int[,] common = Common(golden, lab);
        int g = 0, l = 0;
        while (g < golden.Count || l < lab.Count)
        {
            if (g < golden.Count && l < lab.Count && golden[g] == lab[l])
            {
                g++;
                l++;
            }
            else if (l < lab.Count && (g == golden.Count || common[g, l + 1] >= common[g + 1, l]))
            {
                yield return $"{what} {l + 1}: only in the lab: {lab[l++]}";
            }
            else
            {
                yield return $"{what} {g + 1}: only in the golden run: {golden[g++]}";
            }
        }
    }

    /// <summary>Where the two lists agree, in order: numbers of equal lines.</summary>
    public static IEnumerable<(int Golden, int Lab)> Agreements(IReadOnlyList<string> golden, IReadOnlyList<string> lab)
    {
        int[,] common = Common(golden, lab);
        int g = 0, l = 0;
        while (g < golden.Count && l < lab.Count)
        {
            if (golden[g] == lab[l])
            {
                yield return (g++, l++);
            }
            else if (common[g, l + 1] >= common[g + 1, l])
            {
                l++;
            }
            else
            {
                g++;
            }
        }
    }

    /// <summary>Lengths of the longest common subsequences of what is left from each pair of places on.</summary>
    private static int[,] Common(IReadOnlyList<string> golden, IReadOnlyList<string> lab)
    {
        int[,] common = new int[golden.Count + 1, lab.Count + 1];
        for (int i = golden.Count - 1; i >= 0; i--)
        {
            for (int j = lab.Count - 1; j >= 0; j--)
            {
                common[i, j] = golden[i] == lab[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        return common;
    }
}

using System.Globalization;

namespace Finwait.Lab;

/// <summary>bash's braces: <c>a{b,c}</c> is two words, <c>{1..5}</c> five.</summary>
internal static class ShellBraces
{
    /// <summary>The words that a word stands for: itself if it has no braces of this kind.</summary>
    /// <exception cref="ShellSyntaxException">They are more than <paramref name="most"/>.</exception>
    public static IEnumerable<ShellWord> Expand(ShellWord word, int most)
    {
        var done = new List<ShellWord>();
        var todo = new Stack<ShellWord>([word]);
        while (todo.TryPop(out ShellWord? next))
        {
            if (One(next) is not { } several)
            {
                done.Add(next);
            }
            else
            {
                for (int i = several.Count - 1; i >= 0; i--)
                {
                    todo.Push(several[i]);
                }
            }

            if (todo.Count + done.Count > most)
            {
                throw new ShellSyntaxException("argument list too long");
            }
        }

        return done;
    }

    /// <summary>The first braces of a word written out.</summary>
    private static List<ShellWord>? One(ShellWord word)
    {
        for (int part = 0; part < word.Parts.Length; part++)
        {
            if (word.Parts[part] is not ShellText { IsQuoted: false, Text: var text })
            {
                continue;
            }

            for (int open = text.IndexOf('{'); open >= 0; open = text.IndexOf('{', open + 1))
            {
                int close = Close(text, open);
                if (close > 0 && Choices(text[(open + 1)..close]) is { } choices)
                {
                    (string before, string after) = (text[..open], text[(close + 1)..]);
                    int at = part;
                    return choices.ConvertAll(choice => new ShellWord([.. word.Parts[..at], new ShellText(before + choice + after, false), .. word.Parts[(at + 1)..]]));
                }
            }
        }

        return null;
    }

    private static int Close(string text, int open)
    {
        int depth = 0;
        for (int i = open; i < text.Length; i++)
        {
            depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
            if (depth == 0)
            {
                return i;
            }
        }

        return -1;
    }

    private static List<string>? Choices(string inside)
    {
        const int MaxSteps = 10_000;
        string[] ends = inside.Split("..");
        if (ends.Length == 2 && long.TryParse(ends[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long first) && long.TryParse(ends[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long last)
            && Math.Abs((double)first - last) < MaxSteps)
        {
            int count = (int)Math.Abs(last - first) + 1;
            return [.. Enumerable.Range(0, count).Select(i => (first + (first <= last ? i : -i)).ToString(CultureInfo.InvariantCulture))];
        }

        if (ends.Length == 2 && ends[0].Length == 1 && ends[1].Length == 1 && char.IsAsciiLetter(ends[0][0]) && char.IsAsciiLetter(ends[1][0]))
        {
            (char from, char to) = (ends[0][0], ends[1][0]);
            return [.. Enumerable.Range(0, Math.Abs(to - from) + 1).Select(i => ((char)(from + (from <= to ? i : -i))).ToString())];
        }

        var pieces = new List<string>();
        (int depth, int start) = (0, 0);
        for (int i = 0; i <= inside.Length; i++)
        {
            if (i == inside.Length || (inside[i] == ',' && depth == 0))
            {
                pieces.Add(inside[start..i]);
                start = i + 1;
            }
            else
            {
                depth += inside[i] == '{' ? 1 : inside[i] == '}' ? -1 : 0;
            }
        }

        return pieces.Count > 1 ? pieces : null;
    }
}

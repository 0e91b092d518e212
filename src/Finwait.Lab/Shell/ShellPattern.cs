using System.Text;

namespace Finwait.Lab;

/// <summary>bash's patterns: <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>[!a]</c>; a backslash takes the meaning of what follows.</summary>
internal static class ShellPattern
{
    private static readonly System.Buffers.SearchValues<char> s_special = System.Buffers.SearchValues.Create("*?[\\");

    /// <summary>The text as a pattern that fits nothing but itself.</summary>
    public static string Escape(string text)
    {
        if (text.AsSpan().IndexOfAny(s_special) < 0)
        {
            return text;
        }

        var escaped = new StringBuilder();
        foreach (char c in text)
        {
            escaped.Append(s_special.Contains(c) ? "\\" : "").Append(c);
        }

        return escaped.ToString();
    }

    /// <summary>True if a sign stands in the pattern that fits more than itself.</summary>
    public static bool IsPattern(string pattern)
    {
        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\')
            {
                i++;
            }
            else if (pattern[i] is '*' or '?' || (pattern[i] == '[' && pattern.IndexOf(']', i) > 0))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True if the whole text fits. Takes at most the product of both lengths.</summary>
    public static bool Fits(string pattern, ReadOnlySpan<char> text)
    {
        (int p, int t) = (0, 0);
        (int star, int mark) = (-1, 0);
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, mark) = (p++, t);
            }
            else if (p < pattern.Length && One(pattern, ref p, text[t]))
            {
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++mark;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*')
        {
            p++;
        }

        return p == pattern.Length;
    }

    /// <summary>One character against one sign of the pattern, which is passed if it fits.</summary>
    private static bool One(string pattern, ref int p, char c)
    {
        int next = p + 1;
        bool fits;
        switch (pattern[p])
        {
            case '?':
                fits = true;
                break;
            case '[' when Set(pattern, p, c, out int end) is { } inSet:
                (fits, next) = (inSet, end);
                break;
            case '\\' when p + 1 < pattern.Length:
                (fits, next) = (pattern[p + 1] == c, p + 2);
                break;
            default:
                fits = pattern[p] == c;
                break;
        }

        p = fits ? next : p;
        return fits;
    }

    private static bool? Set(string pattern, int at, char c, out int end)
    {
        int i = at + 1;
        bool isInverted = i < pattern.Length && pattern[i] is '!' or '^';
        i += isInverted ? 1 : 0;
        bool isIn = false;
        for (int first = i; i < pattern.Length && (pattern[i] != ']' || i == first); i++)
        {
            if (i + 2 < pattern.Length && pattern[i + 1] == '-' && pattern[i + 2] != ']')
            {
                isIn |= pattern[i] <= c && c <= pattern[i + 2];
                i += 2;
            }
            else
            {
                isIn |= pattern[i] == c;
            }
        }

        end = i + 1;
        return i < pattern.Length ? isIn != isInverted : null;
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Finwait.Lab;

/// <summary>Basic and extended regular expressions (POSIX, with GNU's <c>\w \s \b \&lt; \&gt;</c>), matched in linear time.</summary>
internal static class PosixRegex
{
    private const int MaxLength = 1000;
    private const int MaxRepeats = 255; // RE_DUP_MAX of POSIX

    /// <summary>Builds a matcher.</summary>
    /// <param name="pattern">The expression.</param>
    /// <param name="isExtended">True for grep -E and awk, false for plain grep.</param>
    /// <param name="ignoreCase">Letters' case does not matter.</param>
    /// <param name="regex">The matcher.</param>
    /// <param name="error">What is wrong with the expression, if false is returned.</param>
    /// <param name="captures">Groups can be asked for what they matched; default false.</param>
    internal static bool TryCreate(string pattern, bool isExtended, bool ignoreCase, [NotNullWhen(true)] out Regex? regex, out string error, bool captures = false)
    {
        regex = null;
        if (pattern.Length > MaxLength)
        {
            error = $"Regular expression too big, more than {MaxLength} characters";
            return false;
        }

        if (!TryTranslate(pattern, isExtended, captures ? "(" : "(?:", out string translated, out error))
        {
            return false;
        }

        try
        {
            // Without backtracking no expression can make a line take longer than its length asks for.
            regex = new(translated, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : 0));
            return true;
        }
        catch (Exception exception) when (exception is RegexParseException or NotSupportedException)
        {
            error = exception is RegexParseException { Error: RegexParseError.InsufficientClosingParentheses } ? "Unmatched ( or \\("
                : exception is RegexParseException { Error: RegexParseError.InsufficientOpeningParentheses } ? "Unmatched ) or \\)"
                : "Invalid regular expression";
            return false;
        }
    }

    /// <summary>Takes every character as it is.</summary>
    internal static Regex Literal(string text, bool ignoreCase) => new(Regex.Escape(text), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : 0));

    private static bool TryTranslate(string pattern, bool isExtended, string group, out string translated, out string error)
    {
        StringBuilder text = new();
        translated = error = "";
        bool atStart = true; // where a star is a star
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = pattern[i];
            bool escaped = c == '\\';
            if (escaped && ++i == pattern.Length)
            {
                error = "Trailing backslash";
                return false;
            }

            c = pattern[i];
            if ("(){}|+?".Contains(c) && escaped != isExtended)
            {
                if (c != '{')
                {
                    text.Append(c is '(' ? group : c.ToString());
                    atStart = c is '(' or '|';
                }
                else if (!TryRepeat(pattern, isExtended, ref i, text, out error))
                {
                    return false;
                }

                continue;
            }

            if (escaped ? !TryEscape(c, text, out error) : c == '[' && !TryBracket(pattern, ref i, text, out error))
            {
                return false;
            }

            if (!escaped && c != '[')
            {
                // Plain grep takes ^ and $ for anchors at the ends only, and a star at the start for a star.
                bool isAnchor = (c == '^' && (isExtended || atStart)) || (c == '$' && (isExtended || IsEnd(pattern, i)));
                bool isLive = isAnchor || c == '.' || (c == '*' && (isExtended || !atStart));
                text.Append(!isLive ? Regex.Escape(c.ToString()) : c == '$' ? "(?:\\z)" : c.ToString());
                if (isAnchor && c == '^')
                {
                    atStart = true;
                    continue;
                }
            }

            atStart = false;
        }

        translated = text.ToString();
        return true;
    }

    private static bool IsEnd(string pattern, int at) => at + 1 == pattern.Length || pattern.AsSpan(at + 1).StartsWith("\\)") || pattern.AsSpan(at + 1).StartsWith("\\|");

    private static bool TryEscape(char c, StringBuilder text, out string error)
    {
        error = "";
        if (char.IsAsciiDigit(c))
        {
            error = "back-references are not supported";
            return false;
        }

        text.Append(c switch
        {
            '<' or '>' or 'b' => "\\b",
            'w' => "[A-Za-z0-9_]",
            'W' => "[^A-Za-z0-9_]",
            's' => "[ \\t\\n\\r\\f\\v]",
            'S' => "[^ \\t\\n\\r\\f\\v]",
            'n' => "\\n",
            't' => "\\t",
            _ => Regex.Escape(c.ToString()),
        });
        return true;
    }

    // {N}, {N,}, {N,M}; in a plain expression with backslashes.
    private static bool TryRepeat(string pattern, bool isExtended, ref int i, StringBuilder text, out string error)
    {
        int end = pattern.IndexOf(isExtended ? "}" : "\\}", i + 1, StringComparison.Ordinal);
        error = "Invalid content of \\{\\}";
        if (end < 0)
        {
            error = "Unmatched { or \\{";
            return false;
        }

        string[] numbers = pattern[(i + 1)..end].Split(',');
        int most = 0;
        if (numbers.Length > 2 || !int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out int least) || least > MaxRepeats
            || (numbers.Length == 2 && numbers[1].Length > 0 && (!int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out most) || most < least || most > MaxRepeats)))
        {
            return false;
        }

        text.Append('{').Append(pattern, i + 1, end - i - 1).Append('}');
        i = end + (isExtended ? 0 : 1);
        error = "";
        return true;
    }

    private static bool TryBracket(string pattern, ref int i, StringBuilder text, out string error)
    {
        error = "";
        int at = i + 1;
        text.Append('[');
        if (at < pattern.Length && pattern[at] == '^')
        {
            text.Append('^');
            at++;
        }

        for (bool first = true; at < pattern.Length; first = false, at++)
        {
            char c = pattern[at];
            if (c == ']' && !first)
            {
                text.Append(']');
                i = at;
                return true;
            }

            if (c == '[' && at + 1 < pattern.Length && pattern[at + 1] == ':')
            {
                int end = pattern.IndexOf(":]", at + 2, StringComparison.Ordinal);
                string? members = end < 0 ? null : ClassMembers(pattern[(at + 2)..end]);
                if (members is null)
                {
                    error = "Invalid character class name";
                    return false;
                }

                text.Append(members);
                at = end + 1;
                continue;
            }

            bool isRange = c == '-' && !first && at + 1 < pattern.Length && pattern[at + 1] != ']';
            text.Append(isRange ? "-" : c is '\\' or '[' or ']' or '^' or '-' ? "\\" + c : c.ToString());
        }

        error = "Unmatched [, [^, [:, [., or [=";
        return false;
    }

    private static string? ClassMembers(string name) => name switch
    {
        "alpha" => "A-Za-z",
        "digit" => "0-9",
        "alnum" => "A-Za-z0-9",
        "upper" => "A-Z",
        "lower" => "a-z",
        "space" => " \\t\\n\\r\\f\\v",
        "blank" => " \\t",
        "punct" => "!-/:-@\\[-`{-~",
        "print" => " -~",
        "graph" => "!-~",
        "cntrl" => "\\x00-\\x1F\\x7F",
        "xdigit" => "0-9A-Fa-f",
        _ => null,
    };
}

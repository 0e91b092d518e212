using System.Text;

namespace Finwait.Lab;

/// <summary>Reads words and operators of the shell: quotes, variables, substitutions, as bash reads them.</summary>
internal class ShellLexer(string text)
{
    private const int MaxNesting = 32;

    private static readonly string[] s_operators = ["&&", "||", "&>>", "&>", "<<<", "<<-", "<<", ">>", ">&", "<&", ";;", ";", "&", "|", "<", ">", "(", ")", "\n"];

    private int _nesting;

    /// <summary>The text; names that stand for others are replaced in it as they come.</summary>
    protected string Text { get; set; } = text;

    /// <summary>Where the next character stands.</summary>
    protected int At { get; set; }

    private char Current => Text[At];

    /// <summary>Skips blanks and comments; null at the end, an operator, or "" for a word.</summary>
    protected string? Peek()
    {
        while (At < Text.Length && (Current is ' ' or '\t' or '\r' or '#' || (Current == '\\' && At + 1 < Text.Length && Text[At + 1] == '\n')))
        {
            if (Current == '#')
            {
                int end = Text.IndexOf('\n', At);
                At = end < 0 ? Text.Length : end;
                continue;
            }

            At += Current == '\\' ? 2 : 1;
        }

        return At >= Text.Length ? null : Array.Find(s_operators, op => string.CompareOrdinal(Text, At, op, 0, op.Length) == 0) ?? "";
    }

    protected static bool IsNameCharacter(char c) => c == '_' || char.IsAsciiLetterOrDigit(c);

    /// <summary>True for what a variable can be called.</summary>
    public static bool IsName(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!IsNameCharacter(c))
            {
                return false;
            }
        }

        return text.Length > 0 && !char.IsAsciiDigit(text[0]);
    }

    protected ShellWord ReadWord()
    {
        var parts = new List<ShellPart>();
        var plain = new StringBuilder();
        bool hasQuotes = false;
        while (At < Text.Length && !(Current is ' ' or '\t' or '\r' or '\n' or ';' or '&' or '|' or '<' or '>' or '(' or ')'))
        {
            char c = Current;
            switch (c)
            {
                case '\'':
                    Flush(parts, plain, false);
                    parts.Add(new ShellText(ReadTo('\''), true));
                    hasQuotes = true;
                    break;
                case '"':
                    Flush(parts, plain, false);
                    ReadDoubleQuoted(parts);
                    hasQuotes = true;
                    break;
                case '\\' when At + 1 < Text.Length:
                    Flush(parts, plain, false);
                    parts.Add(new ShellText(Text[At + 1] == '\n' ? "" : Text[At + 1].ToString(), true));
                    At += 2;
                    break;
                case '$' when At + 1 < Text.Length && Text[At + 1] == '\'':
                    Flush(parts, plain, false);
                    At++;
                    parts.Add(new ShellText(PythonEscapes.DecodeText(ReadTo('\''), default), true));
                    break;
                case '$' or '`':
                    ReadDollar(parts, plain, isQuoted: false);
                    break;
                default:
                    plain.Append(c);
                    At++;
                    break;
            }
        }

        Flush(parts, plain, false);
        if (parts.Count == 0 && hasQuotes)
        {
            parts.Add(new ShellText("", true));
        }

        return new ShellWord(parts.ToArray());
    }

    private static void Flush(List<ShellPart> parts, StringBuilder text, bool isQuoted)
    {
        if (text.Length > 0)
        {
            parts.Add(new ShellText(text.ToString(), isQuoted));
            text.Clear();
        }
    }

    /// <summary>The text up to the next <paramref name="quote"/>; both quotes are taken.</summary>
    private string ReadTo(char quote)
    {
        int end = Text.IndexOf(quote, At + 1);
        if (end < 0)
        {
            throw new ShellSyntaxException($"unexpected EOF while looking for matching `{quote}'");
        }

        string inside = Text[(At + 1)..end];
        At = end + 1;
        return inside;
    }

    private void ReadDoubleQuoted(List<ShellPart> parts)
    {
        int start = parts.Count;
        At++;
        ReadQuotedParts(parts, '"');
        At++;
        if (parts.Count == start)
        {
            parts.Add(new ShellText("", true));
        }
    }

    /// <summary>What stands in double quotes, up to the quote; or to the end of the text for a here-document.</summary>
    private void ReadQuotedParts(List<ShellPart> parts, char? quote)
    {
        var plain = new StringBuilder();
        while (true)
        {
            if (At >= Text.Length)
            {
                if (quote is null)
                {
                    break;
                }

                throw new ShellSyntaxException("unexpected EOF while looking for matching `\"'");
            }

            char c = Current;
            if (c == quote)
            {
                break;
            }

            if (c == '\\' && At + 1 < Text.Length && (Text[At + 1] is '\\' or '$' or '`' or '\n' || Text[At + 1] == quote))
            {
                plain.Append(Text[At + 1] == '\n' ? "" : Text[At + 1].ToString());
                At += 2;
            }
            else if (c is '$' or '`')
            {
                ReadDollar(parts, plain, isQuoted: true);
            }
            else
            {
                plain.Append(c);
                At++;
            }
        }

        Flush(parts, plain, true);
    }

    /// <summary>A text in which variables and substitutions are replaced as in double quotes, quotes standing for themselves.</summary>
    public static ShellWord ReadQuotedText(string text, int nesting = 0)
    {
        var parts = new List<ShellPart>();
        new ShellLexer(text) { _nesting = nesting }.ReadQuotedParts(parts, quote: null);
        return new ShellWord(parts.ToArray());
    }

    /// <summary>A text as one word, quotes in it understood and blanks kept.</summary>
    private ShellWord ReadInner(string text, bool isQuoted)
    {
        if (_nesting >= MaxNesting)
        {
            throw new ShellSyntaxException("too deeply nested");
        }

        if (isQuoted)
        {
            return ReadQuotedText(text, _nesting + 1);
        }

        var inner = new ShellLexer(text) { _nesting = _nesting + 1 };
        var parts = new List<ShellPart>();
        while (inner.At < text.Length)
        {
            parts.AddRange(inner.ReadWord().Parts);
            if (inner.At < text.Length)
            {
                parts.Add(new ShellText(text[inner.At++].ToString(), false));
            }
        }

        return new ShellWord(parts.ToArray());
    }

    private void ReadDollar(List<ShellPart> parts, StringBuilder plain, bool isQuoted)
    {
        if (Current == '`')
        {
            Flush(parts, plain, isQuoted);
            parts.Add(new ShellSubstitution(ReadTo('`'), isQuoted));
            return;
        }

        int next = At + 1;
        char first = next < Text.Length ? Text[next] : '\0';
        if (first == '(')
        {
            Flush(parts, plain, isQuoted);
            string inside = ReadParenthesized();
            bool isCalculation = inside.Length > 1 && inside[0] == '(' && inside[^1] == ')';
            parts.Add(isCalculation ? new ShellCalculation(ReadInner(inside[1..^1], isQuoted: true), isQuoted) : new ShellSubstitution(inside, isQuoted));
        }
        else if (first == '{')
        {
            Flush(parts, plain, isQuoted);
            parts.Add(ReadBraced(isQuoted));
        }
        else if (first is '?' or '$' or '!' or '#' or '@' or '*' or '-' || char.IsAsciiDigit(first))
        {
            Flush(parts, plain, isQuoted);
            parts.Add(new ShellVariable(first.ToString(), false, isQuoted));
            At += 2;
        }
        else if (IsNameCharacter(first))
        {
            int end = next;
            while (end < Text.Length && IsNameCharacter(Text[end]))
            {
                end++;
            }

            bool closes = end < Text.Length && Text[end] == '$' && (end + 1 == Text.Length || !(IsNameCharacter(Text[end + 1]) || Text[end + 1] is '(' or '{' or '?'));
            Flush(parts, plain, isQuoted);
            parts.Add(new ShellVariable(Text[next..end], closes, isQuoted));
            At = closes ? end + 1 : end;
        }
        else
        {
            plain.Append('$');
            At++;
        }
    }

    private ShellVariable ReadBraced(bool isQuoted)
    {
        int end = ClosingBrace(At + 2);
        if (end < 0)
        {
            throw new ShellSyntaxException("unexpected EOF while looking for matching `}'");
        }

        string whole = Text[At..(end + 1)];
        string inside = Text[(At + 2)..end];
        At = end + 1;
        bool isLength = inside.Length > 1 && inside[0] == '#';
        inside = isLength ? inside[1..] : inside;
        int name = 0;
        while (name < inside.Length && IsNameCharacter(inside[name]))
        {
            name++;
        }

        name = name == 0 && inside.Length > 0 && inside[0] is '?' or '$' or '!' or '#' or '@' or '*' or '-' ? 1 : name;
        string rest = inside[name..];
        string? sign = rest.Length == 0 ? "" : Array.Find([":-", ":=", ":+", ":?", "##", "%%", "//", "-", "=", "+", "?", "#", "%", "/", ":"], each => rest.StartsWith(each, StringComparison.Ordinal));
        if (name == 0 || sign is null || (isLength && rest.Length > 0) || (char.IsAsciiDigit(inside[0]) && !inside[..name].All(char.IsAsciiDigit)))
        {
            throw new ShellSyntaxException($"{whole}: bad substitution");
        }

        return new ShellVariable(inside[..name], false, isQuoted) { IsLength = isLength, Operator = sign, Operand = ReadInner(rest[sign.Length..], isQuoted) };
    }

    private int ClosingBrace(int at)
    {
        int depth = 1;
        char quote = '\0';
        for (; at < Text.Length; at++)
        {
            char c = Text[at];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
            }
            else if (c == '\\')
            {
                at++;
            }
            else if (c == '\'')
            {
                quote = c;
            }
            else if (c == '{')
            {
                depth++;
            }
            else if (c == '}' && --depth == 0)
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>The command inside <c>$( )</c>, brackets and quotes in it counted.</summary>
    private string ReadParenthesized()
    {
        int start = At + 2;
        int depth = 1;
        char quote = '\0';
        for (int i = start; i < Text.Length; i++)
        {
            char c = Text[i];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '\'' or '"')
            {
                quote = c;
            }
            else if (c == '(')
            {
                depth++;
            }
            else if (c == ')' && --depth == 0)
            {
                At = i + 1;
                return Text[start..i];
            }
        }

        throw new ShellSyntaxException("unexpected EOF while looking for matching `)'");
    }
}

using System.Globalization;

namespace Finwait.Drill;

/// <summary>A place in the text of a script, and the small steps from there: blanks and comments, words, numbers, strings.</summary>
internal sealed class ScriptCursor(string text, int firstLine = 1)
{
    private int _at;
    private int _line = firstLine;

    public int Line => _line;

    public bool IsAtEnd => _at >= text.Length;

    /// <summary>The next character, NUL at the end.</summary>
    public char Next => _at < text.Length ? text[_at] : '\0';

    public char Peek(int ahead) => _at + ahead < text.Length ? text[_at + ahead] : '\0';

    public bool LooksAt(string word) => string.CompareOrdinal(text, _at, word, 0, word.Length) == 0;

    public char Take()
    {
        char c = Next;
        if (c == '\n')
        {
            _line++;
        }

        _at++;
        return c;
    }

    /// <summary>Goes over blanks, line ends and comments.</summary>
    public void SkipBlanks()
    {
        while (!IsAtEnd)
        {
            if (char.IsWhiteSpace(Next))
            {
                Take();
            }
            else if (Next == '#' || LooksAt("//"))
            {
                SkipLine();
            }
            else if (LooksAt("/*"))
            {
                int began = _line;
                while (!LooksAt("*/"))
                {
                    if (IsAtEnd)
                    {
                        throw new DrillFault(began, "syntax error: the comment does not end");
                    }

                    Take();
                }

                Take();
                Take();
            }
            else
            {
                return;
            }
        }
    }

    /// <summary>Goes over blanks of this line only.</summary>
    public void SkipSpaces()
    {
        while (Next is ' ' or '\t')
        {
            Take();
        }
    }

    public string SkipLine()
    {
        int from = _at;
        while (!IsAtEnd && Next != '\n')
        {
            Take();
        }

        return text[from.._at];
    }

    /// <summary>Takes the word if it is what comes next.</summary>
    public bool TryTake(string word)
    {
        SkipBlanks();
        if (!LooksAt(word))
        {
            return false;
        }

        _at += word.Length;
        return true;
    }

    /// <summary>Takes a word of letters if it is what comes next, whole.</summary>
    public bool TryTakeWord(string word)
    {
        SkipBlanks();
        if (!LooksAt(word) || IsNameCharacter(Peek(word.Length)))
        {
            return false;
        }

        _at += word.Length;
        return true;
    }

    public void Expect(string word, string where)
    {
        if (!TryTake(word))
        {
            throw Fault($"expected '{word}' {where}");
        }
    }

    /// <summary>Letters, digits and underscores; empty if there are none.</summary>
    public string TakeName()
    {
        SkipBlanks();
        int from = _at;
        while (IsNameCharacter(Next))
        {
            _at++;
        }

        return text[from.._at];
    }

    public string TakeWhile(Func<char, bool> accepts)
    {
        int from = _at;
        while (!IsAtEnd && accepts(Next))
        {
            Take();
        }

        return text[from.._at];
    }

    /// <summary>Everything up to the end mark, which is taken too.</summary>
    public string TakeUntil(string end, string what)
    {
        int began = _line;
        int from = _at;
        while (!LooksAt(end))
        {
            if (IsAtEnd)
            {
                throw new DrillFault(began, $"syntax error: {what} does not end: expected '{end}'");
            }

            Take();
        }

        string taken = text[from.._at];
        _at += end.Length;
        return taken;
    }

    public bool IsAtDigit => char.IsAsciiDigit(Next);

    /// <summary>A number: decimal, octal with a leading 0, or hexadecimal with 0x; a sign in front.</summary>
    public long TakeInteger(string what)
    {
        SkipBlanks();
        bool isNegative = Next == '-';
        if (isNegative)
        {
            Take();
        }

        string digits;
        bool isHex = LooksAt("0x") || LooksAt("0X");
        if (isHex)
        {
            _at += 2;
            digits = TakeWhile(char.IsAsciiHexDigit);
        }
        else
        {
            digits = TakeWhile(char.IsAsciiDigit);
        }

        if (!ulong.TryParse(digits, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) || value > long.MaxValue)
        {
            throw Fault($"expected {what}");
        }

        return isNegative ? -(long)value : (long)value;
    }

    public long TakeInteger(string what, long least, long most)
    {
        long value = TakeInteger(what);
        return value >= least && value <= most ? value : throw new DrillFault(_line, $"syntax error: {what} {value} is not between {least} and {most}");
    }

    /// <summary>A time in seconds, as microseconds.</summary>
    public long TakeTime()
    {
        SkipBlanks();
        string whole = TakeWhile(char.IsAsciiDigit);
        string part = "";

        // Three points are the mark of a time range of a call, not a fraction.
        if (Next == '.' && !LooksAt("..."))
        {
            Take();
            part = TakeWhile(char.IsAsciiDigit);
        }

        if (whole.Length + part.Length == 0 || whole.Length > 9)
        {
            throw Fault("expected a time in seconds");
        }

        long micros = part.Length == 0 ? 0 : long.Parse(part.PadRight(6, '0')[..6], CultureInfo.InvariantCulture);
        return (whole.Length == 0 ? 0 : long.Parse(whole, CultureInfo.InvariantCulture) * 1_000_000) + micros;
    }

    /// <summary>A string in double quotes, its escapes replaced.</summary>
    public string TakeString()
    {
        int began = _line;
        Take();
        var value = new System.Text.StringBuilder();
        while (Next != '"')
        {
            if (IsAtEnd || Next == '\n')
            {
                throw new DrillFault(began, "syntax error: the string does not end");
            }

            char c = Take();
            value.Append(c == '\\' ? Escaped() : c);
        }

        Take();
        return value.ToString();
    }

    public DrillFault Fault(string message)
    {
        string rest = text[Math.Min(_at, text.Length)..];
        int end = rest.AsSpan().IndexOfAny(" \t\r\n");
        string near = end == 0 ? rest.TrimStart() : rest;
        string word = near.Length == 0 ? "end of file" : "'" + new string([.. near.TakeWhile(c => !char.IsWhiteSpace(c)).Take(20)]) + "'";
        return new DrillFault(_line, $"syntax error at {word}: {message}");
    }

    private char Escaped() => Take() switch
    {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '0' => '\0',
        'x' => (char)TakeHexOctet(),
        var c => c,
    };

    private int TakeHexOctet()
    {
        int value = 0;
        for (int i = 0; i < 2 && char.IsAsciiHexDigit(Next); i++)
        {
            value = (value * 16) + Convert.ToInt32(Take().ToString(), 16);
        }

        return value;
    }

    private static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';
}

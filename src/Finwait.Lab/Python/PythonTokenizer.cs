using System.Globalization;
using System.Numerics;

namespace Finwait.Lab;

/// <summary>Cuts Python text into tokens, with the indentation counted as Python counts it.</summary>
internal sealed class PythonTokenizer
{
    /// <summary>CPython's own limit on open brackets.</summary>
    private const int MaxBrackets = 200;

    private static readonly string[] Operators =
    [
        "**=", "//=", ">>=", "<<=", "...", "!=", "->", ":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "**", "//", "<<", ">>", "<=", ">=", "==",
        "+", "-", "*", "/", "%", "@", "&", "|", "^", "~", "<", ">", "(", ")", "[", "]", "{", "}", ",", ":", ".", ";", "=",
    ];

    private readonly string[] _lines;
    private readonly List<PythonToken> _tokens = [];
    private readonly List<int> _indents = [0];
    private readonly Stack<(char Bracket, PythonSpan Span)> _open = new();
    private int _line;
    private int _at;

    private PythonTokenizer(string[] lines) => _lines = lines;

    /// <summary>The tokens of <paramref name="lines"/>, ending with <see cref="PythonTokenKind.End"/>.</summary>
    /// <exception cref="PythonSyntaxException">The text is not Python.</exception>
    public static List<PythonToken> Tokenize(string[] lines)
    {
        var tokenizer = new PythonTokenizer(lines);
        tokenizer.Run();
        return tokenizer._tokens;
    }

    private void Run()
    {
        for (_line = 0; _line < _lines.Length; _line++)
        {
            string text = _lines[_line];
            _at = 0;
            if (_open.Count == 0 && !BeginLine(text))
            {
                continue;
            }

            bool continued = ReadLine(ref text);
            if (_open.Count == 0 && !continued && _tokens.Count > 0 && _tokens[^1].Kind is not PythonTokenKind.NewLine)
            {
                Add(PythonTokenKind.NewLine, "", text.Length, text.Length);
            }
        }

        _line = Math.Max(0, _lines.Length - 1);
        PythonSyntaxException? unclosed = _open.TryPeek(out (char Bracket, PythonSpan Span) open)
            ? new PythonSyntaxException($"'{open.Bracket}' was never closed", open.Span, isIncomplete: true)
            : null;
        int end = _lines.Length == 0 ? 0 : _lines[^1].Length;
        for (int i = _indents.Count - 1; i > 0; i--)
        {
            Add(PythonTokenKind.Dedent, "", end, end);
        }

        Add(PythonTokenKind.End, "", end, end, unclosed); // the parser may find an earlier mistake; only then this one counts
    }

    /// <summary>Counts the blanks in front and emits Indent and Dedent. False for an empty line or one that holds a comment alone.</summary>
    private bool BeginLine(string text)
    {
        int column = 0;
        while (_at < text.Length && text[_at] is ' ' or '\t' or '\f')
        {
            column = text[_at] == '\t' ? (column / 8 + 1) * 8 : column + 1;
            _at++;
        }

        if (_at == text.Length || text[_at] == '#')
        {
            return false;
        }

        if (column > _indents[^1])
        {
            if (_indents.Count > 100)
            {
                throw new PythonSyntaxException("too many levels of indentation", Here(_at, _at + 1), type: "IndentationError");
            }

            _indents.Add(column);
            Add(PythonTokenKind.Indent, "", 0, _at);
        }

        while (column < _indents[^1])
        {
            _indents.RemoveAt(_indents.Count - 1);
            Add(PythonTokenKind.Dedent, "", _at, _at);
        }

        return column == _indents[^1] ? true : throw new PythonSyntaxException("unindent does not match any outer indentation level", Here(text.Length, text.Length), type: "IndentationError");
    }

    /// <summary>Reads to the end of the line. True if the line ends with a backslash.</summary>
    private bool ReadLine(ref string text)
    {
        while (_at < text.Length)
        {
            char c = text[_at];
            if (c is ' ' or '\t' or '\f')
            {
                _at++;
            }
            else if (c == '#')
            {
                return false;
            }
            else if (c == '\\')
            {
                if (_at != text.Length - 1)
                {
                    throw new PythonSyntaxException("unexpected character after line continuation character", Here(_at + 1, _at + 2));
                }

                return _line + 1 < _lines.Length ? true : throw new PythonSyntaxException("unexpected EOF while parsing", Here(_at, _at + 1), isIncomplete: true);
            }
            else if (IsNameStart(c))
            {
                ReadName(ref text);
            }
            else if (char.IsAsciiDigit(c) || (c == '.' && _at + 1 < text.Length && char.IsAsciiDigit(text[_at + 1])))
            {
                ReadNumber(text);
            }
            else if (c is '"' or '\'')
            {
                ReadString(ref text, _at, "");
            }
            else
            {
                ReadOperator(text);
            }
        }

        return false;
    }

    private static bool IsNameStart(char c) => c == '_' || char.IsLetter(c);

    private void ReadName(ref string text)
    {
        int start = _at;
        while (_at < text.Length && (IsNameStart(text[_at]) || char.IsDigit(text[_at])))
        {
            _at++;
        }

        string name = text[start.._at];
        if (_at < text.Length && text[_at] is '"' or '\'' && name.ToLowerInvariant() is "b" or "r" or "u" or "f" or "br" or "rb" or "fr" or "rf")
        {
            ReadString(ref text, start, name.ToLowerInvariant());
            return;
        }

        Add(PythonTokenKind.Name, name, start, _at);
    }

    private void ReadNumber(string text)
    {
        int start = _at;
        int radix = text[_at] == '0' && _at + 1 < text.Length ? char.ToLowerInvariant(text[_at + 1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 10 } : 10;
        _at += radix == 10 ? 0 : 2;
        bool isFloat = false;
        while (_at < text.Length)
        {
            char c = text[_at];
            bool isExponent = radix == 10 && c is 'e' or 'E' && _at + 1 < text.Length
                && (char.IsAsciiDigit(text[_at + 1]) || (text[_at + 1] is '+' or '-' && _at + 2 < text.Length && char.IsAsciiDigit(text[_at + 2])));
            if (isExponent || (c == '.' && radix == 10 && !isFloat))
            {
                isFloat = true;
                _at += isExponent ? 2 : 1;
            }
            else if (radix == 16 ? char.IsAsciiHexDigit(c) || c == '_' : char.IsAsciiDigit(c) || c == '_')
            {
                _at++;
            }
            else
            {
                break;
            }
        }

        if (_at < text.Length && IsNameStart(text[_at]))
        {
            throw new PythonSyntaxException(radix == 10 ? "invalid decimal literal" : "invalid hexadecimal literal", Here(_at - 1, _at));
        }

        int doubled = text.IndexOf("__", start, _at - start, StringComparison.Ordinal);
        if (doubled >= 0 || text[_at - 1] == '_')
        {
            int at = doubled >= 0 ? doubled : _at - 1;
            throw new PythonSyntaxException(radix == 10 ? "invalid decimal literal" : $"invalid {(radix == 16 ? "hexadecimal" : radix == 8 ? "octal" : "binary")} literal", Here(at, at + 1));
        }

        string digits = text[start.._at].Replace("_", "", StringComparison.Ordinal);
        Add(PythonTokenKind.Number, digits, start, _at, isFloat ? ParseFloat(digits, start) : ParseInteger(digits, radix, start));
    }

    private object ParseFloat(string digits, int start) =>
        double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : throw new PythonSyntaxException("invalid decimal literal", Here(start, _at));

    private object ParseInteger(string digits, int radix, int start)
    {
        if (digits.Length > 4300)
        {
            throw new PythonSyntaxException("Exceeds the limit (4300 digits) for integer string conversion", Here(start, _at));
        }

        if (radix == 10)
        {
            if (digits.Length > 1 && digits[0] == '0' && digits.AsSpan().TrimStart('0').Length > 0)
            {
                throw new PythonSyntaxException("leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers", Here(start, _at));
            }

            return BigInteger.Parse(digits, CultureInfo.InvariantCulture);
        }

        BigInteger value = 0;
        foreach (char c in digits.AsSpan(2))
        {
            int digit = char.IsAsciiDigit(c) ? c - '0' : char.ToLowerInvariant(c) - 'a' + 10;
            if (digit >= radix)
            {
                throw new PythonSyntaxException($"invalid digit '{c}' in {(radix == 8 ? "octal" : "binary")} literal", Here(start, _at));
            }

            value = value * radix + digit;
        }

        return digits.Length > 2 ? value : throw new PythonSyntaxException("invalid hexadecimal literal", Here(start, _at));
    }

    private void ReadString(ref string text, int start, string prefix)
    {
        int startLine = _line;
        char quote = text[_at];
        bool isTriple = _at + 2 < text.Length && text[_at + 1] == quote && text[_at + 2] == quote;
        _at += isTriple ? 3 : 1;
        var body = new System.Text.StringBuilder();
        while (true)
        {
            if (_at >= text.Length)
            {
                if (!isTriple)
                {
                    throw new PythonSyntaxException($"unterminated string literal (detected at line {_line + 1})", new PythonSpan(startLine + 1, start, startLine + 1, start + 1));
                }

                if (_line + 1 >= _lines.Length)
                {
                    throw new PythonSyntaxException($"unterminated triple-quoted string literal (detected at line {_line + 1})", new PythonSpan(startLine + 1, start, startLine + 1, start + 3), isIncomplete: true);
                }

                body.Append('\n');
                text = _lines[++_line];
                _at = 0;
                continue;
            }

            char c = text[_at];
            if (c == '\\' && _at + 1 < text.Length)
            {
                body.Append(c).Append(text[_at + 1]);
                _at += 2;
            }
            else if (c == '\\' && _line + 1 < _lines.Length)
            {
                text = _lines[++_line]; // a backslash at the end joins the next line
                _at = 0;
            }
            else if (c == quote && (!isTriple || (_at + 2 < text.Length && text[_at + 1] == quote && text[_at + 2] == quote)))
            {
                _at += isTriple ? 3 : 1;
                break;
            }
            else
            {
                body.Append(c);
                _at++;
            }
        }

        var span = new PythonSpan(startLine + 1, start, _line + 1, _at);
        bool isFormat = prefix.Contains('f', StringComparison.Ordinal);
        object value = isFormat ? new PythonFormatText(body.ToString(), prefix.Contains('r', StringComparison.Ordinal)) : PythonEscapes.Decode(body.ToString(), prefix, span);
        _tokens.Add(new PythonToken(isFormat ? PythonTokenKind.FormatString : PythonTokenKind.String, "", span, value));
    }

    private void ReadOperator(string text)
    {
        foreach (string op in Operators)
        {
            if (string.CompareOrdinal(text, _at, op, 0, op.Length) == 0)
            {
                Bracket(op[0]);
                Add(PythonTokenKind.Operator, op, _at, _at + op.Length);
                _at += op.Length;
                return;
            }
        }

        char c = text[_at];
        throw c is '$' or '?' or '`' or '!'
            ? new PythonSyntaxException("invalid syntax", Here(_at, _at + 1))
            : new PythonSyntaxException(char.IsControl(c) ? $"invalid non-printable character U+{(int)c:X4}" : $"invalid character '{c}' (U+{(int)c:X4})", Here(_at, _at + 1));
    }

    private void Bracket(char c)
    {
        if (c is '(' or '[' or '{')
        {
            if (_open.Count >= MaxBrackets)
            {
                throw new PythonSyntaxException("too many nested parentheses", Here(_at, _at + 1));
            }

            _open.Push((c, Here(_at, _at + 1)));
        }
        else if (c is ')' or ']' or '}')
        {
            if (!_open.TryPop(out (char Bracket, PythonSpan Span) open))
            {
                throw new PythonSyntaxException($"unmatched '{c}'", Here(_at, _at + 1));
            }

            if ((open.Bracket, c) is not (('(', ')') or ('[', ']') or ('{', '}')))
            {
                throw new PythonSyntaxException($"closing parenthesis '{c}' does not match opening parenthesis '{open.Bracket}'", Here(_at, _at + 1));
            }
        }
    }

    private PythonSpan Here(int from, int to) => new(_line + 1, from, _line + 1, to);

    private void Add(PythonTokenKind kind, string text, int from, int to, object? value = null) => _tokens.Add(new PythonToken(kind, text, Here(from, to), value));
}

/// <summary>The body of an f-string, not yet cut into text and fields.</summary>
internal sealed record PythonFormatText(string Body, bool IsRaw);

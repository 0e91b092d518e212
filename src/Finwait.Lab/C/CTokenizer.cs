using System.Globalization;
using System.Text;

namespace Finwait.Lab;

/// <summary>Cuts a C program into tokens. Comments go; <c>#include</c> is passed over, for every function of the lab's library is known; <c>#define NAME …</c> is replaced.</summary>
internal sealed class CTokenizer
{
    /// <summary>A definition in a definition in a definition.</summary>
    private const int MaxReplacements = 16;

    private static readonly string[] s_signs =
    [
        "<<=", ">>=", "...", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
        "(", ")", "{", "}", "[", "]", ";", ",", ".", "=", "+", "-", "*", "/", "%", "<", ">", "!", "&", "|", "^", "~", "?", ":",
    ];

    private readonly string _text;
    private readonly Dictionary<string, List<CToken>> _defined = [];
    private readonly List<CToken> _tokens = [];
    private int _at;
    private int _line = 1;
    private int _lineStart;

    private CTokenizer(string text) => _text = text;

    /// <summary>All tokens of a program, an end behind them.</summary>
    /// <exception cref="CError">Something is no token of C.</exception>
    public static List<CToken> Read(string text)
    {
        var reader = new CTokenizer(text.ReplaceLineEndings("\n"));
        while (reader.Skip(sameLine: false))
        {
            if (reader._text[reader._at] == '#')
            {
                reader.Directive();
                continue;
            }

            reader.Add(reader.Next(), reader._tokens, 0);
        }

        reader._tokens.Add(reader.Here(CTokenKind.End, "", 0));
        return reader._tokens;
    }

    private CToken Here(CTokenKind kind, string text, int length) => new(kind, text, _line, _at - _lineStart + 1, length);

    /// <summary>Adds a token, or what it is defined as.</summary>
    private void Add(CToken token, List<CToken> to, int depth)
    {
        if (token.Kind != CTokenKind.Name || depth >= MaxReplacements || !_defined.TryGetValue(token.Text, out List<CToken>? replacement))
        {
            to.Add(token);
            return;
        }

        foreach (CToken part in replacement)
        {
            Add(part with { Line = token.Line, Column = token.Column, Length = token.Length }, to, depth + 1);
        }
    }

    /// <summary>Passes blanks and comments. False at the end, of the file or of the line.</summary>
    private bool Skip(bool sameLine)
    {
        while (_at < _text.Length)
        {
            if (_text[_at] == '\n')
            {
                if (sameLine)
                {
                    return false;
                }

                NewLine();
            }
            else if (_text[_at] == '\\' && _at + 1 < _text.Length && _text[_at + 1] == '\n')
            {
                _at++;
                NewLine();
            }
            else if (string.CompareOrdinal(_text, _at, "//", 0, 2) == 0)
            {
                int end = _text.IndexOf('\n', _at);
                _at = end < 0 ? _text.Length : end;
            }
            else if (string.CompareOrdinal(_text, _at, "/*", 0, 2) == 0)
            {
                SkipComment();
            }
            else if (char.IsWhiteSpace(_text[_at]))
            {
                _at++;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    private void NewLine()
    {
        _at++;
        _line++;
        _lineStart = _at;
    }

    private void SkipComment()
    {
        CToken start = Here(CTokenKind.Sign, "/*", 2);
        int end = _text.IndexOf("*/", _at + 2, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new CError(start, "unterminated comment");
        }

        for (; _at < end; _at++)
        {
            if (_text[_at] == '\n')
            {
                _line++;
                _lineStart = _at + 1;
            }
        }

        _at = end + 2;
    }

    private void Directive()
    {
        CToken at = Here(CTokenKind.Sign, "#", 1);
        _at++;
        string word = Skip(sameLine: true) ? Word() : "";
        if (word == "define" && Skip(sameLine: true))
        {
            CToken name = Next();
            if (_at < _text.Length && _text[_at] == '(')
            {
                throw new CError(name, $"the lab's compiler replaces names: ‘{name.Text}’ with arguments is not there");
            }

            var replacement = new List<CToken>();
            while (Skip(sameLine: true))
            {
                replacement.Add(Next());
            }

            _defined[name.Text] = replacement;
            return;
        }

        if (word is not ("include" or "pragma" or ""))
        {
            throw new CError(at, word is "if" or "ifdef" or "ifndef" or "else" or "elif" or "endif" or "undef" ? $"the lab's compiler has no #{word}" : $"invalid preprocessing directive #{word}");
        }

        int end = _text.IndexOf('\n', _at);
        _at = end < 0 ? _text.Length : end;
    }

    private string Word()
    {
        int start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '_'))
        {
            _at++;
        }

        return _text[start.._at];
    }

    private CToken Next()
    {
        char c = _text[_at];
        if (char.IsAsciiLetter(c) || c == '_')
        {
            CToken place = Here(CTokenKind.Name, "", 0);
            string word = Word();
            return place with { Text = word, Length = word.Length };
        }

        if (char.IsAsciiDigit(c))
        {
            return Number();
        }

        if (c is '"' or '\'')
        {
            return Quoted(c);
        }

        foreach (string sign in s_signs)
        {
            if (string.CompareOrdinal(_text, _at, sign, 0, sign.Length) == 0)
            {
                CToken token = Here(CTokenKind.Sign, sign, sign.Length);
                _at += sign.Length;
                return token;
            }
        }

        throw new CError(Here(CTokenKind.Sign, c.ToString(), 1), $"stray ‘{c}’ in program");
    }

    private CToken Number()
    {
        CToken place = Here(CTokenKind.Number, "", 0);
        string word = Word();
        string digits = word.TrimEnd('u', 'U', 'l', 'L');
        bool isHex = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        bool isRead = isHex ? long.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long value) : long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        if (!isRead || (_at < _text.Length && _text[_at] == '.'))
        {
            throw new CError(place with { Length = word.Length }, $"the lab's compiler knows whole numbers only: ‘{word}’");
        }

        if (!isHex && digits.Length > 1 && digits[0] == '0')
        {
            value = digits.Aggregate(0L, (sum, digit) => (sum * 8) + digit - '0');
        }

        return place with { Text = value.ToString(CultureInfo.InvariantCulture), Length = word.Length };
    }

    private CToken Quoted(char quote)
    {
        CToken place = Here(quote == '"' ? CTokenKind.Text : CTokenKind.Number, "", 1);
        var text = new StringBuilder();
        int start = _at++;
        while (_at < _text.Length && _text[_at] != quote && _text[_at] != '\n')
        {
            text.Append(_text[_at]);
            if (_text[_at] == '\\' && _at + 1 < _text.Length)
            {
                text.Append(_text[++_at]);
            }

            _at++;
        }

        if (_at >= _text.Length || _text[_at] != quote)
        {
            throw new CError(place, $"missing terminating {quote} character");
        }

        _at++;
        place = place with { Text = text.ToString(), Length = _at - start };
        return quote == '"' ? place : place with { Text = Character(place).ToString(CultureInfo.InvariantCulture) };
    }

    private static int Character(CToken token) => token.Text switch
    {
        { Length: 1 } plain => plain[0],
        "\\n" => '\n',
        "\\t" => '\t',
        "\\r" => '\r',
        "\\0" => 0,
        "\\\\" => '\\',
        "\\'" => '\'',
        "\\\"" => '"',
        _ => throw new CError(token, token.Text.Length == 0 ? "empty character constant" : "multi-character character constant"),
    };
}

using System.Text;

namespace Finwait.Inspect;

/// <summary>A word, a sign or a quoted text of a display filter.</summary>
/// <param name="Text">What it says; without the quotes, one character for each octet.</param>
/// <param name="IsQuoted">True if it stood in quotes: then it is never a word of the language.</param>
internal readonly record struct DisplayToken(string Text, bool IsQuoted);

/// <summary>Cuts a display filter into its words.</summary>
internal sealed class DisplayTokens
{
    private static readonly string[] s_signs = ["===", "!==", "==", "!=", "<=", ">=", "&&", "||", "..", "<", ">", "!", "&", "~", "(", ")", "{", "}", ",", "="];

    private readonly string _text;
    private int _at;
    private DisplayToken? _next;

    public DisplayTokens(string text)
    {
        _text = text;
        Advance();
    }

    /// <summary>The token that comes next; null at the end.</summary>
    public DisplayToken? Peek => _next;

    public bool IsAtEnd => _next is null;

    /// <summary>Takes the next token.</summary>
    /// <param name="wanted">What is expected there, for the complaint if nothing comes.</param>
    public DisplayToken Next(string wanted)
    {
        DisplayToken token = _next ?? throw new FormatException($"the filter ends where {wanted} is expected");
        Advance();
        return token;
    }

    /// <summary>Takes the next token if it is one of these words or signs.</summary>
    public bool Take(params ReadOnlySpan<string> words)
    {
        foreach (string word in words)
        {
            if (_next is { IsQuoted: false } token && token.Text.Equals(word, StringComparison.Ordinal))
            {
                Advance();
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes what stands in brackets right here; null without brackets.</summary>
    public string? TakeBrackets()
    {
        if (_next is not { IsQuoted: false, Text: "[" })
        {
            return null;
        }

        int end = _text.IndexOf(']', _at);
        if (end < 0)
        {
            throw new FormatException("']' is missing");
        }

        string inside = _text[_at..end];
        _at = end + 1;
        Advance();
        return inside;
    }

    private void Advance()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }

        _next = _at >= _text.Length ? null : _text[_at] == '"' ? Quoted() : _text[_at] == '[' ? One() : Sign() ?? Word();
    }

    private DisplayToken One() => new(_text[_at++].ToString(), false);

    private DisplayToken? Sign()
    {
        foreach (string sign in s_signs)
        {
            if (string.CompareOrdinal(_text, _at, sign, 0, sign.Length) == 0)
            {
                _at += sign.Length;
                return new DisplayToken(sign, false);
            }
        }

        return null;
    }

    private DisplayToken Word()
    {
        int begin = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || "_.:/-".Contains(_text[_at], StringComparison.Ordinal))
            && string.CompareOrdinal(_text, _at, "..", 0, 2) != 0)
        {
            _at++;
        }

        return _at > begin ? new DisplayToken(_text[begin.._at], false) : throw new FormatException($"'{_text[_at]}' means nothing here");
    }

    private DisplayToken Quoted()
    {
        var text = new StringBuilder();
        for (_at++; _at < _text.Length && _text[_at] != '"'; _at++)
        {
            if (_text[_at] != '\\')
            {
                text.Append(_text[_at] < 0x80 ? _text[_at].ToString() : Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(_text[_at].ToString())));
                continue;
            }

            _at++;
            text.Append(Escaped());
        }

        if (_at >= _text.Length)
        {
            throw new FormatException("the closing '\"' is missing");
        }

        _at++;
        return new DisplayToken(text.ToString(), true);
    }

    /// <summary>What stands behind a backslash; of a pattern's own escapes the backslash stays.</summary>
    private string Escaped()
    {
        char escape = _at < _text.Length ? _text[_at] : '\0';
        if (escape == 'x' && _at + 2 < _text.Length && Uri.IsHexDigit(_text[_at + 1]) && Uri.IsHexDigit(_text[_at + 2]))
        {
            _at += 2;
            return ((char)Convert.ToByte(_text.Substring(_at - 1, 2), 16)).ToString();
        }

        return escape switch { 'n' => "\n", 'r' => "\r", 't' => "\t", '0' => "\0", '"' or '\\' => escape.ToString(), _ => "\\" + escape };
    }
}

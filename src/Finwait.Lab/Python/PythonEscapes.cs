using System.Globalization;
using System.Text;

namespace Finwait.Lab;

/// <summary>Backslash sequences: reading literals and writing <c>repr()</c>.</summary>
internal static class PythonEscapes
{
    /// <summary>The value of a literal: a <see cref="string"/> or a <see cref="PyBytes"/>.</summary>
    /// <param name="body">The text between the quotes.</param>
    /// <param name="prefix">Small letters: <c>b</c>, <c>r</c>, both or none.</param>
    /// <param name="span">Where the literal stands, for errors.</param>
    public static object Decode(string body, string prefix, PythonSpan span)
    {
        bool isBytes = prefix.Contains('b', StringComparison.Ordinal);
        bool isRaw = prefix.Contains('r', StringComparison.Ordinal);
        if (!isBytes)
        {
            return isRaw ? body : DecodeText(body, span);
        }

        var octets = new List<byte>(body.Length);
        for (int i = 0; i < body.Length; i++)
        {
            char c = body[i];
            if (c > 127)
            {
                throw new PythonSyntaxException("bytes can only contain ASCII literal characters", span);
            }

            if (c == '\\' && !isRaw && i + 1 < body.Length)
            {
                i = DecodeOne(body, i + 1, isText: false, span, out int value);
                if (value >= 0)
                {
                    octets.Add((byte)value);
                }
                else if (value == KeepBackslash)
                {
                    octets.Add((byte)'\\');
                    octets.Add((byte)body[i]);
                }
            }
            else
            {
                octets.Add((byte)c);
            }
        }

        return new PyBytes(octets.ToArray());
    }

    private const int Nothing = -1;
    private const int KeepBackslash = -2;

    /// <summary>Decodes the escapes of a str body.</summary>
    public static string DecodeText(string body, PythonSpan span)
    {
        if (!body.Contains('\\', StringComparison.Ordinal))
        {
            return body;
        }

        var text = new StringBuilder(body.Length);
        for (int i = 0; i < body.Length; i++)
        {
            if (body[i] != '\\' || i + 1 >= body.Length)
            {
                text.Append(body[i]);
                continue;
            }

            i = DecodeOne(body, i + 1, isText: true, span, out int value);
            if (value == KeepBackslash)
            {
                text.Append('\\').Append(body[i]);
            }
            else if (value is >= 0xD800 and <= 0xDFFF)
            {
                text.Append((char)value);
            }
            else if (value >= 0)
            {
                text.Append(char.ConvertFromUtf32(value));
            }
        }

        return text.ToString();
    }

    /// <summary>Decodes the sequence whose letter is at <paramref name="at"/>; returns the index of its last character.</summary>
    private static int DecodeOne(string body, int at, bool isText, PythonSpan span, out int value)
    {
        char c = body[at];
        switch (c)
        {
            case '\n': value = Nothing; return at;
            case '\\' or '\'' or '"': value = c; return at;
            case 'a': value = 7; return at;
            case 'b': value = 8; return at;
            case 'f': value = 12; return at;
            case 'n': value = 10; return at;
            case 'r': value = 13; return at;
            case 't': value = 9; return at;
            case 'v': value = 11; return at;
            case 'x': return Hex(body, at, 2, isText ? "xXX" : null, span, out value);
            case 'u' when isText: return Hex(body, at, 4, "uXXXX", span, out value);
            case 'U' when isText: return Hex(body, at, 8, "UXXXXXXXX", span, out value);
            case >= '0' and <= '7':
                value = 0;
                int end = at;
                while (end < body.Length && end < at + 3 && body[end] is >= '0' and <= '7')
                {
                    value = value * 8 + body[end++] - '0';
                }

                value = isText ? value : value & 0xFF;
                return end - 1;
            default: value = KeepBackslash; return at;
        }
    }

    private static int Hex(string body, int at, int digits, string? name, PythonSpan span, out int value)
    {
        int available = 0;
        while (available < digits && at + 1 + available < body.Length && char.IsAsciiHexDigit(body[at + 1 + available]))
        {
            available++;
        }

        if (available < digits)
        {
            throw new PythonSyntaxException(
                name is null ? $"(value error) invalid \\x escape at position {at - 1}" : $"(unicode error) 'unicodeescape' codec can't decode bytes in position {at - 1}-{at + available}: truncated \\{name} escape",
                span);
        }

        uint code = uint.Parse(body.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (code > 0x10FFFF)
        {
            throw new PythonSyntaxException($"(unicode error) 'unicodeescape' codec can't decode bytes in position {at - 1}-{at + digits}: illegal Unicode character", span);
        }

        value = (int)code;
        return at + digits;
    }

    /// <summary><c>repr()</c> of a str.</summary>
    public static string Quote(string text)
    {
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var quoted = new StringBuilder(text.Length + 2).Append(quote);
        foreach (char c in text)
        {
            if (c == quote || c == '\\')
            {
                quoted.Append('\\').Append(c);
            }
            else if (c < 0x7F ? c >= 0x20 : c >= 0xA1 && c != 0xAD && !char.IsControl(c) && (char.IsSurrogate(c) || CharUnicodeInfo.GetUnicodeCategory(c) is not (UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)))
            {
                quoted.Append(c);
            }
            else
            {
                AppendEscape(quoted, c);
            }
        }

        return quoted.Append(quote).ToString();
    }

    /// <summary><c>repr()</c> of bytes.</summary>
    public static string Quote(ReadOnlySpan<byte> octets)
    {
        char quote = octets.Contains((byte)'\'') && !octets.Contains((byte)'"') ? '"' : '\'';
        var quoted = new StringBuilder(octets.Length + 3).Append('b').Append(quote);
        foreach (byte octet in octets)
        {
            char c = (char)octet;
            if (c == quote || c == '\\')
            {
                quoted.Append('\\').Append(c);
            }
            else if (c is >= ' ' and < (char)0x7F)
            {
                quoted.Append(c);
            }
            else
            {
                AppendEscape(quoted, c);
            }
        }

        return quoted.Append(quote).ToString();
    }

    private static void AppendEscape(StringBuilder quoted, char c) => _ = c switch
    {
        '\n' => quoted.Append("\\n"),
        '\r' => quoted.Append("\\r"),
        '\t' => quoted.Append("\\t"),
        <= (char)0xFF => quoted.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
        _ => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
    };
}

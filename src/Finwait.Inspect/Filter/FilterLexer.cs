using System.Globalization;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>Kinds of words in a filter.</summary>
internal enum FilterTokenKind
{
    End,

    /// <summary>A word with or without a meaning of its own.</summary>
    Word,

    /// <summary>A word behind a backslash: a name, never a keyword.</summary>
    Escaped,
    Number,

    /// <summary>Two to four numbers with dots.</summary>
    Dotted,
    Ipv6,
    Mac,
    Operator,

    /// <summary>A character that means nothing here.</summary>
    Bad,
}

/// <summary>One word of a filter.</summary>
internal readonly record struct FilterToken(FilterTokenKind Kind, string Text, int Start, uint Number = 0)
{
    public bool Is(string text) => Kind is FilterTokenKind.Word or FilterTokenKind.Operator && Text == text;
}

/// <summary>Cuts a filter expression into words.</summary>
internal static class FilterLexer
{
    private static readonly string[] Operators = ["&&", "||", "<=", ">=", "!=", "==", "<<", ">>", "(", ")", "[", "]", "!", "<", ">", "=", "+", "-", "*", "/", "%", "&", "|", "^", ":"];

    public static List<FilterToken> Read(string text)
    {
        List<FilterToken> tokens = [];
        int at = 0;
        while (at < text.Length)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }

            FilterToken token = ReadOne(text, at, out int length);
            tokens.Add(token);
            at += length;
        }

        tokens.Add(new FilterToken(FilterTokenKind.End, "", text.Length));
        return tokens;
    }

    private static FilterToken ReadOne(string text, int at, out int length)
    {
        if (TryAddress(text, at, out FilterToken address, out length))
        {
            return address;
        }

        if (text[at] == '\\')
        {
            length = 1;
            while (at + length < text.Length && text[at + length] is not (' ' or '\t' or '\n' or '!' or '(' or ')'))
            {
                length++;
            }

            return new FilterToken(length > 1 ? FilterTokenKind.Escaped : FilterTokenKind.Bad, text.Substring(at + 1, length - 1), at);
        }

        if (char.IsAsciiLetterOrDigit(text[at]))
        {
            return ReadWord(text, at, out length);
        }

        foreach (string candidate in Operators)
        {
            if (string.CompareOrdinal(text, at, candidate, 0, candidate.Length) == 0)
            {
                length = candidate.Length;
                return new FilterToken(FilterTokenKind.Operator, candidate, at);
            }
        }

        length = 1;
        return new FilterToken(FilterTokenKind.Bad, text[at].ToString(), at);
    }

    private static FilterToken ReadWord(string text, int at, out int length)
    {
        // A word may hold hyphens, underlines and dots, but not end in a hyphen or an underline.
        int end = at + 1;
        for (int i = at + 1; i < text.Length && (char.IsAsciiLetterOrDigit(text[i]) || text[i] is '-' or '_' or '.'); i++)
        {
            if (text[i] is not ('-' or '_'))
            {
                end = i + 1;
            }
        }

        string word = text[at..end];
        length = word.Length;
        if (TryNumber(word, out uint number))
        {
            return new FilterToken(FilterTokenKind.Number, word, at, number);
        }

        // "len-5" and the like: a number or word in front of a hyphen is a word of its own only when digits lead.
        if (char.IsAsciiDigit(word[0]))
        {
            if (IsDotted(word))
            {
                return new FilterToken(FilterTokenKind.Dotted, word, at);
            }

            if (word.Length == 12 && word.All(char.IsAsciiHexDigit))
            {
                return new FilterToken(FilterTokenKind.Mac, word, at);
            }

            if (IsTooLarge(word))
            {
                return new FilterToken(FilterTokenKind.Bad, word, at);
            }
        }

        return new FilterToken(FilterTokenKind.Word, word, at);
    }

    private static bool TryNumber(string word, out uint number)
    {
        number = 0;
        if (word.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return uint.TryParse(word.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
        }

        if (word.Length > 1 && word[0] == '0')
        {
            if (!word.All(c => c is >= '0' and <= '7'))
            {
                return false;
            }

            ulong octal = 0;
            foreach (char digit in word)
            {
                octal = (octal << 3) + (ulong)(digit - '0');
                if (octal > uint.MaxValue)
                {
                    return false;
                }
            }

            number = (uint)octal;
            return true;
        }

        return uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static bool IsTooLarge(string word) =>
        word.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? word.Length > 2 && word.AsSpan(2).IndexOfAnyExcept(System.Buffers.SearchValues.Create("0123456789abcdefABCDEF")) < 0 : word.All(char.IsAsciiDigit);

    private static bool IsDotted(string word)
    {
        int dots = 0;
        foreach (string group in word.Split('.'))
        {
            if (group.Length == 0 || !group.All(char.IsAsciiDigit))
            {
                return false;
            }

            dots++;
        }

        return dots is >= 2 and <= 4;
    }

    /// <summary>Addresses with colons, and hardware addresses with hyphens or dots, are one word.</summary>
    private static bool TryAddress(string text, int at, out FilterToken token, out int length)
    {
        token = default;
        length = 0;
        int end = at;
        while (end < text.Length && (char.IsAsciiHexDigit(text[end]) || text[end] is ':' or '.' or '-'))
        {
            end++;
        }

        bool wordGoesOn = end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_');
        string candidate = text[at..end];
        if (wordGoesOn || candidate.Length < 2)
        {
            return false;
        }

        length = candidate.Length;
        if (TryMac(candidate, out _))
        {
            token = new FilterToken(FilterTokenKind.Mac, candidate, at);
            return true;
        }

        if (candidate.Split(':').Length > 2 && IpAddress.TryParse(candidate, out IpAddress address) && address.IsV6)
        {
            token = new FilterToken(FilterTokenKind.Ipv6, candidate, at);
            return true;
        }

        return false;
    }

    /// <summary>Six pairs with colons, hyphens or dots, or three groups of four with dots.</summary>
    public static bool TryMac(string text, out MacAddress address)
    {
        address = default;
        if (text.Length == 12 && text.All(char.IsAsciiHexDigit))
        {
            address = new MacAddress(ulong.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            return true;
        }

        foreach (char separator in ":-.")
        {
            string[] groups = text.Split(separator);
            if (groups.Length == 6 && groups.All(group => group.Length is 1 or 2 && group.All(char.IsAsciiHexDigit)))
            {
                // Six short groups with dots could only be this: an IPv4 address has four.
                return MacAddress.TryParse(string.Join(':', groups), out address);
            }

            if (separator == '.' && groups.Length == 3 && groups.All(group => group.Length == 4 && group.All(char.IsAsciiHexDigit)))
            {
                address = new MacAddress(ulong.Parse(string.Concat(groups), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                return true;
            }
        }

        return false;
    }
}

using System.Globalization;
using System.Text;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>Reads the values that fields are compared with.</summary>
internal static class DisplayConstant
{
    private const string Separators = ":-.";

    /// <summary>A value of the kind of a field.</summary>
    public static DisplayValue Of(DisplayOperand field, DisplayToken token)
    {
        if (field.HasOctets)
        {
            return new DisplayValue(0, Octets(token));
        }

        FieldInfo info = field.Field!;
        return info.Kind switch
        {
            FieldKind.Ipv4 => Address(token, isV6: false) ?? throw Wrong(token, info, "an IPv4 address, such as 10.10.1.100 or 10.10.0.0/16"),
            FieldKind.Ipv6 => Address(token, isV6: true) ?? throw Wrong(token, info, "an IPv6 address, such as fe80::1 or fd00::/8"),
            FieldKind.Mac => MacAddress.TryParse(token.Text.Replace('-', ':'), out MacAddress mac) ? new DisplayValue(mac.Value, default) : throw Wrong(token, info, "a link-layer address, such as 02:00:00:00:00:01"),
            FieldKind.Flag => Flag(token) is { } bit ? new DisplayValue(bit, default) : throw Wrong(token, info, "a bit: 1, 0, true or false"),
            _ => Number(token) is { } number ? new DisplayValue(number, default) : throw Wrong(token, info, "a number"),
        };
    }

    /// <summary>A whole number: 20, 0x14, 024; null for anything else.</summary>
    public static UInt128? Number(DisplayToken token)
    {
        string text = token.Text;
        if (token.IsQuoted || text.Length == 0)
        {
            return null;
        }

        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong hex) ? hex : null;
        }

        if (text.Length > 1 && text[0] == '0')
        {
            return text.Length < 20 && text.All(digit => digit is >= '0' and <= '7') ? text.Aggregate(UInt128.Zero, (value, digit) => (value * 8) + (uint)(digit - '0')) : null;
        }

        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : null;
    }

    /// <summary>Octets: a text in quotes, or hexadecimal pairs, alone or with : - . between.</summary>
    public static byte[] Octets(DisplayToken token)
    {
        if (token.IsQuoted)
        {
            return token.Text.Length > 0 ? Encoding.Latin1.GetBytes(token.Text) : throw new FormatException("\"\" is no text to look for");
        }

        string text = token.Text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? token.Text[2..] : token.Text;
        string digits = text.Length > 2 && Separators.Contains(text[2], StringComparison.Ordinal) ? PairsOf(text) : text;
        return digits.Length > 0 && digits.Length % 2 == 0 && digits.All(Uri.IsHexDigit)
            ? Convert.FromHexString(digits) : throw new FormatException($"\"{token.Text}\" is neither octets, such as 0d:0a, nor a text in quotes");
    }

    /// <summary>A part of octets by what stands in its brackets; null if that is none.</summary>
    public static DisplaySlice? Slice(string inside)
    {
        string text = inside.Trim();
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0)
        {
            string from = text[..colon].Trim(), count = text[(colon + 1)..].Trim();
            int begin = 0, length = 0;
            return (from.Length == 0 || Place(from, out begin)) && (count.Length == 0 || (Place(count, out length) && length > 0)) && from.Length + count.Length > 0
                ? new DisplaySlice(begin, count.Length == 0 ? null : length) : null;
        }

        int dash = text.IndexOf('-', Math.Min(1, text.Length));
        if (dash > 0)
        {
            return Place(text[..dash].Trim(), out int first) && Place(text[(dash + 1)..].Trim(), out int last) && first >= 0 && last >= first ? new DisplaySlice(first, last - first + 1) : null;
        }

        return Place(text, out int only) ? new DisplaySlice(only, 1) : null;
    }

    private static bool Place(string text, out int place) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out place) && Math.Abs((long)place) < 1 << 20;

    /// <summary>The digits of pairs with separators between; what is no such thing stays as it is, and is then refused.</summary>
    private static string PairsOf(string text)
    {
        var digits = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (i % 3 == 2 ? text[i] != text[2] : !Uri.IsHexDigit(text[i]))
            {
                return text;
            }

            digits.Append(i % 3 == 2 ? "" : text[i].ToString());
        }

        return digits.ToString();
    }

    private static UInt128? Flag(DisplayToken token) => !token.IsQuoted && bool.TryParse(token.Text, out bool isSet) ? isSet ? 1u : 0u : Number(token);

    private static DisplayValue? Address(DisplayToken token, bool isV6)
    {
        string[] parts = token.Text.Split('/');
        int bits = isV6 ? 128 : 32;
        if (token.IsQuoted || parts.Length > 2 || !IpAddress.TryParse(parts[0], out IpAddress address) || address.IsV6 != isV6)
        {
            return null;
        }

        int prefix = bits;
        return parts.Length == 2 && !(int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out prefix) && prefix <= bits)
            ? null : new DisplayValue(PacketField.NumberOf(address), default, bits - prefix);
    }

    private static FormatException Wrong(DisplayToken token, FieldInfo field, string wanted) => new($"\"{token.Text}\" where {field.Name} is compared with {wanted}");
}

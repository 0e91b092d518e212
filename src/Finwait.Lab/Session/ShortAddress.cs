using System.Globalization;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>IPv4 addresses in the short forms of inet_aton(): <c>127.1</c>, <c>2130706433</c>, <c>0x7f.1</c>, <c>0177.0.0.1</c>.</summary>
internal static class ShortAddress
{
    /// <summary>One to four numbers, decimal, octal with 0 or hexadecimal with 0x in front; the last one fills the octets that are left.</summary>
    public static bool TryParse(string text, out IpAddress address)
    {
        address = default;
        string[] parts = text.Split('.');
        if (parts.Length > 4)
        {
            return false;
        }

        ulong value = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            bool isLast = i == parts.Length - 1;
            ulong room = isLast ? 1UL << (8 * (4 - i)) : 256;
            if (!TryNumber(parts[i], out ulong number) || number >= room)
            {
                return false;
            }

            value = isLast ? (value << (8 * (4 - i))) | number : (value << 8) | number;
        }

        address = IpAddress.FromV4((uint)value);
        return true;
    }

    private static bool TryNumber(string text, out ulong number)
    {
        number = 0;
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
        }

        if (text.Length < 2 || text[0] != '0')
        {
            return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        }

        const int MaxOctalDigits = 21;
        foreach (char digit in text)
        {
            if (digit is < '0' or > '7' || text.Length > MaxOctalDigits)
            {
                return false;
            }

            number = (number * 8) + (ulong)(digit - '0');
        }

        return true;
    }
}

using System.Globalization;

namespace Finwait.Wire;

/// <summary>A 48-bit Ethernet address.</summary>
/// <param name="Value">The six octets as one number; the first octet on the wire is bits 40–47.</param>
public readonly record struct MacAddress(ulong Value)
{
    /// <summary>Octets on the wire.</summary>
    public const int Length = 6;

    /// <summary>ff:ff:ff:ff:ff:ff.</summary>
    public static MacAddress Broadcast => new(0xFFFF_FFFF_FFFF);

    /// <summary>True for group addresses, the broadcast address included (the lowest bit of the first octet).</summary>
    public bool IsMulticast => (Value & 0x0100_0000_0000) != 0;

    /// <summary>Reads six octets.</summary>
    /// <exception cref="ArgumentException">Fewer than six octets: a caller bug.</exception>
    public static MacAddress Read(ReadOnlySpan<byte> octets)
    {
        if (octets.Length < Length)
        {
            throw new ArgumentException("a MAC address has 6 octets", nameof(octets));
        }

        return new((ulong)octets[0] << 40 | (ulong)octets[1] << 32 | (ulong)octets[2] << 24 | (ulong)octets[3] << 16 | (ulong)octets[4] << 8 | octets[5]);
    }

    /// <summary>Writes six octets.</summary>
    /// <exception cref="ArgumentException">No room for six octets: a caller bug.</exception>
    public void Write(Span<byte> destination)
    {
        if (destination.Length < Length)
        {
            throw new ArgumentException("a MAC address needs 6 octets", nameof(destination));
        }

        for (int i = 0; i < Length; i++)
        {
            destination[i] = (byte)(Value >> (40 - (8 * i)));
        }
    }

    /// <summary>Reads the usual text, six groups of one or two hex digits with colons.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MacAddress address)
    {
        address = default;
        ulong value = 0;
        int groups = 0;
        foreach (Range range in text.Split(':'))
        {
            ReadOnlySpan<char> group = text[range];
            if (group.Length is < 1 or > 2 || ++groups > Length || !byte.TryParse(group, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte octet))
            {
                return false;
            }

            value = value << 8 | octet;
        }

        address = new(value);
        return groups == Length;
    }

    /// <summary>Six groups of two small hex digits with colons.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Value >> 40 & 0xFF:x2}:{Value >> 32 & 0xFF:x2}:{Value >> 24 & 0xFF:x2}:{Value >> 16 & 0xFF:x2}:{Value >> 8 & 0xFF:x2}:{Value & 0xFF:x2}");
}

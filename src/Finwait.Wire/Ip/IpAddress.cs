using System.Buffers.Binary;
using System.Globalization;

namespace Finwait.Wire;

/// <summary>An IPv4 or IPv6 address by value: 128 bits, IPv4 in the mapped form (RFC 4291 §2.5.5.2), and its version.</summary>
public readonly struct IpAddress : IEquatable<IpAddress>
{
    private const ulong MappedPrefix = 0xFFFF_0000_0000;

    private readonly ulong _high;
    private readonly ulong _low;
    private readonly bool _isV6;

    private IpAddress(ulong high, ulong low, bool isV6)
    {
        _high = high;
        _low = low;
        _isV6 = isV6;
    }

    /// <summary>0.0.0.0 is <c>FromV4(0)</c>; the default value is not an address of any version and equals only itself.</summary>
    public bool IsNone => !_isV6 && _low == 0;

    /// <summary>True for an IPv4 address.</summary>
    public bool IsV4 => !_isV6 && _low != 0;

    /// <summary>True for an IPv6 address, the mapped ones included when they were made as IPv6.</summary>
    public bool IsV6 => _isV6;

    /// <summary>The 32 bits of an IPv4 address in host order; the low 32 bits of an IPv6 address.</summary>
    public uint V4 => (uint)_low;

    /// <summary>Upper 64 bits in host order.</summary>
    public ulong High => _high;

    /// <summary>Lower 64 bits in host order (IPv4 addresses in their mapped form).</summary>
    public ulong Low => _low;

    /// <summary>An IPv4 address from its 32 bits in host order.</summary>
    public static IpAddress FromV4(uint value) => new(0, MappedPrefix | value, isV6: false);

    /// <summary>An IPv4 address from its four octets.</summary>
    public static IpAddress FromV4(byte a, byte b, byte c, byte d) => FromV4((uint)(a << 24 | b << 16 | c << 8 | d));

    /// <summary>An IPv6 address from its 128 bits in host order.</summary>
    public static IpAddress FromV6(ulong high, ulong low) => new(high, low, isV6: true);

    /// <summary>0.0.0.0.</summary>
    public static IpAddress AnyV4 => FromV4(0);

    /// <summary>The IPv6 unspecified address.</summary>
    public static IpAddress AnyV6 => FromV6(0, 0);

    /// <summary>True for 0.0.0.0 and ::.</summary>
    public bool IsUnspecified => _isV6 ? (_high | _low) == 0 : _low == MappedPrefix;

    /// <summary>True for 127.0.0.0/8 and ::1.</summary>
    public bool IsLoopback => _isV6 ? _high == 0 && _low == 1 : IsV4 && V4 >> 24 == 127;

    /// <summary>True for 224.0.0.0/4 and ff00::/8.</summary>
    public bool IsMulticast => _isV6 ? _high >> 56 == 0xFF : IsV4 && V4 >> 28 == 0xE;

    /// <summary>True for 255.255.255.255 only; subnet broadcasts need the subnet.</summary>
    public bool IsLimitedBroadcast => IsV4 && V4 == 0xFFFF_FFFF;

    /// <summary>Reads 4 (IPv4) or 16 (IPv6) octets.</summary>
    /// <exception cref="ArgumentException">Another number of octets: a caller bug.</exception>
    public static IpAddress Read(ReadOnlySpan<byte> octets) => octets.Length switch
    {
        4 => FromV4(BinaryPrimitives.ReadUInt32BigEndian(octets)),
        16 => FromV6(BinaryPrimitives.ReadUInt64BigEndian(octets), BinaryPrimitives.ReadUInt64BigEndian(octets[8..])),
        _ => throw new ArgumentException("an IP address has 4 or 16 octets", nameof(octets)),
    };

    /// <summary>Writes 4 or 16 octets and returns how many.</summary>
    /// <exception cref="ArgumentException">Too little room: a caller bug.</exception>
    public int Write(Span<byte> destination)
    {
        if (!_isV6)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, V4);
            return 4;
        }

        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
        return 16;
    }

    /// <summary>True if the first <paramref name="prefixLength"/> bits of both addresses agree and both have one version.</summary>
    /// <param name="other">The address to compare with.</param>
    /// <param name="prefixLength">0–32 for IPv4, 0–128 for IPv6.</param>
    public bool SharesPrefix(IpAddress other, int prefixLength)
    {
        if (_isV6 != other._isV6)
        {
            return false;
        }

        if (!_isV6)
        {
            return prefixLength <= 0 || ((V4 ^ other.V4) >> (32 - prefixLength)) == 0;
        }

        if (prefixLength <= 64)
        {
            return prefixLength <= 0 || (_high ^ other._high) >> (64 - prefixLength) == 0;
        }

        return _high == other._high && (_low ^ other._low) >> (128 - prefixLength) == 0;
    }

    /// <summary>Reads dotted-quad IPv4 or any RFC 4291 §2.2 spelling of IPv6 (no zone).</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpAddress address)
    {
        address = default;
        if (text.Contains(':'))
        {
            Span<byte> octets = stackalloc byte[16];
            if (text.Contains('%') || text.Contains('[') || text.Contains('/') || !System.Net.IPAddress.TryParse(text, out System.Net.IPAddress? parsed) || !parsed.TryWriteBytes(octets, out int written) || written != 16)
            {
                return false;
            }

            address = Read(octets);
            return true;
        }

        uint value = 0;
        int groups = 0;
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> group = text[range];
            if (group.Length is < 1 or > 3 || (group.Length > 1 && group[0] == '0') || ++groups > 4 || !byte.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out byte octet))
            {
                return false;
            }

            value = value << 8 | octet;
        }

        address = FromV4(value);
        return groups == 4;
    }

    /// <summary>Reads an address that the program itself wrote down.</summary>
    /// <exception cref="FormatException">The text is no address: a caller bug.</exception>
    public static IpAddress Parse(string text) => TryParse(text, out IpAddress address) ? address : throw new FormatException($"'{text}' is not an IP address");

    /// <inheritdoc/>
    public bool Equals(IpAddress other) => _low == other._low && _high == other._high && _isV6 == other._isV6;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is IpAddress other && Equals(other);

    /// <summary>Not seeded: tables fed by peers must mix in a secret of their own.</summary>
    public override int GetHashCode()
    {
        ulong mixed = (_high * 0x9E37_79B9_7F4A_7C15) ^ (_low * 0xC2B2_AE3D_27D4_EB4F);
        return unchecked((int)(mixed >> 32) ^ (int)mixed);
    }

    /// <summary>Equality of version and bits.</summary>
    public static bool operator ==(IpAddress a, IpAddress b) => a.Equals(b);

    /// <summary>Inequality of version or bits.</summary>
    public static bool operator !=(IpAddress a, IpAddress b) => !a.Equals(b);

    /// <summary>Dotted quad, or the short form of RFC 5952.</summary>
    public override string ToString()
    {
        if (!_isV6)
        {
            return IsNone ? "none" : string.Create(CultureInfo.InvariantCulture, $"{V4 >> 24}.{V4 >> 16 & 0xFF}.{V4 >> 8 & 0xFF}.{V4 & 0xFF}");
        }

        Span<byte> octets = stackalloc byte[16];
        Write(octets);
        return new System.Net.IPAddress(octets).ToString();
    }
}

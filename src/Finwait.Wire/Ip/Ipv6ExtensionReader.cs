namespace Finwait.Wire;

/// <summary>One IPv6 extension header as it stands in a packet. Holds no copy.</summary>
public readonly ref struct Ipv6Extension
{
    internal Ipv6Extension(byte type, int offset, ReadOnlySpan<byte> bytes, OptionError error)
    {
        Type = type;
        Offset = offset;
        Bytes = bytes;
        Error = error;
    }

    /// <summary>The number that announced this header (<see cref="IpProtocol"/>).</summary>
    public byte Type { get; }

    /// <summary>Where it begins behind the fixed header, octets.</summary>
    public int Offset { get; }

    /// <summary>The whole header; of a broken one what is there.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>What is wrong with the header.</summary>
    public OptionError Error { get; }

    /// <summary>Hop-by-hop and destination options: the options behind the two first octets, for <see cref="Ipv6OptionReader"/>; else empty.</summary>
    public ReadOnlySpan<byte> OptionBytes => Type is IpProtocol.HopByHop or IpProtocol.DestinationOptions && Bytes.Length > 2 ? Bytes[2..] : default;

    /// <summary>Routing header (RFC 8200 §4.4): its type and the segments that are left.</summary>
    public bool TryGetRouting(out byte routingType, out byte segmentsLeft)
    {
        bool isIt = Type == IpProtocol.Routing && Error == OptionError.None;
        routingType = isIt ? Bytes[2] : default;
        segmentsLeft = isIt ? Bytes[3] : default;
        return isIt;
    }

    /// <summary>Fragment header (RFC 8200 §4.5).</summary>
    public bool TryGetFragment(out Ipv6Fragment fragment)
    {
        bool isIt = Type == IpProtocol.Fragment && Error == OptionError.None;
        fragment = isIt ? Ipv6Fragment.Read(Bytes) : default;
        return isIt;
    }
}

/// <summary>Walks over the extension headers of an IPv6 packet in order (RFC 8200 §4). Never throws, whatever the bytes.</summary>
/// <remarks>
/// Use it in <c>foreach</c>; when it ends, <see cref="NextHeader"/> and <see cref="Offset"/> tell what follows. It steps over hop-by-hop and
/// destination options, routing, fragment, authentication, mobility, host identity and shim6 headers, and ends behind the fragment
/// header of a fragment that is not the first, since what follows is no header. A header with an <see cref="Ipv6Extension.Error"/> is the last one.
/// The work is bounded by the packet: each header has at least eight octets. Order and options are not judged; hosts use <see cref="Ipv6HeaderChain"/>.
/// </remarks>
public ref struct Ipv6ExtensionReader
{
    private readonly ReadOnlySpan<byte> _payload;
    private bool _isOver;
    private Ipv6Extension _current;

    /// <summary>A reader over a packet's payload.</summary>
    /// <param name="nextHeader">The next-header field of the fixed header.</param>
    /// <param name="payload">All behind the fixed header.</param>
    public Ipv6ExtensionReader(byte nextHeader, ReadOnlySpan<byte> payload)
    {
        NextHeader = nextHeader;
        _payload = payload;
    }

    /// <summary>Type of what follows the headers seen so far.</summary>
    public byte NextHeader { readonly get; private set; }

    /// <summary>Where that begins behind the fixed header, octets.</summary>
    public int Offset { readonly get; private set; }

    /// <summary>The header that <see cref="MoveNext"/> found.</summary>
    public readonly Ipv6Extension Current => _current;

    /// <summary>For <c>foreach</c>. To see <see cref="NextHeader"/> afterwards call <see cref="MoveNext"/> in a loop of your own.</summary>
    public readonly Ipv6ExtensionReader GetEnumerator() => this;

    /// <summary>True for the next-header numbers that announce an extension header this reader steps over.</summary>
    public static bool IsExtension(byte nextHeader) => nextHeader is IpProtocol.HopByHop or IpProtocol.DestinationOptions or IpProtocol.Routing
        or IpProtocol.Fragment or IpProtocol.AuthenticationHeader or IpProtocol.Mobility or IpProtocol.HostIdentity or IpProtocol.Shim6;

    /// <summary>Goes to the next extension header; false if something else follows, or nothing.</summary>
    public bool MoveNext()
    {
        if (_isOver || !IsExtension(NextHeader))
        {
            return false;
        }

        byte type = NextHeader;
        ReadOnlySpan<byte> rest = _payload[Offset..];
        OptionError error = rest.Length == 0 ? OptionError.Truncated : rest.Length == 1 ? OptionError.NoLength : OptionError.None;
        int length = error != OptionError.None ? rest.Length : type switch
        {
            IpProtocol.Fragment => Ipv6Fragment.HeaderLength,
            IpProtocol.AuthenticationHeader => (rest[1] + 2) * 4, // RFC 4302 §2.2 counts 32-bit words, minus 2
            _ => (rest[1] + 1) * 8, // RFC 8200 §4.3 counts 64-bit words, minus 1
        };
        if (length > rest.Length)
        {
            error = OptionError.Truncated;
            length = rest.Length;
        }

        _current = new(type, Offset, rest[..length], error);
        _isOver = error != OptionError.None || (_current.TryGetFragment(out Ipv6Fragment fragment) && fragment.Offset != 0);
        if (error == OptionError.None)
        {
            NextHeader = rest[0];
            Offset += length;
        }

        return true;
    }
}

/// <summary>The fields of an IPv6 fragment header (RFC 8200 §4.5).</summary>
/// <param name="NextHeader">Type of the first header of the fragmentable part.</param>
/// <param name="Offset">Where the fragment belongs in the fragmentable part, octets, a multiple of 8, 0–65528.</param>
/// <param name="MoreFragments">M flag: not the last fragment.</param>
/// <param name="Identification">Identification, for reassembly.</param>
public readonly record struct Ipv6Fragment(byte NextHeader, int Offset, bool MoreFragments, uint Identification)
{
    /// <summary>Octets of the header.</summary>
    public const int HeaderLength = 8;

    /// <summary>True if the packet is whole in spite of its fragment header (RFC 6946).</summary>
    public bool IsAtomic => Offset == 0 && !MoreFragments;

    /// <summary>Reads the eight octets of a header.</summary>
    /// <exception cref="ArgumentException">Fewer than eight octets: a caller bug.</exception>
    public static Ipv6Fragment Read(ReadOnlySpan<byte> header)
    {
        if (header.Length < HeaderLength)
        {
            throw new ArgumentException("a fragment header has 8 octets", nameof(header));
        }

        ulong bits = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(header);
        return new(header[0], (int)(bits >> 32) & 0xFFF8, (bits >> 32 & 1) != 0, (uint)bits);
    }

    /// <summary>Writes the eight octets of the header and returns 8.</summary>
    /// <exception cref="ArgumentException">Too little room, or an offset that the field cannot hold: a caller bug.</exception>
    public int Write(Span<byte> header)
    {
        if (header.Length < HeaderLength || (Offset & ~0xFFF8) != 0)
        {
            throw new ArgumentException("no room for a fragment header, or an offset that is no multiple of 8 below 65536", nameof(header));
        }

        ulong bits = (ulong)NextHeader << 56 | (ulong)(uint)Offset << 32 | (MoreFragments ? 1UL << 32 : 0) | Identification;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(header, bits);
        return HeaderLength;
    }
}

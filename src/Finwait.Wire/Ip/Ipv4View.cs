using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>Read-only view over one IPv4 packet (RFC 791 §3.1). Holds no copy.</summary>
public readonly ref struct Ipv4View
{
    /// <summary>Octets of a header without options.</summary>
    public const int MinHeaderLength = 20;

    /// <summary>Octets of the longest header.</summary>
    public const int MaxHeaderLength = 60;

    /// <summary>Largest total length, octets.</summary>
    public const int MaxTotalLength = 0xFFFF;

    private readonly ReadOnlySpan<byte> _packet;
    private readonly int _headerLength;

    private Ipv4View(ReadOnlySpan<byte> packet, int headerLength)
    {
        _packet = packet;
        _headerLength = headerLength;
    }

    /// <summary>Checks version and every length once; after <see cref="WireError.None"/> no accessor throws.</summary>
    /// <remarks>Bytes behind the total length (Ethernet padding) are cut off. The checksum is not verified here: see <see cref="HasValidChecksum"/>.</remarks>
    public static WireError TryParse(ReadOnlySpan<byte> packet, out Ipv4View view)
    {
        WireError error = TryParseHeader(packet, out view);
        if (error == WireError.None && view.IsCut)
        {
            view = default;
            return WireError.BadTotalLength;
        }

        return error;
    }

    /// <summary>Like <see cref="TryParse"/>, but takes packets cut short by a capture or quoted in an ICMP error: <see cref="Payload"/> is what is there.</summary>
    /// <remarks>A total length of 0, which captures of offloaded segments show, means all bytes at hand.</remarks>
    public static WireError TryParseHeader(ReadOnlySpan<byte> packet, out Ipv4View view)
    {
        view = default;
        if (packet.IsEmpty)
        {
            return WireError.Truncated;
        }

        if (packet[0] >> 4 != 4)
        {
            return WireError.BadVersion;
        }

        int headerLength = (packet[0] & 0x0F) * 4; // IHL counts 32-bit words
        if (headerLength < MinHeaderLength)
        {
            return WireError.BadHeaderLength;
        }

        if (packet.Length < headerLength)
        {
            return WireError.Truncated;
        }

        int totalLength = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (totalLength < headerLength)
        {
            if (totalLength != 0)
            {
                return WireError.BadTotalLength;
            }

            totalLength = packet.Length;
        }

        view = new(packet.Length > totalLength ? packet[..totalLength] : packet, headerLength);
        return WireError.None;
    }

    /// <summary>Octets of the header with its options, 20–60.</summary>
    public int HeaderLength => _headerLength;

    /// <summary>The whole octet that once was type of service.</summary>
    public byte TypeOfService => _packet[1];

    /// <summary>Differentiated services code point (RFC 2474), 0–63.</summary>
    public byte Dscp => (byte)(_packet[1] >> 2);

    /// <summary>ECN field (RFC 3168 §5): 0 not capable, 1 ECT(1), 2 ECT(0), 3 congestion experienced.</summary>
    public byte Ecn => (byte)(_packet[1] & 3);

    /// <summary>Octets of header and payload as the header says.</summary>
    public ushort TotalLength => BinaryPrimitives.ReadUInt16BigEndian(_packet[2..]);

    /// <summary>True if the header promises more bytes than are there, or no length at all; only after <see cref="TryParseHeader"/>.</summary>
    public bool IsCut => TotalLength != _packet.Length;

    /// <summary>Identification, for reassembly (RFC 6864).</summary>
    public ushort Identification => BinaryPrimitives.ReadUInt16BigEndian(_packet[4..]);

    /// <summary>The reserved flag, zero in honest packets (RFC 3514 notwithstanding).</summary>
    public bool ReservedFlag => (_packet[6] & 0x80) != 0;

    /// <summary>DF: routers must not fragment.</summary>
    public bool DontFragment => (_packet[6] & 0x40) != 0;

    /// <summary>MF: not the last fragment.</summary>
    public bool MoreFragments => (_packet[6] & 0x20) != 0;

    /// <summary>Where the payload belongs in the whole datagram, octets, a multiple of 8.</summary>
    public int FragmentOffset => (BinaryPrimitives.ReadUInt16BigEndian(_packet[6..]) & 0x1FFF) * 8;

    /// <summary>True if the packet is only a part of a datagram.</summary>
    public bool IsFragment => (BinaryPrimitives.ReadUInt16BigEndian(_packet[6..]) & 0x3FFF) != 0;

    /// <summary>Hops left.</summary>
    public byte TimeToLive => _packet[8];

    /// <summary>Protocol of the payload (<see cref="IpProtocol"/>).</summary>
    public byte Protocol => _packet[9];

    /// <summary>Header checksum as received.</summary>
    public ushort HeaderChecksum => BinaryPrimitives.ReadUInt16BigEndian(_packet[10..]);

    /// <summary>Source address.</summary>
    public IpAddress Source => IpAddress.FromV4(BinaryPrimitives.ReadUInt32BigEndian(_packet[12..]));

    /// <summary>Destination address.</summary>
    public IpAddress Destination => IpAddress.FromV4(BinaryPrimitives.ReadUInt32BigEndian(_packet[16..]));

    /// <summary>Both addresses in one number: source in the upper half, destination in the lower.</summary>
    public ulong AddressPair => BinaryPrimitives.ReadUInt64BigEndian(_packet[12..]);

    /// <summary>Raw options, padding included, 0–40 octets, for <see cref="Ipv4OptionReader"/>.</summary>
    public ReadOnlySpan<byte> OptionBytes => _packet[MinHeaderLength.._headerLength];

    /// <summary>Header with options.</summary>
    public ReadOnlySpan<byte> Header => _packet[.._headerLength];

    /// <summary>What the header carries, without link padding.</summary>
    public ReadOnlySpan<byte> Payload => _packet[_headerLength..];

    /// <summary>Header and payload, without link padding.</summary>
    public ReadOnlySpan<byte> Packet => _packet;

    /// <summary>True if the header's checksum is right (RFC 1122 §3.2.1.2).</summary>
    public bool HasValidChecksum() => InternetChecksum.Fold(InternetChecksum.Sum(Header)) == 0;
}

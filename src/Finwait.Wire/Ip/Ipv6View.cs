using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>Read-only view over one IPv6 packet (RFC 8200 §3). Holds no copy.</summary>
public readonly ref struct Ipv6View
{
    /// <summary>Octets of the fixed header.</summary>
    public const int HeaderLength = 40;

    private readonly ReadOnlySpan<byte> _packet;

    private Ipv6View(ReadOnlySpan<byte> packet) => _packet = packet;

    /// <summary>Checks version and length once; after <see cref="WireError.None"/> no accessor throws.</summary>
    /// <remarks>Bytes behind the payload length (Ethernet padding) are cut off. Jumbograms (RFC 2675) are not taken: length 0 means no payload.</remarks>
    public static WireError TryParse(ReadOnlySpan<byte> packet, out Ipv6View view)
    {
        WireError error = TryParseHeader(packet, out view);
        if (error == WireError.None && view.IsCut)
        {
            view = default;
            return WireError.BadTotalLength;
        }

        return error;
    }

    /// <summary>Like <see cref="TryParse"/>, but takes packets cut short by a capture or quoted in an ICMPv6 error: <see cref="Payload"/> is what is there.</summary>
    public static WireError TryParseHeader(ReadOnlySpan<byte> packet, out Ipv6View view)
    {
        view = default;
        if (packet.IsEmpty)
        {
            return WireError.Truncated;
        }

        if (packet[0] >> 4 != 6)
        {
            return WireError.BadVersion;
        }

        if (packet.Length < HeaderLength)
        {
            return WireError.Truncated;
        }

        int totalLength = HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        view = new(packet.Length > totalLength ? packet[..totalLength] : packet);
        return WireError.None;
    }

    /// <summary>DSCP and ECN as one octet.</summary>
    public byte TrafficClass => (byte)(BinaryPrimitives.ReadUInt16BigEndian(_packet) >> 4);

    /// <summary>Differentiated services code point (RFC 2474), 0–63.</summary>
    public byte Dscp => (byte)(TrafficClass >> 2);

    /// <summary>ECN field (RFC 3168 §5): 0 not capable, 1 ECT(1), 2 ECT(0), 3 congestion experienced.</summary>
    public byte Ecn => (byte)(TrafficClass & 3);

    /// <summary>Flow label, 20 bits (RFC 6437).</summary>
    public uint FlowLabel => BinaryPrimitives.ReadUInt32BigEndian(_packet) & 0xF_FFFF;

    /// <summary>Octets behind the fixed header, extension headers included, as the header says.</summary>
    public ushort PayloadLength => BinaryPrimitives.ReadUInt16BigEndian(_packet[4..]);

    /// <summary>True if the header promises more bytes than are there; only after <see cref="TryParseHeader"/>.</summary>
    public bool IsCut => HeaderLength + PayloadLength != _packet.Length;

    /// <summary>Type of the first header behind this one (<see cref="IpProtocol"/>), an extension header maybe.</summary>
    public byte NextHeader => _packet[6];

    /// <summary>Hops left.</summary>
    public byte HopLimit => _packet[7];

    /// <summary>Source address.</summary>
    public IpAddress Source => IpAddress.Read(_packet.Slice(8, 16));

    /// <summary>Destination address: the next segment's one if a routing header has segments left.</summary>
    public IpAddress Destination => IpAddress.Read(_packet.Slice(24, 16));

    /// <summary>All behind the fixed header, extension headers included, without link padding.</summary>
    public ReadOnlySpan<byte> Payload => _packet[HeaderLength..];

    /// <summary>Header and payload, without link padding.</summary>
    public ReadOnlySpan<byte> Packet => _packet;
}

/// <summary>Writes IPv6 headers (RFC 8200 §3).</summary>
public static class Ipv6Writer
{
    /// <summary>Writes the 40 octets of the fixed header and returns 40.</summary>
    /// <param name="packet">Room for the header; the payload is not touched.</param>
    /// <param name="source">Source, IPv6.</param>
    /// <param name="destination">Destination, IPv6.</param>
    /// <param name="nextHeader">Type of what follows (<see cref="IpProtocol"/>).</param>
    /// <param name="payloadLength">Octets behind the fixed header, 0–65535.</param>
    /// <param name="hopLimit">Hops. Default 64.</param>
    /// <param name="trafficClass">DSCP and ECN. Default 0.</param>
    /// <param name="flowLabel">20 bits. Default 0.</param>
    /// <exception cref="ArgumentException">Too little room, an address of the wrong version or a number out of range: a caller bug.</exception>
    public static int Write(Span<byte> packet, IpAddress source, IpAddress destination, byte nextHeader, int payloadLength,
        byte hopLimit = 64, byte trafficClass = 0, uint flowLabel = 0)
    {
        if (packet.Length < Ipv6View.HeaderLength || (uint)payloadLength > 0xFFFF || flowLabel > 0xF_FFFF || !source.IsV6 || !destination.IsV6)
        {
            throw new ArgumentException("lengths, flow label or address versions that an IPv6 header cannot hold", nameof(packet));
        }

        BinaryPrimitives.WriteUInt32BigEndian(packet, 0x6000_0000 | (uint)trafficClass << 20 | flowLabel);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], (uint)payloadLength << 16 | (uint)nextHeader << 8 | hopLimit);
        source.Write(packet[8..]);
        destination.Write(packet[24..]);
        return Ipv6View.HeaderLength;
    }

    /// <summary>Takes one hop off a packet that is forwarded (RFC 8200 §3).</summary>
    /// <exception cref="ArgumentException">Less than a header, or no hop left: a caller bug.</exception>
    public static void DecrementHopLimit(Span<byte> packet)
    {
        if (packet.Length < Ipv6View.HeaderLength || packet[7] == 0)
        {
            throw new ArgumentException("no IPv6 header with a hop limit to take from", nameof(packet));
        }

        packet[7]--;
    }
}

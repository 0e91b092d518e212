using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>Read-only view over one UDP datagram (RFC 768). Holds no copy.</summary>
public readonly ref struct UdpView
{
    /// <summary>Octets of the header.</summary>
    public const int HeaderLength = 8;

    private readonly ReadOnlySpan<byte> _datagram;

    private UdpView(ReadOnlySpan<byte> datagram) => _datagram = datagram;

    /// <summary>Checks every length once; after <see cref="WireError.None"/> no accessor throws.</summary>
    /// <remarks>Bytes of the IP payload behind the length field are cut off. The checksum is not verified here: see <see cref="HasValidChecksum"/>.</remarks>
    /// <returns><see cref="WireError.BadTotalLength"/> if the length field is below 8 or beyond the bytes at hand.</returns>
    public static WireError TryParse(ReadOnlySpan<byte> datagram, out UdpView view)
    {
        WireError error = TryParseHeader(datagram, out view);
        if (error == WireError.None && view.IsCut)
        {
            view = default;
            return WireError.BadTotalLength;
        }

        return error;
    }

    /// <summary>Like <see cref="TryParse"/>, but takes datagrams cut short by a capture or quoted in an ICMP error: <see cref="Payload"/> is what is there.</summary>
    public static WireError TryParseHeader(ReadOnlySpan<byte> datagram, out UdpView view)
    {
        view = default;
        if (datagram.Length < HeaderLength)
        {
            return WireError.Truncated;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(datagram[4..]);
        if (length < HeaderLength)
        {
            return WireError.BadTotalLength;
        }

        view = new(datagram.Length > length ? datagram[..length] : datagram);
        return WireError.None;
    }

    /// <summary>Source port; 0 means that no answer is expected.</summary>
    public ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(_datagram);

    /// <summary>Destination port.</summary>
    public ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(_datagram[2..]);

    /// <summary>Octets of header and payload as the header says.</summary>
    public ushort Length => BinaryPrimitives.ReadUInt16BigEndian(_datagram[4..]);

    /// <summary>True if the header promises more bytes than are there; only after <see cref="TryParseHeader"/>.</summary>
    public bool IsCut => Length != _datagram.Length;

    /// <summary>Checksum as received; 0 means that the sender computed none.</summary>
    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(_datagram[6..]);

    /// <summary>The user's data, without bytes behind the length.</summary>
    public ReadOnlySpan<byte> Payload => _datagram[HeaderLength..];

    /// <summary>True if the checksum is right, or absent over IPv4 (RFC 1122 §4.1.3.4). Absent over IPv6 is wrong (RFC 8200 §8.1).</summary>
    /// <param name="source">Source address of the packet.</param>
    /// <param name="destination">Destination address of the packet.</param>
    public bool HasValidChecksum(IpAddress source, IpAddress destination)
    {
        if (Checksum == 0)
        {
            return !source.IsV6;
        }

        ulong pseudo = InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, _datagram.Length);
        return InternetChecksum.Fold(pseudo + InternetChecksum.Sum(_datagram)) == 0;
    }
}

/// <summary>Writes UDP headers (RFC 768).</summary>
public static class UdpWriter
{
    /// <summary>Most octets of user data in one datagram, as the length field allows.</summary>
    public const int MaxPayloadLength = 0xFFFF - UdpView.HeaderLength;

    /// <summary>Writes the header with checksum 0 (none) and returns 8. Follow with <c>WriteChecksum</c>.</summary>
    /// <param name="datagram">Room for the header; the payload is not touched.</param>
    /// <param name="sourcePort">Source port.</param>
    /// <param name="destinationPort">Destination port.</param>
    /// <param name="payloadLength">Octets of user data, 0–65527.</param>
    /// <exception cref="ArgumentException">Too little room or too much data: a caller bug.</exception>
    public static int WriteHeader(Span<byte> datagram, ushort sourcePort, ushort destinationPort, int payloadLength)
    {
        if (datagram.Length < UdpView.HeaderLength || (uint)payloadLength > MaxPayloadLength)
        {
            throw new ArgumentException("no room for a UDP header, or more data than it can count", nameof(datagram));
        }

        BinaryPrimitives.WriteUInt64BigEndian(datagram, (ulong)sourcePort << 48 | (ulong)destinationPort << 32 | (ulong)(UdpView.HeaderLength + payloadLength) << 16);
        return UdpView.HeaderLength;
    }

    /// <summary>Computes the checksum over header and payload and writes it; 0 goes out as 0xFFFF (RFC 768).</summary>
    /// <param name="datagram">Exactly the header and its payload.</param>
    /// <param name="source">Source address of the packet.</param>
    /// <param name="destination">Destination address of the packet.</param>
    public static void WriteChecksum(Span<byte> datagram, IpAddress source, IpAddress destination) =>
        WriteChecksum(datagram[..UdpView.HeaderLength], InternetChecksum.Sum(datagram[UdpView.HeaderLength..]), datagram.Length - UdpView.HeaderLength, source, destination);

    /// <summary>Writes the checksum when the payload was summed already, by the copy for instance.</summary>
    /// <param name="header">The 8 octets of the header.</param>
    /// <param name="payloadSum">Sum of the payload (<see cref="InternetChecksum.CopyAndSum"/>).</param>
    /// <param name="payloadLength">Octets of the payload.</param>
    /// <param name="source">Source address of the packet.</param>
    /// <param name="destination">Destination address of the packet.</param>
    public static void WriteChecksum(Span<byte> header, ulong payloadSum, int payloadLength, IpAddress source, IpAddress destination)
    {
        header = header[..UdpView.HeaderLength];
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], 0);
        ulong sum = InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, UdpView.HeaderLength + payloadLength);
        ushort checksum = InternetChecksum.Fold(sum + InternetChecksum.Sum(header) + payloadSum);
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], checksum == 0 ? (ushort)0xFFFF : checksum);
    }
}

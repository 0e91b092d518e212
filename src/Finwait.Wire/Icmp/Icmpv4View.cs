using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>Types of ICMP messages (RFC 792 and IANA "ICMP Type Numbers"). Peers may send other numbers.</summary>
public enum Icmpv4Type : byte
{
    /// <summary>Answer to an echo request.</summary>
    EchoReply = 0,

    /// <summary>Error: see <see cref="Icmpv4Code"/>.</summary>
    DestinationUnreachable = 3,

    /// <summary>Error, deprecated (RFC 6633).</summary>
    SourceQuench = 4,

    /// <summary>A better gateway is on this link.</summary>
    Redirect = 5,

    /// <summary>Echo request.</summary>
    EchoRequest = 8,

    /// <summary>Router advertisement (RFC 1256).</summary>
    RouterAdvertisement = 9,

    /// <summary>Router solicitation (RFC 1256).</summary>
    RouterSolicitation = 10,

    /// <summary>Error: hops or reassembly time used up.</summary>
    TimeExceeded = 11,

    /// <summary>Error: a bad header.</summary>
    ParameterProblem = 12,

    /// <summary>Timestamp request.</summary>
    TimestampRequest = 13,

    /// <summary>Timestamp reply.</summary>
    TimestampReply = 14,

    /// <summary>Extended echo request (RFC 8335).</summary>
    ExtendedEchoRequest = 42,

    /// <summary>Extended echo reply (RFC 8335).</summary>
    ExtendedEchoReply = 43,
}

/// <summary>Codes of <see cref="Icmpv4Type.DestinationUnreachable"/>, <see cref="Icmpv4Type.TimeExceeded"/> and <see cref="Icmpv4Type.Redirect"/>.</summary>
public static class Icmpv4Code
{
    /// <summary>Unreachable: network.</summary>
    public const byte NetUnreachable = 0;

    /// <summary>Unreachable: host.</summary>
    public const byte HostUnreachable = 1;

    /// <summary>Unreachable: protocol.</summary>
    public const byte ProtocolUnreachable = 2;

    /// <summary>Unreachable: port.</summary>
    public const byte PortUnreachable = 3;

    /// <summary>Unreachable: fragmentation needed and DF set (RFC 1191 §4).</summary>
    public const byte FragmentationNeeded = 4;

    /// <summary>Unreachable: source route failed.</summary>
    public const byte SourceRouteFailed = 5;

    /// <summary>Unreachable: network administratively prohibited (RFC 1122 §3.2.2.1).</summary>
    public const byte NetProhibited = 9;

    /// <summary>Unreachable: host administratively prohibited (RFC 1122 §3.2.2.1).</summary>
    public const byte HostProhibited = 10;

    /// <summary>Unreachable: communication administratively prohibited (RFC 1812 §5.2.7.1).</summary>
    public const byte CommunicationProhibited = 13;

    /// <summary>Time exceeded: time to live.</summary>
    public const byte TimeToLiveExceeded = 0;

    /// <summary>Time exceeded: reassembly.</summary>
    public const byte ReassemblyTimeExceeded = 1;

    /// <summary>Redirect: for the network.</summary>
    public const byte RedirectNet = 0;

    /// <summary>Redirect: for the host.</summary>
    public const byte RedirectHost = 1;
}

/// <summary>Read-only view over one ICMP message (RFC 792). Holds no copy.</summary>
public readonly ref struct Icmpv4View
{
    /// <summary>Octets before the body: type, code, checksum and four that depend on the type.</summary>
    public const int HeaderLength = 8;

    private readonly ReadOnlySpan<byte> _message;

    private Icmpv4View(ReadOnlySpan<byte> message) => _message = message;

    /// <summary>Checks the length once; after <see cref="WireError.None"/> no accessor throws.</summary>
    /// <remarks>The checksum is not verified here: see <see cref="HasValidChecksum"/>.</remarks>
    public static WireError TryParse(ReadOnlySpan<byte> message, out Icmpv4View view)
    {
        if (message.Length < HeaderLength)
        {
            view = default;
            return WireError.Truncated;
        }

        view = new(message);
        return WireError.None;
    }

    /// <summary>Type, named or not.</summary>
    public Icmpv4Type Type => (Icmpv4Type)_message[0];

    /// <summary>Code; its meaning depends on the type.</summary>
    public byte Code => _message[1];

    /// <summary>Checksum as received.</summary>
    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(_message[2..]);

    /// <summary>The four octets behind the checksum as one number.</summary>
    public uint RestOfHeader => BinaryPrimitives.ReadUInt32BigEndian(_message[4..]);

    /// <summary>Echo and timestamp messages: identifier.</summary>
    public ushort Identifier => BinaryPrimitives.ReadUInt16BigEndian(_message[4..]);

    /// <summary>Echo and timestamp messages: sequence number.</summary>
    public ushort SequenceNumber => BinaryPrimitives.ReadUInt16BigEndian(_message[6..]);

    /// <summary>Fragmentation needed: MTU of the next hop, octets; 0 from routers older than RFC 1191.</summary>
    public ushort NextHopMtu => BinaryPrimitives.ReadUInt16BigEndian(_message[6..]);

    /// <summary>Redirect: the better gateway.</summary>
    public IpAddress Gateway => IpAddress.FromV4(RestOfHeader);

    /// <summary>Parameter problem: offset of the bad octet in the quoted packet.</summary>
    public byte Pointer => _message[4];

    /// <summary>Errors: length of the quoted packet, octets, if extensions follow it (RFC 4884 §4); 0 if nobody says.</summary>
    public int OriginalDatagramLength => _message[5] * 4;

    /// <summary>True for the types that report about another packet; nobody answers these with an error (RFC 1122 §3.2.2).</summary>
    public bool IsError => Type is Icmpv4Type.DestinationUnreachable or Icmpv4Type.SourceQuench or Icmpv4Type.Redirect
        or Icmpv4Type.TimeExceeded or Icmpv4Type.ParameterProblem;

    /// <summary>All behind the first eight octets.</summary>
    public ReadOnlySpan<byte> Body => _message[HeaderLength..];

    /// <summary>Errors: the start of the packet that caused the error (read with <see cref="Ipv4View.TryParseHeader"/>), extensions cut off; else empty.</summary>
    public ReadOnlySpan<byte> QuotedPacket
    {
        get
        {
            if (!IsError)
            {
                return default;
            }

            ReadOnlySpan<byte> body = Body;
            bool mayHaveExtensions = Type is Icmpv4Type.DestinationUnreachable or Icmpv4Type.TimeExceeded or Icmpv4Type.ParameterProblem;
            return mayHaveExtensions && OriginalDatagramLength != 0 && OriginalDatagramLength < body.Length ? body[..OriginalDatagramLength] : body;
        }
    }

    /// <summary>The whole message.</summary>
    public ReadOnlySpan<byte> Message => _message;

    /// <summary>True if the checksum over the whole message is right.</summary>
    public bool HasValidChecksum() => InternetChecksum.Fold(InternetChecksum.Sum(_message)) == 0;
}

/// <summary>Writes ICMP messages (RFC 792).</summary>
public static class Icmpv4Writer
{
    /// <summary>Writes a message with its checksum and returns its length.</summary>
    /// <param name="message">Room for eight octets and the body.</param>
    /// <param name="type">Type.</param>
    /// <param name="code">Code.</param>
    /// <param name="restOfHeader">The four octets behind the checksum as one number.</param>
    /// <param name="body">All behind the first eight octets; errors quote the packet here (RFC 1812 §4.3.2.3: as much as fits into 576 octets).</param>
    /// <exception cref="ArgumentException">Too little room: a caller bug.</exception>
    public static int Write(Span<byte> message, Icmpv4Type type, byte code, uint restOfHeader, ReadOnlySpan<byte> body)
    {
        int length = Icmpv4View.HeaderLength + body.Length;
        if (message.Length < length)
        {
            throw new ArgumentException("no room for the ICMP message", nameof(message));
        }

        uint first = (uint)type << 24 | (uint)code << 16;
        ulong sum = (ulong)first + restOfHeader + InternetChecksum.CopyAndSum(body, message[Icmpv4View.HeaderLength..]);
        BinaryPrimitives.WriteUInt32BigEndian(message, first | InternetChecksum.Fold(sum));
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], restOfHeader);
        return length;
    }

    /// <summary>Writes an echo request or reply with its checksum and returns its length.</summary>
    /// <param name="message">Room for eight octets and the data.</param>
    /// <param name="isReply">True for a reply.</param>
    /// <param name="identifier">Identifier, of the request if this is a reply.</param>
    /// <param name="sequenceNumber">Sequence number, of the request if this is a reply.</param>
    /// <param name="data">What the peer is to send back, or what it sent.</param>
    public static int WriteEcho(Span<byte> message, bool isReply, ushort identifier, ushort sequenceNumber, ReadOnlySpan<byte> data) =>
        Write(message, isReply ? Icmpv4Type.EchoReply : Icmpv4Type.EchoRequest, 0, (uint)identifier << 16 | sequenceNumber, data);

    /// <summary>Writes "fragmentation needed and DF set" with its checksum and returns its length (RFC 1191 §4).</summary>
    /// <param name="message">Room for eight octets and the quote.</param>
    /// <param name="nextHopMtu">MTU of the link that is too narrow, octets.</param>
    /// <param name="quotedPacket">Start of the packet that did not fit.</param>
    public static int WriteFragmentationNeeded(Span<byte> message, ushort nextHopMtu, ReadOnlySpan<byte> quotedPacket) =>
        Write(message, Icmpv4Type.DestinationUnreachable, Icmpv4Code.FragmentationNeeded, nextHopMtu, quotedPacket);

    /// <summary>Writes a redirect with its checksum and returns its length.</summary>
    /// <param name="message">Room for eight octets and the quote.</param>
    /// <param name="code">For the network or for the host.</param>
    /// <param name="gateway">The better gateway, IPv4.</param>
    /// <param name="quotedPacket">Start of the packet that took the longer way.</param>
    public static int WriteRedirect(Span<byte> message, byte code, IpAddress gateway, ReadOnlySpan<byte> quotedPacket) =>
        Write(message, Icmpv4Type.Redirect, code, gateway.V4, quotedPacket);
}

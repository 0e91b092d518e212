using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>Types of ICMPv6 messages (RFC 4443 and IANA "ICMPv6 'type' Numbers"). Peers may send other numbers.</summary>
public enum Icmpv6Type : byte
{
    /// <summary>Error: see <see cref="Icmpv6Code"/>.</summary>
    DestinationUnreachable = 1,

    /// <summary>Error: the packet does not fit the next link.</summary>
    PacketTooBig = 2,

    /// <summary>Error: hops or reassembly time used up.</summary>
    TimeExceeded = 3,

    /// <summary>Error: a bad header.</summary>
    ParameterProblem = 4,

    /// <summary>Echo request.</summary>
    EchoRequest = 128,

    /// <summary>Answer to an echo request.</summary>
    EchoReply = 129,

    /// <summary>Multicast listener query (RFC 2710, RFC 3810).</summary>
    ListenerQuery = 130,

    /// <summary>Version 1 multicast listener report (RFC 2710).</summary>
    ListenerReport = 131,

    /// <summary>Version 1 multicast listener done (RFC 2710).</summary>
    ListenerDone = 132,

    /// <summary>Router solicitation (RFC 4861 §4.1).</summary>
    RouterSolicitation = 133,

    /// <summary>Router advertisement (RFC 4861 §4.2).</summary>
    RouterAdvertisement = 134,

    /// <summary>Neighbor solicitation (RFC 4861 §4.3).</summary>
    NeighborSolicitation = 135,

    /// <summary>Neighbor advertisement (RFC 4861 §4.4).</summary>
    NeighborAdvertisement = 136,

    /// <summary>Redirect (RFC 4861 §4.5).</summary>
    Redirect = 137,

    /// <summary>Version 2 multicast listener report (RFC 3810 §5.2).</summary>
    ListenerReportV2 = 143,
}

/// <summary>Codes of ICMPv6 errors (RFC 4443 §3).</summary>
public static class Icmpv6Code
{
    /// <summary>Unreachable: no route.</summary>
    public const byte NoRoute = 0;

    /// <summary>Unreachable: administratively prohibited.</summary>
    public const byte Prohibited = 1;

    /// <summary>Unreachable: beyond the scope of the source address.</summary>
    public const byte BeyondScope = 2;

    /// <summary>Unreachable: address.</summary>
    public const byte AddressUnreachable = 3;

    /// <summary>Unreachable: port.</summary>
    public const byte PortUnreachable = 4;

    /// <summary>Unreachable: the source address failed a policy.</summary>
    public const byte FailedPolicy = 5;

    /// <summary>Unreachable: reject route.</summary>
    public const byte RejectRoute = 6;

    /// <summary>Time exceeded: hop limit.</summary>
    public const byte HopLimitExceeded = 0;

    /// <summary>Time exceeded: reassembly.</summary>
    public const byte ReassemblyTimeExceeded = 1;

    /// <summary>Parameter problem: an erroneous header field.</summary>
    public const byte ErroneousField = 0;

    /// <summary>Parameter problem: an unknown next header.</summary>
    public const byte UnknownNextHeader = 1;

    /// <summary>Parameter problem: an unknown option.</summary>
    public const byte UnknownOption = 2;

    /// <summary>Parameter problem: a first fragment without the whole header chain (RFC 7112).</summary>
    public const byte IncompleteHeaderChain = 3;
}

/// <summary>Read-only view over one ICMPv6 message (RFC 4443 §2.1). Holds no copy.</summary>
public readonly ref struct Icmpv6View
{
    /// <summary>Octets before the body: type, code, checksum and four that depend on the type.</summary>
    public const int HeaderLength = 8;

    private readonly ReadOnlySpan<byte> _message;

    private Icmpv6View(ReadOnlySpan<byte> message) => _message = message;

    /// <summary>Checks the length once; after <see cref="WireError.None"/> no accessor throws.</summary>
    /// <remarks>The checksum is not verified here: see <see cref="HasValidChecksum"/>. Neighbor discovery needs more checks: <see cref="NeighborDiscoveryView"/>.</remarks>
    public static WireError TryParse(ReadOnlySpan<byte> message, out Icmpv6View view)
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
    public Icmpv6Type Type => (Icmpv6Type)_message[0];

    /// <summary>Code; its meaning depends on the type.</summary>
    public byte Code => _message[1];

    /// <summary>Checksum as received.</summary>
    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(_message[2..]);

    /// <summary>The four octets behind the checksum as one number.</summary>
    public uint RestOfHeader => BinaryPrimitives.ReadUInt32BigEndian(_message[4..]);

    /// <summary>Echo messages: identifier.</summary>
    public ushort Identifier => BinaryPrimitives.ReadUInt16BigEndian(_message[4..]);

    /// <summary>Echo messages: sequence number.</summary>
    public ushort SequenceNumber => BinaryPrimitives.ReadUInt16BigEndian(_message[6..]);

    /// <summary>Packet too big: MTU of the next hop, octets.</summary>
    public uint Mtu => RestOfHeader;

    /// <summary>Parameter problem: offset of the bad octet in the quoted packet.</summary>
    public uint Pointer => RestOfHeader;

    /// <summary>True for errors, types 0–127; nobody answers these with an error (RFC 4443 §2.4(e)).</summary>
    public bool IsError => _message[0] < 128;

    /// <summary>True for the messages of neighbor discovery, types 133–137.</summary>
    public bool IsNeighborDiscovery => Type is >= Icmpv6Type.RouterSolicitation and <= Icmpv6Type.Redirect;

    /// <summary>All behind the first eight octets.</summary>
    public ReadOnlySpan<byte> Body => _message[HeaderLength..];

    /// <summary>Errors: the start of the packet that caused the error (read with <see cref="Ipv6View.TryParseHeader"/>), extensions of RFC 4884 cut off; else empty.</summary>
    public ReadOnlySpan<byte> QuotedPacket
    {
        get
        {
            if (!IsError)
            {
                return default;
            }

            // RFC 4884 §4.4, §4.5: these two may say, in units of eight octets, where the quote ends.
            ReadOnlySpan<byte> body = Body;
            int length = Type is Icmpv6Type.DestinationUnreachable or Icmpv6Type.TimeExceeded ? _message[4] * 8 : 0;
            return length != 0 && length < body.Length ? body[..length] : body;
        }
    }

    /// <summary>The whole message.</summary>
    public ReadOnlySpan<byte> Message => _message;

    /// <summary>True if the checksum over pseudo-header and message is right.</summary>
    /// <param name="source">Source address of the packet.</param>
    /// <param name="destination">Final destination address of the packet.</param>
    public bool HasValidChecksum(IpAddress source, IpAddress destination) =>
        InternetChecksum.Fold(InternetChecksum.PseudoHeader(source, destination, IpProtocol.Icmpv6, _message.Length) + InternetChecksum.Sum(_message)) == 0;
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>What the transport learns of the IP packet that carried its bytes; checked, reassembled, accepted by the filter.</summary>
/// <remarks>Its maker fills it field by field: an initializer would build it elsewhere and copy it, which costs more than the checksum.</remarks>
internal ref struct IpPacketInfo
{
    /// <summary>Sender; never a broadcast, multicast or (from the wire) loopback address.</summary>
    public IpAddress Source;

    /// <summary>Destination: one of ours, a broadcast or a multicast group.</summary>
    public IpAddress Destination;

    /// <summary>IP protocol number of the payload.</summary>
    public byte Protocol;

    /// <summary>Time to live, or hop limit, as received.</summary>
    public byte TimeToLive;

    /// <summary>TOS octet, or traffic class, with the ECN bits.</summary>
    public byte TrafficClass;

    /// <summary>Where the packet came in; the loopback interface for what the host sent to itself.</summary>
    public Interface On;

    /// <summary>The packet's number in the host's count, for causes.</summary>
    public ulong PacketNumber;

    /// <summary>True if the destination is no single host, or the frame was a link-layer broadcast or multicast: never answer it with an error.</summary>
    public bool IsBroadcastOrMulticast;

    /// <summary>The two ECN bits (RFC 3168 §5).</summary>
    public readonly EcnCodepoint Ecn => (EcnCodepoint)(TrafficClass & 3);

    /// <summary>The whole packet, IP header first.</summary>
    public ReadOnlySpan<byte> Packet;

    /// <summary>The header of the frame it came in; empty where there is none.</summary>
    public ReadOnlySpan<byte> LinkHeader;

    /// <summary>True if the link vouches for the transport checksum (loopback, offloading links): it need not be computed again.</summary>
    public bool IsChecksumTrusted;

    /// <summary>Fills in what the link tells.</summary>
    public void TakeLink(in LinkInfo link, bool isGroup)
    {
        LinkHeader = link.Header;
        On = link.On;
        PacketNumber = link.Number;
        IsBroadcastOrMulticast = isGroup;
        IsChecksumTrusted = link.IsFromHost || link.On.OffloadsChecksum;
    }
}

/// <summary>What a received ICMP error says, the same for both versions of IP.</summary>
internal enum IcmpErrorKind : byte
{
    NetworkUnreachable,
    HostUnreachable,
    ProtocolUnreachable,
    PortUnreachable,

    /// <summary>IPv4 fragmentation needed and DF set, or IPv6 packet too big: see <see cref="IcmpErrorInfo.Mtu"/>.</summary>
    PacketTooBig,
    SourceRouteFailed,

    /// <summary>Administratively prohibited, codes 9, 10 and 13.</summary>
    Prohibited,
    TimeExceeded,
    ParameterProblem,
}

/// <summary>A received ICMP error with the addresses of the packet it is about (one that we sent).</summary>
internal readonly struct IcmpErrorInfo
{
    public required IcmpErrorKind Kind { get; init; }

    /// <summary>Who reports: a router or the destination.</summary>
    public required IpAddress Reporter { get; init; }

    /// <summary>Source of the quoted packet: one of our addresses.</summary>
    public required IpAddress Source { get; init; }

    /// <summary>Destination of the quoted packet.</summary>
    public required IpAddress Destination { get; init; }

    /// <summary>Protocol of the quoted packet.</summary>
    public required byte Protocol { get; init; }

    /// <summary>Type and code as on the wire.</summary>
    public required byte Type { get; init; }

    public required byte Code { get; init; }

    /// <summary>Next-hop MTU of <see cref="IcmpErrorKind.PacketTooBig"/>, octets, never below the floor of the host; else 0.</summary>
    public int Mtu { get; init; }

    /// <summary>The packet's number in the host's count, for causes.</summary>
    public required ulong PacketNumber { get; init; }
}

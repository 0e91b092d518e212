namespace Finwait.Stack;

/// <summary>Why the host threw a packet away (or, for a few, did less than was asked). Each has its count in <see cref="HostCounters"/>.</summary>
public enum DropReason : byte
{
    /// <summary>Not dropped.</summary>
    None,

    // ---- link
    InterfaceDown,
    FrameTruncated,
    NotOurMac,
    UnknownEtherType,
    TransmitQueueFull,

    // ---- ARP
    ArpMalformed,
    ArpBadSender,
    ArpConflict,
    ArpNotForUs,

    /// <summary>Another link address for a neighbour within a second of the last change.</summary>
    ArpTooSoon,
    NeighborQueueFull,
    NeighborTableFull,
    NeighborUnreachable,

    // ---- IPv4 and IPv6 input
    IpBadVersion,
    IpBadHeader,
    IpBadTotalLength,
    IpBadChecksum,
    IpBadSource,
    IpBadDestination,
    IpNotForUs,
    IpBadOptions,
    IpSourceRoute,
    IpUnknownProtocol,

    // ---- reassembly
    FragmentBadLength,
    FragmentTooLarge,
    FragmentOverlap,
    FragmentTinyFirst,
    FragmentTimeout,
    FragmentMemory,

    // ---- forwarding and output
    TimeToLiveExpired,
    NoRoute,
    PacketTooBig,

    /// <summary>The route to the destination is a blackhole, unreachable or prohibit one (<see cref="RouteKind"/>).</summary>
    RouteRefuses,

    // ---- packet filter
    FilterInput,
    FilterForward,
    FilterOutput,

    // ---- ICMP
    IcmpMalformed,
    IcmpBadChecksum,
    IcmpUnknownType,
    IcmpNotAboutUs,
    IcmpIgnored,
    IcmpRateLimited,
    IcmpNotAllowed,

    // ---- UDP
    UdpMalformed,
    UdpBadChecksum,
    UdpNoPort,
    UdpQueueFull,

    // ---- TCP
    TcpMalformed,
    TcpBadChecksum,
    TcpBroadcast,
    TcpBadSource,
    TcpNoListener,
    TcpBacklogFull,
    TcpRequestQueueFull,
    TcpNoMemory,

    /// <summary>A segment for a port that only listens, and no SYN alone (RFC 9293 §3.10.7.2).</summary>
    TcpListenOnly,

    /// <summary>A SYN that may not end TIME-WAIT: neither its timestamp nor its sequence number is newer (RFC 6191 §2).</summary>
    TcpTimeWaitSyn,

    /// <summary>A segment that TIME-WAIT has no use for (RFC 9293 §3.10.7.4, RFC 1337).</summary>
    TcpTimeWait,

    /// <summary>A segment that FIN-WAIT-2 without a program does not take (RFC 9293 §3.10.7.4).</summary>
    TcpNobodyReads,

    // ---- IPv6 only
    Ipv6Disabled,
    Ipv6BadExtension,
    NdMalformed,
}

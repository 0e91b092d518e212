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

    // ---- IPv6 only
    Ipv6Disabled,
    Ipv6BadExtension,
    NdMalformed,
}

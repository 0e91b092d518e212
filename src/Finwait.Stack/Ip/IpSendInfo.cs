using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>What became of a packet handed to <see cref="IpOutput"/>. In every case the buffer is no longer the caller's.</summary>
internal enum SendResult : byte
{
    /// <summary>Queued on an interface, or waiting for its neighbour's link address.</summary>
    Sent,

    /// <summary>No route to the destination: ENETUNREACH.</summary>
    NoRoute,

    /// <summary>The interface is down: ENETDOWN.</summary>
    Down,

    /// <summary>The OUTPUT chain dropped or rejected it: EPERM.</summary>
    Filtered,

    /// <summary>Larger than the MTU of the way with DF set, or larger than 65535 octets: EMSGSIZE. <see cref="RouteCache.Mtu"/> tells the limit.</summary>
    TooBig,

    /// <summary>A queue is full: ENOBUFS; TCP treats it as a loss.</summary>
    QueueFull,

    /// <summary>The route is a <see cref="RouteKind.Blackhole"/>: EINVAL.</summary>
    Blackhole,

    /// <summary>The route says <see cref="RouteKind.Unreachable"/>: EHOSTUNREACH.</summary>
    Unreachable,

    /// <summary>The route says <see cref="RouteKind.Prohibit"/>: EACCES.</summary>
    Prohibited,
}

/// <summary>The header fields of an outgoing packet. A connection keeps one and changes what differs from packet to packet.</summary>
internal struct IpSendInfo
{
    /// <summary>One of our addresses; never none (see <see cref="IpOutput.Resolve"/>).</summary>
    public IpAddress Source;

    /// <summary>Where it goes.</summary>
    public IpAddress Destination;

    /// <summary>IP protocol number.</summary>
    public byte Protocol;

    /// <summary>Time to live or hop limit; 0 means the host's default (64).</summary>
    public byte TimeToLive;

    /// <summary>TOS octet or traffic class, ECN bits included.</summary>
    public byte TrafficClass;

    /// <summary>IPv4: set DF. IPv6 packets are fragmented only if this is false.</summary>
    public bool DontFragment;

    /// <summary>True if <see cref="Identification"/> is the sender's own; else the host chooses: 0 with DF, a counter per destination without.</summary>
    public bool HasIdentification;

    /// <summary>Take the counter per destination with DF too, as Linux does for UDP and ping.</summary>
    public bool CountsIdentification;

    /// <summary>IPv4 identification; see <see cref="HasIdentification"/>.</summary>
    public ushort Identification;

    /// <summary>IPv6 flow label, 20 bits; 0 lets the host choose one for the flow.</summary>
    public uint FlowLabel;

    /// <summary>Interface the socket is bound to, or null.</summary>
    public Interface? BoundTo;
}

/// <summary>The way to one destination, remembered by whoever sends there often. Start with <c>default</c>; <see cref="IpOutput"/> keeps it fresh.</summary>
internal struct RouteCache
{
    /// <summary>The host's <see cref="Host.RouteGeneration"/> this was looked up in; 0 never matches.</summary>
    internal uint Generation;

    /// <summary>Where the way leads.</summary>
    internal IpAddress Destination;

    /// <summary>The neighbour entry of the next hop; null where the link has none, or before the first packet.</summary>
    internal NeighborEntry? Neighbor;

    /// <summary>True if the destination is a group and its packets come back to this host too.</summary>
    internal bool LoopsBack;

    /// <summary>The interface it leaves by (the loopback interface for our own addresses).</summary>
    public Interface? Via;

    /// <summary>The address of the next hop; the destination itself on the link.</summary>
    public IpAddress NextHop;

    /// <summary>The source address the host would choose.</summary>
    public IpAddress Source;

    /// <summary>Largest IP packet on this way as known now (interface and path MTU), octets.</summary>
    public int Mtu;

    /// <summary>True if the destination is a broadcast address of the interface, or the limited one.</summary>
    public bool IsBroadcast;
}

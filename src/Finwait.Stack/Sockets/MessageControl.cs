using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>What the IP header of a datagram said, or is to say (RFC 1122 §4.1.3.5, §4.1.4; RFC 8085 §3): Linux's IP_PKTINFO, IP_TTL and IP_TOS, and their IPv6 forms.</summary>
public struct MessageControl
{
    /// <summary>Received: the address it was sent to. To send: the source, one of this host's; <c>default</c> leaves the choice to the socket and the host.</summary>
    public IpAddress Local;

    /// <summary>Received: the number of the interface it came in on. Not used to send.</summary>
    public int Interface;

    /// <summary>TTL or hop limit. To send: 0 for the socket's.</summary>
    public byte TimeToLive;

    /// <summary>Type of service or traffic class: six bits of DSCP, then two of ECN. To send: null for the socket's.</summary>
    public byte? TrafficClass;
}

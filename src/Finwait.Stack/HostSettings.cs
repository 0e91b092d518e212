using Finwait.Tcp;

namespace Finwait.Stack;

/// <summary>The settings of one host, by their Linux sysctl names where there is one. They may be changed while it runs.</summary>
public sealed class HostSettings
{
    /// <summary>The host's name. Default "host".</summary>
    public string Name { get; set; } = "host";

    /// <summary>Seed of all the host's randomness: the same seed and the same inputs give the same packets. Give every host another one.</summary>
    public ulong Seed { get; set; } = 1;

    /// <summary>TCP's settings.</summary>
    public TcpSettings Tcp { get; set; } = new();

    /// <summary>The settings of listeners, ports, TIME-WAIT and datagram sockets.</summary>
    public SocketSettings Sockets { get; set; } = new();

    /// <summary>net.ipv4.ip_forward: packets for others are forwarded. Default false.</summary>
    public bool IpForward { get; set; }

    /// <summary>net.ipv4.ip_default_ttl, 1–255. Default 64. Also the default hop limit.</summary>
    public byte DefaultTtl { get; set; } = 64;

    /// <summary>net.ipv4.ip_local_port_range: first and last port given out. Default 32768–60999.</summary>
    public (ushort First, ushort Last) LocalPortRange { get; set; } = (32768, 60999);

    /// <summary>net.ipv4.ip_no_pmtu_disc: never set DF on our own. Default false.</summary>
    public bool NoPathMtuDiscovery { get; set; }

    /// <summary>net.ipv4.route.min_pmtu: least path MTU believed, octets. Default 552.</summary>
    public int MinPathMtu { get; set; } = 552;

    /// <summary>net.ipv4.route.mtu_expires. Default 600 s.</summary>
    public TimeSpan PathMtuExpires { get; set; } = TimeSpan.FromSeconds(600);

    /// <summary>net.ipv4.ipfrag_time: how long fragments wait for the rest. Default 30 s.</summary>
    public TimeSpan FragmentTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>net.ipv6.ip6frag_time. Default 60 s (RFC 8200 §4.5).</summary>
    public TimeSpan Ipv6FragmentTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>net.ipv4.conf.all.accept_source_route. Default false; source-routed packets are then dropped, never obeyed.</summary>
    public bool AcceptSourceRoute { get; set; }

    /// <summary>net.ipv4.icmp_echo_ignore_all. Default false.</summary>
    public bool IcmpEchoIgnoreAll { get; set; }

    /// <summary>net.ipv4.icmp_echo_ignore_broadcasts. Default true.</summary>
    public bool IcmpEchoIgnoreBroadcasts { get; set; } = true;

    /// <summary>net.ipv4.icmp_ratelimit: least time between two limited ICMP messages to one target. Default 1 s (with a burst of six); zero for no limit.</summary>
    public TimeSpan IcmpRateLimit { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>net.ipv4.icmp_ratemask: bit n limits ICMP type n. Default 0x1818: unreachable, source quench, time exceeded, parameter problem.</summary>
    public uint IcmpRateMask { get; set; } = 0x1818;

    /// <summary>net.ipv4.icmp_msgs_per_sec, to all targets together. Default 1000.</summary>
    public int IcmpMessagesPerSecond { get; set; } = 1000;

    /// <summary>net.ipv4.icmp_msgs_burst. Default 50.</summary>
    public int IcmpMessagesBurst { get; set; } = 50;

    /// <summary>net.ipv4.neigh.default.base_reachable_time: a confirmed neighbour is trusted for 0.5 to 1.5 times this. Default 30 s.</summary>
    public TimeSpan NeighborReachableTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>net.ipv4.neigh.default.delay_first_probe_time. Default 5 s.</summary>
    public TimeSpan NeighborDelayFirstProbe { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>net.ipv4.neigh.default.retrans_time: between two requests. Default 1 s, which is also the least (RFC 1122 §2.3.2.1).</summary>
    public TimeSpan NeighborRetransmit { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>net.ipv4.neigh.default.ucast_solicit and mcast_solicit: unanswered requests before giving up. Default 3.</summary>
    public int NeighborSolicitations { get; set; } = 3;

    /// <summary>net.ipv4.neigh.default.gc_thresh3: most entries. Default 1024.</summary>
    public int NeighborLimit { get; set; } = 1024;

    /// <summary>net.ipv4.neigh.default.unres_qlen: packets that wait for one neighbour. Default 101.</summary>
    public int NeighborQueueLimit { get; set; } = 101;

    /// <summary>Announce our address, at most once in ten seconds, when another station uses it (RFC 5227 §2.4 (b)). Default true.</summary>
    public bool DefendAddresses { get; set; } = true;

    /// <summary>net.ipv6.conf.INTERFACE.disable_ipv6 of every interface but loopback, where ::1 stays. Default false.</summary>
    public bool DisableIpv6 { get; set; }

    /// <summary>
    /// The kernel's tick (one over CONFIG_HZ). If set, the timers of TCP and of neighbours go off as Linux's timer wheel lets them: at ticks, and the later the
    /// coarser (a second becomes 1.00 to 1.04). Default zero: exactly when they are due.
    /// </summary>
    public TimeSpan TimerTick { get; set; }

    /// <summary>How long a packet is under way on the loopback interface. Default zero: it arrives in the same instant.</summary>
    public TimeSpan LoopbackDelay { get; set; }
}

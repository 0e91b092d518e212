using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>The bits of net.ipv4.tcp_recovery.</summary>
[Flags]
public enum TcpRecoveryMethods
{
    /// <summary>By counting reported segments alone (RFC 6675). Linux 6.18 has given that up: there RACK works whatever the bit says.</summary>
    None = 0,

    /// <summary>By time: RACK (RFC 8985).</summary>
    Rack = 1,

    /// <summary>RACK's settling time is not adapted.</summary>
    StaticReorderingWindow = 2,

    /// <summary>RACK waits its settling time even when enough segments are reported.</summary>
    NoDuplicateThreshold = 4,
}

/// <summary>The settings of one host's TCP, by their Linux sysctl names. Shared by its connections; read, never written, by them.</summary>
public sealed class TcpSettings
{
    /// <summary>Set to record the state changes of the connections it watches; null, the default, costs one branch per change.</summary>
    public StateTap? StateTap { get; set; }

    /// <summary>Set to record what connections decide, with the values that they compared; null, the default, costs one branch per segment sent and per input that is turned down.</summary>
    public StepTap? StepTap { get; set; }

    /// <summary>Order of options on the wire.</summary>
    public TcpOptionLayout OptionLayout { get; set; } = TcpOptionLayout.Linux;

    /// <summary>net.ipv4.tcp_window_scaling. Default true.</summary>
    public bool WindowScaling { get; set; } = true;

    /// <summary>net.ipv4.tcp_timestamps. Default true.</summary>
    public bool Timestamps { get; set; } = true;

    /// <summary>net.ipv4.tcp_sack. Default true.</summary>
    public bool Sack { get; set; } = true;

    /// <summary>net.ipv4.tcp_rmem: least, initial and largest receive buffer, octets.</summary>
    public (int Min, int Default, int Max) ReceiveBuffer { get; set; } = (4096, 131072, 6291456);

    /// <summary>net.ipv4.tcp_wmem: least, initial and largest send buffer, octets.</summary>
    public (int Min, int Default, int Max) SendBuffer { get; set; } = (4096, 16384, 4194304);

    /// <summary>
    /// The window told with the SYN, octets, as far as buffer and field allow; what the field of a SYN cannot say counts as told all the same. Default 0: as Linux does,
    /// all that the initial buffer allows, in whole segments.
    /// </summary>
    public int InitialReceiveWindow { get; set; }

    /// <summary>
    /// A FIN is acknowledged at once, as BSD's descendants do, so that the program's own FIN cannot carry the acknowledgment. Default false: as in Linux the
    /// acknowledgment waits a moment for the FIN that is likely to follow.
    /// </summary>
    public bool AcknowledgesFinAtOnce { get; set; }

    /// <summary>How received packets lie in memory, which decides what they cost of the receive buffer. Default <see cref="PacketMemory.Paged"/>.</summary>
    public PacketMemory ReceiveMemory { get; set; }

    /// <summary>
    /// Send in bursts of several segments as Linux does where segmentation is left to the link or the last layer above it: the last of a burst carries PSH, and
    /// the last octets of the window go with a burst though they fill no segment (which RFC 9293 §3.8.6.2.1 would hold back). Default false.
    /// </summary>
    public bool SegmentationOffload { get; set; }

    /// <summary>net.ipv4.tcp_moderate_rcvbuf: the receive buffer grows with what the reader takes in a round trip, up to the third number of tcp_rmem. Default true.</summary>
    public bool ModerateReceiveBuffer { get; set; } = true;

    /// <summary>net.ipv4.tcp_shrink_window: the right edge of the window may move left when memory runs out (against SHLD-14). Default false.</summary>
    public bool ShrinkWindow { get; set; }

    /// <summary>
    /// A segment that ends right of the window is not trimmed: as in Linux from 6.17 on it is taken whole while the receive queue is empty, and dropped and
    /// answered otherwise (against RFC 9293 §3.10.7.4, which trims). Default false.
    /// </summary>
    public bool TakesBeyondWindow { get; set; }

    /// <summary>net.ipv4.tcp_syn_retries. Default 7: 251 s, for RFC 9293 wants three minutes at least (MUST-23); Linux's own default, 6, gives up after 131 s.</summary>
    public int SynRetries { get; set; } = 7;

    /// <summary>net.ipv4.tcp_syn_linear_timeouts: SYN timeouts before the interval begins to double. Default 4.</summary>
    public int SynLinearTimeouts { get; set; } = 4;

    /// <summary>net.ipv4.tcp_synack_retries. Default 5.</summary>
    public int SynAckRetries { get; set; } = 5;

    /// <summary>net.ipv4.tcp_retries1 (R1). Default 3.</summary>
    public int Retries1 { get; set; } = 3;

    /// <summary>net.ipv4.tcp_retries2 (R2). Default 15.</summary>
    public int Retries2 { get; set; } = 15;

    /// <summary>net.ipv4.tcp_orphan_retries as it works when 0 is set. Default 8.</summary>
    public int OrphanRetries { get; set; } = 8;

    /// <summary>net.ipv4.tcp_fin_timeout: life of an orphan in FIN-WAIT-2. Default 60 s.</summary>
    public TimeSpan FinTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>2 MSL as deployed (Linux: TCP_TIMEWAIT_LEN). Default 60 s.</summary>
    public TimeSpan TimeWait { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Least retransmission timeout (net.ipv4.tcp_rto_min_us). Default 200 ms; RFC 6298 §2.4 wants 1 s.</summary>
    public TimeSpan RtoMin { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Largest retransmission timeout (net.ipv4.tcp_rto_max_ms). Default 120 s; at least 60 s (RFC 6298 §2.5).</summary>
    public TimeSpan RtoMax { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>net.ipv4.tcp_keepalive_time. Default 7200 s.</summary>
    public TimeSpan KeepAliveTime { get; set; } = TimeSpan.FromSeconds(7200);

    /// <summary>net.ipv4.tcp_keepalive_intvl. Default 75 s.</summary>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(75);

    /// <summary>net.ipv4.tcp_keepalive_probes. Default 9.</summary>
    public int KeepAliveProbes { get; set; } = 9;

    /// <summary>net.ipv4.tcp_invalid_ratelimit: least time between two challenge ACKs of one connection. Default 500 ms.</summary>
    public TimeSpan InvalidRateLimit { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>net.ipv4.tcp_reordering: duplicate acknowledgments that show a loss. Default 3.</summary>
    public int Reordering { get; set; } = 3;

    /// <summary>net.ipv4.tcp_max_reordering: most that the degree of reordering is raised to, segments. Default 300.</summary>
    public int MaxReordering { get; set; } = 300;

    /// <summary>net.ipv4.tcp_recovery: how losses are found where SACK is in use. Default <see cref="TcpRecoveryMethods.Rack"/>.</summary>
    public TcpRecoveryMethods Recovery { get; set; } = TcpRecoveryMethods.Rack;

    /// <summary>net.ipv4.tcp_frto: after a timeout ask with new text whether it was needed (RFC 5682). Default true.</summary>
    public bool ForwardRto { get; set; } = true;

    /// <summary>net.ipv4.tcp_slow_start_after_idle. Default true.</summary>
    public bool SlowStartAfterIdle { get; set; } = true;

    /// <summary>
    /// net.ipv4.tcp_ecn: 0 off; 1 ask for and accept classic ECN (RFC 3168); 2 accept it; 3 ask for and accept AccECN (RFC 9768), with
    /// classic ECN where the peer knows no other; 4 accept AccECN, ask for classic ECN; 5 accept AccECN, ask for nothing. Default 2.
    /// </summary>
    public int Ecn { get; set; } = 2;

    /// <summary>net.ipv4.tcp_ecn_fallback: a SYN that asks for ECN and is not answered is repeated without (RFC 3168 §6.1.1.1). Default true.</summary>
    public bool EcnFallback { get; set; } = true;

    /// <summary>net.ipv4.tcp_ecn_option: the AccECN option is sent 0 never, 1 when a count it carries is news, 2 on every segment with room for it. Default 2.</summary>
    public int EcnOption { get; set; } = 2;

    /// <summary>
    /// Most segments by which one acknowledgment grows the window in the first slow start, where departures are not paced (L of RFC 9406
    /// §4.2, which recommends 8). Default 0: no bound, as in Linux, whose acknowledgments often stand for many segments.
    /// </summary>
    public int SlowStartLimit { get; set; }

    /// <summary>net.ipv4.tcp_pacing_ss_ratio: rate of departures in slow start, percent of a window per round trip. Default 200.</summary>
    public int PacingSlowStartRatio { get; set; } = 200;

    /// <summary>net.ipv4.tcp_pacing_ca_ratio: the same in congestion avoidance. Default 120.</summary>
    public int PacingAvoidanceRatio { get; set; } = 120;

    /// <summary>net.ipv4.tcp_congestion_control: the default for new sockets. Default "cubic".</summary>
    public string CongestionControl { get; set; } = "cubic";

    /// <summary>Initial congestion window, segments (RFC 6928 §2). Default 10.</summary>
    public int InitialWindow { get; set; } = 10;

    /// <summary>Tail loss probe before the first timeout (net.ipv4.tcp_early_retrans = 3). Default true.</summary>
    public bool TailLossProbe { get; set; } = true;

    /// <summary>Least segment size accepted from a peer's MSS option, octets (Linux: net.ipv4.tcp_min_snd_mss). Default 48.</summary>
    public int MinSendMss { get; set; } = 48;

    /// <summary>
    /// net.ipv4.tcp_mtu_probing: the path MTU is also found by trying larger segments (RFC 4821), 0 never; 1 from the moment when a retransmission timeout
    /// after <see cref="Retries1"/> suggests that large packets vanish without a word; 2 always. Default 0, as on Linux: where bursts of loss cause such
    /// timeouts, small segments make a transfer last longer.
    /// </summary>
    public int MtuProbing { get; set; }

    /// <summary>net.ipv4.tcp_base_mss: text of a segment that any path should carry, octets, where the search begins (eff_pmtu of RFC 4821 §5.2). Default 1024.</summary>
    public int BaseMss { get; set; } = 1024;

    /// <summary>net.ipv4.tcp_mtu_probe_floor: the search goes no lower than this, octets of text. Default 48.</summary>
    public int MtuProbeFloor { get; set; } = 48;

    /// <summary>net.ipv4.tcp_probe_interval: how long after its start a finished search is done again; at least 5 minutes by RFC 4821 §7.4. Default 600 s.</summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(600);

    /// <summary>net.ipv4.tcp_probe_threshold: the search ends when less than so many octets are in doubt. Default 8.</summary>
    public int ProbeThreshold { get; set; } = 8;

    /// <summary>
    /// A message "packet too big" that asks for less than what was acknowledged before is honoured only once a retransmission timeout confirms it, and
    /// forgotten if what it quotes is acknowledged (RFC 5927 §7.2). Default true; Linux believes it at once.
    /// </summary>
    public bool DelaysDoubtfulPathMtu { get; set; } = true;

    /// <summary>Most out-of-order ranges held per connection; a segment that would make another is dropped and counted.</summary>
    public int MaxOutOfOrderRanges { get; set; } = 1024;
}

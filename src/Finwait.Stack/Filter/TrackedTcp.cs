using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>State of a TCP connection as someone sees it who watches it pass.</summary>
internal enum TrackedState : byte
{
    None,
    SynSent,
    SynReceived,
    Established,
    FinWait,
    CloseWait,
    LastAck,
    TimeWait,
    Close,

    /// <summary>SYNs from both sides.</summary>
    SynSent2,

    /// <summary>The packet changes nothing.</summary>
    Ignored,

    /// <summary>The packet does not fit.</summary>
    Invalid,
}

/// <summary>How netfilter's connection tracking follows TCP: a table of states, and how long each is remembered.</summary>
internal static class TrackedTcp
{
    /// <summary>Kinds of segments.</summary>
    public const int Syn = 0, SynAck = 1, Fin = 2, Ack = 3, Reset = 4, Nothing = 5;

    private const TrackedState No = TrackedState.None, Ss = TrackedState.SynSent, Sr = TrackedState.SynReceived, Es = TrackedState.Established, Fw = TrackedState.FinWait, Cw = TrackedState.CloseWait,
        La = TrackedState.LastAck, Tw = TrackedState.TimeWait, Cl = TrackedState.Close, S2 = TrackedState.SynSent2, Ig = TrackedState.Ignored, Iv = TrackedState.Invalid;

    // Columns: None, SynSent, SynReceived, Established, FinWait, CloseWait, LastAck, TimeWait, Close, SynSent2. Rows: the kinds of segments.
    private static readonly TrackedState[][] s_original =
    [
        [Ss, Ss, Ig, Ig, Ig, Ig, Ig, Ss, Ss, S2],
        [Iv, Iv, Sr, Ig, Ig, Ig, Ig, Ig, Ig, Sr],
        [Iv, Iv, Fw, Fw, La, La, La, Tw, Cl, Iv],
        [Es, Iv, Es, Es, Cw, Cw, Tw, Tw, Cl, Iv],
        [Iv, Cl, Cl, Cl, Cl, Cl, Cl, Cl, Cl, Cl],
        [Iv, Iv, Iv, Iv, Iv, Iv, Iv, Iv, Iv, Iv],
    ];

    private static readonly TrackedState[][] s_reply =
    [
        [Iv, S2, Ig, Ig, Ig, Ig, Ig, Ss, Ig, S2],
        [Iv, Sr, Ig, Ig, Ig, Ig, Ig, Ig, Ig, Sr],
        [Iv, Iv, Fw, Fw, La, La, La, Tw, Cl, Iv],
        [Iv, Ig, Sr, Es, Cw, Cw, Tw, Tw, Cl, Ig],
        [Iv, Cl, Cl, Cl, Cl, Cl, Cl, Cl, Cl, Cl],
        [Iv, Iv, Iv, Iv, Iv, Iv, Iv, Iv, Iv, Iv],
    ];

    // net.netfilter.nf_conntrack_tcp_timeout_syn_sent and so on; seconds.
    private static readonly int[] s_lifetimes = [0, 120, 60, 432_000, 120, 60, 30, 120, 10, 120];

    /// <summary>nf_conntrack_udp_timeout_stream.</summary>
    public static readonly TimeSpan UdpStream = TimeSpan.FromSeconds(120);

    /// <summary>The state behind a segment.</summary>
    public static TrackedState Next(TrackedState state, int kind, bool isReply) => (isReply ? s_reply : s_original)[kind][(int)state];

    /// <summary>What a segment is for the table.</summary>
    public static int Kind(ReadOnlySpan<byte> header)
    {
        TcpFlags flags = (TcpFlags)header[13];
        return (flags & TcpFlags.Rst) != 0 ? Reset
            : (flags & TcpFlags.Syn) != 0 ? ((flags & TcpFlags.Ack) != 0 ? SynAck : Syn)
            : (flags & TcpFlags.Fin) != 0 ? Fin
            : (flags & TcpFlags.Ack) != 0 ? Ack : Nothing;
    }

    /// <summary>How long a connection in a state is remembered.</summary>
    public static TimeSpan Lifetime(TrackedState state) => TimeSpan.FromSeconds(s_lifetimes[(int)state]);

    /// <summary>The same for other protocols: nf_conntrack_udp_timeout, _icmp_timeout and _generic_timeout.</summary>
    public static TimeSpan Other(byte protocol) => TimeSpan.FromSeconds(protocol is 17 or 1 or 58 ? 30 : 600);
}

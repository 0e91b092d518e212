namespace Finwait.Tcp;

/// <summary>Why the engine sent a segment or changed state.</summary>
public enum CauseKind : byte
{
    /// <summary>Nothing recorded.</summary>
    None,

    /// <summary>A socket call: open, send, shutdown, close or abort.</summary>
    Call,

    /// <summary>A packet that came in.</summary>
    Packet,

    /// <summary>The retransmission timer (RFC 6298 §5.4).</summary>
    RetransmissionTimeout,

    /// <summary>The delayed-acknowledgment timer (RFC 9293 §3.8.6.3).</summary>
    DelayedAck,

    /// <summary>The persist timer: a zero-window probe (RFC 9293 §3.8.6.1).</summary>
    Persist,

    /// <summary>The keep-alive timer (RFC 9293 §3.8.4).</summary>
    KeepAlive,

    /// <summary>The tail-loss-probe timer (RFC 8985 §7).</summary>
    TailLossProbe,

    /// <summary>RACK's reordering timer (RFC 8985 §6.2 step 5).</summary>
    ReorderingTimer,

    /// <summary>The time of departure has come for a paced segment.</summary>
    Pacing,

    /// <summary>The 2 MSL timer (RFC 9293 §3.6.1).</summary>
    TimeWait,

    /// <summary>The user timeout (RFC 9293 §3.8.3).</summary>
    UserTimeout,

    /// <summary>The application read data, which opened the window (RFC 9293 §3.8.6.2.2).</summary>
    WindowOpened,

    /// <summary>An ICMP message about the connection (RFC 9293 §3.9.2.2).</summary>
    NetworkError,

    /// <summary>The timer of the host's neighbour table: a question that was not answered, or an answer that grew old (RFC 1122 §2.3.2.1, RFC 4861 §7.3.3).</summary>
    NeighborTimer,
}

/// <summary>The rule by which the engine decided, each named after the text it comes from.</summary>
public enum Rule : byte
{
    /// <summary>No rule recorded.</summary>
    None,

    /// <summary>Opening: RFC 9293 §3.10.1.</summary>
    Open,

    /// <summary>Segmentizing text: RFC 9293 §3.10.2, §3.7.4.</summary>
    Transmit,

    /// <summary>Retransmitting the earliest unacknowledged segment: RFC 6298 §5.4.</summary>
    Retransmit,

    /// <summary>Fast retransmit: RFC 5681 §3.2.</summary>
    FastRetransmit,

    /// <summary>Acknowledging text or FIN: RFC 9293 §3.10.7.4, RFC 5681 §4.2.</summary>
    Acknowledge,

    /// <summary>Answering an unacceptable segment: RFC 9293 §3.10.7.4 first check.</summary>
    NotInWindow,

    /// <summary>Challenge ACK: RFC 5961.</summary>
    ChallengeAck,

    /// <summary>PAWS: RFC 7323 §5.3.</summary>
    Paws,

    /// <summary>Reset generation: RFC 9293 §3.5.2.</summary>
    Reset,

    /// <summary>Abort: RFC 9293 §3.10.5.</summary>
    Abort,

    /// <summary>Closing with unread data: RFC 9293 §3.6.1, RFC 2525 §2.17.</summary>
    UnreadData,

    /// <summary>Zero-window probe: RFC 9293 §3.8.6.1.</summary>
    Probe,

    /// <summary>Keep-alive probe: RFC 9293 §3.8.4.</summary>
    KeepAlive,

    /// <summary>Window update: RFC 9293 §3.8.6.2.2.</summary>
    WindowUpdate,

    /// <summary>Giving up after R2: RFC 9293 §3.8.3.</summary>
    GiveUp,

    /// <summary>Passing on what is for somebody else: RFC 1812 §5.2.1.</summary>
    Forward,

    /// <summary>Ending a connection that nobody had accepted when its listener closed; RFC 9293 leaves it open, Linux resets it, or forgets it without a word while it is half-open.</summary>
    ListenerClosed,

    /// <summary>Closing with SO_LINGER on and 0 s: an ABORT (RFC 9293 §3.10.5), as Linux does it.</summary>
    Linger,

    /// <summary>Closing when too many connections without a program are there already: net.ipv4.tcp_max_orphans.</summary>
    OrphanLimit,

    /// <summary>FIN-WAIT-2 without a program, and TCP_LINGER2 below 0 grants it no time.</summary>
    NoLinger2,

    /// <summary>A SYN in SYN-RECEIVED that is not the first one again: RFC 9293 §3.10.7.4 fourth check, back to LISTEN.</summary>
    SynAgain,

    /// <summary>A SYN may end TIME-WAIT, for its timestamp is newer: RFC 6191 §2.</summary>
    NewerTimestamp,

    /// <summary>A SYN may end TIME-WAIT, for its sequence number is larger: RFC 9293 §3.6.1 MAY-2, RFC 6191 §2.</summary>
    LaterSequence,
}

/// <summary>The link from an output back to what led to it.</summary>
/// <param name="Kind">What sort of input it was.</param>
/// <param name="Rule">The rule that decided.</param>
/// <param name="Subject">
/// For a packet and an ICMP message, its number in the host's count; for a call, its number in <see cref="StepTap.Call"/>; for a timer, the number of the step that recorded
/// how it fired; 0 where nobody watches.
/// </param>
/// <param name="Step">The number of the step in which the connection decided it; 0 where nobody watches, or where no connection decided.</param>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)] // packed: it travels with every packet
public readonly record struct Cause(CauseKind Kind, Rule Rule, ulong Subject, uint Step = 0);

using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>What a step of a connection was.</summary>
public enum TcpStepKind : byte
{
    /// <summary>A segment was sent; the packets made of it name the step in <see cref="Cause.Step"/>.</summary>
    Sent,

    /// <summary>A segment that came in, or a part of it, was turned down by <see cref="TcpStep.Check"/>.</summary>
    Refused,

    /// <summary>A timer went off.</summary>
    Fired,

    /// <summary>A timer was set that only some input sets: delayed acknowledgment, keep-alive.</summary>
    Armed,

    /// <summary>The application gave octets to send (<see cref="TcpStep.Length"/> of them), or the end of them.</summary>
    Queued,

    /// <summary>An ICMP message was remembered and changed nothing else (RFC 9293 MUST-56).</summary>
    SoftError,

    /// <summary>Segments were found lost before a timeout: <see cref="TcpStepValues.LossSign"/> says what showed it, <see cref="TcpStep.Offset"/> and <see cref="TcpStep.Length"/> where they lie.</summary>
    Lost,
}

/// <summary>What showed that a segment was lost, where it was not the timeout.</summary>
public enum LossSign : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Without SACK: as many duplicate acknowledgments as DupThresh (RFC 5681 §3.2, RFC 6582 §3.2 step 2).</summary>
    DuplicateAcks,

    /// <summary>In recovery: an acknowledgment of a part of what was in flight stops at it (RFC 6582 §3.2 step 3, RFC 6675 §5 step C).</summary>
    PartialAck,

    /// <summary>With SACK and without RACK: DupThresh segments behind it are reported (RFC 6675 §4, IsLost).</summary>
    Count,

    /// <summary>RACK: one sent later has arrived, and RACK.rtt + RACK.reo_wnd have gone by since it was sent (RFC 8985 §6.2 step 5).</summary>
    Rack,

    /// <summary>RACK with RACK.reo_wnd 0, for DupThresh segments are reported and no reordering was ever seen (RFC 8985 §6.2 step 4).</summary>
    RackThreshold,

    /// <summary>RACK with RACK.reo_wnd 0, for recovery goes on and no reordering was ever seen (RFC 8985 §6.2 step 4).</summary>
    RackRecovery,
}

/// <summary>The check that a segment did not pass, each named after its text.</summary>
public enum SegmentCheck : byte
{
    /// <summary>None.</summary>
    None,

    /// <summary>LISTEN: a reset (RFC 9293 §3.10.7.2, first check).</summary>
    ListenReset,

    /// <summary>LISTEN: neither SYN nor ACK, or SYN with FIN (RFC 9293 §3.10.7.2, fourth check).</summary>
    ListenNoSyn,

    /// <summary>SYN-SENT: SEG.ACK acknowledges nothing that was sent (RFC 9293 §3.10.7.3, first check).</summary>
    SynSentAcknowledgment,

    /// <summary>SYN-SENT: the echoed timestamp is of another connection (RFC 7323 §5.4).</summary>
    SynSentEcho,

    /// <summary>SYN-SENT: a reset without acknowledgment (RFC 9293 §3.10.7.3, second check).</summary>
    SynSentReset,

    /// <summary>SYN-SENT: neither SYN nor RST (RFC 9293 §3.10.7.3, fifth step).</summary>
    SynSentNoSyn,

    /// <summary>The timestamp is older than TS.Recent: PAWS (RFC 7323 §5.3 R1).</summary>
    Timestamps,

    /// <summary>The sequence number is outside the window (RFC 9293 §3.10.7.4, first check).</summary>
    Sequence,

    /// <summary>A reset in TIME-WAIT (RFC 1337).</summary>
    TimeWaitReset,

    /// <summary>A reset whose number is in the window and not RCV.NXT (RFC 5961 §3.2).</summary>
    ResetSequence,

    /// <summary>A SYN in the window (RFC 9293 §3.10.7.4, fourth check; RFC 5961 §4.2).</summary>
    Syn,

    /// <summary>No ACK (RFC 9293 §3.10.7.4, fifth check).</summary>
    NoAcknowledgment,

    /// <summary>SEG.ACK is none of what may be acknowledged (RFC 9293 §3.10.7.4, fifth check; RFC 5961 §5.2).</summary>
    Acknowledgment,

    /// <summary>The listener waits for text (TCP_DEFER_ACCEPT).</summary>
    DeferAccept,

    /// <summary>Text for which no reader is left (RFC 9293 §3.6.1, RFC 2525 §2.17).</summary>
    NobodyReads,

    /// <summary>The text reaches beyond the window: that part is not taken (RFC 9293 §3.10.7.4, seventh check).</summary>
    WindowEdge,
}

/// <summary>One thing that a connection decided, with the values that it knew then.</summary>
/// <param name="Number">Its number in the tap, from 1.</param>
/// <param name="Time">When.</param>
/// <param name="Connection">The connection's number in <see cref="TcpSettings.StateTap"/>; 0 if that does not watch it.</param>
/// <param name="Kind">What it was.</param>
/// <param name="Check">For a segment turned down, the check it did not pass.</param>
/// <param name="Cause">What led to it.</param>
/// <param name="Offset">For octets queued or lost, the stream offset of the first (0 is the first octet behind the SYN).</param>
/// <param name="Length">For octets queued, how many, 0 for the end of the stream; for octets lost, how many up to the end of the last.</param>
/// <param name="Values">What the connection knew.</param>
public readonly record struct TcpStep(uint Number, Instant Time, int Connection, TcpStepKind Kind, SegmentCheck Check, Cause Cause, long Offset, int Length, TcpStepValues Values);

/// <summary>The variables of a connection at a moment, by their RFC names.</summary>
public struct TcpStepValues
{
    public TcpState State;

    /// <summary>RFC 9293 §3.3.1.</summary>
    public SeqNum Iss, SndUna, SndNxt, Irs, RcvNxt;

    /// <summary>SND.WND and RCV.WND, octets, scaled.</summary>
    public uint SndWnd, RcvWnd;

    /// <summary>Octets that the application gave and that were not sent yet.</summary>
    public int Unsent;

    /// <summary>Segments: cwnd, ssthresh (int.MaxValue while never set), those in flight as recovery counts them (pipe), and all that are not acknowledged.</summary>
    public int Cwnd, Ssthresh, InFlight, Unacked;

    /// <summary>Segments reported by SACK or by duplicate acknowledgments, those thought lost, and DupThresh.</summary>
    public int Sacked, Lost, DupThresh;

    /// <summary>Largest text of a segment, octets.</summary>
    public int Mss;

    public TcpCongestionState Recovery;

    /// <summary>For <see cref="TcpStepKind.Lost"/>, what showed it; and RACK's round trip and settling time (RACK.rtt, RACK.reo_wnd).</summary>
    public LossSign LossSign;
    public TimeSpan RackRtt, ReorderingWindow;

    /// <summary>For the same, when the newest segment that has arrived had been sent (RACK.xmit_ts).</summary>
    public Instant RackSentAt;

    /// <summary>RFC 6298: SRTT and RTTVAR, zero before the first sample, and RTO with its back-off.</summary>
    public TimeSpan Srtt, RttVar, Rto;

    /// <summary>Doublings of RTO, timeouts of the oldest segment, probes without an answer, doublings of the probes' pause.</summary>
    public int Backoff, Retransmits, Probes, PersistBackoff;

    /// <summary>When the oldest segment in flight was sent last; never if none is in flight.</summary>
    public Instant OldestSentAt;

    /// <summary>What the one timer of the sending side stands for: retransmission, tail loss probe, reordering or persist; none while it does not run.</summary>
    public CauseKind SendTimer;

    /// <summary>When the timers go off; never for those that do not run. In the step of a timer of the sending side that went off, when that was due.</summary>
    public Instant SendTimerAt, DelayedAckAt, KeepAliveAt, TimeWaitAt;

    /// <summary>Octets received since the last acknowledgment sent, the peer's segment size as estimated, and ranges that wait behind a hole.</summary>
    public int Unacknowledged, ReceiveMss, RangesAhead;

    /// <summary>The window that the free part of the receive buffer allows, and the least for which one is offered (silly-window avoidance, RFC 9293 §3.8.6.2.2); octets.</summary>
    public int RoomFree, RoomLeast;

    /// <summary>Segments that will be acknowledged at once: quick mode, as on Linux.</summary>
    public int QuickAcks;

    /// <summary>ATO, the delay of a delayed acknowledgment.</summary>
    public TimeSpan AckDelay;

    /// <summary>Acknowledgments wait for an answer to ride on; and the FIN of the peer has come in order.</summary>
    public bool IsInteractive, PeerClosed;

    /// <summary>SO_KEEPALIVE's times and count.</summary>
    public TimeSpan KeepAliveIdle, KeepAliveInterval;
    public int KeepAliveProbes;

    /// <summary>When the peer was last heard.</summary>
    public Instant LastHeard;

    /// <summary>TS.Recent.</summary>
    public uint TsRecent;

    /// <summary>Why nothing more is sent; see <see cref="SendHold"/>.</summary>
    public SendHold Hold;
}

/// <summary>What keeps a connection from sending new text.</summary>
public enum SendHold : byte
{
    /// <summary>Nothing: what there was is sent, or goes at the next poll.</summary>
    None,

    /// <summary>The application gave nothing to send.</summary>
    NothingToSend,

    /// <summary>The handshake is not over.</summary>
    Handshake,

    /// <summary>cwnd is full (RFC 5681 §3.1).</summary>
    CongestionWindow,

    /// <summary>The peer's window is closed, or full (RFC 9293 §3.8.6).</summary>
    PeerWindow,

    /// <summary>What the peer's window takes is too small a piece (RFC 9293 §3.8.6.2.1).</summary>
    SillyWindow,

    /// <summary>A small segment is in flight: Nagle's rule (RFC 9293 §3.7.4).</summary>
    Nagle,

    /// <summary>The application said that more comes: TCP_CORK or MSG_MORE.</summary>
    Cork,

    /// <summary>The time of departure has not come.</summary>
    Pacing,

    /// <summary>A burst waits for the next acknowledgment.</summary>
    Burst,
}

using System.Diagnostics;
using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>One TCP connection, sans-IO (RFC 9293): commands and inputs go in with the time, outputs are polled.</summary>
/// <remarks>
/// <para>After every command and every input the owner polls, in this order: <see cref="PollTransmit"/> until false,
/// <see cref="PollEvent"/> until false, then reads <see cref="NextDeadline"/>.</para>
/// <para>The connection knows no address, port, clock or socket; one serial owner, not thread-safe. A peer's segment never throws.</para>
/// </remarks>
public sealed partial class TcpConnection
{
    /// <summary>Fixed TCP header, octets.</summary>
    private const int HeaderLength = 20;

    /// <summary>nop, nop, TS: what every segment carries when timestamps are on.</summary>
    private const int TimestampOptionLength = 12;

    /// <summary>MSS assumed without the option over IPv4 (MUST-15).</summary>
    private const int DefaultMssV4 = 536;

    /// <summary>MSS assumed without the option over IPv6 (MUST-15).</summary>
    private const int DefaultMssV6 = 1220;

    private readonly TcpSettings _settings;
    private readonly BufferPool _buffers;
    private ICongestionController _controller;

    private SendWindow _snd;
    private SendBuffer _sendBuffer;
    private SentQueue _sent;
    private ReceiveWindow _rcv;
    private Reassembler _reassembler;
    private SackReporter? _sack;
    private ReceiveTuning? _tuning;
    private AckPolicy _ackPolicy;
    private RttEstimator _rtt;
    private Timestamps _ts;
    private CongestionWindow _window;
    private LossRecovery? _recovery;
    private DeliveryRate _rate;
    private Ecn? _ecn;
    private TimerTable _timers;
    private Statistics _stats;
    private ControlReply _reply;

    private TcpState _state;
    private TcpError _error;
    private TcpError _softError;
    private Work _work;
    private Traits _traits;
    private byte _events;
    private CauseKind _causeKind;
    private ulong _causeSubject;

    private int _pathMtu;
    private int _peerMss;
    private int _mss;
    private ushort _advertisedMss;
    private ushort _largestAcked;
    private byte _ipHeaderLength;
    private byte _retransmits;
    private byte _probesOut;
    private byte _persistBackoff;
    private int _sendBufferLimit;
    private long _finOffset;
    private bool _finReceived;
    private Rule _resetRule;
    private Instant _firstTimeout = Instant.Never;
    private Instant _startedAt;
    private long _smallEnd;
    private long _burstEnd;
    private ConnectionExtras? _extras;

    /// <summary>A connection in CLOSED.</summary>
    /// <param name="settings">The host's settings; shared, only read.</param>
    /// <param name="buffers">The host's pool of rings.</param>
    public TcpConnection(TcpSettings settings, BufferPool buffers)
    {
        _settings = settings;
        _buffers = buffers;
        _controller = CongestionControllers.Create(settings.CongestionControl);
        SetUpPacing();
        _timers.Clear();
        _rtt.Reset();
        _rate.Reset();
        _sendBufferLimit = settings.SendBuffer.Default;
        _rcv.Buffer = settings.ReceiveBuffer.Default;
        _reassembler = default;
        _finOffset = -1;
    }

    /// <summary>What <see cref="PollTransmit"/> has to look at, beside new text and recovery.</summary>
    [Flags]
    private enum Work : byte
    {
        None = 0,

        /// <summary>Our SYN has not been sent yet.</summary>
        Syn = 1,

        /// <summary>A zero-window or keep-alive probe is due.</summary>
        Probe = 2,

        /// <summary>The tail loss probe is due.</summary>
        LossProbe = 4,

        /// <summary>A reset of this connection is due (abort).</summary>
        Reset = 8,

        /// <summary>The window was too small for a segment and the persist timer says: send what fits.</summary>
        Override = 16,

        /// <summary>Retransmit the first segment whatever the window says.</summary>
        ForceRetransmit = 32,

        /// <summary>F-RTO: new text goes first, and nothing again until the next acknowledgment.</summary>
        HoldRetransmissions = 64,

        /// <summary>A burst waits for the congestion window to open further: the window limits the flow though it is not full.</summary>
        BurstWaits = 128,
    }

    /// <summary>Facts that stay true for the rest of the connection's life, or are switched by the application.</summary>
    [Flags]
    private enum Traits : uint
    {
        None = 0,
        Passive = 1,
        SackPermitted = 2,
        WindowScaling = 4,
        FinQueued = 8,
        ReceiveShutdown = 16,
        Orphan = 32,
        NoDelay = 64,
        KeepAlive = 128,
        SynWasLost = 256,
        Urgent = 1024,
        NegativeAdviceGiven = 2048,
        SendBufferFixed = 4096,
        MoreComing = 8192,

        /// <summary>The application has read up to the peer's FIN and past it.</summary>
        FinRead = 16384,

        /// <summary>The application set SO_RCVBUF: no auto-tuning.</summary>
        ReceiveBufferFixed = 32768,
        Cork = 65536,

        /// <summary>Made from the acknowledgment of a SYN cookie: when its SYN-ACK left is not known.</summary>
        FromCookie = 131072,
    }

    /// <summary>The state of the connection diagram.</summary>
    public TcpState State => _state;

    /// <summary>How the connection failed; <see cref="TcpError.None"/> while it has not. Stays until the connection is dropped.</summary>
    public TcpError Error => _error;

    /// <summary>The last soft error an ICMP message reported (MUST-47); the application may ask for it, the connection lives on.</summary>
    public TcpError SoftError => _softError;

    /// <summary>The soft error, which is then forgotten (Linux tells it once in SO_ERROR).</summary>
    public TcpError TakeSoftError()
    {
        TcpError error = _softError;
        _softError = TcpError.None;
        return error;
    }

    /// <summary>
    /// True if the next segment must not come before what <see cref="PollTransmit"/> has to say: a reply waits, or there is a gap, and each segment
    /// behind a gap wants its own acknowledgment (RFC 5681 §4.2). Otherwise a host may hand over several segments and then poll once (MUST-59).
    /// </summary>
    public bool MustAnswerEach => _reply.IsPending || _work != Work.None || _reassembler.RangesAhead > 0 || _ecn is { Accurate.MustAnswer: true };

    /// <summary>True if it came from LISTEN (RFC 9293 MUST-11).</summary>
    public bool WasPassive => Is(Traits.Passive);

    /// <summary>True after <see cref="Close"/>: no application holds it any more.</summary>
    public bool IsOrphan => Is(Traits.Orphan);

    /// <summary>True if the host may replace this object by <see cref="GetTimeWaitState"/>: TIME-WAIT, or FIN-WAIT-2 of an orphan.</summary>
    public bool CanRetire => _state == TcpState.TimeWait || (_state == TcpState.FinWait2 && IsOrphan);

    /// <summary>True if the connection keeps small rings with nothing in them, so that the next octets need not rent new ones.</summary>
    public bool HoldsIdleBuffers => _sent.HoldsEmptyRing || _sendBuffer.HoldsEmptyRing || _reassembler.HoldsEmptyRing;

    /// <summary>Gives back the rings that hold nothing; the owner calls it when the connection is idle, at latest when it lets go of it. Never wrong, only slower.</summary>
    public void ReleaseIdleBuffers()
    {
        _sent.ReleaseIfEmpty(_buffers);
        _sendBuffer.ReleaseIfEmpty(_buffers);
        _reassembler.ReleaseIfEmpty(_buffers);
    }

    /// <summary>When <see cref="OnTimeout"/> is due; <see cref="Instant.Never"/> if no timer runs.</summary>
    public Instant NextDeadline => Paced is { } pacing ? Instant.Earlier(_timers.Next, pacing.Deadline) : _timers.Next;

    /// <summary>The next event for the owner, if there is one; in the order of <see cref="TcpEvent"/>.</summary>
    public bool PollEvent(out TcpEvent e)
    {
        if (_events == 0)
        {
            e = default;
            return false;
        }

        int bit = System.Numerics.BitOperations.TrailingZeroCount(_events);
        _events &= (byte)(_events - 1);
        e = (TcpEvent)bit;
        return true;
    }

    /// <summary>All events at once, taken: bit n stands for the <see cref="TcpEvent"/> with the value n. For owners that have many connections.</summary>
    public uint TakeEvents()
    {
        uint events = _events;
        _events = 0;
        return events;
    }

    private bool Is(Traits trait) => (_traits & trait) != 0;

    private void Set(Traits trait, bool on) => _traits = on ? _traits | trait : _traits & ~trait;

    private void Raise(TcpEvent e) => _events |= (byte)(1 << (int)e);

    private void Because(CauseKind kind, ulong subject = 0)
    {
        _causeKind = kind;
        _causeSubject = subject;
    }

    private Cause CauseOf(Rule rule) => new(_causeKind, rule, _causeSubject);

    /// <summary>Follows an arrow of the diagram.</summary>
    private void Move(Instant now, TcpInput input, Rule rule = Rule.None)
    {
        TcpState? next = TcpStateMachine.Next(_state, input, WasPassive);
        Debug.Assert(next is not null, "the diagram has no such arrow");
        if (next is { } state && state != _state)
        {
            _settings.StateTap?.Add(now, this, _state, state, input, CauseOf(rule));
            _state = state;
            Raise(TcpEvent.StateChanged);
        }
    }

    /// <summary>The connection is gone: timers stop and the rings go back, but what was received in order can still be read.</summary>
    private void Bury(TcpError error)
    {
        _timers.Clear();
        Paced?.Disarm();
        _sent.Clear(_buffers);
        _sendBuffer.Clear(_buffers);
        _work &= Work.Reset;
        if (error != TcpError.None)
        {
            _error = error;
            Raise(TcpEvent.Failed);
        }

        if (IsOrphan) // after shutdown(SHUT_RD) what is there can still be read, as on Linux
        {
            _reassembler.Clear(_buffers);
            _tuning = null;
        }

        Raise(TcpEvent.Readable);
        Raise(TcpEvent.Writable);
    }
}

using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>When to acknowledge (RFC 9293 §3.8.6.3, RFC 5681 §4.2; delays and the quick and interactive modes as in current Linux).</summary>
/// <remarks>
/// Quick mode acknowledges at once for a number of segments: at the start of data, after a long gap, after loss. Interactive mode begins when
/// we answer data with data within <see cref="Delay"/>: then the acknowledgment waits for the next answer to ride on.
/// </remarks>
internal struct AckPolicy
{
    /// <summary>Least delay, and the delay after the first data: 40 ms.</summary>
    private static readonly TimeSpan LeastDelay = TimeSpan.FromMilliseconds(40);

    /// <summary>Most delay: 200 ms, below the 500 ms of MUST-40.</summary>
    private static readonly TimeSpan MostDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>The delay before any data came: one tick of a 250 Hz clock.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(4);

    private const int MostQuickAcks = 16;
    private const int DefaultMss = 536;
    private const int LeastMss = 88;
    private const int TcpHeaderLength = 20;

    private bool _small;        // a segment below full size came since the last acknowledgment
    private bool _smallTwice;
    private byte _quick;
    private ushort _lastSegmentSize;
    private long _delay;
    private long _lastReceived;

    /// <summary>Something waits to be acknowledged.</summary>
    public bool IsScheduled { get; private set; }

    /// <summary>The acknowledgment must go at the next poll.</summary>
    public bool IsNow { get; private set; }

    /// <summary>The other side is answered with data: acknowledgments ride on it.</summary>
    public bool IsInteractive { get; private set; }

    /// <summary>Estimate of the peer's segment size (rcvmss), octets.</summary>
    public int ReceiveMss { get; private set; }

    /// <summary>Segments that will be acknowledged at once.</summary>
    public readonly int QuickAcks => _quick;

    /// <summary>The delay in use (ato); zero before the first data.</summary>
    public readonly TimeSpan Delay => new(_delay);

    /// <summary>When data last came.</summary>
    public readonly Instant LastReceived => new(_lastReceived);

    /// <summary>First guess of the peer's segment size.</summary>
    public void Start(int mss, uint receiveWindow)
    {
        int guess = Math.Min(Math.Min(mss, DefaultMss), (int)Math.Min(receiveWindow / 2, int.MaxValue));
        ReceiveMss = Math.Max(guess, LeastMss);
    }

    /// <summary>Acknowledge at the next poll.</summary>
    public void Now()
    {
        IsScheduled = true;
        IsNow = true;
    }

    /// <summary>There is something to acknowledge; <see cref="Decide"/> says when.</summary>
    public void Schedule() => IsScheduled = true;

    /// <summary>The application says whether acknowledgments may wait for answers (TCP_QUICKACK).</summary>
    public void SetInteractive(bool on) => IsInteractive = on;

    /// <summary>The receive buffer fills: no more acknowledgments than needed.</summary>
    public void LeaveQuickMode() => _quick = 0;

    /// <summary>The window offered grew: tell it at once.</summary>
    public void OnWindowGrown() => _quick |= 1;

    /// <summary>The FIN came: there is something to acknowledge, and what we answer is likely our own FIN.</summary>
    public void OnFin()
    {
        IsScheduled = true;
        IsInteractive = true;
    }

    /// <summary>New text came in order.</summary>
    /// <param name="now">Ingress time.</param>
    /// <param name="length">Octets of text.</param>
    /// <param name="optionLength">Octets of options of the segment.</param>
    /// <param name="establishedOptionLength">Octets of options every segment of the connection carries.</param>
    /// <param name="flags">Control bits of the segment.</param>
    /// <param name="advertisedMss">What we told the peer.</param>
    /// <param name="receiveWindow">RCV.WND.</param>
    /// <param name="rto">Our timeout, the measure of a long gap.</param>
    public void OnText(Instant now, int length, int optionLength, int establishedOptionLength, TcpFlags flags, int advertisedMss, uint receiveWindow, TimeSpan rto)
    {
        IsScheduled = true;
        MeasureSegmentSize(length, optionLength, establishedOptionLength, flags, advertisedMss);
        if (_delay == 0)
        {
            Quicken(receiveWindow);
            _delay = LeastDelay.Ticks;
        }
        else
        {
            long gap = now.Ticks - _lastReceived;
            if (gap <= LeastDelay.Ticks / 2)
            {
                _delay = (_delay >> 1) + (LeastDelay.Ticks / 2);
            }
            else if (gap < _delay)
            {
                _delay = Math.Min((_delay >> 1) + gap, rto.Ticks);
            }
            else if (gap > rto.Ticks)
            {
                Quicken(receiveWindow);
            }
        }

        _lastReceived = now.Ticks;
    }

    /// <summary>New text came that waits behind a hole: only its size tells something. Parameters as of <see cref="OnText"/>.</summary>
    public void OnTextAhead(int length, int optionLength, int establishedOptionLength, TcpFlags flags, int advertisedMss)
        => MeasureSegmentSize(length, optionLength, establishedOptionLength, flags, advertisedMss);

    /// <summary>Loss or disorder: acknowledge every segment for a while.</summary>
    /// <param name="receiveWindow">RCV.WND.</param>
    /// <param name="most">Segments, if less than the window suggests.</param>
    public void EnterQuickMode(uint receiveWindow, int most = MostQuickAcks)
    {
        Quicken(receiveWindow, most);
        IsInteractive = false;
        _delay = LeastDelay.Ticks;
    }

    /// <summary>We send text: if it answers what came a moment ago, the exchange is interactive.</summary>
    public void OnTextSent(Instant now)
    {
        if (_lastReceived != 0 && now.Ticks - _lastReceived < _delay)
        {
            IsInteractive = true;
        }
    }

    /// <summary>Decides, when something is scheduled, between now and the timer.</summary>
    /// <param name="now">Ingress time.</param>
    /// <param name="unacknowledged">Octets received since the last acknowledgment sent.</param>
    /// <param name="windowMayGrow">The window we would offer is not smaller than the one offered.</param>
    /// <param name="hasHoles">Text waits behind a hole.</param>
    /// <param name="smoothedRtt">SRTT; zero if unknown.</param>
    /// <param name="timers">The delayed-acknowledgment slot.</param>
    public void Decide(Instant now, int unacknowledged, bool windowMayGrow, bool hasHoles, TimeSpan smoothedRtt, ref TimerTable timers)
    {
        if (!IsScheduled || IsNow)
        {
            return;
        }

        if ((unacknowledged > ReceiveMss && windowMayGrow) || (_quick > 0 && !IsInteractive) || hasHoles)
        {
            IsNow = true;
            return;
        }

        long delay = _delay;
        if (delay > LeastDelay.Ticks)
        {
            long most = IsInteractive || _small ? MostDelay.Ticks : 500 * TimeSpan.TicksPerMillisecond;
            if (smoothedRtt > TimeSpan.Zero)
            {
                most = Math.Min(most, Math.Max(smoothedRtt.Ticks, LeastDelay.Ticks));
            }

            delay = Math.Min(delay, most);
        }

        delay = Math.Clamp(delay, Tick.Ticks, MostDelay.Ticks);
        Instant at = new(now.Ticks + delay);
        Instant armed = timers.DelayedAck;
        if (!armed.IsNever && armed.Ticks <= now.Ticks + (delay >> 2))
        {
            IsNow = true;
            return;
        }

        timers.ArmDelayedAck(Instant.Earlier(at, armed));
    }

    /// <summary>The delayed-acknowledgment timer fired.</summary>
    public void OnTimer(TimeSpan rto)
    {
        if (!IsScheduled)
        {
            return;
        }

        if (IsInteractive)
        {
            IsInteractive = false;
            _delay = LeastDelay.Ticks;
        }
        else
        {
            _delay = Math.Min(_delay << 1, rto.Ticks);
        }

        IsNow = true;
    }

    /// <summary>The application read: an acknowledgment that waited may go now.</summary>
    public void OnRead(int unacknowledged, bool emptied)
    {
        if (IsScheduled && (unacknowledged > ReceiveMss || (emptied && (_smallTwice || (_small && !IsInteractive)))))
        {
            IsNow = true;
        }
    }

    /// <summary>A segment with the current acknowledgment went out.</summary>
    public void OnAckSent(ref TimerTable timers)
    {
        if (!IsScheduled)
        {
            return;
        }

        if (_quick > 0 && --_quick == 0)
        {
            _delay = LeastDelay.Ticks;
        }

        IsScheduled = false;
        IsNow = false;
        _small = false;
        _smallTwice = false;
        timers.StopDelayedAck();
    }

    private void Quicken(uint receiveWindow, int most = MostQuickAcks)
    {
        uint count = receiveWindow / (2 * (uint)ReceiveMss);
        byte quick = (byte)Math.Min(count == 0 ? 2 : count, (uint)most);
        _quick = Math.Max(_quick, quick);
    }

    private void MeasureSegmentSize(int length, int optionLength, int establishedOptionLength, TcpFlags flags, int advertisedMss)
    {
        int last = _lastSegmentSize;
        _lastSegmentSize = 0;
        if (length >= ReceiveMss)
        {
            ReceiveMss = Math.Min(length, advertisedMss);
            if ((flags & TcpFlags.Psh) != 0)
            {
                _small = true;
            }

            return;
        }

        // A smaller segment is believed to be full-sized when it comes twice in a row, or when nothing pushed it out.
        int withHeader = length + TcpHeaderLength + optionLength;
        const TcpFlags remarkable = TcpFlags.Fin | TcpFlags.Urg | TcpFlags.Syn | TcpFlags.Psh;
        if (withHeader >= DefaultMss + TcpHeaderLength || (withHeader >= LeastMss + TcpHeaderLength && (flags & remarkable) == 0))
        {
            int size = withHeader - TcpHeaderLength - establishedOptionLength;
            _lastSegmentSize = (ushort)Math.Max(0, size);
            if (size == last)
            {
                ReceiveMss = size;
                return;
            }
        }

        _smallTwice |= _small;
        _small = true;
    }
}

namespace Finwait.Tcp;

/// <summary>RACK (RFC 8985 §6): a segment is lost when one sent later has arrived and a settling time has passed.</summary>
internal struct RackState
{
    /// <summary>Recoveries for which a widened window stays (RFC 8985 §6.2 step 4; TCP_RACK_RECOVERY_THRESH).</summary>
    private const byte Persistence = 16;

    /// <summary>Segments that wait for the same settling time are looked at so far, to wait for the last of them; beyond it the bound is taken.</summary>
    private const int MostWaiting = 64;

    private long _sentAt;
    private long _end;
    private long _rtt;
    private uint _lastDelivered;
    private byte _steps;
    private byte _persist;
    private bool _advanced;
    private bool _dsackSeen;

    /// <summary>Begins with what is known of the path.</summary>
    public void Start(long rtt) => _rtt = rtt;

    /// <summary>RACK.rtt and RACK.xmit_ts, ticks: the round trip of what was delivered last, and when the newest of what was delivered had been sent.</summary>
    public readonly (long Rtt, long SentAt) Delivered => (_rtt, _sentAt);

    /// <summary>RACK.reo_wnd_mult.</summary>
    public readonly int Steps => Math.Max((int)_steps, 1);

    /// <summary>A segment was newly acknowledged or reported (§6.2 step 2).</summary>
    /// <param name="segment">It.</param>
    /// <param name="now">Ticks.</param>
    /// <param name="minRtt">Least round trip seen, ticks.</param>
    public void OnDelivered(in SentSegment segment, long now, long minRtt)
    {
        long rtt = now - segment.SentAt;
        if (segment.Has(SentFlags.Retransmitted | SentFlags.EverRetransmitted) && rtt < minRtt)
        {
            return;                                     // faster than the path: it acknowledges the original
        }

        _advanced = true;
        _rtt = rtt;
        if (SentSegment.IsSentAfter(segment.SentAt, segment.End, _sentAt, _end))
        {
            _sentAt = segment.SentAt;
            _end = segment.End;
        }
    }

    /// <summary>Look again at all segments: an undo has changed what is thought lost.</summary>
    public void Recheck() => _advanced = true;

    /// <summary>A duplicate was reported that may come from a settling time too short.</summary>
    public void OnDuplicateReported() => _dsackSeen = true;

    /// <summary>An undo by DSACK proves that the settling time was too short: it stays wide longer.</summary>
    public void Persist() => _persist = (byte)Math.Min(_persist + 1, Persistence);

    /// <summary>A recovery ended without a sign of reordering.</summary>
    public void OnRecoveryEnded() => _persist -= (byte)(_persist > 0 ? 1 : 0);

    /// <summary>Adapts the settling time once a round trip (§6.2 step 4).</summary>
    public void AdaptWindow(uint priorDelivered, uint delivered, bool isStatic)
    {
        if (isStatic || priorDelivered == 0)
        {
            return;
        }

        if (unchecked((int)(priorDelivered - _lastDelivered)) < 0)
        {
            _dsackSeen = false;                         // that round has been counted
        }

        if (_dsackSeen)
        {
            _steps = (byte)Math.Min(Steps + 1, byte.MaxValue);
            _dsackSeen = false;
            _lastDelivered = delivered;
            _persist = Persistence;
        }
        else if (_persist == 0)
        {
            _steps = 1;
        }
    }

    /// <summary>RACK.reo_wnd, ticks.</summary>
    /// <param name="minRtt">Least round trip, ticks.</param>
    /// <param name="smoothedRtt">SRTT, ticks: never longer.</param>
    public readonly long Window(long minRtt, long smoothedRtt) => Math.Min((minRtt >> 2) * Steps, smoothedRtt);

    /// <summary>True once since something was delivered: then it is time for <see cref="Detect"/>.</summary>
    public bool TakeAdvanced()
    {
        bool advanced = _advanced;
        _advanced = false;
        return advanced;
    }

    /// <summary>Marks what is lost (§6.2 step 5).</summary>
    /// <param name="sent">The segments.</param>
    /// <param name="now">Ticks.</param>
    /// <param name="window">The settling time, ticks.</param>
    /// <param name="facts">Gets the segments marked.</param>
    /// <param name="sign">Why the settling time is as long as it is.</param>
    /// <returns>Ticks until the last of those that wait is due; 0 if none waits.</returns>
    public readonly long Detect(ref SentQueue sent, long now, long window, ref AckFacts facts, LossSign sign)
    {
        int slot = sent.OldestInNetwork;
        while (slot >= 0)
        {
            ref SentSegment segment = ref sent.InSlot(slot);
            if (!IsPassed(segment))
            {
                return 0;
            }

            if (segment.SentAt + _rtt + window > now)
            {
                return LongestWait(sent, slot, now, window);
            }

            int later = segment.Later;
            sent.MarkLostInSlot(slot);
            facts.AddLoss(sign, segment);
            slot = later;
        }

        return 0;
    }

    /// <summary>Latest send time of what is overdue at a timeout (§6.3): what was sent later may still arrive.</summary>
    public readonly long OverdueAt(long now) => now - _rtt;

    /// <summary>Sent before what has arrived. Of segments sent at the same moment the sequence number decides, but a retransmission followed the originals.</summary>
    private readonly bool IsPassed(in SentSegment segment) =>
        _sentAt > segment.SentAt || (_sentAt == segment.SentAt && _end > segment.End && !segment.Has(SentFlags.EverRetransmitted));

    private readonly long LongestWait(in SentQueue sent, int slot, long now, long window)
    {
        long last = sent.InSlot(slot).SentAt;
        for (int i = 0; slot >= 0; i++)
        {
            if (i == MostWaiting)
            {
                last = _sentAt;
                break;
            }

            ref SentSegment segment = ref sent.InSlot(slot);
            if (!IsPassed(segment))
            {
                break;
            }

            last = segment.SentAt;
            slot = segment.Later;
        }

        return last + _rtt + window - now;
    }
}

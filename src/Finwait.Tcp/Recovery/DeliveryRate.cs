namespace Finwait.Tcp;

/// <summary>Measures how fast segments are delivered (draft-ietf-ccwg-bbr §4.1, as in Linux): each segment remembers what was delivered when it was sent.</summary>
internal struct DeliveryRate
{
    private long _firstSentAt;
    private long _deliveredAt;
    private uint _interval;     // µs, as Linux reports it
    private int _delivered;
    private uint _appLimitedTo;
    private bool _mayBeHigher;

    /// <summary>No sample yet: as at the start of a connection the application counts as what limits it.</summary>
    public void Reset()
    {
        this = default;
        _appLimitedTo = uint.MaxValue;
        _mayBeHigher = true;
    }

    /// <summary>The last rate was limited by the application: the path may carry more.</summary>
    public readonly bool IsAppLimited => _mayBeHigher;

    /// <summary>Segments of the last rate; 0 if there is none.</summary>
    public readonly int Delivered => _delivered;

    /// <summary>Time in which they were delivered.</summary>
    public readonly TimeSpan Interval => new(_interval * TimeSpan.TicksPerMicrosecond);

    /// <summary>A segment goes out, for the first time or again.</summary>
    /// <param name="segment">It; its send time is set.</param>
    /// <param name="isFirstInFlight">Nothing else is outstanding.</param>
    /// <param name="delivered">The connection's count.</param>
    /// <param name="lost">Its count of losses.</param>
    /// <param name="inFlight">Segments in flight, this one included.</param>
    public void OnSent(ref SentSegment segment, bool isFirstInFlight, uint delivered, uint lost, int inFlight)
    {
        if (isFirstInFlight)
        {
            _firstSentAt = segment.SentAt;
            _deliveredAt = segment.SentAt;
        }

        segment.FirstSentAt = _firstSentAt;
        segment.DeliveredAt = Math.Max(_deliveredAt, 1);
        segment.Delivered = delivered;
        segment.Lost = lost;
        segment.InFlight = inFlight;
        segment.Flags = _appLimitedTo != 0 ? segment.Flags | SentFlags.AppLimited : segment.Flags & ~SentFlags.AppLimited;
    }

    /// <summary>A segment was newly acknowledged or reported: the one sent last gives the sample.</summary>
    /// <param name="segment">It.</param>
    /// <param name="facts">The acknowledgment.</param>
    public void OnDelivered(ref SentSegment segment, ref AckFacts facts)
    {
        ref RateSample sample = ref facts.Sample;
        if (segment.DeliveredAt == 0)
        {
            return;
        }

        if (sample.PriorDeliveredAt.Ticks == 0 || SentSegment.IsSentAfter(segment.SentAt, segment.End, _firstSentAt, facts.SampleEnd))
        {
            sample.PriorDelivered = segment.Delivered;
            sample.PriorDeliveredAt = new Instant(segment.DeliveredAt);
            sample.IsAppLimited = segment.Has(SentFlags.AppLimited);
            sample.IsRetransmission = segment.Has(SentFlags.EverRetransmitted);
            facts.SampleEnd = segment.End;
            facts.LostWhenSent = segment.Lost;
            sample.TxInFlight = segment.InFlight;
            _firstSentAt = segment.SentAt;
            sample.SendInterval = new TimeSpan(segment.SentAt - segment.FirstSentAt);
        }

        segment.DeliveredAt = 0;
    }

    /// <summary><see cref="OnDelivered"/> and <see cref="Finish"/> in one, of an acknowledgment on a connection that has lost nothing yet.</summary>
    /// <param name="last">The segment sent last of those acknowledged.</param>
    /// <param name="now">The time.</param>
    /// <param name="delivered">The connection's count, this acknowledgment included.</param>
    /// <param name="minRtt">Least round trip seen, ticks.</param>
    public void OnPlainAck(in SentSegment last, Instant now, uint delivered, long minRtt)
    {
        if (_appLimitedTo != 0 && unchecked((int)(delivered - _appLimitedTo)) > 0)
        {
            _appLimitedTo = 0;
        }

        _deliveredAt = now.Ticks;
        if (last.DeliveredAt == 0)
        {
            return;                                     // it never gave a sample: a SYN
        }

        _firstSentAt = last.SentAt;
        long took = Math.Max(last.SentAt - last.FirstSentAt, now.Ticks - last.DeliveredAt);
        if (took >= minRtt && took > 0)
        {
            Take(unchecked((int)(delivered - last.Delivered)), took, last.Has(SentFlags.AppLimited));
        }
    }

    /// <summary>The end of an acknowledgment: makes the rate out of what it told.</summary>
    /// <param name="sample">What was gathered, with AckedSacked set.</param>
    /// <param name="now">The time.</param>
    /// <param name="delivered">The connection's count, this acknowledgment included.</param>
    /// <param name="minRtt">Least round trip seen: in less time nothing is delivered but by aggregation.</param>
    /// <param name="isReneging">The count cannot be trusted.</param>
    public void Finish(ref RateSample sample, Instant now, uint delivered, TimeSpan minRtt, bool isReneging)
    {
        if (_appLimitedTo != 0 && unchecked((int)(delivered - _appLimitedTo)) > 0)
        {
            _appLimitedTo = 0;                          // the bubble is acknowledged and gone
        }

        if (sample.AckedSacked > 0)
        {
            _deliveredAt = now.Ticks;
        }

        if (sample.PriorDeliveredAt.Ticks == 0 || isReneging)
        {
            sample.Delivered = -1;
            sample.Interval = new TimeSpan(-1);
            return;
        }

        sample.Delivered = unchecked((int)(delivered - sample.PriorDelivered));
        sample.AckInterval = now - sample.PriorDeliveredAt;
        sample.Interval = sample.SendInterval > sample.AckInterval ? sample.SendInterval : sample.AckInterval;
        if (sample.Interval < minRtt || sample.Interval <= TimeSpan.Zero)
        {
            sample.Interval = new TimeSpan(-1);
            return;
        }

        Take(sample.Delivered, sample.Interval.Ticks, sample.IsAppLimited);
    }

    /// <summary>The last rate, or a higher one if the application limited it.</summary>
    private void Take(int delivered, long ticks, bool isAppLimited)
    {
        uint interval = (uint)Math.Clamp(ticks / TimeSpan.TicksPerMicrosecond, 1, uint.MaxValue);
        if (!isAppLimited || (ulong)delivered * _interval >= (ulong)_delivered * interval)
        {
            _delivered = delivered;
            _interval = interval;
            _mayBeHigher = isAppLimited;
        }
    }

    /// <summary>The application had nothing more to send while the window had room: what follows measures the application.</summary>
    public void OnAppLimited(uint delivered, int inFlight) => _appLimitedTo = Math.Max(unchecked(delivered + (uint)inFlight), 1);
}

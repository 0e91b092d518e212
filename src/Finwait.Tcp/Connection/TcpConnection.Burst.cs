namespace Finwait.Tcp;

/// <content>Bursts: Linux hands several segments at once to the link, and the last of them carries PSH. What is on the wire shows where a burst ends.</content>
public sealed partial class TcpConnection
{
    /// <summary>Largest burst, octets (GSO_MAX_SIZE less the headers).</summary>
    private const int LargestBurst = 65536 - 321;

    /// <summary>A burst is what may leave in about a millisecond at the pacing rate: one 1024th of the octets per second.</summary>
    private const int PacingShift = 10;

    /// <summary>Near peers get larger bursts: the part halves with every 512 µs of the least round trip (net.ipv4.tcp_tso_rtt_log).</summary>
    private const int NearShift = 9;

    private const int LeastBurst = 2;

    /// <summary>A burst does not wait once this part of the window is free (net.ipv4.tcp_tso_win_divisor).</summary>
    private const int SmallestPart = 3;

    /// <summary>Text of the next segment: a burst goes on, or begins with a full segment; else Nagle's rule and silly-window avoidance decide.</summary>
    private int NextLength(Instant now, int unsent, int mss)
    {
        long inBurst = _burstEnd - _snd.NxtOffset;
        if (inBurst > 0 && inBurst <= Math.Min(unsent, _snd.Usable))
        {
            return (int)Math.Min(inBurst, mss);
        }

        bool isLossProbe = (_work & Work.LossProbe) != 0;   // new text makes the better probe, whatever held it back (RFC 8985 §7.3)
        int length = Segmenter.Choose(new Segmenter.Facts
        {
            Unsent = unsent,
            Usable = _snd.Usable,
            Mss = mss,
            MaxWindow = _snd.MaxWnd,
            IsIdle = _sent.Count == 0,
            HasSmallInFlight = _smallEnd > _snd.UnaOffset,
            NoDelay = Is(Traits.NoDelay) || isLossProbe,
            MoreComing = Is(Traits.MoreComing | Traits.Cork) && !isLossProbe,
            FinFollows = Is(Traits.FinQueued),
            IsUrgent = Is(Traits.Urgent) && Extras.UrgentEnd > _snd.UnaOffset,
            Override = (_work & Work.Override) != 0,
        });
        if (length == mss && unsent > mss && _settings.SegmentationOffload)
        {
            if (WaitsForBurst(now, unsent, mss))
            {
                return 0;
            }

            BeginBurst(unsent, mss);
        }

        return length;
    }

    /// <summary>
    /// A burst that would be small waits for the next acknowledgment if that is soon (Linux's tcp_tso_should_defer): the oldest in flight left more than half
    /// a round trip ago, the last text less than a millisecond, and less than a third of the window is free. Not during recovery.
    /// </summary>
    private bool WaitsForBurst(Instant now, int unsent, int mss)
    {
        if (!WaitsForBurstNow(now, unsent, mss, out bool isFull))
        {
            return false;
        }

        if (isFull)
        {
            _work |= Work.BurstWaits;
            _window.IsToValidate = true;
        }

        return true;
    }

    private bool WaitsForBurstNow(Instant now, int unsent, int mss, out bool isFull)
    {
        isFull = false;
        if (_sent.Count == 0 || Phase >= RecoveryPhase.Recovery || (_work & (Work.LossProbe | Work.Override)) != 0 || now.Ticks - _stats.LastDataSent > TimeSpan.TicksPerMillisecond)
        {
            return false;
        }

        long free = (long)(_window.Cwnd - InFlight) * mss;
        long limit = Math.Min(free, _snd.Usable);
        long third = Math.Min(_snd.Wnd, (long)_window.Cwnd * mss) / SmallestPart;
        if (limit >= third || limit >= (long)BurstSegments(mss) * mss || now.Ticks - _sent[0].SentAt < _rtt.SmoothedRtt.Ticks / 2)
        {
            return false;
        }

        bool isAll = Math.Min(unsent, LargestBurst) < limit;
        if (isAll && Is(Traits.FinQueued))
        {
            return false;                               // nothing will be added
        }

        isFull = free < _snd.Usable && !isAll;
        return true;
    }

    /// <summary>How far the burst reaches that begins now (Linux's tcp_mss_split_point): half a congestion window at most; the window's last octets go with it even if they fill no segment.</summary>
    private void BeginBurst(int unsent, int mss)
    {
        int quota = Math.Min(Math.Max(_window.Cwnd >> 1, 1), _window.Cwnd - InFlight);
        quota = Math.Min(quota, BurstSegments(mss));
        if (quota < LeastBurst)
        {
            return;
        }

        int needed = Math.Min(unsent, _snd.Usable);
        int length = (int)Math.Min((long)quota * mss, needed);
        int partial = length % mss;
        if (length == needed && partial > 0 && (Is(Traits.MoreComing | Traits.Cork) || (!Is(Traits.NoDelay) && _sent.Count > 0 && _smallEnd > _snd.UnaOffset)))
        {
            length -= partial;
        }

        if (length > mss)
        {
            _burstEnd = _snd.NxtOffset + length;
        }
    }

    /// <summary>Segments of one burst (Linux's tcp_tso_autosize).</summary>
    private int BurstSegments(int mss)
    {
        long roundTrip = _rtt.SmoothedRtt.Ticks;
        long octets = LargestBurst;
        if (roundTrip > 0)
        {
            long percent = _window.Cwnd < _window.Ssthresh / 2 ? 200 : 120;
            long perSecond = (long)mss * Math.Max(_window.Cwnd, _sent.Count) * percent / 100 * TimeSpan.TicksPerSecond / roundTrip;
            octets = perSecond >> PacingShift;
            long near = _stats.MinRtt / TimeSpan.TicksPerMicrosecond >> NearShift;
            octets = Math.Min(LargestBurst, octets + (near < 32 ? LargestBurst >> (int)near : 0));
        }

        return (int)Math.Max(octets / mss, LeastBurst);
    }
}

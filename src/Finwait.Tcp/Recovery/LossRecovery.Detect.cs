namespace Finwait.Tcp;

/// <content>What is lost: RACK (RFC 8985), DupThresh (RFC 6675 §4), NewReno (RFC 6582); and how much reordering is usual.</content>
internal sealed partial class LossRecovery
{
    /// <summary>Linux's TCP_TIMEOUT_MIN: no timer is set shorter.</summary>
    private const long ShortestWait = 2 * TimeSpan.TicksPerMillisecond;

    private void FindLosses(ref AckFacts facts, scoped ref RecoveryContext on)
    {
        if (on.Sent.Count == 0)
        {
            return;
        }

        if (!facts.HasSack)
        {
            FindLossesWithoutSack(ref facts, ref on.Sent);
            return;
        }

        if ((on.Settings.Recovery & TcpRecoveryMethods.Rack) == 0)
        {
            FindLossesByCount(ref facts, ref on.Sent);
            return;
        }

        if (!_rack.TakeAdvanced())
        {
            return;
        }

        int retransmitted = on.Sent.RetransmittedOut;
        long wait = Detect(ref facts, ref on);
        facts.RetransmissionLost |= on.Sent.RetransmittedOut < retransmitted;
        if (wait > 0)
        {
            facts.Timer = RetransmissionTimer.Reordering;
            facts.TimerDelay = new TimeSpan(wait + ShortestWait);
            facts.KeepTimer = true;
        }
    }

    private long Detect(ref AckFacts facts, scoped ref RecoveryContext on)
    {
        facts.SettlingTime = ReorderingWindow(on);
        LossSign sign = facts.SettlingTime > 0 || ReorderingSeen > 0 ? LossSign.Rack : on.Sent.SackedOut >= Reordering ? LossSign.RackThreshold : LossSign.RackRecovery;
        return _rack.Detect(ref on.Sent, facts.Now.Ticks, facts.SettlingTime, ref facts, sign);
    }

    /// <summary>What RACK compares: see <see cref="RackState.Delivered"/>.</summary>
    public (long Rtt, long SentAt) RackDelivered => _rack.Delivered;

    /// <summary>RFC 8985 §6.2 step 4: none while no reordering was seen and either recovery is on or DupThresh segments are reported.</summary>
    private long ReorderingWindow(scoped in RecoveryContext on)
    {
        if (ReorderingSeen == 0
            && (Phase >= RecoveryPhase.Recovery
                || (on.Sent.SackedOut >= Reordering && (on.Settings.Recovery & TcpRecoveryMethods.NoDuplicateThreshold) == 0)))
        {
            return 0;
        }

        return _rack.Window(on.Control.MinRtt.Ticks, on.Control.SmoothedRtt.Ticks);
    }

    /// <summary>RFC 6582: the oldest segment, at DupThresh duplicates or on a partial acknowledgment.</summary>
    private void FindLossesWithoutSack(ref AckFacts facts, ref SentQueue sent)
    {
        bool shown = Phase < RecoveryPhase.Recovery ? DuplicateAcks >= Reordering : Phase == RecoveryPhase.Recovery && facts.UnaAdvanced;
        if (shown && !sent[0].Has(SentFlags.Lost) && sent.MarkLost(0))
        {
            facts.AddLoss(Phase < RecoveryPhase.Recovery ? LossSign.DuplicateAcks : LossSign.PartialAck, sent[0]);
        }
    }

    /// <summary>RFC 6675 §4, IsLost: DupThresh segments above are reported. What is known to be below such a place is not looked at again.</summary>
    private void FindLossesByCount(ref AckFacts facts, ref SentQueue sent)
    {
        if (Phase < RecoveryPhase.Recovery && sent.SackedOut < Reordering)
        {
            return;
        }

        while (_lostHint < sent.Count && sent.SackedOut - _sackedBelowHint >= Reordering)
        {
            if (sent[_lostHint].Has(SentFlags.Sacked))
            {
                _sackedBelowHint++;
            }
            else if (!sent[_lostHint].Has(SentFlags.Lost) && sent.MarkLost(_lostHint))
            {
                facts.AddLoss(LossSign.Count, sent[_lostHint]);
            }

            _lostHint++;
        }

        if (Phase == RecoveryPhase.Recovery && facts.UnaAdvanced && !sent[0].Has(SentFlags.Lost | SentFlags.Sacked) && sent.MarkLost(0))
        {
            facts.AddLoss(LossSign.PartialAck, sent[0]); // a partial acknowledgment stops at the next hole (RFC 6675 §5 step C, as Linux forces it)
        }
    }

    private bool IsTimeToRecover(in AckFacts facts, scoped in RecoveryContext on) => on.Sent.LostOut > 0;

    /// <summary>Without SACK a duplicate acknowledgment says that one more segment has left the network.</summary>
    private void AddDuplicate(ref AckFacts facts, scoped in RecoveryContext on)
    {
        if (facts.HasSack || !facts.IsDuplicate || on.Sent.Count == 0)
        {
            return;
        }

        int before = DuplicateAcks++;
        LimitDuplicates(0, on);
        facts.Delivered += Math.Max(0, DuplicateAcks - before);
    }

    /// <summary>Without SACK: an acknowledgment of <paramref name="acked"/> segments fills one hole; the others had been counted as duplicates.</summary>
    public void TakeAckedWithoutSack(ref AckFacts facts, int acked, scoped in RecoveryContext on)
    {
        if (acked > 0)
        {
            facts.Delivered += Math.Max(acked - DuplicateAcks, 1);
            DuplicateAcks = Math.Max(0, DuplicateAcks - (acked - 1));
        }

        LimitDuplicates(acked, on);
    }

    /// <summary>More duplicates than segments that can have caused them: the order has changed on the way.</summary>
    private void LimitDuplicates(int added, scoped in RecoveryContext on)
    {
        int holes = Math.Min(Math.Max(on.Sent.LostOut, 1), on.Sent.Count);
        if (DuplicateAcks + holes > on.Sent.Count)
        {
            DuplicateAcks = on.Sent.Count - holes;
            Reordering = Math.Min(on.Sent.Count + added, on.Settings.MaxReordering);
            ReorderingSeen++;
        }
    }

    /// <summary>A segment at <paramref name="low"/> came after later ones had been reported: the distance is the degree of reordering.</summary>
    public void SeeReordering(long low, long una, in SentQueue sent, int mss, TcpSettings settings)
    {
        long highest = sent.SackedOut > 0 ? sent.HighestSacked : una;
        if (low < highest)
        {
            NoteReordering(highest - low, mss, settings);
        }
    }

    /// <summary>The same where the highest reported is known.</summary>
    private void NoteReordering(long distance, int mss, TcpSettings settings)
    {
        if (distance > (long)Reordering * mss)
        {
            Reordering = (int)Math.Min((distance + mss - 1) / mss, settings.MaxReordering);
        }

        ReorderingSeen++;
    }
}

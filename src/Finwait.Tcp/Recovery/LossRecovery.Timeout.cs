namespace Finwait.Tcp;

/// <content>The retransmission timeout, F-RTO (RFC 5682) and the tail loss probe (RFC 8985 §7).</content>
internal sealed partial class LossRecovery
{
    /// <summary>The retransmission timer fired (RFC 5681 §3.1, RFC 8985 §6.3).</summary>
    /// <param name="facts">Time, SND.UNA and SND.NXT.</param>
    /// <param name="on">The parts.</param>
    /// <param name="retransmits">Timeouts of the same segment before this one.</param>
    public void OnTimeout(ref AckFacts facts, scoped ref RecoveryContext on, int retransmits)
    {
        bool isNew = Phase < RecoveryPhase.Recovery;
        bool reneged = on.Sent.Count > 0 && on.Sent[0].Has(SentFlags.Sacked);
        IsReneged |= reneged;
        if (!facts.HasSack)
        {
            DuplicateAcks = 0;
        }

        long latest = facts.HasSack ? _rack.OverdueAt(facts.Now.Ticks) : long.MaxValue;
        facts.Losses += on.Sent.MarkAllLost(latest, reneged);
        _lostHint = 0;
        _sackedBelowHint = 0;

        // Once for what is in flight, however often the timer fires for it (RFC 5681 §3.1).
        if (Phase <= RecoveryPhase.Disorder || facts.Una >= HighSeq || (Phase == RecoveryPhase.Loss && retransmits == 0))
        {
            _priorSsthresh = CurrentSsthresh(on.Window);
            on.Window.PriorCwnd = on.Window.Cwnd;
            AskThreshold(ref on);
            on.Controller.OnEvent(CongestionEvent.Timeout, on.Window, on.Control);
            StartUndo(facts.Una, on.Sent);
        }

        on.Window.Cwnd = InFlight(on.Sent) + 1;
        on.Window.Count = 0;
        if (Phase <= RecoveryPhase.Disorder && on.Sent.SackedOut >= on.Settings.Reordering)
        {
            Reordering = Math.Min(Reordering, on.Settings.Reordering);  // many were reported and the timer had to help: reordering was overrated
        }

        SetPhase(RecoveryPhase.Loss, ref on);
        HighSeq = facts.Nxt;
        _probeEnd = None;
        _isForwardRto = on.Settings.ForwardRto && (isNew || retransmits > 0);
    }

    /// <summary>All in flight is lost, and not because of congestion (Linux's tcp_non_congestion_loss_retransmit): it goes again, and the window stays.</summary>
    public void OnUncongestedLoss(ref AckFacts facts, scoped ref RecoveryContext on)
    {
        facts.Losses += on.Sent.MarkAllLost(long.MaxValue, forgetSacks: true);
        LoseWithoutCongestion(facts, ref on);
    }

    /// <summary>What is longer than a segment may be was lost on the way for its size (Linux's tcp_simple_retransmit): it goes again, and the window stays.</summary>
    public void OnTooLong(ref AckFacts facts, scoped ref RecoveryContext on)
    {
        facts.Losses += on.Sent.MarkLongerLost(on.Control.Mss);
        if (on.Sent.LostOut == 0)
        {
            return;
        }

        if (!facts.HasSack)
        {
            LimitDuplicates(0, on);
        }

        LoseWithoutCongestion(facts, ref on);
    }

    private void LoseWithoutCongestion(in AckFacts facts, scoped ref RecoveryContext on)
    {
        if (Phase == RecoveryPhase.Loss)
        {
            return;
        }

        HighSeq = facts.Nxt;
        on.Window.Ssthresh = CurrentSsthresh(on.Window);
        _priorSsthresh = 0;
        _undoMarker = None;
        _isForwardRto = false;
        SetPhase(RecoveryPhase.Loss, ref on);
    }

    /// <summary>After a timeout.</summary>
    private RetransmitChoice ContinueLoss(ref AckFacts facts, scoped ref RecoveryContext on)
    {
        RetransmitChoice choice = ProcessLoss(ref facts, ref on);
        FindLosses(ref facts, ref on);
        if (Phase == RecoveryPhase.Open || facts.RetransmissionLost)
        {
            Watch(ref facts, ref on);                   // undone and yet a loss is evident, or a retransmission is lost: fast recovery
        }

        return choice;
    }

    private RetransmitChoice ProcessLoss(ref AckFacts facts, scoped ref RecoveryContext on)
    {
        if (facts.UnaAdvanced && TryUndoLoss(facts, ref on, isCertain: false))
        {
            return RetransmitChoice.LostFirst;
        }

        bool recovered = facts.Una >= HighSeq;
        if (_isForwardRto)
        {
            // RFC 5682 §3.1 step 3b: what was never sent again arrives: not all was lost.
            if (facts.OriginalDelivered && TryUndoLoss(facts, ref on, isCertain: true))
            {
                return RetransmitChoice.LostFirst;
            }

            if (facts.Nxt > HighSeq)
            {
                _isForwardRto &= !(facts.Sacked || facts.IsDuplicate);  // step 3a: the loss was real
            }
            else if (facts.UnaAdvanced && !recovered)
            {
                HighSeq = facts.Nxt;
                if (facts.CanSendNew)
                {
                    return RetransmitChoice.NewFirst;   // step 2b
                }

                _isForwardRto = false;
            }
        }

        if (recovered)
        {
            TryUndoRecovery(facts, ref on);             // step 2a
            return RetransmitChoice.LostFirst;
        }

        if (!facts.HasSack)
        {
            if (facts.Nxt > HighSeq && facts.IsDuplicate)
            {
                AddDuplicate(ref facts, on);            // new text of step 2b has arrived
            }
            else if (facts.UnaAdvanced)
            {
                DuplicateAcks = 0;
            }
        }

        return RetransmitChoice.LostFirst;
    }

    /// <summary>F-RTO wanted to send new text and could not: the usual recovery goes on.</summary>
    public void GiveUpForwardRto() => _isForwardRto = false;

    /// <summary>True if F-RTO's new text is out and its answer is awaited: nothing is sent again meanwhile.</summary>
    public bool IsAskingForward(long nxt) => _isForwardRto && Phase == RecoveryPhase.Loss && nxt > HighSeq;

    private bool TryUndoLoss(in AckFacts facts, scoped ref RecoveryContext on, bool isCertain)
    {
        if (!isCertain && !MayUndo(facts, on))
        {
            return false;
        }

        Undo(unmarkLost: true, ref on);
        if (!IsHeldBack(facts, on) && (isCertain || facts.HasSack))
        {
            SetPhase(RecoveryPhase.Open, ref on);
            IsReneged = false;
        }

        return true;
    }

    /// <summary>A tail loss probe went out (RFC 8985 §7.3).</summary>
    public void OnProbeSent(long nxt, bool isRetransmission)
    {
        _probeEnd = nxt;
        _probeWasRetransmission = isRetransmission;
    }

    /// <summary>True if [.., <paramref name="end"/>) is the probe.</summary>
    public bool IsProbe(long end) => _probeEnd != None && _probeEnd == end;

    /// <summary>An acknowledgment while a probe is out (RFC 8985 §7.4).</summary>
    public void OnAckWhileProbing(in AckFacts facts, scoped ref RecoveryContext on)
    {
        if (facts.Una < _probeEnd)
        {
            return;
        }

        if (!_probeWasRetransmission || facts.ProbeReported)
        {
            _probeEnd = None;                           // it was new text, or both copies arrived
        }
        else if (facts.Una > _probeEnd)
        {
            // The probe has repaired a loss that left no other trace: one reduction all the same.
            StartReduction(facts, ref on);
            SetPhase(RecoveryPhase.Cwr, ref on);
            EndReduction(ref on);
            KeepOpen(facts.Nxt, ref on);
        }
        else if (!facts.UnaAdvanced && !facts.IsNoDuplicate && !facts.Sacked)
        {
            _probeEnd = None;                           // a plain duplicate: both copies arrived
        }
    }
}

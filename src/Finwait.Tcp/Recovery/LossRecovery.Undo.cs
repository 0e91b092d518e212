namespace Finwait.Tcp;

/// <content>Undo: a reduction for a loss that was none (Eifel, RFC 3522 and 4015; DSACK, RFC 2883 and 3708; F-RTO, RFC 5682).</content>
internal sealed partial class LossRecovery
{
    /// <summary>Remembers where an undo would have to begin, and how many retransmissions DSACK would have to report.</summary>
    private void StartUndo(long una, in SentQueue sent)
    {
        _undoMarker = una;
        _undoRetransmits = sent.RetransmittedOut + (_probeEnd != None && _probeWasRetransmission ? 1 : 0);
        if (_undoRetransmits == 0)
        {
            _undoRetransmits = None;
        }
    }

    /// <summary>Duplicates of <paramref name="segments"/> retransmissions were reported.</summary>
    public void CountDuplicates(int segments)
    {
        if (_undoMarker != None && _undoRetransmits > 0)
        {
            _undoRetransmits = Math.Max(0, _undoRetransmits - segments);
        }
    }

    /// <summary>True if a duplicate ending at <paramref name="end"/> belongs to this recovery.</summary>
    public bool IsOfThisRecovery(long end) => _undoMarker != None && end > _undoMarker;

    /// <summary>The acknowledgment was triggered by the original: it echoes a time before the first retransmission (RFC 3522 §3.2), or nothing was sent again.</summary>
    /// <remarks>Without SACK the stamp is forgotten once all is acknowledged (<see cref="IsHeldBack"/>): then its absence proves nothing.</remarks>
    private bool IsOriginalAcknowledged(in AckFacts facts, scoped in RecoveryContext on) =>
        _retransmitStamp == 0
            ? facts.HasSack || facts.Una < HighSeq
            : facts.HasEcho && unchecked((int)(facts.Echo - on.Clock.Value(new Instant(_retransmitStamp)))) < 0;

    private bool MayUndo(in AckFacts facts, scoped in RecoveryContext on) =>
        _undoMarker != None && (_undoRetransmits == 0 || IsOriginalAcknowledged(facts, on));

    private void Undo(bool unmarkLost, scoped ref RecoveryContext on)
    {
        if (unmarkLost)
        {
            on.Sent.UnmarkLost();
            _lostHint = 0;
            _sackedBelowHint = 0;
        }

        if (_priorSsthresh != 0)
        {
            on.Window.Cwnd = on.Controller.UndoCwnd(on.Window);
            on.Window.Ssthresh = Math.Max(on.Window.Ssthresh, _priorSsthresh);
        }

        _undoMarker = None;
        _rack.Recheck();
    }

    /// <summary>SND.UNA has passed what was in flight when the phase began. True if nothing more is to be decided.</summary>
    private bool TryUndoRecovery(in AckFacts facts, scoped ref RecoveryContext on)
    {
        if (MayUndo(facts, on))
        {
            Undo(unmarkLost: false, ref on);
        }
        else
        {
            _rack.OnRecoveryEnded();
        }

        if (IsHeldBack(facts, on))
        {
            return true;
        }

        EndRecovery(ref on);
        return false;
    }

    private void EndRecovery(scoped ref RecoveryContext on)
    {
        if (Phase == RecoveryPhase.Recovery)
        {
            EndReduction(ref on);
        }

        SetPhase(RecoveryPhase.Open, ref on);
        IsReneged = false;
    }

    /// <summary>RFC 6582 §3.2, the careful variant: without SACK the phase lasts until something above is acknowledged, lest duplicates of what was sent again look like a loss.</summary>
    private bool IsHeldBack(in AckFacts facts, scoped in RecoveryContext on)
    {
        if (facts.Una != HighSeq || facts.HasSack)
        {
            return false;
        }

        ForgetStampIfNothingWasResent(on.Sent);
        return true;
    }

    /// <summary>A partial acknowledgment that the original caused: the hole was only late.</summary>
    private bool TryUndoPartial(ref AckFacts facts, scoped ref RecoveryContext on)
    {
        if (_undoMarker == None || !IsOriginalAcknowledged(facts, on))
        {
            return false;
        }

        if (facts.HasSack)
        {
            SeeReordering(facts.PriorUna, facts.Una, on.Sent, on.Control.Mss, on.Settings);
        }
        else
        {
            NoteReordering(facts.Una - facts.PriorUna, on.Control.Mss, on.Settings);
        }

        if (on.Sent.RetransmittedOut > 0)
        {
            return true;                                // wait for what was sent again; nothing more is sent again meanwhile
        }

        ForgetStampIfNothingWasResent(on.Sent);
        Undo(unmarkLost: true, ref on);
        KeepOpen(facts.Nxt, ref on);
        return false;
    }

    /// <summary>Each retransmission has been reported as a duplicate: none was needed.</summary>
    private bool TryUndoByDuplicates(scoped ref RecoveryContext on)
    {
        if (_undoMarker == None || _undoRetransmits != 0)
        {
            return false;
        }

        _rack.Persist();
        Undo(unmarkLost: false, ref on);
        return true;
    }
}

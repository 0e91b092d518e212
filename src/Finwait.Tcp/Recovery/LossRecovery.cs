namespace Finwait.Tcp;

/// <summary>The parts of a connection that recovery works on, for one call.</summary>
internal ref struct RecoveryContext
{
    public ref SentQueue Sent;
    public ref CongestionWindow Window;
    public ref ICongestionController Controller;
    public ref Timestamps Clock;
    public ControlFacts Control;
    public TcpSettings Settings;
}

/// <summary>Decides what is lost, and when the window has to shrink for it or may be put back.</summary>
/// <remarks>
/// The phases, the order of the questions and the conditions of an undo are those of Linux's tcp_fastretrans_alert; the rules behind them are
/// RFC 6675 and 8985 (SACK), 6582 (without), 5682 (F-RTO), 3522 and 4015 (Eifel), 2883 and 3708 (DSACK), 9937 (rate reduction).
/// </remarks>
internal sealed partial class LossRecovery
{
    /// <summary>No offset: none is negative once our SYN is acknowledged.</summary>
    private const int None = -1;

    private ProportionalRate _rate;
    private RackState _rack;
    private long _undoMarker = None;
    private long _retransmitStamp;
    private long _probeEnd = None;
    private int _undoRetransmits;
    private int _priorSsthresh;
    private int _lostHint;
    private int _sackedBelowHint;
    private bool _isForwardRto;
    private bool _probeWasRetransmission;

    /// <summary>The same in an object of its own.</summary>
    public LossRecovery Copy() => (LossRecovery)MemberwiseClone();

    /// <summary>Where we stand.</summary>
    public RecoveryPhase Phase { get; private set; }

    /// <summary>The phase ends when SND.UNA reaches this offset (RecoveryPoint, NewReno's recover; Linux's high_seq).</summary>
    public long HighSeq { get; private set; }

    /// <summary>Without SACK: segments that duplicate acknowledgments say have left the network.</summary>
    public int DuplicateAcks { get; private set; }

    /// <summary>Degree of reordering that is no loss, segments (DupThresh, adapted as in Linux).</summary>
    public int Reordering { get; private set; }

    /// <summary>How often reordering was seen.</summary>
    public int ReorderingSeen { get; private set; }

    /// <summary>The peer has thrown away what it reported: SACK marks made since are not worth a rate sample.</summary>
    public bool IsReneged { get; private set; }

    /// <summary>The settling time of RACK, in quarters of the least round trip.</summary>
    public int ReorderingWindowSteps => _rack.Steps;

    /// <summary>Segments found lost so far.</summary>
    public uint LostTotal { get; private set; }

    /// <summary>Segments that the peer reported as arrived twice (RFC 2883), believed or not.</summary>
    public int DuplicatesReported { get; private set; }

    /// <summary>Adds to <see cref="LostTotal"/>.</summary>
    public void CountLosses(int segments) => LostTotal += (uint)segments;

    /// <summary>A tail loss probe is out and nothing has been heard of it (TLP.end_seq is set).</summary>
    public bool IsProbing => _probeEnd != None;

    /// <summary>Segments thought to be in the network (pipe of RFC 6675 §4).</summary>
    public int InFlight(in SentQueue sent) => sent.InNetwork - DuplicateAcks;

    /// <summary>The window is set by rate reduction and not by the controller's growth.</summary>
    public bool IsReducing => Phase is RecoveryPhase.Cwr or RecoveryPhase.Recovery;

    /// <summary>An acknowledgment that moves SND.UNA over text never retransmitted tells nothing new: nearly all of them.</summary>
    public bool IsQuiet => Phase == RecoveryPhase.Open && _probeEnd == None && DuplicateAcks == 0;

    /// <summary>For one connection, from its first trouble on: most connections never need it.</summary>
    /// <param name="settings">The host's settings.</param>
    /// <param name="smoothedRtt">SRTT: stands for the round trip measured last.</param>
    public LossRecovery(TcpSettings settings, TimeSpan smoothedRtt)
    {
        Reordering = settings.Reordering;
        _rack.Start(smoothedRtt.Ticks);
    }

    /// <summary>The segments of an acknowledgment have been taken off and marked: what does it mean?</summary>
    public RetransmitChoice OnAck(ref AckFacts facts, scoped ref RecoveryContext on)
    {
        RetransmitChoice choice = RetransmitChoice.LostFirst;
        if (facts.EcnEcho)
        {
            _priorSsthresh = 0;                         // congestion was told: no undo
        }

        if (facts.IsReneging && facts.UnaAdvanced)
        {
            // Perhaps the acknowledgment is only late; if not, the timeout forgets the marks (RFC 2018 §8).
            facts.Timer = RetransmissionTimer.Retransmit;
            facts.TimerDelay = TimeSpan.FromTicks(Math.Max(on.Control.SmoothedRtt.Ticks >> 1, TimeSpan.TicksPerMillisecond * 10));
            facts.KeepTimer = true;
            return choice;
        }

        if (Phase == RecoveryPhase.Open)
        {
            _retransmitStamp = 0;
        }
        else if (facts.Una >= HighSeq && LeaveAtHighSeq(facts, ref on))
        {
            return choice;
        }

        switch (Phase)
        {
            case RecoveryPhase.Recovery:
                ContinueRecovery(ref facts, ref on);
                break;
            case RecoveryPhase.Loss:
                choice = ContinueLoss(ref facts, ref on);
                break;
            default:
                Watch(ref facts, ref on);
                break;
        }

        return choice;
    }

    /// <summary>Nothing of a former recovery is left.</summary>
    public void OnQuietAck() => _retransmitStamp = 0;

    /// <summary>True if the window may grow by this acknowledgment: SND.UNA moved, or on paths that reorder much something was reported.</summary>
    public bool MayGrow(in AckFacts facts, TcpSettings settings) =>
        Reordering > settings.Reordering ? facts.Acked > 0 || facts.Sacked : facts.Acked > 0;

    /// <summary>Proportional rate reduction for this acknowledgment.</summary>
    public void Reduce(in AckFacts facts, ref SentQueue sent, ref CongestionWindow window)
    {
        if (facts.Delivered > 0)
        {
            window.Cwnd = Math.Max(1, _rate.OnAck(facts.Delivered, InFlight(sent), window.Ssthresh, facts.UnaAdvanced && facts.Losses == 0));
        }
    }

    /// <summary>A segment went out for the first time.</summary>
    public void OnSent()
    {
        if (IsReducing)
        {
            _rate.OnSent();
        }
    }

    /// <summary>A segment went out again.</summary>
    /// <param name="now">The time: the first of a recovery is remembered for Eifel detection (RFC 3522 §3.2).</param>
    public void OnRetransmitted(Instant now)
    {
        OnSent();
        if (_retransmitStamp == 0)
        {
            _retransmitStamp = Math.Max(now.Ticks, 1);
        }

        _undoRetransmits = Math.Max(_undoRetransmits, 0) + 1;
    }

    /// <summary>The reordering timer (RFC 8985 §6.2 step 5): those that waited are lost now.</summary>
    public void OnReorderingTimer(ref AckFacts facts, scoped ref RecoveryContext on)
    {
        facts.TimerDelay = new TimeSpan(Detect(ref facts, ref on));
        if (facts.Losses > 0)
        {
            if (Phase != RecoveryPhase.Recovery)
            {
                Enter(facts, ref on);
                if (!on.Controller.TakesOver)
                {
                    facts.Delivered = 1;
                    Reduce(facts, ref on.Sent, ref on.Window);
                }
            }
        }
    }

    /// <summary>The window is to be reduced without a loss: an ECN mark (RFC 3168 §6.1.2).</summary>
    public void EnterReduction(in AckFacts facts, scoped ref RecoveryContext on)
    {
        _priorSsthresh = 0;
        if (Phase < RecoveryPhase.Cwr)
        {
            _undoMarker = None;
            StartReduction(facts, ref on);
            SetPhase(RecoveryPhase.Cwr, ref on);
        }
    }

    private bool LeaveAtHighSeq(in AckFacts facts, scoped ref RecoveryContext on)
    {
        switch (Phase)
        {
            case RecoveryPhase.Cwr when facts.Una != HighSeq:
                // Not before something above is acknowledged: ECE may still come back for what was sent before the reduction.
                EndReduction(ref on);
                SetPhase(RecoveryPhase.Open, ref on);
                return false;
            case RecoveryPhase.Recovery:
                if (!facts.HasSack)
                {
                    DuplicateAcks = 0;
                }

                if (TryUndoRecovery(facts, ref on))
                {
                    return true;
                }

                return false;
            default:
                return false;
        }
    }

    private void ContinueRecovery(ref AckFacts facts, scoped ref RecoveryContext on)
    {
        if (!facts.UnaAdvanced)
        {
            AddDuplicate(ref facts, on);
        }
        else if (TryUndoPartial(ref facts, ref on))
        {
            return;
        }

        if (TryUndoByDuplicates(ref on))
        {
            TryToOpen(facts, ref on);
        }

        FindLosses(ref facts, ref on);
        if (Phase != RecoveryPhase.Recovery && IsTimeToRecover(facts, on))
        {
            Enter(facts, ref on);                       // the undo was right, and yet a loss is evident
        }
    }

    /// <summary>Open, Disorder and CWR: is something lost?</summary>
    private void Watch(ref AckFacts facts, scoped ref RecoveryContext on)
    {
        if (!facts.HasSack)
        {
            if (facts.UnaAdvanced)
            {
                DuplicateAcks = 0;
            }

            AddDuplicate(ref facts, on);
        }

        if (Phase <= RecoveryPhase.Disorder)
        {
            TryUndoByDuplicates(ref on);
        }

        FindLosses(ref facts, ref on);
        if (IsTimeToRecover(facts, on))
        {
            if (facts.IsMtuProbeOldest && Phase < RecoveryPhase.Cwr)
            {
                facts.MtuProbeFailed = true;            // lost for its size and not by congestion (RFC 4821 §7.6.2)
                on.Window.Cwnd++;
                OnTooLong(ref facts, ref on);
                return;
            }

            Enter(facts, ref on);
        }
        else
        {
            TryToOpen(facts, ref on);
        }
    }

    private void Enter(in AckFacts facts, scoped ref RecoveryContext on)
    {
        ForgetStampIfNothingWasResent(on.Sent);
        _priorSsthresh = 0;
        StartUndo(facts.Una, on.Sent);
        if (!IsReducing)
        {
            _priorSsthresh = facts.EcnEcho ? 0 : CurrentSsthresh(on.Window);
            StartReduction(facts, ref on);
        }

        SetPhase(RecoveryPhase.Recovery, ref on);
    }

    private void StartReduction(in AckFacts facts, scoped ref RecoveryContext on)
    {
        HighSeq = facts.Nxt;
        _probeEnd = None;
        on.Window.Count = 0;
        on.Window.PriorCwnd = on.Window.Cwnd;

        // RFC 9937 §6: what is outstanding, less what was reported before this acknowledgment, which itself counts.
        int reported = Math.Min(facts.PriorSacked, on.Sent.Count + facts.Acked);
        _rate.Start(on.Sent.Count + facts.Acked - reported);
        AskThreshold(ref on);
    }

    private void AskThreshold(scoped ref RecoveryContext on)
    {
        on.Controller = on.Controller.ForOneConnection();
        on.Control.InFlight = InFlight(on.Sent);
        on.Control.Outstanding = on.Sent.Count;
        on.Window.Ssthresh = on.Controller.Ssthresh(on.Window, on.Control);
    }

    /// <summary>RFC 9937: at the end the window is ssthresh; not if the reduction was undone.</summary>
    private void EndReduction(scoped ref RecoveryContext on)
    {
        if (on.Controller.TakesOver)
        {
            return;
        }

        if (on.Window.Ssthresh < CongestionWindow.Infinite && (Phase == RecoveryPhase.Cwr || _undoMarker != None))
        {
            on.Window.Cwnd = on.Window.Ssthresh;
        }

        on.Controller.OnEvent(CongestionEvent.ReductionComplete, on.Window, on.Control);
    }

    private void SetPhase(RecoveryPhase next, scoped ref RecoveryContext on)
    {
        if (next != Phase)
        {
            if (next >= RecoveryPhase.Cwr)
            {
                on.Controller = on.Controller.ForOneConnection();
            }

            on.Controller.OnPhase(on.Window, next);
            Phase = next;
            on.Control.Phase = next;
        }
    }

    private void TryToOpen(in AckFacts facts, scoped ref RecoveryContext on)
    {
        ForgetStampIfNothingWasResent(on.Sent);
        if (facts.EcnEcho)
        {
            EnterReduction(facts, ref on);
        }

        if (Phase != RecoveryPhase.Cwr)
        {
            KeepOpen(facts.Nxt, ref on);
        }
    }

    private void KeepOpen(long nxt, scoped ref RecoveryContext on)
    {
        bool disorder = on.Sent.SackedOut + DuplicateAcks + on.Sent.LostOut > 0 || IsAnythingResent(on.Sent);
        RecoveryPhase next = disorder ? RecoveryPhase.Disorder : RecoveryPhase.Open;
        if (next != Phase)
        {
            SetPhase(next, ref on);
            HighSeq = nxt;
        }
    }

    private static bool IsAnythingResent(in SentQueue sent) =>
        sent.RetransmittedOut > 0 || (sent.Count > 0 && sent[0].Has(SentFlags.EverRetransmitted | SentFlags.Retransmitted));

    private void ForgetStampIfNothingWasResent(in SentQueue sent)
    {
        if (!IsAnythingResent(sent))
        {
            _retransmitStamp = 0;
        }
    }

    /// <summary>What ssthresh would be without a reduction under way: an undo returns to it.</summary>
    private int CurrentSsthresh(in CongestionWindow window) =>
        IsReducing ? window.Ssthresh : Math.Max(window.Ssthresh, (window.Cwnd >> 1) + (window.Cwnd >> 2));
}

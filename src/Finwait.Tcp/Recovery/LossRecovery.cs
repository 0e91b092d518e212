namespace Finwait.Tcp;

/// <summary>Where a connection stands with loss; the words of Linux.</summary>
internal enum RecoveryPhase : byte
{
    /// <summary>Nothing unusual.</summary>
    Open,

    /// <summary>Duplicate acknowledgments or SACK blocks came; nothing is known to be lost.</summary>
    Disorder,

    /// <summary>The window is being reduced without a loss (ECN, a tail loss probe that repaired one).</summary>
    Cwr,

    /// <summary>Fast recovery (RFC 6675 §5, RFC 6582 §3.2).</summary>
    Recovery,

    /// <summary>After a retransmission timeout, until what was in flight then is acknowledged.</summary>
    Loss,
}

/// <summary>What one acknowledgment told.</summary>
internal struct AckFacts
{
    public bool UnaAdvanced;
    public bool IsDuplicate;
    public int Acked;
    public int Delivered;
    public long Una;
    public long Nxt;
    public bool HasSack;
}

/// <summary>Decides what is lost: duplicate acknowledgments, SACK by DupThresh (RFC 6675), NewReno (RFC 6582) and the timeout (RFC 5681).</summary>
internal struct LossRecovery
{
    private ProportionalRate _rate;

    /// <summary>Where we stand.</summary>
    public RecoveryPhase Phase { get; private set; }

    /// <summary>Recovery ends when SND.UNA reaches this offset (RecoveryPoint, NewReno's recover).</summary>
    public long RecoveryPoint { get; private set; }

    /// <summary>Duplicate acknowledgments since SND.UNA moved; without SACK each stands for one segment that left the network.</summary>
    public int DuplicateAcks { get; private set; }

    /// <summary>Segments thought to be in the network (pipe of RFC 6675 §4).</summary>
    public readonly int InFlight(in SentQueue sent) =>
        sent.Count - Math.Min(sent.SackedOut + DuplicateAcks, sent.Count - sent.LostOut) - sent.LostOut + sent.RetransmittedOut;

    /// <summary>True while the window is set by recovery and not by the controller's growth.</summary>
    public readonly bool IsReducing => Phase == RecoveryPhase.Recovery;

    /// <summary>An acknowledgment was processed and taken off <paramref name="sent"/>.</summary>
    public void OnAck(in AckFacts facts, ref SentQueue sent, ref CongestionWindow window, ref ICongestionController controller, in ControlFacts control, int threshold)
    {
        if (facts.UnaAdvanced)
        {
            if (!facts.HasSack && Phase == RecoveryPhase.Recovery)
            {
                // RFC 6582 §3.2 step 3: deflate by what was acknowledged.
                DuplicateAcks = Math.Max(0, DuplicateAcks - facts.Acked + 1);
            }
            else
            {
                DuplicateAcks = 0;
            }
        }
        else if (facts.IsDuplicate && !facts.HasSack)
        {
            DuplicateAcks = Math.Min(DuplicateAcks + 1, sent.Count);
        }

        if (Phase != RecoveryPhase.Open && facts.Una >= RecoveryPoint)
        {
            Finish(ref window);
        }

        switch (Phase)
        {
            case RecoveryPhase.Open when IsLossShown(facts, sent, threshold):
                Enter(facts, ref sent, ref window, ref controller, control, threshold);
                break;
            case RecoveryPhase.Recovery:
                Mark(facts, ref sent, threshold);
                Reduce(facts, sent, ref window);
                break;
            case RecoveryPhase.Loss when facts.HasSack:
                sent.MarkLostBelowSacked(threshold);
                break;
        }
    }

    /// <summary>The retransmission timer fired (RFC 5681 §3.1): one segment of window, everything again.</summary>
    public void OnTimeout(ref SentQueue sent, ref CongestionWindow window, ref ICongestionController controller, in ControlFacts control, long nxt)
    {
        if (Phase != RecoveryPhase.Loss)
        {
            controller = controller.ForOneConnection();
            window.Ssthresh = controller.Ssthresh(window, control);
            controller.OnEvent(CongestionEvent.Timeout, window, control);
        }

        // A SACK mark on the oldest segment without its acknowledgment: the peer has thrown it away (RFC 2018 §8).
        bool reneged = sent.Count > 0 && (sent[0].Flags & SentFlags.Sacked) != 0;
        sent.MarkAllLost(reneged);
        Phase = RecoveryPhase.Loss;
        RecoveryPoint = nxt;
        DuplicateAcks = 0;
        window.Cwnd = 1;
        window.Count = 0;
    }

    /// <summary>A segment went out.</summary>
    public void OnSent()
    {
        if (Phase == RecoveryPhase.Recovery)
        {
            _rate.OnSent();
        }
    }

    private readonly bool IsLossShown(in AckFacts facts, in SentQueue sent, int threshold) =>
        facts.HasSack
            ? sent.SackedOut >= threshold && (sent[0].Flags & SentFlags.Sacked) == 0
            : DuplicateAcks >= threshold && facts.Una >= RecoveryPoint;

    private void Enter(in AckFacts facts, ref SentQueue sent, ref CongestionWindow window, ref ICongestionController controller, in ControlFacts control, int threshold)
    {
        controller = controller.ForOneConnection();
        window.Ssthresh = controller.Ssthresh(window, control);
        window.Count = 0;
        Phase = RecoveryPhase.Recovery;
        RecoveryPoint = facts.Nxt;
        _rate.Start(sent.Count - sent.SackedOut);
        if (facts.HasSack)
        {
            sent.MarkLostBelowSacked(threshold);
        }

        sent.MarkFirstLost();
        Reduce(facts, sent, ref window);
    }

    private static void Mark(in AckFacts facts, ref SentQueue sent, int threshold)
    {
        if (facts.HasSack)
        {
            sent.MarkLostBelowSacked(threshold);
        }

        if (facts.UnaAdvanced)
        {
            sent.MarkFirstLost();
        }
    }

    private void Reduce(in AckFacts facts, in SentQueue sent, ref CongestionWindow window)
    {
        int delivered = facts.Delivered + (facts.IsDuplicate && !facts.HasSack ? 1 : 0);
        if (delivered > 0)
        {
            window.Cwnd = Math.Max(1, _rate.OnAck(delivered, InFlight(sent), window.Ssthresh, facts.UnaAdvanced && sent.LostOut <= sent.RetransmittedOut));
        }
    }

    private void Finish(ref CongestionWindow window)
    {
        if (Phase == RecoveryPhase.Recovery)
        {
            window.Cwnd = window.Ssthresh;
        }

        Phase = RecoveryPhase.Open;
        DuplicateAcks = 0;
    }
}

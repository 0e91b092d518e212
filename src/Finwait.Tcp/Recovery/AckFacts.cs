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

/// <summary>What is to be sent after an acknowledgment, beside what the window lets out.</summary>
internal enum RetransmitChoice : byte
{
    /// <summary>Lost segments, then new text.</summary>
    LostFirst,

    /// <summary>New text first: F-RTO asks whether the timeout was needed (RFC 5682 §2.1 step 2b).</summary>
    NewFirst,
}

/// <summary>What one acknowledgment told; filled on the way through recovery.</summary>
internal struct AckFacts
{
    /// <summary>Ingress time.</summary>
    public Instant Now;

    /// <summary>SACK is in use on this connection.</summary>
    public bool HasSack;

    /// <summary>SND.UNA moved.</summary>
    public bool UnaAdvanced;

    /// <summary>RFC 5681 §2: no text, no new window, SND.UNA as before; DSACK does not count as one.</summary>
    public bool IsDuplicate;

    /// <summary>It brought text or a new window, or acknowledged something: surely not a duplicate.</summary>
    public bool IsNoDuplicate;

    /// <summary>A segment was newly reported by SACK.</summary>
    public bool Sacked;

    /// <summary>A segment that was never retransmitted, and sent before <see cref="LossRecovery.HighSeq"/>, was newly acknowledged or reported.</summary>
    public bool OriginalDelivered;

    /// <summary>A duplicate was reported (RFC 2883), and we had sent one.</summary>
    public bool DuplicateReported;

    /// <summary>The duplicate is the tail loss probe.</summary>
    public bool ProbeReported;

    /// <summary>A retransmitted segment was acknowledged.</summary>
    public bool RetransmittedAcked;

    /// <summary>The oldest segment left is one the peer reported: it must have thrown it away (RFC 2018 §8).</summary>
    public bool IsReneging;

    /// <summary>A retransmission was found to be lost.</summary>
    public bool RetransmissionLost;

    /// <summary>ECE was set.</summary>
    public bool EcnEcho;

    /// <summary>The oldest segment in flight is a probe of the path MTU (RFC 4821).</summary>
    public bool IsMtuProbeOldest;

    /// <summary>That probe is lost and others are not: it was too large.</summary>
    public bool MtuProbeFailed;

    /// <summary>TSecr is meaningful.</summary>
    public bool HasEcho;

    /// <summary>TSecr.</summary>
    public uint Echo;

    /// <summary>The reordering or reneging timer has been set: leave it.</summary>
    public bool KeepTimer;

    /// <summary>Arm this timer after <see cref="TimerDelay"/>: reordering, or the timeout when the peer seems to renege.</summary>
    public RetransmissionTimer Timer;

    /// <summary>Its delay.</summary>
    public TimeSpan TimerDelay;

    /// <summary>SND.UNA before, as a stream offset.</summary>
    public long PriorUna;

    /// <summary>SND.UNA now.</summary>
    public long Una;

    /// <summary>SND.NXT.</summary>
    public long Nxt;

    /// <summary>More could be sent: there is unsent text and window for it (not congestion window).</summary>
    public bool CanSendNew;

    /// <summary>Segments reported before, or counted by duplicate acknowledgments.</summary>
    public int PriorSacked;

    /// <summary>End of the highest segment reported before; SND.UNA if none was (RACK.fack).</summary>
    public long PriorHighest;

    /// <summary>The longest segment among them, octets.</summary>
    public int LargestAcked;

    /// <summary>Segments cumulatively acknowledged.</summary>
    public int Acked;

    /// <summary>Segments newly acknowledged or reported.</summary>
    public int Delivered;

    /// <summary>Segments newly marked lost.</summary>
    public int Losses;

    /// <summary>What showed those losses; none for a timeout.</summary>
    public LossSign Sign;

    /// <summary>Stream offsets from the lowest segment so marked to the end of the highest.</summary>
    public long LostFrom, LostTo;

    /// <summary>RACK's settling time, ticks, where it showed them.</summary>
    public long SettlingTime;

    /// <summary>Lowest segment that arrived out of the order of transmission; <see cref="long.MaxValue"/> if none did.</summary>
    public long Reordered;

    /// <summary>Send time of the first segment, never retransmitted, that was cumulatively acknowledged; 0 if there was none.</summary>
    public long FirstAckedAt;

    /// <summary>And of the last.</summary>
    public long LastAckedAt;

    /// <summary>Send time of the first segment, never retransmitted, that was newly reported; 0 if there was none.</summary>
    public long FirstSackedAt;

    /// <summary>And of the last.</summary>
    public long LastSackedAt;

    /// <summary>What the path shows, for the controller.</summary>
    public RateSample Sample;

    /// <summary>Losses counted when the segment was sent that gives the sample.</summary>
    public uint LostWhenSent;

    /// <summary>End of the segment that gives the sample.</summary>
    public long SampleEnd;

    /// <summary>A segment was marked lost.</summary>
    /// <param name="sign">What showed it.</param>
    /// <param name="segment">It.</param>
    public void AddLoss(LossSign sign, in SentSegment segment)
    {
        LostFrom = Sign == LossSign.None ? segment.Start : Math.Min(LostFrom, segment.Start);
        LostTo = Math.Max(LostTo, segment.End);
        Sign = sign;
        Losses++;
    }
}

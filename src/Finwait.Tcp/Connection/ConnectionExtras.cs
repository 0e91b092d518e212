namespace Finwait.Tcp;

/// <summary>What only few connections need to remember: options that differ from the host's settings, and times spent waiting. Made when the first of it is set.</summary>
internal sealed class ConnectionExtras
{
    /// <summary>TCP_KEEPIDLE, where it differs from the host's (MUST-27).</summary>
    public TimeSpan? KeepAliveIdle;

    /// <summary>TCP_KEEPINTVL.</summary>
    public TimeSpan? KeepAliveInterval;

    /// <summary>TCP_KEEPCNT.</summary>
    public int? KeepAliveProbes;

    /// <summary>TCP_USER_TIMEOUT; zero for none.</summary>
    public TimeSpan UserTimeout;

    /// <summary>When segments depart, where they are paced.</summary>
    public Pacing? Pacing;

    /// <summary>Stream offset behind the last urgent octet we send; meaningful once there was one.</summary>
    public long UrgentEnd;

    /// <summary>Stream offset behind the last urgent octet the peer told of; 0 if it told of none.</summary>
    public long ReceiveUrgent;

    /// <summary>Its value when the urgent octet was last read apart (MSG_OOB).</summary>
    public long UrgentTaken;

    /// <summary>Its value before, if then the urgent octet was the next to read and had come.</summary>
    public long FormerUrgent;

    /// <summary>When the last challenge ACK was sent, 100 ns; 0 if none was.</summary>
    public long LastChallenge;

    /// <summary>TCP_WINDOW_CLAMP, octets; 0 for none.</summary>
    public int WindowClamp;

    /// <summary>SO_RCVLOWAT, octets.</summary>
    public int ReceiveLowWater = 1;

    /// <summary>TCP_NOTSENT_LOWAT, octets; 0 for the host's setting.</summary>
    public uint NotSentLowWater;

    /// <summary>TCP_DEFER_ACCEPT of the listener, timeouts of the SYN-ACK.</summary>
    public byte DeferAccept;

    /// <summary>The SYN-ACK was acknowledged, and the listener waits for text.</summary>
    public bool IsAckDeferred;

    /// <summary>TCP_SYNCNT; 0 for the host's setting.</summary>
    public int SynRetries;

    /// <summary>TCP_LINGER2: life of an orphan in FIN-WAIT-2; zero for the host's setting, negative for none.</summary>
    public TimeSpan Linger2;

    /// <summary>Stream offsets behind which a record ends (MSG_EOR) and that were not sent yet; at most one for each octet queued.</summary>
    public Queue<long>? RecordEnds;

    /// <summary>Retransmission timeouts, from the first one on.</summary>
    public TimeoutStatistics? Timeouts;

    /// <summary>Since when the send buffer alone has held the application back; 0 while it does not.</summary>
    public long BufferLimitedSince;

    /// <summary>How long it did before, 100 ns.</summary>
    public long BufferLimitedTotal;

    /// <summary>Fast Open, where it is used.</summary>
    public FastOpen? FastOpen;

    /// <summary>The search for the path MTU, where it is on.</summary>
    public PathProbing? Probing;

    /// <summary>A path MTU that a router claims and nothing confirms yet, octets; 0 for none.</summary>
    public int ClaimedMtu;

    /// <summary>Stream offset of the segment that the claim quotes.</summary>
    public long ClaimedAt;

    /// <summary>A claim that came true and that the host does not know of yet, octets; 0 for none.</summary>
    public int HonouredMtu;

    /// <summary>Since when the peer's window alone has held data back; 0 while it does not.</summary>
    public long WindowLimitedSince;

    /// <summary>How long it did before, 100 ns.</summary>
    public long WindowLimitedTotal;

    /// <summary>Packets of the peer's that were not taken (sk_drops).</summary>
    public uint PacketsDropped;

    /// <summary>The same values.</summary>
    public ConnectionExtras Copy()
    {
        ConnectionExtras copy = (ConnectionExtras)MemberwiseClone();
        copy.Pacing = Pacing?.Copy();
        copy.FastOpen = FastOpen?.Copy();
        copy.Timeouts = Timeouts?.Copy();
        copy.RecordEnds = RecordEnds is null ? null : new(RecordEnds);
        copy.Probing = Probing?.Copy();
        return copy;
    }
}

namespace Finwait.Tcp;

/// <summary>What one acknowledgment tells about the path, for congestion controllers (draft-ietf-ccwg-bbr §4.1; the fields of Linux's rate_sample).</summary>
internal struct RateSample
{
    /// <summary>Segments delivered over <see cref="Interval"/>; −1 if there is no sample.</summary>
    public int Delivered;

    /// <summary>Time over which they were delivered: the longer of the send phase and the acknowledgment phase. Negative if there is no sample.</summary>
    public TimeSpan Interval;

    /// <summary>Round trip of the segment most recently sent among those newly acknowledged or reported; negative if none tells (Karn).</summary>
    public TimeSpan Rtt;

    /// <summary>Segments this acknowledgment newly acknowledged or reported (DeliveredData).</summary>
    public int AckedSacked;

    /// <summary>Of them, acknowledged cumulatively for the first time.</summary>
    public int Acked;

    /// <summary>Segments newly marked lost on this acknowledgment.</summary>
    public int Losses;

    /// <summary>Segments in flight before this acknowledgment.</summary>
    public int PriorInFlight;

    /// <summary>The connection's count of delivered segments when the segment behind this sample was sent; 0 if there is no sample.</summary>
    public uint PriorDelivered;

    /// <summary>Segments that were in flight when that segment was sent, itself included; 0 if there is no sample.</summary>
    public int TxInFlight;

    /// <summary>Segments found lost since then.</summary>
    public int Lost;

    /// <summary>When that count was last changed before that segment was sent.</summary>
    public Instant PriorDeliveredAt;

    /// <summary>The send phase alone.</summary>
    public TimeSpan SendInterval;

    /// <summary>The acknowledgment phase alone.</summary>
    public TimeSpan AckInterval;

    /// <summary>The application, not the network, limited the flow when that segment was sent.</summary>
    public bool IsAppLimited;

    /// <summary>That segment was a retransmission.</summary>
    public bool IsRetransmission;

    /// <summary>The acknowledgment was probably delayed by the peer: its round trip is no measure of the path.</summary>
    public bool IsAckDelayed;

    /// <summary>No sample yet.</summary>
    public static RateSample None => new() { Delivered = -1, Interval = new(-1), Rtt = new(-1) };
}

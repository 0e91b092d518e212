namespace Finwait.Tcp;

/// <summary>What is known about one segment in flight.</summary>
[Flags]
internal enum SentFlags : byte
{
    None = 0,
    Syn = 1,
    Fin = 2,
    Push = 4,

    /// <summary>The peer holds it (RFC 2018); it is kept until the cumulative acknowledgment passes (RFC 2018 §8).</summary>
    Sacked = 8,

    /// <summary>Thought to be lost.</summary>
    Lost = 16,

    /// <summary>A retransmission of it is in flight.</summary>
    Retransmitted = 32,

    /// <summary>Was retransmitted at least once: no RTT sample without timestamps (Karn).</summary>
    EverRetransmitted = 64,

    /// <summary>When it was sent, the application limited the flow.</summary>
    AppLimited = 128,
}

/// <summary>One segment in flight: [Start, Start + Length) of the stream; SYN and FIN count one octet.</summary>
internal struct SentSegment
{
    public long Start;

    /// <summary>When it was last sent (RACK: xmit_ts), ticks.</summary>
    public long SentAt;

    /// <summary>Delivery rate: send time of the segment that was the last delivered when this one was sent.</summary>
    public long FirstSentAt;

    /// <summary>Delivery rate: when the count of delivered segments last changed before this one was sent; 0 once it has given its sample.</summary>
    public long DeliveredAt;

    /// <summary>Delivery rate: that count.</summary>
    public uint Delivered;

    /// <summary>Delivery rate: segments found lost by then.</summary>
    public uint Lost;

    /// <summary>Segments in flight when it was sent, itself included.</summary>
    public int InFlight;

    public int Length;

    /// <summary>Neighbour in its list, as a slot of the ring; −1 at the end.</summary>
    public int Earlier;

    /// <summary>The other neighbour; of a segment the peer reported, the number of one behind it, nearer to the next that is not reported.</summary>
    public int Later;

    public SentFlags Flags;

    public readonly long End => Start + Length;

    public readonly bool Has(SentFlags flags) => (Flags & flags) != 0;

    /// <summary>In the network by the books: not reported, and not lost unless sent again.</summary>
    public readonly bool IsInNetwork => (Flags & SentFlags.Sacked) == 0 && (Flags & (SentFlags.Lost | SentFlags.Retransmitted)) != SentFlags.Lost;

    /// <summary>Lost, and not sent again since.</summary>
    public readonly bool IsInLostList => (Flags & (SentFlags.Sacked | SentFlags.Lost | SentFlags.Retransmitted)) == SentFlags.Lost;

    /// <summary>RFC 8985 §6.2: sent after another, or at the same time with a higher sequence number.</summary>
    public static bool IsSentAfter(long sentAt, long end, long otherSentAt, long otherEnd) => sentAt > otherSentAt || (sentAt == otherSentAt && end > otherEnd);
}

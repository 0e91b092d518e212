using System.Diagnostics;

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
}

/// <summary>One segment in flight: [Start, Start + Length) of the stream; SYN and FIN count one octet.</summary>
internal struct SentSegment
{
    public long Start;
    public long SentAt;
    public int Length;
    public SentFlags Flags;

    public readonly long End => Start + Length;
}

/// <summary>What a cumulative acknowledgment took off the queue.</summary>
internal struct AckedSegments
{
    /// <summary>Segments that left the queue, whole.</summary>
    public int Segments;

    /// <summary>Those of them no SACK block had named before.</summary>
    public int NewlyDelivered;

    /// <summary>At least one of them was retransmitted.</summary>
    public bool AnyRetransmitted;

    /// <summary>Send time of the first one that was never retransmitted; null if there was none.</summary>
    public Instant? FirstSentAt;
}

/// <summary>The segments in flight, oldest first, in a ring lent by the host's pool; the only writer of their marks and counts.</summary>
internal struct SentQueue
{
    private SentSegment[]? _ring;
    private int _head;

    /// <summary>Segments in flight by the books (packets_out).</summary>
    public int Count { get; private set; }

    /// <summary>Segments the peer reported with SACK.</summary>
    public int SackedOut { get; private set; }

    /// <summary>Segments marked lost.</summary>
    public int LostOut { get; private set; }

    /// <summary>Retransmissions in flight.</summary>
    public int RetransmittedOut { get; private set; }

    /// <summary>Index below which nothing is left to retransmit.</summary>
    public int RetransmitHint { get; private set; }

    /// <summary>The <paramref name="index"/>-th oldest.</summary>
    public readonly ref SentSegment this[int index]
    {
        get
        {
            Debug.Assert((uint)index < (uint)Count, "no such segment in flight");
            return ref _ring![(_head + index) & (_ring.Length - 1)];
        }
    }

    /// <summary>A segment goes out for the first time.</summary>
    public void Push(long start, int length, SentFlags flags, Instant now, BufferPool pool)
    {
        if (_ring is null || Count == _ring.Length)
        {
            Grow(pool);
        }

        _ring![(_head + Count) & (_ring.Length - 1)] = new SentSegment { Start = start, Length = length, Flags = flags, SentAt = now.Ticks };
        Count++;
    }

    /// <summary>Takes off what <paramref name="una"/> acknowledges; a partly acknowledged segment is trimmed.</summary>
    public AckedSegments Acknowledge(long una, BufferPool pool)
    {
        AckedSegments result = default;
        while (Count > 0)
        {
            ref SentSegment segment = ref this[0];
            if (segment.End > una)
            {
                Trim(ref segment, una);
                break;
            }

            result.Segments++;
            if ((segment.Flags & SentFlags.Sacked) == 0)
            {
                result.NewlyDelivered++;
            }

            if ((segment.Flags & SentFlags.EverRetransmitted) != 0)
            {
                result.AnyRetransmitted = true;
            }
            else
            {
                result.FirstSentAt ??= new Instant(segment.SentAt);
            }

            Uncount(segment.Flags);
            _head = (_head + 1) & (_ring!.Length - 1);
            Count--;
        }

        RetransmitHint = Math.Max(0, RetransmitHint - result.Segments);
        if (Count == 0 && _ring is { Length: > BufferPool.SmallestSegmentRing })
        {
            ReleaseIfEmpty(pool);
        }

        return result;
    }

    /// <summary>Marks the segments wholly inside [<paramref name="left"/>, <paramref name="right"/>) as held by the peer; returns how many are new.</summary>
    public int MarkSacked(long left, long right)
    {
        int marked = 0;
        for (int i = FirstAtOrAfter(left); i < Count; i++)
        {
            ref SentSegment segment = ref this[i];
            if (segment.End > right)
            {
                break;
            }

            if ((segment.Flags & SentFlags.Sacked) == 0)
            {
                Uncount(segment.Flags);
                segment.Flags = (segment.Flags & ~(SentFlags.Lost | SentFlags.Retransmitted)) | SentFlags.Sacked;
                SackedOut++;
                marked++;
            }
        }

        return marked;
    }

    /// <summary>Marks as lost what lies below <paramref name="threshold"/> reported segments (RFC 6675 §4, IsLost by DupThresh).</summary>
    public void MarkLostBelowSacked(int threshold)
    {
        int above = SackedOut;
        for (int i = 0; i < Count && above >= threshold; i++)
        {
            ref SentSegment segment = ref this[i];
            if ((segment.Flags & SentFlags.Sacked) != 0)
            {
                above--;
            }
            else
            {
                MarkLost(ref segment, i);
            }
        }
    }

    /// <summary>Marks the oldest segment lost (NewReno's partial acknowledgment, RFC 6582 §3.2).</summary>
    public void MarkFirstLost()
    {
        if (Count > 0)
        {
            ref SentSegment first = ref this[0];
            if ((first.Flags & SentFlags.Sacked) == 0)
            {
                MarkLost(ref first, 0);
            }
        }
    }

    /// <summary>The timeout: everything not reported is lost, and so are its retransmissions.</summary>
    /// <param name="forgetSacks">Do not trust SACK marks either: the peer reneged (RFC 2018 §8).</param>
    public void MarkAllLost(bool forgetSacks)
    {
        for (int i = 0; i < Count; i++)
        {
            ref SentSegment segment = ref this[i];
            Uncount(segment.Flags);
            segment.Flags &= ~(SentFlags.Retransmitted | SentFlags.Lost | (forgetSacks ? SentFlags.Sacked : SentFlags.None));
            if ((segment.Flags & SentFlags.Sacked) != 0)
            {
                SackedOut++;
            }
            else
            {
                segment.Flags |= SentFlags.Lost;
                LostOut++;
            }
        }

        RetransmitHint = 0;
    }

    /// <summary>Index of the oldest segment that is lost and not yet retransmitted; −1 if there is none.</summary>
    public int NextToRetransmit()
    {
        if (LostOut == 0)
        {
            return -1;
        }

        for (int i = RetransmitHint; i < Count; i++)
        {
            if ((this[i].Flags & (SentFlags.Lost | SentFlags.Retransmitted | SentFlags.Sacked)) == SentFlags.Lost)
            {
                RetransmitHint = i;
                return i;
            }
        }

        RetransmitHint = Count;
        return -1;
    }

    /// <summary>The segment at <paramref name="index"/> goes out again. If it is longer than <paramref name="most"/>, the rest becomes a segment of its own.</summary>
    public void OnRetransmitted(int index, int most, Instant now, BufferPool pool)
    {
        int text = this[index].Length - ((this[index].Flags & SentFlags.Fin) != 0 ? 1 : 0);
        if (text > most)
        {
            Split(index, most, pool);
        }

        ref SentSegment segment = ref this[index];
        if ((segment.Flags & SentFlags.Retransmitted) == 0)
        {
            RetransmittedOut++;
        }

        segment.Flags |= SentFlags.Retransmitted | SentFlags.EverRetransmitted;
        segment.SentAt = now.Ticks;
    }

    /// <summary>The same segments in a ring of its own, which no pool knows.</summary>
    public readonly SentQueue Copy() => this with { _ring = (SentSegment[]?)_ring?.Clone() };

    /// <summary>A ring is held though nothing is in it.</summary>
    public readonly bool HoldsEmptyRing => _ring is not null && Count == 0;

    /// <summary>Gives the ring back if nothing is in it.</summary>
    public void ReleaseIfEmpty(BufferPool pool)
    {
        if (Count == 0)
        {
            Clear(pool);
        }
    }

    /// <summary>Forgets all and gives the ring back.</summary>
    public void Clear(BufferPool pool)
    {
        if (_ring is not null)
        {
            pool.ReturnSegments(_ring);
        }

        this = default;
    }

    private readonly void Trim(ref SentSegment segment, long una)
    {
        if (segment.Start < una)
        {
            if (segment.Start < 0)
            {
                segment.Flags &= ~SentFlags.Syn;
            }

            segment.Length = (int)(segment.End - una);
            segment.Start = una;
        }
    }

    private void MarkLost(ref SentSegment segment, int index)
    {
        if ((segment.Flags & SentFlags.Lost) == 0)
        {
            segment.Flags |= SentFlags.Lost;
            LostOut++;
            RetransmitHint = Math.Min(RetransmitHint, index);
        }
    }

    private void Uncount(SentFlags flags)
    {
        if ((flags & (SentFlags.Sacked | SentFlags.Lost | SentFlags.Retransmitted)) == 0)
        {
            return;
        }

        SackedOut -= (flags & SentFlags.Sacked) != 0 ? 1 : 0;
        LostOut -= (flags & SentFlags.Lost) != 0 ? 1 : 0;
        RetransmittedOut -= (flags & SentFlags.Retransmitted) != 0 ? 1 : 0;
    }

    private readonly int FirstAtOrAfter(long offset)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (this[middle].Start < offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void Split(int index, int most, BufferPool pool)
    {
        SentSegment rest = this[index];
        Push(0, 0, SentFlags.None, Instant.Zero, pool);
        for (int i = Count - 1; i > index + 1; i--)
        {
            this[i] = this[i - 1];
        }

        ref SentSegment first = ref this[index];
        first.Length = most;
        first.Flags &= ~(SentFlags.Fin | SentFlags.Push);
        rest.Start += most;
        rest.Length -= most;
        rest.Flags &= ~SentFlags.Syn;
        this[index + 1] = rest;
        SackedOut += (rest.Flags & SentFlags.Sacked) != 0 ? 1 : 0;
        LostOut += (rest.Flags & SentFlags.Lost) != 0 ? 1 : 0;
        RetransmittedOut += (rest.Flags & SentFlags.Retransmitted) != 0 ? 1 : 0;
    }

    private void Grow(BufferPool pool)
    {
        SentSegment[] larger = pool.RentSegments(_ring is null ? BufferPool.SmallestSegmentRing : _ring.Length * 2);
        for (int i = 0; i < Count; i++)
        {
            larger[i] = this[i];
        }

        if (_ring is not null)
        {
            pool.ReturnSegments(_ring);
        }

        _ring = larger;
        _head = 0;
    }
}

using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Finwait.Tcp;

/// <summary>The segments in flight, oldest first, in a ring lent by the host's pool; the only writer of their marks and counts.</summary>
/// <remarks>
/// Each segment is in one of three places, and the two link fields serve whichever it is: in the network (a list in the order of
/// transmission, for RACK), lost and not sent again (a list in the order of sequence numbers), or reported by the peer (then a link leads
/// towards the next that is not, and links get shorter as they are followed). So nothing is searched by walking over segments that are
/// done with: finding, marking and taking off cost a logarithm at most, however many holes there are.
/// </remarks>
internal partial struct SentQueue
{
    private SentSegment[]? _ring;
    private int _head;

    /// <summary>Number of the oldest segment; numbers only grow (and wrap).</summary>
    private int _first;

    private Ends _network;
    private Ends _lost;

    /// <summary>Segments in flight by the books (packets_out).</summary>
    public int Count { get; private set; }

    /// <summary>Segments the peer reported with SACK.</summary>
    public int SackedOut { get; private set; }

    /// <summary>Segments marked lost.</summary>
    public int LostOut { get; private set; }

    /// <summary>Retransmissions in flight.</summary>
    public int RetransmittedOut { get; private set; }

    /// <summary>Number of the highest segment reported; meaningful while <see cref="SackedOut"/> is not 0.</summary>
    private int _highestSacked;

    /// <summary>Segments neither reported nor lost, and retransmissions.</summary>
    public readonly int InNetwork => Count - SackedOut - LostOut + RetransmittedOut;

    /// <summary>Behind the highest segment reported; only while <see cref="SackedOut"/> is not 0 (RACK.fack).</summary>
    public readonly long HighestSacked => this[IndexOfNumber(_highestSacked)].End;

    /// <summary>Segments looked at so far while searching, marking and taking off: a measure of work for tests.</summary>
    public uint Visited { get; private set; }

    /// <summary>A ring is held though nothing is in it.</summary>
    public readonly bool HoldsEmptyRing => _ring is not null && Count == 0;

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
    public ref SentSegment Push(long start, int length, SentFlags flags, Instant now, BufferPool pool)
    {
        if (_ring is null || Count == _ring.Length)
        {
            Grow(pool);
        }

        int slot = (_head + Count) & (_ring!.Length - 1);
        ref SentSegment segment = ref _ring[slot];
        segment.Start = start;
        segment.Length = length;
        segment.Flags = flags;
        segment.SentAt = now.Ticks;
        segment.DeliveredAt = 0;
        Count++;
        Append(ref _network, slot);
        return ref segment;
    }

    /// <summary>Takes off the oldest.</summary>
    public void PopFirst()
    {
        int slot = _head;
        ref SentSegment segment = ref _ring![slot];
        if ((segment.Flags & (SentFlags.Sacked | SentFlags.Lost | SentFlags.Retransmitted)) != 0)
        {
            Uncount(segment.Flags);
        }

        if ((segment.Flags & SentFlags.Sacked) == 0)
        {
            Unlink(ref segment.IsInNetwork ? ref _network : ref _lost, slot);
        }

        _head = (slot + 1) & (_ring.Length - 1);
        _first = unchecked(_first + 1);
        Count--;
        Visited++;
    }

    /// <summary>Takes off the oldest, which was never lost, sent again or reported.</summary>
    public void PopFirstInNetwork()
    {
        int slot = _head;
        Unlink(ref _network, slot);
        _head = (slot + 1) & (_ring!.Length - 1);
        _first = unchecked(_first + 1);
        Count--;
        Visited++;
    }

    /// <summary>The oldest is acknowledged in part.</summary>
    public readonly void TrimFirst(long una)
    {
        ref SentSegment segment = ref this[0];
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

    /// <summary>Index of the first segment that begins at <paramref name="offset"/> or behind it.</summary>
    public readonly int FirstAtOrAfter(long offset)
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

    /// <summary>The segment at <paramref name="index"/> goes out again.</summary>
    /// <param name="index">Which.</param>
    /// <param name="counts">False for a tail loss probe, which stands beside the books of recovery (as Linux keeps them).</param>
    /// <param name="now">The time.</param>
    public void OnRetransmitted(int index, bool counts, Instant now)
    {
        int slot = SlotOf(index);
        ref SentSegment segment = ref _ring![slot];
        Unlink(ref segment.IsInNetwork ? ref _network : ref _lost, slot);
        segment.Flags |= SentFlags.EverRetransmitted;
        if ((counts || segment.Has(SentFlags.Lost)) && !segment.Has(SentFlags.Retransmitted))
        {
            segment.Flags |= SentFlags.Retransmitted;
            RetransmittedOut++;
        }

        segment.SentAt = now.Ticks;
        Append(ref _network, slot);
    }

    /// <summary>The same segments in a ring of its own, which no pool knows.</summary>
    public readonly SentQueue Copy() => this with { _ring = (SentSegment[]?)_ring?.Clone() };

    /// <summary>Gives the ring back if nothing is in it.</summary>
    public void ReleaseIfEmpty(BufferPool pool)
    {
        if (Count == 0)
        {
            Clear(pool);
        }
    }

    /// <summary>Nothing is in flight any more: a large ring goes back at once.</summary>
    public void ReleaseIfLarge(BufferPool pool)
    {
        if (Count == 0 && _ring is { Length: > BufferPool.SmallestSegmentRing })
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

        uint visited = Visited;
        this = default;
        Visited = visited;
    }

    private void Uncount(SentFlags flags)
    {
        SackedOut -= (flags & SentFlags.Sacked) != 0 ? 1 : 0;
        LostOut -= (flags & SentFlags.Lost) != 0 ? 1 : 0;
        RetransmittedOut -= (flags & SentFlags.Retransmitted) != 0 ? 1 : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int SlotOf(int index) => (_head + index) & (_ring!.Length - 1);

    private readonly int IndexOf(int slot) => (slot - _head) & (_ring!.Length - 1);

    private void Grow(BufferPool pool)
    {
        SentSegment[]? old = _ring;
        SentSegment[] larger = pool.RentSegments(old is null ? BufferPool.SmallestSegmentRing : old.Length * 2);
        for (int i = 0; i < Count; i++)
        {
            ref SentSegment segment = ref larger[i];
            segment = this[i];
            if ((segment.Flags & SentFlags.Sacked) == 0)
            {
                segment.Earlier = Moved(segment.Earlier);
                segment.Later = Moved(segment.Later);
            }
        }

        _network.Move(Moved(_network.Oldest), Moved(_network.Newest));
        _lost.Move(Moved(_lost.Oldest), Moved(_lost.Newest));
        if (old is not null)
        {
            pool.ReturnSegments(old);
        }

        _ring = larger;
        _head = 0;
    }

    private readonly int Moved(int slot) => slot < 0 || _ring is null ? -1 : IndexOf(slot);
}

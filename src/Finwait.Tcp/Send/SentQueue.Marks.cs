using System.Diagnostics;

namespace Finwait.Tcp;

/// <content>The marks: reported, lost, lost again, and none of it after all.</content>
internal partial struct SentQueue
{
    /// <summary>Index of the first segment at or behind <paramref name="index"/> that is not reported; <see cref="Count"/> if all are.</summary>
    public int NextUnsacked(int index)
    {
        int end = index;
        while (end < Count && this[end].Has(SentFlags.Sacked))
        {
            end = IndexOfNumber(this[end].Later);
            Visited++;
        }

        while (index < end && this[index].Has(SentFlags.Sacked))
        {
            ref SentSegment passed = ref this[index];
            index = IndexOfNumber(passed.Later);
            passed.Later = NumberOf(end);
        }

        return end;
    }

    /// <summary>The peer reports a segment that was not reported before.</summary>
    public void MarkSacked(int index)
    {
        int slot = SlotOf(index);
        ref SentSegment segment = ref _ring![slot];
        Debug.Assert(!segment.Has(SentFlags.Sacked), "reported twice");
        Unlink(ref segment.IsInNetwork ? ref _network : ref _lost, slot);
        if (segment.Has(SentFlags.Lost))
        {
            LostOut--;
            RetransmittedOut -= segment.Has(SentFlags.Retransmitted) ? 1 : 0;
            segment.Flags &= ~(SentFlags.Lost | SentFlags.Retransmitted);
        }

        // A retransmission of what was not lost is believed to be in flight still: it stays counted, as in Linux, until it is acknowledged or reported as a duplicate.
        segment.Flags |= SentFlags.Sacked;
        segment.Later = NumberOf(index + 1);
        if (SackedOut == 0 || index > IndexOfNumber(_highestSacked))
        {
            _highestSacked = NumberOf(index);
        }

        SackedOut++;
        Visited++;
    }

    /// <summary>Its retransmission has arrived as a duplicate.</summary>
    public void ForgetRetransmission(int index)
    {
        ref SentSegment segment = ref this[index];
        if (segment.Has(SentFlags.Retransmitted) && segment.Has(SentFlags.Sacked))
        {
            segment.Flags &= ~SentFlags.Retransmitted;
            RetransmittedOut--;
        }
    }

    /// <summary>A segment is lost, or its retransmission is lost too. True if that is news.</summary>
    public bool MarkLost(int index)
    {
        int slot = SlotOf(index);
        ref SentSegment segment = ref _ring![slot];
        Visited++;
        if (segment.Has(SentFlags.Sacked) || !segment.IsInNetwork)
        {
            return false;
        }

        Unlink(ref _network, slot);
        if (segment.Has(SentFlags.Retransmitted))
        {
            segment.Flags &= ~SentFlags.Retransmitted;
            RetransmittedOut--;
        }

        if (!segment.Has(SentFlags.Lost))
        {
            segment.Flags |= SentFlags.Lost;
            LostOut++;
        }

        InsertLost(slot);
        return true;
    }

    /// <summary>The timeout: what was sent up to <paramref name="latest"/> and is not reported is lost, and so are retransmissions of it; the oldest in any case.</summary>
    /// <param name="latest">Send time, ticks; what was sent later may still arrive (RFC 8985 §6.3).</param>
    /// <param name="forgetSacks">Do not trust SACK marks either: the peer reneged (RFC 2018 §8). Then all is lost.</param>
    /// <returns>How many losses are news.</returns>
    public int MarkAllLost(long latest, bool forgetSacks)
    {
        int news = 0;
        if (forgetSacks)
        {
            ForgetSacks();
        }

        for (int i = 0; i < Count; i++)
        {
            ref SentSegment segment = ref this[i];
            if (!segment.Has(SentFlags.Sacked) && (i == 0 || forgetSacks || segment.SentAt <= latest) && MarkLost(i))
            {
                news++;
            }
        }

        return news;
    }

    /// <summary>Segments whose text is longer than <paramref name="most"/> are lost.</summary>
    /// <returns>How many losses are news.</returns>
    public int MarkLongerLost(int most)
    {
        int news = 0;
        for (int i = 0; i < Count; i++)
        {
            news += Pieces(this[i], most) > 1 && MarkLost(i) ? 1 : 0;
        }

        return news;
    }

    /// <summary>Nothing is lost after all: what was thought so is in the network.</summary>
    public void UnmarkLost()
    {
        int hint = -1;
        for (int i = 0; i < Count && LostOut > 0; i++)
        {
            int slot = SlotOf(i);
            ref SentSegment segment = ref _ring![slot];
            if (!segment.Has(SentFlags.Lost))
            {
                continue;
            }

            LostOut--;
            if (!segment.Has(SentFlags.Retransmitted))
            {
                Unlink(ref _lost, slot);
                hint = InsertInNetwork(slot, hint);
            }

            segment.Flags &= ~SentFlags.Lost;
            Visited++;
        }
    }

    /// <summary>The path takes smaller segments now: every segment whose text is longer than <paramref name="most"/> becomes several, in one pass.</summary>
    /// <param name="most">Octets of text.</param>
    /// <param name="pool">The host's.</param>
    /// <param name="isPushed">The pieces of one segment go out together as a burst, and the last of a burst is pushed.</param>
    public void SplitLonger(int most, BufferPool pool, bool isPushed = false)
    {
        int pieces = 0;
        for (int i = 0; i < Count; i++)
        {
            pieces += Pieces(this[i], most);
        }

        if (pieces == Count)
        {
            return;
        }

        int length = _ring!.Length;
        while (length < pieces)
        {
            length *= 2;
        }

        SentQueue split = default;
        split._ring = pool.RentSegments(length);
        split._first = _first;
        split.Visited = Visited + (uint)Count;
        for (int i = 0; i < Count; i++)
        {
            ref SentSegment segment = ref this[i];
            segment.Earlier = split.Count;                      // where its first piece stands: the way back is not needed any more
            split.TakePieces(segment, most, isPushed);
        }

        for (int slot = _network.Oldest; slot >= 0; slot = _ring[slot].Later)
        {
            int first = _ring[slot].Earlier;
            for (int i = 0; i < Pieces(_ring[slot], most); i++)
            {
                split.Append(ref split._network, first + i);
            }
        }

        pool.ReturnSegments(_ring);
        this = split;
    }

    /// <summary>The oldest becomes two, the first of them <paramref name="length"/> octets long.</summary>
    public void SplitFirst(int length, BufferPool pool)
    {
        if (Count == _ring!.Length)
        {
            Grow(pool);
        }

        int rest = _head, slot = (_head - 1) & (_ring.Length - 1);
        ref SentSegment second = ref _ring[rest];
        ref SentSegment first = ref _ring[slot];
        Debug.Assert(length > 0 && length < second.Length && !second.Has(SentFlags.Sacked | SentFlags.Syn), "the oldest cannot be cut there");
        first = second;
        first.Length = length;
        first.Flags &= ~(SentFlags.Fin | SentFlags.Push);
        second.Start += length;
        second.Length -= length;
        LostOut += second.Has(SentFlags.Lost) ? 1 : 0;
        RetransmittedOut += second.Has(SentFlags.Retransmitted) ? 1 : 0;
        _head = slot;
        _first = unchecked(_first - 1);     // the numbers of all others stay
        Count++;
        InsertBehind(ref second.IsInNetwork ? ref _network : ref _lost, second.Earlier, slot);
    }

    private static int Pieces(in SentSegment segment, int most)
    {
        int text = segment.Length - (segment.Has(SentFlags.Fin) ? 1 : 0) - (segment.Has(SentFlags.Syn) ? 1 : 0);
        return Math.Max(1, (text + most - 1) / most);
    }

    private void TakePieces(in SentSegment segment, int most, bool isPushed)
    {
        int pieces = Pieces(segment, most);
        long start = segment.Start;
        for (int i = 0; i < pieces; i++)
        {
            bool last = i == pieces - 1;
            ref SentSegment piece = ref _ring![Count++];
            piece = segment;
            piece.Start = start;
            piece.Length = last ? (int)(segment.End - start) : most;
            piece.Flags = last ? segment.Flags | (isPushed && pieces > 1 ? SentFlags.Push : SentFlags.None) : segment.Flags & ~(SentFlags.Fin | SentFlags.Push);
            start += piece.Length;
            LostOut += piece.Has(SentFlags.Lost) ? 1 : 0;
            RetransmittedOut += piece.Has(SentFlags.Retransmitted) ? 1 : 0;
            if (piece.Has(SentFlags.Sacked))
            {
                SackedOut++;
                _highestSacked = NumberOf(Count - 1);
                piece.Later = NumberOf(Count);
            }
            else if (!piece.IsInNetwork)
            {
                Append(ref _lost, Count - 1);
            }
        }
    }

    private void ForgetSacks()
    {
        for (int i = 0; i < Count && SackedOut > 0; i++)
        {
            int slot = SlotOf(i);
            ref SentSegment segment = ref _ring![slot];
            if (segment.Has(SentFlags.Sacked))
            {
                segment.Flags &= ~SentFlags.Sacked;
                SackedOut--;
                Append(ref _network, slot);     // out of the order of time: the caller takes all of them off again
            }
        }
    }

    private readonly int NumberOf(int index) => unchecked(_first + index);

    private readonly int IndexOfNumber(int number) => unchecked(number - _first);
}

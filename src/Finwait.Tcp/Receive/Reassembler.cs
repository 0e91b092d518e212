using System.Diagnostics;

namespace Finwait.Tcp;

/// <summary>What became of the text of one segment.</summary>
internal struct ReassemblyResult
{
    /// <summary>RCV.NXT moved this far.</summary>
    public int Advanced;

    /// <summary>Text was kept ahead of a hole.</summary>
    public bool IsOutOfOrder;

    /// <summary>A hole was filled, wholly or in part, while text waited behind it.</summary>
    public bool FilledHole;

    /// <summary>All of it had been received before.</summary>
    public bool IsDuplicate;

    /// <summary>No room for one more range: the text was dropped (and will be sent again).</summary>
    public bool Dropped;

    /// <summary>The range around an out-of-order segment, for SACK; empty if it is none.</summary>
    public (long Start, long End) Range;

    /// <summary>The first octets of the segment that had been received before, for DSACK; empty if there were none.</summary>
    public (long Start, long End) Duplicate;
}

/// <summary>Puts the peer's octets in order, in a ring lent by the host's pool (RFC 9293 §3.10.7.4, seventh check).</summary>
/// <remarks>Stream offset 0 is the octet behind the peer's SYN. While nothing waits it holds no ring, or a small one until <see cref="ReleaseIfEmpty"/>.</remarks>
internal struct Reassembler
{
    private const int SmallestRing = 256;

    private byte[]? _ring;
    private RangeSet _ahead;

    /// <summary>Offset of the next octet the application reads.</summary>
    public long ReadOffset { get; private set; }

    /// <summary>Offset of RCV.NXT, the peer's FIN not counted.</summary>
    public long NextOffset { get; private set; }

    /// <summary>Octets that can be read.</summary>
    public readonly int Readable => (int)(NextOffset - ReadOffset);

    /// <summary>Ranges that wait behind holes.</summary>
    public readonly int RangesAhead => _ahead.Count;

    /// <summary>The <paramref name="index"/>-th of them, from the left.</summary>
    public readonly (long Start, long End) Ahead(int index) => _ahead[index];

    /// <summary>Takes text that is the next of the stream while nothing waits behind a hole: nearly all text. False, and nothing done, if it is not.</summary>
    public bool TryAppend(long offset, ReadOnlySpan<byte> text, BufferPool pool)
    {
        if (offset != NextOffset || _ahead.Count > 0)
        {
            return false;
        }

        Write(offset, text, pool);
        NextOffset += text.Length;
        return true;
    }

    /// <summary>Takes text that the caller has trimmed to the window.</summary>
    public ReassemblyResult Insert(long offset, ReadOnlySpan<byte> text, int maxRanges, BufferPool pool)
    {
        ReassemblyResult result = default;
        long end = offset + text.Length;
        if (end <= NextOffset)
        {
            result.IsDuplicate = true;
            result.Duplicate = (offset, end);
            return result;
        }

        if (offset < NextOffset)
        {
            result.Duplicate = (offset, NextOffset);
            text = text[(int)(NextOffset - offset)..];
            offset = NextOffset;
        }
        else if (_ahead.Count > 0 && _ahead.FindOverlap(offset, end, out result.Duplicate, out (long, long) holder) && result.Duplicate == (offset, end))
        {
            result.IsDuplicate = true;
            result.Range = holder;
            return result;
        }

        if (offset > NextOffset)
        {
            if (!_ahead.TryAdd(offset, end, maxRanges, pool, out result.Range))
            {
                result.Dropped = true;
                return result;
            }

            Write(offset, text, pool);
            result.IsOutOfOrder = true;
            return result;
        }

        Write(offset, text, pool);
        long before = NextOffset;
        NextOffset = end;
        if (_ahead.Count > 0)
        {
            result.FilledHole = true;
            NextOffset = _ahead.TakeReached(end);
        }

        result.Advanced = (int)(NextOffset - before);
        return result;
    }

    /// <summary>Copies readable octets out; they leave the buffer unless <paramref name="peek"/>.</summary>
    public int Read(Span<byte> destination, bool peek, BufferPool pool)
    {
        int take = Math.Min(destination.Length, Readable);
        if (take == 0)
        {
            return 0;
        }

        byte[] ring = _ring!;
        int at = (int)ReadOffset & (ring.Length - 1);
        int first = Math.Min(take, ring.Length - at);
        ring.AsSpan(at, first).CopyTo(destination);
        if (first < take)
        {
            ring.AsSpan(0, take - first).CopyTo(destination[first..]);
        }

        if (!peek)
        {
            ReadOffset += take;
            if (ring.Length > BufferPool.MostKeptEmpty)
            {
                ReleaseIfEmpty(pool);
            }
        }

        return take;
    }

    /// <summary>Copies readable octets from <paramref name="skip"/> on; they stay.</summary>
    public readonly int Peek(int skip, Span<byte> destination)
    {
        int take = Math.Min(destination.Length, Readable - skip);
        for (int i = 0; i < take; i++)
        {
            destination[i] = _ring![(int)(ReadOffset + skip + i) & (_ring.Length - 1)];
        }

        return Math.Max(0, take);
    }

    /// <summary>Throws away what can be read and what waits.</summary>
    public void Clear(BufferPool pool)
    {
        ReadOffset = NextOffset;
        _ahead.Clear(pool);
        ReleaseIfEmpty(pool);
    }

    /// <summary>The same octets in a ring of its own, which no pool knows.</summary>
    public readonly Reassembler Copy() => this with { _ring = (byte[]?)_ring?.Clone(), _ahead = _ahead.Copy() };

    /// <summary>A ring is held though nothing is in it.</summary>
    public readonly bool HoldsEmptyRing => _ring is not null && ReadOffset == NextOffset && _ahead.Count == 0;

    /// <summary>Gives the ring back if nothing is in it.</summary>
    public void ReleaseIfEmpty(BufferPool pool)
    {
        if (_ring is not null && ReadOffset == NextOffset && _ahead.Count == 0)
        {
            pool.Return(_ring);
            _ring = null;
            _ahead.Clear(pool);
        }
    }

    private void Write(long offset, ReadOnlySpan<byte> text, BufferPool pool)
    {
        int needed = (int)(offset + text.Length - ReadOffset);
        if (_ring is null || _ring.Length < needed)
        {
            GrowRing(needed, pool);
        }

        byte[] ring = _ring!;
        int at = (int)offset & (ring.Length - 1);
        int first = Math.Min(text.Length, ring.Length - at);
        text[..first].CopyTo(ring.AsSpan(at));
        if (first < text.Length)
        {
            text[first..].CopyTo(ring);
        }
    }

    private void GrowRing(int needed, BufferPool pool)
    {
        byte[] larger = pool.Rent(Math.Max(needed, SmallestRing));
        if (_ring is not null)
        {
            long end = _ahead.Count > 0 ? Math.Max(NextOffset, _ahead[_ahead.Count - 1].End) : NextOffset;
            int held = (int)Math.Min(end - ReadOffset, _ring.Length);
            Debug.Assert(held <= larger.Length, "a ring only grows");
            RingCopy.Move(_ring, larger, ReadOffset, held);
            pool.Return(_ring);
        }

        _ring = larger;
    }
}

namespace Finwait.Tcp;

/// <summary>Disjoint, sorted ranges [Start, End) of the stream with a hard cap on their number.</summary>
/// <remarks>
/// They stand in a ring, so that nothing moves when ranges come or go at either end: a stream that loses every second segment, and then gets
/// the holes filled, costs no more for each with thousands of ranges than with two. In the middle the shorter side moves.
/// </remarks>
internal struct RangeSet
{
    private (long Start, long End)[]? _ranges;
    private ushort _first;
    private ushort _count;

    /// <summary>Ranges held.</summary>
    public readonly int Count => _count;

    /// <summary>The <paramref name="index"/>-th range from the left.</summary>
    public readonly (long Start, long End) this[int index] => At(index);

    /// <summary>Adds a range, joining what it touches.</summary>
    /// <param name="start">First octet.</param>
    /// <param name="end">Behind the last octet; greater than <paramref name="start"/>.</param>
    /// <param name="cap">Most ranges to hold.</param>
    /// <param name="pool">Lends the memory.</param>
    /// <param name="joined">The range that now contains the added one.</param>
    /// <returns>False if it would have been one range too many: then nothing changed.</returns>
    public bool TryAdd(long start, long end, int cap, BufferPool pool, out (long Start, long End) joined)
    {
        int first = FirstEndingAtOrAfter(start);
        int last = first;
        joined = (start, end);
        while (last < Count && At(last).Start <= end)
        {
            joined = (Math.Min(joined.Start, At(last).Start), Math.Max(joined.End, At(last).End));
            last++;
        }

        if (first == last)
        {
            if (Count >= Math.Min(cap, ushort.MaxValue))
            {
                return false;
            }

            Insert(first, joined, pool);
            return true;
        }

        At(first) = joined;
        pool.RangesMoved += (uint)RemoveBetween(first + 1, last);
        return true;
    }

    /// <summary>The leftmost part of [<paramref name="start"/>, <paramref name="end"/>) that is held already, and the range that holds it. False if there is none.</summary>
    public readonly bool FindOverlap(long start, long end, out (long Start, long End) overlap, out (long Start, long End) holder)
    {
        int at = FirstEndingAtOrAfter(start + 1);
        bool found = at < Count && At(at).Start < end;
        holder = found ? At(at) : default;
        overlap = found ? (Math.Max(start, holder.Start), Math.Min(end, holder.End)) : default;
        return found;
    }

    /// <summary>Takes off the leftmost range if it begins at or before <paramref name="edge"/>; returns where it ends, or <paramref name="edge"/>.</summary>
    public long TakeReached(long edge)
    {
        int reached = 0;
        while (reached < Count && At(reached).Start <= edge)
        {
            edge = Math.Max(edge, At(reached).End);
            reached++;
        }

        if (reached > 0)
        {
            RemoveBetween(0, reached);
        }

        return edge;
    }

    /// <summary>Forgets all ranges and gives their memory back.</summary>
    public void Clear(BufferPool pool)
    {
        if (_ranges is not null)
        {
            pool.ReturnRanges(_ranges);
        }

        this = default;
    }

    /// <summary>The same ranges in memory of its own.</summary>
    public readonly RangeSet Copy() => this with { _ranges = ((long, long)[]?)_ranges?.Clone() };

    private readonly int FirstEndingAtOrAfter(long offset)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (At(middle).End < offset)
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

    private readonly ref (long Start, long End) At(int index) => ref _ranges![(_first + index) & (_ranges.Length - 1)];

    private void Insert(int at, (long Start, long End) range, BufferPool pool)
    {
        if (_ranges is null)
        {
            _ranges = pool.RentRanges();
        }
        else if (Count == _ranges.Length)
        {
            Grow();
        }

        if (at < Count - at)
        {
            _first = (ushort)((_first - 1) & (_ranges.Length - 1));
            pool.RangesMoved += (uint)Move(1, 0, at);
        }
        else
        {
            pool.RangesMoved += (uint)Move(at, at + 1, Count - at);
        }

        _count++;
        At(at) = range;
    }

    private int RemoveBetween(int first, int last)
    {
        int gone = last - first;
        int moved;
        if (first < Count - last)
        {
            moved = Move(0, gone, first);
            _first = (ushort)((_first + gone) & (_ranges!.Length - 1));
        }
        else
        {
            moved = Move(last, first, Count - last);
        }

        _count -= (ushort)gone;
        return moved;
    }

    /// <summary>Moves ranges to another place in the ring; the places may overlap. Returns how many.</summary>
    private readonly int Move(int from, int to, int count)
    {
        for (int i = 0; i < count; i++)
        {
            int at = from > to ? i : count - 1 - i;
            At(to + at) = At(from + at);
        }

        return count;
    }

    /// <summary>Rare: the small one is left to the garbage collector.</summary>
    private void Grow()
    {
        var larger = new (long Start, long End)[2 * Count];
        for (int i = 0; i < Count; i++)
        {
            larger[i] = At(i);
        }

        _ranges = larger;
        _first = 0;
    }
}

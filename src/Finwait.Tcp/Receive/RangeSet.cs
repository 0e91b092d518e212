namespace Finwait.Tcp;

/// <summary>Disjoint, sorted ranges [Start, End) of the stream with a hard cap on their number.</summary>
internal struct RangeSet
{
    private (long Start, long End)[]? _ranges;

    /// <summary>Ranges held.</summary>
    public int Count { get; private set; }

    /// <summary>The <paramref name="index"/>-th range from the left.</summary>
    public readonly (long Start, long End) this[int index] => _ranges![index];

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
        while (last < Count && _ranges![last].Start <= end)
        {
            joined = (Math.Min(joined.Start, _ranges[last].Start), Math.Max(joined.End, _ranges[last].End));
            last++;
        }

        if (first == last)
        {
            if (Count >= cap)
            {
                return false;
            }

            Insert(first, joined, pool);
            return true;
        }

        _ranges![first] = joined;
        RemoveBetween(first + 1, last);
        return true;
    }

    /// <summary>The leftmost part of [<paramref name="start"/>, <paramref name="end"/>) that is held already, and the range that holds it. False if there is none.</summary>
    public readonly bool FindOverlap(long start, long end, out (long Start, long End) overlap, out (long Start, long End) holder)
    {
        int at = FirstEndingAtOrAfter(start + 1);
        bool found = at < Count && _ranges![at].Start < end;
        holder = found ? _ranges![at] : default;
        overlap = found ? (Math.Max(start, holder.Start), Math.Min(end, holder.End)) : default;
        return found;
    }

    /// <summary>Takes off the leftmost range if it begins at or before <paramref name="edge"/>; returns where it ends, or <paramref name="edge"/>.</summary>
    public long TakeReached(long edge)
    {
        int reached = 0;
        while (reached < Count && _ranges![reached].Start <= edge)
        {
            edge = Math.Max(edge, _ranges[reached].End);
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
            if (_ranges![middle].End < offset)
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

    private void Insert(int at, (long Start, long End) range, BufferPool pool)
    {
        if (_ranges is null)
        {
            _ranges = pool.RentRanges();
        }
        else if (Count == _ranges.Length)
        {
            Array.Resize(ref _ranges, Count * 2);       // rare: the small one is left to the garbage collector
        }

        Array.Copy(_ranges, at, _ranges, at + 1, Count - at);
        _ranges[at] = range;
        Count++;
    }

    private void RemoveBetween(int first, int last)
    {
        Array.Copy(_ranges!, last, _ranges!, first, Count - last);
        Count -= last - first;
    }
}

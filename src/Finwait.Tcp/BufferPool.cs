namespace Finwait.Tcp;

/// <summary>Lends the rings of send and receive buffers to the connections of one host: powers of two, kept for the next one when given back.</summary>
/// <remarks>Not thread-safe: one serial owner per stack. Bounded: what does not fit into the shelf is left to the garbage collector.</remarks>
public sealed class BufferPool
{
    private const int SmallestShift = 8;
    private const int LargestShift = 26;
    private const int SmallestSegmentShift = 3;
    private const int LargestSegmentShift = 20;
    private const int MaxSegmentsPerShelf = 1 << 16;
    private const int SmallestRangeSet = 8;
    private const int MaxRangeSets = 1 << 12;
    private readonly Shelf<byte>[] _shelves = new Shelf<byte>[LargestShift - SmallestShift + 1];
    private readonly Shelf<SentSegment>[] _segmentShelves = new Shelf<SentSegment>[LargestSegmentShift - SmallestSegmentShift + 1];
    private readonly long _capacity;
    private Shelf<(long Start, long End)> _rangeShelf;
    private long _kept;

    /// <summary>An empty pool.</summary>
    /// <param name="capacity">Most octets kept for reuse. Default 64 MiB.</param>
    public BufferPool(long capacity = 64 << 20) => _capacity = capacity;

    /// <summary>Longest ring, octets, that a connection may keep while it is empty (<see cref="TcpConnection.ReleaseIdleBuffers"/>).</summary>
    internal const int MostKeptEmpty = 1024;

    /// <summary>Entries of the smallest ring of segments in flight.</summary>
    internal const int SmallestSegmentRing = 1 << SmallestSegmentShift;

    /// <summary>Octets lent at the moment.</summary>
    public long Lent { get; private set; }

    /// <summary>A ring of at least <paramref name="octets"/> octets, its length a power of two. Its content is arbitrary.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in 1 … 64 MiB: a caller bug.</exception>
    public byte[] Rent(int octets)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(octets, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(octets, 1 << LargestShift);
        int shift = Math.Max(SmallestShift, 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)octets - 1));
        Lent += 1L << shift;
        if (_shelves[shift - SmallestShift].TryPop() is { } ring)
        {
            _kept -= ring.Length;
            return ring;
        }

        return GC.AllocateUninitializedArray<byte>(1 << shift);
    }

    /// <summary>Takes a ring back. The caller must not touch it again.</summary>
    public void Return(byte[] ring)
    {
        Lent -= ring.Length;
        if (_kept + ring.Length <= _capacity)
        {
            _kept += ring.Length;
            _shelves[System.Numerics.BitOperations.TrailingZeroCount(ring.Length) - SmallestShift].Push(ring);
        }
    }

    /// <summary>Ranges behind holes that had to move for others so far, in all connections: a measure of work for tests.</summary>
    internal uint RangesMoved { get; set; }

    /// <summary>Room for the first ranges that wait behind holes.</summary>
    internal (long Start, long End)[] RentRanges() => _rangeShelf.TryPop() ?? new (long, long)[SmallestRangeSet];

    /// <summary>Takes it back; one that has grown is left to the garbage collector.</summary>
    internal void ReturnRanges((long Start, long End)[] ranges)
    {
        if (ranges.Length == SmallestRangeSet && _rangeShelf.Count < MaxRangeSets)
        {
            _rangeShelf.Push(ranges);
        }
    }

    /// <summary>A ring for segments in flight; <paramref name="entries"/> is a power of two.</summary>
    internal SentSegment[] RentSegments(int entries)
    {
        int shelf = System.Numerics.BitOperations.Log2((uint)entries) - SmallestSegmentShift;
        return _segmentShelves[shelf].TryPop() ?? new SentSegment[entries];
    }

    /// <summary>Takes such a ring back.</summary>
    internal void ReturnSegments(SentSegment[] ring)
    {
        ref Shelf<SentSegment> shelf = ref _segmentShelves[System.Numerics.BitOperations.Log2((uint)ring.Length) - SmallestSegmentShift];
        if ((long)(shelf.Count + 1) * ring.Length <= MaxSegmentsPerShelf)
        {
            shelf.Push(ring);
        }
    }

    /// <summary>A stack of arrays of one length. Not the base library's: that one checks what every element is, and counts versions.</summary>
    private struct Shelf<T>
    {
        private T[]?[]? _arrays;

        public int Count { get; private set; }

        public T[]? TryPop()
        {
            if (Count == 0)
            {
                return null;
            }

            T[]? array = _arrays![--Count];
            _arrays[Count] = null;
            return array;
        }

        public void Push(T[] array)
        {
            if (_arrays is null || Count == _arrays.Length)
            {
                Array.Resize(ref _arrays, Math.Max(4, 2 * Count));
            }

            _arrays[Count++] = array;
        }
    }
}

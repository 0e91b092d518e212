namespace Shared;

/// <summary>Counts what this thread allocates, whatever other tests do meanwhile.</summary>
/// <remarks>
/// A thread allocates from a buffer of its own of some 8 kB. When another thread starts a collection the runtime takes the rest of the buffer away and
/// counts it as allocated. That much is taken off again for each collection, and once for one that has begun and is not counted yet. Something that is
/// allocated once a round still shows: ten thousand of the smallest objects come to thirty such buffers.
/// </remarks>
internal readonly struct AllocationMeter
{
    private const long AllocationBuffer = 8192;

    private readonly long _before;
    private readonly int _collections;

    private AllocationMeter(long before, int collections)
    {
        _before = before;
        _collections = collections;
    }

    /// <summary>Octets allocated since <see cref="Start"/>.</summary>
    public long Allocated
    {
        get
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread() - _before;
            return Math.Max(0, allocated - ((GC.CollectionCount(0) - _collections + 1) * AllocationBuffer));
        }
    }

    /// <summary>Begins to count.</summary>
    public static AllocationMeter Start()
    {
        int collections = GC.CollectionCount(0); // first: a collection between the two reads is then taken off, never missed
        return new(GC.GetAllocatedBytesForCurrentThread(), collections);
    }
}

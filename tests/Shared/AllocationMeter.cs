using System.Runtime;

namespace Shared;

/// <summary>Counts to the octet what this thread allocates, as long as the test runs alone.</summary>
/// <remarks>
/// A thread allocates from a buffer of its own of some 8 kB, and a collection takes the rest of that buffer away, which may count it as allocated. So no
/// collection may come while the meter counts: the test is in the collection <see cref="AloneInTheProcess"/>, where no other test brings one about (a check of
/// the architecture sees to that), and the runtime is asked for memory enough to do without.
/// </remarks>
internal readonly struct AllocationMeter : IDisposable
{
    private const int WithoutCollection = 32 * 1024 * 1024; // octets: what the runner's threads allocate meanwhile is a small part of it

    private readonly long _before;

    private AllocationMeter(long before)
    {
        _before = before;
    }

    /// <summary>Octets allocated since <see cref="Start"/>.</summary>
    public long Allocated => GC.GetAllocatedBytesForCurrentThread() - _before;

    /// <summary>Begins to count. There is one meter at a time.</summary>
    public static AllocationMeter Start()
    {
        GC.TryStartNoGCRegion(WithoutCollection);
        return new(GC.GetAllocatedBytesForCurrentThread());
    }

    /// <summary>Lets the runtime collect again.</summary>
    public void Dispose()
    {
        if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion) // no longer so when more was allocated than was asked for
        {
            GC.EndNoGCRegion();
        }
    }
}

using System.Diagnostics;

namespace Finwait.Bench;

/// <summary>What a measured stretch took: time on the wall, processor time, memory handed out.</summary>
/// <remarks>On a machine that does other work too, compare processor time: it leaves out the time in which others ran.</remarks>
internal readonly struct Meter()
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly TimeSpan _processor = Environment.CpuUsage.TotalTime;
    private readonly long _allocated = GC.GetAllocatedBytesForCurrentThread();

    /// <summary>Seconds since it began.</summary>
    public double Seconds => Stopwatch.GetElapsedTime(_began).TotalSeconds;

    /// <summary>Octets that this thread allocated since it began.</summary>
    public long Allocated => GC.GetAllocatedBytesForCurrentThread() - _allocated;

    /// <summary>The two figures about time, for the end of a result.</summary>
    public IEnumerable<BenchFigure> Times(double seconds) =>
    [
        new("seconds", seconds, "seconds measured", 2),
        new("processorSeconds", (Environment.CpuUsage.TotalTime - _processor).TotalSeconds, "seconds of processor time in them", 2),
    ];
}

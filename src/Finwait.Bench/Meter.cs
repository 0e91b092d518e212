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

    /// <summary>Seconds of processor time since it began.</summary>
    public double ProcessorSeconds => (Environment.CpuUsage.TotalTime - _processor).TotalSeconds;

    /// <summary>
    /// Runs a workload in short stretches until it had so much processor time that the compiler's second pass is through and the windows
    /// have settled: a second, or less when only a moment is measured.
    /// </summary>
    /// <param name="measured">Seconds that will be measured.</param>
    /// <param name="run">Runs for so many seconds.</param>
    public static void WarmUp(double measured, Action<double> run)
    {
        var meter = new Meter();
        double enough = Math.Min(1.5, measured / 2);
        while (meter.ProcessorSeconds < enough)
        {
            run(enough / 10);
        }
    }

    /// <summary>The two figures about time, for the end of a result.</summary>
    public IEnumerable<BenchFigure> Times(double seconds) =>
    [
        new("seconds", seconds, "seconds measured", 2),
        new("processorSeconds", ProcessorSeconds, "seconds of processor time in them", 2),
    ];
}

namespace Finwait.Bench;

/// <summary>The workloads that the published figures come from. They run on the calling thread, in real time.</summary>
public static class Workloads
{
    /// <summary>Their names: bulk, connections, rr, idle.</summary>
    public static IReadOnlyList<string> Names { get; } = ["bulk", "connections", "rr", "idle"];

    /// <summary>Runs one.</summary>
    /// <exception cref="ArgumentException">There is no such workload: a caller bug.</exception>
    /// <exception cref="InvalidOperationException">The stack lost, changed or refused something: a bug in it.</exception>
    public static BenchResult Run(string name, BenchOptions options) => name switch
    {
        "bulk" => BulkWorkload.Run(options),
        "connections" => ConnectionWorkload.Run(options),
        "rr" => RoundTripWorkload.Run(options),
        "idle" => IdleWorkload.Run(options),
        _ => throw new ArgumentException($"there is no workload '{name}'", nameof(name)),
    };
}

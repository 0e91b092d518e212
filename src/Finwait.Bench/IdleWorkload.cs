namespace Finwait.Bench;

/// <summary>Many connections that do nothing: what one end costs in memory.</summary>
internal static class IdleWorkload
{
    private const int ConnectionsPerListener = 8192;

    public static BenchResult Run(BenchOptions options)
    {
        int pairs = options.Idle ?? 100_000;
        Open(1000); // what is made once per process
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var meter = new Meter();
        TwoHosts hosts = Open(pairs);
        double seconds = meter.Seconds;
        long octets = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(hosts);
        return new($"{pairs:N0} idle connections, {2 * pairs:N0} endpoints", "idle", [("idle", pairs)],
        [
            new("octetsPerEndpoint", (double)octets / (2 * pairs), "octets per endpoint", 0),
            new("workingSetMiB", Environment.WorkingSet / 1048576.0, "MiB of the process in memory", 0),
            new("connectionsPerSecond", pairs / seconds, "connections opened per second", 0),
            .. meter.Times(seconds),
        ]);
    }

    private static TwoHosts Open(int pairs)
    {
        var hosts = new TwoHosts(1500);
        int[] listeners = hosts.Listen(Math.Max(1, pairs / ConnectionsPerListener));
        for (int i = 0; i < pairs; i++)
        {
            hosts.Connect(listeners, i);
        }

        return hosts;
    }
}

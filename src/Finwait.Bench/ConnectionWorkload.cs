using System.Diagnostics;
using Finwait.Stack;

namespace Finwait.Bench;

/// <summary>Connections that are opened, accepted and closed one after the other, the client first: each leaves a TIME-WAIT record.</summary>
internal static class ConnectionWorkload
{
    public static BenchResult Run(BenchOptions options)
    {
        // The hosts' time moves by a step per connection, so that exactly the wished number is in TIME-WAIT at any time.
        TimeSpan life = TimeSpan.FromSeconds(60);
        TimeSpan step = options.TimeWait > 0 ? life / options.TimeWait : TimeSpan.FromMilliseconds(1);
        var hosts = new TwoHosts(options.Mtu, settings => settings.Tcp.TimeWait = options.TimeWait > 0 ? life : TimeSpan.FromMilliseconds(1));
        int[] listeners = hosts.Listen(options.Services);
        byte[] read = new byte[16];
        int done = 0;
        var clock = Stopwatch.StartNew();
        void Run(double seconds)
        {
            for (long until = clock.ElapsedTicks + (long)(seconds * Stopwatch.Frequency); clock.ElapsedTicks < until;)
            {
                OpenAndClose(hosts, listeners, done++, read, step);
            }
        }

        Meter.WarmUp(options.Seconds, Run);
        while (done < options.TimeWait * 5L / 4)
        {
            OpenAndClose(hosts, listeners, done++, read, step);
        }

        long packets = hosts.Packets;
        int first = done;
        var meter = new Meter();
        Run(options.Seconds);
        double took = meter.Seconds;
        long allocated = meter.Allocated;
        return new($"connections opened and closed, {options.TimeWait:N0} in TIME-WAIT", "connections", [("timeWait", options.TimeWait), ("services", options.Services)],
        [
            new("connectionsPerSecond", (done - first) / took, "connections opened and closed per second", 0),
            new("packetsPerConnection", (double)(hosts.Packets - packets) / (done - first), "packets per connection", 2),
            new("allocatedPerConnection", (double)allocated / (done - first), "octets allocated per connection, both ends", 0),
            .. meter.Times(took),
        ]);
    }

    private static void OpenAndClose(TwoHosts hosts, int[] listeners, int index, byte[] read, TimeSpan step)
    {
        (int client, int server) = hosts.Connect(listeners, index);
        TwoHosts.Check(hosts.Client.Sockets.Close(hosts.Now, client), "close");
        hosts.Settle();
        TwoHosts.Check(hosts.Server.Sockets.Receive(hosts.Now, server, read, ReceiveFlags.None, out int received), "recv");
        if (received != 0)
        {
            throw new InvalidOperationException("the end of the stream was expected");
        }

        TwoHosts.Check(hosts.Server.Sockets.Close(hosts.Now, server), "close");
        hosts.Settle();
        hosts.Advance(step); // what this sets free says nothing
    }
}

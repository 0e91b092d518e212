using System.Diagnostics;
using Finwait.Stack;

namespace Finwait.Bench;

/// <summary>One connection that carries as much as it can, one way.</summary>
internal static class BulkWorkload
{
    private const int WriteSize = 65536;

    public static BenchResult Run(BenchOptions options)
    {
        var hosts = new TwoHosts(options.Mtu);
        int[] listeners = hosts.Listen(1);
        (int sender, int receiver) = hosts.Connect(listeners);
        if (options.Buffer > 0)
        {
            TwoHosts.Check(hosts.Client.Sockets.SetOption(hosts.Now, sender, SocketOption.SendBuffer, options.Buffer / 2), "SO_SNDBUF");
            TwoHosts.Check(hosts.Server.Sockets.SetOption(hosts.Now, receiver, SocketOption.ReceiveBuffer, options.Buffer / 2), "SO_RCVBUF");
        }

        byte[] text = new byte[WriteSize];
        new Random(1).NextBytes(text);
        byte[] read = new byte[WriteSize];
        var clock = Stopwatch.StartNew();
        Carry(hosts, clock, sender, receiver, text, read, Math.Min(1, options.Seconds / 2)); // the compiler's second pass and the windows settle
        long packets = hosts.Packets, dataPackets = hosts.DataPackets, allocated = GC.GetAllocatedBytesForCurrentThread();
        long began = clock.ElapsedTicks;
        long octets = Carry(hosts, clock, sender, receiver, text, read, options.Seconds);
        double seconds = (double)(clock.ElapsedTicks - began) / Stopwatch.Frequency;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        packets = hosts.Packets - packets;
        dataPackets = hosts.DataPackets - dataPackets;
        return new($"bulk, one connection, MTU {options.Mtu}", "bulk", [("mtu", options.Mtu), ("buffer", options.Buffer)],
        [
            new("gbitPerSecond", octets * 8 / seconds / 1e9, "Gbit/s of payload", 2),
            new("segmentsPerSecond", dataPackets / seconds, "segments with text per second", 0),
            new("packetsPerSecond", packets / seconds, "packets per second, both ways", 0),
            new("allocatedPerSegment", (double)allocated / Math.Max(1, dataPackets), "octets allocated per segment", 3),
            new("seconds", seconds, "seconds measured", 2),
        ]);
    }

    private static long Carry(TwoHosts hosts, Stopwatch clock, int sender, int receiver, byte[] text, byte[] read, double seconds)
    {
        SocketLayer client = hosts.Client.Sockets, server = hosts.Server.Sockets;
        long octets = 0, until = clock.ElapsedTicks + (long)(seconds * Stopwatch.Frequency);
        int offset = 0;
        while (clock.ElapsedTicks < until)
        {
            hosts.ReadClock(clock);
            while (client.Send(hosts.Now, sender, text.AsSpan(offset), SendFlags.None, out int sent) == Errno.None && sent > 0)
            {
                offset = (offset + sent) % WriteSize;
            }

            hosts.Pump();
            while (server.Receive(hosts.Now, receiver, read, ReceiveFlags.None, out int received) == Errno.None && received > 0)
            {
                if (read[0] != text[(int)(octets % WriteSize)] && octets >= 0)
                {
                    throw new InvalidOperationException($"octet {octets} came out wrong");
                }

                octets += received;
            }
        }

        return octets;
    }
}

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
        var clock = Stopwatch.StartNew();
        long sent = 0, received = 0;
        Carry(hosts, clock, (sender, receiver), text, ref sent, ref received, Math.Min(1, options.Seconds / 2)); // the compiler's second pass and the windows settle
        long packets = hosts.Packets, dataPackets = hosts.DataPackets, allocated = GC.GetAllocatedBytesForCurrentThread();
        long began = clock.ElapsedTicks, before = received;
        Carry(hosts, clock, (sender, receiver), text, ref sent, ref received, options.Seconds);
        double seconds = (double)(clock.ElapsedTicks - began) / Stopwatch.Frequency;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        packets = hosts.Packets - packets;
        dataPackets = hosts.DataPackets - dataPackets;
        return new($"bulk, one connection, MTU {options.Mtu}", "bulk", [("mtu", options.Mtu), ("buffer", options.Buffer)],
        [
            new("gbitPerSecond", (received - before) * 8 / seconds / 1e9, "Gbit/s of payload", 2),
            new("segmentsPerSecond", dataPackets / seconds, "segments with text per second", 0),
            new("packetsPerSecond", packets / seconds, "packets per second, both ways", 0),
            new("allocatedPerSegment", (double)allocated / Math.Max(1, dataPackets), "octets allocated per segment", 3),
            new("seconds", seconds, "seconds measured", 2),
        ]);
    }

    /// <summary>Carries text for some time; <paramref name="sent"/> and <paramref name="received"/> go on from what was carried before.</summary>
    private static void Carry(TwoHosts hosts, Stopwatch clock, (int Sender, int Receiver) sockets, byte[] text, ref long sent, ref long received, double seconds)
    {
        SocketLayer client = hosts.Client.Sockets, server = hosts.Server.Sockets;
        byte[] read = new byte[WriteSize];
        long until = clock.ElapsedTicks + (long)(seconds * Stopwatch.Frequency);
        while (clock.ElapsedTicks < until)
        {
            hosts.ReadClock(clock);
            while (client.Send(hosts.Now, sockets.Sender, text.AsSpan((int)(sent % WriteSize)), SendFlags.None, out int taken) == Errno.None && taken > 0)
            {
                sent += taken;
            }

            hosts.Pump();
            while (server.Receive(hosts.Now, sockets.Receiver, read, ReceiveFlags.None, out int given) == Errno.None && given > 0)
            {
                if (read[0] != text[(int)(received % WriteSize)])
                {
                    throw new InvalidOperationException($"octet {received} came out wrong");
                }

                received += given;
            }
        }
    }
}

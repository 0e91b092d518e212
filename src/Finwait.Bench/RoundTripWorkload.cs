using System.Diagnostics;
using Finwait.Stack;

namespace Finwait.Bench;

/// <summary>One octet there and one back, over and over, on one connection beside many idle ones.</summary>
internal static class RoundTripWorkload
{
    public static BenchResult Run(BenchOptions options)
    {
        int idle = options.Idle ?? 0;
        var hosts = new TwoHosts(options.Mtu);
        int[] listeners = hosts.Listen(Math.Max(1, idle / 16384));
        (int client, int server) = hosts.Connect(listeners);
        TwoHosts.Check(hosts.Client.Sockets.SetOption(hosts.Now, client, SocketOption.TcpNoDelay, 1), "TCP_NODELAY");
        TwoHosts.Check(hosts.Server.Sockets.SetOption(hosts.Now, server, SocketOption.TcpNoDelay, 1), "TCP_NODELAY");
        var clock = Stopwatch.StartNew();

        // Warm before the idle ones are opened: what the compiler learns from a hundred thousand handshakes is not what this measures.
        Meter.WarmUp(options.Seconds, seconds => Exchange(hosts, clock, client, server, seconds));
        for (int i = 0; i < idle; i++)
        {
            hosts.Connect(listeners, i);
        }

        Exchange(hosts, clock, client, server, options.Seconds / 10);
        long packets = hosts.Packets;
        var meter = new Meter();
        long trips = Exchange(hosts, clock, client, server, options.Seconds);
        double took = meter.Seconds;
        long allocated = meter.Allocated;
        return new($"1-octet round trips, {idle:N0} idle connections", "rr", [("idle", idle)],
        [
            new("roundTripsPerSecond", trips / took, "round trips per second", 0),
            new("packetsPerRoundTrip", (double)(hosts.Packets - packets) / trips, "packets per round trip", 2),
            new("allocatedPerRoundTrip", (double)allocated / trips, "octets allocated per round trip", 3),
            .. meter.Times(took),
        ]);
    }

    private static long Exchange(TwoHosts hosts, Stopwatch clock, int client, int server, double seconds)
    {
        const int TripsPerLook = 64; // at the clock: a quarter of a round trip's work otherwise
        Span<byte> octet = stackalloc byte[1];
        long trips = 0, until = clock.ElapsedTicks + (long)(seconds * Stopwatch.Frequency);
        while (clock.ElapsedTicks < until)
        {
            hosts.ReadClock(clock);
            for (int i = 0; i < TripsPerLook; i++)
            {
                octet[0] = (byte)trips;
                Move(hosts, client, server, toServer: true, octet);
                Move(hosts, server, client, toServer: false, octet);
                if (octet[0] != (byte)trips++)
                {
                    throw new InvalidOperationException("another octet came back");
                }
            }
        }

        return trips;
    }

    private static void Move(TwoHosts hosts, int sender, int receiver, bool toServer, Span<byte> octet)
    {
        SocketLayer from = (toServer ? hosts.Client : hosts.Server).Sockets, to = (toServer ? hosts.Server : hosts.Client).Sockets;
        TwoHosts.Check(from.Send(hosts.Now, sender, octet, SendFlags.None, out _), "send");
        int received;
        do
        {
            if (hosts.Carry(toServer) == 0)
            {
                throw new InvalidOperationException("the octet did not come");
            }
        }
        while (to.Receive(hosts.Now, receiver, octet, ReceiveFlags.None, out received) == Errno.EAGAIN);

        if (received != 1)
        {
            throw new InvalidOperationException("one octet was expected");
        }
    }
}

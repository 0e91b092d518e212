using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>What the path of segments through the host costs: nothing per segment, little per connection, the same with many others around.</summary>
[Collection(nameof(AloneInTheProcess))]
public class HostPathTests
{
    [Fact]
    public void RequestAndResponse_InSteadyState_AllocatesNothing()
    {
        Wire wire = new();
        (int client, int server) = wire.Open();
        byte[] one = new byte[1], buffer = new byte[100];
        Run(2000);
        using AllocationMeter meter = AllocationMeter.Start();
        int exchanged = Run(10_000);
        Assert.Equal(0, meter.Allocated);
        Assert.Equal(10_000, exchanged);

        int Run(int rounds)
        {
            int done = 0;
            for (int i = 0; i < rounds; i++)
            {
                wire.Tick(10_000);
                wire.A.Sockets.Send(wire.Now, client, one, SendFlags.None, out _);
                wire.Exchange();
                wire.B.Sockets.Receive(wire.Now, server, buffer, ReceiveFlags.None, out int got);
                wire.B.Sockets.Send(wire.Now, server, one, SendFlags.None, out _);
                wire.Exchange();
                wire.A.Sockets.Receive(wire.Now, client, buffer, ReceiveFlags.None, out int back);
                while (wire.A.Sockets.PollReady(out _) || wire.B.Sockets.PollReady(out _))
                {
                }

                done += got & back;
            }

            return done;
        }
    }

    [Fact]
    public void Bulk_InSteadyState_AllocatesNothing()
    {
        Wire wire = new();
        (int client, int server) = wire.Open();
        byte[] buffer = new byte[100_000];
        Run(500);
        using AllocationMeter meter = AllocationMeter.Start();
        long received = Run(500);
        Assert.Equal(0, meter.Allocated);
        Assert.True(received > 10_000_000, $"{received}");

        long Run(int rounds)
        {
            long total = 0;
            for (int i = 0; i < rounds; i++)
            {
                wire.Tick(10_000);
                wire.A.Sockets.Send(wire.Now, client, buffer, SendFlags.None, out _);
                wire.Exchange();
                wire.B.Sockets.Receive(wire.Now, server, buffer, ReceiveFlags.None, out int got);
                total += got;
            }

            return total;
        }
    }

    // Only the 64 connections that were active last may keep their rings (the smallest, 256 octets) while these are empty.
    [Fact]
    public void ManyConnections_OnceEachHasSpoken_FewHoldRings()
    {
        Wire wire = new();
        byte[] one = new byte[1];
        for (int i = 0; i < 200; i++)
        {
            (int client, int server) = wire.Open();
            wire.A.Sockets.Send(wire.Now, client, one, SendFlags.None, out _);
            wire.Exchange();
            Assert.Equal(Errno.None, wire.B.Sockets.Receive(wire.Now, server, one, ReceiveFlags.None, out _));
            wire.Tick(1_000_000);
            wire.Exchange();
        }

        Assert.Equal((64 * 256, 64 * 256), (wire.A.Sockets.Tcp.BuffersLent, wire.B.Sockets.Tcp.BuffersLent));
    }

    // A ring that has grown goes back as soon as it is empty.
    [Fact]
    public void LargeTransfer_OnceRead_HoldsNoLargeRing()
    {
        Wire wire = new();
        (int client, int server) = wire.Open();
        byte[] buffer = new byte[50_000];
        wire.A.Sockets.Send(wire.Now, client, buffer, SendFlags.None, out int sent);
        wire.Exchange();
        Assert.True(wire.B.Sockets.Tcp.BuffersLent >= 16_384);
        int read = 0;
        while (wire.B.Sockets.Receive(wire.Now, server, buffer, ReceiveFlags.None, out int got) == Errno.None)
        {
            read += got;
            wire.Exchange();
        }

        Assert.Equal((sent, 0, 0), (read, (int)wire.A.Sockets.Tcp.BuffersLent, (int)wire.B.Sockets.Tcp.BuffersLent));
    }

    // Resets, acknowledgments from TIME-WAIT, and segments nobody wants.
    [Fact]
    public void AnswersWithoutConnection_InSteadyState_AllocateNothing()
    {
        TcpRig rig = new(s => s.Sockets.ResetsPerSecond = 0);
        byte[] syn = rig.Packet(TcpFlags.Syn, 1000, options: TcpRig.SynOptions(1)), ack = rig.Packet(TcpFlags.Ack, 1000, 2000);
        Run(1000);
        using AllocationMeter meter = AllocationMeter.Start();
        Run(10_000);
        Assert.Equal(0, meter.Allocated);
        Assert.Equal(22_000, rig.Host.TcpCounters.ResetsSent);

        void Run(int rounds)
        {
            for (int i = 0; i < rounds; i++)
            {
                rig.Host.Receive(rig.Now, rig.Link, syn);
                rig.Host.Receive(rig.Now, rig.Link, ack);
                while (rig.Host.PollTransmit(rig.Now, out _, out PacketBuffer? frame))
                {
                    frame.Release();
                }
            }
        }
    }

    // At most a kilobyte for an idle connection with its socket, table slots and all.
    [Fact]
    public void IdleConnections_Many_CostLessThanAKilobyteEach()
    {
        const int Count = 20_000;
        Wire wire = new();
        wire.Open();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Count; i++)
        {
            wire.Open();
        }

        long perEndpoint = (GC.GetTotalMemory(forceFullCollection: true) - before) / (2 * Count);
        Assert.InRange(perEndpoint, 1, 1024);
        Assert.Equal(Count + 1, wire.A.Sockets.Tcp.ConnectionCount);
        GC.KeepAlive(wire);
    }

    // Opening and closing leaves no trace but the TIME-WAIT records, and those go.
    [Fact]
    public void ManyShortConnections_LeaveNothingBehind()
    {
        Wire wire = new();
        for (int i = 0; i < 3000; i++)
        {
            (int client, int server) = wire.Open();
            wire.A.Sockets.Close(wire.Now, client);
            wire.Exchange();
            wire.B.Sockets.Close(wire.Now, server);
            wire.Exchange();
            wire.Tick(1000);
        }

        Assert.Equal((0, 3000, 0), (wire.A.Sockets.Tcp.ConnectionCount, wire.A.Sockets.Tcp.TimeWaitCount, wire.A.Sockets.Count));
        Assert.Equal((0, 0, 1), (wire.B.Sockets.Tcp.ConnectionCount, wire.B.Sockets.Tcp.TimeWaitCount, wire.B.Sockets.Count));
        wire.Tick(700_000_000);
        Assert.Equal(0, wire.A.Sockets.Tcp.TimeWaitCount);
        Assert.True(wire.A.NextDeadline.IsNever && wire.B.NextDeadline.IsNever);
        Assert.Equal((0, 0), (wire.A.Packets.Lent, wire.B.Packets.Lent));
        Assert.False(wire.A.Sockets.Tcp.Ports.IsHeld(40_000));
    }

    // MUST-58, MUST-59: segments that come in one batch are answered together.
    [Theory, OnEveryWire]
    public void Batch_OfInOrderSegments_IsAcknowledgedOnce(string wire)
    {
        TcpRig rig = new(wire);
        rig.Listen();
        uint iss = rig.HandshakeFromPeer(1000);
        string text = new('x', 1000);
        for (uint i = 0; i < 10; i++)
        {
            rig.Host.Receive(rig.Now, rig.Link, rig.Packet(TcpFlags.Ack, 1001 + (i * 1000), iss + 1, text));
        }

        Assert.Equal("[.] seq 1 ack 11001", rig.TakeText(iss));
    }

    // RFC 5681 §4.2: behind a gap every segment has its own acknowledgment, batch or not.
    [Theory, OnEveryWire]
    public void Batch_BehindAGap_IsAcknowledgedSegmentBySegment(string wire)
    {
        TcpRig rig = new(wire);
        rig.Listen();
        uint iss = rig.HandshakeFromPeer(1000);
        string text = new('x', 1000);
        for (uint i = 1; i < 5; i++)
        {
            rig.Host.Receive(rig.Now, rig.Link, rig.Packet(TcpFlags.Ack, 1001 + (i * 1000), iss + 1, text));
        }

        IReadOnlyList<SeenSegment> acks = rig.Take();
        Assert.Equal(4, acks.Count);
        Assert.All(acks, a => Assert.Equal(1001u, a.Ack));
        Assert.Equal([3001u, 4001, 5001, 6001], acks.Select(a => a.Options.Sack[0].Right.Value));
    }

    // Two flows that both have much to send take turns.
    [Theory, OnEveryWire]
    public void TwoBulkFlows_TakeTurns(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Listen();
        int[] sockets = new int[2];
        for (int i = 0; i < 2; i++)
        {
            rig.RemotePort = (ushort)(5000 + i);
            rig.HandshakeFromPeer(1000);
            rig.Sockets.Accept(listener, out sockets[i], out _);
            rig.Sockets.SetOption(rig.Now, sockets[i], SocketOption.SendBuffer, 1_000_000);
            for (uint ack = 0; ack < 40; ack++)
            {
                rig.Sockets.Send(rig.Now, sockets[i], new byte[14_600], SendFlags.None, out _);
                SeenSegment last = rig.Take()[^1];
                rig.Say(TcpFlags.Ack, 1001, last.Seq + (uint)last.Text.Length); // opens the congestion window
            }

            rig.Take();
        }

        foreach (int socket in sockets)
        {
            rig.Sockets.Send(rig.Now, socket, new byte[60_000], SendFlags.None, out _);
        }

        ushort[] order = [.. rig.Take().Select(s => s.To)];
        Assert.Equal([.. Enumerable.Repeat((ushort)5000, 16), .. Enumerable.Repeat((ushort)5001, 16), 5000], order.Take(33));
    }

    /// <summary>Two hosts whose frames are handed over without a copy.</summary>
    private sealed class Wire
    {
        private static readonly IpAddress ServerAddress = IpAddress.FromV4(10, 0, 0, 2);
        private readonly int _listener;

        public Wire()
        {
            A = TwoHosts.Make("a", 1, IpAddress.FromV4(10, 0, 0, 1), TcpRig.Us6, null, 1500);
            B = TwoHosts.Make("b", 2, ServerAddress, TcpRig.Peer6, null, 1500);
            _listener = B.Listener(80, 100);
        }

        public Host A { get; }

        public Host B { get; }

        public Instant Now { get; private set; } = new(10_000_000);

        public (int Client, int Server) Open()
        {
            int client = A.Stream();
            Errno error = A.Sockets.Connect(Now, client, new(ServerAddress, 80));
            Exchange();
            error = error == Errno.EINPROGRESS ? A.Sockets.Connect(Now, client, new(ServerAddress, 80)) : error;
            Errno accepted = B.Sockets.Accept(_listener, out int server, out _);
            return error == Errno.None && accepted == Errno.None ? (client, server) : throw new InvalidOperationException($"{error} {accepted}");
        }

        public void Tick(long ticks)
        {
            Now = new(Now.Ticks + ticks);
            A.OnTimeout(Now);
            B.OnTimeout(Now);
            Exchange();
        }

        public void Exchange()
        {
            bool moved = true;
            while (moved)
            {
                moved = false;
                while (A.PollTransmit(Now, out _, out PacketBuffer? frame))
                {
                    B.Receive(Now, B.Interfaces[1], frame.Span);
                    frame.Release();
                    moved = true;
                }

                while (B.PollTransmit(Now, out _, out PacketBuffer? frame))
                {
                    A.Receive(Now, A.Interfaces[1], frame.Span);
                    frame.Release();
                    moved = true;
                }
            }
        }
    }
}

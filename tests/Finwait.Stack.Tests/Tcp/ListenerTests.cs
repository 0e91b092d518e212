using System.Buffers.Binary;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>SEGMENT ARRIVES in LISTEN (RFC 9293 §3.10.7.2) and the queues of a listener, as Linux keeps them.</summary>
[Collection(nameof(AloneInTheProcess))]
public class ListenerTests
{
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;

    // SM-SEG-LI-1, SM-SEG-LI-2, SM-SEG-LI-5, SM-SEG-LI-6, BUG-11: what is no SYN leaves the listener as it was.
    [Theory]
    [OnEveryWire(TcpFlags.Rst, "")]
    [OnEveryWire(TcpFlags.Rst | TcpFlags.Ack, "")]
    [OnEveryWire(TcpFlags.Rst | TcpFlags.Syn, "")]
    [OnEveryWire(TcpFlags.Ack, "[R] seq 1")]
    [OnEveryWire(SynAck, "[R] seq 1")]
    [OnEveryWire(TcpFlags.Fin | TcpFlags.Ack, "[R] seq 1")]
    [OnEveryWire(TcpFlags.Syn | TcpFlags.Fin, "")]
    [OnEveryWire(TcpFlags.Fin, "")]
    [OnEveryWire(TcpFlags.None, "")]
    [OnEveryWire(TcpFlags.Psh | TcpFlags.Urg, "")]
    public void Listener_SegmentThatIsNoSyn_IsAnsweredByTheRfcAndForgotten(string wire, TcpFlags flags, string expected)
    {
        TcpRig rig = new(wire);
        rig.Listen();
        rig.Say(flags, 1000, unchecked(rig.Iss + 1), "x");
        Assert.Equal(expected, rig.TakeText(rig.Iss));
        Assert.Equal("Listen:0:5", rig.Host.States(rig.Now));
        rig.HandshakeFromPeer(1000);
        Assert.Equal("Listen:1:5 Established:0:0", rig.Host.States(rig.Now));
    }

    // SM-SEG-LI-4; golden 03: the SYN-ACK has identification 0 and DF, what follows counts.
    [Theory, OnEveryWire]
    public void Listener_Syn_AnswersSynAckWithLinuxOptions(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Listen();
        rig.Say(TcpFlags.Syn, 1000, options: TcpRig.SynOptions(500));
        SeenSegment synAck = rig.TakeOne();
        Assert.Equal((SynAck, 1001u, (ushort)(rig.IsV6 ? 64_260 : 65_160)), (synAck.Flags, synAck.Ack, synAck.Window));
        Assert.Equal(rig.Mss, synAck.Options.Mss);
        Assert.Equal(500u, synAck.Options.TsEcr);
        Assert.Equal((ushort)0, synAck.Id);
        Assert.True(synAck.DontFragment);
        Assert.Equal("Listen:0:5 SynReceived:0:0", rig.Host.States(rig.Now));
        SocketRow request = rig.Sockets.Snapshot(rig.Now)[1];
        Assert.True(request is { IsRequest: true, Handle: -1, Timer: TcpTimerKind.On, TimerCount: 0, Info: null });
        Assert.Equal(SocketReadiness.None, rig.Sockets.Poll(listener));

        rig.Say(TcpFlags.Ack, 1001, synAck.Seq + 1, options: TcpRig.Timestamps(501, synAck.Options.TsVal));
        Assert.Empty(rig.Take());
        Assert.Equal(SocketReadiness.Readable, rig.Sockets.Poll(listener));
        Assert.True(rig.Sockets.PollReady(out int ready) && ready == listener);
        Assert.Equal(Errno.None, rig.Sockets.Accept(listener, out int accepted, out SocketAddress peer));
        Assert.Equal(new SocketAddress(rig.Remote, 5000), peer);
        rig.Host.Send(rig.Now, accepted, "a");
        SeenSegment first = rig.TakeOne();
        rig.Host.Send(rig.Now, accepted, "b");
        rig.Say(TcpFlags.Ack, 1001, first.Seq + 1, options: TcpRig.Timestamps(502, first.Options.TsVal));
        SeenSegment second = rig.TakeOne();
        Assert.Equal(rig.IsV6 ? 0 : first.Id + 1, second.Id);
    }

    // MUST-11, SM-RST-SR: a reset of a half-open connection returns silently; the listener is unharmed.
    [Theory, OnEveryWire]
    public void HalfOpen_Reset_VanishesSilently(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Listen();
        rig.Say(TcpFlags.Syn, 1000, options: TcpRig.SynOptions());
        rig.Take();
        rig.Say(TcpFlags.Rst, 1001);
        Assert.Empty(rig.Take());
        Assert.Equal("Listen:0:5", rig.Host.States(rig.Now));
        Assert.False(rig.Sockets.PollReady(out _));
        Assert.Equal(Errno.EAGAIN, rig.Sockets.Accept(listener, out _, out _));
        Assert.Equal(1, rig.Host.TcpCounters.AttemptFails);
        rig.HandshakeFromPeer(1000);
    }

    // SM-SYN-SR-P: the original SYN again draws the SYN-ACK again, and no second record.
    [Theory, OnEveryWire]
    public void HalfOpen_SameSynAgain_DrawsTheSameSynAck(string wire)
    {
        TcpRig rig = new(wire);
        rig.Listen();
        rig.Say(TcpFlags.Syn, 1000, options: TcpRig.SynOptions());
        uint iss = rig.TakeOne().Seq;
        rig.Say(TcpFlags.Syn, 1000, options: TcpRig.SynOptions());
        Assert.Equal("[S.] seq 0 ack 1001", rig.TakeText(iss));
        Assert.Equal("Listen:0:5 SynReceived:0:0", rig.Host.States(rig.Now));
    }

    // SM-TO-SR, X-4987-2: five SYN-ACK retransmissions after 1, 2, 4, 8, 16 s, then nothing is left, silently.
    [Theory, OnEveryWire]
    public void HalfOpen_PeerSilent_IsRetriedFiveTimesAndDropped(string wire)
    {
        TcpRig rig = new(wire);
        rig.Listen();
        rig.Say(TcpFlags.Syn, 1000, options: TcpRig.SynOptions());
        List<double> times = [];
        Instant start = rig.Now;
        for (int i = 0; i < 700 && rig.Host.Sockets.Tcp.ConnectionCount > 0; i++)
        {
            foreach (SeenSegment s in rig.Take())
            {
                Assert.Equal(SynAck, s.Flags);
                times.Add((rig.Now - start).TotalSeconds);
            }

            rig.Run(0.1);
        }

        Assert.Equal([0, 1, 3, 7, 15, 31], times.Select(t => Math.Floor(t + 0.05)));
        Assert.InRange((rig.Now - start).TotalSeconds, 62.9, 63.3);
        Assert.Equal("Listen:0:5", rig.Host.States(rig.Now));
        Assert.Empty(rig.Take());
    }

    // SM-SEG-LI-7: backlog N admits N + 1 waiting connections and, beside them, N + 1 half-open ones (seen on Linux 6.18, tcp_syncookies 0).
    [Theory]
    [OnEveryWire(0)]
    [OnEveryWire(1)]
    [OnEveryWire(2)]
    [OnEveryWire(5)]
    public void Backlog_ManyConnections_AdmitsOneMoreThanItsNumber(string wire, int backlog)
    {
        TcpRig rig = new(wire);
        int listener = rig.Listen(backlog);
        for (int i = 0; i < backlog + 1; i++)
        {
            rig.RemotePort = (ushort)(6000 + i);
            rig.HandshakeFromPeer(1000);
        }

        rig.RemotePort = 7000;
        rig.Say(TcpFlags.Syn, 1000);
        Assert.Empty(rig.Take()); // no reset either
        SocketRow row = rig.Sockets.Snapshot(rig.Now)[0];
        Assert.Equal((backlog + 1, backlog), (row.ReceiveQueue, row.SendQueue));
        Assert.Equal(1, rig.Host.TcpCounters.ListenOverflows);

        Assert.Equal(Errno.None, rig.Sockets.Accept(listener, out _, out _));
        rig.Say(TcpFlags.Syn, 1000);
        Assert.Equal(SynAck, rig.TakeOne().Flags);
    }

    [Theory]
    [OnEveryWire(0, 1)]
    [OnEveryWire(1, 2)]
    [OnEveryWire(5, 6)]
    [OnEveryWire(100, 50)]
    public void Backlog_ManySyns_HoldsOneMoreThanItsNumberHalfOpen(string wire, int backlog, int expected)
    {
        TcpRig rig = new(wire, s => (s.Sockets.MaxSynBacklog, s.Sockets.SynCookies) = (50, 0));
        rig.Listen(backlog);
        for (int i = 0; i < 200; i++)
        {
            rig.RemotePort = (ushort)(6000 + i);
            rig.Say(TcpFlags.Syn, 1000);
        }

        Assert.Equal(expected, rig.Take().Count);
        Assert.Equal(expected, rig.Host.Sockets.Tcp.ConnectionCount);
        Assert.Equal(200 - expected, rig.Host.Counters[DropReason.TcpRequestQueueFull]);
    }

    // The last ACK of a handshake that finds the accept queue full is forgotten; the SYN-ACK goes out again and the connection comes through later.
    [Theory, OnEveryWire]
    public void AcceptQueue_FullWhenTheHandshakeEnds_ConnectionWaitsInSynReceived(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Listen(1);
        uint[] iss = new uint[2];
        for (ushort i = 0; i < 2; i++)
        {
            rig.RemotePort = (ushort)(6000 + i);
            rig.Say(TcpFlags.Syn, 1000);
            iss[i] = rig.TakeOne().Seq;
        }

        for (ushort i = 0; i < 2; i++)
        {
            rig.RemotePort = (ushort)(6000 + i);
            rig.Say(TcpFlags.Ack, 1001, iss[i] + 1);
        }

        Assert.Equal("Listen:2:1 Established:0:0 Established:0:0", rig.Host.States(rig.Now));
        rig.Sockets.Accept(listener, out _, out _);
        rig.RemotePort = 6010;
        rig.Say(TcpFlags.Syn, 1000);
        uint third = rig.TakeOne().Seq;
        rig.RemotePort = 6011;
        rig.HandshakeFromPeer(1000);
        Assert.Equal(2, rig.Sockets.Snapshot(rig.Now)[0].ReceiveQueue);

        rig.RemotePort = 6010;
        rig.Say(TcpFlags.Ack, 1001, third + 1);
        rig.Say(TcpFlags.Ack | TcpFlags.Psh, 1001, third + 1, "early");
        Assert.Empty(rig.Take());
        Assert.Equal("Listen:2:1 SynReceived:0:0", string.Join(' ', rig.Host.States(rig.Now).Split(' ').Take(2)));
        Assert.Equal(2, rig.Host.Counters[DropReason.TcpBacklogFull]);

        rig.Sockets.Accept(listener, out _, out _);
        rig.Run(1.5);
        Assert.Equal("[S.] seq 0 ack 1001", rig.TakeText(third));
        rig.Say(TcpFlags.Ack, 1001, third + 1);
        Assert.Equal(2, rig.Sockets.Snapshot(rig.Now)[0].ReceiveQueue);
    }

    [Theory, OnEveryWire]
    public void AcceptQueue_FullWithAbortOnOverflow_ResetsThePeer(string wire)
    {
        TcpRig rig = new(wire, s => (s.Sockets.AbortOnOverflow, s.Sockets.SynCookies) = (true, 0));
        rig.Listen(0);
        rig.Say(TcpFlags.Syn, 1000);
        uint iss = rig.TakeOne().Seq;
        rig.RemotePort = 5001;
        rig.Say(TcpFlags.Syn, 1000);
        Assert.Empty(rig.Take()); // one half-open connection only
        rig.RemotePort = 5000;
        rig.Say(TcpFlags.Ack, 1001, iss + 1);
        rig.RemotePort = 5001;
        rig.Say(TcpFlags.Syn, 1000);
        Assert.Empty(rig.Take()); // the accept queue is full

        TcpRig two = new(wire, s => s.Sockets.AbortOnOverflow = true);
        two.Listen(1);
        uint[] numbers = new uint[3];
        for (int i = 0; i < 2; i++)
        {
            two.RemotePort = (ushort)(5000 + i);
            two.Say(TcpFlags.Syn, 1000);
            numbers[i] = two.TakeOne().Seq;
        }

        two.RemotePort = 5000;
        two.Say(TcpFlags.Ack, 1001, numbers[0] + 1);
        two.RemotePort = 5002;
        two.HandshakeFromPeer(1000);
        two.RemotePort = 5001;
        two.Say(TcpFlags.Ack, 1001, numbers[1] + 1);
        Assert.Equal("[R] seq 1", two.TakeText(numbers[1]));
        Assert.Equal("Listen:2:1 Established:0:0 Established:0:0", two.Host.States(two.Now));
    }

    // X-4987-2, X-LIM-1: a flood of SYNs from everywhere keeps memory flat and existing connections alive.
    [Theory, OnEveryWire]
    public void SynFlood_AMillionSources_MemoryStaysFlatAndConnectionsWork(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Listen(1000);
        uint iss = rig.HandshakeFromPeer(1000);
        rig.Sockets.Accept(listener, out int accepted, out _);
        byte[] syn = rig.Packet(TcpFlags.Syn, 1000);
        int tcp = rig.IpHeader;
        Random random = new(4);
        Flood(5_000);
        int halfOpen = rig.Host.Sockets.Tcp.ConnectionCount;
        Assert.Equal(1002, halfOpen);
        using AllocationMeter meter = AllocationMeter.Start();
        Flood(15_000);
        Assert.Equal(0, meter.Allocated);
        Assert.Equal(halfOpen, rig.Host.Sockets.Tcp.ConnectionCount);
        rig.Take();
        rig.Say(TcpFlags.Ack | TcpFlags.Psh, 1001, iss + 1, "still here");
        Assert.Equal("'still here'", rig.Host.Recv(rig.Now, accepted));
        rig.Run(64);
        Assert.Equal(1, rig.Host.Sockets.Tcp.ConnectionCount);

        void Flood(int count)
        {
            for (int i = 0; i < count; i++)
            {
                uint source = (uint)random.Next(0x0B00_0000, 0x5000_0000);
                BinaryPrimitives.WriteUInt32BigEndian(syn.AsSpan(rig.IsV6 ? 20 : 12), source);
                syn[tcp + 7] = (byte)random.Next(256); // another sequence number
                Refresh(syn, tcp);
                rig.Host.Receive(rig.Now, rig.Link, syn);
                while (rig.Host.PollTransmit(rig.Now, out _, out PacketBuffer? frame))
                {
                    frame.Release();
                }
            }
        }

        static void Refresh(byte[] packet, int tcp)
        {
            (int at, int length) = tcp == 40 ? (8, 16) : (12, 4);
            if (tcp == 20)
            {
                packet[10] = packet[11] = 0;
                BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), InternetChecksum.Fold(InternetChecksum.Sum(packet.AsSpan(0, 20))));
            }

            TcpWriter.WriteChecksum(packet.AsSpan(tcp), IpAddress.Read(packet.AsSpan(at, length)), IpAddress.Read(packet.AsSpan(at + length, length)));
        }
    }

    // MUST-42: listening on a port from which a connection is being opened; and the other way round the port stays the listener's.
    [Theory, OnEveryWire]
    public void Listen_OnThePortOfAnOpeningConnection_WorksWithReuseAddress(string wire)
    {
        TcpRig rig = new(wire);
        int client = rig.Stream();
        rig.Sockets.SetOption(rig.Now, client, SocketOption.ReuseAddress, 1);
        Assert.Equal(Errno.None, rig.Sockets.Bind(client, new(rig.Any, 4000)));
        Assert.Equal(Errno.EINPROGRESS, rig.Sockets.Connect(rig.Now, client, new(rig.Remote, 9)));
        SeenSegment syn = rig.TakeOne();
        int listener = rig.Stream();
        rig.Sockets.SetOption(rig.Now, listener, SocketOption.ReuseAddress, 1);
        Assert.Equal(Errno.None, rig.Sockets.Bind(listener, new(rig.Any, 4000)));
        Assert.Equal(Errno.None, rig.Sockets.Listen(listener, 5));
        rig.LocalPort = 4000;
        rig.HandshakeFromPeer(1000);
        rig.RemotePort = 9;
        rig.Say(SynAck, 1000, syn.Seq + 1);
        Assert.Equal("[.] seq 1 ack 1001", rig.TakeText(syn.Seq));
    }

    // MUST-43: each listener takes only what is for its address; the specific one comes before the wildcard.
    [Theory, OnEveryWire]
    public void Listeners_OnSeveralAddresses_TakeTheirOwn(string wire)
    {
        TcpRig rig = new(wire);
        IpAddress alias = rig.Neighbor(9);
        rig.Link.AddAddress(alias, rig.IsV6 ? 64 : 24);
        int onAlias = Reusing(rig, alias), onAny = Reusing(rig, rig.Any);
        rig.RemotePort = 6000;
        rig.Receive(rig.Packet(TcpFlags.Syn, 1000, destination: alias));
        SeenSegment toAlias = rig.TakeOne();
        Assert.Equal(alias, toAlias.Source);
        rig.Receive(rig.Packet(TcpFlags.Ack, 1001, toAlias.Seq + 1, destination: alias));
        rig.HandshakeFromPeer(1000);
        Assert.Equal((Errno.None, Errno.EAGAIN), (rig.Sockets.Accept(onAlias, out _, out _), rig.Sockets.Accept(onAlias, out _, out _)));
        Assert.Equal((Errno.None, Errno.EAGAIN), (rig.Sockets.Accept(onAny, out _, out _), rig.Sockets.Accept(onAny, out _, out _)));

        static int Reusing(TcpRig rig, IpAddress address)
        {
            int socket = rig.Stream();
            rig.Sockets.SetOption(rig.Now, socket, SocketOption.ReusePort, 1);
            Assert.Equal(Errno.None, rig.Sockets.Bind(socket, new(address, 80)));
            Assert.Equal(Errno.None, rig.Sockets.Listen(socket, 5));
            return socket;
        }
    }

    [Theory, OnEveryWire]
    public void Listeners_SharingAPort_SplitTheFlows(string wire)
    {
        TcpRig rig = new(wire);
        int[] listeners = [.. Enumerable.Range(0, 4).Select(_ =>
        {
            int socket = rig.Stream();
            rig.Sockets.SetOption(rig.Now, socket, SocketOption.ReusePort, 1);
            rig.Sockets.Bind(socket, new(rig.Any, 80));
            Assert.Equal(Errno.None, rig.Sockets.Listen(socket, 1000));
            return socket;
        })];
        for (int i = 0; i < 400; i++)
        {
            rig.RemotePort = (ushort)(6000 + i);
            rig.HandshakeFromPeer(1000);
        }

        SocketRow[] rows = [.. rig.Sockets.Snapshot(rig.Now).Take(4)];
        Assert.Equal(400, rows.Sum(r => r.ReceiveQueue));
        Assert.All(rows, r => Assert.InRange(r.ReceiveQueue, 60, 140));
        rig.Sockets.Close(rig.Now, listeners[0]);
        Assert.Equal(rows[0].ReceiveQueue, rig.Take().Count(s => (s.Flags & TcpFlags.Rst) != 0)); // what waited there is reset
    }

    // A dual-stack listener takes IPv4 in mapped addresses (golden 22); with IPV6_V6ONLY it does not.
    [Theory, OnEveryWire(Version = 4)]
    public void Listener_DualStack_ShowsMappedAddresses(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Host.Listener(80, dual: true);
        rig.HandshakeFromPeer(1000);
        Assert.Equal(Errno.None, rig.Sockets.Accept(listener, out int accepted, out SocketAddress peer));
        Assert.Equal("[::ffff:10.0.0.2]:5000", peer.ToString());
        rig.Sockets.GetLocal(accepted, out SocketAddress local);
        Assert.Equal("[::ffff:10.0.0.1]:80", local.ToString());
        IReadOnlyList<SocketRow> rows = rig.Sockets.Snapshot(rig.Now);
        Assert.True(rows[0] is { IsDualStack: true, Family: AddressFamily.Inet6 });
        Assert.Equal("[::ffff:10.0.0.1]:80 [::ffff:10.0.0.2]:5000", $"{rows[1].Local} {rows[1].Peer}");

        int only = rig.Host.Stream(AddressFamily.Inet6);
        rig.Sockets.SetOption(rig.Now, only, SocketOption.Ipv6Only, 1);
        rig.Sockets.Bind(only, new(IpAddress.AnyV6, 81));
        rig.Sockets.Listen(only, 5);
        rig.LocalPort = 81;
        rig.Say(TcpFlags.Syn, 1000);
        Assert.Equal("[R.] seq 0 ack 1001", rig.TakeText());
    }

    // Linux: what waited in the queues of a closed listener is reset, half-open requests go silently.
    [Theory, OnEveryWire]
    public void Close_Listener_ResetsWhatWaits(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Listen();
        uint iss = rig.HandshakeFromPeer(1000);
        rig.RemotePort = 5001;
        rig.Say(TcpFlags.Syn, 1000);
        rig.Take();
        rig.Sockets.Close(rig.Now, listener);
        Assert.Equal("[R.] seq 1 ack 1001", rig.TakeText(iss));
        Assert.Equal("", rig.Host.States(rig.Now));
        Assert.Equal(0, rig.Host.Sockets.Tcp.ConnectionCount);
        Assert.False(rig.Host.Sockets.Tcp.Ports.IsHeld(80));
        rig.Say(TcpFlags.Ack, 1001, iss + 1);
        Assert.Equal("[R] seq 1", rig.TakeText(iss));
    }

    // Closed before the SYN-ACK had left: it does not leave any more.
    [Theory, OnEveryWire]
    public void Close_ListenerBeforeTheSynAckLeft_StaysSilent(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Listen();
        rig.Host.Receive(rig.Now, rig.Link, rig.Packet(TcpFlags.Syn, 1000));
        rig.Sockets.Close(rig.Now, listener);
        Assert.Empty(rig.Take());
        Assert.Equal(0, rig.Host.Sockets.Tcp.ConnectionCount);
    }

    // Linux: a connection reset while it waits stays in the queue; accept() gives it, and reading tells.
    [Theory, OnEveryWire]
    public void AcceptQueue_ConnectionResetWhileWaiting_IsStillAccepted(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Listen();
        rig.HandshakeFromPeer(1000);
        rig.Say(TcpFlags.Rst, 1001);
        Assert.Equal(SocketReadiness.Readable, rig.Sockets.Poll(listener));
        Assert.Equal(Errno.None, rig.Sockets.Accept(listener, out int accepted, out SocketAddress peer));
        Assert.Equal(5000, peer.Port);
        Assert.Equal(Errno.ENOTCONN, rig.Sockets.GetPeer(accepted, out _));
        Assert.Equal("ECONNRESET", rig.Host.Recv(rig.Now, accepted));
        Assert.Equal("''", rig.Host.Recv(rig.Now, accepted));
        Assert.Equal("EPIPE", rig.Host.Send(rig.Now, accepted, "x"));
        rig.Sockets.Close(rig.Now, accepted);
        Assert.Empty(rig.Take());
    }
}

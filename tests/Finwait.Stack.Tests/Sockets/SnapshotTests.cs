using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>The rows that ss and lsof print from (seen on Linux: which sockets are listed, whose they are, what their queues show).</summary>
public class SnapshotTests
{
    [Fact]
    public void Socket_NotConnectedNorListening_IsNotListed()
    {
        TwoHosts hosts = new();
        int fresh = hosts.A.Stream(), bound = hosts.A.Stream();
        hosts.A.Sockets.Bind(bound, new(IpAddress.AnyV4, 4000));
        (int a, int b) = hosts.Pair();
        hosts.B.Sockets.SetOption(hosts.Now, b, SocketOption.Linger, 0);
        hosts.B.Sockets.Close(hosts.Now, b);
        hosts.Exchange();
        Assert.Equal("", hosts.A.States(hosts.Now));
        Assert.Equal([0, 1, 2], [fresh, bound, a]);
    }

    // Listeners, then half-open requests, then connections, oldest first; IPv4 before IPv6; TIME-WAIT after them; UDP last.
    [Fact]
    public void Rows_OfAllKinds_ComeInAFixedOrder()
    {
        TwoHosts hosts = new();
        int listener6 = hosts.B.Listener(4001, dual: true), listener = hosts.B.Listener(4000);
        int datagram = hosts.B.Sockets.Create(AddressFamily.Inet, SocketType.Datagram);
        hosts.B.Sockets.Bind(datagram, new(IpAddress.AnyV4, 53));
        Connect(hosts, 4000);
        Connect(hosts, 4001);
        hosts.Exchange();
        hosts.B.Sockets.Accept(listener, out int closing, out _);
        hosts.B.Sockets.Close(hosts.Now, closing);
        hosts.Exchange();
        hosts.A.Sockets.Close(hosts.Now, 0);
        hosts.Exchange();
        Connect(hosts, 4000);
        hosts.Exchange();
        hosts.Loses = (toB, _) => toB; // the handshake does not end
        hosts.A.Sockets.Connect(hosts.Now, hosts.A.Stream(), new(TwoHosts.AddressB, 4000));
        hosts.Loses = null;
        while (hosts.A.PollTransmit(hosts.Now, out _, out PacketBuffer? syn))
        {
            hosts.B.Receive(hosts.Now, hosts.B.Interfaces[1], syn.Span);
            syn.Release();
        }

        SocketRow[] rows = [.. hosts.B.Sockets.Snapshot(hosts.Now)];
        Assert.Equal(
            ["Stream Inet Listen 4000", "Stream Inet SynReceived 4000", "Stream Inet Established 4000", "Stream Inet TimeWait 4000", "Stream Inet6 Listen 4001", "Stream Inet6 Established 4001", "Datagram Inet Closed 53"],
            rows.Select(r => $"{r.Type} {r.Family} {r.State} {r.Local.Port}"));
        Assert.Equal([listener, -1, -1, -1, listener6, -1, datagram], rows.Select(r => r.Handle));
        Assert.Equal([true, false, false, false, true, false, true], rows.Select(r => r.Inode != 0));
        Assert.Equal([false, true, false, false, false, false, false], rows.Select(r => r.IsRequest));
        Assert.Equal([false, false, false, true, false, false, false], rows.Select(r => r.IsTimeWait));
        Assert.Equal([false, false, false, false, true, false, false], rows.Select(r => r.IsDualStack));
        Assert.Equal([1, 0, 0, 0, 1, 0, 0], rows.Select(r => r.ReceiveQueue));
        Assert.Equal([5, 0, 0, 0, 5, 0, 0], rows.Select(r => r.SendQueue));
    }

    // tool-formats §14: a SYN or FIN in flight counts one in Send-Q, a received FIN one in Recv-Q until it is read.
    [Theory, OnEveryWire]
    public void Queues_ThroughBothCloses_CountSynAndFin(string wire)
    {
        TwoHosts hosts = new(wire);
        (int a, int b) = hosts.Pair();
        hosts.Loses = (_, _) => true;
        hosts.A.Sockets.Close(hosts.Now, a);
        hosts.Exchange();
        Assert.Equal("FinWait1:0:1", hosts.A.States(hosts.Now));
        Assert.Equal(-1, hosts.A.Sockets.Snapshot(hosts.Now)[0].Handle); // an orphan has no file
        Assert.Equal(1, hosts.A.Sockets.Tcp.OrphanCount);
        hosts.Loses = null;
        hosts.Run(0.3);
        Assert.Equal("CloseWait:1:0", hosts.B.States(hosts.Now));
        hosts.B.Recv(hosts.Now, b); // takes the FIN out of Recv-Q
        hosts.Loses = (_, _) => true;
        hosts.B.Sockets.Close(hosts.Now, b);
        hosts.Exchange();
        Assert.Equal("LastAck:0:1", hosts.B.States(hosts.Now));
        hosts.Loses = null;
        hosts.Run(1);
        Assert.Equal("", hosts.B.States(hosts.Now));
        Assert.Equal("TimeWait:0:0", hosts.A.States(hosts.Now));
        Assert.Equal(0, hosts.A.Sockets.Tcp.OrphanCount + hosts.B.Sockets.Tcp.OrphanCount);
    }

    // A SYN-RECV of a simultaneous open is a connection of its socket, not a request: Send-Q 1 and a handle.
    [Theory, OnEveryWire]
    public void SynReceived_OfASimultaneousOpen_IsNoRequest(string wire)
    {
        TcpRig rig = new(wire);
        int socket = rig.Stream();
        rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 5000));
        rig.LocalPort = rig.TakeOne().From;
        rig.Say(TcpFlags.Syn, 1000);
        SocketRow row = Assert.Single(rig.Sockets.Snapshot(rig.Now));
        Assert.Equal((TcpState.SynReceived, 1, socket, false), (row.State, (int)row.SendQueue, row.Handle, row.IsRequest));
    }

    // X-LIM-1: tcp_max_orphans; one more is reset.
    [Theory, OnEveryWire]
    public void Orphans_TooMany_AreReset(string wire)
    {
        TcpRig rig = new(wire, s => s.Sockets.MaxOrphans = 5);
        int listener = rig.Listen(100), resets = 0;
        for (ushort i = 0; i < 8; i++)
        {
            rig.RemotePort = (ushort)(5000 + i);
            rig.HandshakeFromPeer(1000);
            rig.Sockets.Accept(listener, out int socket, out _);
            rig.Sockets.Close(rig.Now, socket);
            resets += rig.Take().Count(s => (s.Flags & TcpFlags.Rst) != 0);
        }

        Assert.Equal((5, 3), (rig.Host.Sockets.Tcp.OrphanCount, resets));
        Assert.Equal(3, rig.Host.TcpCounters.OrphansReset);
    }

    // The same seed and the same calls give the same packets and rows.
    [Fact]
    public void Run_SameSeed_GivesTheSamePackets()
    {
        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));

        static string Run(ulong seed)
        {
            TcpRig rig = new(s => s.Seed = seed);
            for (int i = 0; i < 20; i++)
            {
                rig.Sockets.Connect(rig.Now, rig.Host.Stream(), new(TcpRig.Peer, (ushort)(80 + (i % 3))));
                rig.Run(0.1);
            }

            return string.Join('\n', rig.Take().Select(s => $"{s.From} {s.To} {s.Seq} {s.Options.TsVal} {s.Id}")) + rig.Host.States(rig.Now);
        }
    }

    private static void Connect(TwoHosts hosts, ushort port)
        => Assert.Equal(Errno.EINPROGRESS, hosts.A.Sockets.Connect(hosts.Now, hosts.A.Stream(), new(TwoHosts.AddressB, port)));
}

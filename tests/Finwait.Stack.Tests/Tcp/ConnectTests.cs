using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>Active opens: addresses, ports, sequence numbers, refusal, simultaneous open.</summary>
public class ConnectTests
{
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;

    // SHLD-6: what is offered follows the interface's MTU.
    [Theory, OnEveryWire]
    public void Connect_AfterTheMtuChanged_OffersTheNewSegmentSize(string wire)
    {
        TcpRig rig = new(wire);
        foreach (int mtu in (int[])[1500, rig.IsV6 ? 1280 : 576, 9000])
        {
            rig.Link.Mtu = mtu;
            rig.Connect(80);
            Assert.Equal(mtu - rig.IpHeader - 20, (int)rig.TakeOne().Options.Mss);
        }
    }

    // MUST-44: the source is the network layer's choice; the checksum (checked by the rig) is made with it.
    [Theory, OnEveryWire]
    public void Connect_WithoutBind_AsksTheNetworkLayerForTheSource(string wire)
    {
        TcpRig rig = new(wire);
        IpAddress there = IpAddress.Parse(rig.IsV6 ? "fd07::9" : "192.168.7.9"), far = IpAddress.Parse(rig.IsV6 ? "2001:db8::8" : "8.8.8.8");
        IpAddress onTun1 = IpAddress.Parse(rig.IsV6 ? "fd07::1" : "192.168.7.1");
        rig.Host.AddPointToPoint("tun1", 1400).AddAddress(onTun1, rig.IsV6 ? 64 : 24);
        rig.Host.Routes.Add(rig.Any, 0, default, rig.Link);
        int near = rig.Connect(80, there);
        rig.Connect(80, far);
        IReadOnlyList<SeenSegment> syns = rig.Take();
        Assert.Equal([onTun1, rig.Local], syns.Select(s => s.Source));
        Assert.Equal([1400 - rig.IpHeader - 20, rig.Mss], syns.Select(s => (int)s.Options.Mss));
        rig.Sockets.GetLocal(near, out SocketAddress local);
        Assert.Equal(onTun1, local.Address);
    }

    // MUST-43, MUST-45: a bound address is the source of every segment, whatever the routes say later.
    [Theory, OnEveryWire]
    public void Connect_BoundAddress_IsKeptWhenRoutesChange(string wire)
    {
        TcpRig rig = new(wire);
        IpAddress alias = rig.Neighbor(9);
        rig.Link.AddAddress(alias, rig.IsV6 ? 64 : 24);
        int socket = rig.Stream();
        Assert.Equal(Errno.None, rig.Sockets.Bind(socket, new(alias, 32_089)));
        Assert.Equal(Errno.EINPROGRESS, rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 80)));
        rig.Host.Routes.Add(rig.Remote, rig.IsV6 ? 128 : 32, default, rig.Link, source: rig.Local);
        rig.Run(1.5);
        Assert.All(rig.Take(), s => Assert.Equal((alias, (ushort)32_089), (s.Source, s.From)));
    }

    // MUST-46 (as ENETUNREACH, which Linux gives for groups and broadcasts); nothing leaves. No wire: there is no segment, and the rows have both IP versions.
    [Theory]
    [InlineData("255.255.255.255")]
    [InlineData("10.0.0.255")]
    [InlineData("224.0.0.1")]
    [InlineData("ff02::1")]
    [InlineData("2001:db8::1")] // no route
    [InlineData("::ffff:224.0.0.1")]
    public void Connect_ToWhatIsNoHost_FailsAtOnce(string destination)
    {
        TcpRig rig = new();
        IpAddress to = IpAddress.Parse(destination);
        int socket = rig.Host.Stream(to.IsV6 ? AddressFamily.Inet6 : AddressFamily.Inet);
        Assert.Equal(Errno.ENETUNREACH, rig.Sockets.Connect(rig.Now, socket, new(to, 80)));
        Assert.Empty(rig.Take());
        Assert.Equal("", rig.Host.States(rig.Now));
        rig.Sockets.GetLocal(socket, out SocketAddress local);
        Assert.Equal(0, local.Port);
    }

    // The unspecified address means this host, as on Linux: its loopback address, or the one the socket is bound to.
    [Theory]
    [InlineData("0.0.0.0", null, "127.0.0.1")]
    [InlineData("0.0.0.0", "10.0.0.1", "10.0.0.1")]
    [InlineData("::", null, "::1")]
    public void Connect_ToTheUnspecifiedAddress_ReachesThisHost(string destination, string? bound, string expected)
    {
        TcpRig rig = new();
        IpAddress to = IpAddress.Parse(destination);
        AddressFamily family = to.IsV6 ? AddressFamily.Inet6 : AddressFamily.Inet;
        int listener = rig.Host.Stream(family);
        Assert.Equal(Errno.None, rig.Sockets.Bind(listener, new(to, 4000)));
        Assert.Equal(Errno.None, rig.Sockets.Listen(listener, 5));
        int socket = rig.Host.Stream(family);
        Assert.True(bound is null || rig.Sockets.Bind(socket, new(IpAddress.Parse(bound), 0)) == Errno.None);

        Assert.Equal(Errno.EINPROGRESS, rig.Sockets.Connect(rig.Now, socket, new(to, 4000)));

        rig.Run(0.1);
        Assert.Equal(Errno.None, rig.Sockets.Connect(rig.Now, socket, new(to, 4000)));
        Assert.Equal(Errno.None, rig.Sockets.GetPeer(socket, out SocketAddress peer));
        Assert.Equal(IpAddress.Parse(expected), peer.Address);
        Assert.Equal(Errno.None, rig.Sockets.Accept(listener, out _, out _));
    }

    [Fact]
    public void Connect_WrongFamily_IsRefused()
    {
        TcpRig rig = new();
        Assert.Equal(Errno.EAFNOSUPPORT, rig.Sockets.Connect(rig.Now, rig.Host.Stream(), new(TcpRig.Peer6, 80)));
        Assert.Equal(Errno.EAFNOSUPPORT, rig.Sockets.Connect(rig.Now, rig.Host.Stream(AddressFamily.Inet6), new(TcpRig.Peer, 80)));
        Assert.Equal(Errno.EBADF, rig.Sockets.Connect(rig.Now, 99, new(TcpRig.Peer, 80)));
        Assert.Equal(Errno.EBADF, rig.Sockets.Connect(rig.Now, -1, new(TcpRig.Peer, 80)));
    }

    // Golden 02: a refused socket may try again: from another, even port, the sequence number three further on.
    [Theory, OnEveryWire]
    public void Connect_RefusedThreeTimes_GoesOnFromAnotherPort(string wire)
    {
        TcpRig rig = new(wire);
        int socket = rig.Stream();
        uint? last = null;
        HashSet<int> ports = [];
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(Errno.EINPROGRESS, rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 80)));
            SeenSegment syn = rig.TakeOne();
            Assert.Equal(0, syn.From % 2);
            Assert.InRange(syn.From, 32_768, 60_999);
            Assert.True(ports.Add(syn.From));
            Assert.Equal((last ?? (syn.Seq - 3)) + 3, syn.Seq);
            last = syn.Seq;
            (rig.RemotePort, rig.LocalPort) = (80, syn.From);
            Assert.Equal(Errno.EALREADY, rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 80)));
            rig.Say(TcpFlags.Rst | TcpFlags.Ack, 1000, syn.Seq + 1);
            Assert.Empty(rig.Take());
            Assert.True(rig.Sockets.PollReady(out int ready) && ready == socket);
            Assert.Equal(Errno.ECONNREFUSED, rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 80)));
            Assert.False(rig.Host.Sockets.Tcp.Ports.IsHeld(syn.From));
            Assert.Equal("", rig.Host.States(rig.Now));
        }

        Assert.Equal(3, rig.Host.TcpCounters.AttemptFails);
    }

    // SO_ERROR fetched first: the next connect() says ECONNABORTED, the one after it starts anew (Linux 6.18).
    [Theory, OnEveryWire]
    public void Connect_AfterErrorWasFetched_SaysAbortedOnce(string wire)
    {
        TcpRig rig = new(wire);
        int socket = rig.Connect(80);
        SeenSegment syn = rig.TakeOne();
        (rig.RemotePort, rig.LocalPort) = (80, syn.From);
        rig.Say(TcpFlags.Rst | TcpFlags.Ack, 1000, syn.Seq + 1);
        Assert.Equal(Errno.None, rig.Sockets.GetOption(socket, SocketOption.Error, out int error));
        Assert.Equal((int)Errno.ECONNREFUSED, error);
        Assert.Equal(Errno.ECONNABORTED, rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 80)));
        Assert.Equal(Errno.EINPROGRESS, rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 80)));
    }

    // golden 10b, tool-formats §17: with tcp_syn_retries 2 six SYNs and ETIMEDOUT; the socket can be used again.
    [Theory, OnEveryWire]
    public void Connect_NobodyAnswers_TimesOut(string wire)
    {
        TcpRig rig = new(wire, s => s.Tcp.SynRetries = 2);
        int socket = rig.Connect(80);
        rig.Run(200);
        IReadOnlyList<SeenSegment> syns = rig.Take();
        Assert.Equal(6, syns.Count);
        Assert.All(syns, s => Assert.Equal((TcpFlags.Syn, syns[0].Seq, syns[0].From), (s.Flags, s.Seq, s.From)));
        Assert.Equal(Errno.ETIMEDOUT, rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 80)));
        Assert.Equal(Errno.EINPROGRESS, rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 80)));
    }

    // MUST-10, SM-SC-2: crossed SYNs make one connection, on both hosts of the stack.
    [Theory, OnEveryWire]
    public void Connect_Crossed_OpensOneConnection(string wire)
    {
        TwoHosts hosts = new(wire);
        int a = hosts.A.Stream(hosts.Family), b = hosts.B.Stream(hosts.Family);
        Assert.Equal(Errno.None, hosts.A.Sockets.Bind(a, new(hosts.AtA, 4000)));
        Assert.Equal(Errno.None, hosts.B.Sockets.Bind(b, new(hosts.AtB, 5000)));
        Assert.Equal(Errno.EINPROGRESS, hosts.A.Sockets.Connect(hosts.Now, a, new(hosts.AtB, 5000)));
        Assert.Equal(Errno.EINPROGRESS, hosts.B.Sockets.Connect(hosts.Now, b, new(hosts.AtA, 4000)));
        hosts.Run(0.1);
        Assert.Equal("Established:0:0", hosts.A.States(hosts.Now));
        Assert.Equal("Established:0:0", hosts.B.States(hosts.Now));
        Assert.Equal(Errno.None, hosts.A.Sockets.Connect(hosts.Now, a, new(hosts.AtB, 5000)));
        hosts.A.Send(hosts.Now, a, "to b");
        hosts.B.Send(hosts.Now, b, "to a");
        hosts.Run(0.1);
        Assert.Equal("'to a'", hosts.A.Recv(hosts.Now, a));
        Assert.Equal("'to b'", hosts.B.Recv(hosts.Now, b));
    }

    // SM-SC-10: a socket connected to itself hears what it says.
    [Theory, OnEveryWire]
    public void Connect_ToItself_Echoes(string wire)
    {
        TwoHosts hosts = new(wire);
        SocketAddress self = new(hosts.Loopback, 4000);
        int socket = hosts.A.Stream(hosts.Family);
        Assert.Equal(Errno.None, hosts.A.Sockets.Bind(socket, self));
        Assert.Equal(Errno.EINPROGRESS, hosts.A.Sockets.Connect(hosts.Now, socket, self));
        hosts.Run(0.1);
        Assert.Equal("Established:0:0", hosts.A.States(hosts.Now));
        Assert.Equal(Errno.None, hosts.A.Sockets.Connect(hosts.Now, socket, self));
        hosts.A.Send(hosts.Now, socket, "echo");
        hosts.Run(0.1);
        Assert.Equal("'echo'", hosts.A.Recv(hosts.Now, socket));
        hosts.A.Sockets.Close(hosts.Now, socket);
        hosts.Run(61);
        Assert.Equal("", hosts.A.States(hosts.Now));
        Assert.Equal(0, hosts.A.Sockets.Tcp.ConnectionCount);
    }

    // X-6528-1, SHLD-1: opens of one four-tuple go up by the clock; X-7323-16: its timestamps go on too.
    [Theory, OnEveryWire]
    public void Connect_SameTupleLater_SequenceNumberFollowsTheClock(string wire)
    {
        TcpRig rig = new(wire);
        rig.ChoosesIss = false;
        uint early = Open().Seq;
        rig.Run((unchecked(rig.Iss - 200 - early) + 0.5) / 250_000); // until the clock has come to the edge
        SeenSegment first = Open();
        rig.Run(0.001);
        SeenSegment second = Open();
        rig.Run(10);
        SeenSegment third = Open();
        Assert.Equal([unchecked(rig.Iss - 200), unchecked(rig.Iss + 50)], [first.Seq, second.Seq]);
        Assert.Equal([250u, 2_500_000u], [unchecked(second.Seq - first.Seq), unchecked(third.Seq - second.Seq)]);
        Assert.Equal([1u, 10_000u], [second.Options.TsVal - first.Options.TsVal, third.Options.TsVal - second.Options.TsVal]);

        SeenSegment Open()
        {
            int socket = rig.Stream();
            rig.Sockets.Bind(socket, new(rig.Any, 4000));
            Assert.Equal(Errno.EINPROGRESS, rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 80)));
            SeenSegment syn = rig.TakeOne();
            rig.Sockets.Close(rig.Now, socket);
            return syn;
        }
    }

    // A bound port gives only one connection to each peer, and a taken four-tuple is EADDRNOTAVAIL.
    [Theory, OnEveryWire]
    public void Connect_FourTupleTaken_IsAddressNotAvailable(string wire)
    {
        TcpRig rig = new(wire);
        int[] sockets = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            int socket = rig.Stream();
            rig.Sockets.SetOption(rig.Now, socket, SocketOption.ReuseAddress, 1);
            Assert.Equal(Errno.None, rig.Sockets.Bind(socket, new(rig.Any, 4000)));
            return socket;
        })];
        Assert.Equal(Errno.EINPROGRESS, rig.Sockets.Connect(rig.Now, sockets[0], new(rig.Remote, 80)));
        Assert.Equal(Errno.EADDRNOTAVAIL, rig.Sockets.Connect(rig.Now, sockets[1], new(rig.Remote, 80)));
        Assert.Equal(Errno.EINPROGRESS, rig.Sockets.Connect(rig.Now, sockets[1], new(rig.Remote, 81)));
    }

    // RFC 5961 and golden: closing in SYN-SENT sends nothing and leaves nothing.
    [Theory, OnEveryWire]
    public void Close_InSynSent_LeavesNothing(string wire)
    {
        TcpRig rig = new(wire);
        int socket = rig.Connect(80);
        SeenSegment syn = rig.TakeOne();
        rig.Sockets.Close(rig.Now, socket);
        Assert.Empty(rig.Take());
        Assert.Equal(0, rig.Host.Sockets.Tcp.ConnectionCount);
        Assert.False(rig.Host.Sockets.Tcp.Ports.IsHeld(syn.From));
        Assert.True(rig.Host.NextDeadline.IsNever);
        (rig.RemotePort, rig.LocalPort) = (80, syn.From);
        rig.Say(SynAck, 1000, syn.Seq + 1);
        Assert.Equal("[R] seq 1", rig.TakeText(syn.Seq));
    }

    private static int Connect(TcpRig rig, IpAddress to, ushort port)
    {
        int socket = rig.Host.Stream();
        Assert.Equal(Errno.EINPROGRESS, rig.Sockets.Connect(rig.Now, socket, new(to, port)));
        return socket;
    }
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>Which local ports bind() and connect() choose (RFC 6056, Linux's split into even and odd), and what happens when they run out.</summary>
public class EphemeralPortTests
{
    // X-6056-1: unpredictable start, small steps, even ports for connect(), odd ones for bind(); another seed, other ports.
    [Theory, OnEveryWire]
    public void Connect_ManyTimes_TakesEvenPortsInSmallRandomSteps(string wire)
    {
        int[] ports = Ports(seed: 5, 200);
        Assert.Equal(200, ports.Distinct().Count());
        Assert.All(ports, p => Assert.True(p is >= 32_768 and <= 60_999 && p % 2 == 0));
        int[] steps = [.. ports.Zip(ports.Skip(1), (a, b) => b - a).Where(s => s > 0)];
        Assert.True(steps.Length >= 198); // at most once round
        Assert.All(steps, s => Assert.InRange(s, 2, 16));
        Assert.True(steps.Distinct().Count() >= 5);
        Assert.Equal(ports, Ports(seed: 5, 200));
        Assert.NotEqual(ports[0], Ports(seed: 6, 1)[0]);
        Assert.Equal(ports[0], Ports(seed: 5, 1)[0]);

        int[] Ports(ulong seed, int count)
        {
            TcpRig rig = new(wire, s => s.Seed = seed);
            return [.. Enumerable.Range(0, count).Select(_ => Open(rig))];
        }
    }

    // Each destination has a start of its own.
    [Fact]
    public void Connect_ToManyDestinations_StartsElsewhereForEach()
    {
        TcpRig rig = new();
        int[] ports = [.. Enumerable.Range(0, 100).Select(i => Open(rig, port: (ushort)(80 + i)))];
        Assert.True(ports.Distinct().Count() > 95);
        Assert.InRange(ports.Count(p => p < 46_884), 30, 70); // spread over the range
    }

    [Fact]
    public void Bind_PortZero_TakesOddPorts()
    {
        TcpRig rig = new();
        HashSet<int> ports = [];
        for (int i = 0; i < 500; i++)
        {
            int socket = rig.Host.Stream();
            Assert.Equal(Errno.None, rig.Sockets.Bind(socket, new(IpAddress.AnyV4, 0)));
            rig.Sockets.GetLocal(socket, out SocketAddress local);
            Assert.Equal(1, local.Port % 2);
            Assert.True(ports.Add(local.Port));
        }
    }

    // Every port is found, those that others bound are left out, and then it is EADDRNOTAVAIL at once.
    [Fact]
    public void Connect_PortsRunOut_TakesEveryOneThenFails()
    {
        TcpRig rig = new(s => s.LocalPortRange = (40_000, 40_999));
        int listener = rig.Host.Stream();
        Assert.Equal(Errno.None, rig.Sockets.Bind(listener, new(IpAddress.AnyV4, 40_100)));
        HashSet<int> ports = [];
        List<int> sockets = [];
        for (int i = 0; i < 999; i++)
        {
            sockets.Add(rig.Host.Stream());
            Assert.Equal(Errno.EINPROGRESS, rig.Sockets.Connect(rig.Now, sockets[i], new(TcpRig.Peer, 80)));
            rig.Sockets.GetLocal(sockets[i], out SocketAddress local);
            Assert.True(ports.Add(local.Port));
            Assert.True(i >= 499 || local.Port % 2 == 0);
        }

        Assert.DoesNotContain(40_100, ports);
        int one = rig.Host.Stream();
        Assert.Equal(Errno.EADDRNOTAVAIL, rig.Sockets.Connect(rig.Now, one, new(TcpRig.Peer, 80)));
        Assert.Equal(Errno.EINPROGRESS, rig.Sockets.Connect(rig.Now, one, new(TcpRig.Peer, 81))); // another destination has all ports still
        Assert.Equal(Errno.EADDRINUSE, rig.Sockets.Bind(rig.Host.Stream(), new(IpAddress.AnyV4, 0)));

        // One is given back: it is the one that is found.
        rig.Sockets.GetLocal(sockets[500], out SocketAddress freed);
        rig.Sockets.Close(rig.Now, sockets[500]);
        rig.Drain();
        int again = rig.Host.Stream();
        Assert.Equal(Errno.EINPROGRESS, rig.Sockets.Connect(rig.Now, again, new(TcpRig.Peer, 80)));
        rig.Sockets.GetLocal(again, out SocketAddress found);
        Assert.Equal(freed.Port, found.Port);
    }

    // The work of one connect() stays the same when nearly all 28,000 ports are in use, and when none is left.
    [Fact]
    public void Connect_PortsNearlyExhausted_StaysCheap()
    {
        TcpRig rig = new();
        List<int> sockets = [];
        int used = 0;
        while (true)
        {
            int socket = rig.Host.Stream();
            if (rig.Sockets.Connect(rig.Now, socket, new(TcpRig.Peer, 80)) != Errno.EINPROGRESS)
            {
                break;
            }

            sockets.Add(socket);
            used++;
        }

        Assert.Equal(28_232, used);
        rig.Drain();
        Random random = new(2);
        int failing = rig.Host.Stream();
        for (int i = 0; i < 20_000; i++)
        {
            Assert.Equal(Errno.EADDRNOTAVAIL, rig.Sockets.Connect(rig.Now, failing, new(TcpRig.Peer, 80)));
            if (i % 20 == 0)
            {
                int at = random.Next(sockets.Count);
                rig.Sockets.Close(rig.Now, sockets[at]);
                rig.Drain();
                sockets[at] = rig.Host.Stream();
                Assert.Equal(Errno.EINPROGRESS, rig.Sockets.Connect(rig.Now, sockets[at], new(TcpRig.Peer, 80)));
                rig.Drain();
            }
        }

        foreach (int socket in sockets)
        {
            rig.Sockets.Close(rig.Now, socket);
        }

        rig.Drain();
        Assert.Equal(0, rig.Host.Sockets.Tcp.ConnectionCount);
        Assert.DoesNotContain(Enumerable.Range(32_768, 28_232), p => rig.Host.Sockets.Tcp.Ports.IsHeld((ushort)p));
    }

    // SM-TW-10: a four-tuple in TIME-WAIT is taken over after a second, on the loopback only, and the sequence numbers go up.
    [Theory]
    [OnEveryWire(2, true, 0.9, false)]
    [OnEveryWire(2, true, 1.1, true)]
    [OnEveryWire(2, false, 5, false)]
    [OnEveryWire(1, false, 1.1, true)]
    [OnEveryWire(0, true, 5, false)]
    public void Connect_TupleInTimeWait_IsReusedByTheSetting(string wire, int setting, bool loopback, double after, bool reused)
    {
        TwoHosts hosts = new(wire, s => s.Sockets.TimeWaitReuse = setting);
        Host server = loopback ? hosts.A : hosts.B;
        SocketAddress to = new(loopback ? hosts.Loopback : hosts.AtB, 4000);
        int listener = server.Listener(4000, address: to.Address);
        Assert.Equal(Errno.EINPROGRESS, Open(40_000));
        hosts.Exchange();
        server.Sockets.Accept(listener, out int accepted, out _);
        hosts.A.Sockets.Close(hosts.Now, 1 + (loopback ? 0 : -1));
        hosts.Exchange();
        server.Sockets.Close(hosts.Now, accepted);
        hosts.Exchange();
        Assert.Equal(1, hosts.A.Sockets.Tcp.TimeWaitCount);
        hosts.Run(after);
        Assert.Equal(reused ? Errno.EINPROGRESS : Errno.EADDRNOTAVAIL, Open(40_000));
        hosts.Run(0.1);
        Assert.Equal(reused ? 1 : 0, hosts.A.Sockets.Snapshot(hosts.Now).Count(r => r.State == TcpState.Established && r.Local.Port == 40_000));
        Assert.Equal(reused ? 0 : 1, hosts.A.Sockets.Tcp.TimeWaitCount);

        Errno Open(ushort port)
        {
            int socket = hosts.A.Stream(hosts.Family);
            hosts.A.Sockets.SetOption(hosts.Now, socket, SocketOption.ReuseAddress, 1);
            Assert.Equal(Errno.None, hosts.A.Sockets.Bind(socket, new(hosts.AtA.IsV6 ? IpAddress.AnyV6 : IpAddress.AnyV4, port)));
            return hosts.A.Sockets.Connect(hosts.Now, socket, to);
        }
    }

    // The same through connect()'s own choice: all ports in TIME-WAIT, then after a second one after the other comes back.
    [Fact]
    public void Connect_AllPortsInTimeWait_FailsForASecondThenReuses()
    {
        TwoHosts hosts = new(s => s.LocalPortRange = (40_000, 40_199));
        IpAddress localhost = IpAddress.FromV4(127, 0, 0, 1);
        int listener = hosts.A.Listener(4000, 1000);
        for (int i = 0; i < 200; i++)
        {
            Assert.Equal(Errno.None, Cycle());
        }

        Assert.Equal(200, hosts.A.Sockets.Tcp.TimeWaitCount);
        Assert.Equal(Errno.EADDRNOTAVAIL, Cycle());
        hosts.Run(0.5);
        Assert.Equal(Errno.EADDRNOTAVAIL, Cycle());
        hosts.Run(0.6);
        for (int i = 0; i < 200; i++)
        {
            Assert.Equal(Errno.None, Cycle());
        }

        Assert.Equal(Errno.EADDRNOTAVAIL, Cycle());
        Assert.Equal(200, hosts.A.Sockets.Tcp.TimeWaitCount);
        hosts.Run(61);
        Assert.Equal(0, hosts.A.Sockets.Tcp.TimeWaitCount);
        Assert.Equal(Errno.None, Cycle());

        Errno Cycle()
        {
            int client = hosts.A.Stream();
            Errno error = hosts.A.Sockets.Connect(hosts.Now, client, new(localhost, 4000));
            if (error != Errno.EINPROGRESS)
            {
                hosts.A.Sockets.Close(hosts.Now, client);
                return error;
            }

            hosts.Exchange();
            Assert.Equal(Errno.None, hosts.A.Sockets.Connect(hosts.Now, client, new(localhost, 4000)));
            Assert.Equal(Errno.None, hosts.A.Sockets.Accept(listener, out int accepted, out _));
            hosts.A.Sockets.Close(hosts.Now, client);
            hosts.Exchange();
            hosts.A.Sockets.Close(hosts.Now, accepted);
            hosts.Exchange();
            return Errno.None;
        }
    }

    // IP_BIND_ADDRESS_NO_PORT: sockets bound to several addresses share the range.
    [Fact]
    public void Bind_AddressNoPort_LeavesThePortToConnect()
    {
        TcpRig rig = new(s => s.LocalPortRange = (40_000, 40_009));
        for (byte address = 1; address <= 20; address++)
        {
            if (address > 1)
            {
                rig.Link.AddAddress(IpAddress.FromV4(10, 0, 0, (byte)(address + 1)), 24);
            }

            for (int i = 0; i < 10; i++)
            {
                int socket = rig.Host.Stream();
                rig.Sockets.SetOption(rig.Now, socket, SocketOption.BindAddressNoPort, 1);
                Assert.Equal(Errno.None, rig.Sockets.Bind(socket, new(IpAddress.FromV4(10, 0, 0, (byte)(address == 1 ? 1 : address + 1)), 0)));
                Assert.Equal(Errno.EINPROGRESS, rig.Sockets.Connect(rig.Now, socket, new(IpAddress.FromV4(10, 0, 0, 2), 80)));
            }
        }

        Assert.Equal(200, rig.Take().Select(s => (s.Source, s.From)).Distinct().Count());
    }

    private static int Open(TcpRig rig, ushort port = 80)
    {
        rig.Sockets.GetLocal(rig.Connect(port), out SocketAddress local);
        rig.Drain();
        return local.Port;
    }
}

using System.Text;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>Datagram sockets: every call in every situation against a Linux 6.18 kernel, and the rules of RFC 1122 §4.1.</summary>
[Collection(nameof(AloneInTheProcess))]
public class DatagramTests
{
    // A row: the situation, the call, its result; then what poll() says, SO_ERROR, and the results of recv() and of send().
    private const string Kernel = """
        fresh poll OUT OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        fresh recv EAGAIN OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        fresh send EDESTADDRREQ OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        fresh SO_ERROR 0 OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        fresh shutRD ENOTCONN IN|OUT|RDHUP err=0 rd=EAGAIN wr=EDESTADDRREQ
        fresh shutWR ENOTCONN OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        fresh shutRW ENOTCONN IN|OUT|HUP|RDHUP err=0 rd=EAGAIN wr=EDESTADDRREQ
        fresh connect ok OUT err=0 rd=EAGAIN wr=1
        fresh bind ok OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        fresh listen EOPNOTSUPP OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        fresh accept EOPNOTSUPP OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        fresh peername ENOTCONN OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        fresh sendto 1 OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        bound poll OUT OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        bound recv EAGAIN OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        bound send EDESTADDRREQ OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        bound SO_ERROR 0 OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        bound shutRD ENOTCONN IN|OUT|RDHUP err=0 rd=EAGAIN wr=EDESTADDRREQ
        bound shutWR ENOTCONN OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        bound shutRW ENOTCONN IN|OUT|HUP|RDHUP err=0 rd=EAGAIN wr=EDESTADDRREQ
        bound connect ok OUT err=0 rd=EAGAIN wr=1
        bound bind EINVAL OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        bound listen EOPNOTSUPP OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        bound accept EOPNOTSUPP OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        bound peername ENOTCONN OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        bound sendto 1 OUT err=0 rd=EAGAIN wr=EDESTADDRREQ
        connected poll OUT OUT err=0 rd=EAGAIN wr=1
        connected recv EAGAIN OUT err=0 rd=EAGAIN wr=1
        connected send 1 OUT err=0 rd=EAGAIN wr=1
        connected SO_ERROR 0 OUT err=0 rd=EAGAIN wr=1
        connected shutRD ok IN|OUT|RDHUP err=0 rd=EAGAIN wr=1
        connected shutWR ok OUT err=0 rd=EAGAIN wr=EPIPE
        connected shutRW ok IN|OUT|HUP|RDHUP err=0 rd=EAGAIN wr=EPIPE
        connected connect ok OUT err=0 rd=EAGAIN wr=1
        connected bind EINVAL OUT err=0 rd=EAGAIN wr=1
        connected listen EOPNOTSUPP OUT err=0 rd=EAGAIN wr=1
        connected accept EOPNOTSUPP OUT err=0 rd=EAGAIN wr=1
        connected peername peer OUT err=0 rd=EAGAIN wr=1
        connected sendto 1 OUT err=0 rd=EAGAIN wr=1
        datagram poll IN|OUT IN|OUT err=0 rd=b'data' wr=1
        datagram recv b'data' OUT err=0 rd=EAGAIN wr=1
        datagram send 1 IN|OUT err=0 rd=b'data' wr=1
        datagram SO_ERROR 0 IN|OUT err=0 rd=b'data' wr=1
        datagram shutRD ok IN|OUT|RDHUP err=0 rd=b'data' wr=1
        datagram shutWR ok IN|OUT err=0 rd=b'data' wr=EPIPE
        datagram shutRW ok IN|OUT|HUP|RDHUP err=0 rd=b'data' wr=EPIPE
        datagram connect ok IN|OUT err=0 rd=b'data' wr=1
        datagram bind EINVAL IN|OUT err=0 rd=b'data' wr=1
        datagram listen EOPNOTSUPP IN|OUT err=0 rd=b'data' wr=1
        datagram accept EOPNOTSUPP IN|OUT err=0 rd=b'data' wr=1
        datagram peername peer IN|OUT err=0 rd=b'data' wr=1
        datagram sendto 1 IN|OUT err=0 rd=b'data' wr=1
        refused poll OUT|ERR OUT|ERR err=ECONNREFUSED rd=EAGAIN wr=1
        refused recv ECONNREFUSED OUT err=0 rd=EAGAIN wr=1
        refused send ECONNREFUSED OUT err=0 rd=EAGAIN wr=1
        refused SO_ERROR ECONNREFUSED OUT err=0 rd=EAGAIN wr=1
        refused shutRD ok IN|OUT|ERR|RDHUP err=ECONNREFUSED rd=EAGAIN wr=1
        refused shutWR ok OUT|ERR err=ECONNREFUSED rd=EAGAIN wr=EPIPE
        refused shutRW ok IN|OUT|ERR|HUP|RDHUP err=ECONNREFUSED rd=EAGAIN wr=EPIPE
        refused connect ok OUT|ERR err=ECONNREFUSED rd=EAGAIN wr=1
        refused bind EINVAL OUT|ERR err=ECONNREFUSED rd=EAGAIN wr=1
        refused listen EOPNOTSUPP OUT|ERR err=ECONNREFUSED rd=EAGAIN wr=1
        refused accept EOPNOTSUPP OUT|ERR err=ECONNREFUSED rd=EAGAIN wr=1
        refused peername peer OUT|ERR err=ECONNREFUSED rd=EAGAIN wr=1
        refused sendto ECONNREFUSED OUT err=0 rd=EAGAIN wr=1
        """;

    private static readonly IpAddress Localhost = IpAddress.FromV4(127, 0, 0, 1);

    public static TheoryData<string> Situations => [.. Kernel.Split('\n').Select(line => line.Trim().Split(' ')[0]).Distinct()];

    // N-UDP-5: the refused rows are about ICMP port unreachable.
    [Theory]
    [MemberData(nameof(Situations))]
    public void EveryCall_InThisSituation_AnswersAsLinux(string situation)
    {
        List<string> expected = [.. Kernel.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith(situation + " ", StringComparison.Ordinal))];
        Assert.Equal(13, expected.Count);
        Assert.Equal(expected, expected.Select(line => Replay(situation, line.Split(' ')[1])));
    }

    // RFC 768: a datagram arrives whole, with its sender; what the buffer does not hold is lost; an empty one counts.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Datagrams_BetweenHosts_ArriveWholeWithTheirSender(bool v6)
    {
        TwoHosts hosts = new();
        AddressFamily family = v6 ? AddressFamily.Inet6 : AddressFamily.Inet;
        IpAddress server = v6 ? TwoHosts.AddressB6 : TwoHosts.AddressB;
        int b = hosts.B.Sockets.Create(family, SocketType.Datagram);
        Assert.Equal(Errno.None, hosts.B.Sockets.Bind(b, new(v6 ? IpAddress.AnyV6 : IpAddress.AnyV4, 7)));
        int a = hosts.A.Sockets.Create(family, SocketType.Datagram);
        foreach (string text in (string[])["first", "", "third and long"])
        {
            Assert.Equal(Errno.None, hosts.A.Sockets.SendTo(hosts.Now, a, Encoding.ASCII.GetBytes(text), SendFlags.None, new(server, 7), out int sent));
            Assert.Equal(text.Length, sent);
        }

        hosts.Exchange();
        Assert.True(hosts.B.Sockets.PollReady(out int ready) && ready == b);
        hosts.A.Sockets.GetLocal(a, out SocketAddress local);
        Assert.Equal($"'first' from {(v6 ? TwoHosts.AddressA6 : TwoHosts.AddressA)} {local.Port}", Take(hosts, b, 100));
        Assert.StartsWith("'' from", Take(hosts, b, 100), StringComparison.Ordinal);
        Assert.StartsWith("'third' from", Take(hosts, b, 5), StringComparison.Ordinal);
        Assert.Equal("EAGAIN", Take(hosts, b, 100));
    }

    // Larger than the MTU: fragments, put together again (IP_PMTUDISC_WANT).
    [Fact]
    public void Datagram_LargerThanTheMtu_IsFragmentedAndReassembled()
    {
        TwoHosts hosts = new(settings => settings.Sockets.FragmentDatagrams = true);
        int b = hosts.B.Sockets.Create(AddressFamily.Inet, SocketType.Datagram);
        hosts.B.Sockets.Bind(b, new(IpAddress.AnyV4, 7));
        int a = hosts.A.Sockets.Create(AddressFamily.Inet, SocketType.Datagram);
        byte[] data = new byte[60_000];
        new Random(3).NextBytes(data);
        Assert.Equal(Errno.None, hosts.A.Sockets.SendTo(hosts.Now, a, data, SendFlags.None, new(TwoHosts.AddressB, 7), out _));
        hosts.Exchange();
        byte[] buffer = new byte[65_536];
        Assert.Equal(Errno.None, hosts.B.Sockets.ReceiveFrom(hosts.Now, b, buffer, ReceiveFlags.None, out int received, out _));
        Assert.Equal(data, buffer[..received]);
        Assert.True(hosts.Crossed > 40);
    }

    // Seen on Linux 6.18.
    [Theory]
    [InlineData("127.0.0.1", 65_508, Errno.EMSGSIZE)]
    [InlineData("127.0.0.1", 65_507, Errno.None)]
    [InlineData("10.0.0.255", 1, Errno.EACCES)]
    [InlineData("8.8.8.8", 1, Errno.ENETUNREACH)]
    [InlineData("fd00::2", 1, Errno.EAFNOSUPPORT)]
    public void SendTo_OddDestinations_FailAsOnLinux(string destination, int length, Errno expected)
    {
        TwoHosts hosts = new();
        int socket = hosts.A.Sockets.Create(AddressFamily.Inet, SocketType.Datagram);
        Assert.Equal(expected, hosts.A.Sockets.SendTo(hosts.Now, socket, new byte[length], SendFlags.None, new(IpAddress.Parse(destination), 9), out _));
        Assert.Equal(Errno.EINVAL, hosts.A.Sockets.SendTo(hosts.Now, socket, new byte[1], SendFlags.None, new(Localhost, 0), out _));
    }

    // Recv-Q as ss shows it, and SO_RCVBUF 2000 (kept as 4000) holds four datagrams of 100 octets (Linux 6.18).
    [Theory]
    [InlineData(0, 832)]
    [InlineData(100, 832)]
    [InlineData(192, 832)]
    [InlineData(198, 1280)]
    [InlineData(642, 1280)]
    [InlineData(648, 2304)]
    [InlineData(1660, 2304)]
    [InlineData(1670, 4352)]
    [InlineData(8000, 16_640)]
    [InlineData(20_000, 20_832)]
    [InlineData(60_000, 60_832)]
    public void ReceiveQueue_OneDatagram_IsChargedAsOnLinux(int length, int charge)
    {
        TwoHosts hosts = new();
        int b = hosts.A.Sockets.Create(AddressFamily.Inet, SocketType.Datagram);
        hosts.A.Sockets.Bind(b, new(Localhost, 7));
        int a = hosts.A.Sockets.Create(AddressFamily.Inet, SocketType.Datagram);
        hosts.A.Sockets.SendTo(hosts.Now, a, new byte[length], SendFlags.None, new(Localhost, 7), out _);
        hosts.Exchange();
        Assert.Equal(charge, hosts.A.Sockets.Snapshot(hosts.Now).Single(r => r.Handle == b).ReceiveQueue);
    }

    // X-LIM-1: the queue is bounded, the excess dropped and counted. No wire: datagrams have no sequence numbers.
    [Fact]
    public void ReceiveQueue_Full_DropsAndCounts()
    {
        TwoHosts hosts = new();
        int b = hosts.B.Sockets.Create(AddressFamily.Inet, SocketType.Datagram);
        hosts.B.Sockets.Bind(b, new(IpAddress.AnyV4, 7));
        hosts.B.Sockets.SetOption(hosts.Now, b, SocketOption.ReceiveBuffer, 2000);
        int a = hosts.A.Sockets.Create(AddressFamily.Inet, SocketType.Datagram);
        for (int i = 0; i < 50; i++)
        {
            hosts.A.Sockets.SendTo(hosts.Now, a, new byte[100], SendFlags.None, new(TwoHosts.AddressB, 7), out _);
            hosts.Exchange();
        }

        int queued = 0;
        while (Take(hosts, b, 100) != "EAGAIN")
        {
            queued++;
        }

        Assert.Equal((4, 46), (queued, hosts.B.Counters[DropReason.UdpQueueFull]));
        Assert.Equal(0, hosts.B.Sockets.Udp.Buffered);
    }

    // A connected socket hears its peer only; others go to the unconnected one, the specific address before any.
    [Fact]
    public void Datagrams_SeveralSocketsOnAPort_GoToTheBestMatch()
    {
        TwoHosts hosts = new();
        SocketLayer sockets = hosts.B.Sockets;
        int any = Shared(IpAddress.AnyV4), specific = Shared(TwoHosts.AddressB), connected = Shared(TwoHosts.AddressB), dual = sockets.Create(AddressFamily.Inet6, SocketType.Datagram);
        Assert.Equal(Errno.None, sockets.Connect(hosts.Now, connected, new(TwoHosts.AddressA, 5000)));
        sockets.SetOption(hosts.Now, dual, SocketOption.ReuseAddress, 1);
        Assert.Equal(Errno.None, sockets.Bind(dual, new(IpAddress.AnyV6, 7)));
        Say(5000, "peer");
        Say(5001, "other");
        Assert.Equal($"'peer' from {TwoHosts.AddressA} 5000", Take(hosts, connected, 100));
        Assert.Equal($"'other' from {TwoHosts.AddressA} 5001", Take(hosts, specific, 100));
        sockets.Close(hosts.Now, specific);
        sockets.Close(hosts.Now, connected);
        Say(5000, "again");
        Assert.Equal($"'again' from {TwoHosts.AddressA} 5000", Take(hosts, any, 100));
        sockets.Close(hosts.Now, any);
        Say(5000, "mapped");
        Assert.Equal("'mapped' from ::ffff:10.0.0.1 5000", Take(hosts, dual, 100));

        int Shared(IpAddress address)
        {
            int socket = sockets.Create(AddressFamily.Inet, SocketType.Datagram);
            sockets.SetOption(hosts.Now, socket, SocketOption.ReuseAddress, 1);
            Assert.Equal(Errno.None, sockets.Bind(socket, new(address, 7)));
            return socket;
        }

        void Say(ushort from, string text)
        {
            int socket = hosts.A.Sockets.Create(AddressFamily.Inet, SocketType.Datagram);
            hosts.A.Sockets.Bind(socket, new(IpAddress.AnyV4, from));
            hosts.A.Sockets.SendTo(hosts.Now, socket, Encoding.ASCII.GetBytes(text), SendFlags.None, new(TwoHosts.AddressB, 7), out _);
            hosts.A.Sockets.Close(hosts.Now, socket);
            hosts.Exchange();
        }
    }

    // N-UDP-3, N-UDP-5: nobody there: port unreachable, which a connected socket reads as ECONNREFUSED and an unconnected one does not hear of.
    [Fact]
    public void Datagram_ToClosedPort_RefusesConnectedSockets()
    {
        TwoHosts hosts = new();
        int connected = hosts.A.Sockets.Create(AddressFamily.Inet, SocketType.Datagram), other = hosts.A.Sockets.Create(AddressFamily.Inet, SocketType.Datagram);
        hosts.A.Sockets.Connect(hosts.Now, connected, new(TwoHosts.AddressB, 9));
        hosts.A.Send(hosts.Now, connected, "x");
        hosts.A.Sockets.SendTo(hosts.Now, other, [1], SendFlags.None, new(TwoHosts.AddressB, 9), out _);
        hosts.Exchange();
        Assert.Equal(SocketReadiness.Writable | SocketReadiness.Error, hosts.A.Sockets.Poll(connected));
        Assert.Equal("ECONNREFUSED", hosts.A.Recv(hosts.Now, connected));
        Assert.Equal("EAGAIN", hosts.A.Recv(hosts.Now, connected));
        Assert.Equal("EAGAIN", hosts.A.Recv(hosts.Now, other));
    }

    [Fact]
    public void Broadcast_WithTheOption_ReachesEverySocketOnThePort()
    {
        TwoHosts hosts = new();
        int[] receivers = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            int socket = hosts.B.Sockets.Create(AddressFamily.Inet, SocketType.Datagram);
            hosts.B.Sockets.SetOption(hosts.Now, socket, SocketOption.ReuseAddress, 1);
            hosts.B.Sockets.Bind(socket, new(IpAddress.AnyV4, 7));
            return socket;
        })];
        int a = hosts.A.Sockets.Create(AddressFamily.Inet, SocketType.Datagram);
        hosts.A.Sockets.SetOption(hosts.Now, a, SocketOption.Broadcast, 1);
        Assert.Equal(Errno.None, hosts.A.Sockets.SendTo(hosts.Now, a, [(byte)'!'], SendFlags.None, new(IpAddress.FromV4(10, 0, 0, 255), 7), out _));
        hosts.Exchange();
        Assert.All(receivers, r => Assert.StartsWith("'!' from 10.0.0.1", Take(hosts, r, 10), StringComparison.Ordinal));
    }

    // N-UDP-7 (RFC 6056): the port of a datagram socket without bind() lies in the range and cannot be foretold.
    [Fact]
    public void SendTo_WithoutBind_TakesAnUnpredictablePort()
    {
        int[] ports = Ports(seed: 5);
        Assert.All(ports, port => Assert.InRange(port, 32_768, 60_999));
        Assert.Equal(100, ports.Distinct().Count());
        Assert.True(ports.Zip(ports.Skip(1), (a, b) => b - a).Distinct().Count() > 5);
        Assert.NotEqual(ports, Ports(seed: 6));

        static int[] Ports(ulong seed)
        {
            SocketLayer sockets = new Host(new HostSettings { Name = "a", Seed = seed }).Sockets;
            return [.. Enumerable.Range(0, 100).Select(_ =>
            {
                int socket = sockets.Create(AddressFamily.Inet, SocketType.Datagram);
                Assert.Equal(Errno.None, sockets.SendTo(default, socket, [1], SendFlags.None, new(Localhost, 9), out int _));
                sockets.GetLocal(socket, out SocketAddress local);
                return (int)local.Port;
            })];
        }
    }

    [Fact]
    public void Datagrams_InSteadyState_AllocateNothing()
    {
        TwoHosts hosts = new();
        int b = hosts.A.Sockets.Create(AddressFamily.Inet, SocketType.Datagram);
        hosts.A.Sockets.Bind(b, new(Localhost, 7));
        int a = hosts.A.Sockets.Create(AddressFamily.Inet, SocketType.Datagram);
        byte[] data = new byte[500], buffer = new byte[1000];
        Run(1000);
        using AllocationMeter meter = AllocationMeter.Start();
        int exchanged = Run(10_000);
        Assert.Equal(0, meter.Allocated);
        Assert.Equal(10_000, exchanged);

        int Run(int rounds)
        {
            int got = 0;
            for (int i = 0; i < rounds; i++)
            {
                hosts.A.Sockets.SendTo(hosts.Now, a, data, SendFlags.None, new(Localhost, 7), out _);
                hosts.A.PollTransmit(hosts.Now, out _, out _);
                got += hosts.A.Sockets.ReceiveFrom(hosts.Now, b, buffer, ReceiveFlags.None, out _, out _) == Errno.None ? 1 : 0;
            }

            return got;
        }
    }

    private static string Take(TwoHosts hosts, int socket, int most)
    {
        byte[] buffer = new byte[most];
        Errno error = hosts.B.Sockets.ReceiveFrom(hosts.Now, socket, buffer, ReceiveFlags.None, out int received, out SocketAddress from);
        return error != Errno.None ? error.ToString() : $"'{Encoding.ASCII.GetString(buffer, 0, received)}' from {from.Address} {from.Port}";
    }

    private static string Replay(string situation, string call)
    {
        TwoHosts hosts = new();
        Host host = hosts.A;
        int socket = Arrange(hosts, situation);
        List<string> row = [situation, call, Call(hosts, socket, call)];
        hosts.Run(0.003);
        row.Add(StreamErrnoTests.Ready(host, socket));
        row.Add("err=" + StreamErrnoTests.Error(host, socket));
        row.Add("rd=" + StreamErrnoTests.Bytes(host.Recv(hosts.Now, socket, 10)));
        row.Add("wr=" + host.Send(hosts.Now, socket, "y"));
        return string.Join(' ', row);
    }

    private static int Arrange(TwoHosts hosts, string situation)
    {
        SocketLayer sockets = hosts.A.Sockets;
        int socket = sockets.Create(AddressFamily.Inet, SocketType.Datagram), peer = sockets.Create(AddressFamily.Inet, SocketType.Datagram);
        sockets.Bind(peer, new(Localhost, 0));
        sockets.GetLocal(peer, out SocketAddress address);
        switch (situation)
        {
            case "bound":
                sockets.Bind(socket, new(Localhost, 0));
                break;
            case "connected" or "datagram":
                Assert.Equal(Errno.None, sockets.Connect(hosts.Now, socket, address));
                sockets.GetLocal(socket, out SocketAddress local);
                if (situation == "datagram")
                {
                    sockets.SendTo(hosts.Now, peer, "data"u8, SendFlags.None, local, out _);
                }

                break;
            case "refused":
                sockets.Connect(hosts.Now, socket, new(Localhost, 9));
                hosts.A.Send(hosts.Now, socket, "x");
                break;
            default:
                Assert.Equal("fresh", situation);
                break;
        }

        hosts.Run(0.002);
        return socket;
    }

    private static string Call(TwoHosts hosts, int socket, string call) => StreamErrnoTests.Call(hosts, socket, call);
}

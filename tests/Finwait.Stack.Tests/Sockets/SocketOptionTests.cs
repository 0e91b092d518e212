using System.Globalization;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>The options of sockets, against a Linux 6.18 kernel where it has a say.</summary>
public class SocketOptionTests
{
    // What Linux 6.18 kept, or the error it gave, for each value set in turn on one fresh TCP socket (net.core.rmem_max and wmem_max 4194304); the first number is the default.
    [Theory]
    [InlineData(SocketOption.ReceiveBuffer, 131072, "-1 8388608, 0 2304, 1 2304, 1000 2304, 5000 10000, 20000 40000, 32767 65534, 70000 140000, 10000000 8388608")]
    [InlineData(SocketOption.SendBuffer, 16384, "-1 8388608, 0 4608, 1 4608, 1000 4608, 5000 10000, 20000 40000, 32767 65534, 70000 140000, 10000000 8388608")]
    [InlineData(SocketOption.TcpKeepIdle, 7200, "-1 EINVAL, 0 EINVAL, 1 1, 1000 1000, 32767 32767, 32768 EINVAL, 70000 EINVAL")]
    [InlineData(SocketOption.TcpKeepInterval, 75, "-1 EINVAL, 0 EINVAL, 1 1, 1000 1000, 32767 32767, 32768 EINVAL, 70000 EINVAL")]
    [InlineData(SocketOption.TcpKeepCount, 9, "-1 EINVAL, 0 EINVAL, 1 1, 100 100, 127 127, 128 EINVAL, 1000 EINVAL")]
    [InlineData(SocketOption.TcpMaxSegment, 536, "-1 EINVAL, 0 536, 1 EINVAL, 87 EINVAL, 88 88, 1000 1000, 32767 32767, 32768 EINVAL")]
    [InlineData(SocketOption.TcpUserTimeout, 0, "-1 EINVAL, 0 0, 1 1, 70000 70000, 10000000 10000000")]
    [InlineData(SocketOption.TcpNoDelay, 0, "-1 1, 0 0, 1 1, 5000 1")]
    [InlineData(SocketOption.OutOfBandInline, 0, "-1 1, 0 0, 1 1, 5000 1")]
    [InlineData(SocketOption.KeepAlive, 0, "-1 1, 0 0, 1 1, 5000 1")]
    [InlineData(SocketOption.TimeToLive, 64, "-1 64, 0 EINVAL, 1 1, 100 100, 255 255, 256 EINVAL, 1000 EINVAL")]
    [InlineData(SocketOption.TypeOfService, 0, "-1 252, 0 0, 1 0, 5 4, 88 88, 1000 232")]
    [InlineData(SocketOption.TcpCork, 0, "-1 1, 0 0, 1 1, 5000 1")]
    [InlineData(SocketOption.TcpSynCount, 7, "-1 EINVAL, 0 EINVAL, 1 1, 6 6, 127 127, 128 EINVAL")]
    [InlineData(SocketOption.TcpLinger2, 60, "-1 -1, 0 60, 1 1, 60 60, 120 120, 121 120, 70000 120")]
    [InlineData(SocketOption.TcpDeferAccept, 0, "-1 0, 0 0, 1 1, 2 3, 5 7, 30 31, 100000 29887")]
    [InlineData(SocketOption.TcpWindowClamp, 0, "-1 1152, 0 0, 1 1152, 1000 1152, 1152 1152, 5000 5000, 100000 100000")]
    [InlineData(SocketOption.TcpQuickAck, 1, "-1 1, 0 0, 1 1, 2 1, 3 1")]
    [InlineData(SocketOption.TcpNotSentLowWater, 0, "-1 -1, 0 0, 1 1, 16384 16384")]
    [InlineData(SocketOption.TcpSaveSyn, 0, "-1 EINVAL, 0 0, 1 1, 2 2, 3 EINVAL")]
    [InlineData(SocketOption.TcpInq, 0, "-1 EINVAL, 0 0, 1 1, 2 EINVAL")]
    [InlineData(SocketOption.ReceiveLowWater, 1, "0 1, 1 1, 1000 1000, 100000 100000")]
    [InlineData(SocketOption.Mark, 0, "-1 -1, 0 0, 1 1, 7 7")]
    [InlineData(SocketOption.Broadcast, 0, "5 1, 0 0, -1 1")]
    [InlineData(SocketOption.BindAddressNoPort, 0, "5 1, 0 0, 1 1")]
    [InlineData(SocketOption.ReuseAddress, 0, "1 1, 0 0")]
    [InlineData(SocketOption.ReusePort, 0, "1 1, 0 0")]
    [InlineData(SocketOption.Type, 1, "1 ENOPROTOOPT")]
    [InlineData(SocketOption.Domain, 2, "1 ENOPROTOOPT")]
    [InlineData(SocketOption.Protocol, 6, "1 ENOPROTOOPT")]
    [InlineData(SocketOption.AcceptConnections, 0, "1 ENOPROTOOPT")]
    public void StreamOption_SetAndRead_KeepsWhatLinuxKeeps(SocketOption option, int initial, string expected) => SetAndRead(SocketType.Stream, option, initial, expected);

    // The same on a fresh UDP socket.
    [Theory]
    [InlineData(SocketOption.ReceiveBuffer, 212992, "0 2304, 1 2304, 5000 10000, -1 8388608")]
    [InlineData(SocketOption.SendBuffer, 212992, "0 4608, 1 4608, 5000 10000, -1 8388608")]
    [InlineData(SocketOption.TimeToLive, 64, "-1 64, 0 EINVAL, 1 1, 100 100, 255 255, 256 EINVAL, 1000 EINVAL")]
    [InlineData(SocketOption.TypeOfService, 0, "-1 255, 0 0, 1 1, 100 100, 255 255, 256 0, 1000 232")]
    [InlineData(SocketOption.MtuDiscover, 1, "-1 EINVAL, 0 0, 1 1, 2 2, 3 3, 6 EINVAL")] // 4 and 5, which leave the path out of account, are not there
    [InlineData(SocketOption.Broadcast, 0, "5 1, 0 0")]
    public void DatagramOption_SetAndRead_KeepsWhatLinuxKeeps(SocketOption option, int initial, string expected) => SetAndRead(SocketType.Datagram, option, initial, expected);

    private static void SetAndRead(SocketType type, SocketOption option, int initial, string expected)
    {
        TcpRig rig = new();
        rig.Host.Settings.Sockets.FragmentDatagrams = true;
        rig.Host.Settings.Sockets.OutOfBandInline = false;
        int socket = rig.Sockets.Create(AddressFamily.Inet, type);
        Assert.Equal(initial, Get(rig, socket, option));
        List<string> actual = [];
        foreach (string pair in expected.Split(", "))
        {
            int value = int.Parse(pair.Split(' ')[0], CultureInfo.InvariantCulture);
            Errno error = rig.Sockets.SetOption(rig.Now, socket, option, value);
            actual.Add($"{value} {(error == Errno.None ? Get(rig, socket, option).ToString(CultureInfo.InvariantCulture) : error)}");
        }

        Assert.Equal(expected, string.Join(", ", actual));
    }

    // Golden 04c: a receive buffer set before the connection limits the window from the first segment on.
    [Theory, OnEveryWire]
    public void ReceiveBuffer_SetBeforeConnect_LimitsTheWindow(string wire)
    {
        TcpRig rig = new(wire);
        int socket = rig.Stream();
        rig.Sockets.SetOption(rig.Now, socket, SocketOption.ReceiveBuffer, 10_000);
        rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 80));
        Assert.InRange(rig.TakeOne().Window, 1, 20_000);
    }

    // TCP_MAXSEG bounds what we offer, and accepted sockets inherit it from their listener.
    [Theory, OnEveryWire]
    public void MaxSegment_OnListener_IsOfferedByItsConnections(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Listen();
        Assert.Equal(Errno.None, rig.Sockets.SetOption(rig.Now, listener, SocketOption.TcpMaxSegment, 1000));
        rig.Say(TcpFlags.Syn, 1000, options: TcpRig.SynOptions());
        Assert.Equal(1000, rig.TakeOne().Options.Mss);
    }

    // MUST-48, SHLD-21, SHLD-22, MUST-49: traffic class and time to live on every segment, changed while the connection is open.
    [Theory, OnEveryWire]
    public void TypeOfService_ChangedInFlight_ShowsOnEverySegment(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Listen();
        rig.Sockets.SetOption(rig.Now, listener, SocketOption.TypeOfService, 0xB8);
        rig.Say(TcpFlags.Syn, 1000, options: TcpRig.SynOptions());
        SeenSegment synAck = rig.TakeOne();
        rig.Say(TcpFlags.Ack, 1001, synAck.Seq + 1);
        rig.Sockets.Accept(listener, out int socket, out _);
        rig.Host.Send(rig.Now, socket, "a");
        SeenSegment data = rig.TakeOne();
        rig.Run(1);
        SeenSegment again = rig.Take()[0];
        rig.Sockets.SetOption(rig.Now, socket, SocketOption.TypeOfService, 0x20);
        rig.Say(TcpFlags.Ack | TcpFlags.Psh, 1001, synAck.Seq + 2, "b");
        rig.Run(1);
        SeenSegment ack = rig.TakeOne();
        Assert.Equal([0xB8, 0xB8, 0xB8, 0x20], [synAck.Tos, data.Tos, again.Tos, ack.Tos]);
        rig.Sockets.SetOption(rig.Now, socket, SocketOption.Linger, 0);
        rig.Sockets.Close(rig.Now, socket);
        SeenSegment reset = rig.TakeOne();
        Assert.Equal((TcpFlags.Rst | TcpFlags.Ack, 0x20), (reset.Flags, reset.Tos));
    }

    // MUST-24, MUST-25, MUST-27, MUST-28: off by default; on with its three times; nine unanswered probes end the connection with ETIMEDOUT.
    [Theory, OnEveryWire]
    public void KeepAlive_SetOnTheSocket_ProbesAndGivesUp(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Listen();
        uint iss = rig.HandshakeFromPeer(1000);
        rig.Sockets.Accept(listener, out int socket, out _);
        rig.Run(86_400);
        Assert.Empty(rig.Take());
        Assert.True(rig.Host.NextDeadline.IsNever);
        rig.Sockets.SetOption(rig.Now, socket, SocketOption.TcpKeepIdle, 10);
        rig.Sockets.SetOption(rig.Now, socket, SocketOption.TcpKeepInterval, 2);
        rig.Sockets.SetOption(rig.Now, socket, SocketOption.TcpKeepCount, 3);
        rig.Sockets.SetOption(rig.Now, socket, SocketOption.KeepAlive, 1);
        rig.Say(TcpFlags.Ack | TcpFlags.Psh, 1001, iss + 1, "x");
        rig.Run(1);
        rig.Take();
        rig.Run(20);
        IReadOnlyList<SeenSegment> probes = rig.Take();
        Assert.Equal([(TcpFlags.Ack, iss), (TcpFlags.Ack, iss), (TcpFlags.Ack, iss), (TcpFlags.Rst | TcpFlags.Ack, iss + 1)], probes.Select(p => (p.Flags, p.Seq)));
        Assert.Equal("'x'", rig.Host.Recv(rig.Now, socket));
        Assert.Equal("ETIMEDOUT", rig.Host.Recv(rig.Now, socket));
    }

    // SO_LINGER 0: a reset instead of a FIN, no TIME-WAIT (RFC 9293 §3.10.5).
    [Theory, OnEveryWire]
    public void Linger_Zero_ResetsAndLeavesNothing(string wire)
    {
        TwoHosts hosts = new(wire);
        (int a, int b) = hosts.Pair();
        hosts.A.Send(hosts.Now, a, "lost");
        hosts.A.Sockets.SetOption(hosts.Now, a, SocketOption.Linger, 0);
        hosts.A.Sockets.Close(hosts.Now, a);
        hosts.Run(0.1);
        Assert.Equal("", hosts.A.States(hosts.Now));
        Assert.Equal("", hosts.B.States(hosts.Now));
        Assert.Equal("ECONNRESET", hosts.B.Recv(hosts.Now, b));
    }

    // SHLD-3: unread data at close() makes it a reset.
    [Theory, OnEveryWire]
    public void Close_WithUnreadData_Resets(string wire)
    {
        TwoHosts hosts = new(wire);
        (int a, int b) = hosts.Pair();
        hosts.A.Send(hosts.Now, a, "never read");
        hosts.Exchange();
        hosts.B.Sockets.Close(hosts.Now, b);
        hosts.Exchange();
        Assert.Equal("ECONNRESET", hosts.A.Recv(hosts.Now, a));
        Assert.Equal("", hosts.A.States(hosts.Now) + hosts.B.States(hosts.Now));
    }

    // MUST-12: FIN and reset look different, also behind buffered data.
    [Theory, OnEveryWire]
    public void Receive_AfterFinOrReset_TellsThemApart(string wire)
    {
        TwoHosts hosts = new(wire);
        (int a, int b) = hosts.Pair();
        (int c, int d) = hosts.Pair(4001);
        hosts.B.Send(hosts.Now, b, "bye");
        hosts.B.Send(hosts.Now, d, "bye");
        hosts.Exchange();
        hosts.B.Sockets.Close(hosts.Now, b);
        hosts.B.Sockets.SetOption(hosts.Now, d, SocketOption.Linger, 0);
        hosts.B.Sockets.Close(hosts.Now, d);
        hosts.Exchange();
        Assert.Equal(["'bye'", "''", "''"], [hosts.A.Recv(hosts.Now, a), hosts.A.Recv(hosts.Now, a), hosts.A.Recv(hosts.Now, a)]);
        Assert.Equal(["'bye'", "ECONNRESET", "''"], [hosts.A.Recv(hosts.Now, c), hosts.A.Recv(hosts.Now, c), hosts.A.Recv(hosts.Now, c)]);
    }

    [Fact]
    public void Bind_AddressNotOurs_IsNotAvailable()
    {
        TcpRig rig = new();
        (string, Errno)[] cases =
        [
            ("1.2.3.4", Errno.EADDRNOTAVAIL), ("224.0.0.1", Errno.None), ("255.255.255.255", Errno.None), ("10.0.0.255", Errno.None), ("127.9.9.9", Errno.None), ("0.0.0.0", Errno.None),
            ("ff02::1", Errno.EINVAL), ("2001:db8::1", Errno.EADDRNOTAVAIL), ("::1", Errno.None), ("::ffff:127.0.0.1", Errno.None), ("::ffff:1.2.3.4", Errno.EADDRNOTAVAIL),
        ];
        foreach ((string text, Errno expected) in cases)
        {
            IpAddress address = IpAddress.Parse(text);
            int socket = rig.Host.Stream(address.IsV6 ? AddressFamily.Inet6 : AddressFamily.Inet);
            Assert.Equal((text, expected), (text, rig.Sockets.Bind(socket, new(address, 0))));
        }

        int only = rig.Host.Stream(AddressFamily.Inet6);
        Assert.Equal(Errno.None, rig.Sockets.SetOption(rig.Now, only, SocketOption.Ipv6Only, 1));
        Assert.Equal(Errno.ENETUNREACH, rig.Sockets.Connect(rig.Now, only, new(IpAddress.Parse("::ffff:127.0.0.1"), 9)));
        Assert.Equal(Errno.EINVAL, rig.Sockets.Bind(only, new(IpAddress.Parse("::ffff:127.0.0.1"), 0)));
        Assert.Equal(Errno.None, rig.Sockets.Bind(only, new(IpAddress.AnyV6, 0)));
        Assert.Equal(Errno.EINVAL, rig.Sockets.SetOption(rig.Now, only, SocketOption.Ipv6Only, 0));
    }

    // Golden 05, Linux: the port of a connection in TIME-WAIT is taken, unless both sockets have SO_REUSEADDR.
    [Theory]
    [InlineData(false, false, Errno.EADDRINUSE)]
    [InlineData(false, true, Errno.EADDRINUSE)]
    [InlineData(true, false, Errno.EADDRINUSE)]
    [InlineData(true, true, Errno.None)]
    public void Bind_PortInTimeWait_NeedsReuseAddressOnBothSides(bool first, bool second, Errno expected)
    {
        TwoHosts hosts = new();
        int listener = hosts.B.Stream();
        hosts.B.Sockets.SetOption(hosts.Now, listener, SocketOption.ReuseAddress, first ? 1 : 0);
        hosts.B.Sockets.Bind(listener, new(IpAddress.AnyV4, 4000));
        hosts.B.Sockets.Listen(listener, 1);
        int a = hosts.A.Stream();
        hosts.A.Sockets.Connect(hosts.Now, a, new(TwoHosts.AddressB, 4000));
        hosts.Exchange();
        hosts.B.Sockets.Accept(listener, out int b, out _);
        hosts.B.Sockets.Close(hosts.Now, listener);
        hosts.B.Sockets.Close(hosts.Now, b);
        hosts.Exchange();
        hosts.A.Sockets.Close(hosts.Now, a);
        hosts.Exchange();
        Assert.Equal("TimeWait:0:0", hosts.B.States(hosts.Now));
        int again = hosts.B.Stream();
        hosts.B.Sockets.SetOption(hosts.Now, again, SocketOption.ReuseAddress, second ? 1 : 0);
        Assert.Equal(expected, hosts.B.Sockets.Bind(again, new(IpAddress.AnyV4, 4000)));
        hosts.Run(61);
        int later = hosts.B.Stream();
        Assert.Equal(expected == Errno.None ? Errno.EADDRINUSE : Errno.None, hosts.B.Sockets.Bind(later, new(IpAddress.AnyV4, 4000)));
    }

    // SO_REUSEADDR set behind bind() counts as if it had been set before.
    [Theory]
    [InlineData(false, Errno.EADDRINUSE)]
    [InlineData(true, Errno.None)]
    public void ReuseAddress_SetAfterBind_CountsForTheNextBind(bool reuses, Errno expected)
    {
        TcpRig rig = new();
        int first = rig.Host.Stream(), second = rig.Host.Stream(), third = rig.Host.Stream();
        Assert.Equal(Errno.None, rig.Sockets.Bind(first, new(IpAddress.AnyV4, 4000)));
        Assert.Equal(Errno.None, rig.Sockets.SetOption(rig.Now, first, SocketOption.ReuseAddress, reuses ? 1 : 0));
        rig.Sockets.SetOption(rig.Now, second, SocketOption.ReuseAddress, 1);
        Assert.Equal(expected, rig.Sockets.Bind(second, new(IpAddress.AnyV4, 4000)));
        Assert.Equal(Errno.EADDRINUSE, rig.Sockets.Bind(third, new(IpAddress.AnyV4, 4000)));
    }

    // Handles: the lowest free number, as POSIX; a closed one is EBADF; too many are EMFILE.
    [Fact]
    public void Handles_OpenedAndClosed_AreTheLowestFree()
    {
        TcpRig rig = new(s => s.Sockets.MaxSockets = 5);
        Assert.Equal([0, 1, 2, 3, 4], Enumerable.Range(0, 5).Select(_ => rig.Host.Stream()));
        Assert.Equal(-(int)Errno.EMFILE, rig.Host.Stream());
        rig.Sockets.Close(rig.Now, 3);
        rig.Sockets.Close(rig.Now, 1);
        Assert.Equal(Errno.EBADF, rig.Sockets.Close(rig.Now, 1));
        Assert.Equal(Errno.EBADF, rig.Sockets.Bind(1, new(IpAddress.AnyV4, 0)));
        Assert.Equal([1, 3], [rig.Host.Stream(), rig.Host.Stream()]);
    }

    // An application that never asks for ready sockets does not keep its closed ones alive.
    [Fact]
    public void PollReady_NeverAsked_KeepsNothingAlive()
    {
        TwoHosts hosts = new();
        int listener = hosts.A.Listener(4000, 100);
        for (int i = 0; i < 2000; i++)
        {
            int client = hosts.A.Stream();
            hosts.A.Sockets.Connect(hosts.Now, client, new(IpAddress.FromV4(127, 0, 0, 1), 4000));
            hosts.Exchange();
            hosts.A.Sockets.Accept(listener, out int server, out _);
            hosts.A.Sockets.SetOption(hosts.Now, client, SocketOption.Linger, 0);
            hosts.A.Sockets.Close(hosts.Now, client);
            hosts.Exchange();
            hosts.A.Sockets.Close(hosts.Now, server);
        }

        int ready = 0;
        while (hosts.A.Sockets.PollReady(out int socket))
        {
            Assert.Equal(listener, socket);
            ready++;
        }

        Assert.Equal(1, ready);
        Assert.True(hosts.A.Sockets.ReadyListLength <= 128);
    }

    private static int Get(TcpRig rig, int socket, SocketOption option)
    {
        Assert.Equal(Errno.None, rig.Sockets.GetOption(socket, option, out int value));
        return value;
    }
}

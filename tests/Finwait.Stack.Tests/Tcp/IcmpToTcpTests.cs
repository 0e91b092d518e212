using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>ICMP errors about connections: which are believed and what they do (RFC 9293 §3.9.2.2, RFC 5927, RFC 1191).</summary>
public class IcmpToTcpTests
{
    /// <summary>Octets of a packet that fits where our usual ones do not.</summary>
    private const int Narrow = 1300;

    // MUST-54, X-5927-1, BUG-28: only an error that quotes a sequence number in flight counts, in SYN-SENT it ends the connect (as Linux, X-5461-1).
    [Theory]
    [OnEveryWire(1, 0, Errno.EHOSTUNREACH)]
    [OnEveryWire(3, 0, Errno.ECONNREFUSED)]
    [OnEveryWire(1, -1, Errno.None)]
    [OnEveryWire(1, 1, Errno.None)]
    [OnEveryWire(3, 1, Errno.None)]
    [OnEveryWire(3, 0x4000_0000, Errno.None)]
    public void SynSent_Unreachable_FailsIfTheNumberIsInFlight(string wire, byte code, int offset, Errno expected)
    {
        TcpRig rig = new(wire);
        int socket = rig.Connect(80);
        SeenSegment syn = rig.TakeOne();
        Icmp(rig, 3, code, 0, syn.From, 80, unchecked(syn.Seq + (uint)offset));
        Assert.Equal(expected == Errno.None ? Errno.EALREADY : expected, rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 80)));
        Assert.Equal(expected == Errno.None ? 1 : 0, rig.Host.TcpCounters.IcmpIgnored);
        Assert.Empty(rig.Take());
    }

    // MUST-54, X-5461-1: what each type and code ends the connect with, as Linux 6.18 answered. A row: "TYPE/CODE errno" of ICMPv4, and of ICMPv6.
    [Theory]
    [OnEveryWire("3/0 ENETUNREACH", "1/0 ENETUNREACH")]
    [OnEveryWire("3/1 EHOSTUNREACH", "1/1 EACCES")]
    [OnEveryWire("3/2 ENOPROTOOPT", "1/2 EHOSTUNREACH")]
    [OnEveryWire("3/3 ECONNREFUSED", "1/3 EHOSTUNREACH")]
    [OnEveryWire("3/5 EOPNOTSUPP", "1/4 ECONNREFUSED")]
    [OnEveryWire("3/6 ENETUNREACH", "1/5 EACCES")]
    [OnEveryWire("3/7 EHOSTDOWN", "1/6 EACCES")]
    [OnEveryWire("3/8 ENONET", "1/7 EPROTO")]
    [OnEveryWire("3/9 ENETUNREACH", "3/0 EHOSTUNREACH")]
    [OnEveryWire("3/10 EHOSTUNREACH", "3/1 EHOSTUNREACH")]
    [OnEveryWire("3/11 ENETUNREACH", "4/0 EPROTO")]
    [OnEveryWire("3/12 EHOSTUNREACH", "4/1 EPROTO")]
    [OnEveryWire("3/13 EHOSTUNREACH", "5/0 EPROTO")]
    [OnEveryWire("11/0 EHOSTUNREACH", "4/2 EPROTO")]
    [OnEveryWire("12/0 EPROTO", "1/8 EPROTO")]
    public void SynSent_AnyError_EndsTheConnectAsOnLinux(string wire, string v4, string v6)
    {
        TcpRig rig = new(wire);
        (byte type, byte code, Errno expected) = Row(rig.IsV6 ? v6 : v4);
        int socket = rig.Connect(80);
        SeenSegment syn = rig.TakeOne();
        Error(rig, type, code, 0, syn.From, 80, syn.Seq);
        Assert.Equal(expected, rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 80)));
    }

    // MUST-56, X-5927-2, SHLD-26: in a synchronized state nothing aborts, whatever the code; the error can be asked for once (MUST-47, SHLD-25).
    [Theory]
    [OnEveryWire("3/0 ENETUNREACH", "1/0 ENETUNREACH")]
    [OnEveryWire("3/1 EHOSTUNREACH", "1/3 EHOSTUNREACH")]
    [OnEveryWire("3/2 ENOPROTOOPT", "4/1 EPROTO")]
    [OnEveryWire("3/3 ECONNREFUSED", "1/4 ECONNREFUSED")]
    [OnEveryWire("3/5 EOPNOTSUPP", "1/2 EHOSTUNREACH")]
    [OnEveryWire("3/10 EHOSTUNREACH", "1/1 EACCES")]
    [OnEveryWire("11/0 EHOSTUNREACH", "3/0 EHOSTUNREACH")]
    [OnEveryWire("11/1 EHOSTUNREACH", "3/1 EHOSTUNREACH")]
    [OnEveryWire("12/0 EPROTO", "4/0 EPROTO")]
    public void Established_AnyError_IsRememberedOnly(string wire, string v4, string v6)
    {
        (TcpRig rig, int socket, uint iss) = Established(wire);
        (byte type, byte code, Errno expected) = Row(rig.IsV6 ? v6 : v4);
        rig.Host.Send(rig.Now, socket, "in flight");
        rig.Take();
        for (int i = 0; i < 100; i++)
        {
            Error(rig, type, code, 0, 80, 5000, unchecked(iss + 1));
        }

        Assert.Equal("Established:0:9", rig.Host.States(rig.Now).Split(' ')[1]);
        Assert.Equal(SocketReadiness.Writable, rig.Sockets.Poll(socket));
        Assert.Equal(expected, SocketError(rig, socket));
        Assert.Equal(Errno.None, SocketError(rig, socket));
        rig.Say(TcpFlags.Ack, 1001, unchecked(iss + 10));
        Assert.Equal("Established:0:0", rig.Host.States(rig.Now).Split(' ')[1]);
    }

    // X-5927-1: nothing in flight, nothing believed. A quench is never believed (MUST-55), nor what concerns no connection of ours.
    [Theory, OnEveryWire]
    public void Established_NothingInFlight_IgnoresEveryError(string wire)
    {
        (TcpRig rig, int socket, uint iss) = Established(wire);
        Icmp(rig, 3, 1, 0, 80, 5000, iss + 1);
        Icmp(rig, 3, 4, Narrow, 80, 5000, iss + 1);
        if (!rig.IsV6)
        {
            Icmp(rig, 4, 0, 0, 80, 5000, iss + 1);
        }

        Icmp(rig, 3, 3, 0, 80, 5001, iss + 1);
        Assert.Equal(Errno.None, SocketError(rig, socket));
        rig.Sockets.Send(rig.Now, socket, new byte[3000], SendFlags.None, out _);
        Assert.Equal(rig.Mss, rig.Take()[0].Text.Length);
        Assert.Equal(3, rig.Host.TcpCounters.IcmpIgnored);
    }

    // X-1191-1, X-1191-2, X-7323-18: a smaller MTU takes effect at once on what is in flight; 552 is the floor; later connections know it too.
    [Theory]
    [OnEveryWire(1000, 960, 1300, 1240)]
    [OnEveryWire(100, 512, 1280, 1220)]
    [OnEveryWire(0, 512, 1281, 1221)]
    public void Established_FragmentationNeeded_SendsSmallerSegments(string wire, int mtu4, int expected4, int mtu6, int expected6)
    {
        (TcpRig rig, int socket, uint iss) = Established(wire);
        (int mtu, int expected) = rig.IsV6 ? (mtu6, expected6) : (mtu4, expected4);
        rig.Sockets.Send(rig.Now, socket, new byte[rig.Mss], SendFlags.None, out _);
        Assert.Equal(rig.Mss, rig.TakeOne().Text.Length);
        Icmp(rig, 3, 4, (uint)mtu, 80, 5000, iss + 1);
        IReadOnlyList<SeenSegment> again = rig.Take();
        Assert.NotEmpty(again);
        Assert.Equal((iss + 1, expected), (again[0].Seq, again[0].Text.Length));
        Assert.All(again, s => Assert.True(s.DontFragment));

        rig.Connect(9);
        Assert.Equal(expected, rig.Take()[^1].Options.Mss);
    }

    // X-1191-3, X-8201-1: ten minutes after a path became narrower (at least five), and not before, larger segments are tried again, by connections old and new.
    [Theory, OnEveryWire]
    public void PathMtu_AfterTenMinutes_IsForgotten(string wire)
    {
        (TcpRig rig, int socket, uint iss) = Established(wire);
        rig.Sockets.Send(rig.Now, socket, new byte[rig.Mss], SendFlags.None, out _);
        rig.Take();
        Icmp(rig, 3, 4, Narrow, 80, 5000, iss + 1);
        rig.Take();
        rig.Say(TcpFlags.Ack, 1001, iss + 1 + (uint)rig.Mss);
        uint next = iss + 1 + (uint)rig.Mss;
        foreach ((double wait, int expected) in new[] { (1.0, Narrow - rig.IpHeader - 20), (598, Narrow - rig.IpHeader - 20), (2, rig.Mss) })
        {
            rig.Run(wait);
            rig.Sockets.Send(rig.Now, socket, new byte[1], SendFlags.None, out _); // whoever sends looks at the way
            rig.Sockets.Send(rig.Now, socket, new byte[rig.Mss], SendFlags.None, out _);
            rig.Say(TcpFlags.Ack, 1001, next + 1);
            Assert.Equal(expected, rig.Take().Max(s => s.Text.Length));
            next += 1 + (uint)rig.Mss;
            rig.Say(TcpFlags.Ack, 1001, next);
            rig.Take();
        }

        rig.Connect(9);
        Assert.Equal(rig.Mss, rig.Take()[^1].Options.Mss);
    }

    // X-5927-3: a message about a size that has been acknowledged before changes nothing for anybody until a timeout confirms it; then for all.
    [Theory, OnEveryWire]
    public void Established_DoubtfulTooBig_CountsForTheHostOnlyOnceConfirmed(string wire)
    {
        (TcpRig rig, int socket, uint iss) = Established(wire);
        rig.Sockets.Send(rig.Now, socket, new byte[rig.Mss], SendFlags.None, out _);
        rig.Take();
        rig.Say(TcpFlags.Ack, 1001, iss + 1 + (uint)rig.Mss);
        rig.Sockets.Send(rig.Now, socket, new byte[rig.Mss], SendFlags.None, out _);
        rig.Take();
        Icmp(rig, 3, 4, Narrow, 80, 5000, iss + 1 + (uint)rig.Mss);
        Assert.Empty(rig.Take());
        rig.Connect(9);
        Assert.Equal(rig.Mss, rig.TakeOne().Options.Mss);
        rig.Run(0.9);
        Assert.Equal(Narrow - rig.IpHeader - 20, rig.Take().Last(s => s.Text.Length > 0).Text.Length);
        rig.Connect(10);
        Assert.Equal(Narrow - rig.IpHeader - 20, rig.Take()[^1].Options.Mss);
    }

    // Nobody waits for a half-open connection: when the way back is cut it goes without a word. Which errors mean that is what Linux 6.18 showed, in each IP version its own.
    [Theory]
    [OnEveryWire("3/0 True", "1/0 False")]
    [OnEveryWire("3/1 True", "1/1 True")]
    [OnEveryWire("3/2 False", "1/3 False")]
    [OnEveryWire("3/3 False", "1/4 True")]
    [OnEveryWire("3/13 False", "1/5 True")]
    [OnEveryWire("11/0 True", "3/0 False")]
    [OnEveryWire("12/0 True", "4/1 True")]
    public void HalfOpen_AnyError_EndsItSilentlyAsOnLinux(string wire, string v4, string v6)
    {
        TcpRig rig = new(wire);
        rig.Listen();
        rig.Say(TcpFlags.Syn, 1000);
        uint iss = rig.TakeOne().Seq;
        string[] row = (rig.IsV6 ? v6 : v4).Split('/', ' ');
        (byte type, byte code) = (byte.Parse(row[0]), byte.Parse(row[1]));
        Error(rig, type, code, 0, 80, 5000, unchecked(iss + 1));
        Assert.Equal("Listen:0:5 SynReceived:0:0", rig.Host.States(rig.Now));
        Error(rig, type, code, 0, 80, 5000, iss);
        Assert.Equal(row[2] == "True" ? "Listen:0:5" : "Listen:0:5 SynReceived:0:0", rig.Host.States(rig.Now));
        Assert.Empty(rig.Take());
    }

    // MUST-54: eight octets of TCP suffice; fewer are ignored.
    [Theory, OnEveryWire]
    public void Error_QuoteCutShort_IsIgnored(string wire)
    {
        TcpRig rig = new(wire);
        int socket = rig.Connect(80);
        SeenSegment syn = rig.TakeOne();
        for (int length = 0; length < 8; length++)
        {
            Icmp(rig, 3, 1, 0, syn.From, 80, syn.Seq, length);
        }

        Assert.Equal(Errno.EALREADY, rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 80)));
        Icmp(rig, 3, 1, 0, syn.From, 80, syn.Seq, 8);
        Assert.Equal(Errno.EHOSTUNREACH, rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 80)));
    }

    // SHLD-25: the soft error becomes the reason when the connection times out at last.
    [Theory, OnEveryWire]
    public void Established_SoftErrorThenSilence_FailsWithIt(string wire)
    {
        (TcpRig rig, int socket, uint iss) = Established(wire);
        rig.Sockets.SetOption(rig.Now, socket, SocketOption.TcpUserTimeout, 5000);
        rig.Host.Send(rig.Now, socket, "x");
        rig.Take();
        Icmp(rig, 3, 1, 0, 80, 5000, iss + 1);
        rig.Run(30);
        Assert.Equal("EHOSTUNREACH", rig.Host.Recv(rig.Now, socket));
        Assert.Equal("''", rig.Host.Recv(rig.Now, socket));
    }

    private static (TcpRig Rig, int Socket, uint Iss) Established(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Listen();
        uint iss = rig.HandshakeFromPeer(1000);
        Assert.Equal(Errno.None, rig.Sockets.Accept(listener, out int socket, out _));
        return (rig, socket, iss);
    }

    private static Errno SocketError(TcpRig rig, int socket)
    {
        Assert.Equal(Errno.None, rig.Sockets.GetOption(socket, SocketOption.Error, out int value));
        return (Errno)value;
    }

    private static (byte Type, byte Code, Errno Error) Row(string text)
    {
        string[] parts = text.Split('/', ' ');
        return (byte.Parse(parts[0]), byte.Parse(parts[1]), Enum.Parse<Errno>(parts[2]));
    }

    /// <summary>What ICMPv4 says so, in either version: host unreachable (3/1), port unreachable (3/3), fragmentation needed (3/4), a quench (4).</summary>
    private static void Icmp(TcpRig rig, byte type, byte code, uint rest, ushort from, ushort to, uint seq, int octets = 8)
    {
        (byte itsType, byte itsCode) = !rig.IsV6 ? (type, code) : (type, code) switch
        {
            (3, 1) => ((byte)Icmpv6Type.DestinationUnreachable, Icmpv6Code.AddressUnreachable),
            (3, 3) => ((byte)Icmpv6Type.DestinationUnreachable, Icmpv6Code.PortUnreachable),
            (3, 4) => ((byte)Icmpv6Type.PacketTooBig, (byte)0),
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        };
        Error(rig, itsType, itsCode, rest, from, to, seq, octets);
    }

    /// <summary>An ICMP error from a router about a segment from us to the peer.</summary>
    private static void Error(TcpRig rig, byte type, byte code, uint rest, ushort from, ushort to, uint seq, int octets = 8)
    {
        byte[] tcp = [(byte)(from >> 8), (byte)from, (byte)(to >> 8), (byte)to, (byte)(seq >> 24), (byte)(seq >> 16), (byte)(seq >> 8), (byte)seq];
        byte[] quote = new byte[rig.IpHeader + octets];
        tcp.AsSpan(0, octets).CopyTo(quote.AsSpan(rig.IpHeader));
        byte[] message = new byte[8 + quote.Length];
        byte[] packet = new byte[rig.IpHeader + message.Length];
        IpAddress router = rig.Neighbor(254);
        if (rig.IsV6)
        {
            Ipv6Writer.Write(quote, rig.Local, rig.Remote, IpProtocol.Tcp, 40, 60, 0);
            Icmpv6Writer.Write(message, (Icmpv6Type)type, code, rest, quote, router, rig.Local);
            Ipv6Writer.Write(packet, router, rig.Local, IpProtocol.Icmpv6, message.Length, 64, 0);
        }
        else
        {
            Ipv4Writer.Write(quote, rig.Local, rig.Remote, IpProtocol.Tcp, 40, 60, 0, 1, true);
            Icmpv4Writer.Write(message, (Icmpv4Type)type, code, rest, quote);
            Ipv4Writer.Write(packet, router, rig.Local, IpProtocol.Icmp, message.Length, 64, 0, 1, false);
        }

        message.CopyTo(packet, rig.IpHeader);
        rig.Receive(packet);
    }
}

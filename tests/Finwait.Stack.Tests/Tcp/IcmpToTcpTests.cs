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
    [OnEveryWire(0, 0, Errno.ENETUNREACH)]
    [OnEveryWire(1, 0, Errno.EHOSTUNREACH)]
    [OnEveryWire(2, 0, Errno.ENOPROTOOPT)]
    [OnEveryWire(3, 0, Errno.ECONNREFUSED)]
    [OnEveryWire(13, 0, Errno.EHOSTUNREACH)]
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

    // MUST-56, X-5927-2, SHLD-26: in a synchronized state nothing aborts, whatever the code; the error can be asked for once (MUST-47, SHLD-25).
    [Theory]
    [OnEveryWire(3, 0, Errno.ENETUNREACH)]
    [OnEveryWire(3, 1, Errno.EHOSTUNREACH)]
    [OnEveryWire(3, 2, Errno.ENOPROTOOPT)]
    [OnEveryWire(3, 3, Errno.ECONNREFUSED)]
    [OnEveryWire(3, 5, Errno.EHOSTUNREACH)]
    [OnEveryWire(3, 10, Errno.EHOSTUNREACH)]
    [OnEveryWire(11, 0, Errno.EHOSTUNREACH)]
    [OnEveryWire(11, 1, Errno.EHOSTUNREACH)]
    [OnEveryWire(12, 0, Errno.EHOSTUNREACH)]
    public void Established_AnyError_IsRememberedOnly(string wire, byte type, byte code, Errno expected)
    {
        (TcpRig rig, int socket, uint iss) = Established(wire);
        rig.Host.Send(rig.Now, socket, "in flight");
        rig.Take();
        for (int i = 0; i < 100; i++)
        {
            Icmp(rig, type, code, 0, 80, 5000, iss + 1);
        }

        Assert.Equal("Established:0:9", rig.Host.States(rig.Now).Split(' ')[1]);
        Assert.Equal(SocketReadiness.Writable, rig.Sockets.Poll(socket));
        Assert.Equal(expected, SocketError(rig, socket));
        Assert.Equal(Errno.None, SocketError(rig, socket));
        rig.Say(TcpFlags.Ack, 1001, iss + 10);
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

    // Nobody waits for a half-open connection: when the way back is cut it goes without a word (Linux's tcp_req_err).
    [Theory, OnEveryWire]
    public void HalfOpen_HostUnreachable_VanishesSilently(string wire)
    {
        TcpRig rig = new(wire);
        rig.Listen();
        rig.Say(TcpFlags.Syn, 1000);
        uint iss = rig.TakeOne().Seq;
        Icmp(rig, 3, 1, 0, 80, 5000, iss + 1);
        Assert.Equal(1, rig.Host.Sockets.Tcp.ConnectionCount);
        Icmp(rig, 3, 3, 0, 80, 5000, iss);
        Assert.Equal(1, rig.Host.Sockets.Tcp.ConnectionCount);
        Icmp(rig, 3, 1, 0, 80, 5000, iss);
        Assert.Equal("Listen:0:5", rig.Host.States(rig.Now));
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

    private static (Icmpv6Type Type, byte Code) V6(byte type, byte code) => (type, code) switch
    {
        (3, 0) => (Icmpv6Type.DestinationUnreachable, Icmpv6Code.NoRoute),
        (3, 2) => (Icmpv6Type.ParameterProblem, Icmpv6Code.UnknownNextHeader),
        (3, 3) => (Icmpv6Type.DestinationUnreachable, Icmpv6Code.PortUnreachable),
        (3, 4) => (Icmpv6Type.PacketTooBig, 0),
        (3, 5) => (Icmpv6Type.DestinationUnreachable, Icmpv6Code.BeyondScope),
        (3, 10 or 13) => (Icmpv6Type.DestinationUnreachable, Icmpv6Code.Prohibited),
        (3, _) => (Icmpv6Type.DestinationUnreachable, Icmpv6Code.AddressUnreachable),
        (11, _) => (Icmpv6Type.TimeExceeded, code),
        (12, _) => (Icmpv6Type.ParameterProblem, 0),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>An ICMP error from a router about a segment from us to the peer. Type and code are those of ICMPv4; on IPv6 it says the same in ICMPv6 (RFC 4443).</summary>
    private static void Icmp(TcpRig rig, byte type, byte code, uint rest, ushort from, ushort to, uint seq, int octets = 8)
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
            (Icmpv6Type type6, byte code6) = V6(type, code);
            Icmpv6Writer.Write(message, type6, code6, rest, quote, router, rig.Local);
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

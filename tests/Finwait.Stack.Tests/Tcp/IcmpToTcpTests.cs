using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>ICMP errors about connections: which are believed and what they do (RFC 9293 §3.9.2.2, RFC 5927, RFC 1191).</summary>
public class IcmpToTcpTests
{
    // MUST-54, X-5927-1, BUG-28: only an error that quotes a sequence number in flight counts, in SYN-SENT it ends the connect (as Linux, X-5461-1).
    [Theory]
    [InlineData(0, 0, Errno.ENETUNREACH)]
    [InlineData(1, 0, Errno.EHOSTUNREACH)]
    [InlineData(2, 0, Errno.ENOPROTOOPT)]
    [InlineData(3, 0, Errno.ECONNREFUSED)]
    [InlineData(13, 0, Errno.EHOSTUNREACH)]
    [InlineData(1, -1, Errno.None)]
    [InlineData(1, 1, Errno.None)]
    [InlineData(3, 1, Errno.None)]
    [InlineData(3, 0x4000_0000, Errno.None)]
    public void SynSent_Unreachable_FailsIfTheNumberIsInFlight(byte code, int offset, Errno expected)
    {
        TcpRig rig = new();
        int socket = rig.Host.Stream();
        rig.Sockets.Connect(rig.Now, socket, new(TcpRig.Peer, 80));
        SeenSegment syn = rig.TakeOne();
        Icmp(rig, 3, code, 0, syn.From, 80, unchecked(syn.Seq + (uint)offset));
        Assert.Equal(expected == Errno.None ? Errno.EALREADY : expected, rig.Sockets.Connect(rig.Now, socket, new(TcpRig.Peer, 80)));
        Assert.Equal(expected == Errno.None ? 1 : 0, rig.Host.TcpCounters.IcmpIgnored);
        Assert.Empty(rig.Take());
    }

    // MUST-56, X-5927-2, SHLD-26: in a synchronized state nothing aborts, whatever the code; the error can be asked for once (MUST-47, SHLD-25).
    [Theory]
    [InlineData(3, 0, Errno.ENETUNREACH)]
    [InlineData(3, 1, Errno.EHOSTUNREACH)]
    [InlineData(3, 2, Errno.ENOPROTOOPT)]
    [InlineData(3, 3, Errno.ECONNREFUSED)]
    [InlineData(3, 5, Errno.EHOSTUNREACH)]
    [InlineData(3, 10, Errno.EHOSTUNREACH)]
    [InlineData(11, 0, Errno.EHOSTUNREACH)]
    [InlineData(11, 1, Errno.EHOSTUNREACH)]
    [InlineData(12, 0, Errno.EHOSTUNREACH)]
    public void Established_AnyError_IsRememberedOnly(byte type, byte code, Errno expected)
    {
        (TcpRig rig, int socket, uint iss) = Established();
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
    [Fact]
    public void Established_NothingInFlight_IgnoresEveryError()
    {
        (TcpRig rig, int socket, uint iss) = Established();
        Icmp(rig, 3, 1, 0, 80, 5000, iss + 1);
        Icmp(rig, 3, 4, 576, 80, 5000, iss + 1);
        Icmp(rig, 4, 0, 0, 80, 5000, iss + 1);
        Icmp(rig, 3, 3, 0, 80, 5001, iss + 1);
        Assert.Equal(Errno.None, SocketError(rig, socket));
        rig.Sockets.Send(rig.Now, socket, new byte[3000], SendFlags.None, out _);
        Assert.Equal(1460, rig.Take()[0].Text.Length);
        Assert.Equal(3, rig.Host.TcpCounters.IcmpIgnored);
    }

    // X-1191-1, X-1191-2, X-7323-18: a smaller MTU takes effect at once on what is in flight; 552 is the floor; later connections know it too.
    [Theory]
    [InlineData(1000, 960)]
    [InlineData(100, 512)]
    [InlineData(0, 512)]
    public void Established_FragmentationNeeded_SendsSmallerSegments(int mtu, int expected)
    {
        (TcpRig rig, int socket, uint iss) = Established();
        rig.Sockets.Send(rig.Now, socket, new byte[1460], SendFlags.None, out _);
        Assert.Equal(1460, rig.TakeOne().Text.Length);
        Icmp(rig, 3, 4, (uint)mtu, 80, 5000, iss + 1);
        IReadOnlyList<SeenSegment> again = rig.Take();
        Assert.NotEmpty(again);
        Assert.Equal((iss + 1, expected), (again[0].Seq, again[0].Text.Length));
        Assert.All(again, s => Assert.True(s.DontFragment));

        rig.Host.Stream();
        rig.Sockets.Connect(rig.Now, socket + 1, new(TcpRig.Peer, 9));
        Assert.Equal(expected, rig.Take()[^1].Options.Mss);
    }

    // X-1191-3, X-8201-1: ten minutes after a path became narrower (at least five), and not before, larger segments are tried again, by connections old and new.
    [Fact]
    public void PathMtu_AfterTenMinutes_IsForgotten()
    {
        (TcpRig rig, int socket, uint iss) = Established();
        rig.Sockets.Send(rig.Now, socket, new byte[1460], SendFlags.None, out _);
        rig.Take();
        Icmp(rig, 3, 4, 1000, 80, 5000, iss + 1);
        rig.Take();
        rig.Say(TcpFlags.Ack, 1001, iss + 1461);
        uint next = iss + 1461;
        foreach ((double wait, int expected) in new[] { (1.0, 960), (598, 960), (2, 1460) })
        {
            rig.Run(wait);
            rig.Sockets.Send(rig.Now, socket, new byte[1], SendFlags.None, out _); // whoever sends looks at the way
            rig.Sockets.Send(rig.Now, socket, new byte[1460], SendFlags.None, out _);
            rig.Say(TcpFlags.Ack, 1001, next + 1);
            Assert.Equal(expected, rig.Take().Max(s => s.Text.Length));
            next += 1461;
            rig.Say(TcpFlags.Ack, 1001, next);
            rig.Take();
        }

        rig.Host.Stream();
        rig.Sockets.Connect(rig.Now, socket + 1, new(TcpRig.Peer, 9));
        Assert.Equal(1460, rig.Take()[^1].Options.Mss);
    }

    // X-5927-3: a message about a size that has been acknowledged before changes nothing for anybody until a timeout confirms it; then for all.
    [Fact]
    public void Established_DoubtfulTooBig_CountsForTheHostOnlyOnceConfirmed()
    {
        (TcpRig rig, int socket, uint iss) = Established();
        rig.Sockets.Send(rig.Now, socket, new byte[1460], SendFlags.None, out _);
        rig.Take();
        rig.Say(TcpFlags.Ack, 1001, iss + 1461);
        rig.Sockets.Send(rig.Now, socket, new byte[1460], SendFlags.None, out _);
        rig.Take();
        Icmp(rig, 3, 4, 1000, 80, 5000, iss + 1461);
        Assert.Empty(rig.Take());
        rig.Host.Stream();
        rig.Sockets.Connect(rig.Now, socket + 1, new(TcpRig.Peer, 9));
        Assert.Equal(1460, rig.TakeOne().Options.Mss);
        rig.Run(0.9);
        Assert.Equal(960, rig.Take().Last(s => s.Text.Length > 0).Text.Length);
        rig.Host.Stream();
        rig.Sockets.Connect(rig.Now, socket + 2, new(TcpRig.Peer, 10));
        Assert.Equal(960, rig.Take()[^1].Options.Mss);
    }

    // Nobody waits for a half-open connection: when the way back is cut it goes without a word (Linux's tcp_req_err).
    [Fact]
    public void HalfOpen_HostUnreachable_VanishesSilently()
    {
        TcpRig rig = new();
        rig.Host.Listener(80);
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
    [Fact]
    public void Error_QuoteCutShort_IsIgnored()
    {
        TcpRig rig = new();
        int socket = rig.Host.Stream();
        rig.Sockets.Connect(rig.Now, socket, new(TcpRig.Peer, 80));
        SeenSegment syn = rig.TakeOne();
        for (int length = 0; length < 8; length++)
        {
            Icmp(rig, 3, 1, 0, syn.From, 80, syn.Seq, length);
        }

        Assert.Equal(Errno.EALREADY, rig.Sockets.Connect(rig.Now, socket, new(TcpRig.Peer, 80)));
        Icmp(rig, 3, 1, 0, syn.From, 80, syn.Seq, 8);
        Assert.Equal(Errno.EHOSTUNREACH, rig.Sockets.Connect(rig.Now, socket, new(TcpRig.Peer, 80)));
    }

    // SHLD-25: the soft error becomes the reason when the connection times out at last.
    [Fact]
    public void Established_SoftErrorThenSilence_FailsWithIt()
    {
        (TcpRig rig, int socket, uint iss) = Established();
        rig.Sockets.SetOption(rig.Now, socket, SocketOption.TcpUserTimeout, 5000);
        rig.Host.Send(rig.Now, socket, "x");
        rig.Take();
        Icmp(rig, 3, 1, 0, 80, 5000, iss + 1);
        rig.Run(30);
        Assert.Equal("EHOSTUNREACH", rig.Host.Recv(rig.Now, socket));
        Assert.Equal("''", rig.Host.Recv(rig.Now, socket));
    }

    private static (TcpRig Rig, int Socket, uint Iss) Established()
    {
        TcpRig rig = new();
        int listener = rig.Host.Listener(80);
        uint iss = rig.HandshakeFromPeer(1000);
        Assert.Equal(Errno.None, rig.Sockets.Accept(listener, out int socket, out _));
        return (rig, socket, iss);
    }

    private static Errno SocketError(TcpRig rig, int socket)
    {
        Assert.Equal(Errno.None, rig.Sockets.GetOption(socket, SocketOption.Error, out int value));
        return (Errno)value;
    }

    /// <summary>An ICMP error from a router about a segment from us to the peer.</summary>
    private static void Icmp(TcpRig rig, byte type, byte code, uint rest, ushort from, ushort to, uint seq, int octets = 8)
    {
        byte[] quote = new byte[20 + octets];
        Ipv4Writer.Write(quote, TcpRig.Us, TcpRig.Peer, IpProtocol.Tcp, 40, 60, 0, 1, true);
        byte[] tcp = [(byte)(from >> 8), (byte)from, (byte)(to >> 8), (byte)to, (byte)(seq >> 24), (byte)(seq >> 16), (byte)(seq >> 8), (byte)seq];
        tcp.AsSpan(0, octets).CopyTo(quote.AsSpan(20));
        byte[] message = new byte[8 + quote.Length];
        Icmpv4Writer.Write(message, (Icmpv4Type)type, code, rest, quote);
        byte[] packet = new byte[20 + message.Length];
        Ipv4Writer.Write(packet, IpAddress.FromV4(10, 0, 0, 254), TcpRig.Us, IpProtocol.Icmp, message.Length, 64, 0, 1, false);
        message.CopyTo(packet, 20);
        rig.Receive(packet);
    }
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>States that connection tracking gives to packets. Linux 6.18 gave the same for the same packets, sent through raw sockets between two namespaces.</summary>
public sealed class ConnectionTrackerTests
{
    private static readonly IpAddress s_client = IpAddress.FromV4(10, 9, 0, 1), s_server = IpAddress.FromV4(10, 9, 0, 2);

    private readonly ConnectionTracker _tracker = new();
    private Instant _now = Instant.Zero;

    private ConnectionStates Tcp(TcpFlags flags, bool isReply = false, bool passes = true, ushort port = 1111)
    {
        byte[] header = new byte[20];
        (ushort from, ushort to) = isReply ? ((ushort)4000, port) : (port, (ushort)4000);
        (header[0], header[1], header[2], header[3]) = ((byte)(from >> 8), (byte)from, (byte)(to >> 8), (byte)to);
        (header[12], header[13]) = (0x50, (byte)flags);
        return Look(6, header, isReply, passes);
    }

    private ConnectionStates Look(byte protocol, byte[] transport, bool isReply, bool passes = true)
    {
        var packet = new FilterPacket { Source = isReply ? s_server : s_client, Destination = isReply ? s_client : s_server, Protocol = protocol, Length = 20 + transport.Length, Transport = transport };
        ConnectionStates state = _tracker.Look(_now, packet);
        if (passes)
        {
            Assert.True(_tracker.Confirm(_now));
        }

        return state;
    }

    [Theory]
    [InlineData(TcpFlags.Syn | TcpFlags.Ack, ConnectionStates.Invalid)]
    [InlineData(TcpFlags.None, ConnectionStates.Invalid)]
    [InlineData(TcpFlags.Rst, ConnectionStates.Invalid)]
    [InlineData(TcpFlags.Fin, ConnectionStates.Invalid)]
    [InlineData(TcpFlags.Ack, ConnectionStates.New)]
    [InlineData(TcpFlags.Syn, ConnectionStates.New)]
    public void Segment_OfNoConnection_IsNewOnlyIfItCanBeginOne(TcpFlags flags, ConnectionStates expected) => Assert.Equal(expected, Tcp(flags));

    [Fact]
    public void Segments_OfAHandshake_AreEstablishedFromTheFirstAnswerOn()
    {
        Assert.Equal(ConnectionStates.New, Tcp(TcpFlags.Syn));
        Assert.Equal(ConnectionStates.New, Tcp(TcpFlags.Syn));
        Assert.Equal(ConnectionStates.Established, Tcp(TcpFlags.Syn | TcpFlags.Ack, isReply: true));
        Assert.Equal(ConnectionStates.Established, Tcp(TcpFlags.Ack));
        Assert.Equal(ConnectionStates.Invalid, Tcp(TcpFlags.None));
        Assert.Equal(ConnectionStates.Established, Tcp(TcpFlags.Ack | TcpFlags.Fin, isReply: true));
    }

    [Fact]
    public void Connection_WhoseSynWasDropped_IsNotRemembered()
    {
        Assert.Equal(ConnectionStates.New, Tcp(TcpFlags.Syn, passes: false));
        Assert.Equal(ConnectionStates.Invalid, Tcp(TcpFlags.Syn | TcpFlags.Ack, isReply: true));
    }

    [Fact]
    public void Connection_Refused_IsForgottenAtOnce()
    {
        Tcp(TcpFlags.Syn);
        Assert.Equal(ConnectionStates.Established, Tcp(TcpFlags.Rst | TcpFlags.Ack, isReply: true));
        Assert.Equal(0, _tracker.Count);
    }

    // net.netfilter.nf_conntrack_tcp_timeout_syn_sent is 120 s, _established five days, _time_wait 120 s.
    [Theory]
    [InlineData(false, false, 119.9, ConnectionStates.Established)]
    [InlineData(false, false, 120, ConnectionStates.Invalid)]
    [InlineData(true, false, 431_999, ConnectionStates.Established)]
    [InlineData(true, false, 432_000, ConnectionStates.Invalid)]
    [InlineData(true, true, 119.9, ConnectionStates.Established)]
    [InlineData(true, true, 120, ConnectionStates.Invalid)]
    public void Connection_ThatIsQuiet_IsForgottenAfterItsTime(bool isEstablished, bool isClosed, double seconds, ConnectionStates expected)
    {
        Tcp(TcpFlags.Syn);
        if (isEstablished)
        {
            Tcp(TcpFlags.Syn | TcpFlags.Ack, isReply: true);
            Tcp(TcpFlags.Ack);
        }

        if (isClosed)
        {
            Tcp(TcpFlags.Fin | TcpFlags.Ack);
            Tcp(TcpFlags.Fin | TcpFlags.Ack, isReply: true);
            Tcp(TcpFlags.Ack);
        }

        _now += TimeSpan.FromSeconds(seconds);
        Assert.Equal(expected, Tcp(TcpFlags.Syn | TcpFlags.Ack, isReply: true));
    }

    [Fact]
    public void Error_AboutAConnection_IsRelatedAndAnyOtherInvalid()
    {
        Tcp(TcpFlags.Syn);
        byte[] error = new byte[8 + 28];
        (error[0], error[1], error[8], error[8 + 9]) = (3, 3, 0x45, 6);
        (error[8 + 12], error[8 + 13], error[8 + 15], error[8 + 16], error[8 + 17], error[8 + 19]) = (10, 9, 1, 10, 9, 2);
        (error[8 + 20], error[8 + 21], error[8 + 22], error[8 + 23]) = (1111 >> 8, 1111 & 255, 4000 >> 8, 4000 & 255);

        Assert.Equal(ConnectionStates.Related, Look(1, error, isReply: true));
        error[8 + 21]++;
        Assert.Equal(ConnectionStates.Invalid, Look(1, error, isReply: true));
        Assert.Equal(ConnectionStates.Invalid, Look(1, [0, 0, 0, 0, 0, 7, 0, 1], isReply: false));
    }

    [Fact]
    public void Connections_MoreThanThereIsRoomFor_AreRefusedUntilOthersAreOver()
    {
        for (int i = 0; i < ConnectionTracker.MaxEntries; i++)
        {
            Assert.Equal(ConnectionStates.New, Look(17, [(byte)(i >> 8), (byte)i, 0, 1, 0, 8, 0, 0], isReply: false));
        }

        var one = new FilterPacket { Source = s_client, Destination = s_server, Protocol = 17, Length = 28, Transport = [0, 9, 0, 9, 0, 8, 0, 0] };
        _tracker.Look(_now, one);
        Assert.False(_tracker.Confirm(_now));
        _now += TimeSpan.FromSeconds(31);
        _tracker.Look(_now, one);
        Assert.True(_tracker.Confirm(_now));
        Assert.Equal(1, _tracker.Count);
    }

    // A peer's bytes never throw.
    [Fact]
    public void Octets_OfAnyKind_AreAnswered()
    {
        var random = new Random(5);
        byte[] octets = new byte[80];
        for (int i = 0; i < 50_000; i++)
        {
            random.NextBytes(octets);
            octets[8] = random.Next(2) == 0 ? (byte)0x45 : octets[8];
            Look(random.Next(4) switch { 0 => 6, 1 => 17, 2 => 1, _ => 58 }, octets[..random.Next(octets.Length)], random.Next(2) == 0, passes: random.Next(2) == 0);
        }
    }
}

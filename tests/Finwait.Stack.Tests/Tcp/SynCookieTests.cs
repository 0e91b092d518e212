using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>SYN cookies (RFC 4987 §3.6, net.ipv4.tcp_syncookies).</summary>
public class SynCookieTests
{
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;

    private static TcpRig Rig(string wire, int mode = 2) => new(wire, s => s.Sockets.SynCookies = mode);

    private static int Listen(TcpRig rig, int backlog = 5) => rig.Host.Listener(80, backlog, rig.Local);

    private static string Read(TcpRig rig, int socket)
    {
        byte[] buffer = new byte[100];
        Assert.Equal(Errno.None, rig.Sockets.Receive(rig.Now, socket, buffer, ReceiveFlags.None, out int got));
        return System.Text.Encoding.ASCII.GetString(buffer, 0, got);
    }

    // X-4987-1: the SYN is answered and forgotten; the acknowledgment brings the connection back, with the text it carries.
    [Theory, OnEveryWire]
    public void Cookie_Acknowledged_BecomesAConnection(string wire)
    {
        TcpRig rig = Rig(wire);
        int listener = Listen(rig);
        rig.Say(TcpFlags.Syn, 1000, options: TcpRig.SynOptions(700));
        SeenSegment cookie = rig.TakeOne();
        Assert.Equal((SynAck, 1001u), (cookie.Flags, cookie.Ack));
        Assert.Equal(0, rig.Sockets.Tcp.ConnectionCount);
        Assert.Single(rig.Sockets.Snapshot(rig.Now));
        rig.Run(10);
        Assert.Empty(rig.Take());                       // it is not sent again: nobody remembers it

        rig.Say(TcpFlags.Ack | TcpFlags.Psh, 1001, cookie.Seq + 1, "hello", TcpRig.Timestamps(701, cookie.Options.TsVal));
        Assert.Equal(Errno.None, rig.Sockets.Accept(listener, out int socket, out _));
        Assert.Equal("hello", Read(rig, socket));
        Assert.Equal((1L, 1L, 0L), (rig.Host.TcpCounters.SynCookiesSent, rig.Host.TcpCounters.SynCookiesReceived, rig.Host.TcpCounters.SynCookiesFailed));
    }

    // X-4987-1: the cookie itself is the last number before the edge. It goes up with the peer's number, which is how the test gets it there.
    [Theory, OnEveryWire]
    public void Cookie_AtTheEdge_BecomesAConnection(string wire)
    {
        TcpRig rig = Rig(wire);
        int listener = Listen(rig);
        rig.Say(TcpFlags.Syn, 1000);
        uint irs = unchecked(1000 + rig.Iss - rig.TakeOne().Seq);
        rig.Say(TcpFlags.Syn, irs);
        Assert.Equal($"[S.] seq 0 ack {unchecked(irs + 1)}", rig.TakeText(rig.Iss));
        rig.Say(TcpFlags.Ack | TcpFlags.Psh, unchecked(irs + 1), unchecked(rig.Iss + 1), "hello");
        Assert.Equal(Errno.None, rig.Sockets.Accept(listener, out int socket, out _));
        Assert.Equal("hello", Read(rig, socket));
        rig.Take();
        rig.Host.Send(rig.Now, socket, "world");
        Assert.Equal($"[P.] seq 1 ack {unchecked(irs + 6)} 'world'", rig.TakeText(rig.Iss));
    }

    // X-4987-1: shift and SACK travel in the low six bits of the time stamp, which never runs ahead of the clock.
    [Theory]
    [OnEveryWire]
    public void Cookie_WithTimestamps_KeepsScaleAndSack(string wire)
    {
        TcpRig rig = Rig(wire);
        int listener = Listen(rig);
        rig.Say(TcpFlags.Syn, 1000, options: TcpRig.SynOptions(700));
        SeenSegment cookie = rig.TakeOne();
        Assert.True(cookie.Options.Has(TcpOptionPresence.WindowScale) && cookie.Options.Has(TcpOptionPresence.SackPermitted));
        rig.Say(TcpFlags.Ack, 1001, cookie.Seq + 1, options: TcpRig.Timestamps(701, cookie.Options.TsVal), window: 500);
        rig.Sockets.Accept(listener, out int socket, out _);
        rig.Sockets.GetInfo(rig.Now, socket, out TcpInfo info);
        Assert.Equal((true, true, true, (byte)7, 500 << 7), (info.HasTimestamps, info.HasSack, info.HasWindowScale, info.SendWindowScale, info.SendWindow));
    }

    // X-4987-1: each shift, with and without SACK, comes back from the time stamp as it was offered.
    [Theory]
    [OnEveryWire(0, true)]
    [OnEveryWire(0, false)]
    [OnEveryWire(6, false)]
    [OnEveryWire(14, true)]
    [OnEveryWire(-1, true)]
    [OnEveryWire(-1, false)]
    public void Cookie_OptionsOffered_ComeBackFromTheTimestamp(string wire, int scale, bool sack)
    {
        TcpRig rig = Rig(wire);
        int listener = Listen(rig);
        TcpOptionSet options = TcpRig.SynOptions(700);
        options.Present &= ~((sack ? 0 : TcpOptionPresence.SackPermitted) | (scale < 0 ? TcpOptionPresence.WindowScale : 0));
        options.WindowScale = (byte)Math.Max(scale, 0);
        rig.Say(TcpFlags.Syn, 1000, options: options);
        SeenSegment cookie = rig.TakeOne();
        rig.Say(TcpFlags.Ack, 1001, cookie.Seq + 1, options: TcpRig.Timestamps(701, cookie.Options.TsVal), window: 500);
        rig.Sockets.Accept(listener, out int socket, out _);
        rig.Sockets.GetInfo(rig.Now, socket, out TcpInfo info);
        Assert.Equal((sack, scale >= 0, (byte)Math.Max(scale, 0)), (info.HasSack, info.HasWindowScale, info.SendWindowScale));
    }

    // X-4987-1, X-7323-3: the time stamp that carries them is less than 64 ms behind the clock, as a host without cookies shows it, and never ahead.
    [Theory, OnEveryWire]
    public void Cookie_Timestamp_IsNeverAheadOfTheClock(string wire)
    {
        TcpRig plain = Rig(wire, mode: 0), rig = Rig(wire);
        Listen(plain, backlog: 1000);
        Listen(rig);
        for (ushort i = 0; i < 200; i++)
        {
            uint[] values = [.. new[] { plain, rig }.Select(side =>
            {
                side.RemotePort = (ushort)(2000 + i);
                side.Say(TcpFlags.Syn, 1000, options: TcpRig.SynOptions(700));
                uint value = side.TakeOne().Options.TsVal;
                side.Run(0.001);
                return value;
            })];
            Assert.InRange(unchecked((int)(values[0] - values[1])), 0, 63);
        }
    }

    // X-4987-1: what was set on the listener holds for the answer too: here its receive buffer.
    [Theory, OnEveryWire]
    public void Cookie_ListenerWithASmallBuffer_OffersASmallWindow(string wire)
    {
        int[] windows = [.. new[] { 0, 4000 }.Select(buffer =>
        {
            TcpRig rig = Rig(wire);
            int listener = Listen(rig);
            if (buffer > 0)
            {
                Assert.Equal(Errno.None, rig.Sockets.SetOption(rig.Now, listener, SocketOption.ReceiveBuffer, buffer));
            }

            rig.Say(TcpFlags.Syn, 1000, options: TcpRig.SynOptions(700));
            return (int)rig.TakeOne().Window;
        })];
        Assert.InRange(windows[1], 1000, 8000);
        Assert.True(windows[0] > 30_000);
    }

    // X-4987-1: without time stamps there is no place to remember shift and SACK, so they are not agreed on.
    [Theory, OnEveryWire]
    public void Cookie_WithoutTimestamps_AgreesOnNeitherScaleNorSack(string wire)
    {
        TcpRig rig = Rig(wire);
        int listener = Listen(rig);
        rig.Say(TcpFlags.Syn, 1000, options: TcpRig.SynOptions());
        SeenSegment cookie = rig.TakeOne();
        Assert.Equal(TcpOptionPresence.Mss, cookie.Options.Present);
        rig.Say(TcpFlags.Ack, 1001, cookie.Seq + 1, window: 500);
        rig.Sockets.Accept(listener, out int socket, out _);
        rig.Sockets.GetInfo(rig.Now, socket, out TcpInfo info);
        Assert.Equal((false, false, 500), (info.HasSack, info.HasWindowScale, info.SendWindow));
    }

    // X-4987-1: the segment size is rounded down to one of Linux's four.
    [Theory]
    [OnEveryWire(9000, 1460, 1440)]
    [OnEveryWire(1460, 1460, 1440)]
    [OnEveryWire(1459, 1440, 1440)]
    [OnEveryWire(1439, 1300, 1420)]
    [OnEveryWire(1300, 1300, 1220)]
    [OnEveryWire(1299, 536, 1220)]
    [OnEveryWire(1200, 536, 1220)]
    [OnEveryWire(0, 536, 1220)]
    public void Cookie_SegmentSize_IsOneOfFour(string wire, int offered, int v4, int v6)
    {
        TcpRig rig = Rig(wire);
        int kept = rig.IsV6 ? v6 : v4, listener = Listen(rig);
        TcpOptionSet options = default;
        if (offered > 0)
        {
            options.Present = TcpOptionPresence.Mss;
            options.Mss = (ushort)offered;
        }

        rig.Say(TcpFlags.Syn, 1000, options: options);
        SeenSegment cookie = rig.TakeOne();
        rig.Say(TcpFlags.Ack, 1001, cookie.Seq + 1);
        rig.Sockets.Accept(listener, out int socket, out _);
        rig.Sockets.GetInfo(rig.Now, socket, out TcpInfo info);
        Assert.Equal(kept, info.SendMss);
    }

    // X-4987-1, SM-SEG-LI-2: a number that is no cookie gets a reset and is counted.
    [Theory]
    [OnEveryWire(0, 1)]
    [OnEveryWire(4, 0)]
    [OnEveryWire(1 << 24, 0)]
    public void Acknowledgment_OfNoCookie_IsReset(string wire, uint offAck, uint offSeq)
    {
        TcpRig rig = Rig(wire);
        Listen(rig);
        rig.Say(TcpFlags.Syn, 1000);
        SeenSegment cookie = rig.TakeOne();
        rig.Say(TcpFlags.Ack, 1001 + offSeq, cookie.Seq + 1 + offAck);
        Assert.Equal(TcpFlags.Rst, rig.TakeOne().Flags);
        Assert.Equal(0, rig.Sockets.Tcp.ConnectionCount);
        Assert.Equal(1, rig.Host.TcpCounters.SynCookiesFailed);
    }

    // X-4987-1: a cookie lives in its minute and the next one; cookies sent to others since do not renew it.
    [Theory]
    [OnEveryWire(0, 55, true)]
    [OnEveryWire(0, 125, false)]
    [OnEveryWire(30, 55, true)]
    [OnEveryWire(7200, 55, true)]
    [OnEveryWire(7200, 125, false)]
    [OnEveryWire(15_360, 55, true)]                   // minute 256: the eight bits of the minute have gone round
    public void Cookie_Old_IsNoneAnyMore(string wire, int start, int seconds, bool isValid)
    {
        TcpRig rig = Rig(wire);
        int listener = Listen(rig);
        rig.Run(start);
        rig.Say(TcpFlags.Syn, 1000);
        SeenSegment cookie = rig.TakeOne();
        rig.Run(seconds);
        rig.RemotePort = 6000;
        rig.Say(TcpFlags.Syn, 1000);
        rig.TakeOne();
        rig.RemotePort = 5000;
        rig.Say(TcpFlags.Ack, 1001, cookie.Seq + 1);
        Assert.Equal(isValid ? Errno.None : Errno.EAGAIN, rig.Sockets.Accept(listener, out _, out _));
        Assert.Equal(isValid ? 0 : 1, rig.Take().Count);
    }

    // SM-SEG-LI-2: long after the last cookie nothing is looked at, so that guesses cost nothing.
    [Theory, OnEveryWire]
    public void Acknowledgment_NoCookieSentLately_IsResetWithoutCounting(string wire)
    {
        TcpRig rig = Rig(wire, mode: 1);
        Listen(rig);
        rig.Say(TcpFlags.Ack, 1001, unchecked(rig.Iss + 1));
        Assert.Equal(TcpFlags.Rst, rig.TakeOne().Flags);
        Assert.Equal(0, rig.Host.TcpCounters.SynCookiesFailed);
    }

    // X-4987-1, X-4987-2: with 1, the default, cookies begin where the queue of half-open connections ends.
    [Theory, OnEveryWire]
    public void HalfOpenQueue_Full_CookiesLetConnectionsThrough(string wire)
    {
        TcpRig rig = new(wire);
        int listener = Listen(rig, backlog: 1);
        for (ushort i = 0; i < 2; i++)
        {
            rig.RemotePort = (ushort)(6000 + i);
            rig.Say(TcpFlags.Syn, 1000);
            rig.TakeOne();
        }

        rig.RemotePort = 7000;
        rig.Say(TcpFlags.Syn, 1000);
        SeenSegment cookie = rig.TakeOne();
        Assert.Equal(2, rig.Sockets.Tcp.ConnectionCount);
        Assert.Equal(1, rig.Host.TcpCounters.SynCookiesSent);
        rig.Say(TcpFlags.Ack, 1001, cookie.Seq + 1);
        Assert.Equal(Errno.None, rig.Sockets.Accept(listener, out _, out _));
    }

    // X-4987-1: with the accept queue full an acknowledged cookie is forgotten without a word; the text the peer sends again brings it back.
    [Theory, OnEveryWire]
    public void Cookie_AcceptQueueFull_WaitsForTheNextAcknowledgment(string wire)
    {
        TcpRig rig = Rig(wire);
        int listener = Listen(rig, backlog: 0);
        SeenSegment[] cookies = new SeenSegment[2];
        for (ushort i = 0; i < 2; i++)
        {
            rig.RemotePort = (ushort)(6000 + i);
            rig.Say(TcpFlags.Syn, 1000);
            cookies[i] = rig.TakeOne();
        }

        rig.RemotePort = 6000;
        rig.Say(TcpFlags.Ack, 1001, cookies[0].Seq + 1);
        rig.RemotePort = 6001;
        rig.Say(TcpFlags.Ack, 1001, cookies[1].Seq + 1);
        Assert.Empty(rig.Take());
        Assert.Equal((1L, 1L), (rig.Host.TcpCounters.ListenDrops, rig.Host.TcpCounters.ListenOverflows));
        Assert.Equal(1, rig.Sockets.Tcp.ConnectionCount);
        rig.Sockets.Accept(listener, out _, out _);
        rig.Say(TcpFlags.Ack | TcpFlags.Psh, 1001, cookies[1].Seq + 1, "again");
        Assert.Equal(Errno.None, rig.Sockets.Accept(listener, out int socket, out _));
        Assert.Equal("again", Read(rig, socket));
    }
}

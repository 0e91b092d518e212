using Finwait.Wire;

namespace Finwait.Tcp.Tests;

/// <summary>What routers say of the path (RFC 1191, RFC 8201), and when they are believed (RFC 5927 §7).</summary>
public sealed class PathMtuTests
{
    // X-8201-2, MUST-16: a wide path does not make segments larger than the peer takes, and headers that every packet carries take room from the text.
    [Theory]
    [InlineData(1000, 0)]
    [InlineData(1000, 8)]
    [InlineData(1000, 24)]
    [InlineData(9000, 0)]
    [InlineData(9000, 8)]
    [InlineData(9000, 24)]
    public void Segments_CountExtensionHeadersAndThePeersMss(int mss, int extension)
    {
        foreach (string wire in WireCase.Names)
        {
            int fixedHeaders = WireCase.Named(wire).IpHeaderLength + 20;
            ScriptedPeer peer = new(wire, ipOptions: WireCase.Named(wire).IsV6 ? extension : Math.Min(extension, 16));
            int octets = WireCase.Named(wire).IsV6 ? extension : Math.Min(extension, 16);
            peer.Open();
            Assert.Equal(1500 - fixedHeaders, peer.Emitted[0].Options.Mss);     // RFC 6691 §2: what we announce counts fixed headers only
            peer.In($"[S.] 0 ack 1 <mss {mss}>");
            int size = Math.Min(1500 - fixedHeaders, mss) - octets;
            Assert.Equal($"[.] 1:{1 + size} ack 1", peer.Send(3000).Split('\n')[0]);
        }
    }

    // X-1191-2, RFC 8201 §5.4: all that was too large goes again at once, smaller, though only one segment is named; and this is no congestion.
    [Theory, OnEveryWire]
    public void TooBig_ResendsAllThatIsTooLargeWithoutCongestion(string wire)
    {
        int size = 1300 - 20 - WireCase.Named(wire).IpHeaderLength;
        foreach (string options in new[] { "mss 1400", "mss 1400,sackOK" })
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", options);
            peer.Tcp.NoDelay = true;
            peer.Send(1400);
            peer.Send(1400);
            peer.Send(1000);
            int cwnd = peer.Tcp.GetInfo(peer.Now).CongestionWindow;
            Assert.True(peer.Tcp.OnPacketTooBig(peer.Now, peer.Iss + 1, 1300));
            Assert.Equal($"[.] 1:{1 + size} ack 1\n[P.] {1 + size}:1401 ack 1\n[.] 1401:{1401 + size} ack 1\n[P.] {1401 + size}:2801 ack 1", peer.Sent());
            TcpInfo info = peer.Tcp.GetInfo(peer.Now);
            Assert.Equal((cwnd, int.MaxValue, 1300, size), (info.CongestionWindow, info.SlowStartThreshold, info.PathMtu, info.SendMss));
            peer.Tcp.OnPacketTooBig(peer.Now, peer.Iss + 1401, 1300);           // the router says so of each packet: once is enough
            Assert.Equal("", peer.Sent());
            peer.In("[.] 1 ack 3801");
            Assert.Equal((cwnd, int.MaxValue), (peer.Tcp.GetInfo(peer.Now).CongestionWindow, peer.Tcp.GetInfo(peer.Now).SlowStartThreshold));
        }
    }

    // X-5927-3: an attacker's messages while as large segments are acknowledged: nothing changes, however often and however small.
    [Theory, OnEveryWire]
    public void TooBig_WhileTheFlowMovesOn_ChangesNothing(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1400");
        for (int at = 1; at < 50_000; at += 2800)
        {
            Assert.Equal($"[.] {at}:{at + 1400} ack 1\n[P.] {at + 1400}:{at + 2800} ack 1", peer.Send(2800));
            foreach (int mtu in at == 1 ? [] : new[] { 0, 68, 552, 1280 })
            {
                Assert.False(peer.Tcp.OnPacketTooBig(peer.Now, peer.Iss + (at + 1400), mtu));
            }

            Assert.Equal("", peer.In($"[.] 1 ack {at + 2800}"));
        }

        // A timeout later says nothing of a message about what has long been acknowledged.
        int end = peer.Variables.SndNxt;
        peer.Restart();
        Assert.Equal($"[P.] {end}:{end + 1400} ack 1", peer.Send(1400));
        Assert.Contains($"[P.] {end}:{end + 1400} ack 1", peer.Run(0.5), StringComparison.Ordinal);
        Assert.Equal(0, peer.Tcp.TakeHonouredPathMtu());
    }

    // X-5927-3: the segment that the message is about does not get through: the timeout confirms it, and the host learns it too.
    [Theory, OnEveryWire]
    public void TooBig_ThenSilence_IsHonouredByTheTimeout(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1400");
        int size = 1300 - 20 - WireCase.Named(wire).IpHeaderLength;
        peer.Send(1400);
        peer.In("[.] 1 ack 1401");
        peer.Restart();
        peer.Send(1400);
        Assert.False(peer.Tcp.OnPacketTooBig(peer.Now, peer.Iss + 1401, 1300));
        Assert.Equal("", peer.Sent());
        Assert.Equal((1500, 0), (peer.Tcp.PathMtu, peer.Tcp.TakeHonouredPathMtu()));
        Assert.Equal($"0.204 [.] 1401:{1401 + size} ack 1", peer.Run(0.25));
        Assert.Equal((1300, 1300, 0), (peer.Tcp.PathMtu, peer.Tcp.TakeHonouredPathMtu(), peer.Tcp.TakeHonouredPathMtu()));
        Assert.Equal($"[P.] {1401 + size}:2801 ack 1", peer.In($"[.] 1 ack {1401 + size}"));
    }

    // RFC 5927 §7.2, initial discovery: nothing as large has been acknowledged, and there is no reason to wait. Linux never waits.
    [Theory, OnEveryWire]
    public void TooBig_AboutTheFirstLargeSegment_IsHonouredAtOnce(string wire)
    {
        int size = 1300 - 20 - WireCase.Named(wire).IpHeaderLength;
        foreach (bool waits in new[] { true, false })
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1400", settings: new TcpSettings { DelaysDoubtfulPathMtu = waits });
            int small = waits ? size : 1400;                                    // the largest that still fits, or one that shows that it waits for nothing
            peer.Send(small);
            peer.In($"[.] 1 ack {1 + small}");
            peer.Send(1400);
            Assert.True(peer.Tcp.OnPacketTooBig(peer.Now, peer.Iss + (1 + small), 1300));
            Assert.StartsWith($"[.] {1 + small}:{1 + small + size} ack 1\n", peer.Sent(), StringComparison.Ordinal);
        }
    }

    // X-1191-3: when the host's knowledge is too old, larger segments are tried again.
    [Theory, OnEveryWire]
    public void PathMtu_Expired_SegmentsGrowAgain(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1400");
        peer.Send(1400);
        peer.Tcp.OnPacketTooBig(peer.Now, peer.Iss + 1, 1300);
        peer.Sent();
        peer.In("[.] 1 ack 1401");
        peer.Tcp.OnPathMtuExpired(1200);                                        // less than is known: that is for messages to say
        Assert.Equal(1300, peer.Tcp.PathMtu);
        peer.Tcp.OnPathMtuExpired(1500);
        Assert.Equal("[P.] 1401:2801 ack 1", peer.Send(1400));
    }
}

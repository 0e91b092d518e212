namespace Finwait.Tcp.Tests;

/// <summary>The size of the send buffer (net.ipv4.tcp_wmem, SO_SNDBUF) and bursts.</summary>
public sealed class SendBufferTests
{
    // A Linux 6.18 kernel over a link of 1500 octets shows 16384 before the handshake and 2 × 10 × 2304 after it (with BBR, which asks for three windows, 69120).
    [Theory, OnEveryWire]
    public void SendBuffer_AfterTheHandshake_HoldsTwoInitialWindows(string wire)
    {
        ScriptedPeer peer = new(wire);
        Assert.Equal(16384, peer.Tcp.SendBufferSize);
        peer.Open();
        peer.In("[S.] 0 ack 1 <mss 1440,sackOK,TS 100/last,ws 7>");
        Assert.Equal(46080, peer.Tcp.SendBufferSize);
    }

    // It grows with the congestion window, up to the third number of tcp_wmem, and not when the application fixed it.
    [Theory, OnEveryWire(In = "free capped fixed")]
    public void SendBuffer_WindowGrows_FollowsUnlessFixed(string wire, string how)
    {
        TcpSettings settings = new() { SendBuffer = (4096, 16384, how == "capped" ? 50000 : 4194304) };
        ScriptedPeer peer = new(wire, settings);
        if (how == "fixed")
        {
            peer.Tcp.SendBufferSize = 20000;
        }

        peer.Open();
        peer.In("[S.] 0 ack 1 <mss 1000>");
        int acked = 1;
        for (int i = 0; i < 40; i++)
        {
            int room = peer.Tcp.SendRoom;
            if (room >= 1000)
            {
                peer.Send(room / 1000 * 1000);
            }

            if (acked + 2000 <= peer.Variables.SndNxt)
            {
                acked += 2000;
                peer.In($"[.] 1 ack {acked}");
            }
        }

        int segments = peer.Tcp.GetInfo(peer.Now).CongestionWindow;
        Assert.True(segments > 20);
        Assert.Equal(how switch { "fixed" => 20000, "capped" => 50000, _ => segments * 2 * 2304 }, peer.Tcp.SendBufferSize);
    }

    // Golden run 04b: a burst is half a congestion window, and its last segment carries PSH; off, only what empties the queue does (MUST-61).
    [Theory, OnEveryWire(In = "True False")]
    public void Burst_EndsWithPushWhereSegmentationIsOffloaded(string wire, string on)
    {
        ScriptedPeer peer = new(wire, new TcpSettings { SegmentationOffload = bool.Parse(on) });
        peer.Open();
        peer.In("[S.] 0 ack 1 <mss 1000>");
        string[] sent = peer.Send(12000).Split('\n');
        int[] pushed = Enumerable.Range(0, sent.Length).Where(i => sent[i].StartsWith("[P.]", StringComparison.Ordinal)).ToArray();
        Assert.Equal(10, sent.Length);
        Assert.Equal(bool.Parse(on) ? [4, 9] : [], pushed);
    }

    // Golden run 04d: over a long round trip a burst is two segments, and the last octets of the window go with it (MUST-61; SHLD of §3.8.6.2.1 left as Linux leaves it).
    [Theory, OnEveryWire]
    public void Burst_OverALongRoundTrip_IsTwoSegmentsAndFillsTheWindow(string wire)
    {
        ScriptedPeer peer = new(wire, new TcpSettings { SegmentationOffload = true });
        peer.Open();
        peer.Skip(0.2);
        peer.In("[S.] 0 ack 1 win 4072 <mss 1000>");
        Assert.Equal("[.] 1:1001 ack 1\n[P.] 1001:2001 ack 1\n[.] 2001:3001 ack 1\n[P.] 3001:4001 ack 1", peer.Send(9000));
        Assert.Equal("[.] 4001:5001 ack 1\n[P.] 5001:5073 ack 1", peer.In("[.] 1 ack 4001 win 1072"));
    }

    // tcpi_rwnd_limited: the time in which only the peer's window held text back.
    [Theory, OnEveryWire]
    public void WindowLimited_CountsTheTimeTextWaitsForTheWindow(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(1000);
        peer.In("[.] 1 ack 1001 win 0");
        peer.Send(3000);
        peer.Run(0.1);
        Assert.Equal(100, peer.Tcp.GetInfo(peer.Now).ReceiveWindowLimited.TotalMilliseconds);
        peer.In("[.] 1 ack 1001 win 60000");
        peer.Run(0.1);
        Assert.Equal(100, peer.Tcp.GetInfo(peer.Now).ReceiveWindowLimited.TotalMilliseconds);
    }
}

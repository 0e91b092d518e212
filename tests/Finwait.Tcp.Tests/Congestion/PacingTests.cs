namespace Finwait.Tcp.Tests;

/// <summary>Departures spread over time (SO_MAX_PACING_RATE, BBR), and the rate that TCP_INFO tells.</summary>
public sealed class PacingTests
{
    private static ScriptedPeer Paced(string wire, long rate)
    {
        TcpSettings settings = new() { CongestionControl = "reno", InitialWindow = 200, TailLossProbe = false, SendBuffer = (4096, 1 << 20, 1 << 20) };
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,ws 10", settings);
        peer.Tcp.MaxPacingRate = rate;
        peer.In("[.] 1 ack 1");                          // opens the scaled window
        return peer;
    }

    /// <summary>How many depart at each deadline.</summary>
    private static List<(double Time, int Count)> Bursts(ScriptedPeer peer, double seconds)
    {
        List<(double, int)> bursts = [];
        Instant begin = peer.Now;
        while (peer.Tcp.NextDeadline - begin < TimeSpan.FromSeconds(seconds))
        {
            string sent = peer.Run((peer.Tcp.NextDeadline - peer.Now).TotalSeconds);
            bursts.Add(((peer.Now - begin).TotalSeconds, sent.Split('\n').Length));
        }

        return bursts;
    }

    // RFC 9438 has no pacing; Linux: SO_MAX_PACING_RATE is kept, in bursts of two segments where a millisecond holds less, the first ten segments excepted.
    [Theory, OnEveryWire]
    public void MaxPacingRate_SpreadsDeparturesInBurstsOfTwo(string wire)
    {
        int header = wire.StartsWith("v4", StringComparison.Ordinal) ? 40 : 60;
        ScriptedPeer peer = Paced(wire, 100 * (1000 + header));      // a hundred packets in a second
        int atOnce = peer.Send(60_000).Split('\n').Length;
        Assert.InRange(atOnce, 10, 12);
        List<(double Time, int Count)> bursts = Bursts(peer, 0.15);
        Assert.True(bursts.Count > 5);
        Assert.All(bursts, burst => Assert.Equal(2, burst.Count));
        Assert.All(bursts.Zip(bursts.Skip(1)), pair => Assert.InRange(pair.Second.Time - pair.First.Time, 0.0195, 0.0205));
    }

    // A burst is what the rate lets out in one millisecond (1/1024 s).
    [Theory, OnEveryWire]
    public void FastRate_HasLargerBursts(string wire)
    {
        int header = wire.StartsWith("v4", StringComparison.Ordinal) ? 40 : 60;
        ScriptedPeer peer = Paced(wire, 8192 * (1000 + header));     // eight packets in 1/1024 s
        peer.Send(120_000);
        List<(double Time, int Count)> bursts = Bursts(peer, 0.05);
        Assert.True(bursts.Count > 8);
        Assert.All(bursts.SkipLast(1), burst => Assert.Equal(8, burst.Count));
        Assert.All(bursts.Zip(bursts.Skip(1)), pair => Assert.Equal(1 / 1024.0, pair.Second.Time - pair.First.Time, 1e-6));
    }

    // The connection asks to be polled when the next segment may depart, and no more once nothing waits.
    [Theory, OnEveryWire]
    public void NextDeadline_IncludesTheDeparture(string wire)
    {
        ScriptedPeer peer = Paced(wire, 104_000);
        peer.Send(15_000);
        Assert.InRange((peer.Tcp.NextDeadline - peer.Now).TotalMilliseconds, 1, 25);
        Assert.Equal("", peer.Sent());
        peer.Run(0.1);
        peer.In("[.] 1 ack 15001");
        Assert.True(peer.Tcp.NextDeadline.IsNever);
    }

    // Without a limit nothing waits.
    [Theory, OnEveryWire]
    public void Unpaced_SendsTheWholeWindowAtOnce(string wire)
    {
        ScriptedPeer peer = Paced(wire, long.MaxValue);
        Assert.Equal(60, peer.Send(60_000).Split('\n').Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => peer.Tcp.MaxPacingRate = 0);
    }

    // Retransmissions keep the pace too.
    [Theory, OnEveryWire]
    public void Retransmissions_ArePaced(string wire)
    {
        ScriptedPeer peer = Paced(wire, 104_000);
        peer.Send(30_000);
        peer.Run(0.19);
        string atTimeout = peer.Run(0.1);
        peer.In("[.] 1 ack 1001");
        Assert.NotEqual("", atTimeout);
        Assert.True(peer.In("[.] 1 ack 5001").Split('\n').Length <= 2);
    }

    // TCP_INFO's pacing_rate: 200 % of a window per round trip in slow start, 120 % near ssthresh and above; never above the limit.
    [Fact]
    public void PacingRate_IsTheWindowPerRoundTripTimesTheRatio()
    {
        TcpSettings settings = new() { CongestionControl = "reno", PacingSlowStartRatio = 300, PacingAvoidanceRatio = 150 };
        foreach ((TcpSettings set, int slow, int avoid) in new[] { (new TcpSettings { CongestionControl = "reno" }, 200, 120), (settings, 300, 150) })
        {
            ScriptedPeer peer = ScriptedPeer.InState("v4", "ES", "mss 1000,sackOK", set);
            peer.Send(10_000);
            peer.Skip(0.1);
            peer.In("[.] 1 ack 1001");
            TcpInfo info = peer.Tcp.GetInfo(peer.Now);
            Assert.Equal((double)8000 * info.CongestionWindow / info.Rtt.TotalSeconds * slow / 100, info.PacingRate, 8000.0);
            peer.In("[.] 1 ack 1001 <sack 2001:5001>");
            info = peer.Tcp.GetInfo(peer.Now);
            Assert.NotEqual(int.MaxValue, info.SlowStartThreshold);
            Assert.Equal((double)8000 * Math.Max(info.CongestionWindow, info.Unacked) / info.Rtt.TotalSeconds * avoid / 100, info.PacingRate, 8000.0);
            peer.Tcp.MaxPacingRate = 1000;
            Assert.Equal(8000, peer.Tcp.GetInfo(peer.Now).PacingRate);
        }
    }

    // The controller of one connection can be changed while it lives (TCP_CONGESTION); the window stays, an unknown name changes nothing.
    [Theory, OnEveryWire]
    public void CongestionControl_CanBeChangedOnALiveConnection(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,sackOK", new TcpSettings { SendBuffer = (4096, 1 << 20, 1 << 20) });
        Assert.Equal("cubic", peer.Tcp.CongestionControl);
        peer.Send(100_000);
        int acked = 1;
        foreach (string name in CongestionControllers.Names.Concat(CongestionControllers.Names))
        {
            int window = peer.Tcp.GetInfo(peer.Now).CongestionWindow;
            peer.Tcp.CongestionControl = name;
            TcpInfo info = peer.Tcp.GetInfo(peer.Now);
            Assert.Equal((name, window), (info.CongestionControl, info.CongestionWindow));
            for (int i = 0; i < 5; i++)
            {
                acked += 1000;
                peer.In($"[.] 1 ack {acked}");
                peer.Run(0.02);
            }
        }

        Assert.Throws<ArgumentException>(() => peer.Tcp.CongestionControl = "vegas");
        Assert.Equal("bbr", peer.Tcp.CongestionControl);
    }
}

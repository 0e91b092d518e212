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

    // X-PACE-1: RFC 9438 has no pacing; Linux: SO_MAX_PACING_RATE is kept, in bursts of two segments where a millisecond holds less, the first ten segments excepted.
    [Theory, OnEveryWire]
    public void MaxPacingRate_SpreadsDeparturesInBurstsOfTwo(string wire)
    {
        int header = wire.StartsWith("v4", StringComparison.Ordinal) ? 40 : 60;
        ScriptedPeer peer = Paced(wire, 100 * (1000 + header));      // a hundred packets in a second
        Assert.Equal(9 + 2, peer.Send(60_000).Split('\n').Length);   // the tenth begins the first burst
        List<(double Time, int Count)> bursts = Bursts(peer, 0.15);
        Assert.True(bursts.Count > 5);
        Assert.All(bursts, burst => Assert.Equal(2, burst.Count));
        Assert.All(bursts.Zip(bursts.Skip(1)), pair => Assert.InRange(pair.Second.Time - pair.First.Time, 0.0195, 0.0205));
    }

    // X-PACE-1: a burst is what the rate lets out in one millisecond (1/1024 s).
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

    // A poll that comes late is made up for, by half of a burst at most: two packets of 1000 octets at 100 kB/s take 20 ms. Half of it is as good as a third packet.
    [Theory]
    [InlineData(0, 2, 20)]
    [InlineData(4, 2, 16)]
    [InlineData(9, 2, 11)]
    [InlineData(10, 3, 20)]
    [InlineData(500, 3, 20)]
    public void Burst_ThatIsLate_IsFollowedSooner(int late, int count, int pause)
    {
        Pacing pacing = new();
        Instant now = new(TimeSpan.TicksPerSecond);
        Assert.Equal(2, Burst());
        now = pacing.Deadline + TimeSpan.FromMilliseconds(late);
        Assert.Equal(count, Burst());
        Assert.Equal(TimeSpan.FromMilliseconds(pause), pacing.Deadline - now);

        int Burst()
        {
            int sent = 0;
            while (pacing.MaySend(now))
            {
                pacing.OnSent(now, 1000, 100_000, segmentsSent: 10);
                sent++;
            }

            return sent;
        }
    }

    // A burst that was broken off owes nothing once its time is over.
    [Fact]
    public void Burst_BrokenOff_BeginsAnewAfterItsTime()
    {
        Pacing pacing = new();
        Instant now = new(TimeSpan.TicksPerSecond);
        pacing.OnSent(now, 1000, 100_000, segmentsSent: 10);
        now += TimeSpan.FromMilliseconds(10);
        for (int i = 0; i < 2; i++)
        {
            Assert.True(pacing.MaySend(now));
            pacing.OnSent(now, 1000, 100_000, segmentsSent: 10);
        }

        Assert.False(pacing.MaySend(now));
        Assert.Equal(TimeSpan.FromMilliseconds(20), pacing.Deadline - now);
    }

    // A controller that paces does so from the moment it is chosen, and what was paced by it is not any more when another takes over.
    [Theory, OnEveryWire]
    public void Controller_ThatPaces_DoesSoOnceChosen(string wire)
    {
        TcpSettings settings = new() { CongestionControl = "reno", InitialWindow = 200, TailLossProbe = false, SendBuffer = (4096, 1 << 20, 1 << 20) };
        ScriptedPeer peer = PathPeer.Open(wire, 0, "mss 1000,sackOK,ws 10", settings: settings);
        peer.In("[.] 1 ack 1");
        peer.Tcp.CongestionControl = "bbr";
        Assert.InRange(peer.Send(60_000).Split('\n').Length, 10, 59);
        Assert.False(peer.Tcp.NextDeadline.IsNever);
        peer.Tcp.CongestionControl = "reno";
        Assert.Equal(60, peer.Variables.SndNxt / 1000 + peer.Sent().Split('\n').Length);
    }

    // What the old controller counted towards its next step is forgotten.
    [Theory, OnEveryWire]
    public void ControllerChanged_BeginsItsCountAnew(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,sackOK", new TcpSettings { CongestionControl = "reno", SendBuffer = (4096, 1 << 20, 1 << 20) });
        peer.Send(200_000);
        peer.In("[.] 1 ack 1 <sack 1001:10001>");
        peer.In("[.] 1 ack 10001");
        int acked = 10_001, window = Info(peer);
        while (Info(peer) == window)
        {
            Acknowledge();
        }

        for (int i = 0; i < window; i++)
        {
            Acknowledge();                                      // all but one of the window plus one
        }

        Assert.Equal(window + 1, Info(peer));
        peer.Tcp.CongestionControl = "cubic";
        peer.Tcp.CongestionControl = "reno";
        for (int i = 0; i < window; i++)
        {
            Acknowledge();
            Assert.Equal(window + 1, Info(peer));
        }

        Acknowledge();
        Assert.Equal(window + 2, Info(peer));

        static int Info(ScriptedPeer peer) => peer.Tcp.GetInfo(peer.Now).CongestionWindow;

        void Acknowledge()
        {
            acked += 1000;
            peer.In($"[.] 1 ack {acked}");
        }
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

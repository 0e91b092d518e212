namespace Finwait.Tcp.Tests;

/// <summary>The controllers and proportional rate reduction as pure parts.</summary>
public sealed class ControllerTests
{
    private static readonly Instant s_start = Instant.Zero + TimeSpan.FromSeconds(1);

    // MAY-18, X-9438-3, X-5681-4
    [Theory]
    [InlineData("cubic", 100, 70)]
    [InlineData("cubic", 10, 7)]
    [InlineData("cubic", 2, 2)]
    [InlineData("cubic", 1, 2)]
    [InlineData("reno", 100, 50)]
    [InlineData("reno", 3, 2)]
    [InlineData("reno", 1, 2)]
    public void Loss_LowersTheThresholdByBeta(string name, int window, int threshold)
    {
        ICongestionController controller = CongestionControllers.Create(name).ForOneConnection();
        Assert.Equal(name, controller.Name);
        Assert.Equal(threshold, controller.Ssthresh(new CongestionWindow { Cwnd = window, Ssthresh = int.MaxValue }, new ControlFacts { Outstanding = window }));
    }

    [Fact]
    public void Create_OfAnUnknownName_TellsTheKnownOnes()
    {
        ArgumentException e = Assert.Throws<ArgumentException>(() => CongestionControllers.Create("vegas"));
        Assert.Contains("cubic, reno", e.Message, StringComparison.Ordinal);
    }

    // X-9438-4: a lower maximum than the last one is remembered lower still, so that new flows get their share.
    [Fact]
    public void Cubic_TwoLossesInARow_ReleasesBandwidthFaster()
    {
        ICongestionController fast = CongestionControllers.Create("cubic").ForOneConnection();
        CongestionWindow window = new() { Cwnd = 100, Ssthresh = int.MaxValue };
        fast.Ssthresh(window, new ControlFacts { Outstanding = 100 });
        window.Cwnd = 80;
        window.Ssthresh = fast.Ssthresh(window, new ControlFacts { Outstanding = 80 });
        window.Cwnd = window.Ssthresh;                          // 56; W_max is 80·(1+0.7)/2 = 68
        double k = Math.Cbrt((68 - 56) / 0.4);
        Grow(fast, ref window, k - 0.1, TimeSpan.FromMilliseconds(500));
        Assert.InRange(window.Cwnd, 64, 70);
    }

    // X-9438-5: time in which the application was idle does not count.
    [Fact]
    public void Cubic_AfterIdle_DoesNotJump()
    {
        ICongestionController cubic = CongestionControllers.Create("cubic").ForOneConnection();
        CongestionWindow window = new() { Cwnd = 100, Ssthresh = int.MaxValue };
        window.Ssthresh = cubic.Ssthresh(window, new ControlFacts { Outstanding = 100 });
        window.Cwnd = window.Ssthresh;
        cubic.OnAck(ref window, 1, At(s_start, TimeSpan.FromMilliseconds(100)));
        cubic.OnEvent(CongestionEvent.WindowRestart, window, default);
        for (int i = 0; i < 70; i++)
        {
            cubic.OnAck(ref window, 1, At(s_start + TimeSpan.FromHours(1), TimeSpan.FromMilliseconds(100)));
        }

        Assert.InRange(window.Cwnd, 70, 80);
    }

    // X-9438-2: on short paths never slower than Reno with the same decrease (alpha 0.53 per round trip).
    [Fact]
    public void Cubic_OnAShortPath_GrowsAtLeastAsReno()
    {
        ICongestionController cubic = CongestionControllers.Create("cubic").ForOneConnection();
        CongestionWindow window = new() { Cwnd = 20, Ssthresh = int.MaxValue };
        window.Ssthresh = cubic.Ssthresh(window, new ControlFacts { Outstanding = 20 });
        window.Cwnd = window.Ssthresh;
        Grow(cubic, ref window, 0.2, TimeSpan.FromMilliseconds(2));    // 100 round trips
        Assert.InRange(window.Cwnd, 14 + 20, 14 + 110);
    }

    // RFC 9438 §4.8: after a timeout there is no old maximum to return to.
    [Fact]
    public void Cubic_AfterATimeout_BeginsANewEpoch()
    {
        ICongestionController cubic = CongestionControllers.Create("cubic").ForOneConnection();
        CongestionWindow window = new() { Cwnd = 100, Ssthresh = int.MaxValue };
        window.Ssthresh = cubic.Ssthresh(window, new ControlFacts { Outstanding = 100 });
        cubic.OnEvent(CongestionEvent.Timeout, window, default);
        window.Cwnd = 1;
        for (int i = 0; i < 69; i++)
        {
            cubic.OnAck(ref window, 1, At(s_start, TimeSpan.FromMilliseconds(100)));
        }

        Assert.Equal(70, window.Cwnd);                          // slow start up to ssthresh
        Grow(cubic, ref window, 1, TimeSpan.FromMilliseconds(100));
        Assert.InRange(window.Cwnd, 71, 80);
    }

    // X-9937-3: the proportional part: what is sent keeps step with what is delivered, ending at ssthresh.
    [Fact]
    public void ProportionalRate_AboveTheThreshold_SendsInProportion()
    {
        ProportionalRate rate = default;
        rate.Start(20);
        int inFlight = 19, sent = 0;
        for (int i = 0; i < 9; i++)
        {
            int window = rate.OnAck(1, inFlight, 10, isSafe: false);
            int send = window - inFlight;
            Assert.InRange(send, 0, 1);
            for (int n = 0; n < send; n++)
            {
                rate.OnSent();
                sent++;
            }

            inFlight += send - 1;
        }

        Assert.InRange(sent, 4, 5);                             // half of what was delivered
    }

    // X-9937-4: at or below ssthresh by what was delivered; one more only when SND.UNA moved and nothing more is lost.
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public void ProportionalRate_BelowTheThreshold_IsConservativeUnlessSafe(bool isSafe, int expected)
    {
        ProportionalRate rate = default;
        rate.Start(20);
        rate.OnSent();
        rate.OnAck(1, 12, 10, isSafe: false);
        Assert.Equal(4 + expected, rate.OnAck(1, 4, 10, isSafe));
    }

    // X-9937-4: never beyond ssthresh.
    [Fact]
    public void ProportionalRate_BelowTheThreshold_IsLimitedByIt()
    {
        ProportionalRate rate = default;
        rate.Start(20);
        rate.OnSent();
        Assert.Equal(10, rate.OnAck(8, 9, 10, isSafe: true));
    }

    // X-9937-5: the first retransmission always goes.
    [Fact]
    public void ProportionalRate_FirstAck_AllowsOneSegment()
    {
        ProportionalRate rate = default;
        rate.Start(20);
        Assert.Equal(10 + 1, rate.OnAck(1, 10, 10, isSafe: false));     // ssthresh leaves no room, the retransmission goes all the same
    }

    private static ControlFacts At(Instant now, TimeSpan smoothedRtt) => new() { Now = now, SmoothedRtt = smoothedRtt };

    private static void Grow(ICongestionController controller, ref CongestionWindow window, double seconds, TimeSpan rtt)
    {
        for (double t = 0; t < seconds; t += rtt.TotalSeconds)
        {
            for (int i = window.Cwnd; i > 0; i--)
            {
                controller.OnAck(ref window, 1, At(s_start + TimeSpan.FromSeconds(t), rtt));
            }
        }
    }
}

namespace Finwait.Tcp.Tests;

/// <summary>The windows of CUBIC and Reno in congestion avoidance beside the formulas of RFC 9438 and RFC 5681, computed here from their text.</summary>
public sealed class WindowCurveTests
{
    private const double C = 0.4;
    private const double Beta = 0.7;
    private static readonly Instant s_start = Instant.Zero + TimeSpan.FromSeconds(100);

    // X-9438-1: W_cubic(t) = C·(t − K)³ + W_max with K = cbrt((W_max − cwnd_epoch)/C): concave up to W_max, convex beyond.
    [Theory]
    [InlineData(100, 200)]
    [InlineData(400, 200)]
    [InlineData(400, 100)]
    [InlineData(2000, 100)]
    [InlineData(1000, 300)]
    public void Cubic_AfterALoss_FollowsTheCubicFunction(int wMax, int rttMilliseconds)
    {
        double rtt = rttMilliseconds / 1000.0;
        (ICongestionController cubic, CongestionWindow window) = AfterLossAt(wMax);
        double k = Math.Cbrt((wMax - window.Cwnd) / C);
        double reno = window.Cwnd;
        int compared = 0;
        foreach ((double t, int cwnd) in Acknowledge(cubic, window, rtt, 2.2 * k))
        {
            reno += 3 * (1 - Beta) / (1 + Beta);        // once a round trip, as long as W_est is below cwnd_prior
            double expected = (C * Math.Pow(t - k, 3)) + wMax;
            if (reno < expected * 0.98 && t > rtt)
            {
                // The function is aimed at one round trip ahead and reached one round trip later: second-order terms of a round trip remain.
                double curvature = 6 * C * Math.Abs(t - k) * rtt * rtt;
                Assert.InRange(cwnd, expected - 1.5 - curvature, expected + 1.5 + curvature);
                compared++;
            }
        }

        Assert.True(compared > 20, "the curve was hardly looked at");
    }

    // X-9438-2: where Reno would be faster the window is W_est: + 3(1−β)/(1+β) a round trip up to cwnd_prior, then + 1.
    [Theory]
    [InlineData(20, 5)]
    [InlineData(40, 10)]
    [InlineData(60, 2)]
    public void Cubic_OnAShortPath_IsFriendlyToReno(int wMax, int rttMilliseconds)
    {
        double rtt = rttMilliseconds / 1000.0;
        (ICongestionController cubic, CongestionWindow window) = AfterLossAt(wMax);
        double k = Math.Cbrt((wMax - window.Cwnd) / C);
        double estimate = window.Cwnd;
        int rounds = 0;
        foreach ((double t, int cwnd) in Acknowledge(cubic, window, rtt, 100 * rtt))
        {
            double wCubic = (C * Math.Pow(t - k, 3)) + wMax;
            Assert.True(wCubic < estimate || rounds < 2, "the case is no case of the Reno-friendly region");
            estimate += estimate >= wMax ? 1 : 3 * (1 - Beta) / (1 + Beta);
            rounds++;
            Assert.InRange(cwnd, estimate - 2, estimate + 2);
        }

        Assert.True(estimate > wMax + 10, "both slopes must have been seen");
    }

    // X-9438-1: the target is never more than half of the window above it: the window does not leap however late the curve.
    [Fact]
    public void Cubic_FarBehindTheCurve_GrowsByHalfPerRoundTripAtMost()
    {
        (ICongestionController cubic, CongestionWindow window) = AfterLossAt(10);
        double rtt = 2;
        int before = window.Cwnd;
        foreach ((double _, int cwnd) in Acknowledge(cubic, window, rtt, 60))
        {
            Assert.True(cwnd <= (before * 1.5) + 1, $"from {before} to {cwnd} in one round trip");
            before = cwnd;
        }

        Assert.True(before > 1000);
    }

    // X-9438-4: fast convergence: a maximum below the last one counts as (1+β)/2 of itself, so the plateau comes earlier and lower.
    [Fact]
    public void Cubic_LossBelowTheLastMaximum_AimsLower()
    {
        ICongestionController cubic = CongestionControllers.Create("cubic").ForOneConnection();
        CongestionWindow window = new() { Cwnd = 400, Ssthresh = int.MaxValue };
        cubic.Ssthresh(window, default);
        window.Cwnd = 300;
        window.Ssthresh = cubic.Ssthresh(window, default);
        window.Cwnd = window.Ssthresh;
        double wMax = 300 * (1 + Beta) / 2, k = Math.Cbrt((wMax - window.Cwnd) / C);
        foreach ((double t, int cwnd) in Acknowledge(cubic, window, 0.1, 2 * k).Where(point => point.Time > 0.2))
        {
            Assert.InRange(cwnd, (C * Math.Pow(t - k, 3)) + wMax - 2, (C * Math.Pow(t - k, 3)) + wMax + 2);
        }
    }

    // X-9438-6: after a timeout K = 0 and W_max is the window at which congestion avoidance begins: convex from the start.
    [Fact]
    public void Cubic_AfterATimeout_StartsAtThePlateau()
    {
        ICongestionController cubic = CongestionControllers.Create("cubic").ForOneConnection();
        CongestionWindow window = new() { Cwnd = 200, Ssthresh = int.MaxValue };
        window.Ssthresh = cubic.Ssthresh(window, default);
        Assert.Equal(140, window.Ssthresh);             // β, as for any loss
        cubic.OnEvent(CongestionEvent.Timeout, window, default);
        window.Cwnd = 1;
        cubic.OnAck(ref window, 139, At(0, 0.1));
        Assert.Equal(140, window.Cwnd);
        double reno = 140;
        foreach ((double t, int cwnd) in Acknowledge(cubic, window, 0.1, 8))
        {
            reno += 3 * (1 - Beta) / (1 + Beta);
            double expected = Math.Max((C * t * t * t) + 140, Math.Min(reno, 200));
            Assert.InRange(cwnd, expected - 3 - (6 * C * t * 0.01), expected + 3 + (6 * C * t * 0.01));
        }
    }

    // X-9438-6: a reduction that was not called for: window and curve are back where they were, and go on from there.
    [Fact]
    public void Cubic_UndoneReduction_GoesOnWithTheOldCurve()
    {
        (ICongestionController disturbed, CongestionWindow window) = AfterLossAt(400);
        (ICongestionController calm, CongestionWindow same) = AfterLossAt(400);
        (double Time, int Cwnd) last = Acknowledge(disturbed, window, 0.1, 3).Last();
        window.Cwnd = same.Cwnd = last.Cwnd;
        Acknowledge(calm, same with { Cwnd = 280 }, 0.1, 3).Last();
        window.PriorCwnd = window.Cwnd;
        window.Ssthresh = disturbed.Ssthresh(window, default);
        window.Cwnd = window.Ssthresh / 2;
        window.Cwnd = disturbed.UndoCwnd(window);
        window.Ssthresh = 280;
        Assert.Equal(last.Cwnd, window.Cwnd);
        Assert.Equal(
            Acknowledge(calm, same, 0.1, 8, from: 3.1).ToList(),
            Acknowledge(disturbed, window, 0.1, 8, from: 3.1).ToList());
    }

    // X-9438-5: neither an idle minute nor one in which the application used little of the window counts as time of the curve.
    [Fact]
    public void Cubic_TimeInWhichTheWindowWasNotTheLimit_DoesNotCount()
    {
        (ICongestionController cubic, CongestionWindow window) = AfterLossAt(400);
        (ICongestionController calm, CongestionWindow same) = AfterLossAt(400);
        int paused = Acknowledge(cubic, window, 0.1, 2).Last().Cwnd;
        Assert.Equal(paused, Acknowledge(calm, same, 0.1, 2).Last().Cwnd);
        window.Cwnd = same.Cwnd = paused;
        int after = Acknowledge(cubic, window, 0.1, 2, from: 62).Last().Cwnd;
        int without = Acknowledge(calm, same, 0.1, 2, from: 2).Last().Cwnd;
        Assert.InRange(after, without - 2, without + 2);
    }

    // X-5681-2: Reno in congestion avoidance: one segment per round trip, whatever the size of the acknowledgments.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Reno_InCongestionAvoidance_IsAStraightLine(int perAck)
    {
        ICongestionController reno = CongestionControllers.Create("reno");
        CongestionWindow window = new() { Cwnd = 20, Ssthresh = 20 };
        double acked = 0, expected = 20;
        for (int i = 0; i < 3000; i++)
        {
            reno.OnAck(ref window, perAck, default);
            acked += perAck;
            while (acked >= Math.Floor(expected))
            {
                acked -= Math.Floor(expected);
                expected++;
            }

            Assert.InRange(window.Cwnd, expected - 1, expected + 1);
        }
    }

    // X-5681-2: slow start: one segment for each one acknowledged, and what is left over at ssthresh counts for avoidance.
    [Fact]
    public void Reno_AcrossTheThreshold_CountsTheRestForAvoidance()
    {
        ICongestionController reno = CongestionControllers.Create("reno");
        CongestionWindow window = new() { Cwnd = 10, Ssthresh = 16 };
        reno.OnAck(ref window, 4, default);
        Assert.Equal(14, window.Cwnd);
        reno.OnAck(ref window, 10, default);            // 2 to the threshold, 8 of the 16 of the next step
        Assert.Equal(16, window.Cwnd);
        reno.OnAck(ref window, 7, default);
        Assert.Equal(16, window.Cwnd);
        reno.OnAck(ref window, 1, default);
        Assert.Equal(17, window.Cwnd);
    }

    // Linux's snd_cwnd_clamp: no growth beyond, in no phase and by no controller.
    [Theory]
    [InlineData("cubic")]
    [InlineData("reno")]
    public void Clamp_BoundsTheWindow(string name)
    {
        ICongestionController controller = CongestionControllers.Create(name).ForOneConnection();
        CongestionWindow window = new() { Cwnd = 10, Ssthresh = int.MaxValue, Clamp = 25 };
        controller.OnAck(ref window, 5, At(0, 0.1));
        Assert.Equal(15, window.Cwnd);
        for (int i = 0; i < 40; i++)
        {
            controller.OnAck(ref window, 5, At(0, 0.1));
        }

        Assert.Equal(25, window.Cwnd);
        window.Cwnd = window.Ssthresh = 20;
        for (int i = 0; i < 4000; i++)
        {
            controller.OnAck(ref window, 2, At(i * 0.01, 0.1));
        }

        Assert.Equal(25, window.Cwnd);
    }

    private static (ICongestionController Controller, CongestionWindow Window) AfterLossAt(int cwnd)
    {
        ICongestionController cubic = CongestionControllers.Create("cubic").ForOneConnection();
        CongestionWindow window = new() { Cwnd = cwnd, Ssthresh = int.MaxValue };
        window.Ssthresh = cubic.Ssthresh(window, default);
        window.Cwnd = window.Ssthresh;
        return (cubic, window);
    }

    private static ControlFacts At(double time, double rtt) => new() { Now = s_start + TimeSpan.FromSeconds(time), SmoothedRtt = TimeSpan.FromSeconds(rtt) };

    /// <summary>Each segment of the window acknowledged on its own, evenly over the round trip; the window at the end of each.</summary>
    private static IEnumerable<(double Time, int Cwnd)> Acknowledge(ICongestionController controller, CongestionWindow window, double rtt, double seconds, double from = 0)
    {
        double time = from;
        while (time < from + seconds)
        {
            int flight = window.Cwnd;
            for (int i = 0; i < flight; i++)
            {
                controller.OnAck(ref window, 1, At(time + (rtt * i / flight), rtt));
            }

            time += rtt;
            yield return (time, window.Cwnd);
        }
    }
}

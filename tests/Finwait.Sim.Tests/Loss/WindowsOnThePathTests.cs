using Finwait.Tcp;

namespace Finwait.Sim.Tests;

/// <summary>Windows of real transfers beside the formulas: after one loss, and on the average of many.</summary>
public sealed class WindowsOnThePathTests
{
    private const double Beta = 717 / 1024.0, C = 0.4;

    // X-9438-1: after a loss W_cubic(t) = C·(t − K)³ + W_max, K = cbrt((W_max − cwnd_epoch)/C): concave up to W_max, convex beyond (RFC 9438 §4.2).
    [Fact]
    public void Cubic_AfterOneLoss_IsTheCubicFunction()
    {
        (double wMax, List<(double Time, int Cwnd)> curve) = AfterOneLoss("cubic", 14);
        double epoch = curve[0].Cwnd, k = Math.Cbrt((wMax - epoch) / C);

        Assert.InRange(epoch, (wMax * Beta) - 1, (wMax * Beta) + 1);
        Assert.InRange(k, 3, 10);
        foreach ((double time, int cwnd) in curve)
        {
            // Aimed at a round trip ahead, reached a round trip later, in whole segments.
            double formula = (C * Math.Pow(time - k, 3)) + wMax, slope = 3 * C * Math.Pow(time - k, 2) * 0.1;
            Assert.True(Math.Abs(cwnd - formula) <= 2 + slope, $"{time:F1} s after the loss: {cwnd} segments, by the formula {formula:F1}");
        }

        Assert.True(curve[^1].Cwnd > wMax + 20, "the convex part has not been seen");
    }

    // X-5681-2: after a loss half of what was in flight, then one segment more per round trip (RFC 5681 §3.1).
    [Fact]
    public void Reno_AfterOneLoss_IsAStraightLine()
    {
        (double wMax, List<(double Time, int Cwnd)> curve) = AfterOneLoss("reno", 10);

        Assert.InRange(curve[0].Cwnd, (wMax / 2) - 6, (wMax / 2) + 1);              // what was in flight was a little less than the window
        foreach ((double time, int cwnd) in curve)
        {
            double formula = curve[0].Cwnd + (time / 0.1);
            Assert.True(Math.Abs(cwnd - formula) <= 2 + (time * 0.3), $"{time:F1} s after the loss: {cwnd} segments, by the formula {formula:F1}");
        }
    }

    // X-9438-2: the average window at a random loss of p: 1.054·(RTT/p)^0.75 for CUBIC, sqrt(α(1+β)/(2(1−β)p)) in its Reno-friendly region (RFC 9438 §5.1), sqrt(1.5/p) for Reno.
    [Theory]
    [InlineData("cubic", 20, 1)]
    [InlineData("cubic", 20, 0.2)]
    [InlineData("cubic", 100, 0.2)]
    [InlineData("reno", 20, 1)]
    [InlineData("reno", 20, 0.2)]
    [InlineData("reno", 100, 0.2)]
    public void AverageWindow_AtRandomLoss_IsThatOfTheResponseFunction(string control, double rtt, double loss)
    {
        const double alpha = 3 * (1 - Beta) / (1 + Beta);
        double p = loss / 100;
        double friendly = Math.Sqrt(alpha * (1 + Beta) / (2 * (1 - Beta) * p));
        double cubic = Math.Pow(C * (3 + Beta) / (4 * (1 - Beta)), 0.25) * Math.Pow(rtt / 1000 / p, 0.75);
        double formula = control == "cubic" ? Math.Max(friendly, cubic) : Math.Sqrt(1.5 / p);
        double octets = 0;
        for (ulong seed = 1; seed <= 4; seed++)
        {
            var path = new LossyPath(seed, control, loss, rtt, queue: 10_000, megabits: 1000);
            path.Cable.Settings = path.Cable.Settings with { Loss = default };
            path.Cable.AddRule(FaultRule.Parse("drop tcp data nth 120"));           // ends slow start
            path.Open();
            path.Run(3);
            path.Cable.ClearRules();
            path.Cable.Settings = path.Cable.Settings with { Loss = new LossModel(LossKind.Random, p) };
            path.Run(20);
            long before = path.Arrived(0);
            path.Run(60);
            octets += path.Arrived(0) - before;
        }

        double average = octets / 4 / 60 / 1448 * rtt / 1000;
        Assert.InRange(average / formula, 0.85, 1.2);
    }

    /// <summary>cwnd once a round trip of 100 ms from the end of recovery on, on a path that loses one segment of a window of some hundreds and queues nothing.</summary>
    private static (double WMax, List<(double Time, int Cwnd)> Curve) AfterOneLoss(string control, double seconds)
    {
        var path = new LossyPath(1, control, rtt: 100, queue: 10_000, megabits: 1000);
        path.Cable.AddRule(FaultRule.Parse("drop tcp data nth 700"));
        path.Open();
        int before = 0;
        TcpInfo info = path.Sender(0);
        while (info.RetransmittedTotal == 0)
        {
            before = info.CongestionWindow;
            path.Run(0.001);
            info = path.Sender(0);
        }

        path.Cable.ClearRules();
        int threshold = info.SlowStartThreshold;
        while (info.CongestionWindow != threshold || info.RetransmittedNow > 0 || info.Lost > 0 || info.Sacked > 0)
        {
            path.Run(0.001);
            info = path.Sender(0);
        }

        var curve = new List<(double Time, int Cwnd)>();
        for (int round = 0; round * 0.1 < seconds; round++)
        {
            curve.Add((round * 0.1, path.Sender(0).CongestionWindow));
            path.Run(0.1);
        }

        Assert.Equal(1, path.Sender(0).RetransmittedTotal);
        return (before, curve);
    }
}

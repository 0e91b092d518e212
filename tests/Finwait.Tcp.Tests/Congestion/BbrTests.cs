namespace Finwait.Tcp.Tests;

/// <summary>BBR on a path with one slow link: what the draft promises, seen in rates, windows and queues.</summary>
public sealed class BbrTests
{
    private const int Mss = 1448;

    private static Bottleneck Path(string controller, double rate, double roundTrip, int buffer, double loss = 0) =>
        new(rate, roundTrip, buffer, loss, new TcpSettings { CongestionControl = controller });

    // X-BBR-1: it finds the rate and keeps the path busy, with little queue where CUBIC fills the buffer.
    [Theory]
    [InlineData(800, 0.04, 400)]
    [InlineData(2000, 0.02, 400)]
    [InlineData(400, 0.1, 200)]
    public void LargeBuffer_IsNotFilled(double rate, double roundTrip, int buffer)
    {
        Bottleneck path = Path("bbr", rate, roundTrip, buffer);
        path.Run(4);
        long before = path.Lab.B.BytesRead;
        List<double> queues = [];
        path.Run(10, look: () => queues.Add(path.Queue));
        double goodput = (path.Lab.B.BytesRead - before) / 10.0 / Mss;
        Assert.InRange(goodput, 0.9 * rate, rate * 1.01);
        double bdp = rate * roundTrip;
        Assert.True(queues.Average() < bdp, $"mean queue {queues.Average():F1} of a path that holds {bdp}");

        Bottleneck cubic = Path("cubic", rate, roundTrip, buffer);
        cubic.Run(4);
        List<double> full = [];
        cubic.Run(10, look: () => full.Add(cubic.Queue));
        Assert.True(full.Average() > 2 * queues.Average(), $"mean queue of CUBIC {full.Average():F1}, of BBR {queues.Average():F1}");
    }

    // X-BBR-1, X-BBR-2: pacing gains 2.77, 0.5, 0.9, 1 and 1.25 with a margin of 1 %, each in its state.
    [Fact]
    public void PacingRate_ShowsTheGainsOfTheStates()
    {
        const double rate = 1000;
        Bottleneck path = Path("bbr", rate, 0.05, 1000);
        List<double> gains = [];
        path.Run(14, 0.002, () => gains.Add(path.Info.PacingRate / 8.0 / (Mss + 52) / rate / 0.99));
        double[] settled = [.. gains.Skip(1000)];
        Assert.InRange(gains.Max(), 2.6, 2.95);
        Assert.Contains(gains, gain => gain is > 0.48 and < 0.53);
        Assert.Contains(settled, gain => gain is > 0.88 and < 0.93);
        Assert.Contains(settled, gain => gain is > 0.98 and < 1.03);
        Assert.Contains(settled, gain => gain is > 1.22 and < 1.29);
        Assert.DoesNotContain(settled, gain => gain > 1.32);
    }

    // X-BBR-2: losses below 2 % are no reason to slow down; CUBIC is at a fraction of it.
    [Fact]
    public void RandomLossOfOnePercent_HardlySlowsIt()
    {
        Bottleneck path = Path("bbr", 1000, 0.04, 200, loss: 0.01);
        path.Run(20, 0.05);
        double bbr = path.Lab.B.BytesRead / 20.0 / Mss;
        Assert.True(path.LostByChance > 100);
        Assert.InRange(bbr, 850, 1000);
        Bottleneck cubic = Path("cubic", 1000, 0.04, 200, loss: 0.01);
        cubic.Run(20, 0.05);
        Assert.True(cubic.Lab.B.BytesRead / 20.0 / Mss < 0.7 * bbr);
    }

    // X-BBR-2: losses above the threshold while it probes bound what it has in flight: in a shallow buffer few segments overflow.
    [Fact]
    public void ShallowBuffer_FewSegmentsOverflow()
    {
        Bottleneck path = Path("bbr", 1000, 0.05, 12);
        path.Run(5, 0.05);
        int before = path.Overflowed;
        long read = path.Lab.B.BytesRead;
        path.Run(20, 0.05);
        double sent = (path.Lab.B.BytesRead - read) / (double)Mss;
        Assert.InRange(sent / 20, 800, 1000);
        Assert.True(path.Overflowed - before < 0.02 * sent, $"{path.Overflowed - before} of {sent} overflowed");
    }

    // X-BBR-2: every 5 s the window is half of what the path holds, at least four segments, for 200 ms and a round trip.
    [Fact]
    public void ProbeRtt_EveryFiveSeconds_EmptiesThePath()
    {
        Bottleneck path = Path("bbr", 1000, 0.04, 500);
        List<(double Time, int Cwnd)> windows = [];
        double begin = path.Lab.Now.SinceStart.TotalSeconds;
        path.Run(20, 0.01, () => windows.Add((path.Lab.Now.SinceStart.TotalSeconds - begin, path.Info.CongestionWindow)));
        List<double> starts = [];
        int low = 0;
        List<int> lengths = [];
        foreach ((double time, int cwnd) in windows.Where(window => window.Time > 1))
        {
            bool isLow = cwnd <= 0.62 * 1000 * 0.04;
            if (isLow && low == 0)
            {
                starts.Add(time);
            }
            else if (!isLow && low > 0)
            {
                lengths.Add(low);
            }

            low = isLow ? low + 1 : 0;
        }

        Assert.InRange(starts.Count, 3, 4);
        Assert.All(starts.Zip(starts.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 4.9, 6.5));
        Assert.All(lengths, length => Assert.InRange(length, 20, 36));
        Assert.All(windows, window => Assert.True(window.Cwnd >= 4));
    }

    // Chance comes from the connection: the same connection takes the same course.
    [Fact]
    public void SameConnection_TakesTheSameCourse()
    {
        static string Course()
        {
            Bottleneck path = Path("bbr", 700, 0.03, 100, loss: 0.005);
            List<long> course = [];
            path.Run(8, 0.1, () => course.Add((path.Lab.B.BytesRead << 8) ^ path.Info.CongestionWindow));
            return string.Join(' ', course);
        }

        Assert.Equal(Course(), Course());
    }

    // X-BBR-1, X-PACE-1: after an idle time the rate of the model, and no burst into the buffer.
    [Fact]
    public void AfterIdle_GoesOnAtTheRateOfTheModelWithoutABurst()
    {
        Bottleneck path = Path("bbr", 1000, 0.04, 60);
        path.Run(5);
        path.Lab.RunFor(TimeSpan.FromSeconds(3));
        int overflowed = path.Overflowed;
        long before = path.Lab.B.BytesRead;
        path.Run(2);
        Assert.Equal(overflowed, path.Overflowed);
        Assert.InRange((path.Lab.B.BytesRead - before) / 2.0 / Mss, 850, 1000);
    }
}

namespace Finwait.Tcp.Tests;

/// <summary>HyStart++ (RFC 9406) in the first slow start of CUBIC, seen in its window and threshold.</summary>
public sealed class HyStartTests
{
    /// <summary>A slow start of CUBIC, one round trip at a time.</summary>
    private sealed class SlowStart
    {
        private readonly Cubic _cubic = (Cubic)CongestionControllers.Create("cubic").ForOneConnection();
        private CongestionWindow _window = new() { Cwnd = 10, Ssthresh = int.MaxValue };
        private long _una;
        private long _nxt = 10;

        public int Cwnd => _window.Cwnd;

        public bool HasEnded => _window.Ssthresh != int.MaxValue;

        public int Ssthresh => _window.Ssthresh;

        public bool InCss => _cubic.InCss;

        public int Limit { get; init; }

        public int PerAck { get; init; } = 1;

        /// <summary>Everything in flight is acknowledged; acknowledgment i of the round shows <paramref name="rtt"/>(i) milliseconds.</summary>
        public void Round(Func<int, double> rtt)
        {
            long end = _nxt;
            for (int i = 0; _una < end; i++)
            {
                int acked = (int)Math.Min(PerAck, end - _una);
                _una += acked;
                ControlFacts facts = new() { Una = _una, Nxt = _nxt, SlowStartLimit = Limit, SmoothedRtt = TimeSpan.FromMilliseconds(50), Now = new Instant(1) };
                double sample = rtt(i);
                _cubic.OnSample(ref _window, RateSample.None with { Rtt = TimeSpan.FromMilliseconds(sample) }, facts);
                _cubic.OnAck(ref _window, acked, facts);
                _nxt = _una + _window.Cwnd;
            }
        }

        public void Rounds(int count, double rtt)
        {
            for (int i = 0; i < count; i++)
            {
                Round(_ => rtt);
            }
        }
    }

    // X-9406-1: while the round trip stays the same the window doubles for as long as it likes.
    [Fact]
    public void SteadyRoundTrip_DoublesWithoutEnd()
    {
        SlowStart flow = new();
        flow.Rounds(8, 50);
        Assert.InRange(flow.Cwnd, 10 << 7, 10 << 8);
        Assert.False(flow.InCss || flow.HasEnded);
    }

    // X-9406-1: RttThresh = clamp(lastRoundMinRTT / 8, 4 ms, 16 ms): just below it nothing, at it CSS.
    [Theory]
    [InlineData(8, 4)]
    [InlineData(32, 4)]
    [InlineData(64, 8)]
    [InlineData(128, 16)]
    [InlineData(400, 16)]
    public void GrowthOfTheRoundTrip_AtTheThreshold_EntersCss(double before, double threshold)
    {
        SlowStart below = new();
        below.Rounds(2, before);
        below.Rounds(1, before + threshold - 0.01);
        Assert.False(below.InCss);
        SlowStart at = new();
        at.Rounds(2, before);
        at.Rounds(1, before + threshold);
        Assert.True(at.InCss);
    }

    // X-9406-1: N_RTT_SAMPLE = 8: seven slow samples are no evidence, and one fast one among the round's is the round's least.
    [Fact]
    public void FewSlowSamples_AreNoEvidence()
    {
        SlowStart flow = new();
        flow.Rounds(2, 50);
        bool early = false;
        flow.Round(i =>
        {
            early |= flow.InCss;
            return i < 7 ? 90 : 50;
        });
        Assert.False(early || flow.InCss);
        flow.Round(i => i == 3 ? 50 : 90);
        Assert.False(flow.InCss);
        bool seven = false, eight = false;
        flow.Round(i =>
        {
            seven |= i == 7 && flow.InCss;
            eight |= i == 8 && flow.InCss;
            return 90;
        });
        Assert.Equal((false, true), (seven, eight));
    }

    // X-9406-1: from the acknowledgment that enters CSS on, four acknowledged segments make one.
    [Fact]
    public void Css_FromItsFirstAcknowledgment_TakesFourForOne()
    {
        SlowStart flow = new();
        flow.Rounds(2, 50);
        List<int> windows = [];
        flow.Round(_ =>
        {
            windows.Add(flow.Cwnd);
            return 60;
        });
        Assert.Equal([40, 41, 42, 43, 44, 45, 46, 47, 47, 47, 47, 48, 48, 48, 48, 49], windows[..16]);
    }

    // X-9406-1: CSS entered again lasts its five rounds again.
    [Fact]
    public void Css_EnteredAgain_LastsFiveRoundsAgain()
    {
        SlowStart flow = new();
        flow.Rounds(2, 50);
        flow.Rounds(4, 60);
        Assert.True(flow.InCss);
        flow.Rounds(1, 50);
        Assert.False(flow.InCss || flow.HasEnded);
        flow.Rounds(5, 60);
        Assert.True(flow.InCss && !flow.HasEnded);
        flow.Rounds(1, 60);
        Assert.True(flow.HasEnded);
    }

    // X-9406-1: CSS grows by a quarter of slow start, for at most five rounds; then ssthresh is the window.
    [Fact]
    public void Css_GrowsByAQuarterPerRoundAndEndsAfterFive()
    {
        SlowStart flow = new();
        flow.Rounds(3, 50);
        flow.Rounds(1, 60);
        Assert.True(flow.InCss);
        for (int round = 0; round < 3; round++)
        {
            int before = flow.Cwnd;
            flow.Rounds(1, 60);
            Assert.InRange(flow.Cwnd, (before * 1.25) - 2, (before * 1.25) + 2);
            Assert.False(flow.HasEnded);
        }

        flow.Rounds(2, 60);
        Assert.True(flow.HasEnded && !flow.InCss);
        Assert.InRange(flow.Ssthresh, 10 << 3, (int)((10 << 4) * Math.Pow(1.25, 5)));
    }

    // X-9406-1: a round trip that shrinks below the baseline in CSS: it was a false alarm, slow start goes on.
    [Fact]
    public void Css_WhenTheRoundTripShrinksAgain_ReturnsToSlowStart()
    {
        SlowStart flow = new();
        flow.Rounds(3, 50);
        flow.Rounds(1, 60);
        Assert.True(flow.InCss);
        flow.Rounds(1, 59);
        Assert.False(flow.InCss || flow.HasEnded);
        int before = flow.Cwnd;
        flow.Rounds(1, 59);
        Assert.InRange(flow.Cwnd, 1.9 * before, 2 * before);
    }

    // X-9406-1: L: an acknowledgment of many segments counts for so many at most.
    [Theory]
    [InlineData(8, 8)]
    [InlineData(0, 10)]
    public void LargeAcknowledgments_CountForLAtMost(int limit, int growth)
    {
        SlowStart flow = new() { PerAck = 10, Limit = limit };
        flow.Rounds(1, 50);
        Assert.Equal(10 + growth, flow.Cwnd);
    }

    // X-9406-1: only the first slow start: after a loss the threshold says where to end.
    [Fact]
    public void LaterSlowStarts_AreLeftAlone()
    {
        Cubic cubic = (Cubic)CongestionControllers.Create("cubic").ForOneConnection();
        CongestionWindow window = new() { Cwnd = 10, Ssthresh = 1000 };
        for (int i = 1; i <= 900; i++)
        {
            ControlFacts facts = new() { Una = i, Nxt = i + window.Cwnd, Now = new Instant(1) };
            cubic.OnSample(ref window, RateSample.None with { Rtt = TimeSpan.FromMilliseconds(50 + i) }, facts);
            cubic.OnAck(ref window, 1, facts);
        }

        Assert.Equal((910, 1000, false), (window.Cwnd, window.Ssthresh, cubic.InCss));
    }
}

namespace Finwait.Tcp.Tests;

/// <summary>The estimator of RFC 6298 and how samples are taken.</summary>
public sealed class RttEstimatorTests
{
    private static readonly TcpSettings s_settings = new();

    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    // X-6298-1: before a sample 1 s.
    [Fact]
    public void Rto_BeforeASample_IsOneSecond()
    {
        RttEstimator rtt = default;
        rtt.Reset();
        Assert.Equal((TimeSpan.FromSeconds(1), false), (rtt.Rto, rtt.HasSample));
    }

    // X-6298-1: the first sample R: SRTT = R, RTTVAR = R/2, RTO = R + max(G, 4·R/2), here with the least 200 ms and whole ticks of 4 ms.
    [Theory]
    [InlineData(0.01, 204)]
    [InlineData(1, 204)]
    [InlineData(50, 252)]
    [InlineData(100, 300)]
    [InlineData(200, 600)]
    [InlineData(1000, 3000)]
    [InlineData(30_000, 90_000)]
    [InlineData(100_000, 120_000)]                              // X-6298-2: the most is at least 60 s
    public void FirstSample_SetsTheEstimateAndTheTimeout(double sample, double rto)
    {
        RttEstimator rtt = default;
        rtt.Reset();
        rtt.AddSample(Ms(sample), 1, 1, s_settings);
        Assert.Equal((Ms(sample), Ms(rto)), (rtt.SmoothedRtt, rtt.Rto));
        Assert.Equal(sample / 2, rtt.RttVar.TotalMilliseconds, 3);
    }

    // MUST-18, X-6298-1: RTTVAR = 3/4·RTTVAR + 1/4·|SRTT−R| before SRTT = 7/8·SRTT + 1/8·R. Rising samples, where Linux does the same as the RFC.
    [Fact]
    public void RisingSamples_FollowTheFormula()
    {
        Random random = new(6298);
        for (int run = 0; run < 100; run++)
        {
            RttEstimator rtt = default;
            rtt.Reset();
            double sample = 20 + (random.NextDouble() * 100);
            double srtt = sample, rttVar = sample / 2;
            rtt.AddSample(Ms(sample), 1, 1, s_settings);
            for (int i = 0; i < 30; i++)
            {
                sample = srtt + (random.NextDouble() * 400);
                rttVar = (0.75 * rttVar) + (0.25 * Math.Abs(srtt - sample));
                srtt = (0.875 * srtt) + (0.125 * sample);
                rtt.AddSample(Ms(sample), 1, 1, s_settings);
                Assert.Equal(srtt, rtt.SmoothedRtt.TotalMilliseconds, tolerance: 0.02);
                Assert.Equal(rttVar, rtt.RttVar.TotalMilliseconds, tolerance: 0.02);
                Assert.True(rtt.Rto.TotalMilliseconds >= Math.Min(srtt + Math.Max(200, 4 * rttVar) - 1, 120_000));
            }
        }
    }

    // BUG-25: from 10 µs to 30 s: the timeout is always above the RTT by at least 200 ms and does not collapse or stick.
    [Theory]
    [InlineData(0.01)]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(600)]
    [InlineData(30_000)]
    public void SteadyRtt_TimeoutSettlesABitAboveIt(double sample)
    {
        RttEstimator rtt = default;
        rtt.Reset();
        for (int i = 0; i < 1000; i++)
        {
            rtt.AddSample(Ms(sample), i, i + 10, s_settings);
            Assert.InRange(rtt.Rto.TotalMilliseconds, sample + 200, Math.Max(120_000, sample + 200));
        }

        Assert.InRange(rtt.Rto.TotalMilliseconds, sample + 200, sample + 204.1);
    }

    // BUG-25: a spike raises the timeout at once and it comes down again within some tens of round trips.
    [Fact]
    public void DelaySpike_RaisesTheTimeoutAndItComesDownAgain()
    {
        RttEstimator rtt = default;
        rtt.Reset();
        long offset = 0;
        for (int i = 0; i < 100; i++)
        {
            rtt.AddSample(Ms(50), ++offset, offset, s_settings);
        }

        rtt.AddSample(Ms(1000), ++offset, offset, s_settings);
        Assert.InRange(rtt.Rto.TotalMilliseconds, 1000, 1400);
        for (int i = 0; i < 100; i++)
        {
            rtt.AddSample(Ms(50), ++offset, offset, s_settings);
        }

        Assert.InRange(rtt.Rto.TotalMilliseconds, 250, 300);
    }

    // X-7323-17: with many samples per round trip the history of RFC 6298 is kept: the deviation term falls once per round trip, not per sample.
    [Fact]
    public void ManySamplesPerRoundTrip_TimeoutFallsOncePerRoundTrip()
    {
        RttEstimator rtt = default;
        rtt.Reset();
        rtt.AddSample(Ms(100), 0, 0, s_settings);
        rtt.AddSample(Ms(500), 1, 1000, s_settings);
        TimeSpan raised = rtt.Rto;
        for (int i = 0; i < 99; i++)
        {
            rtt.AddSample(Ms(150), 1, 1000, s_settings);        // one round trip, many acknowledgments
        }

        Assert.True(rtt.Rto > raised * 0.85, $"{rtt.Rto} after {raised}");
    }

    // X-6298-5, X-6298-2: doubling, up to the largest.
    [Fact]
    public void BackOff_DoublesUpToTheLargest()
    {
        RttEstimator rtt = default;
        rtt.Reset();
        int[] expected = [2, 4, 8, 16, 32, 64, 120, 120];
        foreach (int seconds in expected)
        {
            rtt.BackOff(s_settings);
            Assert.Equal(TimeSpan.FromSeconds(seconds), rtt.Rto);
        }

        Assert.Equal(8, rtt.Backoff);
        rtt.AddSample(Ms(100), 1, 1, s_settings);
        Assert.Equal((0, Ms(300)), (rtt.Backoff, rtt.Rto));
    }

    // X-6298-2: the least timeout is a setting; 1 s satisfies the letter.
    [Fact]
    public void RtoMin_OfOneSecond_IsKept()
    {
        RttEstimator rtt = default;
        rtt.Reset();
        TcpSettings settings = new() { RtoMin = TimeSpan.FromSeconds(1) };
        rtt.AddSample(Ms(10), 1, 1, settings);
        Assert.InRange(rtt.Rto.TotalMilliseconds, 1000, 1016);
    }

    // X-6298-3, BUG-25 (Karn): without timestamps a retransmitted segment gives no sample...
    [Theory, OnEveryWire]
    public void RetransmittedSegment_WithoutTimestamps_GivesNoSample(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        TimeSpan before = peer.Tcp.GetInfo(peer.Now).Rtt;
        peer.Send(10);
        Assert.Equal("0.204 [P.] 1:11 ack 1", peer.Run(0.21));
        peer.Skip(5);
        peer.In("[.] 1 ack 11");
        Assert.Equal(before, peer.Tcp.GetInfo(peer.Now).Rtt);
    }

    // X-6298-3: nor does an acknowledgment that covers one such segment beside others that went only once.
    [Theory, OnEveryWire]
    public void AckOverARetransmittedAndAFreshSegment_WithoutTimestamps_GivesNoSample(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        TimeSpan before = peer.Tcp.GetInfo(peer.Now).Rtt;
        peer.Send(2000);
        Assert.Equal("0.204 [.] 1:1001 ack 1", peer.Run(0.21));
        peer.Skip(5);
        peer.In("[.] 1 ack 2001");
        Assert.Equal(before, peer.Tcp.GetInfo(peer.Now).Rtt);
    }

    // ... X-6298-5: and the backed-off timeout is kept until there is a fresh one.
    [Theory, OnEveryWire]
    public void BackedOffTimeout_IsKeptUntilAFreshSample(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(10);
        peer.Run(0.7);                                          // two retransmissions: 0.204, 0.612
        peer.In("[.] 1 ack 11");
        peer.Restart();
        peer.Send(10);
        Assert.Equal("0.816 [P.] 11:21 ack 1", peer.Run(0.9));
        peer.In("[.] 1 ack 21");
        peer.Send(10);
        peer.In("[.] 1 ack 31");                                // never retransmitted: a sample
        peer.Restart();
        peer.Send(10);
        Assert.StartsWith("0.20", peer.Run(0.3), StringComparison.Ordinal);
    }

    // X-6298-6: the SYN timed out and there is no sample: 3 s when data begins.
    [Theory, OnEveryWire]
    public void LostSyn_WithoutTimestamps_DataBeginsWithThreeSeconds(string wire)
    {
        ScriptedPeer peer = new(wire);
        peer.Open();
        Assert.Equal("1.000 [S] 0", peer.Run(1.5));
        peer.In("[S.] 0 ack 1 <mss 1000>");
        peer.Restart();
        peer.Send(10);
        Assert.Equal("3.000 [P.] 1:11 ack 1", peer.Run(4));
    }

    // X-6298-4, BUG-27: started on send if it is not running; not restarted by more text.
    [Theory, OnEveryWire]
    public void Timer_IsStartedBySendAndNotRestartedByMoreText(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(1000);
        Instant due = peer.Tcp.NextDeadline;
        peer.Skip(0.1);
        peer.Send(1000);
        Assert.Equal(due, peer.Tcp.NextDeadline);
    }

    // X-6298-4, BUG-27: restarted by each acknowledgment of new data, not by duplicates.
    [Theory, OnEveryWire]
    public void Timer_IsRestartedByNewAcksAndNotByDuplicates(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(3000);
        peer.Skip(0.1);
        peer.In("[.] 1 ack 1001");
        Instant restarted = peer.Tcp.NextDeadline;
        Assert.Equal(peer.Now + peer.Tcp.GetInfo(peer.Now).Rto, restarted);
        for (int i = 0; i < 2; i++)
        {
            peer.Skip(0.02);
            peer.In("[.] 1 ack 1001");
            Assert.Equal(restarted, peer.Tcp.NextDeadline);
        }
    }

    // BUG-27: a flood of duplicates while a segment is lost does not put the timeout off for ever.
    [Theory, OnEveryWire]
    public void DuplicateFlood_DoesNotPostponeTheTimeout(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(5000);
        int timeouts = 0;
        for (int i = 0; i < 2000; i++)
        {
            peer.In("[.] 1 ack 1");
            timeouts += peer.Run(0.01).Contains("[.] 1:1001 ack 1", StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.InRange(timeouts, 5, 10);                        // 20 s at doubling intervals from 0.2 s
    }

    // BUG-25: over slow and fast wires no retransmission is spurious once the handshake has given a sample.
    [Theory]
    [OnEveryWire(0.000005)]
    [OnEveryWire(0.0001)]
    [OnEveryWire(0.02)]
    [OnEveryWire(0.4)]
    [OnEveryWire(2)]
    public void LosslessWire_OfAnyDelay_RetransmitsNoText(string wire, double oneWay)
    {
        TwoHostLab lab = new(oneWayDelay: TimeSpan.FromSeconds(oneWay), wire: wire) { Quiet = true };
        lab.B.ReadsAtOnce = true;
        lab.B.Listen();
        lab.A.Connect();
        lab.RunFor(TimeSpan.FromSeconds(30));
        for (int i = 0; i < 50; i++)
        {
            lab.A.SendPattern(3000);
            lab.RunFor(TimeSpan.FromSeconds((oneWay * 3) + 0.01));
        }

        lab.RunFor(TimeSpan.FromSeconds(100));
        Assert.Equal((150_000, 0L), (lab.B.BytesRead, lab.A.Tcp.GetInfo(lab.Now).BytesRetransmitted));
    }
}

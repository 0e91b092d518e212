namespace Finwait.Tcp.Tests;

/// <summary>BBR's model and states, acknowledgment by acknowledgment, with the numbers of the draft's text. The path holds 100 segments unless said otherwise: 1000 a second, 100 ms.</summary>
public sealed class BbrModelTests
{
    private const double Rate = 1000;

    /// <summary>A flow whose acknowledgments the test makes up.</summary>
    private sealed class Flow
    {
        private readonly Bbr _bbr = (Bbr)Bbr.Untouched.ForOneConnection();
        private CongestionWindow _window = new() { Cwnd = 10, Ssthresh = CongestionWindow.Infinite };
        private ControlFacts _facts = new() { Now = new(TimeSpan.TicksPerSecond), SmoothedRtt = TimeSpan.FromMilliseconds(100), MinRtt = TimeSpan.FromMilliseconds(100), Mss = 1000, Delivered = 5000, Seed = 1 };
        private uint _roundBegan;

        public Flow(uint seed = 1, double roundTrip = 0.1)
        {
            _facts.Seed = seed;
            _facts.SmoothedRtt = _facts.MinRtt = TimeSpan.FromSeconds(roundTrip);
            _roundBegan = _facts.Delivered;
        }

        public Bbr Bbr => _bbr;

        public BbrState State => _bbr.State;

        public int Cwnd => _window.Cwnd;

        public Instant Now => _facts.Now;

        public uint Delivered => _facts.Delivered;

        public int InFlight { get; set; } = 50;

        public RecoveryPhase Phase { get; set; }

        /// <summary>The pacing gain: what departs against what the path delivers, without the margin of 1 %.</summary>
        public double Gain(double rate = Rate) => _bbr.PacingRate / rate / 0.99;

        /// <summary>One acknowledgment, a millisecond after the last.</summary>
        public void Ack(double rate = Rate, int acked = 1, bool round = false, int losses = 0, int txInFlight = 0, int lost = 0, double rtt = 0.1, double milliseconds = 1, bool limited = false, uint? prior = null, bool appLimited = false)
        {
            _facts.Now += TimeSpan.FromMilliseconds(milliseconds);
            uint before = _facts.Delivered;
            _facts.Delivered += (uint)acked;
            _facts.InFlight = InFlight;
            _facts.Phase = Phase;
            RateSample sample = new()
            {
                Delivered = 10,
                Interval = rate > 0 ? TimeSpan.FromSeconds(10 / rate) : TimeSpan.Zero,
                Rtt = TimeSpan.FromSeconds(rtt),
                AckedSacked = acked,
                Losses = losses,
                TxInFlight = txInFlight,
                Lost = lost,
                IsAppLimited = appLimited,
                PriorDelivered = prior ?? (round ? before : _roundBegan - 1),
            };
            _roundBegan = round ? _facts.Delivered : _roundBegan;
            _window.Validate(_facts.Now, limited, 1, 0, 0);
            _bbr.Control(ref _window, sample, _facts);
        }

        public void Wait(double seconds) => _facts.Now += TimeSpan.FromSeconds(seconds);

        public void BeginSending() => _bbr.OnEvent(CongestionEvent.TransmitStart, _window, _facts);

        /// <summary>Four round trips in which the rate does not grow.</summary>
        public Flow UntilDrain()
        {
            InFlight = 1000;
            for (int i = 0; i < 4; i++)
            {
                Ack(round: true);
            }

            Assert.Equal(BbrState.Drain, State);
            return this;
        }

        /// <summary>The queue is gone at once, so that slowing down has nothing more to do.</summary>
        public Flow UntilCruise()
        {
            UntilDrain();
            InFlight = 50;
            Ack();
            Assert.Equal(BbrState.ProbeBwCruise, State);
            return this;
        }

        public Flow UntilUp(double rate = Rate)
        {
            if (State != BbrState.ProbeBwCruise)
            {
                UntilCruise();
            }

            for (int i = 0; i < 65 && State == BbrState.ProbeBwCruise; i++)
            {
                Ack(rate, round: true);                 // as many round trips as Reno would need, at most 63
            }

            Assert.Equal(BbrState.ProbeBwRefill, State);
            Ack(rate, round: true);
            Assert.Equal(BbrState.ProbeBwUp, State);
            return this;
        }

        /// <summary>Acknowledgments until the window is as large as the model allows.</summary>
        public void Fill(int count = 300)
        {
            for (int i = 0; i < count; i++)
            {
                Ack();
            }
        }
    }

    // X-BBR-1: before anything is known the rate is 2.77 windows per round trip, and until the first window is delivered the window grows whatever the model says.
    [Fact]
    public void Start_PacesByTheWindowAndTheRoundTrip()
    {
        Flow flow = new();
        flow.BeginSending();
        flow.Ack(rate: 10, acked: 5);
        Assert.Equal(277, flow.Bbr.PacingRate, 1e-6);
        Assert.Equal(15, flow.Cwnd);
        flow.Ack(rate: 10, acked: 5);
        Assert.Equal(15, flow.Cwnd);
    }

    // X-BBR-1: the first round trip that shows counts where none was known.
    [Fact]
    public void RoundTrip_UnknownAtFirst_IsTheFirstThatShows()
    {
        Flow flow = new(roundTrip: 0);
        flow.Ack(rtt: 0.07);
        Assert.Equal(TimeSpan.FromMilliseconds(70), flow.Bbr.MinRtt);
        flow.Ack(rtt: 0.05);
        flow.Ack(rtt: 0.06);
        Assert.Equal(TimeSpan.FromMilliseconds(50), flow.Bbr.MinRtt);
    }

    // X-BBR-1: rounds in which the application was the limit are no evidence that the path gives no more, nor are their rates, unless they are the largest.
    [Fact]
    public void Sample_LimitedByTheApplication_IsNoEvidence()
    {
        Flow flow = new();
        flow.Ack(round: true);
        for (int i = 0; i < 10; i++)
        {
            flow.Ack(500, round: true, appLimited: true);
        }

        Assert.Equal((BbrState.Startup, Rate), (flow.State, Math.Round(flow.Bbr.MaxBw, 6)));
        flow.Ack(1100, appLimited: true);
        Assert.Equal(1100, flow.Bbr.MaxBw, 0.01);
    }

    // X-BBR-2: as many round trips as Reno would need to grow by what the path holds, at most 63, bring the next probe, if that is sooner.
    [Fact]
    public void Wait_InRoundTrips_IsSixtyThreeAtMost()
    {
        HashSet<int> counts = [];
        for (uint seed = 1; seed <= 12; seed++)
        {
            Flow flow = new Flow(seed).UntilCruise();
            flow.Fill();
            int rounds = 0;
            while (flow.State == BbrState.ProbeBwCruise)
            {
                flow.Ack(round: true);
                rounds++;
            }

            counts.Add(rounds);
        }

        Assert.Equal([62, 63], counts.Order());         // the count begins at 0 or 1, by chance
    }

    // X-BBR-1: a sample without an interval tells no rate.
    [Fact]
    public void Sample_WithoutInterval_TellsNoRate()
    {
        Flow flow = new();
        flow.Ack();
        flow.Ack(rate: 0);
        Assert.Equal(Rate, flow.Bbr.MaxBw, 1e-6);
    }

    // X-BBR-1: the states in their order, each with its gain.
    [Fact]
    public void States_FollowEachOtherWithTheirGains()
    {
        Flow flow = new();
        flow.Ack();
        Assert.Equal((BbrState.Startup, 2.77), (flow.State, Math.Round(flow.Gain(), 6)));
        flow.UntilDrain();
        Assert.Equal(0.5, flow.Gain(), 1e-6);
        flow.InFlight = 101;                            // one more than the path holds
        flow.Ack();
        Assert.Equal(BbrState.Drain, flow.State);
        flow.InFlight = 100;
        flow.Ack();
        Assert.Equal((BbrState.ProbeBwCruise, 1.0), (flow.State, Math.Round(flow.Gain(), 6)));
        flow.Wait(1.9);
        flow.Ack();
        Assert.Equal(BbrState.ProbeBwCruise, flow.State);
        flow.Wait(1.1);
        flow.Ack();
        Assert.Equal((BbrState.ProbeBwRefill, 1.0), (flow.State, Math.Round(flow.Gain(), 6)));
        flow.Ack(round: true);
        Assert.Equal((BbrState.ProbeBwUp, 1.25), (flow.State, Math.Round(flow.Gain(), 6)));
        for (int i = 0; i < 2; i++)
        {
            flow.Ack(round: true);
            Assert.Equal(BbrState.ProbeBwUp, flow.State);
        }

        flow.InFlight = 101;
        flow.Ack(round: true);                          // the third round trip in which the rate did not grow
        Assert.Equal((BbrState.ProbeBwDown, 0.9), (flow.State, Math.Round(flow.Gain(), 6)));
        flow.Ack();
        Assert.Equal(BbrState.ProbeBwDown, flow.State);
        flow.InFlight = 100;
        flow.Ack();
        Assert.Equal(BbrState.ProbeBwCruise, flow.State);
    }

    // X-BBR-2: the time between probes is two seconds and a chance of one more, the connection's own.
    [Fact]
    public void Wait_BetweenProbes_IsTwoSecondsAndAChance()
    {
        HashSet<int> waits = [];
        for (uint seed = 1; seed <= 20; seed++)
        {
            Flow flow = new Flow(seed).UntilCruise();
            Instant began = flow.Now;
            while (flow.State != BbrState.ProbeBwRefill)
            {
                flow.Ack(milliseconds: 10);
            }

            double wait = (flow.Now - began).TotalSeconds;
            Assert.InRange(wait, 1.99, 3.02);
            waits.Add((int)(wait * 20));
        }

        Assert.True(waits.Count > 7, $"{waits.Count} different waits of 20 connections");
    }

    // X-BBR-1: the largest rate is remembered for this cycle of probing and the next, no longer.
    [Fact]
    public void MaxBw_IsThatOfTwoCycles()
    {
        Flow flow = new Flow().UntilUp();
        flow.Ack(round: true);
        while (flow.State == BbrState.ProbeBwUp)
        {
            flow.Ack(round: true);
        }

        flow.Ack(500, round: true);
        Assert.Equal(Rate, flow.Bbr.MaxBw, 1e-6);
        flow.Ack(500);
        Assert.Equal(BbrState.ProbeBwCruise, flow.State);
        flow.UntilUp(500);
        while (flow.State == BbrState.ProbeBwUp)
        {
            flow.Ack(500, round: true);
        }

        Assert.Equal(Rate, flow.Bbr.MaxBw, 1e-6);
        flow.Ack(400, round: true);
        Assert.Equal(500, flow.Bbr.MaxBw, 1e-6);
    }

    // X-BBR-2: Startup ends by loss too: six times in one round trip of recovery, more than 2 % in all; what the path holds bounds what is in flight from then on.
    [Theory]
    [InlineData(5, 1, true, false)]
    [InlineData(6, 1, true, true)]
    [InlineData(6, 60, true, false)]          // 6 of 366 is less than 2 %
    [InlineData(6, 1, false, false)]
    public void Startup_WithManyLosses_Ends(int times, int acked, bool inRecovery, bool ends)
    {
        Flow flow = new();
        flow.Ack(round: true);
        flow.Phase = inRecovery ? RecoveryPhase.Recovery : RecoveryPhase.Open;
        flow.Ack(rate: Rate * 1.3, round: true);
        for (int i = 0; i < times; i++)
        {
            flow.Ack(rate: Rate * 1.3, acked: acked, losses: 1);
        }

        flow.InFlight = 1000;
        flow.Ack(rate: Rate * 1.3 * 1.3, round: true);
        Assert.Equal(ends ? BbrState.Drain : BbrState.Startup, flow.State);
        Assert.Equal(ends ? 169 : CongestionWindow.Infinite, flow.Bbr.InflightLongTerm);    // 1690 a second, 100 ms
    }

    // X-BBR-2: a loss while it does not probe: once a round trip the short-term bounds are what was just seen, at least 0.7 of what they were.
    [Theory]
    [InlineData(800, 800)]
    [InlineData(500, 700)]
    public void Loss_WhileCruising_LowersTheShortTermBounds(double rate, double bound)
    {
        Flow flow = new Flow().UntilCruise();
        flow.Fill();
        int window = flow.Cwnd;
        flow.Ack(rate, round: true);                    // from now on the rates are those of this round trip
        flow.Ack(rate, losses: 1);
        Assert.Equal(Rate, flow.Bbr.PacingRate / 0.99, 1e-6);
        Assert.Equal(CongestionWindow.Infinite, flow.Bbr.InflightShortTerm);
        flow.Ack(rate, round: true);
        Assert.Equal(bound, flow.Bbr.PacingRate / 0.99, 1e-6);
        Assert.Equal((int)(0.7 * window), flow.Bbr.InflightShortTerm);
        flow.Ack(rate, round: true);
        Assert.Equal(bound, flow.Bbr.PacingRate / 0.99, 1e-6);      // no loss since
    }

    // X-BBR-2: a round trip of one acknowledgment is one: what was sent just when the last began belongs to it.
    [Fact]
    public void Loss_InARoundOfOneAcknowledgment_CountsAtTheNext()
    {
        Flow flow = new Flow().UntilCruise();
        flow.Ack(800, round: true);
        flow.Ack(800, round: true, losses: 1);
        Assert.Equal(800, flow.Bbr.PacingRate / 0.99, 1e-6);
    }

    // X-BBR-2: more than 2 % lost of what was in flight with the segment: in flight are from now on as many as there were when the loss passed that mark.
    [Theory]
    [InlineData(100, 3, 3, 98)]                         // 97 before, and 1.94/0.98 more
    [InlineData(100, 1, 3, 99)]                         // the mark had been passed before
    [InlineData(100, 2, 2, null)]                       // 2 % are not more than 2 %
    [InlineData(0, 1, 1, null)]                         // nothing known about what was in flight
    [InlineData(60, 3, 3, 70)]                          // never less than 0.7 of what the path holds
    public void Loss_WhileProbing_BoundsWhatIsInFlight(int txInFlight, int losses, int lost, int? bound)
    {
        Flow flow = new Flow().UntilUp();
        flow.Fill(200);
        flow.InFlight = 200;
        flow.Ack(losses: losses, txInFlight: txInFlight, lost: lost);
        Assert.Equal(bound is null ? BbrState.ProbeBwUp : BbrState.ProbeBwDown, flow.State);
        Assert.Equal(bound ?? CongestionWindow.Infinite, flow.Bbr.InflightLongTerm);
    }

    // X-BBR-2: above the bound it is raised by one per window, then two, then four: the slope doubles with each round trip; and a rate that does not grow ends nothing meanwhile.
    [Fact]
    public void ProbeUp_AtTheBound_RaisesItFasterEachRound()
    {
        Flow flow = new Flow().UntilUp();
        flow.Fill(200);
        flow.InFlight = 200;
        flow.Ack(losses: 3, txInFlight: 100, lost: 3);
        Assert.Equal((BbrState.ProbeBwDown, 98), (flow.State, flow.Bbr.InflightLongTerm));
        flow.InFlight = 50;
        flow.Ack(round: true);
        flow.Ack();
        Assert.Equal(BbrState.ProbeBwCruise, flow.State);
        flow.Fill();
        Assert.Equal(84, flow.Cwnd);                    // 15 % of the bound are left to others
        flow.Wait(3);
        flow.Ack(limited: true);
        for (int i = 0; i < 20; i++)
        {
            flow.Ack(limited: true);
        }

        Assert.Equal((BbrState.ProbeBwRefill, 98), (flow.State, flow.Cwnd));
        flow.Ack(limited: true, round: true);
        Assert.Equal(BbrState.ProbeBwUp, flow.State);
        List<int> raised = [];
        for (int round = 0; round < 4; round++)
        {
            int before = flow.Bbr.InflightLongTerm, window = flow.Cwnd;
            for (int i = 1; i <= window; i++)
            {
                flow.Ack(limited: true, round: i == window);
            }

            raised.Add(flow.Bbr.InflightLongTerm - before);
            Assert.Equal(BbrState.ProbeBwUp, flow.State);
        }

        Assert.Equal([1, 2, 4, 8], raised);
    }

    // X-BBR-2: a bound that is not reached is not raised.
    [Fact]
    public void ProbeUp_BelowTheBound_LeavesIt()
    {
        Flow flow = new Flow().UntilUp();
        flow.Fill(200);
        flow.InFlight = 200;
        flow.Ack(losses: 3, txInFlight: 100, lost: 3);
        flow.InFlight = 50;
        flow.Ack(round: true);
        flow.Ack();
        flow.UntilUp();
        for (int i = 0; i < 200; i++)
        {
            flow.Ack(limited: false);
        }

        Assert.Equal(98, flow.Bbr.InflightLongTerm);
    }

    // X-BBR-2: after five seconds without a shorter round trip the window is half of what the path holds, for 200 ms from when so little is in flight and for a round trip; then it is as before.
    [Fact]
    public void ProbeRtt_LastsFromWhenLittleIsInFlight()
    {
        Flow flow = new Flow().UntilCruise();
        flow.Fill();
        int window = flow.Cwnd;
        flow.Wait(4.6);
        flow.Ack();
        Assert.NotEqual(BbrState.ProbeRtt, flow.State);
        flow.Wait(0.5);
        flow.InFlight = 51;
        flow.Ack();
        Assert.Equal((BbrState.ProbeRtt, 50), (flow.State, flow.Cwnd));
        flow.Wait(0.5);
        flow.Ack(round: true);
        uint sentBefore = flow.Delivered;
        flow.Ack();
        flow.InFlight = 50;
        flow.Ack();
        flow.Wait(0.19);
        flow.Ack(prior: flow.Delivered);
        Assert.Equal(BbrState.ProbeRtt, flow.State);    // a round trip, but not 200 ms
        flow.Wait(0.02);
        flow.Ack();
        Assert.Equal(BbrState.ProbeBwCruise, flow.State);
        Assert.Equal(window, flow.Cwnd);
        Assert.True(sentBefore < flow.Delivered);
    }

    // X-BBR-2: the next one comes five seconds after the last has ended.
    [Fact]
    public void ProbeRtt_ComesAgainFiveSecondsAfterItsEnd()
    {
        Flow flow = new Flow().UntilCruise();
        flow.Wait(5.1);
        flow.InFlight = 40;
        flow.Ack(round: true);
        flow.Wait(3);
        flow.Ack(round: true);                          // the application was slow: 3 s instead of 0.2 s
        flow.Ack(round: true);
        Assert.NotEqual(BbrState.ProbeRtt, flow.State);
        flow.Wait(4.9);
        flow.Ack();
        Assert.NotEqual(BbrState.ProbeRtt, flow.State);
        flow.Wait(0.2);
        flow.Ack();
        Assert.Equal(BbrState.ProbeRtt, flow.State);
    }

    // X-BBR-2: before the path is known to be full, Startup goes on behind it.
    [Fact]
    public void ProbeRtt_DuringStartup_ReturnsToIt()
    {
        Flow flow = new();
        flow.Ack(round: true);
        flow.Wait(5.1);
        flow.InFlight = 4;
        flow.Ack(round: true);
        Assert.Equal(BbrState.ProbeRtt, flow.State);
        flow.Wait(0.3);
        flow.Ack(round: true);
        flow.Ack(round: true);
        Assert.Equal((BbrState.Startup, 2.77), (flow.State, Math.Round(flow.Gain(), 6)));
    }

    // X-BBR-2: losses of what was sent before or after a probe do not move the bound.
    [Fact]
    public void Loss_WithoutAProbe_LeavesTheBound()
    {
        Flow flow = new Flow().UntilUp();
        flow.Fill(200);
        flow.InFlight = 200;
        flow.Ack(losses: 3, txInFlight: 100, lost: 3);
        Assert.Equal(98, flow.Bbr.InflightLongTerm);
        flow.Ack(losses: 3, txInFlight: 80, lost: 3);   // of the same probe: one answer is enough
        Assert.Equal(98, flow.Bbr.InflightLongTerm);
        flow.Ack(round: true);
        flow.Ack(losses: 3, txInFlight: 80, lost: 3);
        Assert.Equal(98, flow.Bbr.InflightLongTerm);
    }

    // X-BBR-2: the round trip of that time begins when so little is in flight: what was sent before does not end it.
    [Fact]
    public void ProbeRtt_WhatWasSentBefore_DoesNotEndItsRound()
    {
        Flow flow = new Flow().UntilCruise();
        flow.Wait(5.1);
        flow.InFlight = 60;
        flow.Ack();
        Assert.Equal(BbrState.ProbeRtt, flow.State);
        uint before = flow.Delivered;
        flow.Ack();
        flow.InFlight = 40;
        flow.Ack();
        flow.Wait(0.3);
        flow.Ack(prior: before);
        Assert.Equal(BbrState.ProbeRtt, flow.State);
        flow.Ack(prior: flow.Delivered);
        Assert.NotEqual(BbrState.ProbeRtt, flow.State);
    }

    // X-BBR-2: after an idle time there is no need for it: what comes back shows the round trip.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ProbeRtt_AfterAnIdleTime_IsLeftOut(bool isIdle)
    {
        Flow flow = new Flow().UntilCruise();
        flow.Wait(6);
        if (isIdle)
        {
            flow.BeginSending();
        }

        flow.Ack();
        Assert.Equal(!isIdle, flow.State == BbrState.ProbeRtt);
    }

    // X-BBR-1: the window is twice what the path holds, and what acknowledgments were seen to bring at once more; that is forgotten after ten round trips.
    [Fact]
    public void Window_MakesRoomForAcknowledgmentsInLumps()
    {
        Flow flow = new Flow().UntilCruise();
        flow.Fill();
        int usual = flow.Cwnd;
        Assert.InRange(usual, 200, 203);
        flow.Ack(milliseconds: 100);                    // no more is owed than came
        flow.Ack(acked: 50);
        flow.Fill(60);
        Assert.InRange(flow.Cwnd, usual + 46, usual + 51);
        flow.Ack(milliseconds: 100);                    // the lump is over
        List<bool> isRaised = [];
        for (int round = 1; round <= 11; round++)
        {
            flow.Ack(round: true);
            flow.Fill(2);
            isRaised.Add(flow.Cwnd > usual + 10);
        }

        Assert.True(isRaised[3]);
        Assert.False(isRaised[10]);
        Assert.InRange(isRaised.Count(raised => raised), 5, 10);
    }
}

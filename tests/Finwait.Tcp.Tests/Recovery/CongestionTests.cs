namespace Finwait.Tcp.Tests;

/// <summary>Slow start, congestion avoidance, fast retransmit and the timeout, as far as they are today (RFC 5681, 6582, 6928; Reno).</summary>
public sealed class CongestionTests
{
    private static ScriptedPeer Reno(string wire, string options = "mss 1000", int octets = 0, bool forwardRto = true)
    {
        TcpSettings settings = new() { CongestionControl = "reno", SendBuffer = (4096, 1 << 20, 1 << 20), ForwardRto = forwardRto };
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", options, settings);
        if (octets > 0)
        {
            peer.Send(octets);
        }

        return peer;
    }

    private static int Count(string sent) => sent.Length == 0 ? 0 : sent.Split('\n').Length;

    private static TcpInfo Info(ScriptedPeer peer) => peer.Tcp.GetInfo(peer.Now);

    // X-6928-1, X-5681-3: ten segments; the handshake's acknowledgments do not make it more; ssthresh as high as possible.
    [Theory, OnEveryWire]
    public void InitialWindow_IsTenSegments(string wire)
    {
        ScriptedPeer peer = Reno(wire);
        Assert.Equal(int.MaxValue, Info(peer).SlowStartThreshold);
        Assert.Equal(10, Count(peer.Send(60_000)));
        Assert.Equal("", peer.Run(0.1));
    }

    // MUST-19, X-5681-1, X-5681-2: slow start: one more for each segment acknowledged; never more in flight than the window.
    [Theory, OnEveryWire]
    public void SlowStart_DoublesPerRoundTrip(string wire)
    {
        ScriptedPeer peer = Reno(wire, octets: 100_000);
        int acked = 1, flight = 10;
        for (int round = 0; round < 2; round++)
        {
            int target = peer.Variables.SndNxt;
            while (acked < target)
            {
                acked += 1000;
                Assert.Equal(2, Count(peer.In($"[.] 1 ack {acked}")));
                flight++;
                Assert.Equal(flight * 1000, peer.Variables.SndNxt - acked);
            }
        }

        Assert.Equal(40, Info(peer).CongestionWindow);
    }

    // X-5681-2: a peer that acknowledges octet by octet does not make the window grow faster.
    [Theory, OnEveryWire]
    public void AckDivision_DoesNotInflateTheWindow(string wire)
    {
        ScriptedPeer peer = Reno(wire, octets: 60_000);
        for (int ack = 2; ack < 1001; ack++)
        {
            peer.In($"[.] 1 ack {ack}");
        }

        Assert.Equal(10, Info(peer).CongestionWindow);
        peer.In("[.] 1 ack 1001");
        Assert.Equal(11, Info(peer).CongestionWindow);
    }

    // X-7661-1: the window does not grow while the application does not fill it.
    [Theory, OnEveryWire]
    public void ApplicationLimited_WindowDoesNotGrow(string wire)
    {
        ScriptedPeer peer = Reno(wire);
        for (int i = 0; i < 50; i++)
        {
            peer.Send(100);
            peer.In($"[.] 1 ack {peer.Variables.SndNxt}");
        }

        Assert.Equal(10, Info(peer).CongestionWindow);
    }

    // X-5681-5, X-5681-4: the third duplicate resends the first segment; ssthresh is half of what was in flight.
    [Theory, OnEveryWire]
    public void ThreeDuplicates_WithoutSack_ResendTheFirstSegmentAndHalve(string wire)
    {
        ScriptedPeer peer = Reno(wire, octets: 10_000);
        Assert.Equal("", peer.In("[.] 1 ack 1"));
        Assert.Equal("", peer.In("[.] 1 ack 1"));
        Assert.Equal("[.] 1:1001 ack 1", peer.In("[.] 1 ack 1"));
        Assert.Equal(5, Info(peer).SlowStartThreshold);         // FlightSize/2: all that is not acknowledged counts
        peer.In("[.] 1 ack 10001");
        Assert.Equal(Info(peer).SlowStartThreshold, Info(peer).CongestionWindow);
    }

    // X-5681-5: with SACK: three segments reported above the hole; only the hole is sent again.
    [Theory, OnEveryWire]
    public void ThreeSackedSegments_ResendOnlyTheHole(string wire)
    {
        ScriptedPeer peer = Reno(wire, "mss 1000,sackOK", 10_000);
        Assert.Equal("", peer.In("[.] 1 ack 1 <sack 1001:2001>"));
        Assert.Equal("", peer.In("[.] 1 ack 1 <sack 1001:3001>"));
        Assert.Equal("[.] 1:1001 ack 1", peer.In("[.] 1 ack 1 <sack 1001:4001>"));
        for (int end = 5001; end <= 10_001; end += 1000)
        {
            Assert.Equal("", peer.In($"[.] 1 ack 1 <sack 1001:{end}>"));
        }

        Assert.Equal("", peer.In("[.] 1 ack 10001"));
        Assert.Equal((1, 0), (Info(peer).RetransmittedTotal, Info(peer).Unacked));
    }

    // X-6582-2: what is no duplicate: text, a changed window, nothing outstanding.
    [Theory, OnEveryWire]
    public void WindowUpdatesAndText_AreNoDuplicates(string wire)
    {
        ScriptedPeer peer = Reno(wire, octets: 10_000);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal("", peer.In($"[.] 1 ack 1 win {60_000 + i}"));
        }

        int at = 1;
        for (int i = 0; i < 10; i++, at++)
        {
            Assert.DoesNotContain("1:1001", peer.In($"[P.] {at}:{at + 1} ack 1 win 60009"), StringComparison.Ordinal);
        }

        ScriptedPeer idle = Reno(wire);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal("", idle.In("[.] 1 ack 1"));
        }

        Assert.Equal("", idle.Run(5));
    }

    // RFC 6582 §3.2: a partial acknowledgment resends the next hole at once.
    [Theory, OnEveryWire]
    public void PartialAck_WithoutSack_ResendsTheNextHole(string wire)
    {
        ScriptedPeer peer = Reno(wire, octets: 10_000);        // the first and the fifth are lost
        for (int i = 0; i < 8; i++)
        {
            peer.In("[.] 1 ack 1");
        }

        Assert.StartsWith("[.] 4001:5001 ack 1", peer.In("[.] 1 ack 4001"), StringComparison.Ordinal);
        peer.In("[.] 1 ack 10001");
        Assert.Equal(2, Info(peer).RetransmittedTotal);
    }

    // RFC 6582 §3.2: after a timeout three duplicates of retransmitted text do not start another recovery.
    [Theory, OnEveryWire]
    public void DuplicatesAfterATimeout_BelowRecover_DoNotEnterRecovery(string wire)
    {
        ScriptedPeer peer = Reno(wire, octets: 10_000);
        peer.Run(0.25);
        int threshold = Info(peer).SlowStartThreshold;
        peer.In("[.] 1 ack 1001");
        for (int i = 0; i < 5; i++)
        {
            peer.In("[.] 1 ack 1001");
        }

        Assert.Equal(threshold, Info(peer).SlowStartThreshold);
    }

    // X-5681-8: the timeout: one segment of window, ssthresh lowered once for the same segment. Then what is lost goes again; F-RTO, which would first try new text, is off.
    [Theory, OnEveryWire]
    public void Timeout_LeavesOneSegmentAndLowersTheThresholdOnce(string wire)
    {
        ScriptedPeer peer = Reno(wire, octets: 20_000, forwardRto: false);
        Assert.Equal("0.204 [.] 1:1001 ack 1", peer.Run(0.3));
        Assert.Equal((1, 5), (Info(peer).CongestionWindow, Info(peer).SlowStartThreshold));
        Assert.NotEqual("", peer.Run(2));
        Assert.Equal((1, 5), (Info(peer).CongestionWindow, Info(peer).SlowStartThreshold));
        Assert.Equal("[.] 1001:2001 ack 1\n[.] 2001:3001 ack 1", peer.In("[.] 1 ack 1001"));
    }

    // X-5681-8, X-5682-1: the same as the defaults have it: after two timeouts too the acknowledgment brings new text first, as Linux does; window and ssthresh are those of RFC 5681.
    [Theory, OnEveryWire]
    public void Timeout_ByDefault_IsTheSameAndNewTextGoesFirst(string wire)
    {
        ScriptedPeer peer = Reno(wire, octets: 20_000);
        Assert.Equal("0.204 [.] 1:1001 ack 1", peer.Run(0.3));
        Assert.Equal((1, 5), (Info(peer).CongestionWindow, Info(peer).SlowStartThreshold));
        Assert.Equal("0.612 [.] 1:1001 ack 1", peer.Run(0.5));
        Assert.Equal((1, 5), (Info(peer).CongestionWindow, Info(peer).SlowStartThreshold));
        Assert.Equal("[.] 10001:11001 ack 1\n[.] 11001:12001 ack 1", peer.In("[.] 1 ack 1001"));
        Assert.Equal((2, 5), (Info(peer).CongestionWindow, Info(peer).SlowStartThreshold));
    }

    // X-5681-2: congestion avoidance after a fast retransmit: one segment per window acknowledged, no more and no less.
    [Theory, OnEveryWire]
    public void CongestionAvoidance_AddsOneSegmentPerRoundTrip(string wire)
    {
        ScriptedPeer peer = Reno(wire, "mss 1000,sackOK", octets: 400_000);
        peer.In("[.] 1 ack 1 <sack 1001:10001>");
        peer.In("[.] 1 ack 10001");
        Assert.Equal(5, Info(peer).SlowStartThreshold);
        int acked = 10_001;
        for (int i = 0; i < 6 && Info(peer).CongestionWindow < 6; i++)
        {
            acked += 1000;                                      // what the end of recovery brought counts too
            peer.In($"[.] 1 ack {acked}");
        }

        int start = Info(peer).CongestionWindow;
        Assert.Equal(6, start);
        for (int round = 1; round <= 8; round++)
        {
            for (int i = 0; i < start + round - 1; i++)
            {
                Assert.Equal(start + round - 1, Info(peer).CongestionWindow);
                acked += 1000;
                peer.In($"[.] 1 ack {acked}");
            }

            Assert.Equal(start + round, Info(peer).CongestionWindow);
        }
    }

    // X-5681-7: after an idle time the window is not trusted.
    [Theory, OnEveryWire]
    public void AfterIdle_TheWindowFallsBackToTheInitialOne(string wire)
    {
        ScriptedPeer peer = Reno(wire, octets: 60_000);
        while (peer.Tcp.IsInFlight(peer.Iss + 60_000) || peer.Variables.SndNxt < 60_001)
        {
            peer.In($"[.] 1 ack {peer.Variables.SndNxt}");
        }

        Assert.True(Info(peer).CongestionWindow > 30);
        peer.Skip(60);
        Assert.Equal(10, Count(peer.Send(60_000)));
        ScriptedPeer off = ScriptedPeer.InState(wire, "ES", settings: new TcpSettings { SlowStartAfterIdle = false, SendBuffer = (4096, 1 << 20, 1 << 20) });
        off.Send(60_000);
        while (off.Variables.SndNxt < 60_001)
        {
            off.In($"[.] 1 ack {off.Variables.SndNxt}");
        }

        off.In("[.] 1 ack 60001");
        off.Skip(60);
        Assert.True(Count(off.Send(60_000)) > 30);
    }

    // X-6928-1, X-5681-3: one lost SYN is forgiven, two leave one segment.
    [Theory]
    [InlineData(0, 10)]
    [InlineData(1, 10)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    public void LostSyns_DecideTheInitialWindow(int lost, int segments)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = new(wire);
            peer.Open();
            peer.Run(lost + 0.5);
            Assert.Equal(1 + lost, peer.Emitted.Count);
            peer.In("[S.] 0 ack 1 <mss 1000>");
            Assert.Equal(segments, Count(peer.Send(15_000)));
        }
    }

    // X-2018-4, BUG-19: SACKed data is kept until it is acknowledged: a peer that throws it away gets it again.
    [Theory, OnEveryWire]
    public void SackedData_ThrownAwayByThePeer_IsSentAgain(string wire)
    {
        ScriptedPeer peer = Reno(wire, "mss 1000,sackOK", 5000);
        peer.In("[.] 1 ack 1 <sack 1001:5001>");                // the first is lost ...
        peer.In("[.] 1 ack 1001");                              // ... and repaired, but now the rest is gone
        int acked = 1001;
        for (int i = 0; i < 60 && acked < 5001; i++)
        {
            string sent = peer.Run(1);
            if (sent.Contains($"] {acked}:{acked + 1000} ack 1", StringComparison.Ordinal))
            {
                acked += 1000;
                peer.In($"[.] 1 ack {acked}");
            }
        }

        Assert.Equal(5001, acked);
        Assert.Equal(0, peer.LentWhenIdle);
    }

    // X-2018-5: after a timeout the first retransmission is always SND.UNA, and what was reported is not sent again. Without RACK, which would send it before the timeout.
    [Theory, OnEveryWire]
    public void Timeout_WithSackedSegments_BeginsAtSndUna(string wire)
    {
        TcpSettings settings = new() { CongestionControl = "reno", TailLossProbe = false, Recovery = TcpRecoveryMethods.None, SendBuffer = (4096, 1 << 20, 1 << 20) };
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,sackOK", settings);
        peer.Send(3000);
        peer.In("[.] 1 ack 1 <sack 1001:2001>");
        Assert.Equal("0.204 [.] 1:1001 ack 1", peer.Run(0.3));
        Assert.Equal("[P.] 2001:3001 ack 1", peer.In("[.] 1 ack 2001"));
    }

    // X-2018-5: the same as the defaults have it: RACK sends SND.UNA a quarter of the round trip after the report, and when that is lost too the timeout sends it again.
    [Theory, OnEveryWire]
    public void Timeout_ByDefault_AfterTheReorderingTimer_BeginsAtSndUna(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 10_000);
        peer.QuietUntil(0.1);
        peer.In("[.] 1 ack 1 <sack 1001:2001>");
        Assert.Equal("0.127 [.] 1:1001 ack 1", peer.RunUntil(0.3));
        Assert.Equal((9, 5), (Info(peer).CongestionWindow, Info(peer).SlowStartThreshold));
        Assert.Matches("^0\\.4[0-9]{2} \\[\\.\\] 1:1001 ack 1$", peer.RunUntil(0.6));
        Assert.Equal((1, 5), (Info(peer).CongestionWindow, Info(peer).SlowStartThreshold));
        Assert.Equal("[.] 2001:3001 ack 1\n[.] 3001:4001 ack 1", peer.In("[.] 1 ack 2001"));
    }

    // X-2018-6, BUG-01: blocks that cannot be are ignored: empty, reversed, below SND.UNA, beyond SND.NXT, around the circle.
    [Theory]
    [InlineData("sack 2001:2001")]
    [InlineData("sack 3001:2001")]
    [InlineData("sack -5000:-4000")]
    [InlineData("sack 4001:5002")]
    [InlineData("sack 100000:200000")]
    [InlineData("sack 1001:2000000000")]
    [InlineData("sack -2000000000:2000000000")]
    [InlineData("sack -1000:6000")]
    public void ImpossibleBlocks_AreIgnored(string block)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = Reno(wire, "mss 1000,sackOK", 5000);
            for (int i = 0; i < 5; i++)
            {
                Assert.Equal("", peer.In($"[.] 1 ack 1 <{block}>"));
            }

            Assert.Equal((0, 0), (Info(peer).Sacked, Info(peer).Lost));
            Assert.Equal(TcpState.Established, peer.State);
        }
    }

    // X-2883-2: a block below the acknowledgment, or inside the second block, reports a duplicate and is no new SACK.
    [Theory, OnEveryWire]
    public void DuplicateReports_AreNotTakenAsSack(string wire)
    {
        ScriptedPeer peer = Reno(wire, "mss 1000,sackOK", 5000);
        peer.In("[.] 1 ack 1001 <sack 1:1001>");
        Assert.Equal((0, 1), (Info(peer).Sacked, Info(peer).DsackDuplicates));
        peer.In("[.] 1 ack 1001 <sack 2001:3001,sack 2001:4001>");
        Assert.Equal((2, 2), (Info(peer).Sacked, Info(peer).DsackDuplicates));
    }
}

namespace Finwait.Tcp.Tests;

/// <summary>RACK (RFC 8985 §6): loss by the time of transmission. The round trip is 100 ms, so the settling time is 25 ms; Linux's timer adds 2 ms.</summary>
public sealed class RackTests
{
    // X-8985-5: one later segment has arrived: the hole is lost when the settling time is over, not before.
    [Theory, OnEveryWire]
    public void OneSegmentReported_TheHoleIsLostAfterTheSettlingTime(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 5000);
        peer.QuietUntil(0.1);
        Assert.Equal("", peer.In("[.] 1 ack 1 <sack 1001:2001>"));
        peer.QuietUntil(0.125);
        Assert.Equal("0.127 [.] 1:1001 ack 1", peer.RunUntil(0.2));
        Assert.Equal((CauseKind.ReorderingTimer, Rule.FastRetransmit), (peer.Emitted[^1].Cause.Kind, peer.Emitted[^1].Cause.Rule));
        Assert.Equal((1, 1), (peer.Info().Lost, peer.Info().RetransmittedNow));
    }

    // X-8985-5: the wait is counted from when the hole was sent, not from the report.
    [Theory, OnEveryWire]
    public void ReportThatComesLate_TheHoleIsLostAtOnce(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 1000);
        peer.QuietUntil(0.05);
        peer.Send(2000);
        peer.QuietUntil(0.2);
        Assert.Equal("[P.] 1:1001 ack 1", peer.In("[.] 1 ack 1 <sack 1001:2001>"));
    }

    // X-8985-1: without SACK no segment is found lost by time.
    [Theory, OnEveryWire]
    public void WithoutSack_OneDuplicateStartsNoTimer(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 5000, "mss 1000");
        peer.QuietUntil(0.1);
        peer.In("[.] 1 ack 1");
        Assert.Equal("0.300 [.] 1:1001 ack 1", peer.RunUntil(0.35));
    }

    // X-8985-1: send times are finer than a quarter of the shortest round trip: 400 µs here.
    [Theory, OnEveryWire]
    public void ShortRoundTrip_TheHoleIsLostAfterTheSettlingTime(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 5000, roundTrip: 0.0004);
        peer.QuietUntil(0.0004);
        peer.In("[.] 1 ack 1 <sack 1001:2001>");
        peer.QuietUntil(0.00249);
        Assert.EndsWith("[.] 1:1001 ack 1", peer.RunUntil(0.0026), StringComparison.Ordinal);
    }

    // X-8985-4: three reported and no reordering ever seen: no settling time. In recovery neither.
    [Theory, OnEveryWire]
    public void ThreeReported_WithoutReordering_NoSettlingTime(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 10_000);
        peer.QuietUntil(0.1);
        Assert.Equal("", peer.In("[.] 1 ack 1 <sack 1001:3001>"));
        Assert.Equal("[.] 1:1001 ack 1", peer.In("[.] 1 ack 1 <sack 1001:4001>"));
        peer.In("[.] 1 ack 1 <sack 5001:6001,sack 1001:4001>");
        Assert.Equal(2, peer.Info().Lost);                      // the second hole too, at once
    }

    // X-8985-4: tcp_recovery 5: the settling time is kept whatever is reported.
    [Theory, OnEveryWire]
    public void NoDuplicateThreshold_ThreeReported_WaitAllTheSame(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 5000, settings: PathPeer.Settings(s => s.Recovery = TcpRecoveryMethods.Rack | TcpRecoveryMethods.NoDuplicateThreshold));
        peer.QuietUntil(0.1);
        Assert.Equal("", peer.In("[.] 1 ack 1 <sack 1001:5001>"));
        Assert.Equal("0.127 [.] 1:1001 ack 1", peer.RunUntil(0.2));
    }

    // X-8985-3: a segment never sent again arrives after a later one: that is reordering, and from now on three reports do not suffice.
    [Theory, OnEveryWire]
    public void HoleFilledByTheOriginal_IsReorderingAndIsRemembered(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 2000);
        peer.QuietUntil(0.1);
        peer.In("[.] 1 ack 1 <sack 1001:2001>");
        Assert.Equal(0, peer.Info().ReorderSeen);
        peer.In("[.] 1 ack 2001");
        Assert.Equal((1, 0), (peer.Info().ReorderSeen, peer.Info().RetransmittedTotal));
        peer.Send(5000);
        peer.QuietUntil(0.2);
        Assert.Equal("", peer.In("[.] 1 ack 2001 <sack 3001:7001>"));
        Assert.Equal("0.227 [.] 2001:3001 ack 1", peer.RunUntil(0.3));
    }

    // X-8985-3: the same by a report: an older hole is reported after a newer segment.
    [Theory, OnEveryWire]
    public void HoleReportedLate_IsReordering(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 9000);
        peer.QuietUntil(0.1);
        peer.In("[.] 1 ack 1 <sack 5001:6001>");
        peer.In("[.] 1 ack 1 <sack 1001:2001,sack 5001:6001>");
        Assert.Equal(1, peer.Info().ReorderSeen);
        Assert.Equal(5, peer.Info().Reordering);                // RACK.fack − the late one, in segments
    }

    // X-8985-3: what was sent again proves nothing.
    [Theory, OnEveryWire]
    public void HoleFilledByARetransmission_IsNoReordering(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 5000);
        peer.QuietUntil(0.1);
        Assert.NotEqual("", peer.In("[.] 1 ack 1 <sack 1001:5001>"));
        peer.RunUntil(0.2);
        peer.In("[.] 1 ack 5001");
        Assert.Equal((0, 3), (peer.Info().ReorderSeen, peer.Info().Reordering));
    }

    // X-8985-4: each round with a duplicate report widens the settling time by a quarter; after 16 recoveries without one it is a quarter again.
    [Theory, OnEveryWire]
    public void DuplicateReports_WidenTheSettlingTime_ForSixteenRecoveries(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 2000);
        peer.QuietUntil(0.1);
        peer.In("[.] 1 ack 1 <sack 1001:2001>");
        peer.In("[.] 1 ack 2001");                              // reordering
        double at = 0.1;
        int una = 2001;
        LoseTheFirstOfTwo(peer, ref at, ref una, 0.027, duplicate: true);
        for (int recovery = 1; recovery <= 16; recovery++)
        {
            LoseTheFirstOfTwo(peer, ref at, ref una, 0.052, duplicate: false);
        }

        LoseTheFirstOfTwo(peer, ref at, ref una, 0.027, duplicate: false);
    }

    // X-8985-4: tcp_recovery 3: it stays as it is.
    [Theory, OnEveryWire]
    public void StaticWindow_DuplicateReports_ChangeNothing(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 2000, settings: PathPeer.Settings(s => s.Recovery = TcpRecoveryMethods.Rack | TcpRecoveryMethods.StaticReorderingWindow));
        peer.QuietUntil(0.1);
        peer.In("[.] 1 ack 1 <sack 1001:2001>");
        peer.In("[.] 1 ack 2001");
        double at = 0.1;
        int una = 2001;
        LoseTheFirstOfTwo(peer, ref at, ref una, 0.027, duplicate: true);
        LoseTheFirstOfTwo(peer, ref at, ref una, 0.027, duplicate: false);
    }

    // X-8985-5, X-5681-9: a retransmission is lost too when what was sent after it has arrived; and the window is reduced again only in the next round.
    [Theory, OnEveryWire]
    public void LostRetransmission_IsFoundByWhatWasSentAfterIt(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 30_000);
        peer.QuietUntil(0.1);
        string later = peer.In("[.] 1 ack 1 <sack 1001:4001>");
        Assert.StartsWith("[.] 1:1001 ack 1", later, StringComparison.Ordinal);
        peer.QuietUntil(0.101);
        for (int end = 5001; end <= 10_001; end += 1000)
        {
            later += peer.In($"[.] 1 ack 1 <sack 1001:{end}>");
        }

        Assert.Contains("[.] 10001:11001 ack 1", later, StringComparison.Ordinal);
        peer.QuietUntil(0.2);
        Assert.StartsWith("[.] 1:1001 ack 1", peer.In("[.] 1 ack 1 <sack 1001:12001>"), StringComparison.Ordinal);
        Assert.Equal(2, peer.Info().RetransmittedTotal);
        Assert.Equal(5, peer.Info().SlowStartThreshold);
    }

    // X-8985-2: an acknowledgment faster than the path is for the original: what was sent shortly before the retransmission is not late.
    [Theory]
    [InlineData(0.02, false)]
    [InlineData(0.11, true)]
    public void AckFasterThanThePath_DoesNotMakeOthersLate(double roundTrip, bool isLate)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = PathPeer.Open(wire, 2000);
            peer.QuietUntil(0.1);
            peer.In("[.] 1 ack 1 <sack 1001:2001>");
            peer.QuietUntil(0.11);
            peer.Send(2000);                                    // sent 17 ms before the retransmission
            Assert.Equal("0.127 [.] 1:1001 ack 1", peer.RunUntil(0.1275));
            peer.QuietUntil(0.127 + roundTrip);
            peer.In("[.] 1 ack 2001");
            Assert.Equal(isLate ? 2 : 0, peer.Info().Lost);     // in recovery there is no settling time
        }
    }

    // X-8985-2: the echoed time tells the original apart.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(127, 2)]
    public void EchoOfTheOriginal_DoesNotCountForTheRetransmission(int echo, int lost)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = PathPeer.Open(wire, 0, "mss 1012,sackOK,TS 7/last");
            long sentAt = peer.Now.Milliseconds;
            peer.Send(2000);
            peer.QuietUntil(0.1);
            peer.In($"[.] 1 ack 1 <TS 8/{sentAt},sack 1001:2001>");
            peer.QuietUntil(0.11);
            peer.Send(2000);
            Assert.Equal("0.127 [.] 1:1001 ack 1", peer.RunUntil(0.1275));
            peer.QuietUntil(0.24);                              // more than a round trip after the retransmission
            peer.In($"[.] 1 ack 2001 <TS 8/{sentAt + echo}>");
            Assert.Equal(lost, peer.Info().Lost);
        }
    }

    // X-8985-6: the timeout: the oldest is lost, and what is older than the round trip; what was sent just now is not.
    [Theory, OnEveryWire]
    public void Timeout_MarksWhatIsOverdue_NotWhatWasJustSent(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 2000);
        peer.QuietUntil(0.25);
        peer.Send(3000);
        Assert.Equal("0.300 [.] 1:1001 ack 1", peer.RunUntil(0.31));
        Assert.Equal((2, 5), (peer.Info().Lost, peer.Info().Unacked));
    }

    // X-8985-10: one timer: while the settling time runs there is no probe and no timeout; then the timeout.
    [Theory, OnEveryWire]
    public void SettlingTime_ProbeAndTimeout_AreOneTimer(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 3000, settings: PathPeer.Settings(s => s.TailLossProbe = true));
        peer.QuietUntil(0.19);                                  // the probe is due at 0.208, the timeout at 0.300
        Assert.Equal("", peer.In("[.] 1 ack 1 <sack 1001:2001>"));
        peer.QuietUntil(0.216);
        Assert.Equal("0.217 [.] 1:1001 ack 1", peer.RunUntil(0.4));
    }

    private static string Sorted(string lines) => string.Join('\n', lines.Split('\n').Order(StringComparer.Ordinal));

    /// <summary>Two segments, the last one reported after a round trip; the retransmission of the first goes after the settling time and fills the hole, as a duplicate or not.</summary>
    private static void LoseTheFirstOfTwo(ScriptedPeer peer, ref double at, ref int una, double settling, bool duplicate)
    {
        peer.Send(2000);
        peer.QuietUntil(at + 0.1);
        peer.In($"[.] 1 ack {una} <sack {una + 1000}:{una + 2000}>");
        peer.QuietUntil(at + 0.1 + settling - 0.001);
        Assert.EndsWith($"[.] {una}:{una + 1000} ack 1", peer.RunUntil(at + 0.1 + settling + 0.001), StringComparison.Ordinal);
        at = (peer.Now - peer.Zero).TotalSeconds + 0.1;
        peer.RunUntil(at);
        peer.In(duplicate ? $"[.] 1 ack {una + 2000} <sack {una}:{una + 1000}>" : $"[.] 1 ack {una + 2000}");
        una += 2000;
    }
}

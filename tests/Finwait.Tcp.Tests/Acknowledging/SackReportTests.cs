namespace Finwait.Tcp.Tests;

/// <summary>SACK blocks of our acknowledgments (RFC 2018 §4 and the examples of §7; RFC 2883 §4).</summary>
public sealed class SackReportTests
{
    /// <summary>RCV.NXT is 5000, as in the examples; everything before it was read.</summary>
    private static ScriptedPeer At5000(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1460,sackOK");
        for (int at = 1; at < 5000; at += 1000)
        {
            peer.In($"[.] {at}:{Math.Min(at + 1000, 5000)} ack 1");
        }

        peer.ReadAll();
        peer.Sent();
        peer.Run(0.3);
        return peer;
    }

    private static string Segment(int start) => $"[.] {start}:{start + 500} ack 1";

    // X-2018-2, RFC 2018 §7 case 1: the last four of eight segments are lost: nothing to report.
    [Theory, OnEveryWire]
    public void Rfc2018Case1_LastFourLost_NoBlocks(string wire)
    {
        ScriptedPeer peer = At5000(wire);
        string answers = string.Join("\n", new[] { 5000, 5500, 6000, 6500 }.Select(start => peer.In(Segment(start)))) + peer.Run(0.3);
        Assert.DoesNotContain("sack", answers, StringComparison.Ordinal);
        Assert.EndsWith("ack 7000", answers, StringComparison.Ordinal);
    }

    // X-2018-2, RFC 2018 §7 case 2: the first of eight is lost.
    [Theory, OnEveryWire]
    public void Rfc2018Case2_FirstLost_OneGrowingBlock(string wire)
    {
        ScriptedPeer peer = At5000(wire);
        Assert.Equal("[.] 1 ack 5000 <sack 5500:6000>", peer.In(Segment(5500)));
        Assert.Equal("[.] 1 ack 5000 <sack 5500:6500>", peer.In(Segment(6000)));
        Assert.Equal("[.] 1 ack 5000 <sack 5500:7000>", peer.In(Segment(6500)));
        Assert.Equal("[.] 1 ack 5000 <sack 5500:7500>", peer.In(Segment(7000)));
        Assert.Equal("[.] 1 ack 5000 <sack 5500:8000>", peer.In(Segment(7500)));
        Assert.Equal("[.] 1 ack 5000 <sack 5500:8500>", peer.In(Segment(8000)));
        Assert.Equal("[.] 1 ack 5000 <sack 5500:9000>", peer.In(Segment(8500)));
    }

    // X-2018-2, RFC 2018 §7 case 3: the second, fourth, sixth and eighth are lost; then the fourth arrives, then the second.
    [Theory, OnEveryWire]
    public void Rfc2018Case3_EverySecondLost_MostRecentBlockFirst(string wire)
    {
        ScriptedPeer peer = At5000(wire);
        peer.In(Segment(5000));
        Assert.Equal("[.] 1 ack 5500 <sack 6000:6500>", peer.In(Segment(6000)));
        Assert.Equal("[.] 1 ack 5500 <sack 7000:7500,sack 6000:6500>", peer.In(Segment(7000)));
        Assert.Equal("[.] 1 ack 5500 <sack 8000:8500,sack 7000:7500,sack 6000:6500>", peer.In(Segment(8000)));
        Assert.Equal("[.] 1 ack 5500 <sack 6000:7500,sack 8000:8500>", peer.In(Segment(6500)));
        Assert.Equal("[.] 1 ack 7500 <sack 8000:8500>", peer.In(Segment(5500)));
    }

    // X-2018-1: only if the peer permitted it, and the permission counts only on a SYN.
    [Theory, OnEveryWire]
    public void WithoutPermission_NothingIsReported(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000");
        peer.In("[.] 1 ack 1 <sackOK>");
        Assert.Equal("[.] 1 ack 1", peer.In("[P.] 11:21 ack 1"));
        ScriptedPeer off = ScriptedPeer.InState(wire, "ES", "mss 1000,sackOK", new TcpSettings { Sack = false });
        Assert.Equal("[.] 1 ack 1", off.In("[P.] 11:21 ack 1"));
    }

    // X-2018-3: on every acknowledgment while something is held, on text too.
    [Theory, OnEveryWire]
    public void WhileDataIsHeld_EverySegmentReportsIt(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,sackOK");
        peer.In("[P.] 11:21 ack 1");
        Assert.Equal("[P.] 1:101 ack 1 <sack 11:21>", peer.Send(100));
        Assert.Equal("[.] 101 ack 1 <sack 11:21>", peer.In("[R] 15"));
        Assert.Equal("0.200 [P.] 1:101 ack 1 <sack 11:21>", peer.Run(0.3).Split('\n')[0]);
        Assert.EndsWith("<sack 11:21>", peer.Shutdown(), StringComparison.Ordinal);
        peer.In("[P.] 1:11 ack 1");
        Assert.DoesNotContain("sack", peer.Run(1), StringComparison.Ordinal);
    }

    // X-2018-2: as many as fit, the newest first, the oldest forgotten.
    [Theory, OnEveryWire]
    public void ManyHoles_TheFourMostRecentBlocksAreReported(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,sackOK");
        for (int at = 11; at < 81; at += 10)
        {
            peer.In($"[P.] {at}:{at + 2} ack 1");
        }

        Assert.Equal("[.] 1 ack 1 <sack 101:102,sack 71:73,sack 61:63,sack 51:53>", peer.In("[P.] 101:102 ack 1"));
        Assert.Equal("[.] 1 ack 1 <sack 31:34,sack 101:102,sack 71:73,sack 61:63>", peer.In("[P.] 33:34 ack 1"));
    }

    // X-2018-2: a block that the newest one swallows is not reported beside it.
    [Theory, OnEveryWire]
    public void BlocksThatJoin_AreReportedAsOne(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,sackOK");
        peer.In("[P.] 11:21 ack 1");
        peer.In("[P.] 31:41 ack 1");
        peer.In("[P.] 51:61 ack 1");
        Assert.Equal("[.] 1 ack 1 <sack 11:61>", peer.In("[P.] 15:55 ack 1").Replace(",sack 15:21", "", StringComparison.Ordinal).Replace("sack 15:21,", "", StringComparison.Ordinal));
    }

    // X-2883-1, RFC 2883 §4.1 example 1: a segment below the cumulative acknowledgment came twice.
    [Theory, OnEveryWire]
    public void Rfc2883_DuplicateBelowTheAck_IsReportedFirstAndOnce(string wire)
    {
        ScriptedPeer peer = At5000(wire);
        peer.In(Segment(5000));
        peer.In(Segment(5500));
        peer.Run(0.3);
        Assert.Equal("[.] 1 ack 6000 <sack 5000:5500>", peer.In(Segment(5000)));
        peer.In(Segment(6000));
        Assert.DoesNotContain("sack", peer.Run(0.3) + peer.Emitted[^1].Options.SackCount, StringComparison.Ordinal);
        Assert.Equal(0, peer.Emitted[^1].Options.SackCount);
    }

    // X-2883-1, RFC 2883 §4.1 example 2: below a hole: the duplicate first, then the block above.
    [Theory, OnEveryWire]
    public void Rfc2883_DuplicateBelowAHole_IsFollowedByTheBlockAbove(string wire)
    {
        ScriptedPeer peer = At5000(wire);
        peer.In(Segment(5000));
        Assert.Equal("[.] 1 ack 5500 <sack 6000:6500>", peer.In(Segment(6000)));
        Assert.Equal("[.] 1 ack 5500 <sack 6000:7000>", peer.In(Segment(6500)));
        Assert.Equal("[.] 1 ack 5500 <sack 5000:5500,sack 6000:7000>", peer.In(Segment(5000)));
        Assert.Equal("[.] 1 ack 5500 <sack 6000:7500>", peer.In(Segment(7000)));
    }

    // X-2883-1, RFC 2883 §4.1 example 3: above a hole: the duplicate first, then the block that holds it, then the others.
    [Theory, OnEveryWire]
    public void Rfc2883_DuplicateAboveAHole_IsFollowedByTheBlockThatHoldsIt(string wire)
    {
        ScriptedPeer peer = At5000(wire);
        peer.In(Segment(5500));
        peer.In(Segment(6000));
        peer.In(Segment(6500));
        peer.In(Segment(8000));
        Assert.Equal("[.] 1 ack 5000 <sack 5500:6000,sack 5500:7000,sack 8000:8500>", peer.In(Segment(5500)));
        Assert.Equal("[.] 1 ack 5000 <sack 5500:7500,sack 8000:8500>", peer.In(Segment(7000)));
    }

    // X-2883-1, RFC 2883 §4.2: only a part came twice, below the acknowledgment.
    [Theory, OnEveryWire]
    public void Rfc2883_PartlyDuplicateBelowTheAck_ReportsThePart(string wire)
    {
        ScriptedPeer peer = At5000(wire);
        peer.In("[.] 5000:5500 ack 1");
        peer.In("[.] 6500:7000 ack 1");
        Assert.Equal("[.] 1 ack 6000 <sack 5000:5500,sack 6500:7000>", peer.In("[.] 5000:6000 ack 1"));
    }

    // X-2883-1, RFC 2883 §4.2: only a part came twice, above the hole.
    [Theory, OnEveryWire]
    public void Rfc2883_PartlyDuplicateAboveAHole_ReportsThePartThenTheBlock(string wire)
    {
        ScriptedPeer peer = At5000(wire);
        peer.In("[.] 5500:6500 ack 1");
        Assert.Equal("[.] 1 ack 5000 <sack 6000:6500,sack 5500:7000>", peer.In("[.] 6000:7000 ack 1"));
    }

    // X-2883-1, SM-SEQ-9: behind the peer's FIN too.
    [Theory, OnEveryWire]
    public void Rfc2883_DuplicateAfterTheFin_IsReportedAtItsPlace(string wire)
    {
        ScriptedPeer peer = At5000(wire);
        peer.In("[FP.] 5000:5500 ack 1");
        peer.Run(0.3);
        Assert.Equal("[.] 1 ack 5501 <sack 5000:5500>", peer.In("[FP.] 5000:5500 ack 1"));
        Assert.Equal("[.] 1 ack 5501 <sack 5200:5500>", peer.In("[P.] 5200:5500 ack 1"));
    }
}

namespace Finwait.Tcp.Tests;

/// <summary>Losses that were none: F-RTO (RFC 5682), Eifel (RFC 3522, 4015), DSACK (RFC 2883). The round trip is 100 ms and the timeout 300 ms.</summary>
public sealed class SpuriousTests
{
    // X-5682-1: after the timeout one segment goes again; its acknowledgment brings new text, and one more for text never sent again proves the timeout wrong.
    [Theory, OnEveryWire(In = "mss_1000 mss_1000,sackOK")]
    public void SpuriousTimeout_NewTextGoesFirst_ThenAllIsAsBefore(string wire, string options)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 30_000, options.Replace('_', ' '));
        Assert.Equal("0.300 [.] 1:1001 ack 1", peer.RunUntil(0.35));
        Assert.Equal((1, 5), (peer.Info().CongestionWindow, peer.Info().SlowStartThreshold));
        Assert.Equal("[.] 10001:11001 ack 1\n[.] 11001:12001 ack 1", peer.In("[.] 1 ack 1001"));
        string next = peer.In("[.] 1 ack 2001");
        Assert.StartsWith("[.] 12001:13001 ack 1", next, StringComparison.Ordinal);
        Assert.Equal((1, int.MaxValue), (peer.Info().RetransmittedTotal, peer.Info().SlowStartThreshold));
        Assert.InRange(peer.Info().CongestionWindow, 10, 12);
        Assert.Equal(0, peer.Info().Lost);
    }

    // X-5682-1: a duplicate after the new text: the loss was real, at most three segments of window.
    [Theory, OnEveryWire]
    public void RealTimeout_DuplicateAfterTheNewText_RecoversAsUsual(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 30_000, "mss 1000");
        peer.RunUntil(0.4);
        Assert.Equal("[.] 10001:11001 ack 1\n[.] 11001:12001 ack 1", peer.In("[.] 1 ack 1001"));
        Assert.Equal("[.] 1001:2001 ack 1", peer.In("[.] 1 ack 1001"));
        Assert.Equal(5, peer.Info().SlowStartThreshold);
        Assert.InRange(peer.Info().CongestionWindow, 1, 3);
    }

    // X-5682-1: the same with SACK: the new text is reported, nothing of the old.
    [Theory, OnEveryWire]
    public void RealTimeout_OnlyTheNewTextReported_RecoversAsUsual(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 30_000);
        peer.RunUntil(0.4);
        Assert.Equal("[.] 10001:11001 ack 1\n[.] 11001:12001 ack 1", peer.In("[.] 1 ack 1001"));
        Assert.StartsWith("[.] 1001:2001 ack 1", peer.In("[.] 1 ack 1001 <sack 10001:11001>"), StringComparison.Ordinal);
        Assert.Equal(5, peer.Info().SlowStartThreshold);
    }

    // X-5682-1: nothing new to send: the usual recovery at once.
    [Theory, OnEveryWire]
    public void NothingNewToSend_RecoversAsUsual(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 10_000);
        peer.RunUntil(0.4);
        Assert.Equal("[.] 1001:2001 ack 1\n[.] 2001:3001 ack 1", peer.In("[.] 1 ack 1001"));
    }

    // X-5682-1: the acknowledgment of everything ends the matter.
    [Theory, OnEveryWire]
    public void AllAcknowledgedAtOnce_EndsTheRecovery(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 10_000);
        peer.RunUntil(0.4);
        peer.In("[.] 1 ack 10001");
        Assert.Equal((0, 0, 1), (peer.Info().Unacked, peer.Info().Lost, peer.Info().RetransmittedTotal));
    }

    // X-5682-1: tcp_frto 0.
    [Theory, OnEveryWire]
    public void SwitchedOff_LostSegmentsFirst(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 30_000, settings: PathPeer.Settings(s => s.ForwardRto = false));
        peer.RunUntil(0.4);
        Assert.Equal("[.] 1001:2001 ack 1\n[.] 2001:3001 ack 1", peer.In("[.] 1 ack 1001"));
    }

    // X-3522-1, X-4015-1: the first acknowledgment echoes a time before the retransmission: window and ssthresh are back, and new text goes on.
    [Theory, OnEveryWire]
    public void EchoOfTheOriginal_AfterATimeout_UndoesIt(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 0, "mss 1012,sackOK,TS 7/last");
        long sentAt = peer.Now.Milliseconds;
        peer.Send(30_000);
        peer.RunUntil(0.35);
        Assert.Equal((1, 5), (peer.Info().CongestionWindow, peer.Info().SlowStartThreshold));
        Assert.StartsWith("[.] 10001:11001 ack 1", peer.In($"[.] 1 ack 1001 <TS 8/{sentAt}>"), StringComparison.Ordinal);
        Assert.Equal((int.MaxValue, 0, 1), (peer.Info().SlowStartThreshold, peer.Info().Lost, peer.Info().RetransmittedTotal));
        Assert.InRange(peer.Info().CongestionWindow, 10, 11);
        Assert.Equal(0, peer.Info().Backoff);
    }

    // X-3522-1: the echo of the retransmission is no such sign.
    [Theory, OnEveryWire]
    public void EchoOfTheRetransmission_AfterATimeout_KeepsTheReduction(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 0, "mss 1012,sackOK,TS 7/last");
        peer.Send(10_000);
        peer.RunUntil(0.4);
        Assert.Equal("[.] 1001:2001 ack 1\n[.] 2001:3001 ack 1", peer.In("[.] 1 ack 1001 <TS 8/last>"));
        Assert.Equal(5, peer.Info().SlowStartThreshold);
    }

    // X-3522-1: the same in fast recovery: the hole was only late.
    [Theory, OnEveryWire]
    public void EchoOfTheOriginal_InFastRecovery_UndoesIt(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 0, "mss 1012,sackOK,TS 7/last");
        long sentAt = peer.Now.Milliseconds;
        peer.Send(10_000);
        peer.QuietUntil(0.1);
        Assert.Equal("[.] 1:1001 ack 1", peer.In($"[.] 1 ack 1 <TS 8/{sentAt},sack 1001:4001>"));
        Assert.Equal(5, peer.Info().SlowStartThreshold);
        peer.QuietUntil(0.11);
        peer.In($"[.] 1 ack 10001 <TS 9/{sentAt}>");
        Assert.Equal(int.MaxValue, peer.Info().SlowStartThreshold);
        Assert.InRange(peer.Info().CongestionWindow, 10, 20);
    }

    // X-4015-1, X-2883-2: every retransmission is reported as a duplicate: none was needed.
    [Theory, OnEveryWire]
    public void DuplicateReported_OfTheOnlyRetransmission_UndoesTheReduction(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 10_000);
        peer.QuietUntil(0.1);
        peer.In("[.] 1 ack 1 <sack 1001:4001>");
        peer.QuietUntil(0.11);
        peer.In("[.] 1 ack 10001");
        Assert.Equal((5, 6), (peer.Info().SlowStartThreshold, peer.Info().CongestionWindow));   // recovery ends at ssthresh, and Reno adds one for a window of five within the seven acknowledged, as Linux does
        peer.QuietUntil(0.2);
        peer.In("[.] 1 ack 10001 <sack 1:1001>");
        Assert.Equal((int.MaxValue, 10), (peer.Info().SlowStartThreshold, peer.Info().CongestionWindow));
    }

    // X-2883-2: one of two is reported: the other was needed.
    [Theory, OnEveryWire]
    public void DuplicateReported_OfOneOfTwo_KeepsTheReduction(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 10_000);
        peer.QuietUntil(0.1);
        peer.In("[.] 1 ack 1 <sack 2001:6001>");
        peer.In("[.] 1 ack 1 <sack 2001:8001>");
        Assert.Equal(2, peer.Info().RetransmittedTotal);
        peer.QuietUntil(0.2);
        peer.In("[.] 1 ack 10001");
        peer.In("[.] 1 ack 10001 <sack 1:1001>");
        Assert.Equal(5, peer.Info().SlowStartThreshold);
    }
}

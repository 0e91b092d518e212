namespace Finwait.Tcp.Tests;

/// <summary>SEGMENT ARRIVES in CLOSED (RFC 9293 §3.10.7.1) and the resets of §3.5.2 group 1.</summary>
public sealed class ArrivesInClosedTests
{
    // SM-SEG-CL-1, SM-RG-1, BUG-11
    [Theory, OnEveryWire]
    public void Reset_InClosed_IsDroppedSilently(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "CL");
        Assert.Equal("", peer.In("[R] 5"));
        Assert.Equal("", peer.In("[R.] 5 ack 7"));
        Assert.Equal("", peer.In("[SR] 5"));
    }

    // SM-SEG-CL-2, SM-RG-2, SM-RG-5
    [Theory]
    [InlineData("[S] 5", 6)]
    [InlineData("[F] 5", 6)]
    [InlineData("[SF] 5", 7)]
    [InlineData("[P] 5:15", 15)]
    [InlineData("[SFP] 5:15", 17)]
    [InlineData("[] 5", 5)]
    public void SegmentWithoutAck_InClosed_IsResetWithSeqZeroAndAckBehindTheSegment(string segment, int ack)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, "CL");
            peer.ShowWindow = peer.ShowOptions = true;
            Assert.Equal($"[R.] =0 ack {ack} win 0", peer.In(segment));
        }
    }

    // SM-SEG-CL-3, SM-RG-2, SM-RG-5
    [Theory]
    [InlineData("[.] 5 ack 7")]
    [InlineData("[P.] 5:15 ack 7")]
    [InlineData("[S.] 5 ack 7")]
    [InlineData("[F.] 5 ack 7")]
    public void SegmentWithAck_InClosed_IsResetAtItsAcknowledgmentWithoutAck(string segment)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, "CL");
            peer.ShowWindow = peer.ShowOptions = true;
            Assert.Equal("[R] 7 win 0", peer.In(segment));
            Assert.Equal(TcpState.Closed, peer.State);
        }
    }

    // SM-SC-5: the peer of a connection that is gone learns it with its next segment.
    [Theory, OnEveryWire]
    public void Segment_AfterTheConnectionWasDeleted_IsReset(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "LA");
        peer.In("[.] 2 ack 2");
        Assert.Equal(TcpState.Closed, peer.State);
        Assert.Equal("[R] 2", peer.In("[.] 2 ack 2"));
        Assert.Equal("", peer.In("[R] 2"));
    }
}

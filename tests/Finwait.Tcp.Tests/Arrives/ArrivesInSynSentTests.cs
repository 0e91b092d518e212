namespace Finwait.Tcp.Tests;

/// <summary>SEGMENT ARRIVES in SYN-SENT (RFC 9293 §3.10.7.3), its checks in their order.</summary>
public sealed class ArrivesInSynSentTests
{
    // SM-SEG-SS-1, SM-RG-3, SM-SC-3: below and above what was sent; text, FIN and even SYN make no difference.
    [Theory]
    [InlineData("[.] 5 ack 0", "[R] 0")]
    [InlineData("[.] 5 ack -1", "[R] -1")]
    [InlineData("[.] 5 ack 2", "[R] 2")]
    [InlineData("[S.] 0 ack 0", "[R] 0")]
    [InlineData("[S.] 0 ack 2", "[R] 2")]
    [InlineData("[FP.] 5:9 ack 2", "[R] 2")]
    [InlineData("[.] 5 ack 2000000000", "[R] 2000000000")]
    [InlineData("[.] 5 ack -2000000000", "[R] -2000000000")]
    public void UnacceptableAck_InSynSent_IsResetAndTheStateStays(string segment, string reset)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
            Assert.Equal(reset, peer.In(segment));
            Assert.Equal(TcpState.SynSent, peer.State);
            Assert.Equal("[.] 1 ack 1", peer.In("[S.] 0 ack 1 <mss 1000>"));
        }
    }

    // SM-SEG-SS-1, SM-RG-1
    [Theory, OnEveryWire]
    public void ResetWithUnacceptableAck_InSynSent_IsDropped(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
        Assert.Equal("", peer.In("[R.] 0 ack 0"));
        Assert.Equal("", peer.In("[R.] 0 ack 2"));
        Assert.Equal("", peer.In("[SR.] 0 ack 2"));
        Assert.Equal(TcpState.SynSent, peer.State);
    }

    // SM-SEG-SS-1, SM-SC-4: the SYN goes on being repeated, soon after the answer of an older connection (Linux: about 10 ms), then as ever.
    [Theory, OnEveryWire]
    public void UnacceptableAck_InSynSent_SynIsRepeatedSoonAndThenEverySecond(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
        peer.In("[.] 500 ack 700");
        Assert.Equal("0.008 [S] 0\n1.008 [S] 0\n2.008 [S] 0", peer.Run(2.5));
        peer.In("[.] 500 ack 700");
        Assert.Equal("3.008 [S] 0", peer.Run(1));
    }

    // SM-SEG-SS-2: what is queued makes no difference.
    [Theory, OnEveryWire]
    public void AckOfTheSyn_WithTextQueued_IsAcceptable(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
        peer.Send(5);
        Assert.Equal("[P.] 1:6 ack 1", peer.In("[S.] 0 ack 1 <mss 1000>"));
        Assert.Equal(TcpState.Established, peer.State);
    }

    // SM-SEG-SS-3
    [Theory, OnEveryWire]
    public void ResetWithAcceptableAck_InSynSent_RefusesTheConnection(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
        peer.Send(10);
        Assert.Equal("", peer.In("[R.] 0 ack 1"));
        Assert.Equal((TcpState.Closed, TcpError.Refused), (peer.State, peer.Tcp.Error));
        Assert.Equal("Readable Writable Failed StateChanged", peer.TakeEvents());
        Assert.True(peer.Tcp.NextDeadline.IsNever);
        Assert.Equal(0, peer.LentWhenIdle);
    }

    // SM-SEG-SS-4: without an acknowledgment a reset proves nothing.
    [Theory, OnEveryWire]
    public void ResetWithoutAck_InSynSent_IsDropped(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
        Assert.Equal("", peer.In("[R] 0"));
        Assert.Equal("", peer.In("[SR] 0"));
        Assert.Equal(TcpState.SynSent, peer.State);
        Assert.Equal("1.000 [S] 0", peer.Run(1));
    }

    // SM-SEG-SS-6
    [Theory, OnEveryWire]
    public void SynAck_InSynSent_EstablishesAndIsAcknowledged(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
        Assert.Equal("[.] 1 ack 1", peer.In("[S.] 0 ack 1 <mss 1000>"));
        Assert.Equal(TcpState.Established, peer.State);
        Assert.False(peer.Tcp.IsInFlight(peer.Iss));            // SND.UNA = SEG.ACK
        Assert.Equal("Connected Writable StateChanged", peer.TakeEvents());
        Assert.True(peer.Tcp.NextDeadline.IsNever);
    }

    // SM-SEG-SS-6, X-7323-2, BUG-15: the window of a SYN-ACK is never scaled.
    [Theory, OnEveryWire]
    public void SynAck_WithScaleAndSmallWindow_LimitsTheFirstFlightUnscaled(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
        peer.Send(5000);
        Assert.Equal("[.] 1:1001 ack 1", peer.In("[S.] 0 ack 1 win 1000 <mss 1000,ws 7>"));
        Assert.Equal("[.] 1001:2001 ack 1\n[.] 2001:3001 ack 1\n[.] 3001:4001 ack 1\n[P.] 4001:5001 ack 1", peer.In("[.] 1 ack 1001 win 1000"));
    }

    // SM-SEG-SS-7, MUST-10
    [Theory, OnEveryWire]
    public void SynWithoutAck_InSynSent_OpensSimultaneously(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
        peer.Send(5000);
        Assert.Equal("[S.] 0 ack 1", peer.In("[S] 0 win 1000 <mss 1000,ws 7>"));
        Assert.Equal((TcpState.SynReceived, false), (peer.State, peer.Tcp.WasPassive));
        Assert.Equal((1, 1), peer.Variables);                   // the same ISS: no second SYN is counted
        Assert.Equal("[.] 1:1001 ack 1", peer.In("[S.] 0 ack 1 win 1000 <mss 1000,ws 7>"));
        Assert.Equal(TcpState.Established, peer.State);
    }

    // SM-SEG-SS-7: text on the crossing SYN is left for later, and delivered once.
    [Theory, OnEveryWire]
    public void SynWithText_InSynSent_TextIsDeliveredOnceAfterTheHandshake(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
        Assert.Equal("[S.] 0 ack 1", peer.In("[S] 0:10 <mss 1000>"));
        peer.In("[P.] 1:11 ack 1");
        Assert.Equal((TcpState.Established, 10), (peer.State, peer.ReadAll()));
    }

    // SM-SEG-SS-8
    [Theory]
    [InlineData("[.] 0 ack 1")]
    [InlineData("[P.] 0:10 ack 1")]
    [InlineData("[F.] 0 ack 1")]
    [InlineData("[F] 0")]
    [InlineData("[P] 0:10")]
    [InlineData("[] 0")]
    public void NeitherSynNorRst_InSynSent_IsDropped(string segment)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
            Assert.Equal("", peer.In(segment));
            Assert.Equal(TcpState.SynSent, peer.State);
            Assert.Equal("1.000 [S] 0", peer.Run(1));
        }
    }

    // SM-SEG-SS-9
    [Theory, OnEveryWire]
    public void SynAckWithText_InSynSent_TextIsDelivered(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
        Assert.Equal("[.] 1 ack 11", peer.In("[S.] 0:10 ack 1 <mss 1000>"));
        Assert.Equal((TcpState.Established, 10), (peer.State, peer.ReadAll()));
    }

    // SM-SEG-SS-9
    [Theory, OnEveryWire]
    public void SynAckWithTextAndFin_InSynSent_LeadsToCloseWait(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
        Assert.Equal("[.] 1 ack 12", peer.In("[SF.] 0:10 ack 1 <mss 1000>"));
        Assert.Equal(TcpState.CloseWait, peer.State);
        Assert.Contains("Connected", peer.TakeEvents(), StringComparison.Ordinal);
        Assert.Equal(10, peer.ReadAll());
        Assert.True(peer.Tcp.AtEndOfStream);
    }

    // RFC 7323: a SYN-ACK that echoes a timestamp never sent answers another SYN; an echo of 0 is what some peers send, and passes.
    [Theory, OnEveryWire]
    public void SynAckWithForeignTimestampEcho_InSynSent_IsReset(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
        Assert.Equal("[R] 1", peer.In("[S.] 0 ack 1 <mss 1000,TS 5/999>"));
        Assert.Equal(TcpState.SynSent, peer.State);
        Assert.Equal("[.] 1 ack 1", peer.In("[S.] 0 ack 1 <mss 1000,TS 5/0>"));
    }

    // RFC 9293 §3.5: several answers while the SYN is repeated establish one connection.
    [Theory, OnEveryWire]
    public void SynAckTwice_AfterARepeatedSyn_SecondIsAcknowledgedAgain(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
        Assert.Equal("1.000 [S] 0", peer.Run(1));
        Assert.Equal("[.] 1 ack 1", peer.In("[S.] 0 ack 1 <mss 1000>"));
        Assert.Equal("[.] 1 ack 1", peer.In("[S.] 0 ack 1 <mss 1000>"));
        Assert.Equal(TcpState.Established, peer.State);
    }
}

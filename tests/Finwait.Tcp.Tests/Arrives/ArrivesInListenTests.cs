using Finwait.Wire;

namespace Finwait.Tcp.Tests;

/// <summary>SEGMENT ARRIVES in LISTEN (RFC 9293 §3.10.7.2), its checks in their order.</summary>
public sealed class ArrivesInListenTests
{
    // SM-SEG-LI-1, SM-RG-1, BUG-11
    [Theory, OnEveryWire]
    public void Reset_InListen_IsIgnored(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "LI");
        Assert.Equal("", peer.In("[R] 0"));
        Assert.Equal("", peer.In("[R.] 0 ack 1"));
        Assert.Equal("", peer.In("[SR] 0"));
        AssertListensOn(peer);
    }

    // SM-SEG-LI-2, SM-RG-3
    [Theory, OnEveryWire]
    public void Acknowledgment_InListen_IsResetAndTheListenerLivesOn(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "LI");
        Assert.Equal("[R] 77", peer.In("[.] 5 ack 77"));
        Assert.Equal("[R] 77", peer.In("[S.] 5 ack 77"));
        Assert.Equal("[R] 77", peer.In("[FP.] 5:9 ack 77"));
        AssertListensOn(peer);
    }

    // SM-SEG-LI-4
    [Theory, OnEveryWire]
    public void Syn_InListen_IsAnsweredAndBothNumbersAreTaken(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "LI");
        Assert.Equal("[S.] 0 ack 1", peer.In("[S] 0 <mss 1000>"));
        Assert.Equal(TcpState.SynReceived, peer.State);
        Assert.Equal((1, 1), peer.Variables);                   // SND.NXT = ISS + 1, RCV.NXT = SEG.SEQ + 1
        Assert.True(peer.Tcp.IsInFlight(peer.Iss));             // SND.UNA = ISS
    }

    // SM-SEG-LI-4: text on a SYN may be dropped unacknowledged, and is delivered when it comes again.
    [Theory, OnEveryWire]
    public void SynWithText_InListen_TextIsNotAcknowledgedAndDeliveredOnceLater(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "LI");
        Assert.Equal("[S.] 0 ack 1", peer.In("[S] 0:10 <mss 1000>"));
        peer.In("[P.] 1:11 ack 1");
        Assert.Equal(TcpState.Established, peer.State);
        Assert.Equal(10, peer.ReadAll());
    }

    // SM-SEG-LI-5: legal by the RFC, dropped by Linux and here; a FIN never reaches the user before ESTABLISHED.
    [Theory, OnEveryWire]
    public void SynWithFin_InListen_IsDropped(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "LI");
        Assert.Equal("", peer.In("[SF] 0 <mss 1000>"));
        Assert.Equal("", peer.TakeEvents());
        AssertListensOn(peer);
    }

    // SM-SEG-LI-6
    [Theory, OnEveryWire]
    public void SegmentWithNeitherSynNorAckNorRst_InListen_IsDropped(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "LI");
        Assert.Equal("", peer.In("[F] 0"));
        Assert.Equal("", peer.In("[P] 0:10"));
        Assert.Equal("", peer.In("[] 0"));
        Assert.Equal("", peer.In("[U] 0 urg 5"));
        AssertListensOn(peer);
    }

    // MUST-15: without the option 536 octets over IPv4 and 1220 over IPv6.
    [Theory, OnEveryWire]
    public void SynWithoutMss_InListen_SegmentsHaveTheDefaultSize(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "LI");
        peer.In("[S] 0");
        peer.In("[.] 1 ack 1");
        int size = WireCase.Named(wire).IsV6 ? 1220 : 536;
        Assert.Equal($"[.] 1:{1 + size} ack 1\n[.] {1 + size}:{1 + (2 * size)} ack 1", peer.Send(2 * size + 1)[..].Split("\n[P.]")[0]);
    }

    private static void AssertListensOn(ScriptedPeer peer)
    {
        Assert.Equal(TcpState.Listen, peer.State);
        Assert.True(peer.Tcp.NextDeadline.IsNever);
        Assert.Equal("[S.] 0 ack 1", peer.In("[S] 0 <mss 1000>"));
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, peer.Emitted[^1].Flags);
    }
}

using Finwait.Wire;

namespace Finwait.Tcp.Tests;

/// <summary>OPEN (RFC 9293 §3.10.1) and STATUS (§3.10.6) in every state.</summary>
public sealed class OpenCallTests
{
    // SM-OPEN-CL
    [Theory, OnEveryWire]
    public void OpenActive_InClosed_SendsSynAndEntersSynSent(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "CL");
        Assert.Equal("[S] 0", peer.Open());
        Assert.Equal(TcpState.SynSent, peer.State);
        Assert.True(peer.Tcp.IsInFlight(peer.Iss));             // SND.UNA = ISS
        Assert.Equal(1, peer.Variables.SndNxt);                 // SND.NXT = ISS + 1
        Assert.False(peer.Tcp.IsInFlight(peer.Iss + 1));
    }

    // SM-OPEN-CL
    [Theory, OnEveryWire]
    public void OpenPassive_InClosed_ListensAndSendsNothing(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "CL");
        peer.Listen();
        Assert.Equal((TcpState.Listen, true), (peer.State, peer.Tcp.WasPassive));
    }

    // SM-OPEN-LI (refused, as socket interfaces do), SM-OPEN-SS, SM-OPEN-SR, SM-OPEN-ES, SM-OPEN-F1, SM-OPEN-F2, SM-OPEN-CW, SM-OPEN-CG, SM-OPEN-LA, SM-OPEN-TW
    [Theory, OnEveryWire(In = "LI SS SR SA ES F1 F2 CW CG LA TW")]
    public void Open_InAnyOtherState_IsRefusedAndHarmsNothing(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        Assert.Throws<InvalidOperationException>(() => peer.Tcp.OpenActive(peer.Now, peer.Parameters));
        Assert.Throws<InvalidOperationException>(() => peer.Tcp.OpenPassive(peer.Now, peer.Parameters));
        Assert.Equal(("", ScriptedPeer.StateOf(state)), (peer.Sent(), peer.State));
    }

    // SM-STATUS-CL, SM-STATUS-LI, SM-STATUS-SS, SM-STATUS-SR, SM-STATUS-ES, SM-STATUS-F1, SM-STATUS-F2, SM-STATUS-CW, SM-STATUS-CG, SM-STATUS-LA, SM-STATUS-TW
    [Theory, OnEveryWire(In = "CL LI SS SR SA ES F1 F2 CW CG LA TW")]
    public void Status_InEveryState_ReportsIt(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        Assert.Equal(ScriptedPeer.StateOf(state), peer.Tcp.GetInfo(peer.Now).State);
    }

    // MUST-11
    [Theory, OnEveryWire]
    public void SynReceived_RemembersWhichOpenItCameFrom(string wire)
    {
        Assert.True(ScriptedPeer.InState(wire, "SR").Tcp.WasPassive);
        Assert.False(ScriptedPeer.InState(wire, "SA").Tcp.WasPassive);
    }

    [Theory, OnEveryWire]
    public void OpenActive_AfterTheConnectionDied_IsRefused(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
        peer.In("[R.] 0 ack 1");
        Assert.Equal((TcpState.Closed, TcpError.Refused), (peer.State, peer.Tcp.Error));
        Assert.Throws<InvalidOperationException>(() => peer.Tcp.OpenActive(peer.Now, peer.Parameters));
    }

    [Theory, OnEveryWire]
    public void OpenPassive_ThenSyn_TakesThePeersNumbers(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SR");
        Assert.Equal((1, 1), peer.Variables);
        SegmentPlan synAck = peer.Emitted.Single();
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, synAck.Flags);
        Assert.Equal((peer.Iss, peer.Irs + 1), (synAck.Seq, synAck.Ack));
    }
}

namespace Finwait.Tcp.Tests;

/// <summary>ABORT (RFC 9293 §3.10.5) in every state.</summary>
public sealed class AbortCallTests
{
    // SM-ABORT-CL
    [Theory, OnEveryWire]
    public void Abort_InClosed_DoesNothing(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "CL");
        Assert.Equal("", peer.Abort());
        Assert.Equal((TcpState.Closed, TcpError.None), (peer.State, peer.Tcp.Error));
    }

    // SM-ABORT-LI, SM-ABORT-SS, SM-ABORT-CG, SM-ABORT-LA, SM-ABORT-TW
    [Theory, OnEveryWire(In = "LI SS CG LA TW")]
    public void Abort_WhereThePeerNeedsNoReset_DeletesSilently(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        Assert.Equal("", peer.Abort());
        AssertGone(peer);
    }

    // SM-ABORT-SR, SM-ABORT-ES, SM-ABORT-F1, SM-ABORT-F2, SM-ABORT-CW, SM-RG-6
    [Theory, OnEveryWire(In = "SR SA ES F1 F2 CW")]
    public void Abort_WhereThePeerKnowsTheConnection_SendsResetAtSndNxt(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        (int next, int expected) = peer.Variables;
        Assert.Equal($"[R.] {next} ack {expected}", peer.Abort());
        AssertGone(peer);
    }

    // SM-ABORT-ES: everything queued is flushed.
    [Theory, OnEveryWire]
    public void Abort_WithTextQueuedAndInFlight_SendsOnlyTheReset(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Window = 1000;
        peer.In("[.] 1 ack 1");
        peer.Send(5000);
        peer.In("[P.] 1:11 ack 1");
        Assert.Equal("[R.] 1001 ack 11", peer.Abort());
        AssertGone(peer);
        Assert.Equal("", peer.Run(1000));
    }

    // SM-ABORT-SS: those who wait are told.
    [Theory, OnEveryWire(In = "SS SR ES")]
    public void Abort_WithCallersWaiting_WakesThem(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        peer.Tcp.Send(peer.Now, new byte[10]);
        peer.Abort();
        Assert.Equal("Readable Writable Failed StateChanged", peer.TakeEvents());
    }

    // SM-RG-6: the reset is answered by a challenge when the peer expects another number, and then repeated with it.
    [Theory, OnEveryWire]
    public void Abort_PeerMissedText_ItsChallengeDrawsAnExactReset(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(10);
        Assert.Equal("[R.] 11 ack 1", peer.Abort());
        Assert.Equal("[R] 1", peer.In("[.] 1 ack 1"));
    }

    private static void AssertGone(ScriptedPeer peer)
    {
        Assert.Equal((TcpState.Closed, TcpError.Aborted), (peer.State, peer.Tcp.Error));
        Assert.True(peer.Tcp.NextDeadline.IsNever);
        Assert.Equal(0, peer.LentWhenIdle);
        Assert.Equal("", peer.Sent());
    }
}

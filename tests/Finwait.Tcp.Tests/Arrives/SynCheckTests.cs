namespace Finwait.Tcp.Tests;

/// <summary>Fourth check of RFC 9293 §3.10.7.4: SYN, with the rule of RFC 5961 §4.</summary>
public sealed class SynCheckTests
{
    // SM-SYN-ES, SM-SYN-F1, SM-SYN-F2, SM-SYN-CW, SM-SYN-CG, SM-SYN-LA, X-5961-2, BUG-10: whatever the number, with ACK or without.
    [Theory, OnEveryWire(In = "ES F1 F2 CW CG LA")]
    public void Syn_InASynchronizedState_IsChallengedAndNeverAccepted(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        (int next, int expected) = peer.Variables;
        foreach (int seq in new[] { 0, expected - 1, expected, expected + 1, expected + 1000, expected + 80000, 2000000000 })
        {
            foreach (string flags in new[] { $"[S] {seq}", $"[S.] {seq} ack {next}", $"[SF] {seq}" })
            {
                Assert.Equal($"[.] {next} ack {expected}", peer.In($"{flags} <mss 1000>"));
                peer.Skip(1);
                Assert.Equal((ScriptedPeer.StateOf(state), (next, expected)), (peer.State, peer.Variables));
            }
        }
    }

    // SM-SYN-SR-P: the peer did not get our SYN-ACK.
    [Theory, OnEveryWire]
    public void OriginalSynAgain_InSynReceived_IsAnsweredByTheSynAckAgain(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SR");
        Assert.Equal("[S.] 0 ack 1", peer.In("[S] 0 <mss 1000>"));
        Assert.Equal("[S.] 0 ack 1", peer.In("[S] 0 <mss 1000>"));
        Assert.Equal((TcpState.SynReceived, (1, 1)), (peer.State, peer.Variables));
        peer.In("[.] 1 ack 1");
        Assert.Equal(TcpState.Established, peer.State);
    }

    // SM-SYN-SR-P: another SYN in the window ends the embryo; the listener, which is the host's, is unharmed.
    [Theory, OnEveryWire]
    public void NewSynInTheWindow_InSynReceivedFromListen_EndsTheEmbryo(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SR");
        Assert.Equal("", peer.In("[S] 500 <mss 1000>"));
        Assert.Equal((TcpState.Closed, TcpError.None), (peer.State, peer.Tcp.Error));
    }

    // SM-SYN-SR-A: after crossed SYNs it counts as synchronized.
    [Theory, OnEveryWire]
    public void NewSynInTheWindow_InSynReceivedFromActiveOpen_IsChallenged(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SA");
        Assert.Equal("[.] 1 ack 1", peer.In("[S] 500 <mss 1000>"));
        Assert.Equal(TcpState.SynReceived, peer.State);
    }

    // SM-SYN-SR-A (RFC 9293 figure 7): the peer's SYN-ACK lies left of the window, and still ends the handshake.
    [Theory, OnEveryWire]
    public void SynAckOfThePeer_InSynReceivedFromActiveOpen_Establishes(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SA");
        Assert.Equal("[.] 1 ack 1", peer.In("[S.] 0 ack 1 <mss 1000>"));
        Assert.Equal(TcpState.Established, peer.State);
        Assert.Equal("Connected Writable StateChanged", peer.TakeEvents());
    }

    // SM-SYN-SR-A, X-7323-2, BUG-15: the window of that SYN-ACK is not scaled either, and counts whatever numbers came with the bare SYN.
    [Theory, OnEveryWire]
    public void SynAckOfThePeer_InSynReceivedFromActiveOpen_ItsWindowIsTakenUnscaled(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SA", "mss 1000,ws 7");
        peer.Send(5000);
        Assert.Equal("[.] 1:1001 ack 1\n[.] 1001:2001 ack 1", peer.In("[S.] 0 ack 1 win 2000 <mss 1000,ws 7>"));
    }

    // SM-SYN-SR-A: the bare SYN once more: our SYN-ACK was lost.
    [Theory, OnEveryWire]
    public void OriginalSynAgain_InSynReceivedFromActiveOpen_IsAnsweredByTheSynAckAgain(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SA");
        Assert.Equal("[S.] 0 ack 1", peer.In("[S] 0 <mss 1000>"));
        Assert.Equal(TcpState.SynReceived, peer.State);
    }

    // SM-SYN-SR-A, SM-ACK-SR: a SYN-ACK that acknowledges what we never sent does not establish.
    [Theory, OnEveryWire]
    public void SynAckWithWrongAck_InSynReceivedFromActiveOpen_DoesNotEstablish(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SA");
        peer.In("[S.] 0 ack 2 <mss 1000>");
        Assert.Equal(TcpState.SynReceived, peer.State);
    }
}

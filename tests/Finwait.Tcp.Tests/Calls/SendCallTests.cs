namespace Finwait.Tcp.Tests;

/// <summary>SEND (RFC 9293 §3.10.2) and RECEIVE (§3.10.3) in every state.</summary>
public sealed class SendCallTests
{
    // SM-SEND-CL, SM-SEND-LI, SM-SEND-F1, SM-SEND-F2, SM-SEND-CG, SM-SEND-LA, SM-SEND-TW
    [Theory, OnEveryWire(In = "CL LI F1 F2 CG LA TW")]
    public void Send_WhereNothingCanBeSent_TakesNothing(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        Assert.False(peer.Tcp.CanSend);
        Assert.Equal(0, peer.Tcp.Send(peer.Now, new byte[10]));
        Assert.Equal(("", ScriptedPeer.StateOf(state)), (peer.Sent(), peer.State));
        Assert.Equal(0, peer.LentWhenIdle);
    }

    // SM-SEND-SS
    [Theory, OnEveryWire]
    public void Send_InSynSent_IsQueuedUntilTheHandshakeIsOver(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
        Assert.Equal("", peer.Send(10));
        Assert.Equal("[P.] 1:11 ack 1", peer.In("[S.] 0 ack 1 <mss 1000>"));
    }

    // SM-SEND-SR
    [Theory, OnEveryWire(In = "SR SA")]
    public void Send_InSynReceived_IsQueuedUntilTheHandshakeIsOver(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        Assert.Equal("", peer.Send(10));
        Assert.Equal("[P.] 1:11 ack 1", peer.In("[.] 1 ack 1"));
    }

    // SM-SEND-ES
    [Theory, OnEveryWire]
    public void Send_InEstablished_GoesOutWithTheCurrentAcknowledgment(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[P.] 1:6 ack 1");
        Assert.Equal("[P.] 1:11 ack 6", peer.Send(10));
    }

    // SM-SEND-CW
    [Theory, OnEveryWire]
    public void Send_InCloseWait_StillGoesOut(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "CW");
        Assert.Equal("[P.] 1:11 ack 2", peer.Send(10));
    }

    [Theory, OnEveryWire]
    public void Send_AfterShutdownWasCalled_TakesNothing(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SR");
        peer.Send(10);
        peer.Shutdown();
        Assert.Equal((TcpState.SynReceived, false), (peer.State, peer.Tcp.CanSend));
        Assert.Equal(0, peer.Tcp.Send(peer.Now, new byte[10]));
    }

    // SM-SEND-ES, MUST-62: SND.UP is the number behind the last urgent octet.
    [Theory, OnEveryWire]
    public void SendUrgent_InEstablished_PointsBehindTheLastUrgentOctet(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        Assert.Equal("[P.U] 1:11 ack 1 urg 10", peer.Send(10, urgent: true));
    }

    [Theory, OnEveryWire]
    public void Send_MoreThanTheBufferHolds_TakesAPartAndTellsWhenThereIsRoom(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Tcp.SendBufferSize = 5000;
        Assert.Equal(5000, peer.Tcp.Send(peer.Now, Pattern.Slice(0, 6000)));
        Assert.Equal(0, peer.Tcp.SendRoom);
        Assert.Equal(0, peer.Tcp.Send(peer.Now, new byte[1]));
        Assert.Equal("[.] 1:1001 ack 1\n[.] 1001:2001 ack 1\n[.] 2001:3001 ack 1\n[.] 3001:4001 ack 1\n[P.] 4001:5001 ack 1", peer.Sent());
        peer.TakeEvents();
        peer.In("[.] 1 ack 1001");
        Assert.Equal("Writable", peer.TakeEvents());
        Assert.Equal(1000, peer.Tcp.SendRoom);
    }

    // SM-RECEIVE-CL, SM-RECEIVE-LI, SM-RECEIVE-SS, SM-RECEIVE-SR
    [Theory, OnEveryWire(In = "CL LI SS SR SA")]
    public void Receive_BeforeTheConnectionStands_GivesNothing(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        Assert.Equal(0, peer.Tcp.Receive(peer.Now, new byte[10]));
        Assert.False(peer.Tcp.AtEndOfStream);
        Assert.Equal("", peer.Sent());
    }

    // SM-RECEIVE-ES, SM-RECEIVE-F1, SM-RECEIVE-F2
    [Theory, OnEveryWire(In = "ES F1 F2")]
    public void Receive_WhileThePeerMaySend_GivesWhatIsThereAndThenWaits(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        peer.In($"[P.] 1:11 ack {peer.Variables.SndNxt}");
        Assert.Contains("Readable", peer.TakeEvents());
        peer.Read(4, out int first);
        peer.Read(100, out int rest);
        Assert.Equal((4, 6), (first, rest));
        peer.Read(100, out int nothing);
        Assert.Equal((0, false), (nothing, peer.Tcp.AtEndOfStream));
    }

    // SM-RECEIVE-CW, SM-RECEIVE-CG, SM-RECEIVE-LA, SM-RECEIVE-TW: what came before the FIN is still handed over, then the stream ends.
    [Theory, OnEveryWire(In = "CW CG LA TW")]
    public void Receive_AfterThePeersFin_GivesWhatCameBeforeItThenTheEnd(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        if (state is "CG" or "TW")
        {
            peer.Shutdown();
        }

        peer.In($"[FP.] 1:11 ack {(state == "TW" ? 2 : 1)}");
        if (state == "LA")
        {
            peer.Shutdown();
        }

        Assert.Equal(ScriptedPeer.StateOf(state), peer.State);
        Assert.False(peer.Tcp.AtEndOfStream);
        Assert.Equal(10, peer.ReadAll());
        Assert.True(peer.Tcp.AtEndOfStream);
        Assert.Equal(0, peer.LentWhenIdle);
    }

    [Theory, OnEveryWire]
    public void Receive_Peeking_LeavesTheOctets(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[P.] 1:11 ack 1");
        byte[] looked = new byte[10];
        Assert.Equal(10, peer.Tcp.Receive(peer.Now, looked, peek: true));
        Assert.Equal(Pattern.Slice(0, 10), looked);
        Assert.Equal(10, peer.ReadAll());
    }

    // MUST-33, SM-RECEIVE-ES: urgent data that is ahead is reported.
    [Theory, OnEveryWire]
    public void Receive_WithUrgentAhead_CountsDownToTheMark(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[P.U] 1:11 ack 1 urg 6");
        Assert.Equal(6, peer.Tcp.UrgentAhead);
        peer.Read(4, out _);
        Assert.Equal(2, peer.Tcp.UrgentAhead);
        peer.Read(2, out _);
        Assert.Null(peer.Tcp.UrgentAhead);
        Assert.Equal(4, peer.ReadAll());
    }
}

namespace Finwait.Tcp.Tests;

/// <summary>CLOSE (RFC 9293 §3.10.4) in every state, as half-close (shutdown) and as close by an application that goes away.</summary>
public sealed class CloseCallTests
{
    // SM-CLOSE-CL
    [Theory, OnEveryWire]
    public void Close_InClosed_DoesNothing(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "CL");
        Assert.Equal("", peer.Close());
        Assert.Equal(TcpState.Closed, peer.State);
    }

    // SM-CLOSE-LI, SM-CLOSE-SS
    [Theory, OnEveryWire(In = "LI SS")]
    public void Close_BeforeAnySynCame_DeletesWithoutASegment(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        peer.Tcp.Send(peer.Now, new byte[10]);
        Assert.Equal("", peer.Close());
        Assert.Equal((TcpState.Closed, TcpError.None), (peer.State, peer.Tcp.Error));
        Assert.True(peer.Tcp.NextDeadline.IsNever);
        Assert.Equal(0, peer.LentWhenIdle);
        Assert.Contains("Writable", peer.TakeEvents());         // whoever waited for room is woken
    }

    // SM-CLOSE-SR
    [Theory, OnEveryWire(In = "SR SA")]
    public void Shutdown_InSynReceivedWithNothingQueued_SendsFinAtOnce(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        Assert.Equal("[F.] 1 ack 1", peer.Shutdown());
        Assert.Equal(TcpState.FinWait1, peer.State);
        Assert.Equal("", peer.In("[.] 1 ack 1"));               // SYN acknowledged, FIN not yet
        Assert.Equal(TcpState.FinWait1, peer.State);
        peer.In("[.] 1 ack 2");
        Assert.Equal(TcpState.FinWait2, peer.State);
    }

    // SM-CLOSE-SR
    [Theory, OnEveryWire(In = "SR SA")]
    public void Shutdown_InSynReceivedWithTextQueued_WaitsForEstablished(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        peer.Send(10);
        Assert.Equal("", peer.Shutdown());
        Assert.Equal(TcpState.SynReceived, peer.State);
        Assert.Equal("[FP.] 1:11 ack 1", peer.In("[.] 1 ack 1"));
        Assert.Equal(TcpState.FinWait1, peer.State);
    }

    // SM-CLOSE-SR
    [Theory, OnEveryWire(In = "SR SA")]
    public void Shutdown_InSynReceivedAndSynAckLost_SynAckAndFinGoAgain(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        peer.Shutdown();
        Assert.Equal("1.000 [S.] 0 ack 1", peer.Run(1.5));
        peer.In("[.] 1 ack 1");
        Assert.Equal(TcpState.FinWait1, peer.State);
        Assert.Contains("[F.] 1 ack 1", peer.Run(10), StringComparison.Ordinal);
        peer.In("[.] 1 ack 2");
        Assert.Equal(TcpState.FinWait2, peer.State);
    }

    // SM-CLOSE-ES
    [Theory, OnEveryWire]
    public void Shutdown_InEstablished_SendsFinBehindAllData(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Window = 1500;
        peer.In("[.] 1 ack 1");
        Assert.Equal("[.] 1:1001 ack 1", peer.Send(2000));      // the rest is held back: the window takes only half a segment
        peer.Shutdown();
        Assert.Equal(TcpState.FinWait1, peer.State);
        Assert.Equal("[FP.] 1001:2001 ack 1", peer.In("[.] 1 ack 1001"));
    }

    // SM-CLOSE-ES, BUG-04: the state moves at the call, whatever the window says.
    [Theory, OnEveryWire]
    public void Close_WithClosedWindowAndFullQueue_LeavesEstablishedAtTheCallAndEndsSomeDay(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[.] 1 ack 1 win 0");
        peer.Send(2000);
        Assert.Equal("", peer.Close());
        Assert.Equal(TcpState.FinWait1, peer.State);
        for (int i = 0; i < 3000 && peer.State == TcpState.FinWait1; i++)
        {
            if (peer.Run(1).Length > 0)
            {
                peer.In("[.] 1 ack 1 win 0");                   // the peer answers each probe and never opens
            }
        }

        Assert.Equal(TcpState.Closed, peer.State);              // X-ORPH-1
        Assert.Equal(0, peer.LentWhenIdle);
    }

    // SM-CLOSE-F1, SM-CLOSE-F2, SM-CLOSE-CG, SM-CLOSE-LA, SM-CLOSE-TW
    [Theory, OnEveryWire(In = "F1 F2 CG LA TW")]
    public void Close_Again_SendsNoSecondFin(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        Assert.Equal("", peer.Shutdown());
        Assert.Equal("", peer.Close());
        Assert.Equal("", peer.Close());
        Assert.Equal(ScriptedPeer.StateOf(state), peer.State);
        Assert.Equal(2, peer.Variables.SndNxt);
    }

    // SM-CLOSE-CW
    [Theory, OnEveryWire]
    public void Shutdown_InCloseWait_QueuesFinBehindDataAndEntersLastAckAtTheCall(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "CW");
        peer.In("[.] 2 ack 1 win 0");
        peer.Send(10);
        Assert.Equal("", peer.Shutdown());
        Assert.Equal(TcpState.LastAck, peer.State);
        Assert.Equal("[FP.] 1:11 ack 2", peer.In("[.] 2 ack 1 win 1000"));
    }

    // MAY-1: shutdown of our direction leaves the other open.
    [Theory, OnEveryWire]
    public void Shutdown_OfOurDirection_StillReads(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "F2");
        Assert.Equal("[.] 2 ack 11", peer.In("[P.] 1:11 ack 2"));
        Assert.Equal(10, peer.ReadAll());
        Assert.Equal(TcpState.FinWait2, peer.State);
    }

    // SHLD-3
    [Theory, OnEveryWire(In = "ES CW F1 F2")]
    public void Close_WithUnreadData_SendsResetAndNoFin(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        if (state is "F1" or "F2")
        {
            peer.Shutdown();
        }

        int acked = state == "F2" ? 2 : 1;
        peer.In($"[{(state == "CW" ? "F" : "")}P.] 1:11 ack {acked}");
        (int next, int expected) = peer.Variables;
        Assert.Equal($"[R.] {next} ack {expected}", peer.Close());
        Assert.Equal((TcpState.Closed, TcpError.None), (peer.State, peer.Tcp.Error));
        Assert.Equal(0, peer.LentWhenIdle);
    }

    [Theory, OnEveryWire]
    public void Close_WithEverythingRead_SendsFin(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[P.] 1:11 ack 1");
        peer.ReadAll();
        Assert.StartsWith("[F.] 1 ack 11", peer.Close(), StringComparison.Ordinal);
        Assert.Equal(TcpState.FinWait1, peer.State);
    }

    // SHLD-3, SM-TXT-4: the reset carries the number the peer expects, so that it counts at once.
    [Theory, OnEveryWire(In = "F1 F2")]
    public void TextAfterClose_IsAnsweredByReset(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Close();
        if (state == "F2")
        {
            peer.In("[.] 1 ack 2");
        }

        string answer = peer.In($"[P.] 1:11 ack {(state == "F2" ? 2 : 1)}");
        Assert.Equal($"[R] {(state == "F2" ? 2 : 1)}", answer);
        Assert.Equal(TcpState.Closed, peer.State);
        Assert.Equal(0, peer.LentWhenIdle);
    }

    // SHLD-3: shutdown of both directions is as good as close.
    [Theory, OnEveryWire(In = "F1 F2")]
    public void TextAfterShutdownOfBothDirections_IsAnsweredByResetAndTheUserIsTold(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        peer.Tcp.ShutdownReceive(peer.Now);
        int acked = state == "F2" ? 2 : 1;
        Assert.Equal($"[R] {acked}", peer.In($"[P.] 1:11 ack {acked}"));
        Assert.Equal((TcpState.Closed, TcpError.Reset), (peer.State, peer.Tcp.Error));
    }

    [Theory, OnEveryWire]
    public void RetransmittedTextAfterClose_IsOnlyAcknowledged(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[P.] 1:11 ack 1");
        peer.ReadAll();
        peer.Sent();
        peer.Close();
        Assert.Equal("[.] 2 ack 11", peer.In("[P.] 1:11 ack 1"));
        Assert.Equal(TcpState.FinWait1, peer.State);
    }

    [Theory, OnEveryWire]
    public void ShutdownReceive_InEstablished_KeepsTheConnectionAndTheData(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[P.] 1:11 ack 1");
        peer.Tcp.ShutdownReceive(peer.Now);
        Assert.Equal(10, peer.ReadAll());
        peer.In("[P.] 11:21 ack 1");
        Assert.Equal(TcpState.Established, peer.State);
    }
}

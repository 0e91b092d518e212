namespace Finwait.Tcp.Tests;

/// <summary>Eighth check of RFC 9293 §3.10.7.4: FIN.</summary>
public sealed class FinCheckTests
{
    // SM-FIN-SR: with the acknowledgment of our SYN.
    [Theory, OnEveryWire(In = "SR SA")]
    public void Fin_InSynReceived_LeadsToCloseWait(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        peer.In("[F.] 1 ack 1");
        Assert.Equal((TcpState.CloseWait, 2), (peer.State, peer.Variables.RcvNxt));
        Assert.Equal("Connected Readable Writable PeerClosed StateChanged", peer.TakeEvents());
        Assert.EndsWith("[.] 1 ack 2", peer.Run(0.5), StringComparison.Ordinal);
    }

    // SM-FIN-ES
    [Theory, OnEveryWire]
    public void Fin_InEstablished_LeadsToCloseWaitAndTheEndOfTheStream(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[F.] 1 ack 1");
        Assert.Equal((TcpState.CloseWait, 2), (peer.State, peer.Variables.RcvNxt));
        Assert.Equal("Readable PeerClosed StateChanged", peer.TakeEvents());
        Assert.True(peer.Tcp.AtEndOfStream);
        Assert.EndsWith("[.] 1 ack 2", peer.Run(0.5), StringComparison.Ordinal);
    }

    // SM-FIN-ES: the text before it is pushed to the user.
    [Theory, OnEveryWire]
    public void FinWithText_InEstablished_TextThenEnd(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[F.] 1:11 ack 1");
        Assert.Equal(TcpState.CloseWait, peer.State);
        Assert.False(peer.Tcp.AtEndOfStream);
        Assert.Equal(10, peer.ReadAll());
        Assert.Equal("0.040 [.] 1 ack 12", peer.Run(0.5));      // X-DACK-1: what we answer is likely our own FIN
        Assert.True(peer.Tcp.AtEndOfStream);
    }

    // SM-FIN-F1
    [Theory, OnEveryWire]
    public void Fin_InFinWait1_LeadsToClosing(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "F1");
        Assert.Equal("[.] 2 ack 2", peer.In("[F.] 1 ack 1"));
        Assert.Equal(TcpState.Closing, peer.State);
    }

    // SM-FIN-F1, SM-SC-9: our FIN is acknowledged in the same segment.
    [Theory, OnEveryWire]
    public void FinThatAcknowledgesOurs_InFinWait1_LeadsToTimeWait(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "F1");
        Assert.Equal("[.] 2 ack 2", peer.In("[F.] 1 ack 2"));
        Assert.Equal(TcpState.TimeWait, peer.State);
        Assert.Equal("", peer.Run(59.9));
        Assert.Equal(TcpState.TimeWait, peer.State);
        peer.Run(0.2);
        Assert.Equal(TcpState.Closed, peer.State);
    }

    // SM-FIN-F2, SM-TO-TW, MUST-13, X-TW-1
    [Theory, OnEveryWire]
    public void Fin_InFinWait2_LeadsToTimeWaitForTwiceTheMsl(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "F2");
        peer.In("[F.] 1 ack 2");
        Assert.Equal((TcpState.TimeWait, 60.0), (peer.State, (peer.Tcp.NextDeadline - peer.Now).TotalSeconds));
        peer.Run(59.999);
        Assert.Equal("[.] 2 ack 2", peer.In("[F.] 1 ack 2"));   // still there, and it begins anew
        peer.Run(59.999);
        Assert.Equal(TcpState.TimeWait, peer.State);
        Assert.Equal("", peer.Run(0.002));
        Assert.Equal((TcpState.Closed, TcpError.None), (peer.State, peer.Tcp.Error));
        Assert.Equal("[R] 2", peer.In("[F.] 1 ack 2"));         // after 2 MSL nobody knows it any more
    }

    // SM-FIN-F2: other timers stop.
    [Theory, OnEveryWire]
    public void Fin_InFinWait2WithKeepAlive_OnlyTheWaitRuns(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "F2");
        peer.Tcp.SetKeepAlive(peer.Now, on: true, idle: TimeSpan.FromSeconds(1), interval: TimeSpan.FromSeconds(1), probes: 2);
        peer.In("[F.] 1 ack 2");
        peer.Tcp.SetKeepAlive(peer.Now, on: true);
        Assert.Equal("", peer.Run(59));
        Assert.Equal((TcpState.TimeWait, TcpError.None), (peer.State, peer.Tcp.Error));
    }

    // SM-FIN-CW, SM-FIN-CG, SM-FIN-LA, SM-FIN-TW: a repeated FIN is acknowledged and changes nothing.
    [Theory, OnEveryWire(In = "CW CG LA TW")]
    public void RepeatedFin_IsAcknowledgedAndTheStateStays(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        int next = peer.Variables.SndNxt;
        int ack = state is "CG" or "LA" ? next - 1 : next;
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal($"[.] {next} ack 2", peer.In($"[F.] 1 ack {ack}"));
        }

        Assert.Equal((ScriptedPeer.StateOf(state), 2), (peer.State, peer.Variables.RcvNxt));
    }

    // SM-FIN-OOO, BUG-30, SM-SC-9: a FIN that overtakes its data is remembered and acts when the hole is filled.
    [Theory, OnEveryWire(In = "ES F1 F2")]
    public void FinAheadOfData_IsRememberedUntilTheHoleIsFilled(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        int ack = state == "F2" ? 2 : 1;
        int next = peer.Variables.SndNxt;
        Assert.Equal($"[.] {next} ack 1", peer.In($"[F.] 11 ack {ack}"));
        Assert.Equal(ScriptedPeer.StateOf(state), peer.State);
        peer.In($"[P.] 6:11 ack {ack}");
        Assert.Equal(ScriptedPeer.StateOf(state), peer.State);
        Assert.Equal($"[.] {next} ack 12", peer.In($"[P.] 1:6 ack {ack}"));
        Assert.Equal(state switch { "ES" => TcpState.CloseWait, "F1" => TcpState.Closing, _ => TcpState.TimeWait }, peer.State);
        Assert.Equal(10, peer.ReadAll());
    }

    // SM-FIN-OOO: data behind a FIN is discarded, also when it came before the FIN was reached.
    [Theory, OnEveryWire]
    public void DataBehindAFin_IsDiscarded(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[F.] 11 ack 1");
        peer.In("[P.] 11:31 ack 1");
        peer.In("[P.] 1:31 ack 1");
        Assert.Equal((TcpState.CloseWait, 12), (peer.State, peer.Variables.RcvNxt));
        Assert.Equal(10, peer.ReadAll());
        Assert.Equal(0, peer.LentWhenIdle);
    }

    // SM-FIN-OOO, BUG-30: two FINs at different places: the first one heard counts, the connection does not hang.
    [Theory, OnEveryWire]
    public void TwoFinsAtDifferentPlaces_FirstOneCounts(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[F.] 21 ack 1");
        peer.In("[F.] 11 ack 1");
        peer.In("[P.] 1:21 ack 1");
        Assert.Equal((TcpState.CloseWait, 22), (peer.State, peer.Variables.RcvNxt));
        Assert.Equal(20, peer.ReadAll());
    }

    // SM-FIN-OOO: a FIN in the middle of what the peer has sent already contradicts it and is ignored.
    [Theory, OnEveryWire]
    public void FinInTheMiddleOfHeldData_IsIgnored(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[P.] 11:21 ack 1");
        peer.In("[F.] 15 ack 1");
        peer.In("[F.] 1:13 ack 1");                             // the hole is filled up to 21; this FIN lies before
        Assert.Equal((TcpState.Established, 21), (peer.State, peer.Variables.RcvNxt));
        peer.In("[F.] 21:31 ack 1");
        Assert.Equal((TcpState.CloseWait, 32), (peer.State, peer.Variables.RcvNxt));
        Assert.Equal(30, peer.ReadAll());
    }

    // SM-FIN-ZW: by the letter unacceptable; it needs no buffer and is taken, as in Linux (docs/decisions/0010).
    [Theory, OnEveryWire]
    public void BareFin_WithClosedWindow_IsTaken(string wire)
    {
        TcpSettings settings = new() { ReceiveBuffer = (4096, 8000, 8000), WindowScaling = false };
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", settings: settings);
        while (peer.Emitted[^1].RawWindow > 0)
        {
            int at = peer.Emitted[^1].Ack - peer.Irs;
            peer.In($"[P.] {at}:{at + Math.Min(peer.Emitted[^1].RawWindow, (ushort)1000)} ack 1");
            peer.Run(0.3);
        }

        int next = peer.Variables.RcvNxt;
        peer.In($"[F.] {next} ack 1");
        Assert.Equal((TcpState.CloseWait, next + 1), (peer.State, peer.Variables.RcvNxt));
        Assert.Equal(next - 1, peer.ReadAll());
    }

    // RFC 9293 §3.10.7.4: no FIN is processed before SYN-RECEIVED.
    [Theory, OnEveryWire(In = "CL LI SS")]
    public void Fin_BeforeTheConnectionStands_IsNotProcessed(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        peer.In("[F] 0");
        Assert.Equal((ScriptedPeer.StateOf(state), false, ""), (peer.State, peer.Tcp.AtEndOfStream, peer.TakeEvents()));
    }
}

namespace Finwait.Tcp.Tests;

/// <summary>Second check of RFC 9293 §3.10.7.4: RST, with the rules of RFC 5961 §3.</summary>
public sealed class ResetCheckTests
{
    private const string Synchronized = "ES F1 F2 CW CG LA";

    // SM-RST-2, SM-RST-ES, SM-RST-F1, SM-RST-F2, SM-RST-CW, SM-RST-CG, SM-RST-LA, SM-RG-1, X-5961-1, BUG-11
    [Theory, OnEveryWire(In = Synchronized)]
    public void ExactReset_EndsTheConnectionAndIsNotAnswered(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        Assert.Equal("", peer.In($"[R] {peer.Variables.RcvNxt}"));
        TcpError expected = state switch { "CG" or "LA" => TcpError.None, "CW" => TcpError.BrokenPipe, _ => TcpError.Reset };
        Assert.Equal((TcpState.Closed, expected), (peer.State, peer.Tcp.Error));
        Assert.True(peer.Tcp.NextDeadline.IsNever);
        Assert.Equal(0, peer.LentWhenIdle);
        Assert.Equal("", peer.Run(300));
    }

    // SM-RST-ES, SM-RST-CW: those who wait are told, queues are flushed.
    [Theory, OnEveryWire(In = "ES CW F1 F2")]
    public void ExactReset_WithCallersWaiting_FailsThem(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        if (peer.Tcp.CanSend)
        {
            peer.Send(5000);
        }

        peer.TakeEvents();
        peer.In($"[R] {peer.Variables.RcvNxt}");
        Assert.Equal("Readable Writable Failed StateChanged", peer.TakeEvents());
        Assert.Equal(0, peer.Tcp.Send(peer.Now, new byte[1]));
        Assert.Equal(0, peer.LentWhenIdle);
    }

    // MUST-12, SM-RST-ES: data received in order before the reset can still be read; then it is an error, not the end of the stream.
    [Theory, OnEveryWire]
    public void ExactReset_AfterData_DataIsReadableThenTheErrorShows(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[P.] 1:11 ack 1");
        peer.In("[R] 11");
        Assert.Equal((TcpState.Closed, TcpError.Reset), (peer.State, peer.Tcp.Error));
        Assert.Equal(10, peer.ReadAll());
        Assert.False(peer.Tcp.AtEndOfStream);
        Assert.Equal(0, peer.LentWhenIdle);
    }

    // MUST-12: a normal close is the end of the stream and no error.
    [Theory, OnEveryWire]
    public void Fin_AfterData_IsTheEndOfTheStreamAndNoError(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[FP.] 1:11 ack 1");
        Assert.Equal(10, peer.ReadAll());
        Assert.Equal((true, TcpError.None), (peer.Tcp.AtEndOfStream, peer.Tcp.Error));
    }

    // SM-RST-1, BUG-10
    [Theory, OnEveryWire(In = "SR ES F1 F2 CW CG LA TW")]
    public void ResetOutsideTheWindow_IsDroppedSilently(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        int expected = peer.Variables.RcvNxt;
        Assert.Equal("", peer.In($"[R] {expected - 1}"));
        Assert.Equal("", peer.In($"[R] {expected + 80000}"));
        Assert.Equal("", peer.In($"[R] {expected - 2000000000}"));
        Assert.Equal(ScriptedPeer.StateOf(state), peer.State);
    }

    // SM-RST-3, X-5961-1, BUG-10: sweep over the window: only the exact number counts, all others are challenged.
    [Theory, OnEveryWire(In = "SR " + Synchronized)]
    public void ResetInTheWindowButNotExact_IsChallenged(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        (int next, int expected) = peer.Variables;
        foreach (int ahead in new[] { 1, 2, 1000, 30000, 60000 })
        {
            Assert.Equal($"[.] {next} ack {expected}", peer.In($"[R] {expected + ahead}"));
            peer.Skip(1);
        }

        Assert.Equal(ScriptedPeer.StateOf(state), peer.State);
    }

    // X-5961-3: the peer that really lost the connection answers the challenge with the exact number.
    [Theory, OnEveryWire]
    public void ResetAfterTheChallenge_WithTheExactNumber_Counts(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        Assert.Equal("[.] 1 ack 1", peer.In("[R] 500"));
        Assert.Equal("", peer.In("[R] 1"));
        Assert.Equal((TcpState.Closed, TcpError.Reset), (peer.State, peer.Tcp.Error));
    }

    // SM-RST-4, MUST-66, SHLD-2: with a closed window too, with and without text.
    [Theory, OnEveryWire(In = "[R] [RP]")]
    public void ExactReset_InClosedWindow_Counts(string wire, string flags)
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
        Assert.Equal("", peer.In($"[R] {next + 1}"));
        Assert.Equal(TcpState.Established, peer.State);
        Assert.Equal("", peer.In(flags == "[RP]" ? $"[RP] {next}:{next + 20}" : $"[R] {next}"));
        Assert.Equal((TcpState.Closed, TcpError.Reset), (peer.State, peer.Tcp.Error));
    }

    // SHLD-2
    [Theory, OnEveryWire(In = "SS ES CW TW")]
    public void ResetWithText_CountsAsOneWithout(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        int expected = state == "SS" ? 0 : peer.Variables.RcvNxt;
        Assert.Equal("", peer.In($"[RP.] {expected}:{expected + 20} ack 1"));
        Assert.Equal(state == "TW" ? TcpState.TimeWait : TcpState.Closed, peer.State);
        Assert.Equal(0, peer.Tcp.Readable);
    }

    // SM-RST-SR, MUST-11: the embryo of a listener ends without a word to the user.
    [Theory, OnEveryWire]
    public void ExactReset_InSynReceivedFromListen_EndsItQuietly(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SR");
        Assert.Equal("", peer.In("[R] 1"));
        Assert.Equal((TcpState.Closed, TcpError.None, true), (peer.State, peer.Tcp.Error, peer.Tcp.WasPassive));
        Assert.DoesNotContain("Failed", peer.TakeEvents(), StringComparison.Ordinal);
        Assert.True(peer.Tcp.NextDeadline.IsNever);
    }

    // SM-RST-SR, MUST-11
    [Theory, OnEveryWire]
    public void ExactReset_InSynReceivedFromActiveOpen_RefusesTheConnection(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SA");
        Assert.Equal("", peer.In("[R] 1"));
        Assert.Equal((TcpState.Closed, TcpError.Refused), (peer.State, peer.Tcp.Error));
        Assert.Contains("Failed", peer.TakeEvents(), StringComparison.Ordinal);
    }

    // SM-RST-TW, X-1337-1
    [Theory, OnEveryWire]
    public void Reset_InTimeWait_IsIgnored(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "TW");
        Instant end = peer.Tcp.NextDeadline;
        Assert.Equal("", peer.In("[R] 2"));
        Assert.Equal("", peer.In("[R] 1"));
        Assert.Equal((TcpState.TimeWait, end), (peer.State, peer.Tcp.NextDeadline));
    }

    // SM-RST-5: behind a lost segment a reset has the number behind the highest block we hold; as Linux, that counts.
    [Theory, OnEveryWire]
    public void Reset_BehindTheHighestBlock_Counts(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,sackOK");
        peer.In("[P.] 11:21 ack 1");
        peer.In("[P.] 31:41 ack 1");
        Assert.Equal("[.] 1 ack 1 <sack 31:41,sack 11:21>", peer.In("[R] 21"));
        Assert.Equal(TcpState.Established, peer.State);
        Assert.Equal("", peer.In("[R] 41"));
        Assert.Equal((TcpState.Closed, TcpError.Reset), (peer.State, peer.Tcp.Error));
    }

    // SM-RST-6, X-7323-14, BUG-12: PAWS never drops a reset.
    [Theory, OnEveryWire]
    public void Reset_WithAnOldTimestampOrNone_Counts(string wire)
    {
        foreach (string options in new[] { " <TS 10/0>", "" })
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,TS 100/0");
            peer.In($"[R] 1{options}");
            Assert.Equal(TcpState.Closed, peer.State);
        }
    }

    // SM-RST-6: nor does one update TS.Recent.
    [Theory, OnEveryWire]
    public void ResetInTheWindow_WithAFutureTimestamp_LeavesTsRecent(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,TS 100/0");
        peer.In("[R] 2 <TS 2000000000/0>");
        Assert.Equal(100u, peer.Emitted[^1].Options.TsEcr);
        peer.In("[P.] 1:11 ack 1 <TS 101/last>");
        Assert.Equal(10, peer.ReadAll());
    }
}

using Finwait.Wire;

namespace Finwait.Tcp.Tests;

/// <summary>Timeouts (RFC 9293 §3.10.8): user timeout, retransmission, TIME-WAIT, FIN-WAIT-2, SYN-ACK.</summary>
public sealed class TimeoutTests
{
    // SM-TO-RTX, X-6298-5: the front of the queue, at doubling intervals.
    [Theory, OnEveryWire]
    public void Retransmission_OfText_ResendsTheFrontAndBacksOff(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(2000);
        string sent = peer.Run(14);
        Assert.Equal("""
            0.204 [.] 1:1001 ack 1
            0.612 [.] 1:1001 ack 1
            1.428 [.] 1:1001 ack 1
            3.060 [.] 1:1001 ack 1
            6.324 [.] 1:1001 ack 1
            12.852 [.] 1:1001 ack 1
            """, sent);
    }

    // SM-TO-RTX
    [Theory, OnEveryWire]
    public void Retransmission_OfSynAck_DoublesAndThenTheEmbryoEndsSilently(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SR");
        Assert.Equal("1.000 [S.] 0 ack 1\n3.000 [S.] 0 ack 1\n7.000 [S.] 0 ack 1\n15.000 [S.] 0 ack 1\n31.000 [S.] 0 ack 1", peer.Run(62.9));
        Assert.Equal(TcpState.SynReceived, peer.State);
        Assert.Equal("", peer.Run(0.2));                        // SM-TO-SR, X-RETRY-1, X-4987-2: at 63 s, no reset
        Assert.Equal(TcpState.Closed, peer.State);
        Assert.True(peer.Tcp.NextDeadline.IsNever);
    }

    // SM-TO-SR, MUST-23: a connection that opened actively counts its tries as those of a SYN, and tells the user; the peer hears nothing more (as Linux 6.18).
    [Theory, OnEveryWire]
    public void SynAckRetriesExhausted_AfterCrossedSyns_TellsTheUserOnly(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SA");
        Assert.EndsWith("\n127.000 [S.] 0 ack 1", peer.Run(246.9), StringComparison.Ordinal);
        Assert.Equal(TcpState.SynReceived, peer.State);
        Assert.Equal("", peer.Run(10));
        Assert.Equal((TcpState.Closed, TcpError.TimedOut), (peer.State, peer.Tcp.Error));
    }

    // SM-TO-RTX, BUG-03: a lost FIN is sent again from every state that waits for its acknowledgment.
    [Theory, OnEveryWire(In = "F1 CG LA")]
    public void Retransmission_OfFin_HappensInEveryStateThatWaitsForItsAck(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        int expected = peer.Variables.RcvNxt;
        string sent = peer.Run(3);
        Assert.Equal(3, sent.Split('\n').Count(line => line.EndsWith($"[F.] 1 ack {expected}", StringComparison.Ordinal)));
        peer.In($"[.] {expected} ack 2");
        Assert.Equal(state switch { "F1" => TcpState.FinWait2, "CG" => TcpState.TimeWait, _ => TcpState.Closed }, peer.State);
    }

    // SM-TO-RTX: text and FIN in one segment stay in one segment.
    [Theory, OnEveryWire]
    public void Retransmission_OfAFullSegmentWithFin_IsNotSplit(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Tcp.Send(peer.Now, Pattern.Slice(0, 1000));
        Assert.Equal("[FP.] 1:1001 ack 1", peer.Shutdown());
        Assert.StartsWith("0.204 [FP.] 1:1001 ack 1\n0.612 [FP.] 1:1001 ack 1", peer.Run(1), StringComparison.Ordinal);
    }

    // MUST-23, X-RETRY-1: by default a connect() gives up after three minutes at the earliest.
    [Theory, OnEveryWire]
    public void SynToABlackHole_ByDefault_IsTriedForThreeMinutes(string wire)
    {
        ScriptedPeer peer = new(wire);
        peer.Open();
        peer.Run(180);
        Assert.Equal(TcpState.SynSent, peer.State);
        peer.Run(75);
        Assert.Equal((TcpState.Closed, TcpError.TimedOut), (peer.State, peer.Tcp.Error));
    }

    // X-RETRY-1, MUST-22, SHLD-9: SYNs at 0, 1, 2, 3, 4, 5, 7, 11, 19, 35 and 67 s, as measured on Linux 6.18 (golden 10-syn-blocked).
    [Theory, OnEveryWire]
    public void SynToABlackHole_LinuxsRetries_FailsAfterElevenSyns(string wire)
    {
        ScriptedPeer peer = new(wire, new TcpSettings { SynRetries = 6 });
        peer.Open();
        Assert.Equal(
            "1.000 [S] 0\n2.000 [S] 0\n3.000 [S] 0\n4.000 [S] 0\n5.000 [S] 0\n7.000 [S] 0\n11.000 [S] 0\n19.000 [S] 0\n35.000 [S] 0\n67.000 [S] 0",
            peer.Run(130.9));
        Assert.Contains("Struggling", peer.TakeEvents(), StringComparison.Ordinal);
        Assert.Equal(TcpState.SynSent, peer.State);
        Assert.Equal("", peer.Run(0.2));
        Assert.Equal((TcpState.Closed, TcpError.TimedOut), (peer.State, peer.Tcp.Error));
        Assert.Equal("Readable Writable Failed StateChanged", peer.TakeEvents());
    }

    // X-RETRY-1: measured on Linux 6.18 with net.ipv4.tcp_syn_retries 1, 2, 3 and 6 (golden 10b-syn-blocked-timeout has 2).
    [Theory]
    [InlineData(1, 3, 3)]
    [InlineData(2, 6, 7)]
    [InlineData(3, 8, 19)]
    [InlineData(6, 11, 131)]
    [InlineData(7, 12, 251)]
    public void SynToABlackHole_BySetting_SendsAndFailsAsLinuxDoes(int retries, int syns, int seconds)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = new(wire, new TcpSettings { SynRetries = retries });
            peer.Open();
            peer.Run(seconds - 0.01);
            Assert.Equal((TcpState.SynSent, syns), (peer.State, peer.Emitted.Count));
            peer.Run(0.02);
            Assert.Equal((TcpState.Closed, TcpError.TimedOut, syns), (peer.State, peer.Tcp.Error, peer.Emitted.Count));
        }
    }

    // MUST-20, SHLD-9, SHLD-10, SHLD-11, X-RETRY-1: negative advice at R1, the end at R2 (Linux-like, about 924 s).
    [Theory, OnEveryWire]
    public void SilentPeer_DefaultRetries_AdviceAfterThreeAndEndAfterR2(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(10);
        peer.Run(1.4);
        Assert.Equal(2, peer.Emitted.Count(plan => plan.Cause.Rule == Rule.Retransmit));
        Assert.DoesNotContain("Struggling", peer.TakeEvents(), StringComparison.Ordinal);
        peer.Run(0.1);
        Assert.Equal(3, peer.Emitted.Count(plan => plan.Cause.Rule == Rule.Retransmit));
        Assert.Contains("Struggling", peer.TakeEvents(), StringComparison.Ordinal);
        peer.Run(900);
        Assert.Equal(TcpState.Established, peer.State);
        Assert.Equal("", peer.TakeEvents());                    // once
        peer.Run(200);
        Assert.Equal((TcpState.Closed, TcpError.TimedOut), (peer.State, peer.Tcp.Error));
        Assert.InRange((peer.Emitted[^1].Seq - peer.Iss), 1, 11);
        Assert.Equal(0, peer.LentWhenIdle);
    }

    // SM-TO-USER, MUST-21: to the moment; in every state that waits for the peer, who is told nothing (as Linux 6.18).
    [Theory, OnEveryWire(In = "SS SR SA ES F1 CG LA")]
    public void UserTimeout_InAnyStateThatWaits_EndsTheConnection(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state is "F1" or "CG" or "LA" ? "ES" : state);
        peer.Tcp.UserTimeout = TimeSpan.FromSeconds(30);
        switch (state)
        {
            case "ES":
                peer.Send(10);
                break;
            case "F1":
                peer.Shutdown();
                break;
            case "CG":
                peer.Shutdown();
                peer.In("[F.] 1 ack 1");
                break;
            case "LA":
                peer.In("[F.] 1 ack 1");
                peer.Shutdown();
                break;
        }

        Assert.Equal(ScriptedPeer.StateOf(state), peer.State);
        double first = state switch { "SS" or "SA" => 0, "SR" => 1, _ => 0.204 };      // our SYN, else the first retransmission
        peer.Run(first + 29.9);
        Assert.Equal(ScriptedPeer.StateOf(state), peer.State);
        Assert.Equal("", peer.Run(0.2));
        Assert.Equal((TcpState.Closed, TcpError.TimedOut), (peer.State, peer.Tcp.Error));
        Assert.True(peer.Tcp.NextDeadline.IsNever);
    }

    // MUST-21: up to infinity, too.
    [Theory, OnEveryWire]
    public void UserTimeout_VeryLong_KeepsTrying(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Tcp.UserTimeout = TimeSpan.FromDays(365);
        peer.Send(10);
        peer.Run(86400);
        Assert.Equal(TcpState.Established, peer.State);
        peer.In("[.] 1 ack 11");
        Assert.True(peer.Tcp.NextDeadline.IsNever);
    }

    // SM-TO-USER: the clock of the user timeout stops when the peer acknowledges.
    [Theory, OnEveryWire]
    public void UserTimeout_PeerAcknowledgesInTime_BeginsAnew(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Tcp.UserTimeout = TimeSpan.FromSeconds(30);
        peer.Send(10);
        peer.Run(20);
        peer.In("[.] 1 ack 11");
        peer.Run(20);
        peer.Send(10);
        peer.Run(13.056 + 29.9);                                // no sample was taken: the first retransmission comes after the doubled timeout
        Assert.Equal(TcpState.Established, peer.State);
        peer.Run(0.2);
        Assert.Equal(TcpState.Closed, peer.State);
    }

    // SM-TO-F2, X-F2-1: an orphan waits 60 s for the peer's FIN.
    [Theory, OnEveryWire]
    public void FinWait2_OfAnOrphan_EndsSilentlyAfterSixtySeconds(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Close();
        peer.In("[.] 1 ack 2");
        Assert.True(peer.Tcp.CanRetire);
        Assert.Equal("", peer.Run(59.9));
        Assert.Equal(TcpState.FinWait2, peer.State);
        Assert.Equal("", peer.Run(0.2));
        Assert.Equal((TcpState.Closed, TcpError.None), (peer.State, peer.Tcp.Error));
    }

    // SM-TO-F2: the clock starts with close(), not with an earlier shutdown().
    [Theory, OnEveryWire]
    public void FinWait2_ClosedLater_WaitsFromThen(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "F2");
        Assert.Equal("", peer.Run(1000));
        Assert.Equal(TcpState.FinWait2, peer.State);            // half-closed and read from: no timer
        peer.Close();
        peer.Run(59.9);
        Assert.Equal(TcpState.FinWait2, peer.State);
        peer.Run(0.2);
        Assert.Equal(TcpState.Closed, peer.State);
    }

    // X-ORPH-1: an orphan that gets no answer gives up earlier than R2.
    [Theory, OnEveryWire(In = "F1 LA CG")]
    public void Orphan_WithoutAnswer_GivesUpAfterFewerRetries(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        peer.Close();
        peer.Run(100);
        Assert.Equal(ScriptedPeer.StateOf(state), peer.State);
        peer.Run(120);
        Assert.Equal(TcpState.Closed, peer.State);
        Assert.Equal(0, peer.LentWhenIdle);
    }

    // SM-TO-TW, BUG-02: on both sides of the moments where 32-bit counts of milliseconds turn over.
    [Theory]
    [InlineData(0x7FFFFFFFL)]
    [InlineData(0xFFFFFFFFL)]
    public void TimersAndTimestamps_WhereMillisecondCountersWrap_WorkOn(long milliseconds)
    {
        foreach (string wire in WireCase.Names)
        {
            Instant start = new((milliseconds - 60_000) * TimeSpan.TicksPerMillisecond);
            ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,sackOK,TS 4294967000/0", start: start);
            peer.Options = "TS 4294967000/last";
            peer.Skip(59.9);
            peer.Send(10);
            Assert.Contains("[P.] 1:11 ack 1", peer.Run(0.3), StringComparison.Ordinal);       // across the turn
            peer.Options = "TS 50/last";
            peer.In("[.] 1 ack 11");
            Assert.InRange(peer.Tcp.GetInfo(peer.Now).Rtt.TotalMilliseconds, 0, 400);
            peer.Shutdown();
            peer.In("[.] 1 ack 12");
            peer.In("[F.] 1 ack 12");
            Assert.Equal(TcpState.TimeWait, peer.State);
            peer.Run(61);
            Assert.Equal(TcpState.Closed, peer.State);
        }
    }

    // Several timers due at once: each does its work, in one call.
    [Theory, OnEveryWire]
    public void OnTimeout_SeveralTimersOverdue_EachActs(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        for (int i = 0; i < 40; i++)
        {
            peer.In($"[P.] {1 + i}:{2 + i} ack 1");             // quick acknowledgments run out
        }

        peer.ReadAll();
        peer.Sent();
        peer.Send(10);
        peer.In("[P.] 41:42 ack 1");                            // a delayed acknowledgment is pending, and a retransmission
        peer.Skip(5);
        Assert.Equal("5.000 [P.] 1:11 ack 42", peer.Run(0));    // the retransmission carries the acknowledgment
        Assert.True(peer.Tcp.NextDeadline > peer.Now);
    }

    // A retransmission that gives up leaves no other timer running.
    [Theory, OnEveryWire]
    public void OnTimeout_GivesUpWhileOthersAreDue_NothingGoes(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Tcp.SetKeepAlive(peer.Now, on: true, idle: TimeSpan.FromSeconds(1), interval: TimeSpan.FromSeconds(1), probes: 1);
        peer.Send(10);
        peer.Run(1);
        peer.Skip(5000);
        Assert.Equal("", peer.Run(0));
        Assert.Equal(TcpState.Closed, peer.State);
        Assert.True(peer.Tcp.NextDeadline.IsNever);
    }

    // Called early, it does nothing.
    [Theory, OnEveryWire]
    public void OnTimeout_BeforeTheDeadline_DoesNothing(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(10);
        Instant due = peer.Tcp.NextDeadline;
        peer.Tcp.OnTimeout(peer.Now);
        Assert.Equal(("", due), (peer.Sent(), peer.Tcp.NextDeadline));
    }

    // A segment that was acknowledged stops the timer (X-6298-4).
    [Theory, OnEveryWire]
    public void Acknowledgment_OfEverything_StopsTheTimer(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(10);
        peer.In("[.] 1 ack 11");
        Assert.True(peer.Tcp.NextDeadline.IsNever);
        Assert.Equal(TcpFlags.Ack | TcpFlags.Psh, peer.Emitted[^1].Flags);
    }
}

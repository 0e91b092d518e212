namespace Finwait.Tcp.Tests;

/// <summary>Fifth check of RFC 9293 §3.10.7.4: ACK, with the range of RFC 5961 §5.</summary>
public sealed class AckCheckTests
{
    // SM-ACK-0
    [Theory, OnEveryWire(In = "SR ES F1 F2 CW CG LA TW")]
    public void SegmentWithoutAck_IsDropped(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        (int next, int expected) before = peer.Variables;
        Assert.Equal("", peer.In($"[P] {before.expected}:{before.expected + 10}"));
        Assert.Equal("", peer.In($"[F] {before.expected}"));
        Assert.Equal("", peer.In($"[] {before.expected}"));
        Assert.Equal((ScriptedPeer.StateOf(state), before, 0), (peer.State, peer.Variables, peer.Tcp.Readable));
    }

    // SM-ACK-SR
    [Theory, OnEveryWire(In = "SR SA")]
    public void AckOfOurSyn_InSynReceived_Establishes(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        Assert.Equal("", peer.In("[.] 1 ack 1 win 1500"));
        Assert.Equal(TcpState.Established, peer.State);
        Assert.Equal("Connected Writable StateChanged", peer.TakeEvents());
        Assert.True(peer.Tcp.NextDeadline.IsNever);
        Assert.Equal("[.] 1:1001 ack 1", peer.Send(3000));      // SND.WND is 1500
    }

    // SM-ACK-SR, X-7323-2: the window of that segment is scaled.
    [Theory, OnEveryWire]
    public void AckOfOurSyn_WithWindowScale_WindowIsScaled(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SR", "mss 1000,ws 4");
        peer.In("[.] 1 ack 1 win 125");
        Assert.Equal("[.] 1:1001 ack 1\n[.] 1001:2001 ack 1", peer.Send(3000));
    }

    // SM-ACK-SR, SM-RG-3
    [Theory, OnEveryWire(In = "SR SA")]
    public void AckOfAnythingElse_InSynReceived_IsResetAndTheStateStays(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        Assert.Equal("[R] 0", peer.In("[.] 1 ack 0"));
        Assert.Equal("[R] 2", peer.In("[.] 1 ack 2"));
        Assert.Equal("[R] -60000", peer.In("[P.] 1:11 ack -60000"));
        Assert.Equal((TcpState.SynReceived, 0), (peer.State, peer.Tcp.Readable));
        peer.In("[.] 1 ack 1");
        Assert.Equal(TcpState.Established, peer.State);
    }

    // SM-ACK-ES-1
    [Theory, OnEveryWire(In = "ES CW")]
    public void NewAck_FreesWhatItAcknowledgesAndTrimsTheRest(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        int at = peer.Variables.RcvNxt;
        peer.Send(2000);
        peer.TakeEvents();
        peer.In($"[.] {at} ack 501");                           // half of the first segment
        Assert.Equal("Writable", peer.TakeEvents());
        Assert.False(peer.Tcp.IsInFlight(peer.Iss + 500));
        Assert.True(peer.Tcp.IsInFlight(peer.Iss + 501));
        peer.Restart();
        string again = peer.Run(1.2);
        Assert.Contains($"[.] 501:1001 ack {at}", again, StringComparison.Ordinal);
        peer.In($"[.] {at} ack 2001");
        Assert.Equal(0, peer.LentWhenIdle);
        Assert.True(peer.Tcp.NextDeadline.IsNever);
    }

    // SM-ACK-ES-2: the acknowledgment says nothing new, its text still counts.
    [Theory, OnEveryWire]
    public void OldAck_WithText_TextIsTaken(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(100);
        peer.In("[.] 1 ack 101");
        peer.In("[P.] 1:11 ack 51");
        Assert.Equal(10, peer.ReadAll());
        Assert.False(peer.Tcp.IsInFlight(peer.Iss + 60));
    }

    // SM-ACK-ES-3, SM-ACK-1, BUG-07: optimistic acknowledgments, also of octets queued and not sent.
    [Theory, OnEveryWire(In = "ES F1 F2 CW CG LA")]
    public void AckOfWhatWasNotSent_IsAnsweredAndTheSegmentDropped(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        if (peer.Tcp.CanSend)
        {
            peer.In($"[.] {peer.Variables.RcvNxt} ack 1 win 10");
            peer.Send(100);
            peer.Run(0.3);
        }

        (int next, int expected) = peer.Variables;
        foreach (int beyond in new[] { 1, 50, 1 << 30 })
        {
            peer.Skip(1);
            Assert.EndsWith($"[.] {next} ack {expected}", peer.In($"[P.] {expected}:{expected + 10} ack {next + beyond}"), StringComparison.Ordinal);
        }

        Assert.Equal((ScriptedPeer.StateOf(state), 0, (next, expected)), (peer.State, peer.Tcp.Readable, peer.Variables));
    }

    // SM-ACK-1, X-5961-4, MAY-12, BUG-08: no older than the largest window ever seen.
    [Theory, OnEveryWire]
    public void AncientAck_IsChallengedAndTheSegmentDropped(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        Assert.Equal("[.] 1 ack 1", peer.In($"[P.] 1:11 ack {1 - 65535 - 1}"));
        Assert.Equal(0, peer.Tcp.Readable);
        peer.In($"[P.] 1:11 ack {1 - 65535}");
        Assert.Equal(10, peer.ReadAll());
    }

    // X-5961-4: MAX.SND.WND is what was ever seen, scaled.
    [Theory, OnEveryWire]
    public void AncientAck_AfterALargerWindowWasSeen_IsMeasuredByIt(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,ws 2");
        peer.In("[.] 1 ack 1 win 30000");                       // 120000
        peer.In("[.] 1 ack 1 win 10");
        Assert.Equal("[.] 1 ack 1", peer.In("[P.] 1:11 ack -120000"));
        peer.In("[P.] 1:11 ack -119999");
        Assert.Equal(10, peer.ReadAll());
    }

    // X-5961-5: a FIN is covered by the same check.
    [Theory, OnEveryWire]
    public void Fin_WithImplausibleAck_IsNotTaken(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        Assert.Equal("[.] 1 ack 1", peer.In("[F.] 1 ack 100"));
        peer.Skip(1);
        Assert.Equal("[.] 1 ack 1", peer.In("[F.] 1 ack -70000"));
        Assert.Equal(TcpState.Established, peer.State);
    }

    // SM-ACK-ES-4: which segment's window counts.
    [Theory]
    [InlineData("[.] 1 ack 1 win 3000", 3000)]                  // the same numbers: WL2 ≤ SEG.ACK
    [InlineData("[.] 2 ack 1 win 3000", 3000)]                  // newer: WL1 < SEG.SEQ
    [InlineData("[.] 1 ack 0 win 3000", 2000)]                  // older acknowledgment
    [InlineData("[.] 2 ack 0 win 3000", 2000)]                  // SEG.ACK below SND.UNA
    public void Window_IsTakenFromNewerSegmentsOnly(string segment, int window)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
            peer.In("[.] 1 ack 1 win 2000");
            peer.In(segment);
            Assert.Equal(window, peer.Tcp.GetInfo(peer.Now).SendWindow);
            Assert.Equal(window / 1000, peer.Send(5000).Split('\n').Length);
        }
    }

    // SM-ACK-ES-4: a delayed segment with an older sequence number must not close the window again.
    [Theory, OnEveryWire]
    public void Window_OfAReorderedOlderSegment_IsIgnored(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[P.] 11:21 ack 1 win 3000");
        peer.In("[P.] 1:11 ack 1 win 5");
        Assert.Equal(3000, peer.Tcp.GetInfo(peer.Now).SendWindow);
    }

    // SM-ACK-F1
    [Theory, OnEveryWire]
    public void AckOfOurFin_InFinWait1_LeadsToFinWait2(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "F1");
        peer.In("[.] 1 ack 1");
        Assert.Equal(TcpState.FinWait1, peer.State);
        Assert.Equal("", peer.In("[.] 1 ack 2"));
        Assert.Equal(TcpState.FinWait2, peer.State);
        Assert.True(peer.Tcp.NextDeadline.IsNever);             // still held by its user: no timer (SM-TO-F2)
    }

    // SM-ACK-F1, BUG-03: SEG.ACK = SND.NXT says nothing while the FIN is still queued.
    [Theory, OnEveryWire]
    public void AckOfAllText_WhileTheFinIsQueued_StaysInFinWait1(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[.] 1 ack 1 win 10");
        Assert.Equal("[P.] 1:11 ack 1", peer.Send(10));
        Assert.Equal("", peer.Shutdown());
        Assert.Equal("", peer.In("[.] 1 ack 11 win 0"));
        Assert.Equal(TcpState.FinWait1, peer.State);
        Assert.Equal("[F.] 11 ack 1", peer.In("[.] 1 ack 11 win 10"));
        peer.In("[.] 1 ack 11");
        Assert.Equal(TcpState.FinWait1, peer.State);
        peer.In("[.] 1 ack 12");
        Assert.Equal(TcpState.FinWait2, peer.State);
    }

    // SM-ACK-F1, SM-ACK-CG, SM-ACK-LA, BUG-03: an acknowledgment up to the FIN but not of it.
    [Theory]
    [InlineData("ES", TcpState.FinWait1, TcpState.FinWait2)]
    [InlineData("CG", TcpState.Closing, TcpState.TimeWait)]
    [InlineData("CW", TcpState.LastAck, TcpState.Closed)]
    public void AckUpToTheFin_IsNotAnAckOfIt(string from, TcpState waiting, TcpState done)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, from == "CG" ? "ES" : from);
            peer.Send(10);
            peer.Shutdown();
            if (from == "CG")
            {
                peer.In("[F.] 1 ack 1");
            }

            int at = peer.Variables.RcvNxt;
            peer.In($"[.] {at} ack 5");
            Assert.Equal(waiting, peer.State);
            Assert.False(peer.Tcp.IsInFlight(peer.Iss + 4));    // partial acknowledgments still count (SM-ACK-LA)
            peer.In($"[.] {at} ack 11");
            Assert.Equal(waiting, peer.State);
            peer.In($"[.] {at} ack 12");
            Assert.Equal(done, peer.State);
        }
    }

    // SM-ACK-F2: as ESTABLISHED; the block is kept.
    [Theory, OnEveryWire]
    public void Ack_InFinWait2_ChangesNothing(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "F2");
        Assert.Equal("", peer.In("[.] 1 ack 2 win 17"));
        Assert.Equal((TcpState.FinWait2, 17), (peer.State, peer.Tcp.GetInfo(peer.Now).SendWindow));
    }

    // SM-ACK-CG
    [Theory, OnEveryWire]
    public void AckOfOurFin_InClosing_LeadsToTimeWait(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "CG");
        Assert.Equal("", peer.In("[.] 2 ack 1"));
        Assert.Equal(TcpState.Closing, peer.State);
        Assert.Equal("", peer.In("[.] 2 ack 2"));
        Assert.Equal((TcpState.TimeWait, TimeSpan.FromSeconds(60)), (peer.State, peer.Tcp.NextDeadline - peer.Now));
    }

    // SM-ACK-LA
    [Theory, OnEveryWire]
    public void AckOfOurFin_InLastAck_EndsTheConnection(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "LA");
        Assert.Equal("", peer.In("[.] 2 ack 1"));
        Assert.Equal(TcpState.LastAck, peer.State);
        Assert.Equal("", peer.In("[.] 2 ack 2"));
        Assert.Equal((TcpState.Closed, TcpError.None), (peer.State, peer.Tcp.Error));
        Assert.True(peer.Tcp.NextDeadline.IsNever);
    }

    // SM-ACK-TW, SM-FIN-TW, MUST-13
    [Theory, OnEveryWire]
    public void RetransmittedFin_InTimeWait_IsAcknowledgedAndTheWaitBeginsAnew(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "TW");
        peer.Skip(20);
        Assert.Equal("", peer.In("[.] 2 ack 2"));               // an acknowledgment is nothing to wait for
        Assert.Equal(40, (peer.Tcp.NextDeadline - peer.Now).TotalSeconds);
        Assert.Equal("[.] 2 ack 2", peer.In("[F.] 1 ack 2"));
        Assert.Equal(60, (peer.Tcp.NextDeadline - peer.Now).TotalSeconds);
        Assert.Equal("[.] 2 ack 2", peer.In("[F.] 1 ack 2"));   // every one: it is no acknowledgment that could be answered in turn
    }

    // X-5961-6, BUG-17: in TIME-WAIT too an empty segment that cannot be taken is answered only now and then: two sides must not answer each other for ever.
    [Theory, OnEveryWire]
    public void UnacceptableEmptySegments_InTimeWait_AreThrottled(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "TW");
        int answers = 0;
        for (int i = 0; i < 100; i++)
        {
            answers += peer.In("[.] 1 ack 2").Length > 0 ? 1 : 0;
            peer.Skip(0.001);
        }

        Assert.Equal(1, answers);
    }
}

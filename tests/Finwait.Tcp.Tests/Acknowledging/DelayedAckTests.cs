namespace Finwait.Tcp.Tests;

/// <summary>When we acknowledge (RFC 9293 §3.8.6.3, RFC 5681 §4.2; modes and delays as Linux).</summary>
public sealed class DelayedAckTests
{
    /// <summary>A request was answered: acknowledgments now wait for the next answer to ride on. Next numbers: peer 11, we 6.</summary>
    private static ScriptedPeer Interactive(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        Assert.Equal("[.] 1 ack 11", peer.In("[P.] 1:11 ack 1"));
        peer.ReadAll();
        Assert.Equal("[P.] 1:6 ack 11", peer.Send(5));
        return peer;
    }

    // X-QACK-1: at the start every segment is acknowledged at once, up to 16.
    [Theory, OnEveryWire]
    public void FirstSegments_AreAcknowledgedAtOnceSixteenTimes(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        int immediate = 0;
        for (int i = 0; i < 40; i++)
        {
            bool answered = peer.In($"[P.] {1 + i}:{2 + i} ack 1").Length > 0;
            Assert.True(answered || i >= 16 || immediate == i, "quick acknowledgments come without a gap");
            immediate += answered ? 1 : 0;
        }

        Assert.InRange(immediate, 15, 16);
    }

    // SHLD-18, MUST-40, SM-TO-DACK, X-DACK-1: in an exchange the acknowledgment waits 40 ms...
    [Theory, OnEveryWire]
    public void LoneSegment_InAnExchange_IsAcknowledgedByTheTimer(string wire)
    {
        ScriptedPeer peer = Interactive(wire);
        peer.Restart();
        Assert.Equal("", peer.In("[P.] 11:21 ack 6"));
        Assert.Equal("0.040 [.] 6 ack 21", peer.Run(1));
    }

    // SHLD-18: ... or rides on the answer.
    [Theory, OnEveryWire]
    public void LoneSegment_AnsweredInTime_AcknowledgmentRidesOnTheAnswer(string wire)
    {
        ScriptedPeer peer = Interactive(wire);
        Assert.Equal("", peer.In("[P.] 11:21 ack 6"));
        peer.ReadAll();
        Assert.Equal("[P.] 6:11 ack 21", peer.Send(5));
        Assert.Equal("", peer.In("[.] 21 ack 11"));
        Assert.Equal("", peer.Run(1));
    }

    // SHLD-19, X-5681-6: every second full-sized segment at once, also when options make them smaller than what we advertised.
    [Theory, OnEveryWire]
    public void FullSegments_EverySecondIsAcknowledgedAtOnce(string wire)
    {
        ScriptedPeer peer = Interactive(wire);
        int at = 11;
        for (int i = 0; i < 20; i++)
        {
            string answer = peer.In($"[.] {at}:{at + 900} ack 6");
            at += 900;
            peer.ReadAll();
            answer += peer.Sent();
            Assert.Equal(i % 2 == 1 ? $"[.] 6 ack {at}" : "", answer);
        }
    }

    // SHLD-19: also while the application does not read, as long as the window need not shrink.
    [Theory, OnEveryWire]
    public void FullSegments_NotReadYet_EverySecondIsAcknowledgedAtOnce(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", settings: new TcpSettings { ReceiveBuffer = (4096, 1 << 20, 1 << 20) });
        peer.In("[P.] 1:11 ack 1");
        peer.Send(5);
        for (int i = 0; i < 20; i++)
        {
            int at = 11 + (i * 900);
            Assert.Equal(i % 2 == 1 ? $"[.] 6 ack {at + 900}" : "", peer.In($"[.] {at}:{at + 900} ack 6"));
        }
    }

    // SHLD-19: never more than two full-sized segments unacknowledged, whatever sizes and pauses.
    [Theory, OnEveryWire]
    public void Unacknowledged_NeverExceedsTwoFullSegments(string wire)
    {
        ScriptedPeer peer = Interactive(wire);
        Random random = new(4711);
        int at = 11, acked = 11;
        for (int i = 0; i < 800; i++)
        {
            int length = random.Next(4) == 0 ? random.Next(1, 1000) : 1000;
            peer.In($"[.] {at}:{at + length} ack 6");
            at += length;
            peer.ReadAll();
            peer.Sent();
            if (random.Next(5) == 0)
            {
                peer.Run(random.NextDouble() / 10);
            }

            acked = peer.Emitted[^1].Ack - peer.Irs;
            Assert.True(at - acked <= 2000, $"{at - acked} octets are unacknowledged");
        }
    }

    // MUST-40, X-DACK-1: whatever the rhythm of arrivals, no acknowledgment comes later than half a second, or 200 ms as we have it.
    [Fact]
    public void AnyRhythm_AcknowledgmentIsNeverLaterThan200Milliseconds()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            Random random = new(seed);
            ScriptedPeer peer = Interactive(WireCase.Names.ElementAt(seed % 6));
            int at = 11;
            for (int i = 0; i < 200; i++)
            {
                peer.In($"[P.] {at}:{at + 10} ack {peer.Variables.SndNxt}");
                at += 10;
                peer.ReadAll();
                if (random.Next(3) == 0)
                {
                    peer.Send(3);
                }

                Instant arrived = peer.Now;
                peer.Run(0.2);
                Assert.Equal(at, peer.Emitted[^1].Ack - peer.Irs);
                Assert.True(peer.Now - arrived < TimeSpan.FromSeconds(0.5));
                peer.Skip(random.NextDouble() * (random.Next(4) == 0 ? 3 : 0.1));
                peer.Run(0);
            }
        }
    }

    // MUST-58, MUST-59: a batch is processed first and acknowledged once.
    [Theory, OnEveryWire]
    public void Batch_IsAcknowledgedOnce(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        Assert.Equal("[.] 1 ack 10001", peer.InBatch([.. Enumerable.Range(0, 10).Select(i => $"[.] {1 + (i * 1000)}:{1001 + (i * 1000)} ack 1")]));
    }

    // X-5681-6, X-DACK-1: out of order at once, filling a hole at once, even in an exchange.
    [Theory, OnEveryWire]
    public void Disorder_IsAcknowledgedAtOnce(string wire)
    {
        ScriptedPeer peer = Interactive(wire);
        Assert.Equal("[.] 6 ack 11", peer.In("[P.] 21:31 ack 6"));
        Assert.Equal("[.] 6 ack 11", peer.In("[P.] 31:41 ack 6"));
        Assert.Equal("[.] 6 ack 15", peer.In("[P.] 11:15 ack 6"));     // part of the hole
        Assert.Equal("[.] 6 ack 41", peer.In("[P.] 15:21 ack 6"));
    }

    // X-QACK-1: what came already came again, so something was lost on the way: every segment for a while, so that the sender's recovery is clocked.
    [Theory, OnEveryWire]
    public void AfterADuplicate_SegmentsAreAcknowledgedAtOnceAgain(string wire)
    {
        ScriptedPeer peer = Interactive(wire);
        Assert.NotEqual("", peer.In("[P.] 1:11 ack 6"));
        Assert.Equal("[.] 6 ack 21", peer.In("[P.] 11:21 ack 6"));
        Assert.Equal("[.] 6 ack 31", peer.In("[P.] 21:31 ack 6"));
    }

    // X-DACK-1: the segments behind a hole are acknowledged at once, those after it as before (the kernel's own run 19a).
    [Theory, OnEveryWire]
    public void AfterAHole_SegmentsAreAcknowledgedAsBefore(string wire)
    {
        ScriptedPeer peer = Interactive(wire);
        Assert.Equal("[.] 6 ack 11", peer.In("[P.] 21:31 ack 6"));
        Assert.Equal("[.] 6 ack 31", peer.In("[P.] 11:21 ack 6"));
        Assert.Equal("", peer.In("[P.] 31:41 ack 6"));
        Assert.Equal("0.040 [.] 6 ack 41", peer.Run(1));
    }

    // X-5681-6: at most one acknowledgment per segment otherwise: pure ACKs are never acknowledged.
    [Theory, OnEveryWire]
    public void PureAcknowledgments_AreNotAcknowledged(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(3000);
        foreach (int ack in new[] { 1, 1001, 1001, 2001, 3001, 3001 })
        {
            Assert.Equal("", peer.In($"[.] 1 ack {ack}"));
        }

        Assert.Equal("", peer.Run(10));
    }

    // X-DACK-1: a FIN without data before: after a tick (what we have to say may ride along); PSH makes no difference.
    [Theory, OnEveryWire]
    public void Fin_WithoutData_IsAcknowledgedAfterATick(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        Assert.Equal("", peer.In("[F.] 1 ack 1"));
        Assert.Equal("0.004 [.] 1 ack 2", peer.Run(1));
    }

    // X-DACK-1: reading opens the window by a good deal: the waiting acknowledgment goes at once.
    [Theory, OnEveryWire]
    public void Read_OfTwoSegments_SendsTheWaitingAcknowledgment(string wire)
    {
        TcpSettings settings = new() { ReceiveBuffer = (4096, 10000, 10000), WindowScaling = false, ReceiveMemory = PacketMemory.Linear };
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", settings: settings);
        for (int i = 0; i < 4; i++)
        {
            peer.In($"[P.] {1 + (i * 1000)}:{1001 + (i * 1000)} ack 1");
        }

        peer.Run(0.3);
        ushort before = peer.Emitted[^1].RawWindow;
        Assert.Equal(4000, peer.ReadAll());
        Assert.Equal("[.] 1 ack 4001", peer.Sent());
        Assert.True(peer.Emitted[^1].RawWindow >= 2 * before);
    }
}

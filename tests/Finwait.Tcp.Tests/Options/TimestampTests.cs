using Finwait.Wire;

namespace Finwait.Tcp.Tests;

/// <summary>Timestamps and PAWS (RFC 7323 §3 to §5).</summary>
public sealed class TimestampTests
{
    private static ScriptedPeer Established(string wire, uint tsVal = 100) => ScriptedPeer.InState(wire, "ES", $"mss 1000,sackOK,TS {tsVal}/0");

    // X-7323-8: on the SYN with echo 0, on the SYN-ACK only in answer.
    [Theory, OnEveryWire]
    public void Timestamps_AreOfferedWithEchoZeroAndAnsweredOnlyWhenOffered(string wire)
    {
        ScriptedPeer peer = new(wire, timestampOffset: 77) { ShowOptions = true };
        Assert.Contains("TS 1000077/0", peer.Open(), StringComparison.Ordinal);
        ScriptedPeer answering = new(wire, timestampOffset: 77) { ShowOptions = true };
        answering.Listen();
        Assert.Contains("TS 1000077/4242", answering.In("[S] 0 <mss 1000,TS 4242/0>"), StringComparison.Ordinal);
        ScriptedPeer plain = new(wire) { ShowOptions = true };
        plain.Listen();
        Assert.DoesNotContain("TS", plain.In("[S] 0 <mss 1000>"), StringComparison.Ordinal);
    }

    // X-7323-8: then on every segment that is no reset: text, ACK, FIN, retransmission, probe.
    [Theory, OnEveryWire]
    public void Timestamps_WhenNegotiated_AreOnEverySegment(string wire)
    {
        ScriptedPeer peer = Established(wire);
        peer.Send(2000);
        peer.In("[P.] 1:11 ack 1 <TS 101/last>");
        peer.Run(1);
        peer.In("[R] 500");
        peer.In("[.] 11 ack 2001 win 0 <TS 102/last>");
        peer.Send(10);
        peer.Run(1);
        peer.Shutdown();
        peer.In("[.] 11 ack 2001 win 500 <TS 103/last>");
        Assert.True(peer.Emitted.Count > 8);
        Assert.All(peer.Emitted, plan => Assert.True(plan.Options.Has(TcpOptionPresence.Timestamps)));
    }

    // X-7323-10: never negotiated: the option is ignored and the segment processed.
    [Theory, OnEveryWire]
    public void Timestamps_NeverNegotiated_AreIgnored(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000");
        peer.In("[P.] 1:11 ack 1 <TS 50/0>");
        peer.In("[P.] 11:21 ack 1 <TS 10/0>");                  // older: no PAWS
        Assert.Equal(20, peer.ReadAll());
        Assert.All(peer.Emitted.Skip(1), plan => Assert.False(plan.Options.Has(TcpOptionPresence.Timestamps)));
    }

    // X-7323-9, BUG-14: peers are known that leave the option out on the handshake's ACK; we take segments without it (docs/decisions/0010).
    [Theory, OnEveryWire]
    public void SegmentWithoutTimestamps_OnANegotiatedConnection_IsTaken(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SR", "mss 1000,TS 100/0");
        peer.In("[.] 1 ack 1");
        Assert.Equal(TcpState.Established, peer.State);
        peer.In("[P.] 1:11 ack 1");
        Assert.Equal(10, peer.ReadAll());
    }

    // X-7323-11: an acknowledgment that does not advance SND.UNA gives no sample: an idle one-way flow does not inflate SRTT.
    [Theory, OnEveryWire]
    public void Rtt_IsNotMeasuredByAcksThatAdvanceNothing(string wire)
    {
        ScriptedPeer peer = Established(wire);
        peer.Send(10);
        peer.Skip(0.05);
        peer.In("[.] 1 ack 11 <TS 150/last>");
        TimeSpan before = peer.Tcp.GetInfo(peer.Now).Rtt;
        for (int i = 0; i < 50; i++)
        {
            peer.Skip(100);
            peer.In($"[P.] {1 + i}:{2 + i} ack 11 <TS {200 + i}/last>");
        }

        Assert.Equal(before, peer.Tcp.GetInfo(peer.Now).Rtt);
    }

    // X-7323-12 case A: delayed acknowledgments echo the first of the segments they cover.
    [Theory, OnEveryWire]
    public void Echo_OfADelayedAck_IsTheEarliestSegmentsTimestamp(string wire)
    {
        ScriptedPeer peer = Established(wire);
        peer.InBatch("[P.] 1:11 ack 1 <TS 201/last>", "[P.] 11:21 ack 1 <TS 202/last>", "[P.] 21:31 ack 1 <TS 203/last>");
        Assert.Equal((201u, 31), (peer.Emitted[^1].Options.TsEcr, peer.Emitted[^1].Ack - peer.Irs));
    }

    // X-7323-12 case B: with a hole, the last segment that advanced the left edge.
    [Theory, OnEveryWire]
    public void Echo_WithAHole_IsTheLastInOrderSegmentsTimestamp(string wire)
    {
        ScriptedPeer peer = Established(wire);
        peer.In("[P.] 1:11 ack 1 <TS 201/last>");
        Assert.Equal(201u, peer.Emitted[^1].Options.TsEcr);
        peer.In("[P.] 21:31 ack 1 <TS 203/last>");
        Assert.Equal(201u, peer.Emitted[^1].Options.TsEcr);
        peer.In("[P.] 31:41 ack 1 <TS 204/last>");
        Assert.Equal(201u, peer.Emitted[^1].Options.TsEcr);
    }

    // X-7323-12 case C: the segment that fills the hole.
    [Theory, OnEveryWire]
    public void Echo_WhenTheHoleIsFilled_IsTheFillingSegmentsTimestamp(string wire)
    {
        ScriptedPeer peer = Established(wire);
        peer.In("[P.] 1:11 ack 1 <TS 201/last>");
        peer.In("[P.] 21:31 ack 1 <TS 203/last>");
        peer.In("[P.] 11:21 ack 1 <TS 202/last>");
        Assert.Equal((202u, 31), (peer.Emitted[^1].Options.TsEcr, peer.Emitted[^1].Ack - peer.Irs));
    }

    // X-7323-12, BUG-13: a forged future TSval in a segment that is not acceptable must not make valid data old.
    [Theory]
    [InlineData("[.] 90000 ack 1 <TS 1000000000/last>")]
    [InlineData("[P.] 90000:90010 ack 1 <TS 1000000000/last>")]
    [InlineData("[.] 0 ack 11 <TS 1000000000/last>")]
    [InlineData("[P.] 1:6 ack 11 <TS 1000000000/last>")]
    [InlineData("[P.] 21:31 ack 90000 <TS 1000000000/last>")]
    [InlineData("[P.] 31:41 ack 1 <TS 1000000000/last>")]
    [InlineData("[S] 21 <TS 1000000000/last>")]
    [InlineData("[R] 25 <TS 1000000000/last>")]
    public void TsRecent_IsNotTakenFromUnacceptableOrOutOfOrderSegments(string forged)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = Established(wire);
            peer.In("[P.] 1:21 ack 1 <TS 101/last>");
            peer.Send(10);
            peer.In(forged);
            peer.In("[P.] 21:31 ack 11 <TS 102/last>");
            peer.Run(0.3);
            Assert.True(peer.ReadAll() >= 30, forged);
            Assert.Equal(102u, peer.Emitted[^1].Options.TsEcr);
        }
    }

    // X-7323-14: an old duplicate whose number is in the window is caught, before the sequence check, answered and not delivered.
    [Theory, OnEveryWire]
    public void OldDuplicateInTheWindow_IsDroppedAndAcknowledged(string wire)
    {
        ScriptedPeer peer = Established(wire, 1000);
        Assert.Equal("[.] 1 ack 1", peer.In("[P.] 1:11 ack 1 <TS 999/last>"));
        Assert.Equal(0, peer.Tcp.Readable);
        peer.In("[P.] 1:11 ack 1 <TS 1000/last>");              // equal is not old
        Assert.Equal(10, peer.ReadAll());
        Assert.Equal("[.] 1 ack 11", peer.In("[F.] 11 ack 1 <TS 998/last>"));
        Assert.Equal(TcpState.Established, peer.State);
    }

    // X-7323-14, BUG-01: the comparison is circular.
    [Theory]
    [InlineData(0xFFFFFFFFu, 0u)]
    [InlineData(0xFFFFFFF0u, 0x10u)]
    [InlineData(0x7FFFFFFFu, 0x80000000u)]
    [InlineData(0x80000000u, 0xFFFFFFFFu)]
    [InlineData(1u, 0x80000000u)]
    public void Paws_AcrossTheTurnsOfTheCircle_TakesNewerAndDropsOlder(uint first, uint next)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = Established(wire, first);
            peer.In($"[P.] 1:11 ack 1 <TS {next}/last>");
            Assert.Equal(10, peer.ReadAll());
            peer.In($"[P.] 11:21 ack 1 <TS {first}/last>");
            Assert.Equal(0, peer.Tcp.Readable);
        }
    }

    // X-7323-14, BUG-12: PAWS is for arrivals only: held data is delivered when a newer TSval fills the hole.
    [Theory, OnEveryWire]
    public void HeldData_WithOlderTimestamp_IsDeliveredWhenTheHoleIsFilledByANewerOne(string wire)
    {
        ScriptedPeer peer = Established(wire);
        peer.In("[P.] 11:21 ack 1 <TS 105/last>");
        peer.In("[P.] 1:11 ack 1 <TS 900/last>");
        Assert.Equal(20, peer.ReadAll());
    }

    // X-7323-15, BUG-12: after 24 days of silence TS.Recent is not trusted: the peer's clock may have wrapped.
    [Theory, OnEveryWire]
    public void TsRecent_After25Days_IsRefreshedByAnOlderLookingValue(string wire)
    {
        ScriptedPeer peer = Established(wire, 3_000_000_000);
        peer.Skip(23.9 * 86400);
        peer.In("[P.] 1:11 ack 1 <TS 2000000000/last>");
        Assert.Equal(0, peer.Tcp.Readable);                     // not yet
        peer.Skip(1.2 * 86400);
        peer.In("[P.] 1:11 ack 1 <TS 2000000000/last>");
        Assert.Equal(10, peer.ReadAll());
        peer.In("[P.] 11:21 ack 1 <TS 2000000005/last>");
        Assert.Equal((10, 2000000005u), (peer.ReadAll(), peer.Emitted[^1].Options.TsEcr));
    }

    // X-7323-16, BUG-02: one tick per millisecond, from an offset of its own, around the circle.
    [Theory, OnEveryWire]
    public void TsVal_CountsMillisecondsFromItsOffsetAndWraps(string wire)
    {
        ScriptedPeer peer = new(wire, timestampOffset: 0xFFFFFFFF - 1_000_000);
        peer.Open();
        peer.In("[S.] 0 ack 1 <mss 1000,TS 5/last>");
        peer.Skip(2);
        peer.Send(10);
        Assert.Equal(0xFFFFFFFFu, peer.Emitted[0].Options.TsVal);
        Assert.Equal(1999u, peer.Emitted[^1].Options.TsVal);
        peer.Skip(0.05);
        peer.In("[.] 1 ack 11 <TS 9/last>");
        Assert.InRange(peer.Tcp.GetInfo(peer.Now).Rtt.TotalMilliseconds, 0, 50);
    }

    // X-6298-3, X-7323-11: with timestamps a retransmitted segment gives a sample, measured from the copy that was answered.
    [Theory, OnEveryWire]
    public void Rtt_OfARetransmittedSegment_IsMeasuredByTheEcho(string wire)
    {
        ScriptedPeer peer = Established(wire);
        peer.Send(10);
        Assert.NotEqual("", peer.Run(0.25));                    // the first copy is lost
        peer.Skip(0.030);
        peer.In("[.] 1 ack 11 <TS 101/last>");
        Assert.InRange(peer.Tcp.GetInfo(peer.Now).Rtt.TotalMilliseconds, 1, 60);
    }
}

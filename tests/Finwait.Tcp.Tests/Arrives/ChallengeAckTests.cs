namespace Finwait.Tcp.Tests;

/// <summary>Challenge ACKs and their throttle (RFC 5961 §7; requirements 2.9).</summary>
public sealed class ChallengeAckTests
{
    // X-5961-6, BUG-09: 2000 in-window resets, one per millisecond, draw at most one answer per half second.
    [Theory]
    [InlineData("[R] 500")]
    [InlineData("[S] 500")]
    [InlineData("[.] 1 ack 90000")]
    [InlineData("[.] 90000 ack 1")]
    [InlineData("[.] 0 ack 1")]
    public void FloodOfSegmentsToChallenge_AnswersAreBounded(string segment)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
            int answers = 0;
            for (int i = 0; i < 2000; i++)
            {
                answers += peer.In(segment).Length > 0 ? 1 : 0;
                peer.Skip(0.001);
            }

            Assert.Equal(4, answers);
            Assert.Equal(TcpState.Established, peer.State);
        }
    }

    // X-5961-6, BUG-09: no counter is shared: what an attacker does to one connection does not show on another.
    [Theory, OnEveryWire]
    public void Throttle_OfOneConnection_DoesNotShowOnAnother(string wire)
    {
        TcpSettings settings = new();
        ScriptedPeer attacked = ScriptedPeer.InState(wire, "ES", settings: settings);
        ScriptedPeer other = ScriptedPeer.InState(wire, "ES", settings: settings);
        Assert.Equal("[.] 1 ack 1", attacked.In("[R] 500"));
        Assert.Equal("", attacked.In("[R] 500"));
        Assert.Equal("[.] 1 ack 1", other.In("[R] 500"));
    }

    // X-5961-6: tunable.
    [Theory, OnEveryWire]
    public void Throttle_BySetting_HasAnotherInterval(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", settings: new TcpSettings { InvalidRateLimit = TimeSpan.FromSeconds(5) });
        Assert.Equal("[.] 1 ack 1", peer.In("[R] 500"));
        peer.Skip(4.9);
        Assert.Equal("", peer.In("[R] 500"));
        peer.Skip(0.2);
        Assert.Equal("[.] 1 ack 1", peer.In("[R] 500"));
    }

    // X-5961-6: all kinds share one throttle...
    [Theory, OnEveryWire]
    public void Throttle_IsSharedByAllKindsOfChallenge(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        Assert.Equal("[.] 1 ack 1", peer.In("[R] 500"));
        Assert.Equal("", peer.In("[S] 500"));
        Assert.Equal("", peer.In("[.] 1 ack 90000"));
        Assert.Equal("", peer.In("[.] 90000 ack 1"));
        Assert.Equal("", peer.In("[.] 0 ack 1"));
    }

    // ... but text out of the window is always answered: the sender's recovery needs it.
    [Theory, OnEveryWire]
    public void Throttle_DoesNotHoldBackAnswersToText(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.In("[P.] 1:11 ack 1");
        peer.In("[R] 500");
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("[.] 1 ack 11", peer.In("[P.] 1:11 ack 1"));
        }
    }

    // SM-SEQ-10, BUG-17: two engines with wrong ideas of each other's numbers fall silent.
    [Theory, OnEveryWire]
    public void TwoSidesThatDisagree_DoNotAnswerEachOtherForEver(string wire)
    {
        TwoHostLab lab = new(oneWayDelay: TimeSpan.FromMilliseconds(1), wire: wire);
        lab.Connect();
        SegmentPlan wrong = new() { Seq = new Finwait.Wire.SeqNum(900_000), Ack = new Finwait.Wire.SeqNum(5001), Flags = Finwait.Wire.TcpFlags.Ack, RawWindow = 500 };
        int before = lab.Trace.Count(c => c == '\n');
        lab.Inject(lab.B, wrong);
        lab.RunFor(TimeSpan.FromSeconds(100));
        Assert.Equal(1, lab.Trace.Count(c => c == '\n') - before);
    }
}

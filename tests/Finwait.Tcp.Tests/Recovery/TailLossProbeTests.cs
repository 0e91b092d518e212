namespace Finwait.Tcp.Tests;

/// <summary>The tail loss probe (RFC 8985 §7). The round trip is 100 ms and the timeout 300 ms.</summary>
public sealed class TailLossProbeTests
{
    private static TcpSettings Probing(Action<TcpSettings>? change = null) => PathPeer.Settings(s =>
    {
        s.TailLossProbe = true;
        change?.Invoke(s);
    });

    // X-8985-7, X-8985-8: two round trips after the last transmission (Linux: and two ticks) the last segment goes again; then the timeout.
    [Theory, OnEveryWire]
    public void SeveralInFlight_ProbeAfterTwoRoundTrips_ThenTheTimeout(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 3000, settings: Probing());
        Assert.Equal("0.208 [P.] 2001:3001 ack 1\n0.508 [.] 1:1001 ack 1", peer.RunUntil(0.6));
        Assert.Equal(CauseKind.TailLossProbe, peer.Emitted[^2].Cause.Kind);
        Assert.Equal((2, 1), (peer.Info().RetransmittedTotal, peer.Info().RetransmittedNow));
    }

    // X-8985-7: with one segment in flight the peer may hold its acknowledgment back, so the probe waits longer; never longer than the timeout.
    [Theory, OnEveryWire]
    public void OneInFlight_TheProbeComesWithTheTimeout(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 1000, settings: Probing());
        Assert.Equal("0.300 [P.] 1:1001 ack 1", peer.RunUntil(0.59));
        Assert.Equal((10, 0), (peer.Info().CongestionWindow, peer.Info().Lost));     // it is a probe, nothing is thought lost
    }

    // X-8985-7: one in flight, a short path: the allowance for a delayed acknowledgment (Linux: the least timeout).
    [Theory, OnEveryWire]
    public void OneInFlight_ShortPath_TheProbeWaitsForADelayedAck(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 1000, roundTrip: 0.02, settings: Probing(s => s.RtoMin = TimeSpan.FromMilliseconds(500)));
        Assert.Equal("0.520 [P.] 1:1001 ack 1", peer.RunUntil(0.6));
    }

    // X-8985-7: without a sample one second.
    [Theory, OnEveryWire]
    public void WithoutASample_OneSecond(string wire)
    {
        ScriptedPeer peer = new(wire, Probing());
        peer.Open();
        peer.Run(1.5);                                          // the SYN goes twice: its acknowledgment is no sample
        peer.In("[S.] 0 ack 1 <mss 1000,sackOK>");
        peer.Restart();
        peer.Send(3000);
        Assert.Equal("1.000 [P.] 2001:3001 ack 1", peer.RunUntil(1.5));
    }

    // X-8985-7: not in recovery, and not when anything is reported: RACK has its own timer.
    [Theory, OnEveryWire]
    public void SomethingReported_NoProbe(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 4000, settings: Probing());
        peer.QuietUntil(0.1);
        Assert.Equal("[.] 1:1001 ack 1", peer.In("[.] 1 ack 1 <sack 1001:4001>"));
        Assert.DoesNotContain("3001:4001", peer.RunUntil(1), StringComparison.Ordinal);
        ScriptedPeer plain = PathPeer.Open(wire, 4000, "mss 1000", settings: Probing());
        Assert.Equal("0.300 [.] 1:1001 ack 1", plain.RunUntil(0.5));    // nor without SACK
    }

    // X-8985-8: new text goes rather than old, one segment beyond the congestion window.
    [Theory, OnEveryWire]
    public void UnsentText_TheProbeIsNew(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 20_000, settings: Probing());
        Assert.Equal("0.208 [.] 10001:11001 ack 1", peer.RunUntil(0.4));
        Assert.Equal((11, 10), (peer.Info().Unacked, peer.Info().CongestionWindow));
        Assert.Equal(0, peer.Info().RetransmittedTotal);
    }

    // X-8985-8: when only the peer's window holds new text back, the last segment goes again.
    [Theory, OnEveryWire]
    public void UnsentTextBeyondThePeersWindow_TheProbeIsOld(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 0, settings: Probing());
        peer.In("[.] 1 ack 1 win 3000");
        peer.Send(5000);
        Assert.Equal("0.208 [.] 2001:3001 ack 1", peer.RunUntil(0.4));
    }

    // X-8985-8: one probe for one episode: text sent after it does not bring another before the first is answered.
    [Theory, OnEveryWire]
    public void OneProbeIsOut_NoOtherBeforeItIsAnswered(string wire)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 3000, settings: Probing());
        Assert.Equal("0.208 [P.] 2001:3001 ack 1", peer.RunUntil(0.21));
        peer.Send(1000);
        Assert.DoesNotContain("3001:4001", peer.RunUntil(0.6), StringComparison.Ordinal);
        ScriptedPeer answered = PathPeer.Open(wire, 3000, settings: Probing());
        answered.RunUntil(0.3);
        answered.In("[.] 1 ack 3001 <sack 2001:3001>");
        answered.Send(3000);
        Assert.Contains("[P.] 5001:6001", answered.RunUntil(0.7), StringComparison.Ordinal);
    }

    // X-8985-9: the probe repaired the loss of the last segment, which left no other trace: one reduction.
    [Theory, OnEveryWire]
    public void ProbeThatRepairedALoss_ReducesTheWindowOnce(string wire)
    {
        ScriptedPeer peer = Answered(wire, "[.] 1 ack 3001");
        Assert.Equal(10, peer.Info().CongestionWindow);         // which copy it was is not yet known
        peer.Send(1000);
        peer.RunUntil(0.4);
        peer.In("[.] 1 ack 4001");
        Assert.Equal((2, 2), (peer.Info().SlowStartThreshold, peer.Info().CongestionWindow));
        peer.Send(1000);
        peer.RunUntil(0.5);
        peer.In("[.] 1 ack 5001");
        Assert.Equal(2, peer.Info().SlowStartThreshold);
    }

    // X-8985-9: both copies arrived, told by DSACK or by a plain duplicate: nothing was lost.
    [Theory]
    [InlineData("[.] 1 ack 3001 <sack 2001:3001>")]
    [InlineData("[.] 1 ack 3001")]
    public void BothCopiesArrived_NoReduction(string second)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = Answered(wire, "[.] 1 ack 3001");
            peer.Send(1000);
            peer.In(second);
            peer.RunUntil(0.4);
            peer.In("[.] 1 ack 4001");
            Assert.Equal((int.MaxValue, 10), (peer.Info().SlowStartThreshold, peer.Info().CongestionWindow));
        }
    }

    /// <summary>Three segments, a probe with the last at 0.208, an answer at 0.308.</summary>
    private static ScriptedPeer Answered(string wire, string answer)
    {
        ScriptedPeer peer = PathPeer.Open(wire, 3000, settings: Probing());
        Assert.Equal("0.208 [P.] 2001:3001 ack 1", peer.RunUntil(0.308));
        peer.In(answer);
        return peer;
    }
}

namespace Finwait.Tcp.Tests;

/// <summary>Keep-alive (RFC 9293 §3.8.4), times as Linux has them.</summary>
public sealed class KeepAliveTests
{
    private static ScriptedPeer With(string wire, string state = "ES", double idle = 10, double interval = 2, int probes = 3)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        peer.Tcp.SetKeepAlive(peer.Now, on: true, TimeSpan.FromSeconds(idle), TimeSpan.FromSeconds(interval), probes);
        return peer;
    }

    // MUST-25: off by default.
    [Theory, OnEveryWire(In = "ES CW F2")]
    public void IdleConnection_ByDefault_SaysNothingForADay(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        Assert.Equal("", peer.Run(86400));
        Assert.Equal(ScriptedPeer.StateOf(state), peer.State);
        Assert.False(peer.Tcp.HasKeepAlive);
    }

    // MAY-5, MUST-28, SHLD-12, SM-TO-KA, X-KA-1: 7200 s, then nine probes 75 s apart, empty and one number back; then the peer is dead.
    [Theory, OnEveryWire]
    public void DeadPeer_WithDefaults_NineProbesAfterTwoHoursThenReset(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Tcp.SetKeepAlive(peer.Now, on: true);
        string sent = peer.Run(7200 + (9 * 75) + 1);
        string expected = string.Join("\n", Enumerable.Range(0, 9).Select(i => $"{7200 + (75 * i)}.000 [.] 0 ack 1"));
        Assert.Equal(expected + "\n7875.000 [R.] 1 ack 1", sent);
        Assert.Equal((TcpState.Closed, TcpError.TimedOut), (peer.State, peer.Tcp.Error));
    }

    // X-KA-1: Linux counts from the moment at which the option is set, whatever silence came before; the scenario state-established has the kernel's rows.
    [Theory, OnEveryWire]
    public void SwitchedOnAfterSilence_BeginsToCountThen(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        Assert.Equal("", peer.Run(100));
        peer.Tcp.SetKeepAlive(peer.Now, on: true, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2), 3);
        Assert.Equal("110.000 [.] 0 ack 1", peer.Run(11));
    }

    // MUST-27
    [Theory, OnEveryWire]
    public void IdleIntervalAndCount_AreConfigurable(string wire)
    {
        ScriptedPeer peer = With(wire);
        Assert.Equal("10.000 [.] 0 ack 1\n12.000 [.] 0 ack 1\n14.000 [.] 0 ack 1\n16.000 [R.] 1 ack 1", peer.Run(20));
    }

    // MUST-29, X-KA-1: no single unanswered probe proves death, and any answer resets the count.
    [Theory, OnEveryWire]
    public void AnswerToTheLastProbe_KeepsTheConnectionAndResetsTheCount(string wire)
    {
        ScriptedPeer peer = With(wire);
        for (int round = 0; round < 5; round++)
        {
            peer.Restart();
            Assert.Equal("10.000 [.] 0 ack 1\n12.000 [.] 0 ack 1\n14.000 [.] 0 ack 1", peer.Run(15));
            Assert.Equal("", peer.In("[.] 1 ack 1"));
        }

        Assert.Equal(TcpState.Established, peer.State);
    }

    // MUST-26: what the peer sends by itself restarts the interval.
    [Theory]
    [InlineData("[.] 1 ack 1")]
    [InlineData("[P.] 1:11 ack 1")]
    public void AnySegmentOfThePeer_RestartsTheInterval(string segment)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = With(wire);
            peer.Run(9);
            peer.In(segment);
            peer.Restart();
            int expected = peer.Variables.RcvNxt;
            Assert.Equal($"10.000 [.] 0 ack {expected}", peer.Run(11).Split('\n')[^1]);
        }
    }

    // X-KA-1: a segment in the middle of probing begins a new count.
    [Theory, OnEveryWire]
    public void DataInTheMiddleOfProbing_BeginsANewCount(string wire)
    {
        ScriptedPeer peer = With(wire);
        peer.Run(13);                                           // two probes
        peer.In("[P.] 1:11 ack 1");
        peer.Restart();
        Assert.Equal("10.000 [.] 0 ack 11\n12.000 [.] 0 ack 11\n14.000 [.] 0 ack 11\n16.000 [R.] 1 ack 11", peer.Run(20));
    }

    // MUST-26: with data outstanding the retransmission timer speaks, not keep-alive.
    [Theory, OnEveryWire]
    public void DataOutstanding_IsRetransmittedAndNoProbeIsSent(string wire)
    {
        ScriptedPeer peer = With(wire);
        peer.Send(10);
        string sent = peer.Run(100);
        Assert.DoesNotContain("[.] 0 ack 1", sent, StringComparison.Ordinal);
        Assert.Contains("[P.] 1:11 ack 1", sent, StringComparison.Ordinal);
        Assert.Equal(TcpState.Established, peer.State);
    }

    // MUST-24: at any time, on and off.
    [Theory, OnEveryWire]
    public void SwitchedOff_StopsAndOnAgain_BeginsAnew(string wire)
    {
        ScriptedPeer peer = With(wire);
        peer.Run(9);
        peer.Tcp.SetKeepAlive(peer.Now, on: false);
        Assert.Equal("", peer.Run(1000));
        Assert.True(peer.Tcp.NextDeadline.IsNever);
        peer.Tcp.SetKeepAlive(peer.Now, on: true);
        Assert.Equal("1019.000 [.] 0 ack 1", peer.Run(11));     // however long it has been idle
    }

    // MUST-24: set before the connection stands, it begins with it.
    [Theory, OnEveryWire]
    public void SwitchedOnBeforeConnecting_BeginsWithTheConnection(string wire)
    {
        ScriptedPeer peer = new(wire);
        peer.Tcp.SetKeepAlive(peer.Now, on: true, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2), 3);
        peer.Open();
        peer.In("[S.] 0 ack 1 <mss 1000>");
        Assert.Equal("10.000 [.] 0 ack 1", peer.Run(11));
    }

    // SHLD-12, MAY-6: our receiver answers a peer's probe of both forms; the garbage octet is not delivered.
    [Theory]
    [InlineData("[.] 0 ack 1")]
    [InlineData("[.] 0:1 ack 1")]
    public void ProbeOfThePeer_OfBothForms_IsAnsweredAndNothingDelivered(string probe)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
            peer.Skip(10);
            Assert.Equal("[.] 1 ack 1", peer.In(probe));
            Assert.Equal((0, 1), (peer.Tcp.Readable, peer.Variables.RcvNxt));
        }
    }

    // SM-TO-KA: a half-closed connection is kept alive, too.
    [Theory, OnEveryWire]
    public void HalfClosed_IsProbedToo(string wire)
    {
        ScriptedPeer peer = With(wire, "F2");
        Assert.Equal("10.000 [.] 1 ack 1\n12.000 [.] 1 ack 1\n14.000 [.] 1 ack 1\n16.000 [R.] 2 ack 1", peer.Run(20));
    }

    // MUST-21: with a user timeout that counts instead of the number of probes.
    [Theory, OnEveryWire]
    public void UserTimeout_DecidesInsteadOfTheCount(string wire)
    {
        ScriptedPeer peer = With(wire);
        peer.Tcp.UserTimeout = TimeSpan.FromSeconds(20);
        string sent = peer.Run(30);
        Assert.Equal(5, sent.Split('\n').Count(line => line.EndsWith("[.] 0 ack 1", StringComparison.Ordinal)));
        Assert.Equal("20.000 [R.] 1 ack 1", sent.Split('\n')[^1]);
    }
}

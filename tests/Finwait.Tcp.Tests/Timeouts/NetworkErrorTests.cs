namespace Finwait.Tcp.Tests;

/// <summary>What ICMP errors, validated by the host, do to a connection (RFC 9293 §3.9.2.2, RFC 5927).</summary>
public sealed class NetworkErrorTests
{
    // MUST-47, MUST-56, X-5927-2: neither soft nor hard errors end a connection that stands, however many.
    [Theory, OnEveryWire(In = "ES F1 F2 CW CG LA TW")]
    public void AnyError_InASynchronizedState_IsOnlyRemembered(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        for (int i = 0; i < 100; i++)
        {
            peer.Tcp.OnIcmpError(peer.Now, TcpError.HostUnreachable, isHard: i % 2 == 0);
        }

        Assert.Equal(("", ScriptedPeer.StateOf(state), TcpError.None), (peer.Sent(), peer.State, peer.Tcp.Error));
        Assert.Equal(TcpError.HostUnreachable, peer.Tcp.SoftError);     // MUST-47
    }

    // X-5461-1: a connect() fails fast, as in Linux; whoever wants to go on connects to the next address.
    [Theory, OnEveryWire]
    public void SoftError_InSynSent_EndsIt(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "SS");
        peer.Tcp.OnIcmpError(peer.Now, TcpError.NetworkUnreachable, isHard: false);
        Assert.Equal((TcpState.Closed, TcpError.NetworkUnreachable), (peer.State, peer.Tcp.Error));
    }

    // MUST-56, BUG-28
    [Theory, OnEveryWire(In = "SR SA")]
    public void SoftError_InSynReceived_DoesNotEndIt(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        peer.Tcp.OnIcmpError(peer.Now, TcpError.NetworkUnreachable, isHard: false);
        Assert.Equal(ScriptedPeer.StateOf(state), peer.State);
        peer.In("[.] 1 ack 1");
        Assert.Equal(TcpState.Established, peer.State);
    }

    // SHLD-26, BUG-28
    [Theory, OnEveryWire(In = "SS SR SA")]
    public void HardError_DuringTheHandshake_EndsIt(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        peer.Tcp.OnIcmpError(peer.Now, TcpError.ProtocolUnreachable, isHard: true);
        Assert.Equal(("", TcpState.Closed, TcpError.ProtocolUnreachable), (peer.Sent(), peer.State, peer.Tcp.Error));
        Assert.True(peer.Tcp.NextDeadline.IsNever);
    }

    // SHLD-25: what a router said becomes the reason when the connection fails in the end.
    [Theory, OnEveryWire(In = "SA ES")]
    public void SoftError_BeforeTheTimeout_BecomesTheReason(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        peer.Tcp.UserTimeout = TimeSpan.FromSeconds(20);
        peer.Tcp.Send(peer.Now, Pattern.Slice(0, 10));
        peer.Sent();
        peer.Tcp.OnIcmpError(peer.Now, TcpError.HostUnreachable, isHard: false);
        peer.Tcp.OnTimeout(peer.Now);
        for (int i = 0; i < 100 && peer.State != TcpState.Closed; i++)
        {
            peer.Skip((peer.Tcp.NextDeadline - peer.Now).TotalSeconds);
            peer.Tcp.OnTimeout(peer.Now);
            while (peer.Tcp.PollTransmit(peer.Now, out _))
            {
            }
        }

        Assert.Equal((TcpState.Closed, TcpError.HostUnreachable), (peer.State, peer.Tcp.Error));
    }

    // X-5927-1: which sequence numbers are in flight.
    [Theory, OnEveryWire]
    public void IsInFlight_KnowsExactlyWhatIsOutstanding(string wire)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES");
        peer.Send(100);
        peer.In("[.] 1 ack 51");
        Assert.Equal(
            [false, true, true, false, false],
            new[] { 50, 51, 100, 101, int.MaxValue }.Select(number => peer.Tcp.IsInFlight(peer.Iss + number)));
    }

    // BUG-28: an absurd path MTU does not shrink segments to nothing.
    [Theory]
    [InlineData(0)]
    [InlineData(68)]
    [InlineData(551)]
    [InlineData(1279)]
    public void AbsurdPathMtu_LeavesSegmentsOfReasonableSize(int mtu)
    {
        foreach (string wire in WireCase.Names)
        {
            ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1400");
            peer.Tcp.OnPathMtu(peer.Now, mtu);
            peer.Send(5000);
            int floor = WireCase.Named(wire).IsV6 ? 1280 - 60 : 552 - 40;
            Assert.All(peer.Emitted.Where(plan => plan.PayloadLength > 0), plan => Assert.True(plan.PayloadLength >= Math.Min(floor, 5000 - (int)plan.PayloadOffset)));
        }
    }

    // BUG-28: at every step of a connection's life.
    [Theory, OnEveryWire(In = "CL LI SS SR SA ES F1 F2 CW CG LA TW")]
    public void PathMtu_InAnyState_DoesNoHarm(string wire, string state)
    {
        ScriptedPeer peer = ScriptedPeer.InState(wire, state);
        foreach (int mtu in new[] { 1400, 1300, 0, 9000, -5 })
        {
            peer.Tcp.OnPathMtu(peer.Now, mtu);
            peer.Sent();
        }

        Assert.Equal(ScriptedPeer.StateOf(state), peer.State);
    }
}

using Finwait.Wire;

namespace Finwait.Tcp.Tests;

/// <summary>The three-way handshake (RFC 9293 §3.5, figures 6 and 8 to 11), with every loss, and what is left of older connections.</summary>
public sealed class HandshakeTests
{
    // SM-SC-1, SM-OPEN-CL, SM-SEG-LI-4, SM-SEG-SS-6, SM-ACK-SR
    [Theory, OnEveryWire]
    public void ActiveOpen_NothingLost_EstablishesInThreeSegments(string wire)
    {
        TwoHostLab lab = new(wire: wire);
        lab.Connect();
        Assert.Equal(lab.OnThisWire("""
            0.000 A > B [S] seq 1000 win 64240
            0.010 B > A [S.] seq 5000 ack 1001 win 65160
            0.020 A > B [.] seq 1001 ack 5001 win 502

            """), lab.Trace);
        Assert.Equal((TcpState.Established, TcpState.Established), (lab.A.State, lab.B.State));
    }

    // SM-SC-1: the SYN is lost.
    [Theory, OnEveryWire]
    public void ActiveOpen_SynLost_ComesAgainAfterOneSecond(string wire)
    {
        TwoHostLab lab = new(wire: wire) { DropFromA = { 1 } };
        lab.Connect();
        lab.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(lab.OnThisWire("""
            0.000 A > B [S] seq 1000 win 64240 (lost)
            1.000 A > B [S] seq 1000 win 64240
            1.010 B > A [S.] seq 5000 ack 1001 win 65160
            1.020 A > B [.] seq 1001 ack 5001 win 502

            """), lab.Trace);
        Assert.Equal((TcpState.Established, TcpState.Established), (lab.A.State, lab.B.State));
    }

    // SM-SC-1: the SYN-ACK is lost; both sides repeat, one connection comes of it.
    [Theory, OnEveryWire]
    public void ActiveOpen_SynAckLost_OneConnectionComesOfIt(string wire)
    {
        TwoHostLab lab = new(wire: wire) { DropFromB = { 1 } };
        lab.Connect();
        lab.RunFor(TimeSpan.FromSeconds(5));
        Assert.StartsWith(lab.OnThisWire("""
            0.000 A > B [S] seq 1000 win 64240
            0.010 B > A [S.] seq 5000 ack 1001 win 65160 (lost)
            1.000 A > B [S] seq 1000 win 64240
            1.010 B > A [S.] seq 5000 ack 1001 win 65160
            """), lab.Trace, StringComparison.Ordinal);
        AssertTalk(lab);
    }

    // SM-SC-1: the last acknowledgment is lost; the SYN-ACK comes again and is acknowledged again.
    [Theory, OnEveryWire]
    public void ActiveOpen_FinalAckLost_SynAckComesAgainAndIsAcknowledged(string wire)
    {
        TwoHostLab lab = new(wire: wire) { DropFromA = { 2 } };
        lab.Connect();
        lab.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(lab.OnThisWire("""
            0.000 A > B [S] seq 1000 win 64240
            0.010 B > A [S.] seq 5000 ack 1001 win 65160
            0.020 A > B [.] seq 1001 ack 5001 win 502 (lost)
            1.010 B > A [S.] seq 5000 ack 1001 win 65160
            1.020 A > B [.] seq 1001 ack 5001 win 502

            """), lab.Trace);
        AssertTalk(lab);
    }

    // SM-SC-1: text on the third segment, also when the bare acknowledgment is lost.
    [Theory]
    [OnEveryWire(0)]
    [OnEveryWire(1)]
    [OnEveryWire(2)]
    [OnEveryWire(3)]
    public void ActiveOpen_TextQueuedAndOneSegmentLost_IsDeliveredOnce(string wire, int lost)
    {
        TwoHostLab lab = new(wire: wire) { DropFromA = { lost } };
        lab.B.Listen();
        lab.A.Connect();
        lab.A.SendPattern(100);
        lab.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(100, lab.B.ReadPattern());
        AssertTalk(lab);
    }

    // SM-SC-3 (figure 8): an old duplicate SYN reaches the listener first.
    [Theory, OnEveryWire]
    public void OldDuplicateSyn_BeforeTheNewOne_IsResetByTheOpenerAndTheNewOneConnects(string wire)
    {
        TwoHostLab lab = new(wire: wire) { DelayFromA = { [1] = TimeSpan.FromMilliseconds(100) } };
        lab.B.HasListener = true;
        lab.B.Listen();
        lab.A.Connect();
        lab.Inject(lab.B, new SegmentPlan { Seq = new SeqNum(90), Flags = TcpFlags.Syn, RawWindow = 1000 });
        lab.RunFor(TimeSpan.FromMilliseconds(60));
        Assert.Equal(lab.OnThisWire("""
            0.000 A > B [S] seq 1000 win 64240
            0.010 B > A [S.] seq 5000 ack 91 win 64240
            0.020 A > B [R] seq 91 win 0
            0.028 A > B [S] seq 1000 win 64240
            0.038 B > A [S.] seq 5000 ack 1001 win 65160
            0.048 A > B [.] seq 1001 ack 5001 win 502

            """), lab.Trace);
        lab.RunFor(TimeSpan.FromSeconds(2));                    // the delayed original arrives, too
        AssertTalk(lab);
    }

    // SM-SC-4 (figure 9): A rebooted and connects again; B still believes in the old connection.
    [Theory, OnEveryWire]
    public void HalfOpen_RebootedSideConnects_ChallengeResetAndThenANewConnection(string wire)
    {
        TwoHostLab lab = new(wire: wire);
        lab.Connect();
        lab.A.Reboot(400_000);
        lab.A.Connect();
        lab.RunFor(TimeSpan.FromMilliseconds(25));
        Assert.EndsWith(lab.OnThisWire("""
            1.000 A > B [S] seq 400000 win 64240
            1.010 B > A [.] seq 5001 ack 1001 win 510
            1.020 A > B [R] seq 1001 win 0

            """), lab.Trace, StringComparison.Ordinal);
        lab.RunFor(TimeSpan.FromMilliseconds(6));
        Assert.Equal((TcpState.Closed, TcpError.Reset), (lab.B.State, lab.B.Tcp.Error));
        lab.B.Reboot(777_777);                                  // the listener takes the SYN that comes again
        lab.B.Listen();
        lab.RunFor(TimeSpan.FromSeconds(2));
        AssertTalk(lab);
    }

    // SM-SC-5 (figure 10): B sends text to A, who forgot everything.
    [Theory, OnEveryWire]
    public void HalfOpen_TextToARebootedHost_IsResetAtItsAcknowledgment(string wire)
    {
        TwoHostLab lab = new(wire: wire);
        lab.Connect();
        lab.A.Reboot(400_000);
        lab.B.SendPattern(300);
        lab.RunFor(TimeSpan.FromSeconds(1));
        Assert.EndsWith(lab.OnThisWire("""
            1.000 B > A [P.] seq 5001:5301 ack 1001 win 510
            1.010 A > B [R] seq 1001 win 0

            """), lab.Trace, StringComparison.Ordinal);
        Assert.Equal((TcpState.Closed, TcpError.Reset), (lab.B.State, lab.B.Tcp.Error));
    }

    // SM-SC-6 (figure 11): an old duplicate SYN between two listeners.
    [Theory, OnEveryWire]
    public void OldDuplicateSyn_BetweenTwoListeners_IsResetAndBothListenOn(string wire)
    {
        TwoHostLab lab = new(wire: wire);
        lab.A.Listen();
        lab.B.Listen();
        lab.Inject(lab.B, new SegmentPlan { Seq = new SeqNum(90), Flags = TcpFlags.Syn, RawWindow = 1000 });
        lab.RunFor(TimeSpan.FromSeconds(70));
        Assert.Equal(lab.OnThisWire("""
            0.010 B > A [S.] seq 5000 ack 91 win 64240
            0.020 A > B [R] seq 91 win 0

            """), lab.Trace);
        Assert.Equal((TcpState.Listen, TcpState.Closed, TcpError.None), (lab.A.State, lab.B.State, lab.B.Tcp.Error));    // B's embryo is gone; its listener is the host's
    }

    // SM-SC-11, X-5961-2: the one new number that looks like the old connection's next: the challenge acknowledges it, so no reset comes. A known
    // limit of RFC 5961 §4.2: connecting fails until the old connection ends.
    [Theory, OnEveryWire]
    public void HalfOpen_RebootedSideHitsTheExpectedNumber_ConnectFailsAfterRetries(string wire)
    {
        TwoHostLab lab = new(a: new TcpSettings { Timestamps = false }, wire: wire);
        lab.Connect();
        lab.A.Reboot(1000);                                     // B's RCV.NXT is 1001
        lab.A.Connect();
        lab.RunFor(TimeSpan.FromSeconds(250));
        Assert.Equal((TcpState.SynSent, TcpState.Established), (lab.A.State, lab.B.State));
        lab.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal((TcpState.Closed, TcpError.TimedOut), (lab.A.State, lab.A.Tcp.Error));
        Assert.DoesNotContain("[R", lab.Trace, StringComparison.Ordinal);
    }

    // SM-SC-11: timestamps show that the challenge echoes another incarnation, and the limit falls.
    [Theory, OnEveryWire]
    public void HalfOpen_RebootedSideHitsTheExpectedNumberWithTimestamps_OldConnectionIsReset(string wire)
    {
        TwoHostLab lab = new(wire: wire);
        lab.Connect();
        lab.A.Reboot(1000);
        lab.A.Connect();
        lab.RunFor(TimeSpan.FromMilliseconds(35));
        Assert.Equal((TcpState.SynSent, TcpState.Closed, TcpError.Reset), (lab.A.State, lab.B.State, lab.B.Tcp.Error));
    }

    // SM-SC-10, BUG-21: a socket connected to itself.
    [Theory, OnEveryWire]
    public void SelfConnect_BecomesOneConnectionThatEchoes(string wire)
    {
        WireCase where = WireCase.Named(wire);
        BufferPool buffers = new();
        TcpConnection tcp = new(new TcpSettings(), buffers);
        Instant now = Instant.Zero + TimeSpan.FromSeconds(1);
        tcp.OpenActive(now, new OpenParameters { Iss = new SeqNum(where.Iss), PathMtu = 1500, IpHeaderLength = where.IpHeaderLength });
        Assert.Equal(3, Loop(tcp, now));                        // SYN, SYN-ACK, ACK
        Assert.Equal(TcpState.Established, tcp.State);
        Assert.Equal(5000, tcp.Send(now, Pattern.Slice(0, 5000)));
        Assert.InRange(Loop(tcp, now), 4, 20);
        byte[] echo = new byte[6000];
        Assert.Equal(5000, tcp.Receive(now, echo));
        Pattern.Verify(echo.AsSpan(0, 5000), 0);
        tcp.ShutdownSend(now);
        Assert.InRange(Loop(tcp, now), 1, 5);
        Assert.Contains(tcp.State, new[] { TcpState.TimeWait, TcpState.Closing });
        Assert.Equal(0, buffers.Lent);
    }

    private static int Loop(TcpConnection tcp, Instant now)
    {
        Queue<(SegmentPlan Plan, byte[] Text)> wire = [];
        int segments = 0;
        while (true)
        {
            while (tcp.PollTransmit(now, out SegmentPlan plan))
            {
                byte[] text = new byte[plan.PayloadLength];
                if (text.Length > 0)
                {
                    tcp.CopyPayload(plan, text);
                }

                wire.Enqueue((plan, text));
                Assert.True(++segments < 1000, "it talks to itself for ever");
            }

            if (!wire.TryDequeue(out (SegmentPlan Plan, byte[] Text) next))
            {
                return segments;
            }

            tcp.OnSegment(now, new TcpSegment
            {
                Seq = next.Plan.Seq,
                Ack = next.Plan.Ack,
                Flags = next.Plan.Flags,
                RawWindow = next.Plan.RawWindow,
                Options = next.Plan.Options,
                Payload = next.Text,
            });
        }
    }

    private static void AssertTalk(TwoHostLab lab)
    {
        Assert.Equal((TcpState.Established, TcpState.Established), (lab.A.State, lab.B.State));
        lab.A.SendPattern(1000);
        lab.B.SendPattern(1000);
        lab.RunFor(TimeSpan.FromSeconds(2));
        Assert.Equal((1000, 1000), (lab.A.ReadPattern(), lab.B.ReadPattern()));
    }
}

namespace Finwait.Lab.Tests;

/// <summary>why with a state, a drop, a timer or nothing: what the stack recorded, with the values compared.</summary>
public sealed class WhyAnswerTests
{
    private static readonly string[] s_connected = [.. WhyPacketTests.Listen, "isn romeo 1000", "isn juliet 5000", "romeo> sock.connect(('10.10.2.100', 4000))", "juliet> conn, addr = lsock.accept()"];

    private static string[] Answer(string question, params string[] lines) => WhyPacketTests.Answer(question, lines);

    [Fact]
    public void WhyDrop_RuleOfTheFilter_NamesMachineChainNumberAndRule()
    {
        string[] answer = Answer("why drop",
            ["juliet$ iptables -A INPUT -p udp -j ACCEPT", "juliet$ iptables -A INPUT -p tcp --dport 4000 -j DROP", .. WhyPacketTests.Listen, "romeo> sock.connect(('10.10.2.100', 4000))"]);

        Assert.StartsWith("packet 1, romeo to juliet at ", answer[0], StringComparison.Ordinal);
        Assert.Equal("  juliet's packet filter threw it away: rule 2 of chain INPUT, iptables -A INPUT -p tcp -m tcp --dport 4000 -j DROP", answer[1]);
    }

    [Theory]
    [InlineData("juliet$ iptables -P INPUT DROP", "no rule of INPUT took it, and the policy is DROP (iptables -P INPUT DROP)")]
    [InlineData("router$ iptables -A FORWARD -p tcp -j DROP", "router's packet filter threw it away: rule 1 of chain FORWARD")]
    [InlineData("romeo$ iptables -A OUTPUT -p tcp -j DROP", "it never left romeo: its own packet filter refused it, iptables -A OUTPUT -p tcp -j DROP")]
    [InlineData("juliet$ iptables -N mine; iptables -A INPUT -j mine; iptables -A mine -j DROP", "rule 1 of chain mine, iptables -A mine -j DROP")]
    public void WhyDrop_EachPlaceThatDrops_IsNamed(string rule, string told)
    {
        string[] answer = Answer("why drop", [.. WhyPacketTests.Listen, rule, "romeo> sock.connect(('10.10.2.100', 4000))"]);

        Assert.Contains(answer, line => line.Contains(told, StringComparison.Ordinal));
    }

    [Fact]
    public void WhyDrop_LostByNetem_NamesTheQueueAndWhatTcWasTold()
    {
        string[] answer = Answer("why drop", [.. s_connected, "romeo$ tc qdisc add dev eth1 root netem loss 100%", "romeo> sock.send(b'abc')"]);

        Assert.Equal("  it was lost between romeo's eth1 and router: netem loses some (tc netem limit 1000 loss 100%)", answer[1]);
    }

    [Fact]
    public void WhyDrop_FullAcceptQueue_ComparesItWithTheBacklog()
    {
        string[] answer = Answer("why drop", [.. WhyPacketTests.Listen, "juliet> lsock.listen(0)", "romeo> sock.connect(('10.10.2.100', 4000))", "romeo> second = socket.socket()", "romeo> second.connect(('10.10.2.100', 4000))"]);

        Assert.Equal("  juliet threw it away: the accept queue of port 4000 is full, 1 connection waits for accept(), and listen(0) allows 1 (ss -tl shows both)", answer[1]);
    }

    [Fact]
    public void WhyDrop_NobodyAnswersArp_TellsOfThePacketThatNeverLeft()
    {
        string[] answer = Answer("why drop", [.. WhyPacketTests.Listen, "romeo> sock.connect(('10.10.1.77', 4000))", "wait 5s"]);

        Assert.StartsWith("a packet of romeo to 10.10.1.77 never left", answer[0], StringComparison.Ordinal);
        Assert.StartsWith("because romeo's Python ran sock.connect(('10.10.1.77', 4000)) at ", answer[2], StringComparison.Ordinal);
    }

    [Fact]
    public void WhyDrop_SegmentThatIsHereAlready_ComparesItWithRcvNxt()
    {
        // The acknowledgment comes back later than the probe goes out, so that the probe finds its octets taken.
        string[] answer = Answer("why drop 6", [.. s_connected, "juliet$ tc qdisc add dev eth1 root netem delay 400ms", "romeo> sock.send(b'abc')", "wait 1s"]);

        Assert.Equal("  juliet turned it down: SEG.SEQ 1 to 4 is left of RCV.NXT 4: it is here already (RFC 9293 §3.10.7.4, first check)", answer[1]);
    }

    [Fact]
    public void WhyDrop_NothingDropped_SaysSo()
    {
        Assert.Equal(["no packet was dropped: all that were sent arrived and were taken"], Answer("why drop", s_connected)[..1]);
        Assert.StartsWith("  it was not dropped: it reached juliet at ", Answer("why drop 1", s_connected)[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SYN_RCVD")]
    [InlineData("syn-received")]
    [InlineData("SYN_RECV")]
    public void WhyState_HeldByTheFilter_NamesWhatCameAndWhatDoesNot(string state)
    {
        string[] answer = Answer("why " + state, ["romeo$ iptables -A INPUT -p tcp --tcp-flags SYN,ACK SYN,ACK -j DROP", .. WhyPacketTests.Listen, "romeo> sock.connect(('10.10.2.100', 4000))"]);

        Assert.StartsWith("juliet, 10.10.2.100:4000 to 10.10.1.100:", answer[0], StringComparison.Ordinal);
        Assert.Contains(": SYN-RECEIVED since ", answer[0], StringComparison.Ordinal);
        Assert.Equal("  came from LISTEN: a SYN came, packet 1: SYN,ACK is sent (RFC 9293 §3.10.7.2)", answer[1]);
        Assert.Contains(answer, line => line.Contains("the last that it sent is packet 2, SYN,ACK: romeo's packet filter threw it away: rule 1 of chain INPUT", StringComparison.Ordinal));
        Assert.Contains(answer, line => line.Contains("retransmission: 1 segment from SND.UNA 0 on is not acknowledged; RTO 1 s", StringComparison.Ordinal));
    }

    [Fact]
    public void WhyState_OfOneHost_TellsTheCallAndWhatEndsIt()
    {
        string[] lines = [.. s_connected, "romeo> sock.close()", "juliet> conn.close()"];

        string[] timeWait = Answer("why romeo TIME_WAIT", lines);
        Assert.StartsWith("  came from FIN-WAIT-2: the peer's FIN came, packet ", timeWait[1], StringComparison.Ordinal);
        Assert.Contains(timeWait, line => line.StartsWith("  TIME-WAIT: 2 MSL, 60 s on Linux (RFC 9293 §3.6.1 has 4 minutes); goes off at ", StringComparison.Ordinal));
        string[] former = Answer("why romeo FIN_WAIT1", lines);
        Assert.Equal("no connection on romeo is in FIN-WAIT-1 now; the last that was:", former[0]);
        Assert.Contains("its program closed: FIN is sent behind all text (RFC 9293 §3.10.4); romeo's Python ran sock.close() at ", former[2], StringComparison.Ordinal);
        Assert.StartsWith("  left it for FIN-WAIT-2 at ", former[3], StringComparison.Ordinal);
        Assert.Equal("no connection on juliet has been in TIME-WAIT so far", Answer("why juliet TIME_WAIT", lines)[0]);
    }

    [Fact]
    public void WhyTimer_RetransmissionAfterTheFirstSample_TellsRtoFromSrttAndRttvar()
    {
        string[] lines = [.. s_connected, "juliet$ iptables -A INPUT -p tcp -j DROP", "romeo> sock.send(b'abc')", "wait 600ms"];

        string[] answer = Answer("why romeo timer", lines);

        Assert.EndsWith(", ESTABLISHED:", answer[0], StringComparison.Ordinal);
        Assert.Matches(@"retransmission: 1 segment from SND\.UNA 1 on is not acknowledged, sent again (once by this timer and |twice by this timer and |)once as a tail loss probe; RTO \d+ ms = SRTT 0\.\d+ ms \+ 200 ms, the least that 4·RTTVAR \(0\.\d+ ms\) counts as \(RFC 6298 §2\.3\), in ticks of 4 ms, doubled (once|twice) \(RFC 6298 §5\.5\); goes off at ", answer[1]);
        Assert.Equal("no timer of a connection runs on juliet", Answer("why juliet timer", lines)[0]);
    }

    [Fact]
    public void WhyNothing_WindowOfThePeerClosed_ComparesUnaWndAndNxt()
    {
        string[] answer = Answer("why romeo nothing", [.. WhyPacketTests.Listen, "juliet> lsock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)", .. s_connected[WhyPacketTests.Listen.Length..], "romeo> sock.send(bytes(50000))", "wait 1s"]);

        Assert.Contains(answer, line => line.Contains("octets wait: the peer's window is full, SND.UNA ", StringComparison.Ordinal) && line.Contains("(RFC 9293 §3.8.6)", StringComparison.Ordinal));
    }

    [Fact]
    public void WhyNothing_SmallSegmentBehindASmallOne_NamesNagle()
    {
        string[] answer = Answer("why romeo nothing", [.. s_connected, "juliet$ tc qdisc add dev eth1 root netem delay 400ms", "romeo> sock.send(b'abc'); sock.send(b'def')"]);

        Assert.Contains(answer, line => line.Contains("3 octets wait: less than a segment of 1448, and a small one is not acknowledged yet (Nagle's rule, RFC 9293 §3.7.4", StringComparison.Ordinal));
    }

    [Fact]
    public void WhyNothing_ProgramInACall_NamesItsLine()
    {
        string[] answer = Answer("why nothing", [.. WhyPacketTests.Listen, "juliet> conn, addr = lsock.accept()"]);

        Assert.Equal("juliet's python3 waits in accept(), conn, addr = lsock.accept(): no connection is in the accept queue; the handshake of one has to end first", answer[0]);
    }

    [Fact]
    public void Why_WordsBehindIt_AreCompleted()
    {
        var session = new LabSession();

        Assert.Equal(["SYN_RCVD", "SYN_SENT"], session.Complete(LabLineKind.Shell, "romeo", "why SYN", out _));
        Assert.Contains("drop", session.Complete(LabLineKind.Shell, "romeo", "why ", out _));
        Assert.Contains(Lab.Printed(Lab.Play("help why"), "lab"), line => line.StartsWith("why drop", StringComparison.Ordinal));
    }

    [Fact]
    public void WhyPacket_NumberOfACapture_IsThatHostsFrame()
    {
        // romeo's first two frames are ARP, the third is the SYN.
        Assert.StartsWith("packet 1, romeo to juliet at ", Answer("why romeo:3", s_connected)[0], StringComparison.Ordinal);
        Assert.Contains("romeo:99 is no packet of that capture", Lab.Play([.. s_connected, "why romeo:99"]), StringComparison.Ordinal);
    }

    // The first repetition is the tail loss probe (RFC 8985 §7.3), and no timeout: ladder draws it as one more.
    [Fact]
    public void WhyTimer_ProbeBeforeTheTimeouts_CountsEachAsTheLadderDoes()
    {
        string[] lines = [.. s_connected, "juliet$ iptables -A INPUT -p tcp -j DROP", "romeo> sock.send(b'abc')", "wait 2s"];

        Assert.Contains(", sent again 3 times by this timer and once as a tail loss probe; RTO ", Answer("why romeo timer", lines)[1], StringComparison.Ordinal);
        Assert.Equal(4, Answer("ladder", lines).Count(line => line.Contains("(retransmission)", StringComparison.Ordinal)));
        Assert.Contains("again, for the 1st time (the tail loss probe, packet 5, is not counted): ", Answer("why 6", lines)[1], StringComparison.Ordinal);
    }

    [Fact]
    public void WhyTimer_SysctlChangedBehindTheTimer_TellsTheTimeThatRuns()
    {
        string[] answer = Answer("why romeo timer", [.. s_connected, "romeo> sock.close()", "romeo$ sysctl -w net.ipv4.tcp_fin_timeout=5"]);

        Assert.Contains("it waits for the peer's FIN until 60 s after it came here (net.ipv4.tcp_fin_timeout, or TCP_LINGER2, as it was when the timer was set); goes off at ", answer[1], StringComparison.Ordinal);
    }

    [Fact]
    public void WhyState_OrphanOfFinWait2TimedOut_TellsTheTimeoutAndNotTwoMsl()
    {
        string[] lines = [.. s_connected, "romeo> sock.close()", "wait 61s"];

        string left = Answer("why FIN_WAIT_2", lines)[^1];

        Assert.StartsWith("  left it for CLOSED at ", left, StringComparison.Ordinal);
        Assert.EndsWith("the peer's FIN has not come in time (net.ipv4.tcp_fin_timeout, or TCP_LINGER2): nobody is told", left, StringComparison.Ordinal);
        Assert.Contains(Answer("states", lines), line => line.EndsWith("  FIN-WAIT-2 -> CLOSED         timeout", StringComparison.Ordinal));
    }

    // RFC 9293 §3.10.4: CLOSE in LISTEN deletes the TCB and sends nothing. What nobody had accepted is reset by Linux.
    [Fact]
    public void WhyState_ListenerClosedBeforeAccept_NamesThatCause()
    {
        string[] lines = [.. s_connected[..^1], "juliet> lsock.close()"];

        string[] states = Answer("why juliet CLOSED", lines);

        Assert.Contains(states, line => line.StartsWith("  came from LISTEN: its program closed, and nothing is sent: ", StringComparison.Ordinal));
        Assert.Contains(states, line => line.StartsWith("  came from ESTABLISHED: its listener closed before accept() had taken it, and so it is reset (", StringComparison.Ordinal));
        Assert.Contains(Answer("why 4", lines), line => line.Contains("nobody had taken it by accept() when the listener of port 4000 closed", StringComparison.Ordinal));
    }

    // RFC 9293 §3.10.7.1: what comes for the forgotten connection is answered by a reset.
    [Fact]
    public void WhyState_ListenerClosedDuringTheHandshake_NamesItAndWhatFollows()
    {
        string[] answer = Answer("why juliet CLOSED", ["romeo$ iptables -A INPUT -p tcp --tcp-flags SYN,ACK SYN,ACK -j DROP", .. s_connected[..^1], "juliet> lsock.close()"]);

        Assert.Contains(answer, line => line.StartsWith("  came from SYN-RECEIVED: its listener closed while the handshake was under way, and what was half-open is forgotten without a word (Linux): the ACK of the handshake, if it comes, will be answered by a reset (RFC 9293 §3.10.7.1); juliet's Python ran lsock.close() at ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("juliet> conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))", "its program closed with SO_LINGER of 0 s, and so it is reset (RFC 9293 §3.10.5, ABORT)")]
    [InlineData("romeo> sock.send(b'abc')", "its program closed with octets unread, and so it is reset (RFC 2525 §2.17)")]
    public void WhyState_ResetByItsOwnSide_NamesTheOneReason(string line, string told)
    {
        string[] answer = Answer("why juliet CLOSED", [.. s_connected, "juliet> import struct", line, "juliet> conn.close()"]);

        Assert.Contains(answer, each => each.StartsWith("  came from ESTABLISHED: " + told, StringComparison.Ordinal));
    }

    [Fact]
    public void WhyPacket_AcknowledgmentAtOnceAndDelayed_TellHowLongQuickModeLasts()
    {
        string[] lines = [.. s_connected, "romeo> sock.send(b'abc')", "romeo> sock.shutdown(socket.SHUT_WR)", "wait 1s"];

        Assert.Contains("at once: in quick mode at most the next 16 segments are acknowledged without delay, until a FIN or an answer of its own ends it", Answer("why 5", lines)[1], StringComparison.Ordinal);
        Assert.Contains(Answer("why 7", lines), line => line.Contains("quick mode, in which nothing waits, had ended with the peer's FIN, ", StringComparison.Ordinal));
    }

    [Fact]
    public void WhyPacket_AcknowledgmentDelayedAfterAnAnswer_NamesTheAnswer()
    {
        string[] lines = [.. s_connected, "juliet> conn.send(conn.recv(10))", "romeo> sock.send(b'abc')", "romeo> sock.send(b'd')", "wait 1s"];

        Assert.Contains(Answer("why 9", lines), line => line.Contains("had ended with an answer of its own, ", StringComparison.Ordinal));
    }
}

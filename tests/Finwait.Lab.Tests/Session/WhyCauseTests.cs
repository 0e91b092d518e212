using System.Globalization;
using System.Text.RegularExpressions;
using Finwait.Inspect;

namespace Finwait.Lab.Tests;

/// <summary>The cause that why names is the one that was recorded, with the section that holds in that state.</summary>
public sealed class WhyCauseTests
{
    private static readonly string[] s_connected = [.. WhyPacketTests.Listen, "isn romeo 1000", "isn juliet 5000", "romeo> sock.connect(('10.10.2.100', 4000))", "juliet> conn, addr = lsock.accept()"];

    private static readonly string[] s_crossed =
    [
        "network slow", "romeo> import socket", "romeo> s = socket.socket(); s.bind(('10.10.1.100', 5000))", "juliet> import socket", "juliet> t = socket.socket(); t.bind(('10.10.2.100', 6000))",
        "at 1", "romeo> s.connect(('10.10.2.100', 6000))", "juliet> t.connect(('10.10.1.100', 5000))",
    ];

    private static string[] Answer(string question, params string[] lines) => WhyPacketTests.Answer(question, lines);

    private static void Has(string told, string[] answer) => Assert.Contains(answer, line => line.Contains(told, StringComparison.Ordinal));

    private static void HasNot(string told, string[] answer) => Assert.DoesNotContain(answer, line => line.Contains(told, StringComparison.Ordinal));

    // The ACK of a SYN cookie finds the accept queue full: Linux counts a listen overflow and says nothing.
    [Fact]
    public void WhyDrop_AckOfACookieFindsTheAcceptQueueFull_IsNotCalledTaken()
    {
        string[] lines =
        [
            "network slow", "juliet> import socket", "juliet> l = socket.socket(); l.bind(('10.10.2.100', 4000)); l.listen(0)", "romeo> import socket", "at 2",
            "romeo> a = socket.socket(); a.setblocking(False); a.connect_ex(('10.10.2.100', 4000))", "romeo> b = socket.socket(); b.setblocking(False); b.connect_ex(('10.10.2.100', 4000))",
            "romeo> c = socket.socket(); c.setblocking(False); c.connect_ex(('10.10.2.100', 4000))", "at 5",
        ];

        string[] answer = Answer("why drop 14", lines);

        Assert.Contains("ACK seq 1 ack 1", answer[0], StringComparison.Ordinal);
        Assert.Equal("  juliet threw it away: the accept queue of port 4000 is full, 1 connection waits for accept(), and listen(0) allows 1 (ss -tl shows both)", answer[1]);
    }

    [Fact]
    public void WhyDrop_OnlyTheEchoReplyIsRefused_NamesTheReply()
    {
        string[] lines = ["juliet$ iptables -A OUTPUT -p icmp -j DROP", "romeo$ ping -c 1 -W 1 10.10.2.100"];

        string[] answer = Answer("why drop", lines);

        Assert.Contains("juliet to romeo", answer[0], StringComparison.Ordinal);
        Assert.Equal("  it never left juliet: its own packet filter refused it, iptables -A OUTPUT -p icmp -j DROP", answer[1]);
        Assert.StartsWith("  it was not dropped: it reached juliet at ", Answer("why drop 1", lines)[1], StringComparison.Ordinal);
    }

    // RFC 9293 §3.8.6.2.2: room for less than a segment of 1448 octets (1500 less the headers and timestamps) is free, and none of it is announced.
    [Fact]
    public void WhyNothing_ReadTooLittleForAWindow_ComparesTheRoomWithWhatIsAnnounced()
    {
        string[] lines =
        [
            "juliet> import socket", "juliet> s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4000); s.bind(('', 4000)); s.listen()", "romeo> import socket",
            "romeo> c = socket.create_connection(('juliet', 4000)); c.setblocking(False)", "juliet> k, a = s.accept()", "romeo> n = c.send(bytes(6792))", "wait 3s", "juliet> n = len(k.recv(3000))",
        ];

        string[] answer = Answer("why nothing", lines);
        Has("it opens when the peer's program has read enough of what has come (RFC 9293 §3.8.6)", answer);
        string kept = Assert.Single(answer, line => line.Contains("RCV.WND 0", StringComparison.Ordinal));
        Match room = Regex.Match(kept, "^juliet, .*; its own window stays at RCV.WND 0: room for ([0-9]+) is free, and less than 1448 is not announced \\(silly-window avoidance, RFC 9293 §3.8.6.2.2: .*; its program has to read more$");
        Assert.True(room.Success, kept);
        Assert.InRange(int.Parse(room.Groups[1].Value, CultureInfo.InvariantCulture), 1, 1447);
        HasNot("RCV.WND 0", Answer("why nothing", [.. lines, "juliet> n = len(k.recv(30000))"]));
    }

    // RFC 9293 §3.5.1: half-open, for one end cut the connection off and its reset did not come through.
    [Theory]
    [InlineData("juliet$ iptables -A OUTPUT -p tcp -j DROP", "juliet$ ss -tK dst 10.10.1.100", "juliet$ iptables -F", "never left")]
    [InlineData("router$ iptables -A FORWARD -p tcp --tcp-flags RST RST -j DROP", "juliet> conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, 0, 0, 0, 0, 0, 0, 0])); conn.close()", "router$ iptables -F", "was lost")]
    public void WhyPacket_OctetsForAConnectionThatWasCutOff_NamesTheResetThatDidNotComeThrough(string block, string cut, string free, string fate)
    {
        string[] lines = [.. s_connected, block, "at 2", cut, free, "romeo> sock.send(b'are you there')"];

        string ended = $"port 4000 only listens, and the connection that had these addresses and ports was cut off at 2.000000, packet 4, whose reset {fate}";
        string[] answer = Answer("why 6", lines);
        Assert.Equal($"  juliet answers with a reset: {ended}", answer[1]);
        HasNot("has sent nothing", answer);
        Assert.Contains($"did not take it: {ended}: answered by a reset", Answer("why drop 5", lines)[1], StringComparison.Ordinal);
    }

    // The listener is closed, too: what the connection's end was is still told.
    [Fact]
    public void WhyPacket_OctetsForAConnectionWhoseListenerIsGoneToo_NamesWhenItEnded()
    {
        string[] lines = [.. s_connected, "juliet$ iptables -A OUTPUT -p tcp -j DROP", "at 2", "juliet$ ss -tK dst 10.10.1.100", "juliet> lsock.close()", "juliet$ iptables -F", "romeo> sock.send(b'are you there')"];

        Assert.Equal("  juliet answers with a reset: nobody listens on port 4000, and the connection that had these addresses and ports was cut off at 2.000000, packet 4, whose reset never left", Answer("why 6", lines)[1]);
    }

    // RFC 9293 §3.6.1 and RFC 2525 §2.17: nobody is left to read what comes in FIN-WAIT-2.
    [Fact]
    public void WhyPacket_OctetsForAProgramThatHasClosed_NamesFinWait2AndNoListener()
    {
        string[] lines = [.. s_connected, "romeo> sock.close()", "juliet> conn.send(b'late data')"];

        string[] answer = Answer("why 7", lines);
        Assert.Equal("  romeo answers octets with a reset: the program that could read them has closed, the connection was in FIN-WAIT-2 and is gone now (RFC 9293 §3.6.1, RFC 2525 §2.17)", answer[1]);
        HasNot("only listens", answer);
        Has("came from FIN-WAIT-2: octets came, packet 6, and the program that could read them has closed: it is reset", Answer("why romeo CLOSED", lines));
        Has("romeo did not take it: the connection is in FIN-WAIT-2, its program has closed", Answer("why drop 6", lines));
    }

    [Fact]
    public void WhyState_RefusedInSynSent_CitesTheSectionOfSynSent() =>
        Has("came from SYN-SENT: a reset came, packet 2, and acknowledges its SYN: refused (RFC 9293 §3.10.7.3, second step)",
            Answer("why CLOSED", "romeo> import socket", "romeo> s = socket.socket()", "romeo> s.connect(('10.10.2.100', 4000))"));

    [Fact]
    public void WhyState_FinOfThePeerIsDropped_DoesNotSayThatThePeerHasNotClosed()
    {
        string[] lines = [.. s_connected, "juliet$ iptables -A INPUT -p tcp --tcp-flags FIN FIN -j DROP", "romeo> sock.close()", "wait 2s", "juliet> conn.close()"];

        string[] waits = Answer("why juliet FIN_WAIT2", lines);
        Has("waits for the peer's FIN; the peer's program has closed, the peer is in CLOSING, and its FIN has not come through", waits);
        string[] closing = Answer("why CLOSING", lines);
        Has("both have closed, and the peer's FIN came before the ACK of its own", closing);
        HasNot("at the same time", closing);
        Has("waits for the peer's FIN, and the peer's program has not closed yet", Answer("why romeo FIN_WAIT2", [.. s_connected, "romeo> sock.close()"]));
    }

    [Fact]
    public void HalfClose_IsCalledShutdownAndCanSendNoMore()
    {
        string[] lines = [.. s_connected, "romeo> sock.shutdown(socket.SHUT_WR)"];

        string[] nothing = Answer("why romeo nothing", lines);
        Assert.EndsWith("FIN-WAIT-2: its own direction is closed, and its FIN acknowledged, SND.UNA = SND.NXT = 2: it can send no text any more (RFC 9293 §3.10.2)", Assert.Single(nothing), StringComparison.Ordinal);
        Has("its program said by shutdown() that it sends no more", Answer("why romeo FIN_WAIT1", lines));
        Assert.Contains(Answer("states", lines), line => line.Contains("ESTABLISHED -> FIN-WAIT-1", StringComparison.Ordinal) && line.Contains("shutdown() / snd FIN", StringComparison.Ordinal));
    }

    // The line that was typed does not name the call.
    [Fact]
    public void Transitions_ShutdownOfAProgram_IsNamedByTheRecordedCall()
    {
        string[] lines = [.. WhyPacketTests.Listen, "romeo> sock.connect(('10.10.2.100', 4000))", "romeo> half = sock.shutdown", "romeo> half(socket.SHUT_WR)", "juliet> conn, addr = lsock.accept()", "juliet> conn.close()"];

        string[] answer = Answer("transitions", lines);

        Has("client shutdown()", answer);
        Has("server close()", answer);
    }

    [Fact]
    public void Cork_TheLimitOfAPartialSegment_IsNotCalledAWindow()
    {
        string[] lines = [.. s_connected, "romeo> sock.setsockopt(socket.IPPROTO_TCP, 3, 1)", "romeo> sock.send(b'corked')", "wait 50ms"];

        string[] timer = Answer("why timer", lines);
        Assert.StartsWith("  cork: 6 octets wait for more, for the program said that more comes (TCP_CORK or MSG_MORE); the persist timer limits that to the RTO, ", timer[1], StringComparison.Ordinal);
        string[] sent = Answer("why 4", [.. lines, "wait 1s"]);
        Assert.StartsWith("  romeo sends what waited for more: the program had said that more comes (TCP_CORK or MSG_MORE)", sent[1], StringComparison.Ordinal);
        HasNot("window", sent);
    }

    [Fact]
    public void WhyNothing_OwnFilterRefusesTheSyn_NamesTheRule()
    {
        string[] answer = Answer("why nothing", ["romeo$ iptables -A OUTPUT -p tcp -j DROP", .. WhyPacketTests.Listen, "romeo> sock.connect(('10.10.2.100', 4000))"]);

        Has("; the last that it sent is packet 1, SYN: it never left romeo: its own packet filter refused it, iptables -A OUTPUT -p tcp -j DROP", answer);
    }

    // RFC 9293 §3.5 figure 7; SYN-SENT is §3.10.7.3, and the first SYN,ACK repeats nothing.
    [Fact]
    public void SimultaneousOpen_EachStep_CitesTheSectionOfItsState()
    {
        string[] lines = [.. s_crossed, "at 3"];

        Has("came from SYN-SENT: a SYN without ACK came, packet 2, for the peer opened at the same time: SYN,ACK is sent (RFC 9293 §3.10.7.3, fourth step)", Answer("why romeo SYN_RCVD", lines));
        string[] first = Answer("why 3", lines);
        Has("juliet answers with SYN,ACK, its own SYN once more and now with an acknowledgment", first);
        Has("SYN-RECEIVED (RFC 9293 §3.10.7.3, fourth step; §3.5 figure 7)", first);
        Has("and is ESTABLISHED, for its own SYN was acknowledged in SYN-RECEIVED (RFC 9293 §3.10.7.4, fifth check; §3.5 figure 7)", Answer("why 7", lines));
        Has("203.9 ms have gone by since it was sent last, less than RTO: the timer had been set 800", Answer("why 5", lines));
    }

    [Fact]
    public void SimultaneousClose_TimeWaitOfBoth_IsNotCalledFirst()
    {
        string[] lines = [.. s_crossed, "at 3", "romeo> s.close()", "juliet> t.close()", "at 5"];

        string[] answer = Answer("why TIME_WAIT", lines);
        Assert.Equal(2, answer.Count(line => line.Contains("had closed before the peer's FIN came, and so had the peer, so it waits 2 MSL", StringComparison.Ordinal)));
        string[] nothing = Answer("why nothing", lines);
        Assert.Equal(2, nothing.Count(line => line.Contains("TIME-WAIT: nothing more is sent of its own: it waits until 2 MSL are over", StringComparison.Ordinal)));
    }

    [Fact]
    public void WhyPacket_CopyMadeBehindADelay_IsNoPacketWithoutACause()
    {
        var session = new LabSession();
        Lab.Play(session, [.. s_connected, "romeo$ tc qdisc add dev eth1 root netem duplicate 100% delay 20ms", "romeo> sock.send(b'abc')", "wait 1s"]);

        RunRecord record = session.Record();
        int copy = Enumerable.Range(1, record.Packets.Count).Last(number => record.Packets[number - 1] is { IsCopy: true });
        Assert.Equal("the link made a second one of it: tc netem duplicate, or a fault rule", session.WhySentence(copy).Split(';')[0]);
        Assert.All(Enumerable.Range(1, record.Packets.Count), number => Assert.DoesNotContain("no cause was recorded", session.WhySentence(number), StringComparison.Ordinal));
    }

    // The router's link holds both, so that the copy leaves the router while the first is under way.
    [Fact]
    public void WhyPacket_CopyOvertakenOnASlowLink_IsACopy()
    {
        var session = new LabSession();
        Lab.Play(session, ["network slow", .. s_connected, "wait 3s", "romeo$ tc qdisc add dev eth1 root netem duplicate 100%", "romeo> sock.send(b'abc')", "wait 3s"]);

        RunRecord record = session.Record();
        Assert.Contains(record.Packets, packet => packet.IsCopy);
        Assert.All(Enumerable.Range(1, record.Packets.Count), number => Assert.DoesNotContain("no cause was recorded", session.WhySentence(number), StringComparison.Ordinal));
    }

    // RFC 6191 §2: the timestamps decide.
    [Fact]
    public void WhyPacket_SynThatEndsTimeWait_TellsWhyItWasTaken()
    {
        string[] lines =
        [
            "juliet> import socket", "juliet> l = socket.socket(); l.bind(('10.10.2.100', 4000)); l.listen(5)", "romeo> import socket", "romeo> s = socket.socket(); s.bind(('10.10.1.100', 7000))",
            "romeo> s.connect(('10.10.2.100', 4000))", "juliet> c, a = l.accept()", "juliet> c.close()", "romeo> s.close()", "wait 2s",
            "romeo> s = socket.socket(); s.bind(('10.10.1.100', 7000))", "romeo> s.connect(('10.10.2.100', 4000))",
        ];

        string[] answer = Answer("why 9", lines);

        Assert.Matches(@"^  it still had the connection before in TIME-WAIT, which a newer SYN may end: its timestamp \d+ is newer than TS\.Recent \d+ \(RFC 6191 §2\)$", answer[2]);
    }

    [Fact]
    public void WhyPacket_SynAgainInSynReceived_SaysThatLinuxAnswersSo()
    {
        string[] answer = Answer("why 5", ["romeo$ iptables -A INPUT -p tcp --tcp-flags SYN,ACK SYN,ACK -j DROP", .. WhyPacketTests.Listen, "romeo> sock.connect(('10.10.2.100', 4000))", "wait 2s"]);

        Has("juliet sends its SYN,ACK again: the peer's SYN came again in SYN-RECEIVED, so the SYN,ACK may be lost (as Linux; RFC 9293 §3.10.7.4, first check, would answer with an ACK alone)", answer);
        HasNot("figure 7", answer);
    }

    [Fact]
    public void WhyTimer_SynRepeatedWithLinearTimeouts_NamesTheSetting()
    {
        string[] answer = Answer("why timer", ["juliet$ iptables -A INPUT -p tcp -j DROP", .. WhyPacketTests.Listen, "romeo> sock.connect(('10.10.2.100', 4000))", "wait 14s"]);

        Has("sent again 7 times by this timer; RTO 8 s: nothing measured yet, so it starts at 1 s (RFC 6298 §2.1), and the first 4 repetitions of a SYN do not double it (net.ipv4.tcp_syn_linear_timeouts, as Linux; RFC 6298 §5.5 doubles at each), doubled 3 times", answer);
    }

    [Fact]
    public void WhyPacket_KeepAliveProbe_NamesTheCallThatSwitchedItOn()
    {
        string[] idle = ["romeo> sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 5)", "romeo> sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 5)"];
        const string On = "romeo> sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)";

        Has("because romeo's Python ran sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1) at ", Answer("why 4", [.. s_connected, On, .. idle, "wait 6s"]));
        Has("because SO_KEEPALIVE had been set on the socket, or on its listener, before there was a connection", Answer("why 4", [.. WhyPacketTests.Listen, On, .. idle, .. s_connected[WhyPacketTests.Listen.Length..], "wait 6s"]));
    }

    [Fact]
    public void WhyState_ResetInSynReceived_IsCalledAReset()
    {
        string[] answer = Answer("why juliet CLOSED", ["romeo$ iptables -A INPUT -p tcp --tcp-flags SYN,ACK SYN,ACK -j DROP", .. s_connected[..^1], "romeo> ^C", "romeo> sock.close()", "romeo$ iptables -F", "wait 5s"]);

        Has("came from SYN-RECEIVED: a reset came, packet ", answer);
        Has(", and the listener goes on as if nothing had been (RFC 9293 §3.10.7.4, second check)", answer);
    }

    [Fact]
    public void WhyDrop_HalfOpenQueueOfListen0_NamesListenAndNoSysctlOfAnotherLimit()
    {
        string[] answer = Answer("why drop",
        [
            "juliet$ sysctl -w net.ipv4.tcp_syncookies=0", "juliet> import socket", "juliet> l = socket.socket(); l.bind(('10.10.2.100', 4000)); l.listen(0)", "romeo$ iptables -A INPUT -p tcp -j DROP", "romeo> import socket",
            "romeo> s = socket.socket(); s.setblocking(False); s.connect_ex(('10.10.2.100', 4000))", "romeo> t = socket.socket(); t.setblocking(False); t.connect_ex(('10.10.2.100', 4000))",
        ]);

        Assert.Equal("  juliet threw it away: 1 connection of port 4000 is half-open, more than the 0 of listen(0), and SYN cookies are off (net.ipv4.tcp_syncookies)", answer[1]);
    }

    [Fact]
    public void WhyTimer_TimeWaitOfAMac_IsNotCalledLinuxs()
    {
        string[] answer = Answer("why romeo timer", ["personality romeo macos", .. s_connected, "romeo> sock.close()", "juliet> conn.close()"]);

        Has("TIME-WAIT: 2 MSL, 30 s on this machine (RFC 9293 §3.6.1 has 4 minutes)", answer);
    }

    // RFC 1122 §2.3.2.2: a packet waits while its next hop is asked for.
    [Fact]
    public void WhyNothing_SynThatWaitsForALinkAddress_HasNotLeft() =>
        Has("the retransmission timer watches it; it has not left: it waits until the link address of 10.10.1.77 is known, which ARP asks for (RFC 826, RFC 1122 §2.3.2.2)",
            Answer("why nothing", "romeo> import socket", "romeo> s = socket.socket()", "romeo> s.connect(('10.10.1.77', 4000))"));

    // The host answers itself: RFC 792 has the message, RFC 1122 §2.3.2.2 lets the packet wait; §3.3.1.6 is about something else.
    [Fact]
    public void Why_HostUnreachableOfItsOwn_CitesTheMessageAndTheQueueBehindArp() =>
        Has("romeo tells itself that nobody answered for the next hop of its packet (RFC 792, host unreachable; RFC 1122 §2.3.2.2)",
            Answer("why 1", "romeo> import socket", "romeo> s = socket.socket()", "romeo> s.connect(('10.10.1.77', 4000))", "wait 10s"));

    // The packet came; only the answer has no way.
    [Theory]
    [InlineData("romeo$ ping -c 1 -W 1 10.10.2.100")]
    [InlineData("romeo$ nc -w 1 10.10.2.100 4000")]
    public void WhyDrop_NoRouteBack_IsNotCalledNoRouteToItself(string line)
    {
        var session = new LabSession();
        string transcript = Lab.Play(session, [.. WhyPacketTests.Listen, "juliet$ ip route del default", line, "why drop 1"]);

        Assert.Contains("lab|   juliet has no route back to 10.10.1.100: it cannot answer", transcript, StringComparison.Ordinal);
        Assert.Equal(RunFate.Arrived, session.Record().Packets[0].Fate);
    }
}

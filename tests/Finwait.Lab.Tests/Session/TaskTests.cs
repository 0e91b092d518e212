namespace Finwait.Lab.Tests;

/// <summary>The questions of the lab report, answered with packets and states of a run.</summary>
public sealed class TaskTests
{
    /// <summary>Packets: 1 UDP, 2 ICMP, 3 SYN, 4 RST, 5 SYN, 6 SYN ACK, 7 ACK, 8 data, 9 ACK, 10 FIN, 11 ACK, 12 FIN, 13 ACK.</summary>
    private static readonly string[] s_run =
    [
        "romeo> import socket", "juliet> import socket", "romeo> udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "romeo> udp.sendto(b'x', ('juliet', 4000))",
        "romeo> sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)", "romeo> sock.connect(('juliet', 4000))",
        "juliet> sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)", "juliet> sock.bind(('0.0.0.0', 4000))", "juliet> sock.listen()",
        "romeo> sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)", "romeo> sock.connect(('juliet', 4000))", "juliet> conn, addr = sock.accept()",
        "romeo> sock.send(b'Hello juliet')", "juliet> conn.recv(1024)", "romeo> sock.shutdown(socket.SHUT_RDWR)", "juliet> conn.shutdown(socket.SHUT_RDWR)",
    ];

    private static readonly string[] s_right =
    [
        "answer 1 2 4", "answer 2 client CLOSED SYN_SENT ESTABLISHED server CLOSED LISTEN SYN_RCVD ESTABLISHED packets 5 6 7", "answer 3 mss, sackOK, TS, wscale",
        "answer 4 connect, send and shutdown", "answer 5 packet 6", "answer 6 packet 9", "answer 7 packets 8 and 9",
        "answer 8 client ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED, server ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED: packets 10 11 12 13",
    ];

    [Theory]
    [InlineData("answer 1 2 4")]
    [InlineData("answer 2 server CLOSED LISTEN SYN-RECEIVED ESTAB client CLOSED SYN-SENT ESTAB 5 6 7")]
    [InlineData("answer 3 wscale mss TS sackok")]
    [InlineData("answer 3 maximum-segment-size, SACK-permitted, timestamps and window-scale")]
    [InlineData("answer 3 MSS sack timestamp window_scaling")]
    [InlineData("answer 4 close connect sendall")]
    [InlineData("answer 5 6")]
    [InlineData("answer 6 9")]
    [InlineData("answer 7 5 6")]
    [InlineData("answer 7 12 and 13")]
    [InlineData("answer 7 juliet:10 juliet:11")]
    [InlineData("answer 8 client ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT server ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED 10 11 12 13")]
    [InlineData("answer 1 1 3: the datagram and the SYN; 2 4: what came back")]
    [InlineData("answer 2 romeo closed syn-sent established, juliet closed listen syn_recv estab; 5 6 7")]
    [InlineData("answer 2 client SYN_SENT ESTABLISHED server LISTEN SYN_RCVD ESTABLISHED 5 6 7")]
    [InlineData("answer 3 5 6 mss sack ts wscale and nop")]
    [InlineData("answer 4 packets 5, 8 and 10")]
    [InlineData("answer 4 sock.connect() 5 6 7, sock.send() 8 9, sock.shutdown(socket.SHUT_RDWR) 10 11")]
    [InlineData("answer 5 7")]
    [InlineData("answer 5 5 6 7")]
    [InlineData("answer 5 server SYN_RCVD ESTABLISHED")]
    [InlineData("answer 6 8 9")]
    [InlineData("answer 7 5 6 7")]
    [InlineData("answer 8 romeo FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED juliet CLOSE_WAIT LAST_ACK CLOSED 10 11 12 13")]
    public void Answer_WithAnyRightEvidence_IsRight(string answer) => Assert.Contains($"| {string.Join(' ', answer.Split(' ')[..2])} is right: ", Played(answer), StringComparison.Ordinal);

    [Theory]
    [InlineData("answer 1 4", "the packet for TCP is right; UDP has no flags, so another protocol tells it")]
    [InlineData("answer 1 3", "neither a reset that answers a SYN nor an ICMP message about an unreachable port is among the packets named")]
    [InlineData("answer 2 client CLOSED SYN_SENT ESTABLISHED server CLOSED LISTEN SYN_RCVD ESTABLISHED 5 6", "among the packets named is no ACK of the SYN ACK")]
    [InlineData("answer 2 client CLOSED ESTABLISHED server CLOSED LISTEN SYN_RCVD ESTABLISHED 5 6 7", "the client's states are not those it went through in this run: CLOSED ESTABLISHED is not it")]
    [InlineData("answer 2 client CLOSED SYN_SENT ESTABLISHED 5 6 7", "the server's states are not those it went through in this run: name them behind the word server")]
    [InlineData("answer 3 mss TS", "2 options are missing")]
    [InlineData("answer 4 connect send close bind", "bind() has only local effects: in this run it was called once, and sent nothing")]
    [InlineData("answer 5 5", "no SYN ACK is named")]
    [InlineData("answer 6 7", "no packet that acknowledges data is named (packet 7 acknowledges packet 6, a SYN)")]
    [InlineData("answer 7 8 7", "no packet named acknowledges another one that is named")]
    [InlineData("answer 7 8 99", "there is no packet 99 in this run: it has 13 packets")]
    [InlineData("answer 1 2 4 13", "packet 13 tells nobody that a port has no listener: name the two packets that do")]
    [InlineData("answer 2 client CLOSED SYN_SENT ESTABLISHED server CLOSED LISTEN SYN_RCVD ESTABLISHED 3 5 6 7", "packet 5 belongs to another connection than packet 3: name the packets of one")]
    [InlineData("answer 2 client CLOSED SYN_SENT ESTABLISHED server CLOSED LISTEN SYN_RCVD ESTABLISHED 5 6 7 8 9", "packet 9 moves no end to another of these states: name only those that do")]
    [InlineData("answer 3 mss sackOK TS wscale fastopen", "fastopen is not in both packets")]
    [InlineData("answer 3 mss sackOK TS wscale 8", "packet 8 is no part of a handshake that carries options: SYN and SYN ACK do")]
    [InlineData("answer 4 5 6 8 10", "packet 6 was sent by the system itself, in answer to packet 5: no call of its host sent it")]
    [InlineData("answer 4 connect send 5 8 10", "packet 10 goes back to shutdown(), which is not among the calls named")]
    [InlineData("answer 4 connect send shutdown accept", "accept() has only local effects: in this run it was called once, and sent nothing")]
    [InlineData("answer 4 connect send shutdown recv", "recv() has only local effects: in this run it was called once, and sent nothing")]
    [InlineData("answer 4 connect shutdown", "a call that opens, one that carries data and one that ends a connection are wanted")]
    [InlineData("answer 4 1 5 8 10", "packet 1 is no TCP segment")]
    [InlineData("answer 5 6 9", "packet 9 is no part of a handshake: name the SYN ACK")]
    [InlineData("answer 5 9", "no SYN ACK is named")]
    [InlineData("answer 5 server LISTEN", "no SYN ACK is named")]
    [InlineData("answer 6 9 11", "packet 11 acknowledges no data: leave it out (packet 11 acknowledges packet 10, a FIN)")]
    [InlineData("answer 6 8", "no packet that acknowledges data is named")]
    [InlineData("answer 7 8 9 10", "packet 10 neither acknowledges one that is named nor is acknowledged by one: leave it out")]
    [InlineData("answer 7 8 10", "packet 10 goes on where packet 8 ends, which shows the sequence numbers; name the packet that acknowledges one of them, too")]
    [InlineData("answer 7 710726658", "there is no packet 710726658 in this run: it has 13 packets; a number names a packet as ladder counts them, not a sequence number")]
    [InlineData("answer 7 romeo:99", "there is no packet romeo:99 in this run: it has 13 packets; HOST:N counts the frames of that host's capture")]
    [InlineData("answer 8 client ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT server ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED 8 10 11 12 13", "packet 8 moves no end to another of these states: name only those that do")]
    [InlineData("answer 8 client ESTABLISHED FIN_WAIT_1 CLOSING TIME_WAIT server ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED 10 11 12 13", "the client's states are not those it went through in this run: ESTABLISHED FIN-WAIT-1 CLOSING TIME-WAIT is not it")]
    [InlineData("answer 8 client ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT server ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED 10 11 12", "among the packets named is no ACK of the server's FIN")]
    public void Answer_ThatShowsSomethingElse_IsToldWhy(string answer, string why) => Assert.EndsWith($"| {string.Join(' ', answer.Split(' ')[..2])} is not right yet: {why}\n", Played(answer), StringComparison.Ordinal);

    [Fact]
    public void Answer_WithAnAckOfMoreThanIsNamed_IsToldWhatIsMissing()
    {
        string transcript = Played("answer 7 8 11");

        Assert.Contains("answer 7 is not right yet: packet 11 acknowledges more than packet 8: name the packet before whose end its ACK number is, ", transcript, StringComparison.Ordinal);
        Assert.Contains("answer 7 is right", Played("answer 7 8 10 11"), StringComparison.Ordinal); // packet 10 begins where 8 ends
    }

    [Fact]
    public void Answer_FromARunWhereTheCallsWaited_ShowsNothing()
    {
        string transcript = Lab.Play([.. s_run[..9], "juliet> conn, addr = sock.accept()", "romeo> sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)", "romeo> sock.connect(('juliet', 4000))",
            "juliet> conn.recv(1024)", "romeo> sock.send(b'Hello juliet')", "answer 5 6", "answer 6 9"]);

        Assert.Contains("answer 5 is not right yet: accept() had been called before packet 6 was sent", transcript, StringComparison.Ordinal);
        Assert.Contains("answer 6 is not right yet: recv() was called before packet 9 was sent", transcript, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("answer")]
    [InlineData("answer 9 1")]
    [InlineData("answer 7")]
    [InlineData("answer x 1")]
    public void Answer_WithoutQuestionOrEvidence_IsNotUnderstood(string line) => Assert.Contains("line 1: which question, and what shows it?", Lab.Play(line), StringComparison.Ordinal);

    [Fact]
    public void Student_HasOwnNumbersThatComeAgain()
    {
        string anna = OfStudent("Anna B", [.. s_run, .. s_right, "show"]), again = OfStudent(" anna b", [.. s_run, .. s_right, "show"]);

        Assert.Equal(anna, again);
        Assert.NotEqual(anna, OfStudent("Bert", [.. s_run, .. s_right, "show"]));
        Assert.Equal(8, anna.Split(" is right: ").Length - 1);
    }

    [Fact]
    public void Student_HasAnOwnPortThatTextsFollow()
    {
        LabSession anna = LabSession.ForStudent("Anna"), bert = LabSession.ForStudent("Bert");
        string text = Lab.Play(anna, "tasks", "help", "help iptables", "help grep", "help telnet", "help route");

        Assert.NotEqual(anna.ServerPort, bert.ServerPort);
        Assert.InRange(anna.ServerPort, 5000, 32767); // no client gets it by itself
        Assert.Contains($"| your server is juliet, port {anna.ServerPort}; answers count for connections to it", text, StringComparison.Ordinal);
        Assert.Contains($", {anna.ServerPort}))", text, StringComparison.Ordinal);
        Assert.DoesNotContain("4000", text, StringComparison.Ordinal);
        Assert.DoesNotContain("10.10.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Student_WithTheServerOnAnotherPort_IsToldTheRightOne()
    {
        LabSession anna = LabSession.ForStudent("Anna");
        string text = Lab.Play(anna, [.. s_run, .. s_right]); // on port 4000

        Assert.Equal([true, false, false, true, false, false, false, false], anna.Answers.Values.Select(answer => answer.IsRight));
        Assert.Contains($"answer 5 is not right yet: packet 6 belongs to a server on port 4000; the server of this lab has port {anna.ServerPort}", text, StringComparison.Ordinal);
        Assert.Contains("answer 3 is not right yet: this run has no handshake yet", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Student_InAnotherNetwork_GoesBackFirst() =>
        Assert.Contains("answers count in the network of the student: network own goes back to it", Lab.Play(LabSession.ForStudent("Anna"), ["network shared", .. s_run, "answer 5 6"]), StringComparison.Ordinal);

    [Fact]
    public void Grade_OfATranscript_CountsWhatIsRight()
    {
        using var folder = new CommandLineTests.TemporaryFolder();
        string all = folder.Write("all.lab", OfStudent("Anna", [.. s_run, .. s_right]));
        string some = folder.Write("some.lab", string.Join('\n', [.. s_run, .. s_right[..3], "answer 5 5", "answer 3 mss"]));
        (int status, string output) = Grade(all, "--student", "Anna");
        (int partly, string told) = Grade(some);

        Assert.Equal((0, 1), (status, partly));
        Assert.EndsWith("8 of 8 right\n", output, StringComparison.Ordinal);
        Assert.Contains("3 wrong: 3 options are missing\n4 no answer\n5 wrong: no SYN ACK is named\n6 no answer\n", told, StringComparison.Ordinal);
        Assert.EndsWith("2 of 8 right\n", told, StringComparison.Ordinal);
    }

    private static (int Status, string Output) Grade(string file, params string[] more)
    {
        var output = new StringWriter { NewLine = "\n" };
        var error = new StringWriter();
        int status = Finwait.Cli.LabCommand.Run(["grade", file, .. more], TextReader.Null, output, error, isScript: true);
        Assert.Equal("", error.ToString());
        return (status, output.ToString());
    }

    private static string OfStudent(string name, string[] lines)
    {
        LabSession session = LabSession.ForStudent(name);
        return Lab.Play(session, [.. lines.Select(line => line.Replace("4000", session.ServerPort.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal))]);
    }

    private static string Played(string answer) => Lab.Play([.. s_run, answer]);
}

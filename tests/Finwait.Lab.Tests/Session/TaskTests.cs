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
    public void Answer_WithAnyRightEvidence_IsRight(string answer) => Assert.Contains($"| {string.Join(' ', answer.Split(' ')[..2])} is right: ", Played(answer), StringComparison.Ordinal);

    [Theory]
    [InlineData("answer 1 4", "the packet for TCP is right; UDP has no flags, so another protocol tells it")]
    [InlineData("answer 1 3", "neither a reset that answers a SYN nor an ICMP message about an unreachable port is among the packets named")]
    [InlineData("answer 2 client CLOSED SYN_SENT ESTABLISHED server CLOSED LISTEN SYN_RCVD ESTABLISHED 5 6", "among the packets named is no ACK of the SYN ACK")]
    [InlineData("answer 2 client CLOSED ESTABLISHED server CLOSED LISTEN SYN_RCVD ESTABLISHED 5 6 7", "the client's states are not those it went through in this run: CLOSED ESTABLISHED is not it")]
    [InlineData("answer 2 client CLOSED SYN_SENT ESTABLISHED 5 6 7", "the server's states are not those it went through in this run: name them behind the word server")]
    [InlineData("answer 3 mss TS", "2 options are missing")]
    [InlineData("answer 4 connect send close bind", "bind() has only local effects")]
    [InlineData("answer 5 5", "no SYN ACK is named")]
    [InlineData("answer 6 7", "no packet without data that acknowledges data is named")]
    [InlineData("answer 7 8 7", "no packet named acknowledges another one that is named")]
    [InlineData("answer 7 8 99", "there is no packet 99 in this run: it has 13 packets")]
    [InlineData("answer 8 client ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT server ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED 10 11 12", "among the packets named is no ACK of the server's FIN")]
    public void Answer_ThatShowsSomethingElse_IsToldWhy(string answer, string why) => Assert.EndsWith($"| {string.Join(' ', answer.Split(' ')[..2])} is not right yet: {why}\n", Played(answer), StringComparison.Ordinal);

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
        string anna = Lab.Play(LabSession.ForStudent("Anna B"), [.. s_run, .. s_right, "show"]), again = Lab.Play(LabSession.ForStudent(" anna b"), [.. s_run, .. s_right, "show"]);

        Assert.Equal(anna, again);
        Assert.NotEqual(anna, Lab.Play(LabSession.ForStudent("Bert"), [.. s_run, .. s_right, "show"]));
        Assert.Equal(8, anna.Split(" is right: ").Length - 1);
    }

    [Fact]
    public void Grade_OfATranscript_CountsWhatIsRight()
    {
        using var folder = new CommandLineTests.TemporaryFolder();
        string all = folder.Write("all.lab", Lab.Play(LabSession.ForStudent("Anna"), [.. s_run, .. s_right]));
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

    private static string Played(string answer) => Lab.Play([.. s_run, answer]);
}

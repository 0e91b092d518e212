using System.Text.RegularExpressions;

namespace Finwait.Lab.Tests;

/// <summary>The scenarios of the documents, compared with the lines that the documents print; what a machine picks (times, sequence numbers, time stamps) is masked.</summary>
public sealed partial class SeedScenarioTests
{
    [GeneratedRegex(@"^\d\d:\d\d:\d\d\.\d{6} |(?<=TS val )\d+|(?<=ecr )[1-9]\d*|(?<=(?:seq|ack) )\d{6,}")]
    private static partial Regex Picked { get; }

    public static TheoryData<string> MacScenarios => ["mac-handshake", "mac-refused", "mac-push", "mac-server-closes", "mac-client-closes"];

    // The post with nc: what tcpdump printed on the server while a Mac was the client. Where the post begins to print in the middle, these are the last lines.
    [Theory]
    [MemberData(nameof(MacScenarios))]
    public void MacScenario_Played_PrintsTheLinesOfThePost(string name)
    {
        string[] post = GoldenFiles.Text("seeds", "000.txt").Split("# ").Single(part => part.StartsWith(name + "\n", StringComparison.Ordinal)).TrimEnd('\n').Split('\n')[1..];
        string[] printed = [.. Printed(name, "juliet").Where(line => line.Contains(" Flags [", StringComparison.Ordinal))];

        Assert.Equal(post.Select(Masked), printed[^post.Length..].Select(Masked));
        Assert.True(printed.Length == post.Length || !post[0].Contains("Flags [S]", StringComparison.Ordinal), "more was sent than the post has");
    }

    // The article's table, printed from a run in which the client closed first.
    [Fact]
    public void TeardownTable_PrintedFromTheRun_IsTheTableOfTheArticle()
    {
        string[] article = [.. GoldenFiles.Text("seeds", "002-teardown.txt").TrimEnd('\n').Split('\n').Select(line => line.TrimEnd())];
        string[] lab = Printed("teardown-table", "lab");

        Assert.Equal(article, lab.SkipWhile(line => line != article[0]).Take(article.Length));
        Assert.Equal("client 2 MSL over   | client TIME_WAIT  > CLOSED     |", lab[^1]);
    }

    [Fact]
    public void TeardownTable_OfARunWithoutTheAcknowledgment_ShowsNone()
    {
        // The rule drops what the client would acknowledge the server's FIN with, before it leaves: the table tells what happened.
        string[] lab = Lab.Printed(Lab.Play([.. LabScenarios.Read("teardown-table").TakeWhile(line => line != "# The client closes first."),
            "romeo$ iptables -A INPUT -s 192.168.100.100 -p tcp --tcp-flags FIN FIN -j DROP", "romeo> sock.close()", "juliet> conn_fd.close()", "transitions teardown"]), "lab");

        Assert.Contains("server close()  | server CLOSE_WAIT > LAST_ACK   | sends FIN", lab);
        Assert.DoesNotContain(lab, line => line.Contains("TIME_WAIT", StringComparison.Ordinal));
    }

    // The article on one machine: the same rows as on two, all of them over the loopback interface.
    [Fact]
    public void OneMachine_Played_ShowsBothEndsAndTheirSteps()
    {
        string[] romeo = Printed("one-machine", "romeo"), lab = Printed("one-machine", "lab");

        Assert.Contains("ip:port = 192.168.100.100:32000  State = LISTEN", romeo);
        Assert.Contains("ip:port = 192.168.100.51:32089  State = SYN-SENT", romeo);
        Assert.Contains("ip:port = 192.168.100.100:32000  State = CLOSE-WAIT", romeo);
        Assert.Contains("ip:port = 192.168.100.51:32089  State = FIN-WAIT-2", romeo);
        Assert.Contains("ip:port = 192.168.100.51:32089  State = TIME-WAIT", romeo);
        Assert.Equal("server gets ACK     | server LAST_ACK   > CLOSED     |", lab[^1]);
    }

    // The linked readme of the article: dropped packets are logged with a prefix, and counted twice, by LOG and by DROP.
    [Fact]
    public void LogDrops_Played_NamesEachDroppedSyn()
    {
        string[] juliet = Printed("log-drops", "juliet");
        string[] logged = [.. juliet.Where(line => line.Contains("dropped: IN=eth1 OUT= ", StringComparison.Ordinal) && line.Contains("SRC=192.168.100.51 DST=192.168.100.100", StringComparison.Ordinal) && line.Contains("SPT=32089 DPT=32000", StringComparison.Ordinal) && line.Contains(" SYN ", StringComparison.Ordinal))];

        Assert.Equal(3, logged.Length);
        Assert.Contains(juliet, line => line.TrimStart().StartsWith("3   180 LOG ", StringComparison.Ordinal) && line.EndsWith("LOG flags 0 level 4 prefix \"dropped: \"", StringComparison.Ordinal));
        Assert.Contains(juliet, line => line.TrimStart().StartsWith("3   180 DROP ", StringComparison.Ordinal));
    }

    // The article with the two Python programs.
    [Fact]
    public void PythonPrograms_Played_OpenWithThreeSegmentsThatAnswerEachOther()
    {
        string[] romeo = Printed("python-programs", "romeo");
        Match[] opening = [.. romeo.Select(line => Opening.Match(line)).Where(match => match.Success).Take(3)];

        Assert.Equal(["S", "S.", "."], opening.Select(match => match.Groups["flags"].Value));
        Assert.Equal(Number(opening[0], "seq") + 1, Number(opening[1], "ack"));
        Assert.Equal(Number(opening[1], "seq") + 1, Number(opening[2], "ack"));
        Assert.Contains("Hey you I'm listening on 7456...weird port by the way", romeo);
        Assert.Contains(romeo, line => line.StartsWith("FROM: ('127.0.0.1', ", StringComparison.Ordinal) && line.EndsWith(") MSG: b'Hola server, are you bored?'", StringComparison.Ordinal));
    }

    // listen(1): the comment in the program says "how many connections it will queue up"; a current kernel queues one more, and drops the SYN of the next.
    [Fact]
    public void PythonBacklog_Played_QueuesTwoAndLetsTheThirdWait()
    {
        string[] romeo = Printed("python-backlog", "romeo");

        Assert.Contains(romeo, line => line.StartsWith("LISTEN 2      1 ", StringComparison.Ordinal));
        Assert.Single(romeo, line => line.StartsWith("SYN-SENT", StringComparison.Ordinal));
    }

    // The exercise's first question: UDP is answered by ICMP, TCP by a segment with RST; both calls end with the same error.
    [Fact]
    public void UdpRefused_Played_ShowsIcmpAndThenReset()
    {
        string[] romeo = Printed("udp-refused", "romeo");
        int icmp = Array.FindIndex(romeo, line => line.Contains("IP 10.10.2.100 > 10.10.1.100: ICMP 10.10.2.100 udp port 4000 unreachable, length 48", StringComparison.Ordinal));
        int reset = Array.FindIndex(romeo, line => line.Contains("IP 10.10.2.100.4000 > 10.10.1.100.", StringComparison.Ordinal) && line.Contains("Flags [R.], seq 0, ack ", StringComparison.Ordinal));

        Assert.InRange(icmp, 0, reset - 1);
        Assert.Equal(2, romeo.Count(line => line == "ConnectionRefusedError: [Errno 111] Connection refused"));
    }

    // The note on the handshake: its three lines with its own numbers, and the mss that its text explains.
    [Fact]
    public void OldHandshake_Played_PrintsTheThreeLinesOfTheNote()
    {
        Assert.Equal(
            [
                "192.168.1.12.1051 > 192.168.1.11.23: S 4255483971:4255483971(0) win 65535 <mss 1460> (DF)",
                "192.168.1.11.23 > 192.168.1.12.1051: S 4279842714:4279842714(0) ack 4255483972 win 32120 <mss 1460> (DF)",
                "192.168.1.12.1051 > 192.168.1.11.23: . ack 4279842715 win 65535 (DF)",
            ],
            Printed("old-handshake", "romeo").Where(line => line.StartsWith("192.168.1.", StringComparison.Ordinal)));
    }

    // "Though the client has a buffer that can accept 65535 bytes of data, the network cannot accept more than 1460 bytes of payload."
    [Fact]
    public void WindowAndMss_Played_CutsWhatTheWindowWouldTake()
    {
        string[] data = [.. Printed("window-and-mss", "romeo").Where(line => line.StartsWith("192.168.1.12.", StringComparison.Ordinal) && line.Contains(") ack", StringComparison.Ordinal))];

        Assert.Equal(["(1460)", "(1460)", "(1460)", "(620)"], data.Select(line => Regex.Match(line, @"\(\d+\)").Value));
        Assert.Contains(Printed("window-and-mss", "romeo"), line => line.StartsWith("192.168.1.11.23 > ", StringComparison.Ordinal) && line.EndsWith("win 65535 <mss 1460> (DF)", StringComparison.Ordinal));
    }

    // RFC 1191: the router that cannot pass the packet on tells the size that would have fitted, and the sender cuts smaller.
    [Fact]
    public void DontFragment_Played_BringsTheMessageAndSmallerSegments()
    {
        string[] romeo = Printed("dont-fragment", "romeo");

        Assert.Contains(romeo, line => line.Trim() == "10.10.1.1 > 10.10.1.100: ICMP 10.10.2.100 unreachable - need to frag (mtu 600), length 556");
        Assert.Equal(2, romeo.Count(line => line.EndsWith("length 548", StringComparison.Ordinal)));
        Assert.All(romeo.Where(line => line.StartsWith("IP ", StringComparison.Ordinal) && line.Contains("proto TCP", StringComparison.Ordinal)), line => Assert.Contains("flags [DF]", line, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"127\.0\.0\.1\.\d+ > .*Flags \[(?<flags>[^\]]+)\], cksum [^)]*\)(?:, seq (?<seq>\d+))?(?:, ack (?<ack>\d+))?")]
    private static partial Regex Opening { get; }

    private static uint Number(Match match, string group) => uint.Parse(match.Groups[group].Value, System.Globalization.CultureInfo.InvariantCulture);

    private static string Masked(string line) => Picked.Replace(line, "N");

    private static string[] Printed(string scenario, string host) => Lab.Printed(Lab.Play(new LabSession(), LabScenarios.Read(scenario)), host);
}

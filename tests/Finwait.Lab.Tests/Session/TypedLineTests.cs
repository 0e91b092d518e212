namespace Finwait.Lab.Tests;

/// <summary>Where a typed line goes: to the program that reads, to the statement that is open, or nowhere, and then the lab says so.</summary>
public sealed class TypedLineTests
{
    [Fact]
    public void Input_WithACaptureInTheNewestWindow_ReachesTheProgramThatReads()
    {
        string transcript = Lab.Play("juliet$ nc -kl 234", "juliet$ tcpdump -i eth1 tcp", "romeo$ nc -v juliet 234", "juliet< who is there", "romeo< it is romeo");

        Assert.Contains("who is there", Lab.Printed(transcript, "romeo"));
        Assert.Contains("it is romeo", Lab.Printed(transcript, "juliet"));
    }

    [Fact]
    public void Input_WithoutAReader_IsRefusedByName()
    {
        var session = new LabSession();
        session.Execute("juliet$ tcpdump -i eth1 tcp");

        Assert.Equal(LabVerdict.NotUnderstood, session.Execute("juliet< hello"));
        Assert.Equal("no program on juliet waits for input: tcpdump does not read any", session.Complaint);
        Assert.Null(session.InputProgram("juliet"));
    }

    [Fact]
    public void Input_AfterItsEnd_IsRefused()
    {
        var session = new LabSession();
        session.Execute("juliet$ nc -kl 234");
        session.Execute("juliet$ ^D");

        Assert.Equal(LabVerdict.NotUnderstood, session.Execute("juliet< hello"));
    }

    [Fact]
    public void EndOfInput_WithACaptureInTheNewestWindow_GoesToTheProgramThatReads()
    {
        string transcript = Lab.Play("juliet$ nc -l 234", "juliet$ tcpdump -n -t tcp and port 234", "romeo$ nc -N juliet 234", "romeo$ tcpdump -n -t -c 1 icmp", "romeo$ ^D", "romeo$ ps");

        Assert.Contains(Lab.Printed(transcript, "juliet"), line => line.Contains("Flags [F.]", StringComparison.Ordinal));
        Assert.DoesNotContain(Lab.Printed(transcript, "romeo"), line => line.EndsWith(" nc", StringComparison.Ordinal));
    }

    [Fact]
    public void Line_BehindAnOpenBracket_IsSaidToContinueIt()
    {
        string transcript = Lab.Play("romeo> print((1,", "romeo> 2 + 2");

        Assert.Contains("lab| romeo: the line before is not finished (a bracket or a string is open): this one continues it (^C drops both: romeo> ^C)", transcript, StringComparison.Ordinal);
        Assert.DoesNotContain("waits in a loop", transcript, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_BehindABlockPastedWithoutItsEmptyLine_EndsTheBlockSilently()
    {
        string transcript = Lab.Play("romeo> for i in range(2):", "romeo...     print(i)", "romeo> 7");

        Assert.Equal(["0", "1", "7"], Lab.Printed(transcript, "romeo"));
        Assert.DoesNotContain("lab|", transcript, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("step twice")]
    [InlineData("show all")]
    [InlineData("quit now")]
    [InlineData("exit now")]
    [InlineData("hosts x")]
    [InlineData("help wait step")]
    [InlineData("help nosuchthing")]
    public void Command_WithAWordTooMany_IsAnError(string line)
    {
        var session = new LabSession();

        Assert.Equal(LabVerdict.NotUnderstood, session.Execute(line));
        Assert.Contains(line.Split(' ')[1], session.Complaint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wiat 3s", "did you mean wait?")]
    [InlineData("stpe", "did you mean step?")]
    [InlineData("help tcpdmp", "did you mean tcpdump?")]
    [InlineData("ss -tan", "as a shell command: romeo$ ss")]
    public void Command_Misspelt_NamesTheNearest(string line, string expected)
    {
        var session = new LabSession();

        session.Execute(line);

        Assert.EndsWith(expected, session.Complaint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcpdmp -i eth1", "bash: tcpdmp: command not found (did you mean tcpdump?)")]
    [InlineData("pnig juliet", "bash: pnig: command not found (did you mean ping?)")]
    [InlineData("frobnicate", "bash: frobnicate: command not found")]
    [InlineData("hostname", "romeo")]
    [InlineData("hostname -I", "10.10.1.100 ")]
    public void Shell_WordThatItDoesNotKnow_NamesTheNearest(string line, string expected) => Assert.Equal([expected], Lab.Printed(Lab.Play("romeo$ " + line), "romeo"));

    [Theory]
    [InlineData("exit")]
    [InlineData("quit")]
    public void Exit_OnAnyPrompt_Leaves(string line) => Assert.Equal(LabVerdict.Quit, new LabSession().Execute(line));

    [Fact]
    public void Help_ForACommand_GivesAnExample()
    {
        string transcript = Lab.Play("help iptables", "help save");

        Assert.Contains("lab| iptables      drops packets to freeze a state: juliet$ iptables -A INPUT", transcript, StringComparison.Ordinal);
        Assert.Contains("lab| save FILE     hands a file of a host over", transcript, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/nosuch/dir", "tcpdump: /nosuch/dir: No such file or directory")]
    [InlineData("/root/", "tcpdump: /root/: Is a directory")]
    public void Tcpdump_WithAFileItCannotWrite_EndsAtOnceWithOneLine(string file, string expected)
    {
        string transcript = Lab.Play($"romeo$ tcpdump -i eth1 -w {file}", "romeo$ echo $?", "romeo$ jobs");

        Assert.Equal([expected, "1"], Lab.Printed(transcript, "romeo"));
    }

    [Fact]
    public void Tcpdump_WithAFile_WritesItsHeaderBeforeThePackets()
    {
        string transcript = Lab.Play("romeo$ tcpdump -i eth1 -w a.pcap", "romeo$ ls -l a.pcap");

        Assert.Contains("-rw-r--r-- 1 root root        24 a.pcap", transcript, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seq 3", "1,2,3")]
    [InlineData("seq 5 -2 1", "5,3,1")]
    [InlineData("seq x", "seq: invalid floating point argument: ‘x’")]
    [InlineData("seq 1 0 5", "seq: invalid Zero increment value: ‘0’")]
    [InlineData("echo abcdef | head -c 3", "abc")]
    [InlineData("echo abcdef | tail -c 3", "ef")]
    [InlineData("echo abcdef | head -c -3", "abcd")]
    [InlineData("echo abcdef | head -c x", "head: invalid number of bytes: 'x'")]
    [InlineData("seq 4 | sed -n '2,3s/$/./p'", "2.,3.")]
    public void Shell_SmallTools_PrintWhatTheRealOnesPrint(string line, string expected) => Assert.Equal(expected.Split(','), Lab.Printed(Lab.Play("romeo$ " + line), "romeo"));

    // The rows are those of net-tools 2.10 on the same sockets, the port aside.
    [Fact]
    public void Netstat_WithAConnection_PrintsNetToolsColumns()
    {
        string[] juliet = Lab.Printed(Lab.Play("juliet$ nc -kl 4000", "romeo$ nc juliet 4000", "juliet$ netstat -tan"), "juliet");

        Assert.Equal("Active Internet connections (servers and established)", juliet[0]);
        Assert.Equal("Proto Recv-Q Send-Q Local Address           Foreign Address         State      ", juliet[1]);
        Assert.Equal("tcp        0      0 0.0.0.0:4000            0.0.0.0:*               LISTEN     ", juliet[2]);
        Assert.Matches("^tcp        0      0 10\\.10\\.2\\.100:4000        10\\.10\\.1\\.100:[0-9]{5}       ESTABLISHED$", juliet[3]);
    }

    // net-tools 2.10 shows a column of twenty characters; a name is cut after nineteen with its number, and a socket that no process holds has a dash.
    [Fact]
    public void Netstat_WithPrograms_NamesNumberAndProcess()
    {
        string transcript = Lab.Play("juliet$ nc -kl 4000", "juliet$ nc -ul 5000", "romeo> import socket", "romeo> s = socket.create_connection(('10.10.2.100', 4000))", "juliet$ netstat -anp",
            "romeo$ netstat -tp", "romeo> s.close()", "romeo$ netstat -tan --programs");
        string[] juliet = Lab.Printed(transcript, "juliet"), romeo = Lab.Printed(transcript, "romeo");

        Assert.Equal("Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name    ", juliet[1]);
        Assert.Matches("^tcp        0      0 0\\.0\\.0\\.0:4000            0\\.0\\.0\\.0:\\*               LISTEN      [0-9]{4}/nc             $", juliet[2]);
        Assert.Matches("^tcp        0      0 10\\.10\\.2\\.100:4000        10\\.10\\.1\\.100:[0-9]{5}       ESTABLISHED [0-9]{4}/nc             $", juliet[3]);
        Assert.Matches("^udp        0      0 0\\.0\\.0\\.0:5000            0\\.0\\.0\\.0:\\*                           [0-9]{4}/nc             $", juliet[4]);
        Assert.Matches("ESTABLISHED [0-9]{4}/python3        $", romeo[2]);
        Assert.Matches("TIME_WAIT   -                   $|FIN_WAIT2   -                   $", romeo[^1]);
    }

    // Seed 002's printed line: on a machine of today the fourth word of ss -a is Send-Q; ss -ta has the address there.
    [Fact]
    public void Seed002_PrintedLine_FindsNothingAndWithTcpAloneTheListener()
    {
        const string Rest = " | awk '{ print \"ip:port = \" $4  \"  State = \" $1 }' | grep \"192.168.100.100\"";
        string[] juliet = Lab.Printed(
            Lab.Play("juliet$ sudo ifconfig eth0:0 192.168.100.100 up", "juliet$ nc -l -s 192.168.100.100 32000", "juliet$ ss -a" + Rest, "juliet$ ss -ta" + Rest), "juliet");

        Assert.Equal(["ip:port = 192.168.100.100:32000  State = LISTEN"], juliet);
    }

    // As Linux 6.18 answers on its loopback interface: the address goes, unless bind() gave it, the number of the port stays.
    [Theory]
    [InlineData("s.settimeout(None)", "('0.0.0.0', True)")]
    [InlineData("s.bind(('', 0))", "('0.0.0.0', True)")]
    [InlineData("s.bind(('10.10.1.100', 0))", "('10.10.1.100', True)")]
    public void Getsockname_AfterARefusedConnect_StillTellsThePort(string before, string expected)
    {
        string[] romeo = Lab.Printed(
            Lab.Play(
                "romeo> import socket", "romeo> s = socket.socket()", "romeo> " + before, "romeo> p = s.getsockname()[1]", "romeo> s.connect(('10.10.2.100', 4000))",
                "romeo> q = s.getsockname()", "romeo> q[0], q[1] == p if p else q[1] > 0", "romeo> s.connect(('10.10.2.100', 4000))"),
            "romeo");

        Assert.Equal(2, romeo.Count(line => line.StartsWith("ConnectionRefusedError: ", StringComparison.Ordinal)));
        Assert.Contains(expected, romeo);
    }

    [Theory]
    [InlineData("while False:", "  pass", "else:", "  print('over')")]
    [InlineData("for i in [1]:", "  pass", "else:", "  print('over')")]
    [InlineData("if False:", "  pass", "elif True:", "  print('over')")]
    [InlineData("try:", "  nosuch", "except NameError:", "  print('over')")]
    public void PythonBlock_GoesOnAtANewPrompt_IsOneStatement(params string[] lines) =>
        Assert.Equal(["over"], Lab.Printed(Lab.Play([.. lines.Select(line => "romeo> " + line), "romeo>"]), "romeo"));

    [Fact]
    public void Wait_ForDays_IsAUnitAndTheLimitNamesIt()
    {
        Assert.Equal("lab| t=172800.000", Lab.Play("at 0", "wait 2d", "show").Split('\n')[3]);
        Assert.Contains("units us, ms, s, min or m, h, d; at most 366d", Lab.Play("wait 400d"), StringComparison.Ordinal);
    }
}

namespace Finwait.Lab.Tests;

/// <summary>The shell of a host. What bash prints for the same lines was the witness (bash 5.2).</summary>
public sealed class ShellTests
{
    [Theory]
    [InlineData("echo a  b", "a b")]
    [InlineData("echo 'a  b' \"c  d\"", "a  b c  d")]
    [InlineData("echo a\\ b", "a b")]
    [InlineData("X=5; echo $X ${X}y \"$X\" '$X'", "5 5y 5 $X")]
    [InlineData("X='a   b'; echo $X; echo \"$X\"", "a b", "a   b")]
    [InlineData("echo $(echo in) `echo back` \"$(echo q  q)\"", "in back q q")]
    [InlineData("echo $NOSUCH x", "x")]
    [InlineData("echo \"\" x", " x")]
    [InlineData("true && echo yes || echo no", "yes")]
    [InlineData("false && echo yes || echo no", "no")]
    [InlineData("false; echo $?", "1")]
    [InlineData("nosuch; echo $?", "bash: nosuch: command not found", "127")]
    [InlineData("hostname -s", "romeo")]
    [InlineData("echo one > f; echo two >> f; cat f", "one", "two")]
    [InlineData("echo x > f; cat < f", "x")]
    [InlineData("cat nosuch 2> e; cat e", "cat: nosuch: No such file or directory")]
    [InlineData("printf 'b\\na\\n' | sort", "a", "b")]
    [InlineData("echo a b c | awk '{print $2}'", "b")]
    [InlineData("printf 'x\\ny\\n' | grep -v x", "y")]
    [InlineData("sudo whoami # comment", "root")]
    [InlineData("echo $ETH0_IP$", "10.10.2.100")]
    [InlineData("echo $((1+2*3)) $(( (1+2)*3 )) $((7/2)) $((-7%3)) $((2**10)) $((1<<4|1)) $((3>2 && 2!=2)) $((0x10))", "7 9 3 -1 1024 17 0 16")]
    [InlineData("X=5; echo $((X*X)) \"$(($X + 1))\" $((NOSUCH)) $((X == 5 ? 10 : 20))", "25 6 0 10")]
    [InlineData("echo $((1/0))", "bash: 1/0: division by 0 (error token is \"0\")")]
    [InlineData("echo '", "bash: unexpected EOF while looking for matching `''")]
    [InlineData("| cat", "bash: syntax error near unexpected token `|'")]
    [InlineData("echo > ", "bash: syntax error near unexpected token `newline'")]
    [InlineData("echo a &&", "bash: syntax error: unexpected end of file")]
    [InlineData("cat < nosuch", "bash: nosuch: No such file or directory")]
    [InlineData("./nosuch", "bash: ./nosuch: No such file or directory")]
    [InlineData("sleep 0.05; echo done", "done")]
    public void Line_TypedIntoTheShell_PrintsWhatBashPrints(string line, params string[] expected) => Assert.Equal(expected, Lab.Printed(Lab.Play("romeo$ " + line), "romeo"));

    // Seed 002: "login to a separate shell as root".
    [Theory]
    [InlineData("sudo -i")]
    [InlineData("sudo -s")]
    [InlineData("sudo su")]
    [InlineData("su -")]
    [InlineData("sudo bash")]
    [InlineData("bash")]
    public void ShellOfRoot_IsTheOneThatIsThereAlready(string line)
    {
        var session = new LabSession();
        session.Execute("romeo$ " + line);
        session.Execute("romeo$ whoami; echo $?");

        Assert.Equal(["root", "0"], session.TakeOutput().Where(printed => printed.Host == "romeo").Select(printed => printed.Text));
    }

    [Fact]
    public void Pipe_IntoNetcat_SendsItsInputAndEnds()
    {
        string transcript = Lab.Play("juliet$ nc -l 4000", "romeo$ echo hello | nc -N juliet 4000", "romeo$ jobs", "juliet$ jobs");

        Assert.Equal(["hello"], Lab.Printed(transcript, "juliet"));
        Assert.Empty(Lab.Printed(transcript, "romeo"));
    }

    [Fact]
    public void Pipe_FromTcpdump_FiltersLineByLineWhileItRuns()
    {
        string[] juliet = Lab.Printed(Lab.Play("juliet$ tcpdump -n -l tcp 2> /dev/null | grep 'Flags .S.,'", "juliet$ nc -l 4000", "romeo$ nc -z juliet 4000"), "juliet");

        Assert.Contains("Flags [S], seq", Assert.Single(juliet), StringComparison.Ordinal);
    }

    [Fact]
    public void Netcat_OverUdp_CarriesALineBothWays()
    {
        string transcript = Lab.Play("juliet$ nc -u -l 4000", "romeo$ nc -u juliet 4000", "romeo< ping", "juliet< pong");

        Assert.Equal(["ping"], Lab.Printed(transcript, "juliet"));
        Assert.Equal(["pong"], Lab.Printed(transcript, "romeo"));
    }

    [Fact]
    public void Ping_AnotherHost_PrintsAsIputilsDoes() =>
        Assert.Equal(
            ["PING 10.10.2.100 (10.10.2.100) 56(84) bytes of data.", "64 bytes from 10.10.2.100: icmp_seq=1 ttl=63 time=0.160 ms", "", "--- 10.10.2.100 ping statistics ---", "1 packets transmitted, 1 received, 0% packet loss, time 0ms",
                "rtt min/avg/max/mdev = 0.160/0.160/0.160/0.000 ms"],
            Lab.Printed(Lab.Play("romeo$ ping -c 1 10.10.2.100"), "romeo"));

    [Theory]
    [InlineData("cat f >> big", "cat: write error: No space left on device")]
    [InlineData("cat f | grep hello >> big", "grep: write error: No space left on device")]
    [InlineData("echo hello >> big", "bash: echo: write error: No space left on device")]
    [InlineData("echo hello | tee -a big > /dev/null", "tee: big: No space left on device")]
    [InlineData("X=$(cat f >> big); test=$?", "cat: write error: No space left on device")]
    public void Redirection_FileFull_SaysSoAndKeepsWhatFits(string line, string complaint)
    {
        var session = new LabSession();
        LabFiles files = session.Host("romeo")!.Files;
        Assert.True(files.Write("big", new byte[LabFiles.MaxLength - 3]));

        string[] romeo = Lab.Printed(Lab.Play(session, "romeo$ echo hello > f", "romeo$ " + line, "romeo$ echo $?", "romeo$ tail -c 4 big"), "romeo");

        Assert.Equal([complaint, line.Contains('$', StringComparison.Ordinal) ? "0" : "1", "\0hel"], romeo);
    }

    [Fact]
    public void Redirection_MoreThanAFileTakes_FillsTheFileAndKeepsTheOther()
    {
        var session = new LabSession();
        LabFiles files = session.Host("romeo")!.Files;
        Assert.True(files.Write("half", new byte[(LabFiles.MaxLength / 2) + 1]));

        string[] romeo = Lab.Printed(Lab.Play(session, "romeo$ cat half half > b; echo $?", "romeo$ sort half half; echo $?"), "romeo");

        Assert.Equal(["cat: write error: No space left on device", "1", "sort: memory exhausted", "1"], romeo);
        Assert.True(files.TryRead("b", out byte[] content));
        Assert.Equal(LabFiles.MaxLength, content.Length);
    }

    [Fact]
    public void Files_TogetherMoreThanTheDiskHolds_AreRefusedUntilOneIsRemoved()
    {
        var files = new LabFiles();
        for (int i = 0; i < LabFiles.MaxTotal / LabFiles.MaxLength; i++)
        {
            Assert.True(files.Write($"f{i}", new byte[LabFiles.MaxLength]));
        }

        Assert.False(files.Write("more", new byte[1]));
        Assert.False(files.Append("more", new byte[1]));
        Assert.True(files.Write("f0", new byte[LabFiles.MaxLength - 2]));
        Assert.False(files.Append("more", new byte[3]));
        Assert.True(files.TryRead("more", out byte[] content));
        Assert.Equal(2, content.Length);
        Assert.True(files.Remove("f1"));
        Assert.True(files.Append("more", new byte[3]));
    }

    [Fact]
    public void Jobs_LinesThatRunOn_AreCountedFromOneAndKilledByNumber()
    {
        string[] romeo = Lab.Printed(
            Lab.Play("romeo$ echo a > f", "romeo$ true", "romeo$ sleep 100", "romeo$ true", "romeo$ nc -l 4000 & jobs", "romeo$ kill %1; jobs", "romeo$ kill %nc; jobs; kill %1; echo $?", "romeo$ kill %; kill x", "romeo$ sleep 7", "romeo$ jobs"),
            "romeo");

        Assert.Equal(
            [
                "[2] 1004", "[1]-  Running                 sleep 100 &", "[2]+  Running                 nc -l 4000 &", "[2]+  Running                 nc -l 4000 &",
                "[2]+  Terminated              nc -l 4000", "bash: kill: %1: no such job", "1", "bash: kill: %: no such job", "bash: kill: x: arguments must be process or job IDs", "[1]+  Running                 sleep 7 &",
            ],
            romeo);
    }

    [Fact]
    public void Cat_WithoutAFile_TakesWhatIsTypedUntilCtrlD()
    {
        string[] romeo = Lab.Printed(Lab.Play("romeo$ cat", "romeo< one", "romeo< two", "romeo$ ^D", "romeo$ jobs; cat > f", "romeo< three", "romeo$ ^D", "romeo$ cat f; grep x", "romeo< abc", "romeo< axc", "romeo$ ^C", "romeo$ echo $?; sort | tail -n 1", "romeo< b", "romeo< a", "romeo$ ^D"), "romeo");

        Assert.Equal(["one", "two", "three", "axc", "130", "b"], romeo);
    }

    [Fact]
    public void Foreground_AnOlderLine_GetsWhatIsTypedAndCtrlC()
    {
        string transcript = Lab.Play(
            "juliet$ nc -l 4000", "juliet$ nc -l 5000", "romeo$ nc juliet 4000", "romeo$ nc juliet 5000", "romeo$ fg %1", "romeo< to the first", "romeo$ jobs -l | cut -c 1-10", "romeo$ kill -INT %2", "romeo$ fg; bg; ^C", "romeo$ ^C", "romeo$ fg; fg %7; jobs");

        Assert.Equal(["to the first"], Lab.Printed(transcript, "juliet"));
        Assert.Equal(
            ["nc juliet 4000", "[1]+ 1002 ", "[2]- 1003 ", "nc juliet 4000", "bash: bg: job 1 already in background", "bash: ^C: command not found (did you mean tc?)", "bash: fg: current: no such job", "bash: fg: %7: no such job"],
            Lab.Printed(transcript, "romeo"));
    }

    [Theory]
    [InlineData("man ss", "ss: sockets with states and timers: romeo$ ss -tano; juliet$ ss -tlnp")]
    [InlineData("man nosuch", "No manual entry for nosuch")]
    public void Word_ThatIsNotThere_SaysSoInOneLine(string line, params string[] expected) => Assert.Equal(expected, Lab.Printed(Lab.Play("romeo$ " + line), "romeo"));

    [Theory]
    [InlineData("python", "starts Python")]
    [InlineData("netcat", "listens")]
    [InlineData("uniq", "a command of the shell")]
    public void Help_OfACommandOfTheShell_SaysWhatItIs(string word, string expected) => Assert.Contains(expected, Assert.Single(Lab.Printed(Lab.Play("help " + word), "lab")), StringComparison.Ordinal);

    [Fact]
    public void Capture_DiskFull_KeepsWhatFitsAndSaysSo()
    {
        var session = new LabSession();
        LabFiles files = session.Host("romeo")!.Files;
        foreach (string name in files.Names.ToList())
        {
            files.Remove(name);
        }

        for (long left = LabFiles.MaxTotal - 100; left > 0; left -= LabFiles.MaxLength)
        {
            Assert.True(files.Write($"f{left}", new byte[Math.Min(left, LabFiles.MaxLength)]));
        }

        string[] romeo = Lab.Printed(Lab.Play(session, "romeo$ tcpdump -i eth1 -w a.pcap", "romeo$ ping -c 2 juliet > /dev/null", "wait 3s", "romeo$ ^C tcpdump"), "romeo");

        Assert.Contains("tcpdump: a.pcap: No space left on device", romeo);
        Assert.True(files.TryRead("a.pcap", out byte[] content));
        Assert.Equal(100, content.Length);
    }
}

using Finwait.Tcp;

namespace Finwait.Lab.Tests;

/// <summary>Loops, conditions, pipes and jobs of the shell where programs run in them while time passes.</summary>
public sealed class ShellLanguageTests
{
    private static string[] Romeo(params string[] lines) => Lab.Printed(Lab.Play(lines), "romeo");

    // A loop that does not end gives the prompt back, goes on as time passes, and Ctrl-C ends it.
    [Fact]
    public void Loop_WithoutEnd_GivesThePromptBackAndIsInterrupted()
    {
        var session = new LabSession();
        string[] romeo = Lab.Printed(Lab.Play(session, "romeo$ i=0; while true; do i=$((i+1)); done", "romeo$ jobs; X=$i", "wait 10s", "romeo$ [ $i -gt $X ] && echo goes on", "romeo$ ^C", "romeo$ jobs; X=$i", "wait 10s", "romeo$ [ $i = $X ] && echo ended"), "romeo");

        Assert.Equal(["[1]+  Running                 i=0; while true; do i=$((i+1)); done &", "goes on", "ended"], romeo);
    }

    [Fact]
    public void Loop_WithSleep_TakesItsTime()
    {
        var session = new LabSession();
        string[] romeo = Lab.Printed(Lab.Play(session, "romeo$ for i in 1 2 3; do echo $SECONDS; sleep 1; done; echo end $SECONDS", "wait 1.5s", "romeo$ echo now", "wait 5s"), "romeo");

        Assert.Equal(["0", "1", "now", "2", "end 3"], romeo);
    }

    [Theory]
    [InlineData("for n in 1 2; do ping -c 1 10.10.2.100; done | grep -c 'bytes from'", "2")]
    [InlineData("X=$(ping -c 1 10.10.2.100 | tail -n 1 | cut -d / -f 1-3); echo $X", "rtt min/avg/max")]
    [InlineData("if ping -c 1 juliet > /dev/null; then echo up; else echo down; fi", "up")]
    [InlineData("if nc -z juliet 4000; then echo open; else echo closed; fi", "closed")]
    [InlineData("while ! nc -z juliet 4000; do n=$((n+1)); [ $n = 3 ] && break; sleep 0.01; done; echo $n", "3")]
    [InlineData("ping 10.10.2.100 | head -n 1; echo ended", "PING 10.10.2.100 (10.10.2.100) 56(84) bytes of data.", "ended")]
    [InlineData("timeout 0.05 sleep 5; echo $?", "124")]
    [InlineData("echo 'print(1 + 1)' | python3", "2")]
    [InlineData("seq 3 | while read n; do sleep 0.01; echo $n; done | tail -n 1", "3")]
    [InlineData("sleep 0.02 & wait; echo waited", "[1] 1003", "waited")]
    [InlineData("printf 'sleep 0.01\\necho $1 after\\n' > s.sh; sh s.sh x; bash -c 'echo $0 $1' a b", "x after", "a b")]
    [InlineData("f() { nc -z juliet $1 || echo $1 closed; }; f 1; f 2", "1 closed", "2 closed")]
    public void Line_WithPrograms_WaitsForThem(string line, params string[] expected) => Assert.Equal(expected, Romeo("romeo$ " + line).Where(text => !text.Contains("Done", StringComparison.Ordinal)));

    // bash shows its second prompt while a construct is open, and carries it out when it is complete.
    [Fact]
    public void Construct_TypedOverSeveralLines_RunsWhenItIsComplete() =>
        Assert.Equal(["> ", "> ", "1", "2", "> ", "dropped", "> ", "> ", "> ", "a 2", "b"], Romeo("romeo$ for i in 1 2", "romeo$ do echo $i", "romeo$ done", "romeo$ if true; then", "romeo$ ^C", "romeo$ echo dropped", "romeo$ cat <<END", "romeo$ a $((1+1))", "romeo$ b", "romeo$ END"));

    [Fact]
    public void Read_FromTheTerminal_TakesTheTypedLine() =>
        Assert.Equal(["name? ", "hello romeo and juliet", "1"], Romeo("romeo$ read -p 'name? ' a b; echo hello $a $b", "romeo< romeo and juliet", "romeo$ read x; echo $?", "romeo$ ^D").Where(line => line.Length > 0));

    // bash 5.2 prints the same, its own process numbers aside.
    [Fact]
    public void CtrlZ_StopsAProgramUntilItIsContinued()
    {
        string transcript = Lab.Play(
            "juliet$ nc -l 4000", "romeo$ nc juliet 4000", "romeo$ ^Z", "romeo< lost", "romeo$ jobs", "romeo$ bg", "romeo$ jobs", "romeo$ fg %1", "romeo< arrives", "romeo$ sleep 1", "romeo$ ^Z", "wait 5s", "romeo$ jobs -s", "romeo$ kill -CONT %2", "wait 2s", "romeo$ jobs");

        Assert.Equal(
            ["[1]+  Stopped                 nc juliet 4000", "[1]+  Stopped                 nc juliet 4000", "[1]+ nc juliet 4000 &", "[1]+  Running                 nc juliet 4000 &", "nc juliet 4000",
                "[2]+  Stopped                 sleep 1", "[2]+  Stopped                 sleep 1", "[1]+  Running                 nc juliet 4000 &"],
            Lab.Printed(transcript, "romeo"));
        Assert.Equal(["arrives"], Lab.Printed(transcript, "juliet"));
    }

    // bash 5.2 prints the same lines before its next prompt, its own process numbers aside.
    [Fact]
    public void Background_WhenItEnds_IsToldBeforeTheNextPrompt() =>
        Assert.Equal(
            ["[1] 1003", "next", "[1]+  Done                    sleep 1", "[1] 1004", "[2] 1005", "[1]-  Exit 1                  false", "[2]+  Terminated              sleep 100"],
            Romeo("romeo$ sleep 1 &", "wait 2s", "romeo$ echo next", "romeo$ false & sleep 100 &", "romeo$ kill %2", "romeo$ true"));

    [Fact]
    public void Kill_WithAWrongSignal_SaysSo() =>
        Assert.Equal(
            ["bash: kill: NOSUCH: invalid signal specification", "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]", "bash: kill: (77) - No such process"],
            Romeo("romeo$ kill -NOSUCH 1", "romeo$ kill", "romeo$ kill -9 77"));

    // Each line has a window of its own: what stands in one without a newline does not mix with another's lines.
    [Fact]
    public void Windows_WithOpenLines_DoNotMix()
    {
        string[] romeo = Romeo("romeo$ printf open; sleep 1; printf ' closed'", "romeo$ echo between", "wait 2s");

        Assert.Equal(["open", "between", " closed"], romeo);
    }

    [Fact]
    public void Alias_ForSs_MakesTheOldLinesWork() =>
        Assert.Contains(
            "ip:port = 0.0.0.0:4000  State = LISTEN",
            Romeo("romeo$ nc -l 4000 &", "romeo$ alias ss='ss -t'", """romeo$ ss -a | awk '{ print "ip:port = " $4  "  State = " $1 }' | grep "0.0.0.0" """));

    [Fact]
    public void Watch_OfAProgram_ShowsItsOutputEachTime()
    {
        string[] romeo = Romeo("romeo$ watch -n 1 'ping -c 1 10.10.2.100 | grep -c from; echo $SECONDS'", "wait 2.5s", "romeo$ ^C", "wait 5s");

        Assert.Equal(["1", "0", "1", "1", "1", "2"], romeo);
    }

    // Nothing that is typed may hang the lab, however deep it is nested.
    [Theory]
    [InlineData("f() { f; }; f")]
    [InlineData("f() { $(f); }; f")]
    [InlineData("echo 'sh r.sh' > r.sh; sh r.sh")]
    [InlineData("eval 'eval \"eval 1\"'")]
    [InlineData("while :; do echo x; done")]
    [InlineData("for ((;;)); do :; done")]
    [InlineData("X=x; while :; do X=$X$X; done")]
    [InlineData("echo {1..9999}{1..9999}")]
    [InlineData("while :; do sleep 1 & done")]
    [InlineData("((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1)))")]
    [InlineData("a() { a | a & }; a")]
    public void Line_ThatWouldNotEnd_LeavesTheLabUsable(string line)
    {
        var session = new LabSession();
        session.Execute("romeo$ " + line);
        session.Execute("wait 1s");
        session.TakeOutput();

        Assert.Equal(["still here"], Lab.Printed(Lab.Play(session, "juliet$ echo still here"), "juliet"));
        Assert.True(session.Now > Instant.Zero);
    }
}

namespace Finwait.Lab.Tests;

/// <summary>What keys and typed text reach: as in bash the line in front, never one in the background; and lines that would never end.</summary>
public sealed class ForegroundTests
{
    private static string[] Romeo(params string[] lines) => Lab.Printed(Lab.Play(lines), "romeo");

    [Fact]
    public void ControlC_WithOnlyABackgroundJob_LeavesItAlone()
    {
        string played = Lab.Play("romeo$ ping -i 0.5 10.10.2.100 > /dev/null &", "romeo$ ^C", "romeo$ jobs");

        Assert.Equal("[1]+  Running                 ping -i 0.5 10.10.2.100 > /dev/null &", Lab.Printed(played, "romeo")[^1]);
        Assert.Contains("ping runs in the background of romeo", played, StringComparison.Ordinal);
    }

    [Fact]
    public void ControlC_AfterFg_EndsTheJob()
    {
        string[] romeo = Romeo("romeo$ ping -i 0.5 10.10.2.100 > /dev/null &", "romeo$ fg", "romeo$ ^C", "romeo$ jobs");
        Assert.Equal(["[1] 1003", "ping -i 0.5 10.10.2.100 > /dev/null"], romeo);
    }

    [Fact]
    public void ControlC_AfterBg_LeavesTheJobAlone()
    {
        string[] romeo = Romeo("romeo$ ping -i 0.5 10.10.2.100 > /dev/null", "romeo$ ^Z", "romeo$ bg", "romeo$ ^C", "romeo$ jobs");
        Assert.Equal("[1]+  Running                 ping -i 0.5 10.10.2.100 > /dev/null &", romeo[^1]);
    }

    [Fact]
    public void ControlC_WithAName_ReachesTheBackground()
    {
        string[] romeo = Romeo("romeo$ ping -i 0.5 10.10.2.100 > /dev/null &", "romeo$ ^C ping", "romeo$ jobs");
        Assert.Matches(@"^\[1\]\+  (Done|Interrupt) +ping", romeo[^1]);
    }

    [Fact]
    public void Listener_InTheBackground_DoesNotTakeThePrompt()
    {
        var session = new LabSession();
        Lab.Play(session, "juliet$ nc -l 4000 &", "romeo$ nc juliet 4000");

        Assert.Null(session.InputProgram("juliet"));
        Assert.Null(session.ForegroundProgram("juliet"));
        Assert.Equal("nc", session.NewestProgram("juliet"));
        Assert.Equal("nc", session.InputProgram("romeo"));
        Assert.Contains("romeo| hello", Lab.Play(session, "juliet< hello"), StringComparison.Ordinal); // a script that names it reaches it all the same
    }

    [Fact]
    public void Exit_OfAShell_LeavesTheLabOpen()
    {
        string[] lines = Lab.Play("juliet$ exit", "romeo$ logout", "romeo$ echo here").Split('\n');
        Assert.Contains("romeo| here", lines);
        Assert.Contains("lab| juliet's shell stays open; quit leaves the lab", lines);
    }

    // Once time had passed, ^C took effect only when time passed again.
    [Fact]
    public void ControlC_OfALoopThatHasRunForAWhile_EndsItAtOnce()
    {
        string[] romeo = Romeo("romeo> x = 0", "romeo> while True: x += 1", "romeo> ", "wait 3s", "romeo> ^C", "romeo> 'here'");
        Assert.Equal(["Traceback (most recent call last):", "KeyboardInterrupt", "'here'"], [romeo[0], .. romeo[^2..]]);
    }

    // Nothing slows the sender down: links of the lab have no rate of their own.
    [Fact]
    public void Line_ThatNeverComesToRest_GivesTheWordBack()
    {
        var session = new LabSession();
        string played = Lab.Play(session, "juliet$ nc -l 4000 > /dev/null &", "romeo> import socket", "romeo> s = socket.create_connection(('juliet', 4000))", "romeo> while True: n = s.send(b'x' * 100000)", "romeo> ", "romeo$ echo here", "romeo> ^C", "romeo> 'ended'");

        Assert.Contains("more goes on than a line waits for", played, StringComparison.Ordinal);
        Assert.Contains("romeo| here", played, StringComparison.Ordinal);
        Assert.Contains("romeo| 'ended'", played, StringComparison.Ordinal);
    }
}

using Finwait.Cli;

namespace Finwait.Lab.Tests;

/// <summary>The lab as windows side by side: what a user sees in which of them.</summary>
public sealed class PaneScreenTests
{
    private const int Width = 121;
    private const int Left = 60;

    private readonly LabSession _session = new();

    /// <summary>Presses all keys; what stands on the screen then: the lab ends, and gives the screen back.</summary>
    private string[] Run(FakeTerminal terminal, Action<LabTerminal>? before = null)
    {
        string[]? screen = null;
        terminal.BeforeKey = _ => screen = terminal.KeysLeft > 0 ? null : screen ?? terminal.Screen;
        var lab = new LabTerminal(_session, terminal, new SavedFiles());
        before?.Invoke(lab);
        Assert.Equal(0, lab.Run(withPanes: true));
        return screen!;
    }

    private static FakeTerminal Keys(string text) => new FakeTerminal(Width, 41).Type(text);

    /// <summary>The rows of one of the six windows, without its title.</summary>
    private static string[] Window(string[] screen, int number)
    {
        bool isLeft = number <= 3;
        string[] half = screen[..^4].Select(row => (isLeft ? row[..Math.Min(row.Length, Left)] : row.Length > Left ? row[(Left + 1)..] : "").TrimEnd()).ToArray();
        int title = Array.FindIndex(half, row => row.StartsWith($"── {number} ", StringComparison.Ordinal) || row.StartsWith($"━━ {number} ", StringComparison.Ordinal));
        return half.Skip(title + 1).TakeWhile(row => !row.StartsWith("──", StringComparison.Ordinal) && !row.StartsWith("━━", StringComparison.Ordinal)).Where(row => row.Length > 0).ToArray();
    }

    [Fact]
    public void Windows_SocketsOfTwoHosts_EachToolPrintsInItsOwn()
    {
        string[] screen = Run(Keys("tcpdump -i eth1 -n tcp\n")
            .Alt(ConsoleKey.D4).Type("import socket\ns = socket.socket()\ns.bind(('', 4000)); s.listen()\n")
            .Alt(ConsoleKey.D1).Type("import socket\nc = socket.create_connection(('juliet', 4000))\n")
            .Alt(ConsoleKey.D6).Type("ss -tan state established\n"));

        Assert.Equal(["romeo> import socket", "romeo> c = socket.create_connection(('juliet', 4000))", "romeo>"], Window(screen, 1));
        Assert.Contains("Flags [S.], seq", string.Concat(Window(screen, 2)), StringComparison.Ordinal);
        Assert.DoesNotContain("Flags", string.Concat(Window(screen, 3)), StringComparison.Ordinal);
        Assert.Contains("juliet> s.bind(('', 4000)); s.listen()", Window(screen, 4));
        Assert.Equal(["juliet$"], Window(screen, 5));
        Assert.Equal("juliet$ ss -tan state established", Window(screen, 6)[0]);
        Assert.Contains("10.10.2.100:4000", Window(screen, 6)[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Strip_AfterEachLine_ShowsTheStatesOfBothHosts()
    {
        string[] screen = Run(Keys("juliet$ nc -l 234 &\nromeo$ nc juliet 234 &\n"));

        Assert.Matches(@"^ romeo :\d+>:234 ESTABLISHED +│ juliet :234 LISTEN  :234>:\d+ ESTABLISHED +t=\d+\.\d{3} s$", screen[0]);
    }

    [Fact]
    public void Python3_TypedInPythonsWindow_StartsIt()
    {
        string[] screen = Run(Keys("").Alt(ConsoleKey.D1).Type("python3\n1 + 1\n"));

        Assert.Contains("2", Window(screen, 1));
        Assert.DoesNotContain(Window(screen, 1), row => row.Contains("NameError", StringComparison.Ordinal));
    }

    [Fact]
    public void Quit_TypedIntoAProgram_IsForTheProgram()
    {
        string[] screen = Run(Keys("nc -l 234\n").Alt(ConsoleKey.D6).Type("nc romeo 234\nquit\n").Alt(ConsoleKey.D4));

        Assert.Equal("quit", Window(screen, 3)[^1]);
    }

    [Fact]
    public void PastedLine_IsDrawnOnceAtItsEnd()
    {
        var terminal = new FakeTerminal(Width, 41) { IsPasted = true };
        string[] screen = Run(terminal.Type("echo " + new string('x', 5000)));

        Assert.EndsWith("xxx", Window(screen, 3)[^1], StringComparison.Ordinal);
        Assert.InRange(terminal.Written.Length, 5_000, 60_000);
    }

    [Fact]
    public void Ended_TheTerminalComesBack()
    {
        FakeTerminal terminal = Keys("echo one\n");
        bool isBack = false;

        Run(terminal, lab => terminal.BeforeKey += taken =>
        {
            if (taken == "echo one\n".Length)
            {
                lab.GiveBack();
                isBack = !terminal.IsSecondScreen;
            }
        });

        Assert.True(isBack);
    }

    [Fact]
    public void Coach_StandsBelowTheWindows()
    {
        string[] screen = Run(Keys("nc -z juliet 234\n"));

        Assert.Contains("romeo sent SYN; juliet sent RST,ACK.", string.Join(' ', screen[^4..^1]), StringComparison.Ordinal);
    }

    [Fact]
    public void ControlC_InTheCaptureWindow_EndsTheCaptureAndNotWhatRunsElsewhere()
    {
        string[] screen = Run(Keys("nc -l 234 &\n").Alt(ConsoleKey.D2).Type("tcpdump -i eth1\n").Alt(ConsoleKey.D3).Type("ss -tln\n").Alt(ConsoleKey.D2).Control(ConsoleKey.C));

        Assert.Equal("0 packets dropped by kernel", Window(screen, 2)[^2]);
        Assert.Equal("nc", _session.NewestProgram("romeo"));
    }

    [Fact]
    public void NcInOneWindow_LeavesThePromptOfTheOtherFree()
    {
        string[] screen = Run(Keys("nc -l 234\n").Alt(ConsoleKey.D6).Type("nc romeo 234\nhello\n").Alt(ConsoleKey.D2).Type("echo free\n"));

        Assert.Equal(["romeo$ echo free", "free", "romeo$"], Window(screen, 2));
        Assert.Equal("hello", Window(screen, 3)[^1]);
        Assert.Equal(["juliet$ nc romeo 234", "juliet< hello"], Window(screen, 6));
    }

    [Fact]
    public void TypedAhead_InOneWindow_StaysThereWhileAnotherIsUsed()
    {
        string[] screen = Run(Keys("echo half").Alt(ConsoleKey.D2).Type("echo two\n").Alt(ConsoleKey.D3).Type(" a line\n"));

        Assert.Equal(["romeo$ echo two", "two", "romeo$"], Window(screen, 2));
        Assert.Equal(["romeo$ echo half a line", "half a line", "romeo$"], Window(screen, 3)[^3..]);
    }

    [Fact]
    public void LongTextOfALabCommand_CoversTheWindowsUntilAKeyIsPressed()
    {
        string[] covered = Run(Keys("help\n"));
        string[] after = Run(Keys("help\nq"));

        Assert.StartsWith("romeo> …", covered[1], StringComparison.Ordinal);
        Assert.Contains("any other key goes on", covered[^1], StringComparison.Ordinal);
        Assert.Equal("romeo$", Window(after, 3)[^1]);
    }

    [Fact]
    public void F2_GoesToPlainLinesAndBack()
    {
        FakeTerminal toLines = Keys("echo one\n").Press(ConsoleKey.F2).Type("echo two\n");
        string[] lines = Run(toLines);
        Assert.False(toLines.IsSecondScreen);
        Assert.Equal(["romeo$ echo two", "romeo| two"], lines[^3..^1]);

        string[] back = Run(Keys("echo one\n").Press(ConsoleKey.F2, ConsoleKey.F2).Type("echo two\n"));
        Assert.Equal(["romeo$ echo one", "one", "romeo$ echo two", "two", "romeo$"], Window(back, 3)[^5..]);
    }

    [Fact]
    public void WhatCameWhilePlainLinesWereShown_StandsInTheWindowsToo()
    {
        string[] screen = Run(Keys("nc -l 234\n").Press(ConsoleKey.F2).Type("juliet$ echo hello | nc -N romeo 234\n").Press(ConsoleKey.F2));

        Assert.Contains("hello", Window(screen, 3));
    }

    [Fact]
    public void Leaving_GivesTheTerminalBack()
    {
        FakeTerminal terminal = Keys("panes off\nquit\n");

        Run(terminal);

        Assert.False(terminal.IsSecondScreen);
    }

    [Theory]
    [InlineData(59, 41)]
    [InlineData(121, 19)]
    public void F2_InASmallTerminal_SaysWhatIsMissing(int width, int height)
    {
        FakeTerminal terminal = new FakeTerminal(width, height).Press(ConsoleKey.F2).Type("echo next\n");

        string[] screen = Run(terminal);

        Assert.False(terminal.IsSecondScreen);
        Assert.Contains("windows need 60 columns and 20 rows", screen);
        Assert.Contains("romeo| next", screen);
    }

    [Fact]
    public void NarrowTerminal_ShowsTheWindowsOfTheHostInFront()
    {
        string[] screen = Run(new FakeTerminal(80, 30).Type("juliet$ echo here\n"));

        Assert.StartsWith("── 4 juliet python ──", screen[1], StringComparison.Ordinal);
        Assert.Contains("here", screen);
        Assert.DoesNotContain(screen, row => row.Contains("romeo shell", StringComparison.Ordinal));
    }

    [Fact]
    public void F3_GivesOneWindowTheWholeScreen()
    {
        string[] screen = Run(Keys("juliet$ seq 30\n").Press(ConsoleKey.F3));

        Assert.Equal(["juliet$ seq 30", "1", "2"], screen[2..5]);
        Assert.Contains("30", screen);
    }

    [Fact]
    public void PageUp_ShowsWhatHasScrolledAwayAndTypingComesBack()
    {
        string[] back = Run(Keys("juliet$ seq 30\n").Press(ConsoleKey.PageUp, ConsoleKey.PageUp, ConsoleKey.PageUp));
        string[] typed = Run(Keys("juliet$ seq 30\n").Press(ConsoleKey.PageUp, ConsoleKey.PageUp).Type("echo end\n"));

        Assert.Contains("1", Window(back, 6));
        Assert.DoesNotContain("30", Window(back, 6));
        Assert.Equal(["30", "juliet$ echo end", "end", "juliet$"], Window(typed, 6)[^4..]);
    }

    [Fact]
    public void ThirdMachine_TakesThePlaceOfTheHostThatIsNotInFront()
    {
        string[] screen = Run(Keys("router$ hostname\n"));

        Assert.Contains(screen, row => row.Contains("romeo shell", StringComparison.Ordinal));
        Assert.Equal(["router$ hostname", "router", "router$"], Window(screen, 6));
    }

    [Fact]
    public void ControlSequences_FromAPeer_AreShownAndNotObeyed()
    {
        FakeTerminal terminal = Keys("juliet$ nc -l 234\nromeo$ printf '\\033[2Jwiped\\n\\233' | nc -N juliet 234\n");

        string[] screen = Run(terminal);

        Assert.Contains(Window(screen, 6), row => row.EndsWith("[2Jwiped", StringComparison.Ordinal));
        Assert.DoesNotContain("\u001b[2Jwiped", terminal.Written.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Resize_DrawsEverythingAnew()
    {
        FakeTerminal terminal = Keys("echo one\n");
        string[] after = [];

        Run(terminal, lab => terminal.BeforeKey += taken =>
        {
            if (after.Length == 0 && taken == "echo one\n".Length)
            {
                lab.Resize();
                after = terminal.Screen;
            }
        });

        Assert.Contains(after, row => row.StartsWith("━━ 3 romeo shell", StringComparison.Ordinal));
    }
}

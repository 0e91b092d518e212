using Finwait.Cli;

namespace Finwait.Lab.Tests;

/// <summary>A user at the terminal: what the keys do, and what stands on the screen then.</summary>
public sealed class LabTerminalTests
{
    private readonly LabSession _session = new();

    /// <summary>Presses all keys; the lab ends when there are none left. The screen from the first prompt on, without what coach and states say.</summary>
    private string[] Run(FakeTerminal terminal)
    {
        Assert.Equal(0, new LabTerminal(_session, terminal, new SavedFiles()).Run());
        return WithCoach(terminal).Where(row => !row.StartsWith("coach|", StringComparison.Ordinal) && !row.StartsWith("state|", StringComparison.Ordinal)).ToArray();
    }

    private static IEnumerable<string> WithCoach(FakeTerminal terminal)
    {
        return terminal.Screen.SkipWhile(row => !row.StartsWith("romeo$", StringComparison.Ordinal) || row.Contains("takes", StringComparison.Ordinal));
    }

    private static FakeTerminal Keys(string text) => new FakeTerminal(100).Type(text);

    [Fact]
    public void PromptOfTheRouter_IsOneToo()
    {
        string[] screen = Run(Keys("router$ hostname\n"));

        Assert.Equal(["romeo$ router$ hostname", "router| router", "router$"], screen[..3]);
    }

    [Fact]
    public void StatesOfBothHosts_AreToldWhenOneHasChanged()
    {
        FakeTerminal terminal = Keys("juliet$ nc -lk 234 &\njuliet$ echo\nromeo$ nc -z juliet 234\n");

        Run(terminal);

        Assert.Equal(["state| romeo: no sockets   juliet: :234 LISTEN", "state| romeo: :36634>:234 TIME-WAIT   juliet: :234 LISTEN"], WithCoach(terminal).Where(row => row.StartsWith("state|", StringComparison.Ordinal)));
    }

    [Fact]
    public void Coach_SpeaksAfterALine()
    {
        FakeTerminal terminal = Keys("romeo$ nc -z juliet 234\n");

        Run(terminal);

        Assert.Contains("coach| romeo sent SYN; juliet sent RST,ACK.", WithCoach(terminal));
    }

    [Fact]
    public void States_InATerminalWithColors_HaveThoseOfThePictures()
    {
        var terminal = new FakeTerminal(100) { HasColor = true };

        Run(terminal.Type("juliet$ nc -l 234 &\nss -H -tln\n"));

        Assert.Contains("\u001b[38;5;250mLISTEN\u001b[0m", terminal.Written.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ControlC_OnAHalfTypedCommand_DropsItAndTheNextLineRuns()
    {
        string[] screen = Run(Keys("abc").Control(ConsoleKey.C).Type("echo next\n"));

        Assert.Equal(["romeo$ abc^C", "romeo$ echo next", "romeo| next"], screen[..3]);
    }

    [Fact]
    public void ControlC_AtAnEmptyPrompt_EndsTheProgramInFrontAndNothingElse()
    {
        string[] screen = Run(Keys("tcpdump -i eth1\n").Control(ConsoleKey.C).Control(ConsoleKey.C).Type("echo next\n"));

        Assert.Contains("romeo| 0 packets captured", screen);
        Assert.Equal(["romeo$ ^C", "romeo$ echo next", "romeo| next"], screen[^5..^2]);
    }

    [Fact]
    public void ControlC_InAPythonBlock_DropsTheBlock()
    {
        string[] screen = Run(Keys("python3\nprint((1,\n").Control(ConsoleKey.C).Type("romeo$ echo next\n"));

        Assert.Equal(["romeo> print((1,", "romeo... ^C", "romeo| KeyboardInterrupt", "romeo> romeo$ echo next", "romeo| next"], screen[3..8]);
    }

    [Fact]
    public void ControlC_WhileAcceptWaits_InterruptsIt()
    {
        string[] screen = Run(Keys("python3\nimport socket\ns = socket.socket(); s.bind(('', 4000)); s.listen()\ns.accept()\n2 +").Control(ConsoleKey.C).Type("2 + 2\n"));

        Assert.Equal(["romeo| KeyboardInterrupt", "lab| romeo: the call returned after 0.10 s", "romeo> 2 + 2", "romeo| 4"], screen[^7..^3]);
    }

    [Fact]
    public void ControlC_WhileALoopRuns_InterruptsItAtOnce()
    {
        string[] screen = Run(Keys("python3\nwhile True: pass\n\n").Control(ConsoleKey.C).Type("2 + 2\n"));

        Assert.Equal(["romeo| KeyboardInterrupt", "romeo> 2 + 2", "romeo| 4"], screen[^6..^3]);
    }

    [Fact]
    public void ControlC_WhileNcIsTypedInto_EndsNc()
    {
        string[] screen = Run(Keys("nc -l 4000\nhalf a li").Control(ConsoleKey.C).Type("ps\n"));

        Assert.Equal(["romeo$ nc -l 4000", "romeo< half a li^C", "romeo$ ps"], screen[..3]);
        Assert.DoesNotContain(screen, row => row.EndsWith(" nc", StringComparison.Ordinal));
    }

    [Fact]
    public void ControlC_WhileTimePasses_StopsTheWaitAndKeepsTheNextLine()
    {
        const string wait = "python3\nimport time\nwhile True: time.sleep(0.1)\n\nwait 8000h";
        var terminal = Keys(wait + "\n2 + 2\n");
        var lab = new LabTerminal(_session, terminal, new SavedFiles());
        bool ended = false;
        // A signal comes on a thread of its own. It is repeated, for it means nothing to a line that has not begun; the wait would take minutes.
        var signal = new Thread(() =>
        {
            while (!Volatile.Read(ref ended))
            {
                lab.Interrupt();
                Thread.Yield();
            }
        });
        terminal.BeforeKey = taken =>
        {
            if (taken == wait.Length)
            {
                signal.Start();
            }
            else if (taken == wait.Length + 1)
            {
                Volatile.Write(ref ended, true);
                signal.Join();
            }
        };

        lab.Run();

        Assert.True(_session.Now.SinceStart < TimeSpan.FromHours(8000), _session.Now.ToString());
        Assert.Contains("^C", terminal.Screen);
        Assert.Contains("romeo> 2 + 2", terminal.Screen);
    }

    // A transcript that is pasted ends a block with a line that has only its prompt.
    [Fact]
    public void LineWithOnlyItsPrompt_EndsABlockOfPython()
    {
        string[] screen = Run(Keys("romeo> for i in range(2):\nromeo>     print(i)\nromeo>\nromeo> 1 + 1\n"));
        Assert.Equal(["romeo| 0", "romeo| 1", "romeo| 2"], screen.Where(row => row.StartsWith("romeo| ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Line_ThatIsPasted_StandsBehindThePrompt()
    {
        string[] screen = Run(new FakeTerminal(100) { IsPasted = true }.Type("romeo$ echo hello\n"));
        Assert.Contains("romeo$ romeo$ echo hello", screen);
        Assert.Contains("romeo| hello", screen);
    }

    [Fact]
    public void CommandThatIsNotFinished_HasBashsPromptForItsRest()
    {
        string[] screen = Run(Keys("for i in 1 2\ndo echo $i\ndone\necho end\n"));
        int at = Array.FindIndex(screen, row => row.EndsWith("$ for i in 1 2", StringComparison.Ordinal));
        Assert.Equal(["> do echo $i", "> done", "romeo| 1", "romeo| 2"], screen[(at + 1)..(at + 5)]);
    }

    [Fact]
    public void Tab_InWhatAHostPrints_CountsFromItsOwnFirstColumn()
    {
        string[] screen = Run(Keys("python3\nprint('\\tx\\n1234567\\ty\\n12345678\\tz')\njuliet$ python3\nprint('\\tx')\n"));

        Assert.Equal(["romeo|         x", "romeo| 1234567 y", "romeo| 12345678        z"], screen[4..7]);
        Assert.Contains("juliet|         x", screen);
    }

    [Fact]
    public void LineFeed_TypedAheadOrPasted_EndsTheLine()
    {
        var terminal = Keys("echo one").Control(ConsoleKey.Enter).Type("echo two\n");

        string[] screen = Run(terminal);

        Assert.Equal(["romeo$ echo one", "romeo| one", "romeo$ echo two", "romeo| two"], screen[..4]);
    }

    [Fact]
    public void ControlD_WhileNcIsTypedInto_EndsItsInputAndStaysInTheLab()
    {
        string[] screen = Run(Keys("juliet$ nc -kl 234\nromeo$ nc -N juliet 234\nhello\n").Control(ConsoleKey.D).Type("ss -tan state established\n"));

        Assert.Contains("juliet| hello", screen);
        Assert.Contains("romeo$ ss -tan state established", screen);
        Assert.DoesNotContain(screen, row => row.Contains("10.10.2.100:234", StringComparison.Ordinal));
    }

    [Fact]
    public void ControlD_AtTheShell_LeavesWithoutAQuestion()
    {
        var terminal = Keys("").Control(ConsoleKey.D).Type("echo never\n");

        Assert.Equal(["romeo$"], Run(terminal)[..1]);
        Assert.DoesNotContain(terminal.Screen, row => row.Contains("never", StringComparison.Ordinal));
    }

    [Fact]
    public void ControlD_InPython_GoesBackToTheShell()
    {
        string[] screen = Run(Keys("python3\nx = 1\n").Control(ConsoleKey.D).Type("ps\n"));

        Assert.Contains("romeo$ ps", screen);
        Assert.DoesNotContain(screen, row => row.EndsWith("python3", StringComparison.Ordinal) && row.Contains("pts", StringComparison.Ordinal));
    }

    [Fact]
    public void Up_AfterALine_BringsItBackForEachKindOfPrompt()
    {
        string[] screen = Run(Keys("echo one\npython3\n1 + 1\n").Press(ConsoleKey.UpArrow).Type("0\nromeo$\n").Press(ConsoleKey.UpArrow, ConsoleKey.UpArrow).Type("!\n"));

        Assert.Contains("romeo| 11", screen);
        Assert.Contains("romeo| one!", screen);
    }

    [Theory]
    [InlineData("tcpd\t", "romeo$ tcpdump ")]
    [InlineData("ss | awk\t", "romeo$ ss | awk ")]
    [InlineData("nc jul\t234", "romeo$ nc juliet 234")]
    [InlineData("python3 ser\t", "romeo$ python3 server")]
    [InlineData("cat client.p\t", "romeo$ cat client.py ")]
    [InlineData("jul\t", "romeo$ juliet")]
    [InlineData("net\t", "romeo$ net")]
    [InlineData("sysctl net.ipv4.tcp_sa\t", "romeo$ sysctl net.ipv4.tcp_sack ")]
    [InlineData("qqq\t", "romeo$ qqq")]
    public void Tab_InTheShell_Completes(string keys, string expected)
    {
        string[] screen = Run(Keys(keys));

        Assert.Equal(expected.TrimEnd(), screen[^2]);
        Assert.Equal(expected.Length, Run(Keys(keys).Type("|"))[^2].Length - 1);
    }

    [Fact]
    public void Tab_InPython_CompletesNamesAndAttributes()
    {
        string[] screen = Run(Keys("python3\nimport soc\t\nsock = socket.create_conn\t\nso\t\n\tx\n"));

        Assert.Contains("romeo> import socket", screen);
        Assert.Contains("romeo> sock = socket.create_connection", screen);
        Assert.Contains("sock  socket  sorted", screen);
        Assert.Contains("romeo>     x", screen);
    }

    [Fact]
    public void Help_OnANarrowTerminal_BreaksBetweenWords()
    {
        var terminal = new FakeTerminal(50).Type("help\n");

        Run(terminal);

        Assert.All(terminal.Screen, row => Assert.InRange(row.Length, 0, 50));
        Assert.Contains("lab| wait 3s       lets time pass; wait next:", terminal.Screen);
        Assert.Contains("lab|               until the next timer has gone", terminal.Screen);
    }

    [Fact]
    public void Line_ThatLooksLikeACommandInPython_GoesToPython()
    {
        string[] screen = Run(Keys("python3\nstep = 4\nstep == 4\n"));

        Assert.Contains("romeo| True", screen);
    }

    [Fact]
    public void ControlL_ClearsTheScreenAndKeepsTheLine()
    {
        var terminal = Keys("echo one\nab").Control(ConsoleKey.L).Type("c");

        Run(terminal);

        Assert.Equal("romeo$ abc", terminal.Screen[0]);
        Assert.DoesNotContain("romeo| one", terminal.Screen);
    }

    [Fact]
    public void Exit_InPython_GoesBackToTheShell()
    {
        string[] screen = Run(Keys("python3\nexit()\nps\n"));

        Assert.Contains("romeo$ ps", screen);
    }

    // SGR sequences go to terminals that want colours, and to no other.
    [Fact]
    public void Colours_AreWrittenWhereTheyAreWanted()
    {
        FakeTerminal plain = Keys("echo one\nnosuch:\n"), coloured = new FakeTerminal(100) { HasColor = true }.Type("echo one\nnosuch:\n");

        Assert.Equal(Run(plain), Run(coloured));

        Assert.DoesNotContain("m", string.Join(' ', System.Text.RegularExpressions.Regex.Matches(plain.Written.ToString(), "\u001b\\[[0-9;]*[a-zA-Z]").Select(match => match.Value)), StringComparison.Ordinal);
        Assert.Matches("\u001b\\[[0-9;]+mromeo\\$ \u001b\\[0m", coloured.Written.ToString());
        Assert.Matches("\u001b\\[[0-9;]+mromeo\\| \u001b\\[0mone", coloured.Written.ToString());
    }

    [Fact]
    public void Output_WithControlCharacters_DoesNotSteerTheTerminal()
    {
        string[] screen = Run(Keys("python3\nprint('a \\x1b[2J b')\n"));

        Assert.Contains("romeo| a \uFFFD[2J b", screen);
    }
}

using Finwait.Capture;
using Finwait.Cli;

namespace Finwait.Lab.Tests;

/// <summary>A run is written down while it goes on: what a user finds in the folder, whatever ended the lab.</summary>
public sealed class RunKeeperTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("finwait-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string File(params string[] names) => Path.Combine([_folder, .. names]);

    private static int Packets(string file)
    {
        using FileStream stream = System.IO.File.OpenRead(file);
        Assert.True(CaptureReader.TryOpen(stream, out CaptureReader? reader, out string? fault), fault);
        int count = 0;
        while (reader.TryRead(out _))
        {
            count++;
        }

        Assert.Null(reader.Error);
        return count;
    }

    [Fact]
    public void Terminal_AfterEachLine_TheFolderHoldsWhatCame()
    {
        var session = new LabSession();
        var found = new List<string>();
        var terminal = new FakeTerminal(100);
        using RunKeeper keeper = RunKeeper.Open(session, _folder, force: false, out _)!;
        var lab = new LabTerminal(session, terminal.Type("tcpdump -i eth1 -w cap.pcap &\nnc -z juliet 9\nping -c 1 juliet > out.txt\nwait 2s\n"), new SavedFiles(), keeper);
        int lines = 0;
        terminal.BeforeKey = _ =>
        {
            int now = System.IO.File.ReadAllLines(File("transcript.txt")).Length;
            if (now != lines)
            {
                found.Add($"{Packets(File("romeo.pcap"))} {Packets(File("juliet.pcap"))} {(System.IO.File.Exists(File("romeo", "cap.pcap")) ? Packets(File("romeo", "cap.pcap")) : -1)} {System.IO.File.Exists(File("romeo", "out.txt"))}");
                lines = now;
            }
        };

        lab.Run();

        Assert.Equal(["0 0 0 False", "4 4 4 False"], found[..2]);
        Assert.EndsWith("True", found[^1], StringComparison.Ordinal);
        Assert.Contains("romeo$ nc -z juliet 9", System.IO.File.ReadAllLines(File("transcript.txt")));
    }

    [Fact]
    public void Script_WithOut_LeavesTranscriptCapturesFilesAndPictures()
    {
        string script = File("a.lab");
        System.IO.File.WriteAllText(script, "romeo$ echo one > note.txt\nromeo$ nc -z juliet 9\nnosuch command\n");
        var output = new StringWriter();

        Assert.Equal(2, LabCommand.Run([script, "--out", File("out")], TextReader.Null, output, new StringWriter(), isScript: true));

        Assert.Equal(output.ToString(), System.IO.File.ReadAllText(File("out", "transcript.txt")));
        Assert.Equal("one\n", System.IO.File.ReadAllText(File("out", "romeo", "note.txt")));
        Assert.Equal(4, Packets(File("out", "romeo.pcap")));
        Assert.All(["ladder.svg", "states.svg", "timeline.svg"], name => Assert.True(System.IO.File.Exists(File("out", name)), name));
        Assert.False(Directory.Exists(File("out", "juliet")));
    }

    [Fact]
    public void OtherNetwork_LeavesTheCapturesOfTheFirst()
    {
        string script = File("a.lab");
        System.IO.File.WriteAllText(script, "romeo$ nc -z juliet 9\nnetwork shared\nromeo$ ping -c 1 juliet\nwait 2s\n");

        LabCommand.Run([script, "--out", File("out")], TextReader.Null, new StringWriter(), new StringWriter(), isScript: true);

        Assert.Equal(4, Packets(File("out", "romeo.pcap")));
        Assert.InRange(Packets(File("out", "romeo-2.pcap")), 2, 10);
    }

    [Fact]
    public void LoopbackFirst_ThenTheCable_TheCaptureIsThatOfTheCable()
    {
        var session = new LabSession();
        LabCaptureFeed feed = session.Feed("romeo");
        session.Execute("romeo$ nc -z localhost 9");
        Assert.True(feed.Take(out bool isWhole).Length > 24 && isWhole);
        session.Execute("romeo$ nc -z localhost 9");
        Assert.True(feed.Take(out isWhole).Length > 24 && !isWhole);
        session.Execute("romeo$ nc -z juliet 9");

        Assert.Equal(session.Capture("romeo"), feed.Take(out isWhole));
        Assert.True(isWhole);
        Assert.Empty(feed.Take(out isWhole));
        Assert.False(isWhole);
    }

    [Fact]
    public void FileThatCannotBeWritten_IsToldOnceAndWrittenWholeWhenThatIsPossibleAgain()
    {
        var session = new LabSession();
        var terminal = new FakeTerminal(100);
        using RunKeeper keeper = RunKeeper.Open(session, _folder, force: false, out _)!;
        string capture = File("romeo.pcap");
        System.IO.File.Move(capture, File("aside"));
        Directory.CreateDirectory(capture);
        int lines = 0;
        terminal.BeforeKey = _ =>
        {
            if (lines == 0 && terminal.Screen.Any(row => row == "romeo| next"))
            {
                lines++;
                Directory.Delete(capture);
                System.IO.File.Move(File("aside"), capture);
            }
        };

        new LabTerminal(session, terminal.Type("nc -z juliet 9\necho next\nnc -z juliet 10\n"), new SavedFiles(), keeper).Run();

        Assert.Single(terminal.Screen, row => row.StartsWith("the run cannot be kept: ", StringComparison.Ordinal));
        Assert.Single(terminal.Screen, row => row == "the run is kept again");
        Assert.Equal(6, Packets(capture));
        Assert.Contains("romeo$ nc -z juliet 10", System.IO.File.ReadAllLines(File("transcript.txt")));
    }

    // The host keeps the newest 200,000 frames only; the folder has all, however long writing waits otherwise.
    [Fact]
    public void LongLine_OfMoreFramesThanTheHostKeeps_TheFolderHoldsAll()
    {
        var session = new LabSession();
        using RunKeeper keeper = RunKeeper.Open(session, _folder, force: false, out _, TimeSpan.FromHours(1))!;
        session.Execute("romeo$ ping -i 0.002 juliet > /dev/null &");
        session.Execute("wait 230s");
        keeper.Keep();

        LabHost romeo = session.Host("romeo")!;
        Assert.True(romeo.FramesForgotten > 0);
        Assert.Equal(romeo.FramesForgotten + romeo.Frames.Count, Packets(File("romeo.pcap")));
    }

    [Fact]
    public void FileThatSomebodyTook_DoesNotKeepTheOthersFromBeingWritten()
    {
        var session = new LabSession();
        using RunKeeper keeper = RunKeeper.Open(session, _folder, force: false, out _)!;
        session.Execute("romeo$ nc -z juliet 9");
        keeper.Keep();
        System.IO.File.Delete(File("romeo.pcap"));
        session.Execute("romeo$ nc -z juliet 10");
        keeper.Keep();

        Assert.StartsWith(File("romeo.pcap") + ": ", keeper.Failure, StringComparison.Ordinal);
        Assert.Equal(session.Host("juliet")!.Frames.Count, Packets(File("juliet.pcap")));
    }

    // Issue: captures are written as they come, also while one long line goes on.
    [Fact]
    public void LongLine_WhileItGoesOn_TheFolderHoldsWhatCame()
    {
        var session = new LabSession();
        using RunKeeper keeper = RunKeeper.Open(session, _folder, force: false, out _)!;
        session.Execute("romeo$ ping -i 0.01 juliet > /dev/null &");
        Action keep = session.Meanwhile!;
        int most = 0;
        session.Meanwhile = () =>
        {
            keep();
            most = Math.Max(most, Packets(File("romeo.pcap")));
            if (most > 1_000)
            {
                session.Stop();
            }
        };

        session.Execute("wait 24h");

        Assert.True(most > 1_000, $"{most} packets while the line went on");
    }

    [Theory]
    [InlineData(15, 143)]
    [InlineData(1, 129)]
    [InlineData(2, 130)]
    public async Task Signal_WhileALineGoesOn_FinishesTheRun(int signal, int status)
    {
        System.IO.File.WriteAllText(File("a.lab"), "romeo$ ping -i 0.01 juliet > /dev/null &\nwait 24h\nromeo$ echo never\n");
        // env: whoever runs the tests in the background has these signals ignored, and children inherit that.
        var start = new System.Diagnostics.ProcessStartInfo("env") { RedirectStandardOutput = true };
        foreach (string argument in (string[])["--default-signal=INT,HUP,TERM", "dotnet", "exec", typeof(Commands).Assembly.Location, "lab", File("a.lab"), "--out", File("out")])
        {
            start.ArgumentList.Add(argument);
        }

        using var changes = new FileSystemWatcher(_folder) { IncludeSubdirectories = true, EnableRaisingEvents = true };
        var grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changes.Changed += (_, what) => _ = what.Name!.EndsWith("romeo.pcap", StringComparison.Ordinal) && new FileInfo(what.FullPath).Length > 100_000 && grown.TrySetResult();
        using var process = System.Diagnostics.Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        await grown.Task.WaitAsync(TimeSpan.FromMinutes(2));
        using (System.Diagnostics.Process.Start("kill", [$"-{signal}", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await process.WaitForExitAsync();
        }

        Assert.Equal(status, process.ExitCode);
        Assert.DoesNotContain("never", await output, StringComparison.Ordinal);
        Assert.True(Packets(File("out", "romeo.pcap")) > 500);
        Assert.All(["ladder.svg", "states.svg", "timeline.svg"], name => Assert.True(System.IO.File.Exists(File("out", name)), name));
        Assert.False(System.IO.File.Exists(File("out", "lab.pid")));
    }

    [Fact]
    public void FolderNobodyNamed_TheNewestTenStay()
    {
        var begin = new DateTime(2026, 1, 1, 10, 0, 0);
        for (int i = 0; i < 12; i++)
        {
            Directory.CreateDirectory(RunKeeper.NewFolder(_folder, begin.AddMinutes(i / 2))!);
        }

        string[] names = [.. Directory.EnumerateDirectories(_folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        Assert.Equal(10, names.Length);
        Assert.Equal(["run-20260101-100100", "run-20260101-100500-2"], [names[0], names[^1]]);
    }

    [Fact]
    public void FolderOfALabThatStillRuns_StaysWhateverItsAge()
    {
        string oldest = RunKeeper.NewFolder(_folder, new DateTime(2025, 1, 1))!;
        using (RunKeeper.Open(new LabSession(), oldest, force: false, out _))
        {
            for (int i = 0; i < 12; i++)
            {
                Directory.CreateDirectory(RunKeeper.NewFolder(_folder, new DateTime(2026, 1, 1).AddMinutes(i))!);
            }

            Assert.True(Directory.Exists(oldest));
        }

        RunKeeper.NewFolder(_folder, new DateTime(2026, 1, 2));
        Assert.False(Directory.Exists(oldest));
    }

    [Fact]
    public void FolderThatHoldsARun_IsWrittenOverOnlyByForce()
    {
        System.IO.File.WriteAllText(File("a.lab"), "romeo$ nc -z juliet 9\n");
        System.IO.File.WriteAllText(File("b.lab"), "romeo$ echo\n");
        int Play(params string[] args) => LabCommand.Run(args, TextReader.Null, new StringWriter(), new StringWriter(), isScript: true);

        Assert.Equal(0, Play(File("a.lab"), "--out", File("out")));
        Assert.Equal(1, Play(File("b.lab"), "--out", File("out")));
        Assert.Equal(4, Packets(File("out", "romeo.pcap")));
        Assert.Equal(0, Play(File("b.lab"), "--out", File("out"), "--force"));
        Assert.Equal(0, Packets(File("out", "romeo.pcap")));
    }

    [Fact]
    public void OutThatIsAFile_IsRefusedBeforeAnythingRuns()
    {
        System.IO.File.WriteAllText(File("a.lab"), "romeo$ echo one\n");
        var output = new StringWriter();
        var error = new StringWriter();

        Assert.Equal(1, LabCommand.Run([File("a.lab"), "--out", File("a.lab")], TextReader.Null, output, error, isScript: true));

        Assert.Equal("", output.ToString());
        Assert.Contains("is a file, and --out takes a folder", error.ToString(), StringComparison.Ordinal);
    }
}

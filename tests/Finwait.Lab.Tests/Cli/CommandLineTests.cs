using Finwait.Cli;

namespace Finwait.Lab.Tests;

/// <summary>The command line: one line for every error, and the exit status that scripts rely on.</summary>
public sealed class CommandLineTests
{
    private static (int Status, string Output, string Error) Run(Func<TextWriter, TextWriter, int> command)
    {
        (var output, var error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        int status = command(output, error);
        return (status, output.ToString(), error.ToString());
    }

    private static (int Status, string Output, string Error) Lab(string input, params string[] args) => Run((output, error) => LabCommand.Run(args, new StringReader(input), output, error, isScript: true));

    [Theory]
    [InlineData("lba", "finwait: there is no command 'lba'; did you mean lab?\n")]
    [InlineData("dmup", "finwait: there is no command 'dmup'; did you mean dump?\n")]
    [InlineData("--verion", "finwait: there is no option '--verion'; did you mean --version?\n")]
    [InlineData("something", "finwait: there is no command 'something'; finwait --help lists them\n")]
    public void Command_Unknown_NamesTheNearestAndIsWrongUsage(string word, string expected) => Assert.Equal((2, "", expected), Run((output, error) => Commands.RunPlain([word], output, error)));

    [Fact]
    public void Version_Asked_IsPrinted()
    {
        (int status, string output, string error) = Run((o, e) => Commands.RunPlain(["--version"], o, e));

        Assert.Equal((0, ""), (status, error));
        Assert.Matches("^finwait [0-9]+\\.[0-9]+", output);
    }

    [Fact]
    public void Command_None_IsWrongUsageAndShowsWhatThereIs()
    {
        (int status, string output, string error) = Run((o, e) => Commands.RunPlain([], o, e));
        (int asked, string help, string nothing) = Run((o, e) => Commands.RunPlain(["--help"], o, e));

        Assert.Equal((2, "", 0, ""), (status, output, asked, nothing));
        Assert.StartsWith("Usage: finwait COMMAND [ARGUMENTS]\n", error, StringComparison.Ordinal);
        Assert.Equal(error, help);
    }

    [Fact]
    public void Lab_ListOrHelp_IsStatus0()
    {
        (int status, string output, string error) = Lab("", "list");
        (int help, string shown, _) = Lab("", "--help");

        Assert.Equal((0, "", 0), (status, error, help));
        Assert.Contains("03-handshake ", output, StringComparison.Ordinal);
        Assert.Contains("--seed", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Lab_List_GroupsTheScenariosByDocument()
    {
        string[] lines = Lab("", "list").Output.TrimEnd('\n').Split('\n');
        int group = Array.IndexOf(lines, "003  The three-way handshake as old books print it");

        Assert.StartsWith("  dont-fragment ", lines[group + 1], StringComparison.Ordinal);
        Assert.Equal(6, lines.Count(line => line.Length > 0 && line[0] != ' '));
        Assert.Equal(LabScenarios.All.Count, lines.Count(line => line.StartsWith("  ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Lab_WithATopology_PlaysLinesAndFilesOnIt()
    {
        using var folder = new TemporaryFolder();
        string topology = folder.Write("two.json", "{ \"hosts\": [ { \"name\": \"anna\", \"interfaces\": { \"e\": \"10.0.0.1/24\" } }, { \"name\": \"ben\", \"interfaces\": { \"e\": \"10.0.0.2/24\" } } ],\n \"links\": [ { \"between\": [\"anna\", \"ben\"] } ] }");
        string script = folder.Write("two.lab", "anna$ ping -c 1 ben\n");
        (int status, string output, string error) = Lab("anna$ ping -c 1 ben\n", "--topology", topology);
        (int fromFile, string played, _) = Lab("", script, "--topology=" + topology);

        Assert.Equal((0, "", 0), (status, error, fromFile));
        Assert.Contains("64 bytes from ben (10.0.0.2): icmp_seq=1", output, StringComparison.Ordinal);
        Assert.Equal(output, played);
    }

    [Fact]
    public void Lab_WithATopologyThatIsWrong_NamesFileLineAndProperty()
    {
        using var folder = new TemporaryFolder();
        string topology = folder.Write("bad.json", "{ \"hosts\": [\n { \"name\": 7 } ] }");

        Assert.Equal((2, "", $"finwait lab: {topology}: line 2: hosts[0].name: a name is wanted, not 7\n"), Lab("", "--topology", topology));
        Assert.Equal((1, "", "finwait lab: nowhere.json: there is no such file\n"), Lab("", "--topology", "nowhere.json"));
        Assert.Equal((2, "", "finwait lab: the scenarios have networks of their own; --topology goes with the lab itself, or with a file of lines\n"), Lab("", "run", "03", "--topology", topology));
        Assert.Equal((2, "", "finwait lab: --topology takes a file\n"), Lab("", "--topology"));
    }

    [Fact]
    public void Lab_RunWithAFolder_LeavesTranscriptAndCaptures()
    {
        using var folder = new TemporaryFolder();
        string target = System.IO.Path.Combine(folder.Path, "run", "deep");
        (int status, string output, string error) = Lab("", "run", "03-handshake", "--out", target);

        Assert.Equal((0, ""), (status, error));
        Assert.Equal(output, File.ReadAllText(System.IO.Path.Combine(target, "transcript.txt")));
        Assert.Equal(["juliet.pcap", "ladder.svg", "romeo.pcap", "states.svg", "timeline.svg", "transcript.txt"], Directory.GetFiles(target).Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetFiles(target, "*.pcap"), file => Assert.True(new FileInfo(file).Length > 24, file));
    }

    // Nothing is played before it is known where it can be left.
    [Theory]
    [InlineData("taken", "is a file, and --out takes a folder")]
    [InlineData("taken/deep", "the folder cannot be made")]
    public void Lab_RunWithAFolderThatCannotBe_IsOneLineAndStatus1(string target, string expected)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("taken", "mine");
        string path = System.IO.Path.Combine(folder.Path, target);

        Assert.Equal((1, "", $"finwait lab: {path}: {expected}\n"), Lab("", "run", "03-handshake", "--out", path));
        Assert.Equal("mine", File.ReadAllText(file));
    }

    [Fact]
    public void Lab_RunIntoAFolderWithAFileThatCannotBeWritten_NamesTheFile()
    {
        using var folder = new TemporaryFolder();
        string taken = System.IO.Path.Combine(folder.Path, "romeo.pcap");
        Directory.CreateDirectory(taken);

        (int status, _, string error) = Lab("", "run", "03-handshake", "--out", folder.Path);

        Assert.Equal((1, $"finwait lab: {taken}: is a folder\n"), (status, error));
    }

    [Fact]
    public void Lab_RunWithAPage_LeavesItAndSaysTheSame()
    {
        using var folder = new TemporaryFolder();
        string page = System.IO.Path.Combine(folder.Path, "run.html");

        (int status, string output, string error) = Lab("", "run", "03-handshake", "--html", page);

        Assert.Equal((0, "", Lab("", "run", "03-handshake").Output), (status, error, output));
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(page), StringComparison.Ordinal);
        Assert.Contains("<title>03 Three-way handshake, before and after accept()</title>", File.ReadAllText(page), StringComparison.Ordinal);
    }

    [Fact]
    public void Lab_LinesWithAPage_LeaveIt()
    {
        using var folder = new TemporaryFolder();
        string lines = folder.Write("mine.lab", "romeo$ nc -w 1 juliet 9\n");
        string page = System.IO.Path.Combine(folder.Path, "run.html");

        Assert.Equal(0, Lab("", lines, "--html=" + page).Status);
        Assert.Contains("<title>mine.lab</title>", File.ReadAllText(page), StringComparison.Ordinal);
        Assert.Contains("data-packet=\"2\"", File.ReadAllText(page), StringComparison.Ordinal); // SYN and RST

        Assert.Equal(0, Lab("romeo$ nc -w 1 juliet 9\n", "--html", page).Status);
        Assert.Contains("<title>lab, network default, seed 1</title>", File.ReadAllText(page), StringComparison.Ordinal);
    }

    // Nothing is played before it is known where it can be left.
    [Theory]
    [InlineData("", "is a folder, and --html takes a file")]
    [InlineData("nowhere/page.html", "its folder does not exist")]
    public void Lab_PageThatCannotBeLeft_IsOneLineAndStatus1(string target, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = System.IO.Path.Combine(folder.Path, target);

        Assert.Equal((1, "", $"finwait lab: {path}: {expected}\n"), Lab("", "run", "03-handshake", "--html", path));
    }

    // The same seed gives the same numbers, another one others; both ways to write it mean the same.
    [Fact]
    public void Lab_Seed_DecidesTheNumbers()
    {
        const string Script = "romeo$ tcpdump -S -i eth1 tcp &\nromeo$ nc juliet 9\nwait 1s\n";
        string[] runs = [.. new[] { "--seed 5", "--seed=5", "--seed 6" }.Select(words => Lab(Script, words.Split(' ')).Output)];

        Assert.Equal(runs[0], runs[1]);
        Assert.NotEqual(runs[0], runs[2]);
    }

    [Theory]
    [InlineData("run", "finwait lab: run takes the name of one scenario; finwait lab list names them\n")]
    [InlineData("run nosuch", "finwait lab: there is no scenario 'nosuch'; finwait lab list names them\n")]
    [InlineData("run 03-handshaek", "finwait lab: there is no scenario '03-handshaek'; did you mean 03-handshake?\n")]
    [InlineData("--seed=x", "finwait lab: --seed takes a whole number, not 'x'\n")]
    [InlineData("--seed=", "finwait lab: --seed takes a whole number, not ''\n")]
    [InlineData("--seed x", "finwait lab: --seed takes a whole number, not 'x'\n")]
    [InlineData("--seed", "finwait lab: --seed takes a whole number\n")]
    [InlineData("run 03 --out", "finwait lab: --out takes a folder\n")]
    [InlineData("run 03 --out=", "finwait lab: --out takes a folder\n")]
    [InlineData("run 03 --html", "finwait lab: --html takes a file\n")]
    [InlineData("list --html page.html", "finwait lab: list plays nothing to be shown: leave out --html\n")]
    [InlineData("--sede 3", "finwait lab: there is no option '--sede'; did you mean --seed?\n")]
    [InlineData("list more", "finwait lab: too many words: 'more'; finwait lab --help shows what there is\n")]
    [InlineData("lsit", "finwait lab: there is no command and no file 'lsit'; did you mean list?\n")]
    public void Lab_CalledWrongly_IsOneLineAndStatus2(string words, string expected) => Assert.Equal((2, "", expected), Lab("", words.Split(' ')));

    [Theory]
    [InlineData("list")]
    [InlineData("run", "03-handshake")]
    [InlineData()]
    public void Lab_WithAFullDisk_FailsAsAnIoError(params string[] words)
    {
        // Program turns it into one line and status 1: see OutputTests, which runs the program itself.
        Assert.Throws<IOException>(() => LabCommand.Run(words, new StringReader("romeo> 1"), new FullWriter(), new StringWriter(), isScript: true));
    }

    [Fact]
    public void Save_ToAFileOfTheUser_IsRefusedWithoutForce()
    {
        using var folder = new TemporaryFolder();
        string mine = folder.Write("mine.txt", "precious");
        LabSavedFile file = new(mine, [1, 2, 3], Force: false);

        Assert.Contains("exists: save it as another name, or put --force behind the line", new SavedFiles().Save(file) ?? "", StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(mine));
        Assert.Null(new SavedFiles().Save(file with { Force = true }));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(mine));
    }

    [Theory]
    [InlineData("../outside.txt")]
    [InlineData("/tmp/finwait-outside.txt")]
    [InlineData("sub/../../outside.txt")]
    public void Save_OutsideTheCurrentFolder_IsRefusedWithoutForce(string name)
    {
        string? complaint = new SavedFiles().Save(new LabSavedFile(name, [1], Force: false));

        Assert.Equal($"{name} is outside the current folder: --force behind the line writes it there", complaint);
        Assert.False(File.Exists(name));
    }

    [Fact]
    public void Save_ASecondTime_OverwritesWhatTheLabItselfWrote()
    {
        string name = $"saved-{Environment.ProcessId}.txt";
        try
        {
            var saved = new SavedFiles();

            Assert.Null(saved.Save(new LabSavedFile(name, [1], Force: false)));
            Assert.Null(saved.Save(new LabSavedFile(name, [2], Force: false)));
            Assert.Equal([2], File.ReadAllBytes(name));
            Assert.NotNull(new SavedFiles().Save(new LabSavedFile(name, [3], Force: false)));
        }
        finally
        {
            File.Delete(name);
        }
    }

    [Fact]
    public void Save_InAScript_ThatIsRefused_IsStatus1()
    {
        (int status, string output, string error) = Lab("romeo$ echo hello > f\nsave romeo:f as ../f\n");

        Assert.Equal((1, "line 2: ../f is outside the current folder: --force behind the line writes it there\n"), (status, error));
        Assert.DoesNotContain("octets", output, StringComparison.Ordinal);
    }

    private sealed class FullWriter : StringWriter
    {
        public override void Write(char value) => throw new IOException("No space left on device");

        public override void Write(string? value) => throw new IOException("No space left on device");

        public override void Write(char[] buffer, int index, int count) => throw new IOException("No space left on device");
    }

    /// <summary>A folder under the current one.</summary>
    internal sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateDirectory(System.IO.Path.Combine(Directory.GetCurrentDirectory(), $"folder-{Environment.ProcessId}")).FullName;

        public string Write(string name, string text)
        {
            string path = System.IO.Path.Combine(Path, name);
            File.WriteAllText(path, text);
            return path;
        }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }

    [Fact]
    public void Lab_ALineWithoutEnd_IsLeftOutAndTheRestIsPlayed()
    {
        (int status, string output, string error) = Lab("romeo> x = '" + new string('a', 3 << 20) + "'\nromeo$ echo next\n");

        Assert.Equal((2, "romeo$ echo next\nromeo| next\n", "line 1: longer than 1048576 characters: left out\n"), (status, output, error));
    }

    [Fact]
    public void Lab_SubstitutionsWithinSubstitutions_AreAnErrorAndNoMore()
    {
        string nested = string.Concat(Enumerable.Repeat("$(echo ", 20_000)) + new string(')', 20_000);
        (int status, string output, _) = Lab($"romeo$ echo {nested}\nromeo$ echo $(echo $(echo in)) next\n");

        Assert.Equal(0, status);
        Assert.Contains("too deeply nested", output, StringComparison.Ordinal);
        Assert.EndsWith("romeo| in next\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Dump_AFilterFileThatNeverEnds_IsAnError()
    {
        byte[] capture = [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
        var error = new StringWriter { NewLine = "\n" };
        int status = DumpCommand.Run(["-r", "-", "-F", "/dev/zero"], new MemoryStream(capture), Stream.Null, error);

        Assert.Equal(1, status);
        Assert.EndsWith("\nfinwait dump: /dev/zero: the filter has more than 1048576 characters\n", error.ToString(), StringComparison.Ordinal);
    }
}

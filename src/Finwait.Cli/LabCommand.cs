using System.Text;
using Finwait.Inspect;
using Finwait.Lab;

namespace Finwait.Cli;

/// <summary><c>finwait lab</c>: the lab in the terminal, from a script, or one of its scenarios.</summary>
internal static class LabCommand
{
    private const string Usage = """
        Usage: finwait lab [--plain] [--out DIR]            the lab in the terminal; reads lines from standard input if that is no terminal.
                                                            DIR gets transcript, captures and the hosts' files as they come
                                                            (without --out: ~/.local/state/finwait/lab, the last ten runs);
                                                            --plain begins with lines instead of windows;
                                                            --force writes over a run that DIR holds already
               finwait lab list                             the scenarios
               finwait lab run NAME [--out DIR] [--seed N]  plays a scenario and prints its transcript;
                                                            --out leaves the transcript, one capture per host and the
                                                            packet ladder with both hosts' states (ladder.svg) and the state
                                                            diagram with both paths (states.svg), and sequence numbers
                                                            against time (timeline.svg) in DIR
               finwait lab [FILE.lab | run NAME] --html FILE
                                                            leaves the run as one page for a browser (docs/pictures.md)
               finwait lab FILE.lab [--out DIR] [--seed N]  plays a file of lines; a transcript is one
               finwait lab [FILE.lab] --topology FILE.json  the same with hosts, routers, switches and links of your own (docs/lab.md)
               finwait lab [FILE.lab] --student NAME        the same with addresses, ports and sequence numbers of one student
               finwait lab grade FILE.lab [--student NAME]  plays a transcript and tells which of its answers are right

        """;

    /// <summary>Runs with the process's own standard streams.</summary>
    public static int Run(string[] args) =>
        Run(args, Console.In, Console.Out, Console.Error, Console.IsInputRedirected || Console.IsOutputRedirected || Environment.GetEnvironmentVariable("TERM") == "dumb", hasInterrupt => new EndingSignals(hasInterrupt));

    /// <summary>Runs with the given streams.</summary>
    /// <returns>0 done, 1 a file could not be read or written, 2 wrong usage or a line that was not understood.</returns>
    public static int Run(string[] args, TextReader input, TextWriter output, TextWriter error, bool isScript, Func<bool, EndingSignals>? signals = null)
    {
        if (args.Any(a => a is "--help" or "-h"))
        {
            output.Write(Usage);
            return 0;
        }

        if (LabArguments.Read(args, out string complaint) is not { } arguments)
        {
            error.WriteLine("finwait lab: " + complaint);
            return 2;
        }

        arguments.Signals = signals;
        if (arguments.Page is { } page && WhyNoPage(page) is { } why)
        {
            error.WriteLine($"finwait lab: {page}: {why}");
            return 1;
        }

        switch (arguments.Words)
        {
            case ["list"]:
                List(output);
                return 0;
            case ["run", string name]:
                return Play(name, arguments, output, error);
            case ["grade", string file]:
                return PlayFile(file, isGraded: true, arguments, output, error);
            case ["grade", ..]:
                error.WriteLine("finwait lab: grade takes one file: a transcript with answers");
                return 2;
            case ["run", ..]:
                error.WriteLine("finwait lab: run takes the name of one scenario; finwait lab list names them");
                return 2;
            case []:
                if (Open(arguments, error, out int failed) is not { } session)
                {
                    return failed;
                }

                return isScript ? PlayLines(session, Lines(input), null, arguments, output, error) : UseTerminal(session, arguments, output, error);
            case [string file]:
                return PlayFile(file, isGraded: false, arguments, output, error);
            default:
                error.WriteLine($"finwait lab: too many words: '{arguments.Words[1]}'; finwait lab --help shows what there is");
                return 2;
        }
    }

    /// <summary>The scenarios, each under the document that it belongs to.</summary>
    private static void List(TextWriter output)
    {
        string between = "";
        foreach ((string group, string about) in LabScenarios.Groups)
        {
            output.WriteLine($"{between}{group}  {about}");
            foreach (LabScenario scenario in LabScenarios.All.Where(scenario => scenario.Group == group))
            {
                output.WriteLine($"  {scenario.Name,-34} {scenario.Title}");
            }

            between = "\n";
        }
    }

    /// <summary>The lines of the input. One that is too long is cut, so that memory is bounded; the lab then complains about it.</summary>
    private static IEnumerable<string> Lines(TextReader input)
    {
        var line = new StringBuilder();
        while (input.Read() is >= 0 and var c)
        {
            if (c == '\n')
            {
                yield return Ended(line);
                line.Clear();
            }
            else if (line.Length <= LabTranscript.LongestLine)
            {
                line.Append((char)c);
            }
        }

        if (line.Length > 0)
        {
            yield return Ended(line);
        }
    }

    private static string Ended(StringBuilder line) => line.Length > 0 && line[^1] == '\r' ? line.ToString(0, line.Length - 1) : line.ToString();

    /// <summary>Opens a lab with the default network, or with that of a topology file.</summary>
    /// <returns>The lab; null if there is none, which is told and has the exit status <paramref name="failed"/>.</returns>
    private static LabSession? Open(LabArguments arguments, TextWriter error, out int failed)
    {
        failed = 0;
        if (arguments.Topology is not { } topology)
        {
            return arguments.Student is null ? new LabSession(arguments.Seed) : LabSession.ForStudent(arguments.Student);
        }

        try
        {
            LabSession? session = LabSession.FromTopology(InputFiles.Read(topology), arguments.Seed, out string complaint);
            if (session is null)
            {
                error.WriteLine($"finwait lab: {topology}: {complaint}");
                failed = 2;
            }

            return session;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            error.WriteLine($"finwait lab: {topology}: {(File.Exists(topology) || Directory.Exists(topology) ? e.Message : "there is no such file")}");
            failed = 1;
            return null;
        }
    }

    private static int PlayFile(string file, bool isGraded, LabArguments arguments, TextWriter output, TextWriter error)
    {
        string text;
        try
        {
            text = InputFiles.Read(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WriteLine(File.Exists(file) || Directory.Exists(file) ? $"finwait lab: {file}: {e.Message}" : $"finwait lab: there is no command and no file '{file}'; {LabArguments.Near(file, ["list", "run", "grade"])}");
            return File.Exists(file) ? 1 : 2;
        }

        if (Open(arguments, error, out int failed) is not { } session)
        {
            return failed;
        }

        IEnumerable<string> lines = Lines(new StringReader(text));
        return isGraded ? Grade(session, lines, output, error) : PlayLines(session, lines, Path.GetFileName(file), arguments, output, error);
    }

    /// <summary>Plays lines and leaves what was asked for: the run in a folder, written down as it goes on, and the page.</summary>
    private static int PlayLines(LabSession session, IEnumerable<string> lines, string? title, LabArguments arguments, TextWriter output, TextWriter error)
    {
        using EndingSignals? signals = arguments.Folder is null && arguments.Page is null ? null : arguments.Signals?.Invoke(true);
        lines = signals?.Guard(lines) ?? lines;
        if (arguments.Folder is not { } folder)
        {
            signals?.Watch(session.Stop, () => LeavePage(arguments.Page, session, title, error));
            return Math.Max(LabTranscript.Play(session, lines, output, error, new SavedFiles().Save), LeavePage(arguments.Page, session, title, error));
        }

        using RunKeeper? keeper = RunKeeper.Open(session, folder, arguments.Force, out string why);
        if (keeper is null)
        {
            error.WriteLine($"finwait lab: {folder}: {why}");
            return 1;
        }

        signals?.Watch(session.Stop, () => Finish(session, title, keeper, arguments, error));
        int status = LabTranscript.Play(session, keeper.Kept(lines), new KeptWriter(output, keeper), error, new SavedFiles().Save);
        return Math.Max(status, End(session, title, keeper, arguments, error));
    }

    private static int End(LabSession session, string? title, RunKeeper? keeper, LabArguments arguments, TextWriter error)
    {
        keeper?.Draw(title);
        if (keeper?.Failure is { } failure)
        {
            error.WriteLine("finwait lab: " + failure);
        }

        return Math.Max(keeper?.Failure is null ? 0 : 1, LeavePage(arguments.Page, session, title, error));
    }

    /// <summary>The end of a run that a signal ends.</summary>
    private static void Finish(LabSession session, string? title, RunKeeper? keeper, LabArguments arguments, TextWriter error)
    {
        End(session, title, keeper, arguments, error);
        keeper?.Dispose();
    }

    /// <summary>The lab in the terminal; the run is kept in the folder that was named, or in one below the user's state directory.</summary>
    private static int UseTerminal(LabSession session, LabArguments arguments, TextWriter output, TextWriter error)
    {
        string why = "there is no folder for it";
        using RunKeeper? keeper = (arguments.Folder ?? RunKeeper.NewFolder()) is { } folder ? RunKeeper.Open(session, folder, arguments.Force, out why) : null;
        if (keeper is null && arguments.Folder is not null)
        {
            error.WriteLine($"finwait lab: {arguments.Folder}: {why}");
            return 1;
        }

        WarmUp.Begin();
        using EndingSignals? signals = arguments.Signals?.Invoke(false);
        int status = LabTerminal.Run(session, keeper, arguments.IsPlain, signals, () => Finish(session, null, keeper, arguments, error));
        status = Math.Max(status, End(session, null, keeper, arguments, error));
        if (keeper is { Failure: null })
        {
            output.WriteLine($"captures, transcript and pictures: {keeper.Folder}");
        }

        return status;
    }

    /// <summary>Plays a transcript without saving anything, and tells what became of its answers.</summary>
    /// <returns>0 if all questions are answered rightly, 1 if not, 2 if a line was not understood.</returns>
    private static int Grade(LabSession session, IEnumerable<string> lines, TextWriter output, TextWriter error)
    {
        int status = LabTranscript.Play(session, lines, TextWriter.Null, error);
        for (int i = 1; i <= RunTasks.Questions.Count; i++)
        {
            output.WriteLine(!session.Answers.TryGetValue(i, out RunTaskResult? answer) ? $"{i} no answer" : $"{i} {(answer.IsRight ? "right" : "wrong")}: {answer.Reason}");
        }

        int right = session.Answers.Count(answer => answer.Value.IsRight);
        output.WriteLine($"{right} of {RunTasks.Questions.Count} right");
        return status != 0 ? status : right == RunTasks.Questions.Count ? 0 : 1;
    }

    private static int Play(string name, LabArguments arguments, TextWriter output, TextWriter error)
    {
        if (LabScenarios.Find(name) is not { } scenario)
        {
            error.WriteLine($"finwait lab: there is no scenario '{name}'; {LabArguments.Near(name, LabScenarios.All.Select(scenario => scenario.Name), "finwait lab list names them")}");
            return 2;
        }

        var session = new LabSession(arguments.Seed);
        return PlayLines(session, LabScenarios.Read(scenario), LabScenarios.Title(scenario), arguments, output, error);
    }

    /// <summary>Why no page can be left in a file, as far as that is to be seen before the run.</summary>
    /// <returns>Null if nothing stands against it.</returns>
    private static string? WhyNoPage(string file)
    {
        try
        {
            return Directory.Exists(file) ? "is a folder, and --html takes a file"
                : Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && !Directory.Exists(folder) ? "its folder does not exist"
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return "the file cannot be written";
        }
    }

    /// <summary>Leaves a run as one page in a file.</summary>
    /// <returns>0, also if no page is wanted; 1 if it cannot be written.</returns>
    private static int LeavePage(string? file, LabSession session, string? title, TextWriter error)
    {
        if (file is null)
        {
            return 0;
        }

        try
        {
            File.WriteAllText(file, session.Page(title));
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            error.WriteLine($"finwait lab: {file}: the file cannot be written");
            return 1;
        }
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Finwait.Lab;

/// <summary>The shell of one host: what it remembers, the host's files, the lines that run, and the commands.</summary>
internal sealed class LabShell
{
    /// <summary>Lines that may run at the same time on one host.</summary>
    private const int MaxJobs = 64;

    /// <summary>Characters of a construct that is typed over several lines.</summary>
    private const int MaxPending = 1 << 16;

    private readonly LabHost _host;
    private readonly Action<LabWindow, string> _show;
    private readonly ScreenSink[] _screens;
    private readonly ShellEnvironment _environment;
    private readonly List<ShellJob> _jobs = [];
    private readonly List<(int Number, string Text)> _notices = [];
    private ShellJob? _current;
    private LabWindow _window;
    private string _pending = "";

    public LabShell(LabHost host, Action<LabWindow, string> show)
    {
        _host = host;
        _show = show;
        _environment = new ShellEnvironment(host);
        _screens = Array.ConvertAll(Enum.GetValues<LabWindow>(), NewScreen);
    }

    /// <summary>Where the shell itself writes: the window whose line is being carried out.</summary>
    public ScreenSink Screen => _screens[(int)_window];

    public LabHost Host => _host;

    /// <summary><c>$?</c>.</summary>
    public int LastStatus => _environment.LastStatus;

    /// <summary>Lines whose programs still run, oldest first.</summary>
    public IReadOnlyList<ShellJob> Jobs => _jobs;

    /// <summary>The line that is being carried out at this moment.</summary>
    public ShellJob? Current => _current;

    /// <summary>True inside a construct that more lines belong to.</summary>
    public bool IsPending => _pending.Length > 0;

    /// <summary>A screen for one line of a window.</summary>
    public ScreenSink NewScreen(LabWindow window) => new(text => _show(window, text));

    /// <summary>Carries out a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="window">The window that it was typed in.</param>
    public void Enter(string line, LabWindow window = LabWindow.Any)
    {
        _window = window;
        int before = _notices.Count;
        Carry(line);
        foreach ((_, string notice) in TakeNotices(before))
        {
            Screen.Write(notice);
        }
    }

    /// <summary>Takes what is still to be said of lines that have ended, the oldest first; <c>jobs</c> says all of it in its own list.</summary>
    public (int Number, string Text)[] TakeNotices(int most = int.MaxValue)
    {
        (int, string)[] taken = [.. _notices.Take(most)];
        _notices.RemoveRange(0, taken.Length);
        return taken;
    }

    private void Carry(string line)
    {
        string text = _pending + line;
        _pending = "";
        ShellItem[] items;
        try
        {
            items = ShellParser.Parse(text, _environment.Aliases);
        }
        catch (ShellIncompleteException) when (text.Length < MaxPending)
        {
            _pending = text + "\n";
            Screen.Write("> ");
            return;
        }
        catch (ShellSyntaxException error)
        {
            Screen.Write($"bash: {error.Message}\n");
            _environment.LastStatus = 2;
            return;
        }

        if (items.Length == 0)
        {
            return;
        }

        if (_jobs.Count >= MaxJobs)
        {
            Screen.Write("bash: fork: retry: Resource temporarily unavailable\n");
            return;
        }

        Begin(new ShellJob(this, _window, text, items, _environment));
        Reap();
    }

    /// <summary>Drops a construct that has not been typed to its end. True if there was one.</summary>
    public bool DropPending()
    {
        bool was = IsPending;
        _pending = "";
        return was;
    }

    private void Begin(ShellJob job)
    {
        _jobs.Add(job);
        job.Run();
        job.Number = job.IsDone && !job.IsBackground ? 0 : _jobs.Max(other => other.Number) + 1;
    }

    /// <summary>Runs a line's commands in its window, so that they can know which line they are of; what they send is caused by it.</summary>
    public bool RunAs(ShellJob job, ShellStrand strand)
    {
        ShellJob? before = _current;
        LabWindow window = _window;
        (_current, _window) = (job, job.Window);
        object? caller = _host.Calls.Enter(_host.Now, job);
        bool did = strand.Run();
        _host.Calls.Enter(_host.Now, caller);
        if (strand.IsDone)
        {
            _host.Calls.Forget(job);
        }

        (_current, _window) = (before, window);
        return did;
    }

    /// <summary>The job that a word like <c>%1</c>, <c>%nc</c> or <c>%%</c> (the newest) names; null if there is none.</summary>
    public ShellJob? Job(string word)
    {
        ShellJob[] running = [.. Running];
        return word switch
        {
            "%" or "%%" or "%+" => running.LastOrDefault(),
            "%-" => running.Length > 1 ? running[^2] : running.LastOrDefault(),
            _ when int.TryParse(word.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) => Array.Find(running, job => job.Number == number),
            ['%', '?', .. var part] => Array.FindLast(running, job => job.Text.Contains(part, StringComparison.Ordinal)),
            _ => Array.FindLast(running, job => job.Text.StartsWith(word[1..], StringComparison.Ordinal)),
        };
    }

    /// <summary>The lines that run on or are stopped, oldest first; the one that asks is not among them.</summary>
    public IEnumerable<ShellJob> Running => _jobs.Where(job => job is { Number: > 0, IsDone: false } && job != _current);

    /// <summary>Brings a line that runs on to the front: Ctrl-C, Ctrl-D and what is typed go to it.</summary>
    public void BringToFront(ShellJob job)
    {
        if (_jobs.Remove(job))
        {
            _jobs.Add(job);
        }
    }

    /// <summary>Runs commands beside the line they stand in. The number of their process; null if too many lines run.</summary>
    public int? Background(ShellItem item, ShellEnvironment environment)
    {
        if (_jobs.Count >= MaxJobs)
        {
            Screen.Write("bash: fork: retry: Resource temporarily unavailable\n");
            return null;
        }

        var job = new ShellJob(this, _window, item.Text, [item with { IsBackground = false }], environment.Copy()) { IsBackground = true };
        job.Screen.Hold();
        Begin(job);
        Screen.Write(string.Create(CultureInfo.InvariantCulture, $"[{job.Number}] {job.Pid}\n"));
        job.Screen.Release();
        job.Screen.Flush();
        return job.Pid;
    }

    /// <summary>Commands for another program, such as watch, whose output goes there.</summary>
    /// <exception cref="ShellSyntaxException">They cannot be read.</exception>
    public ShellJob Inner(string line, ShellSink output) => new(this, _window, line, ShellParser.Parse(line, _environment.Aliases), _environment.Copy(), output);

    /// <summary>Lets every window carry on. True if something was done.</summary>
    public bool Run()
    {
        bool did = false;
        for (int i = 0; i < _jobs.Count; i++)
        {
            did |= _jobs[i].Run();
        }

        Reap();
        return did;
    }

    /// <summary>Looks which lines have ended.</summary>
    public void Reap()
    {
        foreach (ShellJob job in _jobs.Where(job => job.IsDone && job.IsBackground && job != _current))
        {
            string how = job.Status switch { 0 => "Done", ShellInterpreter.Terminated => "Terminated", 137 => "Killed", ShellInterruptedException.Status => "Interrupt", int status => $"Exit {status}" };
            _notices.Add((job.Number, string.Create(CultureInfo.InvariantCulture, $"[{job.Number}]{JobTools.Mark(this, job)}  {how,-23} {job.Text}\n")));
        }

        _jobs.RemoveAll(job => job.IsDone && job != _current);
    }

    /// <summary>The line that a process belongs to; null if it belongs to none.</summary>
    public ShellJob? JobOf(LabProcess process) => _jobs.Find(job => job.Has(process));

    /// <summary>What Ctrl-C, Ctrl-Z and Ctrl-D go to: the newest line of a window that is neither stopped nor in the background; or the newest whose program has this name, wherever it runs.</summary>
    public ShellJob? Front(LabWindow window, string program = "")
        => _jobs.FindLast(job => !job.IsDone && IsIn(job, window) && (program.Length == 0 ? job is { IsStopped: false, IsBackground: false } : job.Process?.Command == program || job.Text.StartsWith(program, StringComparison.Ordinal)));

    /// <summary>The line of a window whose program gets what is typed: the newest in front; null if none reads.</summary>
    public ShellJob? Reader(LabWindow window) => _jobs.FindLast(job => job is { IsStopped: false, IsBackground: false, Process.ReadsInput: true } && IsIn(job, window));

    /// <summary>The newest line in the background whose program reads. A terminal would stop it; a line of a script that names its host (<c>juliet&lt; hello</c>) reaches it.</summary>
    public ShellJob? ReaderBehind(LabWindow window) => _jobs.FindLast(job => job is { IsStopped: false, IsBackground: true, Process.ReadsInput: true } && IsIn(job, window));

    /// <summary>The newest line of a window that runs, in front or behind; null if none does.</summary>
    public ShellJob? Newest(LabWindow window) => _jobs.FindLast(job => job is { IsDone: false, IsStopped: false } && IsIn(job, window));

    private static bool IsIn(ShellJob job, LabWindow window) => window == LabWindow.Any || job.Window == LabWindow.Any || job.Window == window;

    /// <summary>Shows what stands on the screens without a newline.</summary>
    public void FlushScreens()
    {
        Array.ForEach(_screens, screen => screen.Flush());
        foreach (ShellJob job in _jobs)
        {
            job.Screen.Flush();
        }
    }

    /// <summary>Text of a file of the host. False if there is none.</summary>
    public bool Read(string name, [NotNullWhen(true)] out string? text)
    {
        text = HostPaths.Read(_host, name) ?? (_host.Files.TryRead(name, out byte[] content) ? ShellOctets.Read(content) : null);
        return text is not null;
    }

    /// <summary>Opens a file of the host; null and a complaint if that cannot be.</summary>
    public ShellSink? OpenForWriting(string target, bool append, ShellSink error)
    {
        if (HostPaths.Open(_host, target, append) is { } special)
        {
            return special;
        }

        if (append ? _host.Files.Append(target, []) : _host.Files.Write(target, []))
        {
            return new FileSink(_host.Files, target);
        }

        error.Write($"bash: {target}: {_host.Files.WhyNot(target)}\n");
        return null;
    }

    /// <summary>True for commands that run on while time passes.</summary>
    public bool IsProgram(IReadOnlyList<string> arguments) => LabPrograms.IsFor(_host, arguments);

    /// <summary>True if the command reads its standard input.</summary>
    public static bool ReadsInput(IReadOnlyList<string> arguments) => (TextTools.IsProgram(arguments[0]) && arguments[0] != "echo") || arguments[0] is "tee" or "iptables-restore" or "ip6tables-restore";

    /// <summary>How many lines the command needs before it can write all it will.</summary>
    public static int LinesWanted(IReadOnlyList<string> arguments)
    {
        const int UsualLines = 10;
        if (arguments is ["head"])
        {
            return UsualLines;
        }

        string count = arguments switch { ["head", "-n", var words] => words, ["head", ['-', 'n', .. var words]] => words, ["head", ['-', .. var words]] => words, _ => "" };
        return int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int lines) && lines > 0 ? lines : int.MaxValue;
    }

    /// <summary>More came through a pipe than a command of the lab can hold.</summary>
    public static bool IsTooMuch(ShellInput input) => input is ShellPipe.ReadEnd { IsTooMuch: true };

    /// <summary>True if the command treats each line of its input for itself, so that it can follow a program that still runs.</summary>
    public static bool WorksByLine(IReadOnlyList<string> arguments) => arguments.Count > 0 && arguments[0] switch
    {
        "grep" or "egrep" or "fgrep" => !arguments.Any(a => a.StartsWith('-') && a.AsSpan(1).IndexOfAny('c', 'n', 'm') >= 0),
        "awk" or "gawk" or "mawk" => !arguments.Any(a => a.Contains("END", StringComparison.Ordinal) || a.Contains("BEGIN", StringComparison.Ordinal) || a.Contains("NR", StringComparison.Ordinal)),
        "cat" or "tee" => true,
        _ => false,
    };

    /// <summary>Runs a command that is done at once.</summary>
    public ToolResult RunTool(IReadOnlyList<string> arguments, string input) => LabTools.Run(this, arguments, input);

    /// <summary>Standard output of a command line that ends at once. What runs on is ended, and that is said on the screen.</summary>
    public string Substitute(string line)
    {
        var output = new CollectSink();
        ShellJob job = Inner(line, output);
        while (job.Run() && !job.IsDone)
        {
        }

        if (!job.IsDone)
        {
            job.Kill(ShellInterpreter.Terminated);
            Screen.Write($"bash: {line}: runs on; the lab does not wait for it here\n");
        }

        return output.Text;
    }
}

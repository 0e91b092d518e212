using System.Globalization;
using System.Text;

namespace Finwait.Lab;

/// <summary>The shell of one host: variables, files, windows and the commands.</summary>
internal sealed class LabShell
{
    /// <summary>Programs that may run at the same time on one host.</summary>
    private const int MaxJobs = 64;

    /// <summary>Scripts and substitutions inside each other.</summary>
    private const int MaxNesting = 8;

    private readonly LabHost _host;
    private readonly Dictionary<string, string> _variables = [];
    private readonly List<ShellJob> _jobs = [];
    private readonly ScreenSink[] _screens;
    private LabWindow _window;
    private int _nesting;

    public LabShell(LabHost host, Action<LabWindow, string> show)
    {
        _host = host;
        _screens = Array.ConvertAll(Enum.GetValues<LabWindow>(), window => new ScreenSink(text => show(window, text)));
        _variables["HOME"] = "/root";
        _variables["USER"] = "root";
        _variables["PWD"] = "/root";
    }

    /// <summary>A command with its arguments expanded and its text going somewhere.</summary>
    /// <param name="Arguments">The words, the command first; empty for assignments alone.</param>
    /// <param name="Input">What <c>&lt;</c> gives; null without.</param>
    /// <param name="Output">Where standard output goes.</param>
    /// <param name="Error">Where standard error goes.</param>
    /// <param name="Failure">The exit status if the command cannot be run, else null.</param>
    public readonly record struct Prepared(IReadOnlyList<string> Arguments, string? Input, ShellSink Output, ShellSink Error, int? Failure);

    /// <summary>The screen of the window whose line is being carried out.</summary>
    public ScreenSink Screen => _screens[(int)_window];

    /// <summary>Shows what stands on the screens without a newline.</summary>
    public void FlushScreens() => Array.ForEach(_screens, screen => screen.Flush());

    public LabHost Host => _host;

    /// <summary><c>$?</c>.</summary>
    public int LastStatus { get; set; }

    /// <summary>Lines whose programs still run, oldest first.</summary>
    public IReadOnlyList<ShellJob> Jobs => _jobs;

    /// <summary>Value of a variable; empty if it has none.</summary>
    public string Variable(string name) => name switch
    {
        "?" => LastStatus.ToString(CultureInfo.InvariantCulture),
        "$" => (_host.FirstPid - 1).ToString(CultureInfo.InvariantCulture),
        _ when _variables.TryGetValue(name, out string? value) => value,
        _ when IsPlaceholder(name) => _host.Placeholder(name),
        "HOSTNAME" => _host.Name,
        _ => "",
    };

    public void SetVariable(string name, string value) => _variables[name] = value;

    /// <summary>True for the placeholders of the source documents, which stand for the server's address.</summary>
    public bool IsPlaceholder(string name) => !_variables.ContainsKey(name) && name is "ETH0_IP" or "ETH1_IP" or "SERVER_IP";

    /// <summary>Carries out a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="window">The window that it was typed in.</param>
    public void Enter(string line, LabWindow window = LabWindow.Any)
    {
        _window = window;
        List<ShellPipeline> pipelines;
        try
        {
            pipelines = ShellParser.Parse(line);
        }
        catch (ShellSyntaxException error)
        {
            Screen.Write($"bash: {error.Message}\n");
            LastStatus = 2;
            return;
        }

        if (pipelines.Count == 0)
        {
            return;
        }

        if (_jobs.Count >= MaxJobs)
        {
            Screen.Write("bash: fork: retry: Resource temporarily unavailable\n");
            return;
        }

        var job = new ShellJob(this, line, pipelines) { Window = window };
        Begin(job);
        Reap();
    }

    private void Begin(ShellJob job)
    {
        _jobs.Add(job);
        Run(job);
        job.Number = job.IsDone ? 0 : _jobs.Max(other => other.Number) + 1;
    }

    /// <summary>Lets a line carry on in its window; what it sends is caused by it.</summary>
    private bool Run(ShellJob job)
    {
        (LabWindow before, _window) = (_window, job.Window);
        object? caller = _host.Calls.Enter(_host.Now, job);
        bool did = job.Run();
        _host.Calls.Enter(_host.Now, caller);
        if (job.IsDone)
        {
            _host.Calls.Forget(job);
        }

        _window = before;
        return did;
    }

    /// <summary>The job that a word like <c>%1</c>, <c>%nc</c> or <c>%%</c> (the newest) names; null if there is none.</summary>
    public ShellJob? Job(string word) => _jobs.FindLast(job => job is { Number: > 0, Process.HasExited: false } && (word is "%" or "%%" or "%+"
        || (int.TryParse(word.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? job.Number == number : job.Name.StartsWith(word[1..], StringComparison.Ordinal))));

    /// <summary>Brings a line that runs on to the front: Ctrl-C, Ctrl-D and what is typed go to it.</summary>
    public void BringToFront(ShellJob job)
    {
        if (_jobs.Remove(job))
        {
            _jobs.Add(job);
        }
    }

    /// <summary>Runs a pipeline beside the line it stands in.</summary>
    public void Background(ShellPipeline pipeline)
    {
        if (_jobs.Count < MaxJobs)
        {
            var job = new ShellJob(this, "", [pipeline with { Terminator = "" }]) { Window = _window };
            Begin(job);
        }
    }

    /// <summary>Lets every window carry on. True if something was done.</summary>
    public bool Run()
    {
        bool did = false;
        for (int i = 0; i < _jobs.Count; i++)
        {
            did |= Run(_jobs[i]);
        }

        Reap();
        return did;
    }

    /// <summary>The line that a process belongs to; null if it belongs to none.</summary>
    public ShellJob? JobOf(LabProcess process) => _jobs.Find(job => job.Process == process);

    private void Reap() => _jobs.RemoveAll(job => job.IsDone);

    /// <summary>What Ctrl-C and Ctrl-D go to: the newest line of a window whose program has this name, or any.</summary>
    public ShellJob? Front(LabWindow window, string program = "")
        => _jobs.FindLast(job => job.Process is not null && IsIn(job, window) && (program.Length == 0 || job.Process.Command == program || job.Text.StartsWith(program, StringComparison.Ordinal)));

    /// <summary>The newest line of a window whose program reads what is typed; null if none does.</summary>
    public ShellJob? Reader(LabWindow window) => _jobs.FindLast(job => job.Process is { ReadsInput: true } && IsIn(job, window));

    private static bool IsIn(ShellJob job, LabWindow window) => window == LabWindow.Any || job.Window == LabWindow.Any || job.Window == window;

    /// <summary>Expands a command's words and opens its files.</summary>
    /// <exception cref="ShellSyntaxException">The words cannot be expanded.</exception>
    public Prepared Prepare(ShellCommand command, ShellSink output)
    {
        var expander = new ShellExpander(this);
        List<string> arguments = expander.Expand(command.Words);
        foreach ((string name, ShellWord value) in command.Assignments)
        {
            _variables[name] = expander.ExpandOne(value);
        }

        while (arguments.Count > 0 && arguments[0] is "sudo" or "time" or "stdbuf" or "exec")
        {
            arguments.RemoveAt(0); // everybody is root here
        }

        (string? input, ShellSink error) = (null, Screen);
        foreach (ShellRedirection redirection in command.Redirections)
        {
            string target = expander.ExpandOne(redirection.Target);
            if (redirection.Operator == "<")
            {
                if (!_host.Files.TryRead(target, out byte[] content))
                {
                    Screen.Write($"bash: {target}: No such file or directory\n");
                    return new Prepared(arguments, null, output, error, 1);
                }

                input = Encoding.UTF8.GetString(content);
            }
            else if (redirection.Operator == ">&")
            {
                (output, error) = (redirection.Descriptor, target) switch
                {
                    (2, "1") => (output, output),
                    (1, "2") => (error, error),
                    _ => (output, error),
                };
            }
            else if (OpenForWriting(target, redirection.Operator == ">>") is { } sink)
            {
                output = redirection.Descriptor is 1 or 3 ? sink : output;
                error = redirection.Descriptor is 2 or 3 ? sink : error;
            }
            else
            {
                return new Prepared(arguments, null, output, error, 1);
            }
        }

        return new Prepared(arguments, input, output, error, null);
    }

    private ShellSink? OpenForWriting(string target, bool append)
    {
        if (target == "/dev/null")
        {
            return new CollectSink();
        }

        if (append ? _host.Files.Append(target, []) : _host.Files.Write(target, []))
        {
            return new FileSink(_host.Files, target);
        }

        Screen.Write($"bash: {target}: {_host.Files.WhyNot(target)}\n");
        return null;
    }

    /// <summary>True for commands that run on while time passes.</summary>
    public bool IsProgram(IReadOnlyList<string> arguments) => LabPrograms.IsFor(_host, arguments);

    /// <summary>Starts a command that runs on; null if it is one that is done at once.</summary>
    public LabProcess? Start(in Prepared prepared) => prepared.Arguments.Count > 0 ? LabPrograms.Start(this, prepared) : null;

    /// <summary>True if the command treats each line of its input for itself, so that it can follow a program that still runs.</summary>
    public static bool WorksByLine(IReadOnlyList<string> arguments) => arguments.Count > 0 && arguments[0] switch
    {
        "grep" or "egrep" or "fgrep" => !arguments.Any(a => a.StartsWith('-') && a.AsSpan(1).IndexOfAny('c', 'n', 'm') >= 0),
        "awk" or "gawk" or "mawk" => !arguments.Any(a => a.Contains("END", StringComparison.Ordinal) || a.Contains("BEGIN", StringComparison.Ordinal) || a.Contains("NR", StringComparison.Ordinal)),
        "cat" or "tee" => true,
        _ => false,
    };

    /// <summary>Runs a command that is done at once.</summary>
    public ToolResult RunTool(IReadOnlyList<string> arguments, string input)
    {
        if (arguments.Count == 0)
        {
            return ToolResult.Done("");
        }

        if (_nesting >= MaxNesting)
        {
            return ToolResult.Failed(1, $"bash: {arguments[0]}: too deeply nested");
        }

        _nesting++;
        ToolResult result = LabTools.Run(this, arguments, input);
        _nesting--;
        return result;
    }

    /// <summary>Standard output of a command line, for <c>$( )</c> and scripts. Programs that run on have no place here.</summary>
    public string Substitute(string line)
    {
        if (_nesting >= MaxNesting)
        {
            throw new ShellSyntaxException("command substitution: too deeply nested");
        }

        _nesting++;
        try
        {
            return Collect(line);
        }
        finally
        {
            _nesting--;
        }
    }

    private string Collect(string line)
    {
        var output = new StringBuilder();
        foreach (ShellPipeline pipeline in ShellParser.Parse(line))
        {
            string text = "";
            foreach (ShellCommand command in pipeline.Commands)
            {
                var collect = new CollectSink();
                Prepared prepared = Prepare(command, collect);
                if (prepared.Failure is not null)
                {
                    break;
                }

                if (IsProgram(prepared.Arguments))
                {
                    Screen.Write($"bash: {prepared.Arguments[0]}: runs on; the lab does not wait for it here\n");
                    break;
                }

                ToolResult result = RunTool(prepared.Arguments, prepared.Input ?? text);
                string name = prepared.Arguments.Count > 0 ? prepared.Arguments[0] : "";
                LastStatus = prepared.Output.Deliver(name, result, prepared.Error);

                text = prepared.Output == collect ? result.Output : "";
            }

            output.Append(text);
        }

        return output.ToString();
    }
}

using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>One line of the shell while it is carried out: like a terminal window of its own.</summary>
internal sealed class ShellJob
{
    /// <summary>Commands that a loop may carry out in one moment before the lab lets time pass.</summary>
    private const int MaxSteps = 1000;

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(1);

    private readonly ShellStrand _strand;
    private readonly ShellInterpreter _interpreter;
    private readonly List<LabProcess> _processes = [];
    private int? _pid;
    private int _steps;
    private TimeSpan _pause = s_firstPause;
    private Instant _seen = Instant.Zero;
    private Instant _resume = Instant.Zero;

    /// <param name="shell">The host's shell.</param>
    /// <param name="window">Where it was typed.</param>
    /// <param name="text">As typed.</param>
    /// <param name="items">What it consists of.</param>
    /// <param name="environment">Variables and functions.</param>
    /// <param name="output">Where its output goes; null for a screen of its own.</param>
    public ShellJob(LabShell shell, LabWindow window, string text, ShellItem[] items, ShellEnvironment environment, ShellSink? output = null)
    {
        (Shell, Window, Text) = (shell, window, text);
        Screen = shell.NewScreen(window);
        _interpreter = new ShellInterpreter(this, environment);
        _strand = new ShellStrand(_interpreter.List(items, new ShellStreams(new ShellTerminal(this), output ?? Screen, Screen)).GetEnumerator());
    }

    public LabShell Shell { get; }

    /// <summary>Where it was typed.</summary>
    public LabWindow Window { get; }

    /// <summary>Where it writes.</summary>
    public ScreenSink Screen { get; }

    /// <summary>True if the process is one of its programs.</summary>
    public bool Has(LabProcess process) => _processes.Contains(process);

    /// <summary>As <c>jobs</c> and <c>kill %1</c> count the lines that run on; 0 until the line has proved to be one.</summary>
    public int Number { get; set; }

    /// <summary>The line as typed.</summary>
    public string Text { get; }

    /// <summary>It was started with <c>&amp;</c> or sent behind by <c>bg</c>, and not brought back by <c>fg</c>: keys do not reach it.</summary>
    public bool IsBackground { get; set; }

    /// <summary>Ctrl-Z: nothing of it runs until fg or bg.</summary>
    public bool IsStopped { get; set; }

    /// <summary>Ctrl-C came.</summary>
    public bool IsInterrupted { get; private set; }

    /// <summary>True when everything has ended.</summary>
    public bool IsDone => _strand.IsDone;

    /// <summary>The program that runs now; null if none does.</summary>
    public LabProcess? Process => _processes.FindLast(process => !process.HasExited);

    /// <summary>The program that began last; it may be about to end. Null if none runs.</summary>
    public LabProcess? Newest => _processes.Count > 0 ? _processes[^1] : null;

    /// <summary>The number it is known by.</summary>
    public int Pid => Process?.Pid ?? _lastPid ?? (_pid ??= Shell.Host.TakePid(LabHost.OtherPid));

    private int? _lastPid;

    public int Status { get; private set; }

    public Instant Deadline => IsStopped ? Instant.Never : _strand.Deadline;

    /// <summary>A program began.</summary>
    public void Add(LabProcess process)
    {
        _processes.Add(process);
        _lastPid = process.Pid;
    }

    /// <summary>A program ended.</summary>
    public void Remove(LabProcess process) => _processes.Remove(process);

    /// <summary>Counts a command. After many of them in one moment gives what the line is to wait for.</summary>
    public PauseWait? TakePause()
    {
        Instant now = Shell.Host.Now;
        if (now != _seen)
        {
            _steps = 0;
            _pause = now == _resume ? _pause : s_firstPause;
            _seen = now;
        }

        if (++_steps < MaxSteps)
        {
            return null;
        }

        _resume = now + _pause;
        _pause = _pause * 2 < s_longestPause ? _pause * 2 : s_longestPause;
        return new PauseWait(Shell.Host, _resume);
    }

    /// <summary>Carries on. True if something was done.</summary>
    public bool Run()
    {
        if (IsStopped || IsDone)
        {
            return false;
        }

        bool did = Shell.RunAs(this, _strand);
        if (IsDone)
        {
            Finish(_strand.Failure is ShellInterruptedException ? ShellInterruptedException.Status : _strand.Failure is null ? _interpreter.Environment.LastStatus : 1);
            Screen.Write(_strand.Failure is null or ShellInterruptedException ? "" : $"bash: {_strand.Failure.Message}\n");
            Screen.Flush();
        }

        return did;
    }

    private void Finish(int status)
    {
        Status = status;
        _interpreter.Environment.LastStatus = status;
    }

    /// <summary>Ctrl-C: its programs are told; without one the line ends.</summary>
    public void Interrupt()
    {
        IsInterrupted = true;
        IsStopped = false;
        if (Process is null)
        {
            Kill(ShellInterruptedException.Status);
            return;
        }

        foreach (LabProcess process in _processes.ToArray())
        {
            process.Interrupt();
        }
    }

    /// <summary>Ends it and its programs.</summary>
    /// <param name="status">128 and the signal.</param>
    public void Kill(int status)
    {
        foreach (LabProcess process in _processes.ToArray())
        {
            process.Terminate(status);
        }

        _strand.Finish();
        Finish(status);
        Screen.Flush();
    }
}

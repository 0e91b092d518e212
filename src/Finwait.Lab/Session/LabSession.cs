using System.Globalization;
using Finwait.Sim;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>How a line ended.</summary>
public enum LabVerdict : byte
{
    /// <summary>Carried out, or nothing to do.</summary>
    Done,

    /// <summary>The lab did not understand the line; <see cref="LabSession.Complaint"/> says why.</summary>
    NotUnderstood,

    /// <summary>The user wants to leave.</summary>
    Quit,
}

/// <summary>
/// A lab: two hosts and what lies between them, in virtual time. Lines go in one at a time; lines of a transcript come out, which can be
/// fed in again and then give the same transcript.
/// </summary>
/// <remarks>Nothing here runs by itself: time moves only inside Execute. Not thread-safe.</remarks>
public sealed partial class LabSession
{
    /// <summary>When nothing happens for this long after a line, the lab waits for the next one. Retransmission timers (200 ms and more) are left to <c>wait</c>.</summary>
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(100);

    /// <summary>With exact times given, a line gets this long a calm to be answered in; the clock stays at the last event.</summary>
    private static readonly TimeSpan s_shortMoment = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_longestShortMoment = TimeSpan.FromMilliseconds(10);

    /// <summary>A line that keeps things going moves the clock no further than this.</summary>
    private static readonly TimeSpan s_longestMoment = TimeSpan.FromSeconds(5);

    /// <summary>Events after which a line that keeps things going gives the word back: as much as a transfer of a hundred megabytes.</summary>
    private const int MaxEvents = 20_000;

    /// <summary>Events in a tenth of a second after which a wait ends: several times what 10 Gbit/s bring. What nothing slows down would never let it end.</summary>
    private const int MaxEventsOfMoment = 400_000;

    /// <summary>Events between two looks of who writes the run down.</summary>
    private const int EventsBetweenLooks = 256;

    /// <summary>Rounds of "somebody did something" in one instant before the lab lets time pass.</summary>
    private const int MaxRounds = 10_000;

    /// <summary>Characters that may be printed between two calls of <see cref="TakeOutput"/>; further lines are counted and left out.</summary>
    private const int MaxPrinted = 8 * 1024 * 1024;

    private readonly List<LabLine> _output = [];
    private long _printed;
    private long _leftOut;
    private LabTopology _topology;

    /// <summary>The text of the topology file; null without one.</summary>
    private string? _file;

    /// <summary>Name of the network of a topology file.</summary>
    private const string OwnNetwork = "own";
    private LabHost[] _hosts = [];

    /// <summary>The hosts and the router between them, where there is one: it has a shell too, and is left out of what <c>show</c> and the captures tell.</summary>
    private LabHost[] _machines = [];
    private bool _isExact;
    private volatile bool _stopped;

    /// <summary>A lab with the default network.</summary>
    /// <param name="seed">Seed of everything that is left to chance: sequence numbers, ports, time stamps. Equal seeds and lines give equal bytes.</param>
    public LabSession(ulong seed = 1)
        : this(LabTopology.Create("default", seed)!, seed)
    {
    }

    private LabSession(LabTopology topology, ulong seed)
    {
        Seed = seed;
        _topology = topology;
        Build();
    }

    /// <summary>A lab with the network of a topology file.</summary>
    /// <param name="json">The text of the file.</param>
    /// <param name="seed">Seed of everything that is left to chance.</param>
    /// <param name="error">One line that names the line, the property and what would be right; empty if nothing is wrong.</param>
    /// <returns>The lab; null if something is wrong.</returns>
    public static LabSession? FromTopology(string json, ulong seed, out string error)
    {
        ArgumentNullException.ThrowIfNull(json);
        return TopologyFile.Read(json, seed, out error) is { } topology ? new LabSession(topology, seed) { _file = json, NetworkKind = OwnNetwork } : null;
    }

    /// <summary>The seed.</summary>
    public ulong Seed { get; }

    /// <summary>Virtual time since the lab began.</summary>
    public Instant Now => _topology.Network.Now;

    /// <summary>Name of the network.</summary>
    public string NetworkKind { get; private set; } = "default";

    /// <summary>True for the network of a topology file.</summary>
    public bool HasOwnNetwork => NetworkKind == OwnNetwork;

    /// <summary>The network in a line.</summary>
    public string Description => _topology.Description;

    /// <summary>Why the last line was not understood.</summary>
    public string Complaint { get; private set; } = "";

    /// <summary>How often the lab has begun with a network: 1, and one more for each <c>network</c>.</summary>
    public int NetworksBegun { get; private set; }

    /// <summary>Names of the hosts that lines can be for.</summary>
    public IReadOnlyList<string> HostNames => Array.ConvertAll(_hosts, host => host.Name);

    internal IReadOnlyList<LabHost> Hosts => _hosts;

    /// <summary>Names of all machines that lines can be for: the hosts and the router.</summary>
    public IReadOnlyList<string> MachineNames => Array.ConvertAll(_machines, machine => machine.Name);

    internal Network Network => _topology.Network;

    private void Build()
    {
        NetworksBegun++;
        _machines = [.. _topology.Machines.Select((machine, i) => new LabHost(_topology, machine.Host, ((i + 1) * 1000) + 1, (window, text) => Print(machine.Host.Name, text, window)))];
        _hosts = [.. _machines.Where((_, i) => !_topology.Machines[i].IsRouter)];
        for (int i = 0; i < _machines.Length; i++)
        {
            _machines[i].EndsNetcatWithPeer = LabPersonality.EndsNetcatWithPeer(_topology.Machines[i].Personality);
        }

        _shown = new int[_hosts.Length];
        _recorder = new RunRecorder(_topology.Network, _machines);
        (bool hadCoach, HasCoach) = (HasCoach, false);
        HasCoach = hadCoach;
    }

    private void Print(string host, string text, LabWindow window)
    {
        _printed += text.Length;
        if (_printed > MaxPrinted)
        {
            _leftOut++;
            return;
        }

        var line = new LabLine(LabLineKind.Output, host, text) { Window = window };
        _output.Add(line);
        _recorder.AddPrinted(Now, line);
    }

    /// <summary>A remark of the lab itself; like what hosts print it is skipped when a transcript is run again.</summary>
    private void Note(string text) => Print("lab", text, LabWindow.Any);

    /// <summary>Takes the lines that came since the last call.</summary>
    public IReadOnlyList<LabLine> TakeOutput()
    {
        (long leftOut, _leftOut, _printed) = (_leftOut, 0, 0);
        if (leftOut > 0)
        {
            Note(string.Create(CultureInfo.InvariantCulture, $"too much output for one line: {leftOut} more lines are left out"));
        }

        LabLine[] taken = _output.ToArray();
        _output.Clear();
        _printed = 0;
        return taken;
    }

    /// <summary>The host of this name; null if there is none.</summary>
    internal LabHost? Host(string name) => Array.Find(_machines, host => host.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>What the prompt of a host is now: three dots inside a Python block.</summary>
    public bool IsInPythonBlock(string host) => Host(host)?.Python is { IsInBlock: true };

    /// <summary>True while the shell of a host waits for the rest of a command: a loop or a string that is not finished.</summary>
    public bool IsInShellBlock(string host) => Host(host)?.Shell.IsPending ?? false;

    /// <summary>The program in front on a host, which Ctrl-C ends; null if none runs but in the background.</summary>
    /// <param name="host">The host's name.</param>
    /// <param name="window">The window that it must have been started in.</param>
    public string? ForegroundProgram(string host, LabWindow window = LabWindow.Any) => Host(host)?.Shell.Front(window)?.Process?.Command;

    /// <summary>The newest program of a host, in front or in the background; null if none runs.</summary>
    /// <param name="host">The host's name.</param>
    /// <param name="window">The window that it must have been started in.</param>
    public string? NewestProgram(string host, LabWindow window = LabWindow.Any) => Host(host)?.Shell.Newest(window)?.Process?.Command;

    /// <summary>The program that gets what is typed on a host: the one in front that reads its input. Null if none does.</summary>
    /// <param name="host">The host's name.</param>
    /// <param name="window">The window that it must have been started in.</param>
    public string? InputProgram(string host, LabWindow window = LabWindow.Any) => Host(host)?.Shell.Reader(window)?.Process?.Command;

    /// <summary>True if a Python process runs on the host and has not been left.</summary>
    public bool HasPython(string host) => Host(host)?.Python is not null;

    /// <summary>Carries out a line and lets things settle. Never throws for what a user may write.</summary>
    public LabVerdict Execute(string line) => Execute(LabLine.Parse(line));

    /// <summary>
    /// Lets the line that is being carried out end at the next event: Ctrl-C. The one member that another thread may call while
    /// <see cref="Execute(LabLine)"/> runs. Without a line nothing happens.
    /// </summary>
    public void Stop() => _stopped = true;

    /// <summary>True if <see cref="Stop"/> was called since the last line began.</summary>
    public bool IsStopped => _stopped;

    /// <summary>
    /// Called again and again while a long line is carried out, between two events: for who writes the run down as it comes. It may read what the session tells,
    /// and must not change it. Null (the default) for nobody.
    /// </summary>
    public Action? Meanwhile { get; set; }

    private int _events;

    /// <summary>Carries out a line.</summary>
    public LabVerdict Execute(LabLine line)
    {
        LabVerdict verdict = CarryOut(line);
        Coach(line);
        return verdict;
    }

    private LabVerdict CarryOut(LabLine line)
    {
        Complaint = "";
        _stopped = false;
        if (line.Kind != LabLineKind.Output)
        {
            _recorder.AddTyped(Now, line);
        }

        switch (line.Kind)
        {
            case LabLineKind.Empty or LabLineKind.Note or LabLineKind.Output:
                return LabVerdict.Done;
            case LabLineKind.Lab:
                return Command(line.Text);
        }

        if (Host(line.Host) is not { } host)
        {
            return Complain($"there is no host '{line.Host}' here: a line starts with {string.Join(" or ", HostNames.Select(name => $"{name}> and {name}$"))}, or is one of wait, step, show, help");
        }

        switch (line.Kind)
        {
            case LabLineKind.Python or LabLineKind.PythonMore:
                EnterPython(host, line);
                break;
            case LabLineKind.Shell:
                if (!host.Shell.IsPending && line.Text.Trim() is "exit" or "logout")
                {
                    Note($"{host.Name}'s shell stays open; quit leaves the lab");
                    return LabVerdict.Done;
                }

                EnterShell(host, line.Text, line.Window);
                break;
            case LabLineKind.Input:
                if ((host.Shell.Reader(line.Window) ?? host.Shell.ReaderBehind(line.Window))?.Process is not { } reader)
                {
                    string? other = host.Shell.Newest(line.Window)?.Process?.Command;
                    return Complain($"no program on {host.Name} waits for input{(other is null ? "" : $": {other} does not read any")}");
                }

                if (!reader.Type(line.Text + "\n"))
                {
                    return Complain($"{reader.Command} on {host.Name} has too much input waiting already: the line is lost");
                }

                break;
        }

        Settle();
        ReportContinued(host, line);
        ReportWaiting(host);
        return LabVerdict.Done;
    }

    private LabVerdict Complain(string complaint)
    {
        Complaint = complaint;
        return LabVerdict.NotUnderstood;
    }

    private void EnterPython(LabHost host, LabLine line)
    {
        PythonConsole console = host.StartPython();
        switch (line.Text.Trim())
        {
            case "^C":
                console.Interrupt();
                return;
            case "^D":
                console.EndInput();
                return;
        }

        // A new prompt while a block is open: the block was pasted without the empty line that ends it.
        if (console.IsInBlock && line.Kind == LabLineKind.Python && line.Text.Length > 0 && !char.IsWhiteSpace(line.Text[0]) && !GoesOn(line.Text))
        {
            console.Enter("");
        }

        if (console.WaitingIn is { } call && call != PythonSequences.InputCall)
        {
            Note($"{host.Name}'s Python still waits in {call}: the line is typed ahead (^C interrupts: {host.Name}> ^C)");
        }
        else if (console.IsBusy)
        {
            Note($"{host.Name}'s Python still runs the line before: this one is typed ahead (^C interrupts: {host.Name}> ^C)");
        }

        if (!console.Enter(line.Text))
        {
            Note($"{host.Name}: too much is typed ahead; the line is lost");
        }
    }

    /// <summary>True for the lines of Python that begin no statement, and go on with one.</summary>
    private static bool GoesOn(string line) => line.Split(' ', ':', '(')[0] is "else" or "elif" or "except" or "finally";

    /// <summary>A line typed at a new prompt that an open bracket or string of an earlier line swallowed.</summary>
    private void ReportContinued(LabHost host, LabLine line)
    {
        if (line.Kind == LabLineKind.Python && host.Python is { BlockLength: > 1 } && line.Text.Length > 0 && !char.IsWhiteSpace(line.Text[0]))
        {
            Note($"{host.Name}: the line before is not finished (a bracket or a string is open): this one continues it (^C drops both: {host.Name}> ^C)");
        }
    }

    private void EnterShell(LabHost host, string text, LabWindow window)
    {
        string trimmed = text.Trim();
        if (trimmed == "^C" && host.Shell.DropPending())
        {
            return;
        }

        if (trimmed.StartsWith("^C", StringComparison.Ordinal) || trimmed.StartsWith("^D", StringComparison.Ordinal) || trimmed.StartsWith("^Z", StringComparison.Ordinal))
        {
            string program = trimmed[2..].Trim();
            bool endsInput = trimmed[1] == 'D' && program.Length == 0;
            if ((endsInput ? host.Shell.Reader(window) ?? host.Shell.ReaderBehind(window) : host.Shell.Front(window, program)) is not { } job)
            {
                Note(endsInput ? $"no program on {host.Name} waits for input" : program.Length > 0 ? $"no {program} runs on {host.Name}"
                    : host.Shell.Newest(window)?.Process?.Command is { } behind ? $"{behind} runs in the background of {host.Name}: {host.Name}$ ^C {behind}, kill %1, or fg and ^C" : $"no program runs on {host.Name}");
            }
            else if (trimmed[1] == 'C')
            {
                job.Interrupt();
            }
            else if (trimmed[1] == 'Z')
            {
                JobTools.Stop(host.Shell, job);
            }
            else
            {
                job.Process?.EndInput();
            }

            return;
        }

        host.Shell.Enter(text, window);
        if (CopiesAway(trimmed) is { } words)
        {
            string file = words.FirstOrDefault(host.Files.Names.Contains) ?? host.Files.Names.FirstOrDefault(name => name.EndsWith(".pcap", StringComparison.Ordinal)) ?? "FILE";
            Note($"no machine of the lab is yours: save {host.Name}:{file} hands the file over to you");
        }
    }

    /// <summary>The words of a line that would copy files to another machine; null if it is none.</summary>
    private static string[]? CopiesAway(string line) =>
        line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [var first, .. var words] && (first == "sudo" ? words.FirstOrDefault() : first) is "scp" or "sftp" or "rsync" ? words : null;

    private void ReportWaiting(LabHost host)
    {
        foreach (LabHost each in _machines)
        {
            if (each.Python is { } console && console.TakeFinishedWait() is { } wait && wait >= s_longestShortMoment)
            {
                Note(string.Create(CultureInfo.InvariantCulture, $"{each.Name}: the call returned after {wait.TotalSeconds:F2} s"));
            }
        }

        if (host.Python is { WaitingIn: { } call } waiting && waiting.TakeNewWait())
        {
            Note($"{host.Name}: {call} waits");
        }

        if (host.Python is { } busy && busy.TakeNewBusy())
        {
            Note($"{host.Name}: the line has not ended; it goes on as time passes (^C interrupts: {host.Name}> ^C)");
        }
    }

    // ---- time ------------------------------------------------------------------------------------------------

    /// <summary>Lets the processes and the network do what they can in this instant.</summary>
    private void Pump()
    {
        for (int round = 0; round < MaxRounds && !_stopped; round++)
        {
            bool did = false;
            foreach (LabHost host in _machines)
            {
                did |= host.Run();
                Network.Poll(host.Stack);
                did |= host.CollectFrames();
            }

            _recorder.Collect(Now);

            if (!did)
            {
                break;
            }
        }
    }

    private Instant ProcessDeadline
    {
        get
        {
            Instant deadline = Instant.Never;
            foreach (LabHost host in _machines)
            {
                deadline = Instant.Earlier(deadline, host.Deadline);
            }

            return Instant.Later(deadline, Now);
        }
    }

    /// <summary>When something happens by itself next; never if nothing will.</summary>
    private Instant NextEvent => Instant.Earlier(Network.TryPeek(out NetworkEvent next) ? next.Time : Instant.Never, ProcessDeadline);

    /// <summary>One event: a frame that arrives, a timer of a host, or a process whose time has come.</summary>
    private void StepOnce(Instant at)
    {
        if (++_events % EventsBetweenLooks == 0)
        {
            Meanwhile?.Invoke();
        }

        if (ProcessDeadline > at)
        {
            Network.Step(out _);
            Pump();
            return;
        }

        // A process's own timeout comes before the kernel's timers of the same moment: the clock stops just short of it.
        if (at.Ticks - 1 > Now.Ticks)
        {
            Network.RunUntil(new Instant(at.Ticks - 1));
        }

        Array.ForEach(_machines, host => host.Ahead = at);
        Pump();
    }

    internal void RunUntil(Instant end)
    {
        Pump();
        (int begun, Instant since) = (_events, Now);
        for (Instant next = NextEvent; next <= end && !_stopped; next = NextEvent)
        {
            if (Now - since >= s_moment)
            {
                (begun, since) = (_events, Now);
            }
            else if (unchecked(_events - begun) >= MaxEventsOfMoment)
            {
                Note(string.Create(CultureInfo.InvariantCulture, $"too much goes on to wait for: {MaxEventsOfMoment} events since {since.SinceStart.TotalSeconds:F6} s; it is {Now.SinceStart.TotalSeconds:F6} s"));
                Flush();
                return;
            }

            StepOnce(next);
        }

        if (Now < end && !_stopped)
        {
            Network.RunUntil(end);
        }

        Pump();
        Flush();
    }

    /// <summary>After a line: runs until nothing happens for a moment. With exact times given, only what is answered at once.</summary>
    private void Settle()
    {
        Pump();
        (TimeSpan moment, TimeSpan longest) = _isExact ? (s_shortMoment, s_longestShortMoment) : (s_moment, s_longestMoment);
        Instant limit = Now + longest;
        int begun = _events;
        for (Instant next = NextEvent; next <= Instant.Earlier(Now + moment, limit) && !_stopped; next = NextEvent)
        {
            if (unchecked(_events - begun) >= MaxEvents)
            {
                Note(string.Create(CultureInfo.InvariantCulture, $"more goes on than a line waits for: it is {Now.SinceStart.TotalSeconds:F6} s, and the rest comes as time passes (wait 10ms)"));
                Flush();
                return;
            }

            StepOnce(next);
        }

        if (!_isExact)
        {
            RunUntil(Now + moment);
        }

        Flush();
    }

    private void Flush()
    {
        foreach (LabHost host in _machines)
        {
            host.FlushScreens();
        }
    }
}

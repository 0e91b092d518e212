using System.Globalization;
using System.Text;
using Finwait.Capture;
using Finwait.Inspect;
using Finwait.Sim;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <content>The lab's own commands.</content>
public sealed partial class LabSession
{
    /// <summary>How late a timer may go off: a sixteenth of two minutes and more.</summary>
    private static readonly TimeSpan s_lateness = TimeSpan.FromSeconds(9);

    /// <summary>Events that <c>step</c> passes over because nothing is to be seen of them.</summary>
    private const int MaxSilentEvents = 1000;

    /// <summary>Width of the first column of help.</summary>
    public const int HelpColumn = 13;

    private static readonly (string Name, string Text)[] s_help =
    [
        ("romeo> …", "a line of Python on romeo: import socket, then sock = socket.socket(…), sock.connect(('10.10.2.100', 4000)), …"),
        ("romeo$ …", "a shell command on romeo: ss -tan, tcpdump -i eth1, iptables -L, nc -v juliet 234, python3 client.py, ls, …"),
        ("router$ …", "the same on the router between them: router$ iptables -A FORWARD -p tcp --dport 4000 -j DROP"),
        ("romeo< …", "a line typed into the program that runs in front on romeo (nc)"),
        ("romeo> ^C", "interrupts a call that waits; romeo$ ^C ends the program in front, romeo$ ^D ends its input"),
        ("wait 3s", "lets time pass; wait next: until the next timer has gone off"),
        ("step", "one packet or timer, and what it did"),
        ("show", "the sockets of both hosts, and the packets since the last show"),
        ("transitions", "the states that each connection went through, what moved it and what it sent; transitions teardown: only the close"),
        ("ladder", "the packets between the hosts with the states of both ends, drawn as text"),
        ("states", "the state diagram with the path of both ends, drawn as text"),
        ("packets", "the packets as Wireshark lists them; packets tcp.port == 4000 and tcp.flags.syn == 1: those that pass a display filter"),
        ("packet 3", "packet 3, field by field with its octets; packet 3 tcp.flags: one field, and what it means"),
        ("options", "the options of each handshake: what either end offered, and what both agreed on"),
        ("buffers", "where each connection's text is now: read, unread, under way, not sent, and the room in the window; and the two queues of each listener"),
        ("numbers real", "sequence numbers as they stand in the packets, in ladder, packets, pictures, page and the labels of packets in why at once, with the sums; numbers counted undoes it"),
        ("pictures", "hands ladder.svg, states.svg and timeline.svg over; pictures as NAME: NAME-ladder.svg and so on; --force overwrites"),
        ("page", "hands the run over as one page for a browser, page.html; page as NAME: NAME.html; --force overwrites"),
        ("why 12", "why packet 12 was sent, as ladder counts packets, back to the call, with the RFC's sections and the values compared; why romeo:7: of romeo's capture"),
        ("why STATE", "why a connection is in a state and what would take it out: why SYN_RCVD, why romeo TIME_WAIT; why romeo: all of romeo's"),
        ("why drop", "why the last packet was dropped, and where; why drop 12: what became of packet 12"),
        ("why timer", "which timers run, why, and how their time was computed; why romeo timer: romeo's"),
        ("why nothing", "why nothing happens: who waits for what, and what keeps text from being sent"),
        ("coach on", "tells after each line what was sent or not sent, why, and which state now; coach off ends it"),
        ("tasks", "the questions of the lab report; answer 7 3 4 answers one by naming packets, states or calls of the run, and is checked at once"),
        ("save FILE", "hands a file of a host over: save romeo:capture.pcap [as NAME] [--force]; only --force overwrites a file or leaves the current folder"),
        ("network slow", "starts anew with another network: default, slow (400 ms each way), shared (one link)"),
        ("personality", "personality romeo macos: romeo opens connections as a Mac does; personality romeo linux undoes it"),
        ("isn romeo N", "gives romeo's next connection the initial sequence number N, to follow a book"),
        ("msl 30s", "how long a segment may live: TIME-WAIT lasts twice as long, on all machines; msl romeo 5s: on romeo. wait 60s passes it in no time"),
        ("delay 50ms", "sets the delay of the link between router and juliet"),
        ("at 1.5", "runs until 1.5 s after the start; from then on only at and wait move the time"),
        ("help", "this text; quit leaves"),
    ];

    private int[] _shown = [];

    /// <summary>Files that <c>save</c> asked for and the application has to write; taken by the application.</summary>
    private readonly List<LabSavedFile> _saved = [];

    /// <summary>Takes the files that <c>save</c> handed over.</summary>
    public IReadOnlyList<LabSavedFile> TakeSavedFiles()
    {
        LabSavedFile[] taken = _saved.ToArray();
        _saved.Clear();
        return taken;
    }

    /// <summary>What the lab prints when a file was saved.</summary>
    public static LabLine SavedNote(LabSavedFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new LabLine(LabLineKind.Output, "lab", string.Create(CultureInfo.InvariantCulture, $"{file.Name}: {file.Content.Length} octets"));
    }

    private LabVerdict Command(string text)
    {
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        switch (words[0].ToLowerInvariant())
        {
            case "help" or "?":
                return Help(words);
            case "quit" or "exit" or "step" or "show" or "hosts" or "ladder" or "states" or "tasks" when words.Length > 1:
                return Complain($"{words[0]} stands alone: what is '{words[1]}'?");
            case "quit" or "exit":
                return LabVerdict.Quit;
            case "wait":
                return Wait(words);
            case "step":
                return Step();
            case "at":
                return At(words);
            case "show":
                Show();
                return LabVerdict.Done;
            case "ladder":
                Draw(new RunDrawings(Record()).LadderText());
                return LabVerdict.Done;
            case "states":
                Draw(new RunDrawings(Record()).StatesText());
                return LabVerdict.Done;
            case "packets" or "packet" or "numbers" or "options" or "buffers":
                return ShowPackets(text, words);
            case "pictures":
                return SavePictures(words);
            case "page":
                return SavePage(words);
            case "network":
                return ChangeNetwork(words);
            case "delay":
                return ChangeDelay(words);
            case "save":
                return Save(words);
            case "personality":
                return ChangePersonality(words);
            case "isn":
                return SetInitialSequence(words);
            case "msl":
                return SetSegmentLifetime(words);
            case "transitions":
                return Transitions(words);
            case "coach":
                return SetCoach(words);
            case "why":
                return Why(words);
            case "tasks":
                return Tasks();
            case "answer":
                return Answer(text, words);
            case "hosts":
                Note(Description);
                return LabVerdict.Done;
            default:
                string near = CopiesAway(text) is not null ? $"; save {HostNames[0]}:FILE hands a file of {HostNames[0]} over to you" : NearestWord.Of(words[0], CommandNames) is { } known ? $"; did you mean {known}?"
                    : LabTools.Names.Concat(LabPrograms.Names).Contains(words[0]) ? $"; as a shell command: romeo$ {words[0]}" : "";
                return Complain($"'{words[0]}' is no command of the lab: a line starts with {string.Join(" ", HostNames.Select(name => $"{name}> {name}$"))} or is wait, step, show, ladder, states, packets, pictures, page, save, network, delay, help or quit{near}");
        }
    }

    /// <summary>The words that a command of the lab may begin with.</summary>
    public static IReadOnlyList<string> CommandNames { get; } = ["answer", "at", "buffers", "coach", "delay", "exit", "help", "hosts", "isn", "ladder", "msl", "network", "numbers", "options", "packet", "packets", "page", "personality", "pictures", "quit", "save", "show", "states", "step", "tasks", "transitions", "wait", "why"];

    /// <summary>All of help, or what it says about one word: a command of the lab or of the shell.</summary>
    private LabVerdict Help(string[] words)
    {
        if (words.Length > 2)
        {
            return Complain($"help takes one word: help {words[1]}");
        }

        string? asked = words.Length == 2 ? words[1] : null;
        (string Name, string Text)[] chosen = asked is null ? s_help : [.. s_help.Where(entry => entry.Name.Split(' ')[0].Equals(asked, StringComparison.OrdinalIgnoreCase)), .. ShellHelp.Of(asked)];
        if (chosen.Length == 0 && LabTools.Names.Concat(LabPrograms.Names).Contains(asked))
        {
            chosen = [(asked!, $"a command of the shell, as on Linux: {HostNames[0]}$ {asked}")];
        }

        if (chosen.Length == 0 && DisplayFilter.MeaningOf(asked!) is { } meaning)
        {
            chosen = [(asked!, meaning)];
        }

        if (chosen.Length == 0)
        {
            string? near = NearestWord.Of(asked!, CommandNames.Concat(LabTools.Names).Concat(LabPrograms.Names));
            return Complain($"there is no help for '{asked}'{(near is null ? "; help lists all" : $"; did you mean {near}?")}");
        }

        foreach ((string name, string about) in chosen)
        {
            Note(Own($"{name,-HelpColumn} {about}"));
        }

        if (asked is null)
        {
            Note($"{"help WORD",-HelpColumn} an example of a command: {string.Join(' ', ShellHelp.Commands)}");
        }

        return LabVerdict.Done;
    }

    private LabVerdict Wait(string[] words)
    {
        if (words is [_, "next"])
        {
            Pump();
            Instant next = NextTimer();
            if (next.IsNever)
            {
                Note("no timer runs");
                return LabVerdict.Done;
            }

            RunUntil(next);
            RunUntilSeen(next + s_lateness);
            Settle();
            NoteTime();
            return LabVerdict.Done;
        }

        if (words.Length < 2 || !DurationText.TryParse(string.Concat(words[1..]), out TimeSpan span))
        {
            return Complain("wait for how long? wait 3s, wait 200ms, wait 2min, wait 24h or wait 2d (units us, ms, s, min or m, h, d; at most 366d), or wait next for the next timer");
        }

        RunUntil(Now + span);
        AfterTime();
        return LabVerdict.Done;
    }

    /// <summary>Goes on, up to a moment, until something is to be seen: timers go off a little after the time that ss shows, as Linux's wheel lets them.</summary>
    private void RunUntilSeen(Instant limit)
    {
        long frames = _machines.Sum(machine => machine.FramesForgotten + machine.Frames.Count);
        int printed = _output.Count, changes = _recorder.Changes.Count;
        for (Instant next = NextEvent; next <= limit && !_stopped; next = NextEvent)
        {
            if (_machines.Sum(machine => machine.FramesForgotten + machine.Frames.Count) != frames || _output.Count != printed || _recorder.Changes.Count != changes)
            {
                return;
            }

            StepOnce(next);
        }
    }

    private void NoteTime()
    {
        AfterTime();
        Note(string.Create(CultureInfo.InvariantCulture, $"it is {Now.SinceStart.TotalSeconds:F3} s"));
    }

    private void AfterTime()
    {
        foreach (LabHost host in _machines)
        {
            ReportWaiting(host);
        }
    }

    /// <summary>The next moment that a socket's timer or a process waits for; what the network has under way does not count.</summary>
    private Instant NextTimer()
    {
        Instant next = ProcessDeadline;
        next = next == Now ? Instant.Never : next;
        foreach (LabHost host in _hosts)
        {
            foreach (SocketRow row in host.Stack.Sockets.Snapshot(Now))
            {
                next = row.Timer != TcpTimerKind.None && row.TimerExpires > Now ? Instant.Earlier(next, row.TimerExpires) : next;
            }
        }

        return next;
    }

    private LabVerdict Step()
    {
        Pump();
        int[] before = Array.ConvertAll(_hosts, host => host.Frames.Count);
        int printed = _output.Count;
        for (int i = 0; i < MaxSilentEvents; i++)
        {
            Instant next = NextEvent;
            if (next.IsNever)
            {
                Note("nothing more happens by itself");
                return LabVerdict.Done;
            }

            bool hasEvent = Network.TryPeek(out NetworkEvent what);
            StepOnce(next);
            Flush();
            bool frames = _hosts.Where((host, n) => host.Frames.Count != before[n]).Any();
            if (frames || _output.Count != printed)
            {
                Note(string.Create(CultureInfo.InvariantCulture, $"{Now.SinceStart.TotalSeconds:F6} s: {(hasEvent && what.Time == Now ? Describe(what) : "a program's time has come")}"));
                break;
            }
        }

        for (int n = 0; n < _hosts.Length; n++)
        {
            PrintFrames(_hosts[n], before[n]);
        }

        AfterTime();
        return LabVerdict.Done;
    }

    private static string Describe(NetworkEvent what) => what.Kind == NetworkEventKind.Timer ? $"a timer of {what.Host?.Name} went off" : $"a frame arrived{(what.Host is null ? "" : " at " + what.Host.Name)}";

    private LabVerdict At(string[] words)
    {
        if (words.Length != 2 || !DurationText.TryParse(words[1], out TimeSpan since))
        {
            return Complain("at which time? at 1.5 means 1.5 s after the start of the lab");
        }

        Instant time = Instant.Zero + since;
        if (time < Now)
        {
            return Complain(string.Create(CultureInfo.InvariantCulture, $"it is {Now.SinceStart.TotalSeconds:F3} s already: time does not go back"));
        }

        _isExact = true;
        RunUntil(time);
        AfterTime();
        return LabVerdict.Done;
    }

    private LabVerdict ChangeNetwork(string[] words)
    {
        LabTopology? topology = words.Length != 2 ? null : words[1] == OwnNetwork && _file is not null ? TopologyFile.Read(_file, Seed, out _) : LabTopology.Create(words[1], Seed);
        if (topology is null)
        {
            return Complain($"which network? {string.Join(", ", LabTopology.Kinds)}{(_file is null ? "" : $", {OwnNetwork} (the file's)")}; now it is {NetworkKind}");
        }

        NetworkKind = words[1];
        _topology = topology;
        _isExact = false;
        Build();
        Note(Description);
        return LabVerdict.Done;
    }

    private LabVerdict ChangeDelay(string[] words)
    {
        if (words.Length != 2 || !DurationText.TryParse(words[1], out TimeSpan delay))
        {
            return Complain("how long a delay? delay 50ms holds every frame between router and juliet for 50 ms, each way");
        }

        return _topology.SetDelay(delay) ? LabVerdict.Done : Complain($"this network has no link that delay is about: {HostNames[0]}$ tc qdisc add dev eth1 root netem delay {words[1]} does it for what leaves there");
    }

    private LabVerdict Save(string[] words)
    {
        bool force = words.Length > 2 && words[^1] == "--force";
        words = force ? words[..^1] : words;
        if (words.Length is not (2 or 4) || (words.Length == 4 && words[2] != "as"))
        {
            return Complain("save which file? save romeo:capture.pcap, or save romeo:capture.pcap as other.pcap; --force behind it overwrites");
        }

        int colon = words[1].IndexOf(':');
        LabHost[] hosts = colon < 0 ? _machines : Host(words[1][..colon]) is { } one ? [one] : [];
        string name = words[1][(colon + 1)..];
        foreach (LabHost host in hosts)
        {
            if (host.Files.TryRead(name, out byte[] content))
            {
                string target = words.Length == 4 ? words[3] : name;
                _saved.Add(new LabSavedFile(target, content, force));
                return LabVerdict.Done;
            }
        }

        return Complain($"no host has a file '{name}'; romeo$ ls lists romeo's");
    }

    // ---- show ------------------------------------------------------------------------------------------------

    private void Show()
    {
        Pump();
        Flush();
        Note(string.Create(CultureInfo.InvariantCulture, $"t={Now.SinceStart.TotalSeconds:F3}"));
        for (int n = 0; n < _hosts.Length; n++)
        {
            LabHost host = _hosts[n];
            string rows = SsCommand.Run(["-tan"], host.SocketRows, new ToolContext { Now = Now }).Output;
            string[] lines = rows.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..];
            Note(lines.Length == 0 ? $"{host.Name}: no TCP sockets" : $"{host.Name}: {string.Join("; ", lines.Select(Brief))}");
        }

        for (int n = 0; n < _hosts.Length; n++)
        {
            PrintFrames(_hosts[n], _shown[n]);
            _shown[n] = _hosts[n].Frames.Count;
        }
    }

    private static string Brief(string row)
    {
        string[] cells = row.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return cells.Length < 5 ? row : $"{cells[0]} Recv-Q {cells[1]} Send-Q {cells[2]} {cells[3]} > {cells[4]}";
    }

    /// <summary>The frames of a host from a number on, as <c>tcpdump -n</c> prints them.</summary>
    private void PrintFrames(LabHost host, int from)
    {
        // Relative sequence numbers count from the start of the capture, so all of it goes through the printer.
        var printer = new PacketPrinter(new PrintOptions { Numeric = true, Numbered = true });
        var text = new TextBuffer();
        string[]? heading = [$"new on {host.Name}:"];
        for (int i = 0; i < host.Frames.Count; i++)
        {
            text.Clear();
            printer.Print(Record(host, host.Frames[i]), text);
            if (i < from)
            {
                continue;
            }

            if (heading is not null)
            {
                Note(heading[0]);
                heading = null;
            }

            Note(text.ToString().TrimEnd('\n'));
        }
    }

    internal static PacketRecord Record(LabHost host, in LabFrame frame)
    {
        long microseconds = host.Epoch + frame.Frame.Time.Microseconds;
        return new PacketRecord(microseconds / 1_000_000, microseconds % 1_000_000 * 1000, LinkType.Ethernet, (uint)frame.Frame.OriginalLength, frame.Frame.Bytes);
    }

    /// <summary>What passes the interfaces of a host from now on and before, in pieces.</summary>
    /// <param name="host">The host's name.</param>
    public LabCaptureFeed Feed(string host) => new(this, host);

    /// <summary>The files of hosts that were written since the last call, captures that still run among them.</summary>
    public IReadOnlyList<(string Host, string Name, byte[] Content)> TakeChangedFiles()
    {
        var changed = new List<(string, string, byte[])>();
        foreach (LabHost host in _machines)
        {
            changed.AddRange(host.Files.TakeChanged().Select(name => (host.Name, name, host.Files.TryRead(name, out byte[] content) ? content : [])));
        }

        return changed;
    }

    /// <summary>Everything that passed the interfaces of a host, as a pcap file.</summary>
    /// <param name="host">romeo or juliet.</param>
    /// <param name="interfaceName">The interface; null for the one frames were seen on: loopback only if nothing passed the other.</param>
    public byte[] Capture(string host, string? interfaceName = null)
    {
        LabHost found = Host(host) ?? throw new ArgumentException($"no host '{host}'", nameof(host));
        bool anyEthernet = found.Frames.Any(f => f.On.Kind == InterfaceKind.Ethernet);
        using var stream = new MemoryStream();
        var writer = new PcapWriter(stream, LinkType.Ethernet);
        foreach (LabFrame frame in found.Frames)
        {
            if (interfaceName is null ? frame.On.Kind == InterfaceKind.Ethernet || !anyEthernet : frame.On.Name == interfaceName)
            {
                writer.Write(Record(found, frame));
            }
        }

        writer.Flush();
        return stream.ToArray();
    }
}

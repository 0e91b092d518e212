using Finwait.Sim;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>One frame that passed an interface of a lab host.</summary>
internal readonly record struct LabFrame(Interface On, CapturedFrame Frame);

/// <summary>A machine of the lab: the stack's host with processes, files, a Python prompt and a shell.</summary>
internal sealed class LabHost : ILabMachine
{
    /// <summary>Process numbers, counted from the host's first: those the golden runs have.</summary>
    public const int PythonPid = 0;
    public const int NcPid = 1;
    public const int OtherPid = 2;

    /// <summary>Frames kept for <c>show</c> and for the capture that a run leaves; older ones are forgotten.</summary>
    public const int MaxFrames = 200_000;

    /// <summary>Octets of the frames that are kept.</summary>
    public const long MaxFrameOctets = 96 << 20;

    private const int MaxNameList = 1 << 20;

    private readonly Network _network;
    private string? _nameList;
    private string? _ownName;
    private readonly List<LabProcess> _processes = [];
    private readonly List<LabFrame> _frames = [];
    private long _frameOctets;
    private readonly LabNames _names;
    private readonly ScreenSink _pythonScreen;
    private int _nextPid;
    private bool _hadPython;

    public LabHost(LabTopology topology, Host host, int firstPid, Action<LabWindow, string> show)
    {
        Network network = topology.Network;
        _network = network;
        Queues = topology.Queues;
        Stack = host;
        FirstPid = firstPid;
        _nextPid = firstPid + 1;
        _names = topology.Names;
        Calls = new LabCalls(host);
        Sockets = new LabSockets(host, Calls, () => Now, () => network.Poll(host));
        Shell = new LabShell(this, show);
        _pythonScreen = new ScreenSink(text => show(LabWindow.Python, text));
        LabFileKit.Fill(Files);
        Files.TakeChanged();
        foreach (Interface on in host.Interfaces)
        {
            on.Tap = new CaptureTap();
        }

        NameFirstEthernet();
    }

    public Host Stack { get; }

    public string Name => Stack.Name;

    /// <summary>The time; a process may see a moment that the network is about to reach.</summary>
    public Instant Now => Ahead > _network.Now ? Ahead : _network.Now;

    /// <summary>See <see cref="Now"/>.</summary>
    public Instant Ahead { get; set; }

    public long Epoch => LabClock.Epoch;

    public ISocketCalls Sockets { get; }

    /// <summary>Who calls the sockets.</summary>
    public LabCalls Calls { get; }

    public LabFiles Files { get; } = new();

    /// <summary>The queues of the network's interfaces, which <c>tc</c> changes.</summary>
    public IReadOnlyDictionary<Interface, LabQueue> Queues { get; }

    public LabShell Shell { get; }

    /// <summary>Its nc is that of a Mac: it ends when the peer has closed, where Debian's goes on until its own input ends.</summary>
    public bool EndsNetcatWithPeer { get; set; }

    /// <summary>Number of the first process: 1001 on romeo, 2001 on juliet.</summary>
    public int FirstPid { get; }

    /// <summary>The Python prompt; null before the first line and after it was left.</summary>
    public PythonConsole? Python { get; private set; }

    /// <summary>Processes that run, oldest first.</summary>
    public IReadOnlyList<LabProcess> Processes => _processes;

    /// <summary>Frames that passed, oldest first.</summary>
    public IReadOnlyList<LabFrame> Frames => _frames;

    /// <summary>Frames forgotten because there were too many.</summary>
    public long FramesForgotten { get; private set; }

    /// <summary>Octets of all frames that passed, the forgotten ones too.</summary>
    public long FrameOctetsPassed { get; private set; }

    /// <summary>Rows of ss and lsof with the processes that hold the sockets.</summary>
    public IReadOnlyList<SsRow> SocketRows => LabSocketRows.Of(this);

    /// <summary>The first address of the host's own interface.</summary>
    public IpAddress Address => Stack.Interfaces.FirstOrDefault(i => i.Kind == InterfaceKind.Ethernet)?.Addresses.Select(a => a.Address).FirstOrDefault() ?? IpAddress.AnyV4;

    public ToolNames ToolNames => _names.Tools;

    /// <summary>What <c>hostname</c> says; the lines of the lab keep the machine's first name.</summary>
    public string OwnName { get => _ownName ?? Name; set => _ownName = value; }

    /// <summary>/etc/hosts: addresses with their names. Cut off at a megabyte.</summary>
    public string NameList
    {
        get => _nameList ?? _names.List;
        set => _nameList = value.Length > MaxNameList ? value[..MaxNameList] : value;
    }

    /// <summary>The names of /etc/hosts, for tools that are asked for names.</summary>
    public ToolNames ListedNames => new(NameList.Split('\n').Select(line => line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        .Where(words => words.Length > 1 && IpAddress.TryParse(words[0], out _)).SelectMany(words => words[1..].Select(name => (IpAddress.Parse(words[0]), name))));

    /// <summary>An address by the host's own list, once that was written to; before, by the lab's names.</summary>
    private bool TryFindName(string name, bool? v6, out IpAddress address)
    {
        address = default;
        if (_nameList is null)
        {
            return _names.TryFind(name, v6, out address);
        }

        IpAddress other = default;
        foreach (string line in _nameList.Split('\n'))
        {
            string[] words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1 && Array.FindIndex(words, 1, word => word.Equals(name.TrimEnd('.'), StringComparison.OrdinalIgnoreCase)) > 0 && IpAddress.TryParse(words[0], out address))
            {
                if (v6 is null || v6 == address.IsV6)
                {
                    return true;
                }

                other = other.IsNone ? address : other;
            }
        }

        address = other;
        return !other.IsNone;
    }

    public bool Resolve(string name, out IpAddress address) => Resolve(name, null, out address);

    public bool Resolve(string name, bool? v6, out IpAddress address)
    {
        if (IpAddress.TryParse(name, out address) || ShortAddress.TryParse(name, out address) || TryFindName(name, v6, out address))
        {
            return true;
        }

        // A host's own name is also what the document's placeholder for its experiment interface stands for.
        address = default;
        return false;
    }

    /// <summary>The name printed for an address: localhost alone has one, as on hosts without a name server.</summary>
    public string? NameOf(IpAddress address) => _names.Tools.HostName(address);

    /// <summary>The value of a placeholder like <c>$ETH0_IP$</c>: the server's address.</summary>
    public string Placeholder(string name) => name switch
    {
        "ETH0_IP" or "ETH1_IP" or "SERVER_IP" => _names.Server.ToString(),
        _ => "",
    };

    /// <summary>An interface by one of its names; the placeholder of a source document stands for the first Ethernet interface.</summary>
    public Interface? FindInterface(string name) =>
        Stack.TryGetInterface(name, out Interface? found) ? found : name is "EXPIFACE1" or "$EXPIFACE1" ? FirstEthernet : null;

    private Interface? FirstEthernet => Stack.Interfaces.FirstOrDefault(on => on.Kind == InterfaceKind.Ethernet);

    // The documents say eth0: a host without one has its first cable under that name too.
    private void NameFirstEthernet()
    {
        if (FirstEthernet is { } first && !Stack.TryGetInterface("eth0", out _))
        {
            first.AlternativeName = "eth0";
        }
    }

    /// <summary>The number a program gets: they rise from the usual one on, and none is given twice.</summary>
    public int TakePid(int usual)
    {
        if (usual == PythonPid && !_hadPython)
        {
            _hadPython = true; // the prompt has a window of its own, which was there before anything was typed into the shell
            return FirstPid;
        }

        int pid = Math.Max(FirstPid + usual, _nextPid);
        _nextPid = pid + 1;
        return pid;
    }

    public void Add(LabProcess process)
    {
        if (!process.HasExited)
        {
            _processes.Add(process);
        }
    }

    public LabProcess? Process(int pid) => _processes.Find(p => p.Pid == pid);

    /// <summary>The Python prompt, started if there is none.</summary>
    public PythonConsole StartPython()
    {
        if (Python is null or { HasExited: true })
        {
            Python = new PythonConsole(this, TakePid(PythonPid), _pythonScreen);
            _processes.Add(Python);
        }

        return Python;
    }

    /// <summary>Lets all processes do what they can. True if one did something.</summary>
    public bool Run()
    {
        bool did = false;
        if (Python is { } python)
        {
            object? caller = Calls.Enter(Now, python);
            did = python.Run();
            Calls.Enter(Now, caller);
        }

        did |= Shell.Run();
        foreach (LabProcess process in _processes)
        {
            Calls.Watch(Now, process, Shell.JobOf(process)?.Text ?? process.Command);
        }

        _processes.RemoveAll(p => p.HasExited);
        Python = Python is { HasExited: true } ? null : Python;
        return did;
    }

    /// <summary>When a process wants to run again whatever happens.</summary>
    public Instant Deadline
    {
        get
        {
            Instant deadline = Python?.Deadline ?? Instant.Never;
            foreach (ShellJob job in Shell.Jobs)
            {
                deadline = Instant.Earlier(deadline, job.Deadline);
            }

            return deadline;
        }
    }

    /// <summary>Takes the frames from the taps and hands them to those who watch. True if there were any.</summary>
    public bool CollectFrames()
    {
        bool any = false;
        foreach (Interface on in Stack.Interfaces)
        {
            while (on.Tap is { } tap && tap.TryTake(out CapturedFrame frame))
            {
                any = true;
                var seen = new LabFrame(on, frame);
                Keep(seen);
                foreach (LabProcess process in _processes)
                {
                    (process as TcpdumpProcess)?.OnFrame(seen);
                }
            }
        }

        return any;
    }

    private void Keep(LabFrame frame)
    {
        if (_frames.Count >= MaxFrames || _frameOctets >= MaxFrameOctets)
        {
            int half = _frames.Count / 2;
            _frames.RemoveRange(0, half);
            FramesForgotten += half;
            _frameOctets = _frames.Sum(kept => (long)kept.Frame.Bytes.Length);
        }

        _frames.Add(frame);
        _frameOctets += frame.Frame.Bytes.Length;
        FrameOctetsPassed += frame.Frame.Bytes.Length;
    }

    /// <summary>Shows what stands on the screens without a newline.</summary>
    public void FlushScreens()
    {
        _pythonScreen.Flush();
        Shell.FlushScreens();
    }
}

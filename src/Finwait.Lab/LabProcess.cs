using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>What a program in the lab knows of its host.</summary>
internal interface ILabMachine
{
    /// <summary>romeo or juliet.</summary>
    string Name { get; }

    /// <summary>What <c>hostname</c> says: the name it was given there, else <see cref="Name"/>.</summary>
    string OwnName => Name;

    Instant Now { get; }

    /// <summary>The moment of the calendar that <see cref="Instant.Zero"/> stands for: microseconds since 1970.</summary>
    long Epoch { get; }

    ISocketCalls Sockets { get; }

    /// <summary>Turns a name or an address written out into an address.</summary>
    bool Resolve(string name, out IpAddress address);

    /// <summary>The same for a family: a name that has addresses of both gives that of the family; one that has only the other's gives that.</summary>
    bool Resolve(string name, bool? v6, out IpAddress address) => Resolve(name, out address);

    /// <summary>Files of this host, by name.</summary>
    LabFiles Files { get; }
}

/// <summary>A process of a lab host: its number, its name and its file descriptors.</summary>
internal abstract class LabProcess(ILabMachine machine, int pid, string command)
{
    /// <summary>0, 1 and 2 are standard input, output and error.</summary>
    private const int FirstSocketDescriptor = 3;

    /// <summary>RLIMIT_NOFILE, as a login has it: descriptors below this number.</summary>
    public const int MaxDescriptors = 1024;

    private readonly PriorityQueue<int, int> _freed = new();
    private int _nextDescriptor = FirstSocketDescriptor;

    private readonly SortedDictionary<int, int> _sockets = [];

    /// <summary>How many descriptors name a socket: dup() makes more than one.</summary>
    private readonly Dictionary<int, int> _holders = [];

    public ILabMachine Machine { get; } = machine;

    public int Pid { get; } = pid;

    /// <summary>As <c>ss -p</c> and lsof name it.</summary>
    public string Command { get; } = command;

    /// <summary>Descriptor and socket handle, in the order of descriptors.</summary>
    public IReadOnlyDictionary<int, int> Sockets => _sockets;

    /// <summary>The line of its program that is carried out now; null for programs without lines.</summary>
    public virtual string? CurrentLine => null;

    /// <summary>The call in which it waits; null if it waits in none, or is not one that waits for the network.</summary>
    public virtual LabWaiting? Waiting => null;

    /// <summary>True when the process has ended; its descriptors are then closed.</summary>
    public bool HasExited { get; private set; }

    public int ExitStatus { get; private set; }

    /// <summary>When the process wants to run again whatever happens; <see cref="Instant.Never"/> if it waits for the network alone.</summary>
    public virtual Instant Deadline => Instant.Never;

    /// <summary>Lets the process do what it can. True if it did something.</summary>
    public abstract bool Run();

    /// <summary>Ctrl-C.</summary>
    public abstract void Interrupt();

    /// <summary>SIGTERM and its like: the end, unless the program has something to put in order first.</summary>
    /// <param name="status">128 and the signal.</param>
    public virtual void Terminate(int status) => Exit(status);

    /// <summary>True if what is typed reaches the program: nc, or a Python program that calls input().</summary>
    public virtual bool ReadsInput => false;

    /// <summary>True if what is typed comes from a pipe or a file: it is read in blocks and not line by line.</summary>
    public bool HasPipedInput { get; set; }

    /// <summary>A line typed, with its newline. False if the program cannot take it: nothing may vanish unseen.</summary>
    public virtual bool Type(string line) => false;

    /// <summary>Ctrl-D.</summary>
    public virtual void EndInput()
    {
    }

    /// <summary>False if the process has as many descriptors as it may: what would open one more gives EMFILE.</summary>
    public bool HasFreeDescriptor => _sockets.Count < MaxDescriptors - FirstSocketDescriptor;

    /// <summary>The lowest free descriptor for a socket.</summary>
    public int Open(int socket)
    {
        int descriptor = _freed.TryDequeue(out int freed, out _) ? freed : _nextDescriptor++;
        _sockets.Add(descriptor, socket);
        _holders[socket] = _holders.GetValueOrDefault(socket) + 1;
        return descriptor;
    }

    /// <summary>Frees a descriptor without closing the socket. True if no other descriptor of the process names the socket.</summary>
    public bool Forget(int descriptor)
    {
        if (!_sockets.Remove(descriptor, out int socket))
        {
            return false;
        }

        _freed.Enqueue(descriptor, descriptor);
        int left = _holders[socket] - 1;
        if (left > 0)
        {
            _holders[socket] = left;
            return false;
        }

        _holders.Remove(socket);
        return true;
    }

    /// <summary>Ends the process as the kernel does: every descriptor is closed, lowest first.</summary>
    public void Exit(int status)
    {
        if (HasExited)
        {
            return;
        }

        HasExited = true;
        ExitStatus = status;
        LabHost? host = _sockets.Count > 0 ? Machine as LabHost : null;
        object? caller = host?.Calls.Enter(Machine.Now, host.Shell.JobOf(this) ?? (object)this);
        foreach (int socket in _sockets.Values.Distinct().ToList())
        {
            Machine.Sockets.Close(socket);
        }

        host?.Calls.Enter(Machine.Now, caller);
        _sockets.Clear();
    }
}

using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Sim;

/// <summary>Hosts, links and a virtual clock. Time jumps from event to event; the same seed and the same calls give the same bytes.</summary>
/// <remarks>
/// After commands to a host's sockets call <see cref="Poll"/> (or any of the methods that run, which do it for all hosts first) so that what it wants
/// to send goes onto its links. Nothing is allocated per frame in steady state. Not thread-safe: one owner.
/// </remarks>
public sealed class Network
{
    /// <summary>Events in one instant after which a run is given up: somebody sets deadlines that never pass.</summary>
    public const int MaxEventsPerInstant = 1_000_000;

    private readonly EventQueue _queue = new();
    private readonly List<Origin> _origins = [];
    private readonly List<HostNode> _nodes = [];
    private readonly Dictionary<Host, HostNode> _nodeOf = [];
    private readonly List<Host> _hosts = [];
    private readonly List<Switch> _switches = [];
    private readonly List<Cable> _cables = [];
    private int _eventsInInstant;

    /// <summary>An empty network at the start of time.</summary>
    /// <param name="seed">Seed of everything that is left to chance.</param>
    public Network(ulong seed = 1) => Random = new(seed);

    /// <summary>What the hosts' and links' streams are split from.</summary>
    public SeededRandom Random { get; }

    /// <summary>The virtual time.</summary>
    public Instant Now { get; private set; }

    /// <summary>The hosts, in the order in which they were added.</summary>
    public IReadOnlyList<Host> Hosts => _hosts;

    /// <summary>The switches, in the order in which they were added.</summary>
    public IReadOnlyList<Switch> Switches => _switches;

    /// <summary>The cables, in the order in which they were laid.</summary>
    public IReadOnlyList<Cable> Cables => _cables;

    /// <summary>Where links get memory for copies of frames.</summary>
    public PacketPool Packets { get; } = new();

    /// <summary>Events so far: frames that arrived and timers.</summary>
    public long EventCount { get; private set; }

    /// <summary>Frames that hosts sent through interfaces without a cable.</summary>
    public long Unconnected { get; private set; }

    /// <summary>A number that stands for the whole run so far, time and octets of every frame that arrived: equal runs have equal numbers.</summary>
    public ulong RunHash { get; private set; } = 0xCBF2_9CE4_8422_2325;

    /// <summary>Adds a host with default settings, a name and a seed of its own.</summary>
    public Host AddHost(string name) => AddHost(new HostSettings { Name = name, Seed = Random.SeedOf("host " + name) });

    /// <summary>Adds a host with settings as they are; give each one a seed of its own.</summary>
    /// <exception cref="ArgumentException">The name is taken: a caller bug.</exception>
    public Host AddHost(HostSettings settings)
    {
        CheckName(settings.Name);
        Host host = new(settings);
        HostNode node = new(host, _queue.AddSource());
        _origins.Add(new Origin { Node = node });
        _nodes.Add(node);
        _nodeOf.Add(host, node);
        _hosts.Add(host);
        return host;
    }

    /// <summary>Adds a switch.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isHub">True for a hub: every frame goes to all other ports.</param>
    /// <exception cref="ArgumentException">The name is taken: a caller bug.</exception>
    public Switch AddSwitch(string name, bool isHub = false)
    {
        CheckName(name);
        Switch added = new(name, isHub, Packets);
        _switches.Add(added);
        return added;
    }

    /// <summary>Lays a cable between two interfaces of one kind.</summary>
    /// <param name="a">One end.</param>
    /// <param name="b">The other end.</param>
    /// <param name="settings">Both directions; null for a perfect link.</param>
    /// <exception cref="ArgumentException">An interface of no host here, one with a cable already, a loopback interface, or two kinds: a caller bug.</exception>
    public Cable Connect(Interface a, Interface b, LinkSettings? settings = null)
    {
        if (a.Kind != b.Kind || a == b)
        {
            throw new ArgumentException($"{a.Name} and {b.Name} do not fit together", nameof(b));
        }

        LinkEnd endA = EndOf(a);
        LinkEnd endB = EndOf(b);
        return Lay(endA, endB, settings ?? LinkSettings.Perfect, a.Kind == InterfaceKind.Ethernet);
    }

    /// <summary>Lays a cable from an Ethernet interface to a new port of a switch.</summary>
    /// <param name="a">The interface.</param>
    /// <param name="b">The switch.</param>
    /// <param name="settings">Both directions; null for a perfect link.</param>
    /// <exception cref="ArgumentException">An interface of no host here, one with a cable already, or no Ethernet interface: a caller bug.</exception>
    public Cable Connect(Interface a, Switch b, LinkSettings? settings = null)
    {
        if (a.Kind != InterfaceKind.Ethernet)
        {
            throw new ArgumentException($"{a.Name} is no Ethernet interface", nameof(a));
        }

        LinkEnd end = EndOf(a);
        return Lay(end, new LinkEnd { Switch = b, Port = b.AddPort() }, settings ?? LinkSettings.Perfect, isEthernet: true);
    }

    /// <summary>Lays a cable between new ports of two switches. Loops of switches are the caller's affair: there is no spanning tree.</summary>
    public Cable Connect(Switch a, Switch b, LinkSettings? settings = null) =>
        Lay(new LinkEnd { Switch = a, Port = a.AddPort() }, new LinkEnd { Switch = b, Port = b.AddPort() }, settings ?? LinkSettings.Perfect, isEthernet: true);

    /// <summary>Gives a host's loopback interface a link to itself. Its packets pass it while <see cref="Host.LoopbackLeaves"/> is set.</summary>
    /// <param name="host">The host.</param>
    /// <returns>The link: packets go in and come out at the same host. Perfect until its settings are changed.</returns>
    /// <exception cref="ArgumentException">The host is not in this network, or its loopback has a link: a caller bug.</exception>
    public Link ConnectLoopback(Host host)
    {
        if (!_nodeOf.TryGetValue(host, out HostNode? node) || node.LinkOf(host.Loopback) is not null)
        {
            throw new ArgumentException($"{host.Name} is not in this network, or its loopback has a link", nameof(host));
        }

        LinkEnd end = new() { Node = node, Interface = host.Loopback };
        Link link = AddLink($"{end.Name}>{end.Name}", LinkSettings.Perfect, isEthernet: false, end);
        end.Attach(link);
        return link;
    }

    /// <summary>Puts onto the links what a host wants to send, and notes its next deadline. Call it after commands to the host.</summary>
    /// <exception cref="ArgumentException">The host is not in this network: a caller bug.</exception>
    public void Poll(Host host)
    {
        if (!_nodeOf.TryGetValue(host, out HostNode? node))
        {
            throw new ArgumentException($"{host.Name} is not in this network", nameof(host));
        }

        PollNode(node);
    }

    /// <summary>The next event, which stays to come; false if nothing will happen by itself.</summary>
    public bool TryPeek(out NetworkEvent next)
    {
        PollAll();
        return Peek(out next, out _);
    }

    /// <summary>Runs the next event.</summary>
    /// <param name="done">What it was.</param>
    /// <param name="pollsAll">False if <see cref="Poll"/> was called after every command to a host: that spares asking all hosts at each step.</param>
    /// <returns>False if nothing happens by itself any more.</returns>
    public bool Step(out NetworkEvent done, bool pollsAll = true)
    {
        if (pollsAll)
        {
            PollAll();
        }

        return StepOne(Instant.Never, out done);
    }

    /// <summary>Runs all events up to a time, that time included, and sets the clock to it.</summary>
    /// <returns>How many events ran.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A time in the past, or never: a caller bug.</exception>
    public long RunUntil(Instant time)
    {
        if (time < Now || time.IsNever)
        {
            throw new ArgumentOutOfRangeException(nameof(time), "time runs forward only, and not for ever");
        }

        PollAll();
        long before = EventCount;
        while (StepOne(time, out _))
        {
        }

        MoveTo(time);
        return EventCount - before;
    }

    /// <summary>Runs for a span of time.</summary>
    /// <returns>How many events ran.</returns>
    public long RunFor(TimeSpan span) => RunUntil(Now + span);

    /// <summary>Runs as long as the next event is at most <paramref name="horizon"/> away. The clock stays at the last event.</summary>
    /// <param name="horizon">What counts as quiet: a connection idle for longer than this is left alone.</param>
    /// <param name="atMost">The run ends here even if it is not quiet. Default: a day.</param>
    /// <returns>How many events ran.</returns>
    public long RunUntilQuiet(TimeSpan horizon, TimeSpan? atMost = null)
    {
        PollAll();
        long before = EventCount;
        Instant end = Now + (atMost ?? TimeSpan.FromDays(1));
        while (StepOne(Instant.Earlier(Now + horizon, end), out _))
        {
        }

        return EventCount - before;
    }

    private bool StepOne(Instant limit, out NetworkEvent done)
    {
        if (!Peek(out done, out Origin origin) || done.Time > limit)
        {
            return false;
        }

        MoveTo(done.Time);
        if (++_eventsInInstant > MaxEventsPerInstant)
        {
            throw new InvalidOperationException($"time stands still at {Now}: {done} comes again and again");
        }

        EventCount++;
        if (origin.Node is { } node)
        {
            node.Host.OnTimeout(Now);
            PollNode(node);
        }
        else if (origin.Link!.TryTake(Now, out PacketBuffer? frame))
        {
            Deliver(origin, frame);
        }

        return true;
    }

    private void Deliver(in Origin origin, PacketBuffer frame)
    {
        RunHash = FrameHash.Add(RunHash ^ (ulong)Now.Ticks, frame.Span);
        if (origin.To.Switch is { } across)
        {
            across.Forward(Now, origin.To.Port, frame);
            return;
        }

        HostNode node = origin.To.Node!;
        if (origin.To.Interface!.Kind == InterfaceKind.Loopback)
        {
            node.Host.ReceiveLoopback(Now, frame);
            PollNode(node);
            return;
        }

        node.Host.Receive(Now, origin.To.Interface!, frame.Span);
        frame.Release();
        PollNode(node);
    }

    private void PollNode(HostNode node)
    {
        while (node.Host.PollTransmit(Now, out Interface? via, out PacketBuffer? frame))
        {
            if (node.LinkOf(via) is { } link)
            {
                link.Send(Now, frame);
            }
            else
            {
                frame.Release();
                Unconnected++;
            }
        }

        _queue.Set(node.Source, node.Host.NextDeadline);
    }

    private void PollAll()
    {
        foreach (HostNode node in _nodes)
        {
            PollNode(node);
        }
    }

    private bool Peek(out NetworkEvent next, out Origin origin)
    {
        if (!_queue.TryPeek(out int source, out Instant due))
        {
            next = default;
            origin = default;
            return false;
        }

        origin = _origins[source];
        next = new NetworkEvent(
            Instant.Later(due, Now),
            origin.Node is null ? NetworkEventKind.Arrival : NetworkEventKind.Timer,
            origin.Node?.Host ?? origin.To.Node?.Host,
            origin.To.Interface,
            origin.Link);
        return true;
    }

    private void MoveTo(Instant time)
    {
        _eventsInInstant = time == Now ? _eventsInInstant : 0;
        Now = time;
    }

    private LinkEnd EndOf(Interface on)
    {
        foreach (HostNode node in _nodes)
        {
            if (!node.Host.Interfaces.Contains(on))
            {
                continue;
            }

            if (on.Kind == InterfaceKind.Loopback || node.LinkOf(on) is not null)
            {
                throw new ArgumentException($"{node.Host.Name}'s {on.Name} takes no cable, or has one", nameof(on));
            }

            return new LinkEnd { Node = node, Interface = on };
        }

        throw new ArgumentException($"{on.Name} belongs to no host of this network", nameof(on));
    }

    private Cable Lay(in LinkEnd a, in LinkEnd b, LinkSettings settings, bool isEthernet)
    {
        Link ab = AddLink($"{a.Name}>{b.Name}", settings, isEthernet, b);
        Link ba = AddLink($"{b.Name}>{a.Name}", settings, isEthernet, a);
        a.Attach(ab);
        b.Attach(ba);
        Cable cable = new(this, ab, ba);
        _cables.Add(cable);
        return cable;
    }

    private Link AddLink(string name, LinkSettings settings, bool isEthernet, in LinkEnd to)
    {
        Link link = new(name, settings, Random.Split("link " + name), Packets, isEthernet) { Queue = _queue, Source = _queue.AddSource() };
        _origins.Add(new Origin { Link = link, To = to });
        return link;
    }

    private void CheckName(string name)
    {
        if (_hosts.Exists(host => host.Name == name) || _switches.Exists(other => other.Name == name))
        {
            throw new ArgumentException($"the name {name} is taken", nameof(name));
        }
    }

    /// <summary>Who is behind a source of the event queue: a host, or a link and where it leads.</summary>
    private struct Origin
    {
        public HostNode? Node;
        public Link? Link;
        public LinkEnd To;
    }
}

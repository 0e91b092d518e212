using Finwait.Inspect;
using Finwait.Sim;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>
/// Watches a lab for its drawings: state changes, drops, losses and congestion windows as they come. The frames themselves are those that
/// the hosts keep anyway. Everything is bounded; what found no room is counted, and the drawings say so.
/// </summary>
internal sealed class RunRecorder
{
    private const int MaxChanges = 50_000;
    private const int MaxDrops = 50_000;
    private const int MaxSamples = 100_000;
    private const int MaxLines = 20_000;
    private const int MaxCharacters = 4 << 20;
    private const int LinkCapacity = 4096;

    private readonly IReadOnlyList<LabHost> _machines;
    private readonly List<(int Sender, Link Link)> _links = [];
    private readonly long[] _framesSeen;
    private readonly RecordOrder _order = new();
    private readonly Dictionary<(int Host, SocketAddress Local, SocketAddress Peer), (long Cwnd, long Ssthresh)> _lastSample = [];
    private readonly List<RunChange> _changes = [];
    private readonly List<LabMove> _moves = [];
    private readonly List<RunSample> _samples = [];
    private readonly List<RunLine> _lines = [];
    private readonly List<UnsentPacket> _unsent = [];
    private readonly Dictionary<(int Host, ulong Frame), (Instant Time, DropReason Reason)> _drops = [];
    private readonly Dictionary<(int Host, ulong Frame), LinkLoss> _losses = [];
    private readonly HashSet<(int Host, ulong Frame)> _damaged = [];
    private readonly List<StepLog> _steps = [];
    private readonly List<LabDrop> _dropped = [];
    private int _characters;

    /// <summary>Begins to watch the machines of a network, and its cables.</summary>
    public RunRecorder(Network network, IReadOnlyList<LabHost> machines)
    {
        _machines = machines;
        _framesSeen = new long[machines.Count];
        foreach (LabHost machine in machines)
        {
            machine.Stack.ConnectionTap = new ConnectionTap { Order = _order };
            machine.Stack.DropTap = new DropTap { Order = _order };
            machine.Stack.StepTap = new StepTap();
            machine.Calls.Order = _order;
            foreach (Interface on in machine.Stack.Interfaces)
            {
                on.Tap!.Order = _order;
            }

            _steps.Add(new StepLog());
        }

        foreach (Cable cable in network.Cables)
        {
            Watch(cable.AToB);
            Watch(cable.BToA);
        }
    }

    public IReadOnlyList<RunChange> Changes => _changes;

    /// <summary>The same changes with their causes.</summary>
    public IReadOnlyList<LabMove> Moves => _moves;

    /// <summary>Frames that links lost, by the machine that sent them and their number.</summary>
    public IReadOnlyDictionary<(int Host, ulong Frame), LinkLoss> Losses => _losses;

    public IReadOnlyList<RunSample> Samples => _samples;

    public IReadOnlyList<RunLine> Lines => _lines;

    /// <summary>Packets that a host's own filter threw away before they became frames.</summary>
    public IReadOnlyList<UnsentPacket> Unsent => _unsent;

    /// <summary>What hosts threw away, oldest first.</summary>
    public IReadOnlyList<LabDrop> Dropped => _dropped;

    /// <summary>What the connections of each machine decided.</summary>
    public IReadOnlyList<StepLog> Steps => _steps;

    public long ChangesLeftOut { get; private set; }

    public long DropsLeftOut { get; private set; }

    public long SamplesLeftOut { get; private set; }

    public long LossesLeftOut => _links.Sum(watched => watched.Link.Tap!.Dropped);

    public long LinesLeftOut { get; private set; }

    /// <summary>Why a host threw a frame away that it had received.</summary>
    public bool TryGetDrop(int host, ulong frame, out DropReason reason, out Instant time)
    {
        bool found = _drops.TryGetValue((host, frame), out (Instant Time, DropReason Reason) drop);
        (time, reason) = drop;
        return found;
    }

    /// <summary>What a link did to a frame that a host had sent, if it lost it.</summary>
    public bool TryGetLoss(int host, ulong frame, out LinkLoss loss) => _losses.TryGetValue((host, frame), out loss);

    /// <summary>True if a link changed a bit of the frame.</summary>
    public bool IsDamaged(int host, ulong frame) => _damaged.Contains((host, frame));

    /// <summary>A line that was typed, as it stands in the transcript.</summary>
    public void AddTyped(Instant now, LabLine line)
    {
        bool isCall = line.Kind is LabLineKind.Python or LabLineKind.PythonMore or LabLineKind.Shell or LabLineKind.Input;
        AddLine(now, IndexOf(line.Host), line.ToString(), isCall ? line.Text : "");
    }

    /// <summary>A line that a host or the lab printed.</summary>
    public void AddPrinted(Instant now, LabLine line) => AddLine(now, IndexOf(line.Host), line.ToString(), "");

    /// <summary>Takes from the taps what came since the last call.</summary>
    public void Collect(Instant now)
    {
        for (int host = 0; host < _machines.Count; host++)
        {
            TakeChanges(now, host);
            TakeDrops(host);
            _steps[host].Take(_machines[host].Stack.StepTap!);
            TakeSamples(now, host);
        }

        foreach ((int sender, Link link) in _links)
        {
            TakeLosses(sender, link);
        }
    }

    private int IndexOf(string name)
    {
        for (int i = 0; i < _machines.Count; i++)
        {
            if (_machines[i].Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return -1;
    }

    private void Watch(Link link)
    {
        int sender = IndexOf(link.Name.Split(':')[0]); // "romeo:eth1>router:eth1"
        if (sender >= 0)
        {
            link.Tap = new LinkTap(LinkCapacity);
            _links.Add((sender, link));
        }
    }

    private void AddLine(Instant now, int host, string text, string call)
    {
        _characters += text.Length;
        if (_lines.Count >= MaxLines || _characters > MaxCharacters)
        {
            LinesLeftOut++;
            return;
        }

        _lines.Add(new RunLine(now.SinceStart, host, text, call) { Order = _order.Next() });
    }

    private void TakeChanges(Instant now, int host)
    {
        ConnectionTap tap = _machines[host].Stack.ConnectionTap!;
        while (tap.TryTake(now, out ConnectionChange taken))
        {
            if (_changes.Count >= MaxChanges)
            {
                ChangesLeftOut++;
            }
            else if (taken.Change.Input != TcpInput.PassiveOpen || taken.Peer.Port == 0) // the engine's own LISTEN of a connection that a SYN made
            {
                string call = taken.Change.Cause.Kind == CauseKind.Call ? _machines[host].Calls.Find(taken.Change.Cause.Subject)?.Name ?? "" : "";
                _changes.Add(RunTexts.Change(host, taken, call));
                _moves.Add(new LabMove(host, taken));
            }
        }
    }

    private void TakeDrops(int host)
    {
        DropTap tap = _machines[host].Stack.DropTap!;
        while (tap.TryTake(out DropRecord drop))
        {
            if (_dropped.Count >= MaxDrops)
            {
                DropsLeftOut++;
                continue;
            }

            // A packet that waited for its neighbour and was another host's: it came in a frame.
            ulong frame = drop is { FrameNumber: 0, Cause: { Kind: CauseKind.Packet, Rule: Rule.Forward } } ? drop.Cause.Subject : drop.FrameNumber;
            _dropped.Add(new LabDrop(host, drop with { FrameNumber = frame }, RunTexts.Rule(drop.Filter)));
            if (frame != 0)
            {
                _drops.TryAdd((host, frame), (drop.Time, drop.Reason));
            }
            else if (drop.Reason == DropReason.FilterOutput)
            {
                _unsent.Add(new UnsentPacket(host, drop.Time, drop.Packet, drop.Cause, drop.Order));
            }
        }
    }

    private void TakeLosses(int sender, Link link)
    {
        while (link.Tap!.TryTake(out LinkRecord record))
        {
            bool isLoss = record.Outcome is not (LinkOutcome.Queued or LinkOutcome.Delivered);
            if (record.FrameNumber == 0 || !(isLoss || record.IsCorrupted))
            {
                continue;
            }

            if (_losses.Count + _damaged.Count >= MaxDrops)
            {
                DropsLeftOut++;
            }
            else if (isLoss)
            {
                _losses[(sender, record.FrameNumber)] = new LinkLoss(record.Time, record.Outcome, link.Name, Settings(sender, link));
            }
            else
            {
                _damaged.Add((sender, record.FrameNumber));
            }
        }
    }

    /// <summary>What tc was told of the queue in front of a link; else what the link does by itself.</summary>
    private string Settings(int sender, Link link)
    {
        string name = link.Name.Split('>')[0].Split(':')[^1];
        bool isQueue = _machines[sender].Stack.TryGetInterface(name, out Interface? on) && _machines[sender].Queues.TryGetValue(on, out LabQueue? queue) && queue.Netem is not null;
        return RunTexts.Settings(isQueue ? _machines[sender].Queues[on!].Netem! : link.Settings);
    }

    private void TakeSamples(Instant now, int host)
    {
        IReadOnlyList<LabFrame> frames = _machines[host].Frames;
        long forgotten = _machines[host].FramesForgotten;
        int from = (int)Math.Max(0, _framesSeen[host] - forgotten);
        _framesSeen[host] = forgotten + frames.Count;
        for (int i = from; i < frames.Count; i++)
        {
            if (FrameEnds.TryRead(frames[i], out SocketAddress local, out SocketAddress peer))
            {
                Sample(now, host, local, peer);
                if (frames[i].On.Kind == InterfaceKind.Loopback)
                {
                    Sample(now, host, peer, local);
                }
            }
        }
    }

    private void Sample(Instant now, int host, SocketAddress local, SocketAddress peer)
    {
        if (!_machines[host].Stack.ConnectionTap!.TryGetInfo(local, peer, now, out TcpInfo info) || info.State is TcpState.SynSent or TcpState.SynReceived)
        {
            return;
        }

        long cwnd = (long)info.CongestionWindow * info.SendMss;
        long ssthresh = info.SlowStartThreshold == int.MaxValue ? -1 : (long)info.SlowStartThreshold * info.SendMss;
        if (_lastSample.TryGetValue((host, local, peer), out (long, long) last) && last == (cwnd, ssthresh))
        {
            return;
        }

        if (_samples.Count >= MaxSamples)
        {
            SamplesLeftOut++;
            return;
        }

        _lastSample[(host, local, peer)] = (cwnd, ssthresh);
        _samples.Add(new RunSample(now.SinceStart, host, RunTexts.End(local), RunTexts.End(peer), cwnd, ssthresh));
    }
}

/// <summary>A frame that a link lost.</summary>
/// <param name="Time">When.</param>
/// <param name="Outcome">How.</param>
/// <param name="Link">The link's name.</param>
/// <param name="Settings">What the link was told to do, in tc's words.</param>
internal readonly record struct LinkLoss(Instant Time, LinkOutcome Outcome, string Link, string Settings);

/// <summary>A state change as a machine's stack recorded it.</summary>
/// <param name="Host">Index of the machine.</param>
/// <param name="Move">The change with its cause.</param>
internal readonly record struct LabMove(int Host, ConnectionChange Move);

/// <summary>A packet that its own host's filter threw away.</summary>
/// <param name="Host">Index of the machine.</param>
/// <param name="Time">When.</param>
/// <param name="Packet">From the IP header on.</param>
/// <param name="Cause">Why it was to be sent.</param>
/// <param name="Order">Its number among all that is recorded of the run.</param>
internal readonly record struct UnsentPacket(int Host, Instant Time, byte[] Packet, Cause Cause, ulong Order);

/// <summary>A packet that a machine threw away.</summary>
/// <param name="Host">Index of the machine.</param>
/// <param name="Drop">What was recorded; a frame that waited on a router for its neighbour has its number there.</param>
/// <param name="Rule">The rule of the packet filter as a command line, if that was it; else empty.</param>
internal readonly record struct LabDrop(int Host, DropRecord Drop, string Rule);

/// <summary>Finds the connection that a frame belongs to, as its host sees it.</summary>
internal static class FrameEnds
{
    public static bool TryRead(in LabFrame frame, out SocketAddress local, out SocketAddress peer)
    {
        local = default;
        peer = default;
        if (!RunPackets.TryReadIp(frame.Frame.Bytes, out IpAddress source, out IpAddress destination, out byte protocol, out ReadOnlySpan<byte> payload)
            || protocol != IpProtocol.Tcp || payload.Length < 4)
        {
            return false;
        }

        SocketAddress from = new(source, (ushort)(payload[0] << 8 | payload[1]));
        SocketAddress to = new(destination, (ushort)(payload[2] << 8 | payload[3]));
        (local, peer) = frame.Frame.Direction == CaptureDirection.Outbound ? (from, to) : (to, from);
        return true;
    }
}

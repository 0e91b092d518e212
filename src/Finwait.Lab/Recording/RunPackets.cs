using System.Globalization;
using System.Runtime.InteropServices;
using Finwait.Capture;
using Finwait.Inspect;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>
/// Puts together what the machines of a lab saw of each packet: the frames that its sender, the routers and its receiver captured become one way
/// from host to host, with what became of it. Frames belong together if what stands behind the IP header is the same and their order in time fits.
/// </summary>
internal sealed class RunPackets
{
    private const int EthernetHeaderLength = 14;

    /// <summary>fe80::/10, and the scope of groups that a link bounds.</summary>
    private const ulong LinkLocal = 0xFE80 >> 6, LinkScope = 2;

    /// <summary>A router keeps a packet that long at most while it asks for its neighbour's address; then it drops it.</summary>
    private static readonly TimeSpan s_longestHold = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<LabHost> _machines;
    private readonly IReadOnlyList<bool> _isRouter;
    private readonly RunRecorder _recorder;
    private readonly Dictionary<IpAddress, int> _owners = [];
    private readonly Dictionary<ulong, List<Journey>> _byContent = [];
    private readonly List<Journey> _journeys = [];

    /// <summary>Those on a link that has changed them.</summary>
    private readonly List<Journey> _damaged = [];
    private readonly int _hops;

    private RunPackets(IReadOnlyList<LabHost> machines, IReadOnlyList<bool> isRouter, RunRecorder recorder)
    {
        (_machines, _isRouter, _recorder) = (machines, isRouter, recorder);
        _hops = 1 + isRouter.Count(router => router);
        for (int i = machines.Count - 1; i >= 0; i--)
        {
            foreach (InterfaceAddress address in machines[i].Stack.Interfaces.SelectMany(on => on.Addresses))
            {
                _owners[address.Address] = i;
            }
        }
    }

    /// <summary>Frames that carry no IP packet and are not drawn: ARP.</summary>
    public long OtherFrames { get; private set; }

    /// <summary>All packets of the run in the order in which they were sent.</summary>
    public static TracedPackets Of(IReadOnlyList<LabHost> machines, IReadOnlyList<bool> isRouter, RunRecorder recorder)
    {
        var packets = new RunPackets(machines, isRouter, recorder);
        packets.FollowAll();
        IEnumerable<(RunPacket Packet, Cause Cause, List<(int, ulong)> Seen)> sent = packets._journeys.Select(journey => (packets.Packet(journey), journey.Cause, journey.Seen))
            .Concat(recorder.Unsent.Select(unsent => (packets.Unsent(unsent), unsent.Cause, new List<(int, ulong)>())));
        var numbers = new Dictionary<(int Machine, ulong Frame), int>();
        var causes = new List<Cause>();
        var all = new List<RunPacket>();
        foreach ((RunPacket packet, Cause cause, List<(int, ulong)> seen) in sent.OrderBy(each => each.Packet.Sent).ThenBy(each => each.Packet.SentOrder)) // stable: a copy stands behind what it was made of
        {
            all.Add(packet);
            causes.Add(cause);
            foreach ((int, ulong) frame in seen)
            {
                numbers.TryAdd(frame, all.Count);
            }
        }

        return new TracedPackets(all, causes, numbers, packets.OtherFrames);
    }

    /// <summary>Finds the IP packet in an Ethernet frame.</summary>
    public static bool TryReadIp(ReadOnlySpan<byte> frame, out IpAddress source, out IpAddress destination, out byte protocol, out ReadOnlySpan<byte> payload)
    {
        source = destination = default;
        protocol = 0;
        payload = default;
        if (EthernetView.TryParse(frame, out EthernetView ethernet) != WireError.None)
        {
            return false;
        }

        if (ethernet.EtherType == EtherType.Ipv4 && Ipv4View.TryParse(ethernet.Payload, out Ipv4View v4) == WireError.None)
        {
            (source, destination, protocol) = (v4.Source, v4.Destination, v4.Protocol);
            payload = v4.Payload;
            return true;
        }

        if (ethernet.EtherType == EtherType.Ipv6 && Ipv6View.TryParse(ethernet.Payload, out Ipv6View v6) == WireError.None)
        {
            (source, destination, protocol) = (v6.Source, v6.Destination, v6.NextHeader);
            payload = v6.Payload;
            return true;
        }

        return false;
    }

    private void FollowAll()
    {
        int[] captured = new int[_machines.Count];
        bool[] anyEthernet = [.. _machines.Select(machine => machine.Frames.Any(frame => frame.On.Kind == InterfaceKind.Ethernet))];

        // The order in which the taps of all machines saw them: what leaves one machine comes before it reaches the next, also over a link without delay.
        foreach ((int machine, LabFrame seen) in _machines.SelectMany((machine, i) => machine.Frames.Select(frame => (i, frame))).OrderBy(each => each.frame.Frame.Order))
        {
            int number = seen.On.Kind == InterfaceKind.Ethernet || !anyEthernet[machine] ? ++captured[machine] : 0;
            Follow(machine, seen, number);
        }

        foreach (Journey journey in _journeys)
        {
            EndUnheard(journey);
        }
    }

    /// <summary>What was sent to a group of its link, came to the link's other end, and belonged to nobody there, as a solicitation for an address that nobody has: it is over.</summary>
    private void EndUnheard(Journey journey)
    {
        if (journey.Ended is not null || journey.Missed is not { } missed)
        {
            return;
        }

        journey.Seen.Add((missed.Machine, missed.Frame));
        (journey.To, journey.EndedFrame, journey.EndedOrder) = (missed.Machine, missed.Frame, missed.Order);
        journey.End(missed.Time, RunFate.Refused, _machines[missed.Machine].Name, "not its address", 1);
    }

    /// <summary>Packets to a group or an address of one link end at whoever takes them there: no router passes them on (RFC 4291 §2.5.6 and §2.7, RFC 4861 §3.1, RFC 1812 §5.3.5.1).</summary>
    private static bool StaysOnLink(IpAddress to) => to.IsLimitedBroadcast || (to.IsV6 && (to.High >> 54 == LinkLocal || (to.IsMulticast && ((to.High >> 48) & 0xF) <= LinkScope)));

    private void Follow(int machine, in LabFrame seen, int captured)
    {
        if (ContentOf(seen) is not { } content)
        {
            if (seen.Frame.Direction == CaptureDirection.Inbound && Damaged(seen, machine) is { } damaged)
            {
                Arrive(damaged, machine, seen, captured); // its header, or the frame's, cannot be read any more
            }
            else
            {
                OtherFrames += _isRouter[machine] || seen.Frame.Direction == CaptureDirection.Inbound ? 0 : 1;
            }

            return;
        }

        bool isLoopback = seen.On.Kind == InterfaceKind.Loopback;
        if (isLoopback)
        {
            Journey local = Begin(machine, content, seen, captured);
            Arrive(local, machine, seen, captured: 0);
        }
        else if (seen.Frame.Direction == CaptureDirection.Outbound)
        {
            Journey journey = Waiting(content, machine) ?? Begin(machine, content, seen, captured);
            (journey.At, journey.IsOnLink) = (machine, true);
            (journey.IsDamaged, journey.LastOctets) = (_recorder.IsDamaged(machine, seen.Frame.Number), seen.Frame.Bytes);
            if (journey.IsDamaged)
            {
                _damaged.Add(journey);
            }

            journey.Seen.Add((machine, seen.Frame.Number));
            if (_recorder.TryGetLoss(machine, seen.Frame.Number, out LinkLoss loss))
            {
                journey.End(loss.Time, RunFate.Lost, RunTexts.LinkName(loss.Link), RunTexts.Why(loss.Outcome), (journey.Routers + 0.5) / _hops);
            }
        }
        else
        {
            Journey? journey = InFlight(content, machine);
            if (journey is null && Damaged(seen, machine) is { } damaged)
            {
                Rename(damaged, content);
                journey = damaged;
            }

            if (journey is not { IsDamaged: true } && _recorder.TryGetDrop(machine, seen.Frame.Number, out DropReason reason, out _) && (reason == DropReason.NotOurMac || (reason == DropReason.IpNotForUs && StaysOnLink(content.Destination))))
            {
                if (journey is not null && StaysOnLink(content.Destination))
                {
                    journey.Missed ??= (machine, seen.Frame.Number, seen.Frame.Order, seen.Frame.Time);
                }

                return; // another host's, that a switch sent everywhere; or a group's that this one does not belong to
            }

            Arrive(journey ?? Copy(content, machine, seen), machine, seen, captured);
        }
    }

    private Journey Begin(int machine, in Content content, in LabFrame seen, int captured)
    {
        var journey = new Journey
        {
            From = machine,
            At = machine,
            Sent = seen.Frame.Time,
            SentFrame = seen.Frame.Number,
            SentOrder = seen.Frame.SentOrder != 0 ? seen.Frame.SentOrder : seen.Frame.Order,
            Content = content,
            Octets = seen.Frame.Bytes,
            Cause = seen.Frame.Cause,
            Interface = seen.On.Name,
        };
        journey.Note(_machines[machine].Name, _isRouter[machine] ? 0 : captured);
        _journeys.Add(journey);
        ref List<Journey>? known = ref CollectionsMarshal.GetValueRefOrAddDefault(_byContent, content.Hash, out _);
        (known ??= []).Add(journey);
        return journey;
    }

    private void Arrive(Journey journey, int machine, in LabFrame seen, int captured)
    {
        (journey.At, journey.IsOnLink) = (machine, false);
        bool wasDamaged = journey.IsDamaged;
        journey.IsDamaged = false;
        _damaged.Remove(journey);
        journey.Seen.Add((machine, seen.Frame.Number));
        journey.Note(_machines[machine].Name, _isRouter[machine] ? 0 : captured);
        bool isRouter = _isRouter[machine] && Owner(journey.Content.Destination) != machine && !StaysOnLink(journey.Content.Destination);
        journey.Routers += isRouter ? 1 : 0;
        if (_recorder.TryGetDrop(machine, seen.Frame.Number, out DropReason reason, out Instant time) && ((isRouter || reason != DropReason.NoRoute ? RunTexts.Why(reason, journey.Content.Destination.IsV6) : null) ?? (wasDamaged ? RunTexts.WhyDamaged(reason) : null)) is { } why)
        {
            (journey.EndedFrame, journey.EndedOrder) = (seen.Frame.Number, seen.Frame.Order);
            journey.To = isRouter ? -1 : machine;
            journey.End(time, isRouter ? RunFate.Lost : RunFate.Refused, _machines[machine].Name, why, isRouter ? (double)journey.Routers / _hops : 1);
        }
        else if (!isRouter)
        {
            (journey.EndedFrame, journey.EndedOrder) = (seen.Frame.Number, seen.Frame.Order);
            journey.End(seen.Frame.Time, RunFate.Arrived, "", "", 1);
            journey.To = machine;
        }
    }

    /// <summary>An arrival that nobody is known to have sent: a copy that a link made, or a packet that a link damaged.</summary>
    private Journey Copy(in Content content, int machine, in LabFrame seen)
    {
        Journey? first = _byContent.GetValueOrDefault(content.Hash)?.Find(journey => journey.From != machine && !journey.IsCopy); // it may wait at a router for what it is a copy of
        int from = first?.From ?? Owner(content.Source);
        var journey = new Journey
        {
            From = from >= 0 && from != machine ? from : machine == 0 ? _machines.Count - 1 : 0,
            At = machine,
            Sent = first?.Sent ?? seen.Frame.Time,
            SentFrame = first?.SentFrame ?? 0,
            SentOrder = first?.SentOrder ?? seen.Frame.Order,
            Content = content,
            Octets = seen.Frame.Bytes,
            Cause = first?.Cause ?? default,
            IsCopy = first is not null,
        };
        _journeys.Add(journey);
        ref List<Journey>? known = ref CollectionsMarshal.GetValueRefOrAddDefault(_byContent, content.Hash, out _);
        (known ??= []).Add(journey);
        return journey;
    }

    private Journey? InFlight(in Content content, int machine)
    {
        List<Journey>? known = _byContent.GetValueOrDefault(content.Hash);
        bool isThere(Journey journey) => journey.Ended is null && journey.IsOnLink && journey.At != machine && journey.Missed?.Machine != machine;
        if (StaysOnLink(content.Destination))
        {
            return known?.FindLast(isThere); // those before it that nobody took are over, though their end is told only when all was seen
        }

        return known?.Find(journey => isThere(journey) && !journey.IsDamaged) ?? known?.Find(isThere);
    }

    /// <summary>The packet on a link that a frame was made of by changing a bit, or a few; null if there is none.</summary>
    private Journey? Damaged(in LabFrame seen, int machine)
    {
        const int MostBits = 16; // of a fault rule and of netem together
        Journey? best = null;
        int least = MostBits + 1;
        foreach (Journey journey in _damaged)
        {
            if (journey.Ended is null && journey.IsOnLink && journey.At != machine && journey.LastOctets.Length == seen.Frame.Bytes.Length && BitsChanged(journey.LastOctets, seen.Frame.Bytes, least) is var bits && bits < least)
            {
                (best, least) = (journey, bits);
            }
        }

        return best;
    }

    /// <summary>In how many bits two frames of a length differ, counted up to a bound.</summary>
    private static int BitsChanged(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, int bound)
    {
        int bits = 0;
        for (int i = a.CommonPrefixLength(b); i < a.Length && bits < bound; i++)
        {
            bits += System.Numerics.BitOperations.PopCount((uint)(a[i] ^ b[i]));
        }

        return bits;
    }

    /// <summary>A damaged packet goes on as what it is now.</summary>
    private void Rename(Journey journey, in Content content)
    {
        journey.Content = content;
        ref List<Journey>? known = ref CollectionsMarshal.GetValueRefOrAddDefault(_byContent, content.Hash, out _);
        (known ??= []).Add(journey);
    }

    private Journey? Waiting(in Content content, int machine) => _byContent.GetValueOrDefault(content.Hash)?.Find(journey => journey.Ended is null && !journey.IsOnLink && journey.At == machine);

    private int Owner(IpAddress address) => _owners.GetValueOrDefault(address, -1);

    private RunPacket Packet(Journey journey)
    {
        int to = journey.To >= 0 ? journey.To : Owner(journey.Content.Destination);
        bool isHeld = journey.Ended is null && !journey.IsOnLink && journey.At != journey.From && _machines[journey.At].Now - journey.Sent > s_longestHold;
        return new RunPacket
        {
            From = journey.From,
            To = to >= 0 && (to != journey.From || journey.To >= 0) ? to : OtherHost(journey.From),
            Sent = journey.Sent.SinceStart,
            Ended = journey.Ended?.SinceStart ?? (isHeld ? journey.Sent.SinceStart : null),
            Fate = journey.Ended is not null ? journey.Fate : isHeld ? RunFate.Lost : RunFate.UnderWay,
            Where = isHeld ? _machines[journey.At].Name : journey.Where,
            Why = isHeld ? "not passed on" : journey.Why,
            Way = isHeld ? (double)journey.Routers / _hops : journey.Way,
            IsCopy = journey.IsCopy,
            SentFrame = journey.SentFrame,
            EndedFrame = journey.EndedFrame,
            SentOrder = journey.SentOrder,
            EndedOrder = journey.EndedOrder != 0 ? journey.EndedOrder : journey.SentOrder,
            Interface = journey.Interface,
            Captured = journey.Captured,
            LinkType = LinkType.Ethernet,
            Octets = journey.Octets,
        };
    }

    /// <summary>A packet that never became a frame gets a header of zeros, so that it can be read like the others.</summary>
    private RunPacket Unsent(UnsentPacket packet)
    {
        byte[] octets = new byte[EthernetHeaderLength + packet.Packet.Length];
        octets[12] = packet.Packet.Length > 0 && packet.Packet[0] >> 4 == 6 ? (byte)0x86 : (byte)0x08;
        octets[13] = octets[12] == 0x86 ? (byte)0xDD : (byte)0;
        packet.Packet.CopyTo(octets, EthernetHeaderLength);
        int to = TryReadIp(octets, out _, out IpAddress destination, out _, out _) ? Owner(destination) : -1;
        return new RunPacket
        {
            From = packet.Host,
            To = to >= 0 ? to : OtherHost(packet.Host),
            Sent = packet.Time.SinceStart,
            Ended = packet.Time.SinceStart,
            Fate = RunFate.NeverLeft,
            Where = _machines[packet.Host].Name,
            Why = RunTexts.Why(DropReason.FilterOutput)!,
            SentOrder = packet.Order,
            EndedOrder = packet.Order,
            Way = 0,
            Octets = octets,
        };
    }

    private int OtherHost(int host)
    {
        for (int i = 0; i < _machines.Count; i++)
        {
            if (i != host && !_isRouter[i])
            {
                return i;
            }
        }

        return host;
    }

    private static Content? ContentOf(in LabFrame frame)
    {
        if (!TryReadIp(frame.Frame.Bytes, out IpAddress source, out IpAddress destination, out byte protocol, out ReadOnlySpan<byte> payload))
        {
            return null;
        }

        ulong hash = 0xCBF2_9CE4_8422_2325 ^ protocol;
        hash = Mix(Mix(hash, source.High ^ source.Low), destination.High ^ (destination.Low << 1));
        if (frame.Frame.Bytes[EthernetHeaderLength] >> 4 == 4)
        {
            hash = Mix(hash, (ulong)(frame.Frame.Bytes[EthernetHeaderLength + 4] << 8 | frame.Frame.Bytes[EthernetHeaderLength + 5])); // its identification
        }

        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(payload);
        foreach (ulong word in words)
        {
            hash = Mix(hash, word);
        }

        foreach (byte octet in payload[(words.Length * sizeof(ulong))..])
        {
            hash = Mix(hash, octet);
        }

        return new Content(Mix(hash, (ulong)payload.Length), source, destination);
    }

    private static ulong Mix(ulong hash, ulong word)
    {
        hash = (hash ^ word) * 0x9E37_79B9_7F4A_7C15;
        return hash ^ (hash >> 29);
    }

    /// <summary>What stays the same of a packet from hop to hop.</summary>
    private readonly record struct Content(ulong Hash, IpAddress Source, IpAddress Destination);

    private sealed class Journey
    {
        public required int From { get; init; }

        public int To { get; set; } = -1;

        /// <summary>The machine that has it, or that sent it last.</summary>
        public required int At { get; set; }

        public bool IsOnLink { get; set; }

        public int Routers { get; set; }

        public required Instant Sent { get; init; }

        public required ulong SentFrame { get; init; }

        public required ulong SentOrder { get; init; }

        public required Content Content { get; set; }

        public required byte[] Octets { get; init; }

        /// <summary>The frame as it left a machine last.</summary>
        public byte[] LastOctets { get; set; } = [];

        /// <summary>The link that it is on changed bits of it.</summary>
        public bool IsDamaged { get; set; }

        public bool IsCopy { get; init; }

        /// <summary>The first that had it before it and does not belong to the group that it was sent to; null for none.</summary>
        public (int Machine, ulong Frame, ulong Order, Instant Time)? Missed { get; set; }

        public Cause Cause { get; init; }

        /// <summary>The frames in which it came by, by machine and number.</summary>
        public List<(int Machine, ulong Frame)> Seen { get; } = [];

        /// <summary>The interface that it left by; empty if nobody saw it leave.</summary>
        public string Interface { get; init; } = "";

        public Instant? Ended { get; private set; }

        public ulong EndedFrame { get; set; }

        public ulong EndedOrder { get; set; }

        public RunFate Fate { get; private set; }

        public string Where { get; private set; } = "";

        public string Why { get; private set; } = "";

        public double Way { get; private set; } = 1;

        public string Captured { get; private set; } = "";

        public void End(Instant time, RunFate fate, string where, string why, double way) => (Ended, Fate, Where, Why, Way) = (time, fate, where, why, way);

        public void Note(string machine, int number)
        {
            if (number > 0)
            {
                Captured += string.Create(CultureInfo.InvariantCulture, $"{(Captured.Length == 0 ? "" : ", ")}{machine}.pcap {number}");
            }
        }
    }
}

/// <summary>The packets of a run with what the machines recorded of them.</summary>
/// <param name="Packets">In the order in which they were sent; a packet's number is its place, from 1.</param>
/// <param name="Causes">Why each was sent, as its sender recorded it.</param>
/// <param name="Numbers">The numbers of the packets by machine and frame.</param>
/// <param name="OtherFrames">Frames that carry no IP packet.</param>
internal sealed record TracedPackets(IReadOnlyList<RunPacket> Packets, IReadOnlyList<Cause> Causes, IReadOnlyDictionary<(int Machine, ulong Frame), int> Numbers, long OtherFrames);

using System.Buffers.Binary;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>
/// Connection tracking as netfilter has it: each packet belongs to a connection, begins one, tells of one, or is invalid. A connection is remembered once its first
/// packet has passed the filter, and forgotten when its time is over. Sequence numbers are not looked at.
/// </summary>
internal sealed class ConnectionTracker
{
    /// <summary>net.netfilter.nf_conntrack_max.</summary>
    public const int MaxEntries = 65536;

    private const byte Icmp = 1, Tcp = 6, Udp = 17, IcmpV6 = 58;
    private static readonly TimeSpan s_udpStreamAfter = TimeSpan.FromSeconds(2);

    private readonly Dictionary<Tuple, Entry> _entries = [];
    private int _sweepAt = 64;
    private Entry? _begun;

    /// <summary>Addresses and ports of one direction; for ICMP echo its identifier and its kind.</summary>
    private readonly record struct Tuple(IpAddress Source, IpAddress Destination, byte Protocol, ushort From, ushort To)
    {
        public Tuple Reversed => Protocol is Icmp or IcmpV6
            ? new Tuple(Destination, Source, Protocol, From, (ushort)(To switch { 8 => 0, 0 => 8, 128 => 129, 129 => 128, _ => To }))
            : new Tuple(Destination, Source, Protocol, To, From);
    }

    private sealed class Entry(Tuple original, Instant now)
    {
        public Tuple Original { get; } = original;

        public Instant Began { get; } = now;

        public Instant Expires { get; set; }

        public TrackedState State { get; set; }

        public bool HasReply { get; set; }

        public bool IsKept { get; set; }
    }

    /// <summary>Connections remembered, those included whose time is over and that nobody has asked for.</summary>
    public int Count => _entries.Count / 2;

    /// <summary>What a packet is, before the filter looks at it.</summary>
    public ConnectionStates Look(Instant now, in FilterPacket packet)
    {
        _begun = null;
        ReadOnlySpan<byte> header = packet.Transport;
        if (packet.Protocol is Icmp or IcmpV6 && header.Length >= 8)
        {
            bool isDiscovery = packet.Protocol == IcmpV6 && header[0] is >= 130 and <= 137;
            bool isError = packet.Protocol == Icmp ? header[0] is 3 or 4 or 5 or 11 or 12 : header[0] < 128;
            if (isDiscovery || isError)
            {
                return isDiscovery ? ConnectionStates.Untracked : LookError(now, packet.Protocol == IcmpV6, header[8..]);
            }
        }

        if (packet.IsLaterFragment || !TryRead(packet, out Tuple tuple))
        {
            return ConnectionStates.Invalid;
        }

        if (Find(now, tuple) is not { } entry)
        {
            return Begin(now, tuple, header);
        }

        bool isReply = entry.Original != tuple;
        if (tuple.Protocol == Tcp)
        {
            return FollowTcp(now, entry, tuple, isReply, header);
        }

        entry.HasReply |= isReply;
        entry.Expires = now + (tuple.Protocol == Udp && entry.HasReply && now - entry.Began > s_udpStreamAfter ? TrackedTcp.UdpStream : TrackedTcp.Other(tuple.Protocol));
        return entry.HasReply ? ConnectionStates.Established : ConnectionStates.New;
    }

    /// <summary>The filter let the packet pass that <see cref="Look"/> saw last: what it began is remembered. False if there is no room.</summary>
    public bool Confirm(Instant now)
    {
        if (_begun is not { } entry)
        {
            return true;
        }

        _begun = null;
        if (_entries.Count >= _sweepAt || Count >= MaxEntries)
        {
            Sweep(now);
        }

        if (Count >= MaxEntries)
        {
            return false;
        }

        _entries[entry.Original] = entry;
        _entries[entry.Original.Reversed] = entry;
        entry.IsKept = true;
        return true;
    }

    private void Sweep(Instant now)
    {
        foreach (Entry entry in _entries.Values.Where(entry => entry.Expires <= now).ToArray())
        {
            Remove(entry);
        }

        _sweepAt = Math.Max(64, 2 * _entries.Count);
    }

    private void Remove(Entry entry)
    {
        _entries.Remove(entry.Original);
        _entries.Remove(entry.Original.Reversed);
    }

    private Entry? Find(Instant now, Tuple tuple)
    {
        if (!_entries.TryGetValue(tuple, out Entry? entry))
        {
            return null;
        }

        if (entry.Expires <= now)
        {
            Remove(entry);
            return null;
        }

        return entry;
    }

    private ConnectionStates Begin(Instant now, Tuple tuple, ReadOnlySpan<byte> header)
    {
        TrackedState state = TrackedState.None;
        if (tuple.Protocol == Tcp)
        {
            state = TrackedTcp.Next(TrackedState.None, TrackedTcp.Kind(header), isReply: false);
            if (state == TrackedState.Invalid)
            {
                return ConnectionStates.Invalid;
            }
        }
        else if (tuple.Protocol is Icmp or IcmpV6 && tuple.To is not (8 or 128))
        {
            return ConnectionStates.Invalid; // an answer to nothing
        }

        _begun = new Entry(tuple, now) { State = state, Expires = now + (tuple.Protocol == Tcp ? TrackedTcp.Lifetime(state) : TrackedTcp.Other(tuple.Protocol)) };
        return ConnectionStates.New;
    }

    private ConnectionStates FollowTcp(Instant now, Entry entry, Tuple tuple, bool isReply, ReadOnlySpan<byte> header)
    {
        int kind = TrackedTcp.Kind(header);
        TrackedState next = TrackedTcp.Next(entry.State, kind, isReply);
        if (next == TrackedState.SynSent && entry.State >= TrackedState.TimeWait)
        {
            // The same ports are used again: a connection of its own.
            Remove(entry);
            return Begin(now, tuple, header);
        }

        if (next == TrackedState.Invalid)
        {
            return ConnectionStates.Invalid;
        }

        bool isRefused = kind == TrackedTcp.Reset && !entry.HasReply;
        entry.HasReply |= isReply;
        if (isRefused)
        {
            Remove(entry); // nothing but a reset came back
        }
        else if (next != TrackedState.Ignored)
        {
            entry.State = next;
            entry.Expires = now + TrackedTcp.Lifetime(next);
        }

        return entry.HasReply ? ConnectionStates.Established : ConnectionStates.New;
    }

    /// <summary>An ICMP error is of the connection whose packet it carries.</summary>
    private ConnectionStates LookError(Instant now, bool isV6, ReadOnlySpan<byte> inner)
    {
        const int V4Header = 20, V6Header = 40;
        int length = isV6 ? V6Header : inner.Length >= V4Header ? (inner[0] & 0x0F) * 4 : V4Header;
        if (inner.Length < length + 4 || inner[0] >> 4 != (isV6 ? 6 : 4) || length < V4Header)
        {
            return ConnectionStates.Invalid;
        }

        IpAddress source = isV6 ? IpAddress.Read(inner[8..24]) : IpAddress.Read(inner[12..16]);
        IpAddress destination = isV6 ? IpAddress.Read(inner[24..40]) : IpAddress.Read(inner[16..20]);
        return TryRead(source, destination, isV6 ? inner[6] : inner[9], inner[length..], out Tuple tuple) && Find(now, tuple) is not null ? ConnectionStates.Related : ConnectionStates.Invalid;
    }

    private static bool TryRead(in FilterPacket packet, out Tuple tuple) =>
        TryRead(packet.Source, packet.Destination, packet.Protocol, packet.Transport, out tuple) && (packet.Protocol != Tcp || packet.Transport.Length >= 20);

    private static bool TryRead(IpAddress source, IpAddress destination, byte protocol, ReadOnlySpan<byte> header, out Tuple tuple)
    {
        tuple = new Tuple(source, destination, protocol, 0, 0);
        if (protocol is Tcp or Udp)
        {
            if (header.Length < 4)
            {
                return false;
            }

            tuple = tuple with { From = BinaryPrimitives.ReadUInt16BigEndian(header), To = BinaryPrimitives.ReadUInt16BigEndian(header[2..]) };
        }
        else if (protocol is Icmp or IcmpV6)
        {
            if (header.Length < 6 || header[0] is not (0 or 8 or 128 or 129))
            {
                return false;
            }

            tuple = tuple with { From = BinaryPrimitives.ReadUInt16BigEndian(header[4..]), To = header[0] };
        }

        return true;
    }
}

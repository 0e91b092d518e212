using System.Numerics;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>Where the search for a port of connect() begins, and which ports of a crowded destination are free (RFC 6056 §3.3.4 and §3.3.5).</summary>
/// <remarks>
/// As in Linux the search starts at an offset that a keyed hash gives each destination, moved on by a counter that takes small random steps with each
/// connection. The counters are shared by hash, so that one destination learns little of another. Even ports come first; bind() takes odd ones.
/// </remarks>
internal sealed class EphemeralPorts(SipHash key)
{
    private const int CounterCount = 4096;

    // A crowd that has melted down to this many connections is searched port by port again.
    private const int CrowdEnds = 64;

    private readonly Dictionary<Destination, PortCrowd> _crowds = [];
    private uint[]? _counters;
    private ulong _draws;

    /// <summary>Destinations that have a bitmap of their used ports.</summary>
    public int CrowdCount => _crowds.Count;

    /// <summary>A number in [0, <paramref name="below"/>) that outsiders cannot foretell.</summary>
    public int Draw(int below) => (int)((key.Hash(_draws++, 0x6472_6177) >> 32) * (ulong)below >> 32);

    /// <summary>Where to begin among <paramref name="count"/> ports, and the counter to move on afterwards with <see cref="Advance"/>.</summary>
    public int Start(in Destination to, int count, out int counter)
    {
        ulong hash = key.Hash(to.Local.High, to.Local.Low, to.Remote.High, to.Remote.Low, to.RemotePort | (to.Local.IsV6 ? 1UL << 16 : 0));
        counter = (int)(hash & (CounterCount - 1));
        _counters ??= new uint[CounterCount];
        return (int)(((_counters[counter] + (hash >> 32)) % (uint)count) & ~1UL);
    }

    /// <summary>Moves a counter on behind the port that was found, <paramref name="distance"/> from the start, and a few more.</summary>
    public void Advance(int counter, int distance) => _counters![counter] += (uint)(Math.Max(distance, Draw(8) * 2) + 2);

    /// <summary>The bitmap of a destination, if it has one.</summary>
    public PortCrowd? CrowdOf(in Destination to) => _crowds.Count != 0 && _crowds.TryGetValue(to, out PortCrowd? crowd) ? crowd : null;

    /// <summary>Gives a destination a bitmap; the caller marks what is in use.</summary>
    public PortCrowd AddCrowd(in Destination to)
    {
        PortCrowd crowd = new();
        _crowds.Add(to, crowd);
        return crowd;
    }

    /// <summary>Forgets all bitmaps: the range of ports has changed.</summary>
    public void ForgetCrowds() => _crowds.Clear();

    /// <summary>A connection or TIME-WAIT record took its four-tuple.</summary>
    public void OnTaken(in FourTuple tuple)
    {
        if (_crowds.Count != 0 && _crowds.TryGetValue(new(tuple), out PortCrowd? crowd))
        {
            crowd.Set(tuple.LocalPort);
        }
    }

    /// <summary>A connection or TIME-WAIT record gave its four-tuple back.</summary>
    public void OnReleased(in FourTuple tuple)
    {
        if (_crowds.Count != 0 && _crowds.TryGetValue(new(tuple), out PortCrowd? crowd))
        {
            crowd.Clear(tuple.LocalPort);
            if (crowd.Count <= CrowdEnds)
            {
                _crowds.Remove(new(tuple));
            }
        }
    }

    /// <summary>What is the same for all connections from one address to one service.</summary>
    internal readonly record struct Destination(IpAddress Local, IpAddress Remote, ushort RemotePort)
    {
        public Destination(in FourTuple tuple)
            : this(tuple.Local, tuple.Remote, tuple.RemotePort)
        {
        }
    }
}

/// <summary>The local ports that connections and TIME-WAIT records to one destination use.</summary>
internal sealed class PortCrowd
{
    private readonly ulong[] _used = new ulong[65536 / 64];

    /// <summary>Ports in use.</summary>
    public int Count { get; private set; }

    /// <summary>Before this no TIME-WAIT record of the destination can be reused: a search found none.</summary>
    public Instant NoReuseBefore { get; set; }

    public void Set(ushort port)
    {
        ref ulong word = ref _used[port >> 6];
        Count += (word & 1UL << (port & 63)) == 0 ? 1 : 0;
        word |= 1UL << (port & 63);
    }

    public void Clear(ushort port)
    {
        ref ulong word = ref _used[port >> 6];
        Count -= (word & 1UL << (port & 63)) != 0 ? 1 : 0;
        word &= ~(1UL << (port & 63));
        NoReuseBefore = Instant.Zero;
    }

    /// <summary>The first port in [from, last] of the parity of <paramref name="from"/> that is not in use; −1 if there is none.</summary>
    public int NextFree(int from, int last)
    {
        ulong ofParity = (from & 1) == 0 ? 0x5555_5555_5555_5555 : 0xAAAA_AAAA_AAAA_AAAA;
        for (int word = from >> 6; word <= last >> 6; word++)
        {
            ulong free = ~_used[word] & ofParity & (word == from >> 6 ? ulong.MaxValue << (from & 63) : ulong.MaxValue);
            if (free != 0)
            {
                int port = (word << 6) + BitOperations.TrailingZeroCount(free);
                return port <= last ? port : -1;
            }
        }

        return -1;
    }
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>The path MTUs that routers told about, by destination (RFC 1191 §6.3, RFC 8201 §5.3). Bounded; the oldest makes room.</summary>
internal sealed class PathMtuCache(ulong seed)
{
    /// <summary>Most destinations remembered.</summary>
    public const int Capacity = 1024;

    private readonly Dictionary<IpAddress, (int Mtu, Instant Expires)> _entries = new(new SeededAddressComparer(seed));
    private readonly Queue<(IpAddress Destination, Instant Expires)> _order = new();

    /// <summary>Destinations remembered.</summary>
    public int Count => _entries.Count;

    /// <summary>When the first entry gets old.</summary>
    public Instant NextDeadline => _order.TryPeek(out (IpAddress, Instant Expires) first) ? first.Expires : Instant.Never;

    /// <summary>The MTU of the path, or <paramref name="interfaceMtu"/> if nothing smaller is known.</summary>
    public int Lookup(IpAddress destination, int interfaceMtu) =>
        _entries.Count > 0 && _entries.TryGetValue(destination, out (int Mtu, Instant Expires) entry) ? Math.Min(entry.Mtu, interfaceMtu) : interfaceMtu;

    /// <summary>What is known of the path to a destination; null if nothing.</summary>
    public (int Mtu, Instant Expires)? Find(IpAddress destination) => _entries.TryGetValue(destination, out (int Mtu, Instant Expires) entry) ? entry : null;

    /// <summary>Remembers a smaller MTU; a larger one than known changes nothing (RFC 1191 §3: never raise from a message).</summary>
    /// <returns>True if something changed.</returns>
    public bool Lower(IpAddress destination, int mtu, Instant expires)
    {
        if (_entries.TryGetValue(destination, out (int Mtu, Instant Expires) known) && known.Mtu <= mtu)
        {
            return false;
        }

        while (_order.Count >= Capacity)
        {
            Forget(_order.Dequeue());
        }

        _entries[destination] = (mtu, expires);
        _order.Enqueue((destination, expires));
        return true;
    }

    /// <summary>Forgets what is too old.</summary>
    /// <returns>True if something was forgotten.</returns>
    public bool Expire(Instant now)
    {
        bool changed = false;
        while (_order.TryPeek(out (IpAddress, Instant Expires) first) && first.Expires <= now)
        {
            changed |= Forget(_order.Dequeue());
        }

        return changed;
    }

    // An entry that was lowered again stands in the order twice; only the last time counts.
    private bool Forget((IpAddress Destination, Instant Expires) old) =>
        _entries.TryGetValue(old.Destination, out (int Mtu, Instant Expires) entry) && entry.Expires == old.Expires && _entries.Remove(old.Destination);
}

/// <summary>Compares addresses by value and hashes them with a secret, for tables that peers can fill.</summary>
internal sealed class SeededAddressComparer(ulong seed) : IEqualityComparer<IpAddress>
{
    public bool Equals(IpAddress x, IpAddress y) => x == y;

    public int GetHashCode(IpAddress address) => (int)SplitMix.Mix(SplitMix.Mix(address.High ^ seed) + address.Low);
}

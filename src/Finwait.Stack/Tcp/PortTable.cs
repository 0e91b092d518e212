using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>How a socket holds its port. What two holders have in common decides whether they may share it.</summary>
[Flags]
internal enum PortUse : byte
{
    None = 0,

    /// <summary>SO_REUSEADDR.</summary>
    ReuseAddress = 1,

    /// <summary>SO_REUSEPORT.</summary>
    ReusePort = 2,

    /// <summary>The socket listens: SO_REUSEADDR alone does not let another one beside it.</summary>
    Listening = 4,

    /// <summary>The port was chosen by connect(), not by bind().</summary>
    Automatic = 8,
}

/// <summary>Who holds which local ports of one transport protocol, with Linux's rules for sharing them.</summary>
/// <remarks>
/// Holders are only counted, by address, port and use, so that each question costs the same whether a port has one holder or a hundred thousand
/// accepted connections. IPv4 addresses, IPv6 addresses, and the wildcards are spaces of their own; the IPv6 wildcard of a dual-stack socket
/// overlaps with all of them.
/// </remarks>
internal sealed class PortTable
{
    // Addresses without any holder that are remembered all the same: connections come and go faster than addresses.
    private const int AddressesKept = 64;

    private readonly Dictionary<IpAddress, PortSpace> _byAddress = [];
    private readonly PortSpace _anyV4 = new();
    private readonly PortSpace _anyV6Only = new();
    private readonly PortSpace _anyDual = new();

    // Sums over all addresses of a version, the wildcards included.
    private readonly PortSpace _allV4 = new();
    private readonly PortSpace _allV6 = new();

    private readonly ulong[] _held = new ulong[65536 / 64];

    /// <summary>True if any socket holds <paramref name="port"/> on any address.</summary>
    public bool IsHeld(ushort port) => (_held[port >> 6] & 1UL << (port & 63)) != 0;

    /// <summary>True if some holder of <paramref name="port"/> called bind() for it, so that connect() must not choose it.</summary>
    public bool IsBound(ushort port) => _allV4.HasBound(port) || _allV6.HasBound(port);

    /// <summary>True if a socket may not take <paramref name="port"/> because of those that hold it (EADDRINUSE).</summary>
    /// <param name="address">A local address, or a wildcard.</param>
    /// <param name="isDual">For the IPv6 wildcard: true if the socket takes IPv4 too.</param>
    /// <param name="port">The port.</param>
    /// <param name="use">How the socket would hold it.</param>
    public bool Conflicts(IpAddress address, bool isDual, ushort port, PortUse use)
    {
        if (!IsHeld(port))
        {
            return false;
        }

        if (!address.IsUnspecified)
        {
            return (_byAddress.TryGetValue(address, out PortSpace? space) && space.Conflicts(port, use))
                || (address.IsV6 ? _anyV6Only : _anyV4).Conflicts(port, use)
                || _anyDual.Conflicts(port, use);
        }

        if (address.IsV4)
        {
            return _allV4.Conflicts(port, use) || _anyDual.Conflicts(port, use);
        }

        return _allV6.Conflicts(port, use) || (isDual && _allV4.Conflicts(port, use));
    }

    /// <summary>Counts a holder. The caller asked <see cref="Conflicts"/> before.</summary>
    public void Add(IpAddress address, bool isDual, ushort port, PortUse use)
    {
        SpaceOf(address, isDual).Add(port, use);
        (address.IsV6 ? _allV6 : _allV4).Add(port, use);
        _held[port >> 6] |= 1UL << (port & 63);
    }

    /// <summary>Forgets a holder, named as it was added.</summary>
    public void Remove(IpAddress address, bool isDual, ushort port, PortUse use)
    {
        PortSpace space = SpaceOf(address, isDual);
        space.Remove(port, use);
        if (!address.IsUnspecified && space.Total == 0 && _byAddress.Count > AddressesKept)
        {
            _byAddress.Remove(address);
        }

        (address.IsV6 ? _allV6 : _allV4).Remove(port, use);
        if (!_allV4.HasAny(port) && !_allV6.HasAny(port))
        {
            _held[port >> 6] &= ~(1UL << (port & 63));
        }
    }

    /// <summary>The first port in [first, last] that nobody holds and that has the parity of <paramref name="start"/>, from <paramref name="start"/> on and round; −1 if there is none.</summary>
    public int FindFree(ushort first, ushort last, int start)
    {
        int found = FindFreeIn(start, last, start);
        return found >= 0 ? found : FindFreeIn(first, start - 1, start);
    }

    private int FindFreeIn(int first, int last, int parity)
    {
        if (first > last)
        {
            return -1;
        }

        ulong ofParity = (parity & 1) == 0 ? 0x5555_5555_5555_5555 : 0xAAAA_AAAA_AAAA_AAAA;
        for (int word = first >> 6; word <= last >> 6; word++)
        {
            ulong free = ~_held[word] & ofParity;
            if (word == first >> 6)
            {
                free &= ulong.MaxValue << (first & 63);
            }

            if (free != 0)
            {
                int port = (word << 6) + System.Numerics.BitOperations.TrailingZeroCount(free);
                return port <= last ? port : -1;
            }
        }

        return -1;
    }

    private PortSpace SpaceOf(IpAddress address, bool isDual)
    {
        if (address.IsUnspecified)
        {
            return !address.IsV6 ? _anyV4 : isDual ? _anyDual : _anyV6Only;
        }

        if (!_byAddress.TryGetValue(address, out PortSpace? space))
        {
            space = new();
            _byAddress.Add(address, space);
        }

        return space;
    }

    /// <summary>The holders of the ports of one address (or of all): plain numbers for ports chosen by connect(), eight counters for the rest.</summary>
    private sealed class PortSpace
    {
        private const int PageBits = 10;
        private const int PageSize = 1 << PageBits;

        // connect() gives out tens of thousands of ports and none of them with any option set: those cost four octets each.
        private readonly int[]?[] _plain = new int[]?[65536 / PageSize];
        private readonly Holders?[]?[] _others = new Holders?[]?[65536 / PageSize];

        public int Total { get; private set; }

        public void Add(ushort port, PortUse use)
        {
            Total++;
            if (use == PortUse.Automatic)
            {
                (_plain[port >> PageBits] ??= new int[PageSize])[port & (PageSize - 1)]++;
                return;
            }

            ref Holders? holders = ref (_others[port >> PageBits] ??= new Holders?[PageSize])[port & (PageSize - 1)];
            (holders ??= new()).Add(use, 1);
        }

        public void Remove(ushort port, PortUse use)
        {
            Total--;
            if (use == PortUse.Automatic)
            {
                int left = --_plain[port >> PageBits]![port & (PageSize - 1)];
                System.Diagnostics.Debug.Assert(left >= 0, "a port was given back that nobody held");
                return;
            }

            ref Holders? holders = ref _others[port >> PageBits]![port & (PageSize - 1)];
            holders!.Add(use, -1);
            if (holders.Total == 0)
            {
                holders = null;
            }
        }

        public bool HasAny(ushort port) => PlainCount(port) > 0 || OthersOf(port) is not null;

        public bool HasBound(ushort port) => OthersOf(port) is { Bound: > 0 };

        public bool Conflicts(ushort port, PortUse use) => PlainCount(port) > 0 || (OthersOf(port)?.Conflicts(use) ?? false);

        private int PlainCount(ushort port) => _plain[port >> PageBits] is { } page ? page[port & (PageSize - 1)] : 0;

        private Holders? OthersOf(ushort port) => _others[port >> PageBits] is { } page ? page[port & (PageSize - 1)] : null;
    }

    private sealed class Holders
    {
        private readonly int[] _byUse = new int[16];

        public int Total { get; private set; }

        /// <summary>Those that called bind() or listen(), and what came of them.</summary>
        public int Bound { get; private set; }

        public void Add(PortUse use, int count)
        {
            _byUse[(int)use] += count;
            System.Diagnostics.Debug.Assert(_byUse[(int)use] >= 0, "a port was given back that nobody held");
            Total += count;
            Bound += (use & PortUse.Automatic) == 0 ? count : 0;
        }

        /// <summary>Sharing needs SO_REUSEPORT on both sides, or SO_REUSEADDR on both with the holder not listening (as Linux's inet_csk_bind_conflict).</summary>
        public bool Conflicts(PortUse use)
        {
            for (int i = 0; i < _byUse.Length; i++)
            {
                if (_byUse[i] == 0)
                {
                    continue;
                }

                PortUse holder = (PortUse)i;
                bool sharesAddress = (use & holder & PortUse.ReuseAddress) != 0 && (holder & PortUse.Listening) == 0;
                bool sharesPort = (use & holder & PortUse.ReusePort) != 0;
                if (!sharesAddress && !sharesPort)
                {
                    return true;
                }
            }

            return false;
        }
    }
}

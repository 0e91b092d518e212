using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>Which addresses are this host's own, and which are broadcasts of its subnets, over all interfaces.</summary>
internal sealed class AddressTable(Host host)
{
    private const int RecentSlots = 256;

    private readonly Dictionary<IpAddress, (Interface On, int Count)> _local = [];
    private readonly Dictionary<IpAddress, int> _broadcasts = [];
    private readonly List<(IpAddress Prefix, int Length)> _loopbackPrefixes = [];

    // The answers of late, by a few bits of the address: every packet asks about both of its addresses, and most packets have the addresses of the last ones.
    private readonly (IpAddress Address, Role Role)[] _recent = new (IpAddress, Role)[RecentSlots];

    // Source and destination of IPv4 packets from a link that passed every check of addresses; 0 is none.
    private readonly ulong[] _plainPairs = new ulong[RecentSlots];

    [Flags]
    private enum Role : byte
    {
        None = 0,
        Local = 1,
        SubnetBroadcast = 2,
    }

    /// <summary>True for an address of any interface, and for every address of a subnet of the loopback interface (127/8).</summary>
    /// <remarks>As Linux does (the weak host model of RFC 1122 §3.3.4.2), a packet may come in on another interface than its address's.</remarks>
    public bool IsLocal(IpAddress address) => (RoleOf(address) & Role.Local) != 0;

    /// <summary>True for the broadcast address of a subnet of any interface; the limited broadcast is not meant.</summary>
    public bool IsSubnetBroadcast(IpAddress address) => (RoleOf(address) & Role.SubnetBroadcast) != 0;

    /// <summary>The interface that has the address.</summary>
    public bool TryGetInterface(IpAddress address, [NotNullWhen(true)] out Interface? on)
    {
        bool found = _local.TryGetValue(address, out (Interface On, int Count) entry);
        on = found ? entry.On : IsInLoopbackPrefix(address) ? host.Loopback : null;
        return on is not null;
    }

    /// <summary>True if a packet with these addresses was found to go from one other host to this one since the addresses last changed.</summary>
    public bool IsPlainPair(ulong pair) => _plainPairs[SlotOf(pair)] == pair && pair != 0;

    /// <summary>Remembers that the addresses are in order; source in the upper half.</summary>
    public void RememberPlainPair(ulong pair) => _plainPairs[SlotOf(pair)] = pair;

    private static uint SlotOf(ulong pair) => (uint)((pair * 0x9E37_79B9_7F4A_7C15) >> 32) % RecentSlots;

    public void Add(Interface on, InterfaceAddress added)
    {
        Forget();
        ref (Interface On, int Count) entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_local, added.Address, out bool exists);
        entry = (exists ? entry.On : on, entry.Count + 1);
        CountBroadcasts(on, added, 1);

        if (on.Kind == InterfaceKind.Loopback)
        {
            _loopbackPrefixes.Add((RouteTable.Mask(added.Address, added.PrefixLength), added.PrefixLength));
        }
    }

    public void Remove(Interface on, InterfaceAddress removed)
    {
        Forget();
        (Interface owner, int count) = _local[removed.Address];
        if (count == 1)
        {
            _local.Remove(removed.Address);
        }
        else
        {
            Interface heir = owner == on ? host.Interfaces.First(i => i.Addresses.Any(a => a.Address == removed.Address)) : owner;
            _local[removed.Address] = (heir, count - 1);
        }

        CountBroadcasts(on, removed, -1);

        if (on.Kind == InterfaceKind.Loopback)
        {
            _loopbackPrefixes.Remove((RouteTable.Mask(removed.Address, removed.PrefixLength), removed.PrefixLength));
        }
    }

    // The last address of the subnet, and the one that was set where it is another.
    private void CountBroadcasts(Interface on, InterfaceAddress address, int change)
    {
        CountBroadcast(on, address.SubnetBroadcast, change);
        CountBroadcast(on, address.Broadcast == address.SubnetBroadcast ? default : address.Broadcast, change);
    }

    private void CountBroadcast(Interface on, IpAddress broadcast, int change)
    {
        if (broadcast.IsNone || on.Kind == InterfaceKind.Loopback)
        {
            return;
        }

        int count = CollectionsMarshal.GetValueRefOrAddDefault(_broadcasts, broadcast, out _) += change;
        if (count == 0)
        {
            _broadcasts.Remove(broadcast);
        }
    }

    private void Forget()
    {
        Array.Clear(_recent);
        Array.Clear(_plainPairs);
    }

    private Role RoleOf(IpAddress address)
    {
        ref (IpAddress Address, Role Role) recent = ref _recent[(uint)address.GetHashCode() % RecentSlots];
        if (recent.Address != address)
        {
            bool isLocal = _local.ContainsKey(address) || IsInLoopbackPrefix(address);
            bool isBroadcast = address.IsV4 && _broadcasts.ContainsKey(address);
            recent = (address, (isLocal ? Role.Local : Role.None) | (isBroadcast ? Role.SubnetBroadcast : Role.None));
        }

        return recent.Role;
    }

    private bool IsInLoopbackPrefix(IpAddress address)
    {
        foreach ((IpAddress prefix, int length) in _loopbackPrefixes)
        {
            if (prefix.SharesPrefix(address, length))
            {
                return true;
            }
        }

        return false;
    }
}

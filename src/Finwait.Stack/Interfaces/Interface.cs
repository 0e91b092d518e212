using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>What kind of link an interface has.</summary>
public enum InterfaceKind : byte
{
    /// <summary>The host talking to itself; frames are IP packets and never leave it.</summary>
    Loopback,

    /// <summary>Frames have an Ethernet header; neighbours are found with ARP and neighbour discovery.</summary>
    Ethernet,

    /// <summary>Frames are IP packets; there is one neighbour and no addresses for it (TUN, in-memory links).</summary>
    PointToPoint,
}

/// <summary>What the link does so that the host need not.</summary>
[Flags]
public enum InterfaceOffload : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>
    /// The link cannot damage a packet, or computes checksums itself. The transport then leaves in the checksum field the sum of the
    /// pseudo-header alone (as Linux does on its loopback) and trusts what comes in.
    /// </summary>
    Checksum = 1,
}

/// <summary>How an interface departs from the usual; what <c>ifconfig</c> and <c>ip link set</c> switch.</summary>
[Flags]
public enum InterfaceModes : byte
{
    /// <summary>Nothing: ARP, groups that were joined, frames for its own link address.</summary>
    None = 0,

    /// <summary>PROMISC: frames for other stations are taken. A host does nothing with them but count them; a capture sees them in any mode.</summary>
    Promiscuous = 1,

    /// <summary>ALLMULTI: frames for all groups are taken; those for groups that were not joined are dropped by the network layer as before.</summary>
    AllMulticast = 2,

    /// <summary>NOARP: neighbours are not asked for their link address, and their questions are not answered. Packets go to the interface's own link address, as Linux sends them.</summary>
    NoArp = 4,

    /// <summary>Without MULTICAST: a mark that is shown; as on Linux, packets to groups are sent all the same.</summary>
    NoMulticast = 8,
}

/// <summary>An address of an interface with its subnet.</summary>
/// <param name="Address">The address.</param>
/// <param name="PrefixLength">Bits of the subnet: 0–32 or 0–128.</param>
/// <param name="Label">The interface's name, or an alias such as <c>eth0:0</c>.</param>
/// <param name="IsSecondary">True if an earlier address has the same subnet; that one is then the source chosen for it.</param>
public readonly record struct InterfaceAddress(IpAddress Address, int PrefixLength, string Label, bool IsSecondary)
{
    /// <summary>The broadcast address that was set with it (<c>brd</c>); none for none. Default: the last address of the subnet.</summary>
    public IpAddress Broadcast { get; init; } = LastOf(Address, PrefixLength);

    /// <summary>The last address of an IPv4 subnet up to /30, which is a broadcast address whatever was set; none otherwise.</summary>
    public IpAddress SubnetBroadcast => LastOf(Address, PrefixLength);

    private static IpAddress LastOf(IpAddress address, int prefixLength) => address.IsV4 && prefixLength < 31 ? IpAddress.FromV4(address.V4 | (uint)(0xFFFF_FFFFUL >> prefixLength)) : default;
}

/// <summary>What an interface counts, as <c>ip -s link</c> shows it.</summary>
public sealed class InterfaceCounters
{
    /// <summary>Frames received, and their octets.</summary>
    public long PacketsReceived { get; internal set; }

    public long OctetsReceived { get; internal set; }

    /// <summary>Frames sent, and their octets.</summary>
    public long PacketsSent { get; internal set; }

    public long OctetsSent { get; internal set; }

    /// <summary>Frames thrown away before the network layer saw them, and frames that found the transmit queue full.</summary>
    public long ReceiveDropped { get; internal set; }

    public long TransmitDropped { get; internal set; }
}

/// <summary>A network interface of a host. Made by <see cref="Host.AddEthernet"/> and its like.</summary>
public sealed class Interface
{
    /// <summary>Most addresses of one interface; further ones are refused.</summary>
    public const int MaxAddresses = 4096;

    /// <summary>Most multicast groups of one interface.</summary>
    public const int MaxGroups = 1024;

    private readonly List<InterfaceAddress> _addresses = [];
    private readonly Dictionary<IpAddress, int> _groups = [];
    private MacAddress _mac;
    private InterfaceModes _modes;
    private int _mtu;
    private bool _isUp = true;

    internal Interface(Host host, string name, int index, InterfaceKind kind, MacAddress mac, int mtu)
    {
        Host = host;
        Name = name;
        Index = index;
        Kind = kind;
        _mac = mac;
        _mtu = mtu;
        Offload = kind == InterfaceKind.Loopback ? InterfaceOffload.Checksum : InterfaceOffload.None;
    }

    internal Host Host { get; }

    /// <summary>Its name, such as <c>lo</c> or <c>eth1</c>.</summary>
    public string Name { get; }

    /// <summary>A further name it is found by, as <c>ip link property add … altname</c> gives one; null, the default, for none.</summary>
    public string? AlternativeName { get; set; }

    /// <summary>1 for the loopback interface, then 2, 3 … in the order in which they were added.</summary>
    public int Index { get; }

    /// <summary>The kind of its link.</summary>
    public InterfaceKind Kind { get; }

    /// <summary>Its link address; zero where the link has none. Given another, the interface forgets its neighbours; they learn of it when they ask again.</summary>
    public MacAddress Mac
    {
        get => _mac;
        set
        {
            _mac = value;
            Host.Neighbors.Flush(this, permanentToo: true);
            Host.OnRoutesChanged();
        }
    }

    /// <summary>How it departs from the usual. Default: not at all.</summary>
    public InterfaceModes Modes
    {
        get => _modes;
        set
        {
            bool isOther = ((_modes ^ value) & InterfaceModes.NoArp) != 0;
            _modes = value;
            if (isOther)
            {
                Host.Neighbors.Flush(this, permanentToo: true);
                Host.OnRoutesChanged();
            }
        }
    }

    /// <summary>True unless <see cref="InterfaceModes.NoArp"/> is set.</summary>
    internal bool UsesArp => (_modes & InterfaceModes.NoArp) == 0;

    /// <summary>What the link does by itself. Default: nothing, on the loopback interface checksums.</summary>
    public InterfaceOffload Offload { get; set; }

    /// <summary>True if transport checksums are left to the link.</summary>
    internal bool OffloadsChecksum => (Offload & InterfaceOffload.Checksum) != 0;

    /// <summary>Largest IP packet the link carries, octets: 68–65536. IPv6 is off below 1280.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside that range: a caller bug.</exception>
    public int Mtu
    {
        get => _mtu;
        set
        {
            CheckMtu(value);
            _mtu = value;
            Host.OnRoutesChanged();
        }
    }

    /// <summary>False after <c>ip link set … down</c>: nothing is sent or received and its routes are not used. Default true.</summary>
    public bool IsUp
    {
        get => _isUp;
        set
        {
            if (_isUp != value)
            {
                _isUp = value;
                Host.OnInterfaceUpDown(this);
            }
        }
    }

    /// <summary>Its addresses, in the order in which they were added, primary and secondary.</summary>
    public IReadOnlyList<InterfaceAddress> Addresses => _addresses;

    /// <summary>The same for loops on the way of packets: an enumerator of the interface type would be an object each time.</summary>
    internal List<InterfaceAddress> AddressList => _addresses;

    /// <summary>What it counted.</summary>
    public InterfaceCounters Counters { get; } = new();

    /// <summary>Set to watch the interface; null, the default, costs one branch per frame.</summary>
    public CaptureTap? Tap { get; set; }

    /// <summary>txqueuelen: frames that may wait for the link. Default 1000. On the loopback interface it bounds what is under way.</summary>
    public int TransmitQueueLimit { get; set; } = 1000;

    /// <summary>Frames that wait for the link now.</summary>
    public int TransmitQueueLength { get; internal set; }

    /// <summary>Adds an address and the route to its subnet.</summary>
    /// <param name="address">A unicast address.</param>
    /// <param name="prefixLength">Bits of its subnet.</param>
    /// <param name="label">An alias name such as <c>eth0:0</c>; null for the interface's own name.</param>
    /// <param name="broadcast">A broadcast address of IPv4, or <c>default</c> for none; null for the last address of the subnet.</param>
    /// <exception cref="ArgumentException">No unicast address, a prefix out of range, an address the interface has already, or one more than <see cref="MaxAddresses"/>: a caller bug.</exception>
    public void AddAddress(IpAddress address, int prefixLength, string? label = null, IpAddress? broadcast = null)
    {
        if (address.IsNone || address.IsUnspecified || address.IsMulticast || address.IsLimitedBroadcast)
        {
            throw new ArgumentException($"{address} cannot be an interface's address", nameof(address));
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)prefixLength, address.IsV4 ? 32u : 128u, nameof(prefixLength));
        bool isSecondary = false;
        foreach (InterfaceAddress other in _addresses)
        {
            if (other.Address == address)
            {
                throw new ArgumentException($"{Name} has the address {address} already", nameof(address));
            }

            isSecondary |= address.IsV4 && !other.IsSecondary && other.PrefixLength == prefixLength && other.Address.SharesPrefix(address, prefixLength);
        }

        if (_addresses.Count >= MaxAddresses)
        {
            throw new ArgumentException($"{Name} has {MaxAddresses} addresses already", nameof(address));
        }

        InterfaceAddress added = new(address, prefixLength, label ?? Name, isSecondary);
        added = broadcast is { } given ? added with { Broadcast = given } : added;
        _addresses.Add(added);
        if (address.IsV6)
        {
            Join(Ipv6Groups.SolicitedNode(address));
        }

        Host.OnAddressAdded(this, added);
    }

    /// <summary>Removes an address and, if no other address needs it, the route to its subnet. Without its primary the first secondary takes over.</summary>
    /// <returns>False if the interface does not have it.</returns>
    public bool RemoveAddress(IpAddress address)
    {
        int at = _addresses.FindIndex(a => a.Address == address);
        if (at < 0)
        {
            return false;
        }

        InterfaceAddress removed = _addresses[at];
        _addresses.RemoveAt(at);
        if (address.IsV6)
        {
            Leave(Ipv6Groups.SolicitedNode(address));
        }

        Host.OnAddressRemoved(this, removed);
        if (!removed.IsSecondary)
        {
            int heir = _addresses.FindIndex(a => a.IsSecondary && a.PrefixLength == removed.PrefixLength && a.Address.SharesPrefix(removed.Address, removed.PrefixLength));
            if (heir >= 0)
            {
                _addresses[heir] = _addresses[heir] with { IsSecondary = false };
                Host.OnAddressPromoted(this, _addresses[heir]);
            }
        }

        return true;
    }

    /// <summary>Joins a multicast group (RFC 1112 §7.1); as often as it is joined it has to be left. No membership report is sent (no IGMP, no MLD).</summary>
    /// <exception cref="ArgumentException">No multicast address, or more than <see cref="MaxGroups"/> groups: a caller bug.</exception>
    public void JoinGroup(IpAddress group)
    {
        if (!group.IsMulticast || (_groups.Count >= MaxGroups && !_groups.ContainsKey(group)))
        {
            throw new ArgumentException($"{group} cannot be joined", nameof(group));
        }

        Join(group);
        Host.OnRoutesChanged();
    }

    /// <summary>Leaves a group.</summary>
    /// <returns>False if it was not joined.</returns>
    public bool LeaveGroup(IpAddress group)
    {
        bool wasJoined = Leave(group);
        if (wasJoined)
        {
            Host.OnRoutesChanged();
        }

        return wasJoined;
    }

    /// <summary>True for the groups joined, for the solicited-node groups of its addresses, and for 224.0.0.1 and ff02::1, which every host belongs to.</summary>
    public bool HasJoined(IpAddress group) =>
        (group.IsV6 ? group == Ipv6Groups.AllNodes : group.V4 == 0xE000_0001) || _groups.ContainsKey(group);

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    private void Join(IpAddress group) => _groups[group] = _groups.GetValueOrDefault(group) + 1;

    private bool Leave(IpAddress group)
    {
        if (!_groups.TryGetValue(group, out int count))
        {
            return false;
        }

        if (count > 1)
        {
            _groups[group] = count - 1;
        }
        else
        {
            _groups.Remove(group);
        }

        return true;
    }

    internal static void CheckMtu(int mtu)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mtu, 68);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mtu, 65536);
    }
}

using System.Diagnostics.CodeAnalysis;
using Finwait.Wire;
using Finwait.Tcp;

namespace Finwait.Stack;

/// <summary>One host: its interfaces, addresses, routes, neighbours, filter, sockets and transports. Sans-IO: frames and time go in, frames come out.</summary>
/// <remarks>After every call that takes a time, call <see cref="PollTransmit"/> until it returns false; then wait until <see cref="NextDeadline"/>. Not thread-safe.</remarks>
public sealed partial class Host
{
    /// <summary>Most interfaces of one host.</summary>
    public const int MaxInterfaces = 1024;

    private readonly List<Interface> _interfaces = [];

    /// <summary>A host with a loopback interface that has its addresses.</summary>
    public Host(HostSettings settings)
    {
        Settings = settings;
        Filter = new(settings.Seed);
        Filter6 = new(settings.Seed + 1);
        Routes = new(this);
        Addresses = new(this);
        Neighbors = new(this);
        Arp = new(this);
        NeighborDiscovery = new(this);
        Output = new(this);
        Forwarder = new(this);
        Ipv4 = new(this);
        Ipv6 = new(this);
        Icmp = new(this);
        Icmpv6 = new(this);
        Rejects = new(this);
        Ping = new(this);
        Probes = new(this);
        Loopback = Add("lo", InterfaceKind.Loopback, default, 65536);
        Loopback.AddAddress(IpAddress.FromV4(127, 0, 0, 1), 8);
        Loopback.AddAddress(IpAddress.FromV6(0, 1), 128);
        CreateTransport();
    }

    /// <summary>The settings it was made with.</summary>
    public HostSettings Settings { get; }

    /// <summary>Its name.</summary>
    public string Name => Settings.Name;

    /// <summary><c>lo</c>: 127.0.0.1/8 and ::1/128, MTU 65536.</summary>
    public Interface Loopback { get; }

    /// <summary>Its interfaces by index, <see cref="Loopback"/> first.</summary>
    public IReadOnlyList<Interface> Interfaces => _interfaces;

    /// <summary>The same, for loops that must not allocate an enumerator.</summary>
    internal List<Interface> InterfaceList => _interfaces;

    /// <summary>Its routes.</summary>
    public RouteTable Routes { get; }

    /// <summary>Its neighbours: the ARP table and that of IPv6.</summary>
    public NeighborTable Neighbors { get; }

    /// <summary>Its packet filter for IPv4.</summary>
    public PacketFilter Filter { get; }

    /// <summary>Its packet filter for IPv6 (ip6tables).</summary>
    public PacketFilter Filter6 { get; }

    /// <summary>What it counted.</summary>
    public HostCounters Counters { get; } = new();

    /// <summary>Set to record each packet that is thrown away; null, the default, costs one branch per frame received and per drop.</summary>
    public DropTap? DropTap
    {
        get => Counters.Tap;
        set
        {
            Counters.Tap = value;
            value?.Watch(Filter, Filter6);
        }
    }

    /// <summary>Set to record the state changes of connections that are made from now on; null, the default, costs one branch per change.</summary>
    public ConnectionTap? ConnectionTap
    {
        get;
        set
        {
            field = value;
            Settings.Tcp.StateTap = value?.Engine;
        }
    }

    /// <summary>Set to record what connections decide, and to give every packet its <see cref="Finwait.Tcp.Cause"/>; null, the default, costs one branch per frame and per segment.</summary>
    public StepTap? StepTap
    {
        get;
        set
        {
            field = value;
            Settings.Tcp.StepTap = value;
        }
    }

    /// <summary>
    /// The initial sequence number of the next connection that is opened or comes in, instead of one that nobody can foretell (RFC 9293 §3.4.1); null, the default, for
    /// that. It is used once. For showing and testing, where numbers are to be those of a book: on a real network it would let others guess.
    /// </summary>
    public SeqNum? NextInitialSequence { get; set; }

    /// <summary>Where its packets get their memory.</summary>
    public PacketPool Packets { get; } = new();

    /// <summary>Sends echo requests: what ping and traceroute stand on.</summary>
    public PingClient Ping { get; }

    /// <summary>Single datagrams and SYNs with few hops: what traceroute sends.</summary>
    public ProbeClient Probes { get; }

    /// <summary>The MTU that a router told about for the path to <paramref name="destination"/> (RFC 1191 §3, RFC 8201 §4), as <c>ip route get</c> shows it.</summary>
    /// <param name="destination">The other end.</param>
    /// <returns>Octets, and the moment at which it is forgotten; null if no router told one, or it is forgotten.</returns>
    public (int Mtu, Instant Expires)? LearntPathMtu(IpAddress destination) => Output.LearntPathMtu(destination);

    /// <summary>The way out for the transports.</summary>
    internal IpOutput Output { get; }

    internal AddressTable Addresses { get; }

    internal ArpProtocol Arp { get; }

    internal NeighborDiscovery NeighborDiscovery { get; }

    internal Forwarder Forwarder { get; }

    internal Ipv4Input Ipv4 { get; }

    internal Ipv6Input Ipv6 { get; }

    internal Icmpv4Protocol Icmp { get; }

    internal Icmpv6Protocol Icmpv6 { get; }

    internal Rejects Rejects { get; }

    /// <summary>Changes with every change of routes, addresses, interfaces and path MTUs: a <see cref="RouteCache"/> of another generation is out of date.</summary>
    internal uint RouteGeneration { get; private set; } = 1;

    /// <summary>Adds an Ethernet interface.</summary>
    /// <param name="name">Its name, not used yet.</param>
    /// <param name="mac">Its link address, no group address.</param>
    /// <param name="mtu">Largest IP packet, octets.</param>
    /// <exception cref="ArgumentException">A name taken, a group address, an MTU out of range, or more than <see cref="MaxInterfaces"/>: a caller bug.</exception>
    public Interface AddEthernet(string name, MacAddress mac, int mtu = 1500)
    {
        if (mac.IsMulticast)
        {
            throw new ArgumentException($"{mac} is a group, not an interface", nameof(mac));
        }

        return Add(name, InterfaceKind.Ethernet, mac, mtu);
    }

    /// <summary>Adds a link that carries bare IP packets to one neighbour (TUN, in-memory links).</summary>
    /// <param name="name">Its name, not used yet.</param>
    /// <param name="mtu">Largest IP packet, octets.</param>
    /// <exception cref="ArgumentException">A name taken, an MTU out of range, or more than <see cref="MaxInterfaces"/>: a caller bug.</exception>
    public Interface AddPointToPoint(string name, int mtu) => Add(name, InterfaceKind.PointToPoint, default, mtu);

    /// <summary>Finds an interface by its name.</summary>
    public bool TryGetInterface(string name, [NotNullWhen(true)] out Interface? found)
    {
        found = _interfaces.Find(i => i.Name == name) ?? _interfaces.Find(i => i.AlternativeName == name);
        return found is not null;
    }

    /// <summary>Tells the neighbours on a link which link address an address of ours has (gratuitous ARP, RFC 5227 §2.3). IPv4 on Ethernet only.</summary>
    public void AnnounceAddress(Instant now, Interface on, IpAddress address)
    {
        if (on.Kind == InterfaceKind.Ethernet && address.IsV4)
        {
            Arp.Announce(now, on, address);
        }
    }

    private Interface Add(string name, InterfaceKind kind, MacAddress mac, int mtu)
    {
        Interface.CheckMtu(mtu);
        if (TryGetInterface(name, out _) || _interfaces.Count >= MaxInterfaces)
        {
            throw new ArgumentException($"there is an interface {name} already, or no room for one more", nameof(name));
        }

        Interface added = new(this, name, _interfaces.Count + 1, kind, mac, mtu);
        _interfaces.Add(added);
        OnRoutesChanged();
        return added;
    }

    /// <summary>Makes every <see cref="RouteCache"/> out of date.</summary>
    internal void OnRoutesChanged() => RouteGeneration = RouteGeneration == uint.MaxValue ? 1 : RouteGeneration + 1;

    internal void OnInterfaceUpDown(Interface on)
    {
        if (!on.IsUp)
        {
            Neighbors.Flush(on);
        }

        OnRoutesChanged();
    }

    internal void OnAddressAdded(Interface on, InterfaceAddress added)
    {
        Addresses.Add(on, added);
        AddConnectedRoute(on, added);
        OnRoutesChanged();
    }

    internal void OnAddressPromoted(Interface on, InterfaceAddress promoted) => AddConnectedRoute(on, promoted);

    internal void OnAddressRemoved(Interface on, InterfaceAddress removed)
    {
        Addresses.Remove(on, removed);
        bool isNeeded = on.Addresses.Any(a => !a.IsSecondary && a.PrefixLength == removed.PrefixLength && a.Address.SharesPrefix(removed.Address, a.PrefixLength));
        if (!removed.IsSecondary && !isNeeded)
        {
            IpAddress prefix = RouteTable.Mask(removed.Address, removed.PrefixLength);
            Route? route = Routes.Routes.FirstOrDefault(r => r.IsConnected && r.Via == on && r.PrefixLength == removed.PrefixLength && r.Prefix == prefix);
            if (route is not null)
            {
                Routes.Remove(route);
            }
        }

        ForgetRoutesOf(on, removed.Address);
        OnRoutesChanged();
    }

    // As Linux does: no route keeps a source address that is gone, and an interface without an IPv4 address has no IPv4 routes.
    private void ForgetRoutesOf(Interface on, IpAddress gone)
    {
        bool isLast = gone.IsV4 && !on.Addresses.Any(other => other.Address.IsV4);
        bool isGone = gone.IsV4 && !Addresses.IsLocal(gone);
        if (isLast || isGone)
        {
            foreach (Route route in Routes.Routes.Where(route => route.Prefix.IsV4 && ((isLast && route.Via == on) || (isGone && route.Source == gone))).ToArray())
            {
                Routes.Remove(route);
            }
        }
    }

    private void AddConnectedRoute(Interface on, InterfaceAddress added)
    {
        int whole = added.Address.IsV6 ? 128 : 32;
        if (!added.IsSecondary && added.PrefixLength < whole && on.Kind != InterfaceKind.Loopback)
        {
            // The source of an IPv6 packet is chosen among all addresses (RFC 6724), that of an IPv4 packet is the subnet's primary one.
            IpAddress source = added.Address.IsV6 ? default : added.Address;
            Routes.Add(new Route(RouteTable.Mask(added.Address, added.PrefixLength), added.PrefixLength, default, on, 0, source, IsConnected: true));
        }
    }
}

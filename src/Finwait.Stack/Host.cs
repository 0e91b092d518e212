using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>One host: its interfaces, addresses, routes, neighbours, filter, sockets and transports. Sans-IO: frames and time go in, frames come out.</summary>
/// <remarks>After every call that takes a time, call <see cref="PollTransmit"/> until it returns false; then wait until <see cref="NextDeadline"/>. Not thread-safe.</remarks>
public sealed partial class Host
{
    private readonly List<Interface> _interfaces = [];

    /// <summary>A host with a loopback interface.</summary>
    public Host(HostSettings settings)
    {
        Settings = settings;
        Filter = new(settings.Seed);
        Filter6 = new(settings.Seed + 1);
        Loopback = Add("lo", InterfaceKind.Loopback, default, 65536);
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

    /// <summary>What it counted.</summary>
    public HostCounters Counters { get; } = new();

    /// <summary>Its packet filter for IPv4.</summary>
    public PacketFilter Filter { get; }

    /// <summary>Its packet filter for IPv6 (ip6tables).</summary>
    public PacketFilter Filter6 { get; }

    /// <summary>Where its packets get their memory.</summary>
    public PacketPool Packets { get; } = new();

    /// <summary>The way out for the transports.</summary>
    internal IpOutput Output { get; } = new();

    /// <summary>Adds an Ethernet interface.</summary>
    public Interface AddEthernet(string name, MacAddress mac, int mtu = 1500) => Add(name, InterfaceKind.Ethernet, mac, mtu);

    /// <summary>Adds a link that carries bare IP packets.</summary>
    public Interface AddPointToPoint(string name, int mtu) => Add(name, InterfaceKind.PointToPoint, default, mtu);

    /// <summary>A frame came in from the link of <paramref name="on"/>. The host keeps nothing of <paramref name="frame"/>.</summary>
    public void Receive(Instant now, Interface on, ReadOnlySpan<byte> frame) => throw new NotImplementedException();

    /// <summary>The next frame for a link, if there is one; the caller releases <paramref name="frame"/> when it has been sent.</summary>
    public bool PollTransmit(Instant now, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Interface? via, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PacketBuffer? frame) => throw new NotImplementedException();

    /// <summary>When <see cref="OnTimeout"/> is due; <see cref="Instant.Never"/> if nothing waits for time.</summary>
    public Instant NextDeadline => throw new NotImplementedException();

    /// <summary>Runs the timers that are due. Calling it early does nothing.</summary>
    public void OnTimeout(Instant now) => throw new NotImplementedException();

    private Interface Add(string name, InterfaceKind kind, MacAddress mac, int mtu)
    {
        Interface.CheckMtu(mtu);
        Interface added = new(this, name, _interfaces.Count + 1, kind, mac, mtu);
        _interfaces.Add(added);
        return added;
    }

    internal void OnRoutesChanged() => throw new NotImplementedException();

    internal void OnInterfaceUpDown(Interface on) => throw new NotImplementedException();

    internal void OnAddressAdded(Interface on, InterfaceAddress address) => throw new NotImplementedException();

    internal void OnAddressRemoved(Interface on, InterfaceAddress address) => throw new NotImplementedException();
}

using System.Diagnostics.CodeAnalysis;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>The tables of a host as plain rows for the tools that print them.</summary>
internal static class HostTables
{
    /// <summary>An interface by one of its names. The kernel passes over what stands behind a colon: an alias is no device.</summary>
    internal static bool TryGetDevice(this Host host, string name, [NotNullWhen(true)] out Interface? on) => host.TryGetInterface(name.Split(':')[0], out on);

    internal static IReadOnlyList<NetLink> Links(Host host) => [.. host.Interfaces.Select(Link)];

    internal static NetLink Link(Interface on) => new()
    {
        Index = on.Index,
        Name = on.Name,
        AlternativeName = on.AlternativeName,
        Kind = on.Kind,
        IsUp = on.IsUp,
        Modes = on.Modes,
        Mtu = on.Mtu,
        Mac = on.Mac,
        QueueLength = on.TransmitQueueLimit,
        Addresses = on.Addresses,
        PacketsReceived = on.Counters.PacketsReceived,
        OctetsReceived = on.Counters.OctetsReceived,
        ReceiveDropped = on.Counters.ReceiveDropped,
        PacketsSent = on.Counters.PacketsSent,
        OctetsSent = on.Counters.OctetsSent,
        TransmitDropped = on.Counters.TransmitDropped,
    };

    /// <summary>The routes that are in use, in the kernel's order: by destination, longer prefixes first, then by metric.</summary>
    internal static IReadOnlyList<NetRoute> Routes(Host host, bool v6) =>
    [
        .. host.Routes.Routes
            .Where(route => route.Prefix.IsV6 == v6 && (route.Kind != RouteKind.Unicast || (route.Via.IsUp && route.Via.Kind != InterfaceKind.Loopback)))
            .OrderBy(route => route.PrefixLength == 0 ? 0 : 1).ThenBy(route => route.Prefix.High).ThenBy(route => route.Prefix.Low).ThenByDescending(route => route.PrefixLength).ThenBy(route => route.Metric)
            .Select(route => new NetRoute(route.Prefix, route.PrefixLength, route.Gateway, route.Kind == RouteKind.Unicast ? route.Via.Name : "", route.Metric, route.Source, route.IsConnected) { Kind = route.Kind, Mtu = route.Mtu, Protocol = route.Protocol }),
    ];

    internal static IReadOnlyList<NetNeighbor> Neighbors(Host host) => [.. host.Neighbors.Entries.Select(entry => new NetNeighbor(entry.On.Name, entry.Address, entry.Mac, entry.State))];
}

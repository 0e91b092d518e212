using System.Globalization;
using System.Text.Json;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <content>Addresses and routes of both versions.</content>
internal sealed partial class TopologyFile
{
    /// <summary>Addresses of one interface.</summary>
    private const int MostAddresses = 64;

    /// <summary>RFC 8200 §5: what every link of IPv6 has to take.</summary>
    private const int LeastMtuV6 = 1280;

    private const int InterfaceIdLength = 64;

    private static readonly IpAddress s_linkLocal = IpAddress.FromV6(0xFE80_0000_0000_0000, 0);

    /// <summary>The addresses that the file gives a machine.</summary>
    private static IEnumerable<IpAddress> OwnAddresses(Host host) =>
        host.Interfaces.Where(on => on.Kind == InterfaceKind.Ethernet).SelectMany(on => on.Addresses).Select(address => address.Address).Where(address => !address.SharesPrefix(s_linkLocal, 10));

    /// <summary>What a machine's name stands for: its first IPv4 address, then its first IPv6 address; 0.0.0.0 if it has neither.</summary>
    private static IEnumerable<IpAddress> FirstAddresses(Host host)
    {
        IpAddress[] both = [.. OwnAddresses(host).Where(address => address.IsV4).Take(1), .. OwnAddresses(host).Where(address => address.IsV6).Take(1)];
        return both.Length > 0 ? both : [IpAddress.AnyV4];
    }

    private static void AddAddress(Host host, Interface on, TopologyNode node, TopologyNode? mtu)
    {
        (IpAddress address, int length) = Prefix(node, node.Kind == JsonValueKind.String ? node.Text : "", "an address");
        string? why = address.IsUnspecified || address.IsMulticast || address.IsLimitedBroadcast || (address.IsV4 && address.IsLoopback) || address == IpAddress.FromV6(0, 1) ? $"{address} can be no interface's address"
            : on.Addresses.Any(other => other.Address == address) ? $"{on.Name} has the address {address} already"
            : on.Addresses.Count >= MostAddresses ? $"more than {MostAddresses} addresses" : null;
        if (why is not null)
        {
            throw node.Wrong(why);
        }

        if (address.IsV6 && on.Mtu < LeastMtuV6)
        {
            throw mtu!.Wrong($"IPv6 asks for an MTU of at least {LeastMtuV6} (RFC 8200 §5), and {on.Name} has the address {address}");
        }

        on.AddAddress(address, length);
        host.Settings.DisableIpv6 &= !address.IsV6;
    }

    /// <summary>A machine that speaks IPv6 has a link-local address on each interface, made of its MAC address (RFC 4291 §2.5.6, appendix A), as Linux gives it.</summary>
    private static void AddLinkLocal(Host host)
    {
        foreach (Interface on in host.Interfaces.Where(on => on.Kind == InterfaceKind.Ethernet && !host.Settings.DisableIpv6 && on.Mtu >= LeastMtuV6))
        {
            ulong mac = on.Mac.Value;
            ulong id = ((mac >> 24) << 40 | 0xFF_FE00_0000UL | (mac & 0xFF_FFFF)) ^ 0x0200_0000_0000_0000; // the bit of a MAC that nobody has given out, turned over
            if (!on.Addresses.Any(other => other.Address.SharesPrefix(s_linkLocal, 10)))
            {
                on.AddAddress(IpAddress.FromV6(s_linkLocal.High, id), InterfaceIdLength);
            }
        }
    }

    /// <summary>Reads "10.10.1.100/24" or "fd00:1::100/64".</summary>
    /// <param name="node">Where it stands, for complaints.</param>
    /// <param name="text">It.</param>
    /// <param name="what">"an address", "a destination".</param>
    private static (IpAddress Address, int Length) Prefix(TopologyNode node, string text, string what)
    {
        string[] parts = text.Split('/');
        bool isV6 = text.Contains(':', StringComparison.Ordinal), isAddress = what == "an address";
        string example = (isV6, isAddress) switch { (false, true) => "10.10.1.100/24", (false, false) => "10.10.2.0/24", (true, true) => "fd00:1::100/64", _ => "fd00:2::/64" };
        if (isAddress)
        {
            node.String($"{what} with its prefix, {example},");
        }

        return parts.Length == 2 && IpAddress.TryParse(parts[0], out IpAddress address) && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int length) && length <= (address.IsV6 ? 128 : 32)
            ? (address, length) : throw node.Wrong($"{what} with its prefix, {example}, is wanted, not '{text}'");
    }

    private static void AddRoutes(Host host, TopologyNode node)
    {
        var seen = new HashSet<bool>();
        TopologyNode? gateways = node.Find("gateway");
        foreach (TopologyNode gateway in gateways?.Kind == JsonValueKind.Array ? gateways.Items : gateways is null ? [] : [gateways])
        {
            bool isV6 = gateway.String("the address of a router").Contains(':', StringComparison.Ordinal);
            if (!seen.Add(isV6))
            {
                throw gateway.Wrong($"a second default route of IPv{(isV6 ? 6 : 4)}");
            }

            AddRoute(host, isV6 ? IpAddress.AnyV6 : IpAddress.AnyV4, 0, gateway);
        }

        TopologyNode? routes = node.Find("routes");
        routes?.Expect("an object of routes, \"10.10.2.0/24\": \"10.10.9.2\"");
        foreach ((string to, TopologyNode via) in routes?.Properties ?? [])
        {
            (IpAddress prefix, int length) = Prefix(via, to, "a destination");
            AddRoute(host, prefix, length, via);
        }
    }

    private static void AddRoute(Host host, IpAddress prefix, int length, TopologyNode via)
    {
        // fe80::1%eth1: a link-local address says nothing of the link.
        string[] parts = via.String("the address of a router").Split('%');
        if (parts.Length > 2 || !IpAddress.TryParse(parts[0], out IpAddress gateway) || gateway.IsV6 != prefix.IsV6)
        {
            throw via.Wrong($"'{via.Text}' is no IPv{(prefix.IsV6 ? 6 : 4)} address");
        }

        if (parts.Length == 2)
        {
            Interface on = host.Interfaces.FirstOrDefault(each => each.Kind == InterfaceKind.Ethernet && each.Name == parts[1]) ?? throw via.Wrong($"{host.Name} has no interface '{parts[1]}'");
            Add(host, prefix, length, gateway, on, via);
            return;
        }

        if (gateway.SharesPrefix(s_linkLocal, 10) && host.Interfaces.Where(on => on.Kind == InterfaceKind.Ethernet).Skip(1).Any())
        {
            throw via.Wrong($"{gateway} can be on any link of {host.Name}: which one? {gateway}%{host.Interfaces.First(on => on.Kind == InterfaceKind.Ethernet).Name}");
        }

        if (!host.Routes.TryLookup(gateway, out Route? direct) || !direct.IsConnected)
        {
            throw via.Wrong($"{gateway} is in no network that {host.Name} is connected to");
        }

        Add(host, prefix, length, gateway, direct.Via, via);
    }

    private static void Add(Host host, IpAddress prefix, int length, IpAddress gateway, Interface on, TopologyNode via)
    {
        if (host.Routes.Routes.Count >= RouteTable.MaxRoutes)
        {
            throw via.Wrong($"more than {RouteTable.MaxRoutes} routes");
        }

        host.Routes.Add(prefix, length, gateway, on);
    }
}

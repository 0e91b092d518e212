using System.Globalization;
using System.Text;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>How <c>ip</c> is to print.</summary>
internal sealed record IpStyle
{
    /// <summary><c>-4</c> and <c>-6</c>; <c>null</c> for both.</summary>
    internal bool? OnlyV6 { get; init; }

    /// <summary><c>-br</c>.</summary>
    internal bool Brief { get; init; }

    /// <summary><c>-o</c>.</summary>
    internal bool OneLine { get; init; }

    /// <summary><c>-s</c>.</summary>
    internal bool Statistics { get; init; }

    /// <summary><c>-d</c>.</summary>
    internal bool Details { get; init; }

    /// <summary><c>-j</c>.</summary>
    internal bool Json { get; init; }

    /// <summary><c>-p</c>: JSON in lines.</summary>
    internal bool Pretty { get; init; }
}

/// <summary>The text of <c>ip addr</c>, <c>ip link</c>, <c>ip route</c> and <c>ip neigh</c> (iproute2 6.1) from plain rows.</summary>
internal static class IpText
{
    private const int UsualMetricV6 = 1024;
    internal const int ConnectedMetricV6 = 256;

    internal static void AppendAddresses(StringBuilder text, NetLink link, IpStyle style, bool withHead = true)
    {
        InterfaceAddress[] shown = Shown(link, style);
        if (style.Brief)
        {
            text.Append(CultureInfo.InvariantCulture, $"{link.Name,-16} {StateText(link),-14} ");
            foreach (InterfaceAddress address in shown)
            {
                text.Append(CultureInfo.InvariantCulture, $"{address.Address}/{address.PrefixLength} ");
            }

            text.Append('\n');
            return;
        }

        if (shown.Length == 0 && (style.OnlyV6 is not null || style.OneLine))
        {
            return;
        }

        if (!style.OneLine && withHead)
        {
            AppendLinkHead(text, link, style, isLinkList: false);
        }

        foreach (InterfaceAddress address in shown)
        {
            text.Append(style.OneLine ? string.Create(CultureInfo.InvariantCulture, $"{link.Index}: {link.Name}") : "");
            AppendAddress(text, address, link.Kind == InterfaceKind.Loopback);
            text.Append(style.OneLine ? "\\" : "\n").Append("       valid_lft forever preferred_lft forever\n");
        }

        if (style.Statistics && !style.OneLine)
        {
            AppendStatistics(text, link);
        }
    }

    /// <summary>The addresses of an interface that are shown, in the kernel's order.</summary>
    internal static InterfaceAddress[] Shown(NetLink link, IpStyle style) =>
        [.. link.Addresses.Where(address => style.OnlyV6 is not bool v6 || v6 == address.Address.IsV6).OrderBy(address => address.Address.IsV6).ThenBy(address => address.IsSecondary)];

    internal static void AppendLink(StringBuilder text, NetLink link, IpStyle style)
    {
        if (style.Brief)
        {
            text.Append(CultureInfo.InvariantCulture, $"{link.Name,-16} {StateText(link),-14} {(link.Kind == InterfaceKind.PointToPoint ? "" : link.Mac + " ")}<{FlagsText(link)}> \n");
            return;
        }

        StringBuilder lines = new();
        AppendLinkHead(lines, link, style, isLinkList: true);

        text.Append(style.OneLine ? lines.ToString().TrimEnd('\n').Replace("\n", "\\", StringComparison.Ordinal) + "\n" : lines);
    }

    /// <summary>A route and a newline; what all <paramref name="chosen"/> routes share is understood and left out.</summary>
    internal static void AppendRoute(StringBuilder text, NetRoute route, RouteSelector chosen, IpStyle style)
    {
        bool v6 = route.Prefix.IsV6;
        text.Append(route.Kind == RouteKind.Unicast && !style.Details ? "" : KindOf(route) + " ");
        text.Append(DestinationOf(route));
        text.Append(route.Gateway.IsNone || !chosen.Gateway.IsNone ? "" : $" via {route.Gateway}").Append(chosen.Device is null && route.Device.Length > 0 ? " dev " + route.Device : "");
        text.Append(chosen.Protocol is null && (style.Details || route.ProtocolName != "boot") ? " proto " + route.ProtocolName : "");
        if (v6)
        {
            text.Append(CultureInfo.InvariantCulture, $" metric {MetricOf(route)} pref medium\n");
            return;
        }

        text.Append(chosen.Scope is null && (style.Details || ScopeOf(route) != "global") ? " scope " + ScopeOf(route) : "").Append(route.Source.IsNone ? "" : $" src {route.Source}");
        text.Append(route.Metric == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" metric {route.Metric}"));
        text.Append(route.Mtu == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" mtu {route.Mtu}")).Append(" \n");
    }

    /// <summary>link for what needs no gateway, else global.</summary>
    internal static string ScopeOf(NetRoute route) => route.Gateway.IsNone && !route.Prefix.IsV6 && route.Kind == RouteKind.Unicast ? "link" : "global";

    /// <summary><c>default</c>, an address, or a prefix.</summary>
    internal static string DestinationOf(NetRoute route) =>
        route.PrefixLength == 0 ? "default" : route.PrefixLength == (route.Prefix.IsV6 ? 128 : 32) ? route.Prefix.ToString() : string.Create(CultureInfo.InvariantCulture, $"{route.Prefix}/{route.PrefixLength}");

    /// <summary>The metric that is printed; 0 for none.</summary>
    internal static int MetricOf(NetRoute route) => route.Metric != 0 || !route.Prefix.IsV6 ? route.Metric : route.IsConnected ? ConnectedMetricV6 : UsualMetricV6;

    /// <summary>True if its link address is known.</summary>
    internal static bool HasMac(NetNeighbor neighbor) => neighbor.State is not (NeighborState.Incomplete or NeighborState.Failed);

    /// <summary>The name of its queueing discipline.</summary>
    internal static string QueueOf(NetLink link) => link.Queue ?? (link.Kind == InterfaceKind.Loopback ? "noqueue" : "pfifo_fast");

    /// <summary>unicast, blackhole, unreachable, prohibit or throw.</summary>
    internal static string KindOf(NetRoute route) => route.Kind.ToString().ToLowerInvariant();

    /// <summary>host, link or global.</summary>
    internal static string ScopeOf(IpAddress address) => address.IsLoopback ? "host" : address.IsV6 && address.SharesPrefix(IpAddress.FromV6(0xFE80_0000_0000_0000, 0), 10) ? "link" : "global";

    /// <summary>A neighbour and a newline.</summary>
    internal static void AppendNeighbor(StringBuilder text, NetNeighbor neighbor, bool onlyDevice, IpStyle style)
    {
        bool hasMac = HasMac(neighbor);
        if (style.Brief)
        {
            text.Append(CultureInfo.InvariantCulture, $"{neighbor.Address,-39} {(onlyDevice ? "" : $"{neighbor.Device,-16} ")}{(hasMac ? neighbor.Mac : "")}\n");
            return;
        }

        text.Append(neighbor.Address).Append(onlyDevice ? "" : " dev " + neighbor.Device).Append(hasMac ? $" lladdr {neighbor.Mac}" : "");
        text.Append(' ').Append(neighbor.State.ToString().ToUpperInvariant()).Append(" \n");
    }

    private static void AppendLinkHead(StringBuilder text, NetLink link, IpStyle style, bool isLinkList)
    {
        AppendLinkLines(text, link, style, isLinkList);
        if (style.Statistics && isLinkList)
        {
            AppendStatistics(text, link);
        }

        text.Append(link.AlternativeName is null ? "" : $"    altname {link.AlternativeName}\n");
    }

    private static void AppendLinkLines(StringBuilder text, NetLink link, IpStyle style, bool isLinkList)
    {
        bool short6 = style.OnlyV6 == true && !isLinkList; // the kernel tells less of an interface with its IPv6 addresses
        text.Append(CultureInfo.InvariantCulture, $"{link.Index}: {link.Name}: <{FlagsText(link)}> mtu {link.Mtu} ");
        text.Append(short6 ? "" : $"qdisc {QueueOf(link)} ").Append("state ").Append(StateText(link)).Append(' ');
        text.Append(isLinkList ? "mode DEFAULT " : "").Append(short6 ? "" : "group default ").Append(CultureInfo.InvariantCulture, $"qlen {link.QueueLength}\n");
        if (style.OnlyV6 is not null && !isLinkList)
        {
            return;
        }

        text.Append(link.Kind switch
        {
            InterfaceKind.Loopback => "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00",
            InterfaceKind.Ethernet => $"    link/ether {link.Mac} brd {MacAddress.Broadcast}",
            _ => "    link/none ",
        });
        if (style.Details)
        {
            int Has(InterfaceModes mode) => (link.Modes & mode) != 0 ? 1 : 0;
            text.Append(CultureInfo.InvariantCulture, $" promiscuity {Has(InterfaceModes.Promiscuous)}  allmulti {Has(InterfaceModes.AllMulticast)} minmtu 68 maxmtu {IpChanges.LargestMtu(link.Kind)} ");
        }

        text.Append('\n');
    }

    private static void AppendAddress(StringBuilder text, InterfaceAddress address, bool isLoopback)
    {
        bool v6 = address.Address.IsV6;
        text.Append(CultureInfo.InvariantCulture, $"    {(v6 ? "inet6" : "inet")} {address.Address}/{address.PrefixLength}");
        text.Append(address.Broadcast.IsNone || isLoopback ? "" : $" brd {address.Broadcast}");
        text.Append(" scope ").Append(ScopeOf(address.Address)).Append(address.IsSecondary ? " secondary " : " ").Append(v6 ? "" : address.Label);
    }

    internal static string StateText(NetLink link) => !link.IsUp ? "DOWN" : link.Kind == InterfaceKind.Ethernet ? "UP" : "UNKNOWN";

    internal static string FlagsText(NetLink link)
    {
        bool Has(InterfaceModes mode) => (link.Modes & mode) != 0;
        string kind = link.Kind switch { InterfaceKind.Loopback => "LOOPBACK", InterfaceKind.Ethernet => Has(InterfaceModes.NoMulticast) ? "BROADCAST" : "BROADCAST,MULTICAST", _ => "POINTOPOINT,MULTICAST,NOARP" };
        string modes = (Has(InterfaceModes.NoArp) ? ",NOARP" : "") + (Has(InterfaceModes.AllMulticast) ? ",ALLMULTI" : "") + (Has(InterfaceModes.Promiscuous) ? ",PROMISC" : "");
        return kind + modes + (link.IsUp ? ",UP,LOWER_UP" : "");
    }

    private static void AppendStatistics(StringBuilder text, NetLink link)
    {
        AppendStatistics(text, "RX", [("bytes", link.OctetsReceived), ("packets", link.PacketsReceived), ("errors", 0), ("dropped", link.ReceiveDropped), ("missed", 0), ("mcast", 0)]);
        AppendStatistics(text, "TX", [("bytes", link.OctetsSent), ("packets", link.PacketsSent), ("errors", 0), ("dropped", link.TransmitDropped), ("carrier", 0), ("collsns", 0)]);
    }

    private static void AppendStatistics(StringBuilder text, string direction, (string Name, long Value)[] counters)
    {
        int[] widths = [.. counters.Select((counter, i) => Math.Max(i == 0 ? 10 : i is 2 or 0 ? 6 : 7, counter.Value.ToString(CultureInfo.InvariantCulture).Length))];
        text.Append("    ").Append(direction).Append(':');
        for (int i = 0; i < counters.Length; i++)
        {
            text.Append(i == 0 ? "" : " ").Append(counters[i].Name.PadLeft(i == 0 ? widths[i] - 3 : widths[i]));
        }

        text.Append("           \n    ");
        for (int i = 0; i < counters.Length; i++)
        {
            text.Append(counters[i].Value.ToString(CultureInfo.InvariantCulture).PadLeft(widths[i])).Append(' ');
        }

        text.Append('\n');
    }
}

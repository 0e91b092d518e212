using System.Globalization;
using System.Text;
using Finwait.Stack;

namespace Finwait.Lab;

/// <summary>The JSON of <c>ip -j</c> (iproute2 6.1): the rows as objects, in one line or, with <c>-p</c>, in iproute2's own lay-out.</summary>
internal static class IpJson
{
    private const uint ForEver = uint.MaxValue;

    /// <summary>Members of an object, in order; null ones are left out.</summary>
    internal sealed class Members : List<(string Name, object? Value)>
    {
        internal void Add(string name, object? value) => Add((name, value));
    }

    /// <summary>A list of objects as the tool prints it, with a newline.</summary>
    internal static string List(IEnumerable<Members> rows, IpStyle style)
    {
        StringBuilder text = new();
        Append(text, rows.ToArray<object>(), style.Pretty, 0);
        return text.Append('\n').ToString();
    }

    internal static Members Link(NetLink link, IpStyle style, bool isLinkList)
    {
        if (style.Brief)
        {
            return new() { { "ifname", link.Name }, { "operstate", IpText.StateText(link) }, { "address", link.Kind == InterfaceKind.PointToPoint ? null : link.Mac.ToString() }, { "flags", Flags(link) } };
        }

        bool isWhole = style.OnlyV6 is null || isLinkList; // the kernel tells less of an interface with the addresses of one version
        return new()
        {
            { "ifindex", link.Index }, { "ifname", link.Name }, { "flags", Flags(link) }, { "mtu", link.Mtu }, { "qdisc", IpText.QueueOf(link) }, { "operstate", IpText.StateText(link) },
            { "linkmode", isLinkList ? "DEFAULT" : null }, { "group", "default" }, { "txqlen", link.QueueLength },
            { "link_type", !isWhole ? null : link.Kind switch { InterfaceKind.Loopback => "loopback", InterfaceKind.Ethernet => "ether", _ => "none" } },
            { "address", !isWhole || link.Kind == InterfaceKind.PointToPoint ? null : link.Mac.ToString() },
            { "broadcast", !isWhole ? null : link.Kind switch { InterfaceKind.Loopback => "00:00:00:00:00:00", InterfaceKind.Ethernet => "ff:ff:ff:ff:ff:ff", _ => null } },
            { "stats64", isLinkList && style.Statistics ? Statistics(link) : null },
            { "altnames", link.AlternativeName is { } other ? new object[] { other } : null },
        };
    }

    internal static Members Addresses(NetLink link, IReadOnlyList<InterfaceAddress> shown, IpStyle style)
    {
        if (style.Brief)
        {
            return new() { { "ifname", link.Name }, { "operstate", IpText.StateText(link) }, { "addr_info", shown.Select(own => new Members { { "local", own.Address.ToString() }, { "prefixlen", own.PrefixLength } }).ToArray<object>() } };
        }

        Members members = Link(link, style, isLinkList: false);
        members.Add("addr_info", shown.Select(own => Address(own, link)).ToArray<object>());
        members.Add("stats64", style.Statistics ? Statistics(link) : null);
        return members;
    }

    internal static Members Route(NetRoute route, RouteSelector chosen, IpStyle style) => new()
    {
        { "type", style.Details || route.Kind != RouteKind.Unicast ? IpText.KindOf(route) : null },
        { "dst", IpText.DestinationOf(route) },
        { "gateway", route.Gateway.IsNone || !chosen.Gateway.IsNone ? null : route.Gateway.ToString() },
        { "dev", chosen.Device is null && route.Device.Length > 0 ? route.Device : null },
        { "protocol", chosen.Protocol is null && (style.Details || route.ProtocolName != "boot") ? route.ProtocolName : null },
        { "scope", !route.Prefix.IsV6 && chosen.Scope is null && (style.Details || IpText.ScopeOf(route) != "global") ? IpText.ScopeOf(route) : null },
        { "prefsrc", route.Source.IsNone ? null : route.Source.ToString() },
        { "metric", IpText.MetricOf(route) is > 0 and int metric ? metric : null },
        { "flags", Array.Empty<object>() },
        { "metrics", route.Mtu > 0 ? new object[] { new Members { { "mtu", route.Mtu } } } : null },
        { "pref", route.Prefix.IsV6 ? "medium" : null },
    };

    internal static Members Neighbor(NetNeighbor neighbor, bool onlyDevice, IpStyle style) => new()
    {
        { "dst", neighbor.Address.ToString() }, { "dev", onlyDevice ? null : neighbor.Device }, { "lladdr", IpText.HasMac(neighbor) ? neighbor.Mac.ToString() : null },
        { "state", style.Brief ? null : new object[] { neighbor.State.ToString().ToUpperInvariant() } },
    };

    private static object[] Flags(NetLink link) => [.. IpText.FlagsText(link).Split(',')];

    private static Members Address(InterfaceAddress own, NetLink link) => new()
    {
        { "family", own.Address.IsV6 ? "inet6" : "inet" }, { "local", own.Address.ToString() }, { "prefixlen", own.PrefixLength },
        { "broadcast", own.Broadcast.IsNone || link.Kind == InterfaceKind.Loopback ? null : own.Broadcast.ToString() }, { "scope", IpText.ScopeOf(own.Address) },
        { "secondary", own.IsSecondary ? true : null }, { "label", own.Address.IsV6 ? null : own.Label }, { "valid_life_time", ForEver }, { "preferred_life_time", ForEver },
    };

    private static Members Statistics(NetLink link) => new()
    {
        { "rx", new Members { { "bytes", link.OctetsReceived }, { "packets", link.PacketsReceived }, { "errors", 0 }, { "dropped", link.ReceiveDropped }, { "over_errors", 0 }, { "multicast", 0 } } },
        { "tx", new Members { { "bytes", link.OctetsSent }, { "packets", link.PacketsSent }, { "errors", 0 }, { "dropped", link.TransmitDropped }, { "carrier_errors", 0 }, { "collisions", 0 } } },
    };

    private static void Append(StringBuilder text, object value, bool pretty, int depth)
    {
        switch (value)
        {
            case string word:
                text.Append('"').Append(word).Append('"'); // names, addresses and words of ip's own: nothing to escape
                break;
            case bool flag:
                text.Append(flag ? "true" : "false");
                break;
            case Members members:
                AppendObject(text, members, pretty, depth + 1);
                break;
            case object[] items:
                text.Append(pretty ? "[ " : "[");
                for (int i = 0; i < items.Length; i++)
                {
                    text.Append(i > 0 ? "," : "");
                    Append(text, items[i], pretty, depth + 1);
                }

                text.Append(pretty && items.Length > 0 ? " ]" : "]");
                break;
            default:
                text.Append(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static void AppendObject(StringBuilder text, Members members, bool pretty, int depth)
    {
        text.Append('{');
        bool isFirst = true;
        foreach ((string name, object? value) in members)
        {
            if (value is null)
            {
                continue;
            }

            text.Append(isFirst ? "" : ",");
            Indent(text, pretty, depth);
            text.Append('"').Append(name).Append(pretty ? "\": " : "\":");
            Append(text, value, pretty, depth);
            isFirst = false;
        }

        Indent(text, pretty, depth - 1);
        text.Append('}');
    }

    private static void Indent(StringBuilder text, bool pretty, int depth)
    {
        if (pretty)
        {
            text.Append('\n').Append(' ', 4 * depth);
        }
    }
}

using System.Globalization;
using System.Text;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>What becomes of a route that is there already.</summary>
internal enum RouteChange
{
    Add,
    Append,
    Change,
    Replace,
}

/// <summary><c>ip route</c>: the routing table, shown and changed, with the answers of the tool and of the kernel.</summary>
internal static class IpRoutes
{
    private const int Unknown = 255;

    /// <summary>What the kernel makes of a larger one.</summary>
    private const int LargestMtu = 65520;

    internal static ToolResult Run(IpCommand.Words words, Host host, IpStyle style, Instant now)
    {
        string command = words.Take() ?? "show";
        return IpCommand.IsShow(command) ? Show(words, host, style)
            : IpCommand.Begins("add", command) ? Add(words, host, RouteChange.Add)
            : IpCommand.Begins("append", command) ? Add(words, host, RouteChange.Append)
            : IpCommand.Begins("prepend", command) ? ToolResult.Failed(1, "ip: the lab's routes are not prepended: 'ip route replace' takes the place of one")
            : IpCommand.Begins("change", command) || command == "chg" ? Add(words, host, RouteChange.Change)
            : IpCommand.Begins("replace", command) ? Add(words, host, RouteChange.Replace)
            : IpCommand.Begins("delete", command) ? Delete(words, host)
            : IpCommand.Begins("get", command) ? Get(words, host, style, now)
            : IpCommand.Begins("flush", command) ? Flush(words, host, style)
            : command == "help" ? IpCommand.Help() : IpCommand.UnknownCommand(command, "route");
    }

    private static ToolResult Show(IpCommand.Words words, Host host, IpStyle style)
    {
        var chosen = new RouteSelector();
        if (chosen.Read(words, host, style.OnlyV6 ?? false) is { } failure)
        {
            return failure;
        }

        StringBuilder text = new();
        List<IpJson.Members> rows = [];
        bool v6 = chosen.IsV6 ?? style.OnlyV6 ?? false;
        foreach (NetRoute route in chosen.IsCache || chosen.Table is "local" or "default" ? [] : HostTables.Routes(host, v6))
        {
            if (chosen.Matches(route))
            {
                rows.Add(IpJson.Route(route, chosen, style));
                IpText.AppendRoute(text, route, chosen, style);
            }
        }

        if (style.Json)
        {
            return chosen.Table is "local" or "all" ? ToolResult.Failed(1, "ip: the lab's ip tells the table of local addresses as text only") : ToolResult.Done(IpJson.List(rows, style));
        }

        if (chosen.Table is "local" or "all" && !v6 && !chosen.IsCache)
        {
            AppendLocal(text, host, chosen);
        }

        return ToolResult.Done(text.ToString());
    }

    /// <summary>The table of the host's own and of broadcast addresses, which the kernel keeps by itself.</summary>
    private static void AppendLocal(StringBuilder text, Host host, RouteSelector chosen)
    {
        var rows = new List<(IpAddress Address, string Text)>();
        foreach (Interface on in host.Interfaces.Where(on => on.IsUp && (chosen.Device is null || on.Name == chosen.Device)))
        {
            string device = (chosen.Device is null ? " dev " + on.Name : "") + (chosen.Table == "all" ? " table local" : "");
            foreach (InterfaceAddress own in on.Addresses.Where(own => own.Address.IsV4))
            {
                IpAddress first = on.Addresses.First(other => other.Address.SharesPrefix(own.Address, own.PrefixLength)).Address;
                if (own.Address.IsLoopback && !own.IsSecondary)
                {
                    IpAddress net = AddressMatch.FromPrefix(own.Address, own.PrefixLength).Address;
                    rows.Add((net, $"local {net}/{own.PrefixLength}{device} proto kernel scope host src {own.Address} \n"));
                }

                rows.Add((own.Address, $"local {own.Address}{device} proto kernel scope host src {first} \n"));
                foreach (IpAddress broadcast in own.IsSecondary ? [] : new[] { own.SubnetBroadcast, own.Broadcast }.Where(each => !each.IsNone).Distinct())
                {
                    rows.Add((broadcast, $"broadcast {broadcast}{device} proto kernel scope link src {own.Address} \n"));
                }
            }
        }

        foreach ((_, string row) in rows.OrderBy(row => row.Address.V4))
        {
            text.Append(row);
        }
    }

    private static ToolResult Get(IpCommand.Words words, Host host, IpStyle style, Instant now)
    {
        IpAddress to = default, from = default;
        Interface? through = null;
        while (words.Take() is { } word)
        {
            string? value = word is "to" or "from" or "oif" or "dev" or "iif" or "tos" or "mark" or "uid" ? words.Take() : word;
            if (value is null)
            {
                return IpChanges.Incomplete();
            }

            switch (word)
            {
                case "from" when !IpAddress.TryParse(value, out from): return IpChanges.NoPrefix(value, style.OnlyV6 ?? false);
                case "from": break;
                case "oif" or "dev" when !host.TryGetDevice(value, out through): return ToolResult.Failed(1, $"Cannot find device \"{value}\"");
                case "oif" or "dev": break;
                case "iif" or "tos" or "mark" or "uid": return ToolResult.Failed(1, $"ip: the lab's routes are chosen by address and interface: '{word}' is not there");
                case var _ when !IpChanges.TryParsePrefix(value, style.OnlyV6 ?? false, out to, out _): return IpChanges.NoPrefix(value, style.OnlyV6 ?? false);
            }
        }

        if (to.IsNone)
        {
            return ToolResult.Failed(1, "need at least a destination address");
        }

        if (!from.IsNone && !host.Interfaces.Any(on => on.Addresses.Any(address => address.Address == from)))
        {
            return ToolResult.Failed(2, "RTNETLINK answers: Network is unreachable");
        }

        return Found(to, from, through, host, style, now);
    }

    /// <summary>The way to an address, or the kernel's refusal.</summary>
    private static ToolResult Found(IpAddress to, IpAddress from, Interface? through, Host host, IpStyle style, Instant now)
    {
        if (to.IsLoopback || host.Interfaces.Any(on => on.Addresses.Any(address => address.Address == to)))
        {
            return Way(new("local", to, default, "lo", from, from.IsNone || to.IsV6 ? to : default, "local", 0), style);
        }

        Route? route = null;
        Interface? on = through ?? host.Interfaces.FirstOrDefault(each => each.Kind != InterfaceKind.Loopback && each.IsUp && each.Addresses.Count > 0);
        bool isBroadcast = to.IsLimitedBroadcast || host.Interfaces.Any(each => each.Addresses.Any(own => !own.Address.IsLoopback && (own.SubnetBroadcast == to || own.Broadcast == to)));
        if (!to.IsLimitedBroadcast || on is null)
        {
            if (!host.Routes.TryLookup(to, out route, through))
            {
                return ToolResult.Failed(2, "RTNETLINK answers: Network is unreachable");
            }

            if (route.Kind != RouteKind.Unicast)
            {
                return ToolResult.Failed(2, "RTNETLINK answers: " + route.Kind switch { RouteKind.Blackhole => "Invalid argument", RouteKind.Unreachable => "No route to host", RouteKind.Prohibit => "Permission denied", _ => "Network is unreachable" });
            }

            on = route.Via;
        }

        IpAddress source = route is { Source.IsNone: false } ? route.Source : on.Addresses.Where(address => address.Address.IsV6 == to.IsV6).Select(address => address.Address).FirstOrDefault();
        source = to.IsV6 && to.IsMulticast && on.Addresses.FirstOrDefault(own => own.Address.IsV6 && IpText.ScopeOf(own.Address) == "link") is { Address.IsNone: false } ofLink ? ofLink.Address : source;
        (int Mtu, Instant Expires)? learnt = host.LearntPathMtu(to) is { } path && path.Expires > now && (route is null || route.Mtu == 0 || path.Mtu < route.Mtu) ? path : null;
        (string? kind, string? flags) = isBroadcast ? ("broadcast", "local,brd") : to.IsMulticast ? ("multicast", "mc") : (style.Details ? "unicast" : null, (string?)null);
        int? expires = learnt is null ? null : (int)(learnt.Value.Expires - now).TotalSeconds;
        NetRoute? told = to.IsV6 && route is not null ? HostTables.Routes(host, v6: true).FirstOrDefault(each => each.Prefix == route.Prefix && each.PrefixLength == route.PrefixLength && each.Gateway == route.Gateway && each.Metric == route.Metric) : null;
        return Way(new(kind, to, isBroadcast || to.IsMulticast ? default : route!.Gateway, on.Name, from, from.IsNone || to.IsV6 ? source : default, flags, learnt?.Mtu ?? route?.Mtu ?? 0, expires) { Route = told }, style);
    }

    private static ToolResult Way(FoundWay way, IpStyle style)
    {
        if (way.To.IsV6)
        {
            return WayOfV6(way, style);
        }

        if (style.Json)
        {
            return ToolResult.Done(IpJson.List(
                [
                    new()
                    {
                        { "type", way.Kind }, { "dst", way.To.ToString() }, { "from", way.From.IsNone ? null : way.From.ToString() }, { "gateway", way.Gateway.IsNone ? null : way.Gateway.ToString() }, { "dev", way.Device },
                        { "table", style.Details ? (way.Kind == "unicast" ? "main" : "local") : null },
                        { "prefsrc", way.Source.IsNone ? null : way.Source.ToString() }, { "flags", Array.Empty<object>() }, { "uid", 0 }, { "cache", way.Flags is null ? [] : way.Flags.Split(',').ToArray<object>() }, { "expires", way.Expires },
                        { "metrics", way.Mtu > 0 ? new object[] { new IpJson.Members { { "mtu", way.Mtu } } } : null },
                    },
                ], style));
        }

        string first = $"{(way.Kind is null ? "" : way.Kind + " ")}{way.To}{(way.From.IsNone ? "" : $" from {way.From}")}{(way.Gateway.IsNone ? "" : $" via {way.Gateway}")} dev {way.Device}"
            + $"{(style.Details ? $" table {(way.Kind == "unicast" ? "main" : "local")}" : "")}{(way.Source.IsNone ? "" : $" src {way.Source}")} uid 0 ";
        string expires = way.Expires is { } seconds ? string.Create(CultureInfo.InvariantCulture, $" expires {seconds}sec") : ""; // a router has told it
        string mtu = way.Mtu > 0 ? string.Create(CultureInfo.InvariantCulture, $" mtu {way.Mtu}") : "";
        return ToolResult.Done($"{first}{(style.OneLine ? "\\" : "\n")}    cache{(way.Flags is null ? "" : $" <{way.Flags}>")}{expires}{mtu} \n");
    }

    /// <summary>IPv6 has no cache to tell of: the route itself is shown, with its metric, and in a copy of it what a router told of the path.</summary>
    private static ToolResult WayOfV6(FoundWay way, IpStyle style)
    {
        bool isOwnTable = way.Kind is "local" or "multicast"; // the kernel's table of its own addresses and of groups
        string table = isOwnTable ? "local" : style.Details ? "main" : "";
        string protocol = isOwnTable || way.Route is { IsConnected: true } ? "kernel" : way.Route?.Protocol ?? (style.Details && way.Expires is null ? "boot" : "");
        int metric = way.Kind == "local" ? 0 : way.Kind == "multicast" || way.Route is null ? IpText.ConnectedMetricV6 : IpText.MetricOf(way.Route);
        string from = way.From.IsNone ? "::" : way.From.ToString();
        if (style.Json)
        {
            return ToolResult.Done(IpJson.List(
                [
                    new()
                    {
                        { "type", way.Kind }, { "dst", way.To.ToString() }, { "from", from }, { "gateway", way.Gateway.IsNone ? null : way.Gateway.ToString() }, { "dev", way.Device },
                        { "table", table.Length > 0 ? table : null }, { "protocol", protocol.Length > 0 ? protocol : null }, { "scope", style.Details && way.Expires is null ? "global" : null },
                        { "prefsrc", way.Source.IsNone ? null : way.Source.ToString() }, { "metric", metric }, { "flags", Array.Empty<object>() }, { "expires", way.Expires },
                        { "metrics", way.Mtu > 0 ? new object[] { new IpJson.Members { { "mtu", way.Mtu } } } : null }, { "pref", "medium" },
                    },
                ], style));
        }

        static string Word(string name, string value) => value.Length > 0 ? $" {name} {value}" : "";
        string scope = style.Details && way.Expires is null ? " scope global" : "";
        string expires = way.Expires is { } seconds ? string.Create(CultureInfo.InvariantCulture, $" expires {seconds}sec") : "";
        string mtu = way.Mtu > 0 ? string.Create(CultureInfo.InvariantCulture, $" mtu {way.Mtu}") : "";
        string head = $"{(way.Kind is null ? "" : way.Kind + " ")}{way.To} from {from}{(way.Gateway.IsNone ? "" : $" via {way.Gateway}")} dev {way.Device}{Word("table", table)}{Word("proto", protocol)}{scope}";
        return ToolResult.Done(string.Create(CultureInfo.InvariantCulture, $"{head}{(way.Source.IsNone ? "" : $" src {way.Source}")} metric {metric}{expires}{mtu} pref medium\n"));
    }

    /// <summary>What <c>ip route get</c> tells.</summary>
    private sealed record FoundWay(string? Kind, IpAddress To, IpAddress Gateway, string Device, IpAddress From, IpAddress Source, string? Flags, int Mtu, int? Expires = null)
    {
        /// <summary>The route of IPv6 that was found; null for what has none of its own.</summary>
        internal NetRoute? Route { get; init; }
    }

    private static ToolResult Flush(IpCommand.Words words, Host host, IpStyle style)
    {
        var chosen = new RouteSelector();
        if (chosen.Read(words, host, style.OnlyV6 ?? false) is { } failure)
        {
            return failure;
        }

        if (!chosen.IsGiven)
        {
            return ToolResult.Failed(1, "\"ip route flush\" requires arguments.");
        }

        foreach (NetRoute route in chosen.IsCache || chosen.Table is "local" or "default" ? [] : HostTables.Routes(host, chosen.IsV6 ?? style.OnlyV6 ?? false))
        {
            if (chosen.Matches(route) && host.Routes.Routes.FirstOrDefault(each => each.Prefix == route.Prefix && each.PrefixLength == route.PrefixLength && each.Kind == route.Kind && each.Metric == route.Metric && each.Gateway == route.Gateway) is { } found)
            {
                host.Routes.Remove(found);
            }
        }

        return ToolResult.Done("");
    }

    internal static ToolResult Add(IpCommand.Words words, Host host, RouteChange change)
    {
        if (Read(words, host, out NetRoute route, out Interface? on, out _) is { } failure)
        {
            return failure;
        }

        if (FindDevice(host, route, ref on) is { } unreachable)
        {
            return unreachable;
        }

        bool v6 = route.Prefix.IsV6;
        IpAddress prefix = AddressMatch.FromPrefix(route.Prefix, route.PrefixLength).Address;
        Route? before = host.Routes.Routes.FirstOrDefault(other => other.Prefix == prefix && other.PrefixLength == route.PrefixLength && other.Metric == route.Metric);
        if (change == RouteChange.Change && before is null)
        {
            return ToolResult.Failed(2, "RTNETLINK answers: No such file or directory");
        }

        if (change == RouteChange.Add && before is not null && !v6)
        {
            return ToolResult.Failed(2, "RTNETLINK answers: File exists");
        }

        bool fits = (route.Gateway.IsNone || route.Gateway.IsV6 == v6) && (route.Source.IsNone || route.Source.IsV6 == v6) && host.Routes.Routes.Count < RouteTable.MaxRoutes;
        if (!fits)
        {
            return ToolResult.Failed(2, "RTNETLINK answers: Invalid argument");
        }

        if (change is RouteChange.Change or RouteChange.Replace && before is not null)
        {
            host.Routes.Remove(before);
        }

        var added = new Route(prefix, route.PrefixLength, route.Gateway, on, route.Metric, route.Source, IsConnected: false) { Kind = route.Kind, Mtu = route.Mtu, Protocol = route.Protocol };
        return host.Routes.Add(added) ? ToolResult.Done("") : ToolResult.Failed(2, "RTNETLINK answers: File exists");
    }

    /// <summary>The interface of a route that does not name one, and what the kernel checks of a gateway and a source. Null if they are right.</summary>
    private static ToolResult? FindDevice(Host host, NetRoute route, [System.Diagnostics.CodeAnalysis.NotNull] ref Interface? on)
    {
        if (route.Kind != RouteKind.Unicast)
        {
            bool hasWay = on is not null || !route.Gateway.IsNone;
            on ??= host.Loopback;
            return hasWay ? ToolResult.Failed(2, "Error: Gateway, device and multipath can not be specified for this route type.")
                : route.Prefix.IsV6 ? ToolResult.Failed(1, $"ip: the lab has '{IpText.KindOf(route)}' for IPv4 only") : null;
        }

        ToolResult? wrong = null;
        if (!route.Gateway.IsNone)
        {
            // The gateway has to be a neighbour: its own route must not go through another gateway.
            bool isNeighbor = host.Routes.TryLookup(route.Gateway, out Route? toGateway, on) && toGateway.Gateway.IsNone && toGateway.Kind == RouteKind.Unicast;
            wrong = isNeighbor ? null : ToolResult.Failed(2, route.Prefix.IsV6 ? "RTNETLINK answers: No route to host" : "Error: Nexthop has invalid gateway.");
            on ??= isNeighbor ? toGateway!.Via : host.Loopback;
        }
        else if (on is null)
        {
            on = host.Loopback;
            wrong = ToolResult.Failed(2, "RTNETLINK answers: No such device");
        }

        bool isOurs = route.Source.IsNone || host.Interfaces.Any(each => each.Addresses.Any(own => own.Address == route.Source));
        return wrong ?? (isOurs ? null : ToolResult.Failed(2, route.Prefix.IsV6 ? "RTNETLINK answers: Invalid argument" : "Error: Invalid prefsrc address."));
    }

    internal static ToolResult Delete(IpCommand.Words words, Host host)
    {
        if (Read(words, host, out NetRoute route, out Interface? on, out bool hasMetric) is { } failure)
        {
            return failure;
        }

        IpAddress prefix = AddressMatch.FromPrefix(route.Prefix, route.PrefixLength).Address;
        Route? found = host.Routes.Routes.Where(other => other.Prefix == prefix && other.PrefixLength == route.PrefixLength
            && (route.Gateway.IsNone || other.Gateway == route.Gateway) && (on is null || other.Via == on) && (!hasMetric || other.Metric == route.Metric) && (route.Kind == RouteKind.Unicast || other.Kind == route.Kind) && (route.Source.IsNone || other.Source == route.Source)).MinBy(other => other.Metric);
        return found is not null && host.Routes.Remove(found) ? ToolResult.Done("") : ToolResult.Failed(2, "RTNETLINK answers: No such process");
    }

    private static ToolResult? Read(IpCommand.Words words, Host host, out NetRoute route, out Interface? on, out bool hasMetric)
    {
        route = new(default, 0, default, "");
        (on, hasMetric) = (null, false);
        bool isDefault = false, any = false;
        while (words.Take() is { } word)
        {
            any = true;
            string? value = word is "via" or "dev" or "oif" or "metric" or "preference" or "src" or "to" or "proto" or "protocol" or "scope" or "priority" or "table" or "mtu" ? words.Take() : word;
            IpAddress address = default;
            int length = 0, metric = 0;
            if (value is null)
            {
                return IpChanges.Incomplete();
            }

            switch (word)
            {
                case "via" or "src" when !IpAddress.TryParse(value, out address): return IpChanges.NoAddress(value, v6: false);
                case "via": route = route with { Gateway = address }; break;
                case "src": route = route with { Source = address }; break;
                case "dev" or "oif" when !host.TryGetDevice(value, out on): return ToolResult.Failed(1, $"Cannot find device \"{value}\"");
                case "proto" or "protocol" when value is not ("kernel" or "boot" or "static" or "redirect" or "dhcp" or "ra" or "bird" or "zebra") && !byte.TryParse(value, out _): return ToolResult.Failed(Unknown, $"Error: argument \"{value}\" is wrong: \"protocol\" value is invalid\n");
                case "proto" or "protocol": route = route with { Protocol = value switch { "boot" or "3" => null, "2" => "kernel", "4" => "static", _ => value } }; break;
                case "dev" or "oif" or "scope" or "unicast": break; // the scope follows from the route here
                case "blackhole" or "unreachable" or "prohibit" or "throw": route = route with { Kind = Enum.Parse<RouteKind>(word, ignoreCase: true) }; break;
                case "mtu" when value == "lock": return ToolResult.Failed(1, "ip: the lab's routes have 'mtu N': a locked one, which ends path MTU discovery, is not there");
                case "mtu" when !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out length): return ToolResult.Failed(Unknown, $"Error: argument \"{value}\" is wrong: \"mtu\" value is invalid\n");
                case "mtu": route = route with { Mtu = Math.Min(length, LargestMtu) }; break;
                case "table" when value is "main" or "254": break;
                case "table": return ToolResult.Failed(1, $"ip: the lab's hosts have one table of routes: there is no table {value}");
                case "metric" or "priority" or "preference" when !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out metric): return ToolResult.Failed(Unknown, $"Error: argument \"{value}\" is wrong: \"metric\" value is invalid\n");
                case "metric" or "priority" or "preference": route = route with { Metric = metric }; hasMetric = true; break;
                case "local" or "broadcast" or "multicast" or "nat":
                    return ToolResult.Failed(1, $"ip: the lab's hosts keep the routes of their own addresses by themselves: '{word}' is not there");
                case "advmss" or "window" or "rtt" or "rttvar" or "cwnd" or "initcwnd" or "initrwnd" or "ssthresh" or "hoplimit" or "features" or "quickack" or "congctl" or "rto_min" or "reordering" or "onlink" or "nexthop" or "realms" or "expires" or "fastopen_no_cookie":
                    return ToolResult.Failed(1, $"ip: the lab's routes have a gateway, an interface, a metric, a source and an mtu: '{word}' is not there");
                case var _ when !route.Prefix.IsNone && word != "to": return ToolResult.Failed(Unknown, $"Error: either \"to\" is duplicate, or \"{value}\" is a garbage.");
                case var _ when !IpChanges.TryParsePrefix(value, v6: false, out address, out length): return IpChanges.NoPrefix(value, v6: false);
                case var _ when !address.IsV6 && length < 32 && ((uint)address.Low & (uint.MaxValue >> length)) != 0: return ToolResult.Failed(2, "Error: Invalid prefix for given prefix length.");
                default:
                    route = route with { Prefix = address, PrefixLength = length };
                    isDefault |= value is "default" or "any" or "all";
                    break;
            }
        }

        if (route.Prefix.IsNone)
        {
            return any ? ToolResult.Failed(2, "RTNETLINK answers: No such device") : IpCommand.Help();
        }

        route = isDefault && route.Gateway.IsV6 ? route with { Prefix = IpAddress.AnyV6 } : route;
        return null;
    }
}

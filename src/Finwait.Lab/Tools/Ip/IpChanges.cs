using System.Globalization;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>The commands of <c>ip</c> that change something, with the answers of the tool and of the kernel.</summary>
internal static class IpChanges
{
    internal static ToolResult Incomplete() => ToolResult.Failed(1, "Command line is not complete. Try option \"help\"");

    /// <summary><c>default</c>, <c>any</c>, an address, or an address with the length of a prefix.</summary>
    internal static bool TryParsePrefix(string text, bool v6, out IpAddress address, out int length)
    {
        (address, length) = (v6 ? IpAddress.AnyV6 : IpAddress.AnyV4, 0);
        if (text is "default" or "any" or "all")
        {
            return true;
        }

        int slash = text.IndexOf('/');
        if (!IpAddress.TryParse(slash < 0 ? text : text.AsSpan(0, slash), out address))
        {
            return false;
        }

        length = address.IsV6 ? 128 : 32;
        return slash < 0 || (int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int given) && given <= length && (length = given) >= 0);
    }

    internal static ToolResult AddAddress(IpCommand.Words words, Host host)
    {
        if (ReadAddress(words, host, out IpAddress address, out int length, out Interface? on, out string? label) is { } failure)
        {
            return failure;
        }

        if (on!.Addresses.Any(other => other.Address == address))
        {
            return ToolResult.Failed(2, address.IsV6 ? "RTNETLINK answers: File exists" : "Error: ipv4: Address already assigned.");
        }

        return TryAddAddress(on, address, length, label) ? ToolResult.Done("") : ToolResult.Failed(2, "RTNETLINK answers: Cannot assign requested address");
    }

    /// <summary>False if the address is none an interface can have, or there is no room for one more.</summary>
    internal static bool TryAddAddress(Interface on, IpAddress address, int length, string? label)
    {
        bool canBe = !address.IsUnspecified && !address.IsMulticast && !address.IsLimitedBroadcast && on.Addresses.Count < Interface.MaxAddresses;
        if (canBe)
        {
            on.AddAddress(address, length, label);
        }

        return canBe;
    }

    internal static ToolResult DeleteAddress(IpCommand.Words words, Host host)
    {
        if (ReadAddress(words, host, out IpAddress address, out int length, out Interface? on, out _) is { } failure)
        {
            return failure;
        }

        bool isThere = on!.Addresses.Any(other => other.Address == address && (other.PrefixLength == length || length == (address.IsV6 ? 128 : 32)));
        return isThere && on.RemoveAddress(address) ? ToolResult.Done("") : ToolResult.Failed(2, address.IsV6 ? "RTNETLINK answers: Cannot assign requested address" : "Error: ipv4: Address not found.");
    }

    internal static ToolResult FlushAddresses(IpCommand.Words words, Host host)
    {
        string? word = words.Take();
        string? device = word == "dev" ? words.Take() : word;
        if (device is null)
        {
            return ToolResult.Failed(1, "Flush requires arguments.");
        }

        if (!host.TryGetInterface(device, out Interface? on))
        {
            return ToolResult.Failed(1, $"Device \"{device}\" does not exist.");
        }

        foreach (InterfaceAddress address in on.Addresses.ToArray())
        {
            on.RemoveAddress(address.Address);
        }

        return ToolResult.Done("");
    }

    internal static ToolResult SetLink(IpCommand.Words words, Host host)
    {
        string? word = words.Take();
        string? device = word == "dev" ? words.Take() : word;
        if (device is null)
        {
            return ToolResult.Failed(1, "Not enough information: \"dev\" argument is required.");
        }

        if (!host.TryGetInterface(device, out Interface? on))
        {
            return ToolResult.Failed(1, $"Cannot find device \"{device}\"");
        }

        while (words.Take() is { } change)
        {
            switch (change)
            {
                case "up" or "down": Switch(host, on, change == "up"); break;
                case "mtu" when words.Take() is { } text:
                    if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int mtu))
                    {
                        return ToolResult.Failed(Unknown, $"Error: argument \"{text}\" is wrong: Invalid \"mtu\" value\n".TrimEnd('\n'));
                    }

                    if (!TrySetMtu(on, mtu, out string error))
                    {
                        return ToolResult.Failed(2, error);
                    }

                    break;
                default:
                    return ToolResult.Failed(Unknown, $"Error: either \"dev\" is duplicate, or \"{change}\" is a garbage.");
            }
        }

        return ToolResult.Done("");
    }

    /// <summary>Switches an interface on or off. Off, the kernel forgets the routes through it; those of its own subnets come back with it.</summary>
    internal static void Switch(Host host, Interface on, bool isUp)
    {
        on.IsUp = isUp;
        foreach (Route route in isUp ? [] : host.Routes.Routes.Where(route => route.Via == on && !route.IsConnected).ToArray())
        {
            host.Routes.Remove(route.Prefix, route.PrefixLength, route.Gateway, on);
        }
    }

    internal static bool TrySetMtu(Interface on, int mtu, out string error)
    {
        error = mtu < 68 ? "Error: mtu less than device minimum." : mtu > 65536 ? "Error: mtu greater than device maximum." : "";
        if (error.Length == 0)
        {
            on.Mtu = mtu;
        }

        return error.Length == 0;
    }

    internal static ToolResult AddRoute(IpCommand.Words words, Host host, bool replaces)
    {
        if (ReadRoute(words, host, out NetRoute route, out Interface? on) is { } failure)
        {
            return failure;
        }

        bool v6 = route.Prefix.IsV6;
        if (on is null)
        {
            if (route.Gateway.IsNone)
            {
                return ToolResult.Failed(2, "RTNETLINK answers: No such device");
            }

            // The gateway has to be a neighbour: its own route must not go through another gateway.
            if (!host.Routes.TryLookup(route.Gateway, out Route? toGateway) || !toGateway.Gateway.IsNone)
            {
                return ToolResult.Failed(2, v6 ? "RTNETLINK answers: No route to host" : "Error: Nexthop has invalid gateway.");
            }

            on = toGateway.Via;
        }

        if (replaces)
        {
            host.Routes.Remove(route.Prefix, route.PrefixLength);
        }
        else if (host.Routes.Routes.Any(other => other.Prefix == AddressMatch.FromPrefix(route.Prefix, route.PrefixLength).Address && other.PrefixLength == route.PrefixLength && other.Metric == route.Metric && !v6))
        {
            return ToolResult.Failed(2, "RTNETLINK answers: File exists");
        }

        bool fits = (route.Gateway.IsNone || route.Gateway.IsV6 == v6) && (route.Source.IsNone || route.Source.IsV6 == v6) && host.Routes.Routes.Count < RouteTable.MaxRoutes;
        return !fits ? ToolResult.Failed(2, "RTNETLINK answers: Invalid argument")
            : host.Routes.Add(route.Prefix, route.PrefixLength, route.Gateway, on, route.Metric, route.Source) ? ToolResult.Done("") : ToolResult.Failed(2, "RTNETLINK answers: File exists");
    }

    internal static ToolResult DeleteRoute(IpCommand.Words words, Host host)
    {
        if (ReadRoute(words, host, out NetRoute route, out Interface? on) is { } failure)
        {
            return failure;
        }

        return host.Routes.Remove(route.Prefix, route.PrefixLength, route.Gateway, on) ? ToolResult.Done("") : ToolResult.Failed(2, "RTNETLINK answers: No such process");
    }

    internal static ToolResult AddNeighbor(IpCommand.Words words, Host host, Instant now)
    {
        if (ReadNeighbor(words, host, out IpAddress address, out MacAddress? mac, out Interface? on) is { } failure)
        {
            return failure;
        }

        return mac is not { } known ? ToolResult.Failed(1, "Error: a neighbour needs \"lladdr\".")
            : on!.Kind != InterfaceKind.Ethernet ? ToolResult.Failed(2, "RTNETLINK answers: Invalid argument")
            : host.Neighbors.SetPermanent(now, on, address, known) ? ToolResult.Done("") : ToolResult.Failed(2, "RTNETLINK answers: No buffer space available");
    }

    internal static ToolResult DeleteNeighbor(IpCommand.Words words, Host host)
    {
        if (ReadNeighbor(words, host, out IpAddress address, out _, out Interface? on) is { } failure)
        {
            return failure;
        }

        return host.Neighbors.Remove(on!, address) ? ToolResult.Done("") : ToolResult.Failed(2, "RTNETLINK answers: No such file or directory");
    }

    internal static ToolResult FlushNeighbors(IpCommand.Words words, Host host)
    {
        string? word = words.Take();
        string? device = word == "dev" ? words.Take() : word;
        if (device is null)
        {
            return ToolResult.Failed(1, "Flush requires arguments.");
        }

        if (device != "all" && !host.TryGetInterface(device, out _))
        {
            return ToolResult.Failed(1, $"Cannot find device \"{device}\"");
        }

        foreach (NeighborEntry entry in host.Neighbors.Entries.Where(entry => (device == "all" || entry.On.Name == device) && entry.State != NeighborState.Permanent).ToArray())
        {
            host.Neighbors.Remove(entry.On, entry.Address);
        }

        return ToolResult.Done("");
    }

    private const int Unknown = 255;

    private static ToolResult? ReadAddress(IpCommand.Words words, Host host, out IpAddress address, out int length, out Interface? on, out string? label)
    {
        (address, length, on, label) = (default, 0, null, null);
        string? device = null;
        while (words.Take() is { } word)
        {
            string? value = word is "dev" or "label" or "brd" or "broadcast" or "scope" or "local" ? words.Take() : word;
            if (value is null)
            {
                return Incomplete();
            }

            switch (word)
            {
                case "dev": device = value; break;
                case "label": label = value; break;
                case "brd" or "broadcast" or "scope": break; // follow from the address here
                default:
                    if (value is "default" or "any" or "all" || !TryParsePrefix(value, v6: false, out address, out length))
                    {
                        return ToolResult.Failed(1, $"Error: any valid prefix is expected rather than \"{value}\".");
                    }

                    break;
            }
        }

        if (device is null)
        {
            return ToolResult.Failed(1, "Not enough information: \"dev\" argument is required.");
        }

        if (!host.TryGetInterface(device, out on))
        {
            return ToolResult.Failed(1, $"Cannot find device \"{device}\"");
        }

        return address.IsNone ? Incomplete() : null;
    }

    private static ToolResult? ReadRoute(IpCommand.Words words, Host host, out NetRoute route, out Interface? on)
    {
        route = new(default, 0, default, "");
        on = null;
        bool isDefault = false;
        while (words.Take() is { } word)
        {
            string? value = word is "via" or "dev" or "metric" or "src" or "to" or "proto" or "scope" or "priority" ? words.Take() : word;
            IpAddress address = default;
            int length = 0, metric = 0;
            if (value is null)
            {
                return Incomplete();
            }

            switch (word)
            {
                case "via" or "src" when !IpAddress.TryParse(value, out address):
                    return ToolResult.Failed(1, $"Error: any valid address is expected rather than \"{value}\".");
                case "via": route = route with { Gateway = address }; break;
                case "src": route = route with { Source = address }; break;
                case "dev" when !host.TryGetInterface(value, out on): return ToolResult.Failed(1, $"Cannot find device \"{value}\"");
                case "dev" or "proto" or "scope": break; // the last two follow from the route here
                case "metric" or "priority" when !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out metric): return ToolResult.Failed(Unknown, $"Error: argument \"{value}\" is wrong: \"metric\" value is invalid");
                case "metric" or "priority": route = route with { Metric = metric }; break;
                case var _ when !TryParsePrefix(value, v6: false, out address, out length): return ToolResult.Failed(1, $"Error: any valid prefix is expected rather than \"{value}\".");
                case var _ when !address.IsV6 && length < 32 && ((uint)address.Low & (uint.MaxValue >> length)) != 0: return ToolResult.Failed(2, "Error: Invalid prefix for given prefix length.");
                default:
                    route = route with { Prefix = address, PrefixLength = length };
                    isDefault |= value is "default" or "any" or "all";
                    break;
            }
        }

        if (route.Prefix.IsNone)
        {
            return Incomplete();
        }

        route = isDefault && route.Gateway.IsV6 ? route with { Prefix = IpAddress.AnyV6 } : route;
        return null;
    }

    private static ToolResult? ReadNeighbor(IpCommand.Words words, Host host, out IpAddress address, out MacAddress? mac, out Interface? on)
    {
        (address, mac, on) = (default, null, null);
        while (words.Take() is { } word)
        {
            string? value = word is "dev" or "lladdr" or "nud" or "to" ? words.Take() : word;
            MacAddress parsed = default;
            if (value is null)
            {
                return Incomplete();
            }

            switch (word)
            {
                case "dev" when !host.TryGetInterface(value, out on): return ToolResult.Failed(1, $"Cannot find device \"{value}\"");
                case "lladdr" when !MacAddress.TryParse(value, out parsed): return ToolResult.Failed(1, $"\"{value}\" is invalid lladdr.");
                case "lladdr": mac = parsed; break;
                case "nud" when value is not "permanent": return ToolResult.Failed(1, "Error: only \"nud permanent\" can be set.");
                case "dev" or "nud": break;
                case var _ when !IpAddress.TryParse(value, out address): return ToolResult.Failed(1, $"Error: any valid address is expected rather than \"{value}\".");
                default: break;
            }
        }

        return address.IsNone || on is null ? ToolResult.Failed(1, "Device and destination are required arguments.") : null;
    }
}

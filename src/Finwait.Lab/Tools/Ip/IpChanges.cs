using System.Globalization;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>The commands of <c>ip</c> that change something, with the answers of the tool and of the kernel.</summary>
internal static class IpChanges
{
    internal static ToolResult Incomplete() => ToolResult.Failed(Unknown, "Command line is not complete. Try option \"help\"");

    internal static ToolResult NoPrefix(string text, bool v6) => ToolResult.Failed(1, $"Error: {(v6 ? "inet6" : "any valid")} prefix is expected rather than \"{text}\".");

    internal static ToolResult NoAddress(string text, bool v6) => ToolResult.Failed(1, $"Error: {(v6 ? "inet6" : "inet")} address is expected rather than \"{text}\".");

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

    internal static ToolResult AddAddress(IpCommand.Words words, Host host, bool mayBeThere)
    {
        if (ReadAddress(words, host, out InterfaceAddress wanted, out Interface? on) is { } failure)
        {
            return failure;
        }

        (IpAddress address, int length, string? label) = (wanted.Address, wanted.PrefixLength, wanted.Label.Length == 0 ? null : wanted.Label);
        if (on!.Addresses.Any(other => other.Address == address))
        {
            if (mayBeThere && on.Addresses.Any(other => other.Address == address && other.PrefixLength == length))
            {
                return ToolResult.Done("");
            }

            return ToolResult.Failed(2, address.IsV6 ? "RTNETLINK answers: File exists" : "Error: ipv4: Address already assigned.");
        }

        if (address.IsV6 && host.Settings.DisableIpv6 && on.Kind != InterfaceKind.Loopback)
        {
            return ToolResult.Failed(2, "RTNETLINK answers: Permission denied");
        }

        return TryAddAddress(on, address, length, label, wanted.Broadcast) ? ToolResult.Done("") : ToolResult.Failed(2, "RTNETLINK answers: Cannot assign requested address");
    }

    /// <summary>False if the address is none an interface can have, or there is no room for one more.</summary>
    internal static bool TryAddAddress(Interface on, IpAddress address, int length, string? label, IpAddress? broadcast = null)
    {
        bool canBe = !address.IsUnspecified && !address.IsMulticast && !address.IsLimitedBroadcast && on.Addresses.Count < Interface.MaxAddresses;
        if (canBe)
        {
            on.AddAddress(address, length, label, broadcast);
        }

        return canBe;
    }

    internal static ToolResult DeleteAddress(IpCommand.Words words, Host host)
    {
        string? given = words.FirstAddress;
        if (ReadAddress(words, host, out InterfaceAddress meant, out Interface? on) is { } failure)
        {
            return failure;
        }

        (IpAddress address, int length) = (meant.Address, meant.PrefixLength);
        string warning = address.IsV6 || given?.Contains('/') != false ? "" : $"""
            Warning: Executing wildcard deletion to stay compatible with old scripts.
                     Explicitly specify the prefix length ({address}/32) to avoid this warning.
                     This special behaviour is likely to disappear in further releases,
                     fix your scripts!

            """;
        bool isThere = on!.Addresses.Any(other => other.Address == address && (other.PrefixLength == length || length == (address.IsV6 ? 128 : 32)));
        return isThere && on.RemoveAddress(address) ? new ToolResult(0, "", warning) : ToolResult.Failed(2, address.IsV6 ? "RTNETLINK answers: Cannot assign requested address" : warning + "Error: ipv4: Address not found.");
    }

    internal static ToolResult FlushAddresses(IpCommand.Words words, Host host, IpStyle style)
    {
        if (!words.Any)
        {
            return ToolResult.Failed(1, "Flush requires arguments.");
        }

        var chosen = new AddressSelector();
        if (chosen.Read(words, host) is { } failure)
        {
            return failure;
        }

        foreach (Interface on in host.Interfaces.Where(on => chosen.Device is null || on.Name == chosen.Device))
        {
            foreach (InterfaceAddress address in on.Addresses.Where(address => chosen.Matches(address) && (style.OnlyV6 is not { } v6 || v6 == address.Address.IsV6)).ToArray())
            {
                on.RemoveAddress(address.Address);
            }
        }

        return ToolResult.Done("");
    }

    internal static ToolResult SetLink(IpCommand.Words words, Host host)
    {
        string? word = words.Take();
        string? device = word == "dev" ? words.Take() : word;
        if (device is null)
        {
            return ToolResult.Failed(Unknown, "Not enough information: \"dev\" argument is required.");
        }

        if (!host.TryGetDevice(device, out Interface? on))
        {
            return ToolResult.Failed(1, $"Cannot find device \"{device}\"");
        }

        if (Duplicate(words.Rest) is { } duplicate)
        {
            return duplicate;
        }

        while (words.Take() is { } change)
        {
            if (Set(host, on, change, words) is { } failure)
            {
                return failure;
            }
        }

        return ToolResult.Done("");
    }

    // The tool reads the whole line before it changes anything.
    private static ToolResult? Duplicate(ReadOnlySpan<string> words)
    {
        foreach (string name in new[] { "mtu", "txqueuelen" })
        {
            int first = words.IndexOf(name), second = words.LastIndexOf(name);
            if (first >= 0 && second > first && second + 1 < words.Length)
            {
                return ToolResult.Failed(Unknown, $"Error: duplicate \"{name}\": \"{words[second + 1]}\" is the second value.");
            }
        }

        return null;
    }

    private static ToolResult? Set(Host host, Interface on, string change, IpCommand.Words words)
    {
        if (change is "up" or "down")
        {
            Switch(host, on, change == "up");
            return null;
        }

        if (change is "arp" or "multicast" or "allmulticast" or "promisc")
        {
            return words.Take() is { } value ? SetMode(on, change, value) : Incomplete();
        }

        if (change == "address")
        {
            return words.Take() is { } value ? SetMac(on, value) : Incomplete();
        }

        if (change is "name" or "broadcast" or "netns" or "master" or "nomaster" or "alias" or "carrier" or "dynamic" or "trailers" or "type")
        {
            return ToolResult.Failed(1, $"ip: the lab's interfaces take up, down, mtu, txqueuelen, address, arp, promisc, multicast and allmulticast: '{change}' is not there");
        }

        if (change is not ("mtu" or "txqueuelen" or "txqlen" or "qlen"))
        {
            return ToolResult.Failed(Unknown, $"Error: either \"dev\" is duplicate, or \"{change}\" is a garbage.");
        }

        if (words.Take() is not { } text)
        {
            return Incomplete();
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            return ToolResult.Failed(Unknown, $"Error: argument \"{text}\" is wrong: Invalid \"{(change == "mtu" ? "mtu" : "txqueuelen")}\" value\n");
        }

        if (change != "mtu")
        {
            on.TransmitQueueLimit = number;
            return null;
        }

        return TrySetMtu(on, number, out string error) ? null : ToolResult.Failed(2, error);
    }

    private static ToolResult? SetMode(Interface on, string change, string value)
    {
        if (value is not ("on" or "off"))
        {
            return ToolResult.Failed(1, $"Error: argument of \"{change}\" must be \"on\" or \"off\", not \"{value}\"");
        }

        InterfaceModes mode = change switch { "arp" => InterfaceModes.NoArp, "multicast" => InterfaceModes.NoMulticast, "promisc" => InterfaceModes.Promiscuous, _ => InterfaceModes.AllMulticast };
        bool isSet = (value == "on") != (mode is InterfaceModes.NoArp or InterfaceModes.NoMulticast);
        on.Modes = isSet ? on.Modes | mode : on.Modes & ~mode;
        return null;
    }

    private static ToolResult? SetMac(Interface on, string text)
    {
        if (!MacAddress.TryParse(text, out MacAddress mac))
        {
            return ToolResult.Failed(1, $"Invalid address length {text.Split(':').Length} - must be 6 bytes");
        }

        if (on.Kind != InterfaceKind.Ethernet || mac.IsMulticast || mac.Value == 0)
        {
            return ToolResult.Failed(2, on.Kind != InterfaceKind.Ethernet ? "RTNETLINK answers: Operation not supported" : "RTNETLINK answers: Cannot assign requested address");
        }

        on.Mac = mac;
        return null;
    }

    /// <summary>Switches an interface on or off. Off, the kernel forgets the routes through it; those of its own subnets come back with it.</summary>
    internal static void Switch(Host host, Interface on, bool isUp)
    {
        on.IsUp = isUp;
        foreach (Route route in isUp ? [] : host.Routes.Routes.Where(route => route.Via == on && !route.IsConnected && route.Kind == RouteKind.Unicast).ToArray())
        {
            host.Routes.Remove(route.Prefix, route.PrefixLength, route.Gateway, on);
        }
    }

    internal static int LargestMtu(InterfaceKind kind) => kind == InterfaceKind.Ethernet ? 65535 : 65536;

    internal static bool TrySetMtu(Interface on, int mtu, out string error)
    {
        error = mtu < 68 ? "Error: mtu less than device minimum." : mtu > LargestMtu(on.Kind) ? "Error: mtu greater than device maximum." : "";
        if (error.Length == 0)
        {
            on.Mtu = mtu;
        }

        return error.Length == 0;
    }

    private const int Unknown = 255;

    /// <summary>An address as it is to be set: without a label an empty one, without a broadcast address none.</summary>
    private static ToolResult? ReadAddress(IpCommand.Words words, Host host, out InterfaceAddress wanted, out Interface? on)
    {
        (wanted, on) = (default, null);
        string? device = null, label = null, broadcast = null;
        IpAddress address = default;
        int length = 0;
        while (words.Take() is { } word)
        {
            string? value = word is "dev" or "label" or "brd" or "broadcast" or "scope" or "local" or "valid_lft" or "preferred_lft" or "metric" ? words.Take() : word;
            if (value is null)
            {
                return Incomplete();
            }

            switch (word)
            {
                case "dev": device = value; break;
                case "label": label = value; break;
                case "scope" when value is not ("host" or "link" or "global" or "site") && !byte.TryParse(value, out _): return ToolResult.Failed(Unknown, $"Error: argument \"{value}\" is wrong: invalid scope value.");
                case "brd" or "broadcast" when value is not ("+" or "-") && (!IpAddress.TryParse(value, out IpAddress set) || set.IsV6): return NoAddress(value, v6: false);
                case "brd" or "broadcast": broadcast = value; break;
                case "scope": break; // follows from the address here
                case "valid_lft" or "preferred_lft" when value == "forever": break;
                case "valid_lft" or "preferred_lft" or "metric" or "peer" or "remote" or "anycast" or "noprefixroute" or "home" or "nodad" or "mngtmpaddr" or "autojoin":
                    return ToolResult.Failed(1, $"ip: the lab's addresses have a prefix, a broadcast address and a label, for ever: '{word}' is not there");
                default:
                    if (value is "default" or "any" or "all" || !TryParsePrefix(value, v6: false, out address, out length))
                    {
                        return NoPrefix(value, v6: false);
                    }

                    break;
            }
        }

        if (device is null)
        {
            return ToolResult.Failed(1, "Not enough information: \"dev\" argument is required.");
        }

        if (!host.TryGetDevice(device, out on))
        {
            return ToolResult.Failed(1, $"Cannot find device \"{device}\"");
        }

        wanted = new InterfaceAddress(address, length, label ?? "", IsSecondary: false);
        wanted = broadcast == "+" ? wanted : wanted with { Broadcast = broadcast switch { null => default, "-" => AddressMatch.FromPrefix(address, length).Address, _ => IpAddress.Parse(broadcast) } };
        return address.IsNone ? Incomplete() : null;
    }
}

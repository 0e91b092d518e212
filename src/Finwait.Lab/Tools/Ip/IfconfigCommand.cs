using System.Globalization;
using System.Text;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>net-tools' <c>ifconfig</c> (2.10) on a host: shows interfaces and aliases, sets addresses, switches on and off.</summary>
internal static class IfconfigCommand
{
    private const int MaxNameLength = 15;

    internal const string Hint = "ifconfig: `--help' gives usage information.";

    internal const string Usage = """
        Usage:
          ifconfig [-a] [-v] [-s] [INTERFACE]
          ifconfig INTERFACE [[inet] ADDRESS[/LENGTH]] [netmask MASK] [broadcast ADDRESS] [up|down]
          ifconfig INTERFACE [mtu N] [txqueuelen N] [hw ether ADDRESS] [[-]promisc] [[-]allmulti] [[-]arp] [[-]multicast]
          ifconfig INTERFACE [inet6] add|del ADDRESS[/LENGTH]
          INTERFACE:NUMBER is an alias: a further address of the interface.

        """;

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The words behind <c>ifconfig</c>.</param>
    /// <param name="host">The host.</param>
    /// <returns>Status 0; 1 for a wrong command line or an unknown interface, 255 if the kernel would refuse.</returns>
    internal static ToolResult Run(IReadOnlyList<string> arguments, Host host)
    {
        bool all = false, shortList = false;
        int at = 0;
        for (; at < arguments.Count && arguments[at].Length > 1 && arguments[at][0] == '-' && arguments[at] is not ("-arp" or "-promisc"); at++)
        {
            switch (arguments[at])
            {
                case "-a": all = true; break;
                case "-s": shortList = true; break;
                case "-v": break;
                case "-h" or "--help" or "-?": return ToolResult.Done(Usage);
                case "-V" or "--version": return ToolResult.Done("net-tools 2.10\n");
                default: return new(1, "", $"ifconfig: option `{arguments[at]}' not recognised.\n{Hint}\n");
            }
        }

        if (at + 1 < arguments.Count)
        {
            return IfconfigChanges.Run(arguments[at], [.. arguments.Skip(at + 1)], host);
        }

        string? name = at < arguments.Count ? arguments[at] : null;
        return Show(HostTables.Links(host), name?.Length > MaxNameLength ? name[..MaxNameLength] : name, all, shortList);
    }

    /// <summary>Shows interfaces and aliases, sorted by name.</summary>
    /// <param name="links">The interfaces.</param>
    /// <param name="name">Only this one; <c>null</c> for those that are up.</param>
    /// <param name="all"><c>-a</c>: those that are down too.</param>
    /// <param name="shortList"><c>-s</c>: one line each.</param>
    internal static ToolResult Show(IReadOnlyList<NetLink> links, string? name, bool all, bool shortList)
    {
        Entry[] entries = [.. links.SelectMany(Entries).Where(entry => name is null ? all || entry.Link.IsUp : entry.Name == name).OrderBy(entry => entry.Name, StringComparer.Ordinal)];
        if (name is not null && entries.Length == 0 && links.FirstOrDefault(link => link.Name == name.Split(':')[0] || link.AlternativeName == name.Split(':')[0]) is { } meant)
        {
            entries = [name.Contains(':') ? new(name, meant, null) : Entries(meant).First() with { Name = name }]; // under the name that was asked for
        }

        StringBuilder text = new(shortList ? "Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n" : "");
        if (name is not null && entries.Length == 0)
        {
            return new(1, text.ToString(), $"{name}: error fetching interface information: Device not found\n");
        }

        foreach (Entry entry in entries)
        {
            if (shortList)
            {
                AppendShort(text, entry);
            }
            else
            {
                Append(text, entry);
            }
        }

        return ToolResult.Done(text.ToString());
    }

    /// <summary>The table of <c>netstat -i</c>: the interfaces that are up, or all, without their aliases.</summary>
    internal static ToolResult ShowTable(IReadOnlyList<NetLink> links, bool all)
    {
        StringBuilder text = new("Kernel Interface table\nIface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n");
        foreach (NetLink link in links.Where(link => all || link.IsUp).OrderBy(link => link.Name, StringComparer.Ordinal))
        {
            AppendShort(text, new(link.Name, link, null));
        }

        return ToolResult.Done(text.ToString());
    }

    // An interface and its aliases: each label is an entry of its own.
    private static IEnumerable<Entry> Entries(NetLink link)
    {
        yield return new(link.Name, link, link.Addresses.Where(address => address.Address.IsV4 && address.Label == link.Name).Select(address => (InterfaceAddress?)address).FirstOrDefault());
        foreach (InterfaceAddress address in link.Addresses.Where(address => address.Address.IsV4 && address.Label != link.Name).DistinctBy(address => address.Label))
        {
            yield return new(address.Label, link, address);
        }
    }

    private static void Append(StringBuilder text, Entry entry)
    {
        NetLink link = entry.Link;
        (int flags, string names) = Flags(link);
        text.Append(CultureInfo.InvariantCulture, $"{entry.Name}: flags={flags}<{names}>  mtu {link.Mtu}\n");
        if (entry.Address is { } address)
        {
            text.Append(CultureInfo.InvariantCulture, $"        inet {address.Address}  netmask {AddressMatch.FromPrefix(IpAddress.AnyV4, address.PrefixLength).Mask}");
            text.Append(link.Kind switch
            {
                InterfaceKind.Ethernet => $"  broadcast {(address.Broadcast.IsNone ? IpAddress.AnyV4 : address.Broadcast)}\n",
                InterfaceKind.PointToPoint => $"  destination {address.Address}\n",
                _ => "\n",
            });
        }

        if (!entry.IsAlias)
        {
            foreach (InterfaceAddress v6 in link.Addresses.Where(other => other.Address.IsV6))
            {
                string scope = v6.Address.IsLoopback ? "0x10<host>" : v6.Address.SharesPrefix(IpAddress.FromV6(0xFE80_0000_0000_0000, 0), 10) ? "0x20<link>" : "0x0<global>";
                text.Append(CultureInfo.InvariantCulture, $"        inet6 {v6.Address}  prefixlen {v6.PrefixLength}  scopeid {scope}\n");
            }
        }

        text.Append(link.Kind switch
        {
            InterfaceKind.Loopback => "        loop",
            InterfaceKind.Ethernet => $"        ether {link.Mac}",
            _ => "        unspec 00-00-00-00-00-00-00-00-00-00-00-00-00-00-00-00",
        });
        text.Append(CultureInfo.InvariantCulture, $"  txqueuelen {link.QueueLength}  ({link.Kind switch { InterfaceKind.Loopback => "Local Loopback", InterfaceKind.Ethernet => "Ethernet", _ => "UNSPEC" }})\n");
        if (!entry.IsAlias)
        {
            text.Append(CultureInfo.InvariantCulture, $"        RX packets {link.PacketsReceived}  bytes {link.OctetsReceived} ({Size(link.OctetsReceived)})\n");
            text.Append(CultureInfo.InvariantCulture, $"        RX errors 0  dropped {link.ReceiveDropped}  overruns 0  frame 0\n");
            text.Append(CultureInfo.InvariantCulture, $"        TX packets {link.PacketsSent}  bytes {link.OctetsSent} ({Size(link.OctetsSent)})\n");
            text.Append(CultureInfo.InvariantCulture, $"        TX errors 0  dropped {link.TransmitDropped} overruns 0  carrier 0  collisions 0\n");
        }

        text.Append('\n');
    }

    private static void AppendShort(StringBuilder text, Entry entry)
    {
        NetLink link = entry.Link;
        bool Has(InterfaceModes mode) => (link.Modes & mode) != 0;
        string flags = (Has(InterfaceModes.AllMulticast) ? "A" : "") + link.Kind switch { InterfaceKind.Loopback => "L", InterfaceKind.Ethernet => Has(InterfaceModes.NoMulticast) ? "B" : "BM", _ => "M" }
            + (Has(InterfaceModes.Promiscuous) ? "P" : "") + (Has(InterfaceModes.NoArp) ? "O" : "") + (link.Kind == InterfaceKind.PointToPoint ? "OP" : "") + (link.IsUp ? "RU" : "");
        text.Append(CultureInfo.InvariantCulture, $"{entry.Name,-14}{link.Mtu,7}");
        text.Append(entry.IsAlias
            ? "      - no statistics available -                        "
            : string.Create(CultureInfo.InvariantCulture, $" {link.PacketsReceived,8}      0 {link.ReceiveDropped,6} 0      {link.PacketsSent,8}      0 {link.TransmitDropped,6}      0 "));
        text.Append(flags).Append('\n');
    }

    private static (int Flags, string Names) Flags(NetLink link)
    {
        (int Bit, string Name, bool IsSet)[] all =
        [
            (1, "UP", link.IsUp), (2, "BROADCAST", link.Kind == InterfaceKind.Ethernet), (8, "LOOPBACK", link.Kind == InterfaceKind.Loopback), (16, "POINTOPOINT", link.Kind == InterfaceKind.PointToPoint),
            (64, "RUNNING", link.IsUp), (128, "NOARP", link.Kind == InterfaceKind.PointToPoint || (link.Modes & InterfaceModes.NoArp) != 0), (256, "PROMISC", (link.Modes & InterfaceModes.Promiscuous) != 0),
            (512, "ALLMULTI", (link.Modes & InterfaceModes.AllMulticast) != 0), (4096, "MULTICAST", link.Kind != InterfaceKind.Loopback && (link.Modes & InterfaceModes.NoMulticast) == 0),
        ];
        return (all.Where(flag => flag.IsSet).Sum(flag => flag.Bit), string.Join(',', all.Where(flag => flag.IsSet).Select(flag => flag.Name)));
    }

    // One decimal, cut off, not rounded.
    private static string Size(long octets)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
        int unit = 0;
        long divisor = 1;
        while (unit < units.Length - 1 && octets / divisor >= 1024)
        {
            divisor *= 1024;
            unit++;
        }

        long tenths = (long)((Int128)octets * 10 / divisor);
        return string.Create(CultureInfo.InvariantCulture, $"{tenths / 10}.{tenths % 10} {units[unit]}");
    }

    private sealed record Entry(string Name, NetLink Link, InterfaceAddress? Address)
    {
        internal bool IsAlias => Name.Contains(':');
    }
}

using System.Globalization;
using System.Text;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>net-tools' <c>ifconfig</c> (2.10) on a host: shows interfaces and aliases, sets addresses, switches on and off.</summary>
internal static class IfconfigCommand
{
    private const int Refused = 255;
    private const string Hint = "ifconfig: `--help' gives usage information.";

    private const string Usage = """
        Usage:
          ifconfig [-a] [-s] [INTERFACE]
          ifconfig INTERFACE [ADDRESS[/LENGTH]] [netmask MASK] [mtu N] [up|down]
          ifconfig INTERFACE [inet6] add|del ADDRESS/LENGTH
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
                default: return new(1, "", $"ifconfig: option `{arguments[at]}' not recognised.\n{Hint}\n");
            }
        }

        if (at + 1 < arguments.Count)
        {
            return Change(arguments[at], [.. arguments.Skip(at + 1)], host);
        }

        return Show(HostTables.Links(host), at < arguments.Count ? arguments[at] : null, all, shortList);
    }

    /// <summary>Shows interfaces and aliases, sorted by name.</summary>
    /// <param name="links">The interfaces.</param>
    /// <param name="name">Only this one; <c>null</c> for those that are up.</param>
    /// <param name="all"><c>-a</c>: those that are down too.</param>
    /// <param name="shortList"><c>-s</c>: one line each.</param>
    internal static ToolResult Show(IReadOnlyList<NetLink> links, string? name, bool all, bool shortList)
    {
        Entry[] entries = [.. links.SelectMany(Entries).Where(entry => name is null ? all || entry.Link.IsUp : entry.Name == name).OrderBy(entry => entry.Name, StringComparer.Ordinal)];
        if (name is not null && entries.Length == 0)
        {
            return ToolResult.Failed(1, $"{name}: error fetching interface information: Device not found");
        }

        StringBuilder text = new(shortList ? "Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n" : "");
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
        string flags = link.Kind switch { InterfaceKind.Loopback => "L", InterfaceKind.Ethernet => "BM", _ => "MOP" } + (link.IsUp ? "RU" : "");
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
            (64, "RUNNING", link.IsUp), (128, "NOARP", link.Kind == InterfaceKind.PointToPoint), (4096, "MULTICAST", link.Kind != InterfaceKind.Loopback),
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

    private static ToolResult Change(string name, string[] words, Host host)
    {
        int colon = name.IndexOf(':');
        string device = colon < 0 ? name : name[..colon];
        Changes changes = new();
        if (changes.Read(words) is { } failure)
        {
            return failure;
        }

        if (!host.TryGetInterface(device, out Interface? on))
        {
            return new(Refused, "", (changes.Address.IsNone ? "" : "SIOCSIFADDR: No such device\n") + $"{name}: ERROR while getting interface flags: No such device\n");
        }

        return changes.Apply(host, on, name, isAlias: colon >= 0);
    }

    private sealed record Entry(string Name, NetLink Link, InterfaceAddress? Address)
    {
        internal bool IsAlias => Name != Link.Name;
    }

    /// <summary>What the words behind the interface's name ask for.</summary>
    private sealed class Changes
    {
        private int? _length;
        private bool? _up;
        private int? _mtu;
        private (bool IsAdd, IpAddress Address, int Length)? _v6;

        internal IpAddress Address { get; private set; }

        internal ToolResult? Read(string[] words)
        {
            for (int i = 0; i < words.Length; i++)
            {
                string word = words[i];
                bool takesValue = word is "netmask" or "mtu" or "broadcast" or "add" or "del" or "txqueuelen" or "hw" or "metric";
                if (takesValue && ++i == words.Length)
                {
                    return new(3, "", Usage);
                }

                ToolResult? failure = word switch
                {
                    "up" or "down" => Set(() => _up = word == "up"),
                    "inet" or "inet6" or "broadcast" or "arp" or "-arp" or "multicast" or "txqueuelen" => null, // nothing of it can be set here
                    "netmask" => ReadMask(words[i]),
                    "mtu" => ReadMtu(words[i]),
                    "add" or "del" => ReadV6(words[i], word == "add"),
                    "hw" or "metric" or "promisc" or "-promisc" or "allmulti" => new(1, "", $"ifconfig: '{word}' is not supported\n"),
                    _ => ReadAddress(word),
                };
                if (failure is not null)
                {
                    return failure;
                }
            }

            return null;
        }

        internal ToolResult Apply(Host host, Interface on, string label, bool isAlias)
        {
            InterfaceAddress? present = on.Addresses.Where(address => address.Address.IsV4 && address.Label == label).Select(address => (InterfaceAddress?)address).FirstOrDefault();
            if (_mtu is int mtu && !IpChanges.TrySetMtu(on, mtu, out _))
            {
                return ToolResult.Failed(Refused, "SIOCSIFMTU: Invalid argument");
            }

            if (!Address.IsNone || (_length is not null && present is not null))
            {
                IpAddress wanted = Address.IsNone ? present!.Value.Address : Address;
                if (present is { } old)
                {
                    on.RemoveAddress(old.Address);
                }

                bool isTaken = on.Addresses.Any(address => address.Address == wanted);
                if (!wanted.IsUnspecified && (isTaken || !IpChanges.TryAddAddress(on, wanted, _length ?? ClassLength(wanted), label)))
                {
                    return ToolResult.Failed(Refused, isTaken ? "SIOCSIFADDR: File exists" : "SIOCSIFADDR: Invalid argument");
                }
            }
            else if (_length is not null)
            {
                return ToolResult.Failed(Refused, "SIOCSIFNETMASK: Cannot assign requested address");
            }

            if (_v6 is (bool isAdd, IpAddress address6, int length6))
            {
                bool isThere = on.Addresses.Any(address => address.Address == address6);
                if (isThere == isAdd || (isAdd ? !IpChanges.TryAddAddress(on, address6, length6, null) : !on.RemoveAddress(address6)))
                {
                    return ToolResult.Failed(Refused, isAdd ? "SIOCSIFADDR: File exists" : "SIOCDIFADDR: Cannot assign requested address");
                }
            }

            return SwitchOnOff(host, on, label, isAlias, present);
        }

        // An alias that is switched off is gone.
        private ToolResult SwitchOnOff(Host host, Interface on, string label, bool isAlias, InterfaceAddress? present)
        {
            if (isAlias && _up == false)
            {
                if (present is null)
                {
                    return ToolResult.Failed(Refused, "SIOCSIFFLAGS: Cannot assign requested address");
                }

                on.RemoveAddress(Address.IsNone ? present.Value.Address : Address);
                return ToolResult.Done("");
            }

            if (isAlias && _up == true && present is null && Address.IsNone)
            {
                return ToolResult.Failed(Refused, $"{label}: ERROR while getting interface flags: Cannot assign requested address");
            }

            // Giving an address switches the interface on.
            IpChanges.Switch(host, on, _up ?? ((!Address.IsNone && !Address.IsUnspecified) || on.IsUp));
            return ToolResult.Done("");
        }

        private static ToolResult? Set(Action change)
        {
            change();
            return null;
        }

        private ToolResult? ReadMask(string text)
        {
            if (!IpAddress.TryParse(text, out IpAddress mask) || mask.IsV6)
            {
                return new(1, "", $"{text}: Unknown host\n{Hint}\n");
            }

            int ones = System.Numerics.BitOperations.PopCount(mask.V4);
            if (mask != AddressMatch.FromPrefix(IpAddress.AnyV4, ones).Mask)
            {
                return ToolResult.Failed(1, "SIOCSIFNETMASK: Invalid argument");
            }

            _length = ones;
            return null;
        }

        private ToolResult? ReadMtu(string text)
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int mtu))
            {
                return ToolResult.Failed(1, "SIOCSIFMTU: Invalid argument");
            }

            _mtu = mtu;
            return null;
        }

        private ToolResult? ReadV6(string text, bool isAdd)
        {
            if (!IpChanges.TryParsePrefix(text, v6: true, out IpAddress address, out int length) || !address.IsV6)
            {
                return new(1, "", $"{text}: Unknown host\n{Hint}\n");
            }

            _v6 = (isAdd, address, length);
            return null;
        }

        private ToolResult? ReadAddress(string text)
        {
            if (!IpChanges.TryParsePrefix(text, v6: false, out IpAddress address, out int length) || address.IsV6 || text is "default" or "any" or "all")
            {
                return new(1, "", $"{text}: Unknown host\n{Hint}\n");
            }

            Address = address;
            _length = text.Contains('/') ? length : _length;
            return null;
        }

        // Without a mask the old classes count: A /8, B /16, C /24.
        private static int ClassLength(IpAddress address) => (address.V4 >> 24) switch { < 128 => 8, < 192 => 16, _ => 24 };
    }
}

using System.Text;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>net-tools' <c>arp</c> (2.10): shows, sets and deletes the IPv4 neighbours of a host.</summary>
internal static class ArpCommand
{
    private const int Refused = 255;

    private static readonly ToolOption[] s_options =
    [
        new('a', "all"), new('e', ""), new('n', "numeric"), new('v', "verbose"), new('d', "delete"), new('s', "set"), new('i', "device", true), new('H', "hw-type", true), new('t', "", true), new('V', "version"), new('h', "help"),
    ];

    private const string Usage = """
        Usage:
          arp [-vn]  [<HW>] [-i <if>] [-a] [<hostname>]             <-Display ARP cache
          arp [-v]          [-i <if>] -d  <host>                     <-Delete ARP entry
          arp [-vn]  [<HW>] [-i <if>] -s  <host> <hwaddr>               <-Add entry

                -a                       display (all) hosts in alternative (BSD) style
                -e                       display (all) hosts in default (Linux) style
                -s, --set                set a new ARP entry
                -d, --delete             delete a specified entry
                -v, --verbose            be verbose
                -n, --numeric            don't resolve names
                -i, --device             specify network interface (e.g. eth0)

        """;

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The words behind <c>arp</c>.</param>
    /// <param name="machine">The host, for names that stand for addresses.</param>
    /// <param name="host">The host whose table it is.</param>
    /// <param name="context">The time and the names.</param>
    /// <returns>Status 0, 3 for a wrong option, 255 for what cannot be done: the real program's.</returns>
    internal static ToolResult Run(IReadOnlyList<string> arguments, ILabMachine machine, Host host, ToolContext context)
    {
        if (!OptionReader.TryRead("arp", arguments, s_options, out OptionReader reader, out string error))
        {
            return new(3, "", error + "\n" + Usage);
        }

        bool Has(char letter) => reader.Options.Any(option => option.Option.Letter == letter);
        string? device = reader.Options.Where(option => option.Option.Letter == 'i').Select(option => option.Value).LastOrDefault();
        device = device is not null && host.TryGetInterface(device, out Interface? named) ? named.Name : device;
        if (Has('h') || Has('V'))
        {
            return ToolResult.Done(Has('h') ? Usage : "net-tools 2.10\n");
        }

        string[] words = [.. reader.Operands];
        if (Has('d') || Has('s'))
        {
            return words.Length == 0 ? ToolResult.Failed(Refused, "arp: need host name")
                : !TryFind(machine, words[0], out IpAddress address) ? ToolResult.Failed(Refused, $"{words[0]}: Host name lookup failure")
                : Has('d') ? Delete(host, device, words[0], address) : Set(host, device, address, words[1..], context);
        }

        IpAddress? only = null;
        if (words.Length > 0)
        {
            if (!TryFind(machine, words[0], out IpAddress address))
            {
                return ToolResult.Failed(Refused, $"{words[0]}: Host name lookup failure");
            }

            only = address;
        }

        return Show(host, new(Has('a'), Has('n'), Has('v'), device, only, words.Length > 0 ? words[0] : ""), context);
    }

    private static bool TryFind(ILabMachine machine, string name, out IpAddress address) => machine.Resolve(name, out address) && address.IsV4;

    private static ToolResult Delete(Host host, string? device, string name, IpAddress address)
    {
        NeighborEntry? entry = host.Neighbors.Entries.FirstOrDefault(entry => entry.Address == address && (device is null || entry.On.Name == device));
        return entry is null || !host.Neighbors.Remove(entry.On, address) ? ToolResult.Failed(Refused, $"No ARP entry for {name}") : ToolResult.Done("");
    }

    private static ToolResult Set(Host host, string? device, IpAddress address, string[] words, ToolContext context)
    {
        if (words.Length == 0)
        {
            return ToolResult.Failed(Refused, "arp: need hardware address");
        }

        if (!MacAddress.TryParse(words[0], out MacAddress mac))
        {
            return ToolResult.Failed(Refused, "arp: invalid hardware address");
        }

        if (words.Length > 1)
        {
            return ToolResult.Failed(Refused, $"arp: the lab sets lasting entries only: '{words[1]}' is not there");
        }

        // The kernel asks which interface reaches the address without a gateway.
        Interface? on = host.Interfaces.FirstOrDefault(each => each.Name == device) ?? (host.Routes.TryLookup(address, out Route? route) && route.Gateway.IsNone ? route.Via : null);
        return on is not { Kind: InterfaceKind.Ethernet } ? ToolResult.Failed(Refused, "SIOCSARP: Network is unreachable")
            : host.Neighbors.SetPermanent(context.Now, on, address, mac) ? ToolResult.Done("") : ToolResult.Failed(Refused, "SIOCSARP: No buffer space available");
    }

    private static ToolResult Show(Host host, in Request request, ToolContext context)
    {
        Request asked = request;
        NeighborEntry[] entries = [.. host.Neighbors.Entries.Where(entry => entry.Address.IsV4 && entry.State != NeighborState.NoArp)];
        NeighborEntry[] shown = [.. entries.Where(entry => (asked.Only is not { } only || entry.Address == only) && (asked.Device is null || entry.On.Name == asked.Device))];
        StringBuilder text = new(shown.Length > 0 && !asked.IsBsd ? "Address                  HWtype  HWaddress           Flags Mask            Iface\n" : "");
        foreach (NeighborEntry entry in shown)
        {
            string? name = asked.Numeric ? null : context.Names.HostName(entry.Address);
            bool isKnown = entry.State is NeighborState.Permanent or NeighborState.Reachable or NeighborState.Stale or NeighborState.Delay or NeighborState.Probe;
            bool isLasting = entry.State == NeighborState.Permanent;
            if (asked.IsBsd)
            {
                text.Append($"{name ?? "?"} ({entry.Address}) at {(isKnown ? $"{entry.Mac} [ether]{(isLasting ? " PERM" : "")}" : "<incomplete>")} on {entry.On.Name}\n");
            }
            else
            {
                string middle = isKnown ? $"{"ether",-8}{entry.Mac,-20}{(isLasting ? "CM" : "C"),-22}" : $"{"",-8}{"(incomplete)",-42}";
                text.Append($"{name ?? entry.Address.ToString(),-25}{middle}{entry.On.Name}\n");
            }
        }

        if (asked.Verbose)
        {
            text.Append($"Entries: {entries.Length}\tSkipped: {entries.Length - shown.Length}\tFound: {shown.Length}\n");
        }
        else if (entries.Length > 0 && shown.Length == 0)
        {
            text.Append(asked.Only is { } only && !asked.IsBsd ? $"{asked.OnlyText} ({only}) -- no entry\n" : $"arp: in {entries.Length} entries no match found.\n");
        }

        return ToolResult.Done(text.ToString());
    }

    /// <summary>What is to be shown.</summary>
    private readonly record struct Request(bool IsBsd, bool Numeric, bool Verbose, string? Device, IpAddress? Only, string OnlyText);
}

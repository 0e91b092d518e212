using System.Text;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>net-tools' <c>arp</c> (2.10): shows, sets and deletes the IPv4 neighbours of a host.</summary>
internal static class ArpCommand
{
    private const int Refused = 255, WrongUsage = 3;
    private const string DefaultFile = "/etc/ethers";

    private static readonly ToolOption[] s_options =
    [
        new('a', "all"), new('e', ""), new('n', "numeric"), new('v', "verbose"), new('d', "delete"), new('s', "set"), new('D', "use-device"), new('f', "file"), new('i', "device", true), new('H', "hw-type", true), new('t', "hw-type", true),
        new('A', "protocol", true), new('p', "protocol", true), new('V', "version"), new('h', "help"),
    ];

    private const string Usage = """
        Usage:
          arp [-vn]  [<HW>] [-i <if>] [-a] [<hostname>]             <-Display ARP cache
          arp [-v]          [-i <if>] -d  <host>                     <-Delete ARP entry
          arp [-vnD] [<HW>] [-i <if>] -f  [<filename>]            <-Add entry from file
          arp [-v]   [<HW>] [-i <if>] -s  <host> <hwaddr> [temp]            <-Add entry

                -a                       display (all) hosts in alternative (BSD) style
                -e                       display (all) hosts in default (Linux) style
                -s, --set                set a new ARP entry
                -d, --delete             delete a specified entry
                -v, --verbose            be verbose
                -n, --numeric            don't resolve names
                -i, --device             specify network interface (e.g. eth0)
                -D, --use-device         read <hwaddr> from given device
                -A, -p, --protocol       specify protocol family
                -f, --file               read new entries from file or from /etc/ethers

          <HW>=Use '-H <hw>' to specify hardware address type. Default: ether

        """;

    private static readonly string[] s_hardware = ["ash", "ether", "ax25", "netrom", "rose", "arcnet", "dlci", "fddi", "hippi", "irda", "x25", "eui64"];
    private static readonly string[] s_hardwareWithout = ["loop", "slip", "cslip", "slip6", "cslip6", "adaptive", "tunnel", "ppp", "hdlc", "lapb", "frad", "sit", "ec"];
    private static readonly string[] s_families = ["unix", "inet6", "ax25", "netrom", "ipx", "ddp", "ec", "ash", "x25", "rose"];

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The words behind <c>arp</c>.</param>
    /// <param name="machine">The host, for names that stand for addresses.</param>
    /// <param name="host">The host whose table it is.</param>
    /// <param name="context">The time and the names.</param>
    /// <param name="read">The text of a file of the host's; null if it has none of that name.</param>
    /// <returns>Status 0, 3 for a wrong option, 255 for what cannot be done: the real program's.</returns>
    internal static ToolResult Run(IReadOnlyList<string> arguments, ILabMachine machine, Host host, ToolContext context, Func<string, string?> read)
    {
        if (!OptionReader.TryRead("arp", arguments, s_options, out OptionReader reader, out string error))
        {
            return new(WrongUsage, "", error + "\n" + Usage);
        }

        bool Has(char letter) => reader.Options.Any(option => option.Option.Letter == letter);
        string? Last(char letter, char other) => reader.Options.Where(option => option.Option.Letter == letter || option.Option.Letter == other).Select(option => option.Value).LastOrDefault();
        if (Has('h') || Has('V'))
        {
            return ToolResult.Done(Has('h') ? Usage : "net-tools 2.10\n");
        }

        string? hardware = Last('H', 't'), family = Last('A', 'p');
        if (WrongKind(hardware, family) is { } wrong)
        {
            return wrong;
        }

        string[] words = [.. reader.Operands];
        var entries = new ArpEntries(machine, host, context.Now, Last('i', 'i'), useDevice: Has('D'), isVerbose: Has('v'));
        if (Has('d') || Has('s'))
        {
            return Told(Has('d') ? entries.Delete(words) : entries.Set(words));
        }

        if (Has('f'))
        {
            string file = words.Length > 0 ? words[0] : DefaultFile;
            return read(file) is { } text ? entries.SetAll(file, text) : ToolResult.Failed(Refused, $"arp: cannot open etherfile {file} !");
        }

        IpAddress? only = null;
        if (words.Length > 0)
        {
            if (!machine.Resolve(words[0], out IpAddress address) || !address.IsV4)
            {
                return ToolResult.Failed(Refused, $"{words[0]}: Host name lookup failure");
            }

            only = address;
        }

        return Show(host, new(Has('a'), Has('n'), Has('v'), entries.Device, hardware, only, words.Length > 0 ? words[0] : ""), context);
    }

    private static ToolResult Told(ToolResult result) => result.Status == WrongUsage ? new(WrongUsage, "", Usage) : result;

    private static ToolResult? WrongKind(string? hardware, string? family)
    {
        string? why = hardware is not null && s_hardwareWithout.Contains(hardware) ? $"{hardware}: hardware type without ARP support."
            : hardware is not null && !s_hardware.Contains(hardware) ? $"{hardware}: unknown hardware type."
            : family is not null && s_families.Contains(family) ? $"{family}: kernel only supports 'inet'."
            : family is not (null or "inet") ? $"{family}: unknown address family."
            : null;
        return why is null ? null : ToolResult.Failed(Refused, "arp: " + why);
    }

    private static ToolResult Show(Host host, in Request request, ToolContext context)
    {
        Request asked = request;
        NeighborEntry[] entries = [.. host.Neighbors.Entries.Where(entry => entry.Address.IsV4 && entry.State != NeighborState.NoArp)];
        NeighborEntry[] shown = [.. entries.Where(entry => (asked.Only is not { } only || entry.Address == only) && (asked.Device is null || entry.On.Name == asked.Device) && (asked.Hardware is null or "ether"))];
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
        else if (shown.Length == 0)
        {
            bool isChosen = asked.Only is not null || asked.Device is not null || asked.Hardware is not null;
            text.Append(asked.Only is { } only && !asked.IsBsd ? $"{asked.OnlyText} ({only}) -- no entry\n" : isChosen ? $"arp: in {entries.Length} entries no match found.\n" : "");
        }

        return ToolResult.Done(text.ToString());
    }

    /// <summary>What is to be shown.</summary>
    private readonly record struct Request(bool IsBsd, bool Numeric, bool Verbose, string? Device, string? Hardware, IpAddress? Only, string OnlyText);
}

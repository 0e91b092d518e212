using System.Text;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary><c>ip neigh</c>: the neighbours of a host, shown and changed.</summary>
internal static class IpNeighbors
{
    private const int Unknown = 255;

    private static readonly string[] s_states = ["permanent", "reachable", "noarp", "stale", "none", "incomplete", "delay", "probe", "failed"];

    internal static ToolResult Run(IpCommand.Words words, Host host, IpStyle style, Instant now)
    {
        string command = words.Take() ?? "show";
        return IpCommand.IsShow(command) ? Show(words, host, style)
            : IpCommand.Begins("add", command) ? Set(words, host, now, mayBeThere: false, mayBeNew: true)
            : IpCommand.Begins("change", command) || command == "chg" ? Set(words, host, now, mayBeThere: true, mayBeNew: false)
            : IpCommand.Begins("replace", command) ? Set(words, host, now, mayBeThere: true, mayBeNew: true)
            : IpCommand.Begins("delete", command) ? Delete(words, host)
            : IpCommand.Begins("get", command) ? Get(words, host, style)
            : IpCommand.Begins("flush", command) ? Flush(words, host)
            : command == "help" ? IpCommand.Help() : IpCommand.UnknownCommand(command, "neigh");
    }

    private static ToolResult Show(IpCommand.Words words, Host host, IpStyle style)
    {
        if (ReadSelection(words, host, out string? device, out AddressMatch? only, out string? state) is { } failure)
        {
            return failure;
        }

        StringBuilder text = new();
        List<IpJson.Members> rows = [];
        foreach (NetNeighbor neighbor in HostTables.Neighbors(host))
        {
            if ((device is null || neighbor.Device == device) && IsChosen(neighbor, only, state) && (style.OnlyV6 is not bool v6 || v6 == neighbor.Address.IsV6))
            {
                rows.Add(IpJson.Neighbor(neighbor, onlyDevice: device is not null, style));
                IpText.AppendNeighbor(text, neighbor, onlyDevice: device is not null, style);
            }
        }

        return ToolResult.Done(style.Json ? IpJson.List(rows, style) : text.ToString());
    }

    private static bool IsChosen(NetNeighbor neighbor, AddressMatch? only, string? state) =>
        (only is not { } prefix || neighbor.Address.SharesPrefix(prefix.Address, prefix.PrefixLength))
        && state switch { null => neighbor.State != NeighborState.NoArp, "all" => true, "unused" => neighbor.State is NeighborState.Stale or NeighborState.Permanent, _ => neighbor.State.ToString().Equals(state, StringComparison.OrdinalIgnoreCase) };

    private static ToolResult? ReadSelection(IpCommand.Words words, Host host, out string? device, out AddressMatch? only, out string? state)
    {
        (device, only, state) = (null, null, null);
        Interface? on = null;
        while (words.Take() is { } word)
        {
            string? value = word is "dev" or "to" or "nud" ? words.Take() : word;
            if (value is null)
            {
                return IpChanges.Incomplete();
            }

            switch (word)
            {
                case "dev" when !host.TryGetDevice(value, out on): return ToolResult.Failed(1, $"Cannot find device \"{value}\"");
                case "dev": device = on!.Name; break;
                case "nud" when value != "all" && !s_states.Contains(value): return ToolResult.Failed(Unknown, $"Error: argument \"{value}\" is wrong: nud state is bad");
                case "nud": state = value; break;
                case "unused": state = word; break;
                case var _ when IpChanges.TryParsePrefix(value, v6: false, out IpAddress address, out int length): only = AddressMatch.FromPrefix(address, length); break;
                default: return IpChanges.NoPrefix(value, v6: false);
            }
        }

        return null;
    }

    private static ToolResult Set(IpCommand.Words words, Host host, Instant now, bool mayBeThere, bool mayBeNew)
    {
        if (Read(words, host, out IpAddress address, out MacAddress? mac, out Interface? on, out string? state) is { } failure)
        {
            return failure;
        }

        if (state is not (null or "permanent" or "stale" or "reachable"))
        {
            return ToolResult.Failed(1, $"ip: the lab sets neighbours that are permanent, stale or reachable: 'nud {state}' is not there");
        }

        NeighborState wanted = state switch { "stale" => NeighborState.Stale, "reachable" => NeighborState.Reachable, _ => NeighborState.Permanent };

        bool isThere = host.Neighbors.Entries.Any(entry => entry.On == on && entry.Address == address);
        return on!.Kind != InterfaceKind.Ethernet ? ToolResult.Failed(2, "RTNETLINK answers: Invalid argument")
            : isThere && !mayBeThere ? ToolResult.Failed(2, "RTNETLINK answers: File exists")
            : !isThere && !mayBeNew ? ToolResult.Failed(2, "RTNETLINK answers: No such file or directory")
            : mac is not { } known ? ToolResult.Failed(2, "Error: No link layer address given.")
            : host.Neighbors.Set(now, on, address, known, wanted) ? ToolResult.Done("") : ToolResult.Failed(2, "RTNETLINK answers: No buffer space available");
    }

    private static ToolResult Delete(IpCommand.Words words, Host host)
    {
        if (Read(words, host, out IpAddress address, out _, out Interface? on, out _) is { } failure)
        {
            return failure;
        }

        return host.Neighbors.Remove(on!, address) ? ToolResult.Done("") : ToolResult.Failed(2, "RTNETLINK answers: No such file or directory");
    }

    private static ToolResult Get(IpCommand.Words words, Host host, IpStyle style)
    {
        if (Read(words, host, out IpAddress address, out _, out Interface? on, out _) is { } failure)
        {
            return failure.Error.StartsWith("Device and", StringComparison.Ordinal) ? ToolResult.Failed(1, "Device and address are required arguments.") : failure;
        }

        NetNeighbor? found = HostTables.Neighbors(host).FirstOrDefault(neighbor => neighbor.Device == on!.Name && neighbor.Address == address);
        if (found is null)
        {
            return ToolResult.Failed(2, "Error: Neighbour entry not found.");
        }

        StringBuilder text = new();
        IpText.AppendNeighbor(text, found, onlyDevice: false, style);
        return ToolResult.Done(text.ToString());
    }

    private static ToolResult Flush(IpCommand.Words words, Host host)
    {
        if (!words.Any)
        {
            return ToolResult.Failed(1, "Flush requires arguments.");
        }

        if (ReadSelection(words, host, out string? device, out AddressMatch? only, out string? state) is { } failure)
        {
            return failure;
        }

        foreach (NeighborEntry entry in host.Neighbors.Entries.ToArray())
        {
            var row = new NetNeighbor(entry.On.Name, entry.Address, entry.Mac, entry.State);
            bool isMeant = state is not null || entry.State != NeighborState.Permanent;
            if (isMeant && (device is null || entry.On.Name == device) && IsChosen(row, only, state))
            {
                host.Neighbors.Remove(entry.On, entry.Address);
            }
        }

        return ToolResult.Done("");
    }

    // The tool refuses what has no hexadecimal number between the colons, the kernel what has the wrong length.
    private static ToolResult NoLinkAddress(string text) => Array.TrueForAll(text.Split(':'), group => group.Length > 0 && char.IsAsciiHexDigit(group[0]))
        ? ToolResult.Failed(2, "Error: Invalid link address.")
        : ToolResult.Failed(1, $"\"{text}\" is invalid lladdr.");

    private static ToolResult? Read(IpCommand.Words words, Host host, out IpAddress address, out MacAddress? mac, out Interface? on, out string? state)
    {
        (address, mac, on, state) = (default, null, null, null);
        while (words.Take() is { } word)
        {
            string? value = word is "dev" or "lladdr" or "nud" or "to" ? words.Take() : word;
            MacAddress parsed = default;
            if (value is null)
            {
                return IpChanges.Incomplete();
            }

            switch (word)
            {
                case "dev" when !host.TryGetDevice(value, out on): return ToolResult.Failed(1, $"Cannot find device \"{value}\"");
                case "lladdr" when !MacAddress.TryParse(value, out parsed): return NoLinkAddress(value);
                case "lladdr": mac = parsed; break;
                case "nud" when !s_states.Contains(value): return ToolResult.Failed(Unknown, $"Error: argument \"{value}\" is wrong: nud state is bad");
                case "nud": state = value; break;
                case "dev": break;
                case "proxy" or "router" or "use" or "managed" or "extern_learn": return ToolResult.Failed(1, $"ip: the lab's neighbours are an address and a link address: '{word}' is not there");
                case var _ when !IpAddress.TryParse(value, out address): return ToolResult.Failed(1, $"Error: any valid address is expected rather than \"{value}\".");
                default: break;
            }
        }

        return address.IsNone || on is null ? ToolResult.Failed(Unknown, "Device and destination are required arguments.") : null;
    }
}

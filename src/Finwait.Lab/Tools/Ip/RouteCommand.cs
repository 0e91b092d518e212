using System.Globalization;
using System.Text;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>net-tools' <c>route</c> (2.10), and the table that <c>netstat -r</c> prints.</summary>
internal static class RouteCommand
{
    private const int KernelRefused = 7, Unknown = 6, WrongUsage = 3;

    private const string Usage = """
        Usage: route [-n] [-e]                          List kernel routing tables
               route add|del {-host|-net} Target[/prefix] [gw Gw] [metric M] [netmask N] [[dev] If]
               route add|del default [gw Gw] [metric M] [[dev] If]

        """;

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The words behind <c>route</c>.</param>
    /// <param name="machine">The host, for names that stand for addresses.</param>
    /// <param name="host">The host whose table it is.</param>
    /// <param name="context">Names.</param>
    /// <returns>Status 0; 3, 6 and 7 as the real program has them.</returns>
    internal static ToolResult Run(IReadOnlyList<string> arguments, ILabMachine machine, Host host, ToolContext context)
    {
        int at = 0;
        bool numeric = false, extended = false;
        for (; at < arguments.Count && arguments[at].StartsWith('-'); at++)
        {
            string letters = arguments[at] switch { "--numeric" => "n", "--extend" => "e", "--help" => "h", string other => other[1..] };
            if (letters.Contains('h'))
            {
                return ToolResult.Done(Usage);
            }

            int wrong = letters.AsSpan().IndexOfAnyExcept("nevNF4");
            if (wrong >= 0)
            {
                return new(0, "", $"route: invalid option -- '{letters[wrong]}'\n{Usage}");
            }

            numeric |= letters.Contains('n');
            extended |= letters.Contains('e');
        }

        if (at == arguments.Count)
        {
            return Show(host, context, numeric, withWindows: extended);
        }

        return arguments[at] is "add" or "del" or "delete" ? Change(arguments[at] == "add", [.. arguments.Skip(at + 1)], machine, host) : new(WrongUsage, "", Usage);
    }

    /// <summary>The table of IPv4 routes.</summary>
    /// <param name="host">The host.</param>
    /// <param name="context">Names.</param>
    /// <param name="numeric"><c>-n</c>: <c>0.0.0.0</c> for the default route.</param>
    /// <param name="withWindows">The columns of <c>netstat -r</c>: MSS, Window, irtt.</param>
    internal static ToolResult Show(Host host, ToolContext context, bool numeric, bool withWindows)
    {
        StringBuilder text = new("Kernel IP routing table\nDestination     Gateway         Genmask         Flags ");
        text.Append(withWindows ? "  MSS Window  irtt Iface\n" : "Metric Ref    Use Iface\n");
        foreach (NetRoute route in HostTables.Routes(host, v6: false))
        {
            string destination = route.PrefixLength == 0 && !numeric ? "default" : Name(route.Prefix, numeric, context);
            bool refuses = route.Kind is RouteKind.Unreachable or RouteKind.Prohibit; // the kernel's table tells no more of these two than that they are there
            string gateway = refuses ? "-" : route.Gateway.IsNone ? "0.0.0.0" : Name(route.Gateway, numeric, context);
            string flags = refuses ? "!" + (route.PrefixLength == 32 ? "H" : "") : "U" + (route.Gateway.IsNone ? "" : "G") + (route.PrefixLength == 32 ? "H" : "");
            string device = refuses ? "-" : route.Kind == RouteKind.Unicast ? route.Device : "*";
            text.Append($"{destination,-15} {gateway,-15} {Mask(route.PrefixLength),-15} {flags,-5} ");
            text.Append(withWindows ? (refuses ? "    - -          - " : "    0 0          0 ") : string.Create(CultureInfo.InvariantCulture, $"{route.Metric,-6} {(refuses ? "-" : "0")}        0 ")).Append(device).Append('\n');
        }

        return ToolResult.Done(text.ToString());
    }

    private static string Name(IpAddress address, bool numeric, ToolContext context) => numeric ? address.ToString() : context.Names.HostName(address) ?? address.ToString();

    private static IpAddress Mask(int length) => IpAddress.FromV4(length == 0 ? 0 : uint.MaxValue << (32 - length));

    private static ToolResult Change(bool adds, string[] words, ILabMachine machine, Host host)
    {
        string? target = null, mask = null;
        bool isNet = false, isHost = false;
        List<string> rest = [];
        for (int i = 0; i < words.Length; i++)
        {
            string word = words[i];
            switch (word)
            {
                case "-net":
                    isNet = true;
                    break;
                case "-host":
                    isHost = true;
                    break;
                case "gw" or "metric" or "netmask" or "dev" when i + 1 == words.Length:
                    return new(WrongUsage, "", Usage);
                case "netmask":
                    mask = words[++i];
                    break;
                case "gw":
                    if (!machine.Resolve(words[++i], out IpAddress gateway))
                    {
                        return ToolResult.Failed(Unknown, $"{words[i]}: Host name lookup failure");
                    }

                    rest.AddRange(["via", gateway.ToString()]);
                    break;
                case "metric" or "dev":
                    rest.AddRange([word, words[++i]]);
                    break;
                case var _ when target is null:
                    target = word;
                    break;
                case var _ when host.TryGetDevice(word, out _):
                    rest.AddRange(["dev", word]);
                    break;
                default:
                    return ToolResult.Failed(WrongUsage, $"route: the lab does not know '{word}'");
            }
        }

        if (target is null || (isNet && isHost))
        {
            return new(WrongUsage, "", Usage);
        }

        return ReadTarget(target, mask, isNet && adds, machine, out string prefix) ?? Told(IpChange(adds, [prefix, .. rest], host), adds);
    }

    private static ToolResult? ReadTarget(string target, string? mask, bool needsLength, ILabMachine machine, out string prefix)
    {
        prefix = "default";
        int slash = target.IndexOf('/');
        if (target == "default")
        {
            return null;
        }

        if (!machine.Resolve(slash < 0 ? target : target[..slash], out IpAddress address) || !address.IsV4)
        {
            return ToolResult.Failed(Unknown, $"{target}: Host name lookup failure");
        }

        int length = 32;
        bool isLength = slash < 0 || (int.TryParse(target.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) && length <= 32);
        if (mask is not null)
        {
            isLength = slash < 0 && IpAddress.TryParse(mask, out IpAddress bits) && bits.IsV4 && Enumerable.Range(0, 33).Any(each => Mask(length = each) == bits);
        }
        else if (slash < 0 && needsLength)
        {
            return ToolResult.Failed(KernelRefused, "SIOCADDRT: Invalid argument");
        }

        if (!isLength)
        {
            return new(WrongUsage, "", $"route: bogus netmask {mask ?? target[(slash + 1)..]}\n{Usage}");
        }

        if (AddressMatch.FromPrefix(address, length).Address != address)
        {
            return new(WrongUsage, "", "route: netmask doesn't match route address\n" + Usage);
        }

        prefix = string.Create(CultureInfo.InvariantCulture, $"{address}/{length}");
        return null;
    }

    private static ToolResult IpChange(bool adds, string[] words, Host host)
    {
        IpCommand.Words taken = new(words);
        return adds ? IpRoutes.Add(taken, host, RouteChange.Add) : IpRoutes.Delete(taken, host);
    }

    /// <summary>The same refusals in the words of the older system call.</summary>
    private static ToolResult Told(ToolResult result, bool adds)
    {
        if (result.Status == 0)
        {
            return result;
        }

        string error = result.Error.TrimEnd('\n');
        string call = adds ? "SIOCADDRT" : "SIOCDELRT";
        return error.StartsWith("RTNETLINK answers: ", StringComparison.Ordinal) ? ToolResult.Failed(KernelRefused, $"{call}: {error["RTNETLINK answers: ".Length..]}")
            : error.StartsWith("Error: Nexthop", StringComparison.Ordinal) ? ToolResult.Failed(KernelRefused, $"{call}: Network is unreachable")
            : error.StartsWith("Cannot find device", StringComparison.Ordinal) ? ToolResult.Failed(KernelRefused, $"{call}: No such device")
            : ToolResult.Failed(WrongUsage, "route: " + error);
    }
}

using System.Globalization;
using System.Text;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>iproute2's <c>ip</c> on a host: address, link, route, neighbour.</summary>
internal static class IpCommand
{
    private const int Unknown = 255;
    private const string Version = "ip utility, Finwait (text as of iproute2-6.1.0)\n";

    private const string Usage = """
        Usage: ip [ -4 | -6 ] [ -br ] [ -o ] [ -s ] OBJECT COMMAND
        where  ip address [ show [ dev NAME ] | add ADDRESS/LEN dev NAME [ label NAME ] | del ADDRESS/LEN dev NAME | flush dev NAME ]
               ip link    [ show [ dev NAME ] | set NAME { up | down | mtu N } ]
               ip route   [ show [ dev NAME ] | add PREFIX [ via ADDRESS ] [ dev NAME ] [ metric N ] [ src ADDRESS ] | del PREFIX | get ADDRESS ]
               ip neigh   [ show [ dev NAME ] | add ADDRESS lladdr MAC dev NAME | del ADDRESS dev NAME | flush dev NAME ]

        """;

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The words behind <c>ip</c>.</param>
    /// <param name="host">The host whose tables are shown and changed.</param>
    /// <param name="context">Time and names.</param>
    /// <returns>Status 0; 1 for a wrong command line, 2 if the kernel would refuse, 255 for words that are not known, each with one line on standard error.</returns>
    internal static ToolResult Run(IReadOnlyList<string> arguments, Host host, ToolContext context)
    {
        IpStyle style = new();
        int at = 0;
        while (at < arguments.Count && arguments[at].Length > 1 && arguments[at][0] == '-')
        {
            string word = arguments[at++].TrimStart('-');
            switch (word)
            {
                case "4": style = style with { OnlyV6 = false }; break;
                case "6": style = style with { OnlyV6 = true }; break;
                case "br" or "brief": style = style with { Brief = true }; break;
                case "o" or "oneline": style = style with { OneLine = true }; break;
                case "s" or "stats" or "statistics": style = style with { Statistics = true }; break;
                case "c" or "color" or "color=auto" or "color=never" or "N" or "Numeric" or "d" or "details" or "h" or "human": break; // nothing here looks other
                case "V" or "Version": return ToolResult.Done(Version);
                case "help": return ToolResult.Done(Usage);
                case "f" or "family" when at < arguments.Count && arguments[at] is "inet" or "inet6": style = style with { OnlyV6 = arguments[at++] == "inet6" }; break;
                default: return ToolResult.Failed(Unknown, $"Option \"-{word}\" is unknown, try \"ip -help\".");
            }
        }

        if (at == arguments.Count)
        {
            return new(Unknown, "", Usage);
        }

        string name = arguments[at++];
        Words words = new([.. arguments.Skip(at)]);
        return name switch
        {
            _ when Begins("address", name) => Addresses(words, host, style, context),
            _ when Begins("link", name) => Links(words, host, style, context),
            _ when Begins("route", name) => Routes(words, host, style),
            _ when Begins("neighbour", name) || Begins("neighbor", name) => Neighbors(words, host, style, context),
            "help" => ToolResult.Done(Usage),
            _ => ToolResult.Failed(1, $"Object \"{name}\" is unknown, try \"ip help\"."),
        };
    }

    private static ToolResult Addresses(Words words, Host host, IpStyle style, ToolContext context)
    {
        string command = words.Take() ?? "show";
        if (IsShow(command))
        {
            return ShowLinks(words, host, style, context, IpText.AppendAddresses);
        }

        return Begins("add", command) || Begins("replace", command) ? IpChanges.AddAddress(words, host)
            : Begins("delete", command) ? IpChanges.DeleteAddress(words, host)
            : Begins("flush", command) ? IpChanges.FlushAddresses(words, host)
            : command == "help" ? ToolResult.Done(Usage) : UnknownCommand(command, "address");
    }

    private static ToolResult Links(Words words, Host host, IpStyle style, ToolContext context)
    {
        string command = words.Take() ?? "show";
        return IsShow(command) ? ShowLinks(words, host, style, context, IpText.AppendLink)
            : Begins("set", command) ? IpChanges.SetLink(words, host)
            : command == "help" ? ToolResult.Done(Usage) : UnknownCommand(command, "link");
    }

    private static ToolResult Routes(Words words, Host host, IpStyle style)
    {
        string command = words.Take() ?? "show";
        if (IsShow(command))
        {
            return ShowRoutes(words, host, style);
        }

        return Begins("add", command) || Begins("append", command) ? IpChanges.AddRoute(words, host, replaces: false)
            : Begins("replace", command) ? IpChanges.AddRoute(words, host, replaces: true)
            : Begins("delete", command) ? IpChanges.DeleteRoute(words, host)
            : Begins("get", command) ? GetRoute(words, host)
            : command == "help" ? ToolResult.Done(Usage) : UnknownCommand(command, "route");
    }

    private static ToolResult Neighbors(Words words, Host host, IpStyle style, ToolContext context)
    {
        string command = words.Take() ?? "show";
        if (IsShow(command))
        {
            return ShowNeighbors(words, host, style);
        }

        return Begins("add", command) || Begins("replace", command) ? IpChanges.AddNeighbor(words, host, context.Now)
            : Begins("delete", command) ? IpChanges.DeleteNeighbor(words, host)
            : Begins("flush", command) ? IpChanges.FlushNeighbors(words, host)
            : command == "help" ? ToolResult.Done(Usage) : UnknownCommand(command, "neigh");
    }

    private static ToolResult ShowLinks(Words words, Host host, IpStyle style, ToolContext context, Action<StringBuilder, NetLink, IpStyle> append)
    {
        string? device = null;
        bool onlyUp = false;
        while (words.Take() is { } word)
        {
            if (word == "up")
            {
                onlyUp = true;
                continue;
            }

            string? name = word == "dev" ? words.Take() : word;
            if (name is null)
            {
                return IpChanges.Incomplete();
            }

            if (device is not null)
            {
                return ToolResult.Failed(Unknown, $"Error: either \"dev\" is duplicate, or \"{name}\" is a garbage.");
            }

            device = name;
        }

        if (device is not null && !host.TryGetInterface(device, out _))
        {
            return ToolResult.Failed(1, $"Device \"{device}\" does not exist.");
        }

        StringBuilder text = new();
        foreach (NetLink link in HostTables.Links(host).Where(link => (device is null || link.Name == device) && (!onlyUp || link.IsUp)))
        {
            append(text, link with { Queue = context.QueueOf(link.Name) }, style);
        }

        return ToolResult.Done(text.ToString());
    }

    private static ToolResult ShowRoutes(Words words, Host host, IpStyle style)
    {
        string? device = null;
        AddressMatch? exact = null;
        while (words.Take() is { } word)
        {
            string? value = word is "dev" or "exact" or "to" or "table" or "via" ? words.Take() : word;
            if (value is null)
            {
                return IpChanges.Incomplete();
            }

            if (word == "dev")
            {
                device = value;
                if (!host.TryGetInterface(device, out _))
                {
                    return ToolResult.Failed(1, $"Cannot find device \"{device}\"");
                }
            }
            else if (word is "table" or "via")
            {
                return ToolResult.Failed(1, $"Error: selecting routes by \"{word}\" is not supported.");
            }
            else if (IpChanges.TryParsePrefix(value, style.OnlyV6 ?? false, out IpAddress address, out int length))
            {
                exact = AddressMatch.FromPrefix(address, length);
            }
            else
            {
                return ToolResult.Failed(1, $"Error: any valid prefix is expected rather than \"{value}\".");
            }
        }

        StringBuilder text = new();
        foreach (NetRoute route in HostTables.Routes(host, exact?.Address.IsV6 ?? style.OnlyV6 ?? false))
        {
            if ((device is null || route.Device == device) && (exact is not { } match || (match.Address == route.Prefix && match.PrefixLength == route.PrefixLength)))
            {
                IpText.AppendRoute(text, route, onlyDevice: device is not null);
            }
        }

        return ToolResult.Done(text.ToString());
    }

    private static ToolResult GetRoute(Words words, Host host)
    {
        if (words.Take() is not { } text)
        {
            return ToolResult.Failed(1, "need at least a destination address");
        }

        if (!IpAddress.TryParse(text, out IpAddress to))
        {
            return ToolResult.Failed(1, $"Error: any valid prefix is expected rather than \"{text}\".");
        }

        bool isLocal = to.IsLoopback || host.Interfaces.Any(on => on.Addresses.Any(address => address.Address == to));
        if (isLocal)
        {
            return ToolResult.Done($"local {to} dev lo src {to} uid 0 \n    cache <local> \n");
        }

        if (!host.Routes.TryLookup(to, out Route? route))
        {
            return ToolResult.Failed(2, "RTNETLINK answers: Network is unreachable");
        }

        IpAddress source = !route.Source.IsNone ? route.Source : route.Via.Addresses.Where(address => address.Address.IsV6 == to.IsV6).Select(address => address.Address).FirstOrDefault();
        return ToolResult.Done($"{to}{(route.Gateway.IsNone ? "" : $" via {route.Gateway}")} dev {route.Via.Name}{(source.IsNone ? "" : $" src {source}")} uid 0 \n    cache \n");
    }

    private static ToolResult ShowNeighbors(Words words, Host host, IpStyle style)
    {
        string? device = null;
        IpAddress only = default;
        while (words.Take() is { } word)
        {
            string? value = word is "dev" or "to" or "nud" ? words.Take() : word;
            if (value is null)
            {
                return IpChanges.Incomplete();
            }

            if (word == "dev")
            {
                device = value;
                if (!host.TryGetInterface(device, out _))
                {
                    return ToolResult.Failed(1, $"Cannot find device \"{device}\"");
                }
            }
            else if (word == "nud")
            {
                return ToolResult.Failed(1, "Error: selecting neighbours by \"nud\" is not supported.");
            }
            else if (!IpAddress.TryParse(value, out only))
            {
                return ToolResult.Failed(1, $"Error: any valid prefix is expected rather than \"{value}\".");
            }
        }

        StringBuilder text = new();
        foreach (NetNeighbor neighbor in HostTables.Neighbors(host))
        {
            if ((device is null || neighbor.Device == device) && (only.IsNone || neighbor.Address == only) && (style.OnlyV6 is not bool v6 || v6 == neighbor.Address.IsV6))
            {
                IpText.AppendNeighbor(text, neighbor, onlyDevice: device is not null);
            }
        }

        return ToolResult.Done(text.ToString());
    }

    private static bool IsShow(string command) => Begins("show", command) || Begins("list", command) || command is "lst";

    private static bool Begins(string whole, string beginning) => beginning.Length > 0 && whole.StartsWith(beginning, StringComparison.Ordinal);

    private static ToolResult UnknownCommand(string command, string about) => ToolResult.Failed(Unknown, $"Command \"{command}\" is unknown, try \"ip {about} help\".");

    /// <summary>The words behind the command, taken one by one.</summary>
    internal sealed class Words(string[] words)
    {
        private int _at;

        internal string? Take() => _at < words.Length ? words[_at++] : null;
    }
}

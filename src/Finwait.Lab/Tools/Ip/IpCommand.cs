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
        Usage: ip [ -4 | -6 ] [ -br ] [ -o ] [ -s ] [ -d ] [ -j [ -p ] ] OBJECT COMMAND
        where  ip address [ show [ dev NAME ] [ to PREFIX ] [ scope SCOPE ] [ label LABEL ] [ up ] | { add | change | replace | del } ADDRESS/LEN dev NAME [ label NAME ] | flush dev NAME ]
               ip link    [ show [ dev NAME ] [ up ] | set NAME { up | down | mtu N | txqueuelen N | address MAC | { arp | promisc | multicast | allmulticast } { on | off } } ]
               ip route   [ { show | flush } [ PREFIX ] [ dev NAME ] [ via ADDRESS ] [ table TABLE ] [ proto PROTO ] [ scope SCOPE ] ]
                          [ { add | append | change | replace | del } [ blackhole | unreachable | prohibit | throw ] PREFIX [ via ADDRESS ] [ dev NAME ] [ metric N ] [ src ADDRESS ] [ mtu N ] [ proto PROTO ] | get ADDRESS [ from ADDRESS ] ]
               ip neigh   [ { show | flush } [ PREFIX ] [ dev NAME ] [ nud STATE ] | { add | change | replace } ADDRESS lladdr MAC dev NAME | { del | get } ADDRESS dev NAME ]
               ip rule    [ show ]

        """;

    /// <summary>What there is, with the status of the real one's help.</summary>
    internal static ToolResult Help() => new(Unknown, "", Usage);

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
                case "c" or "color" or "color=auto" or "color=never" or "c=never" or "c=auto" or "c=always" or "color=always" or "human" or "human-readable" or "iec" or "r" or "resolve" or "a" or "all": break; // nothing here looks other
                case "d" or "details": style = style with { Details = true }; break;
                case "j" or "json": style = style with { Json = true }; break;
                case "p" or "pretty": style = style with { Pretty = true }; break;
                case "N" or "Numeric" or "n" or "netns" or "b" or "batch" or "t" or "ts" or "timestamp" or "l" or "rc" or "M" or "B" or "0":
                    return ToolResult.Failed(Unknown, $"ip: the lab's ip does not have -{word}");
                case "V" or "Version": return ToolResult.Done(Version);
                case "help" or "h": return Help();
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
            _ when Begins("route", name) => IpRoutes.Run(words, host, style, context.Now),
            _ when Begins("neighbour", name) || Begins("neighbor", name) => IpNeighbors.Run(words, host, style, context.Now),
            "help" => Help(),
            _ when Begins("rule", name) => IpRules.Run(words, style),
            "netns" or "monitor" or "maddress" or "maddr" or "tunnel" or "tuntap" or "nexthop" or "tcp_metrics" or "vrf" or "xfrm" or "mroute" or "ntable" or "addrlabel" or "token" or "mptcp" or "sr" or "macsec" or "l2tp" or "fou" or "netconf" =>
                ToolResult.Failed(1, $"ip: the lab's hosts have address, link, route, neigh and rule: '{name}' is not there"),
            _ => ToolResult.Failed(1, $"Object \"{name}\" is unknown, try \"ip help\"."),
        };
    }

    private static ToolResult Addresses(Words words, Host host, IpStyle style, ToolContext context)
    {
        string command = words.Take() ?? "show";
        if (IsShow(command))
        {
            return ShowAddresses(words, host, style, context);
        }

        return Begins("add", command) ? IpChanges.AddAddress(words, host, mayBeThere: false)
            : Begins("change", command) || command == "chg" || Begins("replace", command) ? IpChanges.AddAddress(words, host, mayBeThere: true)
            : Begins("delete", command) ? IpChanges.DeleteAddress(words, host)
            : Begins("flush", command) ? IpChanges.FlushAddresses(words, host, style)
            : command == "help" ? Help() : UnknownCommand(command, "address");
    }

    private static ToolResult Links(Words words, Host host, IpStyle style, ToolContext context)
    {
        string command = words.Take() ?? "show";
        return IsShow(command) ? ShowLinks(words, host, style, context)
            : Begins("set", command) ? IpChanges.SetLink(words, host)
            : Begins("delete", command) && words.Take() is { } gone && !host.TryGetDevice(gone, out _) ? ToolResult.Failed(1, $"Cannot find device \"{gone}\"")
            : Begins("add", command) || Begins("delete", command) ? ToolResult.Failed(1, "ip: the lab's cables are those of its topology: links are not added or taken away here, but set up and down")
            : command == "help" ? Help() : UnknownCommand(command, "link");
    }

    private static ToolResult ShowAddresses(Words words, Host host, IpStyle style, ToolContext context)
    {
        var chosen = new AddressSelector();
        if (chosen.Read(words, host) is { } failure)
        {
            return failure;
        }

        style = style with { OnlyV6 = chosen.IsV6 ?? style.OnlyV6 };
        StringBuilder text = new();
        List<IpJson.Members> rows = [];
        foreach (NetLink link in HostTables.Links(host).Where(link => (chosen.Device is null || link.Name == chosen.Device) && (!chosen.OnlyUp || link.IsUp)))
        {
            InterfaceAddress[] addresses = [.. link.Addresses.Where(chosen.Matches)];
            if (addresses.Length > 0 || !chosen.Selects)
            {
                NetLink shown = link with { Queue = context.QueueOf(link.Name), Addresses = addresses };
                InterfaceAddress[] listed = IpText.Shown(shown, style);
                if (listed.Length > 0 || style.OnlyV6 is null)
                {
                    rows.Add(IpJson.Addresses(shown, listed, style));
                }

                IpText.AppendAddresses(text, shown, style, withHead: !chosen.ByLabel);
            }
        }

        return ToolResult.Done(style.Json ? IpJson.List(rows, style) : text.ToString());
    }

    private static ToolResult ShowLinks(Words words, Host host, IpStyle style, ToolContext context)
    {
        string? device = null;
        bool onlyUp = false, none = false;
        while (words.Take() is { } word)
        {
            if (word is "up" or "nomaster")
            {
                onlyUp |= word == "up";
                continue;
            }

            if (word is "type" or "group" or "master")
            {
                if (words.Take() is not { } kind)
                {
                    return IpChanges.Incomplete();
                }

                if (word == "master" && !host.TryGetDevice(kind, out _))
                {
                    return ToolResult.Failed(Unknown, $"Error: argument \"{kind}\" is wrong: Device does not exist\n");
                }

                none |= word != "group" || kind is not ("default" or "0"); // they are plain ones, and nobody's
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

        Interface? on = null;
        if (device is not null && !host.TryGetDevice(device, out on))
        {
            return ToolResult.Failed(1, $"Device \"{device}\" does not exist.");
        }

        StringBuilder text = new();
        List<IpJson.Members> rows = [];
        foreach (NetLink link in HostTables.Links(host).Where(link => (on is null || link.Name == on.Name) && (!onlyUp || link.IsUp) && !none))
        {
            NetLink shown = link with { Queue = context.QueueOf(link.Name) };
            rows.Add(IpJson.Link(shown, style, isLinkList: true));
            IpText.AppendLink(text, shown, style);
        }

        return ToolResult.Done(style.Json ? IpJson.List(rows, style) : text.ToString());
    }

    internal static bool IsShow(string command) => Begins("show", command) || Begins("list", command) || command is "lst" or "ls";

    internal static bool Begins(string whole, string beginning) => beginning.Length > 0 && whole.StartsWith(beginning, StringComparison.Ordinal);

    internal static ToolResult UnknownCommand(string command, string about) => ToolResult.Failed(Unknown, $"Command \"{command}\" is unknown, try \"ip {about} help\".");

    /// <summary>The words behind the command, taken one by one.</summary>
    internal sealed class Words(string[] words)
    {
        private int _at;

        /// <summary>True if there are more.</summary>
        internal bool Any => _at < words.Length;

        /// <summary>The next word that looks like an address.</summary>
        internal string? FirstAddress => words.Skip(_at).FirstOrDefault(word => word.Contains('.') || word.Contains(':'));

        /// <summary>Those not yet taken.</summary>
        internal ReadOnlySpan<string> Rest => words.AsSpan(_at);

        internal string? Take() => _at < words.Length ? words[_at++] : null;
    }
}

namespace Finwait.Lab;

/// <summary>A command line of <c>ss</c>, understood.</summary>
internal sealed class SsOptions
{
    private const int RawBit = 1, UdpBit = 2, TcpBit = 4;

    // Tables of sockets that a host here does not have; each bit is a table, so that the Netid column shows as it would.
    private const int PacketBits = 3 << 3, UnixBits = 7 << 5, MptcpBit = 1 << 8, SctpBit = 1 << 9, DccpBit = 1 << 10, NetlinkBit = 1 << 11, OtherBits = 31 << 12;
    private const int InetBits = RawBit | UdpBit | TcpBit | MptcpBit | SctpBit | DccpBit;
    private const int AllBits = InetBits | PacketBits | UnixBits | NetlinkBit | OtherBits;

    private static readonly ToolOption[] s_known =
    [
        new('h', "help"), new('V', "version"), new('n', "numeric"), new('r', "resolve"), new('a', "all"), new('l', "listening"), new('o', "options"),
        new('e', "extended"), new('m', "memory"), new('p', "processes"), new('i', "info"), new('s', "summary"), new('H', "no-header"), new('O', "oneline"),
        new('4', "ipv4"), new('6', "ipv6"), new('t', "tcp"), new('u', "udp"), new('w', "raw"), new('x', "unix"), new('0', "packet"), new('M', "mptcp"),
        new('S', "sctp"), new('d', "dccp"), new('\0', "vsock"), new('\0', "tipc"), new('\0', "xdp"), new('f', "family", true), new('A', "query", true), new('\0', "socket", true),
        new('T', "threads"), new('\0', "tipcinfo"), new('\0', "tos"), new('\0', "cgroup"), new('b', "bpf"), new('E', "events"), new('Z', "context"), new('z', "contexts"),
        new('N', "net", true), new('K', "kill"), new('\0', "inet-sockopt"), new('D', "diag", true), new('F', "filter", true),
    ];

    private int _tables;

    internal bool Numeric { get; private set; }

    internal bool Resolve { get; private set; }

    internal bool Timers { get; private set; }

    internal bool Extended { get; private set; }

    internal bool Memory { get; private set; }

    internal bool Processes { get; private set; }

    internal bool Info { get; private set; }

    internal bool Summary { get; private set; }

    internal bool OneLine { get; private set; }

    internal bool ShowHeader { get; private set; } = true;

    /// <summary><c>-K</c>: what is shown is ended.</summary>
    internal bool Kill { get; private set; }

    internal bool Threads { get; private set; }

    internal bool TypeOfService { get; private set; }

    internal bool ControlGroup { get; private set; }

    internal bool SocketOptions { get; private set; }

    internal bool Help { get; private set; }

    internal bool Version { get; private set; }

    /// <summary>True if some table was asked for; without one <c>-s</c> prints the summary alone.</summary>
    internal bool TablesChosen { get; private set; }

    /// <summary>Bits of <see cref="SsStates"/>.</summary>
    internal int States { get; private set; }

    /// <summary>Only this version of IP; <c>null</c> for both.</summary>
    internal bool? OnlyV6 { get; private set; }

    /// <summary><c>null</c> if everything passes.</summary>
    internal SsFilter? Filter { get; private set; }

    internal bool ShowNetid => (_tables & (_tables - 1)) != 0;

    internal bool Shows(SsKind kind) => (_tables & (kind switch { SsKind.Raw => RawBit, SsKind.Udp => UdpBit, _ => TcpBit })) != 0;

    internal static bool TryParse(IReadOnlyList<string> words, ToolNames names, SsHost host, out SsOptions options, out string error)
    {
        options = new();
        if (!OptionReader.TryRead("ss", words, s_known, out OptionReader reader, out error))
        {
            return false;
        }

        int? states = null;
        string? filterFile = null;
        foreach ((ToolOption option, string value) in reader.Options)
        {
            if (option.Letter == 'F')
            {
                if (filterFile is not null || host.Read(value) is not { } content)
                {
                    error = filterFile is null ? "fopen filter file: No such file or directory" : "More than one filter file";
                    return false;
                }

                filterFile = content;
            }
            else if (option.Letter is 'a' or 'l')
            {
                states = option.Letter == 'a' ? SsStates.All : SsStates.Listening;
            }
            else if (!options.Apply(option, value, out error))
            {
                return false;
            }
        }

        return options.Finish(states, reader.Operands, filterFile, host, names, out error);
    }

    private bool Apply(ToolOption option, string value, out string error)
    {
        error = "";
        switch (option.Word)
        {
            case "help": Help = true; break;
            case "version": Version = true; break;
            case "numeric": Numeric = true; break;
            case "resolve": Resolve = true; break;
            case "options": Timers = true; break;
            case "extended": Extended = true; break;
            case "memory": Memory = true; break;
            case "processes": Processes = true; break;
            case "info": Info = true; break;
            case "summary": Summary = true; break;
            case "oneline": OneLine = true; break;
            case "no-header": ShowHeader = false; break;
            case "kill": Kill = true; break;
            case "threads": (Threads, Processes) = (true, true); break;
            case "tos": TypeOfService = true; break;
            case "cgroup": ControlGroup = true; break;
            case "inet-sockopt": SocketOptions = true; break;
            case "bpf" or "tipcinfo": break; // what they add, sockets of these kinds do not have
            case "context" or "contexts": error = "ss: SELinux is not enabled."; return false;
            case "net": error = $"Cannot open network namespace \"{value}\": No such file or directory"; return false;
            case "ipv4": OnlyV6 = false; break;
            case "ipv6": OnlyV6 = true; break;
            case "family": return ApplyFamily(value, out error);
            case "query" or "socket": return ApplyQuery(value, out error);
            default: return ApplyTable(option, out error);
        }

        return true;
    }

    private bool ApplyTable(ToolOption option, out string error)
    {
        int bits = TableBits(option.Word);
        _tables |= bits;
        error = bits != 0 ? "" : $"ss: option '{(option.Letter == '\0' ? "--" + option.Word : "-" + option.Letter)}' is not supported";
        return bits != 0;
    }

    private bool ApplyFamily(string value, out string error)
    {
        error = "";
        switch (value)
        {
            case "inet": OnlyV6 = false; return true;
            case "inet6": OnlyV6 = true; return true;
            case "link": _tables |= PacketBits; return true;
            case "unix": _tables |= UnixBits; return true;
            case "netlink": _tables |= NetlinkBit; return true;
            case "vsock" or "tipc" or "xdp": _tables |= OtherBits; return true;
            default: error = $"ss: \"{value}\" is invalid family"; return false;
        }
    }

    private bool ApplyQuery(string value, out string error)
    {
        foreach (string name in value.Split(','))
        {
            bool isDenied = name.StartsWith('!');
            int bits = TableBits(isDenied ? name[1..] : name);
            if (isDenied && bits != 0)
            {
                _tables &= ~bits;
                continue;
            }

            if (bits == 0)
            {
                error = $"ss: \"{name}\" is illegal socket table id";
                return false;
            }

            _tables |= bits;
        }

        error = "";
        return true;
    }

    private static int TableBits(string name) => name switch
    {
        "all" => AllBits,
        "inet" => InetBits,
        "tcp" => TcpBit,
        "udp" => UdpBit,
        "raw" => RawBit,
        "mptcp" => MptcpBit,
        "sctp" => SctpBit,
        "dccp" => DccpBit,
        "unix" => UnixBits,
        "packet" => PacketBits,
        "netlink" => NetlinkBit,
        "vsock" or "tipc" or "xdp" or "vsock_stream" or "vsock_dgram" => OtherBits,
        "unix_dgram" or "unix_stream" or "unix_seqpacket" => UnixBits & -UnixBits,
        "packet_raw" or "packet_dgram" => PacketBits & -PacketBits,
        _ => 0,
    };

    // [state WORD | exclude WORD]... [FILTER]
    private bool Finish(int? states, IReadOnlyList<string> operands, string? filterFile, SsHost host, ToolNames names, out string error)
    {
        int at = 0;
        bool said = false;
        int chosen = 0;
        while (at < operands.Count && operands[at] is "state" or "exclude" or "excl")
        {
            if (at + 1 == operands.Count)
            {
                error = "Command line is not complete. Try option \"help\"";
                return false;
            }

            if (!SsStates.TryParse(operands[at + 1], out int set))
            {
                error = $"ss: wrong state name: {operands[at + 1]}";
                return false;
            }

            chosen = operands[at] == "state" ? chosen | set : (said ? chosen : SsStates.All) & ~set;
            said = true;
            at += 2;
        }

        TablesChosen = _tables != 0;
        _tables = _tables != 0 ? _tables : OnlyV6 is null ? AllBits : InetBits;
        int usual = (_tables & ~(UdpBit | RawBit)) == 0 ? SsStates.Bit(Finwait.Tcp.TcpState.Established) : SsStates.Usual;
        States = said && chosen != 0 ? chosen : said ? usual : states ?? usual;
        bool understood = SsFilterParser.TryParse([.. operands.Skip(at), filterFile ?? ""], names, host.HasDevice, out SsFilter? filter, out error);
        Filter = filter;
        return understood;
    }
}

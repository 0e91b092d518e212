using System.Globalization;
using System.Text;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary><c>netstat</c> of net-tools: sockets (-t -u -a -l -n -p), routes (-r), interfaces (-i) and counters (-s).</summary>
internal static class NetstatCommand
{
    /// <summary>Runs the command.</summary>
    /// <returns>Status 0, 3 for an option that is none, 1 for one that is not there.</returns>
    public static ToolResult Run(IReadOnlyList<string> arguments, Host host, IEnumerable<SsRow> rows, ToolContext context)
    {
        if (ReadLetters(arguments, out string letters) is { } failure)
        {
            return failure;
        }

        if (letters.Contains('x') && !letters.Contains('t') && !letters.Contains('u'))
        {
            string which = letters.Contains('a') ? "servers and established" : letters.Contains('l') ? "only servers" : "w/o servers";
            return ToolResult.Done($"Active UNIX domain sockets ({which})\nProto RefCnt Flags       Type       State         I-Node   Path\n");
        }

        return letters.Contains('r') ? RouteCommand.Show(host, context, letters.Contains('n'), withWindows: !letters.Contains('e'))
            : letters.Contains('i') && letters.Contains('e') ? Headed("Kernel Interface table\n", IfconfigCommand.Show(HostTables.Links(host), null, letters.Contains('a'), shortList: false))
            : letters.Contains('i') ? IfconfigCommand.ShowTable(HostTables.Links(host), letters.Contains('a'))
            : letters.Contains('s') ? NetstatCounters.Show(host, rows, letters.Contains('t') || !letters.Contains('u'), letters.Contains('u') || !letters.Contains('t'))
            : Sockets(letters, rows);
    }

    private static ToolResult Headed(string head, in ToolResult result) => result with { Output = head + result.Output };

    private const int UsageStatus = 3;

    private const string Usage = """
        usage: netstat [-t] [-u] [-x] [-a | -l] [-n] [-p] [-e] [-o] [-4 | -6]     sockets; ss shows more: ss -tanpo
               netstat -r [-n] [-e] | -i [-a] [-e] | -s [-t] [-u]                 routes, interfaces, counters

        """;

    private static readonly ToolOption[] s_known =
    [
        new('t', "tcp"), new('u', "udp"), new('x', "unix"), new('a', "all"), new('l', "listening"), new('n', "numeric"), new('p', "programs"), new('r', "route"), new('i', "interfaces"), new('s', "statistics"),
        new('e', "extend"), new('o', "timers"), new('W', "wide"), new('v', "verbose"), new('N', "symbolic"), new('C', "cache"), new('F', "fib"), new('4', "inet"), new('6', "inet6"), new('A', "protocol", TakesValue: true), new('w', "raw"),
        new('c', "continuous"), new('g', "groups"), new('M', "masquerade"), new('S', "sctp"), new('U', "udplite"), new('T', "notrim"), new('V', "version"), new('h', "help"), new('\0', "numeric-ports"), new('\0', "numeric-hosts"),
    ];

    private static ToolResult? ReadLetters(IReadOnlyList<string> arguments, out string letters)
    {
        letters = "";
        if (!OptionReader.TryRead("netstat", arguments, s_known, out OptionReader read, out string error))
        {
            return new ToolResult(UsageStatus, "", error + "\n" + Usage);
        }

        foreach ((ToolOption option, string value) in read.Options)
        {
            switch (option.Letter)
            {
                case 'V': return ToolResult.Done("net-tools 2.10\n");
                case 'h': return new ToolResult(0, "", Usage);
                case 'M': return ToolResult.Failed(1, "netstat: no support for `ip_masquerade' on this system.");
                case 'c' or 'g' or 'S' or 'U': return ToolResult.Failed(1, $"netstat: the lab's netstat does not have -{option.Letter}{(option.Letter == 'c' ? ": 'watch -n 1 netstat -tan' shows it again and again" : "")}");
                case 'A' when value is not ("inet" or "inet6" or "unix"): return ToolResult.Failed(1, $"netstat: the lab's hosts have the families inet, inet6 and unix: '{value}' is not there");
                case 'A': letters += value switch { "inet" => '4', "inet6" => '6', _ => 'x' }; break;
                default: letters += option.Letter == '\0' ? 'n' : option.Letter; break;
            }
        }

        return null;
    }

    private static ToolResult Sockets(string letters, IEnumerable<SsRow> rows)
    {
        bool tcp = letters.Contains('t') || !letters.Contains('u'), udp = letters.Contains('u') || !letters.Contains('t');
        bool extended = letters.Contains('e'), timers = letters.Contains('o');
        bool all = letters.Contains('a'), listening = letters.Contains('l'), programs = letters.Contains('p');
        var text = new StringBuilder($"Active Internet connections ({(all ? "servers and established" : listening ? "only servers" : "w/o servers")})\n");
        text.Append("Proto Recv-Q Send-Q Local Address           Foreign Address         State      ").Append(extended ? " User       Inode     " : "").Append(programs ? " PID/Program name    " : "").Append(timers ? " Timer\n" : "\n");
        foreach (SsRow row in rows.Where(row => (row.Kind == SsKind.Tcp ? tcp : udp) && !(letters.Contains('4') && row.Local.IsV6) && !(letters.Contains('6') && !row.Local.IsV6)))
        {
            bool isServer = row.Kind == SsKind.Tcp ? row.State == TcpState.Listen : row.PeerPort == 0;
            if (all || isServer == listening)
            {
                string protocol = (row.Kind == SsKind.Tcp ? "tcp" : "udp") + (row.Local.IsV6 ? "6" : "");
                string state = row.Kind == SsKind.Tcp ? Name(row.State) : row.PeerPort == 0 ? "" : "ESTABLISHED";
                (long received, long sent) = (row.ReceiveQueue, row.State == TcpState.Listen ? 0 : row.SendQueue);
                string local = End(row, row.Local.ToString(), row.LocalPort, letters), peer = End(row, row.Peer.IsNone ? row.Local.IsV6 ? "::" : "0.0.0.0" : row.Peer.ToString(), row.PeerPort, letters);
                text.Append(CultureInfo.InvariantCulture, $"{protocol,-5} {received,6} {sent,6} {local,-23} {peer,-23} {state,-11}");
                text.Append(extended ? string.Create(CultureInfo.InvariantCulture, $" {(letters.Contains('n') ? row.UserId.ToString(CultureInfo.InvariantCulture) : row.UserId == 0 ? "root" : "nobody"),-10} {row.Inode,-10}") : "");
                text.Append(programs ? " " + Program(row) : "").Append(timers ? " " + TimerText(row) : "").Append('\n');
            }
        }

        return ToolResult.Done(text.ToString());
    }

    private static string End(SsRow row, string address, int port, string letters)
    {
        string name = port == 0 ? "*" : letters.Contains('n') ? port.ToString(CultureInfo.InvariantCulture) : ToolNames.ServicesOnly.PortText(port, row.Kind != SsKind.Tcp);
        return $"{address}:{name}";
    }

    /// <summary>Name of the timer, its seconds, and how often it has run: of retransmissions, and of probes.</summary>
    private static string TimerText(SsRow row)
    {
        double seconds = row.TimerRemaining.TotalSeconds;
        bool isProbe = row.Timer is TcpTimerKind.KeepAlive or TcpTimerKind.Persist;
        int again = row.Timer is TcpTimerKind.On ? row.TimerCount : 0, probes = isProbe ? row.TimerCount : 0;
        string name = row.Timer switch { TcpTimerKind.On => "on", TcpTimerKind.KeepAlive => "keepalive", TcpTimerKind.TimeWait => "timewait", TcpTimerKind.Persist => "probe", _ => "off" };
        return string.Create(CultureInfo.InvariantCulture, $"{name} ({(name == "off" ? 0 : seconds):F2}/{again}/{probes})");
    }

    /// <summary>Nineteen characters and a blank: number and name of the first process that holds the socket, <c>-</c> if none does.</summary>
    private static string Program(SsRow row)
    {
        const int Width = 20;
        string text = row.Users.Count == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{row.Users[0].ProcessId}/{row.Users[0].Command}");
        return text[..Math.Min(text.Length, Width - 1)].PadRight(Width);
    }

    private static string Name(TcpState state) => state switch
    {
        TcpState.Established => "ESTABLISHED",
        TcpState.SynSent => "SYN_SENT",
        TcpState.SynReceived => "SYN_RECV",
        TcpState.FinWait1 => "FIN_WAIT1",
        TcpState.FinWait2 => "FIN_WAIT2",
        TcpState.TimeWait => "TIME_WAIT",
        TcpState.CloseWait => "CLOSE_WAIT",
        TcpState.LastAck => "LAST_ACK",
        TcpState.Listen => "LISTEN",
        TcpState.Closing => "CLOSING",
        _ => "CLOSE",
    };
}

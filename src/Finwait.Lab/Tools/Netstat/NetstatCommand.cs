using System.Globalization;
using System.Text;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary><c>netstat</c> of net-tools: sockets (-t -u -a -l -n -p), routes (-r), interfaces (-i) and counters (-s).</summary>
internal static class NetstatCommand
{
    /// <summary>Runs the command.</summary>
    /// <returns>Status 0, or 2 and one line on standard error for an option that is not there.</returns>
    public static ToolResult Run(IReadOnlyList<string> arguments, Host host, IEnumerable<SsRow> rows, ToolContext context)
    {
        if (ReadLetters(arguments, out string letters) is { } failure)
        {
            return failure;
        }

        return letters.Contains('r') ? RouteCommand.Show(host, context, letters.Contains('n'), withWindows: !letters.Contains('e'))
            : letters.Contains('i') && letters.Contains('e') ? Headed("Kernel Interface table\n", IfconfigCommand.Show(HostTables.Links(host), null, letters.Contains('a'), shortList: false))
            : letters.Contains('i') ? IfconfigCommand.ShowTable(HostTables.Links(host), letters.Contains('a'))
            : letters.Contains('s') ? NetstatCounters.Show(host, rows, letters.Contains('t') || !letters.Contains('u'), letters.Contains('u') || !letters.Contains('t'))
            : Sockets(letters, rows);
    }

    private static ToolResult Headed(string head, in ToolResult result) => result with { Output = head + result.Output };

    private static ToolResult? ReadLetters(IReadOnlyList<string> arguments, out string letters)
    {
        letters = "";
        foreach (string argument in arguments)
        {
            string given = argument switch { "--tcp" => "t", "--udp" => "u", "--all" => "a", "--listening" => "l", "--numeric" => "n", "--programs" or "--program" => "p", "--route" => "r", "--interfaces" => "i", "--statistics" => "s", "--extend" => "e", "--wide" => "W", "-4" or "--inet" => "4", _ => argument };
            if (given == argument)
            {
                if (!argument.StartsWith('-') || argument.Length < 2 || argument.AsSpan(1).IndexOfAnyExcept("tuanlpriseW4") >= 0)
                {
                    return ToolResult.Failed(ToolResult.WrongUsage, $"netstat: no option '{argument}' here: -t -u -a -l -n -p -r -i -s -e are known; ss shows more: ss -tanpo");
                }

                given = argument[1..];
            }

            letters += given;
        }

        return null;
    }

    private static ToolResult Sockets(string letters, IEnumerable<SsRow> rows)
    {
        bool tcp = letters.Contains('t') || !letters.Contains('u'), udp = letters.Contains('u') || !letters.Contains('t');
        bool all = letters.Contains('a'), listening = letters.Contains('l'), programs = letters.Contains('p');
        var text = new StringBuilder($"Active Internet connections ({(all ? "servers and established" : listening ? "only servers" : "w/o servers")})\n");
        text.Append("Proto Recv-Q Send-Q Local Address           Foreign Address         State      ").Append(programs ? " PID/Program name    \n" : "\n");
        foreach (SsRow row in rows.Where(row => (row.Kind == SsKind.Tcp ? tcp : udp) && !(letters.Contains('4') && row.Local.IsV6)))
        {
            bool isServer = row.Kind == SsKind.Tcp ? row.State == TcpState.Listen : row.PeerPort == 0;
            if (all || isServer == listening)
            {
                string protocol = (row.Kind == SsKind.Tcp ? "tcp" : "udp") + (row.Local.IsV6 ? "6" : "");
                string state = row.Kind == SsKind.Tcp ? Name(row.State) : row.PeerPort == 0 ? "" : "ESTABLISHED";
                (long received, long sent) = (row.ReceiveQueue, row.State == TcpState.Listen ? 0 : row.SendQueue);
                string local = End(row, row.Local.ToString(), row.LocalPort, letters), peer = End(row, row.Peer.IsNone ? row.Local.IsV6 ? "::" : "0.0.0.0" : row.Peer.ToString(), row.PeerPort, letters);
                text.Append(CultureInfo.InvariantCulture, $"{protocol,-5} {received,6} {sent,6} {local,-23} {peer,-23} {state,-11}{(programs ? " " + Program(row) : "")}\n");
            }
        }

        return ToolResult.Done(text.ToString());
    }

    private static string End(SsRow row, string address, int port, string letters)
    {
        string name = port == 0 ? "*" : letters.Contains('n') ? port.ToString(CultureInfo.InvariantCulture) : ToolNames.ServicesOnly.PortText(port, row.Kind != SsKind.Tcp);
        return $"{address}:{name}";
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

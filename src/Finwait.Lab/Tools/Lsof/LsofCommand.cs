using System.Globalization;
using System.Text;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>The text of <c>lsof</c> (4.95) from plain rows. The only files here are sockets of TCP and UDP.</summary>
public static class LsofCommand
{
    private const string Version = "lsof, Finwait (text as of lsof 4.95.0)\n";

    private const string Usage = """
        usage: lsof [-ahnPtv] [-i [46][tcp|udp][@HOST][:PORTS]] [-s TCP:STATES] [-p PIDS] [-c COMMAND] [-u USERS] [+c WIDTH]
          -i select Internet sockets   -n no host names     -P no port names   -t process ids only
          -a AND of selections (OR)    -s states, ^ not     -p, -c, -u  ^ in front means not

        """;

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The words behind <c>lsof</c>, quotes removed.</param>
    /// <param name="rows">All sockets of the host; only those that a process has open are listed.</param>
    /// <param name="context">Names; time and terminal do not matter.</param>
    /// <returns>Status 0; 1 and no output if nothing is to be listed; 1 and one line on standard error if the line cannot be understood.</returns>
    public static ToolResult Run(IReadOnlyList<string> arguments, IEnumerable<SsRow> rows, ToolContext context)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(context);
        if (!LsofOptions.TryParse(arguments, context.Names, out LsofOptions options, out string error))
        {
            return ToolResult.Failed(1, error);
        }

        if (options.Help || options.Version)
        {
            return new(0, "", options.Help ? Usage : Version);
        }

        List<(SsRow Row, SocketUser User)> files = [];
        foreach (SsRow row in rows)
        {
            foreach (SocketUser user in row.Users)
            {
                bool isKnown = row.Kind != SsKind.Tcp || row.State != TcpState.Closed; // the kernel's tables do not hold the others
                if (isKnown && options.Shows(row, user))
                {
                    files.Add((row, user));
                }
            }
        }

        (SsRow Row, SocketUser User)[] sorted = [.. files.OrderBy(file => file.User.ProcessId).ThenBy(file => file.User.Descriptor)];
        return sorted.Length == 0 ? new(1, "", "") : ToolResult.Done(options.Terse ? ProcessIds(sorted) : Table(sorted, options, context.Names));
    }

    /// <summary>The kernel's word for a state, as lsof prints it.</summary>
    internal static string StateWord(TcpState state) => state switch
    {
        TcpState.Closed => "CLOSE",
        TcpState.Listen => "LISTEN",
        TcpState.SynSent => "SYN_SENT",
        TcpState.SynReceived => "SYN_RECV",
        TcpState.Established => "ESTABLISHED",
        TcpState.FinWait1 => "FIN_WAIT1",
        TcpState.FinWait2 => "FIN_WAIT2",
        TcpState.CloseWait => "CLOSE_WAIT",
        TcpState.Closing => "CLOSING",
        TcpState.LastAck => "LAST_ACK",
        _ => "TIME_WAIT",
    };

    internal static bool TryParseState(string word, out TcpState state)
    {
        for (state = TcpState.Closed; state <= TcpState.TimeWait; state++)
        {
            if (StateWord(state).Equals(word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static string ProcessIds((SsRow Row, SocketUser User)[] files) =>
        string.Concat(files.Select(file => file.User.ProcessId).Distinct().Select(id => string.Create(CultureInfo.InvariantCulture, $"{id}\n")));

    private static string Table((SsRow Row, SocketUser User)[] files, LsofOptions options, ToolNames names)
    {
        int limit = options.CommandWidth == 0 ? int.MaxValue : options.CommandWidth;
        int commandWidth = Math.Max("COMMAND".Length, files.Max(file => Math.Min(file.User.Command.Length, limit)));
        int processWidth = Math.Max("PID".Length, files.Max(file => Digits(file.User.ProcessId)));
        int userWidth = Math.Max("USER".Length, files.Max(file => file.User.User.Length));
        int deviceWidth = Math.Max("DEVICE".Length, files.Max(file => Digits(file.Row.Inode)));
        StringBuilder text = new();
        text.Append("COMMAND".PadRight(commandWidth)).Append(' ').Append("PID".PadLeft(processWidth)).Append(' ').Append("USER".PadLeft(userWidth))
            .Append("   FD   TYPE ").Append("DEVICE".PadLeft(deviceWidth)).Append(" SIZE/OFF NODE NAME\n");
        foreach ((SsRow row, SocketUser user) in files)
        {
            string command = user.Command.Length > limit ? user.Command[..limit] : user.Command;
            text.Append(command.PadRight(commandWidth)).Append(' ').Append(user.ProcessId.ToString(CultureInfo.InvariantCulture).PadLeft(processWidth)).Append(' ').Append(user.User.PadLeft(userWidth));
            text.Append(CultureInfo.InvariantCulture, $" {user.Descriptor,4}{(user.IsReadable ? 'u' : 'w')}  {(row.IsV6 ? "IPv6" : "IPv4")} ");
            text.Append(row.Inode.ToString(CultureInfo.InvariantCulture).PadLeft(deviceWidth)).Append("      0t0  ").Append(row.Kind == SsKind.Udp ? "UDP " : "TCP ");
            AppendName(text, row, options, names);
            text.Append('\n');
        }

        return text.ToString();
    }

    private static void AppendName(StringBuilder text, SsRow row, LsofOptions options, ToolNames names)
    {
        AppendEnd(text, row, row.Local, row.LocalPort, options, names);
        if (row.PeerPort != 0)
        {
            text.Append("->");
            AppendEnd(text, row, row.Peer, row.PeerPort, options, names);
        }

        text.Append(' ');
        if (row.Kind == SsKind.Tcp)
        {
            text.Append('(').Append(StateWord(row.State)).Append(')');
        }
    }

    private static void AppendEnd(StringBuilder text, SsRow row, IpAddress address, ushort port, LsofOptions options, ToolNames names)
    {
        // An IPv4 connection of a dual-stack server is TYPE IPv6 with plain addresses.
        IpAddress plain = ToolNames.Unmapped(address);
        string host = plain.IsUnspecified ? "*" : (options.NumericHosts ? null : names.HostName(plain)) ?? (plain.IsV6 ? $"[{plain}]" : plain.ToString());
        string service = port == 0 ? "*" : options.NumericPorts ? port.ToString(CultureInfo.InvariantCulture) : names.PortText(port, row.Kind == SsKind.Udp);
        text.Append(host).Append(':').Append(service);
    }

    private static int Digits(long number) => number.ToString(CultureInfo.InvariantCulture).Length;
}

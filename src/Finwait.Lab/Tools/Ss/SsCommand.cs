using System.Globalization;
using System.Text;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>The text of iproute2's <c>ss</c> (6.1) from plain rows.</summary>
public static class SsCommand
{
    private const int WrongLine = 255;

    /// <summary>Complaints with status 1.</summary>
    private static readonly string[] s_wrongValues = ["Cannot parse dst/src address.", "Cannot parse device.", "SELinux is not enabled."];

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The words behind <c>ss</c>, quotes removed.</param>
    /// <param name="rows">All sockets of the host in the order they were found; ss puts raw before UDP before TCP, IPv4 before IPv6, and of TCP listeners and half-open connections first.</param>
    /// <param name="context">Time, terminal and names.</param>
    /// <returns>Status 0, or 255 (1 for an address that is none) and what is wrong on standard error if the line cannot be understood.</returns>
    public static ToolResult Run(IReadOnlyList<string> arguments, IEnumerable<SsRow> rows, ToolContext context) => Run(arguments, rows, context, new(_ => false, _ => null, _ => true));

    /// <summary>The same on a host whose sockets can be ended and whose files can be read.</summary>
    internal static ToolResult Run(IReadOnlyList<string> arguments, IEnumerable<SsRow> rows, ToolContext context, SsHost host)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(context);
        if (!SsOptions.TryParse(arguments, context.Names, host, out SsOptions options, out string error))
        {
            bool isOwn = s_wrongValues.Any(end => error.EndsWith(end, StringComparison.Ordinal)) || error.StartsWith("Cannot open network", StringComparison.Ordinal);
            return ToolResult.Failed(isOwn ? 1 : WrongLine, error);
        }

        if (options.Help || options.Version)
        {
            return ToolResult.Done(options.Help ? SsUsage.Text : SsUsage.Version);
        }

        SsRow[] all = [.. rows];
        StringBuilder text = new();
        if (options.Summary)
        {
            AppendSummary(text, all);
            if (!options.TablesChosen)
            {
                return ToolResult.Done(text.ToString());
            }
        }

        AppendTable(text, options.Kill ? [.. all.Where(row => IsShown(row, options) && host.Destroy(row))] : all, options, context);
        return ToolResult.Done(text.ToString());
    }

    private static void AppendTable(StringBuilder text, SsRow[] rows, SsOptions options, ToolContext context)
    {
        SsLayout layout = new(options.ShowNetid, !SsStates.IsSingle(options.States), options.ShowHeader);
        foreach (SsRow row in rows.Where(row => IsShown(row, options)).OrderBy(PlaceInList))
        {
            layout.Add(Cells(row, options, context));
        }

        text.Append(layout.Render(context.TerminalWidth));
    }

    private static bool IsShown(SsRow row, SsOptions options)
    {
        // The kernel finds a listener or a connection through its tables; a socket that is bound at most is in none of them.
        bool isListed = row.Kind != SsKind.Tcp || row.State != TcpState.Closed;
        return isListed && options.Shows(row.Kind) && (options.States & SsStates.Bit(row.State)) != 0
            && (options.OnlyV6 is not bool v6 || v6 == row.IsV6) && (options.Filter is null || options.Filter.Matches(row));
    }

    // OrderBy is stable: within one place the order is the caller's.
    private static int PlaceInList(SsRow row)
    {
        int inTcp = row.Kind == SsKind.Tcp && row.State is not (TcpState.Listen or TcpState.SynReceived) ? 1 : 0;
        return ((int)row.Kind * 4) + (row.IsV6 ? 2 : 0) + inTcp;
    }

    private static string[] Cells(SsRow row, SsOptions options, ToolContext context)
    {
        bool anyOfBoth = row.IsDualStack && row.Local.IsUnspecified && row.Local.IsV6;
        string[] cells = new string[SsLayout.ColumnCount];
        cells[SsLayout.Netid] = row.Kind switch { SsKind.Raw => "raw", SsKind.Udp => "udp", _ => "tcp" };
        cells[SsLayout.State] = SsStates.Word(row.State);
        cells[SsLayout.ReceiveQueue] = row.ReceiveQueue.ToString(CultureInfo.InvariantCulture).PadRight(6);
        cells[SsLayout.SendQueue] = row.SendQueue.ToString(CultureInfo.InvariantCulture).PadRight(6);
        cells[SsLayout.LocalAddress] = AddressText(row.Local, anyOfBoth, row.Device, options, context);
        cells[SsLayout.LocalPort] = PortText(row.LocalPort, row, options, context);
        cells[SsLayout.PeerAddress] = AddressText(row.Peer, anyOfBoth, null, options, context);
        cells[SsLayout.PeerPort] = PortText(row.PeerPort, row, options, context);
        cells[SsLayout.Process] = ProcessText(row, options, context);
        return cells;
    }

    private static string AddressText(IpAddress address, bool anyOfBoth, string? device, SsOptions options, ToolContext context)
    {
        string text = address.IsUnspecified && anyOfBoth ? "*"
            : options.Resolve && !address.IsUnspecified && context.Names.HostName(address) is { } name ? name
            : address.IsV6 ? $"[{address}]" : address.ToString();
        return device is null ? text + ":" : $"{text}%{device}:";
    }

    private static string PortText(ushort port, SsRow row, SsOptions options, ToolContext context)
    {
        if (port == 0)
        {
            return "*";
        }

        return options.Numeric || row.Kind == SsKind.Raw ? port.ToString(CultureInfo.InvariantCulture) : context.Names.PortText(port, row.Kind == SsKind.Udp);
    }

    private static string ProcessText(SsRow row, SsOptions options, ToolContext context)
    {
        StringBuilder text = new();
        if (options.Processes && row.Users.Count > 0)
        {
            text.Append(" users:(").AppendJoin(',', row.Users.Select(user => string.Create(CultureInfo.InvariantCulture, $"(\"{user.Command}\",pid={user.ProcessId},{(options.Threads ? $"tid={user.ProcessId}," : "")}fd={user.Descriptor})"))).Append(')');
        }

        if (options.Timers || options.Extended)
        {
            SsInfoText.AppendTimer(text, row.Timer, row.TimerRemaining, row.TimerCount);
        }

        if (options.Extended)
        {
            AppendDetails(text, row);
        }

        if (options.TypeOfService && row.Form == SsRowForm.Full)
        {
            text.Append(" tos:0 class_id:0");
        }

        if (options.ControlGroup && !options.Extended && row.Form == SsRowForm.Full)
        {
            text.Append(" cgroup:/");
        }

        // Raw and UDP sockets have nothing to tell for -i.
        if (options.Memory || (options.Info && row.Kind == SsKind.Tcp))
        {
            AppendSecondLine(text, row, options, context.Now);
        }

        if (options.SocketOptions && row.Form == SsRowForm.Full)
        {
            text.Append(options.OneLine ? " " : "\n\t").Append("inet-sockopt: (").Append(row.Kind == SsKind.Tcp ? " is_icsk" : "").Append(" mc_loop mc_all)");
        }

        return text.ToString();
    }

    private static void AppendDetails(StringBuilder text, SsRow row)
    {
        if (row.UserId != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" uid:{row.UserId}");
        }

        text.Append(CultureInfo.InvariantCulture, $" ino:{row.Inode} sk:{row.Cookie:x}");
        if (row.Form != SsRowForm.Full)
        {
            return;
        }

        text.Append(" cgroup:/");
        if (row.IsV6 && row.State is TcpState.Listen or TcpState.Closed)
        {
            text.Append(row.IsDualStack ? " v6only:0" : " v6only:1");
        }

        text.Append(' ').Append(row.ReceiveShut ? '-' : '<').Append('-').Append(row.SendShut ? '-' : '>');
    }

    private static void AppendSecondLine(StringBuilder text, SsRow row, SsOptions options, Instant now)
    {
        if (!options.OneLine)
        {
            text.Append("\n\t");
        }

        if (row.Form != SsRowForm.Full)
        {
            return;
        }

        if (options.Memory && row.Memory is { } memory)
        {
            SsInfoText.AppendMemory(text, memory);
        }

        if (options.Info && row.Info is { } info)
        {
            SsInfoText.AppendInfo(text, row, info, now, options.Numeric, options.Timers || options.Extended);
        }
    }

    private static void AppendSummary(StringBuilder text, SsRow[] rows)
    {
        SsRow[] tcp = [.. rows.Where(row => row.Kind == SsKind.Tcp)];
        // Half-open requests hang on their listener and are counted nowhere; remains have a count of their own.
        int requests = tcp.Count(row => row.Form == SsRowForm.Request);
        int remains = tcp.Count(row => row.Form == SsRowForm.TimeWait);
        SsRow[] inUse = [.. tcp.Where(row => row.Form == SsRowForm.Full && row.State != TcpState.Closed)];
        int established = inUse.Count(row => row.State is TcpState.Established or TcpState.CloseWait);
        int orphans = inUse.Count(row => row.Inode == 0 && row.State is not (TcpState.Established or TcpState.CloseWait));
        int total = tcp.Length - requests;
        text.Append(CultureInfo.InvariantCulture, $"Total: {rows.Count(row => row.Inode != 0)}\n");
        text.Append(CultureInfo.InvariantCulture, $"TCP:   {total} (estab {established}, closed {total - inUse.Length}, orphaned {orphans}, timewait {remains})\n\n");
        text.Append("Transport Total     IP        IPv6\n");
        (int V4, int V6) raw = CountVersions(rows.Where(row => row.Kind == SsKind.Raw));
        (int V4, int V6) udp = CountVersions(rows.Where(row => row.Kind == SsKind.Udp));
        (int V4, int V6) tcpInUse = CountVersions(inUse);
        AppendTransport(text, "RAW", raw);
        AppendTransport(text, "UDP", udp);
        AppendTransport(text, "TCP", tcpInUse);
        AppendTransport(text, "INET", (raw.V4 + udp.V4 + tcpInUse.V4, raw.V6 + udp.V6 + tcpInUse.V6));
        AppendTransport(text, "FRAG", (0, 0));
        text.Append('\n');
    }

    private static (int V4, int V6) CountVersions(IEnumerable<SsRow> rows)
    {
        (int v4, int v6) = (0, 0);
        foreach (SsRow row in rows)
        {
            (v4, v6) = row.IsV6 ? (v4, v6 + 1) : (v4 + 1, v6);
        }

        return (v4, v6);
    }

    private static void AppendTransport(StringBuilder text, string name, (int V4, int V6) count) =>
        text.Append(CultureInfo.InvariantCulture, $"{name}\t  {count.V4 + count.V6,-9} {count.V4,-9} {count.V6,-9}\n");
}

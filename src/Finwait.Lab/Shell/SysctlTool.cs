using System.Globalization;
using System.Text;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary><c>sysctl</c>: the host's settings by their Linux names, to read and to write.</summary>
internal static class SysctlTool
{
    /// <summary>One setting.</summary>
    /// <param name="Get">Its value as text.</param>
    /// <param name="Set">Takes a text; false if it is not a value.</param>
    private sealed record Setting(Func<HostSettings, string> Get, Func<HostSettings, string, bool> Set);

    private static readonly SortedDictionary<string, Setting> s_settings = new(StringComparer.Ordinal)
    {
        ["net.core.rmem_default"] = Number(s => s.Sockets.DefaultReceiveBuffer, (s, v) => s.Sockets.DefaultReceiveBuffer = v, 2304),
        ["net.core.rmem_max"] = Number(s => s.Sockets.MaxReceiveBuffer, (s, v) => s.Sockets.MaxReceiveBuffer = v, 2304),
        ["net.core.somaxconn"] = Number(s => s.Sockets.SoMaxConn, (s, v) => s.Sockets.SoMaxConn = v, 1, 65535),
        ["net.core.wmem_default"] = Number(s => s.Sockets.DefaultSendBuffer, (s, v) => s.Sockets.DefaultSendBuffer = v, 4608),
        ["net.core.wmem_max"] = Number(s => s.Sockets.MaxSendBuffer, (s, v) => s.Sockets.MaxSendBuffer = v, 4608),
        ["net.ipv4.icmp_echo_ignore_all"] = Switch(s => s.IcmpEchoIgnoreAll, (s, v) => s.IcmpEchoIgnoreAll = v),
        ["net.ipv4.icmp_echo_ignore_broadcasts"] = Switch(s => s.IcmpEchoIgnoreBroadcasts, (s, v) => s.IcmpEchoIgnoreBroadcasts = v),
        ["net.ipv4.icmp_ratelimit"] = Span(s => s.IcmpRateLimit, (s, v) => s.IcmpRateLimit = v, TimeSpan.TicksPerMillisecond),
        ["net.ipv4.ip_default_ttl"] = Number(s => s.DefaultTtl, (s, v) => s.DefaultTtl = (byte)v, 1, 255),
        ["net.ipv4.ip_forward"] = Switch(s => s.IpForward, (s, v) => s.IpForward = v),
        ["net.ipv4.ip_local_port_range"] = new(
            s => string.Create(CultureInfo.InvariantCulture, $"{s.LocalPortRange.First}\t{s.LocalPortRange.Last}"),
            (s, text) => Words(text) is [var first, var last] && first is >= 1 and <= 65535 && last >= first && last <= 65535 && Do(() => s.LocalPortRange = ((ushort)first, (ushort)last))),
        ["net.ipv4.ip_no_pmtu_disc"] = Switch(s => s.NoPathMtuDiscovery, (s, v) => s.NoPathMtuDiscovery = v),
        ["net.ipv4.ipfrag_time"] = Span(s => s.FragmentTimeout, (s, v) => s.FragmentTimeout = v, TimeSpan.TicksPerSecond),
        ["net.ipv4.tcp_abort_on_overflow"] = Switch(s => s.Sockets.AbortOnOverflow, (s, v) => s.Sockets.AbortOnOverflow = v),
        ["net.ipv4.tcp_congestion_control"] = new(s => s.Tcp.CongestionControl, (s, text) => text is "cubic" or "reno" && Do(() => s.Tcp.CongestionControl = text)),
        ["net.ipv4.tcp_fin_timeout"] = Span(s => s.Tcp.FinTimeout, (s, v) => s.Tcp.FinTimeout = v, TimeSpan.TicksPerSecond),
        ["net.ipv4.tcp_keepalive_intvl"] = Span(s => s.Tcp.KeepAliveInterval, (s, v) => s.Tcp.KeepAliveInterval = v, TimeSpan.TicksPerSecond),
        ["net.ipv4.tcp_keepalive_probes"] = Number(s => s.Tcp.KeepAliveProbes, (s, v) => s.Tcp.KeepAliveProbes = v, 1, 127),
        ["net.ipv4.tcp_keepalive_time"] = Span(s => s.Tcp.KeepAliveTime, (s, v) => s.Tcp.KeepAliveTime = v, TimeSpan.TicksPerSecond),
        ["net.ipv4.tcp_max_orphans"] = Number(s => s.Sockets.MaxOrphans, (s, v) => s.Sockets.MaxOrphans = v),
        ["net.ipv4.tcp_max_syn_backlog"] = Number(s => s.Sockets.MaxSynBacklog, (s, v) => s.Sockets.MaxSynBacklog = v, 1),
        ["net.ipv4.tcp_max_tw_buckets"] = Number(s => s.Sockets.MaxTimeWaitBuckets, (s, v) => s.Sockets.MaxTimeWaitBuckets = v),
        ["net.ipv4.tcp_orphan_retries"] = Number(s => s.Tcp.OrphanRetries, (s, v) => s.Tcp.OrphanRetries = v == 0 ? 8 : v, 0, 255),
        ["net.ipv4.tcp_reordering"] = Number(s => s.Tcp.Reordering, (s, v) => s.Tcp.Reordering = v, 1, 300),
        ["net.ipv4.tcp_retries1"] = Number(s => s.Tcp.Retries1, (s, v) => s.Tcp.Retries1 = v, 0, 255),
        ["net.ipv4.tcp_retries2"] = Number(s => s.Tcp.Retries2, (s, v) => s.Tcp.Retries2 = v, 0, 255),
        ["net.ipv4.tcp_rfc1337"] = Switch(s => s.Sockets.Rfc1337, (s, v) => s.Sockets.Rfc1337 = v),
        ["net.ipv4.tcp_rmem"] = Triple(s => s.Tcp.ReceiveBuffer, (s, v) => s.Tcp.ReceiveBuffer = v),
        ["net.ipv4.tcp_sack"] = Switch(s => s.Tcp.Sack, (s, v) => s.Tcp.Sack = v),
        ["net.ipv4.tcp_slow_start_after_idle"] = Switch(s => s.Tcp.SlowStartAfterIdle, (s, v) => s.Tcp.SlowStartAfterIdle = v),
        ["net.ipv4.tcp_syn_linear_timeouts"] = Number(s => s.Tcp.SynLinearTimeouts, (s, v) => s.Tcp.SynLinearTimeouts = v, 0, 127),
        ["net.ipv4.tcp_syn_retries"] = Number(s => s.Tcp.SynRetries, (s, v) => s.Tcp.SynRetries = v, 1, 127),
        ["net.ipv4.tcp_synack_retries"] = Number(s => s.Tcp.SynAckRetries, (s, v) => s.Tcp.SynAckRetries = v, 0, 255),
        ["net.ipv4.tcp_timestamps"] = Switch(s => s.Tcp.Timestamps, (s, v) => s.Tcp.Timestamps = v),
        ["net.ipv4.tcp_tw_reuse"] = Number(s => s.Sockets.TimeWaitReuse, (s, v) => s.Sockets.TimeWaitReuse = v, 0, 2),
        ["net.ipv4.tcp_window_scaling"] = Switch(s => s.Tcp.WindowScaling, (s, v) => s.Tcp.WindowScaling = v),
        ["net.ipv4.tcp_wmem"] = Triple(s => s.Tcp.SendBuffer, (s, v) => s.Tcp.SendBuffer = v),
    };

    /// <summary>Carries out a command line.</summary>
    public static ToolResult Run(LabHost host, IReadOnlyList<string> arguments)
    {
        HostSettings settings = host.Stack.Settings;
        bool namesOff = false, all = false;
        var output = new StringBuilder();
        var errors = new StringBuilder();
        foreach (string argument in arguments)
        {
            if (argument is "-w" or "-e" or "-q")
            {
                continue;
            }

            if (argument is "-n" or "-a" or "-A" or "--all")
            {
                namesOff |= argument == "-n";
                all |= argument != "-n";
                continue;
            }

            if (argument.StartsWith('-'))
            {
                return ToolResult.Failed(1, $"sysctl: invalid option -- '{argument.TrimStart('-')}'");
            }

            int equals = argument.IndexOf('=');
            string name = (equals < 0 ? argument : argument[..equals]).Trim().Replace('/', '.');
            if (!s_settings.TryGetValue(name, out Setting? setting))
            {
                errors.Append(CultureInfo.InvariantCulture, $"sysctl: cannot stat /proc/sys/{name.Replace('.', '/')}: No such file or directory\n");
            }
            else if (equals >= 0 && !setting.Set(settings, argument[(equals + 1)..].Trim()))
            {
                errors.Append(CultureInfo.InvariantCulture, $"sysctl: setting key \"{name}\": Invalid argument\n");
            }
            else
            {
                Show(output, name, setting, settings, namesOff);
            }
        }

        if (all)
        {
            foreach ((string name, Setting setting) in s_settings)
            {
                Show(output, name, setting, settings, namesOff);
            }
        }
        else if (arguments.Count == 0)
        {
            return ToolResult.Failed(1, "Usage: sysctl [-n] [-a] [-w] NAME[=VALUE] ...");
        }

        return new ToolResult(errors.Length > 0 ? 1 : 0, output.ToString(), errors.ToString());
    }

    private static void Show(StringBuilder output, string name, Setting setting, HostSettings settings, bool namesOff) =>
        output.Append(namesOff ? "" : name + " = ").Append(setting.Get(settings)).Append('\n');

    private static bool Do(Action action)
    {
        action();
        return true;
    }

    private static int[]? Words(string text)
    {
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        int[] numbers = new int[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            if (!int.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
            {
                return null;
            }
        }

        return numbers;
    }

    private static Setting Number(Func<HostSettings, int> get, Action<HostSettings, int> set, int least = 0, int most = int.MaxValue) => new(
        s => get(s).ToString(CultureInfo.InvariantCulture),
        (s, text) => Words(text) is [var value] && value >= least && value <= most && Do(() => set(s, value)));

    private static Setting Switch(Func<HostSettings, bool> get, Action<HostSettings, bool> set) => new(
        s => get(s) ? "1" : "0",
        (s, text) => Words(text) is [var value] && Do(() => set(s, value != 0)));

    private static Setting Span(Func<HostSettings, TimeSpan> get, Action<HostSettings, TimeSpan> set, long unit) => new(
        s => (get(s).Ticks / unit).ToString(CultureInfo.InvariantCulture),
        (s, text) => Words(text) is [var value] && Do(() => set(s, TimeSpan.FromTicks(value * unit))));

    private static Setting Triple(Func<HostSettings, (int, int, int)> get, Action<HostSettings, (int, int, int)> set) => new(
        s => get(s) is var (a, b, c) ? string.Create(CultureInfo.InvariantCulture, $"{a}\t{b}\t{c}") : "",
        (s, text) => Words(text) is [var a, var b, var c] && a > 0 && b >= a && c >= b && Do(() => set(s, (a, b, c))));
}

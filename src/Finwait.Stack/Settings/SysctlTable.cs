namespace Finwait.Stack;

/// <summary>The settings of a host as texts, by their Linux sysctl names: one table for everything that reads or writes them.</summary>
public static class SysctlTable
{
    /// <summary>What 0, the value that is read, stands for.</summary>
    private const int DefaultOrphanRetries = 8;

    private static readonly string[] s_names =
    [
        "net.core.rmem_default", "net.core.rmem_max", "net.core.somaxconn", "net.core.wmem_default", "net.core.wmem_max",
        "net.ipv4.icmp_echo_ignore_all", "net.ipv4.icmp_echo_ignore_broadcasts", "net.ipv4.icmp_msgs_burst", "net.ipv4.icmp_msgs_per_sec", "net.ipv4.icmp_ratelimit", "net.ipv4.ip_default_ttl",
        "net.ipv4.ip_forward", "net.ipv4.ip_local_port_range", "net.ipv4.ip_no_pmtu_disc", "net.ipv4.ipfrag_time", "net.ipv4.route.min_pmtu",
        "net.ipv4.tcp_abort_on_overflow", "net.ipv4.tcp_base_mss", "net.ipv4.tcp_congestion_control", "net.ipv4.tcp_early_retrans", "net.ipv4.tcp_ecn", "net.ipv4.tcp_ecn_fallback", "net.ipv4.tcp_ecn_option", "net.ipv4.tcp_fastopen", "net.ipv4.tcp_fastopen_key", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_frto", "net.ipv4.tcp_invalid_ratelimit",
        "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_max_orphans", "net.ipv4.tcp_max_reordering",
        "net.ipv4.tcp_max_syn_backlog", "net.ipv4.tcp_max_tw_buckets", "net.ipv4.tcp_min_snd_mss", "net.ipv4.tcp_moderate_rcvbuf", "net.ipv4.tcp_mtu_probe_floor", "net.ipv4.tcp_mtu_probing", "net.ipv4.tcp_orphan_retries", "net.ipv4.tcp_pacing_ca_ratio", "net.ipv4.tcp_pacing_ss_ratio", "net.ipv4.tcp_probe_interval", "net.ipv4.tcp_probe_threshold", "net.ipv4.tcp_recovery", "net.ipv4.tcp_reordering",
        "net.ipv4.tcp_retries1", "net.ipv4.tcp_retries2", "net.ipv4.tcp_rfc1337", "net.ipv4.tcp_rmem", "net.ipv4.tcp_rto_max_ms", "net.ipv4.tcp_rto_min_us", "net.ipv4.tcp_sack", "net.ipv4.tcp_shrink_window",
        "net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_syn_linear_timeouts", "net.ipv4.tcp_syn_retries", "net.ipv4.tcp_synack_retries", "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_timestamps", "net.ipv4.tcp_tw_reuse", "net.ipv4.tcp_window_scaling", "net.ipv4.tcp_wmem",
    ];

    /// <summary>The names there are, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names => s_names;

    /// <summary>Reads a setting as the kernel would print it.</summary>
    /// <param name="settings">Whose.</param>
    /// <param name="name">Its name with dots.</param>
    /// <param name="text">Its value; numbers of one setting are parted by tabulators.</param>
    /// <returns>False if there is no such setting.</returns>
    public static bool TryGet(HostSettings settings, string name, out string text)
    {
        SettingAccess access = default;
        bool found = Visit(settings, name, ref access);
        text = access.Text ?? "";
        return found;
    }

    /// <summary>Writes a setting.</summary>
    /// <param name="settings">Whose.</param>
    /// <param name="name">Its name with dots.</param>
    /// <param name="value">Its value as text, numbers parted by blanks.</param>
    /// <returns><see cref="Errno.None"/>; ENOENT if there is no such setting; EINVAL if that is no value for it, and nothing has changed.</returns>
    public static Errno Set(HostSettings settings, string name, string value)
    {
        SettingAccess access = SettingAccess.Write(value);
        if (!Visit(settings, name, ref access))
        {
            return Errno.ENOENT;
        }

        return access.IsRefused ? Errno.EINVAL : Errno.None;
    }

    private static bool Visit(HostSettings settings, string name, ref SettingAccess access) =>
        VisitHost(settings, name, ref access) || VisitSockets(settings.Sockets, name, ref access) || VisitTcp(settings, name, ref access) || VisitTcpTimes(settings, name, ref access);

    private static bool VisitHost(HostSettings s, string name, ref SettingAccess a)
    {
        switch (name)
        {
            case "net.ipv4.icmp_echo_ignore_all": s.IcmpEchoIgnoreAll = a.Switch(s.IcmpEchoIgnoreAll, most: 1); return true;
            case "net.ipv4.icmp_echo_ignore_broadcasts": s.IcmpEchoIgnoreBroadcasts = a.Switch(s.IcmpEchoIgnoreBroadcasts, most: 1); return true;
            case "net.ipv4.icmp_msgs_burst": s.IcmpMessagesBurst = a.Number(s.IcmpMessagesBurst, 0); return true;
            case "net.ipv4.icmp_msgs_per_sec": s.IcmpMessagesPerSecond = a.Number(s.IcmpMessagesPerSecond, 0); return true;
            case "net.ipv4.icmp_ratelimit": s.IcmpRateLimit = a.Span(s.IcmpRateLimit, TimeSpan.TicksPerMillisecond); return true;
            case "net.ipv4.ip_default_ttl": s.DefaultTtl = (byte)a.Number(s.DefaultTtl, 1, 255); return true;
            case "net.ipv4.ip_forward": s.IpForward = a.Switch(s.IpForward, most: int.MaxValue); return true;
            case "net.ipv4.ip_local_port_range": s.LocalPortRange = a.Range(s.LocalPortRange); return true;
            case "net.ipv4.ip_no_pmtu_disc": s.NoPathMtuDiscovery = a.Switch(s.NoPathMtuDiscovery); return true;
            case "net.ipv4.ipfrag_time": s.FragmentTimeout = a.Span(s.FragmentTimeout, TimeSpan.TicksPerSecond); return true;
            case "net.ipv4.route.min_pmtu": s.MinPathMtu = a.Number(s.MinPathMtu, 68); return true;
            default: return false;
        }
    }

    private static bool VisitSockets(SocketSettings s, string name, ref SettingAccess a)
    {
        switch (name)
        {
            case "net.core.rmem_default": s.DefaultReceiveBuffer = a.Number(s.DefaultReceiveBuffer, 2304); return true;
            case "net.core.rmem_max": s.MaxReceiveBuffer = a.Number(s.MaxReceiveBuffer, 2304); return true;
            case "net.core.somaxconn": s.SoMaxConn = a.Number(s.SoMaxConn, 0); return true;
            case "net.core.wmem_default": s.DefaultSendBuffer = a.Number(s.DefaultSendBuffer, 4608); return true;
            case "net.core.wmem_max": s.MaxSendBuffer = a.Number(s.MaxSendBuffer, 4608); return true;
            case "net.ipv4.tcp_abort_on_overflow": s.AbortOnOverflow = a.Switch(s.AbortOnOverflow); return true;
            case "net.ipv4.tcp_fastopen": s.FastOpen = a.Number(s.FastOpen, 0); return true;
            case "net.ipv4.tcp_fastopen_key": s.FastOpenKey = a.Word(s.FastOpenKey, "00000000-00000000-00000000-00000000", static text => FastOpenKeys.FromText(text) is not null); return true;
            case "net.ipv4.tcp_max_orphans": s.MaxOrphans = a.Number(s.MaxOrphans, 0); return true;
            case "net.ipv4.tcp_max_syn_backlog": s.MaxSynBacklog = a.Number(s.MaxSynBacklog, 0); return true;
            case "net.ipv4.tcp_max_tw_buckets": s.MaxTimeWaitBuckets = a.Number(s.MaxTimeWaitBuckets, 0); return true;
            case "net.ipv4.tcp_rfc1337": s.Rfc1337 = a.Switch(s.Rfc1337); return true;
            case "net.ipv4.tcp_syncookies": s.SynCookies = a.Number(s.SynCookies, 0, 255); return true;
            case "net.ipv4.tcp_tw_reuse": s.TimeWaitReuse = a.Number(s.TimeWaitReuse, 0, 2); return true;
            default: return false;
        }
    }

    private static bool VisitTcp(HostSettings settings, string name, ref SettingAccess a)
    {
        Tcp.TcpSettings s = settings.Tcp;
        switch (name)
        {
            case "net.ipv4.tcp_congestion_control": s.CongestionControl = a.OneOf(s.CongestionControl, ["cubic", "reno", "bbr"]); return true;
            case "net.ipv4.tcp_ecn": s.Ecn = a.Number(s.Ecn, 0, 5); return true;
            case "net.ipv4.tcp_ecn_fallback": s.EcnFallback = a.Switch(s.EcnFallback, most: 1); return true;
            case "net.ipv4.tcp_ecn_option": s.EcnOption = a.Number(s.EcnOption, 0, 2); return true;
            case "net.ipv4.tcp_pacing_ca_ratio": s.PacingAvoidanceRatio = a.Number(s.PacingAvoidanceRatio, 0, 1000); return true;
            case "net.ipv4.tcp_pacing_ss_ratio": s.PacingSlowStartRatio = a.Number(s.PacingSlowStartRatio, 0, 1000); return true;
            case "net.ipv4.tcp_early_retrans": s.TailLossProbe = a.Choice(s.TailLossProbe, 3, 4); return true;
            case "net.ipv4.tcp_frto": s.ForwardRto = a.Number(s.ForwardRto ? 2 : 0, 0, 255) != 0; return true;
            case "net.ipv4.tcp_max_reordering": s.MaxReordering = a.Number(s.MaxReordering, 1); return true;
            case "net.ipv4.tcp_min_snd_mss": s.MinSendMss = a.Number(s.MinSendMss, 48, 65535); return true;
            case "net.ipv4.tcp_base_mss": s.BaseMss = a.Number(s.BaseMss, 0); return true;
            case "net.ipv4.tcp_mtu_probe_floor": s.MtuProbeFloor = a.Number(s.MtuProbeFloor, 48, 65535); return true;
            case "net.ipv4.tcp_mtu_probing": s.MtuProbing = a.Number(s.MtuProbing, 0, 255); return true;
            case "net.ipv4.tcp_probe_threshold": s.ProbeThreshold = a.Number(s.ProbeThreshold, 0); return true;
            case "net.ipv4.tcp_moderate_rcvbuf": s.ModerateReceiveBuffer = a.Switch(s.ModerateReceiveBuffer); return true;
            case "net.ipv4.tcp_orphan_retries": s.OrphanRetries = a.Number(s.OrphanRetries == DefaultOrphanRetries ? 0 : s.OrphanRetries, 0, 255) is var n and not 0 ? n : DefaultOrphanRetries; return true;
            case "net.ipv4.tcp_recovery": s.Recovery = (Tcp.TcpRecoveryMethods)a.Number((int)s.Recovery, 0, 255); return true;
            case "net.ipv4.tcp_reordering": s.Reordering = a.Number(s.Reordering, 1, s.MaxReordering); return true;
            case "net.ipv4.tcp_retries1": s.Retries1 = a.Number(s.Retries1, 0, 255); return true;
            case "net.ipv4.tcp_retries2": s.Retries2 = a.Number(s.Retries2, 0, 255); return true;
            case "net.ipv4.tcp_rmem": s.ReceiveBuffer = a.Triple(s.ReceiveBuffer); return true;
            case "net.ipv4.tcp_sack": s.Sack = a.Switch(s.Sack); return true;
            case "net.ipv4.tcp_shrink_window": s.ShrinkWindow = a.Switch(s.ShrinkWindow, most: 1); return true;
            case "net.ipv4.tcp_slow_start_after_idle": s.SlowStartAfterIdle = a.Switch(s.SlowStartAfterIdle); return true;
            case "net.ipv4.tcp_syn_linear_timeouts": s.SynLinearTimeouts = a.Number(s.SynLinearTimeouts, 0, 127); return true;
            case "net.ipv4.tcp_syn_retries": s.SynRetries = a.Number(s.SynRetries, 1, 127); return true;
            case "net.ipv4.tcp_synack_retries": s.SynAckRetries = a.Number(s.SynAckRetries, 0, 255); return true;
            case "net.ipv4.tcp_timestamps": s.Timestamps = a.Switch(s.Timestamps); return true;
            case "net.ipv4.tcp_window_scaling": s.WindowScaling = a.Switch(s.WindowScaling); return true;
            case "net.ipv4.tcp_wmem": s.SendBuffer = a.Triple(s.SendBuffer); return true;
            default: return false;
        }
    }

    private static bool VisitTcpTimes(HostSettings settings, string name, ref SettingAccess a)
    {
        Tcp.TcpSettings s = settings.Tcp;
        switch (name)
        {
            case "net.ipv4.tcp_fin_timeout": s.FinTimeout = a.Span(s.FinTimeout, TimeSpan.TicksPerSecond); return true;
            case "net.ipv4.tcp_invalid_ratelimit": s.InvalidRateLimit = a.Span(s.InvalidRateLimit, TimeSpan.TicksPerMillisecond); return true;
            case "net.ipv4.tcp_keepalive_intvl": s.KeepAliveInterval = a.Span(s.KeepAliveInterval, TimeSpan.TicksPerSecond); return true;
            case "net.ipv4.tcp_keepalive_probes": s.KeepAliveProbes = a.Number(s.KeepAliveProbes, 0, 255); return true;
            case "net.ipv4.tcp_keepalive_time": s.KeepAliveTime = a.Span(s.KeepAliveTime, TimeSpan.TicksPerSecond); return true;
            case "net.ipv4.tcp_probe_interval": s.ProbeInterval = a.Span(s.ProbeInterval, TimeSpan.TicksPerSecond, 0, 17_179_869); return true;
            case "net.ipv4.tcp_rto_max_ms": s.RtoMax = a.Span(s.RtoMax, TimeSpan.TicksPerMillisecond, 1000, 120_000); return true;
            case "net.ipv4.tcp_rto_min_us": s.RtoMin = a.Span(s.RtoMin, TimeSpan.TicksPerMicrosecond, 1); return true;
            default: return false;
        }
    }
}

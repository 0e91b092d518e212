using Finwait.Stack;

namespace Finwait.Drill;

/// <summary>What the <c>defaults.sh</c> of the Linux kernel's own packetdrill tests sets, and settings that make no difference here.</summary>
internal static class KernelDefaults
{
    private static readonly (string Name, string Value)[] s_defaults =
    [
        ("net.ipv4.tcp_rmem", "4096 540000 15728640"),
        ("net.ipv4.tcp_wmem", "4096 262144 4194304"),
        ("net.ipv4.tcp_timestamps", "1"),
        ("net.ipv4.tcp_syn_retries", "5"),
        ("net.ipv4.tcp_synack_retries", "5"),
        ("net.ipv4.tcp_frto", "2"),
        ("net.ipv4.tcp_sack", "1"),
        ("net.ipv4.tcp_dsack", "1"),
        ("net.ipv4.tcp_reordering", "3"),
        ("net.ipv4.tcp_congestion_control", "cubic"),
        ("net.ipv4.tcp_slow_start_after_idle", "0"),
        ("net.ipv4.tcp_early_retrans", "3"),
        ("net.ipv4.tcp_recovery", "1"),
        ("net.ipv4.tcp_ecn", "0"),
        ("net.ipv4.tcp_pacing_ss_ratio", "200"),
        ("net.ipv4.tcp_pacing_ca_ratio", "120"),
        ("net.ipv4.tcp_notsent_lowat", "4294967295"),
        ("net.ipv4.tcp_fastopen", "0x70403"),
        ("net.ipv4.tcp_fastopen_key", "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4"),
        ("net.ipv4.tcp_syncookies", "1"),
    ];

    /// <summary>Settings the host does not have, with the values for which it behaves as if it had; "*" is any value.</summary>
    private static readonly Dictionary<string, string[]> s_withoutEffect = new(StringComparer.Ordinal)
    {
        ["net.ipv4.tcp_fack"] = ["0"],
        ["net.ipv4.tcp_frto"] = ["0"],
        ["net.ipv4.tcp_recovery"] = ["0", "1"],
        ["net.ipv4.tcp_syncookies"] = ["0", "1"],
        ["net.ipv4.tcp_moderate_rcvbuf"] = ["1"],
        ["net.ipv4.tcp_max_reordering"] = ["300"],
        ["net.ipv4.tcp_workaround_signed_windows"] = ["0"],
        ["net.ipv4.tcp_adv_win_scale"] = ["1"],
        ["net.ipv4.tcp_app_win"] = ["31"],
        ["net.ipv4.tcp_reflect_tos"] = ["0"],
        ["net.ipv4.tcp_pingpong_thresh"] = ["1"],
        ["net.ipv4.tcp_base_mss"] = ["*"],
        ["net.ipv4.tcp_min_rtt_wlen"] = ["*"],
        ["net.ipv4.tcp_retrans_collapse"] = ["*"],
        ["net.ipv4.tcp_challenge_ack_limit"] = ["*"],
        ["net.ipv4.tcp_ecn_fallback"] = ["*"],
        ["net.ipv4.tcp_ecn_option"] = ["*"],
        ["net.ipv4.tcp_ecn_option_beacon"] = ["*"],
        ["net.ipv4.tcp_fastopen_blackhole_timeout_sec"] = ["*"],
        ["net.ipv6.auto_flowlabels"] = ["0"],
        ["net.ipv4.tcp_dsack"] = ["1"],
        ["net.ipv4.tcp_ecn"] = ["0", "2"],
        ["net.ipv4.tcp_mtu_probing"] = ["0"],
        ["net.ipv4.tcp_no_metrics_save"] = ["*"],
        ["net.ipv4.tcp_tso_win_divisor"] = ["*"],
        ["net.ipv4.tcp_min_tso_segs"] = ["*"],
        ["net.ipv4.tcp_tso_rtt_log"] = ["*"],
        ["net.ipv4.tcp_pacing_ss_ratio"] = ["200"],
        ["net.ipv4.tcp_pacing_ca_ratio"] = ["120"],
        ["net.ipv4.tcp_notsent_lowat"] = ["-1", "4294967295"],
        ["net.ipv4.tcp_autocorking"] = ["0"],
        ["net.ipv4.tcp_mem"] = ["*"],
        ["net.ipv4.tcp_thin_linear_timeouts"] = ["0"],
        ["net.ipv4.tcp_limit_output_bytes"] = ["*"],
        ["net.ipv4.tcp_comp_sack_nr"] = ["0"],
        ["net.ipv4.tcp_comp_sack_delay_ns"] = ["0"],
        ["net.ipv4.tcp_backlog_ack_defer"] = ["*"],
        ["net.ipv4.tcp_available_congestion_control"] = ["*"],
        ["net.ipv4.tcp_allowed_congestion_control"] = ["*"],
        ["net.ipv4.tcp_shrink_window"] = ["0"],
        ["net.core.default_qdisc"] = ["*"],
        ["net.core.netdev_max_backlog"] = ["*"],
        ["net.core.optmem_max"] = ["*"],
    };

    private static readonly string[] s_otherParts = ["net.ipv4.conf.", "net.ipv6.conf.", "net.ipv4.neigh.", "net.ipv6.neigh.", "kernel.", "vm.", "fs.", "net.netfilter."];

    public static void Apply(HostSettings settings)
    {
        foreach ((string name, string value) in s_defaults)
        {
            // Those the host does not have are the ones that scripts must ask for themselves to matter.
            SysctlTable.Set(settings, name, value);
        }
    }

    /// <summary>True for settings of parts that a host with one link of bare packets does not have, and for values that the host behaves by.</summary>
    public static bool IsWithoutEffect(string name, string value) =>
        s_otherParts.Any(part => name.StartsWith(part, StringComparison.Ordinal)) || IsAsBehaved(name, value);

    private static bool IsAsBehaved(string name, string value) => s_withoutEffect.TryGetValue(name, out string[]? values) && (values is ["*"] || values.Contains(value));
}

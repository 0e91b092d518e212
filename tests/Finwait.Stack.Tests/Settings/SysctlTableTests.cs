using System.Globalization;

namespace Finwait.Stack.Tests;

/// <summary>The settings of a host by their sysctl names: what is read first, what is taken and what is not are those of a Linux 6.18, asked name by name.</summary>
public sealed class SysctlTableTests
{
    private const int Any = int.MaxValue;

    /// <summary>Name, default, least and greatest number that is taken; a switch reads 1 whatever number turned it on.</summary>
    private static readonly (string Name, string Default, int Least, int Most, bool IsSwitch)[] s_numbers =
    [
        // Linux takes the greatest tcp_rmem from its memory; the one here is that of the golden captures.
        ("net.core.rmem_default", "212992", 2304, Any, false),
        ("net.core.rmem_max", "4194304", 2304, Any, false),
        ("net.core.somaxconn", "4096", 0, Any, false),
        ("net.core.wmem_default", "212992", 4608, Any, false),
        ("net.core.wmem_max", "4194304", 4608, Any, false),
        ("net.ipv4.icmp_echo_ignore_all", "0", 0, 1, true),
        ("net.ipv4.icmp_echo_ignore_broadcasts", "1", 0, 1, true),
        ("net.ipv4.icmp_msgs_burst", "50", 0, Any, false),
        ("net.ipv4.icmp_msgs_per_sec", "1000", 0, Any, false),
        ("net.ipv4.icmp_ratelimit", "1000", 0, Any, false),
        ("net.ipv4.ip_default_ttl", "64", 1, 255, false),
        ("net.ipv4.ip_forward", "0", 0, Any, true),
        ("net.ipv4.ip_no_pmtu_disc", "0", 0, 255, true),
        ("net.ipv4.ipfrag_time", "30", 0, Any, false),
        ("net.ipv4.route.min_pmtu", "552", 68, Any, false),
        ("net.ipv4.tcp_abort_on_overflow", "0", 0, 255, true),
        ("net.ipv4.tcp_base_mss", "1024", 0, Any, false),          // Linux takes negative numbers too, which mean nothing; so below
        ("net.ipv4.tcp_early_retrans", "3", 0, 4, true),
        ("net.ipv4.tcp_ecn", "2", 0, 5, false),             // 3 to 5 are of kernels with AccECN
        ("net.ipv4.tcp_ecn_fallback", "1", 0, 1, true),
        ("net.ipv4.tcp_ecn_option", "2", 0, 2, false),
        ("net.ipv4.tcp_fastopen", "1", 0, Any, false),
        ("net.ipv4.tcp_fin_timeout", "60", 0, Any, false),
        ("net.ipv4.tcp_frto", "2", 0, 255, true),
        ("net.ipv4.tcp_invalid_ratelimit", "500", 0, Any, false),
        ("net.ipv4.tcp_keepalive_intvl", "75", 0, Any, false),
        ("net.ipv4.tcp_keepalive_probes", "9", 0, 255, false),
        ("net.ipv4.tcp_keepalive_time", "7200", 0, Any, false),
        ("net.ipv4.tcp_max_orphans", "?", 0, Any, false),       // Linux's depends on its memory
        ("net.ipv4.tcp_max_reordering", "300", 1, Any, false),
        ("net.ipv4.tcp_max_syn_backlog", "?", 0, Any, false),
        ("net.ipv4.tcp_max_tw_buckets", "?", 0, Any, false),
        ("net.ipv4.tcp_min_snd_mss", "48", 48, 65_535, false),
        ("net.ipv4.tcp_moderate_rcvbuf", "1", 0, 255, true),
        ("net.ipv4.tcp_mtu_probe_floor", "48", 48, 65_535, false),
        ("net.ipv4.tcp_mtu_probing", "0", 0, 255, false),
        ("net.ipv4.tcp_orphan_retries", "0", 0, 255, false),
        ("net.ipv4.tcp_pacing_ca_ratio", "120", 0, 1000, false),
        ("net.ipv4.tcp_pacing_ss_ratio", "200", 0, 1000, false),
        ("net.ipv4.tcp_probe_interval", "600", 0, 17_179_869, false),
        ("net.ipv4.tcp_probe_threshold", "8", 0, Any, false),
        ("net.ipv4.tcp_recovery", "1", 0, 255, false),
        ("net.ipv4.tcp_reordering", "3", 1, 300, false),
        ("net.ipv4.tcp_retries1", "3", 0, 255, false),
        ("net.ipv4.tcp_retries2", "15", 0, 255, false),
        ("net.ipv4.tcp_rfc1337", "1", 0, 255, true),        // 0 there: RFC 1337 is kept here
        ("net.ipv4.tcp_rto_max_ms", "120000", 1000, 120_000, false),
        ("net.ipv4.tcp_rto_min_us", "200000", 1, Any, false),
        ("net.ipv4.tcp_sack", "1", 0, 255, true),
        ("net.ipv4.tcp_shrink_window", "0", 0, 1, true),
        ("net.ipv4.tcp_slow_start_after_idle", "1", 0, 255, true),
        ("net.ipv4.tcp_syn_linear_timeouts", "4", 0, 127, false),
        ("net.ipv4.tcp_syn_retries", "?", 1, 127, false),       // 7 here, 6 there
        ("net.ipv4.tcp_synack_retries", "5", 0, 255, false),
        ("net.ipv4.tcp_syncookies", "1", 0, 255, false),
        ("net.ipv4.tcp_timestamps", "1", 0, 255, true),
        ("net.ipv4.tcp_tw_reuse", "2", 0, 2, false),
        ("net.ipv4.tcp_window_scaling", "1", 0, 255, true),
    ];

    private static readonly string[] s_others =
    [
        "net.ipv4.ip_local_port_range", "net.ipv4.tcp_congestion_control", "net.ipv4.tcp_fastopen_key", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
    ];

    public static TheoryData<string> Numbers => [.. s_numbers.Select(row => row.Name)];

    private static string Get(HostSettings settings, string name)
    {
        Assert.True(SysctlTable.TryGet(settings, name, out string text), name);
        return text;
    }

    private static Dictionary<string, string> All(HostSettings settings) => SysctlTable.Names.ToDictionary(name => name, name => Get(settings, name), StringComparer.Ordinal);

    [Fact]
    public void Names_AreThoseOfTheTable() => Assert.Equal(s_numbers.Select(row => row.Name).Concat(s_others).Order(StringComparer.Ordinal), SysctlTable.Names.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Number_ReadAndWritten_IsTakenInItsRangeAndChangesNothingElse(string name)
    {
        (_, string first, int least, int most, bool isSwitch) = s_numbers.Single(row => row.Name == name);
        HostSettings settings = new();
        Dictionary<string, string> before = All(settings);
        if (first != "?")
        {
            Assert.Equal(first, before[name]);
        }

        foreach (long value in new[] { least, least + 1L, most - 1L, most })
        {
            string text = value.ToString(CultureInfo.InvariantCulture);
            Assert.Equal(Errno.None, SysctlTable.Set(settings, name, text));
            string read = Get(settings, name);
            Assert.True(read == text || (isSwitch && (read != "0") == (value > 0 && !(name.EndsWith("early_retrans", StringComparison.Ordinal) && value < 3))), $"{text} reads {read}");
        }

        string kept = Get(settings, name);
        foreach (string refused in new[] { (least - 1L).ToString(CultureInfo.InvariantCulture), (most + 1L).ToString(CultureInfo.InvariantCulture), "", "x", "1x", "+1" })
        {
            Assert.Equal(Errno.EINVAL, SysctlTable.Set(settings, name, refused));
            Assert.Equal(kept, Get(settings, name));
        }

        Dictionary<string, string> after = All(settings);
        after[name] = before[name];
        Assert.Equal(before, after);
    }

    [Theory]
    [InlineData("net.ipv4.tcp_retries2", " 12 ", "12")]
    [InlineData("net.ipv4.tcp_retries2", "0x10", "16")]
    [InlineData("net.ipv4.tcp_retries2", "3 4", "3")]
    [InlineData("net.ipv4.tcp_orphan_retries", "5", "5")]
    [InlineData("net.ipv4.ip_local_port_range", "1024 65535", "1024\t65535")]
    [InlineData("net.ipv4.ip_local_port_range", "2000\t2000", "2000\t2000")]
    [InlineData("net.ipv4.tcp_rmem", "1 2 3", "1\t2\t3")]
    [InlineData("net.ipv4.tcp_rmem", "3 2 1", "3\t2\t1")]
    [InlineData("net.ipv4.tcp_rmem", "1 2 3 4", "1\t2\t3")]
    [InlineData("net.ipv4.tcp_rmem", "5000", "5000\t131072\t6291456")]
    [InlineData("net.ipv4.tcp_rmem", "5 6", "5\t6\t6291456")]
    [InlineData("net.ipv4.tcp_wmem", "5 6", "5\t6\t4194304")]
    [InlineData("net.ipv4.tcp_congestion_control", "reno\n", "reno")]
    [InlineData("net.ipv4.tcp_congestion_control", "bbr", "bbr")]
    public void Text_Written_IsReadBack(string name, string value, string read)
    {
        HostSettings settings = new();
        Dictionary<string, string> before = All(settings);
        Assert.Equal(Errno.None, SysctlTable.Set(settings, name, value));
        Assert.Equal(read, Get(settings, name));
        Dictionary<string, string> after = All(settings);
        after[name] = before[name];
        Assert.Equal(before, after);
    }

    [Theory]
    [InlineData("net.ipv4.ip_local_port_range", "1 2,0 5,1023 65535,1024 65536,3000 2000,5000,0 0,a b,", "32768\t60999")]
    [InlineData("net.ipv4.tcp_rmem", "0 1 2,1 0 2,1 2 0,0,1 0,x,-1 2 3,", "4096\t131072\t6291456")]
    [InlineData("net.ipv4.tcp_wmem", "0 1 2,x,", "4096\t16384\t4194304")]
    [InlineData("net.ipv4.tcp_congestion_control", "vegas,,reno cubic", "cubic")]
    public void Text_ThatIsNoValue_IsRefusedAndChangesNothing(string name, string values, string kept)
    {
        HostSettings settings = new();
        Assert.Equal(kept, Get(settings, name));
        foreach (string value in values.Split(','))
        {
            Assert.Equal((value, Errno.EINVAL), (value, SysctlTable.Set(settings, name, value)));
            Assert.Equal(kept, Get(settings, name));
        }
    }

    // What is between the units of a setting and what the host keeps is kept as long as the same number is written.
    [Fact]
    public void Span_SameNumberWritten_KeepsWhatIsBetweenTheUnits()
    {
        HostSettings settings = new() { Tcp = { FinTimeout = TimeSpan.FromSeconds(1.5) } };
        Assert.Equal("1", Get(settings, "net.ipv4.tcp_fin_timeout"));
        Assert.Equal(Errno.None, SysctlTable.Set(settings, "net.ipv4.tcp_fin_timeout", "1"));
        Assert.Equal(TimeSpan.FromSeconds(1.5), settings.Tcp.FinTimeout);
        Assert.Equal(Errno.None, SysctlTable.Set(settings, "net.ipv4.tcp_fin_timeout", "2"));
        Assert.Equal(TimeSpan.FromSeconds(2), settings.Tcp.FinTimeout);
    }

    [Theory]
    [InlineData("net.ipv4.nosuch")]
    [InlineData("")]
    [InlineData("net/ipv4/tcp_sack")]
    public void Name_Unknown_IsNoEntry(string name)
    {
        Assert.False(SysctlTable.TryGet(new HostSettings(), name, out string text));
        Assert.Equal("", text);
        Assert.Equal(Errno.ENOENT, SysctlTable.Set(new HostSettings(), name, "1"));
    }
}

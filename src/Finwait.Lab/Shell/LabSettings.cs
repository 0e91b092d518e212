using Finwait.Stack;

namespace Finwait.Lab;

/// <summary>The settings of a lab host by their sysctl names: those that change what its stack does, and those that Linux has and the stack knows one value of only, which are shown and cannot be given another.</summary>
internal static class LabSettings
{
    private const string AnyInterface = "net.ipv4.conf.";

    // What the lab's stack does, in the numbers of Linux's settings.
    private static readonly SortedDictionary<string, string> s_fixed = new(StringComparer.Ordinal)
    {
        ["net.ipv4.ip_nonlocal_bind"] = "0",
        ["net.ipv4.tcp_allowed_congestion_control"] = "reno bbr cubic",
        ["net.ipv4.tcp_available_congestion_control"] = "reno bbr cubic",
        ["net.ipv4.tcp_dsack"] = "1",
        ["net.ipv4.tcp_fack"] = "0",
        ["net.ipv4.tcp_no_metrics_save"] = "1",
        ["net.ipv4.tcp_no_ssthresh_metrics_save"] = "1",
        ["net.ipv4.tcp_notsent_lowat"] = "4294967295",
        ["net.ipv4.tcp_thin_linear_timeouts"] = "0",
    };

    /// <summary>All names, in order.</summary>
    public static IEnumerable<string> Names(LabHost host) =>
        SysctlTable.Names.Concat(s_fixed.Keys).Append("net.ipv6.conf.all.disable_ipv6").Concat(Places(host).SelectMany(place => new[] { $"{AnyInterface}{place}.forwarding", $"{AnyInterface}{place}.rp_filter" })).Order(StringComparer.Ordinal);

    /// <summary>Reads one. False if there is none of this name.</summary>
    public static bool TryGet(LabHost host, string name, out string value)
    {
        HostSettings settings = host.Stack.Settings;
        if (SysctlTable.TryGet(settings, name, out value))
        {
            return true;
        }

        string? text = s_fixed.GetValueOrDefault(name) ?? (name == "net.ipv6.conf.all.disable_ipv6" ? (settings.DisableIpv6 ? "1" : "0") : OfInterface(host, name) switch
        {
            "forwarding" => settings.IpForward ? "1" : "0",
            "rp_filter" => "0", // a packet may come in from anywhere
            _ => null,
        });
        value = text ?? "";
        return text is not null;
    }

    /// <summary>Writes one.</summary>
    /// <returns>Null if it is set now, else why not.</returns>
    public static string? Set(LabHost host, string name, string value)
    {
        HostSettings settings = host.Stack.Settings;
        if (SysctlTable.TryGet(settings, name, out _))
        {
            return SysctlTable.Set(settings, name, value) == Errno.None ? null : name.EndsWith("congestion_control", StringComparison.Ordinal) ? "No such file or directory" : "Invalid argument";
        }

        if (name is "net.ipv4.conf.all.forwarding" or "net.ipv6.conf.all.disable_ipv6")
        {
            if (value is not ("0" or "1"))
            {
                return "Invalid argument";
            }

            if (name == "net.ipv4.conf.all.forwarding")
            {
                settings.IpForward = value == "1";
            }
            else
            {
                settings.DisableIpv6 = value == "1";
            }

            return null;
        }

        return !TryGet(host, name, out string present) ? "No such file or directory"
            : string.Join(' ', value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) == present ? null
            : $"the lab's hosts behave as with {present}, and know no other value";
    }

    private static IEnumerable<string> Places(LabHost host) => new[] { "all", "default" }.Concat(host.Stack.Interfaces.Select(on => on.Name));

    /// <summary>The last word of a setting of one interface; null if it is none, or there is no such interface.</summary>
    private static string? OfInterface(LabHost host, string name)
    {
        string[] words = name.Split('.');
        return name.StartsWith(AnyInterface, StringComparison.Ordinal) && words.Length == 5 && Places(host).Contains(words[3]) ? words[4] : null;
    }
}

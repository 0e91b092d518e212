using System.Globalization;
using System.Text;
using Finwait.Stack;

namespace Finwait.Lab;

/// <summary>The lists of <c>iptables -L</c>: columns, then what a rule looks at in words.</summary>
internal static class IptablesText
{
    /// <summary>Header, column names and all rules of a chain.</summary>
    internal static void AppendChain(StringBuilder text, FilterChain chain, IptablesTool tool, IptablesStyle style, ToolNames names)
    {
        text.Append("Chain ").Append(chain.Name);
        if (chain.IsBuiltIn)
        {
            text.Append(" (policy ").Append(chain.PolicyIsDrop ? "DROP" : "ACCEPT");
            if (style.Verbose)
            {
                (long packets, long octets) = PolicyCounters(chain, tool);
                text.Append(CultureInfo.InvariantCulture, $" {Count(packets, style)} packets, {Count(octets, style)} bytes");
            }

            text.Append(")\n");
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $" ({chain.References} references)\n");
        }

        text.Append(style.LineNumbers ? "num  " : "");
        if (style.Verbose)
        {
            text.Append(style.Exact ? "    pkts      bytes " : " pkts bytes ");
        }

        text.Append("target     prot opt ").Append(style.Verbose ? "in     out     " : "").Append("source               destination         \n");
        for (int i = 0; i < chain.Rules.Count; i++)
        {
            AppendRule(text, chain.Rules[i], i + 1, tool, style, names);
        }
    }

    /// <summary>One row.</summary>
    internal static void AppendRule(StringBuilder text, FilterRule rule, int number, IptablesTool tool, IptablesStyle style, ToolNames names)
    {
        FilterMatch match = rule.Match;
        if (style.LineNumbers)
        {
            text.Append(CultureInfo.InvariantCulture, $"{number,-4} ");
        }

        if (style.Verbose)
        {
            int width = style.Exact ? 8 : 5;
            text.Append(Count(rule.Packets, style).PadLeft(width)).Append(' ').Append(Count(rule.Octets, style).PadLeft(width)).Append(' ');
        }

        text.Append(TargetName(rule.Target).PadRight(9)).Append(' ');
        text.Append(match.IsProtocolInverted ? '!' : ' ').Append(ProtocolText(match, style.Numeric).PadRight(4)).Append(' ');
        text.Append(FragmentText(match)).Append(' ');
        if (style.Verbose)
        {
            text.Append(' ').Append(InterfaceText(match.In, style.Numeric).PadRight(6)).Append(' ').Append(InterfaceText(match.Out, style.Numeric).PadRight(6)).Append(' ');
        }

        text.Append(match.Source is { IsInverted: true } ? '!' : ' ').Append(AddressText(match.Source, tool.IsV6, style.Numeric, names).PadRight(19)).Append(' ');
        text.Append(match.Destination is { IsInverted: true } ? '!' : ' ').Append(AddressText(match.Destination, tool.IsV6, style.Numeric, names).PadRight(19)).Append(' ');
        text.Append(rule.Target.Kind == FilterTargetKind.Goto ? "[goto] " : "");
        AppendMatches(text, match, tool, style.Numeric, names);
        AppendTargetWords(text, rule.Target, tool, style.Numeric);
        text.Append('\n');
    }

    /// <summary>What <c>-v</c> prints when a rule is added, checked or deleted.</summary>
    internal static string Echo(FilterMatch match, FilterTarget target, IptablesTool tool, ToolNames names)
    {
        StringBuilder text = new();
        text.Append(TargetName(target)).Append("  ").Append(match.IsProtocolInverted ? "!" : "").Append(ProtocolText(match, numeric: false)).Append(" opt ").Append(FragmentText(match));
        text.Append(" in ").Append(InterfaceText(match.In, numeric: true)).Append(" out ").Append(InterfaceText(match.Out, numeric: true)).Append("  ");
        text.Append(match.Source is { IsInverted: true } ? "!" : "").Append(AddressText(match.Source, tool.IsV6, numeric: true, names)).Append("  -> ");
        text.Append(match.Destination is { IsInverted: true } ? "!" : "").Append(AddressText(match.Destination, tool.IsV6, numeric: true, names)).Append("  ");
        AppendMatches(text, match, tool, numeric: true, names);
        AppendTargetWords(text, target, tool, numeric: true);
        return text.Append('\n').ToString();
    }

    /// <summary>Packets and octets that the policy decided, as this program shows them: on nf_tables base chains do not count.</summary>
    internal static (long Packets, long Octets) PolicyCounters(FilterChain chain, IptablesTool tool) => tool.IsLegacy ? (chain.PolicyPackets, chain.PolicyOctets) : (0, 0);

    internal static string TargetName(FilterTarget target) => target.Kind switch
    {
        FilterTargetKind.None => "",
        FilterTargetKind.Accept => "ACCEPT",
        FilterTargetKind.Drop => "DROP",
        FilterTargetKind.Reject => "REJECT",
        FilterTargetKind.Return => "RETURN",
        FilterTargetKind.Log => "LOG",
        _ => target.Chain ?? "",
    };

    /// <summary>The rate of <c>-m limit</c>, in the largest unit that keeps it whole.</summary>
    internal static string RateText(LimitMatch limit)
    {
        (string Name, long Units)[] units = [("day", 864_000_000), ("hour", 36_000_000), ("min", 600_000), ("sec", 10_000)];
        long period = Math.Max(1, limit.Interval.Ticks / 1000); // tenths of a millisecond, as the kernel keeps it
        int at = 1;
        while (at < units.Length && period <= units[at].Units && units[at].Units / period >= units[at].Units % period)
        {
            at++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{units[at - 1].Units / period}/{units[at - 1].Name}");
    }

    /// <summary>A share in units of 2^-31.</summary>
    internal static string ProbabilityText(uint probability) => (probability / 2147483648.0).ToString("F11", CultureInfo.InvariantCulture);

    internal static string RangeText(int first, int last) => first == last ? first.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{first}:{last}");

    // From 100000 on thousands, millions and so on, rounded.
    private static string Count(long number, IptablesStyle style)
    {
        if (style.Exact || number <= 99_999)
        {
            return number.ToString(CultureInfo.InvariantCulture);
        }

        foreach (char unit in "KMG")
        {
            number = (number + 500) / 1000;
            if (number <= 9999)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{number}{unit}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(number + 500) / 1000}T");
    }

    private static string ProtocolText(FilterMatch match, bool numeric)
    {
        int protocol = match.Protocol ?? 0;
        return numeric ? protocol.ToString(CultureInfo.InvariantCulture) : protocol == 0 ? "all" : IptablesNames.Protocol(protocol);
    }

    private static string FragmentText(FilterMatch match) => match.IsFragment switch { true => "-f", false => "!f", null => "--" };

    private static string InterfaceText(InterfaceMatch? match, bool numeric) =>
        match is { } given ? (given.IsInverted ? "!" : "") + given.Name : numeric ? "*" : "any";

    private static string AddressText(AddressMatch? match, bool v6, bool numeric, ToolNames names)
    {
        if (match is not { } given)
        {
            return !numeric ? "anywhere" : v6 ? "::/0" : "0.0.0.0/0";
        }

        int length = given.PrefixLength;
        if (length == (v6 ? 128 : 32))
        {
            return (numeric ? null : names.HostName(given.Address)) ?? given.Address.ToString();
        }

        return length < 0 ? $"{given.Address}/{given.Mask}" : string.Create(CultureInfo.InvariantCulture, $"{given.Address}/{length}");
    }

    private static void AppendState(StringBuilder text, ConnectionStateMatch? match, bool isFirst)
    {
        if (match is { } state && state.IsFirst == isFirst)
        {
            text.Append(state.IsInverted ? " !" : "").Append(state.IsOldName ? " state " : " ctstate ").Append(IptablesNames.States(state.States));
        }
    }

    private static void AppendMatches(StringBuilder text, FilterMatch match, IptablesTool tool, bool numeric, ToolNames names)
    {
        AppendState(text, match.State, isFirst: true);
        if (match.SourcePorts is not null || match.DestinationPorts is not null || match.TcpFlags is not null || match.LoadsProtocolMatch)
        {
            text.Append(match.Protocol == 17 ? " udp" : " tcp");
            AppendPorts(text, " spt", match.SourcePorts, match.Protocol == 17, numeric, names);
            AppendPorts(text, " dpt", match.DestinationPorts, match.Protocol == 17, numeric, names);
            if (match.TcpFlags is { } flags)
            {
                text.Append(" flags:").Append(flags.IsInverted ? "!" : "");
                text.Append(numeric ? string.Create(CultureInfo.InvariantCulture, $"0x{(int)flags.Mask:X2}/0x{(int)flags.Set:X2}") : $"{IptablesNames.Flags(flags.Mask)}/{IptablesNames.Flags(flags.Set)}");
            }
        }

        if (match.IcmpType is { } icmp)
        {
            AppendIcmp(text, icmp, tool.IsV6, numeric);
        }

        AppendState(text, match.State, isFirst: false);
        if (match.Limit is { } limit)
        {
            text.Append(CultureInfo.InvariantCulture, $" limit: avg {RateText(limit)} burst {limit.Burst}");
        }

        if (match.Length is { } length)
        {
            text.Append(" length ").Append(length.IsInverted ? "!" : "").Append(RangeText(length.First, length.Last));
        }

        if (match.Statistic is { } statistic)
        {
            AppendStatistic(text, statistic);
        }

        if (match.Comment is { } comment)
        {
            text.Append(" /* ").Append(comment).Append(" */");
        }
    }

    private static void AppendPorts(StringBuilder text, string word, PortMatch? match, bool udp, bool numeric, ToolNames names)
    {
        if (match is not { } ports)
        {
            return;
        }

        text.Append(word).Append(ports.First == ports.Last ? ":" : "s:").Append(ports.IsInverted ? "!" : "").Append(PortText(ports.First, udp, numeric, names));
        if (ports.First != ports.Last)
        {
            text.Append(':').Append(PortText(ports.Last, udp, numeric, names));
        }
    }

    private static string PortText(ushort port, bool udp, bool numeric, ToolNames names) => numeric ? port.ToString(CultureInfo.InvariantCulture) : names.PortText(port, udp);

    private static void AppendIcmp(StringBuilder text, IcmpTypeMatch icmp, bool v6, bool numeric)
    {
        string word = v6 ? " ipv6-icmp" : " icmp";
        if (!numeric && IptablesNames.IcmpType(icmp, v6) is { } name)
        {
            text.Append(word).Append(' ').Append(icmp.IsInverted ? "!" : "").Append(name);
            return;
        }

        text.Append(word).Append(icmp.IsInverted ? " !type " : "type ").Append(CultureInfo.InvariantCulture, $"{icmp.Type}");
        if (icmp.FirstCode == icmp.LastCode)
        {
            text.Append(CultureInfo.InvariantCulture, $" code {icmp.FirstCode}");
        }
        else if (icmp is not { FirstCode: 0, LastCode: 255 })
        {
            text.Append(CultureInfo.InvariantCulture, $" codes {icmp.FirstCode}-{icmp.LastCode}");
        }
    }

    private static void AppendStatistic(StringBuilder text, StatisticMatch statistic)
    {
        if (statistic.Every > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" statistic mode nth{(statistic.IsInverted ? " !" : "")} every {statistic.Every}");
            if (statistic.Packet > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $" packet {statistic.Packet}");
            }
        }
        else
        {
            text.Append(" statistic mode random").Append(statistic.IsInverted ? " !" : "").Append(" probability ").Append(ProbabilityText(statistic.Probability));
        }
    }

    private static void AppendTargetWords(StringBuilder text, FilterTarget target, IptablesTool tool, bool numeric)
    {
        if (target.Kind == FilterTargetKind.Reject)
        {
            text.Append(" reject-with ").Append(IptablesNames.Reject(target.RejectWith, tool.IsV6));
        }
        else if (target.Kind == FilterTargetKind.Log)
        {
            text.Append(numeric ? string.Create(CultureInfo.InvariantCulture, $" LOG flags {(int)target.LogFlags} level {target.LogLevel}") : string.Join(' ', [" LOG level", IptablesNames.Level(target.LogLevel), .. IptablesNames.LogWords(target.LogFlags)]));
            text.Append(target.LogPrefix.Length > 0 ? $" prefix \"{target.LogPrefix}\"" : "");
        }
    }
}

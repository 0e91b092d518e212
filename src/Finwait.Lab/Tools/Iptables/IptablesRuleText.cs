using System.Globalization;
using System.Text;
using Finwait.Stack;

namespace Finwait.Lab;

/// <summary>Rules as command lines: <c>iptables -S</c> and <c>iptables-save</c>.</summary>
internal static class IptablesRuleText
{
    /// <summary><c>-A CHAIN …</c> without a newline.</summary>
    /// <param name="text">Where it goes.</param>
    /// <param name="chain">The chain's name.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="v6">For the words of REJECT and ICMP.</param>
    /// <param name="withCounters">Puts <c>-c PACKETS OCTETS</c> before the target, as <c>-S -v</c> does.</param>
    internal static void Append(StringBuilder text, string chain, FilterRule rule, bool v6, bool withCounters)
    {
        FilterMatch match = rule.Match;
        text.Append("-A ").Append(chain);
        AppendAddress(text, " -s ", match.Source);
        AppendAddress(text, " -d ", match.Destination);
        AppendInterface(text, " -i ", match.In);
        AppendInterface(text, " -o ", match.Out);
        if (match.Protocol is { } protocol and not 0)
        {
            text.Append(match.IsProtocolInverted ? " !" : "").Append(" -p ").Append(IptablesNames.Protocol(protocol));
        }

        if (match.IsFragment is { } fragment)
        {
            text.Append(fragment ? " -f" : " ! -f");
        }

        if (match.State is { IsFirst: true } first)
        {
            AppendState(text, first);
        }

        AppendProtocolMatch(text, match, v6);
        if (match.State is { IsFirst: false } state)
        {
            AppendState(text, state);
        }

        AppendOtherMatches(text, match);
        if (withCounters)
        {
            text.Append(CultureInfo.InvariantCulture, $" -c {rule.Packets} {rule.Octets}");
        }

        AppendTarget(text, rule.Target, v6);
    }

    private static void AppendAddress(StringBuilder text, string word, AddressMatch? match)
    {
        if (match is { } address)
        {
            text.Append(address.IsInverted ? " !" : "").Append(word).Append(address.Address).Append('/');
            text.Append(address.PrefixLength < 0 ? address.Mask.ToString() : address.PrefixLength.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static void AppendInterface(StringBuilder text, string word, InterfaceMatch? match)
    {
        if (match is { } given)
        {
            text.Append(given.IsInverted ? " !" : "").Append(word).Append(given.Name);
        }
    }

    private static void AppendProtocolMatch(StringBuilder text, FilterMatch match, bool v6)
    {
        if (match.SourcePorts is not null || match.DestinationPorts is not null || match.TcpFlags is not null || match.LoadsProtocolMatch)
        {
            text.Append(match.Protocol == 17 ? " -m udp" : " -m tcp");
            AppendPorts(text, " --sport ", match.SourcePorts);
            AppendPorts(text, " --dport ", match.DestinationPorts);
            if (match.TcpFlags is { } flags)
            {
                text.Append(flags.IsInverted ? " !" : "").Append(" --tcp-flags ").Append(IptablesNames.Flags(flags.Mask)).Append(' ').Append(IptablesNames.Flags(flags.Set));
            }
        }

        if (match.IcmpType is { } icmp)
        {
            text.Append(v6 ? " -m icmp6" : " -m icmp").Append(icmp.IsInverted ? " !" : "").Append(v6 ? " --icmpv6-type " : " --icmp-type ");
            text.Append(icmp.Type == 255 && !v6 ? "any" : icmp.Type.ToString(CultureInfo.InvariantCulture));
            if (icmp.FirstCode == icmp.LastCode)
            {
                text.Append(CultureInfo.InvariantCulture, $"/{icmp.FirstCode}");
            }
        }
    }

    private static void AppendPorts(StringBuilder text, string word, PortMatch? match)
    {
        if (match is { } ports)
        {
            text.Append(ports.IsInverted ? " !" : "").Append(word).Append(IptablesText.RangeText(ports.First, ports.Last));
        }
    }

    private static void AppendState(StringBuilder text, ConnectionStateMatch state) =>
        text.Append(state.IsOldName ? " -m state" : " -m conntrack").Append(state.IsInverted ? " !" : "").Append(state.IsOldName ? " --state " : " --ctstate ").Append(IptablesNames.States(state.States));

    private static void AppendOtherMatches(StringBuilder text, FilterMatch match)
    {
        if (match.Limit is { } limit)
        {
            text.Append(" -m limit --limit ").Append(IptablesText.RateText(limit));
            if (limit.Burst != IptablesMatchParser.UsualBurst)
            {
                text.Append(CultureInfo.InvariantCulture, $" --limit-burst {limit.Burst}");
            }
        }

        if (match.Length is { } length)
        {
            text.Append(" -m length").Append(length.IsInverted ? " !" : "").Append(" --length ").Append(IptablesText.RangeText(length.First, length.Last));
        }

        if (match.Statistic is { } statistic)
        {
            text.Append(" -m statistic --mode ").Append(statistic.Every > 0 ? "nth" : "random").Append(statistic.IsInverted ? " !" : "");
            text.Append(statistic.Every > 0 ? string.Create(CultureInfo.InvariantCulture, $" --every {statistic.Every} --packet {statistic.Packet}") : " --probability " + IptablesText.ProbabilityText(statistic.Probability));
        }

        if (match.Comment is { } comment)
        {
            text.Append(" -m comment --comment ").Append(Quoted(comment));
        }
    }

    private static void AppendTarget(StringBuilder text, FilterTarget target, bool v6)
    {
        if (target.Kind == FilterTargetKind.None)
        {
            return;
        }

        text.Append(target.Kind == FilterTargetKind.Goto ? " -g " : " -j ").Append(IptablesText.TargetName(target));
        if (target.Kind == FilterTargetKind.Reject)
        {
            text.Append(" --reject-with ").Append(IptablesNames.Reject(target.RejectWith, v6));
        }
        else if (target.Kind == FilterTargetKind.Log)
        {
            text.Append(target.LogPrefix.Length > 0 ? " --log-prefix " + Quoted(target.LogPrefix) : "");
            if (target.LogLevel != FilterTarget.Log().LogLevel)
            {
                text.Append(CultureInfo.InvariantCulture, $" --log-level {target.LogLevel}");
            }

            foreach (string word in IptablesNames.LogWords(target.LogFlags))
            {
                text.Append(" --log-").Append(word);
            }
        }
    }

    // A word of letters, digits, dash and underline stands as it is.
    private static string Quoted(string value)
    {
        if (value.Length > 0 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            return value;
        }

        StringBuilder text = new("\"");
        foreach (char c in value)
        {
            text.Append(c is '"' or '\\' or '\'' ? "\\" : "").Append(c);
        }

        return text.Append('"').ToString();
    }
}

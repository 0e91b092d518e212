using System.Globalization;
using System.Text;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary><c>netstat -s</c>: what the host's stack counted, in net-tools' words. Lines for what it does not count are left out.</summary>
internal static class NetstatCounters
{
    /// <summary>The groups of counters.</summary>
    /// <param name="host">The host.</param>
    /// <param name="rows">Its sockets: "connections established" is their number now.</param>
    /// <param name="tcp">TCP's counters.</param>
    /// <param name="udp">UDP's; IP's and ICMP's are shown when both are.</param>
    internal static ToolResult Show(Host host, IEnumerable<SsRow> rows, bool tcp, bool udp)
    {
        StringBuilder text = new();
        HostCounters counters = host.Counters;
        if (tcp && udp)
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                Ip:
                    Forwarding: {(host.Settings.IpForward ? 1 : 2)}
                    {counters.IpReceived} total packets received
                    {counters.IpForwarded} forwarded
                    {Sum(counters, DropReason.FilterInput, DropReason.NoRoute, DropReason.RouteRefuses)} incoming packets discarded
                    {counters.IpDelivered} incoming packets delivered
                    {counters.IpSent} requests sent out

                """);
            text.Append(CultureInfo.InvariantCulture, $"""
                Icmp:
                    {counters.IcmpReceived} ICMP messages received
                    {Sum(counters, DropReason.IcmpMalformed, DropReason.IcmpBadChecksum)} input ICMP message failed
                    {counters.IcmpErrorsSent + counters.EchoRepliesSent} ICMP messages sent

                """);
        }

        if (tcp)
        {
            TcpCounters of = host.TcpCounters;
            text.Append(CultureInfo.InvariantCulture, $"""
                Tcp:
                    {of.ActiveOpens} active connection openings
                    {of.PassiveOpens} passive connection openings
                    {of.AttemptFails} failed connection attempts
                    {of.EstablishedResets} connection resets received
                    {rows.Count(row => row.Kind == SsKind.Tcp && row.State is TcpState.Established or TcpState.CloseWait)} connections established
                    {of.SegmentsReceived} segments received
                    {of.SegmentsSent - of.SegmentsRetransmitted} segments sent out
                    {of.SegmentsRetransmitted} segments retransmitted
                    {Sum(counters, DropReason.TcpMalformed, DropReason.TcpBadChecksum)} bad segments received
                    {of.ResetsSent} resets sent

                """);
        }

        if (udp)
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                Udp:
                    {Sum(counters, DropReason.UdpNoPort)} packets to unknown port received
                    {Sum(counters, DropReason.UdpMalformed, DropReason.UdpBadChecksum, DropReason.UdpQueueFull)} packet receive errors
                    {Sum(counters, DropReason.UdpQueueFull)} receive buffer errors

                """);
        }

        if (tcp)
        {
            AppendExtended(text, host.TcpCounters);
        }

        return ToolResult.Done(text.ToString());
    }

    /// <summary>TcpExt: only what is not zero, as net-tools prints it.</summary>
    private static void AppendExtended(StringBuilder text, TcpCounters of)
    {
        (long Count, string Text)[] lines =
        [
            (of.SynCookiesSent, "SYN cookies sent"), (of.SynCookiesReceived, "SYN cookies received"), (of.SynCookiesFailed, "invalid SYN cookies received"),
            (of.ListenOverflows, "times the listen queue of a socket overflowed"), (of.ListenDrops, "SYNs to LISTEN sockets dropped"),
            (of.FastRetransmits, "fast retransmits"), (of.SlowStartRetransmits, "retransmits in slow start"),
        ];
        text.Append("TcpExt:\n");
        foreach ((long count, string line) in lines)
        {
            if (count > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"    {count} {line}\n");
            }
        }

        // net-tools has no words for these and prints the kernel's names.
        foreach ((string name, long count) in new[] { ("TCPTimeouts", of.Timeouts), ("TCPLossProbes", of.LossProbes), ("TCPSynRetrans", of.SynRetransmits) })
        {
            if (count > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"    {name}: {count}\n");
            }
        }
    }

    private static long Sum(HostCounters counters, params ReadOnlySpan<DropReason> reasons)
    {
        long sum = 0;
        foreach (DropReason reason in reasons)
        {
            sum += counters[reason];
        }

        return sum;
    }
}

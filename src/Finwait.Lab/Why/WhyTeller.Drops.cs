using System.Globalization;
using Finwait.Inspect;
using Finwait.Sim;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <content>What was thrown away: by which rule, check, queue or link, on which machine, with the values compared.</content>
internal sealed partial class WhyTeller
{
    /// <summary>The last packet that something became of on its way; 0 if all arrived and were taken.</summary>
    public int LastDropped
    {
        get
        {
            for (int number = run.Count; number >= 1; number--)
            {
                if (Fate(number).Any())
                {
                    return number;
                }
            }

            return 0;
        }
    }

    /// <summary>Of the packets that a machine could not send for want of a neighbour, the last, if that was after the last packet dropped elsewhere. Empty without one.</summary>
    public IReadOnlyList<string> LastUnsent()
    {
        LabDrop drop = run.Recorder.Dropped.LastOrDefault(each => each.Drop is { FrameNumber: 0, Reason: DropReason.NeighborUnreachable });
        foreach (LabDrop first in run.Recorder.Dropped.Where(each => each.Host == drop.Host && each.Drop.FrameNumber == 0 && each.Drop.Time == drop.Drop.Time && each.Drop.Cause.Kind == CauseKind.Call).Take(1))
        {
            drop = first; // several waited, and the first was sent by a call, the others by timers
        }

        int last = LastDropped;
        if (drop.Drop.Packet is not { Length: > 0 } packet || (last > 0 && run.Packet(last).Sent > drop.Drop.Time.SinceStart))
        {
            return [];
        }

        bool isV6 = Wire.Ipv6View.TryParse(packet, out Wire.Ipv6View six) == Wire.WireError.None;
        string to = isV6 ? six.Destination.ToString() : Wire.Ipv4View.TryParse(packet, out Wire.Ipv4View ip) == Wire.WireError.None ? ip.Destination.ToString() : "its neighbour";
        string call = drop.Drop.Cause.Kind == CauseKind.Call ? TellCall(drop.Host, drop.Drop.Cause.Subject) : "";
        List<string> lines = [$"a packet of {run.Name(drop.Host)} to {to} never left, and was thrown away at {WhyNumbers.At(drop.Drop.Time.SinceStart)}", isV6 ? "  nobody answered its solicitations of the next hop (RFC 4861 §7.2.2)" : "  nobody answered its ARP requests for the next hop (RFC 826, RFC 1122 §2.3.2.2)"];
        lines.AddRange(call.Length > 0 ? ["because " + call] : []);
        return lines;
    }

    /// <summary>What became of a packet, and why; that it was taken if it was.</summary>
    public IReadOnlyList<string> Dropped(int number)
    {
        RunPacket packet = run.Packet(number);
        string[] fate = [.. Fate(number)];
        string fine = packet.Fate == RunFate.UnderWay ? "it is still under way"
            : packet.Fate != RunFate.Arrived ? $"{packet.Where} has it and has not passed it on: it waits for an answer to {(run.IsV6(number) ? "a solicitation" : "ARP")}, or nobody knows of it any more"
            : $"it was not dropped: it reached {run.Name(packet.To)} at {WhyNumbers.At(packet.Ended ?? packet.Sent)}, and was taken";
        return [Head(number), .. (fate.Length == 0 ? [fine] : fate).Select(line => "  " + line)];
    }

    /// <summary>What became of a packet that did not arrive, or was not taken. Nothing for one that was.</summary>
    private IEnumerable<string> Fate(int number)
    {
        RunPacket packet = run.Packet(number);
        if (packet.Fate == RunFate.NeverLeft)
        {
            string rule = run.Recorder.Dropped.FirstOrDefault(drop => drop.Host == packet.From && drop.Drop.FrameNumber == 0 && drop.Drop.Time.SinceStart == packet.Sent).Rule ?? "";
            yield return $"it never left {run.Name(packet.From)}: its own packet filter refused it{(rule.Length > 0 ? ", " + rule : "")}";
            yield break;
        }

        foreach ((int machine, ulong frame) in run.FramesOf(number))
        {
            if (run.Recorder.TryGetLoss(machine, frame, out LinkLoss loss))
            {
                yield return TellLoss(loss);
            }
            else if (run.TryGetDrop(machine, frame, out LabDrop drop) && TellDrop(machine, drop, number) is { Length: > 0 } told)
            {
                yield return told;
            }
            else if (run.Recorder.Steps[machine].TryGetRefusal(frame, out TcpStep refused))
            {
                yield return refused.Check == SegmentCheck.WindowEdge ? $"{run.Name(machine)} took only a part of it: {Compared(refused, machine)}" : $"{run.Name(machine)} turned it down: {Compared(refused, machine)}";
            }
        }
    }

    /// <summary>Why a SYN could end TIME-WAIT, with the values compared.</summary>
    internal string Reused(in StateChange change)
    {
        FormattableString compared = change.Cause.Rule == Rule.LaterSequence ? $"SEG.SEQ {change.Value} is larger than RCV.NXT {change.Limit} (RFC 9293 §3.6.1, RFC 6191 §2)"
            : change.Limit == 0 ? (FormattableString)$"it has a timestamp, and the old connection had none (RFC 6191 §2)" : $"its timestamp {change.Value} is newer than TS.Recent {change.Limit} (RFC 6191 §2)";
        return compared.ToString(CultureInfo.InvariantCulture);
    }

    private static string TellLoss(in LinkLoss loss)
    {
        string[] ends = loss.Link.Split('>');
        string at = ends[0].Replace(":", "'s ", StringComparison.Ordinal), to = ends.Length > 1 ? ends[1].Split(':')[0] : "the link";
        return loss.Outcome switch
        {
            LinkOutcome.LostByLimit => $"it was dropped at {at}: the queue towards {to} was full (tc netem {loss.Settings})",
            LinkOutcome.LostByRule => $"it was lost between {at} and {to}: a fault rule took it",
            LinkOutcome.LostByCut => $"it was lost between {at} and {to}: the link is cut",
            _ => $"it was lost between {at} and {to}: netem loses some (tc netem {loss.Settings})",
        };
    }

    /// <summary>A machine threw it away; empty for what is only counted, because an answer says it all.</summary>
    private string TellDrop(int machine, in LabDrop drop, int number)
    {
        string who = run.Name(machine);
        RunPacketHeaders headers = run.Headers(number);
        long value = drop.Drop.Value, limit = drop.Drop.Limit;
        string ended = drop.Drop.Reason is DropReason.TcpNoListener or DropReason.TcpListenOnly ? Ended(machine, headers.Destination, headers.Source, drop.Drop.Time.SinceStart) : "";
        FormattableString? told = run.IsV6(number) && TellDropV6(who, headers, drop, isReceiver: run.Packet(number).To == machine) is { } v6 ? v6 : drop.Drop.Reason switch
        {
            DropReason.FilterInput or DropReason.FilterForward or DropReason.FilterOutput => $"{who}'s packet filter threw it away: {Filtered(drop)}",
            DropReason.TcpNoListener when ended.Length > 0 => $"{who} has nobody who listens on port {headers.Destination.Port}, and {ended}: answered by a reset, unless it is one (RFC 9293 §3.10.7.1)",
            DropReason.TcpNoListener => $"{who} has nobody who listens on port {headers.Destination.Port}, and no connection with these addresses and ports: answered by a reset, unless it is one (RFC 9293 §3.10.7.1)",
            DropReason.TcpBacklogFull => $"{who} threw it away: the accept queue of port {headers.Destination.Port} is full, {WhyNumbers.Count(value, "connection")} {(value == 1 ? "waits" : "wait")} for accept(), and listen({limit}) allows {limit + 1} (ss -tl shows both)",
            DropReason.TcpRequestQueueFull when value > limit => $"{who} threw it away: {WhyNumbers.Count(value, "connection")} of port {headers.Destination.Port} {WhyNumbers.Are(value)} half-open, more than the {limit} of listen({limit}), and SYN cookies are off (net.ipv4.tcp_syncookies)",
            DropReason.TcpRequestQueueFull => $"{who} threw it away: {WhyNumbers.Count(value, "connection")} of port {headers.Destination.Port} {WhyNumbers.Are(value)} half-open, as many as net.ipv4.tcp_max_syn_backlog allows, and SYN cookies are off (net.ipv4.tcp_syncookies)",
            DropReason.TcpListenOnly when headers.Has(TcpFlags.Rst) => $"{who} ignored it: port {headers.Destination.Port} only listens, and a reset means nothing to it (RFC 9293 §3.10.7.2, first check)",
            DropReason.TcpListenOnly when headers.Has(TcpFlags.Ack) && ended.Length > 0 => $"{who} did not take it: port {headers.Destination.Port} only listens, and {ended}: answered by a reset (RFC 9293 §3.10.7.2, second check)",
            DropReason.TcpListenOnly when headers.Has(TcpFlags.Ack) => $"{who} did not take it: port {headers.Destination.Port} only listens, no connection has these addresses and ports, and nothing was sent that could be acknowledged: answered by a reset (RFC 9293 §3.10.7.2, second check)",
            DropReason.TcpListenOnly => $"{who} threw it away: port {headers.Destination.Port} only listens, and takes a SYN alone (RFC 9293 §3.10.7.2, fourth check)",
            DropReason.TcpTimeWaitSyn => $"{who} threw it away: the connection before is in TIME-WAIT, and a SYN ends that only if it is newer: {(drop.Drop.Limit == 0 ? "it is not" : $"{value} is not larger than {limit}, compared by timestamp or SEG.SEQ")} (RFC 6191 §2, RFC 9293 §3.6.1)",
            DropReason.TcpTimeWait when headers.Has(TcpFlags.Rst) => $"{who} ignored it: a reset does not end TIME-WAIT unless its SEG.SEQ is RCV.NXT, and with net.ipv4.tcp_rfc1337 not even then (RFC 1337)",
            DropReason.TcpTimeWait => $"{who} did not take it: the connection is in TIME-WAIT, where only a FIN or a SYN could tell something new (RFC 9293 §3.10.7.4)",
            DropReason.TcpNobodyReads => $"{who} did not take it: the connection is in FIN-WAIT-2, its program has closed, and only the peer's FIN is waited for (RFC 9293 §3.10.7.4)",
            DropReason.UdpNoPort => $"{who} has no socket with UDP port {headers.Destination.Port}: answered by ICMP port unreachable (RFC 1122 §4.1.3.1)",
            DropReason.UdpQueueFull => $"{who} threw it away: the receive buffer of its socket is full",
            DropReason.TimeToLiveExpired => $"{who} threw it away: its time to live was over (RFC 1812 §5.3.1)",
            DropReason.PacketTooBig => $"{who} threw it away: {value} octets, and the next link takes {limit}; DF forbids to cut it (RFC 1191 §4)",
            DropReason.RouteRefuses => $"{who} threw it away: its route to {headers.Destination.Address} is of a kind that lets nothing pass (ip route: blackhole, unreachable or prohibit)",
            DropReason.NoRoute when run.Packet(number).To == machine => $"{who} has no route back to {headers.Source.Address}: it cannot answer",
            DropReason.NoRoute => $"{who} threw it away: no route to {headers.Destination.Address} (RFC 1812 §5.2.7.1)",
            DropReason.NeighborUnreachable => $"{who} could not send it on: nobody answered its ARP requests for the next hop (RFC 826, RFC 1122 §2.3.2.2)",
            DropReason.NeighborQueueFull => $"{who} threw it away: too many packets wait for an answer to ARP",
            DropReason.IpNotForUs when headers.Destination.Address.StartsWith("ff02::1:ff", StringComparison.Ordinal) => $"nobody on the link took it: it asks for an address whose end is that of {headers.Destination.Address}, and {who} has none such (RFC 4291 §2.7.1, RFC 4861 §7.2.2)",
            DropReason.IpNotForUs => $"{who} threw it away: {headers.Destination.Address} is no address of its own, and it forwards nothing (net.ipv4.ip_forward = 0)",
            DropReason.TcpBadChecksum => $"{who} threw it away: its TCP checksum is wrong, a bit was changed on the way (RFC 9293 §3.1, MUST-3){PassedOn(machine, number)}",
            DropReason.UdpBadChecksum => $"{who} threw it away: its UDP checksum is wrong, a bit was changed on the way (RFC 768, RFC 1122 §4.1.3.4){PassedOn(machine, number)}",
            DropReason.IcmpBadChecksum => $"{who} threw it away: its ICMP checksum is wrong, a bit was changed on the way ({(headers.Source.Address.Contains(':', StringComparison.Ordinal) ? "RFC 4443 §2.3" : "RFC 792")}){PassedOn(machine, number)}",
            DropReason.IpBadChecksum => $"{who} threw it away: the checksum of its IP header is wrong, a bit was changed on the way ({HeaderRules(machine)})",
            DropReason.IpBadVersion or DropReason.IpBadHeader or DropReason.IpBadTotalLength => $"{who} threw it away: its IP header cannot be right, a bit was changed on the way ({HeaderRules(machine)})",
            DropReason.NotOurMac => $"{who} threw the frame away: it is for a link address that is not its own, for a bit was changed on the way (IEEE 802.3; its check sequence would have caught it on a real cable)",
            DropReason.UnknownEtherType => $"{who} threw the frame away: no protocol has its EtherType, for a bit was changed on the way (RFC 894)",
            DropReason.InterfaceDown => $"{who} threw it away: the interface is down",
            _ => RunTexts.Why(drop.Drop.Reason) is { } why ? (FormattableString)$"{who} threw it away: {why}" : null,
        };
        return told?.ToString(CultureInfo.InvariantCulture) ?? "";
    }

    /// <summary>What is another matter, or another RFC's, in IPv6; null for what is the same.</summary>
    private static FormattableString? TellDropV6(string who, RunPacketHeaders headers, in LabDrop drop, bool isReceiver) => drop.Drop.Reason switch
    {
        DropReason.UdpNoPort => $"{who} has no socket with UDP port {headers.Destination.Port}: answered by ICMPv6 port unreachable (RFC 4443 §3.1)",
        DropReason.TimeToLiveExpired => $"{who} threw it away: its hop limit was over (RFC 8200 §3, RFC 4443 §3.3)",
        DropReason.PacketTooBig => $"{who} threw it away: {drop.Drop.Value} octets, and the next link takes {drop.Drop.Limit}; no router cuts packets of IPv6 (RFC 8200 §4.5, RFC 4443 §3.2)",
        DropReason.NoRoute when !isReceiver => $"{who} threw it away: no route to {headers.Destination.Address} (RFC 4443 §3.1)",
        DropReason.NeighborUnreachable => $"{who} could not send it on: nobody answered its solicitations of the next hop (RFC 4861 §7.2.2)",
        DropReason.NeighborQueueFull => $"{who} threw it away: too many packets wait for an answer to a solicitation (RFC 4861 §7.2.2)",
        DropReason.IpNotForUs when !headers.Destination.Address.StartsWith("ff02::1:ff", StringComparison.Ordinal) => $"{who} threw it away: {headers.Destination.Address} is no address of its own, and it forwards nothing (net.ipv6.conf.all.forwarding = 0)",
        _ => null,
    };

    /// <summary>Where it is written which headers a machine has to throw away.</summary>
    private string HeaderRules(int machine) => run.Machines[machine].Stack.Settings.IpForward ? "RFC 1812 §5.2.2, RFC 791 §3.1" : "RFC 1122 §3.2.1.2, RFC 791 §3.1";

    /// <summary>Routers on the way that had the damaged packet and passed it on.</summary>
    private string PassedOn(int machine, int number)
    {
        string[] routers = [.. run.FramesOf(number).Select(seen => seen.Machine).Where(seen => seen != machine && seen != run.Packet(number).From).Distinct().Select(run.Name)];
        return routers.Length == 0 ? "" : $"; {string.Join(" and ", routers)} passed it on: a router looks at the checksum of the IP header alone (RFC 1812 §5.2.2)";
    }

    private static string Filtered(in LabDrop drop)
    {
        if (drop.Drop.Filter is not { } filter)
        {
            return RunTexts.Why(drop.Drop.Reason) ?? "";
        }

        return filter.Number == 0 ? $"no rule of {filter.Hook} took it, and the policy is DROP ({drop.Rule})"
            : string.Create(CultureInfo.InvariantCulture, $"rule {filter.Number} of chain {filter.Chain}, {drop.Rule}");
    }
}

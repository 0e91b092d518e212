using System.Globalization;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <content>Questions that packets answer by their headers: refusals, options, numbers.</content>
public static partial class RunTasks
{
    private const int QuotedProtocol = 9;

    private static RunTaskResult Refused(RunView view, RunEvidence evidence)
    {
        ViewPacket? reset = evidence.Packets.FirstOrDefault(packet => IsRefusalOfSyn(view, packet));
        ViewPacket? message = evidence.Packets.FirstOrDefault(IsPortUnreachable);
        if (evidence.Packets.FirstOrDefault(packet => packet.Packet.Refusal.StartsWith("Filter", StringComparison.Ordinal)) is { } filtered)
        {
            return Wrong($"packet {filtered.Number} comes from a rule of a packet filter, and would come if somebody listened, too");
        }

        if (reset is null || message is null)
        {
            return (reset, message) switch
            {
                (null, null) when evidence.Packets.Exists(packet => packet.Facts.IsTcp && packet.Facts.Has(TcpFlags.Rst)) => Wrong($"the reset that is named answers no SYN, and no ICMP message about an unreachable port is among the packets named"),
                (null, null) => Wrong($"neither a reset that answers a SYN nor an ICMP message about an unreachable port is among the packets named"),
                (null, _) => Wrong($"the packet for UDP is right; what answers a SYN to a port without a listener is a TCP segment"),
                _ => Wrong($"the packet for TCP is right; UDP has no flags, so another protocol tells it"),
            };
        }

        // The SYN and the datagram that were answered may stand beside the answers.
        ViewPacket? other = evidence.Packets.Find(packet => packet != reset && packet != message && !IsRefusalOfSyn(view, packet) && !IsPortUnreachable(packet) && !IsSyn(packet) && packet.Facts.Other != "UDP");
        return other is not null ? Wrong($"packet {other.Number} tells nobody that a port has no listener: name the two packets that do")
            : Right($"packet {reset.Number} is a TCP segment with RST, packet {message.Number} an {(message.Facts.Other.StartsWith("ICMPv6", StringComparison.Ordinal) ? "ICMPv6 message of type 1, code 4" : "ICMP message of type 3, code 3")}");
    }

    /// <summary>A reset that answers a SYN because nobody listens: its number is 0 and it acknowledges the SYN (RFC 9293 §3.5.2).</summary>
    private static bool IsRefusalOfSyn(RunView view, ViewPacket packet)
    {
        if (!packet.Facts.IsTcp || !packet.Facts.Has(TcpFlags.Rst) || !packet.Facts.Has(TcpFlags.Ack) || packet.Facts.Seq != 0 || packet.IsFromClient)
        {
            return false;
        }

        return packet.Packet.CausedBy == 0 ? packet.Packet.Refusal.Length == 0 : IsSyn(view.Packets[packet.Packet.CausedBy - 1]) && packet.Packet.Refusal is "TcpNoListener" or "";
    }

    /// <summary>ICMP type 3 code 3, or ICMPv6 type 1 code 4, about a datagram of UDP.</summary>
    private static bool IsPortUnreachable(ViewPacket packet)
    {
        ReadOnlySpan<byte> octets = packet.Packet.Octets;
        if (packet.Packet.Refusal is not ("UdpNoPort" or "") || EthernetView.TryParse(octets, out EthernetView ethernet) != WireError.None)
        {
            return false;
        }

        if (packet.Facts.Other == "ICMP port unreachable" && Ipv4View.TryParse(ethernet.Payload, out Ipv4View v4) == WireError.None)
        {
            return v4.Payload.Length > IcmpHeaderLength + QuotedProtocol && v4.Payload[IcmpHeaderLength + QuotedProtocol] == IpProtocol.Udp;
        }

        return packet.Facts.Other == "ICMPv6 unreachable" && Ipv6View.TryParse(ethernet.Payload, out Ipv6View v6) == WireError.None
            && v6.Payload.Length > IcmpHeaderLength + QuotedNextHeader && v6.Payload[1] == PortUnreachableV6 && v6.Payload[IcmpHeaderLength + QuotedNextHeader] == IpProtocol.Udp;
    }

    private const int IcmpHeaderLength = 8;
    private const int QuotedNextHeader = 6;
    private const int PortUnreachableV6 = 4;

    /// <summary>Options of the handshake whose packets are named; without any, of the one that fits, or else of the first.</summary>
    private static RunTaskResult Options(RunView view, RunEvidence evidence, int serverPort)
    {
        if (evidence.Packets.Find(packet => !IsSyn(packet) && !IsSynAck(packet)) is { } other)
        {
            return Wrong($"packet {other.Number} is no part of a handshake that carries options: SYN and SYN ACK do");
        }

        RunTaskResult? first = null;
        foreach (ViewPacket answer in view.Packets.Where(packet => IsSynAck(packet) && (serverPort == 0 || packet.Connection?.Server.Port == serverPort)))
        {
            bool isNamed = evidence.Packets.Count == 0 || evidence.Packets.Exists(packet => packet.Connection == answer.Connection);
            if (isNamed && view.Packets.FirstOrDefault(packet => packet.Connection == answer.Connection && IsSyn(packet) && packet.IsFromClient) is { } syn)
            {
                RunTaskResult result = Options(evidence, syn, answer);
                if (result.IsRight)
                {
                    return result;
                }

                first ??= result;
            }
        }

        return first ?? Wrong($"this run has no handshake yet");
    }

    private static RunTaskResult Options(RunEvidence evidence, ViewPacket syn, ViewPacket answer)
    {
        string[] both = [.. RunEvidence.OptionNames.Where(option => syn.Facts.Options.Has(option.Bit) && answer.Facts.Options.Has(option.Bit)).Select(option => option.Name)];
        string[] missing = [.. both.Except(evidence.Options)], extra = [.. evidence.Options.Except(both)];
        return missing.Length + extra.Length == 0 ? Right($"packets {syn.Number} and {answer.Number} carry them")
            : extra.Length > 0 ? Wrong($"{extra[0]} is not in both packets")
            : Wrong($"{(missing.Length == 1 ? "one option is" : missing.Length.ToString(CultureInfo.InvariantCulture) + " options are")} missing");
    }

    private static RunTaskResult Numbers(RunEvidence evidence)
    {
        List<ViewPacket> named = evidence.Packets;
        var used = new HashSet<ViewPacket>();
        (ViewPacket Sent, ViewPacket Ack)? shown = null;
        foreach (ViewPacket sent in named.Where(packet => packet.Facts.SequenceLength > 0 && packet.Facts.IsTcp))
        {
            if (named.Find(packet => IsAnswer(packet, sent) && Acknowledges(packet, sent)) is { } ack)
            {
                shown ??= (sent, ack);
                used.Add(sent);
                used.Add(ack);
            }
        }

        if (shown is not { } pair)
        {
            return NothingAcknowledged(named);
        }

        // What ends where an acknowledged packet begins is acknowledged with it.
        for (bool grows = true; grows;)
        {
            grows = named.Exists(packet => !used.Contains(packet) && packet.Facts.IsTcp && used.Any(next => next.Connection == packet.Connection && next.IsFromClient == packet.IsFromClient && next.Facts.Seq == End(packet)) && used.Add(packet));
        }

        return named.Find(packet => !used.Contains(packet)) is { } other ? Wrong($"packet {other.Number} neither acknowledges one that is named nor is acknowledged by one: leave it out")
            : Right($"packet {pair.Sent.Number} begins with {pair.Sent.Facts.Seq} and takes up {pair.Sent.Facts.SequenceLength}; packet {pair.Ack.Number} acknowledges {pair.Ack.Facts.Ack}");
    }

    private static bool IsAnswer(ViewPacket packet, ViewPacket sent) => packet.Connection == sent.Connection && packet.IsFromClient != sent.IsFromClient && packet.Number > sent.Number;

    private static RunTaskResult NothingAcknowledged(List<ViewPacket> named)
    {
        foreach (ViewPacket sent in named.Where(packet => packet.Facts.SequenceLength > 0 && packet.Facts.IsTcp))
        {
            if (named.Find(packet => IsAnswer(packet, sent) && packet.Facts.Has(TcpFlags.Ack) && new SeqNum(packet.Facts.Ack) > new SeqNum(End(sent))) is { } later)
            {
                return Wrong($"packet {later.Number} acknowledges more than packet {sent.Number}: name the packet before whose end its ACK number is, {later.Facts.Ack}, too");
            }

            if (named.Find(packet => packet.Connection == sent.Connection && packet.IsFromClient == sent.IsFromClient && packet != sent && packet.Facts.Seq == End(sent)) is { } next)
            {
                return Wrong($"packet {next.Number} goes on where packet {sent.Number} ends, which shows the sequence numbers; name the packet that acknowledges one of them, too");
            }
        }

        return Wrong($"no packet named acknowledges another one that is named");
    }
}

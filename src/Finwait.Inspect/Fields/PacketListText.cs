using System.Globalization;
using System.Text;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>The packets of a run as lines of text, in the columns that Wireshark has.</summary>
internal static class PacketListText
{
    private const int LeastAddress = 12;

    /// <summary>The lines, a heading first; only a heading if no packet passes the filter.</summary>
    public static IReadOnlyList<string> Lines(RunView view, DisplayFilter? filter)
    {
        var scales = new WindowScales(view);
        List<ViewPacket> shown = [.. view.Packets.Where(packet => filter is null || filter.Matches(new PacketFields(PacketTree.Of(packet, scales.Of(packet)), packet.Packet.Octets)))];
        int source = shown.Select(packet => (packet.Facts.Source.Address ?? "").Length).Append(LeastAddress).Max();
        int destination = shown.Select(packet => (packet.Facts.Destination.Address ?? "").Length).Append(LeastAddress).Max();
        var lines = new List<string> { $"{"No.",4} {"Time",-11} {"Source".PadRight(source)} {"Destination".PadRight(destination)} {"Protocol",-8} {"Length",-6} Info" };
        foreach (ViewPacket packet in shown)
        {
            PacketFacts facts = packet.Facts;
            string protocol = facts.IsTcp ? "TCP" : facts.Other.Split(' ', ',')[0] is "ND" ? "ICMPv6" : facts.Other.StartsWith("IP ", StringComparison.Ordinal) ? "IP" : facts.Other.Split(' ', ',')[0];
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"{packet.Number,4} {RunView.Seconds(packet.Packet.Sent),-11} {(facts.Source.Address ?? "").PadRight(source)} {(facts.Destination.Address ?? "").PadRight(destination)} {protocol,-8} {packet.Packet.Octets.Length,-6} {Info(packet, scales.Of(packet))}{Gone(packet.Packet)}"));
        }

        return lines;
    }

    /// <summary>The last column: ports, flags, numbers and options of a segment, the message of the rest.</summary>
    public static string Info(ViewPacket packet, int? scale)
    {
        PacketFacts facts = packet.Facts;
        string remark = packet.Remark.Length > 0 ? $"[{packet.Remark}] " : "";
        if (!facts.IsTcp)
        {
            return remark + (facts.Other == "UDP" ? string.Create(CultureInfo.InvariantCulture, $"{facts.Source.Port} → {facts.Destination.Port} Len={facts.Length}") : facts.Other);
        }

        (uint seqBase, uint ackBase) = packet.HasRealNumbers ? (0u, 0u) : (packet.FirstSeq, packet.FirstAck);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{remark}{facts.Source.Port} → {facts.Destination.Port} [{Flags(facts)}] Seq={unchecked(facts.Seq - seqBase)}");
        if (facts.Has(TcpFlags.Ack))
        {
            text.Append(CultureInfo.InvariantCulture, $" Ack={unchecked(facts.Ack - ackBase)}");
        }

        long window = (long)facts.RawWindow << (facts.Has(TcpFlags.Syn) ? 0 : scale ?? 0);
        text.Append(CultureInfo.InvariantCulture, $" Win={window}");
        if (facts.Has(TcpFlags.Urg))
        {
            text.Append(" Urg");
        }

        text.Append(CultureInfo.InvariantCulture, $" Len={facts.Length}");
        AddOptions(text, facts.Options, ackBase);
        return text.ToString();
    }

    private static void AddOptions(StringBuilder text, TcpOptionSet options, uint ackBase)
    {
        text.Append(options.Has(TcpOptionPresence.Mss) ? string.Create(CultureInfo.InvariantCulture, $" MSS={options.Mss}") : "");
        text.Append(options.Has(TcpOptionPresence.SackPermitted) ? " SACK_PERM" : "");
        text.Append(options.Has(TcpOptionPresence.Timestamps) ? string.Create(CultureInfo.InvariantCulture, $" TSval={options.TsVal} TSecr={options.TsEcr}") : "");
        text.Append(options.Has(TcpOptionPresence.WindowScale) ? string.Create(CultureInfo.InvariantCulture, $" WS={1L << Math.Min((int)options.WindowScale, 14)}") : "");
        for (int i = 0; options.Has(TcpOptionPresence.Sack) && i < options.SackCount; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $" SLE={unchecked(options.Sack[i].Left.Value - ackBase)} SRE={unchecked(options.Sack[i].Right.Value - ackBase)}");
        }
    }

    private static string Flags(PacketFacts facts)
    {
        (TcpFlags, string)[] names =
        [
            (TcpFlags.Fin, "FIN"), (TcpFlags.Syn, "SYN"), (TcpFlags.Rst, "RST"), (TcpFlags.Psh, "PSH"), (TcpFlags.Ack, "ACK"),
            (TcpFlags.Urg, "URG"), (TcpFlags.Ece, "ECE"), (TcpFlags.Cwr, "CWR"), (TcpFlags.Ae, "AE"),
        ];
        string set = string.Join(", ", names.Where(name => facts.Has(name.Item1)).Select(name => name.Item2));
        return set.Length > 0 ? set : "<None>";
    }

    private static string Gone(RunPacket packet) => packet.Fate switch
    {
        RunFate.Lost => $" (lost: {packet.Where}, {packet.Why})",
        RunFate.Refused => $" (dropped: {packet.Why})",
        RunFate.NeverLeft => $" (never left: {packet.Why})",
        _ => "",
    };
}

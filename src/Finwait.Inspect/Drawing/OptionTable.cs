using System.Globalization;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>The options of each handshake of a run as a table: what either end offered, and what both agreed on.</summary>
internal static class OptionTable
{
    /// <summary>RFC 9293 §3.7.1: without the option.</summary>
    private const int DefaultMss = 536;
    private const int DefaultMssV6 = 1220;

    /// <summary>What timestamps take of each segment, with their padding (RFC 7323 appendix A).</summary>
    private const int TimestampOctets = 12;

    private const int ColumnWidth = 26;

    public static IReadOnlyList<string> Lines(RunView view)
    {
        var lines = new List<string>();
        foreach (RunConnection connection in view.Connections.Where(connection => connection.Client.Port != 0))
        {
            ViewPacket? syn = view.Packets.FirstOrDefault(packet => packet.Connection == connection && packet.IsFromClient && packet.Facts.Has(TcpFlags.Syn));
            ViewPacket? answer = view.Packets.FirstOrDefault(packet => packet.Connection == connection && !packet.IsFromClient && packet.Facts.Has(TcpFlags.Syn));
            if (syn is null && answer is null)
            {
                continue;
            }

            Add(lines, view, connection, syn, answer);
        }

        if (lines.Count > 0)
        {
            lines.Add("all options there are: IANA, TCP Option Kind Numbers, https://www.iana.org/assignments/tcp-parameters");
        }

        return lines;
    }

    private static void Add(List<string> lines, RunView view, RunConnection connection, ViewPacket? syn, ViewPacket? answer)
    {
        string client = Name(view, connection.ClientHost, "client"), server = Name(view, connection.ServerHost, "server");
        bool isV6 = connection.Client.Address.Contains(':', StringComparison.Ordinal);
        lines.Add($"{client} {connection.Client} to {server} {connection.Server}");
        lines.Add(Row("option", $"{client}'s {(syn is null ? "SYN" : Place(syn))}", $"{server}'s {(answer is null ? "SYN,ACK" : Place(answer))}", "agreed on"));
        TcpOptionSet offered = syn?.Facts.Options ?? default, answered = answer?.Facts.Options ?? default;
        bool hasBoth = syn is not null && answer is not null;
        bool Both(TcpOptionPresence option) => offered.Has(option) && answered.Has(option);
        string Agreed(TcpOptionPresence option, string what) => !hasBoth ? "not yet: the answer has not come" : Both(option) ? what : "not used: both have to offer it";
        int usual = isV6 ? DefaultMssV6 : DefaultMss;
        int toServer = answered.Has(TcpOptionPresence.Mss) ? answered.Mss : usual, toClient = offered.Has(TcpOptionPresence.Mss) ? offered.Mss : usual;
        int less = Both(TcpOptionPresence.Timestamps) ? TimestampOctets : 0;
        lines.Add(Row("MSS", Mss(offered, syn, usual), Mss(answered, answer, usual), !hasBoth ? "not yet: the answer has not come"
            : string.Create(CultureInfo.InvariantCulture, $"at most {toServer - less} octets of text to {server}, {toClient - less} to {client}{(less > 0 ? $" ({less} less for timestamps)" : "")}")));
        lines.Add(Row("SACK permitted", YesNo(offered, syn, TcpOptionPresence.SackPermitted), YesNo(answered, answer, TcpOptionPresence.SackPermitted), Agreed(TcpOptionPresence.SackPermitted, "gaps are reported in SACK blocks")));
        lines.Add(Row("timestamps", Clock(offered, syn), Clock(answered, answer), Agreed(TcpOptionPresence.Timestamps, "in every segment")));
        lines.Add(Row("window scale", Scale(offered, syn), Scale(answered, answer), Agreed(TcpOptionPresence.WindowScale,
            string.Create(CultureInfo.InvariantCulture, $"{client}'s windows times {1L << Math.Min((int)offered.WindowScale, 14)}, {server}'s times {1L << Math.Min((int)answered.WindowScale, 14)}"))));
        if (offered.Has(TcpOptionPresence.FastOpen) || answered.Has(TcpOptionPresence.FastOpen))
        {
            lines.Add(Row("fast open", YesNo(offered, syn, TcpOptionPresence.FastOpen), YesNo(answered, answer, TcpOptionPresence.FastOpen), "a cookie is asked for or given (RFC 7413)"));
        }
    }

    private static string Name(RunView view, int host, string otherwise) => host < 0 ? otherwise : view.Record.Hosts[host].Name;

    private static string Place(ViewPacket packet) => string.Create(CultureInfo.InvariantCulture, $"{packet.Facts.FlagNames()} (packet {packet.Number})");

    private static string Mss(TcpOptionSet options, ViewPacket? packet, int usual) => packet is null ? "-"
        : options.Has(TcpOptionPresence.Mss) ? options.Mss.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"none: {usual} counts");

    private static string YesNo(TcpOptionSet options, ViewPacket? packet, TcpOptionPresence option) => packet is null ? "-" : options.Has(option) ? "yes" : "no";

    private static string Clock(TcpOptionSet options, ViewPacket? packet) => packet is null ? "-"
        : options.Has(TcpOptionPresence.Timestamps) ? string.Create(CultureInfo.InvariantCulture, $"{options.TsVal}, echo {options.TsEcr}") : "no";

    private static string Scale(TcpOptionSet options, ViewPacket? packet) => packet is null ? "-"
        : options.Has(TcpOptionPresence.WindowScale) ? string.Create(CultureInfo.InvariantCulture, $"{options.WindowScale} (times {1L << Math.Min((int)options.WindowScale, 14)})") : "no";

    private static string Row(string option, string client, string server, string agreed) => $"  {option,-15} {client,-ColumnWidth} {server,-ColumnWidth} {agreed}";
}

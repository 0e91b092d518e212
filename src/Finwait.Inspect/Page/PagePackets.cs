using System.Globalization;
using System.Text;
using Finwait.Capture;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>Writes the packets of a run for a page: the list, and of each packet its fields and octets.</summary>
internal sealed class PagePackets
{
    /// <summary>Octets of all packets together up to which all are shown; of more only the first of each packet.</summary>
    private const int MostOctets = 128 << 10;

    private const int FirstOctets = 256;
    private const int OctetsInRow = 16;

    private readonly RunView _view;
    private readonly PageMoments _moments;
    private readonly List<ViewPacket> _shown;
    private readonly Dictionary<int, (string Counted, string Real)> _texts = [];
    private readonly WindowScales _scales;
    private readonly int _mostOfOne;

    public PagePackets(RunView view, PageMoments moments, List<string> notes)
    {
        (_view, _moments) = (view, moments);
        _shown = [.. view.Packets.Where(packet => moments.OfPacket(packet.Number) >= 0)];
        _mostOfOne = _shown.Sum(packet => (long)packet.Packet.Octets.Length) <= MostOctets ? int.MaxValue : FirstOctets;
        if (_shown.Exists(packet => packet.Packet.Octets.Length > _mostOfOne))
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"Of each packet the first {FirstOctets} octets are shown; the captures have all"));
        }

        _scales = new WindowScales(view);
        Print();
    }

    public string List()
    {
        var html = new StringBuilder();
        if (_shown.Count == 0)
        {
            return "<p>No packet was sent.</p>\n";
        }

        html.Append("<table>\n<thead><tr><th scope=\"col\">No.</th><th scope=\"col\">Time</th><th scope=\"col\">From, to</th><th scope=\"col\">Packet, as tcpdump prints it</th></tr></thead>\n<tbody>\n");
        int before = 0;
        foreach (ViewPacket packet in _shown)
        {
            if (packet.Number > before + 1)
            {
                html.Append(CultureInfo.InvariantCulture, $"<tr class=\"gap\"><td colspan=\"4\">{packet.Number - before - 1} packets are left out</td></tr>\n");
            }

            before = packet.Number;
            string gone = Gone(packet.Packet);
            html.Append(CultureInfo.InvariantCulture, $"<tr class=\"k-{LadderSvg.KindName(packet.Facts.Kind)}\" data-packet=\"{packet.Number}\" {PageMoments.Attribute(_moments.OfPacket(packet.Number))}>");
            html.Append(CultureInfo.InvariantCulture, $"<td><a href=\"#packet={packet.Number}\">{packet.Number}</a></td><td class=\"time\">{RunView.Seconds(packet.Packet.Sent)}</td><td>{SvgWriter.Escape(Way(packet))}</td>");
            html.Append(CultureInfo.InvariantCulture, $"<td>{(packet.Remark.Length > 0 ? $"<em>{packet.Remark}</em> " : "")}{(gone.Length > 0 ? $"<em class=\"gone\">{SvgWriter.Escape(gone)}</em> " : "")}<code{Real(_texts[packet.Number].Real)}>{SvgWriter.Escape(_texts[packet.Number].Counted)}</code></td></tr>\n");
        }

        return html.Append("</tbody>\n</table>\n").ToString();
    }

    public string Details()
    {
        var html = new StringBuilder();
        foreach (ViewPacket packet in _shown)
        {
            AddPacket(html, packet);
        }

        return html.ToString();
    }

    private void AddPacket(StringBuilder html, ViewPacket packet)
    {
        html.Append(CultureInfo.InvariantCulture, $"<article id=\"packet={packet.Number}\" data-packet=\"{packet.Number}\">\n<h3{Real(packet.Facts.IsTcp ? $"Packet {packet.Number}: {packet.RealLabel(200)}" : "")}>Packet {packet.Number}: {SvgWriter.Escape(packet.Label(200))}</h3>\n");
        html.Append(packet.Packet.Reason.Length == 0 ? "" : $"<p class=\"reason\">Why: {SvgWriter.Escape(packet.Packet.Reason)}</p>\n");
        html.Append("<p class=\"fate\">").Append(SvgWriter.Escape(Fate(packet))).Append("</p>\n<div class=\"parts\"><div class=\"tree\">\n");
        foreach (PacketField header in PacketTree.Of(packet, _scales.Of(packet)))
        {
            AddField(html, header, isHeader: true);
        }

        html.Append("</div>\n<div class=\"right\"><pre class=\"octets\" tabindex=\"0\" aria-label=\"Octets\">");
        AddOctets(html, packet.Packet.Octets);
        html.Append("</pre>\n<p class=\"meaning\">Point at a field: what it means is told here.</p></div>\n</div>\n</article>\n");
    }

    private static void AddField(StringBuilder html, PacketField field, bool isHeader)
    {
        string place = string.Create(CultureInfo.InvariantCulture, $"data-p=\"{field.At} {field.Length}\"{NameOf(field)}{(isHeader ? " class=\"header\"" : "")}");
        string text = SvgWriter.Escape(field.Text);
        if (field.Inner.Count == 0)
        {
            html.Append(CultureInfo.InvariantCulture, $"<div {place}>{text}</div>\n");
            return;
        }

        // Headers stand open, and so do options; bits and the like only when asked for.
        bool isOpen = (isHeader && field.Name != "frame") || field.Text.StartsWith("Options", StringComparison.Ordinal);
        html.Append(CultureInfo.InvariantCulture, $"<details{(isOpen ? " open=\"\"" : "")}><summary {place}>{text}</summary>\n");
        foreach (PacketField inner in field.Inner)
        {
            AddField(html, inner, isHeader: false);
        }

        html.Append("</details>\n");
    }

    /// <summary>The place of its name in the table of fields, and its value if that is not 0.</summary>
    private static string NameOf(PacketField field) => field.Name.Length == 0 ? ""
        : string.Create(CultureInfo.InvariantCulture, $" data-f=\"{FieldCatalogue.PlaceOf(field.Name)}{(field.Value == 0 ? "" : " " + field.Value.ToString(CultureInfo.InvariantCulture))}\"");

    /// <summary>Rows of 16 octets, hex and ASCII, as the script reads them again: four digits, two blanks, 3 characters for each octet and one blank in the middle, one blank, text.</summary>
    private void AddOctets(StringBuilder html, ReadOnlySpan<byte> octets)
    {
        ReadOnlySpan<byte> shown = octets[..Math.Min(octets.Length, _mostOfOne)];
        for (int row = 0; row < shown.Length; row += OctetsInRow)
        {
            ReadOnlySpan<byte> part = shown.Slice(row, Math.Min(OctetsInRow, shown.Length - row));
            html.Append(CultureInfo.InvariantCulture, $"{row:x4}  ");
            for (int i = 0; i < OctetsInRow; i++)
            {
                html.Append(i < part.Length ? string.Create(CultureInfo.InvariantCulture, $"{part[i]:x2} ") : "   ").Append(i == 7 ? " " : "");
            }

            html.Append(' ').Append(SvgWriter.Escape(string.Create(part.Length, part, (text, source) =>
            {
                for (int i = 0; i < text.Length; i++)
                {
                    text[i] = source[i] is >= 0x20 and < 0x7F ? (char)source[i] : '.';
                }
            }))).Append('\n');
        }

        if (shown.Length < octets.Length)
        {
            html.Append(CultureInfo.InvariantCulture, $"{octets.Length - shown.Length} more octets\n");
        }
    }

    private string Way(ViewPacket packet)
    {
        RunPacket sent = packet.Packet;
        string from = _view.Record.Hosts[sent.From].Name + (sent.Interface.Length > 0 ? " " + sent.Interface : "");
        return sent.From == sent.To ? $"{from}, to itself" : $"{from} → {_view.Record.Hosts[sent.To].Name}";
    }

    /// <summary>What became of a packet that did not arrive as it should; else nothing.</summary>
    private static string Gone(RunPacket packet) => packet.Fate switch
    {
        RunFate.Lost => $"lost: {packet.Where}, {packet.Why}",
        RunFate.Refused => $"dropped: {packet.Where}, {packet.Why}",
        RunFate.NeverLeft => $"never left: {packet.Why}",
        RunFate.UnderWay => "under way at the end",
        _ => "",
    };

    private string Fate(ViewPacket packet)
    {
        RunPacket sent = packet.Packet;
        string to = _view.Record.Hosts[sent.To].Name;
        string end = sent.Fate switch
        {
            RunFate.Arrived => $"arrived at {to} {RunView.Seconds(sent.Ended!.Value)} s",
            RunFate.Refused => $"arrived at {to} {RunView.Seconds(sent.Ended!.Value)} s and was dropped there: {sent.Why}",
            RunFate.Lost => $"was lost at {sent.Where}: {sent.Why}",
            RunFate.NeverLeft => $"did not leave {sent.Where}: {sent.Why}",
            _ => "was still under way at the end",
        };
        string remark = packet.Remark.Length > 0 ? $" It is a {packet.Remark}." : "";
        string captured = sent.Captured.Length > 0 ? $" In the captures: {sent.Captured}." : "";
        return $"Sent by {_view.Record.Hosts[sent.From].Name}{(sent.Interface.Length > 0 ? $" ({sent.Interface})" : "")} at {RunView.Seconds(sent.Sent)} s; {end}.{remark}{captured} {sent.Octets.Length} octets.";
    }

    private static string Real(string text) => text.Length == 0 ? "" : $" data-real=\"{SvgWriter.Escape(text)}\"";

    private static string Printed(PacketPrinter printer, RunPacket packet)
    {
        var text = new TextBuffer();
        printer.Print(new PacketRecord(0, 0, packet.LinkType, (uint)packet.Octets.Length, packet.Octets), text);
        return text.ToString().TrimEnd('\n').Trim();
    }

    /// <summary>What tcpdump prints of each packet; it counts sequence numbers from what it has seen, so all packets go through.</summary>
    private void Print()
    {
        var counted = new PacketPrinter(new PrintOptions { Numeric = true, TimeFormat = TimeFormat.None });
        var real = new PacketPrinter(new PrintOptions { Numeric = true, TimeFormat = TimeFormat.None, AbsoluteSequenceNumbers = true });
        foreach (ViewPacket packet in _view.Packets)
        {
            string text = Printed(counted, packet.Packet);
            if (_moments.OfPacket(packet.Number) >= 0)
            {
                string other = Printed(real, packet.Packet);
                _texts[packet.Number] = (text, other == text ? "" : other);
            }
        }
    }
}

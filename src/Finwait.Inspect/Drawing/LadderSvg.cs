using System.Globalization;

namespace Finwait.Inspect;

/// <summary>Draws a ladder as SVG.</summary>
internal static class LadderSvg
{
    private const double HeadSize = 8;

    private const double HeadingHeight = 46;
    private const double PageSpan = 410;
    private const double PageSide = 184;

    /// <summary>Draws it.</summary>
    /// <param name="view">The run.</param>
    /// <param name="moments">For a page, which draws it narrower and without headings: its elements know their moments. Null for a picture of its own.</param>
    public static string Draw(RunView view, PageMoments? moments = null)
    {
        bool isInPage = moments is not null;
        LadderLayout layout = isInPage ? LadderLayout.Of(view, PageSpan, PageSide, hasBothNumbers: true) : LadderLayout.Of(view);
        double height = isInPage ? layout.Bottom + 12 : layout.Height;
        SvgWriter svg = new SvgWriter(isInPage).Begin("ladder", layout.Width, height, $"Packet ladder: {view.Record.Title}", HeadingHeight);
        svg.Text("title", 14, 26, 16, SvgWriter.Cut(view.Record.Title, (int)((layout.Width - 28) / 10)));
        svg.Text("note", 14, 44, 11, $"Time runs down and is compressed; seconds of virtual time. {(view.Record.HasRealNumbers ? "Sequence numbers are those of the packets." : "Numbers count from the start of each direction.")}");
        DrawLines(svg, view, layout);
        foreach (LadderTime time in layout.Times)
        {
            svg.Text("time", layout.TimeX(time.Party), time.Y + 3.5, LadderLayout.TimeSize, time.Text, LadderLayout.IsLeft(time.Party) ? "start" : "end");
        }

        foreach (LadderArrow arrow in layout.Arrows)
        {
            DrawArrow(svg, arrow, moments);
        }

        // On top of all arrows, so that none runs through a text.
        foreach (LadderArrow arrow in layout.Arrows)
        {
            DrawLabel(svg, arrow, moments);
        }

        DrawNotes(svg, view, layout, moments);
        DrawNames(svg, view, layout, isInPage);
        for (int i = 0; i < layout.Footer.Count && !isInPage; i++)
        {
            svg.Text("note", 14, layout.Bottom + 30 + (16 * i), 11, layout.Footer[i]);
        }

        return svg.End().ToString();
    }

    private static void DrawLines(SvgWriter svg, RunView view, LadderLayout layout)
    {
        for (int party = 0; party < view.Parties.Count; party++)
        {
            double x = layout.LineX(party);
            double from = 86;
            foreach (LadderGap gap in layout.Gaps)
            {
                svg.Line("line", x, from, x, gap.FromY);
                svg.Line("pause", x, gap.FromY, x, gap.ToY);
                from = gap.ToY;
            }

            svg.Line("line", x, from, x, layout.Bottom);
        }

        foreach (LadderBar bar in layout.Bars)
        {
            double side = LadderLayout.IsLeft(bar.Party) ? -1 : 1;
            double x = layout.LineX(bar.Party) + (side * (2 + (bar.Lane * LadderLayout.LaneWidth))) + (side < 0 ? -(LadderLayout.LaneWidth - 2) : 0);
            svg.Rect(BarClass(bar.State), x, bar.FromY, LadderLayout.LaneWidth - 2, Math.Max(1, bar.ToY - bar.FromY - 1));
        }

        foreach (LadderGap gap in layout.Gaps)
        {
            svg.Text("gap", layout.TimeX(0), ((gap.FromY + gap.ToY) / 2) + 3.5, LadderLayout.TimeSize, gap.Text);
        }
    }

    /// <summary>The hosts' names. In a page they stay in sight while the ladder moves under them, so they come last and on paper.</summary>
    private static void DrawNames(SvgWriter svg, RunView view, LadderLayout layout, bool isInPage)
    {
        if (isInPage)
        {
            svg.Group("names").Rect("paper", 0, HeadingHeight, layout.Width, 85 - HeadingHeight);
        }

        for (int party = 0; party < view.Parties.Count; party++)
        {
            svg.Text("name", layout.LineX(party), 64, 14, view.Parties[party].Name, "middle");
            svg.Text("time", layout.LineX(party), 79, 11, view.Parties[party].Detail, "middle");
        }

        if (isInPage)
        {
            svg.EndGroup();
        }
    }

    private static void DrawNotes(SvgWriter svg, RunView view, LadderLayout layout, PageMoments? moments)
    {
        foreach (LadderNote note in layout.Notes)
        {
            string name = note.Kind switch { LadderNoteKind.State => "bold state", LadderNoteKind.Call => "call", _ => "lost" };
            string mark = Mark(note.About, moments);
            mark += mark.Length > 0 && note.About.Call is { } call ? $" data-host=\"{SvgWriter.Escape(view.Record.Hosts[call.Host].Name)}\"" : "";
            if (mark.Length > 0)
            {
                svg.Group("note-of", mark);
            }

            svg.Text(name, layout.NoteX(note.Party), note.Y + 4, LadderLayout.NoteSize, note.Text, note.Party < 0 ? "middle" : LadderLayout.IsLeft(note.Party) ? "end" : "start");
            if (mark.Length > 0)
            {
                svg.EndGroup();
            }
        }
    }

    private static string Mark(LadderEvent about, PageMoments? moments) => moments is null ? "" : PageMoments.Attribute(
        about.Packet is { } packet ? moments.OfPacket(packet.Number) : about.Step is { } step ? moments.OfChange(step.Change)
        : about.Call is { } call ? moments.OfCall(call) : about.Line >= 0 ? moments.OfLine(about.Line) : -1);

    private static string Attributes(ViewPacket packet, PageMoments? moments)
        => string.Create(CultureInfo.InvariantCulture, $"data-packet=\"{packet.Number}\"") + (moments is null ? "" : " " + PageMoments.Attribute(moments.OfPacket(packet.Number)));

    private static void DrawArrow(SvgWriter svg, LadderArrow arrow, PageMoments? moments)
    {
        ViewPacket packet = arrow.Packet;
        string kind = KindName(packet.Facts.Kind);
        bool isLost = packet.Packet.Fate is RunFate.Lost or RunFate.NeverLeft;
        string line = "p-" + kind + (packet.Remark == PacketRemarks.Retransmission ? " again-line" : "") + (packet.Packet.Fate == RunFate.UnderWay ? " under-way" : "");
        svg.Group("packet", $"{Attributes(packet, moments)} data-fate=\"{packet.Packet.Fate.ToString().ToLowerInvariant()}\"");
        svg.Hint(Hint(packet));
        if (moments is not null)
        {
            svg.Line("grip", arrow.FromX, arrow.FromY, arrow.ToX, arrow.ToY); // a broad one that nobody sees, for the pointer
        }

        DrawWay(svg, line, arrow);
        if (arrow.IsToItself && packet.Packet.Fate == RunFate.Arrived)
        {
            svg.Head("h-" + kind, arrow.FromX + (arrow.Side * LadderArrow.Reach), arrow.ToY, arrow.ToX, arrow.ToY, HeadSize);
        }
        else if (!isLost && packet.Packet.Fate != RunFate.Refused)
        {
            svg.Head("h-" + kind, arrow.FromX, arrow.FromY, arrow.ToX, arrow.ToY, HeadSize);
        }

        if (isLost || packet.Packet.Fate == RunFate.Refused)
        {
            double x = packet.Packet.Fate == RunFate.Refused ? arrow.ToX + (arrow.IsToItself ? arrow.Side * 9 : arrow.IsLeftToRight ? -9 : 9) : arrow.ToX;
            double y = packet.Packet.Fate == RunFate.Refused ? arrow.ToY - ((arrow.ToY - arrow.FromY) * 9 / Math.Max(9, Math.Abs(arrow.ToX - arrow.FromX))) : arrow.ToY;
            svg.Path("cross", $"M{SvgWriter.N(x - 5)} {SvgWriter.N(y - 5)}L{SvgWriter.N(x + 5)} {SvgWriter.N(y + 5)}M{SvgWriter.N(x - 5)} {SvgWriter.N(y + 5)}L{SvgWriter.N(x + 5)} {SvgWriter.N(y - 5)}");
        }

        svg.EndGroup();
    }

    /// <summary>A straight line; for what a host sends to itself one that goes out and comes back.</summary>
    private static void DrawWay(SvgWriter svg, string line, LadderArrow arrow)
    {
        if (arrow.IsToItself)
        {
            string far = SvgWriter.N(arrow.FromX + (arrow.Side * LadderArrow.Reach));
            svg.Path(line, $"M{SvgWriter.N(arrow.FromX)} {SvgWriter.N(arrow.FromY)}C{far} {SvgWriter.N(arrow.FromY)} {far} {SvgWriter.N(arrow.ToY)} {SvgWriter.N(arrow.ToX)} {SvgWriter.N(arrow.ToY)}");
            return;
        }

        svg.Line(line, arrow.FromX, arrow.FromY, arrow.ToX, arrow.ToY);
    }

    private static void DrawLabel(SvgWriter svg, LadderArrow arrow, PageMoments? moments)
    {
        svg.Group("packet-text", Attributes(arrow.Packet, moments));
        svg.Hint(Hint(arrow.Packet));
        if (arrow.LossText.Length > 0)
        {
            (double x, double y, string anchor) = LadderLabels.LossPlace(arrow);
            double width = SvgWriter.WidthOf(arrow.LossText, LadderLayout.LabelSize);
            Plate(svg, anchor == "start" ? x : x - width, y, width);
            svg.Text("lost", x, y, LadderLayout.LabelSize, arrow.LossText, anchor);
        }

        if (arrow.Label.Length > 0)
        {
            bool isTurned = arrow.Angle != 0;
            if (isTurned)
            {
                svg.Turn(arrow.Angle, arrow.LabelX, arrow.LabelY);
            }

            double width = SvgWriter.WidthOf(arrow.Label, LadderLayout.LabelSize); // real numbers, where they are longer, have their edges alone
            Plate(svg, arrow.LabelX - (width / 2), arrow.LabelY, width);
            svg.Text("text label", arrow.LabelX, arrow.LabelY, LadderLayout.LabelSize, arrow.Label, "middle", arrow.RealLabel);
            if (isTurned)
            {
                svg.EndGroup();
            }
        }

        svg.EndGroup();
    }

    /// <summary>Paper under a text, so that arrows behind it do not run through it.</summary>
    private static void Plate(SvgWriter svg, double x, double baseline, double width) => svg.Rect("paper", x - 1, baseline - 8.6, width + 2, 10.8);

    /// <summary>All that is known of a packet, for a pointer that rests on it.</summary>
    public static string Hint(ViewPacket packet)
    {
        RunPacket sent = packet.Packet;
        string end = sent.Fate switch
        {
            RunFate.Arrived => $"arrived {RunView.Seconds(sent.Ended!.Value)}",
            RunFate.Refused => $"arrived {RunView.Seconds(sent.Ended!.Value)}, dropped by {sent.Where}: {sent.Why}",
            RunFate.Lost => $"lost at {sent.Where}: {sent.Why}",
            RunFate.NeverLeft => $"did not leave {sent.Where}: {sent.Why}",
            _ => "still under way",
        };
        return $"{packet.Number}  {packet.Label(200)}\nsent {RunView.Seconds(sent.Sent)}, {end}{(sent.Captured.Length > 0 ? "\n" + sent.Captured : "")}";
    }

    public static string KindName(PacketKind kind) => kind switch
    {
        PacketKind.Open => "open",
        PacketKind.Text => "text",
        PacketKind.Acknowledgment => "ack",
        PacketKind.Close => "close",
        PacketKind.Reset => "reset",
        _ => "other",
    };

    private static string BarClass(RunState state) => state switch
    {
        RunState.Listen => "s-listen",
        RunState.SynSent or RunState.SynReceived => "s-open",
        RunState.Established => "s-established",
        RunState.TimeWait => "s-wait",
        _ => "s-close",
    };
}

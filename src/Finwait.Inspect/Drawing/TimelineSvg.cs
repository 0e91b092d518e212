using System.Globalization;

namespace Finwait.Inspect;

/// <summary>Draws sequence numbers, the offered window, octets in flight and the congestion window of a sender against time.</summary>
internal sealed class TimelineSvg
{
    private const double Width = 1100;
    private const double Left = 84;
    private const double Right = Width - 24;
    private const double UpperTop = 92;
    private const double UpperBottom = 430;
    private const double LowerTop = 478;
    private const double LowerBottom = 660;
    private const int MostSegments = 4000;
    private const int MostSegmentsInPage = 1500;

    private const double HeadingHeight = 30;

    private readonly SvgWriter _svg;
    private readonly PageMoments? _moments;
    private readonly int _most;
    private readonly Timeline _timeline;
    private readonly double _begin;
    private readonly double _span;

    private TimelineSvg(Timeline timeline, PageMoments? moments)
    {
        (_svg, _moments, _most) = (new SvgWriter(moments is not null), moments, moments is null ? MostSegments : MostSegmentsInPage);
        _timeline = timeline;
        _begin = timeline.Begin;
        _span = Math.Max(1e-6, timeline.End - timeline.Begin);
    }

    /// <summary>Draws it.</summary>
    /// <param name="view">The run.</param>
    /// <param name="moments">For a page, which draws it without headings: its elements know their moments. Null for a picture of its own.</param>
    public static string Draw(RunView view, PageMoments? moments = null)
    {
        string title = SvgWriter.Cut(view.Record.Title, 100);
        if (Timeline.Of(view) is not { } timeline)
        {
            return new SvgWriter(moments is not null).Begin("timeline", Width, 90, $"Timeline: {view.Record.Title}", HeadingHeight).Text("title", 14, 26, 16, title)
                .Text("note", 14, 54, 12, "Nobody sent any text in this run.").End().ToString();
        }

        return new TimelineSvg(timeline, moments).Draw(view, title);
    }

    private string Draw(RunView view, string title)
    {
        (RunEnd sender, RunEnd receiver) = _timeline.IsClient ? (_timeline.Connection.Client, _timeline.Connection.Server) : (_timeline.Connection.Server, _timeline.Connection.Client);
        int host = _timeline.IsClient ? _timeline.Connection.ClientHost : _timeline.Connection.ServerHost;
        List<string> footer = _moments is null ? [.. view.Record.Notes] : [];
        int leftOut = Math.Max(0, _timeline.Segments.Count - _most);
        if (leftOut > 0)
        {
            footer.Insert(0, string.Create(CultureInfo.InvariantCulture, $"{leftOut} segments behind the first {_most} are not drawn"));
        }

        string scale = string.Create(CultureInfo.InvariantCulture, $"data-begin=\"{_begin:0.######}\" data-span=\"{_span:0.######}\" data-left=\"{Left}\" data-right=\"{Right}\" data-top=\"{UpperTop}\" data-bottom=\"{LowerBottom}\"");
        _svg.Begin("timeline", Width, LowerBottom + (_moments is null || leftOut > 0 ? 46 : 26) + (16 * footer.Count), $"Timeline: {view.Record.Title}", HeadingHeight, _moments is null ? "" : scale);
        _svg.Text("title", 14, 26, 16, title);
        string name = host < 0 ? "" : view.Record.Hosts[host].Name + " ";
        _svg.Text("note", 14, 46, 12, $"What {name}{sender} saw as it sent to {receiver}: octets from the start of the direction, seconds of virtual time.");
        DrawUpper();
        DrawLower();
        for (int i = 0; i < footer.Count; i++)
        {
            _svg.Text("note", 14, LowerBottom + 44 + (16 * i), 11, footer[i]);
        }

        return _svg.End().ToString();
    }

    private void DrawUpper()
    {
        // A window far above all that is sent would press the rest flat: then its edge runs along the upper border.
        long sent = _timeline.Sent;
        long edge = _timeline.Edge.Count == 0 ? 0 : _timeline.Edge.Max(step => step.Value);
        bool isAbove = edge > sent * 4;
        double most = isAbove ? sent * 1.1 : Math.Max(edge, sent) * 1.02;
        DrawAxes(UpperTop, UpperBottom, most);
        DrawLegend(
            UpperTop - 14, ("nxt", "segments sent"), ("again", "sent again"), ("una", "acknowledged (SND.UNA)"),
            ("edge-right", isAbove ? "edge of the offered window (above)" : "edge of the offered window (SND.UNA + SND.WND)"));
        DrawSteps("edge-right", _timeline.Edge, UpperTop, UpperBottom, most);
        DrawSteps("una", _timeline.Acknowledged, UpperTop, UpperBottom, most);
        foreach (TimelineSegment segment in _timeline.Segments.Take(_most))
        {
            double x = X(segment.Time);
            _svg.Group("segment", _moments is null ? "" : PageMoments.Attribute(_moments.OfPacket(segment.Number))).Hint(string.Create(CultureInfo.InvariantCulture, $"packet {segment.Number} at {segment.Time:F6}: {segment.From}:{segment.To}{(segment.IsAgain ? ", again" : "")}"));
            _svg.Line(segment.IsAgain ? "again" : "nxt", x, Y(segment.From, UpperTop, UpperBottom, most), x, Math.Min(Y(segment.To, UpperTop, UpperBottom, most), Y(segment.From, UpperTop, UpperBottom, most) - 2)).EndGroup();
        }
    }

    private void DrawLower()
    {
        long flight = _timeline.Flight.Count == 0 ? 0 : _timeline.Flight.Max(step => step.Value);
        long window = _timeline.CongestionWindow.Count == 0 ? 0 : _timeline.CongestionWindow.Max(step => step.Value);
        double most = Math.Max(1, Math.Max(flight, window) * 1.08);
        DrawAxes(LowerTop, LowerBottom, most);
        DrawLegend(LowerTop - 14, ("flight", "octets in flight (SND.NXT - SND.UNA)"), ("cwnd", "congestion window (cwnd)"));
        DrawSteps("cwnd", _timeline.CongestionWindow, LowerTop, LowerBottom, most);
        DrawSteps("flight", _timeline.Flight, LowerTop, LowerBottom, most);
    }

    private void DrawLegend(double y, params ReadOnlySpan<(string Line, string Text)> entries)
    {
        double x = Left;
        foreach ((string line, string text) in entries)
        {
            _svg.Line(line, x, y - 4, x + 22, y - 4).Text("time", x + 28, y, 11, text);
            x += 52 + SvgWriter.WidthOf(text, 11);
        }
    }

    private void DrawAxes(double top, double bottom, double most)
    {
        foreach (double value in Ticks(0, most, 5))
        {
            double y = Y(value, top, bottom, most);
            _svg.Line("grid", Left, y, Right, y).Text("time", Left - 6, y + 3.5, 10.5, value.ToString("#,##0.##", CultureInfo.InvariantCulture), "end");
        }

        foreach (double time in Ticks(_begin, _begin + _span, 8))
        {
            _svg.Line("grid", X(time), top, X(time), bottom).Text("time", X(time), bottom + 15, 10.5, time.ToString("0.######", CultureInfo.InvariantCulture), "middle");
        }

        _svg.Line("axis", Left, bottom, Right, bottom).Line("axis", Left, top, Left, bottom);
    }

    /// <summary>Round numbers in a range: steps of 1, 2 or 5 times a power of ten.</summary>
    private static IEnumerable<double> Ticks(double least, double most, int about)
    {
        double raw = (most - least) / about;
        double power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = new[] { 1.0, 2, 5, 10 }.First(factor => factor * power >= raw * 0.999) * power;
        for (long i = (long)Math.Ceiling(least / step); i * step <= most; i++)
        {
            yield return i * step;
        }
    }

    private double X(double time) => Left + ((time - _begin) / _span * (Right - Left));

    private static double Y(double value, double top, double bottom, double most) => bottom - (Math.Clamp(value / most, 0, 1) * (bottom - top));

    private void DrawSteps(string name, IReadOnlyList<TimelineStep> steps, double top, double bottom, double most)
    {
        if (steps.Count == 0)
        {
            return;
        }

        var data = new System.Text.StringBuilder();
        double last = double.NaN;
        foreach (TimelineStep step in steps)
        {
            double y = Y(step.Value, top, bottom, most);
            string x = SvgWriter.N(X(step.Time));
            data.Append(data.Length == 0 ? $"M{x} {SvgWriter.N(y)}" : y == last ? "" : $"H{x}V{SvgWriter.N(y)}");
            last = y;
        }

        _svg.Path(name, data.Append(CultureInfo.InvariantCulture, $"H{SvgWriter.N(Right)}").ToString());
    }
}

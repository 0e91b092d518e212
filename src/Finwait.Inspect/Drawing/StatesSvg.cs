using System.Globalization;

namespace Finwait.Inspect;

/// <summary>Draws the connection diagram with the paths that both ends of a connection took: client red, server blue, steps numbered.</summary>
internal sealed class StatesSvg
{
    private const double ListX = StateMap.Width + 16;
    private const double Width = ListX + 420;
    private const double Top = 74;
    private const double HeadingHeight = 84;
    private const double PageMargin = 60; // a page writes larger
    private const double RowHeight = 33;
    private const int MostSteps = 24;
    private const double LabelSize = 10.5;

    private readonly SvgWriter _svg;
    private readonly IReadOnlyList<RunStep> _steps;
    private readonly PageMoments? _moments;

    private StatesSvg(SvgWriter svg, IReadOnlyList<RunStep> steps, PageMoments? moments) => (_svg, _steps, _moments) = (svg, steps, moments);

    public static string Draw(RunView view)
    {
        RunConnection? connection = view.Main;
        IReadOnlyList<RunStep> steps = connection?.Steps ?? [];
        List<string> footer = Footer(view);
        double height = Top + StateMap.Height + (footer.Count * 16) + 12;
        SvgWriter svg = new SvgWriter().Begin("states", Width, height, $"State diagram: {view.Record.Title}");
        svg.Text("title", 14, 26, 16, SvgWriter.Cut(view.Record.Title, 110));
        DrawHeading(svg, view, connection);
        new StatesSvg(svg, steps, null).DrawMap();
        DrawList(svg, view, steps);
        for (int i = 0; i < footer.Count; i++)
        {
            svg.Text("note", 14, Top + StateMap.Height + 10 + (16 * i), 11, footer[i]);
        }

        return svg.End().ToString();
    }

    /// <summary>Draws only the diagram of one connection, for a page: without headings, and its elements know their moments.</summary>
    public static string DrawMap(RunConnection connection, PageMoments moments)
    {
        SvgWriter svg = new SvgWriter(isInPage: true).Begin("states", StateMap.Width + PageMargin, Top + StateMap.Height - 2, $"State diagram of {connection.Name}", HeadingHeight);
        new StatesSvg(svg, connection.Steps, moments).DrawMap();
        return svg.End().ToString();
    }

    private void DrawMap()
    {
        foreach (MapArrow arrow in StateMap.Arrows)
        {
            DrawArrow(arrow);
        }

        DrawBoxes();
        foreach (MapArrow arrow in StateMap.Arrows)
        {
            _svg.Text("label", arrow.Label.X, Top + arrow.Label.Y, LabelSize, arrow.Text, arrow.Anchor);
        }

        foreach (MapArrow arrow in StateMap.Arrows)
        {
            DrawBadges(arrow);
        }

        DrawExits();
    }

    private string Mark(RunStep? step) => step is null || _moments is null ? "" : PageMoments.Attribute(_moments.OfChange(step.Change));

    private static void DrawHeading(SvgWriter svg, RunView view, RunConnection? connection)
    {
        if (connection is null)
        {
            svg.Text("note", 14, 50, 12, "No connection was opened in this run, and no socket listened.");
            return;
        }

        double x = 14;
        if (connection.Client.Port != 0)
        {
            string client = $"client {NameOf(view, connection.ClientHost)} {connection.Client}";
            svg.Text("client", x, 50, 12, client);
            x += SvgWriter.WidthOf(client, 12) + 24;
        }

        svg.Text("server", x, 50, 12, $"server {NameOf(view, connection.ServerHost)} {connection.Server}");
    }

    private static string NameOf(RunView view, int host) => host < 0 ? "?" : view.Record.Hosts[host].Name;

    private static List<string> Footer(RunView view)
    {
        var footer = new List<string>();
        if (view.OneOfMany is { } which)
        {
            footer.Add(which);
        }

        footer.AddRange(view.Record.Notes);
        return footer;
    }

    private void DrawArrow(MapArrow arrow)
    {
        RunStep? client = _steps.FirstOrDefault(step => step.IsClient && StateMap.ArrowOf(step.Change) == arrow);
        RunStep? server = _steps.FirstOrDefault(step => !step.IsClient && StateMap.ArrowOf(step.Change) == arrow);
        if ((client is null && server is null) || _moments is not null)
        {
            DrawCurve("arrow", "h-arrow", arrow, 0, 7); // in a page it is to be seen before the step
        }

        // Two that went the same way run beside each other.
        double aside = client is not null && server is not null ? 3 : 0;
        if (client is not null)
        {
            DrawCurve("arrow-client", "h-client", arrow, -aside, 10, Mark(client));
        }

        if (server is not null)
        {
            DrawCurve("arrow-server", "h-server", arrow, aside, 10, Mark(server));
        }
    }

    private void DrawCurve(string line, string head, MapArrow arrow, double aside, double size, string mark = "")
    {
        double length = Math.Max(1, Math.Sqrt(Math.Pow(arrow.End.X - arrow.Start.X, 2) + Math.Pow(arrow.End.Y - arrow.Start.Y, 2)));
        (double dx, double dy) = (-(arrow.End.Y - arrow.Start.Y) / length * aside, (arrow.End.X - arrow.Start.X) / length * aside);
        string P(MapPoint at) => $"{SvgWriter.N(at.X + dx)} {SvgWriter.N(Top + at.Y + dy)}";
        if (mark.Length > 0)
        {
            _svg.Group("way", mark);
        }

        _svg.Path(line, $"M{P(arrow.Start)}Q{P(arrow.Bend)} {P(arrow.At(1))}");
        MapPoint before = arrow.At(0.96);
        _svg.Head(head, before.X + dx, Top + before.Y + dy, arrow.End.X + dx, Top + arrow.End.Y + dy, size);
        if (mark.Length > 0)
        {
            _svg.EndGroup();
        }
    }

    private void DrawBoxes()
    {
        MapPoint? client = PlaceOfLast(_steps.LastOrDefault(step => step.IsClient));
        MapPoint? server = PlaceOfLast(_steps.LastOrDefault(step => !step.IsClient));
        for (RunState state = RunState.Closed; state <= RunState.TimeWait; state++)
        {
            MapPoint place = StateMap.PlaceOf(state);
            bool isVisited = _steps.Any(step => step.Change.From == state || step.Change.To == state);
            DrawBox(place, (int)state, isVisited, client == place, server == place);
        }

        DrawBox(StateMap.End, PagePlace.End.Box, client == StateMap.End || server == StateMap.End, client == StateMap.End, server == StateMap.End);
    }

    /// <summary>Where one end stands in the end. What never was a connection, or listens no more, is back where it began.</summary>
    private static MapPoint? PlaceOfLast(RunStep? last) => last is null ? null
        : last.Change.To == RunState.Closed && last.Change.From is not (RunState.SynSent or RunState.Listen) ? StateMap.End : StateMap.PlaceOf(last.Change.To);

    private void DrawBox(MapPoint at, int box, bool isVisited, bool isClients, bool isServers)
    {
        (double x, double y) = (at.X - (StateMap.BoxWidth / 2), Top + at.Y - (StateMap.BoxHeight / 2));
        string name = DiagramTexts.Name(box == PagePlace.End.Box ? RunState.Closed : (RunState)box);
        _svg.Group("state-box", _moments is null ? "" : string.Create(CultureInfo.InvariantCulture, $"data-box=\"{box}\""));
        _svg.Rect(isVisited ? "box-visited" : "box", x, y, StateMap.BoxWidth, StateMap.BoxHeight, 6);
        if (isClients)
        {
            _svg.Rect("box-client", x - 4, y - 4, StateMap.BoxWidth + 8, StateMap.BoxHeight + 8, 9);
        }

        if (isServers)
        {
            double aside = isClients ? 8 : 4;
            _svg.Rect("box-server", x - aside, y - aside, StateMap.BoxWidth + (2 * aside), StateMap.BoxHeight + (2 * aside), 9);
        }

        _svg.Text(isVisited ? "bold" : "time", at.X, Top + at.Y + 4.5, 13, name, "middle").EndGroup();
    }

    private void DrawBadges(MapArrow arrow)
    {
        double client = 0.26;
        double server = 0.74;
        foreach (RunStep step in _steps.Where(step => StateMap.ArrowOf(step.Change) == arrow))
        {
            MapPoint at = arrow.At(step.IsClient ? client : server);
            DrawBadge(_svg, step, at.X, Top + at.Y, Mark(step));
            client += step.IsClient ? 0.14 : 0;
            server -= step.IsClient ? 0 : 0.14;
        }
    }

    private static void DrawBadge(SvgWriter svg, RunStep step, double x, double y, string mark = "")
    {
        svg.Group("step", mark).Hint(Title(step));
        svg.Circle(step.IsClient ? "h-client" : "h-server", x, y, 9.5);
        svg.Text("number", x, y + 3.8, 11, step.Number.ToString(CultureInfo.InvariantCulture), "middle").EndGroup();
    }

    /// <summary>Steps that the diagram has no arrow for: a reset, an error, a side that gave up. They stand below the state they left.</summary>
    private void DrawExits()
    {
        var below = new Dictionary<RunState, int>();
        foreach (RunStep step in _steps.Where(step => StateMap.ArrowOf(step.Change) is null))
        {
            int row = below.GetValueOrDefault(step.Change.From);
            below[step.Change.From] = row + 1;
            MapPoint at = StateMap.PlaceOf(step.Change.From);
            double y = Top + at.Y + (StateMap.BoxHeight / 2) + 18 + (22 * row);
            double x = at.X - 54;
            _svg.Text(step.IsClient ? "label-client" : "label-server", x + 14, y + 4, 11, $"{step.Trigger} → {DiagramTexts.Name(step.Change.To)}");
            DrawBadge(_svg, step, x, y, Mark(step));
        }
    }

    private static void DrawList(SvgWriter svg, RunView view, IReadOnlyList<RunStep> steps)
    {
        double y = Top + 20;
        foreach (RunStep step in steps.Take(MostSteps))
        {
            DrawBadge(svg, step, ListX + 10, y);
            svg.Text(step.IsClient ? "client" : "server", ListX + 28, y + 4, 11.5, $"{DiagramTexts.Name(step.Change.From)} → {DiagramTexts.Name(step.Change.To)}");
            svg.Text("time", ListX + 400, y + 4, 10.5, RunView.Seconds(step.Change.Time), "end");
            svg.Text("call", ListX + 28, y + 17, 10.5, SvgWriter.Cut($"{NameOf(view, step.Change.Host)}: {step.Explain()}", 60));
            y += RowHeight;
        }

        if (steps.Count > MostSteps)
        {
            svg.Text("note", ListX + 28, y + 4, 11, string.Create(CultureInfo.InvariantCulture, $"and {steps.Count - MostSteps} more steps"));
        }
    }

    private static string Title(RunStep step) => string.Create(
        CultureInfo.InvariantCulture, $"{step.Number}. {DiagramTexts.Name(step.Change.From)} → {DiagramTexts.Name(step.Change.To)} at {RunView.Seconds(step.Change.Time)}: {step.Explain()}");
}

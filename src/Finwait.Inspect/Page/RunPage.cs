using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Finwait.Inspect;

/// <summary>
/// Writes a run as one page that needs nothing but itself: ladder, diagram, transcript, packets with their fields and octets, timeline, and one cursor
/// that moves through all of them. All of its text is in the markup and legible without the script.
/// </summary>
/// <remarks>
/// The markup is well-formed XML too, but for the script. Every text of the run goes through <see cref="SvgWriter.Escape"/>; the script gets numbers only, and the page's policy lets no other script run and nothing be loaded.
/// </remarks>
internal sealed class RunPage
{
    /// <summary>Most diagrams: of the connections that come first, and the one with most steps.</summary>
    private const int MostDiagrams = 12;

    private const string FilterBox = """
        <label id="filter-label" hidden="">Filter <input id="filter" type="search" list="field-names" placeholder="tcp.port == 4000 and tcp.flags.syn == 1" autocomplete="off" spellcheck="false" aria-describedby="filter-said"/></label><datalist id="field-names"></datalist> <span id="filter-said" role="status"></span>
        """;

    private readonly RunView _view;
    private readonly PageMoments _moments;
    private readonly StringBuilder _html = new(1 << 16);
    private readonly List<string> _notes = [];

    private RunPage(RunView view)
    {
        _view = view;
        _moments = PageMoments.Of(view);
    }

    /// <summary>Writes the page.</summary>
    /// <param name="view">The run, with numbers that count from the start of each direction.</param>
    /// <param name="beginsReal">True if the page is to show the packets' own numbers until the reader wants it otherwise.</param>
    public static string Write(RunView view, bool beginsReal) => new RunPage(view).Write(beginsReal);

    private string Write(bool beginsReal)
    {
        string script = Resource("filter.js") + Resource("flows.js") + Resource("page.js");
        string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)));
        string title = SvgWriter.Escape(_view.Record.Title);
        string numbers = beginsReal ? " data-numbers=\"real\"" : "";
        _html.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
        _html.Append(CultureInfo.InvariantCulture, $"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'\"/>\n");
        _html.Append("<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>").Append(title).Append("</title>\n<style>\n").Append(DrawingStyle.Css).Append('\n').Append(Resource("page.css")).Append("</style>\n</head>\n<body").Append(numbers).Append(">\n");
        AddHeader(title);
        _html.Append("<main>\n");
        Pane("ladder", "Ladder", "Time runs down and is compressed. <span data-real=\"Sequence numbers are those of the packets.\">Numbers count from the start of each direction.</span>", LadderSvg.Draw(_view, _moments));
        AddStates();
        Pane("transcript", "Transcript", "", new PageTranscript(_view, _moments, _notes).Write());
        var packets = new PagePackets(_view, _moments, _notes);
        Pane("packets", "Packets", FilterBox, packets.List());
        Pane("flows", "Text and windows at this moment", "What was sent, has arrived, is acknowledged, and how far the window lets the sender go; numbers count from the start of each direction.",
            "<p class=\"flow-key\"><span class=\"old\">acknowledged</span> <span class=\"arrived\">arrived, its acknowledgment not</span> <span class=\"way\">under way or lost</span> <span class=\"room\">room in the window</span></p>\n<svg id=\"flows-drawing\" class=\"d-flows\" viewBox=\"0 0 1000 150\" role=\"img\" aria-label=\"Windows of both directions\" xmlns=\"http://www.w3.org/2000/svg\"></svg>\n");
        Pane("details", "Packet details", "", packets.Details());
        Pane("timeline", "Sequence numbers and windows", "", TimelineSvg.Draw(_view, _moments));
        _html.Append("</main>\n");
        AddFooter();
        _html.Append("<script type=\"application/json\" id=\"moments\">").Append(Numbers()).Append("</script>\n<script type=\"application/json\" id=\"fields\">").Append(Fields())
            .Append("</script>\n<script type=\"application/json\" id=\"flows-data\">").Append(PageFlows.Rows(_view, _moments)).Append("</script>\n<script>").Append(script).Append("</script>\n</body>\n</html>\n");
        return _html.ToString();
    }

    private void AddHeader(string title)
    {
        _html.Append("<header>\n<h1>").Append(title).Append("</h1>\n");
        _html.Append("""
            <div id="controls" role="toolbar" aria-label="Cursor" hidden="">
            <button type="button" id="first" title="To the start (Home)" aria-label="To the start">|◀</button>
            <button type="button" id="back" title="One back (←, k)" aria-label="One back">◀</button>
            <button type="button" id="play" title="Play (space)" aria-label="Play" aria-pressed="false">Play</button>
            <button type="button" id="next" title="One on (→, j)" aria-label="One on">▶</button>
            <button type="button" id="last" title="To the end (End)" aria-label="To the end">▶|</button>
            <input type="range" id="slider" min="0" value="0" aria-label="Moment of the run"/>
            <span id="count"></span>
            <button type="button" id="numbers" title="Sequence numbers as they stand in the packets, or counted from the start of each direction (r)" aria-pressed="false">Real numbers</button>
            </div>
            <p id="now" role="status">Select a packet, a line or a step, or press → to go through the run.</p>
            <noscript><p>Without JavaScript the page shows the whole run; the cursor needs it.</p></noscript>
            </header>

            """);
    }

    private void Pane(string name, string heading, string about, string content)
    {
        _html.Append(CultureInfo.InvariantCulture, $"<section class=\"pane\" id=\"{name}\" aria-labelledby=\"{name}-heading\">\n<div><h2 id=\"{name}-heading\">{heading}</h2>");
        _html.Append(about.Length == 0 ? "" : $"<p class=\"about\">{about}</p>");
        _html.Append("</div>\n<div class=\"scroll\">\n").Append(content).Append("</div>\n</section>\n");
    }

    private void AddStates()
    {
        var diagrams = new StringBuilder();
        RunConnection? main = _view.Main;
        List<RunConnection> drawn = [.. _view.Connections.Where(connection => connection.Index < MostDiagrams - 1 || connection == main)];
        foreach (RunConnection connection in drawn)
        {
            diagrams.Append(CultureInfo.InvariantCulture, $"<figure class=\"diagram\" data-connection=\"{connection.Index}\">\n<figcaption>");
            AddEnd(diagrams, "client", connection.ClientHost, connection.Client);
            AddEnd(diagrams, "server", connection.ServerHost, connection.Server);
            diagrams.Append("</figcaption>\n").Append(StatesSvg.DrawMap(connection, _moments));
            AddSteps(diagrams, connection);
            diagrams.Append("</figure>\n");
        }

        string kind = _view.Main?.Client.Port == 0 ? "sockets that listened" : "connections";
        if (_view.Connections.Count > drawn.Count)
        {
            _notes.Add(string.Create(CultureInfo.InvariantCulture, $"Of {_view.Connections.Count} {kind} {drawn.Count} have a state diagram"));
        }

        string about = drawn.Count == 0 ? "No connection was opened in this run, and no socket listened."
            : drawn.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $"{drawn.Count} {kind}; shown is the one that the cursor is in.") : "";
        Pane("states", "States of both ends", about, diagrams.ToString());
    }

    private void AddEnd(StringBuilder html, string role, int host, RunEnd end)
    {
        if (end.Port == 0)
        {
            return;
        }

        string name = host < 0 ? "" : _view.Record.Hosts[host].Name + " ";
        html.Append(CultureInfo.InvariantCulture, $"<span class=\"{role}\">{role} {SvgWriter.Escape(name)}{SvgWriter.Escape(end.ToString())} <b data-end=\"{role}\"></b></span> ");
    }

    private void AddSteps(StringBuilder html, RunConnection connection)
    {
        html.Append("<ol class=\"steps\">\n");
        int shown = 0;
        foreach (RunStep step in connection.Steps)
        {
            int moment = _moments.OfChange(step.Change);
            if (moment < 0)
            {
                continue;
            }

            shown++;
            string id = string.Create(CultureInfo.InvariantCulture, $"step={connection.Index}.{step.Number}");
            string role = step.IsClient ? "client" : "server";
            string host = step.Change.Host < 0 ? role : _view.Record.Hosts[step.Change.Host].Name;
            html.Append(CultureInfo.InvariantCulture, $"<li id=\"{id}\" value=\"{step.Number}\" class=\"{role}\" data-m=\"{moment}\"><a href=\"#{id}\"><span class=\"time\">{RunView.Seconds(step.Change.Time)}</span> ");
            html.Append(CultureInfo.InvariantCulture, $"<b>{role} {SvgWriter.Escape(host)}: {DiagramTexts.Name(step.Change.From)} → {DiagramTexts.Name(step.Change.To)}</b> {SvgWriter.Escape(step.Explain())}</a></li>\n");
        }

        html.Append("</ol>\n");
        if (shown < connection.Steps.Count)
        {
            _notes.Add(string.Create(CultureInfo.InvariantCulture, $"{connection.Steps.Count - shown} steps of {connection.Name} are left out"));
        }
    }

    private void AddFooter()
    {
        if (_moments.PacketsLeftOut > 0)
        {
            int last = _view.Packets.Count - (LadderLayout.MostPackets - LadderLayout.FirstPackets) + 1;
            _notes.Insert(0, string.Create(CultureInfo.InvariantCulture, $"{_moments.PacketsLeftOut} packets between number {LadderLayout.FirstPackets} and number {last} are left out of this page; the captures have them"));
        }

        _html.Append("<footer>\n<p id=\"keys\">Keys: → or j one on, ← or k one back, ↓ and ↑ in the packets the next and the last packet, in the details the next and the last field, r changes between real and counted sequence numbers, Home to the start, End to the end, space plays. A field of a packet shows its octets, an octet its field.</p>\n");
        if (_notes.Count + _view.Record.Notes.Count > 0)
        {
            _html.Append("<ul id=\"notes\">\n");
            foreach (string note in _notes.Concat(_view.Record.Notes))
            {
                _html.Append("<li>").Append(SvgWriter.Escape(note)).Append("</li>\n");
            }

            _html.Append("</ul>\n");
        }

        _html.Append("</footer>\n");
    }

    /// <summary>What the script knows: for each moment kind, packet, line, connection, the boxes of client and server, microseconds, and 0 if it is about a packet of no connection.</summary>
    private string Numbers()
    {
        var numbers = new StringBuilder("[");
        foreach (PageMoment moment in _moments.All)
        {
            numbers.Append(numbers.Length > 1 ? ",\n" : "");
            numbers.Append(CultureInfo.InvariantCulture, $"[{(int)moment.Kind},{moment.Packet},{moment.Line},{moment.Connection},{moment.Client.Box},{moment.Server.Box},{moment.Time.Ticks / TimeSpan.TicksPerMicrosecond},{(moment.Sent is { Connection: null } ? 0 : 1)}]");
        }

        return numbers.Append(']').ToString();
    }

    /// <summary>What the script knows of fields: name, kind, meaning, and the fields that a name stands for.</summary>
    private static string Fields() => "[" + string.Join(",\n", FieldCatalogue.All.Select(field =>
        $"[\"{field.Name}\",{(int)field.Kind},\"{field.Meaning}\"{(field.Parts.Count > 1 ? $",[\"{string.Join("\",\"", field.Parts)}\"]" : "")}]")) + "]";

    private static string Resource(string name)
    {
        using Stream stream = typeof(RunPage).Assembly.GetManifestResourceStream("Finwait.Inspect.Page." + name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}

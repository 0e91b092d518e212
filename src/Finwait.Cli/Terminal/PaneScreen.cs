using System.Globalization;
using System.Text;
using Finwait.Lab;

namespace Finwait.Cli;

/// <summary>
/// The lab as windows side by side: for each of two hosts one for Python, one for captures and one for the shell, above them the states of all
/// ends, below them the coach. What a lab command prints at length comes over them until a key is pressed.
/// </summary>
/// <remarks>Thread-safe: the terminal may change its size at any time.</remarks>
internal sealed class PaneScreen(LabSession session, ITerminal terminal) : ILabScreen
{
    /// <summary>A terminal with fewer columns or rows has no room for windows.</summary>
    public const int LeastWidth = 60;
    public const int LeastHeight = 20;

    /// <summary>Fewer columns than this, and the windows of one host take the whole width.</summary>
    private const int LeastWidthForTwo = 100;

    /// <summary>A lab command that prints more rows than this gets the whole screen for them.</summary>
    private const int MostNotes = 5;

    private const int LeastCoachRows = 3;
    private const int MostCoachRows = 7;

    /// <summary>Rows of the screen for each row of the coach.</summary>
    private const int RowsForOneOfCoach = 11;
    private const string Keys = " Alt-1…6, Ctrl-O windows   F2 lines   F3 zoom   PgUp PgDn scroll   Tab completes   help   Ctrl-D leaves";
    private const string PagerKeys = " PgUp PgDn Up Down scroll   any other key goes on";
    private const string FrameLook = "38;5;239";
    private const string CoachLook = LabLooks.CoachColor;

    private int CoachRows => Math.Clamp(terminal.Height / RowsForOneOfCoach, LeastCoachRows, MostCoachRows);

    private static readonly LabWindow[] s_windows = [LabWindow.Python, LabWindow.Capture, LabWindow.Shell];

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Host, LabWindow Window), Pane> _panes = [];
    private readonly List<string> _notes = [];
    private readonly List<string> _spoken = [];
    private readonly Pane _pager = new();
    private List<string> _columns = [.. session.HostNames.Take(2)];
    private string[] _drawn = [];
    private LabPlace _focus = new(session.HostNames[0], LabWindow.Shell, '$');
    private TypedLine _line;
    private IReadOnlyList<LabEnd> _ends = session.Ends();
    private IReadOnlyList<string> _coach = [];
    private bool _hasLine;
    private bool _isZoomed;
    private bool _isOpen;

    /// <summary>True if the terminal has room for windows.</summary>
    public static bool Fits(ITerminal terminal) => terminal.Width >= LeastWidth && terminal.Height >= LeastHeight;

    /// <summary>The window that has a number on the screen, from 1; null if there is none.</summary>
    public (string Host, LabWindow Window)? Numbered(int number)
        => number >= 1 && number <= _columns.Count * s_windows.Length ? (_columns[(number - 1) / s_windows.Length], s_windows[(number - 1) % s_windows.Length]) : null;

    /// <summary>The window some places behind this one, or before it.</summary>
    public (string Host, LabWindow Window) Next(LabPlace place, int by)
    {
        int count = _columns.Count * s_windows.Length;
        int at = (Math.Max(0, _columns.IndexOf(place.Host)) * s_windows.Length) + Math.Max(0, Array.IndexOf(s_windows, place.Window));
        return Numbered((((at + by) % count) + count) % count + 1)!.Value;
    }

    /// <summary>Takes the whole terminal.</summary>
    public void Open()
    {
        lock (_lock)
        {
            _isOpen = true;
            _drawn = [];
            terminal.Write("\u001b[?1049h\u001b[2J");
            Redraw();
        }
    }

    /// <summary>Gives the terminal back as it was.</summary>
    public void Close()
    {
        lock (_lock)
        {
            terminal.Write(_isOpen ? "\u001b[?25h\u001b[?1049l" : "");
            _isOpen = false;
        }
    }

    /// <summary>The terminal has another size.</summary>
    public void Resize()
    {
        lock (_lock)
        {
            if (_isOpen)
            {
                _drawn = [];
                terminal.Write("\u001b[2J");
                Redraw();
            }
        }
    }

    /// <summary>Takes keys that only move what is seen. False for all others.</summary>
    public bool Press(ConsoleKeyInfo key)
    {
        lock (_lock)
        {
            bool isPaging = !_pager.IsEmpty;
            Pane pane = isPaging ? _pager : PaneOf(_focus.Host, _focus.Window);
            int page = Math.Max(1, (isPaging || _isZoomed ? BodyHeight : BodyHeight / s_windows.Length) - 2);
            int? by = key.Key switch
            {
                ConsoleKey.PageUp => page,
                ConsoleKey.PageDown => -page,
                ConsoleKey.UpArrow when isPaging => 1,
                ConsoleKey.DownArrow when isPaging => -1,
                ConsoleKey.Spacebar when isPaging && pane.Scroll > 0 => -page,
                ConsoleKey.Home when isPaging => int.MaxValue / 2,
                ConsoleKey.End when isPaging => int.MinValue / 2,
                _ => null,
            };
            if (by is { } rows)
            {
                pane.Scroll = Math.Max(0, pane.Scroll + rows);
                Redraw();
                return true;
            }

            if (isPaging)
            {
                _pager.Clear();
                Redraw();
                return key.Key is ConsoleKey.Escape or ConsoleKey.Enter or ConsoleKey.Spacebar || key.KeyChar == 'q';
            }

            if (key.Key == ConsoleKey.F3)
            {
                _isZoomed = !_isZoomed;
                Redraw();
                return true;
            }

            return false;
        }
    }

    public void Begin()
    {
        lock (_lock)
        {
            _hasLine = false;
        }
    }

    public void Draw(LabPlace place, in TypedLine line)
    {
        lock (_lock)
        {
            Reveal(place.Host);
            (_focus, _line, _hasLine) = (place, line, true);
            Redraw();
        }
    }

    public void Finish(LabPlace place, in TypedLine line, string behind = "")
    {
        lock (_lock)
        {
            _hasLine = false;
            if (line.Text.Length + behind.Length > 0)
            {
                PaneOf(place.Host, place.Window).Add(line.Prompt + LabLooks.Shown(line.Text) + behind, line.Color.Length > 0 ? "1" : "");
            }
        }
    }

    public void Print(LabPlace place, LabLine line)
    {
        lock (_lock)
        {
            if (line.Host is "coach" or "lab" && !_isOpen)
            {
                return;
            }

            if (line.Host == "coach")
            {
                _spoken.Add(line.Text);
                return;
            }

            if (line.Host == "lab")
            {
                _notes.Add(LabLooks.Shown(line.Text));
                return;
            }

            Reveal(line.Host);
            PaneOf(line.Host, line.Window).Add(LabLooks.Shown(line.Text), "");
        }
    }

    public void Say(LabPlace place, string text, string color)
    {
        lock (_lock)
        {
            PaneOf(place.Host, place.Window).Add(LabLooks.Shown(text), color, isProse: true);
            Redraw();
        }
    }

    public void Offer(LabPlace place, IReadOnlyList<string> words) => Say(place, string.Join("  ", words), LabLooks.LabColor);

    public void Clear(LabPlace place)
    {
        lock (_lock)
        {
            PaneOf(place.Host, place.Window).Clear();
            _drawn = [];
            Redraw();
        }
    }

    public void Tell(LabPlace place, IReadOnlyList<LabEnd> ends)
    {
        lock (_lock)
        {
            _ends = ends;
            _coach = [.. _spoken];
            _spoken.Clear();
            Pane into = _notes.Count > MostNotes ? _pager : PaneOf(place.Host, place.Window);
            foreach (string note in _notes)
            {
                into.Add(note, into == _pager ? "" : LabLooks.LabColor, isProse: true);
            }

            _pager.Scroll = _pager.IsEmpty ? 0 : int.MaxValue / 2; // from its beginning
            _notes.Clear();
            Redraw();
        }
    }

    /// <summary>Puts a host's windows on the screen, in the place of a host that is not in front.</summary>
    private void Reveal(string host)
    {
        if (_columns.Contains(host))
        {
            return;
        }

        int place = _columns.FindIndex(shown => shown != _focus.Host);
        if (place < 0)
        {
            _columns.Add(host);
        }
        else
        {
            _columns[place] = host;
        }
    }

    private Pane PaneOf(string host, LabWindow window)
    {
        window = window == LabWindow.Any ? LabWindow.Shell : window;
        if (!_panes.TryGetValue((host, window), out Pane? pane))
        {
            _panes[(host, window)] = pane = new Pane();
        }

        return pane;
    }

    // ---- drawing -----------------------------------------------------------------------------------------------

    private int BodyHeight => Math.Max(s_windows.Length * 2, terminal.Height - 2 - CoachRows);

    private void Redraw()
    {
        if (!_isOpen)
        {
            return;
        }

        int width = terminal.Width;
        (int Row, int Column) cursor = (0, 0);
        var rows = new List<string> { Strip(width) };
        if (!_pager.IsEmpty)
        {
            List<string> body = _pager.Show(width, BodyHeight, [], terminal.HasColor);
            rows.AddRange(Filled(body, width, BodyHeight));
        }
        else if (_isZoomed)
        {
            rows.AddRange(Window(_focus.Host, _focus.Window, width, BodyHeight, rows.Count, 0, ref cursor));
        }
        else
        {
            rows.AddRange(Columns(width, ref cursor));
        }

        rows.AddRange(Coach(width));
        rows.Add(Pane.Row([new StyledSpan(_pager.IsEmpty ? Keys : PagerKeys, FrameLook)], width, terminal.HasColor));
        Write(rows, cursor);
    }

    /// <summary>Writes the rows that differ from what stands on the screen.</summary>
    private void Write(List<string> rows, (int Row, int Column) cursor)
    {
        var drawing = new StringBuilder("\u001b[?25l");
        for (int i = 0; i < rows.Count && i < terminal.Height; i++)
        {
            if (i >= _drawn.Length || _drawn[i] != rows[i])
            {
                drawing.Append(CultureInfo.InvariantCulture, $"\u001b[{i + 1};1H{rows[i]}");
            }
        }

        drawing.Append(CultureInfo.InvariantCulture, $"\u001b[{cursor.Row + 1};{cursor.Column + 1}H");
        drawing.Append(_hasLine && _pager.IsEmpty ? "\u001b[?25h" : "");
        _drawn = [.. rows];
        terminal.Write(drawing.ToString());
    }

    private List<string> Columns(int width, ref (int Row, int Column) cursor)
    {
        bool hasTwo = width >= LeastWidthForTwo && _columns.Count > 1;
        int left = hasTwo ? (width - 1) / 2 : width;
        List<string> first = Column(hasTwo ? _columns[0] : _focus.Host, left, 0, ref cursor);
        if (!hasTwo)
        {
            return first;
        }

        List<string> second = Column(_columns[1], width - left - 1, left + 1, ref cursor);
        string border = terminal.HasColor ? $"\u001b[{FrameLook}m│\u001b[0m" : "│";
        return [.. first.Zip(second, (a, b) => a + border + b)];
    }

    private List<string> Column(string host, int width, int column, ref (int Row, int Column) cursor)
    {
        var rows = new List<string>();
        int height = BodyHeight;
        for (int i = 0; i < s_windows.Length; i++)
        {
            int share = (height * (i + 1) / s_windows.Length) - (height * i / s_windows.Length);
            rows.AddRange(Window(host, s_windows[i], width, share, 1 + rows.Count, column, ref cursor));
        }

        return rows;
    }

    /// <summary>A window: a row with its title, the last rows of its text, and its prompt.</summary>
    private List<string> Window(string host, LabWindow window, int width, int height, int row, int column, ref (int Row, int Column) cursor)
    {
        bool isFocus = host == _focus.Host && window == _focus.Window;
        Pane pane = PaneOf(host, window);
        var rows = new List<string> { Title(host, window, pane, isFocus, width) };
        var last = new List<string>();
        (int Row, int Column)? typed = null;
        if (isFocus && _hasLine)
        {
            last = Pane.Rows([new StyledSpan(_line.Prompt, _line.Color), new StyledSpan(_line.Text, ""), new StyledSpan(" ", "")], width, terminal.HasColor);
            int at = _line.Prompt.Length + _line.Cursor;
            typed = (at / width, at % width);
        }
        else if (!isFocus && Prompt(host, window) is { } prompt)
        {
            last = Pane.Rows([new StyledSpan(prompt, FrameLook)], width, terminal.HasColor);
        }

        List<string> shown = pane.Show(width, height - 1, last, terminal.HasColor);
        rows.AddRange(Filled(shown, width, height - 1));
        if (typed is { } place)
        {
            cursor = (row + Math.Clamp(shown.Count + pane.Scroll - last.Count + 1 + place.Row, 1, height - 1), column + place.Column);
        }

        return rows;
    }

    /// <summary>The prompt of a window that nobody types in; null while a program runs in it.</summary>
    private string? Prompt(string host, LabWindow window) => window == LabWindow.Python
        ? session.HasPython(host) ? host + "> " : null
        : session.ForegroundProgram(host, window) is null ? host + "$ " : null;

    private string Title(string host, LabWindow window, Pane pane, bool isFocus, int width)
    {
        int number = (Math.Max(0, _columns.IndexOf(host)) * s_windows.Length) + Array.IndexOf(s_windows, window) + 1;
        string name = window switch { LabWindow.Python => "python", LabWindow.Capture => "tcpdump", _ => "shell" };
        string? program = window == LabWindow.Python ? null : session.ForegroundProgram(host, window);
        string title = string.Create(CultureInfo.InvariantCulture, $" {number} {host} {(program is null ? name : "runs " + program)}{(pane.Scroll > 0 ? " (scrolled)" : "")} ");
        string look = isFocus ? "1;" + LabLooks.Color(session, host) : FrameLook;
        string line = isFocus ? "━" : "─";
        return Pane.Row([new StyledSpan(line + line, look), new StyledSpan(title, look), new StyledSpan(string.Concat(Enumerable.Repeat(line, Math.Max(0, width - 2 - title.Length))), look)], width, terminal.HasColor);
    }

    private static IEnumerable<string> Filled(List<string> rows, int width, int height) => rows.Concat(Enumerable.Repeat(new string(' ', width), Math.Max(0, height - rows.Count)));

    /// <summary>The states of the hosts' ends, each over its windows, and the time.</summary>
    private string Strip(int width)
    {
        string time = string.Create(CultureInfo.InvariantCulture, $" t={session.Now.SinceStart.TotalSeconds:F3} s ");
        int room = width - time.Length;
        List<string> hosts = [.. _columns];
        int left = hosts.Count == 1 ? room : width >= LeastWidthForTwo ? ((width - 1) / 2) + 1 : room / 2;
        var strip = new StringBuilder();
        for (int i = 0; i < hosts.Count; i++)
        {
            int share = i == 0 ? left : room - left;
            var spans = new List<StyledSpan> { new($" {hosts[i]} ", "1;" + LabLooks.Color(session, hosts[i])) };
            LabEnd[] ends = [.. _ends.Where(end => end.Host == hosts[i])];
            spans.Add(new StyledSpan(ends.Length == 0 ? "no sockets in ss" : "", FrameLook));
            foreach (LabEnd end in ends)
            {
                spans.Add(new StyledSpan(end.Local + (end.Peer.Length > 0 ? ">" + end.Peer : "") + " ", ""));
                spans.Add(new StyledSpan(end.State, Highlighter.OfState(end.State)));
                spans.Add(new StyledSpan((end.Detail.Length > 0 ? $" ({end.Detail})" : "") + "  ", ""));
            }

            strip.Append(Pane.Row(spans, share - 1, terminal.HasColor)).Append(i < hosts.Count - 1 ? terminal.HasColor ? $"\u001b[{FrameLook}m│\u001b[0m" : "│" : " ");
        }

        return strip.Append(time).ToString();
    }

    private IEnumerable<string> Coach(int width)
    {
        string text = string.Join(" ", _coach);
        List<string> rows = [.. TextWrap.Rows(" " + LabLooks.Shown(text), width - 1, 1)];
        bool isCut = rows.Count > CoachRows;
        for (int i = 0; i < CoachRows; i++)
        {
            string row = i < rows.Count ? rows[i] : "";
            row = isCut && i == CoachRows - 1 ? row[..Math.Min(row.Length, width - 3)] + " …" : row;
            yield return Pane.Row([new StyledSpan(row, CoachLook)], width, terminal.HasColor);
        }
    }
}

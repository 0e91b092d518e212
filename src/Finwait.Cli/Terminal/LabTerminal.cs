using Finwait.Lab;

namespace Finwait.Cli;

/// <summary>
/// The lab in a terminal: a prompt for each host, history and completion, and Ctrl-C that acts at once on what is in front: the line being
/// typed, the Python call or loop, the program, or the time that passes.
/// </summary>
internal sealed class LabTerminal(LabSession session, ITerminal terminal, SavedFiles saved, RunKeeper? keeper = null, EndingSignals? signals = null)
{
    private const string WelcomeText = """
        romeo and juliet are two Linux-like hosts with a router between; time is virtual and waits for you.
        Type behind a prompt: romeo> takes Python (import socket, sock = socket.socket(…), …), romeo$ the shell (ss, tcpdump, nc, iptables).
        juliet> and juliet$ switch to the other host; a line may also carry its prompt: juliet> sock.listen()
        wait 3s lets time pass, wait next goes to the next timer, step to the next packet; show tells what happened.
        help lists all; Tab completes, Up brings lines back; Ctrl-C interrupts, Ctrl-D or quit leaves. To begin: romeo$ nc -v juliet 234
        """;

    /// <summary>The same for the network of a topology file.</summary>
    private const string OwnWelcomeText = """
        The machines above are Linux-like, connected as the file says; time is virtual and waits for you.
        Type behind a prompt: FIRST> takes Python, FIRST$ the shell (ss, tcpdump, nc, iptables); OTHER> and OTHER$ switch to another machine.
        wait 3s lets time pass, wait next goes to the next timer, step to the next packet; show tells what happened.
        help lists all; Tab completes, Up brings lines back; Ctrl-C interrupts, Ctrl-D or quit leaves. To begin: FIRST$ ping -c 1 OTHER
        """;

    /// <summary>A terminal of this size begins with windows.</summary>
    private const int UsualWidth = 120;
    private const int UsualHeight = 32;

    private static readonly string[] s_pythonFirst = ["=", "(", ".", "[", "+", "-", "*", "/", ",", "in", "is", "and", "or"];

    private const string PanesText = """
        Each window is one of a host's terminals. Time is virtual and waits for you: wait 3s lets it pass, wait next goes to the next timer, step to the next packet.
        Above stand the states of both ends, below what each line did and why. help lists all commands, F2 goes to plain lines and back.
        To begin: tcpdump -i eth1 here, then Alt-1, and import socket; sock = socket.create_connection(('juliet', 4000))
        """;

    /// <summary>bash's prompt for the rest of a command.</summary>
    private const string ShellContinues = "> ";

    private readonly Dictionary<char, LineHistory> _histories = new() { ['$'] = new(), ['>'] = new(), ['<'] = new() };
    private readonly Dictionary<LabPlace, LineEditor> _editors = [];
    private readonly LineScreen _lines = new(session, terminal);
    private readonly PaneScreen _panes = new(session, terminal);
    private bool _hasPanes;

    /// <summary>Why the run could not be written the last time; null if it could.</summary>
    private string? _failure;
    private LabPlace _place = new(session.HostNames[0], LabWindow.Any, '$');

    /// <summary>True if the last thing typed was the Ctrl-D that asks before the next one leaves.</summary>
    private bool _hasAsked;

    private ILabScreen Screen => _hasPanes ? _panes : _lines;

    /// <summary>Runs in the process's own terminal until the user leaves.</summary>
    /// <param name="session">The lab.</param>
    /// <param name="keeper">Writes the run down; null if nobody does.</param>
    /// <param name="isPlain">True to begin with plain lines even where there is room for windows.</param>
    /// <param name="signals">What tells that the process is to end; null if nothing does.</param>
    /// <param name="finish">Finishes the run if a signal ends it.</param>
    public static int Run(LabSession session, RunKeeper? keeper, bool isPlain, EndingSignals? signals, Action finish)
    {
        LabTerminal? lab = null;
        using var console = new ConsoleTerminal(() => lab?.Interrupt(), () => lab?.Resize());
        lab = new LabTerminal(session, console, new SavedFiles(), keeper, signals);
        signals?.Watch(
            () =>
            {
                session.Stop();
                lab.GiveBack();
            },
            finish);
        try
        {
            return lab.Run(!isPlain && console is { Width: >= UsualWidth, Height: >= UsualHeight });
        }
        finally
        {
            lab.ShowPanes(false); // whatever happened: the user's terminal comes back
        }
    }

    /// <summary>Runs until the user leaves.</summary>
    /// <param name="withPanes">True to begin with windows.</param>
    public int Run(bool withPanes = false)
    {
        session.HasCoach = true;
        ShowPanes(withPanes && PaneScreen.Fits(terminal));
        Welcome();
        while (true)
        {
            switch (ReadLine(out string typed))
            {
                case EditorStep.Entered:
                    _hasAsked = false;
                    LabLine line = Read(typed);
                    if (_hasPanes)
                    {
                        _panes.Finish(_place, new TypedLine(Prompt, Color, line.Kind is LabLineKind.Empty or LabLineKind.Lab ? typed : line.Text, 0));
                    }

                    if (Carry(line) == LabVerdict.Quit)
                    {
                        return 0;
                    }

                    break;
                case EditorStep.Interrupted:
                    InterruptFront(typed);
                    break;
                default:
                    if (!EndInput())
                    {
                        if (_hasAsked || !RunsAnything)
                        {
                            return 0;
                        }

                        _hasAsked = true;
                        Say("programs still run: Ctrl-D once more leaves the lab, and so does quit", LabLooks.ComplaintColor);
                    }

                    continue;
            }
        }
    }

    private void Welcome()
    {
        Say("finwait lab  " + session.Description, "1");
        string first = session.HostNames[0], other = session.HostNames[^1];
        string text = _hasPanes ? PanesText.Replace("juliet", other, StringComparison.Ordinal)
            : session.HasOwnNetwork ? OwnWelcomeText.Replace("FIRST", first, StringComparison.Ordinal).Replace("OTHER", other, StringComparison.Ordinal) : WelcomeText;
        foreach (string line in session.Own(text).Split('\n'))
        {
            Say(line.TrimEnd('\r'), "");
        }

        if (keeper is not null)
        {
            Say("This run is kept as it comes in " + keeper.Folder, "");
        }

        if (!_hasPanes && PaneScreen.Fits(terminal))
        {
            Say("F2 shows windows: Python, tcpdump and a shell for each host.", "");
        }
    }

    /// <summary>The process is being ended: the terminal comes back as it was. May be called by any thread.</summary>
    public void GiveBack() => _panes.Close();

    /// <summary>The terminal has another size. May be called by any thread.</summary>
    public void Resize() => _panes.Resize();

    /// <summary>Ctrl-C while a line is carried out. May be called by any thread.</summary>
    public void Interrupt() => session.Stop();

    // ---- the line ----------------------------------------------------------------------------------------------

    private string Prompt => _place.Mark == '$' && session.IsInShellBlock(_place.Host) ? ShellContinues : $"{_place.Host}{(_place.Mark == '>' && session.IsInPythonBlock(_place.Host) ? "..." : _place.Mark)} ";

    private string Color => !terminal.HasColor ? "" : LabLooks.Color(session, _place.Host);

    /// <summary>What is being typed in a window stays there when the user looks into another one.</summary>
    private LineEditor Editor
    {
        get
        {
            LabPlace place = _hasPanes ? _place : new("", LabWindow.Any, _place.Mark);
            if (!_editors.TryGetValue(place, out LineEditor? editor))
            {
                _editors[place] = editor = new LineEditor(_histories[place.Mark]);
            }

            return editor;
        }
    }

    private TypedLine Typed => new(Prompt, Color, Editor.Text, Editor.Cursor);

    private EditorStep ReadLine(out string typed)
    {
        Screen.Begin();
        while (true)
        {
            if (!terminal.HasKeys)
            {
                Screen.Draw(_place, Typed);             // of a line that is pasted only the end is drawn
            }

            EditorStep step = EditorStep.EndOfInput;
            if (terminal.ReadKey() is { } key)
            {
                if (Move(key))
                {
                    continue;
                }

                step = Editor.Press(key);
            }

            switch (step)
            {
                case EditorStep.Entered:
                    if (!_hasPanes)
                    {
                        _lines.Draw(_place, Typed);     // of a pasted line nothing was drawn yet
                        _lines.Finish(_place, Typed);
                    }

                    typed = Editor.Take();
                    return step;
                case EditorStep.Interrupted:
                    Screen.Finish(_place, Typed, "^C");
                    typed = Editor.Text;
                    Editor.Clear();
                    return step;
                case EditorStep.EndOfInput:
                    Screen.Finish(_place, Typed);
                    typed = "";
                    return step;
                case EditorStep.ClearScreen:
                    Screen.Clear(_place);
                    break;
                case EditorStep.Completion:
                    Complete(Editor);
                    break;
            }
        }
    }

    /// <summary>Keys that change what is seen, or where is typed. False for all others.</summary>
    private bool Move(ConsoleKeyInfo key)
    {
        if (key.Key == ConsoleKey.F2)
        {
            TogglePanes();
            return true;
        }

        if (!_hasPanes)
        {
            return false;
        }

        if (_panes.Press(key))
        {
            return true;
        }

        bool isAlt = (key.Modifiers & ConsoleModifiers.Alt) != 0;
        (string Host, LabWindow Window)? to = key.Key switch
        {
            >= ConsoleKey.D1 and <= ConsoleKey.D9 when isAlt => _panes.Numbered(key.Key - ConsoleKey.D0),
            ConsoleKey.O when (key.Modifiers & ConsoleModifiers.Control) != 0 => _panes.Next(_place, 1),
            ConsoleKey.F6 => _panes.Next(_place, (key.Modifiers & ConsoleModifiers.Shift) != 0 ? -1 : 1),
            ConsoleKey.DownArrow when isAlt => _panes.Next(_place, 1),
            ConsoleKey.UpArrow when isAlt => _panes.Next(_place, -1),
            ConsoleKey.LeftArrow or ConsoleKey.RightArrow when isAlt => _panes.Next(_place, 3),
            _ => null,
        };
        if (to is { } place)
        {
            Go(place.Host, place.Window);
        }

        return to is not null;
    }

    /// <summary>Goes to a window, and to the prompt that stands in it.</summary>
    private void Go(string host, LabWindow window) => _place = new LabPlace(host, window, MarkOf(host, window));

    private char MarkOf(string host, LabWindow window) => window == LabWindow.Python ? '>' : session.InputProgram(host, window) is { } input && input == session.ForegroundProgram(host, window) ? '<' : '$';

    private void TogglePanes()
    {
        if (!_hasPanes && !PaneScreen.Fits(terminal))
        {
            _lines.Finish(_place, Typed);
            Say(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"windows need {PaneScreen.LeastWidth} columns and {PaneScreen.LeastHeight} rows"), LabLooks.ComplaintColor);
            Screen.Begin();
            return;
        }

        ShowPanes(!_hasPanes);
        Screen.Begin();
    }

    private void ShowPanes(bool show)
    {
        if (show == _hasPanes)
        {
            return;
        }

        _hasPanes = show;
        if (show)
        {
            Go(_place.Host, _place.Mark == '>' ? LabWindow.Python : LabWindow.Shell);
            _panes.Tell(_place, session.Ends());
            _panes.Open();
        }
        else
        {
            _place = _place with { Window = LabWindow.Any };
            _panes.Close();
        }
    }

    private void Complete(LineEditor editor)
    {
        string before = editor.Text[..editor.Cursor];
        if (_place.Mark == '>' && string.IsNullOrWhiteSpace(before))
        {
            editor.Insert("    ");
            return;
        }

        LabLineKind kind = _place.Mark switch { '$' => LabLineKind.Shell, '<' => LabLineKind.Input, _ => LabLineKind.Python };
        IReadOnlyList<string> words = session.Complete(kind, _place.Host, before, out int start);
        if (words.Count == 1)
        {
            editor.Complete(start, words);
            editor.Insert(_place.Mark == '$' && !words[0].EndsWith('.') ? " " : "");
        }
        else if (!editor.Complete(start, words) && words.Count > 0)
        {
            Screen.Finish(_place, Typed);
            Screen.Offer(_place, words);
        }
    }

    /// <summary>Makes a line of what was typed: with its own prompt, a command of the lab, or for the prompt that stands there.</summary>
    private LabLine Read(string typed)
    {
        LabLine own = LabLine.Parse(typed);
        if (own.Kind is LabLineKind.Python or LabLineKind.Shell or LabLineKind.PythonMore or LabLineKind.Input && session.MachineNames.Contains(own.Host))
        {
            char mark = own.Kind switch { LabLineKind.Shell => '$', LabLineKind.Input => '<', _ => '>' };
            _place = new LabPlace(own.Host, !_hasPanes ? LabWindow.Any : mark == '>' ? LabWindow.Python : _place.Window == LabWindow.Python ? LabWindow.Shell : _place.Window, mark);
            bool endsBlock = own.Kind is LabLineKind.Python or LabLineKind.PythonMore && session.IsInPythonBlock(own.Host);    // as in a transcript that is pasted
            return own.Text.Length == 0 && own.Kind != LabLineKind.Input && !endsBlock ? default : InWindow(own);
        }

        string[] words = typed.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is ["panes"] or ["panes", "on" or "off"] && !session.IsInPythonBlock(_place.Host))
        {
            if (words.Length == 1 || (words[1] == "on") != _hasPanes)
            {
                TogglePanes();
            }

            return default;
        }

        bool isLab = own.Kind == LabLineKind.Lab && (words[0] == "?" || LabSession.CommandNames.Contains(words[0])) && !(words[0] is "quit" or "exit" && _place.Mark is '>' or '<')     // these end Python, or are for the program
            && !(words[0] == "exit" && _place.Mark == '$');                                                                                    // and this would leave a shell
        bool isPython = _place.Mark == '>' && (session.IsInPythonBlock(_place.Host) || (words.Length > 1 && Array.Exists(s_pythonFirst, sign => words[1].StartsWith(sign, StringComparison.Ordinal))));
        if (isLab && !isPython)
        {
            return own;
        }

        if (_place.Mark == '>' && typed.Trim() is "python3" or "python" && !session.HasPython(_place.Host))
        {
            return InWindow(new LabLine(LabLineKind.Shell, _place.Host, typed));    // the window is Python's, but a user may start it all the same
        }

        if (_place.Mark == '>')
        {
            return InWindow(new LabLine(session.IsInPythonBlock(_place.Host) ? LabLineKind.PythonMore : LabLineKind.Python, _place.Host, typed));
        }

        return typed.Length == 0 && _place.Mark == '$' ? default : InWindow(new LabLine(_place.Mark == '$' ? LabLineKind.Shell : LabLineKind.Input, _place.Host, typed));
    }

    /// <summary>A capture that is started in the shell's window goes on in its own, so that the shell stays free.</summary>
    private LabLine InWindow(LabLine line)
        => line with { Window = _place.Window == LabWindow.Shell && line.Kind == LabLineKind.Shell && line.Text.Replace("sudo ", "", StringComparison.Ordinal).TrimStart().StartsWith("tcpdump", StringComparison.Ordinal) ? LabWindow.Capture : _place.Window };

    // ---- carrying out ------------------------------------------------------------------------------------------

    private LabVerdict Carry(LabLine line)
    {
        if (line.Kind == LabLineKind.Empty)
        {
            return LabVerdict.Done;
        }

        signals?.Enter();
        LabVerdict verdict = CarryOut(line);
        if (verdict != LabVerdict.Quit)                 // at the end the run is finished here, and no signal does it too
        {
            signals?.Leave();
        }

        return verdict;
    }

    private LabVerdict CarryOut(LabLine line)
    {
        keeper?.Write(line + "\n");
        LabVerdict verdict = session.Execute(line);
        Show();
        if (session.IsStopped)
        {
            Say("^C", "");
            if (line.Kind is LabLineKind.Python or LabLineKind.PythonMore or LabLineKind.Shell)
            {
                session.Execute(new LabLine(line.Kind == LabLineKind.Shell ? LabLineKind.Shell : LabLineKind.Python, line.Host, "^C") { Window = line.Window });
                Show();
            }
        }

        if (verdict == LabVerdict.NotUnderstood)
        {
            Say(session.Complaint, LabLooks.ComplaintColor);
        }

        keeper?.Keep();
        if (keeper is not null && keeper.Failure != _failure)
        {
            _failure = keeper.Failure;
            Say(_failure is null ? "the run is kept again" : $"the run cannot be kept: {_failure} (what comes is written when that is possible again)", LabLooks.ComplaintColor);
        }

        Follow(line);
        Screen.Tell(_place, session.Ends());
        return verdict;
    }

    /// <summary>Ctrl-C at the prompt, as on a real terminal: it drops the line that was typed, and interrupts what is in front.</summary>
    private void InterruptFront(string typed)
    {
        if (_place.Mark == '>')
        {
            Carry(InWindow(new LabLine(LabLineKind.Python, _place.Host, "^C")));
        }
        else if (_place.Window == LabWindow.Capture && session.NewestProgram(_place.Host, LabWindow.Capture) is { } capture)
        {
            Carry(InWindow(new LabLine(LabLineKind.Shell, _place.Host, "^C " + capture)));      // the window is the capture's, with & or without
        }
        else if (_place.Mark == '<' || (typed.Length == 0 && session.ForegroundProgram(_place.Host, _place.Window) is not null))
        {
            string program = _place.Mark == '<' ? session.InputProgram(_place.Host, _place.Window) ?? "" : "";
            Carry(InWindow(new LabLine(LabLineKind.Shell, _place.Host, ("^C " + program).TrimEnd())));
        }
    }

    /// <summary>True if leaving now would end a program or a Python.</summary>
    private bool RunsAnything => session.HostNames.Any(name => session.HasPython(name) || session.NewestProgram(name) is not null);

    /// <summary>Ctrl-D: ends Python, or the input of the program that is typed into. False if there is only the lab to leave.</summary>
    private bool EndInput()
    {
        switch (_place.Mark)
        {
            case '>' when session.HasPython(_place.Host):
                Carry(InWindow(new LabLine(LabLineKind.Python, _place.Host, "^D")));
                break;
            case '<' when session.InputProgram(_place.Host, _place.Window) is not null:
                Carry(InWindow(new LabLine(LabLineKind.Shell, _place.Host, "^D")));
                break;
            case '$':
                return false;
            case '>' or '<' when _hasPanes:             // nothing runs in this window: there is only the lab to leave
                return false;
        }

        _place = _hasPanes ? _place with { Mark = MarkOf(_place.Host, _place.Window) } : _place with { Mark = '$' };
        return true;
    }

    /// <summary>The prompt goes where the work is: into Python when it was started, to nc when it reads, back when they end.</summary>
    private void Follow(LabLine line)
    {
        bool startsPython = line.Kind == LabLineKind.Shell && line.Text.Trim() is "python3" or "python";
        if (_hasPanes)
        {
            Go(_place.Host, startsPython ? LabWindow.Python : _place.Window == LabWindow.Any ? LabWindow.Shell : _place.Window);
            return;
        }

        char mark = _place.Mark;
        if (mark == '$' && line.Kind == LabLineKind.Shell)
        {
            mark = startsPython ? '>' : session.ForegroundProgram(_place.Host) is { } front && front == session.InputProgram(_place.Host) && !line.Text.StartsWith('^') ? '<' : '$';
        }
        else if (mark == '>' && line.Kind == LabLineKind.Python && line.Text.Length > 0 && !session.HasPython(_place.Host))
        {
            mark = '$';
        }

        _place = _place with { Mark = mark == '<' && session.InputProgram(_place.Host) is null ? '$' : mark };
    }

    // ---- the screen --------------------------------------------------------------------------------------------

    private void Show()
    {
        foreach (LabLine printed in session.TakeOutput())
        {
            if (printed.Text == ShellContinues && session.IsInShellBlock(printed.Host))
            {
                keeper?.Write(printed + "\n");
                continue;                               // here it is the prompt
            }

            Screen.Print(_place, printed);
            if (!_hasPanes)
            {
                _panes.Print(_place, printed);          // the windows have it when they are looked at
            }

            keeper?.Write(printed + "\n");
        }

        foreach (LabSavedFile file in session.TakeSavedFiles())
        {
            Say(saved.Save(file) ?? LabSession.SavedNote(file).ToString(), "");
        }
    }

    private void Say(string text, string color) => Screen.Say(_place, text, color);
}

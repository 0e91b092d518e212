using System.Text;
using Finwait.Lab;

namespace Finwait.Cli;

/// <summary>
/// The lab in a terminal: a prompt for each host, history and completion, and Ctrl-C that acts at once on what is in front: the line being
/// typed, the Python call or loop, the program, or the time that passes.
/// </summary>
internal sealed class LabTerminal(LabSession session, ITerminal terminal, SavedFiles saved)
{
    private const string Welcome = """
        romeo and juliet are two Linux-like hosts with a router between; time is virtual and waits for you.
        Type behind a prompt: romeo> takes Python (import socket, sock = socket.socket(…), …), romeo$ the shell (ss, tcpdump, nc, iptables).
        juliet> and juliet$ switch to the other host; a line may also carry its prompt: juliet> sock.listen()
        wait 3s lets time pass, wait next goes to the next timer, step to the next packet; show tells what happened.
        help lists all; Tab completes, Up brings lines back; Ctrl-C interrupts, Ctrl-D or quit leaves. To begin: romeo$ nc -v juliet 234
        """;

    /// <summary>The same for the network of a topology file.</summary>
    private const string OwnWelcome = """
        The machines above are Linux-like, connected as the file says; time is virtual and waits for you.
        Type behind a prompt: FIRST> takes Python, FIRST$ the shell (ss, tcpdump, nc, iptables); OTHER> and OTHER$ switch to another machine.
        wait 3s lets time pass, wait next goes to the next timer, step to the next packet; show tells what happened.
        help lists all; Tab completes, Up brings lines back; Ctrl-C interrupts, Ctrl-D or quit leaves. To begin: FIRST$ ping -c 1 OTHER
        """;

    private const int TabWidth = 8;
    private const string RomeoColor = "38;5;39";
    private const string OtherColor = "38;5;214";
    private const string LabColor = "38;5;245";
    private const string ComplaintColor = "33";

    private static readonly string[] s_pythonFirst = ["=", "(", ".", "[", "+", "-", "*", "/", ",", "in", "is", "and", "or"];

    private readonly Dictionary<char, LineEditor> _editors = new() { ['$'] = new(new()), ['>'] = new(new()), ['<'] = new(new()) };
    private readonly EditorScreen _screen = new(terminal);
    private string _host = session.HostNames[0];
    private char _mark = '$';

    /// <summary>True if the last thing typed was the Ctrl-D that asks before the next one leaves.</summary>
    private bool _hasAsked;

    /// <summary>Runs in the process's own terminal until the user leaves.</summary>
    public static int Run(LabSession session)
    {
        LabTerminal? lab = null;
        using var console = new ConsoleTerminal(() => lab?.Interrupt());
        lab = new LabTerminal(session, console, new SavedFiles());
        return lab.Run();
    }

    /// <summary>Runs until the user leaves.</summary>
    public int Run()
    {
        Say("finwait lab  " + session.Description, "1");
        string first = session.HostNames[0], other = session.HostNames[^1];
        foreach (string line in (session.HasOwnNetwork ? OwnWelcome.Replace("FIRST", first, StringComparison.Ordinal).Replace("OTHER", other, StringComparison.Ordinal) : Welcome).Split('\n'))
        {
            Say(line.TrimEnd('\r'), "");
        }

        while (true)
        {
            switch (ReadLine(out string typed))
            {
                case EditorStep.Entered:
                    _hasAsked = false;
                    if (Carry(Read(typed)) == LabVerdict.Quit)
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
                        Say("programs still run: Ctrl-D once more leaves the lab, and so does quit", ComplaintColor);
                    }

                    continue;
            }
        }
    }

    /// <summary>Ctrl-C while a line is carried out. May be called by any thread.</summary>
    public void Interrupt() => session.Stop();

    // ---- the line ----------------------------------------------------------------------------------------------

    private string Prompt => $"{_host}{(_mark == '>' && session.IsInPythonBlock(_host) ? "..." : _mark)} ";

    private string Color => !terminal.HasColor ? "" : _host == session.HostNames[0] ? RomeoColor : OtherColor;

    private EditorStep ReadLine(out string typed)
    {
        LineEditor editor = _editors[_mark];
        editor.Clear();
        _screen.Begin();
        while (true)
        {
            _screen.Draw(Prompt, Color, editor.Text, editor.Cursor);
            EditorStep step = terminal.ReadKey() is { } key ? editor.Press(key) : EditorStep.EndOfInput;
            switch (step)
            {
                case EditorStep.Entered:
                    _screen.Finish(Prompt, editor.Text);
                    typed = editor.Take();
                    return step;
                case EditorStep.Interrupted:
                    _screen.Finish(Prompt, editor.Text, "^C");
                    typed = editor.Text;
                    return step;
                case EditorStep.EndOfInput:
                    _screen.Finish(Prompt, editor.Text);
                    typed = "";
                    return step;
                case EditorStep.ClearScreen:
                    terminal.Write("\u001b[H\u001b[2J");
                    _screen.Begin();
                    break;
                case EditorStep.Completion:
                    Complete(editor);
                    break;
            }
        }
    }

    private void Complete(LineEditor editor)
    {
        string before = editor.Text[..editor.Cursor];
        if (_mark == '>' && string.IsNullOrWhiteSpace(before))
        {
            editor.Insert("    ");
            return;
        }

        LabLineKind kind = _mark switch { '$' => LabLineKind.Shell, '<' => LabLineKind.Input, _ => LabLineKind.Python };
        IReadOnlyList<string> words = session.Complete(kind, _host, before, out int start);
        if (words.Count == 1)
        {
            editor.Complete(start, words);
            editor.Insert(_mark == '$' && !words[0].EndsWith('.') ? " " : "");
        }
        else if (!editor.Complete(start, words) && words.Count > 0)
        {
            _screen.Finish(Prompt, editor.Text);
            foreach (string row in TextWrap.Rows(string.Join("  ", words), terminal.Width, 0))
            {
                terminal.Write(row + "\r\n");
            }
        }
    }

    /// <summary>Makes a line of what was typed: with its own prompt, a command of the lab, or for the prompt that stands there.</summary>
    private LabLine Read(string typed)
    {
        LabLine own = LabLine.Parse(typed);
        if (own.Kind is LabLineKind.Python or LabLineKind.Shell or LabLineKind.PythonMore or LabLineKind.Input && session.HostNames.Contains(own.Host))
        {
            (_host, _mark) = (own.Host, own.Kind switch { LabLineKind.Shell => '$', LabLineKind.Input => '<', _ => '>' });
            return own.Text.Length == 0 && own.Kind != LabLineKind.Input ? default : own;
        }

        string[] words = typed.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        bool isLab = own.Kind == LabLineKind.Lab && (words[0] == "?" || LabSession.CommandNames.Contains(words[0])) && !(words[0] is "quit" or "exit" && _mark == '>');
        bool isPython = _mark == '>' && (session.IsInPythonBlock(_host) || (words.Length > 1 && Array.Exists(s_pythonFirst, sign => words[1].StartsWith(sign, StringComparison.Ordinal))));
        if (isLab && !isPython)
        {
            return own;
        }

        if (_mark == '>')
        {
            return new LabLine(session.IsInPythonBlock(_host) ? LabLineKind.PythonMore : LabLineKind.Python, _host, typed);
        }

        return typed.Length == 0 && _mark == '$' ? default : new LabLine(_mark == '$' ? LabLineKind.Shell : LabLineKind.Input, _host, typed);
    }

    // ---- carrying out ------------------------------------------------------------------------------------------

    private LabVerdict Carry(LabLine line)
    {
        if (line.Kind == LabLineKind.Empty)
        {
            return LabVerdict.Done;
        }

        LabVerdict verdict = session.Execute(line);
        Show();
        if (session.IsStopped)
        {
            Say("^C", "");
            if (line.Kind is LabLineKind.Python or LabLineKind.PythonMore or LabLineKind.Shell)
            {
                session.Execute(new LabLine(line.Kind == LabLineKind.Shell ? LabLineKind.Shell : LabLineKind.Python, line.Host, "^C"));
                Show();
            }
        }

        if (verdict == LabVerdict.NotUnderstood)
        {
            Say(session.Complaint, ComplaintColor);
        }

        Follow(line);
        return verdict;
    }

    /// <summary>Ctrl-C at the prompt, as on a real terminal: it drops the line that was typed, and interrupts what is in front.</summary>
    private void InterruptFront(string typed)
    {
        if (_mark == '>')
        {
            Carry(new LabLine(LabLineKind.Python, _host, "^C"));
        }
        else if (_mark == '<' || (typed.Length == 0 && session.ForegroundProgram(_host) is not null))
        {
            string program = _mark == '<' ? session.InputProgram(_host) ?? "" : "";
            Carry(new LabLine(LabLineKind.Shell, _host, ("^C " + program).TrimEnd()));
        }
    }

    /// <summary>True if leaving now would end a program or a Python.</summary>
    private bool RunsAnything => session.HostNames.Any(name => session.HasPython(name) || session.ForegroundProgram(name) is not null);

    /// <summary>Ctrl-D: ends Python, or the input of the program that is typed into. False if there is only the lab to leave.</summary>
    private bool EndInput()
    {
        switch (_mark)
        {
            case '>' when session.HasPython(_host):
                Carry(new LabLine(LabLineKind.Python, _host, "^D"));
                break;
            case '<' when session.InputProgram(_host) is not null:
                Carry(new LabLine(LabLineKind.Shell, _host, "^D"));
                break;
            case '$':
                return false;
        }

        _mark = '$';
        return true;
    }

    /// <summary>The prompt goes where the work is: into Python when it was started, to nc when it reads, back when they end.</summary>
    private void Follow(LabLine line)
    {
        if (_mark == '$' && line.Kind == LabLineKind.Shell)
        {
            _mark = line.Text.Trim() is "python3" or "python" ? '>' : session.ForegroundProgram(_host) is { } front && front == session.InputProgram(_host) && !line.Text.StartsWith('^') ? '<' : '$';
        }
        else if (_mark == '>' && line.Kind == LabLineKind.Python && line.Text.Length > 0 && !session.HasPython(_host))
        {
            _mark = '$';
        }

        FollowInput();
    }

    private void FollowInput() => _mark = _mark == '<' && session.InputProgram(_host) is null ? '$' : _mark;

    // ---- the screen --------------------------------------------------------------------------------------------

    private void Show()
    {
        foreach (LabLine printed in session.TakeOutput())
        {
            string head = printed.Host + "| ";
            string color = printed.Host == "lab" ? LabColor : printed.Host == session.HostNames[0] ? RomeoColor : OtherColor;
            IEnumerable<string> rows = printed.Host == "lab" ? TextWrap.Rows(printed.Text, terminal.Width - head.Length, Indent(printed.Text)) : [printed.Text];
            foreach (string row in rows)
            {
                terminal.Write((terminal.HasColor ? $"\u001b[{color}m{head}\u001b[0m" : head) + Shown(row) + "\r\n");
            }
        }

        foreach (LabSavedFile file in session.TakeSavedFiles())
        {
            Say(saved.Save(file) ?? LabSession.SavedNote(file).ToString(), "");
        }
    }

    /// <summary>Rows of help go on under its second column.</summary>
    private static int Indent(string text) =>
        text.Length > LabSession.HelpColumn && text[LabSession.HelpColumn] == ' ' && text[LabSession.HelpColumn - 1] == ' ' ? LabSession.HelpColumn + 1 : 0;

    /// <summary>What a host printed must not steer the terminal; its tabs count from where its own text begins, behind our head of the row.</summary>
    private static string Shown(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\0', '\u001f') < 0)
        {
            return text;
        }

        var shown = new StringBuilder(text.Length + TabWidth);
        foreach (char c in text)
        {
            if (c == '\t')
            {
                shown.Append(' ', TabWidth - (shown.Length % TabWidth));
            }
            else
            {
                shown.Append(c >= ' ' ? c : '\uFFFD');
            }
        }

        return shown.ToString();
    }

    private void Say(string text, string color)
    {
        foreach (string row in TextWrap.Rows(text, terminal.Width, 0))
        {
            terminal.Write((terminal.HasColor && color.Length > 0 ? $"\u001b[{color}m{row}\u001b[0m" : row) + "\r\n");
        }
    }
}

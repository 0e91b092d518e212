using Finwait.Lab;
using Spectre.Console;

namespace Finwait.Cli;

/// <summary>The lab in a terminal: a prompt for each host, colour, and Ctrl-C that interrupts the lab's programs instead of ending it.</summary>
internal static class LabTerminal
{
    private const string Welcome = """
        romeo and juliet are two Linux-like hosts with a router between; time is virtual and waits for you.
        Type behind a prompt: romeo> takes Python (import socket, sock = socket.socket(…), …), romeo$ the shell (ss, tcpdump, nc, iptables).
        juliet> and juliet$ switch to the other host; a line may also carry its prompt: juliet> sock.listen()
        wait 3s lets time pass, wait next goes to the next timer, step to the next packet; show tells what happened.
        help lists all, quit leaves. To begin: romeo$ nc -v juliet 234
        """;

    private static readonly string[] s_labWords = ["wait", "step", "show", "help", "?", "save", "network", "delay", "at", "hosts"];

    /// <summary>Runs until the user leaves.</summary>
    public static int Run(LabSession session)
    {
        AnsiConsole.MarkupLine($"[bold]finwait lab[/]  {Markup.Escape(session.Description)}");
        Console.Out.WriteLine(Welcome);
        (string host, char mark) = ("romeo", '$');
        var saved = new SavedFiles();
        using var interrupts = new Interrupts();
        while (true)
        {
            Prompt(session, host, mark);
            string? typed = Console.ReadLine();
            if (interrupts.Take())
            {
                Console.Out.WriteLine();
                session.Execute(new LabLine(mark == '>' ? LabLineKind.Python : LabLineKind.Shell, host, "^C"));
                Show(session, saved);
                continue;
            }

            if (typed is null)
            {
                Console.Out.WriteLine();
                if (mark == '>' && session.HasPython(host))
                {
                    session.Execute(new LabLine(LabLineKind.Python, host, "^D"));
                    mark = '$';
                    continue;
                }

                return 0;
            }

            LabLine line = Read(session, typed, ref host, ref mark);
            if (line.Kind == LabLineKind.Empty)
            {
                continue;
            }

            LabVerdict verdict = session.Execute(line);
            Show(session, saved);
            if (verdict == LabVerdict.Quit)
            {
                return 0;
            }

            if (verdict == LabVerdict.NotUnderstood)
            {
                AnsiConsole.MarkupLine($"[yellow]{Markup.Escape(session.Complaint)}[/]");
            }

            mark = Follow(session, line, host, mark);
        }
    }

    private static void Prompt(LabSession session, string host, char mark)
    {
        string text = mark == '>' && session.IsInPythonBlock(host) ? "..." : mark.ToString();
        AnsiConsole.Markup($"[{(host == "romeo" ? "deepskyblue1" : "orange1")}]{host}{Markup.Escape(text)}[/] ");
    }

    /// <summary>Makes a line of what was typed: with its own prompt, a command of the lab, or for the prompt that stands there.</summary>
    private static LabLine Read(LabSession session, string typed, ref string host, ref char mark)
    {
        LabLine own = LabLine.Parse(typed);
        if (own.Kind is LabLineKind.Python or LabLineKind.Shell or LabLineKind.PythonMore or LabLineKind.Input && session.HostNames.Contains(own.Host))
        {
            (host, mark) = (own.Host, own.Kind switch { LabLineKind.Shell => '$', LabLineKind.Input => '<', _ => '>' });
            return own.Text.Length == 0 && own.Kind != LabLineKind.Input ? default : own;
        }

        string first = typed.Trim().Split(' ')[0];
        bool isLab = own.Kind == LabLineKind.Lab && (s_labWords.Contains(first) || (first is "quit" or "exit" && mark == '$'));
        if (isLab && !(mark == '>' && session.IsInPythonBlock(host)))
        {
            return own;
        }

        if (mark == '>')
        {
            return new LabLine(session.IsInPythonBlock(host) ? LabLineKind.PythonMore : LabLineKind.Python, host, typed);
        }

        return typed.Length == 0 && mark == '$' ? default : new LabLine(mark == '$' ? LabLineKind.Shell : LabLineKind.Input, host, typed);
    }

    /// <summary>The prompt goes where the work is: into Python when it was started, to nc when it reads, back when they end.</summary>
    private static char Follow(LabSession session, LabLine line, string host, char mark) => mark switch
    {
        '$' when line.Kind == LabLineKind.Shell && line.Text.Trim() is "python3" or "python" => '>',
        '$' when line.Kind == LabLineKind.Shell && session.ForegroundProgram(host) == "nc" => '<',
        '<' when session.ForegroundProgram(host) is null => '$',
        '>' when line.Kind == LabLineKind.Python && !session.HasPython(host) => '$',
        _ => mark,
    };

    private static void Show(LabSession session, SavedFiles saved)
    {
        foreach (LabLine printed in session.TakeOutput())
        {
            string colour = printed.Host == "lab" ? "grey" : printed.Host == "romeo" ? "deepskyblue1" : "orange1";
            AnsiConsole.Markup($"[{colour}]{Markup.Escape(printed.Host)}|[/] ");
            Console.Out.WriteLine(printed.Text);
        }

        foreach (LabSavedFile file in session.TakeSavedFiles())
        {
            Console.Out.WriteLine(saved.Save(file) ?? LabSession.SavedNote(file).ToString());
        }
    }

    /// <summary>Remembers that Ctrl-C was pressed, and keeps it from ending the program.</summary>
    private sealed class Interrupts : IDisposable
    {
        private volatile bool _pressed;

        public Interrupts() => Console.CancelKeyPress += OnCancel;

        public bool Take()
        {
            bool pressed = _pressed;
            _pressed = false;
            return pressed;
        }

        public void Dispose() => Console.CancelKeyPress -= OnCancel;

        private void OnCancel(object? sender, ConsoleCancelEventArgs e)
        {
            e.Cancel = true;
            _pressed = true;
        }
    }
}

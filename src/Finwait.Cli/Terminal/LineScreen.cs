using System.Text;
using Finwait.Lab;

namespace Finwait.Cli;

/// <summary>The lab as lines below each other: what was typed, what it brought, and the next prompt. The terminal scrolls and keeps all of it.</summary>
internal sealed class LineScreen(LabSession session, ITerminal terminal) : ILabScreen
{
    private readonly EditorScreen _editor = new(terminal);
    private string _told = "";

    public void Begin() => _editor.Begin();

    public void Draw(LabPlace place, in TypedLine line) => _editor.Draw(line.Prompt, line.Color, line.Text, line.Cursor);

    public void Finish(LabPlace place, in TypedLine line, string behind = "") => _editor.Finish(line.Prompt, line.Text, behind);

    public void Clear(LabPlace place)
    {
        terminal.Write("\u001b[H\u001b[2J");
        _editor.Begin();
    }

    public void Offer(LabPlace place, IReadOnlyList<string> words)
    {
        foreach (string row in TextWrap.Rows(string.Join("  ", words), terminal.Width, 0))
        {
            terminal.Write(row + "\r\n");
        }
    }

    public void Print(LabPlace place, LabLine line)
    {
        string head = line.Host + "| ";
        IEnumerable<string> rows = line.Host is "lab" or "coach" ? TextWrap.Rows(line.Text, terminal.Width - head.Length, LabLooks.Indent(line.Text)) : [line.Text];
        foreach (string row in rows)
        {
            string shown = LabLooks.Shown(row);
            if (line.Host == "coach")
            {
                terminal.Write(Dim(head + shown) + "\r\n");
                continue;
            }

            terminal.Write((terminal.HasColor ? $"\u001b[{LabLooks.Color(session, line.Host)}m{head}\u001b[0m{Highlighter.Colored(shown)}" : head + shown) + "\r\n");
        }
    }

    public void Say(LabPlace place, string text, string color)
    {
        foreach (string row in TextWrap.Rows(text, terminal.Width, 0))
        {
            terminal.Write((terminal.HasColor && color.Length > 0 ? $"\u001b[{color}m{row}\u001b[0m" : row) + "\r\n");
        }
    }

    /// <summary>The states are told when one has changed.</summary>
    public void Tell(LabPlace place, IReadOnlyList<LabEnd> ends)
    {
        string told = string.Join("   ", session.HostNames.Select(host => host + ": " + (ends.Any(end => end.Host == host) ? string.Join(", ", ends.Where(end => end.Host == host).Select(end => end.ToString())) : "no sockets")));
        if (told != _told && (_told.Length > 0 || ends.Count > 0))
        {
            foreach (string row in TextWrap.Rows(told, terminal.Width - "state| ".Length, 0))
            {
                terminal.Write(Dim("state| ") + (terminal.HasColor ? Highlighter.Colored(row) : row) + "\r\n");
            }
        }

        _told = told;
    }

    private string Dim(string text) => terminal.HasColor ? $"\u001b[{LabLooks.CoachColor}m{text}\u001b[0m" : text;
}

/// <summary>What both screens do alike with the texts of the lab.</summary>
internal static class LabLooks
{
    public const string LabColor = "38;5;245";
    public const string CoachColor = "38;5;110";
    public const string ComplaintColor = "33";

    private const int TabWidth = 8;
    private static readonly string[] s_hosts = ["38;5;39", "38;5;214", "38;5;170", "38;5;113"];

    /// <summary>SGR parameters of a host's name and prompt.</summary>
    public static string Color(LabSession session, string host)
    {
        for (int i = 0; i < session.HostNames.Count; i++)
        {
            if (session.HostNames[i] == host)
            {
                return s_hosts[i % s_hosts.Length];
            }
        }

        return host == "lab" ? LabColor : s_hosts[1];
    }

    /// <summary>Rows of help go on under its second column.</summary>
    public static int Indent(string text) =>
        text.Length > LabSession.HelpColumn && text[LabSession.HelpColumn] == ' ' && text[LabSession.HelpColumn - 1] == ' ' ? LabSession.HelpColumn + 1 : 0;

    /// <summary>What a host printed must not steer the terminal; its tabs count from where its own text begins, behind our head of the row.</summary>
    public static string Shown(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\0', '\u001f') < 0 && text.AsSpan().IndexOfAnyInRange('\u007f', '\u009f') < 0)
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
                shown.Append(c is >= ' ' and (< '\u007f' or > '\u009f') ? c : '\uFFFD');
            }
        }

        return shown.ToString();
    }
}

namespace Finwait.Lab;

/// <summary>What a line of a transcript is.</summary>
public enum LabLineKind : byte
{
    /// <summary>Nothing but blanks.</summary>
    Empty,

    /// <summary><c># …</c>: a remark.</summary>
    Note,

    /// <summary><c>romeo&gt; …</c>: a line for Python.</summary>
    Python,

    /// <summary><c>romeo... …</c>: a further line of a Python block.</summary>
    PythonMore,

    /// <summary><c>romeo$ …</c>: a line for the shell.</summary>
    Shell,

    /// <summary><c>romeo&lt; …</c>: a line typed into the program that runs in front.</summary>
    Input,

    /// <summary><c>romeo| …</c>: what a host printed. Skipped when a transcript is run again.</summary>
    Output,

    /// <summary>A command of the lab itself: <c>wait 3s</c>.</summary>
    Lab,
}

/// <summary>One line of a transcript.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Host">The host, or empty.</param>
/// <param name="Text">The text behind the prompt.</param>
public readonly record struct LabLine(LabLineKind Kind, string Host, string Text)
{
    /// <summary>The window that it was typed in, or that a host printed it in. A transcript does not tell.</summary>
    public LabWindow Window { get; init; }

    private static readonly (string Mark, LabLineKind Kind)[] s_marks = [("...", LabLineKind.PythonMore), (">", LabLineKind.Python), ("$", LabLineKind.Shell), ("<", LabLineKind.Input), ("|", LabLineKind.Output)];

    /// <summary>Reads a line as a user or a transcript writes it. A line without a host's prompt is a command of the lab.</summary>
    public static LabLine Parse(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        string text = line.TrimEnd('\r', '\n');
        string trimmed = text.TrimStart();
        if (trimmed.Length == 0)
        {
            return new LabLine(LabLineKind.Empty, "", "");
        }

        if (trimmed[0] == '#')
        {
            return new LabLine(LabLineKind.Note, "", trimmed[1..].TrimStart());
        }

        int end = 0;
        while (end < trimmed.Length && (char.IsAsciiLetterOrDigit(trimmed[end]) || trimmed[end] is '_' or '-'))
        {
            end++;
        }

        foreach ((string mark, LabLineKind kind) in s_marks)
        {
            if (end > 0 && string.CompareOrdinal(trimmed, end, mark, 0, mark.Length) == 0)
            {
                string rest = trimmed[(end + mark.Length)..];
                return new LabLine(kind, trimmed[..end], rest.StartsWith(' ') ? rest[1..] : rest);
            }
        }

        return new LabLine(LabLineKind.Lab, "", trimmed.TrimEnd());
    }

    /// <summary>As it stands in a transcript.</summary>
    public override string ToString() => Kind switch
    {
        LabLineKind.Empty => "",
        LabLineKind.Note => Text.Length == 0 ? "#" : "# " + Text,
        LabLineKind.Lab => Text,
        _ => Text.Length == 0 ? Host + Mark : $"{Host}{Mark} {Text}",
    };

    private string Mark
    {
        get
        {
            LabLineKind kind = Kind;
            return Array.Find(s_marks, pair => pair.Kind == kind).Mark;
        }
    }
}

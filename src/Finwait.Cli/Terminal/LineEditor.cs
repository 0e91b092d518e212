using System.Text;

namespace Finwait.Cli;

/// <summary>What a key did.</summary>
internal enum EditorStep : byte
{
    /// <summary>The line, or the place in it, may have changed.</summary>
    Edited,

    /// <summary>Enter: the line is finished.</summary>
    Entered,

    /// <summary>Ctrl-C.</summary>
    Interrupted,

    /// <summary>Ctrl-D on an empty line.</summary>
    EndOfInput,

    /// <summary>Ctrl-L.</summary>
    ClearScreen,

    /// <summary>Tab: <see cref="LineEditor.Complete"/> takes what fits.</summary>
    Completion,
}

/// <summary>The line being typed: keys in, text and cursor out. Knows no terminal.</summary>
/// <param name="history">Where finished lines go and Up finds them.</param>
internal sealed class LineEditor(LineHistory history)
{
    /// <summary>More characters are not taken.</summary>
    public const int MaxLength = 64 * 1024;

    private readonly StringBuilder _text = new();
    private string _killed = "";

    /// <summary>The line as it stands.</summary>
    public string Text => _text.ToString();

    /// <summary>Characters before the cursor.</summary>
    public int Cursor { get; private set; }

    /// <summary>A key with its modifiers, as the terminal reports it.</summary>
    public EditorStep Press(ConsoleKeyInfo key)
    {
        if ((key.Modifiers & ConsoleModifiers.Control) != 0 && (key.Modifiers & ConsoleModifiers.Alt) == 0)
        {
            return PressControl(key.Key);
        }

        if ((key.Modifiers & ConsoleModifiers.Alt) != 0)
        {
            PressAlt(key.Key);
            return EditorStep.Edited;
        }

        switch (key.Key)
        {
            case ConsoleKey.Enter:
                return EditorStep.Entered;
            case ConsoleKey.Tab:
                return EditorStep.Completion;
            case ConsoleKey.LeftArrow: Cursor = Math.Max(0, Cursor - 1); break;
            case ConsoleKey.RightArrow: Cursor = Math.Min(_text.Length, Cursor + 1); break;
            case ConsoleKey.Home: Cursor = 0; break;
            case ConsoleKey.End: Cursor = _text.Length; break;
            case ConsoleKey.Backspace: Kill(Cursor - 1, Cursor, keep: false); break;
            case ConsoleKey.Delete: Kill(Cursor, Cursor + 1, keep: false); break;
            case ConsoleKey.UpArrow: Replace(history.Older(Text)); break;
            case ConsoleKey.DownArrow: Replace(history.Newer(Text)); break;
            default:
                if (!char.IsControl(key.KeyChar))
                {
                    Insert(key.KeyChar.ToString());
                }

                break;
        }

        return EditorStep.Edited;
    }

    private EditorStep PressControl(ConsoleKey key)
    {
        switch (key)
        {
            case ConsoleKey.C:
                return EditorStep.Interrupted;
            case ConsoleKey.D when _text.Length == 0:
                return EditorStep.EndOfInput;
            case ConsoleKey.L:
                return EditorStep.ClearScreen;
            case ConsoleKey.J or ConsoleKey.M or ConsoleKey.Enter: // a line feed: typed ahead before the terminal was ours, or pasted
                return EditorStep.Entered;
            case ConsoleKey.I:
                return EditorStep.Completion;
            case ConsoleKey.A or ConsoleKey.Home: Cursor = 0; break;
            case ConsoleKey.E or ConsoleKey.End: Cursor = _text.Length; break;
            case ConsoleKey.B: Cursor = Math.Max(0, Cursor - 1); break;
            case ConsoleKey.F: Cursor = Math.Min(_text.Length, Cursor + 1); break;
            case ConsoleKey.LeftArrow: Cursor = WordStart(); break;
            case ConsoleKey.RightArrow: Cursor = WordEnd(); break;
            case ConsoleKey.D: Kill(Cursor, Cursor + 1, keep: false); break;
            case ConsoleKey.H: Kill(Cursor - 1, Cursor, keep: false); break;
            case ConsoleKey.K: Kill(Cursor, _text.Length, keep: true); break;
            case ConsoleKey.U: Kill(0, Cursor, keep: true); break;
            case ConsoleKey.W: Kill(BlankStart(), Cursor, keep: true); break;
            case ConsoleKey.Y: Insert(_killed); break;
            case ConsoleKey.P: Replace(history.Older(Text)); break;
            case ConsoleKey.N: Replace(history.Newer(Text)); break;
        }

        return EditorStep.Edited;
    }

    private void PressAlt(ConsoleKey key)
    {
        switch (key)
        {
            case ConsoleKey.B or ConsoleKey.LeftArrow: Cursor = WordStart(); break;
            case ConsoleKey.F or ConsoleKey.RightArrow: Cursor = WordEnd(); break;
            case ConsoleKey.D: Kill(Cursor, WordEnd(), keep: true); break;
            case ConsoleKey.Backspace: Kill(WordStart(), Cursor, keep: true); break;
        }
    }

    /// <summary>Puts text where the cursor is.</summary>
    public void Insert(string text)
    {
        if (_text.Length + text.Length <= MaxLength)
        {
            _text.Insert(Cursor, text);
            Cursor += text.Length;
        }
    }

    /// <summary>Completes the word that starts at <paramref name="start"/>: with the only word, or with what all words have in common.</summary>
    /// <returns>False if nothing could be added: the words may be shown then.</returns>
    public bool Complete(int start, IReadOnlyList<string> words)
    {
        if (words.Count == 0)
        {
            return false;
        }

        string common = words[0];
        foreach (string word in words)
        {
            int same = common.AsSpan().CommonPrefixLength(word);
            common = common[..same];
        }

        if (common.Length <= Cursor - start)
        {
            return false;
        }

        _text.Remove(start, Cursor - start);
        Cursor = start;
        Insert(common);
        return true;
    }

    /// <summary>Takes the finished line and begins a new one.</summary>
    public string Take()
    {
        string line = Text;
        history.Add(line);
        Clear();
        return line;
    }

    /// <summary>Throws the line away.</summary>
    public void Clear()
    {
        _text.Clear();
        Cursor = 0;
        history.Rewind();
    }

    private void Replace(string? line)
    {
        if (line is not null)
        {
            _text.Clear().Append(line);
            Cursor = _text.Length;
        }
    }

    private void Kill(int from, int to, bool keep)
    {
        (from, to) = (Math.Max(0, from), Math.Min(_text.Length, to));
        if (from >= to)
        {
            return;
        }

        _killed = keep ? _text.ToString(from, to - from) : _killed;
        _text.Remove(from, to - from);
        Cursor = from;
    }

    private int WordStart()
    {
        int at = Cursor;
        while (at > 0 && !char.IsLetterOrDigit(_text[at - 1]))
        {
            at--;
        }

        while (at > 0 && char.IsLetterOrDigit(_text[at - 1]))
        {
            at--;
        }

        return at;
    }

    private int WordEnd()
    {
        int at = Cursor;
        while (at < _text.Length && !char.IsLetterOrDigit(_text[at]))
        {
            at++;
        }

        while (at < _text.Length && char.IsLetterOrDigit(_text[at]))
        {
            at++;
        }

        return at;
    }

    /// <summary>Start of the word in front of the cursor, words being what blanks part: as Ctrl-W sees them.</summary>
    private int BlankStart()
    {
        int at = Cursor;
        while (at > 0 && _text[at - 1] == ' ')
        {
            at--;
        }

        while (at > 0 && _text[at - 1] != ' ')
        {
            at--;
        }

        return at;
    }
}

/// <summary>The lines typed before, newest last.</summary>
internal sealed class LineHistory
{
    private const int MaxLines = 1000;

    private readonly List<string> _lines = [];
    private int _at;
    private string _unfinished = "";

    /// <summary>Remembers a line; an empty one, and one typed twice in a row, only once.</summary>
    public void Add(string line)
    {
        if (line.Length > 0 && (_lines.Count == 0 || _lines[^1] != line))
        {
            _lines.Add(line);
            if (_lines.Count > MaxLines)
            {
                _lines.RemoveAt(0);
            }
        }

        Rewind();
    }

    /// <summary>Back to the line being typed.</summary>
    public void Rewind() => (_at, _unfinished) = (_lines.Count, "");

    /// <summary>The line before; null if there is none. The line being typed is kept for the way back.</summary>
    public string? Older(string current)
    {
        if (_at == 0)
        {
            return null;
        }

        _unfinished = _at == _lines.Count ? current : _unfinished;
        return _lines[--_at];
    }

    /// <summary>The line after; null if there is none.</summary>
    public string? Newer(string current)
    {
        if (_at >= _lines.Count)
        {
            return null;
        }

        return ++_at == _lines.Count ? _unfinished : _lines[_at];
    }
}

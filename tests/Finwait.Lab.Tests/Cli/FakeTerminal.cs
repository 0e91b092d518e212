using System.Text;
using Finwait.Cli;

namespace Finwait.Lab.Tests;

/// <summary>A terminal of a few rows: keys are given, and the screen shows what a user would see.</summary>
internal sealed class FakeTerminal(int width = 60, int height = 0) : ITerminal
{
    private readonly Queue<ConsoleKeyInfo> _keys = new();
    private List<char[]> _rows = [];
    private int _row;
    private int _column;

    public int Width => width;

    public int Height => height;

    public bool HasColor { get; init; }

    /// <summary>Called before each key is handed out, with the number of keys taken so far.</summary>
    public Action<int>? BeforeKey { get; set; }

    /// <summary>True to give all keys as if they had been pasted.</summary>
    public bool IsPasted { get; init; }

    public bool HasKeys => IsPasted && _keys.Count > 0;

    /// <summary>Keys that are still to be pressed.</summary>
    public int KeysLeft => _keys.Count;

    private int _taken;
    private List<char[]>? _below;

    /// <summary>True while the terminal shows its second screen, where nothing is kept.</summary>
    public bool IsSecondScreen => _below is not null;

    /// <summary>The screen's rows, without blanks at their ends.</summary>
    public string[] Screen => _rows.Select(row => new string(row).TrimEnd()).ToArray();

    /// <summary>Where the cursor is.</summary>
    public (int Row, int Column) Cursor => (_row, _column);

    /// <summary>Types text; \n is Enter, \t Tab.</summary>
    public FakeTerminal Type(string text)
    {
        foreach (char c in text)
        {
            ConsoleKey key = c switch { '\n' => ConsoleKey.Enter, '\t' => ConsoleKey.Tab, _ => ConsoleKey.None };
            _keys.Enqueue(new ConsoleKeyInfo(c, key, false, false, false));
        }

        return this;
    }

    public FakeTerminal Press(params ConsoleKey[] keys)
    {
        Array.ForEach(keys, key => _keys.Enqueue(new ConsoleKeyInfo('\0', key, false, false, false)));
        return this;
    }

    public FakeTerminal Control(params ConsoleKey[] keys)
    {
        Array.ForEach(keys, key => _keys.Enqueue(new ConsoleKeyInfo((char)(key - ConsoleKey.A + 1), key, false, false, true)));
        return this;
    }

    public FakeTerminal Alt(params ConsoleKey[] keys)
    {
        Array.ForEach(keys, key => _keys.Enqueue(new ConsoleKeyInfo('\0', key, false, true, false)));
        return this;
    }

    public ConsoleKeyInfo? ReadKey()
    {
        BeforeKey?.Invoke(_taken++);
        return _keys.TryDequeue(out ConsoleKeyInfo key) ? key : null;
    }

    /// <summary>All that was written, control sequences included.</summary>
    public StringBuilder Written { get; } = new();

    public void Write(string text)
    {
        Written.Append(text);
        for (int i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\r': _column = 0; break;
                case '\n': _row++; break;
                case '\u001b': i = Control(text, i); break;
                default: Put(text[i]); break;
            }
        }

        Row(_row);
    }

    private void Put(char c)
    {
        if (_column == width)
        {
            (_row, _column) = (_row + 1, 0); // a full row wraps when something follows
        }

        Row(_row)[_column++] = c;
    }

    private char[] Row(int number)
    {
        while (_rows.Count <= number)
        {
            _rows.Add(new string(' ', width).ToCharArray());
        }

        return _rows[number];
    }

    private int Control(string text, int at)
    {
        var digits = new StringBuilder();
        for (at += 2; char.IsAsciiDigit(text[at]) || text[at] is ';' or '?'; at++)
        {
            digits.Append(text[at]);
        }

        int count = int.TryParse(digits.ToString(), out int given) ? Math.Max(1, given) : 1; // a terminal takes 0 for 1
        switch (text[at])
        {
            case 'A': _row = Math.Max(0, _row - count); break;
            case 'B': _row += count; break;
            case 'C': _column = Math.Min(width - 1, _column + count); break;
            case 'H':
                string[] place = digits.ToString().Split(';');
                (_row, _column) = place.Length == 2 ? (int.Parse(place[0]) - 1, int.Parse(place[1]) - 1) : (0, 0);
                break;
            case 'h' when digits.ToString() == "?1049": (_below, _rows) = (_rows, []); break;
            case 'l' when digits.ToString() == "?1049": (_rows, _below) = (_below ?? _rows, null); break;
            case 'h' or 'l': break; // the cursor is shown or hidden
            case 'J' when digits.ToString() == "2": _rows.Clear(); break;
            case 'J':
                Array.Fill(Row(_row), ' ', _column, width - _column);
                _rows.RemoveRange(_row + 1, _rows.Count - _row - 1);
                break;
            case 'm': break;
            default: throw new InvalidOperationException($"the screen does not know {text[at]}");
        }

        return at;
    }
}

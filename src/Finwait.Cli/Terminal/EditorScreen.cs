using System.Globalization;
using System.Text;

namespace Finwait.Cli;

/// <summary>A terminal that the lab can be used on: keys come one at a time, text goes out with the usual control sequences.</summary>
internal interface ITerminal
{
    /// <summary>Columns; at least 20.</summary>
    int Width { get; }

    /// <summary>Rows; 0 where the terminal is not one that text can be placed on.</summary>
    int Height { get; }

    /// <summary>False where colours are not wanted.</summary>
    bool HasColor { get; }

    /// <summary>True if keys wait to be read: more was typed ahead, or pasted.</summary>
    bool HasKeys { get; }

    /// <summary>Waits for a key; null if the terminal has gone.</summary>
    ConsoleKeyInfo? ReadKey();

    void Write(string text);
}

/// <summary>Draws the line being typed behind its prompt, over as many rows as it takes.</summary>
internal sealed class EditorScreen(ITerminal terminal)
{
    private int _row;
    private int _drawn = -1;
    private int _width;

    /// <summary>Begins below what stands on the screen.</summary>
    public void Begin() => (_row, _drawn) = (0, -1);

    /// <summary>Draws prompt and line anew, the cursor in its place.</summary>
    /// <param name="prompt">The prompt without colours.</param>
    /// <param name="color">SGR parameters for it; empty for none.</param>
    /// <param name="text">The line.</param>
    /// <param name="cursor">Characters before the cursor.</param>
    public void Draw(string prompt, string color, string text, int cursor)
    {
        int width = terminal.Width;
        int length = prompt.Length + text.Length;
        bool isOneMore = _drawn == length - 1 && cursor == text.Length && width == _width && length % width != 0;
        (_drawn, _width) = (cursor == text.Length ? length : -1, width);
        if (isOneMore)
        {
            terminal.Write(text[^1..]); // typed at the end: nothing else changes
            return;
        }

        var drawing = new StringBuilder();
        Up(drawing, _row);
        drawing.Append("\r\u001b[J");
        drawing.Append(color.Length > 0 ? $"\u001b[{color}m{prompt}\u001b[0m" : prompt).Append(text);
        if (length % width == 0)
        {
            drawing.Append("\r\n"); // a full row leaves the cursor behind its last column until something follows
        }

        int at = prompt.Length + cursor;
        _row = at / width;
        Up(drawing, (length / width) - _row);
        drawing.Append('\r');
        int column = at % width;
        drawing.Append(column > 0 ? string.Create(CultureInfo.InvariantCulture, $"\u001b[{column}C") : "");
        terminal.Write(drawing.ToString());
    }

    /// <summary>Goes below the line: the cursor is moved behind its end first.</summary>
    public void Finish(string prompt, string text, string behind = "")
    {
        int last = (prompt.Length + text.Length) / terminal.Width;
        var drawing = new StringBuilder();
        drawing.Append(last > _row ? string.Create(CultureInfo.InvariantCulture, $"\u001b[{last - _row}B") : "").Append('\r');
        int column = (prompt.Length + text.Length) % terminal.Width;
        drawing.Append(column > 0 ? string.Create(CultureInfo.InvariantCulture, $"\u001b[{column}C") : "").Append(behind).Append("\r\n");
        terminal.Write(drawing.ToString());
        Begin();
    }

    private static void Up(StringBuilder drawing, int rows) => drawing.Append(rows > 0 ? string.Create(CultureInfo.InvariantCulture, $"\u001b[{rows}A") : "");
}

/// <summary>Breaks text at words.</summary>
internal static class TextWrap
{
    /// <summary>Rows of at most <paramref name="width"/> columns; further rows begin with <paramref name="indent"/> blanks. A word longer than a row is left to the terminal.</summary>
    public static IEnumerable<string> Rows(string text, int width, int indent)
    {
        indent = indent * 2 > width ? 0 : indent;
        var row = new StringBuilder();
        int start = 0;
        bool isFirst = true;
        while (start < text.Length)
        {
            int room = width - (isFirst ? 0 : indent);
            int end = Math.Min(start + room, text.Length);
            if (end < text.Length)
            {
                int blank = text.LastIndexOf(' ', end, end - start + 1);
                int next = text.IndexOf(' ', start);
                end = blank > start ? blank : next < 0 ? text.Length : next;
            }

            yield return row.Clear().Append(' ', isFirst ? 0 : indent).Append(text, start, end - start).ToString();
            isFirst = false;
            for (start = end; start < text.Length && text[start] == ' '; start++)
            {
            }
        }

        if (isFirst)
        {
            yield return "";
        }
    }
}

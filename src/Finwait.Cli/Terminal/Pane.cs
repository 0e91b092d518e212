using System.Text;
using Spectre.Console.Rendering;

namespace Finwait.Cli;

/// <summary>The text of one window: rows come at the end, and the window shows the last ones, or earlier ones when it is scrolled.</summary>
internal sealed class Pane
{
    /// <summary>Rows that are kept to be scrolled back to.</summary>
    private const int MaxRows = 4000;

    /// <summary>Characters of a row that are kept.</summary>
    private const int LongestRow = 16 * 1024;

    private readonly List<(string Text, string Look, bool IsProse)> _rows = [];

    /// <summary>Rows of the screen that the window is scrolled back by.</summary>
    public int Scroll { get; set; }

    /// <summary>True if nothing was printed.</summary>
    public bool IsEmpty => _rows.Count == 0;

    /// <summary>Adds a row.</summary>
    /// <param name="text">Its text, without control characters.</param>
    /// <param name="look">SGR parameters for all of it; empty for the usual look with coloured states and flags.</param>
    /// <param name="isProse">True for sentences, which are broken between words; what hosts print is broken as a terminal does.</param>
    public void Add(string text, string look, bool isProse = false)
    {
        if (_rows.Count >= MaxRows)
        {
            _rows.RemoveRange(0, MaxRows / 4);
        }

        _rows.Add((text.Length > LongestRow ? text[..LongestRow] : text, look, isProse));
        Scroll = 0;
    }

    public void Clear()
    {
        _rows.Clear();
        Scroll = 0;
    }

    /// <summary>The rows of the screen that the window shows.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows; there are never more, but may be fewer.</param>
    /// <param name="last">Rows that stand below all text, as the prompt does.</param>
    /// <param name="hasColor">False for text without control sequences.</param>
    /// <returns>Rows, each filled up to the width.</returns>
    public List<string> Show(int width, int height, IReadOnlyList<string> last, bool hasColor)
    {
        var shown = new List<string>(last);
        int wanted = height + Scroll;
        int from = _rows.Count;
        while (from > 0 && shown.Count < wanted)
        {
            (string text, string look, bool isProse) = _rows[--from];
            IEnumerable<string> lines = isProse ? TextWrap.Rows(text, width, LabLooks.Indent(text)) : [text];
            shown.InsertRange(0, lines.SelectMany(line => Rows(look.Length > 0 ? [new StyledSpan(line, look)] : Highlighter.Spans(line), width, hasColor)));
        }

        Scroll = Math.Clamp(Scroll, 0, Math.Max(0, shown.Count - height));
        int end = shown.Count - Scroll;
        int start = Math.Max(0, end - height);
        return shown.GetRange(start, end - start);
    }

    /// <summary>Breaks pieces into rows of a width, as a terminal does, and fills the last one up.</summary>
    public static List<string> Rows(IEnumerable<StyledSpan> spans, int width, bool hasColor)
    {
        var rows = new List<string>();
        var row = new StringBuilder();
        int column = 0;
        foreach (StyledSpan span in spans)
        {
            string begin = hasColor && span.Look.Length > 0 ? $"\u001b[{span.Look}m" : "";
            string end = begin.Length > 0 ? "\u001b[0m" : "";
            row.Append(begin);
            foreach (Rune rune in span.Text.EnumerateRunes())
            {
                int cells = Cells(rune);
                if (column + cells > width)
                {
                    rows.Add(row.Append(end).Append(' ', width - column).ToString());
                    row.Clear().Append(begin);
                    column = 0;
                }

                row.Append(rune.ToString());
                column += cells;
            }

            row.Append(end);
        }

        rows.Add(row.Append(' ', width - column).ToString());
        return rows;
    }

    /// <summary>One row of a width: what is too long is cut, and ends with an ellipsis.</summary>
    public static string Row(IEnumerable<StyledSpan> spans, int width, bool hasColor)
    {
        List<StyledSpan> all = [.. spans];
        if (all.Sum(span => span.Text.EnumerateRunes().Sum(Cells)) <= width)
        {
            return Rows(all, width, hasColor)[0];
        }

        return Rows(all, width - 1, hasColor)[0] + "…";
    }

    private static int Cells(Rune rune) => rune.Value is >= ' ' and < 0x300 ? 1 : Math.Clamp(Segment.CellCount([new Segment(rune.ToString())]), 0, 2);
}

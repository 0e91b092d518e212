using System.Globalization;
using System.Text;

namespace Finwait.Inspect;

/// <summary>Writes the transcript of a run for a page: what was typed and what was printed, each line with its moment.</summary>
internal sealed class PageTranscript(RunView view, PageMoments moments, List<string> notes)
{
    /// <summary>Most lines; of a longer transcript the first and the last.</summary>
    private const int MostLines = 2400;

    private const int LastLines = 400;
    private const int MostCharacters = 500;

    public string Write()
    {
        var html = new StringBuilder();
        IReadOnlyList<RunLine> lines = view.Record.Lines;
        int leftOut = Math.Max(0, lines.Count - MostLines);
        html.Append(lines.Count == 0 ? "<p>There is no transcript.</p>\n" : "<ol class=\"lines\">\n");
        for (int i = 0; i < lines.Count; i++)
        {
            if (i == MostLines - LastLines && leftOut > 0)
            {
                html.Append(CultureInfo.InvariantCulture, $"<li class=\"gap\">{leftOut} lines are left out</li>\n");
                i += leftOut;
            }

            Add(html, i, lines[i]);
        }

        if (leftOut > 0)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{leftOut} lines in the middle of the transcript are left out of this page"));
        }

        return html.Append(lines.Count == 0 ? "" : "</ol>\n").ToString();
    }

    private void Add(StringBuilder html, int index, RunLine line)
    {
        bool isTyped = PageMoments.IsTyped(line);
        string name = isTyped ? "typed" : line.Text.StartsWith('#') ? "remark" : IsPrinted(line) ? "printed" : "command";
        string mark = moments.All.Count == 0 ? "" : " " + PageMoments.Attribute(moments.OfLine(index));
        string shown = line.Text.Length <= MostCharacters ? line.Text
            : string.Create(CultureInfo.InvariantCulture, $"{line.Text.AsSpan(0, MostCharacters)} … and {line.Text.Length - MostCharacters} more characters");
        string text = SvgWriter.Escape(shown);
        if (isTyped)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"line={index + 1}");
            html.Append(CultureInfo.InvariantCulture, $"<li id=\"{id}\" class=\"typed\" data-line=\"{index}\"{mark}><a href=\"#{id}\">{text}</a></li>\n");
        }
        else
        {
            html.Append(CultureInfo.InvariantCulture, $"<li class=\"{name}\"{mark}>{text}</li>\n");
        }
    }

    /// <summary>True for what a host or the lab printed: its name and a bar stand in front.</summary>
    private static bool IsPrinted(RunLine line)
    {
        int bar = line.Text.IndexOf('|', StringComparison.Ordinal);
        return line.Call.Length == 0 && bar > 0 && !line.Text.AsSpan(0, bar).Contains(' ');
    }
}

using System.Globalization;
using System.Text;

namespace Finwait.Lab;

/// <summary>cut and tr.</summary>
internal static class CutFilter
{
    /// <summary>cut: fields or characters of each line.</summary>
    internal static ToolResult Cut(IReadOnlyList<string> arguments, string input, Func<string, string?>? readFile)
    {
        ToolOption[] known = [new('d', "delimiter", true), new('f', "fields", true), new('c', "characters", true), new('b', "bytes", true), new('s', "only-delimited")];
        if (!OptionReader.TryRead("cut", arguments, known, out OptionReader reader, out string error))
        {
            return ToolResult.Failed(ToolResult.WrongUsage, error);
        }

        string delimiter = reader.Options.LastOrDefault(option => option.Option.Letter == 'd').Value ?? "\t";
        (ToolOption Option, string Value) list = reader.Options.LastOrDefault(option => option.Option.Letter is 'f' or 'c' or 'b');
        if (list.Value is null)
        {
            return ToolResult.Failed(ToolResult.WrongUsage, "cut: you must specify a list of fields (-f) or characters (-c)");
        }

        if (delimiter.Length != 1)
        {
            return ToolResult.Failed(ToolResult.WrongUsage, "cut: the delimiter must be a single character");
        }

        if (!TryParseList(list.Value, out List<(int First, int Last)> ranges))
        {
            return ToolResult.Failed(ToolResult.WrongUsage, $"cut: invalid list '{list.Value}', numbers from 1 and ranges are expected");
        }

        if (!TextTools.TryReadAll("cut", reader.Operands, input, readFile, out string text, out ToolResult failure))
        {
            return failure;
        }

        bool byFields = list.Option.Letter == 'f';
        bool onlyDelimited = reader.Options.Any(option => option.Option.Letter == 's');
        StringBuilder result = new();
        foreach (string line in TextTools.Lines(text))
        {
            if (byFields && !line.Contains(delimiter[0]))
            {
                result.Append(onlyDelimited ? "" : line + "\n");
                continue;
            }

            string[] parts = byFields ? line.Split(delimiter[0]) : [.. line.Select(c => c.ToString())];
            result.AppendJoin(byFields ? delimiter : "", parts.Where((_, i) => ranges.Exists(range => i + 1 >= range.First && i + 1 <= range.Last))).Append('\n');
        }

        return ToolResult.Done(result.ToString());
    }

    /// <summary>tr: characters replaced, deleted (<c>-d</c>) or squeezed (<c>-s</c>).</summary>
    internal static ToolResult Translate(IReadOnlyList<string> arguments, string input)
    {
        if (!OptionReader.TryRead("tr", arguments, [new('d', "delete"), new('s', "squeeze-repeats")], out OptionReader reader, out string error))
        {
            return ToolResult.Failed(ToolResult.WrongUsage, error);
        }

        bool deletes = reader.Options.Any(option => option.Option.Letter == 'd');
        bool squeezes = reader.Options.Any(option => option.Option.Letter == 's');
        int wanted = deletes || (squeezes && reader.Operands.Count == 1) ? 1 : 2;
        if (reader.Operands.Count != wanted)
        {
            return ToolResult.Failed(ToolResult.WrongUsage, reader.Operands.Count < wanted ? "tr: missing operand" : $"tr: extra operand '{reader.Operands[wanted]}'");
        }

        string from = Expand(reader.Operands[0]);
        string to = wanted == 2 ? Expand(reader.Operands[1]) : from;
        if (to.Length == 0)
        {
            return ToolResult.Failed(ToolResult.WrongUsage, "tr: the sets of characters must not be empty");
        }

        StringBuilder result = new();
        foreach (char c in input)
        {
            int at = from.IndexOf(c);
            if (at >= 0 && deletes)
            {
                continue;
            }

            char written = at < 0 || wanted == 1 ? c : to[Math.Min(at, to.Length - 1)];
            bool repeats = squeezes && result.Length > 0 && result[^1] == written && to.Contains(written);
            result.Append(repeats ? "" : written.ToString());
        }

        return ToolResult.Done(result.ToString());
    }

    private static bool TryParseList(string text, out List<(int, int)> ranges)
    {
        ranges = [];
        foreach (string part in text.Split(','))
        {
            int dash = part.IndexOf('-');
            string first = dash < 0 ? part : part[..dash];
            string last = dash < 0 ? part : part[(dash + 1)..];
            int from = 1, to = int.MaxValue;
            if ((first.Length > 0 || dash < 0) && !int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out from))
            {
                return false;
            }

            if ((last.Length > 0 || dash < 0) && !int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out to))
            {
                return false;
            }

            if (from < 1 || to < from || part == "-")
            {
                return false;
            }

            ranges.Add((from, to));
        }

        return true;
    }

    // a-z, \n, \t, \\ and the classes people use.
    private static string Expand(string set)
    {
        string text = set.Replace("[:lower:]", "a-z", StringComparison.Ordinal).Replace("[:upper:]", "A-Z", StringComparison.Ordinal).Replace("[:digit:]", "0-9", StringComparison.Ordinal)
            .Replace("[:blank:]", " \\t", StringComparison.Ordinal).Replace("[:space:]", " \\t\\n\\r", StringComparison.Ordinal);
        StringBuilder expanded = new();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length)
            {
                i++;
                expanded.Append(text[i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', _ => text[i] });
            }
            else if (i + 2 < text.Length && text[i + 1] == '-' && text[i + 2] >= text[i])
            {
                for (int c = text[i]; c <= text[i + 2]; c++)
                {
                    expanded.Append((char)c);
                }

                i += 2;
            }
            else
            {
                expanded.Append(text[i]);
            }
        }

        return expanded.ToString();
    }
}

using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Finwait.Lab;

/// <summary>grep, egrep and fgrep: lines that match.</summary>
internal static class GrepFilter
{
    private static readonly ToolOption[] s_known =
    [
        new('i', "ignore-case"), new('v', "invert-match"), new('c', "count"), new('E', "extended-regexp"), new('F', "fixed-strings"), new('G', "basic-regexp"), new('n', "line-number"),
        new('q', "quiet"), new('w', "word-regexp"), new('x', "line-regexp"), new('e', "regexp", true), new('\0', "color", true), new('h', "no-filename"), new('o', "only-matching"), new('m', "max-count", true),
    ];

    internal static ToolResult Run(string program, IReadOnlyList<string> arguments, string input, Func<string, string?>? readFile)
    {
        // The value of --color may be missing; nothing is coloured in any case.
        string[] words = [.. arguments.Where(word => word is not ("--color" or "--colour"))];
        if (!OptionReader.TryRead("grep", words, s_known, out OptionReader reader, out string error))
        {
            return ToolResult.Failed(ToolResult.WrongUsage, error);
        }

        bool Has(string word) => reader.Options.Any(option => option.Option.Word == word);
        List<string> operands = [.. reader.Operands];
        List<string> patterns = [.. reader.Options.Where(option => option.Option.Word == "regexp").Select(option => option.Value)];
        if (patterns.Count == 0)
        {
            if (operands.Count == 0)
            {
                return ToolResult.Failed(ToolResult.WrongUsage, "usage: grep [-cEFimnoqvwx] [-e] PATTERN [FILE]...");
            }

            patterns.Add(operands[0]);
            operands.RemoveAt(0);
        }

        bool isFixed = Has("fixed-strings") || program == "fgrep";
        bool isExtended = Has("extended-regexp") || program == "egrep";
        List<Regex> regexes = [];
        foreach (string pattern in patterns.SelectMany(pattern => pattern.Split('\n')))
        {
            if (!TryBuild(pattern, isFixed, isExtended, Has("ignore-case"), Has("line-regexp"), Has("word-regexp"), out Regex? regex, out error))
            {
                return ToolResult.Failed(ToolResult.WrongUsage, "grep: " + error);
            }

            regexes.Add(regex!);
        }

        if (!TextTools.TryReadAll("grep", operands, input, readFile, out string text, out ToolResult failure))
        {
            return failure with { Status = ToolResult.WrongUsage };
        }

        int most = int.MaxValue;
        if (reader.Options.LastOrDefault(option => option.Option.Word == "max-count").Value is { } limit && !int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out most))
        {
            return ToolResult.Failed(ToolResult.WrongUsage, "grep: invalid max count");
        }

        var style = new Style(Has("invert-match"), Has("count"), Has("line-number"), Has("quiet"), Has("only-matching"), Has("word-regexp"), most);
        return Search(TextTools.Lines(text), regexes, style);
    }

    private static bool TryBuild(string pattern, bool isFixed, bool isExtended, bool ignoreCase, bool wholeLine, bool wholeWord, out Regex? regex, out string error)
    {
        error = "";
        if (isFixed)
        {
            regex = PosixRegex.Literal(pattern, ignoreCase);
        }
        else if (!PosixRegex.TryCreate(pattern, isExtended, ignoreCase, out regex, out error))
        {
            return false;
        }

        if (wholeLine || wholeWord)
        {
            string inside = regex.ToString();
            regex = new(wholeLine ? $"^(?:{inside})\\z" : $"(?:^|[^A-Za-z0-9_])(?:{inside})(?:[^A-Za-z0-9_]|\\z)", regex.Options);
        }

        return true;
    }

    /// <summary>What is shown of the lines that match.</summary>
    private readonly record struct Style(bool Inverts, bool Counts, bool Numbers, bool IsQuiet, bool OnlyMatches, bool IsWord, int Most);

    /// <summary>The parts of a line that match, from left to right; where a word was asked for without what stands around it.</summary>
    private static IEnumerable<string> Parts(string line, List<Regex> regexes, bool isWord) =>
        regexes.SelectMany(regex => regex.Matches(line)).Where(match => match.Length > 0).OrderBy(match => match.Index)
            .Select(match => isWord ? string.Concat(match.Value.SkipWhile(c => !char.IsAsciiLetterOrDigit(c) && c != '_').Reverse().SkipWhile(c => !char.IsAsciiLetterOrDigit(c) && c != '_').Reverse()) : match.Value);

    private static ToolResult Search(string[] lines, List<Regex> regexes, Style style)
    {
        StringBuilder text = new();
        int found = 0;
        for (int i = 0; i < lines.Length && found < style.Most; i++)
        {
            string line = lines[i];
            if (regexes.Exists(regex => regex.IsMatch(line)) == style.Inverts)
            {
                continue;
            }

            found++;
            foreach (string part in style.Counts || style.IsQuiet ? [] : style.OnlyMatches ? (style.Inverts ? [] : Parts(line, regexes, style.IsWord)) : [line])
            {
                text.Append(style.Numbers ? string.Create(CultureInfo.InvariantCulture, $"{i + 1}:") : "").Append(part).Append('\n');
            }
        }

        if (style.Counts && !style.IsQuiet)
        {
            text.Append(CultureInfo.InvariantCulture, $"{found}\n");
        }

        return new(found > 0 ? 0 : 1, text.ToString(), "");
    }
}

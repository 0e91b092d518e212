using System.Globalization;
using System.Text;

namespace Finwait.Lab;

/// <summary>The small text programs that stand behind a pipe: text in, text out.</summary>
internal static class TextTools
{
    private const int UsualLines = 10; // of head and tail

    /// <summary>The programs, in the order of the alphabet.</summary>
    internal static IReadOnlyList<string> Programs { get; } = ["awk", "cat", "cut", "echo", "egrep", "fgrep", "grep", "head", "sed", "sort", "tail", "tr", "uniq", "wc"];

    internal static bool IsProgram(string name) => Programs.Contains(name);

    /// <summary>Runs a program.</summary>
    /// <param name="program">One of <see cref="Programs"/>.</param>
    /// <param name="arguments">The words behind it, quotes removed.</param>
    /// <param name="input">Standard input.</param>
    /// <param name="readFile">Gives the text of a file, or <c>null</c> if there is none of that name; <c>null</c> if there are no files at all.</param>
    /// <returns>Status 0; 1 if grep found nothing or a file is missing (grep: 2); 2 and one line on standard error if the line cannot be understood.</returns>
    /// <exception cref="ArgumentException">No such program: a caller bug.</exception>
    internal static ToolResult Run(string program, IReadOnlyList<string> arguments, string input, Func<string, string?>? readFile = null) => program switch
    {
        "awk" => AwkCommand.Run(arguments, input, readFile),
        "cat" => Cat(arguments, input, readFile),
        "cut" => CutFilter.Cut(arguments, input, readFile),
        "echo" => Echo(arguments),
        "grep" or "egrep" or "fgrep" => GrepFilter.Run(program, arguments, input, readFile),
        "head" => HeadOrTail("head", arguments, input, readFile),
        "sed" => SedFilter.Run(arguments, input, readFile),
        "sort" => SortFilter.Sort(arguments, input, readFile),
        "tail" => HeadOrTail("tail", arguments, input, readFile),
        "tr" => CutFilter.Translate(arguments, input),
        "uniq" => SortFilter.Unique(arguments, input, readFile),
        "wc" => WordCount(arguments, input, readFile),
        _ => throw new ArgumentException($"'{program}' is not one of the text programs", nameof(program)),
    };

    /// <summary>The lines of a text; a last line without a newline is one too.</summary>
    internal static string[] Lines(string text)
    {
        if (text.Length == 0)
        {
            return [];
        }

        string[] lines = text.Split('\n');
        return text.EndsWith('\n') ? lines[..^1] : lines;
    }

    /// <summary>Standard input if there are no operands (or <c>-</c>), else the files one after the other.</summary>
    /// <param name="failure">What happened if false is returned.</param>
    internal static bool TryReadAll(string program, IReadOnlyList<string> operands, string input, Func<string, string?>? readFile, out string text, out ToolResult failure)
    {
        failure = default;
        if (operands.Count == 0)
        {
            text = input;
            return true;
        }

        List<string> pieces = [];
        StringBuilder errors = new();
        int length = 0;
        foreach (string name in operands)
        {
            string? content = name == "-" ? input : readFile?.Invoke(name);
            int room = LabFiles.MaxLength + 1 - length; // one more than any file of the host takes, so that it is seen
            pieces.Add(content is null ? "" : content.Length <= room ? content : content[..room]);
            length += pieces[^1].Length;
            if (length > LabFiles.MaxLength && program != "cat")
            {
                text = "";
                failure = ToolResult.Failed(program is "awk" or "grep" or "egrep" or "fgrep" ? 2 : 1, $"{program}: memory exhausted");
                return false;
            }

            errors.Append(content is null ? $"{program}: {name}: No such file or directory\n" : "");
        }

        text = string.Concat(pieces);
        failure = new(program is "awk" ? 2 : 1, program is "cat" ? text : "", errors.ToString());
        return errors.Length == 0;
    }

    private static ToolResult Cat(IReadOnlyList<string> arguments, string input, Func<string, string?>? readFile)
    {
        if (!OptionReader.TryRead("cat", arguments, [new('n', "number")], out OptionReader reader, out string error))
        {
            return ToolResult.Failed(ToolResult.WrongUsage, error);
        }

        if (!TryReadAll("cat", reader.Operands, input, readFile, out string text, out ToolResult failure))
        {
            return failure;
        }

        if (reader.Options.Count == 0)
        {
            return ToolResult.Done(text);
        }

        StringBuilder numbered = new();
        int number = 0;
        foreach (string line in Lines(text))
        {
            numbered.Append(CultureInfo.InvariantCulture, $"{++number,6}\t{line}\n");
        }

        return ToolResult.Done(numbered.ToString());
    }

    // echo knows no wrong option: what is none of -n, -e, -E is text.
    private static ToolResult Echo(IReadOnlyList<string> arguments)
    {
        bool newline = true, escapes = false;
        int first = 0;
        while (first < arguments.Count && arguments[first].Length > 1 && arguments[first][0] == '-' && arguments[first].AsSpan(1).IndexOfAnyExcept("neE") < 0)
        {
            foreach (char letter in arguments[first].AsSpan(1))
            {
                newline &= letter != 'n';
                escapes = letter == 'e' || (letter != 'E' && escapes);
            }

            first++;
        }

        string text = string.Join(' ', arguments.Skip(first));
        return ToolResult.Done((escapes ? PrintfTool.Unescape(text) : text) + (newline ? "\n" : ""));
    }

    private static ToolResult HeadOrTail(string program, IReadOnlyList<string> arguments, string input, Func<string, string?>? readFile)
    {
        // "head -5" is an old way to write "head -n 5".
        List<string> words = [.. arguments];
        if (words.Count > 0 && words[0].Length > 1 && words[0][0] == '-' && words[0].AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0)
        {
            words[0] = "-n" + words[0][1..];
        }

        if (!OptionReader.TryRead(program, words, [new('n', "lines", true), new('c', "bytes", true)], out OptionReader reader, out string error))
        {
            return ToolResult.Failed(ToolResult.WrongUsage, error);
        }

        int count = UsualLines;
        char sign = '\0';
        bool counted = false;
        foreach ((ToolOption option, string value) in reader.Options)
        {
            counted = option.Letter == 'c';
            sign = value.Length > 0 && value[0] is '-' or '+' ? value[0] : '\0';
            if (!int.TryParse(sign == '\0' ? value : value[1..], NumberStyles.None, CultureInfo.InvariantCulture, out count))
            {
                return ToolResult.Failed(ToolResult.WrongUsage, $"{program}: invalid number of {(counted ? "bytes" : "lines")}: '{value}'");
            }
        }

        if (!TryReadAll(program, reader.Operands, input, readFile, out string text, out ToolResult failure))
        {
            return failure;
        }

        if (counted)
        {
            byte[] octets = ShellOctets.Write(text);
            int length = Math.Min(count, octets.Length);
            ReadOnlySpan<byte> chosen = program == "head"
                ? sign == '-' ? octets.AsSpan(0, octets.Length - length) : octets.AsSpan(0, length)
                : sign == '+' ? octets.AsSpan(Math.Min(Math.Max(count - 1, 0), octets.Length)) : octets.AsSpan(octets.Length - length);
            return ToolResult.Done(ShellOctets.Read(chosen));
        }

        string[] lines = Lines(text);
        int kept = Math.Min(count, lines.Length);
        ReadOnlySpan<string> part = program == "head"
            ? sign == '-' ? lines.AsSpan(0, lines.Length - kept) : lines.AsSpan(0, kept)
            : sign == '+' ? lines.AsSpan(Math.Min(Math.Max(count - 1, 0), lines.Length)) : lines.AsSpan(lines.Length - kept);
        return ToolResult.Done(Join(part, endsWithNewline: text.EndsWith('\n') || (program == "head" && part.Length < lines.Length)));
    }

    private static string Join(ReadOnlySpan<string> lines, bool endsWithNewline)
    {
        StringBuilder text = new();
        for (int i = 0; i < lines.Length; i++)
        {
            text.Append(lines[i]).Append(i + 1 < lines.Length || endsWithNewline ? "\n" : "");
        }

        return text.ToString();
    }

    private static ToolResult WordCount(IReadOnlyList<string> arguments, string input, Func<string, string?>? readFile)
    {
        if (!OptionReader.TryRead("wc", arguments, [new('l', "lines"), new('w', "words"), new('c', "bytes"), new('m', "chars")], out OptionReader reader, out string error))
        {
            return ToolResult.Failed(ToolResult.WrongUsage, error);
        }

        char[] columns = [.. "lwmc".Where(letter => reader.Options.Count == 0 ? letter != 'm' : reader.Options.Any(option => option.Option.Letter == letter))];
        StringBuilder errors = new();
        List<(string Name, long[] Counts)> rows = [];
        long size = 0;
        bool isPiped = reader.Operands.Count == 0;
        foreach (string name in isPiped ? ["-"] : reader.Operands)
        {
            isPiped |= name == "-";
            if ((name == "-" ? input : readFile?.Invoke(name)) is not { } text)
            {
                errors.Append(CultureInfo.InvariantCulture, $"wc: {name}: No such file or directory\n");
                continue;
            }

            size += ShellOctets.Write(text).Length;
            rows.Add((reader.Operands.Count == 0 ? "" : " " + name, Array.ConvertAll(columns, letter => Count(text, letter))));
        }

        if (reader.Operands.Count > 1)
        {
            rows.Add((" total", [.. columns.Select((_, column) => rows.Sum(row => row.Counts[column]))]));
        }

        // The columns are as wide as the octets of all files together need; what a pipe brings is not known before, and gets seven places.
        int digits = size.ToString(CultureInfo.InvariantCulture).Length;
        int width = columns.Length == 1 && reader.Operands.Count < 2 ? 0 : isPiped ? Math.Max(digits, 7) : digits;
        IEnumerable<string> lines = rows.Select(row => string.Join(' ', row.Counts.Select(count => count.ToString(CultureInfo.InvariantCulture).PadLeft(width))) + row.Name + "\n");
        return new(errors.Length > 0 ? 1 : 0, string.Concat(lines), errors.ToString());
    }

    private static long Count(string text, char column) => column switch
    {
        'l' => text.AsSpan().Count('\n'),
        'w' => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length,
        'm' => text.EnumerateRunes().Count(),
        _ => ShellOctets.Write(text).Length,
    };
}

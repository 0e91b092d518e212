using System.Globalization;
using System.Text;

namespace Finwait.Lab;

/// <summary>sort and uniq.</summary>
internal static class SortFilter
{
    /// <summary>sort: by bytes, as in the C locale.</summary>
    internal static ToolResult Sort(IReadOnlyList<string> arguments, string input, Func<string, string?>? readFile)
    {
        ToolOption[] known = [new('n', "numeric-sort"), new('r', "reverse"), new('u', "unique"), new('f', "ignore-case"), new('k', "key", true), new('t', "field-separator", true), new('s', "stable"), new('b', "ignore-leading-blanks"), new('V', "version-sort")];
        if (!OptionReader.TryRead("sort", arguments, known, out OptionReader reader, out string error))
        {
            return ToolResult.Failed(ToolResult.WrongUsage, error);
        }

        bool Has(char letter) => reader.Options.Any(option => option.Option.Letter == letter);
        if (Has('V'))
        {
            return ToolResult.Failed(ToolResult.WrongUsage, "sort: option '-V' is not supported");
        }

        List<SortKey> keys = [];
        foreach ((_, string value) in reader.Options.Where(option => option.Option.Letter == 'k'))
        {
            if (!SortKey.TryParse(value, Has('n'), Has('r'), Has('f'), out SortKey? key))
            {
                return ToolResult.Failed(ToolResult.WrongUsage, $"sort: invalid key '{value}', a field number from 1 is expected");
            }

            keys.Add(key!);
        }

        string separator = reader.Options.LastOrDefault(option => option.Option.Letter == 't').Value ?? "";
        if (separator.Length > 1)
        {
            return ToolResult.Failed(ToolResult.WrongUsage, $"sort: multi-character tab '{separator}'");
        }

        if (!TextTools.TryReadAll("sort", reader.Operands, input, readFile, out string text, out ToolResult failure))
        {
            return failure;
        }

        if (keys.Count == 0)
        {
            keys.Add(new(1, int.MaxValue, Has('n'), Has('r'), Has('f')));
        }

        int ByKeys(string a, string b) => keys.Select(key => key.Compare(a, b, separator)).FirstOrDefault(order => order != 0);
        int Whole(string a, string b)
        {
            int order = ByKeys(a, b);
            return order != 0 || Has('s') || Has('u') ? order : Has('r') ? string.CompareOrdinal(b, a) : string.CompareOrdinal(a, b);
        }

        List<string> lines = [.. TextTools.Lines(text).Order(Comparer<string>.Create(Whole))];
        StringBuilder sorted = new();
        for (int i = 0; i < lines.Count; i++)
        {
            if (!Has('u') || i == 0 || ByKeys(lines[i - 1], lines[i]) != 0)
            {
                sorted.Append(lines[i]).Append('\n');
            }
        }

        return ToolResult.Done(sorted.ToString());
    }

    /// <summary>uniq: neighbouring lines that are the same, once.</summary>
    internal static ToolResult Unique(IReadOnlyList<string> arguments, string input, Func<string, string?>? readFile)
    {
        if (!OptionReader.TryRead("uniq", arguments, [new('c', "count"), new('d', "repeated"), new('u', "unique"), new('i', "ignore-case")], out OptionReader reader, out string error))
        {
            return ToolResult.Failed(ToolResult.WrongUsage, error);
        }

        if (!TextTools.TryReadAll("uniq", reader.Operands, input, readFile, out string text, out ToolResult failure))
        {
            return failure;
        }

        bool Has(char letter) => reader.Options.Any(option => option.Option.Letter == letter);
        StringComparison comparison = Has('i') ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        string[] lines = TextTools.Lines(text);
        StringBuilder kept = new();
        for (int i = 0; i < lines.Length;)
        {
            int end = i + 1;
            while (end < lines.Length && string.Equals(lines[end], lines[i], comparison))
            {
                end++;
            }

            int count = end - i;
            if ((!Has('d') || count > 1) && (!Has('u') || count == 1))
            {
                kept.Append(Has('c') ? string.Create(CultureInfo.InvariantCulture, $"{count,7} ") : "").Append(lines[i]).Append('\n');
            }

            i = end;
        }

        return ToolResult.Done(kept.ToString());
    }

    /// <summary>A key of sort: fields from first to last, whole.</summary>
    private sealed record SortKey(int First, int Last, bool Numeric, bool Reverse, bool IgnoreCase)
    {
        internal static bool TryParse(string text, bool numeric, bool reverse, bool ignoreCase, out SortKey? key)
        {
            key = null;
            string flags = new([.. text.Where(char.IsAsciiLetter)]);
            string[] numbers = new string([.. text.Where(c => !char.IsAsciiLetter(c))]).Split(',');
            int last = int.MaxValue;
            if (numbers.Length > 2 || !TryField(numbers[0], out int first) || (numbers.Length == 2 && !TryField(numbers[1], out last)) || flags.AsSpan().IndexOfAnyExcept("nrfb") >= 0)
            {
                return false;
            }

            key = new(first, last, numeric || flags.Contains('n'), reverse ^ (flags.Contains('r') && !reverse), ignoreCase || flags.Contains('f'));
            return true;
        }

        internal int Compare(string a, string b, string separator)
        {
            ReadOnlySpan<char> keyA = Cut(a, separator), keyB = Cut(b, separator);
            int order = Numeric ? LeadingNumber(keyA).CompareTo(LeadingNumber(keyB)) : keyA.CompareTo(keyB, IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
            return Reverse ? -order : order;
        }

        private static bool TryField(string text, out int field) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out field) && field > 0;

        private ReadOnlySpan<char> Cut(string line, string separator)
        {
            int start = FieldStart(line, First, separator);
            int end = Last == int.MaxValue ? line.Length : FieldEnd(line, Last, separator);
            return line.AsSpan(start, Math.Max(0, end - start));
        }

        // A field's leading blanks belong to it unless a separator was given.
        private static int FieldStart(string line, int field, string separator)
        {
            int at = 0;
            for (int i = 1; i < field && at < line.Length; i++)
            {
                at = FieldEndFrom(line, at, separator);
                at += separator.Length > 0 && at < line.Length ? 1 : 0;
            }

            return at;
        }

        private static int FieldEnd(string line, int field, string separator) => FieldEndFrom(line, FieldStart(line, field, separator), separator);

        private static int FieldEndFrom(string line, int at, string separator)
        {
            if (separator.Length > 0)
            {
                int next = line.IndexOf(separator[0], at);
                return next < 0 ? line.Length : next;
            }

            while (at < line.Length && line[at] is ' ' or '\t')
            {
                at++;
            }

            while (at < line.Length && line[at] is not (' ' or '\t'))
            {
                at++;
            }

            return at;
        }

        private static double LeadingNumber(ReadOnlySpan<char> text)
        {
            ReadOnlySpan<char> trimmed = text.TrimStart();
            int end = trimmed.Length > 0 && trimmed[0] == '-' ? 1 : 0;
            bool dot = false;
            while (end < trimmed.Length && (char.IsAsciiDigit(trimmed[end]) || (trimmed[end] == '.' && !dot)))
            {
                dot |= trimmed[end++] == '.';
            }

            return double.TryParse(trimmed[..end], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) ? number : 0;
        }
    }
}

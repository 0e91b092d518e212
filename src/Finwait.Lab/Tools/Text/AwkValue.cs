using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Finwait.Lab;

/// <summary>A value of awk: a number, a string, or text from the input that counts as a number if it looks like one.</summary>
internal readonly struct AwkValue
{
    private readonly string? _text;
    private readonly double _number;
    private readonly bool _isNumber;

    private AwkValue(string? text, double number, bool isNumber)
    {
        _text = text;
        _number = number;
        _isNumber = isNumber;
    }

    /// <summary>Compared as a number.</summary>
    internal bool IsNumber => _isNumber;

    internal bool IsUnset => _text is null && !_isNumber;

    internal double Number => _isNumber || _text is null ? _number : LeadingNumber(_text);

    /// <summary>Zero and the empty string are false, and so is input that looks like zero.</summary>
    internal bool IsTrue => _isNumber ? _number != 0 : !string.IsNullOrEmpty(_text);

    internal string Text
    {
        get
        {
            if (_text is not null)
            {
                return _text;
            }

            return !_isNumber ? "" : Math.Floor(_number) == _number && Math.Abs(_number) < 1e15 ? ((long)_number).ToString(CultureInfo.InvariantCulture) : NumberText.General(_number);
        }
    }

    internal static AwkValue OfNumber(double number) => new(null, number, isNumber: true);

    internal static AwkValue OfBool(bool value) => OfNumber(value ? 1 : 0);

    internal static AwkValue OfText(string text) => text.Length <= AwkCommand.MaxText ? new(text, 0, isNumber: false) : throw new AwkException("a string grew too long");

    internal static AwkValue OfInput(string text)
    {
        bool looksLikeNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) && text.AsSpan().Trim().Length > 0;
        return new(text, looksLikeNumber ? number : 0, looksLikeNumber);
    }

    /// <summary>As numbers if both are, else as strings.</summary>
    internal int CompareTo(AwkValue other)
    {
        bool numeric = (_isNumber || IsUnset) && (other._isNumber || other.IsUnset);
        return numeric ? Number.CompareTo(other.Number) : string.CompareOrdinal(Text, other.Text);
    }

    private static double LeadingNumber(string text)
    {
        ReadOnlySpan<char> rest = text.AsSpan().TrimStart();
        int end = 0;
        end += end < rest.Length && rest[end] is '+' or '-' ? 1 : 0;
        end = SkipDigits(rest, end);
        end = end < rest.Length && rest[end] == '.' ? SkipDigits(rest, end + 1) : end;
        return double.TryParse(rest[..end], NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : 0;
    }

    private static int SkipDigits(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return at;
    }
}

/// <summary>Everything a running program has: the record, its fields, variables, arrays, and the output.</summary>
internal sealed class AwkState
{
    private const int MaxFields = 100_000;

    private readonly Dictionary<string, AwkValue> _variables = [];
    private readonly Dictionary<string, AwkArray> _arrays = [];
    private readonly Dictionary<string, Regex> _regexes = [];
    private readonly List<string> _fields = [];
    private string _record = "";

    internal AwkState()
    {
        Set("OFS", AwkValue.OfText(" "));
        Set("ORS", AwkValue.OfText("\n"));
        Set("SUBSEP", AwkValue.OfText("\u001c"));
    }

    internal StringBuilder Output { get; } = new();

    internal int ExitStatus { get; set; }

    internal int RecordNumber { get; private set; }

    internal AwkValue Get(string name) => name switch
    {
        "NF" => AwkValue.OfNumber(_fields.Count),
        "NR" or "FNR" => AwkValue.OfNumber(RecordNumber),
        _ => _variables.GetValueOrDefault(name),
    };

    internal void Set(string name, AwkValue value)
    {
        if (name is "NF" or "NR" or "FNR")
        {
            throw new AwkException($"assigning to {name} is not supported");
        }

        _variables[name] = value;
    }

    internal AwkArray Array(string name)
    {
        if (!_arrays.TryGetValue(name, out AwkArray? array))
        {
            _arrays.Add(name, array = new());
        }

        return array;
    }

    internal void SetRecord(string line)
    {
        RecordNumber++;
        _record = line;
        Split();
    }

    internal AwkValue Field(double number)
    {
        CheckField(number);
        return number == 0 ? AwkValue.OfInput(_record) : number <= _fields.Count ? AwkValue.OfInput(_fields[(int)number - 1]) : default;
    }

    internal void SetField(double number, AwkValue value)
    {
        CheckField(number);
        if (number == 0)
        {
            _record = value.Text;
            Split();
            return;
        }

        while (_fields.Count < (int)number)
        {
            _fields.Add("");
        }

        _fields[(int)number - 1] = value.Text;
        _record = string.Join(Get("OFS").Text, _fields);
    }

    internal bool Matches(string text, string pattern)
    {
        if (!_regexes.TryGetValue(pattern, out Regex? regex))
        {
            if (_regexes.Count > 1000 || !PosixRegex.TryCreate(pattern, isExtended: true, ignoreCase: false, out regex, out string error))
            {
                throw new AwkException($"regular expression /{pattern}/: {(_regexes.Count > 1000 ? "too many" : PosixRegex.TryCreate(pattern, true, false, out _, out error) ? "" : error)}");
            }

            _regexes.Add(pattern, regex);
        }

        return regex.IsMatch(text);
    }

    internal void Write(string text)
    {
        if (Output.Length + (long)text.Length > AwkCommand.MaxText)
        {
            throw new AwkException("the output grew too long");
        }

        Output.Append(text);
    }

    private static void CheckField(double number)
    {
        if (!(number >= 0 && number <= MaxFields))
        {
            throw new AwkException(string.Create(CultureInfo.InvariantCulture, $"field ${number} is out of range (0-{MaxFields})"));
        }
    }

    private void Split()
    {
        _fields.Clear();
        string separator = Get("FS").Text;
        if (separator == " ")
        {
            _fields.AddRange(_record.Split((char[])[' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries));
        }
        else if (_record.Length > 0 && separator.Length == 1)
        {
            _fields.AddRange(_record.Split(separator[0]));
        }
        else if (_record.Length > 0)
        {
            Matches("", separator); // builds it, or says what is wrong
            _fields.AddRange(_regexes[separator].Split(_record));
        }
    }
}

/// <summary>An array of awk: by string, in the order in which its entries came.</summary>
internal sealed class AwkArray
{
    private readonly Dictionary<string, int> _places = [];
    private readonly List<(string Key, AwkValue Value)> _entries = [];

    internal IReadOnlyList<string> Keys => [.. _entries.Select(entry => entry.Key)];

    internal int Count => _entries.Count;

    internal bool Contains(string key) => _places.ContainsKey(key);

    /// <summary>Looking at an entry makes it, as awk has it.</summary>
    internal AwkValue this[string key]
    {
        get => _entries[Place(key)].Value;
        set => _entries[Place(key)] = (key, value);
    }

    private int Place(string key)
    {
        if (!_places.TryGetValue(key, out int place))
        {
            place = _entries.Count;
            _places.Add(key, place);
            _entries.Add((key, default));
        }

        return place;
    }
}

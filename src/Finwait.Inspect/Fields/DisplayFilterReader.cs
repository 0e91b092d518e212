using System.Globalization;
using System.Text.RegularExpressions;

namespace Finwait.Inspect;

/// <summary>Reads a display filter by recursive descent: or, and, not, a test. A fault is a <see cref="FormatException"/> whose text is for the writer.</summary>
internal sealed class DisplayFilterReader
{
    private const int MostCharacters = 2_000;

    /// <summary>Parentheses and nots in each other.</summary>
    private const int MostDepth = 50;

    private static readonly (string Word, DisplayComparison How)[] s_comparisons =
    [
        ("==", DisplayComparison.Equal), ("eq", DisplayComparison.Equal), ("any_eq", DisplayComparison.Equal), ("===", DisplayComparison.AllEqual), ("all_eq", DisplayComparison.AllEqual),
        ("!=", DisplayComparison.AllDiffer), ("ne", DisplayComparison.AllDiffer), ("all_ne", DisplayComparison.AllDiffer), ("!==", DisplayComparison.AnyDiffers), ("any_ne", DisplayComparison.AnyDiffers),
        ("<", DisplayComparison.Less), ("lt", DisplayComparison.Less), ("<=", DisplayComparison.LessOrEqual), ("le", DisplayComparison.LessOrEqual),
        (">", DisplayComparison.Greater), ("gt", DisplayComparison.Greater), (">=", DisplayComparison.GreaterOrEqual), ("ge", DisplayComparison.GreaterOrEqual),
    ];

    private readonly DisplayTokens _tokens;
    private int _depth;

    private DisplayFilterReader(string text) => _tokens = new DisplayTokens(text);

    public static DisplayTest Read(string text)
    {
        if (text.Length > MostCharacters)
        {
            throw new FormatException($"a filter has at most {MostCharacters} characters");
        }

        var reader = new DisplayFilterReader(text);
        if (reader._tokens.IsAtEnd)
        {
            throw new FormatException("an empty filter: tcp.port == 4000 is one");
        }

        DisplayTest test = reader.ReadOr();
        return reader._tokens.IsAtEnd ? test : throw reader.Unexpected("and, or, or the end");
    }

    private DisplayTest ReadOr()
    {
        DisplayTest test = ReadAnd();
        while (_tokens.Take("or", "||"))
        {
            test = new EitherTest(test, ReadAnd());
        }

        return test;
    }

    private DisplayTest ReadAnd()
    {
        DisplayTest test = ReadNot();
        while (_tokens.Take("and", "&&"))
        {
            test = new BothTest(test, ReadNot());
        }

        return test;
    }

    private DisplayTest ReadNot()
    {
        if (++_depth > MostDepth)
        {
            throw new FormatException($"more than {MostDepth} parentheses and nots in each other");
        }

        DisplayTest test;
        if (_tokens.Take("not", "!"))
        {
            test = new NotTest(ReadNot());
        }
        else if (_tokens.Take("("))
        {
            test = ReadOr();
            if (!_tokens.Take(")"))
            {
                throw Unexpected("')'");
            }
        }
        else
        {
            test = ReadTest();
        }

        _depth--;
        return test;
    }

    private DisplayTest ReadTest()
    {
        DisplayToken first = _tokens.Next("a field, such as tcp.port");
        if (_tokens.Peek is { IsQuoted: false, Text: "(" } && !first.IsQuoted && char.IsLetter(first.Text[0]))
        {
            throw new FormatException($"functions such as {first.Text}() are not part of these filters");
        }

        if (FieldOf(first) is not { } field)
        {
            throw first.IsQuoted || char.IsDigit(first.Text[0]) ? new FormatException($"\"{first.Text}\" is a value: the field stands on the left, tcp.port == {first.Text}") : NoField(first);
        }

        DisplayOperand left = ReadField(field);
        if (_tokens.Take("in"))
        {
            return ReadSet(left);
        }

        if (_tokens.Take("contains"))
        {
            RequireOctets(left, "contains");
            return new ContainsTest(left, DisplayConstant.Octets(_tokens.Next("what it contains")));
        }

        if (_tokens.Take("matches", "~"))
        {
            RequireOctets(left, "matches");
            return new PatternTest(left, PatternOf(_tokens.Next("a pattern in quotes")));
        }

        if (TakeComparison() is not { } how)
        {
            return new ExistenceTest(left);
        }

        return new ComparisonTest(how, left, ReadSide(left, _tokens.Next($"a value for {field.Name}")));
    }

    private DisplayOperand ReadSide(DisplayOperand left, DisplayToken token)
    {
        if (FieldOf(token) is not { } field)
        {
            return new DisplayOperand { Constant = DisplayConstant.Of(left, token) };
        }

        DisplayOperand right = ReadField(field);
        return left.HasOctets == right.HasOctets && (left.HasOctets || IsNumber(left) == IsNumber(right) && (IsNumber(left) || left.Field!.Kind == field.Kind))
            ? right : throw new FormatException($"{left.Field!.Name} and {field.Name} cannot be compared: they are of different kinds");
    }

    private static bool IsNumber(DisplayOperand operand) => operand.Field!.Kind is FieldKind.Number or FieldKind.Flag;

    /// <summary>What may follow a field's name: [a:b] and &amp; mask.</summary>
    private DisplayOperand ReadField(FieldInfo field)
    {
        DisplaySlice? slice = null;
        if (_tokens.TakeBrackets() is { } inside)
        {
            slice = DisplayConstant.Slice(inside) is { } read ? read : throw new FormatException($"[{inside}] is no part of octets: [0:4] is four from the first, [2-5], [3], [:2], [4:]");
            if (field.Kind is not (FieldKind.Part or FieldKind.Octets or FieldKind.Ipv4 or FieldKind.Ipv6 or FieldKind.Mac))
            {
                throw new FormatException($"{field.Name} is a number: it has no octets to take a part of");
            }
        }

        UInt128? mask = null;
        if (_tokens.Take("&"))
        {
            DisplayToken token = _tokens.Next("a mask such as 0x02");
            mask = field.Kind == FieldKind.Number && slice is null
                ? DisplayConstant.Number(token) ?? throw new FormatException($"\"{token.Text}\" is no number")
                : throw new FormatException($"& takes bits of a number, and {field.Name} is none");
        }

        return new DisplayOperand { Field = field, Slice = slice, Mask = mask };
    }

    private SetTest ReadSet(DisplayOperand left)
    {
        if (!_tokens.Take("{"))
        {
            throw Unexpected("'{' and the values, such as {80, 443, 4000..5000}");
        }

        var set = new List<(DisplayValue, DisplayValue)>();
        do
        {
            DisplayValue low = DisplayConstant.Of(left, _tokens.Next("a value"));
            DisplayValue high = _tokens.Take("..") ? DisplayConstant.Of(left, _tokens.Next("the end of the range")) : low;
            set.Add((low, high));
        }
        while (_tokens.Take(","));

        return _tokens.Take("}") ? new SetTest(left, set) : throw Unexpected("',' or '}'");
    }

    private DisplayComparison? TakeComparison()
    {
        foreach ((string word, DisplayComparison how) in s_comparisons)
        {
            if (_tokens.Take(word))
            {
                return how;
            }
        }

        return _tokens.Peek is { IsQuoted: false, Text: "=" } ? throw new FormatException("'=' compares nothing: write ==") : null;
    }

    private static void RequireOctets(DisplayOperand operand, string word)
    {
        if (!operand.HasOctets)
        {
            throw new FormatException($"{word} looks into octets, and {operand.Field!.Name} is a value: frame {word} … or tcp.payload {word} …");
        }
    }

    private static Regex PatternOf(DisplayToken token)
    {
        try
        {
            return new Regex(token.Text, RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new FormatException($"\"{token.Text}\" is no pattern that these filters know", e);
        }
    }

    private static FieldInfo? FieldOf(DisplayToken token) => token.IsQuoted ? null : FieldCatalogue.Find(token.Text);

    private static FormatException NoField(DisplayToken token)
    {
        string near = NearestWord.Of(token.Text, DisplayFilter.FieldNames) is { } known ? $"did you mean {known}?" : "the fields are those of frame, eth, arp, ip, ipv6, icmp, icmpv6, udp and tcp";
        return new FormatException(token.Text.Contains(".analysis", StringComparison.Ordinal)
            ? $"\"{token.Text}\": what Wireshark's analysis finds out is not part of these filters"
            : string.Create(CultureInfo.InvariantCulture, $"\"{token.Text}\" is no field; {near}"));
    }

    private FormatException Unexpected(string wanted) => new(_tokens.Peek is { } token ? $"\"{token.Text}\" where {wanted} is expected" : $"the filter ends where {wanted} is expected");
}

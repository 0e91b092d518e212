using System.Globalization;
using System.Text;

namespace Finwait.Lab;

/// <summary>What a statement leads to.</summary>
internal enum AwkFlow : byte
{
    On,
    NextRecord,
    Exit,
}

/// <summary>A program: rules in order, BEGIN before the first record, END after the last.</summary>
internal sealed record AwkProgram(IReadOnlyList<AwkRule> Begin, IReadOnlyList<AwkRule> Main, IReadOnlyList<AwkRule> End)
{
    internal void Run(AwkState state, string[] lines)
    {
        if (!RunAll(Begin, state))
        {
            return;
        }

        foreach (string line in Main.Count + End.Count > 0 ? lines : [])
        {
            state.SetRecord(line);
            if (!RunAll(Main, state))
            {
                break;
            }
        }

        RunAll(End, state);
    }

    // False if the program is to end.
    private static bool RunAll(IReadOnlyList<AwkRule> rules, AwkState state)
    {
        foreach (AwkRule rule in rules)
        {
            if (rule.Pattern is not null && !rule.Pattern.Evaluate(state).IsTrue)
            {
                continue;
            }

            AwkFlow flow = rule.Body.Run(state);
            if (flow != AwkFlow.On)
            {
                return flow == AwkFlow.NextRecord;
            }
        }

        return true;
    }
}

internal sealed record AwkRule(AwkExpression? Pattern, AwkStatement Body);

internal abstract record AwkStatement
{
    internal abstract AwkFlow Run(AwkState state);
}

internal sealed record AwkBlock(IReadOnlyList<AwkStatement> Statements) : AwkStatement
{
    internal override AwkFlow Run(AwkState state)
    {
        foreach (AwkStatement statement in Statements)
        {
            AwkFlow flow = statement.Run(state);
            if (flow != AwkFlow.On)
            {
                return flow;
            }
        }

        return AwkFlow.On;
    }
}

internal sealed record AwkPrint(IReadOnlyList<AwkExpression> Values) : AwkStatement
{
    internal override AwkFlow Run(AwkState state)
    {
        string text = Values.Count == 0 ? state.Field(0).Text : string.Join(state.Get("OFS").Text, Values.Select(value => value.Evaluate(state).Text));
        state.Write(text + state.Get("ORS").Text);
        return AwkFlow.On;
    }
}

internal sealed record AwkPrintf(AwkExpression Format, IReadOnlyList<AwkExpression> Values) : AwkStatement
{
    internal override AwkFlow Run(AwkState state)
    {
        state.Write(AwkFormat.Apply(Format.Evaluate(state).Text, [.. Values.Select(value => value.Evaluate(state))]));
        return AwkFlow.On;
    }
}

internal sealed record AwkIf(AwkExpression Condition, AwkStatement Then, AwkStatement? Else) : AwkStatement
{
    internal override AwkFlow Run(AwkState state) => Condition.Evaluate(state).IsTrue ? Then.Run(state) : Else?.Run(state) ?? AwkFlow.On;
}

internal sealed record AwkForIn(string Variable, string Array, AwkStatement Body) : AwkStatement
{
    internal override AwkFlow Run(AwkState state)
    {
        foreach (string key in state.Array(Array).Keys)
        {
            state.Set(Variable, AwkValue.OfInput(key));
            AwkFlow flow = Body.Run(state);
            if (flow != AwkFlow.On)
            {
                return flow;
            }
        }

        return AwkFlow.On;
    }
}

internal sealed record AwkJump(AwkFlow Flow, AwkExpression? Status) : AwkStatement
{
    internal override AwkFlow Run(AwkState state)
    {
        state.ExitStatus = Status is null ? state.ExitStatus : (int)Status.Evaluate(state).Number & 0xFF;
        return Flow;
    }
}

internal sealed record AwkDo(AwkExpression Expression) : AwkStatement
{
    internal override AwkFlow Run(AwkState state)
    {
        Expression.Evaluate(state);
        return AwkFlow.On;
    }
}

internal abstract record AwkExpression
{
    internal abstract AwkValue Evaluate(AwkState state);

    /// <summary>Stores a value; only variables, fields and entries of arrays can.</summary>
    internal virtual void Assign(AwkState state, AwkValue value) => throw new AwkException("cannot assign to that");

    internal virtual bool IsAssignable => false;
}

internal sealed record AwkConstant(AwkValue Value) : AwkExpression
{
    internal override AwkValue Evaluate(AwkState state) => Value;
}

/// <summary>Parentheses: nothing can be assigned to them.</summary>
internal sealed record AwkGroup(AwkExpression Inner) : AwkExpression
{
    internal override AwkValue Evaluate(AwkState state) => Inner.Evaluate(state);
}

internal sealed record AwkVariable(string Name) : AwkExpression
{
    internal override bool IsAssignable => true;

    internal override AwkValue Evaluate(AwkState state) => state.Get(Name);

    internal override void Assign(AwkState state, AwkValue value) => state.Set(Name, value);
}

internal sealed record AwkFieldReference(AwkExpression Number) : AwkExpression
{
    internal override bool IsAssignable => true;

    internal override AwkValue Evaluate(AwkState state) => state.Field(Math.Truncate(Number.Evaluate(state).Number));

    internal override void Assign(AwkState state, AwkValue value) => state.SetField(Math.Truncate(Number.Evaluate(state).Number), value);
}

internal sealed record AwkElement(string Array, IReadOnlyList<AwkExpression> Keys) : AwkExpression
{
    internal override bool IsAssignable => true;

    internal override AwkValue Evaluate(AwkState state) => state.Array(Array)[Key(state)];

    internal override void Assign(AwkState state, AwkValue value) => state.Array(Array)[Key(state)] = value;

    private string Key(AwkState state) => string.Join(state.Get("SUBSEP").Text, Keys.Select(key => key.Evaluate(state).Text));
}

/// <summary>/regex/ alone asks whether the record matches.</summary>
internal sealed record AwkRegex(string Pattern) : AwkExpression
{
    internal override AwkValue Evaluate(AwkState state) => AwkValue.OfBool(state.Matches(state.Field(0).Text, Pattern));
}

internal sealed record AwkIn(AwkExpression Key, string Array) : AwkExpression
{
    internal override AwkValue Evaluate(AwkState state) => AwkValue.OfBool(state.Array(Array).Contains(Key.Evaluate(state).Text));
}

internal sealed record AwkChoice(AwkExpression Condition, AwkExpression Then, AwkExpression Else) : AwkExpression
{
    internal override AwkValue Evaluate(AwkState state) => (Condition.Evaluate(state).IsTrue ? Then : Else).Evaluate(state);
}

internal sealed record AwkUnary(string Operator, AwkExpression Operand) : AwkExpression
{
    internal override AwkValue Evaluate(AwkState state)
    {
        AwkValue value = Operand.Evaluate(state);
        return Operator switch { "!" => AwkValue.OfBool(!value.IsTrue), "-" => AwkValue.OfNumber(-value.Number), _ => AwkValue.OfNumber(value.Number) };
    }
}

/// <summary>++ and --, before or after.</summary>
internal sealed record AwkStep(AwkExpression Operand, int By, bool IsPrefix) : AwkExpression
{
    internal override AwkValue Evaluate(AwkState state)
    {
        double old = Operand.Evaluate(state).Number;
        Operand.Assign(state, AwkValue.OfNumber(old + By));
        return AwkValue.OfNumber(IsPrefix ? old + By : old);
    }
}

/// <summary>= and += and so on.</summary>
internal sealed record AwkAssignment(AwkExpression Target, string Operator, AwkExpression Value) : AwkExpression
{
    internal override AwkValue Evaluate(AwkState state)
    {
        AwkValue value = Value.Evaluate(state);
        value = Operator.Length == 1 ? value : AwkBinary.Calculate(Operator[..^1], Target.Evaluate(state).Number, value.Number);
        Target.Assign(state, value);
        return value;
    }
}

internal sealed record AwkBinary(string Operator, AwkExpression Left, AwkExpression Right) : AwkExpression
{
    internal override AwkValue Evaluate(AwkState state)
    {
        AwkValue left = Left.Evaluate(state);
        if (Operator is "&&" or "||")
        {
            return AwkValue.OfBool(Operator == "&&" ? left.IsTrue && Right.Evaluate(state).IsTrue : left.IsTrue || Right.Evaluate(state).IsTrue);
        }

        if (Operator is "~" or "!~")
        {
            string pattern = Right is AwkRegex regex ? regex.Pattern : Right.Evaluate(state).Text;
            return AwkValue.OfBool(state.Matches(left.Text, pattern) == (Operator == "~"));
        }

        AwkValue right = Right.Evaluate(state);
        return Operator switch
        {
            "" => AwkValue.OfText(left.Text + right.Text),
            "<" => AwkValue.OfBool(left.CompareTo(right) < 0),
            "<=" => AwkValue.OfBool(left.CompareTo(right) <= 0),
            "==" => AwkValue.OfBool(left.CompareTo(right) == 0),
            "!=" => AwkValue.OfBool(left.CompareTo(right) != 0),
            ">" => AwkValue.OfBool(left.CompareTo(right) > 0),
            ">=" => AwkValue.OfBool(left.CompareTo(right) >= 0),
            _ => Calculate(Operator, left.Number, right.Number),
        };
    }

    internal static AwkValue Calculate(string sign, double left, double right)
    {
        if (sign is "/" or "%" && right == 0)
        {
            throw new AwkException("division by zero");
        }

        return AwkValue.OfNumber(sign switch { "+" => left + right, "-" => left - right, "*" => left * right, "/" => left / right, "%" => left % right, _ => Math.Pow(left, right) });
    }
}

/// <summary>The functions: length, substr, index, tolower, toupper, int, sprintf.</summary>
internal sealed record AwkCall(string Name, IReadOnlyList<AwkExpression> Arguments) : AwkExpression
{
    /// <summary>Name, fewest and most arguments.</summary>
    internal static IReadOnlyDictionary<string, (int Least, int Most)> Functions { get; } = new Dictionary<string, (int, int)>
    {
        ["length"] = (0, 1), ["substr"] = (2, 3), ["index"] = (2, 2), ["tolower"] = (1, 1), ["toupper"] = (1, 1), ["int"] = (1, 1), ["sprintf"] = (1, 100),
    };

    internal override AwkValue Evaluate(AwkState state)
    {
        AwkValue[] values = [.. Arguments.Select(argument => argument.Evaluate(state))];
        return Name switch
        {
            "length" => AwkValue.OfNumber((values.Length == 0 ? state.Field(0) : values[0]).Text.Length),
            "substr" => AwkValue.OfText(Part(values)),
            "index" => AwkValue.OfNumber(values[0].Text.IndexOf(values[1].Text, StringComparison.Ordinal) + 1),
            "tolower" => AwkValue.OfText(values[0].Text.ToLowerInvariant()),
            "toupper" => AwkValue.OfText(values[0].Text.ToUpperInvariant()),
            "int" => AwkValue.OfNumber(Math.Truncate(values[0].Number)),
            _ => AwkValue.OfText(AwkFormat.Apply(values[0].Text, values[1..])),
        };
    }

    private static string Part(AwkValue[] values)
    {
        string text = values[0].Text;
        double start = Math.Round(values[1].Number);
        double end = values.Length > 2 ? start + Math.Round(values[2].Number) : text.Length + 1;
        int from = (int)Math.Clamp(start, 1, text.Length + 1);
        int to = (int)Math.Clamp(double.IsNaN(end) ? from : end, from, text.Length + 1);
        return text[(from - 1)..(to - 1)];
    }
}

/// <summary>printf.</summary>
internal static class AwkFormat
{
    private const int MaxWidth = 1000;

    internal static string Apply(string format, AwkValue[] values)
    {
        StringBuilder text = new();
        int used = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }

            if (format[i + 1] == '%')
            {
                text.Append('%');
                i++;
                continue;
            }

            int start = ++i;
            while (i < format.Length && "-+ 0#".Contains(format[i]))
            {
                i++;
            }

            string flags = format[start..i];
            int width = ReadNumber(format, ref i);
            int? precision = null;
            if (i < format.Length && format[i] == '.')
            {
                i++;
                precision = ReadNumber(format, ref i);
            }

            char kind = i < format.Length ? format[i] : '\0';
            if (!"dicsfgeExXou".Contains(kind) || kind == '\0')
            {
                throw new AwkException($"printf format '%{format[start..Math.Min(i + 1, format.Length)]}' is not supported");
            }

            if (used == values.Length)
            {
                throw new AwkException("not enough arguments for the format of printf");
            }

            AppendPadded(text, One(kind, precision, values[used++], flags), width, flags, kind);
        }

        return text.ToString();
    }

    private static int ReadNumber(string format, ref int i)
    {
        int number = 0;
        while (i < format.Length && char.IsAsciiDigit(format[i]))
        {
            number = Math.Min(MaxWidth, (number * 10) + (format[i++] - '0'));
        }

        return number;
    }

    private static string One(char kind, int? precision, AwkValue value, string flags)
    {
        double number = kind is 's' or 'c' ? 0 : value.Number;
        string sign = flags.Contains('+') && number >= 0 ? "+" : flags.Contains(' ') && number >= 0 ? " " : "";
        switch (kind)
        {
            case 's': return precision is int length && length < value.Text.Length ? value.Text[..length] : value.Text;
            case 'c': return value.IsNumber ? ((char)(int)Math.Clamp(value.Number, 0, 0xFFFF)).ToString() : value.Text.Length > 0 ? value.Text[..1] : "";
            case 'd' or 'i' or 'u': return sign + Math.Truncate(Math.Clamp(number, -1e18, 1e18)).ToString("F0", CultureInfo.InvariantCulture);
            case 'x' or 'X': return ((long)Math.Clamp(number, -1e18, 1e18)).ToString(kind == 'x' ? "x" : "X", CultureInfo.InvariantCulture);
            case 'o': return Convert.ToString((long)Math.Clamp(number, -1e18, 1e18), 8);
            case 'f': return sign + number.ToString("F" + (precision ?? 6).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            case 'e' or 'E': return sign + number.ToString("0." + new string('0', precision ?? 6) + kind + "+00", CultureInfo.InvariantCulture);
            default: return sign + NumberText.General(number, Math.Clamp(precision ?? 6, 1, 17));
        }
    }

    private static void AppendPadded(StringBuilder text, string value, int width, string flags, char kind)
    {
        if (flags.Contains('-'))
        {
            text.Append(value.PadRight(width));
        }
        else if (flags.Contains('0') && kind is not ('s' or 'c'))
        {
            bool signed = value.Length > 0 && value[0] is '-' or '+';
            text.Append(signed ? value[0] + value[1..].PadLeft(width - 1, '0') : value.PadLeft(width, '0'));
        }
        else
        {
            text.Append(value.PadLeft(width));
        }
    }
}

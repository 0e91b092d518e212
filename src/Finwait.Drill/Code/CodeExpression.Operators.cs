using System.Globalization;
using System.Numerics;
using System.Text;

namespace Finwait.Drill;

/// <content>Arithmetic and what stands at its leaves.</content>
internal sealed partial class CodeExpression
{
    // From the weakest to the strongest; each level is left-associative.
    private static readonly string[][] s_levels = [["|"], ["^"], ["&"], ["<<", ">>"], ["+", "-"], ["//", "*", "/", "%"]];

    private PyValue Bits(int level)
    {
        if (level == s_levels.Length)
        {
            return Unary();
        }

        PyValue left = Bits(level + 1);
        while (TakeOperator(level) is { } operation)
        {
            left = Compute(left, operation, Bits(level + 1));
        }

        return left;
    }

    private string? TakeOperator(int level)
    {
        SkipBlanks();
        foreach (string operation in s_levels[level])
        {
            // "*" must not be the first half of "**", nor "/" that of "//".
            bool isDoubled = operation.Length == 1 && _at + 1 < text.Length && text[_at + 1] == operation[0] && operation is "*" or "/";
            if (!isDoubled && Take(operation))
            {
                return operation;
            }
        }

        return null;
    }

    private PyValue Compute(PyValue a, string operation, PyValue b)
    {
        if (operation == "%" && a.IsText)
        {
            return PyValue.Of(Format(a.Text, b.Items ?? [b]));
        }

        if (operation == "+" && a.IsText && b.IsText)
        {
            return PyValue.Of(a.Text + b.Text);
        }

        if (!a.IsNumber || !b.IsNumber)
        {
            throw Fault($"'{operation}' needs two numbers");
        }

        if (operation is "/" or "//" or "%" && b.Fraction == 0)
        {
            throw Fault("division by zero");
        }

        if (operation is "/")
        {
            return PyValue.Of(a.Fraction / b.Fraction);
        }

        if (a.IsWhole && b.IsWhole)
        {
            return PyValue.Of(ComputeWhole(a.Whole, operation, b.Whole));
        }

        return PyValue.Of(operation switch
        {
            "+" => a.Fraction + b.Fraction,
            "-" => a.Fraction - b.Fraction,
            "*" => a.Fraction * b.Fraction,
            "//" => Math.Floor(a.Fraction / b.Fraction),
            "%" => a.Fraction - (b.Fraction * Math.Floor(a.Fraction / b.Fraction)),
            _ => throw Fault($"'{operation}' needs whole numbers"),
        });
    }

    private static long ComputeWhole(long a, string operation, long b) => unchecked(operation switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "//" => b == -1 ? -a : (a / b) - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0),
        "%" => b == -1 ? 0 : ((a % b) + b) % b,
        "<<" => a << (int)b,
        ">>" => a >> (int)b,
        "&" => a & b,
        "^" => a ^ b,
        _ => a | b,
    });

    private PyValue Unary()
    {
        Enter();
        PyValue value;
        if (Take("-"))
        {
            value = Unary();
            value = value.IsWhole ? PyValue.Of(unchecked(-value.Whole)) : value.IsNumber ? PyValue.Of(-value.Fraction) : throw Fault("'-' needs a number");
        }
        else if (Take("~"))
        {
            value = Unary();
            value = value.IsWhole ? PyValue.Of(~value.Whole) : throw Fault("'~' needs a whole number");
        }
        else
        {
            value = Take("+") ? Unary() : Leaf();
            if (Take("**"))
            {
                PyValue power = Unary();
                double raised = Math.Pow(value.Fraction, power.Fraction);
                value = value.IsWhole && power.IsWhole && power.Whole >= 0 && raised < long.MaxValue ? PyValue.Of((long)raised) : PyValue.Of(raised);
            }
        }

        _depth--;
        return value;
    }

    private PyValue Leaf()
    {
        SkipBlanks();
        char c = _at < text.Length ? text[_at] : '\0';
        if (char.IsAsciiDigit(c) || (c == '.' && _at + 1 < text.Length && char.IsAsciiDigit(text[_at + 1])))
        {
            return Number();
        }

        if (c is '\'' or '"')
        {
            return PyValue.Of(Text());
        }

        if (Take("(") || Take("["))
        {
            string end = c == '(' ? ")" : "]";
            if (Take(end))
            {
                return PyValue.Of([]);
            }

            PyValue inside = Tuple();
            if (!Take(end))
            {
                throw Fault($"expected '{end}'");
            }

            return c == '[' && inside.Items is null ? PyValue.Of([inside]) : inside;
        }

        int from = _at;
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] == '_'))
        {
            _at++;
        }

        string name = text[from.._at];
        if (name.Length == 0)
        {
            throw Fault("expected a value");
        }

        return Take("(") ? Function(name) : Name(name);
    }

    private PyValue Name(string name)
    {
        switch (name)
        {
            case "True":
                return PyValue.Of(true);
            case "False":
                return PyValue.Of(false);
            case "None":
                return PyValue.None;
        }

        PyValue value = names(name) ?? throw Fault($"NameError: name '{name}' is not defined");
        _used.Add(name);
        return value;
    }

    private PyValue Function(string name)
    {
        var arguments = new List<PyValue>();
        while (!Take(")"))
        {
            arguments.Add(Or());
            if (!Take(",") && (AtEnd() || text[_at] != ')'))
            {
                throw Fault("expected ')'");
            }
        }

        IReadOnlyList<PyValue> many = arguments is [{ Items: { } inner }] ? inner : arguments;
        return (name, arguments) switch
        {
            ("abs", [{ IsWhole: true } one]) => PyValue.Of(one.Whole < 0 ? unchecked(-one.Whole) : one.Whole),
            ("abs", [{ IsNumber: true } one]) => PyValue.Of(Math.Abs(one.Fraction)),
            ("int", [{ IsNumber: true } one]) => PyValue.Of(one.IsWhole ? one.Whole : (long)one.Fraction),
            ("float", [{ IsNumber: true } one]) => PyValue.Of(one.Fraction),
            ("str" or "repr", [var one]) => PyValue.Of(one.ToString()),
            ("len", [{ IsText: true } one]) => PyValue.Of(one.Text.Length),
            ("len", [{ Items: { } items }]) => PyValue.Of(items.Count),
            ("round", [{ IsNumber: true } one]) => PyValue.Of((long)Math.Round(one.Fraction, MidpointRounding.ToEven)),
            ("min", _) when many.Count > 0 && many.All(v => v.IsNumber) => many.MinBy(v => v.Fraction)!,
            ("max", _) when many.Count > 0 && many.All(v => v.IsNumber) => many.MaxBy(v => v.Fraction)!,
            _ => throw new DrillNeed(line, $"Python's {name}() in code"),
        };
    }

    private PyValue Number()
    {
        int from = _at;
        bool isHex = string.CompareOrdinal(text, _at, "0x", 0, 2) == 0;
        _at += isHex ? 2 : 0;
        bool isFraction = false;
        while (_at < text.Length && (char.IsAsciiHexDigit(text[_at]) && (isHex || char.IsAsciiDigit(text[_at]) || text[_at] is 'e' or 'E') || text[_at] is '.' or '_'
            || (!isHex && text[_at] is '+' or '-' && text[_at - 1] is 'e' or 'E')))
        {
            isFraction |= !isHex && text[_at] is '.' or 'e' or 'E';
            _at++;
        }

        string digits = text[from.._at].Replace("_", "", StringComparison.Ordinal);
        if (isFraction && double.TryParse(digits, CultureInfo.InvariantCulture, out double fraction))
        {
            return PyValue.Of(fraction);
        }

        // A zero in front keeps a hexadecimal number from being read as negative.
        return BigInteger.TryParse(isHex ? $"0{digits.AsSpan(2)}" : digits, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out BigInteger whole)
            ? PyValue.Of(whole) : throw Fault($"'{digits}' is no number");
    }

    private string Text()
    {
        char quote = text[_at++];
        var value = new StringBuilder();
        while (_at < text.Length && text[_at] != quote)
        {
            if (text[_at] == '\\' && _at + 1 < text.Length)
            {
                _at++;
                value.Append(text[_at] switch { 'n' => '\n', 't' => '\t', var other => other });
            }
            else
            {
                value.Append(text[_at]);
            }

            _at++;
        }

        if (_at++ >= text.Length)
        {
            throw Fault("the string does not end");
        }

        return value.ToString();
    }

    /// <summary><c>'%d' % x</c>: %d, %s, %i, %u, %f, %x, with what stands between as far as it is digits.</summary>
    private static string Format(string format, IReadOnlyList<PyValue> values)
    {
        var text = new StringBuilder();
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 >= format.Length)
            {
                text.Append(format[i]);
                continue;
            }

            i++;
            while (i + 1 < format.Length && (char.IsAsciiDigit(format[i]) || format[i] is '.' or '-' or '+'))
            {
                i++;
            }

            if (format[i] == '%')
            {
                text.Append('%');
            }
            else if (next < values.Count)
            {
                PyValue value = values[next++];
                text.Append(format[i] == 'x' && value.IsWhole ? value.Whole.ToString("x", CultureInfo.InvariantCulture) : value.ToString());
            }
        }

        return text.ToString();
    }
}

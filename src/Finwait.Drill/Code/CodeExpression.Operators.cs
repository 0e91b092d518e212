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
            return Text(CodeFormat.Percent(a.Text, b.Items ?? [b], Fault));
        }

        if (operation == "+" && a.IsText && b.IsText)
        {
            return Text(a.Text + b.Text);
        }

        if (operation == "+" && a.Items is { } first && b.Items is { } second && first.Count + second.Count <= MaxLength)
        {
            return PyValue.Of([.. first, .. second]);
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

    private BigInteger ComputeWhole(BigInteger a, string operation, BigInteger b)
    {
        if (operation is "<<" or ">>" && (b.Sign < 0 || b > MaxBits))
        {
            throw Fault(b.Sign < 0 ? "negative shift count" : "the number is too long");
        }

        BigInteger result = operation switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "//" => Floor(a, b),
            "%" => a - (Floor(a, b) * b),
            "<<" => a << (int)b,
            ">>" => a >> (int)b,
            "&" => a & b,
            "^" => a ^ b,
            _ => a | b,
        };
        return result.GetBitLength() <= MaxBits ? result : throw Fault("the number is too long");
    }

    /// <summary>Python divides towards minus infinity.</summary>
    private static BigInteger Floor(BigInteger a, BigInteger b)
    {
        var quotient = BigInteger.DivRem(a, b, out BigInteger rest);
        return quotient - (!rest.IsZero && (rest.Sign < 0) != (b.Sign < 0) ? 1 : 0);
    }

    /// <summary>A string of a length that a script has use for: code cannot use up the memory.</summary>
    private PyValue Text(string text) => text.Length <= MaxLength ? PyValue.Of(text) : throw Fault("the string is too long");

    private PyValue Unary()
    {
        Enter();
        PyValue value;
        if (Take("-"))
        {
            value = Unary();
            value = value.IsWhole ? PyValue.Of(-value.Whole) : value.IsNumber ? PyValue.Of(-value.Fraction) : throw Fault("'-' needs a number");
        }
        else if (Take("~"))
        {
            value = Unary();
            value = value.IsWhole ? PyValue.Of(-value.Whole - 1) : throw Fault("'~' needs a whole number");
        }
        else
        {
            value = Take("+") ? Unary() : Indexed(Leaf());
            if (Take("**"))
            {
                PyValue power = Unary();
                if (!value.IsNumber || !power.IsNumber)
                {
                    throw Fault("'**' needs two numbers");
                }

                bool isWhole = value.IsWhole && power.IsWhole && power.Whole.Sign >= 0;
                if (isWhole && power.Whole * value.Whole.GetBitLength() > MaxBits)
                {
                    throw Fault("the number is too long");
                }

                value = isWhole ? PyValue.Of(BigInteger.Pow(value.Whole, (int)power.Whole)) : PyValue.Of(Math.Pow(value.Fraction, power.Fraction));
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

        if (_at < text.Length && text[_at] is '\'' or '"')
        {
            return Prefixed(name);
        }

        return Take("(") ? Function(name) : Name(name);
    }

    /// <summary>A string with a letter in front: f'…' has expressions in braces.</summary>
    private PyValue Prefixed(string prefix)
    {
        if (prefix is not ("f" or "F"))
        {
            throw new DrillNeed(line, $"Python's {prefix}'…' in code");
        }

        string format = Text();
        var filled = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] is '{' or '}' && i + 1 < format.Length && format[i + 1] == format[i])
            {
                filled.Append(format[i++]);
            }
            else if (format[i] == '{')
            {
                int end = format.IndexOf('}', i);
                string inside = end > i + 1 ? format[(i + 1)..end] : throw Fault("f-string: an expression is expected in the braces");
                if (inside.AsSpan().IndexOfAny(":!=") >= 0)
                {
                    throw new DrillNeed(line, "Python's formats in f-strings");
                }

                filled.Append(new CodeExpression(inside, line, names).Evaluate().ToString());
                i = end;
            }
            else
            {
                filled.Append(format[i]);
            }
        }

        return Text(filled.ToString());
    }

    /// <summary>What stands behind a value: [index].</summary>
    private PyValue Indexed(PyValue value)
    {
        while (Take("["))
        {
            PyValue index = Or();
            if (TakeSingle(':'))
            {
                throw new DrillNeed(line, "Python's slices in code");
            }

            if (!Take("]"))
            {
                throw Fault("expected ']'");
            }

            int length = value.Items?.Count ?? (value.IsText ? value.Text.Length : throw Fault("TypeError: this has no items"));
            if (!index.IsWhole || index.Whole >= length || index.Whole < -length)
            {
                throw Fault(index.IsWhole ? "IndexError: index out of range" : "TypeError: an index is a whole number");
            }

            int at = (int)index.Whole + (index.Whole.Sign < 0 ? length : 0);
            value = value.Items is { } items ? items[at] : PyValue.Of(value.Text[at].ToString());
        }

        return value;
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
            ("abs", [{ IsWhole: true } one]) => PyValue.Of(BigInteger.Abs(one.Whole)),
            ("abs", [{ IsNumber: true } one]) => PyValue.Of(Math.Abs(one.Fraction)),
            ("int", [{ IsNumber: true } one]) => PyValue.Of(one.IsWhole ? one.Whole : Cut(one.Fraction)),
            ("float", [{ IsNumber: true } one]) => PyValue.Of(one.Fraction),
            ("str" or "repr", [var one]) => PyValue.Of(one.ToString()),
            ("len", [{ IsText: true } one]) => PyValue.Of(one.Text.Length),
            ("len", [{ Items: { } items }]) => PyValue.Of(items.Count),
            ("round", [{ IsNumber: true } one]) => PyValue.Of(one.IsWhole ? one.Whole : Cut(Math.Round(one.Fraction, MidpointRounding.ToEven))),
            ("min", _) when many.Count > 0 && many.All(v => v.IsNumber) => many.MinBy(v => v.Fraction)!,
            ("max", _) when many.Count > 0 && many.All(v => v.IsNumber) => many.MaxBy(v => v.Fraction)!,
            _ => throw new DrillNeed(line, $"Python's {name}() in code"),
        };
    }

    private BigInteger Cut(double fraction) => double.IsFinite(fraction) ? new BigInteger(fraction) : throw Fault("no whole number can be made of that");

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
}

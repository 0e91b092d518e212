using System.Globalization;

namespace Finwait.Drill;

/// <summary>One expression of Python, read and computed at once. Both sides of and/or are read; only what Python would compute is used.</summary>
internal sealed partial class CodeExpression(string text, int line, Func<string, PyValue?> names)
{
    private const int MaxDepth = 64;

    /// <summary>Characters of a string, items of a list.</summary>
    private const int MaxLength = 1 << 20;

    /// <summary>Bits of a whole number.</summary>
    private const int MaxBits = 1 << 16;

    private readonly List<string> _used = [];
    private int _at;
    private int _depth;

    public PyValue Evaluate()
    {
        PyValue value = Tuple();
        return AtEnd() ? value : throw Fault($"unexpected '{text[_at..]}'");
    }

    /// <summary><c>condition, message</c>.</summary>
    public (PyValue Condition, PyValue? Message) EvaluateAssertion()
    {
        PyValue condition = Or();
        PyValue? message = null;
        if (Take(","))
        {
            message = Tuple();
        }

        return AtEnd() ? (condition, message) : throw Fault($"unexpected '{text[_at..]}'");
    }

    /// <summary>The names that were read, with their values.</summary>
    public string ShowNames() => _used.Count == 0 ? "" : " (" + string.Join(", ", _used.Distinct().Select(name => $"{name} = {names(name)}")) + ")";

    private PyValue Tuple()
    {
        PyValue first = Or();
        if (!Take(","))
        {
            return first;
        }

        var items = new List<PyValue> { first };
        while (!AtEnd() && text[_at] is not (')' or ']'))
        {
            items.Add(Or());
            if (!Take(","))
            {
                break;
            }
        }

        return PyValue.Of(items);
    }

    private PyValue Or()
    {
        Enter();
        PyValue left = And();
        while (TakeWord("or"))
        {
            PyValue right = And();
            left = left.IsTrue ? left : right;
        }

        if (TakeWord("if"))
        {
            PyValue condition = Or();
            if (!TakeWord("else"))
            {
                throw Fault("expected 'else'");
            }

            PyValue other = Or();
            left = condition.IsTrue ? left : other;
        }

        _depth--;
        return left;
    }

    private PyValue And()
    {
        PyValue left = Not();
        while (TakeWord("and"))
        {
            PyValue right = Not();
            left = left.IsTrue ? right : left;
        }

        return left;
    }

    private PyValue Not()
    {
        bool isInverted = false;
        bool isAny = false;
        while (TakeWord("not"))
        {
            isInverted = !isInverted;
            isAny = true;
        }

        PyValue value = Comparison();
        return isAny ? PyValue.Of(value.IsTrue != isInverted) : value;
    }

    private PyValue Comparison()
    {
        PyValue left = Bits(0);
        bool? result = null;
        while (true)
        {
            string? operation = Take("==") ? "==" : Take("!=") ? "!=" : Take("<=") ? "<=" : Take(">=") ? ">=" : TakeSingle('<') ? "<" : TakeSingle('>') ? ">"
                : TakeWord("in") ? "in" : TakeWord("not") ? "not in" : TakeWord("is") ? "is" : null;
            if (operation is null)
            {
                return result is { } known ? PyValue.Of(known) : left;
            }

            if (operation == "not in" && !TakeWord("in"))
            {
                throw Fault("expected 'in'");
            }

            if (operation == "is" && TakeWord("not"))
            {
                operation = "!=";
            }

            PyValue right = Bits(0);
            result = (result ?? true) && Compare(left, operation, right);
            left = right;
        }
    }

    private bool Compare(PyValue left, string operation, PyValue right)
    {
        switch (operation)
        {
            case "==" or "is":
                return left.IsEqual(right);
            case "!=":
                return !left.IsEqual(right);
            case "in" or "not in":
                bool isIn = right.Items is { } items ? items.Any(left.IsEqual)
                    : right.IsText && left.IsText ? right.Text.Contains(left.Text, StringComparison.Ordinal) : throw Fault("'in' needs a tuple, a list or a string");
                return isIn == (operation == "in");
        }

        int order = left.IsNumber && right.IsNumber ? left.IsWhole && right.IsWhole ? left.Whole.CompareTo(right.Whole) : left.Fraction.CompareTo(right.Fraction)
            : left.IsText && right.IsText ? string.CompareOrdinal(left.Text, right.Text) : throw Fault($"'{operation}' needs two numbers");
        return operation switch
        {
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        };
    }

    private bool AtEnd()
    {
        SkipBlanks();
        return _at >= text.Length;
    }

    private void SkipBlanks()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
        {
            _at++;
        }
    }

    private bool Take(string word)
    {
        SkipBlanks();
        if (string.CompareOrdinal(text, _at, word, 0, word.Length) != 0)
        {
            return false;
        }

        _at += word.Length;
        return true;
    }

    /// <summary>The character, and not twice.</summary>
    private bool TakeSingle(char c)
    {
        SkipBlanks();
        if (_at >= text.Length || text[_at] != c || (_at + 1 < text.Length && text[_at + 1] == c))
        {
            return false;
        }

        _at++;
        return true;
    }

    private bool TakeWord(string word)
    {
        SkipBlanks();
        int end = _at + word.Length;
        if (string.CompareOrdinal(text, _at, word, 0, word.Length) != 0 || (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_')))
        {
            return false;
        }

        _at = end;
        return true;
    }

    private void Enter()
    {
        if (++_depth > MaxDepth)
        {
            throw Fault("nested too deep");
        }
    }

    private DrillFault Fault(string message) => new(line, string.Create(CultureInfo.InvariantCulture, $"error in code: {message}: {text.Trim()}"));
}

using System.Globalization;

namespace Finwait.Lab;

/// <summary>bash's <c>$((…))</c>: whole numbers of 64 bits, the operators of C, assignments among them.</summary>
internal sealed class ShellArithmetic
{
    private const int MaxDepth = 64;

    /// <summary>Operators by how tightly they bind, the loosest first.</summary>
    private static readonly string[][] s_levels = [["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!="], ["<=", ">=", "<", ">"], ["<<", ">>"], ["+", "-"], ["*", "/", "%"]];

    private static readonly string[] s_assignments = ["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="];

    private readonly string _text;
    private readonly Func<string, string> _variable;
    private readonly Action<string, string> _assign;
    private int _at;
    private int _depth;

    private ShellArithmetic(string text, Func<string, string> variable, Action<string, string> assign)
    {
        _text = text;
        _variable = variable;
        _assign = assign;
    }

    /// <summary>The value of an expression; an empty one is 0.</summary>
    /// <exception cref="ShellSyntaxException">It is none, or divides by 0.</exception>
    public static long Evaluate(string text, Func<string, string> variable, Action<string, string> assign)
    {
        var reader = new ShellArithmetic(text, variable, assign);
        reader.Skip();
        long value = reader._at == text.Length ? 0 : reader.Choice();
        while (reader.Take(","))
        {
            value = reader.Choice();
        }

        reader.Skip();
        return reader._at == text.Length ? value : throw reader.Wrong("syntax error in expression");
    }

    private ShellSyntaxException Wrong(string why) => new($"{_text.Trim()}: {why} (error token is \"{_text[Math.Min(_at, _text.Length)..].TrimStart()}\")");

    private void Skip()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }
    }

    private bool Take(string sign)
    {
        Skip();
        bool isThere = string.CompareOrdinal(_text, _at, sign, 0, sign.Length) == 0;
        _at += isThere ? sign.Length : 0;
        return isThere;
    }

    private long Choice()
    {
        if (++_depth > MaxDepth)
        {
            throw Wrong("expression recursion level exceeded");
        }

        long value = Level(0);
        if (Take("?"))
        {
            long yes = Choice();
            if (!Take(":"))
            {
                throw Wrong("`:' expected for conditional expression");
            }

            long no = Choice();
            value = value != 0 ? yes : no;
        }

        _depth--;
        return value;
    }

    private long Level(int level)
    {
        if (level == s_levels.Length)
        {
            return Power();
        }

        long value = Level(level + 1);
        while (Operator(s_levels[level]) is { } sign)
        {
            Skip();
            int operand = _at;
            long right = Level(level + 1);
            if (right == 0 && sign is "/" or "%")
            {
                _at = operand;
                throw Wrong("division by 0");
            }

            value = Apply(sign, value, right);
        }

        return value;
    }

    /// <summary>An operator of the level, if one stands here that is not the beginning of a longer one.</summary>
    private string? Operator(string[] signs)
    {
        Skip();
        string? sign = Array.Find(signs, each => string.CompareOrdinal(_text, _at, each, 0, each.Length) == 0);
        if (sign is null)
        {
            return null;
        }

        char next = _at + sign.Length < _text.Length ? _text[_at + sign.Length] : '\0';
        bool isAssignment = next == '=' && sign is "+" or "-" or "*" or "/" or "%" or "&" or "|" or "^" or "<<" or ">>";
        bool isLonger = isAssignment || (sign.Length == 1 && ((sign[0] == next && sign[0] is '|' or '&' or '<' or '>' or '*') || (next == '=' && sign[0] is '<' or '>')));
        if (isLonger)
        {
            return null;
        }

        _at += sign.Length;
        return sign;
    }

    private static long Apply(string sign, long left, long right) => sign switch
    {
        "||" => left != 0 || right != 0 ? 1 : 0,
        "&&" => left != 0 && right != 0 ? 1 : 0,
        "|" => left | right,
        "^" => left ^ right,
        "&" => left & right,
        "==" => left == right ? 1 : 0,
        "!=" => left != right ? 1 : 0,
        "<=" => left <= right ? 1 : 0,
        ">=" => left >= right ? 1 : 0,
        "<" => left < right ? 1 : 0,
        ">" => left > right ? 1 : 0,
        "<<" => left << (int)right,
        ">>" => left >> (int)right,
        "+" => unchecked(left + right),
        "-" => unchecked(left - right),
        "*" => unchecked(left * right),
        "/" => right == -1 ? unchecked(-left) : left / right,
        _ => right == -1 ? 0 : left % right,
    };

    private long Power()
    {
        long value = Unary();
        if (!Take("**"))
        {
            return value;
        }

        long exponent = Power();
        if (exponent < 0)
        {
            throw Wrong("exponent less than 0");
        }

        long result = 1;
        for (; exponent > 0; exponent >>= 1, value = unchecked(value * value))
        {
            result = (exponent & 1) != 0 ? unchecked(result * value) : result;
        }

        return result;
    }

    private long Unary()
    {
        if (++_depth > MaxDepth)
        {
            throw Wrong("expression recursion level exceeded");
        }

        long value = Take("++") ? Store(Name(), Number(_variable(Name(take: true))) + 1) : Take("--") ? Store(Name(), Number(_variable(Name(take: true))) - 1) : Take("-") ? unchecked(-Unary()) : Take("+") ? Unary() : Take("!") ? (Unary() == 0 ? 1 : 0) : Take("~") ? ~Unary() : Primary();
        _depth--;
        return value;
    }

    private long Primary()
    {
        if (Take("("))
        {
            long inside = Choice();
            return Take(")") ? inside : throw Wrong("missing `)'");
        }

        int start = _at += _at < _text.Length && _text[_at] == '$' ? 1 : 0;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '_'))
        {
            _at++;
        }

        string word = _text[start.._at];
        if (word.Length == 0)
        {
            throw Wrong("syntax error: operand expected");
        }

        if (char.IsAsciiDigit(word[0]))
        {
            return Number(word);
        }

        if (Take("++") || Take("--"))
        {
            long old = Number(_variable(word));
            Store(word, _text[_at - 1] == '+' ? old + 1 : old - 1);
            return old;
        }

        Skip();
        string? sign = Array.Find(s_assignments, each => string.CompareOrdinal(_text, _at, each, 0, each.Length) == 0);
        if (sign is null || (sign == "=" && _at + 1 < _text.Length && _text[_at + 1] == '='))
        {
            return Number(_variable(word));
        }

        _at += sign.Length;
        long right = Choice();
        return right == 0 && sign is "/=" or "%=" ? throw Wrong("division by 0") : Store(word, sign == "=" ? right : Apply(sign[..^1], Number(_variable(word)), right));
    }

    private long Store(string name, long value)
    {
        _assign(name, value.ToString(CultureInfo.InvariantCulture));
        return value;
    }

    /// <summary>The name that stands here.</summary>
    private string Name(bool take = false)
    {
        Skip();
        int end = _at;
        while (end < _text.Length && (char.IsAsciiLetterOrDigit(_text[end]) || _text[end] == '_'))
        {
            end++;
        }

        string name = _text[_at..end];
        _at = take ? end : _at;
        return ShellLexer.IsName(name) ? name : throw Wrong("syntax error: operand expected");
    }

    private long Number(string number) => number.Length == 0 ? 0
        : number.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && long.TryParse(number.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long hex) ? hex
        : long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value
        : throw Wrong("value too great for base, or no number");
}

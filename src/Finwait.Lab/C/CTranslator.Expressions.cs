using System.Globalization;

namespace Finwait.Lab;

/// <content>Expressions. What one does besides having a value is written out before the statement it stands in.</content>
internal sealed partial class CTranslator
{
    /// <summary>Operators by how tightly they bind, the loosest first.</summary>
    private static readonly string[][] s_levels = [["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!="], ["<", ">", "<=", ">="], ["<<", ">>"], ["+", "-"], ["*", "/", "%"]];

    private static readonly string[] s_assignments = ["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="];

    private CValue Expression()
    {
        CValue value = Assignment();
        while (TakeIf(","))
        {
            Act(value);
            value = Assignment();
        }

        return value;
    }

    private CValue Assignment()
    {
        if (++_depth > MaxDepth)
        {
            throw new CError(Peek, "too deeply nested");
        }

        CValue left = Choice();
        CToken sign = Peek;
        if (sign.Kind == CTokenKind.Sign && s_assignments.Contains(sign.Text))
        {
            Take();
            if (!left.IsPlace)
            {
                throw new CError(sign, left.Type is { Kind: CKind.Text, Size: not 8 } ? "assignment to expression with array type" : "lvalue required as left operand of assignment");
            }

            CValue right = Assignment();
            string value = sign.Text == "=" ? right.Text : Binary(sign.Text[..^1], left, right).Text;
            Emit($"{left.Text} = {(left.Type is { Kind: CKind.Number, Size: 1 or 2 } && left.Text[^1] == ']' ? $"({value}) & {(left.Type.Size == 1 ? 255 : 65535)}" : value)}");
            left = left with { IsPlace = false };
        }

        _depth--;
        return left;
    }

    private CValue Choice()
    {
        CValue condition = Level(0);
        if (!Is("?"))
        {
            return condition;
        }

        Take();
        string result = Temporary();
        CType type = CType.Int;
        Emit($"if {condition.Text}:");
        _indent++;
        CValue yes = Expression();
        type = yes.Type;
        Emit($"{result} = {yes.Text}");
        _indent--;
        Expect(":");
        Emit("else:");
        _indent++;
        Emit($"{result} = {Choice().Text}");
        _indent--;
        return new CValue(result, type, condition.At);
    }

    private CValue Level(int level)
    {
        if (level == s_levels.Length)
        {
            return Unary();
        }

        CValue left = Level(level + 1);
        while (Peek.Kind == CTokenKind.Sign && s_levels[level].Contains(Peek.Text))
        {
            string sign = Take().Text;
            left = sign is "&&" or "||" ? Either(sign, left, level) : Binary(sign, left, Level(level + 1));
        }

        return left;
    }

    /// <summary>Both sides in turn: what the right one does happens only if it is needed.</summary>
    private CValue Either(string sign, CValue left, int level)
    {
        int lines = _lines.Count;
        string result = Temporary();
        Emit($"{result} = {left.Text}");
        Emit(sign == "&&" ? $"if {result}:" : $"if not {result}:");
        _indent++;
        int inside = _lines.Count;
        CValue right = Level(level + 1);
        bool acts = _lines.Count > inside;
        Emit($"{result} = {right.Text}");
        _indent--;
        if (acts)
        {
            return new CValue($"bool({result})", CType.Int, left.At);
        }

        _lines.RemoveRange(lines, _lines.Count - lines);
        return new CValue($"bool({left.Text} {(sign == "&&" ? "and" : "or")} {right.Text})", CType.Int, left.At);
    }

    private static CValue Binary(string sign, CValue left, CValue right)
    {
        string text = sign switch
        {
            "/" => $"divide({left.Text}, {right.Text})",
            "%" => $"remainder({left.Text}, {right.Text})",
            "==" when left.Type.Kind != CKind.Number || right.Type.Kind != CKind.Number => $"({left.Text} is {right.Text})",
            "!=" when left.Type.Kind != CKind.Number || right.Type.Kind != CKind.Number => $"({left.Text} is not {right.Text})",
            "+" when left.Type.Kind == CKind.Text => $"tail({left.Text}, {right.Text})",
            _ => $"({left.Text} {sign} {right.Text})",
        };
        return new CValue(text, left.Type.Kind == CKind.Text && sign == "+" ? CType.Pointer : CType.Int, left.At);
    }

    private CValue Unary()
    {
        CToken at = Peek;
        switch (at.Kind == CTokenKind.Sign ? at.Text : at.Kind == CTokenKind.Name && at.Text == "sizeof" ? at.Text : "")
        {
            case "!":
                Take();
                return new CValue($"(not {Unary().Text})", CType.Int, at);
            case "-" or "+" or "~":
                Take();
                return new CValue($"({at.Text}{Unary().Text})", CType.Int, at);
            case "++" or "--":
                Take();
                return Count(Unary(), at, isBefore: true);
            case "&":
                Take();
                CValue place = Unary();
                return place.Type.Kind == CKind.Number ? place with { IsReference = true, IsPlace = false } : place with { IsPlace = false };
            case "*":
                Take();
                CValue pointer = Unary();
                return pointer.Type.Kind == CKind.Structure ? pointer : new CValue($"{pointer.Text}[0]", new CType(CKind.Number, "", 1), at) { IsPlace = true };
            case "sizeof":
                Take();
                return SizeOf(at);
            case "(" when _tokens[_at + 1].Kind == CTokenKind.Name && CType.Words.ContainsKey(_tokens[_at + 1].Text):
                Take();
                CType type = Stars(BaseType());
                Expect(")");
                CValue inner = Unary();
                return type.Kind == CKind.Number ? inner with { Type = type, IsPlace = false } : inner with { IsPlace = false };
            default:
                return Postfix();
        }
    }

    private CValue SizeOf(CToken at)
    {
        bool isType = Is("(") && _tokens[_at + 1].Kind == CTokenKind.Name && CType.Words.ContainsKey(_tokens[_at + 1].Text);
        if (!isType)
        {
            return new CValue(Unary().Type.Size.ToString(CultureInfo.InvariantCulture), new CType(CKind.Number, "", 8), at);
        }

        Take();
        CType start = BaseType();
        bool isPointer = Is("*");
        int size = isPointer ? 8 : start.Size;
        Stars(start);
        Expect(")");
        return new CValue(size.ToString(CultureInfo.InvariantCulture), new CType(CKind.Number, "", 8), at);
    }

    private CValue Count(CValue value, CToken sign, bool isBefore)
    {
        if (!value.IsPlace)
        {
            throw new CError(sign, $"lvalue required as {(sign.Text == "++" ? "increment" : "decrement")} operand");
        }

        string old = value.Text;
        if (!isBefore && !Is(";") && !Is(")"))
        {
            old = Temporary();
            Emit($"{old} = {value.Text}");
        }

        Emit($"{value.Text} = {value.Text} {sign.Text[0]} 1");
        return new CValue(old, value.Type, value.At);
    }

    private CValue Postfix()
    {
        CValue value = Primary();
        while (Peek.Kind == CTokenKind.Sign)
        {
            CToken sign = Peek;
            if (TakeIf("["))
            {
                CValue index = Expression();
                Expect("]");
                value = value.Type.Kind switch
                {
                    CKind.Text => new CValue($"{value.Text}[{index.Text}]", new CType(CKind.Number, "", 1), value.At) { IsPlace = true },
                    CKind.Texts => new CValue($"{value.Text}[{index.Text}]", CType.Pointer, value.At),
                    _ => throw new CError(sign, "subscripted value is neither array nor pointer nor vector"),
                };
            }
            else if (TakeIf(".") || TakeIf("->"))
            {
                CToken name = Name();
                int at = value.Type.Kind == CKind.Structure ? System.Array.IndexOf(CType.Structures[value.Type.Structure].Members, name.Text) : -1;
                value = at >= 0 ? new CValue($"{value.Text}[{at}]", CType.Member(name.Text), value.At) { IsPlace = true }
                    : throw new CError(name, value.Type.Kind == CKind.Structure ? $"‘struct {value.Type.Structure}’ has no member named ‘{name.Text}’" : $"request for member ‘{name.Text}’ in something not a structure or union");
            }
            else if (TakeIf("++") || TakeIf("--"))
            {
                value = Count(value, sign, isBefore: false);
            }
            else
            {
                break;
            }
        }

        return value;
    }

    private CValue Primary()
    {
        CToken token = Take();
        switch (token.Kind)
        {
            case CTokenKind.Number:
                return new CValue(token.Text, CType.Int, token);
            case CTokenKind.Text:
                string text = token.Text;
                while (Peek.Kind == CTokenKind.Text)
                {
                    text += Take().Text;
                }

                return new CValue($"b\"{Octets(text)}\\0\"", CType.Pointer, token) { Literal = text };
            case CTokenKind.Sign when token.Text == "(":
                CValue inside = Expression();
                Expect(")");
                return inside.Type.Kind == CKind.Number && !inside.IsPlace && !inside.Acts ? inside with { Text = $"({inside.Text})" } : inside;
            case CTokenKind.Name when Is("("):
                return Call(token);
            case CTokenKind.Name:
                return Variable(token);
            default:
                throw new CError(token, token.Kind == CTokenKind.End ? "expected declaration or statement at end of input" : $"expected expression before {token.Quoted}");
        }
    }

    /// <summary>Letters beyond ASCII as the octets that gcc puts there.</summary>
    private static string Octets(string text) => string.Concat(text.Select(c => c < 0x80 ? c.ToString() : string.Concat(System.Text.Encoding.UTF8.GetBytes([c]).Select(octet => $"\\x{octet:x2}"))));

    private CValue Variable(CToken name)
    {
        for (int i = _scopes.Count - 1; i >= 0; i--)
        {
            if (_scopes[i].TryGetValue(name.Text, out CType? local))
            {
                return new CValue("v_" + name.Text, local, name) { IsPlace = local.Kind != CKind.Text || local.Size == 8 };
            }
        }

        if (_globals.TryGetValue(name.Text, out CType? global))
        {
            return new CValue("v_" + name.Text, global, name) { IsPlace = true };
        }

        return CLibrary.Constant(name.Text) is { } constant ? new CValue(constant, name.Text is "NULL" ? CType.Pointer : name.Text is "stdin" or "stdout" or "stderr" ? CType.File : CType.Int, name) { IsPlace = name.Text == "errno" }
            : throw new CError(name, $"‘{name.Text}’ undeclared{(Function.Length > 0 ? " (first use in this function)" : " here (not in a function)")}");
    }

    private CValue Call(CToken name)
    {
        Expect("(");
        var arguments = new List<CValue>();
        while (!Is(")"))
        {
            arguments.Add(Assignment());
            if (!TakeIf(","))
            {
                break;
            }
        }

        Expect(")");
        _called.Add((name.Text, Function));
        bool isOwn = _functions.ContainsKey(name.Text);
        CLibrary.Functions.TryGetValue(name.Text, out CType? type);
        if (!isOwn && CLibrary.Format(name.Text) is int format && arguments.Count > format && arguments[format].Literal is { } literal)
        {
            arguments[format] = arguments[format] with { Text = CLibrary.PythonFormat(literal, arguments, format + 1) };
        }

        // A function may write to the address of a number: it gets a list of one, and what stands there afterwards is the number.
        var written = new List<(string Temporary, string Place)>();
        string list = string.Join(", ", arguments.Select(argument =>
        {
            if (!argument.IsReference)
            {
                return argument.Text;
            }

            string temporary = Temporary();
            Emit($"{temporary} = [{argument.Text}]");
            written.Add((temporary, argument.Text));
            return temporary;
        }));
        string call = $"{(isOwn ? "f_" : "c_")}{name.Text}({list})";
        string result = Temporary();
        Emit($"{result} = {call}");
        foreach ((string temporary, string place) in written)
        {
            Emit($"{place} = {temporary}[0]");
        }

        return new CValue(result, isOwn ? _functions[name.Text] : type ?? CType.Int, name);
    }
}

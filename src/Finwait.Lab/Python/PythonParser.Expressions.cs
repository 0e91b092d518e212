using System.Numerics;

namespace Finwait.Lab;

/// <content>Expressions, by precedence climbing.</content>
internal sealed partial class PythonParser
{
    private static readonly string[][] BinaryLevels = [["|"], ["^"], ["&"], ["<<", ">>"], ["+", "-"], ["*", "/", "//", "%"]];

    /// <summary>An expression, or several joined by commas: a tuple.</summary>
    private PythonNode ReadTestList()
    {
        PythonNode first = ReadTest();
        if (!Current.Is(","))
        {
            return first;
        }

        var items = new List<PythonNode> { first };
        while (Accept(",") && StartsExpression)
        {
            items.Add(ReadTest());
        }

        return new SequenceNode(first.Span.To(Last), items.ToArray(), IsList: false);
    }

    /// <summary>The targets of <c>for</c>: like a list of expressions, but <c>in</c> ends it.</summary>
    private PythonNode ReadTargetList()
    {
        PythonNode first = ReadBinary(0);
        if (!Current.Is(","))
        {
            return first;
        }

        var items = new List<PythonNode> { first };
        while (Accept(",") && StartsExpression)
        {
            items.Add(ReadBinary(0));
        }

        return new SequenceNode(first.Span.To(Last), items.ToArray(), IsList: false);
    }

    private bool StartsExpression => Current.Kind switch
    {
        PythonTokenKind.Number or PythonTokenKind.String or PythonTokenKind.FormatString => true,
        PythonTokenKind.Name => !Keywords.Contains(Current.Text) || Current.Text is "None" or "True" or "False" or "not" or "lambda",
        PythonTokenKind.Operator => Current.Text is "(" or "[" or "{" or "-" or "+" or "~",
        _ => false,
    };

    private PythonNode ReadTest()
    {
        Enter();
        if (Current.Is("lambda"))
        {
            throw NotInTheLab(Current);
        }

        PythonNode value = ReadOr();
        if (Accept("if"))
        {
            PythonNode test = ReadOr();
            Expect("else", "expected 'else' after 'if' expression");
            PythonNode otherwise = ReadTest();
            value = new ConditionalNode(value.Span.To(otherwise.Span), test, value, otherwise);
        }

        if (Current.Is(":="))
        {
            throw NotInTheLab(Current);
        }

        _depth--;
        return value;
    }

    private PythonNode ReadOr()
    {
        PythonNode left = ReadAnd();
        while (Accept("or"))
        {
            Link();
            PythonNode right = ReadAnd();
            left = new LogicNode(left.Span.To(right.Span), IsAnd: false, left, right);
        }

        return left;
    }

    private PythonNode ReadAnd()
    {
        PythonNode left = ReadNot();
        while (Accept("and"))
        {
            Link();
            PythonNode right = ReadNot();
            left = new LogicNode(left.Span.To(right.Span), IsAnd: true, left, right);
        }

        return left;
    }

    private PythonNode ReadNot()
    {
        PythonSpan start = Current.Span;
        if (!Accept("not"))
        {
            return ReadComparison();
        }

        Enter();
        PythonNode operand = ReadNot();
        _depth--;
        return new UnaryNode(start.To(operand.Span), "not", operand);
    }

    private PythonNode ReadComparison()
    {
        PythonNode first = ReadBinary(0);
        List<(string, PythonNode)>? rest = null;
        while (TakeComparison() is { } op)
        {
            (rest ??= []).Add((op, ReadBinary(0)));
        }

        return rest is null ? first : new CompareNode(first.Span.To(Last), first, rest.ToArray());
    }

    private string? TakeComparison()
    {
        if (Current.Kind == PythonTokenKind.Operator && Current.Text is "==" or "!=" or "<" or ">" or "<=" or ">=")
        {
            return Take().Text;
        }

        if (Accept("in"))
        {
            return "in";
        }

        if (Accept("is"))
        {
            return Accept("not") ? "is not" : "is";
        }

        if (Current.Is("not") && _tokens[_next + 1].Is("in"))
        {
            _next += 2;
            return "not in";
        }

        return null;
    }

    private PythonNode ReadBinary(int level)
    {
        if (level == BinaryLevels.Length)
        {
            return ReadUnary();
        }

        PythonNode left = ReadBinary(level + 1);
        while (Current.Kind == PythonTokenKind.Operator && Array.IndexOf(BinaryLevels[level], Current.Text) >= 0)
        {
            Link();
            string op = Take().Text;
            PythonNode right = ReadBinary(level + 1);
            left = new BinaryNode(left.Span.To(right.Span), op, left, right);
        }

        return left;
    }

    private PythonNode ReadUnary()
    {
        PythonToken first = Current;
        if (first.Kind == PythonTokenKind.Operator && first.Text is "-" or "+" or "~")
        {
            Enter();
            _next++;
            PythonNode operand = ReadUnary();
            _depth--;
            return operand is ConstantNode { Value: BigInteger number } && first.Text == "-"
                ? new ConstantNode(first.Span.To(operand.Span), -number)
                : new UnaryNode(first.Span.To(operand.Span), first.Text, operand);
        }

        PythonNode value = ReadPostfix();
        if (Accept("**"))
        {
            Enter();
            PythonNode exponent = ReadUnary();
            _depth--;
            return new BinaryNode(value.Span.To(exponent.Span), "**", value, exponent);
        }

        return value;
    }

    private PythonNode ReadPostfix()
    {
        PythonNode value = ReadAtom();
        while (true)
        {
            Link();
            if (Accept("."))
            {
                string name = ExpectName();
                value = new AttributeNode(value.Span.To(Last), value, name);
            }
            else if (Current.Is("("))
            {
                value = ReadCall(value);
            }
            else if (Accept("["))
            {
                PythonNode index = ReadIndex();
                Expect("]");
                value = new SubscriptNode(value.Span.To(Last), value, index);
            }
            else
            {
                return value;
            }
        }
    }

    private PythonNode ReadIndex()
    {
        PythonSpan start = Current.Span;
        PythonNode? first = Current.Is(":") ? null : ReadTestList();
        if (!Current.Is(":"))
        {
            return first ?? throw Invalid();
        }

        _next++;
        PythonNode? stop = Current.Is(":") || Current.Is("]") ? null : ReadTest();
        PythonNode? step = Accept(":") && !Current.Is("]") ? ReadTest() : null;
        return new SliceNode(start.To(Last), first, stop, step);
    }

    private CallNode ReadCall(PythonNode function)
    {
        Expect("(");
        var positional = new List<PythonNode>();
        var keywords = new List<(string, PythonNode)>();
        while (!Current.Is(")"))
        {
            if (Current.Is("*") || Current.Is("**"))
            {
                throw NotInTheLab(Current);
            }

            if (Current.Kind == PythonTokenKind.Name && !Keywords.Contains(Current.Text) && _tokens[_next + 1].Is("="))
            {
                string name = Take().Text;
                _next++;
                if (keywords.Exists(k => k.Item1 == name))
                {
                    throw new PythonSyntaxException($"keyword argument repeated: {name}", Last);
                }

                keywords.Add((name, ReadTest()));
            }
            else
            {
                PythonNode value = ReadTest();
                if (keywords.Count > 0)
                {
                    throw new PythonSyntaxException("positional argument follows keyword argument", value.Span);
                }

                positional.Add(value);
            }

            if (Current.Is("for"))
            {
                throw NotInTheLab(Current);
            }

            if (!Accept(","))
            {
                break;
            }
        }

        ExpectCloser(positional, ")");
        return new CallNode(function.Span.To(Last), function, positional.ToArray(), keywords.ToArray());
    }

    /// <summary>Python guesses a missing comma where two expressions stand side by side inside brackets.</summary>
    private void ExpectCloser(List<PythonNode> items, string bracket)
    {
        if (items.Count > 0 && !Current.Is(bracket) && StartsExpression && !Current.Is("-") && !Current.Is("+"))
        {
            throw new PythonSyntaxException("invalid syntax. Perhaps you forgot a comma?", items[^1].Span.To(Current.Span));
        }

        Expect(bracket);
    }

    private PythonNode ReadAtom()
    {
        PythonToken token = Current;
        switch (token.Kind)
        {
            case PythonTokenKind.Number:
                _next++;
                return new ConstantNode(token.Span, token.Value!);
            case PythonTokenKind.String or PythonTokenKind.FormatString:
                return ReadStrings();
            case PythonTokenKind.Name when token.Text is "None" or "True" or "False":
                _next++;
                return new ConstantNode(token.Span, token.Text switch { "None" => PyNone.Value, "True" => true, _ => false });
            case PythonTokenKind.Name when !Keywords.Contains(token.Text):
                _next++;
                return new NameNode(token.Span, token.Text);
            case PythonTokenKind.Name when token.Text is "yield" or "await" or "lambda":
            case PythonTokenKind.Operator when token.Text == "...":
                throw NotInTheLab(token);
            case PythonTokenKind.Operator when token.Text == "(":
                return ReadBracketed(")", isList: false);
            case PythonTokenKind.Operator when token.Text == "[":
                return ReadBracketed("]", isList: true);
            case PythonTokenKind.Operator when token.Text == "{":
                throw new PythonSyntaxException("the lab's Python does not have dictionaries and sets", token.Span);
            default:
                throw Invalid();
        }
    }

    private PythonNode ReadBracketed(string closer, bool isList)
    {
        PythonSpan start = Take().Span;
        var items = new List<PythonNode>();
        bool hasComma = false;
        while (!Current.Is(closer))
        {
            items.Add(ReadTest());
            if (Current.Is("for"))
            {
                throw new PythonSyntaxException("the lab's Python does not have comprehensions", Current.Span);
            }

            if (!Accept(","))
            {
                break;
            }

            hasComma = true;
        }

        ExpectCloser(items, closer);
        PythonSpan span = start.To(Last);
        return !isList && items.Count == 1 && !hasComma ? items[0] with { Span = span } : new SequenceNode(span, items.ToArray(), isList);
    }

    /// <summary>String literals side by side are one literal.</summary>
    private PythonNode ReadStrings()
    {
        var parts = new List<PythonNode>();
        PythonSpan start = Current.Span;
        bool isBytes = Current.Value is PyBytes;
        bool isFormat = false;
        while (Current.Kind is PythonTokenKind.String or PythonTokenKind.FormatString)
        {
            PythonToken token = Take();
            if (token.Value is PyBytes != isBytes)
            {
                throw new PythonSyntaxException("cannot mix bytes and nonbytes literals", start.To(token.Span));
            }

            isFormat |= token.Kind == PythonTokenKind.FormatString;
            if (token.Value is PythonFormatText text)
            {
                ReadFormat(text, token.Span, parts);
            }
            else
            {
                parts.Add(new ConstantNode(token.Span, token.Value!));
            }
        }

        PythonSpan span = start.To(Last);
        if (isBytes)
        {
            return new ConstantNode(span, new PyBytes(parts.SelectMany(part => ((PyBytes)((ConstantNode)part).Value).Octets).ToArray()));
        }

        return isFormat ? new FormatNode(span, parts.ToArray()) : new ConstantNode(span, string.Concat(parts.Select(part => (string)((ConstantNode)part).Value)));
    }

    /// <summary>Cuts the body of an f-string into text and replacement fields.</summary>
    private void ReadFormat(PythonFormatText text, PythonSpan span, List<PythonNode> parts)
    {
        string body = text.Body;
        int start = 0;
        for (int i = 0; i < body.Length; i++)
        {
            if (body[i] is not ('{' or '}'))
            {
                continue;
            }

            if (i + 1 < body.Length && body[i + 1] == body[i])
            {
                AddText(body[start..(i + 1)]);
                start = i + 2;
                i++;
                continue;
            }

            if (body[i] == '}')
            {
                throw new PythonSyntaxException("f-string: single '}' is not allowed", span);
            }

            AddText(body[start..i]);
            i = ReadField(body, i + 1, span, parts);
            start = i + 1;
        }

        AddText(body[start..]);

        void AddText(string piece)
        {
            if (piece.Length > 0)
            {
                parts.Add(new ConstantNode(span, text.IsRaw ? piece : PythonEscapes.DecodeText(piece, span)));
            }
        }
    }

    /// <summary>Reads the field that starts behind an opening brace; returns the index of the closing one.</summary>
    private int ReadField(string body, int at, PythonSpan span, List<PythonNode> parts)
    {
        int end = EndOfFieldExpression(body, at, span);
        string expression = body[at..end];
        if (expression.Contains('\\', StringComparison.Ordinal))
        {
            throw new PythonSyntaxException("f-string expression part cannot include a backslash", span);
        }

        bool showsItself = expression.AsSpan().TrimEnd().EndsWith("=") && !expression.AsSpan().TrimEnd().EndsWith("==");
        string code = showsItself ? expression[..expression.LastIndexOf('=')] : expression;
        if (string.IsNullOrWhiteSpace(code))
        {
            throw new PythonSyntaxException("f-string: empty expression not allowed", span);
        }

        char conversion = '\0';
        if (body[end] == '!')
        {
            conversion = end + 1 < body.Length ? body[end + 1] : ' ';
            if (conversion is not ('r' or 's' or 'a'))
            {
                throw new PythonSyntaxException($"f-string: invalid conversion character: expected 's', 'r', or 'a'", span);
            }

            end += 2;
        }

        string format = "";
        if (end < body.Length && body[end] == ':')
        {
            int close = body.IndexOf('}', end);
            if (close < 0 || body.AsSpan(end, close - end).Contains('{'))
            {
                throw new PythonSyntaxException(close < 0 ? "f-string: expecting '}'" : "the lab's Python does not have nested replacement fields", span);
            }

            format = body[(end + 1)..close];
            end = close;
        }

        if (end >= body.Length || body[end] != '}')
        {
            throw new PythonSyntaxException("f-string: expecting '}'", span);
        }

        if (showsItself)
        {
            parts.Add(new ConstantNode(span, expression));
            conversion = conversion == '\0' && format.Length == 0 ? 'r' : conversion;
        }

        Enter();
        parts.Add(new FieldNode(span, ParseField(code.Trim(), span), conversion, format));
        _depth--;
        return end;
    }

    private PythonNode ParseField(string code, PythonSpan span)
    {
        try
        {
            var inner = new PythonParser(PythonTokenizer.Tokenize([code])) { _depth = _depth, _links = _links };
            PythonNode value = inner.ReadTestList();
            return inner._tokens[^1].Value is PythonSyntaxException unclosed ? throw unclosed : inner.Current.Kind == PythonTokenKind.NewLine ? value : throw inner.Invalid();
        }
        catch (PythonSyntaxException error)
        {
            throw new PythonSyntaxException("f-string: " + error.Message, span);
        }
    }

    /// <summary>The index of the <c>}</c>, <c>!</c> or <c>:</c> that ends the expression.</summary>
    private static int EndOfFieldExpression(string body, int at, PythonSpan span)
    {
        int depth = 0;
        char quote = '\0';
        for (int i = at; i < body.Length; i++)
        {
            char c = body[i];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '\'' or '"')
            {
                quote = c;
            }
            else if (c is '(' or '[' or '{')
            {
                depth++;
            }
            else if (depth > 0 && c is ')' or ']' or '}')
            {
                depth--;
            }
            else if (depth == 0 && (c is '}' or ':' || (c == '!' && !(i + 1 < body.Length && body[i + 1] == '='))))
            {
                return i;
            }
        }

        throw new PythonSyntaxException(quote != '\0' ? "f-string: unterminated string" : "f-string: expecting '}'", span);
    }
}

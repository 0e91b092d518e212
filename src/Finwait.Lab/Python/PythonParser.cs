namespace Finwait.Lab;

/// <summary>Reads statements: the part of Python 3.11's grammar that socket programs need. Expressions are in the other half of the class.</summary>
internal sealed partial class PythonParser
{
    /// <summary>Statements and expressions nested deeper than this are refused, as CPython does with its own limits.</summary>
    private const int MaxDepth = 150;

    /// <summary>Operators, calls and attributes in one statement. Chains make deep trees, and trees are walked by recursion.</summary>
    private const int MaxLinks = 3000;

    internal static readonly HashSet<string> Keywords =
    [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global",
        "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ];

    private readonly List<PythonToken> _tokens;
    private int _next;
    private int _depth;
    private int _links;
    private int _loops;
    private bool _inFunction;

    private PythonParser(List<PythonToken> tokens) => _tokens = tokens;

    /// <summary>The statements of <paramref name="lines"/>.</summary>
    /// <exception cref="PythonSyntaxException">The text is not Python or uses what the lab leaves out.</exception>
    public static PythonNode[] Parse(string[] lines)
    {
        var parser = new PythonParser(PythonTokenizer.Tokenize(lines));
        var statements = new List<PythonNode>();
        try
        {
            while (parser.Current.Kind != PythonTokenKind.End)
            {
                parser.ReadStatement(statements);
            }
        }
        catch (PythonSyntaxException) when (parser.Current is { Kind: PythonTokenKind.End, Value: not null })
        {
            // told below
        }

        return parser._tokens[^1].Value is PythonSyntaxException unclosed ? throw unclosed : statements.ToArray();
    }

    /// <summary>True if <paramref name="node"/> is a statement with a block of its own, which the prompt ends by an empty line.</summary>
    public static bool IsCompound(PythonNode node) => node is IfStatement or WhileStatement or ForStatement or FunctionStatement or TryStatement or WithStatement;

    private PythonToken Current => _tokens[_next];

    private PythonToken Take() => _tokens[_next].Kind == PythonTokenKind.End ? _tokens[_next] : _tokens[_next++];

    private bool Accept(string text)
    {
        if (!Current.Is(text))
        {
            return false;
        }

        _next++;
        return true;
    }

    private PythonSpan Last => _tokens[Math.Max(0, _next - 1)].Span;

    private PythonSyntaxException Invalid(string message = "invalid syntax") => Current.Kind switch
    {
        PythonTokenKind.Indent => new PythonSyntaxException("unexpected indent", Current.Span with { Column = Current.Span.EndColumn }, type: "IndentationError"),
        PythonTokenKind.NewLine or PythonTokenKind.End => new PythonSyntaxException(message, Current.Span with { EndColumn = Current.Span.Column + 1 }),
        _ => new PythonSyntaxException(message, Current.Span),
    };

    private void Expect(string text, string? message = null)
    {
        if (!Accept(text))
        {
            throw Invalid(message ?? "invalid syntax");
        }
    }

    private string ExpectName()
    {
        if (Current.Kind != PythonTokenKind.Name || Keywords.Contains(Current.Text))
        {
            throw Invalid();
        }

        return Take().Text;
    }

    private void Enter()
    {
        if (++_depth > MaxDepth)
        {
            throw new PythonSyntaxException("too many nested expressions or blocks", Current.Span);
        }
    }

    /// <summary>Counts one more link of a chain like <c>a.b.c</c> or <c>1 + 2 + 3</c>.</summary>
    private void Link()
    {
        if (++_links > MaxLinks)
        {
            throw new PythonSyntaxException("too long an expression", Current.Span);
        }
    }

    private void ReadStatement(List<PythonNode> into)
    {
        Enter();
        _links = 0;
        PythonToken first = Current;
        PythonNode? compound = first.Kind != PythonTokenKind.Name ? null : first.Text switch
        {
            "if" => ReadIf(),
            "while" => ReadWhile(),
            "for" => ReadFor(),
            "def" => ReadFunction(),
            "try" => ReadTry(),
            "with" => ReadWith(),
            "class" or "async" => throw NotInTheLab(first),
            _ => null,
        };
        if (compound is not null)
        {
            into.Add(compound);
        }
        else if (first.Is("@"))
        {
            throw NotInTheLab(first);
        }
        else
        {
            ReadSimpleLine(into);
        }

        _depth--;
    }

    private static PythonSyntaxException NotInTheLab(PythonToken token) => new($"the lab's Python does not have '{token.Text}'", token.Span);

    private PythonSyntaxException NoAnnotations() => new("the lab's Python does not have annotations: leave out what stands behind the name", Current.Span);

    private void ReadSimpleLine(List<PythonNode> into)
    {
        do
        {
            into.Add(ReadSimple());
        }
        while (Accept(";") && Current.Kind is not (PythonTokenKind.NewLine or PythonTokenKind.End));

        if (Current.Kind == PythonTokenKind.NewLine)
        {
            _next++;
        }
        else if (Current.Kind != PythonTokenKind.End)
        {
            throw Invalid();
        }
    }

    private PythonNode ReadSimple()
    {
        PythonToken first = Current;
        if (first.Kind != PythonTokenKind.Name)
        {
            return ReadExpressionStatement();
        }

        switch (first.Text)
        {
            case "pass":
                _next++;
                return new PlainStatement(first.Span, first.Text);
            case "break" or "continue":
                if (_loops == 0)
                {
                    throw new PythonSyntaxException(first.Text == "break" ? "'break' outside loop" : "'continue' not properly in loop", first.Span);
                }

                _next++;
                return new PlainStatement(first.Span, first.Text);
            case "import":
                return ReadImport();
            case "from":
                return ReadFrom();
            case "del":
                _next++;
                PythonNode deleted = ReadTestList();
                PythonNode[] targets = deleted is SequenceNode { IsList: false } many ? many.Items : [deleted];
                Array.ForEach(targets, target => CheckTarget(target, "delete"));
                return new DeleteStatement(first.Span.To(Last), targets);
            case "return":
                return ReadReturn();
            case "raise":
                _next++;
                PythonNode? raised = IsAtEndOfStatement ? null : ReadTest();
                return Current.Is("from") ? throw NotInTheLab(Current) : new RaiseStatement(first.Span.To(Last), raised);
            case "global":
                _next++;
                var names = new List<string>();
                do
                {
                    names.Add(ExpectName());
                }
                while (Accept(","));
                return new GlobalStatement(first.Span.To(Last), names.ToArray());
            case "assert":
                _next++;
                PythonNode test = ReadTest();
                return new AssertStatement(first.Span.To(Last), test, Accept(",") ? ReadTest() : null);
            case "yield" or "nonlocal" or "await":
                throw NotInTheLab(first);
            case "print" when _tokens[_next + 1].Kind is PythonTokenKind.String or PythonTokenKind.Number or PythonTokenKind.FormatString or PythonTokenKind.Name && !Keywords.Contains(_tokens[_next + 1].Text):
                throw new PythonSyntaxException("Missing parentheses in call to 'print'. Did you mean print(...)?", first.Span.To(_tokens[_next + 1].Span));
            default:
                return ReadExpressionStatement();
        }
    }

    private bool IsAtEndOfStatement => Current.Kind is PythonTokenKind.NewLine or PythonTokenKind.End || Current.Is(";");

    private ReturnStatement ReadReturn()
    {
        PythonSpan start = Take().Span;
        if (!_inFunction)
        {
            throw new PythonSyntaxException("'return' outside function", start);
        }

        PythonNode? value = IsAtEndOfStatement ? null : ReadTestList();
        return new ReturnStatement(start.To(Last), value);
    }

    private ImportStatement ReadImport()
    {
        PythonSpan start = Take().Span;
        var modules = new List<(string, string)>();
        do
        {
            string name = ReadDottedName();
            modules.Add((name, Accept("as") ? ExpectName() : name));
        }
        while (Accept(","));
        return new ImportStatement(start.To(Last), modules.ToArray());
    }

    private string ReadDottedName()
    {
        string name = ExpectName();
        while (Accept("."))
        {
            name += "." + ExpectName();
        }

        return name;
    }

    private FromStatement ReadFrom()
    {
        PythonSpan start = Take().Span;
        string module = ReadDottedName();
        Expect("import");
        if (Accept("*"))
        {
            return new FromStatement(start.To(Last), module, []);
        }

        bool inBrackets = Accept("(");
        var names = new List<(string, string)>();
        do
        {
            string name = ExpectName();
            names.Add((name, Accept("as") ? ExpectName() : name));
        }
        while (Accept(",") && !Current.Is(")"));
        if (inBrackets)
        {
            Expect(")");
        }

        return new FromStatement(start.To(Last), module, names.ToArray());
    }

    private PythonNode ReadExpressionStatement()
    {
        PythonNode value = ReadTestList();
        if (Current.Kind == PythonTokenKind.Operator && Current.Text is "+=" or "-=" or "*=" or "/=" or "//=" or "%=" or "**=" or "&=" or "|=" or "^=" or "<<=" or ">>=")
        {
            if (value is not (NameNode or AttributeNode or SubscriptNode))
            {
                throw new PythonSyntaxException($"'{Describe(value)}' is an illegal expression for augmented assignment", value.Span);
            }

            string op = Take().Text[..^1];
            PythonNode operand = ReadTestList();
            return new AugmentStatement(value.Span.To(operand.Span), value, op, operand);
        }

        if (!Current.Is("="))
        {
            if (Current.Is(":") && value is NameNode or AttributeNode or SubscriptNode && _tokens[_next + 1].Kind is not (PythonTokenKind.NewLine or PythonTokenKind.End))
            {
                throw NoAnnotations();
            }

            return Current.Is(":") || Current.Is(":=") ? throw Invalid() : new ExpressionStatement(value.Span, value);
        }

        var targets = new List<PythonNode>();
        while (Accept("="))
        {
            CheckTarget(value, "assign to");
            targets.Add(value);
            value = ReadTestList();
        }

        return new AssignStatement(targets[0].Span.To(value.Span), targets.ToArray(), value);
    }

    /// <summary>Refuses what cannot stand left of an equals sign, in Python's words.</summary>
    private static void CheckTarget(PythonNode target, string verb)
    {
        switch (target)
        {
            case NameNode or AttributeNode or SubscriptNode:
                return;
            case SequenceNode sequence:
                Array.ForEach(sequence.Items, item => CheckTarget(item, verb));
                return;
            case ConstantNode { Value: bool or PyNone } constant:
                throw new PythonSyntaxException($"cannot {verb} {Py.Repr(constant.Value)}", target.Span);
            default:
                string hint = verb == "delete" ? "" : target is CompareNode ? "" : " here. Maybe you meant '==' instead of '='?";
                throw new PythonSyntaxException($"cannot {verb} {Describe(target)}{hint}", target.Span);
        }
    }

    private static string Describe(PythonNode node) => node switch
    {
        CallNode => "function call",
        ConstantNode { Value: bool or PyNone } constant => Py.Repr(constant.Value),
        ConstantNode => "literal",
        FormatNode => "f-string expression",
        CompareNode => "comparison",
        ConditionalNode => "conditional expression",
        SequenceNode { IsList: true } => "list",
        SequenceNode => "tuple",
        _ => "expression",
    };

    private PythonNode[] ReadBlock(string what, int line)
    {
        Expect(":", what[0] != '\'' || Current.Kind is PythonTokenKind.NewLine or PythonTokenKind.End ? "expected ':'" : "invalid syntax");
        var statements = new List<PythonNode>();
        if (Current.Kind != PythonTokenKind.NewLine)
        {
            if (Current.Kind == PythonTokenKind.End)
            {
                throw Unfinished(what, line);
            }

            ReadSimpleLine(statements);
            return statements.ToArray();
        }

        _next++;
        if (Current.Kind != PythonTokenKind.Indent)
        {
            throw Unfinished(what, line);
        }

        _next++;
        while (Current.Kind is not (PythonTokenKind.Dedent or PythonTokenKind.End))
        {
            ReadStatement(statements);
        }

        if (Current.Kind == PythonTokenKind.Dedent)
        {
            _next++;
        }

        return statements.ToArray();
    }

    private PythonSyntaxException Unfinished(string what, int line) =>
        new($"expected an indented block after {what} on line {line}", Current.Span with { EndColumn = Current.Span.Column + 1 }, IsAtEndOfText, "IndentationError");

    /// <summary>True if nothing but the ends of blocks follows.</summary>
    private bool IsAtEndOfText => _tokens.FindIndex(_next, token => token.Kind != PythonTokenKind.Dedent) is var at && _tokens[at].Kind == PythonTokenKind.End;

    private IfStatement ReadIf()
    {
        PythonToken keyword = Take();
        PythonNode test = ReadTest();
        PythonSpan head = keyword.Span.To(Last);
        PythonNode[] then = ReadBlock($"'{keyword.Text}' statement", keyword.Span.Line);
        PythonNode[] otherwise = Current.Is("elif") ? [ReadElseIf()] : ReadElse();
        return new IfStatement(head, test, then, otherwise);
    }

    private IfStatement ReadElseIf()
    {
        Enter();
        IfStatement statement = ReadIf();
        _depth--;
        return statement;
    }

    private PythonNode[] ReadElse()
    {
        int line = Current.Span.Line;
        return Accept("else") ? ReadBlock("'else' statement", line) : [];
    }

    private WhileStatement ReadWhile()
    {
        PythonToken keyword = Take();
        PythonNode test = ReadTest();
        PythonSpan head = keyword.Span.To(Last);
        PythonNode[] body = ReadLoopBody("'while' statement", keyword.Span.Line);
        return new WhileStatement(head, test, body, ReadElse());
    }

    private PythonNode[] ReadLoopBody(string what, int line)
    {
        _loops++;
        PythonNode[] body = ReadBlock(what, line);
        _loops--;
        return body;
    }

    private ForStatement ReadFor()
    {
        PythonToken keyword = Take();
        PythonNode target = ReadTargetList();
        CheckTarget(target, "assign to");
        Expect("in");
        PythonNode items = ReadTestList();
        PythonSpan head = keyword.Span.To(Last);
        PythonNode[] body = ReadLoopBody("'for' statement", keyword.Span.Line);
        return new ForStatement(head, target, items, body, ReadElse());
    }

    private FunctionStatement ReadFunction()
    {
        PythonToken keyword = Take();
        string name = ExpectName();
        Expect("(", "expected '('");
        var parameters = new List<(string, PythonNode?)>();
        while (!Current.Is(")"))
        {
            if (Current.Is("*") || Current.Is("**") || Current.Is("/"))
            {
                throw NotInTheLab(Current);
            }

            string parameter = ExpectName();
            if (Current.Is(":"))
            {
                throw NoAnnotations();
            }

            PythonNode? value = Accept("=") ? ReadTest() : null;
            if (value is null && parameters.Exists(p => p.Item2 is not null))
            {
                throw new PythonSyntaxException("non-default argument follows default argument", Last);
            }

            if (parameters.Exists(p => p.Item1 == parameter))
            {
                throw new PythonSyntaxException($"duplicate argument '{parameter}' in function definition", Last);
            }

            parameters.Add((parameter, value));
            if (!Accept(","))
            {
                break;
            }
        }

        Expect(")");
        PythonSpan head = keyword.Span.To(Last);
        (int loops, bool inFunction) = (_loops, _inFunction);
        (_loops, _inFunction) = (0, true);
        PythonNode[] body = ReadBlock("function definition", keyword.Span.Line);
        (_loops, _inFunction) = (loops, inFunction);
        return new FunctionStatement(head, name, parameters.ToArray(), body);
    }

    private TryStatement ReadTry()
    {
        PythonToken keyword = Take();
        PythonNode[] body = ReadBlock("'try' statement", keyword.Span.Line);
        var handlers = new List<ExceptClause>();
        while (Current.Is("except"))
        {
            PythonToken except = Take();
            PythonNode? type = Current.Is(":") ? null : ReadTest();
            string? name = type is not null && Accept("as") ? ExpectName() : null;
            if (handlers.Count > 0 && handlers[^1].Type is null)
            {
                throw new PythonSyntaxException("default 'except:' must be last", handlers[^1].Span);
            }

            handlers.Add(new ExceptClause(except.Span.To(Last), type, name, ReadBlock("'except' statement", except.Span.Line)));
        }

        PythonNode[] otherwise = handlers.Count > 0 ? ReadElse() : [];
        int line = Current.Span.Line;
        PythonNode[] final = Accept("finally") ? ReadBlock("'finally' statement", line) : [];
        if (handlers.Count == 0 && final.Length == 0)
        {
            throw new PythonSyntaxException("expected 'except' or 'finally' block", Current.Span with { EndColumn = Current.Span.Column + 1 }, IsAtEndOfText);
        }

        return new TryStatement(keyword.Span, body, handlers.ToArray(), otherwise, final);
    }

    private WithStatement ReadWith()
    {
        PythonToken keyword = Take();
        PythonNode context = ReadTest();
        PythonNode? target = null;
        if (Accept("as"))
        {
            target = ReadTargetList();
            CheckTarget(target, "assign to");
        }

        if (Current.Is(","))
        {
            throw NotInTheLab(Current);
        }

        PythonSpan head = keyword.Span.To(Last);
        return new WithStatement(head, context, target, ReadBlock("'with' statement", keyword.Span.Line));
    }
}

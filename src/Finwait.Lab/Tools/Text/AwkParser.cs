using System.Globalization;

namespace Finwait.Lab;

/// <summary>Reads an awk program.</summary>
internal sealed class AwkParser
{
    private const int MaxDepth = 100;
    private const int MaxSource = 4000; // a chain of operators is a tree as deep as it is long

    private static readonly string[] s_signs =
        ["&&", "||", "==", "!=", "<=", ">=", "!~", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "{", "}", "(", ")", "[", "]", "$", ",", ";", "=", "<", ">", "~", "!", "+", "-", "*", "/", "%", "^", "?", ":", "|"];

    private readonly string _source;
    private int _at;
    private int _depth;
    private bool _inPrint; // there, > is a redirection

    private AwkParser(string source) => _source = source;

    /// <summary>Reads a program; the error is one line that says what was found and where.</summary>
    internal static bool TryParse(string source, out AwkProgram program, out string error)
    {
        AwkParser parser = new(source);
        program = new([], [], []);
        error = source.Length > MaxSource ? $"the program is longer than {MaxSource} characters" : "";
        if (error.Length > 0)
        {
            return false;
        }

        try
        {
            program = parser.ParseProgram();
            return true;
        }
        catch (AwkException exception)
        {
            error = exception.Message;
            return false;
        }
    }

    private AwkProgram ParseProgram()
    {
        List<AwkRule> begin = [], main = [], end = [];
        for (SkipSeparators(); _at < _source.Length; SkipSeparators())
        {
            string? name = PeekName();
            List<AwkRule> list = name switch { "BEGIN" => begin, "END" => end, _ => main };
            AwkExpression? pattern = null;
            if (list != main)
            {
                _at += name!.Length;
            }
            else if (name is "function" or "func")
            {
                throw Unsupported("functions of one's own");
            }
            else if (Peek() != "{")
            {
                pattern = ParseExpression();
                if (Peek() == ",")
                {
                    throw Unsupported("ranges of patterns");
                }
            }

            AwkStatement body = Peek() == "{" ? ParseBlock() : list == main ? new AwkPrint([]) : throw Expected("'{' after BEGIN and END");
            list.Add(new(pattern, body));
        }

        return begin.Count + main.Count + end.Count > 0 ? new(begin, main, end) : throw Expected("a program");
    }

    private AwkBlock ParseBlock()
    {
        Take("{");
        List<AwkStatement> statements = [];
        for (SkipSeparators(); Peek() != "}"; SkipSeparators())
        {
            if (_at >= _source.Length)
            {
                throw Expected("'}'");
            }

            statements.Add(ParseStatement());
        }

        Take("}");
        return new(statements);
    }

    private AwkStatement ParseStatement()
    {
        Enter();
        AwkStatement statement = ParseStatementInside();
        _depth--;
        return statement;
    }

    private AwkStatement ParseStatementInside()
    {
        string? name = PeekName();
        switch (name)
        {
            case null when Peek() == "{":
                return ParseBlock();
            case "print" or "printf":
                _at += name.Length;
                return ParsePrint(name == "printf");
            case "if":
                _at += 2;
                return ParseIf();
            case "for":
                _at += 3;
                return ParseForIn();
            case "next":
                _at += 4;
                return new AwkJump(AwkFlow.NextRecord, null);
            case "exit":
                _at += 4;
                return new AwkJump(AwkFlow.Exit, IsEndOfStatement() ? null : ParseExpression());
            case "while" or "do" or "break" or "continue" or "return" or "delete" or "getline" or "nextfile":
                throw Unsupported($"'{name}'");
            default:
                return new AwkDo(ParseExpression());
        }
    }

    private AwkStatement ParsePrint(bool formatted)
    {
        bool outer = _inPrint;
        _inPrint = true;
        List<AwkExpression> values = [];
        bool inParentheses = Peek() == "(" && ClosesBeforeEnd();
        if (inParentheses)
        {
            Take("(");
            _inPrint = false;
        }

        if (!IsEndOfStatement() && Peek() != ")")
        {
            values.Add(ParseExpression());
            while (TryTake(","))
            {
                SkipNewlines();
                values.Add(ParseExpression());
            }
        }

        if (inParentheses)
        {
            Take(")");
        }

        _inPrint = outer;
        if (Peek() is ">" or "|")
        {
            throw Unsupported("output to files and programs");
        }

        if (!formatted)
        {
            return new AwkPrint(values);
        }

        return values.Count > 0 ? new AwkPrintf(values[0], values[1..]) : throw Expected("a format after printf");
    }

    // True if the parenthesis that comes next holds the whole list: print ("a", $1), not print ($1)+1.
    private bool ClosesBeforeEnd()
    {
        int depth = 0;
        for (int i = _at; i < _source.Length; i++)
        {
            char c = _source[i];
            if (c == '"')
            {
                for (i++; i < _source.Length && _source[i] != '"'; i++)
                {
                    i += _source[i] == '\\' ? 1 : 0;
                }
            }
            else if (c == '(')
            {
                depth++;
            }
            else if (c == ')' && --depth == 0)
            {
                int next = i + 1;
                while (next < _source.Length && _source[next] is ' ' or '\t')
                {
                    next++;
                }

                return next >= _source.Length || _source[next] is ';' or '}' or '\n' or '>' or '|';
            }
        }

        return false;
    }

    private AwkIf ParseIf()
    {
        Take("(");
        AwkExpression condition = ParseExpression();
        Take(")");
        SkipNewlines();
        AwkStatement then = ParseStatement();
        int before = _at;
        SkipSeparators();
        if (PeekName() == "else")
        {
            _at += 4;
            SkipNewlines();
            return new(condition, then, ParseStatement());
        }

        _at = before;
        return new(condition, then, null);
    }

    private AwkForIn ParseForIn()
    {
        Take("(");
        string variable = TakeName() ?? throw Unsupported("'for' other than 'for (NAME in ARRAY)'");
        if (TakeName() != "in")
        {
            throw Unsupported("'for' other than 'for (NAME in ARRAY)'");
        }

        string array = TakeName() ?? throw Expected("an array's name");
        Take(")");
        SkipNewlines();
        return new(variable, array, ParseStatement());
    }

    // ---- expressions, from the loosest to the tightest ---------------------------------------------------------

    private AwkExpression ParseExpression()
    {
        Enter();
        AwkExpression left = ParseChoice();
        if (left.IsAssignable && Peek() is "=" or "+=" or "-=" or "*=" or "/=" or "%=" or "^=")
        {
            string sign = Peek()!;
            Take(sign);
            SkipNewlines();
            left = new AwkAssignment(left, sign, ParseExpression());
        }

        _depth--;
        return left;
    }

    private AwkExpression ParseChoice()
    {
        AwkExpression condition = ParseBinary(0);
        if (!TryTake("?"))
        {
            return condition;
        }

        AwkExpression then = ParseExpression();
        Take(":");
        return new AwkChoice(condition, then, ParseExpression());
    }

    // Levels: || && in ~ comparison concatenation + * ; unary and below are elsewhere.
    private AwkExpression ParseBinary(int level)
    {
        if (level == 7)
        {
            return ParseUnary();
        }

        AwkExpression left = ParseBinary(level + 1);
        while (true)
        {
            if (level == 2)
            {
                if (PeekName() != "in")
                {
                    return left;
                }

                _at += 2;
                left = new AwkIn(left, TakeName() ?? throw Expected("an array's name"));
                continue;
            }

            if (level == 5 && _depth < MaxDepth && StartsOperand())
            {
                left = new AwkBinary("", left, ParseBinary(6));
                continue;
            }

            string? sign = Peek();
            bool fits = level switch
            {
                0 => sign == "||",
                1 => sign == "&&",
                3 => sign is "~" or "!~",
                4 => sign is "<" or "<=" or "==" or "!=" or ">=" || (sign == ">" && !_inPrint),
                6 => sign is "+" or "-" or "*" or "/" or "%",
                _ => false,
            };
            if (!fits)
            {
                return left;
            }

            Take(sign!);
            SkipNewlines();
            left = level == 6 ? ParseArithmetic(left, sign!) : new AwkBinary(sign!, left, ParseBinary(level + 1));
        }
    }

    // * / % bind tighter than + -: a sum's right side takes the products that follow.
    private AwkExpression ParseArithmetic(AwkExpression left, string sign)
    {
        AwkExpression right = ParseUnary();
        while (sign is "+" or "-" && Peek() is "*" or "/" or "%")
        {
            string product = Peek()!;
            Take(product);
            right = new AwkBinary(product, right, ParseUnary());
        }

        return new AwkBinary(sign, left, right);
    }

    private AwkExpression ParseUnary()
    {
        string? sign = Peek();
        if (sign is "!" or "-" or "+")
        {
            Enter();
            Take(sign);
            AwkExpression operand = ParseUnary();
            _depth--;
            return new AwkUnary(sign, operand);
        }

        AwkExpression value = ParsePostfix();
        if (!TryTake("^"))
        {
            return value;
        }

        Enter();
        AwkExpression power = ParseUnary();
        _depth--;
        return new AwkBinary("^", value, power);
    }

    private AwkExpression ParsePostfix()
    {
        string? sign = Peek();
        if (sign is "++" or "--")
        {
            Enter();
            Take(sign);
            AwkExpression operand = ParsePrimary();
            _depth--;
            return operand.IsAssignable ? new AwkStep(operand, sign == "++" ? 1 : -1, true) : throw Expected("a variable after '" + sign + "'");
        }

        AwkExpression value = ParsePrimary();
        sign = Peek();
        if (value.IsAssignable && sign is "++" or "--")
        {
            Take(sign);
            return new AwkStep(value, sign == "++" ? 1 : -1, false);
        }

        return value;
    }

    private AwkExpression ParsePrimary()
    {
        SkipBlanks();
        if (_at >= _source.Length)
        {
            throw Expected("an expression");
        }

        char c = _source[_at];
        if (char.IsAsciiDigit(c) || (c == '.' && _at + 1 < _source.Length && char.IsAsciiDigit(_source[_at + 1])))
        {
            return ParseNumber();
        }

        switch (c)
        {
            case '"': return new AwkConstant(AwkValue.OfText(AwkCommand.Unescape(TakeUntil('"', "a string"))));
            case '/': return new AwkRegex(TakeUntil('/', "a regular expression").Replace("\\/", "/", StringComparison.Ordinal));
            case '$':
                Enter();
                _at++;
                AwkExpression number = Peek() is "++" or "--" or "-" ? ParseUnary() : ParsePrimary();
                _depth--;
                return new AwkFieldReference(number);
            case '(': return ParseGroup();
        }

        return ParseNamed(TakeName() ?? throw Expected("an expression"));
    }

    private AwkGroup ParseGroup()
    {
        Take("(");
        bool outer = _inPrint;
        _inPrint = false;
        AwkExpression inner = ParseExpression();
        _inPrint = outer;
        if (Peek() == ",")
        {
            throw Unsupported("lists in parentheses");
        }

        Take(")");
        return new AwkGroup(inner);
    }

    private AwkExpression ParseNamed(string name)
    {
        bool hasParenthesis = _at < _source.Length && _source[_at] == '(';
        if (AwkCall.Functions.TryGetValue(name, out (int Least, int Most) count))
        {
            IReadOnlyList<AwkExpression> arguments = hasParenthesis ? ParseList("(", ")") : [];
            return arguments.Count >= count.Least && arguments.Count <= count.Most ? new AwkCall(name, arguments) : throw Expected($"another number of arguments of {name}()");
        }

        if (hasParenthesis || name is "getline" or "function" or "func" or "print" or "printf" or "if" or "else" or "while" or "for" or "do" or "delete" or "return" or "next" or "exit" or "in")
        {
            throw name is "print" or "printf" or "if" or "else" or "while" or "for" or "do" or "next" or "exit" or "in" or "return" ? Expected($"an expression before '{name}'") : Unsupported($"'{name}'");
        }

        return Peek() == "[" ? new AwkElement(name, ParseList("[", "]")) : new AwkVariable(name);
    }

    private List<AwkExpression> ParseList(string open, string close)
    {
        Take(open);
        bool outer = _inPrint;
        _inPrint = false;
        List<AwkExpression> list = [];
        if (Peek() != close)
        {
            do
            {
                list.Add(ParseExpression());
            }
            while (TryTake(","));
        }

        _inPrint = outer;
        Take(close);
        return list.Count > 0 || open == "(" ? list : throw Expected("a key");
    }

    private AwkConstant ParseNumber()
    {
        int start = _at;
        while (_at < _source.Length && (char.IsAsciiDigit(_source[_at]) || _source[_at] == '.'))
        {
            _at++;
        }

        string text = _source[start.._at];
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) ? new(AwkValue.OfNumber(number)) : throw Expected($"a number instead of '{text}'");
    }

    // ---- words ---------------------------------------------------------------------------------------------------

    private bool StartsOperand()
    {
        SkipBlanks();
        if (_at >= _source.Length)
        {
            return false;
        }

        char c = _source[_at];
        return c is '"' or '$' or '(' or '.' || char.IsAsciiDigit(c) || (PeekName() is { } name && name is not ("in" or "else" or "getline"));
    }

    private bool IsEndOfStatement() => Peek() is null or ";" or "}" or "\n" or ">" or "|";

    private string? Peek()
    {
        SkipBlanks();
        if (_at >= _source.Length)
        {
            return null;
        }

        if (_source[_at] == '\n')
        {
            return "\n";
        }

        foreach (string sign in s_signs)
        {
            if (_source.AsSpan(_at).StartsWith(sign))
            {
                return sign;
            }
        }

        return "";
    }

    private string? PeekName()
    {
        SkipBlanks();
        int end = _at;
        while (end < _source.Length && (char.IsAsciiLetter(_source[end]) || _source[end] == '_' || (end > _at && char.IsAsciiDigit(_source[end]))))
        {
            end++;
        }

        return end > _at ? _source[_at..end] : null;
    }

    private string? TakeName()
    {
        string? name = PeekName();
        _at += name?.Length ?? 0;
        return name;
    }

    private bool TryTake(string sign)
    {
        if (Peek() != sign)
        {
            return false;
        }

        _at += sign.Length;
        return true;
    }

    private void Take(string sign)
    {
        if (!TryTake(sign))
        {
            throw Expected($"'{sign}'");
        }
    }

    private string TakeUntil(char quote, string what)
    {
        int start = ++_at;
        while (_at < _source.Length && _source[_at] != quote && _source[_at] != '\n')
        {
            _at += _source[_at] == '\\' ? 2 : 1;
        }

        if (_at >= _source.Length || _source[_at] == '\n')
        {
            _at = Math.Min(start - 1, _source.Length);
            throw Expected($"the end of {what}");
        }

        return _source[start.._at++];
    }

    private void SkipBlanks()
    {
        while (_at < _source.Length)
        {
            if (_source[_at] is ' ' or '\t' or '\r')
            {
                _at++;
            }
            else if (_source[_at] == '\\' && _at + 1 < _source.Length && _source[_at + 1] == '\n')
            {
                _at += 2;
            }
            else if (_source[_at] == '#')
            {
                int end = _source.IndexOf('\n', _at);
                _at = end < 0 ? _source.Length : end;
            }
            else
            {
                return;
            }
        }
    }

    private void SkipNewlines()
    {
        while (Peek() == "\n")
        {
            _at++;
        }
    }

    private void SkipSeparators()
    {
        while (Peek() is "\n" or ";")
        {
            _at++;
        }
    }

    private void Enter()
    {
        if (++_depth > MaxDepth)
        {
            throw new AwkException("the program is nested too deeply");
        }
    }

    private AwkException Expected(string what)
    {
        SkipBlanks();
        string found = _at >= _source.Length ? "the end of the program" : $"'{_source[_at..Math.Min(_source.Length, _at + 12)].Replace("\n", " ", StringComparison.Ordinal)}'";
        return new($"syntax error at character {_at + 1}: {what} is expected, not {found}");
    }

    private static AwkException Unsupported(string what) => new($"{what} is not supported: patterns, print, printf, if, for-in, variables, arrays and fields are");
}

namespace Finwait.Drill;

/// <content>Calls and their arguments.</content>
internal sealed partial class ScriptParser
{
    private int _depth;

    private CallAction ParseCall()
    {
        string name = _cursor.TakeName();
        _cursor.Expect("(", $"after {name}");
        List<DrillExpression> arguments = ParseList(")");
        _cursor.Expect("=", $"after the arguments of {name}");
        DrillExpression result = ParseResult();
        string? errno = null;
        _cursor.SkipSpaces();
        if (_cursor.Next == 'E' && char.IsAsciiLetterUpper(_cursor.Peek(1)))
        {
            errno = _cursor.TakeName();
            _cursor.SkipSpaces();
        }

        if (_cursor.Next == '(')
        {
            _cursor.Take();
            _cursor.TakeUntil(")", "the note behind the result");
        }

        return new CallAction { Name = name, Arguments = arguments, Result = result, Errno = errno };
    }

    private DrillExpression ParseResult()
    {
        if (_cursor.TryTake("?"))
        {
            return new EllipsisExpression();
        }

        return ParseExpression();
    }

    private List<DrillExpression> ParseList(string end)
    {
        var items = new List<DrillExpression>();
        if (_cursor.TryTake(end))
        {
            return items;
        }

        do
        {
            items.Add(ParseExpression());
        }
        while (_cursor.TryTake(","));
        _cursor.Expect(end, "at the end of a list");
        return items;
    }

    private DrillExpression ParseExpression()
    {
        if (++_depth > MaxDepth)
        {
            throw _cursor.Fault("arguments are nested too deep");
        }

        DrillExpression left = ParseOperand();
        while (_cursor.TryTake("|"))
        {
            left = new OrExpression(left, ParseOperand());
        }

        _depth--;
        return left;
    }

    private DrillExpression ParseOperand()
    {
        _cursor.SkipBlanks();
        if (_cursor.TryTake("..."))
        {
            return new EllipsisExpression();
        }

        char next = _cursor.Next;
        if (char.IsAsciiDigit(next) || (next == '-' && char.IsAsciiDigit(_cursor.Peek(1))))
        {
            return new NumberExpression(_cursor.TakeInteger("a number"));
        }

        switch (next)
        {
            case '"':
                return new TextExpression(_cursor.TakeString());
            case '[':
                _cursor.Take();
                return new ListExpression(ParseList("]"));
            case '{':
                _cursor.Take();
                return ParseStruct();
        }

        string name = _cursor.TakeName();
        if (name.Length == 0)
        {
            throw _cursor.Fault("expected an argument");
        }

        _cursor.SkipSpaces();
        if (_cursor.Next == '(')
        {
            _cursor.Take();
            return new FunctionExpression(name, ParseList(")"));
        }

        return new SymbolExpression(name);
    }

    private StructExpression ParseStruct()
    {
        var members = new List<(string, DrillExpression)>();
        if (_cursor.TryTake("}"))
        {
            return new StructExpression(members);
        }

        do
        {
            DrillExpression first = ParseExpression();
            _cursor.SkipBlanks();
            if (_cursor.Next == '=')
            {
                _cursor.Take();
                string name = first switch
                {
                    SymbolExpression symbol => symbol.Name,
                    FunctionExpression function => function.Name, // msg_iov(1)=[…]: how many there are
                    _ => throw _cursor.Fault("expected the name of a member"),
                };
                DrillExpression value = ParseExpression();
                if (first is FunctionExpression { Arguments: [NumberExpression count] } && value is ListExpression list && list.Items.Count != count.Value)
                {
                    throw _cursor.Fault(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name}({count.Value}) has {list.Items.Count} items"));
                }

                members.Add((name, value));
            }
            else
            {
                members.Add(("", first));
            }
        }
        while (_cursor.TryTake(","));
        _cursor.Expect("}", "at the end of a structure");
        return new StructExpression(members);
    }
}

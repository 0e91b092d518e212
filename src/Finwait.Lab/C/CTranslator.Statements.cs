namespace Finwait.Lab;

/// <content>Statements.</content>
internal sealed partial class CTranslator
{
    private void Statement()
    {
        if (++_depth > MaxDepth)
        {
            throw new CError(Peek, "too deeply nested");
        }

        switch (Peek.Kind is CTokenKind.Name or CTokenKind.Sign ? Peek.Text : "")
        {
            case ";":
                Take();
                break;
            case "{":
                Take();
                _scopes.Add([]);
                while (!TakeIf("}"))
                {
                    Statement();
                }

                _scopes.RemoveAt(_scopes.Count - 1);
                break;
            case "if":
                If();
                break;
            case "while":
                Take();
                Loop(() => Condition());
                break;
            case "do":
                Do();
                break;
            case "for":
                For();
                break;
            case "return":
                Take();
                Emit(Is(";") ? "return 0" : $"return {Expression().Text}");
                Expect(";");
                break;
            case "break" or "continue":
                Jump(Take());
                break;
            case "switch" or "goto" or "case" or "default":
                throw new CError(Peek, $"the lab's compiler has no {Peek.Text}");
            case var _ when Peek.Kind == CTokenKind.End:
                throw new CError(Peek, "expected declaration or statement at end of input");
            case var _ when IsTypeNext:
                Declaration(BaseType());
                break;
            default:
                Act(Expression());
                Expect(";");
                break;
        }

        _depth--;
    }

    /// <summary>break and continue; what a for does behind its body is done before a continue.</summary>
    private void Jump(CToken word)
    {
        if (_steps.Count == 0)
        {
            throw new CError(word, word.Text == "break" ? "break statement not within loop or switch" : "continue statement not within a loop");
        }

        Expect(";");
        if (word.Text == "continue")
        {
            _steps.Peek().ForEach(Emit);
        }

        Emit(word.Text);
    }

    /// <summary>A value that is not used: only what it does remains.</summary>
    private void Act(CValue value)
    {
        if (value.Acts)
        {
            Emit(value.Text);
        }
    }

    private string Condition()
    {
        Expect("(");
        string condition = Expression().Text;
        Expect(")");
        return condition;
    }

    /// <summary>A statement as the body of another.</summary>
    private void Body()
    {
        _indent++;
        Emit("pass");
        Statement();
        _indent--;
    }

    private void If()
    {
        Take();
        string condition = Condition();
        Emit($"if {condition}:");
        Body();
        if (TakeIf("else"))
        {
            Emit("else:");
            Body();
        }
    }

    /// <summary>A loop whose condition is worked out anew each time, with all that has to happen for it.</summary>
    private void Loop(Func<string> condition)
    {
        Emit("while True:");
        _indent++;
        Emit($"if not ({condition()}):");
        Emit(" break");
        _steps.Push([]);
        Statement();
        _steps.Pop();
        _indent--;
    }

    private void Do()
    {
        // The condition stands behind the body, and a continue in the body goes there: a flag passes it over the first time.
        Take();
        string first = Temporary();
        Emit($"{first} = True");
        int body = _at;
        SkipStatement();
        Expect("while");
        int condition = _at;
        Emit("while True:");
        _indent++;
        Emit($"if not {first}:");
        _indent++;
        Emit($"if not ({Condition()}):");
        Emit(" break");
        _indent--;
        Emit($"{first} = False");
        int end = _at;
        _at = body;
        _steps.Push([]);
        Statement();
        _steps.Pop();
        _indent--;
        _at = end;
        _ = condition;
        Expect(";");
    }

    /// <summary>Passes the body of a do, which is read once its condition is known.</summary>
    private void SkipStatement()
    {
        if (!Is("{"))
        {
            throw new CError(Peek, $"expected ‘{{’ before {Peek.Quoted}");
        }

        int depth = 0;
        do
        {
            depth += Is("{") ? 1 : Is("}") ? -1 : 0;
            _ = Take().Kind == CTokenKind.End ? throw new CError(Peek, "expected declaration or statement at end of input") : true;
        }
        while (depth > 0);
    }

    private void For()
    {
        Take();
        Expect("(");
        _scopes.Add([]);
        if (IsTypeNext)
        {
            Declaration(BaseType());
        }
        else
        {
            if (!Is(";"))
            {
                Act(Expression());
            }

            Expect(";");
        }

        Emit("while True:");
        _indent++;
        if (!Is(";"))
        {
            Emit($"if not ({Expression().Text}):");
            Emit(" break");
        }

        Expect(";");

        // The step stands before the body and is done behind it, and before each continue.
        int lines = _lines.Count;
        int outer = _indent;
        _indent = 0;
        if (!Is(")"))
        {
            Act(Expression());
        }

        List<string> step = _lines[lines..];
        _lines.RemoveRange(lines, _lines.Count - lines);
        _indent = outer;
        Expect(")");
        _steps.Push(step);
        Statement();
        _steps.Pop();
        step.ForEach(Emit);
        _indent--;
        _scopes.RemoveAt(_scopes.Count - 1);
    }

    private string Temporary() => $"t_{_temporaries++}";
}

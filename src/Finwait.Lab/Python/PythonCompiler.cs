namespace Finwait.Lab;

/// <summary>Turns statements into the instructions of the stack machine.</summary>
internal sealed class PythonCompiler
{
    /// <summary>What surrounds the statement being compiled and must be left on break, continue and return.</summary>
    private enum BlockKind : byte
    {
        Loop,
        Try,
        Finally,
        With,
        Handler,
    }

    private sealed record Block(BlockKind Kind, int Start, List<int> Breaks, PythonNode[] Finally, bool HasIterator, bool HasException = false);

    private readonly List<PythonInstruction> _code = [];
    private readonly List<Block> _blocks = [];
    private readonly string _file;
    private readonly string[] _source;
    private readonly bool _isInteractive;
    private readonly HashSet<string> _locals = [];

    private PythonCompiler(string file, string[] source, bool isInteractive)
    {
        _file = file;
        _source = source;
        _isInteractive = isInteractive;
    }

    /// <summary>Compiles a program, or with <paramref name="isInteractive"/> a line whose expression values are shown.</summary>
    public static PythonCode Compile(PythonNode[] statements, string file, string[] source, bool isInteractive)
    {
        var compiler = new PythonCompiler(file, source, isInteractive);
        compiler.Statements(statements);
        return compiler.Finish("<module>", []);
    }

    private PythonCode Finish(string name, (string, bool)[] parameters)
    {
        PythonSpan span = _code.Count > 0 ? _code[^1].Span : new PythonSpan(1, 0, 1, 0);
        Emit(PythonOp.Constant, span, operand: PyNone.Value);
        Emit(PythonOp.Return, span);
        return new PythonCode(name, _file, _source, parameters, _code.ToArray(), _locals);
    }

    private int Emit(PythonOp op, PythonSpan span, int argument = 0, object? operand = null)
    {
        _code.Add(new PythonInstruction(op, argument, operand, span));
        return _code.Count - 1;
    }

    private void Patch(int at) => _code[at] = _code[at] with { Argument = _code.Count };

    private void Statements(PythonNode[] statements)
    {
        foreach (PythonNode statement in statements)
        {
            Statement(statement);
        }
    }

    private void Statement(PythonNode node)
    {
        switch (node)
        {
            case ExpressionStatement statement:
                Expression(statement.Value);
                Emit(_isInteractive ? PythonOp.Print : PythonOp.Pop, node.Span);
                break;
            case AssignStatement statement:
                Expression(statement.Value);
                for (int i = 0; i < statement.Targets.Length; i++)
                {
                    if (i < statement.Targets.Length - 1)
                    {
                        Emit(PythonOp.Duplicate, node.Span);
                    }

                    Store(statement.Targets[i]);
                }

                break;
            case AugmentStatement statement:
                Expression(statement.Target);
                Expression(statement.Value);
                Emit(PythonOp.Augment, node.Span, operand: statement.Operator);
                Store(statement.Target);
                break;
            case ImportStatement statement:
                foreach ((string module, string name) in statement.Modules)
                {
                    Emit(PythonOp.Import, node.Span, operand: module);
                    Emit(PythonOp.Store, node.Span, operand: name);
                }

                break;
            case FromStatement statement:
                From(statement);
                break;
            case DeleteStatement statement:
                Array.ForEach(statement.Targets, Delete);
                break;
            case FunctionStatement statement:
                Function(statement);
                break;
            case GlobalStatement:
                break;
            case RaiseStatement statement:
                if (statement.Value is not null)
                {
                    Expression(statement.Value);
                }

                Emit(PythonOp.Raise, node.Span, statement.Value is null ? 0 : 1);
                break;
            default:
                Flow(node);
                break;
        }
    }

    private void Flow(PythonNode node)
    {
        switch (node)
        {
            case AssertStatement statement:
                Assert(statement);
                break;
            case IfStatement statement:
                If(statement);
                break;
            case WhileStatement statement:
                While(statement);
                break;
            case ForStatement statement:
                For(statement);
                break;
            case TryStatement statement:
                Try(statement);
                break;
            case WithStatement statement:
                With(statement);
                break;
            case ReturnStatement statement:
                Return(statement);
                break;
            case PlainStatement { Keyword: not "pass" } statement:
                LeaveLoop(statement);
                break;
        }
    }

    private void From(FromStatement statement)
    {
        Emit(PythonOp.Import, statement.Span, operand: statement.Module);
        if (statement.Names.Length == 0)
        {
            Emit(PythonOp.ImportStar, statement.Span);
            return;
        }

        foreach ((string name, string local) in statement.Names)
        {
            Emit(PythonOp.ImportMember, statement.Span, operand: name);
            Emit(PythonOp.Store, statement.Span, operand: local);
        }

        Emit(PythonOp.Pop, statement.Span);
    }

    private void Store(PythonNode target)
    {
        switch (target)
        {
            case NameNode name:
                Emit(PythonOp.Store, name.Span, operand: name.Name);
                break;
            case AttributeNode attribute:
                Expression(attribute.Target);
                Emit(PythonOp.SetAttribute, attribute.Span, operand: attribute.Name);
                break;
            case SubscriptNode subscript:
                Expression(subscript.Target);
                Expression(subscript.Index);
                Emit(PythonOp.SetSubscript, subscript.Span);
                break;
            case SequenceNode sequence:
                Emit(PythonOp.Unpack, sequence.Span, sequence.Items.Length);
                Array.ForEach(sequence.Items, Store);
                break;
        }
    }

    private void Delete(PythonNode target)
    {
        switch (target)
        {
            case NameNode name:
                Emit(PythonOp.Delete, name.Span, operand: name.Name);
                break;
            case SubscriptNode subscript:
                Expression(subscript.Target);
                Expression(subscript.Index);
                Emit(PythonOp.DeleteSubscript, subscript.Span);
                break;
            case SequenceNode sequence:
                Array.ForEach(sequence.Items, Delete);
                break;
            default:
                throw new PythonSyntaxException("the lab's Python does not have del for attributes", target.Span);
        }
    }

    private void Function(FunctionStatement statement)
    {
        var inner = new PythonCompiler(_file, _source, isInteractive: false);
        foreach ((string name, _) in statement.Parameters)
        {
            inner._locals.Add(name);
        }

        var globals = new HashSet<string>();
        CollectLocals(statement.Body, inner._locals, globals);
        inner._locals.ExceptWith(globals);
        inner.Statements(statement.Body);
        PythonCode code = inner.Finish(statement.Name, statement.Parameters.Select(p => (p.Name, p.Default is not null)).ToArray());
        PythonNode[] defaults = statement.Parameters.Where(p => p.Default is not null).Select(p => p.Default!).ToArray();
        Array.ForEach(defaults, Expression);
        Emit(PythonOp.Function, statement.Span, defaults.Length, code);
        Emit(PythonOp.Store, statement.Span, operand: statement.Name);
    }

    /// <summary>A name that a function assigns anywhere is local to it.</summary>
    private static void CollectLocals(PythonNode[] body, HashSet<string> locals, HashSet<string> globals)
    {
        foreach (PythonNode node in body)
        {
            switch (node)
            {
                case AssignStatement s: Array.ForEach(s.Targets, target => CollectTargets(target, locals)); break;
                case AugmentStatement s: CollectTargets(s.Target, locals); break;
                case DeleteStatement s: Array.ForEach(s.Targets, target => CollectTargets(target, locals)); break;
                case ImportStatement s: Array.ForEach(s.Modules, module => locals.Add(module.As)); break;
                case FromStatement s: Array.ForEach(s.Names, name => locals.Add(name.As)); break;
                case FunctionStatement s: locals.Add(s.Name); break;
                case GlobalStatement s: globals.UnionWith(s.Names); break;
                case IfStatement s: CollectLocals([.. s.Then, .. s.Else], locals, globals); break;
                case WhileStatement s: CollectLocals([.. s.Body, .. s.Else], locals, globals); break;
                case ForStatement s:
                    CollectTargets(s.Target, locals);
                    CollectLocals([.. s.Body, .. s.Else], locals, globals);
                    break;
                case WithStatement s:
                    CollectTargets(s.Target, locals);
                    CollectLocals(s.Body, locals, globals);
                    break;
                case TryStatement s:
                    CollectLocals([.. s.Body, .. s.Else, .. s.Finally], locals, globals);
                    foreach (ExceptClause clause in s.Handlers)
                    {
                        _ = clause.Name is not null && locals.Add(clause.Name);
                        CollectLocals(clause.Body, locals, globals);
                    }

                    break;
            }
        }
    }

    private static void CollectTargets(PythonNode? target, HashSet<string> locals)
    {
        if (target is NameNode name)
        {
            locals.Add(name.Name);
        }
        else if (target is SequenceNode sequence)
        {
            Array.ForEach(sequence.Items, item => CollectTargets(item, locals));
        }
    }

    private void Assert(AssertStatement statement)
    {
        Expression(statement.Test);
        Emit(PythonOp.Unary, statement.Span, operand: "not");
        int end = Emit(PythonOp.JumpIfFalse, statement.Span);
        Emit(PythonOp.Constant, statement.Span, operand: PyExceptionType.AssertionError);
        if (statement.Message is not null)
        {
            Expression(statement.Message);
            Emit(PythonOp.Call, statement.Span, 1, Array.Empty<string>());
        }

        Emit(PythonOp.Raise, statement.Span, 1);
        Patch(end);
    }

    private void If(IfStatement statement)
    {
        Expression(statement.Test);
        int otherwise = Emit(PythonOp.JumpIfFalse, statement.Span);
        Statements(statement.Then);
        int end = Emit(PythonOp.Jump, statement.Span);
        Patch(otherwise);
        Statements(statement.Else);
        Patch(end);
    }

    private void While(WhileStatement statement)
    {
        int start = _code.Count;
        var loop = new Block(BlockKind.Loop, start, [], [], HasIterator: false);
        Expression(statement.Test);
        int exit = Emit(PythonOp.JumpIfFalse, statement.Span);
        _blocks.Add(loop);
        Statements(statement.Body);
        _blocks.RemoveAt(_blocks.Count - 1);
        Emit(PythonOp.Jump, statement.Span, start);
        Patch(exit);
        Statements(statement.Else);
        loop.Breaks.ForEach(Patch);
    }

    private void For(ForStatement statement)
    {
        Expression(statement.Items);
        Emit(PythonOp.Iterate, statement.Items.Span);
        int start = _code.Count;
        var loop = new Block(BlockKind.Loop, start, [], [], HasIterator: true);
        int exit = Emit(PythonOp.Next, statement.Span);
        Store(statement.Target);
        _blocks.Add(loop);
        Statements(statement.Body);
        _blocks.RemoveAt(_blocks.Count - 1);
        Emit(PythonOp.Jump, statement.Span, start);
        Patch(exit);
        Statements(statement.Else);
        loop.Breaks.ForEach(Patch);
    }

    private void LeaveLoop(PlainStatement statement)
    {
        int at = _blocks.FindLastIndex(block => block.Kind == BlockKind.Loop);
        Block loop = _blocks[at];
        Unwind(at + 1, statement.Span);
        if (statement.Keyword == "continue")
        {
            Emit(PythonOp.Jump, statement.Span, loop.Start);
            return;
        }

        if (loop.HasIterator)
        {
            Emit(PythonOp.Pop, statement.Span);
        }

        loop.Breaks.Add(Emit(PythonOp.Jump, statement.Span));
    }

    /// <summary>Leaves the blocks from <paramref name="from"/> on, innermost first, running what their ends run.</summary>
    private void Unwind(int from, PythonSpan span)
    {
        List<Block> saved = [.. _blocks];
        for (int i = saved.Count - 1; i >= from; i--)
        {
            Block block = saved[i];
            _blocks.RemoveRange(i, _blocks.Count - i); // a finally body that itself leaves must not find its own block again
            switch (block.Kind)
            {
                case BlockKind.Try:
                    Emit(PythonOp.EndTry, span);
                    break;
                case BlockKind.Finally:
                    Emit(PythonOp.EndTry, span);
                    Statements(block.Finally);
                    break;
                case BlockKind.With:
                    Emit(PythonOp.EndTry, span);
                    Emit(PythonOp.LeaveContext, span, 0);
                    Emit(PythonOp.Pop, span);
                    break;
                case BlockKind.Handler:
                    Emit(PythonOp.EndHandler, span);
                    if (block.HasException)
                    {
                        Emit(PythonOp.Pop, span);
                    }

                    break;
                case BlockKind.Loop when block.HasIterator:
                    Emit(PythonOp.Pop, span);
                    break;
            }
        }

        _blocks.Clear();
        _blocks.AddRange(saved);
    }

    private void Return(ReturnStatement statement)
    {
        if (_blocks.Count == 0)
        {
            Value(statement);
            Emit(PythonOp.Return, statement.Span);
            return;
        }

        // The value waits in a name of its own while the blocks are left: the names of Python have no dot in front.
        Value(statement);
        Emit(PythonOp.Store, statement.Span, operand: ".return");
        _locals.Add(".return");
        Unwind(0, statement.Span);
        Emit(PythonOp.Load, statement.Span, operand: ".return");
        Emit(PythonOp.Return, statement.Span);
    }

    private void Value(ReturnStatement statement)
    {
        if (statement.Value is null)
        {
            Emit(PythonOp.Constant, statement.Span, operand: PyNone.Value);
        }
        else
        {
            Expression(statement.Value);
        }
    }

    private void Try(TryStatement statement)
    {
        int outer = -1;
        if (statement.Finally.Length > 0)
        {
            outer = Emit(PythonOp.Try, statement.Span);
            _blocks.Add(new Block(BlockKind.Finally, 0, [], statement.Finally, HasIterator: false));
        }

        if (statement.Handlers.Length > 0)
        {
            TryExcept(statement);
        }
        else
        {
            Statements(statement.Body);
        }

        if (outer < 0)
        {
            return;
        }

        _blocks.RemoveAt(_blocks.Count - 1);
        Emit(PythonOp.EndTry, statement.Span);
        Statements(statement.Finally);
        int end = Emit(PythonOp.Jump, statement.Span);
        Patch(outer);
        Emit(PythonOp.Duplicate, statement.Span);
        Emit(PythonOp.BeginHandler, statement.Span);
        _blocks.Add(new Block(BlockKind.Handler, 0, [], [], HasIterator: false, HasException: true));
        Statements(statement.Finally);
        _blocks.RemoveAt(_blocks.Count - 1);
        Emit(PythonOp.EndHandler, statement.Span);
        Emit(PythonOp.Reraise, statement.Span);
        Patch(end);
    }

    private void TryExcept(TryStatement statement)
    {
        int handler = Emit(PythonOp.Try, statement.Span);
        _blocks.Add(new Block(BlockKind.Try, 0, [], [], HasIterator: false));
        Statements(statement.Body);
        _blocks.RemoveAt(_blocks.Count - 1);
        Emit(PythonOp.EndTry, statement.Span);
        Statements(statement.Else);
        var ends = new List<int> { Emit(PythonOp.Jump, statement.Span) };
        Patch(handler);
        foreach (ExceptClause clause in statement.Handlers)
        {
            int next = -1;
            if (clause.Type is not null)
            {
                Expression(clause.Type);
                Emit(PythonOp.Match, clause.Span);
                next = Emit(PythonOp.JumpIfFalse, clause.Span);
            }

            if (clause.Name is not null)
            {
                Emit(PythonOp.Duplicate, clause.Span);
                Emit(PythonOp.Store, clause.Span, operand: clause.Name);
            }

            Emit(PythonOp.BeginHandler, clause.Span);
            _blocks.Add(new Block(BlockKind.Handler, 0, [], [], HasIterator: false));
            Statements(clause.Body);
            _blocks.RemoveAt(_blocks.Count - 1);
            Emit(PythonOp.EndHandler, clause.Span);
            ends.Add(Emit(PythonOp.Jump, clause.Span));
            if (next >= 0)
            {
                Patch(next);
            }
        }

        Emit(PythonOp.Reraise, statement.Span);
        ends.ForEach(Patch);
    }

    private void With(WithStatement statement)
    {
        Expression(statement.Context);
        Emit(PythonOp.Duplicate, statement.Span);
        Emit(PythonOp.EnterContext, statement.Span);
        int handler = Emit(PythonOp.Try, statement.Span, operand: 1); // the context itself stays on the stack, the value above it does not
        _blocks.Add(new Block(BlockKind.With, 0, [], [], HasIterator: false));
        if (statement.Target is null)
        {
            Emit(PythonOp.Pop, statement.Span);
        }
        else
        {
            Store(statement.Target);
        }

        Statements(statement.Body);
        _blocks.RemoveAt(_blocks.Count - 1);
        Emit(PythonOp.EndTry, statement.Span);
        Emit(PythonOp.LeaveContext, statement.Span, 0);
        Emit(PythonOp.Pop, statement.Span);
        int end = Emit(PythonOp.Jump, statement.Span);
        Patch(handler);
        Emit(PythonOp.LeaveContext, statement.Span, 1);
        Emit(PythonOp.Pop, statement.Span);
        Emit(PythonOp.Reraise, statement.Span);
        Patch(end);
    }

    private void Expression(PythonNode node)
    {
        switch (node)
        {
            case ConstantNode constant:
                Emit(PythonOp.Constant, node.Span, operand: constant.Value);
                break;
            case NameNode name:
                Emit(PythonOp.Load, node.Span, operand: name.Name);
                break;
            case AttributeNode attribute:
                Expression(attribute.Target);
                Emit(PythonOp.Attribute, node.Span, operand: attribute.Name);
                break;
            case SubscriptNode subscript:
                Expression(subscript.Target);
                Expression(subscript.Index);
                Emit(PythonOp.Subscript, node.Span, subscript.Target.Span.EndColumn);
                break;
            case SliceNode slice:
                foreach (PythonNode? part in new[] { slice.Start, slice.Stop, slice.Step })
                {
                    Expression(part ?? new ConstantNode(node.Span, PyNone.Value));
                }

                Emit(PythonOp.Slice, node.Span);
                break;
            case SequenceNode sequence:
                Array.ForEach(sequence.Items, Expression);
                Emit(sequence.IsList ? PythonOp.List : PythonOp.Tuple, node.Span, sequence.Items.Length);
                break;
            case FormatNode format:
                Array.ForEach(format.Parts, Expression);
                Emit(PythonOp.Join, node.Span, format.Parts.Length);
                break;
            case FieldNode field:
                Expression(field.Value);
                Emit(PythonOp.Format, node.Span, operand: field);
                break;
            case CallNode call:
                Expression(call.Function);
                Array.ForEach(call.Positional, Expression);
                Array.ForEach(call.Keywords, keyword => Expression(keyword.Value));
                Emit(PythonOp.Call, node.Span, call.Positional.Length, call.Keywords.Select(keyword => keyword.Name).ToArray());
                break;
            case UnaryNode unary:
                Expression(unary.Operand);
                Emit(PythonOp.Unary, node.Span, operand: unary.Operator);
                break;
            case BinaryNode binary:
                Expression(binary.Left);
                Expression(binary.Right);
                Emit(PythonOp.Binary, node.Span, binary.Left.Span.EndColumn, binary.Operator);
                break;
            case LogicNode logic:
                Expression(logic.Left);
                int skip = Emit(logic.IsAnd ? PythonOp.JumpIfFalseOrPop : PythonOp.JumpIfTrueOrPop, node.Span);
                Expression(logic.Right);
                Patch(skip);
                break;
            case CompareNode compare:
                Comparison(compare);
                break;
            case ConditionalNode conditional:
                Expression(conditional.Test);
                int otherwise = Emit(PythonOp.JumpIfFalse, node.Span);
                Expression(conditional.Then);
                int end = Emit(PythonOp.Jump, node.Span);
                Patch(otherwise);
                Expression(conditional.Else);
                Patch(end);
                break;
        }
    }

    private void Comparison(CompareNode node)
    {
        Expression(node.First);
        var shortcuts = new List<int>();
        for (int i = 0; i < node.Rest.Length; i++)
        {
            Expression(node.Rest[i].Operand);
            if (i == node.Rest.Length - 1)
            {
                Emit(PythonOp.Compare, node.Span, operand: node.Rest[i].Operator);
                break;
            }

            // a < b < c: keep b for the next comparison
            Emit(PythonOp.Duplicate, node.Span);
            Emit(PythonOp.Rotate, node.Span);
            Emit(PythonOp.Compare, node.Span, operand: node.Rest[i].Operator);
            shortcuts.Add(Emit(PythonOp.JumpIfFalseOrPop, node.Span));
        }

        if (shortcuts.Count > 0)
        {
            int end = Emit(PythonOp.Jump, node.Span);
            shortcuts.ForEach(Patch);
            Emit(PythonOp.Swap, node.Span);
            Emit(PythonOp.Pop, node.Span);
            Patch(end);
        }
    }
}

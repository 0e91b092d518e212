using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>How a run of the interpreter ended.</summary>
internal enum PythonOutcome : byte
{
    /// <summary>Nothing to run.</summary>
    Idle,

    /// <summary>The statements came to their end.</summary>
    Finished,

    /// <summary>They raised an exception that nobody caught.</summary>
    Raised,

    /// <summary>A call waits for the network.</summary>
    Waiting,

    /// <summary>The slice is used up and there is more to do: an endless loop, perhaps.</summary>
    Busy,
}

/// <summary>A stack machine that stops at a call that blocks and goes on when it can return. No threads.</summary>
internal sealed class PythonInterpreter(PythonProcess process)
{
    /// <summary>Steps carried out at a stretch: an instruction is one, and one more for each piece of a large value that it works on.</summary>
    public const int Slice = 50_000;

    /// <summary>Octets of a string that count as one step, items of a list, octets of an integer (whose arithmetic is slower than linear).</summary>
    private const int OctetsPerStep = 8192;
    private const int ItemsPerStep = 64;
    private const int IntegerOctetsPerStep = 4;
    private const int SmallInteger = 64;

    private const int MaxFrames = 990;

    private readonly List<PythonFrame> _frames = [];
    private PyPending? _pending;
    private bool _isInterrupted;
    private long _steps;
    private bool _mayLose;

    /// <summary>What the running functions hold.</summary>
    public IEnumerable<object> Roots => _frames.SelectMany(frame => frame.Locals is null ? frame.Stack.Concat(frame.Handled) : frame.Stack.Concat(frame.Handled).Concat(frame.Locals.Values));

    /// <summary>Takes steps off the slice.</summary>
    public void Spend(long steps) => _steps += steps;

    /// <summary>Steps that an operation on this value costs beyond the first.</summary>
    private static long Weight(object value) => value switch
    {
        string s => s.Length / OctetsPerStep,
        PyBytes b => b.Octets.Length / OctetsPerStep,
        PyByteArray a => a.Octets.Count / OctetsPerStep,
        PyList l => l.Items.Count / ItemsPerStep,
        PyTuple t => t.Items.Length / ItemsPerStep,
        System.Numerics.BigInteger i => Math.Max(0, ((long)(i.GetBitLength() / 8) - SmallInteger) / IntegerOctetsPerStep),
        _ => 0,
    };

    /// <summary>Pushes a value that an instruction has made.</summary>
    private void Made(PythonFrame frame, object value)
    {
        process.Memory.Charge(PythonMemory.Size(value));
        _steps += Weight(value);
        frame.Push(value);
    }

    /// <summary>The call that is being waited for.</summary>
    public PyPending? Pending => _pending;

    /// <summary>The exception that ended the last statements.</summary>
    public PyException? Uncaught { get; private set; }

    public bool IsRunning => _frames.Count > 0;

    /// <summary>The innermost running function's place; null while nothing runs.</summary>
    public PythonTraceEntry? Place => _frames.Count > 0 ? _frames[^1].Entry() : null;

    /// <summary>Prepares the module level of <paramref name="code"/>.</summary>
    public void Start(PythonCode code, Dictionary<string, object> globals)
    {
        _frames.Clear();
        _pending = null;
        _isInterrupted = false;
        Uncaught = null;
        _frames.Add(new PythonFrame(code, globals, null));
    }

    /// <summary>Ctrl-C.</summary>
    public void Interrupt() => _isInterrupted = _frames.Count > 0;

    /// <summary>Runs until the end, a call that blocks, or the end of the slice.</summary>
    public PythonOutcome Run()
    {
        if (_frames.Count == 0)
        {
            return PythonOutcome.Idle;
        }

        for (_steps = 0; _steps < Slice; _steps++)
        {
            PythonFrame frame = _frames[^1];
            try
            {
                if (_isInterrupted)
                {
                    Interrupted();
                }

                if (_pending is not null)
                {
                    object? result = _pending.Attempt();
                    if (result is null)
                    {
                        return PythonOutcome.Waiting;
                    }

                    _pending = null;
                    frame.Push(result);
                }

                if (Step(frame))
                {
                    return PythonOutcome.Finished;
                }

                if (_mayLose && _pending is null)
                {
                    _mayLose = false;
                    process.CloseLost();
                }
            }
            catch (PythonRaise raise)
            {
                _pending = null;
                if (!Unwind(raise.Raised, raise.IsAgain))
                {
                    return PythonOutcome.Raised;
                }
            }
        }

        return PythonOutcome.Busy;
    }

    /// <summary>When a call that waits gives up by itself.</summary>
    public Instant Deadline => _pending?.Deadline ?? Instant.Never;

    private void Interrupted()
    {
        _isInterrupted = false;
        var interrupt = new PyException(PyExceptionType.KeyboardInterrupt);
        if (_pending?.Trace is { } inner)
        {
            interrupt.Trace.Add(inner);
        }

        throw new PythonRaise(interrupt);
    }

    /// <summary>Finds the handler. False if there is none.</summary>
    private bool Unwind(PyException exception, bool isAgain)
    {
        for (int i = _frames.Count - 1; exception.Context is null && i >= 0; i--)
        {
            List<PyException> handled = _frames[i].Handled;
            if (handled.Count > 0)
            {
                exception.Context = handled[^1] == exception ? null : handled[^1];
                break;
            }
        }

        while (_frames.Count > 0)
        {
            PythonFrame frame = _frames[^1];
            if (!isAgain)
            {
                exception.Trace.Add(frame.Entry()); // what is raised again has this level already
            }

            isAgain = false;
            if (frame.Handlers.TryPop(out PythonFrame.Handler handler))
            {
                frame.Stack.RemoveRange(handler.StackHeight, frame.Stack.Count - handler.StackHeight);
                frame.Handled.RemoveRange(handler.Handled, frame.Handled.Count - handler.Handled);
                frame.Push(exception);
                frame.Next = handler.Target;
                return true;
            }

            _frames.RemoveAt(_frames.Count - 1);
        }

        Uncaught = exception;
        return false;
    }

    /// <summary>One instruction. True if the module ended.</summary>
    private bool Step(PythonFrame frame)
    {
        PythonInstruction instruction = frame.Code.Instructions[frame.Next++];
        switch (instruction.Op)
        {
            case PythonOp.Constant: frame.Push(instruction.Operand!); break;
            case PythonOp.Load: frame.Push(Load(frame, (string)instruction.Operand!)); break;
            case PythonOp.Store: Store(frame, (string)instruction.Operand!); break;
            case PythonOp.Delete: Delete(frame, (string)instruction.Operand!); break;
            case PythonOp.Attribute: Made(frame, PythonAttributes.Get(frame.Pop(), (string)instruction.Operand!)); break;
            case PythonOp.SetAttribute: PythonAttributes.Set(frame.Pop(), (string)instruction.Operand!, frame.Pop()); break;
            case PythonOp.Pop: frame.Pop(); break;
            case PythonOp.Duplicate: frame.Push(frame.Stack[^1]); break;
            case PythonOp.Swap: frame.Stack.Reverse(frame.Stack.Count - 2, 2); break;
            case PythonOp.Rotate: frame.Stack.Insert(frame.Stack.Count - 3, frame.Pop()); break;
            case PythonOp.Print: Show(frame.Pop()); break;
            case PythonOp.Call: Call(frame, instruction); break;
            case PythonOp.Jump: frame.Next = instruction.Argument; break;
            case PythonOp.JumpIfFalse: frame.Next = Py.Truth(frame.Pop()) ? frame.Next : instruction.Argument; break;
            case PythonOp.JumpIfFalseOrPop or PythonOp.JumpIfTrueOrPop:
                if (Py.Truth(frame.Stack[^1]) == (instruction.Op == PythonOp.JumpIfTrueOrPop))
                {
                    frame.Next = instruction.Argument;
                }
                else
                {
                    frame.Pop();
                }

                break;
            case PythonOp.Return:
                object value = frame.Pop();
                _frames.RemoveAt(_frames.Count - 1);
                if (_frames.Count == 0)
                {
                    process.CloseLost();
                    return true;
                }

                _frames[^1].Push(value);
                _mayLose |= frame.Locals is not null && frame.Locals.Values.Any(Holds);
                break;
            default:
                Compute(frame, instruction);
                break;
        }

        return false;
    }

    private void Compute(PythonFrame frame, in PythonInstruction instruction)
    {
        object top;
        switch (instruction.Op)
        {
            case PythonOp.Binary or PythonOp.Augment:
                top = frame.Pop();
                object left = frame.Pop();
                _steps += Weight(left);
                Made(frame, instruction.Op == PythonOp.Binary ? Py.Binary((string)instruction.Operand!, left, top) : Py.Augment((string)instruction.Operand!, left, top));
                break;
            case PythonOp.Unary: Made(frame, Py.Unary((string)instruction.Operand!, frame.Pop())); break;
            case PythonOp.Compare:
                top = frame.Pop();
                object first = frame.Pop();
                _steps += Weight(first) + Weight(top);
                frame.Push(Py.Bool(Py.Compare((string)instruction.Operand!, first, top)));
                break;
            case PythonOp.Subscript:
                top = frame.Pop();
                Made(frame, Py.Subscript(frame.Pop(), top));
                break;
            case PythonOp.SetSubscript:
                top = frame.Pop();
                Py.SetSubscript(frame.Pop(), top, frame.Pop());
                break;
            case PythonOp.DeleteSubscript:
                top = frame.Pop();
                object target = frame.Pop();
                if (target is PyByteArray array)
                {
                    PyByteArrays.Delete(array, top);
                    break;
                }

                _mayLose = true;
                Py.SetSubscript(target, top, PyNone.Value);
                ((PyList)target).Items.RemoveAt((int)(Py.Index(top) is var at && at.Sign < 0 ? at + ((PyList)target).Items.Count : Py.Index(top)));
                break;
            case PythonOp.Slice:
                object[] parts = frame.PopMany(3);
                frame.Push(new PySlice(parts[0], parts[1], parts[2]));
                break;
            case PythonOp.Tuple: Made(frame, new PyTuple(frame.PopMany(instruction.Argument))); break;
            case PythonOp.List: Made(frame, new PyList([.. frame.PopMany(instruction.Argument)])); break;
            case PythonOp.Join: Made(frame, string.Concat(frame.PopMany(instruction.Argument).Cast<string>())); break;
            case PythonOp.Format: Made(frame, Field((FieldNode)instruction.Operand!, frame.Pop())); break;
            case PythonOp.Unpack:
                object[] items = Py.Unpack(frame.Pop(), instruction.Argument);
                for (int i = items.Length - 1; i >= 0; i--)
                {
                    frame.Push(items[i]);
                }

                break;
            case PythonOp.Iterate:
                top = frame.Pop();
                Py.ItemAt(top, 0); // says what cannot be gone through
                frame.Push(new PyIterator(top));
                break;
            case PythonOp.Next:
                if (((PyIterator)frame.Stack[^1]).Next() is { } next)
                {
                    process.Memory.Charge(PythonMemory.Size(next));
                    frame.Push(next);
                }
                else
                {
                    frame.Pop();
                    frame.Next = instruction.Argument;
                }

                break;
            case PythonOp.Function:
                frame.Push(new PyFunction((PythonCode)instruction.Operand!, frame.PopMany(instruction.Argument), frame.Globals));
                break;
            default:
                Special(frame, instruction);
                break;
        }
    }

    private void Special(PythonFrame frame, in PythonInstruction instruction)
    {
        switch (instruction.Op)
        {
            case PythonOp.Import: frame.Push(process.Import((string)instruction.Operand!)); break;
            case PythonOp.ImportMember:
                var module = (PyModule)frame.Stack[^1];
                frame.Push(module.Members.TryGetValue((string)instruction.Operand!, out object? member)
                    ? member
                    : throw PythonRaise.Of(PyExceptionType.ImportError, $"cannot import name '{instruction.Operand}' from '{module.Name}' ({module.Display.Split('\'') switch { [_, _, _, string path, ..] => path, _ => "unknown location" }})"));
                break;
            case PythonOp.ImportStar:
                foreach ((string name, object value) in ((PyModule)frame.Pop()).Members)
                {
                    if (name[0] != '_')
                    {
                        Names(frame, name)[name] = value;
                    }
                }

                break;
            case PythonOp.Try:
                frame.Handlers.Push(new PythonFrame.Handler(instruction.Argument, frame.Stack.Count - (instruction.Operand is int above ? above : 0), frame.Handled.Count));
                break;
            case PythonOp.EndTry: frame.Handlers.Pop(); break;
            case PythonOp.Match: frame.Push(Py.Bool(Matches((PyException)frame.Stack[^2], frame.Pop()))); break;
            case PythonOp.BeginHandler: frame.Handled.Add((PyException)frame.Pop()); break;
            case PythonOp.EndHandler: frame.Handled.RemoveAt(frame.Handled.Count - 1); break;
            case PythonOp.Reraise: throw new PythonRaise((PyException)frame.Pop()) { IsAgain = true };
            case PythonOp.Raise: throw Raised(frame, instruction.Argument == 0);
            case PythonOp.EnterContext:
                object context = frame.Pop();
                frame.Push(context is PySocket ? context : throw PythonRaise.Type($"'{Py.TypeName(context)}' object does not support the context manager protocol"));
                break;
            case PythonOp.LeaveContext:
                object left = frame.Stack[^(1 + instruction.Argument)];
                frame.Stack.RemoveAt(frame.Stack.Count - 1 - instruction.Argument);
                Returned(frame, ((PySocket)left).CloseAndLinger(), 0);
                break;
        }
    }

    private static bool Matches(PyException exception, object type) => type switch
    {
        PyExceptionType one => exception.Type.IsA(one),
        PyTuple many => Array.Exists(many.Items, one => Matches(exception, one)),
        _ => throw PythonRaise.Type("catching classes that do not inherit from BaseException is not allowed"),
    };

    private PythonRaise Raised(PythonFrame frame, bool again)
    {
        if (again)
        {
            PyException? handled = _frames.Select(f => f.Handled.Count > 0 ? f.Handled[^1] : null).LastOrDefault(e => e is not null);
            return handled is null ? PythonRaise.Of(PyExceptionType.RuntimeError, "No active exception to reraise") : new PythonRaise(handled) { IsAgain = _frames[^1].Handled.Contains(handled) };
        }

        return frame.Pop() switch
        {
            PyException exception => new PythonRaise(exception),
            PyExceptionType type => new PythonRaise(new PyException(type)),
            _ => PythonRaise.Type("exceptions must derive from BaseException"),
        };
    }

    private static string Field(FieldNode field, object value)
    {
        object converted = field.Conversion switch { 'r' or 'a' => Py.Repr(value), 's' => Py.Str(value), _ => value };
        return PythonFormat.Apply(converted, field.Format);
    }

    private void Show(object value)
    {
        if (value is not PyNone)
        {
            process.Output.Write(Py.Repr(value) + "\n");
            process.Globals["_"] = value;
        }
    }

    private static Dictionary<string, object> Names(PythonFrame frame, string name) =>
        frame.Locals is not null && frame.Code.Locals.Contains(name) ? frame.Locals : frame.Globals;

    private object Load(PythonFrame frame, string name)
    {
        if (frame.Locals is not null && frame.Code.Locals.Contains(name))
        {
            return frame.Locals.TryGetValue(name, out object? local)
                ? local
                : throw PythonRaise.Of(PyExceptionType.UnboundLocalError, $"cannot access local variable '{name}' where it is not associated with a value");
        }

        return frame.Globals.TryGetValue(name, out object? value) || process.Builtins.TryGetValue(name, out value)
            ? value
            : throw PythonMissing.Name(name, frame.Locals is null ? [] : frame.Code.Locals, frame.Globals.Keys, process.Builtins.Keys);
    }

    private void Store(PythonFrame frame, string name)
    {
        Dictionary<string, object> names = Names(frame, name);
        _mayLose |= names.TryGetValue(name, out object? old) && Holds(old);
        names[name] = frame.Pop();
    }

    /// <summary>True if a socket may go with this value.</summary>
    private static bool Holds(object value) => value is PySocket or PyList or PyTuple;

    private void Delete(PythonFrame frame, string name)
    {
        _mayLose = true;
        if (!Names(frame, name).Remove(name))
        {
            throw PythonMissing.Name(name, frame.Locals is null ? [] : frame.Code.Locals, frame.Globals.Keys, process.Builtins.Keys);
        }
    }

    private void Call(PythonFrame frame, in PythonInstruction instruction)
    {
        string[] names = (string[])instruction.Operand!;
        object[] values = frame.PopMany(names.Length);
        object[] positional = frame.PopMany(instruction.Argument);
        object callee = frame.Pop();
        (string, object)[] keywords = names.Length == 0 ? [] : names.Zip(values).ToArray();
        if (callee is PyFunction function)
        {
            if (_frames.Count >= MaxFrames)
            {
                throw PythonRaise.Of(PyExceptionType.RecursionError, "maximum recursion depth exceeded");
            }

            _frames.Add(new PythonFrame(function.Code, function.Globals, PythonBinding.Bind(function, positional, keywords)));
            return;
        }

        var arguments = new PyArguments(positional, keywords);
        object result = callee switch
        {
            PyBuiltin builtin => builtin.Body(process, arguments),
            PyClass type => type.Create(process, arguments),
            PyExceptionType type => PythonRaise.Create(type, positional),
            PyQuitter => throw new PythonRaise(new PyException(PyExceptionType.SystemExit, positional)),
            _ => throw PythonRaise.Type($"'{Py.TypeName(callee)}' object is not callable"),
        };
        Returned(frame, result, callee is PyBuiltin { Self: { } self } made ? WorkOn(self, made.Name) : 0);
    }

    /// <summary>Pushes what a call gave, now or when it need not wait any more.</summary>
    private void Returned(PythonFrame frame, object result, long steps)
    {
        if (result is PyPending pending)
        {
            _pending = pending;
        }
        else
        {
            _steps += steps;
            Made(frame, result);
        }
    }

    /// <summary>Steps of a method beyond the first. Adding to the end of a list touches no other item.</summary>
    private static long WorkOn(object self, string method) => self is PyList && method is "append" or "extend" or "pop" ? 0 : 8 * Weight(self);
}

using System.Numerics;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>A Python process: the interactive one of a host, or a program.</summary>
internal abstract class PythonProcess : LabProcess
{
    /// <summary>How long an endless loop is left alone before it gets its next slice; doubles up to a second.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>More than any receive queue of the lab holds.</summary>
    private const int MostReceived = 8 * 1024 * 1024;

    private readonly Dictionary<string, PyModule> _modules = [];
    private byte[] _buffer = [];
    private TimeSpan _pause = FirstPause;
    private Instant _resume = Instant.Zero;
    private bool _isBusy;

    protected PythonProcess(ILabMachine machine, int pid, TextWriter output, TextWriter error, string command = "python3")
        : base(machine, pid, command)
    {
        Output = output;
        Error = error;
        Builtins = PythonBuiltins.Create();
        Interpreter = new PythonInterpreter(this);
        Memory = new PythonMemory(this, Interpreter);
        Globals["__name__"] = "__main__";
    }

    /// <summary>Standard output.</summary>
    public TextWriter Output { get; }

    /// <summary>Standard error.</summary>
    public TextWriter Error { get; }

    public Dictionary<string, object> Globals { get; } = [];

    public Dictionary<string, object> Builtins { get; }

    /// <summary>Words of the command line, for <c>sys.argv</c>.</summary>
    public string[] Arguments { get; init; } = [""];

    protected PythonInterpreter Interpreter { get; }

    /// <summary>socket.setdefaulttimeout().</summary>
    public TimeSpan? DefaultTimeout { get; set; }

    /// <summary>Socket objects that are open.</summary>
    public HashSet<PySocket> OpenSockets { get; } = [];

    /// <summary>Closes the sockets that no name reaches any more, as Python does when the last reference goes.</summary>
    public void CloseLost()
    {
        foreach (PySocket socket in OpenSockets.Count > 0 ? Memory.Unreachable(OpenSockets) : [])
        {
            socket.Close();
        }
    }

    /// <summary>Room for what a call receives: at most this many octets, and not more than one call ever gives.</summary>
    public byte[] Buffer(int size)
    {
        int wanted = Math.Min(size, MostReceived);
        _buffer = _buffer.Length < wanted ? new byte[wanted] : _buffer;
        return _buffer;
    }

    /// <summary>Refuses what needs one more descriptor than the process may have.</summary>
    public void CheckDescriptor()
    {
        if (!HasFreeDescriptor)
        {
            CloseLost();
        }

        if (!HasFreeDescriptor)
        {
            throw PythonRaise.Os(Finwait.Stack.Errno.EMFILE);
        }
    }

    /// <summary>The next line of standard input, with its newline; empty at the end of it; null while there is none yet.</summary>
    public virtual string? ReadLine() => "";

    /// <summary>What the values of the process take.</summary>
    public PythonMemory Memory { get; }

    /// <summary>True while an endless loop, or a long one, is left alone until its next slice.</summary>
    public bool IsBusy => _isBusy && !HasExited;

    /// <summary>Counts work that one instruction does beyond its own step, in steps: see <see cref="PythonInterpreter.Slice"/>.</summary>
    public void Spend(long steps) => Interpreter.Spend(steps);

    /// <summary>The call that blocks, as written to a reader; null if none does.</summary>
    public string? WaitingIn => Interpreter.Pending?.Call;

    public override LabWaiting? Waiting => Interpreter.Pending is { } pending ? new(pending, pending.Call.Split('(')[0], pending.Socket) : null;

    public override Instant Deadline => HasExited ? Instant.Never : _isBusy ? _resume : Interpreter.Deadline;

    /// <summary>The modules that can be imported.</summary>
    public static IReadOnlyList<string> ModuleNames { get; } = ["errno", "os", "socket", "struct", "sys", "time"];

    /// <summary>The module of this name, made on first use.</summary>
    public PyModule Import(string name)
    {
        if (!_modules.TryGetValue(name, out PyModule? module))
        {
            module = name switch
            {
                "socket" => SocketModule.Create(),
                "time" => SmallModules.Time(),
                "sys" => SmallModules.Sys(this),
                "os" => SmallModules.Os(),
                "struct" => StructModule.Create(),
                "errno" => SmallModules.Errno(),
                _ => throw PythonMissing.Module(name),
            };
            _modules.Add(name, module);
        }

        return module;
    }

    /// <summary>Runs a slice. What follows depends on the outcome.</summary>
    /// <summary>A statement that gave time to others goes on at once.</summary>
    protected void Hurry() => _resume = Instant.Zero;

    protected PythonOutcome RunSlice()
    {
        if (_isBusy && Machine.Now < _resume)
        {
            return PythonOutcome.Waiting;
        }

        _isBusy = false;
        PythonOutcome outcome = Interpreter.Run();
        if (outcome == PythonOutcome.Busy)
        {
            _isBusy = true;
            _resume = Machine.Now + _pause;
            _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
        }
        else
        {
            _pause = FirstPause;
        }

        return outcome;
    }

    /// <summary>Writes the traceback of an exception, or ends the process if it is SystemExit. True if the process ended.</summary>
    protected virtual bool Report(PyException exception)
    {
        if (exception.Type.IsA(PyExceptionType.SystemExit))
        {
            object code = exception.Arguments.Length == 0 ? PyNone.Value : exception.Arguments[0];
            if (code is not (PyNone or BigInteger or bool))
            {
                Error.Write(Py.Str(code) + "\n");
                Exit(1);
                return true;
            }

            Exit(code is PyNone ? 0 : (int)(Py.Index(code) & 0xFF));
            return true;
        }

        PythonTraceback.Write(Error, exception);
        return false;
    }
}

/// <summary>Prints tracebacks as Python 3.11 does.</summary>
internal static class PythonTraceback
{
    private const int MaxContexts = 20;

    public static void Write(TextWriter to, PyException exception) => Write(to, exception, 0);

    private static void Write(TextWriter to, PyException exception, int depth)
    {
        if (exception.Context is not null && depth < MaxContexts)
        {
            Write(to, exception.Context, depth + 1);
            to.Write("\nDuring handling of the above exception, another exception occurred:\n\n");
        }

        if (exception.Trace.Count > 0)
        {
            to.Write("Traceback (most recent call last):\n");
        }

        int same = 0;
        for (int i = exception.Trace.Count - 1; i >= 0; i--)
        {
            PythonTraceEntry entry = exception.Trace[i];
            same = i + 1 < exception.Trace.Count && exception.Trace[i + 1] == entry ? same + 1 : 0;
            if (same >= 3)
            {
                bool isLast = i == 0 || exception.Trace[i - 1] != entry;
                to.Write(isLast ? $"  [Previous line repeated {same - 2} more time{(same == 3 ? "" : "s")}]\n" : "");
                continue;
            }

            to.Write($"  File \"{entry.File}\", line {entry.Line}, in {entry.Function}\n");
            to.Write(entry.Source.Length > 0 ? $"    {entry.Source}\n" : "");
            to.Write(entry.Marks.Length > 0 ? $"    {entry.Marks}\n" : "");
        }

        to.Write(exception.Told + "\n");
    }

    /// <summary>A syntax error, with the line and the carets.</summary>
    public static void Write(TextWriter to, PythonSyntaxException error, string file, string[] source)
    {
        int line = Math.Clamp(error.Span.Line, 1, Math.Max(1, source.Length));
        string text = source.Length == 0 ? "" : source[line - 1];
        string shown = text.TrimStart();
        int indent = text.Length - text.TrimStart().Length;
        int start = Math.Clamp(error.Span.Column - indent, 0, Math.Max(0, shown.Length));
        int end = error.Span.EndLine > error.Span.Line ? shown.Length : error.Span.EndColumn - indent;
        to.Write($"  File \"{file}\", line {line}\n");
        to.Write($"    {shown}\n");
        to.Write($"    {new string(' ', start)}{new string('^', Math.Max(1, end - start))}\n");
        to.Write($"{error.Type}: {error.Message}\n");
    }
}

using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>The interactive Python of a host: takes one line after the other, as if typed behind <c>&gt;&gt;&gt;</c>.</summary>
internal sealed class PythonConsole(ILabMachine machine, int pid, TextWriter output) : PythonProcess(machine, pid, output, output)
{
    /// <summary>Lines typed ahead while a call blocks. More are refused.</summary>
    private const int MaxTypedAhead = 1000;

    private readonly Queue<string> _typed = new();
    private readonly List<string> _block = [];
    private Instant _started;
    private string _statement = "";

    /// <summary>The statement as it was typed; of a block the lines in one.</summary>
    public override string? CurrentLine => _statement;

    /// <summary>True if the prompt is three dots: a block is not finished.</summary>
    public bool IsInBlock => _block.Count > 0;

    /// <summary>Lines of the block, or of the unfinished statement, that was not carried out yet.</summary>
    public int BlockLength => _block.Count;

    /// <summary>True if no statement runs and none waits to be read.</summary>
    public bool IsIdle => !Interpreter.IsRunning && _typed.Count == 0;

    /// <summary>How long the last statement that blocked took; zero if it did not block.</summary>
    public TimeSpan LastWait { get; private set; }

    private PyPending? _told;
    private bool _toldBusy;
    private bool _ended;
    private TimeSpan? _finished;

    /// <summary>True once for each call that began to wait.</summary>
    public bool TakeNewWait()
    {
        bool isNew = Interpreter.Pending is not null && Interpreter.Pending != _told;
        _told = Interpreter.Pending;
        return isNew;
    }

    /// <summary>True once for each statement that goes on after its line: a loop without an end, or a long one.</summary>
    public bool TakeNewBusy()
    {
        bool isNew = IsBusy && !_toldBusy;
        _toldBusy |= isNew;
        return isNew;
    }

    /// <summary>How long the statement took that waited and has ended since the last question; null if there was none.</summary>
    public TimeSpan? TakeFinishedWait()
    {
        TimeSpan? finished = _finished;
        _finished = null;
        return finished;
    }

    /// <summary>Types a line. False if too much is typed ahead.</summary>
    public bool Enter(string line)
    {
        if (_typed.Count >= MaxTypedAhead)
        {
            return false;
        }

        _typed.Enqueue(line);
        return true;
    }

    public override bool Run()
    {
        bool did = false;
        while (!HasExited)
        {
            if (Interpreter.IsRunning)
            {
                PythonOutcome outcome = RunSlice();
                if (outcome is PythonOutcome.Waiting or PythonOutcome.Busy)
                {
                    return did;
                }

                did = true;
                LastWait = Machine.Now - _started;
                _finished = _told is not null ? LastWait : _finished;
                _told = null;
                if (outcome == PythonOutcome.Raised)
                {
                    Report(Interpreter.Uncaught!);
                }
            }
            else if (_typed.TryDequeue(out string? line))
            {
                did = true;
                Read(line);
            }
            else
            {
                return did;
            }
        }

        return did;
    }

    public override void Interrupt()
    {
        _typed.Clear();
        if (Interpreter.IsRunning)
        {
            Interpreter.Interrupt();
            Hurry();
            return;
        }

        _block.Clear();
        Error.Write("KeyboardInterrupt\n");
    }

    /// <summary>Ctrl-D: the end of the file for input(), else the end of Python.</summary>
    public override void EndInput()
    {
        if (WaitingIn == PythonSequences.InputCall)
        {
            _ended = true;
            return;
        }

        Exit(0);
    }

    public override string? ReadLine()
    {
        bool ended = _ended;
        _ended = false;
        return ended ? "" : _typed.TryDequeue(out string? line) ? line.TrimEnd('\r', '\n') + "\n" : null;
    }

    private void Read(string line)
    {
        if (_block.Count == 0 && string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        _block.Add(line.TrimEnd('\r', '\n'));
        string[] source = _block.ToArray();
        try
        {
            PythonNode[] statements = PythonParser.Parse(source);
            bool needsEmptyLine = statements.Length > 0 && PythonParser.IsCompound(statements[^1]) && !string.IsNullOrWhiteSpace(line);
            if (needsEmptyLine)
            {
                return;
            }

            _block.Clear();
            PythonCode code = PythonCompiler.Compile(statements, "<stdin>", [], isInteractive: true);
            _started = Machine.Now;
            _statement = string.Join("; ", source.Select(each => each.Trim()).Where(each => each.Length > 0));
            LastWait = TimeSpan.Zero;
            _toldBusy = false;
            Interpreter.Start(code, Globals);
        }
        catch (PythonSyntaxException error) when (error.IsIncomplete && !(source.Length > 1 && string.IsNullOrWhiteSpace(line) && error.Type == "IndentationError"))
        {
            // more lines may come
        }
        catch (PythonSyntaxException error)
        {
            _block.Clear();
            PythonTraceback.Write(Error, error, "<stdin>", source);
        }
    }
}

/// <summary>A Python program run from a file.</summary>
internal class PythonProgram : PythonProcess
{
    private readonly PythonSyntaxException? _error;
    private readonly string _file;
    private readonly string[] _source;

    /// <summary>Lines typed and not read yet. More are refused.</summary>
    private const int MaxLines = 10_000;

    private readonly Queue<string> _lines = new();
    private bool _inputEnded;

    public PythonProgram(ILabMachine machine, int pid, string file, string text, TextWriter output, TextWriter error, string command = "python3")
        : base(machine, pid, output, error, command)
    {
        _file = file;
        _source = text.ReplaceLineEndings("\n").Split('\n');
        try
        {
            PythonNode[] statements = PythonParser.Parse(_source);
            Interpreter.Start(PythonCompiler.Compile(statements, file, _source, isInteractive: false), Globals);
        }
        catch (PythonSyntaxException failure)
        {
            _error = failure;
        }
    }

    /// <summary>The exit status after an exception that nothing caught.</summary>
    protected virtual int StatusOf(PyException exception) => exception.Type.IsA(PyExceptionType.KeyboardInterrupt) ? 130 : 1;

    public override string? CurrentLine => Interpreter.Place is { } place ? $"{place.File}:{place.Line}: {place.Source}" : null;

    public override bool ReadsInput => !HasExited && !_inputEnded && Array.Exists(_source, line => line.Contains("input(", StringComparison.Ordinal) || line.Contains("stdin", StringComparison.Ordinal));

    public override bool Type(string line)
    {
        if (_inputEnded || _lines.Count >= MaxLines)
        {
            return false;
        }

        _lines.Enqueue(line);
        return true;
    }

    public override void EndInput() => _inputEnded = true;

    public override string? ReadLine() => _lines.TryDequeue(out string? line) ? line : _inputEnded ? "" : null;

    public override bool Run()
    {
        if (HasExited)
        {
            return false;
        }

        if (_error is not null)
        {
            PythonTraceback.Write(Error, _error, _file, _source);
            Exit(1);
            return true;
        }

        PythonOutcome outcome = RunSlice();
        switch (outcome)
        {
            case PythonOutcome.Finished or PythonOutcome.Idle:
                Exit(0);
                return true;
            case PythonOutcome.Raised:
                if (!Report(Interpreter.Uncaught!))
                {
                    Exit(StatusOf(Interpreter.Uncaught!));
                }

                return true;
            default:
                return false;
        }
    }

    public override void Interrupt()
    {
        Interpreter.Interrupt();
        Hurry();
    }
}

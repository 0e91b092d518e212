using Finwait.Stack;

namespace Finwait.Lab;

/// <summary>An exception class of Python, with its place in the hierarchy.</summary>
internal sealed class PyExceptionType
{
    private static readonly Dictionary<string, PyExceptionType> All = [];

    public static readonly PyExceptionType BaseException = Define("BaseException", null);
    public static readonly PyExceptionType Exception = Define("Exception", BaseException);
    public static readonly PyExceptionType KeyboardInterrupt = Define("KeyboardInterrupt", BaseException);
    public static readonly PyExceptionType SystemExit = Define("SystemExit", BaseException);
    public static readonly PyExceptionType ArithmeticError = Define("ArithmeticError", Exception);
    public static readonly PyExceptionType ZeroDivisionError = Define("ZeroDivisionError", ArithmeticError);
    public static readonly PyExceptionType OverflowError = Define("OverflowError", ArithmeticError);
    public static readonly PyExceptionType AssertionError = Define("AssertionError", Exception);
    public static readonly PyExceptionType AttributeError = Define("AttributeError", Exception);
    public static readonly PyExceptionType ImportError = Define("ImportError", Exception);
    public static readonly PyExceptionType ModuleNotFoundError = Define("ModuleNotFoundError", ImportError);
    public static readonly PyExceptionType LookupError = Define("LookupError", Exception);
    public static readonly PyExceptionType IndexError = Define("IndexError", LookupError);
    public static readonly PyExceptionType KeyError = Define("KeyError", LookupError);
    public static readonly PyExceptionType MemoryError = Define("MemoryError", Exception);
    public static readonly PyExceptionType NameError = Define("NameError", Exception);
    public static readonly PyExceptionType UnboundLocalError = Define("UnboundLocalError", NameError);
    public static readonly PyExceptionType OSError = Define("OSError", Exception);
    public static readonly PyExceptionType BlockingIOError = Define("BlockingIOError", OSError);
    public static readonly PyExceptionType ConnectionError = Define("ConnectionError", OSError);
    public static readonly PyExceptionType BrokenPipeError = Define("BrokenPipeError", ConnectionError);
    public static readonly PyExceptionType ConnectionAbortedError = Define("ConnectionAbortedError", ConnectionError);
    public static readonly PyExceptionType ConnectionRefusedError = Define("ConnectionRefusedError", ConnectionError);
    public static readonly PyExceptionType ConnectionResetError = Define("ConnectionResetError", ConnectionError);
    public static readonly PyExceptionType FileNotFoundError = Define("FileNotFoundError", OSError);
    public static readonly PyExceptionType InterruptedError = Define("InterruptedError", OSError);
    public static readonly PyExceptionType PermissionError = Define("PermissionError", OSError);
    public static readonly PyExceptionType TimeoutError = Define("TimeoutError", OSError);
    public static readonly PyExceptionType RuntimeError = Define("RuntimeError", Exception);
    public static readonly PyExceptionType RecursionError = Define("RecursionError", RuntimeError);
    public static readonly PyExceptionType EOFError = Define("EOFError", Exception);
    public static readonly PyExceptionType SyntaxError = Define("SyntaxError", Exception);
    public static readonly PyExceptionType IndentationError = Define("IndentationError", SyntaxError);
    public static readonly PyExceptionType TypeError = Define("TypeError", Exception);
    public static readonly PyExceptionType ValueError = Define("ValueError", Exception);
    public static readonly PyExceptionType UnicodeError = Define("UnicodeError", ValueError);
    public static readonly PyExceptionType UnicodeDecodeError = Define("UnicodeDecodeError", UnicodeError);
    public static readonly PyExceptionType UnicodeEncodeError = Define("UnicodeEncodeError", UnicodeError);

    /// <summary>socket.gaierror, socket.herror and struct.error are not built in.</summary>
    public static readonly PyExceptionType GaiError = new("gaierror", OSError, "socket");

    public static readonly PyExceptionType HostError = new("herror", OSError, "socket");

    public static readonly PyExceptionType StructError = new("error", Exception, "struct");

    private PyExceptionType(string name, PyExceptionType? parent, string module = "")
    {
        Name = name;
        Parent = parent;
        Module = module;
    }

    public string Name { get; }

    public PyExceptionType? Parent { get; }

    /// <summary>The module printed in front of the name; empty for a built-in.</summary>
    public string Module { get; }

    /// <summary>As a traceback's last line spells it.</summary>
    public string FullName => Module.Length == 0 ? Name : Module + "." + Name;

    private static PyExceptionType Define(string name, PyExceptionType? parent) => All[name] = new PyExceptionType(name, parent);

    /// <summary>The built-in exception class of this name.</summary>
    public static PyExceptionType? Find(string name) => All.GetValueOrDefault(name);

    /// <summary>True if this is <paramref name="other"/> or derives from it.</summary>
    public bool IsA(PyExceptionType other)
    {
        for (PyExceptionType? type = this; type is not null; type = type.Parent)
        {
            if (type == other)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>An exception object of Python.</summary>
internal sealed class PyException(PyExceptionType type, params object[] arguments)
{
    public PyExceptionType Type { get; } = type;

    public object[] Arguments { get; } = arguments;

    /// <summary>What was being handled when this was raised.</summary>
    public PyException? Context { get; set; }

    /// <summary>Where it passed through, innermost first.</summary>
    public List<PythonTraceEntry> Trace { get; } = [];

    /// <summary><c>str(e)</c>.</summary>
    public string Text => Arguments switch
    {
        [] => "",
        [System.Numerics.BigInteger number, string text] when Type.IsA(PyExceptionType.OSError) => $"[Errno {number}] {text}",
        [System.Numerics.BigInteger number, string text, object file] when Type.IsA(PyExceptionType.OSError) => $"[Errno {number}] {text}: {Py.Repr(file)}",
        [object one] => Type == PyExceptionType.KeyError ? Py.Repr(one) : Py.Str(one),
        _ => Py.Repr(new PyTuple(Arguments)),
    };

    /// <summary>For a name that is not there, it and those that are, place by place as Python looks for it: the traceback names the nearest.</summary>
    public (string Name, IEnumerable<IEnumerable<string>> Known)? Misspelt { get; init; }

    /// <summary>The last line of a traceback, with the name that may have been meant.</summary>
    public string Told => Misspelt is { } wrong && PythonSuggestion.Of(wrong.Name, wrong.Known) is { } near ? $"{LastLine}. Did you mean: '{near}'?" : LastLine;

    /// <summary>What the exception is and says.</summary>
    public string LastLine => Text.Length == 0 ? Type.FullName : Type.FullName + ": " + Text;
}

/// <summary>One level of a traceback.</summary>
internal readonly record struct PythonTraceEntry(string File, int Line, string Function, string Source, string Marks);

/// <summary>Carries a Python exception through the interpreter; never leaves it.</summary>
internal sealed class PythonRaise(PyException raised) : Exception(raised.LastLine)
{
    public PyException Raised { get; } = raised;

    /// <summary>True for a bare <c>raise</c> and at the end of <c>finally</c>.</summary>
    public bool IsAgain { get; init; }

    /// <summary>An exception made by a program: OSError with a number becomes the class of that number.</summary>
    public static PyException Create(PyExceptionType type, object[] arguments) =>
        type == PyExceptionType.OSError && arguments is [System.Numerics.BigInteger number, _, ..] && number > 0 && number < 1000 ? new PyException(ClassOf((Errno)(int)number), arguments) : new PyException(type, arguments);

    public static PythonRaise Type(string message) => new(new PyException(PyExceptionType.TypeError, message));

    public static PythonRaise Value(string message) => new(new PyException(PyExceptionType.ValueError, message));

    public static PythonRaise Memory() => new(new PyException(PyExceptionType.MemoryError));

    public static PythonRaise Of(PyExceptionType type, string message) => new(new PyException(type, message));

    /// <summary>The exception that Python raises for an error of the operating system.</summary>
    public static PythonRaise Os(Errno errno, string? file = null)
    {
        PyExceptionType type = ClassOf(errno);
        var number = new System.Numerics.BigInteger((int)errno);
        return new(file is null ? new PyException(type, number, ErrnoText.Of(errno)) : new PyException(type, number, ErrnoText.Of(errno), file));
    }

    private static PyExceptionType ClassOf(Errno errno) => errno switch
    {
        Errno.EPERM or Errno.EACCES => PyExceptionType.PermissionError,
        Errno.EINTR => PyExceptionType.InterruptedError,
        Errno.EAGAIN or Errno.EALREADY or Errno.EINPROGRESS => PyExceptionType.BlockingIOError,
        Errno.EPIPE => PyExceptionType.BrokenPipeError,
        Errno.ECONNABORTED => PyExceptionType.ConnectionAbortedError,
        Errno.ECONNRESET => PyExceptionType.ConnectionResetError,
        Errno.ECONNREFUSED => PyExceptionType.ConnectionRefusedError,
        Errno.ETIMEDOUT => PyExceptionType.TimeoutError,
        _ => PyExceptionType.OSError,
    };
}

using System.Globalization;
using System.Numerics;
using System.Text;

namespace Finwait.Lab;

// The values of the interpreter are CLR objects: bool, BigInteger, double and string for themselves, the classes below for the rest.

/// <summary>None.</summary>
internal sealed class PyNone
{
    public static readonly PyNone Value = new();

    private PyNone()
    {
    }
}

/// <summary>bytes.</summary>
internal sealed class PyBytes(byte[] octets)
{
    public byte[] Octets { get; } = octets;
}

/// <summary>bytearray.</summary>
internal sealed class PyByteArray(List<byte> octets)
{
    public List<byte> Octets { get; } = octets;
}

/// <summary>A tuple.</summary>
internal sealed class PyTuple(params object[] items)
{
    public object[] Items { get; } = items;
}

/// <summary>A list.</summary>
internal sealed class PyList(List<object> items)
{
    public List<object> Items { get; } = items;
}

/// <summary>A range.</summary>
internal sealed record PyRange(BigInteger Start, BigInteger Stop, BigInteger Step);

/// <summary>A slice, as an index.</summary>
internal sealed record PySlice(object Start, object Stop, object Step);

/// <summary>A member of an enumeration of module socket, like <c>AddressFamily.AF_INET</c>: a number with a name.</summary>
internal sealed record PyEnum(string Class, string Name, int Number);

/// <summary>A module.</summary>
internal sealed class PyModule(string name, string display)
{
    public string Name { get; } = name;

    /// <summary>As its repr shows it.</summary>
    public string Display { get; } = display;

    public Dictionary<string, object> Members { get; } = [];
}

/// <summary>A function written in Python.</summary>
internal sealed class PyFunction(PythonCode code, object[] defaults, Dictionary<string, object> globals)
{
    public PythonCode Code { get; } = code;

    /// <summary>Values of the last parameters.</summary>
    public object[] Defaults { get; } = defaults;

    public Dictionary<string, object> Globals { get; } = globals;
}

/// <summary>The arguments of a call of something built in.</summary>
internal readonly record struct PyArguments(object[] Positional, (string Name, object Value)[] Keywords)
{
    public int Count => Positional.Length;

    public object this[int index] => Positional[index];

    /// <summary>A positional or keyword argument, or null.</summary>
    public object? Find(int index, string name)
    {
        if (index < Positional.Length)
        {
            return Positional[index];
        }

        foreach ((string key, object value) in Keywords)
        {
            if (key == name)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Refuses keyword arguments, as most C functions do.</summary>
    public void NoKeywords(string function)
    {
        if (Keywords.Length > 0)
        {
            throw PythonRaise.Type($"{function}() takes no keyword arguments");
        }
    }

    /// <summary>Exactly one argument, in the words of CPython's METH_O.</summary>
    public object One(string function)
    {
        NoKeywords(function);
        return Positional.Length == 1 ? Positional[0] : throw PythonRaise.Type($"{function}() takes exactly one argument ({Positional.Length} given)");
    }

    /// <summary>No argument at all, in the words of a method that is written in Python.</summary>
    public void SelfAlone(string function)
    {
        if (Keywords.Length > 0)
        {
            throw PythonRaise.Type($"{function}() got an unexpected keyword argument '{Keywords[0].Name}'");
        }

        if (Positional.Length != 0)
        {
            throw PythonRaise.Type($"{function}() takes 1 positional argument but {Positional.Length + 1} were given");
        }
    }

    /// <summary>No argument at all, in the words of CPython's METH_NOARGS.</summary>
    public void None(string function)
    {
        NoKeywords(function);
        if (Positional.Length != 0)
        {
            throw PythonRaise.Type($"{function}() takes no arguments ({Positional.Length} given)");
        }
    }
}

/// <summary>Something built in that can be called. The result may be a <see cref="PyPending"/>: the call then blocks.</summary>
internal sealed class PyBuiltin(string name, string display, Func<PythonProcess, PyArguments, object> body)
{
    public string Name { get; } = name;

    public string Display { get; } = display;

    public Func<PythonProcess, PyArguments, object> Body { get; } = body;

    /// <summary>The value whose method this is; null for a function.</summary>
    public object? Self { get; init; }
}

/// <summary>A built-in class: callable, and its name is known to <c>repr</c>.</summary>
internal sealed class PyClass(string name, Func<PythonProcess, PyArguments, object> create)
{
    public string Name { get; } = name;

    public Func<PythonProcess, PyArguments, object> Create { get; } = create;
}

/// <summary>A call that cannot return yet.</summary>
/// <param name="call">The call as the lab tells it: <c>sock.accept()</c>.</param>
/// <param name="attempt">Tries again; null while there is still nothing to return.</param>
internal sealed class PyPending(string call, Func<object?> attempt)
{
    public string Call { get; } = call;

    public Func<object?> Attempt { get; } = attempt;

    /// <summary>The handle of the socket that it waits for; −1 if it is not about one.</summary>
    public int Socket { get; init; } = -1;

    /// <summary>When the call gives up by itself; null if never.</summary>
    public Finwait.Tcp.Instant? Deadline { get; init; }

    /// <summary>A level of the traceback inside Python's own library, if the call has one.</summary>
    public PythonTraceEntry? Trace { get; init; }
}

/// <summary>Python's meaning of values: type names, truth, repr, str.</summary>
internal static partial class Py
{
    /// <summary>repr() of deeper nested tuples and lists is refused.</summary>
    private const int MaxReprDepth = 100;

    public static object Bool(bool value) => value ? True : False;

    public static readonly object True = true;
    public static readonly object False = false;

    public static object Int(long value) => new BigInteger(value);

    public static string TypeName(object value) => value switch
    {
        PyNone => "NoneType",
        bool => "bool",
        BigInteger => "int",
        double => "float",
        string => "str",
        PyBytes => "bytes",
        PyByteArray => "bytearray",
        PyTuple => "tuple",
        PyList => "list",
        PyRange => "range",
        PySlice => "slice",
        PyEnum e => e.Class,
        PyModule => "module",
        PyFunction => "function",
        PyBuiltin => "builtin_function_or_method",
        PyClass or PyExceptionType => "type",
        PyException e => e.Type.Name,
        PySocket => "socket",
        _ => value.GetType().Name,
    };

    public static bool Truth(object value) => value switch
    {
        PyNone => false,
        bool b => b,
        BigInteger i => !i.IsZero,
        double d => d != 0,
        string s => s.Length > 0,
        PyBytes b => b.Octets.Length > 0,
        PyByteArray a => a.Octets.Count > 0,
        PyTuple t => t.Items.Length > 0,
        PyList l => l.Items.Count > 0,
        PyRange r => RangeLength(r) > 0,
        PyEnum e => e.Number != 0,
        _ => true,
    };

    public static string Str(object value) => value switch
    {
        string s => s,
        PyEnum e => e.Number.ToString(CultureInfo.InvariantCulture),
        PyException e => e.Text,
        _ => Repr(value),
    };

    public static string Repr(object value)
    {
        var text = new StringBuilder();
        Repr(value, text, 0);
        return text.ToString();
    }

    private static void Repr(object value, StringBuilder text, int depth)
    {
        if (depth > MaxReprDepth)
        {
            throw PythonRaise.Of(PyExceptionType.RecursionError, "maximum recursion depth exceeded while getting the repr of an object");
        }

        switch (value)
        {
            case PyTuple tuple:
                text.Append('(');
                ReprItems(tuple.Items, text, depth);
                text.Append(tuple.Items.Length == 1 ? ",)" : ")");
                break;
            case PyList list:
                text.Append('[');
                ReprItems(list.Items, text, depth);
                text.Append(']');
                break;
            default:
                text.Append(ReprPlain(value));
                break;
        }

        if (text.Length > MaxOctets)
        {
            throw PythonRaise.Memory();
        }
    }

    private static void ReprItems(IReadOnlyList<object> items, StringBuilder text, int depth)
    {
        for (int i = 0; i < items.Count; i++)
        {
            text.Append(i == 0 ? "" : ", ");
            Repr(items[i], text, depth + 1);
        }
    }

    private static string ReprPlain(object value) => value switch
    {
        PyNone => "None",
        bool b => b ? "True" : "False",
        BigInteger i => IntText(i),
        double d => FloatText(d),
        string s => PythonEscapes.Quote(s),
        PyBytes b => PythonEscapes.Quote(b.Octets),
        PyByteArray a => $"bytearray({PythonEscapes.Quote(a.Octets.ToArray())})",
        PyRange r => r.Step.IsOne ? $"range({r.Start}, {r.Stop})" : $"range({r.Start}, {r.Stop}, {r.Step})",
        PySlice s => $"slice({Repr(s.Start)}, {Repr(s.Stop)}, {Repr(s.Step)})",
        PyEnum e => $"<{e.Class}.{e.Name}: {e.Number}>",
        PyModule m => m.Display,
        PyFunction f => $"<function {f.Code.Name} at 0x7f0000000000>",
        PyBuiltin b => b.Display,
        PyClass c => $"<class '{c.Name}'>",
        PyExceptionType t => $"<class '{t.FullName}'>",
        PyException e => $"{e.Type.Name}({string.Join(", ", e.Arguments.Select(Repr))})",
        PySocket s => s.Repr(),
        PyQuitter q => $"Use {q.Name}() or Ctrl-D (i.e. EOF) to exit",
        _ => $"<{value.GetType().Name} object>",
    };

    /// <summary>An integer in decimal; CPython refuses more than 4300 digits.</summary>
    private static string IntText(BigInteger value) =>
        value.GetBitLength() > 14300
            ? throw PythonRaise.Value("Exceeds the limit (4300 digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit")
            : value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The shortest text that reads back as the same float, in Python's form.</summary>
    public static string FloatText(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        string digits = value.ToString("E16", CultureInfo.InvariantCulture);
        int exponent = int.Parse(digits.AsSpan(digits.IndexOf('E') + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        if (value != 0 && exponent is < -4 or >= 16)
        {
            string mantissa = value.ToString("E16", CultureInfo.InvariantCulture);
            for (int precision = 0; precision <= 16; precision++)
            {
                string candidate = value.ToString("E" + precision, CultureInfo.InvariantCulture);
                if (double.Parse(candidate, CultureInfo.InvariantCulture) == value)
                {
                    mantissa = candidate;
                    break;
                }
            }

            return string.Create(CultureInfo.InvariantCulture, $"{mantissa.AsSpan(0, mantissa.IndexOf('E'))}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        }

        if (shortest.Contains('E', StringComparison.Ordinal))
        {
            shortest = ((decimal)value).ToString(CultureInfo.InvariantCulture);
        }

        return shortest.Contains('.', StringComparison.Ordinal) ? shortest : shortest + ".0";
    }
}

/// <summary><c>quit</c> and <c>exit</c>.</summary>
internal sealed record PyQuitter(string Name);

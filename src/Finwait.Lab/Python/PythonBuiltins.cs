using System.Globalization;
using System.Numerics;

namespace Finwait.Lab;

/// <summary>The names that are there without an import.</summary>
internal static class PythonBuiltins
{
    private static readonly string[] ExceptionNames =
    [
        "BaseException", "Exception", "KeyboardInterrupt", "SystemExit", "ArithmeticError", "ZeroDivisionError", "OverflowError", "AssertionError", "AttributeError", "ImportError",
        "ModuleNotFoundError", "LookupError", "IndexError", "KeyError", "MemoryError", "NameError", "UnboundLocalError", "OSError", "BlockingIOError", "ConnectionError",
        "BrokenPipeError", "ConnectionAbortedError", "ConnectionRefusedError", "ConnectionResetError", "FileNotFoundError", "InterruptedError", "PermissionError", "TimeoutError",
        "RuntimeError", "RecursionError", "EOFError", "SyntaxError", "IndentationError", "TypeError", "ValueError", "UnicodeError", "UnicodeDecodeError", "UnicodeEncodeError",
    ];

    /// <summary>Steps that a line on the screen counts as, and characters that one more does: an endless loop must not flood it.</summary>
    private const int PrintSteps = 100;
    private const int CharactersPerStep = 8;

    public static Dictionary<string, object> Create()
    {
        var names = new Dictionary<string, object>();
        foreach (string name in ExceptionNames)
        {
            names[name] = PyExceptionType.Find(name)!;
        }

        names["IOError"] = PyExceptionType.OSError;
        names["quit"] = new PyQuitter("quit");
        names["exit"] = new PyQuitter("exit");
        Add(names, "print", Print);
        Add(names, "len", (_, a) => Py.Length(a.One("len")));
        Add(names, "repr", (_, a) => Py.Repr(a.One("repr")));
        Add(names, "ascii", (_, a) => Py.Repr(a.One("ascii")));
        Add(names, "abs", (_, a) => Py.AsNumber(a.One("abs")) switch
        {
            BigInteger i => BigInteger.Abs(i),
            double d => Math.Abs(d),
            _ => throw PythonRaise.Type($"bad operand type for abs(): '{Py.TypeName(a[0])}'"),
        });
        Add(names, "hex", (_, a) => Based(a.One("hex"), "#x"));
        Add(names, "oct", (_, a) => Based(a.One("oct"), "#o"));
        Add(names, "bin", (_, a) => Based(a.One("bin"), "#b"));
        Add(names, "chr", (_, a) => Py.Index(a.One("chr")) is var code && code >= 0 && code < 0x110000 && !(code >= 0xD800 && code <= 0xDFFF) ? char.ConvertFromUtf32((int)code) : throw PythonRaise.Value("chr() arg not in range(0x110000)"));
        Add(names, "ord", (_, a) => a.One("ord") switch
        {
            string { Length: 1 } s => new BigInteger(s[0]),
            PyBytes { Octets.Length: 1 } b => new BigInteger(b.Octets[0]),
            string s => throw PythonRaise.Type($"ord() expected a character, but string of length {s.Length} found"),
            _ => throw PythonRaise.Type($"ord() expected string of length 1, but {Py.TypeName(a[0])} found"),
        });
        Add(names, "min", (_, a) => Extreme(a, "<", "min"));
        Add(names, "max", (_, a) => Extreme(a, ">", "max"));
        Add(names, "sum", (_, a) => Sum(a));
        Add(names, "isinstance", IsInstance);
        Add(names, "format", (_, a) => PythonFormat.Apply(a[0], a.Count > 1 ? (string)a[1] : ""));
        Add(names, "round", (_, a) => Py.AsNumber(a[0]) is double d ? (a.Count > 1 ? Math.Round(d, Math.Clamp(Py.CInt(a[1]), 0, 15), MidpointRounding.ToEven) : new BigInteger(Math.Round(d, MidpointRounding.ToEven))) : Py.Index(a[0]));
        PythonSequences.Add(names);
        AddClass(names, "int", Int);
        AddClass(names, "float", (_, a) => a.Count == 0 ? 0.0 : Float(a[0]));
        AddClass(names, "bool", (_, a) => Py.Bool(a.Count > 0 && Py.Truth(a[0])));
        AddClass(names, "str", Str);
        AddClass(names, "bytes", Bytes);
        AddClass(names, "bytearray", PyByteArrays.Create);
        AddClass(names, "tuple", (_, a) => a.Count == 0 ? new PyTuple() : new PyTuple(Items(a[0]).ToArray()));
        AddClass(names, "list", (_, a) => new PyList(a.Count == 0 ? [] : Items(a[0])));
        AddClass(names, "range", Range);
        AddClass(names, "type", (process, a) => TypeOf(process, a.One("type")));
        return names;
    }

    private static void Add(Dictionary<string, object> names, string name, Func<PythonProcess, PyArguments, object> body) =>
        names[name] = new PyBuiltin(name, $"<built-in function {name}>", (process, arguments) =>
            arguments.Count > 0 || name is "print" or "len" or "repr" or "abs" or "hex" or "oct" or "bin" or "chr" or "ord" or "ascii" ? body(process, arguments) : throw PythonRaise.Type($"{name} expected at least 1 argument, got 0"));

    private static void AddClass(Dictionary<string, object> names, string name, Func<PythonProcess, PyArguments, object> create) => names[name] = new PyClass(name, create);

    private static string Based(object value, string format)
    {
        BigInteger number = Py.Index(value);
        return PythonFormat.Apply(number, format);
    }

    private static object Print(PythonProcess process, PyArguments arguments)
    {
        string separator = arguments.Find(int.MaxValue, "sep") is { } sep and not PyNone ? sep as string ?? throw PythonRaise.Type($"sep must be None or a string, not {Py.TypeName(sep)}") : " ";
        string end = arguments.Find(int.MaxValue, "end") is { } last and not PyNone ? last as string ?? throw PythonRaise.Type($"end must be None or a string, not {Py.TypeName(last)}") : "\n";
        foreach ((string name, _) in arguments.Keywords)
        {
            if (name is not ("sep" or "end" or "flush"))
            {
                throw PythonRaise.Type($"'{name}' is an invalid keyword argument for print()");
            }
        }

        string text = string.Join(separator, arguments.Positional.Select(Py.Str)) + end;
        process.Spend(PrintSteps + (text.Length / CharactersPerStep));
        process.Output.Write(text);
        return PyNone.Value;
    }

    public static List<object> Items(object value)
    {
        var items = new List<object>();
        for (int i = 0; Py.ItemAt(value, i) is { } item; i++)
        {
            items.Add(item);
            if (items.Count > Py.MaxOctets / 8)
            {
                throw PythonRaise.Memory();
            }
        }

        return items;
    }

    private static object Extreme(PyArguments arguments, string op, string name)
    {
        List<object> items = arguments.Count == 1 ? Items(arguments[0]) : [.. arguments.Positional];
        if (items.Count == 0)
        {
            throw PythonRaise.Value($"{name}() arg is an empty sequence");
        }

        object best = items[0];
        foreach (object item in items)
        {
            best = Py.Compare(op, item, best) ? item : best;
        }

        return best;
    }

    private static object Sum(PyArguments arguments)
    {
        object total = arguments.Find(1, "start") ?? BigInteger.Zero;
        foreach (object item in Items(arguments[0]))
        {
            total = Py.Binary("+", total, item);
        }

        return total;
    }

    private static object IsInstance(PythonProcess process, PyArguments arguments)
    {
        if (arguments.Count != 2)
        {
            throw PythonRaise.Type($"isinstance expected 2 arguments, got {arguments.Count}");
        }

        object[] types = arguments[1] is PyTuple tuple ? tuple.Items : [arguments[1]];
        return Py.Bool(Array.Exists(types, type => type switch
        {
            PyExceptionType exception => arguments[0] is PyException raised && raised.Type.IsA(exception),
            PyClass { Name: "int" } => arguments[0] is BigInteger or bool or PyEnum,
            PyClass c => c.Name == Py.TypeName(arguments[0]) || (c.Name == "socket.socket" && arguments[0] is PySocket),
            _ => throw PythonRaise.Type("isinstance() arg 2 must be a type, a tuple of types, or a union"),
        }));
    }

    private static object TypeOf(PythonProcess process, object value) => value switch
    {
        PyException exception => exception.Type,
        PySocket => process.Import("socket").Members["socket"],
        _ => process.Builtins.TryGetValue(Py.TypeName(value), out object? known) && known is PyClass ? known : new PyClass(Py.TypeName(value), (_, _) => throw PythonRaise.Type($"cannot create '{Py.TypeName(value)}' instances")),
    };

    private static object Int(PythonProcess process, PyArguments arguments)
    {
        if (arguments.Count == 0)
        {
            return BigInteger.Zero;
        }

        object value = arguments[0];
        if (Py.AsNumber(value) is { } number)
        {
            return number is double d ? double.IsFinite(d) ? new BigInteger(Math.Truncate(d)) : throw PythonRaise.Of(PyExceptionType.OverflowError, "cannot convert float infinity to integer") : number;
        }

        int radix = arguments.Find(1, "base") is { } given ? Py.CInt(given) : 10;
        string text = value switch
        {
            string s => s,
            PyBytes b => System.Text.Encoding.Latin1.GetString(b.Octets),
            _ => throw PythonRaise.Type($"int() argument must be a string, a bytes-like object or a real number, not '{Py.TypeName(value)}'"),
        };
        string digits = text.Trim().Replace("_", "", StringComparison.Ordinal);
        if (radix == 10 && digits.Length <= 4300 && BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger parsed))
        {
            return parsed;
        }

        string bare = radix == 16 && digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? digits[2..] : digits;
        if (radix == 16 && bare.Length is > 0 and <= 4300 && bare.All(char.IsAsciiHexDigit))
        {
            return BigInteger.Parse("0" + bare, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }

        if (radix == 2 && digits.Length is > 0 and <= 4300 && digits.All(c => c is '0' or '1'))
        {
            return digits.Aggregate(BigInteger.Zero, (total, c) => (total * 2) + (c - '0'));
        }

        string plain = digits.TrimStart('+', '-');
        if (radix == 10 && plain.Length > 4300 && plain.All(char.IsAsciiDigit))
        {
            throw PythonRaise.Value($"Exceeds the limit (4300 digits) for integer string conversion: value has {plain.Length} digits; use sys.set_int_max_str_digits() to increase the limit");
        }

        throw PythonRaise.Value($"invalid literal for int() with base {radix}: {Py.Repr(value)}");
    }

    private static double Float(object value) => Py.AsNumber(value) switch
    {
        BigInteger i => (double)i,
        double d => d,
        _ => value is string text
            ? text.Trim().TrimStart('+', '-').ToLowerInvariant() switch { "inf" or "infinity" => text.Contains('-', StringComparison.Ordinal) ? double.NegativeInfinity : double.PositiveInfinity, "nan" => double.NaN, _ => null as double? } is { } named ? named
            : double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double parsed) && double.IsFinite(parsed) ? parsed : throw PythonRaise.Value($"could not convert string to float: {Py.Repr(value)}")
            : throw PythonRaise.Type($"float() argument must be a string or a real number, not '{Py.TypeName(value)}'"),
    };

    private static object Str(PythonProcess process, PyArguments arguments) => arguments switch
    {
        { Count: 0 } => "",
        { Count: > 1 } or { Keywords.Length: > 0 } when arguments[0] is PyBytes bytes => ((PyBuiltin)PythonAttributes.Get(bytes, "decode")).Body(process, arguments with { Positional = arguments.Positional[1..] }),
        _ => Py.Str(arguments[0]),
    };

    private static object Bytes(PythonProcess process, PyArguments arguments)
    {
        if (arguments.Count == 0)
        {
            return new PyBytes([]);
        }

        switch (arguments[0])
        {
            case string text when arguments.Count > 1 || arguments.Keywords.Length > 0:
                return ((PyBuiltin)PythonAttributes.Get(text, "encode")).Body(process, arguments with { Positional = arguments.Positional[1..] });
            case string:
                throw PythonRaise.Type("string argument without an encoding");
            case PyBytes bytes:
                return bytes;
            case PyByteArray array:
                return new PyBytes(array.Octets.ToArray());
            case BigInteger count:
                return count.Sign < 0 ? throw PythonRaise.Value("negative count") : count > Py.MaxOctets ? throw PythonRaise.Memory() : new PyBytes(new byte[(int)count]);
            default:
                return new PyBytes(Items(arguments[0]).Select(item => Py.Index(item) is var octet && octet >= 0 && octet < 256 ? (byte)octet : throw PythonRaise.Value("bytes must be in range(0, 256)")).ToArray());
        }
    }

    private static object Range(PythonProcess process, PyArguments arguments)
    {
        BigInteger[] numbers = arguments.Positional.Select(Py.Index).ToArray();
        return numbers switch
        {
            [var stop] => new PyRange(0, stop, 1),
            [var start, var stop] => new PyRange(start, stop, 1),
            [_, _, { IsZero: true }] => throw PythonRaise.Value("range() arg 3 must not be zero"),
            [var start, var stop, var step] => new PyRange(start, stop, step),
            _ => throw PythonRaise.Type($"range expected {(numbers.Length == 0 ? "at least 1 argument" : "at most 3 arguments")}, got {numbers.Length}"),
        };
    }
}

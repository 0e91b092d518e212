using System.Numerics;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>The few names of time, sys, os and errno that small socket programs use.</summary>
internal static class SmallModules
{
    public static PyModule Time()
    {
        var module = new PyModule("time", "<module 'time' (built-in)>");
        Add(module, "sleep", Sleep);
        Add(module, "time", (process, _) => (process.Machine.Epoch + process.Machine.Now.Microseconds) / 1e6);
        Add(module, "monotonic", (process, _) => process.Machine.Now.SinceStart.TotalSeconds);
        Add(module, "perf_counter", (process, _) => process.Machine.Now.SinceStart.TotalSeconds);
        return module;
    }

    private static object Sleep(PythonProcess process, PyArguments arguments)
    {
        object value = arguments.One("time.sleep");
        double seconds = Py.AsNumber(value) switch
        {
            BigInteger i => (double)i,
            double d => d,
            _ => throw PythonRaise.Type($"'{Py.TypeName(value)}' object cannot be interpreted as an integer"),
        };
        if (!(seconds >= 0))
        {
            throw PythonRaise.Value("sleep length must be non-negative");
        }

        if (seconds > 1e8)
        {
            throw PythonRaise.Of(PyExceptionType.OverflowError, "timestamp too large to convert to C _PyTime_t");
        }

        Instant end = process.Machine.Now + TimeSpan.FromSeconds(seconds);
        return new PyPending($"sleep({Py.Str(value)})", () => process.Machine.Now >= end ? PyNone.Value : null) { Deadline = end };
    }

    public static PyModule Sys(PythonProcess owner)
    {
        var module = new PyModule("sys", "<module 'sys' (built-in)>");
        module.Members["argv"] = new PyList(owner.Arguments.Cast<object>().ToList());
        module.Members["version"] = "3.11.2 (the lab's own)";
        module.Members["platform"] = "linux";
        module.Members["stdout"] = Stream("stdout", process => process.Output);
        module.Members["stderr"] = Stream("stderr", process => process.Error);
        var input = new PyModule("sys.stdin", "<_io.TextIOWrapper name='<stdin>' mode='r' encoding='utf-8'>");
        Add(input, "readline", (process, _) => process.ReadLine() is { } line ? line : new PyPending("readline()", process.ReadLine));
        module.Members["stdin"] = input;
        Add(module, "exit", (_, a) => throw new PythonRaise(new PyException(PyExceptionType.SystemExit, a.Positional)));
        return module;
    }

    private static PyModule Stream(string name, Func<PythonProcess, TextWriter> of)
    {
        var stream = new PyModule("sys." + name, $"<_io.TextIOWrapper name='<{name}>' mode='w' encoding='utf-8'>");
        Add(stream, "write", (process, a) =>
        {
            string text = a.One("write") as string ?? throw PythonRaise.Type($"write() argument must be str, not {Py.TypeName(a[0])}");
            of(process).Write(text);
            return Py.Int(text.Length);
        });
        Add(stream, "flush", (_, _) => PyNone.Value);
        return stream;
    }

    public static PyModule Os()
    {
        var module = new PyModule("os", "<module 'os' (frozen)>");
        Add(module, "strerror", (_, a) => ErrnoText.Of((Finwait.Stack.Errno)Py.CInt(a.One("strerror"))));
        Add(module, "getpid", (process, _) => Py.Int(process.Pid));
        return module;
    }

    public static PyModule Errno()
    {
        var module = new PyModule("errno", "<module 'errno' (built-in)>");
        foreach (Finwait.Stack.Errno errno in Enum.GetValues<Finwait.Stack.Errno>())
        {
            if (errno != Finwait.Stack.Errno.None)
            {
                module.Members[errno.ToString()] = Py.Int((int)errno);
            }
        }

        return module;
    }

    private static void Add(PyModule module, string name, Func<PythonProcess, PyArguments, object> body) => module.Members[name] = new PyBuiltin(name, $"<built-in function {name}>", body);
}

/// <summary>struct.pack and struct.unpack for integers and byte strings: enough for SO_LINGER and for small headers.</summary>
internal static class StructModule
{
    public static PyModule Create()
    {
        var module = new PyModule("struct", "<module 'struct' from '/usr/lib/python3.11/struct.py'>");
        module.Members["pack"] = new PyBuiltin("pack", "<built-in function pack>", (_, a) => Pack(a));
        module.Members["unpack"] = new PyBuiltin("unpack", "<built-in function unpack>", (_, a) => Unpack(a));
        module.Members["calcsize"] = new PyBuiltin("calcsize", "<built-in function calcsize>", (_, a) => Py.Int(Fields(a.One("_struct.calcsize")).Sum(f => f.Size)));
        module.Members["error"] = PyExceptionType.StructError;
        return module;
    }

    private readonly record struct Field(char Kind, int Size, bool IsBig);

    private static List<Field> Fields(object format)
    {
        string text = format as string ?? (format is PyBytes bytes ? System.Text.Encoding.Latin1.GetString(bytes.Octets) : null) ?? throw PythonRaise.Type($"Struct() argument 1 must be a str or bytes object, not {Py.TypeName(format)}");
        bool isBig = text.StartsWith('!') || text.StartsWith('>');
        bool isNative = text.Length == 0 || text[0] is not ('!' or '>' or '<' or '=');
        var fields = new List<Field>();
        int offset = 0;
        for (int i = text.Length > 0 && text[0] is '!' or '>' or '<' or '=' or '@' ? 1 : 0; i < text.Length; i++)
        {
            int count = 0;
            bool hasCount = false;
            while (i < text.Length && char.IsAsciiDigit(text[i]) && count < 100_000)
            {
                count = (count * 10) + text[i++] - '0';
                hasCount = true;
            }

            if (i == text.Length)
            {
                throw Wrong("repeat count given without format specifier");
            }

            if (!hasCount && char.IsWhiteSpace(text[i]))
            {
                continue;
            }

            int size = text[i] switch { 'x' or 'b' or 'B' or 's' or 'c' or '?' => 1, 'h' or 'H' => 2, 'i' or 'I' => 4, 'l' or 'L' => isNative ? 8 : 4, 'q' or 'Q' => 8, _ => throw Wrong("bad char in struct format") };
            count = hasCount ? count : 1;
            if (text[i] == 's')
            {
                fields.Add(new Field('s', count, isBig));
                offset += count;
                continue;
            }

            for (int n = 0; n < count; n++)
            {
                for (; isNative && offset % size != 0; offset++)
                {
                    fields.Add(new Field('x', 1, isBig)); // native formats align every field to its size
                }

                fields.Add(new Field(text[i], size, isBig));
                offset += size;
            }
        }

        return fields;
    }

    private static PyBytes Pack(PyArguments arguments)
    {
        if (arguments.Count == 0)
        {
            throw PythonRaise.Type("missing format argument");
        }

        List<Field> fields = Fields(arguments[0]);
        int wanted = fields.Count(f => f.Kind != 'x');
        if (arguments.Count - 1 != wanted)
        {
            throw Wrong($"pack expected {wanted} items for packing (got {arguments.Count - 1})");
        }

        var packed = new List<byte>();
        int next = 1;
        foreach (Field field in fields)
        {
            if (field.Kind == 'x')
            {
                packed.Add(0);
                continue;
            }

            object value = arguments[next++];
            byte[] octets = new byte[field.Size];
            if (field.Kind is 's' or 'c')
            {
                byte[] text = TextOf(field, value);
                text.AsSpan(0, Math.Min(text.Length, field.Size)).CopyTo(octets);
            }
            else
            {
                BigInteger bits = BitsOf(field, value);
                for (int i = 0; i < field.Size; i++)
                {
                    octets[field.IsBig ? field.Size - 1 - i : i] = (byte)(bits & 0xFF);
                    bits >>= 8;
                }
            }

            packed.AddRange(octets);
        }

        return new PyBytes(packed.ToArray());
    }

    private static PythonRaise Wrong(string message) => PythonRaise.Of(PyExceptionType.StructError, message);

    private static byte[] TextOf(in Field field, object value) => field.Kind == 'c'
        ? value is PyBytes { Octets: [_] one } ? one.ToArray() : throw Wrong("char format requires a bytes object of length 1")
        : Py.AsOctets(value) ?? throw Wrong("argument for 's' must be a bytes object");

    /// <summary>The number as the field holds it: two's complement.</summary>
    private static BigInteger BitsOf(in Field field, object value)
    {
        if (field.Kind == '?')
        {
            return Py.Truth(value) ? 1 : 0;
        }

        BigInteger number = Py.AsNumber(value) as BigInteger? ?? throw Wrong("required argument is not an integer");
        BigInteger range = BigInteger.One << (8 * field.Size);
        BigInteger low = char.IsAsciiLetterLower(field.Kind) ? -(range / 2) : 0;
        if (number < low || number >= low + range)
        {
            throw Wrong(OutOfRange(field, number, low, low + range - 1));
        }

        return number.Sign < 0 ? number + range : number;
    }

    /// <summary>CPython first makes a long or an unsigned long of the number, and only then compares it with the format.</summary>
    private static string OutOfRange(in Field field, BigInteger number, BigInteger low, BigInteger high)
    {
        if (field.Size == sizeof(long))
        {
            return field.IsBig ? "int too large to convert" : "argument out of range";
        }

        string name = (field.Kind, field.IsBig) switch { ('b', _) => "byte", ('B', _) => "ubyte", ('h', false) => "short", ('H', false) => "ushort", _ => $"'{field.Kind}'" };
        bool isUnsigned = name is "'H'" or "'I'" or "'L'";
        return number < (isUnsigned ? 0 : long.MinValue) || number > (isUnsigned ? ulong.MaxValue : long.MaxValue) ? "argument out of range" : $"{name} format requires {low} <= number <= {high}";
    }

    private static PyTuple Unpack(PyArguments arguments)
    {
        if (arguments.Count != 2)
        {
            throw PythonRaise.Type($"unpack expected 2 arguments, got {arguments.Count}");
        }

        List<Field> fields = Fields(arguments[0]);
        byte[] data = SocketMethods.Octets(arguments[1]);
        int size = fields.Sum(f => f.Size);
        if (data.Length != size)
        {
            throw Wrong($"unpack requires a buffer of {size} bytes");
        }

        var values = new List<object>();
        int at = 0;
        foreach (Field field in fields)
        {
            ReadOnlySpan<byte> octets = data.AsSpan(at, field.Size);
            at += field.Size;
            switch (field.Kind)
            {
                case 'x': break;
                case 's' or 'c': values.Add(new PyBytes(octets.ToArray())); break;
                case '?': values.Add(octets[0] != 0); break;
                default: values.Add(new BigInteger(octets, isUnsigned: char.IsAsciiLetterUpper(field.Kind), isBigEndian: field.IsBig)); break;
            }
        }

        return new PyTuple(values.ToArray());
    }
}

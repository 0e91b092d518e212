using System.Numerics;
using System.Text;

namespace Finwait.Lab;

/// <summary>Attributes of values: modules, sockets, exceptions, and the common methods of str, bytes and list.</summary>
internal static class PythonAttributes
{
    public static object Get(object value, string name)
    {
        object? found = value switch
        {
            PyModule module => module.Members.GetValueOrDefault(name) ?? (name == "__name__" ? module.Name : null),
            PySocket socket => SocketMethods.Find(socket, name),
            PyException exception => OfException(exception, name),
            PyEnum e => name switch { "name" => e.Name, "value" => new BigInteger(e.Number), _ => null },
            string text => OfString(text, name),
            PyBytes bytes => OfBytes(bytes, name),
            PyByteArray array => PyByteArrays.Find(array, name) ?? OfBytes(new PyBytes(array.Octets.ToArray()), name),
            PyList list => OfList(list, name),
            PyTuple tuple => name switch
            {
                "index" => Method(tuple, name, (_, a) => (object)(IndexOf(tuple.Items, a.One(name), "tuple.index(x): x not in tuple"))),
                "count" => Method(tuple, name, (_, a) => new BigInteger(tuple.Items.Count(item => Py.Equal(item, a.One(name))))),
                _ => null,
            },
            PyExceptionType type => name == "__name__" ? type.Name : null,
            PyFunction function => name == "__name__" ? function.Code.Name : null,
            BigInteger number => name == "to_bytes" ? Method(number, name, (_, a) => ToBytes(number, a)) : name == "bit_length" ? Method(number, name, (_, _) => new BigInteger((long)number.GetBitLength())) : null,
            _ => null,
        };
        if (found is not null)
        {
            return found;
        }

        if (value is PySocket or PyModule { Name: "socket" } && PythonMissing.Socket(name) is { } absent)
        {
            throw PythonRaise.Of(PyExceptionType.AttributeError, absent);
        }

        string message = value is PyModule missing ? $"module '{missing.Name}' has no attribute '{name}'"
            : value is PyClass or PyExceptionType ? $"type object '{(value is PyClass c ? c.Name : ((PyExceptionType)value).Name)}' has no attribute '{name}'"
            : $"'{Py.TypeName(value)}' object has no attribute '{name}'";
        throw new PythonRaise(new PyException(PyExceptionType.AttributeError, message) { Misspelt = (name, [Names(value).Order(StringComparer.Ordinal)]) });
    }

    private static readonly string[] s_bytesNames = ["count", "decode", "endswith", "find", "hex", "join", "lower", "lstrip", "replace", "rstrip", "split", "splitlines", "startswith", "strip", "upper"];

    /// <summary>Names that <see cref="Get"/> finds, for completion.</summary>
    public static IEnumerable<string> Names(object value) => value switch
    {
        PyModule module => module.Members.Keys,
        PySocket => SocketMethods.Names,
        string => ["count", "encode", "endswith", "find", "isdigit", "join", "lower", "lstrip", "replace", "rstrip", "split", "splitlines", "startswith", "strip", "title", "upper"],
        PyBytes => s_bytesNames,
        PyByteArray => s_bytesNames.Concat(PyByteArrays.Names),
        PyList => ["append", "clear", "copy", "count", "extend", "index", "pop", "remove", "reverse"],
        PyTuple => ["count", "index"],
        PyException => ["args", "errno", "filename", "strerror"],
        _ => [],
    };

    public static void Set(object value, string name, object item)
    {
        if (value is PyModule module)
        {
            module.Members[name] = item;
            return;
        }

        throw PythonRaise.Of(PyExceptionType.AttributeError, value is PySocket && SocketMethods.Names.Contains(name)
            ? $"'socket' object attribute '{name}' is read-only"
            : $"'{Py.TypeName(value)}' object has no attribute '{name}'");
    }

    private static PyBuiltin Method(object self, string name, Func<PythonProcess, PyArguments, object> body) =>
        new(name, $"<built-in method {name} of {Py.TypeName(self)} object at 0x7f0000000000>", body) { Self = self };

    private static object? OfException(PyException exception, string name)
    {
        bool isOs = exception.Type.IsA(PyExceptionType.OSError);
        return name switch
        {
            "args" => new PyTuple(exception.Arguments),
            "errno" when isOs => exception.Arguments is [BigInteger number, _, ..] ? number : PyNone.Value,
            "strerror" when isOs => exception.Arguments is [_, string text, ..] ? text : PyNone.Value,
            "filename" when isOs => exception.Arguments is [_, _, object file] ? file : PyNone.Value,
            _ => null,
        };
    }

    private static BigInteger IndexOf(IReadOnlyList<object> items, object item, string missing)
    {
        for (int i = 0; i < items.Count; i++)
        {
            if (Py.Equal(items[i], item))
            {
                return i;
            }
        }

        throw PythonRaise.Value(missing);
    }

    private static string Text(object value) => value as string ?? throw PythonRaise.Type($"must be str, not {Py.TypeName(value)}");

    private static object? OfString(string text, string name)
    {
        return name switch
        {
            "encode" => Method(text, name, (_, a) => Encode(text, a)),
            "upper" => Method(text, name, (_, _) => text.ToUpperInvariant()),
            "lower" => Method(text, name, (_, _) => text.ToLowerInvariant()),
            "title" => Method(text, name, (_, _) => System.Globalization.CultureInfo.InvariantCulture.TextInfo.ToTitleCase(text.ToLowerInvariant())),
            "strip" => Method(text, name, (_, a) => a.Count == 0 ? text.Trim() : text.Trim(Text(a[0]).ToCharArray())),
            "lstrip" => Method(text, name, (_, a) => a.Count == 0 ? text.TrimStart() : text.TrimStart(Text(a[0]).ToCharArray())),
            "rstrip" => Method(text, name, (_, a) => a.Count == 0 ? text.TrimEnd() : text.TrimEnd(Text(a[0]).ToCharArray())),
            "startswith" => Method(text, name, (_, a) => Py.Bool(text.StartsWith(Text(a.One(name)), StringComparison.Ordinal))),
            "endswith" => Method(text, name, (_, a) => Py.Bool(text.EndsWith(Text(a.One(name)), StringComparison.Ordinal))),
            "ljust" => Method(text, name, (_, a) => Padded(text, a, before: false)),
            "rjust" => Method(text, name, (_, a) => Padded(text, a, before: true)),
            "zfill" => Method(text, name, (_, a) => text.PadLeft(Width(a.One(name)), '0')),
            "isdigit" => Method(text, name, (_, _) => Py.Bool(text.Length > 0 && text.All(char.IsDigit))),
            "find" => Method(text, name, (_, a) => new BigInteger(text.IndexOf(Text(a.One(name)), StringComparison.Ordinal))),
            "count" => Method(text, name, (_, a) => new BigInteger(Text(a.One(name)).Length == 0 ? text.Length + 1 : text.Split(Text(a[0])).Length - 1)),
            "replace" => Method(text, name, (_, a) => Replace(text, a)),
            "split" => Method(text, name, (_, a) => Split(text, a)),
            "splitlines" => Method(text, name, (_, _) => new PyList(text.Length == 0 ? [] : text.TrimEnd('\n').Split('\n').Cast<object>().ToList())),
            "join" => Method(text, name, (_, a) => Join(text, a.One("str.join"))),
            "format" => Method(text, name, (_, _) => throw PythonRaise.Type("the lab's Python does not have str.format; use an f-string")),
            _ => null,
        };
    }

    private static int Width(object value) => Py.Index(value) is var width && width > Py.MaxOctets ? throw PythonRaise.Memory() : (int)System.Numerics.BigInteger.Max(0, width);

    private static string Padded(string text, PyArguments arguments, bool before)
    {
        char fill = arguments.Count > 1 ? Text(arguments[1]) is { Length: 1 } one ? one[0] : throw PythonRaise.Type("The fill character must be exactly one character long") : ' ';
        return before ? text.PadLeft(Width(arguments[0]), fill) : text.PadRight(Width(arguments[0]), fill);
    }

    private static object Encode(string text, PyArguments arguments)
    {
        string encoding = arguments.Find(0, "encoding") is { } given ? Text(given).ToLowerInvariant().Replace('_', '-') : "utf-8";
        switch (encoding)
        {
            case "utf-8" or "utf8":
                return new PyBytes(Encoding.UTF8.GetBytes(text));
            case "ascii" or "latin-1" or "latin1" or "iso-8859-1":
                int limit = encoding == "ascii" ? 128 : 256;
                int bad = text.ToList().FindIndex(c => c >= limit);
                string codec = encoding == "ascii" ? "ascii" : "latin-1";
                return bad < 0
                    ? new PyBytes(Encoding.Latin1.GetBytes(text))
                    : throw PythonRaise.Of(PyExceptionType.UnicodeEncodeError, $"'{codec}' codec can't encode character {PythonEscapes.Quote(text[bad].ToString()) switch { var q when q.Contains('\\', StringComparison.Ordinal) => q, _ => $"'\\x{(int)text[bad]:x2}'" }} in position {bad}: ordinal not in range({limit})");
            default:
                throw PythonRaise.Of(PyExceptionType.LookupError, $"unknown encoding: {encoding}");
        }
    }

    private static string Replace(string text, PyArguments arguments)
    {
        if (arguments.Count < 2)
        {
            throw PythonRaise.Type($"replace expected at least 2 arguments, got {arguments.Count}");
        }

        (string from, string to) = (Text(arguments[0]), Text(arguments[1]));
        if (from.Length == 0)
        {
            throw PythonRaise.Value("the lab's Python does not replace empty strings");
        }

        long parts = text.Split(from).Length - 1;
        return parts * to.Length > Py.MaxOctets ? throw PythonRaise.Memory() : text.Replace(from, to, StringComparison.Ordinal);
    }

    private static object Split(string text, PyArguments arguments)
    {
        string? separator = arguments.Find(0, "sep") is { } given and not PyNone ? Text(given) : null;
        if (separator is { Length: 0 })
        {
            throw PythonRaise.Value("empty separator");
        }

        int limit = arguments.Find(1, "maxsplit") is { } most ? Py.CInt(most) : -1;
        int pieces = limit < 0 ? int.MaxValue : limit == int.MaxValue ? limit : limit + 1;
        string[] parts = separator is null ? text.Split((char[]?)null, pieces, StringSplitOptions.RemoveEmptyEntries) : text.Split(separator, pieces);
        return new PyList(parts.Cast<object>().ToList());
    }

    private static string Join(string separator, object items)
    {
        var joined = new StringBuilder();
        for (int i = 0; Py.ItemAt(items, i) is { } item; i++)
        {
            joined.Append(i == 0 ? "" : separator).Append(item as string ?? throw PythonRaise.Type($"sequence item {i}: expected str instance, {Py.TypeName(item)} found"));
            if (joined.Length > Py.MaxOctets)
            {
                throw PythonRaise.Memory();
            }
        }

        return joined.ToString();
    }

    private static object? OfBytes(PyBytes bytes, string name) => name switch
    {
        "decode" => Method(bytes, name, (_, a) => Decode(bytes.Octets, a)),
        "hex" => Method(bytes, name, (_, _) => Convert.ToHexStringLower(bytes.Octets)),
        "upper" => Method(bytes, name, (_, _) => new PyBytes(bytes.Octets.Select(b => b is >= (byte)'a' and <= (byte)'z' ? (byte)(b - 32) : b).ToArray())),
        "lower" => Method(bytes, name, (_, _) => new PyBytes(bytes.Octets.Select(b => b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b + 32) : b).ToArray())),
        "strip" or "lstrip" or "rstrip" or "replace" or "count" or "splitlines" => Method(bytes, name, (process, a) => AsText(process, bytes, name, a)),
        "join" => Method(bytes, name, (_, a) => BytesJoin(bytes, a.One("bytes.join"))),
        "startswith" => Method(bytes, name, (_, a) => Py.Bool(bytes.Octets.AsSpan().StartsWith(SocketMethods.Octets(a.One(name))))),
        "endswith" => Method(bytes, name, (_, a) => Py.Bool(bytes.Octets.AsSpan().EndsWith(SocketMethods.Octets(a.One(name))))),
        "find" => Method(bytes, name, (_, a) => new BigInteger(bytes.Octets.AsSpan().IndexOf(SocketMethods.Octets(a.One(name))))),
        "split" => Method(bytes, name, (_, a) => BytesSplit(bytes, a)),
        _ => null,
    };

    /// <summary>A method of bytes done as that of str, with octets for characters.</summary>
    private static object AsText(PythonProcess process, PyBytes bytes, string name, PyArguments arguments)
    {
        const string Blanks = " \t\n\r\v\f";
        object[] given = Array.ConvertAll(arguments.Positional, a => Py.AsOctets(a) is { } octets ? Encoding.Latin1.GetString(octets) : a is string ? throw PythonRaise.Type("a bytes-like object is required, not 'str'") : a);
        given = given.Length == 0 && name.EndsWith("strip", StringComparison.Ordinal) ? [Blanks] : given;
        object result = ((PyBuiltin)OfString(Encoding.Latin1.GetString(bytes.Octets), name)!).Body(process, arguments with { Positional = given });
        return result switch
        {
            string text => new PyBytes(Encoding.Latin1.GetBytes(text)),
            PyList list => new PyList(list.Items.ConvertAll(item => (object)new PyBytes(Encoding.Latin1.GetBytes((string)item)))),
            _ => result,
        };
    }

    private static PyBytes BytesJoin(PyBytes separator, object items)
    {
        var joined = new List<byte>();
        for (int i = 0; Py.ItemAt(items, i) is { } item; i++)
        {
            joined.AddRange(i == 0 ? [] : separator.Octets);
            joined.AddRange(Py.AsOctets(item) ?? throw PythonRaise.Type($"sequence item {i}: expected a bytes-like object, {Py.TypeName(item)} found"));
            if (joined.Count > Py.MaxOctets)
            {
                throw PythonRaise.Memory();
            }
        }

        return new PyBytes(joined.ToArray());
    }

    private static object BytesSplit(PyBytes bytes, PyArguments arguments)
    {
        string text = Encoding.Latin1.GetString(bytes.Octets);
        object[] separator = arguments.Count == 0 ? [] : [Encoding.Latin1.GetString(SocketMethods.Octets(arguments[0])), .. arguments.Positional.Skip(1)];
        var parts = (PyList)Split(text, new PyArguments(separator, arguments.Keywords));
        return new PyList(parts.Items.Select(part => (object)new PyBytes(Encoding.Latin1.GetBytes((string)part))).ToList());
    }

    private static string Decode(byte[] octets, PyArguments arguments)
    {
        string encoding = arguments.Find(0, "encoding") is { } given ? Text(given).ToLowerInvariant().Replace('_', '-') : "utf-8";
        bool replaces = arguments.Find(1, "errors") is "replace" or "ignore";
        if (encoding is "latin-1" or "latin1" or "iso-8859-1")
        {
            return Encoding.Latin1.GetString(octets);
        }

        if (encoding is not ("utf-8" or "utf8" or "ascii"))
        {
            throw PythonRaise.Of(PyExceptionType.LookupError, $"unknown encoding: {encoding}");
        }

        int bad = encoding == "ascii" ? Array.FindIndex(octets, b => b > 127) : System.Text.Unicode.Utf8.IsValid(octets) ? -1 : FirstBadUtf8(octets);
        if (bad >= 0 && !replaces)
        {
            throw PythonRaise.Of(PyExceptionType.UnicodeDecodeError, encoding == "ascii"
                ? $"'ascii' codec can't decode byte 0x{octets[bad]:x2} in position {bad}: ordinal not in range(128)"
                : $"'utf-8' codec can't decode byte 0x{octets[bad]:x2} in position {bad}: invalid {(octets[bad] is >= 0xC2 and <= 0xF4 ? "continuation" : "start")} byte");
        }

        return Encoding.UTF8.GetString(octets);
    }

    private static int FirstBadUtf8(byte[] octets)
    {
        int at = 0;
        while (at < octets.Length && Rune.DecodeFromUtf8(octets.AsSpan(at), out _, out int used) == System.Buffers.OperationStatus.Done)
        {
            at += used;
        }

        return Math.Min(at, octets.Length - 1);
    }

    private static object? OfList(PyList list, string name) => name switch
    {
        "append" => Method(list, name, (_, a) => Do(() => Grow(list, 1).Add(a.One("list.append")))),
        "clear" => Method(list, name, (_, _) => Do(list.Items.Clear)),
        "extend" => Method(list, name, (process, a) => Do(() => Extend(process, list, a.One("list.extend")))),
        "pop" => Method(list, name, (_, a) => PopItem(list, a)),
        "remove" => Method(list, name, (_, a) => Do(() => list.Items.RemoveAt((int)IndexOf(list.Items, a.One("list.remove"), "list.remove(x): x not in list")))),
        "index" => Method(list, name, (_, a) => IndexOf(list.Items, a.One(name), $"{Py.Repr(a[0])} is not in list")),
        "count" => Method(list, name, (_, a) => new BigInteger(list.Items.Count(item => Py.Equal(item, a.One(name))))),
        "reverse" => Method(list, name, (_, _) => Do(list.Items.Reverse)),
        "copy" => Method(list, name, (_, _) => new PyList([.. list.Items])),
        _ => null,
    };

    private static object Do(Action action)
    {
        action();
        return PyNone.Value;
    }

    private static List<object> Grow(PyList list, int by) => list.Items.Count + by > Py.MaxOctets / 8 ? throw PythonRaise.Memory() : list.Items;

    private static void Extend(PythonProcess process, PyList list, object items)
    {
        var added = new List<object>();
        for (int i = 0; Py.ItemAt(items, i) is { } item; i++)
        {
            added.Add(item);
            Grow(list, added.Count);
        }

        process.Memory.Charge(40L * added.Count);
        list.Items.AddRange(added);
    }

    private static object PopItem(PyList list, PyArguments arguments)
    {
        int at = arguments.Count == 0 ? -1 : Py.CInt(arguments[0]);
        at = at < 0 ? at + list.Items.Count : at;
        if (list.Items.Count == 0 || at < 0 || at >= list.Items.Count)
        {
            throw PythonRaise.Of(PyExceptionType.IndexError, list.Items.Count == 0 ? "pop from empty list" : "pop index out of range");
        }

        object item = list.Items[at];
        list.Items.RemoveAt(at);
        return item;
    }

    private static object ToBytes(BigInteger number, PyArguments arguments)
    {
        int length = Py.CInt(arguments.Find(0, "length") ?? BigInteger.One);
        string order = arguments.Find(1, "byteorder") as string ?? "big";
        byte[] octets = number.ToByteArray(isUnsigned: number.Sign >= 0, isBigEndian: true);
        if (number.Sign < 0 || length < 0 || length > Py.MaxOctets || octets.AsSpan().TrimStart((byte)0).Length > length)
        {
            throw PythonRaise.Of(PyExceptionType.OverflowError, number.Sign < 0 ? "can't convert negative int to unsigned" : "int too big to convert");
        }

        byte[] sized = new byte[length];
        ReadOnlySpan<byte> significant = octets.AsSpan().TrimStart((byte)0);
        significant.CopyTo(sized.AsSpan(length - significant.Length));
        if (order == "little")
        {
            Array.Reverse(sized);
        }

        return new PyBytes(sized);
    }
}

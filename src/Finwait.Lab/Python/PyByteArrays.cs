using System.Numerics;

namespace Finwait.Lab;

/// <summary>bytearray: what it shares with bytes is done there, what changes it is here.</summary>
internal static class PyByteArrays
{
    /// <summary>bytearray(), bytearray(5), bytearray(b"…"), bytearray("…", "utf-8").</summary>
    public static object Create(PythonProcess process, PyArguments arguments)
    {
        var bytes = (PyBytes)((PyClass)process.Builtins["bytes"]).Create(process, arguments);
        return new PyByteArray([.. bytes.Octets]);
    }

    /// <summary>The value, with a bytearray as the bytes it holds.</summary>
    public static object Plain(object value) => value is PyByteArray array ? new PyBytes(array.Octets.ToArray()) : value;

    /// <summary>A method that changes the array; null if there is none of this name.</summary>
    public static object? Find(PyByteArray array, string name) => name switch
    {
        "append" => Method(array, name, a => Do(() => Grow(array, 1).Add(Octet(a.One("bytearray.append"))))),
        "extend" => Method(array, name, a => Do(() => Extend(array, a.One("bytearray.extend")))),
        "clear" => Method(array, name, _ => Do(array.Octets.Clear)),
        "copy" => Method(array, name, _ => new PyByteArray([.. array.Octets])),
        "pop" => Method(array, name, a => Pop(array, a)),
        _ => null,
    };

    /// <summary>Names of the methods that <see cref="Find"/> has.</summary>
    public static IEnumerable<string> Names => ["append", "clear", "copy", "extend", "pop"];

    private static PyBuiltin Method(PyByteArray array, string name, Func<PyArguments, object> body) =>
        new(name, $"<built-in method {name} of bytearray object at 0x7f0000000000>", (process, arguments) =>
        {
            int before = array.Octets.Count;
            object result = body(arguments);
            process.Memory.Charge(Math.Max(0, array.Octets.Count - before));
            return result;
        })
        { Self = array };

    private static object Do(Action action)
    {
        action();
        return PyNone.Value;
    }

    private static List<byte> Grow(PyByteArray array, int by) => (long)array.Octets.Count + by > Py.MaxOctets ? throw PythonRaise.Memory() : array.Octets;

    /// <summary>Puts octets, or items that are octets, behind the last.</summary>
    public static void Extend(PyByteArray array, object items)
    {
        if (Py.AsOctets(items) is { } octets)
        {
            Grow(array, octets.Length).AddRange(octets);
            return;
        }

        for (int i = 0; Py.ItemAt(items, i) is { } item; i++)
        {
            Grow(array, 1).Add(Octet(item));
        }
    }

    private static object Pop(PyByteArray array, PyArguments arguments)
    {
        int at = arguments.Count == 0 ? -1 : Py.CInt(arguments[0]);
        at = at < 0 ? at + array.Octets.Count : at;
        if (array.Octets.Count == 0 || at < 0 || at >= array.Octets.Count)
        {
            throw PythonRaise.Of(PyExceptionType.IndexError, array.Octets.Count == 0 ? "pop from empty bytearray" : "pop index out of range");
        }

        byte octet = array.Octets[at];
        array.Octets.RemoveAt(at);
        return Py.Int(octet);
    }

    private static byte Octet(object value) => Py.Index(value) is var octet && octet >= 0 && octet < 256 ? (byte)octet : throw PythonRaise.Value("byte must be in range(0, 256)");

    /// <summary>array[index] = value, for one octet or a slice of step 1.</summary>
    public static void Set(PyByteArray array, object index, object value)
    {
        if (index is PySlice slice)
        {
            (int start, int length) = Bounds(array, slice);
            byte[] octets = Py.AsOctets(value) ?? throw PythonRaise.Type("can assign only bytes, buffers, or iterables of ints in range(0, 256)");
            Grow(array, Math.Max(0, octets.Length - length));
            array.Octets.RemoveRange(start, length);
            array.Octets.InsertRange(start, octets);
            return;
        }

        array.Octets[At(array, index)] = Octet(value);
    }

    /// <summary>del array[index].</summary>
    public static void Delete(PyByteArray array, object index)
    {
        if (index is PySlice slice)
        {
            (int start, int length) = Bounds(array, slice);
            array.Octets.RemoveRange(start, length);
            return;
        }

        array.Octets.RemoveAt(At(array, index));
    }

    /// <summary>array[index] for one octet.</summary>
    public static object Get(PyByteArray array, object index) => Py.Int(array.Octets[At(array, index)]);

    private static int At(PyByteArray array, object index)
    {
        BigInteger at = Py.AsNumber(index) as BigInteger? ?? throw PythonRaise.Type($"bytearray indices must be integers or slices, not {Py.TypeName(index)}");
        at = at.Sign < 0 ? at + array.Octets.Count : at;
        return at.Sign < 0 || at >= array.Octets.Count ? throw PythonRaise.Of(PyExceptionType.IndexError, "bytearray index out of range") : (int)at;
    }

    private static (int Start, int Length) Bounds(PyByteArray array, PySlice slice)
    {
        if (slice.Step is not PyNone && Py.Index(slice.Step) != 1)
        {
            throw PythonRaise.Type("the lab's Python changes only slices of step 1");
        }

        int start = slice.Start is PyNone ? 0 : Clamp(Py.Index(slice.Start), array.Octets.Count);
        int stop = slice.Stop is PyNone ? array.Octets.Count : Clamp(Py.Index(slice.Stop), array.Octets.Count);
        return (start, Math.Max(0, stop - start));
    }

    private static int Clamp(BigInteger index, int length) => (int)BigInteger.Max(0, BigInteger.Min(index.Sign < 0 ? index + length : index, length));
}

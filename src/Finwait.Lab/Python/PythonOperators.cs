using System.Numerics;

namespace Finwait.Lab;

/// <content>Operators, comparison, indexing and iteration.</content>
internal static partial class Py
{
    /// <summary>No str, bytes or list grows larger than this; a larger one is a MemoryError.</summary>
    public const int MaxOctets = 64 * 1024 * 1024;

    /// <summary>Integers of more bits than this are a MemoryError.</summary>
    private const int MaxBits = 1 << 20;

    private const int MaxCompareDepth = 100;

    /// <summary>Items that one comparison looks at: tuples that hold each other twice have more than there is time for.</summary>
    private const int MaxCompared = 4_000_000;

    public static object Binary(string op, object left, object right)
    {
        if (left is PyByteArray || right is PyByteArray)
        {
            object result = Binary(op, PyByteArrays.Plain(left), PyByteArrays.Plain(right));
            return result is PyBytes octets && !(left is PyBytes) ? new PyByteArray([.. octets.Octets]) : result;
        }

        if (op == "%" && left is string or PyBytes)
        {
            return left is string format ? PythonFormat.Percent(format, right) : throw PythonRaise.Type("the lab's Python does not have % for bytes");
        }

        if (AsNumber(left) is { } a && AsNumber(right) is { } b)
        {
            return a is double || b is double ? FloatBinary(op, ToDouble(a), ToDouble(b), left, right) : IntBinary(op, (BigInteger)a, (BigInteger)b, left, right);
        }

        if (op == "+")
        {
            return Concatenate(left, right);
        }

        if (op == "*")
        {
            return AsNumber(right) is BigInteger times ? Repeat(left, times, right)
                : AsNumber(left) is BigInteger count ? Repeat(right, count, left)
                : IsSequence(left) || IsSequence(right) ? throw PythonRaise.Type($"can't multiply sequence by non-int of type '{TypeName(IsSequence(left) ? right : left)}'") : throw Unsupported(op, left, right);
        }

        throw Unsupported(op, left, right);
    }

    /// <summary>The operator of <c>left += right</c>: as the plain one, except for what it says of types that it does not take.</summary>
    public static object Augment(string op, object left, object right)
    {
        try
        {
            return Binary(op, left, right);
        }
        catch (PythonRaise raise) when (raise.Raised.Type == PyExceptionType.TypeError && raise.Raised.Text.StartsWith(UnsupportedStart, StringComparison.Ordinal))
        {
            throw PythonRaise.Type($"{UnsupportedStart}{op}=: '{TypeName(left)}' and '{TypeName(right)}'");
        }
    }

    private const string UnsupportedStart = "unsupported operand type(s) for ";

    private static bool IsSequence(object value) => value is string or PyBytes or PyTuple or PyList;

    private static PythonRaise Unsupported(string op, object left, object right) =>
        PythonRaise.Type($"{UnsupportedStart}{(op == "**" ? "** or pow()" : op)}: '{TypeName(left)}' and '{TypeName(right)}'");

    /// <summary>The value as BigInteger or double if it is a number, else null.</summary>
    public static object? AsNumber(object value) => value switch
    {
        BigInteger or double => value,
        bool b => b ? BigInteger.One : BigInteger.Zero,
        PyEnum e => new BigInteger(e.Number),
        _ => null,
    };

    private static double ToDouble(object number) => number is double d ? d : (double)(BigInteger)number;

    private static object IntBinary(string op, BigInteger a, BigInteger b, object left, object right)
    {
        switch (op)
        {
            case "+": return Checked(a + b);
            case "-": return Checked(a - b);
            case "*": return a.GetBitLength() + b.GetBitLength() > MaxBits ? throw PythonRaise.Memory() : a * b;
            case "/": return b.IsZero ? throw DivisionByZero("division by zero") : (double)a / (double)b;
            case "//": return b.IsZero ? throw DivisionByZero("integer division or modulo by zero") : FloorDivide(a, b);
            case "%": return b.IsZero ? throw DivisionByZero("integer modulo by zero") : a - (b * FloorDivide(a, b));
            case "&": return a & b;
            case "|": return a | b;
            case "^": return a ^ b;
            case "**":
                return b.Sign < 0 ? (a.IsZero ? throw DivisionByZero("0.0 cannot be raised to a negative power") : Math.Pow((double)a, (double)b)) : Power(a, b);
            case "<<" or ">>":
                if (b.Sign < 0)
                {
                    throw PythonRaise.Value("negative shift count");
                }

                return op == ">>" ? b > MaxBits ? (a.Sign < 0 ? BigInteger.MinusOne : BigInteger.Zero) : a >> (int)b : b > MaxBits || a.GetBitLength() + (int)b > MaxBits ? throw PythonRaise.Memory() : a << (int)b;
            default: throw Unsupported(op, left, right);
        }
    }

    private static object Checked(BigInteger value) => value.GetBitLength() > MaxBits ? throw PythonRaise.Memory() : value;

    private static object Power(BigInteger a, BigInteger b) =>
        b > int.MaxValue || (!a.IsZero && !a.IsOne && a != BigInteger.MinusOne && a.GetBitLength() * (long)b > MaxBits)
            ? a.IsZero || a.IsOne ? a : a == BigInteger.MinusOne ? (b.IsEven ? BigInteger.One : a) : throw PythonRaise.Memory()
            : BigInteger.Pow(a, (int)b);

    private static BigInteger FloorDivide(BigInteger a, BigInteger b)
    {
        BigInteger quotient = BigInteger.DivRem(a, b, out BigInteger remainder);
        return !remainder.IsZero && remainder.Sign != b.Sign ? quotient - 1 : quotient;
    }

    private static PythonRaise DivisionByZero(string message) => PythonRaise.Of(PyExceptionType.ZeroDivisionError, message);

    private static object FloatBinary(string op, double a, double b, object left, object right) => op switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => b == 0 ? throw DivisionByZero("float division by zero") : a / b,
        "//" => b == 0 ? throw DivisionByZero("float floor division by zero") : Math.Floor(a / b),
        "%" => b == 0 ? throw DivisionByZero("float modulo") : a - (b * Math.Floor(a / b)),
        "**" => Math.Pow(a, b),
        _ => throw Unsupported(op, left, right),
    };

    private static object Concatenate(object left, object right)
    {
        switch (left, right)
        {
            case (string a, string b):
                return (long)a.Length + b.Length > MaxOctets ? throw PythonRaise.Memory() : a + b;
            case (PyBytes a, PyBytes b):
                return (long)a.Octets.Length + b.Octets.Length > MaxOctets ? throw PythonRaise.Memory() : new PyBytes([.. a.Octets, .. b.Octets]);
            case (PyTuple a, PyTuple b):
                return (long)a.Items.Length + b.Items.Length > MaxOctets / 8 ? throw PythonRaise.Memory() : new PyTuple([.. a.Items, .. b.Items]);
            case (PyList a, PyList b):
                return (long)a.Items.Count + b.Items.Count > MaxOctets / 8 ? throw PythonRaise.Memory() : new PyList([.. a.Items, .. b.Items]);
            case (string, _):
                throw PythonRaise.Type($"can only concatenate str (not \"{TypeName(right)}\") to str");
            case (PyBytes, _):
                throw PythonRaise.Type($"can't concat {TypeName(right)} to bytes");
            case (PyTuple, _):
                throw PythonRaise.Type($"can only concatenate tuple (not \"{TypeName(right)}\") to tuple");
            case (PyList, _):
                throw PythonRaise.Type($"can only concatenate list (not \"{TypeName(right)}\") to list");
            default:
                throw Unsupported("+", left, right);
        }
    }

    private static object Repeat(object sequence, BigInteger times, object other)
    {
        int length = sequence switch { string s => s.Length, PyBytes b => b.Octets.Length, PyTuple t => t.Items.Length * 8, PyList l => l.Items.Count * 8, _ => -1 };
        if (length < 0)
        {
            throw Unsupported("*", sequence, other);
        }

        int count = times.Sign <= 0 || length == 0 ? 0 : times > MaxOctets || (long)length * (long)times > MaxOctets ? throw PythonRaise.Memory() : (int)times;
        switch (sequence)
        {
            case string s:
                return new string(Repeat(s.AsSpan(), count));
            case PyBytes b:
                return new PyBytes(Repeat<byte>(b.Octets, count));
            case PyTuple t:
                return new PyTuple(Repeat<object>(t.Items, count));
            default:
                return new PyList([.. Repeat<object>(((PyList)sequence).Items.ToArray(), count)]);
        }
    }

    private static T[] Repeat<T>(ReadOnlySpan<T> items, int count)
    {
        T[] repeated = new T[items.Length * count];
        for (int done = 0; done < repeated.Length; done += done == 0 ? items.Length : Math.Min(done, repeated.Length - done))
        {
            (done == 0 ? items : repeated.AsSpan(0, Math.Min(done, repeated.Length - done))).CopyTo(repeated.AsSpan(done));
        }

        return repeated;
    }

    public static object Unary(string op, object operand)
    {
        if (op == "not")
        {
            return Bool(!Truth(operand));
        }

        return (op, AsNumber(operand)) switch
        {
            ("-", BigInteger i) => -i,
            ("+", BigInteger i) => i,
            ("~", BigInteger i) => -i - 1,
            ("-", double d) => -d,
            ("+", double d) => d,
            _ => throw PythonRaise.Type($"bad operand type for unary {op}: '{TypeName(operand)}'"),
        };
    }

    public static bool Equal(object left, object right) => Equal(left, right, 0);

    private static bool Equal(object left, object right, int depth)
    {
        int compared = 0;
        return Equal(PyByteArrays.Plain(left), PyByteArrays.Plain(right), depth, ref compared);
    }

    private static bool Equal(object left, object right, int depth, ref int compared)
    {
        if (depth > MaxCompareDepth || ++compared > MaxCompared)
        {
            throw PythonRaise.Of(PyExceptionType.RecursionError, "maximum recursion depth exceeded in comparison");
        }

        if (AsNumber(left) is { } a && AsNumber(right) is { } b)
        {
            return a is BigInteger x && b is BigInteger y ? x == y : ToDouble(a) == ToDouble(b);
        }

        return (left, right) switch
        {
            (string s, string t) => s == t,
            (PyBytes s, PyBytes t) => s.Octets.AsSpan().SequenceEqual(t.Octets),
            (PyTuple s, PyTuple t) => EqualItems(s.Items, t.Items, depth, ref compared),
            (PyList s, PyList t) => EqualItems(s.Items, t.Items, depth, ref compared),
            (PyRange s, PyRange t) => s == t,
            _ => ReferenceEquals(left, right),
        };
    }

    private static bool EqualItems(IReadOnlyList<object> left, IReadOnlyList<object> right, int depth, ref int compared)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        for (int i = 0; i < left.Count; i++)
        {
            if (!Equal(left[i], right[i], depth + 1, ref compared))
            {
                return false;
            }
        }

        return true;
    }

    public static bool Compare(string op, object left, object right) => op switch
    {
        "==" => Equal(left, right),
        "!=" => !Equal(left, right),
        "is" => Same(left, right),
        "is not" => !Same(left, right),
        "in" => Contains(PyByteArrays.Plain(right), PyByteArrays.Plain(left)),
        "not in" => !Contains(PyByteArrays.Plain(right), PyByteArrays.Plain(left)),
        _ => Ordered(op, Order(op, PyByteArrays.Plain(left), PyByteArrays.Plain(right), 0)),
    };

    private static bool Ordered(string op, int order) => op switch { "<" => order < 0, ">" => order > 0 && order != int.MaxValue, "<=" => order <= 0, _ => order >= 0 && order != int.MaxValue };

    /// <summary>Identity. Small numbers and booleans are the same object in CPython.</summary>
    private static bool Same(object left, object right) => (left, right) switch
    {
        (bool a, bool b) => a == b,
        (BigInteger a, BigInteger b) => a == b,
        (string a, string b) => a == b,
        (PyEnum a, PyEnum b) => a == b,
        _ => ReferenceEquals(left, right),
    };

    /// <summary>Less than, equal or greater than 0; int.MaxValue for "not a number".</summary>
    private static int Order(string op, object left, object right, int depth)
    {
        if (AsNumber(left) is { } a && AsNumber(right) is { } b)
        {
            if (a is BigInteger x && b is BigInteger y)
            {
                return x.CompareTo(y);
            }

            double p = ToDouble(a), q = ToDouble(b);
            return double.IsNaN(p) || double.IsNaN(q) ? int.MaxValue : p.CompareTo(q);
        }

        switch (left, right)
        {
            case (string s, string t):
                return Math.Sign(string.CompareOrdinal(s, t));
            case (PyBytes s, PyBytes t):
                return Math.Sign(s.Octets.AsSpan().SequenceCompareTo(t.Octets));
            case (PyTuple s, PyTuple t):
                return OrderItems(op, s.Items, t.Items, depth);
            case (PyList s, PyList t):
                return OrderItems(op, s.Items, t.Items, depth);
            default:
                throw PythonRaise.Type($"'{op}' not supported between instances of '{TypeName(left)}' and '{TypeName(right)}'");
        }
    }

    private static int OrderItems(string op, IReadOnlyList<object> left, IReadOnlyList<object> right, int depth)
    {
        for (int i = 0; i < left.Count && i < right.Count; i++)
        {
            if (!Equal(left[i], right[i], depth + 1))
            {
                return Order(op, left[i], right[i], depth + 1);
            }
        }

        return left.Count.CompareTo(right.Count);
    }

    private static bool Contains(object container, object item)
    {
        switch (container)
        {
            case string text:
                return item is string part ? text.Contains(part, StringComparison.Ordinal) : throw PythonRaise.Type($"'in <string>' requires string as left operand, not {TypeName(item)}");
            case PyBytes bytes:
                return AsNumber(item) is BigInteger octet
                    ? octet >= 0 && octet < 256 ? bytes.Octets.Contains((byte)octet) : throw PythonRaise.Value("byte must be in range(0, 256)")
                    : item is PyBytes piece ? bytes.Octets.AsSpan().IndexOf(piece.Octets) >= 0 : throw PythonRaise.Type($"a bytes-like object is required, not '{TypeName(item)}'");
            case PyTuple tuple:
                return Array.Exists(tuple.Items, other => Equal(other, item));
            case PyList list:
                return list.Items.Exists(other => Equal(other, item));
            case PyRange range when AsNumber(item) is BigInteger number:
                return (number - range.Start) % range.Step == 0 && (range.Step.Sign > 0 ? number >= range.Start && number < range.Stop : number <= range.Start && number > range.Stop);
            default:
                throw PythonRaise.Type($"argument of type '{TypeName(container)}' is not iterable");
        }
    }

    public static BigInteger RangeLength(PyRange range)
    {
        BigInteger span = range.Step.Sign > 0 ? range.Stop - range.Start : range.Start - range.Stop;
        BigInteger step = BigInteger.Abs(range.Step);
        return span.Sign <= 0 ? BigInteger.Zero : (span + step - 1) / step;
    }

    /// <summary>len().</summary>
    public static BigInteger Length(object value) => value switch
    {
        string s => s.Length,
        PyBytes b => b.Octets.Length,
        PyByteArray a => a.Octets.Count,
        PyTuple t => t.Items.Length,
        PyList l => l.Items.Count,
        PyRange r => RangeLength(r),
        _ => throw PythonRaise.Type($"object of type '{TypeName(value)}' has no len()"),
    };

    /// <summary>What a <c>for</c> loop or an unpacking goes through, one index after the other; null at the end.</summary>
    public static object? ItemAt(object sequence, int index) => sequence switch
    {
        string s => index < s.Length ? s[index].ToString() : null,
        PyBytes b => index < b.Octets.Length ? Int(b.Octets[index]) : null,
        PyByteArray a => index < a.Octets.Count ? Int(a.Octets[index]) : null,
        PyTuple t => index < t.Items.Length ? t.Items[index] : null,
        PyList l => index < l.Items.Count ? l.Items[index] : null,
        PyRange r => index < RangeLength(r) ? r.Start + (index * r.Step) : null,
        _ => throw PythonRaise.Type($"'{TypeName(sequence)}' object is not iterable"),
    };

    /// <summary>a, b = value.</summary>
    public static object[] Unpack(object value, int count)
    {
        if (value is not (string or PyBytes or PyByteArray or PyTuple or PyList or PyRange))
        {
            throw PythonRaise.Type($"cannot unpack non-iterable {TypeName(value)} object");
        }

        object[] items = new object[count];
        for (int i = 0; i < count; i++)
        {
            items[i] = ItemAt(value, i) ?? throw PythonRaise.Value($"not enough values to unpack (expected {count}, got {i})");
        }

        return ItemAt(value, count) is null ? items : throw PythonRaise.Value($"too many values to unpack (expected {count})");
    }

    /// <summary>value[index].</summary>
    public static object Subscript(object value, object index)
    {
        if (value is PyByteArray array)
        {
            return index is PySlice ? new PyByteArray([.. ((PyBytes)Subscript(PyByteArrays.Plain(array), index)).Octets]) : PyByteArrays.Get(array, index);
        }

        if (value is not (string or PyBytes or PyTuple or PyList or PyRange))
        {
            throw PythonRaise.Type($"'{TypeName(value)}' object is not subscriptable");
        }

        if (index is PySlice slice)
        {
            return Slice(value, slice);
        }

        string kind = value switch { PyBytes => "index", PyTuple => "tuple index", PyList => "list index", PyRange => "range object index", _ => "string index" };
        if (AsNumber(index) is not BigInteger at)
        {
            string what = value switch { PyBytes => "byte", PyTuple => "tuple", PyList => "list", PyRange => "range", _ => "string" };
            throw PythonRaise.Type(value is string ? $"string indices must be integers, not '{TypeName(index)}'" : $"{what} indices must be integers or slices, not {TypeName(index)}");
        }

        BigInteger length = Length(value);
        at = at.Sign < 0 ? at + length : at;
        return at.Sign < 0 || at >= length ? throw PythonRaise.Of(PyExceptionType.IndexError, $"{kind} out of range") : ItemAt(value, (int)BigInteger.Min(at, int.MaxValue))!;
    }

    private static object Slice(object value, PySlice slice)
    {
        if (value is PyRange)
        {
            throw PythonRaise.Type("the lab's Python does not have slices of ranges");
        }

        int length = (int)Length(value);
        BigInteger step = slice.Step is PyNone ? BigInteger.One : SliceIndex(slice.Step);
        if (step.IsZero)
        {
            throw PythonRaise.Value("slice step cannot be zero");
        }

        bool forward = step.Sign > 0;
        BigInteger start = slice.Start is PyNone ? (forward ? 0 : length - 1) : Clamp(SliceIndex(slice.Start), length, forward);
        BigInteger stop = slice.Stop is PyNone ? (forward ? length : -1) : Clamp(SliceIndex(slice.Stop), length, forward);
        if (step.IsOne)
        {
            return Part(value, (int)start, (int)BigInteger.Max(0, stop - start));
        }

        var picked = new List<int>();
        for (BigInteger i = start; forward ? i < stop : i > stop; i += step)
        {
            picked.Add((int)i);
        }

        return value switch
        {
            string s => string.Concat(picked.Select(i => s[i])),
            PyBytes b => new PyBytes(picked.Select(i => b.Octets[i]).ToArray()),
            PyTuple t => new PyTuple(picked.Select(i => t.Items[i]).ToArray()),
            _ => new PyList(picked.Select(i => ((PyList)value).Items[i]).ToList()),
        };
    }

    /// <summary>Items that follow each other.</summary>
    private static object Part(object value, int start, int length) => value switch
    {
        string s => length == 0 ? "" : s.Substring(start, length),
        PyBytes b => length == 0 ? new PyBytes([]) : new PyBytes(b.Octets.AsSpan(start, length).ToArray()),
        PyTuple t => length == 0 ? new PyTuple() : new PyTuple(t.Items.AsSpan(start, length).ToArray()),
        _ => length == 0 ? new PyList([]) : new PyList(((PyList)value).Items.GetRange(start, length)),
    };

    private static BigInteger SliceIndex(object value) =>
        AsNumber(value) is BigInteger number ? number : throw PythonRaise.Type("slice indices must be integers or None or have an __index__ method");

    private static BigInteger Clamp(BigInteger index, int length, bool forward)
    {
        index = index.Sign < 0 ? index + length : index;
        return forward ? BigInteger.Max(0, BigInteger.Min(index, length)) : BigInteger.Max(-1, BigInteger.Min(index, length - 1));
    }

    /// <summary>value[index] = item.</summary>
    public static void SetSubscript(object value, object index, object item)
    {
        if (value is PyByteArray array)
        {
            PyByteArrays.Set(array, index, item);
            return;
        }

        if (value is not PyList list)
        {
            throw PythonRaise.Type($"'{TypeName(value)}' object does not support item assignment");
        }

        if (AsNumber(index) is not BigInteger at)
        {
            throw PythonRaise.Type(index is PySlice ? "the lab's Python does not have assignment to slices" : $"list indices must be integers or slices, not {TypeName(index)}");
        }

        at = at.Sign < 0 ? at + list.Items.Count : at;
        if (at.Sign < 0 || at >= list.Items.Count)
        {
            throw PythonRaise.Of(PyExceptionType.IndexError, "list assignment index out of range");
        }

        list.Items[(int)at] = item;
    }

    /// <summary>The octets of bytes or of a bytearray; null for other values.</summary>
    public static byte[]? AsOctets(object value) => value switch { PyBytes bytes => bytes.Octets, PyByteArray array => array.Octets.ToArray(), _ => null };

    /// <summary>The items of a tuple or a list; null for other values.</summary>
    public static object[]? AsSequence(object value) => value switch { PyTuple tuple => tuple.Items, PyList list => list.Items.ToArray(), _ => null };

    /// <summary>An argument that must be an integer.</summary>
    public static BigInteger Index(object value) => AsNumber(value) is BigInteger number ? number : throw PythonRaise.Type($"'{TypeName(value)}' object cannot be interpreted as an integer");

    /// <summary>An argument that must fit a C int.</summary>
    public static int CInt(object value)
    {
        BigInteger number = Index(value);
        return number > int.MaxValue ? throw PythonRaise.Of(PyExceptionType.OverflowError, "signed integer is greater than maximum")
            : number < int.MinValue ? throw PythonRaise.Of(PyExceptionType.OverflowError, "signed integer is less than minimum") : (int)number;
    }
}

using System.Numerics;

namespace Finwait.Lab;

/// <summary>
/// Bounds what one Python process holds. Every new value is charged; when the charges could pass the limit, what is still reachable
/// is measured. So memory is counted without asking the runtime, and the same lines give the same MemoryError.
/// </summary>
internal sealed class PythonMemory(PythonProcess process, PythonInterpreter interpreter)
{
    /// <summary>Octets that the values of one process may take: a larger value, or one more, is a MemoryError.</summary>
    public const long DefaultLimit = 256 * 1024 * 1024;

    /// <summary>A measurement that finds less than this part of the limit free refuses the new value, so that the next one is far away.</summary>
    private const int ReserveParts = 16;

    /// <summary>After a MemoryError small values still find this part of the limit: enough to delete the large ones.</summary>
    private const int SmallParts = 256;

    /// <summary>Values looked at that count as one step of the interpreter.</summary>
    private const int ValuesPerStep = 8;

    /// <summary>Smaller strings and numbers are counted once for each place that holds them.</summary>
    private const int SmallValue = 256;

    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly Stack<object> _open = new();
    private long _live;
    private long _charged;

    /// <summary>See <see cref="DefaultLimit"/>.</summary>
    public long Limit { get; set; } = DefaultLimit;

    /// <summary>Octets of the value itself, without those it refers to. Numbers that CPython keeps ready take none.</summary>
    public static long Size(object value) => value switch
    {
        PyNone or bool or PyModule or PyClass or PyExceptionType or PyEnum => 0,
        BigInteger small when small >= -5 && small <= 256 => 0,
        PyBuiltin or PySocket => 512,
        PyException e => 256 + (128L * e.Trace.Count),
        string s => 32 + (2L * s.Length),
        PyBytes b => 32 + b.Octets.Length,
        PyByteArray a => 32 + a.Octets.Count,
        PyList l => 56 + (8L * l.Items.Count),
        PyTuple t => 40 + (8L * t.Items.Length),
        BigInteger i => 32 + (long)(i.GetBitLength() / 8),
        _ => 48,
    };

    /// <summary>Counts a new value, or what a call added to an old one.</summary>
    /// <exception cref="PythonRaise">MemoryError.</exception>
    public void Charge(long octets)
    {
        _charged += octets;
        if (_charged <= Math.Max(Limit - _live, _live < 2 * Limit ? Limit / SmallParts : 0))
        {
            return;
        }

        _live = Measure();
        _charged = 0;
        if (_live + octets > Limit - (Limit / ReserveParts))
        {
            throw PythonRaise.Memory();
        }
    }

    /// <summary>Sockets that no name and no value reaches any more: Python would have closed them.</summary>
    public List<PySocket> Unreachable(IEnumerable<PySocket> open)
    {
        Walk();
        List<PySocket> lost = open.Where(socket => !_seen.Contains(socket)).ToList();
        Forget();
        return lost;
    }

    private long Measure()
    {
        long octets = Walk();
        Forget();
        return octets;
    }

    private void Forget()
    {
        _seen.Clear();
        _seen.TrimExcess();
        _open.TrimExcess();
    }

    private long Walk()
    {
        long octets = 0;
        long values = 0;
        foreach (object root in process.Globals.Values.Concat(interpreter.Roots))
        {
            octets += Reach(root);
        }

        while (_open.TryPop(out object? next))
        {
            foreach (object inner in Inner(next))
            {
                values++;
                octets += Reach(inner);
            }
        }

        interpreter.Spend(values / ValuesPerStep);

        return octets;
    }

    /// <summary>Counts a value unless it was counted; what it refers to comes later.</summary>
    private long Reach(object value)
    {
        long size = Size(value);
        bool refers = value is PyList or PyTuple or PyBuiltin or PyIterator or PyException or PyFunction or PySlice or PyModule;
        if (!refers && size <= SmallValue && value is not PySocket)
        {
            return size;
        }

        if (!_seen.Add(value))
        {
            return 0;
        }

        if (refers)
        {
            _open.Push(value);
        }

        return size;
    }

    private static IEnumerable<object> Inner(object value) => value switch
    {
        PyList list => list.Items,
        PyTuple tuple => tuple.Items,
        PyBuiltin { Self: { } self } => [self],
        PyIterator iterator => [iterator.Sequence],
        PyException exception => exception.Context is null ? exception.Arguments : [.. exception.Arguments, exception.Context],
        PyFunction function => function.Defaults,
        PySlice slice => [slice.Start, slice.Stop, slice.Step],
        PyModule module => module.Members.Values,
        _ => [],
    };
}

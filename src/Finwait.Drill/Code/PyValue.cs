using System.Globalization;
using System.Numerics;

namespace Finwait.Drill;

/// <summary>A value of the subset of Python that code blocks are read in: whole numbers, fractions, strings, truth values, tuples and lists, None.</summary>
internal sealed class PyValue
{
    private readonly object? _value;

    private PyValue(object? value) => _value = value;

    public static PyValue None { get; } = new(null);

    public static PyValue Of(long value) => new((BigInteger)value);

    /// <summary>A whole number of any size, as Python has them.</summary>
    public static PyValue Of(BigInteger value) => new(value);

    public static PyValue Of(double value) => new(value);

    public static PyValue Of(string value) => new(value);

    public static PyValue Of(bool value) => new(value);

    public static PyValue Of(IReadOnlyList<PyValue> items) => new(items);

    public bool IsNone => _value is null;

    public bool IsText => _value is string;

    public string Text => (string)_value!;

    public IReadOnlyList<PyValue>? Items => _value as IReadOnlyList<PyValue>;

    public bool IsWhole => _value is BigInteger or bool;

    public bool IsNumber => _value is BigInteger or double or bool;

    public BigInteger Whole => _value is bool b ? b ? 1 : 0 : (BigInteger)_value!;

    public double Fraction => _value is double d ? d : (double)Whole;

    public bool IsTrue => _value switch
    {
        null => false,
        bool b => b,
        BigInteger n => !n.IsZero,
        double d => d != 0,
        string s => s.Length > 0,
        IReadOnlyList<PyValue> items => items.Count > 0,
        _ => true,
    };

    public bool IsEqual(PyValue other)
    {
        if (IsNumber && other.IsNumber)
        {
            return IsWhole && other.IsWhole ? Whole == other.Whole : Fraction == other.Fraction;
        }

        if (Items is { } a && other.Items is { } b)
        {
            return a.Count == b.Count && a.Zip(b).All(pair => pair.First.IsEqual(pair.Second));
        }

        return Equals(_value, other._value);
    }

    /// <summary>As print() shows it.</summary>
    public override string ToString() => _value switch
    {
        null => "None",
        bool b => b ? "True" : "False",
        double d => d == Math.Floor(d) && Math.Abs(d) < 1e16 ? d.ToString("F1", CultureInfo.InvariantCulture) : d.ToString("R", CultureInfo.InvariantCulture),
        string s => s,
        IReadOnlyList<PyValue> items => "(" + string.Join(", ", items.Select(item => item.IsText ? $"'{item}'" : item.ToString())) + ")",
        BigInteger n => n.ToString(CultureInfo.InvariantCulture),
        var other => Convert.ToString(other, CultureInfo.InvariantCulture)!,
    };
}

using System.Text;
using System.Text.RegularExpressions;

namespace Finwait.Inspect;

/// <summary>A part of a display filter: holds for a packet or not.</summary>
internal abstract class DisplayTest
{
    public abstract bool Holds(PacketFields packet);
}

/// <summary>Both tests hold.</summary>
internal sealed class BothTest(DisplayTest left, DisplayTest right) : DisplayTest
{
    public override bool Holds(PacketFields packet) => left.Holds(packet) && right.Holds(packet);
}

/// <summary>One of two tests holds, or both.</summary>
internal sealed class EitherTest(DisplayTest left, DisplayTest right) : DisplayTest
{
    public override bool Holds(PacketFields packet) => left.Holds(packet) || right.Holds(packet);
}

/// <summary>The contrary of a test.</summary>
internal sealed class NotTest(DisplayTest inner) : DisplayTest
{
    public override bool Holds(PacketFields packet) => !inner.Holds(packet);
}

/// <summary>The packet has the field, or one of its masked values is not 0.</summary>
internal sealed class ExistenceTest(DisplayOperand operand) : DisplayTest
{
    public override bool Holds(PacketFields packet) => operand.Mask is null ? operand.Values(packet).Any() : operand.Values(packet).Any(value => value.Number != 0);
}

/// <summary>A comparison. With several values on a side it holds if one pair does; <c>!=</c> needs all pairs.</summary>
internal sealed class ComparisonTest(DisplayComparison how, DisplayOperand left, DisplayOperand right) : DisplayTest
{
    public override bool Holds(PacketFields packet)
    {
        DisplayValue[] ours = [.. left.Values(packet)], theirs = [.. right.Values(packet)];
        bool needsAll = how is DisplayComparison.AllDiffer or DisplayComparison.AllEqual;
        return ours.Length > 0 && theirs.Length > 0
            && (needsAll ? ours.All(a => theirs.All(b => Compare(a, b))) : ours.Any(a => theirs.Any(b => Compare(a, b))));
    }

    private bool Compare(in DisplayValue a, in DisplayValue b)
    {
        int order = a.OrderTo(b);
        return how switch
        {
            DisplayComparison.Equal or DisplayComparison.AllEqual => order == 0,
            DisplayComparison.AllDiffer or DisplayComparison.AnyDiffers => order != 0,
            DisplayComparison.Less => order < 0,
            DisplayComparison.LessOrEqual => order <= 0,
            DisplayComparison.Greater => order > 0,
            _ => order >= 0,
        };
    }
}

/// <summary>How two values are compared.</summary>
internal enum DisplayComparison
{
    Equal,
    AllEqual,
    AllDiffer,
    AnyDiffers,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>One of the values is in a set of values and ranges.</summary>
internal sealed class SetTest(DisplayOperand operand, IReadOnlyList<(DisplayValue Low, DisplayValue High)> set) : DisplayTest
{
    public override bool Holds(PacketFields packet) => operand.Values(packet).Any(value => set.Any(range => value.OrderTo(range.Low) >= 0 && value.OrderTo(range.High) <= 0));
}

/// <summary>One of the values contains some octets.</summary>
internal sealed class ContainsTest(DisplayOperand operand, byte[] part) : DisplayTest
{
    public override bool Holds(PacketFields packet) => operand.Values(packet).Any(value => value.Octets.Span.IndexOf(part) >= 0);
}

/// <summary>A pattern is found in one of the values, taken octet by octet as characters.</summary>
internal sealed class PatternTest(DisplayOperand operand, Regex pattern) : DisplayTest
{
    public override bool Holds(PacketFields packet) => operand.Values(packet).Any(value => pattern.IsMatch(Encoding.Latin1.GetString(value.Octets.Span)));
}

/// <summary>A value: a number, or octets.</summary>
/// <param name="Number">The number; of an address all its bits.</param>
/// <param name="Octets">The octets, where these are compared.</param>
/// <param name="Ignored">How many low bits do not count: an address with a prefix length.</param>
internal readonly record struct DisplayValue(UInt128 Number, ReadOnlyMemory<byte> Octets, int Ignored = 0)
{
    /// <summary>Which comes first; 0 if they are equal as far as both count.</summary>
    public int OrderTo(in DisplayValue other)
    {
        if (!Octets.IsEmpty || !other.Octets.IsEmpty)
        {
            return Octets.Span.SequenceCompareTo(other.Octets.Span);
        }

        int ignored = Math.Max(Ignored, other.Ignored);
        return ignored >= 128 ? 0 : (Number >> ignored).CompareTo(other.Number >> ignored);
    }
}

/// <summary>A side of a comparison: a field of the packet, perhaps a part of its octets, or a constant.</summary>
internal sealed class DisplayOperand
{
    /// <summary>The field; null for a constant.</summary>
    public FieldInfo? Field { get; init; }

    /// <summary>The constant's value.</summary>
    public DisplayValue Constant { get; init; }

    /// <summary>Which of the field's octets are meant; null for the whole field.</summary>
    public DisplaySlice? Slice { get; init; }

    /// <summary>The bits that count; null for all.</summary>
    public UInt128? Mask { get; init; }

    /// <summary>True if octets are compared, not a number.</summary>
    public bool HasOctets => Slice is not null || Field?.Kind is FieldKind.Part or FieldKind.Octets;

    /// <summary>The values that a packet has for it.</summary>
    public IEnumerable<DisplayValue> Values(PacketFields packet)
    {
        if (Field is null)
        {
            yield return Constant;
            yield break;
        }

        foreach (PacketField field in packet.Find(Field))
        {
            if (!HasOctets)
            {
                yield return new DisplayValue(Mask is { } mask ? field.Value & mask : field.Value, default);
                continue;
            }

            ReadOnlyMemory<byte> octets = OctetsOf(field, packet);
            if (Slice is not { } slice)
            {
                yield return new DisplayValue(0, octets);
            }
            else if (slice.Of(octets) is { IsEmpty: false } part)
            {
                yield return new DisplayValue(0, part);
            }
        }
    }

    /// <summary>The octets of a field; a header's with all that it carries, unless a part of it is asked for.</summary>
    private ReadOnlyMemory<byte> OctetsOf(PacketField field, PacketFields packet)
    {
        int begin = Math.Min(field.At, packet.Octets.Length);
        int end = Field!.Kind == FieldKind.Part && Slice is null ? packet.Octets.Length : Math.Min(begin + field.Length, packet.Octets.Length);
        return packet.Octets.AsMemory(begin, end - begin);
    }
}

/// <summary>Some octets of a field: from one place, so many. Places below 0 count from the end.</summary>
/// <param name="From">The first.</param>
/// <param name="Length">How many; null for all up to the end.</param>
internal readonly record struct DisplaySlice(int From, int? Length)
{
    /// <summary>These octets; empty if the field has not all of them.</summary>
    public ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> octets)
    {
        int from = From < 0 ? octets.Length + From : From;
        int length = Length ?? octets.Length - from;
        return from < 0 || length < 0 || from + length > octets.Length ? default : octets.Slice(from, length);
    }
}

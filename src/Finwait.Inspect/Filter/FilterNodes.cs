namespace Finwait.Inspect;

/// <summary>A condition of a filter.</summary>
internal abstract class FilterNode
{
    public static FilterNode And(FilterNode left, FilterNode right) => new FilterPair(left, right, isAnd: true);

    public static FilterNode Or(FilterNode left, FilterNode right) => new FilterPair(left, right, isAnd: false);

    public static FilterNode Not(FilterNode inner) => new FilterNot(inner);

    /// <summary>A condition that never holds.</summary>
    public static FilterNode Never { get; } = new FilterConstant(false);

    /// <summary>A condition that always holds.</summary>
    public static FilterNode Always { get; } = new FilterConstant(true);

    /// <summary>Octets at a fixed place are a number.</summary>
    /// <remarks>No bit compared is no octet read: the packet need not be that long.</remarks>
    public static FilterNode Is(int offset, int size, uint value, uint mask = uint.MaxValue) => mask == 0 && value == 0 ? Always :
        new FilterTest(new FilterInstruction { Op = FilterOp.Match, Offset = offset, Size = (byte)size, Value = value, Mask = mask, Comparison = FilterComparison.Equal });

    /// <summary>Octets at a fixed place, or behind the IPv4 header, compare with a number.</summary>
    public static FilterNode Compare(FilterOp place, int offset, int size, FilterComparison comparison, uint value, uint mask = uint.MaxValue, int header = 0) =>
        new FilterTest(new FilterInstruction { Op = place, Offset = offset, Size = (byte)size, Value = value, Mask = mask, Comparison = comparison, Header = header });
}

internal sealed class FilterPair(FilterNode left, FilterNode right, bool isAnd) : FilterNode
{
    public FilterNode Left => left;

    public FilterNode Right => right;

    public bool IsAnd => isAnd;
}

internal sealed class FilterNot(FilterNode inner) : FilterNode
{
    public FilterNode Inner => inner;
}

internal sealed class FilterConstant(bool value) : FilterNode
{
    public bool Value => value;
}

/// <summary>A condition that is one instruction.</summary>
internal sealed class FilterTest(FilterInstruction instruction) : FilterNode
{
    public FilterInstruction Instruction => instruction;
}

/// <summary>A comparison of two calculated numbers.</summary>
internal sealed class FilterRelation(FilterNumber left, FilterComparison comparison, FilterNumber right) : FilterNode
{
    public FilterNumber Left => left;

    public FilterNumber Right => right;

    public FilterComparison Comparison => comparison;
}

/// <summary>A number that is known, read from the packet, or calculated.</summary>
internal abstract class FilterNumber
{
    /// <summary>What must hold before the number can be read, such as that there is a TCP header at all; null for nothing.</summary>
    public FilterNode? Guard { get; init; }

    /// <summary>Registers needed to calculate it.</summary>
    public abstract int Registers { get; }
}

internal sealed class FilterKnown(uint value) : FilterNumber
{
    public uint Value => value;

    public override int Registers => 1;
}

internal sealed class FilterPacketLength : FilterNumber
{
    public override int Registers => 1;
}

/// <summary>Octets of the packet.</summary>
internal sealed class FilterLoad(bool behindIpHeader, int header, int offset, FilterNumber index, int size) : FilterNumber
{
    public bool BehindIpHeader => behindIpHeader;

    /// <summary>Where the IP header is.</summary>
    public int Header => header;

    public int Offset => offset;

    public FilterNumber Index => index;

    public int Size => size;

    public override int Registers => index.Registers;
}

internal sealed class FilterCalculation(FilterOp op, FilterNumber left, FilterNumber? right) : FilterNumber
{
    public FilterOp Op => op;

    public FilterNumber Left => left;

    public FilterNumber? Right => right;

    public override int Registers => right is null ? left.Registers : Math.Max(left.Registers, right.Registers + 1);
}

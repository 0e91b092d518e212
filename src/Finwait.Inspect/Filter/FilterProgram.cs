using System.Buffers.Binary;

namespace Finwait.Inspect;

/// <summary>What one instruction of a filter does.</summary>
internal enum FilterOp : byte
{
    /// <summary>Ends: the packet is wanted.</summary>
    Accept,

    /// <summary>Ends: it is not.</summary>
    Reject,

    /// <summary>Compares octets at a fixed place.</summary>
    Match,

    /// <summary>Compares octets at a fixed place behind the IPv4 header, whose length the header tells.</summary>
    MatchTransport,

    /// <summary>Compares the packet's length.</summary>
    MatchLength,

    /// <summary>Walks over IPv4 or IPv6 headers until one names the protocol wanted.</summary>
    ProtocolChain,

    /// <summary>Compares two registers.</summary>
    Compare,

    /// <summary>Sets a register to a number.</summary>
    Constant,

    /// <summary>Sets a register to the packet's length.</summary>
    Length,

    /// <summary>Loads octets from a fixed place, plus a register.</summary>
    Load,

    /// <summary>The same from a place behind the IPv4 header.</summary>
    LoadTransport,

    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
    Negate,
}

/// <summary>How a value is compared; all numbers are unsigned.</summary>
internal enum FilterComparison : byte
{
    Equal,
    Greater,
    GreaterOrEqual,
    AnyBit,
}

/// <summary>One instruction. Jumps go forward only, so that every program ends.</summary>
internal struct FilterInstruction
{
    public FilterOp Op;
    public FilterComparison Comparison;

    /// <summary>Octets to load: 1, 2 or 4.</summary>
    public byte Size;

    /// <summary>The register that is set, or the left one compared.</summary>
    public byte Target;

    /// <summary>The other register.</summary>
    public byte Source;

    /// <summary>Where the octets are.</summary>
    public int Offset;

    /// <summary>Where the IP header is, for places behind it.</summary>
    public int Header;

    /// <summary>Taken from the value before it is compared.</summary>
    public uint Mask;

    /// <summary>What it is compared with.</summary>
    public uint Value;

    /// <summary>Next instruction if the comparison holds, and after instructions that compare nothing.</summary>
    public int OnTrue;

    /// <summary>Next instruction if it does not.</summary>
    public int OnFalse;
}

/// <summary>Runs a compiled filter. A load beyond the captured octets rejects the packet, as it does in BPF.</summary>
/// <param name="code">The instructions.</param>
/// <param name="entry">The first one.</param>
internal sealed class FilterProgram(FilterInstruction[] code, int entry)
{
    public const int Registers = 16;

    private readonly uint[] _registers = new uint[Registers];

    public int Length => code.Length;

    /// <summary>False if no packet can pass.</summary>
    public bool CanAccept => FilterReach.CanReach(code, entry, FilterOp.Accept);

    /// <summary>False if every packet passes, one too short to be looked at included.</summary>
    public bool CanReject => FilterReach.CanReach(code, entry, FilterOp.Reject);

    public bool Run(ReadOnlySpan<byte> data, uint length)
    {
        FilterInstruction[] program = code;
        int at = entry;
        while (true)
        {
            ref FilterInstruction instruction = ref program[at];
            uint value;
            switch (instruction.Op)
            {
                case FilterOp.Accept:
                    return true;
                case FilterOp.Reject:
                    return false;
                case FilterOp.Match:
                    if (!Load(data, (uint)instruction.Offset, instruction.Size, out value))
                    {
                        return false;
                    }

                    break;
                case FilterOp.MatchTransport:
                    if (!TryHeaderLength(data, instruction.Header, out uint headerLength) || !Load(data, (ulong)(uint)instruction.Offset + headerLength, instruction.Size, out value))
                    {
                        return false;
                    }

                    break;
                case FilterOp.MatchLength:
                    value = length;
                    break;
                case FilterOp.ProtocolChain:
                    if (!ProtocolChains.Find(data, instruction.Header, instruction.Size == 6, (byte)instruction.Value, out bool found))
                    {
                        return false;
                    }

                    at = found ? instruction.OnTrue : instruction.OnFalse;
                    continue;
                case FilterOp.Compare:
                    value = _registers[instruction.Target];
                    at = Holds(instruction.Comparison, value, _registers[instruction.Source]) ? instruction.OnTrue : instruction.OnFalse;
                    continue;
                default:
                    if (!Calculate(instruction, data, length))
                    {
                        return false;
                    }

                    at = instruction.OnTrue;
                    continue;
            }

            at = Holds(instruction.Comparison, value & instruction.Mask, instruction.Value) ? instruction.OnTrue : instruction.OnFalse;
        }
    }

    private static bool Holds(FilterComparison comparison, uint left, uint right) => comparison switch
    {
        FilterComparison.Equal => left == right,
        FilterComparison.Greater => left > right,
        FilterComparison.GreaterOrEqual => left >= right,
        _ => (left & right) != 0,
    };

    private static bool Load(ReadOnlySpan<byte> data, ulong offset, int size, out uint value)
    {
        value = 0;
        if (offset + (uint)size > (uint)data.Length)
        {
            return false;
        }

        int at = (int)offset;
        value = size switch
        {
            1 => data[at],
            2 => BinaryPrimitives.ReadUInt16BigEndian(data[at..]),
            _ => BinaryPrimitives.ReadUInt32BigEndian(data[at..]),
        };
        return true;
    }

    private static bool TryHeaderLength(ReadOnlySpan<byte> data, int header, out uint length)
    {
        length = 0;
        if ((uint)header >= (uint)data.Length)
        {
            return false;
        }

        length = (uint)(data[header] & 0xF) * 4;
        return true;
    }

    private bool Calculate(in FilterInstruction instruction, ReadOnlySpan<byte> data, uint length)
    {
        ref uint target = ref _registers[instruction.Target];
        uint other = _registers[instruction.Source];
        switch (instruction.Op)
        {
            case FilterOp.Constant:
                target = instruction.Value;
                return true;
            case FilterOp.Length:
                target = length;
                return true;
            case FilterOp.Load:
                return Load(data, (ulong)(uint)instruction.Offset + target, instruction.Size, out target);
            case FilterOp.LoadTransport:
                return TryHeaderLength(data, instruction.Header, out uint headerLength)
                    && Load(data, (ulong)(uint)instruction.Offset + unchecked(target + headerLength), instruction.Size, out target);
            case FilterOp.Divide or FilterOp.Modulo:
                if (other == 0)
                {
                    return false;
                }

                target = instruction.Op == FilterOp.Divide ? target / other : target % other;
                return true;
            case FilterOp.Negate:
                target = unchecked(0 - target);
                return true;
            default:
                target = FilterArithmetic.Apply(instruction.Op, target, other);
                return true;
        }
    }
}

/// <summary>The operations that cannot fail.</summary>
internal static class FilterArithmetic
{
    private const int WordBits = 32;

    public static uint Apply(FilterOp op, uint left, uint right) => unchecked(op switch
    {
        FilterOp.Add => left + right,
        FilterOp.Subtract => left - right,
        FilterOp.Multiply => left * right,
        FilterOp.And => left & right,
        FilterOp.Or => left | right,
        FilterOp.Xor => left ^ right,
        FilterOp.ShiftLeft => right < WordBits ? left << (int)right : 0,
        _ => right < WordBits ? left >> (int)right : 0,
    });
}

using System.Buffers.Binary;

namespace Finwait.Capture;

/// <summary>How the time stamps of one pcapng interface count.</summary>
internal readonly struct PcapngInterface
{
    private const ushort EndOfOptions = 0;
    private const ushort ResolutionOption = 9;
    private const ushort OffsetOption = 14;
    private const byte BinaryResolution = 0x80;

    private PcapngInterface(ulong unitsPerSecond, long offsetSeconds)
    {
        UnitsPerSecond = unitsPerSecond;
        OffsetSeconds = offsetSeconds;
    }

    /// <summary>Time stamp units in a second; a million by default.</summary>
    public ulong UnitsPerSecond { get; }

    /// <summary>Seconds to add to every time stamp.</summary>
    public long OffsetSeconds { get; }

    /// <summary>Reads the options of an interface description; returns the fault, or null.</summary>
    public static string? TryRead(ReadOnlySpan<byte> options, bool bigEndian, out PcapngInterface description)
    {
        ulong units = 1_000_000;
        long offset = 0;
        bool hasResolution = false;
        bool hasOffset = false;
        description = default;
        while (options.Length > 0)
        {
            if (options.Length < 4)
            {
                return TooShort;
            }

            ushort code = U16(options, bigEndian);
            ushort length = U16(options[2..], bigEndian);
            int padded = (length + 3) & ~3;
            options = options[4..];
            if (padded > options.Length)
            {
                return TooShort;
            }

            ReadOnlySpan<byte> value = options[..length];
            options = options[padded..];
            if (code == EndOfOptions)
            {
                if (length != 0)
                {
                    return $"Interface Description Block has opt_endofopt option with length {length} != 0";
                }

                break;
            }

            string? error = code switch
            {
                ResolutionOption => ReadResolution(value, ref hasResolution, ref units),
                OffsetOption => ReadOffset(value, bigEndian, ref hasOffset, ref offset),
                _ => null,
            };
            if (error is not null)
            {
                return error;
            }
        }

        description = new(units, offset);
        return null;
    }

    /// <summary>Turns a time stamp into seconds and nanoseconds.</summary>
    public void Convert(ulong time, out long seconds, out long nanoseconds)
    {
        ulong fraction = time % UnitsPerSecond;
        seconds = unchecked((long)(time / UnitsPerSecond) + OffsetSeconds);
        nanoseconds = UnitsPerSecond switch
        {
            1_000_000 => (long)fraction * 1000,
            1_000_000_000 => (long)fraction,
            _ => (long)((UInt128)fraction * 1_000_000_000 / UnitsPerSecond),
        };
    }

    private const string TooShort = "block of type 1 in pcapng dump file is too short";

    private static string? ReadResolution(ReadOnlySpan<byte> value, ref bool seen, ref ulong units)
    {
        if (value.Length != 1)
        {
            return $"Interface Description Block has if_tsresol option with length {value.Length} != 1";
        }

        if (seen)
        {
            return "Interface Description Block has more than one if_tsresol option";
        }

        seen = true;
        int exponent = value[0] & ~BinaryResolution;
        if ((value[0] & BinaryResolution) != 0)
        {
            if (exponent > 63)
            {
                return $"Interface Description Block if_tsresol option resolution 2^-{exponent} is too high";
            }

            units = 1UL << exponent;
            return null;
        }

        if (exponent > 19)
        {
            return $"Interface Description Block if_tsresol option resolution 10^-{exponent} is too high";
        }

        units = 1;
        for (int i = 0; i < exponent; i++)
        {
            units *= 10;
        }

        return null;
    }

    private static string? ReadOffset(ReadOnlySpan<byte> value, bool bigEndian, ref bool seen, ref long offset)
    {
        if (value.Length != 8)
        {
            return $"Interface Description Block has if_tsoffset option with length {value.Length} != 8";
        }

        if (seen)
        {
            return "Interface Description Block has more than one if_tsoffset option";
        }

        seen = true;
        offset = bigEndian ? BinaryPrimitives.ReadInt64BigEndian(value) : BinaryPrimitives.ReadInt64LittleEndian(value);
        return null;
    }

    private static ushort U16(ReadOnlySpan<byte> octets, bool bigEndian) => bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(octets) : BinaryPrimitives.ReadUInt16LittleEndian(octets);
}

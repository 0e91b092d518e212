using System.Buffers.Binary;

namespace Finwait.Inspect;

/// <summary>Options of the IPv4 header (RFC 791 §3.1, RFC 2113).</summary>
internal static class Ipv4OptionsPrinter
{
    private const byte EndOfList = 0;
    private const byte NoOperation = 1;
    private const byte RecordRoute = 7;
    private const byte Timestamp = 68;
    private const byte LooseRoute = 131;
    private const byte StrictRoute = 137;
    private const byte RouterAlert = 148;

    /// <summary>How the options ended.</summary>
    public enum End
    {
        /// <summary>All printed.</summary>
        Whole,

        /// <summary>Octets of an option are missing, which was said.</summary>
        Cut,

        /// <summary>Octets are missing between two options.</summary>
        Missing,
    }

    /// <summary>Prints the options.</summary>
    /// <param name="context">Shared.</param>
    /// <param name="options">From the first option on, as captured.</param>
    /// <param name="length">Octets of options by the header.</param>
    public static End Print(PrintContext context, ReadOnlySpan<byte> options, int length)
    {
        TextBuffer output = context.Out;
        bool first = true;
        while (length > 0)
        {
            if (!first)
            {
                output.Append(',');
            }

            first = false;
            if (options.IsEmpty)
            {
                return End.Missing;
            }

            byte code = options[0];
            PrintName(output, code);
            int size = 1;
            if (code is not (EndOfList or NoOperation))
            {
                if (options.Length < 2)
                {
                    return End.Missing;
                }

                size = options[1];
                if (size < 2 || size > length)
                {
                    PrintBadLength(output, size);
                    return End.Whole;
                }
            }

            if (options.Length < size || !PrintValue(context, code, options, size))
            {
                output.Append(" [truncated-option]"u8);
                return End.Cut;
            }

            if (code == EndOfList)
            {
                return End.Whole;
            }

            options = options[size..];
            length -= size;
        }

        return End.Whole;
    }

    private static void PrintName(TextBuffer output, byte code)
    {
        ReadOnlySpan<byte> name = code switch
        {
            EndOfList => "EOL"u8,
            NoOperation => "NOP"u8,
            RecordRoute => "RR"u8,
            Timestamp => "timestamp"u8,
            82 => "traceroute"u8,
            130 => "security"u8,
            LooseRoute => "LSRR"u8,
            StrictRoute => "SSRR"u8,
            RouterAlert => "RA"u8,
            _ => default,
        };
        output.Append(name);
        if (name.IsEmpty)
        {
            output.Append("unknown "u8);
            output.AppendDecimal((uint)code);
        }
    }

    private static void PrintBadLength(TextBuffer output, int length)
    {
        output.Append(" [bad length "u8);
        output.AppendDecimal(length);
        output.Append(']');
    }

    /// <summary>Prints an option's value; what a wrong length leaves out is taken from the octets behind. False if there are none.</summary>
    private static bool PrintValue(PrintContext context, byte code, ReadOnlySpan<byte> option, int length)
    {
        TextBuffer output = context.Out;
        switch (code)
        {
            case Timestamp:
                return PrintTimestamps(context, option, length);
            case RecordRoute or LooseRoute or StrictRoute:
                return PrintRoute(context, option, length);
            case RouterAlert when length < 4:
                PrintBadLength(output, length);
                return true;
            case RouterAlert:
                uint value = BinaryPrimitives.ReadUInt16BigEndian(option[2..]);
                if (value != 0)
                {
                    output.Append(" value "u8);
                    output.AppendDecimal(value);
                }

                return true;
            default:
                return true;
        }
    }

    private static bool PrintRoute(PrintContext context, ReadOnlySpan<byte> option, int length)
    {
        TextBuffer output = context.Out;
        if (length < 3)
        {
            PrintBadLength(output, length);
            return true;
        }

        if (((length + 1) & 3) != 0)
        {
            PrintBadLength(output, length);
        }

        uint pointer = unchecked((uint)option[2] - 1);
        if (pointer < 3 || ((pointer + 1) & 3) != 0 || pointer > (uint)length + 1)
        {
            output.Append(" [bad ptr "u8);
            output.AppendDecimal((uint)option[2]);
            output.Append(']');
        }

        for (int at = 3; at < length; at += 4)
        {
            if (at + 4 > option.Length)
            {
                return false;
            }

            output.Append(' ');
            context.PrintV4(option[at..]);
            if (pointer > at)
            {
                output.Append(',');
            }
        }

        return true;
    }

    private static bool PrintTimestamps(PrintContext context, ReadOnlySpan<byte> option, int length)
    {
        TextBuffer output = context.Out;
        if (length < 4)
        {
            output.Append("[bad length "u8);
            output.AppendDecimal(length);
            output.Append(']');
            return true;
        }

        output.Append(" TS{"u8);
        int kind = option[3] & 0xF;
        int size = kind != 0 ? 8 : 4;
        if (((length - 4) & (size - 1)) != 0)
        {
            output.Append("[bad length "u8);
            output.AppendDecimal(length);
            output.Append(']');
        }

        int pointer = option[2] - 1;
        if (pointer < 4 || ((pointer - 4) & (size - 1)) != 0 || pointer > length + 1)
        {
            output.Append("[bad ptr "u8);
            output.AppendDecimal((uint)option[2]);
            output.Append(']');
        }

        int at = 0;
        if (kind is 0 or 1 or 3)
        {
            output.Append(kind == 0 ? "TSONLY"u8 : kind == 1 ? "TS+ADDR"u8 : "PRESPEC"u8);
            if (!PrintHops(context, option, length, size, pointer, out at))
            {
                return false;
            }
        }
        else
        {
            output.Append("[bad ts type "u8);
            output.AppendDecimal(kind);
            output.Append(']');
        }

        output.Append(pointer == at ? " ^ "u8 : default);
        if (option[3] >> 4 != 0)
        {
            output.Append(" ["u8);
            output.AppendDecimal((uint)option[3] >> 4);
            output.Append(" hops not recorded]} "u8);
        }
        else
        {
            output.Append('}');
        }

        return true;
    }

    private static bool PrintHops(PrintContext context, ReadOnlySpan<byte> option, int length, int size, int pointer, out int at)
    {
        TextBuffer output = context.Out;
        for (at = 4; at < length; at += size)
        {
            if (at + size > option.Length)
            {
                return false;
            }

            output.Append(pointer == at ? " ^ "u8 : " "u8);
            output.AppendDecimal(BinaryPrimitives.ReadUInt32BigEndian(option[(at + size - 4)..]));
            output.Append('@');
            if (size == 8)
            {
                context.PrintV4(option[at..]);
            }
        }

        return true;
    }
}

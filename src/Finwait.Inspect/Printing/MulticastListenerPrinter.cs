using System.Buffers.Binary;

namespace Finwait.Inspect;

/// <summary>Multicast listener discovery, versions 1 (RFC 2710) and 2 (RFC 3810).</summary>
internal static class MulticastListenerPrinter
{
    private const int Version1Length = 24;
    private const int Version2QueryLength = 28;
    private const int RecordLength = 20;

    /// <summary>Prints what follows the message's name; false if octets are missing.</summary>
    public static bool Print(PrintContext context, ReadOnlySpan<byte> data, int length, byte type)
    {
        switch (type)
        {
            case 130 when length >= Version2QueryLength:
                context.Out.Append(" v2"u8);
                return PrintQuery(context, data, length);
            case 130 when length != Version1Length:
                context.Out.Append(" unknown-version (len "u8);
                context.Out.AppendDecimal(length);
                context.Out.Append(") "u8);
                return true;
            case 143:
                return PrintReport(context, data, length);
            default:
                return PrintVersion1(context, data);
        }
    }

    private static bool PrintVersion1(PrintContext context, ReadOnlySpan<byte> data)
    {
        if (data.Length < Version1Length)
        {
            return true; // nothing is said of the missing address
        }

        context.Out.Append("max resp delay: "u8);
        context.Out.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(data[4..]));
        context.Out.Append(" addr: "u8);
        return context.PrintV6(data[8..]);
    }

    private static bool PrintQuery(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        TextBuffer output = context.Out;
        if (data.Length < 6)
        {
            return false;
        }

        if (context.Verbosity > 0)
        {
            uint delay = BinaryPrimitives.ReadUInt16BigEndian(data[4..]);
            output.Append(" [max resp delay="u8);
            output.AppendDecimal(delay < 32768 ? delay : ((delay & 0x0FFF) | 0x1000) << (int)((delay >> 12 & 7) + 3));
            output.Append(']');
        }

        if (data.Length < 24)
        {
            return false;
        }

        output.Append(" [gaddr "u8);
        context.PrintV6(data[8..]);
        if (context.Verbosity > 0)
        {
            if (data.Length < 25)
            {
                return false;
            }

            output.Append((data[24] & 8) != 0 ? " sflag"u8 : default);
            if ((data[24] & 7) != 0)
            {
                output.Append(" robustness="u8);
                output.AppendDecimal((uint)data[24] & 7);
            }

            if (data.Length < 26)
            {
                return false;
            }

            uint interval = data[25];
            output.Append(" qqi="u8);
            output.AppendDecimal(interval < 128 ? interval : ((interval & 0x0F) | 0x10) << (int)((interval >> 4 & 7) + 3));
        }

        if (data.Length < Version2QueryLength)
        {
            return false;
        }

        int sources = BinaryPrimitives.ReadUInt16BigEndian(data[26..]);
        if (sources > 0)
        {
            if (length < Version2QueryLength + (sources * 16))
            {
                output.Append(" [invalid number of sources]"u8);
            }
            else if (context.Verbosity > 1)
            {
                if (!PrintSources(context, data, Version2QueryLength, sources))
                {
                    return false;
                }
            }
            else
            {
                output.Append(", "u8);
                output.AppendDecimal(sources);
                output.Append(" source(s)"u8);
            }
        }

        output.Append(']');
        return true;
    }

    private static bool PrintSources(PrintContext context, ReadOnlySpan<byte> data, int at, int count)
    {
        context.Out.Append(" {"u8);
        for (int i = 0; i < count; i++)
        {
            if (data.Length < at + 16)
            {
                return false;
            }

            context.Out.Append(' ');
            context.PrintV6(data[at..]);

            at += 16;
        }

        context.Out.Append(" }"u8);
        return true;
    }

    private static bool PrintReport(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        TextBuffer output = context.Out;
        if (length < 8)
        {
            output.Append(" [invalid len "u8);
            output.AppendDecimal(length);
            output.Append(']');
            return true;
        }

        if (data.Length < 8)
        {
            return false;
        }

        int groups = BinaryPrimitives.ReadUInt16BigEndian(data[6..]);
        output.Append(", "u8);
        output.AppendDecimal(groups);
        output.Append(" group record(s)"u8);
        if (context.Verbosity == 0)
        {
            return true;
        }

        int at = 8;
        for (int i = 0; i < groups; i++)
        {
            if (length < at + RecordLength)
            {
                output.Append(" [invalid number of groups]"u8);
                return true;
            }

            if (data.Length < at + RecordLength)
            {
                return false;
            }

            int sources = BinaryPrimitives.ReadUInt16BigEndian(data[(at + 2)..]);
            PrintRecordHead(context, data[at..]);
            if (length < at + RecordLength + (sources * 16))
            {
                output.Append(" [invalid number of sources "u8);
                output.AppendDecimal(sources);
                output.Append(']');
                return true;
            }

            if (context.Verbosity == 1)
            {
                output.Append(", "u8);
                output.AppendDecimal(sources);
                output.Append(" source(s)"u8);
            }
            else if (!PrintSources(context, data, at + RecordLength, sources))
            {
                return false;
            }

            at += RecordLength + (sources * 16);
            output.Append(']');
        }

        return true;
    }

    private static void PrintRecordHead(PrintContext context, ReadOnlySpan<byte> record)
    {
        TextBuffer output = context.Out;
        output.Append(" [gaddr "u8);
        context.PrintV6(record[4..]);
        output.Append(' ');
        ReadOnlySpan<byte> name = record[0] switch
        {
            1 => "is_in"u8,
            2 => "is_ex"u8,
            3 => "to_in"u8,
            4 => "to_ex"u8,
            5 => "allow"u8,
            6 => "block"u8,
            _ => default,
        };
        output.Append(name);
        if (name.IsEmpty)
        {
            output.Append(" [v2-report-#"u8);
            output.AppendDecimal((uint)record[0]);
            output.Append(']');
        }
    }
}

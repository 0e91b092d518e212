using System.Buffers.Binary;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>IGMP, versions 1 to 3 (RFC 1112, RFC 2236, RFC 9776).</summary>
internal static class IgmpPrinter
{
    public static bool Print(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        context.Protocol = ProtocolTag.Igmp;
        TextBuffer output = context.Out;
        if (context.Quietness > 0)
        {
            output.Append("igmp"u8);
            return true;
        }

        if (data.IsEmpty)
        {
            return false;
        }

        if (!PrintMessage(context, data, length))
        {
            return false;
        }

        if (context.Verbosity > 0 && data.Length >= length && length >= 4 && InternetChecksum.Fold(InternetChecksum.Sum(data[..length])) != 0)
        {
            output.Append(" bad igmp cksum "u8);
            output.AppendHex(BinaryPrimitives.ReadUInt16BigEndian(data[2..]), 1);
            output.Append('!');
        }

        return true;
    }

    private static bool PrintMessage(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        TextBuffer output = context.Out;
        switch (data[0])
        {
            case 0x11:
                output.Append("igmp query"u8);
                return length >= 12 ? PrintQuery3(context, data, length) : PrintQuery(context, data, length);
            case 0x12:
                return PrintGroup(context, "igmp v1 report "u8, data, length);
            case 0x16:
                return PrintGroup(context, "igmp v2 report "u8, data, 8);
            case 0x17:
                return PrintGroup(context, "igmp leave "u8, data, 8);
            case 0x22:
                output.Append("igmp v3 report"u8);
                return PrintReport3(context, data, length);
            default:
                output.Append("igmp-"u8);
                output.AppendDecimal((uint)data[0]);
                return true;
        }
    }

    private static bool PrintGroup(PrintContext context, ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, int length)
    {
        if (data.Length < 8)
        {
            return false;
        }

        context.Out.Append(name);
        context.PrintV4(data[4..]);
        PrintOddLength(context.Out, length);
        return true;
    }

    private static void PrintOddLength(TextBuffer output, int length)
    {
        if (length != 8)
        {
            output.Append(" [len "u8);
            output.AppendDecimal(length);
            output.Append(']');
        }
    }

    private static bool PrintQuery(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        TextBuffer output = context.Out;
        if (data.Length < 2)
        {
            return false;
        }

        if (data[1] == 0)
        {
            output.Append(" v1"u8);
        }
        else
        {
            output.Append(" v2"u8);
            if (data[1] != 100)
            {
                output.Append(" [max resp time "u8);
                output.AppendDecimal((uint)data[1]);
                output.Append(']');
            }
        }

        if (data.Length < 8)
        {
            return false;
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(data[4..]) != 0)
        {
            output.Append(" [gaddr "u8);
            context.PrintV4(data[4..]);
            output.Append(']');
        }

        PrintOddLength(output, length);
        return true;
    }

    private static bool PrintQuery3(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        TextBuffer output = context.Out;
        output.Append(" v3"u8);
        if ((length & 3) != 0)
        {
            output.Append(" [invalid len "u8);
            output.AppendDecimal(length);
            output.Append(']');
            return true;
        }

        if (data.Length < 2)
        {
            return false;
        }

        PrintResponseTime(output, data[1]);
        if (data.Length < 8)
        {
            return false;
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(data[4..]) == 0)
        {
            return true;
        }

        output.Append(" [gaddr "u8);
        context.PrintV4(data[4..]);
        if (data.Length < 12)
        {
            return false;
        }

        int sources = BinaryPrimitives.ReadUInt16BigEndian(data[10..]);
        if (sources > 0)
        {
            if (length < 12 + (sources * 4))
            {
                output.Append(" [invalid number of sources]"u8);
            }
            else if (context.Verbosity > 1)
            {
                if (!PrintSources(context, data, 12, sources))
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

    private static void PrintResponseTime(TextBuffer output, byte code)
    {
        uint time = code < 128 ? code : (uint)((code & 0x0F) | 0x10) << ((code >> 4 & 7) + 3);
        if (time == 100)
        {
            return;
        }

        output.Append(" [max resp time "u8);
        if (time < 600)
        {
            output.AppendDecimal(time / 10);
            output.Append('.');
            output.AppendDecimal(time % 10);
            output.Append("s]"u8);
            return;
        }

        uint seconds = time / 10;
        output.AppendDecimal(seconds / 60);
        output.Append('m');
        if (seconds % 60 != 0)
        {
            output.AppendDecimal(seconds % 60);
            output.Append('s');
        }

        output.Append(']');
    }

    private static bool PrintSources(PrintContext context, ReadOnlySpan<byte> data, int at, int count)
    {
        context.Out.Append(" {"u8);
        for (int i = 0; i < count; i++)
        {
            if (data.Length < at + 4)
            {
                return false;
            }

            context.Out.Append(' ');
            context.PrintV4(data[at..]);

            at += 4;
        }

        context.Out.Append(" }"u8);
        return true;
    }

    private static bool PrintReport3(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        TextBuffer output = context.Out;
        if (length < 16 || (length & 3) != 0)
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
            if (length < at + 8)
            {
                output.Append(" [invalid number of groups]"u8);
                return true;
            }

            if (data.Length < at + 8)
            {
                return false;
            }

            if (!PrintRecord(context, data, length, ref at, out bool done))
            {
                return false;
            }

            if (done)
            {
                return true;
            }
        }

        return true;
    }

    private static bool PrintRecord(PrintContext context, ReadOnlySpan<byte> data, int length, ref int at, out bool done)
    {
        TextBuffer output = context.Out;
        done = false;
        ReadOnlySpan<byte> record = data[at..];
        int sources = BinaryPrimitives.ReadUInt16BigEndian(record[2..]);
        output.Append(" [gaddr "u8);
        context.PrintV4(record[4..]);
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
            output.Append(" [v3-report-#"u8);
            output.AppendDecimal((uint)record[0]);
            output.Append(']');
        }

        if (length < at + 8 + (sources * 4))
        {
            output.Append(" [invalid number of sources "u8);
            output.AppendDecimal(sources);
            output.Append(']');
            done = true;
            return true;
        }

        if (context.Verbosity == 1)
        {
            output.Append(", "u8);
            output.AppendDecimal(sources);
            output.Append(" source(s)"u8);
        }
        else if (!PrintSources(context, data, at + 8, sources))
        {
            return false;
        }

        at += 8 + (sources * 4);
        output.Append(']');
        return true;
    }
}

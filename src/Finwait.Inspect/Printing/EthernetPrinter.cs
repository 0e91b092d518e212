using System.Buffers.Binary;

namespace Finwait.Inspect;

/// <summary>Ethernet II and 802.3 frames, with any number of VLAN tags.</summary>
internal static class EthernetPrinter
{
    private const int HeaderLength = 14;
    /// <summary>Numbers up to here are lengths or kinds of frames; those above are types.</summary>
    public const int LargestLengthField = 1500;

    private const ushort JumboType = 0x8870;

    public static bool Print(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        context.Protocol = ProtocolTag.Ethernet;
        if (data.Length < HeaderLength)
        {
            context.LinkHeaderLength = data.Length;
            context.PrintTruncated();
            return true;
        }

        if (context.LinkHeader)
        {
            PrintAddresses(context, data);
        }

        bool lengthPrinted = false;
        int at = HeaderLength;
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(data[12..]);
        while (type is 0x8100 or 0x88A8 or 0x9100 or 0x9200)
        {
            if (data.Length - at < 4)
            {
                context.Protocol = ProtocolTag.Vlan;
                context.LinkHeaderLength = data.Length;
                context.PrintTruncated();
                return true;
            }

            if (context.LinkHeader)
            {
                PrintTag(context, type, BinaryPrimitives.ReadUInt16BigEndian(data[at..]), length, ref lengthPrinted);
            }

            type = BinaryPrimitives.ReadUInt16BigEndian(data[(at + 2)..]);
            at += 4;
        }

        context.LinkHeaderLength = at;
        return PrintTyped(context, data, data[at..], length, type, lengthPrinted);
    }

    /// <summary>What stands behind the last tag: a length and 802.2, or a type.</summary>
    private static bool PrintTyped(PrintContext context, ReadOnlySpan<byte> data, ReadOnlySpan<byte> payload, int length, ushort type, bool lengthPrinted)
    {
        TextBuffer output = context.Out;
        int payloadLength = length - (data.Length - payload.Length);
        if (type <= LargestLengthField)
        {
            return PrintLlc(context, data, payload, Math.Min(type, payloadLength), lengthPrinted);
        }

        if (type == JumboType)
        {
            if (context.LinkHeader && lengthPrinted)
            {
                PrintType(context, type);
                output.Append(", "u8);
            }

            return LlcPrinter.PrintFrame(context, payload, payloadLength, data);
        }

        if (context.LinkHeader)
        {
            PrintType(context, type);
            if (lengthPrinted)
            {
                output.Append(", "u8);
            }
            else
            {
                PrintLength(output, length);
            }
        }

        return PrintPayload(context, data, payload, payloadLength, type, length);
    }

    /// <summary>A frame whose type field is a length (IEEE 802.3).</summary>
    private static bool PrintLlc(PrintContext context, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> payload, int payloadLength, bool lengthPrinted)
    {
        if (context.LinkHeader)
        {
            context.Out.Append("802.3"u8);
            if (!lengthPrinted)
            {
                PrintLength(context.Out, payloadLength);
            }
        }

        return LlcPrinter.PrintFrame(context, payload[..Math.Min(payload.Length, payloadLength)], payloadLength, frame);
    }

    private static bool PrintPayload(PrintContext context, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> payload, int payloadLength, ushort type, int length)
    {
        if (!LinkPrinter.PrintNetwork(context, type, payload, payloadLength, out bool known))
        {
            return false;
        }

        if (!known)
        {
            if (!context.LinkHeader)
            {
                PrintAddresses(context, frame);
                PrintType(context, type);
                PrintLength(context.Out, length);
            }

            LinkPrinter.PrintDefault(context, payload);
        }

        return true;
    }

    /// <summary>"SOURCE > DESTINATION, " of a frame.</summary>
    private static void PrintAddresses(PrintContext context, ReadOnlySpan<byte> frame)
    {
        context.Names.AppendMac(context.Out, frame[6..]);
        context.Out.Append(" > "u8);
        context.Names.AppendMac(context.Out, frame);
        context.Out.Append(", "u8);
    }

    /// <summary>"ethertype NAME (0xHHHH)".</summary>
    public static void PrintType(PrintContext context, ushort type)
    {
        ReadOnlySpan<byte> name = NumberNames.EtherType(type);
        TextBuffer output = context.Out;
        if (context.Quietness == 0)
        {
            output.Append("ethertype "u8);
            output.Append(name.IsEmpty ? "Unknown"u8 : name);
            output.Append(" (0x"u8);
            output.AppendHex(type, 4);
            output.Append(')');
        }
        else if (name.IsEmpty)
        {
            output.Append("Unknown Ethertype (0x"u8);
            output.AppendHex(type, 4);
            output.Append(')');
        }
        else
        {
            output.Append(name);
        }
    }

    private static void PrintLength(TextBuffer output, int length)
    {
        output.Append(", length "u8);
        output.AppendDecimal(length);
        output.Append(": "u8);
    }

    private static void PrintTag(PrintContext context, ushort type, ushort tag, int length, ref bool lengthPrinted)
    {
        TextBuffer output = context.Out;
        PrintType(context, type);
        if (lengthPrinted)
        {
            output.Append(", "u8);
        }
        else
        {
            PrintLength(output, length);
            lengthPrinted = true;
        }

        output.Append("vlan "u8);
        output.AppendDecimal((uint)(tag & 0xFFF));
        output.Append(", p "u8);
        output.AppendDecimal((uint)(tag >> 13));
        output.Append((tag & 0x1000) != 0 ? ", DEI, "u8 : ", "u8);
    }
}

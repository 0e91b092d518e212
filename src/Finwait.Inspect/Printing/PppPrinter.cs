using System.Buffers.Binary;

namespace Finwait.Inspect;

/// <summary>PPP (RFC 1661): finds IPv4, IPv6 and the first line of control protocols; others are named by number.</summary>
internal static class PppPrinter
{
    public static bool Print(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        context.Protocol = ProtocolTag.Ppp;
        if (data.Length < 4)
        {
            context.LinkHeaderLength = data.Length;
            context.PrintTruncated();
            return true;
        }

        TextBuffer output = context.Out;
        int at = data[0] == 0xFF && data[1] == 0x03 ? 2 : 0;
        int protocol = data[at];
        int size = 1;
        if (protocol % 2 == 0)
        {
            // An odd first octet is a compressed protocol field.
            protocol = BinaryPrimitives.ReadUInt16BigEndian(data[at..]);
            size = 2;
        }

        at += size;
        if (context.LinkHeader)
        {
            PrintProtocol(output, protocol);
            output.Append(", length "u8);
            output.AppendDecimal(length);
            output.Append(": "u8);
        }

        context.LinkHeaderLength = at;
        switch (protocol)
        {
            case 0x0021:
                return Ipv4Printer.Print(context, data[at..], length - at);
            case 0x0057:
                return Ipv6Printer.Print(context, data[at..], length - at);
            case 0xC021 or 0x8021 or 0x8057 or 0x80FD when data.Length >= at + 4 && length >= at + 4:
                PrintControl(context, data[at..], length - at, protocol);
                return true;
            default:
                output.Append(context.LinkHeader ? default : "PPP, "u8);
                PrintProtocol(output, protocol);
                LinkPrinter.PrintDefault(context, data[at..]);
                return true;
        }
    }

    /// <summary>The first line of a control protocol (RFC 1661 §5); its options are not shown.</summary>
    private static void PrintControl(PrintContext context, ReadOnlySpan<byte> data, int length, int protocol)
    {
        TextBuffer output = context.Out;
        output.Append(protocol switch
        {
            0xC021 => "LCP, "u8,
            0x8021 => "IPCP, "u8,
            0x8057 => "IP6CP, "u8,
            _ => "CCP, "u8,
        });
        output.Append(data[0] switch
        {
            0 => "Vend-Ext"u8,
            1 => "Conf-Request"u8,
            2 => "Conf-Ack"u8,
            3 => "Conf-Nack"u8,
            4 => "Conf-Reject"u8,
            5 => "Term-Request"u8,
            6 => "Term-Ack"u8,
            7 => "Code-Reject"u8,
            8 => "Prot-Reject"u8,
            9 => "Echo-Request"u8,
            10 => "Echo-Reply"u8,
            11 => "Disc-Req"u8,
            12 => "Ident"u8,
            13 => "Time-Remaining"u8,
            14 => "Reset-Req"u8,
            15 => "Reset-Ack"u8,
            _ => "Unknown Opcode"u8,
        });
        output.Append(" (0x"u8);
        output.AppendHex(data[0], 2);
        output.Append("), id "u8);
        output.AppendDecimal((uint)data[1]);
        output.Append(", length "u8);
        output.AppendDecimal(length + 2);
        if (context.Verbosity > 0)
        {
            int encoded = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
            output.Append("\n\tencoded length "u8);
            output.AppendDecimal(encoded);
            output.Append(" (=Option(s) length "u8);
            output.AppendDecimal(encoded - 4);
            output.Append(')');
        }
    }

    private static void PrintProtocol(TextBuffer output, int protocol)
    {
        ReadOnlySpan<byte> name = protocol switch
        {
            0x0021 => "IP"u8,
            0x0057 => "IP6"u8,
            0x8021 => "IPCP"u8,
            0x8057 => "IP6CP"u8,
            0xC021 => "LCP"u8,
            0xC023 => "PAP"u8,
            0xC223 => "CHAP"u8,
            _ => "unknown"u8,
        };
        output.Append(name);
        output.Append(" (0x"u8);
        output.AppendHex((uint)protocol, 4);
        output.Append(')');
    }
}

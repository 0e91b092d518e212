using System.Buffers.Binary;

namespace Finwait.Inspect;

/// <summary>PPP (RFC 1661): finds IPv4 and IPv6; other protocols are named by number.</summary>
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
            default:
                output.Append(context.LinkHeader ? default : "PPP, "u8);
                PrintProtocol(output, protocol);
                LinkPrinter.PrintDefault(context, data[at..]);
                return true;
        }
    }

    private static void PrintProtocol(TextBuffer output, int protocol)
    {
        ReadOnlySpan<byte> name = protocol switch
        {
            0x0021 => "IP"u8,
            0x0057 => "IPv6"u8,
            0x8021 => "IPCP"u8,
            0x8057 => "IPv6CP"u8,
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

using System.Buffers.Binary;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>IPv6 (RFC 8200) with its extension headers.</summary>
internal static class Ipv6Printer
{
    private const int HeaderLength = 40;
    private const int MaximumDepth = 32;

    public static bool Print(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        context.Protocol = ProtocolTag.Ip6;
        TextBuffer output = context.Out;
        if (data.Length < HeaderLength)
        {
            return PrintShort(context, data);
        }

        if (length < HeaderLength)
        {
            output.Append("truncated-ip6 "u8);
            output.AppendDecimal(length);
            return true;
        }

        if (!context.LinkHeader)
        {
            output.Append("IP6 "u8);
        }

        if (data[0] >> 4 != 6)
        {
            output.Append("version error: "u8);
            output.AppendDecimal((uint)data[0] >> 4);
            output.Append(" != 6"u8);
            return true;
        }

        int payloadLength = BinaryPrimitives.ReadUInt16BigEndian(data[4..]);
        int total = payloadLength + HeaderLength;
        if (length < total)
        {
            output.Append("truncated-ip6 - "u8);
            output.AppendDecimal(total - length);
            output.Append(" bytes missing!"u8);
            total = length;
        }

        byte next = data[6];
        if (context.Verbosity > 0)
        {
            PrintHeader(output, data, payloadLength, next);
        }

        if (data.Length > total)
        {
            data = data[..total];
        }

        if (context.Depth >= MaximumDepth)
        {
            output.Append("..."u8);
            return true;
        }

        context.Depth++;
        bool whole = PrintBody(context, data, total, next);
        context.Depth--;
        return whole;
    }

    private static bool PrintShort(PrintContext context, ReadOnlySpan<byte> data)
    {
        _ = data;
        context.PrintTruncated();
        return true;
    }

    private static void PrintHeader(TextBuffer output, ReadOnlySpan<byte> data, int payloadLength, byte next)
    {
        uint flow = BinaryPrimitives.ReadUInt32BigEndian(data);
        output.Append('(');
        if ((flow & 0x0FF0_0000) != 0)
        {
            output.Append("class 0x"u8);
            output.AppendHex(flow >> 20 & 0xFF, 2);
            output.Append(", "u8);
        }

        if ((flow & 0x000F_FFFF) != 0)
        {
            output.Append("flowlabel 0x"u8);
            output.AppendHex(flow & 0x000F_FFFF, 5);
            output.Append(", "u8);
        }

        output.Append("hlim "u8);
        output.AppendDecimal((uint)data[7]);
        output.Append(", next-header "u8);
        output.Append(NumberNames.IpProtocol(next));
        output.Append(" ("u8);
        output.AppendDecimal((uint)next);
        output.Append(") payload length: "u8);
        output.AppendDecimal(payloadLength);
        output.Append(") "u8);
    }

    private static bool PrintBody(PrintContext context, ReadOnlySpan<byte> data, int length, byte next)
    {
        int advance = HeaderLength;
        int at = 0;
        bool fragmented = false;
        while (at < data.Length && advance > 0)
        {
            if (length < advance)
            {
                context.PrintTruncated();
                return true;
            }

            at += advance;
            length -= advance;
            ReadOnlySpan<byte> rest = at < data.Length ? data[at..] : default;
            if (at == HeaderLength && next is not (IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp or IpDispatch.Dccp))
            {
                context.PrintAddresses(data, ": "u8);
            }

            switch (next)
            {
                case IpProtocol.HopByHop:
                    advance = Ipv6ExtensionsPrinter.PrintOptions(context, rest, "HBH "u8, ProtocolTag.HopByHop);
                    break;
                case IpProtocol.DestinationOptions:
                    advance = Ipv6ExtensionsPrinter.PrintOptions(context, rest, "DSTOPT "u8, ProtocolTag.DestinationOptions);
                    break;
                case IpProtocol.Fragment:
                    fragmented = true;
                    advance = Ipv6ExtensionsPrinter.PrintFragment(context, rest, BinaryPrimitives.ReadUInt16BigEndian(data[4..]), at);
                    break;
                case IpProtocol.Routing:
                    advance = Ipv6ExtensionsPrinter.PrintRouting(context, rest);
                    break;
                default:
                    return IpDispatch.Print(context, rest, length, data, fragmented, data[7], next);
            }

            if (advance == Ipv6ExtensionsPrinter.Cut)
            {
                return false;
            }

            if (advance == Ipv6ExtensionsPrinter.Done)
            {
                return true;
            }

            next = rest[0];
        }

        return true;
    }
}

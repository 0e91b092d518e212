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
            return PrintShort(context);
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
        byte next = data[6];

        // A length of zero in front of hop-by-hop options may mean a jumbogram, whose length stands there.
        bool isJumbogram = payloadLength == 0 && next == IpProtocol.HopByHop;
        int total = payloadLength + HeaderLength;
        if (!isJumbogram)
        {
            PrintMissing(output, total, length);
        }

        if (context.Verbosity > 0)
        {
            PrintHeader(output, data, payloadLength, next);
        }

        if (context.Depth >= MaximumDepth)
        {
            output.Append("..."u8);
            return true;
        }

        // Octets behind the packet, such as Ethernet padding, belong to nobody.
        if (payloadLength != 0 && data.Length > total)
        {
            data = data[..total];
        }

        context.Depth++;
        bool whole = PrintBody(context, data, isJumbogram ? length : total, length);
        context.Depth--;
        return whole;
    }

    private static void PrintMissing(TextBuffer output, long total, int length)
    {
        if (length < total)
        {
            output.Append("truncated-ip6 - "u8);
            output.AppendDecimal((uint)(total - length));
            output.Append(" bytes missing!"u8);
        }
    }

    private static bool PrintShort(PrintContext context)
    {
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

    /// <summary>The extension headers and what follows them.</summary>
    /// <param name="context">Shared.</param>
    /// <param name="data">From the header on.</param>
    /// <param name="length">Octets of the packet by its own length.</param>
    /// <param name="outerLength">Octets of the packet by the header in front.</param>
    private static bool PrintBody(PrintContext context, ReadOnlySpan<byte> data, int length, int outerLength)
    {
        int advance = HeaderLength;
        int at = 0;
        bool fragmented = false;
        long missing = 0;
        byte next = data[6];
        uint? jumboLength = BinaryPrimitives.ReadUInt16BigEndian(data[4..]);
        while (at < data.Length && advance > 0)
        {
            at += advance;
            length -= advance;
            ReadOnlySpan<byte> rest = at < data.Length ? data[at..] : default;
            if (at == HeaderLength && next is not (IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp))
            {
                context.PrintAddresses(data, ": "u8);
            }

            if (next is not (IpProtocol.HopByHop or IpProtocol.DestinationOptions or IpProtocol.Fragment or IpProtocol.Routing))
            {
                if (length < 0)
                {
                    context.Protocol = ProtocolTag.Ip6;
                    context.PrintTruncated();
                    return true;
                }

                PrintMissing(context.Out, missing, outerLength);
                return IpDispatch.Print(context, rest[..Math.Min(rest.Length, length)], length, data, fragmented, data[7], next);
            }

            if (rest.IsEmpty && next == IpProtocol.Routing)
            {
                context.Protocol = ProtocolTag.Ip6;
                context.PrintTruncated();
                return true;
            }

            advance = PrintExtension(context, data, at, next, ref jumboLength);
            if (advance == Ipv6ExtensionsPrinter.Cut)
            {
                return false;
            }

            if (next == IpProtocol.Fragment)
            {
                fragmented = true;
                if (advance > 0 && rest.Length <= advance)
                {
                    return true;
                }
            }

            bool isJumbogram = next == IpProtocol.HopByHop && BinaryPrimitives.ReadUInt16BigEndian(data[4..]) == 0;
            if (isJumbogram && jumboLength is not > 0)
            {
                context.Out.Append("[No valid Jumbo Payload Hop-by-Hop option found]"u8);
                context.PrintInvalid();
                return true;
            }

            if (advance == Ipv6ExtensionsPrinter.Done)
            {
                return true;
            }

            next = rest[0];
            if (next == IpProtocol.HopByHop)
            {
                context.Out.Append(data[6] == IpProtocol.HopByHop ? "[The Hop-by-Hop Options header was already found]"u8 : "[The Hop-by-Hop Options header don't follow the IPv6 header]"u8);
                context.PrintInvalid();
                return true;
            }

            if (isJumbogram)
            {
                missing = (long)jumboLength!.Value + HeaderLength;
                length = (int)Math.Min(jumboLength.Value, int.MaxValue);
            }
        }

        return true;
    }

    private static int PrintExtension(PrintContext context, ReadOnlySpan<byte> data, int at, byte kind, ref uint? jumboLength)
    {
        ReadOnlySpan<byte> rest = at < data.Length ? data[at..] : default;
        switch (kind)
        {
            case IpProtocol.HopByHop:
                return Ipv6ExtensionsPrinter.PrintOptions(context, rest, ref jumboLength);
            case IpProtocol.DestinationOptions:
                uint? none = null;
                return Ipv6ExtensionsPrinter.PrintOptions(context, rest, ref none);
            case IpProtocol.Fragment:
                return Ipv6ExtensionsPrinter.PrintFragment(context, rest, BinaryPrimitives.ReadUInt16BigEndian(data[4..]), at);
            default:
                return Ipv6ExtensionsPrinter.PrintRouting(context, rest);
        }
    }
}

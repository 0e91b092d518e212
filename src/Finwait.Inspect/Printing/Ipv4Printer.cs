using System.Buffers.Binary;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>IPv4 (RFC 791).</summary>
internal static class Ipv4Printer
{
    private const int HeaderLength = 20;
    private const int MoreFragments = 0x2000;
    private const int DontFragment = 0x4000;
    private const int Reserved = 0x8000;
    private const int OffsetMask = 0x1FFF;

    /// <summary>Packets nested deeper than this are not followed.</summary>
    private const int MaximumDepth = 32;

    public static bool Print(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        context.Protocol = ProtocolTag.Ip;
        if (data.IsEmpty)
        {
            return false;
        }

        TextBuffer output = context.Out;
        int version = data[0] >> 4;
        if (version != 4)
        {
            if (version == 6)
            {
                output.Append("IP6, wrong link-layer encapsulation"u8);
            }
            else
            {
                output.Append("IP"u8);
                output.AppendDecimal(version);
            }

            context.PrintInvalid();
            return true;
        }

        if (!context.LinkHeader)
        {
            output.Append("IP "u8);
        }

        if (data.Length < HeaderLength)
        {
            context.PrintTruncated();
            return true;
        }

        if (length < HeaderLength)
        {
            output.Append("truncated-ip "u8);
            output.AppendDecimal(length);
            return true;
        }

        int headerLength = (data[0] & 0xF) * 4;
        if (headerLength < HeaderLength)
        {
            output.Append("bad-hlen "u8);
            output.AppendDecimal(headerLength);
            return true;
        }

        return PrintSized(context, data, length, headerLength);
    }

    private static bool PrintSized(PrintContext context, ReadOnlySpan<byte> data, int length, int headerLength)
    {
        TextBuffer output = context.Out;
        int total = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        if (length < total)
        {
            output.Append("truncated-ip - "u8);
            output.AppendDecimal(total - length);
            output.Append(" bytes missing! "u8);
        }

        if (total < headerLength)
        {
            output.Append("bad-len "u8);
            output.AppendDecimal(total);
            return true;
        }

        // Octets behind the packet, such as Ethernet padding, belong to nobody.
        if (data.Length > total)
        {
            data = data[..total];
        }

        if (context.Verbosity > 0)
        {
            Ipv4OptionsPrinter.End options = PrintHeader(context, data, headerLength);
            if (options == Ipv4OptionsPrinter.End.Missing)
            {
                return false;
            }

            if (options == Ipv4OptionsPrinter.End.Cut)
            {
                context.PrintAddresses(data, ": "u8);
                context.PrintTruncated();
                return true;
            }
        }

        return PrintBody(context, data, headerLength, total - headerLength);
    }

    private static Ipv4OptionsPrinter.End PrintHeader(PrintContext context, ReadOnlySpan<byte> data, int headerLength)
    {
        TextBuffer output = context.Out;
        int tos = data[1];
        output.Append("(tos 0x"u8);
        output.AppendHex((uint)tos, 1);
        output.Append((tos & 3) switch
        {
            1 => ",ECT(1)"u8,
            2 => ",ECT(0)"u8,
            3 => ",CE"u8,
            _ => default,
        });

        if (data[8] > 0)
        {
            output.Append(", ttl "u8);
            output.AppendDecimal((uint)data[8]);
        }

        int fragment = BinaryPrimitives.ReadUInt16BigEndian(data[6..]);
        output.Append(", id "u8);
        output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(data[4..]));
        output.Append(", offset "u8);
        output.AppendDecimal((uint)(fragment & OffsetMask) * 8);
        output.Append(", flags ["u8);
        PrintFlags(output, fragment);
        output.Append("], proto "u8);
        output.Append(NumberNames.IpProtocol(data[9]));
        output.Append(" ("u8);
        output.AppendDecimal((uint)data[9]);
        output.Append("), length "u8);
        output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(data[2..]));
        Ipv4OptionsPrinter.End end = Ipv4OptionsPrinter.End.Whole;
        if (headerLength > HeaderLength)
        {
            output.Append(", options ("u8);
            end = Ipv4OptionsPrinter.Print(context, data[HeaderLength..], headerLength - HeaderLength);
            if (end == Ipv4OptionsPrinter.End.Missing)
            {
                return end;
            }

            output.Append(')');
        }

        if (!context.SkipChecksums && data.Length >= headerLength)
        {
            ushort found = BinaryPrimitives.ReadUInt16BigEndian(data[10..]);
            if (Checksums.IsWrong(InternetChecksum.Sum(data[..headerLength]), found, out ushort right))
            {
                output.Append(", bad cksum "u8);
                output.AppendHex(found, 1);
                output.Append(" (->"u8);
                output.AppendHex(right, 1);
                output.Append(")!"u8);
            }
        }

        output.Append(")\n    "u8);
        return end;
    }

    private static void PrintFlags(TextBuffer output, int fragment)
    {
        int start = output.Length;
        if ((fragment & MoreFragments) != 0)
        {
            output.Append('+');
        }

        if ((fragment & DontFragment) != 0)
        {
            output.Append(output.Length > start ? ", DF"u8 : "DF"u8);
        }

        if ((fragment & Reserved) != 0)
        {
            output.Append(output.Length > start ? ", rsvd"u8 : "rsvd"u8);
        }

        if (output.Length == start)
        {
            output.Append("none"u8);
        }
    }

    private static bool PrintBody(PrintContext context, ReadOnlySpan<byte> data, int headerLength, int length)
    {
        TextBuffer output = context.Out;
        int fragment = BinaryPrimitives.ReadUInt16BigEndian(data[6..]);
        byte protocol = data[9];
        if ((fragment & OffsetMask) != 0)
        {
            if (context.Quietness > 1)
            {
                return true;
            }

            context.PrintAddresses(data, ":"u8);
            PrintProtocolNumber(context, protocol);
            return true;
        }

        if (protocol is not (IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp))
        {
            context.PrintAddresses(data, ": "u8);
        }

        if (data.Length < headerLength)
        {
            output.Append(" [remaining caplen("u8);
            output.AppendDecimal(data.Length);
            output.Append(") < header length("u8);
            output.AppendDecimal(headerLength);
            output.Append(")]"u8);
            return false;
        }

        if (context.Depth >= MaximumDepth)
        {
            output.Append("..."u8);
            return true;
        }

        context.Depth++;
        bool whole = IpDispatch.Print(context, data[headerLength..], length, data, (fragment & MoreFragments) != 0, data[8], protocol);
        context.Depth--;
        return whole;
    }

    /// <summary>" NAME" or " ip-proto-N".</summary>
    public static void PrintProtocolNumber(PrintContext context, byte protocol)
    {
        TextBuffer output = context.Out;
        if (context.Names.ProtocolName(protocol) is { } name)
        {
            output.Append(' ');
            output.Append(name);
            return;
        }

        output.Append(" ip-proto-"u8);
        output.AppendDecimal((uint)protocol);
    }
}

using System.Buffers.Binary;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>Headers that carry other packets: GRE (RFC 2784, RFC 2890, RFC 2637), ESP (RFC 4303), IPComp (RFC 3173), MPLS (RFC 3032).</summary>
internal static class TunnelPrinter
{
    private const ushort Checksum = 0x8000, Routing = 0x4000, Key = 0x2000, Sequence = 0x1000, SourceRouting = 0x0800, Acknowledgment = 0x0080;
    private const int LabelLength = 4;

    /// <summary>The parameters index and the number; the rest is encrypted.</summary>
    public static bool PrintEsp(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        context.Protocol = ProtocolTag.Esp;
        if (data.Length <= 8)
        {
            context.PrintTruncated();
            return true;
        }

        TextBuffer output = context.Out;
        output.Append("ESP(spi=0x"u8);
        output.AppendHex(BinaryPrimitives.ReadUInt32BigEndian(data), 8);
        output.Append(",seq=0x"u8);
        output.AppendHex(BinaryPrimitives.ReadUInt32BigEndian(data[4..]), 1);
        output.Append("), length "u8);
        output.AppendDecimal(length);
        return true;
    }

    public static bool PrintCompressed(PrintContext context, ReadOnlySpan<byte> data)
    {
        context.Protocol = ProtocolTag.IpComp;
        if (data.Length < 4)
        {
            return false;
        }

        context.Out.Append("IPComp(cpi=0x"u8);
        context.Out.AppendHex(BinaryPrimitives.ReadUInt16BigEndian(data[2..]), 4);
        context.Out.Append(')');
        return true;
    }

    public static bool PrintGre(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        context.Protocol = ProtocolTag.Gre;
        if (data.Length < 2)
        {
            context.PrintTruncated();
            return true;
        }

        TextBuffer output = context.Out;
        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(data);
        int version = flags & 7;
        output.Append("GREv"u8);
        output.AppendDecimal((uint)version);
        if (version > 1)
        {
            output.Append(" ERROR: unknown-version"u8);
            return true;
        }

        if (context.Verbosity > 0)
        {
            PrintFlags(output, flags, version);
        }

        if (data.Length < 4)
        {
            context.PrintTruncated();
            return true;
        }

        ushort type = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        int at = 4;
        if (!(version == 0 ? PrintFields(context, data, flags, ref at) : PrintCall(output, data, flags, ref at)))
        {
            context.PrintTruncated();
            return true;
        }

        if (context.LinkHeader)
        {
            ReadOnlySpan<byte> name = NumberNames.EtherType(type);
            output.Append(", proto "u8);
            output.Append(name.IsEmpty ? "unknown"u8 : name);
            output.Append(" (0x"u8);
            output.AppendHex(type, 4);
            output.Append(')');
        }

        output.Append(", length "u8);
        output.AppendDecimal(length);
        if (version == 1 && (flags & Sequence) == 0)
        {
            return true;
        }

        output.Append(context.Verbosity > 0 ? "\n\t"u8 : ": "u8);
        return PrintInside(context, data[at..], length - at, type, version);
    }

    private static void PrintFlags(TextBuffer output, ushort flags, int version)
    {
        output.Append(", Flags ["u8);
        int start = output.Length;
        AppendFlag(output, start, (flags & Checksum) != 0, "checksum present"u8);
        AppendFlag(output, start, (flags & Routing) != 0, "routing present"u8);
        AppendFlag(output, start, (flags & Key) != 0, "key present"u8);
        AppendFlag(output, start, (flags & Sequence) != 0, "sequence# present"u8);
        AppendFlag(output, start, (flags & SourceRouting) != 0, "source routing present"u8);
        AppendFlag(output, start, version == 1 && (flags & Acknowledgment) != 0, "ack present"u8);
        if (output.Length == start)
        {
            output.Append("none"u8);
        }

        output.Append(']');
    }

    private static void AppendFlag(TextBuffer output, int start, bool set, ReadOnlySpan<byte> name)
    {
        if (set)
        {
            output.Append(output.Length == start ? ""u8 : ", "u8);
            output.Append(name);
        }
    }

    /// <summary>Checksum, offset, key and number of version 0; false if octets are missing. Routes, which nobody uses, are not followed.</summary>
    private static bool PrintFields(PrintContext context, ReadOnlySpan<byte> data, ushort flags, ref int at)
    {
        TextBuffer output = context.Out;
        if ((flags & (Checksum | Routing)) != 0)
        {
            if (data.Length < at + 2)
            {
                return false;
            }

            if (context.Verbosity > 0)
            {
                output.Append(", sum 0x"u8);
                output.AppendHex(BinaryPrimitives.ReadUInt16BigEndian(data[at..]), 1);
            }

            if (data.Length < at + 4)
            {
                return false;
            }

            output.Append(", off 0x"u8);
            output.AppendHex(BinaryPrimitives.ReadUInt16BigEndian(data[(at + 2)..]), 1);
            at += 4;
        }

        if ((flags & Key) != 0)
        {
            if (data.Length < at + 4)
            {
                return false;
            }

            output.Append(", key=0x"u8);
            output.AppendHex(BinaryPrimitives.ReadUInt32BigEndian(data[at..]), 1);
            at += 4;
        }

        return PrintNumber(output, data, (flags & Sequence) != 0, ", seq "u8, ref at) && (flags & Routing) == 0;
    }

    /// <summary>Call, number and acknowledgment of version 1 (PPTP); false if octets are missing.</summary>
    private static bool PrintCall(TextBuffer output, ReadOnlySpan<byte> data, ushort flags, ref int at)
    {
        if ((flags & Key) != 0)
        {
            if (data.Length < at + 4)
            {
                return false;
            }

            output.Append(", call "u8);
            output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(data[(at + 2)..]));
            at += 4;
        }

        if (!PrintNumber(output, data, (flags & Sequence) != 0, ", seq "u8, ref at) || !PrintNumber(output, data, (flags & Acknowledgment) != 0, ", ack "u8, ref at))
        {
            return false;
        }

        output.Append((flags & Sequence) == 0 ? ", no-payload"u8 : default);
        return true;
    }

    private static bool PrintNumber(TextBuffer output, ReadOnlySpan<byte> data, bool present, ReadOnlySpan<byte> name, ref int at)
    {
        if (!present)
        {
            return true;
        }

        if (data.Length < at + 4)
        {
            return false;
        }

        output.Append(name);
        output.AppendDecimal(BinaryPrimitives.ReadUInt32BigEndian(data[at..]));
        at += 4;
        return true;
    }

    private static bool PrintInside(PrintContext context, ReadOnlySpan<byte> data, int length, ushort type, int version)
    {
        const ushort TransparentEthernet = 0x6558;
        const ushort Ppp = 0x880B;
        int linkHeaderLength = context.LinkHeaderLength;
        bool whole = true;
        if (version == 1 ? type == Ppp : type is EtherType.Ipv4 or EtherType.Ipv6 or FilterLink.MplsType or TransparentEthernet)
        {
            whole = type switch
            {
                Ppp => PppPrinter.Print(context, data, length),
                EtherType.Ipv4 => Ipv4Printer.Print(context, data, length),
                EtherType.Ipv6 => Ipv6Printer.Print(context, data, length),
                TransparentEthernet => EthernetPrinter.Print(context, data, length),
                _ => PrintLabels(context, data, length),
            };
        }
        else
        {
            context.Out.Append("gre-proto-0x"u8);
            context.Out.AppendHex(type, 1);
        }

        context.LinkHeaderLength = linkHeaderLength;
        return whole;
    }

    /// <summary>A stack of labels, and what is behind it as far as its first octet tells.</summary>
    public static bool PrintLabels(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        context.Protocol = ProtocolTag.Mpls;
        TextBuffer output = context.Out;
        output.Append("MPLS"u8);
        uint entry;
        bool first = true;
        do
        {
            if (length < LabelLength)
            {
                context.PrintInvalid();
                return true;
            }

            if (data.Length < LabelLength)
            {
                return false;
            }

            entry = BinaryPrimitives.ReadUInt32BigEndian(data);
            PrintLabel(context, entry, first);
            first = false;
            data = data[LabelLength..];
            length -= LabelLength;
        }
        while ((entry & 0x100) == 0);

        return length == 0 || data.IsEmpty || PrintLabelled(context, data, length, entry >> 12);
    }

    private static void PrintLabel(PrintContext context, uint entry, bool first)
    {
        TextBuffer output = context.Out;
        uint label = entry >> 12;
        output.Append(!first && context.Verbosity > 0 ? "\n\t"u8 : " "u8);
        output.Append("(label "u8);
        output.AppendDecimal(label);
        if (context.Verbosity > 0 && label < 16)
        {
            output.Append(label switch
            {
                0 => " (IPv4 explicit NULL)"u8,
                1 => " (router alert)"u8,
                2 => " (IPv6 explicit NULL)"u8,
                3 => " (implicit NULL)"u8,
                _ => " (rsvd)"u8,
            });
        }

        output.Append(", tc "u8);
        output.AppendDecimal(entry >> 9 & 7);
        output.Append((entry & 0x100) != 0 ? ", [S], ttl "u8 : ", ttl "u8);
        output.AppendDecimal(entry & 0xFF);
        output.Append(')');
    }

    private static bool PrintLabelled(PrintContext context, ReadOnlySpan<byte> data, int length, uint label)
    {
        int version = label switch
        {
            0 => 4,
            2 => 6,
            _ => data[0] is >= 0x45 and <= 0x4F ? 4 : data[0] is >= 0x60 and <= 0x6F ? 6 : 0,
        };
        if (version == 0)
        {
            LinkPrinter.PrintDefault(context, data);
            return true;
        }

        context.Out.Append(context.Verbosity > 0 ? "\n\t"u8 : " "u8);
        return version == 4 ? Ipv4Printer.Print(context, data, length) : Ipv6Printer.Print(context, data, length);
    }
}

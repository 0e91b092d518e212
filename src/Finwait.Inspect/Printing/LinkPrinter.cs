using System.Buffers.Binary;
using Finwait.Capture;

namespace Finwait.Inspect;

/// <summary>Link types: finds the network header behind the link-layer header, and prints the latter where it is wanted.</summary>
internal static class LinkPrinter
{
    private const ushort MplsMulticastType = 0x8848;
    private const ushort LoopbackType = 0x9000;
    private const int NullHeaderLength = 4;
    private const ushort Novell = 1;
    private const ushort WithLogicalLink = 4;
    private const int SllHeaderLength = 16;
    private const int Sll2HeaderLength = 20;

    public static bool Print(PrintContext context, in PacketRecord packet)
    {
        ReadOnlySpan<byte> data = packet.Data;
        int length = (int)packet.Length;
        switch (packet.LinkType)
        {
            case LinkType.Ethernet:
                return EthernetPrinter.Print(context, data, length);
            case LinkType.Raw:
            case LinkType.IPv4:
            case LinkType.IPv6:
                context.Protocol = ProtocolTag.Raw;
                if (context.LinkHeader)
                {
                    context.Out.Append("ip: "u8);
                }

                return PrintEitherVersion(context, data, length);
            case LinkType.Null:
            case LinkType.Loop:
                return PrintNull(context, data, length);
            case LinkType.LinuxSll:
                return PrintSll(context, data, length);
            case LinkType.LinuxSll2:
                return PrintSll2(context, data, length);
            case LinkType.Ppp:
                return PppPrinter.Print(context, data, length);
            default:
                context.Out.Append("UNSUPPORTED"u8);
                HexDumps.AppendHexAndAscii(context.Out, "\n\t"u8, data);
                return true;
        }
    }

    /// <summary>The network packet behind an Ethernet type; <paramref name="known"/> is false if we have no printer for it, and nothing is printed then.</summary>
    public static bool PrintNetwork(PrintContext context, ushort etherType, ReadOnlySpan<byte> data, int length, out bool known)
    {
        known = true;
        switch (etherType)
        {
            case Wire.EtherType.Ipv4:
                return Ipv4Printer.Print(context, data, length);
            case Wire.EtherType.Ipv6:
                return Ipv6Printer.Print(context, data, length);
            case Wire.EtherType.Arp:
            case ArpPrinter.ReverseArpType:
                return ArpPrinter.Print(context, data, length);
            case FilterLink.MplsType or MplsMulticastType:
                return TunnelPrinter.PrintLabels(context, data, length);
            case FilterLink.PppoeDiscoveryType or FilterLink.PppoeSessionType:
                return PppoePrinter.Print(context, data, length);
            case LoopbackType:
                return BridgePrinter.PrintLoopback(context, data, length);
            default:
                known = false;
                return true;
        }
    }

    /// <summary>The octets of what nobody decodes.</summary>
    public static void PrintDefault(PrintContext context, ReadOnlySpan<byte> data)
    {
        if (!context.SuppressDefaultDump)
        {
            HexDumps.AppendHexAndAscii(context.Out, "\n\t"u8, data);
        }
    }

    private static bool PrintEitherVersion(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        if (length < 1)
        {
            context.Out.Append("truncated-ip "u8);
            context.Out.AppendDecimal(length);
            return true;
        }

        if (data.IsEmpty)
        {
            return false;
        }

        switch (data[0] >> 4)
        {
            case 4:
                return Ipv4Printer.Print(context, data, length);
            case 6:
                return Ipv6Printer.Print(context, data, length);
            default:
                context.Out.Append("unknown ip "u8);
                context.Out.AppendDecimal((uint)(data[0] >> 4));
                return true;
        }
    }

    private static bool PrintNull(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        context.Protocol = ProtocolTag.Null;
        context.LinkHeaderLength = NullHeaderLength;
        if (data.Length < NullHeaderLength)
        {
            context.LinkHeaderLength = 0;
            return false;
        }

        // The family stands in the byte order of the capturing machine: the small number is the right one.
        uint family = BinaryPrimitives.ReadUInt32LittleEndian(data);
        if ((family & 0xFFFF_0000) != 0)
        {
            family = BinaryPrimitives.ReverseEndianness(family);
        }

        if (context.LinkHeader)
        {
            PrintFamily(context, family, length);
        }

        ReadOnlySpan<byte> payload = data[NullHeaderLength..];
        switch (family)
        {
            case 2:
                return Ipv4Printer.Print(context, payload, length - NullHeaderLength);
            case 24 or 28 or 30:
                return Ipv6Printer.Print(context, payload, length - NullHeaderLength);
            default:
                if (!context.LinkHeader)
                {
                    PrintFamily(context, family, length);
                }

                PrintDefault(context, payload);
                return true;
        }
    }

    private static void PrintFamily(PrintContext context, uint family, int length)
    {
        ReadOnlySpan<byte> name = family switch
        {
            2 => "IPv4"u8,
            6 => "NS"u8,
            7 => "ISO"u8,
            16 => "Appletalk"u8,
            23 => "IPX"u8,
            24 or 28 or 30 => "IPv6"u8,
            _ => default,
        };
        TextBuffer output = context.Out;
        if (context.Quietness == 0)
        {
            output.Append("AF "u8);
            output.Append(name.IsEmpty ? "Unknown"u8 : name);
            output.Append(" ("u8);
            output.AppendDecimal(family);
            output.Append(')');
        }
        else if (name.IsEmpty)
        {
            output.Append("Unknown AF "u8);
            output.AppendDecimal(family);
        }
        else
        {
            output.Append(name);
        }

        output.Append(", length "u8);
        output.AppendDecimal(length);
        output.Append(": "u8);
    }

    private static bool PrintSll(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        context.Protocol = ProtocolTag.Sll;
        if (data.Length < SllHeaderLength)
        {
            context.LinkHeaderLength = data.Length;
            return false;
        }

        context.LinkHeaderLength = SllHeaderLength;
        ushort etherType = BinaryPrimitives.ReadUInt16BigEndian(data[14..]);
        if (context.LinkHeader)
        {
            PrintSllHeader(context, data, length, etherType);
        }

        ReadOnlySpan<byte> payload = data[SllHeaderLength..];
        if (etherType <= EthernetPrinter.LargestLengthField)
        {
            return PrintSllUntyped(context, payload, length - SllHeaderLength, etherType);
        }

        if (!PrintNetwork(context, etherType, payload, length - SllHeaderLength, out bool known))
        {
            return false;
        }

        if (!known)
        {
            if (!context.LinkHeader)
            {
                PrintSllHeader(context, data, length, etherType);
            }

            PrintDefault(context, payload);
        }

        return true;
    }

    /// <summary>Where others have a type, Linux numbers the frames without one: 1 is Novell's, which is not decoded, 4 is 802.2.</summary>
    private static bool PrintSllUntyped(PrintContext context, ReadOnlySpan<byte> payload, int length, ushort number)
    {
        if (number == WithLogicalLink)
        {
            return LlcPrinter.PrintFrame(context, payload, length, default);
        }

        if (number == Novell && !context.LinkHeader)
        {
            context.Out.Append("IPX"u8);
        }

        PrintDefault(context, payload);
        return true;
    }

    private static void PrintSllType(PrintContext context, ushort etherType, int length)
    {
        TextBuffer output = context.Out;
        switch (etherType)
        {
            case Novell:
                output.Append("802.3"u8);
                break;
            case WithLogicalLink:
                output.Append("802.2"u8);
                break;
            case <= EthernetPrinter.LargestLengthField:
                output.Append("ethertype Unknown (0x"u8);
                output.AppendHex(etherType, 4);
                output.Append(')');
                break;
            default:
                EthernetPrinter.PrintType(context, etherType);
                break;
        }

        output.Append(", length "u8);
        output.AppendDecimal(length);
        output.Append(": "u8);
    }

    private static void PrintSllHeader(PrintContext context, ReadOnlySpan<byte> data, int length, ushort etherType)
    {
        TextBuffer output = context.Out;
        PrintDirection(output, BinaryPrimitives.ReadUInt16BigEndian(data), leftAligned: false);
        output.Append(' ');
        PrintSllAddress(context, data.Slice(6, 8), BinaryPrimitives.ReadUInt16BigEndian(data[4..]));
        if (context.Quietness == 0)
        {
            PrintSllType(context, etherType, length);
        }
    }

    private static void PrintSllAddress(PrintContext context, ReadOnlySpan<byte> address, int addressLength)
    {
        if (addressLength == 6)
        {
            context.Names.AppendMac(context.Out, address);
            context.Out.Append(' ');
        }
    }

    private static void PrintDirection(TextBuffer output, int packetType, bool leftAligned)
    {
        ReadOnlySpan<byte> name = packetType switch
        {
            0 => "In"u8,
            1 => "B"u8,
            2 => "M"u8,
            3 => "P"u8,
            4 => "Out"u8,
            _ => "?"u8,
        };
        if (leftAligned)
        {
            output.Append(name);
        }

        for (int i = name.Length; i < 3; i++)
        {
            output.Append(' ');
        }

        if (!leftAligned)
        {
            output.Append(name);
        }
    }

    private static bool PrintSll2(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        context.Protocol = ProtocolTag.Sll2;
        if (data.Length < Sll2HeaderLength)
        {
            context.LinkHeaderLength = data.Length;
            return false;
        }

        context.LinkHeaderLength = Sll2HeaderLength;
        TextBuffer output = context.Out;
        ushort etherType = BinaryPrimitives.ReadUInt16BigEndian(data);
        uint index = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        int start = output.Length;
        context.Names.AppendInterface(output, index);
        for (int column = output.Length - start; column < 5; column++)
        {
            output.Append(' ');
        }

        output.Append(' ');
        PrintDirection(output, data[10], leftAligned: true);
        output.Append(' ');
        if (context.LinkHeader)
        {
            PrintSll2Header(context, data, length, etherType, index);
        }

        ReadOnlySpan<byte> payload = data[Sll2HeaderLength..];
        if (etherType <= EthernetPrinter.LargestLengthField)
        {
            return PrintSllUntyped(context, payload, length - Sll2HeaderLength, etherType);
        }

        if (!PrintNetwork(context, etherType, payload, length - Sll2HeaderLength, out bool known))
        {
            return false;
        }

        if (!known)
        {
            if (!context.LinkHeader)
            {
                PrintSll2Header(context, data, length, etherType, index);
            }

            PrintDefault(context, payload);
        }

        return true;
    }

    private static void PrintSll2Header(PrintContext context, ReadOnlySpan<byte> data, int length, ushort etherType, uint index)
    {
        TextBuffer output = context.Out;
        output.Append("ifindex "u8);
        output.AppendDecimal(index);
        output.Append(' ');
        PrintSllAddress(context, data.Slice(12, 8), data[11]);
        if (context.Quietness == 0)
        {
            PrintSllType(context, etherType, length);
        }
    }
}

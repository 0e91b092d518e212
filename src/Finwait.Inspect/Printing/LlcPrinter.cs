using System.Buffers.Binary;

namespace Finwait.Inspect;

/// <summary>IEEE 802.2 logical link control, and the SNAP header behind it (RFC 1042). IPX, OSI and NetBEUI are named and not decoded.</summary>
internal static class LlcPrinter
{
    private const byte IpSap = 0x06;
    private const byte SpanningTreeSap = 0x42;
    private const byte SnapSap = 0xAA;
    private const int SnapLength = 5;
    private const int UnnumberedInformation = 0x03;
    private const int ExchangeIdentification = 0xAF;

    /// <summary>Prints the payload of an 802.3 frame.</summary>
    /// <param name="context">Shared; its link header length grows by what is read here.</param>
    /// <param name="data">Behind the length field.</param>
    /// <param name="length">Octets by the length field.</param>
    /// <param name="frame">The frame, for its addresses; empty where the link has none.</param>
    public static bool PrintFrame(PrintContext context, ReadOnlySpan<byte> data, int length, ReadOnlySpan<byte> frame)
    {
        context.Protocol = ProtocolTag.Llc;
        bool unnumbered = data.Length > 2 && (data[2] & 3) == 3;
        int headerLength = unnumbered ? 3 : 4;
        if (data.Length < 3 || length < 3 || data.Length < headerLength || length < headerLength)
        {
            context.PrintTruncated();
            HexDumps.AppendHexAndAscii(context.Out, "\n\t"u8, data);
            context.LinkHeaderLength += Math.Min(data.Length, length);
            return true;
        }

        int control = unnumbered ? data[2] : BinaryPrimitives.ReadUInt16LittleEndian(data[2..]);
        byte destination = (byte)(data[0] & ~1);
        byte source = (byte)(data[1] & ~1);
        if (context.LinkHeader)
        {
            PrintHeader(context.Out, data, control, unnumbered);
        }

        context.LinkHeaderLength += headerLength;
        ReadOnlySpan<byte> payload = data[headerLength..];
        int payloadLength = length - headerLength;
        if (unnumbered && control == UnnumberedInformation && source == destination)
        {
            if (source == SnapSap)
            {
                return PrintSnap(context, data, payloadLength, frame);
            }

            if (source == SpanningTreeSap)
            {
                return BridgePrinter.PrintSpanningTree(context, payload, payloadLength);
            }

            if (source == IpSap)
            {
                return Ipv4Printer.Print(context, payload, payloadLength);
            }
        }

        if (!context.LinkHeader)
        {
            PrintAddresses(context, frame, source, destination);
        }

        if (!PrintControl(context, data, payload, length, payloadLength, control, unnumbered))
        {
            LinkPrinter.PrintDefault(context, data);
        }

        return true;
    }

    private static void PrintHeader(TextBuffer output, ReadOnlySpan<byte> data, int control, bool unnumbered)
    {
        output.Append("LLC, dsap "u8);
        PrintSap(output, (byte)(data[0] & ~1), "Unknown"u8);
        output.Append(" (0x"u8);
        output.AppendHex((uint)data[0] & ~1u, 2);
        output.Append((data[0] & 1) != 0 ? ") Group, ssap "u8 : ") Individual, ssap "u8);
        PrintSap(output, (byte)(data[1] & ~1), "Unknown"u8);
        output.Append(" (0x"u8);
        output.AppendHex((uint)data[1] & ~1u, 2);
        output.Append((data[1] & 1) != 0 ? ") Response, ctrl 0x"u8 : ") Command, ctrl 0x"u8);
        output.AppendHex((uint)control, unnumbered ? 2 : 4);
        output.Append(": "u8);
    }

    private static bool PrintSap(TextBuffer output, byte sap, ReadOnlySpan<byte> unknown)
    {
        ReadOnlySpan<byte> name = sap switch
        {
            0x00 => "Null"u8,
            0x02 => "802.1B I"u8,
            0x04 => "SNA"u8,
            IpSap => "IP"u8,
            0x0E => "ProWay NM"u8,
            0x42 => "STP"u8,
            0x4E => "RS511"u8,
            0x7E => "ISO8208"u8,
            0x8E => "ProWay"u8,
            SnapSap => "SNAP"u8,
            0xE0 => "IPX"u8,
            0xF0 => "NetBeui"u8,
            0xFE => "OSI"u8,
            _ => default,
        };
        output.Append(name.IsEmpty ? unknown : name);
        return !name.IsEmpty;
    }

    private static void PrintAddresses(PrintContext context, ReadOnlySpan<byte> frame, byte source, byte destination)
    {
        TextBuffer output = context.Out;
        if (!frame.IsEmpty)
        {
            context.Names.AppendMac(output, frame[6..]);
            output.Append(' ');
        }

        if (source != destination)
        {
            if (!PrintSap(output, source, "Unknown SSAP 0x"u8))
            {
                output.AppendHex(source, 2);
            }

            output.Append(' ');
        }

        if (!frame.IsEmpty || source != destination)
        {
            output.Append("> "u8);
        }

        if (!frame.IsEmpty)
        {
            context.Names.AppendMac(output, frame);
            output.Append(' ');
        }

        if (!PrintSap(output, destination, "Unknown DSAP 0x"u8))
        {
            output.AppendHex(destination, 2);
        }

        output.Append(' ');
    }

    /// <summary>Prints the kind of frame; false if its octets are to follow.</summary>
    private static bool PrintControl(PrintContext context, ReadOnlySpan<byte> data, ReadOnlySpan<byte> payload, int length, int payloadLength, int control, bool unnumbered)
    {
        TextBuffer output = context.Out;
        bool response = (data[1] & 1) != 0;
        if (unnumbered)
        {
            int command = control & ~0x10;
            output.Append("Unnumbered, "u8);
            PrintCommand(output, command);
            PrintTail(output, response, (control & 0x10) != 0, length);
            return command == ExchangeIdentification && PrintIdentification(context, payload, payloadLength);
        }

        uint received = (uint)control >> 9;
        bool poll = (control & 0x100) != 0;
        if ((control & 3) == 1)
        {
            output.Append("Supervisory, "u8);
            output.Append((control & 0x0C) switch
            {
                0x00 => "Receiver Ready"u8,
                0x04 => "Receiver not Ready"u8,
                0x08 => "Reject"u8,
                _ => "?"u8,
            });
            output.Append(", rcv seq "u8);
            output.AppendDecimal(received);
            PrintTail(output, response, poll, length);
            return true;
        }

        output.Append("Information, send seq "u8);
        output.AppendDecimal((uint)control >> 1 & 0x7F);
        output.Append(", rcv seq "u8);
        output.AppendDecimal(received);
        PrintTail(output, response, poll, length);
        return false;
    }

    private static void PrintCommand(TextBuffer output, int command)
    {
        ReadOnlySpan<byte> name = command switch
        {
            0x03 => "ui"u8,
            0x0F => "dm"u8,
            0x43 => "disc"u8,
            0x63 => "ua"u8,
            0x6F => "sabme"u8,
            0x87 => "frmr"u8,
            ExchangeIdentification => "xid"u8,
            0xE3 => "test"u8,
            _ => default,
        };
        output.Append(name);
        if (name.IsEmpty)
        {
            output.AppendHex((uint)command, 2);
        }
    }

    private static void PrintTail(TextBuffer output, bool response, bool poll, int length)
    {
        output.Append(", Flags ["u8);
        output.Append(poll ? (response ? "Final"u8 : "Poll"u8) : response ? "Response"u8 : "Command"u8);
        output.Append("], length "u8);
        output.AppendDecimal(length);
    }

    private static bool PrintIdentification(PrintContext context, ReadOnlySpan<byte> payload, int length)
    {
        const byte Format = 0x81;
        if (length == 0)
        {
            return true;
        }

        if (payload.IsEmpty)
        {
            context.PrintTruncated();
            return true;
        }

        if (payload[0] != Format)
        {
            return false;
        }

        if (payload.Length < 3 || length < 3)
        {
            context.PrintTruncated();
            HexDumps.AppendHexAndAscii(context.Out, "\n\t"u8, payload);
            return true;
        }

        context.Out.Append(": "u8);
        context.Out.AppendHex(payload.Slice(1, 1));
        context.Out.Append(' ');
        context.Out.AppendHex(payload.Slice(2, 1));
        return true;
    }

    private static bool PrintSnap(PrintContext context, ReadOnlySpan<byte> data, int length, ReadOnlySpan<byte> frame)
    {
        TextBuffer output = context.Out;
        ReadOnlySpan<byte> snap = data[3..];
        context.Protocol = ProtocolTag.Snap;
        if (snap.Length < SnapLength || length < SnapLength)
        {
            context.LinkHeaderLength += SnapLength;
            context.PrintTruncated();
            return true;
        }

        context.LinkHeaderLength += SnapLength;
        uint organization = (uint)(snap[0] << 16 | snap[1] << 8 | snap[2]);
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(snap[3..]);
        bool hasEtherType = organization is 0 or 0x0000F8;
        length -= SnapLength;
        if (context.LinkHeader)
        {
            PrintSnapHeader(output, organization, type, length);
        }

        bool known = false;
        if (hasEtherType && !LinkPrinter.PrintNetwork(context, type, snap[SnapLength..], length, out known))
        {
            return false;
        }

        if (!known)
        {
            if (!context.LinkHeader)
            {
                if (!frame.IsEmpty)
                {
                    context.Names.AppendMac(output, frame[6..]);
                    output.Append(" > "u8);
                    context.Names.AppendMac(output, frame);
                    output.Append(' ');
                }

                output.Append("SNAP, "u8);
                PrintSnapKind(output, organization, type, length);
            }

            LinkPrinter.PrintDefault(context, data);
        }

        return true;
    }

    private static void PrintSnapHeader(TextBuffer output, uint organization, ushort type, int length)
    {
        if (organization == 0)
        {
            output.Append("oui Ethernet (0x000000), "u8);
        }

        PrintSnapKind(output, organization, type, length);
    }

    private static void PrintSnapKind(TextBuffer output, uint organization, ushort type, int length)
    {
        ReadOnlySpan<byte> name = organization is 0 or 0x0000F8 ? NumberNames.EtherType(type) : default;
        if (organization != 0)
        {
            output.Append("oui "u8);
            output.Append(HardwareMakers.Find(organization));
            output.Append(" (0x"u8);
            output.AppendHex(organization, 6);
            output.Append("), pid "u8);
        }
        else
        {
            output.Append("ethertype "u8);
        }

        output.Append(name.IsEmpty ? "Unknown"u8 : name);
        output.Append(" (0x"u8);
        output.AppendHex(type, 4);
        output.Append("), length "u8);
        output.AppendDecimal(length);
        output.Append(": "u8);
    }
}

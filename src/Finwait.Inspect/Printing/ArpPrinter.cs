using System.Buffers.Binary;

namespace Finwait.Inspect;

/// <summary>ARP and reverse ARP (RFC 826, RFC 903).</summary>
internal static class ArpPrinter
{
    public const ushort ReverseArpType = 0x8035;
    private const ushort TrailerType = 0x1000;
    private const int FixedLength = 8;
    private const ushort FrameRelay = 15;

    public static bool Print(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        context.Protocol = ProtocolTag.Arp;
        TextBuffer output = context.Out;
        if (data.Length < FixedLength)
        {
            return false;
        }

        ushort hardware = BinaryPrimitives.ReadUInt16BigEndian(data);
        ushort protocol = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        int hardwareLength = data[4];
        int protocolLength = data[5];
        ushort operation = BinaryPrimitives.ReadUInt16BigEndian(data[6..]);
        int needed = FixedLength + (2 * (hardwareLength + protocolLength));
        if (data.Length < needed)
        {
            return false;
        }

        if (!context.LinkHeader)
        {
            output.Append("ARP, "u8);
        }

        bool usual = (protocol is Wire.EtherType.Ipv4 or TrailerType) && protocolLength == 4 && hardwareLength != 0;
        if (!usual || context.Verbosity > 0)
        {
            PrintKinds(output, hardware, hardwareLength, protocol, protocolLength);
            if (context.Verbosity == 0)
            {
                PrintTail(output, length);
                return true;
            }

            output.Append(", "u8);
        }

        if (PrintOperation(context, data))
        {
            PrintTail(output, length);
        }

        return true;
    }

    private static void PrintTail(TextBuffer output, int length)
    {
        output.Append(", length "u8);
        output.AppendDecimal(length);
    }

    private static void PrintKinds(TextBuffer output, ushort hardware, int hardwareLength, ushort protocol, int protocolLength)
    {
        ReadOnlySpan<byte> name = hardware switch
        {
            1 => "Ethernet"u8,
            6 => "TokenRing"u8,
            7 => "ArcNet"u8,
            FrameRelay => "FrameRelay"u8,
            23 => "Strip"u8,
            24 => "IEEE 1394"u8,
            32 => "InfiniBand"u8,
            _ => default,
        };
        if (name.IsEmpty)
        {
            output.Append("Unknown Hardware ("u8);
            output.AppendDecimal((uint)hardware);
            output.Append(')');
        }
        else
        {
            output.Append(name);
        }

        output.Append(" (len "u8);
        output.AppendDecimal(hardwareLength);
        output.Append("), "u8);
        ReadOnlySpan<byte> protocolName = NumberNames.EtherType(protocol);
        if (protocolName.IsEmpty)
        {
            output.Append("Unknown Protocol (0x"u8);
            output.AppendHex(protocol, 4);
            output.Append(')');
        }
        else
        {
            output.Append(protocolName);
        }

        output.Append(" (len "u8);
        output.AppendDecimal(protocolLength);
        output.Append(')');
    }

    /// <summary>Prints what is asked or told; false if nothing follows.</summary>
    private static bool PrintOperation(PrintContext context, ReadOnlySpan<byte> data)
    {
        TextBuffer output = context.Out;
        ushort operation = BinaryPrimitives.ReadUInt16BigEndian(data[6..]);
        switch (operation)
        {
            case 1:
                output.Append("Request who-has "u8);
                PrintProtocol(context, data, isTarget: true);
                if (HardwareAddress(data, isTarget: true).ContainsAnyExcept((byte)0))
                {
                    output.Append(" ("u8);
                    PrintHardware(context, data, isTarget: true);
                    output.Append(')');
                }

                output.Append(" tell "u8);
                PrintProtocol(context, data, isTarget: false);
                return true;
            case 2:
                output.Append("Reply "u8);
                PrintProtocol(context, data, isTarget: false);
                output.Append(" is-at "u8);
                PrintHardware(context, data, isTarget: false);
                return true;
            case 3 or 8:
                output.Append(operation == 3 ? "Reverse Request who-is "u8 : "Inverse Request who-is "u8);
                PrintHardware(context, data, isTarget: true);
                output.Append(" tell "u8);
                PrintHardware(context, data, isTarget: false);
                return true;
            case 4 or 9:
                output.Append(operation == 4 ? "Reverse Reply "u8 : "Inverse Reply "u8);
                PrintHardware(context, data, isTarget: operation == 4);
                output.Append(" at "u8);
                PrintProtocol(context, data, isTarget: operation == 4);
                return true;
            case 10:
                output.Append("NACK Reply "u8);
                break;
            default:
                output.Append("Unknown ("u8);
                output.AppendDecimal((uint)operation);
                output.Append(") "u8);
                break;
        }

        HexDumps.AppendHexAndAscii(output, "\n\t"u8, data);
        return false;
    }

    private static ReadOnlySpan<byte> HardwareAddress(ReadOnlySpan<byte> data, bool isTarget) =>
        data.Slice(FixedLength + (isTarget ? data[4] + data[5] : 0), data[4]);

    private static void PrintProtocol(PrintContext context, ReadOnlySpan<byte> data, bool isTarget)
    {
        if (BinaryPrimitives.ReadUInt16BigEndian(data[2..]) is not (Wire.EtherType.Ipv4 or TrailerType))
        {
            context.Out.Append("<wrong proto type>"u8);
        }
        else if (data[5] != 4)
        {
            context.Out.Append("<wrong len>"u8);
        }
        else
        {
            context.PrintV4(data[(FixedLength + (isTarget ? (data[4] * 2) + data[5] : data[4]))..]);
        }
    }

    private static void PrintHardware(PrintContext context, ReadOnlySpan<byte> data, bool isTarget)
    {
        ReadOnlySpan<byte> address = HardwareAddress(data, isTarget);
        if (address.IsEmpty)
        {
            context.Out.Append("<empty>"u8);
        }
        else if (BinaryPrimitives.ReadUInt16BigEndian(data) == FrameRelay)
        {
            PrintCircuit(context.Out, address);
        }
        else if (address.Length == 6)
        {
            context.Names.AppendMac(context.Out, address);
        }
        else
        {
            NameTable.AppendColons(context.Out, address);
        }
    }

    /// <summary>The circuit number of a frame relay address (Q.922), two to four octets, the last of which is odd.</summary>
    private static void PrintCircuit(TextBuffer output, ReadOnlySpan<byte> address)
    {
        if ((address[0] & 1) != 0)
        {
            output.Append("<Invalid DLCI>"u8);
            return;
        }

        if (address.Length < 2)
        {
            output.Append("<Truncated>"u8);
            return;
        }

        uint circuit = (address[0] & 0xFCu) << 2 | (uint)address[1] >> 4;
        if ((address[1] & 1) == 0)
        {
            // A third octet with more to come adds seven bits; the last one adds six.
            int last = address.Length > 2 && (address[2] & 1) == 0 ? 3 : 2;
            if (address.Length <= last)
            {
                output.Append("<Truncated>"u8);
                return;
            }

            if ((address[last] & 1) == 0)
            {
                output.Append("<Invalid DLCI>"u8);
                return;
            }

            circuit = last == 3 ? circuit << 7 | (uint)address[2] >> 1 : circuit;
            circuit = circuit << 6 | (uint)address[last] >> 2;
        }

        output.Append("DLCI "u8);
        output.AppendDecimal(circuit);
    }
}

using System.Buffers.Binary;

namespace Finwait.Inspect;

/// <summary>ARP and reverse ARP (RFC 826, RFC 903).</summary>
internal static class ArpPrinter
{
    public const ushort ReverseArpType = 0x8035;
    private const int FixedLength = 8;

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
            context.PrintTruncated();
            LinkPrinter.PrintDefault(context, data);
            return true;
        }

        if (!context.LinkHeader)
        {
            output.Append("ARP, "u8);
        }

        bool usual = (protocol is Wire.EtherType.Ipv4 or 0x1000) && protocolLength == 4 && hardwareLength != 0;
        if (!usual || context.Verbosity > 0)
        {
            PrintKinds(output, hardware, hardwareLength, protocol, protocolLength);
            if (!usual)
            {
                PrintTail(output, length);
                return true;
            }
        }

        PrintOperation(context, data, hardware, hardwareLength, operation);
        PrintTail(output, length);
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
            15 => "FrameRelay"u8,
            17 => "Strip"u8,
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
        output.Append("), "u8);
    }

    private static void PrintOperation(PrintContext context, ReadOnlySpan<byte> data, ushort hardware, int hardwareLength, ushort operation)
    {
        TextBuffer output = context.Out;
        ReadOnlySpan<byte> senderHardware = data.Slice(FixedLength, hardwareLength);
        ReadOnlySpan<byte> sender = data.Slice(FixedLength + hardwareLength, 4);
        ReadOnlySpan<byte> targetHardware = data.Slice(FixedLength + hardwareLength + 4, hardwareLength);
        ReadOnlySpan<byte> target = data.Slice(FixedLength + (2 * hardwareLength) + 4, 4);
        switch (operation)
        {
            case 1:
                output.Append("Request who-has "u8);
                context.PrintV4(target);
                if (targetHardware.ContainsAnyExcept((byte)0))
                {
                    output.Append(" ("u8);
                    PrintHardware(context, hardware, targetHardware);
                    output.Append(')');
                }

                output.Append(" tell "u8);
                context.PrintV4(sender);
                break;
            case 2:
                output.Append("Reply "u8);
                context.PrintV4(sender);
                output.Append(" is-at "u8);
                PrintHardware(context, hardware, senderHardware);
                break;
            case 3:
                output.Append("Reverse Request who-is "u8);
                PrintHardware(context, hardware, targetHardware);
                output.Append(" tell "u8);
                PrintHardware(context, hardware, senderHardware);
                break;
            case 4:
                output.Append("Reverse Reply "u8);
                PrintHardware(context, hardware, targetHardware);
                output.Append(" at "u8);
                context.PrintV4(target);
                break;
            case 8:
                output.Append("Inverse Request who-is "u8);
                PrintHardware(context, hardware, targetHardware);
                output.Append(" tell "u8);
                PrintHardware(context, hardware, senderHardware);
                break;
            case 9:
                output.Append("Inverse Reply "u8);
                PrintHardware(context, hardware, senderHardware);
                output.Append(" at "u8);
                context.PrintV4(sender);
                break;
            default:
                output.Append("Unknown ("u8);
                output.AppendDecimal((uint)operation);
                output.Append(')');
                LinkPrinter.PrintDefault(context, data);
                break;
        }
    }

    private static void PrintHardware(PrintContext context, ushort hardware, ReadOnlySpan<byte> address)
    {
        if (hardware == 1 && address.Length == 6)
        {
            context.Names.AppendMac(context.Out, address);
            return;
        }

        NameTable.AppendColons(context.Out, address);
    }
}

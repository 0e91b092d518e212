using System.Buffers.Binary;

namespace Finwait.Inspect;

/// <summary>Spanning tree (IEEE 802.1D, 802.1w; of 802.1s the first line), and the loopback test of Ethernet's first standard.</summary>
internal static class BridgePrinter
{
    private const int ConfigurationLength = 35;
    private const int RapidLength = 36;
    private const int MultipleLength = 102;

    public static bool PrintSpanningTree(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        const byte Topology = 0x80;
        context.Protocol = ProtocolTag.Stp;
        TextBuffer output = context.Out;
        if (length < 4)
        {
            context.PrintInvalid();
            return true;
        }

        if (data.Length < 4)
        {
            return false;
        }

        if (BinaryPrimitives.ReadUInt16BigEndian(data) != 0)
        {
            output.Append("unknown STP version, length "u8);
            output.AppendDecimal(length);
            return true;
        }

        byte version = data[2];
        byte type = data[3];
        PrintVersion(output, version);
        if (version is not (0 or 2 or 3 or 4))
        {
            return true;
        }

        switch (type)
        {
            case 0:
                output.Append(", Config"u8);
                return PrintConfiguration(context, data, length, ConfigurationLength, rapid: false);
            case 2:
                output.Append(", Rapid STP"u8);
                return version != 2 && length >= MultipleLength ? PrintMultiple(output, data, length) : PrintConfiguration(context, data, length, RapidLength, rapid: true);
            case Topology:
                output.Append(", Topology Change"u8);
                return true;
            default:
                output.Append(", Unknown BPDU Type (0x"u8);
                output.AppendHex(type, 2);
                output.Append(')');
                return true;
        }
    }

    private static void PrintVersion(TextBuffer output, byte version)
    {
        output.Append("STP "u8);
        ReadOnlySpan<byte> name = version switch
        {
            0 => "802.1d"u8,
            2 => "802.1w"u8,
            3 => "802.1s"u8,
            4 => "802.1aq"u8,
            _ => default,
        };
        output.Append(name);
        if (name.IsEmpty)
        {
            output.Append("Unknown STP protocol (0x"u8);
            output.AppendHex(version, 2);
            output.Append(')');
        }
    }

    private static bool PrintConfiguration(PrintContext context, ReadOnlySpan<byte> data, int length, int least, bool rapid)
    {
        TextBuffer output = context.Out;
        if (length < least)
        {
            context.PrintInvalid();
            return true;
        }

        if (data.Length < ConfigurationLength)
        {
            return false;
        }

        byte flags = data[4];
        output.Append(", Flags ["u8);
        PrintFlags(output, flags);
        output.Append("], bridge-id "u8);
        PrintBridge(output, data[17..]);
        output.Append('.');
        output.AppendHex(BinaryPrimitives.ReadUInt16BigEndian(data[25..]), 4);
        output.Append(", length "u8);
        output.AppendDecimal(length);
        if (context.Verbosity == 0)
        {
            return true;
        }

        output.Append("\n\tmessage-age "u8);
        PrintSeconds(output, data[27..]);
        output.Append(", max-age "u8);
        PrintSeconds(output, data[29..]);
        output.Append(", hello-time "u8);
        PrintSeconds(output, data[31..]);
        output.Append(", forwarding-delay "u8);
        PrintSeconds(output, data[33..]);
        output.Append("\n\troot-id "u8);
        PrintBridge(output, data[5..]);
        output.Append(", root-pathcost "u8);
        output.AppendDecimal(BinaryPrimitives.ReadUInt32BigEndian(data[13..]));
        if (rapid)
        {
            output.Append(", port-role "u8);
            output.Append((flags >> 2 & 3) switch
            {
                0 => "Unknown"u8,
                1 => "Alternate"u8,
                2 => "Root"u8,
                _ => "Designated"u8,
            });
        }

        return true;
    }

    private static bool PrintMultiple(TextBuffer output, ReadOnlySpan<byte> data, int length)
    {
        if (data.Length < 5)
        {
            return false;
        }

        output.Append(", CIST Flags ["u8);
        PrintFlags(output, data[4]);
        output.Append("], length "u8);
        output.AppendDecimal(length);
        return true;
    }

    private static void PrintFlags(TextBuffer output, byte flags)
    {
        int start = output.Length;
        AppendFlag(output, start, (flags & 0x01) != 0, "Topology change"u8);
        AppendFlag(output, start, (flags & 0x02) != 0, "Proposal"u8);
        AppendFlag(output, start, (flags & 0x10) != 0, "Learn"u8);
        AppendFlag(output, start, (flags & 0x20) != 0, "Forward"u8);
        AppendFlag(output, start, (flags & 0x40) != 0, "Agreement"u8);
        AppendFlag(output, start, (flags & 0x80) != 0, "Topology change ACK"u8);
        output.Append(output.Length == start ? "none"u8 : default);
    }

    private static void AppendFlag(TextBuffer output, int start, bool set, ReadOnlySpan<byte> name)
    {
        if (set)
        {
            output.Append(output.Length == start ? ""u8 : ", "u8);
            output.Append(name);
        }
    }

    /// <summary>Priority and address: <c>8000.02:00:00:00:01:01</c>.</summary>
    private static void PrintBridge(TextBuffer output, ReadOnlySpan<byte> bridge)
    {
        output.AppendHex(bridge[..2]);
        for (int i = 2; i < 8; i++)
        {
            output.Append(i == 2 ? '.' : ':');
            output.AppendHex(bridge.Slice(i, 1));
        }
    }

    /// <summary>A time in units of 1/256 s, with two digits; halves go to the even digit.</summary>
    private static void PrintSeconds(TextBuffer output, ReadOnlySpan<byte> field)
    {
        uint scaled = BinaryPrimitives.ReadUInt16BigEndian(field) * 100u;
        uint hundredths = scaled / 256;
        uint rest = scaled % 256;
        hundredths += rest > 128 || (rest == 128 && hundredths % 2 != 0) ? 1u : 0u;
        output.AppendDecimal(hundredths / 100);
        output.Append('.');
        output.AppendPadded(hundredths % 100, 2);
        output.Append('s');
    }

    public static bool PrintLoopback(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        const ushort Reply = 1;
        const ushort Forward = 2;
        context.Protocol = ProtocolTag.Loopback;
        TextBuffer output = context.Out;
        output.Append("Loopback"u8);
        if (length < 2)
        {
            context.PrintInvalid();
            return true;
        }

        if (data.Length < 2)
        {
            return false;
        }

        int skip = BinaryPrimitives.ReadUInt16LittleEndian(data);
        output.Append(", skipCount "u8);
        output.AppendDecimal((uint)skip);
        output.Append(skip % 8 != 0 ? " (bogus)"u8 : default);
        int at = 2 + skip;
        if (length < at + 2)
        {
            context.PrintInvalid();
            return true;
        }

        if (data.Length < at + 2)
        {
            return false;
        }

        int function = BinaryPrimitives.ReadUInt16LittleEndian(data[at..]);
        at += 2;
        output.Append(function switch
        {
            Reply => ", Reply"u8,
            Forward => ", Forward Data"u8,
            _ => ",  invalid ("u8,
        });
        if (function is not (Reply or Forward))
        {
            output.AppendDecimal((uint)function);
            output.Append(')');
            return true;
        }

        return PrintLoopbackData(context, data[at..], length - at, isReply: function == Reply);
    }

    private static bool PrintLoopbackData(PrintContext context, ReadOnlySpan<byte> data, int length, bool isReply)
    {
        TextBuffer output = context.Out;
        int size = isReply ? 2 : 6;
        if (length < size)
        {
            context.PrintInvalid();
            return true;
        }

        if (data.Length < size)
        {
            return false;
        }

        if (isReply)
        {
            output.Append(", receipt number "u8);
            output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16LittleEndian(data));
        }
        else
        {
            output.Append(", forwarding address "u8);
            context.Names.AppendMac(output, data);
        }

        output.Append(", data ("u8);
        output.AppendDecimal(length - size);
        output.Append(" octets)"u8);
        return true;
    }
}

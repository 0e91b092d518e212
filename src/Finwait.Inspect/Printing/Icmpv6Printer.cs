using System.Buffers.Binary;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>ICMPv6 (RFC 4443) with the messages of neighbour discovery (RFC 4861); multicast listener discovery has its own printer.</summary>
internal static class Icmpv6Printer
{
    private const int HeaderLength = 8;
    private const int QuotedHeaderLength = 40;

    public static bool Print(PrintContext context, ReadOnlySpan<byte> data, int length, ReadOnlySpan<byte> ip, bool fragmented)
    {
        context.Protocol = ProtocolTag.Icmp6;
        TextBuffer output = context.Out;
        if (length == 0)
        {
            output.Append("ICMP6, length 0"u8);
            context.PrintInvalid();
            return true;
        }

        if (context.Verbosity > 0 && !fragmented && data.Length >= length && !PrintChecksum(output, data, length, ip))
        {
            return false;
        }

        if (data.IsEmpty)
        {
            return false;
        }

        byte type = data[0];
        output.Append("ICMP6, "u8);
        PrintType(output, type);
        if (context.Verbosity > 0 && type is 133 or 134 or 135 or 136 or 137 or 145 or 147 && context.Verbosity > 0)
        {
            output.Append(", length "u8);
            output.AppendDecimal(length);
        }

        if (data.Length < 2)
        {
            return false;
        }

        MessageEnd end = PrintMessage(context, data, length, type, data[1]);
        if (end == MessageEnd.Cut)
        {
            return false;
        }

        if (end == MessageEnd.Open && context.Verbosity == 0)
        {
            output.Append(", length "u8);
            output.AppendDecimal(length);
        }

        return true;
    }

    /// <summary>How a message's text ended.</summary>
    private enum MessageEnd
    {
        /// <summary>The length still follows.</summary>
        Open,

        /// <summary>Nothing follows.</summary>
        Closed,

        /// <summary>Octets were missing.</summary>
        Cut,
    }

    private static bool PrintChecksum(TextBuffer output, ReadOnlySpan<byte> data, int length, ReadOnlySpan<byte> ip)
    {
        if (data.Length < 4)
        {
            return false;
        }

        ushort found = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        if (Checksums.IsWrong(Checksums.TransportSum(ip, IpProtocol.Icmpv6, data[..length]), found, out ushort right))
        {
            output.Append("[bad icmp6 cksum 0x"u8);
            output.AppendHex(found, 4);
            output.Append(" -> 0x"u8);
            output.AppendHex(right, 4);
            output.Append("!] "u8);
        }
        else
        {
            output.Append("[icmp6 sum ok] "u8);
        }

        return true;
    }

    private static void PrintType(TextBuffer output, byte type)
    {
        ReadOnlySpan<byte> name = type switch
        {
            1 => "destination unreachable"u8,
            2 => "packet too big"u8,
            3 => "time exceeded in-transit"u8,
            4 => "parameter problem"u8,
            128 => "echo request"u8,
            129 => "echo reply"u8,
            130 => "multicast listener query"u8,
            131 => "multicast listener report"u8,
            132 => "multicast listener done"u8,
            133 => "router solicitation"u8,
            134 => "router advertisement"u8,
            135 => "neighbor solicitation"u8,
            136 => "neighbor advertisement"u8,
            137 => "redirect"u8,
            138 => "router renumbering"u8,
            139 => "who-are-you request"u8,
            140 => "who-are-you reply"u8,
            141 => "inverse neighbor solicitation"u8,
            142 => "inverse neighbor advertisement"u8,
            143 => "multicast listener report v2"u8,
            144 => "ha discovery request"u8,
            145 => "ha discovery reply"u8,
            146 => "mobile router solicitation"u8,
            147 => "mobile router advertisement"u8,
            155 => "RPL"u8,
            200 => "mtrace response"u8,
            201 => "mtrace message"u8,
            _ => default,
        };
        output.Append(name);
        if (name.IsEmpty)
        {
            output.Append("unknown icmp6 type ("u8);
            output.AppendDecimal((uint)type);
            output.Append(')');
        }
    }

    private static MessageEnd PrintMessage(PrintContext context, ReadOnlySpan<byte> data, int length, byte type, byte code)
    {
        switch (type)
        {
            case 1:
                return PrintUnreachable(context, data, length, code);
            case 2:
                return PrintWord(context.Out, data, 4, ", mtu "u8);
            case 3:
                return PrintTimeExceeded(context, data, code);
            case 4:
                return PrintParameterProblem(context, data, code);
            case 128 or 129:
                return PrintEcho(context.Out, data);
            case 130 or 131 or 132 or 143:
                return MulticastListenerPrinter.Print(context, data, length, type) ? MessageEnd.Open : MessageEnd.Cut;
            case 133:
                return PrintOptions(context, data, length, HeaderLength);
            case 134:
                return PrintRouterAdvertisement(context, data, length);
            case 135 or 136:
                return PrintNeighbor(context, data, length, type);
            case 137:
                return PrintRedirect(context, data, length);
            case 138 or 139 or 140 or 141 or 142 or 155:
                // Router renumbering, node information and RPL are named and not decoded.
                return MessageEnd.Open;
            case 144 or 146:
                return PrintIdentifier(context.Out, data);
            case 145:
                return PrintHomeAgents(context, data, length);
            case 147:
                return PrintMobilePrefix(context, data, length);
            default:
                context.Out.Append(", length "u8);
                context.Out.AppendDecimal(length);
                if (context.Verbosity <= 1)
                {
                    PrintOctets(context, data, "\n\t"u8, length);
                }

                return MessageEnd.Closed;
        }
    }

    private static MessageEnd PrintWord(TextBuffer output, ReadOnlySpan<byte> data, int at, ReadOnlySpan<byte> text)
    {
        if (data.Length < at + 4)
        {
            return MessageEnd.Cut;
        }

        output.Append(text);
        output.AppendDecimal(BinaryPrimitives.ReadUInt32BigEndian(data[at..]));
        return MessageEnd.Open;
    }

    private static MessageEnd PrintUnreachable(PrintContext context, ReadOnlySpan<byte> data, int length, byte code)
    {
        TextBuffer output = context.Out;
        output.Append(", "u8);
        switch (code)
        {
            case 0:
                output.Append("unreachable route"u8);
                break;
            case 1:
                output.Append(" unreachable prohibited"u8);
                break;
            case 2:
                output.Append("beyond scope"u8);
                break;
            case 3:
                output.Append("unreachable address"u8);
                break;
            case 4:
                output.Append("unreachable port"u8);
                break;
            default:
                output.Append("unknown unreach code ("u8);
                output.AppendDecimal((uint)code);
                output.Append(')');
                if (context.Verbosity <= 1)
                {
                    PrintOctets(context, data, "\n\t"u8, length);
                    return MessageEnd.Closed;
                }

                break;
        }

        if (code <= 4 && !PrintQuoted(context, data, code))
        {
            if (code < 4)
            {
                return MessageEnd.Cut;
            }

            context.PrintTruncated();
            return MessageEnd.Closed;
        }

        return MessageEnd.Open;
    }

    private static bool PrintQuoted(PrintContext context, ReadOnlySpan<byte> data, byte code)
    {
        TextBuffer output = context.Out;
        ReadOnlySpan<byte> quoted = data.Length > HeaderLength ? data[HeaderLength..] : default;
        if (code == 4)
        {
            return PrintPort(context, quoted);
        }

        if (quoted.Length < QuotedHeaderLength)
        {
            return false;
        }

        output.Append(' ');
        context.PrintV6(quoted[24..]);
        if (code == 2)
        {
            output.Append(", source address "u8);
            context.PrintV6(quoted[8..]);
        }

        return true;
    }

    /// <summary>The port of the quoted packet, behind its extension headers.</summary>
    private static bool PrintPort(PrintContext context, ReadOnlySpan<byte> quoted)
    {
        if (quoted.Length < QuotedHeaderLength)
        {
            return false;
        }

        byte protocol = quoted[6];
        int at = QuotedHeaderLength;
        while (protocol is IpProtocol.HopByHop or IpProtocol.DestinationOptions or IpProtocol.Routing or IpProtocol.Fragment)
        {
            if (quoted.Length < at + 2 || (protocol == IpProtocol.Fragment && quoted.Length < at + 4))
            {
                return false;
            }

            int size = protocol == IpProtocol.Fragment ? 8 : (quoted[at + 1] + 1) * 8;
            if (protocol == IpProtocol.Fragment && (BinaryPrimitives.ReadUInt16BigEndian(quoted[(at + 2)..]) & 0xFFF8) != 0)
            {
                return false;
            }

            protocol = quoted[at];
            at += size;
        }

        if (protocol is not (IpProtocol.Tcp or IpProtocol.Udp) || quoted.Length < at + 4)
        {
            return false;
        }

        ushort port = BinaryPrimitives.ReadUInt16BigEndian(quoted[(at + 2)..]);
        TextBuffer output = context.Out;
        output.Append(", "u8);
        context.PrintV6(quoted[24..]);
        output.Append(protocol == IpProtocol.Tcp ? " tcp port "u8 : " udp port "u8);
        context.Names.AppendPort(output, port, protocol == IpProtocol.Tcp);
        return true;
    }

    private static MessageEnd PrintTimeExceeded(PrintContext context, ReadOnlySpan<byte> data, byte code)
    {
        TextBuffer output = context.Out;
        if (code == 0 && data.Length < HeaderLength + QuotedHeaderLength)
        {
            return MessageEnd.Cut;
        }

        switch (code)
        {
            case 0:
                output.Append(" for "u8);
                context.PrintV6(data[(HeaderLength + 24)..]);
                break;
            case 1:
                output.Append(" (reassembly)"u8);
                break;
            default:
                output.Append(", unknown code ("u8);
                output.AppendDecimal((uint)code);
                output.Append(')');
                break;
        }

        return MessageEnd.Open;
    }

    private static MessageEnd PrintParameterProblem(PrintContext context, ReadOnlySpan<byte> data, byte code)
    {
        if (data.Length < HeaderLength + QuotedHeaderLength)
        {
            context.PrintTruncated();
            return MessageEnd.Closed;
        }

        TextBuffer output = context.Out;
        ReadOnlySpan<byte> text = code switch
        {
            0 => ", erroneous - octet "u8,
            1 => ", next header - octet "u8,
            2 => ", option - octet "u8,
            3 => ", incomplete header chain - octet "u8,
            _ => default,
        };
        if (text.IsEmpty)
        {
            output.Append(", code-#"u8);
            output.AppendDecimal((uint)code);
            return MessageEnd.Open;
        }

        return PrintWord(output, data, 4, text);
    }

    private static MessageEnd PrintEcho(TextBuffer output, ReadOnlySpan<byte> data)
    {
        if (data.Length < HeaderLength)
        {
            return MessageEnd.Cut;
        }

        output.Append(", id "u8);
        output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(data[4..]));
        output.Append(", seq "u8);
        output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(data[6..]));
        return MessageEnd.Open;
    }

    private static MessageEnd PrintIdentifier(TextBuffer output, ReadOnlySpan<byte> data)
    {
        if (data.Length < 6)
        {
            return MessageEnd.Cut;
        }

        output.Append(", id 0x"u8);
        output.AppendHex(BinaryPrimitives.ReadUInt16BigEndian(data[4..]), 4);
        return MessageEnd.Open;
    }

    private static MessageEnd PrintOptions(PrintContext context, ReadOnlySpan<byte> data, int length, int at)
    {
        if (context.Verbosity == 0)
        {
            return MessageEnd.Open;
        }

        switch (NeighborOptionsPrinter.Print(context, data, at, length - at))
        {
            case OptionsEnd.Whole:
                return MessageEnd.Open;
            case OptionsEnd.Stopped:
                context.PrintTruncated();
                return MessageEnd.Closed;
            default:
                return MessageEnd.Cut;
        }
    }

    private static MessageEnd PrintRouterAdvertisement(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        const int AdvertisementLength = 16;
        if (context.Verbosity == 0)
        {
            return MessageEnd.Open;
        }

        if (data.Length < AdvertisementLength)
        {
            return MessageEnd.Cut;
        }

        TextBuffer output = context.Out;
        output.Append("\n\thop limit "u8);
        output.AppendDecimal((uint)data[4]);
        output.Append(", Flags ["u8);
        int start = output.Length;
        NeighborOptionsPrinter.PrintFlag(output, start, (data[5] & 0x80) != 0, "managed"u8);
        NeighborOptionsPrinter.PrintFlag(output, start, (data[5] & 0x40) != 0, "other stateful"u8);
        NeighborOptionsPrinter.PrintFlag(output, start, (data[5] & 0x20) != 0, "home agent"u8);
        NeighborOptionsPrinter.PrintFlag(output, start, (data[5] & 0x02) != 0, "ipv6 only"u8);
        NeighborOptionsPrinter.PrintFlag(output, start, output.Length == start, "none"u8);
        output.Append("], pref "u8);
        output.Append(NeighborOptionsPrinter.Preference(data[5]));
        output.Append(", router lifetime "u8);
        output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(data[6..]));
        output.Append("s, reachable time "u8);
        output.AppendDecimal(BinaryPrimitives.ReadUInt32BigEndian(data[8..]));
        output.Append("ms, retrans timer "u8);
        output.AppendDecimal(BinaryPrimitives.ReadUInt32BigEndian(data[12..]));
        output.Append("ms"u8);
        return PrintOptions(context, data, length, AdvertisementLength);
    }

    private static MessageEnd PrintNeighbor(PrintContext context, ReadOnlySpan<byte> data, int length, byte type)
    {
        const int NeighborLength = 24;
        TextBuffer output = context.Out;
        if (data.Length < NeighborLength)
        {
            return MessageEnd.Cut;
        }

        output.Append(type == 135 ? ", who has "u8 : ", tgt is "u8);
        context.PrintV6(data[HeaderLength..]);
        if (type == 136 && context.Verbosity > 0)
        {
            output.Append(", Flags ["u8);
            int start = output.Length;
            NeighborOptionsPrinter.PrintFlag(output, start, (data[4] & 0x80) != 0, "router"u8);
            NeighborOptionsPrinter.PrintFlag(output, start, (data[4] & 0x40) != 0, "solicited"u8);
            NeighborOptionsPrinter.PrintFlag(output, start, (data[4] & 0x20) != 0, "override"u8);
            NeighborOptionsPrinter.PrintFlag(output, start, output.Length == start, "none"u8);
            output.Append(']');
        }

        return PrintOptions(context, data, length, NeighborLength);
    }

    private static MessageEnd PrintRedirect(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        const int RedirectLength = 40;
        if (data.Length < RedirectLength)
        {
            return MessageEnd.Cut;
        }

        context.Out.Append(", "u8);
        context.PrintV6(data[24..]);
        context.Out.Append(" to "u8);
        context.PrintV6(data[8..]);
        return PrintOptions(context, data, length, RedirectLength);
    }

    private static MessageEnd PrintHomeAgents(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        if (context.Verbosity == 0)
        {
            return MessageEnd.Open;
        }

        MessageEnd end = PrintIdentifier(context.Out, data);
        for (int at = HeaderLength; end == MessageEnd.Open && at < length; at += 16)
        {
            if (data.Length < at + 16)
            {
                return MessageEnd.Cut;
            }

            context.Out.Append(", "u8);
            context.PrintV6(data[at..]);
        }

        return end;
    }

    private static MessageEnd PrintMobilePrefix(PrintContext context, ReadOnlySpan<byte> data, int length)
    {
        if (context.Verbosity == 0)
        {
            return MessageEnd.Open;
        }

        if (PrintIdentifier(context.Out, data) == MessageEnd.Cut || data.Length < HeaderLength)
        {
            return MessageEnd.Cut;
        }

        TextBuffer output = context.Out;
        output.Append((data[6] & 0xC0) switch
        {
            0xC0 => " MO"u8,
            0x80 => " M"u8,
            0x40 => " O"u8,
            _ => default,
        });
        return PrintOptions(context, data, length, HeaderLength);
    }

    /// <summary>Octets that nobody decodes, in rows of hex.</summary>
    public static void PrintOctets(PrintContext context, ReadOnlySpan<byte> data, ReadOnlySpan<byte> lead, int length) =>
        HexDumps.AppendHex(context.Out, lead, data[..Math.Clamp(length, 0, data.Length)]);
}

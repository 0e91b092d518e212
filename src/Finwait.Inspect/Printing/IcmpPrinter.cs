using System.Buffers.Binary;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>ICMP for IPv4 (RFC 792 and later ones).</summary>
internal static class IcmpPrinter
{
    private const int HeaderLength = 8;
    private const byte Unreachable = 3;
    private const byte PortUnreachable = 3;
    private const byte RouterAdvertisement = 9;
    private const byte TimeExceeded = 11;
    private const byte TimestampReply = 14;

    public static bool Print(PrintContext context, ReadOnlySpan<byte> data, int length, bool fragmented)
    {
        context.Protocol = ProtocolTag.Icmp;
        TextBuffer output = context.Out;
        int start = output.Length;
        output.Append("ICMP "u8);
        if (!PrintMessage(context, data))
        {
            // What was composed so far is not shown when octets are missing.
            output.Truncate(start);
            if (!IsQuietlyCut(data))
            {
                return false;
            }

            context.PrintTruncated();
            return true;
        }

        output.Append(", length "u8);
        output.AppendDecimal(length);
        byte type = data[0];
        if (context.Verbosity > 0 && !fragmented && data.Length >= length)
        {
            ushort found = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
            if (Checksums.IsWrong(InternetChecksum.Sum(data[..length]), found, out ushort right))
            {
                output.Append(" (wrong icmp cksum "u8);
                output.AppendHex(found, 1);
                output.Append(" (->"u8);
                output.AppendHex(right, 1);
                output.Append(")!)"u8);
            }
        }

        if (context.Verbosity == 0)
        {
            return true;
        }

        if (type is Unreachable or 4 or 5 or TimeExceeded or 12 && !PrintQuoted(context, data))
        {
            return false;
        }

        if (type is Unreachable or TimeExceeded or 12 && length > IcmpExtensionPrinter.ShortestMessage)
        {
            IcmpExtensionPrinter.Print(context, data, length);
        }

        return true;
    }

    /// <summary>True if tcpdump notices the missing octets before it asks for them, and so still knows where the network header is.</summary>
    private static bool IsQuietlyCut(ReadOnlySpan<byte> data) => data.Length >= 2 && data[0] switch
    {
        RouterAdvertisement or TimestampReply or TimeExceeded => true,
        Unreachable => data[1] == PortUnreachable && data.Length < HeaderLength + 10,
        _ => false,
    };

    private static bool PrintQuoted(PrintContext context, ReadOnlySpan<byte> data)
    {
        context.Out.Append("\n\t"u8);
        if (data.Length < HeaderLength + 4)
        {
            return false;
        }

        ReadOnlySpan<byte> quoted = data[HeaderLength..];
        int total = BinaryPrimitives.ReadUInt16BigEndian(quoted[2..]);
        if (quoted.Length > total)
        {
            quoted = quoted[..total];
        }

        if (total < 4)
        {
            return false;
        }

        if (!Ipv4Printer.Print(context, quoted, total))
        {
            return false;
        }

        context.Protocol = ProtocolTag.Icmp;
        return true;
    }

    private static bool PrintMessage(PrintContext context, ReadOnlySpan<byte> data)
    {
        if (data.Length < 2)
        {
            return false;
        }

        TextBuffer output = context.Out;
        byte type = data[0];
        byte code = data[1];
        switch (type)
        {
            case 0 or 8:
                output.Append(type == 8 ? "echo request"u8 : "echo reply"u8);
                return PrintIdAndSequence(output, data, ", id "u8, ", seq "u8);
            case 3:
                return PrintUnreachable(context, data, code);
            case 5:
                return PrintRedirect(context, data, code);
            case 9:
                return PrintRouters(context, data);
            case TimeExceeded:
                return PrintTimeExceeded(output, data, code);
            case 12:
                return PrintParameterProblem(output, data, code);
            case 13:
                output.Append("time stamp query"u8);
                return PrintIdAndSequence(output, data, " id "u8, " seq "u8);
            case 14:
                return PrintTimeStampReply(output, data);
            case 18:
                if (data.Length < HeaderLength + 4)
                {
                    return false;
                }

                output.Append("address mask is 0x"u8);
                output.AppendHex(BinaryPrimitives.ReadUInt32BigEndian(data[HeaderLength..]), 8);
                return true;
            default:
                PrintTypeName(output, type);
                return true;
        }
    }

    private static void PrintTypeName(TextBuffer output, byte type)
    {
        ReadOnlySpan<byte> name = type switch
        {
            4 => "source quench"u8,
            10 => "router solicitation"u8,
            15 => "information request"u8,
            16 => "information reply"u8,
            17 => "address mask request"u8,
            _ => default,
        };
        output.Append(name);
        if (name.IsEmpty)
        {
            output.Append("type-#"u8);
            output.AppendDecimal((uint)type);
        }
    }

    private static bool PrintIdAndSequence(TextBuffer output, ReadOnlySpan<byte> data, ReadOnlySpan<byte> idText, ReadOnlySpan<byte> sequenceText)
    {
        if (data.Length < HeaderLength)
        {
            return false;
        }

        output.Append(idText);
        output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(data[4..]));
        output.Append(sequenceText);
        output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(data[6..]));
        return true;
    }

    private static bool PrintUnreachable(PrintContext context, ReadOnlySpan<byte> data, byte code)
    {
        TextBuffer output = context.Out;
        (bool net, bool host) = (code is 0 or 6 or 9 or 11, code is 1 or 7 or 10 or 12 or 13 or 14 or 15);
        output.Append(net ? "net "u8 : host ? "host "u8 : default);
        ReadOnlySpan<byte> quoted = data.Length > HeaderLength ? data[HeaderLength..] : default;
        if (quoted.Length < 20 || !context.PrintV4(quoted[16..]))
        {
            return false;
        }

        switch (code)
        {
            case 2:
                output.Append(" protocol "u8);
                output.AppendDecimal((uint)quoted[9]);
                output.Append(" unreachable"u8);
                return true;
            case 3:
                return PrintPort(context, quoted);
            case 4:
                int mtu = BinaryPrimitives.ReadUInt16BigEndian(data[6..]);
                output.Append(" unreachable - need to frag"u8);
                if (mtu != 0)
                {
                    output.Append(" (mtu "u8);
                    output.AppendDecimal(mtu);
                    output.Append(')');
                }

                return true;
            default:
                output.Append(" unreachable"u8);
                output.Append(code switch
                {
                    0 or 1 => default,
                    5 => " - source route failed"u8,
                    6 or 7 => " - unknown"u8,
                    8 => " - source host isolated"u8,
                    9 or 10 => " - admin prohibited"u8,
                    11 or 12 => " - tos prohibited"u8,
                    13 => " - admin prohibited filter"u8,
                    14 => " - host precedence violation"u8,
                    15 => " - precedence cutoff"u8,
                    _ => " - #"u8,
                });
                if (code > 15)
                {
                    output.AppendDecimal((uint)code);
                }

                return true;
        }
    }

    private static bool PrintPort(PrintContext context, ReadOnlySpan<byte> quoted)
    {
        TextBuffer output = context.Out;
        int portAt = ((quoted[0] & 0xF) * 4) + 2;
        if (quoted.Length < portAt + 2)
        {
            return false;
        }

        ushort port = BinaryPrimitives.ReadUInt16BigEndian(quoted[portAt..]);
        byte protocol = quoted[9];
        switch (protocol)
        {
            case IpProtocol.Tcp:
                output.Append(" tcp port "u8);
                context.Names.AppendPort(output, port, tcp: true);
                break;
            case IpProtocol.Udp:
                output.Append(" udp port "u8);
                context.Names.AppendPort(output, port, tcp: false);
                break;
            default:
                output.Append(" protocol "u8);
                output.AppendDecimal((uint)protocol);
                output.Append(" port "u8);
                output.AppendDecimal((uint)port);
                break;
        }

        output.Append(" unreachable"u8);
        return true;
    }

    private static bool PrintRedirect(PrintContext context, ReadOnlySpan<byte> data, byte code)
    {
        TextBuffer output = context.Out;
        output.Append(code is 2 or 3 ? "redirect-tos "u8 : "redirect"u8);
        if (code > 3)
        {
            output.Append("-#"u8);
            output.AppendDecimal((uint)code);
        }

        if (code is not (2 or 3))
        {
            output.Append(' ');
        }

        if (data.Length < HeaderLength + 20 || !context.PrintV4(data[(HeaderLength + 16)..]))
        {
            return false;
        }

        output.Append(code is 0 or 2 ? " to net "u8 : code is 1 or 3 ? " to host "u8 : " to "u8);
        return context.PrintV4(data[4..]);
    }

    private static bool PrintRouters(PrintContext context, ReadOnlySpan<byte> data)
    {
        TextBuffer output = context.Out;
        output.Append("router advertisement lifetime "u8);
        if (data.Length < HeaderLength)
        {
            return false;
        }

        uint lifetime = BinaryPrimitives.ReadUInt16BigEndian(data[6..]);
        if (lifetime < 60)
        {
            output.AppendDecimal(lifetime);
        }
        else if (lifetime < 3600)
        {
            output.AppendDecimal(lifetime / 60);
            output.Append(':');
            output.AppendPadded(lifetime % 60, 2);
        }
        else
        {
            output.AppendDecimal(lifetime / 3600);
            output.Append(':');
            output.AppendPadded(lifetime % 3600 / 60, 2);
            output.Append(':');
            output.AppendPadded(lifetime % 60, 2);
        }

        int count = data[4];
        output.Append(' ');
        output.AppendDecimal(count);
        output.Append(':');
        if (data[5] != 2)
        {
            output.Append(" [size "u8);
            output.AppendDecimal((uint)data[5]);
            output.Append(']');
            return true;
        }

        for (int i = 0; i < count; i++)
        {
            int at = HeaderLength + (i * 8);
            if (data.Length < at + 8)
            {
                return false;
            }

            output.Append(" {"u8);
            context.PrintV4(data[at..]);
            output.Append(' ');
            output.AppendDecimal(BinaryPrimitives.ReadUInt32BigEndian(data[(at + 4)..]));
            output.Append('}');
        }

        return true;
    }

    private static bool PrintTimeExceeded(TextBuffer output, ReadOnlySpan<byte> data, byte code)
    {
        output.Append(code == 0 ? "time exceeded in-transit"u8 : code == 1 ? "ip reassembly time exceeded"u8 : "time exceeded-#"u8);
        if (code > 1)
        {
            output.AppendDecimal((uint)code);
        }

        return data.Length >= HeaderLength + 20;
    }

    private static bool PrintParameterProblem(TextBuffer output, ReadOnlySpan<byte> data, byte code)
    {
        if (code != 0)
        {
            output.Append("parameter problem - code "u8);
            output.AppendDecimal((uint)code);
            return true;
        }

        if (data.Length < 5)
        {
            return false;
        }

        output.Append("parameter problem - octet "u8);
        output.AppendDecimal((uint)data[4]);
        return true;
    }

    private static bool PrintTimeStampReply(TextBuffer output, ReadOnlySpan<byte> data)
    {
        if (data.Length < 20)
        {
            return false;
        }

        output.Append("time stamp reply"u8);
        PrintIdAndSequence(output, data, " id "u8, " seq "u8);
        output.Append(": org "u8);
        PrintMilliseconds(output, BinaryPrimitives.ReadUInt32BigEndian(data[8..]));
        output.Append(", recv "u8);
        PrintMilliseconds(output, BinaryPrimitives.ReadUInt32BigEndian(data[12..]));
        output.Append(", xmit "u8);
        PrintMilliseconds(output, BinaryPrimitives.ReadUInt32BigEndian(data[16..]));
        return true;
    }

    private static void PrintMilliseconds(TextBuffer output, uint time)
    {
        output.AppendPadded(time / 3_600_000, 2);
        output.Append(':');
        output.AppendPadded(time / 60_000 % 60, 2);
        output.Append(':');
        output.AppendPadded(time / 1000 % 60, 2);
        output.Append('.');
        output.AppendPadded(time % 1000, 3);
    }
}

using System.Buffers.Binary;
using Finwait.Capture;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>
/// Packets as tcpdump 3 printed them, the style of books of that time: <c>a.1051 &gt; b.23: S 4255483971:4255483971(0) win 65535 &lt;mss 1460&gt; (DF)</c>.
/// It knows TCP, UDP and ICMP over whole IPv4 packets and ARP, on Ethernet or without a link header; the rest is printed as today.
/// </summary>
internal static class ClassicPrinter
{
    private const int EthernetHeader = 14;
    private const int DontFragment = 0x4000;
    private const int FragmentMask = 0x3FFF;
    private const int ArpLength = 28;

    /// <summary>Prints a packet. False, and nothing printed, for what this style does not know or what was not captured as a whole.</summary>
    public static bool TryPrint(PrintContext context, in PacketRecord packet)
    {
        ReadOnlySpan<byte> data = packet.Data;
        int link = packet.LinkType == LinkType.Ethernet ? EthernetHeader : packet.LinkType == LinkType.Raw ? 0 : -1;
        if (link < 0 || context.LinkHeader || data.Length <= link || data.Length != packet.Length)
        {
            return false;
        }

        int start = context.Out.Length;
        ushort type = link == 0 ? EtherType.Ipv4 : BinaryPrimitives.ReadUInt16BigEndian(data[12..]);
        bool isPrinted = type == EtherType.Ipv4 ? PrintIp(context, data[link..]) : type == EtherType.Arp && PrintArp(context, data[link..]);
        if (isPrinted)
        {
            context.LinkHeaderLength = link;
        }
        else
        {
            context.Out.Truncate(start);
        }

        return isPrinted;
    }

    private static bool PrintIp(PrintContext context, ReadOnlySpan<byte> packet)
    {
        if (Ipv4View.TryParse(packet, out Ipv4View ip) != WireError.None || (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & FragmentMask) != 0)
        {
            return false;
        }

        bool isPrinted = ip.Protocol switch
        {
            IpProtocol.Tcp => PrintTcp(context, ip, packet),
            IpProtocol.Udp => PrintUdp(context, ip, packet),
            IpProtocol.Icmp => PrintIcmp(context, ip, packet),
            _ => false,
        };
        if (isPrinted)
        {
            PrintIpRemarks(context, packet);
        }

        return isPrinted;
    }

    /// <summary>What stood behind the transport's text: the fragment bit, and with -v the time to live and the identification.</summary>
    private static void PrintIpRemarks(PrintContext context, ReadOnlySpan<byte> ip)
    {
        TextBuffer output = context.Out;
        if ((BinaryPrimitives.ReadUInt16BigEndian(ip[6..]) & DontFragment) != 0)
        {
            output.Append(" (DF)"u8);
        }

        if (ip[1] != 0)
        {
            output.Append(" [tos 0x"u8);
            output.AppendHex(ip[1], 1);
            output.Append(']');
        }

        if (context.Verbosity > 0)
        {
            output.Append(" (ttl "u8);
            output.AppendDecimal((uint)ip[8]);
            output.Append(", id "u8);
            output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(ip[4..]));
            output.Append(')');
        }
        else if (ip[8] <= 1)
        {
            output.Append(" [ttl "u8);
            output.AppendDecimal((uint)ip[8]);
            output.Append(']');
        }
    }

    private static bool PrintTcp(PrintContext context, in Ipv4View ip, ReadOnlySpan<byte> packet)
    {
        ReadOnlySpan<byte> segment = ip.Payload;
        if (TcpView.TryParse(segment, out TcpView tcp) != WireError.None)
        {
            return false;
        }

        TextBuffer output = context.Out;
        context.PrintEndpoints(packet, IpProtocol.Tcp, tcp.SourcePort, tcp.DestinationPort);
        PrintFlags(output, tcp.Flags);
        uint seq = tcp.Seq.Value, ack = tcp.Ack.Value, sackBase = 0;
        if (!context.AbsoluteNumbers && tcp.Has(TcpFlags.Ack))
        {
            TcpPrinter.MakeRelative(context, segment, packet, (byte)tcp.Flags, ref seq, ref ack, out sackBase);
        }

        int length = tcp.Payload.Length;
        if (length > 0 || tcp.Has(TcpFlags.Syn) || tcp.Has(TcpFlags.Fin) || tcp.Has(TcpFlags.Rst))
        {
            output.Append(' ');
            output.AppendDecimal(seq);
            output.Append(':');
            output.AppendDecimal(unchecked(seq + (uint)length));
            output.Append('(');
            output.AppendDecimal(length);
            output.Append(')');
        }

        if (tcp.Has(TcpFlags.Ack))
        {
            output.Append(" ack "u8);
            output.AppendDecimal(ack);
        }

        output.Append(" win "u8);
        output.AppendDecimal((uint)tcp.RawWindow);
        if (tcp.Has(TcpFlags.Urg))
        {
            output.Append(" urg "u8);
            output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(segment[18..]));
        }

        return PrintOptions(output, tcp.OptionBytes, sackBase);
    }

    private static void PrintFlags(TextBuffer output, TcpFlags flags)
    {
        int start = output.Length;
        ReadOnlySpan<(TcpFlags Flag, char Letter)> letters = [(TcpFlags.Syn, 'S'), (TcpFlags.Fin, 'F'), (TcpFlags.Rst, 'R'), (TcpFlags.Psh, 'P'), (TcpFlags.Cwr, 'W'), (TcpFlags.Ece, 'E')];
        foreach ((TcpFlags flag, char letter) in letters)
        {
            if ((flags & flag) != 0)
            {
                output.Append(letter);
            }
        }

        if (output.Length == start)
        {
            output.Append('.');
        }
    }

    /// <summary>The options between angle brackets; false for one that is damaged or that tcpdump 3 did not know by name.</summary>
    private static bool PrintOptions(TextBuffer output, ReadOnlySpan<byte> options, uint sackBase)
    {
        for (int at = 0; at < options.Length;)
        {
            output.Append(at == 0 ? " <"u8 : ","u8);
            int kind = options[at];
            int length = kind <= 1 ? 1 : at + 1 < options.Length ? options[at + 1] : 0;
            if (length == 0 || length > options.Length - at || !PrintOption(output, kind, options.Slice(at, length), sackBase))
            {
                return false;
            }

            at = kind == 0 ? options.Length : at + length;
        }

        output.Append(options.IsEmpty ? default : ">"u8);
        return true;
    }

    private static bool PrintOption(TextBuffer output, int kind, ReadOnlySpan<byte> option, uint sackBase)
    {
        switch (kind, option.Length)
        {
            case (0, _):
                output.Append("eol"u8);
                return true;
            case (1, _):
                output.Append("nop"u8);
                return true;
            case (2, 4):
                output.Append("mss "u8);
                output.AppendDecimal((uint)BinaryPrimitives.ReadUInt16BigEndian(option[2..]));
                return true;
            case (3, 3):
                output.Append("wscale "u8);
                output.AppendDecimal((uint)option[2]);
                return true;
            case (4, 2):
                output.Append("sackOK"u8);
                return true;
            case (5, > 2) when option.Length % 8 == 2:
                output.Append("sack "u8);
                output.AppendDecimal(option.Length / 8);
                output.Append(' ');
                for (int at = 2; at < option.Length; at += 8)
                {
                    output.Append('{');
                    output.AppendDecimal(unchecked(BinaryPrimitives.ReadUInt32BigEndian(option[at..]) - sackBase));
                    output.Append(':');
                    output.AppendDecimal(unchecked(BinaryPrimitives.ReadUInt32BigEndian(option[(at + 4)..]) - sackBase));
                    output.Append('}');
                }

                return true;
            case (8, 10):
                output.Append("timestamp "u8);
                output.AppendDecimal(BinaryPrimitives.ReadUInt32BigEndian(option[2..]));
                output.Append(' ');
                output.AppendDecimal(BinaryPrimitives.ReadUInt32BigEndian(option[6..]));
                return true;
            default:
                return false;
        }
    }

    private static bool PrintUdp(PrintContext context, in Ipv4View ip, ReadOnlySpan<byte> packet)
    {
        if (UdpView.TryParse(ip.Payload, out UdpView udp) != WireError.None)
        {
            return false;
        }

        context.PrintEndpoints(packet, IpProtocol.Udp, udp.SourcePort, udp.DestinationPort);
        context.Out.Append("udp "u8);
        context.Out.AppendDecimal(udp.Payload.Length);
        return true;
    }

    private static bool PrintIcmp(PrintContext context, in Ipv4View ip, ReadOnlySpan<byte> packet)
    {
        if (Icmpv4View.TryParse(ip.Payload, out Icmpv4View icmp) != WireError.None)
        {
            return false;
        }

        TextBuffer output = context.Out;
        context.PrintAddresses(packet, ": icmp: "u8);
        switch (icmp.Type, icmp.Code)
        {
            case (Icmpv4Type.EchoRequest, _):
                output.Append("echo request"u8);
                return true;
            case (Icmpv4Type.EchoReply, _):
                output.Append("echo reply"u8);
                return true;
            case (Icmpv4Type.TimeExceeded, Icmpv4Code.TimeToLiveExceeded):
                output.Append("time exceeded in-transit"u8);
                return true;
            case (Icmpv4Type.DestinationUnreachable, _):
                return PrintUnreachable(context, icmp);
            default:
                return false;
        }
    }

    private static bool PrintUnreachable(PrintContext context, in Icmpv4View icmp)
    {
        ReadOnlySpan<byte> quoted = icmp.QuotedPacket;
        int header = quoted.Length >= 20 ? (quoted[0] & 0xF) * 4 : int.MaxValue;
        if (header < 20 || quoted.Length < (long)header + 4)
        {
            return false;
        }

        TextBuffer output = context.Out;
        if (icmp.Code == Icmpv4Code.NetUnreachable)
        {
            output.Append("net "u8);
        }
        else if (icmp.Code == Icmpv4Code.HostUnreachable)
        {
            output.Append("host "u8);
        }

        context.PrintV4(quoted[16..]);
        switch (icmp.Code)
        {
            case Icmpv4Code.NetUnreachable or Icmpv4Code.HostUnreachable:
                output.Append(" unreachable"u8);
                return true;
            case Icmpv4Code.PortUnreachable when quoted[9] is IpProtocol.Udp or IpProtocol.Tcp:
                bool isTcp = quoted[9] == IpProtocol.Tcp;
                output.Append(isTcp ? " tcp port "u8 : " udp port "u8);
                context.Names.AppendPort(output, BinaryPrimitives.ReadUInt16BigEndian(quoted[(header + 2)..]), isTcp);
                output.Append(" unreachable"u8);
                return true;
            case Icmpv4Code.FragmentationNeeded:
                output.Append(" unreachable - need to frag"u8);
                if (icmp.NextHopMtu > 0)
                {
                    output.Append(" (mtu "u8);
                    output.AppendDecimal((uint)icmp.NextHopMtu);
                    output.Append(')');
                }

                return true;
            default:
                return false;
        }
    }

    private static bool PrintArp(PrintContext context, ReadOnlySpan<byte> arp)
    {
        // Ethernet and IPv4, question or answer.
        if (arp.Length < ArpLength || BinaryPrimitives.ReadUInt64BigEndian(arp) >> 16 != 0x0001_0800_0604 || arp[6] != 0 || arp[7] is not (1 or 2))
        {
            return false;
        }

        TextBuffer output = context.Out;
        bool isQuestion = arp[7] == 1;
        output.Append(isQuestion ? "arp who-has "u8 : "arp reply "u8);
        context.PrintV4(isQuestion ? arp[24..] : arp[14..]);
        output.Append(isQuestion ? " tell "u8 : " is-at "u8);
        if (isQuestion)
        {
            context.PrintV4(arp[14..]);
            return true;
        }

        for (int i = 0; i < 6; i++)
        {
            output.Append(i == 0 ? default : ":"u8);
            output.AppendHex(arp[8 + i], 1); // 0:c0:4f, without leading zeros
        }

        return true;
    }
}

using System.Globalization;
using System.Text;
using Finwait.Wire;

namespace Finwait.Drill;

/// <summary>Turns the packets that a script injects into bytes, and those it expects into text.</summary>
internal static class PacketBuilder
{
    private const byte TimeToLive = 255;
    private const int QuotedOctets = 8;

    public static byte[] Build(int line, PacketAction packet, DrillFlow flow, bool isV6)
    {
        if (packet.Tcp is { } tcp)
        {
            return Wrap(packet.Ip, flow.Remote, flow.Local, IpProtocol.Tcp, Segment(line, tcp, flow), isV6);
        }

        if (packet.Udp is { } udp)
        {
            byte[] datagram = new byte[UdpView.HeaderLength + udp.Length];
            UdpWriter.WriteHeader(datagram, flow.RemotePort, flow.LocalPort, udp.Length);
            UdpWriter.WriteChecksum(datagram, flow.Remote, flow.Local);
            return Wrap(packet.Ip, flow.Remote, flow.Local, IpProtocol.Udp, datagram, isV6);
        }

        return Wrap(packet.Ip, flow.Remote, flow.Local, isV6 ? IpProtocol.Icmpv6 : IpProtocol.Icmp, Message(packet.Icmp!, flow, isV6), isV6);
    }

    private static byte[] Segment(int line, TcpSpec tcp, DrillFlow flow)
    {
        byte[] options = tcp.Options is null
            ? throw new DrillFault(line, "an inbound packet needs its options: '<...>' stands only in packets that are expected")
            : OptionCodec.Write(line, tcp.Options, flow);
        int header = TcpView.MinHeaderLength + options.Length;
        byte[] segment = new byte[header + tcp.Length];
        uint seq = unchecked(tcp.Seq + flow.RemoteOffset);
        uint ack = tcp.Ack is { } given ? unchecked(given + flow.LocalOffset) : 0;
        TcpWriter.WriteHeader(segment, flow.RemotePort, flow.LocalPort, new SeqNum(seq), new SeqNum(ack), tcp.Flags, (ushort)(tcp.Window ?? 0), (ushort)tcp.UrgentPointer, default, TcpOptionLayout.Linux);
        segment[12] = (byte)((header / 4 << 4) | (segment[12] & 0xF));
        options.CopyTo(segment, TcpView.MinHeaderLength);
        for (int i = header; i < segment.Length; i++)
        {
            segment[i] = (byte)(seq + (i - header)); // not all the same, so that shifted text is seen
        }

        TcpWriter.WriteChecksum(segment, flow.Remote, flow.Local);
        return segment;
    }

    private static byte[] Message(IcmpSpec icmp, DrillFlow flow, bool isV6)
    {
        // What is quoted is a packet of ours: its IP header and the first octets behind it.
        byte protocol = icmp.QuotesUdp ? IpProtocol.Udp : IpProtocol.Tcp;
        byte[] start = new byte[TcpView.MinHeaderLength];
        int transport = icmp.QuotesUdp ? UdpView.HeaderLength + icmp.QuotedLength : TcpView.MinHeaderLength + icmp.QuotedLength;
        if (icmp.QuotesUdp)
        {
            UdpWriter.WriteHeader(start, flow.LocalPort, flow.RemotePort, icmp.QuotedLength);
        }
        else
        {
            TcpWriter.WriteHeader(start, flow.LocalPort, flow.RemotePort, new SeqNum(unchecked(icmp.QuotedSeq + flow.LocalOffset)), default, TcpFlags.Ack, 0, 0, default, TcpOptionLayout.Linux);
        }

        byte[] quoted = new byte[(isV6 ? Ipv6View.HeaderLength : Ipv4View.MinHeaderLength) + (isV6 ? start.Length : QuotedOctets)];
        int at = isV6
            ? Ipv6Writer.Write(quoted, flow.Local, flow.Remote, protocol, transport)
            : Ipv4Writer.Write(quoted, flow.Local, flow.Remote, protocol, transport);
        start.AsSpan(0, quoted.Length - at).CopyTo(quoted.AsSpan(at));
        byte[] message = new byte[Icmpv4View.HeaderLength + quoted.Length];
        uint rest = icmp.Mtu ?? 0;
        if (isV6)
        {
            Icmpv6Writer.Write(message, (Icmpv6Type)icmp.Type, icmp.Code, rest, quoted, flow.Remote, flow.Local);
        }
        else
        {
            Icmpv4Writer.Write(message, (Icmpv4Type)icmp.Type, icmp.Code, rest, quoted);
        }

        return message;
    }

    private static byte[] Wrap(IpSpec ip, IpAddress source, IpAddress destination, byte protocol, byte[] payload, bool isV6)
    {
        byte tos = (byte)(ip.TrafficClass ?? ip.Ecn ?? (ip.IsEitherEct ? 2 : 0));
        byte hops = (byte)(ip.TimeToLive ?? TimeToLive);
        byte[] packet = new byte[(isV6 ? Ipv6View.HeaderLength : Ipv4View.MinHeaderLength) + payload.Length];
        int at = isV6
            ? Ipv6Writer.Write(packet, source, destination, protocol, payload.Length, hops, tos, (uint)(ip.FlowLabel ?? 0))
            : Ipv4Writer.Write(packet, source, destination, protocol, payload.Length, hops, tos, dontFragment: false);
        payload.CopyTo(packet, at);
        return packet;
    }

    /// <summary>A packet as the script wrote it.</summary>
    public static string Show(PacketAction packet)
    {
        if (packet.Udp is { } udp)
        {
            return string.Create(CultureInfo.InvariantCulture, $"udp ({udp.Length})");
        }

        if (packet.Icmp is { } icmp)
        {
            return (icmp.IsV6 ? "icmpv6 " : "icmp ") + icmp.Text;
        }

        TcpSpec tcp = packet.Tcp!;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{tcp.FlagText} {tcp.Seq}:{unchecked(tcp.Seq + (uint)tcp.Length)}({tcp.Length}) ");
        text.Append(tcp.Ack is { } ack ? string.Create(CultureInfo.InvariantCulture, $"ack {ack} ") : "");
        text.Append(tcp.Window is { } window ? string.Create(CultureInfo.InvariantCulture, $"win {window} ") : "");
        text.Append(tcp.UrgentPointer != 0 ? string.Create(CultureInfo.InvariantCulture, $"urg {tcp.UrgentPointer} ") : "");
        string options = tcp.Options is null ? "..." : OptionCodec.Show(tcp.Options, null);
        return text.Append(options.Length > 0 ? $"<{options}>" : "").ToString().TrimEnd();
    }
}

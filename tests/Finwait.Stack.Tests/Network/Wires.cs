using System.Globalization;
using System.Text;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>Makes frames by hand and says in one line what a frame is, so that tests can be read like a tcpdump.</summary>
internal static class Wires
{
    public static readonly MacAddress RomeoMac = Mac("02:00:00:00:01:64"), RouterMac = Mac("02:00:00:00:01:01"), OtherMac = Mac("02:00:00:00:01:77");
    public static readonly IpAddress Romeo = Ip("10.10.1.100"), Router = Ip("10.10.1.1"), Juliet = Ip("10.10.2.100"), Other = Ip("10.10.1.77");

    public static IpAddress Ip(string text) => IpAddress.Parse(text);

    public static MacAddress Mac(string text) => MacAddress.TryParse(text, out MacAddress mac) ? mac : throw new FormatException(text);

    public static byte[] Ethernet(MacAddress destination, MacAddress source, ushort type, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[14 + payload.Length];
        EthernetWriter.Write(frame, destination, source, type);
        payload.CopyTo(frame.AsSpan(14));
        return frame;
    }

    public static byte[] Arp(MacAddress to, ArpOperation operation, MacAddress senderMac, IpAddress senderIp, MacAddress targetMac, IpAddress targetIp)
    {
        byte[] packet = new byte[28];
        ArpWriter.Write(packet, operation, senderMac, senderIp, targetMac, targetIp);
        return Ethernet(to, senderMac, EtherType.Arp, packet);
    }

    public static byte[] Ipv4(IpAddress source, IpAddress destination, byte protocol, ReadOnlySpan<byte> payload, byte ttl = 64, byte tos = 0, ushort id = 7,
        bool df = false, bool more = false, int offset = 0, byte[]? options = null)
    {
        byte[] packet = new byte[20 + (((options?.Length ?? 0) + 3) & ~3) + payload.Length];
        int header = Ipv4Writer.Write(packet, source, destination, protocol, payload.Length, ttl, tos, id, df, more, offset, options);
        payload.CopyTo(packet.AsSpan(header));
        return packet;
    }

    public static byte[] Ipv6(IpAddress source, IpAddress destination, byte nextHeader, ReadOnlySpan<byte> payload, byte hops = 64, byte trafficClass = 0)
    {
        byte[] packet = new byte[40 + payload.Length];
        Ipv6Writer.Write(packet, source, destination, nextHeader, payload.Length, hops, trafficClass);
        payload.CopyTo(packet.AsSpan(40));
        return packet;
    }

    public static byte[] Echo(ushort id, ushort sequence, int length, bool isReply = false)
    {
        byte[] message = new byte[8 + length];
        Icmpv4Writer.WriteEcho(message, isReply, id, sequence, Pattern(length));
        return message;
    }

    public static byte[] EchoV6(IpAddress source, IpAddress destination, ushort id, ushort sequence, int length, bool isReply = false)
    {
        byte[] message = new byte[8 + length];
        Icmpv6Writer.WriteEcho(message, isReply, id, sequence, Pattern(length), source, destination);
        return message;
    }

    public static byte[] IcmpError(Icmpv4Type type, byte code, uint rest, ReadOnlySpan<byte> quote)
    {
        byte[] message = new byte[8 + quote.Length];
        Icmpv4Writer.Write(message, type, code, rest, quote);
        return message;
    }

    public static byte[] Udp(IpAddress source, IpAddress destination, ushort from, ushort to, int length)
    {
        byte[] datagram = new byte[8 + length];
        Pattern(length).CopyTo(datagram, 8);
        UdpWriter.WriteHeader(datagram, from, to, length);
        UdpWriter.WriteChecksum(datagram, source, destination);
        return datagram;
    }

    public static byte[] Tcp(IpAddress source, IpAddress destination, ushort from, ushort to, TcpFlags flags, uint seq = 1000, uint ack = 0, int length = 0)
    {
        byte[] segment = new byte[20 + length];
        Pattern(length).CopyTo(segment, 20);
        TcpWriter.WriteHeader(segment, from, to, new SeqNum(seq), new SeqNum(ack), flags, 1024, 0, default, TcpOptionLayout.Linux);
        TcpWriter.WriteChecksum(segment, source, destination);
        return segment;
    }

    public static byte[] Pattern(int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = (byte)(i * 7);
        }

        return bytes;
    }

    /// <summary>One line about a frame; checksums that are wrong are named.</summary>
    public static string Describe(InterfaceKind kind, ReadOnlySpan<byte> frame)
    {
        if (kind != InterfaceKind.Ethernet)
        {
            return DescribeIp(frame);
        }

        Assert.Equal(WireError.None, EthernetView.TryParse(frame, out EthernetView ethernet));
        string to = Name(ethernet.Destination);
        return ethernet.EtherType == EtherType.Arp ? $"> {to} {DescribeArp(ethernet.Payload)}" : $"> {to} {DescribeIp(ethernet.Payload)}";
    }

    public static string DescribeIp(ReadOnlySpan<byte> packet)
    {
        if (packet[0] >> 4 == 6)
        {
            return DescribeIpv6(packet);
        }

        Assert.Equal(WireError.None, Ipv4View.TryParse(packet, out Ipv4View ip));
        Assert.True(ip.HasValidChecksum(), "the IPv4 header's checksum is wrong");
        StringBuilder line = new();
        line.Append(CultureInfo.InvariantCulture, $"{ip.Source} > {ip.Destination} ttl {ip.TimeToLive}");
        line.Append(ip.TypeOfService != 0 ? string.Create(CultureInfo.InvariantCulture, $" tos 0x{ip.TypeOfService:x}") : "").Append(ip.DontFragment ? " DF" : "");
        if (ip.IsFragment)
        {
            line.Append(CultureInfo.InvariantCulture, $" frag {ip.FragmentOffset}{(ip.MoreFragments ? "+" : "")} length {ip.Payload.Length}");
            return line.ToString();
        }

        line.Append(ip.Protocol switch
        {
            IpProtocol.Icmp => DescribeIcmp(ip.Payload),
            IpProtocol.Udp => DescribeUdp(ip.Payload, ip.Source, ip.Destination),
            IpProtocol.Tcp => DescribeTcp(ip.Payload, ip.Source, ip.Destination),
            _ => string.Create(CultureInfo.InvariantCulture, $" proto {ip.Protocol} length {ip.Payload.Length}"),
        });
        return line.ToString();
    }

    private static string DescribeIpv6(ReadOnlySpan<byte> packet)
    {
        Assert.Equal(WireError.None, Ipv6View.TryParse(packet, out Ipv6View ip));
        Ipv6HeaderChain chain = Ipv6HeaderChain.Walk(ip);
        ReadOnlySpan<byte> rest = ip.Payload[chain.Offset..];
        string start = string.Create(CultureInfo.InvariantCulture, $"{ip.Source} > {ip.Destination} hops {ip.HopLimit}");
        if (chain.IsFragment)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{start} frag {chain.Fragment.Offset}{(chain.Fragment.MoreFragments ? "+" : "")} length {ip.Payload.Length - chain.FragmentAt - 8}");
        }

        return start + chain.Protocol switch
        {
            IpProtocol.Icmpv6 => DescribeIcmpv6(rest, ip.Source, ip.Destination),
            IpProtocol.Udp => DescribeUdp(rest, ip.Source, ip.Destination),
            IpProtocol.Tcp => DescribeTcp(rest, ip.Source, ip.Destination),
            _ => string.Create(CultureInfo.InvariantCulture, $" proto {chain.Protocol} length {rest.Length}"),
        };
    }

    private static string DescribeIcmp(ReadOnlySpan<byte> message)
    {
        Assert.Equal(WireError.None, Icmpv4View.TryParse(message, out Icmpv4View icmp));
        Assert.True(icmp.HasValidChecksum(), "the ICMP checksum is wrong");
        return icmp.Type switch
        {
            Icmpv4Type.EchoRequest => string.Create(CultureInfo.InvariantCulture, $" echo request id {icmp.Identifier} seq {icmp.SequenceNumber} length {message.Length}"),
            Icmpv4Type.EchoReply => string.Create(CultureInfo.InvariantCulture, $" echo reply id {icmp.Identifier} seq {icmp.SequenceNumber} length {message.Length}"),
            _ => string.Create(CultureInfo.InvariantCulture, $" icmp {(int)icmp.Type}/{icmp.Code} rest {icmp.RestOfHeader:x} length {message.Length}"),
        };
    }

    private static string DescribeIcmpv6(ReadOnlySpan<byte> message, IpAddress source, IpAddress destination)
    {
        Assert.Equal(WireError.None, Icmpv6View.TryParse(message, out Icmpv6View icmp));
        Assert.True(icmp.HasValidChecksum(source, destination), "the ICMPv6 checksum is wrong");
        if (icmp.IsNeighborDiscovery)
        {
            Assert.Equal(WireError.None, NeighborDiscoveryView.TryParse(message, out NeighborDiscoveryView nd));
            return nd.Type == Icmpv6Type.NeighborSolicitation ? $" who has {nd.Target}" : $" tgt is {nd.Target} [{nd.Flags}]";
        }

        return icmp.Type switch
        {
            Icmpv6Type.EchoRequest => string.Create(CultureInfo.InvariantCulture, $" echo request id {icmp.Identifier} seq {icmp.SequenceNumber} length {message.Length}"),
            Icmpv6Type.EchoReply => string.Create(CultureInfo.InvariantCulture, $" echo reply id {icmp.Identifier} seq {icmp.SequenceNumber} length {message.Length}"),
            _ => string.Create(CultureInfo.InvariantCulture, $" icmp6 {(int)icmp.Type}/{icmp.Code} rest {icmp.RestOfHeader:x} length {message.Length}"),
        };
    }

    private static string DescribeUdp(ReadOnlySpan<byte> datagram, IpAddress source, IpAddress destination)
    {
        Assert.Equal(WireError.None, UdpView.TryParse(datagram, out UdpView udp));
        Assert.True(udp.HasValidChecksum(source, destination), "the UDP checksum is wrong");
        return string.Create(CultureInfo.InvariantCulture, $" udp {udp.SourcePort} > {udp.DestinationPort} length {udp.Payload.Length}");
    }

    private static string DescribeTcp(ReadOnlySpan<byte> segment, IpAddress source, IpAddress destination)
    {
        Assert.Equal(WireError.None, TcpView.TryParse(segment, out TcpView tcp));
        Assert.True(tcp.HasValidChecksum(source, destination), "the TCP checksum is wrong");
        return string.Create(CultureInfo.InvariantCulture, $" tcp {tcp.SourcePort} > {tcp.DestinationPort} [{tcp.Flags}] seq {tcp.Seq} ack {tcp.Ack} length {tcp.Payload.Length}");
    }

    private static string DescribeArp(ReadOnlySpan<byte> packet)
    {
        Assert.Equal(WireError.None, ArpView.TryParse(packet, out ArpView arp));
        return arp.Operation == ArpOperation.Request ? $"who-has {arp.TargetIp} tell {arp.SenderIp}" : $"{arp.SenderIp} is-at {arp.SenderMac}";
    }

    private static string Name(MacAddress mac) => mac == MacAddress.Broadcast ? "all" : mac == RomeoMac ? "romeo" : mac == RouterMac ? "router" : mac == OtherMac ? "other" : mac.ToString();
}

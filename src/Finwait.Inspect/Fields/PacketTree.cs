using Finwait.Capture;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>Takes a packet apart, header by header and field by field. Never throws, whatever the octets: what cannot be read is named as such.</summary>
internal static class PacketTree
{
    /// <summary>The headers of a packet, each with its fields.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="scale">The shift of its window field (RFC 7323 §2.2), if both ends of its connection agreed on one.</param>
    public static IReadOnlyList<PacketField> Of(ViewPacket packet, int? scale)
    {
        var root = new PacketField("", 0, packet.Packet.Octets.Length);
        ReadOnlySpan<byte> octets = packet.Packet.Octets;
        PacketField frame = root.Add($"Packet {packet.Number}: {octets.Length} octets", 0, octets.Length).As("frame");
        frame.Add($"Number: {packet.Number}", 0, 0).As("frame.number", (uint)packet.Number);
        frame.Add($"Length: {octets.Length} octets", 0, 0).As("frame.len", (uint)octets.Length);
        if (packet.Packet.LinkType == LinkType.Ethernet)
        {
            AddEthernet(root, octets, packet, scale);
        }
        else
        {
            AddIp(root, octets, 0, packet, scale);
        }

        return root.Inner;
    }

    private static void AddEthernet(PacketField root, ReadOnlySpan<byte> octets, ViewPacket packet, int? scale)
    {
        if (EthernetView.TryParse(octets, out EthernetView ethernet) != WireError.None)
        {
            AddUnread(root, octets, 0);
            return;
        }

        string type = ethernet.EtherType switch { EtherType.Ipv4 => "IPv4", EtherType.Ipv6 => "IPv6", EtherType.Arp => "ARP", _ => "another protocol" };
        bool wasSent = packet.Packet.Fate != RunFate.NeverLeft;
        PacketField header = wasSent
            ? root.Add($"Ethernet II, from {ethernet.Source} to {ethernet.Destination}", 0, EthernetView.HeaderLength)
            : root.Add("No Ethernet header: the packet was thrown away before it got one", 0, EthernetView.HeaderLength);
        header.As("eth");
        header.Add($"Destination: {ethernet.Destination}{(ethernet.Destination == MacAddress.Broadcast ? " (broadcast)" : ethernet.Destination.IsMulticast ? " (multicast)" : "")}", 0, 6).As("eth.dst", ethernet.Destination.Value);
        header.Add($"Source: {ethernet.Source}", 6, 6).As("eth.src", ethernet.Source.Value);
        header.Add($"Type: 0x{ethernet.EtherType:x4} ({type})", 12, 2).As("eth.type", (uint)ethernet.EtherType);
        if (ethernet.EtherType is EtherType.Ipv4 or EtherType.Ipv6)
        {
            AddIp(root, octets, EthernetView.HeaderLength, packet, scale);
        }
        else if (ethernet.EtherType == EtherType.Arp && ArpView.TryParse(ethernet.Payload, out ArpView arp) == WireError.None)
        {
            AddArp(root, arp, EthernetView.HeaderLength);
            AddTrailer(root, octets, EthernetView.HeaderLength + ArpView.Length);
        }
        else
        {
            AddData(root, octets.Length - EthernetView.HeaderLength, EthernetView.HeaderLength, "Payload");
        }
    }

    private static void AddArp(PacketField root, in ArpView arp, int at)
    {
        bool asks = arp.Operation == ArpOperation.Request;
        PacketField header = root.Add($"Address Resolution Protocol: {(asks ? $"who has {arp.TargetIp}?" : $"{arp.SenderIp} is at {arp.SenderMac}")}", at, ArpView.Length).As("arp");
        header.Add($"Operation: {(int)arp.Operation} ({(asks ? "request" : "reply")})", at + 6, 2).As("arp.opcode", (uint)arp.Operation);
        header.Add($"Sender's link-layer address: {arp.SenderMac}", at + 8, 6).As("arp.src.hw_mac", arp.SenderMac.Value);
        header.Add($"Sender's IP address: {arp.SenderIp}", at + 14, 4).As("arp.src.proto_ipv4", arp.SenderIp);
        header.Add($"Target's link-layer address: {arp.TargetMac}", at + 18, 6).As("arp.dst.hw_mac", arp.TargetMac.Value);
        header.Add($"Target's IP address: {arp.TargetIp}", at + 24, 4).As("arp.dst.proto_ipv4", arp.TargetIp);
    }

    private static void AddIp(PacketField root, ReadOnlySpan<byte> octets, int at, ViewPacket packet, int? scale)
    {
        ReadOnlySpan<byte> ip = octets[at..];
        if (ip.Length > 0 && ip[0] >> 4 == 4 && Ipv4View.TryParse(ip, out Ipv4View v4) == WireError.None)
        {
            AddIpv4(root, v4, at);
            int behind = at + v4.HeaderLength;
            if (v4.FragmentOffset > 0)
            {
                AddData(root, v4.Payload.Length, behind, "A later piece of a packet");
            }
            else
            {
                AddTransport(root, v4.Payload, behind, v4.Protocol, new Ends(v4.Source, v4.Destination, !v4.MoreFragments && !v4.IsCut), packet, scale);
            }

            AddTrailer(root, octets, behind + v4.Payload.Length);
        }
        else if (ip.Length > 0 && ip[0] >> 4 == 6 && Ipv6View.TryParse(ip, out Ipv6View v6) == WireError.None)
        {
            AddIpv6(root, v6, at);
            int begin = at + Ipv6View.HeaderLength;
            Ipv6HeaderChain chain = Ipv6HeaderChain.Walk(v6);
            int offset = Math.Min(chain.Offset, v6.Payload.Length);
            if (offset > 0)
            {
                root.Add($"IPv6 extension headers, {offset} octets", begin, offset);
            }

            if (chain.HasFragment && chain.Fragment.Offset > 0)
            {
                AddData(root, v6.Payload.Length - offset, begin + offset, "A later piece of a packet");
            }
            else
            {
                AddTransport(root, v6.Payload[offset..], begin + offset, chain.Protocol, new Ends(v6.Source, v6.Destination, !chain.IsFragment && !v6.IsCut), packet, scale);
            }

            AddTrailer(root, octets, begin + v6.Payload.Length);
        }
        else
        {
            AddUnread(root, octets, at);
        }
    }

    internal static void AddIpv4(PacketField root, in Ipv4View ip, int at)
    {
        PacketField header = root.Add($"Internet Protocol version 4, from {ip.Source} to {ip.Destination}", at, ip.HeaderLength).As("ip");
        header.Add("Version: 4", at, 1).As("ip.version", 4);
        header.Add($"Header length: {ip.HeaderLength} octets ({ip.HeaderLength / 4} words)", at, 1).As("ip.hdr_len", (uint)ip.HeaderLength);
        PacketField service = header.Add($"Type of service: 0x{ip.TypeOfService:x2}", at + 1, 1).As("ip.dsfield", ip.TypeOfService);
        service.Add($"Differentiated services: {ip.Dscp}{(ip.Dscp == 0 ? " (default)" : "")}", at + 1, 1).As("ip.dsfield.dscp", ip.Dscp);
        service.Add($"ECN: {EcnName(ip.Ecn)}", at + 1, 1).As("ip.dsfield.ecn", ip.Ecn);
        header.Add($"Total length: {ip.TotalLength} octets", at + 2, 2).As("ip.len", (uint)ip.TotalLength);
        header.Add($"Identification: 0x{ip.Identification:x4} ({ip.Identification})", at + 4, 2).As("ip.id", ip.Identification);
        PacketField flags = header.Add($"Flags: {(ip.DontFragment ? "do not fragment" : ip.MoreFragments ? "more fragments" : "none")}", at + 6, 1).As("ip.flags", (ip.ReservedFlag ? 4u : 0) | (ip.DontFragment ? 2u : 0) | (ip.MoreFragments ? 1u : 0));
        flags.Add($"{Bit(ip.ReservedFlag, 0, 3)} Reserved: {Set(ip.ReservedFlag)}", at + 6, 1).As("ip.flags.rb", ip.ReservedFlag);
        flags.Add($"{Bit(ip.DontFragment, 1, 3)} Do not fragment (DF): {Set(ip.DontFragment)}", at + 6, 1).As("ip.flags.df", ip.DontFragment);
        flags.Add($"{Bit(ip.MoreFragments, 2, 3)} More fragments (MF): {Set(ip.MoreFragments)}", at + 6, 1).As("ip.flags.mf", ip.MoreFragments);
        header.Add($"Fragment offset: {ip.FragmentOffset}", at + 6, 2).As("ip.frag_offset", (uint)ip.FragmentOffset);
        header.Add($"Time to live: {ip.TimeToLive}", at + 8, 1).As("ip.ttl", ip.TimeToLive);
        header.Add($"Protocol: {ip.Protocol} ({ProtocolName(ip.Protocol)})", at + 9, 1).As("ip.proto", ip.Protocol);
        header.Add($"Header checksum: 0x{ip.HeaderChecksum:x4} ({(ip.HasValidChecksum() ? "correct" : "wrong")})", at + 10, 2).As("ip.checksum", ip.HeaderChecksum);
        header.Add($"Source: {ip.Source}", at + 12, 4).As("ip.src", ip.Source);
        header.Add($"Destination: {ip.Destination}", at + 16, 4).As("ip.dst", ip.Destination);
        if (ip.OptionBytes.Length > 0)
        {
            header.Add($"Options: {ip.OptionBytes.Length} octets", at + Ipv4View.MinHeaderLength, ip.OptionBytes.Length);
        }
    }

    internal static void AddIpv6(PacketField root, in Ipv6View ip, int at)
    {
        PacketField header = root.Add($"Internet Protocol version 6, from {ip.Source} to {ip.Destination}", at, Ipv6View.HeaderLength).As("ipv6");
        header.Add("Version: 6", at, 1).As("ipv6.version", 6);
        PacketField service = header.Add($"Traffic class: 0x{ip.TrafficClass:x2}", at, 2).As("ipv6.tclass", ip.TrafficClass);
        service.Add($"Differentiated services: {ip.Dscp}{(ip.Dscp == 0 ? " (default)" : "")}", at, 2).As("ipv6.tclass.dscp", ip.Dscp);
        service.Add($"ECN: {EcnName(ip.Ecn)}", at + 1, 1).As("ipv6.tclass.ecn", ip.Ecn);
        header.Add($"Flow label: 0x{ip.FlowLabel:x5}", at + 1, 3).As("ipv6.flow", ip.FlowLabel);
        header.Add($"Payload length: {ip.PayloadLength} octets", at + 4, 2).As("ipv6.plen", (uint)ip.PayloadLength);
        header.Add($"Next header: {ip.NextHeader} ({ProtocolName(ip.NextHeader)})", at + 6, 1).As("ipv6.nxt", ip.NextHeader);
        header.Add($"Hop limit: {ip.HopLimit}", at + 7, 1).As("ipv6.hlim", ip.HopLimit);
        header.Add($"Source: {ip.Source}", at + 8, 16).As("ipv6.src", ip.Source);
        header.Add($"Destination: {ip.Destination}", at + 24, 16).As("ipv6.dst", ip.Destination);
    }

    private static void AddTransport(PacketField root, ReadOnlySpan<byte> payload, int at, byte protocol, in Ends ends, ViewPacket packet, int? scale)
    {
        if (protocol == IpProtocol.Tcp && TcpView.TryParse(payload, out TcpView tcp) == WireError.None)
        {
            PacketTreeTcp.Add(root, tcp, at, ends, new TcpCounting(packet.FirstSeq, packet.FirstAck, packet.Connection?.Index), scale);
        }
        else if (protocol == IpProtocol.Udp && UdpView.TryParse(payload, out UdpView udp) == WireError.None)
        {
            AddUdp(root, udp, at, ends);
        }
        else if (protocol == IpProtocol.Icmp && Icmpv4View.TryParse(payload, out Icmpv4View icmp) == WireError.None)
        {
            PacketTreeIcmp.Add(root, icmp, at, packet.Facts.Other);
        }
        else if (protocol == IpProtocol.Icmpv6 && Icmpv6View.TryParse(payload, out Icmpv6View icmpv6) == WireError.None)
        {
            PacketTreeIcmp.Add(root, icmpv6, at, packet.Facts.Other, ends);
        }
        else
        {
            AddData(root, payload.Length, at, ProtocolName(protocol));
        }
    }

    public static void AddUdp(PacketField root, in UdpView udp, int at, in Ends ends)
    {
        PacketField header = root.Add($"User Datagram Protocol, port {udp.SourcePort} to port {udp.DestinationPort}", at, UdpView.HeaderLength).As("udp");
        header.Add($"Source port: {udp.SourcePort}", at, 2).As("udp.srcport", udp.SourcePort);
        header.Add($"Destination port: {udp.DestinationPort}", at + 2, 2).As("udp.dstport", udp.DestinationPort);
        header.Add($"Length: {udp.Length} octets", at + 4, 2).As("udp.length", (uint)udp.Length);
        header.Add($"Checksum: 0x{udp.Checksum:x4} ({(!ends.IsWhole ? "not checked" : udp.HasValidChecksum(ends.Source, ends.Destination) ? "correct" : "wrong")})", at + 6, 2).As("udp.checksum", udp.Checksum);
        AddData(root, udp.Payload.Length, at + UdpView.HeaderLength, "Payload", "udp.payload");
    }

    /// <summary>Octets whose meaning is the application's.</summary>
    public static void AddData(PacketField root, int length, int at, string name, string field = "")
    {
        if (length > 0)
        {
            root.Add($"{name}: {length} {(length == 1 ? "octet" : "octets")}", at, length).As(field);
        }
    }

    private static void AddTrailer(PacketField root, ReadOnlySpan<byte> octets, int at) => AddData(root, octets.Length - at, at, "Padding of the frame");

    private static void AddUnread(PacketField root, ReadOnlySpan<byte> octets, int at) => AddData(root, octets.Length - at, at, "Cannot be read");

    public static string Set(bool bit) => bit ? "set" : "not set";

    /// <summary>The bit in its place among the others: ".1." and ".0.".</summary>
    public static string Bit(bool isSet, int place, int count)
        => string.Concat(Enumerable.Range(0, count).Select(i => (i == place ? isSet ? "1" : "0" : ".") + (count > 4 && (count - i - 1) % 4 == 0 && i < count - 1 ? " " : "")));

    private static string EcnName(byte ecn) => ecn switch { 0 => "not capable (0)", 1 => "capable, ECT(1)", 2 => "capable, ECT(0)", _ => "congestion experienced (CE)" };

    private static string ProtocolName(byte protocol) => protocol switch
    {
        IpProtocol.Icmp => "ICMP",
        IpProtocol.Igmp => "IGMP",
        IpProtocol.Tcp => "TCP",
        IpProtocol.Udp => "UDP",
        IpProtocol.Icmpv6 => "ICMPv6",
        _ => FormattableString.Invariant($"IP protocol {protocol}"),
    };
}

/// <summary>The two ends of an IP packet.</summary>
/// <param name="Source">Where it comes from.</param>
/// <param name="Destination">Where it goes.</param>
/// <param name="IsWhole">True if all that a checksum covers is there.</param>
internal readonly record struct Ends(IpAddress Source, IpAddress Destination, bool IsWhole);

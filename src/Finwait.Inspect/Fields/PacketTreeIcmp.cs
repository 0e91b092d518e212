using System.Buffers.Binary;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>Takes ICMP messages apart (RFC 792, RFC 4443), and of errors the packet that they are about as far as they quote it.</summary>
internal static class PacketTreeIcmp
{
    private const int QuotedPorts = 4;
    private const int QuotedNumber = 8;

    public static void Add(PacketField root, in Icmpv4View icmp, int at, string name)
    {
        PacketField header = root.Add($"Internet Control Message Protocol: {name}", at, Icmpv4View.HeaderLength).As("icmp");
        header.Add($"Type: {(byte)icmp.Type}", at, 1).As("icmp.type", (byte)icmp.Type);
        header.Add($"Code: {icmp.Code}", at + 1, 1).As("icmp.code", icmp.Code);
        header.Add($"Checksum: 0x{icmp.Checksum:x4} ({(icmp.HasValidChecksum() ? "correct" : "wrong")})", at + 2, 2).As("icmp.checksum", icmp.Checksum);
        if (icmp.Type is Icmpv4Type.EchoRequest or Icmpv4Type.EchoReply)
        {
            header.Add($"Identifier: {icmp.Identifier}", at + 4, 2).As("icmp.ident", icmp.Identifier);
            header.Add($"Sequence number: {icmp.SequenceNumber}", at + 6, 2).As("icmp.seq", icmp.SequenceNumber);
        }
        else if (icmp.Type == Icmpv4Type.DestinationUnreachable && icmp.Code == Icmpv4Code.FragmentationNeeded)
        {
            header.Add($"MTU of the next link: {icmp.NextHopMtu} octets", at + 6, 2).As("icmp.mtu", icmp.NextHopMtu);
        }
        else
        {
            header.Add($"Rest of the header: 0x{icmp.RestOfHeader:x8}", at + 4, 4);
        }

        int quote = at + Icmpv4View.HeaderLength;
        ReadOnlySpan<byte> quoted = icmp.QuotedPacket;
        if (!quoted.IsEmpty && Ipv4View.TryParseHeader(quoted, out Ipv4View about) == WireError.None)
        {
            PacketField outer = root.Add("The packet that it is about, as far as it is quoted", quote, quoted.Length);
            PacketTree.AddIpv4(outer, about, quote);
            AddQuotedTransport(outer, quoted[Math.Min(about.HeaderLength, quoted.Length)..], quote + about.HeaderLength, about.FragmentOffset > 0 ? (byte)0 : about.Protocol, new Ends(about.Source, about.Destination, false));
            PacketTree.AddData(root, icmp.Body.Length - quoted.Length, quote + quoted.Length, "Extensions");
        }
        else
        {
            PacketTree.AddData(root, icmp.Body.Length, quote, "Payload", "data");
        }
    }

    public static void Add(PacketField root, in Icmpv6View icmp, int at, string name, in Ends ends)
    {
        PacketField header = root.Add($"Internet Control Message Protocol version 6: {name}", at, Icmpv6View.HeaderLength).As("icmpv6");
        header.Add($"Type: {(byte)icmp.Type}", at, 1).As("icmpv6.type", (byte)icmp.Type);
        header.Add($"Code: {icmp.Code}", at + 1, 1).As("icmpv6.code", icmp.Code);
        string check = !ends.IsWhole ? "not checked" : icmp.HasValidChecksum(ends.Source, ends.Destination) ? "correct" : "wrong";
        header.Add($"Checksum: 0x{icmp.Checksum:x4} ({check})", at + 2, 2).As("icmpv6.checksum", icmp.Checksum);
        int body = at + Icmpv6View.HeaderLength;
        switch (icmp.Type)
        {
            case Icmpv6Type.EchoRequest or Icmpv6Type.EchoReply:
                header.Add($"Identifier: {icmp.Identifier}", at + 4, 2).As("icmpv6.echo.identifier", icmp.Identifier);
                header.Add($"Sequence number: {icmp.SequenceNumber}", at + 6, 2).As("icmpv6.echo.sequence_number", icmp.SequenceNumber);
                break;
            case Icmpv6Type.PacketTooBig:
                header.Add($"MTU of the next link: {icmp.Mtu} octets", at + 4, 4).As("icmpv6.mtu", icmp.Mtu);
                break;
            case Icmpv6Type.NeighborSolicitation or Icmpv6Type.NeighborAdvertisement when icmp.Body.Length >= 16:
                IpAddress target = IpAddress.Read(icmp.Body[..16]);
                header.Add($"Target: {target}", body, 16).As(icmp.Type == Icmpv6Type.NeighborSolicitation ? "icmpv6.nd.ns.target_address" : "icmpv6.nd.na.target_address", target);
                PacketTree.AddData(root, icmp.Body.Length - 16, body + 16, "Options");
                return;
            default:
                header.Add($"Rest of the header: 0x{icmp.RestOfHeader:x8}", at + 4, 4);
                break;
        }

        ReadOnlySpan<byte> quoted = icmp.QuotedPacket;
        if (!quoted.IsEmpty && Ipv6View.TryParseHeader(quoted, out Ipv6View about) == WireError.None)
        {
            PacketField outer = root.Add("The packet that it is about, as far as it is quoted", body, quoted.Length);
            PacketTree.AddIpv6(outer, about, body);
            AddQuotedTransport(outer, quoted[Ipv6View.HeaderLength..], body + Ipv6View.HeaderLength, about.NextHeader, new Ends(about.Source, about.Destination, false));
        }
        else
        {
            PacketTree.AddData(root, icmp.Body.Length, body, "Payload", "data");
        }
    }

    /// <summary>Of a quoted packet the header, or as much as there is: ports, and of TCP the sequence number; an error has to quote eight octets at least, and that is often all.</summary>
    private static void AddQuotedTransport(PacketField outer, ReadOnlySpan<byte> octets, int at, byte protocol, in Ends ends)
    {
        if (protocol == IpProtocol.Tcp && TcpView.TryParse(octets, out TcpView tcp) == WireError.None)
        {
            PacketTreeTcp.Add(outer, tcp, at, ends, new TcpCounting(0, 0, null), null);
            return;
        }

        if (protocol == IpProtocol.Udp && UdpView.TryParse(octets, out UdpView udp) == WireError.None)
        {
            PacketTree.AddUdp(outer, udp, at, ends);
            return;
        }

        if (protocol is not (IpProtocol.Tcp or IpProtocol.Udp) || octets.Length < QuotedPorts)
        {
            PacketTree.AddData(outer, octets.Length, at, "Payload");
            return;
        }

        string name = protocol == IpProtocol.Tcp ? "tcp" : "udp";
        ushort from = BinaryPrimitives.ReadUInt16BigEndian(octets);
        ushort to = BinaryPrimitives.ReadUInt16BigEndian(octets[2..]);
        PacketField header = outer.Add($"{(protocol == IpProtocol.Tcp ? "Transmission Control Protocol" : "User Datagram Protocol")}, port {from} to port {to}", at, octets.Length).As(name);
        header.Add($"Source port: {from}", at, 2).As(name + ".srcport", from);
        header.Add($"Destination port: {to}", at + 2, 2).As(name + ".dstport", to);
        if (protocol == IpProtocol.Tcp && octets.Length >= QuotedNumber)
        {
            uint seq = BinaryPrimitives.ReadUInt32BigEndian(octets[4..]);
            header.Add($"Sequence number: {seq}", at + 4, 4).As("tcp.seq_raw", seq);
        }
    }
}

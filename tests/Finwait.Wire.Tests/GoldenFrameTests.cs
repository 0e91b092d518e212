namespace Finwait.Wire.Tests;

public class GoldenFrameTests
{
    private static readonly IpAddress Any = IpAddress.AnyV4;

    [Fact]
    public void Captures_AllFiles_HoldTheFramesThatTcpdumpCounts()
    {
        // tcpdump -r FILE | wc -l over the six files, added up.
        Assert.Equal(212, GoldenFrames.All.Count);
    }

    // MUST-2, MUST-68, MUST-69: what we write from what we read is what the kernel sent, bit for bit.
    [Fact]
    public void Writers_EveryGoldenFrameReadAndWritten_GivesTheSameBytes()
    {
        int rebuilt = 0;
        foreach (byte[] frame in GoldenFrames.All)
        {
            byte[] copy = new byte[frame.Length];
            Assert.Equal(frame.Length, Rebuild(frame, copy));
            Assert.Equal(Convert.ToHexString(frame), Convert.ToHexString(copy));
            rebuilt++;
        }

        Assert.Equal(GoldenFrames.All.Count, rebuilt);
    }

    // MUST-3, BUG-32: checksums of a real sender verify, and no longer with any bit changed.
    [Fact]
    public void Checksums_EveryGoldenFrame_VerifyAndEveryBitFlipIsSeen()
    {
        foreach (byte[] frame in GoldenFrames.Distinct)
        {
            Assert.True(AllChecksumsAreRight(frame));
            if (frame[12] == 0x08 && frame[13] == 0x06)
            {
                continue;
            }

            for (int bit = 14 * 8; bit < frame.Length * 8; bit++)
            {
                byte[] flipped = [.. frame];
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                bool isIpv6HeaderOutsideChecksum = frame[12] == 0x86 && bit / 8 is >= 14 and < 22;
                Assert.True(isIpv6HeaderOutsideChecksum || !AllChecksumsAreRight(flipped) || IsInHopByHop(frame, bit / 8), $"bit {bit} of {Convert.ToHexString(frame)}");
            }
        }
    }

    // MUST-7, BUG-31: every sample cut at every prefix.
    [Fact]
    public void Views_EveryPrefixOfEveryGoldenFrame_NeverThrow()
    {
        foreach (byte[] frame in GoldenFrames.Distinct)
        {
            for (int length = 0; length <= frame.Length; length++)
            {
                Touch.Frame(frame.AsSpan(0, length));
                Touch.Network(frame.AsSpan(0, length));
                Touch.Transport(frame.AsSpan(0, length), Any, Any);
            }
        }
    }

    // Ethernet fills up short frames: the padding is not part of the packet.
    [Fact]
    public void Ipv4View_FrameWithPadding_TrimsToTheTotalLength()
    {
        byte[] syn = GoldenFrames.All.First(frame => frame[12] == 0x08 && frame[13] == 0x00);
        byte[] padded = [.. syn, .. new byte[18]];

        EthernetView.TryParse(padded, out EthernetView ethernet);
        Assert.Equal(WireError.None, Ipv4View.TryParse(ethernet.Payload, out Ipv4View packet));

        Assert.Equal(syn.Length - 14, packet.Packet.Length);
        TcpView.TryParse(packet.Payload, out TcpView tcp);
        Assert.True(tcp.HasValidChecksum(packet.Source, packet.Destination));
    }

    private static bool IsInHopByHop(byte[] frame, int at) => frame[12] == 0x86 && frame[20] == IpProtocol.HopByHop && at is >= 54 and < 62;

    private static bool AllChecksumsAreRight(byte[] frame)
    {
        EthernetView.TryParse(frame, out EthernetView ethernet);
        if (ethernet.EtherType == EtherType.Arp)
        {
            return ArpView.TryParse(ethernet.Payload, out _) == WireError.None;
        }

        if (Ipv4View.TryParse(ethernet.Payload, out Ipv4View v4) == WireError.None)
        {
            return v4.HasValidChecksum() && TransportIsRight(v4.Protocol, v4.Payload, v4.Source, v4.Destination);
        }

        if (Ipv6View.TryParse(ethernet.Payload, out Ipv6View v6) != WireError.None)
        {
            return false;
        }

        Ipv6HeaderChain chain = Ipv6HeaderChain.Walk(v6);
        return chain.Error == Ipv6ChainError.None && TransportIsRight(chain.Protocol, v6.Payload[chain.Offset..], v6.Source, v6.Destination);
    }

    private static bool TransportIsRight(byte protocol, ReadOnlySpan<byte> bytes, IpAddress source, IpAddress destination) => protocol switch
    {
        IpProtocol.Tcp => TcpView.TryParse(bytes, out TcpView tcp) == WireError.None && tcp.HasValidChecksum(source, destination),
        IpProtocol.Udp => UdpView.TryParse(bytes, out UdpView udp) == WireError.None && udp.HasValidChecksum(source, destination),
        IpProtocol.Icmp => Icmpv4View.TryParse(bytes, out Icmpv4View icmp) == WireError.None && icmp.HasValidChecksum(),
        IpProtocol.Icmpv6 => Icmpv6View.TryParse(bytes, out Icmpv6View icmp6) == WireError.None && icmp6.HasValidChecksum(source, destination),
        _ => false,
    };

    private static int Rebuild(byte[] frame, Span<byte> copy)
    {
        Assert.Equal(WireError.None, EthernetView.TryParse(frame, out EthernetView ethernet));
        int at = EthernetWriter.Write(copy, ethernet.Destination, ethernet.Source, ethernet.EtherType);
        switch (ethernet.EtherType)
        {
            case EtherType.Arp:
                Assert.Equal(WireError.None, ArpView.TryParse(ethernet.Payload, out ArpView arp));
                return at + ArpWriter.Write(copy[at..], arp.Operation, arp.SenderMac, arp.SenderIp, arp.TargetMac, arp.TargetIp);
            case EtherType.Ipv4:
                Assert.Equal(WireError.None, Ipv4View.TryParse(ethernet.Payload, out Ipv4View v4));
                at += Ipv4Writer.Write(copy[at..], v4.Source, v4.Destination, v4.Protocol, v4.Payload.Length, v4.TimeToLive, v4.TypeOfService,
                    v4.Identification, v4.DontFragment, v4.MoreFragments, v4.FragmentOffset, v4.OptionBytes);
                return at + RebuildTransport(v4.Protocol, v4.Payload, copy[at..], v4.Source, v4.Destination);
            default:
                Assert.Equal(WireError.None, Ipv6View.TryParse(ethernet.Payload, out Ipv6View v6));
                at += Ipv6Writer.Write(copy[at..], v6.Source, v6.Destination, v6.NextHeader, v6.PayloadLength, v6.HopLimit, v6.TrafficClass, v6.FlowLabel);
                Ipv6HeaderChain chain = Ipv6HeaderChain.Walk(v6);
                v6.Payload[..chain.Offset].CopyTo(copy[at..]);
                at += chain.Offset;
                return at + RebuildTransport(chain.Protocol, v6.Payload[chain.Offset..], copy[at..], v6.Source, v6.Destination);
        }
    }

    private static int RebuildTransport(byte protocol, ReadOnlySpan<byte> bytes, Span<byte> copy, IpAddress source, IpAddress destination)
    {
        if (protocol == IpProtocol.Tcp)
        {
            Assert.Equal(WireError.None, TcpView.TryParse(bytes, out TcpView tcp));
            TcpOptionSet options = tcp.ParseOptions();
            int headerLength = TcpWriter.WriteHeader(copy, tcp.SourcePort, tcp.DestinationPort, tcp.Seq, tcp.Ack, tcp.Flags, tcp.RawWindow, tcp.UrgentPointer, options, TcpOptionLayout.Linux);
            ulong sum = InternetChecksum.CopyAndSum(tcp.Payload, copy[headerLength..]);
            TcpWriter.WriteChecksum(copy[..headerLength], sum, tcp.Payload.Length, source, destination);
            return headerLength + tcp.Payload.Length;
        }

        if (protocol == IpProtocol.Icmp)
        {
            Assert.Equal(WireError.None, Icmpv4View.TryParse(bytes, out Icmpv4View icmp4));
            Assert.Contains(icmp4.Type, (Icmpv4Type[])[Icmpv4Type.EchoRequest, Icmpv4Type.EchoReply]);
            return Icmpv4Writer.WriteEcho(copy, icmp4.Type == Icmpv4Type.EchoReply, icmp4.Identifier, icmp4.SequenceNumber, icmp4.Body);
        }

        Assert.Equal(IpProtocol.Icmpv6, protocol);
        Assert.Equal(WireError.None, Icmpv6View.TryParse(bytes, out Icmpv6View icmp));
        if (!icmp.IsNeighborDiscovery)
        {
            return Icmpv6Writer.Write(copy, icmp.Type, icmp.Code, icmp.RestOfHeader, icmp.Body, source, destination);
        }

        Assert.Equal(WireError.None, NeighborDiscoveryView.TryParse(bytes, out NeighborDiscoveryView neighbor));
        bool isSolicitation = neighbor.Type == Icmpv6Type.NeighborSolicitation;
        MacAddress? mac = neighbor.TryGetLinkLayerAddress(isSolicitation ? NeighborOptionType.SourceLinkLayerAddress : NeighborOptionType.TargetLinkLayerAddress, out MacAddress found) ? found : null;
        return isSolicitation
            ? Icmpv6Writer.WriteNeighborSolicitation(copy, neighbor.Target, mac, source, destination)
            : Icmpv6Writer.WriteNeighborAdvertisement(copy, neighbor.Target, neighbor.Flags, mac, source, destination);
    }
}

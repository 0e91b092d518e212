namespace Finwait.Wire.Tests;

/// <summary>Reads everything that can be read out of arbitrary bytes, as all protocols at once: nothing may throw.</summary>
internal static class Touch
{
    private static long s_sink;

    /// <summary>As a frame, and every layer in it as whatever it claims to be.</summary>
    public static void Frame(ReadOnlySpan<byte> frame)
    {
        if (EthernetView.TryParse(frame, out EthernetView ethernet) == WireError.None)
        {
            Use((long)ethernet.Destination.Value, (long)ethernet.Source.Value, ethernet.EtherType);
            Network(ethernet.Payload);
        }
    }

    public static void Network(ReadOnlySpan<byte> bytes)
    {
        if (VlanView.TryParse(bytes, out VlanView vlan) == WireError.None)
        {
            Use(vlan.VlanId, vlan.Priority, vlan.DropEligible ? 1 : 0, vlan.EtherType, vlan.Payload.Length);
        }

        if (ArpView.TryParse(bytes, out ArpView arp) == WireError.None)
        {
            Use((long)arp.Operation, (long)arp.SenderMac.Value, arp.SenderIp.V4, (long)arp.TargetMac.Value, arp.TargetIp.V4);
        }

        if (Ipv4View.TryParse(bytes, out Ipv4View strict) == WireError.None)
        {
            Assert.False(strict.IsCut);
            Assert.Equal(strict.TotalLength, strict.Packet.Length);
        }

        if (Ipv4View.TryParseHeader(bytes, out Ipv4View v4) == WireError.None)
        {
            Use(v4.HeaderLength, v4.TypeOfService, v4.Dscp, v4.Ecn, v4.TotalLength, v4.Identification, v4.FragmentOffset, v4.TimeToLive, v4.Protocol, v4.HeaderChecksum);
            Use(v4.Source.V4, v4.Destination.V4, v4.ReservedFlag || v4.DontFragment || v4.MoreFragments || v4.IsFragment || v4.HasValidChecksum() ? 1 : 0);
            Use(v4.Header.Length, v4.Packet.Length);
            Ipv4Options(v4.OptionBytes);
            Transport(v4.Payload, v4.Source, v4.Destination);
        }

        if (Ipv6View.TryParseHeader(bytes, out Ipv6View v6) == WireError.None)
        {
            Use(v6.TrafficClass, v6.Dscp, v6.Ecn, v6.FlowLabel, v6.PayloadLength, v6.NextHeader, v6.HopLimit, v6.IsCut ? 1 : 0, v6.Packet.Length);
            Ipv6HeaderChain chain = Ipv6HeaderChain.Walk(v6);
            Assert.InRange(chain.Offset, 0, v6.Payload.Length);
            Ipv6Extensions(v6.NextHeader, v6.Payload);
            Transport(v6.Payload[chain.Offset..], v6.Source, v6.Destination);
        }
    }

    public static void Transport(ReadOnlySpan<byte> bytes, IpAddress source, IpAddress destination)
    {
        if (TcpView.TryParse(bytes, out TcpView tcp) == WireError.None)
        {
            Use(tcp.SourcePort, tcp.DestinationPort, tcp.Seq.Value, tcp.Ack.Value, tcp.HeaderLength, (long)tcp.Flags, tcp.ReservedBits, tcp.RawWindow, tcp.Checksum, tcp.UrgentPointer);
            Use(tcp.Header.Length, tcp.Payload.Length, tcp.Segment.Length, tcp.HasValidChecksum(source, destination) ? 1 : 0, tcp.Has(TcpFlags.Syn) ? 1 : 0);
            TcpOptions(tcp.OptionBytes);
        }

        if (UdpView.TryParseHeader(bytes, out UdpView udp) == WireError.None)
        {
            Use(udp.SourcePort, udp.DestinationPort, udp.Length, udp.Checksum, udp.Payload.Length, udp.IsCut ? 1 : 0, udp.HasValidChecksum(source, destination) ? 1 : 0);
        }

        if (Icmpv4View.TryParse(bytes, out Icmpv4View icmp) == WireError.None)
        {
            Use((long)icmp.Type, icmp.Code, icmp.Checksum, icmp.RestOfHeader, icmp.Identifier, icmp.SequenceNumber, icmp.NextHopMtu, icmp.Gateway.V4, icmp.Pointer);
            Use(icmp.OriginalDatagramLength, icmp.Body.Length, icmp.QuotedPacket.Length, icmp.Message.Length, icmp.HasValidChecksum() ? 1 : 0);
        }

        if (Icmpv6View.TryParse(bytes, out Icmpv6View icmp6) == WireError.None)
        {
            Use((long)icmp6.Type, icmp6.Code, icmp6.Checksum, icmp6.RestOfHeader, icmp6.Identifier, icmp6.SequenceNumber, icmp6.Mtu, icmp6.Pointer);
            Use(icmp6.Body.Length, icmp6.QuotedPacket.Length, icmp6.Message.Length, icmp6.HasValidChecksum(source, destination) || icmp6.IsNeighborDiscovery ? 1 : 0);
        }

        NeighborDiscovery(bytes);
    }

    public static void TcpOptions(ReadOnlySpan<byte> bytes)
    {
        TcpOptionSet syn = TcpOptionParser.Parse(bytes, isSyn: true);
        TcpOptionSet other = TcpOptionParser.Parse(bytes, isSyn: false);
        Use((long)syn.Present, syn.Mss, (long)other.Present);
        Assert.InRange(syn.SackCount, 0, SackBlockList.Capacity);
        int at = 0;
        foreach (TcpOption option in new TcpOptionReader(bytes))
        {
            Assert.Equal(at, option.Offset);
            at += option.Error != OptionError.None ? 0 : option.Kind <= 1 ? 1 : option.Length;
            Use(option.Info.Length, option.Data.Length);
            option.TryGetMss(out _);
            option.TryGetWindowScale(out _);
            option.TryGetTimestamps(out _, out _);
            if (option.TryGetSackCount(out int count) && count > 0)
            {
                Use(option.GetSackBlock(count - 1).Right.Value);
            }

            option.TryGetNumber(out _);
            option.TryGetPartialOrderProfile(out _, out _);
            option.TryGetAlternateChecksum(out _);
            option.TryGetMd5(out _);
            option.TryGetScps(out _, out _);
            option.TryGetSnack(out _, out _);
            option.TryGetQuickStart(out _, out _, out _);
            option.TryGetUserTimeout(out _);
            option.TryGetAuthentication(out _, out _, out _);
            option.TryGetFastOpen(out _);
            option.TryGetExperiment(out _, out _);
            option.TryGetAccurateEcn(out _);
            if (option.TryGetMultipath(out MptcpOption multipath))
            {
                Multipath(multipath);
            }
        }
    }

    public static void Ipv4Options(ReadOnlySpan<byte> bytes)
    {
        foreach (Ipv4Option option in new Ipv4OptionReader(bytes))
        {
            Use(option.Type, option.Length, option.Offset, option.Data.Length, option.IsCopied || option.IsSourceRoute ? 1 : 0);
            if (option.TryGetRoute(out int next, out ReadOnlySpan<byte> addresses))
            {
                Assert.InRange(next, 0, addresses.Length / 4);
            }

            option.TryGetTimestamps(out _, out _, out _, out _);
            option.TryGetRouterAlert(out _);
        }
    }

    public static void Ipv6Extensions(byte nextHeader, ReadOnlySpan<byte> payload)
    {
        foreach (Ipv6Extension header in new Ipv6ExtensionReader(nextHeader, payload))
        {
            Use(header.Type, header.Offset, header.Bytes.Length);
            header.TryGetFragment(out _);
            header.TryGetRouting(out _, out _);
            foreach (Ipv6Option option in new Ipv6OptionReader(header.OptionBytes))
            {
                Use(option.Type, option.Offset, option.Data.Length, (long)option.ActionIfUnknown, option.MayChange ? 1 : 0);
                option.TryGetRouterAlert(out _);
                option.TryGetJumboPayload(out _);
            }
        }
    }

    public static void NeighborDiscovery(ReadOnlySpan<byte> bytes)
    {
        if (NeighborDiscoveryView.TryParse(bytes, out NeighborDiscoveryView view) != WireError.None)
        {
            return;
        }

        Use((long)view.Type, (long)view.Target.Low, (long)view.RedirectedDestination.Low, (long)view.Flags, view.Router.HopLimit);
        view.TryGetLinkLayerAddress(NeighborOptionType.SourceLinkLayerAddress, out _);
        foreach (NeighborOption option in view.Options)
        {
            Assert.Equal(OptionError.None, option.Error);
            option.TryGetPrefix(out _);
            option.TryGetMtu(out _);
            option.TryGetNonce(out _);
            option.TryGetRedirectedPacket(out _);
            option.TryGetRoute(out _);
            if (option.TryGetDnsServers(out _, out int count))
            {
                Use((long)option.GetDnsServer(count - 1).Low);
            }
        }
    }

    private static void Multipath(MptcpOption multipath)
    {
        Use((long)multipath.Subtype, multipath.LowNibble, multipath.Data.Length);
        multipath.TryGetCapable(out _);
        multipath.TryGetJoinSyn(out _, out _, out _, out _);
        multipath.TryGetJoinSynAck(out _, out _, out _, out _);
        multipath.TryGetJoinAck(out _);
        multipath.TryGetDataSequenceSignal(out _);
        multipath.TryGetAddAddress(out _);
        multipath.TryGetRemoveAddress(out _);
        multipath.TryGetPriority(out _, out _);
        multipath.TryGetFail(out _);
        multipath.TryGetFastClose(out _);
        multipath.TryGetReset(out _, out _);
    }

    private static void Use(params ReadOnlySpan<long> values)
    {
        foreach (long value in values)
        {
            s_sink ^= value;
        }
    }
}

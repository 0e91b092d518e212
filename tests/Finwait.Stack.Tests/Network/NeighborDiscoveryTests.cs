using Finwait.Wire;
using static Finwait.Stack.Tests.Wires;

namespace Finwait.Stack.Tests;

public sealed class NeighborDiscoveryTests
{
    private static readonly IpAddress s_romeo = Ip("fd00:10:10:1::100"), s_router = Ip("fd00:10:10:1::1"), s_juliet = Ip("fd00:10:10:2::100");
    private static readonly MacAddress s_group = Mac("33:33:ff:00:01:00");

    private static HostRig Romeo(Action<HostSettings>? configure = null)
    {
        HostRig rig = new(configure);
        Interface eth = rig.Host.AddEthernet("eth1", RomeoMac);
        eth.AddAddress(s_romeo, 64);
        rig.Host.Routes.Add(IpAddress.AnyV6, 0, s_router, eth);
        return rig;
    }

    private static byte[] Solicitation(IpAddress source, IpAddress destination, IpAddress target, MacAddress? mac, byte hops = 255)
    {
        byte[] message = new byte[32];
        int length = Icmpv6Writer.WriteNeighborSolicitation(message, target, mac, source, destination);
        return Ipv6(source, destination, IpProtocol.Icmpv6, message.AsSpan(0, length), hops);
    }

    private static byte[] Advertisement(NeighborFlags flags, MacAddress? mac, IpAddress? destination = null, IpAddress? target = null)
    {
        byte[] message = new byte[32];
        IpAddress to = destination ?? s_romeo;
        int length = Icmpv6Writer.WriteNeighborAdvertisement(message, target ?? s_router, flags, mac, s_router, to);
        return Ipv6(s_router, to, IpProtocol.Icmpv6, message.AsSpan(0, length), 255);
    }

    // N-ND-3; golden 22-ipv6, romeo.pcap: solicitation to the group, advertisement, then the packet.
    [Fact]
    public void Send_UnknownNeighbor_GoldenSolicitationThenPacket()
    {
        HostRig rig = Romeo();
        List<byte[]> golden = [.. Golden.Frames("22-ipv6", "romeo").Where(f => f[12] == 0x86 && f[20] == 58 && f[54] is 135 or 136)];
        rig.SendUdp(s_juliet);
        Assert.Equal(Convert.ToHexString(golden[0]), Convert.ToHexString(rig.Sent[0].Bytes));
        rig.Receive(golden[1]);
        rig.AssertTrace("""
            0.000 > 33:33:ff:00:00:01 fd00:10:10:1::100 > ff02::1:ff00:1 hops 255 who has fd00:10:10:1::1
            0.000 > router fd00:10:10:1::100 > fd00:10:10:2::100 hops 64 udp 5000 > 7 length 10
            """);
        Assert.Equal((NeighborState.Reachable, true), (rig.Host.Neighbors.Entries[0].State, rig.Host.Neighbors.Entries[0].IsRouter));
    }

    // Golden 22-ipv6, juliet's capture: the router asks, juliet answers.
    [Fact]
    public void Solicitation_ForUs_GoldenAnswer()
    {
        HostRig rig = new();
        rig.Host.AddEthernet("eth1", Mac("02:00:00:00:02:64")).AddAddress(s_juliet, 64);
        List<byte[]> golden = [.. Golden.Frames("22-ipv6", "juliet").Where(f => f[12] == 0x86 && f[20] == 58 && f[54] is 135 or 136)];
        rig.Receive(golden[0]);
        Assert.Equal(Convert.ToHexString(golden[1]), Convert.ToHexString(rig.Sent[0].Bytes));
        Assert.Equal(NeighborState.Delay, rig.Host.Neighbors.Entries[0].State);
    }

    // N-ND-3: three solicitations a second apart, then address unreachable for each packet that waits, told to ourselves.
    [Fact]
    public void Send_DeadNeighbor_AsksThreeTimesThenFails()
    {
        HostRig rig = Romeo();
        rig.Host.Ping.Open(1);
        rig.Host.Ping.Send(rig.Now, s_juliet, 1, 1, []);
        rig.Drain();
        rig.RunFor(5);
        rig.AssertTrace("""
            0.000 > 33:33:ff:00:00:01 fd00:10:10:1::100 > ff02::1:ff00:1 hops 255 who has fd00:10:10:1::1
            1.000 > 33:33:ff:00:00:01 fd00:10:10:1::100 > ff02::1:ff00:1 hops 255 who has fd00:10:10:1::1
            2.000 > 33:33:ff:00:00:01 fd00:10:10:1::100 > ff02::1:ff00:1 hops 255 who has fd00:10:10:1::1
            """);
        Assert.True(rig.Host.Ping.TryTake(1, out PingReply reply));
        Assert.Equal((PingReplyKind.Unreachable, (byte)3), (reply.Kind, reply.Code));
        rig.AssertNoLeak();
    }

    // N-ND-4: unreachability detection asks the neighbour itself.
    [Fact]
    public void Entry_StaleInUse_IsProbedDirectlyAfterFiveSeconds()
    {
        HostRig rig = Romeo();
        rig.ReceiveIp(Solicitation(s_router, Ip("ff02::1:ff00:100"), s_romeo, RouterMac), s_group);
        rig.TakeTrace();
        rig.RunFor(5.5);
        rig.AssertTrace("5.000 > router fd00:10:10:1::100 > fd00:10:10:1::1 hops 255 who has fd00:10:10:1::1");
    }

    // N-ND-8 from the other side (RFC 4862 §5.4): a probe for duplicates of our address is answered to all.
    [Fact]
    public void Probe_ForOurAddress_IsAnsweredToAll()
    {
        HostRig rig = Romeo();
        rig.ReceiveIp(Solicitation(IpAddress.AnyV6, Ip("ff02::1:ff00:100"), s_romeo, null), s_group);
        rig.AssertTrace("0.000 > 33:33:00:00:00:01 fd00:10:10:1::100 > ff02::1 hops 255 tgt is fd00:10:10:1::100 [Override]");
        Assert.Empty(rig.Host.Neighbors.Entries);
    }

    [Fact]
    public void Solicitation_WithoutLinkAddress_IsAnsweredAfterAskingBack()
    {
        HostRig rig = Romeo(s => s.IpForward = true);
        rig.ReceiveIp(Solicitation(s_router, s_romeo, s_romeo, null));
        rig.AssertTrace("0.000 > 33:33:ff:00:00:01 fd00:10:10:1::100 > ff02::1:ff00:1 hops 255 who has fd00:10:10:1::1");
        rig.ReceiveIp(Advertisement(NeighborFlags.Solicited | NeighborFlags.Override, RouterMac));
        rig.AssertTrace("0.000 > router fd00:10:10:1::100 > fd00:10:10:1::1 hops 255 tgt is fd00:10:10:1::100 [Override, Solicited, Router]");
    }

    // N-ND-1 (RFC 4861 §7.1): what makes a message no message.
    [Theory]
    [InlineData("hop limit")]
    [InlineData("code")]
    [InlineData("short")]
    [InlineData("option of no length")]
    [InlineData("multicast target")]
    [InlineData("probe with address")]
    [InlineData("probe to one")]
    [InlineData("solicited to all")]
    [InlineData("in fragments")]
    public void Message_Invalid_IsDropped(string what)
    {
        HostRig rig = Romeo();
        byte[] good = Solicitation(s_router, s_romeo, s_romeo, RouterMac);
        byte[] packet = what switch
        {
            "hop limit" => Solicitation(s_router, s_romeo, s_romeo, RouterMac, hops: 254),
            "code" => Change(good, m => m[1] = 1),
            "short" => Change(good[..(40 + 20)], _ => { }),
            "option of no length" => Change(good, m => m[25] = 0),
            "multicast target" => Change(good, m => m[8] = 0xFF),
            "probe with address" => Solicitation(IpAddress.AnyV6, Ip("ff02::1:ff00:100"), s_romeo, RouterMac),
            "probe to one" => Solicitation(IpAddress.AnyV6, s_romeo, s_romeo, null),
            "solicited to all" => Advertisement(NeighborFlags.Solicited, RouterMac, Ip("ff02::1")),
            _ => Ipv6(s_router, s_romeo, IpProtocol.Fragment, [58, 0, 0, 0, 0, 0, 0, 1, .. good.AsSpan(40)], hops: 255),
        };
        rig.ReceiveIp(packet);
        Assert.Equal(("", 1L), (rig.TakeTrace(), rig[DropReason.NdMalformed]));
        Assert.Empty(rig.Host.Neighbors.Entries);

        static byte[] Change(byte[] packet, Action<byte[]> change)
        {
            byte[] message = packet[40..];
            change(message);
            Icmpv6Writer.WriteChecksum(message, s_router, s_romeo);
            return Ipv6(s_router, s_romeo, IpProtocol.Icmpv6, message, 255);
        }
    }

    // N-ND-5 (RFC 4861 §7.2.5, and its table in appendix C): old state, flags, link address → new state, whose address.
    [Theory]
    [InlineData(NeighborState.Incomplete, "", "none", NeighborState.Incomplete, "")]
    [InlineData(NeighborState.Incomplete, "S", "router", NeighborState.Reachable, "router")]
    [InlineData(NeighborState.Incomplete, "", "router", NeighborState.Stale, "router")]
    [InlineData(NeighborState.Incomplete, "O", "router", NeighborState.Stale, "router")]
    [InlineData(NeighborState.Reachable, "", "other", NeighborState.Stale, "router")]
    [InlineData(NeighborState.Reachable, "S", "other", NeighborState.Stale, "router")]
    [InlineData(NeighborState.Stale, "", "other", NeighborState.Stale, "router")]
    [InlineData(NeighborState.Stale, "S", "other", NeighborState.Stale, "router")]
    [InlineData(NeighborState.Stale, "SO", "other", NeighborState.Reachable, "other")]
    [InlineData(NeighborState.Reachable, "O", "other", NeighborState.Stale, "other")]
    [InlineData(NeighborState.Reachable, "O", "router", NeighborState.Reachable, "router")]
    [InlineData(NeighborState.Stale, "S", "router", NeighborState.Reachable, "router")]
    [InlineData(NeighborState.Stale, "S", "none", NeighborState.Reachable, "router")]
    [InlineData(NeighborState.Stale, "", "router", NeighborState.Stale, "router")]
    [InlineData(NeighborState.Permanent, "SO", "other", NeighborState.Permanent, "router")]
    public void Advertisement_OnEntry_FollowsTheTable(NeighborState before, string flags, string mac, NeighborState after, string afterMac)
    {
        HostRig rig = Romeo();
        NeighborEntry entry = Prepare(rig, before);
        NeighborFlags bits = (flags.Contains('S') ? NeighborFlags.Solicited : 0) | (flags.Contains('O') ? NeighborFlags.Override : 0);
        rig.ReceiveIp(Advertisement(bits, mac switch { "router" => RouterMac, "other" => OtherMac, _ => null }));

        // A packet that waited has used the entry at once: what would be STALE is in DELAY.
        NeighborState expected = before == NeighborState.Incomplete && after == NeighborState.Stale ? NeighborState.Delay : after;
        Assert.Equal(expected, entry.State);
        Assert.Equal(afterMac switch { "router" => RouterMac, "other" => OtherMac, _ => default }, entry.HasMac ? entry.Mac : default);
    }

    // N-ND-5: unsolicited advertisements never make entries; one about our own address is a conflict.
    [Fact]
    public void Advertisement_Unknown_MakesNoEntryAndConflictIsCounted()
    {
        HostRig rig = Romeo();
        rig.ReceiveIp(Advertisement(NeighborFlags.Override, OtherMac));
        rig.ReceiveIp(Advertisement(NeighborFlags.Override, OtherMac, target: s_romeo));
        Assert.Empty(rig.Host.Neighbors.Entries);
        Assert.Equal((1L, 1L), (rig[DropReason.ArpNotForUs], rig.Host.Counters.AddressConflicts));
    }

    // N-ND-2: the groups that belong to an address come and go with it.
    [Fact]
    public void SolicitedNodeGroup_FollowsTheAddress()
    {
        HostRig rig = Romeo();
        rig.Eth.AddAddress(Ip("fd00:10:10:9::100"), 64);
        Assert.True(rig.Eth.HasJoined(Ip("ff02::1:ff00:100")) && rig.Eth.HasJoined(Ip("ff02::1")));
        rig.Eth.RemoveAddress(s_romeo);
        Assert.True(rig.Eth.HasJoined(Ip("ff02::1:ff00:100")));
        rig.Eth.RemoveAddress(Ip("fd00:10:10:9::100"));
        Assert.False(rig.Eth.HasJoined(Ip("ff02::1:ff00:100")));
    }

    // N-ND-12: one who scans the link, or asks under thousands of names, fills the table and no more.
    [Fact]
    public void Table_Scanned_StaysBounded()
    {
        HostRig rig = Romeo(s => s.NeighborLimit = 64);
        for (uint i = 0; i < 2000; i++)
        {
            rig.ReceiveIp(Solicitation(IpAddress.FromV6(0xFD00_0010_0010_0001, 0x1000 + i), s_romeo, s_romeo, new MacAddress(0x0200_0000_0000UL | i)));
            rig.SendUdp(IpAddress.FromV6(0xFD00_0010_0010_0001, 0x1_0000 + i));
        }

        Assert.Equal(64, rig.Host.Neighbors.Entries.Count);
        Assert.Equal(rig.Host.Neighbors.Entries.Sum(e => e.Waiting), rig.Host.Packets.Lent);
    }

    private static NeighborEntry Prepare(HostRig rig, NeighborState state)
    {
        switch (state)
        {
            case NeighborState.Permanent:
                rig.Host.Neighbors.SetPermanent(rig.Now, rig.Eth, s_router, RouterMac);
                break;
            case NeighborState.Stale:
                rig.Host.Neighbors.Hear(rig.Now, rig.Eth, s_router, RouterMac, isAnswer: false, mayCreate: true, isSure: true, out _);
                break;
            default:
                rig.SendUdp(s_router);
                if (state == NeighborState.Reachable)
                {
                    rig.ReceiveIp(Advertisement(NeighborFlags.Solicited, RouterMac));
                }

                break;
        }

        Assert.Equal(state, rig.Host.Neighbors.Entries[0].State);
        return rig.Host.Neighbors.Entries[0];
    }
}

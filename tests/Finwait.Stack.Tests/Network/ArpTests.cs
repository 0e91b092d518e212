using Finwait.Wire;
using static Finwait.Stack.Tests.Wires;

namespace Finwait.Stack.Tests;

public sealed class ArpTests
{
    private static readonly MacAddress ZeroMac = default;

    private static byte[] Request(IpAddress sender, MacAddress mac, IpAddress target) => Arp(MacAddress.Broadcast, ArpOperation.Request, mac, sender, ZeroMac, target);

    private static byte[] Reply(IpAddress sender, MacAddress mac, IpAddress target) => Arp(RomeoMac, ArpOperation.Reply, mac, sender, RomeoMac, target);

    // N-ARP-4 (RFC 1122 §2.3.2.2); golden 03-handshake, romeo.pcap frames 1–3: request, reply, then the packet that waited.
    [Fact]
    public void Send_UnknownNeighbor_AsksAndSendsWhenAnswered()
    {
        HostRig rig = HostRig.Romeo();
        Assert.Equal(SendResult.Sent, rig.SendUdp(Juliet));
        rig.Now += TimeSpan.FromMilliseconds(1);
        rig.Receive(Reply(Router, RouterMac, Romeo));
        rig.AssertTrace("""
            0.000 > all who-has 10.10.1.1 tell 10.10.1.100
            0.001 > router 10.10.1.100 > 10.10.2.100 ttl 64 DF udp 5000 > 7 length 10
            """);
        rig.AssertNoLeak();
    }

    // The request of the capture, octet for octet.
    [Fact]
    public void Send_UnknownNeighbor_RequestIsThatOfLinux()
    {
        HostRig rig = HostRig.Romeo();
        rig.SendUdp(Juliet);
        byte[] golden = Golden.Frames("03-handshake", "romeo").First(f => f[12] == 8 && f[13] == 6);
        Assert.Equal(Convert.ToHexString(golden), Convert.ToHexString(rig.Sent[0].Bytes));
    }

    // N-ARP-1 (RFC 826): an answer for each address of ours, alias addresses included; none for others'.
    [Theory]
    [InlineData("10.10.1.100", true)]
    [InlineData("10.10.1.101", true)]
    [InlineData("10.10.1.99", false)]
    [InlineData("127.0.0.1", false)]
    public void Request_ForAddress_IsAnsweredIfOurs(string target, bool isAnswered)
    {
        HostRig rig = HostRig.Romeo();
        rig.Eth.AddAddress(Ip("10.10.1.101"), 24, "eth1:0");
        rig.Receive(Request(Other, OtherMac, Ip(target)));
        rig.AssertTrace(isAnswered ? $"0.000 > other {target} is-at 02:00:00:00:01:64" : "");
        Assert.Equal(isAnswered ? 0 : 1, rig.Host.Counters.TotalDrops);
    }

    // N-ARP-1: one who asks for us is going to talk to us, so the entry is made; golden 11-synack-blocked, router's side.
    [Fact]
    public void Request_ForUs_MakesStaleEntryThatIsUsedAtOnceAndProbedAfterFiveSeconds()
    {
        HostRig rig = HostRig.Romeo();
        rig.Receive(Request(Other, OtherMac, Romeo));
        Assert.True(rig.Host.Neighbors.TryGet(rig.Eth, Other, out NeighborEntry? entry));
        Assert.Equal((NeighborState.Stale, OtherMac), (entry.State, entry.Mac));
        rig.TakeTrace();

        rig.SendUdp(Other);
        rig.RunFor(10);
        rig.AssertTrace("""
            0.000 > other 10.10.1.100 > 10.10.1.77 ttl 64 DF udp 5000 > 7 length 10
            5.000 > other who-has 10.10.1.77 tell 10.10.1.100
            6.000 > other who-has 10.10.1.77 tell 10.10.1.100
            7.000 > other who-has 10.10.1.77 tell 10.10.1.100
            """);
        Assert.Equal(NeighborState.Failed, entry.State);
    }

    // N-ARP-1: the merge flag of RFC 826: an entry that is there is updated by any packet, a new one is not made for what others say to each other.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Packet_BetweenOthers_UpdatesButNeverCreates(bool isKnown)
    {
        HostRig rig = HostRig.Romeo();
        if (isKnown)
        {
            rig.Receive(Request(Other, OtherMac, Romeo));
            rig.RunFor(2);
        }

        rig.Receive(Request(Other, Mac("02:00:00:00:01:78"), Router));
        Assert.Equal(isKnown, rig.Host.Neighbors.TryGet(rig.Eth, Other, out NeighborEntry? entry));
        if (isKnown)
        {
            Assert.Equal(Mac("02:00:00:00:01:78"), entry!.Mac);
        }
        else
        {
            Assert.Equal(1, rig[DropReason.ArpNotForUs]);
        }
    }

    // N-ARP-5: solicited updates only: an answer that nobody asked for makes no entry.
    [Fact]
    public void Reply_NotAskedFor_MakesNoEntry()
    {
        HostRig rig = HostRig.Romeo();
        rig.Receive(Reply(Other, OtherMac, Romeo));
        Assert.Empty(rig.Host.Neighbors.Entries);
        Assert.Equal(1, rig[DropReason.ArpNotForUs]);
    }

    // N-ARP-3 (RFC 1122 §2.3.2.1), N-ARP-4: a flood to a dead host: three requests a second apart, then failure; the next attempt begins anew.
    [Fact]
    public void Send_DeadNeighbor_AsksThreeTimesASecondApartThenReportsToItself()
    {
        HostRig rig = HostRig.Romeo();
        for (int i = 0; i < 1000; i++)
        {
            rig.SendUdp(Other);
        }

        rig.RunFor(2.9);
        rig.AssertTrace("""
            0.000 > all who-has 10.10.1.77 tell 10.10.1.100
            1.000 > all who-has 10.10.1.77 tell 10.10.1.100
            2.000 > all who-has 10.10.1.77 tell 10.10.1.100
            """);
        Assert.Equal(1000 - 101, rig[DropReason.NeighborQueueFull]);
        rig.Host.Loopback.Tap = new CaptureTap();
        rig.RunFor(1);
        Assert.Equal("", rig.TakeTrace());
        Assert.Equal(101, rig[DropReason.NeighborUnreachable]);

        // Each waiting packet comes back to this host as "host unreachable", over the loopback interface and so without rate limit.
        Assert.True(rig.Host.Loopback.Tap.TryTake(out CapturedFrame error));
        Assert.Equal("10.10.1.100 > 10.10.1.100 ttl 64 tos 0xc0 icmp 3/1 rest 0 length 46", DescribeIp(error.Bytes.AsSpan(14)));
        Assert.Equal(100, rig.Host.Loopback.Tap.Count);
        rig.AssertNoLeak();

        rig.SendUdp(Other);
        rig.AssertTrace("3.900 > all who-has 10.10.1.77 tell 10.10.1.100");
    }

    // N-ARP-3: somebody who keeps trying for a minute draws at most one request a second.
    [Fact]
    public void Send_DeadNeighborForAMinute_NeverMoreThanOneRequestPerSecond()
    {
        HostRig rig = HostRig.Romeo();
        for (int i = 0; i < 600; i++)
        {
            rig.SendUdp(Other);
            rig.RunFor(0.1);
        }

        double[] times = [.. rig.TakeTrace().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => double.Parse(l.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.True(times.Length is > 30 and <= 61, $"{times.Length} requests");
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.True(pair.Second - pair.First >= 0.999, $"{pair}"));
    }

    // N-ARP-4: the latest packets are kept, the oldest lost.
    [Fact]
    public void Send_MoreThanTheQueueHolds_KeepsTheLatest()
    {
        HostRig rig = HostRig.Romeo(s => s.NeighborQueueLimit = 2);
        for (ushort port = 1; port <= 4; port++)
        {
            rig.SendUdp(Router, to: port);
        }

        rig.Receive(Reply(Router, RouterMac, Romeo));
        rig.AssertTrace("""
            0.000 > all who-has 10.10.1.1 tell 10.10.1.100
            0.000 > router 10.10.1.100 > 10.10.1.1 ttl 64 DF udp 5000 > 3 length 10
            0.000 > router 10.10.1.100 > 10.10.1.1 ttl 64 DF udp 5000 > 4 length 10
            """);
        Assert.Equal(2, rig[DropReason.NeighborQueueFull]);
    }

    // N-ARP-2: a confirmed neighbour is trusted for 15 to 45 s, then used while it is asked again, directly.
    [Fact]
    public void Entry_AfterReachableTime_GetsStaleAndIsProbedOnUse()
    {
        HostRig rig = HostRig.Romeo();
        rig.SendUdp(Router);
        rig.Receive(Reply(Router, RouterMac, Romeo));
        NeighborEntry entry = rig.Host.Neighbors.Entries[0];
        Assert.Equal(NeighborState.Reachable, entry.State);
        rig.RunFor(14.9);
        Assert.Equal(NeighborState.Reachable, entry.State);
        rig.RunFor(30.2);
        Assert.Equal(NeighborState.Stale, entry.State);
        rig.TakeTrace();

        rig.SendUdp(Router);
        Assert.Equal(NeighborState.Delay, entry.State);
        rig.RunFor(5);
        rig.Receive(Reply(Router, RouterMac, Romeo));
        Assert.Equal(NeighborState.Reachable, entry.State);
        rig.AssertTrace("""
            45.100 > router 10.10.1.100 > 10.10.1.1 ttl 64 DF udp 5000 > 7 length 10
            50.100 > router who-has 10.10.1.1 tell 10.10.1.100
            """);
    }

    // RFC 4861 §7.3.1, as Linux does for ARP: while the transport gets on, nobody needs to be asked.
    [Fact]
    public void Entry_ConfirmedByTransport_IsNotProbed()
    {
        HostRig rig = HostRig.Romeo();
        rig.Receive(Request(Other, OtherMac, Romeo));
        rig.SendUdp(Other);
        rig.TakeTrace();
        rig.RunFor(1);
        RouteCache way = default;
        rig.Host.Output.Resolve(Other, default, null, ref way);
        way.Neighbor = rig.Host.Neighbors.Entries[0];
        rig.Host.Output.ConfirmNeighbor(rig.Now, ref way);
        rig.RunFor(10);
        Assert.Equal("", rig.TakeTrace());
        Assert.Equal(NeighborState.Reachable, rig.Host.Neighbors.Entries[0].State);
    }

    // RFC 5227 §2.1.1: a probe has no sender address; it is answered and teaches nothing.
    [Fact]
    public void Probe_ForOurAddress_IsAnsweredWithoutLearning()
    {
        HostRig rig = HostRig.Romeo();
        rig.Receive(Request(IpAddress.AnyV4, OtherMac, Romeo));
        rig.AssertTrace("0.000 > other 10.10.1.100 is-at 02:00:00:00:01:64");
        Assert.Empty(rig.Host.Neighbors.Entries);
    }

    // N-ARP-5, N-IP4-12 (RFC 5227 §2.4 (b)): another station with our address is counted and answered with one announcement in ten seconds.
    [Fact]
    public void Conflict_OurAddressFromAnother_IsCountedAndDefendedAtMostEveryTenSeconds()
    {
        HostRig rig = HostRig.Romeo();
        for (int i = 0; i < 25; i++)
        {
            rig.Receive(Request(Romeo, OtherMac, Router));
            rig.RunFor(1);
        }

        rig.AssertTrace("""
            0.000 > all who-has 10.10.1.100 tell 10.10.1.100
            10.000 > all who-has 10.10.1.100 tell 10.10.1.100
            20.000 > all who-has 10.10.1.100 tell 10.10.1.100
            """);
        Assert.Equal((25, 25), (rig.Host.Counters.AddressConflicts, rig[DropReason.ArpConflict]));
        Assert.Empty(rig.Host.Neighbors.Entries);
    }

    // N-ARP-5: sender addresses that nobody can have.
    [Theory]
    [InlineData("10.10.1.77", "ff:ff:ff:ff:ff:ff")]
    [InlineData("10.10.1.77", "01:00:5e:00:00:01")]
    [InlineData("10.10.1.77", "00:00:00:00:00:00")]
    [InlineData("10.10.1.255", "02:00:00:00:01:77")]
    [InlineData("224.0.0.1", "02:00:00:00:01:77")]
    [InlineData("255.255.255.255", "02:00:00:00:01:77")]
    [InlineData("127.0.0.1", "02:00:00:00:01:77")]
    public void Request_BadSender_IsDropped(string ip, string mac)
    {
        HostRig rig = HostRig.Romeo();
        rig.Receive(Request(Ip(ip), Mac(mac), Romeo));
        Assert.Equal("", rig.TakeTrace());
        Assert.Empty(rig.Host.Neighbors.Entries);
        Assert.Equal(1, rig[DropReason.ArpBadSender]);
    }

    // N-ARP-1: hardware type, protocol type, lengths and operation are checked; every prefix of a good packet is dropped and counted.
    [Fact]
    public void Packet_MalformedOrCut_IsDroppedAndCounted()
    {
        byte[] good = Request(Other, OtherMac, Romeo);
        foreach ((int at, byte value) in new (int, byte)[] { (14, 9), (15, 6), (16, 0x86), (17, 1), (18, 8), (19, 16), (20, 1), (21, 3) })
        {
            HostRig rig = HostRig.Romeo();
            byte[] bad = [.. good];
            bad[at] = value;
            rig.Receive(bad);
            Assert.Equal((1, ""), (rig[DropReason.ArpMalformed], rig.TakeTrace()));
        }

        for (int length = 0; length < good.Length; length++)
        {
            HostRig rig = HostRig.Romeo();
            rig.Receive(good[..length]);
            Assert.Equal((1, ""), (rig.Host.Counters.TotalDrops, rig.TakeTrace()));
        }
    }

    // N-ARP-5: a second answer with another link address within a second does not win (Linux: locktime).
    [Fact]
    public void Reply_SecondWithOtherMacAtOnce_IsIgnored()
    {
        HostRig rig = HostRig.Romeo();
        rig.SendUdp(Router);
        rig.Receive(Reply(Router, RouterMac, Romeo));
        rig.Receive(Reply(Router, OtherMac, Romeo));
        Assert.Equal((RouterMac, 1L), (rig.Host.Neighbors.Entries[0].Mac, rig[DropReason.ArpTooSoon]));
        rig.RunFor(1.1);
        rig.Receive(Reply(Router, OtherMac, Romeo));
        Assert.Equal(OtherMac, rig.Host.Neighbors.Entries[0].Mac);
    }

    // N-ARP-5: the table is bounded, and one who scans the link does not push out what is in use.
    [Fact]
    public void Table_Scanned_StaysBoundedAndKeepsNeighborsInUse()
    {
        HostRig rig = HostRig.Romeo(s => s.NeighborLimit = 64);
        rig.SendUdp(Router);
        rig.Receive(Reply(Router, RouterMac, Romeo));
        for (uint i = 0; i < 5000; i++)
        {
            rig.Receive(Request(IpAddress.FromV4(0x0A0A_0200 + i), new MacAddress(0x0200_0000_0000UL | i), Romeo));
        }

        Assert.Equal(64, rig.Host.Neighbors.Entries.Count);
        Assert.True(rig.Host.Neighbors.TryGet(rig.Eth, Router, out NeighborEntry? router));
        Assert.Equal(NeighborState.Reachable, router.State);

        // A host that sends to addresses where nobody is fills it with questions, and the packets of those pushed out are counted.
        for (uint i = 0; i < 200; i++)
        {
            rig.SendUdp(IpAddress.FromV4(0x0A0A_0102 + (i % 98)), source: Romeo);
        }

        Assert.True(rig.Host.Neighbors.Entries.Count <= 64);
        Assert.Equal(rig.Host.Neighbors.Entries.Sum(e => e.Waiting), rig.Host.Packets.Lent);
        Assert.True(rig[DropReason.NeighborUnreachable] > 0);
    }

    [Fact]
    public void Announce_Asked_SendsGratuitousRequest()
    {
        HostRig rig = HostRig.Romeo();
        rig.Host.AnnounceAddress(rig.Now, rig.Eth, Romeo);
        rig.Drain();
        rig.AssertTrace("0.000 > all who-has 10.10.1.100 tell 10.10.1.100");
    }

    [Fact]
    public void Announcement_KnownNeighborMoved_IsBelievedAtOnce()
    {
        HostRig rig = HostRig.Romeo();
        rig.SendUdp(Router);
        rig.Receive(Reply(Router, RouterMac, Romeo));
        rig.Receive(Request(Router, OtherMac, Router));
        Assert.Equal((OtherMac, NeighborState.Stale), (rig.Host.Neighbors.Entries[0].Mac, rig.Host.Neighbors.Entries[0].State));
    }

    [Fact]
    public void Interface_GoesDown_ForgetsNeighborsAndDropsWhatWaits()
    {
        HostRig rig = HostRig.Romeo();
        rig.SendUdp(Router);
        rig.Eth.IsUp = false;
        Assert.Empty(rig.Host.Neighbors.Entries);
        rig.AssertNoLeak();
        Assert.Equal(SendResult.NoRoute, rig.SendUdp(Router));
        rig.Eth.IsUp = true;
        rig.TakeTrace();
        rig.SendUdp(Router);
        rig.AssertTrace("0.000 > all who-has 10.10.1.1 tell 10.10.1.100");
    }
}

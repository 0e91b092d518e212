using Finwait.Wire;
using static Finwait.Stack.Tests.Wires;

namespace Finwait.Stack.Tests;

/// <summary>The router of the golden captures: eth1 towards romeo, eth2 towards juliet.</summary>
public sealed class ForwardingTests
{
    private static readonly MacAddress JulietSideMac = Mac("02:00:00:00:02:01"), JulietMac = Mac("02:00:00:00:02:64");

    private static HostRig MakeRouter(bool forward = true, int mtu = 1500)
    {
        HostRig rig = new(s => s.IpForward = forward);
        rig.Host.AddEthernet("eth1", RouterMac).AddAddress(Router, 24);
        Interface second = rig.Host.AddEthernet("eth2", JulietSideMac, mtu);
        second.AddAddress(Ip("10.10.2.1"), 24);
        rig.Host.Neighbors.SetPermanent(rig.Now, rig.Eth, Romeo, RomeoMac);
        rig.Host.Neighbors.SetPermanent(rig.Now, second, Juliet, JulietMac);
        return rig;
    }

    private static void Receive(HostRig rig, byte[] packet, MacAddress? to = null) => rig.Receive(Ethernet(to ?? RouterMac, RomeoMac, EtherType.Ipv4, packet));

    // Golden 04-send-recv: the router takes one hop off and changes nothing else.
    [Fact]
    public void Packet_ForOther_GoesOnWithOneHopLess()
    {
        HostRig rig = MakeRouter();
        foreach ((byte[] before, byte[] after) in GoldenPairs())
        {
            rig.TakeTrace();
            rig.Receive(before);
            Assert.Equal(Convert.ToHexString(after), Convert.ToHexString(rig.Sent[^1].Bytes));
        }

        rig.AssertNoLeak();
    }

    // RFC 1812 §5.3.1: the last hop is used up: time exceeded, from the router's address on that side (the second line of a traceroute).
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Packet_NoHopLeft_TimeExceeded(byte ttl)
    {
        HostRig rig = MakeRouter();
        Receive(rig, Ipv4(Romeo, Juliet, IpProtocol.Udp, Udp(Romeo, Juliet, 1, 33434, 20), ttl: ttl));
        rig.AssertTrace("0.000 > romeo 10.10.1.1 > 10.10.1.100 ttl 64 tos 0xc0 icmp 11/0 rest 0 length 56");
        Assert.Equal(1, rig[DropReason.TimeToLiveExpired]);
    }

    // RFC 1191 §4: too big with DF: the next hop's MTU; tool-formats 8: length 556. Without DF it is cut.
    [Fact]
    public void Packet_TooBig_IsReportedOrCut()
    {
        HostRig rig = MakeRouter(mtu: 1000);
        byte[] packet = Ipv4(Romeo, Juliet, IpProtocol.Udp, Udp(Romeo, Juliet, 1, 2, 1200), df: true);
        Receive(rig, packet);
        rig.AssertTrace("0.000 > romeo 10.10.1.1 > 10.10.1.100 ttl 64 tos 0xc0 icmp 3/4 rest 3e8 length 556");

        Receive(rig, Ipv4(Romeo, Juliet, IpProtocol.Udp, Udp(Romeo, Juliet, 1, 2, 1200)));
        rig.AssertTrace("""
            0.000 > 02:00:00:00:02:64 10.10.1.100 > 10.10.2.100 ttl 63 frag 0+ length 976
            0.000 > 02:00:00:00:02:64 10.10.1.100 > 10.10.2.100 ttl 63 frag 976 length 232
            """);
        rig.AssertNoLeak();
    }

    // RFC 791 §3.1: a fragment is cut further with its own offsets; options with the copied flag go into every piece, others into the first only.
    [Fact]
    public void Fragment_TooBig_IsCutFurtherWithItsOptions()
    {
        HostRig rig = MakeRouter(mtu: 100);
        byte[] options = Convert.FromHexString("07070400000000009404000000"); // record route (not copied), padding as end, router alert behind it is never seen
        byte[] copied = Convert.FromHexString("0707040000000094040000");
        Receive(rig, Ipv4(Romeo, Juliet, 99, Pattern(160), more: true, offset: 800, options: copied));
        Assert.Equal([32, 24, 24], rig.Sent.Select(f => (f.Bytes[14] & 15) * 4));
        rig.AssertTrace("""
            0.000 > 02:00:00:00:02:64 10.10.1.100 > 10.10.2.100 ttl 63 frag 800+ length 64
            0.000 > 02:00:00:00:02:64 10.10.1.100 > 10.10.2.100 ttl 63 frag 864+ length 72
            0.000 > 02:00:00:00:02:64 10.10.1.100 > 10.10.2.100 ttl 63 frag 936+ length 24
            """);
        Receive(rig, Ipv4(Romeo, Juliet, 99, Pattern(160), options: options));
        Assert.Equal([36, 20, 20], rig.Sent.Select(f => (f.Bytes[14] & 15) * 4));
    }

    // RFC 1812 §4.3.3.1: nobody is there, or there is no way.
    [Fact]
    public void Packet_NoRouteOrNoNeighbor_IsReported()
    {
        HostRig rig = MakeRouter();
        Receive(rig, Ipv4(Romeo, Ip("8.8.8.8"), IpProtocol.Udp, Udp(Romeo, Ip("8.8.8.8"), 1, 53, 20)));
        rig.AssertTrace("0.000 > romeo 10.10.1.1 > 10.10.1.100 ttl 64 tos 0xc0 icmp 3/0 rest 0 length 56");
        Receive(rig, Ipv4(Romeo, Ip("10.10.2.50"), IpProtocol.Udp, Udp(Romeo, Ip("10.10.2.50"), 1, 53, 20)));
        rig.RunFor(3.1);
        rig.AssertTrace("""
            0.000 > all who-has 10.10.2.50 tell 10.10.2.1
            1.000 > all who-has 10.10.2.50 tell 10.10.2.1
            2.000 > all who-has 10.10.2.50 tell 10.10.2.1
            3.000 > romeo 10.10.1.1 > 10.10.1.100 ttl 64 tos 0xc0 icmp 3/1 rest 0 length 56
            """);
        rig.AssertNoLeak();
    }

    // N-IP4-5: a host is no router unless configured as one; and a router never forwards what the link sent to all.
    [Theory]
    [InlineData(false, false, DropReason.IpNotForUs)]
    [InlineData(true, true, DropReason.IpNotForUs)]
    public void Packet_ForOther_IsNotForwarded(bool forward, bool isLinkBroadcast, DropReason reason)
    {
        HostRig rig = MakeRouter(forward);
        Receive(rig, Ipv4(Romeo, Juliet, IpProtocol.Udp, Udp(Romeo, Juliet, 1, 2, 20)), isLinkBroadcast ? MacAddress.Broadcast : null);
        Assert.Equal(("", 1L), (rig.TakeTrace(), rig[reason]));
    }

    // Golden 03-handshake, juliet's capture: the router asks with its own address on juliet's side, for a packet that is not its own.
    [Fact]
    public void Packet_UnknownNeighbor_RouterAsksWithItsOwnAddress()
    {
        HostRig rig = MakeRouter();
        rig.Host.Neighbors.Flush(rig.Host.Interfaces[2], permanentToo: true);
        foreach (byte[] frame in Golden.Frames("03-handshake", "romeo").Where(f => f[12] == 8 && f[13] == 0 && f[29] == 100 && f[26] == 10).Take(1))
        {
            rig.Receive(frame);
        }

        List<byte[]> golden = Golden.Frames("03-handshake", "juliet");
        Assert.Equal(Convert.ToHexString(golden[0]), Convert.ToHexString(rig.Sent[0].Bytes));
        rig.Receive2(golden[1]);
        Assert.Equal(Convert.ToHexString(golden[2]), Convert.ToHexString(rig.Sent[1].Bytes));
    }

    /// <summary>The packets of one capture that appear in the other, one hop further.</summary>
    private static IEnumerable<(byte[] Before, byte[] After)> GoldenPairs()
    {
        List<byte[]> romeo = Tcp("romeo"), juliet = Tcp("juliet");
        Assert.Equal(romeo.Count, juliet.Count);
        int pairs = 0;
        foreach ((byte[] first, byte[] second) in romeo.Zip(juliet))
        {
            if (first[22] == 64)
            {
                pairs++;
                yield return (first, second);
            }
        }

        Assert.True(pairs > 3);

        static List<byte[]> Tcp(string host) => [.. Golden.Frames("04-send-recv", host).Where(f => f[12] == 8 && f[13] == 0).OrderBy(f => Convert.ToHexString(f.AsSpan(26, 40)))];
    }
}

using Finwait.Wire;
using static Finwait.Stack.Tests.Wires;

namespace Finwait.Stack.Tests;

public sealed class Ipv4InputTests
{
    private const string EchoReply = "0.000 > router 10.10.1.100 > 10.10.1.1 ttl 64 echo reply id 1 seq 2 length 24";

    private static byte[] Ping(string source = "10.10.1.1", string destination = "10.10.1.100", byte ttl = 64, byte[]? options = null) =>
        Ipv4(Ip(source), Ip(destination), IpProtocol.Icmp, Echo(1, 2, 16), ttl, options: options);

    // N-IP4-1 (RFC 1122 §3.2.1.1): each malformed header is dropped in silence and counted with its reason.
    [Theory]
    [InlineData(0, 0x55, DropReason.IpBadVersion)]
    [InlineData(0, 0x05, DropReason.IpBadVersion)]
    [InlineData(0, 0x44, DropReason.IpBadHeader)]
    [InlineData(0, 0x40, DropReason.IpBadHeader)]
    [InlineData(0, 0x4F, DropReason.IpBadHeader)]
    [InlineData(3, 19, DropReason.IpBadTotalLength)]
    [InlineData(3, 0, DropReason.IpBadTotalLength)]
    [InlineData(3, 45, DropReason.IpBadTotalLength)]
    [InlineData(2, 1, DropReason.IpBadTotalLength)]
    [InlineData(8, 1, DropReason.IpBadChecksum)]
    [InlineData(15, 77, DropReason.IpBadChecksum)]
    public void Header_Malformed_IsDroppedInSilence(int at, byte value, DropReason reason)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        byte[] packet = Ping();
        packet[at] = value;
        rig.ReceiveIp(packet);
        Assert.Equal(("", 1L, 1L), (rig.TakeTrace(), rig[reason], rig.Host.Counters.TotalDrops));
    }

    // N-IP4-1: no prefix of a good packet is accepted; padding of the link behind it is cut off.
    [Fact]
    public void Packet_CutOrPadded_IsDroppedOrCutToItsLength()
    {
        byte[] packet = Ping();
        for (int length = 0; length < packet.Length; length++)
        {
            HostRig cut = HostRig.Romeo().KnowingRouter();
            cut.Receive(Ethernet(RomeoMac, RouterMac, EtherType.Ipv4, packet.AsSpan(0, length)));
            Assert.Equal(("", 1L), (cut.TakeTrace(), cut.Host.Counters.TotalDrops));
        }

        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.ReceiveIp([.. packet, 1, 2, 3, 4, 5]);
        rig.AssertTrace(EchoReply);
    }

    // N-IP4-2 (RFC 1122 §3.2.1.2): every single flipped bit of the header costs the packet, and no answer goes out.
    [Fact]
    public void Header_AnyBitFlipped_NoAnswer()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        for (int bit = 0; bit < 160; bit++)
        {
            byte[] packet = Ping();
            packet[bit / 8] ^= (byte)(0x80 >> (bit % 8));
            rig.ReceiveIp(packet);
        }

        Assert.Equal(("", 160L), (rig.TakeTrace(), rig.Host.Counters.TotalDrops));
    }

    // N-IP4-3 (RFC 1122 §3.2.1.3): sources that are no single host, or not ours to hear from the wire.
    [Theory]
    [InlineData("224.0.0.1")]
    [InlineData("239.1.2.3")]
    [InlineData("255.255.255.255")]
    [InlineData("10.10.1.255")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("10.10.1.100")]
    public void Source_Invalid_IsDropped(string source)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.ReceiveIp(Ping(source));
        Assert.Equal(("", 1L), (rig.TakeTrace(), rig[DropReason.IpBadSource]));
    }

    // N-IP4-3: destinations.
    [Theory]
    [InlineData("10.10.1.99", DropReason.IpNotForUs)]
    [InlineData("8.8.8.8", DropReason.IpNotForUs)]
    [InlineData("127.0.0.1", DropReason.IpBadDestination)]
    [InlineData("0.0.0.0", DropReason.IpBadDestination)]
    [InlineData("224.0.0.5", DropReason.IpNotForUs)]
    public void Destination_NotOurs_IsDropped(string destination, DropReason reason)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.ReceiveIp(Ping(destination: destination));
        Assert.Equal(("", 1L), (rig.TakeTrace(), rig[reason]));
    }

    // N-IP4-3: our addresses, alias addresses and, where joined, groups; the answer comes from a single address of ours.
    [Theory]
    [InlineData("10.10.1.101", "10.10.1.101")]
    [InlineData("192.168.9.9", "192.168.9.9")]
    [InlineData("10.10.1.255", "10.10.1.100")]
    [InlineData("255.255.255.255", "10.10.1.100")]
    [InlineData("224.0.0.1", "10.10.1.100")]
    [InlineData("239.1.1.1", "10.10.1.100")]
    public void Destination_OursInAnyWay_IsAccepted(string destination, string answersFrom)
    {
        HostRig rig = HostRig.Romeo(s => s.IcmpEchoIgnoreBroadcasts = false).KnowingRouter();
        rig.Eth.AddAddress(Ip("10.10.1.101"), 24, "eth1:0");
        rig.Host.AddEthernet("eth2", Mac("02:00:00:00:03:64")).AddAddress(Ip("192.168.9.9"), 24); // weak host model, as Linux
        rig.Eth.JoinGroup(Ip("239.1.1.1"));
        rig.ReceiveIp(Ping(destination: destination));
        rig.AssertTrace($"0.000 > router {answersFrom} > 10.10.1.1 ttl 64 echo reply id 1 seq 2 length 24");
    }

    // N-IP4-4 (RFC 1122 §3.2.1.7): a packet for us is taken with any TTL; what we send has 64 by default, or what the settings say.
    [Theory]
    [InlineData(0, 64)]
    [InlineData(1, 64)]
    [InlineData(255, 200)]
    public void Ttl_OfPacketForUs_DoesNotMatter(byte ttl, byte ours)
    {
        HostRig rig = HostRig.Romeo(s => s.DefaultTtl = ours).KnowingRouter();
        rig.ReceiveIp(Ping(ttl: ttl));
        rig.AssertTrace($"0.000 > router 10.10.1.100 > 10.10.1.1 ttl {ours} echo reply id 1 seq 2 length 24");
    }

    // N-IP4-5 (RFC 1122 §3.2.1.8, RFC 7126): unknown and harmless options are ignored, source routes are not.
    [Theory]
    [InlineData("01010101", true)]
    [InlineData("00ffffff", true)]
    [InlineData("94040000", true)]
    [InlineData("070704000000000 0", true)]
    [InlineData("440c0500000000000000000 0", true)]
    [InlineData("9e04abcd", true)]
    [InlineData("8307040a0a010100", false)]
    [InlineData("8907040a0a010100", false)]
    public void Options_WellFormed_SourceRoutesAreRefused(string options, bool isTaken)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.ReceiveIp(Ping(options: Convert.FromHexString(options.Replace(" ", ""))));
        rig.AssertTrace(isTaken ? EchoReply : "");
        Assert.Equal(isTaken ? 0 : 1, rig[DropReason.IpSourceRoute]);
    }

    // N-IP4-5: lengths that cannot be are reported with the place of the option; a known setting lets source routes in.
    [Theory]
    [InlineData("9e000000", 20)]
    [InlineData("9e010000", 20)]
    [InlineData("019e0500", 21)]
    [InlineData("0101019e", 23)]
    public void Options_BadLength_ParameterProblem(string options, int pointer)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.ReceiveIp(Ping(options: Convert.FromHexString(options)));
        rig.AssertTrace($"0.000 > router 10.10.1.100 > 10.10.1.1 ttl 64 tos 0xc0 icmp 12/0 rest {pointer << 24:x} length {8 + 24 + 24}");
        Assert.Equal(1, rig[DropReason.IpBadOptions]);
    }

    [Fact]
    public void SourceRoute_Allowed_IsTaken()
    {
        HostRig rig = HostRig.Romeo(s => s.AcceptSourceRoute = true).KnowingRouter();
        rig.ReceiveIp(Ping(options: Convert.FromHexString("8307080a0a010100")));
        rig.AssertTrace(EchoReply);
    }

    // N-ICMP-4 (RFC 1122 §3.2.2.1): protocol unreachable.
    [Fact]
    public void Protocol_Unknown_IsReported()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.ReceiveIp(Ipv4(Router, Romeo, 99, Pattern(30)));
        rig.AssertTrace("0.000 > router 10.10.1.100 > 10.10.1.1 ttl 64 tos 0xc0 icmp 3/2 rest 0 length 58");
        Assert.Equal(1, rig[DropReason.IpUnknownProtocol]);
    }

    // RFC 1122 §2.4 and Linux: frames for other stations are not ours; groups are looked at by IP.
    [Theory]
    [InlineData("02:00:00:00:01:64", "", true)]
    [InlineData("02:00:00:00:01:65", "NotOurMac", false)]
    public void Frame_ForStation_IsTakenIfOurs(string mac, string reason, bool isTaken)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.ReceiveIp(Ping(), Mac(mac));
        rig.AssertTrace(isTaken ? EchoReply : "");
        Assert.Equal(isTaken ? 0 : 1, reason.Length == 0 ? 0 : rig[Enum.Parse<DropReason>(reason)]);
    }

    [Fact]
    public void Frame_OtherType_IsDroppedAndCounted()
    {
        HostRig rig = HostRig.Romeo();
        rig.Receive(Ethernet(RomeoMac, RouterMac, 0x88CC, Pattern(50)));
        rig.Receive(Ethernet(RomeoMac, RouterMac, 0x0026, Pattern(50)));
        Assert.Equal((2L, 2L), (rig[DropReason.UnknownEtherType], rig.Eth.Counters.ReceiveDropped));
    }

    [Fact]
    public void Interface_Down_TakesNothing()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.Eth.IsUp = false;
        rig.ReceiveIp(Ping());
        Assert.Equal(("", 1L), (rig.TakeTrace(), rig[DropReason.InterfaceDown]));
    }

    [Fact]
    public void PointToPoint_Packet_NeedsNoLinkHeader()
    {
        HostRig rig = HostRig.PointToPoint();
        rig.ReceiveIp(Ping("10.9.9.9", "10.0.0.1"));
        rig.AssertTrace("0.000 10.0.0.1 > 10.9.9.9 ttl 64 echo reply id 1 seq 2 length 24");
        rig.Receive([]);
        Assert.Equal(1, rig[DropReason.FrameTruncated]);
    }
}

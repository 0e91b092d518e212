using System.Buffers.Binary;
using Finwait.Tcp;
using Finwait.Wire;
using static Finwait.Stack.Tests.Wires;

namespace Finwait.Stack.Tests;

public sealed class Ipv6Tests
{
    private static readonly IpAddress s_romeo = Ip("fd00:10:10:1::100"), s_router = Ip("fd00:10:10:1::1"), s_juliet = Ip("fd00:10:10:2::100");

    private static HostRig Romeo(Action<HostSettings>? configure = null)
    {
        HostRig rig = new(configure);
        Interface eth = rig.Host.AddEthernet("eth1", RomeoMac);
        eth.AddAddress(s_romeo, 64);
        rig.Host.Routes.Add(IpAddress.AnyV6, 0, s_router, eth);
        rig.Host.Neighbors.SetPermanent(rig.Now, eth, s_router, RouterMac);
        return rig;
    }

    private static byte[] Ping(IpAddress? source = null, IpAddress? destination = null, int length = 8)
    {
        IpAddress from = source ?? s_juliet, to = destination ?? s_romeo;
        return Ipv6(from, to, IpProtocol.Icmpv6, EchoV6(from, to, 1, 2, length));
    }

    /// <summary>Puts extension headers (hex; the next-header octets filled in here) before an echo request.</summary>
    private static byte[] WithHeaders(params (byte Type, string Hex)[] headers)
    {
        byte[] upper = EchoV6(s_juliet, s_romeo, 1, 2, 8);
        List<byte> payload = [];
        for (int i = 0; i < headers.Length; i++)
        {
            byte[] header = Convert.FromHexString(headers[i].Hex);
            header[0] = i + 1 < headers.Length ? headers[i + 1].Type : IpProtocol.Icmpv6;
            payload.AddRange(header);
        }

        return Ipv6(s_juliet, s_romeo, headers[0].Type, [.. payload, .. upper]);
    }

    private static byte[] Fragment(int offset, ReadOnlySpan<byte> text, bool more, uint id = 5, byte next = IpProtocol.Icmpv6, IpAddress? source = null)
    {
        byte[] payload = new byte[8 + text.Length];
        new Ipv6Fragment(next, offset, more, id).Write(payload);
        text.CopyTo(payload.AsSpan(8));
        return Ipv6(source ?? s_juliet, s_romeo, IpProtocol.Fragment, payload);
    }

    private const string Reply = "0.000 > router fd00:10:10:1::100 > fd00:10:10:2::100 hops 64 echo reply id 1 seq 2 length 16";

    // N-ICMP6-5 (RFC 4443 §4); golden 22-ipv6: the answer to the captured request is the captured answer, octet for octet but for the flow label.
    [Fact]
    public void Echo_GoldenRequest_GetsGoldenAnswer()
    {
        HostRig rig = new();
        Interface eth = rig.Host.AddEthernet("eth1", Mac("02:00:00:00:02:64"));
        eth.AddAddress(s_juliet, 64);
        rig.Host.Routes.Add(IpAddress.AnyV6, 0, Ip("fd00:10:10:2::1"), eth);
        rig.Host.Neighbors.SetPermanent(rig.Now, eth, Ip("fd00:10:10:2::1"), Mac("02:00:00:00:02:01"));
        List<byte[]> golden = [.. Golden.Frames("22-ipv6", "juliet").Where(f => f[12] == 0x86 && f[20] == 58 && f[54] is 128 or 129)];
        Assert.Equal(4, golden.Count);
        for (int i = 0; i < golden.Count; i += 2)
        {
            rig.Receive(golden[i]);
            byte[] expected = golden[i + 1];
            expected.AsSpan(15, 3).Clear();
            Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(rig.Sent[^1].Bytes));
        }
    }

    // N-IP6-1, N-IP6-2, N-IP6-3 (RFC 8200 §4): the chain of extension headers in order; what is wrong is reported as the RFC says.
    [Theory]
    [InlineData("0:0000010400000000", Reply)]
    [InlineData("60:0000010400000000", Reply)]
    [InlineData("43:0000000000000000", Reply)]
    [InlineData("43:0000630000000000", Reply)]
    [InlineData("0:00000104000000 00,60:0000010400000000,43:0000000000000000", Reply)]
    [InlineData("0:00003e0400000000", Reply)]
    [InlineData("60:0000010400000000,0:0000010400000000", "icmp6 4/1 rest 28 length")]
    [InlineData("43:0000000100000000", "icmp6 4/0 rest 2a length")]
    [InlineData("0:00007e0400000000", "")]
    [InlineData("0:0000be0400000000", "icmp6 4/2 rest 2a length")]
    [InlineData("0:0000fe0400000000", "icmp6 4/2 rest 2a length")]
    [InlineData("60:000005ff00000000", "icmp6 4/0 rest 2a length")]
    public void Extensions_InOrderOrNot_AreTakenOrReported(string headers, string expected)
    {
        HostRig rig = Romeo();
        rig.ReceiveIp(WithHeaders([.. headers.Replace(" ", "").Split(',').Select(h => (byte.Parse(h.Split(':')[0]), h.Split(':')[1]))]));
        Assert.Contains(expected, rig.Trace.ToString(), StringComparison.Ordinal);
        Assert.Equal((expected.Length > 0 ? 1 : 0, expected == Reply ? 0L : 1L), (rig.Sent.Count, rig[DropReason.Ipv6BadExtension]));
    }

    // N-IP6-1: a protocol nobody here speaks: Parameter Problem code 1, pointing at the field that says so. No next header: silence.
    [Theory]
    [InlineData(99, "0.000 > router fd00:10:10:1::100 > fd00:10:10:2::100 hops 64 icmp6 4/1 rest 6 length 58")]
    [InlineData(59, "")]
    public void Protocol_UnknownOrNone_IsReportedOrNot(byte next, string expected)
    {
        HostRig rig = Romeo();
        rig.ReceiveIp(Ipv6(s_juliet, s_romeo, next, Pattern(10)));
        rig.AssertTrace(expected);
    }

    [Theory]
    [InlineData("ff02::1", "fd00:10:10:1::100", DropReason.IpBadSource)]
    [InlineData("::1", "fd00:10:10:1::100", DropReason.IpBadSource)]
    [InlineData("fd00:10:10:1::100", "fd00:10:10:1::100", DropReason.IpBadSource)]
    [InlineData("fd00:10:10:2::100", "::1", DropReason.IpBadDestination)]
    [InlineData("fd00:10:10:2::100", "::", DropReason.IpBadDestination)]
    [InlineData("fd00:10:10:2::100", "fd00:10:10:1::101", DropReason.IpNotForUs)]
    [InlineData("fd00:10:10:2::100", "ff02::5", DropReason.IpNotForUs)]
    [InlineData("fd00:10:10:2::100", "ff02::1:ff00:101", DropReason.IpNotForUs)]
    public void Addresses_Invalid_AreDropped(string source, string destination, DropReason reason)
    {
        HostRig rig = Romeo();
        rig.ReceiveIp(Ping(Ip(source), Ip(destination)));
        Assert.Equal(("", 1L), (rig.TakeTrace(), rig[reason]));
    }

    // N-IP6-9 (RFC 8200 §8.1): the checksum covers the pseudo-header; flow label, class and hop limit are not in it.
    [Fact]
    public void Packet_CutOrDamaged_IsDropped()
    {
        byte[] packet = Ping();
        for (int length = 1; length < packet.Length; length++)
        {
            HostRig rig = Romeo();
            rig.Receive(Ethernet(RomeoMac, RouterMac, EtherType.Ipv6, packet.AsSpan(0, length)));
            Assert.Equal(("", 1L), (rig.TakeTrace(), rig.Host.Counters.TotalDrops));
        }

        for (int bit = 0; bit < packet.Length * 8; bit++)
        {
            if (bit / 8 is < 4 or 7)
            {
                continue;
            }

            HostRig rig = Romeo();
            byte[] bad = [.. packet];
            bad[bit / 8] ^= (byte)(0x80 >> (bit % 8));
            rig.ReceiveIp(bad);
            Assert.DoesNotContain("echo reply", rig.TakeTrace(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Ipv6_Disabled_TakesAndSendsNothing()
    {
        HostRig rig = Romeo(s => s.DisableIpv6 = true);
        rig.ReceiveIp(Ping());
        Assert.Equal((1L, SendResult.NoRoute), (rig[DropReason.Ipv6Disabled], rig.SendUdp(s_juliet)));
    }

    [Fact]
    public void Link_Below1280_CarriesNoIpv6()
    {
        HostRig rig = Romeo();
        rig.Eth.Mtu = 1279;
        Assert.Equal(SendResult.NoRoute, rig.SendUdp(s_juliet));
        rig.Eth.Mtu = 1280;
        Assert.Equal(SendResult.Sent, rig.SendUdp(s_juliet));
    }

    // N-IP6-4, N-IP6-6: fragments in all orders; what is answered is too large as well and is cut by its source.
    [Fact]
    public void Fragments_AnyOrder_GiveTheWholeAndTheAnswerIsCut()
    {
        byte[] message = EchoV6(s_juliet, s_romeo, 1, 2, 2000);
        byte[][] pieces = [Fragment(0, message.AsSpan(0, 800), true), Fragment(800, message.AsSpan(800, 800), true), Fragment(1600, message.AsSpan(1600), false)];
        foreach (int[] order in new int[][] { [0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2], [2, 0, 1], [0, 2, 1] })
        {
            HostRig rig = Romeo();
            foreach (int i in order)
            {
                Assert.Equal("", rig.TakeTrace());
                rig.ReceiveIp(pieces[i]);
            }

            rig.AssertTrace("""
                0.000 > router fd00:10:10:1::100 > fd00:10:10:2::100 hops 64 frag 0+ length 1448
                0.000 > router fd00:10:10:1::100 > fd00:10:10:2::100 hops 64 frag 1448 length 560
                """);
            rig.AssertNoLeak();
        }
    }

    // N-IP6-4, N-IP6-6: up to the 65535 octets that the length field can count.
    [Fact]
    public void Fragments_LargestDatagram_IsTaken()
    {
        HostRig rig = Romeo();
        byte[] message = EchoV6(s_juliet, s_romeo, 1, 2, 65535 - 8);
        for (int at = 0; at < message.Length; at += 1400)
        {
            int count = Math.Min(1400, message.Length - at);
            rig.ReceiveIp(Fragment(at, message.AsSpan(at, count), at + count < message.Length));
        }

        Assert.Equal((1L, 1L), (rig.Host.Counters.Reassembled, rig.Host.Counters.EchoRepliesSent));
        Assert.True(rig.Sent.Count > 40);
        rig.AssertNoLeak();
    }

    // N-IP6-4 (RFC 8200 §4.5, RFC 5722, RFC 7112): what is wrong with fragments.
    [Theory]
    [InlineData(0, 43, true, "icmp6 4/0 rest 4 length", DropReason.FragmentBadLength)]
    [InlineData(65528, 80, false, "icmp6 4/0 rest 2a length", DropReason.FragmentTooLarge)]
    [InlineData(0, 0, true, "", DropReason.FragmentBadLength)]
    public void Fragment_Illegal_IsReported(int offset, int length, bool more, string expected, DropReason reason)
    {
        HostRig rig = Romeo();
        rig.ReceiveIp(Fragment(offset, Pattern(length), more, next: IpProtocol.Udp));
        Assert.Contains(expected, rig.Trace.ToString(), StringComparison.Ordinal);
        Assert.Equal((1L, 0), (rig[reason], rig.Host.Ipv4.Reassembler.Count));
    }

    [Fact]
    public void Fragment_FirstWithoutUpperHeader_IsReported()
    {
        HostRig rig = Romeo();
        rig.ReceiveIp(Fragment(0, Pattern(16), true, next: IpProtocol.Tcp));
        Assert.Contains("icmp6 4/3 rest 0", rig.TakeTrace(), StringComparison.Ordinal);
        rig.ReceiveIp(Fragment(0, Convert.FromHexString("3a01010400000000"), true, next: IpProtocol.DestinationOptions));
        Assert.Contains("icmp6 4/3", rig.TakeTrace(), StringComparison.Ordinal);
    }

    [Fact]
    public void Fragments_Overlapping_TakeTheDatagramAwayInSilence()
    {
        HostRig rig = Romeo();
        byte[] message = EchoV6(s_juliet, s_romeo, 1, 2, 100);
        rig.ReceiveIp(Fragment(0, message.AsSpan(0, 48), true));
        rig.ReceiveIp(Fragment(40, message.AsSpan(40), false));
        Assert.Equal(("", 1L, 0), (rig.TakeTrace(), rig[DropReason.FragmentOverlap], rig.Host.Ipv4.Reassembler.Count));
    }

    // N-IP6-5 (RFC 6946): an atomic fragment is a whole packet and leaves queued fragments of the same number alone.
    [Fact]
    public void Fragment_Atomic_IsHandledAlone()
    {
        HostRig rig = Romeo();
        byte[] message = EchoV6(s_juliet, s_romeo, 1, 2, 8);
        rig.ReceiveIp(Fragment(0, Pattern(80), true));
        rig.ReceiveIp(Fragment(0, message, more: false));
        rig.AssertTrace(Reply);
        Assert.Equal(1, rig.Host.Ipv4.Reassembler.Count);
    }

    // N-IP6-4: 60 s, then time exceeded code 1 if the first fragment is there.
    [Fact]
    public void Fragments_Incomplete_TimeOutAfterAMinute()
    {
        HostRig rig = Romeo();
        rig.ReceiveIp(Fragment(0, Pattern(80), true, next: IpProtocol.Udp));
        rig.RunFor(59.9);
        Assert.Equal("", rig.TakeTrace());
        rig.RunFor(0.2);
        rig.AssertTrace("60.000 > router fd00:10:10:1::100 > fd00:10:10:2::100 hops 64 icmp6 3/1 rest 0 length 128");
        rig.AssertNoLeak();
    }

    // A fragment that hides another fragment header in its text.
    [Fact]
    public void Fragment_OfFragments_IsDropped()
    {
        HostRig rig = Romeo();
        byte[] inner = new byte[8 + 80];
        new Ipv6Fragment(IpProtocol.Icmpv6, 0, true, 6).Write(inner);
        rig.ReceiveIp(Fragment(0, inner.AsSpan(0, 48), true, next: IpProtocol.Fragment));
        rig.ReceiveIp(Fragment(48, inner.AsSpan(48), false, next: IpProtocol.Fragment));
        rig.ReceiveIp(Fragment(0, [.. inner.AsSpan(0, 8), .. EchoV6(s_juliet, s_romeo, 1, 2, 0)], false, next: IpProtocol.Fragment));
        rig.RunFor(61);
        Assert.Equal((0L, 0), (rig.Host.Counters.IpDelivered, rig.Host.Ipv4.Reassembler.Count));
        rig.AssertNoLeak();
    }

    // N-IP6-7 (RFC 7739): fragment identifications do not count.
    [Fact]
    public void FragmentIds_AreUnpredictable()
    {
        HostRig rig = Romeo();
        List<uint> ids = [];
        for (int i = 0; i < 20; i++)
        {
            rig.SendUdp(s_juliet, 2000, df: false);
            ids.Add(BinaryPrimitives.ReadUInt32BigEndian(rig.Sent[^1].Bytes.AsSpan(14 + 40 + 4)));
        }

        Assert.Equal(20, ids.Distinct().Count());
        Assert.DoesNotContain(ids.Zip(ids.Skip(1)), p => p.Second - p.First < 1000);
        Assert.Equal(SendResult.TooBig, rig.SendUdp(s_juliet, 2000, df: true));
    }

    // N-ICMP6-1, N-ICMP6-6 (RFC 4443 §2.4(c), §3.1): port unreachable quotes what fits into 1280 octets. N-UDP-2: no checksum is no datagram.
    [Theory]
    [InlineData(12, 68)]
    [InlineData(1400, 1240)]
    public void PortUnreachable_Quotes_UpTo1280(int length, int messageLength)
    {
        HostRig rig = Romeo();
        rig.ReceiveIp(Ipv6(s_juliet, s_romeo, IpProtocol.Udp, Udp(s_juliet, s_romeo, 1, 9, length)));
        rig.AssertTrace($"0.000 > router fd00:10:10:1::100 > fd00:10:10:2::100 hops 64 icmp6 1/4 rest 0 length {messageLength}");
        byte[] none = Udp(s_juliet, s_romeo, 1, 9, length);
        none[6] = none[7] = 0;
        rig.ReceiveIp(Ipv6(s_juliet, s_romeo, IpProtocol.Udp, none));
        Assert.Equal(("", 1L), (rig.TakeTrace(), rig[DropReason.UdpBadChecksum]));
    }

    // N-ICMP6-2 (RFC 4443 §2.4(e)): no errors about these.
    [Fact]
    public void Error_AboutErrorsGroupsAndNobody_IsNotSent()
    {
        HostRig rig = Romeo();
        byte[] error = new byte[8 + 60];
        Icmpv6Writer.Write(error, Icmpv6Type.DestinationUnreachable, 0, 0, Pattern(60), s_juliet, s_romeo);
        byte[] chain = [58, 0, 0xBE, 4, 0, 0, 0, 0, .. error];
        rig.ReceiveIp(Ipv6(s_juliet, s_romeo, IpProtocol.DestinationOptions, chain)); // an option that is to be reported, before an error
        rig.ReceiveIp(Ipv6(s_juliet, Ip("ff02::1"), IpProtocol.Udp, Udp(s_juliet, Ip("ff02::1"), 1, 9, 4)), Mac("33:33:00:00:00:01"));
        Assert.Equal(("", 2L), (rig.TakeTrace(), rig[DropReason.IcmpNotAllowed]));

        // But an unknown option of class 10 is reported to the sender of a multicast.
        byte[] option = [59, 0, 0xBE, 4, 0, 0, 0, 0];
        rig.ReceiveIp(Ipv6(s_juliet, Ip("ff02::1"), IpProtocol.DestinationOptions, option), Mac("33:33:00:00:00:01"));
        rig.AssertTrace("0.000 > router fd00:10:10:1::100 > fd00:10:10:2::100 hops 64 icmp6 4/2 rest 2a length 56");
    }

    // N-ICMP6-3: rate limit.
    [Fact]
    public void Errors_ToOneTarget_AreLimited()
    {
        HostRig rig = Romeo();
        for (int i = 0; i < 50; i++)
        {
            rig.ReceiveIp(Ipv6(s_juliet, s_romeo, IpProtocol.Udp, Udp(s_juliet, s_romeo, 1, 9, 4)));
        }

        Assert.Equal((6, 44L), (rig.Sent.Count, rig[DropReason.IcmpRateLimited]));
    }

    // N-ICMP6-4 (RFC 4443 §2.4(a,b)): an error type that nobody knows yet is handed up as unreachable, other unknown messages are dropped.
    [Theory]
    [InlineData(100, true)]
    [InlineData(127, true)]
    [InlineData(200, false)]
    public void Message_UnknownType_ErrorsAreHandedUp(byte type, bool isError)
    {
        HostRig rig = Romeo();
        rig.Host.Ping.Open(7);
        rig.Host.Ping.Send(rig.Now, s_juliet, 7, 1, []);
        rig.Drain();
        byte[] ours = rig.Sent[0].Bytes[14..];
        byte[] message = new byte[8 + ours.Length];
        Icmpv6Writer.Write(message, (Icmpv6Type)type, 0, 0, ours, s_router, s_romeo);
        rig.ReceiveIp(Ipv6(s_router, s_romeo, IpProtocol.Icmpv6, message));
        Assert.Equal(isError, rig.Host.Ping.TryTake(7, out PingReply reply));
        Assert.Equal((isError ? type : (byte)0, isError ? 0L : 1L), (reply.Type, rig[DropReason.IcmpUnknownType]));
    }

    // N-IP6-8 (RFC 6437): one label for all packets of a flow, another for the next flow, and no way to tell from outside.
    [Fact]
    public void FlowLabel_OfFlow_IsStableAndKeyed()
    {
        HostRig rig = Romeo();
        rig.SendUdp(s_juliet, from: 5000);
        rig.SendUdp(s_juliet, length: 99, from: 5000);
        rig.SendUdp(s_juliet, from: 5001);
        rig.SendUdp(Ip("fd00:10:10:2::101"), from: 5000);
        uint[] labels = [.. rig.Sent.Select(f => BinaryPrimitives.ReadUInt32BigEndian(f.Bytes.AsSpan(14)) & 0xF_FFFF)];
        Assert.Equal(labels[0], labels[1]);
        Assert.Equal(3, labels.Distinct().Count());
        Assert.DoesNotContain(0u, labels);
        HostRig other = Romeo(s => s.Seed = 43);
        other.SendUdp(s_juliet, from: 5000);
        Assert.NotEqual(labels[0], BinaryPrimitives.ReadUInt32BigEndian(other.Sent[0].Bytes.AsSpan(14)) & 0xF_FFFF);
    }

    // X-8201-1, N-IP6-6 (RFC 8201 §4): a packet-too-big below 1280 is ignored, another one lowers the path MTU.
    [Theory]
    [InlineData(1400u, 1400)]
    [InlineData(1279u, 1500)]
    [InlineData(0u, 1500)]
    [InlineData(9000u, 1500)]
    public void TooBig_Told_LowersThePathMtu(uint told, int mtu)
    {
        HostRig rig = Romeo();
        rig.Host.Ping.Open(7);
        rig.Host.Ping.Send(rig.Now, s_juliet, 7, 1, Pattern(1452), new PingOptions { DontFragment = true });
        rig.Drain();
        byte[] ours = rig.Sent[0].Bytes[14..];
        byte[] error = new byte[8 + 200];
        Icmpv6Writer.Write(error, Icmpv6Type.PacketTooBig, 0, told, ours.AsSpan(0, 200), s_router, s_romeo);
        rig.ReceiveIp(Ipv6(s_router, s_romeo, IpProtocol.Icmpv6, error));
        RouteCache way = default;
        rig.Host.Output.Resolve(s_juliet, default, null, ref way);
        Assert.Equal(mtu, way.Mtu);
    }

    // The router of golden 22: one hop less, nothing else; time exceeded, no route, too big; link-local stays on its link.
    [Fact]
    public void Forward_Packets_AsARouter()
    {
        HostRig rig = new(s => s.IpForward = true);
        rig.Host.AddEthernet("eth1", RouterMac).AddAddress(s_router, 64);
        Interface second = rig.Host.AddEthernet("eth2", Mac("02:00:00:00:02:01"), 1400);
        second.AddAddress(Ip("fd00:10:10:2::1"), 64);
        rig.Host.Neighbors.SetPermanent(rig.Now, rig.Eth, s_romeo, RomeoMac);
        rig.Host.Neighbors.SetPermanent(rig.Now, second, s_juliet, Mac("02:00:00:00:02:64"));
        rig.ReceiveIp(Ping(s_romeo, s_juliet));
        byte[] tired = Ping(s_romeo, s_juliet);
        tired[7] = 1;
        rig.ReceiveIp(tired);
        rig.ReceiveIp(Ping(s_romeo, Ip("fd99::1")));
        rig.ReceiveIp(Ping(s_romeo, s_juliet, 1400));
        rig.AssertTrace("""
            0.000 > 02:00:00:00:02:64 fd00:10:10:1::100 > fd00:10:10:2::100 hops 63 echo request id 1 seq 2 length 16
            0.000 > romeo fd00:10:10:1::1 > fd00:10:10:1::100 hops 64 icmp6 3/0 rest 0 length 64
            0.000 > romeo fd00:10:10:1::1 > fd00:10:10:1::100 hops 64 icmp6 1/0 rest 0 length 64
            0.000 > romeo fd00:10:10:1::1 > fd00:10:10:1::100 hops 64 icmp6 2/0 rest 578 length 1240
            """);
        rig.ReceiveIp(Ping(Ip("fe80::77"), s_juliet));
        Assert.Equal(("", 1L), (rig.TakeTrace(), rig[DropReason.IpBadDestination]));
        rig.AssertNoLeak();
    }

    [Fact]
    public void Filter6_Rules_WorkOnIpv6Only()
    {
        HostRig rig = Romeo();
        rig.Host.Filter6.Append("INPUT", new FilterMatch { Protocol = 58, IcmpType = new IcmpTypeMatch(128), Source = AddressMatch.FromPrefix(s_juliet, 64) },
            FilterTarget.Reject(RejectWith.AdminProhibited));
        rig.ReceiveIp(Ping());
        rig.AssertTrace("0.000 > router fd00:10:10:1::100 > fd00:10:10:2::100 hops 64 icmp6 1/1 rest 0 length 64");
        Assert.Equal(56, rig.Host.Filter6.Input.Rules[0].Octets);
        rig.Host.Filter6.Append("OUTPUT", new FilterMatch { Protocol = 17 }, FilterTarget.Drop);
        Assert.Equal(SendResult.Filtered, rig.SendUdp(s_juliet));
    }

    // RFC 6724 §5: scope first, then the longest matching prefix.
    [Theory]
    [InlineData("fe80::1", "fe80::64")]
    [InlineData("fd00:10:10:2::100", "fd00:10:10:1::100")]
    [InlineData("2001:db8::9", "2001:db8:1::5")]
    [InlineData("ff02::1", "fe80::64")]
    public void Source_Unbound_FollowsScopeAndPrefix(string destination, string source)
    {
        HostRig rig = Romeo();
        rig.Eth.AddAddress(Ip("fe80::64"), 64);
        rig.Eth.AddAddress(Ip("2001:db8:1::5"), 64);
        RouteCache way = default;
        Assert.Equal(SendResult.Sent, rig.Host.Output.Resolve(Ip(destination), default, rig.Eth, ref way));
        Assert.Equal(Ip(source), way.Source);
    }

    [Fact]
    public void Loopback_PingSelf_IsAnswered()
    {
        HostRig rig = Romeo();
        rig.Host.Ping.Open(3);
        rig.Host.Ping.Send(rig.Now, Ip("::1"), 3, 1, []);
        rig.Host.Ping.Send(rig.Now, s_romeo, 3, 2, []);
        rig.Drain();
        Assert.True(rig.Host.Ping.TryTake(3, out PingReply a) && rig.Host.Ping.TryTake(3, out PingReply b) && (a.From, b.From) == (Ip("::1"), s_romeo));
        Assert.Empty(rig.Sent);
    }
}

using Finwait.Tcp;
using Finwait.Wire;
using static Finwait.Stack.Tests.Wires;

namespace Finwait.Stack.Tests;

public sealed class ReassemblyTests
{
    /// <summary>An echo request of <paramref name="length"/> octets of data cut into fragments of <paramref name="size"/> octets.</summary>
    private static List<byte[]> Cut(int length, int size, ushort id = 99, string source = "10.10.1.1", byte tos = 0)
    {
        byte[] message = Echo(1, 2, length);
        List<byte[]> fragments = [];
        for (int at = 0; at < message.Length; at += size)
        {
            int count = Math.Min(size, message.Length - at);
            fragments.Add(Ipv4(Ip(source), Romeo, IpProtocol.Icmp, message.AsSpan(at, count), tos: tos, id: id, more: at + count < message.Length, offset: at));
        }

        return fragments;
    }

    private static byte[] Piece(int offset, int length, bool more, byte protocol = IpProtocol.Udp, ushort id = 99, string source = "10.10.1.1") =>
        Ipv4(Ip(source), Romeo, protocol, Pattern(length), id: id, more: more, offset: offset);

    // N-IP4-6 (RFC 791, RFC 1122 §3.3.2): all orders in which five fragments can come.
    [Fact]
    public void Fragments_InAnyOrder_GiveTheWholeDatagram()
    {
        List<byte[]> fragments = Cut(length: 32, size: 8);
        Assert.Equal(5, fragments.Count);
        foreach (int[] order in Permutations(5))
        {
            HostRig rig = HostRig.Romeo().KnowingRouter();
            foreach (int i in order)
            {
                Assert.Equal("", rig.TakeTrace());
                rig.ReceiveIp(fragments[i]);
            }

            rig.AssertTrace("0.000 > router 10.10.1.100 > 10.10.1.1 ttl 64 echo reply id 1 seq 2 length 40");
            Assert.Equal((0, 0, 1L), (rig.Host.Ipv4.Reassembler.Count, rig.Host.Ipv4.Reassembler.Memory, rig.Host.Counters.Reassembled));
            rig.AssertNoLeak();
        }
    }

    // N-IP4-6, N-ICMP-1: up to the largest datagram there is; the answer is cut again and has the same data.
    [Fact]
    public void Fragments_LargestDatagram_IsAnsweredWhole()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        foreach (byte[] fragment in Cut(length: 65507, size: 1480))
        {
            rig.ReceiveIp(fragment);
        }

        byte[] answer = Join(rig.Sent.Select(f => f.Bytes[14..]));
        byte[] expected = Echo(1, 2, 65507, isReply: true);
        Assert.True(answer.AsSpan().SequenceEqual(expected));
        Assert.All(rig.Sent, f => Assert.True(f.Bytes.Length <= 1514));
        rig.AssertNoLeak();
    }

    // N-IP4-6: source, destination, protocol and identification together name a datagram.
    [Fact]
    public void Fragments_OfDatagramsThatDifferInOneField_AreNotMixed()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.Eth.AddAddress(Ip("10.10.1.101"), 24);
        byte[] first = Echo(1, 2, 32)[..16];
        rig.ReceiveIp(Ipv4(Router, Romeo, IpProtocol.Icmp, first, id: 99, more: true));
        byte[] rest = Echo(1, 2, 32)[16..];
        rig.ReceiveIp(Ipv4(Router, Romeo, IpProtocol.Icmp, rest, id: 98, offset: 16));
        rig.ReceiveIp(Ipv4(Other, Romeo, IpProtocol.Icmp, rest, id: 99, offset: 16));
        rig.ReceiveIp(Ipv4(Router, Ip("10.10.1.101"), IpProtocol.Icmp, rest, id: 99, offset: 16));
        rig.ReceiveIp(Ipv4(Router, Romeo, IpProtocol.Udp, rest, id: 99, offset: 16));
        Assert.Equal(("", 5), (rig.TakeTrace(), rig.Host.Ipv4.Reassembler.Count));
        rig.ReceiveIp(Ipv4(Router, Romeo, IpProtocol.Icmp, rest, id: 99, offset: 16));
        rig.AssertTrace("0.000 > router 10.10.1.100 > 10.10.1.1 ttl 64 echo reply id 1 seq 2 length 40");
    }

    // N-IP4-6: after 30 s (Linux) the rest is thrown away; the sender is told if the first fragment was there, quoting it.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fragments_Incomplete_TimeOut(bool hasFirst)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        List<byte[]> fragments = Cut(length: 100, size: 40);
        rig.ReceiveIp(fragments[hasFirst ? 0 : 1]);
        rig.RunFor(29.9);
        Assert.Equal(("", 1), (rig.TakeTrace(), rig.Host.Ipv4.Reassembler.Count));
        rig.RunFor(0.2);
        rig.AssertTrace(hasFirst ? "30.000 > router 10.10.1.100 > 10.10.1.1 ttl 64 tos 0xc0 icmp 11/1 rest 0 length 68" : "");
        Assert.Equal((1L, 1L, 0), (rig[DropReason.FragmentTimeout], rig.Host.Counters.ReassemblyFailed, rig.Host.Ipv4.Reassembler.Memory));
        rig.AssertNoLeak();
        Assert.True(rig.Host.NextDeadline.IsNever);
    }

    [Fact]
    public void FirstFragment_QuotedInTimeExceeded_IsUnchanged()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        byte[] first = Cut(length: 100, size: 40)[0];
        rig.ReceiveIp(first);
        rig.RunFor(31);
        Assert.Equal(Convert.ToHexString(first), Convert.ToHexString(rig.Sent[0].Bytes.AsSpan(14 + 20 + 8)));
    }

    // N-IP4-7 (RFC 5722, as Linux): teardrop and its kin: whatever overlaps takes the whole datagram with it; an exact copy only itself.
    [Theory]
    [InlineData("0-40+ 32-64+", 1)]
    [InlineData("0-40+ 8-16+", 1)]
    [InlineData("8-16+ 0-40+", 1)]
    [InlineData("16-56+ 0-24+", 1)]
    [InlineData("0-40+ 0-24+", 1)]
    [InlineData("0-16+ 16-32+ 0-32+", 1)]
    [InlineData("0-24+ 0-40+", 1)]
    [InlineData("16-24 48-56+", 1)]
    [InlineData("40-80 0-40 80-88+", 1)]
    [InlineData("0-16+ 40-60 40-70", 1)]
    [InlineData("0-16+ 40-60 24-48+", 1)]
    [InlineData("40-44 0-40+ 40-48", 0)]
    [InlineData("48-56+ 16-20", 1)]
    public void Fragments_Contradictory_TakeTheDatagramAway(string pieces, int failed)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        foreach (string piece in pieces.Split(' '))
        {
            bool more = piece.EndsWith('+');
            int[] ends = [.. piece.TrimEnd('+').Split('-').Select(int.Parse)];
            byte[] packet = Ipv4(Router, Romeo, 99, Pattern(ends[1] - ends[0]), id: 99, more: more, offset: ends[0]);
            rig.ReceiveIp(packet);
        }

        Assert.Equal(failed, rig.Host.Counters.ReassemblyFailed);
        Assert.Equal(failed, rig[DropReason.FragmentOverlap] + rig[DropReason.FragmentBadLength]);
    }

    // N-IP4-7: the repetition of a fragment is no overlap.
    [Fact]
    public void Fragment_ExactCopy_IsIgnored()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        List<byte[]> fragments = Cut(length: 100, size: 40);
        foreach (int i in new[] { 0, 0, 2, 0, 2, 1 })
        {
            rig.ReceiveIp(fragments[i]);
        }

        rig.AssertTrace("0.000 > router 10.10.1.100 > 10.10.1.1 ttl 64 echo reply id 1 seq 2 length 108");
        Assert.Equal((3L, 0L), (rig[DropReason.FragmentOverlap], rig.Host.Counters.ReassemblyFailed));
    }

    // N-IP4-7 (RFC 1858, RFC 3128, ping of death): fragments that nobody honest sends are not kept at all.
    [Theory]
    [InlineData(0, 13, true, IpProtocol.Udp, DropReason.FragmentBadLength)]
    [InlineData(8, 12, true, IpProtocol.Udp, DropReason.FragmentBadLength)]
    [InlineData(8, 0, false, IpProtocol.Udp, DropReason.FragmentBadLength)]
    [InlineData(65528, 100, false, IpProtocol.Icmp, DropReason.FragmentTooLarge)]
    [InlineData(65512, 4, false, IpProtocol.Icmp, DropReason.FragmentTooLarge)]
    [InlineData(0, 16, true, IpProtocol.Tcp, DropReason.FragmentTinyFirst)]
    [InlineData(0, 8, true, IpProtocol.Tcp, DropReason.FragmentTinyFirst)]
    [InlineData(8, 24, true, IpProtocol.Tcp, DropReason.FragmentTinyFirst)]
    [InlineData(16, 24, true, IpProtocol.Tcp, DropReason.FragmentTinyFirst)]
    public void Fragment_Illegal_IsDroppedAtOnce(int offset, int length, bool more, byte protocol, DropReason reason)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.ReceiveIp(Piece(offset, length, more, protocol));
        Assert.Equal((1L, 0), (rig[reason], rig.Host.Ipv4.Reassembler.Count));
        rig.AssertNoLeak();
    }

    // N-IP4-7: fragments that fit one by one and are too much together.
    [Fact]
    public void Fragments_TogetherBeyond65535_AreDropped()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        byte[] options = new byte[40];
        Array.Fill(options, (byte)1);
        rig.ReceiveIp(Ipv4(Router, Romeo, 99, Pattern(65480 - 1480), id: 5, more: true, options: options));
        rig.ReceiveIp(Ipv4(Router, Romeo, 99, Pattern(1504), id: 5, offset: 65480 - 1480, more: false));
        Assert.Equal((1L, 0), (rig[DropReason.FragmentTooLarge], rig.Host.Ipv4.Reassembler.Count));
        rig.AssertNoLeak();
    }

    // N-IP4-8 (CVE-2018-5391): a flood from one source: bounded memory, and the others still get through.
    [Fact]
    public void Flood_FromOneSource_IsBoundedAndHurtsNobodyElse()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        for (int i = 0; i < 20_000; i++)
        {
            rig.ReceiveIp(Piece(8 * (1 + (i % 7)), 8, more: true, id: (ushort)i, source: "10.10.1.77"));
        }

        Assert.InRange(rig.Host.Ipv4.Reassembler.Memory, 1, Reassembler.MemoryLimitPerSource);
        Assert.True(rig[DropReason.FragmentMemory] > 10_000);
        foreach (byte[] fragment in Cut(length: 3000, size: 1480))
        {
            rig.ReceiveIp(fragment);
        }

        Assert.Contains("echo reply", Describe(InterfaceKind.Ethernet, Reassembled(rig)), StringComparison.Ordinal);
    }

    // N-IP4-8: from very many sources: the oldest goes, one honest datagram that comes at once is put together all the same.
    [Fact]
    public void Flood_FromManySources_IsBoundedGloballyAndOldestGoes()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        for (uint i = 0; i < 20_000; i++)
        {
            rig.ReceiveIp(Ipv4(IpAddress.FromV4(0x0B00_0000 + i), Romeo, IpProtocol.Udp, Pattern(1480), id: 1, more: true));
        }

        Assert.InRange(rig.Host.Ipv4.Reassembler.Memory, 1, Reassembler.MemoryLimit);
        Assert.True(rig.Host.Ipv4.Reassembler.Count < 2000);
        Assert.Equal(20_000 - rig.Host.Ipv4.Reassembler.Count, rig[DropReason.FragmentMemory]);
        foreach (byte[] fragment in Cut(length: 3000, size: 1480))
        {
            rig.ReceiveIp(fragment);
        }

        Assert.Contains("echo reply", Describe(InterfaceKind.Ethernet, Reassembled(rig)), StringComparison.Ordinal);
        rig.RunFor(31);
        Assert.Equal((0, 0), (rig.Host.Ipv4.Reassembler.Count, rig.Host.Ipv4.Reassembler.Memory));
        rig.AssertNoLeak();
    }

    // N-IP4-8: FragmentSmack: eight thousand pieces of eight octets, backwards, with work per piece that does not grow.
    [Fact]
    public void Fragments_ManyTinyOnesBackwards_CostTheSameEach()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        for (int offset = 4000; offset > 0; offset -= 8)
        {
            rig.ReceiveIp(Piece(offset, 8, more: true, protocol: 99));
        }

        Assert.Equal(1, rig.Host.Ipv4.Reassembler.Count);
        rig.ReceiveIp(Piece(4008, 8, more: false, protocol: 99));
        rig.ReceiveIp(Piece(0, 8, more: true, protocol: 99));
        Assert.Equal(1, rig.Host.Counters.Reassembled);
    }

    // X-3168-6: a mark on one fragment marks the datagram (the answer to a ping carries the TOS of the request).
    [Theory]
    [InlineData(2, 3, 2, "tos 0x3 ")]
    [InlineData(2, 2, 2, "tos 0x2 ")]
    [InlineData(0, 3, 0, null)]
    public void Fragments_WithMark_MarkTheDatagram(byte a, byte b, byte c, string? tos)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        List<byte[]> fragments = [Cut(100, 40, tos: a)[0], Cut(100, 40, tos: b)[1], Cut(100, 40, tos: c)[2]];
        fragments.ForEach(f => rig.ReceiveIp(f));
        Assert.Equal(tos is not null, rig.Trace.ToString().Contains(tos ?? "echo", StringComparison.Ordinal));
    }

    // Model test: random cuts with repetitions, in random order, always give the datagram back.
    [Fact]
    public void Fragments_RandomCutsOrdersAndCopies_AlwaysComplete()
    {
        Random random = new(20260801);
        for (int round = 0; round < 300; round++)
        {
            HostRig rig = HostRig.Romeo().KnowingRouter();
            byte[] message = Echo(1, 2, random.Next(16, 3000));
            List<byte[]> fragments = [];
            for (int at = 0; at < message.Length;)
            {
                int count = Math.Min(8 * random.Next(1, 100), message.Length - at);
                byte[] fragment = Ipv4(Router, Romeo, IpProtocol.Icmp, message.AsSpan(at, count), id: 9, more: at + count < message.Length, offset: at);
                fragments.Add(fragment);
                at += count;
            }

            byte[] last = fragments[random.Next(fragments.Count)];
            List<byte[]> sent = [.. fragments, .. fragments.Where(_ => random.Next(3) == 0)];
            sent.RemoveAll(f => f == last);
            foreach (byte[] fragment in sent.OrderBy(_ => random.Next()))
            {
                rig.ReceiveIp(fragment);
            }

            Assert.Equal("", rig.TakeTrace());
            rig.ReceiveIp(last);
            Assert.True(Join(rig.Sent.Select(f => f.Bytes[14..])).AsSpan(8).SequenceEqual(message.AsSpan(8)));
            rig.AssertNoLeak();
        }
    }

    private static byte[] Reassembled(HostRig rig)
    {
        byte[] payload = Join(rig.Sent.Select(f => f.Bytes[14..]));
        return Ethernet(RouterMac, RomeoMac, EtherType.Ipv4, Ipv4(Romeo, Router, IpProtocol.Icmp, payload));
    }

    /// <summary>What the fragments, or the whole packet, carry.</summary>
    internal static byte[] Join(IEnumerable<byte[]> packets)
    {
        using MemoryStream whole = new();
        foreach (byte[] packet in packets)
        {
            Assert.Equal(WireError.None, Ipv4View.TryParse(packet, out Ipv4View ip));
            whole.Position = ip.FragmentOffset;
            whole.Write(ip.Payload);
        }

        return whole.ToArray();
    }

    private static IEnumerable<int[]> Permutations(int count)
    {
        if (count == 0)
        {
            yield return [];
            yield break;
        }

        foreach (int[] shorter in Permutations(count - 1))
        {
            for (int at = 0; at <= shorter.Length; at++)
            {
                yield return [.. shorter[..at], count - 1, .. shorter[at..]];
            }
        }
    }
}

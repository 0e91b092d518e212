using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Sim.Tests;

public class FaultRuleTests
{
    private const TcpFlags Syn = TcpFlags.Syn, Ack = TcpFlags.Ack, Fin = TcpFlags.Fin, Psh = TcpFlags.Psh;

    // Which frames of a small conversation a rule drops: 0 SYN, 1 SYN-ACK, 2 ACK, 3 data, 4 ACK, 5 data, 6 FIN, 7 UDP, 8 ARP.
    [Theory]
    [InlineData("drop", "0 1 2 3 4 5 6 7 8")]
    [InlineData("drop nth 1", "0")]
    [InlineData("drop nth 4", "3")]
    [InlineData("drop first 2", "0 1")]
    [InlineData("drop skip 2 count 3", "2 3 4")]
    [InlineData("drop every 3", "0 3 6")]
    [InlineData("drop skip 1 every 3 count 2", "1 4")]
    [InlineData("drop tcp", "0 1 2 3 4 5 6")]
    [InlineData("drop udp", "7")]
    [InlineData("drop arp", "8")]
    [InlineData("drop ip", "0 1 2 3 4 5 6 7")]
    [InlineData("drop ip6", "")]
    [InlineData("drop icmp", "")]
    [InlineData("drop tcp flags SYN,ACK SYN", "0")]
    [InlineData("drop flags SYN SYN", "0 1")]
    [InlineData("drop flags ALL ACK", "2 4")]
    [InlineData("drop flags syn,fin none", "2 3 4 5")]
    [InlineData("drop tcp data", "3 5")]
    [InlineData("drop tcp data nth 2", "5")]
    [InlineData("drop data", "3 5 7")]
    [InlineData("drop length 0", "0 1 2 4 6")]
    [InlineData("drop length 1:100", "3 7")]
    [InlineData("drop length 101:", "5")]
    [InlineData("drop length :100 tcp", "0 1 2 3 4 6")]
    [InlineData("drop size 42", "8")]
    [InlineData("drop size 200:", "5")]
    [InlineData("drop sport 80", "1 4")]
    [InlineData("drop dport 80", "0 2 3 5 6")]
    [InlineData("drop from 10.0.0.2", "1 4 8")]
    [InlineData("drop to 10.0.0.2 tcp data", "3 5")]
    [InlineData("drop from 10.0.0.3", "")]
    public void Match_Conversation_DropsTheFramesMeant(string text, string expected)
    {
        foreach (bool isEthernet in (bool[])[true, false])
        {
            LinkRig rig = new("", isEthernet: isEthernet);
            rig.Link.AddRule(FaultRule.Parse(text));
            rig.Link.Tap = new LinkTap();
            List<int> dropped = [];
            byte[][] frames = Conversation();
            for (int i = 0; i < frames.Length; i++)
            {
                if (!isEthernet && i == 8)
                {
                    continue; // no ARP without Ethernet
                }

                rig.Send(isEthernet ? frames[i] : frames[i][14..]);
                rig.Link.Tap.TryTake(out LinkRecord record);
                if (record.Outcome == LinkOutcome.LostByRule)
                {
                    Assert.Equal(0, record.Rule);
                    dropped.Add(i);
                }
            }

            if (isEthernet)
            {
                Assert.Equal(expected, string.Join(' ', dropped));
            }
            else if (!text.Contains("size", StringComparison.Ordinal))
            {
                Assert.Equal(expected.Replace("8", "", StringComparison.Ordinal).Trim(), string.Join(' ', dropped));
            }
        }
    }

    [Fact]
    public void Match_Ipv6AndFragments_FollowsTheHeaders()
    {
        FaultMatch match = FaultRule.Parse("drop tcp flags SYN SYN").Match;
        byte[] v6 = LinkRig.Tcp(Syn, from: "fd00::1", to: "fd00::2");
        byte[] fragment = LinkRig.Tcp(Syn);
        fragment[21] = 1; // offset 8: what follows is no TCP header

        Assert.True(match.IsMatch(v6, isEthernet: true));
        Assert.True(match.IsMatch(v6.AsSpan(14), isEthernet: false));
        Assert.False(match.IsMatch(fragment, isEthernet: true));
        Assert.True(FaultRule.Parse("drop tcp").Match.IsMatch(fragment, isEthernet: true));
        byte[] v6Fragment = [.. v6[..54], IpProtocol.Tcp, 0, 0, 8, 0, 0, 0, 1, .. v6[54..]]; // the same behind a fragment header of offset 8
        v6Fragment[20] = IpProtocol.Fragment;
        v6Fragment[19] += 8; // payload length
        Assert.False(match.IsMatch(v6Fragment, isEthernet: true));
        v6Fragment[57] = 1; // now of offset 0, with more to come
        Assert.True(match.IsMatch(v6Fragment, isEthernet: true));
        for (int length = 0; length < v6.Length; length++)
        {
            Assert.Equal(length >= 14 + 40 + 20, match.IsMatch(v6.AsSpan(0, length), isEthernet: true));
        }
    }

    [Fact]
    public void Delay_Rule_LetsOthersOvertake()
    {
        LinkRig rig = new("delay 10ms");
        rig.Link.AddRule(FaultRule.Parse("delay 5ms nth 2"));
        rig.SendMany(3);
        rig.RunOut();

        Assert.Equal([(0, LinkRig.At(10)), (2, LinkRig.At(10)), (1, LinkRig.At(15))], rig.Arrived);
    }

    [Fact]
    public void Duplicate_Rule_ComesTwice()
    {
        LinkRig rig = new("delay 10ms");
        rig.Link.AddRule(FaultRule.Parse("duplicate nth 2"));
        rig.SendMany(3);
        rig.RunOut();

        Assert.Equal([0, 1, 1, 2], rig.Order);
    }

    [Fact]
    public void Corrupt_RuleWithOffsetAndMask_FlipsThoseBits()
    {
        LinkRig rig = new("");
        rig.Link.AddRule(FaultRule.Parse("corrupt 50 0x81 nth 1"));
        rig.Link.AddRule(FaultRule.Parse("corrupt 1000 nth 2"));
        rig.Link.AddRule(FaultRule.Parse("corrupt nth 3"));
        for (int i = 0; i < 3; i++)
        {
            rig.Send(new byte[60]);
        }

        rig.RunOut();
        Assert.Equal(0x81, rig.Bytes[0][50]);
        Assert.Equal([2, 0, 1], rig.Bytes.Select(bytes => bytes.Sum(octet => System.Numerics.BitOperations.PopCount(octet))));
        Assert.Equal(2, rig.Link.Counters.Corrupted);
    }

    [Fact]
    public void Behind_Rule_GoesRightAfterSoManyLaterFrames()
    {
        LinkRig rig = new("delay 10ms");
        rig.Link.AddRule(FaultRule.Parse("behind 2 nth 1"));
        rig.SendMany(4);
        rig.RunOut();

        Assert.Equal([1, 2, 0, 3], rig.Order);
        Assert.All(rig.Arrived, a => Assert.Equal(LinkRig.At(10), a.Time));
    }

    [Fact]
    public void Behind_DuplicatedFrame_HoldsTheOriginalOnly()
    {
        LinkRig rig = new("");
        rig.Link.AddRule(FaultRule.Parse("duplicate nth 1"));
        rig.Link.AddRule(FaultRule.Parse("behind 2 nth 1"));
        rig.SendMany(3);
        rig.RunOut();

        Assert.Equal([0, 1, 0, 2], rig.Order);
    }

    [Fact]
    public void Behind_NoLaterFrame_GoesWhenTheWaitIsOver()
    {
        LinkRig rig = new("delay 10ms");
        rig.Link.AddRule(FaultRule.Parse("behind 2 200ms first 2"));
        rig.SendMany(2);
        Assert.Equal(2, rig.Link.Count);
        rig.RunOut();

        Assert.Equal([(0, LinkRig.At(200)), (1, LinkRig.At(200))], rig.Arrived);
        Assert.Equal(0, rig.Pool.Lent);
    }

    [Fact]
    public void Behind_LinkIsCut_LosesTheHeldFrame()
    {
        LinkRig rig = new("");
        rig.Link.AddRule(FaultRule.Parse("behind 1"));
        rig.Send();
        rig.Link.Cut(rig.Now);

        Assert.Equal((1L, 0, 0), (rig.Link.Counters.LostByCut, rig.Link.Count, rig.Pool.Lent));
    }

    [Fact]
    public void Rules_InOrder_DropEndsAndOthersAddUp()
    {
        LinkRig rig = new("");
        rig.Link.AddRule(FaultRule.Parse("delay 1ms"));
        rig.Link.AddRule(FaultRule.Parse("delay 2ms"));
        FaultRule drop = FaultRule.Parse("drop nth 2");
        rig.Link.AddRule(drop);
        rig.Link.AddRule(FaultRule.Parse("delay 4ms"));
        rig.SendMany(2);
        rig.RunOut();

        Assert.Equal([(0, LinkRig.At(7))], rig.Arrived);
        Assert.Equal((2L, 1L, 1L), (rig.Link.GetRuleHits(0), rig.Link.GetRuleHits(2), rig.Link.GetRuleHits(3)));
        Assert.True(rig.Link.RemoveRule(drop));
        Assert.False(rig.Link.RemoveRule(drop));
        Assert.Equal(3, rig.Link.Rules.Count);
        rig.Link.ClearRules();
        Assert.Empty(rig.Link.Rules);
    }

    [Fact]
    public void Rule_WithTimes_SleepsOutsideThem()
    {
        LinkRig rig = new("");
        rig.Link.AddRule(FaultRule.Parse("drop after 10ms until 20ms"));
        foreach (double time in (double[])[9.9999, 10, 19.9999, 20])
        {
            rig.RunTo(LinkRig.At(time));
            rig.Send();
        }

        rig.RunOut();
        Assert.Equal([0, 3], rig.Order);
    }

    [Theory]
    [InlineData("", "'' is no action; actions are drop")]
    [InlineData("lose", "'lose' is no action")]
    [InlineData("drop tcpp", "unknown word 'tcpp'; a rule is")]
    [InlineData("drop nth 0", "nth: '0' is no whole number from 1 on")]
    [InlineData("drop nth", "nth: '' is no whole number")]
    [InlineData("delay", "delay: '' is no time")]
    [InlineData("delay 5", "delay: '5' is no time")]
    [InlineData("behind 0", "behind: '0' is no whole number from 1 to 1000")]
    [InlineData("corrupt 70000", "corrupt's offset: '70000' is no whole number from 0 to 65535")]
    [InlineData("corrupt 5 256", "corrupt's mask: '256' is no whole number from 1 to 255")]
    [InlineData("drop from romeo", "from: 'romeo' is not an IP address")]
    [InlineData("drop dport 65536", "dport: '65536' is no whole number from 0 to 65535")]
    [InlineData("drop flags SYN", "flags: '' is none of SYN")]
    [InlineData("drop flags SYN,FOO SYN", "flags: 'FOO' is none of SYN")]
    [InlineData("drop flags SYN ACK", "flags: the second list has flags that the first has not")]
    [InlineData("drop udp flags SYN SYN", "flags: only TCP has them")]
    [InlineData("drop length 5:1", "length: '5:1' is no range")]
    [InlineData("drop length :", "")]
    [InlineData("drop length a", "length: 'a' is no range")]
    public void TryParse_Mistakes_AreNamed(string text, string expected)
    {
        bool isRule = FaultRule.TryParse(text, out FaultRule? rule, out string error);

        Assert.Equal(expected.Length == 0, isRule);
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.Equal(isRule, rule is not null);
        if (!isRule)
        {
            Assert.Equal(error, Assert.Throws<FormatException>(() => FaultRule.Parse(text)).Message);
        }
    }

    [Fact]
    public void AddRule_TooMany_Throws()
    {
        LinkRig rig = new("");
        for (int i = 0; i < Link.MaxRules; i++)
        {
            rig.Link.AddRule(FaultRule.Parse("drop nth 1"));
        }

        Assert.Throws<InvalidOperationException>(() => rig.Link.AddRule(new FaultRule()));
    }

    private static byte[][] Conversation()
    {
        byte[] udp = new byte[14 + 20 + 8 + 10];
        EthernetWriter.Write(udp, new MacAddress(2), new MacAddress(1), EtherType.Ipv4);
        Ipv4Writer.Write(udp.AsSpan(14), IpAddress.Parse("10.0.0.1"), IpAddress.Parse("10.0.0.9"), IpProtocol.Udp, 18);
        UdpWriter.WriteHeader(udp.AsSpan(34), 53, 53, 10);
        byte[] arp = new byte[42];
        EthernetWriter.Write(arp, MacAddress.Broadcast, new MacAddress(1), EtherType.Arp);
        ArpWriter.Write(arp.AsSpan(14), ArpOperation.Request, new MacAddress(1), IpAddress.Parse("10.0.0.2"), default, IpAddress.Parse("10.0.0.1"));
        return
        [
            LinkRig.Tcp(Syn),
            LinkRig.Tcp(Syn | Ack, 80, 1000, from: "10.0.0.2", to: "10.0.0.1"),
            LinkRig.Tcp(Ack),
            LinkRig.Tcp(Ack | Psh, payload: 100),
            LinkRig.Tcp(Ack, 80, 1000, from: "10.0.0.2", to: "10.0.0.1"),
            LinkRig.Tcp(Ack | Psh, payload: 1000),
            LinkRig.Tcp(Fin | Ack),
            udp,
            arp,
        ];
    }
}

using Finwait.Tcp;
using Finwait.Wire;
using static Finwait.Stack.Tests.Wires;

namespace Finwait.Stack.Tests;

public sealed class IcmpTests
{
    // N-ICMP-1 (RFC 1122 §3.2.2.6): same data, identifier and sequence number; TOS as in the request, as Linux does.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1472)]
    public void Echo_Request_IsAnsweredWithItsData(int length)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.ReceiveIp(Ipv4(Juliet, Romeo, IpProtocol.Icmp, Echo(7010, 3, length), tos: 0x10));
        rig.AssertTraceLine($"0.000 > router 10.10.1.100 > 10.10.2.100 ttl 64 tos 0x10 echo reply id 7010 seq 3 length {8 + length}");
        Assert.Equal(Pattern(length), rig.Sent[0].Bytes[42..]);
        Assert.Equal((1L, 1L), (rig.Host.Counters.EchoRequestsReceived, rig.Host.Counters.EchoRepliesSent));
    }

    // N-ICMP-1: to a group only if the setting says so.
    [Theory]
    [InlineData("10.10.1.255", false, 0)]
    [InlineData("10.10.1.255", true, 1)]
    [InlineData("224.0.0.1", false, 0)]
    public void Echo_ToGroup_FollowsTheSetting(string destination, bool answer, int answers)
    {
        HostRig rig = HostRig.Romeo(s => s.IcmpEchoIgnoreBroadcasts = !answer).KnowingRouter();
        rig.ReceiveIp(Ipv4(Router, Ip(destination), IpProtocol.Icmp, Echo(1, 1, 8)), MacAddress.Broadcast);
        Assert.Equal(answers, rig.Sent.Count);
        Assert.Equal(1 - answers, rig[DropReason.IcmpIgnored]);
    }

    [Fact]
    public void Echo_IgnoreAll_IsNotAnswered()
    {
        HostRig rig = HostRig.Romeo(s => s.IcmpEchoIgnoreAll = true).KnowingRouter();
        rig.ReceiveIp(Ipv4(Router, Romeo, IpProtocol.Icmp, Echo(1, 1, 8)));
        Assert.Equal(("", 1L), (rig.TakeTrace(), rig[DropReason.IcmpIgnored]));
    }

    // N-ICMP-5: messages that nobody asks for any more, or that are not known, and damaged ones.
    [Theory]
    [InlineData(4, DropReason.IcmpIgnored)]
    [InlineData(5, DropReason.IcmpIgnored)]
    [InlineData(13, DropReason.IcmpUnknownType)]
    [InlineData(15, DropReason.IcmpUnknownType)]
    [InlineData(17, DropReason.IcmpUnknownType)]
    [InlineData(200, DropReason.IcmpUnknownType)]
    public void Message_OldOrUnknown_IsDroppedInSilence(byte type, DropReason reason)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.ReceiveIp(Ipv4(Router, Romeo, IpProtocol.Icmp, IcmpError((Icmpv4Type)type, 0, 0, Pattern(40))));
        Assert.Equal(("", 1L, 1L), (rig.TakeTrace(), rig[reason], rig.Host.Counters.TotalDrops));
    }

    [Fact]
    public void Message_DamagedOrCut_IsDropped()
    {
        byte[] message = Echo(1, 2, 16);
        for (int bit = 0; bit < message.Length * 8; bit++)
        {
            HostRig rig = HostRig.Romeo().KnowingRouter();
            byte[] bad = [.. message];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            rig.ReceiveIp(Ipv4(Router, Romeo, IpProtocol.Icmp, bad));
            Assert.Equal(("", 1L), (rig.TakeTrace(), rig[DropReason.IcmpBadChecksum]));
        }

        for (int length = 0; length < 8; length++)
        {
            HostRig rig = HostRig.Romeo().KnowingRouter();
            rig.ReceiveIp(Ipv4(Router, Romeo, IpProtocol.Icmp, message.AsSpan(0, length)));
            Assert.Equal(("", 1L), (rig.TakeTrace(), rig[DropReason.IcmpMalformed]));
        }
    }

    // N-ICMP-2 (RFC 1122 §3.2.2): never an error about these.
    [Theory]
    [InlineData("error about an error")]
    [InlineData("broadcast")]
    [InlineData("limited broadcast")]
    [InlineData("multicast")]
    [InlineData("link broadcast")]
    [InlineData("later fragment")]
    [InlineData("redirect")]
    public void Error_AboutWhatMustNotBeReported_IsNotSent(string what)
    {
        HostRig rig = HostRig.Romeo(s => s.IpForward = true).KnowingRouter();
        byte[] udp = Udp(Juliet, Romeo, 1, 9, 20);
        byte[] broken = Convert.FromHexString("9e000000"); // an option whose length cannot be: normally a Parameter Problem
        switch (what)
        {
            case "error about an error":
                rig.ReceiveIp(Ipv4(Juliet, Romeo, IpProtocol.Icmp, IcmpError(Icmpv4Type.DestinationUnreachable, 3, 0, Pattern(40)), options: broken));
                break;
            case "redirect":
                rig.ReceiveIp(Ipv4(Juliet, Romeo, IpProtocol.Icmp, IcmpError(Icmpv4Type.Redirect, 1, 0, Pattern(40)), options: broken));
                break;
            case "broadcast":
                rig.ReceiveIp(Ipv4(Router, Ip("10.10.1.255"), IpProtocol.Udp, udp, options: broken));
                break;
            case "limited broadcast":
                rig.ReceiveIp(Ipv4(Router, Ip("255.255.255.255"), 99, udp), MacAddress.Broadcast);
                break;
            case "multicast":
                rig.ReceiveIp(Ipv4(Router, Ip("224.0.0.1"), 99, udp), Mac("01:00:5e:00:00:01"));
                break;
            case "link broadcast":
                rig.ReceiveIp(Ipv4(Router, Romeo, 99, udp), MacAddress.Broadcast);
                break;
            default:
                rig.ReceiveIp(Ipv4(Juliet, Ip("10.10.3.3"), IpProtocol.Udp, udp, ttl: 1, offset: 8));
                break;
        }

        Assert.Equal(("", 1L), (rig.TakeTrace(), rig[DropReason.IcmpNotAllowed]));
    }

    // N-ICMP-3: header and as much as fits into 576 octets, unchanged; tos 0xc0; source is the address that was meant. N-UDP-3: no listener.
    [Theory]
    [InlineData(0, 36)]
    [InlineData(12, 48)]
    [InlineData(519, 555)]
    [InlineData(520, 556)]
    [InlineData(1400, 556)]
    public void PortUnreachable_Quotes_AsLinuxDoes(int length, int messageLength)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        byte[] packet = Ipv4(Juliet, Romeo, IpProtocol.Udp, Udp(Juliet, Romeo, 40000, 4000, length), ttl: 63, df: true);
        rig.ReceiveIp(packet);
        rig.AssertTraceLine($"0.000 > router 10.10.1.100 > 10.10.2.100 ttl 64 tos 0xc0 icmp 3/3 rest 0 length {messageLength}");
        Assert.True(rig.Sent[0].Bytes.AsSpan(42).SequenceEqual(packet.AsSpan(0, messageLength - 8)));
        Assert.Equal(1, rig[DropReason.UdpNoPort]);
    }

    // N-ICMP-6 (Linux): one target gets a burst of six, then one a second; echo replies are not limited.
    [Fact]
    public void Errors_ToOneTarget_AreLimitedToOnePerSecondAfterABurst()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        byte[] packet = Ipv4(Juliet, Romeo, IpProtocol.Udp, Udp(Juliet, Romeo, 1, 9, 0));
        for (int i = 0; i < 100; i++)
        {
            rig.ReceiveIp(packet);
            rig.RunFor(0.1);
        }

        Assert.Equal(6 + 9, rig.Sent.Count);
        Assert.Equal(100 - 15, rig[DropReason.IcmpRateLimited]);
        for (int i = 0; i < 100; i++)
        {
            rig.ReceiveIp(Ipv4(Juliet, Romeo, IpProtocol.Icmp, Echo(1, 1, 0)));
        }

        Assert.Equal(15 + 100, rig.Sent.Count);
    }

    // N-ICMP-6: to all targets together about fifty at once and about a thousand a second, never exactly: no counter to read off.
    [Fact]
    public void Errors_ToManyTargets_AreLimitedTogetherAndRandomly()
    {
        List<int> bursts = [];
        for (ulong seed = 1; seed <= 8; seed++)
        {
            ulong own = seed;
            HostRig rig = HostRig.Romeo(s => s.Seed = own).KnowingRouter();
            for (uint i = 0; i < 500; i++)
            {
                IpAddress from = IpAddress.FromV4(0x0B00_0000 + (i * 7919));
                rig.ReceiveIp(Ipv4(from, Romeo, IpProtocol.Udp, Udp(from, Romeo, 1, 9, 0)));
            }

            bursts.Add(rig.Sent.Count);
        }

        Assert.All(bursts, b => Assert.InRange(b, 17, 50));
        Assert.True(bursts.Distinct().Count() > 1);
    }

    // N-ICMP-4: what errors say reaches the one who sent the packet (here the ping client; transports get the same).
    [Theory]
    [InlineData(3, 0, PingReplyKind.Unreachable)]
    [InlineData(3, 1, PingReplyKind.Unreachable)]
    [InlineData(3, 13, PingReplyKind.Unreachable)]
    [InlineData(3, 4, PingReplyKind.TooBig)]
    [InlineData(11, 0, PingReplyKind.TimeExceeded)]
    [InlineData(12, 0, PingReplyKind.ParameterProblem)]
    public void Error_AboutOurEcho_ReachesThePinger(byte type, byte code, PingReplyKind kind)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.Host.Ping.Open(77);
        Assert.Equal(Errno.None, rig.Host.Ping.Send(rig.Now, Juliet, 77, 5, Pattern(56)));
        rig.Drain();
        byte[] ours = rig.Sent[0].Bytes[14..];
        rig.ReceiveIp(Ipv4(Router, Romeo, IpProtocol.Icmp, IcmpError((Icmpv4Type)type, code, code == 4 ? 1000u : 0, ours)));
        Assert.True(rig.Host.Ping.TryTake(77, out PingReply reply));
        Assert.Equal((kind, Router, Juliet, (ushort)5, code == 4 ? 1000 : 0), (reply.Kind, reply.From, reply.Destination, reply.Sequence, reply.Mtu));
    }

    [Fact]
    public void Echo_OfOurs_IsAnsweredToThePinger()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.Host.Ping.Open(77);
        rig.Host.Ping.Send(rig.Now, Juliet, 77, 1, Pattern(56));
        rig.Drain();
        rig.AssertTrace("0.000 > router 10.10.1.100 > 10.10.2.100 ttl 64 DF echo request id 77 seq 1 length 64");
        rig.RunFor(0.02);
        rig.ReceiveIp(Ipv4(Juliet, Romeo, IpProtocol.Icmp, Echo(77, 1, 56, isReply: true), ttl: 63));
        rig.ReceiveIp(Ipv4(Juliet, Romeo, IpProtocol.Icmp, Echo(78, 1, 56, isReply: true), ttl: 63));
        Assert.True(rig.Host.Ping.TryTake(77, out PingReply reply));
        Assert.Equal((PingReplyKind.Reply, Juliet, 56, (byte)63, 0.02), (reply.Kind, reply.From, reply.Length, reply.TimeToLive, reply.Time.SinceStart.TotalSeconds));
        Assert.False(rig.Host.Ping.TryTake(77, out _));
        Assert.Equal(1, rig[DropReason.IcmpNotAboutUs]);
    }

    // BUG-28, X-1191-1: an MTU out of all reason is lifted to the floor, 0 is answered by the plateaus of RFC 1191 §7.1; a larger one never raises.
    [Theory]
    [InlineData(1000, 1000)]
    [InlineData(68, 552)]
    [InlineData(1, 552)]
    [InlineData(0, 1006)]
    [InlineData(9000, 1500)]
    public void TooBig_Told_LowersThePathMtuWithinReason(uint told, int mtu)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.Host.Ping.Open(77);
        rig.Host.Ping.Send(rig.Now, Juliet, 77, 1, Pattern(1472), new PingOptions { DontFragment = true });
        rig.Drain();
        Assert.Single(rig.Sent);
        byte[] ours = rig.Sent[0].Bytes[14..];
        if (told == 0)
        {
            rig.Host.Ping.Send(rig.Now, Juliet, 77, 1, Pattern(1300 - 28), new PingOptions { DontFragment = true });
            rig.Drain();
            ours = rig.Sent[1].Bytes[14..];
        }

        rig.ReceiveIp(Ipv4(Router, Romeo, IpProtocol.Icmp, IcmpError(Icmpv4Type.DestinationUnreachable, 4, told, ours.AsSpan(0, 100))));
        RouteCache way = default;
        rig.Host.Output.Resolve(Juliet, default, null, ref way);
        Assert.Equal(mtu, way.Mtu);
        Errno tooLong = rig.Host.Ping.Send(rig.Now, Juliet, 77, 2, new byte[mtu - 27], new PingOptions { DontFragment = true });
        Errno fits = rig.Host.Ping.Send(rig.Now, Juliet, 77, 2, new byte[mtu - 28], new PingOptions { DontFragment = true });
        Assert.Equal((Errno.EMSGSIZE, Errno.None), (tooLong, fits));

        rig.RunFor(601); // X-1191-3: after ten minutes the link's own MTU is tried again
        rig.Host.Output.Resolve(Juliet, default, null, ref way);
        Assert.Equal(1500, way.Mtu);
    }

    // N-ICMP-4, BUG-28: errors about packets that we cannot have sent change nothing.
    [Theory]
    [InlineData("foreign source", DropReason.IcmpNotAboutUs)]
    [InlineData("later fragment", DropReason.IcmpNotAboutUs)]
    [InlineData("too short", DropReason.IcmpMalformed)]
    [InlineData("no packet", DropReason.IcmpMalformed)]
    [InlineData("unknown code", DropReason.IcmpUnknownType)]
    public void Error_NotAboutUs_IsDropped(string what, DropReason reason)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        byte[] quote = what switch
        {
            "foreign source" => Ipv4(Other, Juliet, IpProtocol.Udp, Udp(Other, Juliet, 1, 2, 10)),
            "later fragment" => Ipv4(Romeo, Juliet, IpProtocol.Udp, Udp(Romeo, Juliet, 1, 2, 10), offset: 64),
            "too short" => Ipv4(Romeo, Juliet, IpProtocol.Udp, Udp(Romeo, Juliet, 1, 2, 10))[..27],
            "no packet" => Pattern(40),
            _ => Ipv4(Romeo, Juliet, IpProtocol.Udp, Udp(Romeo, Juliet, 1, 2, 10)),
        };
        rig.ReceiveIp(Ipv4(Router, Romeo, IpProtocol.Icmp, IcmpError(Icmpv4Type.DestinationUnreachable, (byte)(what == "unknown code" ? 99 : 1), 0, quote)));
        Assert.Equal(("", 1L), (rig.TakeTrace(), rig[reason]));
    }

    // N-ICMP-7, N-IP4-10: a redirect changes no route.
    [Fact]
    public void Redirect_Received_ChangesNothing()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.SendUdp(Juliet);
        byte[] ours = rig.Sent[0].Bytes[14..];
        byte[] redirect = new byte[8 + ours.Length];
        Icmpv4Writer.WriteRedirect(redirect, 1, Other, ours);
        rig.ReceiveIp(Ipv4(Router, Romeo, IpProtocol.Icmp, redirect));
        rig.TakeTrace();
        rig.SendUdp(Juliet);
        rig.AssertTrace("0.000 > router 10.10.1.100 > 10.10.2.100 ttl 64 DF udp 5000 > 7 length 10");
    }

    [Fact]
    public void PingClient_TooManyAnswers_LosesTheOldest()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.Host.Ping.Open(1);
        for (int i = 0; i < PingClient.Capacity + 10; i++)
        {
            rig.ReceiveIp(Ipv4(Juliet, Romeo, IpProtocol.Icmp, Echo(1, (ushort)i, 0, isReply: true)));
        }

        Assert.True(rig.Host.Ping.TryTake(1, out PingReply first));
        Assert.Equal((10, 10L), (first.Sequence, rig[DropReason.IcmpIgnored]));
    }
}

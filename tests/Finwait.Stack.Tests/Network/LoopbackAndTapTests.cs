using Finwait.Tcp;
using Finwait.Wire;
using static Finwait.Stack.Tests.Wires;

namespace Finwait.Stack.Tests;

public sealed class LoopbackAndTapTests
{
    // A host pings itself; on Linux the capture of lo shows each packet once, in Ethernet headers of zeros.
    [Fact]
    public void Loopback_Ping_IsAnsweredAndCapturedOnce()
    {
        HostRig rig = new();
        rig.Host.Loopback.Tap = new CaptureTap();
        rig.Host.Ping.Open(9);
        Assert.Equal(Errno.None, rig.Host.Ping.Send(rig.Now, Ip("127.0.0.1"), 9, 1, Pattern(56)));
        rig.Drain();
        Assert.True(rig.Host.Ping.TryTake(9, out PingReply reply));
        Assert.Equal((PingReplyKind.Reply, 56), (reply.Kind, reply.Length));
        List<string> seen = [];
        while (rig.Host.Loopback.Tap.TryTake(out CapturedFrame frame))
        {
            Assert.Equal((CaptureDirection.Inbound, "0000000000000000000000000800"), (frame.Direction, Convert.ToHexString(frame.Bytes.AsSpan(0, 14))));
            seen.Add(DescribeIp(frame.Bytes.AsSpan(14)));
        }

        Assert.Equal(["127.0.0.1 > 127.0.0.1 ttl 64 DF echo request id 9 seq 1 length 64", "127.0.0.1 > 127.0.0.1 ttl 64 echo reply id 9 seq 1 length 64"], seen);
        Assert.Empty(rig.Sent);
        rig.AssertNoLeak();
    }

    // The whole of 127/8 is this host; golden 10c: alias addresses talk over lo as well.
    [Theory]
    [InlineData("127.1.2.3")]
    [InlineData("10.10.1.100")]
    [InlineData("10.10.1.101")]
    public void Loopback_OwnAddress_AnswersOverLo(string address)
    {
        HostRig rig = HostRig.Romeo();
        rig.Eth.AddAddress(Ip("10.10.1.101"), 24, "eth1:0");
        rig.Host.Ping.Open(9);
        rig.Host.Ping.Send(rig.Now, Ip(address), 9, 1, []);
        rig.Drain();
        Assert.True(rig.Host.Ping.TryTake(9, out PingReply reply));
        Assert.Equal((Ip(address), 0), (reply.From, rig.Sent.Count));
    }

    [Fact]
    public void Loopback_LargestPacket_NeedsNoFragments()
    {
        HostRig rig = new();
        rig.Host.Ping.Open(9);
        rig.Host.Ping.Send(rig.Now, Ip("127.0.0.1"), 9, 1, Pattern(65507));
        rig.Drain();
        Assert.True(rig.Host.Ping.TryTake(9, out PingReply reply));
        Assert.Equal((65507, 0L), (reply.Length, rig.Host.Counters.FragmentsSent));
    }

    [Fact]
    public void Loopback_Delay_PacketsArriveLater()
    {
        HostRig rig = new(s => s.LoopbackDelay = TimeSpan.FromMicroseconds(20));
        rig.Host.Ping.Open(9);
        rig.Host.Ping.Send(rig.Now, Ip("127.0.0.1"), 9, 1, []);
        rig.Drain();
        Assert.Equal(200, rig.Host.NextDeadline.Ticks);
        Assert.False(rig.Host.Ping.TryTake(9, out _));
        rig.RunFor(1);
        Assert.True(rig.Host.Ping.TryTake(9, out PingReply reply));
        Assert.Equal(400, reply.Time.Ticks);
    }

    [Fact]
    public void Loopback_Down_TakesNothing()
    {
        HostRig rig = new();
        rig.Host.Ping.Open(9);
        rig.Host.Ping.Send(rig.Now, Ip("127.0.0.1"), 9, 1, []);
        rig.Host.Loopback.IsUp = false;
        rig.Drain();
        Assert.Equal((1L, 0), (rig[DropReason.InterfaceDown], rig.Host.Packets.Lent));
        Assert.Equal(Errno.ENETDOWN, rig.Host.Ping.Send(rig.Now, Ip("127.0.0.1"), 9, 1, []));
    }

    // Two who answer each other for ever must not hold the caller: each call ends, and more is due at once.
    [Fact]
    public void Loopback_EndlessTraffic_DoesNotHoldTheCaller()
    {
        HostRig rig = new();
        rig.Host.Loopback.TransmitQueueLimit = 100_000;
        for (int i = 0; i < 5000; i++)
        {
            rig.Host.Ping.Send(rig.Now, Ip("127.0.0.1"), 9, 1, []);
        }

        Assert.False(rig.Host.PollTransmit(rig.Now, out _, out _));
        Assert.True(rig.Host.Counters.IpDelivered < 1000);
        Assert.Equal(rig.Now, rig.Host.NextDeadline);
    }

    // What a capture sees: both directions in order, numbered over the whole host, with the cause the transport gave.
    [Fact]
    public void Tap_BothDirections_InOrderWithNumbersAndCauses()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.Eth.Tap = new CaptureTap();
        rig.RunFor(1.5);
        rig.ReceiveIp(Ipv4(Juliet, Romeo, IpProtocol.Icmp, Echo(1, 1, 8)));
        rig.Receive(Ethernet(OtherMac, RouterMac, EtherType.Ipv4, Pattern(40))); // not for us, yet a capture sees it
        RouteCache way = default;
        IpSendInfo info = new() { Source = Romeo, Destination = Juliet, Protocol = 99 };
        Cause cause = new(CauseKind.Packet, Rule.Acknowledge, 1);
        rig.Host.Output.Send(rig.Now, rig.Host.Output.Begin(4), info, ref way, cause);
        rig.Drain();

        List<CapturedFrame> frames = [];
        while (rig.Eth.Tap.TryTake(out CapturedFrame frame))
        {
            frames.Add(frame);
        }

        Assert.Equal([1UL, 2UL, 3UL, 4UL], frames.Select(f => f.Number));
        Assert.Equal([CaptureDirection.Inbound, CaptureDirection.Outbound, CaptureDirection.Inbound, CaptureDirection.Outbound], frames.Select(f => f.Direction));
        Assert.All(frames, f => Assert.Equal(1.5, f.Time.SinceStart.TotalSeconds));
        Assert.Equal((default, cause), (frames[1].Cause, frames[3].Cause));
        Assert.Equal(rig.Sent[^1].Bytes, frames[3].Bytes);
    }

    [Fact]
    public void Tap_FullOrShort_CountsWhatItLoses()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.Eth.Tap = new CaptureTap(frameLimit: 3, snapLength: 20);
        for (int i = 0; i < 5; i++)
        {
            rig.SendUdp(Juliet);
        }

        Assert.Equal((3, 5L, 2L), (rig.Eth.Tap.Count, rig.Eth.Tap.Seen, rig.Eth.Tap.Dropped));
        Assert.True(rig.Eth.Tap.TryTake(out CapturedFrame frame));
        Assert.Equal((20, 52), (frame.Bytes.Length, frame.OriginalLength));

        rig.Eth.Tap = new CaptureTap(octetLimit: 100);
        rig.SendUdp(Juliet);
        rig.SendUdp(Juliet);
        Assert.Equal((1, 1L), (rig.Eth.Tap.Count, rig.Eth.Tap.Dropped));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(30)]
    public void Tap_OnLoopbackShortSnap_KeepsSoMuch(int snap)
    {
        HostRig rig = new();
        rig.Host.Loopback.Tap = new CaptureTap(snapLength: snap);
        rig.Host.Ping.Send(rig.Now, Ip("127.0.0.1"), 9, 1, []);
        rig.Drain();
        Assert.True(rig.Host.Loopback.Tap.TryTake(out CapturedFrame frame));
        Assert.Equal((snap, 42), (frame.Bytes.Length, frame.OriginalLength));
    }
}

using Finwait.Tcp;
using Finwait.Wire;
using static Finwait.Stack.Tests.Wires;

namespace Finwait.Stack.Tests;

public sealed class OutputTests
{
    private static readonly IpAddress Far = Ip("10.9.9.9");

    // N-IP4-9 (RFC 8900): with DF nothing is cut, the sender is told the limit; without DF it is cut on eights and can be put together.
    [Theory]
    [InlineData(1472, true, 1)]
    [InlineData(1473, true, 0)]
    [InlineData(1472, false, 1)]
    [InlineData(1473, false, 2)]
    [InlineData(2952, false, 2)]
    [InlineData(2953, false, 3)]
    [InlineData(65507, false, 45)]
    public void Send_LargerThanMtu_IsCutOnlyWithoutDf(int length, bool df, int packets)
    {
        HostRig rig = HostRig.PointToPoint();
        SendResult result = rig.SendUdp(Far, length, df);
        Assert.Equal(packets > 0 ? SendResult.Sent : SendResult.TooBig, result);
        Assert.Equal((packets, packets > 0 ? 0L : 1L), (rig.Sent.Count, rig[DropReason.PacketTooBig]));
        if (packets > 0)
        {
            byte[] joined = ReassemblyTests.Join(rig.Sent.Select(p => p.Bytes));
            Assert.True(joined.AsSpan().SequenceEqual(Udp(Ip("10.0.0.1"), Far, 5000, 7, length)));
        }

        rig.AssertNoLeak();
    }

    [Fact]
    public void Send_SmallMtu_FragmentsFollowEachOther()
    {
        HostRig rig = HostRig.PointToPoint(mtu: 100);
        rig.SendUdp(Far, 200, df: false);
        rig.AssertTrace("""
            0.000 10.0.0.1 > 10.9.9.9 ttl 64 frag 0+ length 80
            0.000 10.0.0.1 > 10.9.9.9 ttl 64 frag 80+ length 80
            0.000 10.0.0.1 > 10.9.9.9 ttl 64 frag 160 length 48
            """);
    }

    // N-6864 (RFC 6864 §4): with DF 0 or the sender's own number; without DF a counter per destination that starts at random and tells nothing about others.
    [Fact]
    public void Identification_WithoutDf_CountsPerDestination()
    {
        HostRig rig = HostRig.PointToPoint();
        List<ushort> a = [], b = [];
        for (int i = 0; i < 100; i++)
        {
            a.Add(SendAndGetId(rig, Far));
            b.Add(SendAndGetId(rig, Ip("10.9.9.10")));
        }

        Assert.Equal(Enumerable.Range(a[0], 100).Select(i => (ushort)i), a);
        Assert.Equal(Enumerable.Range(b[0], 100).Select(i => (ushort)i), b);
        Assert.NotEqual(a[0], b[0]);
        Assert.NotEqual(a[0], SendAndGetId(HostRig.PointToPoint(s => s.Seed = 43), Far));
        Assert.Equal(a[0], SendAndGetId(HostRig.PointToPoint(), Far));

        // After a pause it has jumped on by a random part of the pause (Linux), so that a watcher cannot count.
        rig.RunFor(100);
        Assert.InRange((ushort)(SendAndGetId(rig, Far) - a[99]), 2, 25_001);

        rig.SendUdp(Far);
        Assert.Equal(WireError.None, Ipv4View.TryParse(rig.Sent[^1].Bytes, out Ipv4View withDf));
        Assert.Equal(0, withDf.Identification);
    }

    [Fact]
    public void Header_Fields_AreThoseOfTheSender()
    {
        HostRig rig = HostRig.PointToPoint();
        RouteCache way = default;
        IpSendInfo info = new()
        {
            Source = Ip("10.0.0.1"), Destination = Far, Protocol = 99, TimeToLive = 3, TrafficClass = 0xB9, DontFragment = true, HasIdentification = true, Identification = 4711,
        };
        PacketBuffer buffer = rig.Host.Output.Begin(4);
        new byte[] { 1, 2, 3, 4 }.CopyTo(buffer.Span);
        rig.Host.Output.Send(rig.Now, buffer, info, ref way);
        rig.Drain();
        Assert.Equal(Ipv4(info.Source, Far, 99, [1, 2, 3, 4], ttl: 3, tos: 0xB9, id: 4711, df: true), rig.Sent[0].Bytes);
    }

    // txqueuelen: what does not fit is counted, given back and told.
    [Fact]
    public void Queue_Full_IsToldAndCounted()
    {
        HostRig rig = HostRig.PointToPoint();
        rig.Eth.TransmitQueueLimit = 3;
        RouteCache way = default;
        IpSendInfo info = new() { Source = Ip("10.0.0.1"), Destination = Far, Protocol = 99 };
        SendResult[] results = [.. Enumerable.Range(0, 5).Select(_ => rig.Host.Output.Send(rig.Now, rig.Host.Output.Begin(1), info, ref way))];
        Assert.Equal([SendResult.Sent, SendResult.Sent, SendResult.Sent, SendResult.QueueFull, SendResult.QueueFull], results);
        Assert.Equal((2L, 2L, 3), (rig[DropReason.TransmitQueueFull], rig.Eth.Counters.TransmitDropped, rig.Host.Packets.Lent));
        rig.Drain();
        Assert.Equal((3, 0, 0), (rig.Sent.Count, rig.Eth.TransmitQueueLength, rig.Host.Packets.Lent));
    }

    [Fact]
    public void Queue_InterfaceGoesDown_FramesAreDropped()
    {
        HostRig rig = HostRig.PointToPoint();
        RouteCache way = default;
        IpSendInfo info = new() { Source = Ip("10.0.0.1"), Destination = Far, Protocol = 99 };
        rig.Host.Output.Send(rig.Now, rig.Host.Output.Begin(1), info, ref way);
        rig.Eth.IsUp = false;
        rig.Drain();
        Assert.Equal((0, 1L, 0), (rig.Sent.Count, rig[DropReason.InterfaceDown], rig.Host.Packets.Lent));
    }

    [Fact]
    public void Send_NoRouteOrDown_IsToldAndCounted()
    {
        HostRig rig = new();
        RouteCache way = default;
        IpSendInfo info = new() { Source = Romeo, Destination = Far, Protocol = 99 };
        Assert.Equal(SendResult.NoRoute, rig.Host.Output.Send(rig.Now, rig.Host.Output.Begin(1), info, ref way));
        rig.Host.Loopback.IsUp = false;
        IpSendInfo toSelf = info with { Destination = Ip("127.0.0.1") };
        Assert.Equal(SendResult.Down, rig.Host.Output.Send(rig.Now, rig.Host.Output.Begin(1), toSelf, ref way));
        Assert.Equal((1L, 1L, 0), (rig[DropReason.NoRoute], rig[DropReason.InterfaceDown], rig.Host.Packets.Lent));
    }

    [Fact]
    public void Buffer_ReleasedTwice_Throws()
    {
        PacketPool pool = new();
        PacketBuffer buffer = pool.Rent(100);
        buffer.Release();
        Assert.Throws<InvalidOperationException>(buffer.Release);
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(PacketPool.LargestPacket + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(-1));
    }

    // The same seed and the same inputs give the same octets.
    [Fact]
    public void Host_SameSeed_SameBytes()
    {
        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));

        static string Run(ulong seed)
        {
            HostRig rig = HostRig.Romeo(s => s.Seed = seed);
            for (int i = 0; i < 50; i++)
            {
                rig.SendUdp(i % 3 == 0 ? Juliet : Router, 3000, df: false);
                if (i == 10)
                {
                    rig.Receive(Arp(RomeoMac, ArpOperation.Reply, RouterMac, Router, RomeoMac, Romeo));
                }

                rig.ReceiveIp(Ipv4(Juliet, Romeo, IpProtocol.Udp, Udp(Juliet, Romeo, 1, 2, 3)));
                rig.RunFor(1.7);
            }

            return string.Concat(rig.Sent.Select(f => Convert.ToHexString(f.Bytes)));
        }
    }

    private static ushort SendAndGetId(HostRig rig, IpAddress destination)
    {
        rig.SendUdp(destination, df: false);
        Assert.Equal(WireError.None, Ipv4View.TryParse(rig.Sent[^1].Bytes, out Ipv4View ip));
        return ip.Identification;
    }
}

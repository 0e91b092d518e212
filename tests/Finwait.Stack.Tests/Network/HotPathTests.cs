using Finwait.Tcp;
using Finwait.Wire;
using static Finwait.Stack.Tests.Wires;

namespace Finwait.Stack.Tests;

/// <summary>No allocation per packet in steady state, on every way that packets take in numbers.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class HotPathTests
{
    private static void AssertNoAllocation(Action<int> round)
    {
        for (int i = 0; i < 2000; i++)
        {
            round(i);
        }

        using AllocationMeter meter = AllocationMeter.Start();
        for (int i = 0; i < 10_000; i++)
        {
            round(i);
        }

        Assert.Equal(0, meter.Allocated);
    }

    private static int Drain(Host host, Instant now)
    {
        int frames = 0;
        while (host.PollTransmit(now, out _, out PacketBuffer? frame))
        {
            frames++;
            frame.Release();
        }

        return frames;
    }

    [Theory]
    [InlineData("ethernet")]
    [InlineData("point to point")]
    [InlineData("loopback")]
    [InlineData("ipv6")]
    public void Send_Steady_AllocatesNothing(string link)
    {
        HostRig rig = link == "point to point" ? HostRig.PointToPoint() : HostRig.Romeo().KnowingRouter();
        if (link == "ipv6")
        {
            rig.Eth.AddAddress(Ip("fd00::1"), 64);
            rig.Host.Neighbors.SetPermanent(rig.Now, rig.Eth, Ip("fd00::2"), OtherMac);
        }

        IpAddress destination = link switch { "loopback" => Romeo, "ipv6" => Ip("fd00::2"), _ => Juliet };
        RouteCache way = default;
        Assert.Equal(SendResult.Sent, rig.Host.Output.Resolve(destination, default, null, ref way));
        IpSendInfo info = new() { Source = way.Source, Destination = destination, Protocol = IpProtocol.Tcp, DontFragment = true, HasIdentification = true };
        long sent = 0;
        AssertNoAllocation(i =>
        {
            info.Identification = (ushort)i;
            PacketBuffer buffer = rig.Host.Output.Begin(1460);
            buffer.Span[0] = (byte)i;
            rig.Host.Output.Send(rig.Now, buffer, info, ref way);
            sent += Drain(rig.Host, rig.Now);
        });
        Assert.Equal(link == "loopback" ? 0 : 12_000, sent);
        Assert.Equal(link == "loopback" ? 12_000 : 0, rig.Host.Counters.IpDelivered);
    }

    [Theory]
    [InlineData("ethernet")]
    [InlineData("point to point")]
    [InlineData("ipv6")]
    [InlineData("filtered")]
    [InlineData("forwarded")]
    [InlineData("fragments")]
    [InlineData("arp")]
    public void ReceiveAndAnswer_Steady_AllocatesNothing(string what)
    {
        HostRig rig = what == "point to point" ? HostRig.PointToPoint() : HostRig.Romeo(s => s.IpForward = true).KnowingRouter();
        IpAddress v6 = Ip("fd00::1"), peer = Ip("fd00::2");
        rig.Eth.AddAddress(v6, 64);
        rig.Host.Neighbors.SetPermanent(rig.Now, rig.Eth, peer, OtherMac);
        if (what == "filtered")
        {
            rig.Host.Filter.Append("INPUT", new FilterMatch { Protocol = 6, DestinationPorts = new PortMatch(80, 80), In = new InterfaceMatch("eth+") }, FilterTarget.Drop);
            rig.Host.Filter.Append("INPUT", new FilterMatch { Source = AddressMatch.FromPrefix(Juliet, 24), Protocol = 1 }, FilterTarget.Accept);
            rig.Host.Filter.SetPolicy("INPUT", isDrop: true);
        }

        byte[] ping = Ipv4(Juliet, Romeo, IpProtocol.Icmp, Echo(1, 2, 1000));
        byte[][] frames = what switch
        {
            "point to point" => [Ipv4(Juliet, Ip("10.0.0.1"), IpProtocol.Icmp, Echo(1, 2, 1000))],
            "ipv6" => [Ethernet(RomeoMac, OtherMac, EtherType.Ipv6, Ipv6(peer, v6, IpProtocol.Icmpv6, EchoV6(peer, v6, 1, 2, 1000)))],
            "forwarded" => [Ethernet(RomeoMac, OtherMac, EtherType.Ipv4, Ipv4(Other, Juliet, IpProtocol.Udp, Udp(Other, Juliet, 1, 2, 1000)))],
            "fragments" =>
            [
                Ethernet(RomeoMac, RouterMac, EtherType.Ipv4, Ipv4(Juliet, Romeo, IpProtocol.Icmp, Echo(1, 2, 1992).AsSpan(0, 1000), more: true)),
                Ethernet(RomeoMac, RouterMac, EtherType.Ipv4, Ipv4(Juliet, Romeo, IpProtocol.Icmp, Echo(1, 2, 1992).AsSpan(1000), offset: 1000)),
            ],
            "arp" => [Arp(MacAddress.Broadcast, ArpOperation.Request, OtherMac, Other, default, Romeo)],
            _ => [Ethernet(RomeoMac, RouterMac, EtherType.Ipv4, ping)],
        };
        long sent = 0;
        AssertNoAllocation(_ =>
        {
            foreach (byte[] frame in frames)
            {
                rig.Host.Receive(rig.Now, rig.Eth, frame);
                sent += Drain(rig.Host, rig.Now);
            }
        });
        Assert.Equal(what == "fragments" ? 24_000 : 12_000, sent);
    }

    // The first packets to a neighbour wait, go, and give their buffers back; a thousand times over nothing grows.
    [Fact]
    public void Resolve_AgainAndAgain_AllocatesNothingButTheEntry()
    {
        HostRig rig = HostRig.Romeo();
        byte[] reply = Arp(RomeoMac, ArpOperation.Reply, RouterMac, Router, RomeoMac, Romeo);
        RouteCache way = default;
        IpSendInfo info = new() { Source = Romeo, Destination = Juliet, Protocol = IpProtocol.Udp };
        for (int i = 0; i < 1000; i++)
        {
            rig.Host.Neighbors.Flush(rig.Eth);
            rig.Host.Output.Send(rig.Now, rig.Host.Output.Begin(100), info, ref way);
            rig.Host.Output.Send(rig.Now, rig.Host.Output.Begin(100), info, ref way);
            Drain(rig.Host, rig.Now);
            rig.Host.Receive(rig.Now, rig.Eth, reply);
            Assert.Equal(2, Drain(rig.Host, rig.Now));
        }

        Assert.Equal((0, 1), (rig.Host.Packets.Lent, rig.Host.Neighbors.Entries.Count));
    }
}

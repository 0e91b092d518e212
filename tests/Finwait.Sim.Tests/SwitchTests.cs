using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Sim.Tests;

public class SwitchTests
{
    [Fact]
    public void Forward_LearntAddress_GoesToOnePortOnly()
    {
        (Network network, Host[] hosts, Switch across) = Star(4, isHub: false);

        Assert.True(Ping(network, hosts[0], 3));

        // The ARP request went to all; answer, request and reply went one way each.
        Assert.Equal((1L, 3L, 0L), (across.Flooded, across.Forwarded, across.Dropped));
        Assert.Equal(1, hosts[1].Interfaces[1].Counters.PacketsReceived);
        Assert.Equal((0, 2), (across.FindPort(hosts[0].Interfaces[1].Mac, network.Now), across.FindPort(hosts[2].Interfaces[1].Mac, network.Now)));
        Assert.Equal(-1, across.FindPort(hosts[1].Interfaces[1].Mac, network.Now));
    }

    [Fact]
    public void Forward_Hub_GoesToAllPorts()
    {
        (Network network, Host[] hosts, Switch across) = Star(4, isHub: true);

        Assert.True(Ping(network, hosts[0], 3));

        Assert.Equal((4L, 0L), (across.Flooded, across.Forwarded));
        Assert.Equal(4, hosts[1].Interfaces[1].Counters.PacketsReceived);
    }

    [Fact]
    public void FindPort_AddressUnseenForTooLong_IsForgotten()
    {
        (Network network, Host[] hosts, Switch across) = Star(2, isHub: false);
        Ping(network, hosts[0], 2);
        MacAddress mac = hosts[0].Interfaces[1].Mac;

        network.RunFor(TimeSpan.FromSeconds(290));
        Assert.Equal(0, across.FindPort(mac, network.Now));
        network.RunFor(TimeSpan.FromSeconds(120));
        Assert.Equal(-1, across.FindPort(mac, network.Now));
    }

    [Fact]
    public void Forward_TwoSwitches_ReachEachOther()
    {
        Network network = new();
        Switch left = network.AddSwitch("left"), right = network.AddSwitch("right");
        network.Connect(left, right, LinkSettings.Parse("delay 1ms"));
        Host a = Add(network, 1, left), b = Add(network, 2, right);

        Assert.True(Ping(network, a, 2));
        Assert.Equal((0, 1), (left.FindPort(b.Interfaces[1].Mac, network.Now), right.FindPort(b.Interfaces[1].Mac, network.Now)));
    }

    // A broadcast storm: without spanning tree a loop never comes to rest, and the run says so instead of hanging.
    [Fact]
    public void Forward_LoopOfSwitches_IsReported()
    {
        Network network = new();
        Switch left = network.AddSwitch("left"), right = network.AddSwitch("right");
        network.Connect(left, right);
        network.Connect(left, right);
        Host a = Add(network, 1, left);
        a.Ping.Send(network.Now, IpAddress.Parse("10.0.0.9"), 1, 1, new byte[8]);

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => network.RunFor(TimeSpan.FromSeconds(1)));
        Assert.StartsWith("time stands still at 0.000000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_MoreAddressesThanRoom_FloodsAndForgetsTheOldOnes()
    {
        Network network = new();
        Switch across = network.AddSwitch("sw");
        Host a = Add(network, 1, across), b = Add(network, 2, across);
        Link toSwitch = network.Cables[0].AToB;
        for (int i = 0; i < Switch.MaxAddresses + 10; i++)
        {
            Inject(network, toSwitch, new MacAddress(0x0200_0001_0000 + (ulong)i));
        }

        network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(0, across.FindPort(new MacAddress(0x0200_0001_0000), network.Now));
        Assert.Equal(-1, across.FindPort(new MacAddress(0x0200_0001_0000 + Switch.MaxAddresses + 5), network.Now));
        network.RunFor(TimeSpan.FromSeconds(400));
        Assert.True(Ping(network, a, 2));
        Assert.Equal(1, across.FindPort(b.Interfaces[1].Mac, network.Now));
    }

    [Fact]
    public void Forward_DestinationOnTheSamePortOrFrameTooShort_GoesNowhere()
    {
        Network network = new();
        Switch across = network.AddSwitch("sw");
        Add(network, 1, across);
        Add(network, 2, across);
        Link toSwitch = network.Cables[0].AToB;
        Inject(network, toSwitch, new MacAddress(0x0200_0000_00FF));
        Inject(network, toSwitch, new MacAddress(0x0200_0000_00FE));
        toSwitch.Send(network.Now, network.Packets.Rent(13));
        network.RunUntil(network.Now);

        Assert.Equal((3L, 0L, 0L, 3L), (across.Received, across.Flooded, across.Forwarded, across.Dropped));
        Assert.Equal(0, network.Packets.Lent);
    }

    private static void Inject(Network network, Link link, MacAddress source)
    {
        PacketBuffer frame = network.Packets.Rent(60);
        frame.Span.Clear();
        EthernetWriter.Write(frame.Span, new MacAddress(0x0200_0000_00FF), source, 0x9000);
        link.Send(network.Now, frame);
        network.RunUntil(network.Now);
    }

    private static bool Ping(Network network, Host from, int to)
    {
        from.Ping.Open(1);
        from.Ping.Send(network.Now, IpAddress.FromV4(10, 0, 0, (byte)to), 1, 1, new byte[8]);
        network.RunFor(TimeSpan.FromMilliseconds(100));
        return from.Ping.TryTake(1, out PingReply reply) && reply.Kind == PingReplyKind.Reply;
    }

    private static Host Add(Network network, int number, Switch across)
    {
        Host host = network.AddHost("h" + number);
        Interface on = host.AddEthernet("eth0", new MacAddress(0x0200_0000_0000 + (ulong)number));
        on.AddAddress(IpAddress.FromV4(10, 0, 0, (byte)number), 24);
        network.Connect(on, across);
        return host;
    }

    private static (Network, Host[], Switch) Star(int count, bool isHub)
    {
        Network network = new();
        Switch across = network.AddSwitch("sw", isHub);
        Host[] hosts = [.. Enumerable.Range(1, count).Select(i => Add(network, i, across))];
        return (network, hosts, across);
    }
}

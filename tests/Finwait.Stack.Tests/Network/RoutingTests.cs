using Finwait.Wire;
using static Finwait.Stack.Tests.Wires;

namespace Finwait.Stack.Tests;

public sealed class RoutingTests
{
    private static (string Via, string NextHop, string Source) Way(Host host, string destination, Interface? boundTo = null)
    {
        RouteCache way = default;
        return host.Output.Resolve(Ip(destination), default, boundTo, ref way) == SendResult.Sent
            ? (way.Via!.Name, way.NextHop.ToString(), way.Source.ToString())
            : ("none", "", "");
    }

    // N-IP4-10 (RFC 1122 §3.3.1): the longest prefix wins, then the lowest metric; no route is told.
    [Fact]
    public void Lookup_SeveralRoutes_LongestPrefixThenLowestMetricWins()
    {
        Host host = new(new HostSettings());
        Interface a = host.AddEthernet("eth0", RomeoMac), b = host.AddEthernet("eth1", OtherMac);
        a.AddAddress(Ip("10.0.0.2"), 24);
        b.AddAddress(Ip("10.0.1.2"), 24);
        Assert.Equal("none", Way(host, "8.8.8.8").Via);
        host.Routes.Add(IpAddress.AnyV4, 0, Ip("10.0.0.1"), a, metric: 100);
        host.Routes.Add(IpAddress.AnyV4, 0, Ip("10.0.1.1"), b, metric: 50);
        host.Routes.Add(Ip("192.168.0.0"), 16, Ip("10.0.0.3"), a);
        host.Routes.Add(Ip("192.168.7.77"), 24, Ip("10.0.1.4"), b);
        host.Routes.Add(Ip("192.168.7.7"), 32, Ip("10.0.0.5"), a);

        Assert.Equal(("eth1", "10.0.1.1", "10.0.1.2"), Way(host, "8.8.8.8"));
        Assert.Equal(("eth0", "10.0.0.3", "10.0.0.2"), Way(host, "192.168.8.1"));
        Assert.Equal(("eth1", "10.0.1.4", "10.0.1.2"), Way(host, "192.168.7.1"));
        Assert.Equal(("eth0", "10.0.0.5", "10.0.0.2"), Way(host, "192.168.7.7"));
        Assert.Equal(("eth0", "10.0.0.99", "10.0.0.2"), Way(host, "10.0.0.99"));

        b.IsUp = false;
        Assert.Equal(("eth0", "10.0.0.1", "10.0.0.2"), Way(host, "8.8.8.8"));
        Assert.Equal(("eth0", "10.0.0.3", "10.0.0.2"), Way(host, "192.168.7.1"));
        b.IsUp = true;
        Assert.True(host.Routes.Remove(Ip("192.168.7.0"), 24));
        Assert.Equal(("eth0", "10.0.0.3", "10.0.0.2"), Way(host, "192.168.7.1"));
        Assert.False(host.Routes.Remove(Ip("192.168.7.0"), 24));
        Assert.False(host.Routes.Add(Ip("192.168.0.1"), 16, Ip("10.0.0.3"), a));
    }

    // Property: the table agrees with the plain definition over random routes and destinations, both versions.
    [Fact]
    public void Lookup_RandomRoutes_AgreesWithTheDefinition()
    {
        Random random = new(7);
        for (int round = 0; round < 50; round++)
        {
            bool isV6 = round % 2 == 1;
            Host host = new(new HostSettings());
            Interface via = host.AddEthernet("eth0", RomeoMac);
            for (int i = 0; i < 60; i++)
            {
                int length = random.Next(isV6 ? 129 : 33);
                host.Routes.Add(Draw(random, isV6), length, default, via, random.Next(3));
                if (i % 5 == 4)
                {
                    Route gone = host.Routes.Routes[random.Next(host.Routes.Routes.Count)];
                    Assert.True(host.Routes.Remove(gone.Prefix, gone.PrefixLength, default, via));
                }
            }

            for (int i = 0; i < 100; i++)
            {
                IpAddress destination = Draw(random, isV6);
                Route? expected = host.Routes.Routes.Where(r => r.Prefix.SharesPrefix(destination, r.PrefixLength))
                    .OrderByDescending(r => r.PrefixLength).ThenBy(r => r.Metric).FirstOrDefault();
                host.Routes.TryLookup(destination, out Route? found);
                Assert.Equal((expected?.PrefixLength, expected?.Metric), (found?.PrefixLength, found?.Metric));
            }
        }
    }

    // N-IP4-11 (RFC 1122 §3.3.4): the source is the primary address of the subnet that leads there; a route or a socket can say otherwise.
    [Fact]
    public void Source_Unbound_IsThatOfTheWay()
    {
        Host host = new(new HostSettings());
        Interface eth = host.AddEthernet("eth1", RomeoMac);
        eth.AddAddress(Ip("10.0.0.2"), 24);
        eth.AddAddress(Ip("10.0.0.3"), 24, "eth1:0");
        eth.AddAddress(Ip("192.168.100.100"), 24, "eth1:1");
        eth.AddAddress(Ip("192.168.100.51"), 24, "eth1:2");
        Assert.Equal([false, true, false, true], eth.Addresses.Select(a => a.IsSecondary));
        host.Routes.Add(IpAddress.AnyV4, 0, Ip("192.168.100.1"), eth);
        host.Routes.Add(Ip("8.0.0.0"), 8, Ip("10.0.0.1"), eth, source: Ip("10.0.0.3"));
        Assert.Equal("10.0.0.2", Way(host, "10.0.0.9").Source);
        Assert.Equal("192.168.100.100", Way(host, "192.168.100.9").Source);
        Assert.Equal("192.168.100.100", Way(host, "1.1.1.1").Source);
        Assert.Equal("10.0.0.3", Way(host, "8.8.8.8").Source);

        // To ourselves: over lo; golden 10c-syn-blocked-one-host uses such aliases.
        Assert.Equal(("lo", "192.168.100.51", "192.168.100.100"), Way(host, "192.168.100.51"));
        Assert.Equal(("lo", "127.0.0.9", "127.0.0.1"), Way(host, "127.0.0.9"));

        Assert.True(eth.RemoveAddress(Ip("10.0.0.2")));
        Assert.Equal("10.0.0.3", Way(host, "10.0.0.9").Source);
        Assert.True(eth.RemoveAddress(Ip("10.0.0.3")));
        Assert.Equal("192.168.100.1", Way(host, "10.0.0.9").NextHop);
        Assert.False(eth.RemoveAddress(Ip("10.0.0.3")));
    }

    // N-IP4-11: groups and the limited broadcast go by the interface the socket is bound to, by its source address, or by the routes.
    [Theory]
    [InlineData("255.255.255.255", "> all 10.10.1.100 > 255.255.255.255 ttl 64")]
    [InlineData("10.10.1.255", "> all 10.10.1.100 > 10.10.1.255 ttl 64")]
    [InlineData("224.0.0.251", "> 01:00:5e:00:00:fb 10.10.1.100 > 224.0.0.251 ttl 1")]
    [InlineData("239.129.2.3", "> 01:00:5e:01:02:03 10.10.1.100 > 239.129.2.3 ttl 1")]
    public void Send_Group_NeedsNoNeighbor(string destination, string expected)
    {
        HostRig rig = HostRig.Romeo();
        Assert.Equal(SendResult.Sent, rig.SendUdp(Ip(destination)));
        rig.AssertTrace($"0.000 {expected} DF udp 5000 > 7 length 10");
    }

    [Fact]
    public void Send_GroupWithoutRoute_GoesByItsSource()
    {
        HostRig rig = new();
        Interface eth = rig.Host.AddEthernet("eth1", RomeoMac);
        eth.AddAddress(Romeo, 24);
        Assert.Equal(SendResult.NoRoute, rig.SendUdp(IpAddress.FromV4(uint.MaxValue)));
        Assert.Equal(SendResult.Sent, rig.SendUdp(IpAddress.FromV4(uint.MaxValue), source: Romeo));
        rig.AssertTrace("0.000 > all 10.10.1.100 > 255.255.255.255 ttl 64 DF udp 5000 > 7 length 10");
    }

    // As on Linux, what a host shouts it hears itself: to the broadcast address, and to groups it has joined.
    [Theory]
    [InlineData("10.10.1.255", false, 1)]
    [InlineData("239.1.1.1", false, 0)]
    [InlineData("239.1.1.1", true, 1)]
    public void Send_Group_ComesBackToTheSender(string destination, bool isJoined, int delivered)
    {
        HostRig rig = HostRig.Romeo();
        if (isJoined)
        {
            rig.Eth.JoinGroup(Ip(destination));
        }

        rig.SendUdp(Ip(destination));
        Assert.Equal((delivered, 1), (rig.Host.Counters.IpDelivered, rig.Sent.Count));
        rig.AssertNoLeak();
        if (isJoined)
        {
            Assert.True(rig.Eth.LeaveGroup(Ip(destination)));
            Assert.False(rig.Eth.LeaveGroup(Ip(destination)));
        }
    }

    // A remembered way is looked up again as soon as anything changes that it depends on.
    [Fact]
    public void RouteCache_WorldChanges_IsLookedUpAgain()
    {
        HostRig rig = HostRig.Romeo();
        Interface second = rig.Host.AddPointToPoint("tun0", 1400);
        second.AddAddress(Ip("10.99.0.1"), 32);
        RouteCache way = default;
        IpSendInfo info = new() { Source = Romeo, Destination = Juliet, Protocol = 99 };
        Send();
        Assert.Equal(("eth1", 1500), (way.Via!.Name, way.Mtu));
        rig.Host.Routes.Add(Ip("10.10.2.0"), 24, default, second);
        Send();
        Assert.Equal(("tun0", 1400), (way.Via!.Name, way.Mtu));
        second.Mtu = 1300;
        Send();
        Assert.Equal(1300, way.Mtu);
        second.IsUp = false;
        Send();
        Assert.Equal("eth1", way.Via!.Name);
        rig.Eth.AddAddress(Juliet, 32);
        Send();
        Assert.Equal("lo", way.Via!.Name);

        void Send() => rig.Host.Output.Send(rig.Now, rig.Host.Output.Begin(10), info, ref way);
    }

    [Fact]
    public void Interface_BadArguments_ThrowAtOnce()
    {
        HostRig rig = HostRig.Romeo();
        Assert.Throws<ArgumentException>(() => rig.Eth.AddAddress(Ip("224.0.0.1"), 24));
        Assert.Throws<ArgumentException>(() => rig.Eth.AddAddress(Ip("0.0.0.0"), 24));
        Assert.Throws<ArgumentException>(() => rig.Eth.AddAddress(Romeo, 24));
        Assert.ThrowsAny<ArgumentException>(() => rig.Eth.AddAddress(Other, 33));
        Assert.ThrowsAny<ArgumentException>(() => rig.Eth.Mtu = 67);
        Assert.Throws<ArgumentException>(() => rig.Eth.JoinGroup(Romeo));
        Assert.Throws<ArgumentException>(() => rig.Host.AddEthernet("eth1", OtherMac));
        Assert.Throws<ArgumentException>(() => rig.Host.AddEthernet("eth2", MacAddress.Broadcast));
        Assert.Throws<ArgumentException>(() => rig.Host.Routes.Add(Ip("fd00::"), 8, Router, rig.Eth));
        Assert.Throws<ArgumentException>(() => rig.Host.Routes.Add(Ip("10.0.0.0"), 8, Router, new Host(new HostSettings()).Loopback));
    }

    private static IpAddress Draw(Random random, bool isV6)
    {
        // Few different bits, so that prefixes nest.
        uint bits = (uint)random.Next(16) << 28 | (uint)random.Next(4) << 16 | (uint)random.Next(4);
        return isV6 ? IpAddress.FromV6((ulong)bits << 16, bits) : IpAddress.FromV4(bits);
    }
}

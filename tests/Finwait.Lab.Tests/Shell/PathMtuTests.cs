namespace Finwait.Lab.Tests;

/// <summary>What a router told of the path, as ip shows it. The witness was iproute2 6.1 on Linux 6.18: <c>cache expires 599sec mtu 1000</c> after a ping with DF.</summary>
public sealed class PathMtuTests
{
    private static readonly string[] s_learnt = ["router$ ip link set eth2 mtu 1000", "romeo$ ping -c 1 -M do -s 1400 10.10.2.100"];

    [Fact]
    public void RouteGet_AfterNeedToFrag_ShowsTheMtuAndHowLongItHolds()
    {
        var session = new LabSession();
        Assert.Equal(["10.10.2.100 via 10.10.1.1 dev eth1 src 10.10.1.100 uid 0 ", "    cache "], Lab.Printed(Lab.Play(session, "romeo$ ip route get 10.10.2.100"), "romeo"));
        Lab.Play(session, s_learnt);

        Assert.Equal(["10.10.2.100 via 10.10.1.1 dev eth1 src 10.10.1.100 uid 0 ", "    cache expires 599sec mtu 1000 "], Lab.Printed(Lab.Play(session, "romeo$ ip route get 10.10.2.100"), "romeo"));
        Assert.Equal(["10.10.2.100 via 10.10.1.1 dev eth1 src 10.10.1.100 uid 0 \\    cache expires 499sec mtu 1000 "], Lab.Printed(Lab.Play(session, "wait 100s", "romeo$ ip -o route get 10.10.2.100"), "romeo"));
        Assert.EndsWith("\"flags\":[],\"uid\":0,\"cache\":[],\"expires\":499,\"metrics\":[{\"mtu\":1000}]}]", Assert.Single(Lab.Printed(Lab.Play(session, "romeo$ ip -j route get 10.10.2.100"), "romeo")), StringComparison.Ordinal);
    }

    [Fact]
    public void RouteGet_WhenTheTimeIsOver_ShowsNoneAnyMore()
    {
        var session = new LabSession();
        Lab.Play(session, s_learnt);

        Assert.Equal("    cache ", Lab.Printed(Lab.Play(session, "wait 601s", "romeo$ ip route get 10.10.2.100"), "romeo")[1]);
    }
}

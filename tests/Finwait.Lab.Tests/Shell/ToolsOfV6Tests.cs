namespace Finwait.Lab.Tests;

/// <summary>What ping, ip and why say of IPv6. The lines of ping and ip are those of the real tools in namespaces with the same addresses.</summary>
public sealed class ToolsOfV6Tests
{
    private const string Network = """
        {
          "hosts": [
            { "name": "anna", "interfaces": { "eth0": { "addresses": "fd00:1::10/64", "mac": "02:00:00:00:02:20" } }, "gateway": "fd00:1::1" },
            { "name": "ben", "interfaces": { "eth0": "fd00:2::10/64" }, "gateway": "fd00:2::1" }
          ],
          "routers": [ { "name": "r1", "interfaces": { "a": "fd00:1::1/64", "b": { "addresses": "fd00:2::1/64", "mtu": 1300 } } } ],
          "links": [ { "between": ["anna", "r1:a"] }, { "between": ["r1:b", "ben"] } ]
        }
        """;

    private static LabSession Open()
    {
        LabSession? session = LabSession.FromTopology(Network, 1, out string error);
        Assert.Equal("", error);
        return session!;
    }

    [Theory]
    [InlineData("ip -6 route get fd00:2::10", "fd00:2::10 from :: via fd00:1::1 dev eth0 src fd00:1::10 metric 1024 pref medium")]
    [InlineData("ip route get fd00:2::10", "fd00:2::10 from :: via fd00:1::1 dev eth0 src fd00:1::10 metric 1024 pref medium")]
    [InlineData("ip -o -6 route get fd00:2::10", "fd00:2::10 from :: via fd00:1::1 dev eth0 src fd00:1::10 metric 1024 pref medium")]
    [InlineData("ip -6 -d route get fd00:2::10", "unicast fd00:2::10 from :: via fd00:1::1 dev eth0 table main proto boot scope global src fd00:1::10 metric 1024 pref medium")]
    [InlineData("ip -6 route get fd00:2::10 from fd00:1::10", "fd00:2::10 from fd00:1::10 via fd00:1::1 dev eth0 src fd00:1::10 metric 1024 pref medium")]
    [InlineData("ip -6 route get fd00:1::1", "fd00:1::1 from :: dev eth0 proto kernel src fd00:1::10 metric 256 pref medium")]
    [InlineData("ip -6 route get ::1", "local ::1 from :: dev lo table local proto kernel src ::1 metric 0 pref medium")]
    [InlineData("ip -6 route get fd00:1::10", "local fd00:1::10 from :: dev lo table local proto kernel src fd00:1::10 metric 0 pref medium")]
    [InlineData("ip -6 route get ff02::1", "multicast ff02::1 from :: dev eth0 table local proto kernel src fe80::ff:fe00:220 metric 256 pref medium")]
    [InlineData("ip -6 -j route get fd00:2::10", "[{\"dst\":\"fd00:2::10\",\"from\":\"::\",\"gateway\":\"fd00:1::1\",\"dev\":\"eth0\",\"prefsrc\":\"fd00:1::10\",\"metric\":1024,\"flags\":[],\"pref\":\"medium\"}]")]
    public void RouteGet_OfV6_HasTheShapeOfV6(string line, string expected) => Assert.Equal([expected], Lab.Printed(Lab.Play(Open(), "anna$ " + line), "anna"));

    // RFC 8201 §4 and §5.3: what a router told of the path is kept for ten minutes.
    [Fact]
    public void RouteGet_AfterPacketTooBig_ShowsTheMtuAndHowLongItHolds()
    {
        LabSession session = Open();
        Assert.Equal("From fd00:1::1 icmp_seq=1 Packet too big: mtu=1300", Lab.Printed(Lab.Play(session, "anna$ ping -c 1 -s 1400 -M do fd00:2::10"), "anna")[1]);
        Assert.Equal("ping: local error: message too long, mtu: 1300", Lab.Printed(Lab.Play(session, "anna$ ping -c 1 -s 1400 -M do fd00:2::10"), "anna")[1]);
        Assert.Equal(["fd00:2::10 from :: via fd00:1::1 dev eth0 src fd00:1::10 metric 1024 expires 599sec mtu 1300 pref medium"], Lab.Printed(Lab.Play(session, "anna$ ip -6 route get fd00:2::10"), "anna"));
        Assert.Equal(["unicast fd00:2::10 from :: via fd00:1::1 dev eth0 table main src fd00:1::10 metric 1024 expires 599sec mtu 1300 pref medium"], Lab.Printed(Lab.Play(session, "anna$ ip -6 -d route get fd00:2::10"), "anna"));
        Assert.EndsWith("\"metric\":1024,\"flags\":[],\"expires\":599,\"metrics\":[{\"mtu\":1300}],\"pref\":\"medium\"}]", Assert.Single(Lab.Printed(Lab.Play(session, "anna$ ip -6 -j route get fd00:2::10"), "anna")), StringComparison.Ordinal);
    }

    [Fact]
    public void Localhost_OfV6_IsItsLoopbackAddress()
    {
        LabSession session = Open();
        string[] six = Lab.Printed(Lab.Play(session, "anna$ ping -6 -c 1 localhost"), "anna");

        Assert.Equal("PING localhost(localhost (::1)) 56 data bytes", six[0]);
        Assert.StartsWith("64 bytes from localhost (::1): icmp_seq=1 ttl=64 time=", six[1], StringComparison.Ordinal);
        Assert.Equal("PING localhost (127.0.0.1) 56(84) bytes of data.", Lab.Printed(Lab.Play(session, "anna$ ping -c 1 localhost"), "anna")[0]);
    }

    // RFC 4443 §3.1 to §3.3: unreachable, too big and time exceeded of ICMPv6.
    [Theory]
    [InlineData("fd00:9::1", "r1 threw it away: no route to fd00:9::1 (RFC 4443 §3.1)", "r1 has no route to the destination and tells the sender: ICMPv6 unreachable len 112 (RFC 4443 §3.1, code 0)")]
    [InlineData("-t 1 ben", "r1 threw it away: its hop limit was over (RFC 8200 §3, RFC 4443 §3.3)", "its hop limit was over, and tells the sender: ICMP time exceeded len 112 (RFC 4443 §3.3)")]
    [InlineData("-s 1400 -M do ben", "1448 octets, and the next link takes 1300; no router cuts packets of IPv6 (RFC 8200 §4.5, RFC 4443 §3.2)", "no router cuts packets of IPv6 (RFC 8200 §4.5): ICMPv6 too big len 1240 (RFC 4443 §3.2)")]
    public void Why_OfAnErrorOfV6_NamesItsOwnRfc(string ping, string dropped, string told)
    {
        LabSession session = Open();
        Lab.Play(session, $"anna$ ping -c 1 {ping}");
        string all = string.Join('\n', Enumerable.Range(1, session.Teller.Count).SelectMany(number => session.Teller.Dropped(number).Concat(session.Teller.Chain(number))));

        Assert.Contains(dropped, all, StringComparison.Ordinal);
        Assert.Contains(told, all, StringComparison.Ordinal);
        Assert.DoesNotContain("RFC 1812", all, StringComparison.Ordinal);
        Assert.DoesNotContain("RFC 1191", all, StringComparison.Ordinal);
    }

    // traceroute 2.1.2 in namespaces with the same addresses printed these lines, times apart: 80 octets, 40 of them IPv6's header.
    [Theory]
    [InlineData("-6 -n -q 1 fd00:2::10", "traceroute to fd00:2::10 (fd00:2::10), 30 hops max, 80 byte packets", " 1  fd00:1::1  0.040 ms", " 2  fd00:2::10  0.080 ms")]
    [InlineData("-n -q 1 -I fd00:2::10", "traceroute to fd00:2::10 (fd00:2::10), 30 hops max, 80 byte packets", " 1  fd00:1::1  0.040 ms", " 2  fd00:2::10  0.080 ms")]
    [InlineData("-n -q 1 -T -p 80 fd00:2::10", "traceroute to fd00:2::10 (fd00:2::10), 30 hops max, 80 byte packets", " 1  fd00:1::1  0.040 ms", " 2  fd00:2::10  0.080 ms")]
    [InlineData("-6 -q 1 ben", "traceroute to ben (fd00:2::10), 30 hops max, 80 byte packets", " 1  fd00:1::1 (fd00:1::1)  0.040 ms", " 2  fd00:2::10 (fd00:2::10)  0.080 ms")]
    [InlineData("-n -q 1 fd00:9::1", "traceroute to fd00:9::1 (fd00:9::1), 30 hops max, 80 byte packets", " 1  fd00:1::1  0.040 ms !N")]
    [InlineData("-n -q 1 ::1", "traceroute to ::1 (::1), 30 hops max, 80 byte packets", " 1  ::1  0.000 ms")]
    public void Traceroute_OfV6_TellsTheHops(string arguments, params string[] expected) =>
        Assert.Equal(expected, Lab.Printed(Lab.Play(Open(), "anna$ ping -c 1 ben > /dev/null", $"anna$ traceroute {arguments}"), "anna"));
}

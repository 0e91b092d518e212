namespace Finwait.Lab.Tests;

/// <summary>Networks of a file that speak IPv6, alone or beside IPv4.</summary>
public sealed class TopologyV6Tests
{
    private const string Network = """
        {
          "hosts": [
            { "name": "anna", "interfaces": { "eth0": ["10.1.0.10/24", "fd00:1::10/64"] }, "gateway": ["10.1.0.1", "fd00:1::1"] },
            { "name": "ben", "interfaces": { "eth0": { "addresses": "fd00:2::20/64", "mac": "02:00:00:00:02:20" } }, "gateway": "fd00:2::1" }
          ],
          "routers": [
            { "name": "r1", "interfaces": { "lan": ["10.1.0.1/24", "fd00:1::1/64"], "wan": "fd00:9::1/64" }, "routes": { "fd00:2::/64": "fd00:9::2" } },
            { "name": "r2", "interfaces": { "lan": "fd00:2::1/64", "wan": { "addresses": "fd00:9::2/64", "mac": "02:00:00:00:09:02" } }, "routes": { "fd00:1::/64": "fd00:9::1" } }
          ],
          "links": [ { "between": ["anna", "r1:lan"] }, { "between": ["r1:wan", "r2:wan"] }, { "between": ["r2:lan", "ben"] } ]
        }
        """;

    private static readonly string[] s_connected = ["ben> import socket; l = socket.socket(socket.AF_INET6); l.bind(('::', 4000)); l.listen()", "anna> import socket; c = socket.socket(socket.AF_INET6)", "anna> c.connect(('fd00:2::20', 4000))"];

    private static LabSession Open(string json)
    {
        LabSession? session = LabSession.FromTopology(json, 1, out string error);
        Assert.Equal("", error);
        return session!;
    }

    [Theory]
    [InlineData("fd00:2::20")]
    [InlineData("ben")]
    public void Ping_OverTwoRouters_IsAnsweredWithTwoHopsLess(string to) =>
        Assert.Contains(Lab.Printed(Lab.Play(Open(Network), $"anna$ ping -c 1 {to}"), "anna"), line => line.StartsWith("64 bytes from ", StringComparison.Ordinal) && line.Contains("fd00:2::20", StringComparison.Ordinal) && line.Contains("icmp_seq=1 ttl=62", StringComparison.Ordinal));

    [Fact]
    public void Name_OfAMachineWithBoth_IsItsV4AddressUnlessV6IsAskedFor()
    {
        string transcript = Lab.Play(Open(Network), "r1$ ping -c 1 anna", "r1$ ping -6 -c 1 anna", "r1$ cat /etc/hosts");

        Assert.Contains("PING anna (10.1.0.10) 56(84) bytes of data.", transcript, StringComparison.Ordinal);
        Assert.Contains("fd00:1::10", transcript.Split("ping -6")[1].Split("cat /etc")[0], StringComparison.Ordinal);
        Assert.Contains("10.1.0.10\tanna", transcript, StringComparison.Ordinal);
        Assert.Contains("fd00:1::10\tanna", transcript, StringComparison.Ordinal);
    }

    // RFC 9293 over IPv6: the MSS is the MTU of 1500 without 40 octets of IPv6 and 20 of TCP (RFC 8200 §8.3).
    [Fact]
    public void PythonConnect_OverV6_IsSeenByTcpdump()
    {
        string transcript = Lab.Play(Open(Network), ["ben$ tcpdump -n -i eth0 tcp &", .. s_connected, "ben> s, a = l.accept(); print(a[0])", "anna> c.send(b'hello')", "ben> s.recv(10)", "ben$ ss -tan"]);
        string[] ben = Lab.Printed(transcript, "ben");

        Assert.Contains("fd00:1::10", ben);
        Assert.Contains("b'hello'", ben);
        Assert.Contains(ben, line => line.Contains("IP6 fd00:1::10.", StringComparison.Ordinal) && line.Contains(" > fd00:2::20.4000: Flags [S], seq ", StringComparison.Ordinal) && line.Contains("mss 1440", StringComparison.Ordinal));
        Assert.Contains(ben, line => line.StartsWith("ESTAB", StringComparison.Ordinal) && line.Contains("[fd00:2::20]:4000", StringComparison.Ordinal));
    }

    // RFC 4291 §2.5.6 and appendix A: fe80::/64 with the MAC address, ff:fe in its middle and the universal bit turned over.
    [Fact]
    public void Interface_OfAMachineWithV6_HasALinkLocalAddressOfItsMac() =>
        Assert.Contains(Lab.Printed(Lab.Play(Open(Network), "ben$ ip -6 addr"), "ben"), line => line.Contains("inet6 fe80::ff:fe00:220/64 scope link", StringComparison.Ordinal));

    [Fact]
    public void Gateway_OfTheLinkAlone_NamesItsInterface()
    {
        string json = Network.Replace("\"fd00:2::/64\": \"fd00:9::2\"", "\"fd00:2::/64\": \"fe80::ff:fe00:902%wan\"", StringComparison.Ordinal);

        Assert.Contains("1 packets transmitted, 1 received", Lab.Play(Open(json), "anna$ ping -c 1 ben"), StringComparison.Ordinal);
        Assert.Contains("fd00:2::/64 via fe80::ff:fe00:902 dev wan", Lab.Play(Open(json), "r1$ ip -6 route"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"fd00:2::20/64\"", "\"fd00:2::20/129\"", "line 4: hosts[1].interfaces.eth0.addresses: an address with its prefix, fd00:1::100/64, is wanted, not 'fd00:2::20/129'")]
    [InlineData("\"fd00:2::20/64\"", "\"ff02::1/64\"", "line 4: hosts[1].interfaces.eth0.addresses: ff02::1 can be no interface's address")]
    [InlineData("\"fd00:2::20/64\"", "[\"fd00:2::20/64\", \"fd00:2::20/64\"]", "line 4: hosts[1].interfaces.eth0.addresses[1]: eth0 has the address fd00:2::20 already")]
    [InlineData("\"mac\": \"02:00:00:00:02:20\"", "\"mtu\": 1279", "line 4: hosts[1].interfaces.eth0.mtu: IPv6 asks for an MTU of at least 1280 (RFC 8200 §5), and eth0 has the address fd00:2::20")]
    [InlineData("[\"10.1.0.1\", \"fd00:1::1\"]", "[\"10.1.0.1\", \"10.1.0.2\"]", "line 3: hosts[0].gateway[1]: a second default route of IPv4")]
    [InlineData("[\"10.1.0.1\", \"fd00:1::1\"]", "\"fd00:7::1\"", "line 3: hosts[0].gateway: fd00:7::1 is in no network that anna is connected to")]
    [InlineData("\"fd00:9::2\" }", "\"10.1.0.9\" }", "line 7: routers[0].routes.fd00:2::/64: '10.1.0.9' is no IPv6 address")]
    [InlineData("\"fd00:9::2\" }", "\"fe80::1\" }", "line 7: routers[0].routes.fd00:2::/64: fe80::1 can be on any link of r1: which one? fe80::1%lan")]
    [InlineData("\"fd00:9::2\" }", "\"fe80::1%dsl\" }", "line 7: routers[0].routes.fd00:2::/64: r1 has no interface 'dsl'")]
    [InlineData("\"fd00:2::/64\"", "\"fd00:2::/200\"", "line 7: routers[0].routes.fd00:2::/200: a destination with its prefix, fd00:2::/64, is wanted, not 'fd00:2::/200'")]
    [InlineData("\"10.1.0.10/24\"", "\"255.255.255.255/24\"", "line 3: hosts[0].interfaces.eth0[0]: 255.255.255.255 can be no interface's address")]
    public void Mistake_IsToldWithItsPlace(string right, string wrong, string told)
    {
        Assert.Null(LabSession.FromTopology(Network.Replace(right, wrong, StringComparison.Ordinal), 1, out string error));
        Assert.Equal(told, error);
    }

    // RFC 4861 §7.2: who asked for the link address, for which packet, and who answered.
    [Fact]
    public void Why_OfNeighbourDiscovery_GoesBackToThePacketThatWaited()
    {
        var session = Open(Network);
        Lab.Play(session, s_connected);
        string[] ladder = [.. Enumerable.Range(1, session.Teller.Count).Select(number => string.Join('\n', session.Teller.Chain(number)))];
        string own = Assert.Single(ladder, chain => chain.StartsWith("packet ", StringComparison.Ordinal) && chain.Contains("\n  anna has a packet whose next hop is fd00:1::1, and no link address for it: it asks those who may have it, and the packet waits (RFC 4861 §7.2.2)\n", StringComparison.Ordinal) && chain.Split('\n').Length == 3);
        string routers = ladder.First(chain => chain.Split('\n')[1].StartsWith("  r2 has a packet whose next hop is fd00:2::20, and no link address for it", StringComparison.Ordinal));
        string answer = ladder.First(chain => chain.Split('\n')[1] == "  ben answers: the address that was asked for, fd00:2::20, is its own (RFC 4861 §7.2.4)");

        Assert.Contains("\nbecause anna's Python ran c.connect(('fd00:2::20', 4000)) at ", own, StringComparison.Ordinal);
        Assert.Contains("\n  anna opens the connection: SYN with ISS ", routers, StringComparison.Ordinal);
        Assert.Contains("\n  r2 has a packet whose next hop is fd00:2::20", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void WhyDrop_InOutputOfIp6tables_NamesTheRule()
    {
        string[] answer = Lab.Printed(Lab.Play(Open(Network), ["anna$ ip6tables -A OUTPUT -p tcp --dport 4000 -j DROP", .. s_connected, "# asked", "why drop"]).Split("# asked")[1], "lab");

        Assert.Contains("  it never left anna: its own packet filter refused it, ip6tables -A OUTPUT -p tcp -m tcp --dport 4000 -j DROP", answer);
    }

    [Theory]
    [InlineData("ben$ ip6tables -A INPUT -p tcp -j DROP", "ben's packet filter threw it away: rule 1 of chain INPUT, ip6tables -A INPUT -p tcp -j DROP")]
    [InlineData("ben$ ip6tables -P INPUT DROP; ip6tables -A INPUT -p ipv6-icmp -j ACCEPT", "no rule of INPUT took it, and the policy is DROP (ip6tables -P INPUT DROP)")]
    public void WhyDrop_InInputOfIp6tables_NamesTheRule(string rule, string told) =>
        Assert.Contains(told, Lab.Play(Open(Network), [rule, .. s_connected, "why drop"]), StringComparison.Ordinal);

    // OpenBSD's netcat in a namespace of its own printed these rows, process numbers apart: a socket of [::] takes IPv4 too.
    [Theory]
    [InlineData("-6 -l 5000", "tcp", "*:5000", "*:*")]
    [InlineData("-6ul 5000", "udp", "*:5000", "*:*")]
    [InlineData("-l 5000", "tcp", "0.0.0.0:5000", "0.0.0.0:*")]
    [InlineData("-4 -l 5000", "tcp", "0.0.0.0:5000", "0.0.0.0:*")]
    [InlineData("-6 -l ::1 5000", "tcp", "[::1]:5000", "[::]:*")]
    [InlineData("-l ::1 5000", "tcp", "[::1]:5000", "[::]:*")]
    public void NcListen_OfAFamily_ListensOnItsAddress(string flags, string protocol, string local, string peer)
    {
        string row = Assert.Single(Lab.Printed(Lab.Play(Open(Network), $"anna$ nc {flags} &", "anna$ ss -tulnp"), "anna"), line => line.Contains("users:", StringComparison.Ordinal));
        string[] cells = row.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal((protocol, local, peer), (cells[0], cells[4], cells[5]));
    }

    [Fact]
    public void NcListen_OfV6_TakesBothFamilies()
    {
        string transcript = Lab.Play(Open(Network), "anna$ nc -6klv 5000 &", "r1$ nc -zv anna 5000", "r1$ nc -6 -zv anna 5000");

        Assert.Equal(["Connection to anna (10.1.0.10) 5000 port [tcp/*] succeeded!", "Connection to anna (fd00:1::10) 5000 port [tcp/*] succeeded!"], Lab.Printed(transcript, "r1"));
        Assert.Contains("Listening on :: 5000", transcript, StringComparison.Ordinal);
        Assert.Contains("Connection received on ::ffff:10.1.0.1 ", transcript, StringComparison.Ordinal);
        Assert.Contains("Connection received on fd00:1::1 ", transcript, StringComparison.Ordinal);
    }

    // RFC 4861 §7.2.2 and §3.1: solicitations and advertisements belong to one link and end at its machines, routers among them.
    [Fact]
    public void Solicitation_ThatARouterAnswers_EndsThere()
    {
        LabSession session = Open(Network);
        Lab.Play(session, "anna$ ping -c 1 ben");
        string[] told = [.. Enumerable.Range(1, session.Teller.Count).Select(number => string.Join('\n', session.Teller.Dropped(number))).Where(text => text.Contains(": ND ", StringComparison.Ordinal))];

        string[] expected = ["anna to r1", "r1 to anna", "r1 to r2", "r2 to r1", "r2 to ben", "ben to r2"];
        Assert.Equal(expected, told.Take(6).Select(text => text.Split(',')[1].Split(" at ")[0].Trim()));
        Assert.All(told, text => Assert.Contains("it was not dropped: it reached", text, StringComparison.Ordinal));
        Assert.DoesNotContain("under way", session.Pictures()[0].Text, StringComparison.Ordinal);
        Assert.DoesNotContain("under way at the end", session.Page(), StringComparison.Ordinal);
    }

    [Fact]
    public void Solicitation_ThatNobodyAnswers_WasTakenByNobody()
    {
        string transcript = Lab.Play(Open(Network), "anna$ ping -c 1 fd00:1::99", "wait 5s", "why drop 1", "why 1", "ladder");

        Assert.Contains("lab| packet 1, anna to r1 at 0.000000: ND solicitation len 32\nlab|   nobody on the link took it: it asks for an address whose end is that of ff02::1:ff00:99, and r1 has none such", transcript, StringComparison.Ordinal);
        Assert.Equal(3, transcript.Split('\n').Count(line => line.Contains("ND solicitation len 32 --X r1", StringComparison.Ordinal) || line.Contains("> r1", StringComparison.Ordinal)));
        Assert.DoesNotContain("under way", transcript, StringComparison.Ordinal);
        Assert.DoesNotContain("forwards nothing", transcript, StringComparison.Ordinal);
    }

    [Fact]
    public void Ladder_OfNeighbourDiscovery_DrawsEachAtItsOwnMachines()
    {
        string[] ladder = Lab.Printed(Lab.Play(Open(Network), "anna$ ping -c 1 ben", "ladder"), "lab");
        string Line(string label) => ladder.First(line => line.Contains(label, StringComparison.Ordinal)).Split('|')[1];

        string fromAnna = Line(" 1 ND solicitation"), toAnna = Line("r1: ND advertisement"), between = ladder.First(line => line.Contains("r1: ND solicitation", StringComparison.Ordinal)).Split('|')[1];
        string toBen = Line("r2: ND solicitation"), fromBen = ladder.First(line => line.Contains(" r2 <", StringComparison.Ordinal)).Split('|')[1];
        Assert.Matches("^-- 1 ND solicitation len 32 -*> r1 +$", fromAnna);
        Assert.Matches("^<-* 2 r1: ND advertisement len 32 +$", toAnna);
        Assert.Matches("^ +[0-9]+ r1: ND solicitation len 32 -*> r2 +$", between);
        Assert.Matches("^ +[0-9]+ r2: ND solicitation len 32 -*>$", toBen);
        Assert.Matches("^ +r2 <-* [0-9]+ ND advertisement len 32 --$", fromBen);
    }

    // A switch brings a solicitation to all: those whose address it is not for are no second receivers.
    [Fact]
    public void Solicitation_ThroughASwitch_HasOneReceiver()
    {
        const string Office = """
            {
              "hosts": [
                { "name": "anna", "interfaces": { "eth0": "fd00:1::10/64" } }, { "name": "carl", "interfaces": { "eth0": "fd00:1::30/64" } }, { "name": "ben", "interfaces": { "eth0": "fd00:1::20/64" } }
              ],
              "switches": ["s1"],
              "links": [ { "between": ["anna", "s1"] }, { "between": ["carl", "s1"] }, { "between": ["ben", "s1"] } ]
            }
            """;
        string transcript = Lab.Play(Open(Office), "anna$ ping -c 1 ben", "why drop 1", "why drop");

        Assert.Contains("lab| packet 1, anna to ben at ", transcript, StringComparison.Ordinal);
        Assert.Contains("it was not dropped: it reached ben", transcript, StringComparison.Ordinal);
        Assert.Contains("no packet was dropped", transcript, StringComparison.Ordinal);
    }
}

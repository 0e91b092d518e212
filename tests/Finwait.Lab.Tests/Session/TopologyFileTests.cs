namespace Finwait.Lab.Tests;

/// <summary>Networks that a user describes in a file.</summary>
public sealed class TopologyFileTests
{
    /// <summary>The lab's own network, written down.</summary>
    private const string Default = """
        {
          "hosts": [
            { "name": "romeo", "interfaces": { "eth1": { "addresses": ["10.10.1.100/24"], "mac": "02:00:00:00:01:64" } }, "gateway": "10.10.1.1" },
            { "name": "juliet", "interfaces": { "eth1": { "addresses": ["10.10.2.100/24"], "mac": "02:00:00:00:02:64" } }, "gateway": "10.10.2.1" }
          ],
          "routers": [
            { "name": "router", "interfaces": { "eth1": { "addresses": ["10.10.1.1/24"], "mac": "02:00:00:00:01:01" }, "eth2": { "addresses": ["10.10.2.1/24"], "mac": "02:00:00:00:02:01" } } }
          ],
          "links": [
            { "between": ["romeo", "router:eth1"] },
            { "between": ["router:eth2", "juliet"] }
          ]
        }
        """;

    private const string Office = """
        {
          // two rooms on one switch each, a slow line to a third machine
          "hosts": [
            { "name": "anna", "interfaces": { "eth0": "10.1.0.10/24" }, "gateway": "10.1.0.1", "personality": "macos" },
            { "name": "ben", "interfaces": { "eth0": "10.1.0.11/24" }, "gateway": "10.1.0.1" },
            { "name": "carl", "interfaces": { "eth0": ["10.2.0.10/24"] }, "gateway": "10.2.0.1", "sysctl": { "net.ipv4.tcp_sack": 0 } },
          ],
          "routers": [
            { "name": "r1", "interfaces": { "lan": "10.1.0.1/24", "wan": { "addresses": ["10.9.0.1/30"], "mtu": 1400 } }, "routes": { "10.2.0.0/24": "10.9.0.2" } },
            { "name": "r2", "interfaces": { "lan": "10.2.0.1/24", "wan": "10.9.0.2/30" }, "routes": { "10.1.0.0/24": "10.9.0.1" } }
          ],
          "switches": ["left", "right"],
          "links": [
            { "between": ["anna", "left"] }, { "between": ["ben", "right"] }, { "between": ["left", "right"] }, { "between": ["r1:lan", "right"] },
            { "between": ["r1:wan", "r2:wan"], "netem": "delay 30ms" },
            { "between": ["carl:eth0", "r2:lan"] }
          ]
        }
        """;

    [Fact]
    public void DefaultNetwork_WrittenDown_SendsTheSameOctets()
    {
        LabSession own = Open(Default), built = new();
        string[] lines = [.. LabScenarios.Read("05-server-closes-first")];

        Assert.Equal(Lab.Play(built, lines), Lab.Play(own, lines));
        Assert.Equal(built.Capture("romeo"), own.Capture("romeo"));
        Assert.Equal(built.Capture("juliet"), own.Capture("juliet"));
    }

    [Fact]
    public void Office_Opened_ConnectsAllOverSwitchesAndRouters()
    {
        LabSession session = Open(Office);
        string transcript = Lab.Play(session, "anna$ ping -c 1 ben", "ben$ ping -c 1 carl", "carl$ nc -kl 4000", "carl$ tcpdump -n -i eth0 tcp &", "anna$ nc -v carl 4000", "wait 1s", "r1$ ip route", "transitions");
        string[] anna = Lab.Printed(transcript, "anna"), ben = Lab.Printed(transcript, "ben"), carl = Lab.Printed(transcript, "carl");

        Assert.Contains(anna, line => line.StartsWith("64 bytes from ben (10.1.0.11): icmp_seq=1 ttl=64", StringComparison.Ordinal));
        Assert.Contains(ben, line => line.StartsWith("64 bytes from carl (10.2.0.10): icmp_seq=1 ttl=62", StringComparison.Ordinal));
        Assert.Contains(anna, line => line == "Connection to carl (10.2.0.10) 4000 port [tcp/*] succeeded!");
        Assert.Contains(carl, line => line.Contains("Flags [S], seq", StringComparison.Ordinal) && line.Contains("options [mss 1460,nop,wscale 6,nop,nop,TS val", StringComparison.Ordinal));
        Assert.Contains(carl, line => line.Contains("Flags [S.], seq", StringComparison.Ordinal) && !line.Contains("sackOK", StringComparison.Ordinal));
        Assert.Contains("10.2.0.0/24 via 10.9.0.2 dev wan ", Lab.Printed(transcript, "r1"));
        Assert.Equal(["anna", "ben", "carl"], session.HostNames);
    }

    [Fact]
    public void Transcript_OfAnOwnNetwork_PlayedAgainGivesItself()
    {
        string first = Lab.Play(Open(Office), "hosts", "anna$ nc -l 4000", "ben$ nc -v anna 4000", "ben< hello", "network own", "ben$ ip addr", "show");

        Assert.Equal(first, Lab.Play(Open(Office), first.TrimEnd('\n').Split('\n')));
    }

    [Fact]
    public void Impairment_OfALink_IsFelt()
    {
        string lossy = Default.Replace("""["router:eth2", "juliet"]""", """["router:eth2", "juliet"], "netem": "delay 250ms loss 100%" """, StringComparison.Ordinal);
        string slow = Default.Replace("""["router:eth2", "juliet"]""", """["router:eth2", "juliet"], "netem": "delay 250ms" """, StringComparison.Ordinal);

        Assert.Contains("1 packets transmitted, 0 received", Lab.Play(Open(lossy), "romeo$ ping -c 1 -W 2 juliet", "wait 3s"), StringComparison.Ordinal);
        Assert.Contains("time=1000 ms", Lab.Play(Open(slow), "romeo$ ping -c 1 juliet", "wait 3s"), StringComparison.Ordinal);   // ARP goes the way first
    }

    [Theory]
    [InlineData("", "line 1: the file is empty")]
    [InlineData("[]", "line 1: an object with hosts and links is wanted, not a list")]
    [InlineData("{ }", "line 1: hosts are missing: \"hosts\": [ { \"name\": \"romeo\", \"interfaces\": { \"eth1\": \"10.10.1.100/24\" } } ]")]
    [InlineData("{ \"hosts\": [] }", "line 1: hosts: at least one host is wanted")]
    [InlineData("{\n \"hots\": [] }", "line 2: hots: there is no such property here; did you mean hosts?")]
    [InlineData("{\n \"hosts\": [\n  { \"name\": \"a\",\n    \"interfaces\": { \"eth1\": \"10.10.1.300/24\" } } ] }", "line 4: hosts[0].interfaces.eth1: an address with its prefix, 10.10.1.100/24, is wanted, not '10.10.1.300/24'")]
    [InlineData("{ \"hosts\": [ { \"name\": \"a\" } ] }", "line 1: hosts[0]: interfaces are missing: \"interfaces\": { \"eth1\": \"10.10.1.100/24\" }")]
    [InlineData("{ \"hosts\": [ { \"name\": \"a b\", \"interfaces\": {} } ] }", "line 1: hosts[0].name: 'a b' is no name: letters, digits, - and _, the first a letter, at most 32")]
    [InlineData("{ \"hosts\": [ { \"name\": \"wait\", \"interfaces\": {} } ] }", "line 1: hosts[0].name: 'wait' is a word of the lab itself")]
    [InlineData("{ \"hosts\": [ { \"name\": \"a\", \"name\": \"b\" } ] }", "line 1: hosts[0].name: this property stands here twice")]
    [InlineData("{ \"hosts\": [ { \"name\": \"a\", \"interfaces\": {} },\n { \"name\": \"A\", \"interfaces\": {} } ] }", "line 2: hosts[1].name: the name 'A' is taken")]
    [InlineData("{ \"hosts\": [ { \"name\": \"a\",\n \"interfaces\": { \"e\": { \"mac\": \"ff:ff:ff:ff:ff:ff\" } } } ] }", "line 2: hosts[0].interfaces.e.mac: 'ff:ff:ff:ff:ff:ff' can be no interface's address: it is everybody's")]
    [InlineData("{ \"hosts\": [ { \"name\": \"a\", \"interfaces\": { \"e\": { \"mac\": \"01:00:5e:00:00:01\" } } } ] }", "line 1: hosts[0].interfaces.e.mac: '01:00:5e:00:00:01' can be no interface's address: it is a group's")]
    [InlineData("{ \"hosts\": [ { \"name\": \"a\", \"interfaces\": { \"e\": \"224.0.0.1/24\" } } ] }", "line 1: hosts[0].interfaces.e: 224.0.0.1 can be no interface's address")]
    [InlineData("{ \"hosts\": [ { \"name\": \"a\", \"interfaces\": {}, \"personality\": \"beos\" } ] }", "line 1: hosts[0].personality: there is no personality 'beos'; there are linux and macos")]
    [InlineData("{ \"hosts\": [ { \"name\": \"a\", \"interfaces\": {}, \"sysctl\": { \"net.ipv4.tcp_sak\": 1 } } ] }", "line 1: hosts[0].sysctl.net.ipv4.tcp_sak: there is no setting 'net.ipv4.tcp_sak'; did you mean net.ipv4.tcp_sack?")]
    [InlineData("{ \"hosts\": [ { \"name\": \"a\", \"interfaces\": {}, \"sysctl\": { \"net.ipv4.tcp_retries2\": -1 } } ] }", "line 1: hosts[0].sysctl.net.ipv4.tcp_retries2: '-1' is no value for net.ipv4.tcp_retries2")]
    [InlineData("{ \"hosts\": [ { \"name\": \"a\", \"interfaces\": { \"e\": { \"mtu\": 20 } } } ] }", "line 1: hosts[0].interfaces.e.mtu: an MTU is a whole number of octets, 68 to 65535")]
    [InlineData("{ \"hosts\": [ { \"name\": \"a\", \"interfaces\": { \"e\": \"10.0.0.1/24\" }, \"gateway\": \"10.0.1.1\" } ] }", "line 1: hosts[0].gateway: 10.0.1.1 is in no network that a is connected to")]
    [InlineData("{ \"hosts\": [ { \"name\": \"a\", \"interfaces\": { \"e\": \"10.0.0.1/24\" } } ],\n \"links\": [\n { \"between\": [\"a:e\", \"b\"] } ] }", "line 3: links[0].between[1]: there is no 'b'; there are a")]
    [InlineData("{ \"hosts\": [ { \"name\": \"a\", \"interfaces\": { \"e\": \"10.0.0.1/24\" } } ], \"switches\": [\"s\"],\n \"links\": [ { \"between\": [\"a\", \"s\"] }, { \"between\": [\"a\", \"s\"] } ] }", "line 2: links[1].between[0]: a:e has a link already")]
    [InlineData("{ \"hosts\": [ { \"name\": \"a\", \"interfaces\": { \"e\": [] } } ], \"switches\": [\"s\"], \"links\": [ { \"between\": [\"a\", \"s\"], \"netem\": \"loss 200%\" } ] }", "line 1: links[0].netem: ")]
    [InlineData("{ \"hosts\": [ { \"name\": \"a\", \"interfaces\": {} } ], \"switches\": [\"s\", \"t\"],\n \"links\": [ { \"between\": [\"s\", \"t\"] },\n { \"between\": [\"t\", \"s\"] } ] }", "line 3: links[1]: this link closes a loop of switches, in which frames would go round for ever")]
    [InlineData("{\n \"hosts\": [\n", "line 3: this is no JSON: ")]
    public void File_WithAMistake_IsRefusedWithLineAndProperty(string json, string expected)
    {
        Assert.Null(LabSession.FromTopology(json, 1, out string error));
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.True(expected.EndsWith(' ') || error == expected, error);
        Assert.DoesNotContain('\n', error);
    }

    [Fact]
    public void File_CutOrBroken_NeverThrows()
    {
        var random = new Random(5);
        for (int i = 0; i < 1500; i++)
        {
            char[] text = Office.ToCharArray();
            text[random.Next(text.Length)] = "{}[]\":,\\ 0x\ud800"[random.Next(12)];
            string broken = new string(text)[..random.Next(text.Length + 1)];
            LabSession? session = LabSession.FromTopology(broken, 1, out string error);
            Assert.True(session is not null == (error.Length == 0), broken);
            Assert.True(session is not null || error.StartsWith("line ", StringComparison.Ordinal), error);
        }
    }

    [Fact]
    public void Delay_WithoutALinkItIsAbout_SaysWhatDoesIt() =>
        Assert.Contains("anna$ tc qdisc add dev eth1 root netem delay 5ms", Lab.Play(Open(Office), "delay 5ms"), StringComparison.Ordinal);

    private static LabSession Open(string json)
    {
        LabSession? session = LabSession.FromTopology(json, 1, out string error);
        Assert.Equal("", error);
        return session!;
    }
}

using System.Collections.Frozen;

namespace Finwait.Inspect;

/// <summary>Words of the filter language, which therefore are no names unless a backslash stands in front.</summary>
internal static class FilterKeywords
{
    private static readonly FrozenDictionary<string, FilterProtocol> Protocols = new Dictionary<string, FilterProtocol>
    {
        ["ether"] = FilterProtocol.Link,
        ["link"] = FilterProtocol.Link,
        ["ppp"] = FilterProtocol.Link,
        ["slip"] = FilterProtocol.Link,
        ["fddi"] = FilterProtocol.Link,
        ["tr"] = FilterProtocol.Link,
        ["wlan"] = FilterProtocol.Link,
        ["ip"] = FilterProtocol.Ip,
        ["ip6"] = FilterProtocol.Ip6,
        ["arp"] = FilterProtocol.Arp,
        ["rarp"] = FilterProtocol.Rarp,
        ["tcp"] = FilterProtocol.Tcp,
        ["udp"] = FilterProtocol.Udp,
        ["sctp"] = FilterProtocol.Sctp,
        ["icmp"] = FilterProtocol.Icmp,
        ["icmp6"] = FilterProtocol.Icmp6,
        ["igmp"] = FilterProtocol.Igmp,
        ["igrp"] = FilterProtocol.Igrp,
        ["pim"] = FilterProtocol.Pim,
        ["vrrp"] = FilterProtocol.Vrrp,
        ["carp"] = FilterProtocol.Carp,
        ["ah"] = FilterProtocol.Ah,
        ["esp"] = FilterProtocol.Esp,
        ["decnet"] = FilterProtocol.Decnet,
        ["lat"] = FilterProtocol.Lat,
        ["sca"] = FilterProtocol.Sca,
        ["mopdl"] = FilterProtocol.MopDl,
        ["moprc"] = FilterProtocol.MopRc,
        ["stp"] = FilterProtocol.Stp,
    }.ToFrozenDictionary();

    private static readonly FrozenSet<string> Others = new[]
    {
        "dst", "src", "host", "net", "mask", "port", "portrange", "proto", "protochain", "gateway", "less", "greater", "byte", "broadcast", "multicast",
        "and", "or", "not", "len", "length", "inbound", "outbound", "vlan",
    }.ToFrozenSet();

    /// <summary>Words of the language that we do not take, and what they are about.</summary>
    private static readonly FrozenDictionary<string, string> Unsupported = new Dictionary<string, string>
    {
        ["mpls"] = "MPLS labels",
        ["pppoed"] = "PPPoE discovery",
        ["pppoes"] = "PPPoE sessions",
        ["geneve"] = "Geneve tunnels",
        ["aarp"] = "AppleTalk",
        ["atalk"] = "AppleTalk",
        ["iso"] = "OSI protocols",
        ["esis"] = "OSI protocols",
        ["es-is"] = "OSI protocols",
        ["isis"] = "OSI protocols",
        ["is-is"] = "OSI protocols",
        ["clnp"] = "OSI protocols",
        ["ipx"] = "IPX",
        ["netbeui"] = "NetBEUI",
        ["llc"] = "802.2 LLC",
        ["gateway"] = "gateways",
        ["byte"] = "'byte'",
        ["type"] = "802.11",
        ["subtype"] = "802.11",
        ["direction"] = "802.11",
        ["dir"] = "802.11",
        ["addr1"] = "802.11",
        ["addr2"] = "802.11",
        ["addr3"] = "802.11",
        ["addr4"] = "802.11",
        ["ra"] = "802.11",
        ["ta"] = "802.11",
        ["radio"] = "radio headers",
        ["on"] = "the logs of OpenBSD's packet filter",
        ["ifname"] = "the logs of OpenBSD's packet filter",
        ["rset"] = "the logs of OpenBSD's packet filter",
        ["ruleset"] = "the logs of OpenBSD's packet filter",
        ["rnr"] = "the logs of OpenBSD's packet filter",
        ["rulenum"] = "the logs of OpenBSD's packet filter",
        ["srnr"] = "the logs of OpenBSD's packet filter",
        ["subrulenum"] = "the logs of OpenBSD's packet filter",
        ["reason"] = "the logs of OpenBSD's packet filter",
        ["action"] = "the logs of OpenBSD's packet filter",
        ["lane"] = "ATM",
        ["metac"] = "ATM",
        ["bcc"] = "ATM",
        ["vpi"] = "ATM",
        ["vci"] = "ATM",
    }.ToFrozenDictionary();

    public static bool TryProtocol(string word, out FilterProtocol protocol) => Protocols.TryGetValue(word, out protocol);

    public static bool TryUnsupported(string word, out string? about) => Unsupported.TryGetValue(word, out about);

    public static bool IsKeyword(string word) => Protocols.ContainsKey(word) || Others.Contains(word) || Unsupported.ContainsKey(word) || FilterNames.TryConstant(word, out _);
}

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
        ["iso"] = FilterProtocol.Iso,
        ["esis"] = FilterProtocol.EsIs,
        ["es-is"] = FilterProtocol.EsIs,
        ["isis"] = FilterProtocol.IsIs,
        ["is-is"] = FilterProtocol.IsIs,
        ["clnp"] = FilterProtocol.Clnp,
        ["l1"] = FilterProtocol.L1,
        ["l2"] = FilterProtocol.L2,
        ["iih"] = FilterProtocol.Iih,
        ["lsp"] = FilterProtocol.Lsp,
        ["snp"] = FilterProtocol.Snp,
        ["csnp"] = FilterProtocol.Csnp,
        ["psnp"] = FilterProtocol.Psnp,
        ["ipx"] = FilterProtocol.Ipx,
        ["netbeui"] = FilterProtocol.NetBeui,
        ["atalk"] = FilterProtocol.Atalk,
        ["aarp"] = FilterProtocol.Aarp,
    }.ToFrozenDictionary();

    private static readonly FrozenSet<string> Others = new[]
    {
        "dst", "src", "host", "net", "mask", "port", "portrange", "proto", "protochain", "gateway", "less", "greater", "byte", "broadcast", "multicast",
        "and", "or", "not", "len", "length", "inbound", "outbound", "vlan", "mpls", "pppoed", "pppoes", "llc", "geneve", "radio", "ifindex",
    }.ToFrozenSet();

    public static bool TryProtocol(string word, out FilterProtocol protocol) => Protocols.TryGetValue(word, out protocol);

    public static bool IsKeyword(string word) => Protocols.ContainsKey(word) || Others.Contains(word) || FilterForeignWords.TryError(word, out _) || FilterNames.TryConstant(word, out _);
}

namespace Finwait.Inspect;

/// <summary>The protocol in front of an address, port or number.</summary>
internal enum FilterProtocol
{
    Default,
    Link,
    Ip,
    Ip6,
    Arp,
    Rarp,
    Tcp,
    Udp,
    Sctp,
    Icmp,
    Icmp6,
    Igmp,
    Igrp,
    Pim,
    Vrrp,
    Carp,
    Ah,
    Esp,
    Decnet,
    Lat,
    Sca,
    MopDl,
    MopRc,
    Stp,
    Iso,
    EsIs,
    IsIs,
    Clnp,

    /// <summary>IS-IS of level 1, of level 2, and its kinds of packets.</summary>
    L1,
    L2,
    Iih,
    Lsp,
    Snp,
    Csnp,
    Psnp,
    Ipx,
    NetBeui,
    Atalk,
    Aarp,
}

/// <summary>Which side an address or port must be on.</summary>
internal enum FilterDirection
{
    Either,
    Source,
    Destination,
    Both,
}

/// <summary>What an identifier is.</summary>
internal enum FilterSubject
{
    /// <summary>Nothing said: a host.</summary>
    Default,
    Host,
    Net,
    Port,
    PortRange,
    Protocol,
    ProtocolChain,

    /// <summary>No identifier may stand here.</summary>
    None,
}

/// <summary>What stands in front of an identifier; identifiers behind "and" and "or" may inherit it.</summary>
internal readonly record struct FilterQualifier(FilterProtocol Protocol, FilterDirection Direction, FilterSubject Subject)
{
    public static FilterQualifier Missing => new(FilterProtocol.Default, FilterDirection.Either, FilterSubject.None);
}

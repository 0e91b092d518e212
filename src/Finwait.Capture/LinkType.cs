namespace Finwait.Capture;

/// <summary>What the first octet of a captured packet belongs to: the LINKTYPE_ number of a capture file. Any other number can stand in a file too.</summary>
public enum LinkType
{
    /// <summary>BSD loopback: four octets of address family in the byte order of the machine that captured.</summary>
    Null = 0,

    /// <summary>Ethernet, without preamble and frame check sequence.</summary>
    Ethernet = 1,

    /// <summary>PPP, perhaps with HDLC-like framing (RFC 1662).</summary>
    Ppp = 9,

    /// <summary>An IPv4 or IPv6 packet; its version field tells.</summary>
    Raw = 101,

    /// <summary>OpenBSD loopback: four octets of address family in network byte order.</summary>
    Loop = 108,

    /// <summary>Linux "cooked" capture, version 1.</summary>
    LinuxSll = 113,

    /// <summary>An IPv4 packet.</summary>
    IPv4 = 228,

    /// <summary>An IPv6 packet.</summary>
    IPv6 = 229,

    /// <summary>Linux "cooked" capture, version 2.</summary>
    LinuxSll2 = 276,
}

/// <summary>Names and limits of link types.</summary>
public static class LinkTypes
{
    /// <summary>The largest snapshot length libpcap allows for most link types, octets.</summary>
    public const int MaximumSnapLength = 262144;

    /// <summary>The name as tcpdump writes it behind "link-type": <c>EN10MB (Ethernet)</c>, or the bare number of one we do not know.</summary>
    public static string Describe(LinkType linkType) => linkType switch
    {
        LinkType.Null => "NULL (BSD loopback)",
        LinkType.Ethernet => "EN10MB (Ethernet)",
        LinkType.Ppp => "PPP (PPP)",
        LinkType.Raw => "RAW (Raw IP)",
        LinkType.Loop => "LOOP (OpenBSD loopback)",
        LinkType.LinuxSll => "LINUX_SLL (Linux cooked v1)",
        LinkType.IPv4 => "IPV4 (Raw IPv4)",
        LinkType.IPv6 => "IPV6 (Raw IPv6)",
        LinkType.LinuxSll2 => "LINUX_SLL2 (Linux cooked v2)",
        _ => ((int)linkType).ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}

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
    public static string Describe(LinkType linkType) => LinkTypeNames.Find(linkType) ?? ((int)linkType).ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What a number in a file means: Linux's own number of raw IP (DLT_RAW, 12) stands in some files for 101, as libpcap reads it.</summary>
    internal static LinkType FromFile(uint number) => number == 12 ? LinkType.Raw : (LinkType)number;

    /// <summary>True for the numbers libpcap 1.10.3 takes; with any other it cannot compile a filter, not even the empty one.</summary>
    public static bool IsKnown(LinkType linkType) => (int)linkType is 0 or 1 or (>= 6 and <= 12) or 15 or 16 or 19 or 50 or 51 or (>= 99 and <= 289);

    /// <summary>True if libpcap has a link type of this name, such as <c>EN10MB</c>; capitals and small letters are the same.</summary>
    public static bool IsName(string name) => LinkTypeNames.IsName(name);

    /// <summary>The largest snapshot length and packet of a link type, octets: some kinds of bus carry larger packets than networks.</summary>
    internal static int LargestPacket(LinkType linkType) => (int)linkType switch
    {
        231 => 128 << 20,
        249 => 1 << 20,
        279 => 8 << 20,
        _ => MaximumSnapLength,
    };
}

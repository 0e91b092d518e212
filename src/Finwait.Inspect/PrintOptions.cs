using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>How the time of a packet is printed: tcpdump's <c>-t</c> to <c>-ttttt</c>.</summary>
public enum TimeFormat
{
    /// <summary>Hours, minutes, seconds of local time.</summary>
    TimeOfDay,

    /// <summary>No time (<c>-t</c>).</summary>
    None,

    /// <summary>Seconds since 1970-01-01 UTC (<c>-tt</c>).</summary>
    SinceEpoch,

    /// <summary>Since the packet printed before (<c>-ttt</c>).</summary>
    SincePrevious,

    /// <summary>Date and time of day, local (<c>-tttt</c>).</summary>
    DateAndTime,

    /// <summary>Since the first packet printed (<c>-ttttt</c>).</summary>
    SinceFirst,
}

/// <summary>Which octets follow a packet's line, and how.</summary>
public enum PacketDump
{
    /// <summary>None.</summary>
    None,

    /// <summary>Hex (<c>-x</c>).</summary>
    Hex,

    /// <summary>Hex and ASCII (<c>-X</c>).</summary>
    HexAndAscii,

    /// <summary>Text (<c>-A</c>).</summary>
    Ascii,
}

/// <summary>Whose text a packet's line is.</summary>
public enum PrintStyle
{
    /// <summary>tcpdump 4.99.</summary>
    Modern,

    /// <summary>tcpdump 3, as old books have it (<c>--style classic</c>); IPv6, fragments and what tcpdump 3 had no short text for are printed as in <see cref="Modern"/>.</summary>
    Classic,
}

/// <summary>A change of the local zone's offset from UTC.</summary>
/// <param name="Since">First second with the offset, since 1970-01-01 UTC; that of the first change counts for all times before too.</param>
/// <param name="OffsetSeconds">What is added to UTC.</param>
public readonly record struct ZoneChange(long Since, int OffsetSeconds);

/// <summary>What tcpdump's flags say about the text of a packet. The default is tcpdump without any flag.</summary>
public sealed record PrintOptions
{
    /// <summary>Numbers instead of names of hosts and ports (<c>-n</c>).</summary>
    public bool Numeric { get; init; }

    /// <summary>Absolute instead of relative TCP sequence numbers (<c>-S</c>).</summary>
    public bool AbsoluteSequenceNumbers { get; init; }

    /// <summary>How many <c>-v</c>: 0 to 3.</summary>
    public int Verbosity { get; init; }

    /// <summary>How many <c>-q</c>.</summary>
    public int Quietness { get; init; }

    /// <summary>The link-layer header too (<c>-e</c>).</summary>
    public bool LinkHeader { get; init; }

    /// <summary>Host names without their domain (<c>-N</c>).</summary>
    public bool ShortHostNames { get; init; }

    /// <summary>Checksums are not checked (<c>-K</c>).</summary>
    public bool SkipChecksums { get; init; }

    /// <summary>The number of the packet in front of its line (<c>-#</c>).</summary>
    public bool Numbered { get; init; }

    /// <summary>Nanoseconds instead of microseconds (<c>--nano</c>).</summary>
    public bool Nanoseconds { get; init; }

    /// <summary>Whose text. <see cref="PrintStyle.Classic"/> does not go with <see cref="LinkHeader"/>.</summary>
    public PrintStyle Style { get; init; }

    /// <summary>How the time is printed.</summary>
    public TimeFormat TimeFormat { get; init; }

    /// <summary>Which octets follow.</summary>
    public PacketDump Dump { get; init; }

    /// <summary>True if the dump begins at the link-layer header (<c>-xx</c>, <c>-XX</c>, <c>-AA</c>).</summary>
    public bool DumpLinkHeader { get; init; }

    /// <summary>When the local zone's offset from UTC changed, oldest first; empty (the default) for UTC, since nothing here knows the machine's zone.</summary>
    public IReadOnlyList<ZoneChange> Zone { get; init; } = [];

    /// <summary>Names of hosts, used unless <see cref="Numeric"/>. None by default: this room asks no name server.</summary>
    public IReadOnlyDictionary<IpAddress, string>? HostNames { get; init; }

    /// <summary>Names of the machine's interfaces by number, for captures of <c>-i any</c>.</summary>
    public IReadOnlyDictionary<int, string>? InterfaceNames { get; init; }
}

namespace Finwait.Capture;

/// <summary>One captured packet. The octets belong to the reader and are valid until its next call.</summary>
public readonly ref struct PacketRecord
{
    /// <summary>A packet captured at a time given as seconds and nanoseconds.</summary>
    /// <param name="seconds">Seconds since 1970-01-01 UTC.</param>
    /// <param name="nanoseconds">Nanoseconds within the second; a damaged file can hold more than 999,999,999.</param>
    /// <param name="linkType">What the first octet belongs to.</param>
    /// <param name="length">Octets on the wire.</param>
    /// <param name="data">The octets captured; usually <paramref name="length"/> of them, fewer if the snapshot length cut the packet.</param>
    /// <param name="interfaceIndex">Number of the interface within a pcapng section; 0 for pcap.</param>
    public PacketRecord(long seconds, long nanoseconds, LinkType linkType, uint length, ReadOnlySpan<byte> data, int interfaceIndex = 0)
    {
        Seconds = seconds;
        Nanoseconds = nanoseconds;
        LinkType = linkType;
        Length = length;
        Data = data;
        InterfaceIndex = interfaceIndex;
    }

    /// <summary>A whole packet captured at a time given in nanoseconds since 1970-01-01 UTC.</summary>
    public PacketRecord(long nanosecondsSinceEpoch, LinkType linkType, ReadOnlySpan<byte> data)
        : this(Math.DivRem(nanosecondsSinceEpoch, 1_000_000_000L, out long rest), rest, linkType, (uint)data.Length, data)
    {
    }

    /// <summary>Seconds since 1970-01-01 UTC.</summary>
    public long Seconds { get; }

    /// <summary>Nanoseconds within the second. Not checked: a damaged file can hold more than 999,999,999.</summary>
    public long Nanoseconds { get; }

    /// <summary>What the first octet of <see cref="Data"/> belongs to.</summary>
    public LinkType LinkType { get; }

    /// <summary>Octets the packet had on the wire, as the file says; not checked against <see cref="Data"/>.</summary>
    public uint Length { get; }

    /// <summary>Number of the interface within its pcapng section; 0 for pcap.</summary>
    public int InterfaceIndex { get; }

    /// <summary>The octets that were captured.</summary>
    public ReadOnlySpan<byte> Data { get; }
}

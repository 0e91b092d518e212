using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>Flags of a neighbor advertisement (RFC 4861 §4.4), at their places in the octet.</summary>
[Flags]
public enum NeighborFlags : byte
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>O: the advertisement may replace a cached link-layer address.</summary>
    Override = 0x20,

    /// <summary>S: the advertisement answers a solicitation.</summary>
    Solicited = 0x40,

    /// <summary>R: the sender is a router.</summary>
    Router = 0x80,
}

/// <summary>The fixed fields of a router advertisement (RFC 4861 §4.2). Zero means unspecified, except for the lifetime.</summary>
/// <param name="HopLimit">Hop limit for outgoing packets.</param>
/// <param name="IsManaged">M: addresses come from DHCPv6.</param>
/// <param name="HasOtherConfiguration">O: other configuration comes from DHCPv6.</param>
/// <param name="Preference">Default router preference, two bits: 0 medium, 1 high, 3 low (RFC 4191 §2.1).</param>
/// <param name="LifetimeSeconds">Seconds for which the sender is a default router; 0: it is none.</param>
/// <param name="ReachableMilliseconds">Milliseconds for which a neighbor counts as reachable after a confirmation.</param>
/// <param name="RetransMilliseconds">Milliseconds between neighbor solicitations.</param>
public readonly record struct RouterAdvertisement(
    byte HopLimit, bool IsManaged, bool HasOtherConfiguration, byte Preference, ushort LifetimeSeconds, uint ReachableMilliseconds, uint RetransMilliseconds);

/// <summary>Read-only view over a message of neighbor discovery, types 133–137 (RFC 4861 §4). Holds no copy.</summary>
public readonly ref struct NeighborDiscoveryView
{
    private readonly ReadOnlySpan<byte> _message;
    private readonly int _optionsAt;

    private NeighborDiscoveryView(ReadOnlySpan<byte> message, int optionsAt)
    {
        _message = message;
        _optionsAt = optionsAt;
    }

    /// <summary>Checks type, code, lengths and options once (RFC 4861 §6.1, §7.1, §8.1); after <see cref="WireError.None"/> no accessor throws.</summary>
    /// <remarks>What needs the packet is left to the caller: hop limit 255, checksum, and the rules about source and destination.</remarks>
    /// <returns>
    /// <see cref="WireError.BadField"/> for another type, a code that is not 0 or a multicast target; <see cref="WireError.Truncated"/> for a message below the
    /// type's length or an option beyond its end; <see cref="WireError.BadHeaderLength"/> for an option of length 0.
    /// </returns>
    public static WireError TryParse(ReadOnlySpan<byte> message, out NeighborDiscoveryView view)
    {
        view = default;
        if (message.Length < Icmpv6View.HeaderLength)
        {
            return WireError.Truncated;
        }

        int optionsAt = (Icmpv6Type)message[0] switch
        {
            Icmpv6Type.RouterSolicitation => 8,
            Icmpv6Type.RouterAdvertisement => 16,
            Icmpv6Type.NeighborSolicitation or Icmpv6Type.NeighborAdvertisement => 24,
            Icmpv6Type.Redirect => 40,
            _ => 0,
        };
        if (optionsAt == 0 || message[1] != 0)
        {
            return WireError.BadField;
        }

        if (message.Length < optionsAt)
        {
            return WireError.Truncated;
        }

        if (optionsAt >= 24 && message[8] == 0xFF)
        {
            return WireError.BadField;
        }

        foreach (NeighborOption option in new NeighborOptionReader(message[optionsAt..]))
        {
            if (option.Error != OptionError.None)
            {
                return option.Error == OptionError.BadLength ? WireError.BadHeaderLength : WireError.Truncated;
            }
        }

        view = new(message, optionsAt);
        return WireError.None;
    }

    /// <summary>One of the five types.</summary>
    public Icmpv6Type Type => (Icmpv6Type)_message[0];

    /// <summary>Neighbor messages: the address asked for or told about. Redirect: the better first hop. Else ::.</summary>
    public IpAddress Target => _optionsAt >= 24 ? IpAddress.Read(_message.Slice(8, 16)) : IpAddress.AnyV6;

    /// <summary>Redirect: the destination to be reached through <see cref="Target"/>. Else ::.</summary>
    public IpAddress RedirectedDestination => _optionsAt == 40 ? IpAddress.Read(_message.Slice(24, 16)) : IpAddress.AnyV6;

    /// <summary>Neighbor advertisement: its flags. Else none.</summary>
    public NeighborFlags Flags => Type == Icmpv6Type.NeighborAdvertisement ? (NeighborFlags)(_message[4] & 0xE0) : NeighborFlags.None;

    /// <summary>Router advertisement: its fixed fields. Else all zero.</summary>
    public RouterAdvertisement Router => _optionsAt != 16 ? default : new(
        _message[4],
        (_message[5] & 0x80) != 0,
        (_message[5] & 0x40) != 0,
        (byte)(_message[5] >> 3 & 3),
        BinaryPrimitives.ReadUInt16BigEndian(_message[6..]),
        BinaryPrimitives.ReadUInt32BigEndian(_message[8..]),
        BinaryPrimitives.ReadUInt32BigEndian(_message[12..]));

    /// <summary>The options, all whole.</summary>
    public NeighborOptionReader Options => new(_message[_optionsAt..]);

    /// <summary>The link-layer address option of the type named: false if there is none. Of several the first counts.</summary>
    public bool TryGetLinkLayerAddress(NeighborOptionType type, out MacAddress address)
    {
        foreach (NeighborOption option in Options)
        {
            if (option.Type == type && option.TryGetLinkLayerAddress(out address))
            {
                return true;
            }
        }

        address = default;
        return false;
    }
}

using Finwait.Capture;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>Where things lie in the packets of a link type. A <c>vlan</c> in the expression moves them for what stands behind it.</summary>
internal sealed class FilterLink
{
    private const int TagLength = 4;
    private const ushort LongestLength = 1500;

    private readonly LinkType _linkType;
    private int _typeOffset;

    public FilterLink(LinkType linkType)
    {
        _linkType = linkType;
        (_typeOffset, NetworkOffset) = linkType switch
        {
            LinkType.Ethernet => (12, 14),
            LinkType.Null or LinkType.Loop => (0, 4),
            LinkType.Ppp => (2, 4),
            LinkType.LinuxSll => (14, 16),
            LinkType.LinuxSll2 => (0, 20),
            _ => (0, 0),
        };
    }

    /// <summary>Octets in front of the network header.</summary>
    public int NetworkOffset { get; private set; }

    public bool IsEthernet => _linkType == LinkType.Ethernet;

    public bool IsCooked => _linkType is LinkType.LinuxSll or LinkType.LinuxSll2;

    /// <summary>True if the packets have a type field that tells the network protocol, or tell it by themselves.</summary>
    public bool IsKnown => _linkType is LinkType.Ethernet or LinkType.Null or LinkType.Loop or LinkType.Ppp or LinkType.Raw or LinkType.IPv4 or LinkType.IPv6 || IsCooked;

    /// <summary>The place of the direction, or -1.</summary>
    public int DirectionOffset => _linkType switch
    {
        LinkType.LinuxSll => 0,
        LinkType.LinuxSll2 => 10,
        _ => -1,
    };

    public int DirectionSize => _linkType == LinkType.LinuxSll ? 2 : 1;

    public bool CanHaveTags => IsEthernet || IsCooked;

    /// <summary>Packets of an Ethernet type.</summary>
    public FilterNode IsType(uint etherType)
    {
        switch (_linkType)
        {
            case LinkType.Ethernet when etherType <= LongestLength:
                // A length: the protocol is the service access point of 802.2.
                return FilterNode.And(
                    FilterNode.Not(FilterNode.Compare(FilterOp.Match, _typeOffset, 2, FilterComparison.Greater, LongestLength)),
                    FilterNode.Is(NetworkOffset, 1, (byte)etherType));
            case LinkType.Ethernet or LinkType.LinuxSll or LinkType.LinuxSll2:
                return FilterNode.Is(_typeOffset, 2, etherType);
            case LinkType.Raw or LinkType.IPv4 or LinkType.IPv6:
                return etherType switch
                {
                    EtherType.Ipv4 => _linkType == LinkType.IPv4 ? FilterNode.Always : _linkType == LinkType.IPv6 ? FilterNode.Never : FilterNode.Is(0, 1, 0x40, 0xF0),
                    EtherType.Ipv6 => _linkType == LinkType.IPv6 ? FilterNode.Always : _linkType == LinkType.IPv4 ? FilterNode.Never : FilterNode.Is(0, 1, 0x60, 0xF0),
                    _ => FilterNode.Never,
                };
            case LinkType.Null or LinkType.Loop:
                return etherType switch
                {
                    EtherType.Ipv4 => IsFamily(2),
                    EtherType.Ipv6 => FilterNode.Or(FilterNode.Or(IsFamily(24), IsFamily(28)), IsFamily(30)),
                    _ => FilterNode.Never,
                };
            case LinkType.Ppp:
                return etherType switch
                {
                    EtherType.Ipv4 => FilterNode.Is(_typeOffset, 2, 0x0021),
                    EtherType.Ipv6 => FilterNode.Is(_typeOffset, 2, 0x0057),
                    _ => FilterNode.Is(_typeOffset, 2, etherType),
                };
            default:
                return FilterNode.Never;
        }
    }

    /// <summary>Packets with a VLAN tag; what is parsed behind it looks behind the tag.</summary>
    public FilterNode EnterTag(uint? tag)
    {
        FilterNode node = FilterNode.Or(FilterNode.Or(IsType(EtherType.Vlan), IsType(EtherType.ServiceVlan)), IsType(0x9100));
        if (tag is { } wanted)
        {
            node = FilterNode.And(node, FilterNode.Is(NetworkOffset, 2, wanted, 0x0FFF));
        }

        NetworkOffset += TagLength;
        _typeOffset += TagLength;
        return node;
    }

    /// <summary>The family stands in the byte order of the capturing machine, or in network order.</summary>
    private FilterNode IsFamily(uint family)
    {
        FilterNode big = FilterNode.Is(0, 4, family);
        return _linkType == LinkType.Loop ? big : FilterNode.Or(big, FilterNode.Is(0, 4, System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(family)));
    }
}

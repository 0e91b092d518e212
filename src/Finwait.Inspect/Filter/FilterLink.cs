using System.Buffers.Binary;
using Finwait.Capture;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>
/// Where things lie in the packets of a link type. A <c>vlan</c>, <c>mpls</c> or <c>pppoes</c> in the expression moves them for
/// what stands behind it.
/// </summary>
internal sealed class FilterLink
{
    /// <summary>Service access points of 802.2 and, by libpcap's habit, the protocols themselves where an Ethernet type is expected.</summary>
    public const ushort IpSap = 0x06, SpanningTreeSap = 0x42, IpxSap = 0xE0, NetBeuiSap = 0xF0, OsiSap = 0xFE;

    public const ushort AppleTalkType = 0x809B, AppleTalkArpType = 0x80F3, MplsType = 0x8847, PppoeDiscoveryType = 0x8863, PppoeSessionType = 0x8864;

    private const int TagLength = 4;
    private const int LlcLength = 3;
    private const int LabelLength = 4;
    private const int PppoeHeaderLength = 6;
    private const int PppProtocolLength = 2;
    private const ushort LongestLength = 1500;
    private const ushort IpxType = 0x8137;
    private const ushort CookedIpx = 1;
    private const ushort CookedLlc = 4;

    private LinkType _linkType;
    private int _typeOffset;
    private int _labels;

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

    /// <summary>Octets in front of the link-layer header: more than none inside a PPPoE session.</summary>
    public int HeaderOffset { get; private set; }

    /// <summary>Octets in front of the network header.</summary>
    public int NetworkOffset { get; private set; }

    /// <summary>The same where an 802.2 header stands between, without SNAP.</summary>
    public int LlcPayloadOffset => NetworkOffset + (IsEthernet ? LlcLength : 0);

    public bool IsEthernet => _linkType == LinkType.Ethernet;

    public bool HasLabels => _labels > 0;

    public bool CanHaveLabels => HasLabels || _linkType is LinkType.Ethernet or LinkType.Ppp;

    /// <summary>True if the packets have a type field that tells the network protocol, or tell it by themselves.</summary>
    public bool IsKnown => _linkType is LinkType.Ethernet or LinkType.Null or LinkType.Loop or LinkType.Ppp or LinkType.Raw or LinkType.IPv4 or LinkType.IPv6
        or LinkType.LinuxSll or LinkType.LinuxSll2;

    /// <summary>What tcpdump calls the link type in errors: <c>Raw IP</c>.</summary>
    public string Description
    {
        get
        {
            string name = LinkTypes.Describe(_linkType);
            int bracket = name.IndexOf('(', StringComparison.Ordinal);
            return bracket < 0 ? name : name[(bracket + 1)..^1];
        }
    }

    /// <summary>The place of the direction, or -1.</summary>
    public int DirectionOffset => _linkType switch
    {
        LinkType.LinuxSll => 0,
        LinkType.LinuxSll2 => 10,
        _ => -1,
    };

    /// <summary>The place of the interface's number, or -1.</summary>
    public int InterfaceOffset => _linkType == LinkType.LinuxSll2 ? 4 : -1;

    /// <summary>What was asked that cannot be told of these packets; null for nothing.</summary>
    public string? Fault { get; private set; }

    public int DirectionSize => _linkType == LinkType.LinuxSll ? 2 : 1;

    /// <summary>Packets of an Ethernet type, or of the service access point of 802.2 that stands in its place.</summary>
    public FilterNode IsType(uint type)
    {
        if (HasLabels)
        {
            return IsBehindLabels(type);
        }

        return _linkType switch
        {
            LinkType.Ethernet => IsEthernetType(type),
            LinkType.LinuxSll => IsCookedType(type),
            LinkType.LinuxSll2 => FilterNode.Is(_typeOffset, 2, type),
            LinkType.Raw or LinkType.IPv4 or LinkType.IPv6 => IsRawType(type),
            LinkType.Null or LinkType.Loop => type switch
            {
                EtherType.Ipv4 => IsFamily(2),
                EtherType.Ipv6 => FilterNode.Or(FilterNode.Or(IsFamily(24), IsFamily(28)), IsFamily(30)),
                _ => FilterNode.Never,
            },
            LinkType.Ppp => FilterNode.Is(_typeOffset, 2, PppProtocol(type)),
            _ => FilterNode.Never,
        };
    }

    /// <summary>Frames whose type field is a length: those with an 802.2 header.</summary>
    public FilterNode IsLength() => FilterNode.Not(FilterNode.Compare(FilterOp.Match, _typeOffset, 2, FilterComparison.Greater, LongestLength));

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

    /// <summary>Packets with an MPLS label, or one more; what is parsed behind it looks behind the label.</summary>
    public FilterNode EnterLabel(uint? label)
    {
        const byte BottomOfStack = 1;
        FilterNode node = HasLabels
            ? FilterNode.Not(FilterNode.Compare(FilterOp.Match, NetworkOffset - 2, 1, FilterComparison.AnyBit, BottomOfStack))
            : IsType(_linkType == LinkType.Ppp ? 0x0281u : MplsType);
        if (label is { } wanted)
        {
            node = FilterNode.And(node, FilterNode.Is(NetworkOffset, 4, wanted << 12, 0xFFFF_F000));
        }

        NetworkOffset += LabelLength;
        _labels++;
        return node;
    }

    /// <summary>Packets of a PPPoE session; what is parsed behind it looks at the PPP frame inside.</summary>
    public FilterNode EnterPppoe(uint? session)
    {
        FilterNode node = IsType(PppoeSessionType);
        if (session is { } wanted)
        {
            node = FilterNode.And(node, FilterNode.Is(NetworkOffset, 4, wanted, 0xFFFF));
        }

        HeaderOffset = NetworkOffset + PppoeHeaderLength;
        _typeOffset = HeaderOffset;
        NetworkOffset = HeaderOffset + PppProtocolLength;
        _linkType = LinkType.Ppp;
        return node;
    }

    /// <summary>Only the version can tell what stands behind the last label.</summary>
    private FilterNode IsBehindLabels(uint type)
    {
        uint? version = type switch
        {
            EtherType.Ipv4 => 0x40,
            EtherType.Ipv6 => 0x60,
            _ => null,
        };
        if (version is null)
        {
            Fault = "unsupported protocol over mpls";
        }

        return version is { } wanted ? FilterNode.And(FilterNode.Is(NetworkOffset - 2, 1, 1, 1), FilterNode.Is(NetworkOffset, 1, wanted, 0xF0)) : FilterNode.Never;
    }

    private FilterNode IsEthernetType(uint type)
    {
        switch (type)
        {
            case OsiSap or IpSap or NetBeuiSap:
                return FilterNode.And(IsLength(), FilterNode.Is(NetworkOffset, 2, type << 8 | type));
            case IpxSap:
                // Four ways to carry IPX: an Ethernet type, SNAP, 802.2, and 802.3 alone.
                FilterNode bare = FilterNode.Or(FilterNode.Is(NetworkOffset, 1, IpxSap), FilterNode.Is(NetworkOffset, 2, 0xFFFF));
                return FilterNode.Or(FilterNode.Is(_typeOffset, 2, IpxType), FilterNode.And(IsLength(), FilterNode.Or(IsSnap(0x000000, IpxType), bare)));
            case AppleTalkType or AppleTalkArpType:
                return FilterNode.Or(FilterNode.Is(_typeOffset, 2, type), FilterNode.And(IsLength(), IsSnap(type == AppleTalkType ? 0x080007u : 0, type)));
            case <= LongestLength:
                return FilterNode.And(IsLength(), FilterNode.Is(NetworkOffset, 1, type));
            default:
                return FilterNode.Is(_typeOffset, 2, type);
        }
    }

    private FilterNode IsCookedType(uint type)
    {
        FilterNode isLlc = FilterNode.Is(_typeOffset, 2, CookedLlc);
        switch (type)
        {
            case OsiSap or IpSap or NetBeuiSap:
                return FilterNode.And(isLlc, FilterNode.Is(NetworkOffset, 2, type << 8 | type));
            case IpxSap:
                FilterNode headers = FilterNode.Or(FilterNode.Is(_typeOffset, 2, IpxType), FilterNode.Is(_typeOffset, 2, CookedIpx));
                return FilterNode.Or(headers, FilterNode.And(isLlc, FilterNode.Or(FilterNode.Is(NetworkOffset, 1, IpxSap), IsSnap(0x000000, IpxType))));
            case AppleTalkType or AppleTalkArpType:
                return FilterNode.Or(FilterNode.Is(_typeOffset, 2, type), FilterNode.And(isLlc, IsSnap(type == AppleTalkType ? 0x080007u : 0, type)));
            case <= LongestLength:
                return FilterNode.And(isLlc, FilterNode.Is(NetworkOffset, 1, type));
            default:
                return FilterNode.Is(_typeOffset, 2, type);
        }
    }

    /// <summary>A SNAP header: AA AA 03, the organization, the type.</summary>
    private FilterNode IsSnap(uint organization, uint type) => FilterNode.And(
        FilterNode.Is(NetworkOffset + 4, 4, organization << 16 | type),
        FilterNode.Is(NetworkOffset, 4, 0xAAAA_0300 | organization >> 16));

    private FilterNode IsRawType(uint type) => (type, _linkType) switch
    {
        (EtherType.Ipv4, LinkType.IPv4) or (EtherType.Ipv6, LinkType.IPv6) => FilterNode.Always,
        (EtherType.Ipv4, LinkType.Raw) => FilterNode.Is(0, 1, 0x40, 0xF0),
        (EtherType.Ipv6, LinkType.Raw) => FilterNode.Is(0, 1, 0x60, 0xF0),
        _ => FilterNode.Never,
    };

    /// <summary>PPP has numbers of its own for some protocols (RFC 1661).</summary>
    private static uint PppProtocol(uint type) => type switch
    {
        EtherType.Ipv4 => 0x0021,
        EtherType.Ipv6 => 0x0057,
        0x6003 => 0x0027,
        AppleTalkType => 0x0029,
        0x0600 => 0x0025,
        OsiSap => 0x0023,
        SpanningTreeSap => 0x0031,
        IpxSap => 0x002B,
        _ => type,
    };

    /// <summary>The family stands in the byte order of the capturing machine, or in network order.</summary>
    private FilterNode IsFamily(uint family)
    {
        FilterNode big = FilterNode.Is(0, 4, family);
        return _linkType == LinkType.Loop ? big : FilterNode.Or(big, FilterNode.Is(0, 4, BinaryPrimitives.ReverseEndianness(family)));
    }
}

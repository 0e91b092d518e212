using Finwait.Wire;

namespace Finwait.Inspect;

/// <content>Protocols that are named alone, and headers that are stepped into.</content>
internal sealed partial class FilterParser
{
    private const byte IntermediateSystem = 0x83;
    private const uint LargestLabel = 0xFFFFF;

    /// <summary>What <c>llc</c> may be followed by: the control octet under a mask, and the kind it must be.</summary>
    private static readonly Dictionary<string, (byte Mask, byte Value)> LlcTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["s"] = (0x03, 0x01),
        ["u"] = (0x03, 0x03),
        ["rr"] = (0x0F, 0x01),
        ["rnr"] = (0x0F, 0x05),
        ["rej"] = (0x0F, 0x09),
        ["ui"] = (0xEF, 0x03),
        ["ua"] = (0xEF, 0x63),
        ["disc"] = (0xEF, 0x43),
        ["dm"] = (0xEF, 0x0F),
        ["sabme"] = (0xEF, 0x6F),
        ["test"] = (0xEF, 0xE3),
        ["xid"] = (0xEF, 0xAF),
        ["frmr"] = (0xEF, 0x87),
    };

    /// <summary>Packets of a protocol that is named alone, such as <c>tcp</c>.</summary>
    private FilterNode MakeProtocol(FilterProtocol protocol)
    {
        switch (protocol)
        {
            case FilterProtocol.Tcp:
                return MakeTransport(IpProtocol.Tcp);
            case FilterProtocol.Udp:
                return MakeTransport(IpProtocol.Udp);
            case FilterProtocol.Sctp:
                return MakeTransport(IpProtocol.Sctp);
            case FilterProtocol.Pim:
                return MakeTransport(Pim);
            case FilterProtocol.Ah:
                return MakeTransport(IpProtocol.AuthenticationHeader);
            case FilterProtocol.Esp:
                return MakeTransport(IpProtocol.Esp);
            case FilterProtocol.Icmp:
                return MakeIpProtocol(IpProtocol.Icmp);
            case FilterProtocol.Igmp:
                return MakeIpProtocol(IpProtocol.Igmp);
            case FilterProtocol.Igrp:
                return MakeIpProtocol(Igrp);
            case FilterProtocol.Vrrp or FilterProtocol.Carp:
                return MakeIpProtocol(Vrrp);
            case FilterProtocol.Icmp6:
                return MakeIp6Protocol(IpProtocol.Icmpv6);
            case FilterProtocol.EsIs:
                return MakeOsi(0x82);
            case FilterProtocol.IsIs:
                return MakeOsi(IntermediateSystem);
            case FilterProtocol.Clnp:
                return MakeOsi(0x81);
            case FilterProtocol.L1 or FilterProtocol.L2 or FilterProtocol.Iih or FilterProtocol.Lsp or FilterProtocol.Snp or FilterProtocol.Csnp or FilterProtocol.Psnp:
                return MakeIsIs(protocol);
            default:
                return link.IsType(EtherTypeOf(protocol));
        }
    }

    private static uint EtherTypeOf(FilterProtocol protocol) => protocol switch
    {
        FilterProtocol.Ip => EtherType.Ipv4,
        FilterProtocol.Ip6 => EtherType.Ipv6,
        FilterProtocol.Arp => EtherType.Arp,
        FilterProtocol.Rarp => 0x8035,
        FilterProtocol.Decnet => 0x6003,
        FilterProtocol.Lat => 0x6004,
        FilterProtocol.Sca => 0x6007,
        FilterProtocol.MopDl => 0x6001,
        FilterProtocol.MopRc => 0x6002,
        FilterProtocol.Stp => FilterLink.SpanningTreeSap,
        FilterProtocol.Iso => FilterLink.OsiSap,
        FilterProtocol.Ipx => FilterLink.IpxSap,
        FilterProtocol.NetBeui => FilterLink.NetBeuiSap,
        FilterProtocol.Atalk => FilterLink.AppleTalkType,
        _ => FilterLink.AppleTalkArpType,
    };

    /// <summary>OSI packets tell their protocol by the first octet (ISO/IEC TR 9577).</summary>
    private FilterNode MakeOsi(uint protocol) => FilterNode.And(link.IsType(FilterLink.OsiSap), FilterNode.Is(link.LlcPayloadOffset, 1, protocol));

    private FilterNode MakeIsIsType(uint type) => FilterNode.And(MakeOsi(IntermediateSystem), FilterNode.Is(link.LlcPayloadOffset + 4, 1, type));

    private FilterNode MakeIsIs(FilterProtocol protocol)
    {
        uint[] types = protocol switch
        {
            FilterProtocol.L1 => [26, 24, 18, 15, 17],
            FilterProtocol.L2 => [27, 25, 20, 16, 17],
            FilterProtocol.Iih => [17, 15, 16],
            FilterProtocol.Lsp => [18, 20],
            FilterProtocol.Snp => [27, 26, 24, 25],
            FilterProtocol.Csnp => [24, 25],
            _ => [26, 27],
        };
        FilterNode node = MakeIsIsType(types[0]);
        foreach (uint type in types.AsSpan(1))
        {
            node = FilterNode.Or(node, MakeIsIsType(type));
        }

        return node;
    }

    private FilterNode? ParseLabel()
    {
        FilterToken word = Current;
        _at++;
        if (!link.CanHaveLabels)
        {
            return Fail($"no MPLS support for {link.Description}", word.Start, "");
        }

        return TryOptionalNumber("MPLS label", LargestLabel, out uint? label) ? link.EnterLabel(label) : null;
    }

    private FilterNode? ParseSession()
    {
        _at++;
        return TryOptionalNumber("PPPoE session number", ushort.MaxValue, out uint? session) ? link.EnterPppoe(session) : null;
    }

    /// <summary>A number that may stand behind a word; false if one stands there that is too large.</summary>
    private bool TryOptionalNumber(string what, uint largest, out uint? number)
    {
        number = null;
        if (Current.Kind != FilterTokenKind.Number)
        {
            return true;
        }

        number = Current.Number;
        if (number > largest)
        {
            Fail($"{what} {number} greater than maximum {largest}", Current.Start, "");
            return false;
        }

        _at++;
        return true;
    }

    private FilterNode? ParseLlc()
    {
        FilterToken word = Current;
        _at++;
        if (!link.IsEthernet)
        {
            return Fail($"'llc' not supported for {link.Description}", word.Start, "");
        }

        // Two octets of ones are not an 802.2 header: Novell put IPX straight behind the length.
        FilterNode isLlc = FilterNode.And(link.IsLength(), FilterNode.Not(FilterNode.Is(link.NetworkOffset, 2, 0xFFFF)));
        FilterToken type = Current;
        if (type.Kind is not (FilterTokenKind.Word or FilterTokenKind.Escaped) || type.Is("and") || type.Is("or"))
        {
            return isLlc;
        }

        _at++;
        int control = link.NetworkOffset + 2;
        if (string.Equals(type.Text, "i", StringComparison.OrdinalIgnoreCase))
        {
            return FilterNode.And(isLlc, FilterNode.Not(FilterNode.Compare(FilterOp.Match, control, 1, FilterComparison.AnyBit, 1)));
        }

        return LlcTypes.TryGetValue(type.Text, out (byte Mask, byte Value) kind)
            ? FilterNode.And(isLlc, FilterNode.Is(control, 1, kind.Value, kind.Mask))
            : Fail($"unknown LLC type name \"{type.Text}\"", type.Start, $"the names are i {string.Join(' ', LlcTypes.Keys)}");
    }

    /// <summary><c>byte 3 = 4</c>: an octet counted from the link-layer header on.</summary>
    private FilterNode? ParseByte()
    {
        _at++;
        if (Current.Kind != FilterTokenKind.Number)
        {
            return Expected("the place of an octet");
        }

        uint place = Math.Min(Current.Number, int.MaxValue / 2);
        _at++;
        FilterToken op = Current;
        if (op.Is("&") || op.Is("|"))
        {
            return Fail($"'byte' with '{op.Text}' is not supported", op.Start, $"libpcap does not look at the packet there; write 'ether[{place}] {op.Text} NUMBER != 0'");
        }

        if (!op.Is("=") && !op.Is("<") && !op.Is(">"))
        {
            return Expected("one of = < >");
        }

        _at++;
        if (Current.Kind != FilterTokenKind.Number)
        {
            return Expected("a number");
        }

        uint value = Current.Number;
        _at++;
        int at = link.HeaderOffset + (int)place;
        return op.Text switch
        {
            "=" => FilterNode.Is(at, 1, value),
            ">" => FilterNode.Compare(FilterOp.Match, at, 1, FilterComparison.Greater, value),
            _ => FilterNode.Not(FilterNode.Compare(FilterOp.Match, at, 1, FilterComparison.GreaterOrEqual, value)),
        };
    }

    private FilterNode? FailOfGateway()
    {
        FilterToken word = Current;
        _at++;
        return Current.Kind is FilterTokenKind.Word or FilterTokenKind.Escaped
            ? Fail("'gateway' not supported in this configuration", word.Start, "")
            : IsIdentifier(Current) ? Fail("'gateway' requires a name", word.Start, "") : Expected("the name of a gateway");
    }

    private FilterNode? FailOfWirelessAddress()
    {
        string word = Current.Text;
        if (!link.IsEthernet)
        {
            return Fail("ethernet addresses supported only on ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel", Current.Start, "");
        }

        string number = word[^1..];
        return word is "ra" or "ta"
            ? Fail($"'{word}' is only supported on 802.11 with 802.11 headers", Current.Start, "")
            : Fail($"'addr{number}' and 'address{number}' are only supported on 802.11 with 802.11 headers", Current.Start, "");
    }
}

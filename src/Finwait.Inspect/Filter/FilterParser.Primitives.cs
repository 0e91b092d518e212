using System.Globalization;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <content>Primitives: qualifiers with an identifier, and words that stand alone.</content>
internal sealed partial class FilterParser
{
    private const int Ipv6HeaderLength = 40;
    private const byte Igrp = 9;
    private const byte Pim = 103;
    private const byte Vrrp = 112;
    private const uint LargestTag = 4095;

    private FilterNode? ParsePrimitive(out FilterQualifier qualifier)
    {
        qualifier = FilterQualifier.Missing;
        FilterToken token = Current;
        if (token.Kind != FilterTokenKind.Word)
        {
            return Expected("a primitive such as 'host', 'port' or 'tcp'");
        }

        if (FilterForeignWords.TryError(token.Text, out string? foreign))
        {
            return Fail(foreign!, token.Start, "");
        }

        if (TryParseWord(token, out FilterNode? node))
        {
            return node;
        }

        bool hasProtocol = FilterKeywords.TryProtocol(token.Text, out FilterProtocol protocol);
        _at += hasProtocol ? 1 : 0;
        if (hasProtocol && Current.Is("gateway"))
        {
            return FailOfGateway();
        }

        if (protocol == FilterProtocol.Link && hasProtocol && FilterForeignWords.TryError(Current.Text, out _) && Current.Text[^1] is 'a' or '1' or '2' or '3' or '4')
        {
            return FailOfWirelessAddress();
        }

        if (hasProtocol && (Current.Is("broadcast") || Current.Is("multicast")))
        {
            return MakeGroup(protocol, Current);
        }

        return ParseQualified(hasProtocol, protocol, out qualifier);
    }

    /// <summary>A word that is a primitive by itself, perhaps with a number behind it; false if it is none.</summary>
    private bool TryParseWord(FilterToken token, out FilterNode? node)
    {
        node = null;
        switch (token.Text)
        {
            case "mpls":
                node = ParseLabel();
                break;
            case "pppoes":
                node = ParseSession();
                break;
            case "pppoed":
                _at++;
                node = link.IsType(FilterLink.PppoeDiscoveryType);
                break;
            case "llc":
                node = ParseLlc();
                break;
            case "byte":
                node = ParseByte();
                break;
            case "gateway":
                node = FailOfGateway();
                break;
            case "geneve":
                node = Fail("'geneve' is not supported", token.Start, "write 'udp port 6081' for the packets around the tunnel");
                break;
            case "radio":
                node = Fail(tokens[_at + 1].Is("[") ? "radio information not present in capture" : "'radio' is not a valid protocol type", token.Start, "");
                break;
            case "less" or "greater":
                node = ParseLength(token.Text == "less");
                break;
            case "vlan":
                node = ParseTag();
                break;
            case "ifindex":
                node = ParseInterface();
                break;
            case "inbound" or "outbound":
                _at++;
                node = MakeDirection(token);
                break;
            case "broadcast" or "multicast":
                node = MakeGroup(FilterProtocol.Default, token);
                break;
            default:
                return false;
        }

        return true;
    }

    private FilterNode? ParseQualified(bool hasProtocol, FilterProtocol protocol, out FilterQualifier qualifier)
    {
        qualifier = FilterQualifier.Missing;
        if (!TryDirection(out FilterDirection direction, out bool hasDirection))
        {
            return null;
        }

        FilterSubject subject = Current.Kind != FilterTokenKind.Word ? FilterSubject.None : Current.Text switch
        {
            "host" => FilterSubject.Host,
            "net" => FilterSubject.Net,
            "port" => FilterSubject.Port,
            "portrange" => FilterSubject.PortRange,
            "proto" when !hasDirection => FilterSubject.Protocol,
            "protochain" when !hasDirection => FilterSubject.ProtocolChain,
            _ => FilterSubject.None,
        };
        if (subject != FilterSubject.None)
        {
            _at++;
        }
        else if (hasDirection)
        {
            subject = FilterSubject.Default;
        }
        else if (hasProtocol)
        {
            return MakeProtocolAlone(protocol);
        }
        else
        {
            return Expected("a primitive such as 'host', 'port' or 'tcp'");
        }

        qualifier = new FilterQualifier(protocol, direction, subject);
        return ParseIdentifierOrGroup(qualifier);
    }

    private FilterNode? ParseIdentifierOrGroup(FilterQualifier qualifier)
    {
        bool negated = false;
        while (Current.Is("not") || Current.Is("!"))
        {
            negated = !negated;
            _at++;
        }

        FilterNode? node;
        if (Current.Is("("))
        {
            _at++;
            node = ParseIdentifierOrGroup(qualifier);
            while (node is not null && TryConnective(out bool isAnd))
            {
                FilterNode? right = ParseIdentifierOrGroup(qualifier);
                node = right is null ? null : Join(node, right, isAnd);
            }

            if (node is not null && !Current.Is(")"))
            {
                return Expected("')'");
            }

            _at++;
        }
        else
        {
            node = IsIdentifier(Current) ? ParseIdentifier(qualifier) : Expected("an address, a name or a number");
        }

        return node is not null && negated ? FilterNode.Not(node) : node;
    }

    /// <summary>"src", "dst", "src or dst", "src and dst", or nothing; false at a fault.</summary>
    private bool TryDirection(out FilterDirection direction, out bool found)
    {
        direction = FilterDirection.Either;
        found = Current.Is("src") || Current.Is("dst");
        if (!found)
        {
            return true;
        }

        bool isSource = Current.Is("src");
        direction = isSource ? FilterDirection.Source : FilterDirection.Destination;
        _at++;
        FilterToken connective = Current;
        if ((connective.Is("or") || connective.Is("||") || connective.Is("and") || connective.Is("&&")) && tokens[_at + 1].Is(isSource ? "dst" : "src"))
        {
            direction = connective.Is("or") || connective.Is("||") ? FilterDirection.Either : FilterDirection.Both;
            _at += 2;
        }

        return true;
    }

    private FilterNode? ParseLength(bool atMost)
    {
        _at++;
        if (Current.Kind != FilterTokenKind.Number)
        {
            return Expected("a number of octets");
        }

        uint length = Current.Number;
        _at++;
        FilterNode node = FilterNode.Compare(FilterOp.MatchLength, 0, 4, atMost ? FilterComparison.Greater : FilterComparison.GreaterOrEqual, length);
        return atMost ? FilterNode.Not(node) : node;
    }

    private FilterNode? ParseTag()
    {
        FilterToken word = Current;
        _at++;
        if (!link.IsEthernet || link.HasLabels)
        {
            return Fail(link.HasLabels ? "no VLAN match after MPLS" : $"no VLAN support for {link.Description}", word.Start, "");
        }

        uint? tag = null;
        if (Current.Kind == FilterTokenKind.Number)
        {
            tag = Current.Number;
            if (tag > LargestTag)
            {
                return Fail($"VLAN tag {tag} greater than maximum {LargestTag}", Current.Start, "");
            }

            _at++;
        }

        return link.EnterTag(tag);
    }

    private FilterNode? ParseInterface()
    {
        FilterToken word = Current;
        _at++;
        if (link.InterfaceOffset < 0)
        {
            return Fail($"ifindex not supported on {link.Description} when reading savefiles", word.Start, "");
        }

        if (Current.Kind != FilterTokenKind.Number)
        {
            return Expected("the number of an interface");
        }

        uint index = Current.Number;
        _at++;
        return FilterNode.Is(link.InterfaceOffset, 4, index);
    }

    private FilterNode? MakeDirection(FilterToken token)
    {
        const uint Outgoing = 4;
        if (link.DirectionOffset < 0)
        {
            return Fail($"inbound/outbound not supported on {link.Description} when reading savefiles", token.Start, "");
        }

        FilterNode isOut = FilterNode.Is(link.DirectionOffset, link.DirectionSize, Outgoing);
        return token.Text == "outbound" ? isOut : FilterNode.Not(isOut);
    }

    private FilterNode? MakeGroup(FilterProtocol protocol, FilterToken token)
    {
        bool broadcast = token.Text == "broadcast";
        _at++;
        switch (protocol)
        {
            case FilterProtocol.Default or FilterProtocol.Link:
                if (!link.IsEthernet)
                {
                    return Fail(broadcast ? "not a broadcast link" : "link-layer multicast filters supported only on ethernet/FDDI/token ring/ARCNET/802.11/ATM LANE/Fibre Channel", token.Start, "");
                }

                return broadcast
                    ? FilterNode.And(FilterNode.Is(2, 4, uint.MaxValue), FilterNode.Is(0, 2, ushort.MaxValue))
                    : FilterNode.Compare(FilterOp.Match, 0, 1, FilterComparison.AnyBit, 1);
            case FilterProtocol.Ip when broadcast:
                // Without a netmask, all ones and all zeros are the broadcast addresses we know of.
                return FilterNode.And(
                    link.IsType(EtherType.Ipv4),
                    FilterNode.Or(FilterNode.Is(link.NetworkOffset + 16, 4, 0), FilterNode.Is(link.NetworkOffset + 16, 4, uint.MaxValue)));
            case FilterProtocol.Ip:
                return FilterNode.And(link.IsType(EtherType.Ipv4), FilterNode.Compare(FilterOp.Match, link.NetworkOffset + 16, 1, FilterComparison.GreaterOrEqual, 224));
            case FilterProtocol.Ip6 when !broadcast:
                return FilterNode.And(link.IsType(EtherType.Ipv6), FilterNode.Is(link.NetworkOffset + 24, 1, 255));
            default:
                return Fail(
                    broadcast ? "only link-layer/IP broadcast filters supported" : "link-layer multicast filters supported only on ethernet/FDDI/token ring/ARCNET/802.11/ATM LANE/Fibre Channel",
                    token.Start,
                    "");
        }
    }

    private FilterNode? MakeProtocolAlone(FilterProtocol protocol)
    {
        if (protocol == FilterProtocol.Link)
        {
            return Fail("link layer applied in wrong context", Current.Start, "write 'ether host', 'ether proto', 'ether[...]'");
        }

        return MakeProtocol(protocol);
    }

    /// <summary>A protocol over either version of IP.</summary>
    private FilterNode MakeTransport(uint protocol) => FilterNode.Or(MakeIpProtocol(protocol), MakeIp6Protocol(protocol));

    private FilterNode MakeIpProtocol(uint protocol) => FilterNode.And(link.IsType(EtherType.Ipv4), FilterNode.Is(link.NetworkOffset + 9, 1, protocol));

    /// <summary>The next header, or the one behind a fragment header.</summary>
    private FilterNode MakeIp6Protocol(uint protocol) => FilterNode.And(
        link.IsType(EtherType.Ipv6),
        FilterNode.Or(
            FilterNode.Is(link.NetworkOffset + 6, 1, protocol),
            FilterNode.And(FilterNode.Is(link.NetworkOffset + 6, 1, IpProtocol.Fragment), FilterNode.Is(link.NetworkOffset + Ipv6HeaderLength, 1, protocol))));

    /// <summary>Only the first fragment has the transport header.</summary>
    private FilterNode NotLaterFragment() => FilterNode.Not(FilterNode.Compare(FilterOp.Match, link.NetworkOffset + 6, 2, FilterComparison.AnyBit, 0x1FFF));

    private FilterNode? ParseIdentifier(FilterQualifier qualifier)
    {
        FilterToken token = Current;
        _at++;
        switch (token.Kind)
        {
            case FilterTokenKind.Mac:
                return MakeMac(qualifier, token);
            case FilterTokenKind.Ipv6:
                return ParseIpv6(qualifier, token);
            case FilterTokenKind.Number or FilterTokenKind.Dotted:
                return ParseNumeric(qualifier, token);
            default:
                return MakeNamed(qualifier, token);
        }
    }

    private FilterNode? ParseNumeric(FilterQualifier qualifier, FilterToken token)
    {
        uint value = token.Number;
        int bits = 32;
        if (token.Kind == FilterTokenKind.Dotted && !TryDotted(token.Text, out value, out bits))
        {
            return Fail($"invalid IPv4 address '{token.Text}'", token.Start, "each group is a number from 0 to 255");
        }

        if (token.Kind == FilterTokenKind.Dotted && Current.Is("/"))
        {
            _at++;
            return ParsePrefix(qualifier, token, value, bits);
        }

        if (token.Kind == FilterTokenKind.Dotted && Current.Is("mask"))
        {
            _at++;
            return ParseMask(qualifier, token, value, bits);
        }

        switch (qualifier.Subject)
        {
            case FilterSubject.Port or FilterSubject.PortRange:
                return value > ushort.MaxValue
                    ? Fail($"illegal port number {value} > 65535", token.Start, "")
                    : MakePorts(qualifier, token, (ushort)value, (ushort)value, 0);
            case FilterSubject.Protocol:
                return MakeNumberedProtocol(qualifier, token, value);
            case FilterSubject.ProtocolChain:
                return MakeProtocolChain(qualifier, token, value);
            case FilterSubject.Net when token.Kind == FilterTokenKind.Number && qualifier.Protocol != FilterProtocol.Link:
                uint mask = uint.MaxValue;
                while (value != 0 && (value & 0xFF00_0000) == 0)
                {
                    value <<= 8;
                    mask <<= 8;
                }

                return MakeIpv4(qualifier, token, value, mask);
            default:
                return qualifier.Protocol == FilterProtocol.Link
                    ? Fail("illegal link layer address", token.Start, "a hardware address looks like 02:00:00:00:01:64")
                    : MakeIpv4(qualifier, token, Shift(value, 32 - bits), Shift(uint.MaxValue, 32 - bits));
        }
    }

    private static uint Shift(uint value, int bits) => bits > 31 ? 0 : value << bits;

    /// <summary>One to four groups; fewer than four are the first ones of a network.</summary>
    private static bool TryDotted(string text, out uint value, out int bits)
    {
        value = 0;
        bits = 0;
        foreach (string group in text.Split('.'))
        {
            if (!byte.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out byte octet))
            {
                return false;
            }

            value = value << 8 | octet;
            bits += 8;
        }

        return true;
    }

    private FilterNode? ParsePrefix(FilterQualifier qualifier, FilterToken token, uint value, int bits)
    {
        if (Current.Kind != FilterTokenKind.Number)
        {
            return Expected("a prefix length");
        }

        uint length = Current.Number;
        if (length > 32)
        {
            return Fail("mask length must be <= 32", Current.Start, "");
        }

        _at++;
        uint mask = Shift(uint.MaxValue, 32 - (int)length);
        value = Shift(value, 32 - bits);
        if ((value & ~mask) != 0)
        {
            return Fail($"non-network bits set in \"{token.Text}/{length}\"", token.Start, "");
        }

        return qualifier.Subject == FilterSubject.Net ? MakeIpv4(qualifier, token, value, mask) : Fail("Mask syntax for networks only", token.Start, "write 'net' in front of it");
    }

    private FilterNode? ParseMask(FilterQualifier qualifier, FilterToken token, uint value, int bits)
    {
        if (Current.Kind != FilterTokenKind.Dotted || !TryDotted(Current.Text, out uint mask, out int maskBits))
        {
            return Expected("a mask such as 255.255.255.0");
        }

        string maskText = Current.Text;
        _at++;
        mask = Shift(mask, 32 - maskBits);
        value = Shift(value, 32 - bits);
        if ((value & ~mask) != 0)
        {
            return Fail($"non-network bits set in \"{token.Text} mask {maskText}\"", token.Start, "");
        }

        return qualifier.Subject == FilterSubject.Net ? MakeIpv4(qualifier, token, value, mask) : Fail("Mask syntax for networks only", token.Start, "write 'net' in front of it");
    }

    private FilterNode? ParseIpv6(FilterQualifier qualifier, FilterToken token)
    {
        _ = IpAddress.TryParse(token.Text, out IpAddress address);
        uint length = 128;
        if (Current.Is("/"))
        {
            _at++;
            if (Current.Kind != FilterTokenKind.Number)
            {
                return Expected("a prefix length");
            }

            length = Current.Number;
            if (length > 128)
            {
                return Fail("mask length must be <= 128", Current.Start, "");
            }

            _at++;
            if (!IsNetwork(address, (int)length))
            {
                return Fail($"non-network bits set in \"{token.Text}/{length}\"", token.Start, "");
            }
        }

        switch (qualifier.Subject)
        {
            case FilterSubject.Default or FilterSubject.Host when length != 128:
                return Fail("Mask syntax for networks only", token.Start, "write 'net' in front of it");
            case FilterSubject.Default or FilterSubject.Host or FilterSubject.Net:
                return MakeIpv6(qualifier, token, address, (int)length);
            default:
                return Fail("invalid qualifier against IPv6 address", token.Start, "");
        }
    }

    private static bool IsNetwork(IpAddress address, int length)
    {
        ulong high = length >= 64 ? ulong.MaxValue : length == 0 ? 0 : ulong.MaxValue << (64 - length);
        ulong low = length >= 128 ? ulong.MaxValue : length <= 64 ? 0 : ulong.MaxValue << (128 - length);
        return (address.High & ~high) == 0 && (address.Low & ~low) == 0;
    }
}

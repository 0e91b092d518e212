using System.Globalization;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <content>What an identifier with its qualifiers means.</content>
internal sealed partial class FilterParser
{
    private FilterNode? MakeNamed(FilterQualifier qualifier, FilterToken token)
    {
        string name = token.Text;
        switch (qualifier.Subject)
        {
            case FilterSubject.Port:
                return FilterNames.TryPort(name, out ushort port, out byte portProtocol)
                    ? MakeNamedPort(qualifier, token, port, portProtocol)
                    : Fail($"unknown port '{name}'", token.Start, "");
            case FilterSubject.PortRange:
                return MakePortRange(qualifier, token);
            case FilterSubject.Protocol or FilterSubject.ProtocolChain:
                return MakeNamedProtocol(qualifier, token);
            case FilterSubject.Net:
                return Fail($"unknown network '{name}'", token.Start, "write its address, such as 10.10.1.0/24");
            default:
                return MakeNamedHost(qualifier, token);
        }
    }

    private FilterNode? MakeNamedHost(FilterQualifier qualifier, FilterToken token)
    {
        if (qualifier.Protocol == FilterProtocol.Link)
        {
            return Fail($"unknown ether host '{token.Text}'", token.Start, "a hardware address looks like 02:00:00:00:01:64");
        }

        FilterNode? node = null;
        foreach (IpAddress address in names.Host(token.Text))
        {
            if ((qualifier.Protocol == FilterProtocol.Ip6 && address.IsV4) || (qualifier.Protocol is FilterProtocol.Ip or FilterProtocol.Arp or FilterProtocol.Rarp && address.IsV6))
            {
                continue;
            }

            FilterNode? one = address.IsV4 ? MakeIpv4(qualifier, token, address.V4, uint.MaxValue) : MakeIpv6(qualifier, token, address, 128);
            if (one is null)
            {
                return null;
            }

            node = node is null ? one : FilterNode.Or(node, one);
        }

        return node ?? Fail($"unknown host '{token.Text}'", token.Start, "");
    }

    private FilterNode? MakeIpv4(FilterQualifier qualifier, FilterToken token, uint address, uint mask)
    {
        string kind = qualifier.Subject == FilterSubject.Net ? "net" : "host";
        switch (qualifier.Protocol)
        {
            case FilterProtocol.Default when link.HasLabels:
                return MakeIpv4Host(qualifier, address, mask);
            case FilterProtocol.Default:
                return FilterNode.Or(FilterNode.Or(MakeIpv4Host(qualifier, address, mask), MakeArpHost(EtherType.Arp, qualifier, address, mask)), MakeArpHost(0x8035, qualifier, address, mask));
            case FilterProtocol.Ip:
                return MakeIpv4Host(qualifier, address, mask);
            case FilterProtocol.Arp:
                return MakeArpHost(EtherType.Arp, qualifier, address, mask);
            case FilterProtocol.Rarp:
                return MakeArpHost(0x8035, qualifier, address, mask);
            case FilterProtocol.Link:
                return Fail($"link-layer modifier applied to {kind}", token.Start, "");
            case FilterProtocol.Ip6:
                return Fail("'ip6' modifier applied to ip host", token.Start, "");
            case FilterProtocol.Decnet:
                return Fail("'decnet' hosts are not supported", token.Start, "write 'decnet' alone");
            case FilterProtocol.Iso or FilterProtocol.Aarp or FilterProtocol.Atalk or FilterProtocol.Ipx:
                string name = qualifier.Protocol == FilterProtocol.Atalk ? "AppleTalk" : WordOf(qualifier.Protocol).ToUpperInvariant();
                return Fail($"{name} host filtering not implemented", token.Start, "");
            default:
                return Fail($"'{WordOf(qualifier.Protocol)}' modifier applied to {kind}", token.Start, $"write '{WordOf(qualifier.Protocol)} and {kind} {token.Text}'");
        }
    }

    private FilterNode MakeIpv4Host(FilterQualifier qualifier, uint address, uint mask) =>
        FilterNode.And(link.IsType(EtherType.Ipv4), MakeSides(qualifier, FilterNode.Is(link.NetworkOffset + 12, 4, address, mask), FilterNode.Is(link.NetworkOffset + 16, 4, address, mask)));

    private FilterNode MakeArpHost(ushort etherType, FilterQualifier qualifier, uint address, uint mask) =>
        FilterNode.And(link.IsType(etherType), MakeSides(qualifier, FilterNode.Is(link.NetworkOffset + 14, 4, address, mask), FilterNode.Is(link.NetworkOffset + 24, 4, address, mask)));

    private static FilterNode MakeSides(FilterQualifier qualifier, FilterNode source, FilterNode destination) => qualifier.Direction switch
    {
        FilterDirection.Source => source,
        FilterDirection.Destination => destination,
        FilterDirection.Both => FilterNode.And(source, destination),
        _ => FilterNode.Or(source, destination),
    };

    private FilterNode? MakeIpv6(FilterQualifier qualifier, FilterToken token, IpAddress address, int length)
    {
        if (qualifier.Protocol is not (FilterProtocol.Default or FilterProtocol.Ip6))
        {
            string word = qualifier.Protocol == FilterProtocol.Link ? "link-layer" : $"'{WordOf(qualifier.Protocol)}'";
            return Fail($"{word} modifier applied to ip6 {(qualifier.Subject == FilterSubject.Net ? "net" : "host")}", token.Start, "");
        }

        return FilterNode.And(
            link.IsType(EtherType.Ipv6),
            MakeSides(qualifier, MatchIpv6(link.NetworkOffset + 8, address, length), MatchIpv6(link.NetworkOffset + 24, address, length)));
    }

    private static FilterNode MatchIpv6(int offset, IpAddress address, int length)
    {
        FilterNode node = FilterNode.Always;
        for (int word = 0; word * 32 < length; word++)
        {
            ulong half = word < 2 ? address.High : address.Low;
            uint value = (uint)(half >> (word % 2 == 0 ? 32 : 0));
            uint mask = Shift(uint.MaxValue, Math.Max(32 - (length - (word * 32)), 0));
            node = Join(node, FilterNode.Is(offset + (word * 4), 4, value, mask), isAnd: true);
        }

        return node;
    }

    private FilterNode? MakeMac(FilterQualifier qualifier, FilterToken token)
    {
        if (qualifier.Protocol != FilterProtocol.Link || qualifier.Subject is not (FilterSubject.Default or FilterSubject.Host))
        {
            return Fail("ethernet address used in non-ether expression", token.Start, "write 'ether host' in front of it");
        }

        if (!link.IsEthernet)
        {
            return Fail("ethernet addresses supported only on ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel", token.Start, "");
        }

        _ = FilterLexer.TryMac(token.Text, out MacAddress address);
        return MakeSides(qualifier, MatchMac(6, address), MatchMac(0, address));
    }

    private static FilterNode MatchMac(int offset, MacAddress address) =>
        FilterNode.And(FilterNode.Is(offset + 2, 4, (uint)address.Value), FilterNode.Is(offset, 2, (uint)(address.Value >> 32)));

    private FilterNode? MakeNamedPort(FilterQualifier qualifier, FilterToken token, ushort port, byte portProtocol)
    {
        if ((qualifier.Protocol == FilterProtocol.Udp && portProtocol == IpProtocol.Tcp) || (qualifier.Protocol == FilterProtocol.Tcp && portProtocol == IpProtocol.Udp))
        {
            return Fail($"port '{token.Text}' is {(portProtocol == IpProtocol.Tcp ? "tcp" : "udp")}", token.Start, "");
        }

        return MakePorts(qualifier, token, port, port, portProtocol);
    }

    private FilterNode? MakePortRange(FilterQualifier qualifier, FilterToken token)
    {
        int hyphen = token.Text.IndexOf('-', StringComparison.Ordinal);
        string first = hyphen < 0 ? token.Text : token.Text[..hyphen];
        string last = hyphen < 0 ? token.Text : token.Text[(hyphen + 1)..];
        foreach (string end in new[] { first, last })
        {
            if (end.Length > 0 && end.All(char.IsAsciiDigit) && !ushort.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                return Fail($"illegal port number {end} > 65535", token.Start, "");
            }
        }

        if (!FilterNames.TryPortText(first, out ushort from, out byte protocol) || !FilterNames.TryPortText(last, out ushort to, out byte lastProtocol))
        {
            return Fail($"unknown port in range '{token.Text}'", token.Start, "a range looks like 1000-2000");
        }

        return MakePorts(qualifier, token, Math.Min(from, to), Math.Max(from, to), protocol == lastProtocol ? protocol : (byte)0);
    }

    private FilterNode? MakePorts(FilterQualifier qualifier, FilterToken token, ushort from, ushort to, byte portProtocol)
    {
        byte? protocol = qualifier.Protocol switch
        {
            FilterProtocol.Default => portProtocol,
            FilterProtocol.Tcp => IpProtocol.Tcp,
            FilterProtocol.Udp => IpProtocol.Udp,
            FilterProtocol.Sctp => IpProtocol.Sctp,
            _ => null,
        };
        if (protocol is not { } wanted)
        {
            return Fail($"illegal qualifier of '{(qualifier.Subject == FilterSubject.Port ? "port" : "portrange")}'", token.Start, "only tcp, udp and sctp have ports");
        }

        FilterNode ports4 = FilterNode.And(NotLaterFragment(), MakeSides(qualifier, MatchPort(behindIpHeader: true, 0, from, to), MatchPort(behindIpHeader: true, 2, from, to)));
        FilterNode ports6 = MakeSides(qualifier, MatchPort(behindIpHeader: false, 0, from, to), MatchPort(behindIpHeader: false, 2, from, to));
        return FilterNode.Or(
            FilterNode.And(FilterNode.And(link.IsType(EtherType.Ipv4), MatchProtocol(link.NetworkOffset + 9, wanted)), ports4),
            FilterNode.And(FilterNode.And(link.IsType(EtherType.Ipv6), MatchProtocol(link.NetworkOffset + 6, wanted)), ports6));
    }

    /// <summary>One protocol, or any that has ports.</summary>
    private static FilterNode MatchProtocol(int offset, byte protocol) => protocol != 0
        ? FilterNode.Is(offset, 1, protocol)
        : FilterNode.Or(FilterNode.Or(FilterNode.Is(offset, 1, IpProtocol.Tcp), FilterNode.Is(offset, 1, IpProtocol.Udp)), FilterNode.Is(offset, 1, IpProtocol.Sctp));

    private FilterNode MatchPort(bool behindIpHeader, int offset, ushort from, ushort to)
    {
        FilterOp op = behindIpHeader ? FilterOp.MatchTransport : FilterOp.Match;
        int place = link.NetworkOffset + offset + (behindIpHeader ? 0 : Ipv6HeaderLength);
        return from == to
            ? FilterNode.Compare(op, place, 2, FilterComparison.Equal, from, header: link.NetworkOffset)
            : FilterNode.And(
                FilterNode.Compare(op, place, 2, FilterComparison.GreaterOrEqual, from, header: link.NetworkOffset),
                FilterNode.Not(FilterNode.Compare(op, place, 2, FilterComparison.Greater, to, header: link.NetworkOffset)));
    }

    private FilterNode? MakeNamedProtocol(FilterQualifier qualifier, FilterToken token)
    {
        if (qualifier.Protocol == FilterProtocol.Link)
        {
            return FilterNames.TryEtherType(token.Text, out ushort etherType)
                ? MakeNumberedProtocol(qualifier, token, etherType)
                : Fail($"unknown ether proto '{token.Text}'", token.Start, "");
        }

        if (qualifier.Protocol == FilterProtocol.Iso)
        {
            return token.Text switch
            {
                "esis" => MakeOsi(0x82),
                "isis" => MakeOsi(IntermediateSystem),
                "clnp" => MakeOsi(0x81),
                _ => Fail($"unknown osi proto '{token.Text}'", token.Start, ""),
            };
        }

        if (qualifier.Protocol is not (FilterProtocol.Default or FilterProtocol.Ip or FilterProtocol.Ip6))
        {
            return Fail($"unknown protocol: {token.Text}", token.Start, "");
        }

        if (!FilterNames.TryProtocol(token.Text, out byte protocol))
        {
            return Fail($"unknown ip proto '{token.Text}'", token.Start, "");
        }

        return qualifier.Subject == FilterSubject.Protocol ? MakeNumberedProtocol(qualifier, token, protocol) : MakeProtocolChain(qualifier, token, protocol);
    }

    private FilterNode? MakeNumberedProtocol(FilterQualifier qualifier, FilterToken token, uint value)
    {
        switch (qualifier.Protocol)
        {
            case FilterProtocol.Default:
                return MakeTransport(value);
            case FilterProtocol.Ip:
                return MakeIpProtocol(value);
            case FilterProtocol.Ip6:
                return MakeIp6Protocol(value);
            case FilterProtocol.Link:
                return link.IsType(value);
            case FilterProtocol.Iso:
                return MakeOsi(value);
            case FilterProtocol.IsIs:
                return MakeIsIsType(value);
            case FilterProtocol.Clnp:
                return Fail("'clnp proto' is not supported", token.Start, "");
            case FilterProtocol.Atalk:
                return Fail("AppleTalk encapsulation is not specifiable", token.Start, "");
            case FilterProtocol.Arp or FilterProtocol.Rarp or FilterProtocol.Decnet or FilterProtocol.Lat or FilterProtocol.Sca or FilterProtocol.MopDl or FilterProtocol.MopRc:
                return Fail($"{WordOf(qualifier.Protocol)} does not encapsulate another protocol", token.Start, "");
            default:
                return Fail($"'{WordOf(qualifier.Protocol)} proto' is bogus", token.Start, "only ether, ip and ip6 have a protocol field");
        }
    }

    private FilterNode? MakeProtocolChain(FilterQualifier qualifier, FilterToken token, uint value)
    {
        FilterNode Chain(bool v6) => FilterNode.And(
            link.IsType(v6 ? EtherType.Ipv6 : EtherType.Ipv4),
            FilterNode.Compare(FilterOp.ProtocolChain, 0, v6 ? 6 : 4, FilterComparison.Equal, (byte)value, header: link.NetworkOffset));
        return qualifier.Protocol switch
        {
            FilterProtocol.Default => FilterNode.Or(Chain(v6: false), Chain(v6: true)),
            FilterProtocol.Ip => Chain(v6: false),
            FilterProtocol.Ip6 => Chain(v6: true),
            _ => Fail("bad protocol applied for 'protochain'", token.Start, "only ip and ip6 have a chain of headers"),
        };
    }

    private static string WordOf(FilterProtocol protocol) => protocol switch
    {
        FilterProtocol.Link => "ether",
        _ => protocol.ToString().ToLowerInvariant(),
    };
}

using Finwait.Wire;

namespace Finwait.Sim;

/// <summary>Which kind of packet a rule is about.</summary>
public enum FaultProtocol : byte
{
    /// <summary>Any frame.</summary>
    Any,

    /// <summary>ARP.</summary>
    Arp,

    /// <summary>IPv4, whatever it carries.</summary>
    Ipv4,

    /// <summary>IPv6, whatever it carries.</summary>
    Ipv6,

    /// <summary>TCP over either version.</summary>
    Tcp,

    /// <summary>UDP over either version.</summary>
    Udp,

    /// <summary>ICMP over IPv4.</summary>
    Icmpv4,

    /// <summary>ICMP over IPv6.</summary>
    Icmpv6,
}

/// <summary>A predicate over frames, as data: all that is given must hold.</summary>
/// <remarks>
/// As text: <c>arp|ip|ip6|tcp|udp|icmp|icmp6</c> · <c>from ADDRESS</c> · <c>to ADDRESS</c> · <c>sport PORT</c> · <c>dport PORT</c> ·
/// <c>flags MASK SET</c> (as in iptables: of the flags of the first list exactly those of the second are set) · <c>data</c> (some octets of TCP or
/// UDP payload) · <c>length A[:B]</c> (octets of that payload) · <c>size A[:B]</c> (octets of the frame).
/// Later fragments have no ports, flags or payload and match no such word.
/// </remarks>
public sealed record FaultMatch
{
    /// <summary>Matches every frame.</summary>
    public static FaultMatch All { get; } = new();

    /// <summary>Kind of packet. Default any.</summary>
    public FaultProtocol Protocol { get; init; }

    /// <summary>Source address; none matches all.</summary>
    public IpAddress Source { get; init; }

    /// <summary>Destination address; none matches all.</summary>
    public IpAddress Destination { get; init; }

    /// <summary>Source port of TCP or UDP; null matches all.</summary>
    public ushort? SourcePort { get; init; }

    /// <summary>Destination port of TCP or UDP; null matches all.</summary>
    public ushort? DestinationPort { get; init; }

    /// <summary>TCP flags looked at. Default none, which matches all.</summary>
    public TcpFlags FlagsMask { get; init; }

    /// <summary>Which of the flags looked at must be set; the others must not.</summary>
    public TcpFlags FlagsSet { get; init; }

    /// <summary>Least octets of TCP or UDP payload. Default 0.</summary>
    public int MinLength { get; init; }

    /// <summary>Most octets of TCP or UDP payload. Default: any number, also where there is no such payload.</summary>
    public int MaxLength { get; init; } = int.MaxValue;

    /// <summary>Least octets of the frame. Default 0.</summary>
    public int MinSize { get; init; }

    /// <summary>Most octets of the frame. Default: any number.</summary>
    public int MaxSize { get; init; } = int.MaxValue;

    private bool NeedsTransport => SourcePort is not null || DestinationPort is not null || FlagsMask != TcpFlags.None || MinLength != 0 || MaxLength != int.MaxValue;

    /// <summary>True if the frame is one of those meant; false for frames too broken to tell.</summary>
    /// <param name="frame">The whole frame.</param>
    /// <param name="isEthernet">True if it begins with an Ethernet header; false if with an IP header.</param>
    public bool IsMatch(ReadOnlySpan<byte> frame, bool isEthernet)
    {
        if (frame.Length < MinSize || frame.Length > MaxSize)
        {
            return false;
        }

        ReadOnlySpan<byte> packet = frame;
        if (isEthernet)
        {
            if (EthernetView.TryParse(frame, out EthernetView ethernet) != WireError.None)
            {
                return this == All;
            }

            packet = ethernet.Payload;
            if (ethernet.EtherType == EtherType.Arp)
            {
                return Protocol is FaultProtocol.Any or FaultProtocol.Arp && !NeedsTransport && MatchesArp(packet);
            }
        }

        if (Ipv4View.TryParseHeader(packet, out Ipv4View v4) == WireError.None)
        {
            return MatchesIp(false, v4.Protocol, v4.FragmentOffset != 0, v4.Source, v4.Destination, v4.Payload);
        }

        if (Ipv6View.TryParseHeader(packet, out Ipv6View v6) == WireError.None)
        {
            Ipv6HeaderChain chain = Ipv6HeaderChain.Walk(v6);
            bool isLaterFragment = chain.HasFragment && chain.Fragment.Offset != 0;
            return MatchesIp(true, chain.Protocol, isLaterFragment || chain.Error != Ipv6ChainError.None, v6.Source, v6.Destination, v6.Payload[chain.Offset..]);
        }

        return Protocol == FaultProtocol.Any && !NeedsTransport && Source.IsNone && Destination.IsNone;
    }

    private bool MatchesArp(ReadOnlySpan<byte> packet)
    {
        if (Source.IsNone && Destination.IsNone)
        {
            return true;
        }

        return ArpView.TryParse(packet, out ArpView arp) == WireError.None && (Source.IsNone || Source == arp.SenderIp) && (Destination.IsNone || Destination == arp.TargetIp);
    }

    private bool MatchesIp(bool isV6, byte protocol, bool hasNoTransport, IpAddress source, IpAddress destination, ReadOnlySpan<byte> payload)
    {
        bool isProtocol = Protocol switch
        {
            FaultProtocol.Any => true,
            FaultProtocol.Ipv4 => !isV6,
            FaultProtocol.Ipv6 => isV6,
            FaultProtocol.Tcp => protocol == IpProtocol.Tcp,
            FaultProtocol.Udp => protocol == IpProtocol.Udp,
            FaultProtocol.Icmpv4 => !isV6 && protocol == IpProtocol.Icmp,
            FaultProtocol.Icmpv6 => isV6 && protocol == IpProtocol.Icmpv6,
            _ => false,
        };
        if (!isProtocol || (!Source.IsNone && Source != source) || (!Destination.IsNone && Destination != destination))
        {
            return false;
        }

        if (!NeedsTransport)
        {
            return true;
        }

        if (hasNoTransport)
        {
            return false;
        }

        if (protocol == IpProtocol.Tcp && TcpView.TryParse(payload, out TcpView tcp) == WireError.None)
        {
            return (tcp.Flags & FlagsMask) == FlagsSet && MatchesPorts(tcp.SourcePort, tcp.DestinationPort, tcp.Payload.Length);
        }

        return protocol == IpProtocol.Udp && FlagsMask == TcpFlags.None && UdpView.TryParseHeader(payload, out UdpView udp) == WireError.None
            && MatchesPorts(udp.SourcePort, udp.DestinationPort, udp.Payload.Length);
    }

    private bool MatchesPorts(ushort sourcePort, ushort destinationPort, int length) =>
        (SourcePort is null || SourcePort == sourcePort) && (DestinationPort is null || DestinationPort == destinationPort) && length >= MinLength && length <= MaxLength;
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>ICMP for IPv4 (RFC 792, RFC 1122 §3.2.2): answers echo, hands errors to the transports, reports errors.</summary>
internal sealed class Icmpv4Protocol(Host host)
{
    /// <summary>Octets of the largest error packet, IP header included (RFC 1812 §4.3.2.3).</summary>
    public const int LargestError = 576;

    /// <summary>Precedence of errors (RFC 1812 §4.3.2.5), and the bits of the old TOS that are taken over from the packet.</summary>
    private const byte InternetworkControl = 0xC0, TosBits = 0x1C;

    /// <summary>Sizes that links had before routers told theirs (RFC 1191 §7.1).</summary>
    private static readonly int[] Plateaus = [65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68];

    private readonly HostCounters _counters = host.Counters;
    private readonly HostSettings _settings = host.Settings;
    private readonly IcmpRateLimiter _limiter = new(host.Settings, host.Settings.Seed ^ 0x4943_4D34);

    // The way of the last answer: pings and floods come from one host at a time.
    private RouteCache _way;

    public void Receive(Instant now, in IpPacketInfo info, ReadOnlySpan<byte> message)
    {
        _counters.IcmpReceived++;
        if (Icmpv4View.TryParse(message, out Icmpv4View icmp) != WireError.None)
        {
            _counters.Drop(DropReason.IcmpMalformed);
            return;
        }

        if (!icmp.HasValidChecksum())
        {
            _counters.Drop(DropReason.IcmpBadChecksum);
            return;
        }

        switch (icmp.Type)
        {
            case Icmpv4Type.EchoRequest:
                AnswerEcho(now, info, icmp);
                break;
            case Icmpv4Type.EchoReply:
                host.Ping.OnReply(now, info, icmp.Identifier, icmp.SequenceNumber, icmp.Body.Length);
                break;
            case Icmpv4Type.DestinationUnreachable or Icmpv4Type.TimeExceeded or Icmpv4Type.ParameterProblem:
                ReceiveError(now, info, icmp);
                break;
            case Icmpv4Type.SourceQuench or Icmpv4Type.Redirect:
                _counters.Drop(DropReason.IcmpIgnored); // RFC 6633 §3; redirects are off (N-IP4-10)
                break;
            default:
                _counters.Drop(DropReason.IcmpUnknownType);
                break;
        }
    }

    /// <summary>Reports an error about a packet to its source, if that is allowed (RFC 1122 §3.2.2) and not too often.</summary>
    /// <param name="now">The time.</param>
    /// <param name="type">An error type.</param>
    /// <param name="code">Its code.</param>
    /// <param name="rest">The four octets behind the checksum.</param>
    /// <param name="packet">The IPv4 packet, from its header on.</param>
    /// <param name="on">Where it came in; null if we made it.</param>
    /// <param name="isGroup">True if it was addressed to a group, by IP or by the link.</param>
    public void SendError(Instant now, Icmpv4Type type, byte code, uint rest, ReadOnlySpan<byte> packet, Interface? on, bool isGroup)
    {
        if (isGroup || Ipv4View.TryParseHeader(packet, out Ipv4View ip) != WireError.None || !MayReportAbout(ip))
        {
            _counters.Drop(DropReason.IcmpNotAllowed);
            return;
        }

        IpAddress target = ip.Source, destination = ip.Destination;
        IpAddress ours = host.Addresses.IsLocal(destination) ? destination : default;
        if (host.Output.Resolve(target, ours, null, ref _way) != SendResult.Sent)
        {
            _counters.Drop(DropReason.NoRoute);
            return;
        }

        bool isLimited = (_settings.IcmpRateMask >> (int)type & 1) != 0
            && !(type == Icmpv4Type.DestinationUnreachable && code == Icmpv4Code.FragmentationNeeded)
            && _way.Via!.Kind != InterfaceKind.Loopback;
        if (isLimited && !_limiter.Allow(now, target))
        {
            _counters.Drop(DropReason.IcmpRateLimited);
            return;
        }

        int room = Math.Min(LargestError, _way.Mtu) - Ipv4View.MinHeaderLength - Icmpv4View.HeaderLength;
        ReadOnlySpan<byte> quote = ip.Packet[..Math.Min(ip.Packet.Length, room)];
        PacketBuffer buffer = host.Output.Begin(Icmpv4View.HeaderLength + quote.Length);
        Icmpv4Writer.Write(buffer.Span, type, code, rest, quote);
        _counters.IcmpErrorsSent++;
        IpSendInfo info = new()
        {
            Source = ours.IsNone ? _way.Source : ours,
            Destination = target,
            Protocol = IpProtocol.Icmp,
            TrafficClass = (byte)((ip.TypeOfService & TosBits) | InternetworkControl),
        };
        SendFromUs(now, buffer, info);
    }

    private void SendFromUs(Instant now, PacketBuffer buffer, in IpSendInfo info)
    {
        if (info.Source.IsNone)
        {
            _counters.Drop(DropReason.NoRoute); // no address of ours to speak from
            buffer.Release();
            return;
        }

        host.Output.Send(now, buffer, info, ref _way);
    }

    private bool MayReportAbout(in Ipv4View ip)
    {
        IpAddress source = ip.Source, destination = ip.Destination;
        if (ip.FragmentOffset != 0 || source.V4 >> 24 == 0 || source.IsMulticast || source.IsLimitedBroadcast || host.Addresses.IsSubnetBroadcast(source)
            || destination.IsMulticast || destination.IsLimitedBroadcast || host.Addresses.IsSubnetBroadcast(destination))
        {
            return false;
        }

        if (ip.Protocol != IpProtocol.Icmp)
        {
            return true;
        }

        // About ICMP only if it is surely no error: a message too short to tell counts as one.
        return !ip.Payload.IsEmpty && (Icmpv4Type)ip.Payload[0] is Icmpv4Type.EchoReply or Icmpv4Type.EchoRequest or Icmpv4Type.TimestampRequest or Icmpv4Type.TimestampReply;
    }

    private void AnswerEcho(Instant now, in IpPacketInfo info, in Icmpv4View icmp)
    {
        _counters.EchoRequestsReceived++;
        if (_settings.IcmpEchoIgnoreAll || (info.IsBroadcastOrMulticast && _settings.IcmpEchoIgnoreBroadcasts) || info.Source.IsUnspecified)
        {
            _counters.Drop(DropReason.IcmpIgnored);
            return;
        }

        IpAddress ours = host.Addresses.IsLocal(info.Destination) ? info.Destination : default;
        if (ours.IsNone && host.Output.Resolve(info.Source, default, null, ref _way) == SendResult.Sent)
        {
            ours = _way.Source;
        }

        PacketBuffer buffer = host.Output.Begin(icmp.Message.Length);
        Icmpv4Writer.WriteEcho(buffer.Span, isReply: true, icmp.Identifier, icmp.SequenceNumber, icmp.Body);
        _counters.EchoRepliesSent++;
        IpSendInfo reply = new() { Source = ours, Destination = info.Source, Protocol = IpProtocol.Icmp, TrafficClass = info.TrafficClass };
        SendFromUs(now, buffer, reply);
    }

    private void ReceiveError(Instant now, in IpPacketInfo info, in Icmpv4View icmp)
    {
        _counters.IcmpErrorsReceived++;
        if (Ipv4View.TryParseHeader(icmp.QuotedPacket, out Ipv4View quoted) != WireError.None || quoted.Payload.Length < Icmpv4View.HeaderLength)
        {
            _counters.Drop(DropReason.IcmpMalformed);
            return;
        }

        // Only the first fragment tells the ports; and we can only have sent it from an address of ours.
        if (quoted.FragmentOffset != 0 || !host.Addresses.IsLocal(quoted.Source))
        {
            _counters.Drop(DropReason.IcmpNotAboutUs);
            return;
        }

        IcmpErrorKind? kind = KindOf(icmp.Type, icmp.Code);
        if (kind is null)
        {
            _counters.Drop(DropReason.IcmpUnknownType);
            return;
        }

        IcmpErrorInfo error = new()
        {
            Kind = kind.Value, Reporter = info.Source, Source = quoted.Source, Destination = quoted.Destination, Protocol = quoted.Protocol,
            Type = (byte)icmp.Type, Code = icmp.Code, PacketNumber = info.PacketNumber,
            Mtu = kind == IcmpErrorKind.PacketTooBig ? Math.Max(_settings.MinPathMtu, NextHopMtu(icmp.NextHopMtu, quoted.TotalLength)) : 0,
        };
        host.DeliverError(now, error, quoted.Payload);
    }

    private static int NextHopMtu(int told, int quotedLength)
    {
        if (told != 0)
        {
            return told;
        }

        foreach (int plateau in Plateaus)
        {
            if (plateau < quotedLength)
            {
                return plateau;
            }
        }

        return Plateaus[^1];
    }

    private static IcmpErrorKind? KindOf(Icmpv4Type type, byte code) => (type, code) switch
    {
        (Icmpv4Type.TimeExceeded, _) => IcmpErrorKind.TimeExceeded,
        (Icmpv4Type.ParameterProblem, _) => IcmpErrorKind.ParameterProblem,
        (_, Icmpv4Code.ProtocolUnreachable) => IcmpErrorKind.ProtocolUnreachable,
        (_, Icmpv4Code.PortUnreachable) => IcmpErrorKind.PortUnreachable,
        (_, Icmpv4Code.FragmentationNeeded) => IcmpErrorKind.PacketTooBig,
        (_, Icmpv4Code.SourceRouteFailed) => IcmpErrorKind.SourceRouteFailed,
        (_, Icmpv4Code.NetProhibited or Icmpv4Code.HostProhibited or Icmpv4Code.CommunicationProhibited) => IcmpErrorKind.Prohibited,
        (_, 0 or 6 or 11) => IcmpErrorKind.NetworkUnreachable, // 6 unknown network, 11 and 12 for the type of service (RFC 1122 §3.2.2.1)
        (_, 1 or 7 or 8 or 12 or 14 or 15) => IcmpErrorKind.HostUnreachable,
        _ => null,
    };
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>ICMPv6 (RFC 4443): answers echo, hands errors to the transports, reports errors, and passes neighbour discovery on.</summary>
internal sealed class Icmpv6Protocol(Host host)
{
    private readonly HostCounters _counters = host.Counters;
    private readonly HostSettings _settings = host.Settings;
    private readonly IcmpRateLimiter _limiter = new(host.Settings, host.Settings.Seed ^ 0x4943_4D36);

    // The way of the last answer: pings and floods come from one host at a time.
    private RouteCache _way;

    public void Receive(Instant now, in IpPacketInfo info, ReadOnlySpan<byte> message, bool wasFragment)
    {
        _counters.IcmpReceived++;
        if (Icmpv6View.TryParse(message, out Icmpv6View icmp) != WireError.None)
        {
            _counters.Drop(DropReason.IcmpMalformed);
            return;
        }

        if (!icmp.HasValidChecksum(info.Source, info.Destination))
        {
            _counters.Drop(DropReason.IcmpBadChecksum);
            return;
        }

        if (icmp.IsNeighborDiscovery)
        {
            // RFC 4861 §6.1, §7.1: from this link and nowhere else; RFC 6980: never in fragments.
            if (wasFragment || info.TimeToLive != NeighborDiscovery.HopLimit || info.On.Kind != InterfaceKind.Ethernet)
            {
                _counters.Drop(DropReason.NdMalformed);
                return;
            }

            host.NeighborDiscovery.Receive(now, info, message);
            return;
        }

        switch (icmp.Type)
        {
            case Icmpv6Type.EchoRequest:
                AnswerEcho(now, info, icmp);
                break;
            case Icmpv6Type.EchoReply:
                host.Ping.OnReply(now, info, icmp.Identifier, icmp.SequenceNumber, icmp.Body.Length);
                break;
            case Icmpv6Type.ListenerQuery or Icmpv6Type.ListenerReport or Icmpv6Type.ListenerDone or Icmpv6Type.ListenerReportV2:
                _counters.Drop(DropReason.IcmpIgnored);
                break;
            default:
                if (icmp.IsError)
                {
                    ReceiveError(now, info, icmp);
                }
                else
                {
                    _counters.Drop(DropReason.IcmpUnknownType);
                }

                break;
        }
    }

    /// <summary>Reports an error about a packet to its source, if that is allowed (RFC 4443 §2.4(e)) and not too often.</summary>
    /// <param name="now">The time.</param>
    /// <param name="type">An error type.</param>
    /// <param name="code">Its code.</param>
    /// <param name="rest">The four octets behind the checksum.</param>
    /// <param name="packet">The IPv6 packet, from its header on.</param>
    /// <param name="on">Where it came in; null if we made it.</param>
    /// <param name="isGroup">True if it was addressed to a group and the error is not one of those allowed then.</param>
    public void SendError(Instant now, Icmpv6Type type, byte code, uint rest, ReadOnlySpan<byte> packet, Interface? on, bool isGroup)
    {
        if (isGroup || Ipv6View.TryParseHeader(packet, out Ipv6View ip) != WireError.None || !MayReportAbout(ip))
        {
            _counters.Drop(DropReason.IcmpNotAllowed);
            return;
        }

        IpAddress target = ip.Source, destination = ip.Destination;
        IpAddress ours = !destination.IsMulticast && host.Addresses.IsLocal(destination) ? destination : default;
        Interface? boundTo = SourceSelection.Scope(target) < GlobalScope ? on : null;
        if (host.Output.Resolve(target, ours, boundTo, ref _way) != SendResult.Sent)
        {
            _counters.Drop(DropReason.NoRoute);
            return;
        }

        if (type != Icmpv6Type.PacketTooBig && _way.Via!.Kind != InterfaceKind.Loopback && !_limiter.Allow(now, target))
        {
            _counters.Drop(DropReason.IcmpRateLimited);
            return;
        }

        IpAddress source = ours.IsNone ? _way.Source : ours;
        if (source.IsNone)
        {
            _counters.Drop(DropReason.NoRoute);
            return;
        }

        const int Room = IpOutput.MinIpv6Mtu - Ipv6View.HeaderLength - Icmpv6View.HeaderLength; // RFC 4443 §2.4(c)
        ReadOnlySpan<byte> quote = ip.Packet[..Math.Min(ip.Packet.Length, Room)];
        PacketBuffer buffer = host.Output.Begin(Icmpv6View.HeaderLength + quote.Length);
        Icmpv6Writer.Write(buffer.Span, type, code, rest, quote, source, target);
        _counters.IcmpErrorsSent++;
        IpSendInfo info = new() { Source = source, Destination = target, Protocol = IpProtocol.Icmpv6, BoundTo = boundTo };
        host.Output.Send(now, buffer, info, ref _way);
    }

    private const int GlobalScope = 14;

    private static bool MayReportAbout(in Ipv6View ip)
    {
        if (ip.Source.IsUnspecified || ip.Source.IsMulticast)
        {
            return false;
        }

        // Whatever is wrong with the headers on the way: what counts is what they lead to.
        byte protocol = FindUpperLayer(ip, out ReadOnlySpan<byte> message, out bool isLaterFragment);
        if (protocol != IpProtocol.Icmpv6)
        {
            return true;
        }

        // About ICMPv6 only if it is surely no error and no redirect; a later fragment does not tell.
        return !isLaterFragment && !message.IsEmpty && message[0] >= 128 && (Icmpv6Type)message[0] != Icmpv6Type.Redirect;
    }

    private static byte FindUpperLayer(in Ipv6View ip, out ReadOnlySpan<byte> upper, out bool isLaterFragment)
    {
        isLaterFragment = false;
        Ipv6ExtensionReader reader = new(ip.NextHeader, ip.Payload);
        while (reader.MoveNext())
        {
            isLaterFragment |= reader.Current.TryGetFragment(out Ipv6Fragment fragment) && fragment.Offset != 0;
        }

        upper = ip.Payload[reader.Offset..];
        return reader.NextHeader;
    }

    private void AnswerEcho(Instant now, in IpPacketInfo info, in Icmpv6View icmp)
    {
        _counters.EchoRequestsReceived++;
        if (_settings.IcmpEchoIgnoreAll || info.Source.IsUnspecified)
        {
            _counters.Drop(DropReason.IcmpIgnored);
            return;
        }

        IpAddress ours = info.IsBroadcastOrMulticast && info.Destination.IsMulticast ? default : info.Destination;
        Interface? boundTo = SourceSelection.Scope(info.Source) < GlobalScope && info.On.Kind != InterfaceKind.Loopback ? info.On : null;
        if (ours.IsNone && (host.Output.Resolve(info.Source, ours, boundTo, ref _way) != SendResult.Sent || _way.Source.IsNone))
        {
            _counters.Drop(DropReason.NoRoute);
            return;
        }

        IpAddress source = ours.IsNone ? _way.Source : ours;
        PacketBuffer buffer = host.Output.Begin(icmp.Message.Length);
        Icmpv6Writer.WriteEcho(buffer.Span, isReply: true, icmp.Identifier, icmp.SequenceNumber, icmp.Body, source, info.Source);
        _counters.EchoRepliesSent++;
        IpSendInfo reply = new() { Source = source, Destination = info.Source, Protocol = IpProtocol.Icmpv6, TrafficClass = info.TrafficClass, BoundTo = boundTo };
        host.Output.Send(now, buffer, reply, ref _way);
    }

    private void ReceiveError(Instant now, in IpPacketInfo info, in Icmpv6View icmp)
    {
        _counters.IcmpErrorsReceived++;
        if (Ipv6View.TryParseHeader(icmp.QuotedPacket, out Ipv6View quoted) != WireError.None)
        {
            _counters.Drop(DropReason.IcmpMalformed);
            return;
        }

        byte protocol = FindUpperLayer(quoted, out ReadOnlySpan<byte> transport, out bool isLaterFragment);
        if (isLaterFragment || !host.Addresses.IsLocal(quoted.Source))
        {
            _counters.Drop(DropReason.IcmpNotAboutUs);
            return;
        }

        if (transport.Length < Icmpv6View.HeaderLength)
        {
            _counters.Drop(DropReason.IcmpMalformed);
            return;
        }

        // X-8201-1: a packet-too-big below the least MTU is a lie or a mistake; nothing is made smaller for it.
        if (icmp.Type == Icmpv6Type.PacketTooBig && icmp.Mtu < IpOutput.MinIpv6Mtu)
        {
            _counters.Drop(DropReason.IcmpIgnored);
            return;
        }

        IcmpErrorInfo error = new()
        {
            Kind = KindOf(icmp.Type, icmp.Code), Reporter = info.Source, Source = quoted.Source, Destination = quoted.Destination, Protocol = protocol,
            Type = (byte)icmp.Type, Code = icmp.Code, PacketNumber = info.PacketNumber,
            Mtu = icmp.Type == Icmpv6Type.PacketTooBig ? (int)Math.Min(icmp.Mtu, ushort.MaxValue + 1) : 0,
        };
        host.DeliverError(now, error, transport);
    }

    private static IcmpErrorKind KindOf(Icmpv6Type type, byte code) => (type, code) switch
    {
        (Icmpv6Type.PacketTooBig, _) => IcmpErrorKind.PacketTooBig,
        (Icmpv6Type.TimeExceeded, _) => IcmpErrorKind.TimeExceeded,
        (Icmpv6Type.ParameterProblem, Icmpv6Code.UnknownNextHeader) => IcmpErrorKind.ProtocolUnreachable,
        (Icmpv6Type.ParameterProblem, _) => IcmpErrorKind.ParameterProblem,
        (Icmpv6Type.DestinationUnreachable, Icmpv6Code.NoRoute) => IcmpErrorKind.NetworkUnreachable,
        (Icmpv6Type.DestinationUnreachable, Icmpv6Code.PortUnreachable) => IcmpErrorKind.PortUnreachable,
        (Icmpv6Type.DestinationUnreachable, Icmpv6Code.Prohibited or Icmpv6Code.FailedPolicy or Icmpv6Code.RejectRoute) => IcmpErrorKind.Prohibited,
        _ => IcmpErrorKind.HostUnreachable, // address unreachable, beyond scope, and error types not known yet (RFC 4443 §2.4(a))
    };
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>The way of a packet out of the host: route, header, OUTPUT filter, neighbour, interface queue.</summary>
/// <remarks>
/// A transport calls <see cref="Resolve"/> when it opens a flow (for the source address and the MTU), then for each packet
/// <see cref="Begin"/>, writes its header and payload into <see cref="PacketBuffer.Span"/>, and hands it to <see cref="Send"/>.
/// </remarks>
internal sealed partial class IpOutput(Host host)
{
    private const byte MulticastTtl = 1;

    private readonly Host _host = host;
    private readonly HostCounters _counters = host.Counters;
    private readonly HostSettings _settings = host.Settings;
    private readonly IdentificationSource _identifications = new(host.Settings.Seed ^ 0x4950_4944);
    private readonly PathMtuCache _pathMtus = new(host.Settings.Seed ^ 0x504D_5455);

    /// <summary>When <see cref="OnTimeout"/> is due.</summary>
    public Instant NextDeadline => _pathMtus.NextDeadline;

    /// <summary>Forgets path MTUs that are too old.</summary>
    public void OnTimeout(Instant now)
    {
        if (_pathMtus.Expire(now))
        {
            _host.OnRoutesChanged();
        }
    }

    /// <summary>Looks up the way to <paramref name="destination"/> and fills <paramref name="cache"/>.</summary>
    /// <param name="destination">Where to; unicast, broadcast or multicast.</param>
    /// <param name="source">The source the socket is bound to, or none.</param>
    /// <param name="boundTo">The interface the socket is bound to, or null.</param>
    /// <param name="cache">Gets the interface, the next hop, the source the host would choose, and the MTU.</param>
    /// <returns><see cref="SendResult.Sent"/> if there is a way, else <see cref="SendResult.NoRoute"/> or <see cref="SendResult.Down"/>.</returns>
    public SendResult Resolve(IpAddress destination, IpAddress source, Interface? boundTo, ref RouteCache cache)
    {
        cache = default;
        if (destination.IsNone || (destination.IsV6 && _settings.DisableIpv6 && !destination.IsLoopback))
        {
            return SendResult.NoRoute;
        }

        if (_host.Addresses.IsLocal(destination))
        {
            return _host.Loopback.IsUp ? Fill(ref cache, _host.Loopback, destination, destination, LocalSource(destination)) : SendResult.Down;
        }

        bool isGroup = destination.IsMulticast || destination.IsLimitedBroadcast;
        if (isGroup && boundTo is null && !source.IsNone && !source.IsUnspecified && _host.Addresses.TryGetInterface(source, out Interface? owner))
        {
            boundTo = owner; // the source names the link, as on Linux
        }

        Interface? via = boundTo;
        IpAddress gateway = default, preferred = default;
        if (_host.Routes.TryLookup(destination, out Route? route, boundTo))
        {
            if (route.Kind != RouteKind.Unicast)
            {
                return RefusedBy(route.Kind);
            }

            via = route.Via;
            gateway = route.Gateway;
            preferred = route.Source;
        }
        else if (via is null || (!isGroup && via.Kind == InterfaceKind.Ethernet && via.Addresses.Count == 0))
        {
            return SendResult.NoRoute;
        }

        if (!via.IsUp)
        {
            return SendResult.Down;
        }

        if (gateway.IsNone || isGroup)
        {
            gateway = destination;
        }

        SendResult result = Fill(ref cache, via, destination, gateway, preferred.IsNone ? SourceSelection.Choose(_host, via, gateway, destination) : preferred);
        cache.Mtu = route is { Mtu: > 0 } ? Math.Min(cache.Mtu, route.Mtu) : cache.Mtu;
        return result;
    }

    private static SendResult RefusedBy(RouteKind kind) => kind switch
    {
        RouteKind.Blackhole => SendResult.Blackhole,
        RouteKind.Unreachable => SendResult.Unreachable,
        RouteKind.Prohibit => SendResult.Prohibited,
        _ => SendResult.NoRoute,
    };

    /// <summary>The reason under which a packet that found no way is counted.</summary>
    internal static DropReason ReasonOf(SendResult result) => result switch
    {
        SendResult.Down => DropReason.InterfaceDown,
        SendResult.Blackhole or SendResult.Unreachable or SendResult.Prohibited => DropReason.RouteRefuses,
        _ => DropReason.NoRoute,
    };

    /// <summary>A buffer with room for a transport header and payload of <paramref name="transportLength"/> octets and headroom for the rest.</summary>
    public PacketBuffer Begin(int transportLength) => _host.Packets.Rent(transportLength);

    /// <summary>Sends what the transport wrote into <paramref name="buffer"/>, which from now on is not the caller's any more.</summary>
    /// <param name="now">The time.</param>
    /// <param name="buffer">From <see cref="Begin"/>.</param>
    /// <param name="info">The header fields.</param>
    /// <param name="cache">The caller's memory of the way; refreshed here when it is out of date.</param>
    /// <param name="cause">Why the packet is sent, for captures.</param>
    public SendResult Send(Instant now, PacketBuffer buffer, in IpSendInfo info, ref RouteCache cache, Cause cause = default)
    {
        if (cache.Generation != _host.RouteGeneration || cache.Destination != info.Destination)
        {
            SendResult found = Resolve(info.Destination, info.Source, info.BoundTo, ref cache);
            if (found != SendResult.Sent)
            {
                return Refuse(buffer, ReasonOf(found), found);
            }
        }

        return SendOn(now, buffer, info, ref cache, cause);
    }

    /// <summary>As <see cref="Send"/> of a caller that has just looked whether <paramref name="cache"/> is the way to the destination and up to date.</summary>
    public SendResult SendOn(Instant now, PacketBuffer buffer, in IpSendInfo info, ref RouteCache cache, in Cause cause)
    {
        buffer.Cause = cause.Kind == CauseKind.None ? _host.CauseNow : cause;

        _counters.IpSent++;
        if (info.Destination.IsV6)
        {
            return SendV6(now, buffer, info, ref cache);
        }

        int length = buffer.Length + Ipv4View.MinHeaderLength;
        byte ttl = info.TimeToLive != 0 ? info.TimeToLive : info.Destination.IsMulticast ? MulticastTtl : _settings.DefaultTtl;
        bool isTooLong = length > cache.Mtu;
        if (isTooLong && (info.DontFragment || length > Ipv4View.MaxTotalLength))
        {
            return Refuse(buffer, DropReason.PacketTooBig, SendResult.TooBig);
        }

        ushort id = info.HasIdentification ? info.Identification
            : info.DontFragment && !info.CountsIdentification ? (ushort)0
            : _identifications.Next(now, info.Source, info.Destination, info.Protocol);
        Ipv4Writer.Write(buffer.Prepend(Ipv4View.MinHeaderLength), info.Source, info.Destination, info.Protocol, length - Ipv4View.MinHeaderLength,
            ttl, info.TrafficClass, id, info.DontFragment);
        if (_host.Filter.IsLoaded)
        {
            SendResult filtered = FilterV4(now, buffer, info, cache.Via!);
            if (filtered != SendResult.Sent)
            {
                return filtered;
            }
        }

        if (cache.LoopsBack)
        {
            LoopBack(now, buffer, cache.Via!);
        }

        return isTooLong ? SendFragments(now, buffer, ref cache) : Transmit(now, buffer, EtherType.Ipv4, ref cache);
    }

    /// <summary>Tells that the transport made progress with the peer: its next hop is alive and need not be probed (RFC 4861 §7.3.1).</summary>
    public void ConfirmNeighbor(Instant now, ref RouteCache cache)
    {
        if (cache.Neighbor is { } neighbor)
        {
            neighbor.ConfirmedAt = now;
        }
    }

    /// <summary>The learnt MTU of a path and when it is forgotten; null if none was learnt.</summary>
    public (int Mtu, Instant Expires)? LearntPathMtu(IpAddress destination) => _pathMtus.Find(destination);

    /// <summary>Remembers that the path to <paramref name="destination"/> is narrower than the link. Only for messages that proved to be about one of our flows.</summary>
    /// <param name="now">The time.</param>
    /// <param name="destination">The flow's other end.</param>
    /// <param name="mtu">Octets; at least <see cref="HostSettings.MinPathMtu"/> (1280 for IPv6) is taken.</param>
    public void LowerPathMtu(Instant now, IpAddress destination, int mtu)
    {
        int floor = destination.IsV6 ? MinIpv6Mtu : _settings.MinPathMtu;
        if (_pathMtus.Lower(destination, Math.Max(mtu, floor), now + _settings.PathMtuExpires))
        {
            _host.OnRoutesChanged();
        }
    }

    /// <summary>Puts the link's header before an IP packet and queues it; or lets it wait for the neighbour.</summary>
    internal SendResult Transmit(Instant now, PacketBuffer buffer, ushort etherType, ref RouteCache cache)
    {
        Interface via = cache.Via!;
        if (via.Kind == InterfaceKind.Ethernet)
        {
            MacAddress mac;
            if (cache.Neighbor is { IsUsable: true } neighbor)
            {
                mac = neighbor.Mac;
            }
            else if (cache.IsBroadcast)
            {
                mac = MacAddress.Broadcast;
            }
            else if (cache.NextHop.IsMulticast)
            {
                mac = GroupMac(cache.NextHop);
            }
            else
            {
                return _host.Neighbors.Send(now, buffer, etherType, ref cache);
            }

            EthernetWriter.Write(buffer.Prepend(EthernetView.HeaderLength), mac, via.Mac, etherType);
        }

        return _host.Enqueue(now, via, buffer);
    }

    private static MacAddress GroupMac(IpAddress group) => group.IsV6
        ? new(0x3333_0000_0000 | (group.Low & 0xFFFF_FFFF)) // RFC 2464 §7
        : new(0x0100_5E00_0000 | (ulong)(group.V4 & 0x7F_FFFF)); // RFC 1112 §6.4

    private SendResult Fill(ref RouteCache cache, Interface via, IpAddress destination, IpAddress nextHop, IpAddress source)
    {
        if (destination.IsV6 && via.Mtu < MinIpv6Mtu)
        {
            return SendResult.NoRoute; // RFC 8200 §5: such a link cannot carry IPv6
        }

        cache.Via = via;
        cache.Destination = destination;
        cache.NextHop = nextHop;
        cache.Source = source;
        cache.Mtu = _pathMtus.Lookup(destination, via.Mtu);
        cache.IsBroadcast = destination.IsLimitedBroadcast || (via.Kind != InterfaceKind.Loopback && _host.Addresses.IsSubnetBroadcast(destination));
        cache.LoopsBack = via.Kind != InterfaceKind.Loopback && (cache.IsBroadcast || (destination.IsMulticast && via.HasJoined(destination)));
        cache.Generation = _host.RouteGeneration;
        return SendResult.Sent;
    }

    /// <summary>The source of packets to ourselves: the address itself, or the primary address of its subnet if it is a secondary one.</summary>
    private IpAddress LocalSource(IpAddress destination)
    {
        if (_host.Addresses.TryGetInterface(destination, out Interface? on))
        {
            foreach (InterfaceAddress own in on.AddressList)
            {
                if (!own.IsSecondary && own.Address.SharesPrefix(destination, own.PrefixLength))
                {
                    // On Linux the whole of 127/8 answers from 127.0.0.1, and an alias from the primary address of its subnet.
                    return own.Address.IsV6 ? destination : own.Address;
                }
            }
        }

        return destination;
    }

    private SendResult FilterV4(Instant now, PacketBuffer buffer, in IpSendInfo info, Interface via)
    {
        PacketFilter filter = _host.Filter;
        ReadOnlySpan<byte> packet = buffer.Span;
        FilterPacket seen = new()
        {
            Source = info.Source, Destination = info.Destination, Protocol = info.Protocol, Length = packet.Length, Out = via,
            Packet = packet, Transport = packet[Ipv4View.MinHeaderLength..],
        };
        FilterVerdict verdict = filter.Evaluate(filter.Output, now, seen, out RejectWith with);
        if (verdict == FilterVerdict.Accept)
        {
            return SendResult.Sent;
        }

        _counters.Tap?.AddOutbound(now, DropReason.FilterOutput, packet, buffer.Cause); // before what says so
        if (verdict == FilterVerdict.Reject)
        {
            _host.Rejects.RejectV4(now, with, packet, on: null, isBroadcast: info.Destination.IsMulticast);
        }

        return Refuse(buffer, DropReason.FilterOutput, SendResult.Filtered);
    }

    private SendResult Refuse(PacketBuffer buffer, DropReason reason, SendResult result)
    {
        _counters.Drop(reason);
        buffer.Release();
        return result;
    }

    /// <summary>A copy of what goes to a group comes back as if it had arrived on the interface it leaves by.</summary>
    private void LoopBack(Instant now, PacketBuffer buffer, Interface via)
    {
        PacketBuffer copy = _host.Packets.Rent(buffer.Length);
        buffer.Span.CopyTo(copy.Span);
        copy.Cause = buffer.Cause;
        copy.ArrivesOn = via;
        _host.Enqueue(now, _host.Loopback, copy);
    }
}

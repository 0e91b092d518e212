using System.Runtime.CompilerServices;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>The way of an IPv4 packet in: checks, ours or to be forwarded, reassembly, INPUT filter, protocol (RFC 791, RFC 1122 §3.2.1).</summary>
internal sealed class Ipv4Input(Host host)
{
    private readonly HostCounters _counters = host.Counters;

    /// <summary>Fragments that wait for the rest.</summary>
    public Reassembler Reassembler { get; } = new(host);

    /// <summary>Handles one packet, link padding included.</summary>
    public void Receive(Instant now, in LinkInfo link, ReadOnlySpan<byte> packet)
    {
        _counters.IpReceived++;
        WireError error = Ipv4View.TryParse(packet, out Ipv4View ip);
        if (error != WireError.None)
        {
            _counters.Drop(error switch
            {
                WireError.BadVersion => DropReason.IpBadVersion,
                WireError.BadTotalLength => DropReason.IpBadTotalLength,
                _ => DropReason.IpBadHeader,
            });
            return;
        }

        if (!ip.HasValidChecksum())
        {
            _counters.Drop(DropReason.IpBadChecksum);
            return;
        }

        bool isPlain = !link.IsFromHost && ip.HeaderLength == Ipv4View.MinHeaderLength;
        if (isPlain && host.Addresses.IsPlainPair(ip.AddressPair))
        {
            Deliver(now, link, ip, isGroup: link.IsLinkGroup);
            return;
        }

        ReceiveChecked(now, link, ip, isPlain);
    }

    /// <summary>A packet with addresses or options that are to be looked at.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReceiveChecked(Instant now, in LinkInfo link, in Ipv4View ip, bool isPlain)
    {
        IpAddress source = ip.Source, destination = ip.Destination;
        bool isLocal = host.Addresses.IsLocal(destination);
        DropReason bad = CheckAddresses(link, source, destination, isLocal);
        if (bad == DropReason.None && ip.HeaderLength > Ipv4View.MinHeaderLength)
        {
            bad = CheckOptions(now, link, ip);
        }

        if (bad != DropReason.None)
        {
            _counters.Drop(bad);
            return;
        }

        if (isLocal)
        {
            if (isPlain)
            {
                host.Addresses.RememberPlainPair(ip.AddressPair);
            }

            Deliver(now, link, ip, isGroup: link.IsLinkGroup);
        }
        else if (destination.IsLimitedBroadcast || destination.IsMulticast || host.Addresses.IsSubnetBroadcast(destination))
        {
            if (destination.IsMulticast && !link.On.HasJoined(destination))
            {
                _counters.Drop(DropReason.IpNotForUs);
                return;
            }

            Deliver(now, link, ip, isGroup: true);
        }
        else if (host.Settings.IpForward && !link.IsLinkGroup && !link.IsFromHost)
        {
            host.Forwarder.ForwardV4(now, link, ip);
        }
        else
        {
            _counters.Drop(DropReason.IpNotForUs);
        }
    }

    /// <summary>RFC 1122 §3.2.1.3: sources that are no single host, and addresses that may not be on a wire.</summary>
    private DropReason CheckAddresses(in LinkInfo link, IpAddress source, IpAddress destination, bool isLocal)
    {
        uint from = source.V4;
        if (source.IsMulticast || source.IsLimitedBroadcast)
        {
            return DropReason.IpBadSource;
        }

        if (link.IsFromHost)
        {
            return DropReason.None;
        }

        // 0/8 may only be the source of a host that has no address yet and shouts to all.
        if (source.IsLoopback || (from >> 24 == 0 && !destination.IsLimitedBroadcast) || host.Addresses.IsLocal(source) || host.Addresses.IsSubnetBroadcast(source))
        {
            return DropReason.IpBadSource;
        }

        return destination.IsLoopback || (destination.V4 >> 24 == 0 && !isLocal) ? DropReason.IpBadDestination : DropReason.None;
    }

    private DropReason CheckOptions(Instant now, in LinkInfo link, in Ipv4View ip)
    {
        bool hasSourceRoute = false;
        foreach (Ipv4Option option in new Ipv4OptionReader(ip.OptionBytes))
        {
            if (option.Error != OptionError.None)
            {
                uint pointer = (uint)(Ipv4View.MinHeaderLength + option.Offset) << 24;
                host.Icmp.SendError(now, Icmpv4Type.ParameterProblem, 0, pointer, ip.Packet, link.On, link.IsLinkGroup);
                return DropReason.IpBadOptions;
            }

            hasSourceRoute |= option.IsSourceRoute;
        }

        return hasSourceRoute && !host.Settings.AcceptSourceRoute ? DropReason.IpSourceRoute : DropReason.None;
    }

    private void Deliver(Instant now, in LinkInfo link, in Ipv4View ip, bool isGroup)
    {
        if (!ip.IsFragment)
        {
            DeliverWhole(now, link, ip, isGroup);
            return;
        }

        _counters.FragmentsReceived++;
        PacketBuffer? whole = Reassembler.Add(now, link.On, ip, isGroup);
        if (whole is null)
        {
            return;
        }

        if (Ipv4View.TryParse(whole.Span, out Ipv4View datagram) == WireError.None)
        {
            DeliverWhole(now, link, datagram, isGroup);
        }

        whole.Release();
    }

    private void DeliverWhole(Instant now, in LinkInfo link, in Ipv4View ip, bool isGroup)
    {
        PacketFilter filter = host.Filter;
        if (filter.IsLoaded && !Passes(filter, now, link, ip, isGroup))
        {
            return;
        }

        _counters.IpDelivered++;
        scoped IpPacketInfo info = default;
        info.Source = ip.Source;
        info.Destination = ip.Destination;
        info.Protocol = ip.Protocol;
        info.TimeToLive = ip.TimeToLive;
        info.TrafficClass = ip.TypeOfService;
        info.Packet = ip.Packet;
        info.TakeLink(link, isGroup);
        switch (ip.Protocol)
        {
            case IpProtocol.Tcp:
                host.DeliverTcp(now, info, ip.Payload);
                break;
            case IpProtocol.Udp:
                host.DeliverUdp(now, info, ip.Payload, ip.Packet);
                break;
            case IpProtocol.Icmp:
                host.Icmp.Receive(now, info, ip.Payload);
                break;
            default:
                _counters.Drop(DropReason.IpUnknownProtocol);
                host.Icmp.SendError(now, Icmpv4Type.DestinationUnreachable, Icmpv4Code.ProtocolUnreachable, 0, ip.Packet, link.On, isGroup);
                break;
        }
    }

    private bool Passes(PacketFilter filter, Instant now, in LinkInfo link, in Ipv4View ip, bool isGroup)
    {
        FilterPacket seen = new()
        {
            Source = ip.Source, Destination = ip.Destination, Protocol = ip.Protocol, Length = ip.Packet.Length, In = link.On,
            Transport = ip.Payload, Packet = ip.Packet, LinkHeader = link.Header,
        };
        FilterVerdict verdict = filter.Evaluate(filter.Input, now, seen, out RejectWith with);
        if (verdict == FilterVerdict.Accept)
        {
            return true;
        }

        _counters.Drop(DropReason.FilterInput);
        if (verdict == FilterVerdict.Reject)
        {
            host.Rejects.RejectV4(now, with, ip.Packet, link.On, isGroup);
        }

        return false;
    }
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>The way of an IPv6 packet in: checks, extension headers, reassembly, INPUT filter, protocol (RFC 8200).</summary>
internal sealed class Ipv6Input(Host host)
{
    private readonly HostCounters _counters = host.Counters;

    /// <summary>Handles one packet, link padding included.</summary>
    public void Receive(Instant now, in LinkInfo link, ReadOnlySpan<byte> packet)
    {
        if (host.Settings.DisableIpv6 && !link.IsFromHost)
        {
            _counters.Drop(DropReason.Ipv6Disabled);
            return;
        }

        _counters.IpReceived++;
        WireError error = Ipv6View.TryParse(packet, out Ipv6View ip);
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

        IpAddress source = ip.Source, destination = ip.Destination;
        if (source.IsMulticast || (!link.IsFromHost && (source.IsLoopback || host.Addresses.IsLocal(source))))
        {
            _counters.Drop(DropReason.IpBadSource);
        }
        else if (destination.IsUnspecified || (!link.IsFromHost && destination.IsLoopback))
        {
            _counters.Drop(DropReason.IpBadDestination);
        }
        else if (destination.IsMulticast)
        {
            if (link.On.HasJoined(destination))
            {
                Deliver(now, link, ip, isGroup: true, isJoined: false);
            }
            else
            {
                _counters.Drop(DropReason.IpNotForUs);
            }
        }
        else if (host.Addresses.IsLocal(destination))
        {
            Deliver(now, link, ip, link.IsLinkGroup, isJoined: false);
        }
        else if (host.Settings.IpForward && !link.IsLinkGroup && !link.IsFromHost && !source.IsUnspecified)
        {
            host.Forwarder.ForwardV6(now, link, ip);
        }
        else
        {
            _counters.Drop(DropReason.IpNotForUs);
        }
    }

    /// <summary>Asks the filter; on a refusal tells the sender if the rule says so. The caller counts the drop.</summary>
    public bool Passes(FilterChain chain, Instant now, in LinkInfo link, ReadOnlySpan<byte> packet, Interface? via, bool isGroup)
    {
        if (Ipv6View.TryParse(packet, out Ipv6View ip) != WireError.None)
        {
            return true;
        }

        Ipv6HeaderChain headers = Ipv6HeaderChain.Walk(ip);
        ReadOnlySpan<byte> transport = ip.Payload[Math.Min(headers.Offset, ip.Payload.Length)..];
        FilterPacket seen = new()
        {
            Source = ip.Source, Destination = ip.Destination, Protocol = headers.Protocol, Length = packet.Length, In = link.On, Out = via,
            IsLaterFragment = headers.HasFragment && headers.Fragment.Offset != 0, Transport = transport, Packet = packet, LinkHeader = link.Header,
        };
        FilterVerdict verdict = host.Filter6.Evaluate(chain, now, seen, out RejectWith with);
        if (verdict == FilterVerdict.Reject)
        {
            host.Rejects.RejectV6(now, with, packet, transport, link.On, isGroup);
        }

        return verdict == FilterVerdict.Accept;
    }

    private void Deliver(Instant now, in LinkInfo link, in Ipv6View ip, bool isGroup, bool isJoined)
    {
        Ipv6HeaderChain headers = Ipv6HeaderChain.Walk(ip);
        if (headers.Error != Ipv6ChainError.None)
        {
            _counters.Drop(DropReason.Ipv6BadExtension);
            ReportBadChain(now, link, ip, headers, isGroup);
            return;
        }

        if (headers.IsFragment)
        {
            if (isJoined)
            {
                _counters.Drop(DropReason.Ipv6BadExtension); // fragments of fragments: nobody honest sends them
                return;
            }

            Reassemble(now, link, ip, headers, isGroup);
            return;
        }

        if (host.Filter6.IsLoaded && !Passes(host.Filter6.Input, now, link, ip.Packet, via: null, isGroup))
        {
            _counters.Drop(DropReason.FilterInput);
            return;
        }

        ReadOnlySpan<byte> payload = ip.Payload[headers.Offset..];
        if (ip.Source.IsUnspecified && headers.Protocol != IpProtocol.Icmpv6)
        {
            _counters.Drop(DropReason.IpBadSource);
            return;
        }

        _counters.IpDelivered++;
        scoped IpPacketInfo info = default;
        info.Source = ip.Source;
        info.Destination = ip.Destination;
        info.Protocol = headers.Protocol;
        info.TimeToLive = ip.HopLimit;
        info.TrafficClass = ip.TrafficClass;
        info.Packet = ip.Packet;
        info.TakeLink(link, isGroup);
        HandOver(now, info, ip, headers, payload, wasFragment: isJoined || headers.HasFragment);
    }

    /// <summary>To the protocol that the last header names.</summary>
    private void HandOver(Instant now, in IpPacketInfo info, in Ipv6View ip, in Ipv6HeaderChain headers, ReadOnlySpan<byte> payload, bool wasFragment)
    {
        switch (headers.Protocol)
        {
            case IpProtocol.Tcp:
                host.DeliverTcp(now, info, payload);
                break;
            case IpProtocol.Udp:
                host.DeliverUdp(now, info, payload, ip.Packet);
                break;
            case IpProtocol.Icmpv6:
                host.Icmpv6.Receive(now, info, payload, wasFragment);
                break;
            case IpProtocol.NoNextHeader:
                break;
            default:
                _counters.Drop(DropReason.IpUnknownProtocol);
                host.Icmpv6.SendError(now, Icmpv6Type.ParameterProblem, Icmpv6Code.UnknownNextHeader, (uint)headers.NextHeaderAt, ip.Packet, info.On, info.IsBroadcastOrMulticast);
                break;
        }
    }

    private void Reassemble(Instant now, in LinkInfo link, in Ipv6View ip, in Ipv6HeaderChain headers, bool isGroup)
    {
        _counters.FragmentsReceived++;
        Ipv6Fragment fragment = headers.Fragment;
        int behind = headers.FragmentAt + Ipv6Fragment.HeaderLength;
        ReadOnlySpan<byte> text = ip.Payload[behind..];
        if (text.IsEmpty || (fragment.MoreFragments && text.Length % 8 != 0))
        {
            _counters.Drop(DropReason.FragmentBadLength);
            const uint PayloadLengthAt = 4;
            host.Icmpv6.SendError(now, Icmpv6Type.ParameterProblem, Icmpv6Code.ErroneousField, PayloadLengthAt, ip.Packet, link.On, isGroup);
            return;
        }

        if (headers.FragmentAt + fragment.Offset + text.Length > ushort.MaxValue)
        {
            _counters.Drop(DropReason.FragmentTooLarge);
            uint offsetAt = (uint)(Ipv6View.HeaderLength + headers.FragmentAt + 2);
            host.Icmpv6.SendError(now, Icmpv6Type.ParameterProblem, Icmpv6Code.ErroneousField, offsetAt, ip.Packet, link.On, isGroup);
            return;
        }

        if (fragment.Offset == 0 && ip.Payload.Length - headers.Offset < LeastUpperHeader(headers.Protocol))
        {
            _counters.Drop(DropReason.FragmentTinyFirst);
            host.Icmpv6.SendError(now, Icmpv6Type.ParameterProblem, Icmpv6Code.IncompleteHeaderChain, 0, ip.Packet, link.On, isGroup);
            return;
        }

        int unfragmentable = Ipv6View.HeaderLength + headers.FragmentAt;
        if (unfragmentable > Reassembler.LongestHeader)
        {
            _counters.Drop(DropReason.Ipv6BadExtension);
            return;
        }

        Span<byte> before = stackalloc byte[Reassembler.LongestHeader];
        before = before[..unfragmentable];
        ip.Packet[..unfragmentable].CopyTo(before);
        before[NextHeaderFieldBefore(ip, headers.FragmentAt)] = fragment.NextHeader;
        FragmentKey key = new(ip.Source, ip.Destination, fragment.Identification, 0);
        PacketBuffer? whole = host.Ipv4.Reassembler.AddV6(now, link.On, key, fragment.Offset, text, fragment.MoreFragments, ip.Ecn, isGroup, before);
        if (whole is null)
        {
            return;
        }

        if (Ipv6View.TryParse(whole.Span, out Ipv6View datagram) == WireError.None)
        {
            Deliver(now, link, datagram, isGroup, isJoined: true);
        }

        whole.Release();
    }

    private static int LeastUpperHeader(byte protocol) => protocol switch
    {
        IpProtocol.Tcp => TcpView.MinHeaderLength,
        IpProtocol.Udp => UdpView.HeaderLength,
        IpProtocol.Icmpv6 => Icmpv6View.HeaderLength,
        _ => 0,
    };

    /// <summary>Where the field stands that announces the fragment header.</summary>
    private static int NextHeaderFieldBefore(in Ipv6View ip, int fragmentAt)
    {
        int at = 6;
        Ipv6ExtensionReader reader = new(ip.NextHeader, ip.Payload);
        while (reader.MoveNext() && reader.Current.Offset < fragmentAt)
        {
            at = Ipv6View.HeaderLength + reader.Current.Offset;
        }

        return at;
    }

    private void ReportBadChain(Instant now, in LinkInfo link, in Ipv6View ip, in Ipv6HeaderChain headers, bool isGroup)
    {
        byte? code = headers.Error switch
        {
            Ipv6ChainError.Truncated => headers.HasFragment ? Icmpv6Code.IncompleteHeaderChain : null,
            Ipv6ChainError.HopByHopNotFirst => Icmpv6Code.UnknownNextHeader,
            Ipv6ChainError.BadOption or Ipv6ChainError.UnknownRouting => Icmpv6Code.ErroneousField,
            Ipv6ChainError.UnknownOption => headers.UnknownOption switch
            {
                Ipv6OptionAction.DiscardAndReport => Icmpv6Code.UnknownOption,
                Ipv6OptionAction.DiscardAndReportUnlessMulticast when !ip.Destination.IsMulticast => Icmpv6Code.UnknownOption,
                _ => null,
            },
            _ => null,
        };
        if (code is { } told)
        {
            // An unknown option is reported to the sender of a multicast too (RFC 4443 §2.4(e.3)).
            host.Icmpv6.SendError(now, Icmpv6Type.ParameterProblem, told, (uint)headers.ErrorPointer, ip.Packet, link.On, isGroup && told != Icmpv6Code.UnknownOption);
        }
    }
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>Passes packets on for others (RFC 1812), when <see cref="HostSettings.IpForward"/> says so.</summary>
internal sealed class Forwarder(Host host)
{
    private readonly HostCounters _counters = host.Counters;

    // The way of the last packet: traffic comes in runs, and a hit saves the look-ups.
    private RouteCache _lastV4, _lastV6;

    public void ForwardV4(Instant now, in LinkInfo link, in Ipv4View ip)
    {
        IpAddress destination = ip.Destination;
        ref RouteCache way = ref _lastV4;
        if (way.Generation != host.RouteGeneration || way.Destination != destination)
        {
            SendResult found = host.Output.Resolve(destination, default, null, ref way);
            if (found == SendResult.Blackhole)
            {
                _counters.Drop(DropReason.RouteRefuses);
                return;
            }

            if (found != SendResult.Sent)
            {
                byte code = found switch { SendResult.Unreachable => Icmpv4Code.HostUnreachable, SendResult.Prohibited => Icmpv4Code.CommunicationProhibited, _ => Icmpv4Code.NetUnreachable };
                Fail(now, link, ip, found is SendResult.Unreachable or SendResult.Prohibited ? DropReason.RouteRefuses : DropReason.NoRoute, Icmpv4Type.DestinationUnreachable, code, 0);
                return;
            }
        }

        // As on Linux the way is looked for first: without one even a last hop is told so.
        if (ip.TimeToLive <= 1)
        {
            Fail(now, link, ip, DropReason.TimeToLiveExpired, Icmpv4Type.TimeExceeded, Icmpv4Code.TimeToLiveExceeded, 0);
            return;
        }

        // A link of 68 to 65536 octets: a path MTU learned for our own flows says nothing about forwarded ones.
        int mtu = way.Via!.Mtu;
        bool isTooLong = ip.Packet.Length > mtu;
        if (isTooLong && ip.DontFragment)
        {
            Fail(now, link, ip, DropReason.PacketTooBig, Icmpv4Type.DestinationUnreachable, Icmpv4Code.FragmentationNeeded, (uint)Math.Min(mtu, ushort.MaxValue), mtu);
            return;
        }

        PacketBuffer buffer = host.Packets.Rent(ip.Packet.Length);
        ip.Packet.CopyTo(buffer.Span);
        Explain(buffer, link);
        Ipv4Writer.DecrementTimeToLive(buffer.Span);
        if (host.Filter.IsLoaded && !Passes(now, link, ip, buffer, way.Via!))
        {
            return;
        }

        _counters.IpForwarded++;
        if (isTooLong)
        {
            RouteCache cut = way with { Mtu = mtu };
            host.Output.SendFragments(now, buffer, ref cut);
        }
        else
        {
            host.Output.Transmit(now, buffer, EtherType.Ipv4, ref way);
        }
    }

    public void ForwardV6(Instant now, in LinkInfo link, in Ipv6View ip)
    {
        IpAddress destination = ip.Destination, source = ip.Source;
        if (SourceSelection.Scope(destination) <= LinkScope || SourceSelection.Scope(source) <= LinkScope)
        {
            _counters.Drop(DropReason.IpBadDestination); // RFC 4007 §9: link-local stays on its link
            return;
        }

        ref RouteCache way = ref _lastV6;
        SendResult found = way.Generation != host.RouteGeneration || way.Destination != destination ? host.Output.Resolve(destination, default, null, ref way) : SendResult.Sent;
        if (found != SendResult.Sent)
        {
            _counters.Drop(found == SendResult.Down ? DropReason.NoRoute : IpOutput.ReasonOf(found));
            if (found == SendResult.Blackhole)
            {
                return;
            }

            if (found == SendResult.Prohibited)
            {
                host.Icmpv6.SendError(now, Icmpv6Type.DestinationUnreachable, Icmpv6Code.Prohibited, 0, ip.Packet, link.On, link.IsLinkGroup);
                return;
            }

            host.Icmpv6.SendError(now, Icmpv6Type.DestinationUnreachable, 0, 0, ip.Packet, link.On, link.IsLinkGroup);
            return;
        }

        if (ip.HopLimit <= 1)
        {
            _counters.Drop(DropReason.TimeToLiveExpired);
            host.Icmpv6.SendError(now, Icmpv6Type.TimeExceeded, 0, 0, ip.Packet, link.On, link.IsLinkGroup);
            return;
        }

        if (ip.Packet.Length > way.Via!.Mtu)
        {
            _counters.Drop(DropReason.PacketTooBig, ip.Packet.Length, way.Via.Mtu);
            host.Icmpv6.SendError(now, Icmpv6Type.PacketTooBig, 0, (uint)way.Via.Mtu, ip.Packet, link.On, link.IsLinkGroup);
            return;
        }

        PacketBuffer buffer = host.Packets.Rent(ip.Packet.Length);
        ip.Packet.CopyTo(buffer.Span);
        Explain(buffer, link);
        Ipv6Writer.DecrementHopLimit(buffer.Span);
        if (host.Filter6.IsLoaded && !host.Ipv6.Passes(host.Filter6.Forward, now, link, buffer.Span, way.Via, link.IsLinkGroup))
        {
            _counters.Drop(DropReason.FilterForward);
            buffer.Release();
            return;
        }

        _counters.IpForwarded++;
        host.Output.Transmit(now, buffer, EtherType.Ipv6, ref way);
    }

    private const int LinkScope = 2;

    private bool Passes(Instant now, in LinkInfo link, in Ipv4View ip, PacketBuffer buffer, Interface via)
    {
        FilterPacket seen = new()
        {
            Source = ip.Source, Destination = ip.Destination, Protocol = ip.Protocol, Length = ip.Packet.Length, In = link.On, Out = via,
            IsLaterFragment = ip.FragmentOffset != 0, Transport = ip.Payload, Packet = buffer.Span, LinkHeader = link.Header,
        };
        FilterVerdict verdict = host.Filter.Evaluate(host.Filter.Forward, now, seen, out RejectWith with);
        if (verdict == FilterVerdict.Accept)
        {
            return true;
        }

        _counters.Drop(DropReason.FilterForward);
        if (verdict == FilterVerdict.Reject)
        {
            host.Rejects.RejectV4(now, with, buffer.Span, link.On, link.IsLinkGroup);
        }

        buffer.Release();
        return false;
    }

    private void Explain(PacketBuffer buffer, in LinkInfo link)
    {
        if (host.StepTap is not null)
        {
            buffer.Cause = new Cause(CauseKind.Packet, Rule.Forward, link.Number);
        }
    }

    private void Fail(Instant now, in LinkInfo link, in Ipv4View ip, DropReason reason, Icmpv4Type type, byte code, uint rest, long limit = 0)
    {
        _counters.Drop(reason, ip.Packet.Length, limit);
        host.Icmp.SendError(now, type, code, rest, ip.Packet, link.On, link.IsLinkGroup);
    }
}

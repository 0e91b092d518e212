using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>Neighbour solicitations and advertisements (RFC 4861 §7). Addresses and routes of this host are static: router messages and redirects are not obeyed.</summary>
internal sealed class NeighborDiscovery(Host host)
{
    /// <summary>A packet with this many hops left comes from the link itself.</summary>
    public const byte HopLimit = 255;

    private readonly HostCounters _counters = host.Counters;

    /// <summary>Handles a message whose checksum and hop limit are right.</summary>
    public void Receive(Instant now, in IpPacketInfo info, ReadOnlySpan<byte> message)
    {
        if (NeighborDiscoveryView.TryParse(message, out NeighborDiscoveryView nd) != WireError.None)
        {
            _counters.Drop(DropReason.NdMalformed);
            return;
        }

        switch (nd.Type)
        {
            case Icmpv6Type.NeighborSolicitation:
                OnSolicitation(now, info, nd);
                break;
            case Icmpv6Type.NeighborAdvertisement:
                OnAdvertisement(now, info, nd);
                break;
            default:
                _counters.Drop(DropReason.IcmpIgnored);
                break;
        }
    }

    /// <summary>Asks for a neighbour: its group if its link address is unknown, else it alone.</summary>
    public void Solicit(Instant now, NeighborEntry entry)
    {
        IpAddress source = default;
        if (entry.FirstWaiting is { Length: >= Ipv6View.HeaderLength } waiting)
        {
            source = IpAddress.Read(waiting.Span.Slice(8, 16)); // RFC 4861 §7.2.2: the source of the packet that waits, if it is ours
            source = host.Addresses.TryGetInterface(source, out Interface? owner) && owner == entry.On ? source : default;
        }

        if (source.IsNone)
        {
            source = SourceSelection.Choose(host, entry.On, entry.Address, entry.Address);
        }

        if (source.IsNone)
        {
            return; // no address of ours to ask from
        }

        IpAddress group = Ipv6Groups.SolicitedNode(entry.Address);
        IpAddress destination = entry.HasMac ? entry.Address : group;
        PacketBuffer buffer = host.Packets.Rent(32);
        int length = Icmpv6Writer.WriteNeighborSolicitation(buffer.Span, entry.Address, entry.On.Mac, source, destination);
        buffer.Truncate(length);
        _counters.NeighborSolicitationsSent++;
        Send(now, entry.On, buffer, source, destination, entry.HasMac ? entry.Mac : GroupMac(group));
    }

    private void OnSolicitation(Instant now, in IpPacketInfo info, in NeighborDiscoveryView nd)
    {
        bool isProbe = info.Source.IsUnspecified;
        bool hasMac = nd.TryGetLinkLayerAddress(NeighborOptionType.SourceLinkLayerAddress, out MacAddress mac);

        // RFC 4861 §7.1.1: a probe for duplicates goes to the solicited-node group and does not name its sender.
        if (isProbe && (hasMac || !info.Destination.IsMulticast))
        {
            _counters.Drop(DropReason.NdMalformed);
            return;
        }

        if (!host.Addresses.TryGetInterface(nd.Target, out Interface? owner) || owner != info.On)
        {
            _counters.Drop(DropReason.ArpNotForUs);
            return;
        }

        if (hasMac && (mac.IsMulticast || mac.Value == 0))
        {
            _counters.Drop(DropReason.ArpBadSender);
            return;
        }

        if (hasMac)
        {
            host.Neighbors.Hear(now, info.On, info.Source, mac, isAnswer: false, mayCreate: true, isSure: true, out _);
        }

        IpAddress to = isProbe ? Ipv6Groups.AllNodes : info.Source;
        NeighborFlags flags = NeighborFlags.Override | (isProbe ? 0 : NeighborFlags.Solicited) | (host.Settings.IpForward ? NeighborFlags.Router : 0);
        PacketBuffer buffer = host.Packets.Rent(32);
        int length = Icmpv6Writer.WriteNeighborAdvertisement(buffer.Span, nd.Target, flags, info.On.Mac, nd.Target, to);
        buffer.Truncate(length);
        _counters.NeighborAdvertisementsSent++;
        if (isProbe)
        {
            Send(now, info.On, buffer, nd.Target, to, GroupMac(to));
            return;
        }

        // The way back may have to be asked for in its turn: somebody may solicit without naming his link address.
        RouteCache way = default;
        IpSendInfo send = new() { Source = nd.Target, Destination = to, Protocol = IpProtocol.Icmpv6, TimeToLive = HopLimit, BoundTo = info.On };
        host.Output.Send(now, buffer, send, ref way);
    }

    private void OnAdvertisement(Instant now, in IpPacketInfo info, in NeighborDiscoveryView nd)
    {
        // RFC 4861 §7.1.2: nobody is solicited by a group.
        if (info.Destination.IsMulticast && (nd.Flags & NeighborFlags.Solicited) != 0)
        {
            _counters.Drop(DropReason.NdMalformed);
            return;
        }

        if (host.Addresses.IsLocal(nd.Target))
        {
            _counters.AddressConflicts++;
            _counters.Drop(DropReason.ArpConflict);
            return;
        }

        bool hasMac = nd.TryGetLinkLayerAddress(NeighborOptionType.TargetLinkLayerAddress, out MacAddress mac);
        if (hasMac && (mac.IsMulticast || mac.Value == 0))
        {
            _counters.Drop(DropReason.ArpBadSender);
            return;
        }

        if (!host.Neighbors.TryGet(info.On, nd.Target, out NeighborEntry? entry))
        {
            _counters.Drop(DropReason.ArpNotForUs);
            return;
        }

        host.Neighbors.Advertise(now, entry, hasMac ? mac : null, nd.Flags);
    }

    private static MacAddress GroupMac(IpAddress group) => new(0x3333_0000_0000 | (group.Low & 0xFFFF_FFFF));

    private void Send(Instant now, Interface on, PacketBuffer buffer, IpAddress source, IpAddress destination, MacAddress mac)
    {
        Ipv6Writer.Write(buffer.Prepend(Ipv6View.HeaderLength), source, destination, IpProtocol.Icmpv6, buffer.Length - Ipv6View.HeaderLength, HopLimit);
        EthernetWriter.Write(buffer.Prepend(EthernetView.HeaderLength), mac, on.Mac, EtherType.Ipv6);
        host.Enqueue(now, on, buffer);
    }
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>The address resolution protocol (RFC 826, RFC 1122 §2.3.2, RFC 5227), as Linux speaks it.</summary>
internal sealed class ArpProtocol(Host host)
{
    /// <summary>Least time between two defences of an address (RFC 5227 §1.1, DEFEND_INTERVAL).</summary>
    private static readonly TimeSpan DefendInterval = TimeSpan.FromSeconds(10);

    private readonly HostCounters _counters = host.Counters;
    private Instant _defendedAt = NeighborEntry.LongAgo;

    /// <summary>Handles the ARP packet of a frame that is addressed to us or to a group.</summary>
    public void Receive(Instant now, Interface on, ReadOnlySpan<byte> packet, bool isLinkGroup)
    {
        _counters.ArpReceived++;
        if (ArpView.TryParse(packet, out ArpView arp) != WireError.None || arp.Operation is not (ArpOperation.Request or ArpOperation.Reply))
        {
            _counters.Drop(DropReason.ArpMalformed);
            return;
        }

        IpAddress sender = arp.SenderIp, target = arp.TargetIp;
        MacAddress mac = arp.SenderMac;
        if (mac.IsMulticast || mac.Value == 0 || sender.IsMulticast || sender.IsLimitedBroadcast || sender.IsLoopback || target.IsMulticast || target.IsLoopback
            || host.Addresses.IsSubnetBroadcast(sender))
        {
            _counters.Drop(DropReason.ArpBadSender);
            return;
        }

        bool isForUs = host.Addresses.IsLocal(target);
        if (sender.IsUnspecified)
        {
            // A probe (RFC 5227 §2.1.1): somebody asks whether the address is free. Nothing to learn.
            if (arp.Operation == ArpOperation.Request && isForUs)
            {
                Reply(now, on, arp);
            }
            else
            {
                _counters.Drop(DropReason.ArpNotForUs);
            }

            return;
        }

        if (host.Addresses.IsLocal(sender))
        {
            if (mac != on.Mac)
            {
                OnConflict(now, on, sender);
            }

            _counters.Drop(DropReason.ArpConflict);
            return;
        }

        bool isRequest = arp.Operation == ArpOperation.Request;
        bool isAnnouncement = sender == target;
        bool isHeard = host.Neighbors.Hear(now, on, sender, mac,
            isAnswer: !isRequest && !isLinkGroup && !isAnnouncement,
            mayCreate: isRequest && isForUs && !isAnnouncement,
            isSure: isAnnouncement || (isRequest && isForUs),
            out DropReason reason);
        if (isRequest && isForUs)
        {
            Reply(now, on, arp);
        }
        else if (!isHeard)
        {
            _counters.Drop(reason);
        }
    }

    /// <summary>Asks for a neighbour: everybody if its link address is unknown, else it alone.</summary>
    public void Request(Instant now, NeighborEntry entry)
    {
        IpAddress source = default;
        if (entry.FirstWaiting is { Length: >= Ipv4View.MinHeaderLength } waiting)
        {
            source = IpAddress.Read(waiting.Span.Slice(12, 4)); // as Linux with arp_announce 0: the packet's own source, if it is ours
            source = host.Addresses.IsLocal(source) ? source : default;
        }

        if (source.IsNone)
        {
            source = SourceSelection.Choose(host, entry.On, entry.Address, entry.Address);
        }

        _counters.ArpRequestsSent++;
        Write(now, entry.On, ArpOperation.Request, entry.HasMac ? entry.Mac : MacAddress.Broadcast, source.IsNone ? IpAddress.AnyV4 : source, default, entry.Address);
    }

    /// <summary>Tells everybody on the link which link address an address of ours has (RFC 5227 §2.3).</summary>
    public void Announce(Instant now, Interface on, IpAddress address)
    {
        _counters.ArpRequestsSent++;
        Write(now, on, ArpOperation.Request, MacAddress.Broadcast, address, default, address);
    }

    private void Reply(Instant now, Interface on, in ArpView request)
    {
        _counters.ArpRepliesSent++;
        Write(now, on, ArpOperation.Reply, request.SenderMac, request.TargetIp, request.SenderMac, request.SenderIp);
    }

    private void OnConflict(Instant now, Interface on, IpAddress address)
    {
        _counters.AddressConflicts++;
        if (host.Settings.DefendAddresses && now - _defendedAt >= DefendInterval)
        {
            _defendedAt = now;
            Announce(now, on, address);
        }
    }

    private void Write(Instant now, Interface on, ArpOperation operation, MacAddress to, IpAddress senderIp, MacAddress targetMac, IpAddress targetIp)
    {
        PacketBuffer buffer = host.Packets.Rent(ArpView.Length);
        ArpWriter.Write(buffer.Span, operation, on.Mac, senderIp, targetMac, targetIp);
        EthernetWriter.Write(buffer.Prepend(EthernetView.HeaderLength), to, on.Mac, EtherType.Arp);
        host.Enqueue(now, on, buffer);
    }
}

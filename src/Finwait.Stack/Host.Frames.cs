using System.Diagnostics.CodeAnalysis;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <content>Frames in, frames out, the queues between, and time.</content>
public sealed partial class Host
{
    /// <summary>Packets of the loopback interface handled in one <see cref="PollTransmit"/>, so that two sockets that answer each other for ever do not stop the caller.</summary>
    private const int LoopbackBudget = 256;

    private PacketBuffer? _firstOut, _lastOut;
    private PacketBuffer? _firstLoopback, _lastLoopback;
    private ulong _frameNumber;

    /// <summary>When <see cref="OnTimeout"/> is due; <see cref="Instant.Never"/> if nothing waits for time.</summary>
    public Instant NextDeadline
    {
        get
        {
            Instant deadline = _firstLoopback is { } first ? first.ReadyAt : Instant.Never;
            deadline = Instant.Earlier(deadline, Neighbors.NextDeadline);
            deadline = Instant.Earlier(deadline, Ipv4.Reassembler.NextDeadline);
            deadline = Instant.Earlier(deadline, Output.NextDeadline);
            GetTransportDeadline(ref deadline);
            return deadline;
        }
    }

    /// <summary>The number of the newest frame in the host's count, as in <see cref="CapturedFrame.Number"/>; 0 before the first. Says of two things in one instant which came first.</summary>
    public ulong LastFrameNumber => _frameNumber;

    /// <summary>A frame came in from the link of <paramref name="on"/>. The host keeps nothing of <paramref name="frame"/>.</summary>
    /// <param name="now">The time.</param>
    /// <param name="on">An Ethernet or point-to-point interface of this host.</param>
    /// <param name="frame">An Ethernet frame without its check sequence, or an IP packet on a point-to-point link.</param>
    public void Receive(Instant now, Interface on, ReadOnlySpan<byte> frame)
    {
        ulong number = ++_frameNumber;
        Counters.FramesReceived++;
        DropTap? drops = DropTap;
        drops?.Begin(now, number);
        StepTap? steps = StepTap;
        Begin(steps, number);
        ReceiveFrame(now, on, number, frame);
        drops?.Begin(now, 0);
        End(steps);
    }

    /// <summary>What is sent from now on, by no connection, answers this packet.</summary>
    private static void Begin(StepTap? steps, ulong number)
    {
        if (steps is not null)
        {
            steps.Context = new Cause(CauseKind.Packet, Rule.None, number);
        }
    }

    private static void End(StepTap? steps)
    {
        if (steps is not null)
        {
            steps.Context = default;
        }
    }

    private void ReceiveFrame(Instant now, Interface on, ulong number, ReadOnlySpan<byte> frame)
    {
        if (!on.IsUp)
        {
            DropFrame(on, DropReason.InterfaceDown);
            return;
        }

        on.Counters.PacketsReceived++;
        on.Counters.OctetsReceived += frame.Length;
        on.Tap?.Add(now, number, CaptureDirection.Inbound, default, frame, addEthernet: false);
        if (on.Kind == InterfaceKind.Ethernet)
        {
            ReceiveEthernet(now, on, number, frame);
            return;
        }

        if (frame.IsEmpty)
        {
            DropFrame(on, DropReason.FrameTruncated);
            return;
        }

        LinkInfo link = new() { On = on, Number = number };
        ReceiveIp(now, link, frame);
    }

    /// <summary>True if packets of the loopback interface leave the host like frames, for a link that holds or loses them; whoever takes them from
    /// <see cref="PollTransmit"/> gives those that arrive to <see cref="ReceiveLoopback"/>. Default false: they are delivered at once.</summary>
    public bool LoopbackLeaves { get; set; }

    /// <summary>The next frame for a link, if there is one; the caller releases <paramref name="frame"/> when it has been sent.</summary>
    /// <remarks>Packets of the loopback interface are delivered here on the way, and the transports asked for more when the queues are empty.</remarks>
    public bool PollTransmit(Instant now, [NotNullWhen(true)] out Interface? via, [NotNullWhen(true)] out PacketBuffer? frame)
    {
        int budget = LoopbackBudget;
        while (true)
        {
            while (_firstOut is { } first)
            {
                if (first.Next is { } next)
                {
                    _firstOut = next;
                    first.Next = null;
                }
                else
                {
                    _firstOut = null; // the common case, and a store that the garbage collector need not hear of
                }

                via = first.Via!;
                via.TransmitQueueLength--;
                if (!via.IsUp)
                {
                    Counters.Drop(DropReason.InterfaceDown); // it went down while the frame waited
                    first.Release();
                    continue;
                }

                frame = first;
                return true;
            }

            _lastOut = null;
            if (_firstLoopback is { } looped && looped.ReadyAt <= now)
            {
                if (budget-- == 0)
                {
                    break;
                }

                _firstLoopback = looped.Next;
                _lastLoopback = looped.Next is null ? null : _lastLoopback;
                looped.Next = null;
                DeliverLoopback(now, looped);
                continue;
            }

            bool hasSent = false;
            PollTransport(now, ref hasSent);
            if (!hasSent)
            {
                break;
            }
        }

        via = null;
        frame = null;
        return false;
    }

    /// <summary>Runs the timers that are due. Calling it early does nothing.</summary>
    public void OnTimeout(Instant now)
    {
        StepTap? steps = StepTap;
        if (steps is not null)
        {
            steps.Context = new Cause(CauseKind.NeighborTimer, Rule.None, 0);
        }

        Neighbors.OnTimeout(now);
        End(steps);
        Ipv4.Reassembler.OnTimeout(now);
        Output.OnTimeout(now);
        OnTransportTimeout(now);
    }

    /// <summary>Queues a whole frame for the link, or a packet for the host itself on the loopback interface.</summary>
    internal SendResult Enqueue(Instant now, Interface via, PacketBuffer frame)
    {
        if (!via.IsUp || via.TransmitQueueLength >= via.TransmitQueueLimit)
        {
            return DropOutbound(via, frame);
        }

        via.TransmitQueueLength++;
        via.Counters.PacketsSent++;
        via.Counters.OctetsSent += frame.Length;
        Counters.FramesSent++;
        if (frame.Via != via)
        {
            frame.Via = via; // a buffer used again mostly leaves by the same interface: one store less that the garbage collector hears of
        }

        frame.Number = ++_frameNumber;
        if (frame.Cause.Kind == CauseKind.None)
        {
            frame.Cause = CauseNow;
        }

        frame.Next = null;
        if (via.Kind == InterfaceKind.Loopback)
        {
            frame.SentOrder = via.Tap?.Order?.Next() ?? 0; // the tap sees it when it arrives
        }

        if (via.Kind == InterfaceKind.Loopback && LoopbackLeaves)
        {
            Append(ref _firstOut, ref _lastOut, frame);
        }
        else if (via.Kind == InterfaceKind.Loopback)
        {
            frame.ReadyAt = now + Settings.LoopbackDelay;
            Append(ref _firstLoopback, ref _lastLoopback, frame);
        }
        else
        {
            via.Tap?.Add(now, frame.Number, CaptureDirection.Outbound, frame.Cause, frame.Span, addEthernet: false);
            Append(ref _firstOut, ref _lastOut, frame);
        }

        return SendResult.Sent;
    }

    internal void DeliverTcp(Instant now, in IpPacketInfo info, ReadOnlySpan<byte> segment) => ReceiveTcp(now, info.On, info, segment);

    internal void DeliverUdp(Instant now, in IpPacketInfo info, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> packet)
    {
        if (UdpView.TryParse(payload, out UdpView udp) != WireError.None)
        {
            Counters.Drop(DropReason.UdpMalformed);
            return;
        }

        if (!info.IsChecksumTrusted && !udp.HasValidChecksum(info.Source, info.Destination))
        {
            Counters.Drop(DropReason.UdpBadChecksum);
            return;
        }

        bool isTaken = false;
        ReceiveUdp(now, info.On, info, payload[..udp.Length], ref isTaken);
        if (isTaken || Probes.OnAnswer(now, IpProtocol.Udp, info.Source, udp.SourcePort, udp.DestinationPort))
        {
            return;
        }

        Counters.Drop(DropReason.UdpNoPort);
        if (info.Source.IsV6)
        {
            Icmpv6.SendError(now, Icmpv6Type.DestinationUnreachable, Icmpv6Code.PortUnreachable, 0, packet, info.On, info.IsBroadcastOrMulticast);
        }
        else
        {
            Icmp.SendError(now, Icmpv4Type.DestinationUnreachable, Icmpv4Code.PortUnreachable, 0, packet, info.On, info.IsBroadcastOrMulticast);
        }
    }

    internal void DeliverError(Instant now, in IcmpErrorInfo error, ReadOnlySpan<byte> quoted)
    {
        switch (error.Protocol)
        {
            case IpProtocol.Tcp or IpProtocol.Udp when Probes.OnError(now, error, quoted):
                break;
            case IpProtocol.Tcp or IpProtocol.Udp:
                ReceiveIcmpError(now, error, quoted);
                break;
            case IpProtocol.Icmp when (Icmpv4Type)quoted[0] == Icmpv4Type.EchoRequest:
            case IpProtocol.Icmpv6 when (Icmpv6Type)quoted[0] == Icmpv6Type.EchoRequest:
                Ping.OnError(now, error, (ushort)(quoted[4] << 8 | quoted[5]), (ushort)(quoted[6] << 8 | quoted[7]));
                break;
            default:
                Counters.Drop(DropReason.IcmpNotAboutUs);
                break;
        }
    }

    /// <summary>Nobody answers for the next hop: tells the packet's source, over the loopback interface if that is us.</summary>
    internal void ReportUnreachable(Instant now, PacketBuffer waiting)
    {
        ReadOnlySpan<byte> packet = waiting.Span;
        StepTap? steps = StepTap;
        Cause before = steps?.Context ?? default;
        if (steps is not null && waiting.Cause.Kind != CauseKind.None)
        {
            steps.Context = waiting.Cause; // the message is about that packet: what made it made this one
        }

        SendUnreachable(now, packet);
        if (steps is not null)
        {
            steps.Context = before;
        }
    }

    /// <summary>The cause of what is sent now without one of its own; default where nobody watches.</summary>
    internal Cause CauseNow => StepTap is { } steps ? steps.Current : default;

    private void SendUnreachable(Instant now, ReadOnlySpan<byte> packet)
    {
        if (packet[0] >> 4 == 6)
        {
            Icmpv6.SendError(now, Icmpv6Type.DestinationUnreachable, Icmpv6Code.AddressUnreachable, 0, packet, null, isGroup: false);
        }
        else
        {
            Icmp.SendError(now, Icmpv4Type.DestinationUnreachable, Icmpv4Code.HostUnreachable, 0, packet, null, isGroup: false);
        }
    }

    internal void ReportReassemblyTimeout(Instant now, Interface on, ReadOnlySpan<byte> packet, bool isGroup)
    {
        if (packet[0] >> 4 == 6)
        {
            Icmpv6.SendError(now, Icmpv6Type.TimeExceeded, Icmpv6Code.ReassemblyTimeExceeded, 0, packet, on, isGroup);
        }
        else
        {
            Icmp.SendError(now, Icmpv4Type.TimeExceeded, Icmpv4Code.ReassemblyTimeExceeded, 0, packet, on, isGroup);
        }
    }

    private static void Append(ref PacketBuffer? first, ref PacketBuffer? last, PacketBuffer frame)
    {
        if (first is null)
        {
            first = frame;
        }
        else
        {
            last!.Next = frame;
        }

        last = frame;
    }

    private SendResult DropOutbound(Interface via, PacketBuffer frame)
    {
        via.Counters.TransmitDropped++;
        Counters.Drop(via.IsUp ? DropReason.TransmitQueueFull : DropReason.InterfaceDown);
        frame.Release();
        return via.IsUp ? SendResult.QueueFull : SendResult.Down;
    }

    private void DropFrame(Interface on, DropReason reason)
    {
        on.Counters.ReceiveDropped++;
        Counters.Drop(reason);
    }

    private void ReceiveEthernet(Instant now, Interface on, ulong number, ReadOnlySpan<byte> frame)
    {
        if (EthernetView.TryParse(frame, out EthernetView ethernet) != WireError.None)
        {
            DropFrame(on, DropReason.FrameTruncated);
            return;
        }

        MacAddress destination = ethernet.Destination;
        bool isGroup = destination.IsMulticast;
        if (!isGroup && destination != on.Mac)
        {
            DropFrame(on, DropReason.NotOurMac);
            return;
        }

        LinkInfo link = new() { On = on, Number = number, IsLinkGroup = isGroup, Header = frame[..EthernetView.HeaderLength] };
        switch (ethernet.EtherType)
        {
            case EtherType.Ipv4:
                Ipv4.Receive(now, link, ethernet.Payload);
                break;
            case EtherType.Ipv6:
                Ipv6.Receive(now, link, ethernet.Payload);
                break;
            case EtherType.Arp when !on.UsesArp:
                DropFrame(on, DropReason.ArpNotForUs);
                break;
            case EtherType.Arp:
                Arp.Receive(now, on, ethernet.Payload, isGroup);
                break;
            default:
                DropFrame(on, DropReason.UnknownEtherType);
                break;
        }
    }

    private void ReceiveIp(Instant now, in LinkInfo link, ReadOnlySpan<byte> packet)
    {
        if (packet[0] >> 4 == 6)
        {
            Ipv6.Receive(now, link, packet);
        }
        else
        {
            Ipv4.Receive(now, link, packet);
        }
    }

    /// <summary>Takes back a packet that left by the loopback interface (<see cref="LoopbackLeaves"/>), and releases it.</summary>
    /// <param name="now">The time.</param>
    /// <param name="packet">What <see cref="PollTransmit"/> gave, or a copy of it.</param>
    public void ReceiveLoopback(Instant now, PacketBuffer packet) => TakeLoopback(now, packet);

    private void DeliverLoopback(Instant now, PacketBuffer packet)
    {
        packet.Via!.TransmitQueueLength--;
        TakeLoopback(now, packet);
    }

    private void TakeLoopback(Instant now, PacketBuffer packet)
    {
        Interface on = packet.ArrivesOn ?? Loopback;
        packet.Number = packet.Number == 0 ? ++_frameNumber : packet.Number; // a copy that the link made
        if (!on.IsUp)
        {
            Counters.Drop(DropReason.InterfaceDown);
        }
        else
        {
            Counters.FramesReceived++;
            on.Counters.PacketsReceived++;
            on.Counters.OctetsReceived += packet.Length;
            if (packet.ArrivesOn is null)
            {
                on.Tap?.Add(now, packet.Number, CaptureDirection.Inbound, packet.Cause, packet.Span, addEthernet: true, packet.SentOrder);
            }

            LinkInfo link = new() { On = on, Number = packet.Number, IsFromHost = true };
            DropTap? drops = DropTap;
            drops?.Begin(now, packet.Number);
            StepTap? steps = StepTap;
            Begin(steps, packet.Number);
            ReceiveIp(now, link, packet.Span);
            drops?.Begin(now, 0);
            End(steps);
        }

        packet.Release();
    }
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <content>What comes in: validation, demultiplexing, and segments that belong to no connection (RFC 9293 §3.10.7.1).</content>
internal sealed partial class TcpHost
{
    /// <summary>A segment for this host.</summary>
    public void Receive(Instant now, in IpPacketInfo packet, ReadOnlySpan<byte> bytes)
    {
        _counters.SegmentsReceived++;
        DropReason fault = Check(packet, bytes, out TcpView view);
        if (fault != DropReason.None)
        {
            _host.Counters.Drop(fault);
            return;
        }

        scoped TcpSegment segment = default; // field by field: an initializer would build it elsewhere and copy it
        segment.Seq = view.Seq;
        segment.Ack = view.Ack;
        segment.Flags = view.Flags;
        segment.RawWindow = view.RawWindow;
        segment.UrgentPointer = view.UrgentPointer;
        segment.Ecn = packet.Ecn;
        view.ReadOptions(out segment.Options);
        segment.Payload = view.Payload;
        segment.PacketNumber = packet.PacketNumber;
        FourTuple tuple = new(packet.Destination, view.DestinationPort, packet.Source, view.SourcePort);
        TcpEndpoint? endpoint = _endpoints.FindRecent(tuple);
        uint hash = endpoint?.Hash ?? tuple.Hash(_tableKey);
        endpoint ??= _endpoints.Find(tuple, hash);
        if (endpoint is not null && endpoint.Is(SocketFlags.InPump) && endpoint.Connection!.MustAnswerEach)
        {
            // What it has to say about the segment before must go first: the third duplicate acknowledgment counts only if there are three.
            while (Pump(now, endpoint, isRequeued: false))
            {
            }

            endpoint = _endpoints.Find(tuple, hash);
        }

        if (endpoint is not null)
        {
            Deliver(now, endpoint, packet, segment);
            return;
        }

        int timeWait = _timeWaits.Count == 0 ? -1 : _timeWaits.Find(tuple, hash);
        if (timeWait >= 0)
        {
            ReceiveInTimeWait(now, timeWait, packet, segment);
            return;
        }

        ReceiveWithoutConnection(now, tuple, hash, packet, segment);
    }

    /// <summary>Why a segment is not looked at any further; none if it is whole and comes from one host to one host.</summary>
    private static DropReason Check(in IpPacketInfo packet, ReadOnlySpan<byte> bytes, out TcpView view)
    {
        view = default;
        if (packet.IsBroadcastOrMulticast || packet.Destination.IsMulticast || packet.Destination.IsLimitedBroadcast)
        {
            return DropReason.TcpBroadcast; // MUST-57
        }

        if (packet.Source.IsUnspecified || packet.Source.IsMulticast || packet.Source.IsLimitedBroadcast)
        {
            return DropReason.TcpBadSource; // MUST-63
        }

        if (TcpView.TryParse(bytes, out view) != WireError.None)
        {
            return DropReason.TcpMalformed;
        }

        return packet.IsChecksumTrusted || view.HasValidChecksum(packet.Source, packet.Destination) ? DropReason.None : DropReason.TcpBadChecksum; // MUST-3
    }

    private void Deliver(Instant now, TcpEndpoint endpoint, in IpPacketInfo packet, in TcpSegment segment)
    {
        if (endpoint.Is(SocketFlags.HalfOpen) && segment.Has(TcpFlags.Ack) && (segment.Flags & (TcpFlags.Syn | TcpFlags.Rst)) == 0
            && endpoint.Parent!.Listen!.IsAcceptFull)
        {
            OverflowAccept(now, endpoint, packet, segment);
            return;
        }

        if (segment.Has(TcpFlags.Ack))
        {
            endpoint.Set(SocketFlags.HeardFrom); // a repeated SYN does not tell that ours arrive
        }

        TcpConnection connection = endpoint.Connection!;
        connection.OnSegment(now, segment);
        if (segment.Has(TcpFlags.Syn))
        {
            LearnFastOpen(endpoint, connection);
        }

        if (connection.State == TcpState.Established && !endpoint.Is(SocketFlags.HalfOpen | SocketFlags.EarlyOpen | SocketFlags.InPump) && connection.HasNothingToSend)
        {
            DrainEvents(endpoint, connection);
            GoOn(now, endpoint, connection);
            return;
        }

        AfterInput(endpoint);
        if (endpoint.Is(SocketFlags.EarlyOpen) && connection.IsHandshakeDone)
        {
            EndEarly(now, endpoint, isReset: false);
        }
    }

    /// <summary>No connection: a listener takes a SYN, everything else gets a reset or nothing.</summary>
    private void ReceiveWithoutConnection(Instant now, in FourTuple tuple, uint hash, in IpPacketInfo packet, in TcpSegment segment)
    {
        TcpEndpoint? listener = FindListener(tuple, hash);
        if (listener is null)
        {
            _host.Counters.Drop(DropReason.TcpNoListener);
            _host.Probes.OnAnswer(now, IpProtocol.Tcp, tuple.Remote, tuple.RemotePort, tuple.LocalPort);
            ReplyReset(now, packet, tuple, segment);
            return;
        }

        if (segment.Has(TcpFlags.Rst))
        {
            _host.Counters.Drop(DropReason.TcpListenOnly);
            return; // SM-SEG-LI-1
        }

        if (segment.Has(TcpFlags.Ack))
        {
            if (!segment.Has(TcpFlags.Syn) && TakeCookie(now, listener, tuple, hash, segment))
            {
                return;
            }

            // SM-SEG-LI-2
            _host.Counters.Drop(DropReason.TcpListenOnly);
            ReplyReset(now, packet, tuple, segment);
            return;
        }

        if (segment.Has(TcpFlags.Syn) && !segment.Has(TcpFlags.Fin))
        {
            ReceiveSyn(now, listener, tuple, hash, packet, segment, iss: null);
        }
        else
        {
            _host.Counters.Drop(DropReason.TcpListenOnly); // SYN with FIN too, as Linux does (SM-SEG-LI-5)
        }
    }

    /// <summary>After a segment, a timeout or a command: events to the socket at once, output when the host is polled.</summary>
    private void AfterInput(TcpEndpoint endpoint)
    {
        TcpConnection connection = endpoint.Connection!;
        if (endpoint.Is(SocketFlags.HalfOpen) && connection.State is not (TcpState.SynReceived or TcpState.Listen or TcpState.Closed))
        {
            TcpEndpoint listener = endpoint.Parent!;
            listener.Listen!.Establish(endpoint);
            _sockets.Notify(listener);
        }

        DrainEvents(endpoint, connection);
        Schedule(endpoint);
    }

    private void DrainEvents(TcpEndpoint endpoint, TcpConnection connection)
    {
        const uint NoNews = 1 << (int)TcpEvent.StateChanged | 1 << (int)TcpEvent.Struggling;
        uint events = connection.TakeEvents();
        if ((events & 1 << (int)TcpEvent.PeerClosed) != 0)
        {
            endpoint.Set(SocketFlags.Done | SocketFlags.ReceiveShut);
        }

        if ((events & ~NoNews) != 0)
        {
            _sockets.Notify(endpoint);
        }
    }
}

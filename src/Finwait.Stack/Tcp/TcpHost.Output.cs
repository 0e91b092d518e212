using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <content>What goes out: plans of connections become packets; answers without a connection.</content>
internal sealed partial class TcpHost
{
    /// <summary>Sends what one connection has to send, a burst at most, and looks what became of it.</summary>
    /// <param name="now">The time.</param>
    /// <param name="endpoint">The connection, not in the list of those that wait.</param>
    /// <param name="isRequeued">True to put it back into the list if the burst was not enough.</param>
    /// <returns>True if something was sent.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Pump(Instant now, TcpEndpoint endpoint, bool isRequeued = true)
    {
        if (endpoint.Connection is not { } connection || !endpoint.Is(SocketFlags.InTable))
        {
            return false; // it ended while it waited for its turn
        }

        int sent = 0;
        while (connection.PollTransmit(now, out SegmentPlan plan))
        {
            Emit(now, endpoint, connection, plan);
            if (++sent == Burst)
            {
                if (isRequeued)
                {
                    Schedule(endpoint);
                }

                return true;
            }
        }

        Settle(now, endpoint, connection);
        return sent > 0;
    }

    /// <summary>Turns a plan into one packet, or into several of the link's size if it covers more. Without text it needs no connection.</summary>
    private void Emit(Instant now, TcpEndpoint endpoint, TcpConnection? connection, in SegmentPlan plan)
    {
        ref RouteCache route = ref RouteOf(endpoint.Tuple);
        if (endpoint.Is(SocketFlags.HeardFrom))
        {
            endpoint.Set(SocketFlags.HeardFrom, false);
            _host.Output.ConfirmNeighbor(now, ref route);
        }

        if (plan.SegmentSize <= 0 || plan.PayloadLength <= plan.SegmentSize)
        {
            EmitPacket(now, endpoint, connection, plan, ref route);
            return;
        }

        int end = plan.PayloadLength;
        for (int at = 0; at < end; at += plan.SegmentSize)
        {
            SegmentPlan part = plan;
            part.Seq = plan.Seq + at;
            part.PayloadOffset = plan.PayloadOffset + at;
            part.PayloadLength = Math.Min(plan.SegmentSize, end - at);
            if (at > 0)
            {
                part.Flags &= ~TcpFlags.Cwr;
            }

            if (at + part.PayloadLength < end)
            {
                part.Flags &= ~(TcpFlags.Psh | TcpFlags.Fin);
            }

            EmitPacket(now, endpoint, connection, part, ref route);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EmitPacket(Instant now, TcpEndpoint endpoint, TcpConnection? connection, in SegmentPlan plan, ref RouteCache route)
    {
        IpAddress local = endpoint.Tuple.Local, remote = endpoint.Tuple.Remote;
        TcpOptionLayout layout = _host.Settings.Tcp.OptionLayout;
        bool isSyn = (plan.Flags & TcpFlags.Syn) != 0;
        int headerLength = TcpView.MinHeaderLength + TcpWriter.OptionLength(plan.Options, layout, isSyn);
        PacketBuffer buffer = _host.Output.Begin(headerLength + plan.PayloadLength);
        Span<byte> bytes = buffer.Span;
        TcpWriter.WriteHeader(bytes, endpoint.Tuple.LocalPort, endpoint.Tuple.RemotePort, plan.Seq, plan.Ack, plan.Flags, plan.RawWindow, plan.UrgentPointer, plan.Options, layout);
        if (route.Via is { OffloadsChecksum: true })
        {
            if (plan.PayloadLength > 0)
            {
                connection!.CopyPayload(plan, bytes[headerLength..]);
            }

            WritePseudoHeaderSum(bytes, local, remote);
        }
        else
        {
            ulong sum = plan.PayloadLength > 0 ? connection!.CopyPayloadAndSum(plan, bytes[headerLength..]) : 0;
            TcpWriter.WriteChecksum(bytes[..headerLength], sum, plan.PayloadLength, local, remote);
        }

        StreamOptions options = endpoint.Options;
        bool isSynAck = isSyn && (plan.Flags & TcpFlags.Ack) != 0;
        IpSendInfo info = default; // field by field: an initializer would build it elsewhere and copy it
        info.Source = local;
        info.Destination = remote;
        info.Protocol = IpProtocol.Tcp;
        info.TimeToLive = options.TimeToLive;
        info.TrafficClass = (byte)(options.TrafficClass | (byte)plan.Ecn);
        info.DontFragment = true;
        info.HasIdentification = true;
        info.Identification = isSynAck ? (ushort)0 : endpoint.IpId++; // Linux: 0 in SYN-ACKs, else counting from a random start
        Count(plan);

        if (connection is not null && route.Mtu > connection.PathMtu)
        {
            connection.OnPathMtuExpired(PathMtuFor(endpoint, route)); // from the next segment on
        }

        SendResult result = route.Generation == _host.RouteGeneration
            ? _host.Output.SendOn(now, buffer, info, ref route, plan.Cause)
            : _host.Output.Send(now, buffer, info, ref route, plan.Cause);
        if (result != SendResult.Sent)
        {
            _counters.SendFailures++;
            if (result == SendResult.TooBig)
            {
                connection?.OnPathMtu(now, route.Mtu);
            }
        }
    }

    private void Count(in SegmentPlan plan)
    {
        _counters.SegmentsSent++;
        if (plan.Cause.Rule is Rule.Retransmit or Rule.FastRetransmit || plan.Cause.Kind == CauseKind.TailLossProbe)
        {
            CountRetransmission(plan);
        }

        if ((plan.Flags & TcpFlags.Rst) != 0)
        {
            _counters.ResetsSent++;
        }
    }

    private void CountRetransmission(in SegmentPlan plan)
    {
        bool isAgain = plan.Cause.Rule is Rule.Retransmit or Rule.FastRetransmit;
        _counters.SegmentsRetransmitted += isAgain ? 1 : 0;
        _counters.SynRetransmits += isAgain && (plan.Flags & TcpFlags.Syn) != 0 ? 1 : 0;
        switch (plan.Cause.Kind)
        {
            case CauseKind.TailLossProbe: _counters.LossProbes++; break; // new data may be the probe
            case CauseKind.RetransmissionTimeout: _counters.Timeouts++; break;
            case var _ when plan.Cause.Rule == Rule.FastRetransmit: _counters.FastRetransmits++; break;
            default: _counters.SlowStartRetransmits++; break;
        }
    }

    /// <summary>Answers a segment that belongs to no connection with a reset (SM-SEG-CL-1…3, SM-RG-1, SM-RG-5).</summary>
    private void ReplyReset(Instant now, in IpPacketInfo packet, in FourTuple tuple, in TcpSegment segment, Rule rule = Rule.Reset)
    {
        if (segment.Has(TcpFlags.Rst))
        {
            return;
        }

        if (!_resetLimiter.Allow(now, packet.Source))
        {
            _counters.ResetsSuppressed++;
            return;
        }

        Cause cause = new(CauseKind.Packet, rule, packet.PacketNumber);
        _counters.ResetsSent++;
        if (segment.Has(TcpFlags.Ack))
        {
            Reply(now, packet, tuple, segment.Ack, default, TcpFlags.Rst, 0, default, cause);
        }
        else
        {
            Reply(now, packet, tuple, default, segment.Seq + segment.SequenceLength, TcpFlags.Rst | TcpFlags.Ack, 0, default, cause);
        }
    }

    /// <summary>A segment without text in answer to <paramref name="packet"/>, with its addresses turned round.</summary>
    private void Reply(Instant now, in IpPacketInfo packet, in FourTuple tuple, SeqNum seq, SeqNum ack, TcpFlags flags, ushort window, in TcpOptionSet options, Cause cause)
    {
        TcpOptionLayout layout = _host.Settings.Tcp.OptionLayout;
        IpAddress local = packet.Destination, remote = packet.Source;
        PacketBuffer buffer = _host.Output.Begin(TcpView.MinHeaderLength + TcpWriter.OptionLength(options, layout, isSyn: false));
        TcpWriter.WriteHeader(buffer.Span, tuple.LocalPort, tuple.RemotePort, seq, ack, flags, window, 0, options, layout);
        TcpWriter.WriteChecksum(buffer.Span, local, remote); // complete even on the loopback, as Linux does for its answers
        IpSendInfo info = new()
        {
            Source = local,
            Destination = remote,
            Protocol = IpProtocol.Tcp,
            TrafficClass = (byte)(packet.TrafficClass & 0xFC),
            DontFragment = true,
            HasIdentification = true,
        };
        _counters.SegmentsSent++;
        if (_host.Output.Send(now, buffer, info, ref RouteOf(tuple), cause) != SendResult.Sent)
        {
            _counters.SendFailures++;
        }
    }

    /// <summary>What Linux leaves for the link to complete: the sum of the pseudo-header, not inverted.</summary>
    private static void WritePseudoHeaderSum(Span<byte> segment, IpAddress local, IpAddress remote)
    {
        ushort inverted = InternetChecksum.Fold(InternetChecksum.PseudoHeader(local, remote, IpProtocol.Tcp, segment.Length));
        BinaryPrimitives.WriteUInt16BigEndian(segment[16..], (ushort)~inverted);
    }
}

using Finwait.Wire;

namespace Finwait.Tcp;

/// <content>What an acceptable acknowledgment means for the sender (RFC 9293 §3.10.7.4 fifth check, RFC 6298, RFC 5681).</content>
public sealed partial class TcpConnection
{
    /// <summary>Processes acknowledgment, SACK blocks and window. True if our FIN is now acknowledged.</summary>
    private bool ProcessAck(Instant now, in TcpSegment segment)
    {
        _stats.LastAckReceived = now.Ticks;
        _probesOut = 0;
        AckFacts facts = default;
        TimeSpan rtt = new(-1);
        facts.HasSack = Is(Traits.SackPermitted);
        bool windowChanged = segment.Ack >= _snd.Una && _snd.Update(segment);
        if (segment.Ack > _snd.Una)
        {
            facts.UnaAdvanced = true;
            rtt = TakeAcknowledged(now, segment, ref facts);
        }
        else if (segment.Ack == _snd.Una && segment.Payload.IsEmpty && !segment.Has(TcpFlags.Fin) && !windowChanged && _sent.Count > 0)
        {
            facts.IsDuplicate = true;                   // RFC 5681 §2
        }

        if (segment.Options.Has(TcpOptionPresence.Sack) && facts.HasSack)
        {
            facts.Delivered += TakeSackBlocks(segment);
        }

        facts.Una = _snd.UnaOffset;
        facts.Nxt = _snd.NxtOffset;
        _stats.Delivered += (uint)facts.Delivered;
        if (_sent.Count > 0 || facts.UnaAdvanced)
        {
            Recover(now, facts, rtt);
            ExpandSendBuffer();
        }

        if (windowChanged || facts.UnaAdvanced)
        {
            UpdatePersist(now);
        }

        return facts.UnaAdvanced && Is(Traits.FinQueued) && _snd.UnaOffset > _sendBuffer.Tail;
    }

    /// <summary>Takes off what is acknowledged; returns the round trip it shows, negative if none.</summary>
    private TimeSpan TakeAcknowledged(Instant now, in TcpSegment segment, ref AckFacts facts)
    {
        int octets = _snd.Acknowledge(segment.Ack);
        _stats.BytesAcked += octets;
        AckedSegments acked = _sent.Acknowledge(_snd.UnaOffset, _buffers);
        facts.Acked = acked.Segments;
        facts.Delivered = acked.NewlyDelivered;
        bool wasFull = SendRoom == 0;
        _sendBuffer.Release(Math.Min(_snd.UnaOffset, _sendBuffer.Tail), _buffers);
        if (wasFull || _sendBuffer.Length * 3L < _sendBufferLimit * 2L)
        {
            Raise(TcpEvent.Writable);
        }

        TimeSpan rtt = SampleRtt(now, acked, segment);
        _retransmits = 0;
        _firstTimeout = Instant.Never;
        Set(Traits.NegativeAdviceGiven, false);
        if (_lossProbeEnd >= 0 && _snd.UnaOffset >= _lossProbeEnd)
        {
            _lossProbeEnd = -1;
        }

        if (_sent.Count == 0)
        {
            _lossProbeEnd = -1;
            if (Unsent == 0)
            {
                _stats.BusyTotal += _stats.BusySince > 0 ? now.Ticks - _stats.BusySince : 0;
                _stats.BusySince = 0;
            }
        }

        return rtt;
    }

    private void Recover(Instant now, in AckFacts facts, TimeSpan rtt)
    {
        RecoveryPhase before = _recovery.Phase;
        bool limited = _window.IsLimited || (_window.InSlowStart && _window.Cwnd < 2 * _window.MostInFlight);
        _recovery.OnAck(facts, ref _sent, ref _window, ref _controller, Facts(now), _settings.Reordering);
        if (facts.UnaAdvanced && before == _recovery.Phase && !_recovery.IsReducing && facts.Delivered > 0 && limited)
        {
            _controller = _controller.ForOneConnection();
            _controller.OnSample(ref _window, RateSample.None with { Rtt = rtt, AckedSacked = facts.Delivered }, Facts(now));
            _controller.OnAck(ref _window, facts.Delivered, Facts(now));
        }

        if (_sent.Count == 0)
        {
            _window.IsLimited = false;
            _window.MostInFlight = 0;
        }

        if (facts.UnaAdvanced)
        {
            _timers.StopRetransmission();               // RFC 6298 §5.3: restart on every acknowledgment of new data
            ArmRetransmission(now);
        }
        else if (facts.Delivered > 0 && _timers.Mode == RetransmissionTimer.LossProbe)
        {
            ArmRetransmission(now, allowLossProbe: false);
        }
    }

    /// <summary>What the controller may know.</summary>
    private ControlFacts Facts(Instant now) => new()
    {
        Now = now,
        SmoothedRtt = _rtt.SmoothedRtt,
        MinRtt = new TimeSpan(_stats.MinRtt),
        InFlight = _recovery.InFlight(_sent),
        Outstanding = _sent.Count,
        Delivered = _stats.Delivered,
        Una = _snd.UnaOffset,
        Nxt = _snd.NxtOffset,
        Mss = _mss,
        Phase = _recovery.Phase,
    };

    /// <summary>Karn's rule: a segment that was never retransmitted, or else the echoed timestamp (RFC 6298 §3, RFC 7323 §4.1).</summary>
    private TimeSpan SampleRtt(Instant now, in AckedSegments acked, in TcpSegment segment)
    {
        TimeSpan? sample = null;
        if (acked.FirstSentAt is { } sentAt && !acked.AnyRetransmitted)
        {
            sample = now - sentAt;
        }
        else if (_ts.IsOn && segment.Options.Has(TcpOptionPresence.Timestamps) && segment.Options.TsEcr != 0)
        {
            uint elapsed = unchecked(_ts.Value(now) - segment.Options.TsEcr);
            if (elapsed < int.MaxValue / 1000)
            {
                sample = TimeSpan.FromMilliseconds(Math.Max(1, elapsed));
            }
        }

        if (sample is { } rtt)
        {
            _rtt.AddSample(rtt, _snd.UnaOffset, _snd.NxtOffset, _settings);
            long ticks = Math.Max(TimeSpan.TicksPerMicrosecond, rtt.Ticks);
            _stats.MinRtt = _stats.MinRtt == 0 ? ticks : Math.Min(_stats.MinRtt, ticks);
            if (acked.NewlyDelivered > 0 && _snd.UnaOffset > 0)
            {
                _stats.DeliveryRateSegments = acked.NewlyDelivered;
                _stats.DeliveryRateInterval = ticks;
            }
        }

        return sample ?? new TimeSpan(-1);
    }

    /// <summary>Marks what the peer reports; blocks that cannot be are ignored (X-2018-6), those below SND.UNA are duplicates (X-2883-2).</summary>
    private int TakeSackBlocks(in TcpSegment segment)
    {
        int marked = 0;
        for (int i = 0; i < segment.Options.SackCount; i++)
        {
            SackBlock block = segment.Options.Sack[i];
            if (i == 0 && IsDuplicateReport(segment, block))
            {
                _stats.DsackDuplicates++;
                continue;
            }

            if (block.Left >= block.Right || block.Left < _snd.Una || block.Right > _snd.Nxt)
            {
                continue;
            }

            marked += _sent.MarkSacked(_snd.OffsetOf(block.Left), _snd.OffsetOf(block.Right));
        }

        return marked;
    }

    private bool IsDuplicateReport(in TcpSegment segment, SackBlock first)
    {
        if (first.Right <= segment.Ack)
        {
            return first.Left < first.Right;
        }

        SackBlock second = segment.Options.Sack[1];
        return segment.Options.SackCount > 1 && first.Left >= second.Left && first.Right <= second.Right;
    }

    /// <summary>The window opened or something was acknowledged: the persist timer starts anew or ends.</summary>
    private void UpdatePersist(Instant now)
    {
        if (_timers.Mode != RetransmissionTimer.Persist)
        {
            _persistBackoff = 0;
            return;
        }

        if (_sent.Count > 0 || _snd.Usable >= Math.Min(Math.Max(Unsent, 1), _mss))
        {
            _persistBackoff = 0;
            _timers.StopRetransmission();
        }
    }
}

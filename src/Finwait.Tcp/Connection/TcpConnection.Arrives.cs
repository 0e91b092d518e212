using System.Diagnostics;
using Finwait.Wire;

namespace Finwait.Tcp;

/// <content>SEGMENT ARRIVES in LISTEN and SYN-SENT (RFC 9293 §3.10.7.2, §3.10.7.3), and what the network layer reports.</content>
public sealed partial class TcpConnection
{
    /// <summary>A segment of this connection came in. The host has checked its checksum and lengths and parsed its options.</summary>
    public void OnSegment(Instant ingress, in TcpSegment segment)
    {
        Because(CauseKind.Packet, segment.PacketNumber);
        _stats.SegmentsIn++;
        _stats.DataSegmentsIn += segment.Payload.Length > 0 ? 1u : 0;
        switch (_state)
        {
            case TcpState.Closed:
                ArrivesInClosed(segment);
                break;
            case TcpState.Listen:
                ArrivesInListen(ingress, segment);
                break;
            case TcpState.SynSent:
                ArrivesInSynSent(ingress, segment);
                break;
            default:
                ArrivesInSynchronized(ingress, segment);
                break;
        }
    }

    /// <summary>A validated ICMP error about this connection (the quoted sequence number is in flight, RFC 5927 §4.1).</summary>
    /// <param name="ingress">The time.</param>
    /// <param name="error">What the error means for the application.</param>
    /// <param name="isHard">True for the hard errors of RFC 9293 SHLD-26; they abort in SYN-RECEIVED too, and never in later states (RFC 5927 §5.2).</param>
    /// <param name="packetNumber">Number of the packet that brought it, as <see cref="TcpSegment.PacketNumber"/>.</param>
    public void OnIcmpError(Instant ingress, TcpError error, bool isHard, ulong packetNumber = 0)
    {
        // Linux lets every unreachable end a connect() at once; soft ones in synchronized states are only remembered (MUST-56, SHLD-25).
        if (_state == TcpState.SynSent || (_state == TcpState.SynReceived && isHard))
        {
            Because(CauseKind.NetworkError, packetNumber);
            Move(ingress, TcpInput.Abort);
            Bury(error);
            return;
        }

        _softError = error;
        NoteSoftError(ingress, packetNumber);
    }

    /// <summary>True if <paramref name="seq"/> is in flight: SND.UNA ≤ seq &lt; SND.NXT.</summary>
    public bool IsInFlight(SeqNum seq) => seq >= _snd.Una && seq < _snd.Nxt;

    /// <summary>§3.10.7.1: nothing is known of such a connection.</summary>
    private void ArrivesInClosed(in TcpSegment segment)
    {
        if (!segment.Has(TcpFlags.Rst))
        {
            _reply.Reset(segment);
        }
    }

    /// <summary>§3.10.7.2.</summary>
    private void ArrivesInListen(Instant now, in TcpSegment segment)
    {
        if (segment.Has(TcpFlags.Rst))
        {
            Refuse(now, segment, SegmentCheck.ListenReset);
            return;                                     // first check: no state to reset
        }

        if (segment.Has(TcpFlags.Ack))
        {
            _reply.Reset(segment);                      // second check: nothing was sent that it could acknowledge
            return;
        }

        if (!segment.Has(TcpFlags.Syn) || segment.Has(TcpFlags.Fin))
        {
            Refuse(now, segment, SegmentCheck.ListenNoSyn);
            return;                                     // third and fourth check; SYN+FIN is dropped, as Linux does (SM-SEG-LI-5)
        }

        TakeSyn(now, segment);
        TakeEcnOfSyn(segment, crossed: false);
        Move(now, TcpInput.RcvSyn);
        _work |= Work.Syn;
        if (_extras is { FastOpen: { Mode: FastOpenMode.Accept } open })
        {
            TakeSynText(now, segment, open);
        }
    }

    /// <summary>§3.10.7.3, in the order of its checks.</summary>
    private void ArrivesInSynSent(Instant now, in TcpSegment segment)
    {
        bool hasAck = segment.Has(TcpFlags.Ack);
        if (hasAck && !CheckAckInSynSent(now, segment))
        {
            return;
        }

        if (segment.Has(TcpFlags.Rst))
        {
            if (hasAck)
            {
                Move(now, TcpInput.RcvRst);
                Bury(TcpError.Refused);
            }
            else
            {
                Refuse(now, segment, SegmentCheck.SynSentReset);
            }

            return;                                     // a reset without acknowledgment proves nothing (SM-SEG-SS-4)
        }

        if (!segment.Has(TcpFlags.Syn))
        {
            Refuse(now, segment, SegmentCheck.SynSentNoSyn);
            return;                                     // SM-SEG-SS-8
        }

        TakeSyn(now, segment);
        if (hasAck)
        {
            _ecn?.TakeSynAck(segment.Flags, segment.Ecn);
            ConnectActively(now, segment);
        }
        else
        {
            TakeEcnOfSyn(segment, crossed: true);
            Move(now, TcpInput.RcvSyn);                      // simultaneous open: the same SYN again, now with an acknowledgment
            _work |= Work.ForceRetransmit;
        }
    }

    /// <summary>First check of §3.10.7.3: the acknowledgment is of our SYN, and of this one.</summary>
    private bool CheckAckInSynSent(Instant now, in TcpSegment segment)
    {
        if (segment.Ack <= _snd.Iss || segment.Ack > _snd.Nxt)
        {
            Refuse(now, segment, SegmentCheck.SynSentAcknowledgment);
            if (_retransmits == 0 && _sent.Count > 0)
            {
                // The peer still knows an older connection, which our reset ends: the SYN need not wait for its second (as Linux).
                _timers.ArmRetransmission(RetransmissionTimer.Retransmit, now + TimeoutMin);
            }

            if (!segment.Has(TcpFlags.Rst))
            {
                _reply.Reset(segment);
            }

            return false;
        }

        // X-7323: an acknowledgment that echoes a timestamp we never sent belongs to another incarnation.
        if (_ts.IsOn && segment.Options.Has(TcpOptionPresence.Timestamps) && segment.Options.TsEcr != 0 && !IsEchoPlausible(now, segment.Options.TsEcr))
        {
            Refuse(now, segment, SegmentCheck.SynSentEcho);
            if (!segment.Has(TcpFlags.Rst))
            {
                _reply.Reset(segment);
            }

            return false;
        }

        return true;
    }

    private void ConnectActively(Instant now, in TcpSegment segment)
    {
        AcknowledgeSyn(now, segment);
        _snd.SetFromSyn(segment);
        Move(now, TcpInput.RcvSynAck);
        if (_ts.IsOn && segment.Options.TsEcr == _ts.Value(_startedAt))
        {
            Set(Traits.SynWasLost, false);              // the first SYN is answered: none was lost, the answer was late (Linux: tcp_try_undo_spurious_syn)
        }

        BecomeEstablished(now);
        AcknowledgeSynAck(now);
        if (_extras is { FastOpen: { } open })
        {
            FinishFastOpen(now, segment, open);
        }

        if (segment.Payload.Length > 0 || segment.Has(TcpFlags.Fin))
        {
            ArrivesText(now, segment, segment.Seq + 1);
        }
    }

    /// <summary>Takes sequence number, window and options of the peer's SYN.</summary>
    private void TakeSyn(Instant now, in TcpSegment segment)
    {
        TcpOptionSet options = segment.Options;
        bool first = _state is TcpState.Listen;
        _snd.SetFromSyn(segment);
        if (options.Has(TcpOptionPresence.Mss))
        {
            _peerMss = options.Mss;
        }

        bool timestamps = _settings.Timestamps && options.Has(TcpOptionPresence.Timestamps);
        _ts.IsOn = timestamps;
        if (timestamps)
        {
            _ts.Start(now, options.TsVal);
        }

        bool scaling = _settings.WindowScaling && options.Has(TcpOptionPresence.WindowScale);
        Set(Traits.WindowScaling, scaling);
        Set(Traits.SackPermitted, _settings.Sack && options.Has(TcpOptionPresence.SackPermitted));
        _snd.Shift = scaling ? Math.Min(options.WindowScale, (byte)14) : (byte)0;
        if (first)
        {
            ChooseInitialWindow(_advertisedMss - (timestamps ? TimestampOptionLength : 0), scaling);
        }
        else if (!scaling)
        {
            _rcv.Shift = 0;
            _rcv.Clamp = Math.Min(_rcv.Clamp, ushort.MaxValue);
        }

        _rcv.Start(segment.Seq);
        UpdateMss();
        _ackPolicy.Start(Math.Min(_mss, AdvertisedTextMss), _rcv.Wnd);
    }

    /// <summary>What we told the peer, less the options its segments carry (advmss as ss prints it).</summary>
    private int AdvertisedTextMss => _state == TcpState.SynSent ? _advertisedMss : _advertisedMss - (_ts.IsOn ? TimestampOptionLength : 0);

    /// <summary>Our SYN is acknowledged: it leaves the queue and gives the first round-trip sample.</summary>
    private void AcknowledgeSyn(Instant now, in TcpSegment segment)
    {
        AckFacts facts = default;
        facts.Now = now;
        facts.UnaAdvanced = true;
        facts.HasSack = Is(Traits.SackPermitted);
        facts.HasEcho = _ts.IsOn && segment.Options.Has(TcpOptionPresence.Timestamps) && segment.Options.TsEcr != 0;
        facts.Echo = segment.Options.TsEcr;
        facts.Sample = RateSample.None;
        _stats.BytesAcked += _snd.Acknowledge(segment.Ack);
        facts.Una = _snd.UnaOffset;
        RecoveryContext on = Context(now);
        LossRecovery.TakeAcked(_recovery, ref facts, ref on, ref _rate);
        _sendBuffer.Release(Math.Min(_snd.UnaOffset, _sendBuffer.Tail), _buffers);
        _stats.Delivered++;
        _stats.LastAckReceived = now.Ticks;
        if (!Is(Traits.FromCookie))
        {
            SampleRtt(now, ref facts);
        }

        if (!WasPassive)
        {
            _rate.Finish(ref facts.Sample, now, _stats.Delivered, TimeSpan.Zero, isReneging: false);
        }

        _retransmits = 0;
        _extras?.Timeouts?.OnRecovered(now);
        _firstTimeout = Instant.Never;
        _timers.StopRetransmission();
        if (Is(Traits.SynWasLost) && !_rtt.HasSample)
        {
            _rtt.RestartAfterSynLoss();
        }

        if (WasPassive && !IsEarlyOpen)
        {
            // As Linux counts: the socket is made by this acknowledgment (which it counts twice); SYN and SYN-ACK were the listener's.
            _stats.BytesAcked -= 1;
            _stats.SegmentsOut = 0;
            _stats.SegmentsIn = 2;
        }
    }

    private void BecomeEstablished(Instant now)
    {
        Debug.Assert(_state is TcpState.Established or TcpState.FinWait1, "only an acknowledged SYN leads here");
        _startedAt = now;
        _work &= ~(Work.ForceRetransmit | Work.Syn);
        _recovery = null;
        if (!IsEarlyOpen)
        {
            _stats.ReceiveSpace = _rcv.OnEstablished(AdvertisedTextMss);
        }

        if (Is(Traits.SynWasLost) && _stats.RetransmittedTotal > 1)
        {
            _window.Cwnd = 1;                           // RFC 5681 §3.1; a single lost SYN is forgiven (RFC 6928 §2, as Linux)
        }

        StartProbing(now);
        _window.OnRestart(now);
        ExpandSendBuffer();
        if (Is(Traits.KeepAlive))
        {
            StartKeepAlive(now);
        }

        if (Is(Traits.FinQueued) && _state == TcpState.Established)
        {
            Move(now, TcpInput.Close);
        }

        Raise(TcpEvent.Connected);
        Raise(TcpEvent.Writable);
    }

    private bool IsEchoPlausible(Instant now, uint echo)
    {
        uint first = _ts.Value(_startedAt);
        return unchecked(echo - first) <= unchecked(_ts.Value(now) - first);
    }
}

using System.Runtime.CompilerServices;
using Finwait.Wire;

namespace Finwait.Tcp;

/// <content>SEGMENT ARRIVES in SYN-RECEIVED and the synchronized states (RFC 9293 §3.10.7.4): one method per numbered check, in its order.</content>
public sealed partial class TcpConnection
{
    private void ArrivesInSynchronized(Instant now, in TcpSegment segment)
    {
        // What nearly every segment passes is asked here, in line; the rest of a check stands in a method of its own.
        if ((IsOldByTimestamps(now, segment) && !CheckTimestamps(now, segment))
            || !CheckSequence(now, segment)
            || (segment.Has(TcpFlags.Rst) && !CheckReset(now, segment))
            || (segment.Has(TcpFlags.Syn) && !CheckSyn(now, segment)))
        {
            return;
        }

        if (_state == TcpState.Established)
        {
            MeasureEcho(now, segment);
        }

        if (!CheckAck(now, segment))
        {
            return;
        }

        if (UsesEcn)
        {
            TakeMark(segment);
        }

        if (segment.Has(TcpFlags.Urg))
        {
            CheckUrgent(segment);
        }

        if (segment.Payload.Length > 0 || segment.Has(TcpFlags.Fin))
        {
            ArrivesText(now, segment, segment.Seq);
        }

        DecideAck(now);
    }

    /// <summary>RFC 7323 §5.3 R1 (PAWS), before the sequence check; resets pass (X-7323-14).</summary>
    /// <remarks>X-7323-9: a segment without the option is not dropped: peers are known that leave it out on the handshake's ACK.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsOldByTimestamps(Instant now, in TcpSegment segment) =>
        _ts.IsOn && !segment.Has(TcpFlags.Rst) && segment.Options.Has(TcpOptionPresence.Timestamps) && _ts.IsOld(now, segment);

    /// <summary>What a segment with an old timestamp gets.</summary>
    private bool CheckTimestamps(Instant now, in TcpSegment segment)
    {
        Refuse(now, segment, SegmentCheck.Timestamps);
        if (segment.Has(TcpFlags.Syn))
        {
            Challenge(now, segment, Rule.ChallengeAck);
        }
        else
        {
            AnswerUnacceptable(now, segment, Rule.Paws);
        }

        return false;
    }

    /// <summary>First check: the sequence number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool CheckSequence(Instant now, in TcpSegment segment)
    {
        int length = segment.Has(TcpFlags.Rst) ? 0 : segment.SequenceLength;    // text in a reset is no text (SHLD-2), nor does it need room (MUST-66)
        return _rcv.IsAcceptable(segment.Seq, length, isBareFin: length == 1 && segment.Has(TcpFlags.Fin) && segment.Payload.IsEmpty)
            && !(_settings.TakesBeyondWindow && _reassembler.Readable > 0 && segment.Seq + length > _rcv.Nxt + (int)_rcv.Current)
            || CheckUnacceptable(now, segment, length);
    }

    /// <summary>A sequence number outside the window.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool CheckUnacceptable(Instant now, in TcpSegment segment, int length)
    {
        if (segment.Has(TcpFlags.Rst))
        {
            Refuse(now, segment, SegmentCheck.Sequence);
            return false;                               // SM-RST-1
        }

        if (_state == TcpState.SynReceived && segment.Has(TcpFlags.Syn) && segment.Seq == _rcv.Irs)
        {
            AnswerRepeatedSyn(now, segment);
            return false;
        }

        Refuse(now, segment, SegmentCheck.Sequence);

        if (segment.Has(TcpFlags.Syn))
        {
            Challenge(now, segment, Rule.ChallengeAck); // RFC 5961 §4: whatever the sequence number
            return false;
        }

        HonourAck(now, segment, length);
        AnswerUnacceptable(now, segment, Rule.NotInWindow);
        return false;
    }

    /// <summary>What an unacceptable segment may still tell: the first check's special allowance with a closed window, and appendix A.2.</summary>
    private void HonourAck(Instant now, in TcpSegment segment, int length)
    {
        if (!segment.Has(TcpFlags.Ack))
        {
            return;
        }

        if (_rcv.Current == 0 && segment.Seq == _rcv.Nxt)
        {
            if (CheckAck(now, segment) && segment.Has(TcpFlags.Urg)) // SM-SEQ-3: text that finds the window closed probes it; its ACK and URG count
            {
                CheckUrgent(segment);
            }

            return;
        }

        // The acknowledgment in a probe just left of the window, or in text we have already, may be news; its timestamp is none (BUG-13).
        bool isOld = segment.Seq + length <= _rcv.Nxt && segment.Seq >= _rcv.Nxt - _rcv.Buffer;
        if (isOld && segment.Ack > _snd.Una && segment.Ack <= _snd.Nxt)
        {
            TakeAck(now, segment, isAcceptable: false);
        }
    }

    /// <summary>The original SYN again, or in a simultaneous open the peer's SYN-ACK (RFC 9293 figure 7).</summary>
    private void AnswerRepeatedSyn(Instant now, in TcpSegment segment)
    {
        if (segment.Has(TcpFlags.Ack) && segment.Ack > _snd.Una && segment.Ack <= _snd.Nxt)
        {
            _ts.Update(now, segment, _rcv.WindowUpdate);
            CompleteHandshake(now, segment);
            _ackPolicy.Now();
            return;
        }

        // The SYN-ACK once more (SM-SYN-SR-P), and the timer starts anew; but as on Linux not when it is about to fire: its slot is served already.
        _work |= Work.ForceRetransmit;
        if (_timers.Mode == RetransmissionTimer.Retransmit && _timers.Retransmission > now + TimerSlot)
        {
            _timers.ArmRetransmission(RetransmissionTimer.Retransmit, now + _rtt.Rto);
        }
    }

    /// <summary>Second check: RST (RFC 5961 §3).</summary>
    private bool CheckReset(Instant now, in TcpSegment segment)
    {
        if (_state == TcpState.TimeWait)
        {
            Refuse(now, segment, SegmentCheck.TimeWaitReset);
            return false;                               // RFC 1337
        }

        // SM-RST-5: a reset behind a lost segment has the number behind the highest block we hold.
        bool exact = segment.Seq == _rcv.Nxt || (Is(Traits.SackPermitted) && _reassembler.RangesAhead > 0
            && segment.Seq == _rcv.Irs + unchecked((uint)(_reassembler.Ahead(_reassembler.RangesAhead - 1).End + 1)));
        if (!exact)
        {
            Refuse(now, segment, SegmentCheck.ResetSequence);
            Challenge(now, segment, Rule.ChallengeAck);
            return false;
        }

        TcpError error = _state switch
        {
            TcpState.SynReceived => IsEarlyOpen ? TcpError.Reset : WasPassive ? TcpError.None : TcpError.Refused,
            TcpState.CloseWait => TcpError.BrokenPipe,
            TcpState.Closing or TcpState.LastAck => TcpError.None,
            _ => TcpError.Reset,
        };
        bool backToListen = _state == TcpState.SynReceived && WasPassive;
        if (backToListen)
        {
            Move(now, TcpInput.Abort, Rule.Reset);           // the listener is the host's; this embryo simply ends (MUST-11)
        }
        else
        {
            Move(now, TcpInput.RcvRst);
        }

        Bury(error);
        return false;
    }

    /// <summary>Fourth check (the third, security, is not implemented): SYN.</summary>
    private bool CheckSyn(Instant now, in TcpSegment segment)
    {
        Refuse(now, segment, SegmentCheck.Syn);
        if (_state == TcpState.SynReceived && IsEarlyOpen)
        {
            _reply.Reset(segment);                      // the application has it already, and anybody can send a SYN (as Linux)
            return false;
        }

        if (_state == TcpState.SynReceived && WasPassive)
        {
            Move(now, TcpInput.Abort, Rule.SynAgain);        // SM-SYN-SR-P: back to the listener
            Bury(TcpError.None);
            return false;
        }

        Challenge(now, segment, Rule.ChallengeAck);
        return false;
    }

    /// <summary>Fifth check: ACK.</summary>
    private bool CheckAck(Instant now, in TcpSegment segment)
    {
        if (!segment.Has(TcpFlags.Ack))
        {
            Refuse(now, segment, SegmentCheck.NoAcknowledgment);
            return false;                               // SM-ACK-0
        }

        if (_state == TcpState.SynReceived)
        {
            if (segment.Ack <= _snd.Una || segment.Ack > _snd.Nxt)
            {
                Refuse(now, segment, SegmentCheck.Acknowledgment);
                _reply.Reset(segment);
                return false;
            }

            if (IsDeferred(segment))
            {
                Refuse(now, segment, SegmentCheck.DeferAccept);
                return false;
            }
        }
        else if (!_snd.IsAckPlausible(segment.Ack))
        {
            Refuse(now, segment, SegmentCheck.Acknowledgment);
            Challenge(now, segment, Rule.ChallengeAck); // RFC 5961 §5; SM-ACK-ES-3
            return false;
        }

        TakeAck(now, segment, isAcceptable: true);
        return _state != TcpState.Closed;
    }

    private void TakeAck(Instant now, in TcpSegment segment, bool isAcceptable)
    {
        if (isAcceptable)
        {
            _ts.Update(now, segment, _rcv.WindowUpdate);
        }

        if (_state == TcpState.SynReceived)
        {
            CompleteHandshake(now, segment);
        }

        bool finAcked = ProcessAck(now, segment);
        if (finAcked)
        {
            OnFinAcknowledged(now, segment);
        }
    }

    private void CompleteHandshake(Instant now, in TcpSegment segment)
    {
        AcknowledgeSyn(now, segment);
        _ecn?.TakeHandshakeAck(segment);
        _snd.SetFromHandshake(segment);
        Move(now, TcpInput.RcvAckOfSyn);
        BecomeEstablished(now);
        if (_extras is { FastOpen: { } open })
        {
            FinishFastOpen(now, segment, open);
            ArmRetransmission(now);                     // of text that went out before the handshake ended
        }
    }

    private void OnFinAcknowledged(Instant now, in TcpSegment segment)
    {
        switch (_state)
        {
            case TcpState.FinWait1:
                Move(now, TcpInput.RcvAckOfFin);
                if (IsOrphan)
                {
                    StartFinWait2Timer(now);
                }

                break;
            case TcpState.Closing:
                Move(now, TcpInput.RcvAckOfFin);
                StartTimeWait(now);
                break;
            case TcpState.LastAck:
                Move(now, TcpInput.RcvAckOfFin);
                Bury(TcpError.None);
                break;
        }
    }

    /// <summary>Sixth check: URG (RFC 6093: the pointer names the octet behind the urgent ones; the octets stay in line).</summary>
    private void CheckUrgent(in TcpSegment segment)
    {
        if (segment.UrgentPointer == 0 || _state is not (TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2))
        {
            return;
        }

        long end = _reassembler.NextOffset + (segment.Seq - _rcv.Nxt) + segment.UrgentPointer;
        if (end > ReceiveUrgent && end > _reassembler.ReadOffset)
        {
            if (IsAtUrgentMark && _reassembler.Readable > 0)
            {
                Extras.FormerUrgent = ReceiveUrgent;
            }

            Extras.ReceiveUrgent = end;
            Raise(TcpEvent.Urgent);
        }
    }

    /// <summary>An ACK for what cannot be accepted. Without text it is throttled: two sides must not answer each other for ever (X-5961-6, SM-SEQ-10).</summary>
    private void AnswerUnacceptable(Instant now, in TcpSegment segment, Rule rule)
    {
        if (_state == TcpState.TimeWait && segment.Has(TcpFlags.Fin))
        {
            _timers.ArmTimeWait(now + _settings.TimeWait);
        }

        bool hasText = segment.Payload.Length > 0 || segment.Has(TcpFlags.Fin);
        if (!hasText && IsThrottled(now))
        {
            return;
        }

        if (segment.Payload.Length > 0 && segment.Seq < _rcv.Nxt)
        {
            _ackPolicy.EnterQuickMode(_rcv.Wnd);
            long start = _reassembler.NextOffset + (_finReceived ? 1 : 0) + (segment.Seq - _rcv.Nxt);
            ReportDuplicate(start, Math.Min(start + segment.Payload.Length, _reassembler.NextOffset));
            if (rule == Rule.NotInWindow && segment.Seq + segment.SequenceLength >= _rcv.WindowUpdate && _state is TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2)
            {
                // What was not acknowledged yet came twice: Linux has it in the sequence, and a full buffer makes the answer wait like any other.
                _ackPolicy.Schedule();
                DecideAck(now);
                return;
            }
        }

        _reply.Acknowledge(rule);
    }

    private void Challenge(Instant now, in TcpSegment segment, Rule rule)
    {
        if (!IsThrottled(now))
        {
            _reply.Acknowledge(rule);
        }
    }

    private bool IsThrottled(Instant now)
    {
        if (_extras is { LastChallenge: not 0 } extras && now.Ticks - extras.LastChallenge < _settings.InvalidRateLimit.Ticks)
        {
            return true;
        }

        Extras.LastChallenge = Math.Max(1, now.Ticks);
        return false;
    }

    /// <summary>RFC 2883 §4: the octets [<paramref name="start"/>, <paramref name="end"/>) of the stream came twice.</summary>
    private void ReportDuplicate(long start, long end)
    {
        if (Is(Traits.SackPermitted) && start < end)
        {
            (_sack ??= new()).OnDuplicate(start, end);
        }
    }
}

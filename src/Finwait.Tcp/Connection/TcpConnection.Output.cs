using System.Diagnostics;
using System.Runtime.CompilerServices;
using Finwait.Wire;

namespace Finwait.Tcp;

/// <content>What goes out: one <see cref="SegmentPlan"/> at a time, in the order reset, answer, SYN, retransmission, new text, probe, bare acknowledgment.</content>
public sealed partial class TcpConnection
{
    /// <summary>The next segment to send, if there is one. Call until it returns false.</summary>
    [SkipLocalsInit]
    public bool PollTransmit(Instant now, out SegmentPlan plan)
    {
        if ((_work & (Work.Reset | Work.Syn)) != 0 || _reply.IsPending)
        {
            if (PlanControl(now, out plan))
            {
                return true;
            }
        }

        if (_state is TcpState.Closed or TcpState.Listen or TcpState.SynSent && _sent.Count == 0)
        {
            plan = default;
            return false;
        }

        if ((_sent.NextToRetransmit >= 0 || (_work & Work.ForceRetransmit) != 0) && PlanRetransmission(now, out plan))
        {
            return true;
        }

        if (_sendBuffer.Tail > _snd.NxtOffset || (Is(Traits.FinQueued) && _snd.NxtOffset == _sendBuffer.Tail))
        {
            if (PlanNew(now, out plan))
            {
                return true;
            }
        }

        if (_window.IsToValidate)
        {
            ValidateWindow(now);
        }

        if ((_work & (Work.HoldRetransmissions | Work.LossProbe | Work.Probe)) != 0 && PlanRest(now, out plan))
        {
            return true;
        }

        if (_ackPolicy.IsNow && _state >= TcpState.SynReceived)
        {
            Begin(now, out plan, _snd.Nxt, TcpFlags.Ack, Rule.Acknowledge);
            Finish(now, ref plan);
            return true;
        }

        plan = default;
        return false;
    }

    /// <summary>True if <see cref="PollTransmit"/> has surely nothing to do now: the owner need not ask.</summary>
    public bool HasNothingToSend => _work == Work.None && !_reply.IsPending && !_ackPolicy.IsNow && !_window.IsToValidate && _sent.NextToRetransmit < 0
        && _sendBuffer.Tail <= _snd.NxtOffset && (!Is(Traits.FinQueued) || _snd.NxtOffset != _sendBuffer.Tail);

    /// <summary>Copies the text of <paramref name="plan"/> from the send buffer; before the next command or input.</summary>
    public void CopyPayload(in SegmentPlan plan, Span<byte> destination) => _sendBuffer.Copy(plan.PayloadOffset, destination[..plan.PayloadLength]);

    /// <summary>Copies the text and returns its ones'-complement sum (see <see cref="InternetChecksum.Sum"/>).</summary>
    public ulong CopyPayloadAndSum(in SegmentPlan plan, Span<byte> destination) => _sendBuffer.CopyAndSum(plan.PayloadOffset, destination[..plan.PayloadLength]);

    private bool PlanControl(Instant now, out SegmentPlan plan)
    {
        if ((_work & Work.Reset) != 0)
        {
            _work &= ~Work.Reset;
            _reply.Clear();
            Begin(now, out plan, _snd.Nxt, TcpFlags.Rst | TcpFlags.Ack, _resetRule);
            plan.RawWindow = (ushort)Math.Min(_rcv.Current >> _rcv.Shift, ushort.MaxValue);
            _stats.SegmentsOut++;
            return true;
        }

        if (_reply.IsPending)
        {
            PlanReply(now, out plan);
            return true;
        }

        _work &= ~Work.Syn;
        _sent.Push(-1, 1, SentFlags.Syn, now, _buffers);
        _snd.Advance(1);
        _startedAt = now;
        PlanSyn(now, out plan, Rule.Open);
        if (_extras is { FastOpen: { } open })
        {
            AddFastOpen(now, ref plan, open);
        }

        ArmRetransmission(now);
        return true;
    }

    private void PlanReply(Instant now, out SegmentPlan plan)
    {
        ControlReply reply = _reply;
        _reply.Clear();
        if ((reply.Flags & TcpFlags.Rst) != 0)
        {
            plan = default;
            plan.Seq = reply.Seq;
            plan.Ack = reply.Ack;
            plan.Flags = reply.Flags;
            plan.Cause = CauseOfSegment(now, reply.Rule);
            if (reply.EchoTsVal is { } tsVal && _ts.IsOn && _state != TcpState.SynSent)
            {
                plan.Options.Present = TcpOptionPresence.Timestamps;
                plan.Options.TsEcr = tsVal;
            }

            _stats.SegmentsOut++;
            return;
        }

        Begin(now, out plan, _snd.Nxt, TcpFlags.Ack, reply.Rule);
        Finish(now, ref plan);
    }

    private void PlanSyn(Instant now, out SegmentPlan plan, Rule rule)
    {
        bool answers = _state != TcpState.SynSent;
        plan = default;
        plan.Seq = _snd.Iss;
        plan.Flags = answers ? TcpFlags.Syn | TcpFlags.Ack | (_ecn?.SynAckFlags() ?? 0) : TcpFlags.Syn | (_ecn?.SynFlags(_settings, _retransmits) ?? 0);
        plan.Ack = answers ? _rcv.Nxt : default;
        plan.RawWindow = (ushort)Math.Min(_rcv.Wnd, ushort.MaxValue);     // text that a SYN brought takes nothing off it, as on Linux
        plan.Cause = CauseOfSegment(now, rule);
        plan.Options.Present = TcpOptionPresence.Mss;
        plan.Options.Mss = _advertisedMss;
        bool scaling = answers ? Is(Traits.WindowScaling) : _settings.WindowScaling;
        if (scaling)
        {
            plan.Options.Present |= TcpOptionPresence.WindowScale;
            plan.Options.WindowScale = _rcv.Shift;
        }

        if (answers ? Is(Traits.SackPermitted) : _settings.Sack)
        {
            plan.Options.Present |= TcpOptionPresence.SackPermitted;
        }

        if (_ts.IsOn)
        {
            plan.Options.Present |= TcpOptionPresence.Timestamps;
            plan.Options.TsVal = _ts.Value(now);
            plan.Options.TsEcr = answers ? _ts.Recent : 0;
        }

        if (answers)
        {
            if (_ecn is { Mode: EcnMode.Accurate } && _settings.EcnOption > 0 && _retransmits == 0)
            {
                AccurateEcn.WriteFirstOption(ref plan.Options);
            }

            _rcv.WindowUpdate = _rcv.Nxt;
            _ackPolicy.OnAckSent(ref _timers);
        }

        _stats.SegmentsOut++;
    }

    /// <summary>A lost segment, as far as the congestion window allows; or the oldest whatever it says.</summary>
    private bool PlanRetransmission(Instant now, out SegmentPlan plan)
    {
        plan = default;
        bool forced = (_work & Work.ForceRetransmit) != 0;
        _work &= ~Work.ForceRetransmit;
        if (_sent.Count == 0 || (!forced && (_sent[0].Has(SentFlags.Syn) || (_work & Work.HoldRetransmissions) != 0 || InFlight >= _window.Cwnd || !MayDepart(now))))
        {
            return false;
        }

        int index = forced ? 0 : _sent.NextToRetransmit;
        return SendAgain(now, out plan, index, forced || Phase == RecoveryPhase.Loss ? Rule.Retransmit : Rule.FastRetransmit);
    }

    /// <summary>What is left when neither something lost nor new text can go.</summary>
    private bool PlanRest(Instant now, out SegmentPlan plan)
    {
        if ((_work & Work.HoldRetransmissions) != 0 && _snd.NxtOffset <= Recovery.HighSeq)
        {
            // F-RTO had nothing new to send after all: the usual recovery.
            _work &= ~Work.HoldRetransmissions;
            Recovery.GiveUpForwardRto();
            if (_sent.NextToRetransmit >= 0 && PlanRetransmission(now, out plan))
            {
                return true;
            }
        }

        if ((_work & Work.LossProbe) != 0)
        {
            // The tail loss probe without new text: the last segment again (RFC 8985 §7.3).
            _work &= ~Work.LossProbe;
            if (_sent.Count > 0 && !_sent[_sent.Count - 1].Has(SentFlags.Sacked) && SendAgain(now, out plan, _sent.Count - 1, Rule.Probe))
            {
                Recovery.OnProbeSent(_snd.NxtOffset, isRetransmission: true);
                return true;
            }

            if (_sent.Count > 0 && _timers.Mode == RetransmissionTimer.Off)
            {
                RearmTimeout(now);                      // no probe: what is in flight lies beyond a window taken back, or the peer has the last of it
            }
        }

        return PlanProbe(now, out plan);
    }

    private bool SendAgain(Instant now, out SegmentPlan plan, int index, Rule rule)
    {
        plan = default;
        if (_sent[index].Length > _mss + 1)
        {
            _sent.SplitLonger(_mss, _buffers);          // the path takes less than when it was sent
            index = rule == Rule.Probe ? _sent.Count - 1 : index;
        }

        if (index == 0 && _snd.Wnd > 0 && _sent[0].Length > _snd.Wnd && !_sent[0].Has(SentFlags.Syn))
        {
            _sent.SplitFirst((int)_snd.Wnd, _buffers);  // what is left of the window; where nothing is left the oldest goes whole, as a probe
        }

        ref SentSegment segment = ref _sent[index];
        if (index > 0 && segment.End > _snd.UnaOffset + _snd.Wnd)
        {
            return false;                               // the peer took window back: what lies beyond is not sent again, but the oldest is, as a probe (RFC 7323 §2.4)
        }

        _sent.OnRetransmitted(index, counts: rule != Rule.Probe, now);
        if (_extras is { Probing: { } probing })
        {
            probing.ProbeSize = 0;                      // what arrives now says nothing of the size (RFC 4821 §7.6.4)
        }

        if (segment.Has(SentFlags.Syn))
        {
            PlanSyn(now, out plan, rule);
        }
        else
        {
            _rate.OnSent(ref segment, isFirstInFlight: false, _stats.Delivered, LostTotal, InFlight);
            Begin(now, out plan, _snd.SeqOf(segment.Start), TcpFlags.Ack, rule);
            FillText(ref plan, segment.Start, segment.Length, segment.Flags);
            Finish(now, ref plan);
            CountDeparture(now, plan);
            _stats.DataSegmentsOut += plan.PayloadLength > 0 ? 1u : 0;
            _stats.BytesSent += plan.PayloadLength;
            _stats.LastDataSent = plan.PayloadLength > 0 ? now.Ticks : _stats.LastDataSent;
        }

        _stats.RetransmittedTotal++;
        _stats.BytesRetransmitted += plan.PayloadLength;
        if (rule == Rule.Probe)
        {
            _timers.ArmRetransmission(RetransmissionTimer.Retransmit, now + _rtt.Rto);
        }
        else
        {
            Recovery.OnRetransmitted(now);
            if (index == 0 && Recovery.IsReducing && _timers.Mode != RetransmissionTimer.Reordering)
            {
                _timers.ArmRetransmission(RetransmissionTimer.Retransmit, now + _rtt.Rto);
            }
            else if (_timers.Mode == RetransmissionTimer.Off)
            {
                ArmRetransmission(now, allowLossProbe: false);
            }
        }

        return true;
    }

    private bool PlanNew(Instant now, out SegmentPlan plan)
    {
        plan = default;
        if (_state is TcpState.SynSent || (_state == TcpState.SynReceived && !IsEarlyOpen))
        {
            return false;
        }

        int unsent = (int)((_extras is { RecordEnds: { } ends } ? EndOfRecord(ends) : _sendBuffer.Tail) - _snd.NxtOffset);
        bool probing = (_work & Work.LossProbe) != 0;
        if (InFlight >= _window.Cwnd && !probing)
        {
            _window.IsToValidate = true;
            return false;
        }

        if (_extras is { Probing: { } mtuProbing } && ProbeLength(now, mtuProbing) is not 0 and var probe)
        {
            if (probe > 0)
            {
                SendMtuProbe(now, out plan, probe, mtuProbing);
            }

            return probe > 0;
        }

        int mss = EffectiveMss();
        int length = 0;
        if (unsent > 0)
        {
            length = NextLength(now, unsent, mss);
            if (length == 0)
            {
                NoteWindowLimit(now, isLimited: _snd.Usable < Math.Min(unsent, mss));
                ArmPersistIfStuck(now);
                return false;
            }

            if (_extras is not null)
            {
                NoteWindowLimit(now, isLimited: false);
            }
        }

        bool last = length == unsent;
        bool fin = last && Is(Traits.FinQueued) && _snd.Usable > length && _snd.NxtOffset + length == _sendBuffer.Tail;
        if (length == 0 && !fin)
        {
            ArmPersistIfStuck(now);
            return false;
        }

        if (!probing && !MayDepart(now))
        {
            return false;
        }

        SendNew(now, out plan, length, mss, last, fin);
        return true;
    }

    private void SendNew(Instant now, out SegmentPlan plan, int length, int mss, bool last, bool fin)
    {
        SentFlags flags = (length > 0 && last ? SentFlags.Push : SentFlags.None) | (fin ? SentFlags.Fin : SentFlags.None);
        long start = _snd.NxtOffset;
        bool endsBurst = length > 0 && start + length == _burstEnd;     // as on Linux it is the burst that is pushed: sent again alone, its last segment is not
        int octets = length + (fin ? 1 : 0);
        Begin(now, out plan, _snd.Nxt, TcpFlags.Ack, (_work & Work.LossProbe) != 0 ? Rule.Probe : Rule.Transmit);
        if (_stats.BusySince == 0)
        {
            _stats.BusySince = Math.Max(1, now.Ticks);
        }

        bool isFirst = _sent.Count == 0;
        if (isFirst && Paced is not null)
        {
            TellTransmitStart(now);
        }

        _rate.OnSent(ref _sent.Push(start, octets, flags, now, _buffers), isFirst, _stats.Delivered, LostTotal, InFlight);
        _snd.Advance(octets);
        FillText(ref plan, start, octets, flags | (endsBurst ? SentFlags.Push : SentFlags.None));
        if (length < mss && length > 0)
        {
            _smallEnd = _snd.NxtOffset;
        }

        if (length > 0)
        {
            _ackPolicy.OnTextSent(now);
            _stats.LastDataSent = now.Ticks;
            _stats.DataSegmentsOut++;
            _stats.BytesSent += length;
        }

        if ((_work & Work.LossProbe) != 0)
        {
            _work &= ~Work.LossProbe;
            Recovery.OnProbeSent(_snd.NxtOffset, isRetransmission: false);
            _timers.ArmRetransmission(RetransmissionTimer.Retransmit, now + _rtt.Rto);
        }
        else
        {
            AfterNewText(now, isFirst);
        }

        _work &= ~Work.Override;
        _recovery?.OnSent();
        _window.IsToValidate = true;
        Finish(now, ref plan, isNewText: length > 0);
        CountDeparture(now, plan);
    }

    /// <summary>A probe has no text and an old sequence number, so that the peer must answer (SHLD-12, X-ZWP-1).</summary>
    private bool PlanProbe(Instant now, out SegmentPlan plan)
    {
        plan = default;
        if ((_work & Work.Probe) == 0)
        {
            return false;
        }

        _work &= ~Work.Probe;
        if (_state is TcpState.SynSent or TcpState.SynReceived or TcpState.TimeWait)
        {
            return false;
        }

        Begin(now, out plan, _snd.Una - 1, TcpFlags.Ack, _timers.Mode == RetransmissionTimer.Persist ? Rule.Probe : Rule.KeepAlive);
        Finish(now, ref plan);
        return true;
    }

    private void Begin(Instant now, out SegmentPlan plan, SeqNum seq, TcpFlags flags, Rule rule)
    {
        plan = default;
        plan.Seq = seq;
        plan.Ack = _rcv.Nxt;
        plan.Flags = flags;
        plan.SegmentSize = _mss;
        plan.Cause = CauseOfSegment(now, rule);
        if (_ts.IsOn)
        {
            plan.Options.Present = TcpOptionPresence.Timestamps;
            plan.Options.TsVal = _ts.Value(now);
            plan.Options.TsEcr = _ts.Recent;
        }
    }

    private void FillText(ref SegmentPlan plan, long start, int octets, SentFlags flags)
    {
        bool fin = (flags & SentFlags.Fin) != 0;
        plan.PayloadOffset = start;
        plan.PayloadLength = octets - (fin ? 1 : 0);
        plan.Flags |= (fin ? TcpFlags.Fin : 0) | ((flags & SentFlags.Push) != 0 ? TcpFlags.Psh : 0);
        if (Is(Traits.Urgent) && Extras.UrgentEnd > start)
        {
            plan.Flags |= TcpFlags.Urg;
            plan.UrgentPointer = (ushort)Math.Min(Extras.UrgentEnd - start, ushort.MaxValue);
        }
    }

    /// <summary>The last of every segment that carries our current acknowledgment and window.</summary>
    private void Finish(Instant now, ref SegmentPlan plan, bool isNewText = false)
    {
        if (_sack is { HasBlocks: true } sack)
        {
            int room = Math.Min((40 - (_ts.IsOn ? TimestampOptionLength : 0) - 4) / 8, SackBlockList.Capacity);
            if (plan.PayloadLength > 0)
            {
                room = Math.Min(room, Math.Max(0, (_mss - plan.PayloadLength - 4) / 8));
            }

            sack.Report(ref plan.Options, _rcv.Irs, room, _finReceived ? -1 : _finOffset);
        }

        if (UsesEcn)
        {
            MarkEcn(ref plan, isNewText);
        }

        plan.RawWindow = AdvertisedWindow();
        _ackPolicy.OnAckSent(ref _timers);
        _stats.SegmentsOut++;
    }

    /// <summary>Largest text of a segment that goes out now: SACK blocks take room from the text (MUST-16).</summary>
    private int EffectiveMss()
    {
        if (_sack is not { HasBlocks: true })
        {
            return _mss - EcnOptionLength;
        }

        int room = Math.Min((40 - (_ts.IsOn ? TimestampOptionLength : 0) - 4) / 8, Math.Max(1, _reassembler.RangesAhead));
        return Math.Max(1, _mss - 4 - (8 * room));
    }
}

using System.Runtime.CompilerServices;

namespace Finwait.Tcp;

/// <content>What is told of each decision to who watches: its cause, and the values compared. Costs one branch where nobody does.</content>
public sealed partial class TcpConnection
{
    /// <summary>What the connection knows at <paramref name="now"/>.</summary>
    public TcpStepValues GetValues(Instant now) => new()
    {
        State = _state,
        Iss = _snd.Iss,
        SndUna = _snd.Una,
        SndNxt = _snd.Nxt,
        SndWnd = _snd.Wnd,
        Irs = _rcv.Irs,
        RcvNxt = _rcv.Nxt,
        RcvWnd = _rcv.Current,
        Unsent = Unsent,
        Cwnd = _window.Cwnd,
        Ssthresh = _window.Ssthresh,
        InFlight = InFlight,
        Unacked = _sent.Count,
        Sacked = Math.Min(_sent.SackedOut + DuplicateAcks, _sent.Count),
        Lost = _sent.LostOut,
        DupThresh = _recovery?.Reordering ?? _settings.Reordering,
        Mss = _mss,
        Recovery = (TcpCongestionState)Phase,
        Srtt = _rtt.SmoothedRtt,
        RttVar = _rtt.RttVar,
        Rto = _rtt.Rto,
        Backoff = _rtt.Backoff,
        Retransmits = _retransmits,
        Probes = _probesOut,
        PersistBackoff = _persistBackoff,
        OldestSentAt = _sent.Count > 0 ? new Instant(_sent[0].SentAt) : Instant.Never,
        SendTimer = KindOf(_timers.Mode),
        SendTimerAt = _timers.Retransmission,
        DelayedAckAt = _timers.DelayedAck,
        KeepAliveAt = _timers.KeepAlive,
        TimeWaitAt = _timers.TimeWait,
        Unacknowledged = _rcv.Nxt - _rcv.WindowUpdate,
        ReceiveMss = _ackPolicy.ReceiveMss,
        RangesAhead = _reassembler.RangesAhead,
        RoomFree = _rcv.Free(UsedMemory),
        RoomLeast = _rcv.LeastOffer(_ackPolicy.ReceiveMss),
        QuickAcks = _ackPolicy.QuickAcks,
        AckDelay = _ackPolicy.Delay,
        IsInteractive = _ackPolicy.IsInteractive,
        PeerClosed = _finReceived,
        KeepAliveIdle = KeepAliveIdle,
        KeepAliveInterval = KeepAliveInterval,
        KeepAliveProbes = KeepAliveProbes,
        LastHeard = LastHeard,
        TsRecent = _ts.Recent,
        Hold = FindHold(now),
    };

    private static CauseKind KindOf(RetransmissionTimer mode) => mode switch
    {
        RetransmissionTimer.Retransmit => CauseKind.RetransmissionTimeout,
        RetransmissionTimer.LossProbe => CauseKind.TailLossProbe,
        RetransmissionTimer.Reordering => CauseKind.ReorderingTimer,
        RetransmissionTimer.Persist => CauseKind.Persist,
        _ => CauseKind.None,
    };

    private Cause CauseOfSegment(Instant now, Rule rule) => _settings.StepTap is null ? CauseOf(rule) : NoteSegment(now, rule);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Cause NoteSegment(Instant now, Rule rule) => CauseOf(rule) with { Step = Note(now, TcpStepKind.Sent, CauseOf(rule)) };

    private void BecauseOfCall(CauseKind kind) => Because(kind, _settings.StepTap?.Call ?? 0);

    private void BecauseOfTimer(Instant now, CauseKind kind) => Because(kind, _settings.StepTap is null ? 0 : Note(now, TcpStepKind.Fired, new Cause(kind, Rule.None, 0)));

    /// <summary>A segment, or a part of it, is not taken.</summary>
    private void Refuse(Instant now, in TcpSegment segment, SegmentCheck check)
    {
        Extras.PacketsDropped++;
        if (_settings.StepTap is not null)
        {
            Note(now, TcpStepKind.Refused, new Cause(CauseKind.Packet, Rule.None, segment.PacketNumber), check);
        }
    }

    private void NoteArmed(Instant now, CauseKind timer)
    {
        if (_settings.StepTap is { } tap)
        {
            // The rule of the cause tells which timer it is.
            Cause by = timer == CauseKind.KeepAlive ? new Cause(CauseKind.Call, Rule.KeepAlive, tap.Call) : CauseOf(Rule.Acknowledge);
            Note(now, TcpStepKind.Armed, by);
        }
    }

    private void NoteQueued(Instant now, int octets, bool isEnd)
    {
        if (_settings.StepTap is not null)
        {
            Note(now, TcpStepKind.Queued, CauseOf(Rule.None), offset: _sendBuffer.Tail - octets, length: isEnd ? 0 : octets);
        }
    }

    /// <summary>Segments were found lost, and not by the timeout: what showed it.</summary>
    private void NoteLoss(Instant now, in AckFacts facts)
    {
        if (facts.Sign == LossSign.None || _settings.StepTap is not { } tap)
        {
            return;
        }

        (long rtt, long sentAt) = Recovery.RackDelivered;
        TcpStepValues values = GetValues(now);
        values.LossSign = facts.Sign;
        values.RackRtt = new TimeSpan(rtt);
        values.RackSentAt = new Instant(sentAt);
        values.ReorderingWindow = new TimeSpan(facts.SettlingTime);
        tap.Add(new TcpStep(0, now, _settings.StateTap?.NumberOf(this) ?? 0, TcpStepKind.Lost, SegmentCheck.None, CauseOf(Rule.FastRetransmit), facts.LostFrom, (int)Math.Min(facts.LostTo - facts.LostFrom, int.MaxValue), values));
    }

    private void NoteSoftError(Instant now, ulong packetNumber)
    {
        if (_settings.StepTap is not null)
        {
            Note(now, TcpStepKind.SoftError, new Cause(CauseKind.NetworkError, Rule.None, packetNumber));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private uint Note(Instant now, TcpStepKind kind, Cause cause, SegmentCheck check = SegmentCheck.None, long offset = 0, int length = 0) =>
        _settings.StepTap!.Add(new TcpStep(0, now, _settings.StateTap?.NumberOf(this) ?? 0, kind, check, cause, offset, length, GetValues(now)));

    /// <summary>Asks what <see cref="PlanNew"/> would ask, in its order, and changes nothing.</summary>
    private SendHold FindHold(Instant now)
    {
        int unsent = Unsent;
        bool hasFin = Is(Traits.FinQueued) && _snd.NxtOffset == _sendBuffer.Tail;
        if (unsent == 0 && !hasFin)
        {
            return SendHold.NothingToSend;
        }

        if (_state is TcpState.SynSent || (_state == TcpState.SynReceived && !IsEarlyOpen))
        {
            return SendHold.Handshake;
        }

        if (_state is TcpState.Closed or TcpState.Listen or TcpState.TimeWait)
        {
            return SendHold.NothingToSend;
        }

        if (InFlight >= _window.Cwnd)
        {
            return SendHold.CongestionWindow;
        }

        if (_snd.Usable <= 0)
        {
            return SendHold.PeerWindow;
        }

        if (Paced is { } pacing && !pacing.Deadline.IsNever && pacing.Deadline > now)
        {
            return SendHold.Pacing;
        }

        int mss = EffectiveMss();
        int fits = Math.Min(Math.Min(unsent, mss), _snd.Usable);
        if (unsent == 0 || fits == mss)
        {
            return unsent > mss && _settings.SegmentationOffload && WaitsForBurstNow(now, unsent, mss, out _) ? SendHold.Burst : SendHold.None;
        }

        if (fits < unsent)
        {
            return fits >= _snd.MaxWnd / 2 ? SendHold.None : SendHold.SillyWindow;
        }

        if (Is(Traits.FinQueued))
        {
            return SendHold.None;
        }

        if (Is(Traits.MoreComing | Traits.Cork))
        {
            return SendHold.Cork;
        }

        return !Is(Traits.NoDelay) && _sent.Count > 0 && _smallEnd > _snd.UnaOffset ? SendHold.Nagle : SendHold.None;
    }
}

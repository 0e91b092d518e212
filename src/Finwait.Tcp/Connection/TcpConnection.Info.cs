namespace Finwait.Tcp;

/// <content>STATUS (RFC 9293 §3.10.6): what can be seen from outside.</content>
public sealed partial class TcpConnection
{
    /// <summary>The fields of <c>ss -i</c>, in its units, at <paramref name="now"/>.</summary>
    public TcpInfo GetInfo(Instant now)
    {
        bool open = _state is not (TcpState.Closed or TcpState.Listen or TcpState.SynSent);
        TcpInfo info = new()
        {
            State = _state,
            CongestionState = (TcpCongestionState)Phase,
            CongestionControl = _controller.Name,
            HasTimestamps = open && _ts.IsOn,
            HasSack = Is(Traits.SackPermitted),
            HasEcn = UsesEcn || (_state == TcpState.SynSent && _ecn is { IsRequested: true }),
            EcnSeen = _ecn is { Seen: true },
            HasWindowScale = Is(Traits.WindowScaling),
            SendWindowScale = _snd.Shift,
            ReceiveWindowScale = Is(Traits.WindowScaling) ? _rcv.Shift : (byte)0,
            Rto = _rtt.Rto,
            Rtt = _rtt.SmoothedRtt,
            RttVar = _rtt.RttVar,
            MinRtt = new TimeSpan(_stats.MinRtt),
            Ato = _ackPolicy.Delay,
            Retransmits = _retransmits,
            Probes = _probesOut,
            Backoff = _timers.Mode == RetransmissionTimer.Persist ? _persistBackoff : _rtt.Backoff,
            SendMss = _mss,
            PathMtu = _pathMtu,
            ReceiveMss = _ackPolicy.ReceiveMss,
            AdvertisedMss = AdvertisedTextMss,
            CongestionWindow = _window.Cwnd,
            SlowStartThreshold = _window.Ssthresh,
            AppLimited = _rate.IsAppLimited,
            Busy = _stats.Busy(now),
            ReceiveWindowLimited = WindowLimited(now),
            Unacked = _sent.Count,
            RetransmittedNow = _sent.RetransmittedOut,
            RetransmittedTotal = (int)_stats.RetransmittedTotal,
            Lost = _sent.LostOut,
            Sacked = Math.Min(_sent.SackedOut + DuplicateAcks, _sent.Count),
            DsackDuplicates = _recovery?.DuplicatesReported ?? 0,
            Reordering = _recovery?.Reordering ?? _settings.Reordering,
            ReorderSeen = _recovery?.ReorderingSeen ?? 0,
            OutOfOrderPackets = (int)_stats.OutOfOrderPackets,
            NotSent = Unsent,
            SendWindow = (int)_snd.Wnd,
            ReceiveWindow = (int)_rcv.Current,
            ReceiveSpace = _stats.ReceiveSpace,
            ReceiveRtt = _tuning?.RoundTrip ?? TimeSpan.Zero,
            ReceiveSlowStartThreshold = _rcv.SlowStartThreshold,
        };
        if (_state == TcpState.SynSent && Is(Traits.SynWasLost))
        {
            // As Linux shows a SYN that timed out; BecomeEstablished decides what is left of it (CUBIC's β is 717/1024, RFC 9438 §4.6).
            info.SlowStartThreshold = Math.Max(2, _window.Cwnd * 717 / 1024);
            info.CongestionWindow = 1;
        }

        FillCounts(ref info);
        FillRates(ref info);
        FillQueues(ref info);
        FillTimer(ref info);
        FillRare(now, ref info);
        return info;
    }

    /// <summary>Segments looked at while searching and marking: a measure of work for tests.</summary>
    internal uint SegmentsVisited => _sent.Visited;

    /// <summary>What a host must keep of a connection that <see cref="CanRetire"/>, so that the big object can go.</summary>
    public TimeWaitState GetTimeWaitState() => new()
    {
        SndNxt = _snd.Nxt,
        RcvNxt = _rcv.Nxt,
        ReceiveWindow = _rcv.Current,
        RawWindow = (ushort)Math.Min(_rcv.Current + ((1u << _rcv.Shift) - 1) >> _rcv.Shift, ushort.MaxValue),
        HasTimestamps = _ts.IsOn,
        TsRecent = _ts.Recent,
        TsRecentAt = _ts.RecentAt,
        TimestampOffset = _ts.Offset,
        Expires = _timers.TimeWait,
        IsFinWait2 = _state == TcpState.FinWait2,
    };

    /// <summary>Something was acknowledged: what waited for it for TCP_INFO's sake ends. Only connections in some special situation have anything to do.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private void NoteProgress(Instant now)
    {
        if (_sendBuffer.Length * 3L < _sendBufferLimit * 2L)
        {
            NoteBufferLimit(now, isLimited: false);
        }

        if (_extras!.Timeouts is { Since: > 0 } timeouts && (_recovery is null || _snd.UnaOffset >= _recovery.HighSeq))
        {
            timeouts.OnRecovered(now);
        }
    }

    /// <summary>Timeouts and limits, where there were any.</summary>
    private void FillRare(Instant now, ref TcpInfo info)
    {
        info.HasSynData = _extras is { FastOpen.IsTextAcknowledged: true };
        info.FastOpenFailure = _extras?.FastOpen?.Failure ?? FastOpenFailure.None;
        info.MaxPacingRate = MaxPacingRate;
        info.SendBufferLimited = BufferLimited(now);
        info.DeliveredCe = _ecn is { } ecn ? (long)ecn.DeliveredCe : 0;
        if (_extras is { Timeouts: { } timeouts })
        {
            info.Timeouts = timeouts.Total;
            info.TimeoutRecoveries = timeouts.Recoveries;
            info.TimeoutTime = new(timeouts.Time + (timeouts.Since > 0 ? now.Ticks - timeouts.Since : 0));
        }
    }

    private void FillCounts(ref TcpInfo info)
    {
        info.BytesSent = _stats.BytesSent;
        info.BytesRetransmitted = _stats.BytesRetransmitted;
        info.BytesAcked = _stats.BytesAcked;
        info.BytesReceived = _stats.BytesReceived;
        info.SegmentsOut = _stats.SegmentsOut;
        info.SegmentsIn = _stats.SegmentsIn;
        info.DataSegmentsOut = _stats.DataSegmentsOut;
        info.DataSegmentsIn = _stats.DataSegmentsIn;
        info.Delivered = _stats.Delivered;
        Instant since = _state == TcpState.SynSent ? Instant.Zero : _startedAt;
        info.LastDataSent = _stats.LastDataSent != 0 ? new Instant(_stats.LastDataSent) : since;
        info.LastDataReceived = _ackPolicy.LastReceived.Ticks != 0 ? _ackPolicy.LastReceived : since;
        info.LastAckReceived = new Instant(_stats.LastAckReceived);
    }

    private void FillRates(ref TcpInfo info)
    {
        info.PacingRate = (long)(PacingRate * 8);

        if (_rate.Delivered > 0)
        {
            info.DeliveryRate = (long)((double)_rate.Delivered * _mss * 8 / _rate.Interval.TotalSeconds);
        }
    }

    /// <summary>Recv-Q and Send-Q: a SYN or FIN counts one until it is acknowledged, a received FIN until it is read.</summary>
    private void FillQueues(ref TcpInfo info)
    {
        info.ReceiveQueue = _reassembler.Readable + (_finReceived && !Is(Traits.FinRead) ? 1 : 0);
        long queued = _sendBuffer.Tail + (Is(Traits.FinQueued) || _snd.NxtOffset > _sendBuffer.Tail ? 1 : 0);
        info.SendQueue = Math.Max(0, queued - _snd.UnaOffset);
    }

    private void FillTimer(ref TcpInfo info)
    {
        if (_state == TcpState.TimeWait || (_state == TcpState.FinWait2 && !_timers.TimeWait.IsNever))
        {
            info.TimerKind = TcpTimerKind.TimeWait;
            info.TimerExpires = _timers.TimeWait;
        }
        else if (_timers.Mode == RetransmissionTimer.Persist)
        {
            info.TimerKind = TcpTimerKind.Persist;
            info.TimerExpires = _timers.Retransmission;
            info.TimerCount = _probesOut;
        }
        else if (_timers.Mode != RetransmissionTimer.Off)
        {
            info.TimerKind = TcpTimerKind.On;
            info.TimerExpires = _timers.Retransmission;
            info.TimerCount = _retransmits;
        }
        else if (!_timers.KeepAlive.IsNever)
        {
            info.TimerKind = TcpTimerKind.KeepAlive;
            info.TimerExpires = _timers.KeepAlive;
            info.TimerCount = _probesOut;
        }
    }
}

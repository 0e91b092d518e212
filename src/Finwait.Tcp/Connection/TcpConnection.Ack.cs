using System.Runtime.CompilerServices;
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
        bool windowChanged = segment.Ack >= _snd.Una && _snd.Update(segment);
        bool hasBlocks = segment.Options.Has(TcpOptionPresence.Sack) && Is(Traits.SackPermitted);
        bool unaAdvanced = segment.Ack > _snd.Una;
        if (unaAdvanced && !hasBlocks && !UsesEcn && !_window.MayGrow && _sent.Count > 0 && _sent[0].End - _snd.UnaOffset <= segment.Ack - _snd.Una
            && (_recovery is null || IsQuiet(segment)) && !_controller.TakesOver)
        {
            TakePlainly(now, segment);
        }
        else if (_sent.Count > 0 || hasBlocks)
        {
            TakeIn(now, segment, windowChanged, hasBlocks, unaAdvanced);
        }

        if (windowChanged || unaAdvanced || _timers.Mode == RetransmissionTimer.Persist)
        {
            if (windowChanged && _sent.Count == 0 && Unsent > 0)
            {
                RestartAfterIdle(now);                  // the window opens after a pause: what was known of the path is as old as after any other
            }

            UpdatePersist(now);
        }

        return unaAdvanced && Is(Traits.FinQueued) && _snd.UnaOffset > _sendBuffer.Tail;
    }

    /// <summary>There was trouble once, but none is left, and all that is acknowledged was sent once.</summary>
    private bool IsQuiet(in TcpSegment segment)
    {
        if (!_recovery!.IsQuiet || !Is(Traits.SackPermitted) || _sent.SackedOut + _sent.LostOut + _sent.RetransmittedOut > 0)
        {
            return false;
        }

        long una = _snd.UnaOffset + (segment.Ack - _snd.Una);
        for (int i = 0; i < _sent.Count && _sent[i].End <= una; i++)
        {
            if (_sent[i].Has(SentFlags.EverRetransmitted))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// The short way of <see cref="TakeIn"/> for most acknowledgments: text is acknowledged, nothing of it was lost or sent again, and the congestion
    /// window is not what limits the flow. The two must do the same.
    /// </summary>
    private void TakePlainly(Instant now, in TcpSegment segment)
    {
        _stats.BytesAcked += _snd.Acknowledge(segment.Ack);
        long una = _snd.UnaOffset;
        ref SentSegment last = ref _sent[0];
        long firstSentAt = last.SentAt;
        while (true)
        {
            if (last.Length > _largestAcked)
            {
                _largestAcked = (ushort)last.Length;
            }

            _recovery?.TakePlainly(last, now, _stats.MinRtt);
            _sent.PopFirstInNetwork();
            _stats.Delivered++;
            if (_sent.Count == 0 || _sent[0].End > una)
            {
                break;
            }

            last = ref _sent[0];
        }

        if (_sent.Count > 0)
        {
            _sent.TrimFirst(una);
        }

        long latest = Math.Max(TimeSpan.TicksPerMicrosecond, now.Ticks - last.SentAt);
        _stats.MinRtt = _stats.MinRtt == 0 ? latest : Math.Min(_stats.MinRtt, latest);
        _rtt.AddSample(new TimeSpan(now.Ticks - firstSentAt), una, _snd.NxtOffset, _settings);
        _rate.OnPlainAck(last, now, _stats.Delivered, _stats.MinRtt);
        ReleaseAcknowledged(now);
        _timers.StopRetransmission();                   // RFC 6298 §5.3: restart on every acknowledgment of new data
        if (_sent.Count > 0)
        {
            ArmRetransmission(now);
        }
    }

    /// <summary>What the acknowledgment tells about what is in flight, in the order of Linux: blocks, SND.UNA, round trip, recovery, rate, window.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TakeIn(Instant now, in TcpSegment segment, bool windowChanged, bool hasBlocks, bool unaAdvanced)
    {
        AckFacts facts = default;
        Gather(now, segment, windowChanged, unaAdvanced, ref facts);
        if (unaAdvanced)
        {
            _stats.BytesAcked += _snd.Acknowledge(segment.Ack);
        }

        facts.Una = _snd.UnaOffset;
        bool quiet = !hasBlocks && facts.IsNoDuplicate && _sent.SackedOut == 0 && (_recovery is null || _recovery.IsQuiet);
        RecoveryContext on = default;
        on.Sent = ref _sent;
        on.Window = ref _window;
        on.Controller = ref _controller;
        on.Clock = ref _ts;
        on.Settings = _settings;
        if (_recovery is not null || hasBlocks)
        {
            FillFacts(now, out on.Control);             // nobody asks for them on the way of an acknowledgment without trouble
        }

        if (hasBlocks)
        {
            Recovery.TakeBlocks(ref facts, segment, _snd, (int)_stats.RetransmittedTotal, ref on, ref _rate);
        }

        if (unaAdvanced)
        {
            LossRecovery.TakeAcked(_recovery, ref facts, ref on, ref _rate);
            _largestAcked = (ushort)Math.Max(_largestAcked, facts.LargestAcked);
            ReleaseAcknowledged(now);
        }

        if (UsesEcn)
        {
            facts.EcnEcho = TakeEcho(segment, facts);
            quiet &= !facts.EcnEcho;
        }

        SampleRtt(now, ref facts);
        if (quiet)
        {
            _recovery?.OnQuietAck();
        }
        else
        {
            FillFacts(now, out on.Control);
            Recover(ref facts, ref on);
            NoteLoss(now, facts);
        }

        _recovery?.CountLosses(facts.Losses);
        SetTimer(now, facts);
        int before = _window.Cwnd;
        SetWindow(now, ref facts, ref on);
        if (_window.Cwnd > before)
        {
            ExpandSendBuffer();
        }
    }

    /// <summary>What is known before anything of the acknowledgment is taken in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Gather(Instant now, in TcpSegment segment, bool windowChanged, bool unaAdvanced, ref AckFacts facts)
    {
        facts.Now = now;
        facts.HasSack = Is(Traits.SackPermitted);
        facts.UnaAdvanced = unaAdvanced;
        facts.IsNoDuplicate = windowChanged || unaAdvanced || segment.Payload.Length > 0 || segment.Has(TcpFlags.Fin);
        facts.HasEcho = _ts.IsOn && segment.Options.Has(TcpOptionPresence.Timestamps) && segment.Options.TsEcr != 0;
        facts.Echo = segment.Options.TsEcr;
        facts.PriorUna = _snd.UnaOffset;
        facts.Nxt = _snd.NxtOffset;
        facts.PriorHighest = _sent.SackedOut > 0 ? _sent.HighestSacked : facts.PriorUna;
        facts.PriorSacked = _sent.SackedOut + DuplicateAcks;
        facts.Sample.Delivered = -1;                    // as RateSample.None, in place
        facts.Sample.Interval = facts.Sample.Rtt = new TimeSpan(-1);
        facts.Sample.PriorInFlight = InFlight;
    }

    /// <summary>The acknowledged text leaves the buffers.</summary>
    private void ReleaseAcknowledged(Instant now)
    {
        bool wasFull = SendRoom == 0;
        _sendBuffer.Release(Math.Min(_snd.UnaOffset, _sendBuffer.Tail), _buffers);
        if (wasFull || _sendBuffer.Length * 3L < _sendBufferLimit * 2L)
        {
            Raise(TcpEvent.Writable);
        }

        if (_extras is not null)
        {
            NoteProgress(now);
            if (_extras.Probing is { ProbeSize: > 0 } probing && probing.ProbeEnd <= _snd.UnaOffset)
            {
                TakeProbe(probing);
            }
        }

        _retransmits = 0;
        _firstTimeout = Instant.Never;
        Set(Traits.NegativeAdviceGiven, false);
        if (_sent.Count == 0)
        {
            if (Unsent == 0)
            {
                _stats.BusyTotal += _stats.BusySince > 0 ? now.Ticks - _stats.BusySince : 0;
                _stats.BusySince = 0;
            }

            _sent.ReleaseIfLarge(_buffers);
        }
    }

    private void Recover(ref AckFacts facts, scoped ref RecoveryContext on)
    {
        facts.IsDuplicate = !facts.UnaAdvanced && !facts.IsNoDuplicate && !facts.DuplicateReported && _sent.Count > 0;
        facts.CanSendNew = Unsent > 0 && _snd.Usable > 0;
        LossRecovery recovery = Recovery;
        recovery.AdaptReorderingWindow(facts.Sample, _stats.Delivered + (uint)facts.Delivered, _settings);
        if (recovery.IsProbing)
        {
            recovery.OnAckWhileProbing(facts, ref on);
        }

        _work &= ~Work.HoldRetransmissions;
        facts.IsMtuProbeOldest = _extras is { Probing: { ProbeSize: > 0 } probing } && probing.ProbeStart == facts.Una;
        RecoveryPhase before = recovery.Phase;
        bool isDubious = !facts.IsNoDuplicate || facts.Sacked || facts.DuplicateReported || facts.EcnEcho || recovery.Phase != RecoveryPhase.Open;
        if (isDubious && recovery.OnAck(ref facts, ref on) == RetransmitChoice.NewFirst)
        {
            _work |= Work.HoldRetransmissions;
        }

        if (facts.MtuProbeFailed)
        {
            _extras!.Probing!.Fail();
            _sent.SplitLonger(_mss, _buffers, _settings.SegmentationOffload);
        }
        else if (before < RecoveryPhase.Cwr && recovery.Phase >= RecoveryPhase.Cwr)
        {
            _ecn?.OnReduction();
        }
    }

    private void SetTimer(Instant now, in AckFacts facts)
    {
        if (facts.Timer != RetransmissionTimer.Off)
        {
            _timers.ArmRetransmission(facts.Timer, now + facts.TimerDelay);
        }
        else if (facts.UnaAdvanced)
        {
            ArmRetransmission(now);                     // RFC 6298 §5.3: restart on every acknowledgment of new data
        }
        else if (facts.FirstSackedAt != 0 && _sent.Count > 0 && facts.FirstSackedAt < _sent[0].SentAt)
        {
            ArmRetransmission(now);                     // the oldest was sent again since: give it time; but what was sent later than it must not put the timeout off
        }
    }

    /// <summary>Delivery rate, then the controller or the rate reduction.</summary>
    private void SetWindow(Instant now, ref AckFacts facts, scoped ref RecoveryContext on)
    {
        _stats.Delivered += (uint)facts.Delivered;
        facts.Sample.AckedSacked = facts.Delivered;
        facts.Sample.Acked = facts.Acked;
        facts.Sample.Losses = facts.Losses;
        facts.Sample.Lost = unchecked((int)(LostTotal - facts.LostWhenSent));
        _rate.Finish(ref facts.Sample, now, _stats.Delivered, new TimeSpan(_stats.MinRtt), _recovery is { IsReneged: true });
        bool limited = _window.MayGrow, takesOver = _controller.TakesOver;
        if (!limited && !takesOver && _recovery is null)
        {
            return;
        }

        FillFacts(now, out on.Control);
        if (facts.Delivered > 0 && (limited || takesOver || Phase >= RecoveryPhase.Cwr))
        {
            _controller = _controller.ForOneConnection();
            _controller.OnSample(ref _window, facts.Sample, on.Control);
        }

        if (takesOver)
        {
            _controller.Control(ref _window, facts.Sample, on.Control);
        }
        else if (_recovery is { IsReducing: true })
        {
            _recovery.Reduce(facts, ref _sent, ref _window);
        }
        else if (facts.Delivered > 0 && limited && (_recovery is null || _recovery.MayGrow(facts, _settings)))
        {
            _controller.OnAck(ref _window, facts.Delivered, on.Control);
        }
    }

    /// <summary>Recovery, made at the first sign of trouble.</summary>
    private LossRecovery Recovery => _recovery ??= new LossRecovery(_settings, _rtt.SmoothedRtt);

    private RecoveryPhase Phase => _recovery?.Phase ?? RecoveryPhase.Open;

    /// <summary>Segments found lost since the connection began.</summary>
    private uint LostTotal => _recovery?.LostTotal ?? 0;

    private int DuplicateAcks => _recovery?.DuplicateAcks ?? 0;

    /// <summary>Segments thought to be in the network.</summary>
    private int InFlight => _sent.InNetwork - DuplicateAcks;

    /// <summary>The parts that recovery works on.</summary>
    private RecoveryContext Context(Instant now) => new()
    {
        Sent = ref _sent,
        Window = ref _window,
        Controller = ref _controller,
        Clock = ref _ts,
        Control = Facts(now),
        Settings = _settings,
    };

    /// <summary>What the controller may know.</summary>
    private ControlFacts Facts(Instant now)
    {
        FillFacts(now, out ControlFacts facts);
        return facts;
    }

    private void FillFacts(Instant now, out ControlFacts facts)
    {
        facts = default;
        facts.Now = now;
        facts.SmoothedRtt = _rtt.SmoothedRtt;
        facts.MinRtt = new TimeSpan(_stats.MinRtt);
        facts.InFlight = InFlight;
        facts.Outstanding = _sent.Count;
        facts.Delivered = _stats.Delivered;
        facts.Una = _snd.UnaOffset;
        facts.Nxt = _snd.NxtOffset;
        facts.Mss = _mss;
        facts.Phase = Phase;
        facts.SlowStartLimit = Paced is null ? _settings.SlowStartLimit : 0;
        facts.Seed = _snd.Iss.Value;
    }

    /// <summary>Karn's rule: a segment that was never retransmitted, or else the echoed timestamp (RFC 6298 §3, RFC 7323 §4.1).</summary>
    private void SampleRtt(Instant now, ref AckFacts facts)
    {
        long sample = -1, latest = -1;
        if (facts.FirstAckedAt != 0 && !facts.RetransmittedAcked)
        {
            sample = now.Ticks - facts.FirstAckedAt;
            latest = now.Ticks - facts.LastAckedAt;
        }

        if (facts.FirstSackedAt != 0)
        {
            sample = sample < 0 ? now.Ticks - facts.FirstSackedAt : sample;
            latest = now.Ticks - facts.LastSackedAt;
        }

        if (sample < 0 && facts.UnaAdvanced && facts.HasEcho)
        {
            uint elapsed = unchecked(_ts.Value(now) - facts.Echo);
            if (elapsed < int.MaxValue / 1000)
            {
                sample = latest = Math.Max(1, elapsed) * TimeSpan.TicksPerMillisecond;
            }
        }

        facts.Sample.Rtt = new TimeSpan(latest);
        if (sample >= 0)
        {
            _rtt.AddSample(new TimeSpan(sample), _snd.UnaOffset, _snd.NxtOffset, _settings);
            latest = Math.Max(TimeSpan.TicksPerMicrosecond, latest);
            _stats.MinRtt = _stats.MinRtt == 0 ? latest : Math.Min(_stats.MinRtt, latest);
        }
    }

    /// <summary>An acknowledgment while the window holds everything back: the persist timer starts anew (as on Linux), or ends because the window opened.</summary>
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
            _firstTimeout = Instant.Never;
            _timers.StopRetransmission();
            return;
        }

        ArmPersist(now);
    }
}

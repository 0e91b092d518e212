using Finwait.Wire;

namespace Finwait.Tcp;

/// <content>The timers of RFC 9293 §3.10.8.</content>
public sealed partial class TcpConnection
{
    /// <summary>Linux starts the R2 clock with this timeout whatever the RTT (its least RTO).</summary>
    private static readonly TimeSpan RetryBase = TimeSpan.FromMilliseconds(200);

    /// <summary>Width of a slot of Linux's timer wheel for timers of about a second.</summary>
    private static readonly TimeSpan TimerSlot = TimeSpan.FromMilliseconds(32);

    private static readonly TimeSpan TimeoutMin = TimeSpan.FromMilliseconds(8);

    /// <summary>Time has come to <see cref="NextDeadline"/>. Calling it early does nothing.</summary>
    public void OnTimeout(Instant now)
    {
        if (_timers.TimeWait <= now)
        {
            BecauseOfTimer(now, CauseKind.TimeWait);
            _timers.Clear();
            if (_state == TcpState.TimeWait)
            {
                Move(now, TcpInput.TimeWaitTimeout);
            }
            else
            {
                Move(now, TcpInput.Abort);   // FIN-WAIT-2 of an orphan: its time is up, nobody is told (SM-TO-F2)
            }

            Bury(TcpError.None);
            return;
        }

        if (Paced is { } pacing && pacing.Deadline <= now)
        {
            BecauseOfTimer(now, CauseKind.Pacing);
            pacing.Disarm();
        }

        if (_timers.DelayedAck <= now)
        {
            BecauseOfTimer(now, CauseKind.DelayedAck);
            _timers.StopDelayedAck();
            _ackPolicy.OnTimer(_rtt.Rto);
        }

        if (_timers.Retransmission <= now)
        {
            OnRetransmissionSlot(now);
        }

        if (_state != TcpState.Closed && _timers.KeepAlive <= now)
        {
            OnKeepAliveTimer(now);
        }
    }

    /// <summary>SO_KEEPALIVE and its times (MUST-24 to MUST-28). Off by default.</summary>
    /// <param name="now">The time.</param>
    /// <param name="on">On or off.</param>
    /// <param name="idle">TCP_KEEPIDLE; null keeps what is set (default 7200 s).</param>
    /// <param name="interval">TCP_KEEPINTVL; null keeps what is set (default 75 s).</param>
    /// <param name="probes">TCP_KEEPCNT; null keeps what is set (default 9).</param>
    public void SetKeepAlive(Instant now, bool on, TimeSpan? idle = null, TimeSpan? interval = null, int? probes = null)
    {
        if (idle is not null || interval is not null || probes is not null)
        {
            ConnectionExtras extras = Extras;
            extras.KeepAliveIdle = idle ?? extras.KeepAliveIdle;
            extras.KeepAliveInterval = interval ?? extras.KeepAliveInterval;
            extras.KeepAliveProbes = probes ?? extras.KeepAliveProbes;
        }

        bool begins = on && !Is(Traits.KeepAlive);
        Set(Traits.KeepAlive, on);
        if (on && _state is not (TcpState.Closed or TcpState.Listen or TcpState.SynSent or TcpState.TimeWait))
        {
            // However long the other side has been silent: switched on, it begins to count now, as in Linux.
            _timers.ArmKeepAlive(begins ? now + KeepAliveIdle : Instant.Later(now, LastHeard + KeepAliveIdle));
            if (begins)
            {
                NoteArmed(now, CauseKind.KeepAlive); // a change of its times goes on with what SO_KEEPALIVE began
            }
        }
        else
        {
            _timers.StopKeepAlive();
        }
    }

    private TimeSpan KeepAliveIdle => _extras?.KeepAliveIdle ?? _settings.KeepAliveTime;

    private TimeSpan KeepAliveInterval => _extras?.KeepAliveInterval ?? _settings.KeepAliveInterval;

    private int KeepAliveProbes => _extras?.KeepAliveProbes ?? _settings.KeepAliveProbes;

    private Instant LastHeard => new(Math.Max(_ackPolicy.LastReceived.Ticks, Math.Max(_stats.LastAckReceived, _startedAt.Ticks)));

    private void StartKeepAlive(Instant now) => _timers.ArmKeepAlive(Instant.Later(now, LastHeard + KeepAliveIdle));

    private void StopKeepAlive()
    {
        Set(Traits.KeepAlive, false);
        _timers.StopKeepAlive();
    }

    private void OnKeepAliveTimer(Instant now)
    {
        BecauseOfTimer(now, CauseKind.KeepAlive);
        if (_sent.Count > 0 || Unsent > 0)
        {
            _timers.ArmKeepAlive(now + KeepAliveIdle);   // outstanding data has its own timer (MUST-26)
            return;
        }

        Instant due = LastHeard + KeepAliveIdle;
        if (now < due)
        {
            _timers.ArmKeepAlive(due);
            return;
        }

        bool tooLong = UserTimeout > TimeSpan.Zero ? now - LastHeard >= UserTimeout && _probesOut > 0 : _probesOut >= KeepAliveProbes;
        if (tooLong)
        {
            SendReset(Rule.GiveUp);
            GiveUp(now);
            return;
        }

        _probesOut++;
        _work |= Work.Probe;
        _timers.ArmKeepAlive(now + KeepAliveInterval);
    }

    private void OnRetransmissionSlot(Instant now)
    {
        RetransmissionTimer mode = _timers.Mode;
        if (mode is RetransmissionTimer.Persist || (mode is not RetransmissionTimer.Off && _sent.Count > 0))
        {
            BecauseOfTimer(now, KindOf(mode)); // before it stops: the record tells when it was due
        }

        _timers.StopRetransmission();
        switch (mode)
        {
            case RetransmissionTimer.LossProbe when _sent.Count > 0:
                OnLossProbeTimer(now);
                break;
            case RetransmissionTimer.Reordering when _sent.Count > 0:
                OnReorderingTimer(now);
                break;
            case RetransmissionTimer.Retransmit when _sent.Count > 0:
                OnRetransmissionTimeout(now);
                break;
            case RetransmissionTimer.Persist:
                OnPersistTimer(now);
                break;
        }
    }

    private void OnRetransmissionTimeout(Instant now)
    {
        if (_firstTimeout.IsNever)
        {
            // An open that we began counts from its first SYN, everything else from the first retransmission (measured on Linux 6.18).
            _firstTimeout = _state < TcpState.Established && !WasPassive ? _startedAt : now;
        }

        if (HasTimedOut(now))
        {
            GiveUp(now);
            return;
        }

        if (!Is(Traits.NegativeAdviceGiven) && _retransmits + 1 >= _settings.Retries1)
        {
            Set(Traits.NegativeAdviceGiven, true);
            Raise(TcpEvent.Struggling);
        }

        bool handshake = _state is TcpState.SynSent or TcpState.SynReceived;
        if (handshake)
        {
            Set(Traits.SynWasLost, true);
            if (!IsSynAckHeld)
            {
                _sent.MarkAllLost(long.MaxValue, forgetSacks: true);
            }
        }
        else
        {
            ReconsiderPathMtu(now);
            AckFacts facts = TimerFacts(now);
            RecoveryContext on = Context(now);
            Recovery.OnTimeout(ref facts, ref on, _retransmits);
            _ecn?.OnReduction();
            Recovery.CountLosses(facts.Losses);
            _work &= ~Work.HoldRetransmissions;
        }

        if (!IsSynAckHeld)
        {
            _work |= Work.ForceRetransmit;
        }

        (Extras.Timeouts ??= new()).OnTimeout(now, isFirst: _retransmits == 0);
        _retransmits++;
        if (_state != TcpState.SynSent || _retransmits > _settings.SynLinearTimeouts)
        {
            _rtt.BackOff(_settings);
        }

        _timers.ArmRetransmission(RetransmissionTimer.Retransmit, NotBehindUserTimeout(now, now + _rtt.Rto));
    }

    /// <summary>R2 is kept to the moment, not to the next doubling.</summary>
    private Instant NotBehindUserTimeout(Instant now, Instant at) => UserTimeout > TimeSpan.Zero && !_firstTimeout.IsNever
        ? Instant.Earlier(at, Instant.Later(now + TimeoutMin, _firstTimeout + UserTimeout))
        : at;

    /// <summary>The oldest segment does not get through: perhaps because of its size.</summary>
    private void ReconsiderPathMtu(Instant now)
    {
        HonourClaim(now);
        if (_settings.MtuProbing > 0 && _retransmits > 0 && now - _firstTimeout >= RetryTime(_settings.Retries1, RetryBase))
        {
            SuspectBlackHole(now);
        }
    }

    /// <summary>R2 (RFC 9293 §3.8.3), counted as Linux counts: the time that so many doublings of 200 ms would take.</summary>
    private bool HasTimedOut(Instant now)
    {
        if (UserTimeout > TimeSpan.Zero && now - _firstTimeout >= UserTimeout)
        {
            return true;
        }

        switch (_state)
        {
            case TcpState.SynSent:
                // Whichever comes first: the count, or the time that so many doublings of 1 s would take (measured on Linux 6.18: with 1, 2 and 3 retries 3, 7 and 19 s).
                return _retransmits >= SynRetries + _settings.SynLinearTimeouts
                    || (_retransmits > 0 && now - _firstTimeout >= RetryTime(SynRetries, TimeSpan.FromSeconds(1)));
            case TcpState.SynReceived when !WasPassive:
                return _retransmits >= SynRetries;
            case TcpState.SynReceived:
                return _retransmits >= _settings.SynAckRetries + (IsEarlyOpen ? 1 : 0) && !IsDeferringAccept;
        }

        if (UserTimeout > TimeSpan.Zero)
        {
            return false;
        }

        if (!IsOrphan && _snd.SeqOf(_sent[0].End) > _snd.RightEdge)
        {
            return now - LastHeard > _settings.RtoMax * 2;      // SHLD-17: what lies beyond a shrunken window probes it; only silence ends that
        }

        int retries = IsOrphan ? _settings.OrphanRetries : _settings.Retries2;
        return _retransmits > 0 && now - _firstTimeout >= RetryTime(retries, RetryBase);
    }

    private TimeSpan RetryTime(int retries, TimeSpan first)
    {
        int doublings = System.Numerics.BitOperations.Log2((uint)Math.Max(1, _settings.RtoMax / first));
        return retries <= doublings
            ? first * ((2L << retries) - 1)
            : (first * ((2L << doublings) - 1)) + (_settings.RtoMax * (retries - doublings));
    }

    /// <summary>The end of R2: the user learns of it; the peer, which did not answer for so long, is sent nothing, as on Linux.</summary>
    private void GiveUp(Instant now)
    {
        TcpError error = _softError is TcpError.None ? TcpError.TimedOut : _softError;
        Move(now, TcpInput.Abort);
        Bury(error);
    }

    /// <summary>Time and numbers, for recovery when no acknowledgment brings them.</summary>
    private AckFacts TimerFacts(Instant now) => new()
    {
        Now = now,
        HasSack = Is(Traits.SackPermitted),
        PriorUna = _snd.UnaOffset,
        Una = _snd.UnaOffset,
        Nxt = _snd.NxtOffset,
        PriorSacked = _sent.SackedOut + DuplicateAcks,
        Sample = RateSample.None,
    };

    /// <summary>One probe per tail loss episode (RFC 8985 §7.3); after it the timeout counts from when the oldest was sent.</summary>
    private void OnLossProbeTimer(Instant now)
    {
        if (_recovery is { IsProbing: true })
        {
            RearmTimeout(now);
        }
        else
        {
            _work |= Work.LossProbe;
        }
    }

    private void OnReorderingTimer(Instant now)
    {
        AckFacts facts = TimerFacts(now);
        RecoveryContext on = Context(now);
        Recovery.OnReorderingTimer(ref facts, ref on);
        NoteLoss(now, facts);
        Recovery.CountLosses(facts.Losses);
        RearmTimeout(now);
    }

    /// <summary>The timeout, counted from when the oldest was sent last.</summary>
    private void RearmTimeout(Instant now) =>
        _timers.ArmRetransmission(RetransmissionTimer.Retransmit, Instant.Later(now + TimeoutMin, new Instant(_sent[0].SentAt) + _rtt.Rto));

    /// <summary>Starts the timer for what is in flight: a tail loss probe first where RFC 8985 §7.2 allows it, else the timeout.</summary>
    private void ArmRetransmission(Instant now, bool allowLossProbe = true)
    {
        if (_sent.Count == 0)
        {
            _timers.StopRetransmission();
        }
        else if (!allowLossProbe || !ArmLossProbe(now, now + _rtt.Rto))
        {
            if (_timers.Mode is RetransmissionTimer.Reordering or RetransmissionTimer.LossProbe)
            {
                RearmTimeout(now);                      // the timer that ran stood for the timeout: what has passed of that is not given again
            }
            else
            {
                _timers.ArmRetransmission(RetransmissionTimer.Retransmit, now + _rtt.Rto);
            }
        }
    }

    /// <summary>New text is in flight: the probe counts from the last of it, the timeout from the oldest.</summary>
    private void AfterNewText(Instant now, bool isFirst)
    {
        Instant timeout = new Instant(_sent[0].SentAt) + _rtt.Rto;
        if (_timers.Mode != RetransmissionTimer.Reordering && !ArmLossProbe(now, timeout) && (isFirst || _timers.Mode is RetransmissionTimer.Off or RetransmissionTimer.LossProbe or RetransmissionTimer.Persist))
        {
            _timers.ArmRetransmission(RetransmissionTimer.Retransmit, isFirst ? now + _rtt.Rto : Instant.Later(now + TimeoutMin, timeout));
        }
    }

    /// <summary>PTO: two round trips, and with one segment in flight the longest a peer may hold an acknowledgment back; never later than the timeout.</summary>
    private bool ArmLossProbe(Instant now, Instant timeout)
    {
        if (!_settings.TailLossProbe || _state < TcpState.Established || !Is(Traits.SackPermitted)
            || Phase is not (RecoveryPhase.Open or RecoveryPhase.Cwr) || _sent.SackedOut > 0 || _retransmits > 0)
        {
            return false;
        }

        TimeSpan pto = _rtt.HasSample ? _rtt.SmoothedRtt + _rtt.SmoothedRtt + (_sent.Count == 1 ? _settings.RtoMin : TimeoutMin) : TimeSpan.FromSeconds(1);
        Instant at = now + pto;
        _timers.ArmRetransmission(RetransmissionTimer.LossProbe, timeout > now ? Instant.Earlier(at, timeout) : at);
        return true;
    }

    /// <summary>Nothing in flight and nothing may go: only the persist timer can get the connection going again (MUST-36).</summary>
    private void ArmPersistIfStuck(Instant now)
    {
        if (_sent.Count == 0 && _timers.Mode == RetransmissionTimer.Off)
        {
            ArmPersist(now);
        }
    }

    private void ArmPersist(Instant now) =>
        _timers.ArmRetransmission(RetransmissionTimer.Persist, NotBehindUserTimeout(now, now + PersistInterval()));

    private TimeSpan PersistInterval()
    {
        TimeSpan first = _rtt.Rto > RetryBase ? _rtt.Rto : RetryBase;
        return TimeSpan.FromTicks(Math.Min(first.Ticks << Math.Min((int)_persistBackoff, 20), _settings.RtoMax.Ticks));
    }

    private void OnPersistTimer(Instant now)
    {
        if (_sent.Count > 0 || (Unsent == 0 && !Is(Traits.FinQueued)))
        {
            _probesOut = 0;
            _firstTimeout = Instant.Never;
            return;
        }

        if (_firstTimeout.IsNever)
        {
            _firstTimeout = now;
        }

        int most = IsOrphan ? _settings.OrphanRetries : _settings.Retries2;
        bool userTimeout = UserTimeout > TimeSpan.Zero && now - _firstTimeout >= UserTimeout;       // answers to the probes do not stop it, only an open window
        bool abandoned = IsOrphan && PersistInterval() >= _settings.RtoMax;     // a peer that answers and never opens must not hold an orphan for ever
        if (_probesOut >= most || userTimeout || abandoned)
        {
            GiveUp(now);
            return;
        }

        if (_snd.Usable > 0)
        {
            _firstTimeout = Instant.Never;
            _work |= Work.Override;     // MUST-38: the override timer of silly-window avoidance
        }
        else
        {
            _work |= Work.Probe;
        }

        _probesOut++;
        if (_persistBackoff < _settings.Retries2)
        {
            _persistBackoff++;
        }

        ArmPersist(now);
    }

    private void StartFinWait2Timer(Instant now)
    {
        TimeSpan linger = Linger2;
        if (linger < TimeSpan.Zero)
        {
            SendReset(Rule.NoLinger2);
            Move(now, TcpInput.Abort, Rule.NoLinger2);
            Bury(TcpError.None);
            return;
        }

        _timers.ArmTimeWait(now + (linger > TimeSpan.Zero ? linger : _settings.FinTimeout));
    }

    private void StartTimeWait(Instant now)
    {
        _timers.Clear();
        _sent.Clear(_buffers);
        _sendBuffer.Clear(_buffers);
        _timers.ArmTimeWait(now + _settings.TimeWait);
    }
}

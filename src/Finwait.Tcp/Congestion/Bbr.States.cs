namespace Finwait.Tcp;

/// <summary>The states of BBR.</summary>
internal enum BbrState : byte
{
    /// <summary>Doubles the rate each round trip until the path delivers no more.</summary>
    Startup,

    /// <summary>Lets the queue that Startup made run empty.</summary>
    Drain,

    /// <summary>Sends slower than it could, to leave room and empty queues.</summary>
    ProbeBwDown,

    /// <summary>Sends as fast as the path delivers.</summary>
    ProbeBwCruise,

    /// <summary>Fills the pipe for one round trip, without a queue.</summary>
    ProbeBwRefill,

    /// <summary>Sends faster, to see whether there is more.</summary>
    ProbeBwUp,

    /// <summary>Sends little for a moment, to see how short the path is.</summary>
    ProbeRtt,
}

/// <content>The states and what leads from one to the next.</content>
internal sealed partial class Bbr
{
    private const int MostRenoRounds = 63;
    private const int MostUpRounds = 30;

    private BbrState _state;
    private AckPhase _ackPhase;
    private double _pacingGain;
    private double _cwndGain;
    private bool _fullBwReached;
    private bool _fullBwNow;
    private bool _isAppLimited;
    private bool _idleRestart;
    private bool _probesBw;             // BBR.bw_probe_samples
    private bool _wasInRecovery;
    private double _fullBw;
    private int _fullBwCount;
    private int _roundsSinceBwProbe;
    private int _probeUpRounds;
    private int _probeUpCount;
    private int _probeUpAcks;
    private Instant _cycleStamp;
    private TimeSpan _probeWait;
    private TimeSpan _probeRttMinDelay;
    private Instant _probeRttMinStamp;
    private Instant _probeRttDoneStamp;
    private bool _probeRttExpired;
    private bool _probeRttRoundDone;

    /// <summary>Where in a cycle of probing the data that is being acknowledged was sent.</summary>
    private enum AckPhase : byte
    {
        Init,
        ProbeStarting,
        ProbeFeedback,
        ProbeStopping,
        Refilling,
    }

    /// <summary>The state.</summary>
    public BbrState State => _state;

    private bool IsInProbeBw => _state is >= BbrState.ProbeBwDown and <= BbrState.ProbeBwUp;

    private bool IsProbingBw => _state is BbrState.Startup or BbrState.ProbeBwRefill or BbrState.ProbeBwUp;

    private void Enter(BbrState state, double pacingGain, double cwndGain)
    {
        _state = state;
        _pacingGain = pacingGain;
        _cwndGain = cwndGain;
    }

    private void EnterStartup() => Enter(BbrState.Startup, StartupPacingGain, DefaultCwndGain);

    private void ResetFullBw()
    {
        _fullBw = 0;
        _fullBwCount = 0;
        _fullBwNow = false;
    }

    /// <summary>Three round trips in which the rate did not grow by a quarter: this is all there is.</summary>
    private void CheckFullBwReached()
    {
        if (_fullBwNow || _isAppLimited || _rate <= 0 || _state == BbrState.ProbeRtt)
        {
            return;
        }

        if (_rate >= _fullBw * FullBwGrowth)
        {
            ResetFullBw();
            _fullBw = _rate;
            return;
        }

        if (_roundStart)
        {
            _fullBwNow = ++_fullBwCount >= FullBwRounds;
            _fullBwReached |= _fullBwNow;
        }
    }

    private void CheckStartupDone(in ControlFacts facts)
    {
        if (_state != BbrState.Startup)
        {
            return;
        }

        // Many losses in a round of recovery: the buffer is full though the rate still seems to grow.
        if (!_fullBwReached && _lossRoundStart && _lossEventsInRound >= StartupFullLossCount && facts.Phase == RecoveryPhase.Recovery
            && _lossesInRound > LossThresh * (_deliveredInRound + _lossesInRound))
        {
            _fullBwReached = true;
            _inflightLongTerm = Math.Max((int)Bdp(MaxBw, 1), _inflightLatest);
        }

        if (_fullBwReached)
        {
            Enter(BbrState.Drain, DrainPacingGain, DefaultCwndGain);
        }
    }

    private void CheckDrainDone(in ControlFacts facts)
    {
        if (_state == BbrState.Drain && facts.InFlight <= Inflight(1.0))
        {
            StartDown(facts);
        }
    }

    private void UpdateProbeBwCyclePhase(in CongestionWindow window, in RateSample sample, in ControlFacts facts)
    {
        if (!_fullBwReached)
        {
            return;
        }

        AdaptLongTermModel(window, sample, facts);
        switch (_state)
        {
            case BbrState.ProbeBwDown:
                if (!TryRefill(window, facts) && facts.InFlight <= Math.Min(InflightWithHeadroom(), Inflight(1.0)))
                {
                    Enter(BbrState.ProbeBwCruise, 1, DefaultCwndGain);
                }

                break;
            case BbrState.ProbeBwCruise:
                TryRefill(window, facts);
                break;
            case BbrState.ProbeBwRefill when _roundStart:
                _probesBw = true;
                StartUp(window, facts);
                break;
            case BbrState.ProbeBwUp when IsTimeToGoDown(window):
                StartDown(facts);
                break;
        }
    }

    private void StartDown(in ControlFacts facts)
    {
        ResetCongestionSignals();
        _probeUpCount = Infinite;
        _roundsSinceBwProbe = NextRandom() < 0.5 ? 0 : 1;
        _probeWait = TimeSpan.FromSeconds(2 + NextRandom());
        _cycleStamp = facts.Now;
        _ackPhase = AckPhase.ProbeStopping;
        StartRound(facts);
        Enter(BbrState.ProbeBwDown, DownPacingGain, DefaultCwndGain);
    }

    private void StartUp(in CongestionWindow window, in ControlFacts facts)
    {
        _ackPhase = AckPhase.ProbeStarting;
        StartRound(facts);
        ResetFullBw();
        _fullBw = _rate;
        Enter(BbrState.ProbeBwUp, UpPacingGain, UpCwndGain);
        RaiseSlope(window);
    }

    /// <summary>Two to three seconds, or as many round trips as Reno would need to grow by the window, since the last probe.</summary>
    private bool TryRefill(in CongestionWindow window, in ControlFacts facts)
    {
        int reno = Math.Min(TargetInflight(window), MostRenoRounds);
        if (facts.Now - _cycleStamp <= _probeWait && _roundsSinceBwProbe < reno)
        {
            return false;
        }

        ResetShortTermModel();
        _probeUpRounds = 0;
        _probeUpAcks = 0;
        _ackPhase = AckPhase.Refilling;
        StartRound(facts);
        Enter(BbrState.ProbeBwRefill, 1, DefaultCwndGain);
        return true;
    }

    private bool IsTimeToGoDown(in CongestionWindow window)
    {
        if (window.IsLimited && window.Cwnd >= _inflightLongTerm)
        {
            ResetFullBw();                              // it is our own bound that keeps the rate from growing
            _fullBw = _rate;
            return false;
        }

        return _fullBwNow;
    }

    private int TargetInflight(in CongestionWindow window) => Math.Min((int)Math.Max(1, Bdp(Bw, 1)), window.Cwnd);

    private void AdaptLongTermModel(in CongestionWindow window, in RateSample sample, in ControlFacts facts)
    {
        if (_ackPhase == AckPhase.ProbeStarting && _roundStart)
        {
            _ackPhase = AckPhase.ProbeFeedback;
        }

        if (_ackPhase == AckPhase.ProbeStopping && _roundStart)
        {
            _probesBw = false;
            _ackPhase = AckPhase.Init;
            if (IsInProbeBw && !sample.IsAppLimited)
            {
                _maxBwOld = _maxBwNew;                  // the oldest cycle falls out of the filter
                _maxBwNew = _rate;
            }
        }

        if (IsInflightTooHigh(sample))
        {
            if (_probesBw)
            {
                HandleInflightTooHigh(window, sample, facts);
            }

            return;
        }

        if (_inflightLongTerm == Infinite)
        {
            return;
        }

        _inflightLongTerm = Math.Max(_inflightLongTerm, sample.TxInFlight);
        if (_state == BbrState.ProbeBwUp)
        {
            ProbeInflightUpward(window, sample);
        }
    }

    /// <summary>More than 2 % of what was in flight with the segment just delivered is lost.</summary>
    private static bool IsInflightTooHigh(in RateSample sample) =>
        sample.Losses > 0 && sample.TxInFlight > 0 && sample.Lost > sample.TxInFlight * LossThresh;

    private void HandleInflightTooHigh(in CongestionWindow window, in RateSample sample, in ControlFacts facts)
    {
        _probesBw = false;
        if (!sample.IsAppLimited)
        {
            // The amount in flight at which the loss passed the threshold; never less than β of what the path is thought to hold.
            int before = sample.TxInFlight - sample.Losses;
            double atLoss = before + (Math.Max(0, (LossThresh * before) - (sample.Lost - sample.Losses)) / (1 - LossThresh));
            _inflightLongTerm = (int)Math.Max(atLoss, TargetInflight(window) * Beta);
        }

        if (_state == BbrState.ProbeBwUp)
        {
            StartDown(facts);
        }
    }

    private void RaiseSlope(in CongestionWindow window)
    {
        int growth = 1 << Math.Min(_probeUpRounds, MostUpRounds);
        _probeUpRounds = Math.Min(_probeUpRounds + 1, MostUpRounds);
        _probeUpCount = Math.Max(window.Cwnd / growth, 1);
    }

    private void ProbeInflightUpward(in CongestionWindow window, in RateSample sample)
    {
        if (!window.IsLimited || window.Cwnd < _inflightLongTerm)
        {
            return;
        }

        _probeUpAcks += sample.AckedSacked;
        if (_probeUpAcks >= _probeUpCount)
        {
            int delta = _probeUpAcks / _probeUpCount;
            _probeUpAcks -= delta * _probeUpCount;
            _inflightLongTerm += delta;
        }

        if (_roundStart)
        {
            RaiseSlope(window);
        }
    }

    private void CheckProbeRtt(ref CongestionWindow window, in RateSample sample, in ControlFacts facts)
    {
        if (_state != BbrState.ProbeRtt && _probeRttExpired && !_idleRestart)
        {
            SaveCwnd(window, facts.Phase);
            Enter(BbrState.ProbeRtt, 1, ProbeRttCwndGain);
            _probeRttDoneStamp = default;
            _ackPhase = AckPhase.ProbeStopping;
            StartRound(facts);
        }

        if (_state == BbrState.ProbeRtt)
        {
            HandleProbeRtt(ref window, facts);
        }

        _idleRestart &= sample.Delivered <= 0;
    }

    private void HandleProbeRtt(ref CongestionWindow window, in ControlFacts facts)
    {
        if (_probeRttDoneStamp.Ticks == 0)
        {
            if (facts.InFlight <= ProbeRttCwnd)
            {
                _probeRttDoneStamp = facts.Now + ProbeRttDuration;
                _probeRttRoundDone = false;
                StartRound(facts);
            }

            return;
        }

        _probeRttRoundDone |= _roundStart;
        if (_probeRttRoundDone)
        {
            CheckProbeRttDone(ref window, facts);
        }
    }

    private void CheckProbeRttDone(ref CongestionWindow window, in ControlFacts facts)
    {
        if (_probeRttDoneStamp.Ticks == 0 || facts.Now <= _probeRttDoneStamp)
        {
            return;
        }

        _probeRttMinStamp = facts.Now;
        window.Cwnd = Math.Max(window.Cwnd, _priorCwnd);
        ResetShortTermModel();
        if (_fullBwReached)
        {
            StartDown(facts);
            Enter(BbrState.ProbeBwCruise, 1, DefaultCwndGain);
        }
        else
        {
            EnterStartup();
        }
    }

    /// <summary>The application was idle: go on at the rate of the model, without a burst and without probing the round trip.</summary>
    private void RestartFromIdle(in ControlFacts facts)
    {
        _idleRestart = true;
        _extraAckedStart = facts.Now;
        if (IsInProbeBw)
        {
            SetPacingRate(1);
        }
    }
}

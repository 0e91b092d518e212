namespace Finwait.Tcp;

/// <summary>BBR version 3 (draft-ietf-ccwg-bbr): sends at the rate the path was seen to deliver, with as little queue as that needs.</summary>
/// <remarks>
/// A working-group draft and no RFC; names and constants are those of its text (bw_lo and inflight_hi of older texts are called short-term and
/// long-term there). Rates in segments per second, amounts in segments. The draft leaves ECN open: here a round with an ECN reduction counts
/// as a round with loss, which is what RFC 3168 §5 asks for at least. This file holds the model of the path and what follows from it for
/// window and rate; the states stand in the other.
/// </remarks>
internal sealed partial class Bbr : ICongestionController
{
    private const double StartupPacingGain = 2.77;
    private const double DrainPacingGain = 0.5;
    private const double DownPacingGain = 0.90;
    private const double UpPacingGain = 1.25;
    private const double DefaultCwndGain = 2.0;
    private const double UpCwndGain = 2.25;
    private const double ProbeRttCwndGain = 0.5;
    private const double PacingMargin = 0.99;
    private const double LossThresh = 0.02;
    private const double Beta = 0.7;
    private const double Headroom = 0.15;
    private const double FullBwGrowth = 1.25;
    private const int FullBwRounds = 3;
    private const int StartupFullLossCount = 6;
    private const int MinPipeCwnd = 4;
    private const int ExtraAckedFilterLength = 10;
    private const int Infinite = CongestionWindow.Infinite;
    private const double LongestQuantum = 64 * 1024;
    private static readonly TimeSpan MinRttFilterLength = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ProbeRttInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ProbeRttDuration = TimeSpan.FromMilliseconds(200);

    private bool _isStarted;
    private ulong _random;
    private double _rate;               // delivery rate of the sample at hand; 0 if it has none
    private double _maxBwOld;           // max_bw filter: largest rate of the cycle before ...
    private double _maxBwNew;           // ... and of this one
    private double _bwShortTerm;
    private double _bwLatest;
    private double _pacingRate;         // segments per second
    private int _inflightLongTerm;
    private int _inflightShortTerm;
    private int _inflightLatest;
    private int _priorCwnd;
    private int _initialCwnd;
    private int _mss;
    private TimeSpan _minRtt;
    private Instant _minRttStamp;
    private uint _nextRoundDelivered;
    private uint _lossRoundDelivered;
    private uint _firstDelivered;
    private int _roundCount;
    private bool _roundStart;
    private bool _lossRoundStart;
    private bool _lossInRound;
    private int _lossEventsInRound;
    private int _lossesInRound;
    private int _deliveredInRound;
    private Instant _extraAckedStart;
    private double _extraAckedDelivered;
    private WindowedMax _extraAcked;

    /// <summary>For connections that have sent nothing; never changes.</summary>
    public static readonly Bbr Untouched = new();

    public string Name => "bbr";

    public bool TakesOver => true;

    public ICongestionController Copy() => (Bbr)MemberwiseClone();

    public ICongestionController ForOneConnection() => ReferenceEquals(this, Untouched) ? new Bbr() : this;

    /// <summary>BBR.max_bw: the largest rate of this cycle of probing and the last.</summary>
    public double MaxBw => Math.Max(_maxBwOld, _maxBwNew);

    /// <summary>BBR.min_rtt; zero while unknown.</summary>
    public TimeSpan MinRtt => _minRtt;

    /// <summary>BBR.inflight_longterm; <see cref="CongestionWindow.Infinite"/> while no loss has told it.</summary>
    public int InflightLongTerm => _inflightLongTerm;

    /// <summary>BBR.inflight_shortterm.</summary>
    public int InflightShortTerm => _inflightShortTerm;

    public double PacingRate => _pacingRate;

    private double Bw => Math.Min(MaxBw, _bwShortTerm);

    public void OnAck(ref CongestionWindow window, int acked, in ControlFacts facts)
    {
    }

    /// <summary>No threshold: the window comes from the model. It is remembered for the end of the recovery that begins.</summary>
    public int Ssthresh(in CongestionWindow window, in ControlFacts facts)
    {
        SaveCwnd(window, facts.Phase);
        return window.Ssthresh;
    }

    /// <summary>The draft's answer to losses that were none: what the loss took from the model comes back.</summary>
    public int UndoCwnd(in CongestionWindow window)
    {
        _lossInRound = false;
        ResetFullBw();
        _bwShortTerm = double.PositiveInfinity;
        _inflightShortTerm = Infinite;
        return Math.Max(window.Cwnd, Math.Max(window.PriorCwnd, _priorCwnd));
    }

    public void OnPhase(in CongestionWindow window, RecoveryPhase next)
    {
        if (next == RecoveryPhase.Cwr)
        {
            _lossInRound = true;
        }
        else if (next == RecoveryPhase.Loss)
        {
            ResetFullBw();
        }
    }

    public void OnEvent(CongestionEvent e, in CongestionWindow window, in ControlFacts facts)
    {
        Start(window, facts);
        if (e == CongestionEvent.TransmitStart && facts.Delivered != _firstDelivered)
        {
            RestartFromIdle(facts);
        }
    }

    public void Control(ref CongestionWindow window, in RateSample sample, in ControlFacts facts)
    {
        Start(window, facts);
        _mss = facts.Mss;
        _rate = sample.Delivered > 0 && sample.Interval > TimeSpan.Zero ? sample.Delivered / sample.Interval.TotalSeconds : 0;
        _isAppLimited = sample.IsAppLimited;
        UpdateModelAndState(ref window, sample, facts);
        SetPacingRate(_pacingGain);
        SetCwnd(ref window, sample, facts);
    }

    private void Start(in CongestionWindow window, in ControlFacts facts)
    {
        if (_isStarted)
        {
            return;
        }

        _isStarted = true;
        _mss = facts.Mss;
        _random = (facts.Seed * 0x9E3779B97F4A7C15UL) | 1;
        _initialCwnd = window.Cwnd;
        _firstDelivered = facts.Delivered;
        _nextRoundDelivered = facts.Delivered;
        _lossRoundDelivered = facts.Delivered;
        _minRtt = facts.MinRtt > TimeSpan.Zero ? facts.MinRtt : facts.SmoothedRtt;
        _minRttStamp = facts.Now;
        _probeRttMinDelay = _minRtt;
        _probeRttMinStamp = facts.Now;
        _extraAckedStart = facts.Now;
        _inflightLongTerm = Infinite;
        ResetShortTermModel();
        double rtt = facts.SmoothedRtt > TimeSpan.Zero ? facts.SmoothedRtt.TotalSeconds : 0.001;
        _pacingRate = StartupPacingGain * window.Cwnd / rtt;
        EnterStartup();
    }

    private void UpdateModelAndState(ref CongestionWindow window, in RateSample sample, in ControlFacts facts)
    {
        UpdateLatestDeliverySignals(sample, facts);
        UpdateCongestionSignals(window, sample, facts);
        UpdateAckAggregation(window, sample, facts);
        CheckFullBwReached();
        CheckStartupDone(facts);
        CheckDrainDone(facts);
        UpdateProbeBwCyclePhase(window, sample, facts);
        UpdateMinRtt(sample, facts);
        CheckProbeRtt(ref window, sample, facts);
        if (_lossRoundStart)
        {
            _bwLatest = _rate;
            _inflightLatest = Math.Max(0, sample.Delivered);
            _lossInRound = false;
        }

        if (_roundStart)
        {
            _lossEventsInRound = _lossesInRound = _deliveredInRound = 0;
        }
    }

    private void UpdateLatestDeliverySignals(in RateSample sample, in ControlFacts facts)
    {
        _lossRoundStart = false;
        _bwLatest = Math.Max(_bwLatest, _rate);
        _inflightLatest = Math.Max(_inflightLatest, sample.Delivered);
        if (sample.Delivered > 0 && unchecked((int)(sample.PriorDelivered - _lossRoundDelivered)) >= 0)
        {
            _lossRoundDelivered = facts.Delivered;
            _lossRoundStart = true;
        }
    }

    private void UpdateCongestionSignals(in CongestionWindow window, in RateSample sample, in ControlFacts facts)
    {
        _roundStart = false;
        _deliveredInRound += sample.AckedSacked;
        if (sample.Delivered > 0 && unchecked((int)(sample.PriorDelivered - _nextRoundDelivered)) >= 0)
        {
            StartRound(facts);
            _roundCount++;
            _roundsSinceBwProbe++;
            _roundStart = true;
        }

        if (_rate > 0 && (_rate >= MaxBw || !sample.IsAppLimited))
        {
            _maxBwNew = Math.Max(_maxBwNew, _rate);
        }

        if (sample.Losses > 0)
        {
            _lossInRound = true;
            _lossEventsInRound++;
            _lossesInRound += sample.Losses;
        }

        // Once a round, and not while the probing itself makes the losses.
        if (_lossRoundStart && _lossInRound && !IsProbingBw)
        {
            if (double.IsPositiveInfinity(_bwShortTerm))
            {
                _bwShortTerm = MaxBw;
            }

            if (_inflightShortTerm == Infinite)
            {
                _inflightShortTerm = window.Cwnd;
            }

            _bwShortTerm = Math.Max(_bwLatest, Beta * _bwShortTerm);
            _inflightShortTerm = Math.Max(_inflightLatest, (int)(Beta * _inflightShortTerm));
        }
    }

    /// <summary>How much more than the rate promises arrives at once: acknowledgments come in lumps.</summary>
    private void UpdateAckAggregation(in CongestionWindow window, in RateSample sample, in ControlFacts facts)
    {
        double expected = Bw * (facts.Now - _extraAckedStart).TotalSeconds;
        if (_extraAckedDelivered <= expected)
        {
            _extraAckedDelivered = 0;
            _extraAckedStart = facts.Now;
            expected = 0;
        }

        _extraAckedDelivered += sample.AckedSacked;
        double extra = Math.Min(_extraAckedDelivered - expected, window.Cwnd);
        _extraAcked.Update(_fullBwReached ? ExtraAckedFilterLength : 1, extra, _roundCount);
    }

    private void UpdateMinRtt(in RateSample sample, in ControlFacts facts)
    {
        _probeRttExpired = facts.Now - _probeRttMinStamp > ProbeRttInterval;
        if (sample.Rtt > TimeSpan.Zero && (_probeRttMinDelay <= TimeSpan.Zero || sample.Rtt < _probeRttMinDelay || _probeRttExpired))
        {
            _probeRttMinDelay = sample.Rtt;
            _probeRttMinStamp = facts.Now;
        }

        bool expired = facts.Now - _minRttStamp > MinRttFilterLength;
        if (_probeRttMinDelay > TimeSpan.Zero && (_minRtt <= TimeSpan.Zero || _probeRttMinDelay < _minRtt || expired))
        {
            _minRtt = _probeRttMinDelay;
            _minRttStamp = _probeRttMinStamp;
        }
    }

    private void ResetShortTermModel()
    {
        _bwShortTerm = double.PositiveInfinity;
        _inflightShortTerm = Infinite;
    }

    private void ResetCongestionSignals()
    {
        _lossInRound = false;
        _bwLatest = 0;
        _inflightLatest = 0;
    }

    private void StartRound(in ControlFacts facts) => _nextRoundDelivered = facts.Delivered;

    private void SetPacingRate(double gain)
    {
        double rate = gain * Bw * PacingMargin;
        if (rate > 0 && (_fullBwReached || rate > _pacingRate))
        {
            _pacingRate = rate;
        }
    }

    /// <summary>What one millisecond lets out, at least two segments and at most 64 kB: the size of a burst.</summary>
    private double SendQuantum => _mss == 0 ? 2 : Math.Max(2, Math.Min(_pacingRate * 0.001, LongestQuantum / _mss));

    private double Bdp(double bw, double gain) => _minRtt <= TimeSpan.Zero ? gain * _initialCwnd : gain * bw * _minRtt.TotalSeconds;

    /// <summary>Segments in flight that keep a path of the model's bandwidth busy, with room for bursts at both ends.</summary>
    private int Inflight(double gain) => Quantize(Bdp(MaxBw, gain));

    private int Quantize(double inflight)
    {
        inflight = Math.Max(Math.Max(inflight, 3 * SendQuantum), MinPipeCwnd);
        return (int)Math.Min(Math.Ceiling(inflight) + (_state == BbrState.ProbeBwUp ? 2 : 0), Infinite);
    }

    private int InflightWithHeadroom()
    {
        if (_inflightLongTerm == Infinite)
        {
            return Infinite;
        }

        int headroom = Math.Max(1, (int)(Headroom * _inflightLongTerm));
        return Math.Max(_inflightLongTerm - headroom, MinPipeCwnd);
    }

    private int ProbeRttCwnd => Math.Max((int)Bdp(Bw, ProbeRttCwndGain), MinPipeCwnd);

    private void SetCwnd(ref CongestionWindow window, in RateSample sample, in ControlFacts facts)
    {
        RestoreAfterRecovery(ref window, facts.Phase);
        int most = Quantize(Bdp(Bw, _cwndGain) + _extraAcked.Value);
        if (facts.Phase is RecoveryPhase.Recovery or RecoveryPhase.Loss && sample.Losses > 0)
        {
            window.Cwnd = Math.Max(window.Cwnd - sample.Losses, 1);
        }

        if (_fullBwReached)
        {
            window.Cwnd = (int)Math.Min((long)window.Cwnd + sample.AckedSacked, most);
        }
        else if (window.Cwnd < most || unchecked(facts.Delivered - _firstDelivered) < _initialCwnd)
        {
            window.Cwnd += sample.AckedSacked;
        }

        window.Cwnd = Math.Max(window.Cwnd, MinPipeCwnd);
        if (_state == BbrState.ProbeRtt)
        {
            window.Cwnd = Math.Min(window.Cwnd, ProbeRttCwnd);
        }

        int cap = _state switch
        {
            BbrState.ProbeBwDown or BbrState.ProbeBwRefill or BbrState.ProbeBwUp => _inflightLongTerm,
            BbrState.ProbeRtt or BbrState.ProbeBwCruise => InflightWithHeadroom(),
            _ => Infinite,
        };
        cap = Math.Max(Math.Min(cap, _inflightShortTerm), MinPipeCwnd);
        window.Cwnd = Math.Min(Math.Min(window.Cwnd, cap), window.Clamp);
    }

    private void SaveCwnd(in CongestionWindow window, RecoveryPhase phase) =>
        _priorCwnd = phase < RecoveryPhase.Recovery && _state != BbrState.ProbeRtt ? window.Cwnd : Math.Max(_priorCwnd, window.Cwnd);

    private void RestoreAfterRecovery(ref CongestionWindow window, RecoveryPhase phase)
    {
        bool inRecovery = phase >= RecoveryPhase.Recovery;
        if (_wasInRecovery && !inRecovery)
        {
            window.Cwnd = Math.Max(window.Cwnd, _priorCwnd);
        }

        _wasInRecovery = inRecovery;
    }

    /// <summary>A number in [0, 1) from the connection's own sequence.</summary>
    private double NextRandom()
    {
        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        return (_random >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>Largest value of the last rounds, kept as two halves of the window.</summary>
    private struct WindowedMax
    {
        private double _older, _newer;
        private int _newerSince;

        public readonly double Value => Math.Max(_older, _newer);

        public void Update(int length, double value, int round)
        {
            int half = Math.Max(1, length / 2);
            if (round - _newerSince >= half)
            {
                _older = round - _newerSince >= 2 * half ? 0 : _newer;
                _newer = 0;
                _newerSince = round;
            }

            _newer = Math.Max(_newer, value);
        }
    }
}

using System.Diagnostics;

namespace Finwait.Tcp;

/// <summary>CUBIC (RFC 9438) with HyStart++ (RFC 9406) in the first slow start. Windows in segments, time in seconds.</summary>
/// <remarks>β is 717/1024, the fraction that Linux uses for 0.7, so that whole windows after a reduction are the same.</remarks>
internal sealed class Cubic : ICongestionController
{
    private const double C = 0.4;
    private const int BetaNumerator = 717;
    private const int BetaDenominator = 1024;
    private const double Beta = (double)BetaNumerator / BetaDenominator;
    private const double AlphaReno = 3 * (1 - Beta) / (1 + Beta);

    private HyStartPlusPlus _hyStart;
    private Curve _curve;
    private Curve _saved;
    private Instant _lastGrowth;

    /// <summary>For all connections whose window has never grown; never changes.</summary>
    public static readonly Cubic Untouched = new();

    public string Name => "cubic";

    /// <summary>Conservative slow start (RFC 9406) is on.</summary>
    public bool InCss => _hyStart.InCss;

    public ICongestionController ForOneConnection() => ReferenceEquals(this, Untouched) ? new Cubic() : this;

    public ICongestionController Copy() => ReferenceEquals(this, Untouched) ? this : (Cubic)MemberwiseClone();

    public void OnSample(ref CongestionWindow window, in RateSample sample, in ControlFacts facts)
    {
        if (window.InSlowStart && window.Ssthresh == CongestionWindow.Infinite && !ReferenceEquals(this, Untouched))
        {
            _hyStart.OnSample(ref window, sample.Rtt, facts);
        }
    }

    public void OnAck(ref CongestionWindow window, int acked, in ControlFacts facts)
    {
        if (window.InSlowStart)
        {
            acked = window.SlowStart(window.Ssthresh == CongestionWindow.Infinite ? _hyStart.Growth(acked, facts.SlowStartLimit) : acked);
        }

        if (acked <= 0 || window.InSlowStart)
        {
            return;
        }

        Debug.Assert(!ReferenceEquals(this, Untouched), "slow start ends only where a controller of one's own is in place");
        if (!_curve.IsOn)
        {
            _curve.Begin(window.Cwnd, facts.Now);
        }
        else
        {
            LeaveOutUnusedTime(facts);
        }

        _lastGrowth = facts.Now;
        int grown = _curve.Grow(window.Cwnd, acked, facts);
        window.Cwnd = Math.Min(window.Cwnd + grown, window.Clamp);
    }

    public int Ssthresh(in CongestionWindow window, in ControlFacts facts)
    {
        _saved = _curve;
        _curve.OnReduction(window.Cwnd);
        return Math.Max((int)((long)window.Cwnd * BetaNumerator / BetaDenominator), 2);
    }

    /// <summary>RFC 9438 §4.9: a reduction that was not called for leaves the curve where it was, too.</summary>
    public int UndoCwnd(in CongestionWindow window)
    {
        _curve = _saved;
        return Math.Max(window.Cwnd, window.PriorCwnd);
    }

    public void OnEvent(CongestionEvent e, in CongestionWindow window, in ControlFacts facts)
    {
        if (e is CongestionEvent.Timeout or CongestionEvent.WindowRestart)
        {
            _curve.Stop(forgetMaximum: e == CongestionEvent.Timeout);
        }
    }

    /// <summary>
    /// RFC 9438 §4.2, §5.8: time in which the window was not the limit, and so did not change, is no time of the curve. A window that
    /// is the limit sees an acknowledgment at least once in a round trip and a delayed acknowledgment.
    /// </summary>
    private void LeaveOutUnusedTime(in ControlFacts facts)
    {
        TimeSpan gap = facts.Now - _lastGrowth;
        TimeSpan usual = facts.SmoothedRtt + facts.SmoothedRtt;
        if (gap > usual && gap.Ticks > 40 * TimeSpan.TicksPerMillisecond)
        {
            _curve.Shift(gap - facts.SmoothedRtt);
        }
    }

    /// <summary>The function of RFC 9438 §4.2 and the estimate of Reno's window beside it (§4.3).</summary>
    private struct Curve
    {
        private double _wMax;
        private double _k;
        private double _wEst;
        private double _fraction;
        private double _cwndPrior;
        private Instant _epochStart;

        /// <summary>An epoch is under way.</summary>
        public readonly bool IsOn => _epochStart.Ticks != 0;

        public void Begin(int cwnd, Instant now)
        {
            _epochStart = new Instant(Math.Max(now.Ticks, 1));
            _fraction = 0;
            _wEst = cwnd;
            if (_wMax <= cwnd)
            {
                _wMax = cwnd;                           // §4.8, §4.10: no plateau to come back to
                _k = 0;
            }
            else
            {
                _k = Math.Cbrt((_wMax - cwnd) / C);
            }
        }

        /// <summary>Whole segments to add for <paramref name="acked"/>.</summary>
        public int Grow(int cwnd, int acked, in ControlFacts facts)
        {
            double t = (facts.Now - _epochStart).TotalSeconds;
            double target = Math.Clamp(WholeAt(t + facts.SmoothedRtt.TotalSeconds), cwnd, 1.5 * cwnd);
            double exact = cwnd + _fraction;

            // §4.3: never slower than Reno with the same decrease.
            _wEst += (_wEst >= _cwndPrior ? 1 : AlphaReno) * acked / cwnd;
            double growth = Math.Max(0, Math.Max(_wEst - exact, (target - cwnd) / cwnd * acked));
            _fraction += growth;
            int whole = (int)_fraction;
            _fraction -= whole;
            return whole;
        }

        /// <summary>§4.6, §4.7: the window reached is remembered, and less of it if the last one was higher (fast convergence).</summary>
        public void OnReduction(int cwnd)
        {
            _epochStart = default;
            _cwndPrior = cwnd;
            _wMax = cwnd < _wMax ? cwnd * (1 + Beta) / 2 : cwnd;
        }

        public void Stop(bool forgetMaximum)
        {
            _epochStart = default;
            _wMax = forgetMaximum ? 0 : _wMax;
        }

        public void Shift(TimeSpan by) => _epochStart += by;

        /// <summary>
        /// W_cubic(t), its distance from W_max in whole segments, as Linux has it: a window of a dozen segments would else stay where it is for many round trips.
        /// </summary>
        private readonly double WholeAt(double t) => _wMax + Math.Truncate(C * (t - _k) * (t - _k) * (t - _k));
    }
}

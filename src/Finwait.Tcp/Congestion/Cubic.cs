using System.Diagnostics;

namespace Finwait.Tcp;

/// <summary>CUBIC (RFC 9438). Windows in segments, time in seconds.</summary>
internal sealed class Cubic : ICongestionController
{
    private const double C = 0.4;
    private const double Beta = 0.7;
    private const double AlphaReno = 3 * (1 - Beta) / (1 + Beta);

    private double _wMax;
    private double _k;
    private double _wEst;
    private double _fraction;
    private double _cwndPrior;
    private Instant _epochStart = Instant.Never;

    /// <summary>For all connections still in their first slow start; never changes.</summary>
    public static readonly Cubic Untouched = new();

    public string Name => "cubic";

    public ICongestionController ForOneConnection() => ReferenceEquals(this, Untouched) ? new Cubic() : this;

    public void OnAck(ref CongestionWindow window, int acked, in ControlFacts facts)
    {
        if (window.InSlowStart)
        {
            acked = window.SlowStart(acked);
        }

        if (acked <= 0)
        {
            return;
        }

        Debug.Assert(!ReferenceEquals(this, Untouched), "slow start ends only where a controller of one's own is in place");
        if (_epochStart.IsNever)
        {
            BeginEpoch(window.Cwnd, facts.Now);
        }

        double t = (facts.Now - _epochStart + facts.SmoothedRtt).TotalSeconds;
        double wCubic = (C * Math.Pow(t - _k, 3)) + _wMax;
        double target = Math.Clamp(wCubic, window.Cwnd, 1.5 * window.Cwnd);

        // §4.3: never slower than Reno with the same decrease.
        _wEst += (_wEst >= _cwndPrior ? 1 : AlphaReno) * acked / window.Cwnd;
        double growth = wCubic < _wEst
            ? Math.Max(0, _wEst - window.Cwnd)
            : (target - window.Cwnd) / window.Cwnd * acked;
        _fraction += Math.Min(growth, acked / 2.0);
        int whole = (int)_fraction;
        window.Cwnd += whole;
        _fraction -= whole;
    }

    public int Ssthresh(in CongestionWindow window, in ControlFacts facts)
    {
        // §4.6 and §4.7: the window reached is remembered, and less of it if the last one was higher (fast convergence).
        _epochStart = Instant.Never;
        _cwndPrior = window.Cwnd;
        _wMax = window.Cwnd < _wMax ? window.Cwnd * (1 + Beta) / 2 : window.Cwnd;
        return Math.Max((int)(window.Cwnd * Beta), 2);
    }

    public void OnEvent(CongestionEvent e, in CongestionWindow window, in ControlFacts facts)
    {
        if (e is CongestionEvent.Timeout or CongestionEvent.WindowRestart)
        {
            _epochStart = Instant.Never;
            _wMax = e == CongestionEvent.Timeout ? 0 : _wMax;
        }
    }

    private void BeginEpoch(int cwnd, Instant now)
    {
        _epochStart = now;
        _fraction = 0;
        _wEst = cwnd;
        if (_wMax <= cwnd)
        {
            _wMax = cwnd;
            _k = 0;
        }
        else
        {
            _k = Math.Cbrt((_wMax - cwnd) / C);
        }
    }
}

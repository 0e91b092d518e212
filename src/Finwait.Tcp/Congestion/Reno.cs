namespace Finwait.Tcp;

/// <summary>Slow start and congestion avoidance by RFC 5681 §3.1, counting segments acknowledged and not acknowledgments (RFC 3465, as Linux). Holds no state, so one instance serves all connections.</summary>
internal sealed class Reno : ICongestionController
{
    public static readonly Reno Instance = new();

    public string Name => "reno";

    public ICongestionController ForOneConnection() => this;

    public ICongestionController Copy() => this;

    public void OnAck(ref CongestionWindow window, int acked, in ControlFacts facts)
    {
        if (window.InSlowStart)
        {
            acked = window.SlowStart(acked);
        }

        if (acked > 0)
        {
            window.Avoid(window.Cwnd, acked);
        }
    }

    /// <summary>
    /// Half of what was in flight (RFC 5681 §3.1 equation 4, X-5681-4), not of the window, which may not have been used; nor of what duplicate
    /// acknowledgments let out beyond it (§3.2 step 2).
    /// </summary>
    public int Ssthresh(in CongestionWindow window, in ControlFacts facts) => Math.Max(Math.Min(facts.Outstanding, window.Cwnd) / 2, 2);
}

namespace Finwait.Tcp;

/// <summary>Slow start and congestion avoidance by RFC 5681 §3.1. Holds no state, so one instance serves all connections.</summary>
internal sealed class Reno : ICongestionController
{
    public static readonly Reno Instance = new();

    public string Name => "reno";

    public ICongestionController ForOneConnection() => this;

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

    public int Ssthresh(in CongestionWindow window, in ControlFacts facts) => Math.Max(facts.Outstanding / 2, 2);
}

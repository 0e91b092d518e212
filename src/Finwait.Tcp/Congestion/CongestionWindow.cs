namespace Finwait.Tcp;

/// <summary>cwnd and ssthresh in segments, and their only writer's helpers (RFC 5681 §3.1).</summary>
internal struct CongestionWindow
{
    /// <summary>"As high as possible" (X-5681-3).</summary>
    public const int Infinite = int.MaxValue;

    /// <summary>cwnd, segments.</summary>
    public int Cwnd;

    /// <summary>ssthresh, segments.</summary>
    public int Ssthresh;

    /// <summary>Segments acknowledged towards the next increase.</summary>
    public int Count;

    /// <summary>Most segments that were in flight since <see cref="IsLimited"/> was last decided.</summary>
    public int MostInFlight;

    /// <summary>The window, not the application, limits the flow: only then may it grow (RFC 7661's least measure).</summary>
    public bool IsLimited;

    public readonly bool InSlowStart => Cwnd < Ssthresh;

    /// <summary>Grows by what was acknowledged, up to ssthresh; returns what is left over for congestion avoidance.</summary>
    public int SlowStart(int acked)
    {
        int target = (int)Math.Min((long)Cwnd + acked, Ssthresh);
        int left = acked - (target - Cwnd);
        Cwnd = target;
        return left;
    }

    /// <summary>One more segment for each <paramref name="window"/> acknowledged (RFC 5681 §3.1, byte counting by segments).</summary>
    public void Avoid(int window, int acked)
    {
        window = Math.Max(window, 1);
        Count += acked;
        if (Count >= window)
        {
            Cwnd += Count / window;
            Count %= window;
        }
    }
}

/// <summary>How fast to send. One instance per connection; polled with facts, holds no connection.</summary>
internal interface ICongestionController
{
    /// <summary>Name by which Linux knows it.</summary>
    string Name { get; }

    /// <summary>The instance to use from the first loss or the end of slow start on: until then all connections share one without state.</summary>
    ICongestionController ForOneConnection();

    /// <summary>New data was acknowledged while the window was the limit.</summary>
    /// <param name="window">cwnd and ssthresh.</param>
    /// <param name="acked">Segments newly acknowledged.</param>
    /// <param name="now">Ingress time of the acknowledgment.</param>
    /// <param name="smoothedRtt">SRTT; zero if unknown.</param>
    void OnAck(ref CongestionWindow window, int acked, Instant now, TimeSpan smoothedRtt);

    /// <summary>ssthresh for a loss (RFC 5681 §3.1 equation 4, RFC 9438 §4.6), segments, at least 2.</summary>
    int OnLoss(in CongestionWindow window, int inFlight);

    /// <summary>The retransmission timer fired for the first time on a segment.</summary>
    void OnTimeout();

    /// <summary>The application paused: time without data does not count.</summary>
    void OnIdle();
}

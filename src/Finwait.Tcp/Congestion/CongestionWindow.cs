namespace Finwait.Tcp;

/// <summary>cwnd and ssthresh in segments, whether the flow uses the window, and the only writer's helpers (RFC 5681 §3.1).</summary>
internal struct CongestionWindow
{
    /// <summary>"As high as possible" (X-5681-3).</summary>
    public const int Infinite = int.MaxValue;

    private int _clampBelow;        // Infinite − Clamp; its sign bit is IsLimited: there is one of these for each connection

    /// <summary>cwnd, segments.</summary>
    public int Cwnd;

    /// <summary>ssthresh, segments.</summary>
    public int Ssthresh;

    /// <summary>cwnd before the reduction that is under way or was the last, segments; what an undo returns to.</summary>
    public int PriorCwnd;

    /// <summary>Segments acknowledged towards the next increase.</summary>
    public int Count;

    /// <summary>Most segments that were in flight since <see cref="IsLimited"/> was last decided.</summary>
    public int MostInFlight;

    /// <summary>The window, not the application, limits the flow: only then may it grow (RFC 7661's least measure).</summary>
    public bool IsLimited
    {
        readonly get => _clampBelow < 0;
        set => _clampBelow = value ? _clampBelow | int.MinValue : _clampBelow & int.MaxValue;
    }

    public readonly bool InSlowStart => Cwnd < Ssthresh;

    /// <summary>Most that the window grows to, segments (Linux: snd_cwnd_clamp). Default: without bound.</summary>
    public int Clamp
    {
        readonly get => Infinite - (_clampBelow & int.MaxValue);
        set => _clampBelow = (Infinite - Math.Max(1, value)) | (_clampBelow & int.MinValue);
    }

    /// <summary>Grows by what was acknowledged, up to ssthresh; returns what is left over for congestion avoidance.</summary>
    public int SlowStart(int acked)
    {
        int target = (int)Math.Min((long)Cwnd + acked, Ssthresh);
        int left = acked - (target - Cwnd);
        Cwnd = Math.Min(target, Clamp);
        return left;
    }

    /// <summary>One more segment for each <paramref name="window"/> acknowledged (RFC 5681 §3.1, byte counting by segments).</summary>
    public void Avoid(int window, int acked)
    {
        window = Math.Max(window, 1);
        Count += acked;
        if (Count >= window)
        {
            Cwnd = Math.Min(Cwnd + (Count / window), Clamp);
            Count %= window;
        }
    }
}

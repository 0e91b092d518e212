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

    /// <summary>Something was sent, or the window forbade it: <see cref="Validate"/> is due when no more goes.</summary>
    public bool IsToValidate
    {
        readonly get => _mostOut < 0;
        set => _mostOut = value ? _mostOut | int.MinValue : _mostOut & int.MaxValue;
    }

    private uint _usageEnd;             // low half of a stream offset
    private uint _usedAt;               // milliseconds
    private int _mostOut;

    /// <summary>The window, not the application, limited the flow within the last window of data.</summary>
    public bool IsLimited
    {
        readonly get => _clampBelow < 0;
        private set => _clampBelow = value ? _clampBelow | int.MinValue : _clampBelow & int.MaxValue;
    }

    /// <summary>Time since the window was last the limit, or was last given up in part; at most 49 days.</summary>
    public readonly TimeSpan UnusedFor(Instant now) => new(unchecked((uint)now.Milliseconds - _usedAt) * TimeSpan.TicksPerMillisecond);

    /// <summary>It may grow: it is the limit, or in slow start less than twice what is in flight (RFC 7661's least measure; Linux: tcp_is_cwnd_limited).</summary>
    public readonly bool MayGrow => IsLimited || (InSlowStart && Cwnd < 2 * (_mostOut & int.MaxValue));

    public readonly bool InSlowStart => Cwnd < Ssthresh;

    /// <summary>Most that the window grows to, segments (Linux: snd_cwnd_clamp). Default: without bound.</summary>
    public int Clamp
    {
        readonly get => Infinite - (_clampBelow & int.MaxValue);
        set => _clampBelow = (Infinite - Math.Max(1, value)) | (_clampBelow & int.MinValue);
    }

    /// <summary>A connection begins, or begins anew after a pause: nothing is known about its use.</summary>
    public void OnRestart(Instant now) => _usedAt = unchecked((uint)now.Milliseconds);

    /// <summary>Takes the strongest sign within a window of data: that the window was the limit, or else how much was out.</summary>
    public void Validate(Instant now, bool isLimited, int outstanding, long una, long nxt)
    {
        IsToValidate = false;
        if (unchecked((int)((uint)una - _usageEnd)) >= 0 || isLimited || (!IsLimited && outstanding > _mostOut))
        {
            IsLimited = isLimited;
            _mostOut = outstanding;
            _usageEnd = unchecked((uint)nxt);
        }

        if (MayGrow)
        {
            OnRestart(now);
        }
    }

    /// <summary>The window was not used for a while: halfway down to what was (Linux: tcp_cwnd_application_limited).</summary>
    public void GiveUpUnused(Instant now, int initialWindow, bool isLimitedByApplication)
    {
        int used = Math.Max(_mostOut & int.MaxValue, initialWindow);
        if (isLimitedByApplication && used < Cwnd)
        {
            Ssthresh = Math.Max(Ssthresh, (Cwnd >> 1) + (Cwnd >> 2));
            Cwnd = (Cwnd + used) >> 1;
        }

        OnRestart(now);
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

namespace Finwait.Tcp;

/// <summary>HyStart++ (RFC 9406): leaves the first slow start when the round trip grows, by way of a slower, conservative slow start (CSS) that can be taken back.</summary>
/// <remarks>Only while ssthresh has never been set (RFC 9406 §4.3): later slow starts know where to end.</remarks>
internal struct HyStartPlusPlus
{
    /// <summary>MIN_RTT_THRESH, ticks of 100 ns.</summary>
    private const long MinRttThresh = 4 * TimeSpan.TicksPerMillisecond;

    /// <summary>MAX_RTT_THRESH, ticks of 100 ns.</summary>
    private const long MaxRttThresh = 16 * TimeSpan.TicksPerMillisecond;

    /// <summary>MIN_RTT_DIVISOR.</summary>
    private const int MinRttDivisor = 8;

    /// <summary>N_RTT_SAMPLE.</summary>
    private const int SamplesNeeded = 8;

    /// <summary>CSS_GROWTH_DIVISOR.</summary>
    private const int CssGrowthDivisor = 4;

    /// <summary>CSS_ROUNDS.</summary>
    private const int CssRounds = 5;

    private const long Unknown = long.MaxValue;

    private long _windowEnd;
    private long _lastRoundMinRtt;
    private long _currentRoundMinRtt;
    private long _cssBaselineMinRtt;
    private short _samples;
    private byte _roundsInCss;
    private byte _remainder;
    private bool _isStarted;

    /// <summary>In conservative slow start.</summary>
    public bool InCss { get; private set; }

    /// <summary>Takes one round-trip sample and decides; sets ssthresh when CSS has lasted its rounds.</summary>
    /// <param name="window">In slow start, ssthresh never set.</param>
    /// <param name="rtt">Round trip that the acknowledgment showed; negative if none.</param>
    /// <param name="facts">For the bounds of the round.</param>
    public void OnSample(ref CongestionWindow window, TimeSpan rtt, in ControlFacts facts)
    {
        if (!_isStarted || facts.Una > _windowEnd)
        {
            BeginRound(ref window, facts.Nxt);
        }

        if (rtt <= TimeSpan.Zero || window.Ssthresh != CongestionWindow.Infinite)
        {
            return;
        }

        _currentRoundMinRtt = Math.Min(_currentRoundMinRtt, rtt.Ticks);
        _samples = (short)Math.Min(_samples + 1, SamplesNeeded);
        if (_samples < SamplesNeeded)
        {
            return;
        }

        if (InCss)
        {
            if (_currentRoundMinRtt < _cssBaselineMinRtt)
            {
                InCss = false;                          // the round trip grew by chance: back to the usual pace
            }
        }
        else if (_lastRoundMinRtt != Unknown)
        {
            long threshold = Math.Clamp(_lastRoundMinRtt / MinRttDivisor, MinRttThresh, MaxRttThresh);
            if (_currentRoundMinRtt >= _lastRoundMinRtt + threshold)
            {
                InCss = true;
                _roundsInCss = 0;
                _remainder = 0;
                _cssBaselineMinRtt = _currentRoundMinRtt;
            }
        }
    }

    /// <summary>Segments by which the window may grow for <paramref name="acked"/>: min(N, L), in CSS a quarter of it; L 0 is none.</summary>
    public int Growth(int acked, int limit)
    {
        int growth = limit == 0 ? acked : Math.Min(acked, limit);
        if (!InCss)
        {
            return growth;
        }

        growth += _remainder;
        _remainder = (byte)(growth % CssGrowthDivisor);
        return growth / CssGrowthDivisor;
    }

    private void BeginRound(ref CongestionWindow window, long nxt)
    {
        _lastRoundMinRtt = _isStarted ? _currentRoundMinRtt : Unknown;
        _currentRoundMinRtt = Unknown;
        _samples = 0;
        _windowEnd = nxt;
        _isStarted = true;

        // A round that CSS entered in its middle counts too (RFC 9406 §4.2).
        if (InCss && ++_roundsInCss >= CssRounds)
        {
            InCss = false;
            window.Ssthresh = window.Cwnd;
        }
    }
}

namespace Finwait.Tcp;

/// <summary>Estimates the round-trip time and derives the retransmission timeout (RFC 6298, with the refinements of Linux).</summary>
/// <remarks>
/// The caller applies Karn's rule: no sample from a retransmitted segment unless the timestamp option tells the copies apart (RFC 6298 §3).
/// Differences from the letter, both as deployed: the deviation falls eight times slower when a sample is <em>below</em> the mean, so that a
/// shrinking RTT does not inflate the timeout, and the deviation term of the timeout (4·RTTVAR) is never below <see cref="TcpSettings.RtoMin"/>,
/// which is then also the least timeout. Timeouts are whole ticks of 4 ms: that is the clock granularity G of RFC 6298 §2.
/// </remarks>
internal struct RttEstimator
{
    /// <summary>G of RFC 6298 §2.</summary>
    private const long Granularity = 4 * TimeSpan.TicksPerMillisecond;

    private long _srtt;          // 8 × SRTT, in 100 ns
    private long _deviation;     // 4 × mean deviation
    private long _deviationMax;  // its largest value within the round trip now measured
    private long _rttVar;        // the smoothed maximum: the term of the timeout
    private long _roundEnd;      // stream offset whose acknowledgment ends that round trip
    private long _rto;

    /// <summary>True once a sample was taken.</summary>
    public readonly bool HasSample => _srtt != 0;

    /// <summary>SRTT; zero before the first sample.</summary>
    public readonly TimeSpan SmoothedRtt => new(_srtt >> 3);

    /// <summary>RTTVAR as ss prints it (mean deviation); zero before the first sample.</summary>
    public readonly TimeSpan RttVar => new(_deviation >> 2);

    /// <summary>The timeout, with its back-off applied. 1 s before the first sample (RFC 6298 §2.1).</summary>
    public readonly TimeSpan Rto => new(_rto);

    /// <summary>Doublings since the last fresh sample.</summary>
    public int Backoff { get; private set; }

    /// <summary>Starts without a sample.</summary>
    public void Reset()
    {
        this = default;
        _rto = TimeSpan.TicksPerSecond;
    }

    /// <summary>Feeds one measurement (RFC 6298 §2.2, §2.3).</summary>
    /// <param name="sample">Ingress time of the acknowledgment minus send time; anything below 1 µs counts as 1 µs.</param>
    /// <param name="ackedTo">Stream offset acknowledged.</param>
    /// <param name="sentTo">Stream offset sent so far.</param>
    /// <param name="settings">Bounds of the timeout.</param>
    public void AddSample(TimeSpan sample, long ackedTo, long sentTo, TcpSettings settings)
    {
        long m = Math.Max(sample.Ticks, TimeSpan.TicksPerMicrosecond);
        long floor = settings.RtoMin.Ticks;
        if (_srtt == 0)
        {
            _srtt = m << 3;
            _deviation = m << 1;
            _rttVar = Math.Max(_deviation, floor);
            _deviationMax = _rttVar;
            _roundEnd = sentTo;
        }
        else
        {
            Smooth(m);
            if (ackedTo > _roundEnd)
            {
                if (_deviationMax < _rttVar)
                {
                    _rttVar -= (_rttVar - _deviationMax) >> 2;
                }

                _roundEnd = sentTo;
                _deviationMax = floor;
            }
        }

        Recalculate(settings);
    }

    /// <summary>Recomputes the timeout from the estimate and drops the back-off (a fresh sample came: Karn's second part).</summary>
    public void Recalculate(TcpSettings settings)
    {
        Backoff = 0;
        if (_srtt != 0)
        {
            long raw = (_srtt >> 3) + _rttVar;
            long rounded = (raw + Granularity - 1) / Granularity * Granularity;
            _rto = Math.Min(rounded, settings.RtoMax.Ticks);
        }
    }

    /// <summary>Doubles the timeout (RFC 6298 §5.5), up to <see cref="TcpSettings.RtoMax"/>.</summary>
    public void BackOff(TcpSettings settings)
    {
        Backoff++;
        _rto = Math.Min(_rto * 2, settings.RtoMax.Ticks);
    }

    /// <summary>The SYN timed out and there is no sample: 3 s when data transfer begins (RFC 6298 §5.7).</summary>
    public void RestartAfterSynLoss()
    {
        if (_srtt == 0)
        {
            Backoff = 0;
            _rto = 3 * TimeSpan.TicksPerSecond;
        }
    }

    private void Smooth(long m)
    {
        long error = m - (_srtt >> 3);
        _srtt += error;
        if (error < 0)
        {
            error = -error - (_deviation >> 2);
            if (error > 0)
            {
                error >>= 3;
            }
        }
        else
        {
            error -= _deviation >> 2;
        }

        _deviation += error;
        if (_deviation > _deviationMax)
        {
            _deviationMax = _deviation;
            _rttVar = Math.Max(_rttVar, _deviationMax);
        }
    }
}

namespace Finwait.Tcp;

/// <summary>Spreads departures over time (Linux's internal pacing): bursts of one millisecond of data, at least two segments, then a pause.</summary>
/// <remarks>One per connection that is paced: by its controller or by SO_MAX_PACING_RATE. The first ten segments of a connection are not.</remarks>
internal sealed class Pacing
{
    private const int LeastBurst = 2;
    private const int UnpacedSegments = 10;

    private long _release;
    private long _burstStart;
    private double _owed;
    private int _burstLeft;

    /// <summary>Most octets per second; <see cref="long.MaxValue"/> if only the controller paces.</summary>
    public long MaxRate { get; set; } = long.MaxValue;

    /// <summary>When the next poll is worth while; <see cref="Instant.Never"/> if nothing waits for its departure.</summary>
    public Instant Deadline { get; private set; } = Instant.Never;

    /// <summary>True if a segment may depart now; if not, <see cref="Deadline"/> tells when.</summary>
    public bool MaySend(Instant now)
    {
        if (now.Ticks >= _release)
        {
            Deadline = Instant.Never;
            return true;
        }

        Deadline = new Instant(_release);
        return false;
    }

    /// <summary>Nothing waits, or the time has come: whoever polls finds out.</summary>
    public void Disarm() => Deadline = Instant.Never;

    /// <summary>A segment departed.</summary>
    /// <param name="now">The time.</param>
    /// <param name="octets">Of the IP packet.</param>
    /// <param name="rate">Octets per second.</param>
    /// <param name="segmentsSent">By the connection so far.</param>
    public void OnSent(Instant now, int octets, double rate, uint segmentsSent)
    {
        if (segmentsSent < UnpacedSegments || rate <= 0)
        {
            return;
        }

        if (_burstLeft == 0 || now.Ticks >= _burstStart + (long)_owed)
        {
            // A pause that took longer than it should have is made up for, by half of a burst at most.
            double late = _burstLeft == 0 && _release > 0 ? Math.Max(0, now.Ticks - _release) : 0;
            _burstLeft = (int)Math.Max(LeastBurst, rate / 1024 / octets);
            _burstStart = now.Ticks - (long)Math.Min(late, _burstLeft * (double)octets / rate * TimeSpan.TicksPerSecond / 2);
            _owed = 0;
        }

        _owed += octets / rate * TimeSpan.TicksPerSecond;
        if (--_burstLeft == 0)
        {
            _release = _burstStart + (long)_owed;
        }
    }

    /// <summary>Another one that stands where this one stands.</summary>
    public Pacing Copy() => (Pacing)MemberwiseClone();
}

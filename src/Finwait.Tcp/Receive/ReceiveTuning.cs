using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>Finds out how fast the reader takes what the peer sends, so that the buffer can hold two round trips of it (dynamic right-sizing, as current Linux does it).</summary>
/// <remarks>Made when the first text comes; a connection that never receives any has none.</remarks>
internal sealed class ReceiveTuning
{
    private long _roundTrip;        // 8 × estimate, µs; 0 while unknown
    private SeqNum _roundEnd;
    private long _roundAt;          // µs; 0 while no round is measured
    private long _spaceOffset;
    private long _spaceAt;

    /// <summary>What the text in the buffer costs.</summary>
    public ReceiveMemory Memory;

    /// <summary>Begins the first measurement at the end of the handshake.</summary>
    public ReceiveTuning(Instant establishedAt) => _spaceAt = Microseconds(establishedAt);

    /// <summary>Estimate of the round trip as the receiver sees it (rcv_rtt); zero while unknown.</summary>
    public TimeSpan RoundTrip => new((_roundTrip >> 3) * TimeSpan.TicksPerMicrosecond);

    /// <summary>An echoed time stamp is a sample: smoothed, but a smaller one counts at once.</summary>
    public void AddEcho(TimeSpan sample) => Update(sample.Ticks / TimeSpan.TicksPerMicrosecond, isWindowful: false);

    /// <summary>Text came: one whole window takes at least a round trip. Only the least of these samples counts.</summary>
    /// <param name="now">Ingress time.</param>
    /// <param name="next">RCV.NXT, the text included.</param>
    /// <param name="window">The window last advertised, octets.</param>
    public void OnText(Instant now, SeqNum next, uint window)
    {
        long time = Microseconds(now);
        if (_roundAt != 0)
        {
            if (next < _roundEnd)
            {
                return;
            }

            Update(Math.Max(1, time - _roundAt), isWindowful: true);
        }

        _roundEnd = next + window;
        _roundAt = Math.Max(1, time);
    }

    /// <summary>The reader has read up to <paramref name="readOffset"/>. True once in a round trip, with what it took in that time.</summary>
    /// <param name="now">The time.</param>
    /// <param name="readOffset">Stream offset of the next octet to read.</param>
    /// <param name="unread">Octets that wait.</param>
    /// <param name="taken">Octets read since the last measurement, less those that wait.</param>
    public bool OnRead(Instant now, long readOffset, int unread, out int taken)
    {
        taken = 0;
        long time = Microseconds(now);
        if (_roundTrip == 0 || time - _spaceAt < _roundTrip >> 3)
        {
            return false;
        }

        taken = (int)(readOffset - _spaceOffset) - unread;
        _spaceOffset = readOffset;
        _spaceAt = time;
        return true;
    }

    /// <summary>The same state in memory of its own.</summary>
    public ReceiveTuning Copy()
    {
        var copy = (ReceiveTuning)MemberwiseClone();
        copy.Memory = Memory.Copy();
        return copy;
    }

    private static long Microseconds(Instant at) => at.Ticks / TimeSpan.TicksPerMicrosecond;

    private void Update(long sample, bool isWindowful)
    {
        long scaled = sample << 3;
        if (_roundTrip == 0 || scaled < _roundTrip)
        {
            _roundTrip = scaled;
        }
        else if (!isWindowful)
        {
            _roundTrip += sample - (_roundTrip >> 3);
        }
    }
}

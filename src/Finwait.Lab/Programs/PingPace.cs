using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>When ping sends its next request: once an interval, <c>-l</c> of them without waiting, and with no interval when the last one was answered.</summary>
/// <param name="interval">Between requests; zero for none.</param>
/// <param name="preload">Requests that may be under way without a pause.</param>
internal sealed class PingPace(TimeSpan interval, int preload)
{
    /// <summary>What is not answered holds a flood back no longer.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(10);

    /// <summary>A machine needs microseconds between two requests of a flood; here time would stand still without some, and captures would fill.</summary>
    private static readonly TimeSpan s_least = TimeSpan.FromMilliseconds(2);

    private TimeSpan _saved = interval * (preload - 1);

    /// <summary>Between requests; zero for none.</summary>
    public TimeSpan Interval { get; private set; } = interval;

    /// <summary>When the last one left.</summary>
    public Instant Last { get; private set; }

    /// <summary>The time for the next request.</summary>
    /// <param name="sent">Requests sent.</param>
    /// <param name="inFlight">Those of them that nothing came back for.</param>
    public Instant Next(int sent, int inFlight)
    {
        TimeSpan wait = Interval > TimeSpan.Zero ? Interval - _saved
            : inFlight >= preload ? s_patience
            : inFlight > 0 ? TimeSpan.Zero
            : s_least;
        return sent == 0 || wait <= TimeSpan.Zero ? Last : Last + wait;
    }

    /// <summary>A request leaves.</summary>
    public void OnSend(Instant now, bool isFirst)
    {
        if (!isFirst && Interval > TimeSpan.Zero)
        {
            TimeSpan most = Interval * preload;
            TimeSpan saved = (now - Last) + _saved;
            _saved = (saved < most ? saved : most) - Interval;
        }

        Last = now;
    }

    /// <summary><c>-A</c>: the interval becomes what answers take, in whole milliseconds.</summary>
    public void Adapt(double milliseconds) => Interval = TimeSpan.FromMilliseconds((long)(milliseconds + 0.5));
}

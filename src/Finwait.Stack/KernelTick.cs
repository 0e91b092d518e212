using Finwait.Tcp;

namespace Finwait.Stack;

/// <summary>
/// Rounds deadlines as Linux's timer wheel does: time is counted in ticks, and the farther off a timer is, the coarser the slot it waits in. Timers that
/// two hosts set within microseconds then go off together, as they do on real machines; what <c>ss</c> shows stays exact.
/// </summary>
internal static class KernelTick
{
    private const int SlotsPerLevel = 63;
    private const int LevelShift = 3;
    private const int Levels = 9;

    /// <summary>The end of the slot that a timer set at <paramref name="now"/> for <paramref name="deadline"/> waits in; the deadline itself without a tick.</summary>
    public static Instant Round(Instant now, Instant deadline, TimeSpan tick)
    {
        if (tick <= TimeSpan.Zero || deadline.IsNever || deadline <= now)
        {
            return deadline;
        }

        long expires = deadline.Ticks / tick.Ticks;
        long away = expires - (now.Ticks / tick.Ticks);
        int level = 0;
        while (level < Levels - 1 && away >= (long)SlotsPerLevel << (level * LevelShift))
        {
            level++;
        }

        int shift = level * LevelShift;
        return new Instant(((expires >> shift) + 1 << shift) * tick.Ticks);
    }
}

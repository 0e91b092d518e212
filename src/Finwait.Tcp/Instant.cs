using System.Globalization;

namespace Finwait.Tcp;

/// <summary>A moment in the life of a stack: 100 ns ticks since the stack started. Time comes in as an argument; nothing here reads a clock.</summary>
/// <param name="Ticks">100 ns units; 0 is the start.</param>
public readonly record struct Instant(long Ticks) : IComparable<Instant>
{
    /// <summary>The start of the stack.</summary>
    public static Instant Zero => default;

    /// <summary>Later than every deadline: nothing is due.</summary>
    public static Instant Never => new(long.MaxValue);

    /// <summary>True if this is <see cref="Never"/>.</summary>
    public bool IsNever => Ticks == long.MaxValue;

    /// <summary>Time since the start.</summary>
    public TimeSpan SinceStart => new(Ticks);

    /// <summary>Whole microseconds since the start.</summary>
    public long Microseconds => Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Whole milliseconds since the start.</summary>
    public long Milliseconds => Ticks / TimeSpan.TicksPerMillisecond;

    /// <summary>The moment <paramref name="span"/> later. <see cref="Never"/> stays <see cref="Never"/>.</summary>
    public static Instant operator +(Instant a, TimeSpan span) => a.IsNever ? a : new(a.Ticks + span.Ticks);

    /// <summary>The moment <paramref name="span"/> earlier.</summary>
    public static Instant operator -(Instant a, TimeSpan span) => a.IsNever ? a : new(a.Ticks - span.Ticks);

    /// <summary>The time from <paramref name="b"/> to <paramref name="a"/>.</summary>
    public static TimeSpan operator -(Instant a, Instant b) => new(a.Ticks - b.Ticks);

    /// <summary>True if <paramref name="a"/> is earlier.</summary>
    public static bool operator <(Instant a, Instant b) => a.Ticks < b.Ticks;

    /// <summary>True if <paramref name="a"/> is later.</summary>
    public static bool operator >(Instant a, Instant b) => a.Ticks > b.Ticks;

    /// <summary>True if <paramref name="a"/> is not later.</summary>
    public static bool operator <=(Instant a, Instant b) => a.Ticks <= b.Ticks;

    /// <summary>True if <paramref name="a"/> is not earlier.</summary>
    public static bool operator >=(Instant a, Instant b) => a.Ticks >= b.Ticks;

    /// <summary>The earlier of two moments.</summary>
    public static Instant Earlier(Instant a, Instant b) => a.Ticks <= b.Ticks ? a : b;

    /// <summary>The later of two moments.</summary>
    public static Instant Later(Instant a, Instant b) => a.Ticks >= b.Ticks ? a : b;

    /// <inheritdoc/>
    public int CompareTo(Instant other) => Ticks.CompareTo(other.Ticks);

    /// <summary>Seconds since the start with six decimals, or <c>never</c>.</summary>
    public override string ToString() => IsNever ? "never" : string.Create(CultureInfo.InvariantCulture, $"{Ticks / 1e7:F6}");
}

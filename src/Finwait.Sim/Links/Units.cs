using System.Globalization;

namespace Finwait.Sim;

/// <summary>Times, rates and percentages as tc spells them.</summary>
internal static class Units
{
    private static readonly (string Suffix, double Seconds)[] s_times =
    [
        ("s", 1), ("sec", 1), ("secs", 1), ("ms", 1e-3), ("msec", 1e-3), ("msecs", 1e-3), ("us", 1e-6), ("usec", 1e-6), ("usecs", 1e-6),
        ("ns", 1e-9), ("nsec", 1e-9), ("nsecs", 1e-9),
    ];

    // "bps" are bytes per second: tc's habit, and everybody's trap.
    private static readonly (string Suffix, double BitsPerSecond)[] s_rates =
    [
        ("", 1), ("bit", 1), ("kbit", 1e3), ("mbit", 1e6), ("gbit", 1e9), ("tbit", 1e12),
        ("kibit", 1024.0), ("mibit", 1048576.0), ("gibit", 1073741824.0), ("tibit", 1099511627776.0),
        ("bps", 8), ("kbps", 8e3), ("mbps", 8e6), ("gbps", 8e9), ("tbps", 8e12),
        ("kibps", 8192.0), ("mibps", 8388608.0), ("gibps", 8589934592.0), ("tibps", 8796093022208.0),
    ];

    /// <summary>Reads a time with its unit, rounded to 100 ns. A bare number is refused, since tc's meaning of it changed with its versions; a bare 0 is taken.</summary>
    public static bool TryParseTime(string word, out TimeSpan time)
    {
        time = default;
        if (!TrySplit(word, out double number, out string suffix) || number < 0)
        {
            return false;
        }

        double seconds = suffix.Length == 0 && number == 0 ? 1 : Array.Find(s_times, unit => unit.Suffix == suffix).Seconds;
        double ticks = Math.Round(number * seconds * TimeSpan.TicksPerSecond);
        if (seconds == 0 || ticks > TimeSpan.TicksPerDay)
        {
            return false;
        }

        time = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    /// <summary>Reads a rate; a bare number means bits per second.</summary>
    public static bool TryParseRate(string word, out long bitsPerSecond)
    {
        bitsPerSecond = 0;
        if (!TrySplit(word, out double number, out string suffix))
        {
            return false;
        }

        double bits = Math.Round(number * Array.Find(s_rates, unit => unit.Suffix == suffix).BitsPerSecond);
        if (bits is not (>= 1 and <= 1e15))
        {
            return false;
        }

        bitsPerSecond = (long)bits;
        return true;
    }

    /// <summary>Reads a percentage, with or without the sign, as a fraction.</summary>
    public static bool TryParsePercent(string word, out double fraction)
    {
        bool isNumber = TrySplit(word, out double number, out string suffix) && suffix is "" or "%" && number is >= 0 and <= 100;
        fraction = isNumber ? number / 100 : 0;
        return isNumber;
    }

    public static string FormatTime(TimeSpan time) => time.Ticks switch
    {
        0 => "0ms",
        long ticks when ticks % TimeSpan.TicksPerSecond == 0 => Invariant($"{ticks / TimeSpan.TicksPerSecond}s"),
        long ticks when ticks % TimeSpan.TicksPerMillisecond == 0 => Invariant($"{ticks / TimeSpan.TicksPerMillisecond}ms"),
        long ticks when ticks % TimeSpan.TicksPerMicrosecond == 0 => Invariant($"{ticks / TimeSpan.TicksPerMicrosecond}us"),
        long ticks => Invariant($"{ticks * 100}ns"),
    };

    public static string FormatRate(long bitsPerSecond) => bitsPerSecond switch
    {
        long rate when rate % 1_000_000_000 == 0 => Invariant($"{rate / 1_000_000_000}gbit"),
        long rate when rate % 1_000_000 == 0 => Invariant($"{rate / 1_000_000}mbit"),
        long rate when rate % 1_000 == 0 => Invariant($"{rate / 1_000}kbit"),
        long rate => Invariant($"{rate}bit"),
    };

    public static string FormatPercent(double fraction) => Invariant($"{Math.Round(fraction * 100, 9):0.#########}%");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static bool TrySplit(string word, out double number, out string suffix)
    {
        int end = 0;
        while (end < word.Length && (char.IsAsciiDigit(word[end]) || word[end] is '.' or '-' or '+'))
        {
            end++;
        }

        suffix = word[end..].ToLowerInvariant();
        return double.TryParse(word.AsSpan(0, end), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }
}

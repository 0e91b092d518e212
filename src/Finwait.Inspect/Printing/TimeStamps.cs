namespace Finwait.Inspect;

/// <summary>Prints the time in front of a packet.</summary>
internal sealed class TimeStamps(PrintOptions options)
{
    private const int SecondsPerDay = 86400;

    private readonly uint _unitsPerSecond = options.Nanoseconds ? 1_000_000_000u : 1_000_000u;
    private int _zoneAt;
    private bool _hasReference;
    private long _referenceSeconds;
    private int _referenceFraction;

    /// <summary>Appends the time and a blank, or nothing if no time is wanted.</summary>
    public void Append(TextBuffer output, long seconds, long nanoseconds)
    {
        // The width of a C program's time stamp: what a damaged file holds comes out as there.
        int fraction = unchecked((int)(options.Nanoseconds ? nanoseconds : nanoseconds / 1000));
        switch (options.TimeFormat)
        {
            case TimeFormat.None:
                return;
            case TimeFormat.SinceEpoch:
                if (IsConvertible(output, seconds, hasCalendar: false))
                {
                    output.AppendDecimal(unchecked((uint)seconds));
                    AppendFraction(output, fraction);
                }

                break;
            case TimeFormat.SincePrevious:
            case TimeFormat.SinceFirst:
                AppendDifference(output, seconds, fraction);
                break;
            default:
                if (IsConvertible(output, seconds))
                {
                    AppendLocal(output, seconds, fraction);
                }

                break;
        }

        output.Append(' ');
    }

    /// <summary>tcpdump takes a time whose bit of weight 2^31 is set for a negative one, and the C library has no year that does not fit 32 bits.</summary>
    private static bool IsConvertible(TextBuffer output, long seconds, bool hasCalendar = true)
    {
        const long FirstSecond = -67_768_040_609_740_800;
        const long LastSecond = 67_768_036_191_676_799;
        if ((seconds & 0x8000_0000) == 0 && (!hasCalendar || seconds is >= FirstSecond and <= LastSecond))
        {
            return true;
        }

        output.Append("[Error converting time]"u8);
        return false;
    }

    private void AppendDifference(TextBuffer output, long seconds, int fraction)
    {
        if (!_hasReference)
        {
            _hasReference = true;
            _referenceSeconds = seconds;
            _referenceFraction = fraction;
        }

        bool negative = seconds < _referenceSeconds || (seconds == _referenceSeconds && fraction < _referenceFraction);
        long differenceSeconds = negative ? _referenceSeconds - seconds : seconds - _referenceSeconds;
        int differenceFraction = unchecked(negative ? _referenceFraction - fraction : fraction - _referenceFraction);
        if (differenceFraction < 0)
        {
            differenceSeconds--;
            differenceFraction = unchecked(differenceFraction + (int)_unitsPerSecond);
        }

        output.Append(negative ? (byte)'-' : (byte)' ');
        if (IsConvertible(output, differenceSeconds))
        {
            AppendTimeOfDay(output, differenceSeconds);
            AppendFraction(output, differenceFraction);
        }

        if (options.TimeFormat == TimeFormat.SincePrevious)
        {
            _referenceSeconds = seconds;
            _referenceFraction = fraction;
        }
    }

    private void AppendLocal(TextBuffer output, long seconds, int fraction)
    {
        long local = seconds + OffsetAt(seconds);
        if (options.TimeFormat == TimeFormat.DateAndTime)
        {
            AppendDate(output, (local - Modulo(local, SecondsPerDay)) / SecondsPerDay);
            output.Append(' ');
        }

        AppendTimeOfDay(output, local);
        AppendFraction(output, fraction);
    }

    private int OffsetAt(long seconds)
    {
        IReadOnlyList<ZoneChange> zone = options.Zone;
        if (zone.Count == 0)
        {
            return 0;
        }

        // Packets come in order of time, nearly always: look where the last one was found.
        while (_zoneAt + 1 < zone.Count && zone[_zoneAt + 1].Since <= seconds)
        {
            _zoneAt++;
        }

        while (_zoneAt > 0 && zone[_zoneAt].Since > seconds)
        {
            _zoneAt--;
        }

        return zone[_zoneAt].OffsetSeconds;
    }

    /// <summary>The date of a day counted from 1970-01-01, in the Gregorian calendar.</summary>
    private static void AppendDate(TextBuffer output, long day)
    {
        // Years begin in March here, so that the leap day is the last of a year; a cycle of 400 years has 146097 days.
        long shifted = day + 719_468;
        int dayOfCycle = (int)Modulo(shifted, 146_097);
        long cycle = (shifted - dayOfCycle) / 146_097;
        int yearOfCycle = (dayOfCycle - (dayOfCycle / 1460) + (dayOfCycle / 36_524) - (dayOfCycle / 146_096)) / 365;
        int dayOfYear = dayOfCycle - ((365 * yearOfCycle) + (yearOfCycle / 4) - (yearOfCycle / 100));
        int march = ((5 * dayOfYear) + 2) / 153;
        int month = march < 10 ? march + 3 : march - 9;
        long year = (cycle * 400) + yearOfCycle + (month <= 2 ? 1 : 0);
        if (year < 0)
        {
            output.Append('-');
        }

        output.AppendPadded((uint)Math.Abs(year), year < 0 ? 3 : 4);
        output.Append('-');
        output.AppendPadded((uint)month, 2);
        output.Append('-');
        output.AppendPadded((uint)(dayOfYear - (((153 * march) + 2) / 5) + 1), 2);
    }

    private static void AppendTimeOfDay(TextBuffer output, long seconds)
    {
        uint second = (uint)Modulo(seconds, SecondsPerDay);
        Span<byte> room = output.Room(8);
        Write2(room, second / 3600);
        room[2] = (byte)':';
        Write2(room[3..], second / 60 % 60);
        room[5] = (byte)':';
        Write2(room[6..], second % 60);
        output.Advance(8);
    }

    /// <summary>The remainder that is never negative.</summary>
    private static long Modulo(long value, int divisor)
    {
        long rest = value % divisor;
        return rest < 0 ? rest + divisor : rest;
    }

    private static void Write2(Span<byte> room, uint value)
    {
        room[1] = (byte)('0' + (value % 10));
        room[0] = (byte)('0' + (value / 10));
    }

    private void AppendFraction(TextBuffer output, int fraction)
    {
        output.Append('.');
        output.AppendPadded(unchecked((uint)fraction), options.Nanoseconds ? 9 : 6);
    }
}

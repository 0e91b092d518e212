namespace Finwait.Inspect;

/// <summary>Prints the time in front of a packet.</summary>
internal sealed class TimeStamps(PrintOptions options)
{
    private const int SecondsPerDay = 86400;

    /// <summary>A zone's offset never changes within a quarter of an hour.</summary>
    private const int OffsetValiditySeconds = 900;

    private readonly uint _unitsPerSecond = options.Nanoseconds ? 1_000_000_000u : 1_000_000u;
    private long _offsetBlock = long.MinValue;
    private long _offset;
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
                if (IsConvertible(output, seconds))
                {
                    output.AppendDecimal((uint)seconds);
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

    private static bool IsConvertible(TextBuffer output, long seconds)
    {
        if (seconds is >= 0 and <= int.MaxValue)
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
        long block = seconds / OffsetValiditySeconds;
        if (block != _offsetBlock)
        {
            _offsetBlock = block;
            _offset = (long)options.TimeZone.GetUtcOffset(DateTimeOffset.FromUnixTimeSeconds(seconds)).TotalSeconds;
        }

        long local = seconds + _offset;
        if (options.TimeFormat == TimeFormat.DateAndTime)
        {
            DateTime date = DateTime.UnixEpoch.AddSeconds(local);
            output.AppendPadded((uint)date.Year, 4);
            output.Append('-');
            output.AppendPadded((uint)date.Month, 2);
            output.Append('-');
            output.AppendPadded((uint)date.Day, 2);
            output.Append(' ');
        }

        AppendTimeOfDay(output, local < 0 ? local + SecondsPerDay : local);
        AppendFraction(output, fraction);
    }

    private static void AppendTimeOfDay(TextBuffer output, long seconds)
    {
        uint second = (uint)(seconds % SecondsPerDay);
        Span<byte> room = output.Room(8);
        Write2(room, second / 3600);
        room[2] = (byte)':';
        Write2(room[3..], second / 60 % 60);
        room[5] = (byte)':';
        Write2(room[6..], second % 60);
        output.Advance(8);
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

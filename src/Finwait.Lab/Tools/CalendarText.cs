using System.Globalization;

namespace Finwait.Lab;

/// <summary>Dates as C's <c>ctime</c> writes them, in UTC.</summary>
internal static class CalendarText
{
    private const int SecondsPerDay = 86_400;
    private const int DaysPer400Years = 146_097;
    private const int DaysBefore1970 = 719_468; // from 1 March of the year 0

    private static readonly string[] s_weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    private static readonly string[] s_months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    /// <summary><c>Sat Nov 21 02:34:28 2026</c>, without a newline; the day of the month takes two columns.</summary>
    /// <param name="unixSeconds">Seconds since 1970-01-01 00:00:00 UTC; not negative.</param>
    internal static string Ctime(long unixSeconds)
    {
        long days = unixSeconds / SecondsPerDay;
        int second = (int)(unixSeconds % SecondsPerDay);

        // Years that begin on 1 March have their leap day at the end, so that months have fixed places.
        long shifted = days + DaysBefore1970;
        long era = shifted / DaysPer400Years;
        long dayOfEra = shifted % DaysPer400Years;
        long yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        long dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        long marchMonth = ((5 * dayOfYear) + 2) / 153;
        long day = dayOfYear - (((153 * marchMonth) + 2) / 5) + 1;
        long month = (marchMonth + 2) % 12;
        long year = (era * 400) + yearOfEra + (month < 2 ? 1 : 0);
        return string.Create(CultureInfo.InvariantCulture,
            $"{s_weekdays[days % 7]} {s_months[month]} {day,2} {second / 3600:00}:{second / 60 % 60:00}:{second % 60:00} {year}");
    }
}

using System.Globalization;

namespace Finwait.Lab;

/// <summary>Numbers as C's <c>printf</c> writes them, which is what the real tools use.</summary>
internal static class NumberText
{
    private const int ExactDigits = 60; // more than a double between 1e-9 and 1e18 has behind any tie

    /// <summary><c>%.Ng</c>: N significant digits, no trailing zeros, an exponent below 1e-4 and from 10^N on.</summary>
    internal static string General(double value, int digits = 6)
    {
        double rounded = RoundTieToEven(value, digits);
        return rounded.ToString(digits == 6 ? "g6" : "g" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    /// <summary><c>%.0f</c>.</summary>
    internal static string Whole(double value) => Math.Round(value, MidpointRounding.ToEven).ToString("F0", CultureInfo.InvariantCulture);

    /// <summary><c>%.1f</c>.</summary>
    internal static string OneDecimal(double value) => Math.Round(value, 1, MidpointRounding.ToEven).ToString("F1", CultureInfo.InvariantCulture);

    /// <summary>A rate: all digits if numeric, else three digits and k, M, G or T (powers of 1000).</summary>
    internal static string Rate(double bitsPerSecond, bool numeric)
    {
        if (numeric)
        {
            return Whole(bitsPerSecond);
        }

        return bitsPerSecond switch
        {
            >= 1e12 => General(bitsPerSecond / 1e12, 3) + "T",
            >= 1e9 => General(bitsPerSecond / 1e9, 3) + "G",
            >= 1e6 => General(bitsPerSecond / 1e6, 3) + "M",
            >= 1e3 => General(bitsPerSecond / 1e3, 3) + "k",
            _ => General(bitsPerSecond, 3),
        };
    }

    // .NET rounds an exact tie away from zero, C to the even digit. Everything that is no exact tie both round alike.
    private static double RoundTieToEven(double value, int digits)
    {
        if (value == 0 || !double.IsFinite(value))
        {
            return value;
        }

        string exact = value.ToString("E" + ExactDigits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        int start = exact[0] == '-' ? 1 : 0;
        ReadOnlySpan<char> rest = exact.AsSpan(start + 1 + digits, ExactDigits - digits + 1); // behind the last kept digit; the dot is one character
        bool isTie = rest[0] == '5' && rest[1..].IndexOfAnyExcept('0') < 0;
        char last = exact[digits == 1 ? start : start + digits];
        if (!isTie || (last - '0') % 2 != 0)
        {
            return value;
        }

        int exponentAt = exact.IndexOf('E');
        return double.Parse(string.Concat(exact.AsSpan(0, start + 1 + digits), exact.AsSpan(exponentAt)), CultureInfo.InvariantCulture);
    }
}

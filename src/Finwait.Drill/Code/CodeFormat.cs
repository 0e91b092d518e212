using System.Globalization;
using System.Text;

namespace Finwait.Drill;

/// <summary>Python's <c>'…' % values</c>.</summary>
internal static class CodeFormat
{
    private const int MostWidth = 1000;

    /// <summary>Puts values into a format: %d %i %u %s %r %f %e %g %x %X %o %%, with flags, width and precision.</summary>
    /// <param name="format">The text with its places.</param>
    /// <param name="values">What goes there: no more and no less, as Python wants it.</param>
    /// <param name="fault">Makes the exception for what is wrong.</param>
    public static string Percent(string format, IReadOnlyList<PyValue> values, Func<string, DrillFault> fault)
    {
        var text = new StringBuilder();
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            int from = ++i;
            while (i < format.Length && (char.IsAsciiDigit(format[i]) || format[i] is '.' or '-' or '+' or ' ' or '#'))
            {
                i++;
            }

            if (i >= format.Length)
            {
                throw fault("ValueError: incomplete format");
            }

            if (format[i] == '%')
            {
                text.Append('%');
                continue;
            }

            PyValue value = next < values.Count ? values[next++] : throw fault("TypeError: not enough arguments for format string");
            text.Append(One(format[from..i], format[i], value, fault));
        }

        return next == values.Count ? text.ToString() : throw fault("TypeError: not all arguments converted during string formatting");
    }

    private static string One(string flags, char kind, PyValue value, Func<string, DrillFault> fault)
    {
        int at = 0;
        while (at < flags.Length && flags[at] is '-' or '+' or ' ' or '#' or '0')
        {
            at++;
        }

        string marks = flags[..at];
        string[] sizes = flags[at..].Split('.');
        _ = int.TryParse(sizes[0], CultureInfo.InvariantCulture, out int width);
        int precision = sizes.Length > 1 ? int.TryParse(sizes[1], CultureInfo.InvariantCulture, out int given) ? given : 0 : -1;
        if (width > MostWidth || precision > MostWidth)
        {
            throw fault("the field is too wide");
        }

        string shown = Shown(kind, precision, value, fault);
        bool isNumber = kind is not ('s' or 'r');
        bool isNegative = isNumber && shown.StartsWith('-');
        string digits = isNegative ? shown[1..] : shown;
        string sign = isNegative ? "-" : !isNumber ? "" : marks.Contains('+') ? "+" : marks.Contains(' ') ? " " : "";
        return marks.Contains('-') ? (sign + digits).PadRight(width)
            : marks.Contains('0') && isNumber ? sign + digits.PadLeft(Math.Max(0, width - sign.Length), '0')
            : (sign + digits).PadLeft(width);
    }

    private static string Shown(char kind, int precision, PyValue value, Func<string, DrillFault> fault)
    {
        if (kind is 's' or 'r')
        {
            string text = value is { IsText: true } && kind == 'r' ? $"'{value}'" : value.ToString();
            return precision >= 0 && precision < text.Length ? text[..precision] : text;
        }

        if (!value.IsNumber)
        {
            throw fault($"TypeError: %{kind} format: a number is required");
        }

        switch (kind)
        {
            case 'd' or 'i' or 'u':
                return value.IsWhole ? value.Whole.ToString(CultureInfo.InvariantCulture) : new System.Numerics.BigInteger(value.Fraction).ToString(CultureInfo.InvariantCulture);
            case 'x' or 'X' or 'o' when !value.IsWhole:
                throw fault($"TypeError: %{kind} format: an integer is required");
            case 'x' or 'X':
                string hex = System.Numerics.BigInteger.Abs(value.Whole).ToString(kind.ToString(), CultureInfo.InvariantCulture).TrimStart('0');
                return (value.Whole.Sign < 0 ? "-" : "") + (hex.Length == 0 ? "0" : hex);
            case 'f' or 'F':
                return value.Fraction.ToString("F" + (precision < 0 ? 6 : precision).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            default:
                throw fault($"ValueError: unsupported format character '{kind}'");
        }
    }
}

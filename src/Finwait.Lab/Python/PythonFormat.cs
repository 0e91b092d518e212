using System.Globalization;
using System.Numerics;
using System.Text;

namespace Finwait.Lab;

/// <summary>Format specifications of f-strings and <c>format()</c>, and the percent operator.</summary>
internal static class PythonFormat
{
    private const int MaxWidth = 100_000;

    /// <summary>format(value, spec).</summary>
    public static string Apply(object value, string spec)
    {
        if (spec.Length == 0)
        {
            return Py.Str(value);
        }

        var parsed = Spec.Parse(spec, value);
        if (value is string text || parsed.Kind == 's')
        {
            if (parsed.Kind is not ('\0' or 's') || value is not string)
            {
                throw PythonRaise.Value($"Unknown format code '{parsed.Kind}' for object of type '{Py.TypeName(value)}'");
            }

            text = (string)value;
            return parsed.Pad(parsed.Precision >= 0 && parsed.Precision < text.Length ? text[..parsed.Precision] : text, "", '<');
        }

        return Py.AsNumber(value) switch
        {
            BigInteger number when parsed.Kind is not ('f' or 'F' or 'e' or 'E' or 'g' or '%') => Integer(number, parsed, value),
            BigInteger number => Float((double)number, parsed, value),
            double number => Float(number, parsed, value),
            _ => throw PythonRaise.Type($"unsupported format string passed to {Py.TypeName(value)}.__format__"),
        };
    }

    private static string Integer(BigInteger number, Spec spec, object value)
    {
        BigInteger size = BigInteger.Abs(number);
        string digits = spec.Kind switch
        {
            '\0' or 'd' or 'n' => size.ToString(CultureInfo.InvariantCulture),
            'x' => Radix(size, 16),
            'X' => Radix(size, 16).ToUpperInvariant(),
            'o' => Radix(size, 8),
            'b' => Radix(size, 2),
            'c' => number >= 0 && number < 0x110000 && number is { } code && !(code >= 0xD800 && code <= 0xDFFF) ? char.ConvertFromUtf32((int)number) : throw PythonRaise.Of(PyExceptionType.OverflowError, "%c arg not in range(0x110000)"),
            _ => throw PythonRaise.Value($"Unknown format code '{spec.Kind}' for object of type '{Py.TypeName(value)}'"),
        };
        if (spec.Comma != '\0' && spec.Kind is '\0' or 'd')
        {
            digits = Group(digits, spec.Comma);
        }

        string prefix = spec.Alternate ? spec.Kind switch { 'x' => "0x", 'X' => "0X", 'o' => "0o", 'b' => "0b", _ => "" } : "";
        return spec.Pad(digits, spec.SignOf(number.Sign < 0) + prefix, '>');
    }

    private static string Radix(BigInteger size, int radix)
    {
        var digits = new StringBuilder();
        do
        {
            digits.Insert(0, "0123456789abcdef"[(int)(size % radix)]);
            size /= radix;
        }
        while (!size.IsZero);
        return digits.ToString();
    }

    private static string Group(string digits, char separator)
    {
        var grouped = new StringBuilder(digits);
        for (int i = digits.Length - 3; i > 0; i -= 3)
        {
            grouped.Insert(i, separator);
        }

        return grouped.ToString();
    }

    private static string Float(double number, Spec spec, object value)
    {
        double size = Math.Abs(number);
        int precision = Math.Min(spec.Precision < 0 ? 6 : spec.Precision, 300);
        string digits = spec.Kind switch
        {
            'f' or 'F' => size.ToString("F" + precision, CultureInfo.InvariantCulture),
            '%' => (size * 100).ToString("F" + precision, CultureInfo.InvariantCulture) + "%",
            'e' or 'E' => Exponent(size.ToString("E" + precision, CultureInfo.InvariantCulture), spec.Kind),
            '\0' when spec.Precision < 0 => Py.FloatText(size),
            'g' or '\0' => size.ToString("G" + Math.Max(1, precision), CultureInfo.InvariantCulture),
            _ => throw PythonRaise.Value($"Unknown format code '{spec.Kind}' for object of type '{Py.TypeName(value)}'"),
        };
        if (spec.Comma != '\0')
        {
            int point = digits.IndexOf('.');
            digits = point < 0 ? Group(digits, spec.Comma) : Group(digits[..point], spec.Comma) + digits[point..];
        }

        return spec.Pad(digits, spec.SignOf(double.IsNegative(number)), '>');
    }

    private static string Exponent(string text, char letter)
    {
        int at = text.IndexOf('E');
        int exponent = int.Parse(text.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, at)}{letter}{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }

    /// <summary>The old way: <c>"%s:%d" % (a, b)</c>.</summary>
    public static string Percent(string format, object values)
    {
        object[] items = values is PyTuple tuple ? tuple.Items : [values];
        var text = new StringBuilder();
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            int end = i + 1;
            while (end < format.Length && (char.IsAsciiDigit(format[end]) || format[end] is '-' or '+' or ' ' or '#' or '.'))
            {
                end++;
            }

            if (end == format.Length)
            {
                throw PythonRaise.Value("incomplete format");
            }

            char kind = format[end];
            if (kind == '%')
            {
                text.Append('%');
                i = end;
                continue;
            }

            object value = next < items.Length ? items[next++] : throw PythonRaise.Type("not enough arguments for format string");
            text.Append(PercentOne(format[(i + 1)..end], kind, value, end));
            i = end;
        }

        return next == items.Length || values is not PyTuple && next > 0 ? text.ToString() : throw PythonRaise.Type("not all arguments converted during string formatting");
    }

    private static string PercentOne(string flags, char kind, object value, int at)
    {
        bool toLeft = flags.Contains('-', StringComparison.Ordinal);
        string spec = (toLeft ? "<" : ">") + flags.Replace("-", "", StringComparison.Ordinal);
        switch (kind)
        {
            case 's': return Apply(Py.Str(value), spec);
            case 'r' or 'a': return Apply(Py.Repr(value), spec);
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o':
                if (Py.AsNumber(value) is not { } number || (kind is 'x' or 'X' or 'o' && number is double))
                {
                    throw PythonRaise.Type(kind is 'x' or 'X' or 'o' ? $"%{kind} format: an integer is required, not {Py.TypeName(value)}" : $"%{kind} format: a real number is required, not {Py.TypeName(value)}");
                }

                object whole = number is double d ? double.IsFinite(d) ? new BigInteger(d) : throw PythonRaise.Value("cannot convert float NaN to integer") : number;
                return Apply(whole, (toLeft || !spec.Contains('0', StringComparison.Ordinal) ? spec : spec[1..]) + (kind is 'i' or 'u' ? 'd' : kind));
            case 'f' or 'F' or 'e' or 'E' or 'g' when Py.AsNumber(value) is { } real:
                return Apply(real is BigInteger i ? (double)i : real, spec + kind);
            case 'f' or 'F' or 'e' or 'E' or 'g':
                throw PythonRaise.Type($"must be real number, not {Py.TypeName(value)}");
            case 'c':
                return value is string { Length: 1 } letter ? letter : Py.AsNumber(value) is BigInteger ? Apply(value, "c") : throw PythonRaise.Type("%c requires int or char");
            default:
                throw PythonRaise.Value($"unsupported format character '{kind}' (0x{(int)kind:x}) at index {at}");
        }
    }

    /// <summary>[[fill]align][sign][#][0][width][,][.precision][type].</summary>
    private readonly record struct Spec(char Fill, char Align, char Sign, bool Alternate, int Width, char Comma, int Precision, char Kind)
    {
        public static Spec Parse(string text, object value)
        {
            int at = 0;
            char fill = ' ', align = '\0', sign = '\0', comma = '\0', kind = '\0';
            bool alternate = false;
            int width = 0, precision = -1;
            if (text.Length > 1 && text[1] is '<' or '>' or '^' or '=')
            {
                (fill, align, at) = (text[0], text[1], 2);
            }
            else if (text[0] is '<' or '>' or '^' or '=')
            {
                (align, at) = (text[0], 1);
            }

            if (at < text.Length && text[at] is '+' or '-' or ' ')
            {
                sign = text[at++];
            }

            if (at < text.Length && text[at] == '#')
            {
                alternate = true;
                at++;
            }

            if (at < text.Length && text[at] == '0')
            {
                fill = align == '\0' ? '0' : fill;
                align = align == '\0' ? '=' : align;
                at++;
            }

            width = Number(text, ref at, 0);
            if (at < text.Length && text[at] is ',' or '_')
            {
                comma = text[at++];
            }

            if (at < text.Length && text[at] == '.')
            {
                at++;
                precision = Number(text, ref at, -1);
                if (precision < 0)
                {
                    throw PythonRaise.Value("Format specifier missing precision");
                }
            }

            if (at < text.Length)
            {
                kind = text[at++];
            }

            return at == text.Length ? new Spec(fill, align, sign, alternate, width, comma, precision, kind) : throw PythonRaise.Value($"Invalid format specifier '{text}' for object of type '{Py.TypeName(value)}'");
        }

        private static int Number(string text, ref int at, int missing)
        {
            int start = at;
            int number = 0;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
            {
                number = (number * 10) + text[at++] - '0';
                if (number > MaxWidth)
                {
                    throw PythonRaise.Value("Too many decimal digits in format string");
                }
            }

            return at == start ? missing : number;
        }

        public string SignOf(bool isNegative) => isNegative ? "-" : Sign is '+' or ' ' ? Sign.ToString() : "";

        public string Pad(string digits, string sign, char otherwise)
        {
            int missing = Width - digits.Length - sign.Length;
            if (missing <= 0)
            {
                return sign + digits;
            }

            return (Align == '\0' ? otherwise : Align) switch
            {
                '<' => sign + digits + new string(Fill, missing),
                '^' => new string(Fill, missing / 2) + sign + digits + new string(Fill, missing - (missing / 2)),
                '=' => sign + new string(Fill, missing) + digits,
                _ => new string(Fill, missing) + sign + digits,
            };
        }
    }
}

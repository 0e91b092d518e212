using System.Globalization;
using System.Text;

namespace Finwait.Lab;

/// <summary>bash's <c>printf</c>: the format is used again as long as there are arguments.</summary>
internal sealed class PrintfTool
{
    private const int MaxWidth = 4096;
    private const int MaxLength = 1 << 22;

    private readonly string[] _arguments;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private int _next;

    private PrintfTool(string[] arguments) => _arguments = arguments;

    /// <summary>Carries out a command line.</summary>
    public static ToolResult Run(IReadOnlyList<string> words)
    {
        words = words.Count > 0 && words[0] == "--" ? [.. words.Skip(1)] : words;
        if (words.Count == 0)
        {
            return ToolResult.Failed(2, "printf: usage: printf [-v var] format [arguments]");
        }

        var printer = new PrintfTool([.. words.Skip(1)]);
        do
        {
            int before = printer._next;
            if (!printer.Once(words[0]) || printer._next == before || printer._output.Length > MaxLength)
            {
                break;
            }
        }
        while (printer._next < printer._arguments.Length);

        return new ToolResult(printer._errors.Length > 0 ? 1 : 0, ShellOctets.Join(printer._output.ToString()), printer._errors.ToString());
    }

    private string Take() => _next < _arguments.Length ? _arguments[_next++] : "";

    private bool Once(string format)
    {
        int i = 0;
        while (i < format.Length)
        {
            char c = format[i++];
            if (c == '\\' && i < format.Length)
            {
                Escape(format, ref i, _output);
            }
            else if (c != '%' || (i < format.Length && format[i] == '%'))
            {
                _output.Append(c);
                i += c == '%' ? 1 : 0;
            }
            else if (!Conversion(format, ref i))
            {
                return false;
            }
        }

        return true;
    }

    private bool Conversion(string format, ref int i)
    {
        int flagsStart = i;
        while (i < format.Length && format[i] is '-' or '+' or ' ' or '0' or '#')
        {
            i++;
        }

        string flags = format[flagsStart..i];
        int width = Amount(format, ref i) ?? 0;
        int? precision = null;
        if (i < format.Length && format[i] == '.')
        {
            i++;
            precision = Amount(format, ref i) ?? 0;
        }

        if (i >= format.Length)
        {
            _errors.Append("bash: printf: `%': missing format character\n");
            return false;
        }

        char kind = format[i++];
        string text;
        switch (kind)
        {
            case 's' or 'q':
                text = Take();
                text = precision is { } most && most < text.Length ? text[..most] : text;
                break;
            case 'b':
                text = Unescape(Take());
                break;
            case 'c':
                string first = Take();
                text = first.Length > 0 ? first[..1] : "";
                break;
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o':
                text = Whole(kind, flags, precision);
                break;
            case 'f' or 'F' or 'e' or 'E' or 'g' or 'G':
                text = Real(kind, flags, precision ?? 6);
                break;
            default:
                _errors.Append(CultureInfo.InvariantCulture, $"bash: printf: `{kind}': invalid format character\n");
                return false;
        }

        bool isNumber = kind is not ('s' or 'q' or 'b' or 'c');
        _output.Append(flags.Contains('-', StringComparison.Ordinal) ? text.PadRight(width) : flags.Contains('0', StringComparison.Ordinal) && isNumber && (precision is null || kind is 'f' or 'F' or 'e' or 'E' or 'g' or 'G')
            ? Zeros(text, width) : text.PadLeft(width));
        return true;
    }

    private static string Zeros(string text, int width)
    {
        int sign = text.Length > 0 && text[0] is '-' or '+' or ' ' ? 1 : 0;
        return text[..sign] + text[sign..].PadLeft(width - sign, '0');
    }

    private int? Amount(string format, ref int i)
    {
        if (i < format.Length && format[i] == '*')
        {
            i++;
            return int.TryParse(Take(), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? Math.Min(given, MaxWidth) : 0;
        }

        int start = i;
        while (i < format.Length && char.IsAsciiDigit(format[i]))
        {
            i++;
        }

        return i == start ? null : int.TryParse(format.AsSpan(start, i - start), NumberStyles.None, CultureInfo.InvariantCulture, out int amount) ? Math.Min(amount, MaxWidth) : MaxWidth;
    }

    private string Whole(char kind, string flags, int? precision)
    {
        string word = Take();
        long number = 0;
        if (word.Length > 1 && word[0] is '\'' or '"')
        {
            number = word[1];
        }
        else if (!(word.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? long.TryParse(word.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : word.Length == 0 || long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)))
        {
            _errors.Append(CultureInfo.InvariantCulture, $"bash: printf: {word}: invalid number\n");
        }

        string digits = kind switch
        {
            'x' => number.ToString("x", CultureInfo.InvariantCulture),
            'X' => number.ToString("X", CultureInfo.InvariantCulture),
            'o' => Convert.ToString(number, 8),
            'u' => ((ulong)number).ToString(CultureInfo.InvariantCulture),
            _ => number.ToString(CultureInfo.InvariantCulture),
        };
        string sign = digits[0] == '-' ? "-" : flags.Contains('+', StringComparison.Ordinal) && kind is 'd' or 'i' ? "+" : flags.Contains(' ', StringComparison.Ordinal) && kind is 'd' or 'i' ? " " : "";
        digits = digits.TrimStart('-').PadLeft(precision ?? 0, '0');
        return (flags.Contains('#', StringComparison.Ordinal) && number != 0 ? kind switch { 'x' => "0x", 'X' => "0X", 'o' => "0", _ => "" } : "") + sign + digits;
    }

    private string Real(char kind, string flags, int precision)
    {
        string word = Take();
        double number = 0;
        if (word.Length > 0 && !double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out number))
        {
            _errors.Append(CultureInfo.InvariantCulture, $"bash: printf: {word}: invalid number\n");
        }

        int digits = Math.Min(precision, 60);
        string text = char.ToLowerInvariant(kind) switch
        {
            'f' => number.ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
            'e' => number.ToString((digits == 0 ? "0" : "0." + new string('0', digits)) + "e+00", CultureInfo.InvariantCulture),
            _ => number.ToString("G" + Math.Max(1, digits).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
        };
        return (number >= 0 && flags.Contains('+', StringComparison.Ordinal) ? "+" : "") + (char.IsUpper(kind) ? text.ToUpperInvariant() : text.ToLowerInvariant());
    }

    /// <summary>A text with the signs behind backslashes put in their place, as <c>echo -e</c> and <c>%b</c> do.</summary>
    public static string Unescape(string value)
    {
        var unescaped = new StringBuilder();
        for (int at = 0; at < value.Length;)
        {
            char c = value[at++];
            if (c == '\\' && at < value.Length)
            {
                Escape(value, ref at, unescaped);
            }
            else
            {
                unescaped.Append(c);
            }
        }

        return ShellOctets.Join(unescaped.ToString());
    }

    /// <summary>What stands behind a backslash.</summary>
    private static void Escape(string text, ref int i, StringBuilder output)
    {
        char c = text[i++];
        switch (c)
        {
            case 'x':
                Digits(text, ref i, output, 16, 2, "\\x");
                break;
            case >= '0' and <= '7':
                i--;
                Digits(text, ref i, output, 8, 3, "");
                break;
            default:
                output.Append(c switch { 'n' => "\n", 't' => "\t", 'r' => "\r", 'a' => "\a", 'b' => "\b", 'f' => "\f", 'v' => "\v", 'e' => "\u001b", '\\' => "\\", '"' => "\"", '\'' => "'", _ => "\\" + c });
                break;
        }
    }

    private static void Digits(string text, ref int i, StringBuilder output, int radix, int most, string none)
    {
        (int value, int count) = (0, 0);
        while (count < most && i < text.Length && char.IsAsciiHexDigit(text[i]) && Convert.ToInt32(text[i].ToString(), 16) < radix)
        {
            value = (value * radix) + Convert.ToInt32(text[i++].ToString(), 16);
            count++;
        }

        output.Append(count == 0 ? none : ShellOctets.Of(value).ToString());
    }
}

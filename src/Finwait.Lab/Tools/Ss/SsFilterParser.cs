using System.Globalization;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>Reads the filter words of <c>ss</c>: <c>src</c>, <c>dst</c>, <c>sport</c>, <c>dport</c>, <c>dev</c>, <c>and</c>, <c>or</c>, <c>not</c>, parentheses.</summary>
internal sealed class SsFilterParser
{
    private const int MaxDepth = 64; // nobody nests deeper, and the stack is not endless

    private readonly IReadOnlyList<string> _words;
    private readonly ToolNames _names;
    private readonly Func<string, bool> _hasDevice;
    private int _at;
    private int _depth;
    private string _error = "";

    private SsFilterParser(IReadOnlyList<string> words, ToolNames names, Func<string, bool> hasDevice)
    {
        _words = words;
        _hasDevice = hasDevice;
        _names = names;
    }

    private string? Current => _at < _words.Count ? _words[_at] : null;

    /// <summary>Reads a whole filter; words may also come glued in one argument, as from a quoted expression.</summary>
    /// <param name="arguments">What stands behind the options and states; not empty.</param>
    /// <param name="names">To look up hosts and services.</param>
    /// <param name="hasDevice">True for the names of interfaces.</param>
    /// <param name="filter">The filter, or <c>null</c> if there are no words at all.</param>
    /// <param name="error">One line without a newline, if false is returned.</param>
    internal static bool TryParse(IReadOnlyList<string> arguments, ToolNames names, Func<string, bool> hasDevice, out SsFilter? filter, out string error)
    {
        List<string> words = [];
        foreach (string argument in arguments)
        {
            words.AddRange(argument.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        }

        filter = null;
        error = "";
        if (words.Count == 0)
        {
            return true;
        }

        SsFilterParser parser = new(words, names, hasDevice);
        filter = parser.ParseChain();
        if (filter is not null && parser.Current is { } extra)
        {
            parser.Fail($"unexpected \"{extra}\"");
            filter = null;
        }

        error = parser._error;
        return filter is not null;
    }

    private SsFilter? ParseChain()
    {
        if (ParseTerm() is not { } first)
        {
            return null;
        }

        List<(bool, SsFilter)> rest = [];
        while (Current is { } word && word != ")")
        {
            bool isOr = word is "or" or "|" or "||";
            if (isOr || word is "and" or "&" or "&&")
            {
                _at++;
            }

            if (ParseTerm() is not { } next)
            {
                return null;
            }

            rest.Add((isOr, next));
        }

        return rest.Count == 0 ? first : new SsFilterChain(first, rest);
    }

    private SsFilter? ParseTerm()
    {
        if (_depth == MaxDepth)
        {
            return Fail("nested too deeply");
        }

        _depth++;
        SsFilter? term = ParseTermInside();
        _depth--;
        return term;
    }

    private SsFilter? ParseTermInside()
    {
        string? word = Current;
        _at++;
        switch (word)
        {
            case null:
                return Fail("a condition is missing at its end");
            case "(":
                return ParseParentheses();
            case ")" or "and" or "&" or "&&" or "or" or "|" or "||":
                return Fail($"a condition is missing before \"{word}\"");
            case "not" or "!":
                return ParseTerm() is { } inner ? new SsFilterNot(inner) : null;
            case "src" or "dst":
                return ParseHost(word == "src");
            case "sport" or "dport":
                return ParsePort(word == "sport");
            case "dev":
                return ParseDevice();
            case "autobound":
                return new SsFilterAutobound();
            case "fwmark":
                return ParseMark();
            case "cgroup":
                return Fail($"\"{word}\" is not supported; src, dst, sport, dport, dev, fwmark and autobound are");
            default:
                // Any other word is taken for an address, which must be one before it can be out of place.
                return ReadHost(word, isSource: false) is null ? null : Fail($"\"{word}\" is none of src, dst, sport, dport, dev, not, (");
        }
    }

    private SsFilter? ParseParentheses()
    {
        if (ParseChain() is not { } inner)
        {
            return null;
        }

        if (Current != ")")
        {
            return Fail("\")\" is missing at its end");
        }

        _at++;
        return inner;
    }

    private SsFilter? ParseHost(bool isSource)
    {
        string side = isSource ? "src" : "dst";
        if (Current is "=" or "==" or "eq")
        {
            _at++;
        }

        if (Current is not { } value || Comparison(value) is not null)
        {
            return Fail($"an address is missing after \"{side}\"");
        }

        _at++;
        return ReadHost(value, isSource);
    }

    private SsFilter? ReadHost(string value, bool isSource)
    {
        bool? wantsV6 = null;
        foreach ((string start, bool v6) in (ReadOnlySpan<(string, bool)>)[("inet:", false), ("inet6:", true)])
        {
            if (value.StartsWith(start, StringComparison.Ordinal))
            {
                value = value[start.Length..];
                wantsV6 = v6;
            }
        }

        if (!TrySplitHost(value, out string host, out string port) || !TryParsePrefix(host, out IpAddress prefix, out int length))
        {
            return FailLine($"Error: an inet prefix is expected rather than \"{host}\".");
        }

        int? number = null;
        if (port is not ("" or "*"))
        {
            if (!TryParsePort(port, out int parsed))
            {
                return FailLine($"Error: \"{port}\" does not look like a port.");
            }

            number = parsed;
        }

        return new SsFilterHost(isSource, wantsV6, prefix, length, number);
    }

    private SsFilter? ParsePort(bool isSource)
    {
        SsComparison? comparison = Comparison(Current);
        if (comparison is not null)
        {
            _at++;
        }

        if (Current is not { } value)
        {
            return Fail($"a port is missing after \"{(isSource ? "sport" : "dport")}\"");
        }

        _at++;
        string port = value.StartsWith(':') ? value[1..] : value;
        return TryParsePort(port, out int number)
            ? new SsFilterPort(isSource, comparison ?? SsComparison.Equal, number)
            : FailLine($"Error: \"{port}\" does not look like a port.");
    }

    private SsFilter? ParseDevice()
    {
        SsComparison? comparison = Comparison(Current);
        if (comparison is not null)
        {
            _at++;
        }

        if (Current is not { } device)
        {
            return Fail("an interface is missing after \"dev\"");
        }

        _at++;
        if (!_hasDevice(device))
        {
            return FailLine("Cannot parse device.");
        }

        return new SsFilterDevice(comparison == SsComparison.NotEqual, device);
    }

    /// <summary><c>fwmark = MARK[/MASK]</c>: the sockets of the lab carry none.</summary>
    private SsFilter? ParseMark()
    {
        bool isNegated = Comparison(Current) == SsComparison.NotEqual;
        _at += Comparison(Current) is null ? 0 : 1;
        string? text = Current;
        _at++;
        string[] parts = (text ?? "").Split('/');
        long mask = uint.MaxValue;
        if (!TryParseMark(parts[0], out long mark) || (parts.Length > 1 && !TryParseMark(parts[1], out mask)))
        {
            return text is null ? Fail("a mark is missing after \"fwmark\"") : FailLine("Cannot parse mark value.");
        }

        return new SsFilterMark(isNegated, (mark & mask) == 0);
    }

    private static bool TryParseMark(string text, out long mark) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out mark)
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out mark);

    private static SsComparison? Comparison(string? word) => word switch
    {
        "=" or "==" or "eq" => SsComparison.Equal,
        "!=" or "ne" or "neq" => SsComparison.NotEqual,
        ">" or "gt" => SsComparison.Greater,
        "<" or "lt" => SsComparison.Less,
        ">=" or "ge" or "geq" => SsComparison.GreaterOrEqual,
        "<=" or "le" or "leq" => SsComparison.LessOrEqual,
        _ => null,
    };

    // HOST, HOST:PORT, [V6], [V6]:PORT, :PORT. Without brackets an IPv6 address has no port.
    private static bool TrySplitHost(string value, out string host, out string port)
    {
        port = "";
        host = value;
        if (value.StartsWith('['))
        {
            int close = value.IndexOf(']');
            if (close < 0)
            {
                return false;
            }

            int colon = value.IndexOf(':', close);
            port = colon < 0 ? "" : value[(colon + 1)..];
            host = string.Concat(value.AsSpan(1, close - 1), colon < 0 ? value.AsSpan(close + 1) : value.AsSpan(close + 1, colon - close - 1));
            return true;
        }

        int last = value.LastIndexOf(':');
        if (last >= 0 && !TryParsePrefixLiteral(value, out _, out _))
        {
            host = value[..last];
            port = value[(last + 1)..];
        }

        return true;
    }

    private bool TryParsePrefix(string host, out IpAddress prefix, out int length)
    {
        prefix = default;
        length = 0;
        if (host is "" or "*" or "any" or "all" or "default")
        {
            return true;
        }

        if (TryParsePrefixLiteral(host, out prefix, out length))
        {
            return true;
        }

        if (_names.TryFindHost(host, out prefix))
        {
            length = prefix.IsV6 ? 128 : 32;
            return true;
        }

        return false;
    }

    private static bool TryParsePrefixLiteral(string text, out IpAddress prefix, out int length)
    {
        length = 0;
        int slash = text.IndexOf('/');
        string address = slash < 0 ? text : text[..slash];
        if (!IpAddress.TryParse(address, out prefix) && !TryParseShortV4(address, out prefix))
        {
            return false;
        }

        int full = prefix.IsV6 ? 128 : 32;
        if (slash < 0)
        {
            length = full;
            return true;
        }

        string bits = text[(slash + 1)..];
        if (prefix.IsV4 && IpAddress.TryParse(bits, out IpAddress mask) && mask.IsV4)
        {
            length = 32 - System.Numerics.BitOperations.TrailingZeroCount(mask.V4);
            return length == 0 || mask.V4 == uint.MaxValue << (32 - length);
        }

        return int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out length) && length <= full;
    }

    // "10.10" is 10.10.0.0, as everywhere in iproute2.
    private static bool TryParseShortV4(string text, out IpAddress address)
    {
        address = default;
        int dots = text.AsSpan().Count('.');
        return dots < 3 && text.Length > 0 && char.IsAsciiDigit(text[0]) && IpAddress.TryParse(text + string.Concat(Enumerable.Repeat(".0", 3 - dots)), out address);
    }

    private bool TryParsePort(string text, out int port) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out port) || _names.TryFindService(text, udp: false, out port) || _names.TryFindService(text, udp: true, out port);

    private SsFilter? Fail(string what) => FailLine($"ss: bison bellows (while parsing filter): \"syntax error!\" Sorry.\nss: {what}");

    private SsFilter? FailLine(string line)
    {
        line += line.StartsWith("Error: ", StringComparison.Ordinal) ? "\nCannot parse dst/src address." : "";
        if (_error.Length == 0)
        {
            _error = line;
        }

        return null;
    }
}

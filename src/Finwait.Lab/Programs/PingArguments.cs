using System.Globalization;
using Finwait.Stack;

namespace Finwait.Lab;

/// <summary>What ping does with packets that are longer than a link: its <c>-M</c>.</summary>
internal enum PingDiscovery
{
    /// <summary>DF while the packet fits: cut what does not (iputils' default, and <c>want</c>).</summary>
    Want,

    /// <summary>DF always.</summary>
    Do,

    /// <summary>DF never.</summary>
    Dont,
}

/// <summary>The command line of iputils' ping, understood: values are checked in the order and with the words of the real one.</summary>
internal sealed class PingArguments
{
    private const string WithValue = "ceFiIlmMNpQsStTwW";
    private const string Ignored = "CdLrU";
    private const int MaxFlowLabel = 0xFFFFF;

    /// <summary>With source routes the header has room for nine gateways before the destination.</summary>
    private const int MaxNames = 10;

    private const string Usage = """
        Usage: ping [-4] [-6] [-a] [-A] [-b] [-B] [-D] [-f] [-n] [-O] [-q] [-r] [-v] [-c COUNT] [-e IDENTIFIER] [-i SECONDS] [-I INTERFACE or ADDRESS]
                    [-l PRELOAD] [-M do|want|dont] [-p PATTERN] [-Q TOS] [-s OCTETS] [-t TTL] [-w SECONDS in all] [-W SECONDS for the last] DESTINATION

        """;

    private string _garbage = "";
    private bool _hasInterval;
    private bool _isDone;

    /// <summary>The destination.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Gateways of a source route, which stand before the destination.</summary>
    public IReadOnlyList<string> Gateways { get; private set; } = [];

    public int Count { get; private set; } = int.MaxValue;

    public int Size { get; private set; } = 56;

    public byte TimeToLive { get; private set; }

    public byte TrafficClass { get; private set; }

    public ushort? Identifier { get; private set; }

    /// <summary>Octets that fill the data; null for the usual 0, 1, 2 …</summary>
    public byte[]? Pattern { get; private set; }

    /// <summary>Whole milliseconds, as iputils counts them; 0 sends as soon as the last was answered.</summary>
    public TimeSpan Interval { get; private set; } = TimeSpan.FromSeconds(1);

    /// <summary><c>-l</c>: requests that may be unanswered without a pause between them.</summary>
    public int Preload { get; private set; } = 1;

    /// <summary><c>-w</c>: when to stop, counted from the start.</summary>
    public TimeSpan? Deadline { get; private set; }

    /// <summary><c>-W</c>: how long to wait for the last answer while none has come.</summary>
    public TimeSpan Wait { get; private set; } = TimeSpan.FromSeconds(10);

    public PingDiscovery Discovery { get; private set; }

    /// <summary><c>-I</c>: an interface or an address.</summary>
    public string? From { get; private set; }

    public bool Quiet { get; private set; }

    public bool Numeric { get; private set; }

    public bool PrintsTime { get; private set; }

    public bool ReportsMissing { get; private set; }

    public bool AllowsBroadcast { get; private set; }

    /// <summary><c>-f</c>: a dot for each request, which its answer takes away.</summary>
    public bool Floods { get; private set; }

    /// <summary><c>-A</c>: the interval follows the time that answers take.</summary>
    public bool Adapts { get; private set; }

    /// <summary><c>-a</c>: a bell for each answer.</summary>
    public bool Rings { get; private set; }

    public bool Verbose { get; private set; }

    /// <summary><c>-r</c>: only to hosts on the same link.</summary>
    public bool OnLinkOnly { get; private set; }

    /// <summary><c>-B</c>: the first source address stays, and is told.</summary>
    public bool KeepsSource { get; private set; }

    /// <summary>A flag whose packets the lab's IPv4 hosts cannot send; null for none.</summary>
    public char? NotHere { get; private set; }

    /// <summary>A flag whose packets the lab's IPv6 hosts cannot send; null for none.</summary>
    public char? NotHereV6 { get; private set; }

    /// <summary><c>-4</c> or <c>-6</c>; null without.</summary>
    public bool? IsV6 { get; private set; }

    /// <summary>What is printed on standard output, with status 0, instead of pinging.</summary>
    public string? Answer { get; private set; }

    /// <summary>What is printed on standard error, if <see cref="Status"/> is not 0 instead of pinging.</summary>
    public string Error { get; private set; } = "";

    public int Status { get; private set; }

    public static PingArguments Parse(IReadOnlyList<string> words)
    {
        var read = new PingArguments();
        var names = new List<string>();
        bool onlyNames = false;
        for (int i = 0; i < words.Count && !read._isDone; i++)
        {
            string word = words[i];
            if (onlyNames || word.Length < 2 || word[0] != '-')
            {
                names.Add(word);
                continue;
            }

            onlyNames = word == "--";
            for (int at = 1; at < word.Length && !onlyNames && !read._isDone; at++)
            {
                if (!WithValue.Contains(word[at], StringComparison.Ordinal))
                {
                    read.Take(word[at]);
                    continue;
                }

                string? value = at + 1 < word.Length ? word[(at + 1)..] : i + 1 < words.Count ? words[++i] : null;
                read.Take(word[at], value);
                break;
            }
        }

        if (!read._isDone && names.Count == 0)
        {
            read.Fail("usage error: Destination address required", 1);
        }
        else if (!read._isDone && names.Count > (read.NotHere is null ? MaxNames : 1))
        {
            read.End("", Usage, 2);
        }

        read.Name = names.Count > 0 ? names[^1] : "";
        read.Gateways = names.Count > 1 ? names[..^1] : [];
        read.Interval = read.Floods && !read._hasInterval ? TimeSpan.Zero : read.Interval;
        read.Error = read._isDone ? read.Error : read._garbage;
        return read;
    }

    private void Take(char flag)
    {
        switch (flag)
        {
            case 'n': Numeric = true; break;
            case 'q': Quiet = true; break;
            case 'D': PrintsTime = true; break;
            case 'O': ReportsMissing = true; break;
            case 'b': AllowsBroadcast = true; break;
            case 'f': Floods = true; break;
            case 'A': Adapts = true; break;
            case 'a': Rings = true; break;
            case 'v': Verbose = true; break;
            case 'r': OnLinkOnly = true; break;
            case 'B': KeepsSource = true; break;
            case 'R' when NotHere == 'T': Fail("only one of -T or -R may be used", 2); break;
            case 'R': NotHere = flag; break;
            case '4' or '6' when IsV6 is { } before && before != (flag == '6'): Fail("only one -4 or -6 option may be specified", 2); break;
            case '4' or '6': IsV6 = flag == '6'; break;
            case 'h': End("", Usage, 2); break;
            case 'V': Answer = "ping of the lab, as that of iputils 20221126\n"; _isDone = true; break;
            case var _ when !Ignored.Contains(flag, StringComparison.Ordinal): End($"ping: invalid option -- '{flag}'\n\n", Usage, 2); break;
        }
    }

    private void Take(char flag, string? value)
    {
        if (value is null)
        {
            End($"ping: option requires an argument -- '{flag}'\n\n", Usage, 2);
            return;
        }

        switch (flag)
        {
            case 'c': Count = (int)Math.Min(int.MaxValue, Number(value, 1, long.MaxValue)); break;
            case 's': Size = (int)Number(value, 0, int.MaxValue); break;
            case 'l': Preload = (int)Number(value, 1, 65536); break;
            case 't':
                TimeToLive = (byte)Number(value, 0, 255);
                if (!_isDone && TimeToLive == 0)
                {
                    Fail("cannot set unicast time-to-live: Invalid argument", 2);
                }

                break;
            case 'w': Deadline = Number(value, 0, int.MaxValue) is > 0 and long seconds ? TimeSpan.FromSeconds(seconds) : null; break;
            case 'W': Wait = Seconds(value, "linger time", isPositive: true) is { Ticks: > 0 } wait ? wait : Wait; break;
            case 'i':
                Interval = Seconds(value, "timing interval", isPositive: false);
                _hasInterval = true;
                break;
            case 'e': Identifier = (ushort)Number(value, 0, 0xFFFF); break;
            case 'Q': TakeTrafficClass(value); break;
            case 'I': From = value; break;
            case 'M' when value is "do" or "want" or "dont": Discovery = value switch { "do" => PingDiscovery.Do, "want" => PingDiscovery.Want, _ => PingDiscovery.Dont }; break;
            case 'M': Fail($"invalid -M argument: {value}", 2); break;
            case 'p': TakePattern(value); break;
            case 'm': Number(value, 0, uint.MaxValue); break; // no packet is another for a mark
            case 'S': Number(value, 1, int.MaxValue); break;  // nor for a send buffer
            case 'T' when NotHere == 'R': Fail("only one of -T or -R may be used", 2); break;
            case 'T' when value is not ("tsonly" or "tsandaddr" or "tsprespec"): Fail($"invalid timestamp type: {value}", 2); break;
            case 'T': NotHere = flag; break;
            case 'N': NotHereV6 = flag; break;
            default: TakeFlowLabel(value); break;
        }
    }

    /// <summary>A whole number as strtol() reads it; what is none, what no long holds and what is out of range is told in three ways.</summary>
    private long Number(string text, long least, long most)
    {
        ReadOnlySpan<char> digits = text.AsSpan().TrimStart();
        digits = digits.Length > 1 && digits[0] is '+' or '-' ? digits[1..] : digits;
        if (digits.Length == 0 || digits.IndexOfAnyExceptInRange('0', '9') >= 0)
        {
            Fail($"invalid argument: '{text}'", 1);
            return least;
        }

        if (!long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out long number))
        {
            Fail($"invalid argument: '{text}': Numerical result out of range", 1);
            return least;
        }

        if (number < least || number > most)
        {
            Fail(string.Create(CultureInfo.InvariantCulture, $"invalid argument: '{text}': out of range: {least} <= value <= {most}"), 1);
            return least;
        }

        return number;
    }

    /// <summary>Seconds with a fraction. What follows the number is complained of and left out, as the real one does.</summary>
    private TimeSpan Seconds(string text, string what, bool isPositive)
    {
        const int MaxSeconds = int.MaxValue / 1000;
        int length = text.Length;
        double seconds = 0;
        while (length > 0 && !double.TryParse(text.AsSpan(0, length), NumberStyles.Float, CultureInfo.InvariantCulture, out seconds))
        {
            length--;
        }

        seconds = length == 0 ? 0 : seconds;
        seconds = text.TrimStart('+', '-').StartsWith("inf", StringComparison.OrdinalIgnoreCase) ? double.PositiveInfinity : seconds;
        if (text.Length == 0)
        {
            Fail($"bad {what}: : No such file or directory", 2); // an old errno that the real one prints too
        }
        else if (!double.IsFinite(seconds))
        {
            Fail($"bad {what}: {text}: Numerical result out of range", 2);
        }
        else if (seconds > MaxSeconds || (isPositive && seconds < 0))
        {
            Fail($"bad {what}: {text}", 2);
        }
        else if (length < text.Length)
        {
            _garbage += $"ping: option argument contains garbage: {text[length..]}\nping: this will become fatal error in the future\n";
        }

        return _isDone ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Max(0, (int)(seconds * 1000)));
    }

    private void TakeTrafficClass(string text)
    {
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        string digits = isHex ? text[2..] : text;
        long value = 0;
        if (digits.Length > 0 && !long.TryParse(digits, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value))
        {
            Fail($"bad TOS value: {text}", 2);
        }
        else if (value > 255)
        {
            Fail(string.Create(CultureInfo.InvariantCulture, $"the decimal value of TOS bits must be in range 0-255: {value}"), 2);
        }

        TrafficClass = (byte)value;
    }

    /// <summary>A label of IPv6's flows: IPv4 has none and sends without.</summary>
    private void TakeFlowLabel(string text)
    {
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        string digits = isHex ? text[2..] : text;
        long value = 0;
        if (digits.Length > 0 && !long.TryParse(digits, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value))
        {
            Fail($"bad value for flowinfo: {text}", 2);
        }
        else if (value is < 0 or > MaxFlowLabel)
        {
            Fail($"flow value is greater than 20 bits: {text}", 2);
        }

        NotHereV6 = 'F';
    }

    /// <summary>Pairs of hexadecimal digits, sixteen of them at the most; what follows the sixteenth is not looked at. A last digit alone is an octet.</summary>
    private void TakePattern(string text)
    {
        int wrong = text.AsSpan().IndexOfAnyExcept("0123456789abcdefABCDEF");
        if (wrong >= 0)
        {
            Fail($"patterns must be specified as hex digits: {text[wrong..]}", 2);
            return;
        }

        text = text.Length > 32 ? text[..32] : text;
        Pattern = Convert.FromHexString(text.Length % 2 == 0 ? text : text[..^1] + "0" + text[^1]);
    }

    private void Fail(string message, int status) => End($"ping: {message}\n", "", status);

    private void End(string message, string usage, int status)
    {
        if (!_isDone)
        {
            (_isDone, Error, Status) = (true, message + usage, status);
        }
    }
}

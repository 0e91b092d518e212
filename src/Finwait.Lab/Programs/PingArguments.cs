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
    private const string Ignored = "4aBdhLnqvDbOU6V";
    private const string NotHere = "AfFlNRT";

    private const string Usage = """
        Usage: ping [-4] [-6] [-b] [-D] [-n] [-O] [-q] [-v] [-c COUNT] [-e IDENTIFIER] [-i SECONDS] [-I INTERFACE or ADDRESS]
                    [-M do|want|dont] [-p PATTERN] [-Q TOS] [-s OCTETS] [-t TTL] [-w SECONDS in all] [-W SECONDS for the last] DESTINATION

        """;

    private string _garbage = "";
    private bool _isDone;

    public string Name { get; private set; } = "";

    public int Count { get; private set; } = int.MaxValue;

    public int Size { get; private set; } = 56;

    public byte TimeToLive { get; private set; }

    public byte TrafficClass { get; private set; }

    public ushort? Identifier { get; private set; }

    /// <summary>Octets that fill the data; empty for the usual 0, 1, 2 …</summary>
    public byte[] Pattern { get; private set; } = [];

    public TimeSpan Interval { get; private set; } = TimeSpan.FromSeconds(1);

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

        if (!read._isDone && names.Count != 1)
        {
            read.Fail(names.Count == 0 ? "usage error: Destination address required" : "the lab's ping has one destination and no source route", names.Count == 0 ? 1 : 2);
        }

        read.Name = names.Count > 0 ? names[^1] : "";
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
            case '4' or '6' when IsV6 is { } before && before != (flag == '6'): Fail("only one -4 or -6 option may be specified", 2); break;
            case '4' or '6': IsV6 = flag == '6'; break;
            case 'h': End("", Usage, 2); break;
            case 'V': Answer = "ping of the lab, as that of iputils 20221126\n"; _isDone = true; break;
            case var _ when NotHere.Contains(flag, StringComparison.Ordinal): Fail($"the lab's ping does not have -{flag}", 2); break;
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
            case 't':
                TimeToLive = (byte)Number(value, 0, 255);
                if (!_isDone && TimeToLive == 0)
                {
                    Fail("cannot set unicast time-to-live: Invalid argument", 2);
                }

                break;
            case 'w': Deadline = TimeSpan.FromSeconds(Number(value, 0, int.MaxValue)); break;
            case 'W': Wait = Seconds(value) is { Ticks: > 0 } wait ? wait : Wait; break;
            case 'i':
                Interval = Seconds(value);
                Interval = Interval < TimeSpan.FromMilliseconds(2) ? TimeSpan.FromMilliseconds(2) : Interval; // a flood would not let time pass
                break;
            case 'e': Identifier = (ushort)Number(value, 0, 0xFFFF); break;
            case 'Q': TakeTrafficClass(value); break;
            case 'I': From = value; break;
            case 'M' when value is "do" or "want" or "dont": Discovery = value switch { "do" => PingDiscovery.Do, "want" => PingDiscovery.Want, _ => PingDiscovery.Dont }; break;
            case 'M': Fail($"invalid -M argument: {value}", 2); break;
            case 'p': TakePattern(value); break;
            case 'S' or 'm': Number(value, 0, int.MaxValue); break; // no packet is another for it
            default: Fail($"the lab's ping does not have -{flag}", 2); break;
        }
    }

    /// <summary>A whole number; what is none and what is too big is told in two ways.</summary>
    private long Number(string text, long least, long most)
    {
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
        {
            Fail($"invalid argument: '{text}'", 1);
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
    private TimeSpan Seconds(string text)
    {
        int length = text.Length;
        double seconds = 0;
        while (length > 0 && !double.TryParse(text.AsSpan(0, length), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out seconds))
        {
            length--;
        }

        if (length < text.Length || length == 0)
        {
            _garbage += $"ping: option argument contains garbage: {text[length..]}\nping: this will become fatal error in the future\n";
        }

        return TimeSpan.FromSeconds(Math.Clamp(length == 0 ? 0 : seconds, 0, 1_000_000));
    }

    private void TakeTrafficClass(string text)
    {
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        if (!int.TryParse(isHex ? text.AsSpan(2) : text, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out int value) || value > 255)
        {
            Fail($"invalid argument: '{text}'", 1);
            return;
        }

        TrafficClass = (byte)value;
    }

    private void TakePattern(string text)
    {
        if (text.Length is 0 or > 32 || !text.All(char.IsAsciiHexDigit))
        {
            Fail($"patterns must be specified as hex digits: {text}", 2);
            return;
        }

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

using System.Globalization;

namespace Finwait.Lab;

/// <summary>The command line of OpenBSD's netcat, understood.</summary>
internal sealed class NcOptions
{
    private const string Usage = """
        usage: nc [-46bCDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]
        	  [-m minttl] [-O length] [-P proxy_username] [-p source_port]
        	  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]
        	  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]
        	  [destination] [port ...]

        """;

    private const string WithValue = "IiMmOPpqsTVWwXx";
    private const string WithoutValue = "46bCDdFhklNnrStUuvZz";

    public bool Listen { get; private set; }

    public bool KeepOpen { get; private set; }

    public bool Verbose { get; private set; }

    public bool Scan { get; private set; }

    public bool ShutdownAfterInput { get; private set; }

    public bool Udp { get; private set; }

    public bool NoInput { get; private set; }

    public bool Numeric { get; private set; }

    /// <summary><c>-4</c> or <c>-6</c>; null without.</summary>
    public bool? IsV6 { get; private set; }

    public bool CrLf { get; private set; }

    /// <summary><c>-w</c>; null without.</summary>
    public TimeSpan? Timeout { get; private set; }

    /// <summary><c>-q</c>; null without.</summary>
    public TimeSpan? QuitAfterInput { get; private set; }

    public string? SourceAddress { get; private set; }

    public string? SourcePort { get; private set; }

    public string? Host { get; private set; }

    public string? Port => Ports.Count > 0 ? Ports[0] : null;

    /// <summary>Ports, services' names and ranges, in the order given; a server has one.</summary>
    public IReadOnlyList<string> Ports { get; private set; } = [];

    /// <summary><c>-b</c>: broadcast addresses are allowed.</summary>
    public bool Broadcast { get; private set; }

    /// <summary><c>-I</c> and <c>-O</c>: SO_RCVBUF and SO_SNDBUF; 0 without.</summary>
    public int ReceiveBuffer { get; private set; }

    public int SendBuffer { get; private set; }

    /// <summary><c>-T</c>; null without.</summary>
    public int? TypeOfService { get; private set; }

    /// <summary><c>-M</c>; null without.</summary>
    public int? TimeToLive { get; private set; }

    /// <summary><c>-W</c>: packets to take before the end; 0 for no limit.</summary>
    public int ReceiveLimit { get; private set; }

    /// <summary>What to print on standard error before ending with status 1; null if the line is right.</summary>
    public string? Error { get; private set; }

    public static NcOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new NcOptions();
        var words = new List<string>();
        for (int i = 0; i < arguments.Count && options.Error is null; i++)
        {
            string argument = arguments[i];
            if (argument.Length < 2 || argument[0] != '-')
            {
                words.Add(argument);
                continue;
            }

            for (int at = 1; at < argument.Length && options.Error is null; at++)
            {
                char flag = argument[at];
                if (WithValue.Contains(flag, StringComparison.Ordinal))
                {
                    string? value = at + 1 < argument.Length ? argument[(at + 1)..] : i + 1 < arguments.Count ? arguments[++i] : null;
                    options.Take(flag, value);
                    break;
                }

                options.Take(flag);
            }
        }

        options.Finish(words);
        return options;
    }

    private void Take(char flag)
    {
        switch (flag)
        {
            case 'l': Listen = true; break;
            case 'k': KeepOpen = true; break;
            case 'v': Verbose = true; break;
            case 'z': Scan = true; break;
            case 'N': ShutdownAfterInput = true; break;
            case 'u': Udp = true; break;
            case 'b': Broadcast = true; break;
            case 'd': NoInput = true; break;
            case 'n': Numeric = true; break;
            case 'C': CrLf = true; break;
            case '4' or '6': IsV6 = flag == '6'; break;
            case 'h': Error = "OpenBSD netcat, as the lab has it\n" + Usage; break;
            case 'S': Error = "nc: Unable to read TCP MD5SIG password\n"; break; // there is no way to hand one over here
            case 'U' or 'Z' or 'F': Error = $"nc: the lab's nc does not have -{flag}\n"; break;
            default: Error ??= WithoutValue.Contains(flag, StringComparison.Ordinal) ? null : $"nc: invalid option -- '{flag}'\n" + Usage; break;
        }
    }

    private void Take(char flag, string? value)
    {
        if (value is null)
        {
            Error = $"nc: option requires an argument -- '{flag}'\n" + Usage;
            return;
        }

        switch (flag)
        {
            case 'w':
                Timeout = Seconds(value, "timeout");
                break;
            case 'q':
                QuitAfterInput = value.StartsWith('-') ? null : Seconds(value, "quit timer");
                break;
            case 'i': // lines are sent as they are typed here: only its value is read
                Seconds(value, "interval");
                break;
            case 'p': SourcePort = value; break;
            case 's': SourceAddress = value; break;
            case 'I': ReceiveBuffer = (int)Number(value, "TCP receive window", 1, 65536 << 14); break;
            case 'O': SendBuffer = (int)Number(value, "TCP send window", 1, 65536 << 14); break;
            case 'W': ReceiveLimit = (int)Number(value, "receive limit", 1, int.MaxValue); break;
            case 'M': TimeToLive = TimeToLiveOf(value, "ttl"); break;
            case 'm': TimeToLiveOf(value, "minttl"); break; // all of the lab's hosts are nearer than any limit that makes sense
            case 'T': TakeTypeOfService(value); break;
            case 'V': Error = "nc: no alternate routing table support available\n"; break;
            case 'X': Error = value is "4" or "5" || value.Equals("connect", StringComparison.OrdinalIgnoreCase) ? null : "nc: unsupported proxy protocol\n"; break;
            case 'P': break; // says something to a proxy only
            case 'x' when Listen: Error = "nc: no proxy support for listen\n"; break;
            case 'x': Error = $"nc: the lab's nc does not have -{flag}\n"; break;
        }
    }

    private TimeSpan? Seconds(string value, string what)
    {
        long seconds = Number(value, what, 0, int.MaxValue);
        return Error is null ? TimeSpan.FromSeconds(seconds) : null;
    }

    /// <summary>A whole number (strtonum); 0 with <see cref="Error"/> set for any other text.</summary>
    private long Number(string value, string what, long least, long most)
    {
        string? wrong = Wrong(value, least, most, out long number);
        if (wrong is not null)
        {
            Error = $"nc: {what} {wrong}: {value}\n";
        }

        return wrong is null ? number : 0;
    }

    private static string? Wrong(string value, long least, long most, out long number)
    {
        bool isNumber = value.Length > 0 && value.AsSpan(value[0] is '-' or '+' && value.Length > 1 ? 1 : 0).IndexOfAnyExceptInRange('0', '9') < 0;
        bool fits = long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
        return !isNumber ? "invalid" : value[0] == '-' && (!fits || number < least) || fits && number < least ? "too small" : !fits || number > most ? "too large" : null;
    }

    private int? TimeToLiveOf(string value, string what)
    {
        string? wrong = Wrong(value, 0, 255, out long number);
        Error = wrong is null ? Error : $"nc: {what} is {wrong}\n";
        return (int)number;
    }

    /// <summary>A keyword of IP's type of service, a class of differentiated services, or a number.</summary>
    private void TakeTypeOfService(string value)
    {
        bool isHex = value.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        int number = value.ToLowerInvariant() switch
        {
            "lowdelay" => 0x10,
            "throughput" => 0x08,
            "reliability" => 0x04,
            "inetcontrol" => 0xC0,
            "netcontrol" => 0xE0,
            "critical" => 0xA0,
            "ef" => 0xB8,
            ['c', 's', >= '0' and <= '7' and char level] => (level - '0') << 5,
            ['a', 'f', >= '1' and <= '4' and char level, >= '1' and <= '3' and char drop] => ((level - '0') << 5) | ((drop - '0') << 3),
            _ => int.TryParse(isHex ? value.AsSpan(2) : value, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out int read) ? read : -1,
        };
        TypeOfService = number;
        Error = number is >= 0 and <= 255 ? Error : $"nc: illegal tos value {value}\n";
    }

    private void Finish(List<string> words)
    {
        if (Error is not null)
        {
            return;
        }

        if ((Listen && words.Count + (SourcePort is null ? 0 : 1) > 2) || (words.Count == 0 && !(Listen && SourcePort is not null)))
        {
            Error = Listen && words.Count == 0 ? "nc: missing port number\n" : Usage;
            return;
        }

        if (Listen)
        {
            (Host, string port) = words.Count switch
            {
                2 => (words[0], words[1]),
                1 when SourcePort is null => (null, words[0]),
                1 => (words[0], SourcePort),
                _ => ((string?)null, SourcePort!),
            };
            Ports = [port];
            Host = SourceAddress ?? Host;
            Error = Scan ? "nc: cannot use -z and -l\n" : null;
            return;
        }

        if (KeepOpen)
        {
            Error = "nc: must use -l with -k\n";
        }
        else if (words.Count < 2)
        {
            Error = "nc: missing port number\n";
        }
        else
        {
            (Host, Ports) = (words[0], words[1..]);
        }
    }
}

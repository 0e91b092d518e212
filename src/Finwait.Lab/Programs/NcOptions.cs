using System.Globalization;

namespace Finwait.Lab;

/// <summary>The command line of OpenBSD's netcat, understood.</summary>
internal sealed class NcOptions
{
    private const string Usage = """
        usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]
        	  [-m minttl] [-O length] [-P proxy_username] [-p source_port]
        	  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]
        	  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]
        	  [destination] [port]

        """;

    private const string WithValue = "IiMmOPpqsTVWwXx";
    private const string WithoutValue = "46CDdFhklNnrStUuvZz";

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

    public string? Port { get; private set; }

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
            case 'd': NoInput = true; break;
            case 'n': Numeric = true; break;
            case 'C': CrLf = true; break;
            case '4' or '6': IsV6 = flag == '6'; break;
            case 'h': Error = "OpenBSD netcat, as the lab has it\n" + Usage; break;
            case 'U' or 'Z' or 'F' or 'S': Error = $"nc: the lab's nc does not have -{flag}\n"; break;
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
            case 'X' or 'x' or 'P' or 'V' or 'M' or 'm': Error = $"nc: the lab's nc does not have -{flag}\n"; break;
        }
    }

    private TimeSpan? Seconds(string value, string what)
    {
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds))
        {
            return TimeSpan.FromSeconds(seconds);
        }

        bool isNegative = value.Length > 1 && value[0] == '-' && value.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0;
        Error = $"nc: {what} {(isNegative ? "too small" : value.All(char.IsAsciiDigit) && value.Length > 0 ? "too large" : "invalid")}: {value}\n";
        return null;
    }

    private void Finish(List<string> words)
    {
        if (Error is not null)
        {
            return;
        }

        if (words.Count > 2 || (words.Count == 0 && !(Listen && SourcePort is not null)))
        {
            Error = Listen && words.Count == 0 ? "nc: missing port number\n" : Usage;
            return;
        }

        if (Listen)
        {
            (Host, Port) = words.Count switch
            {
                2 => (words[0], words[1]),
                1 when SourcePort is null => (null, words[0]),
                1 => (words[0], SourcePort),
                _ => ((string?)null, SourcePort),
            };
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
            (Host, Port) = (words[0], words[1]);
        }
    }
}

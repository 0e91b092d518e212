using System.Globalization;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>The command line of <c>traceroute</c> 2.1.2.</summary>
internal sealed record TracerouteOptions
{
    private const int MaxHops = 255, MaxProbesOfAHop = 10, MaxLength = 65000;

    // What a line of these asks for is not in the lab, and is said to be missing instead of being taken for a slip.
    private static readonly string[] s_missing = ["-e", "-A", "-g", "-l", "-D", "-P", "-O", "-UL", "--mtu", "--back", "--sport", "--fwmark", "--extensions", "--as-path-lookups", "--gateway", "--flowlabel", "--dccp", "--protocol", "--options"];

    private static readonly Dictionary<string, char> s_longValues = new(StringComparer.Ordinal)
    {
        ["--first"] = 'f', ["--interface"] = 'i', ["--max-hops"] = 'm', ["--sim-queries"] = 'N', ["--port"] = 'p', ["--tos"] = 't', ["--wait"] = 'w', ["--queries"] = 'q', ["--source"] = 's', ["--sendwait"] = 'z', ["--module"] = 'M',
    };

    /// <summary>What the probes are.</summary>
    internal enum Method
    {
        /// <summary>Datagrams to ever new ports, which nobody should listen on.</summary>
        Datagrams,

        /// <summary><c>-U</c>: datagrams to one port.</summary>
        DatagramsToOnePort,

        /// <summary><c>-I</c>: echo requests.</summary>
        Echo,

        /// <summary><c>-T</c>: SYNs to one port.</summary>
        Syn,
    }

    internal Method Probes { get; private init; }

    internal string Host { get; private init; } = "";

    internal bool Numeric { get; private init; }

    internal bool DontFragment { get; private init; }

    internal int FirstHop { get; private init; } = 1;

    internal int LastHop { get; private init; } = 30;

    internal int ProbesOfAHop { get; private init; } = 3;

    /// <summary>Probes under way at a time.</summary>
    internal int AtATime { get; private init; } = 16;

    /// <summary>Null for the method's own.</summary>
    internal int? Port { get; private init; }

    internal byte TrafficClass { get; private init; }

    /// <summary>Octets of the whole packet.</summary>
    internal int Length { get; private init; } = DefaultLength;

    /// <summary>Longest time to wait for an answer.</summary>
    internal TimeSpan Wait { get; private init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many times longer than an answer of the same hop; 0 for the longest time always.</summary>
    internal double HereFactor { get; private init; } = 3;

    /// <summary>How many times longer than an answer of a further hop.</summary>
    internal double NearFactor { get; private init; } = 10;

    internal TimeSpan Pause { get; private init; }

    internal string? Source { get; private init; }

    internal string? Device { get; private init; }

    /// <summary><c>-4</c>, <c>-6</c>; null without.</summary>
    internal bool? OnlyV6 { get; private init; }

    internal const int DefaultLength = 60;

    /// <summary>Reads the words behind the program's name.</summary>
    /// <param name="words">The words.</param>
    /// <param name="options">What they say.</param>
    /// <returns>Null, or what the program prints instead of doing anything, with its status.</returns>
    internal static ToolResult? Read(string[] words, out TracerouteOptions options)
    {
        options = new();
        int operands = 0;
        for (int i = 0; i < words.Length; i++)
        {
            string word = words[i];
            if (!word.StartsWith('-') || word == "-")
            {
                if (++operands > 2)
                {
                    return ToolResult.Failed(2, $"Extra arg `{word}' (position {operands}, argc {i + 1})");
                }

                if (operands == 2 && int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int large) && large > MaxLength)
                {
                    return ToolResult.Failed(2, $"too big packetlen {word} specified");
                }

                bool isLength = int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int length);
                if (operands == 2 && (!isLength || length > ProbeClient.MaxData))
                {
                    return ToolResult.Failed(2, $"Cannot handle \"packetlen\" cmdline arg `{word}' on position 2 (argc {i + 1})");
                }

                options = operands == 1 ? options with { Host = word } : options with { Length = Math.Max(length, Ipv4View.MinHeaderLength + UdpView.HeaderLength) };
                continue;
            }

            if (options.ReadOption(words, ref i, out options) is { } result)
            {
                return result;
            }
        }

        return options.Check(operands);
    }

    private ToolResult? Check(int operands) =>
        operands == 0 ? ToolResult.Done(Usage)
        : FirstHop < 1 || FirstHop > LastHop ? ToolResult.Failed(2, "first hop out of range")
        : Wait < TimeSpan.Zero || HereFactor < 0 || NearFactor < 0 ? ToolResult.Failed(2, string.Create(CultureInfo.InvariantCulture, $"bad wait specifications `{Wait.TotalSeconds},{HereFactor},{NearFactor}' used"))
        : LastHop > MaxHops ? ToolResult.Failed(2, $"max hops cannot be more than {MaxHops}")
        : ProbesOfAHop is < 1 or > MaxProbesOfAHop ? ToolResult.Failed(2, $"no more than {MaxProbesOfAHop} probes per hop")
        : null;

    /// <summary>One word of options: letters without a value may stand together.</summary>
    private ToolResult? ReadOption(string[] words, ref int i, out TracerouteOptions options)
    {
        options = this;
        string word = words[i];
        if (Array.Exists(s_missing, each => each == word.Split('=')[0]))
        {
            return ToolResult.Failed(2, $"traceroute: the lab's traceroute does not have '{word.Split('=')[0]}'");
        }

        int equals = word.IndexOf('=');
        if (equals > 0 && s_longValues.TryGetValue(word[..equals], out char shortForm))
        {
            word = $"-{shortForm}{word[(equals + 1)..]}";
        }

        string letters = word switch
        {
            "--icmp" => "I",
            "--tcp" => "T",
            "--udp" => "U",
            "--dont-fragment" => "F",
            "--help" => "h",
            "--version" => "V",
            _ when word.StartsWith("--", StringComparison.Ordinal) => "?",
            _ => word[1..],
        };
        for (int at = 0; at < letters.Length; at++)
        {
            char letter = letters[at];
            switch (letter)
            {
                case 'h':
                    return ToolResult.Done(Usage);
                case 'V':
                    return ToolResult.Done("Modern traceroute for Linux, version 2.1.2\n");
                case 'n' or 'F' or 'I' or 'T' or 'U' or '4' or '6' or 'd' or 'r':
                    options = options.WithFlag(letter);
                    continue;
                case 'f' or 'm' or 'q' or 'N' or 'p' or 't' or 'w' or 'z' or 's' or 'i' or 'M':
                    string value = at + 1 < letters.Length ? letters[(at + 1)..] : i + 1 < words.Length ? words[++i] : "";
                    if (letter == 'M' && value.Length > 0 && value is not ("icmp" or "tcp" or "udp" or "default"))
                    {
                        return ToolResult.Failed(2, $"Unknown traceroute module {value}");
                    }

                    if (options.WithValue(letter, value) is not { } changed)
                    {
                        return ToolResult.Failed(2, value.Length == 0 ? $"Option `-{letter}' (argc {i + 1}) requires an argument: `-{letter} {Word(letter)}'" : $"Cannot handle `-{letter}' option with arg `{value}' (argc {i + 1})");
                    }

                    options = changed;
                    return null;
                default:
                    return ToolResult.Failed(2, $"Bad option `{word}' (argc {i + 1})");
            }
        }

        return null;
    }

    private TracerouteOptions WithFlag(char letter) => letter switch
    {
        'n' => this with { Numeric = true },
        'F' => this with { DontFragment = true },
        'I' => this with { Probes = Method.Echo },
        'T' => this with { Probes = Method.Syn },
        'U' => this with { Probes = Method.DatagramsToOnePort },
        '4' or '6' => this with { OnlyV6 = letter == '6' },
        _ => this, // IPv4 and a route without gateway are what there is
    };

    private TracerouteOptions? WithValue(char letter, string value)
    {
        bool isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
        return letter switch
        {
            's' when value.Length > 0 => this with { Source = value },
            'i' when value.Length > 0 => this with { Device = value },
            'w' => WithWait(value.Split(',')),
            'z' when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double pause) && pause <= 1000 => this with { Pause = TimeSpan.FromSeconds(pause > 10 ? pause / 1000 : pause) },
            'M' when value.Length > 0 => this with { Probes = value switch { "icmp" => Method.Echo, "tcp" => Method.Syn, "udp" => Method.DatagramsToOnePort, _ => Method.Datagrams } },
            _ when !isNumber => null,
            'f' => this with { FirstHop = number },
            'm' => this with { LastHop = number },
            'q' => this with { ProbesOfAHop = number },
            'N' => this with { AtATime = Math.Max(1, number) },
            'p' => this with { Port = (ushort)number }, // its lower 16 bits
            't' when number <= byte.MaxValue => this with { TrafficClass = (byte)number },
            _ => null,
        };
    }

    /// <summary>MAX[,HERE[,NEAR]]: the longest time alone switches the shorter ones off.</summary>
    private TracerouteOptions? WithWait(string[] parts)
    {
        double[] numbers = new double[3];
        for (int i = 0; i < parts.Length; i++)
        {
            if (i == numbers.Length || !double.TryParse(parts[i], NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out numbers[i]) || Math.Abs(numbers[i]) > 3600)
            {
                return null;
            }
        }

        return this with { Wait = TimeSpan.FromSeconds(numbers[0]), HereFactor = numbers[1], NearFactor = numbers[2] };
    }

    private static string Word(char letter) => letter switch { 'f' => "first_ttl", 'm' => "max_ttl", 'q' => "nqueries", 'N' => "squeries", 'p' => "port", 't' => "tos", 'w' => "MAX,HERE,NEAR", 'z' => "sendwait", 's' => "src_addr", 'M' => "name", _ => "device" };

    private const string Usage = """
        Usage:
          traceroute [ -4FITnUV ] [ -f first_ttl ] [ -i device ] [ -m max_ttl ] [ -M name ] [ -N squeries ] [ -p port ] [ -t tos ] [ -w MAX,HERE,NEAR ] [ -q nqueries ] [ -s src_addr ] [ -z sendwait ] host [ packetlen ]
        Options:
          -F  --dont-fragment         Do not fragment packets
          -f first_ttl                Start from the first_ttl hop (instead from 1)
          -I  --icmp                  Use ICMP ECHO for tracerouting
          -T  --tcp                   Use TCP SYN for tracerouting (default port is 80)
          -U  --udp                   Use UDP to particular port for tracerouting, default port is 53
          -m max_ttl                  Set the max number of hops. Default is 30
          -N squeries                 Set the number of probes to be tried simultaneously (default is 16)
          -n                          Do not resolve IP addresses to their domain names
          -p port                     Set the destination port to use
          -w MAX,HERE,NEAR            Wait for a probe no more than HERE (default 3) times longer than a response
                                      from the same hop, or no more than NEAR (default 10) times than some next hop,
                                      or MAX (default 5.0) seconds
          -q nqueries                 Set the number of probes per each hop. Default is 3

        """;
}

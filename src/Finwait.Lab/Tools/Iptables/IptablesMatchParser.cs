using System.Globalization;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>Reads the options of matches and targets: <c>--dport</c>, <c>--tcp-flags</c>, <c>--icmp-type</c>, <c>--limit</c>, <c>--reject-with</c> and so on.</summary>
internal sealed class IptablesMatchParser
{
    /// <summary>The burst of <c>-m limit</c> if none is given.</summary>
    internal const int UsualBurst = 5;

    private const byte Icmp = 1, Tcp = 6, Udp = 17, IcmpV6 = 58;
    private const long LimitScale = 10_000; // the kernel counts in tenths of a millisecond
    private const int MaxLogPrefix = 29;

    // Match or target, its options. Aliases stand beside the name used in messages.
    private static readonly (string Owner, string[] Options)[] s_known =
    [
        ("tcp", ["source-port", "sport", "destination-port", "dport", "syn", "tcp-flags"]),
        ("udp", ["source-port", "sport", "destination-port", "dport"]),
        ("icmp", ["icmp-type"]),
        ("icmp6", ["icmpv6-type"]),
        ("limit", ["limit", "limit-burst"]),
        ("length", ["length"]),
        ("statistic", ["mode", "probability", "every", "packet"]),
        ("comment", ["comment"]),
        ("conntrack", ["ctstate"]),
        ("state", ["state"]),
        ("REJECT", ["reject-with"]),
        ("LOG", ["log-prefix", "log-level", "log-tcp-sequence", "log-tcp-options", "log-ip-options", "log-uid", "log-macdecode"]),
    ];

    // Real matches and targets that are not here; anything else does not exist at all.
    private static readonly string[] s_unsupportedMatches =
    [
        "multiport", "mac", "owner", "recent", "mark", "connmark", "iprange", "tos", "dscp", "ttl", "hl", "ecn", "string", "time", "u32", "addrtype", "pkttype", "physdev", "helper",
        "connlimit", "connbytes", "hashlimit", "quota", "set", "tcpmss", "frag", "rt", "hbh", "dst", "eui64", "esp", "ah", "sctp", "dccp", "bpf", "cgroup", "cpu", "devgroup", "realm", "rateest", "policy", "socket", "nfacct", "osf", "ipv6header", "mh",
    ];

    private static readonly string[] s_unsupportedTargets =
    [
        "MARK", "CONNMARK", "DNAT", "SNAT", "MASQUERADE", "REDIRECT", "NETMAP", "TCPMSS", "TCPOPTSTRIP", "TOS", "DSCP", "TTL", "HL", "ECN", "NFLOG", "NFQUEUE", "QUEUE", "NOTRACK", "CT", "TEE", "TRACE", "TPROXY", "AUDIT",
        "CHECKSUM", "CLASSIFY", "CLUSTERIP", "HMARK", "IDLETIMER", "LED", "RATEEST", "SECMARK", "CONNSECMARK", "SET", "SYNPROXY", "ULOG",
    ];

    private readonly IptablesTool _tool;
    private readonly ToolNames _names;
    private readonly Func<string, bool> _fail;
    private readonly HashSet<string> _loaded = [];
    private readonly HashSet<string> _explicit = [];
    private readonly HashSet<string> _given = [];
    private FilterMatch _match = FilterMatch.Any;
    private bool? _isNth;
    private bool _statisticIsInverted;
    private bool _stateIsFirst;
    private uint _every, _packet, _probability;
    private long _limitPeriod = 3600 * LimitScale / 3;
    private int _burst = UsualBurst;

    /// <param name="tool">The program.</param>
    /// <param name="names">To look up services.</param>
    /// <param name="fail">Takes what is wrong, and returns false.</param>
    internal IptablesMatchParser(IptablesTool tool, ToolNames names, Func<string, bool> fail)
    {
        _tool = tool;
        _names = names;
        _fail = fail;
    }

    private bool HasProtocolMatch => _loaded.Contains("tcp") || _loaded.Contains("udp") || _loaded.Contains("icmp") || _loaded.Contains("icmp6");

    /// <summary>What <c>-j</c> and <c>-g</c> said.</summary>
    internal FilterTarget Target { get; private set; } = FilterTarget.None;

    /// <summary>True if a match or target that is loaded has the option; the match of the protocol is loaded if that has it.</summary>
    internal bool Knows(string name, byte? protocol)
    {
        if (Find(name) is not null)
        {
            return true;
        }

        string? implied = protocol switch { Tcp => "tcp", Udp => "udp", Icmp when !_tool.IsV6 => "icmp", IcmpV6 when _tool.IsV6 => "icmp6", _ => null };
        if (implied is null || !_loaded.Add(implied))
        {
            return false;
        }

        if (Find(name) is not null)
        {
            return true;
        }

        _loaded.Remove(implied);
        return false;
    }

    /// <summary><c>-m</c>.</summary>
    internal bool Load(string name, bool isExplicit)
    {
        string found = name is "icmpv6" or "ipv6-icmp" ? "icmp6" : name;
        bool fits = found is "tcp" or "udp" or "limit" or "length" or "statistic" or "comment" or "state" or "conntrack" || found == (_tool.IsV6 ? "icmp6" : "icmp");
        if (!fits)
        {
            return _fail(Array.IndexOf(s_unsupportedMatches, name) >= 0
                ? $"match '{name}' is not supported; tcp, udp, {(_tool.IsV6 ? "icmp6" : "icmp")}, comment, conntrack, length, limit, state and statistic are"
                : $"Couldn't load match `{name}':No such file or directory\n");
        }

        _stateIsFirst |= found is "state" or "conntrack" && !HasProtocolMatch;
        _loaded.Add(found);
        if (isExplicit)
        {
            _explicit.Add(found);
        }

        return true;
    }

    /// <summary><c>-j</c> and <c>-g</c>. Whether a chain of that name exists is for the filter to say.</summary>
    internal bool SetTarget(string name, bool isGoto)
    {
        if (isGoto)
        {
            Target = new(FilterTargetKind.Goto) { Chain = name };
            return true;
        }

        if (Array.IndexOf(s_unsupportedTargets, name) >= 0)
        {
            return _fail($"target '{name}' is not supported; ACCEPT, DROP, REJECT, LOG, RETURN and your own chains are");
        }

        Target = name switch
        {
            "ACCEPT" => FilterTarget.Accept,
            "DROP" => FilterTarget.Drop,
            "RETURN" => FilterTarget.Return,
            "REJECT" => FilterTarget.Reject(),
            "LOG" => FilterTarget.Log(),
            _ => FilterTarget.JumpTo(name),
        };
        if (name is "REJECT" or "LOG")
        {
            _loaded.Add(name);
        }

        return true;
    }

    /// <summary>Reads the value of an option that <see cref="Knows"/> and applies it.</summary>
    /// <param name="name">The option without its dashes and value.</param>
    /// <param name="shown">The word as it was written.</param>
    /// <param name="joined">The value behind <c>=</c>.</param>
    /// <param name="isInverted">True after <c>!</c>.</param>
    /// <param name="words">The whole line.</param>
    /// <param name="at">The word behind the option; moved behind its values.</param>
    internal bool Read(string name, string shown, string? joined, bool isInverted, IReadOnlyList<string> words, ref int at)
    {
        (string owner, string option) = Find(name)!.Value;
        string value = joined ?? "";
        if (option is not ("syn" or "log-tcp-sequence" or "log-tcp-options" or "log-ip-options" or "log-uid" or "log-macdecode") && joined is null)
        {
            if (at >= words.Count)
            {
                return _fail(option == "tcp-flags" ? "--tcp-flags requires two args." : $"option \"{shown}\" requires an argument");
            }

            value = words[at++];
        }

        if (isInverted && option is "limit" or "limit-burst" or "mode" or "packet" or "comment" or "reject-with" || (isInverted && owner == "LOG"))
        {
            return _fail($"{owner}: option \"--{option}\" cannot be inverted.\n");
        }

        if (option == "tcp-flags")
        {
            return ReadFlags(value, isInverted, words, ref at);
        }

        return owner switch
        {
            "tcp" or "udp" when option == "syn" => SetFlags(TcpFlagsMatch.Syn with { IsInverted = isInverted }),
            "tcp" or "udp" => ReadPorts(option, value, isInverted, owner == "udp"),
            "icmp" or "icmp6" => ReadIcmp(value, isInverted),
            "REJECT" or "LOG" => ReadTargetOption(option, value),
            _ => ReadOther(option, value, isInverted),
        };
    }

    /// <summary>Checks what can only be said at the end, and puts the parts into the match.</summary>
    internal bool Finish(ref FilterMatch match)
    {
        byte? protocol = match.IsProtocolInverted ? null : match.Protocol;
        foreach ((string name, byte number, string word) in (ReadOnlySpan<(string, byte, string)>)[("tcp", Tcp, "TCP"), ("udp", Udp, "UDP")])
        {
            if (_loaded.Contains(name) && protocol != number)
            {
                return _fail($"{word} match requires '-p {name}'");
            }
        }

        if ((_loaded.Contains("icmp") && protocol != Icmp) || (_loaded.Contains("icmp6") && protocol != IcmpV6))
        {
            return _fail($"ICMP match requires '-p {(_tool.IsV6 ? "ipv6-icmp" : "icmp")}'");
        }

        foreach ((string name, string option) in (ReadOnlySpan<(string, string)>)[("icmp", "icmp-type"), ("icmp6", "icmpv6-type"), ("length", "length"), ("comment", "comment"), ("state", "state")])
        {
            if (_loaded.Contains(name) && !_given.Contains(option))
            {
                return _fail($"{name}: option \"--{option}\" must be specified\n");
            }
        }

        if (_loaded.Contains("conntrack") && !_given.Contains("ctstate"))
        {
            return _fail("conntrack: At least one option is required");
        }

        if (!FinishStatistic())
        {
            return false;
        }

        FilterMatch parts = _match;
        bool looksAtProtocol = parts.SourcePorts is not null || parts.DestinationPorts is not null || parts.TcpFlags is not null;
        match = parts with
        {
            Protocol = match.Protocol,
            IsProtocolInverted = match.IsProtocolInverted,
            In = match.In,
            Out = match.Out,
            IsFragment = match.IsFragment,
            State = parts.State is { } state ? state with { IsFirst = _stateIsFirst && HasProtocolMatch } : null,
            Limit = _loaded.Contains("limit") ? new LimitMatch(TimeSpan.FromTicks(_limitPeriod * (TimeSpan.TicksPerSecond / LimitScale)), _burst) : null,
            LoadsProtocolMatch = !looksAtProtocol && (_explicit.Contains("tcp") || _explicit.Contains("udp")),
        };
        return true;
    }

    private (string Owner, string Option)? Find(string name)
    {
        (string, string)? found = null;
        foreach ((string owner, string[] options) in s_known)
        {
            if (!_loaded.Contains(owner))
            {
                continue;
            }

            foreach (string option in options)
            {
                if (option == name)
                {
                    return (owner, Canonical(option));
                }

                if (name.Length > 0 && option.StartsWith(name, StringComparison.Ordinal))
                {
                    if (found is { } other && other.Item2 != Canonical(option))
                    {
                        return null;
                    }

                    found = (owner, Canonical(option));
                }
            }
        }

        return found;
    }

    private static string Canonical(string option) => option switch { "sport" => "source-port", "dport" => "destination-port", _ => option };

    private bool ReadPorts(string option, string value, bool isInverted, bool udp)
    {
        if (!_given.Add(option))
        {
            return _fail($"Only one `--{option}' allowed");
        }

        int colon = value.IndexOf(':');
        string first = colon < 0 ? value : value[..colon];
        string last = colon < 0 ? value : value[(colon + 1)..];
        int from = 0, to = ushort.MaxValue;
        if ((first.Length > 0 || colon < 0) && !TryParsePort(first, udp, out from))
        {
            return _fail($"invalid port/service `{first}' specified");
        }

        if ((last.Length > 0 || colon < 0) && !TryParsePort(last, udp, out to))
        {
            return _fail($"invalid port/service `{last}' specified");
        }

        if (from > to)
        {
            return _fail("invalid portrange (min > max)");
        }

        PortMatch ports = new((ushort)from, (ushort)to, isInverted);
        _match = option == "source-port" ? _match with { SourcePorts = ports } : _match with { DestinationPorts = ports };
        return true;
    }

    private bool TryParsePort(string text, bool udp, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) ? port <= ushort.MaxValue : _names.TryFindService(text, udp, out port);

    private bool ReadFlags(string mask, bool isInverted, IReadOnlyList<string> words, ref int at)
    {
        if (at >= words.Count || words[at].StartsWith('-') || words[at] == "!")
        {
            return _fail("--tcp-flags requires two args.");
        }

        if (!IptablesNames.TryParseFlags(mask, out TcpFlags looked, out string unknown) || !IptablesNames.TryParseFlags(words[at++], out TcpFlags set, out unknown))
        {
            return _fail($"Unknown TCP flag `{unknown}'");
        }

        return SetFlags(new(looked, set, isInverted));
    }

    private bool SetFlags(TcpFlagsMatch flags)
    {
        if (!_given.Add("tcp-flags"))
        {
            return _fail("Only one of `--syn' or `--tcp-flags'  allowed");
        }

        _match = _match with { TcpFlags = flags };
        return true;
    }

    private bool ReadIcmp(string value, bool isInverted)
    {
        _given.Add(_tool.IsV6 ? "icmpv6-type" : "icmp-type");
        if (!IptablesNames.TryParseIcmpType(value, _tool.IsV6, out IcmpTypeMatch match, out string error))
        {
            return _fail(error);
        }

        _match = _match with { IcmpType = match with { IsInverted = isInverted } };
        return true;
    }

    private bool ReadTargetOption(string option, string value)
    {
        switch (option)
        {
            case "reject-with":
                if (!IptablesNames.TryParseReject(value, _tool.IsV6, out RejectWith with))
                {
                    return _fail($"unknown reject type \"{value}\"");
                }

                Target = FilterTarget.Reject(with);
                return true;
            case "log-tcp-sequence" or "log-tcp-options" or "log-ip-options" or "log-uid" or "log-macdecode":
                Target = Target with { LogFlags = Target.LogFlags | option switch { "log-tcp-sequence" => LogFlags.TcpSequence, "log-tcp-options" => LogFlags.TcpOptions, "log-ip-options" => LogFlags.IpOptions, "log-uid" => LogFlags.User, _ => LogFlags.LinkAddresses } };
                return true;
            case "log-prefix":
                Target = Target with { LogPrefix = value.Length > MaxLogPrefix ? value[..MaxLogPrefix] : value };
                return !value.Contains('\n') || _fail("Newlines not allowed in \"--log-prefix\"");
            default:
                if (!IptablesNames.TryParseLevel(value, out byte level))
                {
                    return _fail($"log level \"{value}\" unknown\n");
                }

                Target = Target with { LogLevel = level };
                return true;
        }
    }

    private bool ReadOther(string option, string value, bool isInverted)
    {
        switch (option)
        {
            case "limit": return ReadRate(value);
            case "limit-burst": return ReadNumber("limit", option, value, 0, 10_000, out uint burst) && SetBurst((int)Math.Max(1, burst));
            case "length": return ReadLength(value, isInverted);
            case "state" or "ctstate":
                _given.Add(option);
                if (!IptablesNames.TryParseStates(value, out ConnectionStates states))
                {
                    return _fail($"Bad {option} \"{value.Split(',').First(word => !IptablesNames.TryParseStates(word, out _))}\"");
                }

                _match = _match with { State = new ConnectionStateMatch(states, isInverted, option == "state") };
                return true;
            case "comment":
                _given.Add("comment");
                _match = _match with { Comment = value };
                return true;
            case "mode":
                _isNth = value is "nth" ? true : value is "random" ? false : null;
                return _isNth is not null || _fail($"Bad mode \"{value}\"");
            case "every":
                _statisticIsInverted = isInverted;
                _given.Add("every");
                return ReadNumber("statistic", option, value, 1, uint.MaxValue, out _every);
            case "packet":
                _given.Add("packet");
                return ReadNumber("statistic", option, value, 0, uint.MaxValue, out _packet);
            default:
                _statisticIsInverted = isInverted;
                return ReadProbability(value);
        }
    }

    private bool SetBurst(int burst)
    {
        _burst = burst;
        return true;
    }

    private bool ReadNumber(string owner, string option, string value, uint least, uint most, out uint number) =>
        (uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= least && number <= most)
        || _fail(string.Create(CultureInfo.InvariantCulture, $"{owner}: bad value for option \"--{option}\", or out of range ({least}-{most}).\n"));

    private bool ReadRate(string value)
    {
        int slash = value.IndexOf('/');
        string unit = slash < 0 ? "second" : value[(slash + 1)..];
        long seconds = unit.Length == 0 ? 0
            : "second".StartsWith(unit, StringComparison.OrdinalIgnoreCase) ? 1
            : "minute".StartsWith(unit, StringComparison.OrdinalIgnoreCase) ? 60
            : "hour".StartsWith(unit, StringComparison.OrdinalIgnoreCase) ? 3600
            : "day".StartsWith(unit, StringComparison.OrdinalIgnoreCase) ? 86_400 : 0;
        if (seconds == 0 || !int.TryParse(slash < 0 ? value : value.AsSpan(0, slash), NumberStyles.None, CultureInfo.InvariantCulture, out int rate) || rate == 0)
        {
            return _fail($"bad rate \"{value}\"'");
        }

        if (rate / seconds > LimitScale)
        {
            return _fail($"Rate too fast \"{value}\"");
        }

        _limitPeriod = Math.Max(1, seconds * LimitScale / rate);
        return true;
    }

    private bool ReadLength(string value, bool isInverted)
    {
        _given.Add("length");
        int colon = value.IndexOf(':');
        string first = colon < 0 ? value : value[..colon];
        string last = colon < 0 ? value : value[(colon + 1)..];
        ushort from = 0, to = ushort.MaxValue;
        foreach (string text in (ReadOnlySpan<string>)[first, last])
        {
            if ((text.Length > 0 || colon < 0) && !ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                return _fail($"length: bad value for option \"--length\" near \"{text}\", or out of range (0-65535).\n");
            }
        }

        from = first.Length > 0 ? ushort.Parse(first, CultureInfo.InvariantCulture) : from;
        to = last.Length > 0 ? ushort.Parse(last, CultureInfo.InvariantCulture) : to;
        _match = _match with { Length = new LengthMatch(from, to, isInverted) };
        return true;
    }

    private bool ReadProbability(string value)
    {
        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double share) || !(share is >= 0 and <= 1))
        {
            return _fail("statistic: bad value for option \"--probability\", or out of range (0-1).\n");
        }

        _given.Add("probability");
        _probability = (uint)Math.Round(share * 2147483648.0, MidpointRounding.AwayFromZero);
        return true;
    }

    private bool FinishStatistic()
    {
        if (!_loaded.Contains("statistic"))
        {
            return true;
        }

        bool isNth = _isNth ?? false;
        if (!isNth && !_given.Contains("probability"))
        {
            return _fail("--probability must be specified when using random mode");
        }

        if (isNth && !_given.Contains("every"))
        {
            return _fail("--every must be specified when using nth mode");
        }

        if (isNth && !_given.Contains("packet"))
        {
            return _fail("statistic: option \"--every\" also requires \"--packet\".\n");
        }

        if (isNth && _packet >= _every)
        {
            return _fail("the --packet p must be 0 <= p <= n-1");
        }

        _match = _match with { Statistic = isNth ? new(_every, _packet, 0, _statisticIsInverted) : new(0, 0, _probability, _statisticIsInverted) };
        return true;
    }
}

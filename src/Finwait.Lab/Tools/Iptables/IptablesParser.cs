using System.Globalization;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>Reads a command line of iptables. Errors read as those of iptables 1.8.9.</summary>
internal sealed class IptablesParser
{
    private const string Commands = "ACDIRLSFZNXEP";
    private const int MaxChainName = 28;
    private const int MaxInterfaceName = 15;
    private const int MaxRulesOfOneLine = 1024; // lists of sources times lists of destinations

    // Short form, long forms; the first long form is its name in messages.
    private static readonly (char Letter, string[] Words)[] s_options =
    [
        ('A', ["append"]), ('C', ["check"]), ('D', ["delete"]), ('I', ["insert"]), ('R', ["replace"]), ('L', ["list"]), ('S', ["list-rules"]), ('F', ["flush"]), ('Z', ["zero"]),
        ('N', ["new-chain", "new"]), ('X', ["delete-chain"]), ('E', ["rename-chain"]), ('P', ["policy"]), ('p', ["protocol", "proto"]), ('s', ["source", "src"]), ('d', ["destination", "dst"]),
        ('j', ["jump"]), ('g', ["goto"]), ('i', ["in-interface"]), ('o', ["out-interface"]), ('f', ["fragments", "fragment"]), ('n', ["numeric"]), ('v', ["verbose"]), ('x', ["exact"]),
        ('0', ["line-numbers"]), ('t', ["table"]), ('m', ["match"]), ('c', ["set-counters"]), ('w', ["wait"]), ('4', ["ipv4"]), ('6', ["ipv6"]), ('V', ["version"]), ('h', ["help"]),
    ];

    private readonly IReadOnlyList<string> _words;
    private readonly IptablesTool _tool;
    private readonly ToolNames _names;
    private readonly IptablesMatchParser _extensions;
    private readonly HashSet<char> _seen = [];
    private int _at;
    private bool _isInverted;
    private char _command;
    private bool _alsoZeroes;
    private string? _chain;
    private int? _ruleNumber;
    private string _argument = "";
    private (string Value, bool IsInverted)? _sourceText, _destinationText; // looked up at the end, as the real one does
    private List<AddressMatch?> _sources = [null];
    private List<AddressMatch?> _destinations = [null];
    private FilterMatch _match = FilterMatch.Any;
    private (long, long)? _counters;
    private IptablesStyle _style = new();
    private IptablesFailure? _failure;

    private IptablesParser(IReadOnlyList<string> words, IptablesTool tool, ToolNames names)
    {
        _words = words;
        _tool = tool;
        _names = names;
        _extensions = new(tool, names, Fail);
    }

    /// <summary>Reads the words behind the program's name.</summary>
    internal static IptablesFailure? Parse(IReadOnlyList<string> words, IptablesTool tool, ToolNames names, out IptablesLine line)
    {
        IptablesParser parser = new(words, tool, names);
        bool understood = parser.ReadAll() && parser.Check();
        line = understood ? parser.Build() : new();
        return understood ? null : parser._failure;
    }

    private bool ReadAll()
    {
        while (_at < _words.Count)
        {
            string word = _words[_at++];
            bool wasInverted = _isInverted;
            if (word == "!")
            {
                if (wasInverted)
                {
                    return Fail("multiple consecutive ! not allowed");
                }

                _isInverted = true;
                continue;
            }

            if (word.Length < 2 || word[0] != '-')
            {
                return FailWith(2, $"Bad argument `{word}'\n{_tool.TryHelp()}");
            }

            if (!(word[1] == '-' ? ReadLong(word) : ReadCluster(word)))
            {
                return false;
            }

            _isInverted = false;
        }

        return !_isInverted || Fail("nothing appropriate following !");
    }

    private bool ReadCluster(string word)
    {
        for (int at = 1; at < word.Length; at++)
        {
            char letter = word[at];
            if (letter == '0' || !s_options.Any(option => option.Letter == letter))
            {
                return Fail($"unknown option \"{word}\"");
            }

            string rest = word[(at + 1)..];
            bool takesRest = "ACDIRNEPpsdjgiotmc".Contains(letter) || ("LSFZXw".Contains(letter) && rest.Length > 0);
            if (!Apply(letter, "-" + letter, takesRest && rest.Length > 0 ? rest : null))
            {
                return false;
            }

            if (takesRest)
            {
                return true;
            }
        }

        return true;
    }

    private bool ReadLong(string word)
    {
        int equals = word.IndexOf('=');
        string name = equals < 0 ? word[2..] : word[2..equals];
        string? value = equals < 0 ? null : word[(equals + 1)..];
        char? core = FindCore(name);
        if (core is { } letter)
        {
            return Apply(letter, "--" + name, value);
        }

        return _extensions.Knows(name, _match.Protocol)
            ? _extensions.Read(name, word, value, _isInverted, _words, ref _at)
            : Fail($"unknown option \"{word}\"");
    }

    // The whole word, or the beginning of one option only.
    private static char? FindCore(string name)
    {
        char? found = null;
        foreach ((char letter, string[] words) in s_options)
        {
            foreach (string word in words)
            {
                if (word == name)
                {
                    return letter;
                }

                if (name.Length > 0 && word.StartsWith(name, StringComparison.Ordinal))
                {
                    if (found is not null && found != letter)
                    {
                        return null;
                    }

                    found = letter;
                }
            }
        }

        return found;
    }

    private bool Apply(char letter, string shown, string? joined)
    {
        if (_isInverted && !"psdiof".Contains(letter))
        {
            return Fail(Commands.Contains(letter) ? $"unexpected ! flag before --{s_options.First(option => option.Letter == letter).Words[0]}" : $"cannot have ! before -{letter}");
        }

        if (Commands.Contains(letter))
        {
            return ApplyCommand(letter, shown, joined);
        }

        if (letter != 'v' && !"mw4tVh".Contains(letter) && !_seen.Add(letter == 'g' ? 'j' : letter))
        {
            return Fail($"multiple -{letter} flags not allowed");
        }

        switch (letter)
        {
            case 'n': _style = _style with { Numeric = true }; return true;
            case 'v': _seen.Add('v'); _style = _style with { Verbose = true }; return true;
            case 'x': _style = _style with { Exact = true }; return true;
            case '0': _style = _style with { LineNumbers = true }; return true;
            case 'f': return ApplyFragment();
            case '4' or '6': return letter == '6' == _tool.IsV6 || Fail($"-{letter} is for {(_tool.IsV6 ? "iptables" : "ip6tables")}");
            case 'V' or 'h': _command = letter; return true;
            case 'w': SkipWait(joined); return true;
            case 'c': return ApplyCounters(joined);
        }

        return TakeValue(shown, joined, out string value) && ApplyValue(letter, value);
    }

    private bool ApplyValue(char letter, string value)
    {
        switch (letter)
        {
            case 'p': return ApplyProtocol(value);
            case 's': _sourceText = (value, _isInverted); return true;
            case 'd': _destinationText = (value, _isInverted); return true;
            case 'i' or 'o': return ApplyInterface(letter, value);
            case 'j' or 'g': return _extensions.SetTarget(value, isGoto: letter == 'g');
            case 'm': return _extensions.Load(value, isExplicit: true);
            default: return ApplyTable(value);
        }
    }

    private bool ApplyCommand(char letter, string shown, string? joined)
    {
        if (_command is 'L' && letter is 'Z' || (_command is 'Z' && letter is 'L'))
        {
            _command = 'L';
            _alsoZeroes = true;
        }
        else if (_command != '\0')
        {
            return Fail($"Cannot use -{letter} with -{_command}");
        }
        else
        {
            _command = letter;
        }

        bool needsChain = "ACDIRNEP".Contains(letter);
        if (needsChain)
        {
            if (!TakeValue(shown, joined, out string chain))
            {
                return false;
            }

            _chain = chain;
        }
        else if (joined is not null || HasOperand())
        {
            _chain = joined ?? _words[_at++];
        }

        return letter switch
        {
            'D' or 'I' or 'L' or 'S' or 'Z' => !HasOperand() || (_chain is null && !needsChain) || ReadRuleNumber(),
            'R' => HasOperand() ? ReadRuleNumber() : Fail("-R requires a rule number"),
            'E' => ReadArgument("-E requires old-chain-name and new-chain-name"),
            'P' => ReadArgument("-P requires a chain and a policy"),
            'N' => CheckNewName(_chain!),
            _ => true,
        };
    }

    private bool ReadRuleNumber()
    {
        string text = _words[_at++];
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number == 0)
        {
            return Fail($"Invalid rule number `{text}'");
        }

        _ruleNumber = number;
        return true;
    }

    private bool ReadArgument(string missing)
    {
        if (!HasOperand())
        {
            return Fail(missing);
        }

        _argument = _words[_at++];
        return _command != 'E' || CheckNewName(_argument);
    }

    private bool CheckNewName(string name)
    {
        if (name.Length == 0 || name[0] is '-' or '!')
        {
            return Fail($"chain name not allowed to start with `{(name.Length == 0 ? ' ' : name[0])}'");
        }

        if (name.Length > MaxChainName)
        {
            return Fail($"chain name `{name}' too long (must be under {MaxChainName + 1} chars)");
        }

        if (name.Any(char.IsWhiteSpace))
        {
            return Fail("Invalid chain name");
        }

        return name is not ("ACCEPT" or "DROP" or "REJECT" or "LOG" or "RETURN" or "QUEUE") || Fail("chain name may not clash with target name\n");
    }

    private bool ApplyFragment()
    {
        if (_tool.IsV6)
        {
            return Fail("`-f' is not supported in IPv6, use -m frag instead");
        }

        _match = _match with { IsFragment = !_isInverted };
        return true;
    }

    private bool ApplyProtocol(string value)
    {
        if (!IptablesNames.TryParseProtocol(value, out byte protocol))
        {
            return Fail($"unknown protocol \"{value}\" specified");
        }

        if (protocol == 0 && _isInverted)
        {
            return Fail("rule would never match protocol");
        }

        _match = _match with { Protocol = protocol == 0 ? null : protocol, IsProtocolInverted = _isInverted };
        return true;
    }

    private bool ApplyInterface(char letter, string value)
    {
        if (value.Length is 0 or > MaxInterfaceName)
        {
            return Fail(value.Length == 0 ? "Empty interface is likely to be undesired" : $"interface name `{value}' must be shorter than IFNAMSIZ ({MaxInterfaceName})");
        }

        InterfaceMatch? match = value == "+" && !_isInverted ? null : new(value, _isInverted);
        _match = letter == 'i' ? _match with { In = match } : _match with { Out = match };
        return true;
    }

    private bool ApplyTable(string value) => value switch
    {
        "filter" => true,
        "nat" or "mangle" or "raw" or "security" => FailWith(3, $"{_tool.Prefix}table '{value}' is not supported, only 'filter' is\n"),
        _ => FailWith(3, _tool.IsLegacy
            ? $"{_tool.Prefix}can't initialize {_tool.Program} table `{value}': Table does not exist (do you need to insmod?)\nPerhaps {_tool.Program} or your kernel needs to be upgraded.\n"
            : $"{_tool.Prefix}table '{value}' does not exist\nPerhaps {_tool.Program} or your kernel needs to be upgraded.\n"),
    };

    private bool ApplyCounters(string? joined)
    {
        if (!TakeValue("-c", joined, out string packets))
        {
            return false;
        }

        string octets = packets;
        int comma = packets.IndexOf(',');
        if (comma >= 0)
        {
            (packets, octets) = (packets[..comma], packets[(comma + 1)..]);
        }
        else if (!HasOperand())
        {
            return Fail("-c requires packet and byte counter");
        }
        else
        {
            octets = _words[_at++];
        }

        if (!long.TryParse(packets, NumberStyles.None, CultureInfo.InvariantCulture, out long packetCount))
        {
            return Fail("-c packet counter not numeric");
        }

        if (!long.TryParse(octets, NumberStyles.None, CultureInfo.InvariantCulture, out long octetCount))
        {
            return Fail("-c byte counter not numeric");
        }

        _counters = (packetCount, octetCount);
        return true;
    }

    private void SkipWait(string? joined)
    {
        if (joined is null && HasOperand() && double.TryParse(_words[_at], CultureInfo.InvariantCulture, out _))
        {
            _at++;
        }
    }

    private bool HasOperand() => _at < _words.Count && _words[_at].Length > 0 && _words[_at][0] is not ('-' or '!');

    private bool TakeValue(string shown, string? joined, out string value)
    {
        value = joined ?? "";
        if (joined is not null)
        {
            return true;
        }

        if (_at >= _words.Count)
        {
            return Fail($"option \"{shown}\" requires an argument");
        }

        value = _words[_at++];
        return true;
    }

    private bool Check()
    {
        if (_command is 'V' or 'h')
        {
            return true;
        }

        if (_command == '\0')
        {
            return Fail("no command specified");
        }

        string allowed = _command switch
        {
            'A' or 'I' or 'R' => "sdpjviofc",
            'C' => "sdpjviof",
            'D' => _ruleNumber is null ? "sdpjviof" : "v",
            'L' => "nvx0",
            'P' => "vc",
            _ => "v",
        };
        foreach (char letter in "nvx0sdpjiofc")
        {
            if (_seen.Contains(letter) && !allowed.Contains(letter))
            {
                return Fail($"Illegal option `-{letter}' with this command");
            }
        }

        if ("ACDIR".Contains(_command) && _ruleNumber is null or > 0)
        {
            if (!CheckChainName(_chain!) || (_chain == "OUTPUT" && _seen.Contains('i') && !FailBlank("Can't use -i with OUTPUT")) || (_chain == "INPUT" && _seen.Contains('o') && !FailBlank("Can't use -o with INPUT")))
            {
                return false;
            }

            if (!ParseAddresses(_sourceText, ref _sources) || !ParseAddresses(_destinationText, ref _destinations))
            {
                return false;
            }

            if (_sources.Count * _destinations.Count > MaxRulesOfOneLine)
            {
                return Fail($"these lists of addresses make more than {MaxRulesOfOneLine} rules");
            }

            if (_command == 'R' && _sources.Count * _destinations.Count > 1)
            {
                return Fail("Replacement rule does not specify a unique address");
            }

            return _extensions.Finish(ref _match);
        }

        return true;
    }

    private bool ParseAddresses((string Value, bool IsInverted)? text, ref List<AddressMatch?> addresses) =>
        text is not (string value, bool isInverted) || IptablesAddresses.TryParse(value, isInverted, _tool, _names, Fail, out addresses);

    private bool CheckChainName(string name) => name.Length <= MaxChainName || Fail($"chain name `{name}' too long (must be under {MaxChainName + 1} chars)");

    private IptablesLine Build()
    {
        List<FilterMatch> matches = [];
        foreach (AddressMatch? source in _sources)
        {
            matches.AddRange(_destinations.Select(destination => _match with { Source = source, Destination = destination }));
        }

        return new()
        {
            Command = _command,
            AlsoZeroes = _alsoZeroes,
            Chain = _chain,
            RuleNumber = _ruleNumber,
            Argument = _argument,
            Matches = matches,
            Target = _extensions.Target,
            Counters = _counters,
            Style = _style,
        };
    }

    /// <summary>A wrong command line: the text, and where help is.</summary>
    private bool Fail(string what) => FailWith(2, $"{_tool.Prefix}{what}\n{_tool.TryHelp()}");

    private bool FailBlank(string what) => Fail(what + "\n");

    private bool FailWith(int status, string text)
    {
        _failure ??= new(status, text);
        return false;
    }
}

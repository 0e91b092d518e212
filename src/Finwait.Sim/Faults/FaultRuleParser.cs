using System.Globalization;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Sim;

/// <summary>Reads fault rules; the first mistake ends the reading with a message.</summary>
internal sealed class FaultRuleParser
{
    private readonly string[] _words;
    private int _at;
    private string _error = "";
    private FaultRule _rule = new();
    private FaultMatch _match = FaultMatch.All;

    public FaultRuleParser(string text) => _words = text.Split([' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);

    public bool TryParse([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out FaultRule? rule, out string error)
    {
        ParseAction();
        while (_at < _words.Length && _error.Length == 0)
        {
            string word = _words[_at++];
            if (!ParseProtocol(word) && !ParseMatch(word) && !ParseWhich(word))
            {
                Fail($"unknown word '{word}'; a rule is an action, what must match (arp ip ip6 tcp udp icmp icmp6, from, to, sport, dport, flags, data, length, size), and which (skip, count, every, nth, first, after, until)");
            }
        }

        if (_error.Length == 0 && _match.FlagsMask != TcpFlags.None && _match.Protocol is not (FaultProtocol.Tcp or FaultProtocol.Any))
        {
            Fail("flags: only TCP has them");
        }

        rule = _error.Length == 0 ? _rule with { Match = _match } : null;
        error = _error;
        return _error.Length == 0;
    }

    private void ParseAction()
    {
        string word = Next();
        switch (word)
        {
            case "drop":
                break;
            case "delay":
                _rule = _rule with { Action = FaultAction.Delay, Time = NeedTime(word) };
                break;
            case "duplicate":
                _rule = _rule with { Action = FaultAction.Duplicate };
                break;
            case "corrupt":
                _rule = _rule with { Action = FaultAction.Corrupt };
                if (NextStartsNumber())
                {
                    _rule = _rule with { Offset = (int)NeedNumber("corrupt's offset", 0, 65535) };
                    _rule = _rule with { Mask = NextStartsNumber() ? (byte)NeedNumber("corrupt's mask", 1, 255) : (byte)0 };
                }

                break;
            case "behind":
                int distance = (int)NeedNumber(word, 1, 1000);
                _rule = _rule with { Action = FaultAction.Behind, Distance = distance, Time = NextStartsNumber() ? NeedTime("behind's wait") : FaultRule.DefaultWait };
                break;
            default:
                Fail($"'{word}' is no action; actions are drop, delay TIME, duplicate, corrupt [OFFSET [MASK]], behind N [TIME]");
                break;
        }
    }

    private bool ParseProtocol(string word)
    {
        FaultProtocol? protocol = word switch
        {
            "arp" => FaultProtocol.Arp,
            "ip" => FaultProtocol.Ipv4,
            "ip6" => FaultProtocol.Ipv6,
            "tcp" => FaultProtocol.Tcp,
            "udp" => FaultProtocol.Udp,
            "icmp" => FaultProtocol.Icmpv4,
            "icmp6" => FaultProtocol.Icmpv6,
            _ => null,
        };
        _match = protocol is { } found ? _match with { Protocol = found } : _match;
        return protocol is not null;
    }

    private bool ParseMatch(string word)
    {
        switch (word)
        {
            case "from":
                _match = _match with { Source = NeedAddress(word) };
                return true;
            case "to":
                _match = _match with { Destination = NeedAddress(word) };
                return true;
            case "sport":
                _match = _match with { SourcePort = (ushort)NeedNumber(word, 0, 65535) };
                return true;
            case "dport":
                _match = _match with { DestinationPort = (ushort)NeedNumber(word, 0, 65535) };
                return true;
            case "flags":
                TcpFlags mask = NeedFlags();
                TcpFlags set = NeedFlags();
                _match = _match with { FlagsMask = mask, FlagsSet = set };
                if ((set & ~mask) != 0)
                {
                    Fail("flags: the second list has flags that the first has not");
                }

                return true;
            case "data":
                _match = _match with { MinLength = Math.Max(1, _match.MinLength) };
                return true;
            case "length":
                (int minLength, int maxLength) = NeedRange(word);
                _match = _match with { MinLength = minLength, MaxLength = maxLength };
                return true;
            case "size":
                (int minSize, int maxSize) = NeedRange(word);
                _match = _match with { MinSize = minSize, MaxSize = maxSize };
                return true;
            default:
                return false;
        }
    }

    private bool ParseWhich(string word)
    {
        switch (word)
        {
            case "skip":
                _rule = _rule with { Skip = NeedNumber(word, 0, long.MaxValue) };
                return true;
            case "count" or "first":
                _rule = _rule with { Count = NeedNumber(word, 1, long.MaxValue) };
                return true;
            case "every":
                _rule = _rule with { Every = NeedNumber(word, 1, long.MaxValue) };
                return true;
            case "nth":
                _rule = _rule with { Skip = NeedNumber(word, 1, long.MaxValue) - 1, Count = 1 };
                return true;
            case "after":
                _rule = _rule with { After = Instant.Zero + NeedTime(word) };
                return true;
            case "until":
                _rule = _rule with { Until = Instant.Zero + NeedTime(word) };
                return true;
            default:
                return false;
        }
    }

    private bool NextStartsNumber() => _error.Length == 0 && _at < _words.Length && char.IsAsciiDigit(_words[_at][0]);

    private string Next() => _at < _words.Length ? _words[_at++] : "";

    private TimeSpan NeedTime(string what)
    {
        string word = Next();
        if (!Units.TryParseTime(word, out TimeSpan time))
        {
            Fail($"{what}: '{word}' is no time; right is for instance 10ms, 250us or 1.5s, at most a day");
        }

        return time;
    }

    private long NeedNumber(string what, long least, long most)
    {
        string word = Next();
        if (!TryNumber(word, out long number) || number < least || number > most)
        {
            Fail($"{what}: '{word}' is no whole number from {least}{(most == long.MaxValue ? " on" : $" to {most}")}");
            return least;
        }

        return number;
    }

    private static bool TryNumber(string word, out long number) => word.StartsWith("0x", StringComparison.Ordinal)
        ? long.TryParse(word.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number) && number >= 0
        : long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private (int Least, int Most) NeedRange(string what)
    {
        string word = Next();
        string[] parts = word.Split(':');
        bool isRange = parts.Length is 1 or 2;
        long least = 0, most = int.MaxValue;
        isRange &= parts[0].Length == 0 ? parts.Length == 2 : TryNumber(parts[0], out least);
        isRange &= parts.Length == 1 || parts[^1].Length == 0 || TryNumber(parts[^1], out most);
        most = parts.Length == 1 ? least : most;
        if (!isRange || least > most || most > int.MaxValue)
        {
            Fail($"{what}: '{word}' is no range; right is for instance 100, 1: or 1:1448");
            return (0, int.MaxValue);
        }

        return ((int)least, (int)most);
    }

    private IpAddress NeedAddress(string what)
    {
        string word = Next();
        if (!IpAddress.TryParse(word, out IpAddress address))
        {
            Fail($"{what}: '{word}' is not an IP address");
        }

        return address;
    }

    private TcpFlags NeedFlags()
    {
        string word = Next();
        TcpFlags flags = TcpFlags.None;
        foreach (string name in word.Split(','))
        {
            TcpFlags? flag = name.ToUpperInvariant() switch
            {
                "SYN" => TcpFlags.Syn,
                "ACK" => TcpFlags.Ack,
                "FIN" => TcpFlags.Fin,
                "RST" => TcpFlags.Rst,
                "PSH" => TcpFlags.Psh,
                "URG" => TcpFlags.Urg,
                "ECE" => TcpFlags.Ece,
                "CWR" => TcpFlags.Cwr,
                "AE" => TcpFlags.Ae,
                "ALL" => TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Fin | TcpFlags.Rst | TcpFlags.Psh | TcpFlags.Urg,
                "NONE" => TcpFlags.None,
                _ => null,
            };
            if (flag is not { } found)
            {
                Fail($"flags: '{name}' is none of SYN ACK FIN RST PSH URG ECE CWR AE ALL NONE; right is for instance: flags SYN,ACK SYN");
                return TcpFlags.None;
            }

            flags |= found;
        }

        return flags;
    }

    private void Fail(string message)
    {
        if (_error.Length == 0)
        {
            _error = message;
        }
    }
}

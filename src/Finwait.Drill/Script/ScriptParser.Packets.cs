using Finwait.Wire;

namespace Finwait.Drill;

/// <content>Packets.</content>
internal sealed partial class ScriptParser
{
    private PacketAction ParsePacket()
    {
        bool isInbound = _cursor.Take() == '<';
        _cursor.SkipBlanks();
        var ip = new IpSpec();
        if (_cursor.Next is '[' or '(')
        {
            ParseIp(ip, _cursor.Take() == '[' ? ']' : ')');
        }

        (int, int) ports = ParsePorts();
        if (_cursor.TryTakeWord("udp"))
        {
            _cursor.Expect("(", "after udp");
            int length = (int)_cursor.TakeInteger("a length", 0, 65527);
            _cursor.Expect(")", "after the length of a datagram");
            return new PacketAction { IsInbound = isInbound, Ip = ip, Ports = ports, Udp = new UdpSpec { Length = length } };
        }

        if (_cursor.TryTakeWord("icmp"))
        {
            return new PacketAction { IsInbound = isInbound, Ip = ip, Icmp = ParseIcmp(false) };
        }

        if (_cursor.TryTakeWord("icmpv6"))
        {
            return new PacketAction { IsInbound = isInbound, Ip = ip, Icmp = ParseIcmp(true) };
        }

        foreach (string outer in (ReadOnlySpan<string>)["ipv4", "ipv6", "gre", "mpls", "udplite", "sctp"])
        {
            if (_cursor.TryTakeWord(outer))
            {
                throw new DrillNeed(_cursor.Line, $"packets in {outer}");
            }
        }

        return new PacketAction { IsInbound = isInbound, Ip = ip, Ports = ports, Tcp = ParseTcp() };
    }

    private void ParseIp(IpSpec ip, char end)
    {
        while (true)
        {
            string word = _cursor.TakeName();
            switch (word)
            {
                case "noecn" or "no_ecn" or "nonect":
                    ip.Ecn = 0;
                    break;
                case "ect0":
                    ip.Ecn = 2;
                    break;
                case "ect1":
                    ip.Ecn = 1;
                    break;
                case "ce":
                    ip.Ecn = 3;
                    break;
                case "ect01":
                    ip.IsEitherEct = true;
                    break;
                case "tos" or "tclass":
                    ip.TrafficClass = (int)_cursor.TakeInteger("a traffic class", 0, 255);
                    break;
                case "flowlabel":
                    ip.FlowLabel = (int)_cursor.TakeInteger("a flow label", 0, 0xFFFFF);
                    break;
                case "ttl" or "hlim" or "hoplimit":
                    ip.TimeToLive = (int)_cursor.TakeInteger("a time to live", 0, 255);
                    break;
                default:
                    throw _cursor.Fault($"'{word}' is no field of the IP header");
            }

            _cursor.TryTake(",");
            if (_cursor.TryTake(end.ToString()))
            {
                return;
            }
        }
    }

    /// <summary><c>8080 &gt; 53000:</c></summary>
    private (int Source, int Destination) ParsePorts()
    {
        _cursor.SkipBlanks();
        int digits = 0;
        while (char.IsAsciiDigit(_cursor.Peek(digits)))
        {
            digits++;
        }

        int mark = digits;
        while (_cursor.Peek(mark) == ' ')
        {
            mark++;
        }

        if (digits == 0 || _cursor.Peek(mark) != '>')
        {
            return (0, 0);
        }

        int source = (int)_cursor.TakeInteger("a port", 1, 65535);
        _cursor.Expect(">", "between ports");
        int destination = (int)_cursor.TakeInteger("a port", 1, 65535);
        _cursor.Expect(":", "after the ports");
        return (source, destination);
    }

    private TcpSpec ParseTcp()
    {
        _cursor.SkipBlanks();
        string text = _cursor.TakeWhile(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c is '.' or '-');
        TcpFlags flags = ParseFlags(text);
        (uint seq, int length) = ParseSequence();
        uint? ack = null;
        int? window = null;
        int urgent = 0;
        if (_cursor.TryTakeWord("ack"))
        {
            ack = (uint)_cursor.TakeInteger("an acknowledgment number", 0, uint.MaxValue);
        }

        if (_cursor.TryTakeWord("win"))
        {
            window = (int)_cursor.TakeInteger("a window", 0, 65535);
        }

        if (_cursor.TryTakeWord("urg"))
        {
            urgent = (int)_cursor.TakeInteger("an urgent pointer", 0, 65535);
        }

        IReadOnlyList<TcpOptionSpec>? options = [];
        _cursor.SkipBlanks();
        if (_cursor.Next == '<')
        {
            _cursor.Take();
            options = ParseOptions();
        }

        return new TcpSpec { Flags = flags, FlagText = text, Seq = seq, Length = length, Ack = ack, Window = window, UrgentPointer = urgent, Options = options };
    }

    private TcpFlags ParseFlags(string text)
    {
        TcpFlags flags = TcpFlags.None;
        if (text == "-")
        {
            return flags;
        }

        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool isCounter = i > 0 && i == text.Length - 1 && text[i - 1] == '.';
            TcpFlags flag = c switch
            {
                'F' => TcpFlags.Fin,
                'S' => TcpFlags.Syn,
                'R' => TcpFlags.Rst,
                'P' => TcpFlags.Psh,
                '.' => TcpFlags.Ack,
                'U' => TcpFlags.Urg,
                'E' => TcpFlags.Ece,
                'W' or 'C' => TcpFlags.Cwr,
                'A' => TcpFlags.Ae,
                >= '0' and <= '7' when isCounter => (TcpFlags)((c - '0') << 6), // the ACE field: AE, CWR, ECE (RFC 9768 §3.1.2)
                _ => throw _cursor.Fault($"'{c}' is no flag"),
            };
            if ((flags & flag) != 0)
            {
                throw _cursor.Fault($"the flag '{c}' is there twice");
            }

            flags |= flag;
        }

        return text.Length > 0 ? flags : throw _cursor.Fault("expected flags: letters of SFRP.UEWA, a number of the ACE field, or '-'");
    }

    private (uint Seq, int Length) ParseSequence()
    {
        uint first = (uint)_cursor.TakeInteger("a sequence number", 0, uint.MaxValue);
        _cursor.Expect(":", "between sequence numbers");
        uint last = (uint)_cursor.TakeInteger("a sequence number", 0, uint.MaxValue);
        _cursor.Expect("(", "after the sequence numbers");
        int length = (int)_cursor.TakeInteger("a length", 0, 65535);
        _cursor.Expect(")", "after the length");
        return unchecked(last - first) == (uint)length
            ? (first, length)
            : throw _cursor.Fault($"inconsistent TCP sequence numbers and payload size: {first}:{last} are {unchecked(last - first)} octets, not {length}");
    }

    private IcmpSpec ParseIcmp(bool isV6)
    {
        string type = _cursor.TakeName();
        bool hasCode = IcmpNames.HasCodes(isV6, type);
        string code = hasCode ? _cursor.TakeName() : "";
        if (!IcmpNames.TryFind(isV6, type, code, out byte typeNumber, out byte codeNumber))
        {
            throw _cursor.Fault($"'{type}{(hasCode ? " " + code : "")}' is no message of {(isV6 ? "ICMPv6" : "ICMP")}");
        }

        uint? mtu = _cursor.TryTakeWord("mtu") ? (uint)_cursor.TakeInteger("an MTU", 0, uint.MaxValue) : null;
        bool quotesUdp = false;
        uint seq = 0;
        int length = 0;
        if (_cursor.TryTake("["))
        {
            if (_cursor.TryTakeWord("udp"))
            {
                quotesUdp = true;
                _cursor.Expect("(", "after udp");
                length = (int)_cursor.TakeInteger("a length", 0, 65527);
                _cursor.Expect(")", "after the length of a datagram");
            }
            else
            {
                (seq, length) = ParseSequence();
            }

            _cursor.Expect("]", "after the quoted packet");
        }

        return new IcmpSpec
        {
            Text = hasCode ? $"{type} {code}" : type, IsV6 = isV6, Type = typeNumber, Code = codeNumber, Mtu = mtu,
            QuotesUdp = quotesUdp, QuotedSeq = seq, QuotedLength = length,
        };
    }
}

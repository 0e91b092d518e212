using System.Text;

namespace Finwait.Lab;

/// <summary>The telnet protocol of a client that offers what inetutils' telnet offers and refuses the rest (RFC 854, RFC 1143).</summary>
internal sealed class TelnetProtocol
{
    /// <summary>Only here does the client speak first.</summary>
    public const int Port = 23;

    private const byte SubnegotiationEnd = 240, NoOperation = 241, Break = 243, InterruptProcess = 244, AbortOutput = 245, AreYouThere = 246, EraseCharacter = 247, EraseLine = 248,
        Subnegotiation = 250, Will = 251, Wont = 252, Do = 253, Dont = 254, Command = 255;

    private const byte Echo = 1, SuppressGoAhead = 3, Status = 5, TimingMark = 6, TerminalType = 24, WindowSize = 31, TerminalSpeed = 32, FlowControl = 33, LineMode = 34, Encrypt = 38, Environment = 39;

    private static readonly byte[] s_offered = [Encrypt, TerminalType, WindowSize, TerminalSpeed, FlowControl, LineMode, Environment];
    private static readonly byte[] s_wanted = [Encrypt, SuppressGoAhead, Status];

    private readonly HashSet<byte> _ours = [];
    private readonly HashSet<byte> _theirs = [];
    private State _state;
    private byte _verb;
    private bool _offers;

    private enum State : byte
    {
        Text,
        AfterReturn,
        AfterCommand,
        AfterVerb,
        InSubnegotiation,
        CommandInSubnegotiation,
    }

    /// <summary>IP and DO TIMING-MARK: what Ctrl-C sends.</summary>
    public static ReadOnlySpan<byte> InterruptAndMark => [Command, InterruptProcess, Command, Do, TimingMark];

    /// <summary>What the client says first.</summary>
    public byte[] Offers => !_offers ? [] :
    [
        Command, Do, Encrypt, Command, Will, Encrypt, Command, Do, SuppressGoAhead, Command, Will, TerminalType, Command, Will, WindowSize,
        Command, Will, TerminalSpeed, Command, Will, FlowControl, Command, Will, LineMode, Command, Will, Environment, Command, Do, Status,
    ];

    /// <summary>A new connection.</summary>
    public void Begin(bool offers)
    {
        _offers = offers;
        _state = State.Text;
        _ours.Clear();
        _theirs.Clear();
        if (offers)
        {
            _ours.UnionWith(s_offered);
            _theirs.UnionWith(s_wanted);
        }
    }

    /// <summary>A line as the network's virtual terminal has it: CR LF at its end, 255 doubled.</summary>
    public static byte[] Line(string line)
    {
        List<byte> octets = [];
        foreach (byte octet in Encoding.UTF8.GetBytes(line))
        {
            octets.Add(octet);
            if (octet == Command)
            {
                octets.Add(octet);
            }
        }

        return [.. octets, (byte)'\r', (byte)'\n'];
    }

    /// <summary>The octets of <c>send WORD</c>; null for a word that is not there.</summary>
    public static byte[]? Special(string word) => word switch
    {
        "ao" => [Command, AbortOutput],
        "ayt" => [Command, AreYouThere],
        "brk" => [Command, Break],
        "ec" => [Command, EraseCharacter],
        "el" => [Command, EraseLine],
        "escape" => [0x1D],
        "ip" => [Command, InterruptProcess],
        "nop" => [Command, NoOperation],
        _ => null,
    };

    /// <summary>Takes the commands out of what came.</summary>
    /// <param name="octets">What came.</param>
    /// <param name="answers">What has to be answered.</param>
    /// <returns>The text, with CR LF as a newline.</returns>
    public byte[] Receive(ReadOnlySpan<byte> octets, out byte[] answers)
    {
        List<byte> text = [], said = [];
        foreach (byte octet in octets)
        {
            Take(octet, text, said);
        }

        answers = [.. said];
        return [.. text];
    }

    private void Take(byte octet, List<byte> text, List<byte> said)
    {
        switch (_state)
        {
            case State.AfterVerb:
                _state = State.Text;
                Negotiate(octet, said);
                break;
            case State.AfterCommand:
                _verb = octet;
                _state = octet switch { >= Will and <= Dont => State.AfterVerb, Subnegotiation => State.InSubnegotiation, _ => State.Text };
                if (octet == Command)
                {
                    text.Add(octet);
                }

                break;
            case State.InSubnegotiation:
                _state = octet == Command ? State.CommandInSubnegotiation : _state;
                break;
            case State.CommandInSubnegotiation:
                _state = octet == SubnegotiationEnd ? State.Text : State.InSubnegotiation;
                break;
            case State.AfterReturn when octet is (byte)'\n' or 0:
                _state = State.Text;
                text.Add(octet == 0 ? (byte)'\r' : octet);
                break;
            default:
                if (_state == State.AfterReturn)
                {
                    text.Add((byte)'\r');
                }

                _state = octet == Command ? State.AfterCommand : octet == '\r' ? State.AfterReturn : State.Text;
                if (_state == State.Text)
                {
                    text.Add(octet);
                }

                break;
        }
    }

    /// <summary>What was offered or asked for is agreed on without another word; the rest is refused, echoing and full duplex apart.</summary>
    private void Negotiate(byte option, List<byte> said)
    {
        switch (_verb)
        {
            case Do when !_ours.Contains(option):
                said.AddRange([Command, Wont, option]);
                break;
            case Will when !_theirs.Contains(option):
                bool isFine = option is Echo or SuppressGoAhead or Status;
                said.AddRange([Command, isFine ? Do : Dont, option]);
                if (isFine)
                {
                    _theirs.Add(option);
                }

                break;
            case Dont when _ours.Remove(option) && !_offers:
                said.AddRange([Command, Wont, option]);
                break;
            case Wont when _theirs.Remove(option) && !_offers:
                said.AddRange([Command, Dont, option]);
                break;
        }
    }
}

using System.Globalization;
using System.Text;

namespace Finwait.Lab;

/// <summary>The telnet protocol of a client that offers what inetutils' telnet offers and refuses the rest (RFC 854, RFC 1143).</summary>
internal sealed class TelnetProtocol
{
    /// <summary>Only here does the client speak first.</summary>
    public const int Port = 23;

    private const byte EndOfFile = 236, Suspend = 237, Abort = 238, EndOfRecord = 239, SubnegotiationEnd = 240, NoOperation = 241, DataMark = 242, GoAhead = 249, Break = 243, InterruptProcess = 244, AbortOutput = 245, AreYouThere = 246, EraseCharacter = 247, EraseLine = 248,
        Subnegotiation = 250, Will = 251, Wont = 252, Do = 253, Dont = 254, Command = 255;

    private const byte Binary = 0, Logout = 18, Authentication = 37, SubnegotiationSend = 1, Echo = 1, SuppressGoAhead = 3, Status = 5, TimingMark = 6, TerminalType = 24, WindowSize = 31, TerminalSpeed = 32, FlowControl = 33, LineMode = 34, Encrypt = 38, Environment = 39;

    private static readonly byte[] s_offered = [Encrypt, TerminalType, WindowSize, TerminalSpeed, FlowControl, LineMode, Environment];
    private static readonly byte[] s_wanted = [Encrypt, SuppressGoAhead, Status];

    private readonly HashSet<byte> _ours = [];
    private readonly HashSet<byte> _theirs = [];
    private State _state;
    private byte _verb;
    private bool _offers;
    private bool _logsIn;
    private bool _sendsBinary;
    private bool _receivesBinary;

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

    /// <summary>DO LOGOUT (RFC 727).</summary>
    public static ReadOnlySpan<byte> DoLogout => [Command, Do, Logout];

    /// <summary>What the client says first.</summary>
    public byte[] Offers => !_offers ? [] :
    [
        .. _logsIn ? new byte[] { Command, Will, Authentication } : [],
        Command, Do, Encrypt, Command, Will, Encrypt, Command, Do, SuppressGoAhead, Command, Will, TerminalType, Command, Will, WindowSize,
        Command, Will, TerminalSpeed, Command, Will, FlowControl, Command, Will, LineMode, Command, Will, Environment, Command, Do, Status,
        .. _receivesBinary ? new byte[] { Command, Do, Binary } : [],
        .. _sendsBinary ? new byte[] { Command, Will, Binary } : [],
    ];

    /// <summary>The client has offered to edit lines (RFC 1184).</summary>
    public bool HasLineMode => _ours.Contains(LineMode);

    public bool HasFlowControl => _ours.Contains(FlowControl);

    public bool IsEchoed => _theirs.Contains(Echo);

    /// <summary>The other side was asked for its status, or offers it (RFC 859).</summary>
    public bool KnowsStatus => _theirs.Contains(Status);

    /// <summary>A new connection.</summary>
    /// <param name="offers">The client speaks first.</param>
    /// <param name="logsIn">It offers to tell who the user is.</param>
    /// <param name="sendsBinary">It offers to send eight bits (RFC 856).</param>
    /// <param name="receivesBinary">It asks for eight bits.</param>
    public void Begin(bool offers, bool logsIn = false, bool sendsBinary = false, bool receivesBinary = false)
    {
        (_offers, _logsIn, _sendsBinary, _receivesBinary) = (offers, logsIn, sendsBinary, receivesBinary);
        _state = State.Text;
        EditsLines = false;
        _ours.Clear();
        _theirs.Clear();
        if (offers)
        {
            _ours.UnionWith(s_offered);
            _theirs.UnionWith(s_wanted);
            _ours.UnionWith(logsIn ? [Authentication] : []);
            _ours.UnionWith(sendsBinary ? [Binary] : []);
            _theirs.UnionWith(receivesBinary ? [Binary] : []);
        }
    }

    /// <summary>Line mode was asked for by the user: lines are edited here.</summary>
    public bool EditsLines { get; private set; }

    /// <summary>What <c>mode line</c> offers, unless it was offered before.</summary>
    public byte[] OfferLineMode()
    {
        bool isNew = _ours.Add(LineMode);
        EditsLines |= isNew;
        return isNew ? [Command, Will, LineMode] : [];
    }

    /// <summary><c>send do OPTION</c> and the like, by the option's number or one of the names that are known here; null for any other.</summary>
    public static byte[]? Negotiation(string verb, string option)
    {
        byte? named = option switch { "binary" => Binary, "echo" => Echo, "status" => Status, "logout" => Logout, "naws" => WindowSize, "linemode" => LineMode, _ => null };
        bool isKnown = byte.TryParse(option, NumberStyles.None, CultureInfo.InvariantCulture, out byte number) || named is not null;
        return isKnown ? [Command, verb switch { "do" => Do, "dont" => Dont, "will" => Will, _ => Wont }, named ?? number] : null;
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
        "abort" => [Command, Abort],
        "eof" => [Command, EndOfFile],
        "eor" => [Command, EndOfRecord],
        "ga" => [Command, GoAhead],
        "getstatus" => [Command, Subnegotiation, Status, SubnegotiationSend, Command, SubnegotiationEnd],
        "susp" => [Command, Suspend],
        "synch" => [Command, DataMark],
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

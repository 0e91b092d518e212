using System.Globalization;
using System.Text;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>inetutils' <c>telnet</c> (2.4) in its line mode: RFC 854's bytes on the wire, a command mode behind <c>^]</c>.</summary>
internal sealed partial class TelnetProcess : LabProcess
{
    private const int BufferSize = 16384;
    private const int MaxInput = 1 << 20;
    private const string Prompt = "telnet> ";

    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly Queue<string> _typed = new();
    private readonly TelnetProtocol _protocol = new();
    private readonly Queue<byte> _toSend = new();
    private IpAddress _address;
    private string _name = "";
    private int _typedLength;
    private int _socket = -1;
    private int _descriptor = -1;
    private bool _isConnected;
    private bool _isCommanding;
    private bool _inputEnded;
    private TelnetEscape _escape;

    /// <summary>Which of the octets to send is the urgent one; -1 for none.</summary>
    private int _urgentAt = -1;

    /// <summary>True if the host was named on the command line: the program then ends with the connection.</summary>
    private readonly bool _isForOne;

    public TelnetProcess(LabHost host, int pid, string[] arguments, TextWriter output, TextWriter error)
        : base(host, pid, "telnet")
    {
        _output = output;
        _error = error;
        var options = TelnetOptions.Parse(arguments);
        _escape = options.Escape;
        _output.Write(options.Answer ?? options.Remark);
        _error.Write(options.Answer is null ? options.Error ?? "" : "");
        if (options.Answer is not null || options.Error is not null)
        {
            Exit(options.Status);
            return;
        }

        _isForOne = options.Words.Count > 0;
        if (!_isForOne)
        {
            EnterCommandMode();
        }
        else if (options.Words.Any(word => word.Length == 0))
        {
            _error.Write("usage: telnet [-4] [-6] [-l user] [-b addr] [-a] host-name [port]\n");
            Exit(1);
        }
        else if (!TryOpen(options))
        {
            Exit(1);
        }
    }

    private ISocketCalls Calls => Machine.Sockets;

    public override bool ReadsInput => !_inputEnded && !HasExited;

    public override bool Type(string line)
    {
        if (_inputEnded || _typedLength + line.Length > MaxInput)
        {
            return false;
        }

        _typed.Enqueue(line);
        _typedLength += line.Length;
        return true;
    }

    public override void EndInput() => _inputEnded = true;

    /// <summary>Ctrl-C goes to the other side, as "interrupt process" and a mark (RFC 854, 860); before there is a connection it ends telnet.</summary>
    public override LabWaiting? Waiting => _isConnected ? new(_socket, "recv", _socket) : null;

    public override void Interrupt()
    {
        if (!_isConnected)
        {
            Exit(130);
            return;
        }

        _isCommanding = false;
        Enqueue(TelnetProtocol.InterruptAndMark);
    }

    public override bool Run()
    {
        bool did = false;
        while (!HasExited && RunOnce())
        {
            did = true;
        }

        return did;
    }

    private bool RunOnce()
    {
        if (_socket >= 0 && !_isConnected)
        {
            return CheckConnection();
        }

        bool did = _isConnected && (Receive() | Send());
        if (HasExited)
        {
            return true;
        }

        if (_typed.TryDequeue(out string? line))
        {
            _typedLength -= line.Length;
            Take(line.TrimEnd('\n'));
            return true;
        }

        if (_inputEnded && _toSend.Count == 0)
        {
            // What a pipe ends with, telnet takes for the end of the connection.
            LoseConnection(_isConnected ? "Connection closed by foreign host." : null, 0);
            Exit(0);
            return true;
        }

        return did;
    }

    private void Take(string line)
    {
        if (_isCommanding)
        {
            Obey(line);
            return;
        }

        int length = 0;
        int at = _isConnected ? _escape.Find(line, out length) : -1;
        if (at < 0)
        {
            Enqueue(_isConnected ? TelnetProtocol.Line(line) : []);
            return;
        }

        // What stands before the escape has been sent when it is typed, and what follows it is a command.
        Enqueue(TelnetProtocol.Line(line[..at]).AsSpan()[..^2]);
        if (at + length < line.Length)
        {
            Obey(line[(at + length)..]);
        }
        else
        {
            EnterCommandMode();
        }
    }

    // ---- the connection -------------------------------------------------------------------------------------

    private bool TryOpen(TelnetOptions options)
    {
        _name = options.Words[0];
        string port = options.Words.Count > 1 ? options.Words[1] : "telnet";
        bool offers = port.StartsWith('-'); // as -23: the offers that port 23 gets
        IpAddress source = default;
        if (options.Bind is { } bind && !Machine.Resolve(bind, options.IsV6, out source))
        {
            return Refuse($"Could not resolve {bind}: Name or service not known");
        }

        string digits = port.TrimStart('-', '+');
        bool isNumber = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
        if (!isNumber && digits.Length > 0 && char.IsAsciiDigit(digits[0]))
        {
            return Refuse($"Invalid port name '{port}'.");
        }

        if (!isNumber && !ToolNames.ServicesOnly.TryFindService(port, udp: false, out number))
        {
            return Refuse($"Server lookup failure:  {_name}:{port}, Servname not supported for ai_socktype");
        }

        if (number is < 1 or > 65535)
        {
            return Refuse($"Port number {port} is out of range.");
        }

        bool? family = options.IsV6 ?? (source.IsNone ? null : source.IsV6);
        if (!Machine.Resolve(_name, family, out _address) || (family is { } v6 && v6 != _address.IsV6))
        {
            bool isAddress = IpAddress.TryParse(_name, out _);
            return Refuse($"Server lookup failure:  {_name}:{port}, {(isAddress ? "Address family for hostname not supported" : "Name or service not known")}");
        }

        _output.Write($"Trying {_address}...\n");
        Errno errno = Calls.Create(_address.IsV6 ? SocketModule.AfInet6 : SocketModule.AfInet, SocketModule.SockStream, out _socket);
        if (errno == Errno.None)
        {
            _descriptor = Open(_socket);
            Calls.SetOption(_socket, 1, 10, BitConverter.GetBytes(1));    // SO_OOBINLINE: a Data Mark is found in the stream (RFC 854)
            Errno bound = source.IsNone ? Errno.None : Calls.Bind(_socket, new LabEndpoint(source, 0));
            if (bound != Errno.None)
            {
                LoseConnection($"telnet: bind: {ErrnoText.Of(bound)}", 1);
                return true;
            }

            errno = Calls.Connect(_socket, new LabEndpoint(_address, (ushort)number));
            _protocol.Begin(offers || number == TelnetProtocol.Port, options.LogsIn, options.SendsBinary, options.ReceivesBinary);
        }

        if (errno != Errno.EINPROGRESS)
        {
            OnConnected(errno);
        }

        return true;
    }

    private bool Refuse(string why)
    {
        _error.Write(why + "\n");
        return false;
    }

    private bool CheckConnection()
    {
        Errno errno = Calls.ConnectResult(_socket);
        if (errno != Errno.EINPROGRESS)
        {
            OnConnected(errno);
        }

        return errno != Errno.EINPROGRESS;
    }

    private void OnConnected(Errno errno)
    {
        if (errno != Errno.None)
        {
            LoseConnection($"telnet: Unable to connect to remote host: {ErrnoText.Of(errno)}", 1);
            return;
        }

        _isConnected = true;
        _output.Write($"Connected to {_name}.\nEscape character is '{_escape}'.\n");
        Enqueue(_protocol.Offers);
    }

    private void Enqueue(ReadOnlySpan<byte> octets)
    {
        foreach (byte octet in octets)
        {
            _toSend.Enqueue(octet);
        }
    }

    private bool Receive()
    {
        byte[] buffer = new byte[BufferSize];
        Errno errno = Calls.Receive(_socket, buffer, ReceiveFlags.None, out int received);
        if (errno == Errno.EAGAIN)
        {
            return false;
        }

        if (errno != Errno.None || received == 0)
        {
            LoseConnection("Connection closed by foreign host.", errno == Errno.None ? 0 : 1);
            return true;
        }

        byte[] text = _protocol.Receive(buffer.AsSpan(0, received), out byte[] answers);
        _output.Write(Encoding.UTF8.GetString(text));
        Enqueue(answers);
        return true;
    }

    private bool Send()
    {
        if (_toSend.Count == 0 || !_isConnected)
        {
            return false;
        }

        bool isUrgent = _urgentAt == 0;
        byte[] chunk = [.. _toSend.Take(isUrgent ? 1 : _urgentAt > 0 ? Math.Min(BufferSize, _urgentAt) : BufferSize)];
        Errno errno = Calls.Send(_socket, chunk, isUrgent, out int sent);
        if (errno == Errno.EAGAIN)
        {
            return false;
        }

        for (int i = 0; i < (errno == Errno.None ? sent : chunk.Length); i++)
        {
            _toSend.Dequeue();
            _urgentAt = Math.Max(-1, _urgentAt - 1);
        }

        return true;
    }

    /// <summary>The connection is over, or was none; a telnet that was started for it ends with it.</summary>
    private void LoseConnection(string? message, int status)
    {
        _error.Write(message is null ? "" : message + "\n");
        if (_socket >= 0)
        {
            Forget(_descriptor);
            Calls.Close(_socket);
        }

        (_socket, _descriptor, _isConnected) = (-1, -1, false);
        _toSend.Clear();
        _urgentAt = -1;
        if (_isForOne)
        {
            Exit(status);
        }
        else if (!_inputEnded && !_isCommanding && status != 0)
        {
            EnterCommandMode();
        }
    }
}

using System.Globalization;
using System.Text;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>inetutils' <c>telnet</c> (2.4) in its line mode: RFC 854's bytes on the wire, a command mode behind <c>^]</c>.</summary>
internal sealed class TelnetProcess : LabProcess
{
    private const int BufferSize = 16384;
    private const int MaxInput = 1 << 20;
    private const string Escape = "^]";
    private const string Prompt = "telnet> ";

    private static readonly (string Name, string Text)[] s_commands =
    [
        ("close", "close current connection"), ("open", "connect to a site"), ("quit", "exit telnet"), ("send", "transmit special characters"), ("status", "print status information"), ("?", "print help information"),
    ];

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

    /// <summary>True if the host was named on the command line: the program then ends with the connection.</summary>
    private readonly bool _isForOne;

    public TelnetProcess(LabHost host, int pid, string[] arguments, TextWriter output, TextWriter error)
        : base(host, pid, "telnet")
    {
        _output = output;
        _error = error;
        string[] words = [.. arguments.Where(word => !word.StartsWith('-'))];
        foreach (string option in arguments.Where(word => word.StartsWith('-')))
        {
            if (option is not ("-4" or "-E" or "-K" or "-8" or "-L" or "-c"))
            {
                _error.Write($"telnet: the lab has no option {option}: telnet [-4] [HOST [PORT]]\n");
                Exit(1);
                return;
            }
        }

        _isForOne = words.Length > 0;
        if (!_isForOne)
        {
            EnterCommandMode();
        }
        else if (!TryOpen(words))
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
            _isCommanding = false;
            Carry(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }
        else if (line is Escape or "\u001d")
        {
            EnterCommandMode();
        }
        else if (_isConnected)
        {
            Enqueue(TelnetProtocol.Line(line));
        }
    }

    private void EnterCommandMode()
    {
        _isCommanding = true;
        _output.Write(Prompt);
    }

    /// <summary>A line behind <c>telnet&gt;</c>; words may be shortened.</summary>
    private void Carry(string[] words)
    {
        string asked = words.Length == 0 ? "" : words[0];
        string[] found = [.. s_commands.Select(command => command.Name).Where(name => asked.Length > 0 && name.StartsWith(asked, StringComparison.Ordinal))];
        string command = asked is "help" or "h" ? "?" : found.Length == 1 ? found[0] : "";
        switch (command)
        {
            case "close" when !_isConnected:
                _output.Write("Need to be connected first.\n");
                break;
            case "close":
                LoseConnection("Connection closed.", 0);
                break;
            case "open" when _isConnected:
                _output.Write($"?Already connected to {_name}\n");
                break;
            case "open" when words.Length == 1:
                _output.Write("usage: open host-name [port]\n");
                break;
            case "open":
                TryOpen(words[1..]);
                break;
            case "quit":
                LoseConnection(_isConnected ? "Connection closed." : null, 0);
                Exit(0);
                return;
            case "send":
                SendSpecial(words.Length > 1 ? words[1] : "");
                break;
            case "status":
                _output.Write(_isConnected ? $"Connected to {_name}.\nOperating in obsolete linemode\nLocal character echo\nEscape character is '{Escape}'.\n" : $"No connection.\nEscape character is '{Escape}'.\n");
                break;
            case "?":
                _output.Write("Commands may be abbreviated.  Commands are:\n\n" + string.Concat(s_commands.Select(each => $"{each.Name,-8}\t{each.Text}\n")));
                break;
            default:
                _output.Write(words.Length == 0 ? "" : found.Length > 1 ? "?Ambiguous command\n" : "?Invalid command\n");
                break;
        }

        if (!HasExited && !_isConnected && _socket < 0)
        {
            EnterCommandMode();
        }
    }

    private void SendSpecial(string what)
    {
        if (!_isConnected)
        {
            _output.Write("?Need to be connected first.\n");
        }
        else if (TelnetProtocol.Special(what) is { } octets)
        {
            Enqueue(octets);
        }
        else
        {
            _output.Write($"?Unknown send argument: '{what}'; ao, ayt, brk, ec, el, escape, ip, nop are there\n");
        }
    }

    // ---- the connection -------------------------------------------------------------------------------------

    private bool TryOpen(string[] words)
    {
        string port = words.Length > 1 ? words[1] : "telnet";
        if (!ToolNames.ServicesOnly.TryFindService(port, udp: false, out int number) && !int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            _error.Write($"Server lookup failure:  {words[0]}:{port}, Servname not supported for ai_socktype\n");
            return false;
        }

        if (number is < 1 or > 65535)
        {
            _error.Write($"Port number {port} is out of range.\n");
            return false;
        }

        if (!Machine.Resolve(words[0], out _address))
        {
            _error.Write($"Server lookup failure:  {words[0]}:{port}, Name or service not known\n");
            return false;
        }

        _name = words[0];
        _output.Write($"Trying {_address}...\n");
        Errno errno = Calls.Create(_address.IsV6 ? SocketModule.AfInet6 : SocketModule.AfInet, SocketModule.SockStream, out _socket);
        if (errno == Errno.None)
        {
            _descriptor = Open(_socket);
            Calls.SetOption(_socket, 1, 10, BitConverter.GetBytes(1));    // SO_OOBINLINE: a Data Mark is found in the stream (RFC 854)
            errno = Calls.Connect(_socket, new LabEndpoint(_address, (ushort)number));
            _protocol.Begin(offers: number == TelnetProtocol.Port);
        }

        if (errno != Errno.EINPROGRESS)
        {
            OnConnected(errno);
        }

        return true;
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
        _output.Write($"Connected to {_name}.\nEscape character is '{Escape}'.\n");
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

        byte[] chunk = [.. _toSend.Take(BufferSize)];
        Errno errno = Calls.Send(_socket, chunk, urgent: false, out int sent);
        if (errno == Errno.EAGAIN)
        {
            return false;
        }

        for (int i = 0; i < (errno == Errno.None ? sent : chunk.Length); i++)
        {
            _toSend.Dequeue();
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

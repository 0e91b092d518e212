using System.Globalization;
using System.Text;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>OpenBSD's netcat 1.219 as Debian has it: client, server, scan; TCP and UDP.</summary>
internal sealed class NcProcess : LabProcess
{
    private const int BufferSize = 16384;
    private const int MaxInput = 1 << 22;

    private static readonly TimeSpan s_betweenPorts = TimeSpan.FromMicroseconds(100);

    private enum Phase
    {
        /// <summary>The next port of the client's list.</summary>
        NextPort,
        Connecting,
        Probing,
        Listening,
        Transfer,
        Ended,
    }

    /// <summary>Datagrams that try a port at once, and for how many seconds others follow (without <c>-w</c>).</summary>
    private const int FirstProbes = 2, ProbeSeconds = 3;

    private readonly NcOptions _options;
    private readonly LabHost _host;
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly Queue<byte> _input = new();
    private readonly List<ushort> _ports = [];
    private IpAddress _address;
    private Phase _phase;
    private int _probes;
    private int _taken;
    private int _portIndex = -1;
    private int _listener = -1;
    private int _listenerDescriptor = -1;
    private int _socket = -1;
    private int _descriptor = -1;
    private int _accepted;
    private bool _inputEnded;
    private bool _readEnded;
    private bool _writeEnded;
    private bool _hasPeer;
    private bool _succeeded;
    private Instant _deadline = Instant.Never;

    public NcProcess(LabHost host, int pid, IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
        : base(host, pid, "nc")
    {
        _host = host;
        _output = output;
        _error = error;
        _options = NcOptions.Parse(arguments);
        _inputEnded = _options.NoInput;
        if (_options.Error is { } complaint)
        {
            Fail(complaint);
            return;
        }

        if (!_options.Ports.All(TryReadPorts) || !TryResolve())
        {
            return;
        }

        _phase = _options.Listen ? Phase.Listening : Phase.NextPort;
        if (_options.Listen)
        {
            StartListening();
        }
    }

    private ISocketCalls Calls => Machine.Sockets;

    private string Protocol => _options.Udp ? "udp" : "tcp";

    public override Instant Deadline => HasExited ? Instant.Never : _deadline;

    public override LabWaiting? Waiting => _phase switch
    {
        Phase.Listening => new((_listener, _accepted), _options.Udp ? "recvfrom" : "accept", _listener),
        Phase.Transfer when !_readEnded => new((_socket, _accepted), "recv", _socket),
        _ => null,
    };

    public override bool ReadsInput => !_inputEnded && !HasExited;

    public override bool Type(string line)
    {
        if (_inputEnded || _input.Count > MaxInput)
        {
            return false;
        }

        foreach (byte octet in ShellOctets.Write(_options.CrLf ? line.Replace("\n", "\r\n", StringComparison.Ordinal) : line))
        {
            _input.Enqueue(octet);
        }

        return true;
    }

    public override void EndInput() => _inputEnded = true;

    public override void Interrupt() => Exit(130);

    public override bool Run()
    {
        bool did = false;
        while (!HasExited)
        {
            Phase before = _phase;
            bool progressed = _phase switch
            {
                Phase.NextPort => TryNextPort(),
                Phase.Connecting => CheckConnection(),
                Phase.Probing => Probe(),
                Phase.Listening => CheckListener(),
                Phase.Transfer => Transfer(),
                _ => false,
            };
            did |= progressed;
            if (!progressed && before == _phase)
            {
                break;
            }
        }

        return did;
    }

    private bool Fail(string message, int status = 1)
    {
        _error.Write(message);
        _phase = Phase.Ended;
        Exit(status);
        return false;
    }

    /// <summary>A port, a service's name or a range. The range may be given downwards.</summary>
    private bool TryReadPorts(string text)
    {
        int dash = text.IndexOf('-', Math.Min(1, text.Length));
        bool isRange = dash > 0 && text[..dash].All(char.IsAsciiDigit) && !_options.Listen;
        if (!TryReadPort(isRange ? text[..dash] : text, _options.Listen, out ushort low) || !TryReadPort(isRange ? text[(dash + 1)..] : text, _options.Listen, out ushort high))
        {
            return false;
        }

        for (int port = Math.Min(low, high); port <= Math.Max(low, high); port++)
        {
            _ports.Add((ushort)port);
        }

        return true;
    }

    private bool TryReadPort(string text, bool isLocal, out ushort port)
    {
        port = 0;
        if (ToolNames.ServicesOnly.TryFindService(text, _options.Udp, out int known))
        {
            port = (ushort)known;
            return true;
        }

        if (isLocal && text.All(char.IsAsciiDigit) && uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint any))
        {
            port = (ushort)any; // getaddrinfo() takes any number and keeps its last 16 bits; 0 is the system's choice
            return true;
        }

        if (text.Length > 0 && text.All(char.IsAsciiDigit))
        {
            bool fits = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= 65535;
            port = fits ? (ushort)number : (ushort)0;
            return number > 0 && fits ? true : Fail($"nc: port number {(fits ? "too small" : "too large")}: {text}\n");
        }

        return Fail(isLocal ? "nc: getaddrinfo: Servname not supported for ai_socktype\n" : $"nc: port number invalid: {text}\n");
    }

    private bool TryResolve()
    {
        if (_options.Host is null)
        {
            _address = _options.IsV6 == true ? IpAddress.AnyV6 : IpAddress.AnyV4; // that of IPv6 takes IPv4's connections too, as bindv6only is off
            return true;
        }

        bool known = _options.Numeric ? IpAddress.TryParse(_options.Host, out _address) : Machine.Resolve(_options.Host, _options.IsV6, out _address);
        string where = _options.Listen ? "" : $" for host \"{_options.Host}\" port {_options.Port}";
        return !known ? Fail($"nc: getaddrinfo{where}: Name or service not known\n")
            : _options.IsV6 is { } v6 && v6 != _address.IsV6 ? Fail($"nc: getaddrinfo{where}: Address family for hostname not supported\n") : true;
    }

    private Errno Open(out int socket)
    {
        Errno errno = Calls.Create(_address.IsV6 ? SocketModule.AfInet6 : SocketModule.AfInet, _options.Udp ? SocketModule.SockDatagram : SocketModule.SockStream, out socket);
        if (errno != Errno.None)
        {
            Fail($"nc: {ErrnoText.Of(errno)}\n");
            return errno;
        }

        Span<(int Level, int Name, int? Value, string What)> wanted =
        [
            (1, 6, _options.Broadcast ? 1 : null, ""), (0, 1, _options.TypeOfService, "set IP ToS"), (1, 8, _options.ReceiveBuffer > 0 ? _options.ReceiveBuffer : null, "set TCP receive buffer size"),
            (1, 7, _options.SendBuffer > 0 ? _options.SendBuffer : null, "set TCP send buffer size"), (0, 2, _options.TimeToLive, "set IP TTL"),
        ];
        foreach ((int level, int name, int? value, string what) in wanted)
        {
            if (value is { } number && Calls.SetOption(socket, level, name, BitConverter.GetBytes(number)) is var refused && refused != Errno.None && what.Length > 0)
            {
                Fail($"nc: {what}: {ErrnoText.Of(refused)}\n");
                return refused;
            }
        }

        return Errno.None;
    }

    private void SetReuseAddress(int socket) => Calls.SetOption(socket, 1, 2, BitConverter.GetBytes(1));

    // ---- server ---------------------------------------------------------------------------------------------

    private bool StartListening()
    {
        if (Open(out _listener) != Errno.None)
        {
            return false;
        }

        _listenerDescriptor = Open(_listener);
        SetReuseAddress(_listener);
        var local = new LabEndpoint(_address, _ports[0]);
        Errno errno = Calls.Bind(_listener, local);
        errno = errno == Errno.None && !_options.Udp ? Calls.Listen(_listener, 1) : errno;
        if (errno != Errno.None)
        {
            return Fail($"nc: {ErrnoText.Of(errno)}\n");
        }

        if (_options.Verbose)
        {
            _error.Write($"{(_options.Udp ? "Bound" : "Listening")} on {Spell(_address)} {_ports[0]}\n");
        }

        return true;
    }

    /// <summary>An address as nc's messages name it: by name where the hosts file has one.</summary>
    private string Spell(IpAddress address) => _options.Numeric ? address.ToString() : _host.NameOf(address) ?? address.ToString();

    private bool CheckListener()
    {
        if (_options.Udp)
        {
            return CheckDatagram();
        }

        Errno errno = Calls.Accept(_listener, out int accepted, out LabEndpoint peer);
        if (errno != Errno.None)
        {
            return errno != Errno.EAGAIN && Fail($"nc: accept: {ErrnoText.Of(errno)}\n");
        }

        if (_options.Verbose)
        {
            _error.Write($"Connection received on {Spell(peer.Address)} {peer.Port}\n");
        }

        _accepted++;
        _socket = accepted;
        _descriptor = Open(accepted);
        BeginTransfer();
        return true;
    }

    /// <summary>The first datagram decides who the peer is; without <c>-k</c> the socket is connected to it.</summary>
    private bool CheckDatagram()
    {
        byte[] buffer = new byte[BufferSize];
        Errno errno = Calls.ReceiveFrom(_listener, buffer, peek: !_options.KeepOpen, out int received, out LabEndpoint peer);
        if (errno != Errno.None)
        {
            return errno != Errno.EAGAIN && Fail($"nc: recvfrom: {ErrnoText.Of(errno)}\n");
        }

        if (_options.KeepOpen)
        {
            _output.Write(Encoding.UTF8.GetString(buffer, 0, received));
            return true;
        }

        if (_options.Verbose)
        {
            _error.Write($"Connection received on {Spell(peer.Address)} {peer.Port}\n");
        }

        Calls.Connect(_listener, peer);
        (_socket, _descriptor, _listener, _listenerDescriptor) = (_listener, _listenerDescriptor, -1, -1);
        BeginTransfer();
        return true;
    }

    // ---- client ---------------------------------------------------------------------------------------------

    private bool TryNextPort()
    {
        if (_portIndex >= 0 && _portIndex + 1 < _ports.Count)
        {
            // Even a program takes its time from one port to the next.
            _deadline = _deadline.IsNever ? Machine.Now + s_betweenPorts : _deadline;
            if (Machine.Now < _deadline)
            {
                return false;
            }
        }

        _deadline = Instant.Never;
        if (++_portIndex >= _ports.Count)
        {
            _phase = Phase.Ended;
            Exit(_succeeded ? 0 : 1);
            return true;
        }

        if (Open(out _socket) != Errno.None)
        {
            return false;
        }

        _descriptor = Open(_socket);
        if (_options.SourceAddress is not null || _options.SourcePort is not null)
        {
            IpAddress source = _address.IsV6 ? IpAddress.AnyV6 : IpAddress.AnyV4;
            ushort port = 0;
            if ((_options.SourceAddress is not null && !Machine.Resolve(_options.SourceAddress, out source)) || (_options.SourcePort is not null && !TryReadPort(_options.SourcePort, isLocal: true, out port)))
            {
                return HasExited ? false : Fail($"nc: getaddrinfo: Name or service not known\n");
            }

            Errno bound = Calls.Bind(_socket, new LabEndpoint(source, port));
            if (bound != Errno.None)
            {
                return Fail($"nc: bind failed: {ErrnoText.Of(bound)}\n");
            }
        }

        Errno errno = Calls.Connect(_socket, new LabEndpoint(_address, _ports[_portIndex]));
        if (errno == Errno.EINPROGRESS)
        {
            _phase = Phase.Connecting;
            _deadline = _options.Timeout is { } limit ? Machine.Now + limit : Instant.Never;
        }
        else
        {
            OnConnected(errno);
        }

        return true;
    }

    private bool CheckConnection()
    {
        Errno errno = Calls.ConnectResult(_socket);
        if (errno == Errno.EINPROGRESS)
        {
            if (Machine.Now < _deadline)
            {
                return false;
            }

            ReportFailure($"timed out: {ErrnoText.Of(Errno.EINPROGRESS)}");
            return true;
        }

        OnConnected(errno);
        return true;
    }

    private string Target => _options.Host == _address.ToString() || _options.Numeric ? $"{_options.Host}" : $"{_options.Host} ({_address})";

    private void ReportFailure(string how)
    {
        if (_options.Verbose)
        {
            _error.Write($"nc: connect to {Target} port {_ports[_portIndex]} ({Protocol}) {how}\n");
        }

        Close(ref _socket, ref _descriptor);
        _deadline = Instant.Never;
        _phase = Phase.NextPort;
    }

    private void OnConnected(Errno errno)
    {
        _deadline = Instant.Never;
        if (errno != Errno.None)
        {
            ReportFailure($"failed: {ErrnoText.Of(errno)}");
            return;
        }

        if (_options.Udp && (_options.Verbose || _options.Scan))
        {
            _phase = Phase.Probing;
            (_probes, _deadline) = (0, Machine.Now);
            return;
        }

        Succeed();
    }

    /// <summary>
    /// Whether somebody takes datagrams on the port can only be tried: an X at once, and again each second. What comes back then, an ICMP error, ends it without a word.
    /// </summary>
    private bool Probe()
    {
        if (Machine.Now < _deadline)
        {
            return false;
        }

        int most = FirstProbes + (_options.Timeout is { } limit ? (int)limit.TotalSeconds : ProbeSeconds);
        if (_probes >= most)
        {
            _deadline = Instant.Never;
            Succeed();
            return true;
        }

        Errno errno = Calls.Send(_socket, "X"u8, urgent: false, out _);
        if (errno != Errno.None)
        {
            _succeeded = false;
            Close(ref _socket, ref _descriptor);
            (_deadline, _phase) = (Instant.Never, Phase.NextPort);
            return true;
        }

        _probes++;
        _deadline = _probes < FirstProbes ? Machine.Now : _probes < most ? Machine.Now + TimeSpan.FromSeconds(1) : Machine.Now;
        return true;
    }

    private void Succeed()
    {
        _succeeded = true;
        if (_options.Verbose)
        {
            string service = (_options.Numeric ? null : ToolNames.ServicesOnly.ServiceName(_ports[_portIndex], _options.Udp)) ?? "*";
            _error.Write($"Connection to {Target} {_ports[_portIndex]} port [{Protocol}/{service}] succeeded!\n");
        }

        if (_options.Scan)
        {
            Close(ref _socket, ref _descriptor);
            _phase = Phase.NextPort;
            return;
        }

        BeginTransfer();
    }

    // ---- the connection -------------------------------------------------------------------------------------

    private void BeginTransfer()
    {
        _phase = Phase.Transfer;
        _readEnded = false;
        _writeEnded = false;
        _hasPeer = true;
        Rest();
    }

    /// <summary><c>-w</c> counts from the last thing that happened.</summary>
    private void Rest() => _deadline = _options.Timeout is { } limit ? Machine.Now + limit : Instant.Never;

    private bool Transfer()
    {
        bool did = Receive() | Send();
        if (did)
        {
            Rest();
        }

        if (_writeEnded)
        {
            _input.Clear();
        }

        if (_inputEnded && _input.Count == 0 && !_writeEnded)
        {
            _writeEnded = true;
            did = true;
            if (_options.ShutdownAfterInput && !_options.Udp)
            {
                Calls.Shutdown(_socket, 1);
            }

            if (_options.QuitAfterInput is { } delay)
            {
                _deadline = Machine.Now + delay;
            }
        }

        bool isOver = (_readEnded && (_options.Listen || _host.EndsNetcatWithPeer) && _input.Count == 0) || (_readEnded && _writeEnded) || (_hasPeer && Machine.Now >= _deadline);
        if (isOver)
        {
            FinishConnection();
            return true;
        }

        return did;
    }

    private bool Receive()
    {
        bool did = false;
        byte[] buffer = new byte[BufferSize];
        while (!_readEnded)
        {
            Errno errno = Calls.Receive(_socket, buffer, ReceiveFlags.None, out int received);
            if (errno == Errno.EAGAIN)
            {
                break;
            }

            did = true;
            if (errno != Errno.None || (received == 0 && !_options.Udp))
            {
                _readEnded = true;
                _writeEnded |= errno != Errno.None; // an error of the socket ends both directions (POLLERR)
                break;
            }

            _output.Write(Encoding.UTF8.GetString(buffer, 0, received));
            if (_options.ReceiveLimit > 0 && ++_taken >= _options.ReceiveLimit)
            {
                (_readEnded, _writeEnded) = (true, true);
            }
        }

        return did;
    }

    private bool Send()
    {
        bool did = false;
        while (_input.Count > 0 && !_writeEnded)
        {
            byte[] chunk = NextChunk();
            Errno errno = Calls.Send(_socket, chunk, urgent: false, out int sent);
            if (errno == Errno.EAGAIN || (errno == Errno.None && sent == 0))
            {
                break;
            }

            did = true;
            if (errno != Errno.None)
            {
                _writeEnded = true;
                _input.Clear();
                break;
            }

            for (int i = 0; i < sent; i++)
            {
                _input.Dequeue();
            }
        }

        return did;
    }

    /// <summary>One line at a time, as a terminal hands it over; all that is there from a pipe or a file.</summary>
    private byte[] NextChunk()
    {
        var chunk = new List<byte>();
        foreach (byte octet in _input)
        {
            chunk.Add(octet);
            if ((octet == '\n' && !HasPipedInput) || chunk.Count == BufferSize)
            {
                break;
            }
        }

        return chunk.ToArray();
    }

    private void FinishConnection()
    {
        Close(ref _socket, ref _descriptor);
        _deadline = Instant.Never;
        _hasPeer = false;
        if (_options.Listen)
        {
            if (_options.KeepOpen)
            {
                _phase = Phase.Listening;
                return;
            }

            Exit(0);
            return;
        }

        _phase = Phase.NextPort;
    }

    private void Close(ref int socket, ref int descriptor)
    {
        if (socket >= 0)
        {
            Forget(descriptor);
            Calls.Close(socket);
        }

        socket = -1;
        descriptor = -1;
    }
}

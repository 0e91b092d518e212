using System.Globalization;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary><c>traceroute</c> 2.1.2: probes with ever more hops, and who answers.</summary>
internal sealed class TracerouteProcess : LabProcess
{
    private const ushort FirstDatagramPort = 33434, FirstOwnPort = 50000, HttpPort = 80, DnsPort = 53;

    private readonly LabHost _host;
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly TracerouteOptions _options = new();
    private readonly IpAddress _destination;
    private readonly PingOptions _send;
    private readonly Queue<ProbeReply> _replies = new();
    private readonly ushort _identifier;
    private Probe[] _probes = [];
    private Instant _nextSend;
    private int _sent;
    private int _printed;
    private int _end;

    /// <summary>One probe and what became of it.</summary>
    private struct Probe
    {
        public Instant Sent;
        public bool IsSent;
        public bool IsDone;

        /// <summary>None while there is no answer.</summary>
        public IpAddress From;
        public TimeSpan Took;
        public string Remark;
    }

    public TracerouteProcess(LabHost host, int pid, string[] arguments, TextWriter output, TextWriter error)
        : base(host, pid, "traceroute")
    {
        _host = host;
        _output = output;
        _error = error;
        _identifier = (ushort)pid;
        if (TracerouteOptions.Read(arguments, out _options) is { } result)
        {
            _output.Write(result.Output);
            _error.Write(result.Error);
            Exit(result.Status);
            return;
        }

        bool isKnown = Machine.Resolve(_options.Host, _options.OnlyV6, out _destination);
        if (!isKnown || (_options.OnlyV6 is { } v6 && v6 != _destination.IsV6))
        {
            Fail($"{_options.Host}: {(isKnown && _options.OnlyV6 is not null ? "Address family for hostname not supported" : "Name or service not known")}\nCannot handle \"host\" cmdline arg `{_options.Host}' on position 1 (argc {arguments.Length})\n", 2);
            return;
        }

        _output.Write(string.Create(CultureInfo.InvariantCulture, $"traceroute to {_options.Host} ({_destination}), {_options.LastHop} hops max, {Length} byte packets"));
        IpAddress source = default;
        if (_options.Source is not null && (!Machine.Resolve(_options.Source, out source) || !host.Stack.Interfaces.Any(on => on.Addresses.Any(address => address.Address == source))))
        {
            Fail("\nbind: Cannot assign requested address\n", 1);
            return;
        }

        if (_options.Device is not null && host.FindInterface(_options.Device) is null)
        {
            Fail("\nsetsockopt SO_BINDTODEVICE: No such device\n", 1);
            return;
        }

        _send = new PingOptions { Source = source, BoundTo = _options.Device is null ? null : host.FindInterface(_options.Device), TrafficClass = _options.TrafficClass, DontFragment = _options.DontFragment };
        _probes = new Probe[(_options.LastHop - _options.FirstHop + 1) * _options.ProbesOfAHop];
        _end = _probes.Length;
        while (_options.Probes == TracerouteOptions.Method.Echo && !host.Stack.Ping.Open(_identifier))
        {
            _identifier++;
        }
    }

    private void Fail(string message, int status)
    {
        _error.Write(message);
        Exit(status);
    }

    public override Instant Deadline
    {
        get
        {
            if (HasExited)
            {
                return Instant.Never;
            }

            Instant deadline = MaySend ? _nextSend : Instant.Never;
            for (int i = _printed; i < _sent; i++)
            {
                deadline = _probes[i].IsDone ? deadline : Instant.Earlier(deadline, _probes[i].Sent + TimeToWait(i));
            }

            return deadline;
        }
    }

    public override bool Run()
    {
        bool did = !HasExited && TakeReplies();
        while (!HasExited && RunOnce())
        {
            did = true;
        }

        return did;
    }

    private bool RunOnce()
    {
        for (int i = _printed; i < _sent; i++)
        {
            if (!_probes[i].IsDone && Machine.Now >= _probes[i].Sent + TimeToWait(i))
            {
                _probes[i].IsDone = true;
                return true;
            }
        }

        if (_printed < _end && _printed < _sent && _probes[_printed].IsDone)
        {
            Print(_printed++);
            return true;
        }

        if (_printed >= _end)
        {
            _output.Write("\n");
            Close();
            Exit(0);
            return true;
        }

        if (!MaySend || Machine.Now < _nextSend)
        {
            return false;
        }

        Send(_sent++);
        _nextSend = Machine.Now + _options.Pause;
        return true;
    }

    /// <summary>True while fewer probes than allowed are under way.</summary>
    private bool MaySend
    {
        get
        {
            int waiting = 0;
            for (int i = _printed; i < _sent; i++)
            {
                waiting += _probes[i].IsDone ? 0 : 1;
            }

            return _sent < _end && waiting < _options.AtATime;
        }
    }

    /// <summary>The longest time, or a few times that which another probe took.</summary>
    private TimeSpan TimeToWait(int index)
    {
        int first = index - (index % _options.ProbesOfAHop);
        for (int i = first; _options.HereFactor > 0 && i < Math.Min(_sent, first + _options.ProbesOfAHop); i++)
        {
            if (!_probes[i].From.IsNone)
            {
                return Shorter(_probes[i].Took * _options.HereFactor);
            }
        }

        for (int i = index + 1; _options.NearFactor > 0 && i < _sent; i++)
        {
            if (!_probes[i].From.IsNone)
            {
                return Shorter(_probes[i].Took * _options.NearFactor);
            }
        }

        return _options.Wait;
    }

    private TimeSpan Shorter(TimeSpan time) => time < _options.Wait ? time : _options.Wait;

    // ---- sending ----------------------------------------------------------------------------------------------

    private ushort PortOf(int index) => _options.Probes switch
    {
        TracerouteOptions.Method.Datagrams => (ushort)((_options.Port ?? FirstDatagramPort) + index),
        TracerouteOptions.Method.Syn => (ushort)(_options.Port ?? HttpPort),
        _ => (ushort)(_options.Port ?? DnsPort),
    };

    private ushort OwnPortOf(int index) => (ushort)(FirstOwnPort + (Pid % 10 * 1000) + index);

    private void Send(int index)
    {
        PingOptions options = _send with { TimeToLive = (byte)(_options.FirstHop + (index / _options.ProbesOfAHop)) };
        _probes[index] = new Probe { Sent = Machine.Now, IsSent = true, Remark = "" };
        int data = Length - HeaderLength - UdpView.HeaderLength;
        Errno errno = _options.Probes switch
        {
            TracerouteOptions.Method.Echo => _host.Stack.Ping.Send(Machine.Now, _destination, _identifier, (ushort)((_options.Port ?? 1) + index), new byte[data], options),
            TracerouteOptions.Method.Syn => _host.Stack.Probes.SendSyn(Machine.Now, _destination, OwnPortOf(index), PortOf(index), new SeqNum((uint)(OwnPortOf(index) * 0x9E37_79B1L)), _replies, options),
            _ => _host.Stack.Probes.SendDatagram(Machine.Now, _destination, OwnPortOf(index), PortOf(index), data, _replies, options),
        };
        if (errno is Errno.ENETUNREACH or Errno.ENETDOWN or Errno.EINVAL or Errno.EHOSTUNREACH or Errno.EACCES)
        {
            Fail($"\nconnect: {ErrnoText.Of(errno)}\n", 1);
            Close();
        }
        else if (errno != Errno.None)
        {
            _probes[index].IsDone = true; // a filter of one's own, or too long a packet: no answer will come
        }
    }

    // ---- answers ----------------------------------------------------------------------------------------------

    private bool TakeReplies()
    {
        bool any = false;
        while (_replies.TryDequeue(out ProbeReply reply))
        {
            any = true;
            Note(reply.SourcePort - OwnPortOf(0), reply.Time, reply.From, reply.Kind == ProbeReplyKind.TimeExceeded, reply.Kind == ProbeReplyKind.Unreachable ? Remark(reply.Code, reply.From, reply.Mtu) : "");
        }

        while (_options.Probes == TracerouteOptions.Method.Echo && _host.Stack.Ping.TryTake(_identifier, out PingReply reply))
        {
            any = true;
            Note(reply.Sequence - (_options.Port ?? 1), reply.Time, reply.From, reply.Kind == PingReplyKind.TimeExceeded, reply.Kind is PingReplyKind.Unreachable or PingReplyKind.TooBig ? Remark(reply.Code, reply.From, reply.Mtu) : "");
        }

        return any;
    }

    private void Note(int index, Instant time, IpAddress from, bool isOnTheWay, string remark)
    {
        if (index < 0 || index >= _sent || _probes[index].IsDone)
        {
            return; // too late: a star stands there
        }

        ref Probe probe = ref _probes[index];
        (probe.IsDone, probe.From, probe.Took, probe.Remark) = (true, from, time - probe.Sent, remark);
        if (!isOnTheWay)
        {
            _end = Math.Min(_end, index - (index % _options.ProbesOfAHop) + _options.ProbesOfAHop);
        }
    }

    /// <summary>Forty octets of data, unless a length is asked for: what IP's header and eight octets more leave of it.</summary>
    private int Length => _destination.IsV6 && _options.Length == TracerouteOptions.DefaultLength ? _options.Length + Ipv6View.HeaderLength - Ipv4View.MinHeaderLength : Math.Max(_options.Length, HeaderLength + UdpView.HeaderLength);

    private int HeaderLength => _destination.IsV6 ? Ipv6View.HeaderLength : Ipv4View.MinHeaderLength;

    private string Remark(byte code, IpAddress from, int mtu) => _destination.IsV6 ? RemarkV6(code, from, mtu) : code switch
    {
        0 => " !N",
        1 => " !H",
        2 => " !P",
        3 => from == _destination ? "" : " !p",
        4 => string.Create(CultureInfo.InvariantCulture, $" !F-{mtu}"),
        5 => " !S",
        9 or 10 or 13 => " !X",
        _ => string.Create(CultureInfo.InvariantCulture, $" !<{code}>"),
    };

    private string RemarkV6(byte code, IpAddress from, int mtu) => code switch
    {
        _ when mtu > 0 => string.Create(CultureInfo.InvariantCulture, $" !F-{mtu}"),
        0 => " !N",
        1 => " !X",
        2 => " !S",
        3 => " !H",
        4 => from == _destination ? "" : " !p",
        _ => string.Create(CultureInfo.InvariantCulture, $" !<{code}>"),
    };

    private void Print(int index)
    {
        int inHop = index % _options.ProbesOfAHop;
        if (inHop == 0)
        {
            _output.Write(string.Create(CultureInfo.InvariantCulture, $"\n{_options.FirstHop + (index / _options.ProbesOfAHop),2} "));
        }

        ref Probe probe = ref _probes[index];
        if (probe.From.IsNone)
        {
            _output.Write(" *");
            return;
        }

        bool isNew = true;
        for (int i = index - 1; i >= index - inHop && isNew; i--)
        {
            isNew = _probes[i].From != probe.From;
            if (!_probes[i].From.IsNone)
            {
                break;
            }
        }

        string name = _options.Numeric ? probe.From.ToString() : $"{_host.NameOf(probe.From) ?? probe.From.ToString()} ({probe.From})";
        _output.Write(isNew ? $" {name}" : "");
        _output.Write(string.Create(CultureInfo.InvariantCulture, $"  {probe.Took.TotalMilliseconds:F3} ms{probe.Remark}"));
    }

    public override void Interrupt()
    {
        _output.Write("^C\n");
        Close();
        Exit(130);
    }

    private void Close()
    {
        _host.Stack.Probes.Forget(_replies);
        if (_options.Probes == TracerouteOptions.Method.Echo)
        {
            _host.Stack.Ping.Close(_identifier);
        }
    }
}

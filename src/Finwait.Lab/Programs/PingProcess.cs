using System.Buffers.Binary;
using System.Globalization;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary><c>ping</c> of iputils: echo requests once a second, and what comes back.</summary>
internal sealed class PingProcess : LabProcess
{
    /// <summary>What iputils thinks the kernel needs beside each 512 octets of a packet.</summary>
    private const int PacketOverhead = 260;

    /// <summary>The largest receive buffer that the kernel gives, its own part included.</summary>
    private const int MaxReceiveBuffer = 8 << 20;

    private readonly LabHost _host;
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly PingArguments _options;
    private readonly IpAddress _destination;
    private readonly ushort _identifier;
    private readonly PingOptions _how;
    private readonly Dictionary<ushort, Instant> _sentAt = [];
    private readonly PingStatistics _counted = new();
    private readonly PingPace _pace;
    private readonly Instant _started;
    private readonly Instant _stop = Instant.Never;
    private readonly int _most;
    private Instant _end = Instant.Never;

    public PingProcess(LabHost host, int pid, string[] arguments, TextWriter output, TextWriter error)
        : base(host, pid, "ping")
    {
        _host = host;
        _output = output;
        _error = error;
        _started = Machine.Now;
        _options = PingArguments.Parse(arguments);
        _pace = new PingPace(_options.Interval, _options.Preload);
        _most = _options.Count;
        _error.Write(_options.Error);
        if (_options.Status != 0 || _options.Answer is not null)
        {
            _output.Write(_options.Answer ?? "");
            Exit(_options.Status);
            return;
        }

        TellSockets();
        if (!FindDestination(out _destination) || !HasFlags())
        {
            return;
        }

        if (!TakeSource(out _how))
        {
            return;
        }

        if (!FindWay(out PingWay way))
        {
            return;
        }


        _stop = _options.Deadline is { } deadline ? _started + deadline : Instant.Never;
        _identifier = _options.Identifier ?? (ushort)pid;
        while (!host.Stack.Ping.Open(_identifier))
        {
            _identifier++;
        }

        Greet(way);
    }

    /// <summary><c>-v</c>: the sockets it has opened before it knows which one it needs.</summary>
    private void TellSockets()
    {
        if (_options.Verbose)
        {
            string four = _options.IsV6 == true ? "-1 (socktype: 0)" : "3 (socktype: SOCK_DGRAM)";
            string six = _options.IsV6 == false ? "-1 (socktype: 0)" : _options.IsV6 == true ? "3 (socktype: SOCK_DGRAM)" : "4 (socktype: SOCK_DGRAM)";
            _error.Write($"ping: sock4.fd: {four}, sock6.fd: {six}, hints.ai_family: {(_options.IsV6 is { } v6 ? v6 ? "AF_INET6" : "AF_INET" : "AF_UNSPEC")}\n\n");
        }
    }

    private bool FindDestination(out IpAddress destination)
    {
        if (!Machine.Resolve(_options.Name, _options.IsV6, out destination))
        {
            return Fail($"ping: {_options.Name}: Name or service not known\n", 2);
        }

        if (_options.IsV6 is { } v6 && v6 != destination.IsV6)
        {
            return Fail($"ping: {_options.Name}: Address family for hostname not supported\n", 2);
        }

        destination = destination.IsV4 && destination.IsUnspecified ? IpAddress.FromV4(127, 0, 0, 1) : destination; // the address of none stands for this host
        if (_options.Verbose)
        {
            _output.Write($"ai->ai_family: {(destination.IsV6 ? "AF_INET6" : "AF_INET")}, ai->ai_canonname: '{_options.Name}'\n");
        }

        return true;
    }

    /// <summary>Options in the IP header: hosts of the lab write none, and a source route is refused by a real machine too.</summary>
    private bool HasFlags()
    {
        if (_destination.IsV6)
        {
            return _options.NotHereV6 is not { } flag || Fail($"ping: the lab's ping does not have -{flag}: its hosts send no {(flag == 'F' ? "flow labels that a user chooses" : "node information queries")}\n", 2);
        }

        foreach (string gateway in _options.Gateways)
        {
            if (!Machine.Resolve(gateway, false, out _))
            {
                return Fail($"ping: {gateway}: Name or service not known\n", 2);
            }
        }

        return _options.Gateways.Count > 0 ? Fail("ping: record route: Operation not permitted\n", 2)
            : _options.NotHere is not { } option || Fail($"ping: the lab's ping does not have -{option}: its hosts put no options into IP headers\n", 2);
    }

    /// <summary><c>-I</c>: only through an interface, or from an address of the host.</summary>
    private bool TakeSource(out PingOptions how)
    {
        how = new PingOptions
        {
            TimeToLive = _options.TimeToLive, TrafficClass = _options.TrafficClass,
            DontFragment = _options.Discovery == PingDiscovery.Do, MayFragment = _options.Discovery == PingDiscovery.Dont,
        };
        if (_options.From is not { } from)
        {
            return true;
        }

        if (IpAddress.TryParse(from, out IpAddress source))
        {
            how = how with { Source = source };
            bool isOurs = _host.Stack.Interfaces.Any(on => on.Addresses.Any(own => own.Address == source)) || source.IsLoopback;
            return isOurs || Fail("ping: bind: Cannot assign requested address\n", 2);
        }

        how = how with { BoundTo = _host.FindInterface(from) };
        return from.Length == 0 || how.BoundTo is not null || Fail($"ping: SO_BINDTODEVICE {from}: No such device\n", 2);
    }

    /// <summary>iputils connects a socket first to learn its own address: an address that cannot be reached ends it before anything is said.</summary>
    private bool FindWay(out PingWay way)
    {
        Errno errno = _host.Stack.Ping.FindWay(_destination, _how, out way);
        if (errno == Errno.EACCES)
        {
            return Fail("ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules\n", 2); // it takes every such refusal for this one
        }

        if (errno != Errno.None)
        {
            return Fail($"ping: connect: {ErrnoText.Of(errno == Errno.ENETDOWN ? Errno.ENETUNREACH : errno)}\n", 2);
        }

        if (!way.IsBroadcast)
        {
            return true;
        }

        if (!_options.AllowsBroadcast)
        {
            return Fail("ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules\n", 2);
        }

        _error.Write("WARNING: pinging broadcast address\n");
        return true;
    }

    private void Greet(in PingWay way)
    {
        // Another name of an interface is none under which it looks for the source address.
        if (_options.From is { } typed && !IpAddress.TryParse(typed, out _) && typed != _how.BoundTo?.Name)
        {
            _error.Write($"ping: Warning: source address might be selected on device other than: {typed}\n");
        }

        long buffer = (_options.Size + Icmpv4View.HeaderLength + ((_options.Size + Icmpv4View.HeaderLength + 511L) / 512 * PacketOverhead)) * _options.Preload;
        if (buffer > MaxReceiveBuffer)
        {
            _error.Write("ping: WARNING: probably, rcvbuf is not enough to hold preload\n");
        }

        if (_options.Pattern is { } pattern && !_options.Quiet)
        {
            _output.Write($"PATTERN: 0x{Convert.ToHexStringLower(pattern)}\n");
        }

        string from = _options.From is null && !_options.KeepsSource ? "" : $" from {way.Source} {(_how.BoundTo is null ? "" : _options.From)}:";
        _output.Write(_destination.IsV6
            ? $"PING {_options.Name}({(IpAddress.TryParse(_options.Name, out _) || _host.NameOf(_destination) is not { } name ? $"{_destination}" : $"{name} ({_destination})")}){from} {_options.Size} data bytes\n"
            : $"PING {_options.Name} ({_destination}){from} {_options.Size}({_options.Size + Icmpv4View.HeaderLength + Ipv4View.MinHeaderLength}) bytes of data.\n");
    }

    private bool Fail(string message, int status)
    {
        _error.Write(message);
        Exit(status);
        return false;
    }

    /// <summary>With <c>-w</c> it goes on until enough answers are there; else it sends no more than <c>-c</c> says.</summary>
    private bool SendsMore => _counted.Sent < _most || _options.Deadline is not null;

    private Instant Next => _counted.Sent == 0 ? _started : _pace.Next(_counted.Sent, _counted.InFlight);

    public override Instant Deadline => HasExited ? Instant.Never : Instant.Earlier(Instant.Earlier(SendsMore ? Next : Instant.Never, _end), _stop);

    public override bool Run()
    {
        if (HasExited)
        {
            return false;
        }

        bool did = false;
        bool isWaiting = !IsEnough;
        while (isWaiting && _host.Stack.Ping.TryTake(_identifier, out PingReply reply))
        {
            did = true;
            Show(reply);
            isWaiting = _counted.InFlight > 0 || !IsEnough; // what came together is told together
        }

        if (IsEnough || Machine.Now >= _stop || (!SendsMore && Machine.Now >= _end))
        {
            Finish();
            return true;
        }

        if (SendsMore && Machine.Now >= Next)
        {
            did = true;
            Send();
        }

        return did;
    }

    /// <summary>Everything came back, as an answer or an error; with <c>-w</c> the first error ends it too.</summary>
    private bool IsEnough => _counted.Received + _counted.Errors >= _most || (_options.Deadline is not null && _counted.Errors > 0);

    private void Send()
    {
        if (_options.ReportsMissing && _counted.Sent > 0 && !_counted.HasReceived((ushort)_counted.Sent))
        {
            _output.Write($"{Stamp()}no answer yet for icmp_seq={(ushort)_counted.Sent}\n");
        }

        _pace.OnSend(Machine.Now, isFirst: _counted.Sent == 0);
        ushort sequence = _counted.OnSend();
        _sentAt[sequence] = Machine.Now;
        _end = SendsMore ? Instant.Never : Machine.Now + WaitForLast();
        if (_options.Size + Icmpv4View.HeaderLength > ushort.MaxValue || (_options.OnLinkOnly && !IsOnLink))
        {
            return; // the kernel takes no such packet, and ping only waits
        }

        Errno errno = _options.Size > PingClient.MaxData ? Errno.EMSGSIZE : _host.Stack.Ping.Send(Machine.Now, _destination, _identifier, sequence, Data(), _how);
        if (errno == Errno.None)
        {
            if (_options.Floods && !_options.Quiet)
            {
                _output.Write(".");
            }
        }
        else if (errno == Errno.EMSGSIZE && !_options.Quiet)
        {
            // iputils looks for such an error in the socket's queue: there it finds this one alone, and no other is told.
            _counted.OnLocalError();
            _host.Stack.Ping.FindWay(_destination, _how, out PingWay way);
            (_options.Floods ? _output : _error).Write(_options.Floods ? "E" : $"ping: local error: message too long, mtu{(_destination.IsV6 ? ": " : "=")}{way.Mtu}\n");
        }
    }

    private bool IsOnLink => _host.Stack.Interfaces.Any(on => on.Addresses.Any(own => own.Address == _destination)) || _destination.IsLoopback
        || (_host.Stack.Routes.TryLookup(_destination, out Route? route, _how.BoundTo) && route.Gateway.IsNone);

    private byte[] Data()
    {
        byte[] data = new byte[_options.Size];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = _options.Pattern is { Length: > 0 } pattern ? pattern[i % pattern.Length] : (byte)i;
        }

        if (HasClock)
        {
            long clock = Machine.Epoch + Machine.Now.Microseconds;
            BinaryPrimitives.WriteInt64LittleEndian(data, clock / 1_000_000);
            BinaryPrimitives.WriteInt64LittleEndian(data.AsSpan(8), clock % 1_000_000);
        }

        return data;
    }

    /// <summary>The time of sending is in the data: where it has no room, no time can be told.</summary>
    private bool HasClock => _options.Size >= 16;

    /// <summary>Once something came back, twice the longest time or one interval is enough; before, <c>-W</c>.</summary>
    private TimeSpan WaitForLast() => _counted.Received > 0 && Math.Max(2 * _counted.Longest, _pace.Interval.TotalMilliseconds) is > 0 and double wait ? TimeSpan.FromMilliseconds(wait) : _options.Wait;

    private string Stamp()
    {
        long clock = Machine.Epoch + Machine.Now.Microseconds;
        return _options.PrintsTime ? string.Create(CultureInfo.InvariantCulture, $"[{clock / 1_000_000}.{clock % 1_000_000:D6}] ") : "";
    }

    private void Show(PingReply reply)
    {
        bool isNumeric = _options.Numeric || IpAddress.TryParse(_options.Name, out _) || ShortAddress.TryParse(_options.Name, out _);
        string from = isNumeric || reply.From != _destination ? reply.From.ToString() : $"{_options.Name} ({reply.From})";
        if (reply.Kind == PingReplyKind.Reply && _sentAt.TryGetValue(reply.Sequence, out Instant sent))
        {
            double milliseconds = (reply.Time - sent).TotalMilliseconds;
            bool isFirst = _counted.OnReply(reply.Sequence, HasClock ? milliseconds : null);
            if (_options.Adapts && HasClock)
            {
                _pace.Adapt(_counted.Smoothed);
            }

            _end = SendsMore ? _end : Instant.Earlier(_end, _pace.Last + WaitForLast());
            string identifier = _options.Verbose && _options.Identifier is { } given ? string.Create(CultureInfo.InvariantCulture, $" ident={given}") : "";
            string time = HasClock ? $" time={Milliseconds(milliseconds)} ms" : "";
            string doubled = isFirst || (_destination.IsMulticast && !_options.Verbose) ? "" : " (DUP!)";
            Tell("\b \b", $"{reply.Length + Icmpv4View.HeaderLength} bytes from {from}: icmp_seq={reply.Sequence}{identifier} ttl={reply.TimeToLive}{time}{doubled}", _options.Rings ? "\a" : "");
            return;
        }

        if (reply.Kind != PingReplyKind.Reply)
        {
            _counted.OnError(reply.Sequence);
            Tell("\bE", $"From {from} icmp_seq={reply.Sequence} {Describe(reply)}", "");
        }
    }

    private void Tell(string flood, string line, string bell)
    {
        if (!_options.Quiet)
        {
            _output.Write(_options.Floods ? flood + bell : $"{Stamp()}{line}{bell}\n");
        }
    }

    private static string Describe(PingReply reply) => (reply.Kind, reply.From.IsV6) switch
    {
        (PingReplyKind.Unreachable, false) => Icmpv4Reason(reply.Code),
        (PingReplyKind.Unreachable, true) => "Destination unreachable: " + Icmpv6Reason(reply.Code),
        (PingReplyKind.TooBig, false) => $"Frag needed and DF set (mtu = {reply.Mtu})",
        (PingReplyKind.TooBig, true) => $"Packet too big: mtu={reply.Mtu}",
        (PingReplyKind.TimeExceeded, false) => reply.Code == 0 ? "Time to live exceeded" : "Frag reassembly time exceeded",
        (PingReplyKind.TimeExceeded, true) => "Time exceeded: " + (reply.Code == 0 ? "Hop limit" : "Defragmentation failure"),
        _ => "Parameter problem",
    };

    private static string Icmpv4Reason(byte code) => code switch
    {
        0 => "Destination Net Unreachable",
        1 => "Destination Host Unreachable",
        2 => "Destination Protocol Unreachable",
        3 => "Destination Port Unreachable",
        5 => "Source Route Failed",
        6 => "Destination Net Unknown",
        7 => "Destination Host Unknown",
        8 => "Source Host Isolated",
        9 => "Destination Net Prohibited",
        10 => "Destination Host Prohibited",
        11 => "Destination Net Unreachable for Type of Service",
        12 => "Destination Host Unreachable for Type of Service",
        13 => "Packet filtered",
        14 => "Precedence Violation",
        15 => "Precedence Cutoff",
        _ => $"Dest Unreachable, Bad Code: {code}",
    };

    private static string Icmpv6Reason(byte code) => code switch
    {
        0 => "No route",
        1 => "Administratively prohibited",
        2 => "Beyond scope of source address",
        3 => "Address unreachable",
        4 => "Port unreachable",
        _ => $"Unknown code {code}",
    };

    /// <summary>iputils rounds the more the longer it took.</summary>
    private static string Milliseconds(double value) => value.ToString(value switch { >= 99.95 => "F0", >= 9.995 => "F1", >= 1 => "F2", _ => "F3" }, CultureInfo.InvariantCulture);

    public override void Interrupt()
    {
        _output.Write("^C\n");
        Finish();
    }

    private void Finish()
    {
        if (HasExited)
        {
            return;
        }

        _host.Stack.Ping.Close(_identifier);
        bool tellsPace = _options.Floods || _options.Adapts || _pace.Interval == TimeSpan.Zero;
        _output.Write(_counted.Text(_options.Name, _counted.Sent == 0 ? TimeSpan.Zero : _pace.Last - _started, tellsPace));
        bool isCutShort = _options.Deadline is not null && _options.Count < int.MaxValue && _counted.Received < _options.Count;
        Exit(_counted.Received > 0 && !isCutShort ? 0 : 1);
    }
}

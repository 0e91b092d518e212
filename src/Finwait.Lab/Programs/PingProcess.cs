using System.Buffers.Binary;
using System.Globalization;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary><c>ping</c> of iputils: echo requests once a second, and what comes back.</summary>
internal sealed class PingProcess : LabProcess
{
    private readonly LabHost _host;
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly PingArguments _options;
    private readonly IpAddress _destination;
    private readonly ushort _identifier;
    private readonly PingOptions _how;
    private readonly Dictionary<ushort, Instant> _sentAt = [];
    private readonly List<double> _times = [];
    private readonly Instant _started;
    private readonly Instant _stop = Instant.Never;
    private readonly int _most;
    private Instant _lastSent;
    private Instant _next;
    private Instant _end = Instant.Never;
    private int _sent;
    private int _errors;

    public PingProcess(LabHost host, int pid, string[] arguments, TextWriter output, TextWriter error)
        : base(host, pid, "ping")
    {
        _host = host;
        _output = output;
        _error = error;
        _started = Machine.Now;
        _next = Machine.Now;
        _options = PingArguments.Parse(arguments);
        _most = _options.Count;
        _error.Write(_options.Error);
        if (_options.Status != 0 || _options.Answer is not null)
        {
            _output.Write(_options.Answer ?? "");
            Exit(_options.Status);
            return;
        }

        if (!Machine.Resolve(_options.Name, _options.IsV6, out _destination))
        {
            Fail($"ping: {_options.Name}: Name or service not known\n", 2);
            return;
        }

        if (_options.IsV6 is { } v6 && v6 != _destination.IsV6)
        {
            Fail($"ping: {_options.Name}: Address family for hostname not supported\n", 2);
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
        return how.BoundTo is not null || Fail($"ping: SO_BINDTODEVICE {from}: No such device\n", 2);
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
        if (_options.Pattern.Length > 0)
        {
            _output.Write($"PATTERN: 0x{Convert.ToHexStringLower(_options.Pattern)}\n");
        }

        string from = _options.From is null ? "" : $" from {way.Source} {_how.BoundTo?.Name}:";
        _output.Write(_destination.IsV6
            ? $"PING {_options.Name}({_destination}){from} {_options.Size} data bytes\n"
            : $"PING {_options.Name} ({_destination}){from} {_options.Size}({_options.Size + Icmpv4View.HeaderLength + Ipv4View.MinHeaderLength}) bytes of data.\n");
    }

    private bool Fail(string message, int status)
    {
        _error.Write(message);
        Exit(status);
        return false;
    }

    public override Instant Deadline => HasExited ? Instant.Never : Instant.Earlier(Instant.Earlier(_sent < _most ? _next : Instant.Never, _end), _stop);

    public override bool Run()
    {
        if (HasExited)
        {
            return false;
        }

        bool did = false;
        while (_host.Stack.Ping.TryTake(_identifier, out PingReply reply))
        {
            did = true;
            Show(reply);
        }

        if (Machine.Now >= _stop)
        {
            Finish();
            return true;
        }

        if (_sent < _most && Machine.Now >= _next)
        {
            did = true;
            Send();
        }

        if (_sent >= _most && (_times.Count + _errors >= _most || Machine.Now >= _end))
        {
            Finish();
            return true;
        }

        return did;
    }

    private void Send()
    {
        if (_options.ReportsMissing && _sent > 0 && _sentAt.ContainsKey((ushort)_sent))
        {
            _output.Write($"{Stamp()}no answer yet for icmp_seq={(ushort)_sent}\n");
        }

        _sent++;
        ushort sequence = (ushort)_sent;
        _sentAt[sequence] = Machine.Now;
        _lastSent = Machine.Now;
        _next = Machine.Now + _options.Interval;
        _end = Machine.Now + WaitForLast();
        if (_options.Size > PingClient.MaxData)
        {
            return; // the kernel takes no such packet, and ping only waits
        }

        Errno errno = _host.Stack.Ping.Send(Machine.Now, _destination, _identifier, sequence, Data(), _how);
        if (errno == Errno.EMSGSIZE)
        {
            _errors++;
            _sentAt.Remove(sequence);
            _host.Stack.Ping.FindWay(_destination, _how, out PingWay way);
            _error.Write(_options.Quiet ? "" : $"ping: local error: message too long, mtu={way.Mtu}\n");
        }
        else if (errno != Errno.None)
        {
            _errors++;
            _error.Write($"ping: sendmsg: {ErrnoText.Of(errno)}\n");
        }
    }

    private byte[] Data()
    {
        byte[] data = new byte[_options.Size];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = _options.Pattern.Length > 0 ? _options.Pattern[i % _options.Pattern.Length] : (byte)i;
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
    private TimeSpan WaitForLast() => _times.Count == 0 ? _options.Wait : TimeSpan.FromMilliseconds(Math.Max(2 * _times.Max(), _options.Interval.TotalMilliseconds));

    private string Stamp()
    {
        long clock = Machine.Epoch + Machine.Now.Microseconds;
        return _options.PrintsTime ? string.Create(CultureInfo.InvariantCulture, $"[{clock / 1_000_000}.{clock % 1_000_000:D6}] ") : "";
    }

    private void Show(PingReply reply)
    {
        bool isNumeric = _options.Numeric || _options.Name == reply.From.ToString();
        string from = isNumeric || reply.From != _destination ? reply.From.ToString() : $"{_options.Name} ({reply.From})";
        if (reply.Kind == PingReplyKind.Reply && _sentAt.Remove(reply.Sequence, out Instant sent))
        {
            double milliseconds = (reply.Time - sent).TotalMilliseconds;
            _times.Add(milliseconds);
            _end = _sent >= _most ? Instant.Earlier(_end, _lastSent + WaitForLast()) : _end;
            string time = HasClock ? $" time={Milliseconds(milliseconds)} ms" : "";
            Tell($"{reply.Length + Icmpv4View.HeaderLength} bytes from {from}: icmp_seq={reply.Sequence} ttl={reply.TimeToLive}{time}\n");
            return;
        }

        if (reply.Kind != PingReplyKind.Reply)
        {
            _errors++;
            _sentAt.Remove(reply.Sequence);
            Tell($"From {from} icmp_seq={reply.Sequence} {Describe(reply)}\n");
        }
    }

    private void Tell(string line)
    {
        if (!_options.Quiet)
        {
            _output.Write(Stamp() + line);
        }
    }

    private static string Describe(PingReply reply) => reply.Kind switch
    {
        PingReplyKind.Unreachable => reply.Code switch { 0 => "Destination Net Unreachable", 1 => "Destination Host Unreachable", 3 => "Destination Port Unreachable", 10 or 13 => "Packet filtered", _ => $"Destination unreachable, code {reply.Code}" },
        PingReplyKind.TooBig => $"Frag needed and DF set (mtu = {reply.Mtu})",
        PingReplyKind.TimeExceeded => "Time to live exceeded",
        _ => "Parameter problem",
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
        int lost = _sent == 0 ? 0 : (int)((long)(_sent - _times.Count) * 100 / _sent);
        string errors = _errors > 0 ? $" +{_errors} errors," : "";
        _output.Write(string.Create(CultureInfo.InvariantCulture,
            $"\n--- {_options.Name} ping statistics ---\n{_sent} packets transmitted, {_times.Count} received,{errors} {lost}% packet loss, time {(long)(_lastSent - _started).TotalMilliseconds}ms\n"));
        if (_times.Count > 0 && HasClock)
        {
            double mean = _times.Average();
            double deviation = Math.Sqrt(Math.Max(0, _times.Average(t => t * t) - (mean * mean)));
            _output.Write(string.Create(CultureInfo.InvariantCulture, $"rtt min/avg/max/mdev = {_times.Min():F3}/{mean:F3}/{_times.Max():F3}/{deviation:F3} ms\n"));
        }
        else
        {
            _output.Write("\n");
        }

        bool isCutShort = _options.Deadline is not null && _options.Count < int.MaxValue && _times.Count < _options.Count;
        Exit(_times.Count > 0 && !isCutShort ? 0 : 1);
    }
}

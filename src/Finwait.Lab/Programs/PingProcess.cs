using System.Buffers.Binary;
using System.Globalization;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary><c>ping</c> of iputils: echo requests once a second, and what comes back.</summary>
internal sealed class PingProcess : LabProcess
{
    private const int DefaultData = 56;

    private readonly LabHost _host;
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly string _name = "";
    private readonly IpAddress _destination;
    private readonly ushort _identifier;
    private readonly int _count = int.MaxValue;
    private readonly int _size = DefaultData;
    private readonly byte _ttl;
    private readonly TimeSpan _interval = TimeSpan.FromSeconds(1);
    private readonly TimeSpan _wait = TimeSpan.FromSeconds(10);
    private readonly Dictionary<ushort, Instant> _sentAt = [];
    private readonly List<double> _times = [];
    private readonly Instant _started;
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
        _identifier = (ushort)pid;
        _started = Machine.Now;
        _next = Machine.Now;
        for (int i = 0; i < arguments.Length; i++)
        {
            if (!arguments[i].StartsWith('-'))
            {
                _name = arguments[i];
                continue;
            }

            string flag = arguments[i].Length > 1 ? arguments[i][..2] : arguments[i];
            if (flag is "-n" or "-q" or "-4" or "-6" or "-O")
            {
                continue;
            }

            string value = arguments[i].Length > 2 ? arguments[i][2..] : i + 1 < arguments.Length ? arguments[++i] : "";
            bool ok = flag switch
            {
                "-c" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _count) && _count > 0,
                "-s" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _size) && _size <= PingClient.MaxData,
                "-t" => byte.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _ttl) && _ttl > 0,
                "-i" => DurationText.TryParse(value, out _interval) && _interval >= TimeSpan.FromMilliseconds(2),
                "-W" => DurationText.TryParse(value, out _wait),
                _ => false,
            };
            if (!ok)
            {
                Fail(flag is "-c" or "-s" or "-t" or "-i" or "-W" ? $"ping: invalid argument: '{value}'\n" : $"ping: invalid option -- '{flag.TrimStart('-')}'\n", 1);
                return;
            }
        }

        if (_name.Length == 0)
        {
            Fail("ping: usage error: Destination address required\n", 1);
            return;
        }

        if (!Machine.Resolve(_name, out _destination))
        {
            Fail($"ping: {_name}: Name or service not known\n", 2);
            return;
        }

        while (!host.Stack.Ping.Open(_identifier))
        {
            _identifier++;
        }

        _output.Write($"PING {_name} ({_destination}) {_size}({_size + Icmpv4View.HeaderLength + Ipv4View.MinHeaderLength}) bytes of data.\n");
    }

    private void Fail(string message, int status)
    {
        _error.Write(message);
        Exit(status);
    }

    public override Instant Deadline => HasExited ? Instant.Never : Instant.Earlier(_sent < _count ? _next : Instant.Never, _end);

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

        if (_sent < _count && Machine.Now >= _next)
        {
            did = true;
            Send();
        }

        if (_sent >= _count && (_times.Count + _errors >= _count || Machine.Now >= _end))
        {
            Finish();
            return true;
        }

        return did;
    }

    private void Send()
    {
        byte[] data = new byte[_size];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = (byte)i;
        }

        if (_size >= 16)
        {
            long clock = Machine.Epoch + Machine.Now.Microseconds;
            BinaryPrimitives.WriteInt64LittleEndian(data, clock / 1_000_000);
            BinaryPrimitives.WriteInt64LittleEndian(data.AsSpan(8), clock % 1_000_000);
        }

        _sent++;
        ushort sequence = (ushort)_sent;
        _sentAt[sequence] = Machine.Now;
        _lastSent = Machine.Now;
        _next = Machine.Now + _interval;
        _end = Machine.Now + _wait;
        Errno errno = _host.Stack.Ping.Send(Machine.Now, _destination, _identifier, sequence, data, new PingOptions { TimeToLive = _ttl });
        if (errno != Errno.None)
        {
            _errors++;
            _error.Write(errno == Errno.ENETUNREACH && _sent == 1 ? "ping: connect: Network is unreachable\n" : $"ping: sendmsg: {ErrnoText.Of(errno)}\n");
            if (errno == Errno.ENETUNREACH)
            {
                _host.Stack.Ping.Close(_identifier);
                Exit(2);
            }
        }
    }

    private void Show(PingReply reply)
    {
        string from = _name == reply.From.ToString() ? _name : reply.From == _destination ? $"{_name} ({reply.From})" : reply.From.ToString();
        if (reply.Kind == PingReplyKind.Reply && _sentAt.Remove(reply.Sequence, out Instant sent))
        {
            double milliseconds = (reply.Time - sent).TotalMilliseconds;
            _times.Add(milliseconds);
            _output.Write($"{reply.Length + Icmpv4View.HeaderLength} bytes from {from}: icmp_seq={reply.Sequence} ttl={reply.TimeToLive} time={Milliseconds(milliseconds)} ms\n");
            return;
        }

        if (reply.Kind != PingReplyKind.Reply)
        {
            _errors++;
            _output.Write($"From {reply.From} icmp_seq={reply.Sequence} {Describe(reply)}\n");
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
            $"\n--- {_name} ping statistics ---\n{_sent} packets transmitted, {_times.Count} received,{errors} {lost}% packet loss, time {(long)(_lastSent - _started).TotalMilliseconds}ms\n"));
        if (_times.Count > 0)
        {
            double mean = _times.Average();
            double deviation = Math.Sqrt(Math.Max(0, _times.Average(t => t * t) - (mean * mean)));
            _output.Write(string.Create(CultureInfo.InvariantCulture, $"rtt min/avg/max/mdev = {_times.Min():F3}/{mean:F3}/{_times.Max():F3}/{deviation:F3} ms\n"));
        }
        else
        {
            _output.Write("\n");
        }

        Exit(_times.Count > 0 ? 0 : 1);
    }
}

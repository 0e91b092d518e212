using System.Diagnostics;
using Finwait.Stack;

namespace Finwait.Bench;

/// <summary>One connection that carries as much as it can, one way.</summary>
internal sealed class BulkWorkload
{
    private const int WriteSize = 65536;

    private readonly byte[] _text = new byte[WriteSize];
    private readonly byte[] _read = new byte[WriteSize];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly TwoHosts _hosts;
    private readonly int _sender;
    private readonly int _receiver;
    private long _sent;
    private long _received;

    private BulkWorkload(BenchOptions options)
    {
        _hosts = new(options.Mtu);
        (_sender, _receiver) = _hosts.Connect(_hosts.Listen(1));
        new Random(1).NextBytes(_text);
        if (options.Buffer > 0)
        {
            TwoHosts.Check(_hosts.Client.Sockets.SetOption(_hosts.Now, _sender, SocketOption.SendBuffer, options.Buffer / 2), "SO_SNDBUF");
            TwoHosts.Check(_hosts.Server.Sockets.SetOption(_hosts.Now, _receiver, SocketOption.ReceiveBuffer, options.Buffer / 2), "SO_RCVBUF");
        }
    }

    public static BenchResult Run(BenchOptions options)
    {
        var bulk = new BulkWorkload(options);
        Meter.WarmUp(options.Seconds, bulk.Carry);
        TwoHosts hosts = bulk._hosts;
        long packets = hosts.Packets, dataPackets = hosts.DataPackets, octets = bulk._received;
        var meter = new Meter();
        bulk.Carry(options.Seconds);
        double seconds = meter.Seconds;
        long allocated = meter.Allocated;
        packets = hosts.Packets - packets;
        dataPackets = hosts.DataPackets - dataPackets;
        octets = bulk._received - octets;
        return new($"bulk, one connection, MTU {options.Mtu}", "bulk", [("mtu", options.Mtu), ("buffer", options.Buffer)],
        [
            new("gbitPerSecond", octets * 8 / seconds / 1e9, "Gbit/s of payload", 2),
            new("segmentsPerSecond", dataPackets / seconds, "segments with text per second", 0),
            new("packetsPerSecond", packets / seconds, "packets per second, both ways", 0),
            new("allocatedPerSegment", (double)allocated / Math.Max(1, dataPackets), "octets allocated per segment", 3),
            .. meter.Times(seconds),
        ]);
    }

    /// <summary>Carries text for some time.</summary>
    private void Carry(double seconds)
    {
        long until = _clock.ElapsedTicks + (long)(seconds * Stopwatch.Frequency);
        while (_clock.ElapsedTicks < until)
        {
            _hosts.ReadClock(_clock);
            while (_hosts.Client.Sockets.Send(_hosts.Now, _sender, _text.AsSpan((int)(_sent % WriteSize)), SendFlags.None, out int taken) == Errno.None && taken > 0)
            {
                _sent += taken;
            }

            _hosts.Pump();
            while (_hosts.Server.Sockets.Receive(_hosts.Now, _receiver, _read, ReceiveFlags.None, out int given) == Errno.None && given > 0)
            {
                if (_read[0] != _text[(int)(_received % WriteSize)])
                {
                    throw new InvalidOperationException($"octet {_received} came out wrong");
                }

                _received += given;
            }
        }
    }
}

using System.Globalization;
using System.Text;
using Finwait.Wire;

namespace Finwait.Tcp.Tests;

/// <summary>Two connections joined by a wire of fixed delay, on virtual time; the trace is what an engineer would see in the middle.</summary>
internal sealed class TwoHostLab
{
    private readonly List<Flight> _inFlight = [];
    private readonly StringBuilder _trace = new();
    private readonly TimeSpan _delay;
    private long _order;

    public TwoHostLab(TimeSpan? oneWayDelay = null, TcpSettings? a = null, TcpSettings? b = null, uint issA = 1000, uint issB = 5000, int mtu = 1500, int ipHeader = 20)
    {
        _delay = oneWayDelay ?? TimeSpan.FromMilliseconds(10);
        A = new End(this, "A", a ?? new TcpSettings(), issA, mtu, ipHeader);
        B = new End(this, "B", b ?? new TcpSettings(), issB, mtu, ipHeader);
        A.Peer = B;
        B.Peer = A;
    }

    public Instant Now { get; private set; } = Instant.Zero + TimeSpan.FromSeconds(1000);

    public End A { get; }

    public End B { get; }

    /// <summary>Ordinal numbers (from 1) of segments of A, then of B, that the wire loses.</summary>
    public HashSet<int> DropFromA { get; } = [];

    public HashSet<int> DropFromB { get; } = [];

    /// <summary>Print timestamps options too.</summary>
    public bool ShowOptions { get; init; }

    public string Trace => _trace.ToString();

    private Instant Started { get; } = Instant.Zero + TimeSpan.FromSeconds(1000);

    public void Connect()
    {
        B.Listen();
        A.Connect();
        RunFor(TimeSpan.FromSeconds(1));
    }

    /// <summary>Runs until <paramref name="span"/> has passed.</summary>
    public void RunFor(TimeSpan span)
    {
        Instant end = Now + span;
        for (int steps = 0; Step(end); steps++)
        {
            if (steps > 5_000_000)
            {
                throw new InvalidOperationException("the lab does not come to rest\n" + Trace[^Math.Min(4000, Trace.Length)..]);
            }
        }

        Now = end;
    }

    private bool Step(Instant end)
    {
        A.Drain();
        B.Drain();
        Instant next = Instant.Earlier(A.Tcp.NextDeadline, B.Tcp.NextDeadline);
        Flight? flight = _inFlight.Count == 0 ? null : _inFlight.MinBy(f => (f.At.Ticks, f.Order));
        if (flight is not null && flight.At <= next)
        {
            if (flight.At > end)
            {
                return false;
            }

            Now = flight.At;
            _inFlight.Remove(flight);
            flight.To.Deliver(flight);
            return true;
        }

        if (next.IsNever || next > end)
        {
            return false;
        }

        Now = Instant.Later(Now, next);
        A.Tcp.OnTimeout(Now);
        B.Tcp.OnTimeout(Now);
        return true;
    }

    internal void Carry(End from, SegmentPlan plan, byte[] payload, int ordinal)
    {
        bool lost = (from == A ? DropFromA : DropFromB).Contains(ordinal);
        _trace.Append(CultureInfo.InvariantCulture, $"{(Now - Started).TotalSeconds:F3} {from.Name} > {from.Peer.Name} {Describe(plan, ShowOptions)}{(lost ? " (lost)" : "")}\n");
        if (!lost)
        {
            _inFlight.Add(new Flight(Now + _delay, _order++, from.Peer, plan, payload));
        }
    }

    public static string Describe(in SegmentPlan plan, bool options = false)
    {
        StringBuilder text = new();
        text.Append('[');
        foreach ((TcpFlags flag, char letter) in new[] { (TcpFlags.Fin, 'F'), (TcpFlags.Syn, 'S'), (TcpFlags.Rst, 'R'), (TcpFlags.Psh, 'P'), (TcpFlags.Ack, '.'), (TcpFlags.Urg, 'U'), (TcpFlags.Ece, 'E'), (TcpFlags.Cwr, 'W') })
        {
            if ((plan.Flags & flag) != 0)
            {
                text.Append(letter);
            }
        }

        text.Append(CultureInfo.InvariantCulture, $"] seq {plan.Seq}");
        if (plan.PayloadLength > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $":{plan.Seq + plan.PayloadLength}");
        }

        if ((plan.Flags & TcpFlags.Ack) != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" ack {plan.Ack}");
        }

        text.Append(CultureInfo.InvariantCulture, $" win {plan.RawWindow}");
        for (int i = 0; i < plan.Options.SackCount; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $" sack {plan.Options.Sack[i].Left}:{plan.Options.Sack[i].Right}");
        }

        if (options)
        {
            text.Append(CultureInfo.InvariantCulture, $" {plan.Options.Present} mss {plan.Options.Mss} ws {plan.Options.WindowScale} ts {plan.Options.TsVal}/{plan.Options.TsEcr}");
        }

        return text.ToString();
    }

    internal sealed record Flight(Instant At, long Order, End To, SegmentPlan Plan, byte[] Payload);
}

/// <summary>One end of the wire.</summary>
internal sealed class End
{
    private readonly TwoHostLab _lab;
    private readonly uint _iss;
    private readonly int _mtu;
    private readonly int _ipHeader;
    private int _sent;

    public End(TwoHostLab lab, string name, TcpSettings settings, uint iss, int mtu, int ipHeader)
    {
        _lab = lab;
        Name = name;
        Settings = settings;
        _iss = iss;
        _mtu = mtu;
        _ipHeader = ipHeader;
        Buffers = new BufferPool();
        Tcp = new TcpConnection(settings, Buffers);
    }

    public string Name { get; }

    public TcpSettings Settings { get; }

    public BufferPool Buffers { get; }

    public TcpConnection Tcp { get; }

    public End Peer { get; set; } = null!;

    public List<TcpEvent> Events { get; } = [];

    public TcpState State => Tcp.State;

    private OpenParameters Parameters => new() { Iss = new SeqNum(_iss), PathMtu = _mtu, IpHeaderLength = _ipHeader, TimestampOffset = 7 };

    public void Listen() => Tcp.OpenPassive(_lab.Now, Parameters);

    public void Connect() => Tcp.OpenActive(_lab.Now, Parameters);

    public int Send(ReadOnlySpan<byte> data) => Tcp.Send(_lab.Now, data);

    public byte[] ReadAll()
    {
        byte[] buffer = new byte[Tcp.Readable];
        int got = Tcp.Receive(_lab.Now, buffer);
        return buffer[..got];
    }

    public void Drain()
    {
        while (Tcp.PollTransmit(_lab.Now, out SegmentPlan plan))
        {
            byte[] payload = new byte[plan.PayloadLength];
            if (payload.Length > 0)
            {
                Tcp.CopyPayload(plan, payload);
            }

            _lab.Carry(this, plan, payload, ++_sent);
        }

        while (Tcp.PollEvent(out TcpEvent e))
        {
            Events.Add(e);
        }
    }

    public void Deliver(TwoHostLab.Flight flight)
    {
        TcpSegment segment = new()
        {
            Seq = flight.Plan.Seq,
            Ack = flight.Plan.Ack,
            Flags = flight.Plan.Flags,
            RawWindow = flight.Plan.RawWindow,
            UrgentPointer = flight.Plan.UrgentPointer,
            Options = flight.Plan.Options,
            Payload = flight.Payload,
        };
        Tcp.OnSegment(_lab.Now, segment);
    }
}

using System.Globalization;
using System.Text;
using Finwait.Wire;

namespace Finwait.Tcp.Tests;

/// <summary>Two connections joined by a wire of fixed delay, on virtual time; the trace is what an engineer would see in the middle.</summary>
/// <remarks>
/// On a wire of <see cref="WireCase"/> numbers are written, in the trace too, as if A began at 1000 and B at 5000; on the segments these are the last before the wire's edges.
/// </remarks>
internal sealed class TwoHostLab
{
    private readonly PriorityQueue<Flight, (long At, long Order)> _inFlight = new();
    private readonly StringBuilder _trace = new();
    private readonly TimeSpan _delay;
    private readonly bool _isV6;
    private long _order;

    public TwoHostLab(TimeSpan? oneWayDelay = null, TcpSettings? a = null, TcpSettings? b = null, uint issA = 1000, uint issB = 5000, int mtu = 1500, string? wire = null, bool v6 = false)
    {
        _delay = oneWayDelay ?? TimeSpan.FromMilliseconds(10);
        WireCase? where = wire is null ? null : WireCase.Named(wire);
        _isV6 = where?.IsV6 ?? v6;
        int ipHeader = _isV6 ? 40 : 20;
        A = new End(this, "A", a ?? new TcpSettings(), issA, mtu, ipHeader) { Moved = where is null ? 0 : unchecked(where.OurEdge - 1000) };
        B = new End(this, "B", b ?? new TcpSettings(), issB, mtu, ipHeader) { Moved = where is null ? 0 : unchecked(where.PeersEdge - 5000) };
        A.Peer = B;
        B.Peer = A;
    }

    public Instant Now { get; private set; } = Instant.Zero + TimeSpan.FromSeconds(1000);

    public End A { get; }

    public End B { get; }

    /// <summary>Ordinal numbers (from 1) of segments of A, then of B, that the wire loses.</summary>
    public HashSet<int> DropFromA { get; } = [];

    public HashSet<int> DropFromB { get; } = [];

    /// <summary>Ordinal numbers of segments of A, then of B, that the wire holds back this much longer: those behind them overtake.</summary>
    public Dictionary<int, TimeSpan> DelayFromA { get; } = [];

    public Dictionary<int, TimeSpan> DelayFromB { get; } = [];

    /// <summary>Ordinal numbers of segments of A, then of B, that arrive twice.</summary>
    public HashSet<int> DuplicateFromA { get; } = [];

    public HashSet<int> DuplicateFromB { get; } = [];

    /// <summary>Decides about each segment beside the lists: how often it arrives (0: lost) and how much later than the wire's delay.</summary>
    public Func<End, int, (int Copies, TimeSpan Late)>? Weather { get; init; }

    /// <summary>Says which ECN-capable segments a router on the way marks.</summary>
    public Func<End, SegmentPlan, bool>? Marks { get; init; }

    /// <summary>Keep no trace: long runs.</summary>
    public bool Quiet { get; init; }

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

    /// <summary>Runs until nothing is in flight and no timer is due within <paramref name="patience"/>.</summary>
    public void RunUntilQuiet(TimeSpan? patience = null)
    {
        while (true)
        {
            RunFor(TimeSpan.Zero);
            Instant next = Instant.Earlier(A.Tcp.NextDeadline, B.Tcp.NextDeadline);
            if (_inFlight.TryPeek(out _, out (long At, long Order) due))
            {
                next = Instant.Earlier(next, new Instant(due.At));
            }

            if (next.IsNever || next - Now > (patience ?? TimeSpan.FromSeconds(200)))
            {
                return;
            }

            RunFor(next - Now);
        }
    }

    /// <summary>A segment out of nowhere, an old duplicate for instance.</summary>
    public void Inject(End to, SegmentPlan plan)
    {
        plan.Seq += (int)to.Peer.Moved;
        _inFlight.Enqueue(new Flight(to, plan, []), ((Now + _delay).Ticks, _order++));
    }

    /// <summary>A trace written with the windows of IPv4 as it is on this wire: IPv6's shorter segments give other ones, those of Linux in the golden capture 22.</summary>
    public string OnThisWire(string trace) => !_isV6 ? trace : trace.Replace(" win 64240", " win 64800", StringComparison.Ordinal).Replace(" win 65160", " win 64260", StringComparison.Ordinal)
        .Replace(" win 510", " win 503", StringComparison.Ordinal).Replace(" win 502", " win 507", StringComparison.Ordinal);

    private bool Step(Instant end)
    {
        A.Drain();
        B.Drain();
        Instant next = Instant.Earlier(A.Tcp.NextDeadline, B.Tcp.NextDeadline);
        if (_inFlight.TryPeek(out Flight? flight, out (long At, long Order) due) && due.At <= next.Ticks)
        {
            if (due.At > end.Ticks)
            {
                return false;
            }

            Now = new Instant(due.At);
            _inFlight.Dequeue();
            flight.To.Deliver(flight.Plan, flight.Payload);
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
        bool a = from == A;
        bool lost = (a ? DropFromA : DropFromB).Contains(ordinal);
        (int copies, TimeSpan late) = Weather?.Invoke(from, ordinal) ?? (1, TimeSpan.Zero);
        copies += (a ? DuplicateFromA : DuplicateFromB).Contains(ordinal) ? 1 : 0;
        late += (a ? DelayFromA : DelayFromB).GetValueOrDefault(ordinal);
        copies = lost ? 0 : copies;
        if (plan.Ecn is EcnCodepoint.Ect0 or EcnCodepoint.Ect1 && Marks?.Invoke(from, plan) == true)
        {
            plan.Ecn = EcnCodepoint.Ce;
        }

        if (!Quiet)
        {
            _trace.Append(CultureInfo.InvariantCulture, $"{(Now - Started).TotalSeconds:F3} {from.Name} > {from.Peer.Name} {Describe(AsWritten(from, plan), ShowOptions)}{(copies == 0 ? " (lost)" : "")}\n");
        }

        for (int i = 0; i < copies; i++)
        {
            _inFlight.Enqueue(new Flight(from.Peer, plan, payload), ((Now + _delay + late).Ticks, _order++));
        }
    }

    private static SegmentPlan AsWritten(End from, SegmentPlan plan)
    {
        plan.Seq -= (int)from.Moved;
        plan.Ack -= (int)from.Peer.Moved;
        for (int i = 0; i < plan.Options.SackCount; i++)
        {
            SackBlock block = plan.Options.Sack[i];
            plan.Options.Sack[i] = new(block.Left - (int)from.Peer.Moved, block.Right - (int)from.Peer.Moved);
        }

        return plan;
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

    internal sealed record Flight(End To, SegmentPlan Plan, byte[] Payload);
}

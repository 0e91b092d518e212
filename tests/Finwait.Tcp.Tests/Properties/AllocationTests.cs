namespace Finwait.Tcp.Tests;

/// <summary>The hot path allocates nothing.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class AllocationTests
{
    // 10,000 rounds of send, segment, acknowledge and receive between two engines, bulk and request-response, after a warm-up.
    [Theory]
    [InlineData(100, false)]
    [InlineData(1448, false)]
    [InlineData(30_000, false)]
    [InlineData(5000, true)]
    public void SteadyState_TenThousandRounds_AllocateNothing(int octets, bool bothWays)
    {
        BufferPool pool = new();
        TcpConnection a = new(new TcpSettings(), pool), b = new(new TcpSettings(), pool);
        Instant now = Instant.Zero + TimeSpan.FromSeconds(1);
        b.OpenPassive(now, new OpenParameters { Iss = new(900), PathMtu = 1500, IpHeaderLength = 20 });
        a.OpenActive(now, new OpenParameters { Iss = new(5), PathMtu = 1500, IpHeaderLength = 20 });
        byte[] text = Pattern.Slice(0, octets), wire = new byte[70_000], read = new byte[octets];
        Exchange(a, b, ref now, wire);
        Assert.Equal((TcpState.Established, TcpState.Established), (a.State, b.State));
        long received = 0;
        for (int i = 0; i < 2000; i++)
        {
            received += Round(a, b, ref now, text, wire, read, bothWays);
        }

        using AllocationMeter meter = AllocationMeter.Start();
        received = 0;
        for (int i = 0; i < 10_000; i++)
        {
            received += Round(a, b, ref now, text, wire, read, bothWays);
        }

        Assert.Equal(0, meter.Allocated);
        Assert.Equal(10_000L * octets * (bothWays ? 2 : 1), received);
    }

    // The same with disorder: every round a segment is overtaken, reported with SACK, and the hole filled.
    [Fact]
    public void SteadyState_WithReordering_AllocatesNothing()
    {
        BufferPool pool = new();
        TcpConnection a = new(new TcpSettings(), pool), b = new(new TcpSettings(), pool);
        Instant now = Instant.Zero + TimeSpan.FromSeconds(1);
        b.OpenPassive(now, new OpenParameters { Iss = new(900), PathMtu = 1500, IpHeaderLength = 20 });
        a.OpenActive(now, new OpenParameters { Iss = new(5), PathMtu = 1500, IpHeaderLength = 20 });
        byte[] text = Pattern.Slice(0, 2896), wire = new byte[70_000], read = new byte[2896];
        Exchange(a, b, ref now, wire);
        for (int i = 0; i < 2000; i++)
        {
            Overtaken(a, b, ref now, text, wire, read);
        }

        using AllocationMeter meter = AllocationMeter.Start();
        for (int i = 0; i < 10_000; i++)
        {
            Overtaken(a, b, ref now, text, wire, read);
        }

        Assert.Equal(0, meter.Allocated);
    }

    /// <summary>Two segments, of which the second arrives first.</summary>
    private static void Overtaken(TcpConnection a, TcpConnection b, ref Instant now, byte[] text, byte[] wire, byte[] read)
    {
        a.Send(now, text);
        a.PollTransmit(now, out SegmentPlan first);
        a.CopyPayload(first, wire);
        Span<byte> held = wire.AsSpan(30_000, first.PayloadLength);
        wire.AsSpan(0, first.PayloadLength).CopyTo(held);
        Deliver(a, b, now, wire);
        Hand(b, now, first, held);
        Exchange(a, b, ref now, wire);
        if (b.Receive(now, read) != 2896)
        {
            Assert.Fail("the text did not arrive");
        }

        Exchange(a, b, ref now, wire);
    }

    private static long Round(TcpConnection a, TcpConnection b, ref Instant now, byte[] text, byte[] wire, byte[] read, bool bothWays)
    {
        long received = One(a, b, ref now, text, wire, read);
        return bothWays ? received + One(b, a, ref now, text, wire, read) : received;
    }

    private static long One(TcpConnection from, TcpConnection to, ref Instant now, byte[] text, byte[] wire, byte[] read)
    {
        long received = 0;
        int sent = 0;
        while (received < text.Length)
        {
            sent += from.Send(now, text.AsSpan(sent));
            Exchange(from, to, ref now, wire);
            received += to.Receive(now, read);
            Exchange(from, to, ref now, wire);
            now += TimeSpan.FromMilliseconds(50);
            from.OnTimeout(now);
            to.OnTimeout(now);
        }

        return received;
    }

    private static void Exchange(TcpConnection a, TcpConnection b, ref Instant now, byte[] wire)
    {
        while (Deliver(a, b, now, wire) | Deliver(b, a, now, wire))
        {
            now += TimeSpan.FromMicroseconds(10);
        }
    }

    private static bool Deliver(TcpConnection from, TcpConnection to, Instant now, byte[] wire)
    {
        bool any = false;
        while (from.PollTransmit(now, out SegmentPlan plan))
        {
            any = true;
            from.CopyPayload(plan, wire);
            Hand(to, now, plan, wire.AsSpan(0, plan.PayloadLength));
        }

        while (from.PollEvent(out _))
        {
        }

        return any;
    }

    private static void Hand(TcpConnection to, Instant now, in SegmentPlan plan, ReadOnlySpan<byte> text) => to.OnSegment(now, new TcpSegment
    {
        Seq = plan.Seq,
        Ack = plan.Ack,
        Flags = plan.Flags,
        RawWindow = plan.RawWindow,
        Options = plan.Options,
        Payload = text,
    });
}

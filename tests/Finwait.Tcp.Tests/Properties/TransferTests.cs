namespace Finwait.Tcp.Tests;

/// <summary>Two engines over a wire that loses, reorders, delays and duplicates at random, with random applications: what must hold in every run.</summary>
public sealed class TransferTests
{
    /// <summary>Name, and of a hundred segments how many are lost, held back, and doubled.</summary>
    public static TheoryData<string, int, int, int> BadWires => new()
    {
        { "clean", 0, 0, 0 }, { "loss", 5, 0, 0 }, { "heavy loss", 20, 0, 0 }, { "reorder", 0, 30, 0 }, { "duplicate", 0, 0, 30 }, { "everything", 8, 20, 10 },
    };

    // SM-SC-1, SM-SC-7, SM-SC-8, SHLD-14, BUG-01, BUG-05, BUG-06: bytes arrive intact, in order, once; both ends reach CLOSED; nothing is left in the pool.
    // The checkers in both ends look at every segment: right edge never left, nothing beyond the peer's edge, options and sizes legal.
    [Theory]
    [MemberData(nameof(BadWires))]
    public void Transfer_OverBadWires_IsIntactAndEnds(string name, int loss, int late, int twice)
    {
        for (int seed = 1; seed <= 25; seed++)
        {
            Run(name, seed, loss, late, twice, v6: seed % 2 == 0);
        }
    }

    // Seeds that found something: options that made a segment too long, a probe of a segment the peer had reported, losses out of their order.
    [Theory]
    [InlineData("heavy loss", 20, 0, 0, 169)]
    [InlineData("loss", 5, 0, 0, 901)]
    [InlineData("heavy loss", 20, 0, 0, 831)]
    [InlineData("everything", 8, 20, 10, 3131)]
    [InlineData("heavy loss", 20, 0, 0, 6806)]
    public void Transfer_OverAWireThatFoundAFault_IsIntactAndEnds(string name, int loss, int late, int twice, int seed) => Run(name, seed, loss, late, twice);

    // The same for thousands of seeds.
    [Theory]
    [Trait("Category", "Long")]
    [MemberData(nameof(BadWires))]
    public void Transfer_OverBadWires_ThousandsOfSeeds_IsIntactAndEnds(string name, int loss, int late, int twice)
    {
        for (int seed = 26; seed <= 1000; seed++)
        {
            Run(name, seed, loss, late, twice, v6: seed % 2 == 0);
        }
    }

    private static void Run(string name, int seed, int loss, int late, int twice, bool v6 = false)
    {
        Random random = new(seed);
        int calm = 0;
        TwoHostLab lab = new(
            TimeSpan.FromMilliseconds(random.Next(1, 60)),
            RandomSettings(random),
            RandomSettings(random),
            unchecked((uint)-random.Next(0, 60_000)),
            unchecked((uint)(int.MinValue - random.Next(0, 60_000))),
            random.Next(3) switch { 0 => v6 ? 1280 : 576, 1 => 1500, _ => 9000 },
            v6: v6)
        {
            Quiet = true,
            Weather = (_, _) =>
            {
                // A wire that loses everything for too long would end the connection by right: never more than six in a row.
                bool lost = random.Next(100) < loss && ++calm < 6;
                calm = lost ? calm : 0;
                return (lost ? 0 : random.Next(100) < twice ? 2 : 1, random.Next(100) < late ? TimeSpan.FromMilliseconds(random.Next(1, 300)) : TimeSpan.Zero);
            },
        };
        lab.B.Listen();
        lab.A.Connect();
        int toSendA = random.Next(0, 200_000), toSendB = random.Next(0, 200_000);
        bool closedA = false, closedB = false;
        for (int turn = 0; turn < 20_000 && !(lab.A.State == TcpState.Closed && lab.B.State == TcpState.Closed); turn++)
        {
            closedA |= Act(random, lab.A, toSendA, closedA, lab.Now);
            closedB |= Act(random, lab.B, toSendB, closedB, lab.Now);
            lab.RunFor(TimeSpan.FromMilliseconds(closedA && closedB ? 1000 : random.Next(1, 100)));
        }

        string where = $"{name}, seed {seed}: {lab.A.State} {lab.A.Tcp.Error} {lab.A.BytesRead}/{toSendB}, {lab.B.State} {lab.B.Tcp.Error} {lab.B.BytesRead}/{toSendA}";
        Assert.True((TcpState.Closed, TcpState.Closed) == (lab.A.State, lab.B.State), where);
        Assert.True((TcpError.None, TcpError.None) == (lab.A.Tcp.Error, lab.B.Tcp.Error), where);
        Assert.True((toSendB, toSendA) == (lab.A.BytesRead, lab.B.BytesRead), where);
        Assert.True((0, 0) == (lab.A.LentWhenIdle, lab.B.LentWhenIdle), where);
        Assert.True(lab.A.Tcp.NextDeadline.IsNever && lab.B.Tcp.NextDeadline.IsNever, where);
    }

    /// <summary>One turn of an application: reads a bit, writes a bit, ends its direction when all is said. True from then on.</summary>
    private static bool Act(Random random, End end, int toSend, bool closed, Instant now)
    {
        if (random.Next(3) > 0)
        {
            end.ReadPattern(random.Next(4) == 0 ? random.Next(1, 100) : int.MaxValue);
        }

        int left = toSend - (int)end.BytesSent;
        if (left > 0 && end.Tcp.CanSend)
        {
            end.SendPattern(Math.Min(left, random.Next(5) == 0 ? random.Next(1, 20) : random.Next(1, 40_000)));
            end.Tcp.NoDelay = random.Next(2) == 0;
        }

        if (closed || end.BytesSent < toSend || end.State is TcpState.Listen or TcpState.SynSent)
        {
            return closed;
        }

        end.Tcp.ShutdownSend(now);
        return true;
    }

    private static TcpSettings RandomSettings(Random random) => new()
    {
        Timestamps = random.Next(2) == 0,
        Sack = random.Next(3) > 0,
        WindowScaling = random.Next(2) == 0,
        TailLossProbe = random.Next(2) == 0,
        CongestionControl = random.Next(3) switch { 0 => "reno", 1 => "cubic", _ => "bbr" },
        Ecn = random.Next(6),
        EcnOption = random.Next(4),
        SegmentationOffload = random.Next(2) == 0,
        ReceiveBuffer = random.Next(3) switch { 0 => (4096, 5000, 5000), 1 => (4096, 30_000, 30_000), _ => (4096, 131_072, 6_291_456) },
        SendBuffer = random.Next(2) == 0 ? (4096, 6000, 6000) : (4096, 16_384, 4_194_304),
        RtoMax = TimeSpan.FromSeconds(2),                       // by Karn's rule the back-off of a wire without timestamps may last for minutes
        MaxOutOfOrderRanges = random.Next(3) == 0 ? 2 : 1024,
    };

    // Half-duplex at its slowest: a reader of one octet at a time and a window of one segment.
    [Theory, OnEveryWire]
    public void Transfer_ToAReaderOfSingleOctets_IsIntact(string wire)
    {
        TwoHostLab lab = new(TimeSpan.FromMilliseconds(1), b: new TcpSettings { ReceiveBuffer = (2304, 2304, 2304) }, wire: wire) { Quiet = true };
        lab.Connect();
        for (int i = 0; i < 40_000 && lab.B.BytesRead < 10_000; i++)
        {
            lab.A.SendPattern(Math.Min(500, 10_000 - (int)lab.A.BytesSent));
            lab.RunFor(TimeSpan.FromMilliseconds(1));
            lab.B.ReadPattern(1);
        }

        Assert.Equal(10_000, lab.B.BytesRead);
    }

    // X-LIM-1: bulk in both directions at once keeps memory within the buffers' sizes.
    [Theory, OnEveryWire]
    public void Transfer_InBothDirections_MemoryStaysWithinTheBuffers(string wire)
    {
        TwoHostLab lab = new(TimeSpan.FromMilliseconds(5), wire: wire) { Quiet = true };
        lab.Connect();
        long most = 0;
        for (int i = 0; i < 200; i++)
        {
            lab.A.SendPattern(100_000);
            lab.B.SendPattern(100_000);
            lab.RunFor(TimeSpan.FromMilliseconds(3));
            lab.A.ReadPattern();
            lab.B.ReadPattern();
            most = Math.Max(most, lab.A.Buffers.Lent);
        }

        Assert.True(lab.A.BytesRead > 1_000_000);
        Assert.InRange(most, 1, 4_194_304 + 131_072);
    }
}

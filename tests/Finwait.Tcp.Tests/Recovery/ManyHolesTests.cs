namespace Finwait.Tcp.Tests;

/// <summary>Ten thousand holes: the work for each acknowledgment and each segment must not grow with them.</summary>
public sealed class ManyHolesTests
{
    private const int Segments = 20_000;
    private const int Octets = 48;                              // the least MSS taken from a peer

    private static ScriptedPeer Sender(string wire)
    {
        TcpSettings settings = PathPeer.Settings(s => (s.InitialWindow, s.SendBuffer) = (Segments, (4096, 1 << 22, 1 << 22)));
        ScriptedPeer peer = PathPeer.Open(wire, 0, "mss 48,sackOK,ws 7", settings: settings);
        Assert.Equal(Octets, peer.Info().SendMss);
        peer.In("[.] 1 ack 1 win 65535");                       // scaled: eight million
        peer.Send(Segments * Octets);
        Assert.Equal(Segments, peer.Info().Unacked);
        return peer;
    }

    private static string Block(int segment) => $"sack {1 + (segment * Octets)}:{1 + ((segment + 1) * Octets)}";

    // BUG-20: every second segment is reported, four blocks in an acknowledgment, three of them old: the segments looked at stay in proportion to segments and blocks.
    [Theory]
    [OnEveryWire("up")]
    [OnEveryWire("down")]
    [OnEveryWire("shuffled")]
    public void EverySecondSegmentReported_WorkIsLinear(string wire, string order)
    {
        ScriptedPeer peer = Sender(wire);
        int[] reported = [.. Enumerable.Range(0, Segments / 2).Select(i => (2 * i) + 1)];
        if (order == "down")
        {
            Array.Reverse(reported);
        }
        else if (order == "shuffled")
        {
            new Random(7).Shuffle(reported);
        }

        peer.QuietUntil(0.1);
        uint before = peer.Tcp.SegmentsVisited;
        int blocks = 0;
        for (int i = 0; i < reported.Length; i++)
        {
            string[] list = [.. Enumerable.Range(0, Math.Min(4, i + 1)).Select(back => Block(reported[i - back]))];
            blocks += list.Length;
            peer.In($"[.] 1 ack 1 win 65535 <{string.Join(',', list)}>");
        }

        peer.RunUntil(0.2);                                     // in another order than they were sent: the settling time first
        Assert.Equal(Segments / 2, peer.Info().Sacked);
        Assert.True(peer.Info().Lost >= (Segments / 2) - 3, $"{peer.Info().Lost} lost");
        peer.In($"[.] 1 ack {1 + (Segments * Octets)} win 65535");
        Assert.Equal((0, 0, 0), (peer.Info().Unacked, peer.Info().Sacked, peer.Info().Lost));
        Assert.InRange(peer.Tcp.SegmentsVisited - before, 1u, 3u * (uint)(Segments + blocks));
    }

    // BUG-20: one block that grows: what it reported before is not walked over again.
    [Theory, OnEveryWire]
    public void OneBlockThatGrows_WorkIsLinear(string wire)
    {
        ScriptedPeer peer = Sender(wire);
        uint before = peer.Tcp.SegmentsVisited;
        for (int segment = 1; segment <= 2000; segment++)
        {
            peer.In($"[.] 1 ack 1 win 65535 <sack {1 + Octets}:{1 + ((segment + 1) * Octets)}>");
        }

        Assert.Equal(2000, peer.Info().Sacked);
        Assert.InRange(peer.Tcp.SegmentsVisited - before, 2000u, 5u * 2000);
    }

    // BUG-20: blocks of single octets cover no segment: nothing is marked, and next to nothing is looked at.
    [Theory, OnEveryWire]
    public void EverySecondOctetReported_MarksNothing(string wire)
    {
        ScriptedPeer peer = Sender(wire);
        uint before = peer.Tcp.SegmentsVisited;
        for (int at = 2; at < 2 + 8000; at += 8)
        {
            peer.In($"[.] 1 ack 1 win 65535 <sack {at}:{at + 1},sack {at + 2}:{at + 3},sack {at + 4}:{at + 5}>");
        }

        Assert.Equal((0, 0), (peer.Info().Sacked, peer.Info().Lost));
        Assert.InRange(peer.Tcp.SegmentsVisited - before, 0u, 3000u);
    }

    // BUG-20: every second octet comes, then the holes are filled: ranges at the ends of the list go and come without moving the others.
    [Theory]
    [OnEveryWire("up", "up", 0)]
    [OnEveryWire("down", "up", 0)]
    [OnEveryWire("up", "down", 0)]
    [OnEveryWire("shuffled", "shuffled", 256)]
    public void EverySecondOctetReceived_FewRangesMove(string wire, string order, string filling, int mostPerSegment)
    {
        const int Holes = 1000;
        ScriptedPeer peer = ScriptedPeer.InState(wire, "ES", "mss 1000,sackOK", new TcpSettings { ReceiveBuffer = (4096, 1 << 22, 1 << 22) });
        foreach (int i in Ordered(order, Holes))
        {
            peer.In($"[.] {2 + (2 * i)}:{3 + (2 * i)} ack 1");
        }

        foreach (int i in Ordered(filling, Holes))
        {
            peer.In($"[.] {1 + (2 * i)}:{2 + (2 * i)} ack 1");
        }

        Assert.Equal(2 * Holes, peer.ReadAll());
        Assert.InRange(peer.Buffers.RangesMoved, 0u, (uint)(mostPerSegment * 2 * Holes));
    }

    // BUG-20: no more ranges are held than the setting says, and what was dropped is taken when it comes again.
    [Fact]
    public void TenThousandHoles_AreBoundedByTheSetting()
    {
        BufferPool pool = new();
        Reassembler reassembler = default;
        int dropped = 0;
        byte[] text = [1];
        for (int i = 0; i < 10_000; i++)
        {
            dropped += reassembler.Insert(1 + (2 * i), text, 1024, pool).Dropped ? 1 : 0;
        }

        Assert.Equal((1024, 10_000 - 1024), (reassembler.RangesAhead, dropped));
        for (int i = 0; i < 20_000; i++)
        {
            reassembler.Insert(i, text, 1024, pool);
        }

        Assert.Equal((20_000, 0, 0u), (reassembler.Readable, reassembler.RangesAhead, pool.RangesMoved));
    }

    private static int[] Ordered(string order, int count)
    {
        int[] numbers = [.. Enumerable.Range(0, count)];
        if (order == "down")
        {
            Array.Reverse(numbers);
        }
        else if (order == "shuffled")
        {
            new Random(11).Shuffle(numbers);
        }

        return numbers;
    }
}

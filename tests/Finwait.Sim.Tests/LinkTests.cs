using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Sim.Tests;

[Collection(nameof(AloneInTheProcess))]
public class LinkTests
{
    [Fact]
    public void Send_PerfectLink_ArrivesAtOnceInOrder()
    {
        LinkRig rig = new("");
        rig.SendMany(100);
        rig.RunTo(Instant.Zero);

        Assert.Equal(Enumerable.Range(0, 100), rig.Order);
        Assert.Equal((100L, 100L, 0L, 0), (rig.Link.Counters.Offered, rig.Link.Counters.Delivered, rig.Link.Counters.Lost, rig.Pool.Lent));
        Assert.True(rig.Link.NextDeadline.IsNever);
    }

    [Fact]
    public void Send_Delay_ArrivesExactlyThen()
    {
        LinkRig rig = new("delay 10ms");
        rig.Send();
        rig.RunTo(LinkRig.At(3));
        rig.Send();

        Assert.Equal(LinkRig.At(10), rig.Link.NextDeadline);
        rig.RunTo(LinkRig.At(9.9999));
        Assert.Empty(rig.Arrived);
        rig.RunOut();
        Assert.Equal([(0, LinkRig.At(10)), (1, LinkRig.At(13))], rig.Arrived);
    }

    // The times on the wire: length × 8 / rate; frames follow each other without a gap.
    [Theory]
    [InlineData("rate 10mbit", 1250, 1, 2, 3)]
    [InlineData("rate 10mbit delay 5ms", 1250, 6, 7, 8)]
    [InlineData("rate 1mbps", 1000, 1, 2, 3)]
    [InlineData("rate 10mbit 250", 1000, 1, 2, 3)]
    [InlineData("rate 10mbit -14", 1264, 1, 2, 3)]
    [InlineData("rate 53kbit 0 48 5", 50, 16, 32, 48)] // ATM: 50 octets take two cells of 53
    [InlineData("rate 53kbit 0 48 5", 48, 8, 16, 24)]
    public void Send_Rate_SpacesFramesByTheirLength(string settings, int length, double first, double second, double third)
    {
        LinkRig rig = new(settings);
        rig.SendMany(3, length);
        rig.RunOut();

        Assert.Equal([LinkRig.At(first), LinkRig.At(second), LinkRig.At(third)], rig.Arrived.Select(a => a.Time));
    }

    // tc-netem(8): "a rate of 5kbit, a per packet overhead of 20 byte, a cellsize of 100 byte and a per celloverhead of 5 byte".
    [Fact]
    public void Send_ManualsExample_CountsCells()
    {
        LinkRig rig = new("rate 5kbit 20 100 5");
        rig.Send(100); // 120 octets, two cells, 210 octets on the wire

        Assert.Equal(Instant.Zero + TimeSpan.FromSeconds(210 * 8 / 5000.0), rig.Link.NextDeadline);
    }

    [Fact]
    public void Send_FastRate_KeepsToItOverManyShortFrames()
    {
        LinkRig rig = new("rate 7gbit limit 100000");
        rig.SendMany(7_000, 60); // each takes 68.57 ns, less than a tick
        rig.RunOut();

        double seconds = rig.Arrived[^1].Time.SinceStart.TotalSeconds;
        Assert.Equal(7_000 * 60 * 8 / 7e9, seconds, 7);
    }

    [Fact]
    public void Send_RateAfterIdleTime_StartsAnew()
    {
        LinkRig rig = new("rate 10mbit");
        rig.Send(1250);
        rig.RunTo(LinkRig.At(100));
        rig.Send(1250);
        rig.RunOut();

        Assert.Equal([LinkRig.At(1), LinkRig.At(101)], rig.Arrived.Select(a => a.Time));
    }

    // netem's limit counts all that it holds, what is under way included.
    [Fact]
    public void Send_MoreThanTheLimit_IsDroppedAtTheTail()
    {
        LinkRig rig = new("limit 5 delay 10ms");
        rig.SendMany(8);
        Assert.Equal(5, rig.Link.Count);
        rig.RunOut();
        rig.Send();
        rig.RunOut();

        Assert.Equal([0, 1, 2, 3, 4, 8], rig.Order);
        Assert.Equal((3L, 0), (rig.Link.Counters.LostByLimit, rig.Pool.Lent));
    }

    [Theory]
    // Mean and deviation of the last three named are those of iproute2's tables; of an even spread the deviation is jitter / √3.
    [InlineData("delay 10ms 2ms", 8, 12, 10, 1.155)]
    [InlineData("delay 10ms 2ms distribution normal", 2, 18, 10, 2)]
    [InlineData("delay 10ms 2ms distribution pareto", 8.66, 18.01, 9.933, 1.639)]
    [InlineData("delay 10ms 2ms distribution paretonormal", 6.9, 18.01, 9.949, 1.668)]
    [InlineData("delay 1ms 2ms", 0, 3, 1.125, 0.98)]
    public void Send_Jitter_SpreadsAsTheDistributionSays(string settings, double least, double most, double mean, double deviation)
    {
        LinkRig rig = new(settings + " limit 20000");
        rig.SendMany(20_000);
        rig.RunOut();
        double[] delays = [.. rig.Arrived.Select(a => a.Time.SinceStart.TotalMilliseconds)];

        Assert.Equal(20_000, delays.Length);
        Assert.InRange(delays.Min(), least, mean);
        Assert.InRange(delays.Max(), mean, most);
        Assert.InRange(delays.Average(), mean - 0.1, mean + 0.1);
        double average = delays.Average();
        Assert.InRange(Math.Sqrt(delays.Average(d => (d - average) * (d - average))), deviation * 0.93, deviation * 1.07);
    }

    [Theory]
    [InlineData("loss 1%", 0.01)]
    [InlineData("loss 50%", 0.5)]
    [InlineData("loss 100%", 1)]
    [InlineData("loss 30% 25%", 0.25)] // the deprecated correlation pulls the share towards the middle's far side, as it does in netem
    [InlineData("loss gemodel 1%", 0.0099)] // p / (p + r), r = 1 − p: p
    [InlineData("loss gemodel 5% 20%", 0.2)] // p / (p + r)
    [InlineData("loss gemodel 5% 20% 50% 10%", 0.18)] // 0.2 × 0.5 + 0.8 × 0.1
    [InlineData("loss state 5% 20%", 0.2)]
    [InlineData("loss state 0% 100% 0% 0% 10%", 0.0909)] // single losses only: p14 / (1 + p14)
    public void Send_Loss_TakesItsShare(string settings, double expected)
    {
        LinkRig rig = new(settings);
        rig.SendAndTake(50_000);
        double share = rig.Link.Counters.LostByModel / 50_000.0;

        Assert.InRange(share, (expected * 0.85) - 0.002, (expected * 1.15) + 0.002);
        Assert.Equal(50_000 - rig.Link.Counters.LostByModel, rig.Arrived.Count);
        Assert.Equal(0, rig.Pool.Lent);
    }

    // Losses of a Gilbert–Elliott link come in bursts: their mean length is 1 / r.
    [Fact]
    public void Send_BurstLoss_ComesInBursts()
    {
        LinkRig rig = new("loss gemodel 1% 25%");
        rig.SendAndTake(100_000);
        bool[] isThere = new bool[100_000];
        rig.Arrived.ForEach(a => isThere[a.Frame] = true);
        int bursts = Enumerable.Range(1, 99_999).Count(i => !isThere[i] && isThere[i - 1]);

        Assert.InRange((double)rig.Link.Counters.LostByModel / bursts, 3.6, 4.4);
    }

    [Fact]
    public void Send_SingleLossModel_NeverLosesTwoInARow()
    {
        LinkRig rig = new("loss state 0% 0% 0% 0% 30%"); // a burst would never end
        rig.SendAndTake(30_000);

        Assert.True(rig.Link.Counters.LostByModel > 5_000);
        Assert.All(rig.Arrived.Zip(rig.Arrived.Skip(1)), pair => Assert.True(pair.Second.Frame - pair.First.Frame <= 2));
    }

    [Fact]
    public void Send_Duplicate_ComesTwiceInOrder()
    {
        LinkRig rig = new("duplicate 100% delay 1ms");
        rig.SendMany(3);
        rig.RunOut();

        Assert.Equal([0, 0, 1, 1, 2, 2], rig.Order);
        Assert.Equal((3L, 6L, 3L, 0), (rig.Link.Counters.Offered, rig.Link.Counters.Delivered, rig.Link.Counters.Duplicated, rig.Pool.Lent));
    }

    [Fact]
    public void Send_Corrupt_FlipsExactlyOneBit()
    {
        LinkRig rig = new("corrupt 100%");
        byte[] sent = new byte[60];
        for (int i = 0; i < 500; i++)
        {
            rig.Send([.. sent]);
        }

        rig.RunOut();
        Assert.All(rig.Bytes, bytes => Assert.Equal(1, bytes.Sum(octet => System.Numerics.BitOperations.PopCount(octet))));
        Assert.True(rig.Bytes.Select(bytes => Array.FindIndex(bytes, octet => octet != 0)).Distinct().Count() > 50);
        Assert.Equal(500, rig.Link.Counters.Corrupted);
    }

    // tc-netem(8): "To cause a repeatable pattern where every 5th packet is reordered reliably, a reorder probability of 100% can be used."
    [Fact]
    public void Send_ReorderWithGap_EveryFifthGoesAtOnce()
    {
        LinkRig rig = new("delay 10ms reorder 100% gap 5");
        rig.SendMany(11);
        rig.RunOut();

        Assert.Equal([9, 4, 0, 1, 2, 3, 5, 6, 7, 8, 10], rig.Order);
        Assert.Equal([4, 9], rig.Arrived.Where(a => a.Time == Instant.Zero).Select(a => a.Frame).Order());
        Assert.Equal(2, rig.Link.Counters.Reordered);
    }

    [Fact]
    public void Send_ReorderByChance_TakesItsShare()
    {
        LinkRig rig = new("delay 10ms reorder 25% limit 100000");
        rig.SendMany(20_000);

        Assert.InRange(rig.Link.Counters.Reordered, 4_700, 5_300);
    }

    // Ethernet and bare IP, both versions; RFC 3168 §5: only ECN-capable packets are marked, and the header checksum stays right.
    [Theory]
    [InlineData("10.0.0.1", "10.0.0.2", 0x02, 0x03)]
    [InlineData("10.0.0.1", "10.0.0.2", 0xB9, 0xBB)]
    [InlineData("fd00::1", "fd00::2", 0x02, 0x03)]
    [InlineData("10.0.0.1", "10.0.0.2", 0x00, -1)]
    [InlineData("fd00::1", "fd00::2", 0xB8, -1)]
    public void Send_EcnInsteadOfLoss_MarksCapablePackets(string from, string to, byte tos, int expected)
    {
        foreach (bool isEthernet in (bool[])[true, false])
        {
            LinkRig rig = new("loss 100% ecn", isEthernet: isEthernet);
            rig.Send(LinkRig.Tcp(TcpFlags.Ack, tos: tos, from: from, to: to)[(isEthernet ? 0 : 14)..]);
            rig.RunOut();

            Assert.Equal(expected >= 0 ? (1L, 0L) : (0L, 1L), (rig.Link.Counters.Marked, rig.Link.Counters.LostByModel));
            if (expected >= 0)
            {
                ReadOnlySpan<byte> packet = rig.Bytes[0].AsSpan(isEthernet ? 14 : 0);
                if (Ipv4View.TryParse(packet, out Ipv4View v4) == WireError.None)
                {
                    Assert.Equal(expected, v4.TypeOfService);
                    Assert.True(v4.HasValidChecksum());
                }
                else
                {
                    Ipv6View.TryParse(packet, out Ipv6View v6);
                    Assert.Equal(expected, v6.TrafficClass);
                }
            }
        }
    }

    [Fact]
    public void Cut_FramesUnderWay_AreLostUntilHealed()
    {
        LinkRig rig = new("delay 10ms");
        rig.SendMany(2);
        rig.Link.Cut(rig.Now);
        rig.Send();
        Assert.True(rig.Link.NextDeadline.IsNever);
        rig.Link.Heal();
        rig.Send();
        rig.RunOut();

        Assert.Equal([3], rig.Order);
        Assert.Equal((3L, 3L, 0), (rig.Link.Counters.LostByCut, rig.Link.Counters.Lost, rig.Pool.Lent));
    }

    [Fact]
    public void IsHeld_FramesWait_AndArriveAtOnceAfterwards()
    {
        LinkRig rig = new("delay 10ms");
        rig.SendMany(2);
        rig.Link.IsHeld = true;
        Assert.True(rig.Link.NextDeadline.IsNever);
        rig.RunTo(LinkRig.At(50));
        rig.Send();
        Assert.Empty(rig.Arrived);
        rig.Link.IsHeld = false;
        rig.RunOut();

        Assert.Equal([(0, LinkRig.At(50)), (1, LinkRig.At(50)), (2, LinkRig.At(60))], rig.Arrived);
    }

    // One chance never shifts another's: with corruption and jitter switched on the same frames are lost.
    [Fact]
    public void Send_OtherImpairmentsSwitchedOn_TheSameFramesAreLost()
    {
        static List<int> Survivors(string settings)
        {
            LinkRig rig = new(settings, seed: 5);
            rig.SendMany(500);
            rig.RunOut();
            return [.. rig.Arrived.Select(a => a.Frame).Order()];
        }

        List<int> survivors = Survivors("loss 20% limit 100000");
        Assert.InRange(survivors.Count, 350, 450);
        Assert.Equal(survivors, Survivors("loss 20% delay 5ms 2ms reorder 10% limit 100000"));
        Assert.NotEqual(survivors, Survivors("loss 20% 1% limit 100000"));
    }

    [Fact]
    public void Send_SameSeed_GivesTheSameRun()
    {
        static (string, long) Run(ulong seed)
        {
            LinkRig rig = new("delay 5ms 3ms 20% distribution pareto loss 5% duplicate 5% corrupt 5% reorder 5% rate 50mbit", seed);
            rig.SendMany(900);
            rig.RunOut();
            return (string.Join(' ', rig.Bytes.Select(Convert.ToHexString)), rig.Arrived.Sum(a => a.Time.Ticks));
        }

        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));
    }

    [Fact]
    public void Tap_EveryFate_IsWrittenDown()
    {
        LinkRig rig = new("delay 10ms limit 2");
        rig.Link.AddRule(FaultRule.Parse("drop nth 1"));
        rig.Link.Tap = new LinkTap(3);
        rig.SendMany(4);
        rig.RunOut();

        // Six lines into room for three: the oldest gave way.
        Assert.Equal(3, rig.Link.Tap.Dropped);
        List<LinkRecord> records = [];
        while (rig.Link.Tap.TryTake(out LinkRecord record))
        {
            records.Add(record);
        }

        Assert.Equal([LinkOutcome.LostByLimit, LinkOutcome.Delivered, LinkOutcome.Delivered], records.Select(r => r.Outcome));
        rig.Link.Tap = new LinkTap();
        rig.Link.Settings = LinkSettings.Parse("delay 1ms corrupt 100%");
        rig.Send();
        Assert.True(rig.Link.Tap.TryTake(out LinkRecord last));
        Assert.Equal((LinkOutcome.Queued, rig.Now + TimeSpan.FromMilliseconds(1), true), (last.Outcome, last.Arrives, last.IsCorrupted));
    }

    [Fact]
    public void Send_TenThousandFrames_AllocatesNothing()
    {
        LinkRig rig = new("delay 5ms 1ms loss 1% duplicate 1% corrupt 1% reorder 1% rate 10gbit");
        rig.Link.AddRule(FaultRule.Parse("drop tcp flags SYN SYN dport 81"));
        rig.Link.AddRule(FaultRule.Parse("delay 1ms tcp data every 100"));
        rig.Link.Tap = new LinkTap(100);
        byte[] frame = LinkRig.Tcp(TcpFlags.Ack, payload: 1000);
        Round(rig, frame, 3_000);
        using AllocationMeter meter = AllocationMeter.Start();

        Round(rig, frame, 10_000);

        Assert.Equal(0, meter.Allocated);
    }

    private static void Round(LinkRig rig, byte[] frame, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Stack.PacketBuffer buffer = rig.Pool.Rent(frame.Length);
            frame.CopyTo(buffer.Span);
            rig.Link.Send(rig.Now, buffer);
            while (rig.Link.Count > 500 && rig.Link.TryTake(rig.Link.NextDeadline, out Stack.PacketBuffer? arrived))
            {
                arrived.Release();
            }
        }
    }
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

public class InitialSequenceTests
{
    private static readonly IpAddress Romeo = IpAddress.FromV4(10, 10, 1, 100);
    private static readonly IpAddress Juliet = IpAddress.FromV4(10, 10, 2, 100);

    // MUST-8, X-6528-1: a clock of 4 µs per step; one four-tuple is monotonic.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 0)]
    [InlineData(4, 1)]
    [InlineData(1_000_000, 250_000)]
    [InlineData(17_179_869_184, 0)] // 2^32 steps of 4 µs: once round the circle
    public void Next_SameTupleLater_MovesOnByOneEveryFourMicroseconds(long microseconds, uint steps)
    {
        InitialSequence isn = new(1, 2);
        SeqNum first = isn.Next(Instant.Zero, Romeo, 40000, Juliet, 80);
        SeqNum later = isn.Next(new Instant(microseconds * 10), Romeo, 40000, Juliet, 80);
        Assert.Equal(steps, unchecked(later.Value - first.Value));
    }

    // SHLD-1, BUG-26: different four-tuples and different secrets have unrelated offsets.
    [Fact]
    public void Next_NeighbouringTuples_AreSpreadEvenlyAndNeverAlike()
    {
        InitialSequence isn = new(0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210);
        HashSet<uint> seen = [];
        int[] buckets = new int[16];
        const int Count = 16_000;
        uint previous = 0;
        HashSet<uint> differences = [];
        for (int i = 0; i < Count; i++)
        {
            uint value = isn.Next(Instant.Zero, Romeo, (ushort)(32768 + i), Juliet, 80).Value;
            buckets[value >> 28]++;
            seen.Add(value);
            differences.Add(unchecked(value - previous));
            previous = value;
        }

        Assert.InRange(seen.Count, Count - 3, Count); // the birthday bound allows 0.03 repeats
        Assert.InRange(differences.Count, Count - 3, Count);
        Assert.All(buckets, n => Assert.InRange(n, 850, 1150)); // 1000 expected, sigma 31
    }

    // MUST-9: every part of the tuple and both halves of the secret count.
    [Fact]
    public void Next_AnyInputChanged_GivesAnotherNumber()
    {
        SeqNum origin = new InitialSequence(1, 2).Next(Instant.Zero, Romeo, 1, Juliet, 2);
        SeqNum[] others =
        [
            new InitialSequence(3, 2).Next(Instant.Zero, Romeo, 1, Juliet, 2),
            new InitialSequence(1, 3).Next(Instant.Zero, Romeo, 1, Juliet, 2),
            new InitialSequence(1, 2).Next(Instant.Zero, Juliet, 1, Juliet, 2),
            new InitialSequence(1, 2).Next(Instant.Zero, Romeo, 3, Juliet, 2),
            new InitialSequence(1, 2).Next(Instant.Zero, Romeo, 1, Romeo, 2),
            new InitialSequence(1, 2).Next(Instant.Zero, Romeo, 1, Juliet, 3),
            new InitialSequence(1, 2).Next(Instant.Zero, IpAddress.FromV6(Romeo.High, Romeo.Low), 1, IpAddress.FromV6(Juliet.High, Juliet.Low), 2),
        ];
        Assert.All(others, o => Assert.True(Math.Abs(o - origin) > 1000));
    }

    // X-7323-16: a fixed offset per connection, unrelated to the sequence numbers.
    [Fact]
    public void TimestampOffset_SameTuple_IsTheSameAndNotTheSequenceNumber()
    {
        InitialSequence isn = new(1, 2);
        uint offset = isn.TimestampOffset(Romeo, 1, Juliet, 2);
        Assert.Equal(offset, isn.TimestampOffset(Romeo, 1, Juliet, 2));
        Assert.NotEqual(offset, isn.TimestampOffset(Romeo, 3, Juliet, 2));
        Assert.NotEqual(offset, isn.Next(Instant.Zero, Romeo, 1, Juliet, 2).Value);
    }
}

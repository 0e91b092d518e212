namespace Finwait.Sim.Tests;

public class SeededRandomTests
{
    // The test vector of the generator's authors (state 1, 2, 3, 4).
    [Fact]
    public void NextUInt64_KnownState_GivesThePublishedNumbers()
    {
        SeededRandom random = new(1, 2, 3, 4);
        ulong[] expected =
        [
            11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600,
            16172922978634559625, 8476171486693032832, 10595114339597558777, 2904607092377533576,
        ];

        Assert.Equal(expected, expected.Select(_ => random.NextUInt64()));
    }

    // Seeding by SplitMix64, whose published numbers for 1234567 these are.
    [Fact]
    public void Constructor_Seed_FillsTheStateWithSplitMix()
    {
        SeededRandom seeded = new(1234567);
        SeededRandom filled = new(6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431);

        Assert.Equal(Draw(filled, 5), Draw(seeded, 5));
    }

    [Fact]
    public void Split_ByName_DependsOnSeedAndNameOnly()
    {
        SeededRandom a = new(7), b = new(7);
        Draw(b, 100);
        b.Split("other");

        Assert.Equal(Draw(a.Split("link"), 4), Draw(b.Split("link"), 4));
        Assert.NotEqual(Draw(a.Split("link"), 4), Draw(a.Split("link2"), 4));
        Assert.NotEqual(Draw(new SeededRandom(7).Split("link"), 4), Draw(new SeededRandom(8).Split("link"), 4));
        Assert.NotEqual(Draw(new SeededRandom(7), 4), Draw(new SeededRandom(7).Split(""), 4));
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(2u)]
    [InlineData(7u)]
    [InlineData(100u)]
    [InlineData(0x8000_0001u)]
    public void NextBelow_Bound_IsEvenAndNeverReached(uint bound)
    {
        SeededRandom random = new(9);
        long[] buckets = new long[Math.Min(bound, 10)];
        for (int i = 0; i < 20_000; i++)
        {
            uint drawn = random.NextBelow(bound);
            Assert.True(drawn < bound);
            buckets[(int)((ulong)drawn * (ulong)buckets.Length / bound)]++;
        }

        double expected = 20_000.0 / buckets.Length;
        Assert.All(buckets, count => Assert.InRange(count, expected * 0.9, expected * 1.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextBelow(0));
    }

    private static ulong[] Draw(SeededRandom random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextUInt64())];
}

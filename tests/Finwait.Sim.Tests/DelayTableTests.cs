namespace Finwait.Sim.Tests;

public class DelayTableTests
{
    // Quantiles of iproute2 6.1.0's normal.dist, pareto.dist and paretonormal.dist, 4096 numbers each, 8192 standing for one jitter.
    [Theory]
    [InlineData(DelayDistribution.Normal, 40, -19121)]
    [InlineData(DelayDistribution.Normal, 409, -10504)]
    [InlineData(DelayDistribution.Normal, 1024, -5525)]
    [InlineData(DelayDistribution.Normal, 2048, 0)]
    [InlineData(DelayDistribution.Normal, 3072, 5526)]
    [InlineData(DelayDistribution.Normal, 3686, 10495)]
    [InlineData(DelayDistribution.Normal, 4055, 19064)]
    [InlineData(DelayDistribution.Pareto, 0, -5461)]
    [InlineData(DelayDistribution.Pareto, 40, -5426)]
    [InlineData(DelayDistribution.Pareto, 409, -5072)]
    [InlineData(DelayDistribution.Pareto, 1024, -4362)]
    [InlineData(DelayDistribution.Pareto, 2048, -2622)]
    [InlineData(DelayDistribution.Pareto, 3072, 955)]
    [InlineData(DelayDistribution.Pareto, 3686, 7141)]
    [InlineData(DelayDistribution.Pareto, 4055, 32767)]
    [InlineData(DelayDistribution.ParetoNormal, 40, -8849)]
    [InlineData(DelayDistribution.ParetoNormal, 1024, -4652)]
    [InlineData(DelayDistribution.ParetoNormal, 2048, -1966)]
    [InlineData(DelayDistribution.ParetoNormal, 3072, 2097)]
    [InlineData(DelayDistribution.ParetoNormal, 3686, 7979)]
    [InlineData(DelayDistribution.ParetoNormal, 4055, 29341)]
    public void Get_Quantile_IsThatOfIproute2(DelayDistribution distribution, int index, int expected)
    {
        Assert.InRange(DelayTable.Get(distribution)[index], expected - 100, expected + 100);
    }

    [Theory]
    [InlineData(DelayDistribution.Normal)]
    [InlineData(DelayDistribution.Pareto)]
    [InlineData(DelayDistribution.ParetoNormal)]
    public void Get_Table_IsWholeAndRises(DelayDistribution distribution)
    {
        short[] table = [.. DelayTable.Get(distribution)];

        Assert.Equal(DelayTable.Size, table.Length);
        Assert.Equal(table.Order(), table);
        Assert.True(table[0] < 0 && table[^1] > 3 * DelayTable.Scale);
    }

    // A fixed fingerprint: the tables must be the same on every machine, or a seed would give another run there.
    [Fact]
    public void Get_AllTables_AreTheSameEverywhere()
    {
        ulong hash = 0;
        foreach (DelayDistribution distribution in Enum.GetValues<DelayDistribution>())
        {
            hash = FrameHash.Add(hash, System.Runtime.InteropServices.MemoryMarshal.AsBytes(DelayTable.Get(distribution)));
        }

        Assert.Equal(9299048792452579899UL, hash);
    }
}

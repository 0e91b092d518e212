namespace Finwait.Sim;

/// <summary>A coin with memory: netem's random numbers with correlation. One stream for each use, so that one impairment never shifts another's.</summary>
internal struct Chance(SeededRandom random)
{
    private uint _last;

    /// <summary>Throws it: true with the probability given. Nothing is drawn for 0.</summary>
    /// <param name="probability">0–1.</param>
    /// <param name="correlation">0–1: how much this number leans on the last one.</param>
    public bool Happens(double probability, double correlation) => probability != 0 && Next(correlation) <= Threshold(probability);

    /// <summary>The next number, 32 bits; with a correlation a mean of the last number and a new one, so that runs of likes come up.</summary>
    public uint Next(double correlation)
    {
        uint drawn = random.NextUInt32();
        if (correlation == 0)
        {
            return drawn;
        }

        ulong weight = (ulong)Threshold(correlation) + 1;
        _last = (uint)(((drawn * ((1UL << 32) - weight)) + (_last * weight)) >> 32);
        return _last;
    }

    /// <summary>A probability as the largest 32-bit number that still counts.</summary>
    public static uint Threshold(double probability) => (uint)Math.Round(probability * uint.MaxValue);
}

namespace Finwait.Stack;

/// <summary>The SplitMix64 generator (Steele, Lea, Flood 2014): small, and good enough for jitter and identifiers that need not be secret.</summary>
internal static class SplitMix
{
    /// <summary>The next state; the number drawn goes to <paramref name="drawn"/>.</summary>
    public static ulong Next(ulong state, out ulong drawn)
    {
        state += 0x9E37_79B9_7F4A_7C15;
        drawn = Mix(state);
        return state;
    }

    /// <summary>A permutation of 64 bits in which every input bit moves about half of the output bits.</summary>
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}

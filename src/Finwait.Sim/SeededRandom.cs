using System.Numerics;

namespace Finwait.Sim;

/// <summary>A seeded stream of numbers (xoshiro256**, Blackman and Vigna 2018). The same seed and name give the same numbers on every machine.</summary>
/// <remarks>Good for simulations, not for secrets. Not thread-safe.</remarks>
public sealed class SeededRandom
{
    private readonly ulong _seed;
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    /// <summary>The stream of a seed; all 2^64 seeds are good ones.</summary>
    public SeededRandom(ulong seed)
    {
        _seed = seed;
        ulong state = seed;
        _a = Mix(state += Golden);
        _b = Mix(state += Golden);
        _c = Mix(state += Golden);
        _d = Mix(state + Golden);
    }

    internal SeededRandom(ulong a, ulong b, ulong c, ulong d) => (_a, _b, _c, _d) = (a, b, c, d);

    private const ulong Golden = 0x9E37_79B9_7F4A_7C15;

    /// <summary>A stream of its own, found by name: it depends on this stream's seed and the name, not on what was drawn or split before.</summary>
    public SeededRandom Split(string name) => new(SeedOf(name));

    /// <summary>The seed that <see cref="Split"/> gives to the stream of that name.</summary>
    public ulong SeedOf(string name)
    {
        ulong hash = 0xCBF2_9CE4_8422_2325; // FNV-1a over UTF-16 code units
        foreach (char c in name)
        {
            hash = (hash ^ c) * 0x0000_0100_0000_01B3;
        }

        return Mix(_seed ^ Mix(hash + Golden));
    }

    /// <summary>64 bits.</summary>
    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>32 bits.</summary>
    public uint NextUInt32() => (uint)(NextUInt64() >> 32);

    /// <summary>A number in 0 … <paramref name="bound"/> − 1, all equally likely.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is 0: a caller bug.</exception>
    public uint NextBelow(uint bound)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bound);
        ulong product = (ulong)NextUInt32() * bound;
        uint reject = (uint)(0 - bound) % bound; // Lemire 2019: the few values that would favour some results
        while ((uint)product < reject)
        {
            product = (ulong)NextUInt32() * bound;
        }

        return (uint)(product >> 32);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}

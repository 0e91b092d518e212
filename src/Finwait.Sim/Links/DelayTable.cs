namespace Finwait.Sim;

/// <summary>Quantiles of the delay distributions, in units of jitter times 2^-13: what netem loads from its .dist files.</summary>
/// <remarks>
/// Built with the four basic operations only, which every machine rounds alike: logarithms and powers of the system's library differ in
/// the last bit, and with them the run of a seed would.
/// </remarks>
internal static class DelayTable
{
    /// <summary>The table's size as a power of two.</summary>
    public const int SizeBits = 12;

    /// <summary>Quantiles in a table.</summary>
    public const int Size = 1 << SizeBits;

    /// <summary>What stands for one jitter.</summary>
    public const int Scale = 8192;

    private const int Largest = short.MaxValue; // just under four jitters

    private static readonly short[] s_normal = BuildNormal();
    private static readonly short[] s_pareto = BuildPareto();
    private static readonly short[] s_paretoNormal = BuildParetoNormal();

    /// <summary>The table of a distribution; empty for the uniform one.</summary>
    public static ReadOnlySpan<short> Get(DelayDistribution distribution) => distribution switch
    {
        DelayDistribution.Normal => s_normal,
        DelayDistribution.Pareto => s_pareto,
        DelayDistribution.ParetoNormal => s_paretoNormal,
        _ => default,
    };

    private static short[] BuildNormal()
    {
        // Walks along the bell curve from −4 to 4 in small steps and notes where each further quantile is reached.
        const double Step = 1.0 / 4096;
        double total = 0;
        for (double x = -4; x < 4; x += Step)
        {
            total += Bell(x + (Step / 2));
        }

        short[] table = new short[Size];
        int next = 0;
        double sum = 0;
        for (double x = -4; x < 4 && next < Size; x += Step)
        {
            double piece = Bell(x + (Step / 2));
            while (next < Size && sum + piece >= (next + 0.5) / Size * total)
            {
                double within = (((next + 0.5) / Size * total) - sum) / piece;
                table[next++] = Clamp((x + (within * Step)) * Scale);
            }

            sum += piece;
        }

        return table;
    }

    private static short[] BuildPareto()
    {
        short[] table = new short[Size];
        for (int i = 0; i < Size; i++)
        {
            // Shape 3, moved to mean 0 and stretched to deviation 1: the mean of u^(-1/3) is 3/2, its deviation √3/2; netem takes 4/3.
            double survivors = (Size - i - 0.5) / Size;
            table[i] = Clamp(((1 / CubeRoot(survivors)) - 1.5) * 4 / 3 * Scale);
        }

        return table;
    }

    private static short[] BuildParetoNormal()
    {
        short[] table = new short[Size];
        for (int i = 0; i < Size; i++)
        {
            table[i] = Clamp((0.25 * s_normal[i]) + (0.75 * s_pareto[i]));
        }

        return table;
    }

    private static double Bell(double x)
    {
        // exp(−x²/2) as the reciprocal of the series of exp(x²/16) to the eighth power: converges at once and has no cancellation.
        double y = x * x / 16;
        double term = 1, sum = 1;
        for (int n = 1; n < 30; n++)
        {
            term *= y / n;
            sum += term;
        }

        double square = sum * sum;
        double fourth = square * square;
        return 1 / (fourth * fourth);
    }

    private static double CubeRoot(double value)
    {
        double root = 1;
        for (int i = 0; i < 100; i++)
        {
            root = ((2 * root) + (value / (root * root))) / 3;
        }

        return root;
    }

    private static short Clamp(double value) => (short)(value < -Largest ? -Largest : value > Largest ? Largest : value < 0 ? value - 0.5 : value + 0.5);
}

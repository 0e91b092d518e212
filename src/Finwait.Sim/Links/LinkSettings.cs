namespace Finwait.Sim;

/// <summary>How the delays of a link spread around their mean when there is jitter.</summary>
public enum DelayDistribution : byte
{
    /// <summary>Evenly over mean ± jitter: what netem does when no distribution is named.</summary>
    Uniform,

    /// <summary>The bell curve, jitter being the standard deviation, cut at four of them.</summary>
    Normal,

    /// <summary>Pareto with a long tail of late frames.</summary>
    Pareto,

    /// <summary>A quarter normal, three quarters Pareto.</summary>
    ParetoNormal,
}

/// <summary>Which model of loss a link has.</summary>
public enum LossKind : byte
{
    /// <summary>No loss.</summary>
    None,

    /// <summary>Each frame by itself, or leaning on the frame before by a correlation.</summary>
    Random,

    /// <summary>Gilbert–Elliott: a good and a bad state, each with its own rate of loss.</summary>
    GilbertElliott,

    /// <summary>Markov chain of four states: reception and loss within gaps and within bursts.</summary>
    FourState,
}

/// <summary>A model of loss; all numbers are probabilities from 0 to 1. Which ones count depends on the kind.</summary>
/// <param name="Kind">The model.</param>
/// <param name="P">Random: the loss. Gilbert–Elliott: from good to bad. Four states: p13, from gap to burst loss.</param>
/// <param name="R">Random: the correlation. Gilbert–Elliott: from bad to good. Four states: p31.</param>
/// <param name="BadLoss">Gilbert–Elliott: loss in the bad state (netem's 1-h). Four states: p32.</param>
/// <param name="GoodLoss">Gilbert–Elliott: loss in the good state (netem's 1-k). Four states: p23.</param>
/// <param name="Isolated">Four states: p14, a single loss within a gap.</param>
public readonly record struct LossModel(LossKind Kind, double P, double R = 0, double BadLoss = 0, double GoodLoss = 0, double Isolated = 0);

/// <summary>What one direction of a link does to frames, in netem's words and with its meaning. Without any word a perfect link: no delay, no loss.</summary>
/// <remarks>
/// Words, in any order: <c>limit N</c> · <c>delay TIME [JITTER [CORRELATION]]</c> · <c>distribution uniform|normal|pareto|paretonormal</c> ·
/// <c>loss [random] PERCENT [CORRELATION]</c> · <c>loss gemodel P [R [1-H [1-K]]]</c> · <c>loss state P13 [P31 [P32 [P23 [P14]]]]</c> · <c>ecn</c> ·
/// <c>corrupt PERCENT [CORRELATION]</c> · <c>duplicate PERCENT [CORRELATION]</c> · <c>reorder PERCENT [CORRELATION]</c> · <c>gap N</c> ·
/// <c>rate RATE [OVERHEAD [CELLSIZE [CELLOVERHEAD]]]</c>. Times take s, ms, us, ns; rates bit, kbit, mbit, gbit, tbit, with kibit and the like for
/// powers of 1024, and bps, kbps, mbps for <em>bytes</em> per second, as tc has it.
/// </remarks>
public sealed record LinkSettings
{
    /// <summary>netem's default queue: frames.</summary>
    public const int DefaultLimit = 1000;

    /// <summary>Largest queue a link may have, frames.</summary>
    public const int MaxLimit = 1_000_000;

    /// <summary>A perfect link.</summary>
    public static LinkSettings Perfect { get; } = new();

    /// <summary>Frames the link may hold, those under way included; what comes beyond is dropped. Default 1000.</summary>
    public int Limit { get; init; } = DefaultLimit;

    /// <summary>Mean time under way. Default zero.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How far the time under way spreads; see <see cref="Distribution"/>. Frames may overtake each other then. Default zero.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>How much the time of a frame leans on that of the one before, 0–1. Default 0.</summary>
    public double DelayCorrelation { get; init; }

    /// <summary>Shape of the spread. Default uniform.</summary>
    public DelayDistribution Distribution { get; init; }

    /// <summary>Model of loss. Default none.</summary>
    public LossModel Loss { get; init; }

    /// <summary>Frames of ECN-capable transports that the model would lose are marked "congestion experienced" instead. Default false.</summary>
    public bool MarksEcn { get; init; }

    /// <summary>Share of frames in which one bit flips, 0–1. Default 0.</summary>
    public double Corrupt { get; init; }

    /// <summary>Correlation of corruption, 0–1.</summary>
    public double CorruptCorrelation { get; init; }

    /// <summary>Share of frames that come twice, 0–1. Default 0.</summary>
    public double Duplicate { get; init; }

    /// <summary>Correlation of duplication, 0–1.</summary>
    public double DuplicateCorrelation { get; init; }

    /// <summary>Share of frames that skip the delay and overtake those under way, 0–1; needs a delay. Default 0.</summary>
    public double Reorder { get; init; }

    /// <summary>Correlation of reordering, 0–1.</summary>
    public double ReorderCorrelation { get; init; }

    /// <summary>With reordering: only every so many frames may one skip the delay. Default 0, which with <see cref="Reorder"/> means 1: any frame.</summary>
    public int Gap { get; init; }

    /// <summary>Bits per second; 0, the default, is without limit.</summary>
    public long Rate { get; init; }

    /// <summary>Octets that each frame counts more (or, negative, less) against the rate.</summary>
    public int PacketOverhead { get; init; }

    /// <summary>Octets of the cells that carry frames (48 for ATM); 0, the default, is without cells.</summary>
    public int CellSize { get; init; }

    /// <summary>Octets that each cell counts more against the rate (5 for ATM).</summary>
    public int CellOverhead { get; init; }

    /// <summary>Reads netem's words.</summary>
    /// <param name="text">The words; an empty text is a perfect link.</param>
    /// <param name="settings">The settings, or a perfect link if the text is wrong.</param>
    /// <param name="error">One line that says what is wrong and what would be right; empty if all is well.</param>
    public static bool TryParse(string text, out LinkSettings settings, out string error) => new LinkSettingsParser(text).TryParse(out settings, out error);

    /// <summary>Reads netem's words that the program itself wrote down.</summary>
    /// <exception cref="FormatException">The words are wrong: the caller's mistake; the message says which.</exception>
    public static LinkSettings Parse(string text) => TryParse(text, out LinkSettings settings, out string error) ? settings : throw new FormatException(error);

    /// <summary>The words that give these settings, in the order in which tc shows them; "limit 1000" for a perfect link.</summary>
    public override string ToString() => LinkSettingsWriter.Write(this);
}

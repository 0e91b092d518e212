using Finwait.Tcp;

namespace Finwait.Sim;

/// <summary>What a fault rule does to a frame.</summary>
public enum FaultAction : byte
{
    /// <summary>The frame is lost; no further rule sees it.</summary>
    Drop,

    /// <summary>It takes longer by <see cref="FaultRule.Time"/>, and others overtake it.</summary>
    Delay,

    /// <summary>It comes twice.</summary>
    Duplicate,

    /// <summary>Bits flip: those of <see cref="FaultRule.Mask"/> at <see cref="FaultRule.Offset"/>, or one bit anywhere.</summary>
    Corrupt,

    /// <summary>It is held until <see cref="FaultRule.Distance"/> later frames have gone, or <see cref="FaultRule.Time"/> is over.</summary>
    Behind,
}

/// <summary>One fault: which frames, and what happens to them. Data only; a link keeps the count of its hits.</summary>
/// <remarks>
/// As text: an action, then what must match, then which of the matching frames.
/// Actions: <c>drop</c> · <c>delay TIME</c> · <c>duplicate</c> · <c>corrupt [OFFSET [MASK]]</c> · <c>behind N [TIME]</c>.
/// Matches: see <see cref="FaultMatch"/>. Which: <c>skip N</c> · <c>count N</c> · <c>every N</c> · <c>nth N</c> (skip N−1, count 1) · <c>first N</c> (count N) ·
/// <c>after TIME</c> · <c>until TIME</c>. "drop tcp flags SYN,ACK SYN nth 1" loses the first SYN.
/// </remarks>
public sealed record FaultRule
{
    /// <summary>How long <see cref="FaultAction.Behind"/> waits if nothing else is said.</summary>
    public static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(1);

    /// <summary>What happens.</summary>
    public FaultAction Action { get; init; }

    /// <summary>Which frames; the default matches all.</summary>
    public FaultMatch Match { get; init; } = FaultMatch.All;

    /// <summary>Delay: how much longer. Behind: the longest wait.</summary>
    public TimeSpan Time { get; init; }

    /// <summary>Behind: how many later frames go first, at least 1.</summary>
    public int Distance { get; init; } = 1;

    /// <summary>Corrupt: octet of the frame; −1, the default, is any. Beyond the frame nothing happens.</summary>
    public int Offset { get; init; } = -1;

    /// <summary>Corrupt: bits of that octet; 0, the default, is any one.</summary>
    public byte Mask { get; init; }

    /// <summary>Matching frames that pass before the rule begins. Default 0.</summary>
    public long Skip { get; init; }

    /// <summary>Frames the rule acts on before it ends. Default: no end.</summary>
    public long Count { get; init; } = long.MaxValue;

    /// <summary>The rule acts on each so-manieth matching frame behind those skipped, the first included. Default 1: on all.</summary>
    public long Every { get; init; } = 1;

    /// <summary>The rule sleeps before this time. Default: the start.</summary>
    public Instant After { get; init; } = Instant.Zero;

    /// <summary>The rule sleeps from this time on. Default: never.</summary>
    public Instant Until { get; init; } = Instant.Never;

    /// <summary>Reads a rule.</summary>
    /// <param name="text">The words.</param>
    /// <param name="rule">The rule; null if the text is wrong.</param>
    /// <param name="error">One line that says what is wrong and what would be right; empty if all is well.</param>
    public static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out FaultRule? rule, out string error) => new FaultRuleParser(text).TryParse(out rule, out error);

    /// <summary>Reads a rule that the program itself wrote down.</summary>
    /// <exception cref="FormatException">The words are wrong: the caller's mistake; the message says which.</exception>
    public static FaultRule Parse(string text) => TryParse(text, out FaultRule? rule, out string error) ? rule : throw new FormatException(error);
}

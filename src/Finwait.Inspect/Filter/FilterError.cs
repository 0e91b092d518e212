namespace Finwait.Inspect;

/// <summary>Why a filter expression cannot be used.</summary>
/// <param name="Text">What tcpdump says of it, without its name in front.</param>
/// <param name="Position">Where in the expression, in characters from 0.</param>
/// <param name="Hint">What is wrong there and what would be right; empty if <paramref name="Text"/> says it all.</param>
public sealed record FilterError(string Text, int Position, string Hint)
{
    /// <summary>The whole message on one line: tcpdump's words, the place, the hint.</summary>
    public override string ToString() =>
        Hint.Length == 0 ? Text : $"{Text} at character {(Position + 1).ToString(System.Globalization.CultureInfo.InvariantCulture)}: {Hint}";
}

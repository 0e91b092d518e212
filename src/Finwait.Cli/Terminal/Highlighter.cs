using System.Text;
using System.Text.RegularExpressions;

namespace Finwait.Cli;

/// <summary>A piece of text with one look.</summary>
/// <param name="Text">The characters.</param>
/// <param name="Look">SGR parameters; empty for the usual look.</param>
internal readonly record struct StyledSpan(string Text, string Look);

/// <summary>
/// Gives TCP states and flags the colours that they have in the pictures: yellow opens, green is open, orange closes, violet waits, red resets.
/// The words are there without colours too.
/// </summary>
internal static class Highlighter
{
    public const string Closed = "38;5;243";
    public const string Listening = "38;5;250";
    public const string Opening = "38;5;220";
    public const string Open = "38;5;77";
    public const string Closing = "38;5;208";
    public const string Waiting = "38;5;141";
    public const string Reset = "1;38;5;203";
    public const string Data = "38;5;80";

    private static readonly Regex s_words = new(@"(?<=Flags )\[[SFRPUEWA.]+\]|\b(?<state>LISTEN|ESTAB(?:LISHED)?|SYN[-_](?:SENT|RECV|RCVD|RECEIVED)|FIN[-_]WAIT[-_]?[12]|CLOSE[-_]WAIT|CLOSING|LAST[-_]ACK|TIME[-_]WAIT|UNCONN|CLOSED)\b|\b(?:SYN|FIN|RST)(?:[,+](?:ACK|PSH|FIN|RST))*\b", RegexOptions.CultureInvariant);

    /// <summary>The look of a state by any of its names; empty for a word that is none.</summary>
    public static string OfState(string state) => state.Replace('_', '-') switch
    {
        "CLOSED" or "UNCONN" or "CLOSE" => Closed,
        "LISTEN" => Listening,
        "ESTAB" or "ESTABLISHED" => Open,
        "TIME-WAIT" => Waiting,
        ['S', 'Y', 'N', '-', ..] => Opening,
        ['F', 'I', 'N', '-', ..] or "CLOSE-WAIT" or "CLOSING" or "LAST-ACK" => Closing,
        _ => "",
    };

    /// <summary>Parts a line into pieces.</summary>
    public static IEnumerable<StyledSpan> Spans(string text)
    {
        int done = 0;
        foreach (Match match in s_words.Matches(text))
        {
            string look = match.Groups["state"] is { Success: true } state ? OfState(state.Value) : OfFlags(match.Value);
            if (look.Length > 0)
            {
                yield return new StyledSpan(text[done..match.Index], "");
                yield return new StyledSpan(match.Value, look);
                done = match.Index + match.Length;
            }
        }

        yield return new StyledSpan(text[done..], "");
    }

    /// <summary>The line with control sequences for a terminal.</summary>
    public static string Colored(string text)
    {
        var colored = new StringBuilder(text.Length + 16);
        foreach (StyledSpan span in Spans(text))
        {
            colored.Append(span.Look.Length > 0 ? $"\u001b[{span.Look}m{span.Text}\u001b[0m" : span.Text);
        }

        return colored.ToString();
    }

    /// <summary>Flags as tcpdump writes them, [S.], or as headers name them, SYN,ACK.</summary>
    private static string OfFlags(string flags) =>
        flags.StartsWith('[')
            ? flags.Contains('R') ? Reset : flags.Contains('S') ? Opening : flags.Contains('F') ? Closing : flags.Contains('P') ? Data : ""
            : flags.Contains("RST", StringComparison.Ordinal) ? Reset : flags.Contains("SYN", StringComparison.Ordinal) ? Opening : flags.Contains("FIN", StringComparison.Ordinal) ? Closing : "";
}

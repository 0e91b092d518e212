namespace Finwait.Lab;

/// <summary>The character that leads to telnet's command mode.</summary>
/// <param name="Character">The character; null for none.</param>
internal readonly record struct TelnetEscape(char? Character)
{
    private const char Delete = (char)127;

    public static TelnetEscape Usual => new('\u001d');

    public static TelnetEscape Off => default;

    /// <summary>As it is typed: a character, <c>^A</c> for a control character, and nothing for none.</summary>
    public static TelnetEscape Parse(string text) => text switch
    {
        "" or "^" or "off" => Off,
        ['^', '?', ..] => new(Delete),
        ['^', char letter, ..] => new((char)(letter & 0x1F)),
        _ => new(text[0]),
    };

    /// <summary>Where a typed line has it, and how many characters it takes there; -1 without. Alone in a line, a control character may be typed as <c>^]</c> too.</summary>
    public int Find(string line, out int length)
    {
        bool isSpelled = Character is < ' ' && line == ToString();
        length = isSpelled ? line.Length : 1;
        return isSpelled ? 0 : Character is { } character ? line.IndexOf(character) : -1;
    }

    public override string ToString() => Character switch
    {
        null => "off",
        Delete => "^?",
        < ' ' and char control => $"^{(char)(control + '@')}",
        char other => $"{other}",
    };
}

namespace Finwait.Lab;

/// <summary>What a token of C is.</summary>
internal enum CTokenKind : byte
{
    /// <summary>A name or a keyword.</summary>
    Name,

    /// <summary>A number or a character in single quotes; the text is its value in decimal.</summary>
    Number,

    /// <summary>A string; the text is what stands between the quotes, escapes as written.</summary>
    Text,

    /// <summary>An operator or a bracket.</summary>
    Sign,

    /// <summary>The end of the file.</summary>
    End,
}

/// <summary>A token of a C program.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As <see cref="CTokenKind"/> says.</param>
/// <param name="Line">Line in the file, from 1.</param>
/// <param name="Column">Column of its first character, from 1.</param>
/// <param name="Length">Characters it takes in the file.</param>
internal sealed record CToken(CTokenKind Kind, string Text, int Line, int Column, int Length)
{
    /// <summary>As gcc quotes it in a complaint.</summary>
    public string Quoted => Kind switch
    {
        CTokenKind.End => "end of input",
        CTokenKind.Number => "numeric constant",
        CTokenKind.Text => "string constant",
        CTokenKind.Sign => $"‘{Text}’ token",
        _ => $"‘{Text}’",
    };
}

/// <summary>The program is wrong, or lies outside what the lab's compiler knows.</summary>
/// <param name="at">Where.</param>
/// <param name="message">What gcc says behind <c>error:</c>.</param>
internal sealed class CError(CToken at, string message) : Exception(message)
{
    public CToken At { get; } = at;
}

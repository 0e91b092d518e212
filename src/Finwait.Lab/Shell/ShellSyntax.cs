namespace Finwait.Lab;

/// <summary>A part of a word of the shell.</summary>
internal abstract record ShellPart(bool IsQuoted);

/// <summary>Text as it is.</summary>
internal sealed record ShellText(string Text, bool IsQuoted) : ShellPart(IsQuoted);

/// <summary><c>$NAME</c> or <c>${NAME}</c>.</summary>
/// <param name="Name">The name; <c>?</c> for the last exit status, <c>$</c> for the shell's process id.</param>
/// <param name="HasClosingDollar">True for <c>$NAME$</c>, as one of the source documents writes its placeholder.</param>
/// <param name="IsQuoted">True inside double quotes: the value is then not cut into words.</param>
internal sealed record ShellVariable(string Name, bool HasClosingDollar, bool IsQuoted) : ShellPart(IsQuoted);

/// <summary><c>$(command)</c> or backquotes.</summary>
internal sealed record ShellSubstitution(string Command, bool IsQuoted) : ShellPart(IsQuoted);

/// <summary><c>$((expression))</c>.</summary>
internal sealed record ShellCalculation(string Expression, bool IsQuoted) : ShellPart(IsQuoted);

/// <summary>A word before expansion.</summary>
internal sealed record ShellWord(ShellPart[] Parts)
{
    /// <summary>The text if nothing has to be expanded or was quoted, else null.</summary>
    public string? Plain => Parts is [ShellText { IsQuoted: false } text] ? text.Text : null;
}

/// <summary>Where output or input goes.</summary>
/// <param name="Descriptor">0, 1 or 2; 3 stands for <c>&amp;&gt;</c>: output and errors.</param>
/// <param name="Operator"><c>&lt;</c>, <c>&gt;</c>, <c>&gt;&gt;</c> or <c>&gt;&amp;</c>.</param>
/// <param name="Target">A file name, or for <c>&gt;&amp;</c> a descriptor.</param>
internal sealed record ShellRedirection(int Descriptor, string Operator, ShellWord Target);

/// <summary>One command of a pipe.</summary>
internal sealed record ShellCommand((string Name, ShellWord Value)[] Assignments, ShellWord[] Words, ShellRedirection[] Redirections);

/// <summary>Commands joined by pipes, and what stands behind them.</summary>
/// <param name="Commands">At least one.</param>
/// <param name="Terminator"><c>;</c>, <c>&amp;</c>, <c>&amp;&amp;</c>, <c>||</c> or nothing.</param>
internal sealed record ShellPipeline(ShellCommand[] Commands, string Terminator);

/// <summary>The line is not one the shell understands.</summary>
internal sealed class ShellSyntaxException(string message) : Exception(message);

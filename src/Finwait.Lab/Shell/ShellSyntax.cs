namespace Finwait.Lab;

/// <summary>A part of a word of the shell.</summary>
internal abstract record ShellPart(bool IsQuoted);

/// <summary>Text as it is.</summary>
internal sealed record ShellText(string Text, bool IsQuoted) : ShellPart(IsQuoted);

/// <summary><c>$NAME</c>, <c>${NAME}</c> or <c>${NAME…}</c>.</summary>
/// <param name="Name">The name; <c>?</c>, <c>$</c>, <c>!</c>, <c>#</c>, <c>@</c>, <c>*</c>, <c>-</c> and digits are what bash has them for.</param>
/// <param name="HasClosingDollar">True for <c>$NAME$</c>, as one of the source documents writes its placeholder.</param>
/// <param name="IsQuoted">True inside double quotes: the value is then not cut into words.</param>
internal sealed record ShellVariable(string Name, bool HasClosingDollar, bool IsQuoted) : ShellPart(IsQuoted)
{
    /// <summary><c>:-</c>, <c>-</c>, <c>:=</c>, <c>:+</c>, <c>:?</c>, <c>#</c>, <c>##</c>, <c>%</c>, <c>%%</c>, <c>/</c>, <c>//</c> or <c>:</c>; empty without.</summary>
    public string Operator { get; init; } = "";

    /// <summary>What stands behind the operator.</summary>
    public ShellWord Operand { get; init; } = new([]);

    /// <summary>True for <c>${#NAME}</c>.</summary>
    public bool IsLength { get; init; }
}

/// <summary><c>$(command)</c> or backquotes.</summary>
internal sealed record ShellSubstitution(string Command, bool IsQuoted) : ShellPart(IsQuoted);

/// <summary><c>$((expression))</c>; the expression is a word that is expanded first.</summary>
internal sealed record ShellCalculation(ShellWord Expression, bool IsQuoted) : ShellPart(IsQuoted);

/// <summary>A word before expansion.</summary>
internal sealed record ShellWord(ShellPart[] Parts)
{
    /// <summary>The text if nothing has to be expanded or was quoted, else null.</summary>
    public string? Plain => Parts is [ShellText { IsQuoted: false } text] ? text.Text : null;
}

/// <summary>Where output or input goes.</summary>
/// <param name="Descriptor">0, 1 or 2; 3 stands for <c>&amp;&gt;</c>: output and errors.</param>
/// <param name="Operator"><c>&lt;</c>, <c>&gt;</c>, <c>&gt;&gt;</c>, <c>&gt;&amp;</c>, <c>&lt;&lt;</c> for a here-document, <c>&lt;&lt;&lt;</c> for a word as input.</param>
/// <param name="Target">A file name, a descriptor, or the text itself.</param>
internal sealed record ShellRedirection(int Descriptor, string Operator, ShellWord Target)
{
    /// <summary>Where a here-document's text stands once its lines have been read.</summary>
    public ShellHereDocument? Document { get; init; }
}

/// <summary>The lines between <c>&lt;&lt;WORD</c> and <c>WORD</c>.</summary>
internal sealed class ShellHereDocument
{
    public ShellWord Text { get; set; } = new([]);
}

/// <summary>Something that can be carried out: a command, or commands in a construct.</summary>
internal abstract record ShellNode
{
    public ShellRedirection[] Redirections { get; init; } = [];
}

/// <summary>One command.</summary>
internal sealed record ShellCommand((string Name, ShellWord Value)[] Assignments, ShellWord[] Words) : ShellNode;

/// <summary><c>{ … }</c>, or <c>( … )</c>, whose variables do not remain.</summary>
internal sealed record ShellGroup(ShellItem[] Body, bool IsSubshell) : ShellNode;

/// <summary><c>if</c> with its <c>elif</c>s and its <c>else</c>.</summary>
internal sealed record ShellIf((ShellItem[] Condition, ShellItem[] Body)[] Branches, ShellItem[] Otherwise) : ShellNode;

/// <summary><c>while</c> and <c>until</c>.</summary>
internal sealed record ShellLoop(ShellItem[] Condition, ShellItem[] Body, bool IsUntil) : ShellNode;

/// <summary><c>for NAME in …</c>; without words it goes through the arguments.</summary>
internal sealed record ShellFor(string Name, ShellWord[]? Words, ShellItem[] Body) : ShellNode;

/// <summary><c>for ((…; …; …))</c>.</summary>
internal sealed record ShellCount(ShellWord First, ShellWord Condition, ShellWord Step, ShellItem[] Body) : ShellNode;

/// <summary><c>case</c>.</summary>
internal sealed record ShellCase(ShellWord Word, (ShellWord[] Patterns, ShellItem[] Body)[] Branches) : ShellNode;

/// <summary><c>(( … ))</c>.</summary>
internal sealed record ShellCompute(ShellWord Expression) : ShellNode;

/// <summary><c>[[ … ]]</c>: its words, operators among them.</summary>
internal sealed record ShellCondition(ShellWord[] Words) : ShellNode;

/// <summary><c>NAME() …</c></summary>
internal sealed record ShellFunction(string Name, ShellNode Body) : ShellNode;

/// <summary>Commands joined by pipes.</summary>
/// <param name="Commands">At least one.</param>
/// <param name="IsNegated">True after <c>!</c>.</param>
internal sealed record ShellPipeline(ShellNode[] Commands, bool IsNegated);

/// <summary>Pipelines joined by <c>&amp;&amp;</c> and <c>||</c>.</summary>
/// <param name="Pipelines">Each with the operator in front of it; the first has none.</param>
/// <param name="IsBackground">True if <c>&amp;</c> stands behind.</param>
/// <param name="Text">As written.</param>
internal sealed record ShellItem((string Operator, ShellPipeline Pipeline)[] Pipelines, bool IsBackground, string Text);

/// <summary>The line is not one the shell understands, or cannot be carried out.</summary>
internal class ShellSyntaxException(string message) : Exception(message);

/// <summary>The text ends inside a construct: more lines are needed.</summary>
internal sealed class ShellIncompleteException() : ShellSyntaxException("syntax error: unexpected end of file");

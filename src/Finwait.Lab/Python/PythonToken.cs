namespace Finwait.Lab;

/// <summary>What a token of a Python line is.</summary>
internal enum PythonTokenKind : byte
{
    /// <summary>A name or a keyword.</summary>
    Name,

    /// <summary>An integer or a float; the value is in <see cref="PythonToken.Value"/>.</summary>
    Number,

    /// <summary>A str or bytes literal without replacement fields; the value is in <see cref="PythonToken.Value"/>.</summary>
    String,

    /// <summary>An f-string: <see cref="PythonToken.Value"/> holds its undecoded body.</summary>
    FormatString,

    /// <summary>An operator or a delimiter.</summary>
    Operator,

    /// <summary>End of a logical line.</summary>
    NewLine,

    /// <summary>The next line is indented deeper.</summary>
    Indent,

    /// <summary>A block ended.</summary>
    Dedent,

    /// <summary>End of the text.</summary>
    End,
}

/// <summary>Where something stands in the source: lines from 1, columns from 0, the end excluded.</summary>
internal readonly record struct PythonSpan(int Line, int Column, int EndLine, int EndColumn)
{
    /// <summary>From the start of this to the end of <paramref name="last"/>.</summary>
    public PythonSpan To(PythonSpan last) => this with { EndLine = last.EndLine, EndColumn = last.EndColumn };
}

/// <summary>One token.</summary>
internal readonly record struct PythonToken(PythonTokenKind Kind, string Text, PythonSpan Span, object? Value = null)
{
    public bool Is(string text) => Kind is PythonTokenKind.Operator or PythonTokenKind.Name && Text == text;
}

/// <summary>The text is not Python, or not the part of Python that the lab knows.</summary>
internal sealed class PythonSyntaxException(string message, PythonSpan span, bool isIncomplete = false, string type = "SyntaxError") : Exception(message)
{
    /// <summary>SyntaxError, IndentationError or TabError.</summary>
    public string Type { get; } = type;

    public PythonSpan Span { get; } = span;

    /// <summary>True if more lines could still make it right: the prompt then goes on with three dots.</summary>
    public bool IsIncomplete { get; } = isIncomplete;
}

namespace Finwait.Lab;

/// <summary>A piece of the syntax tree.</summary>
internal abstract record PythonNode(PythonSpan Span);

internal sealed record NameNode(PythonSpan Span, string Name) : PythonNode(Span);

internal sealed record ConstantNode(PythonSpan Span, object Value) : PythonNode(Span);

/// <summary>An f-string: str constants and <see cref="FieldNode"/>s.</summary>
internal sealed record FormatNode(PythonSpan Span, PythonNode[] Parts) : PythonNode(Span);

/// <summary>One replacement field of an f-string.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Value">The expression.</param>
/// <param name="Conversion"><c>r</c>, <c>s</c>, <c>a</c> or nothing ('\0').</param>
/// <param name="Format">The format after the colon, or empty.</param>
internal sealed record FieldNode(PythonSpan Span, PythonNode Value, char Conversion, string Format) : PythonNode(Span);

internal sealed record SequenceNode(PythonSpan Span, PythonNode[] Items, bool IsList) : PythonNode(Span);

internal sealed record AttributeNode(PythonSpan Span, PythonNode Target, string Name) : PythonNode(Span);

internal sealed record SubscriptNode(PythonSpan Span, PythonNode Target, PythonNode Index) : PythonNode(Span);

/// <summary><c>a:b:c</c> inside brackets.</summary>
internal sealed record SliceNode(PythonSpan Span, PythonNode? Start, PythonNode? Stop, PythonNode? Step) : PythonNode(Span);

internal sealed record CallNode(PythonSpan Span, PythonNode Function, PythonNode[] Positional, (string Name, PythonNode Value)[] Keywords) : PythonNode(Span);

internal sealed record UnaryNode(PythonSpan Span, string Operator, PythonNode Operand) : PythonNode(Span);

internal sealed record BinaryNode(PythonSpan Span, string Operator, PythonNode Left, PythonNode Right) : PythonNode(Span);

/// <summary><c>and</c> or <c>or</c>.</summary>
internal sealed record LogicNode(PythonSpan Span, bool IsAnd, PythonNode Left, PythonNode Right) : PythonNode(Span);

/// <summary>A chain of comparisons.</summary>
internal sealed record CompareNode(PythonSpan Span, PythonNode First, (string Operator, PythonNode Operand)[] Rest) : PythonNode(Span);

internal sealed record ConditionalNode(PythonSpan Span, PythonNode Test, PythonNode Then, PythonNode Else) : PythonNode(Span);

internal sealed record ExpressionStatement(PythonSpan Span, PythonNode Value) : PythonNode(Span);

/// <summary><c>a = b = value</c>.</summary>
internal sealed record AssignStatement(PythonSpan Span, PythonNode[] Targets, PythonNode Value) : PythonNode(Span);

internal sealed record AugmentStatement(PythonSpan Span, PythonNode Target, string Operator, PythonNode Value) : PythonNode(Span);

/// <summary><c>import a, b as c</c>.</summary>
internal sealed record ImportStatement(PythonSpan Span, (string Module, string As)[] Modules) : PythonNode(Span);

/// <summary><c>from module import names</c>; no names means the star.</summary>
internal sealed record FromStatement(PythonSpan Span, string Module, (string Name, string As)[] Names) : PythonNode(Span);

internal sealed record DeleteStatement(PythonSpan Span, PythonNode[] Targets) : PythonNode(Span);

internal sealed record IfStatement(PythonSpan Span, PythonNode Test, PythonNode[] Then, PythonNode[] Else) : PythonNode(Span);

internal sealed record WhileStatement(PythonSpan Span, PythonNode Test, PythonNode[] Body, PythonNode[] Else) : PythonNode(Span);

internal sealed record ForStatement(PythonSpan Span, PythonNode Target, PythonNode Items, PythonNode[] Body, PythonNode[] Else) : PythonNode(Span);

internal sealed record FunctionStatement(PythonSpan Span, string Name, (string Name, PythonNode? Default)[] Parameters, PythonNode[] Body) : PythonNode(Span);

internal sealed record ReturnStatement(PythonSpan Span, PythonNode? Value) : PythonNode(Span);

internal sealed record RaiseStatement(PythonSpan Span, PythonNode? Value) : PythonNode(Span);

internal sealed record GlobalStatement(PythonSpan Span, string[] Names) : PythonNode(Span);

internal sealed record AssertStatement(PythonSpan Span, PythonNode Test, PythonNode? Message) : PythonNode(Span);

/// <summary><c>pass</c>, <c>break</c> or <c>continue</c>.</summary>
internal sealed record PlainStatement(PythonSpan Span, string Keyword) : PythonNode(Span);

/// <summary>One except clause; no type catches all.</summary>
internal sealed record ExceptClause(PythonSpan Span, PythonNode? Type, string? Name, PythonNode[] Body) : PythonNode(Span);

internal sealed record TryStatement(PythonSpan Span, PythonNode[] Body, ExceptClause[] Handlers, PythonNode[] Else, PythonNode[] Finally) : PythonNode(Span);

internal sealed record WithStatement(PythonSpan Span, PythonNode Context, PythonNode? Target, PythonNode[] Body) : PythonNode(Span);

namespace Finwait.Lab;

/// <summary>The operations of the interpreter's stack machine.</summary>
internal enum PythonOp : byte
{
    /// <summary>Push the operand.</summary>
    Constant,

    /// <summary>Push the value of a name.</summary>
    Load,

    /// <summary>Pop into a name.</summary>
    Store,

    /// <summary>Remove a name.</summary>
    Delete,

    /// <summary>Replace the top by its attribute.</summary>
    Attribute,

    /// <summary>Pop an object and a value: set its attribute.</summary>
    SetAttribute,

    /// <summary>Pop index and object: push the item.</summary>
    Subscript,

    /// <summary>Pop index, object and value: set the item.</summary>
    SetSubscript,

    /// <summary>Pop index and object: remove the item.</summary>
    DeleteSubscript,

    /// <summary>Pop step, stop and start: push a slice.</summary>
    Slice,

    /// <summary>Pop Argument items: push a tuple.</summary>
    Tuple,

    /// <summary>Pop Argument items: push a list.</summary>
    List,

    /// <summary>Pop Argument strings: push them joined.</summary>
    Join,

    /// <summary>Replace the top by its text; the operand is a <see cref="FieldNode"/>.</summary>
    Format,

    /// <summary>Pop two: push the result of the operator in the operand.</summary>
    Binary,

    /// <summary>The operator of an assignment such as <c>+=</c>.</summary>
    Augment,

    /// <summary>Replace the top by the result of the operator in the operand.</summary>
    Unary,

    /// <summary>Pop two: push the result of the comparison in the operand.</summary>
    Compare,

    /// <summary>Call: Argument positional values, then those of the keywords named in the operand.</summary>
    Call,

    /// <summary>Go on at Argument.</summary>
    Jump,

    /// <summary>Pop; go on at Argument if false.</summary>
    JumpIfFalse,

    /// <summary>Go on at Argument if the top is false, else pop.</summary>
    JumpIfFalseOrPop,

    /// <summary>Go on at Argument if the top is true, else pop.</summary>
    JumpIfTrueOrPop,

    /// <summary>Drop the top.</summary>
    Pop,

    /// <summary>Push the top again.</summary>
    Duplicate,

    /// <summary>Exchange the two topmost.</summary>
    Swap,

    /// <summary>Put the top below the two under it.</summary>
    Rotate,

    /// <summary>Pop and show as the prompt does.</summary>
    Print,

    /// <summary>Pop: push Argument items, the first on top.</summary>
    Unpack,

    /// <summary>Replace the top by an iterator over it.</summary>
    Iterate,

    /// <summary>Push the next item, or pop the iterator and go on at Argument.</summary>
    Next,

    /// <summary>Push a module.</summary>
    Import,

    /// <summary>Replace a module on top by its member under it: push the member.</summary>
    ImportMember,

    /// <summary>Pop a module: store all its members.</summary>
    ImportStar,

    /// <summary>Pop Argument defaults: push a function.</summary>
    Function,

    /// <summary>Pop: leave the function with this value.</summary>
    Return,

    /// <summary>Exceptions from here on go to Argument.</summary>
    Try,

    /// <summary>The innermost Try ends.</summary>
    EndTry,

    /// <summary>Pop a type: push whether the exception under it is one; the exception stays.</summary>
    Match,

    /// <summary>Pop an exception: it is being handled now.</summary>
    BeginHandler,

    /// <summary>It no longer is.</summary>
    EndHandler,

    /// <summary>Pop an exception: raise it again.</summary>
    Reraise,

    /// <summary>Pop an exception or a type: raise it. With Argument 0, raise what is being handled.</summary>
    Raise,

    /// <summary>Enter the context on top: push what it gives.</summary>
    EnterContext,

    /// <summary>Leave the context at depth Argument below the top: 0 pops it, 1 keeps the exception above it. Pushes what its close() gives.</summary>
    LeaveContext,
}

/// <summary>One operation.</summary>
internal readonly record struct PythonInstruction(PythonOp Op, int Argument, object? Operand, PythonSpan Span);

/// <summary>Compiled statements: a module, one line of the prompt, or a function.</summary>
internal sealed class PythonCode(string name, string file, string[] source, (string Name, bool HasDefault)[] parameters, PythonInstruction[] instructions, HashSet<string> locals)
{
    public string Name { get; } = name;

    public string File { get; } = file;

    /// <summary>The text it came from; empty for the prompt, whose lines a traceback does not show.</summary>
    public string[] Source { get; } = source;

    public (string Name, bool HasDefault)[] Parameters { get; } = parameters;

    public PythonInstruction[] Instructions { get; } = instructions;

    /// <summary>Names local to a function; empty for a module.</summary>
    public HashSet<string> Locals { get; } = locals;
}

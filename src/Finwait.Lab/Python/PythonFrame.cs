namespace Finwait.Lab;

/// <summary>One running function, or the module itself.</summary>
internal sealed class PythonFrame(PythonCode code, Dictionary<string, object> globals, Dictionary<string, object>? locals)
{
    /// <summary>Where an exception goes: the instruction, the height of the stack and the count of exceptions being handled.</summary>
    public readonly record struct Handler(int Target, int StackHeight, int Handled);

    public PythonCode Code { get; } = code;

    public Dictionary<string, object> Globals { get; } = globals;

    /// <summary>Null for the module: its names are the globals.</summary>
    public Dictionary<string, object>? Locals { get; } = locals;

    public int Next { get; set; }

    public List<object> Stack { get; } = [];

    public Stack<Handler> Handlers { get; } = new();

    /// <summary>Exceptions whose except or finally block runs now, innermost last.</summary>
    public List<PyException> Handled { get; } = [];

    public object Pop()
    {
        object top = Stack[^1];
        Stack.RemoveAt(Stack.Count - 1);
        return top;
    }

    public object[] PopMany(int count)
    {
        object[] items = Stack.GetRange(Stack.Count - count, count).ToArray();
        Stack.RemoveRange(Stack.Count - count, count);
        return items;
    }

    public void Push(object value) => Stack.Add(value);

    /// <summary>The traceback's entry for the instruction that just ran.</summary>
    public PythonTraceEntry Entry()
    {
        PythonInstruction instruction = Code.Instructions[Math.Max(0, Next - 1)];
        int line = instruction.Span.Line;
        string source = line >= 1 && line <= Code.Source.Length ? Code.Source[line - 1] : "";
        return new PythonTraceEntry(Code.File, line, Code.Name, source.Trim(), Marks(instruction, source));
    }

    /// <summary>The carets that Python 3.11 prints unless they would underline the whole line.</summary>
    private static string Marks(in PythonInstruction instruction, string source)
    {
        string text = source.Trim();
        int indent = source.Length - source.TrimStart().Length;
        PythonSpan span = instruction.Span;
        int start = Math.Clamp(span.Column - indent, 0, text.Length);
        int end = Math.Clamp(span.EndLine > span.Line ? text.Length : span.EndColumn - indent, start, text.Length);
        if (text.Length == 0 || end == start || (start == 0 && end == text.Length))
        {
            return "";
        }

        char[] marks = [.. new string(' ', start), .. new string('^', end - start)];
        if (instruction.Op is PythonOp.Binary or PythonOp.Subscript && instruction.Argument > 0 && span.EndLine == span.Line)
        {
            string mark = instruction.Op == PythonOp.Binary ? (string)instruction.Operand! : "[";
            int at = source.IndexOf(mark, Math.Min(instruction.Argument, source.Length), StringComparison.Ordinal) - indent;
            int last = instruction.Op == PythonOp.Binary ? at + mark.Length : end;
            for (int i = start; at >= start && i < end; i++)
            {
                marks[i] = i >= at && i < last ? '^' : '~';
            }
        }

        return new string(marks);
    }
}

/// <summary>An iterator over a sequence.</summary>
internal sealed class PyIterator(object sequence)
{
    private int _next;

    public object Sequence => sequence;

    public object? Next() => Py.ItemAt(sequence, _next++);
}

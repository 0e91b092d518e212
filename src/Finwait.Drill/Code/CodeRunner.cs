namespace Finwait.Drill;

/// <summary>Code blocks: statements of a small part of Python. Names live from one block to the next.</summary>
/// <remarks>assert, print(), assignments, if/elif/else, pass; what Python has besides is a need.</remarks>
/// <param name="printed">Gets what print() writes.</param>
internal sealed class CodeRunner(List<string> printed)
{
    private readonly Dictionary<string, PyValue> _names = new(StringComparer.Ordinal);

    /// <param name="action">The block.</param>
    /// <param name="lookUp">The value of a name that the block does not set itself, or null.</param>
    public void Run(CodeAction action, Func<string, PyValue?> lookUp)
    {
        List<CodeLine> lines = Lines(action);
        int at = 0;
        RunBlock(lines, ref at, lines.Count > 0 ? lines[0].Indent : 0, isLive: true, name => _names.TryGetValue(name, out PyValue? value) ? value : lookUp(name));
        if (at < lines.Count)
        {
            throw new DrillFault(lines[at].Line, "error in code: unexpected indentation");
        }
    }

    private readonly record struct CodeLine(int Line, int Indent, string Text);

    /// <summary>Logical lines: those in brackets go on, a semicolon ends a statement.</summary>
    private static List<CodeLine> Lines(CodeAction action)
    {
        var lines = new List<CodeLine>();
        string[] raw = action.Code.Split('\n');
        for (int i = 0; i < raw.Length; i++)
        {
            int line = action.Line + i;
            string text = CodeText.WithoutComment(raw[i]);
            while (CodeText.IsOpen(text) && i + 1 < raw.Length)
            {
                text = text.TrimEnd().TrimEnd('\\') + " " + CodeText.WithoutComment(raw[++i]).Trim();
            }

            if (text.Trim().Length == 0)
            {
                continue;
            }

            int indent = text.Length - text.TrimStart().Length;
            foreach (string part in CodeText.SplitStatements(text.Trim()))
            {
                lines.Add(new CodeLine(line, i == 0 ? 0 : indent, part));
            }
        }

        // Code on the line of the opening brace stands as far left as the rest.
        if (lines is [{ } first, { } second, ..] && first.Line == action.Line && second.Line != first.Line)
        {
            lines[0] = first with { Indent = second.Indent };
        }

        return lines;
    }

    private void RunBlock(List<CodeLine> lines, ref int at, int indent, bool isLive, Func<string, PyValue?> names)
    {
        while (at < lines.Count && lines[at].Indent == indent)
        {
            CodeLine line = lines[at];
            if (CodeText.StartsWithWord(line.Text, "if"))
            {
                RunIf(lines, ref at, indent, isLive, names);
                continue;
            }

            at++;
            if (isLive)
            {
                Execute(line, names);
            }
        }
    }

    private void RunIf(List<CodeLine> lines, ref int at, int indent, bool isLive, Func<string, PyValue?> names)
    {
        bool isDone = !isLive;
        do
        {
            CodeLine line = lines[at++];
            string head = line.Text.StartsWith("el", StringComparison.Ordinal) ? line.Text[2..] : line.Text; // elif and else as if and se
            int colon = CodeText.IndexOfColon(head);
            if (colon < 0)
            {
                throw new DrillFault(line.Line, "error in code: expected ':'");
            }

            string condition = head.StartsWith("if", StringComparison.Ordinal) ? head[2..colon] : "True";
            bool isTaken = !isDone && new CodeExpression(condition, line.Line, names).Evaluate().IsTrue;
            string rest = head[(colon + 1)..].Trim();
            if (rest.Length > 0 && isTaken)
            {
                Execute(line with { Text = rest }, names);
            }

            if (rest.Length == 0)
            {
                int inner = at < lines.Count ? lines[at].Indent : 0;
                if (inner <= indent)
                {
                    throw new DrillFault(line.Line, "error in code: expected an indented block");
                }

                RunBlock(lines, ref at, inner, isTaken, names);
            }

            isDone |= isTaken;
        }
        while (at < lines.Count && lines[at].Indent == indent && (CodeText.StartsWithWord(lines[at].Text, "elif") || lines[at].Text.StartsWith("else", StringComparison.Ordinal)));
    }

    private void Execute(CodeLine line, Func<string, PyValue?> names)
    {
        string text = line.Text;
        if (text == "pass")
        {
            return;
        }

        if (CodeText.StartsWithWord(text, "assert"))
        {
            var expression = new CodeExpression(text["assert".Length..], line.Line, names);
            (PyValue condition, PyValue? message) = expression.EvaluateAssertion();
            if (!condition.IsTrue)
            {
                throw new DrillFault(line.Line, $"error in code: AssertionError{(message is null ? "" : ": " + message)}: {text}{expression.ShowNames()}");
            }

            return;
        }

        if (CodeText.StartsWithWord(text, "print"))
        {
            foreach (string option in (ReadOnlySpan<string>)["sep", "end", "file", "flush"])
            {
                if (System.Text.RegularExpressions.Regex.IsMatch(text, $@",\s*{option}\s*="))
                {
                    throw new DrillNeed(line.Line, $"print()'s {option}= in code");
                }
            }

            PyValue shown = new CodeExpression(text["print".Length..], line.Line, names).Evaluate();
            printed.Add(shown.Items is { } items ? string.Join(' ', items) : shown.ToString());
            return;
        }

        foreach (string word in (ReadOnlySpan<string>)["import", "from", "def", "for", "while", "try", "with", "class", "lambda", "return", "raise", "global", "del"])
        {
            if (CodeText.StartsWithWord(text, word))
            {
                throw new DrillNeed(line.Line, $"Python's '{word}' in code");
            }
        }

        int equals = CodeText.IndexOfAssignment(text, out string operation);
        if (equals > 0)
        {
            string name = text[..equals].Trim();
            string value = text[(equals + operation.Length + 1)..];
            _names[name] = new CodeExpression(operation.Length == 0 ? value : $"{name} {operation} ({value})", line.Line, names).Evaluate();
            return;
        }

        new CodeExpression(text, line.Line, names).Evaluate();
    }
}

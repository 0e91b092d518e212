namespace Finwait.Drill;

/// <summary>Looks at lines of Python without parsing them: comments, brackets, statements.</summary>
internal static class CodeText
{
    public static string WithoutComment(string line)
    {
        int end = Scan(line, (c, depth) => c == '#');
        return (end < 0 ? line : line[..end]).TrimEnd('\r', ' ', '\t');
    }

    /// <summary>True if a bracket is open at the end, or a backslash says that the line goes on.</summary>
    public static bool IsOpen(string text)
    {
        int last = 0;
        Scan(text, (c, depth) =>
        {
            last = depth;
            return false;
        });
        return last > 0 || text.EndsWith('\\');
    }

    public static List<string> SplitStatements(string text)
    {
        var parts = new List<string>();
        while (true)
        {
            int end = Scan(text, (c, depth) => c == ';' && depth == 0);
            string part = (end < 0 ? text : text[..end]).Trim();
            if (part.Length > 0)
            {
                parts.Add(part);
            }

            if (end < 0)
            {
                return parts;
            }

            text = text[(end + 1)..];
        }
    }

    public static int IndexOfColon(string text) => Scan(text, (c, depth) => c == ':' && depth == 0);

    /// <summary>Where the equals sign of an assignment to a name stands (with the operator before it); −1 if the text is none.</summary>
    public static int IndexOfAssignment(string text, out string operation)
    {
        operation = "";
        int name = 0;
        while (name < text.Length && (char.IsAsciiLetterOrDigit(text[name]) || text[name] == '_'))
        {
            name++;
        }

        int at = name;
        while (at < text.Length && text[at] == ' ')
        {
            at++;
        }

        int from = at;
        while (at < text.Length && text[at] is '+' or '-' or '*' or '/' or '%' or '|' or '&')
        {
            at++;
        }

        if (name == 0 || at >= text.Length || text[at] != '=' || (at + 1 < text.Length && text[at + 1] == '='))
        {
            return -1;
        }

        operation = text[from..at];
        return from;
    }

    public static bool StartsWithWord(string text, string word) =>
        text.StartsWith(word, StringComparison.Ordinal) && (text.Length == word.Length || !(char.IsAsciiLetterOrDigit(text[word.Length]) || text[word.Length] == '_'));

    /// <summary>Goes over the characters outside of strings with the depth of brackets behind each; where it was told to stop, or −1.</summary>
    private static int Scan(string text, Func<char, int, bool> stop)
    {
        int depth = 0;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quote != '\0')
            {
                i += c == '\\' ? 1 : 0;
                quote = c == quote ? '\0' : quote;
                continue;
            }

            if (c is '\'' or '"')
            {
                quote = c;
                continue;
            }

            depth += c is '(' or '[' or '{' ? 1 : c is ')' or ']' or '}' ? -1 : 0;
            if (stop(c, depth))
            {
                return i;
            }
        }

        return -1;
    }
}

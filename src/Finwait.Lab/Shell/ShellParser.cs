using System.Text;

namespace Finwait.Lab;

/// <summary>Reads a line of the lab's shell: words, quotes, variables, substitutions, pipes, lists and redirections, as bash reads them.</summary>
internal sealed class ShellParser
{
    private static readonly string[] Operators = ["&&", "||", "&>", ">>", ">&", ";", "&", "|", "<", ">"];

    private readonly string _text;
    private int _at;

    private ShellParser(string text) => _text = text;

    /// <summary>The pipelines of a line; none for an empty line or a comment.</summary>
    /// <exception cref="ShellSyntaxException">The line cannot be read; the message is bash's.</exception>
    public static List<ShellPipeline> Parse(string line)
    {
        var parser = new ShellParser(line);
        var pipelines = new List<ShellPipeline>();
        while (parser.Peek() is not null)
        {
            pipelines.Add(parser.ReadPipeline());
        }

        return pipelines;
    }

    /// <summary>Skips blanks; null at the end (a comment counts as the end), an operator, or "" for a word.</summary>
    private string? Peek()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\r' or '\n')
        {
            _at++;
        }

        if (_at >= _text.Length || _text[_at] == '#')
        {
            return null;
        }

        foreach (string op in Operators)
        {
            if (string.CompareOrdinal(_text, _at, op, 0, op.Length) == 0)
            {
                return op;
            }
        }

        return _text[_at] is '(' or ')' ? _text[_at].ToString() : "";
    }

    private static ShellSyntaxException Unexpected(string? token) => new($"syntax error near unexpected token `{token ?? "newline"}'");

    private ShellPipeline ReadPipeline()
    {
        var commands = new List<ShellCommand> { ReadCommand() };
        while (Peek() == "|")
        {
            _at++;
            commands.Add(ReadCommand());
        }

        string? end = Peek();
        if (end is null)
        {
            return new ShellPipeline(commands.ToArray(), "");
        }

        if (end is not (";" or "&" or "&&" or "||"))
        {
            throw Unexpected(end);
        }

        _at += end.Length;
        if (end is "&&" or "||" && Peek() is null)
        {
            throw new ShellSyntaxException("syntax error: unexpected end of file");
        }

        return new ShellPipeline(commands.ToArray(), end);
    }

    private ShellCommand ReadCommand()
    {
        var assignments = new List<(string, ShellWord)>();
        var words = new List<ShellWord>();
        var redirections = new List<ShellRedirection>();
        while (true)
        {
            string? next = Peek();
            if (next is "<" or ">" or ">>" or "&>" or ">&")
            {
                redirections.Add(ReadRedirection(next == "<" ? 0 : 1));
            }
            else if (next == "")
            {
                if (TakeDescriptor() is { } descriptor)
                {
                    redirections.Add(ReadRedirection(descriptor));
                    continue;
                }

                ShellWord word = ReadWord();
                if (words.Count == 0 && SplitAssignment(word) is { } assignment)
                {
                    assignments.Add(assignment);
                }
                else
                {
                    words.Add(word);
                }
            }
            else if (words.Count + assignments.Count + redirections.Count == 0 || next is "(" or ")")
            {
                throw Unexpected(next);
            }
            else
            {
                return new ShellCommand(assignments.ToArray(), words.ToArray(), redirections.ToArray());
            }
        }
    }

    /// <summary>The digit of <c>2&gt;</c>, if one stands here.</summary>
    private int? TakeDescriptor()
    {
        if (_text[_at] is >= '0' and <= '2' && _at + 1 < _text.Length && _text[_at + 1] is '<' or '>')
        {
            return _text[_at++] - '0';
        }

        return null;
    }

    private ShellRedirection ReadRedirection(int descriptor)
    {
        string op = Peek()!;
        _at += op.Length;
        string? next = Peek();
        if (next != "")
        {
            throw Unexpected(next);
        }

        return op == "&>" ? new ShellRedirection(3, ">", ReadWord()) : new ShellRedirection(descriptor, op, ReadWord());
    }

    private static (string, ShellWord)? SplitAssignment(ShellWord word)
    {
        if (word.Parts is not [ShellText { IsQuoted: false } first, ..])
        {
            return null;
        }

        int equals = first.Text.IndexOf('=');
        if (equals < 1 || !IsName(first.Text.AsSpan(0, equals)))
        {
            return null;
        }

        return (first.Text[..equals], new ShellWord([new ShellText(first.Text[(equals + 1)..], false), .. word.Parts[1..]]));
    }

    private static bool IsNameCharacter(char c) => c == '_' || char.IsAsciiLetterOrDigit(c);

    private static bool IsName(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!IsNameCharacter(c))
            {
                return false;
            }
        }

        return text.Length > 0 && !char.IsAsciiDigit(text[0]);
    }

    private ShellWord ReadWord()
    {
        var parts = new List<ShellPart>();
        var text = new StringBuilder();
        bool hasQuotes = false;
        while (_at < _text.Length && !(_text[_at] is ' ' or '\t' or '\r' or '\n' or ';' or '&' or '|' or '<' or '>' or '(' or ')'))
        {
            char c = _text[_at];
            switch (c)
            {
                case '\'':
                    Flush(parts, text, false);
                    parts.Add(new ShellText(ReadTo('\''), true));
                    hasQuotes = true;
                    break;
                case '"':
                    Flush(parts, text, false);
                    ReadDoubleQuoted(parts);
                    hasQuotes = true;
                    break;
                case '\\' when _at + 1 < _text.Length:
                    Flush(parts, text, false);
                    parts.Add(new ShellText(_text[_at + 1].ToString(), true));
                    _at += 2;
                    break;
                case '$' or '`':
                    ReadDollar(parts, text, isQuoted: false);
                    break;
                default:
                    text.Append(c);
                    _at++;
                    break;
            }
        }

        Flush(parts, text, false);
        if (parts.Count == 0 && hasQuotes)
        {
            parts.Add(new ShellText("", true));
        }

        return new ShellWord(parts.ToArray());
    }

    private static void Flush(List<ShellPart> parts, StringBuilder text, bool isQuoted)
    {
        if (text.Length > 0)
        {
            parts.Add(new ShellText(text.ToString(), isQuoted));
            text.Clear();
        }
    }

    /// <summary>The text up to the next <paramref name="quote"/>; both quotes are taken.</summary>
    private string ReadTo(char quote)
    {
        int end = _text.IndexOf(quote, _at + 1);
        if (end < 0)
        {
            throw new ShellSyntaxException($"unexpected EOF while looking for matching `{quote}'");
        }

        string inside = _text[(_at + 1)..end];
        _at = end + 1;
        return inside;
    }

    private void ReadDoubleQuoted(List<ShellPart> parts)
    {
        var text = new StringBuilder();
        int start = parts.Count;
        _at++;
        while (true)
        {
            if (_at >= _text.Length)
            {
                throw new ShellSyntaxException("unexpected EOF while looking for matching `\"'");
            }

            char c = _text[_at];
            if (c == '"')
            {
                _at++;
                break;
            }

            if (c == '\\' && _at + 1 < _text.Length && _text[_at + 1] is '"' or '\\' or '$' or '`')
            {
                text.Append(_text[_at + 1]);
                _at += 2;
            }
            else if (c is '$' or '`')
            {
                ReadDollar(parts, text, isQuoted: true);
            }
            else
            {
                text.Append(c);
                _at++;
            }
        }

        Flush(parts, text, true);
        if (parts.Count == start)
        {
            parts.Add(new ShellText("", true));
        }
    }

    private void ReadDollar(List<ShellPart> parts, StringBuilder text, bool isQuoted)
    {
        if (_text[_at] == '`')
        {
            Flush(parts, text, isQuoted);
            parts.Add(new ShellSubstitution(ReadTo('`'), isQuoted));
            return;
        }

        int next = _at + 1;
        if (next < _text.Length && _text[next] == '(')
        {
            Flush(parts, text, isQuoted);
            string inside = ReadParenthesized();
            bool isCalculation = inside.Length > 1 && inside[0] == '(' && inside[^1] == ')';
            parts.Add(isCalculation ? new ShellCalculation(inside[1..^1], isQuoted) : new ShellSubstitution(inside, isQuoted));
        }
        else if (next < _text.Length && _text[next] == '{')
        {
            int end = _text.IndexOf('}', next);
            if (end < 0 || !IsName(_text.AsSpan(next + 1, end - next - 1)))
            {
                throw new ShellSyntaxException(end < 0 ? "unexpected EOF while looking for matching `}'" : $"{_text[_at..(end + 1)]}: bad substitution");
            }

            Flush(parts, text, isQuoted);
            parts.Add(new ShellVariable(_text[(next + 1)..end], false, isQuoted));
            _at = end + 1;
        }
        else if (next < _text.Length && _text[next] is '?' or '$')
        {
            Flush(parts, text, isQuoted);
            parts.Add(new ShellVariable(_text[next].ToString(), false, isQuoted));
            _at += 2;
        }
        else if (next < _text.Length && IsNameCharacter(_text[next]) && !char.IsAsciiDigit(_text[next]))
        {
            int end = next;
            while (end < _text.Length && IsNameCharacter(_text[end]))
            {
                end++;
            }

            bool closes = end < _text.Length && _text[end] == '$' && (end + 1 == _text.Length || !(IsNameCharacter(_text[end + 1]) || _text[end + 1] is '(' or '{' or '?'));
            Flush(parts, text, isQuoted);
            parts.Add(new ShellVariable(_text[next..end], closes, isQuoted));
            _at = closes ? end + 1 : end;
        }
        else
        {
            text.Append('$');
            _at++;
        }
    }

    /// <summary>The command inside <c>$( )</c>, brackets and quotes in it counted.</summary>
    private string ReadParenthesized()
    {
        int start = _at + 2;
        int depth = 1;
        char quote = '\0';
        for (int i = start; i < _text.Length; i++)
        {
            char c = _text[i];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '\'' or '"')
            {
                quote = c;
            }
            else if (c == '(')
            {
                depth++;
            }
            else if (c == ')' && --depth == 0)
            {
                _at = i + 1;
                return _text[start..i];
            }
        }

        throw new ShellSyntaxException("unexpected EOF while looking for matching `)'");
    }
}

namespace Finwait.Lab;

/// <summary>Reads lines of the lab's shell: pipes, lists, redirections, loops, conditions and functions.</summary>
internal sealed class ShellParser : ShellLexer
{
    private const int MaxDepth = 64;
    private const int MaxAliases = 16;

    private static readonly string[] s_reserved = ["if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "function", "{", "}", "!", "[["];

    private readonly IReadOnlyDictionary<string, string> _aliases;
    private readonly List<(ShellHereDocument Document, string End, bool StripsTabs, bool IsLiteral)> _documents = [];
    private int _depth;
    private int _replaced;

    private ShellParser(string text, IReadOnlyDictionary<string, string> aliases)
        : base(text) => _aliases = aliases;

    /// <summary>What a text consists of; nothing for an empty line or a comment.</summary>
    /// <param name="text">One line or several.</param>
    /// <param name="aliases">Words that stand for others.</param>
    /// <exception cref="ShellSyntaxException">It cannot be read; the message is bash's.</exception>
    /// <exception cref="ShellIncompleteException">It ends inside a construct.</exception>
    public static ShellItem[] Parse(string text, IReadOnlyDictionary<string, string>? aliases = null)
    {
        var parser = new ShellParser(text.ReplaceLineEndings("\n"), aliases ?? new Dictionary<string, string>());
        ShellItem[] items = parser.ReadList();
        if (parser.Peek() is { } rest)
        {
            throw parser.Unexpected(rest);
        }

        return parser._documents.Count > 0 ? throw new ShellIncompleteException() : items;
    }

    private ShellSyntaxException Unexpected(string? token) => new($"syntax error near unexpected token `{token switch { null or "\n" => "newline", "" => PeekWord() ?? "", _ => token }}'");

    /// <summary>Something else is wanted here; at the end more lines may bring it.</summary>
    private ShellSyntaxException Missing() => Peek() is { } other ? Unexpected(other) : new ShellIncompleteException();

    /// <summary>The word that stands here if it is a plain one; nothing is taken.</summary>
    private string? PeekWord()
    {
        if (Peek() != "")
        {
            return null;
        }

        int at = At;
        string? word = ReadWord().Plain;
        At = at;
        return word;
    }

    private bool TakeWord(string word)
    {
        if (PeekWord() != word)
        {
            return false;
        }

        At += word.Length;
        return true;
    }

    private void Expect(string word)
    {
        SkipNewLines();
        if (!TakeWord(word))
        {
            throw Missing();
        }
    }

    private void TakeNewLine()
    {
        At++;
        foreach ((ShellHereDocument document, string end, bool strips, bool isLiteral) in _documents)
        {
            document.Text = ReadDocument(end, strips, isLiteral);
        }

        _documents.Clear();
    }

    private ShellWord ReadDocument(string end, bool stripsTabs, bool isLiteral)
    {
        var lines = new List<string>();
        while (At < Text.Length)
        {
            int stop = Text.IndexOf('\n', At);
            string line = Text[At..(stop < 0 ? Text.Length : stop)];
            At = stop < 0 ? Text.Length : stop + 1;
            line = stripsTabs ? line.TrimStart('\t') : line;
            if (line == end)
            {
                string text = string.Concat(lines.Select(each => each + "\n"));
                return isLiteral ? new ShellWord([new ShellText(text, true)]) : ReadQuotedText(text);
            }

            lines.Add(line);
        }

        throw new ShellIncompleteException();
    }

    private void SkipNewLines()
    {
        while (Peek() == "\n")
        {
            TakeNewLine();
        }
    }

    /// <summary>Items up to the end or to a word that ends the construct around them.</summary>
    private ShellItem[] ReadList(params string[] ends)
    {
        var items = new List<ShellItem>();
        while (true)
        {
            SkipNewLines();
            string? next = Peek();
            if (next is null or ")" or ";;" || (next.Length == 0 && PeekWord() is { } word && ends.Contains(word)))
            {
                return items.ToArray();
            }

            int start = At;
            ShellItem item = ReadItem();
            string? end = Peek();
            bool isBackground = end == "&";
            items.Add(item with { IsBackground = isBackground, Text = Text[start..At].Trim() });
            if (end is ";" or "&")
            {
                At++;
            }
            else if (end is not (null or "\n" or ")" or ";;"))
            {
                throw Unexpected(end);
            }
        }
    }

    /// <summary>A list that must not be empty, with the word that ends it left in place.</summary>
    private ShellItem[] ReadBody(params string[] ends)
    {
        ShellItem[] body = ReadList(ends);
        return body.Length > 0 ? body : throw Missing();
    }

    private ShellItem ReadItem()
    {
        var pipelines = new List<(string, ShellPipeline)> { ("", ReadPipeline()) };
        while (Peek() is "&&" or "||")
        {
            string op = Peek()!;
            At += op.Length;
            bool isLast = Peek() is null;
            SkipNewLines();
            pipelines.Add((op, isLast ? throw new ShellSyntaxException("syntax error: unexpected end of file") : ReadPipeline()));
        }

        return new ShellItem(pipelines.ToArray(), false, "");
    }

    private ShellPipeline ReadPipeline()
    {
        bool isNegated = false;
        while (TakeWord("!"))
        {
            isNegated = !isNegated;
        }

        var commands = new List<ShellNode> { ReadCommand() };
        while (Peek() == "|")
        {
            At++;
            SkipNewLines();
            commands.Add(ReadCommand());
        }

        return new ShellPipeline(commands.ToArray(), isNegated);
    }

    private ShellNode ReadCommand()
    {
        if (++_depth > MaxDepth)
        {
            throw new ShellSyntaxException("too deeply nested");
        }

        ReplaceAlias();
        string? next = Peek();
        string? word = next == "" ? PeekWord() : next;
        ShellNode? compound = word switch
        {
            "(" => ReadParenthesis(),
            "{" => Braces(),
            "if" => ReadIf(),
            "while" or "until" => ReadLoop(word),
            "for" => ReadFor(),
            "case" => ReadCase(),
            "function" => ReadFunction(),
            "[[" => ReadCondition(),
            "then" or "else" or "elif" or "fi" or "do" or "done" or "esac" or "}" => throw Unexpected(word),
            _ => null,
        };
        ShellNode node = compound is null ? ReadSimple() : compound with { Redirections = ReadRedirections() };
        _depth--;
        return node;
    }

    /// <summary>A word in a command's place that stands for others is replaced by them.</summary>
    private void ReplaceAlias()
    {
        var done = new HashSet<string>();
        while (_aliases.Count > 0 && PeekWord() is { } word && _aliases.TryGetValue(word, out string? value) && done.Add(word) && _replaced++ < MaxAliases)
        {
            Text = Text[..At] + value + Text[(At + word.Length)..];
        }
    }

    private ShellNode ReadParenthesis()
    {
        if (string.CompareOrdinal(Text, At, "((", 0, 2) == 0 && EndOfExpression() is > 0 and var end)
        {
            string inside = Text[(At + 2)..end];
            At = end + 2;
            return new ShellCompute(ReadQuotedText(inside));
        }

        At++;
        ShellItem[] body = ReadBody();
        if (Peek() != ")")
        {
            throw Missing();
        }

        At++;
        return new ShellGroup(body, IsSubshell: true);
    }

    /// <summary>Where the two brackets stand that close the two here; -1 if these are two constructs.</summary>
    private int EndOfExpression()
    {
        int depth = 0;
        for (int i = At; i < Text.Length; i++)
        {
            depth += Text[i] == '(' ? 1 : Text[i] == ')' ? -1 : 0;
            if (depth == 0)
            {
                return Text[i - 1] == ')' ? i - 1 : -1;
            }
        }

        return -1;
    }

    private ShellGroup Braces()
    {
        Expect("{");
        ShellItem[] body = ReadBody("}");
        Expect("}");
        return new ShellGroup(body, IsSubshell: false);
    }

    private ShellIf ReadIf()
    {
        Expect("if");
        var branches = new List<(ShellItem[], ShellItem[])>();
        do
        {
            ShellItem[] condition = ReadBody("then");
            Expect("then");
            branches.Add((condition, ReadBody("elif", "else", "fi")));
        }
        while (TakeWord("elif"));

        ShellItem[] otherwise = TakeWord("else") ? ReadBody("fi") : [];
        Expect("fi");
        return new ShellIf(branches.ToArray(), otherwise);
    }

    private ShellLoop ReadLoop(string word)
    {
        Expect(word);
        ShellItem[] condition = ReadBody("do");
        return new ShellLoop(condition, ReadDo(), word == "until");
    }

    private ShellItem[] ReadDo()
    {
        Expect("do");
        ShellItem[] body = ReadBody("done");
        Expect("done");
        return body;
    }

    private ShellNode ReadFor()
    {
        Expect("for");
        if (Peek() == "(" && ReadParenthesis() is ShellCompute { Expression: var all })
        {
            string[] parts = string.Concat(all.Parts.Select(part => part is ShellText text ? text.Text : part is ShellVariable variable ? "$" + variable.Name : throw new ShellSyntaxException("syntax error: bad for loop"))).Split(';');
            _ = parts.Length == 3 ? true : throw new ShellSyntaxException("syntax error: arithmetic expression required");
            TakeSemicolon();
            return new ShellCount(ReadQuotedText(parts[0]), ReadQuotedText(parts[1]), ReadQuotedText(parts[2]), ReadDo());
        }

        string name = PeekWord() ?? throw Missing();
        if (!IsName(name))
        {
            throw new ShellSyntaxException($"`{name}': not a valid identifier");
        }

        At += name.Length;
        SkipNewLines();
        List<ShellWord>? words = null;
        if (TakeWord("in"))
        {
            words = [];
            while (Peek() == "")
            {
                words.Add(ReadWord());
            }
        }

        TakeSemicolon();
        return new ShellFor(name, words?.ToArray(), ReadDo());
    }

    private void TakeSemicolon()
    {
        At += Peek() == ";" ? 1 : 0;
        SkipNewLines();
    }

    private ShellCase ReadCase()
    {
        Expect("case");
        ShellWord word = Peek() == "" ? ReadWord() : throw Unexpected(Peek());
        Expect("in");
        var branches = new List<(ShellWord[], ShellItem[])>();
        SkipNewLines();
        while (!TakeWord("esac"))
        {
            At += Peek() == "(" ? 1 : 0;
            var patterns = new List<ShellWord>();
            do
            {
                At += patterns.Count > 0 ? 1 : 0;
                patterns.Add(Peek() switch { "" => ReadWord(), null => throw new ShellIncompleteException(), var other => throw Unexpected(other) });
            }
            while (Peek() == "|");

            At += Peek() == ")" ? 1 : throw Missing();
            branches.Add((patterns.ToArray(), ReadList("esac")));
            At += Peek() == ";;" ? 2 : 0;
            SkipNewLines();
            _ = Peek() ?? throw new ShellIncompleteException();
        }

        return new ShellCase(word, branches.ToArray());
    }

    private ShellFunction ReadFunction()
    {
        Expect("function");
        string name = PeekWord() ?? throw Unexpected(Peek());
        At += name.Length;
        return ReadFunctionBody(name);
    }

    private ShellFunction ReadFunctionBody(string name)
    {
        if (Peek() == "(")
        {
            At++;
            At += Peek() == ")" ? 1 : throw Unexpected(Peek());
        }

        SkipNewLines();
        return new ShellFunction(name, ReadCommand());
    }

    /// <summary>What stands between the double brackets; signs in it are words.</summary>
    private ShellCondition ReadCondition()
    {
        Expect("[[");
        var words = new List<ShellWord>();
        while (true)
        {
            string? next = Peek();
            if (next is null)
            {
                throw new ShellIncompleteException();
            }

            if (next.Length == 0)
            {
                ShellWord word = ReadWord();
                if (word.Plain == "]]")
                {
                    return new ShellCondition(words.ToArray());
                }

                words.Add(word);
                continue;
            }

            At += next.Length;
            if (next != "\n")
            {
                words.Add(new ShellWord([new ShellText(next, false)]));
            }
        }
    }

    private ShellNode ReadSimple()
    {
        var assignments = new List<(string, ShellWord)>();
        var words = new List<ShellWord>();
        var redirections = new List<ShellRedirection>();
        while (true)
        {
            redirections.AddRange(ReadRedirections());
            string? next = Peek();
            if (next == "")
            {
                ShellWord word = ReadWord();
                if (words.Count == 0 && SplitAssignment(word) is { } assignment)
                {
                    assignments.Add(Peek() == "(" && assignment.Value.Parts.Length == 0 ? throw new ShellSyntaxException($"{assignment.Name}: the lab's shell has no arrays") : assignment);
                }
                else
                {
                    words.Add(word);
                }
            }
            else if (next == "(" && words.Count == 1 && assignments.Count == 0 && words[0].Plain is { } name && !s_reserved.Contains(name) && Text.AsSpan(At + 1).TrimStart().StartsWith(")"))
            {
                return ReadFunctionBody(name);
            }
            else if (words.Count + assignments.Count + redirections.Count == 0 || next == "(")
            {
                throw next is null && _depth > 1 ? new ShellIncompleteException() : Unexpected(next);
            }
            else
            {
                return new ShellCommand(assignments.ToArray(), words.ToArray()) { Redirections = redirections.ToArray() };
            }
        }
    }

    private static (string Name, ShellWord Value)? SplitAssignment(ShellWord word)
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

        ShellPart[] rest = equals + 1 < first.Text.Length ? [new ShellText(first.Text[(equals + 1)..], false)] : [];
        return (first.Text[..equals], new ShellWord([.. rest, .. word.Parts[1..]]));
    }

    private ShellRedirection[] ReadRedirections()
    {
        var redirections = new List<ShellRedirection>();
        while (true)
        {
            string? next = Peek();
            int descriptor = next is "<" or "<<" or "<<-" or "<<<" or "<&" ? 0 : 1;
            if (next == "" && Text[At] is >= '0' and <= '2' && At + 1 < Text.Length && Text[At + 1] is '<' or '>')
            {
                descriptor = Text[At++] - '0';
                next = Peek();
            }

            if (next is not ("<" or ">" or ">>" or "&>" or "&>>" or ">&" or "<&" or "<<" or "<<-" or "<<<"))
            {
                return redirections.ToArray();
            }

            At += next.Length;
            string? after = Peek();
            if (after != "")
            {
                throw Unexpected(after);
            }

            ShellWord target = ReadWord();
            if (next is "<<" or "<<-")
            {
                var document = new ShellHereDocument();
                string end = string.Concat(target.Parts.OfType<ShellText>().Select(part => part.Text));
                _documents.Add((document, end, next == "<<-", target.Parts.Any(part => part.IsQuoted)));
                redirections.Add(new ShellRedirection(0, "<<", target) { Document = document });
                continue;
            }

            redirections.Add(next is "&>" or "&>>" ? new ShellRedirection(3, next[1..], target) : new ShellRedirection(descriptor, next == "<&" ? ">&" : next, target));
        }
    }
}

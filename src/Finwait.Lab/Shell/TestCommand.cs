using System.Globalization;

namespace Finwait.Lab;

/// <summary>A word of <c>[[ … ]]</c>.</summary>
/// <param name="Text">Its value.</param>
/// <param name="IsQuoted">True if it is more than plain text, so that it is no operator.</param>
/// <param name="Pattern">The value as a pattern.</param>
internal readonly record struct TestWord(string Text, bool IsQuoted, string Pattern);

/// <summary><c>test</c>, <c>[ … ]</c> and <c>[[ … ]]</c>.</summary>
internal sealed class TestCommand
{
    private const int Wrong = 2;
    private const int MaxDepth = 64;

    private static readonly string[] s_unary = ["-e", "-f", "-s", "-r", "-w", "-x", "-d", "-z", "-n", "-t", "-L", "-h", "-v"];
    private static readonly string[] s_binary = ["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef", "=~"];

    private readonly string _name;
    private readonly List<TestWord> _words;
    private readonly LabFiles _files;
    private readonly bool _isDouble;
    private int _at;
    private int _depth;

    private TestCommand(string name, List<TestWord> words, LabFiles files, bool isDouble) => (_name, _words, _files, _isDouble) = (name, words, files, isDouble);

    /// <summary>Runs <c>test</c> or <c>[</c>.</summary>
    /// <param name="words">The command first.</param>
    /// <param name="files">The host's files.</param>
    /// <returns>0 if it holds, 1 if not, 2 and bash's words if it cannot be understood.</returns>
    public static (int Status, string Error) Single(IReadOnlyList<string> words, LabFiles files)
    {
        if (words[0] == "[" && words[^1] != "]")
        {
            return (Wrong, "bash: [: missing `]'\n");
        }

        int count = words.Count - (words[0] == "[" ? 2 : 1);
        return Run(new TestCommand(words[0], [.. words.Skip(1).Take(count).Select(word => new TestWord(word, false, word))], files, isDouble: false));
    }

    /// <summary>Runs <c>[[ … ]]</c>.</summary>
    public static (int Status, string Error) Double(List<TestWord> words, LabFiles files) => Run(new TestCommand("[[", words, files, isDouble: true));

    private static (int Status, string Error) Run(TestCommand test)
    {
        if (test._words.Count == 0)
        {
            return (1, "");
        }

        try
        {
            bool holds = test.Or();
            return test._at < test._words.Count ? throw new ShellSyntaxException(test._words.Count > 3 ? "too many arguments" : $"{test._words[test._at].Text}: binary operator expected") : (holds ? 0 : 1, "");
        }
        catch (ShellSyntaxException error)
        {
            return (Wrong, $"bash: {test._name}: {error.Message}\n");
        }
    }

    private string? Peek(int ahead = 0) => _at + ahead < _words.Count ? _words[_at + ahead].Text : null;

    private bool IsSign(params string[] signs) => _at < _words.Count && !(_isDouble && _words[_at].IsQuoted) && signs.Contains(_words[_at].Text);

    private bool Or()
    {
        bool value = And();
        while (IsSign(_isDouble ? "||" : "-o"))
        {
            _at++;
            value |= And();
        }

        return value;
    }

    private bool And()
    {
        bool value = Not();
        while (IsSign(_isDouble ? "&&" : "-a"))
        {
            _at++;
            value &= Not();
        }

        return value;
    }

    private bool Not()
    {
        if (++_depth > MaxDepth)
        {
            throw new ShellSyntaxException("too deeply nested");
        }

        bool isNegated = IsSign("!") && _words.Count > 1;
        _at += isNegated ? 1 : 0;
        bool value = isNegated ? !Not() : Primary();
        _depth--;
        return value;
    }

    private bool Primary()
    {
        if (Peek() is not { } first)
        {
            throw new ShellSyntaxException("argument expected");
        }

        bool isBinary = _at + 1 < _words.Count && s_binary.Contains(_words[_at + 1].Text) && !(_isDouble && _words[_at + 1].IsQuoted);
        if (isBinary && Peek(2) is not null)
        {
            TestWord right = _words[_at + 2];
            string sign = _words[_at + 1].Text;
            _at += 3;
            return Compare(first, sign, right);
        }

        if (IsSign("(") && Peek(1) is not null)
        {
            _at++;
            bool inside = Or();
            _at += IsSign(")") ? 1 : throw new ShellSyntaxException("`)' expected");
            return inside;
        }

        if (first.Length == 2 && first[0] == '-' && Peek(1) is { } operand && !(_isDouble && _words[_at].IsQuoted))
        {
            _at += s_unary.Contains(first) ? 2 : throw new ShellSyntaxException($"{first}: unary operator expected");
            return Unary(first, operand);
        }

        _at++;
        return isBinary ? throw new ShellSyntaxException($"{first}: unary operator expected") : first.Length > 0;
    }

    private bool Unary(string sign, string operand) => sign switch
    {
        "-z" => operand.Length == 0,
        "-n" => operand.Length > 0,
        "-s" => _files.TryRead(operand, out byte[] content) && content.Length > 0,
        "-d" => operand is "." or ".." or "/" or "/root" or "/root/" or "/etc" or "/proc",
        "-t" => true,
        "-L" or "-h" => false,
        _ => _files.TryRead(operand, out _) || operand is "." or "/" or "/root",
    };

    private bool Compare(string left, string sign, TestWord right) => sign switch
    {
        "=" or "==" => _isDouble ? ShellPattern.Fits(right.Pattern, left) : left == right.Text,
        "!=" => !(_isDouble ? ShellPattern.Fits(right.Pattern, left) : left == right.Text),
        "<" => string.CompareOrdinal(left, right.Text) < 0,
        ">" => string.CompareOrdinal(left, right.Text) > 0,
        "=~" => PosixRegex.TryCreate(right.Text, isExtended: true, ignoreCase: false, out System.Text.RegularExpressions.Regex? regex, out _) ? regex.IsMatch(left) : throw new ShellSyntaxException("syntax error in conditional expression"),
        "-eq" => Number(left) == Number(right.Text),
        "-ne" => Number(left) != Number(right.Text),
        "-lt" => Number(left) < Number(right.Text),
        "-le" => Number(left) <= Number(right.Text),
        "-gt" => Number(left) > Number(right.Text),
        "-ge" => Number(left) >= Number(right.Text),
        _ => false, // -nt, -ot, -ef: files have no times here
    };

    private static long Number(string text) => long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : throw new ShellSyntaxException($"{text}: integer expression expected");
}

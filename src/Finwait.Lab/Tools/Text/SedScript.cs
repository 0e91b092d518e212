using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Finwait.Lab;

/// <summary>One end of a sed address: a line number, the last line (<c>$</c>), or the lines that match.</summary>
/// <param name="Line">The number, from 1; 0 if the address is none.</param>
/// <param name="IsLast">True for <c>$</c>.</param>
/// <param name="Pattern">The expression; null if the address is none, or if it stands for the last one used.</param>
/// <param name="IsPattern">True for an expression.</param>
internal sealed record SedAddress(int Line, bool IsLast, Regex? Pattern, bool IsPattern);

/// <summary>One command of a sed script.</summary>
internal sealed class SedCommand
{
    public SedAddress? From { get; set; }

    public SedAddress? To { get; set; }

    /// <summary><c>!</c>: the lines that the address does not choose.</summary>
    public bool IsInverted { get; set; }

    /// <summary>One of s, p, d, q, =.</summary>
    public char Name { get; set; }

    /// <summary>Of s: what to look for; null for the last expression used.</summary>
    public Regex? Pattern { get; set; }

    /// <summary>Of s: what to put there; <c>\0</c> to <c>\9</c> as characters from U+E000 on.</summary>
    public string Replacement { get; set; } = "";

    /// <summary>Of s: the first match replaced, from 1.</summary>
    public int Occurrence { get; set; } = 1;

    /// <summary>Of s: those behind it too.</summary>
    public bool IsGlobal { get; set; }

    /// <summary>Of s: prints the line if something was replaced.</summary>
    public bool Prints { get; set; }

    /// <summary>Of q: the exit status.</summary>
    public int Status { get; set; }

    /// <summary>Between the first and the last line of a range.</summary>
    public bool IsInside { get; set; }

    /// <summary>The line number at which the range that is open ends; 0 if an expression ends it.</summary>
    public int EndLine { get; set; }
}

/// <summary>What is wrong with a script, and at which character of which <c>-e</c>.</summary>
internal sealed class SedException(string message) : Exception(message);

/// <summary>Reads sed scripts: s, p, d, q, =, with addresses.</summary>
internal sealed class SedScript
{
    /// <summary>First of the ten characters that stand for <c>\0</c> to <c>\9</c> in a replacement.</summary>
    internal const char Group = '\uE000';

    private const int MaxCommands = 1000;

    private readonly string _text;
    private readonly int _expression;
    private readonly bool _isExtended;
    private int _at;

    private SedScript(string text, int expression, bool isExtended) => (_text, _expression, _isExtended) = (text, expression, isExtended);

    private char Current => _at < _text.Length ? _text[_at] : '\0';

    private bool IsAtEnd => _at >= _text.Length;

    /// <summary>The commands of one <c>-e</c>.</summary>
    /// <exception cref="SedException">The script cannot be understood: the user's mistake.</exception>
    internal static List<SedCommand> Parse(string text, int expression, bool isExtended)
    {
        SedScript script = new(text, expression, isExtended);
        List<SedCommand> commands = [];
        while (true)
        {
            while (script.Current is ' ' or '\t' or '\n' or ';')
            {
                script._at++;
            }

            if (script.IsAtEnd)
            {
                return commands;
            }

            if (script.Current == '#')
            {
                int end = text.IndexOf('\n', script._at);
                script._at = end < 0 ? text.Length : end;
                continue;
            }

            commands.Add(script.Command());
            if (commands.Count > MaxCommands)
            {
                throw script.Error($"more than {MaxCommands} commands");
            }
        }
    }

    private SedCommand Command()
    {
        SedCommand command = new() { From = Address() };
        if (command.From is not null)
        {
            SkipBlanks();
            if (Current == ',')
            {
                _at++;
                SkipBlanks();
                command.To = Address() ?? throw ErrorAtNext("unexpected `,'");
            }
        }

        SkipBlanks();
        while (Current == '!')
        {
            command.IsInverted = true;
            _at++;
            SkipBlanks();
        }

        if (IsAtEnd)
        {
            throw Error("missing command");
        }

        command.Name = _text[_at++];
        switch (command.Name)
        {
            case 's':
                Substitution(command);
                break;
            case 'q':
                SkipBlanks();
                command.Status = char.IsAsciiDigit(Current) ? Number() & 0xFF : 0;
                break;
            case 'p' or 'd' or '=':
                break;
            case '{' or '}' or 'a' or 'b' or 'c' or 'D' or 'e' or 'F' or 'g' or 'G' or 'h' or 'H' or 'i' or 'l' or 'n' or 'N' or 'P' or 'Q' or 'r' or 'R' or 't' or 'T' or 'v' or 'w' or 'W' or 'x' or 'y' or 'z' or ':' or '+' or '~':
                throw Error($"`{command.Name}' is not supported: s, p, d, q and = are");
            default:
                throw Error($"unknown command: `{command.Name}'");
        }

        SkipBlanks();
        if (!IsAtEnd && Current is not (';' or '\n' or '#'))
        {
            _at++;
            throw Error(command.Name == 's' ? "unknown option to `s'" : "extra characters after command");
        }

        return command;
    }

    private SedAddress? Address()
    {
        if (char.IsAsciiDigit(Current))
        {
            int line = Number();
            return line > 0 ? new(line, false, null, false) : throw ErrorAtNext("invalid usage of line address 0");
        }

        if (Current == '$')
        {
            _at++;
            return new(0, true, null, false);
        }

        if (Current is not ('/' or '\\'))
        {
            return null;
        }

        _at += Current == '\\' ? 1 : 0;
        string pattern = Delimited("unterminated address regex", isPattern: true);
        bool ignoresCase = Current == 'I';
        _at += ignoresCase ? 1 : 0;
        return new(0, false, Compile(pattern, ignoresCase), true);
    }

    private void Substitution(SedCommand command)
    {
        const string Unterminated = "unterminated `s' command";
        char delimiter = Current;
        if (delimiter is '\0' or '\n' or '\\')
        {
            throw Error(Unterminated);
        }

        string pattern = Delimited(Unterminated, isPattern: true);
        _at--;                                          // the delimiter in the middle ends the one and begins the other
        string replacement = Delimited(Unterminated, isPattern: false);
        bool ignoresCase = false, isNumbered = false;
        while (Current is 'g' or 'p' or 'i' or 'I' || char.IsAsciiDigit(Current))
        {
            char option = Current;
            if (char.IsAsciiDigit(option))
            {
                command.Occurrence = Number();
                if (command.Occurrence == 0 || isNumbered)
                {
                    throw Error(isNumbered ? "multiple number options to `s' command" : "number option to `s' command may not be zero");
                }

                isNumbered = true;
                continue;
            }

            _at++;
            command.IsGlobal |= option == 'g';
            command.Prints |= option == 'p';
            ignoresCase |= option is 'i' or 'I';
        }

        command.Pattern = Compile(pattern, ignoresCase);
        command.Replacement = Replacement(replacement, command.Pattern);
    }

    /// <summary>The text up to the delimiter that stands at the current place; the place behind the closing one is current then.</summary>
    private string Delimited(string unterminated, bool isPattern)
    {
        char delimiter = Current;
        StringBuilder text = new();
        bool inBracket = false;
        for (_at++; !IsAtEnd; _at++)
        {
            char c = Current;
            if (c == delimiter && !inBracket)
            {
                _at++;
                return text.ToString();
            }

            if (c == '\\' && !inBracket && _at + 1 < _text.Length)
            {
                _at++;
                text.Append(Current == delimiter ? "" : "\\").Append(Current);
                continue;
            }

            if (isPattern && inBracket && c == ']' && text.Length > 0 && text[^1] != '[' && !(text[^1] == '^' && text.Length > 1 && text[^2] == '['))
            {
                inBracket = false;
            }
            else if (isPattern && c == '[')
            {
                inBracket = true;
            }

            text.Append(c);
        }

        throw Error(unterminated);
    }

    private Regex? Compile(string pattern, bool ignoresCase)
    {
        if (pattern.Length == 0)
        {
            return null;
        }

        return PosixRegex.TryCreate(pattern, _isExtended, ignoresCase, out Regex? regex, out string error, captures: true) ? regex : throw Error(error);
    }

    private string Replacement(string text, Regex? pattern)
    {
        StringBuilder result = new();
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '&')
            {
                result.Append(Group);
            }
            else if (c == '\\' && i + 1 < text.Length)
            {
                c = text[++i];
                if (c is 'U' or 'L' or 'u' or 'l' or 'E')
                {
                    throw Error($"`\\{c}' is not supported in a replacement");
                }

                if (char.IsAsciiDigit(c) && pattern is not null && c - '0' >= pattern.GetGroupNumbers().Length)
                {
                    throw Error($"invalid reference \\{c} on `s' command's RHS");
                }

                result.Append(char.IsAsciiDigit(c) ? (char)(Group + (c - '0')) : c == 'n' ? '\n' : c == 't' ? '\t' : c);
            }
            else
            {
                result.Append(c);
            }
        }

        return result.ToString();
    }

    private int Number()
    {
        int begin = _at;
        while (char.IsAsciiDigit(Current))
        {
            _at++;
        }

        return int.TryParse(_text.AsSpan(begin, _at - begin), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : int.MaxValue;
    }

    private void SkipBlanks()
    {
        while (Current is ' ' or '\t')
        {
            _at++;
        }
    }

    /// <summary>GNU's sed has read one character more when it finds this out.</summary>
    private SedException ErrorAtNext(string what)
    {
        _at = Math.Min(_at + 1, _text.Length);
        return Error(what);
    }

    private SedException Error(string what) => new($"-e expression #{_expression}, char {_at}: {what}");
}

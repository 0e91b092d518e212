using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Finwait.Lab;

/// <summary>sed: edits each line as it passes. A subset of GNU's: -n, -e, -E; s, p, d, q, =; line numbers, <c>$</c>, expressions and ranges as addresses.</summary>
internal sealed class SedFilter
{
    private static readonly ToolOption[] s_known = [new('n', "quiet"), new('\0', "silent"), new('e', "expression", true), new('E', "regexp-extended"), new('r', "")];

    private readonly List<SedCommand> _commands;
    private readonly string[] _lines;
    private readonly bool _isQuiet;
    private readonly bool _endsWithNewLine;
    private readonly StringBuilder _output = new();
    private Regex? _lastPattern;
    private bool _owesNewLine;

    private SedFilter(List<SedCommand> commands, string text, bool isQuiet)
    {
        (_commands, _lines, _isQuiet) = (commands, TextTools.Lines(text), isQuiet);
        _endsWithNewLine = text.EndsWith('\n');
    }

    /// <summary>Runs sed.</summary>
    /// <returns>Status 0 or what q says; 1 and one line for a script that cannot be understood; 2 if a file is missing, as GNU's.</returns>
    internal static ToolResult Run(IReadOnlyList<string> arguments, string input, Func<string, string?>? readFile)
    {
        if (!OptionReader.TryRead("sed", arguments, s_known, out OptionReader reader, out string error))
        {
            return ToolResult.Failed(1, error);
        }

        List<string> operands = [.. reader.Operands];
        List<string> scripts = [.. reader.Options.Where(option => option.Option.Letter == 'e').Select(option => option.Value)];
        if (scripts.Count == 0)
        {
            if (operands.Count == 0)
            {
                return ToolResult.Failed(1, "usage: sed [-nE] [-e SCRIPT]... [SCRIPT] [FILE]...");
            }

            scripts.Add(operands[0]);
            operands.RemoveAt(0);
        }

        bool isExtended = reader.Options.Any(option => option.Option.Letter is 'E' or 'r');
        bool isQuiet = reader.Options.Any(option => option.Option.Word is "quiet" or "silent");
        try
        {
            List<SedCommand> commands = [.. scripts.SelectMany((script, i) => SedScript.Parse(script, i + 1, isExtended))];
            StringBuilder all = new(), missing = new();
            foreach (string name in operands.Count == 0 ? ["-"] : operands)
            {
                string? content = name == "-" ? input : readFile?.Invoke(name);
                all.Append(all.Length > 0 && all[^1] != '\n' && content is { Length: > 0 } ? "\n" : "").Append(content);
                missing.Append(content is null ? $"sed: can't read {name}: No such file or directory\n" : "");
            }

            SedFilter filter = new(commands, all.ToString(), isQuiet);
            int status = filter.Edit();
            return new(status == 0 && missing.Length > 0 ? 2 : status, filter._output.ToString(), missing.ToString());
        }
        catch (SedException exception)
        {
            return ToolResult.Failed(1, "sed: " + exception.Message);
        }
    }

    private int Edit()
    {
        for (int number = 1; number <= _lines.Length; number++)
        {
            string line = _lines[number - 1];
            bool isDeleted = false;
            int? status = null;
            foreach (SedCommand command in _commands)
            {
                if (!Applies(command, line, number))
                {
                    continue;
                }

                switch (command.Name)
                {
                    case 's' when Substitute(command, ref line) && command.Prints:
                    case 'p':
                        Print(line, number);
                        break;
                    case '=':
                        PrintWhole(number.ToString(CultureInfo.InvariantCulture));
                        break;
                    case 'd':
                        isDeleted = true;
                        break;
                    case 'q':
                        status = command.Status;
                        break;
                }

                if (isDeleted || status is not null)
                {
                    break;
                }
            }

            if (!isDeleted && !_isQuiet)
            {
                Print(line, number);
            }

            if (status is { } end)
            {
                return end;
            }
        }

        return 0;
    }

    private bool Applies(SedCommand command, string line, int number) => IsChosen(command, line, number) != command.IsInverted;

    private bool IsChosen(SedCommand command, string line, int number)
    {
        if (command.From is not { } from)
        {
            return true;
        }

        if (command.To is not { } to)
        {
            return Matches(from, line, number);
        }

        if (command.IsInside)
        {
            // A line number that has passed chooses no line more; an expression is looked for from the second line on.
            if (to is { IsPattern: false, IsLast: false } && number > to.Line)
            {
                command.IsInside = false;
                return Matches(from, line, number) && Begins(command, to, number);
            }

            command.IsInside = !Matches(to, line, number);
            return true;
        }

        return Matches(from, line, number) && Begins(command, to, number);
    }

    private bool Begins(SedCommand command, SedAddress to, int number)
    {
        command.IsInside = to.IsPattern || (to.IsLast ? number < _lines.Length : number < to.Line);
        return true;
    }

    private bool Matches(SedAddress address, string line, int number) =>
        address.IsPattern ? Last(address.Pattern).IsMatch(line) : address.IsLast ? number == _lines.Length : number == address.Line;

    private Regex Last(Regex? pattern) => _lastPattern = pattern ?? _lastPattern ?? throw new SedException("-e expression #1, char 0: no previous regular expression");

    private bool Substitute(SedCommand command, ref string line)
    {
        Regex pattern = Last(command.Pattern);
        StringBuilder? result = null;
        int copied = 0, count = 0, end = -1;
        for (Match match = pattern.Match(line); match.Success; match = match.NextMatch())
        {
            if (match.Length == 0 && match.Index == end)
            {
                continue;                               // nothing between what was just matched and the next character is no match
            }

            end = match.Index + match.Length;
            if (++count < command.Occurrence)
            {
                continue;
            }

            result ??= new();
            result.Append(line, copied, match.Index - copied);
            copied = end;
            Expand(command.Replacement, match, result);
            if (!command.IsGlobal)
            {
                break;
            }
        }

        if (result is null)
        {
            return false;
        }

        line = result.Append(line, copied, line.Length - copied).ToString();
        return true;
    }

    private static void Expand(string replacement, Match match, StringBuilder result)
    {
        foreach (char c in replacement)
        {
            if (c is >= SedScript.Group and <= (char)(SedScript.Group + 9))
            {
                result.Append(match.Groups[c - SedScript.Group].ValueSpan);
            }
            else
            {
                result.Append(c);
            }

            if (result.Length > AwkCommand.MaxText)
            {
                throw new SedException("a line grew too long");
            }
        }
    }

    /// <summary>The last line keeps the want of a newline that it came with.</summary>
    private void Print(string line, int number)
    {
        if (number < _lines.Length || _endsWithNewLine)
        {
            PrintWhole(line);
            return;
        }

        Begin(line.Length);
        _output.Append(line);
        _owesNewLine = true;
    }

    private void PrintWhole(string line)
    {
        Begin(line.Length);
        _output.Append(line).Append('\n');
    }

    private void Begin(int length)
    {
        _output.Append(_owesNewLine ? "\n" : "");
        _owesNewLine = false;
        if (_output.Length + (long)length > AwkCommand.MaxText)
        {
            throw new SedException("the output grew too long");
        }
    }
}

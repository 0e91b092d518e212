using System.Globalization;
using System.Text;

namespace Finwait.Lab;

/// <summary>Turns words into arguments: braces, variables, substitutions, the cutting of unquoted values at blanks, and names of files for patterns.</summary>
/// <param name="environment">The variables.</param>
/// <param name="files">Names of the files that patterns are for.</param>
/// <param name="substituted">What the substitutions in the words printed.</param>
internal sealed class ShellExpander(ShellEnvironment environment, LabFiles files, IReadOnlyDictionary<ShellSubstitution, string> substituted)
{
    /// <summary>No list of words grows beyond this; characters.</summary>
    private const int MaxLength = 1 << 20;
    private const int MaxBraces = 10_000;

    private int _length;

    /// <summary>All arguments of a command.</summary>
    public List<string> Expand(IEnumerable<ShellWord> words)
    {
        var arguments = new List<string>();
        foreach (ShellWord word in words.SelectMany(word => ShellBraces.Expand(word, MaxBraces)))
        {
            Expand(word, arguments);
        }

        return arguments;
    }

    /// <summary>A word that must be one: the value of an assignment or a file name. Blanks in it stay.</summary>
    public string ExpandOne(ShellWord word) => Tilde(word, string.Concat(word.Parts.Select(Value)));

    /// <summary>A word as a pattern: what was quoted fits only itself.</summary>
    public string ExpandPattern(ShellWord word) => string.Concat(word.Parts.Select(part => part.IsQuoted ? ShellPattern.Escape(Value(part)) : Value(part)));

    /// <summary>The value of an expression of arithmetic.</summary>
    public long Calculate(ShellWord expression) => ShellArithmetic.Evaluate(string.Concat(expression.Parts.Select(Value)), environment.Value, environment.Set);

    /// <summary>A value cut at blanks, or at what IFS holds.</summary>
    public string[] Split(string value)
    {
        string separators = environment.IsSet("IFS") ? environment.Value("IFS") : " \t\n";
        if (separators.Length == 0)
        {
            return value.Length > 0 ? [value] : [];
        }

        // Blanks count once however many there are; any other character each time.
        string[] pieces = value.Split([.. separators]);
        bool onlyBlanks = separators.All(char.IsWhiteSpace);
        return onlyBlanks ? [.. pieces.Where(piece => piece.Length > 0)] : pieces is [.., ""] ? pieces[..^1] : pieces;
    }

    private static string Tilde(ShellWord word, string value) =>
        word.Parts is [ShellText { IsQuoted: false, Text: var text }, ..] && (text == "~" || text.StartsWith("~/", StringComparison.Ordinal)) ? "/root" + value[1..] : value;

    private void Expand(ShellWord word, List<string> arguments)
    {
        (StringBuilder current, StringBuilder pattern) = (new(), new());
        bool isThere = false; // an unquoted expansion to nothing leaves no word behind
        foreach (ShellPart part in word.Parts)
        {
            if (part is ShellVariable { Name: "@", IsQuoted: true, Operator: "" })
            {
                for (int i = 0; i < environment.Arguments.Length; i++)
                {
                    isThere |= i > 0 && Finish(current, pattern, arguments, isThere: true);
                    current.Append(environment.Arguments[i]);
                    pattern.Append(ShellPattern.Escape(environment.Arguments[i]));
                    isThere = true;
                }

                continue;
            }

            string value = Value(part);
            if (part.IsQuoted || part is ShellText)
            {
                current.Append(value);
                pattern.Append(part.IsQuoted ? ShellPattern.Escape(value) : value);
                isThere = true;
                continue;
            }

            string[] pieces = Split(value);
            bool startsNew = value.Length > 0 && char.IsWhiteSpace(value[0]) && isThere;
            for (int i = 0; i < pieces.Length; i++)
            {
                if (i > 0 || startsNew)
                {
                    Finish(current, pattern, arguments, isThere);
                }

                current.Append(pieces[i]);
                pattern.Append(pieces[i]);
                isThere = true;
            }
        }

        string whole = Tilde(word, current.ToString());
        Finish(current.Clear().Append(whole), pattern, arguments, isThere);
    }

    private bool Finish(StringBuilder current, StringBuilder pattern, List<string> arguments, bool isThere)
    {
        if (isThere)
        {
            string found = pattern.ToString();
            string[] names = ShellPattern.IsPattern(found) ? Names(found) : [];
            arguments.AddRange(names.Length > 0 ? names : [current.ToString()]);
            _length += names.Sum(name => name.Length) + current.Length;
        }

        if (_length > MaxLength)
        {
            throw new ShellSyntaxException("argument list too long");
        }

        current.Clear();
        pattern.Clear();
        return isThere;
    }

    /// <summary>The host's files that a pattern fits. All lie in one folder, so that a pattern may begin with its name.</summary>
    private string[] Names(string pattern)
    {
        string folder = pattern.StartsWith("./", StringComparison.Ordinal) ? "./" : pattern.StartsWith("/root/", StringComparison.Ordinal) ? "/root/" : "";
        string rest = pattern[folder.Length..];
        return [.. files.Names.Where(name => (name[0] != '.' || rest.StartsWith('.')) && ShellPattern.Fits(rest, name)).Select(name => folder + name)];
    }

    private string Value(ShellPart part) => part switch
    {
        ShellText text => text.Text,
        ShellVariable variable => VariableValue(variable),
        ShellSubstitution substitution => substituted[substitution],
        ShellCalculation calculation => Calculate(calculation.Expression).ToString(CultureInfo.InvariantCulture),
        _ => "",
    };

    private string VariableValue(ShellVariable variable)
    {
        string value = environment.Value(variable.Name);
        if (variable.IsLength)
        {
            return (variable.Name is "@" or "*" ? environment.Arguments.Length : value.Length).ToString(CultureInfo.InvariantCulture);
        }

        bool isSet = environment.IsSet(variable.Name) && (variable.Operator is not [':', ..] || value.Length > 0);
        switch (variable.Operator)
        {
            case "":
                return value + (variable.HasClosingDollar && !environment.IsPlaceholder(variable.Name) ? "$" : "");
            case ":-" or "-":
                return isSet ? value : ExpandOne(variable.Operand);
            case ":+" or "+":
                return isSet ? ExpandOne(variable.Operand) : "";
            case ":=" or "=":
                if (!isSet)
                {
                    environment.Set(variable.Name, ExpandOne(variable.Operand));
                }

                return environment.Value(variable.Name);
            case ":?" or "?":
                string message = ExpandOne(variable.Operand);
                return isSet ? value : throw new ShellSyntaxException($"{variable.Name}: {(message.Length > 0 ? message : variable.Operator == "?" ? "parameter not set" : "parameter null or not set")}");
            case "/" or "//":
                return Replaced(value, variable);
            case ":":
                string[] bounds = ExpandOne(variable.Operand).Split(':', 2);
                long Bound(string text) => ShellArithmetic.Evaluate(text, environment.Value, environment.Set);
                return ShellParameters.Part(value, Bound(bounds[0]), bounds.Length > 1 ? Bound(bounds[1]) : null);
            default:
                return ShellParameters.Cut(value, variable.Operator, ExpandPattern(variable.Operand));
        }
    }

    private string Replaced(string value, ShellVariable variable)
    {
        string operand = ExpandPattern(variable.Operand);
        int slash = operand.IndexOf('/');
        return ShellParameters.Replace(value, slash < 0 ? operand : operand[..slash], slash < 0 ? "" : operand[(slash + 1)..], variable.Operator == "//");
    }
}

using System.Globalization;
using System.Text;

namespace Finwait.Lab;

/// <summary>Turns words into arguments: variables, substitutions, and the cutting of unquoted values at blanks.</summary>
internal sealed class ShellExpander(LabShell shell)
{
    /// <summary>No word or list of words grows beyond this.</summary>
    private const int MaxLength = 1 << 20;

    /// <summary>All arguments of a command.</summary>
    public List<string> Expand(IEnumerable<ShellWord> words)
    {
        var arguments = new List<string>();
        foreach (ShellWord word in words)
        {
            Expand(word, arguments);
        }

        return arguments;
    }

    /// <summary>A word that must be one: the value of an assignment or a file name. Blanks in it stay.</summary>
    public string ExpandOne(ShellWord word) => string.Concat(word.Parts.Select(Value));

    private void Expand(ShellWord word, List<string> arguments)
    {
        var current = new StringBuilder();
        bool isThere = false; // an unquoted expansion to nothing leaves no word behind
        foreach (ShellPart part in word.Parts)
        {
            string value = Value(part);
            if (part.IsQuoted || part is ShellText)
            {
                current.Append(value);
                isThere = true;
                continue;
            }

            string[] pieces = value.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
            bool startsNew = value.Length > 0 && char.IsWhiteSpace(value[0]) && isThere;
            for (int i = 0; i < pieces.Length; i++)
            {
                if (i > 0 || startsNew)
                {
                    arguments.Add(current.ToString());
                    current.Clear();
                }

                current.Append(pieces[i]);
                isThere = true;
            }
        }

        if (isThere)
        {
            arguments.Add(current.ToString());
        }

        if (current.Length > MaxLength)
        {
            throw new ShellSyntaxException("argument list too long");
        }
    }

    private string Value(ShellPart part) => part switch
    {
        ShellText text => text.Text,
        ShellVariable variable => shell.Variable(variable.Name) + (variable.HasClosingDollar && !shell.IsPlaceholder(variable.Name) ? "$" : ""),
        ShellSubstitution substitution => shell.Substitute(substitution.Command).TrimEnd('\n'),
        ShellCalculation calculation => ShellArithmetic.Evaluate(calculation.Expression, shell.Variable).ToString(CultureInfo.InvariantCulture),
        _ => "",
    };
}

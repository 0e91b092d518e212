using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Finwait.Stack;

namespace Finwait.Lab;

/// <summary><c>sysctl</c> of procps: the host's settings by their Linux names, to read and to write.</summary>
internal static class SysctlTool
{
    private const string Usage = """

        Usage:
         sysctl [-a] [-b] [-e] [-n] [-N] [-q] [-r PATTERN] [-w] [NAME[=VALUE] ...]

        """;

    private static readonly ToolOption[] s_known =
    [
        new('a', "all"), new('A', ""), new('X', ""), new('b', "binary"), new('e', "ignore"), new('N', "names"), new('n', "values"), new('p', "load"), new('f', ""), new('\0', "system"),
        new('r', "pattern", TakesValue: true), new('q', "quiet"), new('w', "write"), new('o', ""), new('x', ""), new('d', ""), new('h', "help"), new('V', "version"), new('\0', "deprecated"), new('\0', "dry-run"),
    ];

    /// <summary>Carries out a command line.</summary>
    public static ToolResult Run(LabHost host, IReadOnlyList<string> arguments)
    {
        if (!OptionReader.TryRead("sysctl", arguments, s_known, out OptionReader read, out string error))
        {
            return new ToolResult(0, "", error + "\n" + Usage); // the real one ends with 0 too
        }

        bool Has(char letter) => read.Options.Any(given => given.Option.Letter == letter);
        bool HasWord(string word) => read.Options.Any(given => given.Option.Word == word);
        if (Has('h') || Has('d') || Has('V'))
        {
            return ToolResult.Done(Has('V') ? "sysctl from procps-ng 4.0.2\n" : Usage);
        }

        if (arguments.Count == 0)
        {
            return new ToolResult(1, "", Usage);
        }

        if (Has('p') || Has('f'))
        {
            string file = read.Operands.Count > 0 ? read.Operands[0] : "/etc/sysctl.conf";
            return ToolResult.Failed(1, $"sysctl: cannot open \"{file}\": No such file or directory");
        }

        if (HasWord("system"))
        {
            return ToolResult.Done(""); // no file of settings is on the lab's hosts
        }

        if (Has('a') || Has('A') || Has('X'))
        {
            return All(host, read.Options.LastOrDefault(given => given.Option.Letter == 'r').Value, Has);
        }

        return read.Operands.Count == 0 ? ToolResult.Failed(1, "sysctl: no variables specified\nTry `sysctl --help' for more information.") : Each(host, read.Operands, Has);
    }

    private static ToolResult All(LabHost host, string? pattern, Func<char, bool> has)
    {
        var output = new StringBuilder();
        foreach (string name in LabSettings.Names(host))
        {
            if (pattern is null || (PosixRegex.TryCreate(pattern, isExtended: true, ignoreCase: false, out Regex? fits, out _) && fits.IsMatch(name)))
            {
                Show(output, name, host, has);
            }
        }

        return ToolResult.Done(output.ToString());
    }

    private static ToolResult Each(LabHost host, IReadOnlyList<string> operands, Func<char, bool> has)
    {
        var output = new StringBuilder();
        var errors = new StringBuilder();
        foreach (string operand in operands)
        {
            int equals = operand.IndexOf('=');
            if (has('w') && equals < 0)
            {
                errors.Append("sysctl: command line(0): invalid syntax, continuing...\n"); // and it does not: what stands behind is left out
                break;
            }

            string name = (equals < 0 ? operand : operand[..equals]).Trim().Replace('/', '.');
            if (!LabSettings.TryGet(host, name, out _))
            {
                errors.Append(has('e') ? "" : $"sysctl: cannot stat /proc/sys/{name.Replace('.', '/')}: No such file or directory\n");
            }
            else if (equals < 0)
            {
                Show(output, name, host, has);
            }
            else if (LabSettings.Set(host, name, operand[(equals + 1)..].Trim()) is { } why)
            {
                errors.Append(CultureInfo.InvariantCulture, $"sysctl: setting key \"{name}\": {why}\n");
            }
            else if (!has('q'))
            {
                Write(output, name, operand[(equals + 1)..].Trim(), has); // as it was typed
            }
        }

        return new ToolResult(errors.Length > 0 ? 1 : 0, output.ToString(), errors.ToString());
    }

    private static void Show(StringBuilder output, string name, LabHost host, Func<char, bool> has)
    {
        LabSettings.TryGet(host, name, out string value);
        Write(output, name, value, has);
    }

    private static void Write(StringBuilder output, string name, string value, Func<char, bool> has) =>
        output.Append(has('N') ? name + "\n" : has('b') ? value : has('n') ? value + "\n" : $"{name} = {value}\n");
}

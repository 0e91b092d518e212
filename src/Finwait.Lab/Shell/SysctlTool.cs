using System.Globalization;
using System.Text;
using Finwait.Stack;

namespace Finwait.Lab;

/// <summary><c>sysctl</c>: the host's settings by their Linux names, to read and to write.</summary>
internal static class SysctlTool
{
    /// <summary>Carries out a command line.</summary>
    public static ToolResult Run(LabHost host, IReadOnlyList<string> arguments)
    {
        HostSettings settings = host.Stack.Settings;
        bool namesOff = false, all = false, quiet = false;
        var output = new StringBuilder();
        var errors = new StringBuilder();
        foreach (string argument in arguments)
        {
            if (argument is "-w" or "-e" or "-q" or "--quiet")
            {
                quiet |= argument is "-q" or "--quiet";
                continue;
            }

            if (argument is "-n" or "-a" or "-A" or "--all")
            {
                namesOff |= argument == "-n";
                all |= argument != "-n";
                continue;
            }

            if (argument.StartsWith('-'))
            {
                return ToolResult.Failed(1, $"sysctl: invalid option -- '{argument.TrimStart('-')}'");
            }

            int equals = argument.IndexOf('=');
            string name = (equals < 0 ? argument : argument[..equals]).Trim().Replace('/', '.');
            if (!SysctlTable.TryGet(settings, name, out _))
            {
                errors.Append(CultureInfo.InvariantCulture, $"sysctl: cannot stat /proc/sys/{name.Replace('.', '/')}: No such file or directory\n");
            }
            else if (equals >= 0 && SysctlTable.Set(settings, name, argument[(equals + 1)..].Trim()) != Errno.None)
            {
                errors.Append(CultureInfo.InvariantCulture, $"sysctl: setting key \"{name}\": Invalid argument\n");
            }
            else if (equals < 0 || !quiet)
            {
                Show(output, name, settings, namesOff);
            }
        }

        if (all)
        {
            foreach (string name in SysctlTable.Names)
            {
                Show(output, name, settings, namesOff);
            }
        }
        else if (arguments.Count == 0)
        {
            return ToolResult.Failed(1, "Usage: sysctl [-n] [-a] [-w] NAME[=VALUE] ...");
        }

        return new ToolResult(errors.Length > 0 ? 1 : 0, output.ToString(), errors.ToString());
    }

    private static void Show(StringBuilder output, string name, HostSettings settings, bool namesOff)
    {
        SysctlTable.TryGet(settings, name, out string value);
        output.Append(namesOff ? "" : name + " = ").Append(value).Append('\n');
    }
}

using System.Globalization;
using System.Text;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>The commands that are done at once: those that print what the host knows, and the small ones of every shell.</summary>
internal static class LabTools
{
    private delegate ToolResult Tool(LabShell shell, IReadOnlyList<string> arguments, string input);

    private static readonly SortedDictionary<string, Tool> s_tools = new(StringComparer.Ordinal)
    {
        ["cat"] = Cat,
        ["cd"] = (_, _, _) => ToolResult.Done(""),
        ["clear"] = (_, _, _) => ToolResult.Done(""),
        ["date"] = (shell, _, _) => ToolResult.Done(LabClock.Date(shell.Host) + "\n"),
        ["echo"] = (_, a, _) => ToolResult.Done(a.Count > 0 && a[0] == "-n" ? string.Join(' ', a.Skip(1)) : string.Join(' ', a) + "\n"),
        ["export"] = Export,
        ["false"] = (_, _, _) => new ToolResult(1, "", ""),
        ["head"] = (_, a, input) => Lines(a, input, fromEnd: false),
        ["hostname"] = (shell, a, _) => a.Count == 0 || a[0] is "-s" or "--short" or "-f" ? ToolResult.Done(shell.Host.Name + "\n") : ToolResult.Failed(1, "hostname: you must be root to change the host name"),
        ["id"] = (_, _, _) => ToolResult.Done("uid=0(root) gid=0(root) groups=0(root)\n"),
        ["jobs"] = Jobs,
        ["kill"] = Kill,
        ["ls"] = List,
        ["printf"] = Printf,
        ["ps"] = Processes,
        ["pwd"] = (_, _, _) => ToolResult.Done("/root\n"),
        ["rm"] = Remove,
        ["sort"] = (_, a, input) => ToolResult.Done(string.Concat(input.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).Select(line => line + "\n"))),
        ["sysctl"] = (shell, a, _) => SysctlTool.Run(shell.Host, a),
        ["tail"] = (_, a, input) => Lines(a, input, fromEnd: true),
        ["tee"] = Tee,
        ["true"] = (_, _, _) => ToolResult.Done(""),
        ["uname"] = (shell, a, _) => ToolResult.Done(a.Count > 0 && a[0] == "-a" ? $"Linux {shell.Host.Name} 6.18.0 #1 SMP x86_64 GNU/Linux\n" : a.Count > 0 && a[0] == "-r" ? "6.18.0\n" : "Linux\n"),
        ["uniq"] = (_, _, input) => ToolResult.Done(Unique(input)),
        ["wc"] = (_, a, input) => ToolResult.Done(WordCount(a, input)),
        ["whoami"] = (_, _, _) => ToolResult.Done("root\n"),
    };

    /// <summary>Names of all commands, for help.</summary>
    public static IEnumerable<string> Names => s_tools.Keys.Concat(HostTools.Names).Order(StringComparer.Ordinal);

    /// <summary>Runs a command; the words begin with its name.</summary>
    public static ToolResult Run(LabShell shell, IReadOnlyList<string> words, string input)
    {
        string name = words[0].StartsWith("/usr/sbin/", StringComparison.Ordinal) || words[0].StartsWith("/sbin/", StringComparison.Ordinal) || words[0].StartsWith("/usr/bin/", StringComparison.Ordinal)
            ? words[0][(words[0].LastIndexOf('/') + 1)..] : words[0];
        string[] arguments = words.Skip(1).ToArray();
        if (s_tools.TryGetValue(name, out Tool? tool))
        {
            return tool(shell, arguments, input);
        }

        if (HostTools.TryRun(shell, name, arguments, input, out ToolResult result))
        {
            return result;
        }

        if (name is "sh" or "bash" or "." or "source" && arguments.Length > 0)
        {
            return Script(shell, arguments[0]);
        }

        if (name.StartsWith("./", StringComparison.Ordinal))
        {
            return Script(shell, name);
        }

        return name.Contains('/', StringComparison.Ordinal) ? ToolResult.Failed(127, $"bash: {name}: No such file or directory") : ToolResult.Failed(127, $"bash: {name}: command not found");
    }

    /// <summary>Runs the lines of a file of the host.</summary>
    private static ToolResult Script(LabShell shell, string name)
    {
        if (!shell.Host.Files.TryRead(name, out byte[] content))
        {
            return ToolResult.Failed(127, $"bash: {name}: No such file or directory");
        }

        var output = new StringBuilder();
        foreach (string line in Encoding.UTF8.GetString(content).Split('\n'))
        {
            try
            {
                output.Append(shell.Substitute(line));
            }
            catch (ShellSyntaxException error)
            {
                return new ToolResult(2, output.ToString(), $"{name}: {error.Message}\n");
            }
        }

        return new ToolResult(shell.LastStatus, output.ToString(), "");
    }

    private static ToolResult Cat(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        if (arguments.Count == 0)
        {
            return ToolResult.Done(input);
        }

        var output = new StringBuilder();
        var errors = new StringBuilder();
        foreach (string name in arguments)
        {
            if (name == "-")
            {
                output.Append(input);
            }
            else if (shell.Host.Files.TryRead(name, out byte[] content))
            {
                output.Append(Encoding.UTF8.GetString(content));
            }
            else
            {
                errors.Append(CultureInfo.InvariantCulture, $"cat: {name}: No such file or directory\n");
            }
        }

        return new ToolResult(errors.Length > 0 ? 1 : 0, output.ToString(), errors.ToString());
    }

    private static ToolResult Export(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        foreach (string argument in arguments)
        {
            int equals = argument.IndexOf('=');
            if (equals > 0)
            {
                shell.SetVariable(argument[..equals], argument[(equals + 1)..]);
            }
        }

        return ToolResult.Done("");
    }

    private static ToolResult Jobs(LabShell shell, IReadOnlyList<string> arguments, string input) =>
        ToolResult.Done(string.Concat(shell.Jobs.Where(job => job.Process is not null).Select(job => $"[{job.Number}]  Running                 {job.Text} (pid {job.Process!.Pid})\n")));

    private static ToolResult Kill(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        var errors = new StringBuilder();
        bool kills = false;
        foreach (string argument in arguments)
        {
            if (argument is "-9" or "-KILL" or "-SIGKILL" or "-TERM" or "-15")
            {
                kills = true;
                continue;
            }

            if (argument is "-2" or "-INT" or "-SIGINT")
            {
                continue;
            }

            LabProcess? process = int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? shell.Host.Process(pid) : null;
            if (process is null)
            {
                errors.Append(CultureInfo.InvariantCulture, $"bash: kill: ({argument}) - No such process\n");
            }
            else if (kills)
            {
                process.Exit(137);
            }
            else
            {
                process.Exit(143);
            }
        }

        return new ToolResult(errors.Length > 0 ? 1 : 0, "", arguments.Count == 0 ? "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid ...\n" : errors.ToString());
    }

    private static ToolResult List(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        bool isLong = arguments.Any(a => a.StartsWith('-') && a.Contains('l', StringComparison.Ordinal));
        string[] wanted = arguments.Where(a => !a.StartsWith('-')).Select(LabFiles.Normalize).ToArray();
        string[] names = shell.Host.Files.Names.Where(n => wanted.Length == 0 || wanted is ["."] || wanted.Contains(n)).ToArray();
        string[] missing = wanted.Where(w => w != "." && !names.Contains(w)).ToArray();
        return new ToolResult(
            missing.Length > 0 ? 2 : 0,
            string.Concat(names.Select(name => isLong && shell.Host.Files.TryRead(name, out byte[] content) ? $"-rw-r--r-- 1 root root {content.Length,9} {name}\n" : name + "\n")),
            string.Concat(missing.Select(name => $"ls: cannot access '{name}': No such file or directory\n")));
    }

    private static ToolResult Printf(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        if (arguments.Count == 0)
        {
            return ToolResult.Failed(2, "printf: usage: printf [-v var] format [arguments]");
        }

        try
        {
            string format = PythonEscapes.DecodeText(arguments[0], default);
            int next = 1;
            var output = new StringBuilder();
            for (int i = 0; i < format.Length; i++)
            {
                if (format[i] == '%' && i + 1 < format.Length)
                {
                    i++;
                    output.Append(format[i] == '%' ? "%" : next < arguments.Count ? arguments[next++] : "");
                }
                else
                {
                    output.Append(format[i]);
                }
            }

            return ToolResult.Done(output.ToString());
        }
        catch (PythonSyntaxException)
        {
            return ToolResult.Failed(1, $"bash: printf: {arguments[0]}: missing hex digit for \\x");
        }
    }

    private static ToolResult Processes(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        var output = new StringBuilder("    PID TTY          TIME CMD\n");
        foreach (LabProcess process in shell.Host.Processes)
        {
            output.Append(CultureInfo.InvariantCulture, $"{process.Pid,7} pts/0    00:00:00 {process.Command}\n");
        }

        return ToolResult.Done(output.ToString());
    }

    private static ToolResult Remove(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        bool force = arguments.Contains("-f");
        string[] missing = arguments.Where(a => !a.StartsWith('-') && !shell.Host.Files.Remove(a) && !force).ToArray();
        return new ToolResult(missing.Length > 0 ? 1 : 0, "", string.Concat(missing.Select(name => $"rm: cannot remove '{name}': No such file or directory\n")));
    }

    private static ToolResult Tee(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        bool append = arguments.Contains("-a");
        foreach (string name in arguments.Where(a => !a.StartsWith('-')))
        {
            byte[] content = Encoding.UTF8.GetBytes(input);
            _ = append ? shell.Host.Files.Append(name, content) : shell.Host.Files.Write(name, content);
        }

        return ToolResult.Done(input);
    }

    private static ToolResult Lines(IReadOnlyList<string> arguments, string input, bool fromEnd)
    {
        string digits = string.Concat(arguments).Replace("-n", "", StringComparison.Ordinal).TrimStart('-');
        int count = digits.Length == 0 ? 10 : int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : -1;
        if (count < 0)
        {
            return ToolResult.Failed(1, $"{(fromEnd ? "tail" : "head")}: invalid number of lines: '{digits}'");
        }

        string[] lines = input.Split('\n');
        int total = lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
        IEnumerable<string> chosen = fromEnd ? lines.Take(total).Skip(Math.Max(0, total - count)) : lines.Take(Math.Min(count, total));
        return ToolResult.Done(string.Concat(chosen.Select(line => line + "\n")));
    }

    private static string Unique(string input)
    {
        var output = new StringBuilder();
        string? last = null;
        foreach (string line in input.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            output.Append(line == last ? "" : line + "\n");
            last = line;
        }

        return output.ToString();
    }

    private static string WordCount(IReadOnlyList<string> arguments, string input)
    {
        int lines = input.Count(c => c == '\n');
        int words = input.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        int octets = Encoding.UTF8.GetByteCount(input);
        return arguments.Count == 0 ? $"{lines,7} {words,7} {octets,7}\n" : arguments[0] switch { "-l" => $"{lines}\n", "-w" => $"{words}\n", _ => $"{octets}\n" };
    }
}

using System.Globalization;
using System.Text;
using Finwait.Inspect;
using Finwait.Stack;
using Finwait.Wire;

namespace Finwait.Lab;

/// <summary>The commands that are done at once: those that print what the host knows, and the small ones of every shell.</summary>
internal static class LabTools
{
    private delegate ToolResult Tool(LabShell shell, IReadOnlyList<string> arguments, string input);

    private static readonly SortedDictionary<string, Tool> s_tools = new(StringComparer.Ordinal)
    {
        ["cd"] = (_, a, _) => ChangeFolder(a),
        ["clear"] = (_, _, _) => ToolResult.Done(""),
        ["date"] = (shell, _, _) => ToolResult.Done(LabClock.Date(shell.Host) + "\n"),
        ["false"] = (_, _, _) => new ToolResult(1, "", ""),
        ["hostname"] = HostName,
        ["id"] = (_, _, _) => ToolResult.Done("uid=0(root) gid=0(root) groups=0(root)\n"),
        ["jobs"] = JobTools.Jobs,
        ["bg"] = JobTools.Background,
        ["fg"] = JobTools.Foreground,
        ["kill"] = JobTools.Kill,
        ["man"] = Manual,
        ["ls"] = List,
        ["printf"] = (_, a, _) => PrintfTool.Run(a),
        ["ps"] = Processes,
        ["pwd"] = (_, _, _) => ToolResult.Done("/root\n"),
        ["rm"] = Remove,
        ["seq"] = Sequence,
        ["sysctl"] = (shell, a, _) => SysctlTool.Run(shell.Host, a),
        ["tee"] = Tee,
        ["true"] = (_, _, _) => ToolResult.Done(""),
        ["uname"] = (shell, a, _) => ToolResult.Done(a.Count > 0 && a[0] == "-a" ? $"Linux {shell.Host.OwnName} 6.18.0 #1 SMP x86_64 GNU/Linux\n" : a.Count > 0 && a[0] == "-r" ? "6.18.0\n" : "Linux\n"),
        ["whoami"] = (_, _, _) => ToolResult.Done("root\n"),
    };

    /// <summary>Names of all commands, for help.</summary>
    public static IEnumerable<string> Names => s_tools.Keys.Concat(HostTools.Names).Concat(ShellInterpreter.BuiltinNames).Order(StringComparer.Ordinal);

    /// <summary>True for the commands that bash itself is: its complaints name bash first.</summary>
    public static bool IsBuiltIn(string name) => name is "cd" or "echo" or "printf" or "pwd" or "jobs" or "kill" or "export" or "fg" or "bg";

    /// <summary>cd: a host has one folder for files, and whoever wants another is told that it is not there.</summary>
    private static ToolResult ChangeFolder(IReadOnlyList<string> arguments)
    {
        string[] folders = [.. arguments.SkipWhile(word => word is "-P" or "-L" or "--")];
        return folders switch
        {
            [] => ToolResult.Done(""),
            ["-"] => ToolResult.Done("/root\n"),
            [_, _, ..] => ToolResult.Failed(1, "bash: cd: too many arguments"),
            [var folder] when folder.TrimEnd('/') is "/root" or "." or "" && folder != "/" => ToolResult.Done(""),
            [var folder] => ToolResult.Failed(1, $"bash: cd: {folder}: No such file or directory"),
        };
    }

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

        string near = NearestWord.Of(name, Names.Concat(LabPrograms.Names)) is { } known ? $" (did you mean {known}?)" : "";
        return name.Contains('/', StringComparison.Ordinal) ? ToolResult.Failed(127, $"bash: {name}: No such file or directory") : ToolResult.Failed(127, $"bash: {name}: command not found{near}");
    }

    // Those of interfaces that are up, without the loopback interface and what holds on one link only.
    private static IEnumerable<IpAddress> AllAddresses(LabHost host) => host.Stack.Interfaces.Where(on => on.IsUp && on.Kind != InterfaceKind.Loopback)
        .SelectMany(on => on.Addresses).Select(own => own.Address).Where(address => IpText.ScopeOf(address) == "global").OrderBy(address => address.IsV6);

    /// <summary>hostname: tells the host's name, or gives it another.</summary>
    private static ToolResult HostName(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        switch (arguments)
        {
            case [] or ["-f" or "--fqdn" or "--long"]:
                return ToolResult.Done(shell.Host.OwnName + "\n");
            case ["-s" or "--short"]:
                return ToolResult.Done(shell.Host.OwnName.Split('.')[0] + "\n");
            case ["-i" or "-I" or "--ip-address" or "--all-ip-addresses"]:
                return ToolResult.Done(arguments[0] is "-I" or "--all-ip-addresses" ? string.Concat(AllAddresses(shell.Host).Select(address => address + " ")) + "\n" : shell.Host.Address + "\n");
            case ["-d" or "--domain"]:
                int dot = shell.Host.OwnName.IndexOf('.');
                return ToolResult.Done(dot < 0 ? "" : shell.Host.OwnName[(dot + 1)..] + "\n");
            case ["-A" or "--all-fqdns"]:
                return ToolResult.Done(shell.Host.OwnName + " \n");
            case ["-y" or "--yp" or "--nis"]:
                return ToolResult.Failed(1, "hostname: Local domain name not set");
            case ["-V" or "--version"]:
                return ToolResult.Done("hostname 3.23\n");
            case ["-F" or "--file", string file]:
                return shell.Read(file, out string? text) ? HostName(shell, [text!.Trim()], input) : ToolResult.Failed(1, "hostname: No such file or directory");
            case ["-F" or "--file"]:
                return ToolResult.Failed(255, "hostname: option requires an argument -- 'F'\nUsage: hostname [NAME | -F FILE | -s | -f | -d | -i | -I | -A]");
            case [['-', ..], ..]:
                return ToolResult.Failed(255, (arguments[0].StartsWith("--", StringComparison.Ordinal) ? $"hostname: unrecognized option '{arguments[0]}'" : $"hostname: invalid option -- '{arguments[0][1..]}'") + "\nUsage: hostname [NAME | -F FILE | -s | -f | -d | -i | -I | -A]");
            case [_, _, ..]:
                return ToolResult.Failed(255, "Usage: hostname [NAME | -F FILE | -s | -f | -d | -i | -I | -A]");
            default:
                bool isName = arguments[0].Length <= 64 && arguments[0].All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.');
                shell.Host.OwnName = isName ? arguments[0] : shell.Host.OwnName;
                return isName ? ToolResult.Done("") : ToolResult.Failed(1, "hostname: the specified hostname is invalid");
        }
    }

    /// <summary>What <c>help WORD</c> says: the lab has no pages of manual.</summary>
    private static ToolResult Manual(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        string[] pages = [.. arguments.SelectMany(ShellHelp.Of).Select(entry => $"{entry.Name}: {entry.Text}\n")];
        return arguments.Count == 0 ? ToolResult.Failed(1, "What manual page do you want?\nFor example, try 'man ss'.")
            : pages.Length == 0 ? ToolResult.Failed(16, $"No manual entry for {arguments[^1]}") : ToolResult.Done(string.Concat(pages));
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

    /// <summary>seq LAST, seq FIRST LAST, seq FIRST STEP LAST: whole numbers.</summary>
    private static ToolResult Sequence(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        const int MaxNumbers = 1_000_000;
        var numbers = new List<long>();
        foreach (string argument in arguments)
        {
            if (!long.TryParse(argument, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            {
                return ToolResult.Failed(1, $"seq: invalid floating point argument: ‘{argument}’");
            }

            numbers.Add(number);
        }

        if (numbers.Count is 0 or > 3)
        {
            return ToolResult.Failed(1, numbers.Count == 0 ? "seq: missing operand" : $"seq: extra operand ‘{arguments[3]}’");
        }

        (long first, long step, long last) = (numbers.Count > 1 ? numbers[0] : 1, numbers.Count > 2 ? numbers[1] : 1, numbers[^1]);
        if (step == 0 || Math.Abs((double)last - first) / Math.Abs((double)step) > MaxNumbers)
        {
            return ToolResult.Failed(1, step == 0 ? $"seq: invalid Zero increment value: ‘{arguments[1]}’" : $"seq: the lab counts {MaxNumbers} numbers at most");
        }

        var output = new StringBuilder();
        for (long number = first; step > 0 ? number <= last : number >= last; number += step)
        {
            output.Append(CultureInfo.InvariantCulture, $"{number}\n");
        }

        return ToolResult.Done(output.ToString());
    }

    private static ToolResult Tee(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        bool append = arguments.Contains("-a");
        var errors = new StringBuilder();
        LabFiles files = shell.Host.Files;
        foreach (string name in arguments.Where(a => !a.StartsWith('-')))
        {
            if (append ? !files.Append(name, []) : !files.Write(name, []))
            {
                errors.Append(CultureInfo.InvariantCulture, $"tee: {name}: {files.WhyNot(name)}\n");
                continue;
            }

            using var sink = new FileSink(files, name);
            sink.Write(input);
            errors.Append(sink.TakeFailure() is { } why ? $"tee: {name}: {why}\n" : "");
        }

        return new ToolResult(errors.Length > 0 ? 1 : 0, input, errors.ToString());
    }
}

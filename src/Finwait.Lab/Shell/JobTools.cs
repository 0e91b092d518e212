using System.Globalization;
using System.Text;

namespace Finwait.Lab;

/// <summary>Job control as bash has it, in a lab where each line has a window of its own: jobs, fg, bg, kill.</summary>
internal static class JobTools
{
    /// <summary>The lines that run on: <c>+</c> stands at the one in front, <c>-</c> at the one before; <c>-l</c> adds the process.</summary>
    public static ToolResult Jobs(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        ShellJob[] running = [.. shell.Jobs.Where(job => job is { Number: > 0, Process.HasExited: false })];
        var text = new StringBuilder();
        foreach (ShellJob job in running.OrderBy(job => job.Number))
        {
            char mark = job == running[^1] ? '+' : running.Length > 1 && job == running[^2] ? '-' : ' ';
            string pid = arguments.Contains("-l") ? job.Process!.Pid.ToString(CultureInfo.InvariantCulture) + " " : " ";
            text.Append(CultureInfo.InvariantCulture, $"[{job.Number}]{mark} {pid}Running                 {job.Name} &\n");
        }

        return ToolResult.Done(text.ToString());
    }

    /// <summary>fg: what is typed, Ctrl-C and Ctrl-D go to this line from now on.</summary>
    public static ToolResult Foreground(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        if (Find(shell, "fg", arguments, out ShellJob? job) is { } failure)
        {
            return failure;
        }

        shell.BringToFront(job!);
        return ToolResult.Done(job!.Name + "\n");
    }

    /// <summary>bg: nothing is ever stopped here, so that every line runs already.</summary>
    public static ToolResult Background(LabShell shell, IReadOnlyList<string> arguments, string input) =>
        Find(shell, "bg", arguments, out ShellJob? job) ?? ToolResult.Failed(0, $"bash: bg: job {job!.Number.ToString(CultureInfo.InvariantCulture)} already in background");

    private static ToolResult? Find(LabShell shell, string command, IReadOnlyList<string> arguments, out ShellJob? job)
    {
        string word = arguments.Count == 0 ? "%%" : arguments[0].StartsWith('%') ? arguments[0] : "%" + arguments[0];
        job = shell.Job(word);
        return job is null ? ToolResult.Failed(1, $"bash: {command}: {(arguments.Count == 0 ? "current" : arguments[0])}: no such job") : null;
    }

    public static ToolResult Kill(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        var errors = new StringBuilder();
        (bool kills, bool interrupts) = (false, false);
        foreach (string argument in arguments)
        {
            if (argument is "-9" or "-KILL" or "-SIGKILL" or "-TERM" or "-15")
            {
                kills = true;
                continue;
            }

            if (argument is "-2" or "-INT" or "-SIGINT")
            {
                interrupts = true;
                continue;
            }

            bool isNumber = int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out int pid);
            LabProcess? process = isNumber ? shell.Host.Process(pid) : argument.StartsWith('%') ? shell.Job(argument)?.Process : null;
            if (process is null)
            {
                errors.Append("bash: kill: ").Append(isNumber ? $"({argument}) - No such process\n" : argument.StartsWith('%') ? $"{argument}: no such job\n" : $"{argument}: arguments must be process or job IDs\n");
            }
            else if (interrupts)
            {
                process.Interrupt();
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
}

using System.Globalization;
using System.Text;

namespace Finwait.Lab;

/// <summary>Job control as bash has it, in a lab where each line has a window of its own: jobs, fg, bg, kill.</summary>
internal static class JobTools
{
    /// <summary>The lines that run on: <c>+</c> stands at the one in front, <c>-</c> at the one before. Those that have ended since are told in their places, once. <c>-l</c> adds the process, <c>-p</c> shows it alone.</summary>
    public static ToolResult Jobs(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        if (arguments.FirstOrDefault(word => word is not ("-l" or "-p" or "-r" or "-s")) is { } wrong)
        {
            return wrong.StartsWith('-') ? ToolResult.Failed(2, $"bash: jobs: {wrong}: invalid option\njobs: usage: jobs [-lprs]") : ToolResult.Failed(1, $"bash: jobs: {wrong}: no such job");
        }

        shell.Reap();
        var lines = new List<(int Number, string Text)>(shell.TakeNotices());
        foreach (ShellJob job in shell.Running.Where(job => !arguments.Contains(job.IsStopped ? "-r" : "-s")))
        {
            string pid = job.Pid.ToString(CultureInfo.InvariantCulture);
            lines.Add((job.Number, arguments.Contains("-p") ? pid + "\n" : string.Create(CultureInfo.InvariantCulture, $"[{job.Number}]{Mark(shell, job)} {(arguments.Contains("-l") ? pid + " " : " ")}{State(job)}\n")));
        }

        return ToolResult.Done(string.Concat(lines.OrderBy(line => line.Number).Select(line => line.Text)));
    }

    private static string State(ShellJob job) => job.IsStopped ? $"{"Stopped",-23} {job.Text}" : $"{"Running",-23} {job.Text} &";

    /// <summary>The sign behind a job's number.</summary>
    public static char Mark(LabShell shell, ShellJob job)
    {
        ShellJob[] running = [.. shell.Jobs.Where(each => each.Number > 0 && each != shell.Current && (!each.IsDone || each.IsBackground))];
        return running.Length == 0 || job == running[^1] ? '+' : running.Length > 1 && job == running[^2] ? '-' : ' ';
    }

    /// <summary>Ctrl-Z: stops the line in front.</summary>
    public static void Stop(LabShell shell, ShellJob job)
    {
        job.IsStopped = true;
        job.Screen.Flush();
        shell.BringToFront(job);
        shell.Screen.Write(string.Create(CultureInfo.InvariantCulture, $"[{job.Number}]+  {State(job)}\n"));
    }

    /// <summary>fg: what is typed, Ctrl-C and Ctrl-D go to this line from now on, and it runs if it was stopped.</summary>
    public static ToolResult Foreground(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        if (Find(shell, "fg", arguments, out ShellJob? job) is { } failure)
        {
            return failure;
        }

        shell.BringToFront(job!);
        (job!.IsStopped, job.IsBackground) = (false, false);
        return ToolResult.Done(job.Text + "\n");
    }

    /// <summary>bg: lets a line that was stopped go on.</summary>
    public static ToolResult Background(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        if (Find(shell, "bg", arguments, out ShellJob? job) is { } failure)
        {
            return failure;
        }

        string number = job!.Number.ToString(CultureInfo.InvariantCulture);
        if (!job.IsStopped)
        {
            return ToolResult.Failed(0, $"bash: bg: job {number} already in background");
        }

        (job.IsStopped, job.IsBackground) = (false, true);
        return ToolResult.Done($"[{number}]+ {job.Text} &\n");
    }

    private static ToolResult? Find(LabShell shell, string command, IReadOnlyList<string> arguments, out ShellJob? job)
    {
        string word = arguments.Count == 0 ? "%%" : arguments[0].StartsWith('%') ? arguments[0] : "%" + arguments[0];
        job = shell.Job(word);
        return job is null ? ToolResult.Failed(1, $"bash: {command}: {(arguments.Count == 0 ? "current" : arguments[0])}: no such job") : null;
    }

    /// <summary>kill: ends a process or a line by its number, or stops and continues it.</summary>
    public static ToolResult Kill(LabShell shell, IReadOnlyList<string> arguments, string input)
    {
        const string Usage = "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]";
        if (arguments.Count == 0)
        {
            return ToolResult.Failed(2, Usage);
        }

        int signal = 15;
        var errors = new StringBuilder();
        int at = 0;
        if (arguments[0].Length > 1 && arguments[0][0] == '-')
        {
            string name = arguments[0] is "-s" or "-n" && arguments.Count > 1 ? arguments[1] : arguments[0][1..];
            at = arguments[0] is "-s" or "-n" ? 2 : 1;
            if (Signal(name) is not { } given)
            {
                return ToolResult.Failed(1, $"bash: kill: {name}: invalid signal specification");
            }

            signal = given;
        }

        if (at >= arguments.Count)
        {
            return ToolResult.Failed(2, Usage);
        }

        for (; at < arguments.Count; at++)
        {
            errors.Append(Send(shell, arguments[at], signal));
        }

        return new ToolResult(errors.Length > 0 ? 1 : 0, "", errors.ToString());
    }

    /// <summary>The number of a signal that the lab knows.</summary>
    private static int? Signal(string name) => (name.StartsWith("SIG", StringComparison.Ordinal) ? name[3..] : name) switch
    {
        "0" => 0,
        "1" or "HUP" => 1,
        "2" or "INT" => 2,
        "3" or "QUIT" => 3,
        "9" or "KILL" => 9,
        "15" or "TERM" => 15,
        "18" or "CONT" => 18,
        "19" or "STOP" => 19,
        "20" or "TSTP" => 20,
        _ => null,
    };

    private static string Send(LabShell shell, string word, int signal)
    {
        const int Killed = 9, Continue = 18, FirstStop = 19, LastStop = 20;
        bool isNumber = int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int pid);
        LabProcess? process = isNumber ? shell.Host.Process(pid) : null;
        ShellJob? job = word.StartsWith('%') ? shell.Job(word) : shell.Jobs.FirstOrDefault(each => each.Pid == pid && isNumber && !each.IsDone);
        if (process is null && job is null)
        {
            return "bash: kill: " + (isNumber ? $"({word}) - No such process\n" : word.StartsWith('%') ? $"{word}: no such job\n" : $"{word}: arguments must be process or job IDs\n");
        }

        switch (signal)
        {
            case 0:
                break;
            case 2 when process is not null:
                process.Interrupt();
                break;
            case 2:
                job!.Interrupt();
                break;
            case Continue or FirstStop or LastStop when job is not null:
                job.IsStopped = signal != Continue;
                break;
            case Continue or FirstStop or LastStop:
                break;
            default:
                if (signal == Killed)
                {
                    process?.Exit(128 + signal);
                }
                else
                {
                    process?.Terminate(128 + signal);
                }

                if (process is null || job is { IsStopped: true })
                {
                    job!.Kill(128 + signal);
                }

                break;
        }

        return "";
    }
}

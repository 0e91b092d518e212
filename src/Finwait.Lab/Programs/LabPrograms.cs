using System.Text;

namespace Finwait.Lab;

/// <summary>The commands that run on while time passes.</summary>
internal static class LabPrograms
{
    /// <summary>Their names.</summary>
    public static readonly HashSet<string> Names = ["nc", "netcat", "nc.openbsd", "tcpdump", "python3", "python", "ping", "sleep", "telnet", "traceroute", "watch"];

    /// <summary>Starts one; null if the command is none of these.</summary>
    /// <param name="shell">The host's shell.</param>
    /// <param name="words">The command with its arguments.</param>
    /// <param name="input">What stands on standard input, where that is a program for Python; else null.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    public static LabProcess? Start(LabShell shell, IReadOnlyList<string> words, string? input, ShellSink output, ShellSink error)
    {
        LabHost host = shell.Host;
        string[] arguments = words.Skip(1).ToArray();
        LabProcess? process = words[0] switch
        {
            "nc" or "netcat" or "nc.openbsd" => new NcProcess(host, host.TakePid(LabHost.NcPid), arguments, output, error),
            "tcpdump" => new TcpdumpProcess(host, host.TakePid(LabHost.OtherPid), arguments, output, error),
            "python3" or "python" => Python(shell, arguments, input, output, error),
            "ping" => new PingProcess(host, host.TakePid(LabHost.OtherPid), arguments, output, error),
            "telnet" => new TelnetProcess(host, host.TakePid(LabHost.OtherPid), arguments, output, error),
            "traceroute" => new TracerouteProcess(host, host.TakePid(LabHost.OtherPid), arguments, output, error),
            "sleep" => new SleepProcess(host, host.TakePid(LabHost.OtherPid), arguments, error),
            _ when CCompiler.IsExecutable(host.Files, words[0], out string code) => new CProgram(host, host.TakePid(LabHost.OtherPid), words, code, output, error) { Arguments = [.. words] },
            "watch" => new WatchProcess(shell, host.TakePid(LabHost.OtherPid), arguments, output, error),
            _ => null,
        };
        if (process is not null)
        {
            host.Add(process);
        }

        return process;
    }

    /// <summary>True if a command line starts a program that may run on.</summary>
    public static bool IsFor(LabHost host, IReadOnlyList<string> arguments) => arguments.Count > 0 && (Names.Contains(arguments[0]) || CCompiler.IsExecutable(host.Files, arguments[0], out _));

    private static LabProcess Python(LabShell shell, string[] arguments, string? input, ShellSink output, ShellSink error)
    {
        LabHost host = shell.Host;
        if (arguments is ["-V"] or ["--version"])
        {
            return new EndedProcess(host, host.TakePid(LabHost.OtherPid), "python3", "Python 3.11.2\n", output, 0);
        }

        if (arguments is ["-c", string code, ..])
        {
            return new PythonProgram(host, host.TakePid(LabHost.OtherPid), "<string>", code, output, error) { Arguments = ["-c", .. arguments[2..]] };
        }

        if (arguments.Length == 0 && input is not null)
        {
            return new PythonProgram(host, host.TakePid(LabHost.OtherPid), "<stdin>", input, output, error);
        }

        if (arguments.Length == 0 || arguments is ["-i"] or ["-q"])
        {
            host.StartPython();
            return new EndedProcess(host, host.TakePid(LabHost.OtherPid), "python3", PythonBanner(host.Name), output, 0);
        }

        string file = arguments[0] == "-u" && arguments.Length > 1 ? arguments[1] : arguments[0];
        if (!host.Files.TryRead(file, out byte[] content))
        {
            return new EndedProcess(host, host.TakePid(LabHost.OtherPid), "python3", $"python3: can't open file '/root/{LabFiles.Normalize(file)}': [Errno 2] No such file or directory\n", error, 2);
        }

        return new PythonProgram(host, host.TakePid(LabHost.OtherPid), "/root/" + LabFiles.Normalize(file), Encoding.UTF8.GetString(content), output, error) { Arguments = arguments };
    }

    private static string PythonBanner(string host) => $"Python 3.11.2 (the lab's own) on linux\nType the lines behind \"{host}>\".\n";
}

/// <summary>A program that has said all it had to say.</summary>
internal sealed class EndedProcess : LabProcess
{
    public EndedProcess(ILabMachine machine, int pid, string command, string text, TextWriter output, int status)
        : base(machine, pid, command)
    {
        output.Write(text);
        Exit(status);
    }

    public override bool Run() => false;

    public override void Interrupt()
    {
    }
}

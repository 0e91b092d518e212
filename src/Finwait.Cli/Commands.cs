using System.Reflection;
using Finwait.Inspect;
using Finwait.Lab;

namespace Finwait.Cli;

/// <summary><c>finwait COMMAND ARGUMENTS</c>: each command reads its own arguments and says itself what is wrong with them.</summary>
internal static class Commands
{
    private const string Usage = """
        Usage: finwait COMMAND [ARGUMENTS]

          lab      two hosts and a router to try sockets on, packet by packet
          dump     prints captures as tcpdump does
          drill    runs packetdrill scripts on a host in virtual time
          bench    measures the stack
          explore  searches all small worlds for one that breaks an invariant

        finwait COMMAND --help says more about one; finwait --version names this one.

        """;

    private static readonly string[] s_names = ["lab", "dump", "drill", "bench", "explore"];

    /// <summary>Runs with the process's own standard streams.</summary>
    /// <returns>The exit status: 0 done, 1 the thing asked for failed, 2 wrong usage.</returns>
    public static int Run(string[] args)
    {
        switch (args)
        {
            case ["lab", .. string[] rest]:
                return LabCommand.Run(rest);
            case ["dump", .. string[] rest]:
                return DumpCommand.Run(rest);
            case ["drill", .. string[] rest]:
                return DrillCommand.Run(rest, Console.Out, Console.Error);
            case ["bench", .. string[] rest]:
                return BenchCommand.Run(rest, Console.Out, Console.Error);
            case ["explore", .. string[] rest]:
                return ExploreCommand.Run(rest, Console.Out, Console.Error);
            default:
                return RunPlain(args, Console.Out, Console.Error);
        }
    }

    /// <summary>What is asked of the program itself.</summary>
    public static int RunPlain(string[] args, TextWriter output, TextWriter error)
    {
        switch (args)
        {
            case ["--help" or "-h"] or ["help"]:
                output.Write(Usage);
                return 0;
            case ["--version"]:
                output.WriteLine($"finwait {Version}");
                return 0;
            case []:
                error.Write(Usage);
                return 2;
            default:
                string what = args[0].StartsWith('-') ? "option" : "command";
                string near = NearestWord.Of(args[0], [.. s_names, "--help", "--version"]) is { } known ? $"; did you mean {known}?" : "; finwait --help lists them";
                error.WriteLine($"finwait: there is no {what} '{args[0]}'{near}");
                return 2;
        }
    }

    /// <summary>Tells in one line that standard input or output is broken.</summary>
    public static int Broken(Exception reason)
    {
        // "Access is denied" is what the runtime says of a descriptor that is not open for it: the streams are all that can be meant.
        Console.Error.WriteLine($"finwait: {(reason is UnauthorizedAccessException ? "standard input or output is closed" : reason.Message)}");
        return 1;
    }

    private static string Version => typeof(Commands).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}

using Finwait.Cli;

// finwait COMMAND ARGUMENTS: each command reads its own arguments and says itself what is wrong with them.
switch (args)
{
    case ["lab", .. string[] rest]:
        return LabCommand.Run(rest);
    case ["dump", .. string[] rest]:
        return DumpCommand.Run(rest);
    case ["bench", .. string[] rest]:
        return BenchCommand.Run(rest, Console.Out, Console.Error);
    case ["explore", .. string[] rest]:
        return ExploreCommand.Run(rest, Console.Out, Console.Error);
    case ["--help" or "-h"]:
        Console.Out.Write(Usage());
        return 0;
    case []:
        Console.Error.Write(Usage());
        return 2;
    default:
        Console.Error.WriteLine($"finwait: there is no command '{args[0]}'; finwait --help lists them");
        return 2;
}

static string Usage() => """
    Usage: finwait COMMAND [ARGUMENTS]

      lab      two hosts and a router to try sockets on, packet by packet
      dump     prints captures as tcpdump does
      bench    measures the stack
      explore  searches all small worlds for one that breaks an invariant

    finwait COMMAND --help says more about one.

    """;

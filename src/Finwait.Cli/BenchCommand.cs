using System.Globalization;
using Finwait.Bench;

namespace Finwait.Cli;

/// <summary><c>finwait bench</c>: the workloads that the README's figures come from.</summary>
internal static class BenchCommand
{
    private const string Name = "finwait bench";

    private static readonly string Usage = $"""
        Usage: {Name} [{string.Join('|', Workloads.Names)}] [options]
        Two hosts in memory on one thread; without a name, all workloads one after the other.

          --json            one line of JSON per workload
          --seconds N       how long to measure (default 3)
          --mtu N           MTU of the link, 576-65535 (default 1500; bulk and rr)
          --buffer N        send and receive buffer in octets (default 0: automatic; bulk)
          --idle N          idle connections beside the measured one (rr, default 0), or to open (idle, default 100000)
          --time-wait N     connections kept in TIME-WAIT (connections, default 0; at most 262144)
          --services N      ports that connections are opened to in turn (connections, default 16)

        """;

    /// <summary>Runs the workloads asked for.</summary>
    /// <returns>0 done, 1 a workload failed, 2 wrong usage.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        if (args.Any(argument => argument is "--help" or "-h"))
        {
            output.Write(Usage);
            return 0;
        }

        if (!TryParse(args, out string? name, out BenchOptions options, out bool json, out string? fault))
        {
            error.WriteLine($"{Name}: {fault}; {Name} --help says more");
            return 2;
        }

        try
        {
            foreach ((string workload, BenchOptions with) in name is null ? All(options) : [(name, options)])
            {
                BenchResult result = Workloads.Run(workload, with);
                output.Write(json ? result.ToJson() + "\n" : result.ToText());
                output.Flush();
            }

            return 0;
        }
        catch (InvalidOperationException e)
        {
            error.WriteLine($"{Name}: {e.Message}");
            return 1;
        }
    }

    private static IEnumerable<(string Name, BenchOptions Options)> All(BenchOptions options) =>
    [
        ("bulk", options),
        ("bulk", options with { Mtu = 65535 }),
        ("connections", options),
        ("connections", options with { TimeWait = 100_000 }),
        ("rr", options),
        ("rr", options with { Idle = 100_000 }),
        ("idle", options),
    ];

    private static bool TryParse(string[] args, out string? name, out BenchOptions options, out bool json, out string? fault)
    {
        name = null;
        options = new();
        json = false;
        fault = null;
        for (int i = 0; i < args.Length && fault is null; i++)
        {
            if (args[i] == "--json")
            {
                json = true;
            }
            else if (!args[i].StartsWith('-'))
            {
                fault = name is not null ? $"one workload at a time, not '{name}' and '{args[i]}'"
                    : !Workloads.Names.Contains(args[i]) ? $"there is no workload '{args[i]}', only {string.Join(", ", Workloads.Names)}" : null;
                name = args[i];
            }
            else
            {
                string value = i + 1 < args.Length ? args[i + 1] : "";
                fault = Set(args[i], value, ref options);
                i++;
            }
        }

        return fault is null;
    }

    private static string? Set(string option, string text, ref BenchOptions options)
    {
        (double least, double most) = option switch
        {
            "--seconds" => (0.1, 3600),
            "--mtu" => (576, 65535),
            "--buffer" => (0, 64 << 20),
            "--idle" => (0, 2_000_000),
            "--time-wait" => (0, 262_144),
            "--services" => (1, 4096),
            _ => (0, -1),
        };
        if (least > most)
        {
            return $"there is no option {option}";
        }

        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || value < least || value > most || (option != "--seconds" && value != Math.Floor(value)))
        {
            return string.Create(CultureInfo.InvariantCulture, $"{option} needs a number from {least} to {most}, not '{text}'");
        }

        options = option switch
        {
            "--seconds" => options with { Seconds = value },
            "--mtu" => options with { Mtu = (int)value },
            "--buffer" => options with { Buffer = (int)value },
            "--idle" => options with { Idle = (int)value },
            "--services" => options with { Services = (int)value },
            _ => options with { TimeWait = (int)value },
        };
        return null;
    }
}

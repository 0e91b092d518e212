using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Finwait.Explore;

namespace Finwait.Cli;

/// <summary><c>finwait explore</c>: visits all small worlds of two hosts and shows the shortest way to a broken invariant.</summary>
internal static class ExploreCommand
{
    private const string Name = "finwait explore";
    private const int MostWorlds = 20_000_000;

    private static readonly string Usage = $"""
        Usage: {Name} [SCENARIO] [options]
        Two hosts, every call at every moment, every packet delivered, lost, repeated or overtaken, every timer early or late.
        Without a scenario, all of them.

        {string.Join("\n", Scenario.All.Select(scenario => $"  {scenario.Name,-12} {scenario.About}"))}

          --losses N        packets that may be lost (default: the scenario's, 1)
          --duplicates N    packets that may come twice
          --overtakings N   packets that may overtake others
          --timers N        timers of each side that may go off at any moment
          --worlds N        stop after so many worlds (default 6000000)
          --json            one line of JSON per scenario

        """;

    /// <summary>Searches.</summary>
    /// <returns>0 no invariant broken, 1 one is, 2 wrong usage.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        if (args.Any(argument => argument is "--help" or "-h"))
        {
            output.Write(Usage);
            return 0;
        }

        List<Scenario> scenarios = [.. Scenario.All];
        bool json = false;
        int worlds = 6_000_000;
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i] == "--json")
            {
                json = true;
            }
            else if (args[i].StartsWith('-'))
            {
                string value = i + 1 < args.Length ? args[i + 1] : "";
                if (Set(args[i], value, scenarios, ref worlds) is { } fault)
                {
                    error.WriteLine($"{Name}: {fault}; {Name} --help says more");
                    return 2;
                }

                i++;
            }
            else if (scenarios.RemoveAll(scenario => scenario.Name != args[i]) >= 0 && scenarios.Count == 0)
            {
                error.WriteLine($"{Name}: there is no scenario '{args[i]}', only {string.Join(", ", Scenario.All.Select(scenario => scenario.Name))}");
                return 2;
            }
        }

        bool isSound = true;
        foreach (Scenario scenario in scenarios)
        {
            long began = Stopwatch.GetTimestamp();
            ExploreResult result = new Explorer(scenario, worlds).Run();
            Show(output, scenario, result, Stopwatch.GetElapsedTime(began).TotalSeconds, json);
            isSound &= result.Violation is null;
        }

        return isSound ? 0 : 1;
    }

    private static string? Set(string option, string text, List<Scenario> scenarios, ref int worlds)
    {
        int most = option == "--worlds" ? MostWorlds : 8;
        if (option is not ("--worlds" or "--losses" or "--duplicates" or "--overtakings" or "--timers"))
        {
            return $"there is no option {option}";
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) || value > most || (option == "--worlds" && value == 0))
        {
            return $"{option} needs a number up to {most}, not '{text}'";
        }

        if (option == "--worlds")
        {
            worlds = value;
            return null;
        }

        for (int i = 0; i < scenarios.Count; i++)
        {
            scenarios[i] = option switch
            {
                "--losses" => scenarios[i] with { Losses = value },
                "--duplicates" => scenarios[i] with { Duplicates = value },
                "--overtakings" => scenarios[i] with { Overtakings = value },
                _ => scenarios[i] with { Timers = value },
            };
        }

        return null;
    }

    private static void Show(TextWriter output, Scenario scenario, ExploreResult result, double seconds, bool json)
    {
        double speed = result.Worlds / Math.Max(seconds, 1e-6);
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(new
            {
                scenario = scenario.Name,
                worlds = result.Worlds,
                steps = result.Steps,
                depth = result.Depth,
                configurations = result.Configurations.Count,
                complete = result.IsComplete,
                worldsPerSecond = Math.Round(speed),
                violation = result.Violation,
                script = result.Script,
            }));
            return;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{scenario.Name}: {result.Worlds:N0} worlds{(result.IsComplete ? ", all there are within the bounds" : "")}, {result.Configurations.Count} pairs of states, "
            + $"{result.Depth} steps deep, {speed:N0} worlds per second"));
        if (result.Violation is { } violation)
        {
            output.WriteLine($"  BROKEN: {violation}");
            foreach (string line in result.Script)
            {
                output.WriteLine($"    {line}");
            }
        }

        output.Flush();
    }
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace Finwait.Lab.Tests;

/// <summary>After each step of a scenario both hosts show the sockets that the real ones showed in the golden run of that name.</summary>
public sealed class ScenarioSocketTests
{
    /// <summary>The real tables were read one command after the other between a call and the end of its step: the lab's are read this often in that time, and one reading has to fit.</summary>
    private const int Readings = 16;

    /// <summary>What still differs, and why: whoever mends one takes its line out. Anything else that differs fails the test.</summary>
    private static readonly (string Scenarios, string Difference, string Reason)[] s_known =
    [
        ("04", "SERVER: lastack is", "the lab renews lastack where Linux leaves it; the cause has not been found"),
        ("04c", "step (9|1[0-5]) ", "the golden run's answers to a window update came while the reading call held the socket: they were acknowledged late"),
        ("04d", "step (8|9|1[0-6]) ", "Linux counts the memory of what waits to be sent, so a blocked sendall() hands over its rest later"),
        ("10c", "mss is 65483, expected 327", "on the loopback interface Linux halves the segment to what the largest window seen takes twice"),
        ("10c", "rttvar there is False", "a round trip of one microsecond has no variance to show"),
        ("11", "(timer is timewait, expected keepalive|form is TimeWait, expected Full|TCP information is none, expected some)$", "after long timeouts FIN-WAIT-2 of an orphan stays a whole socket for a while"),
        ("24", "users is nc/(?<host>[12])\\d{3}/(?<fd>[34]), expected nc/\\k<host>002/\\k<fd>$", "process numbers rise in the lab, and the golden run gives a program one"),
        ("25", "users is python3/100[46]/3, expected python3/2003/3$", "one host has one range of process numbers in the lab"),
    ];

    public static TheoryData<string> Scenarios => [.. GoldenFiles.Scenarios];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Scenario_AfterEachStep_ShowsTheSocketsOfTheGoldenRun(string name)
    {
        List<string> differences = Differences(name);
        differences.RemoveAll(difference => IsKnown(name, difference));
        Assert.True(differences.Count == 0, $"{differences.Count} differences:\n{string.Join('\n', differences)}");
    }

    [Fact]
    public void KnownDifferences_AreAllStillThere()
    {
        string[] found = [.. GoldenFiles.Scenarios.SelectMany(scenario => Differences(scenario).Select(difference => scenario.Split('-')[0] + " " + Server(difference)))];
        string[] gone =
        [
            .. s_known.SelectMany(known => known.Scenarios.Split('|').Select(number => (number, known.Difference)))
                .Where(known => !found.Any(text => text.StartsWith(known.number + " ", StringComparison.Ordinal) && Regex.IsMatch(text, known.Difference)))
                .Select(known => $"{known.number}: {known.Difference}"),
        ];
        Assert.True(gone.Length == 0, $"mended, take out:\n{string.Join('\n', gone)}");
    }

    private static bool IsKnown(string name, string difference)
    {
        return s_known.Any(known => known.Scenarios.Split('|').Contains(name.Split('-')[0]) && Regex.IsMatch(Server(difference), known.Difference));
    }

    private static string Server(string difference) => difference.Replace("10.10.2.100:4000 > 10.10.1.100:client", "SERVER", StringComparison.Ordinal);

    private static List<string> Differences(string name)
    {
        LabSession session = new();
        List<string> differences = [];
        int step = 0;
        double since = 0, until = 0;
        bool hasCome = true;
        foreach (string line in LabScenarios.Read(name))
        {
            if (line.StartsWith("at ", StringComparison.Ordinal))
            {
                (since, until) = (until, double.Parse(line.AsSpan(3), CultureInfo.InvariantCulture));
                hasCome = false;
                continue;
            }

            if (line.Trim() == "show")
            {
                differences.AddRange(CompareStep(session, name, ++step, since, until));
            }
            else if (!hasCome)
            {
                Execute(session, At(until));
                hasCome = true;
            }

            Execute(session, line);
        }

        Assert.True(step > 0, "no step was compared");
        return differences;
    }

    private static List<string> CompareStep(LabSession session, string name, int step, double since, double until)
    {
        List<List<string>?> best = [];
        for (int reading = 1; reading <= Readings; reading++)
        {
            Execute(session, At(since + ((until - since) * reading / Readings)));
            List<List<string>> now = CompareTables(session, name, step);
            best = best.Count == 0 ? [.. now] : [.. best.Zip(now, (a, b) => a!.Count <= b.Count ? a : b)];
        }

        return [.. best.SelectMany(list => list!)];
    }

    // One list for each table: ss and lsof of each host.
    private static List<List<string>> CompareTables(LabSession session, string name, int step)
    {
        List<List<string>> tables = [];
        foreach (LabHost host in session.Hosts)
        {
            string file = Path.Combine(ToolGolden.Root, name, "steps", $"{step:00}.{host.Name}.txt");
            if (!File.Exists(file))
            {
                continue;
            }

            ToolSection[] sections = [.. ToolGolden.Cut($"{name} {step:00} {host.Name}", File.ReadAllText(file))];
            IReadOnlyList<SsRow> rows = host.SocketRows;
            ToolSection ss = sections.First(section => section.Command.Contains("-ipn", StringComparison.Ordinal));
            ToolSection lsof = sections.First(section => section.Command == "lsof -n -P -i tcp");
            string ssText = SsCommand.Run(ss.Command.Split(' ')[1..], rows, new() { Now = session.Now }).Output;
            string lsofText = LsofCommand.Run(lsof.Command.Split(' ')[1..], rows, new()).Output;
            tables.Add([.. SocketRowComparer.Compare(SsTextParser.Parse(ss.Output), SsTextParser.Now, SsTextParser.Parse(ssText), SsTextParser.Now).Select(text => $"step {step} {host.Name} ss: {text}")]);
            tables.Add([.. SocketRowComparer.Compare(LsofTests.Parse(lsof.Output), SsTextParser.Now, LsofTests.Parse(lsofText), SsTextParser.Now).Select(text => $"step {step} {host.Name} lsof: {text}")]);
        }

        return tables;
    }

    private static string At(double time) => string.Create(CultureInfo.InvariantCulture, $"at {time:F6}");

    private static void Execute(LabSession session, string line) => Assert.True(session.Execute(line) == LabVerdict.Done, $"{line}: {session.Complaint}");
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace Finwait.Lab.Tests;

/// <summary>The frozen states: every row of ss, every count of iptables and every timer is compared with what a real kernel showed at the same moments (tests/golden/states).</summary>
public sealed partial class StateScenarioTests
{
    /// <summary>The real hosts' lines took some hundredths of a second of their own.</summary>
    private const double Tolerance = 0.25;

    [GeneratedRegex(@"timer:\((\w+),((?:[\d.]+(?:ms|sec|min))*),(\d+)\)")]
    private static partial Regex Timer { get; }

    [GeneratedRegex(@"(\d+(?:\.\d+)?)(ms|sec|min)")]
    private static partial Regex Amount { get; }

    private static readonly string[] s_names = [.. Directory.GetFiles(GoldenFiles.Path("states"), "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Names => [.. s_names];

    // SM-TO-RTX, SM-TO-SR, SM-TO-F2, SM-TO-TW, X-ORPH-1, X-F2-1, X-TW-1: what holds each state, what its host does next, and when it gives up.
    [Theory]
    [MemberData(nameof(Names))]
    public void Scenario_Played_ShowsWhatTheKernelShowed(string name)
    {
        string[] golden = Comparable(File.ReadAllLines(GoldenFiles.Path("states", name + ".txt")));
        string[] lab = Comparable(Lab.Play(new LabSession(), LabScenarios.Read(name)).TrimEnd('\n').Split('\n'));

        Assert.Equal(golden.Select(WithoutTime), lab.Select(WithoutTime));
        Assert.All(golden.Zip(lab), pair => AssertSameTime(pair.First, pair.Second));
    }

    [Fact]
    public void AllElevenStates_AreThere()
    {
        string[] states = ["closed", "listen", "syn-sent", "syn-received", "established", "fin-wait-1", "fin-wait-2", "close-wait", "closing", "last-ack", "time-wait"];

        Assert.All(states, state => Assert.Contains("state-" + state, s_names));
        Assert.All(states, state => Assert.Equal("002", LabScenarios.All.Single(scenario => scenario.Name == "state-" + state).Group));
    }

    /// <summary>What was typed for a host, what it printed, and how long was waited: blanks count once, and of a traceback its last line.</summary>
    private static string[] Comparable(IEnumerable<string> lines) =>
    [
        .. lines.Where(line => line.StartsWith("romeo", StringComparison.Ordinal) || line.StartsWith("juliet", StringComparison.Ordinal) || line.StartsWith("wait ", StringComparison.Ordinal))
            .Where(line => !line.Contains("Traceback (most", StringComparison.Ordinal) && !line.Contains("  File \"<stdin>\"", StringComparison.Ordinal))
            .Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))),
    ];

    private static string WithoutTime(string line) => Timer.Replace(line, "timer:($1,TIME,$3)");

    private static void AssertSameTime(string golden, string lab)
    {
        if (Timer.Match(golden) is { Success: true } expected)
        {
            double seconds = Seconds(expected.Groups[2].Value), difference = Math.Abs(seconds - Seconds(Timer.Match(lab).Groups[2].Value));

            // From ten seconds on whole seconds are printed, from an hour on whole minutes.
            double unit = expected.Groups[2].Value.EndsWith("min", StringComparison.Ordinal) ? 60 : seconds >= 9.5 ? 1 : 0;
            Assert.True(difference <= Tolerance + unit, $"the kernel showed '{golden}', the lab '{lab}'");
        }
    }

    /// <summary>ss prints 3.096ms for three seconds and 96 milliseconds.</summary>
    private static double Seconds(string text) => Amount.Matches(text).Sum(amount => (amount.Groups[2].Value, amount.Groups[1].Value) switch
    {
        ("min", var number) => 60 * double.Parse(number, CultureInfo.InvariantCulture),
        ("sec", var number) => double.Parse(number, CultureInfo.InvariantCulture),
        (_, var number) when number.Contains('.', StringComparison.Ordinal) => double.Parse(number, CultureInfo.InvariantCulture),
        (_, var number) => double.Parse(number, CultureInfo.InvariantCulture) / 1000,
    });
}

using System.Globalization;
using System.Text.RegularExpressions;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Lab.Tests;

/// <summary>Plays every scenario and compares it with what a real Linux kernel and the real tools did, line by line.</summary>
public sealed partial class GoldenScenarioTests
{
    /// <summary>How far the time left in a timer may be from the golden one: the tables were read one after the other, some tenths of a second apart.</summary>
    private const double TimerTolerance = 0.35;

    private static readonly TimeSpan s_readEarlier = TimeSpan.FromMilliseconds(30);

    [GeneratedRegex(@"\b\d{5}\b")]
    private static partial Regex FiveDigits { get; }

    [GeneratedRegex(@"time=?\s?[\d.]+ ?ms|= [\d./]+ ms")]
    private static partial Regex PingTime { get; }

    public static TheoryData<string> Names => new(GoldenFiles.Scenarios);

    [Theory]
    [MemberData(nameof(Names))]
    public void Scenario_Played_DoesWhatTheKernelDid(string name)
    {
        List<string> found = Compare(name);
        KnownDifference[] known = KnownDifferences.All.Where(entry => entry.Scenario == name).ToArray();
        string[] unexpected = found.Where(text => !Array.Exists(known, entry => entry.Matches(text))).ToArray();
        string[] gone = known.Where(entry => !found.Exists(entry.Matches)).Select(entry => $"no longer needed: {entry.Pattern}").ToArray();

        Assert.True(unexpected.Length + gone.Length == 0, string.Join("\n", unexpected.Concat(gone)));
    }

    [Fact]
    public void KnownDifferences_StandInTheDocument()
    {
        string document = File.ReadAllText(Path.Combine(GoldenFiles.Folder, "..", "..", "docs", "differences-from-linux.md"));
        Assert.All(KnownDifferences.All, entry => Assert.Contains(entry.Why, document.ReplaceLineEndings(" "), StringComparison.Ordinal));
    }

    private static List<string> Compare(string name)
    {
        GoldenRun golden = GoldenRun.Read(name);
        var session = new LabSession();
        var found = new List<string>();
        var printed = new List<LabLine>();
        int step = 0;
        IReadOnlyList<string> lines = LabScenarios.Read(name);
        for (int i = 0; i < lines.Count; i++)
        {
            string line = lines[i];
            if (i + 1 < lines.Count && lines[i + 1] == "show")
            {
                // The golden tables were read a little before the frames were counted.
                Assert.True(DurationText.TryParse(line[3..], out TimeSpan time), line);
                Instant read = Instant.Later(session.Now, Instant.Zero + time - s_readEarlier);
                session.RunUntil(read);
                foreach (LabHost host in session.Hosts)
                {
                    CompareTools(golden.Steps[step], golden, host, found);
                }
            }

            LabVerdict verdict = session.Execute(line);
            printed.AddRange(session.TakeOutput());
            if (verdict == LabVerdict.NotUnderstood)
            {
                found.Add($"line '{line}': {session.Complaint}");
            }

            if (line != "show")
            {
                continue;
            }

            GoldenStep current = golden.Steps[step++];
            CompareResult(current, printed, found);
            printed.Clear();
            CompareCounts(current, golden, session, found);
        }

        Assert.Equal(golden.Steps.Count, step);
        foreach (string host in golden.Captured)
        {
            found.AddRange(Differences.OfLists($"{host} frame", FrameTexts.Of(golden.Capture(host)), FrameTexts.Of(session.Capture(host))));
            found.AddRange(FrameTimes.Differences(host, golden.Capture(host), session.Capture(host)));
        }

        return found;
    }

    /// <summary>What a call returned: its last line, with ports masked. A call that waited has its outcome at a later step.</summary>
    private static void CompareResult(GoldenStep step, List<LabLine> printed, List<string> found)
    {
        if (step.Result.Contains("[returned after", StringComparison.Ordinal) || step.Host == "-" || step.Call.StartsWith('(') || step.Call.StartsWith("$ nc", StringComparison.Ordinal) || step.Call.StartsWith("$ python3", StringComparison.Ordinal))
        {
            return; // programs: see the tests of their whole output
        }

        string[] lab = printed.Where(line => line.Kind == LabLineKind.Output && line.Host == step.Host).Select(line => line.Text).ToArray();
        string[] golden = step.Result.Length == 0 ? [] : step.Result.Split('\n');
        if (lab.Length > 0 && lab[0].StartsWith("Traceback", StringComparison.Ordinal))
        {
            lab = [lab[^1]];
        }

        string Mask(IEnumerable<string> lines) => PingTime.Replace(FiveDigits.Replace(string.Join("\n", lines), "P"), "TIME");
        if (Mask(lab) != Mask(golden) && !step.Call.StartsWith("$ sysctl", StringComparison.Ordinal))
        {
            found.Add($"step {step.Number} result: golden '{Mask(golden)}', lab '{Mask(lab)}'");
        }
    }

    /// <summary>As many frames have passed by now as in the golden run: the timers keep the same time.</summary>
    private static void CompareCounts(GoldenStep step, GoldenRun golden, LabSession session, List<string> found)
    {
        foreach (string host in golden.Captured)
        {
            LabHost lab = session.Host(host)!;
            bool anyEthernet = lab.Frames.Any(frame => frame.On.Kind == InterfaceKind.Ethernet);
            int passed = lab.Frames.Count(frame => frame.On.Kind == InterfaceKind.Ethernet || !anyEthernet);
            if (passed != step.LastFrame[host])
            {
                found.Add($"step {step.Number} {host}: golden has {step.LastFrame[host]} frames by now, lab {passed}");
            }
        }
    }

    private static void CompareTools(GoldenStep step, GoldenRun golden, LabHost host, List<string> found)
    {
        foreach ((string command, string[] output) in golden.Tools(step.Number, host.Name))
        {
            bool isSs = command.StartsWith("ss ", StringComparison.Ordinal);
            if (!isSs && !command.StartsWith("lsof ", StringComparison.Ordinal))
            {
                continue;
            }

            string[] lab = host.Shell.Substitute(command).TrimEnd('\n').Split('\n');
            string what = $"step {step.Number} {host.Name} `{command}` row";
            bool hasHeader = !command.Contains('|', StringComparison.Ordinal);
            found.AddRange(Differences.OfRows(what, SocketRowTexts.Of(output, hasHeader), SocketRowTexts.Of(lab, hasHeader)));
            List<double> goldenTimers = SocketRowTexts.Timers(output), labTimers = SocketRowTexts.Timers(lab);
            for (int i = 0; i < Math.Min(goldenTimers.Count, labTimers.Count); i++)
            {
                // From ten seconds on whole seconds are printed.
                double tolerance = goldenTimers[i] >= 9.5 ? TimerTolerance + 1 : TimerTolerance;
                if (Math.Abs(goldenTimers[i] - labTimers[i]) > tolerance)
                {
                    found.Add(string.Create(CultureInfo.InvariantCulture, $"{what} timer: golden {goldenTimers[i]} s, lab {labTimers[i]} s"));
                }
            }
        }
    }
}

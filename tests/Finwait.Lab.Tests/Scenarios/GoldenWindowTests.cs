using System.Globalization;
using System.Text.RegularExpressions;

namespace Finwait.Lab.Tests;

/// <summary>The windows that juliet told in the transfers of 100 kB: whatever order frames crossed in, the same acknowledgment carries the same window as the kernel's.</summary>
public sealed partial class GoldenWindowTests
{
    [GeneratedRegex(@"\.4000 > .*ack (\d+), win (\d+)")]
    private static partial Regex Told { get; }

    // X-RCV-1, MUST-39, SHLD-14: 04b and 04d to the end; in 04c up to the first read, where a full window and its probes lie behind.
    [Theory]
    [InlineData("04b-send-100kB", int.MaxValue, 22)]
    [InlineData("04c-send-100kB-small-buffer", 36201, 11)]
    [InlineData("04d-send-100kB-slow-link", int.MaxValue, 37)]
    public void Windows_OfTheSameAcknowledgments_AreTheKernels(string name, int last, int inCommon)
    {
        var session = new LabSession();
        foreach (string line in LabScenarios.Read(name))
        {
            session.Execute(line);
        }

        Dictionary<int, int> golden = Windows(GoldenRun.Read(name).Capture("juliet"), last), lab = Windows(session.Capture("juliet"), last);
        int[] both = golden.Keys.Intersect(lab.Keys).ToArray();
        Assert.True(both.Length >= inCommon, $"only {both.Length} acknowledgments in common");
        Assert.All(both, ack => Assert.Equal((ack, golden[ack]), (ack, lab[ack])));
    }

    /// <summary>The first window told with each acknowledgment number.</summary>
    private static Dictionary<int, int> Windows(byte[] capture, int last)
    {
        var windows = new Dictionary<int, int>();
        foreach (string frame in FrameTexts.Of(capture))
        {
            if (Told.Match(frame) is { Success: true } match && !frame.Contains("[S.]", StringComparison.Ordinal))
            {
                int ack = int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
                if (ack <= last)
                {
                    windows.TryAdd(ack, int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
                }
            }
        }

        return windows;
    }
}

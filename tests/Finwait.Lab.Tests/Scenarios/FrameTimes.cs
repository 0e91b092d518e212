using System.Globalization;
using Finwait.Capture;

namespace Finwait.Lab.Tests;

/// <summary>When the segments passed: timers, retransmissions, probes and delayed acknowledgments keep the kernel's times.</summary>
internal static class FrameTimes
{
    /// <summary>The interval between two segments may differ by this part of it, or by <see cref="LeastTolerance"/>.</summary>
    private const double Tolerance = 0.1;

    /// <summary>Seconds: the step of the golden hosts' clock was 4 ms.</summary>
    private const double LeastTolerance = 0.005;

    /// <summary>Intervals between segments that both captures have, one after the other, and that are not equally long.</summary>
    public static IEnumerable<string> Differences(string host, byte[] golden, byte[] lab)
    {
        List<string> goldenFrames = FrameTexts.Of(golden), labFrames = FrameTexts.Of(lab);
        List<double> goldenTimes = Of(golden), labTimes = Of(lab);
        (int Golden, int Lab)? last = null;
        foreach ((int g, int l) in Tests.Differences.Agreements(goldenFrames, labFrames))
        {
            if (!goldenFrames[g].Contains("proto TCP", StringComparison.Ordinal))
            {
                continue;
            }

            if (last is { } before)
            {
                double kernel = goldenTimes[g] - goldenTimes[before.Golden], ours = labTimes[l] - labTimes[before.Lab];
                if (Math.Abs(ours - kernel) > Math.Max(LeastTolerance, Tolerance * kernel))
                {
                    yield return string.Create(CultureInfo.InvariantCulture, $"{host} frame {g + 1} time: golden {kernel:F4} s after the one before, lab {ours:F4} s: {goldenFrames[g]}");
                }
            }

            last = (g, l);
        }
    }

    /// <summary>Seconds since the first frame.</summary>
    private static List<double> Of(byte[] capture)
    {
        Assert.True(CaptureReader.TryOpen(new MemoryStream(capture), out CaptureReader? reader, out string? error), error);
        var times = new List<double>();
        double? first = null;
        while (reader.TryRead(out PacketRecord packet))
        {
            double time = packet.Seconds + (packet.Nanoseconds / 1e9);
            first ??= time;
            times.Add(time - first.Value);
        }

        return times;
    }
}

using System.Globalization;

namespace Finwait.Lab.Tests;

/// <summary>Every table that the real ss printed, read into rows and printed again.</summary>
public sealed class SsRoundTripTests
{
    [Fact]
    public void GoldenTables_ParsedAndPrintedAgain_AreTheSameBytes()
    {
        int count = AssertRoundTrips(ToolGolden.Sections("*.txt").Where(section => section.File.Contains("steps", StringComparison.Ordinal)));
        Assert.True(count >= 1637, $"only {count} tables found");
    }

    [Fact]
    public void LoopbackTables_AllFlagsAndTerminalWidths_AreTheSameBytes()
    {
        int count = AssertRoundTrips(ToolGolden.Sections("ss-loopback.txt"));
        Assert.Equal(36, count);
    }

    private static int AssertRoundTrips(IEnumerable<ToolSection> sections)
    {
        int count = 0;
        List<string> wrong = [];
        foreach (ToolSection section in sections)
        {
            string[] words = section.Command.Split(' ');
            int? width = words[0].StartsWith("COLUMNS=", StringComparison.Ordinal) ? int.Parse(words[0].AsSpan(8), CultureInfo.InvariantCulture) : null;
            words = width is null ? words : words[1..];
            if (words[0] != "ss" || words.Contains("|"))
            {
                continue;
            }

            count++;
            string? header = words.Any(word => word.EndsWith('H')) ? (words.Contains("state") ? "" : "State ") + "Recv-Q Send-Q" : null;
            ToolResult result = SsCommand.Run(words[1..], SsTextParser.Parse(section.Output, header, words[1].StartsWith("-u", StringComparison.Ordinal) ? SsKind.Udp : SsKind.Tcp), new() { Now = SsTextParser.Now, TerminalWidth = width });
            if (result.Output != section.Output)
            {
                wrong.Add($"{section.Where}\n{section.Output}\nbut we print\n{result.Error}{result.Output}");
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {count} tables differ; the first: {wrong.FirstOrDefault()}");
        return count;
    }
}

namespace Finwait.Lab.Tests;

/// <summary>Every table that the real ss printed in the golden runs, read into rows and printed again.</summary>
public sealed class SsRoundTripTests
{
    [Fact]
    public void GoldenTables_ParsedAndPrintedAgain_AreTheSameBytes()
    {
        int count = 0;
        List<string> wrong = [];
        foreach (ToolSection section in ToolGolden.Sections("*.txt"))
        {
            string[] words = section.Command.Split(' ');
            if (words[0] != "ss" || words.Contains("|"))
            {
                continue;
            }

            count++;
            string again = SsCommand.Run(words[1..], SsTextParser.Parse(section.Output), new() { Now = SsTextParser.Now }).Output;
            if (again != section.Output)
            {
                wrong.Add($"{section.Where}\n{section.Output}\nbut we print\n{again}");
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {count} tables differ; the first: {wrong.FirstOrDefault()}");
        Assert.True(count >= 1627, $"only {count} tables found");
    }
}

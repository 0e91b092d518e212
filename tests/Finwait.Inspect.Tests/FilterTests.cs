using System.Globalization;
using System.Text;
using Finwait.Capture;

namespace Finwait.Inspect.Tests;

/// <summary>The filter language against what libpcap selected (tests/golden/tcpdump-filters).</summary>
public class FilterTests
{
    public static TheoryData<string> LinkNames => ["eth", "raw", "sll", "sll2", "null", "loop", "ppp"];

    [Theory]
    [MemberData(nameof(LinkNames))]
    public void Filter_ExpressionThatLibpcapCompiled_SelectsTheSamePackets(string link)
    {
        byte[] capture = File.ReadAllBytes(Path.Combine(Folder, link + ".pcap"));
        var differences = new StringBuilder();
        int compared = 0;
        foreach ((string expression, string expected) in Expressions(link))
        {
            string actual = Select(capture, expression);
            compared++;

            // An error may go on behind libpcap's words: it tells the place, and what would be right. And where libpcap's optimizer
            // does not see that nothing can pass, and selects nothing, we may say so.
            bool saysMore = expected.StartsWith('!') && actual.StartsWith(expected + " at character ", StringComparison.Ordinal);
            bool knowsMore = expected.Length == 0 && actual == "! expression rejects all packets";
            if (expected != actual && !saysMore && !knowsMore)
            {
                differences.AppendLine(CultureInfo.InvariantCulture, $"{expression}\n  libpcap {expected}\n  finwait {actual}");
            }
        }

        Assert.True(compared > 100, "the expressions are missing");
        Assert.True(differences.Length == 0, differences.ToString());
    }

    [Theory]
    [InlineData("tcp", "")]
    [InlineData("1", " = 1")]
    public void Filter_TwoHundredParentheses_AreTakenAndTenMoreAreNot(string inside, string behind)
    {
        string Nest(int count) => new string('(', count) + inside + new string(')', count) + behind;

        Assert.True(PacketFilter.TryCompile(Nest(200), LinkType.Ethernet, out _, out FilterError? error), error?.ToString());
        Assert.False(PacketFilter.TryCompile(Nest(210), LinkType.Ethernet, out _, out error));
        Assert.Contains("at most 200 parentheses may stand in each other", error!.ToString(), StringComparison.Ordinal);
    }

    // The stored selections are libpcap's, not ours.
    [WitnessFact]
    public void StoredSelections_AskedOfTheRealTcpdump_AreWhatItSelects()
    {
        foreach (string link in new[] { "eth", "ppp" })
        {
            foreach ((string expression, string expected) in Expressions(link).Where((_, i) => i % 7 == 3))
            {
                DumpResult result = Witness.Run(Folder, "-r", link + ".pcap", "-w", "-", expression);
                string actual = result.Status == 0
                    ? Ranges(Numbers(Encoding.Latin1.GetBytes(result.Output), PacketFilter.All))
                    : "! " + result.Errors.Split('\n').First(line => line.StartsWith("tcpdump: ", StringComparison.Ordinal))["tcpdump: ".Length..];
                Assert.Equal((expression, expected), (expression, actual));
            }
        }
    }

    [Theory]
    [InlineData("geneve", "'geneve' is not supported")]
    [InlineData("decnet host 10", "'decnet' hosts are not supported")]
    [InlineData("byte 3 & 5", "'byte' with '&' is not supported")]
    public void Filter_PrimitiveThatIsLeftOut_GivesOneClearLine(string expression, string text)
    {
        Assert.False(PacketFilter.TryCompile(expression, LinkType.Ethernet, out _, out FilterError? error));

        Assert.Equal(text, error.Text);
        Assert.NotEmpty(error.Hint);
        Assert.DoesNotContain('\n', error.ToString());
    }

    // Nothing that is typed takes for ever: reasoning about what can pass is bounded.
    [Fact]
    public void Filter_ThousandsOfAlternativesThatContradict_CompileInBoundedSteps()
    {
        string alternatives = string.Join(" or ", Enumerable.Range(1, 400).Select(port => $"src port {port}"));
        string expression = $"({alternatives}) and ({alternatives.Replace("src", "dst", StringComparison.Ordinal)}) and src port 1000";

        bool compiled = PacketFilter.TryCompile(expression, LinkType.Ethernet, out _, out FilterError? error);

        // Either answer is right about the packets, for none passes; that there is one at all is what counts.
        Assert.True(compiled || error!.Text == "expression rejects all packets", error?.ToString());
    }

    private static string Folder => Path.Combine(GoldenArchive.Folder, "tcpdump-filters");

    private static IEnumerable<(string Expression, string Expected)> Expressions(string link)
    {
        foreach (string line in File.ReadLines(Path.Combine(Folder, "expressions.txt")))
        {
            string[] fields = line.Split('\t');
            if (fields.Length == 3 && fields[0] == link)
            {
                yield return (fields[1], fields[2]);
            }
        }
    }

    private static string Select(byte[] capture, string expression)
    {
        Assert.True(CaptureReader.TryOpen(new MemoryStream(capture), out CaptureReader? reader, out string? fault), fault);
        return PacketFilter.TryCompile(expression, reader.LinkType, out PacketFilter? filter, out FilterError? error)
            ? Ranges(Numbers(capture, filter))
            : "! " + error;
    }

    /// <summary>The numbers of the packets that pass, which their time stamps hold.</summary>
    private static List<long> Numbers(byte[] capture, PacketFilter filter)
    {
        Assert.True(CaptureReader.TryOpen(new MemoryStream(capture), out CaptureReader? reader, out string? fault), fault);
        List<long> numbers = [];
        while (reader.TryRead(out PacketRecord packet))
        {
            if (filter.Matches(packet))
            {
                numbers.Add(packet.Seconds);
            }
        }

        Assert.Null(reader.Error);
        return numbers;
    }

    /// <summary>Numbers as <c>1-3,7</c>.</summary>
    private static string Ranges(List<long> numbers)
    {
        List<string> ranges = [];
        for (int first = 0, next; first < numbers.Count; first = next)
        {
            next = first + 1;
            while (next < numbers.Count && numbers[next] == numbers[next - 1] + 1)
            {
                next++;
            }

            ranges.Add(next == first + 1 ? $"{numbers[first]}" : $"{numbers[first]}-{numbers[next - 1]}");
        }

        return string.Join(',', ranges);
    }

    [Theory]
    [InlineData("len", "+len", 50_000, " > 5")]
    [InlineData("tcp", " or tcp", 50_000, "")]
    public void Filter_OfTooManyWords_IsAnErrorAndNoMore(string first, string more, int times, string last)
    {
        string expression = first + string.Concat(Enumerable.Repeat(more, times)) + last;
        Assert.False(PacketFilter.TryCompile(expression, LinkType.Ethernet, out _, out FilterError? error));
        Assert.Equal("the expression is too long", error.Text);
    }
}

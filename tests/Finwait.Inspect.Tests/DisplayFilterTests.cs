using Finwait.Capture;

namespace Finwait.Inspect.Tests;

/// <summary>Display filters against what tshark 4.0 selects: <c>tests/golden/display-filters</c> has the filters, the captures and its answers.</summary>
public class DisplayFilterTests
{
    private static readonly string s_folder = Path.Combine(GoldenArchive.Folder, "display-filters");

    public static TheoryData<string> Captures() => [.. File.ReadLines(Path.Combine(s_folder, "expected.txt")).Select(line => line.Split('\t')[0]).Distinct()];

    [Theory]
    [MemberData(nameof(Captures))]
    public void Filter_OnAKernelsCapture_SelectsWhatTsharkSelects(string capture)
    {
        RunDrawings run = Read(capture);
        var wrong = new List<string>();
        int count = 0;
        foreach (string line in File.ReadLines(Path.Combine(s_folder, "expected.txt")).Where(line => line.StartsWith(capture + "\t", StringComparison.Ordinal)))
        {
            string[] parts = line.Split('\t');
            DisplayFilter? filter = DisplayFilter.Read(parts[1], out string complaint);
            string selected = filter is null ? complaint : string.Join(' ', run.Packets(filter).Skip(1).Select(row => row.TrimStart().Split(' ')[0]));
            count++;
            if (selected != parts[2])
            {
                wrong.Add($"{parts[1]}: tshark selects '{parts[2]}', here '{selected}'");
            }
        }

        Assert.True(count > 100, "filters are missing");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [MemberData(nameof(Captures))]
    public void List_OfAKernelsSegments_HasTsharksLastColumn(string capture)
    {
        RunDrawings run = Read(capture);
        string[] rows = [.. run.Packets(null)];
        int column = rows[0].IndexOf("Info", StringComparison.Ordinal);
        int count = 0;
        foreach (string line in File.ReadLines(Path.Combine(s_folder, "info.txt")).Where(line => line.StartsWith(capture + "\t", StringComparison.Ordinal)))
        {
            string[] parts = line.Split('\t'); // capture, number, protocol, length, text
            if (parts[2] is not ("TCP" or "UDP"))
            {
                continue;
            }

            count++;
            Assert.Equal(WithoutAnalysis(parts[4]), WithoutAnalysis(rows[int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture)][column..]));
        }

        Assert.True(count > 3, "segments are missing");
    }

    [Theory]
    [InlineData("", "an empty filter")]
    [InlineData("tcp.prt == 4000", "did you mean tcp.port?")]
    [InlineData("tcp.port = 4000", "write ==")]
    [InlineData("tcp.port == ", "the filter ends where a value for tcp.port")]
    [InlineData("tcp.port == abc", "compared with a number")]
    [InlineData("4000 == tcp.port", "the field stands on the left")]
    [InlineData("ip.addr == 300.1.1.1", "an IPv4 address")]
    [InlineData("ip.addr == 10.0.0.0/33", "an IPv4 address")]
    [InlineData("ipv6.addr == 10.0.0.1", "an IPv6 address")]
    [InlineData("eth.src == 1:2", "a link-layer address")]
    [InlineData("tcp.flags.syn == 2x", "a bit")]
    [InlineData("tcp.port contains 4", "looks into octets")]
    [InlineData("tcp.payload contains \"\"", "no text to look for")]
    [InlineData("tcp.payload matches \"(\"", "no pattern")]
    [InlineData("tcp.payload contains zz", "neither octets")]
    [InlineData("tcp.port[0] == 1", "it has no octets")]
    [InlineData("tcp[a] == 01", "is no part of octets")]
    [InlineData("tcp[0", "']' is missing")]
    [InlineData("(tcp", "')'")]
    [InlineData("tcp)", "and, or, or the end")]
    [InlineData("tcp udp", "and, or, or the end")]
    [InlineData("tcp.port in {1", "',' or '}'")]
    [InlineData("tcp.port in 1", "'{'")]
    [InlineData("len(tcp) > 1", "functions such as len()")]
    [InlineData("tcp.analysis.retransmission", "analysis")]
    [InlineData("\"tcp", "the closing '\"' is missing")]
    [InlineData("tcp; drop", "means nothing here")]
    [InlineData("ip.src == tcp.port", "of different kinds")]
    public void Filter_ThatIsWrong_SaysWhere(string text, string complaint)
    {
        Assert.Null(DisplayFilter.Read(text, out string said));
        Assert.Contains(complaint, said, StringComparison.Ordinal);
    }

    [Fact]
    public void Filter_OfManyParentheses_IsRefusedAndNotRun()
    {
        Assert.Null(DisplayFilter.Read(new string('(', 1_000) + "tcp" + new string(')', 900), out string deep));
        Assert.Contains("more than 50", deep, StringComparison.Ordinal);
        Assert.Null(DisplayFilter.Read(new string('!', 10_000) + "tcp", out string length));
        Assert.Contains("2000 characters", length, StringComparison.Ordinal);
    }

    [Fact]
    public void Field_OfTheCatalogue_HasAMeaningThatIsASentence()
    {
        foreach (string name in DisplayFilter.FieldNames)
        {
            Assert.Matches("^[A-Z0-9].*[.]$", DisplayFilter.MeaningOf(name));
        }
    }

    /// <summary>What the analysis finds out stands in brackets in front: "[TCP Retransmission] " there, "[retransmission] " here.</summary>
    private static string WithoutAnalysis(string info)
    {
        while (info.StartsWith('[') && info.Contains("] ", StringComparison.Ordinal) && info.IndexOf("] ", StringComparison.Ordinal) < info.IndexOf('→', StringComparison.Ordinal))
        {
            info = info[(info.IndexOf("] ", StringComparison.Ordinal) + 2)..];
        }

        return info;
    }

    private static RunDrawings Read(string capture)
    {
        var packets = new List<RunPacket>();
        using FileStream file = File.OpenRead(Path.Combine(GoldenArchive.Folder, capture + ".pcap"));
        Assert.True(CaptureReader.TryOpen(file, out CaptureReader? reader, out _));
        while (reader.TryRead(out PacketRecord record))
        {
            packets.Add(new RunPacket { From = 0, To = 1, Sent = TimeSpan.FromMicroseconds(packets.Count), Octets = record.Data.ToArray(), LinkType = record.LinkType });
        }

        return new RunDrawings(new RunRecord { Hosts = [new RunHost("a", "0"), new RunHost("b", "1")], Packets = packets });
    }
}

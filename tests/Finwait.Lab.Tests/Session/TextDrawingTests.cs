using System.Text.RegularExpressions;

namespace Finwait.Lab.Tests;

/// <summary><c>ladder</c> and <c>states</c>: what a learner reads in the terminal.</summary>
public partial class TextDrawingTests
{
    private static string[] Typed(string scenario, params string[] commands)
    {
        var session = new LabSession();
        LabTranscript.Play(session, LabScenarios.Read(scenario), TextWriter.Null, TextWriter.Null);
        using var output = new StringWriter();
        using var error = new StringWriter();
        LabTranscript.Play(session, commands, output, error);
        Assert.Equal("", error.ToString());
        return [.. output.ToString().Split('\n').Where(line => line.StartsWith("lab|", StringComparison.Ordinal)).Select(line => line[4..].TrimStart(' ').Length == 0 ? "" : line[5..])];
    }

    [GeneratedRegex(@"^.{10} *(?<left>\S.*?|) \|(?<middle>.{58})\|( (?<right>.*))?$")]
    private static partial Regex RowPattern { get; }

    private static Match[] Rows(string[] lines) => [.. lines.Select(line => RowPattern.Match(line)).Where(match => match.Success)];

    [Theory]
    [InlineData("05-server-closes-first", 9)]
    [InlineData("07-half-close", 13)]
    [InlineData("10-syn-blocked", 14)]
    public void Ladder_NamesEachPacketOnceInOrder(string scenario, int packets)
    {
        Match[] rows = Rows(Typed(scenario, "ladder"));
        IEnumerable<int> numbers = rows.Select(row => Regex.Match(row.Groups["middle"].Value, @"(?:^-- |[-X] )(\d+) ")).Where(match => match.Success).Select(match => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(Enumerable.Range(1, packets), numbers);
    }

    // Golden run 05: juliet closes first.
    [Fact]
    public void Ladder_OfAClose_HasTheStatesOfBothSidesInOrder()
    {
        Match[] rows = Rows(Typed("05-server-closes-first", "ladder"));
        string[] Side(string name) => [.. rows.Select(row => row.Groups[name].Value.Trim()).Where(text => text.Length > 0)];
        Assert.Equal(["SYN-SENT", "ESTABLISHED", "CLOSE-WAIT", "LAST-ACK", "CLOSED"], Side("left").Select(text => text.Split(' ')[^1]));
        Assert.Equal(["LISTEN", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT"], Side("right"));
    }

    [Fact]
    public void Ladder_PointsFromTheSenderToTheReceiver()
    {
        string[] lines = Typed("05-server-closes-first", "ladder");
        Assert.Contains(lines, line => Regex.IsMatch(line, @"\|-- 1 SYN seq 0 .*--->\| SYN-RECEIVED$"));
        Assert.Contains(lines, line => Regex.IsMatch(line, @"ESTABLISHED \|<-+ 2 SYN,ACK seq 0 ack 1 .*--\|$"));
        Assert.Contains(lines, line => Regex.IsMatch(line, @"CLOSE-WAIT \|<-+ 6 FIN,ACK seq 1 ack 13 len 0 --\|$"));
    }

    // Golden run 10: the server's filter drops the SYN until the rule goes.
    [Fact]
    public void Ladder_DroppedPacket_SaysWhere()
    {
        string[] lines = Typed("10-syn-blocked", "ladder");
        Assert.Contains(lines, line => line.Contains("-- 1 SYN", StringComparison.Ordinal) && line.EndsWith("| X iptables INPUT", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("-- 8 SYN", StringComparison.Ordinal) && line.Contains("iptables", StringComparison.Ordinal));
    }

    // A lost segment and those behind it are under way at one time: each has a line where it left and one where it arrived.
    [Fact]
    public void Ladder_PacketsThatCross_HaveTwoLines()
    {
        string[] lines = Typed("19a-fast-retransmit-sack", "ladder");
        Assert.Contains(lines, line => line.Contains(" --X ", StringComparison.Ordinal));
        Assert.Contains(lines, line => Regex.IsMatch(line, @"\|-- \d+ .*\.\|"));
        Assert.Contains(lines, line => Regex.IsMatch(line, @"\|   \d+ -+>\|"));
    }

    [Theory]
    [InlineData("04d-send-100kB-slow-link")]
    [InlineData("11-synack-blocked")]
    [InlineData("25-python-loopback")]
    public void Ladder_FitsATerminalOf110Columns(string scenario) =>
        Assert.All(Typed(scenario, "ladder"), line => Assert.True(line.Length <= 105, line));

    [Theory]
    [InlineData("05-server-closes-first", "listen() s1 ", "connect() / SYN c2", "close() / FIN s6 ", "rcv FIN / ACK c7", "ACK of FIN | s8 ", "FIN | s10 ", "rcv ACK of FIN c11")]
    [InlineData("07-half-close", "listen() s1 ", "connect() / SYN c2", "close() / FIN c6 ", "rcv FIN / ACK s7", "ACK of FIN | c8 ", "FIN | c10 ", "rcv ACK of FIN s11")]
    public void States_MarksTheArrowsThatWereTaken(string scenario, params string[] marks)
    {
        ArgumentNullException.ThrowIfNull(marks);
        string drawn = string.Join('\n', Typed(scenario, "states"));
        Assert.All(marks, mark => Assert.Contains(mark, drawn + '\n', StringComparison.Ordinal));
        Assert.DoesNotContain("~", drawn, StringComparison.Ordinal);
    }

    [Fact]
    public void States_NamesWhereBothEndsStand()
    {
        string[] lines = Typed("05-server-closes-first", "states");
        Assert.Contains(lines, line => Regex.IsMatch(line, @"^client c: romeo 10\.10\.1\.100:\d+ is in CLOSED$"));
        Assert.Contains("server s: juliet 10.10.2.100:4000 is in TIME-WAIT", lines);
    }

    // The diagram's lines meet: a slot that is empty or taken moves nothing beside it.
    [Theory]
    [InlineData("01-create-bind-listen")]
    [InlineData("05-server-closes-first")]
    [InlineData("10b-syn-blocked-timeout")]
    public void States_TheLinesOfTheDiagramMeet(string scenario)
    {
        string[] lines = Typed(scenario, "states");
        int closeWait = Array.FindIndex(lines, line => line.Contains("CLOSE-WAIT", StringComparison.Ordinal));
        int closed = Array.FindIndex(lines, closeWait, line => line.Contains("LAST-ACK", StringComparison.Ordinal));
        int column = lines[closeWait].IndexOf("CLOSE-WAIT", StringComparison.Ordinal) + 5;
        Assert.Equal("||v", string.Concat(lines[(closeWait + 1)..closed].Select(line => line[column])));
        int bottom = Array.FindIndex(lines, line => line.Contains("2 MSL", StringComparison.Ordinal));
        Assert.Equal("'^", $"{lines[bottom][column]}{lines[bottom - 1][column]}");
    }

    [Fact]
    public void Pictures_HandsTheDrawingsOver()
    {
        var session = new LabSession();
        var saved = new List<string>();
        LabTranscript.Play(session, ["pictures", "pictures as mine"], TextWriter.Null, TextWriter.Null, file =>
        {
            saved.Add(file.Name);
            return null;
        });
        Assert.Equal(["ladder.svg", "states.svg", "timeline.svg", "mine-ladder.svg", "mine-states.svg", "mine-timeline.svg"], saved);
    }
}

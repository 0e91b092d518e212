using System.Globalization;
using System.Xml.Linq;

namespace Finwait.Lab.Tests;

public class StatesDrawingTests
{
    private static LabSession Played(string scenario)
    {
        var session = new LabSession();
        LabTranscript.Play(session, LabScenarios.Read(scenario), TextWriter.Null, TextWriter.Null);
        return session;
    }

    private static XElement Draw(string scenario) => Draw(Played(scenario));

    private static XElement Draw(LabSession session) => XDocument.Parse(session.Pictures("title").Single(picture => picture.Name == "states.svg").Text).Root!;

    private static IEnumerable<XElement> Of(XElement svg, string name) => svg.Descendants().Where(e => (string?)e.Attribute("class") == "d-" + name);

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    /// <summary>The heads of the list beside the diagram, "A → B", from top to bottom, of one side.</summary>
    private static string[] Path(XElement svg, string side) => [.. Of(svg, side).Where(e => e.Name.LocalName == "text" && e.Value.Contains('→', StringComparison.Ordinal)).Select(e => e.Value)];

    // Seed 002's diagram: the client's elements are red, the server's blue, numbered in the order of the sequence list.
    [Fact]
    public void States_ServerClosesFirst_HasBothPathsOfTheDiagram()
    {
        XElement svg = Draw("05-server-closes-first");
        Assert.Equal(["CLOSED → SYN-SENT", "SYN-SENT → ESTABLISHED", "ESTABLISHED → CLOSE-WAIT", "CLOSE-WAIT → LAST-ACK", "LAST-ACK → CLOSED"], Path(svg, "client"));
        Assert.Equal(["CLOSED → LISTEN", "LISTEN → SYN-RECEIVED", "SYN-RECEIVED → ESTABLISHED", "ESTABLISHED → FIN-WAIT-1", "FIN-WAIT-1 → FIN-WAIT-2", "FIN-WAIT-2 → TIME-WAIT"], Path(svg, "server"));
    }

    [Theory]
    [InlineData("05-server-closes-first", 5, 6)]
    [InlineData("07-half-close", 5, 6)]
    [InlineData("10b-syn-blocked-timeout", 2, 1)]
    [InlineData("19a-fast-retransmit-sack", 2, 3)]
    public void States_OfAScenario_ColoursTheArrowsThatWereTaken(string scenario, int client, int server)
    {
        XElement svg = Draw(scenario);
        Assert.Equal(client, Of(svg, "arrow-client").Count());
        Assert.Equal(server, Of(svg, "arrow-server").Count());
        Assert.Equal(21 - client - server, Of(svg, "arrow").Count());
    }

    [Fact]
    public void States_StepsOnTheArrows_AreThoseOfTheList()
    {
        XElement svg = Draw("07-half-close");
        string[] numbers = [.. Of(svg, "number").Select(e => e.Value).OrderBy(text => int.Parse(text, CultureInfo.InvariantCulture))];
        Assert.Equal([.. Enumerable.Range(1, 11).SelectMany(n => new[] { $"{n}", $"{n}" })], numbers); // once on its arrow, once in the list
    }

    [Theory]
    [InlineData("05-server-closes-first", "CLOSED", "TIME-WAIT")]
    [InlineData("07-half-close", "TIME-WAIT", "CLOSED")]
    [InlineData("10b-syn-blocked-timeout", "CLOSED", "LISTEN")]
    [InlineData("19a-fast-retransmit-sack", "ESTABLISHED", "ESTABLISHED")]
    public void States_WhereBothEndsStand_IsRinged(string scenario, string client, string server)
    {
        XElement svg = Draw(scenario);
        string RingedBy(string name) => Of(svg, name).Single().Parent!.Elements().Last().Value;
        Assert.Equal(client, RingedBy("box-client"));
        Assert.Equal(server, RingedBy("box-server"));
    }

    [Fact]
    public void States_ConnectThatGaveUp_IsBackWhereItBegan()
    {
        XElement svg = Draw("10b-syn-blocked-timeout");
        double listen = Of(svg, "state-box").Single(box => box.Elements().Last().Value == "LISTEN").Elements().Max(e => Number(e, "y"));
        Assert.True(Number(Of(svg, "box-client").Single(), "y") < listen, "the upper CLOSED is ringed");
    }

    // A loopback interface takes no time: the packets of a step are told apart by what they are. The server's FIN, packet 9, carries its acknowledgment.
    [Fact]
    public void States_OverLoopback_NamesThePacketOfEachStep()
    {
        string[] calls = [.. Of(Draw("25-python-loopback"), "call").Select(e => e.Value)];
        Assert.Equal(
            [
                "romeo: listen()", "romeo: connect() / snd SYN (packet 3)", "romeo: rcv SYN (packet 3) / snd SYN,ACK (packet 4)",
                "romeo: rcv SYN,ACK (packet 4) / snd ACK (packet 5)", "romeo: rcv ACK of SYN (packet 5)", "romeo: close() / snd FIN (packet 8)",
                "romeo: rcv FIN (packet 8) / snd ACK", "romeo: close() / snd FIN (packet 9)", "romeo: rcv ACK of FIN (packet 9)",
                "romeo: rcv FIN (packet 9) / snd ACK (packet 10)", "romeo: rcv ACK of FIN (packet 10)",
            ], calls);
    }

    [Fact]
    public void States_AReset_StandsBelowTheStateItEnded()
    {
        string[] lines =
        [
            "romeo> import socket, struct", "juliet> import socket",
            "juliet> sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)", "juliet> sock.bind(('10.10.2.100', 4000))", "juliet> sock.listen()",
            "romeo> sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)", "romeo> sock.connect(('10.10.2.100', 4000))",
            "romeo> sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))", "romeo> sock.close()", "at 3",
        ];
        var session = new LabSession();
        LabTranscript.Play(session, lines, TextWriter.Null, TextWriter.Null);
        XElement svg = Draw(session);
        Assert.Equal(["abort → CLOSED"], Of(svg, "label-client").Select(e => e.Value));
        Assert.Equal(["rcv RST → CLOSED"], Of(svg, "label-server").Select(e => e.Value));
    }

    // Golden run 25 has three clients one after the other; the drawing is of one of them, and tells so.
    [Fact]
    public void States_OfSeveralConnections_SaysWhichItShows() =>
        Assert.Contains("The run has 3 connections; this is number 2, the one with most steps.", Of(Draw("25-python-loopback"), "note").Select(e => e.Value));

    [Fact]
    public void States_NothingOpened_SaysSo()
    {
        var session = new LabSession();
        Assert.Contains("No connection was opened", Draw(session).Value, StringComparison.Ordinal);
    }
}

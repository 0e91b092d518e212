using System.Globalization;
using System.Xml.Linq;

namespace Finwait.Lab.Tests;

public class LadderDrawingTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    private static LabSession Played(string scenario)
    {
        var session = new LabSession();
        LabTranscript.Play(session, LabScenarios.Read(scenario), TextWriter.Null, TextWriter.Null);
        return session;
    }

    private static XElement Draw(LabSession session) => XDocument.Parse(session.Pictures("title").Single(picture => picture.Name == "ladder.svg").Text).Root!;

    private static IEnumerable<XElement> Of(XElement svg, string name) => svg.Descendants().Where(e => ((string?)e.Attribute("class") ?? "").Split(' ').Contains("d-" + name));

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    private static int IpFrames(LabSession session, string host)
    {
        byte[] file = session.Capture(host);
        int count = 0;
        for (int at = 24; at < file.Length; at += 16 + BitConverter.ToInt32(file, at + 8)) // pcap: a file header, then a header before each frame
        {
            count += file[at + 16 + 12] == 8 && file[at + 16 + 13] == 0 ? 1 : 0;
        }

        return count;
    }

    // Seed 001's sketch of the exchange: each packet of the capture is one arrow.
    [Theory]
    [InlineData("03-handshake")]
    [InlineData("05-server-closes-first")]
    [InlineData("10-syn-blocked")]
    [InlineData("11-synack-blocked")]
    [InlineData("13-fin-blocked")]
    [InlineData("19a-fast-retransmit-sack")]
    [InlineData("25-python-loopback")]
    public void Ladder_OfAScenario_HasAnArrowForEachPacketOfTheCapture(string scenario)
    {
        LabSession session = Played(scenario);
        Assert.Equal(IpFrames(session, "romeo"), Of(Draw(session), "packet").Count());
    }

    [Fact]
    public void Ladder_OfAClose_NamesTheStatesOfBothSidesInOrder()
    {
        XElement svg = Draw(Played("05-server-closes-first"));
        double middle = Number(svg, "width") / 2;
        string[] Side(bool isLeft) => [.. Of(svg, "state").Where(e => Number(e, "x") < middle == isLeft).OrderBy(e => Number(e, "y")).Select(e => e.Value)];
        Assert.Equal(["SYN-SENT", "ESTABLISHED", "CLOSE-WAIT", "LAST-ACK", "CLOSED"], Side(isLeft: true));
        Assert.Equal(["LISTEN", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT"], Side(isLeft: false));
    }

    [Fact]
    public void Ladder_OfBlockedSyns_MarksEachDropWithItsChain()
    {
        XElement svg = Draw(Played("10-syn-blocked"));
        Assert.Equal(7, Of(svg, "cross").Count());
        Assert.Equal(Enumerable.Repeat("✕ iptables INPUT", 7), Of(svg, "lost").Select(e => e.Value));
    }

    [Fact]
    public void Ladder_OfASegmentLostOnTheWay_MarksItAtTheRouter()
    {
        XElement svg = Draw(Played("19a-fast-retransmit-sack"));
        Assert.Single(Of(svg, "cross"));
        Assert.Equal(["router: iptables FORWARD"], Of(svg, "lost").Select(e => e.Value));
        Assert.Equal("lost", Of(svg, "cross").Single().Parent!.Attribute("data-fate")!.Value);
    }

    [Theory]
    [InlineData("03-handshake")]
    [InlineData("05-server-closes-first")]
    [InlineData("10-syn-blocked")]
    [InlineData("11-synack-blocked")]
    [InlineData("24-nc-session")]
    public void Ladder_LevelTexts_NeverOverlapAndStayOnThePaper(string scenario)
    {
        XElement svg = Draw(Played(scenario));
        var boxes = svg.Elements().Concat(Of(svg, "packet-text").Elements()).Where(e => e.Name == s_svg + "text").Select(Box).ToList();
        foreach ((string text, double left, double right, double top, double bottom) in boxes)
        {
            Assert.True(left >= 0 && right <= Number(svg, "width") && bottom <= Number(svg, "height"), $"'{text}' leaves the paper");
            Assert.DoesNotContain(boxes, other => (other.Text, other.Left, other.Top) != (text, left, top) && other.Left < right && left < other.Right && other.Top < bottom && top < other.Bottom);
        }
    }

    [Fact]
    public void Ladder_OfTheSameSeed_IsTheSame()
        => Assert.Equal(Draw(Played("07-half-close")).ToString(), Draw(Played("07-half-close")).ToString());

    private static (string Text, double Left, double Right, double Top, double Bottom) Box(XElement text)
    {
        double size = Number(text, "font-size"), width = text.Value.Length * size * 0.6, x = Number(text, "x"), y = Number(text, "y");
        double left = (string?)text.Attribute("text-anchor") switch { "end" => x - width, "middle" => x - (width / 2), _ => x };
        return (text.Value, left, left + width, y - (size * 0.75), y + (size * 0.2));
    }
}

using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Finwait.Lab.Tests;

public class TimelineDrawingTests
{
    private static LabSession Played(string scenario)
    {
        var session = new LabSession();
        LabTranscript.Play(session, LabScenarios.Read(scenario), TextWriter.Null, TextWriter.Null);
        return session;
    }

    private static XElement Draw(LabSession session) => XDocument.Parse(session.Pictures("title").Single(picture => picture.Name == "timeline.svg").Text).Root!;

    private static IEnumerable<XElement> Of(XElement svg, string name) => svg.Descendants().Where(e => (string?)e.Attribute("class") == "d-" + name);

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    /// <summary>The y coordinates that a curve of steps takes one after the other.</summary>
    private static double[] Heights(XElement svg, string name) =>
        [.. Regex.Matches(Of(svg, name).Single(e => e.Name.LocalName == "path").Attribute("d")!.Value, @"(?:^M[\d.]+ |V)([\d.]+)").Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    private static int SegmentsWithText(LabSession session, string host, byte lastOctetOfAddress)
    {
        byte[] file = session.Capture(host);
        int count = 0;
        for (int at = 24; at < file.Length; at += 16 + BitConverter.ToInt32(file, at + 8)) // pcap: a file header, then a header before each frame
        {
            ReadOnlySpan<byte> ip = file.AsSpan(at + 16 + 14);
            if (file[at + 16 + 12] == 8 && file[at + 16 + 13] == 0 && ip[9] == 6 && ip[14] == lastOctetOfAddress)
            {
                count += (ip[2] << 8 | ip[3]) - 20 - ((ip[32] >> 4) * 4) > 0 ? 1 : 0;
            }
        }

        return count;
    }

    [Theory]
    [InlineData("04-send-recv")]
    [InlineData("04d-send-100kB-slow-link")]
    [InlineData("19a-fast-retransmit-sack")]
    public void Timeline_HasALineForEachSegmentWithText(string scenario)
    {
        LabSession session = Played(scenario);
        Assert.Equal(SegmentsWithText(session, "romeo", 1), Of(Draw(session), "segment").Count());
    }

    // Golden run 19a loses one segment, which is sent again; 04d loses none.
    [Theory]
    [InlineData("19a-fast-retransmit-sack", 1)]
    [InlineData("04d-send-100kB-slow-link", 0)]
    public void Timeline_SegmentsSentAgain_AreMarked(string scenario, int again) =>
        Assert.Equal(again, Of(Draw(Played(scenario)), "segment").Count(group => Of(group, "again").Any()));

    [Fact]
    public void Timeline_InTheEnd_AllIsAcknowledgedAndNothingInFlight()
    {
        XElement svg = Draw(Played("04d-send-100kB-slow-link"));
        double top = Of(svg, "segment").SelectMany(group => Of(group, "nxt")).Min(line => Number(line, "y2"));
        Assert.Equal(top, Heights(svg, "una")[^1], 0.5);
        double axis = Of(svg, "axis").Max(line => Number(line, "y1"));
        Assert.Equal(axis, Heights(svg, "flight")[^1], 0.01);
    }

    // The first flight fills the initial window of ten segments (RFC 6928): both curves of the lower part stand at one height.
    [Fact]
    public void Timeline_FirstFlight_ReachesTheCongestionWindow()
    {
        XElement svg = Draw(Played("04d-send-100kB-slow-link"));
        double window = Heights(svg, "cwnd")[0];
        double[] flight = Heights(svg, "flight");
        int first = Enumerable.Range(0, flight.Length - 1).First(i => flight[i + 1] > flight[i]); // higher y is lower on paper: an acknowledgment came
        Assert.Equal(window, flight[first], 0.05);
    }

    [Fact]
    public void Timeline_Sender_NeverPassesTheOfferedWindow()
    {
        XElement svg = Draw(Played("04c-send-100kB-small-buffer"));
        var edge = Regex.Matches(Of(svg, "edge-right").Single(e => e.Name.LocalName == "path").Attribute("d")!.Value, @"(?:^M|H)([\d.]+)(?: |V)([\d.]+)")
            .Select(match => (X: double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), Y: double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture))).ToArray();
        foreach (XElement line in Of(svg, "segment").SelectMany(group => Of(group, "nxt")))
        {
            double allowed = edge.Where(step => step.X <= Number(line, "x1") + 0.05).Min(step => step.Y);
            Assert.True(Number(line, "y2") >= allowed - 2.1, $"a segment ends at {Number(line, "y2")}, the window's edge is at {allowed}");
        }
    }

    [Fact]
    public void Timeline_NothingSent_SaysSo() => Assert.Contains("Nobody sent any text", Draw(Played("03-handshake")).Value, StringComparison.Ordinal);
}

using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Finwait.Lab.Tests;

/// <summary>The markup of a run's page, which must be right before any script runs.</summary>
public sealed partial class PageTests
{
    private static LabSession Played(string scenario) => Played(LabScenarios.Read(scenario));

    private static LabSession Played(IEnumerable<string> lines)
    {
        var session = new LabSession();
        LabTranscript.Play(session, lines, TextWriter.Null, TextWriter.Null);
        return session;
    }

    /// <summary>The page as XML, which forgives nothing; without its script.</summary>
    private static XElement Read(string page) => XDocument.Parse(Script().Replace(page, "<script>")).Root!;

    private static IEnumerable<XElement> Of(XElement page, string name, string? className = null) =>
        page.Descendants().Where(e => e.Name.LocalName == name && (className is null || ((string?)e.Attribute("class") ?? "").Split(' ').Contains(className)));

    private static XElement Pane(XElement page, string id) => Of(page, "section", "pane").Single(e => (string?)e.Attribute("id") == id);

    public static TheoryData<string> Scenarios => new(LabScenarios.All.Select(scenario => scenario.Name));

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Page_OfEachScenario_IsWellFormedAndComplete(string scenario)
    {
        LabSession session = Played(scenario);
        string text = session.Page(scenario);
        XElement page = Read(text);
        int packets = session.Record().Packets.Count;
        Assert.Equal(Enumerable.Range(1, packets), Of(Pane(page, "details"), "article").Select(e => (int)e.Attribute("data-packet")!));
        Assert.Equal(packets, Of(Pane(page, "packets"), "tr").Count(e => e.Attribute("data-packet") is not null));
        Assert.Equal(packets, Of(Pane(page, "ladder"), "g", "d-packet").Count());
        Assert.Equal(session.Record().Lines.Count, Of(Pane(page, "transcript"), "li").Count());
        string[] ids = [.. page.Descendants().Select(e => (string?)e.Attribute("id")).OfType<string>()];
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(page.Descendants().Select(e => (string?)e.Attribute("href")).OfType<string>(), target => Assert.Contains(target[1..], ids)); // every link leads somewhere, and stays in the page
        Assert.True(text.Length < 2 << 20, $"{text.Length} characters");
    }

    [Fact]
    public void Page_OfTheSameRun_IsTheSame()
    {
        Assert.Equal(Played("19a-fast-retransmit-sack").Page("a"), Played("19a-fast-retransmit-sack").Page("a"));
    }

    [Theory]
    [InlineData("05-server-closes-first")]
    [InlineData("10c-syn-blocked-one-host")]
    [InlineData("python-programs")]
    [InlineData("state-closing")]
    public void Page_Moments_AreInTheOrderOfTimeAndEachElementHasOne(string scenario)
    {
        string text = Played(scenario).Page();
        long[][] moments = [.. Moments().Match(text).Groups[1].Value.Split("],").Select(row => row.Trim('[', ']', '\n').Split(',').Select(number => long.Parse(number, CultureInfo.InvariantCulture)).ToArray())];
        Assert.Equal(moments.Select(moment => moment[6]).Order(), moments.Select(moment => moment[6]));
        int[] marks = [.. Read(text).Descendants().Select(e => (int?)e.Attribute("data-m")).OfType<int>()];
        Assert.Equal(Enumerable.Range(0, moments.Length), marks.Distinct().Order());
    }

    // On a loopback interface without delay everything that several lines bring about happens in one instant; the recorder knows what came first.
    [Fact]
    public void Page_SeveralCallsInOneInstant_StandBetweenWhatTheyDid()
    {
        LabSession session = Played([
            "at 0", "romeo> import socket", "romeo> s = socket.socket()", "romeo> s.bind(('127.0.0.1', 4000))", "romeo> s.listen()",
            "romeo> c = socket.socket()", "romeo> c.connect(('127.0.0.1', 4000))", "romeo> c.close()",
        ]);
        XElement page = Read(session.Page());
        int Line(string typed) => (int)Of(Pane(page, "transcript"), "li", "typed").Single(e => e.Value == typed).Attribute("data-m")!;
        int Packet(int number) => (int)Of(Pane(page, "packets"), "tr").Single(e => (int?)e.Attribute("data-packet") == number).Attribute("data-m")!;
        int Step(string change) => (int)Of(Pane(page, "states"), "li").Single(e => e.Value.Contains(change, StringComparison.Ordinal)).Attribute("data-m")!;
        int[] order = [Line("romeo> s.listen()"), Step("CLOSED → LISTEN"), Line("romeo> c.connect(('127.0.0.1', 4000))"), Step("CLOSED → SYN-SENT"), Packet(1), Packet(2), Line("romeo> c.close()"), Packet(4)];
        Assert.Equal(order.Order(), order);
    }

    /// <summary>Numbers of fields with how they stand in the octets: the page must not say anything else than they do.</summary>
    [Theory]
    [InlineData("05-server-closes-first")]
    [InlineData("udp-refused")]
    [InlineData("19a-fast-retransmit-sack")]
    [InlineData("mac-handshake")]
    public void Page_NumbersOfFields_AreThoseOfTheirOctets(string scenario)
    {
        LabSession session = Played(scenario);
        IReadOnlyList<Finwait.Inspect.RunPacket> packets = session.Record().Packets;
        var seen = new HashSet<string>();
        foreach (XElement article in Of(Read(session.Page()), "article"))
        {
            byte[] octets = packets[(int)article.Attribute("data-packet")! - 1].Octets;
            foreach (XElement field in article.Descendants().Where(e => e.Attribute("data-p") is not null))
            {
                int[] place = [.. field.Attribute("data-p")!.Value.Split(' ').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
                (int at, int length) = (place[0], place[1]);
                Assert.InRange(at + length, 0, octets.Length);
                if (Plain().Match(field.Value) is { Success: true } match && length is > 0 and <= 8)
                {
                    ulong inPacket = octets.AsSpan(at, length).ToArray().Aggregate(0UL, (sum, octet) => sum << 8 | octet);
                    string number = match.Groups[2].Value;
                    ulong said = number.StartsWith("0x", StringComparison.Ordinal) ? Convert.ToUInt64(number, 16) : ulong.Parse(number, CultureInfo.InvariantCulture);
                    inPacket &= match.Groups[1].Value == "Flags" ? 0x1FFUL : ulong.MaxValue; // they share two octets with the header's length
                    Assert.True(inPacket == said, $"packet {article.Attribute("data-packet")!.Value}: {field.Value}, but {inPacket} at {at}, {length}");
                    seen.Add(match.Groups[1].Value);
                }
            }
        }

        Assert.True(seen.Count >= 10, string.Join(", ", seen));
    }

    // The window of a SYN is never scaled (RFC 7323 §2.2); that of all others is, by what its own side announced: 502 times 2^7.
    [Fact]
    public void Page_Window_IsScaledByWhatTheHandshakeAgreedOn()
    {
        XElement page = Read(Played("05-server-closes-first").Page());
        string Window(int packet) => Of(page, "article").Single(e => (int)e.Attribute("data-packet")! == packet).Descendants().First(e => e.Name.LocalName == "summary" && e.Value.StartsWith("Window:", StringComparison.Ordinal)).Value;
        Assert.Equal("Window: 64240 octets", Window(1));
        Assert.Equal("Window: 65160 octets", Window(2));
        Assert.Equal("Window: 64256 octets", Window(3));
    }

    [Fact]
    public void Page_OfALongRun_StaysSmallAndSaysWhatIsLeftOut()
    {
        LabSession session = Played([
            "juliet$ nc -l -k 4000 > all.txt &", "romeo> import socket", "romeo> s = socket.socket()", "romeo> s.connect(('10.10.2.100', 4000))",
            "romeo> s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)", .. Enumerable.Range(0, 2600).Select(i => $"romeo> s.send(b'{new string('x', 700)}{i}')"),
        ]);
        int packets = session.Record().Packets.Count, lines = session.Record().Lines.Count;
        Assert.True(packets > 2600 && lines > 2600, $"{packets} packets, {lines} lines");
        string text = session.Page();
        XElement page = Read(text);
        Assert.Equal(400, Of(page, "article").Count());
        string notes = page.Descendants().Single(e => (string?)e.Attribute("id") == "notes").Value;
        Assert.Contains($"{packets - 400} packets between number 300 and number {packets - 99} are left out", notes, StringComparison.Ordinal);
        Assert.Contains($"{lines - 2400} lines in the middle of the transcript are left out", notes, StringComparison.Ordinal);
        Assert.Contains("first 256 octets", notes, StringComparison.Ordinal);
        Assert.True(text.Length < 4_500_000, $"{text.Length} characters");
    }

    // Why a packet was sent and what became of it, in words: the first FIN of this run is dropped, and sent again when its timer goes off.
    [Fact]
    public void Page_Details_SayWhyAPacketWasSentAndWhatBecameOfIt()
    {
        LabSession session = Played("13-fin-blocked");
        XElement page = Read(session.Page());
        XElement[] articles = [.. Of(page, "article")];
        Assert.All(articles, article => Assert.Equal("Why: " + session.WhySentence((int)article.Attribute("data-packet")!), Of(article, "p", "reason").Single().Value));
        Assert.Contains("dropped there: iptables INPUT. It is a retransmission.", Of(articles.First(article => article.Value.Contains("(retransmission)", StringComparison.Ordinal)), "p", "fate").Single().Value, StringComparison.Ordinal);
        Assert.Contains(Of(Pane(page, "packets"), "em", "gone"), e => e.Value == "dropped: juliet, iptables INPUT");
    }

    // Nobody spoke to the three sockets of this run: each has its listen(), and those that were closed their close().
    [Fact]
    public void Page_OfSocketsThatOnlyListened_HasTheStepsOfEach()
    {
        string[] steps = [.. Of(Pane(Read(Played("01-create-bind-listen").Page()), "states"), "b").Select(e => e.Value).Where(text => text.Length > 0)];
        Assert.Equal(["server juliet: CLOSED → LISTEN", "server juliet: LISTEN → CLOSED", "server juliet: CLOSED → LISTEN", "server romeo: CLOSED → LISTEN", "server romeo: LISTEN → CLOSED"], steps);
    }

    [Fact]
    public void Page_OfNothing_SaysSo()
    {
        XElement page = Read(new LabSession().Page());
        Assert.Contains("No packet was sent", Pane(page, "packets").Value, StringComparison.Ordinal);
        Assert.Contains("There is no transcript", Pane(page, "transcript").Value, StringComparison.Ordinal);
        Assert.Contains("No connection was opened", Pane(page, "states").Value, StringComparison.Ordinal);
    }

    [Fact]
    public void PageCommand_HandsItOverUnderTheNameAskedFor()
    {
        var session = new LabSession();
        var saved = new List<LabSavedFile>();
        LabTranscript.Play(session, ["page", "page as lesson", "page as two.html --force"], TextWriter.Null, TextWriter.Null, file =>
        {
            saved.Add(file);
            return null;
        });
        Assert.Equal(["page.html", "lesson.html", "two.html"], saved.Select(file => file.Name));
        Assert.Equal([false, false, true], saved.Select(file => file.Force));
        Assert.Equal(LabVerdict.NotUnderstood, session.Execute("page two words"));
        Assert.StartsWith("page hands over page.html", session.Complaint, StringComparison.Ordinal);
    }

    [GeneratedRegex("<script>.*?(?=</script>)", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex("id=\"moments\">\\[(.*?)\\]</script>", RegexOptions.Singleline)]
    private static partial Regex Moments();

    [GeneratedRegex("^(Source port|Destination port|In the packet|Identification|Time to live|Hop limit|Protocol|Next header|Header checksum|Checksum|Total length|Payload length|Length|Urgent pointer|Type|Code|Its clock \\(TSval\\)|The peer's clock, echoed \\(TSecr\\)|Flags|Type of service): (0x[0-9a-f]+|[0-9]+)\\b")]
    private static partial Regex Plain();
}

using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Finwait.Lab.Tests;

/// <summary>In one moment of virtual time much can happen: drawings tell it in the order of cause, and of the socket that it belongs to.</summary>
public class DrawnOrderTests
{
    private static readonly string[] s_connection =
    [
        "juliet> import socket", "juliet> l = socket.socket()", "juliet> l.bind(('10.10.2.100', 4000))", "juliet> l.listen(5)",
        "romeo> import socket", "romeo> s = socket.socket()", "romeo> s.bind(('10.10.1.100', 7000))", "romeo> s.connect(('10.10.2.100', 4000))", "juliet> c, a = l.accept()",
    ];

    private static readonly string[] s_reusesTimeWait =
        [.. s_connection, "juliet> c.close()", "romeo> s.close()", "wait 2s", "romeo> s = socket.socket()", "romeo> s.bind(('10.10.1.100', 7000))", "romeo> s.connect(('10.10.2.100', 4000))"];

    private static LabSession Played(IEnumerable<string> lines, out string[] told)
    {
        var session = new LabSession();
        using var output = new StringWriter();
        LabTranscript.Play(session, lines, output, TextWriter.Null);
        told = [.. output.ToString().Split('\n').Where(line => line.StartsWith("lab|", StringComparison.Ordinal))];
        return session;
    }

    private static string[] Ladder(params string[] lines)
    {
        Played([.. lines, "ladder"], out string[] told);
        return [.. told.SkipWhile(line => !line.StartsWith("lab|                      ", StringComparison.Ordinal))];
    }

    private static int Row(string[] rows, string pattern)
    {
        int row = Array.FindIndex(rows, line => Regex.IsMatch(line, pattern));
        Assert.True(row >= 0, $"no row has {pattern}:\n{string.Join('\n', rows)}");
        return row;
    }

    private static XElement Svg(LabSession session) => XDocument.Parse(session.Pictures("title").Single(picture => picture.Name == "ladder.svg").Text).Root!;

    private static IEnumerable<XElement> Of(XElement svg, string name) => svg.Descendants().Where(e => ((string?)e.Attribute("class") ?? "").Split(' ').Contains("d-" + name));

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    // Seed 001: both programs run on one host, and all between connect() and the last close() is one moment.
    [Fact]
    public void Ladder_ProgramsInOneMoment_HaveEachStateAtItsCause()
    {
        string[] rows = Ladder("romeo$ python3 server.py &", "romeo$ python3 client.py");
        Assert.Matches(@"ESTABLISHED \|<-+ 2 SYN,ACK", rows[Row(rows, " 2 SYN,ACK")]);
        Assert.Matches(@"CLOSE-WAIT$", rows[Row(rows, "-- 6 FIN,ACK")]);
        int[] order = [Row(rows, "-- 3 ACK"), Row(rows, "-- 4 PSH,ACK"), Row(rows, "FIN-WAIT-1"), Row(rows, "-- 6 FIN,ACK"), Row(rows, "LAST-ACK"), Row(rows, " 7 FIN,ACK"), Row(rows, "TIME-WAIT"), Row(rows, "-- 8 ACK")];
        Assert.Equal(order.Order(), order);
    }

    [Fact]
    public void LadderSvg_ProgramsInOneMoment_HasTheClientEstablishedUntilItCloses()
    {
        XElement svg = Svg(Played(["romeo$ python3 server.py &", "romeo$ python3 client.py"], out _));
        double middle = Number(svg, "width") / 2;
        double closes = Number(Of(svg, "state").Single(e => e.Value == "FIN-WAIT-1" && Number(e, "x") < middle), "y");
        double FromOf(int packet) => Number(Of(svg, "packet").Single(e => (string?)e.Attribute("data-packet") == packet.ToString(CultureInfo.InvariantCulture)).Element("{http://www.w3.org/2000/svg}line")!, "y1");
        Assert.InRange(closes, FromOf(4), FromOf(6));
    }

    // A connection between the same ends as one in TIME-WAIT is another: its numbers count from its own SYNs (RFC 9293 §3.6.1, RFC 6191).
    [Fact]
    public void Ladder_TimeWaitReused_CountsFromTheNewSyns()
    {
        string[] rows = Ladder(s_reusesTimeWait);
        Assert.Contains("8 SYN seq 0 ", rows[Row(rows, "-- 8 SYN")], StringComparison.Ordinal);
        Assert.Contains("9 SYN,ACK seq 0 ack 1 ", rows[Row(rows, " 9 SYN,ACK")], StringComparison.Ordinal);
        Assert.Contains("10 ACK seq 1 ack 1 ", rows[Row(rows, "-- 10 ACK")], StringComparison.Ordinal);
    }

    [Fact]
    public void LadderSvg_TimeWaitReused_EndsTheBarsOfTheStatesThatWereLeft()
    {
        XElement svg = Svg(Played(s_reusesTimeWait, out _));
        static double End(XElement bar) => Number(bar, "y") + Number(bar, "height");
        double last = Of(svg, "s-established").Max(End);
        Assert.Equal(2, Of(svg, "s-established").Count(bar => End(bar) == last)); // both ends of the new connection
        Assert.All(Of(svg, "s-wait").Concat(Of(svg, "s-open")), bar => Assert.True(End(bar) < last, $"{bar} goes on to the end"));
    }

    [Fact]
    public void Transitions_TimeWaitReused_HasATableForEachConnectionWithItsConnect()
    {
        Played([.. s_reusesTimeWait, "transitions"], out string[] told);
        Assert.Equal(2, told.Count(line => line.Contains("Trigger ", StringComparison.Ordinal)));
        Assert.Equal(2, told.Count(line => Regex.IsMatch(line, @"client connect\(\) +\| client CLOSED +> SYN_SENT +\| sends SYN$")));
        Assert.Equal("lab| server gets SYN     | server TIME_WAIT  > CLOSED     |", told[Array.FindLastIndex(told, line => line.Contains("10.10.1.100:7000 to", StringComparison.Ordinal)) - 1]);
    }

    // The server forgot its half-open attempt and takes the client's next SYN with a new ISS.
    [Fact]
    public void Ladder_ServerThatForgotItsHalfOpenAttempt_BeginsToCountAgain()
    {
        string[] rows = Ladder([.. s_connection[..5], "romeo$ iptables -A INPUT -p tcp --tcp-flags SYN,ACK SYN,ACK -j DROP", .. s_connection[5..8], "wait 70s"]);
        string answer = rows[Row(rows[..], @"CLOSED$") + 2];
        Assert.Matches(@"X iptables INP… \|<-+ \d+ SYN,ACK seq 0 ack 1 win \d+ mss 1460 --\|$", answer); // no absolute numbers, and not sent again
    }

    [Theory]
    [InlineData("-p tcp -j DROP", "-- 1 SYN seq 0", "X-- 2 SYN,ACK")]
    [InlineData("-p tcp -j REJECT", "X-- 2 SYN,ACK", "ICMP port unreachable")]
    public void Ladder_AnswerThatNeverLeft_StandsBelowItsCause(string rule, string cause, string answer)
    {
        string[] rows = Ladder([.. s_connection[..4], $"juliet$ iptables -A OUTPUT {rule}", .. s_connection[4..8]]);
        Assert.True(Row(rows, cause) < Row(rows, answer), string.Join('\n', rows));
        Assert.Matches(@"-- 1 SYN .*->\| SYN-RECEIVED$", rows[Row(rows, "-- 1 SYN")]);
    }

    [Fact]
    public void Ladder_HostsThatAlsoSpeakToThemselves_KeepTheirPacketsAtTheirLines()
    {
        string[] rows = Ladder("romeo$ python3 server.py &", "romeo$ python3 client.py", "juliet$ python3 client.py", "romeo$ ping -c 1 10.10.2.100");
        Assert.Matches(@"^lab\| +romeo 10\.10\.1\.100 +juliet 10\.10\.2\.100$", rows[0]);
        Assert.Matches(@"\|<- 1 SYN .*, to itself +\|", rows[Row(rows, " 1 SYN")]);
        Assert.Matches(@"\| +9 SYN .*, to itself ->\|", rows[Row(rows, " 9 SYN")]);
        Assert.Matches(@"\|-- 11 ICMP echo request .*->\|$", rows[Row(rows, " 11 ICMP")]);
        Assert.All(rows.Where(row => row.Contains("-- ", StringComparison.Ordinal)), row => Assert.Contains("ICMP", row, StringComparison.Ordinal)); // nothing else crosses
    }

    [Fact]
    public void LadderSvg_HostThatAlsoSpeaksToItself_HasOneLineAndArrowsThatReturnToIt()
    {
        XElement svg = Svg(Played(["romeo$ ping -c 1 10.10.2.100", "romeo$ ping -c 1 127.0.0.1"], out _));
        Assert.Equal(["romeo", "juliet"], Of(svg, "name").Select(name => name.Value));
        XElement own = Of(svg, "packet").Single(packet => (string?)packet.Attribute("data-packet") == "3");
        string way = Of(own, "p-other").Single().Attribute("d")!.Value;
        double romeo = Number(Of(svg, "line").First(), "x1");
        Assert.StartsWith($"M{romeo.ToString(CultureInfo.InvariantCulture)} ", way, StringComparison.Ordinal);
        Assert.Contains($" {romeo.ToString(CultureInfo.InvariantCulture)} ", way[5..], StringComparison.Ordinal);
    }

    [Fact]
    public void Ladder_CommandsOfTheRouter_StandInNoHostsColumn()
    {
        string[] rows = Ladder(["router$ ifconfig", "router$ iptables -F", .. s_connection[..8]]);
        Assert.Matches(@"\|  +router\$ ifconfig  +\|$", rows[Row(rows, "ifconfig")]);
        XElement svg = Svg(Played(["router$ ifconfig", .. s_connection[..8]], out _));
        XElement told = Of(svg, "call").Single(e => e.Value == "router$ ifconfig");
        Assert.Equal("middle", (string?)told.Attribute("text-anchor"));
    }

    [Fact]
    public void Ladder_LineWithSeveralCalls_NamesTheCallThatMadeTheStep()
    {
        string[] rows = Ladder("juliet> import socket", "juliet> l = socket.socket(); l.bind(('10.10.2.100', 4000)); l.listen(1)", "romeo> import socket", "romeo> s = socket.socket()", "romeo> s.bind(('10.10.1.100', 7000)); s.connect(('10.10.2.100', 4000))");
        Assert.Matches(@" listen\(1\) \| LISTEN$", rows[Row(rows, "LISTEN$")]);
        Assert.Matches(@"SYN-SENT \| connect\(\('10\.10\.2\.100', 4000\)\) ", rows[Row(rows, "SYN-SENT")]);
        Assert.Equal(Row(rows, "listen"), Row(rows, @"  bind\(\('10\.10\.2\.100', 4000\)\) \|$") + 1);
    }

    [Fact]
    public void Ladder_CallsThatNoLineNamesOnce_StandWhereTheyWereMade()
    {
        string[] rows = Ladder([.. s_connection[..5], "romeo> s = socket.create_connection(('10.10.2.100', 4000))", "romeo> for i in range(3):", "romeo...     s.send(b'x')", "romeo... ", "romeo> def three():", "romeo...     s.send(b'abc')", "romeo... ", "wait 1s", "romeo> three()"]);
        Assert.Matches(@"SYN-SENT \| create_connection\(\('10\.10\.2\.100', 4000\)\) ", rows[Row(rows, "SYN-SENT")]);
        Assert.Equal(3, rows.Count(row => row.Contains("| send(b'x') ", StringComparison.Ordinal)));
        Assert.Single(rows, row => row.Contains("| send(3 octets) ", StringComparison.Ordinal));
        Assert.DoesNotContain(rows, row => row.Contains("| send(b'abc') ", StringComparison.Ordinal)); // not before the function ran
        Assert.True(Row(rows, @"\+.* s +:") < Row(rows, "send\\(3 octets"));
    }

    // A call that waits is one call: it stands where it began.
    [Fact]
    public void Ladder_CallThatWaits_StandsOnceWhereItBegan()
    {
        string[] rows = Ladder([.. s_connection[..4], "juliet> c, a = l.accept()", .. s_connection[4..8], "juliet> c.recv(10)", "romeo> s.send(b'hello')"]);
        Assert.True(Row(rows, @"accept\(\)") < Row(rows, "-- 1 SYN"));
        Assert.True(Row(rows, @"recv\(10\)") < Row(rows, " send\\("));
        Assert.Single(rows, row => row.Contains("accept()", StringComparison.Ordinal));
        Assert.Single(rows, row => row.Contains("recv(10)", StringComparison.Ordinal));
    }

    // tc-netem(8): duplicate sends a packet twice; the second is no retransmission of TCP's.
    [Fact]
    public void Ladder_PacketsThatNetemDoubled_AreCopies()
    {
        string[] rows = Ladder(["romeo$ tc qdisc add dev eth1 root netem duplicate 100% delay 10ms", .. s_connection, "romeo> s.send(b'hello')"]);
        string[] left = [.. rows.Where(row => row.Contains("|-- ", StringComparison.Ordinal))];
        Assert.True(left.Length >= 6); // the SYN, the ACK and the data, each twice
        Assert.Equal(left.Length / 2.0, left.Count(row => row.Contains("(copy)", StringComparison.Ordinal)));
        Assert.DoesNotContain(rows, row => row.Contains("-- ", StringComparison.Ordinal) && row.Contains(": (retransmission)", StringComparison.Ordinal));
        Played(["romeo$ tc qdisc add dev eth1 root netem duplicate 100% delay 10ms", .. s_connection, "why 2"], out string[] told);
        Assert.DoesNotContain("no cause", string.Join('\n', told), StringComparison.Ordinal);
    }

    // Seed 002's scenarios give both hosts a second address and use it.
    [Fact]
    public void Ladder_HostsWithSeveralAddresses_AreHeadedByThoseOfTheRun()
    {
        string[] rows = Ladder([.. LabScenarios.Read("state-close-wait")]);
        Assert.Matches(@"romeo 192\.168\.100\.51 +juliet 192\.168\.100\.100$", rows[0]);
    }

    // A connect() that waits and fails, then the next: two calls.
    [Fact]
    public void Ladder_ConnectTypedTwice_StandsTwice()
    {
        string[] rows = Ladder([.. s_connection[4..6], "romeo> s.connect(('10.10.2.100', 4000))", "romeo> s.connect(('10.10.2.100', 4000))"]);
        Assert.Equal(2, rows.Count(row => row.Contains("SYN-SENT | connect((", StringComparison.Ordinal)));
    }

    // sendall() of more than fits does a part, waits, and does the rest: one call.
    [Fact]
    public void Ladder_SendallThatWaits_StandsOnce()
    {
        string[] rows = Ladder([.. s_connection, "romeo> s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 5000)", "romeo> s.sendall(b'x' * 30000)", "wait 1s"]);
        Assert.Single(rows, row => row.Contains("sendall(", StringComparison.Ordinal));
        Assert.DoesNotContain(rows, row => row.Contains(" send(", StringComparison.Ordinal));
    }
}

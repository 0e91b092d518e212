namespace Finwait.Lab.Tests;

/// <summary>why tells apart what showed a loss: RACK's times, a count of segments or of duplicate acknowledgments, a partial acknowledgment; and what became of damaged packets.</summary>
public sealed class WhyLossTests
{
    /// <summary>A burst whose first segment, and then every so many, is lost between the hosts; 40 ms there and back.</summary>
    private static string[] Burst(int segments, int every, string before = "# as usual") =>
    [
        before, "juliet> import socket; l = socket.socket(); l.bind(('', 4000)); l.listen()", "juliet$ tc qdisc add dev eth1 root netem delay 40ms", "romeo> import socket; c = socket.socket(); c.connect(('juliet', 4000))",
        "romeo> c.send(b'x')", "wait 200ms", $"router$ iptables -A FORWARD -p tcp --dport 4000 -m statistic --mode nth --every {every} --packet 0 -j DROP", $"romeo> c.send(b'a' * 1448 * {segments})", "wait 100ms",
    ];

    /// <summary>What why says of the first, or a later, repetition that the ladder marks.</summary>
    private static string[] OfRepetition(string[] lines, int which = 0)
    {
        string[] marked = [.. WhyPacketTests.Answer("ladder", lines).Where(line => line.Contains("(retransmission)", StringComparison.Ordinal))];
        string number = marked[which].Split("|-- ")[1].Split(' ')[0];
        return WhyPacketTests.Answer("why " + number, lines);
    }

    // RFC 8985 §6.2: reo_wnd is 0 once DupThresh segments are reported and no reordering was seen (step 4), and what was sent RACK.rtt ago is lost (step 5).
    [Fact]
    public void Loss_ShownByRackWithThreeSegmentsReported_ComparesThemAndTheTimes()
    {
        string[] answer = OfRepetition(Burst(segments: 6, every: 1000));

        Assert.StartsWith("  romeo sends 2 again without waiting for the timeout: a segment sent behind it, at ", answer[1], StringComparison.Ordinal);
        Assert.EndsWith("for 3 segments are reported by SACK, DupThresh is 3 and no reordering was seen so far (RACK, RFC 8985 §6.2 step 4)", answer[1], StringComparison.Ordinal);
        Assert.Matches(@"^  RACK\.rtt 40\.\d ms \+ RACK\.reo_wnd 0 ms have gone by since it was sent \(40\.\d ms before, as packet 6\) \(step 5\)$", answer[2]);
    }

    // RFC 8985 §6.2 step 5: with one segment reported the settling time, a quarter of the least round trip, has to pass first.
    [Fact]
    public void Loss_ShownByRacksTimer_ComparesTheSettlingTime()
    {
        string[] answer = OfRepetition(Burst(segments: 2, every: 1000));

        Assert.EndsWith("the time that reordering may take is over (RACK's reordering timer, RFC 8985 §6.2 step 5)", answer[1], StringComparison.Ordinal);
        Assert.Matches(@"RACK\.rtt 40\.\d ms \+ RACK\.reo_wnd 10 ms have gone by since it was sent \(5\d\.\d ms before, as packet 6\) \(RACK, RFC 8985 §6\.2 step 5\)$", answer[2]);
        Assert.Equal("  1 segment reported of DupThresh 3", answer[3]);
    }

    // RFC 6675 §4, IsLost.
    [Fact]
    public void Loss_ShownByCountWithoutRack_ComparesWithDupThresh()
    {
        string[] answer = OfRepetition(Burst(segments: 6, every: 1000, before: "romeo$ sysctl -w net.ipv4.tcp_recovery=0"));

        Assert.Equal("  romeo sends 2 again without waiting for the timeout: 3 segments are reported by SACK, DupThresh is 3 (by count, without RACK: RFC 6675 §4, IsLost)", answer[1]);
    }

    // RFC 5681 §3.2 and, for the second hole, RFC 6582 §3.2 step 3.
    [Fact]
    public void Loss_WithoutSack_IsShownByDuplicatesAndThenByAPartialAcknowledgment()
    {
        string[] lines = Burst(segments: 8, every: 3, before: "romeo$ sysctl -w net.ipv4.tcp_sack=0");

        Assert.Equal("  romeo sends 2 again without waiting for the timeout: 3 duplicate acknowledgments came, DupThresh is 3 (fast retransmit, RFC 5681 §3.2; no SACK, so RFC 6582 §3.2)", OfRepetition(lines)[1]);
        Assert.Equal("  romeo sends 4346 again without waiting for the timeout: an acknowledgment of a part, up to 4346, stops at it: the next hole (RFC 6582 §3.2 step 3, RFC 6675 §5 step C)", OfRepetition(lines, which: 1)[1]);
    }

    // RFC 1812 §5.2.2: a router checks the IP header's checksum and no other; RFC 9293 MUST-3, RFC 1122 §4.1.3.4: receivers check theirs. netem flips one bit, wherever it is.
    [Fact]
    public void DamagedPackets_ArePacketsThatWereSent_AndEachTellsWhoFoundOut()
    {
        string[] lines =
        [
            "juliet> import socket; l = socket.socket(); l.bind(('', 4000)); l.listen()", "romeo> import socket; c = socket.socket(); c.connect(('juliet', 4000)); u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
            "romeo$ tc qdisc add dev eth1 root netem corrupt 100%", "romeo> for i in range(40): u.sendto(b'abcdefghijklmnop', ('juliet', 4000))", "romeo>", "romeo> c.send(b'hello')", "wait 1s", "romeo$ tc qdisc del dev eth1 root",
        ];
        var session = new LabSession();
        Lab.Play(session, lines);
        WhyTeller teller = session.Teller;
        string[] fates = [.. Enumerable.Range(4, teller.Count - 3).Select(number => string.Join('\n', teller.Dropped(number).Skip(1)))];

        Assert.Equal(40, session.Record().Packets.Count(packet => packet.From == 0 && packet.Octets.Length == 14 + 20 + 8 + 16)); // each once, though it arrived as another
        Assert.All(fates, fate => Assert.DoesNotContain("under way", fate, StringComparison.Ordinal));
        Assert.Contains("  router threw it away: the checksum of its IP header is wrong, a bit was changed on the way (RFC 1812 §5.2.2, RFC 791 §3.1)", fates);
        Assert.Contains("  juliet threw it away: its UDP checksum is wrong, a bit was changed on the way (RFC 768, RFC 1122 §4.1.3.4); router passed it on: a router looks at the checksum of the IP header alone (RFC 1812 §5.2.2)", fates);
        Assert.Contains(fates, fate => fate.StartsWith("  juliet threw it away: its TCP checksum is wrong, a bit was changed on the way (RFC 9293 §3.1, MUST-3); router passed it on", StringComparison.Ordinal));
        Assert.Contains(fates, fate => fate.StartsWith("  router threw the frame away: it is for a link address that is not its own", StringComparison.Ordinal));
        Assert.DoesNotContain(fates, fate => fate.Contains("router threw it away", StringComparison.Ordinal) && fate.Contains("9293", StringComparison.Ordinal));
    }
}

namespace Finwait.Lab.Tests;

/// <summary>why of frames that ask for link addresses: who asked, for which packet, who answered.</summary>
public sealed class WhyNeighborTests
{
    private static readonly string[] s_connected = ["juliet> import socket; l = socket.socket(); l.bind(('', 4000)); l.listen()", "romeo> import socket; c = socket.socket()", "romeo> c.connect(('juliet', 4000))"];

    private const string Call = "because romeo's Python ran c.connect(('juliet', 4000)) at ";

    // RFC 826, RFC 1122 §2.3.2.2.
    [Fact]
    public void ArpRequest_ForAPacketOfTheHost_GoesBackToItsCall()
    {
        string[] answer = WhyPacketTests.Answer("why romeo:1", s_connected);

        Assert.Equal(3, answer.Length);
        Assert.Matches(@"^frame 1 of romeo's capture, sent by romeo to all at \d\.\d+: ARP, who has 10\.10\.1\.1\? tell 10\.10\.1\.100$", answer[0]);
        Assert.Equal("  romeo has a packet whose next hop is 10.10.1.1, and no link address for it: it asks all, and the packet waits (RFC 826, RFC 1122 §2.3.2.2)", answer[1]);
        Assert.StartsWith(Call, answer[2], StringComparison.Ordinal);
    }

    [Fact]
    public void ArpReply_GoesBackToTheRequestAndToWhatThatWasFor()
    {
        string[] answer = WhyPacketTests.Answer("why romeo:2", s_connected);

        Assert.Matches(@"^frame \d of router's capture, sent by router to one at \d\.\d+: ARP, 10\.10\.1\.1 is at 02:00:00:00:01:01$", answer[0]);
        Assert.Equal("  router answers: the address that was asked for is its own (RFC 826)", answer[1]);
        Assert.StartsWith("because of frame 1 of romeo's capture, sent by romeo to all at ", answer[2], StringComparison.Ordinal);
        Assert.StartsWith(Call, answer[4], StringComparison.Ordinal);
    }

    [Fact]
    public void ArpRequest_OfARouter_GoesBackToThePacketThatItPassesOn()
    {
        string[] answer = WhyPacketTests.Answer("why juliet:1", s_connected);

        Assert.Contains("sent by router to all at ", answer[0], StringComparison.Ordinal);
        Assert.EndsWith("ARP, who has 10.10.2.100? tell 10.10.2.1", answer[0], StringComparison.Ordinal);
        Assert.StartsWith("because of packet 1, romeo to juliet at ", answer[2], StringComparison.Ordinal);
        Assert.StartsWith(Call, answer[^1], StringComparison.Ordinal);
    }

    // RFC 1122 §2.3.2.1: no more than one request a second.
    [Fact]
    public void ArpRequest_ThatNobodyAnswers_IsRepeatedAndGoesBackToTheFirst()
    {
        string[] answer = WhyPacketTests.Answer("why romeo:3", "romeo$ ping -c 1 10.10.1.77 &", "wait 5s");

        Assert.Equal("  romeo asks again for the link address of 10.10.1.77: no answer came within a second (RFC 1122 §2.3.2.1: at most one request a second)", answer[1]);
        Assert.StartsWith("because of frame 1 of romeo's capture, sent by romeo to all at ", answer[2], StringComparison.Ordinal);
        Assert.StartsWith("because romeo's ping -c 1 10.10.1.77 ran at ", answer[4], StringComparison.Ordinal);
    }

    // RFC 4861 §7.3.3: an entry that is used and not confirmed is asked for after DELAY_FIRST_PROBE_TIME, 5 s, by unicast.
    [Fact]
    public void ArpPoll_OfAnEntryThatGrewOld_SaysSo()
    {
        string[] lines = [.. s_connected, "wait 60s", "romeo> c.send(b'a')", "wait 7s"];
        string[] poll = [.. Enumerable.Range(1, 20).Select(frame => WhyPacketTests.Answer($"why romeo:{frame}", lines)).First(answer => answer.Length > 1 && answer[1].StartsWith("  romeo asks its neighbour", StringComparison.Ordinal))];

        Assert.Equal("  romeo asks its neighbour 10.10.1.1 alone whether it is still there (RFC 1122 §2.3.2.1: unicast poll)", poll[1]);
        Assert.StartsWith("because the entry of 10.10.1.1 in romeo's neighbour table had been used and nothing had confirmed it for 5 s (DELAY, then PROBE", poll[2], StringComparison.Ordinal);
    }
}

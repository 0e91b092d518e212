namespace Finwait.Lab.Tests;

/// <summary>why N: the chain of causes of a packet, back to the call.</summary>
public sealed class WhyPacketTests
{
    public static TheoryData<string> Names => new(LabScenarios.All.Select(scenario => scenario.Name));

    internal static readonly string[] Listen =
    [
        "juliet> import socket", "juliet> lsock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)", "juliet> lsock.bind(('0.0.0.0', 4000))", "juliet> lsock.listen()",
        "romeo> import socket", "romeo> sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
    ];

    internal static string[] Answer(string question, params string[] lines) => Lab.Printed(Lab.Play([.. lines, "# asked", question]).Split("# asked")[1], "lab");

    [Theory]
    [MemberData(nameof(Names))]
    public void WhyPacket_EveryPacketOfEveryScenario_EndsInACallOrInWhatWasConfigured(string name)
    {
        var session = new LabSession();
        LabTranscript.Play(session, LabScenarios.Read(name), TextWriter.Null, TextWriter.Null);

        WhyTeller teller = session.Teller;
        Assert.Equal(session.Record().Packets.Count, teller.Count);
        for (int packet = 1; packet <= teller.Count; packet++)
        {
            string chain = string.Join('\n', teller.Chain(packet));
            Assert.True(teller.IsComplete(packet), chain);
            Assert.DoesNotContain("no cause was recorded", chain, StringComparison.Ordinal);
            Assert.DoesNotContain("forgotten", chain, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void WhyPacket_LastOfTheHandshake_GoesBackToTheLineThatConnected()
    {
        string[] answer = Answer("why 3", [.. Listen, "isn romeo 1000", "isn juliet 5000", "romeo> sock.connect(('10.10.2.100', 4000))"]);

        Assert.Equal(7, answer.Length);
        Assert.StartsWith("packet 3, romeo to juliet at ", answer[0], StringComparison.Ordinal);
        Assert.Equal("  romeo acknowledges the SYN: ack SEG.SEQ + 1 = 5001, and is ESTABLISHED (RFC 9293 §3.10.7.3, fourth step)", answer[1]);
        Assert.StartsWith("because of packet 2, juliet to romeo at ", answer[2], StringComparison.Ordinal);
        Assert.Equal("  juliet listens on port 4000 and takes the SYN: SYN-RECEIVED, its own ISS 5000, ack SEG.SEQ + 1 = 1001 (RFC 9293 §3.10.7.2)", answer[3]);
        Assert.StartsWith("because of packet 1, romeo to juliet at ", answer[4], StringComparison.Ordinal);
        Assert.Equal("  romeo opens the connection: SYN with ISS 1000, and the state is SYN-SENT (RFC 9293 §3.10.1, active OPEN)", answer[5]);
        Assert.StartsWith("because romeo's Python ran sock.connect(('10.10.2.100', 4000)) at ", answer[6], StringComparison.Ordinal);
    }

    [Fact]
    public void WhyPacket_OfAProgramThatEnded_NamesTheProgramAsTyped()
    {
        string[] answer = Answer("why 4", "juliet$ nc -l 234", "romeo$ nc 10.10.2.100 234", "romeo$ ^C");

        Assert.Contains(answer, line => line.StartsWith("because romeo's nc 10.10.2.100 234 ended at ", StringComparison.Ordinal) && line.EndsWith("and the kernel closed its sockets", StringComparison.Ordinal));
    }

    [Fact]
    public void WhyPacket_RepeatedSyn_TellsHowTheTimeoutCameAbout()
    {
        string[] answer = Answer("why 3", ["juliet$ iptables -A INPUT -p tcp --dport 4000 -j DROP", .. Listen, "romeo> sock.connect(('10.10.2.100', 4000))", "wait 3s"]);

        Assert.Equal("  romeo sends its SYN again, for the 2nd time: no acknowledgment came, and the retransmission timer went off (RFC 6298 §5.4)", answer[1]);
        Assert.Equal("  RTO 1 s: nothing measured yet, so it starts at 1 s (RFC 6298 §2.1), and the first 4 repetitions of a SYN do not double it (net.ipv4.tcp_syn_linear_timeouts, as Linux; RFC 6298 §5.5 doubles at each)", answer[3]);
        Assert.StartsWith("first sent as packet 1, romeo to juliet at ", answer[5], StringComparison.Ordinal);
        Assert.StartsWith("because romeo's Python ran sock.connect(('10.10.2.100', 4000)) at ", answer[8], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("why 99", "there is no packet 99")]
    [InlineData("why 0", "there is no packet 0")]
    [InlineData("why", "why what?")]
    [InlineData("why 99999999999999999999", "why what?")]
    public void Why_NothingThatThereIs_SaysWhatWouldBeRight(string question, string complaint)
    {
        string transcript = Lab.Play([.. Listen, "romeo> sock.connect(('10.10.2.100', 4000))", question]);

        Assert.Contains(complaint, transcript, StringComparison.Ordinal);
    }
}

namespace Finwait.Lab.Tests;

/// <summary>The packets of a run as Wireshark shows them: seed 001's display filter and the fields of the first SYN, and numbers counted or real.</summary>
public class PacketCommandTests
{
    /// <summary>A handshake with the numbers of the book, text, and a refused connection to another port.</summary>
    private static readonly string[] s_run =
    [
        "juliet> import socket", "juliet> l = socket.socket(); l.bind(('10.10.2.100', 7456)); l.listen(1)", "isn romeo 4255483971", "isn juliet 1084840",
        "romeo> import socket", "romeo> c = socket.create_connection(('10.10.2.100', 7456))", "romeo> c.send(b'Hola')", "romeo$ nc -v juliet 234",
    ];

    private static string[] Last(string line)
    {
        var session = new LabSession();
        Lab.Play(session, s_run);
        return Lab.Printed(Lab.Play(session, line.Split('\n')), "lab");
    }

    private static string Complaint(string line)
    {
        var session = new LabSession();
        Lab.Play(session, s_run);
        return Lab.Play(session, line);
    }

    [Fact]
    public void Packets_WithTheFilterOfSeed001_AreThoseOfThatPort()
    {
        string[] lines = Last("packets tcp.port == 7456");

        Assert.Matches(@"^ No\. +Time +Source +Destination +Protocol +Length +Info$", lines[0]);
        Assert.Equal(6, lines.Length); // the heading, SYN, SYN-ACK, ACK, the text and its acknowledgment
        Assert.Matches(@"^ +1 0\.\d{6} +10\.10\.1\.100 +10\.10\.2\.100 +TCP +74 +\d+ → 7456 \[SYN\] Seq=0 Win=64240 Len=0 MSS=1460 SACK_PERM TSval=\d+ TSecr=0 WS=128$", lines[1]);
        Assert.Matches(@" 7456 → \d+ \[SYN, ACK\] Seq=0 Ack=1 Win=65160 Len=0 MSS=1460 SACK_PERM TSval=\d+ TSecr=\d+ WS=128$", lines[2]);
        Assert.Matches(@" \d+ → 7456 \[PSH, ACK\] Seq=1 Ack=1 Win=64256 Len=4 TSval=\d+ TSecr=\d+$", lines[4]);
    }

    [Fact]
    public void Packets_WithoutFilter_AreAll()
    {
        string[] lines = Last("packets");
        Assert.Equal(8, lines.Length);
        Assert.Matches(@" 234 → \d+ \[RST, ACK\] Seq=1 Ack=1 Win=0 Len=0$", lines[7]);
    }

    [Fact]
    public void Packets_WhenNoneFits_SaysSo()
    {
        Assert.Equal("no packet passes the filter", Last("packets udp")[1]);
        Assert.Equal(["no packet was sent"], Lab.Printed(Lab.Play("packets"), "lab")[1..]);
    }

    [Fact]
    public void Packet_FirstSyn_HasTheFieldsOfSeed001WithTheirMeanings()
    {
        string[] lines = Last("packet 1");

        foreach (string field in (string[])
            [
                "    Sequence number: 0 (counted from the start)  [tcp.seq]", "        In the packet: 4255483971  [tcp.seq_raw]", "    Acknowledgment number: does not count without ACK  [tcp.ack]",
                "    Flags: 0x002 (SYN)  [tcp.flags]", "    Window: 64240 octets  [tcp.window_size]", "        Maximum segment size: 1460 octets  [tcp.option_kind]", "        .1. Do not fragment (DF): set  [ip.flags.df]",
            ])
        {
            Assert.Contains(field, lines);
        }

        Assert.Contains(lines, line => line.StartsWith("0000  ", StringComparison.Ordinal));

        string[] flags = Last("packet 1 tcp.flags");
        Assert.Equal("    . .... ..1. SYN: set: the sequence numbers begin here  [tcp.flags.syn]", flags[16]);
        Assert.Equal("        Opens: the sequence numbers begin here (RFC 9293 §3.5).", flags[17]);
        Assert.Equal("002e  a0 02                                            ..", flags[^1]);
    }

    [Fact]
    public void Window_ScaledAndNot_StandsNextToEachOther()
    {
        string[] window = Last("packet 3 tcp.window_size");
        Assert.Equal("Window: 64256 octets  [tcp.window_size]", window[0]);
        Assert.Contains("    In the packet: 502; times 128, the scale of the handshake  [tcp.window_size_value]", window);
    }

    [Theory]
    [InlineData("packets tcp.prt == 1", "did you mean tcp.port?")]
    [InlineData("packets tcp.port == ", "the filter ends where a value for tcp.port is expected")]
    [InlineData("packet", "packet takes the number of a packet")]
    [InlineData("packet x", "packet takes the number of a packet")]
    [InlineData("packet 0", "there is no packet 0: the run has 1 to 7")]
    [InlineData("packet 8", "there is no packet 8: the run has 1 to 7")]
    [InlineData("packet 99999999999", "packet takes the number of a packet")]
    [InlineData("packet 1 tcp.flag", "did you mean tcp.flags?")]
    [InlineData("packet 1 1 1", "packet takes the number of a packet")]
    [InlineData("numbers", "numbers real shows")]
    [InlineData("numbers reel", "numbers real shows")]
    public void LineThatIsWrong_SaysWhatIsMeant(string line, string complaint) => Assert.Contains(complaint, Complaint(line), StringComparison.Ordinal);

    [Fact]
    public void Packet_WithoutTheField_SaysWhatTheFieldIs() =>
        Assert.Equal(["packet 1 has no udp.port: Either port of the datagram."], Last("packet 1 udp.port"));

    [Fact]
    public void Help_OfAField_TellsItsMeaning() =>
        Assert.Contains("Opens: the sequence numbers begin here (RFC 9293 §3.5).", Assert.Single(Last("help tcp.flags.syn")), StringComparison.Ordinal);

    // The book of seed 003: SYN x, SYN y with ack x+1, ack y+1.
    [Fact]
    public void Numbers_Real_AreThoseOfTheBookWithTheirSumsEverywhereAtOnce()
    {
        string[] ladder = Last("numbers real\nladder");
        Assert.Contains(ladder, line => line.Contains("1 SYN seq 4255483971 win", StringComparison.Ordinal));
        Assert.Contains(ladder, line => line.Contains("2 SYN,ACK seq 1084840 ack 4255483972 = 4255483971+1 ", StringComparison.Ordinal));
        Assert.Contains(ladder, line => line.Contains("3 ACK seq 4255483972 ack 1084841 = 1084840+1 len 0", StringComparison.Ordinal));
        Assert.Contains(ladder, line => line.Contains("5 ACK seq 1084841 ack 4255483976 = 4255483972+4 len 0", StringComparison.Ordinal));
        Assert.Contains("[SYN, ACK] Seq=1084840 Ack=4255483972 ", Last("numbers real\npackets")[2], StringComparison.Ordinal);
        Assert.Contains("SYN seq 4255483971", Last("numbers real\nwhy 1")[0], StringComparison.Ordinal);
        Assert.Contains(Last("numbers real\nnumbers counted\nladder"), line => line.Contains("2 SYN,ACK seq 0 ack 1 win", StringComparison.Ordinal));
    }
}

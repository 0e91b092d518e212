namespace Finwait.Lab.Tests;

/// <summary>What the coach says after each line: what was sent or not sent, why, and which states then.</summary>
public sealed class CoachTests
{
    private readonly LabSession _session = new() { HasCoach = true };

    private string[] Say(params string[] lines)
    {
        string[] said = [];
        foreach (string line in lines)
        {
            _session.Execute(line);
            said = [.. _session.TakeOutput().Where(printed => printed.Host == "coach").Select(printed => printed.Text)];
        }

        return said;
    }

    private void Connect() => Say("juliet> import socket", "juliet> s = socket.socket()", "juliet> s.bind(('', 4000)); s.listen()", "romeo> import socket", "romeo> c = socket.create_connection(('juliet', 4000))");

    [Theory]
    [InlineData("s = socket.socket()", "socket() sent nothing: it made a file descriptor, and until it has a port neither ss nor lsof -i lists it.")]
    [InlineData("s.bind(('', 4000))", "bind() sent nothing: it gave the socket its own address and port, and no more.")]
    [InlineData("s.listen()", "listen() sent nothing: the state is LISTEN, and from now on the system itself answers a SYN to this port.", "juliet's port 4000: CLOSED → LISTEN.")]
    public void CallThatSendsNothing_IsToldSo(string last, params string[] said)
    {
        string[] calls = ["import socket", "s = socket.socket()", "s.bind(('', 4000))", "s.listen()"];
        Assert.Equal(said, Say([.. calls[..(Array.IndexOf(calls, last) + 1)].Select(call => "juliet> " + call)]));
    }

    [Fact]
    public void Handshake_NamesThePacketsAndTheWaysOfBothEnds()
    {
        Connect();

        string[] said = Say("romeo> d = socket.create_connection(('juliet', 4000))");

        Assert.Equal("romeo sent SYN; juliet sent SYN,ACK; romeo sent ACK.", said[1]);
        Assert.Matches(@"^romeo's port \d+: CLOSED → SYN-SENT → ESTABLISHED. juliet's new connection of port 4000: SYN-RECEIVED → ESTABLISHED.$", said[2]);
    }

    [Fact]
    public void Accept_IsNoPartOfTheHandshake()
    {
        Connect();

        Assert.Equal(["accept() sent nothing: the handshake is the system's work, and accept() takes the finished connection from the queue and gives it a file descriptor; without one it waits."], Say("juliet> k, a = s.accept()"));
    }

    [Fact]
    public void Refusal_IsExplained()
    {
        string[] said = Say("romeo> import socket", "romeo> socket.socket().connect(('juliet', 4000))");

        Assert.Contains("romeo sent SYN; juliet sent RST,ACK.", said);
        Assert.Contains("Juliet answers with a reset: nobody listens on port 4000, and no connection has these addresses and ports (why 2 tells more).", said);
        Assert.Contains(said, sentence => sentence.EndsWith("CLOSED → SYN-SENT → CLOSED.", StringComparison.Ordinal));
    }

    [Fact]
    public void DroppedFin_ItsRepetitionAndWhatComesNext_AreTold()
    {
        Connect();
        Assert.Equal(["The rule is in place; nothing was sent, and it is asked about each packet from now on."], Say("juliet$ iptables -A INPUT -p tcp --tcp-flags FIN FIN -j DROP"));

        string[] closed = Say("romeo> c.close()");
        Assert.Equal("romeo sent FIN,ACK (thrown away: juliet, iptables INPUT).", closed[1]);
        Assert.EndsWith("ESTABLISHED → FIN-WAIT-1.", closed[2], StringComparison.Ordinal);
        Assert.Matches(@"^Next, a little after \d+\.\d{3} s \(wait next\): romeo sends its FIN, and what is not acknowledged before it, again\.$", closed[3]);

        string[] waited = Say("wait next");
        Assert.StartsWith("romeo sent FIN,ACK (thrown away", waited[0], StringComparison.Ordinal);
        Assert.StartsWith("Romeo sends a tail loss probe", waited[1], StringComparison.Ordinal);
        Assert.StartsWith("Romeo sends its FIN again", Say("wait next")[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Text_IsCountedAndItsAcknowledgmentNamed()
    {
        Connect();

        Assert.Equal("romeo sent PSH,ACK with 1 octet; juliet sent ACK.", Say("romeo> c.send(b'x')")[1]);
    }

    [Fact]
    public void ManyFrames_AreCounted()
    {
        Connect();

        string[] said = Say("juliet$ nc -lk 5000 > /dev/null &", "romeo> e = socket.create_connection(('juliet', 5000)); e.sendall(b'x' * 4000000)");

        Assert.Contains(said, sentence => sentence.EndsWith(" frames went by.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("tcpdump -i eth1", "tcpdump listens: nothing was sent.")]
    [InlineData("ss -tan", "ss only looks: nothing was sent.")]
    [InlineData("iptables -D INPUT 1")]
    [InlineData("iptables -A INPUT -j NOPE")]
    [InlineData("tcpdump -i nosuch")]
    [InlineData("tcpdump -r nosuch.pcap")]
    [InlineData("tcpdump -c 1 udp port")]
    [InlineData("iptables -F", "The rule is gone; nothing was sent. What was dropped comes again only when its sender repeats it.")]
    public void CommandThatSendsNothing_IsToldSoIfItWorked(string command, params string[] said) => Assert.Equal(said, Say("romeo$ " + command));

    [Fact]
    public void SlowNetwork_APacketThatARouterHoldsIsNotCalledLost()
    {
        string[] said = Say("network slow", "romeo$ nc -z juliet 9");

        Assert.Contains("romeo sent SYN.", said);
    }

    [Fact]
    public void WaitNext_EndsOnceTheTimerHasGoneOff()
    {
        Say("juliet$ iptables -A INPUT -p tcp -j DROP", "romeo> import socket", "romeo> s = socket.socket()", "romeo> s.connect(('juliet', 4000))");
        for (int i = 0; i < 8; i++)
        {
            Assert.StartsWith("romeo sent SYN", Say("wait next")[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void PlayedBackCapture_IsOnlyRead() =>
        Assert.Equal(["tcpdump only reads a file: nothing was sent."], Say("romeo$ tcpdump -i eth1 -w a.pcap", "romeo$ ^C", "romeo$ tcpdump -SnXr a.pcap"));

    [Fact]
    public void CallThatFails_IsToldSo()
    {
        Connect();

        Assert.Equal(["send() failed (EPIPE) and sent nothing."], Say("romeo> c.shutdown(socket.SHUT_WR)", "romeo> c.send(b'x')"));
    }

    [Fact]
    public void Datagram_HasNoBufferAndNoAcknowledgment()
    {
        string[] said = Say("romeo> import socket", "romeo> u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "romeo> u.sendto(b'hi', ('10.10.2.100', 5000))");

        Assert.Equal("Each call sends one datagram at once: nothing is kept, acknowledged or sent again.", said[0]);
    }

    [Fact]
    public void CoachOnAndOff_InAScript()
    {
        _session.HasCoach = false;
        Assert.Empty(Say("juliet$ nc -l 4000 &"));
        Assert.NotEmpty(Say("coach on", "romeo$ nc -z juliet 4000"));
        Assert.Empty(Say("coach off", "romeo$ nc -z juliet 4000"));
        Assert.Equal(LabVerdict.NotUnderstood, _session.Execute("coach"));
    }

    // ss shows the time a timer was set for; it goes off in its slot of the timer wheel, up to an eighth later.
    [Fact]
    public void Next_OfARetransmission_IsALittleBeforeItIsSent()
    {
        Connect();
        Say("juliet$ iptables -A INPUT -p tcp -j DROP", "romeo> c.send(b'x')");
        for (int i = 0; i < 6; i++)
        {
            string said = Say("wait next")[^1];
            double foretold = double.Parse(System.Text.RegularExpressions.Regex.Match(said, @"^Next, a little after (\d+\.\d{3}) s").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
            double now = _session.Now.SinceStart.TotalSeconds;
            Say("wait next");
            Assert.InRange(_session.Record().Packets[^1].Sent.TotalSeconds, foretold, foretold + ((foretold - now) / 8) + 0.016);
        }
    }

    [Fact]
    public void OtherNetwork_BeginsAnew()
    {
        Connect();

        Assert.Empty(Say("network slow"));
        Assert.Contains("romeo sent SYN", string.Concat(Say("romeo$ nc -z juliet 9")), StringComparison.Ordinal);
    }
}

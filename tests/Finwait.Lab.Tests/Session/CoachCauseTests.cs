namespace Finwait.Lab.Tests;

/// <summary>The coach's sentences are true of the very call and packet, and the reasons are the recorded ones.</summary>
public sealed class CoachCauseTests
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

    private void Connect() => Say("juliet> import socket", "juliet> s = socket.socket()", "juliet> s.bind(('', 4000)); s.listen()", "romeo> import socket", "romeo> c = socket.create_connection(('juliet', 4000))", "juliet> k, a = s.accept()");

    [Fact]
    public void CloseWithLingerOfZero_IsAResetAndNotForUnreadOctets()
    {
        Connect();

        string[] said = Say("romeo> import struct; c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))", "romeo> c.close()");

        Assert.Equal("close() gives the socket up, with a reset instead of a FIN.", said[0]);
        Assert.Equal("Romeo closes with SO_LINGER of 0 s, which aborts: a reset instead of a FIN, and nothing is waited for (RFC 9293 §3.10.5, ABORT) (why 4 tells more).", said[2]);
    }

    [Fact]
    public void Close_EachKind_SaysWhatItDid()
    {
        Connect();

        Assert.Equal("close() gives the socket up: the FIN says that no more octets follow.", Say("juliet> k.close()")[0]);
        Assert.Equal("close() sent nothing: a listener has no connection that a FIN could end, and takes no SYN from now on.", Say("juliet> s.close()")[0]);
        Assert.Equal("close() sent nothing: the socket had no open connection.", Say("juliet> q = socket.socket()", "juliet> q.close()")[0]);
    }

    [Fact]
    public void CloseBehindShutdown_SendsNoSecondFin()
    {
        Connect();

        Assert.Equal("close() sent nothing: shutdown() has closed this direction before.", Say("romeo> c.shutdown(socket.SHUT_WR)", "romeo> c.close()")[0]);
    }

    [Fact]
    public void CloseBehindOctetsThatWait_DoesNotSayThatThereWasNoConnection()
    {
        Connect();

        string[] said = Say("romeo> c.setblocking(False)", "romeo> n = c.send(bytes(3000000))", "romeo> n = c.send(bytes(3000000))", "romeo> c.close()");

        Assert.Equal("close() gives the socket up: the FIN waits behind octets that have not left (why nothing tells what holds them back).", said[0]);
    }

    [Fact]
    public void OctetsForAClosedWindow_AndTheRoomThatReadingMakes_AreTold()
    {
        Connect();

        string[] full = Say("romeo> c.setblocking(False)", "romeo> n = c.send(bytes(3000000))", "romeo> n = c.send(bytes(3000000))");
        Assert.Contains(full, sentence => sentence.StartsWith("Romeo: ", StringComparison.Ordinal) && sentence.Contains(" octets wait: the peer's window is full, SND.UNA ", StringComparison.Ordinal));
        string[] read = Say("juliet> n = len(k.recv(500000))");
        Assert.Equal("recv() takes octets that have arrived, and so makes room for others.", read[0]);
        Assert.Contains(read, sentence => sentence.StartsWith("Juliet's program read, and so made room: ack ", StringComparison.Ordinal));
    }

    [Fact]
    public void CorkedOctets_AreNotSaidToAskForAWindow()
    {
        Connect();

        string[] said = Say("romeo> c.setsockopt(socket.IPPROTO_TCP, 3, 1)", "romeo> c.send(b'corked')", "wait 50ms");

        Assert.EndsWith("(wait next): romeo sends what waits for more (TCP_CORK, MSG_MORE).", said[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void ThreeCallsAndMore_AreNamed_AndWhatFailsIsTold()
    {
        Assert.Equal("socket(), bind() and listen() were called, and nothing was sent.", Say("juliet> import socket", "juliet> s = socket.socket(); s.bind(('', 4000)); s.listen()")[0]);
        Assert.Equal("socket() and setsockopt() were called, and nothing was sent. bind() failed (EADDRINUSE) and sent nothing.", Say("juliet> t = socket.socket(); t.setsockopt(socket.IPPROTO_TCP, 1, 1); t.bind(('', 4000)); t.listen()")[0]);
    }

    [Fact]
    public void SetsockoptWhilePacketsGoBy_IsStillTold()
    {
        Connect();
        Say("romeo$ ping -i 0.05 10.10.2.100 > /dev/null &");

        Assert.Equal("setsockopt() sent nothing: it is between the program and its own system.", Say("romeo> c.setsockopt(socket.IPPROTO_TCP, 1, 1)")[0]);
    }

    [Fact]
    public void IcmpAnswers_AreExplained_AndTheErrorOfTheNextCallToo()
    {
        string[] lines = ["juliet$ iptables -A INPUT -p tcp --dport 99 -j REJECT", "romeo> import socket", "romeo> z = socket.socket()", "romeo> z.connect(('10.10.2.100', 99))"];
        Assert.Contains(Say(lines), sentence => sentence.StartsWith("Juliet's packet filter refused the packet and says so: iptables -A INPUT -p tcp -m tcp --dport 99 -j REJECT", StringComparison.Ordinal));

        string[] refused = Say("romeo> u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "romeo> u.connect(('10.10.2.100', 9))", "romeo> u.send(b'a')");
        Assert.Contains(refused, sentence => sentence.StartsWith("Juliet tells that no socket has the port: ICMP port unreachable", StringComparison.Ordinal));
        Assert.Equal("send() failed (ECONNREFUSED) and sent nothing: ICMP had said that nobody has the port of an earlier datagram, and a connected socket tells that at its next call (RFC 1122 §4.1.3.3).", Say("romeo> u.send(b'b')")[0]);
    }

    [Fact]
    public void SynThatItsOwnFilterRefuses_NeverLeft()
    {
        string[] said = Say("romeo$ iptables -A OUTPUT -p tcp -j DROP", "romeo> import socket", "romeo> z = socket.socket()", "romeo> z.connect(('10.10.2.100', 99))");

        Assert.Equal("romeo's SYN never left (iptables OUTPUT).", said[1]);
    }

    [Fact]
    public void SynThatWaitsForArp_IsNotSaidToBeSent()
    {
        string[] said = Say("romeo> import socket", "romeo> z = socket.socket(); z.setblocking(False)", "romeo> z.connect_ex(('10.10.1.77', 99))");

        Assert.Equal("connect() has sent nothing that has left: why nothing tells what holds it back.", said[0]);
    }

    [Fact]
    public void FastRetransmitAmongManyPackets_IsTold()
    {
        Connect();
        Say("juliet$ iptables -A INPUT -p tcp --sport 1024: -m statistic --mode nth --every 5 --packet 3 -j DROP");

        string[] said = Say("romeo> c.sendall(bytes(14000))");

        Assert.Contains(said, sentence => sentence.Contains("without waiting for the timeout", StringComparison.Ordinal));
    }

    [Fact]
    public void OctetsForAConnectionThatWasCutOff_AreToldWithTheResetThatNeverLeft()
    {
        Connect();

        string[] said = Say("juliet$ iptables -A OUTPUT -p tcp -j DROP", "at 2", "juliet$ ss -tK dst 10.10.1.100", "juliet$ iptables -F", "romeo> c.send(b'are you there')");

        Assert.Contains("Juliet answers with a reset: port 4000 only listens, and the connection that had these addresses and ports was cut off at 2.000000, packet 4, whose reset never left (why 6 tells more).", said);
    }

    // RFC 9293 §3.8.6.2.2: what recv() has freed is too little to be announced, and the coach says so.
    [Fact]
    public void RecvThatFreesTooLittle_SaysWhyTheWindowStaysClosed()
    {
        Say("juliet> import socket", "juliet> s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4000); s.bind(('', 4000)); s.listen()", "romeo> import socket", "romeo> c = socket.create_connection(('juliet', 4000)); c.setblocking(False)", "juliet> k, a = s.accept()", "romeo> n = c.send(bytes(20000))", "wait 3s");

        string[] said = Say("juliet> n = len(k.recv(3000))");

        Assert.Contains(said, sentence => sentence.StartsWith("Juliet: its own window stays at RCV.WND 0: room for ", StringComparison.Ordinal) && sentence.Contains("silly-window avoidance, RFC 9293 §3.8.6.2.2", StringComparison.Ordinal));
        Assert.DoesNotContain(Say("juliet> n = len(k.recv(30000))"), sentence => sentence.Contains("stays at RCV.WND 0", StringComparison.Ordinal));
    }

    // The ACK of a handshake finds the accept queue full: it is told with the numbers, and named although six packets went before it.
    [Fact]
    public void AcceptQueueThatIsFull_IsToldBehindManyPackets()
    {
        string[] said = Say(
            "network slow", "juliet> import socket", "juliet> l = socket.socket(); l.bind(('10.10.2.100', 4000)); l.listen(0)", "romeo> import socket", "at 2",
            "romeo> a = socket.socket(); a.setblocking(False); a.connect_ex(('10.10.2.100', 4000))", "romeo> b = socket.socket(); b.setblocking(False); b.connect_ex(('10.10.2.100', 4000))",
            "romeo> c = socket.socket(); c.setblocking(False); c.connect_ex(('10.10.2.100', 4000))", "at 5");

        Assert.Contains(said, sentence => sentence.StartsWith("romeo sent SYN; ", StringComparison.Ordinal) && sentence.Contains(" more packets, of which ", StringComparison.Ordinal) && sentence.EndsWith(" did not get through: romeo sent ACK (thrown away: juliet, accept queue full).", StringComparison.Ordinal));
        Assert.Contains(said, sentence => sentence.StartsWith("Juliet threw it away: the accept queue of port 4000 is full, 1 connection waits for accept(), and listen(0) allows 1 (ss -tl shows both) (why drop ", StringComparison.Ordinal));
    }

    // RFC 9293 §3.8.3: with net.ipv4.tcp_syn_retries of 2 Linux gives up after 7 s: repetitions after 1, 2, 3, 4 and 5 s.
    [Theory]
    [InlineData("wait 200s")]
    [InlineData("at 1.5", "at 3", "wait 100s")]
    public void SynThatNobodyAnswers_GivesUpWithoutAnotherRepetition(params string[] waits)
    {
        Say("romeo$ sysctl -w net.ipv4.tcp_syn_retries=2", "romeo$ iptables -A OUTPUT -p tcp -j DROP", "romeo> import socket", "romeo> s = socket.socket()", "romeo> s.connect(('10.10.2.100', 4000))");

        string[] said = Say(waits);

        Assert.Contains(said, sentence => sentence.StartsWith("Romeo gave up at ", StringComparison.Ordinal) && sentence.EndsWith(": its SYN was sent again 5 times, and nothing acknowledged it, and connect() fails (ETIMEDOUT) (R2, RFC 9293 §3.8.3; net.ipv4.tcp_syn_retries).", StringComparison.Ordinal));
        Assert.DoesNotContain(said, sentence => sentence.Contains("sends its SYN again", StringComparison.Ordinal));
    }

    [Fact]
    public void PacketLostBehindManyOthers_IsNamed()
    {
        Connect();

        string[] many = Say("router$ iptables -A FORWARD -p tcp -m statistic --mode nth --every 1000 --packet 9 -j DROP", "romeo> n = c.send(bytes(14480))");
        Assert.Contains(many, sentence => sentence.Contains(" more packets, of which 1 did not get through: ", StringComparison.Ordinal) && sentence.Contains("(thrown away: router, iptables FORWARD)", StringComparison.Ordinal));
    }
}

namespace Finwait.Lab.Tests;

/// <summary>Where the text of a connection is, a listener's two queues, and the options of a handshake: <c>buffers</c> and <c>options</c>.</summary>
public class BufferTests
{
    private static readonly string[] s_twoWaiting =
    [
        "juliet> import socket", "juliet> l = socket.socket(); l.bind(('', 4000)); l.listen(1)",
        "romeo> import socket", "romeo> a = socket.create_connection(('juliet', 4000))", "romeo> b = socket.create_connection(('juliet', 4000))",
    ];

    private static string[] After(params string[] lines)
    {
        var session = new LabSession();
        Lab.Play(session, [.. s_twoWaiting, .. lines[..^1]]);
        return Lab.Printed(Lab.Play(session, lines[^1]), "lab");
    }

    private static string Only(string[] lines, string start) => Assert.Single(lines, line => line.TrimStart().StartsWith(start, StringComparison.Ordinal));

    [Fact]
    public void AcceptQueue_OfTwoWithBacklog1_IsFull()
    {
        string[] lines = After("buffers");
        Assert.Equal("juliet's port 4000 listens", lines[0]);
        Assert.Matches(@"^  SYN queue +\[\] +0$", lines[1]);
        Assert.Matches(@"^  accept queue +\[##\] +2, open, not accepted by the program: 10\.10\.1\.100:\d+, 10\.10\.1\.100:\d+; room for 2 \(backlog 1 and one more\): full, further SYNs are dropped", lines[2]);
    }

    [Fact]
    public void SynQueue_WhenTheAnswerIsLost_HasTheHalfOpenConnection()
    {
        string[] lines = After("juliet> c = l.accept()", "romeo$ iptables -A INPUT -p tcp -j DROP", "romeo> d = socket.socket(); d.setblocking(False); d.connect_ex(('10.10.2.100', 4000))", "buffers");
        Assert.Matches(@"^  SYN queue +\[#\] +1, SYN received, handshake not over: 10\.10\.1\.100:\d+$", lines[1]);
        Assert.Matches(@"^  accept queue +\[#\] +1, open, not accepted by the program: 10\.10\.1\.100:\d+; room for 2 \(backlog 1 and one more\)$", lines[2]);
    }

    [Fact]
    public void Text_ReadUnreadUnderWayAndNotSent_AddsUp()
    {
        string[] lines = After("juliet> c, _ = l.accept()", "romeo> a.send(b'x' * 5000)", "juliet> d = c.recv(1000)", "juliet$ iptables -A INPUT -p tcp -j DROP", "romeo> a.send(b'y' * 30000)", "buffers");
        Assert.Matches(@" 1 to 1000 +1000 +=+$", Only(lines, "read by juliet's program"));
        Assert.Matches(@" 1001 to 5000 +4000 +#+$", Only(lines, "in juliet's receive buffer, not read (Recv-Q)"));
        string[] way = Only(lines, "under way, or lost").Split(' ', StringSplitOptions.RemoveEmptyEntries), unsent = Only(lines, "in romeo's send buffer, not sent").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("5001", way[4]);
        Assert.Equal("35000", unsent[8]);
        Assert.Equal(int.Parse(way[6], System.Globalization.CultureInfo.InvariantCulture) + 1, int.Parse(unsent[6], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(30000, int.Parse(way[7], System.Globalization.CultureInfo.InvariantCulture) + int.Parse(unsent[9], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Contains(lines, line => line.Contains("SND.UNA 5001", StringComparison.Ordinal) && line.EndsWith("romeo keeps 30000 octets until they are acknowledged (Send-Q 30000)", StringComparison.Ordinal));
    }

    // The FIN takes a sequence number, and Recv-Q counts it until the program has seen the end; it is no text.
    [Fact]
    public void Fin_IsNoText()
    {
        string[] lines = After("juliet> c, _ = l.accept()", "romeo> a.send(b'x' * 100)", "romeo> a.shutdown(socket.SHUT_WR)", "buffers");
        Assert.Matches(@" 1 to 100 +100 +#+$", Only(lines, "in juliet's receive buffer, not read (Recv-Q)"));
        lines = After("juliet> c, _ = l.accept()", "romeo> a.send(b'x' * 100)", "romeo> a.shutdown(socket.SHUT_WR)", "juliet> d = c.recv(1000), c.recv(1000)", "buffers");
        Assert.Matches(@" 1 to 100 +100 +=+$", Only(lines, "read by juliet's program"));
    }

    [Fact]
    public void Options_OfAHandshake_StandSideBySideWithWhatWasAgreed()
    {
        string[] lines = After("options");
        Assert.Matches(@"^  option +romeo's SYN \(packet 1\) +juliet's SYN,ACK \(packet 2\) agreed on$", lines[1]);
        Assert.Matches(@"^  MSS +1460 +1460 +at most 1448 octets of text to juliet, 1448 to romeo \(12 less for timestamps\)$", lines[2]);
        Assert.Matches(@"^  SACK permitted +yes +yes +gaps are reported in SACK blocks$", lines[3]);
        Assert.Matches(@"^  timestamps +(\d+), echo 0 +\d+, echo \1 +in every segment$", lines[4]);
        Assert.Matches(@"^  window scale +7 \(times 128\) +7 \(times 128\) +romeo's windows times 128, juliet's times 128$", lines[5]);
        Assert.Contains("IANA", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Options_ThatOneSideDoesNotOffer_AreNotUsed()
    {
        var session = new LabSession();
        string[] lines = Lab.Printed(Lab.Play(session, "juliet$ sysctl -w net.ipv4.tcp_sack=0", "juliet$ sysctl -w net.ipv4.tcp_timestamps=0", "juliet$ sysctl -w net.ipv4.tcp_window_scaling=0", s_twoWaiting[0], s_twoWaiting[1], s_twoWaiting[2], s_twoWaiting[3], "options"), "lab");
        Assert.Contains(lines, line => line.StartsWith("  SACK permitted", StringComparison.Ordinal) && line.EndsWith(" no                         not used: both have to offer it", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("  window scale", StringComparison.Ordinal) && line.Contains("not used", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("  MSS", StringComparison.Ordinal) && line.EndsWith("at most 1460 octets of text to juliet, 1460 to romeo", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("options", "no handshake has begun")]
    [InlineData("buffers", "no TCP socket listens or is connected")]
    [InlineData("options all", "options stands alone: what is 'all'?")]
    [InlineData("buffers 1", "buffers stands alone: what is '1'?")]
    public void Line_WithoutAnythingToShow_SaysSo(string line, string expected) => Assert.Contains(expected, Lab.Play(line), StringComparison.Ordinal);
}

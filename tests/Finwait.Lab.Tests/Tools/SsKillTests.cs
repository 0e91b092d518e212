namespace Finwait.Lab.Tests;

/// <summary>ss -K, which ends sockets: what their owners and their peers see is what Linux 6.18 did with the same calls.</summary>
public sealed class SsKillTests
{
    private static readonly string[] s_connection =
        ["romeo> import socket", "juliet> import socket", "juliet> l = socket.socket(); l.bind(('10.10.2.100', 4000)); l.listen(5)", "romeo> c = socket.socket(); c.connect(('10.10.2.100', 4000))", "juliet> s, a = l.accept()"];

    // What came is still read, then the owner learns that the connection was aborted; the peer gets a reset, and nothing is left.
    [Fact]
    public void Connection_Killed_IsResetAndItsOwnerReadsWhatCame()
    {
        string transcript = Lab.Play([.. s_connection, "juliet> s.send(b'abc')", "romeo$ ss -tnK dst juliet", "romeo$ ss -tanH", "romeo> c.recv(10)", "romeo> c.recv(10)", "romeo> c.send(b'x')", "juliet> s.recv(10)", "juliet$ ss -tnH"]);
        string[] romeo = Lab.Printed(transcript, "romeo");
        Assert.Contains(romeo, line => line.StartsWith("ESTAB 3      0        10.10.1.100:", StringComparison.Ordinal));
        Assert.Contains("b'abc'", romeo);
        Assert.Equal(["ConnectionAbortedError: [Errno 103] Software caused connection abort", "BrokenPipeError: [Errno 32] Broken pipe"], romeo.Where(line => line.Contains("Error: ", StringComparison.Ordinal)));
        Assert.Single(romeo, line => line.StartsWith("ESTAB", StringComparison.Ordinal));
        Assert.Contains("ConnectionResetError: [Errno 104] Connection reset by peer", Lab.Printed(transcript, "juliet"));
        Assert.DoesNotContain("ESTAB", string.Join('\n', Lab.Printed(transcript, "juliet")), StringComparison.Ordinal);
    }

    // A listener stops, and can listen anew on its port.
    [Fact]
    public void Listener_Killed_ListensNoMore()
    {
        string[] juliet = Lab.Printed(Lab.Play([.. s_connection[..3], "juliet$ ss -tlnKH", "juliet$ ss -tlnH", "juliet> l.accept()", "juliet> l.listen(1)", "juliet$ ss -tlnH"]), "juliet");
        Assert.Equal(
            ["LISTEN 0      5      10.10.2.100:4000 0.0.0.0:*", "OSError: [Errno 22] Invalid argument", "LISTEN 0      1      10.10.2.100:4000 0.0.0.0:*"],
            juliet.Where(line => line.StartsWith("LISTEN", StringComparison.Ordinal) || line.Contains("Error: ", StringComparison.Ordinal)).Select(line => line.TrimEnd()));
    }

    // Remains of a connection and datagram sockets can be ended too; nc then says why it ends.
    [Fact]
    public void RemainsAndDatagramSockets_Killed_AreGone()
    {
        string transcript = Lab.Play([.. s_connection, "romeo> c.close()", "juliet> s.close()", "romeo$ ss -tanHK state time-wait", "romeo$ ss -tanH", "juliet$ nc -lu 10.10.2.100 5000", "juliet$ ss -ulnKH", "juliet$ ss -uanH"]);
        Assert.Single(Lab.Printed(transcript, "romeo"), line => line.Contains("10.10.2.100:4000", StringComparison.Ordinal));
        Assert.Equal(["UNCONN 0      0      10.10.2.100:5000 0.0.0.0:*", "nc: recvfrom: Software caused connection abort"],
            Lab.Printed(transcript, "juliet").Where(line => line.Contains("UNCONN", StringComparison.Ordinal) || line.StartsWith("nc: ", StringComparison.Ordinal)).Select(line => line.TrimEnd()));
    }
}

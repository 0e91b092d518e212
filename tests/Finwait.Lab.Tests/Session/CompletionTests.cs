namespace Finwait.Lab.Tests;

/// <summary>What Tab adds to a line that is being typed.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData(LabLineKind.Shell, "tcpd", 0, "tcpdump")]
    [InlineData(LabLineKind.Shell, "sudo ipt", 5, "iptables iptables-restore iptables-save")]
    [InlineData(LabLineKind.Shell, "tcpdump -i et", 11, "eth1")]
    [InlineData(LabLineKind.Shell, "ping jul", 5, "juliet")]
    [InlineData(LabLineKind.Shell, "tran", 0, "transitions")]
    [InlineData(LabLineKind.Python, "import sock", 7, "socket")]
    [InlineData(LabLineKind.Python, "sock.conn", 0, "sock.connect sock.connect_ex")]
    [InlineData(LabLineKind.Python, "print(sock.getp", 6, "sock.getpeername")]
    [InlineData(LabLineKind.Shell, "nosuch", 0, "")]
    [InlineData(LabLineKind.Shell, "sudo iptables -A INPUT --log-t", 23, "--log-tcp-options --log-tcp-sequence")]
    [InlineData(LabLineKind.Shell, "ss -tan | grep -", 15, "-E -F -c -i -m -n -o -q -v -w")]
    [InlineData(LabLineKind.Shell, "tcpdump -tt", 8, "-tt -ttt -tttt")]
    public void Word_AtItsOwnPrompt_BecomesWhatIsKnown(LabLineKind kind, string before, int start, string expected) => Check(kind, "romeo", before, start, expected);

    // A line may carry its own prompt: what follows completes as behind that one.
    [Theory]
    [InlineData(LabLineKind.Python, "romeo", "juliet$ tcpd", 8, "tcpdump")]
    [InlineData(LabLineKind.Shell, "juliet", "romeo> sock.conn", 7, "sock.connect sock.connect_ex")]
    [InlineData(LabLineKind.Shell, "juliet", "romeo> import sock", 14, "socket")]
    [InlineData(LabLineKind.Shell, "romeo", "juliet> sock.conn", 8, "")] // juliet has no variable of this name
    [InlineData(LabLineKind.Shell, "romeo", "nosuch$ tcpd", 8, "")]
    public void Word_BehindATypedPrompt_BecomesWhatThatHostKnows(LabLineKind kind, string host, string before, int start, string expected) => Check(kind, host, before, start, expected);

    // An option that Tab offers is one that the command knows.
    [Fact]
    public void Options_ThatAreOffered_AreKnownToTheirCommand()
    {
        foreach (string tool in ToolFlags.Tools.Where(tool => tool is not ("kill" or "read" or "jobs" or "gcc")))
        {
            foreach (string flag in ToolFlags.Of(tool).Where(flag => tool != "iptables" || !flag.StartsWith("--", StringComparison.Ordinal))) // those stand behind -m or -j
            {
                string transcript = Lab.Play($"romeo$ {tool} {flag}", "romeo$ ^C");
                Assert.DoesNotMatch("invalid option|unknown option|unrecognized option|illegal option", transcript);
            }
        }
    }

    private static void Check(LabLineKind kind, string host, string before, int start, string expected)
    {
        var session = new LabSession();
        Lab.Play(session, "romeo> import socket", "romeo> sock = socket.socket()");
        IReadOnlyList<string> words = session.Complete(kind, host, before, out int from);
        Assert.Equal((expected, start), (string.Join(' ', words), from));
    }
}

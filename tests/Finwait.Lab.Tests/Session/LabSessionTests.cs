using Finwait.Tcp;

namespace Finwait.Lab.Tests;

/// <summary>Lines, time, and what the lab says when it does not understand.</summary>
public sealed class LabSessionTests
{
    [Theory]
    [InlineData("romeo> sock.close()", LabLineKind.Python, "romeo", "sock.close()")]
    [InlineData("romeo...     pass", LabLineKind.PythonMore, "romeo", "    pass")]
    [InlineData("juliet$ ss -tan", LabLineKind.Shell, "juliet", "ss -tan")]
    [InlineData("juliet$ss", LabLineKind.Shell, "juliet", "ss")]
    [InlineData("juliet<", LabLineKind.Input, "juliet", "")]
    [InlineData("romeo| 12", LabLineKind.Output, "romeo", "12")]
    [InlineData("# a remark", LabLineKind.Note, "", "a remark")]
    [InlineData("  ", LabLineKind.Empty, "", "")]
    [InlineData("wait 3s", LabLineKind.Lab, "", "wait 3s")]
    public void Line_Parsed_IsWhatItsPromptSays(string text, LabLineKind kind, string host, string rest) => Assert.Equal(new LabLine(kind, host, rest), LabLine.Parse(text));

    [Theory]
    [InlineData("nonsense")]
    [InlineData("mercutio> 1 + 1")]
    [InlineData("wait")]
    [InlineData("wait a moment")]
    [InlineData("wait -3s")]
    [InlineData("wait 1e99s")]
    [InlineData("at soon")]
    [InlineData("network moon")]
    [InlineData("delay x")]
    [InlineData("save nosuch.pcap")]
    [InlineData("romeo< hello")]
    public void Line_NotUnderstood_SaysWhatWouldBeRight(string line)
    {
        var session = new LabSession();

        Assert.Equal(LabVerdict.NotUnderstood, session.Execute(line));
        Assert.NotEqual("", session.Complaint);
        Assert.DoesNotContain("\n", session.Complaint, StringComparison.Ordinal);
    }

    [Fact]
    public void Transcript_WithALineNotUnderstood_NamesItsNumberAndGoesOn()
    {
        var output = new StringWriter();
        var error = new StringWriter();

        int status = LabTranscript.Play(new LabSession(), ["romeo> 1", "rubbish", "romeo> 2"], output, error);

        Assert.Equal(LabTranscript.WrongUsage, status);
        Assert.StartsWith("line 2: 'rubbish' is no command of the lab", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(["1", "2"], Lab.Printed(output.ToString(), "romeo"));
    }

    [Fact]
    public void Wait_ForASpan_MovesTheClockByIt()
    {
        var session = new LabSession();

        session.Execute("wait 3s");

        Assert.Equal(Instant.Zero + TimeSpan.FromSeconds(3), session.Now);
    }

    [Fact]
    public void WaitNext_WithABlockedSyn_GoesToTheNextRetransmission()
    {
        string transcript = Lab.Play(
            "juliet$ iptables -A INPUT -p tcp -j DROP", "romeo> import socket", "romeo> s = socket.socket()", "romeo> s.connect(('juliet', 4000))", "romeo$ ss -tano", "wait next", "romeo$ ss -tano", "wait next", "romeo$ ss -tano");

        Assert.Equal(["0", "1", "2"], Lab.Printed(transcript, "romeo").Where(line => line.Contains("timer:(on,", StringComparison.Ordinal)).Select(line => line.TrimEnd()[^2..^1]));
    }

    [Fact]
    public void Step_AfterAConnect_ShowsOnePacketAtATime()
    {
        string transcript = Lab.Play("juliet$ nc -l 4000", "network slow", "juliet$ nc -l 4000", "romeo$ nc -N juliet 4000", "step", "step");

        Assert.Contains("ARP, Request who-has 10.10.2.100 tell 10.10.2.1", transcript, StringComparison.Ordinal);
    }

    [Fact]
    public void Connect_OverASlowLink_StaysInSynSentUntilTimePasses()
    {
        string[] romeo = Lab.Printed(
            Lab.Play("network slow", "juliet$ nc -l 4000", "romeo> import socket", "romeo> s = socket.socket()", "romeo> s.connect(('juliet', 4000))", "romeo$ ss -tan", "wait 3s", "romeo$ ss -tan"), "romeo");

        Assert.Contains(romeo, line => line.StartsWith("SYN-SENT", StringComparison.Ordinal));
        Assert.Contains(romeo, line => line.StartsWith("ESTAB", StringComparison.Ordinal));
    }

    [Fact]
    public void Accept_ThatWaits_IsInterruptedByCtrlC()
    {
        string transcript = Lab.Play("juliet> import socket", "juliet> s = socket.socket()", "juliet> s.bind(('', 4000)); s.listen()", "juliet> s.accept()", "juliet> 1 + 1", "juliet> ^C", "juliet> 2 + 2");

        Assert.Contains("lab| juliet: accept() waits", transcript, StringComparison.Ordinal);
        Assert.Contains("juliet| KeyboardInterrupt", transcript, StringComparison.Ordinal);
        Assert.EndsWith("juliet| 4\n", transcript, StringComparison.Ordinal);
        Assert.DoesNotContain("juliet| 2\n", transcript, StringComparison.Ordinal);
    }

    [Fact]
    public void Accept_ThatWaits_ReturnsWhenTheOtherHostConnects()
    {
        string transcript = Lab.Play(
            "juliet> import socket", "juliet> s = socket.socket()", "juliet> s.bind(('', 4000)); s.listen()", "juliet> c, a = s.accept()", "wait 5s", "romeo> import socket", "romeo> s = socket.create_connection(('juliet', 4000))", "juliet> a[0]");

        Assert.Contains("juliet: the call returned after 5.", transcript, StringComparison.Ordinal);
        Assert.EndsWith("juliet| '10.10.1.100'\n", transcript, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_OfACapture_HandsOverAFileThatStartsAsPcap()
    {
        var session = new LabSession();
        foreach (string line in new[] { "romeo$ tcpdump -i eth1 -w a.pcap", "romeo$ ping -c 1 juliet", "save romeo:a.pcap as b.pcap" })
        {
            Assert.Equal(LabVerdict.Done, session.Execute(line));
        }

        (string name, byte[] content, bool force) = Assert.Single(session.TakeSavedFiles());
        Assert.Equal(("b.pcap", false), (name, force));
        Assert.Equal([0xD4, 0xC3, 0xB2, 0xA1], content[..4]);
        Assert.Equal(4, FrameTexts.Of(content).Count);
    }

    [Fact]
    public void Sysctl_Written_ChangesWhatTheHostDoes()
    {
        string[] romeo = Lab.Printed(Lab.Play("romeo$ sysctl net.ipv4.tcp_syn_retries", "romeo$ sysctl -w net.ipv4.tcp_timestamps=0", "juliet$ tcpdump -n -t -c 1 tcp", "romeo$ nc -z juliet 4000", "romeo$ sysctl net.ipv4.nosuch", "romeo$ sysctl net.ipv4.tcp_sack=x"), "romeo");

        Assert.Equal(
            ["net.ipv4.tcp_syn_retries = 6", "net.ipv4.tcp_timestamps = 0", "sysctl: cannot stat /proc/sys/net/ipv4/nosuch: No such file or directory", "sysctl: setting key \"net.ipv4.tcp_sack\": Invalid argument"],
            romeo);
        Assert.Contains("options [mss 1460,nop,nop,sackOK,nop,wscale 7]", Lab.Play("romeo$ sysctl -w net.ipv4.tcp_timestamps=0", "juliet$ tcpdump -n -t tcp", "romeo$ nc -z juliet 4000"), StringComparison.Ordinal);
    }
}

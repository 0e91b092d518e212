using System.Text.RegularExpressions;

namespace Finwait.Lab.Tests;

/// <summary>The memory of sockets, as ss -m shows it, against the kernel's books in the same experiments.</summary>
public sealed partial class SocketMemoryTests
{
    // What a run says after each line is state, Recv-Q, Send-Q and skmem of every socket that is no remains (tests/golden/tool-text/ss-memory.txt, Linux 6.18).
    [Fact]
    public void SsM_EachCallOfARun_CountsAsTheKernelDoes()
    {
        var session = new LabSession();
        ToolSection[] sections = [.. ToolGolden.Sections("ss-memory.txt")];
        Assert.True(sections.Length > 60, $"{sections.Length} lines");
        Lab.Play(session, "romeo> import socket", "juliet> import socket");
        foreach (ToolSection section in sections)
        {
            string transcript = Lab.Play(session, section.Command.StartsWith("romeo> for", StringComparison.Ordinal) ? [section.Command, "romeo> "] : [section.Command]);
            Assert.DoesNotContain("Traceback", transcript, StringComparison.Ordinal);
            if (section.Output.Length > 0)
            {
                Assert.Equal(section.Where + "\n" + WithoutGrowth(section.Output), section.Where + "\n" + WithoutGrowth(Rows(session, "romeo") + Rows(session, "juliet")));
            }
        }
    }

    // The words stand on a second line behind a tab, before those of -i; half-open connections and remains have none, and the line is there all the same.
    [Fact]
    public void SsM_WithOtherOptions_StandsWhereSsPutsIt()
    {
        string transcript = Lab.Play(
            "romeo> import socket", "juliet> import socket", "juliet> l = socket.socket(); l.bind(('10.10.2.100', 4000)); l.listen(5)", "juliet$ ss -ltm", "juliet$ ss -m state listening",
            "juliet$ ss -tlmoeiH", "juliet$ ss -tlmOH", "romeo$ iptables -A INPUT -p tcp -j DROP", "romeo> c = socket.socket(); c.setblocking(False); c.connect_ex(('10.10.2.100', 4000))", "juliet$ ss -tamH");
        Assert.Equal(
            [
                "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess", "LISTEN 0      5        10.10.2.100:4000      0.0.0.0:*   ", "\t skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d0)",
                "Netid Recv-Q Send-Q Local Address:Port Peer Address:PortProcess", "tcp   0      5        10.10.2.100:4000      0.0.0.0:*   ", "\t skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d0)",
                "LISTEN 0      5      10.10.2.100:4000 0.0.0.0:* ino:1 sk:1 cgroup:/ <->", "\t skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d0) cubic cwnd:10",
                "LISTEN 0      5      10.10.2.100:4000 0.0.0.0:* skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d0)",
                "LISTEN   0      5      10.10.2.100:4000     0.0.0.0:*    ", "\t skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d0)", "SYN-RECV 0      0      10.10.2.100:4000 10.10.1.100:49216", "\t                                               ",
            ],
            Lab.Printed(transcript, "juliet").Where(line => line.Length > 0));
    }

    // The lab's send buffer grows as soon as the congestion window does, the kernel's once a program waits for room.
    private static string WithoutGrowth(string rows) => SendBuffer().Replace(rows, "$1,tbN");

    [GeneratedRegex(@"(tcp (?!LISTEN|SYN-SENT).*),tb\d+")]
    private static partial Regex SendBuffer();

    private static string Rows(LabSession session, string host)
    {
        string transcript = Lab.Play(session, $"{host}$ ss -tunamOH");
        return string.Concat(Lab.Printed(transcript, host).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 4 && words[1] != "TIME-WAIT")
            .Select(words => $"{host} {string.Join(' ', words[..4].Concat(words.Where(word => word.StartsWith("skmem", StringComparison.Ordinal))))}\n"));
    }
}

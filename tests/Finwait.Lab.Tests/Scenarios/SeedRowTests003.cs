using System.Text.RegularExpressions;

namespace Finwait.Lab.Tests;

/// <summary>Seed 003, the handshake as old books print it, row by row.</summary>
public sealed class SeedRowTests003
{
    // tcpdump -n -S -t: no names, absolute numbers, no times
    [Fact]
    public void Tcpdump_WithTheNotesFlags_ShowsNumbersWithoutNamesOrTimes()
    {
        var run = new SeedRun();
        run.Type("juliet$ nc -l 23", "juliet$ tcpdump -n -S -t tcp");
        Match[] lines = run.Type("romeo$ nc juliet 23").ShowsSegments("juliet", @"^IP 10\.10\.1\.100\.\d+ > 10\.10\.2\.100\.23: Flags \[S\], seq (?<n>\d+),", @"^IP 10\.10\.2\.100\.23 > 10\.10\.1\.100\.\d+: Flags \[S\.\], seq (?<n>\d+), ack (?<ack>\d+),", @"Flags \[\.\], ack (?<ack>\d+),");
        Assert.Equal((unchecked(lines[0].Number("n") + 1), unchecked(lines[1].Number("n") + 1)), (lines[1].Number("ack"), lines[2].Number("ack")));
    }

    // The old style: the note's three lines
    [Fact]
    public void ClassicStyle_OfTheNotesHandshake_PrintsTheNotesLines()
    {
        (SeedRun run, Seen seen) = SeedRun.Of("old-handshake");
        seen.Shows("romeo", @"^192\.168\.1\.12\.1051 > 192\.168\.1\.11\.23: S 4255483971:4255483971\(0\) win 65535 <mss 1460> \(DF\)$",
            @"^192\.168\.1\.11\.23 > 192\.168\.1\.12\.1051: S 4279842714:4279842714\(0\) ack 4255483972 win 32120 <mss 1460> \(DF\)$", @"^192\.168\.1\.12\.1051 > 192\.168\.1\.11\.23: \. ack 4279842715 win 65535 \(DF\)$");
        Assert.NotNull(run);
    }

    // Initial sequence numbers x and y, acknowledged by x + 1 and y + 1: settable to the book's numbers, with the sums under each arrow
    [Fact]
    public void InitialSequenceNumbers_OfTheNote_AreAcknowledgedPlusOne()
    {
        var run = new SeedRun();
        run.Type("isn romeo 4255483971", "isn juliet 4279842714", "juliet$ nc -l 23", "romeo$ nc juliet 23", "numbers real");
        run.Type("ladder").Shows("lab", "1 SYN seq 4255483971 ", @"2 SYN,ACK seq 4279842714 ack 4255483972 = 4255483971\+1 ", @"3 ACK seq 4255483972 ack 4279842715 = 4279842714\+1 ");
        Assert.Contains("ack 4279842715 = 4279842714+1", run.Picture("ladder.svg"), StringComparison.Ordinal);
    }

    // The mss against the window: a buffer larger than one segment
    [Fact]
    public void MssAndWindow_ToldApart_ByTextAndBySegments()
    {
        (SeedRun run, Seen seen) = SeedRun.Of("window-and-mss");
        int[] lengths = [.. seen.By("romeo").Select(line => Regex.Match(line, @"^192\.168\.1\.12\..*\((?<n>\d+)\) ack")).Where(match => match.Success).Select(match => (int)match.Number("n"))];
        Assert.Equal((5000, 1460), (lengths.Sum(), lengths.Max()));
        run.Type("help tcp.options.mss_val", "help tcp.window_size").Shows("lab", @"in one segment; .*RFC 9293 §3\.7\.1", @"has room for.*RFC 9293 §3\.8\.6");
    }

    // The DF bit and what it asks for; a link with a small MTU brings the answer of ICMP
    [Fact]
    public void DontFragment_BeforeASmallLink_BringsTheMessageOfTheRouter()
    {
        (SeedRun run, Seen seen) = SeedRun.Of("dont-fragment");
        seen.Shows("romeo", @"flags \[DF\], proto TCP \(6\), length 1452", @"10\.10\.1\.1 > 10\.10\.1\.100: ICMP 10\.10\.2\.100 unreachable - need to frag \(mtu 600\)", @"proto TCP \(6\), length 600\)");
        run.Type("help ip.flags.df").Shows("lab", @"cannot send it whole drops it and says so \(RFC 791 §3\.1, RFC 1191\)");
        // What was learnt is kept for ten minutes (net.ipv4.route.mtu_expires), and shown.
        run.Type("romeo$ ip route get 10.10.2.100").Shows("romeo", @"^10\.10\.2\.100 via 10\.10\.1\.1 dev eth1 src 10\.10\.1\.100 uid 0", @"^    cache expires 59\dsec mtu 600");
    }

    // telnet to port 23 is the client
    [Fact]
    public void Telnet_ToPort23_IsTheClientOfTheNote()
    {
        var run = new SeedRun();
        run.Type("juliet$ nc -l 23", "juliet$ tcpdump -n -S -t tcp");
        Seen seen = run.Type("romeo$ telnet juliet 23");
        seen.Shows("romeo", @"^Trying 10\.10\.2\.100\.\.\.$", @"^Connected to juliet\.$", @"^Escape character is '\^\]'\.$");
        seen.Shows("juliet", @"> 10\.10\.2\.100\.23: Flags \[S\]", @"Flags \[S\.\]", @"Flags \[\.\]");
        Assert.Contains("hello", run.Type("romeo< hello").By("juliet").Select(line => line.Trim()));
        run.Type("romeo< ^]", "romeo< quit").Shows("romeo", "^Connection closed\\.$|^telnet> |Connection closed");
    }
}

namespace Finwait.Lab.Tests;

/// <summary>Seed 000, netcat and tcpdump on two machines, row by row: each line is typed as the post prints it, and shows what it says. A Mac is the client, 192.168.3.1, the server is 192.168.3.3.</summary>
public sealed class SeedRowTests000
{
    private const string Client = @"192\.168\.3\.1\.\d+", Server = @"192\.168\.3\.3\.234";

    private static SeedRun Mac(params string[] lines)
    {
        var run = new SeedRun();
        run.Type("network shared", "personality romeo macos");
        run.Type(lines);
        return run;
    }

    /// <summary>The server listens, tcpdump looks on, and the client has connected.</summary>
    private static SeedRun Connected() => Mac("juliet$ nc -kl $ETH0_IP$ 234", "juliet$ sudo tcpdump tcp -i eth0", "romeo$ nc -v $ETH0_IP$ 234");

    // nc -kl IP PORT: a server that keeps listening, bound to one address
    [Fact]
    public void KeepListening_TwoClientsOneAfterTheOther_ServesBothOnItsAddress()
    {
        SeedRun run = Mac("juliet$ nc -kl $ETH0_IP$ 234");
        run.Type("juliet$ ss -tln").Shows("juliet", @"^LISTEN +0 +1 +192\.168\.3\.3:234 +0\.0\.0\.0:\*");
        Assert.Contains("first", run.Type("romeo$ nc $ETH0_IP$ 234", "romeo< first", "romeo$ ^C", "wait 1s").By("juliet"));
        Assert.Contains("second", run.Type("romeo$ nc $ETH0_IP$ 234", "romeo< second").By("juliet"));
        run.Type("juliet$ nc -v -z 127.0.0.1 234").Shows("juliet", "^nc: connect to 127.0.0.1 port 234 \\(tcp\\) failed: Connection refused$");
    }

    // nc -v IP PORT: a client that says what came of it: succeeded, refused, timed out
    [Fact]
    public void VerboseClient_OfEachResult_SaysIt()
    {
        SeedRun run = Mac("juliet$ nc -kl $ETH0_IP$ 234");
        run.Type("romeo$ nc -v -z $ETH0_IP$ 234").Shows("romeo", @"^Connection to 192\.168\.3\.3 234 port \[tcp/\*\] succeeded!$");
        run.Type("romeo$ nc -v $ETH0_IP$ 235").Shows("romeo", @"^nc: connect to 192\.168\.3\.3 port 235 \(tcp\) failed: Connection refused$");
        run.Type("juliet$ iptables -A INPUT -p tcp --dport 236 -j DROP", "romeo$ nc -v -w 2 $ETH0_IP$ 236", "wait 3s").Shows("romeo", @"^nc: connect to 192\.168\.3\.3 port 236 \(tcp\) timed out: Operation now in progress$");
    }

    // A live capture on a chosen interface with a filter
    [Fact]
    public void Capture_OfTcpOnOneInterface_LeavesOutTheRest()
    {
        SeedRun run = Mac("juliet$ sudo tcpdump tcp -i eth0", "juliet$ nc -kl $ETH0_IP$ 234 &");
        Seen seen = run.Type("romeo$ ping -c 1 $ETH0_IP$", "juliet$ nc -z 127.0.0.1 22", "romeo$ nc -z $ETH0_IP$ 234");
        Assert.All(seen.By("juliet").Where(line => line.Contains(" IP ", StringComparison.Ordinal)), line => Assert.Matches($"IP ({Client} > {Server}|{Server} > {Client}): Flags", line));
        Assert.Contains(seen.By("juliet"), line => line.Contains("Flags [S]", StringComparison.Ordinal));
    }

    // The line of tcpdump: time, a.port > b.port:, flags, seq, ack, win, options, length
    [Fact]
    public void LineOfTcpdump_Read_HasItsPartsInTheirOrder() =>
        Connected().Type("romeo< x").ShowsSegments("juliet",
            $@"^\d\d:\d\d:\d\d\.\d{{6}} IP {Client} > {Server}: Flags \[P\.\], seq 1:3, ack 1, win 2058, options \[nop,nop,TS val \d+ ecr \d+\], length 2$",
            $@"^\d\d:\d\d:\d\d\.\d{{6}} IP {Server} > {Client}: Flags \[\.\], ack 3, win 510, options \[nop,nop,TS val \d+ ecr \d+\], length 0$");

    // The letters of the flags, S F P R U W E and the point, and their combinations; what each means
    [Fact]
    public void FlagLetters_OfEachKind_AreShownAndExplained()
    {
        var run = new SeedRun();
        Seen seen = run.Type("romeo$ sysctl -w net.ipv4.tcp_ecn=1", "juliet$ tcpdump -n -i eth1 tcp &", "juliet> import socket", "juliet> l = socket.create_server(('', 4000))",
            "romeo> import socket", "romeo> s = socket.create_connection(('10.10.2.100', 4000))", "juliet> c, a = l.accept()", "romeo> s.send(b'x')", "romeo> s.send(b'!', socket.MSG_OOB)", "romeo> s.shutdown(socket.SHUT_WR)",
            "juliet> c.close()", "romeo$ nc -z juliet 1");
        seen.Shows("juliet", @"Flags \[SEW\]", @"Flags \[S\.E\]", @"Flags \[\.\]", @"Flags \[P\.\]", @"Flags \[P\.U\]", @"Flags \[F\.\]", @"Flags \[R\.\]");
        run.Type("packet 1 tcp.flags").Shows("lab", @"CWR: set", @"RFC 3168", @"ECE: set", @"URG: not set", "ACK: not set", "PSH: not set", "RST: not set", "SYN: set", @"Opens: .*RFC 9293 §3\.5", "FIN: not set", "Closes: ");
    }

    // Options in the order of the wire, with nop and eol
    [Fact]
    public void Options_OfAMac_StandInTheOrderOfTheWire()
    {
        SeedRun run = Connected();
        run.Type("packet 1 tcp.options").Shows("lab", "Maximum segment size: 1460", "No operation", "Window scale: 6", "No operation", "No operation", "Timestamps: ", "SACK permitted", "End of the options");
        // The octets: kinds 2, 1, 3, 1, 1, 8, 4 and 0 (IANA's list), each with its length.
        run.Type("packet 1 tcp.options").Shows("lab", "02 04 05 b4 01 03 03 06 01 01 08 0a", "04 02 00 00");
    }

    // The styles of two systems side by side
    [Fact]
    public void Handshake_OfMacAndLinux_HasTheOptionsOfBoth() =>
        Mac("juliet$ nc -kl $ETH0_IP$ 234", "juliet$ sudo tcpdump tcp -i eth0").Type("romeo$ nc -v $ETH0_IP$ 234").Shows("juliet",
            @"Flags \[S\], seq \d+, win 65535, options \[mss 1460,nop,wscale 6,nop,nop,TS val \d+ ecr 0,sackOK,eol\], length 0$",
            @"Flags \[S\.\], seq \d+, ack \d+, win 65160, options \[mss 1460,sackOK,TS val \d+ ecr \d+,nop,wscale 7\], length 0$");

    // The three-way handshake: SYN, SYN-ACK, ACK
    [Fact]
    public void Handshake_WithNetcat_IsThreeSegmentsThatAnswerEachOther()
    {
        System.Text.RegularExpressions.Match[] shown = Mac("juliet$ nc -kl $ETH0_IP$ 234", "juliet$ sudo tcpdump tcp -S -i eth0").Type("romeo$ nc -v $ETH0_IP$ 234").ShowsSegments("juliet",
            $@"{Client} > {Server}: Flags \[S\], seq (?<seq>\d+), ", $@"{Server} > {Client}: Flags \[S\.\], seq (?<seq>\d+), ack (?<ack>\d+), ", $@"{Client} > {Server}: Flags \[\.\], ack (?<ack>\d+), ");
        Assert.Equal(unchecked(shown[0].Number("seq") + 1), shown[1].Number("ack"));
        Assert.Equal(unchecked(shown[1].Number("seq") + 1), shown[2].Number("ack"));
    }

    // The window after the SYN is not scaled as it is shown, 2058 times 2^6 and 510 times 2^7: both next to each other
    [Fact]
    public void Window_AfterTheHandshake_StandsRawAndScaled()
    {
        SeedRun run = Connected();
        run.Type("juliet<");
        Seen seen = run.Type("romeo< asdfasdfasdfasdfasdf", "packet 3 tcp.window_size", "packet 7 tcp.window_size");
        seen.Shows("juliet", @"Flags \[P\.\].* win 2058,", @"Flags \[\.\].* win 510,");
        seen.Shows("lab", "^Window: 131712 octets", "In the packet: 2058; times 64, the scale of the handshake", "^Window: 65280 octets", "In the packet: 510; times 128, the scale of the handshake");
        Assert.Equal((131712, 65280), (2058 << 6, 510 << 7));
    }

    // Sequence numbers are relative after the handshake; both numbers on demand
    [Fact]
    public void SequenceNumbers_AfterTheHandshake_AreCountedOrReal()
    {
        SeedRun run = Connected();
        run.Type("romeo< asdfasdfasdfasdfasdf").Shows("juliet", @"seq 1:22, ack 1,", @"ack 22,");
        System.Text.RegularExpressions.Match[] numbers = run.Type("packet 1", "packet 4").Shows("lab", @"In the packet: (?<n>\d+)  \[tcp\.seq_raw\]", @"Sequence number: 1 \(counted from the start\)", @"In the packet: (?<n>\d+)  \[tcp\.seq_raw\]");
        Assert.Equal(unchecked(numbers[0].Number("n") + 1), numbers[2].Number("n"));
    }

    // Refused: the SYN is answered by RST-ACK with seq 0 and win 0
    [Fact]
    public void Refusal_WithoutAServer_IsAResetThatAcknowledgesTheSyn()
    {
        System.Text.RegularExpressions.Match[] shown = Mac("juliet$ sudo tcpdump tcp -i eth0").Type("romeo$ nc -v $ETH0_IP$ 234").ShowsSegments("juliet",
            $@"{Client} > {Server}: Flags \[S\], seq (?<seq>\d+), win 65535, ", $@"{Server} > {Client}: Flags \[R\.\], seq 0, ack (?<ack>\d+), win 0, length 0$");
        Assert.Equal(unchecked(shown[0].Number("seq") + 1), shown[1].Number("ack"));
    }

    // Data pushed both ways
    [Fact]
    public void Data_PushedBothWays_IsNumberedByItsOctets()
    {
        SeedRun run = Connected();
        run.Type("juliet<").ShowsSegments("juliet", $@"{Server} > {Client}: Flags \[P\.\], seq 1:2, ack 1, win 510, .*length 1$", $@"{Client} > {Server}: Flags \[\.\], ack 2, win 2058, .*length 0$");
        Seen line = run.Type("romeo< asdfasdfasdfasdfasdf");
        line.ShowsSegments("juliet", $@"{Client} > {Server}: Flags \[P\.\], seq 1:22, ack 2, win 2058, .*length 21$", $@"{Server} > {Client}: Flags \[\.\], ack 22, win 510, .*length 0$");
        Assert.Contains("asdfasdfasdfasdfasdf", line.By("juliet"));
        run.Type("help tcp.flags.push").Shows("lab", @"RFC 9293 §3\.9\.1\.2");
    }

    // The server closes: FIN, ACK, FIN, ACK
    [Fact]
    public void Close_ByTheServer_TakesFourSegments()
    {
        SeedRun run = Connected();
        run.Type("juliet<", "romeo< asdfasdfasdfasdfasdf");
        run.Type("juliet$ ^C nc").ShowsSegments("juliet",
            $@"{Server} > {Client}: Flags \[F\.\], seq 2, ack 22, win 510, .*length 0$", $@"{Client} > {Server}: Flags \[\.\], ack 3, win 2058, .*length 0$",
            $@"{Client} > {Server}: Flags \[F\.\], seq 22, ack 3, win 2058, .*length 0$", $@"{Server} > {Client}: Flags \[\.\], ack 23, win 510, .*length 0$");
    }

    // The client closes: three segments, the FIN carries the acknowledgment; why
    [Fact]
    public void Close_ByTheClient_TakesThreeSegmentsAndIsExplained()
    {
        SeedRun run = Connected();
        run.Type("romeo$ ^C").ShowsSegments("juliet",
            $@"{Client} > {Server}: Flags \[F\.\], seq 1, ack 1, win 2058, .*length 0$", $@"{Server} > {Client}: Flags \[F\.\], seq 1, ack 2, win 510, .*length 0$", $@"{Client} > {Server}: Flags \[\.\], ack 2, win 2058, .*length 0$");
        run.Type("why 5").Shows("lab", "^packet 5, juliet to romeo .*: FIN,ACK seq 1 ack 2", "because juliet's nc -kl .* called (close|shutdown)\\(\\)");
    }

    // The clock of each host ticks in the time stamps, and is echoed by the other
    [Fact]
    public void Timestamps_OneSecondLater_HaveGrownByAThousand()
    {
        SeedRun run = Connected();
        System.Text.RegularExpressions.Match[] first = run.Type("romeo< a").Shows("juliet", @"\[P\.\].*TS val (?<val>\d+) ecr (?<ecr>\d+)", @"\[\.\].*TS val (?<val>\d+) ecr (?<ecr>\d+)");
        System.Text.RegularExpressions.Match[] later = run.Type("wait 1s", "romeo< b").Shows("juliet", @"\[P\.\].*TS val (?<val>\d+) ecr (?<ecr>\d+)", @"\[\.\].*TS val (?<val>\d+) ecr (?<ecr>\d+)");
        Assert.InRange(unchecked(later[0].Number("val") - first[0].Number("val")), 1000u, 1300u); // milliseconds, and the time of the lines
        Assert.InRange(unchecked(later[1].Number("val") - first[1].Number("val")), 1000u, 1300u);
        Assert.Equal((first[0].Number("val"), first[1].Number("val"), later[0].Number("val")), (first[1].Number("ecr"), later[0].Number("ecr"), later[1].Number("ecr")));
    }

    // ifconfig and ip addr find one's address
    [Theory]
    [InlineData("juliet$ ifconfig", @"inet 192\.168\.3\.3 +netmask 255\.255\.255\.0 +broadcast 192\.168\.3\.255")]
    [InlineData("juliet$ ip addr", @"inet 192\.168\.3\.3/24 brd 192\.168\.3\.255 scope global")]
    public void OwnAddress_AskedFor_IsShown(string line, string shown) => Mac().Type(line).Shows("juliet", shown);

    // Lines of ARP in the capture
    [Fact]
    public void Capture_OfTheFirstPacket_BeginsWithArp() =>
        Mac("juliet$ sudo tcpdump -i eth0").Type("romeo$ nc -v $ETH0_IP$ 234").Shows("juliet", @"ARP, Request who-has 192\.168\.3\.3 tell 192\.168\.3\.1, length 28$", @"ARP, Reply 192\.168\.3\.3 is-at 02:00:00:00:03:03", @"IP .*Flags \[S\]");
}

using System.Text.RegularExpressions;

namespace Finwait.Lab.Tests;

/// <summary>Seed 004, sockets and the state diagram on romeo and juliet, row by row: what the exercise types and shows.</summary>
public sealed class SeedRowTests004
{
    private const string Sockets = "ss -t -o state all -ipn src 10.10.0.0/16";
    private const string Client = @"10\.10\.1\.100\.\d+", Server = @"10\.10\.2\.100\.4000";

    /// <summary>Sockets on both hosts, as the exercise makes them.</summary>
    private static SeedRun Opened(params string[] lines)
    {
        var run = new SeedRun();
        run.Type("romeo> import socket", "romeo> sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM) ", "juliet> import socket", "juliet> sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM) ");
        run.Type(lines);
        return run;
    }

    /// <summary>Connected, before accept().</summary>
    private static SeedRun Connected(params string[] lines)
    {
        SeedRun run = Opened("juliet> sock.bind(('10.10.2.100', 4000))", "juliet> sock.listen()");
        run.Type(lines);
        run.Type("romeo> sock.connect(('10.10.2.100', 4000))");
        return run;
    }

    // romeo and juliet on their networks with a router between; names and interfaces
    [Fact]
    public void Topology_OfTheExercise_IsThereWithItsNames()
    {
        var run = new SeedRun();
        run.Type("romeo$ ip addr show eth1", "juliet$ ip addr show eth1").Shows("romeo", @"inet 10\.10\.1\.100/24 ");
        run.Type("juliet$ ip addr show eth1").Shows("juliet", @"inet 10\.10\.2\.100/24 ");
        run.Type("romeo$ traceroute -n juliet").Shows("romeo", @"^ 1  10\.10\.1\.1 ", @"^ 2  10\.10\.2\.100 ");
        run.Type("juliet$ ping -c 1 romeo").Shows("juliet", @"^64 bytes from romeo \(10\.10\.1\.100\): icmp_seq=1 ttl=63");
        run.Type("romeo$ hostname -s").Shows("romeo", "^romeo$");
    }

    // Three sessions on each host: Python, tcpdump, ss and lsof
    [Fact]
    public void Sessions_ThreeOnEachHost_StandSideBySide()
    {
        string[] screen = SeedScreens.Run(new LabSession(), new FakeTerminal(121, 41).Type("romeo> import socket\nromeo$ tcpdump -i eth1 -n\nromeo$ lsof -n -i tcp\n"));
        string titles = string.Join('\n', screen.Where(row => Regex.IsMatch(row, "[─━]{2} [1-6] ")));
        Assert.All(Enumerable.Range(1, 6), number => Assert.Matches($"[─━]{{2}} {number} {(number <= 3 ? "romeo" : "juliet")}", titles));
        Assert.Contains(screen, row => row.StartsWith("romeo> import socket", StringComparison.Ordinal));
    }

    // One call at a time, typed as printed
    [Fact]
    public void PythonLines_AsPrinted_RunOneCallAtATime()
    {
        SeedRun run = Connected("juliet$ sudo tcpdump -i EXPIFACE1 -SnvX tcp");
        run.Type("juliet> conn_sock, conn_addr = sock.accept()");
        Assert.Contains("12", run.Type("romeo> sock.send(b\"Hello juliet\")").By("romeo"));
        Assert.Contains("b'Hello juliet'", run.Type("juliet> conn_sock.recv(1024)").By("juliet"));
        Assert.Contains("11", run.Type("juliet> conn_sock.send(b\"Hello romeo\")").By("juliet"));
        Assert.Contains("b'Hello romeo'", run.Type("romeo> sock.recv(1024)").By("romeo"));
    }

    // socket() sends nothing and is in no list; the coach says so
    [Fact]
    public void SocketCall_Alone_SendsNothingAndIsInNoList()
    {
        var run = new SeedRun();
        Seen seen = run.Type("coach on", "romeo$ tcpdump -n -i eth1 &", "romeo> import socket", "romeo> sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)");
        seen.ShowsNo("romeo", " IP | ARP");
        seen.Shows("coach", "^socket\\(\\) sent nothing: .*neither ss nor lsof");
        Assert.Empty(run.Type("romeo$ lsof -n -i tcp").By("romeo"));
        Assert.Empty(run.Type("romeo$ " + Sockets).Sockets("romeo"));
    }

    // tcpdump -i IF -SnvX tcp: the line of IP, and octets as hexadecimal and text
    [Fact]
    public void Tcpdump_WithTheExercisesFlags_ShowsIpLineAndOctets()
    {
        SeedRun run = Opened("juliet$ sudo tcpdump -i EXPIFACE1 -SnvX tcp");
        Seen seen = run.Type("romeo> sock.connect(('10.10.2.100', 4000))");
        Match[] shown = seen.Shows("juliet", @"^\d\d:\d\d:\d\d\.\d{6} IP \(tos 0x0, ttl 63, id (?<id>\d+), offset 0, flags \[DF\], proto TCP \(6\), length 60\)$",
            $@"^    {Client} > {Server}: Flags \[S\], cksum 0x[0-9a-f]{{4}} \(correct\), seq \d+, win 64240, options \[mss 1460,sackOK,TS val \d+ ecr 0,nop,wscale 7\], length 0$",
            @"^\t0x0000:  4500 003c (?<hex>[0-9a-f]{4}) 4000 3f06 [0-9a-f]{4} 0a0a 0164  E\.\.<");
        Assert.Equal(shown[0].Number("id"), Convert.ToUInt32(shown[2].Groups["hex"].Value, 16)); // the line and the octets say the same
    }

    // tcpdump -w $(hostname -s)-x.pcap, and tcpdump -SnXr of that file
    [Fact]
    public void CaptureFile_WrittenAndReadBack_HasTheSameSegments()
    {
        SeedRun run = Opened("romeo$ sudo tcpdump -i EXPIFACE1 -w $(hostname -s)-tcp-connection-refused.pcap ", "romeo> sock.connect(('10.10.2.100', 4000))");
        run.Type("romeo$ ^C").Shows("romeo", "^[24] packets captured$");
        run.Type("romeo$ tcpdump -SnXr $(hostname -s)-tcp-connection-refused.pcap ").ShowsSegments("romeo", @"Flags \[S\], seq \d+,", @"Flags \[R\.\], seq 0, ack \d+, win 0");
    }

    // The file goes to one's own machine, with checksums that are right
    [Fact]
    public void CaptureFile_HandedOver_HasRightChecksums()
    {
        SeedRun run = Connected("romeo$ sudo tcpdump -i eth1 -w $(hostname -s)-tcp-connection-establishment.pcap ");
        run.Type("romeo> sock.send(b\"Hello juliet\")", "romeo$ ^C");
        var saved = new List<LabSavedFile>();
        LabTranscript.Play(run.Session, ["save romeo:romeo-tcp-connection-establishment.pcap"], TextWriter.Null, TextWriter.Null, handed =>
        {
            saved.Add(handed);
            return null;
        });
        Assert.Equal("romeo-tcp-connection-establishment.pcap", Assert.Single(saved).Name);
        Assert.Equal((byte[])[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0], saved[0].Content[..8]); // 0xa1b2c3d4 in the order of this machine, version 2.4: the pcap format's own definition
        Seen read = run.Type("romeo$ tcpdump -nvr romeo-tcp-connection-establishment.pcap tcp");
        Assert.Equal(5, read.By("romeo").Count(line => line.Contains("(correct)", StringComparison.Ordinal)));
        read.ShowsNo("romeo", "incorrect|bad cksum");
    }

    // scp, which the exercise uses for it: there is no machine to copy to, and the lab names what does it
    [Fact]
    public void Scp_Typed_NamesWhatHandsTheFileOver()
    {
        SeedRun run = Opened("romeo$ sudo tcpdump -i eth1 -w romeo-x.pcap &", "romeo> sock.connect(('10.10.2.100', 4000))", "romeo$ ^C tcpdump");
        Seen seen = run.Type("romeo$ scp romeo-x.pcap me@laptop:");
        seen.Shows("romeo", "scp: command not found$");
        seen.Shows("lab", "save romeo:romeo-x\\.pcap");
    }

    // lsof -n -i tcp: descriptor, LISTEN, ESTABLISHED
    [Fact]
    public void Lsof_OfBothHosts_ShowsDescriptorsAndStates()
    {
        SeedRun run = Connected();
        run.Type("romeo$ lsof -n -i tcp").Shows("romeo", "^COMMAND +PID +USER +FD +TYPE +DEVICE +SIZE/OFF +NODE +NAME$", @"^python3 +\d+ +root +3u +IPv4 +\d+ +0t0 +TCP 10\.10\.1\.100:\d+->10\.10\.2\.100:4000 \(ESTABLISHED\)$");
        Assert.Equal(2, run.Type("juliet$ lsof -n -i tcp").By("juliet").Length); // the heading and LISTEN: nobody has called accept()
        run.Type("juliet> conn_sock, conn_addr = sock.accept()");
        run.Type("juliet$ lsof -n -i tcp").Shows("juliet", @" 3u .*TCP 10\.10\.2\.100:4000 \(LISTEN\)$", @" 4u .*TCP 10\.10\.2\.100:4000->10\.10\.1\.100:\d+ \(ESTABLISHED\)$");
    }

    // ss -t -o state all -ipn src …: queues, timers, processes, what TCP knows; and its filter of addresses
    [Fact]
    public void Ss_WithTheExercisesOptions_ShowsQueuesTimersProcessesAndTcp()
    {
        SeedRun run = Connected("romeo$ tc qdisc add dev eth1 root netem delay 300ms");
        run.Type("wait 2s", "juliet$ iptables -A OUTPUT -p tcp -j DROP", "romeo> sock.send(b\"Hello juliet\")");
        // The round trip: 300 ms each for the ARP request that the SYN waits for and for the SYN.
        run.Type("romeo$ " + Sockets).Shows("romeo", @"^State +Recv-Q +Send-Q +Local Address:Port +Peer Address:Port *Process", @"^ESTAB +0 +12 +10\.10\.1\.100:\d+ +10\.10\.2\.100:4000 +users:\(\(""python3"",pid=\d+,fd=3\)\) timer:\(on,",
            @"^\t .*cubic wscale:7,7 rto:\d+ rtt:600[^ ]*/[^ ]* .*mss:1448 pmtu:1500 .*cwnd:10 .*unacked:1 ");
        Assert.Empty(run.Type("romeo$ ss -t -o state all -ipn src 10.11.0.0/16").Sockets("romeo"));
    }

    // The refusal reaches the program, with its number
    [Fact]
    public void Refusal_OfAConnection_ReachesTheProgram()
    {
        SeedRun run = Opened();
        run.Type("romeo> sock.connect(('10.10.2.100', 4000))").Shows("romeo", "^Traceback", "^ConnectionRefusedError: \\[Errno 111\\] Connection refused$");
        run.Type("romeo> import errno", "romeo> s = socket.socket()", "romeo> print(s.connect_ex(('10.10.2.100', 4000)) == errno.ECONNREFUSED)").Shows("romeo", "^True$");
    }

    // UDP to a closed port is answered by ICMP, TCP by a reset
    [Fact]
    public void ClosedPort_OfUdpAndTcp_IsToldByIcmpAndByAReset()
    {
        (SeedRun run, Seen seen) = SeedRun.Of("udp-refused");
        seen.Shows("romeo", @"IP 10\.10\.2\.100 > 10\.10\.1\.100: ICMP 10\.10\.2\.100 udp port 4000 unreachable, length 48$", $@"IP {Server} > {Client}: Flags \[R\.\], seq 0, ack \d+, win 0");
        run.Type("packets icmp", "packet 2").Shows("lab", "ICMP port unreachable", @"Internet Control Message Protocol: ICMP port unreachable", @"Type: 3 ", @"Code: 3 ");
    }

    // bind() and listen() send nothing; LISTEN appears
    [Fact]
    public void BindAndListen_Called_SendNothingAndListen()
    {
        SeedRun run = Opened("juliet$ sudo tcpdump -i EXPIFACE1 -SnvX");
        Assert.Empty(run.Type("juliet> sock.bind(('10.10.2.100', 4000))").By("juliet"));
        Assert.Empty(run.Type("juliet$ " + Sockets).Sockets("juliet"));
        Assert.Empty(run.Type("juliet> sock.listen()").By("juliet"));
        run.Type("juliet$ lsof -n -i tcp").Shows("juliet", @"TCP 10\.10\.2\.100:4000 \(LISTEN\)$");
    }

    // The SYN-ACK is sent by the system before accept(): ESTAB in ss, no descriptor in lsof, one waits in the listener's queue
    [Fact]
    public void SynAck_BeforeAccept_IsSentByTheSystem()
    {
        SeedRun run = Opened("juliet> sock.bind(('10.10.2.100', 4000))", "juliet> sock.listen()", "juliet$ sudo tcpdump -i EXPIFACE1 -Sn tcp");
        run.Type("romeo> sock.connect(('10.10.2.100', 4000))").ShowsSegments("juliet", @"Flags \[S\]", @"Flags \[S\.\]", @"Flags \[\.\]");
        run.Type("juliet$ ss -tan").Shows("juliet", @"^LISTEN +1 +\d+ ", @"^ESTAB +0 +0 +10\.10\.2\.100:4000 ");
        run.Type("juliet$ lsof -n -i tcp").ShowsNo("juliet", "ESTABLISHED");
        run.Type("buffers").Shows("lab", @"^juliet's port 4000 listens$", @"^  accept queue  \[#\] +1, open, not accepted by the program: 10\.10\.1\.100:\d+; room for 129 \(backlog 128 and one more\)");
        Seen accepted = run.Type("juliet> conn_sock, conn_addr = sock.accept()");
        accepted.ShowsNo("juliet", "Flags");
        run.Type("buffers").Shows("lab", @"^  accept queue  \[\] +0; ");
        run.Type("juliet$ ss -tan").Shows("juliet", @"^LISTEN +0 +\d+ ");
    }

    // After accept() LISTEN and ESTAB stand together; four numbers make a connection
    [Fact]
    public void Connections_ToOnePort_AreToldApartByAllFourNumbers()
    {
        SeedRun run = Connected();
        run.Type("juliet> conn_sock, conn_addr = sock.accept()", "romeo> other = socket.create_connection(('10.10.2.100', 4000))", "juliet> second, second_addr = sock.accept()");
        string[] rows = [.. run.Type("juliet$ ss -Htan").By("juliet").Select(row => string.Join(' ', row.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        Assert.Equal(3, rows.Length);
        Assert.StartsWith("LISTEN 0 ", rows[0], StringComparison.Ordinal);
        Assert.All(rows[1..], row => Assert.Matches(@"^ESTAB 0 0 10\.10\.2\.100:4000 10\.10\.1\.100:\d+$", row));
        Assert.NotEqual(rows[1], rows[2]);
        run.Type("romeo> sock.send(b'one')", "romeo> other.send(b'two')");
        Assert.Contains("(b'one', b'two')", run.Type("juliet> conn_sock.recv(9), second.recv(9)").By("juliet"));
    }

    // Recv-Q is what has not been read, and falls to 0 after recv(); the ACK comes when the octets arrive
    [Fact]
    public void ReceiveQueue_HoldsWhatIsNotRead_AndTheAckDoesNotWaitForRecv()
    {
        SeedRun run = Connected();
        run.Type("juliet> conn_sock, conn_addr = sock.accept()", "juliet$ sudo tcpdump -i EXPIFACE1 -n -S tcp");
        Match[] shown = run.Type("romeo> sock.send(b\"Hello juliet\")").ShowsSegments("juliet", $@"{Client} > {Server}: Flags \[P\.\], seq (?<from>\d+):(?<to>\d+), .* length 12$", $@"{Server} > {Client}: Flags \[\.\], ack (?<ack>\d+),");
        Assert.Equal((12u, shown[0].Number("to")), (unchecked(shown[0].Number("to") - shown[0].Number("from")), shown[1].Number("ack")));
        Assert.Equal(["LISTEN 0", "ESTAB 12"], run.Type("juliet$ " + Sockets).Sockets("juliet"));
        run.Type("buffers").Shows("lab", @"^text from romeo ", @"^  in juliet's receive buffer, not read \(Recv-Q\) +1 to 12 +12  #+$");
        run.Type("juliet> conn_sock.recv(1024)").ShowsNo("juliet", "Flags");
        run.Type("buffers").Shows("lab", @"^text from romeo ", @"^  read by juliet's program +1 to 12 +12  =+$");
        Assert.Equal(["LISTEN 0", "ESTAB 0"], run.Type("juliet$ " + Sockets).Sockets("juliet"));
    }

    // The numbers of the text: ISN 710726657, its ACK 710726658, six octets, their ACK 710726664; the sum can be checked
    [Fact]
    public void SequenceArithmetic_OfTheText_GivesItsNumbers()
    {
        SeedRun run = Opened("juliet> sock.bind(('10.10.2.100', 4000))", "juliet> sock.listen()", "isn romeo 710726657", "juliet$ sudo tcpdump -i EXPIFACE1 -Sn tcp");
        run.Type("romeo> sock.connect(('10.10.2.100', 4000))", "romeo> sock.send(b'sixsix')").ShowsSegments("juliet", @"\[S\], seq 710726657,", @"\[S\.\], seq \d+, ack 710726658,", @"\[\.\], ack", @"\[P\.\], seq 710726658:710726664,", @"\[\.\], ack 710726664,");
        run.Type("numbers real", "ladder").Shows("lab", @"ack 710726658 = 710726657\+1", @"ack 710726664 = 710726658\+6");
        run.Type("answer 7 4 5").Shows("lab", "^answer 7 is right");
        run.Type("answer 7 4 3").Shows("lab", "^answer 7 is not right");
    }

    // shutdown(SHUT_RDWR): FIN_WAIT2 here and CLOSE_WAIT there, then LAST_ACK and TIME_WAIT; half-close
    [Fact]
    public void Shutdown_OfBothSides_GoesThroughTheStatesOfTheText()
    {
        SeedRun run = Connected();
        run.Type("juliet> conn_sock, conn_addr = sock.accept()", "romeo> sock.shutdown(socket.SHUT_RDWR)");
        Assert.Equal(["FIN-WAIT-2 0"], run.Type("romeo$ " + Sockets).Sockets("romeo"));
        Assert.Contains("CLOSE-WAIT 1", run.Type("juliet$ " + Sockets).Sockets("juliet")); // the FIN that was not read counts one
        run.Type("juliet> conn_sock.shutdown(socket.SHUT_RDWR)", "juliet> sock.close()");
        Assert.Equal(["TIME-WAIT 0"], run.Type("romeo$ " + Sockets).Sockets("romeo"));
        run.Type("transitions teardown").Shows("lab", "server close\\(\\)|server shutdown", "server gets ACK +\\| server LAST_ACK +> CLOSED");

        SeedRun half = Connected();
        half.Type("juliet> conn_sock, conn_addr = sock.accept()", "romeo> sock.shutdown(socket.SHUT_WR)");
        half.Type("romeo> sock.send(b'x')").Shows("romeo", "^BrokenPipeError: \\[Errno 32\\] Broken pipe$");
        half.Type("juliet> conn_sock.send(b'still there')");
        Assert.Contains("b'still there'", half.Type("romeo> sock.recv(99)").By("romeo"));
    }

    // TIME_WAIT lasts or is gone, by the time that has passed; 2 MSL can be set
    [Theory]
    [InlineData("msl 30s", 59, 61)]
    [InlineData("msl 5s", 9, 11)]
    [InlineData("msl 2min", 239, 241)]
    public void TimeWait_OfEachLength_LastsTwiceTheSegmentsLifetime(string line, int still, int gone)
    {
        SeedRun run = Connected(line);
        run.Type("juliet> conn_sock, conn_addr = sock.accept()", "romeo> sock.shutdown(socket.SHUT_RDWR)", "juliet> conn_sock.shutdown(socket.SHUT_RDWR)", $"wait {still - 1}s");
        Assert.Equal(["TIME-WAIT 0"], run.Type("romeo$ " + Sockets).Sockets("romeo"));
        run.Type($"wait {gone - still + 1}s");
        Assert.Empty(run.Type("romeo$ " + Sockets).Sockets("romeo"));
    }

    // Relative against raw sequence numbers: one switch for all
    [Fact]
    public void Numbers_Switched_AreRealEverywhereAtOnce()
    {
        SeedRun run = Connected("isn romeo 710726657");
        run.Type("ladder", "packets", "why 1").Shows("lab", "1 SYN seq 0 ", @"\[SYN\] Seq=0 ", "^packet 1, .*SYN seq 0 ");
        run.Type("numbers real");
        run.Type("ladder", "packets", "why 1").Shows("lab", "1 SYN seq 710726657 ", @"\[SYN\] Seq=710726657 ", "^packet 1, .*SYN seq 710726657 ");
        Assert.Contains("SYN seq 710726657", run.Picture("ladder.svg"), StringComparison.Ordinal);
        Assert.Contains("SYN seq 710726657", run.Session.Page("run"), StringComparison.Ordinal);
    }

    // The default mss of 536, and the options that both ends use
    [Fact]
    public void Options_OfBothEnds_AreShownAndTheDefaultMssIsUsedWithoutOne()
    {
        SeedRun run = Connected();
        run.Type("packet 1 tcp.options", "packet 2 tcp.options").Shows("lab", "Maximum segment size: 1460", @"without it 536, over IPv6 1220 \(RFC 9293 §3\.7\.1\)", "SACK permitted", "Window scale: 7", "Maximum segment size: 1460", "SACK permitted", "Window scale: 7");
        run.Type("answer 3 mss sackOK TS wscale").Shows("lab", "^answer 3 is right");
        run.Type("options").Shows("lab", @"^  option +romeo's SYN \(packet 1\) +juliet's SYN,ACK \(packet 2\) +agreed on", @"^  MSS +1460 +1460 +at most 1448 octets of text to juliet, 1448 to romeo \(12 less for timestamps\)",
            @"^  SACK permitted +yes +yes ", @"^  window scale +7 \(times 128\) +7 \(times 128\) ", "www\\.iana\\.org");
        run.Type("juliet$ sysctl -w net.ipv4.tcp_sack=0", "romeo> other = socket.create_connection(('10.10.2.100', 4000))", "options").Shows("lab", @"^  SACK permitted +yes +yes ", @"^  SACK permitted +yes +no +not used: both have to offer it");
    }

    // The questions of the lab report, each answered with evidence from the run
    [Fact]
    public void LabReport_AnsweredFromTheRun_IsRightInEachQuestion()
    {
        SeedRun run = Opened("romeo> udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "romeo> udp.sendto(b'x', ('juliet', 4000))", "romeo> sock.connect(('10.10.2.100', 4000))");
        run.Type("juliet> sock.bind(('10.10.2.100', 4000))", "juliet> sock.listen()", "romeo> sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)", "romeo> sock.connect(('10.10.2.100', 4000))", "juliet> conn_sock, conn_addr = sock.accept()",
            "romeo> sock.send(b\"Hello juliet\")", "juliet> conn_sock.recv(1024)", "romeo> sock.shutdown(socket.SHUT_RDWR)", "juliet> conn_sock.shutdown(socket.SHUT_RDWR)");
        string[] answers =
        [
            "1 2 4", "2 client CLOSED SYN_SENT ESTABLISHED server CLOSED LISTEN SYN_RCVD ESTABLISHED 5 6 7", "3 mss sackOK TS wscale", "4 connect send shutdown", "5 6", "6 9", "7 8 9",
            "8 client ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED server ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED 10 11 12 13",
        ];
        Assert.All(answers, answer => run.Type("answer " + answer).Shows("lab", $"^answer {answer[0]} is right"));
        Assert.All((string[])["1 3", "5 5", "6 7", "7 8 7"], answer => run.Type("answer " + answer).Shows("lab", $"^answer {answer[0]} is not right"));
    }
}

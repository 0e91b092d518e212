using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Finwait.Lab.Tests;

/// <summary>Seed 001, two Python programs and Wireshark, row by row: what the article types and shows.</summary>
public sealed class SeedRowTests001
{
    private static SeedRun Programs(params string[] before)
    {
        var run = new SeedRun();
        run.Type(before);
        run.Type("romeo$ python server.py");
        return run;
    }

    // The server: socket, bind, listen(1), accept, the recv(1024) loop, the end of the text, close
    [Fact]
    public void Server_OfTheArticle_ListensServesAndEndsWithItsClient()
    {
        var run = new SeedRun();
        run.Type("romeo$ python server.py").Shows("romeo", "^Hey you I'm listening on 7456\\.\\.\\.weird port by the way$");
        run.Type("romeo$ ss -tln").Shows("romeo", @"^LISTEN +0 +1 +127\.0\.0\.1:7456 +0\.0\.0\.0:\*");
        run.Type("romeo$ lsof -n -i tcp").Shows("romeo", @"^python.* TCP 127\.0\.0\.1:7456 \(LISTEN\)$");
        run.Type("romeo$ python client.py").Shows("romeo", @"MSG: b'Hola server, are you bored\?'$");
        Assert.Empty(run.Type("romeo$ lsof -n -i tcp").By("romeo")); // recv() gave b"", and the program has closed and ended
        run.Type("transitions").Shows("lab", @"server gets FIN +\| server ESTAB +> CLOSE_WAIT", @"server close\(\) +\| server CLOSE_WAIT > LAST_ACK");
    }

    // The client: connect, sendall, close
    [Fact]
    public void Client_OfTheArticle_SendsItsMessageAndCloses()
    {
        SeedRun run = Programs("romeo$ tcpdump -i lo -n port 7456 &");
        Seen seen = run.Type("romeo$ python client.py");
        seen.Shows("romeo", "^Sending data\\.\\.\\.$");
        seen.Shows("romeo", @"> 127\.0\.0\.1\.7456: Flags \[P\.\], seq 1:28, ack 1, .*length 27$", @"> 127\.0\.0\.1\.7456: Flags \[F\.\], seq 28,");
    }

    // Traffic of the loopback interface, and its capture: an interface of its own with its own MTU
    [Fact]
    public void Loopback_Captured_HasItsOwnMtuAndStaysInTheHost()
    {
        SeedRun run = Programs("romeo$ tcpdump -i lo -n port 7456 &", "romeo$ tcpdump -i eth1 -n &", "juliet$ tcpdump -n &");
        run.Type("romeo$ ip link show lo").Shows("romeo", @"^\d+: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 ");
        Seen seen = run.Type("romeo$ python client.py");
        // 65536 less the two headers of 20 octets each that the mss leaves out, and a window that is a multiple of nothing: what Linux offers there.
        seen.Shows("romeo", @"IP 127\.0\.0\.1\.\d+ > 127\.0\.0\.1\.7456: Flags \[S\], seq \d+, win 65495, options \[mss 65495,");
        Assert.Empty(seen.By("juliet"));
        run.Type("romeo$ ^C tcpdump").Shows("romeo", "^0 packets captured"); // the newer one, of eth1
        run.Type("romeo$ ^C tcpdump").Shows("romeo", "^8 packets captured");
    }

    // The display filter tcp.port == 7456
    [Fact]
    public void DisplayFilter_OfTheArticle_LeavesThePacketsOfThatPort()
    {
        SeedRun run = Programs();
        run.Type("romeo$ python client.py", "romeo$ nc -z 127.0.0.1 80", "romeo$ ping -c 1 127.0.0.1");
        string[] all = run.Type("packets").By("lab"), chosen = run.Type("packets tcp.port == 7456").By("lab");
        Assert.Equal((1 + 8 + 2 + 2, 1 + 8), (all.Length, chosen.Length)); // a heading, the connection, SYN and RST, echo request and reply
        Assert.All(chosen[1..], line => Assert.Matches(@" TCP +\d+ +(\d+ → 7456|7456 → \d+) \[", line));
    }

    // A list of packets, the chosen one's fields, its octets: three panes in the terminal and on the page
    [Fact]
    public void Panes_ListFieldsAndOctets_AreThereForEachPacket()
    {
        SeedRun run = Programs();
        run.Type("romeo$ python client.py");
        Seen seen = run.Type("packets", "packet 4");
        seen.Shows("lab", "^ No\\. Time", @"^ +4 .*\[PSH, ACK\] Seq=1 Ack=1 .*Len=27", "^Packet 4: 93 octets", "^Ethernet II", "^Internet Protocol version 4, from 127.0.0.1 to 127.0.0.1", @"^Transmission Control Protocol, .* PSH,ACK", @"^0000  ");
        string text = string.Concat(seen.By("lab").Where(line => Regex.IsMatch(line, "^00[0-9a-f]0  ")).Select(line => line[55..].Trim()));
        Assert.EndsWith("Hola server, are you bored?".Replace(" ", "", StringComparison.Ordinal), text.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);

        string page = run.Session.Page("run");
        Assert.Equal(8, Regex.Count(page, "<tr [^>]*data-packet="));
        Assert.Equal(8, Regex.Count(page, "<article [^>]*data-packet="));
    }

    // Of the first SYN: sequence number, acknowledgment, flags set and not set, window, each with its meaning and section
    [Theory]
    [InlineData("tcp.seq", "^Sequence number: 0", @"RFC 9293 §3\.4\)")]
    [InlineData("tcp.ack", "^Acknowledgment number: does not count without ACK", @"The next octet that the sender expects.*RFC 9293 §3\.4\)")]
    [InlineData("tcp.flags", @"^Flags: 0x002 \(SYN\)", @"ACK: not set|SYN: set.*")]
    [InlineData("tcp.window_size", "^Window: 65495 octets", @"has room for: the other end must not have more under way \(RFC 9293 §3\.8\.6, RFC 7323 §2\)")]
    public void FirstSyn_Field_HasItsValueAndMeaning(string field, string value, string meaning)
    {
        SeedRun run = Programs();
        run.Type("romeo$ python client.py");
        run.Type("packet 1 " + field).Shows("lab", value, meaning);
    }

    // "The window size is a hard limit on how many bytes the sender can send without being forced to stop to wait for an acknowledgement."
    [Fact]
    public void Window_OfAReceiverThatDoesNotRead_IsNeverOverrun()
    {
        var run = new SeedRun();
        run.Type("juliet> import socket", "juliet> l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)", "juliet> l.bind(('10.10.2.100', 4000)); l.listen()", "romeo> import socket", "romeo> s = socket.socket()");
        Seen seen = run.Type("romeo$ tcpdump -n -i eth1 tcp &", "romeo> s.connect(('10.10.2.100', 4000))", "romeo> s.send(b'x' * 20000)", "wait 2s");
        (uint edge, uint sent) = (0, 0);
        foreach (string line in seen.By("romeo"))
        {
            // What juliet acknowledges and her window (scale 0 for so small a buffer) make the edge; no octet of romeo's lies behind it.
            Match answer = Regex.Match(line, @"IP 10\.10\.2\.100\.4000 > .*Flags \[\.\], ack (?<ack>\d+), win (?<win>\d+),");
            edge = answer.Success ? answer.Number("ack") + answer.Number("win") : Regex.IsMatch(line, @"Flags \[S\.\].* win 2896,.*wscale 0\]") ? 1 + 2896u : edge;
            if (Regex.Match(line, @"IP 10\.10\.1\.100\.\d+ > .*seq \d+:(?<end>\d+),") is { Success: true } data)
            {
                sent = data.Number("end");
                Assert.True(sent <= edge, $"{sent} lies behind {edge}: {line}");
            }
        }

        Assert.Equal(edge, sent); // and all of it was used
        run.Type("buffers").Shows("lab", @"^text from romeo ", @"^  in juliet's receive buffer, not read \(Recv-Q\) +1 to 5792 ", @"^  in romeo's send buffer, not sent +5793 to 20000 +14208 ");
        run.Type("why nothing").Shows("lab", @"^romeo, .*octets wait: the peer's window is full, SND\.UNA \d+ \+ SND\.WND 0 . SND\.NXT \d+ = 0; .*RFC 9293 §3\.8\.6");
        Assert.Contains("d-edge-right", run.Picture("timeline.svg"), StringComparison.Ordinal);
    }

    // The sketch: SYN, SYN,ACK and ACK with their numbers between client and server, as a ladder and as a drawing
    [Fact]
    public void Sketch_OfTheHandshake_HasTheThreeArrowsWithTheirNumbers()
    {
        SeedRun run = Programs();
        run.Type("romeo$ python client.py");
        run.Type("ladder").Shows("lab", @"romeo, client 127\.0\.0\.1 +romeo, server 127\.0\.0\.1:7456", @"\|-- 1 SYN seq 0 win 65495 mss 65495 -+>\| SYN-RECEIVED", @"ESTABLISHED \|<-+ 2 SYN,ACK seq 0 ack 1 win 65483 mss 65495 --\|", @"\|-- 3 ACK seq 1 ack 1 len 0 -+>\| ESTABLISHED");
        XElement svg = XDocument.Parse(run.Picture("ladder.svg")).Root!;
        string[] labels = [.. svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];
        Assert.Contains(labels, text => text.StartsWith("1 SYN seq 0", StringComparison.Ordinal));
        Assert.Contains(labels, text => text.StartsWith("2 SYN,ACK seq 0 ack 1", StringComparison.Ordinal));
        Assert.Contains(labels, text => text.StartsWith("3 ACK seq 1 ack 1", StringComparison.Ordinal));
    }

    // listen(1): how many may queue; the queue of half-open and the queue of open connections
    [Fact]
    public void Backlog_OfOne_QueuesTwoAndNoMore()
    {
        (SeedRun run, Seen seen) = SeedRun.Of("python-backlog");
        // Linux takes a connection while the queue is not longer than the backlog: one more than listen() names.
        seen.Shows("romeo", @"^LISTEN 0 +1 +127\.0\.0\.1:7456", @"^LISTEN 2 +1 +127\.0\.0\.1:7456", @"^SYN-SENT 0 +1 ");
        run.Type("romeo$ netstat -s").Shows("romeo", "[1-9]\\d* times the listen queue of a socket overflowed");

        // A half-open connection waits in the other queue: ss shows it as SYN-RECV.
        var halfOpen = new SeedRun();
        halfOpen.Type("romeo$ iptables -A INPUT -p tcp --tcp-flags SYN,ACK SYN,ACK -j DROP", "juliet> import socket", "juliet> l = socket.create_server(('', 7456), backlog=1)", "romeo$ nc juliet 7456");
        halfOpen.Type("buffers").Shows("lab", @"^juliet's port 7456 listens$", @"^  SYN queue +\[#\] +1", @"^  accept queue +\[\] +0; room for 2 ");
        halfOpen.Type("juliet$ ss -tan").Shows("juliet", @"^LISTEN +0 +1 ", @"^SYN-RECV 0 +0 +10\.10\.2\.100:7456 +10\.10\.1\.100:");
    }

    // The message is printed with the address of the peer
    [Fact]
    public void Message_Printed_HasTheAddressOfItsSender()
    {
        SeedRun run = Programs("romeo$ tcpdump -i lo -n port 7456 &");
        Seen seen = run.Type("romeo$ python client.py");
        Match said = seen.Shows("romeo", @"^FROM: \('127\.0\.0\.1', (?<port>\d+)\) MSG: b'Hola server, are you bored\?'$", "^$")[0];
        Assert.Contains(seen.By("romeo"), line => line.Contains(string.Create(CultureInfo.InvariantCulture, $"IP 127.0.0.1.{said.Number("port")} > 127.0.0.1.7456: Flags [S]"), StringComparison.Ordinal));
    }

    // The announced sequel, the same with UDP. What a real kernel, Python and tcpdump showed of these two programs.
    [Fact]
    public void SamePrograms_WithUdp_NeedNoHandshakeAndHearOfRefusalsByIcmp()
    {
        (SeedRun run, Seen seen) = SeedRun.Of("python-programs-udp");
        seen.Shows("romeo",
            @"IP 127\.0\.0\.1\.\d+ > 127\.0\.0\.1\.7456: UDP, length 27$", @"IP 127\.0\.0\.1 > 127\.0\.0\.1: ICMP 127\.0\.0\.1 udp port 7456 unreachable, length 63$",
            @"IP 127\.0\.0\.1\.\d+ > 127\.0\.0\.1\.7456: UDP, length 0$", @"IP 127\.0\.0\.1 > 127\.0\.0\.1: ICMP 127\.0\.0\.1 udp port 7456 unreachable, length 36$",
            "^14$", @"UDP, length 14$", @"ICMP 127\.0\.0\.1 udp port 7456 unreachable, length 50$", @"^ConnectionRefusedError: \[Errno 111\] Connection refused$",
            "^Hey you I'm waiting on 7456", @"^UNCONN 0 +0 +127\.0\.0\.1:7456 +0\.0\.0\.0:\*", "^Sending data", @"^FROM: \('127\.0\.0\.1', \d+\) MSG: b'Hola server, are you bored\?'$",
            @"UDP, length 27$", @"UDP, length 0$", "^8 packets captured$");
        seen.Shows("lab", @"\|-- 1 UDP len 27 -+>\|", @"\|<-+ 2 ICMP port unreachable len 63 --\|", @"\|-- 7 UDP len 27 -+>\|", @"\|-- 8 UDP len 0 -+>\|");
        run.Type("romeo$ lsof -n -i udp:7456").ShowsNo("romeo", @"UDP 127\.0\.0\.1:7456$"); // the empty message has ended the server
    }
}

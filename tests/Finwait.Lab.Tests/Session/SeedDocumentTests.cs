namespace Finwait.Lab.Tests;

/// <summary>What the source documents tell their readers to type works as they print it.</summary>
public sealed class SeedDocumentTests
{
    // The exercise on sockets and the state diagram, every line of it on both hosts.
    [Fact]
    public void SocketExercise_TypedLineByLine_ShowsWhatItSays()
    {
        string transcript = Lab.Play(new LabSession(), LabScenarios.Read("socket-exercise"));
        string[] romeo = Lab.Printed(transcript, "romeo"), juliet = Lab.Printed(transcript, "juliet");

        Assert.Contains("ConnectionRefusedError: [Errno 111] Connection refused", romeo);
        Assert.Contains(juliet, line => line.Contains("Flags [R.], cksum", StringComparison.Ordinal) && line.Contains("(correct), seq 0, ack", StringComparison.Ordinal));
        Assert.Contains(juliet, line => line.StartsWith("python3 2001 root    3u  IPv4", StringComparison.Ordinal) && line.EndsWith("TCP 10.10.2.100:4000 (LISTEN)", StringComparison.Ordinal));
        Assert.Contains(juliet, line => line.StartsWith("python3 2001 root    4u  IPv4", StringComparison.Ordinal) && line.EndsWith("(ESTABLISHED)", StringComparison.Ordinal));
        Assert.Contains(juliet, line => line.StartsWith("ESTAB  12     0", StringComparison.Ordinal));
        Assert.Contains("b'Hello juliet'", juliet);
        Assert.Contains("b'Hello romeo'", romeo);
        Assert.Contains(romeo, line => line.StartsWith("FIN-WAIT-2 0      0", StringComparison.Ordinal));
        Assert.Contains(juliet, line => line.StartsWith("CLOSE-WAIT 1      0", StringComparison.Ordinal));
        Assert.Contains(romeo, line => line.StartsWith("TIME-WAIT 0      0", StringComparison.Ordinal));
        Assert.Equal("11 packets captured", romeo.Last(line => line.EndsWith("captured", StringComparison.Ordinal)));
        Assert.Equal(11, romeo.SkipWhile(line => !line.Contains("establishment.pcap, link-type", StringComparison.Ordinal)).Count(line => line.Contains(" Flags [", StringComparison.Ordinal)));
    }

    [Fact]
    public void Transcript_RunAgain_GivesItself()
    {
        string first = Lab.Play(new LabSession(), LabScenarios.Read("socket-exercise"));

        Assert.Equal(first, Lab.Play(first.TrimEnd('\n').Split('\n')));
    }

    // The article with server.py and client.py: the programs as printed.
    [Fact]
    public void PythonPrograms_OnTheLoopback_PrintWhatRealPythonPrinted()
    {
        string transcript = Lab.Play("romeo$ python3 client.py", "romeo$ python3 server.py", "romeo$ python3 client.py");
        string[] romeo = Lab.Printed(transcript, "romeo");

        Assert.Equal("ConnectionRefusedError: [Errno 111] Connection refused", romeo.First(line => line.Contains("Error", StringComparison.Ordinal)));
        Assert.Contains("""  File "/root/client.py", line 8, in main""", romeo);
        Assert.Contains("    sck.connect((\"localhost\", 7456))", romeo);
        Assert.Contains("Hey you I'm listening on 7456...weird port by the way", romeo);
        Assert.Contains("Sending data...", romeo);
        Assert.Contains(romeo, line => line.StartsWith("FROM: ('127.0.0.1', ", StringComparison.Ordinal) && line.EndsWith(") MSG: b'Hola server, are you bored?'", StringComparison.Ordinal));
    }

    // The post with netcat: a byte, a line, both closes. The messages are those of nc-output.txt of the golden run.
    [Fact]
    public void NetcatSession_AsInThePost_PrintsWhatNetcatPrinted()
    {
        string transcript = Lab.Play(
            "network shared", "romeo$ nc -v $ETH0_IP$ 234", "juliet$ nc -kl $ETH0_IP$ 234", "romeo$ nc -v $ETH0_IP$ 234", "juliet$ sudo tcpdump tcp -i eth0", "romeo< asdfasdfasdfasdfasdf", "juliet<", "romeo$ ^C",
            "romeo$ nc -zv 192.168.3.3 233-235");
        string[] romeo = Lab.Printed(transcript, "romeo"), juliet = Lab.Printed(transcript, "juliet");
        string golden = GoldenFiles.Text("24-nc-session", "nc-output.txt");

        string[] messages = romeo.Where(line => line.Contains("234", StringComparison.Ordinal) || line.Contains("nc:", StringComparison.Ordinal)).ToArray();
        Assert.Equal(
            ["nc: connect to 192.168.3.3 port 234 (tcp) failed: Connection refused", "Connection to 192.168.3.3 234 port [tcp/*] succeeded!", "nc: connect to 192.168.3.3 port 233 (tcp) failed: Connection refused",
                "Connection to 192.168.3.3 234 port [tcp/*] succeeded!", "nc: connect to 192.168.3.3 port 235 (tcp) failed: Connection refused"],
            messages);
        Assert.All(messages, message => Assert.Contains(message, golden, StringComparison.Ordinal));
        Assert.Contains("asdfasdfasdfasdfasdf", juliet);
        Assert.Contains(juliet, line => line.Contains("Flags [P.]", StringComparison.Ordinal) && line.EndsWith("length 21", StringComparison.Ordinal));
    }

    // The article on states: alias addresses on one host, the SYN blocked and let through.
    [Fact]
    public void BlockedSyn_OnOneHost_IsSeenAsSynSentAndThenEstablished()
    {
        string transcript = Lab.Play(
            "romeo$ sudo ifconfig eth0:0 192.168.100.100 up", "romeo$ sudo ifconfig eth0:1 192.168.100.51  up", "romeo> import socket",
            "romeo> listen_fd = socket.socket(socket.AF_INET, socket.SOCK_STREAM)", "romeo> listen_fd.bind(('192.168.100.100', 32000))", "romeo> listen_fd.listen(10)", "romeo$ ./server-state.sh",
            "romeo$ iptables -A INPUT -s 192.168.100.51  -p tcp --tcp-flags SYN SYN -j DROP",
            "romeo> sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)", "romeo> sock.bind(('192.168.100.51', 32089))", "romeo> sock.connect(('192.168.100.100', 32000))", "romeo$ ./server-state.sh", "romeo$ iptables -L",
            "romeo$ iptables -D INPUT 1", "wait 2s", "romeo$ ./server-state.sh");
        string[] romeo = Lab.Printed(transcript, "romeo");

        Assert.Contains("ip:port = 192.168.100.100:32000  State = LISTEN", romeo);
        Assert.Contains("ip:port = 192.168.100.51:32089  State = SYN-SENT", romeo);
        Assert.Contains(romeo, line => line.StartsWith("DROP       tcp  --  192.168.100.51       anywhere             tcp flags:SYN/SYN", StringComparison.Ordinal));
        Assert.Contains("ip:port = 192.168.100.51:32089  State = ESTAB", romeo);
        Assert.Contains("lab| romeo: connect(('192.168.100.100', 32000)) waits", transcript, StringComparison.Ordinal);
    }
}

namespace Finwait.Lab.Tests;

/// <summary>The lines that the source documents print, each as printed and in their order; what they say is to be seen is seen.</summary>
public sealed class SeedTypingTests
{
    private const string Sockets = "ss -t -o state all -ipn src 10.10.0.0/16";

    /// <summary>What a host shows for one line.</summary>
    private static string[] Type(LabSession session, string line)
    {
        string transcript = Lab.Play(session, line);
        Assert.DoesNotContain("line 1: ", transcript, StringComparison.Ordinal);
        string host = line.Split('$', '>', '<')[0];
        return Lab.Printed(transcript, host);
    }

    private static string[] State(string[] rows) => [.. rows.Skip(1).Where(row => row.Length > 0 && char.IsAsciiLetterUpper(row[0])).Select(row => string.Join(' ', row.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(2)))];

    private static string[] Last(string[] rows) => [.. rows.Where(row => row.StartsWith("python3", StringComparison.Ordinal)).Select(row => row.Split(' ')[^1])];

    // The post with netcat and tcpdump: the lines of the server's window and of the client's.
    [Fact]
    public void Post_WithNetcat_ListensConnectsAndShowsTheHandshake()
    {
        var session = new LabSession();
        Type(session, "network shared");
        Type(session, "personality romeo macos");

        Assert.Contains(Type(session, "juliet$ ifconfig"), line => line.Contains("inet 192.168.3.3 ", StringComparison.Ordinal));
        Assert.Empty(Type(session, "juliet$ nc -kl $ETH0_IP$ 234"));
        Assert.Contains("listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes", Type(session, "juliet$ sudo tcpdump tcp -i eth0"));
        string transcript = Lab.Play(session, "romeo$ nc -v $ETH0_IP$ 234");
        Assert.Contains("Connection to 192.168.3.3 234 port [tcp/*] succeeded!", Lab.Printed(transcript, "romeo"));
        Assert.Collection(
            Lab.Printed(transcript, "juliet"),
            line => Assert.Contains(" > 192.168.3.3.234: Flags [S], seq ", line, StringComparison.Ordinal),
            line => Assert.Contains("IP 192.168.3.3.234 > 192.168.3.1.", line, StringComparison.Ordinal),
            line => Assert.Contains(" > 192.168.3.3.234: Flags [.], ack 1, win 2058, options [nop,nop,TS val ", line, StringComparison.Ordinal));
    }

    // The article with the two programs, started with the words that it prints.
    [Fact]
    public void Article_WithTwoPrograms_SendsItsMessage()
    {
        var session = new LabSession();

        Assert.Equal(["Hey you I'm listening on 7456...weird port by the way"], Type(session, "romeo$ python server.py"));
        string[] romeo = Type(session, "romeo$ python client.py");
        Assert.Equal("Sending data...", romeo[0]);
        Assert.Matches(@"^FROM: \('127\.0\.0\.1', \d+\) MSG: b'Hola server, are you bored\?'$", romeo[1]);
        Assert.Equal("", romeo[2]);
        Assert.Equal(3, romeo.Length);
    }

    // The explanation of the handshake: its command, and a client that telnets to port 23.
    [Fact]
    public void Explanation_OfTheHandshake_ShowsAbsoluteNumbersWithoutTimes()
    {
        var session = new LabSession();
        Type(session, "juliet$ tcpdump -n -S -t");
        Type(session, "juliet$ nc -l 23");
        string transcript = Lab.Play(session, "romeo$ telnet juliet 23");
        string[] handshake = [.. Lab.Printed(transcript, "juliet").Where(line => line.Contains(" Flags [", StringComparison.Ordinal)).Take(3)];

        System.Text.RegularExpressions.Match syn = System.Text.RegularExpressions.Regex.Match(handshake[0], @"^IP 10\.10\.1\.100\.\d+ > 10\.10\.2\.100\.23: Flags \[S\], seq (\d+), win 64240");
        System.Text.RegularExpressions.Match answer = System.Text.RegularExpressions.Regex.Match(handshake[1], @"^IP 10\.10\.2\.100\.23 > 10\.10\.1\.100\.\d+: Flags \[S\.\], seq (\d+), ack (\d+), win 65160");
        Assert.True(syn.Success && answer.Success, string.Join('\n', handshake));
        Assert.Equal(unchecked(uint.Parse(syn.Groups[1].Value) + 1), uint.Parse(answer.Groups[2].Value));
        Assert.Contains($"Flags [.], ack {unchecked(uint.Parse(answer.Groups[1].Value) + 1)}, win 502", handshake[2], StringComparison.Ordinal);
    }

    // The exercise on romeo and juliet, every command of it in its order, from the first tcpdump to the last quit().
    [Fact]
    public void Exercise_EveryCommandInItsOrder_ShowsWhatTheTextSays()
    {
        var session = new LabSession();
        string[] hosts = ["romeo", "juliet"];
        foreach (string host in hosts)
        {
            Type(session, $"{host}$ sudo tcpdump -i EXPIFACE1 -SnvX tcp");
            Type(session, $"{host}$ python3");
            Type(session, $"{host}> import socket");
            Type(session, $"{host}>");
            Type(session, $"{host}> sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM) ");
            Assert.Empty(Type(session, $"{host}$ lsof -n -i tcp"));
            Assert.Empty(State(Type(session, $"{host}$ {Sockets}")));
            Assert.Contains("0 packets captured", Type(session, $"{host}$ ^C"));
        }

        // Connection refused.
        Type(session, "juliet$ sudo tcpdump -i EXPIFACE1 -SnvX");
        Type(session, "romeo$ sudo tcpdump -i EXPIFACE1 -w $(hostname -s)-tcp-connection-refused.pcap ");
        Assert.Equal("ConnectionRefusedError: [Errno 111] Connection refused", Type(session, "romeo> sock.connect(('10.10.2.100', 4000))")[^1]);
        Type(session, "romeo$ ^C");
        Type(session, "juliet$ ^C");
        string[] refused = [.. Type(session, "romeo$ tcpdump -SnXr $(hostname -s)-tcp-connection-refused.pcap ").Where(line => line.Contains("Flags", StringComparison.Ordinal))];
        Assert.Equal(["[S],", "[R.],"], refused.Select(line => line.Split(' ')[6]));

        // Establishment.
        Type(session, "romeo$ sudo tcpdump -i EXPIFACE1 -w $(hostname -s)-tcp-connection-establishment.pcap ");
        Type(session, "juliet$ sudo tcpdump -i EXPIFACE1 -SnvX tcp");
        Assert.Empty(Type(session, "juliet> sock.bind(('10.10.2.100', 4000))"));
        Assert.Empty(Type(session, "juliet> sock.listen()"));
        Assert.Equal(["(LISTEN)"], Last(Type(session, "juliet$ lsof -n -i tcp")));
        string handshake = Lab.Play(session, "romeo> sock.connect(('10.10.2.100', 4000))");
        Assert.Equal(3, Lab.Printed(handshake, "juliet").Count(line => line.Contains("Flags [", StringComparison.Ordinal)));
        Assert.Equal(["(ESTABLISHED)"], Last(Type(session, "romeo$ lsof -n -i tcp")));
        Assert.Equal(["(LISTEN)"], Last(Type(session, "juliet$ lsof -n -i tcp")));
        Assert.Equal(["ESTAB 0"], State(Type(session, "romeo$ " + Sockets)));
        Assert.Empty(Type(session, "juliet> conn_sock, conn_addr = sock.accept()"));
        Assert.Equal(["(LISTEN)", "(ESTABLISHED)"], Last(Type(session, "juliet$ lsof -n -i tcp")));
        Assert.Equal(["LISTEN 0", "ESTAB 0"], State(Type(session, "juliet$ " + Sockets)));

        // Send and receive.
        Assert.Contains("12", Type(session, "romeo> sock.send(b\"Hello juliet\")"));
        Assert.Equal(["LISTEN 0", "ESTAB 12"], State(Type(session, "juliet$ " + Sockets)));
        Assert.Contains("b'Hello juliet'", Type(session, "juliet> conn_sock.recv(1024)"));
        Assert.Equal(["LISTEN 0", "ESTAB 0"], State(Type(session, "juliet$ " + Sockets)));
        Assert.Contains("11", Type(session, "juliet> conn_sock.send(b\"Hello romeo\")"));
        Assert.Contains("b'Hello romeo'", Type(session, "romeo> sock.recv(1024)"));

        // Termination.
        Type(session, "romeo> sock.shutdown(socket.SHUT_RDWR)");
        Assert.Equal(["FIN-WAIT-2 0"], State(Type(session, "romeo$ " + Sockets)));
        Assert.Equal(["LISTEN 0", "CLOSE-WAIT 1"], State(Type(session, "juliet$ " + Sockets)));
        Type(session, "juliet> conn_sock.shutdown(socket.SHUT_RDWR)");
        Type(session, "juliet> sock.close()");
        Assert.Equal(["TIME-WAIT 0"], State(Type(session, "romeo$ " + Sockets)));
        foreach (string host in hosts)
        {
            Assert.Empty(Type(session, $"{host}> quit()"));
        }

        Assert.Equal("11 packets captured", Type(session, "romeo$ ^C")[0]);
        Type(session, "juliet$ ^C");
        Assert.Equal(11, Type(session, "romeo$ tcpdump -SnXr $(hostname -s)-tcp-connection-establishment.pcap ").Count(line => line.Contains(" Flags [", StringComparison.Ordinal)));
    }
}

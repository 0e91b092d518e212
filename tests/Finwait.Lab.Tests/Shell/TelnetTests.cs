using System.Text;

namespace Finwait.Lab.Tests;

/// <summary>telnet as inetutils 2.4 has it: what it printed, and what the other side of it read, was the witness.</summary>
public sealed class TelnetTests
{
    [Fact]
    public void Port_OfAListener_CarriesLinesUntilTheOtherSideCloses()
    {
        string transcript = Lab.Play("juliet$ nc -l 4000", "romeo$ telnet 10.10.2.100 4000", "romeo< hi", "juliet< bye", "juliet$ ^C", "romeo$ jobs");

        Assert.Equal(["Trying 10.10.2.100...", "Connected to 10.10.2.100.", "Escape character is '^]'.", "bye", "Connection closed by foreign host."], Lab.Printed(transcript, "romeo"));
        Assert.Equal(["hi\r"], Lab.Printed(transcript, "juliet"));
    }

    // Seed 003's connection: port 23, to which the client speaks first.
    [Fact]
    public void PortTelnet_IsTheUsualOne_AndGetsTheOffersFirst()
    {
        string transcript = Lab.Play(
            "juliet$ python3 -c 'import socket; s = socket.socket(); s.bind((\"10.10.2.100\", 23)); s.listen(); c, a = s.accept(); print(c.recv(100)); c.close()'", "romeo$ telnet juliet");

        Assert.Equal(["Trying 10.10.2.100...", "Connected to juliet.", "Escape character is '^]'.", "Connection closed by foreign host."], Lab.Printed(transcript, "romeo"));
        Assert.Equal([@"b'\xff\xfd&\xff\xfb&\xff\xfd\x03\xff\xfb\x18\xff\xfb\x1f\xff\xfb \xff\xfb!\xff\xfb""\xff\xfb\'\xff\xfd\x05'"], Lab.Printed(transcript, "juliet"));
    }

    [Theory]
    [InlineData("telnet 10.10.2.100 99", 1, "Trying 10.10.2.100...", "telnet: Unable to connect to remote host: Connection refused")]
    [InlineData("telnet 10.99.2.100 99", 1, "Trying 10.99.2.100...", "telnet: Unable to connect to remote host: Network is unreachable")]
    [InlineData("telnet nosuch 99", 1, "Server lookup failure:  nosuch:99, Name or service not known")]
    [InlineData("telnet 10.10.2.100 nosuch", 1, "Server lookup failure:  10.10.2.100:nosuch, Servname not supported for ai_socktype")]
    [InlineData("telnet 10.10.2.100 99999", 1, "Port number 99999 is out of range.")]
    [InlineData("telnet -r juliet", 1, "telnet: the lab's telnet does not have -r")]
    [InlineData("telnet -n trace juliet", 1, "telnet: the lab's telnet does not have -n")]
    [InlineData("telnet '' 99", 1, "usage: telnet [-4] [-6] [-l user] [-b addr] [-a] host-name [port]")]
    [InlineData("telnet juliet ''", 1, "usage: telnet [-4] [-6] [-l user] [-b addr] [-a] host-name [port]")]
    public void Connection_ThatFails_SaysWhyAsTheRealOneDoes(string line, int status, params string[] expected) => Assert.Equal([.. expected, $"{status}"], Lab.Printed(Lab.Play("romeo$ " + line, "romeo$ echo $?"), "romeo"));

    [Fact]
    public void CommandMode_BehindTheEscape_ShowsTheStateAndQuits()
    {
        string[] romeo = Lab.Printed(
            Lab.Play("juliet$ nc -l 4000", "romeo$ telnet juliet 4000", "romeo< ^]", "romeo< status", "romeo< ^]", "romeo< foo", "romeo< ^]", "romeo< s", "romeo< ^]", "romeo< quit", "romeo$ jobs; ss -tan | grep -c FIN-WAIT-2"),
            "romeo");

        Assert.Equal(
            [
                "Trying 10.10.2.100...", "Connected to juliet.", "Escape character is '^]'.", "telnet> ", "Connected to juliet.", "Operating in obsolete linemode", "Local character echo", "Escape character is '^]'.",
                "telnet> ", "?Invalid command", "telnet> ", "?Ambiguous command", "telnet> ", "Connection closed.", "1",
            ],
            romeo.Select(line => line == "0" ? "1" : line));
    }

    [Fact]
    public void CommandMode_WithoutAHost_OpensAndStaysForTheNext()
    {
        string[] romeo = Lab.Printed(Lab.Play("romeo$ telnet", "romeo< open 10.10.2.100 99", "romeo< close", "romeo< send ayt", "romeo< quit", "romeo$ echo $?"), "romeo");

        Assert.Equal(
            ["telnet> ", "Trying 10.10.2.100...", "telnet: Unable to connect to remote host: Connection refused", "telnet> ", "?Need to be connected first.", "telnet> ", "?Need to be connected first.", "telnet> ", "0"], romeo);
    }

    /// <summary>What romeo's screen shows of a telnet to juliet, line for line, and the octets that juliet read.</summary>
    private static (string[] Screen, string Octets) Play(string command, int port, params string[] typed)
    {
        string reader = "juliet$ printf 'import socket\\ns = socket.socket()\\ns.bind((\"10.10.2.100\", " + port + "))\\ns.setsockopt(1, 10, 1)\\ns.listen()\\nc, a = s.accept()\\nd = b\"\"\\nwhile True:\\n    e = c.recv(4096)\\n    if not e:\\n        break\\n    d += e\\nprint(d)\\n' > r.py";
        string transcript = Lab.Play([reader, "juliet$ python3 r.py", "romeo$ " + command, .. typed.Select(line => "romeo< " + line), "wait 1s"]);
        return (Lab.Printed(transcript, "romeo"), Lab.Printed(transcript, "juliet").LastOrDefault() ?? "");
    }

    // An escape of one's own: anywhere in a line, what stands before it is sent, what follows is a command; a mistake leaves the command mode on, what goes well leads back.
    [Fact]
    public void CommandMode_OfAnEscapeOfOnesOwn_GoesBackWhenACommandIsDone()
    {
        (string[] screen, string octets) = Play("telnet -e ^B juliet 4000", 4000, "^B", "set escape ~", "hello", "~status", "ab~", "toggle crlf", "x", "~display escape", "y", "~? quit", "set", "set foo x", "display foo", "set e x", "mode", "open x 1", "", "~", "quit");

        Assert.Equal(
            [
                "Telnet escape character is '^B'.", "Trying 10.10.2.100...", "Connected to juliet.", "Escape character is '^B'.", "telnet> ", "escape character is '~'.",
                "Connected to juliet.", "Operating in obsolete linemode", "Local character echo", "Escape character is '~'.", "telnet> ", "Will send carriage returns as telnet <CR><LF>.", "escape          [~]", "exit telnet", "telnet> ", "Format is 'set Name Value'", "'set ?' for help.", "telnet> ", "'foo': unknown argument ('set ?' for help).", "telnet> ", "?Unknown argument 'foo'.", "telnet> ",
                "'e': ambiguous argument ('set ?' for help).", "telnet> ", "'mode' command requires an argument", "'mode ?' for help.", "telnet> ", "?Already connected to juliet", "telnet> ", "telnet> ", "Connection closed.",
            ],
            screen);
        Assert.Equal(@"b'hello\r\nabx\r\ny\r\n'", octets);
    }

    // RFC 854's commands, all words looked at before one is sent; the urgent octet of a synch is its IAC, as inetutils sends it.
    [Fact]
    public void Send_Words_AreCommandsOnTheWire()
    {
        (string[] screen, string octets) = Play(
            "telnet juliet 4000", 4000, "^]", "send ao", "^]", "send ayt brk ec el escape ga ip nop eor abort susp eof", "^]", "send synch", "^]", "send do 5", "^]", "send wont echo", "^]", "logout", "^]", "mode line", "^]", "status",
            "^]", "send getstatus", "send foo", "send ao foo", "send", "send do foo", "send dont", "send will 300", "close");

        Assert.Equal(@"b'\xff\xf5\xff\xf6\xff\xf3\xff\xf7\xff\xf8\x1d\xff\xf9\xff\xf4\xff\xf1\xff\xef\xff\xee\xff\xed\xff\xec\xff\xf2\xff\xfd\x05\xff\xfc\x01\xff\xfd\x12\xff\xfb""'", octets);
        Assert.Equal(
            [
                "Connected to juliet.", "Operating with LINEMODE option", "Local line editing", "Local catching of signals", "Special characters are local values", "Local character echo", "Escape character is '^]'.", "telnet> ",
                "Remote side does not support STATUS option", "telnet> ", "Unknown send argument 'foo'", "'send ?' for help.", "telnet> ", "Unknown send argument 'foo'", "'send ?' for help.", "telnet> ",
                "need at least one argument for 'send' command", "'send ?' for help", "telnet> ", "'foo': unknown argument ('send do ?' for help).", "telnet> ", "Need 1 argument to 'send dont' command.  'send dont ?' for help.", "telnet> ",
                "'300': bad value ('send will ?' for help).", "telnet> ", "Connection closed.",
            ],
            screen[^26..]);
    }

    // What is offered to port 23, or to a port with a minus: the user's name first (-a, -l), eight bits last (-8, -L).
    [Theory]
    [InlineData("telnet -l joe juliet", 23, @"b'\xff\xfb%\xff\xfd&\xff\xfb&\xff\xfd\x03\xff\xfb\x18\xff\xfb\x1f\xff\xfb \xff\xfb!\xff\xfb""\xff\xfb\'\xff\xfd\x05'")]
    [InlineData("telnet -d -a juliet 23", 23, @"b'\xff\xfb%\xff\xfd&\xff\xfb&\xff\xfd\x03\xff\xfb\x18\xff\xfb\x1f\xff\xfb \xff\xfb!\xff\xfb""\xff\xfb\'\xff\xfd\x05'")]
    [InlineData("telnet -8 juliet", 23, @"b'\xff\xfd&\xff\xfb&\xff\xfd\x03\xff\xfb\x18\xff\xfb\x1f\xff\xfb \xff\xfb!\xff\xfb""\xff\xfb\'\xff\xfd\x05\xff\xfd\x00\xff\xfb\x00'")]
    [InlineData("telnet -x -L juliet", 23, @"b'\xff\xfd&\xff\xfb&\xff\xfd\x03\xff\xfb\x18\xff\xfb\x1f\xff\xfb \xff\xfb!\xff\xfb""\xff\xfb\'\xff\xfd\x05\xff\xfb\x00'")]
    [InlineData("telnet -8 -a -x juliet 4000", 4000, "b''")]
    public void Options_OfALoginAndOfEightBits_AreOffered(string command, int port, string expected) => Assert.Equal(expected, Play(command, port, "^]", "quit").Octets);

    [Fact]
    public void Status_AtPortTelnet_TellsOfTheLineModeThatWasOffered()
    {
        (string[] screen, string octets) = Play("telnet juliet", 23, "^]", "status", "^]", "send synch getstatus", "^]", "quit");

        Assert.Equal(
            [
                "telnet> ", "Connected to juliet.", "Operating with LINEMODE option", "No line editing", "No catching of signals", "Special characters are local values", "Local character echo", "No flow control",
                "Escape character is '^]'.", "telnet> ", "telnet> ", "Connection closed.",
            ],
            screen[3..]);
        Assert.EndsWith(@"\xff\xf2\xff\xfa\x05\x01\xff\xf0'", octets, StringComparison.Ordinal);
    }

    // Without an escape there is no way into the command mode.
    [Fact]
    public void Escape_Off_SendsEverything()
    {
        (string[] screen, string octets) = Play("telnet -E juliet 4000", 4000, "a", "^]", "status");
        Assert.Equal(["Trying 10.10.2.100...", "Connected to juliet.", "Escape character is 'off'."], screen);
        Assert.Equal("", octets);
    }

    [Fact]
    public void CommandMode_WithoutAConnection_AsksAndExplains()
    {
        string[] romeo = Lab.Printed(
            Lab.Play(
                "romeo$ telnet", "romeo< open", "romeo< nosuch", "romeo< o 10.10.2.100 99999", "romeo< open -4 10.10.2.100 99", "romeo< open -x 10.10.2.100 99", "romeo< cl", "romeo< logout", "romeo< mode line", "romeo< mode foo", "romeo< ? foo",
                "romeo< ? s", "romeo< st", "romeo< set escape", "romeo< unset escape", "romeo< status", "romeo< toggle debug skiprc", "romeo< toggle foo", "romeo< slc", "romeo< z", "romeo< !echo hi", "romeo< set netdata", "romeo< ?", "romeo< q"),
            "romeo");

        Assert.Equal(
            [
                "(to) ", "Server lookup failure:  nosuch:telnet, Name or service not known", "Port number 99999 is out of range.", "Trying 10.10.2.100...", "telnet: Unable to connect to remote host: Connection refused",
                "usage: open [-4] [-6] [-l user] [-b addr] [-a] host-name [port]", "?Need to be connected first.", "?Need to be connected first.", "?Need to be connected first.", "'mode ?' for help.", "Unknown mode 'foo' ('mode ?' for help).",
                "?Invalid help command foo", "?Ambiguous help command s", "No connection.", "Escape character is '^]'.", "Format is 'set Name Value'", "'set ?' for help.", "escape character is 'off'.", "No connection.",
                "Escape character is 'off'.", "Will turn on socket level debugging.", "Will skip reading of ~/.telnetrc file.", "'foo': unknown argument ('toggle ?' for help).", "telnet: the lab's telnet does not have slc",
                "telnet: the lab's telnet cannot be suspended: other commands have a window of their own", "telnet: the lab's telnet has no subshell: other commands have a window of their own",
                "telnet: the lab's telnet does not have set netdata", "Commands may be abbreviated.  Commands are:",
            ],
            romeo.Where(line => line != "telnet> ").Take(28));
        Assert.Equal(18, romeo.Count(line => line.Contains('\t')));
        Assert.Equal("telnet> ", romeo[^1]);
    }

    [Fact]
    public void CtrlC_InAConnection_GoesToTheOtherSide()
    {
        string transcript = Lab.Play(
            "juliet$ python3 -c 'import socket; s = socket.socket(); s.bind((\"10.10.2.100\", 4000)); s.listen(); c, a = s.accept(); print(c.recv(100)); print(c.recv(100))'", "romeo$ telnet juliet 4000", "romeo$ ^C", "romeo< ^]",
            "romeo< send ayt", "romeo$ jobs");

        Assert.Equal([@"b'\xff\xf4\xff\xfd\x06'", @"b'\xff\xf6'"], Lab.Printed(transcript, "juliet"));
    }

    [Fact]
    public void Protocol_WhatTheOtherSideAsksFor_IsAnsweredOnce()
    {
        var protocol = new TelnetProtocol();
        protocol.Begin(offers: false);

        // WILL ECHO, DO TERMINAL-TYPE, a subnegotiation with a doubled 255 in it, text with CR LF, CR NUL and a doubled 255, WILL ECHO again.
        byte[] text = protocol.Receive([255, 251, 1, 255, 253, 24, 255, 250, 24, 1, 255, 255, 255, 240, (byte)'a', 13, 10, 13, 0, 255, 255, 255, 251, 1, (byte)'b'], out byte[] answers);

        Assert.Equal("a\n\r\u00ffb", Encoding.Latin1.GetString(text));
        Assert.Equal<byte>([255, 253, 1, 255, 252, 24], answers);
    }

    [Fact]
    public void Protocol_CutAnywhere_GivesTheSameText()
    {
        byte[] stream = [255, 251, 1, (byte)'x', 13, 10, 255, 250, 31, 0, 80, 255, 240, 13, 0, 13, (byte)'y', 255, 255, 255, 254, 3];
        for (int cut = 0; cut <= stream.Length; cut++)
        {
            var protocol = new TelnetProtocol();
            protocol.Begin(offers: true);
            byte[] whole = [.. protocol.Receive(stream.AsSpan(0, cut), out byte[] first), .. protocol.Receive(stream.AsSpan(cut), out byte[] second)];
            Assert.Equal("x\n\r\ry\u00ff", Encoding.Latin1.GetString(whole));
            Assert.Equal<byte>([255, 253, 1], [.. first, .. second]);
        }
    }

    [Fact]
    public void Pipe_IntoTelnet_IsSentAndEndsIt()
    {
        string transcript = Lab.Play("juliet$ nc -l 4000", "romeo$ echo hello | telnet juliet 4000", "romeo$ jobs", "juliet$ jobs");

        Assert.Equal(["hello\r"], Lab.Printed(transcript, "juliet"));
        Assert.EndsWith("Connection closed by foreign host.", Lab.Printed(transcript, "romeo")[^1], StringComparison.Ordinal);
    }
}

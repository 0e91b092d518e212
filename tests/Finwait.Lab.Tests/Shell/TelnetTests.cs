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
    [InlineData("telnet -x juliet", 1, "telnet: the lab has no option -x: telnet [-4] [HOST [PORT]]")]
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
            ["telnet> ", "Trying 10.10.2.100...", "telnet: Unable to connect to remote host: Connection refused", "telnet> ", "Need to be connected first.", "telnet> ", "?Need to be connected first.", "telnet> ", "0"], romeo);
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

namespace Finwait.Drill.Tests;

/// <summary>The runner judges: what is right passes, one thing wrong fails with the line and both packets.</summary>
public class RunTests
{
    [Fact]
    public void Script_AllAsWritten_IsOk() =>
        Assert.Equal("test.pkt: ok", Scripts.Run(Scripts.Open + "+0 write(4, ..., 1000) = 1000\n+0 > P. 1:1001(1000) ack 1\n").ToString());

    [Theory]
    [InlineData("+0 > P. 2:1002(1000) ack 1", "live packet field tcp_seq: expected: 2 (0x2) vs actual: 1 (0x1)")]
    [InlineData("+0 > P. 1:1002(1001) ack 1", "live packet field tcp_payload: expected: 1001 (0x3e9) vs actual: 1000 (0x3e8)")]
    [InlineData("+0 > P. 1:1001(1000) ack 2", "live packet field tcp_ack_seq: expected: 2 (0x2) vs actual: 1 (0x1)")]
    [InlineData("+0 > . 1:1001(1000) ack 1", "live packet field tcp_psh: expected: 0 (0x0) vs actual: 1 (0x1)")]
    [InlineData("+0 > FP. 1:1001(1000) ack 1", "live packet field tcp_fin: expected: 1 (0x1) vs actual: 0 (0x0)")]
    [InlineData("+0 > P. 1:1001(1000) ack 1 win 1", "live packet field tcp_window: expected: 1 (0x1) vs actual: 502 (0x1f6)")]
    [InlineData("+0 > P. 1:1001(1000) ack 1 <nop,nop>", "bad outbound TCP options: expected: <nop,nop> vs actual: <>")]
    [InlineData("+0 > [ect0] P. 1:1001(1000) ack 1", "live packet field ip_ecn: expected: 2 (0x2) vs actual: 0 (0x0)")]
    [InlineData("+0 > [ttl 63] P. 1:1001(1000) ack 1", "live packet field ip_ttl: expected: 63 (0x3f) vs actual: 64 (0x40)")]
    [InlineData("+.005 > P. 1:1001(1000) ack 1", "timing error: expected outbound packet at 0.105000 sec but happened at 0.100000 sec; tolerance 0.004000 sec")]
    [InlineData("+0 > udp (1000)", "live packet field ip_protocol: expected: 17 (0x11) vs actual: 6 (0x6)")]
    public void Packet_OneThingWrong_FailsWithBothPackets(string line, string message)
    {
        DrillResult result = Scripts.Run(Scripts.Open + "+0 write(4, ..., 1000) = 1000\n" + line + "\n");
        Assert.Equal(10, result.Line);
        string[] lines = result.ToString().Split('\n');
        Assert.Equal($"test.pkt:10: error: error handling packet: {message}", lines[0]);
        Assert.StartsWith("script packet:  0.10", lines[1], StringComparison.Ordinal);
        string seen = line.Contains("[ect0]", StringComparison.Ordinal) ? "[noecn] " : line.Contains("[ttl", StringComparison.Ordinal) ? "(ttl 64) " : "";
        Assert.Equal($"actual packet:  0.100000 {seen}P. 1:1001(1000) ack 1 win 502", lines[2]);
    }

    [Fact]
    public void Packet_ThatDoesNotCome_Fails() =>
        Assert.StartsWith("test.pkt:9: error: error handling packet: timed out waiting for packet\nscript packet:  0.100000 . 1:1(0) ack 1",
            Scripts.Run(Scripts.Open + "+0 > . 1:1(0) ack 1\n").ToString(), StringComparison.Ordinal);

    [Fact]
    public void Packet_BehindTheEnd_FailsWhenStrict()
    {
        const string Text = Scripts.Open + "+0 write(4, ..., 1000) = 1000\n";
        Assert.StartsWith("test.pkt:9: error: the script ends here, but there is one more packet", Scripts.Run(Text).ToString(), StringComparison.Ordinal);
        Assert.Equal(DrillOutcome.Ok, DrillRunner.Run("test.pkt", Text, new DrillOptions()).Outcome);
    }

    [Theory]
    [InlineData("+0 write(4, ..., 1000) = 999", "runtime error in write call: Expected result 999 but got 1000")]
    [InlineData("+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 read(4, ..., 1000) = 1000", "runtime error in read call: Expected result 1000 but got -1 with errno 11 (Resource temporarily unavailable)")]
    [InlineData("+0 read(4, ..., 1000) = 0", "runtime error in read call: the call does not return at once")]
    [InlineData("+0 < P. 1:2(1) ack 1 win 257\n+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 1}], msg_flags=0, msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=0}]}, 0) = 1", "runtime error in recvmsg call: expected a control message, but TCP_INQ is off")]
    [InlineData("+0 read(9, ..., 1000) = -1 EAGAIN", "runtime error in read call: Expected errno 11 (Resource temporarily unavailable) but got 9 (Bad file descriptor)")]
    [InlineData("+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [1], [4]) = 0", "runtime error in getsockopt call: Expected option value 1 but got 0")]
    [InlineData("+0 poll([{fd=4, events=POLLOUT, revents=POLLOUT}], 2, 0) = 1", "runtime error in poll call: the count is 2, but the list has 1")]
    [InlineData("+0 writev(4, [{..., 100}, {..., 900}], 3) = 1000", "runtime error in writev call: the count is 3, but the list has 2")]
    [InlineData("+0 < P. 1:2(1) ack 1 win 257\n+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 1}], msg_flags=1}, 0) = 1", "runtime error in recvmsg call: Expected msg_flags 1 (0x1) but got 0 (0x0)")]
    [InlineData("+0 write(4, NULL, 1000) = 1000", "runtime error in write call: Expected result 1000 but got -1 with errno 14 (Bad address)")]
    [InlineData("+0 poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLIN}], 1, 0) = 1", "runtime error in poll call: Expected revents 1 (0x1) but got 4 (0x4)")]
    public void Call_ThatReturnsSomethingElse_Fails(string lines, string message)
    {
        DrillResult result = Scripts.Run(Scripts.Open + lines + "\n");
        Assert.Equal($"test.pkt:{9 + lines.Count(c => c == '\n')}: error: {message}", result.ToString());
    }

    [Theory]
    [InlineData("+0...0.3 read(4, ..., 1000) = 500", null)]
    [InlineData("+0...0.29 read(4, ..., 1000) = 500", "runtime error in read call: timing error: expected system call return at 0.390000 sec but happened at 0.400000 sec; tolerance 0.004000 sec")]
    public void BlockingCall_ReturnsInItsTime(string call, string? message)
    {
        DrillResult result = Scripts.Run(Scripts.Open + call + "\n+.3 < P. 1:501(500) ack 1 win 257\n+0 > . 1:1(0) ack 501\n");
        Assert.Equal(message is null ? "test.pkt: ok" : "test.pkt:9: error: " + message, result.ToString());
    }

    [Theory]
    [InlineData("assert tcpi_state == TCP_ESTABLISHED and tcpi_snd_cwnd == 10, tcpi_snd_cwnd", null)]
    [InlineData("assert tcpi_snd_cwnd == 11, 'cwnd is %d' % tcpi_snd_cwnd", "error in code: AssertionError: cwnd is 10: assert tcpi_snd_cwnd == 11, 'cwnd is %d' % tcpi_snd_cwnd (tcpi_snd_cwnd = 10)")]
    public void Code_IsJudged(string code, string? message)
    {
        DrillResult result = Scripts.Run(Scripts.Open + $"+0 %{{ {code} }}%\n");
        Assert.Equal(message is null ? "test.pkt: ok" : "test.pkt:9: error: " + message, result.ToString());
    }

    // packetdrill and Linux: a buffer that is no address costs nothing that was received.
    [Fact]
    public void NullBuffer_IsABadAddressOnceThereIsSomethingToCopy() =>
        Assert.Equal("test.pkt: ok", Scripts.Run(Scripts.Open + """
            +0 send(4, NULL, 0, 0) = 0
            +0 sendto(4, NULL, 1000, 0, ..., ...) = -1 EFAULT (Bad address)
            +0 < P. 1:501(500) ack 1 win 257
            +0 > . 1:1(0) ack 501
            +0 read(4, NULL, 1000) = -1 EFAULT (Bad address)
            +0 read(4, ..., 1000) = 500

            """).ToString());

    [Theory]
    [InlineData("assert 2**63 + 1 != 2**63 and 2**64 - 1 == 0xFFFFFFFFFFFFFFFF and -7 // 2 == -4 and -7 % 3 == 2 and ~5 == -6", null)]
    [InlineData("assert f'{tcpi_snd_cwnd} of {2 + 3}{{}}' == '10 of 5{}' and (1, 2)[-1] == 2 and [4, 5][0] == 4 and 'abc'[1] == 'b'", null)]
    [InlineData("assert '%5.2f|%-4d|%04x|%s|%%' % (1.5, 7, 255, 'a') == ' 1.50|7   |00ff|a|%'", null)]
    [InlineData("assert '%s %s' % (1,)", "error in code: TypeError: not enough arguments for format string: '%s %s' % (1,)")]
    [InlineData("assert '%s' % (1, 2)", "error in code: TypeError: not all arguments converted during string formatting: '%s' % (1, 2)")]
    [InlineData("x = [1]; y = x[1]", "error in code: IndexError: index out of range: x[1]")]
    [InlineData("x = 'a' * 3", "error in code: '*' needs two numbers: 'a' * 3")]
    [InlineData("x = 2 ** 100000", "error in code: the number is too long: 2 ** 100000")]
    [InlineData("x = 1 << 10000000000", "error in code: the number is too long: 1 << 10000000000")]
    public void Code_CountsAndFormatsAsPythonDoes(string code, string? message)
    {
        DrillResult result = Scripts.Run(Scripts.Open + $"+0 %{{ {code} }}%\n");
        Assert.Equal(message is null ? "test.pkt: ok" : "test.pkt:9: error: " + message, result.ToString());
    }

    [Fact]
    public void Code_ThatDoublesAString_CannotUseUpTheMemory()
    {
        string text = Scripts.Open + "+0 %{\nx = 'a'\n" + string.Concat(Enumerable.Repeat("x = x + x\n", 60)) + "}%\n";
        Assert.Equal("test.pkt:31: error: error in code: the string is too long: x + x", Scripts.Run(text).ToString());
    }

    [Fact]
    public void Code_WhatItPrints_IsInTheLog() => Assert.Equal(["cwnd 10"], Scripts.Run(Scripts.Open + "+0 %{ print('cwnd', tcpi_snd_cwnd) }%\n").Log);

    [Theory]
    [InlineData("+0 setsockopt(4, IPPROTO_IP, IP_NO_SUCH_THING, [1], 4) = 0", "test.pkt: skipped: needs IP_NO_SUCH_THING")]
    [InlineData("+0 setsockopt(4, IPPROTO_TCP, TCP_NODELAY, [TCP_NO_SUCH_VALUE], 4) = 0", "test.pkt: skipped: needs the constant TCP_NO_SUCH_VALUE")]
    [InlineData("+0 setsockopt(4, IPPROTO_TCP, TCP_NODELAY, [NOSUCH], 4) = 0", "test.pkt:9: error: unknown symbol NOSUCH")]
    [InlineData("+0 < . 1:1(0) ack 1 win 257 <md5 000102030405060708090a0b0c0d0e0f>", "test.pkt: skipped: needs TCP MD5 signatures (RFC 2385)")]
    [InlineData("+0 %{ print(1, sep='') }%", "test.pkt: skipped: needs print()'s sep= in code")]
    [InlineData("+0 %{ x = (1, 2)[0:1] }%", "test.pkt: skipped: needs Python's slices in code")]
    [InlineData("+0 sendfile(4, 5, [0], 10) = 10", "test.pkt: skipped: needs sendfile()")]
    [InlineData("+0 setsockopt(4, SOL_TCP, TCP_MD5SIG, [1], 4) = 0", "test.pkt: skipped: needs TCP_MD5SIG")]
    [InlineData("+0 `iptables -A INPUT -j DROP`", "test.pkt: skipped: needs the command iptables")]
    [InlineData("+0 `sysctl -q net.ipv4.tcp_nosuch=1`", "test.pkt: skipped: needs sysctl net.ipv4.tcp_nosuch=1")]
    public void Need_IsToldApart(string line, string expected) => Assert.Equal(expected, Scripts.Run(Scripts.Open + line + "\n").ToString());

    [Fact]
    public void Personality_FreeBsd_WritesItsOptionsInItsOrder()
    {
        const string Text = """
                0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
               +0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
               +0 > S 0:0(0) <mss 1460,nop,wscale 6,sackOK,TS val 100 ecr 0>
            """;
        Assert.Equal(DrillOutcome.Ok, DrillRunner.Run("test.pkt", Text, new DrillOptions { Personality = DrillPersonality.FreeBsd }).Outcome);
        Assert.Equal(DrillOutcome.Failed, DrillRunner.Run("test.pkt", Text, new DrillOptions()).Outcome);
    }
}

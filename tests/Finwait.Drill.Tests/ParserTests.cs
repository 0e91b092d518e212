namespace Finwait.Drill.Tests;

/// <summary>What the language accepts, and what is said about a script that is wrong: the line, the word, and what would be right.</summary>
public class ParserTests
{
    [Theory]
    [InlineData("", 1, "syntax error at end of file: there is no event")]
    [InlineData("// nothing\n", 2, "syntax error at end of file: there is no event")]
    [InlineData("/* open\n\n", 1, "syntax error: the comment does not end")]
    [InlineData("0 socket(", 1, "syntax error at end of file: expected an argument")]
    [InlineData("0 socket(...) 3", 1, "syntax error at '3': expected '=' after the arguments of socket")]
    [InlineData("0 socket(..., \"x) = 3", 1, "syntax error: the string does not end")]
    [InlineData("0 `sysctl", 1, "syntax error: the command does not end: expected '`'")]
    [InlineData("0 %{ assert 1", 1, "syntax error: the code does not end: expected '}%'")]
    [InlineData("\n\nx socket(...) = 3", 3, "syntax error at 'x': expected a time in seconds")]
    [InlineData("0 ? S 0:0(0)", 1, "syntax error at '?': expected a packet, a call, a command or code")]
    [InlineData("0 < 0:0(0) win 1", 1, "syntax error at ':0(0)': '0' is no flag")]
    [InlineData("0 < .57 0:0(0) ack 1 win 1", 1, "syntax error at '0:0(0)': '5' is no flag")]
    [InlineData("0 < SX 0:0(0) win 1", 1, "syntax error at '0:0(0)': 'X' is no flag")]
    [InlineData("0 < SS 0:0(0) win 1", 1, "syntax error at '0:0(0)': the flag 'S' is there twice")]
    [InlineData("0 < S 0:1(0) win 1", 1, "syntax error at 'win': inconsistent TCP sequence numbers and payload size: 0:1 are 1 octets, not 0")]
    [InlineData("0 < S 0:0(0) win 65536", 1, "syntax error: a window 65536 is not between 0 and 65535")]
    [InlineData("0 < S 0:0(0) win 1 <mss 1,oops>", 1, "syntax error at '>': 'oops' is no TCP option")]
    [InlineData("0 < S 0:0(0) win 1 <mss 70000>", 1, "syntax error: a segment size 70000 is not between 0 and 65535")]
    [InlineData("0 < S 0:0(0) win 1 <TS 1 ecr 2>", 1, "syntax error at '1': expected 'val'")]
    [InlineData("0 < S 0:0(0) win 1 <FO abc>", 1, "syntax error at '>': expected pairs of hexadecimal digits")]
    [InlineData("0 < S 0:0(0) win 1 <ECN ceb 1>", 1, "syntax error at '>': the counters of ECN stand as e0b ceb e1b, or as e1b ceb e0b")]
    [InlineData("0 < [ect2] S 0:0(0) win 1", 1, "syntax error at ']': 'ect2' is no field of the IP header")]
    [InlineData("0 < icmp unreachable no_such [1:1(0)]", 1, "syntax error at '[1:1(0)]': 'unreachable no_such' is no message of ICMP")]
    [InlineData("0~+1 > S 0:0(0)", 1, "syntax error at '1': both ends of a range of times are relative, or none")]
    [InlineData("2~1 > S 0:0(0)", 1, "syntax error: the range of times ends before it begins")]
    [InlineData("0...1 < S 0:0(0) win 1", 1, "syntax error at '<': expected a packet, a call, a command or code")]
    [InlineData("--nosuch=1\n0 socket(...) = 3", 1, "there is no option --nosuch")]
    [InlineData("--ip_version=ipv5\n0 socket(...) = 3", 1, "bad --ip_version: 'ipv5' is none of ipv4, ipv6, ipv4-mapped-ipv6")]
    [InlineData("0 nosuch(3) = 0", 1, "there is no system call nosuch()")]
    [InlineData("0 close(NO_SUCH) = 0", 1, "unknown symbol NO_SUCH")]
    [InlineData("0 < S 0:0(0) win 1 <mss 1,nop>", 1, "TCP options are not padded correctly to ensure TCP header ends on a 32-bit boundary")]
    [InlineData("* < S 0:0(0) win 1", 1, "only an expected packet can have a range of times, or any time")]
    [InlineData("0 %{ assert nothing == 1 }%", 1, "error in code: NameError: name 'nothing' is not defined: nothing == 1")]
    [InlineData("0 %{ assert 1 + }%", 1, "error in code: expected a value: 1 +")]
    public void Script_Wrong_IsToldWithItsLine(string text, int line, string message) =>
        Assert.Equal($"test.pkt:{line}: error: {message}", Scripts.Run(text).ToString());

    [Theory]
    [InlineData("0 < mp 0:0(0) win 1")]
    [InlineData("0 ")]
    [InlineData("0 < S 0:0(0")]
    [InlineData("0 epoll_wait(5, {events=, fd=4}, 1, 0) = 1")]
    [InlineData("0 a(((((((((((((((((((((((((((((((((((((((((((((1) = 0")]
    public void Script_Broken_IsAnErrorInItsLine(string text) => Assert.Equal((DrillOutcome.Failed, 1), (Scripts.Run(text).Outcome, Scripts.Run(text).Line));

    [Fact]
    public void Script_EveryForm_IsRead()
    {
        DrillScript script = ScriptParser.Parse("""
            --tolerance_usecs=10000
            --define=PORT=8080
            #!/usr/bin/env packetdrill
            `./defaults.sh
             sysctl -q net.ipv4.tcp_ecn=0`
            /* a
               comment */
            0.000 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
            +0 fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)
            +.1...0.200 connect(3, {sa_family = AF_INET, sin_port = htons(PORT), sin_addr = inet_addr("192.0.2.1")}, ...) = -1 EINPROGRESS (Operation now in progress)
            * > [ect0] SEWA 0:0(0) <...>
            1.0~1.2 > [tos 0x10, ttl 64] P.5 1:11(10) ack 1 win 5 urg 3 <nop,nop,sack 1:2 3:4,TS val 1 ecr 0x2,md5 00ff,FO a1b2,FOEXP,ECN e1b 1 ceb 0 e0b 2,kind 200 0102,eol>
            +0~+.05 < - 4294967290:4(10) win 0
            +0 > 8080 > 40001: FR. 0:0(0) ack 0
            +0 > udp (100)
            +0 < icmp unreachable frag_needed mtu 1400 [1:1461(1460)]
            +0 < icmpv6 packet_too_big mtu 1300 [udp (10)]
            +0 recvmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 10},
                           {..., 20}], msg_flags=0}, MSG_DONTWAIT) = ?
            +0 %{
            assert tcpi_rto == 200000
            }%
            """);
        Assert.Equal([(1, "tolerance_usecs", "10000"), (2, "define", "PORT=8080")], script.Options);
        Assert.Equal("./defaults.sh\n sysctl -q net.ipv4.tcp_ecn=0", Assert.Single(script.Init).Command.ReplaceLineEndings("\n"));
        Assert.Equal([8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20], script.Events.Select(e => e.Line));
        Assert.Equal((DrillTimeKind.Relative, 100_000L, 200_000L), (script.Events[2].TimeKind, script.Events[2].Time, script.Events[2].CallEnd));
        Assert.Equal((DrillTimeKind.AbsoluteRange, 1_000_000L, 1_200_000L), (script.Events[4].TimeKind, script.Events[4].Time, script.Events[4].TimeEnd));
        TcpSpec tcp = ((PacketAction)script.Events[4].Action).Tcp!;
        Assert.Equal(Wire.TcpFlags.Psh | Wire.TcpFlags.Ack | Wire.TcpFlags.Ae | Wire.TcpFlags.Ece, tcp.Flags);
        Assert.Equal("nop,nop,sack 1:2 3:4,TS val 1 ecr 2,md5 00ff,FO a1b2,FOEXP,ECN e1b 1 ceb 0 e0b 2,kind 200 0102,eol", OptionCodec.Show(tcp.Options!, null));
        Assert.Equal((4294967290u, 10), (((PacketAction)script.Events[5].Action).Tcp!.Seq, ((PacketAction)script.Events[5].Action).Tcp!.Length));
    }

    [Theory]
    [InlineData("1 if tcpi_snd_cwnd > 5 else 2", "1")]
    [InlineData("-7 // 2, -7 % 2, 7 / 2, 2 ** 10", "(-4, 1, 3.5, 1024)")]
    [InlineData("'%d of %s: %x%%' % (10, 'x', 255)", "10 of x: ff%")]
    [InlineData("not 0 and 3 or 4", "3")]
    [InlineData("1 < 2 <= 2 != 3", "True")]
    [InlineData("(tcpi_snd_cwnd | 5) & ~1 ^ 0x0F << 2", "50")]
    [InlineData("min(3, 1, 2) + max([4, 9]) + abs(-2) + len('abc')", "15")]
    [InlineData("3 in (1, 2, 3), 3 not in [1]", "(True, True)")]
    public void Code_Expressions_AreThoseOfPython(string expression, string value) =>
        Assert.Equal(value, new CodeExpression(expression, 1, name => name == "tcpi_snd_cwnd" ? PyValue.Of(10) : null).Evaluate().ToString());

    [Fact]
    public void Definitions_StandForTheirValues_Everywhere()
    {
        string text = Definitions.Replace("""
            --define=LEN=1000
            +0 > S. 0:0(0) ack 1 <FO COOKIE,nop,FO TFO_COOKIE>
            +0 write(4, ..., LEN) = LENGTH // LEN
            """, new DrillOptions { Settings = ["define=COOKIE=a1b2"] });
        Assert.Equal("""
            --define=LEN=1000
            +0 > S. 0:0(0) ack 1 <FO a1b2,nop,FO 3021b9d889017eeb>
            +0 write(4, ..., 1000) = LENGTH // 1000
            """, text);
    }

    [Fact]
    public void Code_Statements_KeepTheirNames()
    {
        DrillResult result = Scripts.Run(Scripts.Open + """
            +0 %{
            cwnd = tcpi_snd_cwnd  # at the beginning
            cwnd += 1; twice = (cwnd *
                                2)
            if cwnd > 100:
                assert False
            elif cwnd == 11:
                assert twice == 22, 'twice is %d' % twice
                if twice: pass
            else:
                assert False
            print(cwnd, twice)
            }%
            +0 %{ assert twice == 23, twice }%
            """);
        Assert.Equal("test.pkt:22: error: error in code: AssertionError: 22: assert twice == 23, twice (twice = 22)", result.ToString());
    }
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab.Tests;

/// <summary>Which rows pass: the expectations are what iproute2 6.1 printed for the same sockets.</summary>
public sealed class SsFilterTests
{
    // Named by their local port, and a letter where several have one.
    private static readonly (string Name, SsRow Row)[] s_rows =
    [
        ("80L", Row(TcpState.Listen, "0.0.0.0", 80, "0.0.0.0", 0)),
        ("4000L", Row(TcpState.Listen, "127.0.0.1", 4000, "0.0.0.0", 0)),
        ("a", Row(TcpState.Established, "127.0.0.1", 49974, "127.0.0.1", 4000)),
        ("b", Row(TcpState.Established, "127.0.0.1", 49986, "127.0.0.1", 4000)),
        ("4000tw", Row(TcpState.TimeWait, "127.0.0.1", 4000, "127.0.0.1", 49992)),
        ("4000a", Row(TcpState.Established, "127.0.0.1", 4000, "127.0.0.1", 49974)),
        ("c", Row(TcpState.Established, "127.0.0.1", 34914, "127.0.0.1", 80)),
        ("4000b", Row(TcpState.Established, "127.0.0.1", 4000, "127.0.0.1", 49986)),
        ("d", Row(TcpState.CloseWait, "127.0.0.1", 51332, "127.0.0.1", 4001)),
        ("80c", Row(TcpState.Established, "127.0.0.1", 80, "127.0.0.1", 34914)),
        ("4002L", Row(TcpState.Listen, "::", 4002, "::", 0)),
        ("4001L", Row(TcpState.Listen, "::", 4001, "::", 0) with { IsDualStack = true }),
        ("4001d", Row(TcpState.FinWait2, "::ffff:127.0.0.1", 4001, "::ffff:127.0.0.1", 51332) with { Form = SsRowForm.TimeWait }),
    ];

    [Theory]
    [InlineData("", "80L 4000L a b 4000tw 4000a c 4000b d 80c 4002L 4001L 4001d")]
    [InlineData("src *", "80L 4000L a b 4000tw 4000a c 4000b d 80c 4002L 4001L 4001d")]
    [InlineData("src any", "80L 4000L a b 4000tw 4000a c 4000b d 80c 4002L 4001L 4001d")]
    [InlineData("src *:*", "80L 4000L a b 4000tw 4000a c 4000b d 80c 4002L 4001L 4001d")]
    [InlineData("src 0.0.0.0/0", "80L 4000L a b 4000tw 4000a c 4000b d 80c 4001d")]
    [InlineData("src 0/0", "80L 4000L a b 4000tw 4000a c 4000b d 80c 4001d")]
    [InlineData("src 127.0.0.1", "4000L a b 4000tw 4000a c 4000b d 80c 4001d")]
    [InlineData("src = 127.0.0.1", "4000L a b 4000tw 4000a c 4000b d 80c 4001d")]
    [InlineData("src 127.0.0.1:", "4000L a b 4000tw 4000a c 4000b d 80c 4001d")]
    [InlineData("src 127.0.0.1:*", "4000L a b 4000tw 4000a c 4000b d 80c 4001d")]
    [InlineData("src 127.0/8", "4000L a b 4000tw 4000a c 4000b d 80c 4001d")]
    [InlineData("src 127.0.0.1/255.0.0.0", "4000L a b 4000tw 4000a c 4000b d 80c 4001d")]
    [InlineData("src inet:127.0.0.1", "4000L a b 4000tw 4000a c 4000b d 80c")]
    [InlineData("src inet6:", "4002L 4001L 4001d")]
    [InlineData("src 127", "")]
    [InlineData("src 0.0.0.0", "80L")]
    [InlineData("src [::]", "4002L 4001L")]
    [InlineData("src [::]:4002", "4002L")]
    [InlineData("src [::ffff:127.0.0.1]", "4001d")]
    [InlineData("src 127.0.0.0/8:4000", "4000L 4000tw 4000a 4000b")]
    [InlineData("src localhost:80", "80c")]
    [InlineData("src :80", "80L 80c")]
    [InlineData("src *:80", "80L 80c")]
    [InlineData("dst 127.0.0.1:4000", "a b")]
    [InlineData("dst 127.0.0.1 dst 127.0.0.1:80", "c")]
    [InlineData("dport 80", "c")]
    [InlineData("sport = 80", "80L 80c")]
    [InlineData("sport eq 80", "80L 80c")]
    [InlineData("sport = :http", "80L 80c")]
    [InlineData("sport > :4000", "a b c d 4002L 4001L 4001d")]
    [InlineData("dport ge 49975", "4000tw 4000b 4001d")]
    [InlineData("dport = 0", "80L 4000L 4002L 4001L")]
    [InlineData("sport != 4000 && dport != 4000", "80L c d 80c 4002L 4001L 4001d")]
    [InlineData("not src 127.0.0.1", "80L 4002L 4001L")]
    [InlineData("not src 127.0.0.1 and not dst 127.0.0.1", "80L 4002L 4001L")]
    [InlineData("not not sport 80", "80L 80c")]
    [InlineData("! ( src 127.0.0.1 or dport = :80 )", "80L 4002L 4001L")]
    [InlineData("( sport = :80 or sport = :4000 ) and dst 127.0.0.1", "4000tw 4000a 4000b 80c")]
    [InlineData("sport = :80 || sport = :4001", "80L 80c 4001L 4001d")]
    [InlineData("src 127.0.0.1 or not sport 80", "4000L a b 4000tw 4000a c 4000b d 80c 4002L 4001L 4001d")]
    [InlineData("src 127.0.0.1 sport = :80", "80c")]
    // and and or have one precedence, from the left: surprising, but so it is.
    [InlineData("src 127.0.0.1 or sport 80 and dport 4000", "a b")]
    [InlineData("sport 80 or sport 4000 dport 49974", "4000a")]
    [InlineData("dev lo", "")]
    public void Filter_OnAllStates_ShowsTheRowsThatIproute2Shows(string filter, string expected) => Assert.Equal(expected, Shown("-tan " + filter));

    [Theory]
    [InlineData("-t", "a b 4000a c 4000b d 80c 4001d")]
    [InlineData("-ta", "80L 4000L a b 4000tw 4000a c 4000b d 80c 4002L 4001L 4001d")]
    [InlineData("-tl", "80L 4000L 4002L 4001L")]
    [InlineData("-at -l", "80L 4000L 4002L 4001L")]
    [InlineData("-t4", "a b 4000a c 4000b d 80c")]
    [InlineData("-4 -6 -ta", "4002L 4001L 4001d")]
    [InlineData("-f inet -ta", "80L 4000L a b 4000tw 4000a c 4000b d 80c")]
    [InlineData("--tcp --list", "80L 4000L 4002L 4001L")]
    [InlineData("-t state ESTABLISHED", "a b 4000a c 4000b 80c")]
    [InlineData("-t state listening state time-wait", "80L 4000L 4000tw 4002L 4001L")]
    [InlineData("-t exclude established", "80L 4000L 4000tw d 4002L 4001L 4001d")]
    [InlineData("-t state all exclude established", "80L 4000L 4000tw d 4002L 4001L 4001d")]
    [InlineData("-t state bucket", "4000tw")]
    [InlineData("-t state connected", "a b 4000tw 4000a c 4000b d 80c 4001d")]
    [InlineData("-t state synchronized", "a b 4000tw 4000a c 4000b d 80c 4001d")]
    [InlineData("-t state big", "80L 4000L a b 4000a c 4000b d 80c 4002L 4001L 4001d")]
    [InlineData("-u state all", "")]
    [InlineData("-t -o state all -ipn dst 127.0.0.1/32", "a b 4000tw 4000a c 4000b d 80c 4001d")]
    public void States_AndFamilies_ShowTheRowsThatIproute2Shows(string arguments, string expected) => Assert.Equal(expected, Shown(arguments));

    [Theory]
    [InlineData("-Q", "ss: invalid option -- 'Q'")]
    [InlineData("--bogus", "ss: unrecognized option '--bogus'")]
    [InlineData("-tA", "ss: option requires an argument -- 'A'")]
    [InlineData("-t -A foo", "ss: \"foo\" is illegal socket table id")]
    [InlineData("-f foo -t", "ss: \"foo\" is invalid family")]
    [InlineData("-E", "ss: option '-E' is not supported")]
    [InlineData("-t state bogus", "ss: wrong state name: bogus")]
    [InlineData("-t state", "Command line is not complete. Try option \"help\"")]
    [InlineData("-t src x.y", "Error: an inet prefix is expected rather than \"x.y\".")]
    [InlineData("-t src 127.0.0.1/33", "Error: an inet prefix is expected rather than \"127.0.0.1/33\".")]
    [InlineData("-t sport = :foo", "Error: \"foo\" does not look like a port.")]
    [InlineData("-t sport lt 80x", "Error: \"80x\" does not look like a port.")]
    [InlineData("-t sport 127.0.0.1:80", "Error: \"127.0.0.1:80\" does not look like a port.")]
    [InlineData("-t src", "ss: bison bellows (while parsing filter): \"syntax error!\" Sorry.\nss: an address is missing after \"src\"")]
    [InlineData("-t sport =", "ss: bison bellows (while parsing filter): \"syntax error!\" Sorry.\nss: a port is missing after \"sport\"")]
    [InlineData("-t ( sport = :80", "ss: bison bellows (while parsing filter): \"syntax error!\" Sorry.\nss: \")\" is missing at its end")]
    [InlineData("-t sport = :80 )", "ss: bison bellows (while parsing filter): \"syntax error!\" Sorry.\nss: unexpected \")\"")]
    [InlineData("-t src 127.0.0.1 and", "ss: bison bellows (while parsing filter): \"syntax error!\" Sorry.\nss: a condition is missing at its end")]
    [InlineData("-t or src 127.0.0.1", "ss: bison bellows (while parsing filter): \"syntax error!\" Sorry.\nss: a condition is missing before \"or\"")]
    [InlineData("-t 127.0.0.1", "ss: bison bellows (while parsing filter): \"syntax error!\" Sorry.\nss: \"127.0.0.1\" is none of src, dst, sport, dport, dev, not, (")]
    public void Error_SaysWhatIproute2Says_AndWhatIsWrong(string arguments, string expected)
    {
        ToolResult result = SsCommand.Run(arguments.Split(' '), [], new());
        bool isAddress = expected.StartsWith("Error: ", StringComparison.Ordinal);
        Assert.Equal((isAddress ? 1 : 255, "", expected + (isAddress ? "\nCannot parse dst/src address.\n" : "\n")), (result.Status, result.Output, result.Error));
    }

    [Fact]
    public void Filter_QuotedInOneArgument_IsUnderstood()
    {
        ToolResult result = SsCommand.Run(["-tanH", "( sport = :80 or sport = :http )"], s_rows.Select(row => row.Row), new());
        Assert.Equal(2, result.Output.AsSpan().Count('\n'));
    }

    [Fact]
    public void Filter_WithTenThousandTerms_IsWorkedOff()
    {
        string[] words = [.. Enumerable.Repeat("sport != 1 or", 10_000).SelectMany(text => text.Split(' ')), "dport", "0"];
        Assert.Equal(0, SsCommand.Run(["-tan", .. words], s_rows.Select(row => row.Row), new()).Status);
        Assert.Equal(255, SsCommand.Run(["-tan", .. Enumerable.Repeat("(", 10_000)], [], new()).Status);
        Assert.Equal(255, SsCommand.Run(["-tan", .. Enumerable.Repeat("not", 10_000)], [], new()).Status);
    }

    [Fact]
    public void RandomWords_NeverThrow()
    {
        string[] words = ["-t", "-tan", "-A", "tcp", "-f", "inet", "state", "exclude", "all", "established", "src", "dst", "sport", "dport", "=", "!=", ">=", "127.0.0.1", "10.10.0.0/16", "[::1]:80", "[", "]:", "::1", "/", ":", ":80", "*", "(", ")", "and", "or", "not", "!", "--", "-", "--f=", "", " ", "dev", "lo", "10.0/255.0.255.0", "inet6:", "fd00::/48", ":99999", "-H", "-s", "-O", "-empoi"];
        Random random = new(4711);
        for (int round = 0; round < 20_000; round++)
        {
            string[] line = [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => words[random.Next(words.Length)])];
            ToolResult result = SsCommand.Run(line, s_rows.Select(row => row.Row), new());
            Assert.True(result.Status == 0 ? result.Error.Length == 0 : result.Error.AsSpan().Count('\n') is 1 or 2, string.Join(' ', line));
        }
    }

    private static string Shown(string arguments)
    {
        string[] words = arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        ToolResult result = SsCommand.Run(words, s_rows.Select((row, i) => row.Row with { ReceiveQueue = i + 1000 }), new() { Names = new([(IpAddress.Parse("127.0.0.1"), "localhost")]) });
        Assert.Equal((0, ""), (result.Status, result.Error));
        return string.Join(' ', s_rows.Select((row, i) => (row.Name, Queue: i + 1000)).Where(row => result.Output.Contains($" {row.Queue} ", StringComparison.Ordinal) || result.Output.Contains($"\n{row.Queue} ", StringComparison.Ordinal)).Select(row => row.Name));
    }

    private static SsRow Row(TcpState state, string local, ushort localPort, string peer, ushort peerPort) => new()
    {
        Kind = SsKind.Tcp,
        State = state,
        Local = IpAddress.Parse(local),
        LocalPort = localPort,
        Peer = IpAddress.Parse(peer),
        PeerPort = peerPort,
    };
}

using Finwait.Tcp;

namespace Finwait.Lab.Tests;

/// <summary>The comparison of tables names what differs, and nothing else.</summary>
public sealed class SocketRowComparerTests
{
    private const string Table = """
        State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process
        LISTEN 1      128      10.10.2.100:4000      0.0.0.0:*     users:(("python3",pid=2001,fd=3))
        	 cubic cwnd:10 unacked:1
        ESTAB  0      12       10.10.2.100:4000  10.10.1.100:35200 timer:(on,200ms,1)
        	 ts sack cubic wscale:7,7 rto:204 rtt:0.1/0.05 mss:1448 cwnd:10 bytes_sent:12 send 1158400000bps lastsnd:50 lastrcv:60 lastack:60 pacing_rate 5bps delivered:1 minrtt:0.1 snd_wnd:64256

        """;

    [Theory]
    [InlineData("35200", "41000", "")]
    [InlineData("lastsnd:50", "lastsnd:120", "")]
    [InlineData("rtt:0.1/0.05", "rtt:9.1/0.05", "")]
    [InlineData("pacing_rate 5bps", "pacing_rate 99bps", "")]
    [InlineData("on,200ms", "on,240ms", "")]
    [InlineData("lastsnd:50", "lastsnd:250", "10.10.2.100:4000 > 10.10.1.100:client: lastsnd is 250 ms, expected 50 ms")]
    [InlineData("on,200ms", "on,800ms", "10.10.2.100:4000 > 10.10.1.100:client: timer remaining is 800 ms, expected 200 ms")]
    [InlineData("ms,1)", "ms,2)", "10.10.2.100:4000 > 10.10.1.100:client: timer count is 2, expected 1")]
    [InlineData("timer:(on,", "timer:(persist,", "10.10.2.100:4000 > 10.10.1.100:client: timer is persist, expected on")]
    [InlineData("rto:204", "rto:804", "10.10.2.100:4000 > 10.10.1.100:client: rto is 804 ms, expected 204 ms")]
    [InlineData("pacing_rate 5bps ", "", "10.10.2.100:4000 > 10.10.1.100:client: pacing_rate is none, expected some")]
    [InlineData("cwnd:10 bytes", "cwnd:11 bytes", "10.10.2.100:4000 > 10.10.1.100:client: cwnd is 11, expected 10")]
    [InlineData("ESTAB ", "CLOSE-WAIT ", "10.10.2.100:4000 > 10.10.1.100:client: state is CLOSE-WAIT, expected ESTAB")]
    [InlineData("LISTEN 1", "LISTEN 0", "10.10.2.100:4000 > 0.0.0.0:0: Recv-Q is 0, expected 1")]
    [InlineData("fd=3", "fd=4", "10.10.2.100:4000 > 0.0.0.0:0: users is python3/2001/4, expected python3/2001/3")]
    public void Compare_OneChange_IsNamedUnlessItMayDiffer(string from, string to, string expected)
    {
        Assert.Contains(from, Table, StringComparison.Ordinal);
        IReadOnlyList<string> differences = Compare(Table, Table.Replace(from, to, StringComparison.Ordinal));
        Assert.Equal(expected.Length == 0 ? [] : [expected], differences);
    }

    [Fact]
    public void Compare_RowsMissingOrTooMany_AreNamed()
    {
        string[] lines = Table.Split('\n');
        string without = string.Join('\n', lines[..3]) + "\n";
        Assert.Equal(["missing: 10.10.2.100:4000 > 10.10.1.100:client ESTAB"], Compare(Table, without));
        Assert.Equal(["not expected: 10.10.2.100:4000 > 10.10.1.100:client ESTAB"], Compare(without, Table));
        Assert.Empty(SocketRowComparer.Compare(SsTextParser.Parse(Table), SsTextParser.Now, [.. SsTextParser.Parse(Table).AsEnumerable().Reverse()], SsTextParser.Now));
    }

    [Fact]
    public void Compare_IgnoredWord_IsLeftOut()
    {
        List<SsRow> other = SsTextParser.Parse(Table.Replace("cwnd:10 bytes", "cwnd:11 bytes", StringComparison.Ordinal));
        Assert.Empty(SocketRowComparer.Compare(SsTextParser.Parse(Table), SsTextParser.Now, other, SsTextParser.Now, "cwnd"));
        Assert.Equal(TcpState.Established, other[1].State);
    }

    private static IReadOnlyList<string> Compare(string expected, string actual) =>
        SocketRowComparer.Compare(SsTextParser.Parse(expected), SsTextParser.Now, SsTextParser.Parse(actual), SsTextParser.Now);
}

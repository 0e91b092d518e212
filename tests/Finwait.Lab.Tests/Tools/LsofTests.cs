using System.Globalization;
using System.Text.RegularExpressions;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab.Tests;

/// <summary>Every table that the real lsof printed, read into rows and printed again; its selections and errors.</summary>
public sealed partial class LsofTests
{
    [Fact]
    public void GoldenTables_ParsedAndPrintedAgain_AreTheSameBytes()
    {
        int count = AssertRoundTrips(ToolGolden.Sections("*.txt").Where(section => section.File.Contains("steps", StringComparison.Ordinal)));
        Assert.Equal(1096, count);
    }

    // Here the rows come from the table of everything, so that the selection is tested too.
    [Fact]
    public void LoopbackTables_SelectedFromAllSockets_AreTheSameBytes()
    {
        ToolSection[] sections = [.. ToolGolden.Sections("lsof-loopback.txt")];
        List<SsRow> all = Parse(sections.Single(section => section.Command == "lsof -n -P -i").Output);
        Assert.Equal(25, sections.Length);
        foreach (ToolSection section in sections)
        {
            ToolResult result = LsofCommand.Run(section.Command.Split(' ')[1..], all, new());
            Assert.Equal(section.Command + "\n" + section.Output, section.Command + "\n" + result.Output);
            Assert.Equal(section.Output.Length == 0 ? 1 : 0, result.Status);
        }
    }

    [Theory]
    [InlineData("-Y", "lsof: illegal option character: Y")]
    [InlineData("-i foo", "lsof: unknown protocol name (foo) in: -i foo")]
    [InlineData("-i tcp:foo", "lsof: unknown service foo for tcp in: -i tcp:foo")]
    [InlineData("-i :foo", "lsof: unknown service foo in: -i :foo")]
    [InlineData("-i tcp:", "lsof: unacceptable port specification in: -i tcp:")]
    [InlineData("-i @nohost", "lsof: unknown host name (nohost) in: -i @nohost")]
    [InlineData("-i -sTCP:FOO", "lsof: unknown TCP state name: FOO")]
    [InlineData("-i -sUDP:Idle", "lsof: no UDP state names available: UDP:Idle")]
    [InlineData("-i -sTCP", "lsof: unknown -s protocol: \"TCP\"")]
    [InlineData("-p abc", "lsof: illegal process ID: abc")]
    [InlineData("-n +c x", "lsof: +c not followed by width number")]
    [InlineData("-i tcp foo", "lsof: status error on foo: No such file or directory")]
    public void Error_IsLsofsFirstLine(string arguments, string expected)
    {
        ToolResult result = LsofCommand.Run(arguments.Split(' '), [], new());
        Assert.Equal((1, "", expected + "\n"), (result.Status, result.Output, result.Error));
    }

    [Fact]
    public void Names_WithoutN_ReplaceAddresses()
    {
        List<SsRow> rows = Parse("COMMAND\nnc 1 root 3u IPv4 7 0t0 TCP 10.10.1.100:35200->10.10.2.100:80 (ESTABLISHED)\n");
        ToolContext context = new() { Names = new([(IpAddress.Parse("10.10.2.100"), "juliet")]) };
        Assert.EndsWith("TCP 10.10.1.100:35200->juliet:http (ESTABLISHED)\n", LsofCommand.Run(["-i", "@juliet:www"], rows, context).Output, StringComparison.Ordinal);
        Assert.Equal("1\n", LsofCommand.Run(["-ti"], rows, context).Output);
    }

    [Fact]
    public void RandomWords_NeverThrow()
    {
        string[] words = ["-n", "-P", "-i", "-itcp", "tcp", "udp:53", "4", "6tcp@", "@[", "@[::1]:80", "@::1", ":", ":,", ":1-2-3", ":4000-", "-p", "-p1,^2", "1", "-c", "^", "-u", "root", "-a", "-t", "+c", "+c0", "+x", "-sTCP:^", "-s", "TCP:LISTEN,", "-", "", "--", "-h"];
        Random random = new(815);
        List<SsRow> rows = Parse("COMMAND\nnc 1 root 3u IPv4 7 0t0 TCP 10.10.1.100:35200->10.10.2.100:80 (ESTABLISHED)\n");
        for (int round = 0; round < 20_000; round++)
        {
            string[] line = [.. Enumerable.Range(0, random.Next(1, 7)).Select(_ => words[random.Next(words.Length)])];
            ToolResult result = LsofCommand.Run(line, rows, new());
            Assert.True(result.Output.Length == 0 || result.Error.Length == 0, string.Join(' ', line));
        }
    }

    private static int AssertRoundTrips(IEnumerable<ToolSection> sections)
    {
        int count = 0;
        foreach (ToolSection section in sections)
        {
            string[] words = section.Command.Split(' ');
            if (words[0] == "lsof")
            {
                count++;
                string again = LsofCommand.Run(words[1..], Parse(section.Output), new()).Output;
                Assert.True(again == section.Output, $"{section.Where}\n{section.Output}\nbut we print\n{again}");
            }
        }

        return count;
    }

    internal static List<SsRow> Parse(string text) => [.. text.Split('\n').Skip(1).Where(line => line.Length > 0).Select(ParseRow)];

    private static SsRow ParseRow(string line)
    {
        Match match = RowPattern().Match(line);
        Assert.True(match.Success, line);
        SsKind kind = match.Groups[6].Value == "UDP" ? SsKind.Udp : SsKind.Tcp;
        bool isV6 = match.Groups[4].Value == "IPv6";
        string[] ends = match.Groups[7].Value.Split("->");
        (IpAddress local, ushort localPort) = ParseEnd(ends[0], isV6, kind);
        (IpAddress peer, ushort peerPort) = ends.Length > 1 ? ParseEnd(ends[1], isV6, kind) : (isV6 ? IpAddress.AnyV6 : IpAddress.AnyV4, (ushort)0);
        string state = match.Groups[8].Value;
        TcpState tcpState = TcpState.Closed;
        Assert.True(state.Length == 0 || LsofCommand.TryParseState(state, out tcpState), line);
        return new()
        {
            Kind = kind,
            State = tcpState,
            Local = local,
            LocalPort = localPort,
            Peer = peer,
            PeerPort = peerPort,
            Inode = long.Parse(match.Groups[5].Value, CultureInfo.InvariantCulture),
            Users = [new(match.Groups[1].Value, int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture), int.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture))],
        };
    }

    private static (IpAddress Address, ushort Port) ParseEnd(string text, bool isV6, SsKind kind)
    {
        int colon = text.LastIndexOf(':');
        string address = text[..colon].Trim('[', ']');
        if (!int.TryParse(text.AsSpan(colon + 1), CultureInfo.InvariantCulture, out int port))
        {
            Assert.True(ToolNames.ServicesOnly.TryFindService(text[(colon + 1)..], kind == SsKind.Udp, out port), text);
        }

        return (address == "*" ? isV6 ? IpAddress.AnyV6 : IpAddress.AnyV4 : IpAddress.Parse(isV6 && address.Contains('.') ? "::ffff:" + address : address), (ushort)port);
    }

    [GeneratedRegex(@"^(\S+) +(\d+) root +(\d+)u +(IPv[46]) +(\d+) +0t0 +(TCP|UDP) (\S+) ?(?:\((\w+)\))?$")]
    private static partial Regex RowPattern();
}

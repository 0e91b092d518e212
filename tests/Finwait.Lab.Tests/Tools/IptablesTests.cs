using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Finwait.Stack;

namespace Finwait.Lab.Tests;

/// <summary>iptables against what the real one printed: sessions replayed, rule files rebuilt.</summary>
public sealed partial class IptablesTests
{
    [Theory]
    [InlineData("iptables-rules.txt", 79)]
    [InlineData("iptables-lists.txt", 90)]
    [InlineData("iptables-errors.txt", 130)]
    [InlineData("ip6tables.txt", 20)]
    [InlineData("iptables-legacy.txt", 28)]
    public void Session_Replayed_PrintsTheSameBytes(string file, int atLeast)
    {
        Host host = new(new());
        ToolSection[] sections = [.. ToolGolden.Sections(file)];
        Assert.True(sections.Length >= atLeast, $"{sections.Length} commands");
        foreach (ToolSection section in sections)
        {
            Assert.Equal(section.Where + "\n" + section.Output, section.Where + "\n" + Transcript(Run(host, section.Command, section.Output)));
        }
    }

    [Fact]
    public void GoldenRules_RebuiltFromTheirOwnText_ListAsTheRealOne()
    {
        string[] files = [.. Directory.GetFiles(ToolGolden.Root, "rules.*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        Assert.Equal(12, files.Length);
        foreach (string file in files)
        {
            ToolSection[] sections = [.. ToolGolden.Cut(Path.GetRelativePath(ToolGolden.Root, file), File.ReadAllText(file))];
            Assert.Equal(8, sections.Length);
            Host host = new(new());
            foreach (string line in sections.Single(section => section.Command.EndsWith("-S", StringComparison.Ordinal)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                Assert.Equal("", Transcript(Run(host, "iptables " + line)));
            }

            SetCounters(host, sections.Single(section => section.Command.EndsWith("save -c", StringComparison.Ordinal)).Output, sections.Single(section => section.Command.Contains("-L -v", StringComparison.Ordinal)).Output);
            foreach (ToolSection section in sections)
            {
                Assert.Equal(section.Where + "\n" + section.Output, section.Where + "\n" + Transcript(Run(host, section.Command, section.Output)));
            }
        }
    }

    // What the real one does here cannot be had, or reads worse: one line that says what is and what is not.
    [Theory]
    [InlineData("iptables -L web", 1, "iptables: No chain/target/match by that name.\n")]
    [InlineData("iptables -S NOPE", 1, "iptables: No chain/target/match by that name.\n")]
    [InlineData("iptables -t nat -L", 3, "iptables v1.8.9 (nf_tables): table 'nat' is not supported, only 'filter' is\n")]
    [InlineData("iptables -A INPUT -m multiport --dports 1,2 -j DROP", 2, "iptables v1.8.9 (nf_tables): match 'multiport' is not supported; tcp, udp, icmp, comment, conntrack, length, limit, state and statistic are\nTry `iptables -h' or 'iptables --help' for more information.\n")]
    [InlineData("iptables -A INPUT -j MARK", 2, "iptables v1.8.9 (nf_tables): target 'MARK' is not supported; ACCEPT, DROP, REJECT, LOG, RETURN and your own chains are\nTry `iptables -h' or 'iptables --help' for more information.\n")]
    [InlineData("iptables-save -t nat", 1, "iptables v1.8.9 (nf_tables): table 'nat' is not supported, only 'filter' is\n")]
    public void NotSupported_IsSaid(string command, int status, string error) => Assert.Equal(new ToolResult(status, "", error), Run(new Host(new()), command));

    [Fact]
    public void RuleOfTheTutorial_FreezesAndThaws()
    {
        Host host = new(new());
        Assert.Equal("", Transcript(Run(host, "iptables -A INPUT -s 192.168.100.51  -p tcp --tcp-flags SYN SYN -j DROP")));
        FilterRule rule = Assert.Single(host.Filter.Input.Rules);
        Assert.Equal(FilterTargetKind.Drop, rule.Target.Kind);
        Assert.Equal("1    DROP       6    --  192.168.100.51       0.0.0.0/0            tcp flags:0x02/0x02", Run(host, "iptables -L INPUT -n --line-numbers").Output.Split('\n')[2]);
        Assert.Equal("", Transcript(Run(host, "iptables -D INPUT 1")));
        Assert.Empty(host.Filter.Input.Rules);
        Assert.Equal("iptables: Index of deletion too big.\n", Run(host, "iptables -D INPUT 1").Error);
    }

    [Fact]
    public void RulesAsPrintedByS_ReadAgain_AreTheSameRules()
    {
        Host first = new(new()), second = new(new());
        foreach (ToolSection section in ToolGolden.Sections("iptables-rules.txt").Where(section => !section.Command.Contains("-L", StringComparison.Ordinal)))
        {
            Run(first, section.Command);
        }

        string[] lines = Run(first, "iptables -S").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 70);
        foreach (string line in lines)
        {
            Assert.Equal("", Transcript(Run(second, "iptables " + line)));
        }

        Assert.Equal(Run(first, "iptables-save").Output, Run(second, "iptables-save").Output);
    }

    [Theory]
    [InlineData(0, "Thu Jan  1 00:00:00 1970")]
    [InlineData(951_782_400, "Tue Feb 29 00:00:00 2000")]
    [InlineData(1_795_228_468, "Sat Nov 21 02:34:28 2026")]
    [InlineData(4_107_542_399, "Sun Feb 28 23:59:59 2100")]
    [InlineData(4_107_542_400, "Mon Mar  1 00:00:00 2100")]
    public void Ctime_IsThatOfDate(long seconds, string expected) => Assert.Equal(expected, CalendarText.Ctime(seconds));

    [Fact]
    public void MutatedLines_NeverThrow_AndFailuresSayWhy()
    {
        string[] commands = [.. ToolGolden.Sections("*ables-*.txt").Concat(ToolGolden.Sections("ip6tables.txt")).Select(section => section.Command)];
        string[] words = ["-A", "INPUT", "!", "-p", "tcp", "--dport", "-j", "DROP", "REJECT", "-m", "limit", "--limit", "1/s", "", "-", "--", "--=", "-t", "filter", "-c", "1", "-1", "99999999999999999999", "web", "-g", ",", "/", "1.2.3.4/", ":", "\u00e9", "--tcp-flags", "ALL", "-f", "-v", "--icmp-type", "255/255"];
        Random random = new(2718);
        for (int round = 0; round < 20_000; round++)
        {
            Host host = new(new());
            List<string> line = Split(commands[random.Next(commands.Length)]);
            for (int change = random.Next(1, 4); change > 0 && line.Count > 1; change--)
            {
                int at = random.Next(1, line.Count);
                switch (random.Next(4))
                {
                    case 0: line.RemoveAt(at); break;
                    case 1: line.Insert(at, words[random.Next(words.Length)]); break;
                    case 2: line[at] = words[random.Next(words.Length)]; break;
                    default: line[at] = line[at].Length > 1 ? line[at][..^1] : line[at] + "x"; break;
                }
            }

            ToolResult result = IptablesCommand.Run(line[0], line.GetRange(1, line.Count - 1), host.Filter, host.Filter6, new());
            Assert.True(result.Status == 0 == (result.Error.Length == 0), string.Join(' ', line));
        }
    }

    private static ToolResult Run(Host host, string command, string output = "")
    {
        List<string> words = Split(command);
        Match date = DatePattern().Match(output);
        long seconds = date.Success ? new DateTimeOffset(DateTime.ParseExact(date.Groups[1].Value, "ddd MMM d HH:mm:ss yyyy", CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces), TimeSpan.Zero).ToUnixTimeSeconds() : 0;
        ToolContext context = new() { UnixSeconds = seconds, Names = new([(Finwait.Wire.IpAddress.Parse("127.0.0.1"), "localhost")]) };
        return IptablesCommand.Run(words[0], words.GetRange(1, words.Count - 1), host.Filter, host.Filter6, context);
    }

    private static string Transcript(ToolResult result)
    {
        string[] lines = result.Error.Split('\n');
        string error = string.Concat(lines.Take(lines.Length - 1).Select(line => $"2> {line}\n"));
        return result.Output + error + (result.Status == 0 ? "" : $"? {result.Status}\n");
    }

    private static void SetCounters(Host host, string save, string list)
    {
        foreach (FilterChain chain in host.Filter.Chains)
        {
            int i = 0;
            foreach (Match match in CounterPattern().Matches(save).Where(match => match.Groups[3].Value == chain.Name))
            {
                (chain.Rules[i].Packets, chain.Rules[i++].Octets) = (Number(match.Groups[1]), Number(match.Groups[2]));
            }

            Match policy = Regex.Match(list, $@"Chain {chain.Name} \(policy \w+ (\d+) packets, (\d+) bytes\)");
            (chain.PolicyPackets, chain.PolicyOctets) = (Number(policy.Groups[1]), Number(policy.Groups[2]));
        }

        static long Number(Group group) => long.Parse(group.Value, CultureInfo.InvariantCulture);
    }

    // As a shell cuts a line: double quotes and backslashes.
    private static List<string> Split(string line)
    {
        List<string> words = [];
        StringBuilder? word = null;
        bool quoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (c == '\\' && i + 1 < line.Length)
            {
                (word ??= new()).Append(line[++i]);
            }
            else if (c == '"')
            {
                quoted = !quoted;
                word ??= new();
            }
            else if (c == ' ' && !quoted)
            {
                if (word is not null)
                {
                    words.Add(word.ToString());
                }

                word = null;
            }
            else
            {
                (word ??= new()).Append(c);
            }
        }

        if (word is not null)
        {
            words.Add(word.ToString());
        }

        return words;
    }

    [GeneratedRegex(@"# Generated by .* on (.*)")]
    private static partial Regex DatePattern();

    [GeneratedRegex(@"^\[(\d+):(\d+)\] -A (\S+)", RegexOptions.Multiline)]
    private static partial Regex CounterPattern();
}

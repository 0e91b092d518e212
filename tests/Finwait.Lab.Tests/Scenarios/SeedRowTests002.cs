using System.Text.RegularExpressions;
using System.Xml.Linq;
using Finwait.Cli;

namespace Finwait.Lab.Tests;

/// <summary>Seed 002, TCP states frozen with iptables and watched with ss, row by row: what the article types and shows. The server is 192.168.100.100 port 32000, the client 192.168.100.51 port 32089.</summary>
public sealed class SeedRowTests002
{
    private const string DropSyn = "iptables -A INPUT -s 192.168.100.51  -p tcp --tcp-flags SYN SYN -j DROP";

    /// <summary>Both addresses on one machine, and both programs compiled, as in the article.</summary>
    private static SeedRun OneMachine(params string[] lines)
    {
        var run = new SeedRun();
        run.Type("romeo$ sudo ifconfig eth0:0 192.168.100.100 up", "romeo$ sudo ifconfig eth0:1 192.168.100.51  up", "romeo$ gcc -o server server.c", "romeo$ gcc -o client client.c");
        run.Type(lines);
        return run;
    }

    /// <summary>The state of each side as the article's script shows it: server, then client.</summary>
    private static string[] States(SeedRun run) => [.. run.Type("romeo$ ./server-state.sh").By("romeo").Select(line => line.Replace("ip:port = 192.168.100.", "", StringComparison.Ordinal))];

    private static IEnumerable<XElement> Drawn(SeedRun run, string name) => XDocument.Parse(run.Picture("states.svg")).Root!.Descendants().Where(e => (string?)e.Attribute("class") == "d-" + name);

    // The transition diagram with trigger and action on each arrow
    [Fact]
    public void Diagram_Drawn_HasElevenStatesAndWhatTriggersAndSends()
    {
        SeedRun run = OneMachine("romeo$ ./server", "romeo$ ./client");
        Seen seen = run.Type("states");
        string diagram = string.Join('\n', seen.By("lab"));
        Assert.All((string[])["CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"], state => Assert.Contains(state, diagram, StringComparison.Ordinal));

        // "For the arrow from ESTABLISHED to CLOSE_WAIT, the label is FIN/ACK": RFC 9293, figure 5.
        Assert.All((string[])["connect() / SYN", "rcv SYN / SYN,ACK", "rcv SYN,ACK / ACK", "rcv FIN / ACK", "close() / FIN", "rcv ACK of FIN", "2 MSL"], label => Assert.Contains(label, diagram, StringComparison.Ordinal));
        Assert.Equal(21, Drawn(run, "arrow").Count() + Drawn(run, "arrow-client").Count() + Drawn(run, "arrow-server").Count());
    }

    // The paths of client and server in colours with the numbers of their steps: red and blue, 1 to 5
    [Fact]
    public void Paths_OfTheHandshake_AreRedAndBlueAndNumberedAsInTheArticle()
    {
        SeedRun run = OneMachine("romeo$ ./server", "romeo$ ./client");
        Assert.Equal((2, 3), (Drawn(run, "arrow-client").Count(), Drawn(run, "arrow-server").Count()));
        run.Type("states").Shows("lab", @"s1 .* CLOSED -> LISTEN +listen\(\)", @"c2 .* CLOSED -> SYN-SENT +connect\(\) / snd SYN", @"s3 .* LISTEN -> SYN-RECEIVED +rcv SYN .*/ snd SYN,ACK",
            @"c4 .* SYN-SENT -> ESTABLISHED +rcv SYN,ACK .*/ snd ACK", @"s5 .* SYN-RECEIVED -> ESTABLISHED +rcv ACK of SYN");
        Match[] colours = [.. Regex.Matches(run.Picture("states.svg"), @"\.d-arrow-(client|server)\{stroke:#(?<red>..)(?<green>..)(?<blue>..)").Take(2)];
        int[] Parts(Match colour) => [.. new[] { "red", "green", "blue" }.Select(part => Convert.ToInt32(colour.Groups[part].Value, 16))];
        Assert.Equal((0, 2), (Array.IndexOf(Parts(colours[0]), Parts(colours[0]).Max()), Array.IndexOf(Parts(colours[1]), Parts(colours[1]).Max())));
    }

    // Alias interfaces: two addresses on one machine
    [Fact]
    public void AliasInterfaces_Made_CarryBothAddresses()
    {
        SeedRun run = OneMachine();
        run.Type("romeo$ ifconfig").Shows("romeo", "^eth0:0: ", "inet 192.168.100.100 ", "^eth0:1: ", "inet 192.168.100.51 ");
        run.Type("romeo$ ping -c 1 -I 192.168.100.51 192.168.100.100").Shows("romeo", "^64 bytes from 192.168.100.100: icmp_seq=1");
    }

    // A client with a port of its own: bind() before connect()
    [Fact]
    public void Client_BoundBeforeItConnects_HasItsFixedPort() =>
        OneMachine("romeo$ ./server", "romeo$ ./client").Type("romeo$ ss -tan").Shows("romeo", @"^LISTEN +0 +10 +192\.168\.100\.100:32000 +0\.0\.0\.0:\*", @"^ESTAB +0 +0 +192\.168\.100\.(51:32089 +192\.168\.100\.100:32000|100:32000 +192\.168\.100\.51:32089)");

    // Programs that wait for a key before they close
    [Fact]
    public void Programs_ThatWaitForAKey_CloseWhenItComes()
    {
        SeedRun run = OneMachine("romeo$ ./server", "romeo$ tcpdump -n -i lo tcp &");
        Seen started = run.Type("romeo$ ./client", "wait 10s");
        started.Shows("romeo", "Press any key to exit");
        started.ShowsNo("romeo", @"Flags \[F");
        run.Type("romeo<").Shows("romeo", @"IP 192\.168\.100\.51\.32089 > 192\.168\.100\.100\.32000: Flags \[F\.\]"); // the key reaches the program in front, the client
    }

    // ss -a with awk and grep: the state of each address
    [Fact]
    public void SsAwkAndGrep_AsPrinted_TellTheStateOfEachAddress()
    {
        SeedRun run = OneMachine("romeo$ ./server", "romeo$ ./client");
        Assert.Contains("ip:port = 192.168.100.100:32000  State = ESTAB", run.Type("""romeo$ ss -ta | awk '{ print "ip:port = " $4  "  State = " $1 }' | grep "192.168.100.100" """).By("romeo"));
        Assert.Equal(["ip:port = 192.168.100.51:32089  State = ESTAB"], run.Type("""romeo$ ss -ta | awk '{ print "ip:port = " $4  "  State = " $1 }' | grep "192.168.100.51" """).By("romeo"));
    }

    // watch -n 1: the same again each second, in virtual time
    [Fact]
    public void Watch_OfTheScript_ShowsEachChangeWithinASecond()
    {
        SeedRun run = OneMachine();
        Assert.Equal(["ip:port = 192.168.100.100:32000  State = LISTEN"], run.Type("romeo$ ./server", "romeo$ watch -n 1 ./server-state.sh").By("romeo"));
        Seen later = run.Type("romeo$ ./client &", "wait 1s");
        later.Shows("romeo", @"192\.168\.100\.100:32000  State = ESTAB", @"192\.168\.100\.51:32089  State = ESTAB");
    }

    // The states of both sides at one glance
    [Fact]
    public void BothSides_AtOneGlance_StandNextToEachOther()
    {
        var run = new SeedRun();
        run.Type("juliet$ iptables -A INPUT -p tcp --tcp-flags SYN SYN -j DROP", "juliet$ nc -l 4000", "romeo$ nc juliet 4000");
        run.Type("show").Shows("lab", @"^romeo: SYN-SENT .* > 10\.10\.2\.100:4000$", @"^juliet: LISTEN .*:4000 > ");
        run.Type("ladder").Shows("lab", @"romeo 10\.10\.1\.100 +juliet 10\.10\.2\.100", @"\| LISTEN$", "SYN-SENT \\|");
    }

    // The SYN dropped: the client stays in SYN_SENT
    [Fact]
    public void DroppedSyn_AsPrinted_HoldsTheClientInSynSent()
    {
        SeedRun run = OneMachine("romeo$ " + DropSyn, "romeo$ ./server", "romeo$ ./client");
        Assert.Equal(["100:32000  State = LISTEN", "51:32089  State = SYN-SENT"], States(run));
        run.Type("romeo$ iptables -D INPUT 1", "wait 2s");
        Assert.Equal(["100:32000  State = LISTEN", "100:32000  State = ESTAB", "51:32089  State = ESTAB"], States(run));
    }

    // The SYN+ACK dropped: the server stays in SYN_RCVD
    [Fact]
    public void DroppedSynAck_AsHinted_HoldsTheServerInSynReceived()
    {
        SeedRun run = OneMachine("romeo$ iptables -A INPUT -s 192.168.100.100 -p tcp --tcp-flags SYN,ACK SYN,ACK -j DROP", "romeo$ ./server", "romeo$ ./client");
        Assert.Equal(["100:32000  State = LISTEN", "100:32000  State = SYN-RECV", "51:32089  State = SYN-SENT"], States(run));
        run.Type("why SYN_RCVD").Shows("lab", "SYN-RECEIVED");
    }

    // iptables -L with numbers, -D INPUT 1, and what the rule has counted
    [Fact]
    public void Rules_ListedAndDeletedByNumber_HaveCounted()
    {
        SeedRun run = OneMachine("romeo$ iptables -A INPUT -p udp -j ACCEPT", "romeo$ " + DropSyn, "romeo$ ./server", "romeo$ ./client", "wait 1500ms");
        // Two SYNs of 60 octets: the first, and one after a second.
        run.Type("romeo$ iptables -L INPUT -n -v --line-numbers").Shows("romeo", @"^1 +0 +0 ACCEPT ", @"^2 +2 +120 DROP +6 +-- +\* +\* +192\.168\.100\.51 +0\.0\.0\.0/0 +tcp flags:0x02/0x02");
        run.Type("romeo$ iptables -L").Shows("romeo", @"^DROP +tcp +-- +192\.168\.100\.51 +anywhere +tcp flags:SYN/SYN");
        run.Type("romeo$ iptables -D INPUT 2");
        Seen left = run.Type("romeo$ iptables -L");
        left.Shows("romeo", "^ACCEPT ");
        left.ShowsNo("romeo", "^DROP ");
    }

    // The teardown states, each frozen by its recipe; the other five are frozen in the same way. All are compared with a real kernel's elsewhere.
    [Theory]
    [InlineData("state-closed", "", "")] // a socket that nobody has opened is in no list
    [InlineData("state-listen", "", "LISTEN")]
    [InlineData("state-syn-sent", "SYN-SENT", "LISTEN")]
    [InlineData("state-syn-received", "SYN-SENT", "SYN-RECV")]
    [InlineData("state-established", "ESTAB", "ESTAB")]
    [InlineData("state-fin-wait-1", "FIN-WAIT-1", "ESTAB")]
    [InlineData("state-close-wait", "FIN-WAIT-2", "CLOSE-WAIT")]
    [InlineData("state-fin-wait-2", "FIN-WAIT-2", "CLOSE-WAIT")]
    [InlineData("state-last-ack", "TIME-WAIT", "LAST-ACK")]
    [InlineData("state-closing", "CLOSING", "FIN-WAIT-2")]
    [InlineData("state-time-wait", "TIME-WAIT", "LISTEN")]
    public void State_FrozenByItsRecipe_IsShownBySs(string scenario, string client, string server)
    {
        (_, Seen seen) = SeedRun.Of(scenario);
        string[] Shown(string host) => [.. seen.By(host).Select(line => Regex.Match(line, "  State = (?<state>[A-Z0-9-]+)$").Groups["state"].Value).Where(state => state.Length > 0), .. seen.Sockets(host).Select(row => row.Split(' ')[0])];
        string[] romeo = Shown("romeo"), juliet = Shown("juliet");
        Assert.True(client.Length + server.Length > 0 || seen.By("romeo").Contains("ConnectionRefusedError: [Errno 111] Connection refused"), seen.All); // of CLOSED: a SYN is answered by a reset
        Assert.True(client.Length == 0 ? romeo.Length == 0 : romeo.Contains(client), string.Join(' ', romeo));
        Assert.True(server.Length == 0 ? juliet.Length == 0 : juliet.Contains(server), string.Join(' ', juliet));
    }

    // The table of the teardown, printed from a run
    [Fact]
    public void TeardownTable_OfARun_IsTheTableOfTheArticle()
    {
        SeedRun run = OneMachine("romeo$ ./server &", "romeo$ ./client", "romeo<", "romeo$ fg", "romeo<");
        run.Type("transitions teardown").Shows("lab", @"^Trigger +\| Prev State +> Next State \| Action",
            @"^client close\(\) +\| client ESTAB +> FIN_WAIT1 +\| sends FIN", @"^server gets FIN +\| server ESTAB +> CLOSE_WAIT +\| sends ACK", @"^client gets ACK +\| client FIN_WAIT1 +> FIN_WAIT2 +\|$",
            @"^server close\(\) +\| server CLOSE_WAIT +> LAST_ACK +\| sends FIN", @"^client gets FIN +\| client FIN_WAIT2 +> TIME_WAIT +\| sends ACK", @"^server gets ACK +\| server LAST_ACK +> CLOSED +\|$");
    }

    // Dropped packets in the log of the kernel, by a chain that logs and drops
    [Fact]
    public void LoggedDrops_OfTheLinkedReadme_StandInDmesg()
    {
        SeedRun run = OneMachine("romeo$ iptables -N logdrop", "romeo$ iptables -A logdrop -j LOG --log-prefix \"dropped: \" --log-level 4", "romeo$ iptables -A logdrop -j DROP",
            "romeo$ iptables -A INPUT -s 192.168.100.51 -p tcp --tcp-flags SYN SYN -j logdrop", "romeo$ ./server", "romeo$ ./client");
        run.Type("romeo$ dmesg").Shows("romeo", @"^\[ +\d+\.\d{6}\] dropped: IN=lo OUT= .*SRC=192\.168\.100\.51 DST=192\.168\.100\.100 LEN=60 .*PROTO=TCP SPT=32089 DPT=32000 WINDOW=65495 RES=0x00 SYN URGP=0");
        run.Type("romeo$ iptables -S").Shows("romeo", "^-N logdrop$", "-j logdrop$", "-A logdrop -j LOG --log-prefix \"dropped: \"", "^-A logdrop -j DROP$");
    }

    // What a frozen state does next: it repeats, with doubling pauses, and gives up; the timers are shown, and time can be wound on to the next
    [Fact]
    public void FrozenFin_WoundOn_IsRepeatedWithDoublingPausesAndGivenUp()
    {
        var run = new SeedRun();
        run.Type("juliet$ nc -l 4000", "romeo> import socket", "romeo> s = socket.create_connection(('juliet', 4000))", "juliet$ iptables -A INPUT -p tcp --tcp-flags FIN FIN -j DROP", "romeo> s.close()");
        var pauses = new List<double>();
        double before = 0;
        for (int i = 0; i < 8; i++)
        {
            Match it = run.Type("wait next").Shows("lab", @"^it is (?<s>\d+\.\d+) s$")[0];
            double now = double.Parse(it.Groups["s"].Value, System.Globalization.CultureInfo.InvariantCulture);
            pauses.Add(now - before);
            before = now;
            run.Type("romeo$ ss -tno state fin-wait-1").Shows("romeo", $@"10\.10\.2\.100:4000 timer:\(on,[^,]+,{i + 1}\)|10\.10\.2\.100:4000 timer:\(on,[^,]+,{i}\)");
        }

        // RFC 6298 §5.5: each pause is twice the one before; the first are shorter, of a probe.
        Assert.All(Enumerable.Range(4, 4), i => Assert.InRange(pauses[i] / pauses[i - 1], 1.8, 2.2));
        run.Type("wait 10min");
        Assert.Empty(run.Type("romeo$ ss -tan").Sockets("romeo"));
    }

    // Many windows at once
    [Fact]
    public void Windows_OfTwoHosts_ShowWhatEachToolPrints()
    {
        string[] screen = SeedScreens.Run(new LabSession(), new FakeTerminal(121, 41).Type("juliet$ nc -l 4000 &\njuliet$ watch -n 1 ss -tan\nromeo$ nc juliet 4000\nwait 2s\n"));
        Assert.Equal(6, screen.Sum(row => Regex.Count(row, "[─━]{2} [1-6] ")));
        Assert.Matches(@"ESTAB +0 +0 +10\.10\.2\.100:4000", string.Join('\n', screen)); // what watch shows in juliet's
    }
}

/// <summary>The screen of the lab with windows, after some keys.</summary>
internal static class SeedScreens
{
    public static string[] Run(LabSession session, FakeTerminal terminal)
    {
        string[]? screen = null;
        terminal.BeforeKey = _ => screen = terminal.KeysLeft > 0 ? null : screen ?? terminal.Screen;
        Assert.Equal(0, new LabTerminal(session, terminal, new SavedFiles()).Run(withPanes: true));
        return screen!;
    }
}

namespace Finwait.Lab.Tests;

/// <summary>traceroute 2.1.2 over the lab's router. Its own lines in namespaces with the same addresses were the witness, times apart.</summary>
public sealed class TracerouteTests
{
    [Theory]
    [InlineData("traceroute 10.10.2.100", " 1  10.10.1.1 (10.10.1.1)  0.040 ms  0.040 ms  0.040 ms", " 2  10.10.2.100 (10.10.2.100)  0.080 ms  0.080 ms  0.080 ms")]
    [InlineData("traceroute -n 10.10.2.100", " 1  10.10.1.1  0.040 ms  0.040 ms  0.040 ms", " 2  10.10.2.100  0.080 ms  0.080 ms  0.080 ms")]
    [InlineData("traceroute -n -I 10.10.2.100", " 1  10.10.1.1  0.040 ms  0.040 ms  0.040 ms", " 2  10.10.2.100  0.080 ms  0.080 ms  0.080 ms")]
    [InlineData("traceroute -nT -p 4000 10.10.2.100", " 1  10.10.1.1  0.040 ms  0.040 ms  0.040 ms", " 2  10.10.2.100  0.080 ms  0.080 ms  0.080 ms")]
    [InlineData("traceroute -n -U -q 2 10.10.2.100", " 1  10.10.1.1  0.040 ms  0.040 ms", " 2  10.10.2.100  0.080 ms  0.080 ms")]
    [InlineData("traceroute -n -q 1 10.10.2.100", " 1  10.10.1.1  0.040 ms", " 2  10.10.2.100  0.080 ms")]
    [InlineData("traceroute -n -q1 -m1 10.10.2.100", " 1  10.10.1.1  0.040 ms")]
    [InlineData("traceroute -n -q 1 -f 2 10.10.2.100", " 2  10.10.2.100  0.080 ms")]
    [InlineData("traceroute -n -q 1 10.10.1.1", " 1  10.10.1.1  0.040 ms")]
    [InlineData("traceroute -n -q 1 127.0.0.1", " 1  127.0.0.1  0.000 ms")]
    [InlineData("traceroute -n -q 1 10.99.1.1", " 1  10.10.1.1  0.040 ms !N")]
    public void Hops_ToAHost_AnswerOneByOne(string line, params string[] expected)
    {
        string[] romeo = Lab.Printed(Lab.Play("romeo$ ping -c 1 juliet > /dev/null", "romeo$ " + line), "romeo");

        Assert.Equal(expected, romeo[1..]);
        Assert.StartsWith("traceroute to ", romeo[0], StringComparison.Ordinal);
        Assert.EndsWith(" hops max, 60 byte packets", romeo[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Router_AskedTooOften_IsSilentUntilItMayAnswerAgain()
    {
        string[] romeo = Lab.Printed(Lab.Play("romeo$ ping -c 1 juliet > /dev/null", "romeo$ traceroute -n 10.10.2.100 > /dev/null", "romeo$ traceroute -n 10.10.2.100", "wait 10s"), "romeo");

        // The real one printed the same stars: juliet's errors for its first sixteen probes had used up what the kernel allows.
        string[] expected = [" 2  * * *", " 3  * * *", " 4  * * *", " 5  * * *", " 6  * * *", " 7  * 10.10.2.100  0.080 ms  0.080 ms"];
        Assert.Equal(expected, romeo.Where(line => line.Contains('*', StringComparison.Ordinal) && !line.StartsWith(" 1", StringComparison.Ordinal)));
    }

    [Fact]
    public void Filters_OnTheWay_AreTold()
    {
        string[] romeo = Lab.Printed(
            Lab.Play(
                "romeo$ ping -c 1 juliet > /dev/null", "juliet$ iptables -A INPUT -p udp -j REJECT --reject-with icmp-admin-prohibited", "romeo$ traceroute -n -q 1 10.10.2.100", "juliet$ iptables -F", "router$ iptables -A FORWARD -j DROP", "romeo$ traceroute -n -q 2 -m 3 -w 0.05 10.10.2.100",
                "romeo$ iptables -A OUTPUT -p udp -j DROP", "romeo$ traceroute -n -q 1 -m 2 -w 0.05 10.10.2.100"),
            "romeo");

        Assert.Equal(
            [
                " 1  10.10.1.1  0.040 ms", " 2  10.10.2.100  0.080 ms !X", "traceroute to 10.10.2.100 (10.10.2.100), 3 hops max, 60 byte packets", " 1  10.10.1.1  0.040 ms  0.040 ms", " 2  * *", " 3  * *",
                "traceroute to 10.10.2.100 (10.10.2.100), 2 hops max, 60 byte packets", " 1  *", " 2  *",
            ],
            romeo[1..]);
    }

    [Theory]
    [InlineData("traceroute -x", "Bad option `-x' (argc 1)")]
    [InlineData("traceroute -m 300 10.10.2.100", "max hops cannot be more than 255")]
    [InlineData("traceroute -q 99 10.10.2.100", "no more than 10 probes per hop")]
    [InlineData("traceroute -q 0 10.10.2.100", "no more than 10 probes per hop")]
    [InlineData("traceroute -f 40 10.10.2.100", "first hop out of range")]
    [InlineData("traceroute -w x 1.1.1.1", "Cannot handle `-w' option with arg `x' (argc 2)")]
    public void Line_ThatIsWrong_SaysWhatTheRealOneSays(string line, string complaint) => Assert.Equal([complaint], Lab.Printed(Lab.Play("romeo$ " + line), "romeo"));

    // A SYN that traceroute sent belongs to no socket: the kernel resets what comes of it.
    [Fact]
    public void Syn_ToAListener_IsResetByTheHost()
    {
        string[] juliet = Lab.Printed(Lab.Play("juliet$ nc -l 4000", "juliet$ tcpdump -n -t -l tcp 2> /dev/null", "romeo$ traceroute -n -T -p 4000 -q 1 -N 1 -f 2 juliet", "juliet$ ss -tan | grep -c SYN-RECV"), "juliet");

        Assert.Equal(["Flags [S],", "Flags [S.],", "Flags [R],", "0"], juliet.Select(line => line.Contains("Flags", StringComparison.Ordinal) ? line[line.IndexOf("Flags", StringComparison.Ordinal)..(line.IndexOf(']', StringComparison.Ordinal) + 2)] : line));
        Assert.Contains("win 5840, options [mss 1460,sackOK,TS val ", juliet[0], StringComparison.Ordinal);
    }
}

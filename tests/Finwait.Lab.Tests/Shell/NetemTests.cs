namespace Finwait.Lab.Tests;

/// <summary>tc qdisc on an interface of a lab host.</summary>
public sealed class NetemTests
{
    [Fact]
    public void Delay_OnRomeo_HoldsWhatRomeoSendsAndNothingElse()
    {
        string[] romeo = Lab.Printed(
            Lab.Play(
                "romeo$ tc qdisc add dev eth1 root netem delay 50ms", "romeo$ ping -c 1 juliet | grep icmp_seq", "romeo$ tc -s qdisc show dev eth1", "romeo$ tc qdisc del dev eth1 root", "romeo$ ping -c 1 juliet | grep icmp_seq",
                "juliet$ tc qdisc add dev eth1 root netem delay 30ms", "romeo$ ping -c 1 juliet | grep icmp_seq"),
            "romeo");

        Assert.Equal(
            [
                // The first ping waits for an ARP request that is held too, and for the request itself.
                "64 bytes from juliet (10.10.2.100): icmp_seq=1 ttl=63 time=100 ms",
                "qdisc netem 8001: root refcnt 2 limit 1000 delay 50ms",
                " Sent 140 bytes 2 pkt (dropped 0, overlimits 0 requeues 0) ", " backlog 0b 0p requeues 0",
                "64 bytes from juliet (10.10.2.100): icmp_seq=1 ttl=63 time=0.080 ms",
                "64 bytes from juliet (10.10.2.100): icmp_seq=1 ttl=63 time=30.1 ms",
            ],
            romeo);
    }

    // The tutorial on freezing states delays both directions of one machine this way.
    [Fact]
    public void Delay_OnTheLoopback_HoldsWhatStaysInTheHost()
    {
        string[] romeo = Lab.Printed(
            Lab.Play(
                "romeo$ tc qdisc add dev lo root netem delay 100ms", "romeo$ tc qdisc show dev lo; ip link show lo | head -n 1", "romeo$ ping -c 1 127.0.0.1 | grep icmp_seq", "wait 1s",
                "romeo$ tc qdisc change dev lo root netem loss 100%", "romeo$ ping -c 1 -W 1 127.0.0.1 | grep loss", "wait 2s", "romeo$ tc -s qdisc show dev lo", "romeo$ tc qdisc del dev lo root", "romeo$ tc qdisc show dev lo; ping -c 1 127.0.0.1 | grep icmp_seq"),
            "romeo");

        Assert.Equal(
            [
                "qdisc netem 8001: root refcnt 2 limit 1000 delay 100ms", "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc netem state UNKNOWN mode DEFAULT group default qlen 1000",
                "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=200 ms",
                "1 packets transmitted, 0 received, 100% packet loss, time 0ms",
                "qdisc netem 8001: root refcnt 2 limit 1000 loss 100%", " Sent 168 bytes 2 pkt (dropped 1, overlimits 0 requeues 0) ", " backlog 0b 0p requeues 0",
                "qdisc noqueue 0: root refcnt 2 ", "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.000 ms",
            ],
            romeo);
    }

    // A connection of the host to itself passes the queue too, and is there in whole after loss.
    [Fact]
    public void Loss_OnTheLoopback_IsMadeGoodByTcp()
    {
        string[] romeo = Lab.Printed(
            Lab.Play(
                "romeo$ tc qdisc add dev lo root netem loss 20% duplicate 10%", "romeo$ nc -l 127.0.0.1 4000 > got &", "romeo$ seq 200000 > sent; nc -N 127.0.0.1 4000 < sent", "wait 60s",
                "romeo$ wc -l < got; tail -n 1 got; netstat -st | awk '/segments retransmitted/ { print $1 }'"),
            "romeo");

        string[] numbers = [.. romeo.Where(line => line.Length > 0 && line.All(char.IsAsciiDigit))];
        Assert.Equal(["200000", "200000"], numbers[..2]);
        Assert.NotEqual("0", numbers[2]);
    }

    [Fact]
    public void Queue_OfTheSlowNetwork_ComesOnTopOfTheCable()
    {
        string[] router = Lab.Printed(
            Lab.Play("network slow", "router$ tc qdisc add dev eth2 root netem delay 100ms", "router$ ping -c 1 10.10.2.100", "wait 3s", "delay 10ms", "router$ ping -c 1 10.10.2.100", "router$ tc qdisc del dev eth2 root", "router$ ping -c 1 10.10.2.100"), "router");

        Assert.Equal(["time=1800 ms", "time=120 ms", "time=20.0 ms"], router.Where(line => line.Contains("icmp_seq", StringComparison.Ordinal)).Select(line => line[line.IndexOf("time=", StringComparison.Ordinal)..]));
    }

    [Fact]
    public void Change_OfANetem_KeepsWhatTheKernelKeeps()
    {
        string[] romeo = Lab.Printed(
            Lab.Play(
                "romeo$ tc qdisc add dev eth0 root netem delay 10ms loss 5% corrupt 1% rate 1mbit", "romeo$ tc qdisc change dev eth0 root netem delay 20ms; tc qdisc show dev eth1", "romeo$ tc qdisc replace dev eth1 root netem loss 2%; tc qdisc",
                "romeo$ tc qdisc replace dev eth1 root handle 7: netem limit 10; tc qdisc show dev eth1; ip link show eth1 | head -n 1"),
            "romeo");

        Assert.Equal(
            [
                "qdisc netem 8001: root refcnt 2 limit 1000 delay 20ms corrupt 1% rate 1Mbit",
                "qdisc noqueue 0: dev lo root refcnt 2 ", "qdisc netem 8001: dev eth1 root refcnt 2 limit 1000 loss 2% corrupt 1% rate 1Mbit",
                "qdisc netem 7: root refcnt 2 limit 10 corrupt 1% rate 1Mbit", "2: eth1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc netem state UP mode DEFAULT group default qlen 1000",
            ],
            romeo);
    }

    // The errors of the real tool and kernel, where a pfifo stood for netem; the last three are the lab's own.
    [Theory]
    [InlineData("tc qdisc add dev nosuch root netem delay 1ms", 1, "Cannot find device \"nosuch\"")]
    [InlineData("tc qdisc add", 2, "RTNETLINK answers: No such device")]
    [InlineData("tc qdisc add dev", 255, "Command line is not complete. Try option \"help\"")]
    [InlineData("tc qdisc add dev eth1 netem", 2, "Error: Handle cannot be zero.")]
    [InlineData("tc qdisc add dev eth1 parent 1: netem delay 1ms", 2, "Error: Failed to find specified qdisc.")]
    [InlineData("tc qdisc add dev eth1 root root netem", 1, "Error: \"root\" is duplicate parent ID")]
    [InlineData("tc qdisc add dev eth1 root handle x netem", 1, "Error: argument \"x\" is wrong: invalid qdisc ID")]
    [InlineData("tc qdisc add dev eth1 root netem delay", 255, "Command line is not complete. Try option \"help\"")]
    [InlineData("tc qdisc add dev eth1 root netem; tc qdisc add dev eth1 root netem", 2, "Error: Exclusivity flag on, cannot modify.")]
    [InlineData("tc qdisc change dev eth1 root netem delay 1ms", 2, "Error: Qdisc not found. To create specify NLM_F_CREATE flag.")]
    [InlineData("tc qdisc del dev eth1 root", 2, "Error: Cannot delete qdisc with handle of zero.")]
    [InlineData("tc qdisc del dev eth1", 2, "Error: Failed to find qdisc with specified handle.")]
    [InlineData("tc qdisc foo", 255, "Command \"foo\" is unknown, try \"tc qdisc help\".")]
    [InlineData("tc foo", 255, "Object \"foo\" is unknown, try \"tc help\".")]
    [InlineData("tc -x", 255, "Option \"-x\" is unknown, try \"tc -help\".")]
    [InlineData("tc qdisc show foo", 1, "What is \"foo\"? Try \"tc qdisc help\".")]
    [InlineData("tc qdisc add dev lo root netem corrupt 5%", 2, "tc: what stays in the host has no checksums here: nobody would notice 'corrupt' on the lab's lo")]
    [InlineData("tc qdisc add dev eth1 root tbf rate 1mbit", 2, "tc: the lab's interfaces have netem only: 'tbf' is not there")]
    [InlineData("tc class show dev eth1", 1, "tc: the lab's interfaces have one queue: there is no 'class' here")]
    public void Line_ThatCannotBeDone_SaysWhatTheRealOneSays(string line, int status, string complaint) =>
        Assert.Equal([complaint, $"{status}"], Lab.Printed(Lab.Play($"romeo$ {line}; echo $?"), "romeo"));
}

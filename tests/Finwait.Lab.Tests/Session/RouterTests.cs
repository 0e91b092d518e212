namespace Finwait.Lab.Tests;

/// <summary>The router between the hosts takes shell commands, and stays out of what is told of the hosts.</summary>
public sealed class RouterTests
{
    [Fact]
    public void RuleOnTheRouter_DropsWhatItForwards_AndIsCounted()
    {
        var session = new LabSession();
        session.Execute("router$ iptables -A FORWARD -p icmp --icmp-type echo-request -m statistic --mode nth --every 1000 --packet 1 -j DROP");
        session.Execute("romeo$ ping -c 3 -i 0.2 10.10.2.100");
        session.Execute("wait 3s");
        session.Execute("router$ iptables -S -v");
        string[] printed = [.. session.TakeOutput().Select(line => $"{line.Host}| {line.Text}")];

        Assert.Equal(["icmp_seq=1", "icmp_seq=3"], printed.Where(line => line.Contains("64 bytes from", StringComparison.Ordinal)).Select(line => line.Split(' ')[5]));
        Assert.Contains(printed, line => line.StartsWith("router| -A FORWARD -p icmp", StringComparison.Ordinal) && line.EndsWith("-c 1 84 -j DROP", StringComparison.Ordinal));
    }

    [Fact]
    public void Router_OnASharedLink_IsNotThere()
    {
        var session = new LabSession();
        session.Execute("network shared");

        Assert.Equal(LabVerdict.NotUnderstood, session.Execute("router$ ls"));
        Assert.Equal(["romeo", "juliet"], session.HostNames);
    }

    [Fact]
    public void Show_WithARouter_TellsOfTheHosts()
    {
        var session = new LabSession();
        session.Execute("romeo$ ping -c 1 10.10.2.100");
        session.TakeOutput();
        session.Execute("show");

        Assert.DoesNotContain(session.TakeOutput(), line => line.Text.Contains("router", StringComparison.Ordinal));
    }
}

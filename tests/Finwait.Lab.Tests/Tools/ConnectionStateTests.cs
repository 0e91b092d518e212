namespace Finwait.Lab.Tests;

/// <summary>What <c>-m conntrack --ctstate</c> counts, beside what a real kernel (6.18) counted for the same between two namespaces.</summary>
public sealed class ConnectionStateTests
{
    private static readonly string[] s_states = ["INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED"];

    private static LabSession Counting(string host, string chain)
    {
        var session = new LabSession();
        foreach (string protocol in new[] { "tcp", "icmp", "udp" })
        {
            Lab.Play(session, $"{host}$ for s in {string.Join(' ', s_states)}; do iptables -A {chain} -p {protocol} -m conntrack --ctstate $s; done");
        }

        return session;
    }

    private static string[] Counted(LabSession session, string host, string chain, params string[] lines)
    {
        Lab.Play(session, lines);
        return Lab.Printed(Lab.Play(session, $"{host}$ iptables -L {chain} -n -v -x | awk 'NR>2 && $1>0 {{print $1,$NF,$3}}'; iptables -Z"), host);
    }

    [Fact]
    public void Packets_OfConnectionsPingsAndErrors_CountAsOnARealKernel()
    {
        LabSession session = Counting("juliet", "INPUT");
        Lab.Play(session, "juliet$ nc -lk -p 4000 > /dev/null");

        Assert.Equal(["1 NEW 6", "4 ESTABLISHED 6"], Counted(session, "juliet", "INPUT", "romeo$ echo hello | nc -N juliet 4000", "wait 1s"));
        Assert.Equal(["1 NEW 6"], Counted(session, "juliet", "INPUT", "romeo$ nc -z juliet 4001"));
        Assert.Equal(["1 NEW 1", "1 ESTABLISHED 1"], Counted(session, "juliet", "INPUT", "romeo$ ping -c 2 -q juliet > /dev/null", "wait 2s"));
        Assert.Equal(["1 ESTABLISHED 1"], Counted(session, "juliet", "INPUT", "juliet$ ping -c 1 -q romeo > /dev/null", "wait 1s"));
        Assert.Equal(["1 RELATED 1"], Counted(session, "juliet", "INPUT", "juliet$ echo x | nc -u -w 1 romeo 5000", "wait 2s"));
    }

    // The usual firewall: answers come in, nothing else does.
    [Fact]
    public void Firewall_ThatAcceptsEstablished_LetsOwnConnectionsThrough()
    {
        string transcript = Lab.Play(
            "romeo$ iptables -P INPUT DROP", "romeo$ iptables -A INPUT -i lo -j ACCEPT", "romeo$ iptables -A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT",
            "juliet$ nc -l 4000", "romeo$ echo out | nc -N juliet 4000; echo $?", "romeo$ nc -l 5000", "juliet$ nc -z -w 1 romeo 5000; echo $?", "wait 3s", "romeo$ nc -z juliet 4001; echo $?");

        Assert.Equal(["out", "1"], Lab.Printed(transcript, "juliet"));
        Assert.Equal(["0", "1"], Lab.Printed(transcript, "romeo"));
    }

    // The router sees both directions pass through FORWARD.
    [Fact]
    public void Router_ThatForwardsNewFromOneSide_IsADiode()
    {
        string transcript = Lab.Play(
            "router$ iptables -P FORWARD DROP", "router$ iptables -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT", "router$ iptables -A FORWARD -s 10.10.1.0/24 -m conntrack --ctstate NEW -j ACCEPT",
            "juliet$ nc -lk 4000", "romeo$ nc -lk 4000", "romeo$ nc -z juliet 4000; echo $?", "juliet$ nc -z -w 1 romeo 4000; echo $?", "wait 3s");

        Assert.Equal(["0"], Lab.Printed(transcript, "romeo"));
        Assert.Equal(["1"], Lab.Printed(transcript, "juliet"));
    }

    // The words and their order are those of the kernel (nf_log_syslog).
    [Fact]
    public void Log_WithItsFlags_TellsSequenceOptionsAndUser()
    {
        string[] romeo = Lab.Printed(
            Lab.Play("romeo$ iptables -A OUTPUT -p tcp --syn -j LOG --log-prefix 'out: ' --log-tcp-sequence --log-tcp-options --log-uid", "romeo$ nc -z juliet 4000", "romeo$ dmesg | sed 's/^.*out: /out: /'"), "romeo");

        Assert.Matches(
            @"^out: IN= OUT=eth1 SRC=10\.10\.1\.100 DST=10\.10\.2\.100 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=\d+ DF PROTO=TCP SPT=\d+ DPT=4000 SEQ=\d+ ACK=0 WINDOW=64240 RES=0x00 SYN URGP=0 OPT \(020405B40402080A[0-9A-F]{8}0000000001030307\) UID=0 GID=0 ?$",
            romeo[^1]);
    }
}

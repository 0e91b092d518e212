using System.Text.RegularExpressions;

namespace Finwait.Lab.Tests;

/// <summary>What iptables logs, and how dmesg shows it. The lines of Linux 6.18 and util-linux 2.38 for the same packets were the witness.</summary>
public sealed class KernelLogTests
{
    [Fact]
    public void Log_OfASyn_IsTheKernelsLineInDmesg()
    {
        string[] juliet = Lab.Printed(Lab.Play("juliet$ iptables -A INPUT -p tcp -j LOG --log-prefix \"in: \" --log-level 6", "romeo$ nc -p 45408 -z juliet 99", "juliet$ dmesg"), "juliet");

        string line = Assert.Single(juliet);
        Assert.StartsWith("[    0.1", line, StringComparison.Ordinal);
        Assert.Equal(
            "in: IN=eth1 OUT= MAC=02:00:00:00:02:64:02:00:00:00:02:01:08:00 SRC=10.10.1.100 DST=10.10.2.100 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=n DF PROTO=TCP SPT=45408 DPT=99 WINDOW=64240 RES=0x00 SYN URGP=0 ",
            Regex.Replace(line[15..], " ID=[0-9]+ ", " ID=n "));
    }

    // Linux 6.18 wrote these lines when eight SYNs came to a listener with a backlog of one: once for each listener.
    [Theory]
    [InlineData("", "(('10.10.2.100', 4000), backlog=1)", "TCP: request_sock_TCP: Possible SYN flooding on port 10.10.2.100:4000. Sending cookies.")]
    [InlineData("", "(('::', 4000), family=socket.AF_INET6, backlog=1, dualstack_ipv6=True)", "TCP: request_sock_TCP: Possible SYN flooding on port [::]:4000. Sending cookies.")]
    [InlineData("0", "(('10.10.2.100', 4000), backlog=1)", "TCP: request_sock_TCP: Possible SYN flooding on port 10.10.2.100:4000. Dropping request.")]
    [InlineData("2", "(('10.10.2.100', 4000), backlog=1)", null)]
    public void ManyHalfOpen_AtOneListener_AreToldOnce(string cookies, string server, string? line)
    {
        string[] juliet = Lab.Printed(
            Lab.Play([cookies.Length > 0 ? $"juliet$ sysctl -q -w net.ipv4.tcp_syncookies={cookies}" : "# as it is", "juliet$ iptables -A OUTPUT -p tcp --tcp-flags SYN,ACK SYN,ACK -j DROP", "juliet> import socket", $"juliet> l = socket.create_server{server}",
                .. Enumerable.Range(0, 8).Select(i => $"romeo$ nc -w 1 -z juliet 4000 &"), "juliet$ dmesg -t; dmesg -t -l info | wc -l"]),
            "juliet");

        Assert.Equal(line is null ? ["0"] : [line, "1"], juliet);
    }

    [Fact]
    public void Dmesg_Options_ShowTimeLevelAndClear()
    {
        string[] juliet = Lab.Printed(
            Lab.Play(
                "juliet$ iptables -A INPUT -p icmp -j LOG", "juliet$ iptables -A INPUT -p icmp -j LOG --log-level debug --log-prefix 'second '", "romeo$ ping -c 1 juliet", "juliet$ dmesg -t | cut -c 1-12", "juliet$ dmesg -T | cut -c 1-32",
                "juliet$ dmesg -x | cut -c 1-22; dmesg -r | cut -c 1-11", "juliet$ dmesg -l debug -t | cut -c 1-12", "juliet$ dmesg -l foo; dmesg --foo", "juliet$ dmesg -c > all; dmesg; wc -l all"),
            "juliet");

        Assert.Equal(
            [
                "IN=eth1 OUT=", "second IN=et", "[Thu Jan  1 12:00:00 2026] IN=et", "[Thu Jan  1 12:00:00 2026] secon", "kern  :warn  : [    0.", "kern  :debug : [    0.", "<4>[    0.2", "<7>[    0.2", "second IN=et",
                "dmesg: unknown level 'foo'", "dmesg: unrecognized option '--foo'", "Try 'dmesg --help' for more information.", "2 all",
            ],
            juliet);
    }
}

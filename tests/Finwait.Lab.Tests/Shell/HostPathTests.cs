namespace Finwait.Lab.Tests;

/// <summary>Settings, tables and names of a host behind their Linux paths.</summary>
public sealed class HostPathTests
{
    private static string[] Romeo(params string[] lines) => Lab.Printed(Lab.Play(lines), "romeo");

    [Fact]
    public void Setting_ReadAndWrittenAsAFile_IsThatOfSysctl() =>
        Assert.Equal(
            ["6", "2", "net.ipv4.tcp_syn_retries = 2", "bash: echo: write error: Invalid argument", "2", "cat: /proc/sys/net/ipv4/nosuch: No such file or directory", "bash: /proc/sys/net/ipv4/nosuch: No such file or directory"],
            Romeo("romeo$ cat /proc/sys/net/ipv4/tcp_syn_retries", "romeo$ echo 2 > /proc/sys/net/ipv4/tcp_syn_retries; cat /proc/sys/net/ipv4/tcp_syn_retries; sysctl net.ipv4.tcp_syn_retries",
                "romeo$ echo x > /proc/sys/net/ipv4/tcp_syn_retries; cat /proc/sys/net/ipv4/tcp_syn_retries", "romeo$ cat /proc/sys/net/ipv4/nosuch; echo 1 > /proc/sys/net/ipv4/nosuch"));

    [Fact]
    public void Name_AddedToTheListOfHosts_IsFoundOnThatHostAlone()
    {
        string transcript = Lab.Play(
            "romeo$ grep juliet /etc/hosts", "romeo$ echo '10.10.2.100 server.example server # mine' >> /etc/hosts", "romeo$ ping -c 1 server | head -n 1", "romeo$ ping -c 1 server.example | grep -c 'bytes from'", "juliet$ ping -c 1 server",
            "romeo$ sed -i 1d f; echo 127.0.0.1 localhost > /etc/hosts; nc -z juliet 4000; ping -c 1 localhost | head -n 1", "romeo> import socket", "romeo> socket.gethostbyname('localhost')");

        string[] romeo = Lab.Printed(transcript, "romeo");
        Assert.Equal("10.10.2.100\tjuliet", romeo[0]);
        Assert.Equal("PING server (10.10.2.100) 56(84) bytes of data.", romeo[1]);
        Assert.Equal("1", romeo[2]);
        Assert.Contains(romeo, line => line.StartsWith("nc: getaddrinfo for host \"juliet\"", StringComparison.Ordinal));
        Assert.Equal("'127.0.0.1'", romeo[^1]);
        Assert.Equal(["ping: server: Name or service not known"], Lab.Printed(transcript, "juliet"));
    }

    [Fact]
    public void HostName_Changed_IsWhatTheShellSays() =>
        Assert.Equal(
            ["verona.example", "verona", "verona.example", "verona.example", "hostname: the specified hostname is invalid", "hostname: invalid option -- 'Z'", "Usage: hostname [NAME | -F FILE | -s | -f | -d | -i | -I | -A]"],
            Romeo("romeo$ hostname verona.example; hostname; hostname -s; echo $HOSTNAME; cat /etc/hostname", "romeo$ hostname 'a b'", "romeo$ hostname -Z"));

    // The kernel's own form (6.18), the inode aside: a listener on 127.0.0.1:7456 and one end of a connection to it.
    [Fact]
    public void TableOfSockets_ReadAsAFile_HasTheKernelsForm()
    {
        string[] romeo = Romeo("romeo$ nc -lk 127.0.0.1 7456", "romeo$ nc -p 5000 127.0.0.1 7456", "romeo$ cat /proc/net/tcp");

        Assert.Equal("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     ", romeo[0]);
        Assert.Equal(4, romeo.Length);
        Assert.All(romeo, line => Assert.Equal(150, line.Length + 1));
        Assert.Contains(romeo, line => line.Contains(": 0100007F:1D20 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 ", StringComparison.Ordinal));
        Assert.Contains(romeo, line => line.Contains(": 0100007F:1388 0100007F:1D20 01 00000000:00000000 00:00000000 00000000     0        0 ", StringComparison.Ordinal));
    }

    // bash's own words; a host of the lab has one folder for files.
    [Fact]
    public void Cd_ToAFolderThatIsNotThere_SaysSo() =>
        Assert.Equal(
            ["bash: cd: /tmp: No such file or directory", "1", "/root", "/root", "0", "bash: cd: too many arguments"],
            Romeo("romeo$ cd /tmp; echo $?; pwd", "romeo$ cd; cd ~; cd .; cd /root/; cd -; echo $?", "romeo$ cd a b"));

    [Fact]
    public void IptablesHelp_EveryMatchThatWorks_IsNamed()
    {
        string help = string.Join("\n", Romeo("romeo$ iptables -h"));

        foreach (string match in (string[])["comment", "conntrack", "length", "limit", "state", "statistic"])
        {
            Assert.Contains($"-m {match} ", help, StringComparison.Ordinal);
        }
    }
}

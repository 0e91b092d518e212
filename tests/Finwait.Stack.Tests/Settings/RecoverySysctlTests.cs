namespace Finwait.Stack.Tests;

/// <summary>The settings of loss recovery by their sysctl names. Defaults and ranges are those a Linux 6.18 shows.</summary>
public sealed class RecoverySysctlTests
{
    [Theory]
    [InlineData("tcp_recovery", "1")]
    [InlineData("tcp_frto", "2")]
    [InlineData("tcp_max_reordering", "300")]
    [InlineData("tcp_reordering", "3")]
    public void Default_IsLinuxs(string name, string value)
    {
        Assert.True(SysctlTable.TryGet(new HostSettings(), "net.ipv4." + name, out string text));
        Assert.Equal(value, text);
        Assert.Contains("net.ipv4." + name, SysctlTable.Names);
    }

    [Theory]
    [InlineData("tcp_recovery", "0")]
    [InlineData("tcp_recovery", "7")]
    [InlineData("tcp_recovery", "255")]
    [InlineData("tcp_frto", "0")]
    [InlineData("tcp_max_reordering", "1")]
    [InlineData("tcp_max_reordering", "100000")]
    [InlineData("tcp_reordering", "1")]
    [InlineData("tcp_reordering", "300")]
    public void Value_Written_IsReadBack(string name, string value)
    {
        HostSettings settings = new();
        Assert.Equal(Errno.None, SysctlTable.Set(settings, "net.ipv4." + name, value));
        Assert.True(SysctlTable.TryGet(settings, "net.ipv4." + name, out string text));
        Assert.Equal(value, text);
    }

    [Theory]
    [InlineData("tcp_recovery", "-1")]
    [InlineData("tcp_recovery", "256")]
    [InlineData("tcp_frto", "-1")]
    [InlineData("tcp_frto", "256")]
    [InlineData("tcp_max_reordering", "0")]
    [InlineData("tcp_max_reordering", "-1")]
    [InlineData("tcp_reordering", "0")]
    [InlineData("tcp_reordering", "-1")]
    [InlineData("tcp_reordering", "301")]
    public void Value_OutOfRange_IsRefusedAndChangesNothing(string name, string value)
    {
        HostSettings settings = new();
        Assert.True(SysctlTable.TryGet(settings, "net.ipv4." + name, out string before));
        Assert.Equal(Errno.EINVAL, SysctlTable.Set(settings, "net.ipv4." + name, value));
        Assert.True(SysctlTable.TryGet(settings, "net.ipv4." + name, out string after));
        Assert.Equal(before, after);
    }

    [Fact]
    public void Values_Written_ReachTheEngine()
    {
        HostSettings settings = new();
        foreach ((string name, string value) in new[] { ("tcp_recovery", "5"), ("tcp_frto", "0"), ("tcp_max_reordering", "400"), ("tcp_reordering", "6") })
        {
            Assert.Equal(Errno.None, SysctlTable.Set(settings, "net.ipv4." + name, value));
        }

        Assert.Equal(Tcp.TcpRecoveryMethods.Rack | Tcp.TcpRecoveryMethods.NoDuplicateThreshold, settings.Tcp.Recovery);
        Assert.False(settings.Tcp.ForwardRto);
        Assert.Equal((400, 6), (settings.Tcp.MaxReordering, settings.Tcp.Reordering));
        Assert.Equal(Errno.None, SysctlTable.Set(settings, "net.ipv4.tcp_frto", "1"));
        Assert.True(settings.Tcp.ForwardRto);
        Assert.Equal(Errno.None, SysctlTable.Set(settings, "net.ipv4.tcp_reordering", "400"));   // as high as tcp_max_reordering is now
        Assert.Equal(Errno.EINVAL, SysctlTable.Set(settings, "net.ipv4.tcp_reordering", "401"));
    }
}

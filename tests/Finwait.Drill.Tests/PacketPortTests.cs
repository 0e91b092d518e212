using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Drill.Tests;

/// <summary>The packet port by itself: two of them joined by a wire of this test.</summary>
public class PacketPortTests
{
    private readonly PacketPort _a = Make(1, "192.168.0.1");
    private readonly PacketPort _b = Make(2, "192.168.0.2");

    [Fact]
    public void Transfer_BetweenTwoPorts_ArrivesAndReturnsInTime()
    {
        int listener = _b.Socket(AddressFamily.Inet, SocketType.Stream);
        Assert.Equal(Errno.None, _b.Bind(listener, new(IpAddress.AnyV4, 80)));
        Assert.Equal(Errno.None, _b.Listen(listener, 1));
        PortCall accept = _b.Accept(listener);
        int client = _a.Socket(AddressFamily.Inet, SocketType.Stream);
        PortCall connect = _a.Connect(client, new(IpAddress.Parse("192.168.0.2"), 80));
        Assert.False(connect.IsDone || accept.IsDone);

        Run(TimeSpan.FromMilliseconds(35));
        Assert.True(connect.IsDone && accept.IsDone);
        Assert.Equal((0, Errno.None, "0.020000"), (connect.Value, connect.Errno, connect.CompletedAt.ToString()));

        PortCall read = _b.Receive(accept.Value, 100_000, PacketPort.WaitAll);
        byte[] text = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7))];
        PortCall write = _a.Send(client, text);
        Run(TimeSpan.FromSeconds(2));
        Assert.Equal((100_000, 100_000), (write.Value, read.Value));
        Assert.Equal(text, read.Data.ToArray());

        _a.Close(client);
        PortCall end = _b.Receive(accept.Value, 10);
        Run(TimeSpan.FromSeconds(1));
        Assert.Equal((true, 0, Errno.None), (end.IsDone, end.Value, end.Errno));
    }

    [Fact]
    public void Run_SameSeed_GivesTheSamePacketsAtTheSameTimes()
    {
        Assert.Equal(Trace(5), Trace(5));
        Assert.NotEqual(Trace(5), Trace(6));

        static string Trace(ulong seed)
        {
            PacketPort port = Make(seed, "192.168.0.1");
            int socket = port.Socket(AddressFamily.Inet, SocketType.Stream);
            port.Connect(socket, new(IpAddress.Parse("192.0.2.1"), 80));
            port.AdvanceTo(Instant.Zero + TimeSpan.FromSeconds(20));
            string trace = "";
            while (port.TryTransmit(out Instant leftAt, out byte[] packet))
            {
                trace += $"{leftAt} {Convert.ToHexString(packet)}\n";
            }

            return trace;
        }
    }

    [Fact]
    public void Calls_OnNonBlockingSockets_DoNotWait()
    {
        int socket = _a.Socket(AddressFamily.Inet, SocketType.Stream, isBlocking: false);
        PortCall connect = _a.Connect(socket, new(IpAddress.Parse("192.168.0.2"), 80));
        Assert.Equal((true, -1, Errno.EINPROGRESS), (connect.IsDone, connect.Value, connect.Errno));
        PortCall read = _a.Receive(socket, 10);
        Assert.Equal((true, -1, Errno.EAGAIN), (read.IsDone, read.Value, read.Errno));
        Assert.Equal(Errno.None, _a.SetBlocking(socket, true));
        Assert.False(_a.Receive(socket, 10).IsDone);
        Assert.Equal(Errno.EAGAIN, _a.Receive(socket, 10, PacketPort.DontWait).Errno);
    }

    [Fact]
    public void Poll_WithoutNews_ReturnsNothingWhenItsTimeIsOver()
    {
        int socket = _a.Socket(AddressFamily.Inet, SocketType.Datagram);
        PortCall poll = _a.Poll([new(socket, (uint)SocketReadiness.Readable)], 30);
        Assert.Equal("0.030000", _a.NextDeadline.ToString());
        _a.AdvanceTo(Instant.Zero + TimeSpan.FromSeconds(1));
        Assert.Equal((true, 0, "0.030000"), (poll.IsDone, poll.Value, poll.CompletedAt.ToString()));
    }

    [Fact]
    public void Settings_ReadWhatWasWritten_EveryOne()
    {
        foreach (string name in SysctlTable.Names)
        {
            Assert.True(SysctlTable.TryGet(_a.Settings, name, out string before), name);
            Assert.Equal(Errno.None, SysctlTable.Set(_a.Settings, name, before));
            Assert.True(SysctlTable.TryGet(_a.Settings, name, out string after));
            Assert.Equal((name, before), (name, after));
            Assert.Equal(Errno.EINVAL, SysctlTable.Set(_a.Settings, name, "no value"));
        }

        Assert.Equal(Errno.ENOENT, SysctlTable.Set(_a.Settings, "net.ipv4.nothing", "1"));
        Assert.Equal(Errno.None, SysctlTable.Set(_a.Settings, "net.ipv4.tcp_fin_timeout", "7"));
        Assert.Equal(TimeSpan.FromSeconds(7), _a.Settings.Tcp.FinTimeout);
    }

    [Fact]
    public void Clock_GoesForwardOnly() => Assert.Throws<ArgumentOutOfRangeException>(() =>
    {
        _a.AdvanceTo(Instant.Zero + TimeSpan.FromSeconds(2));
        _a.AdvanceTo(Instant.Zero + TimeSpan.FromSeconds(1));
    });

    private static PacketPort Make(ulong seed, string address)
    {
        var port = new PacketPort(new HostSettings { Seed = seed });
        port.AddAddress(IpAddress.Parse(address), 24);
        return port;
    }

    /// <summary>A wire of 10 ms each way, for so long.</summary>
    private void Run(TimeSpan time)
    {
        TimeSpan delay = TimeSpan.FromMilliseconds(10);
        Instant end = _a.Now + time;
        var under = new PriorityQueue<(PacketPort To, byte[] Packet), (long, int)>();
        int count = 0;
        while (true)
        {
            foreach ((PacketPort from, PacketPort to) in ((PacketPort, PacketPort)[])[(_a, _b), (_b, _a)])
            {
                while (from.TryTransmit(out Instant leftAt, out byte[] packet))
                {
                    under.Enqueue((to, packet), ((leftAt + delay).Ticks, count++));
                }
            }

            Instant next = Instant.Earlier(end, Instant.Earlier(_a.NextDeadline, _b.NextDeadline));
            bool hasPacket = under.TryPeek(out _, out (long Ticks, int) key) && key.Ticks <= next.Ticks;
            next = hasPacket ? new Instant(key.Ticks) : next;
            _a.AdvanceTo(Instant.Later(next, _a.Now));
            _b.AdvanceTo(_a.Now);
            if (hasPacket)
            {
                (PacketPort to, byte[] packet) = under.Dequeue();
                to.Deliver(packet);
            }
            else if (_a.Now >= end)
            {
                return;
            }
        }
    }
}

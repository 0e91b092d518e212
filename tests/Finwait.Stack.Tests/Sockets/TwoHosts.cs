using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>Two hosts on a link without delay, and a clock that only the test moves. On a wire of <see cref="WireCase"/> every connection of A begins just before one edge and of B before the other.</summary>
internal sealed class TwoHosts
{
    public static readonly IpAddress AddressA = IpAddress.FromV4(10, 0, 0, 1), AddressB = IpAddress.FromV4(10, 0, 0, 2);
    public static readonly IpAddress AddressA6 = IpAddress.Parse("fd00::1"), AddressB6 = IpAddress.Parse("fd00::2");

    private readonly Queue<(bool ToB, byte[] Bytes)> _wire = new();

    private readonly WireCase? _case;

    public TwoHosts(string wire, Action<HostSettings>? configure = null, int mtu = 1500)
        : this(configure, mtu)
    {
        _case = WireCase.Named(wire);
        AtA = _case.IsV6 ? AddressA6 : AddressA;
        AtB = _case.IsV6 ? AddressB6 : AddressB;
        ChooseNumbers();
    }

    public TwoHosts(Action<HostSettings>? configure = null, int mtu = 1500)
    {
        A = Make("a", 1, AddressA, AddressA6, configure, mtu);
        B = Make("b", 2, AddressB, AddressB6, configure, mtu);
    }

    public Host A { get; }

    public Host B { get; }

    /// <summary>Where A and B are, in the wire's IP version.</summary>
    public IpAddress AtA { get; } = AddressA;

    public IpAddress AtB { get; } = AddressB;

    public AddressFamily Family => AtA.IsV6 ? AddressFamily.Inet6 : AddressFamily.Inet;

    public IpAddress Loopback => AtA.IsV6 ? IpAddress.Parse("::1") : IpAddress.FromV4(127, 0, 0, 1);

    public Instant Now { get; set; } = new(10_000_000);

    /// <summary>Frames that crossed the link.</summary>
    public int Crossed { get; private set; }

    /// <summary>Says which frames are lost: gets the direction and the IP packet.</summary>
    public Func<bool, byte[], bool>? Loses { get; set; }

    public static Host Make(string name, ulong seed, IpAddress v4, IpAddress v6, Action<HostSettings>? configure, int mtu)
    {
        HostSettings settings = new() { Name = name, Seed = seed };
        configure?.Invoke(settings);
        Host host = new(settings);
        Interface tun = host.AddPointToPoint("tun0", mtu);
        tun.AddAddress(v4, 24);
        tun.AddAddress(v6, 64);
        return host;
    }

    /// <summary>Moves frames at this moment until nobody has anything to say.</summary>
    public void Exchange()
    {
        bool moved;
        int rounds = 0;
        do
        {
            moved = Take(A, toB: true) | Take(B, toB: false);
            while (_wire.TryDequeue(out (bool ToB, byte[] Bytes) frame))
            {
                moved = true;
                Crossed++;
                Host to = frame.ToB ? B : A;
                if (Loses?.Invoke(frame.ToB, frame.Bytes) != true)
                {
                    to.Receive(Now, to.Interfaces[1], frame.Bytes);
                }
            }

            Assert.True(++rounds < 100_000, "the hosts never come to rest");
        }
        while (moved);
        ChooseNumbers();
    }

    /// <summary>Lets time pass, stopping at every deadline on the way.</summary>
    public void Run(TimeSpan time)
    {
        Instant end = Now + time;
        Exchange();
        while (true)
        {
            Instant next = Instant.Earlier(A.NextDeadline, B.NextDeadline);
            if (next > end)
            {
                break;
            }

            Now = Instant.Later(Now, next);
            A.OnTimeout(Now);
            B.OnTimeout(Now);
            Exchange();
        }

        Now = end;
    }

    public void Run(double seconds) => Run(TimeSpan.FromSeconds(seconds));

    /// <summary>For the next connection of either host: nothing on a bare pair.</summary>
    private void ChooseNumbers()
    {
        if (_case is not null)
        {
            A.NextInitialSequence = new(_case.OurEdge);
            B.NextInitialSequence = new(_case.PeersEdge);
        }
    }

    private bool Take(Host from, bool toB)
    {
        bool any = false;
        while (from.PollTransmit(Now, out _, out PacketBuffer? frame))
        {
            _wire.Enqueue((toB, frame.Span.ToArray()));
            frame.Release();
            any = true;
        }

        return any;
    }
}

/// <summary>Short forms of the socket calls for tests.</summary>
internal static class SocketShorthand
{
    public static int Stream(this Host host, AddressFamily family = AddressFamily.Inet) => host.Sockets.Create(family, SocketType.Stream);

    public static int Listener(this Host host, ushort port, int backlog = 5, IpAddress? address = null, bool dual = false)
    {
        IpAddress on = address ?? (dual ? IpAddress.AnyV6 : IpAddress.AnyV4);
        int socket = host.Stream(on.IsV6 ? AddressFamily.Inet6 : AddressFamily.Inet);
        Assert.Equal(Errno.None, host.Sockets.Bind(socket, new(on, port)));
        Assert.Equal(Errno.None, host.Sockets.Listen(socket, backlog));
        return socket;
    }

    /// <summary>An open connection from A to B: the handles on both sides; the listener is closed again.</summary>
    public static (int OnA, int OnB) Pair(this TwoHosts hosts, ushort port = 4000)
    {
        int listener = hosts.B.Listener(port, address: hosts.AtB);
        int a = hosts.A.Stream(hosts.Family);
        Assert.Equal(Errno.EINPROGRESS, hosts.A.Sockets.Connect(hosts.Now, a, new(hosts.AtB, port)));
        hosts.Exchange();
        Assert.Equal(Errno.None, hosts.A.Sockets.Connect(hosts.Now, a, new(hosts.AtB, port)));
        Assert.Equal(Errno.None, hosts.B.Sockets.Accept(listener, out int b, out _));
        Assert.Equal(Errno.None, hosts.B.Sockets.Close(hosts.Now, listener));
        return (a, b);
    }

    public static string Recv(this Host host, Instant now, int socket, int most = 1000)
    {
        byte[] buffer = new byte[most];
        Errno error = host.Sockets.Receive(now, socket, buffer, ReceiveFlags.None, out int received);
        return error != Errno.None ? error.ToString() : $"'{System.Text.Encoding.ASCII.GetString(buffer, 0, received)}'";
    }

    public static string Send(this Host host, Instant now, int socket, string text)
    {
        Errno error = host.Sockets.Send(now, socket, System.Text.Encoding.ASCII.GetBytes(text), SendFlags.None, out int sent);
        return error != Errno.None ? error.ToString() : sent.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    public static string States(this Host host, Instant now) => string.Join(' ', host.Sockets.Snapshot(now).Select(r => $"{r.State}:{r.ReceiveQueue}:{r.SendQueue}"));
}

using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Sim.Tests;

/// <summary>A path with one bottleneck: romeo, a queue that drains at a rate, a long cable with loss, juliet. Data goes from romeo to juliet.</summary>
internal sealed class LossyPath
{
    private static readonly byte[] s_data = new byte[65536];
    private static readonly byte[] s_sink = new byte[262144];

    private readonly List<int> _senders = [], _receivers = [];
    private bool _isFeeding = true;

    /// <param name="seed">Seed of losses and all other chance.</param>
    /// <param name="control">Name of the congestion control.</param>
    /// <param name="loss">Per cent of the frames towards juliet that get lost on the cable.</param>
    /// <param name="rtt">Round trip without queueing, milliseconds.</param>
    /// <param name="buffer">Most octets of a receive buffer; 0 for the usual one, which grows to 6 MiB.</param>
    /// <param name="queue">Frames that the bottleneck holds.</param>
    /// <param name="jitter">Each frame towards juliet is under way for so many milliseconds more or less, so that frames overtake each other.</param>
    /// <param name="megabits">Rate of the bottleneck, Mbit/s.</param>
    public LossyPath(ulong seed, string control = "cubic", double loss = 0, double rtt = 20, int buffer = 0, int queue = 50, double jitter = 0, double megabits = 20)
    {
        Network = new Network(seed);
        Romeo = AddHost("romeo", control, buffer);
        Juliet = AddHost("juliet", control, buffer);
        Interface near = NetworkRig.Ethernet(Romeo, "eth1", "02:00:00:00:01:64", IpAddress.FromV4(10, 9, 0, 1));
        Interface far = NetworkRig.Ethernet(Juliet, "eth1", "02:00:00:00:02:64", IpAddress.FromV4(10, 9, 0, 2));
        Switch middle = Network.AddSwitch("bottleneck");
        var delay = TimeSpan.FromMilliseconds(rtt / 2);
        Cable first = Network.Connect(near, middle);
        first.AToB.Settings = new LinkSettings { Rate = (long)(megabits * 1_000_000), Limit = queue + 1 };
        Cable second = Network.Connect(far, middle);
        second.BToA.Settings = new LinkSettings { Delay = delay, Jitter = TimeSpan.FromMilliseconds(jitter), Limit = LinkSettings.MaxLimit, Loss = loss > 0 ? new LossModel(LossKind.Random, loss / 100) : default };
        second.AToB.Settings = new LinkSettings { Delay = delay, Limit = LinkSettings.MaxLimit };
        Cable = second.BToA;
    }

    public Network Network { get; }

    public Host Romeo { get; }

    public Host Juliet { get; }

    /// <summary>The long cable towards juliet.</summary>
    public Link Cable { get; }

    /// <summary>Opens one more flow, which sends as much as it may from now on.</summary>
    public void Open()
    {
        ushort port = (ushort)(5001 + _senders.Count);
        int listener = Juliet.Sockets.Create(AddressFamily.Inet, SocketType.Stream);
        Assert.Equal(Errno.None, Juliet.Sockets.Bind(listener, new(IpAddress.AnyV4, port)));
        Assert.Equal(Errno.None, Juliet.Sockets.Listen(listener, 5));
        int sender = Romeo.Sockets.Create(AddressFamily.Inet, SocketType.Stream);
        Assert.Equal(Errno.EINPROGRESS, Romeo.Sockets.Connect(Network.Now, sender, new(IpAddress.FromV4(10, 9, 0, 2), port)));
        int receiver = -1;
        while (Juliet.Sockets.Accept(listener, out receiver, out _) != Errno.None)
        {
            Step(Instant.Never);
        }

        _senders.Add(sender);
        _receivers.Add(receiver);
        Write(sender);
        Network.Poll(Romeo);
    }

    /// <summary>Lets time pass; the applications write and read all they can.</summary>
    public void Run(double seconds)
    {
        Instant end = Network.Now + TimeSpan.FromSeconds(seconds);
        while (Network.Now < end && Step(end))
        {
        }
    }

    /// <summary>The flows send what they have and no more; runs until all of it has arrived.</summary>
    public void Drain()
    {
        _isFeeding = false;
        Instant end = Network.Now + TimeSpan.FromSeconds(300);
        while (_senders.Exists(socket => SenderInfo(socket) is { SendQueue: > 0 }))
        {
            Assert.True(Network.Now < end && Step(end), "the transfer does not come to its end");
        }
    }

    public TcpInfo Sender(int flow) => SenderInfo(_senders[flow]);

    public TcpInfo Receiver(int flow)
    {
        Assert.Equal(Errno.None, Juliet.Sockets.GetInfo(Network.Now, _receivers[flow], out TcpInfo info));
        return info;
    }

    /// <summary>Octets of a flow that juliet's application has or could have read.</summary>
    public long Arrived(int flow) => Receiver(flow).BytesReceived;

    private TcpInfo SenderInfo(int socket)
    {
        Assert.Equal(Errno.None, Romeo.Sockets.GetInfo(Network.Now, socket, out TcpInfo info));
        return info;
    }

    private Host AddHost(string name, string control, int buffer)
    {
        var settings = new HostSettings { Name = name, Seed = Network.Random.SeedOf("host " + name) };
        settings.Tcp.CongestionControl = control;
        settings.Tcp.SegmentationOffload = true;
        if (buffer > 0)
        {
            settings.Tcp.ReceiveBuffer = (4096, Math.Min(131072, buffer), buffer);
        }

        return Network.AddHost(settings);
    }

    private bool Step(Instant end)
    {
        if (!Network.TryPeek(out NetworkEvent next) || next.Time > end)
        {
            Network.RunUntil(end);
            return false;
        }

        Network.Step(out _, pollsAll: false);
        Feed();
        return true;
    }

    private bool Write(int socket)
    {
        bool wrote = false;
        while (Romeo.Sockets.Send(Network.Now, socket, s_data, SendFlags.None, out int taken) == Errno.None && taken > 0)
        {
            wrote = true;
        }

        return wrote;
    }

    private void Feed()
    {
        bool read = false, wrote = false;
        while (Juliet.Sockets.PollReady(out int socket))
        {
            while (_receivers.Contains(socket) && Juliet.Sockets.Receive(Network.Now, socket, s_sink, ReceiveFlags.None, out int got) == Errno.None && got > 0)
            {
                read = true;
            }
        }

        while (Romeo.Sockets.PollReady(out int socket))
        {
            wrote |= _isFeeding && _senders.Contains(socket) && Write(socket);
        }

        if (read)
        {
            Network.Poll(Juliet);
        }

        if (wrote)
        {
            Network.Poll(Romeo);
        }
    }
}

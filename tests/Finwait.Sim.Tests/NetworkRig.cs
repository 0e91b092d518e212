using System.Text;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Sim.Tests;

/// <summary>romeo, a router and juliet, as in the captures of tests/golden, and a socket on each side.</summary>
internal sealed class NetworkRig
{
    public static readonly IpAddress RomeoAddress = IpAddress.Parse("10.10.1.100"), JulietAddress = IpAddress.Parse("10.10.2.100");

    public NetworkRig(string settings = "", ulong seed = 1)
    {
        Network = new Network(seed);
        Romeo = Network.AddHost("romeo");
        Router = Network.AddHost(new HostSettings { Name = "router", Seed = Network.Random.SeedOf("host router"), IpForward = true });
        Juliet = Network.AddHost("juliet");
        Interface romeo = Ethernet(Romeo, "eth1", "02:00:00:00:01:64", RomeoAddress);
        Interface left = Ethernet(Router, "eth1", "02:00:00:00:01:01", IpAddress.Parse("10.10.1.1"));
        Interface right = Ethernet(Router, "eth2", "02:00:00:00:02:01", IpAddress.Parse("10.10.2.1"));
        Interface juliet = Ethernet(Juliet, "eth1", "02:00:00:00:02:64", JulietAddress);
        Romeo.Routes.Add(IpAddress.AnyV4, 0, IpAddress.Parse("10.10.1.1"), romeo);
        Juliet.Routes.Add(IpAddress.AnyV4, 0, IpAddress.Parse("10.10.2.1"), juliet);
        Left = Network.Connect(romeo, left, LinkSettings.Parse(settings));
        Right = Network.Connect(right, juliet, LinkSettings.Parse(settings));
    }

    public Network Network { get; }

    public Host Romeo { get; }

    public Host Router { get; }

    public Host Juliet { get; }

    public Cable Left { get; }

    public Cable Right { get; }

    public static Interface Ethernet(Host host, string name, string mac, IpAddress address, int prefix = 24)
    {
        Assert.True(MacAddress.TryParse(mac, out MacAddress parsed));
        Interface added = host.AddEthernet(name, parsed);
        added.AddAddress(address, prefix);
        return added;
    }

    /// <summary>Pings juliet once and gives the round-trip time; null if no answer came within the time.</summary>
    public TimeSpan? Ping(ushort sequence = 1, double seconds = 5)
    {
        Romeo.Ping.Open(7);
        Instant sent = Network.Now;
        Assert.Equal(Errno.None, Romeo.Ping.Send(sent, JulietAddress, 7, sequence, new byte[56]));
        Network.RunFor(TimeSpan.FromSeconds(seconds));
        return Romeo.Ping.TryTake(7, out PingReply reply) && reply.Kind == PingReplyKind.Reply ? reply.Time - sent : null;
    }

    /// <summary>An open connection from romeo to juliet.</summary>
    public (int OnRomeo, int OnJuliet) Connect(ushort port = 4000, double quiet = 10)
    {
        int listener = Juliet.Sockets.Create(AddressFamily.Inet, SocketType.Stream);
        Assert.Equal(Errno.None, Juliet.Sockets.Bind(listener, new(IpAddress.AnyV4, port)));
        Assert.Equal(Errno.None, Juliet.Sockets.Listen(listener, 5));
        int romeo = Romeo.Sockets.Create(AddressFamily.Inet, SocketType.Stream);
        Assert.Equal(Errno.EINPROGRESS, Romeo.Sockets.Connect(Network.Now, romeo, new(JulietAddress, port)));
        Network.RunUntilQuiet(TimeSpan.FromSeconds(quiet));
        Assert.Equal(Errno.None, Juliet.Sockets.Accept(listener, out int juliet, out _));
        return (romeo, juliet);
    }

    /// <summary>Moves octets from romeo to juliet and gives what arrived; the network runs until all is there or the time is over.</summary>
    public byte[] Transfer(int from, int to, byte[] data, double seconds = 600)
    {
        byte[] arrived = new byte[data.Length];
        int sent = 0, received = 0;
        Instant end = Network.Now + TimeSpan.FromSeconds(seconds);
        while (received < data.Length && Network.Now < end)
        {
            if (sent < data.Length && Romeo.Sockets.Send(Network.Now, from, data.AsSpan(sent), SendFlags.None, out int taken) == Errno.None)
            {
                sent += taken;
            }

            while (Juliet.Sockets.Receive(Network.Now, to, arrived.AsSpan(received), ReceiveFlags.None, out int got) == Errno.None && got > 0)
            {
                received += got;
            }

            if (!Network.Step(out _))
            {
                break;
            }
        }

        return arrived[..received];
    }

    public static byte[] Octets(int count, int seed = 1)
    {
        byte[] octets = new byte[count];
        new Random(seed).NextBytes(octets);
        return octets;
    }

    /// <summary>What a tap saw: time in ms and kind of each frame, one per line.</summary>
    public static string Trace(CaptureTap tap)
    {
        StringBuilder text = new();
        while (tap.TryTake(out CapturedFrame frame))
        {
            EthernetView.TryParse(frame.Bytes, out EthernetView ethernet);
            string what = ethernet.EtherType == EtherType.Arp ? "arp" : Ipv4View.TryParse(ethernet.Payload, out Ipv4View v4) != WireError.None ? "?"
                : TcpView.TryParse(v4.Payload, out TcpView tcp) == WireError.None && v4.Protocol == IpProtocol.Tcp ? $"tcp {tcp.Flags}" : $"ip {v4.Protocol}";
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{frame.Time.SinceStart.TotalMilliseconds:0.###} {(frame.Direction == CaptureDirection.Inbound ? "<" : ">")} {what}\n");
        }

        return text.ToString();
    }
}

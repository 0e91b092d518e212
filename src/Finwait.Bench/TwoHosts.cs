using System.Diagnostics;
using System.Runtime.CompilerServices;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Bench;

/// <summary>
/// A client and a server in one process and on one thread, joined by a link in memory: two batches of packets that change
/// hands without being copied. Checksums are computed by the sender and verified by the receiver.
/// </summary>
internal sealed class TwoHosts
{
    /// <summary>Ports the server listens on; several, because one has only as many four-tuples as there are ephemeral ports.</summary>
    public const ushort FirstPort = 5000;

    private static readonly IpAddress ClientAddress = IpAddress.Parse("10.0.0.1");
    private static readonly IpAddress ServerAddress = IpAddress.Parse("10.0.0.2");

    /// <summary>Packets that the link carries at once, as a network card hands over a batch of its ring.</summary>
    private const int Batch = 64;

    private readonly PacketBuffer?[] _toServer = new PacketBuffer?[Batch];
    private readonly PacketBuffer?[] _toClient = new PacketBuffer?[Batch];
    private readonly Interface _clientLink;
    private readonly Interface _serverLink;

    public TwoHosts(int mtu, Action<HostSettings>? configure = null)
    {
        HostSettings settings = new() { Name = "client", Seed = 1 };
        configure?.Invoke(settings);
        Client = new(settings);
        settings = new() { Name = "server", Seed = 2 };
        configure?.Invoke(settings);
        Server = new(settings);
        _clientLink = Client.AddPointToPoint("mem0", mtu);
        _serverLink = Server.AddPointToPoint("mem0", mtu);
        _clientLink.AddAddress(ClientAddress, 24);
        _serverLink.AddAddress(ServerAddress, 24);
        _clientLink.TransmitQueueLimit = _serverLink.TransmitQueueLimit = 65536; // the link's queue is memory: nothing is lost on it
    }

    public Host Client { get; }

    public Host Server { get; }

    /// <summary>The time that both hosts see.</summary>
    public Instant Now { get; private set; } = new(TimeSpan.TicksPerSecond);

    /// <summary>Packets carried, both ways.</summary>
    public long Packets { get; private set; }

    /// <summary>Packets that carried text (more than headers), both ways.</summary>
    public long DataPackets { get; private set; }

    /// <summary>Lets time pass and runs the timers that are due.</summary>
    public void Advance(TimeSpan time) => GoTo(new(Now.Ticks + time.Ticks));

    /// <summary>Sets the time from a clock that runs, and runs the timers that are due.</summary>
    public void ReadClock(Stopwatch clock) => GoTo(new(TimeSpan.TicksPerSecond + clock.Elapsed.Ticks));

    /// <summary>Moves the packets that are ready, a batch each way at most, one hop.</summary>
    /// <returns>Packets moved; zero when both hosts have nothing to say now.</returns>
    public int Pump() => Carry(toServer: true) + Carry(toServer: false);

    /// <summary>Moves the packets that are ready one way, a batch at most: for workloads that know who has something to say.</summary>
    /// <returns>Packets moved.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public int Carry(bool toServer)
    {
        PacketBuffer?[] batch = toServer ? _toServer : _toClient;
        int count = Collect(toServer ? Client : Server, batch);
        Deliver(batch, count, toServer ? Server : Client, toServer ? _serverLink : _clientLink);
        return count;
    }

    /// <summary>Pumps until nothing moves.</summary>
    public void Settle()
    {
        while (Pump() > 0)
        {
        }
    }

    /// <summary>Makes the server listen on <paramref name="count"/> ports.</summary>
    public int[] Listen(int count, int backlog = 1024)
    {
        int[] listeners = new int[count];
        for (int i = 0; i < count; i++)
        {
            listeners[i] = Server.Sockets.Create(AddressFamily.Inet, SocketType.Stream);
            Check(Server.Sockets.Bind(listeners[i], new(ServerAddress, (ushort)(FirstPort + i))), "bind");
            Check(Server.Sockets.Listen(listeners[i], backlog), "listen");
        }

        return listeners;
    }

    /// <summary>Opens one connection and accepts it. Both ends are established when it returns.</summary>
    public (int Client, int Server) Connect(int[] listeners, int index = 0)
    {
        int client = Client.Sockets.Create(AddressFamily.Inet, SocketType.Stream);
        Errno error = Client.Sockets.Connect(Now, client, new(ServerAddress, (ushort)(FirstPort + (index % listeners.Length))));
        if (error is not (Errno.None or Errno.EINPROGRESS))
        {
            Check(error, "connect");
        }

        Settle();
        Check(Server.Sockets.Accept(listeners[index % listeners.Length], out int server, out _), "accept");
        return (client, server);
    }

    /// <summary>Throws if a call that cannot fail here failed.</summary>
    public static void Check(Errno error, string call)
    {
        if (error != Errno.None)
        {
            throw new InvalidOperationException($"{call} failed with {error}");
        }
    }

    private void GoTo(Instant now)
    {
        Now = now;
        if (Client.NextDeadline <= now)
        {
            Client.OnTimeout(now);
        }

        if (Server.NextDeadline <= now)
        {
            Server.OnTimeout(now);
        }
    }

    private int Collect(Host host, PacketBuffer?[] batch)
    {
        int count = 0;
        while (count < batch.Length && host.PollTransmit(Now, out _, out PacketBuffer? packet))
        {
            batch[count++] = packet;
        }

        return count;
    }

    private void Deliver(PacketBuffer?[] batch, int count, Host host, Interface on)
    {
        const int HeadersOnly = 80; // IPv4 and TCP with all the options a connection carries
        for (int i = 0; i < count; i++)
        {
            PacketBuffer packet = batch[i]!;
            batch[i] = null;
            DataPackets += packet.Length > HeadersOnly ? 1 : 0;
            host.Receive(Now, on, packet.Span);
            packet.Release();
        }

        Packets += count;
    }
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>A datagram that waits to be read.</summary>
internal struct Datagram
{
    public byte[] Bytes;
    public int Length;

    /// <summary>What it is charged against the receive buffer: its octets and Linux's overhead.</summary>
    public int Charge;
    public IpAddress Source;
    public ushort SourcePort;

    /// <summary>Where it was sent to, and what else its IP header said.</summary>
    public IpAddress Destination;
    public int Interface;
    public byte TimeToLive;
    public byte TrafficClass;
}

/// <summary>IP_MTU_DISCOVER, with Linux's numbers.</summary>
internal enum MtuDiscovery : byte
{
    /// <summary>IP_PMTUDISC_DONT: routers may fragment.</summary>
    Dont = 0,

    /// <summary>IP_PMTUDISC_WANT: DF on what fits the path, fragments of what does not.</summary>
    Want = 1,

    /// <summary>IP_PMTUDISC_DO: never fragments; EMSGSIZE for what does not fit the path.</summary>
    Do = 2,

    /// <summary>IP_PMTUDISC_PROBE: never fragments, and the path's MTU is the application's business.</summary>
    Probe = 3,
}

/// <summary>A datagram socket.</summary>
internal sealed class UdpSocket : Socket
{
    public readonly Queue<Datagram> Received = new();

    /// <summary>Local and remote end; the rest is zero while not bound or not connected.</summary>
    public FourTuple Tuple;

    /// <summary>SO_RCVBUF and SO_SNDBUF.</summary>
    public int ReceiveLimit;
    public int SendLimit;

    /// <summary>Octets charged for what waits: Recv-Q of ss.</summary>
    public int Charged;
    public byte TimeToLive;
    public byte TrafficClass;
    public MtuDiscovery Discovery;
    public PortUse Use;
    public uint Serial;
    public RouteCache Route;

    public override SocketType Type => SocketType.Datagram;

    public bool IsConnected => Tuple.RemotePort != 0;

    public bool IsDual => Family == AddressFamily.Inet6 && !Is(SocketFlags.V6Only);
}

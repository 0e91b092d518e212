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
    private const int Page = 4096;

    public readonly Queue<Datagram> Received = new();

    /// <summary>Local and remote end; the rest is zero while not bound or not connected.</summary>
    public FourTuple Tuple;

    /// <summary>SO_RCVBUF and SO_SNDBUF.</summary>
    public int ReceiveLimit;
    public int SendLimit;

    /// <summary>Octets charged for what waits: Recv-Q of ss.</summary>
    public int Charged;

    /// <summary>Octets charged for what was read and is given back together (forward_deficit): as long as less than a quarter of the buffer was, and more waits that came before the reader did.</summary>
    public int Unreturned;

    /// <summary>Datagrams that the reader has taken over from the queue and not read.</summary>
    public int TakenOver;

    /// <summary>Reserved in whole pages and not used (sk_forward_alloc), octets.</summary>
    public int Forward;

    /// <summary>Datagrams that came and were dropped.</summary>
    public uint Dropped;
    public byte TimeToLive;
    public byte TrafficClass;
    public MtuDiscovery Discovery;
    public PortUse Use;
    public uint Serial;
    public RouteCache Route;

    public override SocketType Type => SocketType.Datagram;

    public bool IsConnected => Tuple.RemotePort != 0;

    /// <summary>A datagram is let in, and its pages are reserved.</summary>
    public void Charge(int octets)
    {
        Forward += Math.Max(0, (octets - Forward + Page - 1) & -Page) - octets;
        Charged += octets;
    }

    /// <summary>The oldest datagram was read; call before it leaves the queue.</summary>
    public void Discharge(int octets)
    {
        TakenOver = (TakenOver == 0 ? Received.Count : TakenOver) - 1;
        Charged -= octets;
        Unreturned += octets;
        if (TakenOver > 0 && Unreturned < ReceiveLimit >> 2)
        {
            return;
        }

        Forward += Unreturned;
        Unreturned = 0;
        Forward -= (Forward - 1) & -Page; // a page stays for the next one
    }

    /// <summary>What <c>ss -m</c> shows.</summary>
    public SocketMemory Memory => new() { ReceiveAllocated = Charged + Unreturned, ReceiveLimit = ReceiveLimit, SendLimit = SendLimit, Forward = Forward, Dropped = Dropped };

    public bool IsDual => Family == AddressFamily.Inet6 && !Is(SocketFlags.V6Only);
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>The sockets of one host, with the meaning POSIX gives them and the details of Linux.</summary>
/// <remarks>
/// <para>No call blocks: where a blocking one would wait, the answer is <see cref="Errno.EAGAIN"/> or <see cref="Errno.EINPROGRESS"/>. A caller that
/// wants to block asks <see cref="Poll"/> after each step of the host and calls again. A blocking connect() is: <see cref="Connect"/> until it gives
/// neither <see cref="Errno.EINPROGRESS"/> nor <see cref="Errno.EALREADY"/>; its result is then that of the whole connect(), and after an error the
/// socket can be used again, as on Linux.</para>
/// <para>What a call sends leaves at the host's next <see cref="Host.PollTransmit"/>.</para>
/// </remarks>
public sealed partial class SocketLayer
{
    private const int DeadBeforeSweep = 64;

    private readonly Host _host;
    private readonly SocketSettings _settings;
    private readonly HandleTable _handles = new();
    private Socket? _readyHead;
    private Socket? _readyTail;
    private int _readyCount;
    private int _readyDead;
    private uint _inodes;

    internal SocketLayer(Host host)
    {
        _host = host;
        _settings = host.Settings.Sockets;
        SipHash secret = _settings.Secret is { } given ? new(given.High, given.Low) : SipHash.FromSeed(host.Settings.Seed, 0x736F_636B_6574);
        Tcp = new(host, this, secret);
        Udp = new(host, this);
    }

    /// <summary>Open sockets.</summary>
    public int Count => _handles.Count;

    /// <summary>Sockets in the ready list, closed ones that were not taken out yet included.</summary>
    internal int ReadyListLength => _readyCount;

    internal TcpHost Tcp { get; }

    internal UdpHost Udp { get; }

    /// <summary>socket(): a new socket's handle, the lowest that is free; negative (an errno with its sign turned) if there are too many.</summary>
    public int Create(AddressFamily family, SocketType type)
    {
        if (_handles.Count >= _settings.MaxSockets)
        {
            return -(int)Errno.EMFILE;
        }

        IpAddress any = AnyOf(family);
        Socket socket = type == SocketType.Stream
            ? new TcpEndpoint { Family = family, Tuple = new(any, 0, any, 0) }
            : new UdpSocket
            {
                Family = family,
                Tuple = new(any, 0, any, 0),
                ReceiveLimit = _settings.DefaultReceiveBuffer,
                SendLimit = _settings.DefaultSendBuffer,
                Discovery = _settings.FragmentDatagrams ? MtuDiscovery.Want : MtuDiscovery.Do,
            };
        return Install(socket);
    }

    /// <summary>close(). The handle is free at once; a connection goes on by itself until its data is delivered and both sides have closed.</summary>
    public Errno Close(Instant now, int socket) => Close(now, socket, out _);

    /// <summary>close() as a blocking caller needs it.</summary>
    /// <param name="now">The host's time.</param>
    /// <param name="socket">The socket, or EBADF.</param>
    /// <param name="lingering">Says when the call returns: at once, unless SO_LINGER has a time above zero and something is not acknowledged yet.</param>
    public Errno Close(Instant now, int socket, out LingeringClose lingering)
    {
        lingering = default;
        Socket? closed = _handles[socket];
        if (closed is null)
        {
            return Errno.EBADF;
        }

        _handles.Remove(closed);
        closed.Inode = 0;
        if (closed.Is(SocketFlags.InReady) && ++_readyDead > DeadBeforeSweep && _readyDead > _readyCount / 2)
        {
            SweepReady();
        }

        if (closed is TcpEndpoint stream)
        {
            Tcp.Close(now, stream);
            if (stream.Options.LingerSeconds > 0 && LingeringClose.IsClosing(stream.State))
            {
                lingering = new(stream, now + TimeSpan.FromSeconds(stream.Options.LingerSeconds));
            }
        }
        else
        {
            Udp.Close((UdpSocket)closed);
        }

        return Errno.None;
    }

    /// <summary>What the socket is ready for now. A handle that is not open gives <see cref="SocketReadiness.Error"/> with <see cref="SocketReadiness.HangUp"/>.</summary>
    public SocketReadiness Poll(int socket) => _handles[socket] switch
    {
        TcpEndpoint stream => PollStream(stream),
        UdpSocket datagram => PollDatagram(datagram),
        _ => SocketReadiness.Error | SocketReadiness.HangUp,
    };

    /// <summary>The next socket whose readiness may have changed since it was last returned here; in the order in which they changed.</summary>
    public bool PollReady(out int socket)
    {
        while (_readyHead is { } ready)
        {
            _readyHead = ready.ReadyNext;
            _readyTail = _readyHead is null ? null : _readyTail;
            ready.ReadyNext = null;
            ready.Set(SocketFlags.InReady, false);
            _readyCount--;
            if (ready.Handle >= 0)
            {
                socket = ready.Handle;
                return true;
            }

            _readyDead--;
        }

        socket = -1;
        return false;
    }

    /// <summary>The local end (getsockname()).</summary>
    public Errno GetLocal(int socket, out SocketAddress address)
    {
        address = default;
        Socket? asked = _handles[socket];
        if (asked is null)
        {
            return Errno.EBADF;
        }

        FourTuple tuple = asked is TcpEndpoint stream ? stream.Tuple : ((UdpSocket)asked).Tuple;
        address = new(TcpEndpoint.Show(asked.Family, tuple.Local), tuple.LocalPort);
        return Errno.None;
    }

    /// <summary>The other end (getpeername()); ENOTCONN if there is none.</summary>
    public Errno GetPeer(int socket, out SocketAddress address)
    {
        address = default;
        Socket? asked = _handles[socket];
        if (asked is null)
        {
            return Errno.EBADF;
        }

        FourTuple tuple;
        if (asked is TcpEndpoint stream)
        {
            if (stream.State is TcpState.Closed or TcpState.SynSent or TcpState.Listen)
            {
                return Errno.ENOTCONN;
            }

            tuple = stream.Tuple;
        }
        else if (asked is UdpSocket { IsConnected: true } datagram)
        {
            tuple = datagram.Tuple;
        }
        else
        {
            return Errno.ENOTCONN;
        }

        address = new(TcpEndpoint.Show(asked.Family, tuple.Remote), tuple.RemotePort);
        return Errno.None;
    }

    /// <summary>Puts a socket into the ready list.</summary>
    internal void Notify(Socket socket)
    {
        if (socket.Handle < 0 || socket.Is(SocketFlags.InReady))
        {
            return;
        }

        socket.Set(SocketFlags.InReady);
        _readyCount++;
        if (_readyTail is null)
        {
            _readyHead = socket;
        }
        else
        {
            _readyTail.ReadyNext = socket;
        }

        _readyTail = socket;
    }

    private static IpAddress AnyOf(AddressFamily family) => family == AddressFamily.Inet6 ? IpAddress.AnyV6 : IpAddress.AnyV4;

    private int Install(Socket socket)
    {
        socket.Inode = ++_inodes;
        return _handles.Add(socket);
    }

    /// <summary>An application that never asks for ready sockets must not keep its closed ones alive.</summary>
    private void SweepReady()
    {
        Socket? next = _readyHead;
        _readyHead = null;
        _readyTail = null;
        _readyCount = 0;
        _readyDead = 0;
        while (next is { } socket)
        {
            next = socket.ReadyNext;
            socket.ReadyNext = null;
            socket.Set(SocketFlags.InReady, false);
            Notify(socket);
        }
    }

    /// <summary>An address as given by the application, turned into the one in packets: a mapped address of an IPv6 socket is an IPv4 address.</summary>
    private static Errno Normalize(Socket socket, SocketAddress given, Errno forMappedOnV6Only, out IpAddress address)
    {
        address = given.Address;
        if (socket.Family == AddressFamily.Inet)
        {
            return address.IsV4 ? Errno.None : Errno.EAFNOSUPPORT;
        }

        if (!address.IsV6)
        {
            return Errno.EAFNOSUPPORT;
        }

        if (address.High == 0 && address.Low >> 32 == 0xFFFF)
        {
            if (socket.Is(SocketFlags.V6Only))
            {
                return forMappedOnV6Only;
            }

            address = IpAddress.FromV4((uint)address.Low);
        }

        return Errno.None;
    }

    /// <summary>A destination that is unspecified means this host, as on Linux: the address the socket is bound to, or that of the loopback interface.</summary>
    private static IpAddress OwnIfUnspecified(IpAddress remote, IpAddress bound)
    {
        if (!remote.IsUnspecified)
        {
            return remote;
        }

        return !bound.IsNone && !bound.IsUnspecified && bound.IsV6 == remote.IsV6 ? bound : remote.IsV6 ? IpAddress.FromV6(0, 1) : IpAddress.FromV4(127, 0, 0, 1);
    }

    /// <summary>True if bind() may name this address: one of ours, any, or a group or broadcast address (as Linux allows).</summary>
    private bool IsBindable(IpAddress address) => address.IsUnspecified || address.IsLimitedBroadcast
        || _host.Addresses.IsLocal(address) || _host.Addresses.IsSubnetBroadcast(address) || (address.IsMulticast && address.IsV4);
}

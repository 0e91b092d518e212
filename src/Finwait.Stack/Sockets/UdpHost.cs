using System.Buffers.Binary;
using System.Numerics;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>All the datagram sockets of one host: who gets a datagram, and who holds which port (RFC 768, RFC 1122 §4.1).</summary>
internal sealed class UdpHost(Host host, SocketLayer sockets)
{
    // How Linux 6.18 charges a datagram against the receive buffer: a buffer of a power of two (the smallest is 576) and its descriptor.
    private const int Descriptor = 256;
    private const int SmallestBuffer = 576;
    private const int LargestBuffer = 16_384;
    private const int HeadersAndTail = 60 + 320;
    private const int PagedOverhead = 832;

    /// <summary>IPv6 header and fragment header.</summary>
    private const int Ipv6Headers = 48;

    private readonly Dictionary<SocketAddress, List<UdpSocket>> _bound = [];
    private readonly Dictionary<FourTuple, UdpSocket> _connected = [];
    private readonly BufferPool _buffers = new(capacity: 8 << 20);
    private uint _serial;

    public PortTable Ports { get; } = new();

    /// <summary>Octets of datagrams that wait, with the size of their buffers.</summary>
    public long Buffered => _buffers.Lent;

    /// <summary>A buffer for a datagram of <paramref name="length"/> octets.</summary>
    public byte[] Rent(int length) => _buffers.Rent(Math.Max(1, length));

    public void Return(byte[] bytes) => _buffers.Return(bytes);

    public Errno Bind(UdpSocket socket, IpAddress local, ushort port)
    {
        if (socket.Is(SocketFlags.HoldsPort))
        {
            return Errno.EINVAL;
        }

        PortUse use = UseOf(socket);
        int chosen = port != 0 ? port : sockets.Tcp.ChooseBindPort(Ports, local, socket.IsDual, use);
        if (chosen < 0 || (port != 0 && Ports.Conflicts(local, socket.IsDual, port, use)))
        {
            return Errno.EADDRINUSE;
        }

        socket.Set(SocketFlags.BoundAddress, !local.IsUnspecified);
        socket.Set(SocketFlags.BoundPort, port != 0);
        socket.Serial = ++_serial;
        Hold(socket, new(local, (ushort)chosen, local.IsV6 ? IpAddress.AnyV6 : IpAddress.AnyV4, 0), use);
        return Errno.None;
    }

    /// <summary>Names the peer; the local address becomes a specific one.</summary>
    public void Connect(UdpSocket socket, in FourTuple tuple)
    {
        PortUse use = socket.Use;
        Drop(socket);
        Hold(socket, tuple, use);
        _connected[tuple] = socket;
    }

    /// <summary>Ended from outside (SOCK_DESTROY): the owner learns it, and only what bind() gave is kept. False if there is no such socket any more.</summary>
    public bool Destroy(in SocketRow row)
    {
        SocketRow sought = row;
        UdpSocket? socket = _bound.Values.SelectMany(group => group)
            .FirstOrDefault(s => s.Handle == sought.Handle && s.Family == sought.Family && s.Tuple.LocalPort == sought.Local.Port);
        if (socket is null)
        {
            return false;
        }

        PortUse use = socket.Use;
        FourTuple before = socket.Tuple;
        Drop(socket);
        IpAddress any = before.IsV6 ? IpAddress.AnyV6 : IpAddress.AnyV4;
        socket.Tuple = default;
        if (socket.Is(SocketFlags.BoundPort))
        {
            Hold(socket, new(socket.Is(SocketFlags.BoundAddress) ? before.Local : any, before.LocalPort, any, 0), use);
        }

        socket.PendingError = Errno.ECONNABORTED;
        sockets.Notify(socket);
        return true;
    }

    public void OnReuseChanged(UdpSocket socket)
    {
        if (socket.Is(SocketFlags.HoldsPort))
        {
            Ports.Remove(socket.Tuple.Local, socket.IsDual, socket.Tuple.LocalPort, socket.Use);
            socket.Use = UseOf(socket);
            Ports.Add(socket.Tuple.Local, socket.IsDual, socket.Tuple.LocalPort, socket.Use);
        }
    }

    public void Close(UdpSocket socket)
    {
        Drop(socket);
        while (socket.Received.TryDequeue(out Datagram datagram))
        {
            _buffers.Return(datagram.Bytes);
        }

        socket.Charged = 0;
    }

    /// <summary>A datagram whose header, length and checksum are right. True if some socket takes it, or had to drop it.</summary>
    public bool Receive(in IpPacketInfo packet, ReadOnlySpan<byte> bytes)
    {
        if (UdpView.TryParse(bytes, out UdpView view) != WireError.None)
        {
            return true;
        }

        if (packet.IsBroadcastOrMulticast)
        {
            bool taken = Flood(packet, view, new(packet.Destination, view.DestinationPort));
            return Flood(packet, view, new(packet.Destination.IsV6 ? IpAddress.AnyV6 : IpAddress.AnyV4, view.DestinationPort)) || taken;
        }

        FourTuple tuple = new(packet.Destination, view.DestinationPort, packet.Source, view.SourcePort);
        UdpSocket? socket = _connected.Count != 0 && _connected.TryGetValue(tuple, out UdpSocket? connected) ? connected : FindUnconnected(tuple);
        if (socket is null)
        {
            return false;
        }

        Queue(socket, packet, view);
        return true;
    }

    /// <summary>An ICMP error about a datagram: a connected socket learns the hard ones (RFC 1122 §4.1.3.3), as on Linux.</summary>
    public void ReceiveIcmpError(Instant now, in IcmpErrorInfo error, ReadOnlySpan<byte> quoted)
    {
        if (quoted.Length < 4)
        {
            return;
        }

        FourTuple tuple = new(error.Source, BinaryPrimitives.ReadUInt16BigEndian(quoted), error.Destination, BinaryPrimitives.ReadUInt16BigEndian(quoted[2..]));
        bool isConnected = _connected.TryGetValue(tuple, out UdpSocket? socket);
        if (!isConnected && FindUnconnected(tuple) is null)
        {
            return;
        }

        if (error.Kind == IcmpErrorKind.PacketTooBig)
        {
            host.Output.LowerPathMtu(now, error.Destination, error.Mtu);
        }

        (Errno meaning, bool isHard) = IcmpMeaning.Of(error);
        if (isConnected && (isHard || meaning == Errno.EMSGSIZE))
        {
            socket!.PendingError = meaning;
            sockets.Notify(socket);
        }
    }

    public void AddRows(List<SocketRow> rows, AddressFamily family)
    {
        foreach (UdpSocket socket in _bound.Values.SelectMany(group => group).Where(s => s.Family == family).OrderBy(s => s.Serial))
        {
            IpAddress any = family == AddressFamily.Inet6 ? IpAddress.AnyV6 : IpAddress.AnyV4;
            rows.Add(new()
            {
                Type = SocketType.Datagram,
                Family = family,
                State = socket.IsConnected ? TcpState.Established : TcpState.Closed,
                Local = new(TcpEndpoint.Show(family, socket.Tuple.Local), socket.Tuple.LocalPort),
                Peer = socket.IsConnected ? new(TcpEndpoint.Show(family, socket.Tuple.Remote), socket.Tuple.RemotePort) : new(any, 0),
                Handle = socket.Handle,
                Inode = socket.Inode,
                ReceiveQueue = socket.Charged,
                Memory = socket.Memory,
                IsDualStack = socket.IsDual && socket.Tuple.Local.IsUnspecified,
            });
        }
    }

    private static PortUse UseOf(UdpSocket socket) => (socket.Is(SocketFlags.ReuseAddress) ? PortUse.ReuseAddress : PortUse.None)
        | (socket.Is(SocketFlags.ReusePort) ? PortUse.ReusePort : PortUse.None);

    private void Hold(UdpSocket socket, in FourTuple tuple, PortUse use)
    {
        socket.Tuple = tuple;
        socket.Use = use;
        socket.Set(SocketFlags.HoldsPort);
        Ports.Add(tuple.Local, socket.IsDual, tuple.LocalPort, use);
        SocketAddress key = new(tuple.Local, tuple.LocalPort);
        if (!_bound.TryGetValue(key, out List<UdpSocket>? group))
        {
            group = [];
            _bound.Add(key, group);
        }

        group.Add(socket);
    }

    private void Drop(UdpSocket socket)
    {
        if (!socket.Is(SocketFlags.HoldsPort))
        {
            return;
        }

        socket.Set(SocketFlags.HoldsPort, false);
        Ports.Remove(socket.Tuple.Local, socket.IsDual, socket.Tuple.LocalPort, socket.Use);
        SocketAddress key = new(socket.Tuple.Local, socket.Tuple.LocalPort);
        List<UdpSocket> group = _bound[key];
        group.Remove(socket);
        if (group.Count == 0)
        {
            _bound.Remove(key);
        }

        if (socket.IsConnected && _connected.TryGetValue(socket.Tuple, out UdpSocket? connected) && ReferenceEquals(connected, socket))
        {
            _connected.Remove(socket.Tuple);
        }
    }

    private UdpSocket? FindUnconnected(in FourTuple tuple) => Last(new(tuple.Local, tuple.LocalPort), tuple.IsV6)
        ?? (tuple.IsV6 ? null : Last(new(IpAddress.AnyV4, tuple.LocalPort), isV6: false))
        ?? Last(new(IpAddress.AnyV6, tuple.LocalPort), tuple.IsV6);

    /// <summary>Of several sockets that share address and port the one bound last gets the datagram, as on Linux.</summary>
    private UdpSocket? Last(SocketAddress key, bool isV6)
    {
        if (_bound.TryGetValue(key, out List<UdpSocket>? group))
        {
            for (int i = group.Count - 1; i >= 0; i--)
            {
                if (!group[i].IsConnected && (isV6 || !key.Address.IsV6 || group[i].IsDual))
                {
                    return group[i];
                }
            }
        }

        return null;
    }

    private bool Flood(in IpPacketInfo packet, in UdpView view, SocketAddress key)
    {
        if (!_bound.TryGetValue(key, out List<UdpSocket>? group))
        {
            return false;
        }

        foreach (UdpSocket socket in group)
        {
            if (!socket.IsConnected)
            {
                Queue(socket, packet, view);
            }
        }

        return true;
    }

    private void Queue(UdpSocket socket, in IpPacketInfo packet, in UdpView view)
    {
        ReadOnlySpan<byte> payload = view.Payload;
        int charge = ChargeFor(payload.Length, packet.On.Mtu - (packet.Source.IsV6 ? Ipv6Headers : Ipv4View.MinHeaderLength) & -8);
        if ((socket.Charged > 0 && socket.Charged + charge > socket.ReceiveLimit) || socket.Is(SocketFlags.ReceiveShut))
        {
            socket.Dropped++;
            host.Counters.Drop(DropReason.UdpQueueFull);
            return;
        }

        byte[] bytes = Rent(payload.Length);
        payload.CopyTo(bytes);
        socket.Charge(charge);
        socket.Received.Enqueue(new()
        {
            Bytes = bytes, Length = payload.Length, Charge = charge, Source = packet.Source, SourcePort = view.SourcePort,
            Destination = packet.Destination, Interface = packet.On.Index, TimeToLive = packet.TimeToLive, TrafficClass = packet.TrafficClass
        });
        sockets.Notify(socket);
    }

    /// <summary>What a datagram costs; one that was longer than the link is taken for fragments as long as the link takes, each of which has a buffer of its own.</summary>
    private static int ChargeFor(int length, int fragment)
    {
        int left = length + UdpView.HeaderLength;
        if (left <= fragment)
        {
            return ChargeFor(length);
        }

        int charge = 0;
        for (; left > 0; left -= fragment)
        {
            charge += ChargeFor(Math.Max(0, Math.Min(left, fragment) - UdpView.HeaderLength));
        }

        return charge;
    }

    private static int ChargeFor(int length)
    {
        int linear = length + HeadersAndTail;
        return linear > LargestBuffer ? length + PagedOverhead
            : Descriptor + (linear <= SmallestBuffer ? SmallestBuffer : (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(linear, 1024)));
    }
}

using System.Buffers.Binary;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>What came back for a probe.</summary>
public enum ProbeReplyKind : byte
{
    /// <summary>The destination itself answered: a TCP segment or a datagram.</summary>
    Answer,

    /// <summary>A router says that the hops were used up.</summary>
    TimeExceeded,

    /// <summary>A router or the destination says that it cannot be reached; see <see cref="ProbeReply.Code"/>.</summary>
    Unreachable,
}

/// <summary>An answer to a probe, or an error about it.</summary>
/// <param name="Time">When it came.</param>
/// <param name="Kind">What it says.</param>
/// <param name="From">Who sent it.</param>
/// <param name="SourcePort">The probe's own port.</param>
/// <param name="DestinationPort">The port it had gone to.</param>
/// <param name="Code">Code of the ICMP message; 0 for an answer.</param>
/// <param name="Mtu">What an ICMP "fragmentation needed" told, octets; else 0.</param>
public readonly record struct ProbeReply(Instant Time, ProbeReplyKind Kind, IpAddress From, ushort SourcePort, ushort DestinationPort, byte Code, int Mtu);

/// <summary>Sends single datagrams and SYNs with few hops, and keeps what comes back for them: what traceroute does with raw sockets.</summary>
/// <remarks>A SYN sent here belongs to no connection: the host resets what the other side makes of it, as a kernel does under traceroute.</remarks>
public sealed class ProbeClient
{
    /// <summary>Most probes that wait for an answer at a time.</summary>
    public const int MaxProbes = 4096;

    /// <summary>Most octets of data in a datagram.</summary>
    public const int MaxData = 0xFFFF - Ipv4View.MinHeaderLength - UdpView.HeaderLength;

    private const int FirstDataOctet = 0x40; // '@', as traceroute fills its probes

    private readonly Host _host;
    private readonly Dictionary<(byte Protocol, IpAddress To, ushort Source, ushort Destination), Queue<ProbeReply>> _probes = [];
    private RouteCache _way;

    internal ProbeClient(Host host) => _host = host;

    /// <summary>Sends a datagram.</summary>
    /// <param name="now">The time.</param>
    /// <param name="to">Where to.</param>
    /// <param name="sourcePort">Own port; it is not kept from sockets.</param>
    /// <param name="destinationPort">The other port.</param>
    /// <param name="length">Octets of data, at most <see cref="MaxData"/>.</param>
    /// <param name="replies">Takes what comes back until <see cref="Forget"/>.</param>
    /// <param name="options">Hops and the like.</param>
    public Errno SendDatagram(Instant now, IpAddress to, ushort sourcePort, ushort destinationPort, int length, Queue<ProbeReply> replies, in PingOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaxData);
        Errno errno = Begin(IpProtocol.Udp, to, sourcePort, destinationPort, replies, options, out IpAddress source);
        if (errno != Errno.None)
        {
            return errno;
        }

        PacketBuffer buffer = _host.Output.Begin(UdpView.HeaderLength + length);
        Span<byte> datagram = buffer.Span;
        for (int i = 0; i < length; i++)
        {
            datagram[UdpView.HeaderLength + i] = (byte)(FirstDataOctet + (i & 0x3F));
        }

        UdpWriter.WriteHeader(datagram, sourcePort, destinationPort, length);
        UdpWriter.WriteChecksum(datagram[..UdpView.HeaderLength], InternetChecksum.Sum(datagram[UdpView.HeaderLength..]), length, source, to);
        return Send(now, buffer, IpProtocol.Udp, source, to, options);
    }

    /// <summary>Sends a SYN.</summary>
    /// <param name="now">The time; it is the time stamp, too.</param>
    /// <param name="to">Where to.</param>
    /// <param name="sourcePort">Own port; it is not kept from sockets.</param>
    /// <param name="destinationPort">The other port.</param>
    /// <param name="seq">Initial sequence number.</param>
    /// <param name="replies">Takes what comes back until <see cref="Forget"/>.</param>
    /// <param name="options">Hops and the like.</param>
    public Errno SendSyn(Instant now, IpAddress to, ushort sourcePort, ushort destinationPort, SeqNum seq, Queue<ProbeReply> replies, in PingOptions options)
    {
        const ushort Window = 5840, Mss = 1460, MssV6 = 1440;
        const byte WindowScale = 2;
        Errno errno = Begin(IpProtocol.Tcp, to, sourcePort, destinationPort, replies, options, out IpAddress source);
        if (errno != Errno.None)
        {
            return errno;
        }

        TcpOptionSet set = new()
        {
            Present = TcpOptionPresence.Mss | TcpOptionPresence.SackPermitted | TcpOptionPresence.Timestamps | TcpOptionPresence.WindowScale,
            Mss = to.IsV6 ? MssV6 : Mss,
            WindowScale = WindowScale,
            TsVal = (uint)(now.Microseconds / 1000),
        };
        PacketBuffer buffer = _host.Output.Begin(TcpView.MinHeaderLength + TcpWriter.OptionLength(set, TcpOptionLayout.Linux, isSyn: true));
        TcpWriter.WriteHeader(buffer.Span, sourcePort, destinationPort, seq, default, TcpFlags.Syn, Window, 0, set, TcpOptionLayout.Linux);
        TcpWriter.WriteChecksum(buffer.Span, source, to);
        return Send(now, buffer, IpProtocol.Tcp, source, to, options);
    }

    /// <summary>Forgets the probes whose answers went to a queue.</summary>
    public void Forget(Queue<ProbeReply> replies)
    {
        foreach ((byte, IpAddress, ushort, ushort) key in _probes.Where(pair => pair.Value == replies).Select(pair => pair.Key).ToList())
        {
            _probes.Remove(key);
        }
    }

    private Errno Begin(byte protocol, IpAddress to, ushort sourcePort, ushort destinationPort, Queue<ProbeReply> replies, in PingOptions options, out IpAddress source)
    {
        ArgumentNullException.ThrowIfNull(replies);
        SendResult result = _host.Output.Resolve(to, options.Source, options.BoundTo, ref _way);
        source = options.Source.IsNone ? _way.Source : options.Source;
        if (result != SendResult.Sent || source.IsNone)
        {
            return result == SendResult.Sent ? Errno.ENETUNREACH : PingClient.ToErrno(result);
        }

        if (_probes.Count >= MaxProbes)
        {
            return Errno.ENOBUFS;
        }

        _probes[(protocol, to, sourcePort, destinationPort)] = replies;
        return Errno.None;
    }

    private Errno Send(Instant now, PacketBuffer buffer, byte protocol, IpAddress source, IpAddress to, in PingOptions options)
    {
        IpSendInfo info = new()
        {
            Source = source, Destination = to, Protocol = protocol, BoundTo = options.BoundTo, TimeToLive = options.TimeToLive, TrafficClass = options.TrafficClass,
            CountsIdentification = true, DontFragment = options.DontFragment,
        };
        return PingClient.ToErrno(_host.Output.Send(now, buffer, info, ref _way));
    }

    // ---- what comes back -------------------------------------------------------------------------------------

    /// <summary>An ICMP error; true if it is about a probe.</summary>
    internal bool OnError(Instant now, in IcmpErrorInfo error, ReadOnlySpan<byte> quoted)
    {
        if (_probes.Count == 0 || quoted.Length < 4)
        {
            return false;
        }

        ProbeReplyKind kind = error.Kind == IcmpErrorKind.TimeExceeded ? ProbeReplyKind.TimeExceeded : ProbeReplyKind.Unreachable;
        return Keep(error.Protocol, error.Destination, new(now, kind, error.Reporter, BinaryPrimitives.ReadUInt16BigEndian(quoted), BinaryPrimitives.ReadUInt16BigEndian(quoted[2..]), error.Code, error.Mtu));
    }

    /// <summary>A datagram or a segment that no socket takes; true if it answers a probe.</summary>
    internal bool OnAnswer(Instant now, byte protocol, IpAddress from, ushort theirPort, ushort ourPort) =>
        _probes.Count != 0 && Keep(protocol, from, new(now, ProbeReplyKind.Answer, from, ourPort, theirPort, 0, 0));

    private bool Keep(byte protocol, IpAddress to, in ProbeReply reply)
    {
        if (!_probes.TryGetValue((protocol, to, reply.SourcePort, reply.DestinationPort), out Queue<ProbeReply>? replies))
        {
            return false;
        }

        if (replies.Count < PingClient.Capacity)
        {
            replies.Enqueue(reply);
        }

        return true;
    }
}

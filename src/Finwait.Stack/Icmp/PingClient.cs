using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>What came back for an echo request.</summary>
public enum PingReplyKind : byte
{
    /// <summary>The destination answered.</summary>
    Reply,

    /// <summary>A router or the destination says that it cannot be reached; see <see cref="PingReply.Code"/>.</summary>
    Unreachable,

    /// <summary>The packet was too big for a link and must not be cut; see <see cref="PingReply.Mtu"/>.</summary>
    TooBig,

    /// <summary>Its hops were used up: what traceroute waits for.</summary>
    TimeExceeded,

    /// <summary>Somebody did not understand the header.</summary>
    ParameterProblem,
}

/// <summary>An answer to an echo request, or an error about it.</summary>
/// <param name="Time">When it came.</param>
/// <param name="Kind">What it says.</param>
/// <param name="From">Who sent it.</param>
/// <param name="Destination">Where the request had gone; for an answer the same as <paramref name="From"/>.</param>
/// <param name="Identifier">Identifier of the request.</param>
/// <param name="Sequence">Sequence number of the request.</param>
/// <param name="Length">Octets of data in an answer, else 0.</param>
/// <param name="TimeToLive">Hops left in the packet that came.</param>
/// <param name="Type">ICMP or ICMPv6 type.</param>
/// <param name="Code">Its code.</param>
/// <param name="Mtu">With <see cref="PingReplyKind.TooBig"/> the MTU that was told, octets; else 0.</param>
public readonly record struct PingReply(Instant Time, PingReplyKind Kind, IpAddress From, IpAddress Destination, ushort Identifier, ushort Sequence,
    int Length, byte TimeToLive, byte Type, byte Code, int Mtu);

/// <summary>How an echo request is sent.</summary>
public readonly record struct PingOptions
{
    /// <summary>Hops; 0 for the host's default.</summary>
    public byte TimeToLive { get; init; }

    /// <summary>TOS octet or traffic class.</summary>
    public byte TrafficClass { get; init; }

    /// <summary>Never cut the request: <c>ping -M do</c>. Without it a request that fits the MTU still has DF set, as Linux sends it.</summary>
    public bool DontFragment { get; init; }

    /// <summary>DF is never set, so that routers may cut the request too: <c>ping -M dont</c>. Default false.</summary>
    public bool MayFragment { get; init; }

    /// <summary>Source address; none to let the host choose.</summary>
    public IpAddress Source { get; init; }

    /// <summary>Only through this interface; null for any.</summary>
    public Interface? BoundTo { get; init; }
}

/// <summary>The way to a destination.</summary>
/// <param name="Source">Source address that a request would have.</param>
/// <param name="Mtu">Longest packet that it takes uncut, octets: the link's, or less where a router told so.</param>
/// <param name="IsBroadcast">True if the destination is a broadcast address.</param>
public readonly record struct PingWay(IpAddress Source, int Mtu, bool IsBroadcast);

/// <summary>Sends echo requests and keeps what comes back for them: what ping and traceroute stand on.</summary>
public sealed class PingClient
{
    /// <summary>Most answers kept; when more come, the oldest is lost and counted as <see cref="DropReason.IcmpIgnored"/>.</summary>
    public const int Capacity = 1024;

    /// <summary>Most identifiers open at a time.</summary>
    public const int MaxOpen = 1024;

    /// <summary>Most octets of data in one request.</summary>
    public const int MaxData = 0xFFFF - Ipv4View.MinHeaderLength - Icmpv4View.HeaderLength;

    private readonly Host _host;
    private readonly Dictionary<ushort, Queue<PingReply>> _open = [];
    private RouteCache _way;

    internal PingClient(Host host) => _host = host;

    /// <summary>Takes answers for <paramref name="identifier"/> from now on.</summary>
    /// <returns>False if it is open already, or too many are.</returns>
    public bool Open(ushort identifier) => _open.Count < MaxOpen && _open.TryAdd(identifier, new());

    /// <summary>Stops taking answers and forgets those not taken.</summary>
    public void Close(ushort identifier) => _open.Remove(identifier);

    /// <summary>Sends one echo request.</summary>
    /// <returns><see cref="Errno.None"/>, or why it could not be sent: EMSGSIZE, ENETUNREACH, ENETDOWN, EPERM, ENOBUFS.</returns>
    /// <exception cref="ArgumentException">More than <see cref="MaxData"/> octets: a caller bug.</exception>
    public Errno Send(Instant now, IpAddress destination, ushort identifier, ushort sequence, ReadOnlySpan<byte> data, in PingOptions options = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(data.Length, MaxData, nameof(data));
        SendResult result = _host.Output.Resolve(destination, options.Source, options.BoundTo, ref _way);
        IpAddress source = options.Source.IsNone ? _way.Source : options.Source;
        if (result != SendResult.Sent || source.IsNone)
        {
            return result == SendResult.Sent ? Errno.ENETUNREACH : ToErrno(result);
        }

        PacketBuffer buffer = _host.Output.Begin(Icmpv4View.HeaderLength + data.Length);
        if (destination.IsV6)
        {
            Icmpv6Writer.WriteEcho(buffer.Span, isReply: false, identifier, sequence, data, source, destination);
        }
        else
        {
            Icmpv4Writer.WriteEcho(buffer.Span, isReply: false, identifier, sequence, data);
        }

        int header = destination.IsV6 ? Ipv6View.HeaderLength : Ipv4View.MinHeaderLength;
        IpSendInfo info = new()
        {
            Source = source, Destination = destination, Protocol = destination.IsV6 ? IpProtocol.Icmpv6 : IpProtocol.Icmp, BoundTo = options.BoundTo,
            TimeToLive = options.TimeToLive, TrafficClass = options.TrafficClass, CountsIdentification = true,
            DontFragment = options.DontFragment || (!options.MayFragment && !_host.Settings.NoPathMtuDiscovery && buffer.Length + header <= _way.Mtu),
        };
        return ToErrno(_host.Output.Send(now, buffer, info, ref _way));
    }

    /// <summary>Looks for the way a request would take, as connect() of a datagram socket does; nothing is sent.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="options">Source and interface count.</param>
    /// <param name="way">The way; meaningless on failure.</param>
    /// <returns><see cref="Errno.None"/>, ENETUNREACH or ENETDOWN, or what a route that refuses says: EINVAL, EHOSTUNREACH, EACCES.</returns>
    public Errno FindWay(IpAddress destination, in PingOptions options, out PingWay way)
    {
        SendResult result = _host.Output.Resolve(destination, options.Source, options.BoundTo, ref _way);
        way = new PingWay(options.Source.IsNone ? _way.Source : options.Source, _way.Mtu, _way.IsBroadcast || destination.IsLimitedBroadcast);
        return result == SendResult.Sent && way.Source.IsNone ? Errno.ENETUNREACH : ToErrno(result);
    }

    /// <summary>Takes the oldest answer for <paramref name="identifier"/>.</summary>
    public bool TryTake(ushort identifier, out PingReply reply)
    {
        reply = default;
        return _open.TryGetValue(identifier, out Queue<PingReply>? replies) && replies.TryDequeue(out reply);
    }

    internal void OnReply(Instant now, in IpPacketInfo info, ushort identifier, ushort sequence, int length)
    {
        byte type = info.Source.IsV6 ? (byte)Icmpv6Type.EchoReply : (byte)Icmpv4Type.EchoReply;
        Keep(new PingReply(now, PingReplyKind.Reply, info.Source, info.Source, identifier, sequence, length, info.TimeToLive, type, 0, 0));
    }

    internal void OnError(Instant now, in IcmpErrorInfo error, ushort identifier, ushort sequence)
    {
        PingReplyKind kind = error.Kind switch
        {
            IcmpErrorKind.PacketTooBig => PingReplyKind.TooBig,
            IcmpErrorKind.TimeExceeded => PingReplyKind.TimeExceeded,
            IcmpErrorKind.ParameterProblem => PingReplyKind.ParameterProblem,
            _ => PingReplyKind.Unreachable,
        };
        bool isOurs = Keep(new PingReply(now, kind, error.Reporter, error.Destination, identifier, sequence, 0, 0, error.Type, error.Code, error.Mtu));
        if (isOurs && error.Kind == IcmpErrorKind.PacketTooBig)
        {
            _host.Output.LowerPathMtu(now, error.Destination, error.Mtu);
        }
    }

    private bool Keep(in PingReply reply)
    {
        if (!_open.TryGetValue(reply.Identifier, out Queue<PingReply>? replies))
        {
            _host.Counters.Drop(DropReason.IcmpNotAboutUs);
            return false;
        }

        if (replies.Count >= Capacity)
        {
            replies.Dequeue();
            _host.Counters.Drop(DropReason.IcmpIgnored);
        }

        replies.Enqueue(reply);
        return true;
    }

    internal static Errno ToErrno(SendResult result) => result switch
    {
        SendResult.Sent => Errno.None,
        SendResult.NoRoute => Errno.ENETUNREACH,
        SendResult.Down => Errno.ENETDOWN,
        SendResult.Filtered => Errno.EPERM,
        SendResult.TooBig => Errno.EMSGSIZE,
        SendResult.Blackhole => Errno.EINVAL,
        SendResult.Unreachable => Errno.EHOSTUNREACH,
        SendResult.Prohibited => Errno.EACCES,
        _ => Errno.ENOBUFS,
    };
}

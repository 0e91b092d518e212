using System.Runtime.CompilerServices;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>All the TCP connections of one host: finds the connection of a segment, gives each its time, and writes what they want to send.</summary>
/// <remarks>
/// Nothing here walks over all connections: segments find theirs by hash, those with something to send stand in a list, deadlines in a wheel.
/// A connection that got input is not asked for output at once but when the host is polled, so that a batch of segments is answered together (MUST-59).
/// </remarks>
internal sealed partial class TcpHost
{
    /// <summary>Packets sent for one connection before the next one gets its turn.</summary>
    private const int Burst = 16;

    /// <summary>Connections that were active last and keep their rings while these are empty; all others hold none.</summary>
    private const int WarmConnections = 64;

    private const int SmallestRouteCache = 16;
    private const int LargestRouteCache = 4096;

    private readonly Host _host;
    private readonly SocketLayer _sockets;
    private readonly SocketSettings _settings;
    private readonly TcpCounters _counters;
    private readonly EndpointTable _endpoints = new();
    private readonly TimeWaitTable _timeWaits = new();
    private readonly TimerWheel<TcpEndpoint> _timers = new();
    private readonly BufferPool _buffers = new();
    private readonly SipHash _tableKey;
    private readonly SipHash _identificationKey;
    private readonly InitialSequence _initialSequence;
    private readonly ResetLimiter _resetLimiter;
    private readonly SynCookies _cookies;
    private readonly SipHash _fastOpenSecret;

    private readonly TcpEndpoint?[] _warm = new TcpEndpoint?[WarmConnections];
    private int _nextWarm;
    private RouteCache[] _routes = new RouteCache[SmallestRouteCache];
    private TcpEndpoint? _pumpHead;
    private TcpEndpoint? _pumpTail;
    private uint _serial;
    private ulong _identifications;
    private int _orphans;

    /// <summary>The TCP of <paramref name="host"/>, keyed with <paramref name="secret"/>.</summary>
    public TcpHost(Host host, SocketLayer sockets, SipHash secret)
    {
        _host = host;
        _sockets = sockets;
        _settings = host.Settings.Sockets;
        _counters = host.TcpCounters;
        _tableKey = Derive(secret, 1);
        _identificationKey = Derive(secret, 2);
        _ephemeral = new(Derive(secret, 3));
        SipHash isn = Derive(secret, 4);
        _initialSequence = new(isn.Key0, isn.Key1);
        _resetLimiter = new(_settings, Derive(secret, 5).Key0);
        _cookies = new(Derive(secret, 6));
        _fastOpenSecret = Derive(secret, 7);
    }

    /// <summary>Who holds which ports.</summary>
    public PortTable Ports { get; } = new();

    /// <summary>Connections in the table: open, opening, closing, orphaned; without listeners and TIME-WAIT records.</summary>
    public int ConnectionCount => _endpoints.Count;

    /// <summary>Octets of rings that its connections hold.</summary>
    public long BuffersLent => _buffers.Lent;

    /// <summary>TIME-WAIT records.</summary>
    public int TimeWaitCount => _timeWaits.Count;

    /// <summary>Closed connections that still have something to send.</summary>
    public int OrphanCount => _orphans;

    /// <summary>When <see cref="OnTimeout"/> is due.</summary>
    public Instant NextDeadline => Instant.Earlier(_timers.Next, _timeWaits.Next);

    /// <summary>Runs what is due: connections first, then TIME-WAIT records that expire.</summary>
    public void OnTimeout(Instant now)
    {
        while (_timers.TryPop(now, out TcpEndpoint? endpoint))
        {
            TcpConnection connection = endpoint.Connection!;
            connection.OnTimeout(now);
            if (connection.TakeHonouredPathMtu() is > 0 and int mtu)
            {
                _host.Output.LowerPathMtu(now, endpoint.Tuple.Remote, mtu);
            }

            AfterInput(endpoint);
        }

        while (_timeWaits.TryGetExpired(now, out int number))
        {
            RemoveTimeWait(number, now, TcpInput.TimeWaitTimeout, new Cause(CauseKind.TimeWait, Rule.None, 0));
        }
    }

    /// <summary>Sends for the connections that have something to send, until something was sent or none is left.</summary>
    public bool Poll(Instant now)
    {
        while (_pumpHead is { } endpoint)
        {
            if (endpoint.PumpNext is { } next)
            {
                _pumpHead = next;
                endpoint.PumpNext = null;
            }
            else
            {
                _pumpHead = _pumpTail = null;
            }

            endpoint.Set(SocketFlags.InPump, false);
            if (Pump(now, endpoint))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Where a four-tuple stands in the tables.</summary>
    public uint HashOf(in FourTuple tuple) => tuple.Hash(_tableKey);

    /// <summary>A key of its own for each purpose.</summary>
    public static SipHash Derive(SipHash secret, ulong purpose) => new(secret.Hash(purpose, 0), secret.Hash(purpose, 1));

    /// <summary>Puts an endpoint into the list of those that may have something to send.</summary>
    private void Schedule(TcpEndpoint endpoint)
    {
        if (endpoint.Is(SocketFlags.InPump))
        {
            return;
        }

        endpoint.Set(SocketFlags.InPump);
        if (_pumpTail is null)
        {
            _pumpHead = endpoint;
        }
        else
        {
            _pumpTail.PumpNext = endpoint;
        }

        _pumpTail = endpoint;
    }

    /// <summary>The remembered way to the peer; shared by all connections with the same pair of addresses.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref RouteCache RouteOf(in FourTuple tuple)
    {
        ref RouteCache cache = ref _routes[tuple.HashOfAddresses & (uint)(_routes.Length - 1)];
        if (cache.Generation != _host.RouteGeneration || !tuple.HasRemote(cache.Destination))
        {
            _host.Output.Resolve(tuple.Remote, tuple.Local, null, ref cache);
        }

        return ref cache;
    }

    private void AddToTable(TcpEndpoint endpoint)
    {
        endpoint.Set(SocketFlags.InTable);
        endpoint.Serial = ++_serial;
        _endpoints.Add(endpoint);
        _ephemeral.OnTaken(endpoint.Tuple);
        if (_endpoints.Count > 2 * _routes.Length && _routes.Length < LargestRouteCache)
        {
            _routes = new RouteCache[_routes.Length * 2];
        }
    }

    private TcpConnection NewConnection(TcpEndpoint endpoint)
    {
        TcpConnection connection = new(_host.Settings.Tcp, _buffers);
        endpoint.Connection = connection;
        _host.ConnectionTap?.Open(endpoint, connection);
        endpoint.IpId = (ushort)_identificationKey.TableHash(_identifications++, endpoint.Hash);
        return connection;
    }

    /// <summary>Largest packet of a connection: what the way takes, less where TCP_MAXSEG asks for less.</summary>
    private static int PathMtuFor(TcpEndpoint endpoint, in RouteCache route)
    {
        int header = endpoint.Tuple.IsV6 ? 40 : 20;
        int mtu = Math.Min(route.Mtu, endpoint.Tuple.IsV6 ? 65_535 + 40 : 65_535);
        return endpoint.Options.MaxSegment is > 0 and int most ? Math.Min(mtu, most + header + TcpView.MinHeaderLength) : mtu;
    }

    private OpenParameters ParametersFor(Instant now, TcpEndpoint endpoint, in RouteCache route)
    {
        ref readonly FourTuple tuple = ref endpoint.Tuple;
        int header = tuple.IsV6 ? 40 : 20;
        int mtu = PathMtuFor(endpoint, route);
        IpAddress local = tuple.Local, remote = tuple.Remote;
        SeqNum iss = _host.NextInitialSequence ?? _initialSequence.Next(now, local, tuple.LocalPort, remote, tuple.RemotePort);
        _host.NextInitialSequence = null;
        return new()
        {
            Iss = iss,
            TimestampOffset = _host.Settings.Tcp.Timestamps ? _initialSequence.TimestampOffset(local, tuple.LocalPort, remote, tuple.RemotePort) : 0,
            PathMtu = mtu,
            IpHeaderLength = header,
        };
    }
}

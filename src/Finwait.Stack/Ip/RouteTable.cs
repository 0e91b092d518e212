using System.Diagnostics.CodeAnalysis;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>One route.</summary>
/// <param name="Prefix">The destinations: its first <paramref name="PrefixLength"/> bits, the rest zero.</param>
/// <param name="PrefixLength">0 (the default route) to 32 or 128.</param>
/// <param name="Gateway">The next hop; none if the destinations are on the link.</param>
/// <param name="Via">The interface.</param>
/// <param name="Metric">The lower wins among routes to the same prefix; equal ones in the order in which they were added.</param>
/// <param name="Source">The source address to use (<c>src</c>); none to let the host choose.</param>
/// <param name="IsConnected">True if the host added it with an address of the interface (<c>proto kernel scope link</c>).</param>
public sealed record Route(IpAddress Prefix, int PrefixLength, IpAddress Gateway, Interface Via, int Metric, IpAddress Source, bool IsConnected)
{
    /// <summary>Where packets to the destinations go. Default: to the gateway or onto the link. Of the other kinds <see cref="Via"/> is the loopback interface.</summary>
    public RouteKind Kind { get; init; }

    /// <summary>Largest packet for the destinations, octets, where that is less than the link's; 0, the default, for the link's. TCP announces and keeps the smaller segments.</summary>
    public int Mtu { get; init; }

    /// <summary>Who set it, as <c>ip route … proto</c> calls it; a note that is shown. Null, the default, for a person (<c>boot</c>).</summary>
    public string? Protocol { get; init; }
}

/// <summary>What a route does with packets.</summary>
public enum RouteKind : byte
{
    /// <summary>It sends them on.</summary>
    Unicast,

    /// <summary>It drops them without a word; a call gets EINVAL.</summary>
    Blackhole,

    /// <summary>It drops them and says host unreachable; a call gets EHOSTUNREACH.</summary>
    Unreachable,

    /// <summary>It drops them and says communication prohibited; a call gets EACCES.</summary>
    Prohibit,

    /// <summary>It ends the search as if there were no route: ENETUNREACH.</summary>
    Throw,
}

/// <summary>The routes of a host: longest prefix first, then the lowest metric.</summary>
public sealed class RouteTable
{
    /// <summary>Most routes; further ones are refused.</summary>
    public const int MaxRoutes = 1 << 16;

    private readonly Host _host;
    private readonly List<Route> _routes = [];
    private readonly Dictionary<(IpAddress Prefix, int Length), Route[]> _byPrefix = [];

    // How many prefixes of each length there are, and which lengths there are, longest first: a look-up asks once for each of these.
    private readonly int[] _countV4 = new int[33];
    private readonly int[] _countV6 = new int[129];
    private int[] _lengthsV4 = [];
    private int[] _lengthsV6 = [];

    internal RouteTable(Host host) => _host = host;

    /// <summary>All routes in the order in which they were added.</summary>
    public IReadOnlyList<Route> Routes => _routes;

    /// <summary>Adds a route.</summary>
    /// <param name="prefix">Destinations; bits behind <paramref name="prefixLength"/> are cleared.</param>
    /// <param name="prefixLength">0–32 or 0–128.</param>
    /// <param name="gateway">An address that is reached directly through <paramref name="via"/>, or <c>default</c> for none.</param>
    /// <param name="via">The interface.</param>
    /// <param name="metric">0 and up. Default 0.</param>
    /// <param name="source">The source address to use, or <c>default</c>.</param>
    /// <returns>False if the same route (prefix, metric, gateway, interface) is there: EEXIST.</returns>
    /// <exception cref="ArgumentException">Numbers out of range, addresses of two versions, another host's interface, or one route too many: a caller bug.</exception>
    public bool Add(IpAddress prefix, int prefixLength, IpAddress gateway, Interface via, int metric = 0, IpAddress source = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)prefixLength, prefix.IsV4 ? 32u : 128u, nameof(prefixLength));
        ArgumentOutOfRangeException.ThrowIfNegative(metric);
        if (prefix.IsNone || (!gateway.IsNone && gateway.IsV6 != prefix.IsV6) || (!source.IsNone && source.IsV6 != prefix.IsV6) || via.Host != _host || _routes.Count >= MaxRoutes)
        {
            throw new ArgumentException("a route needs one version of addresses, an interface of its own host, and room in the table", nameof(prefix));
        }

        return Add(new Route(Mask(prefix, prefixLength), prefixLength, gateway, via, metric, source, IsConnected: false));
    }

    /// <summary>Removes the first route to the prefix that agrees with what is given.</summary>
    /// <param name="prefix">Destinations.</param>
    /// <param name="prefixLength">0–32 or 0–128.</param>
    /// <param name="gateway">The gateway it must have, or <c>default</c> for any.</param>
    /// <param name="via">The interface it must have, or null for any.</param>
    /// <returns>False if there is none: ESRCH.</returns>
    public bool Remove(IpAddress prefix, int prefixLength, IpAddress gateway = default, Interface? via = null)
    {
        IpAddress masked = Mask(prefix, prefixLength);
        return _byPrefix.TryGetValue((masked, prefixLength), out Route[]? routes)
            && Array.Find(routes, r => (gateway.IsNone || r.Gateway == gateway) && (via is null || r.Via == via)) is { } found
            && Remove(found);
    }

    /// <summary>The best route to <paramref name="destination"/> whose interface is up.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="route">The route.</param>
    /// <param name="boundTo">Only routes through this interface; null for any.</param>
    public bool TryLookup(IpAddress destination, [NotNullWhen(true)] out Route? route, Interface? boundTo = null)
    {
        foreach (int length in destination.IsV6 ? _lengthsV6 : _lengthsV4)
        {
            if (_byPrefix.TryGetValue((Mask(destination, length), length), out Route[]? candidates))
            {
                foreach (Route candidate in candidates)
                {
                    if (candidate.Kind != RouteKind.Unicast || (candidate.Via.IsUp && (boundTo is null || candidate.Via == boundTo)))
                    {
                        route = candidate;
                        return true;
                    }
                }
            }
        }

        route = null;
        return false;
    }

    /// <summary>Adds a route of any kind.</summary>
    /// <param name="route">As <see cref="Add(IpAddress, int, IpAddress, Interface, int, IpAddress)"/> takes it, its prefix masked.</param>
    /// <returns>False if the same route (prefix, metric, gateway, interface) is there: EEXIST.</returns>
    /// <exception cref="ArgumentException">A prefix with bits behind its length, or one route too many: a caller bug.</exception>
    public bool Add(Route route)
    {
        if (Mask(route.Prefix, route.PrefixLength) != route.Prefix || _routes.Count >= MaxRoutes)
        {
            throw new ArgumentException("a route needs a masked prefix, and room in the table", nameof(route));
        }

        (IpAddress, int) key = (route.Prefix, route.PrefixLength);
        if (_byPrefix.TryGetValue(key, out Route[]? routes))
        {
            if (Array.Exists(routes, r => r.Metric == route.Metric && r.Gateway == route.Gateway && r.Via == route.Via && r.Kind == route.Kind))
            {
                return false;
            }

            int at = Array.FindIndex(routes, r => r.Metric > route.Metric);
            List<Route> more = [.. routes];
            more.Insert(at < 0 ? routes.Length : at, route);
            _byPrefix[key] = [.. more];
        }
        else
        {
            _byPrefix.Add(key, [route]);
            Count(route, 1);
        }

        _routes.Add(route);
        _host.OnRoutesChanged();
        return true;
    }

    /// <summary>Removes one route.</summary>
    /// <param name="route">One of <see cref="Routes"/>.</param>
    /// <returns>False if it is not there.</returns>
    public bool Remove(Route route)
    {
        (IpAddress, int) key = (route.Prefix, route.PrefixLength);
        if (!_routes.Remove(route))
        {
            return false;
        }

        Route[] rest = Array.FindAll(_byPrefix[key], r => !ReferenceEquals(r, route) && r != route);
        if (rest.Length > 0)
        {
            _byPrefix[key] = rest;
        }
        else
        {
            _byPrefix.Remove(key);
            Count(route, -1);
        }

        _host.OnRoutesChanged();
        return true;
    }

    internal static IpAddress Mask(IpAddress address, int length)
    {
        if (!address.IsV6)
        {
            return IpAddress.FromV4(length <= 0 ? 0 : address.V4 & (0xFFFF_FFFF << (32 - length)));
        }

        ulong high = length <= 0 ? 0 : length >= 64 ? ulong.MaxValue : ulong.MaxValue << (64 - length);
        ulong low = length <= 64 ? 0 : length >= 128 ? ulong.MaxValue : ulong.MaxValue << (128 - length);
        return IpAddress.FromV6(address.High & high, address.Low & low);
    }

    private void Count(Route route, int change)
    {
        int[] counts = route.Prefix.IsV6 ? _countV6 : _countV4;
        counts[route.PrefixLength] += change;
        List<int> lengths = [];
        for (int length = counts.Length - 1; length >= 0; length--)
        {
            if (counts[length] > 0)
            {
                lengths.Add(length);
            }
        }

        if (route.Prefix.IsV6)
        {
            _lengthsV6 = [.. lengths];
        }
        else
        {
            _lengthsV4 = [.. lengths];
        }
    }
}

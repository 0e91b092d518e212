using System.Diagnostics;

namespace Finwait.Stack;

/// <summary>Finds the endpoint of a segment by its four-tuple: open addressing with linear probing, no allocation per lookup.</summary>
/// <remarks>The caller hashes with a secret key, so that peers cannot choose tuples that collide.</remarks>
internal sealed class EndpointTable
{
    private const int Smallest = 16;

    private uint[] _hashes = new uint[Smallest];
    private TcpEndpoint?[] _endpoints = new TcpEndpoint?[Smallest];

    /// <summary>The endpoint asked for last: the next segment is for the same one more often than not, and then nothing need be hashed.</summary>
    private TcpEndpoint? _recent;

    /// <summary>Endpoints in the table.</summary>
    public int Count { get; private set; }

    /// <summary>The endpoint of <paramref name="tuple"/> if it was the last one found; null says nothing.</summary>
    public TcpEndpoint? FindRecent(in FourTuple tuple) => _recent is { } recent && recent.Tuple.EqualTo(tuple) ? recent : null;

    /// <summary>The endpoint of <paramref name="tuple"/>, or null.</summary>
    public TcpEndpoint? Find(in FourTuple tuple, uint hash)
    {
        uint[] hashes = _hashes;
        TcpEndpoint?[] endpoints = _endpoints;
        uint mask = (uint)endpoints.Length - 1;
        for (uint i = hash & mask; ; i = (i + 1) & mask)
        {
            TcpEndpoint? endpoint = endpoints[i];
            if (endpoint is null)
            {
                return null;
            }

            if (hashes[i] == hash && endpoint.Tuple.EqualTo(tuple))
            {
                _recent = endpoint;
                return endpoint;
            }
        }
    }

    /// <summary>Adds an endpoint whose tuple is not in the table.</summary>
    public void Add(TcpEndpoint endpoint)
    {
        Debug.Assert(Find(endpoint.Tuple, endpoint.Hash) is null, "two endpoints with one four-tuple");
        if ((Count + 1) * 3L > _endpoints.Length * 2L)
        {
            Resize(_endpoints.Length * 2);
        }

        Count++;
        Insert(endpoint);
    }

    /// <summary>Takes an endpoint out.</summary>
    public void Remove(TcpEndpoint endpoint)
    {
        uint mask = (uint)_endpoints.Length - 1;
        uint hole = endpoint.Hash & mask;
        while (!ReferenceEquals(_endpoints[hole], endpoint))
        {
            Debug.Assert(_endpoints[hole] is not null, "removed an endpoint that is not in the table");
            hole = (hole + 1) & mask;
        }

        // What follows moves up where it may, so that no tombstones are left and the table is as fast after a million closes as before.
        for (uint i = (hole + 1) & mask; _endpoints[i] is not null; i = (i + 1) & mask)
        {
            uint home = _hashes[i] & mask;
            if (((i - home) & mask) >= ((i - hole) & mask))
            {
                _endpoints[hole] = _endpoints[i];
                _hashes[hole] = _hashes[i];
                hole = i;
            }
        }

        _endpoints[hole] = null;
        _recent = ReferenceEquals(_recent, endpoint) ? null : _recent;
        Count--;
        if (_endpoints.Length > 1024 && Count * 8L < _endpoints.Length)
        {
            Resize(_endpoints.Length / 2);
        }
    }

    /// <summary>All endpoints, in no order that means anything; for listings only.</summary>
    public IEnumerable<TcpEndpoint> All()
    {
        foreach (TcpEndpoint? endpoint in _endpoints)
        {
            if (endpoint is not null)
            {
                yield return endpoint;
            }
        }
    }

    private void Insert(TcpEndpoint endpoint)
    {
        uint mask = (uint)_endpoints.Length - 1;
        uint i = endpoint.Hash & mask;
        while (_endpoints[i] is not null)
        {
            i = (i + 1) & mask;
        }

        _endpoints[i] = endpoint;
        _hashes[i] = endpoint.Hash;
    }

    private void Resize(int length)
    {
        TcpEndpoint?[] old = _endpoints;
        _endpoints = new TcpEndpoint?[length];
        _hashes = new uint[length];
        foreach (TcpEndpoint? endpoint in old)
        {
            if (endpoint is not null)
            {
                Insert(endpoint);
            }
        }
    }
}

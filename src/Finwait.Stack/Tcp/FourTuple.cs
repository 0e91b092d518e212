using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>What names a connection: local and remote address and port, as they stand in the packets (RFC 9293 §3.3.2).</summary>
/// <remarks>Forty octets instead of two <see cref="IpAddress"/> values with their padding: there is one in every connection and TIME-WAIT record.</remarks>
internal readonly struct FourTuple : IEquatable<FourTuple>
{
    private readonly ulong _localHigh;
    private readonly ulong _localLow;
    private readonly ulong _remoteHigh;
    private readonly ulong _remoteLow;
    private readonly uint _ports;
    private readonly bool _isV6;

    /// <summary>A tuple of two addresses of one version.</summary>
    public FourTuple(IpAddress local, ushort localPort, IpAddress remote, ushort remotePort)
    {
        System.Diagnostics.Debug.Assert(local.IsV6 == remote.IsV6, "both ends of a connection have one version of IP");
        _localHigh = local.High;
        _localLow = local.Low;
        _remoteHigh = remote.High;
        _remoteLow = remote.Low;
        _ports = (uint)localPort << 16 | remotePort;
        _isV6 = remote.IsV6;
    }

    public bool IsV6 => _isV6;

    public IpAddress Local => _isV6 ? IpAddress.FromV6(_localHigh, _localLow) : IpAddress.FromV4((uint)_localLow);

    public IpAddress Remote => _isV6 ? IpAddress.FromV6(_remoteHigh, _remoteLow) : IpAddress.FromV4((uint)_remoteLow);

    /// <summary>A number for the pair of addresses; whoever needs one that peers cannot steer takes <see cref="Hash"/>.</summary>
    public uint HashOfAddresses => (uint)((((_remoteLow ^ _remoteHigh) * 0x9E37_79B9_7F4A_7C15) ^ ((_localLow ^ _localHigh) * 0xC2B2_AE3D_27D4_EB4F)) >> 40);

    /// <summary>True if <paramref name="address"/> is the remote one.</summary>
    public bool HasRemote(in IpAddress address) => address.Low == _remoteLow && address.High == _remoteHigh && address.IsV6 == _isV6;

    public ushort LocalPort => (ushort)(_ports >> 16);

    public ushort RemotePort => (ushort)_ports;

    /// <summary>True for the default value, which no connection has.</summary>
    public bool IsNone => _ports == 0;

    /// <summary>The same with another local port.</summary>
    public FourTuple WithLocalPort(ushort port) => new(Local, port, Remote, RemotePort);

    /// <summary>A hash that peers cannot steer.</summary>
    public uint Hash(in SipHash key) => _isV6
        ? (uint)key.TableHash(_localHigh, _localLow, _remoteHigh, _remoteLow, _ports)
        : (uint)key.TableHash(_localLow << 32 | (uint)_remoteLow, _ports);

    public bool Equals(FourTuple other) => EqualTo(other);

    /// <summary>As <see cref="Equals(FourTuple)"/>, without a copy.</summary>
    public bool EqualTo(in FourTuple other) => _ports == other._ports && _remoteLow == other._remoteLow && _localLow == other._localLow
        && _remoteHigh == other._remoteHigh && _localHigh == other._localHigh && _isV6 == other._isV6;

    public override bool Equals(object? obj) => obj is FourTuple other && Equals(other);

    public override int GetHashCode() => HashCodeOf(_localLow, _remoteLow, _ports);

    /// <summary>Local end, then remote end, as <c>ss</c> prints them.</summary>
    public override string ToString() => $"{new SocketAddress(Local, LocalPort)} {new SocketAddress(Remote, RemotePort)}";

    private static int HashCodeOf(ulong a, ulong b, uint c)
    {
        ulong mixed = (a * 0x9E37_79B9_7F4A_7C15) ^ (b * 0xC2B2_AE3D_27D4_EB4F) ^ ((ulong)c * 0x1656_67B1_9E37_79F9);
        return unchecked((int)(mixed >> 32) ^ (int)mixed);
    }
}

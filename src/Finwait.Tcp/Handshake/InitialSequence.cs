using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>Initial sequence numbers and timestamp offsets that outsiders cannot foretell (RFC 6528 §3, RFC 9293 §3.4.1, RFC 7323 §5.4).</summary>
/// <remarks>
/// ISN = M + F(local address, local port, remote address, remote port, secret), where M counts up by one every 4 µs and F is SipHash-2-4.
/// The numbers of one four-tuple so go up with time, and those of different four-tuples have nothing to do with each other.
/// </remarks>
public sealed class InitialSequence
{
    private const long TicksPerStep = 4 * TimeSpan.TicksPerMicrosecond;

    private readonly SipHash _sequence;
    private readonly SipHash _timestamp;

    /// <summary>A generator with a secret of 128 bits; a real host takes it from the system's random source at start-up.</summary>
    public InitialSequence(ulong secret0, ulong secret1)
    {
        // One secret, two keys: the timestamp a peer sees must not be the offset of its sequence number.
        SipHash secret = new(secret0, secret1);
        _sequence = new(secret.Hash(0, 0), secret.Hash(0, 1));
        _timestamp = new(secret.Hash(1, 0), secret.Hash(1, 1));
    }

    /// <summary>The initial sequence number for a connection opened now.</summary>
    public SeqNum Next(Instant now, IpAddress local, ushort localPort, IpAddress remote, ushort remotePort)
    {
        uint clock = unchecked((uint)(now.Ticks / TicksPerStep));
        return new(unchecked(clock + (uint)Mix(_sequence, local, localPort, remote, remotePort)));
    }

    /// <summary>The offset of a connection's timestamp clock: the same for every incarnation of a four-tuple, so that its TSvals never go back (RFC 6191).</summary>
    public uint TimestampOffset(IpAddress local, ushort localPort, IpAddress remote, ushort remotePort)
        => (uint)Mix(_timestamp, local, localPort, remote, remotePort);

    private static ulong Mix(in SipHash key, IpAddress local, ushort localPort, IpAddress remote, ushort remotePort)
        => key.Hash(local.High, local.Low, remote.High, remote.Low, (ulong)localPort << 16 | remotePort | (local.IsV6 ? 1UL << 32 : 0));
}

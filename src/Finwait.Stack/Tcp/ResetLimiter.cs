using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>Bounds the resets that segments without a connection draw, for each remote address (RFC 9293 §3.5.2 asks for them; a flood must not make us one).</summary>
/// <remarks>
/// There is no bucket for all together: from how fast it empties one remote host could read what is said to others. Addresses share
/// <see cref="Slots"/> buckets by a secret hash: memory is fixed, and two addresses in one bucket only get less.
/// </remarks>
internal sealed class ResetLimiter(SocketSettings settings, ulong seed)
{
    /// <summary>Buckets.</summary>
    public const int Slots = 1024;

    private readonly ulong _secret = SplitMix.Mix(seed);
    private (double Credit, Instant At)[]? _buckets;

    /// <summary>True if a reset may go to <paramref name="target"/> now; it counts then.</summary>
    public bool Allow(Instant now, IpAddress target)
    {
        double perSecond = settings.ResetsPerSecond;
        if (perSecond <= 0)
        {
            return true;
        }

        if (_buckets is null)
        {
            _buckets = new (double, Instant)[Slots];
            Array.Fill(_buckets, (perSecond, now));
        }

        ref (double Credit, Instant At) bucket = ref _buckets[SplitMix.Mix(SplitMix.Mix(target.High ^ _secret) ^ target.Low) % Slots];
        bucket.Credit = Math.Min(perSecond, bucket.Credit + ((now - bucket.At).TotalSeconds * perSecond));
        bucket.At = now;
        if (bucket.Credit < 1)
        {
            return false;
        }

        bucket.Credit--;
        return true;
    }
}

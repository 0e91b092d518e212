using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>Keeps ICMP errors rare: a bucket for all targets and one for each, as Linux does it (RFC 1812 §4.3.2.8, RFC 4443 §2.4(f)).</summary>
/// <remarks>
/// The common bucket loses a random bit more than was sent, so that nobody can read from it how much was sent to others. Targets share
/// <see cref="Slots"/> buckets by a secret hash: memory is fixed, and two targets in one bucket only get less.
/// </remarks>
internal sealed class IcmpRateLimiter(HostSettings settings, ulong seed)
{
    /// <summary>Buckets for single targets.</summary>
    public const int Slots = 1024;

    /// <summary>Messages a target may get at once (Linux: XRLIM_BURST_FACTOR).</summary>
    private const int TargetBurst = 6;

    private readonly (long Credit, Instant At)[] _targets = new (long, Instant)[Slots];
    private readonly bool[] _isUsed = new bool[Slots];
    private readonly ulong _secret = SplitMix.Mix(seed);
    private ulong _random = SplitMix.Mix(~seed);
    private bool _hasStarted;
    private double _common;
    private Instant _commonAt;

    /// <summary>True if a message may go to <paramref name="target"/> now; it counts then.</summary>
    public bool Allow(Instant now, IpAddress target) => AllowCommon(now) && AllowTarget(now, target);

    private bool AllowCommon(Instant now)
    {
        double perSecond = settings.IcmpMessagesPerSecond, burst = settings.IcmpMessagesBurst;
        _common = _hasStarted ? Math.Min(burst, _common + ((now - _commonAt).TotalSeconds * perSecond)) : burst;
        _hasStarted = true;
        _commonAt = now;
        if (_common < 1)
        {
            return false;
        }

        _random = SplitMix.Next(_random, out ulong drawn);
        _common = Math.Max(0, _common - 1 - (drawn % 3)); // Linux 6: a random credit of up to two is taken on top
        return true;
    }

    private bool AllowTarget(Instant now, IpAddress target)
    {
        long cost = settings.IcmpRateLimit.Ticks;
        if (cost <= 0)
        {
            return true;
        }

        ulong slot = SplitMix.Mix(SplitMix.Mix(target.High ^ _secret) ^ target.Low) % Slots;
        ref (long Credit, Instant At) bucket = ref _targets[slot];
        long most = cost * TargetBurst;
        bucket.Credit = _isUsed[slot] ? Math.Min(most, bucket.Credit + (now - bucket.At).Ticks) : most;
        bucket.At = now;
        _isUsed[slot] = true;
        if (bucket.Credit < cost)
        {
            return false;
        }

        bucket.Credit -= cost;
        return true;
    }
}

using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>IPv4 identifications for packets that may be fragmented: one counter per hash of (source, destination, protocol), each with a random start.</summary>
/// <remarks>RFC 6864 §4.3; like Linux, a counter also jumps by a random part of the time since its last use, so that it tells nothing about traffic to others.</remarks>
internal sealed class IdentificationSource
{
    private const int Slots = 2048;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(4);

    private readonly (ushort Next, Instant UsedAt)[] _slots = new (ushort, Instant)[Slots];
    private readonly ulong _secret;
    private ulong _random;

    public IdentificationSource(ulong seed)
    {
        _random = SplitMix.Next(seed, out _secret);
        for (int i = 0; i < Slots; i++)
        {
            _random = SplitMix.Next(_random, out ulong drawn);
            _slots[i].Next = (ushort)drawn;
        }
    }

    /// <summary>An identification; the next <paramref name="count"/> − 1 ones are not given out to others.</summary>
    public ushort Next(Instant now, IpAddress source, IpAddress destination, byte protocol, int count = 1)
    {
        ulong hash = SplitMix.Mix(_secret ^ SplitMix.Mix(source.Low ^ ((ulong)protocol << 40)) ^ (destination.Low * 0x9E37_79B9_7F4A_7C15));
        ref (ushort Next, Instant UsedAt) slot = ref _slots[hash % Slots];
        long idle = (now - slot.UsedAt).Ticks / Tick.Ticks;
        if (idle > 0)
        {
            _random = SplitMix.Next(_random, out ulong drawn);
            slot.Next += (ushort)(drawn % (ulong)Math.Min(idle + 1, 0x10000));
        }

        slot.UsedAt = now;
        ushort given = slot.Next;
        slot.Next += (ushort)count;
        return given;
    }
}

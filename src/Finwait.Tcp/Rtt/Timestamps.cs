using System.Runtime.CompilerServices;
using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>The timestamp option's state: our clock, what to echo, and PAWS (RFC 7323 §3–§5).</summary>
internal struct Timestamps
{
    /// <summary>TS.Recent older than this is not trusted (RFC 7323 §5.5).</summary>
    private static readonly TimeSpan Outdated = TimeSpan.FromDays(24);

    /// <summary>Both sides sent the option on their SYN.</summary>
    public bool IsOn;

    /// <summary>TS.Recent holds a value.</summary>
    public bool HasRecent;

    /// <summary>TS.Recent: the TSval to echo.</summary>
    public uint Recent;

    /// <summary>Added to the millisecond clock (RFC 7323 §5.4, §7.1).</summary>
    public uint Offset;

    /// <summary>TSecr of the last segment: a sample for the receiver's estimate is taken once from each value.</summary>
    public uint LastEcho;

    /// <summary>When TS.Recent was taken.</summary>
    public Instant RecentAt;

    /// <summary>Our TSval at <paramref name="now"/>: one tick per millisecond.</summary>
    public readonly uint Value(Instant now) => unchecked((uint)now.Milliseconds + Offset);

    /// <summary>Takes the TSval of a SYN.</summary>
    public void Start(Instant now, uint tsVal)
    {
        IsOn = true;
        HasRecent = true;
        Recent = tsVal;
        RecentAt = now;
    }

    /// <summary>RFC 7323 §4.3: remember the TSval of a segment that does not begin behind what was last acknowledged.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(Instant now, in TcpSegment segment, SeqNum lastAckSent)
    {
        if (IsOn && segment.Options.Has(TcpOptionPresence.Timestamps) && segment.Seq <= lastAckSent
            && (!HasRecent || unchecked((int)(segment.Options.TsVal - Recent)) >= 0 || now - RecentAt >= Outdated))
        {
            HasRecent = true;
            Recent = segment.Options.TsVal;
            RecentAt = now;
        }
    }

    /// <summary>RFC 7323 §5.3 R1: true if the segment is an old duplicate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool IsOld(Instant now, in TcpSegment segment) =>
        IsOn && HasRecent && segment.Options.Has(TcpOptionPresence.Timestamps)
        && unchecked((int)(segment.Options.TsVal - Recent)) < 0
        && now - RecentAt < Outdated;
}

using Finwait.Tcp;

namespace Finwait.Stack;

/// <summary>One packet that a host threw away.</summary>
/// <param name="Time">When.</param>
/// <param name="FrameNumber">The frame's number in the host's count, as in <see cref="CapturedFrame.Number"/>; 0 for a packet of the host's own that never became a frame.</param>
/// <param name="Reason">Why.</param>
/// <param name="Packet">For a packet without a frame, its octets from the IP header on; else empty.</param>
/// <param name="Filter">For a packet that the packet filter refused, the rule; else null.</param>
/// <param name="Cause">For a packet without a frame, why it was to be sent; else default.</param>
/// <param name="Value">What was compared: connections or octets in a queue, octets of a packet; 0 where nothing was.</param>
/// <param name="Limit">What it was compared with.</param>
/// <param name="Order">Its number in <see cref="DropTap.Order"/>; 0 if nobody counts.</param>
public readonly record struct DropRecord(Instant Time, ulong FrameNumber, DropReason Reason, byte[] Packet, FilterRefusal? Filter = null, Cause Cause = default, long Value = 0, long Limit = 0, ulong Order = 0);

/// <summary>A bounded record of the packets a host threw away. Its owner drains it; when it is full, new lines are counted and lost.</summary>
public sealed class DropTap
{
    private readonly Queue<DropRecord> _drops = new();
    private readonly int _capacity;
    private Instant _now;
    private ulong _frame;
    private PacketFilter? _filter, _filter6;

    /// <summary>An empty record.</summary>
    /// <param name="capacity">Most lines held, at least 1. Default 65536.</param>
    public DropTap(int capacity = 65536)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
    }

    /// <summary>Numbers the lines together with those of other records; default null.</summary>
    public RecordOrder? Order { get; set; }

    /// <summary>Lines waiting to be taken.</summary>
    public int Count => _drops.Count;

    /// <summary>Lines that found no room.</summary>
    public long Lost { get; private set; }

    /// <summary>Takes the oldest line.</summary>
    public bool TryTake(out DropRecord drop) => _drops.TryDequeue(out drop);

    /// <summary>The filters whose refusals are recorded with their rules.</summary>
    internal void Watch(PacketFilter filter, PacketFilter filter6)
    {
        (_filter, _filter6) = (filter, filter6);
        filter.TakeRefusal();
        filter6.TakeRefusal();
    }

    /// <summary>What is dropped from now on belongs to this frame; 0: to none.</summary>
    internal void Begin(Instant now, ulong frame)
    {
        _now = now;
        _frame = frame;
    }

    internal void Add(DropReason reason, long value = 0, long limit = 0)
    {
        if (_frame != 0 && reason != DropReason.FilterOutput) // the filter's OUTPUT refuses what answers the frame, and is recorded with that
        {
            FilterRefusal? by = reason is DropReason.FilterInput or DropReason.FilterForward ? TakeRefusal() : null;
            Add(new DropRecord(_now, _frame, reason, [], by, default, value, limit));
        }
    }

    /// <summary>A packet of the host's own that the packet filter refused, or that found no neighbour.</summary>
    internal void AddOutbound(Instant now, DropReason reason, ReadOnlySpan<byte> packet, Cause cause)
    {
        FilterRefusal? by = reason == DropReason.FilterOutput ? TakeRefusal() : null;
        Add(new DropRecord(now, 0, reason, packet.ToArray(), by, cause));
    }

    private FilterRefusal? TakeRefusal() => _filter?.TakeRefusal() ?? (_filter6?.TakeRefusal() is { } refusal ? refusal with { IsV6 = true } : null);

    private void Add(in DropRecord drop)
    {
        if (_drops.Count >= _capacity)
        {
            Lost++;
            return;
        }

        _drops.Enqueue(Order is { } order ? drop with { Order = order.Next() } : drop);
    }
}

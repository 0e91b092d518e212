using Finwait.Tcp;

namespace Finwait.Sim;

/// <summary>One line of a link's record: what became of a frame.</summary>
/// <param name="Time">When it was decided.</param>
/// <param name="FrameNumber">The frame's number in the sending host's count; 0 for frames of no host and for copies.</param>
/// <param name="Length">Octets of the frame.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Arrives">With <see cref="LinkOutcome.Queued"/>: when it will arrive. Else <see cref="Instant.Never"/>.</param>
/// <param name="IsCopy">True for a duplicate.</param>
/// <param name="IsCorrupted">True if bits were flipped.</param>
/// <param name="IsReordered">True if it skipped the delay.</param>
/// <param name="Rule">Index of the fault rule that lost it; −1 if none did.</param>
public readonly record struct LinkRecord(Instant Time, ulong FrameNumber, int Length, LinkOutcome Outcome, Instant Arrives, bool IsCopy, bool IsCorrupted, bool IsReordered, int Rule);

/// <summary>A bounded record of what a link did. Its owner drains it; when it is full, the oldest line gives way and is counted.</summary>
public sealed class LinkTap
{
    private readonly LinkRecord[] _ring;
    private int _first;

    /// <summary>An empty record.</summary>
    /// <param name="capacity">Most lines held, at least 1. Default 65536.</param>
    public LinkTap(int capacity = 65536)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _ring = new LinkRecord[capacity];
    }

    /// <summary>Lines waiting to be taken.</summary>
    public int Count { get; private set; }

    /// <summary>Lines that gave way untaken.</summary>
    public long Dropped { get; private set; }

    /// <summary>Takes the oldest line.</summary>
    public bool TryTake(out LinkRecord record)
    {
        if (Count == 0)
        {
            record = default;
            return false;
        }

        record = _ring[_first];
        _first = _first + 1 == _ring.Length ? 0 : _first + 1;
        Count--;
        return true;
    }

    internal void Add(in LinkRecord record)
    {
        if (Count == _ring.Length)
        {
            TryTake(out _);
            Dropped++;
        }

        int at = _first + Count;
        _ring[at >= _ring.Length ? at - _ring.Length : at] = record;
        Count++;
    }
}

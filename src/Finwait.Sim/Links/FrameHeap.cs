using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Sim;

/// <summary>A frame under way.</summary>
internal struct FrameInFlight
{
    public Instant Due;
    public long Order;
    public PacketBuffer Frame;
    public bool IsCopy;
}

/// <summary>The frames under way on a link, the next one first; of equal times the one with the lower order.</summary>
internal sealed class FrameHeap
{
    private FrameInFlight[] _heap = new FrameInFlight[16];

    public int Count { get; private set; }

    /// <summary>When the next frame is due.</summary>
    public Instant Due => Count == 0 ? Instant.Never : _heap[0].Due;

    public long Octets
    {
        get
        {
            long octets = 0;
            foreach (ref readonly FrameInFlight each in _heap.AsSpan(0, Count))
            {
                octets += each.Frame.Length;
            }

            return octets;
        }
    }

    public void Add(in FrameInFlight added)
    {
        if (Count == _heap.Length)
        {
            Array.Resize(ref _heap, Count * 2);
        }

        int at = Count++;
        while (at > 0)
        {
            int parent = (at - 1) / 2;
            if (!IsBefore(added, _heap[parent]))
            {
                break;
            }

            _heap[at] = _heap[parent];
            at = parent;
        }

        _heap[at] = added;
    }

    public FrameInFlight Take()
    {
        FrameInFlight first = _heap[0];
        FrameInFlight last = _heap[--Count];
        _heap[Count] = default;
        int at = 0;
        for (int child = 1; child < Count; child = (2 * at) + 1)
        {
            if (child + 1 < Count && IsBefore(_heap[child + 1], _heap[child]))
            {
                child++;
            }

            if (!IsBefore(_heap[child], last))
            {
                break;
            }

            _heap[at] = _heap[child];
            at = child;
        }

        if (Count > 0)
        {
            _heap[at] = last;
        }

        return first;
    }

    private static bool IsBefore(in FrameInFlight a, in FrameInFlight b) => a.Due < b.Due || (a.Due == b.Due && a.Order < b.Order);
}

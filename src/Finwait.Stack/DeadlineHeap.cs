using Finwait.Tcp;

namespace Finwait.Stack;

/// <summary>Something with one deadline that a <see cref="DeadlineHeap{T}"/> keeps in order.</summary>
public abstract class TimedItem
{
    internal Instant Deadline = Instant.Never;
    internal int HeapIndex = -1;
}

/// <summary>A binary heap of items by deadline. An item stands in it at most once and knows where, so that changing or removing it costs O(log n).</summary>
internal sealed class DeadlineHeap<T>
    where T : TimedItem
{
    private readonly List<T> _items = [];

    public int Count => _items.Count;

    /// <summary>The earliest deadline; <see cref="Instant.Never"/> if nothing waits.</summary>
    public Instant Next => _items.Count > 0 ? _items[0].Deadline : Instant.Never;

    /// <summary>Sets, moves or (with <see cref="Instant.Never"/>) removes the deadline of <paramref name="item"/>.</summary>
    public void Set(T item, Instant deadline)
    {
        item.Deadline = deadline;
        if (deadline.IsNever)
        {
            Remove(item);
            return;
        }

        if (item.HeapIndex < 0)
        {
            item.HeapIndex = _items.Count;
            _items.Add(item);
        }

        SiftDown(SiftUp(item.HeapIndex));
    }

    /// <summary>Takes out the earliest item that is due.</summary>
    public bool TryTakeDue(Instant now, out T? item)
    {
        item = _items.Count > 0 && _items[0].Deadline <= now ? _items[0] : null;
        if (item is null)
        {
            return false;
        }

        Remove(item);
        item.Deadline = Instant.Never;
        return true;
    }

    private void Remove(T item)
    {
        int at = item.HeapIndex;
        if (at < 0)
        {
            return;
        }

        item.HeapIndex = -1;
        T last = _items[^1];
        _items.RemoveAt(_items.Count - 1);
        if (last != item)
        {
            _items[at] = last;
            last.HeapIndex = at;
            SiftDown(SiftUp(at));
        }
    }

    private int SiftUp(int at)
    {
        T item = _items[at];
        while (at > 0 && item.Deadline < _items[(at - 1) / 2].Deadline)
        {
            Place(_items[(at - 1) / 2], at);
            at = (at - 1) / 2;
        }

        Place(item, at);
        return at;
    }

    private void SiftDown(int at)
    {
        T item = _items[at];
        for (int child = (2 * at) + 1; child < _items.Count; child = (2 * at) + 1)
        {
            if (child + 1 < _items.Count && _items[child + 1].Deadline < _items[child].Deadline)
            {
                child++;
            }

            if (_items[child].Deadline >= item.Deadline)
            {
                break;
            }

            Place(_items[child], at);
            at = child;
        }

        Place(item, at);
    }

    private void Place(T item, int at)
    {
        _items[at] = item;
        item.HeapIndex = at;
    }
}

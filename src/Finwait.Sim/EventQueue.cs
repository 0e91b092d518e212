using Finwait.Tcp;

namespace Finwait.Sim;

/// <summary>Who is due next: one deadline for each source (a host, a direction of a link), in the order of time.</summary>
/// <remarks>
/// Of equal times the one that was set first comes first, so a run does not depend on anything but its inputs. Setting a deadline costs
/// O(log n); nothing is allocated after the sources have been added. Not thread-safe.
/// </remarks>
public sealed class EventQueue
{
    private const int NotQueued = -1;

    private Entry[] _sources = new Entry[16];
    private int[] _heap = new int[16];
    private int _queued;
    private ulong _order;

    private struct Entry
    {
        public Instant Due;
        public ulong Order;
        public int At;
    }

    /// <summary>Sources added so far; their numbers are 0 … count − 1.</summary>
    public int SourceCount { get; private set; }

    /// <summary>Sources with a deadline.</summary>
    public int Count => _queued;

    /// <summary>Adds a source without deadline and returns its number.</summary>
    public int AddSource()
    {
        if (SourceCount == _sources.Length)
        {
            Array.Resize(ref _sources, SourceCount * 2);
            Array.Resize(ref _heap, SourceCount * 2);
        }

        _sources[SourceCount] = new Entry { Due = Instant.Never, At = NotQueued };
        return SourceCount++;
    }

    /// <summary>The deadline of a source; <see cref="Instant.Never"/> if it has none.</summary>
    public Instant GetDeadline(int source) => _sources[Check(source)].Due;

    /// <summary>Sets the deadline of a source, or takes it away with <see cref="Instant.Never"/>. The same time again changes nothing, its place included.</summary>
    public void Set(int source, Instant due)
    {
        ref Entry entry = ref _sources[Check(source)];
        if (entry.Due == due)
        {
            return;
        }

        entry.Due = due;
        entry.Order = ++_order;
        if (due.IsNever)
        {
            Remove(entry.At);
        }
        else if (entry.At == NotQueued)
        {
            entry.At = _queued;
            _heap[_queued] = source;
            SiftUp(_queued++);
        }
        else
        {
            SiftDown(SiftUp(entry.At));
        }
    }

    /// <summary>The source that is due first, which stays in the queue; false if nobody has a deadline.</summary>
    public bool TryPeek(out int source, out Instant due)
    {
        source = _queued == 0 ? NotQueued : _heap[0];
        due = _queued == 0 ? Instant.Never : _sources[source].Due;
        return _queued != 0;
    }

    private int Check(int source)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)source, (uint)SourceCount, nameof(source));
        return source;
    }

    private void Remove(int at)
    {
        _sources[_heap[at]].At = NotQueued;
        int last = _heap[--_queued];
        if (at != _queued)
        {
            _heap[at] = last;
            _sources[last].At = at;
            SiftDown(SiftUp(at));
        }
    }

    private bool IsBefore(int a, int b)
    {
        ref Entry x = ref _sources[a];
        ref Entry y = ref _sources[b];
        return x.Due < y.Due || (x.Due == y.Due && x.Order < y.Order);
    }

    private int SiftUp(int at)
    {
        int source = _heap[at];
        while (at > 0)
        {
            int parent = (at - 1) / 2;
            if (!IsBefore(source, _heap[parent]))
            {
                break;
            }

            Place(_heap[parent], at);
            at = parent;
        }

        Place(source, at);
        return at;
    }

    private void SiftDown(int at)
    {
        int source = _heap[at];
        for (int child = (2 * at) + 1; child < _queued; child = (2 * at) + 1)
        {
            if (child + 1 < _queued && IsBefore(_heap[child + 1], _heap[child]))
            {
                child++;
            }

            if (!IsBefore(_heap[child], source))
            {
                break;
            }

            Place(_heap[child], at);
            at = child;
        }

        Place(source, at);
    }

    private void Place(int source, int at)
    {
        _heap[at] = source;
        _sources[source].At = at;
    }
}

using System.Diagnostics;
using System.Numerics;
using Finwait.Tcp;

namespace Finwait.Stack;

/// <summary>Something that has one timer in a <see cref="TimerWheel{TOwner}"/>.</summary>
internal interface ITimerOwner
{
    /// <summary>The owner's place in the wheel; −1 while it has none. Start with −1; only the wheel writes it afterwards.</summary>
    int TimerNode { get; set; }
}

/// <summary>
/// A hashed hierarchical timer wheel with exact deadlines. Setting, postponing and cancelling cost the same however many timers run,
/// and timers fire in the order of their deadlines, equal ones in the order in which they were set.
/// </summary>
/// <remarks>
/// The wheel only sorts roughly: nine levels of 64 slots, the finest 0.8 ms wide. The slot that is next to fire is emptied into a small heap,
/// which sorts exactly. Postponing and cancelling are lazy: they only write the new deadline, and the entry is moved when its old place comes up;
/// so a connection that restarts its timer with every segment touches the wheel a few times a second.
/// </remarks>
internal sealed class TimerWheel<TOwner>
    where TOwner : class, ITimerOwner
{
    private const int GranularityShift = 13; // 8192 ticks of 100 ns
    private const int LevelBits = 6;
    private const int Slots = 1 << LevelBits;
    private const int Levels = 9; // 9 · 6 bits cover every slot number of a 63-bit tick count
    private const int None = -1;
    private const int Free = int.MinValue;

    private readonly int[] _heads = new int[Levels * Slots];
    private readonly ulong[] _occupied = new ulong[Levels];
    private Node[] _nodes = new Node[16];
    private HeapEntry[] _heap = new HeapEntry[16];
    private int _heapCount;
    private int _firstFree = None;
    private int _used;

    // Slots up to and with this one are in the heap; the wheel holds later ones only.
    private long _position;
    private ulong _order;

    /// <summary>An empty wheel.</summary>
    public TimerWheel() => Array.Fill(_heads, None);

    /// <summary>Owners that have a place in the wheel, those whose timers were cancelled lazily included.</summary>
    public int Count { get; private set; }

    /// <summary>The earliest deadline; <see cref="Instant.Never"/> if no timer runs.</summary>
    public Instant Next
    {
        get
        {
            Settle();
            return _heapCount == 0 ? Instant.Never : new(_heap[0].At);
        }
    }

    /// <summary>Sets, moves or (with <see cref="Instant.Never"/>) cancels the timer of <paramref name="owner"/>.</summary>
    public void Set(TOwner owner, Instant deadline)
    {
        int id = owner.TimerNode;
        if (id == None)
        {
            if (deadline.IsNever)
            {
                return;
            }

            id = Allocate(owner);
            ref Node added = ref _nodes[id];
            added.Deadline = deadline.Ticks;
            added.Order = _order++;
            Place(id);
            return;
        }

        ref Node node = ref _nodes[id];
        if (node.Deadline == deadline.Ticks)
        {
            return;
        }

        node.Deadline = deadline.Ticks;
        node.Order = _order++;
        if (deadline.Ticks < node.PlacedAt)
        {
            Unplace(id);
            Place(id);
        }
    }

    /// <summary>Cancels the timer of <paramref name="owner"/> and forgets the owner at once.</summary>
    public void Remove(TOwner owner)
    {
        int id = owner.TimerNode;
        if (id != None)
        {
            Unplace(id);
            Release(id);
        }
    }

    /// <summary>Takes the next timer that is due at <paramref name="now"/>, if there is one. Its owner has none then.</summary>
    public bool TryPop(Instant now, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TOwner? owner)
    {
        Settle();
        if (_heapCount == 0 || _heap[0].At > now.Ticks)
        {
            owner = null;
            return false;
        }

        int id = _heap[0].Node;
        owner = _nodes[id].Owner!;
        RemoveFromHeap(0);
        Release(id);
        return true;
    }

    /// <summary>Brings the true next timer to the top of the heap: loads slots while it is empty, moves entries whose deadline changed meanwhile.</summary>
    private void Settle()
    {
        while (true)
        {
            if (_heapCount == 0)
            {
                if (!LoadNextSlot())
                {
                    return;
                }

                continue;
            }

            ref HeapEntry top = ref _heap[0];
            int id = top.Node;
            ref Node node = ref _nodes[id];
            if (node.Deadline == top.At && node.Order == top.Order)
            {
                return;
            }

            RemoveFromHeap(0);
            if (node.Deadline == Instant.Never.Ticks)
            {
                Release(id);
            }
            else
            {
                Place(id);
            }
        }
    }

    private bool LoadNextSlot()
    {
        for (int level = 0; level < Levels; level++)
        {
            if (_occupied[level] == 0)
            {
                continue;
            }

            int index = BitOperations.TrailingZeroCount(_occupied[level]);
            int above = LevelBits * (level + 1);
            long block = above >= 63 ? 0 : _position >> above << above;
            _position = block | (long)index << (LevelBits * level);

            int slot = (level * Slots) + index;
            int id = _heads[slot];
            _heads[slot] = None;
            _occupied[level] &= ~(1UL << index);
            while (id != None)
            {
                int next = _nodes[id].Next;
                if (_nodes[id].Deadline == Instant.Never.Ticks)
                {
                    Release(id);
                }
                else
                {
                    Place(id);
                }

                id = next;
            }

            return true;
        }

        return false;
    }

    private void Place(int id)
    {
        ref Node node = ref _nodes[id];
        node.PlacedAt = node.Deadline;
        long slotNumber = Math.Max(node.Deadline, 0) >> GranularityShift;
        if (slotNumber <= _position)
        {
            Push(new(node.Deadline, node.Order, id));
            return;
        }

        // All bits above the level agree with the position, so that the slot lies in the part of that level that is still to come.
        int level = (63 - BitOperations.LeadingZeroCount((ulong)(slotNumber ^ _position))) / LevelBits;
        int index = (int)(slotNumber >> (LevelBits * level)) & (Slots - 1);
        int slot = (level * Slots) + index;
        node.Place = slot;
        node.Previous = None;
        node.Next = _heads[slot];
        if (node.Next != None)
        {
            _nodes[node.Next].Previous = id;
        }

        _heads[slot] = id;
        _occupied[level] |= 1UL << index;
    }

    private void Unplace(int id)
    {
        ref Node node = ref _nodes[id];
        Debug.Assert(node.Place != Free, "a free node cannot be taken out");
        if (node.Place < 0)
        {
            RemoveFromHeap(~node.Place);
            return;
        }

        if (node.Next != None)
        {
            _nodes[node.Next].Previous = node.Previous;
        }

        if (node.Previous != None)
        {
            _nodes[node.Previous].Next = node.Next;
        }
        else
        {
            _heads[node.Place] = node.Next;
            if (node.Next == None)
            {
                _occupied[node.Place / Slots] &= ~(1UL << (node.Place % Slots));
            }
        }
    }

    private int Allocate(TOwner owner)
    {
        int id = _firstFree;
        if (id != None)
        {
            _firstFree = _nodes[id].Next;
        }
        else
        {
            if (_used == _nodes.Length)
            {
                Array.Resize(ref _nodes, _used * 2);
            }

            id = _used++;
        }

        _nodes[id].Owner = owner;
        owner.TimerNode = id;
        Count++;
        return id;
    }

    private void Release(int id)
    {
        ref Node node = ref _nodes[id];
        node.Owner!.TimerNode = None;
        node.Owner = null;
        node.Place = Free;
        node.Next = _firstFree;
        _firstFree = id;
        Count--;
    }

    // ---- the heap: binary, by deadline, then by the order in which the timers were set

    private void Push(HeapEntry entry)
    {
        if (_heapCount == _heap.Length)
        {
            Array.Resize(ref _heap, _heapCount * 2);
        }

        SiftUp(_heapCount++, entry);
    }

    private void RemoveFromHeap(int index)
    {
        HeapEntry last = _heap[--_heapCount];
        if (index == _heapCount)
        {
            return;
        }

        if (index > 0 && last.IsBefore(_heap[(index - 1) / 2]))
        {
            SiftUp(index, last);
        }
        else
        {
            SiftDown(index, last);
        }
    }

    private void SiftUp(int index, HeapEntry entry)
    {
        while (index > 0)
        {
            int parent = (index - 1) / 2;
            if (!entry.IsBefore(_heap[parent]))
            {
                break;
            }

            Put(index, _heap[parent]);
            index = parent;
        }

        Put(index, entry);
    }

    private void SiftDown(int index, HeapEntry entry)
    {
        while (true)
        {
            int child = (2 * index) + 1;
            if (child >= _heapCount)
            {
                break;
            }

            if (child + 1 < _heapCount && _heap[child + 1].IsBefore(_heap[child]))
            {
                child++;
            }

            if (!_heap[child].IsBefore(entry))
            {
                break;
            }

            Put(index, _heap[child]);
            index = child;
        }

        Put(index, entry);
    }

    private void Put(int index, HeapEntry entry)
    {
        _heap[index] = entry;
        _nodes[entry.Node].Place = ~index;
    }

    private struct Node
    {
        public TOwner? Owner;
        public long Deadline;

        /// <summary>The deadline by which the node was placed; the true one may be later meanwhile, never earlier.</summary>
        public long PlacedAt;
        public ulong Order;
        public int Next;
        public int Previous;

        /// <summary>Slot of the wheel, the complement of an index of the heap, or <see cref="Free"/>.</summary>
        public int Place;
    }

    private readonly record struct HeapEntry(long At, ulong Order, int Node)
    {
        public bool IsBefore(in HeapEntry other) => At < other.At || (At == other.At && Order < other.Order);
    }
}

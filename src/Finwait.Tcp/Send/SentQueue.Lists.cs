using System.Runtime.CompilerServices;

namespace Finwait.Tcp;

/// <content>The two lists: in the network by time of transmission, and lost by sequence number.</content>
internal partial struct SentQueue
{
    /// <summary>Most steps to find a place that is nearly always at an end; farther off the place need not be exact.</summary>
    private const int MostSteps = 64;

    /// <summary>The ends of a list, stored one higher so that an empty queue is all zero.</summary>
    private struct Ends
    {
        private int _oldest;
        private int _newest;

        public readonly int Oldest => _oldest - 1;

        public readonly int Newest => _newest - 1;

        public void Move(int oldest, int newest)
        {
            _oldest = oldest + 1;
            _newest = newest + 1;
        }
    }

    /// <summary>Slot of the segment in the network that was sent first; −1 if there is none.</summary>
    public readonly int OldestInNetwork => _network.Oldest;

    /// <summary>The segment in <paramref name="slot"/>.</summary>
    public readonly ref SentSegment InSlot(int slot) => ref _ring![slot];

    /// <summary>Index of the oldest segment that is lost and not yet sent again; −1 if there is none.</summary>
    public readonly int NextToRetransmit => _lost.Oldest < 0 ? -1 : IndexOf(_lost.Oldest);

    /// <summary>The segment in <paramref name="slot"/>, which is in the network, is lost.</summary>
    public bool MarkLostInSlot(int slot) => MarkLost(IndexOf(slot));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Append(ref Ends list, int slot)
    {
        SentSegment[] ring = _ring!;
        int newest = list.Newest;
        ring[slot].Earlier = newest;
        ring[slot].Later = -1;
        if (newest < 0)
        {
            list.Move(slot, slot);
        }
        else
        {
            ring[newest].Later = slot;
            list.Move(list.Oldest, slot);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Unlink(ref Ends list, int slot)
    {
        SentSegment[] ring = _ring!;
        int earlier = ring[slot].Earlier, later = ring[slot].Later;
        if (earlier >= 0)
        {
            ring[earlier].Later = later;
        }

        if (later >= 0)
        {
            ring[later].Earlier = earlier;
        }

        list.Move(earlier < 0 ? later : list.Oldest, later < 0 ? earlier : list.Newest);
    }

    /// <summary>Puts <paramref name="slot"/> behind <paramref name="earlier"/> (−1: before all).</summary>
    private readonly void InsertBehind(ref Ends list, int earlier, int slot)
    {
        SentSegment[] ring = _ring!;
        int later = earlier < 0 ? list.Oldest : ring[earlier].Later;
        if (later < 0)
        {
            Append(ref list, slot);
            return;
        }

        ring[slot].Earlier = earlier;
        ring[slot].Later = later;
        ring[later].Earlier = slot;
        if (earlier < 0)
        {
            list.Move(slot, list.Newest);
        }
        else
        {
            ring[earlier].Later = slot;
        }
    }

    /// <summary>By sequence number: nearly always at the end, sometimes at the beginning.</summary>
    private void InsertLost(int slot)
    {
        SentSegment[] ring = _ring!;
        int at = _lost.Newest;
        if (at >= 0 && ring[at].Start > ring[slot].Start)
        {
            at = LostBefore(slot);
        }

        InsertBehind(ref _lost, at, slot);
    }

    /// <summary>The slot in the list of the lost behind which <paramref name="slot"/> belongs; −1 if it is to be the first. The list has a later one.</summary>
    /// <remarks>Losses come in runs, so a neighbour in the queue mostly knows the place; else it is looked for from both ends. Far from all of them the place is not exact.</remarks>
    private int LostBefore(int slot)
    {
        SentSegment[] ring = _ring!;
        long start = ring[slot].Start;
        if (ring[_lost.Oldest].Start > start)
        {
            return -1;
        }

        int index = IndexOf(slot), back = _lost.Newest, ahead = _lost.Oldest;
        for (int steps = 1; steps <= MostSteps; steps++)
        {
            Visited++;
            if (index >= steps && this[index - steps].IsInLostList)
            {
                return SlotOf(index - steps);
            }

            if (index + steps < Count && this[index + steps].IsInLostList)
            {
                return this[index + steps].Earlier;
            }

            back = ring[back].Earlier;
            if (ring[back].Start < start)
            {
                return back;
            }

            if (ring[ring[ahead].Later].Start > start)
            {
                return ahead;
            }

            ahead = ring[ahead].Later;
        }

        return back;
    }

    /// <summary>Back into the order of transmission, at or behind <paramref name="hint"/> (−1: from the beginning); returns the slot itself, the next hint.</summary>
    private int InsertInNetwork(int slot, int hint)
    {
        SentSegment[] ring = _ring!;
        long sentAt = ring[slot].SentAt;
        int at = hint;
        for (int steps = 0; at >= 0 && ring[at].SentAt > sentAt && steps < MostSteps; steps++)
        {
            at = ring[at].Earlier;
            Visited++;
        }

        int later = at < 0 ? _network.Oldest : ring[at].Later;
        while (later >= 0 && ring[later].SentAt <= sentAt)
        {
            at = later;
            later = ring[at].Later;
            Visited++;
        }

        InsertBehind(ref _network, at, slot);
        return slot;
    }
}

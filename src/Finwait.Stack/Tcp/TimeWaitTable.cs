using System.Diagnostics;
using Finwait.Tcp;

namespace Finwait.Stack;

/// <summary>What is kept of one connection in TIME-WAIT, or in FIN-WAIT-2 after its owner closed it. 112 octets.</summary>
internal struct TimeWaitRecord
{
    public FourTuple Tuple;
    public long Expires;
    public long TsRecentAt;

    /// <summary>When a segment that is not acceptable was last answered; throttles the answers (RFC 5961 §7).</summary>
    public long AnsweredAt;
    public uint Hash;

    /// <summary>SND.NXT: behind our FIN.</summary>
    public uint SndNxt;

    /// <summary>RCV.NXT: behind the peer's FIN, or behind its last octet while the record stands for FIN-WAIT-2.</summary>
    public uint RcvNxt;
    public uint ReceiveWindow;
    public uint TsRecent;
    public uint TimestampOffset;
    public ushort RawWindow;
    public ushort IpId;

    /// <summary>How the connection held its port; goes to <see cref="PortTable.Remove"/> when the record goes.</summary>
    public PortUse Use;
    public TimeWaitFlags Flags;
    internal byte List;
    internal int Next;
    internal int Previous;

    public readonly bool HasTimestamps => (Flags & TimeWaitFlags.Timestamps) != 0;

    public readonly bool IsFinWait2 => (Flags & TimeWaitFlags.FinWait2) != 0;
}

[Flags]
internal enum TimeWaitFlags : byte
{
    None = 0,
    Timestamps = 1,
    FinWait2 = 2,

    /// <summary>It belonged to an IPv6 socket; with an IPv4 tuple, listings show mapped addresses.</summary>
    V6Socket = 4,
}

/// <summary>The connections of one host in TIME-WAIT, as small records in one array with a hash index, in the order of their expiry.</summary>
/// <remarks>
/// Adding, finding, restarting and expiring cost the same however many records there are. All records of one length of time stand in one list, so
/// that its head expires first; there are a few lists because the length is a setting and the records of the old one go on.
/// </remarks>
internal sealed class TimeWaitTable
{
    private const int Smallest = 16;
    private const int ListCount = 8;
    private const int None = -1;

    private readonly ExpiryList[] _lists = new ExpiryList[ListCount];
    private TimeWaitRecord[] _records = new TimeWaitRecord[Smallest];
    private Slot[] _index = new Slot[Smallest * 2];
    private int _used;
    private int _firstFree = None;

    /// <summary>An empty table.</summary>
    public TimeWaitTable()
    {
        for (int i = 0; i < ListCount; i++)
        {
            _lists[i] = new() { Head = None, Tail = None };
        }
    }

    /// <summary>Records in the table.</summary>
    public int Count { get; private set; }

    /// <summary>When the next record expires; <see cref="Instant.Never"/> if there is none.</summary>
    public Instant Next
    {
        get
        {
            long next = Instant.Never.Ticks;
            foreach (ref ExpiryList list in _lists.AsSpan())
            {
                if (list.Head != None)
                {
                    next = Math.Min(next, _records[list.Head].Expires);
                }
            }

            return new(next);
        }
    }

    /// <summary>The record with this number. The reference is good until the next call that adds or removes.</summary>
    public ref TimeWaitRecord this[int number] => ref _records[number];

    /// <summary>The number of the record of <paramref name="tuple"/>, or −1.</summary>
    public int Find(in FourTuple tuple, uint hash)
    {
        uint mask = (uint)_index.Length - 1;
        for (uint i = hash & mask; _index[i].IsTaken; i = (i + 1) & mask)
        {
            if (_index[i].Hash == hash && _records[_index[i].Number].Tuple.EqualTo(tuple))
            {
                return _index[i].Number;
            }
        }

        return None;
    }

    /// <summary>Adds a record, its tuple and hash set and not in the table, that expires <paramref name="length"/> from now; returns its number.</summary>
    public int Add(in TimeWaitRecord record, Instant now, TimeSpan length)
    {
        Debug.Assert(Find(record.Tuple, record.Hash) == None, "two records with one four-tuple");
        if ((Count + 1) * 3L > _index.Length * 2L)
        {
            Reindex(_index.Length * 2);
        }

        int number = _firstFree;
        if (number != None)
        {
            _firstFree = _records[number].Next;
        }
        else
        {
            if (_used == _records.Length)
            {
                Array.Resize(ref _records, _used * 2);
            }

            number = _used++;
        }

        _records[number] = record;
        Append(number, now, length);
        Insert(number);
        Count++;
        return number;
    }

    /// <summary>Starts the time of a record anew.</summary>
    public void Restart(int number, Instant now, TimeSpan length)
    {
        Unlink(number);
        Append(number, now, length);
    }

    /// <summary>Takes a record out.</summary>
    public void Remove(int number)
    {
        Unlink(number);
        ref TimeWaitRecord record = ref _records[number];
        uint mask = (uint)_index.Length - 1;
        uint hole = record.Hash & mask;
        while (_index[hole].Number != number || !_index[hole].IsTaken)
        {
            Debug.Assert(_index[hole].IsTaken, "removed a record that is not in the table");
            hole = (hole + 1) & mask;
        }

        for (uint i = (hole + 1) & mask; _index[i].IsTaken; i = (i + 1) & mask)
        {
            uint home = _index[i].Hash & mask;
            if (((i - home) & mask) >= ((i - hole) & mask))
            {
                _index[hole] = _index[i];
                hole = i;
            }
        }

        _index[hole] = default;
        record.Next = _firstFree;
        _firstFree = number;
        Count--;
        if (Count == 0)
        {
            Shrink();
        }
    }

    /// <summary>The number of a record whose time is up at <paramref name="now"/>, the one that waited longest first.</summary>
    public bool TryGetExpired(Instant now, out int number)
    {
        number = None;
        long earliest = now.Ticks;
        foreach (ref ExpiryList list in _lists.AsSpan())
        {
            if (list.Head != None && _records[list.Head].Expires <= earliest)
            {
                // The first of several lists wins a tie: the order is the same in every run.
                if (number == None || _records[list.Head].Expires < earliest)
                {
                    number = list.Head;
                    earliest = _records[number].Expires;
                }
            }
        }

        return number != None;
    }

    /// <summary>The numbers of all records in the order of their expiry within each length; for listings only.</summary>
    public IEnumerable<int> All()
    {
        for (int i = 0; i < ListCount; i++)
        {
            for (int number = _lists[i].Head; number != None; number = _records[number].Next)
            {
                yield return number;
            }
        }
    }

    private void Append(int number, Instant now, TimeSpan length)
    {
        int choice = ChooseList(length.Ticks);
        ref ExpiryList list = ref _lists[choice];
        ref TimeWaitRecord record = ref _records[number];
        record.Expires = (now + length).Ticks;
        record.List = (byte)choice;
        record.Next = None;
        record.Previous = list.Tail;
        if (list.Tail == None)
        {
            list.Head = number;
        }
        else
        {
            // Only if the setting took more values at one time than there are lists can this be out of order; the record then waits for the one before it.
            record.Expires = Math.Max(record.Expires, _records[list.Tail].Expires);
            _records[list.Tail].Next = number;
        }

        list.Tail = number;
    }

    private int ChooseList(long length)
    {
        int empty = None;
        for (int i = 0; i < ListCount; i++)
        {
            if (_lists[i].Head == None)
            {
                empty = empty == None ? i : empty;
            }
            else if (_lists[i].Length == length)
            {
                return i;
            }
        }

        if (empty == None)
        {
            return 0;
        }

        _lists[empty].Length = length;
        return empty;
    }

    private void Unlink(int number)
    {
        ref TimeWaitRecord record = ref _records[number];
        ref ExpiryList list = ref _lists[record.List];
        if (record.Previous == None)
        {
            list.Head = record.Next;
        }
        else
        {
            _records[record.Previous].Next = record.Next;
        }

        if (record.Next == None)
        {
            list.Tail = record.Previous;
        }
        else
        {
            _records[record.Next].Previous = record.Previous;
        }
    }

    private void Insert(int number)
    {
        uint mask = (uint)_index.Length - 1;
        uint hash = _records[number].Hash;
        uint i = hash & mask;
        while (_index[i].IsTaken)
        {
            i = (i + 1) & mask;
        }

        _index[i] = new(hash, number);
    }

    private void Reindex(int length)
    {
        _index = new Slot[length];
        foreach (int number in All())
        {
            Insert(number);
        }
    }

    /// <summary>Gives the memory of a crowd back when the last record is gone.</summary>
    private void Shrink()
    {
        if (_records.Length <= 4096)
        {
            return;
        }

        _records = new TimeWaitRecord[Smallest];
        _index = new Slot[Smallest * 2];
        _used = 0;
        _firstFree = None;
    }

    /// <summary>The hash stands here too, so that looking for a record touches no other record.</summary>
    private readonly struct Slot(uint hash, int number)
    {
        private readonly int _numberPlusOne = number + 1;

        public uint Hash { get; } = hash;

        public int Number => _numberPlusOne - 1;

        public bool IsTaken => _numberPlusOne != 0;
    }

    private struct ExpiryList
    {
        public long Length;
        public int Head;
        public int Tail;
    }
}

using Finwait.Tcp;

namespace Finwait.Sim;

/// <summary>What the rules together say about one frame.</summary>
internal readonly record struct FaultVerdict
{
    public bool IsDropped { get; init; }

    public int DroppedBy { get; init; }

    public TimeSpan ExtraDelay { get; init; }

    public bool IsDuplicated { get; init; }

    public bool IsCorrupted { get; init; }

    /// <summary>Later frames that go first; 0 if it is not held.</summary>
    public int Behind { get; init; }

    public TimeSpan Wait { get; init; }
}

/// <summary>Applies the fault rules of one link in order, counts their hits and keeps the frames that a rule holds.</summary>
internal sealed class FaultProcess(SeededRandom random, bool isEthernet)
{
    /// <summary>Most frames held at a time; further ones go at once.</summary>
    public const int MaxHeld = 64;

    private readonly List<FaultRule> _rules = [];
    private readonly List<(long Matched, long Hits)> _counts = [];
    private readonly List<Held> _held = [];

    private struct Held
    {
        public FrameInFlight Entry;
        public int Behind;
        public Instant Until;
    }

    public IReadOnlyList<FaultRule> Rules => _rules;

    public int Count => _rules.Count;

    public int HeldCount => _held.Count;

    /// <summary>When the next held frame has waited long enough.</summary>
    public Instant HeldDue { get; private set; } = Instant.Never;

    public void Add(FaultRule rule)
    {
        if (_rules.Count == Link.MaxRules)
        {
            throw new InvalidOperationException($"a link has at most {Link.MaxRules} fault rules");
        }

        _rules.Add(rule);
        _counts.Add(default);
    }

    public bool Remove(FaultRule rule)
    {
        int at = _rules.IndexOf(rule);
        if (at >= 0)
        {
            _rules.RemoveAt(at);
            _counts.RemoveAt(at);
        }

        return at >= 0;
    }

    public void Clear()
    {
        _rules.Clear();
        _counts.Clear();
    }

    public long GetHits(int index) => _counts[index].Hits;

    /// <summary>Passes a frame along the rules; corruption is done to it in place.</summary>
    public FaultVerdict Judge(Instant now, Span<byte> frame)
    {
        FaultVerdict verdict = default;
        for (int i = 0; i < _rules.Count; i++)
        {
            FaultRule rule = _rules[i];
            if (now < rule.After || now >= rule.Until || !rule.Match.IsMatch(frame, isEthernet) || !IsHit(i, rule))
            {
                continue;
            }

            switch (rule.Action)
            {
                case FaultAction.Drop:
                    return verdict with { IsDropped = true, DroppedBy = i };
                case FaultAction.Delay:
                    verdict = verdict with { ExtraDelay = verdict.ExtraDelay + rule.Time };
                    break;
                case FaultAction.Duplicate:
                    verdict = verdict with { IsDuplicated = true };
                    break;
                case FaultAction.Corrupt:
                    verdict = verdict with { IsCorrupted = Corrupt(rule, frame) || verdict.IsCorrupted };
                    break;
                case FaultAction.Behind:
                    verdict = verdict with { Behind = rule.Distance, Wait = rule.Time };
                    break;
            }
        }

        return verdict;
    }

    /// <summary>Keeps a frame aside; false if too many are kept already.</summary>
    public bool TryHold(in FrameInFlight entry, int behind, Instant until)
    {
        if (_held.Count == MaxHeld)
        {
            return false;
        }

        _held.Add(new Held { Entry = entry, Behind = behind, Until = Instant.Later(until, entry.Due) });
        FindDue();
        return true;
    }

    /// <summary>Another frame went its way: those that waited for it follow right behind.</summary>
    public void OnQueued(FrameHeap heap, Instant due, ref long order)
    {
        for (int i = 0; i < _held.Count; i++)
        {
            Held held = _held[i];
            held.Behind--;
            _held[i] = held;
            if (held.Behind <= 0)
            {
                Release(heap, i--, Instant.Later(due, held.Entry.Due), ref order);
            }
        }
    }

    /// <summary>Lets go what has waited long enough.</summary>
    public void ReleaseDue(FrameHeap heap, Instant now, ref long order)
    {
        for (int i = 0; i < _held.Count; i++)
        {
            Instant until = _held[i].Until;
            if (until <= now)
            {
                Release(heap, i--, until, ref order);
            }
        }
    }

    /// <summary>Lets go everything.</summary>
    public void ReleaseAll(FrameHeap heap, Instant now)
    {
        long order = 0;
        while (_held.Count > 0)
        {
            Release(heap, 0, now, ref order);
        }
    }

    private void Release(FrameHeap heap, int at, Instant due, ref long order)
    {
        FrameInFlight entry = _held[at].Entry;
        entry.Due = due;
        entry.Order = ++order;
        heap.Add(entry);
        _held.RemoveAt(at);
        FindDue();
    }

    private void FindDue()
    {
        HeldDue = Instant.Never;
        foreach (Held held in _held)
        {
            HeldDue = Instant.Earlier(HeldDue, held.Until);
        }
    }

    private bool IsHit(int at, FaultRule rule)
    {
        (long matched, long hits) = _counts[at];
        bool isHit = hits < rule.Count && matched >= rule.Skip && (matched - rule.Skip) % rule.Every == 0;
        _counts[at] = (matched + 1, hits + (isHit ? 1 : 0));
        return isHit;
    }

    private bool Corrupt(FaultRule rule, Span<byte> frame)
    {
        int offset = rule.Offset >= 0 || frame.IsEmpty ? rule.Offset : (int)random.NextBelow((uint)frame.Length);
        if ((uint)offset >= (uint)frame.Length)
        {
            return false;
        }

        frame[offset] ^= rule.Mask != 0 ? rule.Mask : (byte)(1 << (int)random.NextBelow(8));
        return true;
    }
}

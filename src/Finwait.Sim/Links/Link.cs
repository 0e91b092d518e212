using System.Diagnostics.CodeAnalysis;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Sim;

/// <summary>One direction of a link: frames go in, and come out later, or not, or twice, as the settings and the fault rules say.</summary>
/// <remarks>
/// A frame passes the fault rules in their order first, then netem's steps in netem's order: duplication, loss, corruption, the limit of the queue,
/// reordering, delay and rate. The rate counts from the last frame under way, so a frame leaves when it would have arrived by the delay alone or
/// when the one before it has left, whichever is later, plus its own time on the wire. Each kind of chance has a stream of its own:
/// switching on corruption does not change which frames are lost. No allocation per frame in steady state. Not thread-safe.
/// </remarks>
public sealed class Link
{
    /// <summary>Most rules of one link.</summary>
    public const int MaxRules = 1024;

    private readonly FrameHeap _heap = new();
    private readonly FaultProcess _faults;
    private readonly PacketPool _pool;
    private readonly SeededRandom _corruption;
    private readonly LossProcess _loss;
    private Chance _delayChance;
    private Chance _duplicateChance;
    private Chance _corruptChance;
    private Chance _reorderChance;
    private LinkSettings _settings;
    private Instant _lastDeparture;
    private long _rateRemainder;
    private long _order;
    private long _headOrder;
    private int _sinceReorder;
    private bool _isCut;
    private bool _isHeld;

    /// <summary>An empty link.</summary>
    /// <param name="name">Its name, for people.</param>
    /// <param name="settings">What it does to frames.</param>
    /// <param name="random">Its own stream of randomness.</param>
    /// <param name="pool">Where copies of frames get their memory.</param>
    /// <param name="isEthernet">True if frames begin with an Ethernet header; false if with an IP header.</param>
    public Link(string name, LinkSettings settings, SeededRandom random, PacketPool pool, bool isEthernet = true)
    {
        Name = name;
        IsEthernet = isEthernet;
        _settings = settings;
        _pool = pool;
        _faults = new(random.Split("rules"), isEthernet);
        _corruption = random.Split("corruption");
        _loss = new(random.Split("loss"));
        _delayChance = new(random.Split("delay"));
        _duplicateChance = new(random.Split("duplicate"));
        _corruptChance = new(random.Split("corrupt"));
        _reorderChance = new(random.Split("reorder"));
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>True if frames begin with an Ethernet header; false if with an IP header.</summary>
    public bool IsEthernet { get; }

    /// <summary>What it does to frames. A change holds for the frames that come later; those under way keep their times.</summary>
    public LinkSettings Settings
    {
        get => _settings;
        set => _settings = value;
    }

    /// <summary>The fault rules, in the order in which frames pass them.</summary>
    public IReadOnlyList<FaultRule> Rules => _faults.Rules;

    /// <summary>What it counted.</summary>
    public LinkCounters Counters { get; } = new();

    /// <summary>Set to record what becomes of each frame; null, the default, costs one branch per frame.</summary>
    public LinkTap? Tap { get; set; }

    /// <summary>Frames on the link now.</summary>
    public int Count => _heap.Count + _faults.HeldCount;

    /// <summary>Octets of the frames on the link now, those that a fault rule holds left out. Walks over all of them.</summary>
    public long OctetsUnderWay => _heap.Octets;

    /// <summary>When the next frame arrives; <see cref="Instant.Never"/> if none is under way or the link is held.</summary>
    public Instant NextDeadline => _isHeld ? Instant.Never : Instant.Earlier(_heap.Due, _faults.HeldDue);

    /// <summary>True while the link is held: what is under way stays so, and what comes waits up to the limit. Default false.</summary>
    public bool IsHeld
    {
        get => _isHeld;
        set
        {
            _isHeld = value;
            Reschedule();
        }
    }

    /// <summary>True while the link is cut: what comes is lost. Default false. See <see cref="Cut"/>.</summary>
    public bool IsCut => _isCut;

    internal EventQueue? Queue { get; set; }

    internal int Source { get; set; }

    /// <summary>Cuts the link: frames under way are lost, and all that come until <see cref="Heal"/>.</summary>
    public void Cut(Instant now)
    {
        _isCut = true;
        _faults.ReleaseAll(_heap, now);
        while (_heap.Count > 0)
        {
            FrameInFlight lost = _heap.Take();
            Lose(now, lost.Frame, LinkOutcome.LostByCut, lost.IsCopy, -1);
        }

        Reschedule();
    }

    /// <summary>Ends a cut.</summary>
    public void Heal() => _isCut = false;

    /// <summary>Adds a fault rule behind the others.</summary>
    /// <exception cref="InvalidOperationException">There are <see cref="MaxRules"/> already: a caller bug.</exception>
    public void AddRule(FaultRule rule) => _faults.Add(rule);

    /// <summary>Takes a rule away; the first that equals it.</summary>
    /// <returns>False if there is none.</returns>
    public bool RemoveRule(FaultRule rule) => _faults.Remove(rule);

    /// <summary>Takes all rules away. Frames held by a rule stay until their time.</summary>
    public void ClearRules() => _faults.Clear();

    /// <summary>How many frames a rule acted on.</summary>
    /// <param name="index">Place in <see cref="Rules"/>.</param>
    public long GetRuleHits(int index) => _faults.GetHits(index);

    /// <summary>A frame goes onto the link, which owns the buffer from now on.</summary>
    public void Send(Instant now, PacketBuffer frame)
    {
        Counters.Offered++;
        Counters.OctetsOffered += frame.Length;
        if (_isCut)
        {
            Lose(now, frame, LinkOutcome.LostByCut, isCopy: false, -1);
            return;
        }

        FaultVerdict verdict = _faults.Count == 0 ? default : _faults.Judge(now, frame.Span);
        if (verdict.IsDropped)
        {
            Lose(now, frame, LinkOutcome.LostByRule, isCopy: false, verdict.DroppedBy);
            return;
        }

        Counters.Corrupted += verdict.IsCorrupted ? 1 : 0;
        if (verdict.IsDuplicated || _duplicateChance.Happens(_settings.Duplicate, _settings.DuplicateCorrelation))
        {
            PacketBuffer copy = _pool.Rent(frame.Length);
            frame.Span.CopyTo(copy.Span);
            Counters.Duplicated++;
            Enqueue(now, frame, verdict, isCopy: false);
            Enqueue(now, copy, verdict with { Behind = 0 }, isCopy: true);
        }
        else
        {
            Enqueue(now, frame, verdict, isCopy: false);
        }

        Reschedule();
    }

    /// <summary>Takes the next frame that has arrived by now; the caller owns the buffer then.</summary>
    public bool TryTake(Instant now, [NotNullWhen(true)] out PacketBuffer? frame)
    {
        frame = null;
        if (_isHeld)
        {
            return false;
        }

        if (_faults.HeldDue <= now)
        {
            _faults.ReleaseDue(_heap, now, ref _order);
        }

        if (_heap.Due > now)
        {
            return false;
        }

        FrameInFlight arrived = _heap.Take();
        frame = arrived.Frame;
        Counters.Delivered++;
        Counters.OctetsDelivered += frame.Length;
        Tap?.Add(new LinkRecord(now, arrived.IsCopy ? 0 : frame.Number, frame.Length, LinkOutcome.Delivered, Instant.Never, arrived.IsCopy, false, false, -1));
        Reschedule();
        return true;
    }

    private void Enqueue(Instant now, PacketBuffer frame, FaultVerdict verdict, bool isCopy)
    {
        LinkSettings settings = _settings;
        if (_loss.Loses(settings.Loss))
        {
            if (!settings.MarksEcn || !EcnMark.TryMark(frame.Span, IsEthernet))
            {
                Lose(now, frame, LinkOutcome.LostByModel, isCopy, -1);
                return;
            }

            Counters.Marked++;
        }

        bool isCorrupted = frame.Length > 0 && _corruptChance.Happens(settings.Corrupt, settings.CorruptCorrelation);
        if (isCorrupted)
        {
            frame.Span[(int)_corruption.NextBelow((uint)frame.Length)] ^= (byte)(1 << (int)_corruption.NextBelow(8));
            Counters.Corrupted++;
        }

        if (Count >= settings.Limit)
        {
            Lose(now, frame, LinkOutcome.LostByLimit, isCopy, -1);
            return;
        }

        bool isReordered = Skips(settings);
        FrameInFlight entry = new() { Frame = frame, IsCopy = isCopy };
        entry.Due = isReordered ? now : DepartAfterDelay(now, settings, frame.Length);
        entry.Order = isReordered ? --_headOrder : ++_order;
        entry.Due += verdict.ExtraDelay;
        Tap?.Add(new LinkRecord(now, isCopy ? 0 : frame.Number, frame.Length, LinkOutcome.Queued, entry.Due, isCopy, isCorrupted || verdict.IsCorrupted, isReordered, -1));
        if (verdict.Behind > 0 && _faults.TryHold(entry, verdict.Behind, now + verdict.Wait))
        {
            return;
        }

        _heap.Add(entry);
        _faults.OnQueued(_heap, entry.Due, ref _order);
    }

    private bool Skips(LinkSettings settings)
    {
        if (settings.Reorder == 0)
        {
            return false;
        }

        if (_sinceReorder < settings.Gap - 1 || !_reorderChance.Happens(settings.Reorder, settings.ReorderCorrelation))
        {
            _sinceReorder++;
            return false;
        }

        _sinceReorder = 0;
        Counters.Reordered++;
        return true;
    }

    private Instant DepartAfterDelay(Instant now, LinkSettings settings, int length)
    {
        Instant due = now + DrawDelay(settings);
        if (settings.Rate == 0)
        {
            return due;
        }

        if (Count == 0)
        {
            _rateRemainder = 0;
        }
        else
        {
            due = Instant.Later(due, _lastDeparture);
        }

        long octets = (long)length + settings.PacketOverhead;
        if (settings.CellSize != 0 && octets > 0)
        {
            long cells = (octets + settings.CellSize - 1) / settings.CellSize;
            octets = cells * (settings.CellSize + settings.CellOverhead);
        }

        // What does not make a whole tick is carried over, so that many short frames keep to the rate.
        Int128 work = ((Int128)Math.Max(0, octets) * 8 * TimeSpan.TicksPerSecond) + _rateRemainder;
        (Int128 ticks, Int128 rest) = Int128.DivRem(work, settings.Rate);
        _rateRemainder = (long)rest;
        _lastDeparture = due + new TimeSpan((long)ticks);
        return _lastDeparture;
    }

    private TimeSpan DrawDelay(LinkSettings settings)
    {
        if (settings.Jitter == default)
        {
            return settings.Delay;
        }

        uint drawn = _delayChance.Next(settings.DelayCorrelation);
        ReadOnlySpan<short> table = DelayTable.Get(settings.Distribution);
        long jitter = settings.Jitter.Ticks;
        long spread = table.IsEmpty
            ? (long)((Int128)drawn * ((2 * jitter) + 1) >> 32) - jitter
            : (long)((Int128)jitter * table[(int)(drawn >> (32 - DelayTable.SizeBits))] / DelayTable.Scale);
        return new(Math.Max(0, settings.Delay.Ticks + spread));
    }

    private void Lose(Instant now, PacketBuffer frame, LinkOutcome outcome, bool isCopy, int rule)
    {
        Counters.Count(outcome);
        Tap?.Add(new LinkRecord(now, isCopy ? 0 : frame.Number, frame.Length, outcome, Instant.Never, isCopy, false, false, rule));
        frame.Release();
    }

    private void Reschedule() => Queue?.Set(Source, NextDeadline);
}

using System.Diagnostics.CodeAnalysis;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>The neighbours of a host: who is reached at which link address, and how sure that is.</summary>
/// <remarks>
/// The states and their times are those of RFC 4861 §7.3, used for ARP too, as in Linux: a packet to an unknown neighbour waits while it is asked
/// for (three requests, a second apart), then all that wait go out, or come back as "host unreachable". The table is bounded: a new neighbour
/// pushes out one that is not in use.
/// </remarks>
public sealed class NeighborTable
{
    /// <summary>A changed link address is not believed again so soon (Linux: locktime).</summary>
    private static readonly TimeSpan LockTime = TimeSpan.FromSeconds(1);

    /// <summary>How often the reachable time is drawn anew (RFC 4861 §6.3.4 wants every few hours; Linux does it every five minutes).</summary>
    private static readonly TimeSpan RedrawTime = TimeSpan.FromSeconds(300);

    /// <summary>Least time between two requests for one neighbour (RFC 1122 §2.3.2.1).</summary>
    private static readonly TimeSpan LeastRetransmit = TimeSpan.FromSeconds(1);

    /// <summary>How many entries are looked at to find one that may go.</summary>
    private const int EvictionSteps = 32;

    private readonly Host _host;
    private readonly HostSettings _settings;
    private readonly HostCounters _counters;
    private readonly Dictionary<(int Interface, IpAddress Address), NeighborEntry> _entries;
    private readonly List<NeighborEntry> _ring = [];
    private readonly DeadlineHeap<NeighborEntry> _timers = new();
    private ulong _random;
    private double _reachableFactor;
    private Instant _drawnAt = NeighborEntry.LongAgo;
    private int _hand;

    internal NeighborTable(Host host)
    {
        _host = host;
        _settings = host.Settings;
        _counters = host.Counters;
        _random = SplitMix.Next(_settings.Seed ^ 0x4E44_5542, out ulong secret);
        _entries = new(new KeyComparer(secret));
    }

    /// <summary>All entries, in no order that means anything (but the same in every run).</summary>
    public IReadOnlyList<NeighborEntry> Entries => _ring;

    /// <summary>When <see cref="OnTimeout"/> is due.</summary>
    internal Instant NextDeadline => _timers.Next;

    /// <summary>Finds an entry.</summary>
    public bool TryGet(Interface on, IpAddress address, [NotNullWhen(true)] out NeighborEntry? entry) => _entries.TryGetValue((on.Index, address), out entry);

    /// <summary><c>ip neigh replace … nud permanent</c>: an entry that is never asked for.</summary>
    /// <returns>False if the table is full of such entries.</returns>
    public bool SetPermanent(Instant now, Interface on, IpAddress address, MacAddress mac) => Set(now, on, address, mac, NeighborState.Permanent);

    /// <summary><c>ip neigh replace … nud STATE</c>: an entry set by hand.</summary>
    /// <param name="now">The time.</param>
    /// <param name="on">The interface.</param>
    /// <param name="address">The neighbour.</param>
    /// <param name="mac">Its link address.</param>
    /// <param name="state">Permanent, reachable (for as long as if it had answered now), or anything else for stale: used, and asked for once it is.</param>
    /// <returns>False if the table is full of permanent entries.</returns>
    public bool Set(Instant now, Interface on, IpAddress address, MacAddress mac, NeighborState state)
    {
        NeighborEntry? entry = FindOrCreate(on, address);
        if (entry is null)
        {
            return false;
        }

        _timers.Set(entry, Instant.Never);
        Learn(now, entry, mac);
        if (state == NeighborState.Reachable)
        {
            SetReachable(now, entry);
        }
        else
        {
            entry.State = state == NeighborState.Permanent ? state : NeighborState.Stale;
        }

        SendWaiting(now, entry);
        return true;
    }

    /// <summary><c>ip neigh del</c>: forgets an entry; packets that wait for it are dropped.</summary>
    /// <returns>False if there is none.</returns>
    public bool Remove(Interface on, IpAddress address)
    {
        if (!TryGet(on, address, out NeighborEntry? entry))
        {
            return false;
        }

        Remove(entry);
        return true;
    }

    /// <summary><c>ip neigh flush dev</c>: forgets the neighbours on <paramref name="on"/>.</summary>
    /// <param name="on">The interface.</param>
    /// <param name="permanentToo">True to forget those set by hand as well.</param>
    public void Flush(Interface on, bool permanentToo = false)
    {
        for (int i = _ring.Count - 1; i >= 0; i--)
        {
            if (_ring[i].On == on && (permanentToo || _ring[i].State != NeighborState.Permanent))
            {
                Remove(_ring[i]);
            }
        }
    }

    /// <summary>Sends an IP packet to a neighbour whose link address is not known for sure; keeps the packet if it is not known at all.</summary>
    internal SendResult Send(Instant now, PacketBuffer buffer, ushort etherType, ref RouteCache cache)
    {
        NeighborEntry? entry = cache.Neighbor;
        if (entry is null || entry.IsDead)
        {
            entry = FindOrCreate(cache.Via!, cache.NextHop);
            if (entry is null)
            {
                _counters.Drop(DropReason.NeighborTableFull);
                buffer.Release();
                return SendResult.QueueFull;
            }

            cache.Neighbor = entry;
        }

        entry.UsedAt = now;
        if (entry.State == NeighborState.Stale)
        {
            entry.State = NeighborState.Delay;
            SetTimer(now, entry, now + _settings.NeighborDelayFirstProbe);
        }

        if (entry.IsUsable)
        {
            return SendTo(now, entry, buffer, etherType);
        }

        buffer.EtherType = etherType;
        Wait(entry, buffer);
        if (entry.State == NeighborState.Failed)
        {
            entry.State = NeighborState.Incomplete;
            entry.Solicitations = 0;
            Instant allowed = entry.SolicitedAt + LeastRetransmit;
            if (entry.HeapIndex < 0 && allowed <= now)
            {
                Solicit(now, entry);
            }
            else
            {
                _timers.Set(entry, allowed);
            }
        }

        return SendResult.Sent;
    }

    /// <summary>What a neighbour said about itself, in an answer to us or just in passing.</summary>
    /// <param name="now">The time.</param>
    /// <param name="on">Where it was heard.</param>
    /// <param name="address">Its IP address.</param>
    /// <param name="mac">Its link address.</param>
    /// <param name="isAnswer">True for an answer to our question: it is reachable.</param>
    /// <param name="mayCreate">True if we are going to talk to it anyway: it asked for us.</param>
    /// <param name="isSure">True if a changed link address is to be believed even shortly after another one (answers to us that are not, and announcements that are).</param>
    /// <returns>False if it was no news for us, the reason being <paramref name="reason"/>.</returns>
    internal bool Hear(Instant now, Interface on, IpAddress address, MacAddress mac, bool isAnswer, bool mayCreate, bool isSure, out DropReason reason)
    {
        reason = DropReason.ArpNotForUs;
        if (!TryGet(on, address, out NeighborEntry? entry))
        {
            entry = mayCreate ? FindOrCreate(on, address) : null;
            if (entry is null)
            {
                reason = mayCreate ? DropReason.NeighborTableFull : reason;
                return false;
            }
        }

        if (entry.State is NeighborState.Permanent or NeighborState.NoArp)
        {
            return true;
        }

        bool isOther = !entry.HasMac || entry.Mac != mac;
        if (isOther && entry.HasMac && entry.IsUsable && !isSure && now < entry.UpdatedAt + LockTime)
        {
            reason = DropReason.ArpTooSoon;
            return false;
        }

        if (isOther)
        {
            Learn(now, entry, mac);
        }

        if (isAnswer)
        {
            SetReachable(now, entry);
        }
        else if (isOther || !entry.IsUsable)
        {
            // A hint with the address that we have already changes nothing; another one has to be proved.
            entry.State = NeighborState.Stale;
            _timers.Set(entry, Instant.Never);
        }

        SendWaiting(now, entry);
        return true;
    }

    /// <summary>What a neighbour advertisement says about a neighbour we know of (RFC 4861 §7.2.5).</summary>
    internal void Advertise(Instant now, NeighborEntry entry, MacAddress? mac, NeighborFlags flags)
    {
        bool isSolicited = (flags & NeighborFlags.Solicited) != 0;
        if (entry.State is NeighborState.Permanent or NeighborState.NoArp)
        {
            return;
        }

        bool isOther = mac is { } told && (!entry.HasMac || told != entry.Mac);
        if (!entry.HasMac)
        {
            if (mac is null)
            {
                return;
            }
        }
        else if (isOther && (flags & NeighborFlags.Override) == 0)
        {
            // It may not replace what we know, but it makes us doubt.
            if (entry.State == NeighborState.Reachable)
            {
                SetStale(entry);
            }

            return;
        }

        if (isOther)
        {
            Learn(now, entry, mac!.Value);
        }

        entry.IsRouter = (flags & NeighborFlags.Router) != 0;
        if (isSolicited)
        {
            SetReachable(now, entry);
        }
        else if (isOther)
        {
            SetStale(entry);
        }

        SendWaiting(now, entry);
    }

    /// <summary>Marks a neighbour as alive.</summary>
    internal void SetReachable(Instant now, NeighborEntry entry)
    {
        entry.ConfirmedAt = now;
        entry.State = NeighborState.Reachable;
        SetTimer(now, entry, now + ReachableTime(now));
    }

    /// <summary>Takes a new link address.</summary>
    internal static void Learn(Instant now, NeighborEntry entry, MacAddress mac)
    {
        entry.Mac = mac;
        entry.HasMac = true;
        entry.UpdatedAt = now;
    }

    private void SetTimer(Instant now, NeighborEntry entry, Instant deadline) => _timers.Set(entry, KernelTick.Round(now, deadline, _settings.TimerTick));

    internal void SetStale(NeighborEntry entry)
    {
        entry.State = NeighborState.Stale;
        _timers.Set(entry, Instant.Never);
    }

    internal void SendWaiting(Instant now, NeighborEntry entry)
    {
        if (entry.FirstWaiting is not null && entry.State == NeighborState.Stale)
        {
            entry.State = NeighborState.Delay;
            entry.UsedAt = now;
            SetTimer(now, entry, now + _settings.NeighborDelayFirstProbe);
        }

        while (TakeWaiting(entry) is { } buffer)
        {
            SendTo(now, entry, buffer, buffer.EtherType);
        }
    }

    internal NeighborEntry? FindOrCreate(Interface on, IpAddress address)
    {
        if (_entries.TryGetValue((on.Index, address), out NeighborEntry? entry))
        {
            return entry;
        }

        if (_ring.Count >= _settings.NeighborLimit && !Evict())
        {
            return null;
        }

        entry = new NeighborEntry(on, address) { RingIndex = _ring.Count };
        if (!on.UsesArp)
        {
            (entry.Mac, entry.HasMac, entry.State) = (on.Mac, true, NeighborState.NoArp);
        }

        _entries.Add((on.Index, address), entry);
        _ring.Add(entry);
        return entry;
    }

    internal void OnTimeout(Instant now)
    {
        while (_timers.TryTakeDue(now, out NeighborEntry? entry))
        {
            Advance(now, entry!);
        }
    }

    private void Advance(Instant now, NeighborEntry entry)
    {
        switch (entry.State)
        {
            case NeighborState.Reachable:
                Instant until = entry.ConfirmedAt + ReachableTime(now);
                if (now < until)
                {
                    SetTimer(now, entry, until);
                }
                else if (now <= entry.UsedAt + _settings.NeighborDelayFirstProbe)
                {
                    entry.State = NeighborState.Delay;
                    SetTimer(now, entry, now + _settings.NeighborDelayFirstProbe);
                }
                else
                {
                    entry.State = NeighborState.Stale;
                }

                break;
            case NeighborState.Delay when now <= entry.ConfirmedAt + _settings.NeighborDelayFirstProbe:
                entry.State = NeighborState.Reachable;
                SetTimer(now, entry, entry.ConfirmedAt + ReachableTime(now));
                break;
            case NeighborState.Delay:
                entry.State = NeighborState.Probe;
                entry.Solicitations = 0;
                Solicit(now, entry);
                break;
            case NeighborState.Probe or NeighborState.Incomplete:
                if (entry.Solicitations >= _settings.NeighborSolicitations)
                {
                    Fail(now, entry);
                }
                else
                {
                    Solicit(now, entry);
                }

                break;
        }
    }

    private void Solicit(Instant now, NeighborEntry entry)
    {
        entry.Solicitations++;
        entry.SolicitedAt = now;
        TimeSpan pause = _settings.NeighborRetransmit;
        SetTimer(now, entry, now + (pause < LeastRetransmit ? LeastRetransmit : pause));
        if (entry.Address.IsV6)
        {
            _host.NeighborDiscovery.Solicit(now, entry);
        }
        else
        {
            _host.Arp.Request(now, entry);
        }
    }

    private void Fail(Instant now, NeighborEntry entry)
    {
        entry.State = NeighborState.Failed;
        entry.HasMac = false;
        while (TakeWaiting(entry) is { } buffer)
        {
            _counters.Drop(DropReason.NeighborUnreachable);
            _counters.Tap?.AddOutbound(now, DropReason.NeighborUnreachable, buffer.Span, buffer.Cause);
            _host.ReportUnreachable(now, buffer);
            buffer.Release();
        }
    }

    private SendResult SendTo(Instant now, NeighborEntry entry, PacketBuffer buffer, ushort etherType)
    {
        EthernetWriter.Write(buffer.Prepend(EthernetView.HeaderLength), entry.Mac, entry.On.Mac, etherType);
        return _host.Enqueue(now, entry.On, buffer);
    }

    private void Wait(NeighborEntry entry, PacketBuffer buffer)
    {
        while (entry.Waiting >= Math.Max(1, _settings.NeighborQueueLimit))
        {
            TakeWaiting(entry)!.Release(); // the oldest makes room: the latest is the one to keep (RFC 1122 §2.3.2.2)
            _counters.Drop(DropReason.NeighborQueueFull);
        }

        buffer.Next = null;
        if (entry.LastWaiting is null)
        {
            entry.FirstWaiting = buffer;
        }
        else
        {
            entry.LastWaiting.Next = buffer;
        }

        entry.LastWaiting = buffer;
        entry.Waiting++;
    }

    private static PacketBuffer? TakeWaiting(NeighborEntry entry)
    {
        PacketBuffer? buffer = entry.FirstWaiting;
        if (buffer is not null)
        {
            entry.FirstWaiting = buffer.Next;
            entry.LastWaiting = buffer.Next is null ? null : entry.LastWaiting;
            entry.Waiting--;
            buffer.Next = null;
        }

        return buffer;
    }

    /// <summary>Throws out an entry: best one that nobody uses, else one not yet found, else any that was not set by hand.</summary>
    private bool Evict()
    {
        NeighborEntry? victim = null;
        int best = 0;
        for (int step = 0; step < _ring.Count && (best < 3) && (step < EvictionSteps || victim is null); step++)
        {
            _hand = _hand + 1 < _ring.Count ? _hand + 1 : 0;
            NeighborEntry candidate = _ring[_hand];
            int rank = candidate.State switch
            {
                NeighborState.Permanent => 0,
                NeighborState.Failed or NeighborState.Stale => 3,
                NeighborState.Incomplete => 2,
                _ => 1,
            };
            if (rank > best)
            {
                best = rank;
                victim = candidate;
            }
        }

        if (victim is null)
        {
            return false;
        }

        Remove(victim);
        return true;
    }

    private void Remove(NeighborEntry entry)
    {
        entry.IsDead = true;
        entry.State = NeighborState.Failed;
        _timers.Set(entry, Instant.Never);
        while (TakeWaiting(entry) is { } buffer)
        {
            _counters.Drop(DropReason.NeighborUnreachable);
            buffer.Release();
        }

        _entries.Remove((entry.On.Index, entry.Address));
        NeighborEntry last = _ring[^1];
        _ring[entry.RingIndex] = last;
        last.RingIndex = entry.RingIndex;
        _ring.RemoveAt(_ring.Count - 1);
    }

    /// <summary>Between 0.5 and 1.5 times the base (RFC 4861 §6.3.4), drawn anew now and then.</summary>
    private TimeSpan ReachableTime(Instant now)
    {
        if (now - _drawnAt > RedrawTime)
        {
            _drawnAt = now;
            _random = SplitMix.Next(_random, out ulong drawn);
            _reachableFactor = 0.5 + ((drawn >> 11) * (1.0 / (1UL << 53)));
        }

        return _settings.NeighborReachableTime * _reachableFactor;
    }

    private sealed class KeyComparer(ulong secret) : IEqualityComparer<(int Interface, IpAddress Address)>
    {
        private readonly SeededAddressComparer _addresses = new(secret);

        public bool Equals((int Interface, IpAddress Address) x, (int Interface, IpAddress Address) y) => x.Interface == y.Interface && x.Address == y.Address;

        public int GetHashCode((int Interface, IpAddress Address) key) => _addresses.GetHashCode(key.Address) ^ (key.Interface * 0x61C8_8647);
    }
}

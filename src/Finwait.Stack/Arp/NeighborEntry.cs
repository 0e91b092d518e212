using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>How far a neighbour's link address can be trusted (RFC 4861 §7.3.2; Linux uses the same for ARP).</summary>
public enum NeighborState : byte
{
    /// <summary>Asked, no answer yet.</summary>
    Incomplete,

    /// <summary>Confirmed a short while ago.</summary>
    Reachable,

    /// <summary>Known, not confirmed lately; used, and probed once it is.</summary>
    Stale,

    /// <summary>Stale and in use: waiting a moment for the transport to confirm it.</summary>
    Delay,

    /// <summary>Asked again, directly; still used.</summary>
    Probe,

    /// <summary>Nobody answered.</summary>
    Failed,

    /// <summary>Set by hand, never probed.</summary>
    Permanent,

    /// <summary>Its interface asks nobody (<see cref="InterfaceModes.NoArp"/>): the interface's own link address stands for it.</summary>
    NoArp,
}

/// <summary>One neighbour on one interface.</summary>
public sealed class NeighborEntry : TimedItem
{
    /// <summary>Earlier than every moment that matters, and far enough from the end of the scale to add to.</summary>
    internal static readonly Instant LongAgo = new(long.MinValue / 4);

    private NeighborState _state = NeighborState.Failed;

    internal NeighborEntry(Interface on, IpAddress address)
    {
        On = on;
        Address = address;
    }

    /// <summary>The interface it is reached by.</summary>
    public Interface On { get; }

    /// <summary>Its IP address.</summary>
    public IpAddress Address { get; }

    /// <summary>Its link address; meaningless while <see cref="HasMac"/> is false.</summary>
    public MacAddress Mac { get; internal set; }

    /// <summary>True once its link address was learned.</summary>
    public bool HasMac { get; internal set; }

    /// <summary>How far <see cref="Mac"/> is trusted.</summary>
    public NeighborState State
    {
        get => _state;
        internal set
        {
            _state = value;
            IsUsable = value is NeighborState.Reachable or NeighborState.Delay or NeighborState.Probe or NeighborState.Permanent or NeighborState.NoArp;
        }
    }

    /// <summary>When it was last known to be alive.</summary>
    public Instant ConfirmedAt { get; internal set; } = LongAgo;

    /// <summary>Packets that wait for its link address.</summary>
    public int Waiting { get; internal set; }

    /// <summary>IPv6: the neighbour said that it is a router (RFC 4861 §7.2.5).</summary>
    public bool IsRouter { get; internal set; }

    /// <summary>True if packets can go straight to <see cref="Mac"/>; the one thing looked at per packet.</summary>
    internal bool IsUsable;

    /// <summary>True once it was thrown out of the table: whoever remembers it has to look it up again.</summary>
    internal bool IsDead;

    /// <summary>When a packet last went through it off the fast path, when <see cref="Mac"/> last changed, when it was last asked for.</summary>
    internal Instant UsedAt = LongAgo, UpdatedAt = LongAgo, SolicitedAt = LongAgo;

    internal int Solicitations;
    internal int RingIndex;
    internal PacketBuffer? FirstWaiting, LastWaiting;
}

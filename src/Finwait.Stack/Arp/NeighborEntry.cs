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
}

/// <summary>One neighbour on one interface.</summary>
public sealed class NeighborEntry
{
    internal NeighborEntry(Interface on, IpAddress address)
    {
        On = on;
        Address = address;
    }

    /// <summary>The interface it is reached by.</summary>
    public Interface On { get; }

    /// <summary>Its IP address.</summary>
    public IpAddress Address { get; }

    /// <summary>Its link address; meaningless while <see cref="NeighborState.Incomplete"/> or <see cref="NeighborState.Failed"/> without an earlier answer.</summary>
    public MacAddress Mac { get; internal set; }

    /// <summary>How far <see cref="Mac"/> is trusted.</summary>
    public NeighborState State { get; internal set; }
}

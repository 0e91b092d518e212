using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Sim;

/// <summary>What kind of event the network runs.</summary>
public enum NetworkEventKind : byte
{
    /// <summary>A host's timer.</summary>
    Timer,

    /// <summary>A frame arrives at a host or a switch.</summary>
    Arrival,
}

/// <summary>One event: something that happens by itself.</summary>
/// <param name="Time">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Host">Whose timer, or who receives; null if it is a switch.</param>
/// <param name="On">Where the frame comes in; null for timers and switches.</param>
/// <param name="Link">Which link it comes over; null for timers.</param>
public readonly record struct NetworkEvent(Instant Time, NetworkEventKind Kind, Host? Host, Interface? On, Link? Link)
{
    /// <summary>For people: "0.001000 timer of romeo".</summary>
    public override string ToString() => Kind == NetworkEventKind.Timer ? $"{Time} timer of {Host?.Name}" : $"{Time} frame on {Link?.Name}";
}

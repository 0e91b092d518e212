namespace Finwait.Lab;

/// <summary>The state of one TCP socket of a host at a moment.</summary>
/// <param name="Host">The host's name.</param>
/// <param name="Local">Its own port, as <c>:4000</c>.</param>
/// <param name="Peer">The peer's port, as <c>:49222</c>; empty without one.</param>
/// <param name="State">The state as RFC 9293 names it: <c>SYN-SENT</c>.</param>
/// <param name="Detail">What else matters at a glance: octets that wait, connections not yet accepted. May be empty.</param>
public readonly record struct LabEnd(string Host, string Local, string Peer, string State, string Detail)
{
    /// <summary>As a strip shows it: <c>:4000 LISTEN</c>, <c>:4000&gt;:49222 ESTABLISHED (5 unread)</c>.</summary>
    public override string ToString() => $"{Local}{(Peer.Length > 0 ? ">" + Peer : "")} {State}{(Detail.Length > 0 ? $" ({Detail})" : "")}";
}

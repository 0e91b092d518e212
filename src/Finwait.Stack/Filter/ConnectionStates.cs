namespace Finwait.Stack;

/// <summary>What connection tracking says of a packet, as <c>-m conntrack --ctstate</c> and <c>-m state --state</c> name it.</summary>
[Flags]
public enum ConnectionStates : byte
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>It belongs to no connection, and cannot begin one.</summary>
    Invalid = 1,

    /// <summary>It belongs to a connection that has seen packets both ways.</summary>
    Established = 2,

    /// <summary>It begins nothing of its own but tells of a connection: an ICMP error about one of its packets.</summary>
    Related = 4,

    /// <summary>It begins a connection, or belongs to one that has been seen one way only.</summary>
    New = 8,

    /// <summary>It is not looked at: neighbour discovery and its like.</summary>
    Untracked = 16,
}

/// <summary>States, as in <c>-m conntrack --ctstate RELATED,ESTABLISHED</c>.</summary>
/// <param name="States">Those that match.</param>
/// <param name="IsInverted">True for <c>!</c>.</param>
/// <param name="IsOldName">True for <c>-m state --state</c>; only for printing.</param>
/// <param name="IsFirst">True if it stands before the match of the protocol; only for printing.</param>
public readonly record struct ConnectionStateMatch(ConnectionStates States, bool IsInverted = false, bool IsOldName = false, bool IsFirst = false)
{
    internal bool Matches(ConnectionStates state) => (state & States) != 0 != IsInverted;
}

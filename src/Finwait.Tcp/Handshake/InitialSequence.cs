namespace Finwait.Tcp;

/// <summary>Placeholder of the contract: the initial sequence number generator of RFC 6528.</summary>
public sealed class InitialSequence
{
}

namespace Finwait.Stack;

/// <summary>Options of a stream socket that differ from their defaults; most sockets have none. Accepted sockets share those of their listener.</summary>
internal sealed record StreamOptions
{
    public static readonly StreamOptions Default = new();

    /// <summary>−1: off.</summary>
    public int LingerSeconds { get; init; } = -1;

    public bool KeepAlive { get; init; }

    public bool NoDelay { get; init; }

    public int? KeepIdleSeconds { get; init; }

    public int? KeepIntervalSeconds { get; init; }

    public int? KeepCount { get; init; }

    public int UserTimeoutMilliseconds { get; init; }

    /// <summary>As kept, already doubled; 0 if never set.</summary>
    public int ReceiveBuffer { get; init; }

    public int SendBuffer { get; init; }

    /// <summary>TCP_MAXSEG; 0 if never set.</summary>
    public int MaxSegment { get; init; }

    /// <summary>0: the host's default.</summary>
    public byte TimeToLive { get; init; }

    /// <summary>Without the ECN bits.</summary>
    public byte TrafficClass { get; init; }
}

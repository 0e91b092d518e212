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

    public bool Cork { get; init; }

    /// <summary>TCP_QUICKACK 0 before the connection.</summary>
    public bool AcknowledgesLate { get; init; }

    /// <summary>TCP_NOTSENT_LOWAT; 0 for none.</summary>
    public uint NotSentLowWater { get; init; }

    /// <summary>TCP_SYNCNT; 0 for the host's setting.</summary>
    public int SynRetries { get; init; }

    /// <summary>TCP_LINGER2: seconds, 0 for the host's setting, −1 for none.</summary>
    public int Linger2Seconds { get; init; }

    /// <summary>TCP_DEFER_ACCEPT as kept: timeouts of the SYN-ACK.</summary>
    public byte DeferAccept { get; init; }

    /// <summary>TCP_WINDOW_CLAMP; 0 if never set.</summary>
    public int WindowClamp { get; init; }

    /// <summary>SO_RCVLOWAT; 0 if never set.</summary>
    public int ReceiveLowWater { get; init; }

    /// <summary>TCP_FASTOPEN: most connections whose handshake has not ended; 0 for none.</summary>
    public int FastOpenQueue { get; init; }

    /// <summary>TCP_FASTOPEN_CONNECT.</summary>
    public bool FastOpenConnect { get; init; }

    /// <summary>TCP_FASTOPEN_NO_COOKIE.</summary>
    public bool FastOpenNoCookie { get; init; }

    /// <summary>TCP_FASTOPEN_KEY; null for the host's.</summary>
    public FastOpenKeys? FastOpenKeys { get; init; }

    /// <summary>TCP_CONGESTION; null for the host's.</summary>
    public string? CongestionControl { get; init; }

    /// <summary>TCP_SAVE_SYN: 1 keeps the headers of a SYN, 2 with the link's.</summary>
    public byte SaveSyn { get; init; }

    /// <summary>What it kept, until it is fetched.</summary>
    public byte[]? SavedSyn { get; init; }

    /// <summary>TCP_INQ.</summary>
    public bool TellsInputQueue { get; init; }

    /// <summary>SO_MAX_PACING_RATE, octets per second; <see cref="long.MaxValue"/> for none.</summary>
    public long MaxPacingRate { get; init; } = long.MaxValue;

    /// <summary>SO_OOBINLINE; null for the host's setting.</summary>
    public bool? OutOfBandInline { get; init; }

    /// <summary>SO_MARK; means nothing here.</summary>
    public int Mark { get; init; }

    /// <summary>0: the host's default.</summary>
    public byte TimeToLive { get; init; }

    /// <summary>Without the ECN bits.</summary>
    public byte TrafficClass { get; init; }
}

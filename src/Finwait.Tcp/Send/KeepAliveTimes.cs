namespace Finwait.Tcp;

/// <summary>TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT of one socket, where they differ from the host's (MUST-27).</summary>
internal sealed class KeepAliveTimes
{
    public TimeSpan? Idle { get; set; }

    public TimeSpan? Interval { get; set; }

    public int? Probes { get; set; }

    /// <summary>The same times.</summary>
    public KeepAliveTimes Copy() => (KeepAliveTimes)MemberwiseClone();
}

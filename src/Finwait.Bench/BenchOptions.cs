namespace Finwait.Bench;

/// <summary>What a workload is asked to do. Members that a workload has no use for are ignored.</summary>
public sealed record BenchOptions
{
    /// <summary>How long to measure, after the warm-up. Default 3 s.</summary>
    public double Seconds { get; init; } = 3;

    /// <summary>MTU of the link, octets of IP packet: 576–65535. Default 1500.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>SO_SNDBUF and SO_RCVBUF of the bulk connection as the kernel keeps them, octets; 0 for the stack's automatic sizes. Default 0.</summary>
    public int Buffer { get; init; }

    /// <summary>Established connections that lie idle beside the measured one (rr), or that are opened (idle). Default 0, for idle 100,000.</summary>
    public int? Idle { get; init; }

    /// <summary>Connections in TIME-WAIT beside the measured ones. Default 0.</summary>
    public int TimeWait { get; init; }

    /// <summary>
    /// Listening ports that connections are opened to in turn, 1–4096. Default 16. Each connection in TIME-WAIT keeps one of the 28,232 ports that a client
    /// has for each of them.
    /// </summary>
    public int Services { get; init; } = 16;
}

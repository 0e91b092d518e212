namespace Finwait.Tcp;

/// <summary>What a controller may know about its connection when it is asked.</summary>
internal struct ControlFacts
{
    /// <summary>Ingress time of the acknowledgment, or the time of the call.</summary>
    public Instant Now;

    /// <summary>SRTT; zero if unknown.</summary>
    public TimeSpan SmoothedRtt;

    /// <summary>Least round trip seen; zero if unknown.</summary>
    public TimeSpan MinRtt;

    /// <summary>Segments in flight now (RFC 6675's pipe).</summary>
    public int InFlight;

    /// <summary>Segments sent and not acknowledged cumulatively (FlightSize).</summary>
    public int Outstanding;

    /// <summary>The connection's count of delivered segments.</summary>
    public uint Delivered;

    /// <summary>Stream offset of SND.UNA: a round trip ends when it passes what <see cref="Nxt"/> was.</summary>
    public long Una;

    /// <summary>Stream offset of SND.NXT.</summary>
    public long Nxt;

    /// <summary>Octets of a full segment.</summary>
    public int Mss;

    /// <summary>Where the connection stands with loss.</summary>
    public RecoveryPhase Phase;

    /// <summary>L of RFC 9406 §4.2: most segments by which one acknowledgment grows the window in the first slow start; 0 for no bound.</summary>
    public int SlowStartLimit;

    /// <summary>A number of the connection's own, for a controller that needs chance: the same connection takes the same chances.</summary>
    public uint Seed;
}

/// <summary>Moments in a connection's life that a controller may want to know; the words of Linux's tcp_ca_event.</summary>
internal enum CongestionEvent : byte
{
    /// <summary>First transmission while nothing was in flight.</summary>
    TransmitStart,

    /// <summary>The window was restarted after an idle time (RFC 5681 §4.1).</summary>
    WindowRestart,

    /// <summary>A reduction has ended: cwnd is ssthresh.</summary>
    ReductionComplete,

    /// <summary>The retransmission timer fired and the window was reduced for it.</summary>
    Timeout,
}

/// <summary>How fast to send. Recovery decides what is lost and asks a controller what that means for the window.</summary>
/// <remarks>
/// <para>One instance per connection from <see cref="ForOneConnection"/> on; it holds no connection and is only ever told facts. The order on one
/// acknowledgment: recovery takes it in, and on the way calls <see cref="OnPhase"/> (each change of phase), <see cref="Ssthresh"/> (a new
/// reduction) and <see cref="UndoCwnd"/> (a reduction that was not called for); then <see cref="OnSample"/>; then, if <see cref="TakesOver"/>,
/// <see cref="Control"/>; else outside CWR and Recovery <see cref="OnAck"/>. During CWR and Recovery the window is set by proportional rate
/// reduction (RFC 9937) unless <see cref="TakesOver"/>.</para>
/// </remarks>
internal interface ICongestionController
{
    /// <summary>Name by which Linux knows it.</summary>
    string Name { get; }

    /// <summary>The instance to use from the first loss or the end of slow start on: until then all connections share one without state.</summary>
    ICongestionController ForOneConnection();

    /// <summary>A controller in the same state that shares nothing that changes with this one (<see cref="TcpConnection.Copy"/>).</summary>
    ICongestionController Copy();

    /// <summary>New data was acknowledged and the window may grow (Linux: cong_avoid). Called only while the window was the limit.</summary>
    /// <param name="window">cwnd and ssthresh.</param>
    /// <param name="acked">Segments newly acknowledged or reported.</param>
    /// <param name="facts">The connection.</param>
    void OnAck(ref CongestionWindow window, int acked, in ControlFacts facts);

    /// <summary>ssthresh for a new reduction (RFC 5681 §3.1 equation 4, RFC 9438 §4.6), segments, at least 2. Remembers the window for itself.</summary>
    int Ssthresh(in CongestionWindow window, in ControlFacts facts);

    /// <summary>The window after a reduction that was not called for: never less than it is (Linux: undo_cwnd).</summary>
    int UndoCwnd(in CongestionWindow window) => Math.Max(window.Cwnd, window.PriorCwnd);

    /// <summary>The phase changes to <paramref name="next"/> (Linux: set_state).</summary>
    void OnPhase(in CongestionWindow window, RecoveryPhase next)
    {
    }

    /// <summary>A moment of its life.</summary>
    void OnEvent(CongestionEvent e, in CongestionWindow window, in ControlFacts facts)
    {
    }

    /// <summary>What an acknowledgment told about the path, on every acknowledgment that delivered something (Linux: pkts_acked), before the window changes.</summary>
    void OnSample(ref CongestionWindow window, in RateSample sample, in ControlFacts facts)
    {
    }

    /// <summary>Segments per second that are to depart; 0 if the controller leaves departures to the acknowledgments.</summary>
    double PacingRate => 0;

    /// <summary>True if the controller sets the window itself in every phase (Linux: cong_control): then <see cref="Control"/> replaces <see cref="OnAck"/> and rate reduction.</summary>
    bool TakesOver => false;

    /// <summary>Sets the window after each acknowledgment; only if <see cref="TakesOver"/>.</summary>
    void Control(ref CongestionWindow window, in RateSample sample, in ControlFacts facts)
    {
    }
}

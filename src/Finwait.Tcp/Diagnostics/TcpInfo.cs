namespace Finwait.Tcp;

/// <summary>Where loss recovery stands, with Linux's numbers (tcpi_ca_state, TCP_CA_*).</summary>
public enum TcpCongestionState : byte
{
    /// <summary>Nothing unusual.</summary>
    Open = 0,

    /// <summary>Duplicate acknowledgments or SACK blocks came; nothing is known to be lost.</summary>
    Disorder = 1,

    /// <summary>The window is being reduced without a loss.</summary>
    Cwr = 2,

    /// <summary>Fast recovery.</summary>
    Recovery = 3,

    /// <summary>After a retransmission timeout.</summary>
    Loss = 4,
}

/// <summary>Which timer of a connection runs next, as <c>ss -o</c> names it.</summary>
public enum TcpTimerKind : byte
{
    /// <summary>No timer runs: nothing is printed.</summary>
    None,

    /// <summary>Retransmission, SYN, FIN or tail loss probe: <c>on</c>.</summary>
    On,

    /// <summary>Keep-alive.</summary>
    KeepAlive,

    /// <summary>TIME-WAIT, or FIN-WAIT-2 of an orphan.</summary>
    TimeWait,

    /// <summary>Zero-window probe.</summary>
    Persist,
}

/// <summary>A snapshot of a connection with the fields and units of Linux's TCP_INFO and <c>ss -i</c>.</summary>
public struct TcpInfo
{
    public TcpState State;
    public TcpCongestionState CongestionState;
    public bool HasTimestamps, HasSack, HasWindowScale, HasEcn, EcnSeen;
    public string CongestionControl;

    /// <summary>Text in the SYN was acknowledged by the SYN-ACK, or taken from the peer's (TCPI_OPT_SYN_DATA).</summary>
    public bool HasSynData;

    /// <summary>Why an active Fast Open did not carry text (tcpi_fastopen_client_fail).</summary>
    public FastOpenFailure FastOpenFailure;

    /// <summary>Peer's shift, then ours.</summary>
    public byte SendWindowScale, ReceiveWindowScale;

    public TimeSpan Rto, Rtt, RttVar, Ato, MinRtt, ReceiveRtt;
    /// <summary>Timeouts of the segment that is the oldest now, and probes that were not answered.</summary>
    public int Retransmits, Probes;
    public int Backoff, SendMss, PathMtu, ReceiveMss, AdvertisedMss;

    /// <summary>Segments.</summary>
    public int CongestionWindow;

    /// <summary>Segments; int.MaxValue while never set.</summary>
    public int SlowStartThreshold;

    /// <summary>Octets.</summary>
    public long BytesSent, BytesRetransmitted, BytesAcked, BytesReceived;

    /// <summary>Segments.</summary>
    public long SegmentsOut, SegmentsIn, DataSegmentsOut, DataSegmentsIn, Delivered;

    /// <summary>Segments delivered of which the peer said that they were marked (RFC 3168, RFC 9768).</summary>
    public long DeliveredCe;

    /// <summary>Bits per second.</summary>
    public long PacingRate, DeliveryRate;

    /// <summary>Octets per second (SO_MAX_PACING_RATE); <see cref="long.MaxValue"/> for no bound.</summary>
    public long MaxPacingRate;

    /// <summary>Retransmission timeouts, and rows of them that an acknowledgment ended or will end.</summary>
    public int Timeouts, TimeoutRecoveries;

    /// <summary>Time from the first timeout of a row to the acknowledgment of what was in flight then, over all rows.</summary>
    public TimeSpan TimeoutTime;

    /// <summary>When data was last sent, received, and an acknowledgment last received. <see cref="Instant.Zero"/> if never: ss then counts from the start of the host.</summary>
    public Instant LastDataSent, LastDataReceived, LastAckReceived;

    public bool AppLimited;
    public TimeSpan Busy, ReceiveWindowLimited, SendBufferLimited;

    /// <summary>Segments: in flight, retransmitted and in flight, retransmitted ever, lost, SACKed.</summary>
    public int Unacked, RetransmittedNow, RetransmittedTotal, Lost, Sacked, DsackDuplicates, Reordering, ReorderSeen;

    /// <summary>Octets.</summary>
    public int ReceiveSpace, ReceiveSlowStartThreshold, NotSent, SendWindow, ReceiveWindow;

    public int OutOfOrderPackets;

    /// <summary>Recv-Q and Send-Q as ss shows them for a connection (a FIN counts one in each).</summary>
    public long ReceiveQueue, SendQueue;

    public TcpTimerKind TimerKind;

    /// <summary>When that timer fires.</summary>
    public Instant TimerExpires;

    /// <summary>Retransmissions, or unanswered probes, so far: the third number of <c>timer:(…)</c>.</summary>
    public int TimerCount;
}

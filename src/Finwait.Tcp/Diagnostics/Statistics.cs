namespace Finwait.Tcp;

/// <summary>The counts of one connection; 32 bits where Linux has 32.</summary>
internal struct Statistics
{
    public long BytesSent;
    public long BytesRetransmitted;
    public long BytesAcked;
    public long BytesReceived;
    public uint SegmentsOut;
    public uint SegmentsIn;
    public uint DataSegmentsOut;
    public uint DataSegmentsIn;
    public uint Delivered;
    public uint RetransmittedTotal;
    public uint OutOfOrderPackets;
    public int ReceiveSpace;
    public long LastDataSent;
    public long LastAckReceived;
    public long MinRtt;
    public long BusySince;
    public long BusyTotal;

    /// <summary>Time with data to send or in flight, in whole ticks of a 250 Hz clock as Linux counts it.</summary>
    public readonly TimeSpan Busy(Instant now) => InTicks(BusyTotal + (BusySince > 0 ? now.Ticks - BusySince : 0));

    /// <summary>Whole ticks of a 250 Hz clock.</summary>
    public static TimeSpan InTicks(long ticks) => new(ticks - (ticks % (4 * TimeSpan.TicksPerMillisecond)));
}

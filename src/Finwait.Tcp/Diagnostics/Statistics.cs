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

/// <summary>What TCP_INFO tells about retransmission timeouts; kept only by connections that had one.</summary>
internal sealed class TimeoutStatistics
{
    /// <summary>Timeouts (tcpi_total_rto).</summary>
    public int Total;

    /// <summary>Rows of them, each ended by an acknowledgment (tcpi_total_rto_recoveries).</summary>
    public int Recoveries;

    /// <summary>Since when one runs, ticks; 0 if none does.</summary>
    public long Since;

    /// <summary>Time in them before, ticks.</summary>
    public long Time;

    /// <summary>A timeout: the first of a row, or one more.</summary>
    public void OnTimeout(Instant now, bool isFirst)
    {
        Total++;
        if (isFirst)
        {
            Recoveries++;
            Since = Math.Max(1, now.Ticks);
        }
    }

    /// <summary>The row has ended.</summary>
    public void OnRecovered(Instant now)
    {
        Time += Since > 0 ? now.Ticks - Since : 0;
        Since = 0;
    }

    public TimeoutStatistics Copy() => (TimeoutStatistics)MemberwiseClone();
}

using System.Numerics;
using Finwait.Stack;
using Finwait.Tcp;

namespace Finwait.Drill;

/// <summary>The fields of struct tcp_info by their Linux names, in Linux's units.</summary>
internal static class TcpInfoFields
{
    private const long Infinite = 0x7FFFFFFF;

    /// <summary>The value of a name that code uses; null if it is no field of tcp_info.</summary>
    /// <exception cref="DrillNeed">The host does not know it.</exception>
    public static PyValue? Read(PacketPort port, int handle, string name, int line)
    {
        if (Constant(name) is { } constant)
        {
            return PyValue.Of(constant);
        }

        if (!name.StartsWith("tcpi_", StringComparison.Ordinal))
        {
            return null;
        }

        Errno error = port.GetInfo(handle, out TcpInfo info);
        if (error is not (Errno.None or Errno.ENOTCONN))
        {
            throw new DrillFault(line, $"there is no connection to read {name} of");
        }

        if (name == "tcpi_max_pacing_rate")
        {
            return PyValue.Of(info.MaxPacingRate == long.MaxValue ? new BigInteger(ulong.MaxValue) : info.MaxPacingRate);
        }

        return Field(info, name, port.Now) is { } value ? PyValue.Of(value) : throw new DrillNeed(line, $"{name} of TCP_INFO");
    }

    private static long? Field(in TcpInfo info, string name, Instant now) => name switch
    {
        "tcpi_state" => StateOf(info.State),
        "tcpi_ca_state" => (long)info.CongestionState,
        "tcpi_retransmits" => info.Retransmits,
        "tcpi_probes" => info.Probes,
        "tcpi_backoff" => info.Backoff,
        "tcpi_options" => (info.HasTimestamps ? 1 : 0) | (info.HasSack ? 2 : 0) | (info.HasWindowScale ? 4 : 0) | (info.HasEcn ? 8 : 0) | (info.EcnSeen ? 16 : 0) | (info.HasSynData ? 32 : 0),
        "tcpi_fastopen_client_fail" => (long)info.FastOpenFailure,
        "tcpi_snd_wscale" => info.SendWindowScale,
        "tcpi_rcv_wscale" => info.ReceiveWindowScale,
        "tcpi_delivery_rate_app_limited" => info.AppLimited ? 1 : 0,
        "tcpi_rto" => Micros(info.Rto),
        "tcpi_ato" => Micros(info.Ato),
        "tcpi_snd_mss" => info.SendMss,
        "tcpi_rcv_mss" => info.ReceiveMss,
        "tcpi_advmss" => info.AdvertisedMss,
        "tcpi_pmtu" => info.PathMtu,
        "tcpi_unacked" => info.Unacked,
        "tcpi_sacked" => info.Sacked,
        "tcpi_lost" => info.Lost,
        "tcpi_retrans" => info.RetransmittedNow,
        "tcpi_total_retrans" => info.RetransmittedTotal,
        "tcpi_rtt" => Micros(info.Rtt),
        "tcpi_rttvar" => Micros(info.RttVar),
        "tcpi_min_rtt" => Micros(info.MinRtt),
        "tcpi_rcv_rtt" => Micros(info.ReceiveRtt),
        "tcpi_rcv_space" => info.ReceiveSpace,
        "tcpi_rcv_ssthresh" => info.ReceiveSlowStartThreshold,
        "tcpi_snd_cwnd" => info.CongestionWindow,
        "tcpi_snd_ssthresh" => info.SlowStartThreshold == int.MaxValue ? Infinite : info.SlowStartThreshold,
        "tcpi_reordering" => info.Reordering,
        "tcpi_reord_seen" => info.ReorderSeen,
        "tcpi_dsack_dups" => info.DsackDuplicates,
        _ => Count(info, name) ?? Age(info, name, now),
    };

    private static long? Count(in TcpInfo info, string name) => name switch
    {
        "tcpi_bytes_acked" => info.BytesAcked,
        "tcpi_bytes_received" => info.BytesReceived,
        "tcpi_bytes_sent" => info.BytesSent,
        "tcpi_bytes_retrans" => info.BytesRetransmitted,
        "tcpi_segs_out" => info.SegmentsOut,
        "tcpi_segs_in" => info.SegmentsIn,
        "tcpi_data_segs_out" => info.DataSegmentsOut,
        "tcpi_data_segs_in" => info.DataSegmentsIn,
        "tcpi_delivered" => info.Delivered,
        "tcpi_delivered_ce" => info.DeliveredCe,
        "tcpi_rehash" => info.Timeouts,                 // Linux tries another hash of the flow, and so perhaps another path, at each
        "tcpi_total_rto" => info.Timeouts,
        "tcpi_total_rto_recoveries" => info.TimeoutRecoveries,
        "tcpi_total_rto_time" => Millis(info.TimeoutTime),
        "tcpi_fackets" => 0,                            // Linux has it no more
        "tcpi_notsent_bytes" => info.NotSent,
        "tcpi_pacing_rate" => info.PacingRate / 8,
        "tcpi_delivery_rate" => info.DeliveryRate / 8,
        "tcpi_busy_time" => Micros(info.Busy),
        "tcpi_rwnd_limited" => Micros(info.ReceiveWindowLimited),
        "tcpi_sndbuf_limited" => Micros(info.SendBufferLimited),
        "tcpi_rcv_ooopack" => info.OutOfOrderPackets,
        "tcpi_snd_wnd" => info.SendWindow,
        "tcpi_rcv_wnd" => info.ReceiveWindow,
        _ => null,
    };

    private static long? Age(in TcpInfo info, string name, Instant now) => name switch
    {
        "tcpi_last_data_sent" => Millis(now - info.LastDataSent),
        "tcpi_last_data_recv" => Millis(now - info.LastDataReceived),
        "tcpi_last_ack_sent" => 0,                      // Linux never told it
        "tcpi_last_ack_recv" => Millis(now - info.LastAckReceived),
        _ => null,
    };

    private static long? Constant(string name) => name switch
    {
        "TCP_ESTABLISHED" => 1,
        "TCP_SYN_SENT" => 2,
        "TCP_SYN_RECV" => 3,
        "TCP_FIN_WAIT1" => 4,
        "TCP_FIN_WAIT2" => 5,
        "TCP_TIME_WAIT" => 6,
        "TCP_CLOSE" => 7,
        "TCP_CLOSE_WAIT" => 8,
        "TCP_LAST_ACK" => 9,
        "TCP_LISTEN" => 10,
        "TCP_CLOSING" => 11,
        "TCP_CA_Open" => 0,
        "TCP_CA_Disorder" => 1,
        "TCP_CA_CWR" => 2,
        "TCP_CA_Recovery" => 3,
        "TCP_CA_Loss" => 4,
        "TCPI_OPT_TIMESTAMPS" => 1,
        "TCPI_OPT_SACK" => 2,
        "TCPI_OPT_WSCALE" => 4,
        "TCPI_OPT_ECN" => 8,
        "TCPI_OPT_ECN_SEEN" => 16,
        "TCPI_OPT_SYN_DATA" => 32,
        "TCP_INFINITE_SSTHRESH" => Infinite,
        _ => null,
    };

    private static long StateOf(TcpState state) => state switch
    {
        TcpState.Established => 1,
        TcpState.SynSent => 2,
        TcpState.SynReceived => 3,
        TcpState.FinWait1 => 4,
        TcpState.FinWait2 => 5,
        TcpState.TimeWait => 6,
        TcpState.CloseWait => 8,
        TcpState.LastAck => 9,
        TcpState.Listen => 10,
        TcpState.Closing => 11,
        _ => 7,
    };

    private static long Micros(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    private static long Millis(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMillisecond;
}

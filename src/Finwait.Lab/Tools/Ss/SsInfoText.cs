using System.Globalization;
using System.Text;
using Finwait.Tcp;

namespace Finwait.Lab;

/// <summary>The words of <c>ss -i</c>, <c>-m</c> and <c>-o</c>, in their order; a word whose value is zero is left out.</summary>
internal static class SsInfoText
{
    private const int UnlimitedThreshold = 0xFFFF; // ss takes a slow start threshold from here on for "never set"
    private const int UsualReordering = 3;

    /// <summary>TCP information, each word with a leading blank.</summary>
    internal static void AppendInfo(StringBuilder text, SsRow row, TcpInfo info, Instant now, bool numeric, bool showOptions)
    {
        if (showOptions)
        {
            AppendIf(text, info.HasTimestamps, " ts");
            AppendIf(text, info.HasSack, " sack");
            AppendIf(text, info.HasEcn, " ecn");
            AppendIf(text, info.EcnSeen, " ecnseen");
        }

        AppendIf(text, !string.IsNullOrEmpty(info.CongestionControl), " " + info.CongestionControl);
        AppendPath(text, info);
        AppendCounts(text, info);
        AppendRates(text, row, info, now, numeric);
        AppendLosses(text, info, row.State == TcpState.Listen);
        AppendReceiver(text, info);
    }

    /// <summary>Memory with a leading blank.</summary>
    internal static void AppendMemory(StringBuilder text, SsMemory memory) => text.Append(CultureInfo.InvariantCulture,
        $" skmem:(r{memory.ReceiveAllocated},rb{memory.ReceiveLimit},t{memory.SendAllocated},tb{memory.SendLimit},f{memory.Forward},w{memory.SendQueued},o{memory.Options},bl{memory.Backlog},d{memory.Dropped})");

    /// <summary>The timer with a leading blank; nothing if none runs.</summary>
    internal static void AppendTimer(StringBuilder text, TcpTimerKind kind, TimeSpan remaining, int count)
    {
        string? name = TimerName(kind);
        if (name is not null)
        {
            text.Append(" timer:(").Append(name).Append(',');
            AppendRemaining(text, Milliseconds(remaining));
            text.Append(CultureInfo.InvariantCulture, $",{count})");
        }
    }

    /// <summary>The word of <c>timer:(…)</c>; <c>null</c> for none.</summary>
    internal static string? TimerName(TcpTimerKind kind) => kind switch
    {
        TcpTimerKind.On => "on",
        TcpTimerKind.KeepAlive => "keepalive",
        TcpTimerKind.TimeWait => "timewait",
        TcpTimerKind.Persist => "persist",
        _ => null,
    };

    // From a minute on no milliseconds, from ten minutes on no seconds, from ten seconds on no milliseconds; "2.464ms" is 2.464 s.
    private static void AppendRemaining(StringBuilder text, long milliseconds)
    {
        long minutes = milliseconds / 60_000;
        long seconds = milliseconds / 1000 % 60;
        long rest = milliseconds % 1000;
        if (minutes > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{minutes}min");
            rest = 0;
            seconds = minutes > 9 ? 0 : seconds;
        }

        if (seconds > 0)
        {
            rest = seconds > 9 ? 0 : rest;
            text.Append(CultureInfo.InvariantCulture, $"{seconds}").Append(rest > 0 ? "." : "sec");
        }

        if (rest > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{rest:000}ms");
        }
    }

    private static void AppendPath(StringBuilder text, in TcpInfo info)
    {
        AppendIf(text, info.SendWindowScale != 0 || info.ReceiveWindowScale != 0, $" wscale:{info.SendWindowScale},{info.ReceiveWindowScale}");
        AppendIf(text, info.Rto > TimeSpan.Zero, " rto:" + MillisecondsText(info.Rto));
        AppendNumber(text, " backoff:", info.Backoff);
        AppendIf(text, info.Rtt > TimeSpan.Zero, $" rtt:{MillisecondsText(info.Rtt)}/{MillisecondsText(info.RttVar)}");
        AppendIf(text, info.Ato > TimeSpan.Zero, " ato:" + MillisecondsText(info.Ato));
        AppendNumber(text, " mss:", info.SendMss);
        AppendNumber(text, " pmtu:", info.PathMtu);
        AppendNumber(text, " rcvmss:", info.ReceiveMss);
        AppendNumber(text, " advmss:", info.AdvertisedMss);
        AppendNumber(text, " cwnd:", info.CongestionWindow);
        AppendNumber(text, " ssthresh:", info.SlowStartThreshold < UnlimitedThreshold ? info.SlowStartThreshold : 0);
    }

    private static void AppendCounts(StringBuilder text, in TcpInfo info)
    {
        AppendNumber(text, " bytes_sent:", info.BytesSent);
        AppendNumber(text, " bytes_retrans:", info.BytesRetransmitted);
        AppendNumber(text, " bytes_acked:", info.BytesAcked);
        AppendNumber(text, " bytes_received:", info.BytesReceived);
        AppendNumber(text, " segs_out:", info.SegmentsOut);
        AppendNumber(text, " segs_in:", info.SegmentsIn);
        AppendNumber(text, " data_segs_out:", info.DataSegmentsOut);
        AppendNumber(text, " data_segs_in:", info.DataSegmentsIn);
    }

    private static void AppendRates(StringBuilder text, SsRow row, in TcpInfo info, Instant now, bool numeric)
    {
        if (row.Bbr is { } bbr)
        {
            text.Append(CultureInfo.InvariantCulture, $" bbr:(bw:{NumberText.Rate(bbr.Bandwidth, numeric)}bps,mrtt:{MillisecondsText(bbr.MinRtt)}");
            AppendIf(text, bbr.PacingGain != 0, ",pacing_gain:" + NumberText.General(bbr.PacingGain));
            AppendIf(text, bbr.WindowGain != 0, ",cwnd_gain:" + NumberText.General(bbr.WindowGain));
            text.Append(')');
        }

        long rtt = Microseconds(info.Rtt);
        if (rtt > 0 && info.SendMss > 0 && info.CongestionWindow > 0)
        {
            double send = (double)info.CongestionWindow * info.SendMss * 8_000_000.0 / rtt;
            text.Append(" send ").Append(NumberText.Rate(send, numeric)).Append("bps");
        }

        // A listener has no past; any other socket that never sent or received counts from the start of the host.
        if (row.State != TcpState.Listen)
        {
            AppendNumber(text, " lastsnd:", Milliseconds(now - info.LastDataSent));
            AppendNumber(text, " lastrcv:", Milliseconds(now - info.LastDataReceived));
            AppendNumber(text, " lastack:", Milliseconds(now - info.LastAckReceived));
        }

        AppendIf(text, info.PacingRate > 0, $" pacing_rate {NumberText.Rate(info.PacingRate, numeric)}bps");
        AppendIf(text, info.DeliveryRate > 0, $" delivery_rate {NumberText.Rate(info.DeliveryRate, numeric)}bps");
        AppendNumber(text, " delivered:", info.Delivered);
        AppendIf(text, info.AppLimited, " app_limited");
        if (Microseconds(info.Busy) > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" busy:{Milliseconds(info.Busy)}ms");
            AppendShare(text, " rwnd_limited:", info.ReceiveWindowLimited, info.Busy);
            AppendShare(text, " sndbuf_limited:", info.SendBufferLimited, info.Busy);
        }
    }

    private static void AppendLosses(StringBuilder text, in TcpInfo info, bool isListener)
    {
        AppendNumber(text, " unacked:", info.Unacked);
        AppendIf(text, info.RetransmittedNow != 0 || info.RetransmittedTotal != 0, string.Create(CultureInfo.InvariantCulture, $" retrans:{info.RetransmittedNow}/{info.RetransmittedTotal}"));
        AppendNumber(text, " lost:", info.Lost);
        AppendNumber(text, " sacked:", isListener ? 0 : info.Sacked);
        AppendNumber(text, " dsack_dups:", info.DsackDuplicates);
        AppendNumber(text, " reordering:", info.Reordering == UsualReordering ? 0 : info.Reordering);
        AppendNumber(text, " reord_seen:", info.ReorderSeen);
    }

    private static void AppendReceiver(StringBuilder text, in TcpInfo info)
    {
        AppendIf(text, info.ReceiveRtt > TimeSpan.Zero, " rcv_rtt:" + MillisecondsText(info.ReceiveRtt));
        AppendNumber(text, " rcv_space:", info.ReceiveSpace);
        AppendNumber(text, " rcv_ssthresh:", info.ReceiveSlowStartThreshold);
        AppendNumber(text, " notsent:", info.NotSent);
        AppendIf(text, info.MinRtt > TimeSpan.Zero, " minrtt:" + MillisecondsText(info.MinRtt));
        AppendNumber(text, " rcv_ooopack:", info.OutOfOrderPackets);
        AppendNumber(text, " snd_wnd:", info.SendWindow);
    }

    private static void AppendShare(StringBuilder text, string word, TimeSpan part, TimeSpan whole)
    {
        if (part > TimeSpan.Zero)
        {
            double percent = 100.0 * Microseconds(part) / Microseconds(whole);
            text.Append(CultureInfo.InvariantCulture, $"{word}{Milliseconds(part)}ms({NumberText.OneDecimal(percent)}%)");
        }
    }

    private static void AppendNumber(StringBuilder text, string word, long value)
    {
        if (value > 0)
        {
            text.Append(word).Append(CultureInfo.InvariantCulture, $"{value}");
        }
    }

    private static void AppendIf(StringBuilder text, bool condition, string words)
    {
        if (condition)
        {
            text.Append(words);
        }
    }

    // The kernel counts round trips in whole microseconds.
    private static string MillisecondsText(TimeSpan time) => NumberText.General(Microseconds(time) / 1000.0);

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    private static long Milliseconds(TimeSpan time) => Math.Max(0, time.Ticks / TimeSpan.TicksPerMillisecond);
}

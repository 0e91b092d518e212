using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <content>TIME-WAIT, and FIN-WAIT-2 of orphans (RFC 9293 §3.10.7.4, RFC 1337, RFC 6191).</content>
internal sealed partial class TcpHost
{
    /// <summary>What a new initial sequence number is ahead of the old SND.NXT: more than an unscaled window.</summary>
    private const int ReuseGap = 65_535 + 2;

    private void AddTimeWait(Instant now, TcpEndpoint endpoint, in TimeWaitState state, bool sharesPort)
    {
        if (_timeWaits.Count >= _settings.MaxTimeWaitBuckets)
        {
            _counters.TimeWaitOverflows++;
            if (!sharesPort)
            {
                ReleasePort(endpoint);
            }

            return;
        }

        TimeWaitRecord record = new()
        {
            Tuple = endpoint.Tuple,
            Hash = endpoint.Hash,
            SndNxt = state.SndNxt.Value,
            RcvNxt = state.RcvNxt.Value,
            ReceiveWindow = state.ReceiveWindow,
            RawWindow = state.RawWindow,
            TsRecent = state.TsRecent,
            TsRecentAt = state.TsRecentAt.Ticks,
            TimestampOffset = state.TimestampOffset,
            AnsweredAt = long.MinValue,
            Use = endpoint.Use,
            Flags = (state.HasTimestamps ? TimeWaitFlags.Timestamps : 0) | (state.IsFinWait2 ? TimeWaitFlags.FinWait2 : 0)
                | (endpoint.Family == AddressFamily.Inet6 ? TimeWaitFlags.V6Socket : 0),
        };
        if (sharesPort)
        {
            Ports.Add(endpoint.Tuple.Local, isDual: false, endpoint.Tuple.LocalPort, endpoint.Use);
        }
        else
        {
            endpoint.Set(SocketFlags.HoldsPort, false); // the record holds it from now on
        }

        _ephemeral.OnTaken(record.Tuple);
        _timeWaits.Add(record, now, state.Expires - now);
        _counters.TimeWaits++;
    }

    private void RemoveTimeWait(int number, Instant now, TcpInput input, Cause cause, long value = 0, long limit = 0)
    {
        ref TimeWaitRecord record = ref _timeWaits[number];
        _host.ConnectionTap?.Retired(record.Tuple, now, record.IsFinWait2 ? TcpState.FinWait2 : TcpState.TimeWait, TcpState.Closed, input, cause, value, limit);
        Ports.Remove(record.Tuple.Local, isDual: false, record.Tuple.LocalPort, record.Use);
        _ephemeral.OnReleased(record.Tuple);
        _timeWaits.Remove(number);
    }

    private void ReceiveInTimeWait(Instant now, int number, in IpPacketInfo packet, in TcpSegment segment)
    {
        ref TimeWaitRecord record = ref _timeWaits[number];
        if (record.IsFinWait2)
        {
            ReceiveInFinWait2(now, number, packet, segment);
            return;
        }

        if (segment.Has(TcpFlags.Rst))
        {
            // RFC 1337 fix F1: a reset does not end TIME-WAIT, unless the host is told to behave as the RFC's letter (and Linux) does.
            if (!_settings.Rfc1337 && segment.Seq.Value == record.RcvNxt)
            {
                RemoveTimeWait(number, now, TcpInput.RcvRst, new Cause(CauseKind.Packet, Rule.None, packet.PacketNumber));
                return;
            }

            _host.Counters.Drop(DropReason.TcpTimeWait);
            return;
        }

        if (segment.Has(TcpFlags.Syn) && !segment.Has(TcpFlags.Ack))
        {
            ReceiveSynInTimeWait(now, number, packet, segment);
            return;
        }

        bool isOldTimestamp = IsOldTimestamp(record, now, segment);
        if (!isOldTimestamp && segment.SequenceLength == 0 && segment.Seq.Value == record.RcvNxt)
        {
            return; // a bare acknowledgment just where it should be: nothing to answer (SM-ACK-TW)
        }

        if (segment.Has(TcpFlags.Fin) && !isOldTimestamp)
        {
            _timeWaits.Restart(number, now, _host.Settings.Tcp.TimeWait); // SM-FIN-TW: our last acknowledgment was lost
            AnswerFromTimeWait(now, number, packet);
            return;
        }

        _host.Counters.Drop(DropReason.TcpTimeWait);
        if (segment.Has(TcpFlags.Ack))
        {
            AnswerFromTimeWait(now, number, packet, isThrottled: segment.Payload.IsEmpty);
        }
    }

    /// <summary>RFC 6191 §2, SM-TW-1…9.</summary>
    private void ReceiveSynInTimeWait(Instant now, int number, in IpPacketInfo packet, in TcpSegment segment)
    {
        ref TimeWaitRecord record = ref _timeWaits[number];
        bool isLater = segment.Seq - new SeqNum(record.RcvNxt) > 0;
        bool hasTimestamps = segment.Options.Has(TcpOptionPresence.Timestamps);
        bool comparesTimestamps = record.HasTimestamps && hasTimestamps;
        int newer = comparesTimestamps ? unchecked((int)(segment.Options.TsVal - record.TsRecent)) : 0;

        // The old one without timestamps, the new one with them: any sequence number will do (SM-TW-6).
        bool isNewer = comparesTimestamps ? newer > 0 : !record.HasTimestamps && hasTimestamps;
        (long value, long limit) = newer != 0 ? (segment.Options.TsVal, record.TsRecent) : isNewer ? default : ((long)segment.Seq.Value, record.RcvNxt);
        if (!isNewer && (newer < 0 || !isLater))
        {
            _counters.TimeWaitRejected++;
            _host.Counters.Drop(DropReason.TcpTimeWaitSyn, value, limit);
            return;
        }

        FourTuple tuple = record.Tuple;
        uint hash = record.Hash;
        SeqNum iss = new SeqNum(record.SndNxt) + ReuseGap;
        TcpEndpoint? listener = FindListener(tuple, hash);
        if (listener is null)
        {
            _host.Counters.Drop(DropReason.TcpNoListener);
            ReplyReset(now, packet, tuple, segment);
            return;
        }

        if (!segment.Has(TcpFlags.Fin) && !listener.Listen!.IsHalfOpenFull && HasRoom(now, listener, out _))
        {
            Cause cause = new(CauseKind.Packet, isNewer ? Rule.NewerTimestamp : Rule.LaterSequence, packet.PacketNumber);
            RemoveTimeWait(number, now, TcpInput.RcvSyn, cause, value, limit);
            _counters.TimeWaitsReused++;
            ReceiveSyn(now, listener, tuple, hash, packet, segment, iss);
        }
    }

    /// <summary>The peer may still send; nobody would read it (RFC 9293 §3.10.7.4 with SHLD-3).</summary>
    private void ReceiveInFinWait2(Instant now, int number, in IpPacketInfo packet, in TcpSegment segment)
    {
        ref TimeWaitRecord record = ref _timeWaits[number];
        SeqNum expected = new(record.RcvNxt);
        SeqNum end = segment.Seq + segment.SequenceLength;
        bool isInWindow = segment.Seq == expected
            || (end > expected && segment.Seq < expected + record.ReceiveWindow)
            || (segment.SequenceLength == 0 && segment.Seq.IsIn(expected, record.ReceiveWindow));
        if (IsOldTimestamp(record, now, segment) || !isInWindow)
        {
            _host.Counters.Drop(DropReason.TcpNobodyReads);
            if (!segment.Has(TcpFlags.Rst))
            {
                AnswerFromTimeWait(now, number, packet, isThrottled: true);
            }

            return;
        }

        if (segment.Has(TcpFlags.Rst))
        {
            if (segment.Seq == expected)
            {
                RemoveTimeWait(number, now, TcpInput.RcvRst, new Cause(CauseKind.Packet, Rule.None, packet.PacketNumber));
            }
            else
            {
                _host.Counters.Drop(DropReason.TcpNobodyReads);
                AnswerFromTimeWait(now, number, packet, isThrottled: true); // RFC 5961 §3.2
            }

            return;
        }

        if (segment.Has(TcpFlags.Syn))
        {
            _host.Counters.Drop(DropReason.TcpNobodyReads);
            AnswerFromTimeWait(now, number, packet, isThrottled: true); // RFC 5961 §4.2
            return;
        }

        if (!segment.Has(TcpFlags.Ack) || end <= expected || segment.SequenceLength == 0)
        {
            return;
        }

        if (!segment.Has(TcpFlags.Fin) || end != expected + 1)
        {
            FourTuple tuple = record.Tuple;
            RemoveTimeWait(number, now, TcpInput.Abort, new Cause(CauseKind.Packet, Rule.UnreadData, packet.PacketNumber));
            _host.Counters.Drop(DropReason.TcpNobodyReads);
            ReplyReset(now, packet, tuple, segment, Rule.UnreadData); // new data, and nobody who could read it
            return;
        }

        _host.ConnectionTap?.Retired(record.Tuple, now, TcpState.FinWait2, TcpState.TimeWait, TcpInput.RcvFin, new Cause(CauseKind.Packet, Rule.None, packet.PacketNumber));
        BecomeTimeWait(now, number, segment, end);
        AnswerFromTimeWait(now, number, packet);
    }

    private void BecomeTimeWait(Instant now, int number, in TcpSegment segment, SeqNum end)
    {
        ref TimeWaitRecord record = ref _timeWaits[number];
        record.Flags &= ~TimeWaitFlags.FinWait2;
        record.RcvNxt = end.Value;
        if (segment.Options.Has(TcpOptionPresence.Timestamps) && record.HasTimestamps)
        {
            record.TsRecent = segment.Options.TsVal;
            record.TsRecentAt = now.Ticks;
        }

        _timeWaits.Restart(number, now, _host.Settings.Tcp.TimeWait);
    }

    /// <summary>PAWS (RFC 7323 §5.3); TS.Recent is not believed after 24 days (§5.5).</summary>
    private static bool IsOldTimestamp(in TimeWaitRecord record, Instant now, in TcpSegment segment) => record.HasTimestamps
        && segment.Options.Has(TcpOptionPresence.Timestamps)
        && unchecked((int)(segment.Options.TsVal - record.TsRecent)) < 0
        && now.Ticks - record.TsRecentAt < 24 * TimeSpan.TicksPerDay;

    private void AnswerFromTimeWait(Instant now, int number, in IpPacketInfo packet, bool isThrottled = false)
    {
        ref TimeWaitRecord record = ref _timeWaits[number];
        if (isThrottled && record.AnsweredAt != long.MinValue && now.Ticks - record.AnsweredAt < _host.Settings.Tcp.InvalidRateLimit.Ticks)
        {
            return; // RFC 5961 §7, per record
        }

        if (isThrottled)
        {
            record.AnsweredAt = now.Ticks;
        }

        TcpOptionSet options = default;
        if (record.HasTimestamps)
        {
            options.Present = TcpOptionPresence.Timestamps;
            options.TsVal = unchecked((uint)now.Milliseconds + record.TimestampOffset);
            options.TsEcr = record.TsRecent;
        }

        Cause cause = new(CauseKind.Packet, Rule.Acknowledge, packet.PacketNumber);
        Reply(now, packet, record.Tuple, new(record.SndNxt), new(record.RcvNxt), TcpFlags.Ack, record.RawWindow, options, cause);
    }

    /// <summary>True if the setting lets connect() take over TIME-WAIT records between these addresses; asked first, for it touches no record.</summary>
    private bool MayReuse(in IpAddress local, in IpAddress remote) =>
        _settings.TimeWaitReuse == 1 || (_settings.TimeWaitReuse == 2 && (local.IsLoopback || remote.IsLoopback));

    /// <summary>True if connect(), which the setting allows it, may take over this four-tuple in TIME-WAIT (SM-TW-10); <paramref name="iss"/> is then the sequence number to start with.</summary>
    private bool CanReuse(Instant now, int number, out SeqNum iss)
    {
        ref TimeWaitRecord record = ref _timeWaits[number];
        iss = new SeqNum(record.SndNxt) + ReuseGap;
        return record.HasTimestamps && !record.IsFinWait2 && _host.Settings.Tcp.Timestamps
            && now.Ticks - record.TsRecentAt >= TimeSpan.TicksPerSecond;
    }
}

using System.Runtime.CompilerServices;
using Finwait.Wire;

namespace Finwait.Tcp;

/// <content>Seventh and eighth check of RFC 9293 §3.10.7.4: text and FIN, and when to acknowledge them.</content>
public sealed partial class TcpConnection
{
    /// <summary>Takes text and FIN of an acceptable segment whose text begins at <paramref name="textSeq"/>.</summary>
    private void ArrivesText(Instant now, in TcpSegment segment, SeqNum textSeq)
    {
        if (_state is TcpState.CloseWait or TcpState.Closing or TcpState.LastAck or TcpState.TimeWait)
        {
            AfterPeersFin(now, segment);
            return;
        }

        long start = _reassembler.NextOffset + (textSeq - _rcv.Nxt);
        if (IsRefused(start, segment))
        {
            Refuse(now, segment, SegmentCheck.NobodyReads);
            _reply.Reset(segment, Rule.UnreadData);     // SHLD-3: nobody will read it; SEG.ACK is the number the peer takes at once
            Move(now, TcpInput.Abort, Rule.UnreadData);
            Bury(TcpError.Reset);
            return;
        }

        if (segment.Payload.Length > 0)
        {
            TakeText(now, segment, start);
        }

        TakeFin(now, segment, start);
    }

    /// <summary>SM-TXT-3, SM-FIN-TW: the stream has ended; a FIN that comes again is acknowledged again.</summary>
    private void AfterPeersFin(Instant now, in TcpSegment segment)
    {
        if (_state == TcpState.TimeWait && segment.Has(TcpFlags.Fin))
        {
            _timers.ArmTimeWait(now + _settings.TimeWait);
        }

        _ackPolicy.Now();
    }

    /// <summary>New octets after both directions were closed by us (SM-TXT-4).</summary>
    private bool IsRefused(long start, in TcpSegment segment) =>
        Is(Traits.ReceiveShutdown) && _state is TcpState.FinWait1 or TcpState.FinWait2 && Is(Traits.ReceiveShutdown)
        && segment.Payload.Length > 0 && start + segment.Payload.Length > _reassembler.NextOffset;

    private void TakeText(Instant now, in TcpSegment segment, long start)
    {
        ReadOnlySpan<byte> text = segment.Payload;
        long room = _reassembler.NextOffset + _rcv.Current - start;
        if (room < text.Length && !_settings.TakesBeyondWindow)
        {
            Refuse(now, segment, SegmentCheck.WindowEdge);
            text = text[..(int)Math.Max(0, room)];      // SM-SEQ-7: what is right of the window is not acknowledged
        }

        if (_finOffset >= 0 && start + text.Length > _finOffset)
        {
            text = text[..(int)Math.Max(0, _finOffset - start)];    // nothing comes behind a FIN (SM-FIN-OOO)
        }

        if (text.IsEmpty)
        {
            _ackPolicy.Now();
            return;
        }

        ReceiveTuning tuning = _tuning ??= new(_startedAt);
        if (tuning.Memory.Total > _rcv.Buffer && !tuning.Memory.HasPageFor(text.Length, _settings.ReceiveMemory))
        {
            KeepWithinBuffer();                         // as Linux: asked before a packet is taken, so that the last one may go beyond
        }

        int advanced = text.Length;
        bool filledHole = false;
        if (_reassembler.TryAppend(start, text, _buffers))
        {
            tuning.Memory.Add(start, text.Length, _settings.ReceiveMemory);
        }
        else if (!TryInsert(start, text, segment, out advanced, out filledHole))
        {
            return;
        }

        _rcv.Nxt += advanced;
        _stats.BytesReceived += advanced;
        _sack?.OnAdvance(_reassembler.NextOffset);
        int before = _ackPolicy.ReceiveMss;
        _ackPolicy.OnText(now, segment.Payload.Length, OptionLength(segment), _ts.IsOn ? TimestampOptionLength : 0, segment.Flags, AdvertisedTextMss, _rcv.Wnd, _rtt.Rto);
        MeasureReceived(now, tuning, segment.Payload.Length, before);

        if (filledHole)
        {
            _ackPolicy.Now();                           // RFC 5681 §4.2: a filled gap is acknowledged at once
        }

        Raise(TcpEvent.Readable);
    }

    /// <summary>Text that is not simply the next. False if it did not move RCV.NXT.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryInsert(long start, ReadOnlySpan<byte> text, in TcpSegment segment, out int advanced, out bool filledHole)
    {
        ReassemblyResult result = _reassembler.Insert(start, text, _settings.MaxOutOfOrderRanges, _buffers);
        ReportDuplicate(result.Duplicate.Start, result.Duplicate.End);
        advanced = result.Advanced;
        filledHole = result.FilledHole;
        ref ReceiveMemory memory = ref _tuning!.Memory;
        if (result.IsOutOfOrder)
        {
            TakeAhead(segment, text.Length, isJoined: result.Range.Start < start);
        }
        else if (advanced > 0)
        {
            int own = (int)Math.Min(advanced, start + text.Length - (_reassembler.NextOffset - advanced));
            memory.Add(_reassembler.NextOffset - advanced, own, _settings.ReceiveMemory);
            if (filledHole)
            {
                memory.Join(advanced - own, isAll: _reassembler.RangesAhead == 0);
            }
        }

        if (result.IsOutOfOrder || result.IsDuplicate || result.Dropped)
        {
            TakeOutOfOrder(result);
            return false;
        }

        return true;
    }

    private void TakeOutOfOrder(in ReassemblyResult result)
    {
        if (result.IsDuplicate || result.Dropped)
        {
            Extras.PacketsDropped++;
        }

        if (result.IsDuplicate)
        {
            _ackPolicy.EnterQuickMode(_rcv.Wnd);        // text behind a hole does not: each segment of it is acknowledged at once anyway (RFC 5681 §4.2)
            _ackPolicy.Schedule();                      // at once, unless the buffer is short: see Decide
        }
        else
        {
            _ackPolicy.Now();
        }

        _stats.OutOfOrderPackets += result.IsOutOfOrder || (result.IsDuplicate && result.Range != default) ? 1u : 0;
        if (result.Range != default && Is(Traits.SackPermitted))
        {
            // The block that holds what triggered this acknowledgment is the first, or the second behind a duplicate (RFC 2018 §4, RFC 2883 §4).
            (_sack ??= new()).OnOutOfOrder(result.Range);
        }
    }

    /// <summary>Eighth check: FIN, only when everything before it is here; one that came early is remembered (SM-FIN-OOO).</summary>
    private void TakeFin(Instant now, in TcpSegment segment, long start)
    {
        if (segment.Has(TcpFlags.Fin))
        {
            long fin = start + segment.Payload.Length;
            bool inWindow = _settings.TakesBeyondWindow || fin <= _reassembler.NextOffset + _rcv.Current;
            bool contradicted = fin < _reassembler.NextOffset || (_reassembler.RangesAhead > 0 && fin < _reassembler.Ahead(_reassembler.RangesAhead - 1).End);
            if (_finOffset < 0 && inWindow && !contradicted)
            {
                _finOffset = fin;
            }
        }

        if (_finOffset < 0 || _finReceived)
        {
            return;
        }

        if (_finOffset != _reassembler.NextOffset)
        {
            _ackPolicy.Now();
            return;
        }

        _finReceived = true;
        _rcv.Nxt += 1;
        _stats.BytesReceived += 1;
        _ackPolicy.OnFin();
        Raise(TcpEvent.Readable);
        Raise(TcpEvent.PeerClosed);
        bool immediately = _state is TcpState.FinWait1 or TcpState.FinWait2 || _settings.AcknowledgesFinAtOnce;
        Move(now, TcpInput.RcvFin);
        if (immediately)
        {
            _ackPolicy.Now();
        }

        if (_state == TcpState.TimeWait)
        {
            StartTimeWait(now);
        }
    }

    private void DecideAck(Instant now)
    {
        if (!_ackPolicy.IsScheduled || _ackPolicy.IsNow)
        {
            return;
        }

        int unacknowledged = _rcv.Nxt - _rcv.WindowUpdate;
        bool mayGrow = unacknowledged > _ackPolicy.ReceiveMss && (_reassembler.Readable < ReceiveLowWater || OfferedWindow() >= _rcv.Wnd);
        _ackPolicy.Decide(now, unacknowledged, mayGrow, _reassembler.RangesAhead > 0, _rtt.SmoothedRtt, ref _timers);
        if (!_ackPolicy.IsNow)
        {
            NoteArmed(now, CauseKind.DelayedAck);
        }
    }

    private int OptionLength(in TcpSegment segment)
    {
        int length = segment.Options.Has(TcpOptionPresence.Timestamps) ? TimestampOptionLength : 0;
        return segment.Options.Has(TcpOptionPresence.Sack) ? length + 4 + (8 * segment.Options.SackCount) : length;
    }
}

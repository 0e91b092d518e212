using System.Runtime.CompilerServices;
using Finwait.Wire;

namespace Finwait.Tcp;

/// <content>The receive buffer and the window it allows, and the send buffer: sizes follow the traffic as in current Linux.</content>
public sealed partial class TcpConnection
{
    /// <summary>Headers that Linux reserves before the text of a packet it sends (MAX_TCP_HEADER; 256 to 320 with its configuration) and its shared part behind it.</summary>
    private const int SendHeadroom = 256 + 320;

    /// <summary>Descriptor of a packet.</summary>
    private const int SendDescriptor = 256;

    /// <summary>Text below this does not make the window grow.</summary>
    private const int LeastToGrow = 128;

    private ConnectionExtras Extras => _extras ??= new();

    private long ReceiveUrgent => _extras?.ReceiveUrgent ?? 0;

    private int UsedMemory => _tuning?.Memory.Total ?? 0;

    private void ChooseInitialWindow(int mss, bool scaling) => _rcv.ChooseInitial(mss, scaling, _settings, Is(Traits.ReceiveBufferFixed), _extras?.WindowClamp ?? 0);

    /// <summary>The window that could be offered now. When the buffer is more than half full, quick acknowledgments end, as Linux has it.</summary>
    private int OfferedWindow()
    {
        int window = _rcv.Offer(UsedMemory, _ackPolicy.ReceiveMss, _settings.ShrinkWindow, out bool isTight);
        if (isTight)
        {
            _ackPolicy.LeaveQuickMode();
        }

        return window;
    }

    /// <summary>Chooses the window for the segment that goes out now; the field as it stands on the wire.</summary>
    private ushort AdvertisedWindow()
    {
        ushort field = _rcv.Advertise(UsedMemory, _ackPolicy.ReceiveMss, _settings.ShrinkWindow, out bool isTight);
        if (isTight)
        {
            _ackPolicy.LeaveQuickMode();
        }

        return field;
    }

    /// <summary>The receiver's own round-trip sample: once from each time stamp echoed, by full segments (RFC 7323 lets the receiver measure, too).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void MeasureEcho(Instant now, in TcpSegment segment)
    {
        if (!_ts.IsOn || segment.Options.TsEcr == _ts.LastEcho)
        {
            return;
        }

        _ts.LastEcho = segment.Options.TsEcr;
        if (segment.Payload.Length >= _ackPolicy.ReceiveMss)
        {
            uint elapsed = unchecked(_ts.Value(now) - segment.Options.TsEcr);
            if (elapsed is > 0 and < int.MaxValue / 1000)
            {
                (_tuning ??= new(_startedAt)).AddEcho(TimeSpan.FromMilliseconds(elapsed));
            }
        }
    }

    /// <summary>Text came in order: what its packets cost, how long a round trip is, and whether more can be offered.</summary>
    private void MeasureReceived(Instant now, ReceiveTuning tuning, int length, int receiveMssBefore)
    {
        if (length > receiveMssBefore && _rcv.Rescale(length, ReceiveMemory.CostOf(length, _settings.ReceiveMemory)))
        {
            _stats.ReceiveSpace = Math.Min(_stats.ReceiveSpace, _rcv.Clamp);
        }

        tuning.OnText(now, _rcv.Nxt, _rcv.Wnd);
        int used = tuning.Memory.Total;
        if (length >= LeastToGrow)
        {
            int cost = _settings.ReceiveMemory == PacketMemory.Paged ? length : ReceiveMemory.CostOf(length, PacketMemory.Linear);
            if (_rcv.Grow(length, cost, used, AdvertisedTextMss, _ackPolicy.ReceiveMss, _settings.ReceiveBuffer.Max))
            {
                _ackPolicy.OnWindowGrown();
            }
        }
    }

    /// <summary>
    /// Text came that waits behind a hole: it tells the size of the peer's segments, and the window grows with it as with text in order, lest a loss
    /// in slow start stop the peer at the window's first edge. Not without SACK: there a duplicate acknowledgment has to offer the same window.
    /// </summary>
    /// <param name="segment">The segment.</param>
    /// <param name="length">Octets of it that were kept.</param>
    /// <param name="isJoined">True if it continues text that waits already.</param>
    private void TakeAhead(in TcpSegment segment, int length, bool isJoined)
    {
        ref ReceiveMemory memory = ref _tuning!.Memory;
        int before = _ackPolicy.ReceiveMss;
        _ackPolicy.OnTextAhead(segment.Payload.Length, OptionLength(segment), _ts.IsOn ? TimestampOptionLength : 0, segment.Flags, AdvertisedTextMss);
        if (length > before && _rcv.Rescale(length, ReceiveMemory.CostOf(length, _settings.ReceiveMemory)))
        {
            _stats.ReceiveSpace = Math.Min(_stats.ReceiveSpace, _rcv.Clamp);
        }

        int used = memory.Total;                        // what stands alone is paid for afterwards, as in Linux
        memory.AddAhead(length, _settings.ReceiveMemory);
        if (Is(Traits.SackPermitted))
        {
            int cost = isJoined && _settings.ReceiveMemory == PacketMemory.Paged ? length : ReceiveMemory.CostOf(length, _settings.ReceiveMemory);
            if (_rcv.Grow(length, cost, isJoined ? memory.Total : used, AdvertisedTextMss, _ackPolicy.ReceiveMss, _settings.ReceiveBuffer.Max))
            {
                _ackPolicy.OnWindowGrown();
            }
        }
    }

    /// <summary>Small packets have used up the buffer: they are packed, and if that is not enough the buffer grows (Linux's tcp_prune_queue, tcp_clamp_window).</summary>
    private void KeepWithinBuffer()
    {
        ref ReceiveMemory memory = ref _tuning!.Memory;
        _ackPolicy.LeaveQuickMode();
        if (!Is(Traits.ReceiveBufferFixed) && _rcv.Buffer < _settings.ReceiveBuffer.Max)
        {
            _rcv.Buffer = Math.Min(memory.Total, _settings.ReceiveBuffer.Max);
        }

        if (memory.Total > _rcv.Buffer)
        {
            _rcv.SlowStartThreshold = Math.Min(_rcv.Clamp, 2 * AdvertisedTextMss);
            memory.Pack(_reassembler.Readable);
        }
    }

    /// <summary>The reader took octets: their packets' memory is free, and the buffer may have to grow.</summary>
    private void OnTaken(Instant now, int octets)
    {
        if (_tuning is not { } tuning)
        {
            return;
        }

        long offset = _reassembler.ReadOffset - octets;
        while (octets > 0)
        {
            int piece = Math.Min(octets, tuning.Memory.HeadLeft);
            if (piece <= 0)
            {
                break;
            }

            offset += piece;
            octets -= piece;
            tuning.Memory.Take(piece);
            if (tuning.OnRead(now, offset, (int)(_reassembler.NextOffset - offset), out int taken) && taken > _stats.ReceiveSpace)
            {
                GrowReceiveBuffer(taken);
            }
        }
    }

    /// <summary>Room for twice what the reader takes in a round trip, and for a sender that doubles its rate.</summary>
    private void GrowReceiveBuffer(int space)
    {
        int before = Math.Max(1, _stats.ReceiveSpace);
        _stats.ReceiveSpace = space;
        if (!_settings.ModerateReceiveBuffer || Is(Traits.ReceiveBufferFixed))
        {
            return;
        }

        long window = 2L * space;
        window += 2 * (window * (space - before) / before);
        if (_reassembler.RangesAhead > 0)
        {
            window += _reassembler.Ahead(_reassembler.RangesAhead - 1).End - _reassembler.NextOffset;
        }

        int buffer = (int)Math.Min(_rcv.MemoryOf(window), _settings.ReceiveBuffer.Max);
        if (buffer > _rcv.Buffer)
        {
            _rcv.Buffer = buffer;
            _rcv.Clamp = _rcv.FullSpace;
        }
    }

    /// <summary>Room for two congestion windows in the kernel's units, unless the application fixed the size (SO_SNDBUF).</summary>
    private void ExpandSendBuffer()
    {
        if (Is(Traits.SendBufferFixed))
        {
            return;
        }

        long perSegment = System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(Math.Max(_peerMss, _mss) + SendHeadroom)) + SendDescriptor;
        long segments = Math.Max(Math.Max(_window.Cwnd, _settings.InitialWindow), _settings.Reordering + 1);
        _sendBufferLimit = (int)Math.Max(_sendBufferLimit, Math.Min(2 * segments * perSegment, _settings.SendBuffer.Max));
    }

    /// <summary>Text waits and only the peer's window holds it back, or no longer does (tcpi_rwnd_limited).</summary>
    private void NoteWindowLimit(Instant now, bool isLimited)
    {
        if (isLimited)
        {
            ConnectionExtras extras = Extras;
            extras.WindowLimitedSince = extras.WindowLimitedSince == 0 ? Math.Max(1, now.Ticks) : extras.WindowLimitedSince;
        }
        else if (_extras is { WindowLimitedSince: > 0 } extras)
        {
            extras.WindowLimitedTotal += now.Ticks - extras.WindowLimitedSince;
            extras.WindowLimitedSince = 0;
        }
    }

    /// <summary>All is sent, and there is no room for more, or there is again (tcpi_sndbuf_limited).</summary>
    private void NoteBufferLimit(Instant now, bool isLimited)
    {
        if (isLimited)
        {
            ConnectionExtras extras = Extras;
            extras.BufferLimitedSince = extras.BufferLimitedSince == 0 ? Math.Max(1, now.Ticks) : extras.BufferLimitedSince;
        }
        else if (_extras is { BufferLimitedSince: > 0 } extras)
        {
            extras.BufferLimitedTotal += now.Ticks - extras.BufferLimitedSince;
            extras.BufferLimitedSince = 0;
        }
    }

    private TimeSpan BufferLimited(Instant now) => _extras is not { } extras ? TimeSpan.Zero
        : Statistics.InTicks(extras.BufferLimitedTotal + (extras.BufferLimitedSince > 0 ? now.Ticks - extras.BufferLimitedSince : 0));

    private TimeSpan WindowLimited(Instant now) => _extras is not { } extras ? TimeSpan.Zero
        : Statistics.InTicks(extras.WindowLimitedTotal + (extras.WindowLimitedSince > 0 ? now.Ticks - extras.WindowLimitedSince : 0));
}

namespace Finwait.Tcp;

/// <content>Options of one socket, with Linux's meaning. What differs from the host's settings is kept in <see cref="ConnectionExtras"/>.</content>
public sealed partial class TcpConnection
{
    /// <summary>TCP_CORK: no partial segment leaves until it is taken off, except by the override timer. Default false.</summary>
    public bool Cork
    {
        get => Is(Traits.Cork);
        set
        {
            BecauseOfCall(CauseKind.Call);
            Set(Traits.Cork, value);
        }
    }

    /// <summary>TCP_QUICKACK: false lets acknowledgments wait for an answer to ride on; true ends that, and sends one that waits while nothing is unread. Not for good: traffic changes it.</summary>
    public bool QuickAck
    {
        get => !_ackPolicy.IsInteractive;
        set
        {
            _ackPolicy.SetInteractive(!value);
            if (value && _ackPolicy.IsScheduled && _state is TcpState.Established or TcpState.CloseWait
                && (_reassembler.Readable == 0 || _rcv.Nxt - _rcv.WindowUpdate > _ackPolicy.ReceiveMss))
            {
                BecauseOfCall(CauseKind.Call);
                _ackPolicy.Now();
            }
        }
    }

    /// <summary>True while text has come and its acknowledgment was put off, so that <see cref="QuickAck"/> would send it.</summary>
    public bool AcknowledgmentWaits => _ackPolicy.IsScheduled && _state is TcpState.Established or TcpState.CloseWait;

    /// <summary>TCP_NOTSENT_LOWAT, octets: with so many not sent yet the application is not asked for more. 0, the default, is no bound.</summary>
    public uint NotSentLowWater
    {
        get => _extras?.NotSentLowWater ?? 0;
        set => Extras.NotSentLowWater = value;
    }

    /// <summary>False while <see cref="NotSentLowWater"/> says that enough waits to be sent.</summary>
    public bool WantsMore => _extras is not { NotSentLowWater: > 0 } extras || (uint)Unsent < extras.NotSentLowWater;

    /// <summary>TCP_SYNCNT: SYNs sent again before connect() fails, 1 to 127; 0, the default, takes net.ipv4.tcp_syn_retries.</summary>
    public int SynRetries
    {
        get => _extras is { SynRetries: > 0 } extras ? extras.SynRetries : _settings.SynRetries;
        set => Extras.SynRetries = value;
    }

    /// <summary>TCP_LINGER2: life of an orphan in FIN-WAIT-2; zero, the default, takes net.ipv4.tcp_fin_timeout, a negative time ends it at once with a reset.</summary>
    public TimeSpan Linger2
    {
        get => _extras?.Linger2 ?? TimeSpan.Zero;
        set => Extras.Linger2 = value;
    }

    /// <summary>TCP_DEFER_ACCEPT of the listener, in timeouts of the SYN-ACK: so long an acknowledgment without text does not end the handshake. 0, the default, is off.</summary>
    public int DeferAccept
    {
        get => _extras?.DeferAccept ?? 0;
        set => Extras.DeferAccept = (byte)value;
    }

    /// <summary>TCP_WINDOW_CLAMP, octets: the largest window to advertise; what is set is at least half of the least buffer. 0 while never set and not open.</summary>
    public int WindowClamp
    {
        get => _state is TcpState.Closed or TcpState.Listen ? _extras?.WindowClamp ?? 0 : _rcv.Clamp;
        set
        {
            Extras.WindowClamp = value;
            if (_state is not (TcpState.Closed or TcpState.Listen))
            {
                _rcv.SetClamp(value);
            }
        }
    }

    /// <summary>SO_RCVLOWAT, octets that make the socket readable. The receive buffer grows so that they fit, unless its size was fixed. Default 1.</summary>
    public int ReceiveLowWater
    {
        get => _extras?.ReceiveLowWater ?? 1;
        set
        {
            Extras.ReceiveLowWater = value;
            long space = _rcv.MemoryOf(value);
            if (!Is(Traits.ReceiveBufferFixed) && space > _rcv.Buffer)
            {
                _rcv.Buffer = (int)Math.Min(space, int.MaxValue);
                if (_state is not (TcpState.Closed or TcpState.Listen or TcpState.SynSent))
                {
                    _rcv.Clamp = value;
                }
            }
        }
    }

    /// <summary>Enough to read for SO_RCVLOWAT, or no more would fit.</summary>
    public bool HasEnoughToRead => _reassembler.Readable >= ReceiveLowWater
        || (_reassembler.Readable > 0 && (_finReceived || _rcv.Current <= (uint)_ackPolicy.ReceiveMss || UsedMemory >= _rcv.Buffer - (_rcv.Buffer >> 3)));

    /// <summary>Where the text ends that may share a segment with the next octet to send (MSG_EOR).</summary>
    private long EndOfRecord(Queue<long> ends)
    {
        while (ends.TryPeek(out long end))
        {
            if (end > _snd.NxtOffset)
            {
                return end;
            }

            ends.Dequeue();
        }

        _extras!.RecordEnds = null;
        return _sendBuffer.Tail;
    }

    /// <summary>Octets queued and not acknowledged (SIOCOUTQ); a FIN that was sent counts one.</summary>
    public long Unacknowledged => Math.Max(0, _sendBuffer.Tail + (_snd.NxtOffset > _sendBuffer.Tail ? 1 : 0) - Math.Max(0, _snd.UnaOffset));

    /// <summary>Throws readable octets away (MSG_TRUNC). Returns how many.</summary>
    public int Discard(Instant now, int most)
    {
        Span<byte> scratch = stackalloc byte[256];
        int gone = 0;
        while (gone < most && Receive(now, scratch[..Math.Min(scratch.Length, most - gone)]) is var got and > 0)
        {
            gone += got;
        }

        return gone;
    }

    /// <summary>The acknowledgment of a SYN-ACK brought no text and the listener waits for some (TCP_DEFER_ACCEPT): the handshake goes on.</summary>
    private bool IsDeferred(in TcpSegment segment)
    {
        if (_extras is not { DeferAccept: > 0 } extras || !WasPassive || segment.SequenceLength > 0 || _retransmits >= extras.DeferAccept)
        {
            return false;
        }

        extras.IsAckDeferred = true;
        return true;
    }

    /// <summary>A SYN-ACK that was acknowledged already goes out again only at the end of the time the listener waits for text: the last chance.</summary>
    private bool IsSynAckHeld => _state == TcpState.SynReceived && _extras is { IsAckDeferred: true } extras && _retransmits < extras.DeferAccept - 1;

    private bool IsDeferringAccept => _extras is { IsAckDeferred: true } extras && _retransmits < extras.DeferAccept;
}

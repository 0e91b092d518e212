using Finwait.Wire;

namespace Finwait.Tcp;

/// <content>What the application asks for (RFC 9293 §3.10.1–§3.10.6).</content>
public sealed partial class TcpConnection
{
    /// <summary>Active OPEN (RFC 9293 §3.10.1): CLOSED to SYN-SENT; the SYN goes at the next poll.</summary>
    /// <exception cref="InvalidOperationException">The connection exists already: a caller bug.</exception>
    public void OpenActive(Instant now, in OpenParameters parameters)
    {
        Prepare(now, parameters);
        Move(now, TcpInput.ActiveOpen);
        ChooseInitialWindow(_advertisedMss, _settings.WindowScaling);
        if (_settings.Ecn is 1 or 3 or 4)
        {
            (_ecn ??= new()).Request(_settings);
        }

        if (parameters.FastOpen != FastOpenMode.Off)
        {
            PrepareFastOpen(parameters);
        }

        if (!parameters.HoldsSyn)
        {
            _work |= Work.Syn;
        }
    }

    /// <summary>Passive OPEN: CLOSED to LISTEN; the host then hands it one SYN with <see cref="OnSegment"/>.</summary>
    /// <exception cref="InvalidOperationException">The connection exists already: a caller bug.</exception>
    public void OpenPassive(Instant now, in OpenParameters parameters)
    {
        Prepare(now, parameters);
        Set(Traits.Passive, true);
        Move(now, TcpInput.PassiveOpen);
        if (parameters.FastOpen != FastOpenMode.Off)
        {
            Extras.FastOpen = new() { Mode = parameters.FastOpen, Cookie = parameters.Cookie, HasOption = parameters.Cookie.Length > 0 };
        }
    }

    /// <summary>
    /// A connection in SYN-RECEIVED whose SYN-ACK was a cookie (RFC 4987 §3.6): <paramref name="syn"/> is the peer's SYN as the cookie and the time stamp tell it,
    /// the initial sequence number of <paramref name="parameters"/> the cookie. Nothing is sent; the acknowledgment of the cookie is the next input.
    /// </summary>
    public void OpenFromCookie(Instant now, in OpenParameters parameters, in TcpSegment syn)
    {
        OpenPassive(now, parameters);
        Set(Traits.FromCookie, true);
        OnSegment(now, syn);
        PollTransmit(now, out _);                       // the SYN-ACK left long ago
    }

    /// <summary>The SYN-ACK that answers <paramref name="syn"/> without a connection (RFC 4987 §3.6): what a connection with these settings would send.</summary>
    /// <param name="now">The time.</param>
    /// <param name="settings">The host's settings.</param>
    /// <param name="parameters">As for <see cref="OpenPassive"/>; the initial sequence number is the cookie.</param>
    /// <param name="syn">The peer's SYN, options that cannot be remembered taken out.</param>
    /// <param name="receiveBuffer">SO_RCVBUF as set, octets; 0 for the default.</param>
    /// <param name="windowClamp">TCP_WINDOW_CLAMP, octets; 0 for none.</param>
    /// <param name="plan">The segment.</param>
    public static void PlanCookie(Instant now, TcpSettings settings, in OpenParameters parameters, in TcpSegment syn, int receiveBuffer, int windowClamp, out SegmentPlan plan)
    {
        bool timestamps = settings.Timestamps && syn.Options.Has(TcpOptionPresence.Timestamps);
        bool scaling = settings.WindowScaling && syn.Options.Has(TcpOptionPresence.WindowScale);
        int mss = Math.Clamp(parameters.PathMtu - parameters.FixedIpHeader - HeaderLength, 1, ushort.MaxValue);
        ReceiveWindow window = new() { Buffer = receiveBuffer > 0 ? receiveBuffer : settings.ReceiveBuffer.Default };
        window.ChooseInitial(mss - (timestamps ? TimestampOptionLength : 0), scaling, settings, receiveBuffer > 0, windowClamp);
        plan = default;
        plan.Seq = parameters.Iss;
        plan.Ack = syn.Seq + 1;
        plan.Flags = TcpFlags.Syn | TcpFlags.Ack;
        plan.RawWindow = (ushort)Math.Min(window.Wnd, ushort.MaxValue);
        plan.Cause = new(CauseKind.Packet, Rule.Open, syn.PacketNumber);
        plan.Options.Present = TcpOptionPresence.Mss | (settings.Sack ? syn.Options.Present & TcpOptionPresence.SackPermitted : 0);
        plan.Options.Mss = (ushort)mss;
        if (scaling)
        {
            plan.Options.Present |= TcpOptionPresence.WindowScale;
            plan.Options.WindowScale = window.Shift;
        }

        if (timestamps)
        {
            plan.Options.Present |= TcpOptionPresence.Timestamps;
            plan.Options.TsVal = unchecked((uint)now.Milliseconds + parameters.TimestampOffset);
            plan.Options.TsEcr = syn.Options.TsVal;
        }
    }

    /// <summary>True if the state allows <see cref="Send"/> to take octets.</summary>
    public bool CanSend => _state is TcpState.SynSent or TcpState.SynReceived or TcpState.Established or TcpState.CloseWait && !Is(Traits.FinQueued);

    /// <summary>Free room in the send buffer, octets.</summary>
    public int SendRoom => Math.Max(0, _sendBufferLimit - _sendBuffer.Length);

    /// <summary>Octets queued and not acknowledged.</summary>
    public int Unsent => (int)Math.Max(0, _sendBuffer.Tail - _snd.NxtOffset);

    /// <summary>SEND (RFC 9293 §3.10.2): queues octets; those that may go leave at the next poll.</summary>
    /// <param name="now">The time.</param>
    /// <param name="data">Octets to send.</param>
    /// <param name="urgent">The last of them is the last urgent octet (MUST-30; new applications should not use it, SHLD-13).</param>
    /// <param name="moreComing">More follows at once: do not send a partial segment yet.</param>
    /// <param name="endOfRecord">What is sent later does not share a segment with the last of these octets (MSG_EOR); not if only some of them are taken.</param>
    /// <returns>How many octets were taken; 0 if there is no room or <see cref="CanSend"/> is false.</returns>
    public int Send(Instant now, ReadOnlySpan<byte> data, bool urgent = false, bool moreComing = false, bool endOfRecord = false)
    {
        if (!CanSend)
        {
            return 0;
        }

        BecauseOfCall(CauseKind.Call);
        if (Unsent < _mss && InFlight < _window.Cwnd && _sent.LostOut <= _sent.RetransmittedOut)
        {
            _rate.OnAppLimited(_stats.Delivered, InFlight);
        }

        int taken = _sendBuffer.Append(data, _sendBufferLimit, _buffers);
        Set(Traits.MoreComing, moreComing && taken == data.Length);
        if (taken > 0)
        {
            RestartAfterIdle(now);
            if (_stats.BusySince == 0)
            {
                _stats.BusySince = Math.Max(1, now.Ticks);
            }

            if (urgent)
            {
                Extras.UrgentEnd = _sendBuffer.Tail;
                Set(Traits.Urgent, true);
            }

            if (endOfRecord && taken == data.Length)
            {
                (Extras.RecordEnds ??= new()).Enqueue(_sendBuffer.Tail);
            }

            NoteQueued(now, taken, isEnd: false);
        }

        return taken;
    }

    /// <summary>Octets that can be read now.</summary>
    public int Readable => _reassembler.Readable;

    /// <summary>True if the peer's FIN was received and everything before it was read.</summary>
    public bool AtEndOfStream => _finReceived && _reassembler.Readable == 0;

    /// <summary>RECEIVE (RFC 9293 §3.10.3): takes octets out of the receive buffer, or only looks at them.</summary>
    /// <returns>How many octets were copied; 0 with <see cref="AtEndOfStream"/> false means that nothing is there yet.</returns>
    public int Receive(Instant now, Span<byte> destination, bool peek = false)
    {
        int read = _reassembler.Read(destination, peek, _buffers);
        if (_state == TcpState.Closed || _finReceived)
        {
            ReleaseIdleBuffers();                       // nothing more will come
        }

        if (read > 0 && !peek)
        {
            OnTaken(now, read);
        }

        if (read > 0 && !peek && _state is not (TcpState.Closed or TcpState.TimeWait))
        {
            BecauseOfCall(CauseKind.WindowOpened);
            _ackPolicy.OnRead(_rcv.Nxt - _rcv.WindowUpdate, _reassembler.Readable == 0);
            OpenWindow();
        }

        if (!peek && AtEndOfStream && read < destination.Length)
        {
            Set(Traits.FinRead, true);
        }

        return read;
    }

    /// <summary>Ends our direction: FIN behind all queued data, the state moves at once (SM-CLOSE-ES). The application may go on reading.</summary>
    public void ShutdownSend(Instant now)
    {
        BecauseOfCall(CauseKind.Call);
        switch (_state)
        {
            case TcpState.SynReceived when Unsent > 0:
                Set(Traits.FinQueued, true);
                NoteQueued(now, 0, isEnd: true);
                break;
            case TcpState.SynReceived:
            case TcpState.Established:
            case TcpState.CloseWait:
                if (!Is(Traits.FinQueued))
                {
                    Set(Traits.FinQueued, true);
                    NoteQueued(now, 0, isEnd: true);
                    Move(now, TcpInput.Close);
                }

                break;
            case TcpState.SynSent:
            case TcpState.Listen:
                Move(now, TcpInput.Close);
                Bury(TcpError.None);
                break;
        }
    }

    /// <summary>The application will read no more (shutdown(SHUT_RD)): what is there can still be read; new data after our FIN is answered by a reset (SHLD-3).</summary>
    public void ShutdownReceive(Instant now)
    {
        Set(Traits.ReceiveShutdown, true);
        Raise(TcpEvent.Readable);
    }

    /// <summary>CLOSE by the application: FIN, or a reset if data is unread (SHLD-3, RFC 2525 §2.17). The connection is an orphan afterwards.</summary>
    public void Close(Instant now)
    {
        BecauseOfCall(CauseKind.Call);
        Set(Traits.Orphan | Traits.ReceiveShutdown, true);
        StopKeepAlive();
        bool unread = _reassembler.Readable > 0;
        _reassembler.Clear(_buffers);
        _tuning = null;
        if (unread && _state is TcpState.Established or TcpState.CloseWait or TcpState.FinWait1 or TcpState.FinWait2)
        {
            SendReset(Rule.UnreadData);
            Move(now, TcpInput.Abort, Rule.UnreadData);
            Bury(TcpError.None);
            return;
        }

        ShutdownSend(now);
        if (_state == TcpState.FinWait2)
        {
            StartFinWait2Timer(now);
        }
    }

    /// <summary>ABORT (RFC 9293 §3.10.5): a reset where the peer knows the connection, and CLOSED at once.</summary>
    /// <param name="now">The time.</param>
    /// <param name="rule">Why, for who watches: <see cref="Rule.Abort"/>, the default, or <see cref="Rule.ListenerClosed"/>.</param>
    public void Abort(Instant now, Rule rule = Rule.Abort)
    {
        BecauseOfCall(CauseKind.Call);
        Set(Traits.Orphan | Traits.ReceiveShutdown, true);
        if (_state is TcpState.SynReceived or TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2 or TcpState.CloseWait)
        {
            SendReset(rule);
        }

        _reassembler.Clear(_buffers);
        _tuning = null;
        if (_state != TcpState.Closed)
        {
            Move(now, TcpInput.Abort, rule);
            Bury(TcpError.Aborted);
        }
    }

    /// <summary>Ended from outside (Linux's SOCK_DESTROY): the peer gets a reset as with <see cref="Abort"/>; what has come can still be read, then the application learns <see cref="TcpError.Aborted"/>.</summary>
    public void Destroy(Instant now)
    {
        if (_state == TcpState.Closed)
        {
            return;
        }

        BecauseOfCall(CauseKind.Call);
        if (_state is TcpState.SynReceived or TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2 or TcpState.CloseWait)
        {
            SendReset(Rule.Abort);
        }

        Move(now, TcpInput.Abort, Rule.Abort);
        Bury(TcpError.Aborted);
    }

    /// <summary>TCP_NODELAY: off (the default) holds a partial segment back while one is unacknowledged (SHLD-7, MUST-17). Setting it releases what is held.</summary>
    public bool NoDelay
    {
        get => Is(Traits.NoDelay);
        set
        {
            BecauseOfCall(CauseKind.Call);
            Set(Traits.NoDelay, value);
        }
    }

    /// <summary>SO_RCVBUF as the kernel keeps it (already doubled), octets. Set, it does not grow by itself any more; the window never shrinks by it (SHLD-14).</summary>
    public int ReceiveBufferSize
    {
        get => _rcv.Buffer;
        set
        {
            _rcv.Buffer = Math.Max(value, ReceiveWindow.LeastBuffer);
            Set(Traits.ReceiveBufferFixed, true);
        }
    }

    /// <summary>SO_SNDBUF as the kernel keeps it (already doubled), octets.</summary>
    public int SendBufferSize
    {
        get => _sendBufferLimit;
        set
        {
            _sendBufferLimit = Math.Max(value, 4608);
            Set(Traits.SendBufferFixed, true);
        }
    }

    /// <summary>TCP_USER_TIMEOUT (MUST-21); zero, the default, leaves it to the count of retries.</summary>
    public TimeSpan UserTimeout
    {
        get => _extras?.UserTimeout ?? TimeSpan.Zero;
        set
        {
            if (value != UserTimeout)
            {
                Extras.UserTimeout = value;
            }
        }
    }

    /// <summary>True if SO_KEEPALIVE is on.</summary>
    public bool HasKeepAlive => Is(Traits.KeepAlive);

    private void Prepare(Instant now, in OpenParameters parameters)
    {
        if (_state != TcpState.Closed || _error != TcpError.None || _snd.NxtOffset != 0)
        {
            throw new InvalidOperationException("a connection opens once");
        }

        BecauseOfCall(CauseKind.Call);
        _snd.Start(parameters.Iss);
        _ts.Offset = parameters.TimestampOffset;
        _pathMtu = parameters.PathMtu;
        _ipHeaderLength = (byte)parameters.IpHeaderLength;
        _peerMss = parameters.FixedIpHeader == 20 ? DefaultMssV4 : DefaultMssV6;
        _advertisedMss = (ushort)Math.Clamp(parameters.PathMtu - parameters.FixedIpHeader - HeaderLength, 1, ushort.MaxValue);
        _window.Cwnd = _settings.InitialWindow;
        _window.Ssthresh = CongestionWindow.Infinite;
        _ts.IsOn = _settings.Timestamps;
        UpdateMss();
        _ackPolicy.Start(_mss, 0);
    }

    /// <summary>Tells the peer when the window has opened by a good deal (RFC 9293 §3.8.6.2.2).</summary>
    private void OpenWindow()
    {
        if (_ackPolicy.IsNow || _finReceived)
        {
            return;
        }

        uint current = _rcv.Current;
        if (2L * current <= _rcv.Clamp)
        {
            uint offer = (uint)OfferedWindow();
            if (offer != 0 && offer >= 2 * current)
            {
                _ackPolicy.Now();
            }
        }
    }

    private void SendReset(Rule rule)
    {
        _work |= Work.Reset;
        _resetRule = rule;
    }
}

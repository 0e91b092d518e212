using Finwait.Wire;

namespace Finwait.Tcp;

/// <content>Text in the SYN (RFC 7413), on both sides. What is kept about it is made only for connections that use it.</content>
public sealed partial class TcpConnection
{
    /// <summary>Room for options that boxes on the way may add to a SYN with text, octets (Linux: MAX_TCP_OPTION_SPACE).</summary>
    private const int SynOptionReserve = 40;

    /// <summary>True for a connection whose SYN brought a valid cookie: the application may use it in SYN-RECEIVED.</summary>
    public bool IsEarlyOpen => _extras is { FastOpen.Mode: FastOpenMode.Accept };

    /// <summary>True if our SYN was acknowledged.</summary>
    public bool IsHandshakeDone => _snd.UnaOffset >= 0;

    /// <summary>True while the SYN waits for <see cref="SendSyn"/>.</summary>
    public bool IsSynHeld => _extras is { FastOpen.IsHeld: true };

    /// <summary>Sends the SYN that <see cref="OpenParameters.HoldsSyn"/> held back, or the one that has not left yet, with the first octets of <paramref name="text"/>.</summary>
    /// <returns>How many octets the SYN takes; 0 without a usable cookie.</returns>
    /// <exception cref="InvalidOperationException">The SYN is sent, or the connection was not opened with Fast Open: a caller bug.</exception>
    public int SendSyn(ReadOnlySpan<byte> text)
    {
        if (_extras is not { FastOpen: { } open } || _state != TcpState.SynSent || _sent.Count > 0)
        {
            throw new InvalidOperationException("no SYN waits for text");
        }

        BecauseOfCall(CauseKind.Call);
        if (open.IsHeld)
        {
            open.IsHeld = false;
            _work |= Work.Syn;
        }

        return open.Mode == FastOpenMode.Data ? _sendBuffer.Append(text[..Math.Min(text.Length, open.Room)], _sendBufferLimit, _buffers) : 0;
    }

    /// <summary>A writer waits for the handshake with more text: the acknowledgment of the SYN-ACK waits to ride on it (as Linux, sk_write_pending).</summary>
    public void ExpectText()
    {
        if (_extras is { FastOpen: { } open } && _state == TcpState.SynSent)
        {
            open.IsTextExpected = true;
        }
    }

    /// <summary>The SYN-ACK is to be acknowledged: now, or with the text that a writer has ready.</summary>
    private void AcknowledgeSynAck(Instant now)
    {
        if (_extras is { FastOpen.IsTextExpected: true })
        {
            _ackPolicy.Schedule();
            _timers.ArmDelayedAck(now + RetryBase);
        }
        else
        {
            _ackPolicy.Now();
        }
    }

    /// <summary>What the SYN-ACK told about Fast Open; once, and only if this side asked.</summary>
    public bool TakeFastOpenAnswer(out FastOpenAnswer answer)
    {
        answer = default;
        if (_extras is not { FastOpen: { HasAnswer: true } open })
        {
            return false;
        }

        open.HasAnswer = false;
        answer = open.Answer;
        return true;
    }

    /// <summary>What was asked of the active open.</summary>
    private void PrepareFastOpen(in OpenParameters parameters)
    {
        int mss = Math.Min(_advertisedMss, parameters.CachedMss > 0 ? parameters.CachedMss : int.MaxValue);
        Extras.FastOpen = new()
        {
            Mode = parameters.FastOpen,
            Cookie = parameters.Cookie,
            HasOption = parameters.FastOpen == FastOpenMode.Request || parameters.Cookie.Length > 0,
            IsHeld = parameters.HoldsSyn,
            Room = Math.Max(0, mss - SynOptionReserve),
            Failure = parameters.FastOpen == FastOpenMode.Request ? FastOpenFailure.CookieUnavailable : FastOpenFailure.None,
        };
    }

    /// <summary>Option and text of the first SYN; a SYN-ACK has only the option.</summary>
    private void AddFastOpen(Instant now, ref SegmentPlan plan, FastOpen open)
    {
        if (open.HasOption)
        {
            plan.Options.FastOpen = open.Cookie;
            open.HasOption = false;
        }

        int length = open.Mode == FastOpenMode.Data ? Math.Min(open.Room, _sendBuffer.Length) : 0;
        if (length == 0)
        {
            return;
        }

        // The text has an entry of its own: a SYN that is lost goes again without it (RFC 7413 §4.1.3, §5.1).
        open.SynText = length;
        _rate.OnSent(ref _sent.Push(0, length, SentFlags.Push, now, _buffers), isFirstInFlight: true, _stats.Delivered, LostTotal, InFlight);
        _snd.Advance(length);
        plan.PayloadLength = length;
        _stats.BusySince = Math.Max(1, now.Ticks);
        _stats.LastDataSent = now.Ticks;
        _stats.DataSegmentsOut++;
        _stats.BytesSent += length;
        _ackPolicy.OnTextSent(now);
    }

    /// <summary>The peer's SYN is acceptable and its cookie valid: its text is the application's before the handshake ends.</summary>
    private void TakeSynText(Instant now, in TcpSegment segment, FastOpen open)
    {
        if (segment.Payload.Length > 0)
        {
            ArrivesText(now, segment, segment.Seq + 1);
            open.IsTextAcknowledged = true;
        }

        _smallEnd = -1;                                 // the SYN-ACK in flight is no small segment that Nagle's rule waits for
        _stats.ReceiveSpace = _rcv.OnEstablished(AdvertisedTextMss);
        ExpandSendBuffer();
        Raise(TcpEvent.Connected);
        Raise(TcpEvent.Writable);
    }

    /// <summary>The handshake has ended: what of the SYN's text was not acknowledged goes again at once, as plain text (RFC 7413 §4.1.3).</summary>
    private void FinishFastOpen(Instant now, in TcpSegment segment, FastOpen open)
    {
        if (open.Mode is not (FastOpenMode.Request or FastOpenMode.Data))
        {
            return;
        }

        bool hasCookie = segment.Has(TcpFlags.Syn) && segment.Options.Has(TcpOptionPresence.FastOpen) && segment.Options.FastOpen.Length > 0;
        bool asked = open.Mode == FastOpenMode.Request || open.Cookie.Length > 0;
        open.HasAnswer = true;
        open.Answer = new()
        {
            Cookie = hasCookie && asked ? segment.Options.FastOpen : default,
            Mss = _peerMss,
            WasAsked = asked,
            IsRefused = asked && !hasCookie && open.SynText == 0 && _stats.RetransmittedTotal == 0,
        };
        if (open.SynText == 0)
        {
            return;
        }

        if (_sent.Count == 0)
        {
            open.IsTextAcknowledged = true;
            return;
        }

        open.Failure = _stats.RetransmittedTotal > 0 ? FastOpenFailure.SynRetransmitted : FastOpenFailure.DataNotAcknowledged;
        AckFacts facts = TimerFacts(now);
        RecoveryContext on = Context(now);
        Recovery.OnUncongestedLoss(ref facts, ref on);
        Recovery.CountLosses(facts.Losses);
    }
}

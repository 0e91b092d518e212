using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>More accurate ECN feedback (RFC 9768): both ends count marked packets and marked octets and tell each other their counts.</summary>
/// <remarks>Counts named r. are what we received and tell, counts named s. are what the peer told us about what we sent.</remarks>
internal sealed class AccurateEcn
{
    private const int AceModulus = 8;
    private const uint CepStart = 5;
    private const uint Mask24 = 0xFFFFFF;

    /// <summary>Marked packets that arrive without an acknowledgment in between (RFC 9768 §3.2.2.5.1): n with new text, and without.</summary>
    private const int MostPendingWithText = 2, MostPending = 3;

    private uint _cep = CepStart;
    private uint _e0b = 1, _ceb, _e1b = 1;
    private uint _peerCep = CepStart;
    private uint _peerE0b = 1, _peerCeb, _peerE1b = 1;
    private EcnCodepoint _last;
    private EcnCodepoint _synAckMark;
    private byte _pending;
    private bool _owesHandshakeAck;
    private bool _hasFeedback;
    private bool _optionOwed;
    private bool _optionFailed;
    private bool _skipsFeedback;

    /// <summary>False after the path was seen to change the field or the peer to clear its answer: then nothing more is sent as ECN-capable; what comes is counted all the same.</summary>
    public bool MaySendCapable { get; private set; } = true;

    /// <summary>Octets that the option with all counters takes, padding included.</summary>
    public const int OptionLength = 12;

    /// <summary>So many marks wait to be told that the next could make the three bits go round (RFC 9768 §3.2.2.5.1).</summary>
    public bool MustAnswer => _pending >= MostPending;

    /// <summary>r.cep: packets that came marked, from 5 on.</summary>
    public uint Cep => _cep;

    /// <summary>The handshake's encoding of an IP-ECN field (RFC 9768 §3.1.1, §3.2.2.1): 010, 011, 100 and 110.</summary>
    public static TcpFlags Encode(EcnCodepoint mark) => mark switch
    {
        EcnCodepoint.NotEct => TcpFlags.Cwr,
        EcnCodepoint.Ect1 => TcpFlags.Cwr | TcpFlags.Ece,
        EcnCodepoint.Ect0 => TcpFlags.Ae,
        _ => TcpFlags.Ae | TcpFlags.Cwr,
    };

    /// <summary>A client took the SYN-ACK: what its bits tell about our SYN, and what came with it.</summary>
    public void OnSynAck(TcpFlags bits, EcnCodepoint mark)
    {
        // Our SYN was not ECN-capable; 101 is reserved and stands for "unchanged" (RFC 9768 §3.1.3).
        MaySendCapable = bits == Encode(EcnCodepoint.NotEct) || bits == (TcpFlags.Ae | TcpFlags.Ece);
        _synAckMark = mark;
        _owesHandshakeAck = true;
        _cep += mark == EcnCodepoint.Ce ? 1u : 0;
        _last = mark;
    }

    /// <summary>A server took the pure acknowledgment of its SYN-ACK, which tells what became of its field (RFC 9768 §3.2.2.1).</summary>
    public void OnHandshakeAck(TcpFlags flags)
    {
        TcpFlags bits = flags & Ecn.Bits;
        _skipsFeedback = true;
        _hasFeedback = true;
        if (bits == TcpFlags.None)
        {
            MaySendCapable = false;                     // somebody clears the bits: marks on what we send would be lost
        }
        else if (bits == Encode(EcnCodepoint.Ce))
        {
            MaySendCapable = false;
            _peerCep = CepStart + 1;
        }
        else if (bits == Encode(EcnCodepoint.Ect0) || bits == Encode(EcnCodepoint.Ect1))
        {
            MaySendCapable = false;                     // our SYN-ACK was not capable: the path changed it
        }
    }

    /// <summary>An acceptable segment came. True if it must be acknowledged at once.</summary>
    public bool OnArrival(EcnCodepoint mark, int text)
    {
        bool changed = mark != _last;
        _last = mark;
        switch (mark)
        {
            case EcnCodepoint.Ect0:
                _e0b = (_e0b + (uint)text) & Mask24;
                break;
            case EcnCodepoint.Ect1:
                _e1b = (_e1b + (uint)text) & Mask24;
                break;
            case EcnCodepoint.Ce:
                _cep++;
                _ceb = (_ceb + (uint)text) & Mask24;
                _pending++;
                break;
        }

        _optionOwed |= changed;
        bool news = changed && mark == EcnCodepoint.Ce && text > 0;
        return news || (mark == EcnCodepoint.Ce && _pending >= (text > 0 ? MostPendingWithText : MostPending));
    }

    /// <summary>The bits of an outgoing segment: our count of marked packets, or once, on the client's first pure acknowledgment, what came with the SYN-ACK.</summary>
    public TcpFlags Ace(bool isPureAck)
    {
        bool handshake = _owesHandshakeAck && isPureAck;
        _owesHandshakeAck = false;
        _pending = 0;
        if (handshake)
        {
            return Encode(_synAckMark);
        }

        uint ace = _cep % AceModulus;
        return ((ace & 4) != 0 ? TcpFlags.Ae : 0) | ((ace & 2) != 0 ? TcpFlags.Cwr : 0) | ((ace & 1) != 0 ? TcpFlags.Ece : 0);
    }

    /// <summary>Takes the counts of an acknowledgment that is not older than the last; returns how many more of our packets came marked.</summary>
    public int OnFeedback(in TcpSegment segment, int delivered, int mss)
    {
        int markedOctets = segment.Options.Has(TcpOptionPresence.AccurateEcn) ? TakeOption(segment.Options) : -1;
        if (_skipsFeedback)
        {
            _skipsFeedback = false;                     // the handshake's acknowledgment has another code
            return 0;
        }

        uint ace = ((segment.Flags & TcpFlags.Ae) != 0 ? 4u : 0) | ((segment.Flags & TcpFlags.Cwr) != 0 ? 2u : 0) | ((segment.Flags & TcpFlags.Ece) != 0 ? 1u : 0);
        if (!_hasFeedback)
        {
            _hasFeedback = true;
            if (ace == 0)
            {
                MaySendCapable = false;                 // RFC 9768 §3.2.2.4: the count starts at 5; zero at once is somebody's doing
                return 0;
            }
        }

        int delta = (int)((ace - _peerCep) % AceModulus);
        if (delivered >= AceModulus)
        {
            delta = Unwrap(delta, delivered, markedOctets, mss);
        }

        _peerCep += (uint)delta;
        return MaySendCapable ? delta : 0;
    }

    /// <summary>The option for the next segment, with at most <paramref name="most"/> counters; none if it may wait.</summary>
    public void WriteOption(ref TcpOptionSet options, int mode, int most)
    {
        if (mode == 0 || (mode == 1 && !_optionOwed && _ceb == 0))
        {
            return;
        }

        // Counters that still have their first value need not be told, but those before the last that has changed must.
        int needed = _e1b != 1 ? 3 : _ceb != 0 ? 2 : 1;
        if (most < 1)
        {
            return;
        }

        bool other = _e1b != 1 && _e0b == 1;
        options.Present |= TcpOptionPresence.AccurateEcn;
        options.EcnOrder = other ? TcpOptionKind.AccurateEcn1 : TcpOptionKind.AccurateEcn0;
        options.EcnCount = (byte)Math.Min(other ? (_ceb != 0 ? 2 : 1) : needed, most);
        options.Ee0b = _e0b;
        options.Eceb = _ceb;
        options.Ee1b = _e1b;
        _optionOwed = false;
    }

    /// <summary>
    /// The option of a SYN-ACK: the counters' first values, which show the client whether the path lets the option through (RFC 9768 §3.2.3.2). A SYN-ACK that
    /// is sent again goes without, for the option may be the reason. The order is the one in which Linux has the counters.
    /// </summary>
    public static void WriteFirstOption(ref TcpOptionSet options)
    {
        options.Present |= TcpOptionPresence.AccurateEcn;
        options.EcnOrder = TcpOptionKind.AccurateEcn1;
        options.EcnCount = 3;
        (options.Ee0b, options.Eceb, options.Ee1b) = (1, 0, 1);
    }

    /// <summary>Another one that stands where this one stands.</summary>
    public AccurateEcn Copy() => (AccurateEcn)MemberwiseClone();

    /// <summary>Appendix A.2: the three bits may have gone round; the safest reading that the octets do not contradict.</summary>
    private static int Unwrap(int delta, int delivered, int markedOctets, int mss)
    {
        int safer = delivered - ((delivered - delta) % AceModulus);
        if (markedOctets < 0)
        {
            return safer;
        }

        // The smaller count is believed if so few packets can have held the octets, and if the larger count would make them less than half full.
        bool fits = markedOctets <= delta * (long)mss;
        return markedOctets == 0 || (fits && markedOctets < safer * (long)mss / 2) ? delta : safer;
    }

    /// <summary>Octets newly reported as marked; −1 if the option cannot be believed.</summary>
    private int TakeOption(in TcpOptionSet options)
    {
        if (_optionFailed)
        {
            return -1;
        }

        bool reversed = options.EcnOrder == TcpOptionKind.AccurateEcn1;
        bool hasFirst = options.EcnCount >= 1, hasMiddle = options.EcnCount >= 2, hasLast = options.EcnCount >= 3;
        bool hasE0 = reversed ? hasLast : hasFirst, hasE1 = reversed ? hasFirst : hasLast;
        if ((hasE0 && options.Ee0b == 0 && _peerE0b == 1) || (hasE1 && options.Ee1b == 0 && _peerE1b == 1))
        {
            _optionFailed = true;                       // RFC 9768 §3.2.3.2.4: these start at 1; zero was written by somebody else
            return -1;
        }

        _peerE0b = hasE0 ? options.Ee0b : _peerE0b;
        _peerE1b = hasE1 ? options.Ee1b : _peerE1b;
        if (!hasMiddle)
        {
            return 0;
        }

        int marked = (int)((options.Eceb - _peerCeb) & Mask24);
        if (marked > (Mask24 >> 1))
        {
            return 0;                                   // older than what we know
        }

        _peerCeb = options.Eceb;
        return marked;
    }
}

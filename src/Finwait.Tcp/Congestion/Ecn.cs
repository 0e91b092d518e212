using System.Runtime.CompilerServices;
using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>How a connection tells its sender about congestion marks.</summary>
internal enum EcnMode : byte
{
    /// <summary>Not at all.</summary>
    Off,

    /// <summary>ECE until CWR (RFC 3168).</summary>
    Classic,

    /// <summary>Counts (RFC 9768).</summary>
    Accurate,
}

/// <summary>Explicit congestion notification of one connection: negotiation, marks on what goes out, what the marks on arrivals ask for (RFC 3168 §6.1).</summary>
/// <remarks>
/// Only new text is sent as ECN-capable, in both modes: no SYN, no pure acknowledgment, no retransmission, no probe (RFC 3168 §6.1.4 to
/// §6.1.6). What accurate feedback needs beyond this stands in <see cref="AccurateEcn"/>, made when it is negotiated.
/// </remarks>
internal sealed class Ecn
{
    /// <summary>The three bits that negotiate, and with accurate feedback count.</summary>
    public const TcpFlags Bits = TcpFlags.Ae | TcpFlags.Cwr | TcpFlags.Ece;

    private const TcpFlags ClassicRequest = TcpFlags.Cwr | TcpFlags.Ece;

    private bool _wantsAccurate;
    private bool _wantsClassic;
    private bool _echoes;
    private bool _owesCwr;
    private EcnCodepoint _synMark;

    /// <summary>What was negotiated; before that what we asked for counts as <see cref="EcnMode.Off"/>.</summary>
    public EcnMode Mode { get; private set; }

    /// <summary>Our SYN asks for it.</summary>
    public bool IsRequested => _wantsAccurate || _wantsClassic;

    /// <summary>An ECN-capable segment has come.</summary>
    public bool Seen { get; private set; }

    /// <summary>The counts; null unless <see cref="EcnMode.Accurate"/>.</summary>
    public AccurateEcn? Accurate { get; private set; }

    /// <summary>Active OPEN: what the SYN asks for (net.ipv4.tcp_ecn).</summary>
    public void Request(TcpSettings settings)
    {
        _wantsAccurate = settings.Ecn == 3;
        _wantsClassic = settings.Ecn is 1 or 4;
    }

    /// <summary>The bits of our SYN (RFC 3168 §6.1.1, RFC 9768 §3.1.1). If it stays unanswered the bits may be the reason (§6.1.1.1; §3.1.4.1 tries twice).</summary>
    public TcpFlags SynFlags(TcpSettings settings, int retransmissions)
    {
        int tries = _wantsAccurate ? 1 : 0;
        if (settings.EcnFallback && retransmissions > tries)
        {
            return TcpFlags.None;
        }

        return _wantsAccurate ? Bits : _wantsClassic ? ClassicRequest : TcpFlags.None;
    }

    /// <summary>The peer's SYN came to a listener, or crossed ours.</summary>
    public void TakeSyn(TcpFlags flags, EcnCodepoint mark, TcpSettings settings, bool crossed)
    {
        TcpFlags bits = flags & Bits;
        bool accepts = settings.Ecn != 0 && (!crossed || IsRequested);
        _synMark = mark;
        Mode = EcnMode.Off;
        if (!accepts || bits == TcpFlags.None)
        {
            return;
        }

        // RFC 9768 §3.1.3: combinations that mean nothing today stand for a later form of accurate feedback.
        if (settings.Ecn >= 3 && bits != ClassicRequest && (!crossed || _wantsAccurate))
        {
            Begin(EcnMode.Accurate);
        }
        else if ((bits & ClassicRequest) == ClassicRequest && mark == EcnCodepoint.NotEct)
        {
            Begin(EcnMode.Classic);                     // a marked SYN says that somebody rewrites the field: better without (as Linux)
        }
    }

    /// <summary>The bits of our SYN-ACK.</summary>
    public TcpFlags SynAckFlags() => Mode switch
    {
        EcnMode.Classic => TcpFlags.Ece,
        EcnMode.Accurate => AccurateEcn.Encode(_synMark),
        _ => TcpFlags.None,
    };

    /// <summary>The SYN-ACK answers our SYN.</summary>
    public void TakeSynAck(TcpFlags flags, EcnCodepoint mark)
    {
        TcpFlags bits = flags & Bits;
        Mode = EcnMode.Off;
        if (_wantsAccurate && bits != TcpFlags.None && bits != Bits && bits != TcpFlags.Ece)
        {
            Begin(EcnMode.Accurate);
            Accurate!.OnSynAck(bits, mark);
        }
        else if (IsRequested && (bits & ClassicRequest) == TcpFlags.Ece && (!_wantsAccurate || bits == TcpFlags.Ece))
        {
            Begin(EcnMode.Classic);                     // both bits at once would be a peer that only reflects ours
        }
    }

    /// <summary>The segment that ends the handshake of a passive connection.</summary>
    public void TakeHandshakeAck(in TcpSegment segment)
    {
        if (Accurate is { } counts && segment.Payload.IsEmpty && !segment.Has(TcpFlags.Syn))
        {
            counts.OnHandshakeAck(segment.Flags);
        }
    }

    /// <summary>What an acceptable segment brought in marks. True if it should be acknowledged at once, and soon again.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public EcnAnswer TakeMark(in TcpSegment segment)
    {
        if (Mode == EcnMode.Accurate)
        {
            Seen |= segment.Ecn != EcnCodepoint.NotEct;
            return Accurate!.OnArrival(segment.Ecn, segment.Payload.Length) ? EcnAnswer.Now : EcnAnswer.AsUsual;
        }

        if (segment.Payload.IsEmpty)
        {
            return EcnAnswer.AsUsual;
        }

        EcnAnswer answer = EcnAnswer.AsUsual;
        if (segment.Has(TcpFlags.Cwr))
        {
            _echoes = false;
            answer = EcnAnswer.Now;                     // the peer's window may be a single segment now
        }

        switch (segment.Ecn)
        {
            case EcnCodepoint.NotEct:
                return Seen ? EcnAnswer.Quickly : answer;   // most likely a retransmission
            case EcnCodepoint.Ce:
                Seen = true;
                if (!_echoes)
                {
                    _echoes = true;
                    return EcnAnswer.Quickly;
                }

                return answer;
            default:
                Seen = true;
                return answer;
        }
    }

    /// <summary>True if the acknowledgment reports congestion that it did not report before the last reduction.</summary>
    /// <param name="segment">Not older than what was acknowledged before.</param>
    /// <param name="delivered">Segments that it newly acknowledged or reported.</param>
    /// <param name="mss">Octets of a full one.</param>
    public bool TakeEcho(in TcpSegment segment, int delivered, int mss)
    {
        int marked = CountMarked(segment, delivered, mss);
        DeliveredCe += (uint)Math.Max(marked, 0);
        return marked > 0 || (Mode == EcnMode.Classic && (segment.Flags & (TcpFlags.Ece | TcpFlags.Syn)) == TcpFlags.Ece);
    }

    /// <summary>Segments that the peer says were marked; with ECN as of RFC 3168 all that the acknowledgment tells of.</summary>
    public uint DeliveredCe { get; private set; }

    private int CountMarked(in TcpSegment segment, int delivered, int mss) => Mode switch
    {
        EcnMode.Classic => (segment.Flags & (TcpFlags.Ece | TcpFlags.Syn)) == TcpFlags.Ece ? delivered : 0,
        EcnMode.Accurate => Accurate!.OnFeedback(segment, delivered, mss),
        _ => 0,
    };

    /// <summary>The window was reduced: the next new text says so (RFC 3168 §6.1.2).</summary>
    public void OnReduction() => _owesCwr = Mode == EcnMode.Classic;

    /// <summary>The reduction was taken back.</summary>
    public void OnUndo() => _owesCwr = false;

    /// <summary>Adds to a segment of the open connection what ECN wants in it; <paramref name="plan"/> is complete but for options.</summary>
    /// <param name="plan">The segment.</param>
    /// <param name="isNewText">It carries text that was never sent.</param>
    public void Mark(ref SegmentPlan plan, bool isNewText)
    {
        if (Mode == EcnMode.Classic)
        {
            if (_echoes)
            {
                plan.Flags |= TcpFlags.Ece;
            }

            if (isNewText)
            {
                plan.Ecn = EcnCodepoint.Ect0;
                if (_owesCwr)
                {
                    plan.Flags |= TcpFlags.Cwr;
                    _owesCwr = false;
                }
            }
        }
        else if (Mode == EcnMode.Accurate)
        {
            plan.Flags |= Accurate!.Ace(isPureAck: plan.PayloadLength == 0 && (plan.Flags & TcpFlags.Fin) == 0);
            if (isNewText && Accurate.MaySendCapable)
            {
                plan.Ecn = EcnCodepoint.Ect0;
            }
        }
    }

    /// <summary>The same, sharing nothing.</summary>
    public Ecn Copy()
    {
        Ecn copy = (Ecn)MemberwiseClone();
        copy.Accurate = Accurate?.Copy();
        return copy;
    }

    private void Begin(EcnMode mode)
    {
        Mode = mode;
        Accurate = mode == EcnMode.Accurate ? new AccurateEcn() : null;
    }
}

/// <summary>What a mark asks of the acknowledgment.</summary>
internal enum EcnAnswer : byte
{
    /// <summary>Nothing.</summary>
    AsUsual,

    /// <summary>At once.</summary>
    Now,

    /// <summary>This one and the next at once.</summary>
    Quickly,
}

using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>One answer without text that an unacceptable segment asks for: a reset (RFC 9293 §3.5.2) or a bare ACK. One slot: one input, one answer.</summary>
internal struct ControlReply
{
    public bool IsPending { get; private set; }

    public SeqNum Seq { get; private set; }

    public SeqNum Ack { get; private set; }

    public TcpFlags Flags { get; private set; }

    public Rule Rule { get; private set; }

    /// <summary>TSecr of a reset that answers a segment with timestamps (RFC 7323 §5.2).</summary>
    public uint? EchoTsVal { get; private set; }

    /// <summary>The reset that answers <paramref name="segment"/>: group 1 and 2 of RFC 9293 §3.5.2.</summary>
    public void Reset(in TcpSegment segment, Rule rule = Rule.Reset)
    {
        IsPending = true;
        Rule = rule;
        EchoTsVal = segment.Options.Has(TcpOptionPresence.Timestamps) ? segment.Options.TsVal : null;
        if (segment.Has(TcpFlags.Ack))
        {
            Seq = segment.Ack;
            Ack = default;
            Flags = TcpFlags.Rst;
        }
        else
        {
            Seq = default;
            Ack = segment.Seq + segment.SequenceLength;
            Flags = TcpFlags.Rst | TcpFlags.Ack;
        }
    }

    /// <summary>An empty acknowledgment at SND.NXT.</summary>
    public void Acknowledge(Rule rule)
    {
        IsPending = true;
        Rule = rule;
        Flags = TcpFlags.Ack;
    }

    /// <summary>It was sent.</summary>
    public void Clear() => this = default;
}

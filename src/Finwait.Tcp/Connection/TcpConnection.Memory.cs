namespace Finwait.Tcp;

/// <content>The books of memory, as <c>ss -m</c> shows them.</content>
public sealed partial class TcpConnection
{
    /// <summary>Descriptor and head of a packet to send, whose text lies in pages (as Linux 6.18 counts them).</summary>
    private const int SentOverhead = 832;

    /// <summary>What one packet handed to a link with offloading may hold at most (GSO_MAX_SIZE less headers), octets.</summary>
    private const int LargestPacket = 65536 - 1 - 320;

    private const int MemoryPage = 4096;

    /// <summary>What Linux would count of this connection's memory.</summary>
    /// <remarks>
    /// What was received is counted packet by packet. What was sent is counted from the segments in flight: those that left together count as one packet of at most
    /// half the congestion window, and what was sent again stands alone, as Linux cuts them; how it cut them once the window had changed is not remembered.
    /// </remarks>
    public SocketMemory GetMemory()
    {
        // A FIN that nothing readable came before takes a packet of its own; behind text it costs nothing.
        bool isFinAlone = _finReceived && !Is(Traits.FinRead) && UsedMemory == 0 && !Is(Traits.Orphan);
        int received = UsedMemory + (isFinAlone ? SentOverhead : 0);
        int queued = InFlightMemory() + UnsentMemory();
        return new()
        {
            ReceiveAllocated = received,
            ReceiveLimit = _rcv.Buffer,
            SendLimit = _sendBufferLimit,
            SendQueued = queued,
            Forward = (-(received + queued) & (MemoryPage - 1)) + (_tuning?.Memory.SparePages * MemoryPage ?? 0),
            Dropped = _extras?.PacketsDropped ?? 0,
        };
    }

    private int InFlightMemory()
    {
        int most = Math.Max(1, Math.Max(_settings.InitialWindow, _window.Cwnd) / 2);
        int memory = 0, inPacket = 0, textOfPacket = 0;
        for (int i = 0; i < _sent.Count; i++)
        {
            ref SentSegment segment = ref _sent[i];
            int text = segment.Length - (segment.Has(SentFlags.Syn) ? 1 : 0) - (segment.Has(SentFlags.Fin) ? 1 : 0);
            bool joins = i > 0 && Joins(_sent[i - 1], segment, textOfPacket, text, inPacket < most);
            memory += text + (joins ? 0 : SentOverhead);
            inPacket = joins ? inPacket + 1 : 1;
            textOfPacket = joins ? textOfPacket + text : text;
        }

        return memory;
    }

    /// <summary>True if a segment in flight lies in one packet with the one before it: both left at once, or they were packed together when the first was sent again.</summary>
    private bool Joins(in SentSegment before, in SentSegment segment, int textOfPacket, int text, bool hasRoom)
    {
        if (before.Has(SentFlags.EverRetransmitted))
        {
            return textOfPacket + text <= _mss && !segment.Has(SentFlags.Sacked) && !before.Has(SentFlags.Sacked | SentFlags.Syn);
        }

        return hasRoom && before.SentAt == segment.SentAt && before.Length == _mss && !segment.Has(SentFlags.EverRetransmitted);
    }

    private int UnsentMemory()
    {
        int unsent = Unsent;
        if (unsent == 0)
        {
            bool isFinUnsent = Is(Traits.FinQueued) && _snd.NxtOffset == _sendBuffer.Tail && _state is not TcpState.Closed;
            return isFinUnsent ? SentOverhead : 0;
        }

        int most = Math.Min(LargestPacket, (int)Math.Min(_snd.MaxWnd / 2, LargestPacket));
        int packet = Math.Max(1, most / _mss) * _mss;
        return unsent + ((unsent + packet - 1) / packet * SentOverhead);
    }
}

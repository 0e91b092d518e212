namespace Finwait.Tcp;

/// <summary>How the packets that wait for the reader lie in memory; what they cost of SO_RCVBUF depends on it, as on Linux (truesize).</summary>
public enum PacketMemory : byte
{
    /// <summary>Text in pages beside a small head: the packets of a veth pair or of a card with page buffers. Neighbours share one head. The default.</summary>
    Paged,

    /// <summary>Each packet in one block, a power of two, or in whole pages if it is longer than one: frames that a program on a packet socket or TUN device wrote.</summary>
    Linear,
}

/// <summary>What the text in the receive buffer costs, packet by packet, in the units of SO_RCVBUF.</summary>
/// <remarks>
/// The window is computed from memory, not from octets of text: small packets use it up faster. A packet's memory is free when its last octet
/// is read. The sizes are those of Linux 6.18 on x86-64, and give the windows of its captures to the octet.
/// </remarks>
internal struct ReceiveMemory
{
    /// <summary>A packet's descriptor (sizeof(struct sk_buff), aligned).</summary>
    private const int Descriptor = 256;

    /// <summary>What the kernel keeps behind the octets of every block (struct skb_shared_info).</summary>
    private const int SharedInfo = 320;

    /// <summary>Descriptor and head of a packet whose text lies in pages.</summary>
    private const int PagedOverhead = Descriptor + SharedInfo + 256;

    /// <summary>Headers and headroom of a packet in one block.</summary>
    private const int LinearHeaders = 66 + 16;

    /// <summary>IPv4 and TCP header, which lie in the first page of a packet that is longer than one.</summary>
    private const int PulledHeaders = 40;

    /// <summary>Pieces of pages one packet can hold (MAX_SKB_FRAGS).</summary>
    private const int MostPieces = 17;

    /// <summary>The sender's kernel fills pages of this many octets: text that lies across the end of one is two pieces.</summary>
    private const int SenderPage = 32768;

    /// <summary>Memory is reserved in pages.</summary>
    private const int Page = 4096;

    /// <summary>Text of a block of one page when packets are packed anew.</summary>
    private const int PackedText = Page - SharedInfo;

    private const int FewPackets = 4;

    private Packet[]? _packets;
    private int _first;
    private int _count;
    private int _headRead;
    private byte _tailPieces;
    private byte _sparePages;
    private int _tailRoom;
    private int _aheadText;
    private int _aheadMemory;

    /// <summary>Memory in use (sk_rmem_alloc), octets.</summary>
    public int Total { get; private set; }

    /// <summary>Whole pages reserved beyond those that <see cref="Total"/> fills: a packet's room is reserved before it shares the head of the one before it.</summary>
    public readonly int SparePages => _sparePages;

    /// <summary>Octets of text the oldest packet still has for the reader; 0 if there is none.</summary>
    public readonly int HeadLeft => _count == 0 ? 0 : _packets![_first].Text - _headRead;

    /// <summary>What one packet with this text costs when it stands alone.</summary>
    public static int CostOf(int text, PacketMemory kind) => kind == PacketMemory.Paged ? PagedOverhead + text
        : LinearHeaders + text >= Page ? ((text + PulledHeaders + Page - 1) & ~(Page - 1)) + Descriptor
        : (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(LinearHeaders + text + SharedInfo)) + Descriptor;

    /// <summary>True if a packet with this text needs no page beside those reserved already: Linux then does not ask whether the buffer is full.</summary>
    public readonly bool HasPageFor(int text, PacketMemory kind) => CostOf(text, kind) <= (-Total & (Page - 1));

    /// <summary>Text came in order.</summary>
    /// <param name="offset">Its stream offset.</param>
    /// <param name="text">Octets.</param>
    /// <param name="kind">How its packet lies in memory.</param>
    public void Add(long offset, int text, PacketMemory kind)
    {
        int reserved = Reserve(CostOf(text, kind));
        Keep(offset, text, kind);
        _sparePages = (byte)((reserved - Total) / Page);
    }

    /// <summary>What is reserved once a packet is let in, its room not yet used; octets.</summary>
    private readonly int Reserve(int cost)
    {
        int reserved = ((Total + Page - 1) & -Page) + (_sparePages * Page);
        return Math.Max(reserved, (Total + cost + Page - 1) & -Page);
    }

    private void Keep(long offset, int text, PacketMemory kind)
    {
        int pieces = kind == PacketMemory.Linear ? 0 : (offset & (SenderPage - 1)) + text > SenderPage ? 2 : 1;
        if (_count > 0 && (kind == PacketMemory.Linear ? text <= _tailRoom : _tailPieces > 0 && _tailPieces + pieces <= MostPieces))
        {
            ref Packet tail = ref _packets![(_first + _count - 1) & (_packets.Length - 1)];
            tail.Text += text;
            if (kind == PacketMemory.Linear)
            {
                _tailRoom -= text;                      // copied behind the text of the packet before
                return;
            }

            tail.Memory += text;
            _tailPieces += (byte)pieces;
            Total += text;
            return;
        }

        int cost = CostOf(text, kind);
        Push(text, cost);
        _tailPieces = (byte)pieces;
        _tailRoom = kind == PacketMemory.Linear ? cost - Descriptor - SharedInfo - LinearHeaders - text : 0;
    }

    /// <summary>Text came that waits behind a hole.</summary>
    public void AddAhead(int text, PacketMemory kind)
    {
        int cost = CostOf(text, kind);
        _aheadText += text;
        _aheadMemory += cost;
        Total += cost;
    }

    /// <summary>A hole was filled: so much of the waiting text is in order now.</summary>
    /// <param name="text">Octets.</param>
    /// <param name="isAll">Nothing waits any more.</param>
    public void Join(int text, bool isAll)
    {
        int memory = isAll || text >= _aheadText ? _aheadMemory : (int)((long)_aheadMemory * text / _aheadText);
        _aheadText = isAll ? 0 : Math.Max(0, _aheadText - text);
        _aheadMemory -= memory;
        Total -= memory;
        if (text > 0)
        {
            Push(text, memory);
            _tailPieces = 0;
            _tailRoom = 0;
        }
    }

    /// <summary>The reader took octets, at most <see cref="HeadLeft"/>.</summary>
    public void Take(int text)
    {
        _headRead += text;
        if (_count > 0 && _headRead >= _packets![_first].Text)
        {
            Total -= _packets[_first].Memory;
            _sparePages = 0;                            // what is free in whole pages goes back
            _headRead = 0;
            _first = (_first + 1) & (_packets.Length - 1);
            if (--_count == 0)
            {
                _tailPieces = 0;
                _tailRoom = 0;
            }
        }
    }

    /// <summary>Packs everything into full blocks, as Linux does when the buffer is used up by small packets (tcp_collapse).</summary>
    public void Pack(int unread)
    {
        int ahead = Math.Min(_aheadMemory, Packed(_aheadText));
        int inOrder = Math.Min(Total - _aheadMemory, Packed(unread));
        _aheadMemory = ahead;
        Total = ahead;
        _count = 0;
        _headRead = 0;
        _tailPieces = 0;
        _sparePages = 0;
        _tailRoom = 0;
        if (unread > 0)
        {
            Push(unread, inOrder);
        }
    }

    /// <summary>Nothing is kept any more.</summary>
    public void Clear() => this = default;

    /// <summary>The same state in memory of its own.</summary>
    public readonly ReceiveMemory Copy() => this with { _packets = (Packet[]?)_packets?.Clone() };

    private static int Packed(int text) => (text + PackedText - 1) / PackedText * (Page + Descriptor);

    private void Push(int text, int memory)
    {
        _packets ??= new Packet[FewPackets];
        if (_count == _packets.Length)
        {
            var larger = new Packet[2 * _count];
            for (int i = 0; i < _count; i++)
            {
                larger[i] = _packets[(_first + i) & (_count - 1)];
            }

            _packets = larger;
            _first = 0;
        }

        _packets[(_first + _count++) & (_packets.Length - 1)] = new Packet { Text = text, Memory = memory };
        Total += memory;
    }

    private struct Packet
    {
        public int Text;
        public int Memory;
    }
}

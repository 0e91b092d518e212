using System.Numerics;
using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>The receive sequence variables and the window we advertise (RFC 9293 §3.8.6; sizes as current Linux chooses them).</summary>
/// <remarks>
/// Of the receive buffer a part is offered as window, the rest pays for the overhead of packets, as in Linux: half at first, and the share that the
/// peer's packets really have for text as soon as they are known. The right edge never moves left (SHLD-14), unless net.ipv4.tcp_shrink_window is set.
/// </remarks>
internal struct ReceiveWindow
{
    private const int MaxUnscaled = 65535;
    private const int MaxShift = 14;
    private const int RatioShift = 8;

    /// <summary>Least receive buffer (SOCK_MIN_RCVBUF), octets.</summary>
    public const int LeastBuffer = 2304;

    private const byte DefaultRatio = 1 << (RatioShift - 1);

    /// <summary>IRS.</summary>
    public SeqNum Irs;

    /// <summary>RCV.NXT.</summary>
    public SeqNum Nxt;

    /// <summary>RCV.NXT when the last window was advertised (Last.ACK.sent of RFC 7323).</summary>
    public SeqNum WindowUpdate;

    /// <summary>Window advertised then, octets.</summary>
    public uint Wnd;

    /// <summary>Largest window we are willing to offer now, octets: grows with the data that comes (rcv_ssthresh).</summary>
    public int SlowStartThreshold;

    /// <summary>Upper bound of any window, octets.</summary>
    public int Clamp;

    /// <summary>The receive buffer (SO_RCVBUF as the kernel keeps it), octets.</summary>
    public int Buffer;

    /// <summary>Shift we apply to the window field (Rcv.Wind.Shift); 0 if scaling is off.</summary>
    public byte Shift;

    /// <summary>Text in 256 octets of memory (scaling_ratio); 0 stands for the first guess, one half.</summary>
    public byte Ratio;

    /// <summary>Window the buffer allows when empty, octets.</summary>
    public readonly int FullSpace => WindowOf(Buffer);

    /// <summary>The window that so much memory allows, octets.</summary>
    public readonly int WindowOf(int memory) => (int)((long)memory * KnownRatio >> RatioShift);

    /// <summary>The memory that a window needs, octets.</summary>
    public readonly long MemoryOf(long window) => (window << RatioShift) / KnownRatio;

    private readonly byte KnownRatio => Ratio == 0 ? DefaultRatio : Ratio;

    /// <summary>Right edge of the largest window ever advertised (X-7323-5).</summary>
    public readonly SeqNum RightEdge => WindowUpdate + Wnd;

    /// <summary>RCV.WND: what the peer may still send, octets.</summary>
    public readonly uint Current => (uint)Math.Max(0, RightEdge - Nxt);

    /// <summary>Chooses the window of our SYN or SYN-ACK and the scale to offer.</summary>
    /// <param name="mss">Segment size the window is a multiple of.</param>
    /// <param name="scaling">Whether the option may be used.</param>
    /// <param name="settings">Largest buffer, which decides the scale.</param>
    /// <param name="isFixed">The application set SO_RCVBUF: the window will never be larger, and the scale need not reach further.</param>
    /// <param name="clamp">TCP_WINDOW_CLAMP, octets; 0 for none.</param>
    public void ChooseInitial(int mss, bool scaling, TcpSettings settings, bool isFixed, int clamp)
    {
        int limit = clamp > 0 ? clamp : MaxUnscaled << MaxShift;
        if (isFixed)
        {
            limit = Math.Min(limit, FullSpace);
        }

        int space = Math.Min(FullSpace, limit);
        if (settings.InitialReceiveWindow > 0)
        {
            space = Math.Min(space, settings.InitialReceiveWindow);
        }
        else if (space > mss)
        {
            space -= space % mss;
        }

        Wnd = (uint)(scaling ? space : Math.Min(space, MaxUnscaled));   // the field of a SYN holds less; Linux 6.18 counts all of it as offered
        Shift = scaling ? ScaleFor(Math.Min(Math.Max(space, settings.ReceiveBuffer.Max), limit)) : (byte)0;
        Clamp = Math.Min(limit, MaxUnscaled << Shift);
        SlowStartThreshold = (int)Wnd;
    }

    /// <summary>The peer's SYN came.</summary>
    public void Start(SeqNum irs)
    {
        Irs = irs;
        Nxt = irs + 1;
        WindowUpdate = Nxt;
    }

    /// <summary>The handshake is over: reserve one segment of the buffer, as Linux does. Returns the space the reader is expected to use.</summary>
    public int OnEstablished(int advertisedMss)
    {
        int full = FullSpace;
        if (Clamp >= full)
        {
            Clamp = full;
        }

        if (Clamp > 2 * advertisedMss && Clamp + advertisedMss > full)
        {
            Clamp = Math.Max(2 * advertisedMss, full - advertisedMss);
        }

        SlowStartThreshold = Math.Min(SlowStartThreshold, Clamp);
        return (int)Math.Min(Math.Min(SlowStartThreshold, Wnd), 10L * advertisedMss);
    }

    /// <summary>The share of text in memory turned out to be another: the window follows.</summary>
    /// <param name="text">Octets of text of a packet.</param>
    /// <param name="memory">What it costs, octets.</param>
    /// <returns>True if the share changed.</returns>
    public bool Rescale(int text, int memory)
    {
        byte ratio = (byte)Math.Clamp(((long)text << RatioShift) / memory, 1, byte.MaxValue);
        if (ratio == KnownRatio)
        {
            return false;
        }

        Ratio = ratio;
        SetClamp(FullSpace);
        return true;
    }

    /// <summary>Sets the upper bound of the window (TCP_WINDOW_CLAMP, or what the buffer allows).</summary>
    public void SetClamp(int clamp)
    {
        clamp = Math.Max(clamp, LeastBuffer / 2);
        if (clamp < Clamp)
        {
            SlowStartThreshold = Math.Min(SlowStartThreshold, clamp);
        }
        else
        {
            SlowStartThreshold = Math.Max(SlowStartThreshold, Math.Min((int)Wnd, clamp));
        }

        Clamp = clamp;
    }

    /// <summary>Data came in time: offer more, up to what buffer and clamp allow. True if the offer grew.</summary>
    /// <param name="text">Octets of text.</param>
    /// <param name="cost">Memory that such text costs beside its packet's head, octets.</param>
    /// <param name="used">Memory in use, octets.</param>
    /// <param name="advertisedMss">What we told the peer.</param>
    /// <param name="receiveMss">Estimate of the peer's segment size.</param>
    /// <param name="largestBuffer">net.ipv4.tcp_rmem, third number.</param>
    public bool Grow(int text, int cost, int used, int advertisedMss, int receiveMss, int largestBuffer)
    {
        int room = Math.Min(Clamp, WindowOf(Buffer - used)) - SlowStartThreshold;
        if (room <= 0)
        {
            return false;
        }

        int step = 2 * advertisedMss;
        if (WindowOf(cost) > text)
        {
            step = StepForSmall(text, cost, receiveMss, largestBuffer);
            if (step == 0)
            {
                return false;
            }
        }

        SlowStartThreshold += Math.Min(room, Math.Max(step, 2 * text));
        return true;
    }

    /// <summary>Packets with much overhead grow the window only while it is small against the largest buffer.</summary>
    private readonly int StepForSmall(int text, int cost, int receiveMss, int largestBuffer)
    {
        int memory = WindowOf(cost) >> 1;
        for (int window = WindowOf(largestBuffer) >> 1; SlowStartThreshold <= window; window >>= 1)
        {
            if (memory <= text)
            {
                return 2 * receiveMss;
            }

            memory >>= 1;
        }

        return 0;
    }

    /// <summary>The window that the free part of the buffer allows, octets; 0 if there is none. While it is less than half of the largest, whole units of the scale count.</summary>
    /// <param name="used">Memory in use, octets.</param>
    public readonly int Free(int used)
    {
        int free = Math.Max(0, WindowOf(Buffer - used));
        return free < Math.Min(Clamp, FullSpace) >> 1 ? free & ~((1 << Shift) - 1) : free;
    }

    /// <summary>Least free room for which any window is offered (RFC 9293 §3.8.6.2.2): a segment, and a sixteenth of what the empty buffer allows, as Linux; octets.</summary>
    /// <param name="receiveMss">Estimate of the peer's segment size.</param>
    public readonly int LeastOffer(int receiveMss) => Math.Min(Math.Max(FullSpace >> 4, Math.Min(receiveMss, Math.Min(Clamp, FullSpace))), Math.Min(Clamp, FullSpace) >> 1);

    /// <summary>The window that could be offered now (RFC 9293 §3.8.6.2.2: none rather than a silly one), octets.</summary>
    /// <param name="used">Memory in use, octets.</param>
    /// <param name="receiveMss">Estimate of the peer's segment size.</param>
    /// <param name="mayShrink">net.ipv4.tcp_shrink_window: the right edge may move left when memory runs out.</param>
    /// <param name="isTight">More than half of the window is used up: no reason to hurry with acknowledgments.</param>
    public readonly int Offer(int used, int receiveMss, bool mayShrink, out bool isTight)
    {
        int allowed = FullSpace;
        int full = Math.Min(Clamp, allowed);
        int free = WindowOf(Buffer - used);
        int mss = Math.Min(receiveMss, full);
        int unit = 1 << Shift;
        bool shrinks = mayShrink && Shift > 0;
        if (shrinks)
        {
            free &= ~(unit - 1);
        }

        isTight = free < full >> 1;
        if (isTight)
        {
            free &= ~(unit - 1);
            if (free < LeastOffer(receiveMss) || (shrinks && free < unit))
            {
                return 0;
            }
        }

        free = Math.Min(free, SlowStartThreshold);
        if (Shift > 0)
        {
            return AlignUp(free);
        }

        // Without scaling keep to whole segments, so that the window does not creep.
        int window = (int)Wnd;
        if (mss > 0 && (window <= free - mss || window > free))
        {
            window = free / mss * mss;
        }
        else if (free > window + (full / 2))            // a buffer of less than two segments: half of it is a step, too
        {
            window = free;
        }

        return window;
    }

    /// <summary>Chooses the window for a segment that goes out now and returns the field as it stands on the wire.</summary>
    public ushort Advertise(int used, int receiveMss, bool mayShrink, out bool isTight)
    {
        uint current = Current;
        uint window = (uint)Offer(used, receiveMss, mayShrink, out isTight);
        if (window < current && !(mayShrink && Shift > 0))
        {
            window = (uint)AlignUp((int)current);
        }

        // A field of 16 bits, shifted: the edge would otherwise be promised further than the field can say.
        window = Math.Min(window, (uint)MaxUnscaled << Shift);
        Wnd = window;
        WindowUpdate = Nxt;
        return (ushort)(window >> Shift);
    }

    /// <summary>True if [<paramref name="seq"/>, + <paramref name="length"/>) is acceptable (RFC 9293 §3.10.7.4, first check).</summary>
    /// <remarks>
    /// Three decisions beside the letter: an empty segment exactly at the right edge is taken (a peer that has filled the window acknowledges
    /// with that number); a segment that covers the whole window on both sides is taken and trimmed; a bare FIN at RCV.NXT is taken with a closed window, since it needs no buffer.
    /// </remarks>
    public readonly bool IsAcceptable(SeqNum seq, int length, bool isBareFin)
    {
        uint window = Current;
        if (length == 0)
        {
            return seq == Nxt || (window > 0 && unchecked(seq.Value - Nxt.Value) <= window);
        }

        if (window == 0)
        {
            return isBareFin && seq == Nxt;
        }

        SeqNum last = seq + (length - 1);
        return seq.IsIn(Nxt, window) || last.IsIn(Nxt, window) || (seq < Nxt && last >= RightEdge);
    }

    private readonly int AlignUp(int octets)
    {
        int mask = (1 << Shift) - 1;
        return (octets + mask) & ~mask;
    }

    private static byte ScaleFor(int space) => (byte)Math.Clamp(BitOperations.Log2((uint)space) - 15, 0, 14);
}

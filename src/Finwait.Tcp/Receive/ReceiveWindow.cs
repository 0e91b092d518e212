using System.Numerics;
using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>The receive sequence variables and the window we advertise (RFC 9293 §3.8.6; sizes as current Linux chooses them).</summary>
/// <remarks>
/// Half of the receive buffer is offered as window, the other half pays for the overhead of packets, as in Linux. The right edge
/// never moves left (SHLD-14).
/// </remarks>
internal struct ReceiveWindow
{
    private const int MaxUnscaled = 65535;

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

    /// <summary>Window the buffer allows when empty, octets.</summary>
    public readonly int FullSpace => Buffer / 2;

    /// <summary>Right edge of the largest window ever advertised (X-7323-5).</summary>
    public readonly SeqNum RightEdge => WindowUpdate + Wnd;

    /// <summary>RCV.WND: what the peer may still send, octets.</summary>
    public readonly uint Current => (uint)Math.Max(0, RightEdge - Nxt);

    /// <summary>Chooses the window of our SYN or SYN-ACK and the scale to offer.</summary>
    /// <param name="mss">Segment size the window is a multiple of.</param>
    /// <param name="scaling">Whether the option may be used.</param>
    /// <param name="settings">Largest buffer, which decides the scale.</param>
    public void ChooseInitial(int mss, bool scaling, TcpSettings settings)
    {
        int space = FullSpace;
        if (space > mss)
        {
            space -= space % mss;
        }

        Wnd = (uint)Math.Min(space, MaxUnscaled);
        Shift = scaling ? ScaleFor(Math.Max(FullSpace, settings.ReceiveBuffer.Max)) : (byte)0;
        Clamp = scaling ? int.MaxValue : MaxUnscaled;
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
            Clamp = Math.Max(full, 4 * advertisedMss);
        }

        if (Clamp > 2 * advertisedMss && Clamp + advertisedMss > full)
        {
            Clamp = Math.Max(2 * advertisedMss, full - advertisedMss);
        }

        SlowStartThreshold = Math.Min(SlowStartThreshold, Clamp);
        return (int)Math.Min(Math.Min(SlowStartThreshold, Wnd), 10L * advertisedMss);
    }

    /// <summary>The application set another buffer size.</summary>
    public void Resize(int buffer, bool isOpen)
    {
        Buffer = buffer;
        if (isOpen)
        {
            Clamp = Math.Min(Clamp, FullSpace);
            SlowStartThreshold = Math.Min(SlowStartThreshold, Clamp);
        }
    }

    /// <summary>Full-sized data came in time: offer more, up to the clamp.</summary>
    public void Grow(int octets) => SlowStartThreshold = Math.Min(Clamp, SlowStartThreshold + octets);

    /// <summary>The window that could be offered now (RFC 9293 §3.8.6.2.2: none rather than a silly one), octets.</summary>
    /// <param name="unread">Octets waiting for the application.</param>
    /// <param name="receiveMss">Estimate of the peer's segment size.</param>
    public readonly int Offer(int unread, int receiveMss)
    {
        int full = Math.Min(Clamp, FullSpace);
        int free = FullSpace - unread;
        int mss = Math.Min(receiveMss, full);
        if (free < full / 2)
        {
            free &= ~((1 << Shift) - 1);
            if (free < FullSpace / 16 || free < mss)
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
        if (window <= free - mss || window > free)
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
    public ushort Advertise(int unread, int receiveMss)
    {
        uint current = Current;
        uint window = (uint)Offer(unread, receiveMss);
        if (window < current)
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

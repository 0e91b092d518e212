using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>Which way a captured frame went.</summary>
public enum CaptureDirection : byte
{
    /// <summary>From the link to the host; on the loopback interface, where each packet is seen once, always this.</summary>
    Inbound,

    /// <summary>From the host to the link.</summary>
    Outbound,
}

/// <summary>One frame that a tap saw.</summary>
/// <param name="Number">The frame's number in the host's count, over all interfaces, from 1: what <see cref="Finwait.Tcp.Cause.Subject"/> names for a packet.</param>
/// <param name="Time">When it passed.</param>
/// <param name="Direction">Which way.</param>
/// <param name="Cause">Why it was sent, if the transport said so; default for frames that came in.</param>
/// <param name="OriginalLength">Octets of the whole frame.</param>
/// <param name="Bytes">The frame, cut to the tap's snapshot length: Ethernet (on the loopback interface with zero addresses, as on Linux) or, on point-to-point links, the bare IP packet.</param>
/// <param name="Order">Its number in <see cref="CaptureTap.Order"/>: when it passed; on the loopback interface, when it arrived. 0 if nobody counts.</param>
/// <param name="SentOrder">On the loopback interface the number of the moment in which it was sent; else 0.</param>
public readonly record struct CapturedFrame(ulong Number, Instant Time, CaptureDirection Direction, Cause Cause, int OriginalLength, byte[] Bytes, ulong Order = 0, ulong SentOrder = 0);

/// <summary>A bounded queue of the frames of one interface. Its owner drains it; when it is full, new frames are counted and lost.</summary>
public sealed class CaptureTap
{
    private const int EthernetHeaderLength = 14;

    private readonly Queue<CapturedFrame> _frames = new();
    private readonly int _frameLimit;
    private readonly long _octetLimit;
    private readonly int _snapLength;
    private long _octets;

    /// <summary>An empty tap.</summary>
    /// <param name="frameLimit">Most frames held. Default 65536.</param>
    /// <param name="octetLimit">Most octets held. Default 64 MiB.</param>
    /// <param name="snapLength">Octets kept of each frame. Default 262144: all.</param>
    public CaptureTap(int frameLimit = 65536, long octetLimit = 64 << 20, int snapLength = 262144)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frameLimit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(snapLength, 1);
        _frameLimit = frameLimit;
        _octetLimit = octetLimit;
        _snapLength = snapLength;
    }

    /// <summary>Numbers the frames together with the lines of other records; default null.</summary>
    public RecordOrder? Order { get; set; }

    /// <summary>Frames waiting to be taken.</summary>
    public int Count => _frames.Count;

    /// <summary>Frames seen, the lost ones included.</summary>
    public long Seen { get; private set; }

    /// <summary>Frames lost because the tap was full: "packets dropped by kernel".</summary>
    public long Dropped { get; private set; }

    /// <summary>Takes the oldest frame.</summary>
    public bool TryTake(out CapturedFrame frame)
    {
        if (!_frames.TryDequeue(out frame))
        {
            return false;
        }

        _octets -= frame.Bytes.Length;
        return true;
    }

    internal void Add(Instant now, ulong number, CaptureDirection direction, Cause cause, ReadOnlySpan<byte> frame, bool addEthernet, ulong sentOrder = 0)
    {
        Seen++;
        int header = addEthernet ? EthernetHeaderLength : 0;
        int kept = Math.Min(frame.Length + header, _snapLength);
        if (_frames.Count >= _frameLimit || _octets + kept > _octetLimit)
        {
            Dropped++;
            return;
        }

        byte[] bytes = new byte[kept];
        if (addEthernet && kept >= EthernetHeaderLength && frame.Length > 0)
        {
            bool isV6 = frame[0] >> 4 == 6;
            bytes[12] = isV6 ? (byte)0x86 : (byte)0x08;
            bytes[13] = isV6 ? (byte)0xDD : (byte)0x00;
        }

        frame[..Math.Max(0, kept - header)].CopyTo(bytes.AsSpan(Math.Min(header, kept)));
        _octets += kept;
        _frames.Enqueue(new CapturedFrame(number, now, direction, cause, frame.Length + header, bytes, Order?.Next() ?? 0, sentOrder));
    }
}

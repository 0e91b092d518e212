using System.Buffers.Binary;

namespace Finwait.Capture;

/// <summary>Reads the packets of a capture file or stream, pcap or pcapng, in constant memory.</summary>
/// <remarks>Errors are worded as libpcap words them. Packets in front of a fault are delivered first. Not thread-safe.</remarks>
public abstract class CaptureReader
{
    private protected CaptureReader(CaptureInput input) => Input = input;

    /// <summary>What kind of packets the file holds; for pcapng that of the first interface.</summary>
    public LinkType LinkType { get; private protected set; }

    /// <summary>Most octets kept of a packet; always positive.</summary>
    public int SnapLength { get; private protected set; }

    /// <summary>True if time stamps are finer than a microsecond.</summary>
    public bool HasNanoseconds { get; private protected set; }

    /// <summary>Why reading stopped, or null at a proper end of the file. Meaningful once <see cref="TryRead"/> has returned false.</summary>
    public string? Error { get; private protected set; }

    private protected CaptureInput Input { get; }

    /// <summary>Finds out which format <paramref name="stream"/> has and reads its header.</summary>
    /// <param name="stream">At the first octet of the file; need not be seekable. It stays the caller's, who closes it.</param>
    /// <param name="reader">The reader, or null.</param>
    /// <param name="error">What is wrong with the file if there is no reader: the file's fault, never thrown.</param>
    public static bool TryOpen(Stream stream, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out CaptureReader? reader, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out string? error)
    {
        var input = new CaptureInput(stream);
        reader = null;
        int got = input.Fill(4);
        if (got < 4)
        {
            error = $"truncated dump file; tried to read 4 file header bytes, only got {got}";
            return false;
        }

        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(input.Peek(4));
        if (magic == PcapngReader.SectionHeaderType)
        {
            return PcapngReader.TryOpen(input, out reader, out error);
        }

        return PcapReader.TryOpen(input, magic, out reader, out error);
    }

    /// <summary>Reads the next packet; false at the end of the file or at a fault (see <see cref="Error"/>).</summary>
    /// <param name="packet">The packet; its octets are valid until the next call.</param>
    public abstract bool TryRead(out PacketRecord packet);
}

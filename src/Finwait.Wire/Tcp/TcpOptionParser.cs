using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>Finds in the option bytes of a segment what an endpoint acts on. Never throws, whatever the bytes.</summary>
public static class TcpOptionParser
{
    // Kind, length and two no-operations in front: what nearly every segment of an open connection carries.
    internal const uint AlignedTimestamps = 0x01_01_08_0A;

    /// <summary>Parses the options of one segment.</summary>
    /// <remarks>
    /// Options may stand at any offset (MUST-64) and in any segment (MUST-5), except that MSS, window scale and SACK-permitted count only
    /// in segments with SYN (MUST-65, RFC 7323 §2.2, RFC 2018 §2), and so does Fast Open, which SACK blocks beside it put out (RFC 7413 §2). Unknown kinds are skipped by their length (MUST-6), and so is a known kind
    /// whose length is not the one its RFC names. A length of 0 or 1, or one beyond the bytes, sets <see cref="TcpOptionPresence.Malformed"/> and
    /// ends the parse; what stood before counts (MUST-7). Of duplicates the last counts, as in Linux. End-of-list ends the parse.
    /// Values are not judged: an MSS of 0 or a shift of 255 comes back as sent.
    /// </remarks>
    /// <param name="optionBytes">The bytes between the fixed header and the text.</param>
    /// <param name="isSyn">True if the segment has the SYN flag.</param>
    public static TcpOptionSet Parse(ReadOnlySpan<byte> optionBytes, bool isSyn)
    {
        ParseInto(optionBytes, isSyn, out TcpOptionSet set);
        return set;
    }

    /// <summary>The same, straight into the caller's set: a copy of what was just stored in pieces would have to wait for the stores.</summary>
    internal static void ParseInto(ReadOnlySpan<byte> optionBytes, bool isSyn, out TcpOptionSet set)
    {
        set = default;
        if (optionBytes.Length == 12 && BinaryPrimitives.ReadUInt32BigEndian(optionBytes) == AlignedTimestamps)
        {
            set.Present = TcpOptionPresence.Timestamps;
            set.TsVal = BinaryPrimitives.ReadUInt32BigEndian(optionBytes[4..]);
            set.TsEcr = BinaryPrimitives.ReadUInt32BigEndian(optionBytes[8..]);
        }
        else if (!optionBytes.IsEmpty)
        {
            ParseSlowly(optionBytes, isSyn, ref set);
        }
    }

    private static void ParseSlowly(ReadOnlySpan<byte> bytes, bool isSyn, ref TcpOptionSet set)
    {
        int at = 0;
        while (at < bytes.Length)
        {
            byte kind = bytes[at];
            if (kind == TcpOptionKind.EndOfOptionList)
            {
                return;
            }

            if (kind == TcpOptionKind.NoOperation)
            {
                at++;
                continue;
            }

            int length = at + 1 < bytes.Length ? bytes[at + 1] : 0;
            if (length < 2 || length > bytes.Length - at)
            {
                set.Present |= TcpOptionPresence.Malformed;
                return;
            }

            Take(kind, bytes.Slice(at + 2, length - 2), isSyn, ref set);
            at += length;
        }
    }

    private static void Take(byte kind, ReadOnlySpan<byte> data, bool isSyn, ref TcpOptionSet set)
    {
        switch (kind)
        {
            case TcpOptionKind.MaximumSegmentSize when isSyn && data.Length == 2:
                set.Mss = BinaryPrimitives.ReadUInt16BigEndian(data);
                set.Present |= TcpOptionPresence.Mss;
                break;
            case TcpOptionKind.WindowScale when isSyn && data.Length == 1:
                set.WindowScale = data[0];
                set.Present |= TcpOptionPresence.WindowScale;
                break;
            case TcpOptionKind.SackPermitted when isSyn && data.Length == 0:
                set.Present |= TcpOptionPresence.SackPermitted;
                break;
            case TcpOptionKind.Timestamps when data.Length == 8:
                set.TsVal = BinaryPrimitives.ReadUInt32BigEndian(data);
                set.TsEcr = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
                set.Present |= TcpOptionPresence.Timestamps;
                break;
            case TcpOptionKind.Sack when data.Length >= 8 && (data.Length & 7) == 0:
                TakeSack(data, ref set);
                break;
            case TcpOptionKind.AccurateEcn0 or TcpOptionKind.AccurateEcn1 when data.Length <= 9 && data.Length % 3 == 0:
                TakeCounters(kind, data, ref set);
                break;
            case TcpOptionKind.FastOpen or TcpOptionKind.Experiment2 when isSyn:
                TakeFastOpen(kind, data, ref set);
                break;
        }
    }

    private static void TakeFastOpen(byte kind, ReadOnlySpan<byte> data, ref TcpOptionSet set)
    {
        bool isExperimental = kind != TcpOptionKind.FastOpen;
        if (isExperimental)
        {
            if (data.Length < 2 || BinaryPrimitives.ReadUInt16BigEndian(data) != TcpOptionKind.FastOpenExperiment)
            {
                return;
            }

            data = data[2..];
        }

        if (FastOpenCookie.IsLength(data.Length) && !set.Has(TcpOptionPresence.Sack))
        {
            set.FastOpen = new(data, isExperimental);
        }
    }

    private static void TakeCounters(byte kind, ReadOnlySpan<byte> data, ref TcpOptionSet set)
    {
        uint first = Read24(data, 0), last = Read24(data, 6);
        set.EcnOrder = kind;
        set.EcnCount = (byte)(data.Length / 3);
        set.Ee0b = kind == TcpOptionKind.AccurateEcn0 ? first : last;
        set.Eceb = Read24(data, 3);
        set.Ee1b = kind == TcpOptionKind.AccurateEcn0 ? last : first;
        set.Present |= TcpOptionPresence.AccurateEcn;
    }

    private static uint Read24(ReadOnlySpan<byte> data, int at) => at + 3 > data.Length ? 0 : (uint)(data[at] << 16 | data[at + 1] << 8 | data[at + 2]);

    private static void TakeSack(ReadOnlySpan<byte> data, ref TcpOptionSet set)
    {
        int count = Math.Min(data.Length >> 3, SackBlockList.Capacity);
        for (int i = 0; i < count; i++)
        {
            ulong edges = BinaryPrimitives.ReadUInt64BigEndian(data[(8 * i)..]);
            set.Sack[i] = new(new((uint)(edges >> 32)), new((uint)edges));
        }

        set.SackCount = (byte)count;
        set.Present = (set.Present & ~TcpOptionPresence.FastOpen) | TcpOptionPresence.Sack;
    }
}

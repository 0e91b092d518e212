using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>Writes TCP headers (RFC 9293 §3.1).</summary>
public static class TcpWriter
{
    private const int ChecksumAt = 16;
    private const uint NopNop = 0x0101_0000;
    private const uint SackPermitted = 0x0402;

    /// <summary>Octets that the options take in the header, padding included: a multiple of four, 0–40.</summary>
    /// <remarks>
    /// MSS, window scale and SACK-permitted count only with <paramref name="isSyn"/> (MUST-65). SACK blocks take what room is left: 4 alone,
    /// 3 beside timestamps, fewer on SYNs (RFC 2018 §3); those that do not fit are left out from the end, where the oldest stand.
    /// </remarks>
    /// <param name="options">What to send.</param>
    /// <param name="layout">Order and padding.</param>
    /// <param name="isSyn">True for segments with SYN.</param>
    public static int OptionLength(in TcpOptionSet options, TcpOptionLayout layout, bool isSyn)
    {
        int length = LengthWithoutSack(options.Present, layout, isSyn);
        int blocks = SackBlocksThatFit(options, length);
        length = blocks == 0 ? length : length + 4 + (8 * blocks);
        length += CounterLength(options, length);
        return length + CookieLength(options, length, isSyn);
    }

    /// <summary>Writes the header with its options and checksum field zero; returns its length, 20–60 octets. Follow with <c>WriteChecksum</c>.</summary>
    /// <param name="segment">Room for the header; the text is not touched.</param>
    /// <param name="sourcePort">Source port.</param>
    /// <param name="destinationPort">Destination port.</param>
    /// <param name="seq">SEG.SEQ.</param>
    /// <param name="ack">SEG.ACK, written as given whatever the flags.</param>
    /// <param name="flags">The nine control bits.</param>
    /// <param name="window">Window field, already scaled.</param>
    /// <param name="urgentPointer">Urgent pointer field.</param>
    /// <param name="options">Options; see <see cref="OptionLength"/> for what is left out.</param>
    /// <param name="layout">Order and padding of the options.</param>
    /// <exception cref="ArgumentException">Too little room: a caller bug.</exception>
    public static int WriteHeader(Span<byte> segment, ushort sourcePort, ushort destinationPort, SeqNum seq, SeqNum ack, TcpFlags flags,
        ushort window, ushort urgentPointer, in TcpOptionSet options, TcpOptionLayout layout)
    {
        const TcpOptionPresence Writable = ~TcpOptionPresence.Malformed;
        TcpOptionPresence present = options.Present & Writable;
        int headerLength = TcpView.MinHeaderLength;
        if (present == TcpOptionPresence.Timestamps && segment.Length >= 32)
        {
            // Stores of eight octets, because the checksum reads eights: a load of bytes from two stores in flight would stall.
            Span<byte> whole = segment[..32];
            WriteFirst16(whole, sourcePort, destinationPort, seq, ack, flags, window, 32);
            BinaryPrimitives.WriteUInt64BigEndian(whole[16..], (ulong)urgentPointer << 32 | TcpOptionParser.AlignedTimestamps);
            BinaryPrimitives.WriteUInt64BigEndian(whole[24..], (ulong)options.TsVal << 32 | options.TsEcr);
            return 32;
        }

        if (present != TcpOptionPresence.None)
        {
            headerLength += WriteOptions(segment, options, layout, (flags & TcpFlags.Syn) != 0);
        }

        if (segment.Length < headerLength)
        {
            throw NoRoom(nameof(segment));
        }

        Span<byte> fixedPart = segment[..TcpView.MinHeaderLength];
        WriteFirst16(fixedPart, sourcePort, destinationPort, seq, ack, flags, window, headerLength);
        BinaryPrimitives.WriteUInt32BigEndian(fixedPart[16..], urgentPointer);
        return headerLength;
    }

    /// <summary>Computes the checksum over pseudo-header, header and text and writes it (RFC 9293 §3.1, MUST-2).</summary>
    /// <param name="segment">Exactly the segment: header and text.</param>
    /// <param name="source">Source address of the packet.</param>
    /// <param name="destination">Final destination address of the packet.</param>
    public static void WriteChecksum(Span<byte> segment, IpAddress source, IpAddress destination) =>
        WriteChecksum(segment, 0, 0, source, destination);

    /// <summary>Writes the checksum when the text was summed already, by the copy for instance.</summary>
    /// <param name="header">Exactly the header with its options.</param>
    /// <param name="payloadSum">Sum of the text (<see cref="InternetChecksum.CopyAndSum"/>; <see cref="InternetChecksum.Combine"/> if copied in pieces).</param>
    /// <param name="payloadLength">Octets of the text.</param>
    /// <param name="source">Source address of the packet.</param>
    /// <param name="destination">Final destination address of the packet.</param>
    public static void WriteChecksum(Span<byte> header, ulong payloadSum, int payloadLength, IpAddress source, IpAddress destination)
    {
        // The field as it is now is taken out of the sum instead of being zeroed first: no store right before the loads.
        Span<byte> field = header.Slice(ChecksumAt, 2);
        ulong sum = InternetChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, header.Length + payloadLength)
            + InternetChecksum.Sum(header) + (ushort)~BinaryPrimitives.ReadUInt16BigEndian(field) + payloadSum;
        BinaryPrimitives.WriteUInt16BigEndian(field, InternetChecksum.Fold(sum));
    }

    private static void WriteFirst16(Span<byte> header, ushort sourcePort, ushort destinationPort, SeqNum seq, SeqNum ack, TcpFlags flags, ushort window, int headerLength)
    {
        uint offsetAndFlags = ((uint)headerLength << 10) | ((uint)flags & 0x1FF);
        BinaryPrimitives.WriteUInt64BigEndian(header, (ulong)sourcePort << 48 | (ulong)destinationPort << 32 | seq.Value);
        BinaryPrimitives.WriteUInt64BigEndian(header[8..], (ulong)ack.Value << 32 | offsetAndFlags << 16 | window);
    }

    private static ArgumentException NoRoom(string parameter) => new("no room for the TCP header", parameter);

    private static int LengthWithoutSack(TcpOptionPresence present, TcpOptionLayout layout, bool isSyn)
    {
        int length = (present & TcpOptionPresence.Timestamps) != 0 ? 12 : 0;
        if (!isSyn)
        {
            return length;
        }

        length += (present & TcpOptionPresence.Mss) != 0 ? 4 : 0;
        length += (present & TcpOptionPresence.WindowScale) != 0 ? 4 : 0;

        // Linux and FreeBSD put SACK-permitted where the two no-operations before the timestamps would stand.
        bool isMerged = layout != TcpOptionLayout.MacOs && (present & TcpOptionPresence.Timestamps) != 0;
        return length + ((present & TcpOptionPresence.SackPermitted) != 0 && !isMerged ? 4 : 0);
    }

    private static int SackBlocksThatFit(in TcpOptionSet options, int lengthWithoutSack) => (options.Present & TcpOptionPresence.Sack) == 0
        ? 0
        : Math.Min(Math.Min((int)options.SackCount, SackBlockList.Capacity), (TcpView.MaxOptionLength - lengthWithoutSack - 4) / 8);

    /// <summary>Octets of the AccECN option with its padding, 0 if nothing is left for it: SACK has the right of way (RFC 9768 §3.2.3.3).</summary>
    private static int CounterLength(in TcpOptionSet options, int before)
    {
        if ((options.Present & TcpOptionPresence.AccurateEcn) == 0)
        {
            return 0;
        }

        int length = (2 + (3 * Math.Min((int)options.EcnCount, 3)) + 3) & ~3;
        return before + length <= TcpView.MaxOptionLength ? length : 0;
    }

    /// <summary>Octets of the Fast Open option with its padding, 0 if it is not there or does not fit.</summary>
    private static int CookieLength(in TcpOptionSet options, int before, bool isSyn)
    {
        if (!isSyn || (options.Present & (TcpOptionPresence.FastOpen | TcpOptionPresence.Sack)) != TcpOptionPresence.FastOpen)
        {
            return 0;
        }

        FastOpenCookie cookie = options.FastOpen;
        int length = ((cookie.IsExperimental ? 4 : 2) + cookie.Length + 3) & ~3;
        return before + length <= TcpView.MaxOptionLength ? length : 0;
    }

    private static void WriteCookie(Span<byte> area, FastOpenCookie cookie)
    {
        int head = cookie.IsExperimental ? 4 : 2;
        area.Fill(TcpOptionKind.NoOperation);
        area[0] = cookie.IsExperimental ? TcpOptionKind.Experiment2 : TcpOptionKind.FastOpen;
        area[1] = (byte)(head + cookie.Length);
        if (cookie.IsExperimental)
        {
            BinaryPrimitives.WriteUInt16BigEndian(area[2..], TcpOptionKind.FastOpenExperiment);
        }

        cookie.CopyTo(area[head..]);
    }

    private static void WriteCounters(Span<byte> area, in TcpOptionSet options)
    {
        int count = Math.Min((int)options.EcnCount, 3);
        const int at = 0;
        area[(2 + (3 * count))..].Fill(TcpOptionKind.NoOperation);
        bool isFirstOrder = options.EcnOrder == TcpOptionKind.AccurateEcn0;
        area[at] = isFirstOrder ? TcpOptionKind.AccurateEcn0 : TcpOptionKind.AccurateEcn1;
        area[at + 1] = (byte)(2 + (3 * count));
        for (int i = 0; i < count; i++)
        {
            uint counter = i == 1 ? options.Eceb : (i == 0) == isFirstOrder ? options.Ee0b : options.Ee1b;
            int place = at + 2 + (3 * i);
            area[place] = (byte)(counter >> 16);
            BinaryPrimitives.WriteUInt16BigEndian(area[(place + 1)..], (ushort)counter);
        }
    }

    private static int WriteOptions(Span<byte> segment, in TcpOptionSet options, TcpOptionLayout layout, bool isSyn)
    {
        int fixedLength = LengthWithoutSack(options.Present, layout, isSyn);
        int blocks = SackBlocksThatFit(options, fixedLength);
        int length = blocks == 0 ? fixedLength : fixedLength + 4 + (8 * blocks);
        int counters = CounterLength(options, length);
        length += counters;
        int cookie = CookieLength(options, length, isSyn);
        length += cookie;
        if (segment.Length < TcpView.MinHeaderLength + length)
        {
            throw NoRoom(nameof(segment));
        }

        Span<byte> area = segment.Slice(TcpView.MinHeaderLength, length);
        int at;
        if (!isSyn)
        {
            at = WriteTimestamps(area, 0, options, NopNop);
        }
        else if (layout == TcpOptionLayout.MacOs)
        {
            at = WriteMacOsSyn(area, options);
        }
        else if (layout == TcpOptionLayout.FreeBsd)
        {
            at = WriteFreeBsdSyn(area, options);
        }
        else
        {
            at = WriteLinuxSyn(area, options, counters);
            counters = 0;
        }

        if (blocks != 0)
        {
            BinaryPrimitives.WriteUInt32BigEndian(area[at..], NopNop | (uint)TcpOptionKind.Sack << 8 | (uint)(2 + (8 * blocks)));
            at += 4;
            for (int i = 0; i < blocks; i++, at += 8)
            {
                BinaryPrimitives.WriteUInt64BigEndian(area[at..], (ulong)options.Sack[i].Left.Value << 32 | options.Sack[i].Right.Value);
            }
        }

        if (counters != 0)
        {
            WriteCounters(area.Slice(at, counters), options);
            at += counters;
        }

        if (cookie != 0)
        {
            WriteCookie(area.Slice(at, cookie), options.FastOpen);
        }

        return length;
    }

    private static int WriteLinuxSyn(Span<byte> area, in TcpOptionSet options, int counters)
    {
        int at = WriteMss(area, 0, options);
        bool sackPermitted = options.Has(TcpOptionPresence.SackPermitted);
        if (options.Has(TcpOptionPresence.Timestamps))
        {
            at = WriteTimestamps(area, at, options, sackPermitted ? SackPermitted << 16 : NopNop);
        }

        if (counters != 0)
        {
            WriteCounters(area.Slice(at, counters), options);
            at += counters;
        }

        if (sackPermitted && !options.Has(TcpOptionPresence.Timestamps))
        {
            BinaryPrimitives.WriteUInt32BigEndian(area[at..], NopNop | SackPermitted);
            at += 4;
        }

        return WriteWindowScale(area, at, options);
    }

    private static int WriteFreeBsdSyn(Span<byte> area, in TcpOptionSet options)
    {
        int at = WriteWindowScale(area, WriteMss(area, 0, options), options);
        bool sackPermitted = options.Has(TcpOptionPresence.SackPermitted);
        if (sackPermitted && !options.Has(TcpOptionPresence.Timestamps))
        {
            bool isLast = at + 4 == area.Length; // padded as macOS's
            BinaryPrimitives.WriteUInt32BigEndian(area[at..], SackPermitted << 16 | (isLast ? 0u : 0x0101));
            return at + 4;
        }

        return WriteTimestamps(area, at, options, sackPermitted ? SackPermitted << 16 : NopNop);
    }

    private static int WriteMacOsSyn(Span<byte> area, in TcpOptionSet options)
    {
        int at = WriteWindowScale(area, WriteMss(area, 0, options), options);
        at = WriteTimestamps(area, at, options, NopNop);
        if (options.Has(TcpOptionPresence.SackPermitted))
        {
            // End-of-list and zero padding behind it (MUST-69); with SACK blocks to come, no-operations instead.
            bool isLast = at + 4 == area.Length;    // not if SACK or AccECN follow
            BinaryPrimitives.WriteUInt32BigEndian(area[at..], SackPermitted << 16 | (isLast ? 0u : 0x0101));
            at += 4;
        }

        return at;
    }

    private static int WriteMss(Span<byte> area, int at, in TcpOptionSet options)
    {
        if (!options.Has(TcpOptionPresence.Mss))
        {
            return at;
        }

        BinaryPrimitives.WriteUInt32BigEndian(area[at..], 0x0204_0000u | options.Mss);
        return at + 4;
    }

    private static int WriteWindowScale(Span<byte> area, int at, in TcpOptionSet options)
    {
        if (!options.Has(TcpOptionPresence.WindowScale))
        {
            return at;
        }

        BinaryPrimitives.WriteUInt32BigEndian(area[at..], 0x0103_0300u | options.WindowScale);
        return at + 4;
    }

    private static int WriteTimestamps(Span<byte> area, int at, in TcpOptionSet options, uint inFront)
    {
        if (!options.Has(TcpOptionPresence.Timestamps))
        {
            return at;
        }

        BinaryPrimitives.WriteUInt32BigEndian(area[at..], inFront | 0x080A);
        BinaryPrimitives.WriteUInt64BigEndian(area[(at + 4)..], (ulong)options.TsVal << 32 | options.TsEcr);
        return at + 12;
    }
}

using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>Takes a TCP segment apart (RFC 9293 §3.1).</summary>
internal static class PacketTreeTcp
{
    private static readonly (TcpFlags Flag, string Name, string Field, string Meaning)[] s_flags =
    [
        (TcpFlags.Ae, "AE", "ae", "accurate ECN"),
        (TcpFlags.Cwr, "CWR", "cwr", "congestion window reduced"),
        (TcpFlags.Ece, "ECE", "ece", "ECN echo"),
        (TcpFlags.Urg, "URG", "urg", "the urgent pointer counts"),
        (TcpFlags.Ack, "ACK", "ack", "the acknowledgment number counts"),
        (TcpFlags.Psh, "PSH", "push", "hand it to the program at once"),
        (TcpFlags.Rst, "RST", "reset", "the connection is reset"),
        (TcpFlags.Syn, "SYN", "syn", "the sequence numbers begin here"),
        (TcpFlags.Fin, "FIN", "fin", "no more text comes from this side"),
    ];

    public static void Add(PacketField root, in TcpView tcp, int at, in Ends ends, in TcpCounting counting, int? scale)
    {
        uint seq = unchecked(tcp.Seq.Value - counting.FirstSeq);
        uint ack = unchecked(tcp.Ack.Value - counting.FirstAck);
        bool hasAck = tcp.Has(TcpFlags.Ack);
        PacketField header = root.Add($"Transmission Control Protocol, port {tcp.SourcePort} to port {tcp.DestinationPort}, {PacketFacts.NamesOf(tcp.Flags)}", at, tcp.HeaderLength).As("tcp");
        header.Add($"Source port: {tcp.SourcePort}", at, 2).As("tcp.srcport", tcp.SourcePort);
        header.Add($"Destination port: {tcp.DestinationPort}", at + 2, 2).As("tcp.dstport", tcp.DestinationPort);
        if (counting.Connection is { } connection)
        {
            header.Add($"Connection: {connection} of the run", at, 0).As("tcp.stream", (uint)connection);
            header.Add($"Text: {tcp.Payload.Length} octets", at, 0).As("tcp.len", (uint)tcp.Payload.Length);
        }

        PacketField first = header.Add($"Sequence number: {seq} (counted from the start)", at + 4, 4).As("tcp.seq", seq);
        first.Add($"In the packet: {tcp.Seq.Value}", at + 4, 4).As("tcp.seq_raw", tcp.Seq.Value);
        int length = tcp.Payload.Length + (tcp.Has(TcpFlags.Syn) ? 1 : 0) + (tcp.Has(TcpFlags.Fin) ? 1 : 0);
        header.Add($"Next sequence number: {unchecked(seq + (uint)length)} ({Takes(tcp, length)})", at + 4, 0).As("tcp.nxtseq", unchecked(seq + (uint)length));
        PacketField acknowledged = header.Add(!hasAck ? "Acknowledgment number: does not count without ACK" : $"Acknowledgment number: {ack} (counted from the start): expects octet {ack} next", at + 8, 4).As("tcp.ack", hasAck ? ack : 0u);
        acknowledged.Add($"In the packet: {tcp.Ack.Value}", at + 8, 4).As("tcp.ack_raw", tcp.Ack.Value);
        header.Add($"Header length: {tcp.HeaderLength} octets ({tcp.HeaderLength / 4} words)", at + 12, 1).As("tcp.hdr_len", (uint)tcp.HeaderLength);
        AddFlags(header, tcp, at, PacketFacts.NamesOf(tcp.Flags));
        AddWindow(header, tcp, at, scale);
        header.Add($"Checksum: 0x{tcp.Checksum:x4} ({Check(tcp, ends)})", at + 16, 2).As("tcp.checksum", tcp.Checksum);
        header.Add($"Urgent pointer: {tcp.UrgentPointer}{(tcp.Has(TcpFlags.Urg) ? "" : " (does not count without URG)")}", at + 18, 2).As("tcp.urgent_pointer", tcp.UrgentPointer);
        AddOptions(header, tcp, at + TcpView.MinHeaderLength, counting.FirstAck);
        PacketTree.AddData(root, tcp.Payload.Length, at + tcp.HeaderLength, "Text", "tcp.payload");
    }

    /// <summary>What its checksum is worth. A system leaves the sum to the interface that sends; over loopback, and in a capture of the sender, it holds the addresses' part only.</summary>
    private static string Check(in TcpView tcp, in Ends ends) => !ends.IsWhole ? "not checked"
        : tcp.HasValidChecksum(ends.Source, ends.Destination) ? "correct"
        : tcp.Checksum == (ushort)~InternetChecksum.Fold(InternetChecksum.PseudoHeader(ends.Source, ends.Destination, IpProtocol.Tcp, tcp.HeaderLength + tcp.Payload.Length)) ? "not finished: left to the interface, which loopback has none of"
        : "wrong";

    private static string Takes(in TcpView tcp, int length)
    {
        string extra = (tcp.Flags & (TcpFlags.Syn | TcpFlags.Fin)) switch { TcpFlags.None => "", TcpFlags.Syn => "SYN takes one", TcpFlags.Fin => "FIN takes one", _ => "SYN and FIN take one each" };
        string text = FormattableString.Invariant($"{tcp.Payload.Length} octets of text");
        return length == 0 ? "takes none" : extra.Length == 0 ? text : tcp.Payload.Length == 0 ? extra : $"{text}, {extra}";
    }

    private static void AddFlags(PacketField header, in TcpView tcp, int at, string names)
    {
        PacketField flags = header.Add($"Flags: 0x{(int)tcp.Flags:x3} ({names})", at + 12, 2).As("tcp.flags", (uint)tcp.Flags);
        for (int i = 0; i < s_flags.Length; i++)
        {
            (TcpFlags flag, string name, string field, string meaning) = s_flags[i];
            bool isSet = tcp.Has(flag);
            flags.Add($"{PacketTree.Bit(isSet, i, s_flags.Length)} {name}: {PacketTree.Set(isSet)}{(isSet ? ": " + meaning : "")}", flag == TcpFlags.Ae ? at + 12 : at + 13, 1).As("tcp.flags." + field, isSet);
        }
    }

    private static void AddWindow(PacketField header, in TcpView tcp, int at, int? scale)
    {
        bool isScaled = scale is not null && !tcp.Has(TcpFlags.Syn);
        PacketField window = header.Add(isScaled ? (FormattableString)$"Window: {(long)tcp.RawWindow << scale!.Value} octets" : $"Window: {tcp.RawWindow} octets", at + 14, 2).As("tcp.window_size", (ulong)tcp.RawWindow << (isScaled ? scale!.Value : 0));
        if (isScaled)
        {
            window.Add($"In the packet: {tcp.RawWindow}; times {1 << scale!.Value}, the scale of the handshake", at + 14, 2).As("tcp.window_size_value", (uint)tcp.RawWindow);
        }
        else
        {
            window.Add($"In the packet: {tcp.RawWindow}; {(tcp.Has(TcpFlags.Syn) ? "never scaled in a SYN" : "not scaled: no scale was agreed on, or the handshake was not seen")}", at + 14, 2).As("tcp.window_size_value", (uint)tcp.RawWindow);
        }
    }

    private static void AddOptions(PacketField header, in TcpView tcp, int at, uint firstAck)
    {
        if (tcp.OptionBytes.IsEmpty)
        {
            return;
        }

        PacketField options = header.Add($"Options: {tcp.OptionBytes.Length} octets", at, tcp.OptionBytes.Length).As("tcp.options");
        foreach (TcpOption option in new TcpOptionReader(tcp.OptionBytes))
        {
            int size = option.Kind <= TcpOptionKind.NoOperation ? 1 + option.Data.Length : Math.Min(2 + option.Data.Length, tcp.OptionBytes.Length - option.Offset);
            PacketField field = options.Add(Describe(option), at + option.Offset, size).As("tcp.option_kind", option.Kind);
            AddValue(field, option, at + option.Offset + 2);
            if (option.TryGetSackCount(out int blocks) && option.Error == OptionError.None)
            {
                for (int i = 0; i < blocks; i++)
                {
                    SackBlock block = option.GetSackBlock(i);
                    uint left = unchecked(block.Left.Value - firstAck);
                    uint right = unchecked(block.Right.Value - firstAck);
                    PacketField has = field.Add($"Has {left} up to {right}", at + option.Offset + 2 + (8 * i), 8);
                    has.Add($"From: {left}", at + option.Offset + 2 + (8 * i), 4).As("tcp.options.sack_le", left);
                    has.Add($"Up to: {right}", at + option.Offset + 6 + (8 * i), 4).As("tcp.options.sack_re", right);
                }
            }
            else if (option.TryGetTimestamps(out uint value, out uint echo))
            {
                field.Add($"Its clock (TSval): {value}", at + option.Offset + 2, 4).As("tcp.options.timestamp.tsval", value);
                field.Add($"The peer's clock, echoed (TSecr): {echo}", at + option.Offset + 6, 4).As("tcp.options.timestamp.tsecr", echo);
            }
        }
    }

    private static void AddValue(PacketField field, in TcpOption option, int at)
    {
        if (option.TryGetMss(out ushort mss))
        {
            field.Add($"Value: {mss}", at, 2).As("tcp.options.mss_val", mss);
        }
        else if (option.TryGetWindowScale(out byte shift))
        {
            PacketField value = field.Add($"Shift: {shift}", at, 1).As("tcp.options.wscale.shift", shift);
            value.Add($"Times {1L << Math.Min((int)shift, 14)}", at, 0).As("tcp.options.wscale.multiplier", 1ul << Math.Min((int)shift, 14));
        }
    }

    private static string Describe(in TcpOption option)
    {
        TcpOptionInfo info = option.Info;
        if (option.Error != OptionError.None)
        {
            return FormattableString.Invariant($"Option {option.Kind} ({info.Name}): damaged");
        }

        return option.TryGetMss(out ushort mss) ? FormattableString.Invariant($"Maximum segment size: {mss} octets")
            : option.TryGetWindowScale(out byte shift) ? FormattableString.Invariant($"Window scale: {shift} (windows are to be multiplied by {1L << Math.Min((int)shift, 14)})")
            : option.TryGetTimestamps(out uint value, out uint echo) ? FormattableString.Invariant($"Timestamps: TSval {value}, TSecr {echo}")
            : option.TryGetSackCount(out int blocks) ? FormattableString.Invariant($"SACK: {blocks} {(blocks == 1 ? "block" : "blocks")} received out of order")
            : option.Kind == TcpOptionKind.SackPermitted ? "SACK permitted"
            : option.Kind == TcpOptionKind.NoOperation ? "No operation (fills up to a word)"
            : option.Kind == TcpOptionKind.EndOfOptionList ? "End of the options"
            : FormattableString.Invariant($"{info.Name} (option {option.Kind}): {option.Data.Length} octets");
    }
}

/// <summary>From where the numbers of a segment are counted.</summary>
/// <param name="FirstSeq">What stands for 0 in the sender's direction.</param>
/// <param name="FirstAck">The same of the other direction.</param>
/// <param name="Connection">Which connection of the run it is; null if it is not known.</param>
internal readonly record struct TcpCounting(uint FirstSeq, uint FirstAck, int? Connection);

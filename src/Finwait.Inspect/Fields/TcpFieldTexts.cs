namespace Finwait.Inspect;

/// <summary>The fields of TCP's header, with what they mean.</summary>
internal static class TcpFieldTexts
{
    /// <summary>In the order of the header.</summary>
    public static readonly FieldInfo[] All =
    [
        new("tcp", FieldKind.Part, "TCP's header belongs to one connection between two programs (RFC 9293 §3.1)."),
        new("tcp.srcport", FieldKind.Number, "The sender's end of the connection, on its host (RFC 9293 §3.1)."),
        new("tcp.dstport", FieldKind.Number, "The receiver's end of the connection, on its host (RFC 9293 §3.1)."),
        new("tcp.port", FieldKind.Number, "Either port of the segment.") { Parts = ["tcp.srcport", "tcp.dstport"] },
        new("tcp.stream", FieldKind.Number, "The number of the connection in the run, from 0."),
        new("tcp.len", FieldKind.Number, "Octets of text in this segment."),
        new("tcp.seq", FieldKind.Number, "The number of the first octet of text, counted from the start of its direction; the SYN has 0 (RFC 9293 §3.4)."),
        new("tcp.seq_raw", FieldKind.Number, "SEG.SEQ as it stands in the header: it begins at a number that cannot be guessed (RFC 9293 §3.4.1)."),
        new("tcp.nxtseq", FieldKind.Number, "The number that the next segment begins with: SEG.SEQ and what this one takes up; SYN and FIN take one each (RFC 9293 §3.4)."),
        new("tcp.ack", FieldKind.Number, "The next octet that the sender expects: all before it have arrived. Counted from the start of the other direction (RFC 9293 §3.4)."),
        new("tcp.ack_raw", FieldKind.Number, "SEG.ACK as it stands in the header; it counts only with the ACK bit (RFC 9293 §3.1)."),
        new("tcp.hdr_len", FieldKind.Number, "Where the text begins; 20 octets, and up to 40 of options (RFC 9293 §3.1)."),
        new("tcp.flags", FieldKind.Number, "The control bits (RFC 9293 §3.1)."),
        new("tcp.flags.ae", FieldKind.Flag, "Accurate ECN: with CWR and ECE a counter of marked packets (RFC 9768 §3)."),
        new("tcp.flags.cwr", FieldKind.Flag, "The sender has reduced its congestion window (RFC 3168 §6.1.2)."),
        new("tcp.flags.ece", FieldKind.Flag, "A packet came marked with congestion; in a SYN: ECN can be used (RFC 3168 §6.1)."),
        new("tcp.flags.urg", FieldKind.Flag, "The urgent pointer counts (RFC 9293 §3.8.5)."),
        new("tcp.flags.ack", FieldKind.Flag, "The acknowledgment number counts: so in every segment but the first (RFC 9293 §3.1)."),
        new("tcp.flags.push", FieldKind.Flag, "The receiver hands the text to its program without waiting for more (RFC 9293 §3.9.1.2)."),
        new("tcp.flags.reset", FieldKind.Flag, "The connection is not there, or no longer: both ends forget it (RFC 9293 §3.5.2)."),
        new("tcp.flags.syn", FieldKind.Flag, "Opens: the sequence numbers begin here (RFC 9293 §3.5)."),
        new("tcp.flags.fin", FieldKind.Flag, "Closes: no more text comes from this side, the other may go on (RFC 9293 §3.6)."),
        new("tcp.window_size_value", FieldKind.Number, "The window as it stands in the header, before it is scaled (RFC 9293 §3.1)."),
        new("tcp.window_size", FieldKind.Number, "How many octets behind the acknowledged ones the sender of this segment has room for: the other end must not have more under way (RFC 9293 §3.8.6, RFC 7323 §2)."),
        new("tcp.checksum", FieldKind.Number, "Protects header, text and both addresses, from end to end (RFC 9293 §3.1)."),
        new("tcp.urgent_pointer", FieldKind.Number, "Where the urgent text ends, counted from the sequence number; only with URG (RFC 9293 §3.8.5)."),
        new("tcp.options", FieldKind.Octets, "What both ends may agree on or tell each other besides (RFC 9293 §3.2)."),
        new("tcp.option_kind", FieldKind.Number, "Which option it is, by IANA's list (RFC 9293 §3.2)."),
        new("tcp.options.mss_val", FieldKind.Number, "The most octets of text that the sender of this SYN takes in one segment; without it 536, over IPv6 1220 (RFC 9293 §3.7.1)."),
        new("tcp.options.wscale.shift", FieldKind.Number, "The windows of this side are to be shifted so many bits to the left, if both sides send the option (RFC 7323 §2)."),
        new("tcp.options.wscale.multiplier", FieldKind.Number, "What the windows of this side are to be multiplied by (RFC 7323 §2)."),
        new("tcp.options.timestamp.tsval", FieldKind.Number, "The sender's clock when it sent the segment (RFC 7323 §3.2)."),
        new("tcp.options.timestamp.tsecr", FieldKind.Number, "The other end's clock, as it came with what this acknowledges: the round-trip time is measured with it (RFC 7323 §3.2)."),
        new("tcp.options.sack_le", FieldKind.Number, "The first octet of a block that arrived beyond a gap (RFC 2018 §3)."),
        new("tcp.options.sack_re", FieldKind.Number, "The octet behind that block (RFC 2018 §3)."),
        new("tcp.payload", FieldKind.Octets, "Text: what one program sent to the other (RFC 9293 §3.4)."),
    ];
}
